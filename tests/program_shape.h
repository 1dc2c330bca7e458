/* program_shape.h: the operations of random programs that reduce, move, index and contract, and
 * a few well-known patterns made of them. */
#ifndef TG_TESTS_PROGRAM_SHAPE_H
#define TG_TESTS_PROGRAM_SHAPE_H

#include "program.h"

/* ---- Reductions ------------------------------------------------------------------------- */

/* Random axes: all, one, or some; rather kept, so that the result broadcasts back. */
static inline tg_reduce_args draw_axes(program *p, tg_tensor *x, bool several)
{
    rng *r = &p->random;
    const int rank = tg_rank(x), choice = rank ? rng_below(r, 4) : 0;
    tg_reduce_args args = { .call = { TG_HERE, "" }, .x = x, .keep = rng_below(r, 3) > 0 };
    if (choice == 1 || choice == 2) {
        args.call.written = ".axis";
        args.axis = choice == 1 ? rank - 1 : rng_below(r, rank);
    } else if (choice == 3 && several) {
        rng_shuffle(r, rank, args.axes.axis);
        args.axes.count = 1 + rng_below(r, rank);
    }
    return args;
}

static inline void add_reduction(program *p)
{
    const bool whole = rng_once_in(&p->random, 6);
    const entry *e = whole ? pick_int(p) : pick(p, TG_DTYPE_DEFAULT);
    if (!e) return;
    const tg_dtype dtype = tg_dtype_of(e->x);
    const int64_t n = tg_count(e->x);
    const int choice = rng_below(&p->random, 5);
    const tg_reduce_args args = draw_axes(p, e->x, choice != 4);
    const entry from = *e;
    if (choice < 2 && p->kind == SMOOTH && !whole) {
        if (n > 0) add(p, tg_mean_with(args), from.most, 0, true);
    } else if (choice < 2 && (p->kind == WHOLE || whole)) {
        const double most = from.most * (double)(n ? n : 1);
        if (fits(p, dtype, most, from.grain)) add(p, tg_sum_with(args), most, from.grain, false);
    } else if (n > 0 && !from.rough) {
        if (choice == 4)
            add(p, tg_argmax_with(args), (double)n, 0, false);
        else
            add(p, choice == 3 ? tg_min_with(args) : tg_max_with(args), from.most, from.grain,
                false);
    }
}

/* ---- Movement --------------------------------------------------------------------------- */

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

