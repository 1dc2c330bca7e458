/* closure_operands.h: random shapes and random operands for the closure matrix. An operand of a
 * wanted shape is an input, or a view of a smaller, larger, turned or reshaped one, or a view of
 * such a view. A draw keeps the list of its inputs, to fill them and to differentiate by them.
 *
 * Nothing here needs a test framework: a program uses it too. */
#ifndef TG_TESTS_CLOSURE_OPERANDS_H
#define TG_TESTS_CLOSURE_OPERANDS_H

#include <tapegrad.h>

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "tests/support/random.h"

enum { MAX_INPUTS = 16, MAX_COUNT = 2048, VIEW_COUNT = 96, SMALL_COUNT = 40 };

typedef struct input {
    tg_tensor *node;
    int count;
    double low, high; /* where its elements are sampled */
} input;

typedef struct draw {
    tg_store *store;
    tg_tape *tape;
    tg_op *custom; /* of the store, made at first use (closure_custom.h) */
    rng random;
    tg_dtype dtype; /* of the float operands */
    input inputs[MAX_INPUTS];
    int input_count;
} draw;

/* ---- Shapes ----------------------------------------------------------------------------- */

static inline int64_t draw_size(rng *r)
{
    enum { SIZES = 20 };
    static const int8_t sizes[SIZES] = {
        0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 5
    };
    return sizes[rng_below(r, SIZES)];
}

static inline tg_shape without_zeros(tg_shape shape)
{
    for (int i = 0; i < shape.rank; i++) shape.dim[i] += shape.dim[i] == 0;
    return shape;
}

/* As [shape], but with so many axes of size 1 that it has at most [most] elements, even if its
 * axes of size 0 are given others. */
static inline tg_shape at_most(int64_t most, tg_shape shape)
{
    for (int i = 0; tg_shape_count(without_zeros(shape)) > most; i++) shape.dim[i] = 1;
    return shape;
}

/* Ranks [low] to [high], sizes 0 to 5, few elements. */
static inline tg_shape draw_shape_of(rng *r, int low, int high)
{
    tg_shape shape = { .rank = low + rng_below(r, high - low + 1) };
    for (int i = 0; i < shape.rank; i++) shape.dim[i] = draw_size(r);
    return at_most(SMALL_COUNT, shape);
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

/* An axis of [rank] ones as users name it: from the front or from the end. */
static inline int named_axis(rng *r, int rank, int axis)
{
    return rng_once_in(r, 2) ? axis : axis - rank;
}
static inline int draw_axis(rng *r, int rank) { return named_axis(r, rank, rng_below(r, rank)); }

/* Some of [rank] axes, each at most once, in any order; at least [least]. */
static inline tg_axes draw_axes(rng *r, int rank, int least)
{
    int order[TG_MAX_RANK];
    rng_shuffle(r, rank, order);
    tg_axes axes = { .count = least + rng_below(r, rank - least + 1) };
    for (int i = 0; i < axes.count; i++) axes.axis[i] = named_axis(r, rank, order[i]);
    return axes;
}

/* ---- Windows ---------------------------------------------------------------------------- */

typedef struct windows {
    int axis;
    int64_t size, stride, dilation, length; /* [length]: of the axis that they are cut from */
} windows;

/* Windows of [size] elements, [count] of them, along an axis that may have a rest. */
static inline windows windows_of(rng *r, int axis, int64_t count, int64_t size)
{
    windows w = { .axis = axis, .size = size };
    w.stride = 1 + rng_below(r, 3);
    w.dilation = 1 + rng_below(r, 2);
    w.length = (count - 1) * w.stride + (size - 1) * w.dilation + 1 + rng_below(r, (int)w.stride);
    return w;
}

/* ---- Operands --------------------------------------------------------------------------- */

static inline tg_tensor *draw_input(draw *d, tg_shape shape, double low, double high)
{
    assert(d->input_count < MAX_INPUTS && tg_shape_count(shape) <= MAX_COUNT);
    char name[8];
    snprintf(name, sizeof name, "x%d", d->input_count);
    tg_tensor *x = tg_input(d->tape, name, d->dtype, shape);
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

static inline tg_tensor *flipped(draw *d, tg_shape shape, double low, double high, int depth)
{
    const tg_axes axes = draw_axes(&d->random, shape.rank, 0);
    return tg_flip(draw_view(d, shape, low, high, depth), axes);
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

/* The last axis as that of windows cut from another. */
static inline tg_tensor *windowed(draw *d, tg_shape shape, double low, double high, int depth)
{
    tg_shape from = shape;
    from.rank = shape.rank - 1;
    const int axis = from.rank ? rng_below(&d->random, from.rank) : 0;
    const int64_t size = shape.dim[from.rank];
    if (from.rank == 0 || size == 0 || shape.dim[axis] == 0)
        return draw_view(d, shape, low, high, depth);
    const windows w = windows_of(&d->random, axis, shape.dim[axis], size);
    from.dim[axis] = w.length;
    from.dim[from.rank] = 0;
    if (tg_shape_count(from) > VIEW_COUNT) return draw_view(d, shape, low, high, depth);
    return tg_window(draw_view(d, from, low, high, depth), axis, size, w.stride, w.dilation);
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
    const int choice = depth > 0 ? rng_below(&d->random, 10) : 0;
    if (choice < 4) return draw_input(d, shape, low, high);
    if (choice == 4 || shape.rank == 0) return reshaped(d, shape, low, high, depth - 1);
    if (choice == 5) return permuted(d, shape, low, high, depth - 1);
    if (choice == 6) return sliced(d, shape, low, high, depth - 1);
    if (choice == 7) return flipped(d, shape, low, high, depth - 1);
    if (choice == 8) return windowed(d, shape, low, high, depth - 1);
    const tg_shape from = draw_broadcastable(&d->random, shape);
    return tg_broadcast(draw_view(d, from, low, high, depth - 1), shape);
}

/* An operand of that shape whose elements lie in the range. */
static inline tg_tensor *draw_operand(draw *d, tg_shape shape, double low, double high)
{
    return draw_view(d, shape, low, high, 2);
}

static inline tg_tensor *draw_bools(draw *d, tg_shape shape)
{
    bool values[MAX_COUNT] = { false };
    assert(tg_shape_count(shape) <= MAX_COUNT);
    for (int64_t i = 0; i < tg_shape_count(shape); i++) values[i] = rng_once_in(&d->random, 2);
    return tg_constant(d->tape, TG_BOOL, shape, values);
}

/* Of either sign: for what has a kink or a pole at 0. */
static inline tg_tensor *draw_mirrored(draw *d, tg_shape shape, double low, double high)
{
    tg_tensor *x = draw_operand(d, shape, low, high);
    return tg_select(draw_bools(d, shape), x, tg_neg(x));
}

/* Integers in [0, size), as an index is. */
static inline tg_tensor *draw_index(draw *d, tg_shape shape, int size)
{
    int32_t narrow[MAX_COUNT] = { 0 };
    int64_t wide[MAX_COUNT] = { 0 };
    const int64_t count = tg_shape_count(shape);
    assert(count <= MAX_COUNT);
    for (int64_t i = 0; i < count; i++)
        narrow[i] = (int32_t)(wide[i] = rng_below(&d->random, size));
    return rng_once_in(&d->random, 2) ? tg_constant(d->tape, TG_I32, shape, narrow)
                                      : tg_constant(d->tape, TG_I64, shape, wide);
}

#endif
