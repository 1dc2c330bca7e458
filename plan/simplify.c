/* simplify.c: what needs no instruction. Arithmetic keeps its result to the last bit (f32
 * denormals aside, which an operation that is gone no longer flushes): so x * 0 stays, which may
 * be NaN, and no sum is reordered. Only a product turned around may round differently. */
#include "ops/dot.h"
#include "plan/lower.h"

#include <math.h>

/* ---- Arithmetic ------------------------------------------------------------------------- */

/* Is [r] one number throughout, and [number] for good? */
static bool is_number(const tg__lowering *l, tg__ref r, double number)
{
    const tg__value *x = &l->plan->nodes[r.value];
    if (x->op != &tg__op_number) return false;
    const double value = l->plan->leaves[x->leaf].number;
    return value == number && signbit(value) == signbit(number);
}

tg__ref tg__simplify(tg__lowering *l, const tg_op **op, tg__ref *in)
{
    const tg__value *nodes = l->plan->nodes;
    if (*op == &tg__op_mul && is_number(l, in[0], 1)) return in[1];
    if (*op == &tg__op_mul && is_number(l, in[1], 1)) return in[0];
    if (*op == &tg__op_div && is_number(l, in[1], 1)) return in[0];
    if (*op == &tg__op_sub && is_number(l, in[1], 0)) return in[0];
    for (int i = 0; i < 2 && *op == &tg__op_add; i++) {
        /* x + 0 is x unless x is -0, which the operation behind x may rule out. */
        if (is_number(l, in[i], -0.0)) return in[1 - i];
        if (is_number(l, in[i], 0) && nodes[in[1 - i].value].op->flags & TG_OP_NO_MINUS_ZERO)
            return in[1 - i];
    }
    if (*op == &tg__op_neg && !in[0].view && nodes[in[0].value].op == &tg__op_neg) {
        const tg__value *inner = &nodes[in[0].value];
        if (!inner->view[0]) return (tg__ref){ inner->in[0], NULL };
        tg__view whole; /* with all axes again, which a map's operand has lost */
        (void)tg__view_reshape(inner->view[0], inner->rank, inner->dim, &whole);
        const tg__view *kept = tg__keep_view(l, &whole);
        if (kept) return (tg__ref){ inner->in[0], kept };
    }
    /* a + -b, a - -b, -a + b: exact, one instruction less. */
    const bool sum = *op == &tg__op_add, difference = *op == &tg__op_sub;
    if (sum || difference) {
        const tg__value *right = &nodes[in[1].value], *left = &nodes[in[0].value];
        if (!in[1].view && right->op == &tg__op_neg) {
            in[1] = (tg__ref){ right->in[0], right->view[0] };
            *op = sum ? &tg__op_sub : &tg__op_add;
        } else if (sum && !in[0].view && left->op == &tg__op_neg) {
            const tg__ref negated = { left->in[0], left->view[0] };
            in[0] = in[1];
            in[1] = negated;
            *op = &tg__op_sub;
        }
    }
    return (tg__ref){ TG_NO_VALUE, NULL };
}

bool tg__fold(tg__lowering *l, const tg_tensor *x, const tg_op *op, const tg__ref *in,
              tg__ref *result)
{
    const tg_plan *plan = l->plan;
    double operands[3] = { 0, 0, 0 };
    if (!plan->exact_numbers || !tg__is_float(x->dtype) || tg__elements(x) != 1) return false;
    for (int i = 0; i < x->arity; i++) {
        const tg__value *operand = &plan->nodes[in[i].value];
        if (operand->op != &tg__op_number) return false;
        operands[i] = tg__round_to(operand->dtype, plan->leaves[operand->leaf].number);
    }
    tg_tensor number = *x;
    number.op = &tg__op_number;
    number.number = tg__round_to(x->dtype, op->map->scalar(operands[0], operands[1], operands[2]));
    const size_t leaves = plan->leaf_count;
    *result = tg__lower_leaf(l, &number);
    if (plan->leaf_count > leaves) plan->leaves[leaves].node = NULL; /* no node of the tape */
    return true;
}

