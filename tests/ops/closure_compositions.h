/* closure_compositions.h: the functions of the public interface that are made of primitives. They
 * are in no registry, but have derivatives, and are proven like primitives. */
#ifndef TG_TESTS_CLOSURE_COMPOSITIONS_H
#define TG_TESTS_CLOSURE_COMPOSITIONS_H

#include "closure_custom.h"
#include "closure_samples.h"

/* ---- Elementwise ------------------------------------------------------------------------ */

/* A whole power of either sign, or any power of a positive base. */
static tg_tensor *record_pow_num(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = draw_shape(&d->random);
    const int whole = rng_below(&d->random, 8) - 3;
    const double power = rng_between(&d->random, -2, 3);
    return rng_once_in(&d->random, 2) ? tg_pow_num(draw_mirrored(d, shape, 0.4, 2), whole)
                                      : tg_pow_num(draw_operand(d, shape, 0.4, 2), power);
}

/* Of either sign, and away from the number, which is a kink of some. */
static tg_tensor *record_with_number(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    tg_tensor *x = draw_mirrored(d, draw_shape(&d->random), 0.7, 2);
    return s->by.with_number(TG_HERE, x, rng_between(&d->random, 0.2, 0.5));
}
static tg_tensor *record_from_number(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    tg_tensor *x = draw_mirrored(d, draw_shape(&d->random), 0.4, 2);
    return s->by.from_number(TG_HERE, rng_between(&d->random, -2, 2), x);
}

static tg_tensor *record_compared(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    tg_tensor *x = draw_operand(d, draw_shape(&d->random), -1, 1);
    if (rng_once_in(&d->random, 2)) x = tg_round(x); /* so that some are equal */
    return s->by.with_number(TG_HERE, x, 0.5 * (rng_below(&d->random, 5) - 2));
}

/* The ends are kinks: operands keep away from them. */
static tg_tensor *record_clamp(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_mirrored(d, draw_shape(&d->random), 0.4, 2);
    return rng_once_in(&d->random, 2) ? tg_clamp(x, -0.3, 2.5) : tg_clamp(x, -2.5, 0.3);
}

static tg_tensor *record_log_sigmoid(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_log_sigmoid(draw_operand(d, draw_shape(&d->random), -4, 4));
}

/* Of finite numbers, NaN and -infinity. */
static tg_tensor *record_kind_of_number(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    tg_tensor *x = draw_mirrored(d, draw_shape(&d->random), 0.2, 2);
    const int choice = rng_below(&d->random, 3);
    if (choice == 1) x = tg_sqrt(x);
    if (choice == 2) x = tg_div(x, tg_maximum_num(x, 0));
    return s->by.unary(TG_HERE, x);
}

static tg_tensor *record_xor(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = draw_shape(&d->random);
    tg_tensor *a = draw_bools(d, draw_broadcastable(&d->random, shape));
    return tg_xor(a, draw_bools(d, draw_broadcastable(&d->random, shape)));
}

/* ---- Reductions ------------------------------------------------------------------------- */

static tg_tensor *record_of_bools(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    const tg_shape shape = draw_shape(&d->random);
    tg_tensor *x = draw_operand(d, shape, -1, 1);
    const tg_reduce_args args = draw_reduction(d, tg_less(x, tg_number_like(x, 0.5)), true);
    return s->by.reduction(&args);
}

/* Few factors, some of them near 0. */
static tg_tensor *record_prod(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_operand(d, at_most(12, draw_shape(&d->random)), -2, 2);
    const tg_reduce_args args = draw_reduction(d, x, true);
    return tg_prod_with(&args);
}

static tg_tensor *record_logsumexp(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_operand(d, without_zeros(draw_shape(&d->random)), -3, 3);
    const tg_reduce_args args = draw_reduction(d, x, true);
    return tg_logsumexp_with(&args);
}

