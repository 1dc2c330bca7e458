/* program_view.h: movement in random programs: views of views (turned, strided, overlapping), and
 * the operations that copy. */
#ifndef TG_TESTS_PROGRAM_VIEW_H
#define TG_TESTS_PROGRAM_VIEW_H

#include "program.h"

static inline int draw_axis(program *p, tg_tensor *x) { return rng_below(&p->random, tg_rank(x)); }

/* ---- Views ------------------------------------------------------------------------------ */

static inline tg_tensor *draw_reshape(program *p, tg_tensor *x)
{
    rng *r = &p->random;
    tg_shape shape = tg_shape_from(x);
    const int choice = rng_below(r, 3);
    if (choice == 0 || shape.rank == 0) return tg_reshape(x, TG_SHAPE(tg_count(x)));
    const int axis = rng_below(r, shape.rank);
    if (choice == 1 && shape.rank < TG_MAX_RANK - 1) { /* an axis in two */
        const int64_t size = shape.dim[axis];
        int64_t part = 1 + rng_below(r, 8);
        while (size % part != 0) part--;
        memmove(shape.dim + axis + 1, shape.dim + axis,
                sizeof *shape.dim * (size_t)(shape.rank - axis));
        shape.rank++;
        shape.dim[axis] = size / part;
        shape.dim[axis + 1] = part;
    } else if (axis + 1 < shape.rank) { /* two axes in one */
        shape.dim[axis] *= shape.dim[axis + 1];
        memmove(shape.dim + axis + 1, shape.dim + axis + 2,
                sizeof *shape.dim * (size_t)(shape.rank - axis - 2));
        shape.rank--;
    }
    return tg_reshape(x, shape);
}

/* An axis of size 1 more or less. */
static inline tg_tensor *draw_squeeze(program *p, tg_tensor *x)
{
    const int axis = draw_axis(p, x);
    if (tg_dim(x, axis) == 1) return tg_squeeze(x, axis);
    return tg_rank(x) < TG_MAX_RANK - 1 ? tg_unsqueeze(x, rng_below(&p->random, tg_rank(x) + 1))
                                        : x;
}

static inline tg_tensor *draw_slice(program *p, tg_tensor *x)
{
    rng *r = &p->random;
    const int axis = draw_axis(p, x);
    const int size = (int)tg_dim(x, axis);
    const int start = rng_below(r, size / 2 + 1), stop = size - rng_below(r, size / 2 + 1);
    return tg_slice(x, axis, start, stop, rng_once_in(r, 2) ? 1 : 1 + rng_below(r, 3));
}

static inline tg_tensor *draw_broadcast(program *p, tg_tensor *x)
{
    rng *r = &p->random;
    tg_shape shape = tg_shape_from(x);
    for (int i = 0; i < shape.rank; i++)
        if (shape.dim[i] == 1 && rng_once_in(r, 2)) shape.dim[i] = 1 + rng_below(r, 4);
    if (shape.rank < 6 && rng_once_in(r, 2)) {
        memmove(shape.dim + 1, shape.dim, sizeof *shape.dim * (size_t)shape.rank);
        shape.dim[0] = rng_below(r, 4);
        shape.rank++;
    }
    return count_of(shape) <= p->limit ? tg_broadcast(x, shape) : x;
}

static inline tg_tensor *draw_permute(program *p, tg_tensor *x)
{
    tg_axes axes = { .count = tg_rank(x) };
    rng_shuffle(&p->random, axes.count, axes.axis);
    return tg_permute(x, axes);
}

/* Along some axes, most often one. */
static inline tg_tensor *draw_flip(program *p, tg_tensor *x)
{
    tg_axes axes = { .count = tg_rank(x) };
    rng_shuffle(&p->random, axes.count, axes.axis);
    if (rng_below(&p->random, 3)) axes.count = 1;
    return tg_flip(x, axes);
}

static inline tg_tensor *draw_window(program *p, tg_tensor *x)
{
    rng *r = &p->random;
    const int axis = draw_axis(p, x);
    const int length = (int)tg_dim(x, axis);
    const int stride = 1 + rng_below(r, 3), dilation = 1 + rng_below(r, 2);
    if (tg_rank(x) > 6 || length == 0) return x;
    int size = 1 + rng_below(r, 4);
    while ((size - 1) * dilation >= length) size--;
    return tg_count(x) * size / stride <= p->limit ? tg_window(x, axis, size, stride, dilation) : x;
}

