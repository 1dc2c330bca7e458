/* product.c: products of arrays (ops/dot.c) as loops over lists of sizes and steps, which windows
 * and transposes have, too. Each function is for a number of loops over the batch, over rows,
 * columns and terms; the sizes and steps are a constant array. */
#include "emit/loop.h"
#include "kernels/gemm.h"
#include "ops/dot_matrix.h"

#include <inttypes.h>

enum { MOST_AXES = 12 };

/* Loops of one kind, and what a step of each is in both operands. */
typedef struct axes {
    int count;
    int64_t size[MOST_AXES], a[MOST_AXES], b[MOST_AXES];
} axes;

/* Axes of size 1 are left out, and those joined that both operands step through as one. */
static void add_axis(axes *to, int64_t size, int64_t a, int64_t b)
{
    if (size == 1) return;
    const int last = to->count - 1;
    if (last >= 0 && to->a[last] == a * size && to->b[last] == b * size) {
        to->size[last] *= size;
        to->a[last] = a;
        to->b[last] = b;
        return;
    }
    if (to->count == MOST_AXES) return;
    to->size[to->count] = size;
    to->a[to->count] = a;
    to->b[to->count++] = b;
}

static int64_t length_of(const axes *x)
{
    int64_t length = 1;
    for (int i = 0; i < x->count; i++) length *= x->size[i];
    return length;
}

typedef struct product {
    axes batch, m, n, k;
    int64_t terms;
    int dtype;
    bool dots; /* in lanes */
} product;

static product product_of(const tg__value *x, const tg__operand *operands)
{
    const tg__dot_attr *attr = x->attr;
    const tg__view *a = &operands[0].view, *b = &operands[1].view;
    product p = { .dtype = x->dtype };
    const int batch = (int)attr->batch, m = (int)attr->m, n = (int)attr->n, k = (int)attr->k;
    for (int i = 0; i < batch; i++) add_axis(&p.batch, a->dim[i], a->stride[i], b->stride[i]);
    for (int i = 0; i < m; i++) add_axis(&p.m, a->dim[batch + i], a->stride[batch + i], 0);
    for (int i = 0; i < n; i++) add_axis(&p.n, b->dim[batch + k + i], 0, b->stride[batch + k + i]);
    for (int i = 0; i < k; i++)
        add_axis(&p.k, b->dim[batch + i], a->stride[batch + m + i], b->stride[batch + i]);
    p.terms = length_of(&p.k);
    p.dots = tg__dot_sums_in_lanes(x->attr, (tg_dtype)x->dtype, a, b);
    return p;
}

static void put_loops(tg__text *out, const axes *x, char name, int *at)
{
    for (int i = 0; i < x->count; i++)
        tg__text_put(out, "for (%c%d = 0; %c%d < s[%d]; %c%d++) {", name, i, name, i, 3 * (*at)++,
                     name, i);
}

static void close_loops(tg__text *out, const axes *x)
{
    for (int i = 0; i < x->count; i++) tg__text_put(out, "}");
}

static void declare(tg__text *out, const axes *x, char name)
{
    for (int i = 0; i < x->count; i++) tg__text_put(out, "int32_t %c%d;", name, i);
}

/* An operand's place: steps of the counters. */
static void put_place(tg__text *out, const axes *x, char name, int first, int side, bool *any)
{
    for (int i = 0; i < x->count; i++) {
        tg__text_put(out, "%s%c%d * s[%d]", *any ? " + " : "", name, i, 3 * (first + i) + side);
        *any = true;
    }
}

