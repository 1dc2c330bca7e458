/* index.c: checks, gathers and scatters (ops/index.c, ops/segment.c, ops/divide.c). */
#include "emit/call.h"
#include "ops/index.h"

#include <inttypes.h>

void tg__c_check_index(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const int64_t size = ((const tg__index_attr *)tg__c_value(c->f, v)->attr)->size;
    tg__text_put(&c->body,
                 "int32_t i; for (i = 0; i < %" PRId64 "; i++) { if (%s[i] < 0 || %s[i] >= %" PRId64
                 ") { return %d; } %s[i] = %s[i]; }",
                 o.count, o.in[0], o.in[0], size, (int)TG_ERR_INDEX, o.out, o.in[0]);
    c->checks = true;
}

void tg__c_check_divisor(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    tg__text_put(&c->body,
                 "int32_t i; for (i = 0; i < %" PRId64 "; i++) { if (%s[i] == 0) { return %d; } "
                 "%s[i] = %s[i]; }",
                 o.count, o.in[0], (int)TG_ERR_NUMERIC, o.out, o.in[0]);
    c->checks = true;
}

/* Sizes around the axis: of the slices with an index, of what one element of it moves. */
typedef struct around {
    int64_t outer, inner, size, picks;
} around;

/* [x] has the axis, of which the index picks some. */
static around around_axis(const tg__c_operands *o, const tg__operand *x, const tg__index_attr *attr)
{
    around a = { .size = attr->size, .picks = o->counts[1] };
    tg__around(x, attr->axis, &a.outer, &a.inner);
    return a;
}

/* Loops over what is moved. */
static void open_loops(tg__c_kernel *c, const around *a)
{
    tg__text_put(&c->body,
                 "for (o = 0; o < %" PRId64 "; o++) for (k = 0; k < %" PRId64
                 "; k++) for (j = 0; j < %" PRId64 "; j++) {",
                 a->outer, a->picks, a->inner);
}

static const tg__index_attr *attr_of(const tg__c_kernel *c, uint32_t v)
{
    return tg__c_value(c->f, v)->attr;
}

void tg__c_gather(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__index_attr *attr = attr_of(c, v);
    const around a = around_axis(&o, &o.operand[0], attr);
    tg__text_put(&c->body, "int32_t o, k, j;");
    open_loops(c, &a);
    tg__text_put(&c->body,
                 "%s[(o * %" PRId64 " + k) * %" PRId64 " + j] = %s[(o * %" PRId64
                 " + (int32_t)%s[k]) * %" PRId64 " + j]; }",
                 o.out, a.picks, a.inner, o.in[0], a.size, o.in[1], a.inner);
}

/* What is added to [to] at [place]: sums of floats in double, those of doubles with what they lose.
 */
static void put_addition(tg__c_kernel *c, const tg__c_operands *o, int dtype, const char *sum,
                         const char *place, const char *element)
{
    if (dtype == TG_F32) tg__text_put(&c->body, "%s[%s] += (double)%s;", sum, place, element);
    else if (dtype == TG_F64)
        tg__text_put(&c->body, "%s(%s, %s + (%s), %s + (%s));",
                     tg__c_helper(c->f, "add_kept_T", TG_F64), element, o->out, place, sum, place);
    else {
        char to[200];
        (void)snprintf(to, sizeof to, "%s[%s]", o->out, place);
        tg__c_put_wrapped_sum(&c->body, dtype, to, element);
    }
}

/* Before: sums are 0; behind: they become the result. */
static const char *begin_sums(tg__c_kernel *c, const tg__c_operands *o, int dtype)
{
    const char *sum = tg__is_float(dtype) ? tg__c_scratch(c, TG_F64, o->count) : "";
    if (dtype != TG_F32) tg__c_clear(&c->body, o->out, o->count);
    if (tg__is_float(dtype)) tg__c_clear(&c->body, sum, o->count);
    return sum;
}

static void end_sums(tg__c_kernel *c, const tg__c_operands *o, int dtype, const char *sum)
{
    if (dtype == TG_F32)
        tg__text_put(&c->body, "for (j = 0; j < %" PRId64 "; j++) %s[j] = (float)%s[j];", o->count,
                     o->out, sum);
    else if (dtype == TG_F64)
        tg__text_put(&c->body, "for (j = 0; j < %" PRId64 "; j++) %s[j] += %s[j];", o->count,
                     o->out, sum);
}