static inline tg_tensor *draw_diagonal(program *p, tg_tensor *x)
{
    return tg_rank(x) > 1 ? tg_diagonal(x, rng_below(&p->random, 5) - 2) : x;
}

static inline tg_tensor *draw_movement(program *p, tg_tensor *x)
{
    const int choice = tg_rank(x) ? rng_below(&p->random, 14) : 0;
    switch (choice) {
    case 0: return draw_broadcast(p, x);
    case 1:
    case 2: return draw_reshape(p, x);
    case 3:
    case 4: return draw_slice(p, x);
    case 5: return p->making.proof ? x : tg_stop_gradient(x);
    case 6: return draw_permute(p, x);
    case 7: return draw_squeeze(p, x);
    case 8:
    case 9: return draw_flip(p, x);
    case 10:
    case 11: return draw_window(p, x);
    case 12: return draw_diagonal(p, x);
    default: return tg_rank(x) > 1 ? tg_transpose(x) : x;
    }
}

/* A view, and often a view of the view. */
static inline tg_tensor *draw_movements(program *p, tg_tensor *x)
{
    x = draw_movement(p, x);
    for (int more = rng_below(&p->random, 5); more > 0; more--) x = draw_movement(p, x);
    return x;
}

static inline void add_movement(program *p)
{
    const entry e = *pick_any(p);
    add(p, draw_movements(p, e.x), e.most, e.grain, e.rough);
}

/* ---- Copies ----------------------------------------------------------------------------- */

static inline void add_pad(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    if (tg_rank(e.x) == 0 || 3 * tg_count(e.x) > p->limit) return;
    const int axis = draw_axis(p, e.x);
    const int before = rng_below(r, 3), after = rng_below(r, 3), between = rng_below(r, 2);
    add(p, tg_pad(e.x, axis, before, after, between, rng_once_in(r, 2) ? 0.0 : 1.0),
        fmax(e.most, 1), e.grain, e.rough);
}

/* The list's operands are of one dtype, and of one shape, but for [axis] (-1: in all axes). */
static inline int draw_list(program *p, const entry *first, int axis, tg_tensor *list[6],
                            entry *all)
{
    const tg_shape shape = tg_shape_from(first->x);
    int count = 0;
    list[count++] = first->x;
    *all = *first;
    for (int tries = 0; tries < 10 && count < 5; tries++) {
        const entry *b = pick_any(p);
        tg_shape other = tg_shape_from(b->x);
        if (tg_dtype_of(b->x) != tg_dtype_of(first->x) || other.rank != shape.rank ||
            2 * count_of(other) > p->limit)
            continue;
        if (axis >= 0) other.dim[axis] = shape.dim[axis];
        if (!tg_shape_equal(other, shape)) continue;
        list[count++] = b->x;
        all->most = fmax(all->most, b->most);
        all->grain = b->grain > all->grain ? b->grain : all->grain;
        all->rough |= b->rough;
    }
    return count;
}

static inline void add_concat(program *p)
{
    const entry a = *pick_any(p);
    if (tg_rank(a.x) == 0 || 3 * tg_count(a.x) > p->limit) return;
    const int axis = draw_axis(p, a.x);
    tg_tensor *list[6];
    entry all;
    const int count = draw_list(p, &a, axis, list, &all);
    tg_tensor *y = tg_concat((tg_list){ (size_t)count, list }, axis);
    if (tg_count(y) <= p->limit) add(p, y, all.most, all.grain, all.rough);
}

static inline void add_stack(program *p)
{
    const entry a = *pick_any(p);
    if (tg_rank(a.x) > 5 || 5 * tg_count(a.x) > p->limit) return;
    tg_tensor *list[6];
    entry all;
    const int count = draw_list(p, &a, -1, list, &all),
              place = rng_below(&p->random, tg_rank(a.x) + 1);
    tg_tensor *y = tg_stack((tg_list){ (size_t)count, list }, place);
    add(p, y, all.most, all.grain, all.rough);
}