static inline tg_tensor *draw_slice(program *p, tg_tensor *x)
{
    rng *r = &p->random;
    const int axis = rng_below(r, tg_rank(x));
    const int size = (int)tg_dim(x, axis);
    const int start = rng_below(r, size / 2 + 1), stop = size - rng_below(r, size / 2 + 1);
    return tg_slice(x, axis, start, stop, 1 + rng_below(r, 3) / 2);
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

static inline tg_tensor *draw_movement(program *p, tg_tensor *x)
{
    const int choice = tg_rank(x) ? rng_below(&p->random, 9) : 0;
    switch (choice) {
    case 0: return draw_broadcast(p, x);
    case 1:
    case 2: return draw_reshape(p, x);
    case 3:
    case 4: return draw_slice(p, x);
    case 5: return tg_stop_gradient(x);
    case 6:
    case 7: return draw_permute(p, x);
    default: return tg_rank(x) > 1 ? tg_transpose(x) : x;
    }
}

/* A view, and often a view of the view. */
static inline void add_movement(program *p)
{
    const entry e = *pick_any(p);
    tg_tensor *x = draw_movement(p, e.x);
    for (int more = rng_below(&p->random, 3); more > 0; more--) x = draw_movement(p, x);
    add(p, x, e.most, e.grain, e.rough);
}

static inline void add_pad(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    if (tg_rank(e.x) == 0 || 3 * tg_count(e.x) > p->limit) return;
    const int axis = rng_below(r, tg_rank(e.x));
    const int before = rng_below(r, 3), after = rng_below(r, 3), between = rng_below(r, 2);
    add(p, tg_pad(e.x, axis, before, after, between, rng_once_in(r, 2) ? 0.0 : 1.0),
        fmax(e.most, 1), e.grain, e.rough);
}

/* Operations that are equal but for their attributes: they must not be taken for one another. */
static inline void add_twins(program *p)
{
    const entry e = *pick_any(p);
    if (tg_rank(e.x) == 0 || 2 * tg_count(e.x) > p->limit) return;
    const int axis = rng_below(&p->random, tg_rank(e.x));
    const int64_t size = tg_dim(e.x, axis);
    add(p, tg_pad(e.x, axis, 1, 0, 0, 0), e.most, e.grain, e.rough);
    add(p, tg_pad(e.x, axis, 0, 1, 0, 0), e.most, e.grain, e.rough);
    add(p, tg_pad(e.x, axis, 0, 1, 0, 1), fmax(e.most, 1), e.grain, e.rough);
    add(p, tg_slice(e.x, axis, 0, size - 1, 1), e.most, e.grain, e.rough);
    add(p, tg_slice(e.x, axis, 1, size, 1), e.most, e.grain, e.rough);
}

static inline void add_concat(program *p)
{
    rng *r = &p->random;
    const entry a = *pick_any(p);
    const tg_shape shape = tg_shape_from(a.x);
    if (shape.rank == 0 || 3 * count_of(shape) > p->limit) return;
    const int axis = rng_below(r, shape.rank);
    tg_tensor *list[6] = { a.x, tg_list_end };
    int count = 1;
    entry all = a;
    for (int tries = 0; tries < 10 && count < 5; tries++) {
        const entry *b = pick_any(p);
        tg_shape other = tg_shape_from(b->x);
        if (tg_dtype_of(b->x) != tg_dtype_of(a.x) || other.rank != shape.rank ||
            2 * count_of(other) > p->limit)
            continue;
        other.dim[axis] = shape.dim[axis];
        if (!tg_shape_equal(other, shape)) continue;
        list[count++] = b->x;
        list[count] = tg_list_end;
        all.most = fmax(all.most, b->most);
        all.grain = b->grain > all.grain ? b->grain : all.grain;
        all.rough |= b->rough;
    }
    tg_tensor *y = tg_concat(list, axis);
    if (tg_count(y) <= p->limit) add(p, y, all.most, all.grain, all.rough);
}

/* ---- Indexing and contraction ----------------------------------------------------------- */

/* Constant, or computed from integers that are at hand and clamped. */
static inline tg_tensor *draw_places(program *p, tg_shape shape, int64_t size)
{
    const entry *e = rng_once_in(&p->random, 3) ? pick(p, TG_I64) : NULL;
    if (e && tg_shape_equal(tg_shape_from(e->x), shape))
        return tg_minimum_num(tg_maximum_num(e->x, 0), (double)(size - 1));
    int32_t values[256];
    for (int64_t i = 0; i < count_of(shape); i++) values[i] = rng_below(&p->data, (int)size);
    return tg_constant(tape, TG_I32, shape, values);
}

static inline void add_gather(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    const tg_shape shape = tg_shape_from(e.x);
    if (shape.rank == 0 || shape.rank > 5) return;
    const int axis = rng_below(r, shape.rank), many = rng_below(r, 5);
    if (shape.dim[axis] == 0 || count_of(shape) / shape.dim[axis] * 2 * many > p->limit) return;
    const tg_shape index = rng_once_in(r, 3)   ? TG_SCALAR
                           : rng_once_in(r, 2) ? TG_SHAPE(many)
                                               : TG_SHAPE(2, many);
    add(p, tg_gather(e.x, draw_places(p, index, shape.dim[axis]), axis), e.most, e.grain, e.rough);
}

static inline void add_scatter(program *p)
{
    rng *r = &p->random;
    const entry *found = pick(p, TG_DTYPE_DEFAULT);
    if (!found) return;
    const entry e = *found;
    const tg_shape shape = tg_shape_from(e.x);
    if (shape.rank == 0 || shape.dim[0] > 200 || shape.dim[0] == 0) return;
    const double most = e.most * (double)shape.dim[0];
    if (!fits(p, tg_dtype_of(e.x), most, e.grain)) return;
    const int size = 1 + rng_below(r, 5);
    if (count_of(shape) / shape.dim[0] * size > p->limit) return;
    add(p, tg_scatter_add(e.x, draw_places(p, TG_SHAPE(shape.dim[0]), size), 0, size), most,
        e.grain, e.rough);
}

/* The shape of a matrix product, and the length of its inner sums; false if there is none, or
 * none that is small enough. */
static inline bool product_fits(const program *p, tg_tensor *a, tg_tensor *b, int64_t *inner)
{
    if (tg_rank(a) < 2 || tg_rank(b) < 2 || tg_dim(a, -1) != tg_dim(b, -2)) return false;
    tg_shape left = tg_shape_from(a), right = tg_shape_from(b), batch;
    const int64_t matrix = tg_dim(a, -2) * tg_dim(b, -1);
    left.rank -= 2;
    right.rank -= 2;
    *inner = tg_dim(a, -1);
    return broadcast_shape(p, left, right, &batch) && count_of(batch) * matrix <= p->limit &&
           count_of(batch) * matrix * *inner <= 200000;
}

static inline void add_product(program *p)
{
    const entry *a = p->kind == MOVES ? NULL : pick(p, p->dtype);
    for (int tries = 0; a && tries < 20; tries++) {
        const entry *b = pick(p, p->dtype);
        if (!b || tg_rank(b->x) < 2) continue;
        int64_t k = 0;
        tg_tensor *right = rng_once_in(&p->random, 2) ? tg_transpose(b->x) : b->x;
        if (!product_fits(p, a->x, right, &k)) continue;
        const double terms = k ? (double)k : 1, most = a->most * b->most * terms;
        const int grain = a->grain + b->grain;
        if (p->kind == WHOLE && !fits(p, p->dtype, most, grain)) continue;
        tg_tensor *y = tg_matmul(a->x, right);
        if (p->kind == SMOOTH)
            add(p, tg_tanh(tg_div_num(y, terms)), 1, 0, true);
        else
            add(p, y, most, grain, false);
        return;
    }
}

/* ---- Patterns: rows that are reduced and used again ---------------------------------------------
 */

static inline void add_pattern(program *p)
{
    const entry *found = pick(p, p->dtype);
    if (!found || tg_rank(found->x) == 0 || tg_count(found->x) == 0) return;
    const entry e = *found;
    tg_tensor *best = tg_max(e.x, .axis = -1, .keep = true);
    if (p->kind != SMOOTH) {
        if (fits(p, p->dtype, 2 * e.most, e.grain))
            add(p, tg_sub(e.x, best), 2 * e.most, e.grain, false);
        add(p, tg_equal(e.x, best), 1, 0, false);
    } else if (rng_once_in(&p->random, 2)) { /* softmax */
        tg_tensor *top = tg_exp(tg_sub(e.x, tg_stop_gradient(best)));
        add(p, tg_div(top, tg_sum(top, .axis = -1, .keep = true)), 1, 0, true);
    } else { /* layer norm */
        tg_tensor *mean = tg_mean(e.x, .axis = -1, .keep = true);
        tg_tensor *rest = tg_sub(e.x, mean);
        tg_tensor *variance = tg_mean(tg_square(rest), .axis = -1, .keep = true);
        add(p, tg_tanh(tg_div(rest, tg_sqrt(tg_add_num(variance, 0.1)))), 1, 0, true);
    }
}

static inline void add_operation(program *p)
{
    static void (*const adders[])(program *) = {
        add_exact_unary, add_exact_unary, add_smooth_unary, add_smooth_unary, add_smooth_unary,
        add_binary,      add_binary,      add_binary,       add_binary,       add_binary,
        add_with_number, add_with_number, add_comparison,   add_comparison,   add_logic,
        add_select,      add_select,      add_cast,         add_integer,      add_reduction,
        add_reduction,   add_reduction,   add_reduction,    add_movement,     add_movement,
        add_movement,    add_movement,    add_pad,          add_twins,        add_concat,
        add_gather,      add_scatter,     add_product,      add_product,      add_pattern,
    };
    adders[rng_below(&p->random, COUNT_OF(adders))](p);
}

#endif
