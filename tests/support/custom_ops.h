/* custom_ops.h: operations as a user would write them, for test_custom.c and test_check.c. */
#ifndef TG_TESTS_CUSTOM_OPS_H
#define TG_TESTS_CUSTOM_OPS_H

#include "both_ways.h"

/* x^3, in f64 and f32. */
static inline tg_status cube_run(const tg_call *k)
{
    for (int64_t i = 0; i < k->out.count; i++) {
        if (k->out.dtype == TG_F32) {
            const float x = ((const float *)k->in[0].data)[i];
            ((float *)k->out.data)[i] = x * x * x;
        } else {
            const double x = ((const double *)k->in[0].data)[i];
            ((double *)k->out.data)[i] = x * x * x;
        }
    }
    return TG_OK;
}

static inline void cube_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y;
    to[0] = tg_mul(g, tg_mul_num(tg_square(in[0]), 3));
}

/* Any types; the result has the first operand's. */
static inline tg_status like_first(const void *attr, int arity, const tg_type *in, tg_type *out,
                                   tg_error *error)
{
    (void)attr, (void)arity, (void)error;
    *out = in[0];
    return TG_OK;
}

static inline tg_op *new_cube(void)
{
    tg_op *cube = tg_op_new(store, "cube", .run = cube_run, .shape = like_first, .vjp = cube_vjp);
    ck_assert_ptr_nonnull(cube);
    return cube;
}

/* x[index]: a float vector [n] and i64 indices of any shape. */
static inline tg_status pick_run(const tg_call *k)
{
    const double *x = k->in[0].data;
    const int64_t *index = k->in[1].data;
    double *y = k->out.data;
    for (int64_t i = 0; i < k->out.count; i++) {
        if (index[i] < 0 || index[i] >= k->in[0].count) {
            snprintf(k->error->text, sizeof k->error->text, "there is no element %lld",
                     (long long)index[i]);
            return TG_ERR_INDEX;
        }
        y[i] = x[index[i]];
    }
    return TG_OK;
}

static inline tg_status pick_shape(const void *attr, int arity, const tg_type *in, tg_type *out,
                                   tg_error *error)
{
    (void)attr, (void)arity;
    if (in[0].shape.rank != 1 || in[1].dtype != TG_I64) {
        snprintf(error->text, sizeof error->text, "needs a vector and i64 indices");
        return TG_ERR_SHAPE;
    }
    *out = (tg_type){ in[0].dtype, in[1].shape };
    return TG_OK;
}

static inline void pick_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y;
    tg_tensor *flat = tg_reshape(g, TG_SHAPE(-1)), *index = tg_reshape(in[1], TG_SHAPE(-1));
    to[0] = tg_scatter_add(flat, index, 0, tg_count(in[0]));
}

static inline tg_op *new_pick(void)
{
    tg_op *pick =
        tg_op_new(store, "pick", .run = pick_run, .shape = pick_shape, .vjp = pick_vjp, .arity = 2);
    ck_assert_ptr_nonnull(pick);
    return pick;
}

#endif