/* A correction below the number of elements, which may be one. */
static tg_tensor *record_variance(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    const tg_shape shape = without_zeros(draw_shape(&d->random));
    tg_tensor *x = draw_input(d, shape, -2, 2);
    const tg_reduce_args of = draw_reduction(d, x, true);
    const bool all = of.axes.count == 0 && of.axis == TG_ALL_AXES;
    int64_t count = all ? tg_shape_count(shape) : 1;
    if (of.axis != TG_ALL_AXES) count = tg_dim(x, of.axis);
    for (int i = 0; i < of.axes.count; i++) count *= tg_dim(x, of.axes.axis[i]);
    tg_variance_args args = { TG_VARIANCE_DEFAULTS, .at = TG_HERE, .x = x };
    args.axis = of.axis;
    args.axes = of.axes;
    args.keep = of.keep;
    args.correction = count > 1 ? 0.5 * rng_below(&d->random, 3) : 0;
    return s->by.spread(&args);
}

static tg_tensor *record_norm(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    static const double powers[] = { 1, 1.5, 2, 2, 3, (double)INFINITY };
    tg_tensor *x = draw_mirrored(d, without_zeros(draw_shape(&d->random)), 0.2, 2);
    const tg_reduce_args of = draw_reduction(d, x, true);
    const double p = powers[rng_below(&d->random, 6)];
    return tg_norm(x, .axis = of.axis, .axes = of.axes, .keep = of.keep, .p = p);
}

/* ---- Scans and sorting ------------------------------------------------------------------ */

static tg_tensor *record_sort(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_tensor *x = draw_operand(d, draw_shape_of(r, 1, 6), -2, 2);
    const int axis = draw_axis(r, tg_rank(x));
    return tg_sort(x, .axis = axis, .descending = rng_once_in(r, 2));
}

static tg_tensor *record_top_k(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_tensor *x = draw_operand(d, draw_shape_of(r, 1, 6), -2, 2);
    const int axis = draw_axis(r, tg_rank(x)), k = rng_below(r, (int)tg_dim(x, axis) + 1);
    return tg_top_k(x, k, .axis = axis, .smallest = rng_once_in(r, 2));
}

/* ---- Movement --------------------------------------------------------------------------- */

static tg_tensor *record_unsqueeze(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_operand(d, draw_shape_of(&d->random, 0, 7), -2, 2);
    return tg_unsqueeze(x, draw_axis(&d->random, tg_rank(x) + 1));
}

static tg_tensor *record_squeeze(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_shape shape = draw_shape_of(&d->random, 1, 6);
    const int axis = rng_below(&d->random, shape.rank);
    shape.dim[axis] = 1;
    return tg_squeeze(draw_operand(d, shape, -2, 2), axis);
}

static tg_tensor *record_transpose(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_transpose(draw_operand(d, draw_shape_of(&d->random, 2, 6), -2, 2));
}

/* Both triangles, both ways between a vector and a matrix: by a diagonal, which may be outside. */
static tg_tensor *record_diagonal(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    tg_tensor *x = draw_operand(d, draw_shape_of(&d->random, 2, 6), -2, 2);
    return s->by.diagonal(TG_HERE, x, rng_below(&d->random, 9) - 4);
}
static tg_tensor *record_pick(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_operand(d, draw_shape_of(&d->random, 1, 6), -2, 2);
    const int axis = rng_below(&d->random, tg_rank(x)), size = (int)tg_dim(x, axis);
    if (size == 0) return tg_neg(x);
    return tg_pick(x, axis, rng_below(&d->random, 2 * size) - size);
}
static tg_tensor *record_eye(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_eye(d->tape, d->dtype, rng_below(&d->random, 6));
}
static tg_tensor *record_diag(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_operand(d, at_most(12, draw_shape_of(&d->random, 1, 6)), -2, 2);
    return tg_diag(x, rng_below(&d->random, 7) - 3);
}
static tg_tensor *record_tril_mask(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const int64_t rows = draw_size(&d->random), columns = draw_size(&d->random);
    return tg_tril_mask(d->tape, rows, columns, rng_below(&d->random, 9) - 4);
}

