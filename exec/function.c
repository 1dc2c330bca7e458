/* function.c: functions as text. */
#include "exec/function.h"

#include "kernels/dtype.h"

static int dtype_at(const tg__function *f, tg__wire wire)
{
    return wire.is_step ? f->step[wire.number].result : f->parameter[wire.number].dtype;
}

static void put_wire(const tg__function *f, tg__wire wire, tg__text *out)
{
    if (wire.is_step) tg__text_put(out, "t%u", wire.number);
    else tg__text_put(out, f->parameter[wire.number].one ? "p%u" : "p%u[i]", wire.number);
}

/* The names of operands are those of tg__map's texts. */
static void put_step(const tg__function *f, uint32_t i, tg__text *out)
{
    const tg__step *step = &f->step[i];
    const char *name = step->op->arity == 1 ? "x" : "abc";
    tg__text_put(out, "        %s t%u;\n        { typedef %s T; ", tg__c_type(step->result), i,
                 tg__c_type(step->dtype));
    for (int k = 0; k < step->op->arity; k++) {
        tg__text_put(out, "const %s %c = ", tg__c_type(dtype_at(f, step->in[k])), name[k]);
        put_wire(f, step->in[k], out);
        tg__text_put(out, "; ");
    }
    tg__text_put(out, "t%u = (%s)(%s); }\n", i, tg__c_type(step->result),
                 step->op->map->text[step->dtype]);
}

static void put_parameter(const tg__function *f, uint32_t i, tg__text *out)
{
    const tg__parameter *p = &f->parameter[i];
    const char *type = tg__c_type(p->dtype);
    if (p->one) tg__text_put(out, "    const %s p%u = *(const %s *)at[%u];\n", type, i, type, i);
    else
        tg__text_put(out, "    %s%s *const p%u = at[%u];\n", p->stores ? "" : "const ", type, i, i);
}

void tg__function_text(const tg__function *f, tg__text *out)
{
    tg__text_put(out, "(size_t n, void *const *at)\n{\n");
    for (uint32_t i = 0; i < f->parameter_count; i++) put_parameter(f, i, out);
    tg__text_put(out, "    n &= ~(size_t)%d;\n    TG_SIMD\n    for (size_t i = 0; i < n; i++) {\n",
                 TG_PAD - 1);
    for (uint32_t i = 0; i < f->step_count; i++) put_step(f, i, out);
    for (uint32_t i = 0; i < f->parameter_count; i++) {
        const uint32_t stored = f->parameter[i].stores;
        if (stored) tg__text_put(out, "        p%u[i] = t%u;\n", i, stored - 1);
    }
    tg__text_put(out, "    }\n}\n");
}
