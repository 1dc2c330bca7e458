/* samples.h: how the closure matrix records each primitive with random operands and attributes.
 * Elementwise rows need nothing here: their row says where they are sampled. */
#ifndef TG_TESTS_SAMPLES_H
#define TG_TESTS_SAMPLES_H

#include "autograd/engine.h"
#include "operands.h"

typedef struct sample sample;
struct sample {
    const char *name; /* of the operation */
    /* Records the operation, and returns what a user gets for it. */
    tg_tensor *(*record)(draw *d, const sample *s, const tg_op *op);
    union {
        tg_tensor *(*unary)(tg_site at, tg_tensor *x);
        tg_tensor *(*binary)(tg_site at, tg_tensor *a, tg_tensor *b);
        tg_tensor *(*reduction)(tg_reduce_args args);
        tg_dtype dtype;
    } by;
    bool dyadic; /* rounds to float: sample and step where that is exact */
};

/* ---- Elementwise ------------------------------------------------------------------------ */

static tg_tensor *record_unary(draw *d, const sample *s, const tg_op *op)
{
    tg_tensor *x = draw_operand(d, draw_shape(&d->random), op->domain[0].low, op->domain[0].high);
    return s->by.unary(TG_HERE, x);
}

/* Kinked at 0: sampled on both sides of it. */
static tg_tensor *record_mirrored(draw *d, const sample *s, const tg_op *op)
{
    const tg_shape shape = draw_shape(&d->random);
    tg_tensor *x = draw_operand(d, shape, op->domain[0].low, op->domain[0].high);
    return s->by.unary(TG_HERE, tg_select(draw_bools(d, shape), x, tg_neg(x)));
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
    return s->by.binary(TG_HERE, x, tg_less(y, tg_number_like(y, 0.1)));
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

/* ---- Reductions ------------------------------------------------------------------------- */

/* Axes as the options name them: one, several, or none written for all. */
static tg_reduce_args draw_reduction(draw *d, tg_tensor *x, bool several)
{
    rng *r = &d->random;
    tg_reduce_args args = { .call = { TG_HERE, "" }, .x = x, .keep = rng_once_in(r, 2) };
    const int rank = tg_rank(x), choice = rank ? rng_below(r, 3) : 0;
    if (choice == 1) {
        args.call.written = ".axis";
        args.axis = rng_below(r, 2 * rank) - rank;
    } else if (choice == 2 && several) {
        int order[TG_MAX_RANK];
        rng_shuffle(r, rank, order);
        args.axes.count = 1 + rng_below(r, rank);
        for (int i = 0; i < args.axes.count; i++)
            args.axes.axis[i] = rng_once_in(r, 2) ? order[i] : order[i] - rank;
    }
    return args;
}

static tg_shape without_zeros(tg_shape shape)
{
    for (int i = 0; i < shape.rank; i++) shape.dim[i] += shape.dim[i] == 0;
    return shape;
}

static tg_tensor *record_sum(draw *d, const sample *s, const tg_op *op)
{
    tg_tensor *x = draw_operand(d, draw_shape(&d->random), op->domain[0].low, op->domain[0].high);
    return s->by.reduction(draw_reduction(d, x, true));
}

/* Nothing has a mean or a largest element, so no axis is empty. */
static tg_tensor *record_reduction(draw *d, const sample *s, const tg_op *op)
{
    const tg_shape shape = without_zeros(draw_shape(&d->random));
    tg_tensor *x = draw_operand(d, shape, op->domain[0].low, op->domain[0].high);
    return s->by.reduction(draw_reduction(d, x, true));
}

static tg_tensor *record_argmax(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_operand(d, without_zeros(draw_shape(&d->random)), -2, 2);
    return tg_argmax_with(draw_reduction(d, x, false));
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
    const int start = rng_below(r, 9) - 4, stop = rng_below(r, 12) - 4;
    return tg_slice(x, rng_below(r, tg_rank(x)), start, stop, 1 + rng_below(r, 3));
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
    return tg_pad(x, rng_below(r, tg_rank(x)), before, after, between, rng_between(r, -1, 1));
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
    list[count] = tg_list_end;
    return tg_concat(list, axis);
}

/* ---- Indexing and contraction -----------------------------------------------------------------
 */

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
    (void)s, (void)op;
    rng *r = &d->random;
    const tg_shape shape = draw_shape_of(r, 0, 5);
    tg_tensor *x = draw_operand(d, shape, -2, 2);
    const int axis = rng_below(r, shape.rank + 1), size = 1 + rng_below(r, 4);
    tg_shape index = { .rank = rng_below(r, shape.rank - axis + 1) };
    for (int i = 0; i < index.rank; i++) index.dim[i] = shape.dim[axis + i];
    return tg_scatter_add(x, draw_index(d, index, size), axis, size);
}