static tg_tensor *record_stack(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    const tg_shape shape = draw_shape_of(r, 0, 5);
    const int axis = draw_axis(r, shape.rank + 1), count = 1 + rng_below(r, 4);
    tg_tensor *list[5];
    for (int i = 0; i < count; i++) {
        const bool again = i > 0 && rng_once_in(r, 4);
        list[i] = again ? list[i - 1] : draw_view(d, shape, -2, 2, 1);
    }
    return tg_stack((tg_list){ (size_t)count, list }, axis);
}

/* The parts in another order, weighed, so that each counts. */
static tg_tensor *record_split(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_shape shape = draw_shape_of(r, 1, 5);
    const int axis = rng_below(r, shape.rank), count = 1 + rng_below(r, 3);
    const bool equal = rng_once_in(r, 2);
    int64_t sizes[3];
    shape.dim[axis] = 0;
    for (int i = 0; i < count; i++) {
        sizes[i] = equal && i ? sizes[0] : rng_below(r, 4);
        shape.dim[axis] += sizes[i];
    }
    tg_tensor *parts[4];
    tg_tensor *x = draw_operand(d, shape, -2, 2);
    tg_split(x, named_axis(r, shape.rank, axis), (size_t)count, equal ? NULL : sizes, parts);
    for (int i = 0; i < count / 2; i++) {
        tg_tensor *swap = parts[i];
        parts[i] = tg_mul_num(parts[count - 1 - i], 2);
        parts[count - 1 - i] = swap;
    }
    return tg_concat((tg_list){ (size_t)count, parts }, axis);
}

static tg_tensor *record_roll(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_operand(d, draw_shape_of(&d->random, 1, 6), -2, 2);
    const int axis = draw_axis(&d->random, tg_rank(x));
    return tg_roll(x, axis, rng_below(&d->random, 15) - 7);
}

static tg_tensor *record_times(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    tg_tensor *x = draw_operand(d, draw_shape_of(&d->random, 1, 7), -2, 2);
    const int axis = draw_axis(&d->random, tg_rank(x));
    return s->by.times(TG_HERE, x, axis, rng_below(&d->random, 4));
}

static tg_tensor *record_update_slice(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_tensor *x = draw_operand(d, draw_shape_of(r, 1, 6), -2, 2);
    const int axis = draw_axis(r, tg_rank(x)), step = 1 + rng_below(r, 3);
    const int start = rng_below(r, 7) - 3, stop = rng_below(r, 9) - 3;
    tg_tensor *slice = tg_slice(x, axis, start, stop, step);
    const tg_shape shape = draw_broadcastable(r, tg_shape_from(slice));
    tg_tensor *value = rng_once_in(r, 5) ? slice : draw_operand(d, shape, -2, 2);
    return tg_update_slice(x, axis, start, stop, step, value);
}

static tg_tensor *record_one_hot(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const int classes = 1 + rng_below(&d->random, 5);
    return tg_one_hot(draw_index(d, draw_shape(&d->random), classes), classes, d->dtype);
}

/* ---- Contraction ------------------------------------------------------------------------ */

static tg_tensor *record_outer(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *a = draw_operand(d, at_most(20, draw_shape_of(&d->random, 0, 4)), -2, 2);
    if (rng_once_in(&d->random, 5)) return tg_outer(a, a);
    return tg_outer(a, draw_operand(d, at_most(20, draw_shape_of(&d->random, 0, 4)), -2, 2));
}