/* One element of the result: the sum of the terms at x and y. */
static void put_terms(tg__c_file *f, tg__text *out, const product *p, int first)
{
    const bool narrow = p->dtype == TG_F32;
    const char *type = tg__c_type(p->dtype);
    const int lanes = narrow ? 32 : 16;
    int at = first;
    tg__text x = { .allocator = &f->allocator }, y = { .allocator = &f->allocator };
    bool any_x = false, any_y = false;
    tg__text_put(&x, "x[");
    tg__text_put(&y, "y[");
    put_place(&x, &p->k, 'k', first, 1, &any_x);
    put_place(&y, &p->k, 'k', first, 2, &any_y);
    tg__text_put(&x, any_x ? "]" : "0]");
    tg__text_put(&y, any_y ? "]" : "0]");
    if (p->dots) {
        tg__text_put(out, "%s lane[%d]; int32_t at = 0, half; memset(lane, 0, sizeof lane);", type,
                     lanes);
        put_loops(out, &p->k, 'k', &at);
        tg__text_put(out, "lane[at] = MULTIPLY_ADD_%s(%s, %s, lane[at]); at = (at + 1) %% %d;",
                     narrow ? "F32" : "F64", tg__text_string(&x), tg__text_string(&y), lanes);
        close_loops(out, &p->k);
        tg__text_put(
            out,
            "for (half = %d; half > 0; half /= 2) for (at = 0; at < half; at++) lane[at] += "
            "lane[at + half];",
            lanes / 2);
        tg__text_put(out, "*c++ = lane[0];");
    } else if (p->terms <= TG__GEMM_DEPTH) {
        tg__text_put(out, "%s sum = 0;", type);
        put_loops(out, &p->k, 'k', &at);
        tg__text_put(out, "sum = MULTIPLY_ADD_%s(%s, %s, sum);", narrow ? "F32" : "F64",
                     tg__text_string(&x), tg__text_string(&y));
        close_loops(out, &p->k);
        tg__text_put(out, "*c++ = sum;");
    } else {
        tg__text_put(out, "%s chains; %s sum = 0; int32_t left = %s(&chains, s[%d]);",
                     tg__c_helper(f, "chains_T", p->dtype), type,
                     tg__c_helper(f, "chains_begin_T", p->dtype), 3 * (first + p->k.count));
        put_loops(out, &p->k, 'k', &at);
        tg__text_put(
            out,
            "sum = MULTIPLY_ADD_%s(%s, %s, sum); if (--left == 0) { left = %s(&chains, &sum); }",
            narrow ? "F32" : "F64", tg__text_string(&x), tg__text_string(&y),
            tg__c_helper(f, "chains_add_T", p->dtype));
        close_loops(out, &p->k);
        tg__text_put(out, "*c++ = %s(&chains);", tg__c_helper(f, "chains_total_T", p->dtype));
    }
    tg__text_free(&x);
    tg__text_free(&y);
}

/* Can a BLAS take a plain product? If not, it has a structure of its own, by name. */
static bool suits_blas(const product *p)
{
    const bool plain = p->batch.count == 0 && p->m.count == 1 && p->n.count == 1 && p->k.count == 1;
    if (!plain) return true;
    const bool a = (p->k.a[0] == 1 && p->m.a[0] >= p->k.size[0]) ||
                   (p->k.a[0] != 1 && p->m.a[0] == 1 && p->k.a[0] >= p->m.size[0]);
    const bool b = (p->n.b[0] == 1 && p->k.b[0] >= p->n.size[0]) ||
                   (p->n.b[0] != 1 && p->k.b[0] == 1 && p->n.b[0] >= p->k.size[0]);
    return a && b;
}

/* Products that the program supplies, all of them; or plain ones by CBLAS. */
static void put_hooks(tg__c_file *f, tg__text *out, const product *p)
{
    const char *big = tg__c_upper(f), *type = tg__c_suffix(p->dtype);
    tg__text_put(out, "#if defined(%s_PRODUCTS)\n%s_product_%s(a, b, c, s, %d, %d, %d, %d);", big,
                 tg__c_name(f), type, p->batch.count, p->m.count, p->n.count, p->k.count);
    if (p->batch.count == 0 && p->m.count == 1 && p->n.count == 1 && p->k.count == 1 &&
        suits_blas(p))
        tg__text_put(
            out,
            "#elif defined(%s_CBLAS)\ncblas_%cgemm(CblasRowMajor, s[7] == 1 ? CblasNoTrans : "
            "CblasTrans, s[5] == 1 ? CblasNoTrans : CblasTrans, s[0], s[3], s[6], 1, a, s[7] == 1 "
            "? s[1] : s[7], b, s[5] == 1 ? s[8] : s[5], 0, c, s[3]);",
            big, p->dtype == TG_F32 ? 's' : 'd');
    tg__text_put(out, "#else\n");
}

/* The function of that structure, once. */
static const char *function_of(tg__c_file *f, const product *p)
{
    char name[64];
    const char *way = p->dots ? "dots" : p->terms <= TG__GEMM_DEPTH ? "chain" : "chains";
    (void)snprintf(name, sizeof name, "product_%s_%s_%d%d%d%d%s", tg__c_suffix(p->dtype), way,
                   p->batch.count, p->m.count, p->n.count, p->k.count,
                   suits_blas(p) ? "" : "_strided");
    const char *kept = tg__c_copy(f, name);
    if (!kept || !tg__c_note_name(f, kept)) return kept ? kept : "";
    const char *type = tg__c_type(p->dtype);
    tg__text out = { .allocator = &f->allocator };
    const int m = p->batch.count, n = m + p->m.count, k = n + p->n.count;
    int at = 0;
    bool any = false;
    tg__text_put(&out, "static void %s(const %s *a, const %s *b, %s *c, const int32_t *s) {", kept,
                 type, type, type);
    put_hooks(f, &out, p);
    declare(&out, &p->batch, 'b');
    declare(&out, &p->m, 'm');
    declare(&out, &p->n, 'n');
    declare(&out, &p->k, 'k');
    put_loops(&out, &p->batch, 'b', &at);
    put_loops(&out, &p->m, 'm', &at);
    put_loops(&out, &p->n, 'n', &at);
    tg__text_put(&out, "const %s *x = a + (", type);
    put_place(&out, &p->batch, 'b', 0, 1, &any);
    put_place(&out, &p->m, 'm', m, 1, &any);
    tg__text_put(&out, any ? "), *y = b + (" : "0), *y = b + (");
    any = false;
    put_place(&out, &p->batch, 'b', 0, 2, &any);
    put_place(&out, &p->n, 'n', n, 2, &any);
    tg__text_put(&out, any ? ");" : "0);");
    put_terms(f, &out, p, k);
    close_loops(&out, &p->n);
    close_loops(&out, &p->m);
    close_loops(&out, &p->batch);
    tg__text_put(&out, "(void)s;");
    tg__text_put(&out, "#endif\n}\n\n");
    tg__text_put(&f->helpers, "%s", tg__text_string(&out));
    f->helpers.failed |= out.failed;
    tg__text_free(&out);
    return kept;
}

