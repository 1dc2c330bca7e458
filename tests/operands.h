/* operands.h: random shapes and random operands for the closure matrix. An operand of a wanted
 * shape is an input, or a view of a smaller, larger, permuted or reshaped one, or a view of such
 * a view. A draw keeps the list of its inputs, to fill them and to differentiate by them. */
#ifndef TG_TESTS_OPERANDS_H
#define TG_TESTS_OPERANDS_H

#include "recorded.h"
#include "random.h"

enum { MAX_INPUTS = 16, MAX_COUNT = 2048, VIEW_COUNT = 96, SMALL_COUNT = 40 };

typedef struct input {
    tg_tensor *node;
    int count;
    double low, high; /* where its elements are sampled */
} input;

typedef struct draw {
    rng random;
    tg_dtype dtype; /* of the float operands */
    input inputs[MAX_INPUTS];
    int input_count;
} draw;

/* ---- Shapes ----------------------------------------------------------------------------- */

static inline int64_t draw_size(rng *r)
{
    static const int8_t sizes[] = { 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 5 };
    return sizes[rng_below(r, COUNT_OF(sizes))];
}

/* Ranks [low] to [high], sizes 0 to 5, few elements. */
static inline tg_shape draw_shape_of(rng *r, int low, int high)
{
    tg_shape shape = { .rank = low + rng_below(r, high - low + 1) };
    for (int i = 0; i < shape.rank; i++) shape.dim[i] = draw_size(r);
    for (int i = 0; tg_shape_count(shape) > SMALL_COUNT; i++) shape.dim[i] = 1;
    return shape;
}

static inline tg_shape draw_shape(rng *r) { return draw_shape_of(r, 0, 6); }

/* A shape that broadcasts to [shape]: axes of size 1, missing leading axes. */
static inline tg_shape draw_broadcastable(rng *r, tg_shape shape)
{
    const int missing = rng_once_in(r, 3) ? rng_below(r, shape.rank + 1) : 0;
    tg_shape out = { .rank = shape.rank - missing };
    const bool ones = rng_once_in(r, 2);
    for (int i = 0; i < out.rank; i++)
        out.dim[i] = ones && rng_once_in(r, 3) ? 1 : shape.dim[i + missing];
    return out;
}

/* ---- Operands --------------------------------------------------------------------------- */

static inline tg_tensor *draw_input(draw *d, tg_shape shape, double low, double high)
{
    ck_assert_int_lt(d->input_count, MAX_INPUTS);
    ck_assert_int_le(tg_shape_count(shape), MAX_COUNT);
    char name[8];
    snprintf(name, sizeof name, "x%d", d->input_count);
    tg_tensor *x = tg_input(tape, name, d->dtype, shape);
    d->inputs[d->input_count++] = (input){ x, (int)tg_shape_count(shape), low, high };
    return x;
}

static inline tg_tensor *draw_view(draw *d, tg_shape shape, double low, double high, int depth);

static inline tg_tensor *permuted(draw *d, tg_shape shape, double low, double high, int depth)
{
    tg_axes axes = { .count = shape.rank };
    tg_shape from = shape;
    rng_shuffle(&d->random, shape.rank, axes.axis);
    for (int i = 0; i < shape.rank; i++) from.dim[axes.axis[i]] = shape.dim[i];
    return tg_permute(draw_view(d, from, low, high, depth), axes);
}

static inline tg_tensor *sliced(draw *d, tg_shape shape, double low, double high, int depth)
{
    const int axis = rng_below(&d->random, shape.rank);
    const int64_t n = shape.dim[axis], start = rng_below(&d->random, 3);
    const int64_t step = 1 + rng_below(&d->random, 2),
                  stop = n ? start + (n - 1) * step + 1 : start;
    tg_shape from = shape;
    from.dim[axis] = stop + rng_below(&d->random, 2);
    if (tg_shape_count(from) > VIEW_COUNT) return draw_view(d, shape, low, high, depth);
    return tg_slice(draw_view(d, from, low, high, depth), axis, start, stop, step);
}

static inline tg_tensor *reshaped(draw *d, tg_shape shape, double low, double high, int depth)
{
    tg_shape from = { .rank = 1, .dim = { tg_shape_count(shape) } };
    if (rng_once_in(&d->random, 2) && shape.rank < TG_MAX_RANK) { /* one more axis of size 1 */
        const int place = rng_below(&d->random, shape.rank + 1);
        from.rank = shape.rank + 1;
        for (int i = 0; i < from.rank; i++)
            from.dim[i] = i == place ? 1 : shape.dim[i < place ? i : i - 1];
    } else if (shape.rank >= 2 && rng_once_in(&d->random, 2)) { /* the first two axes as one */
        from.rank = shape.rank - 1;
        for (int i = 1; i < from.rank; i++) from.dim[i] = shape.dim[i + 1];
        from.dim[0] = shape.dim[0] * shape.dim[1];
    }
    return tg_reshape(draw_view(d, from, low, high, depth), shape);
}

static inline tg_tensor *draw_view(draw *d, tg_shape shape, double low, double high, int depth)
{
    const int choice = depth > 0 ? rng_below(&d->random, 8) : 0;
    if (choice < 4) return draw_input(d, shape, low, high);
    if (choice == 4 || shape.rank == 0) return reshaped(d, shape, low, high, depth - 1);
    if (choice == 5) return permuted(d, shape, low, high, depth - 1);
    if (choice == 6) return sliced(d, shape, low, high, depth - 1);
    const tg_shape from = draw_broadcastable(&d->random, shape);
    return tg_broadcast(draw_view(d, from, low, high, depth - 1), shape);
}

/* An operand of that shape whose elements lie in the range. */
static inline tg_tensor *draw_operand(draw *d, tg_shape shape, double low, double high)
{
    return draw_view(d, shape, low, high, 2);
}

/* Integers in [0, size), as an index is. */
static inline tg_tensor *draw_index(draw *d, tg_shape shape, int size)
{
    int32_t narrow[MAX_COUNT] = { 0 };
    int64_t wide[MAX_COUNT] = { 0 };
    const int64_t count = tg_shape_count(shape);
    for (int64_t i = 0; i < count; i++)
        narrow[i] = (int32_t)(wide[i] = rng_below(&d->random, size));
    return rng_once_in(&d->random, 2) ? tg_constant(tape, TG_I32, shape, narrow)
                                      : tg_constant(tape, TG_I64, shape, wide);
}

static inline tg_tensor *draw_bools(draw *d, tg_shape shape)
{
    bool values[MAX_COUNT] = { false };
    for (int64_t i = 0; i < tg_shape_count(shape); i++) values[i] = rng_once_in(&d->random, 2);
    return tg_constant(tape, TG_BOOL, shape, values);
}

#endif
