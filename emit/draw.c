/* draw.c: random numbers (ops/random.c): functions of the seed, a key and how often it was drawn
 * by. */
#include "emit/call.h"
#include "ops/attributes.h"
#include "ops/registry.h"

#include <inttypes.h>

/* The stream of the draw: its number among the program's draws says which count it has. */
static void put_stream(tg__c_kernel *c, const tg__draw_attr *draw)
{
    const tg__program *program = c->f->program;
    size_t i = 0;
    while (i + 1 < program->draw_count && program->draws[i].key != draw->key) i++;
    const char *seed = tg__c_literal(c, "uint64_t|s->seed");
    const char *drawn = tg__c_literal(c, "uint64_t|s->drawn[%zu] + %" PRIu64, i, draw->ahead);
    const char *key = tg__c_literal(c, "uint64_t|UINT64_C(%" PRIu64 ")", draw->key);
    tg__text_put(&c->body, "const %s t = %s(%s, %s, %s); int32_t i;",
                 tg__c_helper(c->f, "stream", 0), tg__c_helper(c->f, "stream_of", 0), seed, drawn,
                 key);
}

static void put_limit(tg__c_kernel *c, double least, double most)
{
    tg__text_put(&c->body, "x = x < ");
    tg__c_put_number(&c->body, TG_F64, least);
    tg__text_put(&c->body, " ? ");
    tg__c_put_number(&c->body, TG_F64, least);
    tg__text_put(&c->body, " : x > ");
    tg__c_put_number(&c->body, TG_F64, most);
    tg__text_put(&c->body, " ? ");
    tg__c_put_number(&c->body, TG_F64, most);
    tg__text_put(&c->body, " : x;");
}

void tg__c_draw_floats(tg__c_kernel *c, uint32_t v)
{
    const tg__value *x = tg__c_value(c->f, v);
    const tg__float_attr *attr = x->attr;
    const tg_dtype dtype = (tg_dtype)x->dtype;
    const char *out = tg__c_out(c, v);
    put_stream(c, &attr->draw);
    tg__text_put(&c->body, "for (i = 0; i < %" PRId64 "; i++) { double x = ", x->count);
    if (x->op == &tg__op_uniform) {
        tg__text_put(&c->body, "%s(%s(t, (uint64_t)i), ", tg__c_helper(c->f, "uniform_between", 0),
                     tg__c_helper(c->f, "uniform_at", 0));
        tg__c_put_number(&c->body, TG_F64, attr->a);
        tg__text_put(&c->body, ", ");
        tg__c_put_number(&c->body, TG_F64, attr->b);
        tg__text_put(&c->body, ");");
        put_limit(c, tg__dtype_from(dtype, attr->a), tg__dtype_below(dtype, attr->b));
    } else if (x->op == &tg__op_normal) {
        tg__c_put_number(&c->body, TG_F64, attr->a);
        tg__text_put(&c->body, " + ");
        tg__c_put_number(&c->body, TG_F64, attr->b);
        tg__text_put(&c->body, " * %s(t, (uint64_t)i);", tg__c_helper(c->f, "normal_at", 0));
    } else {
        const double numbers[] = { attr->a, attr->b, attr->low, attr->high };
        tg__text_put(&c->body, "%s(t, (uint64_t)i", tg__c_helper(c->f, "truncated_at", 0));
        for (int k = 0; k < 4; k++) {
            tg__text_put(&c->body, ", ");
            tg__c_put_number(&c->body, TG_F64, numbers[k]);
        }
        tg__text_put(&c->body, ");");
        put_limit(c, tg__dtype_from(dtype, attr->low), tg__dtype_to(dtype, attr->high));
    }
    tg__text_put(&c->body, "%s[i] = (%s)x; }", out, tg__c_type(x->dtype));
}

void tg__c_draw_integers(tg__c_kernel *c, uint32_t v)
{
    const tg__value *x = tg__c_value(c->f, v);
    const tg__integer_attr *attr = x->attr;
    const char *out = tg__c_out(c, v);
    put_stream(c, &attr->draw);
    tg__text_put(&c->body,
                 "for (i = 0; i < %" PRId64
                 "; i++) { const %s r = %s(t.key, t.high, (uint64_t)i); %s[i] = "
                 "(%s)(int64_t)(UINT64_C(%" PRIu64 ") + %s(&r, UINT64_C(%" PRIu64 "))); }",
                 x->count, tg__c_helper(c->f, "philox", 0), tg__c_helper(c->f, "philox_at", 0), out,
                 tg__c_type(x->dtype), (uint64_t)attr->low, tg__c_helper(c->f, "scaled_down", 0),
                 attr->span);
}