static void put_sizes(tg__text *out, const axes *x)
{
    for (int i = 0; i < x->count; i++)
        tg__text_put(out, "%" PRId64 ", %" PRId64 ", %" PRId64 ", ", x->size[i], x->a[i], x->b[i]);
}

/* The constant array of sizes and steps, once for equal ones. */
static const char *sizes_of(tg__c_file *f, const product *p)
{
    tg__text out = { .allocator = &f->allocator };
    put_sizes(&out, &p->batch);
    put_sizes(&out, &p->m);
    put_sizes(&out, &p->n);
    put_sizes(&out, &p->k);
    tg__text_put(&out, "%" PRId64, p->terms);
    const char *name = tg__c_shape(f, tg__text_string(&out));
    tg__text_free(&out);
    return name;
}

void tg__c_product(tg__c_kernel *c, uint32_t v)
{
    tg__c_file *f = c->f;
    const tg__value *x = tg__c_value(f, v);
    tg__operand operands[3];
    tg__describe_call(f->program, v, operands);
    const product p = product_of(x, operands);
    const double elements = (double)x->count;
    if (x->count == 0) return;
    if (p.terms == 0) {
        tg__c_clear(&c->body, tg__c_out(c, v), x->count);
        return;
    }
    f->products += elements * (double)p.terms;
    const char *function = function_of(f, &p);
    const char *shape = tg__c_literal(c, "const int32_t *|%s", sizes_of(f, &p));
    const char *a = tg__c_in(c, x->in[0]), *b = tg__c_in(c, x->in[1]);
    tg__text_put(&c->body, "%s(%s + %" PRId64 ", %s + %" PRId64 ", %s, %s);", function, a,
                 operands[0].view.offset, b, operands[1].view.offset, tg__c_out(c, v), shape);
}

/* The place of an operand for a row: its axes of batch and rows, as a view of the rows. */
static void put_row_place(tg__c_loop_kernel *l, const tg__value *x, const tg__operand *operands,
                          int side)
{
    const tg__dot_attr *attr = x->attr;
    const tg__view *from = &operands[side].view;
    const int batch = (int)attr->batch, m = (int)attr->m;
    tg__view view = { .rank = batch + m, .offset = from->offset };
    for (int i = 0; i < view.rank; i++) {
        view.dim[i] = x->dim[i];
        view.stride[i] = i < batch ? from->stride[i] : side == 0 ? from->stride[i] : 0;
    }
    tg__c_put_index(l, &l->c.body, &view, true);
}

void tg__c_product_row(tg__c_loop_kernel *l, uint32_t v, const char *out)
{
    tg__c_file *f = l->c.f;
    const tg__value *x = tg__c_value(f, v);
    tg__operand operands[3];
    if (x->op != &tg__op_dot) {
        tg__c_refuse(f, v, "it is computed in a loop, row by row");
        return;
    }
    tg__describe_call(f->program, v, operands);
    product p = product_of(x, operands);
    p.batch.count = p.m.count = 0;
    p.dots = false;
    f->products += (double)x->count * (double)p.terms;
    const char *function = function_of(f, &p);
    const char *shape = tg__c_literal(&l->c, "const int32_t *|%s", sizes_of(f, &p));
    tg__text_put(&l->c.body, "%s(%s + (", function, tg__c_in(&l->c, x->in[0]));
    put_row_place(l, x, operands, 0);
    tg__text_put(&l->c.body, "), %s + (", tg__c_in(&l->c, x->in[1]));
    put_row_place(l, x, operands, 1);
    const tg__c_item *item = tg__c_item_of(l, v);
    tg__text_put(&l->c.body, "), %s%s, %s);", out, item->whole ? " + q" : "", shape);
}
