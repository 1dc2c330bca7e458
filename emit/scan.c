/* scan.c: what goes along an axis: running sums, positions of extremes, orders (ops/scan.c,
 * ops/reduce.c, ops/sort.c). */
#include "emit/call.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "ops/registry.h"

#include <inttypes.h>

typedef struct along {
    int64_t outer, n, inner;
} along;

static along along_axis(const tg__operand *x, int64_t axis)
{
    along a = { .n = x->dim[axis] };
    tg__around(x, axis, &a.outer, &a.inner);
    return a;
}

/* Loops over the lines; [x] and [y] begin there. */
static void open_lines(tg__c_kernel *c, const along *a, const char *in, int dtype)
{
    tg__text_put(&c->body,
                 "int32_t o, j, i; for (o = 0; o < %" PRId64 "; o++) for (j = 0; j < %" PRId64
                 "; j++) { const %s *x = %s + o * %" PRId64 " + j;",
                 a->outer, a->inner, tg__c_type(dtype), in, a->n * a->inner);
}

void tg__c_cumsum(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__value *x = tg__c_value(c->f, v);
    const tg__scan_attr *attr = x->attr;
    const along a = along_axis(&o.operand[0], attr->axis);
    const char *type = tg__c_type(x->dtype);
    open_lines(c, &a, o.in[0], x->dtype);
    tg__text_put(&c->body, "%s *y = %s + o * %" PRId64 " + j;", type, o.out, a.n * a.inner);
    if (tg__is_float(x->dtype))
        tg__text_put(&c->body, "double sum = 0%s;", x->dtype == TG_F64 ? ", lost = 0" : "");
    else tg__text_put(&c->body, "%s sum = 0;", tg__c_wrapping(x->dtype));
    tg__text_put(&c->body, "for (i = 0; i < %" PRId64 "; i++) { const int32_t k = ", a.n);
    if (attr->from_end)
        tg__text_put(&c->body, "(%" PRId64 " - 1 - i) * %" PRId64 ";", a.n, a.inner);
    else tg__text_put(&c->body, "i * %" PRId64 ";", a.inner);
    if (x->dtype == TG_F32) tg__text_put(&c->body, "sum += (double)x[k]; y[k] = (float)sum;");
    else if (x->dtype == TG_F64)
        tg__text_put(&c->body, "%s(x[k], &sum, &lost); y[k] = sum + lost;",
                     tg__c_helper(c->f, "add_kept_T", TG_F64));
    else tg__text_put(&c->body, "sum += (%s)x[k]; y[k] = (%s)sum;", tg__c_wrapping(x->dtype), type);
    tg__text_put(&c->body, "} }");
}

static void put_positions(tg__c_kernel *c, uint32_t v, int64_t axis, char sign, bool running)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const int dtype = tg__c_stored((int)o.operand[0].dtype);
    const along a = along_axis(&o.operand[0], axis);
    open_lines(c, &a, o.in[0], dtype);
    tg__text_put(&c->body,
                 "int32_t best = 0; for (i = 0; i < %" PRId64 "; i++) { const %s e = x[i * %" PRId64
                 "], m = x[best * %" PRId64 "];",
                 a.n, tg__c_type(dtype), a.inner, a.inner);
    tg__text_put(&c->body,
                 tg__is_float(dtype) ? "if (m == m && (e %c m || e != e)) { best = i; }"
                                     : "if (e %c m) { best = i; }",
                 sign);
    if (running)
        tg__text_put(&c->body, "%s[(o * %" PRId64 " + i) * %" PRId64 " + j] = best; } }", o.out,
                     a.n, a.inner);
    else tg__text_put(&c->body, "} %s[o * %" PRId64 " + j] = best; }", o.out, a.inner);
}

void tg__c_cumargmax(tg__c_kernel *c, uint32_t v)
{
    put_positions(c, v, ((const tg__scan_attr *)tg__c_value(c->f, v)->attr)->axis, '>', true);
}
void tg__c_argmax(tg__c_kernel *c, uint32_t v)
{
    put_positions(c, v, *(const int32_t *)tg__c_value(c->f, v)->attr, '>', false);
}
void tg__c_argmin(tg__c_kernel *c, uint32_t v)
{
    put_positions(c, v, *(const int32_t *)tg__c_value(c->f, v)->attr, '<', false);
}

