/* program_shape.h: the operations of random programs that reduce, scan, sort, index and contract,
 * and a few well-known patterns made of them. */
#ifndef TG_TESTS_PROGRAM_SHAPE_H
#define TG_TESTS_PROGRAM_SHAPE_H

#include "program_view.h"

/* ---- Reductions ------------------------------------------------------------------------- */

/* Random axes: all, one, or some; rather kept, so that the result broadcasts back. */
static inline tg_reduce_args draw_axes(program *p, tg_tensor *x, bool several)
{
    rng *r = &p->random;
    const int rank = tg_rank(x), choice = rank ? rng_below(r, 4) : 0;
    tg_reduce_args args = { TG_REDUCE_DEFAULTS, .at = TG_HERE, .x = x,
                            .keep = rng_below(r, 3) > 0 };
    if (choice == 1 || choice == 2) {
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
    const int choice = rng_below(&p->random, 6);
    const tg_reduce_args args = draw_axes(p, e->x, choice < 4);
    const entry from = *e;
    if (choice < 2 && p->kind == SMOOTH && !whole) {
        if (n > 0) add(p, tg_mean_with(&args), from.most, 0, true);
    } else if (choice < 2 && (p->kind == WHOLE || whole)) {
        const double most = from.most * (double)(n ? n : 1);
        if (fits(p, dtype, most, from.grain)) add(p, tg_sum_with(&args), most, from.grain, false);
    } else if (n > 0 && !from.rough) {
        if (choice >= 4)
            add(p, choice == 4 ? tg_argmax_with(&args) : tg_argmin_with(&args), (double)n, 0,
                false);
        else
            add(p, choice == 3 ? tg_min_with(&args) : tg_max_with(&args), from.most, from.grain,
                false);
    }
}

static inline void add_any_all(program *p)
{
    const entry *e = pick(p, TG_BOOL);
    if (!e) return;
    const tg_reduce_args args = draw_axes(p, e->x, true);
    add(p, rng_once_in(&p->random, 2) ? tg_any_with(&args) : tg_all_with(&args), 1, 0, false);
}

/* What keeps products from growing: signs in WHOLE, in SMOOTH what is below 1. */
static inline tg_tensor *no_more_than_one(const program *p, const entry *e)
{
    if (p->kind == MOVES || !is_float(tg_dtype_of(e->x))) return e->x;
    return p->kind == SMOOTH ? tg_tanh(e->x) : tg_sign(e->x);
}

static inline void add_prod(program *p)
{
    const entry e = *pick_any(p);
    const tg_dtype dtype = tg_dtype_of(e.x);
    if (dtype == TG_BOOL || (!is_float(dtype) && p->kind != MOVES)) return;
    const tg_reduce_args args = draw_axes(p, no_more_than_one(p, &e), true);
    add(p, tg_prod_with(&args), 1, 0, e.rough);
}

/* In SMOOTH: of what is not near the point where roots have no slope. */
static inline void add_statistic(program *p)
{
    rng *r = &p->random;
    const entry *found = pick(p, p->dtype);
    if (!found || tg_count(found->x) == 0) return;
    const entry e = *found;
    tg_reduce_args args = draw_axes(p, e.x, true);
    tg_norm_args norm = { TG_NORM_DEFAULTS,  .at = TG_HERE,     .x = e.x,
                          .axis = args.axis, .axes = args.axes, .keep = args.keep };
    if (p->kind != SMOOTH) {
        const bool largest = p->kind == MOVES || rng_once_in(r, 2);
        const double most = largest ? e.most : e.most * (double)tg_count(e.x);
        norm.p = largest ? (double)INFINITY : 1;
        if (fits(p, p->dtype, most, e.grain)) add(p, tg_norm_with(&norm), most, e.grain, false);
        return;
    }
    static const double powers[] = { 1, 2, 3, 2.5 };
    const double n = (double)tg_count(e.x), root = sqrt(n);
    norm.x = tg_add_num(tg_tanh(e.x), 2);
    norm.p = powers[rng_below(r, COUNT_OF(powers))];
    const int choice = rng_below(r, 4);
    if (choice == 0) {
        add(p, tg_logsumexp_with(&args), e.most + log(n), 0, true);
    } else if (choice == 1) {
        add(p, tg_div_num(tg_norm_with(&norm), norm.p == 1 ? n : root), 3, 0, true);
    } else if (choice == 2) {
        add(p, tg_variance(tg_tanh(e.x), .keep = true, .correction = 0), 1, 0, true);
    } else if (tg_rank(e.x) > 0 && tg_dim(e.x, -1) > 1) { /* neighbours are far from equal */
        tg_tensor *at = tg_iota(tape, TG_I64, tg_dim(e.x, -1));
        tg_tensor *sign = tg_cast(tg_remainder(at, tg_number_as(tape, TG_I64, 2)), p->dtype);
        add(p, tg_std(tg_add(tg_tanh(e.x), tg_mul_num(sign, 5)), .axis = -1), 6, 0, true);
    }
}

/* ---- Scans and sorting ------------------------------------------------------------------ */

static inline void add_scan(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    const tg_dtype dtype = tg_dtype_of(e.x);
    if (tg_rank(e.x) == 0 || tg_rank(e.x) > 6 || dtype == TG_BOOL) return;
    const int axis = draw_axis(p, e.x), choice = rng_below(r, 4);
    const double n = (double)tg_dim(e.x, axis) + 1;
    if (choice == 0 && p->kind == SMOOTH && is_float(dtype)) {
        add(p, tg_cumsum(tg_div_num(e.x, n), axis), e.most, 0, e.rough);
    } else if (choice == 0) {
        if (fits(p, dtype, e.most * n, e.grain))
            add(p, tg_cumsum(e.x, axis), e.most * n, e.grain, e.rough);
    } else if (choice == 1) {
        if (p->kind == MOVES || is_float(dtype))
            add(p, tg_cumprod(no_more_than_one(p, &e), axis), 1, 0, e.rough);
    } else if (!e.rough) {
        if (choice == 2) add(p, tg_cummax(e.x, axis), e.most, e.grain, false);
        else add(p, tg_cumargmax(e.x, axis), n, 0, false);
    }
}

static inline void add_sorted(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    if (tg_rank(e.x) == 0 || e.rough || tg_dtype_of(e.x) == TG_BOOL) return;
    const int axis = draw_axis(p, e.x), choice = rng_below(r, 3);
    const bool other = rng_once_in(r, 2);
    const int size = (int)tg_dim(e.x, axis);
    if (choice == 0) {
        add(p, tg_sort(e.x, .axis = axis, .descending = other), e.most, e.grain, false);
    } else if (choice == 1) {
        add(p, tg_argsort(e.x, .axis = axis, .descending = other), size, 0, false);
    } else {
        tg_tensor *where;
        const int k = rng_below(r, size + 1);
        add(p, tg_top_k(e.x, k, .axis = axis, .smallest = other, .indices = &where), e.most,
            e.grain, false);
        add(p, where, size, 0, false);
    }
}

/* ---- Indexing --------------------------------------------------------------------------- */

/* Indices: constant, fed anew for every run, random, sorted, or computed from integers that are at
 * hand, and clamped. */
static inline tg_tensor *draw_places(program *p, tg_shape shape, int64_t size)
{
    rng *r = &p->random;
    const int choice = rng_below(r, 6);
    const tg_dtype dtype = rng_once_in(r, 2) ? TG_I64 : TG_I32;
    if (choice == 0 && p->fed_count < MAX_FED) return new_input(p, dtype, shape, 0, (int)size);
    if (choice == 1) return tg_integers(tape, new_key(p), dtype, shape, 0, size);
    if (choice == 2 && shape.rank == 1 && shape.dim[0] <= size)
        return tg_slice(tg_permutation(tape, new_key(p), size), 0, 0, shape.dim[0], 1);
    const entry *e = choice == 3 ? pick(p, TG_I64) : NULL;
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

/* Rows in segments, some of which may be empty. */
static inline void add_segments(program *p)
{
    static tg_tensor *(*const extremes[])(tg_site, tg_tensor *, tg_tensor *,
                                          int64_t) = { tg_segment_max_at, tg_segment_min_at };
    rng *r = &p->random;
    const entry e = *pick_any(p);
    const tg_shape shape = tg_shape_from(e.x);
    if (tg_dtype_of(e.x) == TG_BOOL || shape.rank == 0) return;
    if (shape.dim[0] > 200 || shape.dim[0] == 0) return;
    const bool divides = p->kind != WHOLE && is_float(tg_dtype_of(e.x));
    const int count = 1 + rng_below(r, 5), choice = divides ? rng_below(r, 3) : 2;
    if (count_of(shape) / shape.dim[0] * count > p->limit) return;
    tg_tensor *index = draw_places(p, TG_SHAPE(shape.dim[0]), count);
    if (choice == 0) add(p, tg_segment_softmax(e.x, index, count), 1, 0, true);
    else if (choice == 1) add(p, tg_segment_mean(e.x, index, count), e.most, 0, true);
    else if (!e.rough)
        add(p, extremes[rng_below(r, 2)](TG_HERE, e.x, index, count), e.most, e.grain, false);
}

/* An index for each element, of which some axes are broadcast; [picks] along the axis. */
static inline tg_tensor *draw_places_along(program *p, tg_shape shape, int axis, int64_t picks,
                                           int64_t size)
{
    tg_shape index = shape;
    for (int i = 0; i < index.rank; i++)
        if (i != axis && rng_once_in(&p->random, 3)) index.dim[i] = 1;
    index.dim[axis] = picks;
    for (int i = 0; i < index.rank && count_of(index) > 256; i++)
        if (i != axis) index.dim[i] = 1;
    return draw_places(p, index, size);
}

static inline void add_along(program *p)
{
    rng *r = &p->random;
    const entry e = *pick_any(p);
    const tg_shape shape = tg_shape_from(e.x);
    if (shape.rank == 0 || tg_dtype_of(e.x) == TG_BOOL) return;
    const int axis = rng_below(r, shape.rank), other = 1 + rng_below(r, 4);
    const int64_t size = shape.dim[axis];
    if (size == 0 || size > 200 || count_of(shape) / size * other > p->limit) return;
    if (rng_once_in(r, 2)) {
        add(p, tg_take_along(e.x, draw_places_along(p, shape, axis, other, size), axis), e.most,
            e.grain, e.rough);
        return;
    }
    const double most = e.most * (double)size;
    if (fits(p, tg_dtype_of(e.x), most, e.grain))
        add(p,
            tg_scatter_add_along(e.x, draw_places_along(p, shape, axis, size, other), axis, other),
            most, e.grain, e.rough);
}

static inline void add_one_hot(program *p)
{
    static const tg_dtype to[] = { TG_F32, TG_F64, TG_I32, TG_I64, TG_U8, TG_BOOL };
    const tg_shape shape = p->shape;
    const int classes = 1 + rng_below(&p->random, 4);
    if (shape.rank > 5 || count_of(shape) > 200) return;
    tg_tensor *index = draw_places(p, shape, classes);
    const tg_dtype dtype =
        rng_once_in(&p->random, 2) ? p->dtype : to[rng_below(&p->random, COUNT_OF(to))];
    add(p, tg_one_hot(index, classes, dtype), 1, 0, false);
}

/* Draws from the rows' distributions. */
static inline void add_categorical(program *p)
{
    const entry *e = pick(p, TG_DTYPE_DEFAULT);
    if (!e || e->rough || tg_rank(e->x) == 0 || tg_dim(e->x, -1) == 0) return;
    const double most = (double)tg_dim(e->x, -1);
    add(p, tg_categorical(e->x, new_key(p)), most, 0, false);
}

/* ---- Contraction ------------------------------------------------------------------------ */

/* A sum of [terms] products, kept within the kind's bounds. */
static inline void add_contraction(program *p, tg_tensor *y, double most, int grain, double terms,
                                   bool sums, bool rough)
{
    if (p->kind == SMOOTH) add(p, tg_tanh(tg_div_num(y, terms)), 1, 0, sums || rough);
    else add(p, y, most, grain, false);
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
        add_contraction(p, tg_matmul(a->x, right), most, grain, terms, true, true);
        return;
    }
}

/* Windows that overlap, or every other column, times a matrix. */
static inline void add_convolution(program *p)
{
    rng *r = &p->random;
    const entry *found = p->kind == MOVES ? NULL : pick(p, p->dtype);
    if (!found || tg_rank(found->x) == 0 || tg_rank(found->x) > 5) return;
    const entry e = *found;
    const int length = (int)tg_dim(e.x, -1), step = 1 + rng_below(r, 2);
    const int outputs = 1 + rng_below(r, 9);
    int size = 1 + rng_below(r, 12);
    if (length == 0) return;
    while ((size - 1) * step >= length) size--;
    const double most = e.most * 4 * size;
    const int64_t count = tg_count(e.x) * outputs;
    if (count > MAX_ELEMENTS || count * size > 400000 || !fits(p, p->dtype, most / 4, e.grain))
        return;
    if (p->kind == WHOLE && !fits(p, p->dtype, most, e.grain)) return;
    double weights[9 * 12];
    draw_values(&p->data, p->kind, TG_F64, size * outputs, weights);
    tg_tensor *w = tg_cast(tg_constant(tape, TG_F64, TG_SHAPE(outputs, size), weights), p->dtype);
    tg_tensor *x = tg_window(e.x, -1, size, step, 1 + rng_below(r, step));
    tg_tensor *y =
        rng_once_in(r, 2) ? tg_matmul(x, tg_transpose(w)) : tg_matmul(w, tg_transpose(x));
    add_contraction(p, y, most, e.grain, 2 * size, true, true);
}

/* Over any axes: one that agrees, another for a batch; in MOVES outer products alone. */
static inline void add_dot(program *p)
{
    const entry *a = pick(p, p->dtype), *b = pick(p, p->dtype);
    if (!a || !b || tg_rank(a->x) + tg_rank(b->x) > TG_MAX_RANK) return;
    const tg_shape left = tg_shape_from(a->x), right = tg_shape_from(b->x);
    tg_dot_args args = { TG_DOT_DEFAULTS, .at = TG_HERE, .a = a->x, .b = b->x };
    int64_t inner = 1, batch = 1;
    for (int i = 0; i < left.rank; i++) {
        if (right.rank == 0 || p->kind == MOVES) break;
        const int j = rng_below(&p->random, right.rank);
        const bool again = (args.b_axes.count && args.b_axes.axis[0] == j) ||
                           (args.b_batch.count && args.b_batch.axis[0] == j);
        if (left.dim[i] != right.dim[j] || left.dim[i] == 0 || again) continue;
        const bool summed = !args.a_axes.count && rng_below(&p->random, 3);
        if (!summed && args.a_batch.count) continue;
        tg_axes *to_a = summed ? &args.a_axes : &args.a_batch;
        tg_axes *to_b = summed ? &args.b_axes : &args.b_batch;
        to_a->axis[to_a->count++] = i;
        to_b->axis[to_b->count++] = j;
        *(summed ? &inner : &batch) *= left.dim[i];
    }
    const int64_t count = count_of(left) / inner * count_of(right) / inner / batch;
    const double most = a->most * b->most * (double)inner;
    const int grain = a->grain + b->grain;
    if (count > p->limit || count * inner > 200000) return;
    if (p->kind == WHOLE && !fits(p, p->dtype, most, grain)) return;
    const bool sums = args.a_axes.count > 0;
    add_contraction(p, sums || args.a_batch.count ? tg_dot_with(&args) : tg_outer(a->x, b->x), most,
                    grain, (double)inner, sums, a->rough || b->rough);
}

/* ---- Einstein's sums -------------------------------------------------------------------- */

typedef struct sizes {
    int64_t of[26]; /* by letter; 0: not seen */
} sizes;

/* Notes the sizes of [x] under [letters]; false if they do not agree. */
static inline bool note_sizes(sizes *known, const char *letters, int count, tg_tensor *x)
{
    if (tg_rank(x) != count) return false;
    for (int i = 0; i < count; i++) {
        int64_t *size = &known->of[letters[i] - 'a'];
        if (tg_dim(x, i) == 0 || (*size && *size != tg_dim(x, i))) return false;
        *size = tg_dim(x, i);
    }
    return true;
}

static inline void add_einsum(program *p)
{
    static const char *const patterns[] = {
        "ij->ji",       "ijk->kij",     "ii->i",      "iij->ji",   "i,j->ij",
        "ij,ij->ij",    "ij,j->ji", /* no sums */
        "ij->i",        "ij->",         "ii->",       "ij,jk->ik", "ij,ij->i",
        "ij,kj->ki",    "i,i->",        "ij,j->i",    "ijk,k->ji", "ij,ik->jk",
        "ijk,ikl->ijl", "ijk,ilk->lij", "ijk,ijk->j",
    };
    enum { WITHOUT_SUMS = 7 };
    const int which = rng_below(&p->random, p->kind == MOVES ? WITHOUT_SUMS : COUNT_OF(patterns));
    const char *text = patterns[which], *comma = strchr(text, ','), *arrow = strchr(text, '-');
    const char *end = comma ? comma : arrow;
    for (int tries = 0; tries < 12; tries++) {
        const entry *a = pick(p, p->dtype), *b = comma ? pick(p, p->dtype) : NULL;
        sizes known = { { 0 } };
        if (!a || (comma && !b) || !note_sizes(&known, text, (int)(end - text), a->x)) continue;
        if (comma && !note_sizes(&known, comma + 1, (int)(arrow - comma - 1), b->x)) continue;
        double all = 1, count = 1;
        for (int i = 0; i < 26; i++) all *= known.of[i] ? (double)known.of[i] : 1;
        for (const char *c = arrow + 2; *c; c++) count *= (double)known.of[*c - 'a'];
        const double terms = all / count, most = a->most * (b ? b->most : 1) * terms;
        const int grain = a->grain + (b ? b->grain : 0);
        if (count > (double)p->limit || all > 200000) continue;
        if (p->kind == WHOLE && !fits(p, p->dtype, most, grain)) continue;
        tg_tensor *y = tg_einsum(text, comma ? TG_LIST(a->x, b->x) : TG_LIST(a->x));
        add_contraction(p, y, most, grain, terms, which >= WITHOUT_SUMS,
                        a->rough || (b && b->rough));
        return;
    }
}

/* ---- Patterns: rows that are reduced and used again ------------------------------------- */

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

#endif