void tg__c_scatter_add(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__value *x = tg__c_value(c->f, v);
    const tg__index_attr *attr = attr_of(c, v);
    const around a = around_axis(&o, &o.operand[x->arity], attr);
    char place[160], element[160];
    tg__text_put(&c->body, "int32_t o, k, j;");
    const char *sum = begin_sums(c, &o, x->dtype);
    open_loops(c, &a);
    (void)snprintf(place, sizeof place, "(o * %" PRId64 " + (int32_t)%s[k]) * %" PRId64 " + j",
                   a.size, o.in[1], a.inner);
    (void)snprintf(element, sizeof element, "%s[(o * %" PRId64 " + k) * %" PRId64 " + j]", o.in[0],
                   a.picks, a.inner);
    put_addition(c, &o, x->dtype, sum, place, element);
    tg__text_put(&c->body, "}");
    end_sums(c, &o, x->dtype, sum);
}

static void put_scatter_extreme(tg__c_kernel *c, uint32_t v, char sign)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__value *x = tg__c_value(c->f, v);
    const tg__index_attr *attr = attr_of(c, v);
    const around a = around_axis(&o, &o.operand[x->arity], attr);
    static const char *const low[TG_DTYPES] = { [TG_F32] = "-INFINITY",
                                                [TG_F64] = "-(double)INFINITY",
                                                [TG_I32] = "INT32_MIN",
                                                [TG_I64] = "INT64_MIN",
                                                [TG_U8] = "0" };
    static const char *const high[TG_DTYPES] = { [TG_F32] = "INFINITY",
                                                 [TG_F64] = "(double)INFINITY",
                                                 [TG_I32] = "INT32_MAX",
                                                 [TG_I64] = "INT64_MAX",
                                                 [TG_U8] = "UINT8_MAX" };
    const char *none = sign == '>' ? low[x->dtype] : high[x->dtype];
    tg__text_put(&c->body, "int32_t o, k, j; for (j = 0; j < %" PRId64 "; j++) %s[j] = %s;",
                 o.count, o.out, none);
    open_loops(c, &a);
    tg__text_put(&c->body,
                 "const %s e = %s[(o * %" PRId64 " + k) * %" PRId64
                 " + j]; %s *const m = %s + (o * %" PRId64 " + (int32_t)%s[k]) * %" PRId64
                 " + j; if (e %c *m%s) { *m = e; } }",
                 tg__c_type(x->dtype), o.in[0], a.picks, a.inner, tg__c_type(x->dtype), o.out,
                 a.size, o.in[1], a.inner, sign, tg__is_float(x->dtype) ? " || e != e" : "");
}

void tg__c_scatter_max(tg__c_kernel *c, uint32_t v) { put_scatter_extreme(c, v, '>'); }
void tg__c_scatter_min(tg__c_kernel *c, uint32_t v) { put_scatter_extreme(c, v, '<'); }

void tg__c_take_along(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__index_attr *attr = attr_of(c, v);
    around a = around_axis(&o, &o.operand[0], attr);
    a.picks = o.operand[1].dim[attr->axis];
    tg__text_put(&c->body, "int32_t o, k, j, at = 0;");
    open_loops(c, &a);
    tg__text_put(&c->body,
                 "%s[at] = %s[(o * %" PRId64 " + (int32_t)%s[at]) * %" PRId64 " + j]; at++; }",
                 o.out, o.in[0], a.size, o.in[1], a.inner);
}

void tg__c_scatter_add_along(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__value *x = tg__c_value(c->f, v);
    const tg__index_attr *attr = attr_of(c, v);
    around a = around_axis(&o, &o.operand[x->arity], attr);
    a.picks = o.operand[1].dim[attr->axis];
    char place[160], element[64];
    tg__text_put(&c->body, "int32_t o, k, j, at = 0;");
    const char *sum = begin_sums(c, &o, x->dtype);
    open_loops(c, &a);
    (void)snprintf(place, sizeof place, "(o * %" PRId64 " + (int32_t)%s[at]) * %" PRId64 " + j",
                   a.size, o.in[1], a.inner);
    (void)snprintf(element, sizeof element, "%s[at]", o.in[0]);
    put_addition(c, &o, x->dtype, sum, place, element);
    tg__text_put(&c->body, "at++; }");
    end_sums(c, &o, x->dtype, sum);
}
