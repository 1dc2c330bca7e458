/* closure_samples.h: how the closure matrix records each primitive with random operands and
 * attributes. Elementwise rows need nothing here, unless their range hides something: it is that of
 * operand a, or of operand b, where the function is smooth. */
#ifndef TG_TESTS_CLOSURE_SAMPLES_H
#define TG_TESTS_CLOSURE_SAMPLES_H

#include "autograd/engine.h"
#include "ops/interleave.h" /* before the names of the next one */

#include "closure_operands.h"

typedef struct sample sample;
struct sample {
    const char *name; /* of the operation */
    /* Records the operation, and returns what a user gets for it. */
    tg_tensor *(*record)(draw *d, const sample *s, const tg_op *op);
    union {
        tg_tensor *(*unary)(tg_site at, tg_tensor *x);
        tg_tensor *(*binary)(tg_site at, tg_tensor *a, tg_tensor *b);
        tg_tensor *(*with_number)(tg_site at, tg_tensor *x, double c);
        tg_tensor *(*from_number)(tg_site at, double c, tg_tensor *x);
        tg_tensor *(*reduction)(const tg_reduce_args *);
        tg_tensor *(*spread)(const tg_variance_args *);
        tg_tensor *(*along)(tg_site at, tg_tensor *x, int axis);
        tg_tensor *(*times)(tg_site at, tg_tensor *x, int axis, int64_t times);
        tg_tensor *(*diagonal)(tg_site at, tg_tensor *x, int64_t offset);
        tg_tensor *(*scatter)(tg_site at, tg_tensor *x, tg_tensor *index, int axis, int64_t size);
        tg_tensor *(*segment)(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
        tg_dtype dtype;
    } by;
    bool dyadic;             /* rounds to float: sample and step where that is exact */
    const char *no_gradient; /* of a composition: why there is nothing to differentiate */
};

/* ---- Elementwise ------------------------------------------------------------------------ */

static tg_tensor *record_unary(draw *d, const sample *s, const tg_op *op)
{
    tg_tensor *x = draw_operand(d, draw_shape(&d->random), op->domain[0].low, op->domain[0].high);
    return s->by.unary(TG_HERE, x);
}

/* Kinked at 0, or a pole: sampled on both sides of it. */
static tg_tensor *record_mirrored(draw *d, const sample *s, const tg_op *op)
{
    const tg_shape shape = draw_shape(&d->random);
    return s->by.unary(TG_HERE, draw_mirrored(d, shape, op->domain[0].low, op->domain[0].high));
}

/* A step away from its steps, between any two whole numbers. */
static tg_tensor *record_rounding(draw *d, const sample *s, const tg_op *op)
{
    tg_tensor *x = draw_operand(d, draw_shape(&d->random), op->domain[0].low, op->domain[0].high);
    return s->by.unary(TG_HERE, tg_add_num(x, rng_below(&d->random, 7) - 4));
}

/* Smooth in b on both sides of 0, or in a. */
static tg_tensor *record_mirrored_a(draw *d, const sample *s, const tg_op *op)
{
    const tg_shape shape = draw_shape(&d->random);
    tg_tensor *a = draw_mirrored(d, shape, op->domain[0].low, op->domain[0].high);
    if (rng_once_in(&d->random, 5)) return s->by.binary(TG_HERE, a, a);
    const tg_shape other = draw_broadcastable(&d->random, shape);
    return s->by.binary(TG_HERE, a, draw_operand(d, other, op->domain[1].low, op->domain[1].high));
}
static tg_tensor *record_mirrored_b(draw *d, const sample *s, const tg_op *op)
{
    const tg_shape shape = draw_shape(&d->random);
    tg_tensor *b = draw_mirrored(d, shape, op->domain[1].low, op->domain[1].high);
    if (rng_once_in(&d->random, 5)) return s->by.binary(TG_HERE, b, b);
    const tg_shape other = draw_broadcastable(&d->random, shape);
    tg_tensor *a = draw_operand(d, other, op->domain[0].low, op->domain[0].high);
    return s->by.binary(TG_HERE, a, b);
}

/* The quotient is [whole] and a fraction, of either sign: away from whole quotients. */
static tg_tensor *record_division(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    const double low = 1, high = 1.2, margin = 0.1;
    const int whole = rng_below(&d->random, 6) - 3;
    const tg_shape shape = draw_shape(&d->random);
    const double from = fmax(whole * low, whole * high) + margin;
    const double to = fmin((whole + 1) * low, (whole + 1) * high) - margin;
    tg_tensor *a = draw_operand(d, draw_broadcastable(&d->random, shape), from, to);
    tg_tensor *b = draw_operand(d, draw_broadcastable(&d->random, shape), low, high);
    return rng_once_in(&d->random, 2) ? s->by.binary(TG_HERE, a, b)
                                      : s->by.binary(TG_HERE, tg_neg(a), tg_neg(b));
}

static tg_tensor *record_binary(draw *d, const sample *s, const tg_op *op)
{
    const tg__domain a = op->domain[0], b = op->domain[1];
    const tg_shape shape = draw_shape(&d->random);
    if (rng_once_in(&d->random, 5)) { /* an operand twice, in the range that suits both */
        tg_tensor *x = draw_operand(d, shape, fmax(a.low, b.low), fmin(a.high, b.high));
        return s->by.binary(TG_HERE, x, x);
    }
    const tg_shape left = draw_broadcastable(&d->random, shape);
    const tg_shape right = draw_broadcastable(&d->random, shape);
    tg_tensor *x = draw_operand(d, left, a.low, a.high);
    return s->by.binary(TG_HERE, x, draw_operand(d, right, b.low, b.high));
}

/* The order is a number of C. */
static tg_tensor *record_polygamma(draw *d, const sample *s, const tg_op *op)
{
    (void)s;
    const tg__domain a = op->domain[0], b = op->domain[1];
    const int order = (int)a.low + rng_below(&d->random, (int)(a.high - a.low) + 1);
    return tg_polygamma(order, draw_operand(d, draw_shape(&d->random), b.low, b.high));
}

static tg_tensor *record_comparison(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    const tg_shape shape = draw_shape(&d->random);
    tg_tensor *x = draw_operand(d, draw_broadcastable(&d->random, shape), -1, 1);
    tg_tensor *y = draw_operand(d, draw_broadcastable(&d->random, shape), -1, 1);
    return s->by.binary(TG_HERE, x, rng_once_in(&d->random, 4) ? x : y);
}

static tg_tensor *record_logic(draw *d, const sample *s, const tg_op *op)
{
    const tg_shape shape = draw_shape(&d->random);
    tg_tensor *x = draw_bools(d, draw_broadcastable(&d->random, shape));
    if (op->arity == 1) return s->by.unary(TG_HERE, x);
    tg_tensor *y = draw_operand(d, draw_broadcastable(&d->random, shape), -1, 1);
    return s->by.binary(TG_HERE, x, tg_less(y, tg_number_like(y, 0.125)));
}

static tg_tensor *record_select(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = draw_shape(&d->random);
    tg_tensor *condition = draw_bools(d, draw_broadcastable(&d->random, shape));
    tg_tensor *a = draw_operand(d, draw_broadcastable(&d->random, shape), -2, 2);
    if (rng_once_in(&d->random, 5)) return tg_select(tg_less(a, tg_square(a)), a, a);
    return tg_select(condition, a, draw_operand(d, draw_broadcastable(&d->random, shape), -2, 2));
}

/* There and back: both casts between floats, whichever the operands are. */
static tg_tensor *record_float_cast(draw *d, const sample *s, const tg_op *op)
{
    (void)s;
    tg_tensor *x = draw_operand(d, draw_shape(&d->random), op->domain[0].low, op->domain[0].high);
    return tg_cast(tg_cast(x, d->dtype == TG_F64 ? TG_F32 : TG_F64), d->dtype);
}

static tg_tensor *record_cast(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    return tg_cast(draw_operand(d, draw_shape(&d->random), -300, 300), s->by.dtype);
}

/* Of ops/ops.h, which defines TG_HERE for the operations. */
tg_tensor *tg__scaled(tg_site at, tg_tensor *s, tg_tensor *x);

static tg_tensor *record_scale(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = draw_shape(&d->random);
    tg_tensor *x = draw_operand(d, shape, -2, 2);
    return tg__scaled(TG_HERE, tg_cast(draw_operand(d, shape, -2, 2), TG_F64), x);
}

/* The planner makes copies and nothing records them; but it takes one as any other operation. */
static tg_tensor *record_copy(draw *d, const sample *s, const tg_op *op)
{
    (void)s;
    tg_tensor *x = draw_operand(d, draw_shape(&d->random), -2, 2);
    return tg__record_like(TG_HERE, op, 1, &x);
}

/* ---- Reductions ------------------------------------------------------------------------- */

/* Axes as the options name them: one, several, or none written for all. */
static tg_reduce_args draw_reduction(draw *d, tg_tensor *x, bool several)
{
    rng *r = &d->random;
    tg_reduce_args args = { TG_REDUCE_DEFAULTS, .at = TG_HERE, .x = x, .keep = rng_once_in(r, 2) };
    const int rank = tg_rank(x), choice = rank ? rng_below(r, 3) : 0;
    if (choice == 1) {
        args.axis = draw_axis(r, rank);
    } else if (choice == 2 && several) {
        args.axes = draw_axes(r, rank, 1);
    }
    return args;
}

static tg_tensor *record_sum(draw *d, const sample *s, const tg_op *op)
{
    tg_tensor *x = draw_operand(d, draw_shape(&d->random), op->domain[0].low, op->domain[0].high);
    const tg_reduce_args args = draw_reduction(d, x, true);
    return s->by.reduction(&args);
}

/* Nothing has a mean or a largest element, so no axis is empty. */
static tg_tensor *record_reduction(draw *d, const sample *s, const tg_op *op)
{
    const tg_shape shape = without_zeros(draw_shape(&d->random));
    tg_tensor *x = draw_operand(d, shape, op->domain[0].low, op->domain[0].high);
    const tg_reduce_args args = draw_reduction(d, x, true);
    return s->by.reduction(&args);
}

/* Of f64 always; given back in the draw's dtype. */
static tg_tensor *record_sum_squares(draw *d, const sample *s, const tg_op *op)
{
    tg_tensor *y = record_reduction(d, s, op);
    return tg_cast(y, d->dtype);
}

/* Floats, or small integers. */
static tg_tensor *draw_numbers(draw *d, tg_shape shape)
{
    tg_tensor *x = draw_operand(d, shape, -2, 2);
    if (rng_once_in(&d->random, 2)) return x;
    const tg_dtype dtypes[] = { TG_I32, TG_I64, TG_U8 };
    return tg_cast(tg_mul_num(x, 4), dtypes[rng_below(&d->random, 3)]);
}

static tg_tensor *record_arg(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    tg_tensor *x = draw_numbers(d, without_zeros(draw_shape(&d->random)));
    const tg_reduce_args args = draw_reduction(d, x, false);
    return s->by.reduction(&args);
}

/* ---- Scans and sorting ------------------------------------------------------------------ */

static tg_tensor *record_along(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    tg_tensor *x = draw_operand(d, draw_shape_of(&d->random, 1, 6), -2, 2);
    return s->by.along(TG_HERE, x, draw_axis(&d->random, tg_rank(x)));
}

/* What running products give back to their operand, or whole ones. */
static tg_tensor *record_cumprod_back(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_tensor *x = draw_operand(d, draw_shape_of(r, 1, 6), -2, 2);
    const int axis = draw_axis(r, tg_rank(x));
    tg_tensor *y = rng_once_in(r, 2) ? tg_cumprod(x, axis) : tg_prod(x, .axis = axis);
    tg_tensor *c = draw_operand(d, tg_shape_from(y), -2, 2);
    return tg_grad(tg_sum(tg_mul(y, c)), x);
}

static tg_tensor *record_places_along(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    tg_tensor *x = draw_numbers(d, draw_shape_of(&d->random, 1, 6));
    return s->by.along(TG_HERE, x, draw_axis(&d->random, tg_rank(x)));
}

static tg_tensor *record_argsort(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_tensor *x = draw_numbers(d, draw_shape_of(r, 1, 6));
    const int axis = draw_axis(r, tg_rank(x));
    return tg_argsort(x, .axis = axis, .descending = rng_once_in(r, 2));
}

/* ---- Movement --------------------------------------------------------------------------- */

static tg_tensor *record_reshape(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return reshaped(d, draw_shape(&d->random), -2, 2, 2);
}

static tg_tensor *record_permute(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return permuted(d, draw_shape(&d->random), -2, 2, 2);
}

static tg_tensor *record_broadcast(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = draw_shape_of(&d->random, 1, 6);
    tg_tensor *x = draw_operand(d, draw_broadcastable(&d->random, shape), -2, 2);
    return tg_broadcast(x, shape);
}

static tg_tensor *record_slice(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_tensor *x = draw_operand(d, draw_shape_of(r, 1, 6), -2, 2);
    /* Positions before, inside and behind the axis: slices are clamped. */
    const int start = rng_below(r, 9) - 4, stop = rng_below(r, 12) - 4, step = 1 + rng_below(r, 3);
    return tg_slice(x, draw_axis(r, tg_rank(x)), start, stop, step);
}

static tg_tensor *record_flip(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return flipped(d, draw_shape(&d->random), -2, 2, 2);
}

/* Windows along a random axis of a shape of rank [low] to [high], which is left in [shape]. */
static windows draw_windows(draw *d, int low, int high, tg_shape *shape)
{
    rng *r = &d->random;
    *shape = draw_shape_of(r, low, high);
    *shape = at_most(6, *shape);
    const int64_t count = 1 + rng_below(r, 3), size = 1 + rng_below(r, 3);
    return windows_of(r, rng_below(r, shape->rank), count, size);
}

static tg_tensor *record_window(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_shape shape;
    const windows w = draw_windows(d, 1, 7, &shape);
    shape.dim[w.axis] = w.length;
    const int axis = named_axis(&d->random, shape.rank, w.axis);
    return tg_window(draw_operand(d, shape, -2, 2), axis, w.size, w.stride, w.dilation);
}

static tg_tensor *record_fold(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_shape shape;
    const windows w = draw_windows(d, 1, 7, &shape);
    shape.dim[w.axis] = (w.length - 1 - (w.size - 1) * w.dilation) / w.stride + 1;
    shape.dim[shape.rank++] = w.size;
    const int axis = named_axis(&d->random, shape.rank, w.axis);
    return tg_fold(draw_operand(d, shape, -2, 2), axis, w.length, w.stride, w.dilation);
}

static tg_tensor *record_stop(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_stop_gradient(draw_operand(d, draw_shape(&d->random), -2, 2));
}

static tg_tensor *record_pad(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_tensor *x = draw_operand(d, draw_shape_of(r, 1, 5), -2, 2);
    const int before = rng_below(r, 3), after = rng_below(r, 3), between = rng_below(r, 3);
    const double value = rng_between(r, -1, 1);
    return tg_pad(x, draw_axis(r, tg_rank(x)), before, after, between, value);
}

static tg_tensor *record_concat(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_shape shape = draw_shape_of(r, 1, 5);
    const int axis = rng_below(r, shape.rank), count = 2 + rng_below(r, 3);
    tg_tensor *list[5];
    for (int i = 0; i < count; i++) {
        shape.dim[axis] = rng_below(r, 3);
        const bool again = i > 0 && rng_once_in(r, 4);
        list[i] = again ? list[i - 1] : draw_view(d, shape, -2, 2, 1);
    }
    return tg_concat((tg_list){ (size_t)count, list }, axis);
}

/* The planner makes it, and nothing records it: two or three operands along one axis, by turns, and
 * perhaps a gap behind them. */
static tg_tensor *record_interleave(draw *d, const sample *s, const tg_op *op)
{
    (void)s;
    rng *r = &d->random;
    tg_shape shape = draw_shape_of(r, 1, 4);
    const int axis = rng_below(r, shape.rank), count = 2 + rng_below(r, 2);
    tg__interleave_attr attr = { .gaps = rng_below(r, 2) };
    const int every = count + (int)attr.gaps, elements = 1 + rng_below(r, 3);
    const int longer = rng_below(r, count + 1);
    tg_tensor *list[3];
    for (int i = 0; i < shape.rank; i++) attr.every[i] = i == axis ? every : 1;
    for (int i = 0; i < count; i++) {
        shape.dim[axis] = elements + (i < longer);
        attr.before[i][axis] = i;
        list[i] = draw_view(d, shape, -2, 2, 1);
    }
    shape.dim[axis] = elements * every + longer;
    return tg__record(tg_tape_of(list[0]), TG_HERE, op, tg_dtype_of(list[0]), shape.rank, shape.dim,
                      count, list, &attr, sizeof attr);
}

/* ---- Indexing and contraction ----------------------------------------------------------- */

static tg_tensor *record_gather(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_tensor *x = draw_operand(d, draw_shape_of(r, 1, 4), -2, 2);
    const int axis = rng_below(r, tg_rank(x)), size = (int)tg_dim(x, axis);
    const tg_shape shape = size ? draw_shape_of(r, 0, 2) : TG_SHAPE(0, 2);
    return tg_gather(x, draw_index(d, shape, size), axis);
}

static tg_tensor *record_scatter(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    rng *r = &d->random;
    const tg_shape shape = draw_shape_of(r, 0, 5);
    tg_tensor *x = draw_operand(d, shape, -2, 2);
    const int axis = rng_below(r, shape.rank + 1), size = 1 + rng_below(r, 4);
    tg_shape index = { .rank = rng_below(r, shape.rank - axis + 1) };
    for (int i = 0; i < index.rank; i++) index.dim[i] = shape.dim[axis + i];
    tg_tensor *y = s->by.scatter(TG_HERE, x, draw_index(d, index, size), axis, size);
    /* Where nothing comes to, an extreme is infinite. */
    return s->by.scatter == tg_scatter_add_at ? y : tg_clamp(y, -3, 3);
}

/* [shape] with another size along the axis, and here and there 1, which is repeated. */
static tg_shape draw_index_shape(rng *r, tg_shape shape, int axis, int64_t size)
{
    for (int i = 0; i < shape.rank; i++)
        if (rng_once_in(r, 4)) shape.dim[i] = 1;
    shape.dim[axis] = size;
    return shape;
}

static tg_tensor *record_take_along(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    const tg_shape shape = draw_shape_of(r, 1, 5);
    tg_tensor *x = draw_operand(d, shape, -2, 2);
    const int axis = rng_below(r, shape.rank), size = (int)shape.dim[axis];
    const tg_shape places = draw_index_shape(r, shape, axis, size ? rng_below(r, 5) : 0);
    tg_tensor *index = draw_index(d, places, size);
    return tg_take_along(x, index, named_axis(r, shape.rank, axis));
}

static tg_tensor *record_scatter_along(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    const tg_shape shape = draw_shape_of(r, 1, 5);
    tg_tensor *x = draw_operand(d, shape, -2, 2);
    const int axis = rng_below(r, shape.rank), size = 1 + rng_below(r, 4);
    const tg_shape places = draw_index_shape(r, shape, axis, shape.dim[axis]);
    tg_tensor *index = draw_index(d, places, size);
    return tg_scatter_add_along(x, index, named_axis(r, shape.rank, axis), size);
}

static tg_tensor *record_check(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_check_index(draw_index(d, draw_shape(&d->random), 5), 5);
}

/* Integers by integers of either sign, but not by 0. */
static tg_tensor *record_divisor(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    const tg_shape shape = draw_shape(r);
    const tg_dtype dtypes[] = { TG_I32, TG_I64, TG_U8 };
    const int which = rng_below(r, 3);
    tg_tensor *a = tg_cast(draw_index(d, draw_broadcastable(r, shape), 100), dtypes[which]);
    tg_tensor *b = draw_index(d, draw_broadcastable(r, shape), 9);
    b = tg_cast(tg_add_num(b, 1), dtypes[which]);
    if (which < 2 && rng_once_in(r, 2)) b = tg_neg(b);
    return rng_once_in(r, 2) ? tg_floor_div(a, b) : tg_remainder(a, b);
}

/* A matrix with leading axes that broadcast to [batch]; half of them transposed. */
static tg_tensor *draw_matrix(draw *d, tg_shape batch, int64_t rows, int64_t columns)
{
    const bool turned = rng_once_in(&d->random, 2);
    tg_shape shape = draw_broadcastable(&d->random, batch);
    shape.dim[shape.rank++] = turned ? columns : rows;
    shape.dim[shape.rank++] = turned ? rows : columns;
    tg_tensor *x = draw_operand(d, shape, -1, 1);
    return turned ? tg_transpose(x) : x;
}

static tg_tensor *record_dot(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_shape batch = { .rank = rng_below(r, 4) };
    for (int i = 0; i < batch.rank; i++) batch.dim[i] = rng_below(r, 12) ? 1 + rng_below(r, 2) : 0;
    const int64_t m = draw_size(r), k = rng_below(r, 4), n = rng_below(r, 4);
    if (rng_once_in(r, 8)) { /* a matrix and its own transpose */
        tg_tensor *x = draw_matrix(d, batch, m, k);
        return tg_matmul(x, tg_transpose(x));
    }
    tg_tensor *a = draw_matrix(d, batch, m, k);
    return tg_matmul(a, draw_matrix(d, batch, k, n));
}

/* ---- Leaves and effects ----------------------------------------------------------------- */

static tg_tensor *record_input(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return draw_input(d, draw_shape(&d->random), -2, 2);
}

static tg_tensor *record_constant(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return draw_bools(d, draw_shape(&d->random));
}

static tg_tensor *record_number(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_number_as(d->tape, d->dtype, rng_between(&d->random, -2, 2));
}

static tg_tensor *record_step(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_store_set_step(d->store, rng_below(&d->random, 1000));
    return tg_step(d->tape);
}

static tg_tensor *record_iota(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_dtype dtype = (tg_dtype)(TG_F32 + rng_below(&d->random, 5));
    return tg_iota(d->tape, dtype, rng_below(&d->random, 100));
}

static tg_tensor *record_uniform(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_uniform(d->tape, "noise", d->dtype, draw_shape(&d->random), -1, 2);
}

static tg_tensor *record_normal(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_normal(d->tape, "noise", d->dtype, draw_shape(&d->random), 1, 2);
}

/* The middle, both tails, and one end open. */
static tg_tensor *record_truncated(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const double low = rng_between(&d->random, -3, 2), width = rng_between(&d->random, 0.1, 3);
    const double high = rng_once_in(&d->random, 4) ? (double)INFINITY : low + width;
    return tg_truncated_normal(d->tape, "noise", d->dtype, draw_shape(&d->random), 0.5, 1, low,
                               high);
}

static tg_tensor *record_integers(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    const tg_dtype dtypes[] = { TG_I32, TG_I64, TG_U8 }, dtype = dtypes[rng_below(r, 3)];
    const int64_t low = dtype == TG_U8 ? rng_below(r, 100) : rng_below(r, 200) - 100;
    const int64_t high = low + 1 + rng_below(r, 100);
    return tg_integers(d->tape, "noise", dtype, draw_shape(r), low, high);
}

/* A new variable for every rank would fill the store: three are made, and found again. */
static tg_var *draw_variable(draw *d)
{
    static const char *const names[] = { "scalar", "vector", "matrix" };
    const tg_shape shapes[] = { TG_SCALAR, TG_SHAPE(7), TG_SHAPE(3, 4) };
    const int which = rng_below(&d->random, 3);
    char name[32];
    snprintf(name, sizeof name, "%s.%s", names[which], tg_dtype_name(d->dtype));
    return tg_state(d->store, name, d->dtype, shapes[which], 0.5);
}

static tg_tensor *record_read(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_read(d->tape, draw_variable(d));
}

static tg_tensor *record_assign(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_var *var = draw_variable(d);
    return tg_assign(var, draw_operand(d, tg_var_shape(var), -2, 2));
}

/* ---- The table -------------------------------------------------------------------------- */

/* The first of a name counts. */
static const sample samples[] = {
    { "abs", record_mirrored, { .unary = tg_abs_at }, false, NULL },
    { "sign", record_mirrored, { .unary = tg_sign_at }, false, NULL },
    { "cbrt", record_mirrored, { .unary = tg_cbrt_at }, false, NULL },
    { "reciprocal", record_mirrored, { .unary = tg_reciprocal_at }, false, NULL },
    { "floor", record_rounding, { .unary = tg_floor_at }, false, NULL },
    { "ceil", record_rounding, { .unary = tg_ceil_at }, false, NULL },
    { "round", record_rounding, { .unary = tg_round_at }, false, NULL },
    { "trunc", record_rounding, { .unary = tg_trunc_at }, false, NULL },
    { "div", record_mirrored_b, { .binary = tg_div_at }, false, NULL },
    { "atan2", record_mirrored_a, { .binary = tg_atan2_at }, false, NULL },
    { "hypot", record_mirrored_a, { .binary = tg_hypot_at }, false, NULL },
    { "floor_div", record_division, { .binary = tg_floor_div_at }, false, NULL },
    { "remainder", record_division, { .binary = tg_remainder_at }, false, NULL },
#define UNARY(id, ...)  { #id, record_unary, { .unary = tg_##id##_at }, false, NULL },
#define BINARY(id, ...) { #id, record_binary, { .binary = tg_##id##_at }, false, NULL },
#include "ops/elementwise.def"
#undef UNARY
#undef BINARY
    { "polygamma", record_polygamma, { NULL }, false, NULL },
    { "less", record_comparison, { .binary = tg_less_at }, false, NULL },
    { "less_equal", record_comparison, { .binary = tg_less_equal_at }, false, NULL },
    { "equal", record_comparison, { .binary = tg_equal_at }, false, NULL },
    { "and", record_logic, { .binary = tg_and_at }, false, NULL },
    { "or", record_logic, { .binary = tg_or_at }, false, NULL },
    { "not", record_logic, { .unary = tg_not_at }, false, NULL },
    { "select", record_select, { NULL }, false, NULL },
    { "cast_f32", record_float_cast, { NULL }, true, NULL },
    { "cast_f64", record_float_cast, { NULL }, true, NULL },
    { "cast_i32", record_cast, { .dtype = TG_I32 }, false, NULL },
    { "cast_i64", record_cast, { .dtype = TG_I64 }, false, NULL },
    { "cast_u8", record_cast, { .dtype = TG_U8 }, false, NULL },
    { "cast_bool", record_cast, { .dtype = TG_BOOL }, false, NULL },
    { "scale", record_scale, { NULL }, false, NULL },
    { "copy", record_copy, { NULL }, false, NULL },
    { "sum_squares", record_sum_squares, { .reduction = tg_sum_squares_with }, false, NULL },
    { "sum", record_sum, { .reduction = tg_sum_with }, false, NULL },
    { "mean", record_reduction, { .reduction = tg_mean_with }, false, NULL },
    { "max", record_reduction, { .reduction = tg_max_with }, false, NULL },
    { "min", record_reduction, { .reduction = tg_min_with }, false, NULL },
    { "argmax", record_arg, { .reduction = tg_argmax_with }, false, NULL },
    { "argmin", record_arg, { .reduction = tg_argmin_with }, false, NULL },
    { "cumsum", record_along, { .along = tg_cumsum_at }, false, NULL },
    { "cumprod", record_along, { .along = tg_cumprod_at }, false, NULL },
    { "cumprod_back", record_cumprod_back, { NULL }, false, NULL },
    { "cumargmax", record_places_along, { .along = tg_cumargmax_at }, false, NULL },
    { "argsort", record_argsort, { NULL }, false, NULL },
    { "reshape", record_reshape, { NULL }, false, NULL },
    { "permute", record_permute, { NULL }, false, NULL },
    { "broadcast", record_broadcast, { NULL }, false, NULL },
    { "slice", record_slice, { NULL }, false, NULL },
    { "flip", record_flip, { NULL }, false, NULL },
    { "window", record_window, { NULL }, false, NULL },
    { "fold", record_fold, { NULL }, false, NULL },
    { "stop_gradient", record_stop, { NULL }, false, NULL },
    { "pad", record_pad, { NULL }, false, NULL },
    { "concat", record_concat, { NULL }, false, NULL },
    { "interleave", record_interleave, { NULL }, false, NULL },
    { "gather", record_gather, { NULL }, false, NULL },
    { "scatter_add", record_scatter, { .scatter = tg_scatter_add_at }, false, NULL },
    { "scatter_max", record_scatter, { .scatter = tg_scatter_max_at }, false, NULL },
    { "scatter_min", record_scatter, { .scatter = tg_scatter_min_at }, false, NULL },
    { "take_along", record_take_along, { NULL }, false, NULL },
    { "scatter_add_along", record_scatter_along, { NULL }, false, NULL },
    { "check_index", record_check, { NULL }, false, NULL },
    { "check_divisor", record_divisor, { NULL }, false, NULL },
    { "dot", record_dot, { NULL }, false, NULL },
    { "input", record_input, { NULL }, false, NULL },
    { "constant", record_constant, { NULL }, false, NULL },
    { "number", record_number, { NULL }, false, NULL },
    { "step", record_step, { NULL }, false, NULL },
    { "iota", record_iota, { NULL }, false, NULL },
    { "uniform", record_uniform, { NULL }, false, NULL },
    { "normal", record_normal, { NULL }, false, NULL },
    { "truncated_normal", record_truncated, { NULL }, false, NULL },
    { "integers", record_integers, { NULL }, false, NULL },
    { "read", record_read, { NULL }, false, NULL },
    { "assign", record_assign, { NULL }, false, NULL },
    { NULL, NULL, { NULL }, false, NULL },
};

#endif