static inline void add_split(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    if (tg_rank(e.x) == 0) return;
    const int axis = draw_axis(p, e.x);
    const int64_t size = tg_dim(e.x, axis);
    tg_tensor *parts[3] = { NULL, NULL, NULL };
    if (size % 3 == 0 && rng_once_in(r, 2)) {
        tg_split(e.x, axis, 3, NULL, parts);
    } else {
        const int64_t first = rng_below(r, (int)size + 1),
                      second = rng_below(r, (int)(size - first) + 1);
        const int64_t sizes[] = { first, second, size - first - second };
        tg_split(e.x, axis, 3, sizes, parts);
    }
    for (int i = 0; i < 3; i++) add(p, parts[i], e.most, e.grain, e.rough);
}

/* Rolled, repeated, tiled. */
static inline tg_tensor *draw_turns(program *p, tg_tensor *x)
{
    rng *r = &p->random;
    if (tg_rank(x) == 0) return x;
    const int axis = draw_axis(p, x), choice = rng_below(r, 4);
    if (choice < 2) return tg_roll(x, axis, rng_below(r, 9) - 4);
    if (3 * tg_count(x) > p->limit || tg_rank(x) > 6) return x;
    const int times = rng_below(r, 4);
    return choice == 2 ? tg_repeat(x, axis, times) : tg_tile(x, axis, times);
}

static inline void add_turns(program *p)
{
    const entry e = *pick_any(p);
    add(p, draw_turns(p, rng_once_in(&p->random, 2) ? e.x : draw_movement(p, e.x)), e.most, e.grain,
        e.rough);
}

static inline void add_triangle(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    const int64_t offset = rng_below(r, 7) - 3;
    const int choice = rng_below(r, 3), rank = tg_rank(e.x);
    if (choice == 0 && rank > 0 && rank < 6) {
        const int64_t side = tg_dim(e.x, -1) + 3;
        if (tg_count(e.x) * side + 9 * side > p->limit) return;
        add(p, tg_diag(e.x, offset), e.most, e.grain, e.rough);
    } else if (choice && rank > 1) {
        add(p, choice == 1 ? tg_tril(e.x, offset) : tg_triu(e.x, offset), e.most, e.grain, e.rough);
    }
}

/* A slice of x becomes a number, or another slice of x, perhaps turned around. */
static inline void add_update(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    if (tg_rank(e.x) == 0) return;
    const int axis = draw_axis(p, e.x), size = (int)tg_dim(e.x, axis);
    const int step = 1 + rng_below(r, 2), length = rng_below(r, size + 1);
    const int from = rng_below(r, size - length + 1), to = rng_below(r, size - length + 1);
    tg_tensor *value = tg_slice(e.x, axis, from, from + length, step);
    if (rng_once_in(r, 3)) value = draw_number(p, tg_dtype_of(e.x));
    else if (rng_once_in(r, 2)) value = tg_flip(value, TG_AXES(axis));
    add(p, tg_update_slice(e.x, axis, to, to + length, step, value), fmax(e.most, 2), e.grain,
        e.rough);
}

/* What of a last axis as long as a window's is added where windows overlap. */
static inline void add_fold(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    const int rank = tg_rank(e.x);
    if (rank < 2 || tg_count(e.x) == 0 || tg_dtype_of(e.x) == TG_BOOL) return;
    const int axis = rng_below(r, rank - 1);
    const int64_t windows = tg_dim(e.x, axis), size = tg_dim(e.x, -1);
    const int64_t stride = 1 + rng_below(r, 3), dilation = 1 + rng_below(r, 2);
    const int64_t least = (windows - 1) * stride + (size - 1) * dilation + 1;
    const int64_t length = least + rng_below(r, (int)stride);
    const double most = e.most * (double)(windows < size ? windows : size);
    if (tg_count(e.x) / windows / size * length > p->limit) return;
    if (fits(p, tg_dtype_of(e.x), most, e.grain))
        add(p, tg_fold(e.x, axis, length, stride, dilation), most, e.grain, e.rough);
}

/* ---- Other places ----------------------------------------------------------------------- */

/* [x] in another shape, if some view of it has that shape. */
static inline tg_tensor *seen_as(const program *p, tg_tensor *x, tg_shape shape)
{
    tg_shape both;
    if (tg_count(x) == count_of(shape)) return tg_reshape(x, shape);
    if (!broadcast_shape(p, tg_shape_from(x), shape, &both) || !tg_shape_equal(both, shape))
        return NULL;
    return tg_broadcast(x, shape);
}