/* ---- Transposed products ---------------------------------------------------------------- */

/* The view with the axes behind the batch exchanged: the second [q] before the first [p]. */
static tg__view exchanged(const tg__view *view, int64_t batch, int64_t p, int64_t q)
{
    tg__view out = *view;
    for (int64_t i = 0; i < p + q; i++) {
        const int64_t from = batch + (i < q ? p + i : i - q), to = batch + i;
        out.dim[to] = view->dim[from];
        out.stride[to] = view->stride[from];
    }
    return out;
}

static bool same_steps(const tg__view *a, const tg__view *b)
{
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i] || (a->stride[i] != b->stride[i] && a->dim[i] != 1))
            return false;
    return a->rank == b->rank && a->offset == b->offset;
}

bool tg__transposed_dot(tg__lowering *l, const tg_tensor *x, tg__ref r, const tg__view *view,
                        tg__ref *result)
{
    const tg_tensor *operand = x->in[0];
    if (r.view || operand->op != &tg__op_dot || l->plan->nodes[r.value].op != &tg__op_dot ||
        l->uses[operand->place] != 1 || x->rank != operand->rank)
        return false;
    const tg__dot_attr *attr = operand->attr;
    const tg__view dense = tg__view_dense(operand->rank, operand->dim);
    const tg__view turned = exchanged(&dense, attr->batch, attr->m, attr->n);
    if (!same_steps(view, &turned)) return false;
    tg__value *value = tg__lower_new(l, x, &tg__op_dot, 2);
    *result = (tg__ref){ TG_NO_VALUE, NULL };
    if (!value) return true;
    const tg__value *dot = &l->plan->nodes[r.value];
    tg__dot_attr *kept = tg__plan_alloc(l->plan, sizeof *kept);
    if (!kept) return true;
    *kept = (tg__dot_attr){ attr->batch, attr->n, attr->m, attr->k };
    value->attr = kept;
    value->attr_size = sizeof *kept;
    for (int i = 0; i < 2; i++) {
        const tg__view other = i == 0 ? exchanged(dot->view[1], attr->batch, attr->k, attr->n)
                                      : exchanged(dot->view[0], attr->batch, attr->m, attr->k);
        value->in[i] = dot->in[1 - i];
        if (!(value->view[i] = tg__keep_view(l, &other))) return true;
    }
    value->site = dot->site;
    *result = (tg__ref){ tg__lower_keep(l), NULL };
    return true;
}

/* ---- Outer products --------------------------------------------------------------------- */

/* An operand of the product, seen in the product's shape: the axes [first, first + count) of [dim]
 * are the other one's, along which it repeats. Its own axes in [view], those that are summed over
 * left out, follow one another. */
static tg__view spread(const tg__view *view, const tg__value *product, int first, int count,
                       int summed, int terms)
{
    tg__view out = { .rank = product->rank, .offset = view->offset };
    int from = 0;
    for (int i = 0; i < product->rank; i++) {
        if (from == summed) from += terms;
        out.dim[i] = product->dim[i];
        if (i < first || i >= first + count) out.stride[i] = view->stride[from++];
    }
    return out;
}

bool tg__spread_outer_products(tg__lowering *l)
{
    for (size_t v = 0; v < l->plan->count; v++) {
        tg__value *x = &l->plan->nodes[v];
        if (x->op != &tg__op_dot) continue;
        const tg__dot_attr *attr = x->attr;
        const int batch = (int)attr->batch, m = (int)attr->m, n = (int)attr->n, k = (int)attr->k;
        int64_t terms = 1;
        for (int i = 0; i < k; i++) terms *= x->view[1]->dim[batch + i];
        if (terms != 1) continue;
        const tg__view side[2] = { spread(x->view[0], x, batch + m, n, batch + m, k),
                                   spread(x->view[1], x, batch, m, batch, k) };
        x->op = &tg__op_mul;
        x->attr = NULL;
        x->attr_size = 0;
        for (int i = 0; i < 2; i++)
            if (!tg__set_map_operand(l, x, i, (tg__ref){ x->in[i], &side[i] })) return false;
    }
    return true;
}
