/* closure_custom.h: an operation of a user's, for the closure matrix: y = k * sum over the last
 * axis of w x^2, with a number k as its attribute, a shape rule and kernels for both dtypes. */
#ifndef TG_TESTS_CLOSURE_CUSTOM_H
#define TG_TESTS_CLOSURE_CUSTOM_H

#include "closure_samples.h"

#define WEIGHTED(T)                                                                                \
    for (int64_t i = 0; i < k->out.count; i++) {                                                   \
        T total = 0;                                                                               \
        const T *x = (const T *)k->in[0].data + i * n, *w = k->in[1].data;                         \
        for (int64_t j = 0; j < n; j++) total += w[j] * x[j] * x[j];                               \
        ((T *)k->out.data)[i] = (T)factor * total;                                                 \
    }

static tg_status weighted_run(const tg_call *k)
{
    const double factor = *(const double *)k->attr;
    const int64_t n = k->in[1].count;
    if (k->out.dtype == TG_F32) WEIGHTED(float)
    else WEIGHTED(double)
    return TG_OK;
}

static tg_status weighted_shape(const void *attr, int arity, const tg_type *in, tg_type *out,
                                tg_error *error)
{
    (void)attr, (void)arity, (void)error;
    *out = in[0];
    out->shape.dim[--out->shape.rank] = 0;
    return TG_OK;
}

static void weighted_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    tg_tensor *upon = tg_unsqueeze(tg_mul_num(g, *(const double *)tg_attr_of(y)), -1);
    to[0] = tg_mul(upon, tg_mul_num(tg_mul(in[0], in[1]), 2));
    tg_axes batch = { .count = tg_rank(g) };
    for (int i = 0; i < batch.count; i++) batch.axis[i] = i;
    tg_tensor *each = tg_mul(upon, tg_square(in[0]));
    to[1] = batch.count ? tg_sum(each, .axes = batch) : each;
}

static tg_tensor *record_custom(draw *d, const sample *s, const tg_op *op)
{
    (void)s, (void)op;
    rng *r = &d->random;
    if (!d->custom)
        d->custom = tg_op_new(d->store, "weighted_squares", .run = weighted_run,
                              .shape = weighted_shape, .vjp = weighted_vjp, .arity = 2);
    const tg_shape shape = draw_shape_of(r, 1, 6);
    const double factor = rng_between(r, 0.5, 2);
    tg_tensor *x = draw_operand(d, shape, -2, 2);
    tg_tensor *w = shape.rank == 1 && rng_once_in(r, 3)
                       ? x
                       : draw_operand(d, TG_SHAPE(shape.dim[shape.rank - 1]), -2, 2);
    return tg_apply(d->custom, TG_LIST(x, w), .attr = &factor, .attr_size = sizeof factor);
}

#endif
