/* contract.c: contractions: products of two operands, summed over any axes. They are made of the
 * product of arrays (dot.c), whose axes stand in one order, by putting axes into that order. */
#include "ops/contract.h"
#include "ops/dot.h"

/* ---- Axes ------------------------------------------------------------------------------- */

/* Reads a list of axes of x, none of which may be in [seen] yet. False with an error. */
static bool take_axes(tg_site at, const char *name, tg_tensor *x, const tg_axes *axes,
                      uint32_t *seen, tg_axes *out)
{
    *out = (tg_axes){ .count = axes->count };
    if (axes->count < 0) {
        tg__fail_op(x->tape, at, TG_ERR_SHAPE, name, 1, &x, "more than %d axes", TG_MAX_RANK);
        return false;
    }
    for (int i = 0; i < axes->count; i++) {
        const int axis = tg__axis(at, name, x, axes->axis[i]);
        if (axis < 0) return false;
        if (*seen >> axis & 1) {
            tg__fail_op(x->tape, at, TG_ERR_SHAPE, name, 1, &x, "axis %d is named twice", axis);
            return false;
        }
        *seen |= 1u << axis;
        out->axis[i] = axis;
    }
    return true;
}

static tg_axes other_axes(const tg_tensor *x, uint32_t seen)
{
    tg_axes rest = { 0 };
    for (int i = 0; i < x->rank; i++)
        if (!(seen >> i & 1)) rest.axis[rest.count++] = i;
    return rest;
}

static int64_t size_of(const tg_tensor *x, const tg_axes *axes)
{
    int64_t size = 1;
    for (int i = 0; i < axes->count; i++) size *= x->dim[axes->axis[i]];
    return size;
}

/* x with the axes of three lists, one after the other. */
static tg_tensor *in_order(tg_site at, tg_tensor *x, const tg_axes *first, const tg_axes *second,
                           const tg_axes *third)
{
    const tg_axes *lists[] = { first, second, third };
    tg_axes order = { 0 };
    bool moved = false;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < lists[k]->count; i++) {
            moved |= lists[k]->axis[i] != order.count;
            order.axis[order.count++] = lists[k]->axis[i];
        }
    return moved ? tg_permute(x, order) : x;
}

/* The same with each list joined to one axis. */
static tg_tensor *joined(tg_site at, tg_tensor *x, const tg_axes *first, const tg_axes *second,
                         const tg_axes *third)
{
    const int64_t dim[] = { size_of(x, first), size_of(x, second), size_of(x, third) };
    return tg__reshape_to(at, in_order(at, x, first, second, third), 3, dim);
}

/* ---- The product ------------------------------------------------------------------------ */

static bool pairs_fit(tg_site at, const char *name, tg_tensor *in[2], const tg_axes *a,
                      const tg_axes *b, const char *what)
{
    bool fits = a->count == b->count;
    for (int i = 0; fits && i < a->count; i++)
        fits = in[0]->dim[a->axis[i]] == in[1]->dim[b->axis[i]];
    if (!fits)
        tg__fail_op(in[0]->tape, at, TG_ERR_SHAPE, name, 2, in,
                    "the %s axes of the two must be as many, and agree in size", what);
    return fits;
}

tg_tensor *tg__contract(tg_site at, const char *name, tg_tensor *a, tg_tensor *b,
                        const tg__contraction *axes)
{
    tg_tensor *in[] = { a, b };
    uint32_t seen[2] = { 0, 0 };
    tg_axes batch[2], summed[2], rest[2];
    if (!tg__ready(at, name, 2, in)) return NULL;
    for (int k = 0; k < 2; k++) {
        if (!tg__dtype_in(at, name, in[k], TG_SET_FLOAT) ||
            !take_axes(at, name, in[k], &axes->batch[k], &seen[k], &batch[k]) ||
            !take_axes(at, name, in[k], &axes->summed[k], &seen[k], &summed[k]))
            return NULL;
        rest[k] = other_axes(in[k], seen[k]);
    }
    if (a->dtype != b->dtype)
        return tg__fail_op(a->tape, at, TG_ERR_DTYPE, name, 2, in,
                           "the operands are %s and %s; use tg_cast",
                           tg_dtype_name((tg_dtype)a->dtype), tg_dtype_name((tg_dtype)b->dtype));
    if (!pairs_fit(at, name, in, &batch[0], &batch[1], "batch") ||
        !pairs_fit(at, name, in, &summed[0], &summed[1], "summed"))
        return NULL;
    const int rank = batch[0].count + rest[0].count + rest[1].count;
    if (rank > TG_MAX_RANK)
        return tg__fail_op(a->tape, at, TG_ERR_SHAPE, name, 2, in,
                           "the result would have %d axes, more than %d", rank, TG_MAX_RANK);
    int64_t dim[TG_MAX_RANK];
    int to = 0;
    for (int i = 0; i < batch[0].count; i++) dim[to++] = a->dim[batch[0].axis[i]];
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < rest[k].count; i++) dim[to++] = in[k]->dim[rest[k].axis[i]];
    if (!tg__shape_ok(a->tape, at, name, (tg_dtype)a->dtype, rank, dim)) return NULL;

    const size_t length = a->tape->count;
    if (summed[0].count == 0) { /* nothing is summed over: a product of a column and a row */
        tg_tensor *left = joined(at, a, &batch[0], &rest[0], &summed[0]);
        tg_tensor *right = joined(at, b, &batch[1], &summed[1], &rest[1]);
        return tg__whole(a->tape, length, tg__reshape_to(at, tg_mul(left, right), rank, dim));
    }
    const tg__dot_attr attr = { batch[0].count, rest[0].count, rest[1].count, summed[0].count };
    tg_tensor *left = in_order(at, a, &batch[0], &rest[0], &summed[0]);
    tg_tensor *right = in_order(at, b, &batch[1], &summed[1], &rest[1]);
    return tg__whole(a->tape, length, tg__dot(at, name, left, right, attr));
}

tg_tensor *tg_dot_with(const tg_dot_args *given)
{
    tg_dot_args args = { TG_DOT_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_dot", a)) return NULL;
    const tg__contraction axes = { .batch = { args.a_batch, args.b_batch },
                                   .summed = { args.a_axes, args.b_axes } };
    return tg__contract(args.at, "dot", args.a, args.b, &axes);
}

tg_tensor *tg_outer_at(tg_site at, tg_tensor *a, tg_tensor *b)
{
    at = tg__within(at, "tg_outer");
    return tg__contract(at, "outer", a, b, &(tg__contraction){ 0 });
}