/* An operand with batch, contracted and own axes, [own] of the last, in random places. */
static tg_tensor *draw_factor(draw *d, tg_shape batch, tg_shape summed, int own, tg_axes *batch_at,
                              tg_axes *summed_at)
{
    rng *r = &d->random;
    int place[TG_MAX_RANK];
    tg_shape shape = { .rank = batch.rank + summed.rank + own };
    rng_shuffle(r, shape.rank, place);
    for (int i = 0; i < shape.rank; i++) {
        const int k = i - batch.rank;
        const bool mine = k >= summed.rank;
        shape.dim[place[i]] = k < 0 ? batch.dim[i] : mine ? 1 + rng_below(r, 3) : summed.dim[k];
        tg_axes *list = k < 0 ? batch_at : mine ? NULL : summed_at;
        if (list) list->axis[list->count++] = named_axis(r, shape.rank, place[i]);
    }
    return draw_operand(d, shape, -1, 1);
}

static tg_tensor *record_dot_axes(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    tg_shape batch = { .rank = rng_below(r, 3) }, summed = { .rank = rng_below(r, 3) };
    for (int i = 0; i < batch.rank; i++) batch.dim[i] = rng_below(r, 3);
    for (int i = 0; i < summed.rank; i++) summed.dim[i] = rng_below(r, 4);
    tg_dot_args args = { TG_DOT_DEFAULTS, .at = TG_HERE };
    const int own = rng_below(r, 3), others = rng_below(r, 3);
    args.a = draw_factor(d, batch, summed, own, &args.a_batch, &args.a_axes);
    args.b = draw_factor(d, batch, summed, others, &args.b_batch, &args.b_axes);
    return tg_dot_with(&args);
}

/* The letters of one operand, any of them more than once, and sometimes leading dots. */
static int draw_term(rng *r, bool dots, char *text)
{
    const int letters = rng_below(r, 4);
    int used = 0;
    for (int i = 0; dots && i < 3; i++) text[used++] = '.';
    for (int i = 0; i < letters; i++) text[used++] = (char)('i' + rng_below(r, 4));
    text[used] = 0;
    return used;
}

static tg_tensor *draw_einsum_operand(draw *d, const char *term, tg_shape batch,
                                      const int64_t *sizes)
{
    tg_shape shape = { .rank = 0 };
    if (term[0] == '.') shape = draw_broadcastable(&d->random, batch);
    for (const char *c = term; *c; c++)
        if (*c != '.') shape.dim[shape.rank++] = sizes[*c - 'i'];
    return draw_operand(d, shape, -1, 1);
}

/* Some of the letters that stand in [terms], in any order. */
static void draw_result(rng *r, const char *terms, bool dots, char *text)
{
    int order[4], used = snprintf(text, 4, "%s", dots ? "..." : "");
    rng_shuffle(r, 4, order);
    for (int i = 0; i < 4; i++)
        if (strchr(terms, 'i' + order[i]) && rng_once_in(r, 2))
            text[used++] = (char)('i' + order[i]);
    text[used] = 0;
}

static tg_tensor *record_einsum(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    int64_t sizes[4];
    for (int i = 0; i < 4; i++) sizes[i] = rng_once_in(r, 15) ? 0 : 1 + rng_below(r, 3);
    tg_shape batch = { .rank = 1 + rng_below(r, 2), .dim = { 2, 2 } };
    const bool dots = rng_once_in(r, 3);
    const int count = 1 + rng_below(r, 3);
    char text[64] = "", term[8];
    tg_tensor *list[4];
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        const bool again = i > 0 && rng_once_in(r, 4);
        if (!again) draw_term(r, dots && rng_once_in(r, 2), term);
        used += (size_t)snprintf(text + used, sizeof text - used, i ? ",%s" : "%s", term);
        list[i] = again ? list[i - 1] : draw_einsum_operand(d, term, batch, sizes);
    }
    if (rng_once_in(r, 3)) return tg_einsum(text, (tg_list){ (size_t)count, list });
    char result[8], whole[80];
    draw_result(r, text, strchr(text, '.') != NULL, result);
    snprintf(whole, sizeof whole, "%s->%s", text, result);
    return tg_einsum(whole, (tg_list){ (size_t)count, list });
}