void tg__c_argsort(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__sort_attr *attr = tg__c_value(c->f, v)->attr;
    const along a = along_axis(&o.operand[0], attr->axis);
    const int dtype = tg__c_stored((int)o.operand[0].dtype);
    const char *order = tg__c_scratch(c, TG_I64, a.n), *spare = tg__c_scratch(c, TG_I64, a.n);
    open_lines(c, &a, o.in[0], dtype);
    tg__text_put(&c->body,
                 "const int64_t *sorted = %s(%" PRId64 ", %" PRId64
                 ", %d, x, %s, %s); for (i = 0; i < "
                 "%" PRId64 "; i++) %s[(o * %" PRId64 " + i) * %" PRId64 " + j] = sorted[i]; }",
                 tg__c_helper(c->f, "sort_T", dtype), a.n, a.inner, attr->descending != 0, order,
                 spare, a.n, o.out, a.n, a.inner);
}

/* ---- Products --------------------------------------------------------------------------- */

/* Integers wrap around. */
static void put_wrapped_product(tg__c_kernel *c, const tg__c_operands *o, const along *a, int dtype,
                                bool running)
{
    const char *type = tg__c_type(dtype), *wrap = tg__c_wrapping(dtype);
    open_lines(c, a, o->in[0], dtype);
    tg__text_put(&c->body,
                 "%s product = 1; for (i = 0; i < %" PRId64 "; i++) { product *= (%s)x[i * %" PRId64
                 "];",
                 wrap, a->n, wrap, a->inner);
    if (running)
        tg__text_put(&c->body, "%s[(o * %" PRId64 " + i) * %" PRId64 " + j] = (%s)product; } }",
                     o->out, a->n, a->inner, type);
    else
        tg__text_put(&c->body, "} %s[o * %" PRId64 " + j] = (%s)product; }", o->out, a->inner,
                     type);
}

/* Loops over lines; operands that go along the axis, in one array. */
static void open_products(tg__c_kernel *c, const tg__c_operands *o, const along *a, int dtype,
                          int64_t order)
{
    tg__text_put(&c->body, "int32_t o, j; const %s *in[%" PRId64 "];", tg__c_type(dtype),
                 order + 1);
    for (int i = 0; i <= order; i++) tg__text_put(&c->body, "in[%d] = %s;", i, o->in[i]);
    tg__text_put(&c->body, "for (o = 0; o < %" PRId64 "; o++) for (j = 0; j < %" PRId64 "; j++) {",
                 a->outer, a->inner);
}

void tg__c_cumprod(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__value *x = tg__c_value(c->f, v);
    const tg__product_attr *attr = x->attr;
    const along a = along_axis(&o.operand[0], attr->axis);
    const bool running = x->dim[attr->axis] == a.n;
    if (!tg__is_float(x->dtype)) {
        put_wrapped_product(c, &o, &a, x->dtype, running);
        return;
    }
    const char *scratch = tg__c_scratch(c, TG_F64, INT64_C(2) << attr->order);
    open_products(c, &o, &a, x->dtype, attr->order);
    tg__text_put(&c->body,
                 "%s(%" PRId64 ", %" PRId64 ", %" PRId64 ", %d, in, o * %" PRId64
                 " + j, %s + o * %" PRId64 " + j, %s); }",
                 tg__c_helper(c->f, "products_T", x->dtype), attr->order, a.n, a.inner, running,
                 a.n * a.inner, o.out, running ? a.n * a.inner : a.inner, scratch);
}

void tg__c_cumprod_back(tg__c_kernel *c, uint32_t v)
{
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__value *x = tg__c_value(c->f, v);
    const tg__product_attr *attr = x->attr;
    const along a = along_axis(&o.operand[0], attr->axis);
    const bool running = o.operand[1 + attr->order].dim[attr->axis] == a.n;
    int64_t block = 1;
    while (block * block < a.n) block++;
    const int64_t numbers = (2 + block + (a.n - 1) / block + 1) << attr->order;
    const char *scratch = tg__c_scratch(c, TG_F64, 2 * numbers);
    open_products(c, &o, &a, x->dtype, attr->order);
    tg__text_put(&c->body,
                 "%s(%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ", %d, in, o * %" PRId64
                 " + j, %s + o * %" PRId64 " + j, %s + o * %" PRId64 " + j, %s); }",
                 tg__c_helper(c->f, "products_back_T", x->dtype), attr->order, a.n, a.inner, block,
                 running, a.n * a.inner, o.in[1 + attr->order], running ? a.n * a.inner : a.inner,
                 o.out, a.n * a.inner, scratch);
}