static tg_tensor *record_check(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_check_index(draw_index(d, draw_shape(&d->random), 5), 5);
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

/* ---- Leaves and effects -------------------------------------------------------------------------
 */

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
    return tg_number_as(tape, d->dtype, rng_between(&d->random, -2, 2));
}

static tg_tensor *record_step(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_store_set_step(store, rng_below(&d->random, 1000));
    return tg_step(tape);
}

static tg_tensor *record_iota(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_iota(tape, (tg_dtype)(TG_F32 + rng_below(&d->random, 5)), rng_below(&d->random, 100));
}

static tg_tensor *record_random(draw *d, const sample *s, const tg_op *op)
{
    (void)s;
    const tg_shape shape = draw_shape(&d->random);
    return strcmp(op->name, "normal") == 0 ? tg_normal(tape, "noise", d->dtype, shape, 1, 2)
                                           : tg_uniform(tape, "noise", d->dtype, shape, -1, 2);
}

/* A new variable for every rank would fill the store: three are made, and found again. */
static tg_var *draw_variable(draw *d)
{
    static const char *const names[] = { "scalar", "vector", "matrix" };
    const tg_shape shapes[] = { TG_SCALAR, TG_SHAPE(7), TG_SHAPE(3, 4) };
    const int which = rng_below(&d->random, 3);
    char name[32];
    snprintf(name, sizeof name, "%s.%s", names[which], tg_dtype_name(d->dtype));
    return tg_state(store, name, d->dtype, shapes[which], 0.5);
}

static tg_tensor *record_read(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_read(tape, draw_variable(d));
}

static tg_tensor *record_assign(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_var *var = draw_variable(d);
    return tg_assign(var, draw_operand(d, tg_var_shape(var), -2, 2));
}

/* ---- The table
 * -------------------------------------------------------------------------------------- */

static const sample samples[] = {
    { "abs", record_mirrored, { .unary = tg_abs }, false },
    { "sign", record_mirrored, { .unary = tg_sign }, false },
#define UNARY(id, ...)  { #id, record_unary, { .unary = tg_##id }, false },
#define BINARY(id, ...) { #id, record_binary, { .binary = tg_##id }, false },
#include "ops/elementwise.def"
#undef UNARY
#undef BINARY
    { "less", record_comparison, { .binary = tg_less }, false },
    { "less_equal", record_comparison, { .binary = tg_less_equal }, false },
    { "equal", record_comparison, { .binary = tg_equal }, false },
    { "and", record_logic, { .binary = tg_and }, false },
    { "or", record_logic, { .binary = tg_or }, false },
    { "not", record_logic, { .unary = tg_not }, false },
    { "select", record_select, { NULL }, false },
    { "cast_f32", record_float_cast, { NULL }, true },
    { "cast_f64", record_float_cast, { NULL }, true },
    { "cast_i32", record_cast, { .dtype = TG_I32 }, false },
    { "cast_i64", record_cast, { .dtype = TG_I64 }, false },
    { "cast_u8", record_cast, { .dtype = TG_U8 }, false },
    { "cast_bool", record_cast, { .dtype = TG_BOOL }, false },
    { "sum", record_sum, { .reduction = tg_sum_with }, false },
    { "mean", record_reduction, { .reduction = tg_mean_with }, false },
    { "max", record_reduction, { .reduction = tg_max_with }, false },
    { "min", record_reduction, { .reduction = tg_min_with }, false },
    { "argmax", record_argmax, { NULL }, false },
    { "reshape", record_reshape, { NULL }, false },
    { "permute", record_permute, { NULL }, false },
    { "broadcast", record_broadcast, { NULL }, false },
    { "slice", record_slice, { NULL }, false },
    { "stop_gradient", record_stop, { NULL }, false },
    { "pad", record_pad, { NULL }, false },
    { "concat", record_concat, { NULL }, false },
    { "gather", record_gather, { NULL }, false },
    { "scatter_add", record_scatter, { NULL }, false },
    { "check_index", record_check, { NULL }, false },
    { "dot", record_dot, { NULL }, false },
    { "input", record_input, { NULL }, false },
    { "constant", record_constant, { NULL }, false },
    { "number", record_number, { NULL }, false },
    { "step", record_step, { NULL }, false },
    { "iota", record_iota, { NULL }, false },
    { "uniform", record_random, { NULL }, false },
    { "normal", record_random, { NULL }, false },
    { "read", record_read, { NULL }, false },
    { "assign", record_assign, { NULL }, false },
};

#endif