/* ---- Segments --------------------------------------------------------------------------- */

static tg_tensor *record_segment(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    rng *r = &d->random;
    const tg_shape shape = draw_shape_of(r, 0, 5);
    tg_tensor *x = draw_operand(d, shape, -2, 2);
    tg_shape index = { .rank = rng_below(r, shape.rank + 1) };
    for (int i = 0; i < index.rank; i++) index.dim[i] = shape.dim[i];
    const int count = 1 + rng_below(r, 4);
    return s->by.segment(TG_HERE, x, draw_index(d, index, count), count);
}

/* ---- Layers: losses of distributions, activations with kinks ----------------------------- */

static tg_reduction draw_items(draw *d) { return (tg_reduction)rng_below(&d->random, 3); }

/* Away from the kinks at 0 margin and at a count of 1. */
static tg_tensor *record_margin_ranking(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = without_zeros(draw_shape(&d->random));
    tg_tensor *a = draw_mirrored(d, shape, 1, 2), *b = draw_operand(d, shape, -0.3, 0.3);
    tg_tensor *target = draw_mirrored(d, shape, 0.9, 1.1);
    return tg_margin_ranking(a, b, target, .margin = 0.25, .reduction = draw_items(d));
}
static tg_tensor *record_bernoulli_nll(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = without_zeros(draw_shape(&d->random));
    tg_tensor *p = draw_operand(d, shape, 0.25, 0.75), *y = draw_operand(d, shape, 0, 1);
    return tg_bernoulli_nll(p, y, .reduction = draw_items(d));
}
static tg_tensor *record_gaussian_nll(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = without_zeros(draw_shape(&d->random));
    tg_tensor *mean = draw_operand(d, shape, -2, 2), *target = draw_operand(d, shape, -2, 2);
    tg_tensor *variance = draw_operand(d, shape, 0.5, 2);
    return tg_gaussian_nll(mean, target, variance, .full = rng_once_in(&d->random, 2),
                           .reduction = draw_items(d));
}
static tg_tensor *record_poisson_nll(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = without_zeros(draw_shape(&d->random));
    const bool log_input = rng_once_in(&d->random, 2), many = rng_once_in(&d->random, 2);
    tg_tensor *x = draw_operand(d, shape, log_input ? -1 : 0.5, 2);
    tg_tensor *count = draw_operand(d, shape, many ? 1.2 : 0.1, many ? 4 : 0.8);
    return tg_poisson_nll(x, count, .log_input = log_input, .full = rng_once_in(&d->random, 2),
                          .reduction = draw_items(d));
}
static tg_tensor *record_gaussian_kl(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const tg_shape shape = without_zeros(draw_shape(&d->random));
    tg_tensor *of[4] = { NULL };
    const int count = 2 + rng_below(&d->random, 3);
    for (int i = 0; i < count; i++) of[i] = draw_operand(d, shape, -1, 1);
    return tg_gaussian_kl(of[0], of[1], of[2], of[3], .reduction = draw_items(d));
}

/* On both sides of 0.5 and of -0.5. */
static tg_tensor *record_shrink(draw *d, const sample *s, const tg_op *op)
{
    (void)op;
    const bool near = rng_once_in(&d->random, 2);
    tg_tensor *x = draw_mirrored(d, draw_shape(&d->random), near ? 0.1 : 0.6, near ? 0.4 : 2);
    return s->by.with_number(TG_HERE, x, 0.5);
}
static tg_tensor *record_threshold(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_mirrored(d, draw_shape(&d->random), 0.1, 2);
    return tg_threshold(x, 0, 0.25);
}
static tg_tensor *record_tanh_shrink(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_tanh_shrink(draw_operand(d, draw_shape(&d->random), -2, 2));
}

/* ---- Random ----------------------------------------------------------------------------- */

