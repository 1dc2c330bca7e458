/* scalar.c: kernels of single numbers. They are computed in double, and rounded to the dtype of
 * each result, as exec/scalar.c does: loads first, stores last. */
#include "emit/file.h"
#include "exec/code.h"

#include <inttypes.h>

/* Operand [i] of [v]: a local variable, a number, or one that was loaded. */
static const char *operand_of(tg__c_kernel *c, uint32_t v, int i)
{
    tg__c_file *f = c->f;
    const tg__value *x = tg__c_value(f, v), *from = tg__c_value(f, x->in[i]);
    const tg__member *member = &f->program->members[x->in[i]];
    tg__text out = { .allocator = &f->allocator };
    if (from->op == &tg__op_number)
        tg__c_put_number(&out, TG_F64, tg__round_to(from->dtype, *(const double *)from->attr));
    else if (member->kernel == c->k) tg__text_put(&out, "v%u", member->position);
    else tg__text_put(&out, "l%u_%d", f->program->members[v].position, i);
    const char *text = tg__c_copy(f, tg__text_string(&out));
    tg__text_free(&out);
    return text ? text : "0";
}

static void put_loads(tg__c_kernel *c, uint32_t v)
{
    tg__c_file *f = c->f;
    const tg__value *x = tg__c_value(f, v);
    for (int i = 0; i < x->arity; i++) {
        const tg__value *from = tg__c_value(f, x->in[i]);
        if (from->op == &tg__op_number || f->program->members[x->in[i]].kernel == c->k) continue;
        tg__text_put(&c->body, "const double l%u_%d = (double)%s[%" PRId64 "];",
                     f->program->members[v].position, i, tg__c_in(c, x->in[i]),
                     x->view[i] ? x->view[i]->offset : 0);
    }
}

static void put_value(tg__c_kernel *c, uint32_t v)
{
    tg__c_file *f = c->f;
    const tg__value *x = tg__c_value(f, v);
    const char *operand[3] = { NULL, NULL, NULL };
    for (int i = 0; i < x->arity; i++) operand[i] = operand_of(c, v, i);
    tg__c_comment(c, v);
    tg__text_put(&c->body, "const double v%u = ", f->program->members[v].position);
    if (x->op->kind == TG_KIND_ASSIGN) {
        tg__text_put(&c->body, "%s;", operand[0]);
        return;
    }
    const char *text = tg__number_text(x->op);
    if (!text) {
        tg__c_refuse(f, v, "its value has no text");
        return;
    }
    tg__text_put(&c->body, x->dtype == TG_F32 ? "(double)(float)(" : "(double)(");
    tg__c_translate(f, &c->body, text, TG_F64, operand, x->arity);
    tg__text_put(&c->body, ");");
    f->maps++;
}

void tg__c_scalars(tg__c_file *f, uint32_t k)
{
    tg__c_kernel c;
    tg__c_begin(&c, f, k);
    const uint32_t *order = f->program->order + c.kernel->first;
    for (uint32_t i = 0; i < c.kernel->length; i++) put_loads(&c, order[i]);
    for (uint32_t i = 0; i < c.kernel->length; i++) put_value(&c, order[i]);
    for (uint32_t i = 0; i < c.kernel->length; i++) {
        const tg__value *x = tg__c_value(f, order[i]);
        const bool kept =
            x->op->kind == TG_KIND_ASSIGN || f->program->storage[order[i]].place == TG_PLACE_BLOCK;
        if (kept)
            tg__text_put(&c.body, "%s[0] = (%s)v%u;", tg__c_out(&c, order[i]), tg__c_type(x->dtype),
                         i);
        else tg__text_put(&c.body, "(void)v%u;", i);
    }
    tg__c_end(&c);
}