/* Windows of two, each the last one's second half and the next one's first; turned around. */
static inline tg_tensor *draw_halves(tg_tensor *x, int axis)
{
    tg_tensor *pairs = tg_window(tg_pad(x, axis, 1, 0, 0, 1), axis, 2, 1, 1);
    tg_tensor *firsts = tg_gather(pairs, tg_number_as(tape, TG_I64, 0), -1);
    return tg_flip(firsts, TG_AXES(axis));
}

/* The elements of a variable, or of anything else, in other places. */
static inline tg_tensor *draw_rearranged(program *p, tg_tensor *x)
{
    rng *r = &p->random;
    const int rank = tg_rank(x), choice = rng_below(r, 7);
    if (rank == 0) return x;
    const int axis = draw_axis(p, x);
    if (choice == 0) return tg_roll(x, axis, 1 + rng_below(r, 3));
    if (choice == 1 && tg_dim(x, axis) > 0 && rank < 7) return draw_halves(x, axis);
    if (choice == 2) {
        tg_tensor *rest = tg_slice(x, axis, 1, INT64_MAX, 1), *first = tg_slice(x, axis, 0, 1, 1);
        return tg_concat(TG_LIST(rest, first), axis);
    }
    if (choice == 3) {
        tg_tensor *even = tg_flip(tg_slice(x, axis, 0, INT64_MAX, 2), TG_AXES(axis));
        return tg_update_slice(x, axis, 0, INT64_MAX, 2, even);
    }
    if (choice == 4) return draw_turns(p, draw_movements(p, x));
    const bool square = rank >= 2 && tg_dim(x, -1) == tg_dim(x, -2);
    return square && choice == 5 ? tg_transpose(x) : draw_flip(p, x);
}

/* What must not be made in the place of its operand, which is read elsewhere, too. */
static inline void add_beside_itself(program *p)
{
    const entry *found = pick(p, TG_DTYPE_DEFAULT);
    if (!found) return;
    const entry e = *found;
    tg_tensor *view = seen_as(p, draw_rearranged(p, e.x), tg_shape_from(e.x));
    const double most = 2 * fmax(e.most, 1);
    if (!view || !fits(p, tg_dtype_of(e.x), most, e.grain)) return;
    tg_tensor *y = rng_once_in(&p->random, 2) ? tg_sub(e.x, view) : tg_add(view, e.x);
    add(p, y, most, e.grain, e.rough);
}

/* ---- Twins ------------------------------------------------------------------------------ */

/* Views and copies that are equal but for their attributes: they must not be taken for one
 * another. */
static inline void add_twins(program *p)
{
    const entry e = *pick_any(p);
    if (tg_rank(e.x) == 0 || tg_rank(e.x) > 6 || 3 * tg_count(e.x) > p->limit) return;
    const int axis = draw_axis(p, e.x);
    const int64_t size = tg_dim(e.x, axis);
    tg_tensor *twins[2] = { NULL, NULL };
    switch (rng_below(&p->random, 6)) {
    case 0:
        add(p, tg_pad(e.x, axis, 0, 1, 0, 1), fmax(e.most, 1), e.grain, e.rough);
        twins[0] = tg_pad(e.x, axis, 1, 0, 0, 0);
        twins[1] = tg_pad(e.x, axis, 0, 1, 0, 0);
        break;
    case 1:
        twins[0] = tg_slice(e.x, axis, 0, size - 1, 1);
        twins[1] = tg_slice(e.x, axis, 1, size, 1);
        break;
    case 2:
        twins[0] = tg_roll(e.x, axis, 1);
        twins[1] = tg_roll(e.x, axis, -1);
        break;
    case 3:
        twins[0] = tg_flip(e.x, TG_AXES(axis));
        twins[1] = tg_flip(e.x, TG_AXES(tg_rank(e.x) - 1 - axis));
        break;
    case 4: /* both have as many windows */
        if (size < 3) return;
        twins[0] = tg_window(tg_slice(e.x, axis, 0, size - 1, 1), axis, 2, 1, 1);
        twins[1] = tg_window(e.x, axis, 2, 1, 2);
        break;
    default:
        twins[0] = tg_repeat(e.x, axis, 2);
        twins[1] = tg_tile(e.x, axis, 2);
        break;
    }
    for (int i = 0; i < 2; i++) add(p, twins[i], e.most, e.grain, e.rough);
}

#endif