static tg_tensor *record_bernoulli(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    const double p = rng_between(&d->random, 0, 1);
    const tg_dtype dtype = (tg_dtype)(TG_F32 + rng_below(&d->random, 6));
    return tg_bernoulli(d->tape, "noise", dtype, draw_shape(&d->random), p);
}
static tg_tensor *record_permutation(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    return tg_permutation(d->tape, "noise", rng_below(&d->random, 40));
}
static tg_tensor *record_categorical(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    tg_tensor *x = draw_operand(d, without_zeros(draw_shape_of(&d->random, 1, 6)), -2, 2);
    return tg_categorical(x, "noise");
}

/* ---- The table -------------------------------------------------------------------------- */

#define NOT_FLOAT  "its value is not a float"
#define NO_OPERAND "it takes no floats"

/* clang-format off */
static const sample compositions[] = {
    { "pow_num",           record_pow_num,        { NULL },                                   false, NULL },
    { "add_num",           record_with_number,    { .with_number = tg_add_num_at },           false, NULL },
    { "sub_num",           record_with_number,    { .with_number = tg_sub_num_at },           false, NULL },
    { "rsub_num",          record_from_number,    { .from_number = tg_rsub_num_at },          false, NULL },
    { "mul_num",           record_with_number,    { .with_number = tg_mul_num_at },           false, NULL },
    { "div_num",           record_with_number,    { .with_number = tg_div_num_at },           false, NULL },
    { "rdiv_num",          record_from_number,    { .from_number = tg_rdiv_num_at },          false, NULL },
    { "maximum_num",       record_with_number,    { .with_number = tg_maximum_num_at },       false, NULL },
    { "minimum_num",       record_with_number,    { .with_number = tg_minimum_num_at },       false, NULL },
    { "clamp",             record_clamp,          { NULL },                                   false, NULL },
    { "log_sigmoid",       record_log_sigmoid,    { NULL },                                   false, NULL },
    { "not_equal",         record_comparison,     { .binary = tg_not_equal_at },              false, NOT_FLOAT },
    { "greater",           record_comparison,     { .binary = tg_greater_at },                false, NOT_FLOAT },
    { "greater_equal",     record_comparison,     { .binary = tg_greater_equal_at },          false, NOT_FLOAT },
    { "equal_num",         record_compared,       { .with_number = tg_equal_num_at },         false, NOT_FLOAT },
    { "not_equal_num",     record_compared,       { .with_number = tg_not_equal_num_at },     false, NOT_FLOAT },
    { "less_num",          record_compared,       { .with_number = tg_less_num_at },          false, NOT_FLOAT },
    { "less_equal_num",    record_compared,       { .with_number = tg_less_equal_num_at },    false, NOT_FLOAT },
    { "greater_num",       record_compared,       { .with_number = tg_greater_num_at },       false, NOT_FLOAT },
    { "greater_equal_num", record_compared,       { .with_number = tg_greater_equal_num_at }, false, NOT_FLOAT },
    { "is_nan",            record_kind_of_number, { .unary = tg_is_nan_at },                  false, NOT_FLOAT },
    { "is_infinite",       record_kind_of_number, { .unary = tg_is_infinite_at },             false, NOT_FLOAT },
    { "is_finite",         record_kind_of_number, { .unary = tg_is_finite_at },               false, NOT_FLOAT },
    { "xor",               record_xor,            { NULL },                                   false, NOT_FLOAT },
    { "any",               record_of_bools,       { .reduction = tg_any_with },               false, NOT_FLOAT },
    { "all",               record_of_bools,       { .reduction = tg_all_with },               false, NOT_FLOAT },
    { "prod",              record_prod,           { NULL },                                   false, NULL },
    { "logsumexp",         record_logsumexp,      { NULL },                                   false, NULL },
    { "variance",          record_variance,       { .spread = tg_variance_with },             false, NULL },
    { "std",               record_variance,       { .spread = tg_std_with },                  false, NULL },
    { "norm",              record_norm,           { NULL },                                   false, NULL },
    { "cummax",            record_along,          { .along = tg_cummax_at },                  false, NULL },
    { "sort",              record_sort,           { NULL },                                   false, NULL },
    { "top_k",             record_top_k,          { NULL },                                   false, NULL },
    { "unsqueeze",         record_unsqueeze,      { NULL },                                   false, NULL },
    { "squeeze",           record_squeeze,        { NULL },                                   false, NULL },
    { "transpose",         record_transpose,      { NULL },                                   false, NULL },
    { "diagonal",          record_diagonal,       { .diagonal = tg_diagonal_at },             false, NULL },
    { "tril",              record_diagonal,       { .diagonal = tg_tril_at },                 false, NULL },
    { "triu",              record_diagonal,       { .diagonal = tg_triu_at },                 false, NULL },
    { "diag",              record_diag,           { NULL },                                   false, NULL },
    { "pick",              record_pick,           { NULL },                                   false, NULL },
    { "eye",               record_eye,            { NULL },                                   false, NO_OPERAND },
    { "tril_mask",         record_tril_mask,      { NULL },                                   false, NOT_FLOAT },
    { "stack",             record_stack,          { NULL },                                   false, NULL },
    { "split",             record_split,          { NULL },                                   false, NULL },
    { "roll",              record_roll,           { NULL },                                   false, NULL },
    { "repeat",            record_times,          { .times = tg_repeat_at },                  false, NULL },
    { "tile",              record_times,          { .times = tg_tile_at },                    false, NULL },
    { "update_slice",      record_update_slice,   { NULL },                                   false, NULL },
    { "one_hot",           record_one_hot,        { NULL },                                   false, NO_OPERAND },
    { "segment_sum",       record_segment,        { .segment = tg_segment_sum_at },           false, NULL },
    { "segment_mean",      record_segment,        { .segment = tg_segment_mean_at },          false, NULL },
    { "segment_max",       record_segment,        { .segment = tg_segment_max_at },           false, NULL },
    { "segment_min",       record_segment,        { .segment = tg_segment_min_at },           false, NULL },
    { "segment_softmax",   record_segment,        { .segment = tg_segment_softmax_at },       false, NULL },
    { "outer",             record_outer,          { NULL },                                   false, NULL },
    { "dot (any axes)",    record_dot_axes,       { NULL },                                   false, NULL },
    { "einsum",            record_einsum,         { NULL },                                   false, NULL },
    { "bernoulli",         record_bernoulli,      { NULL },                                   false, NO_OPERAND },
    { "permutation",       record_permutation,    { NULL },                                   false, NO_OPERAND },
    { "categorical",       record_categorical,    { NULL },                                   false, NOT_FLOAT },
    { "margin_ranking",    record_margin_ranking, { NULL },                                   false, NULL },
    { "bernoulli_nll",     record_bernoulli_nll,  { NULL },                                   false, NULL },
    { "gaussian_nll",      record_gaussian_nll,   { NULL },                                   false, NULL },
    { "poisson_nll",       record_poisson_nll,    { NULL },                                   false, NULL },
    { "gaussian_kl",       record_gaussian_kl,    { NULL },                                   false, NULL },
    { "soft_shrink",       record_shrink,         { .with_number = tg_soft_shrink_at },       false, NULL },
    { "hard_shrink",       record_shrink,         { .with_number = tg_hard_shrink_at },       false, NULL },
    { "tanh_shrink",       record_tanh_shrink,    { NULL },                                   false, NULL },
    { "threshold",         record_threshold,      { NULL },                                   false, NULL },
    { "custom op",         record_custom,         { NULL },                                   false, NULL },
    { NULL,                NULL,                  { NULL },                                   false, NULL },
};
/* clang-format on */

#undef NOT_FLOAT
#undef NO_OPERAND

#endif
