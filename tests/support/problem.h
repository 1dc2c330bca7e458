/* problem.h: what the optimizers' tests minimise: loss = sum(w^4 / 4 - pull w), whose gradient is
 * w^3 - pull, over the five elements of two parameters, "layer.weight" and "layer.bias". */
#ifndef TG_TESTS_PROBLEM_H
#define TG_TESTS_PROBLEM_H

#include "recorded.h"

enum { WEIGHTS = 3, BIASES = 2, ALL = WEIGHTS + BIASES };

static const double start[ALL] = { 0.5, -1.25, 2, 0.75, -0.3 };
static const double pull[ALL] = { 1, -0.5, 0.25, 2, 0 };

static tg_var *weight, *bias;

static inline void open_problem(void)
{
    open_tape();
    weight = tg_param(store, "layer.weight", TG_SHAPE(WEIGHTS), tg_init_zeros());
    bias = tg_param(store, "layer.bias", TG_SHAPE(BIASES), tg_init_zeros());
    ck_assert_int_eq(tg_var_set(weight, start, WEIGHTS), TG_OK);
    ck_assert_int_eq(tg_var_set(bias, start + WEIGHTS, BIASES), TG_OK);
}

static inline tg_tensor *part_of_loss(tg_var *var, int64_t count, const double *pulls)
{
    tg_tensor *w = tg_read(tape, var);
    tg_tensor *quartic = tg_mul_num(tg_square(tg_square(w)), 0.25);
    tg_tensor *linear = tg_mul(w, tg_constant(tape, TG_F64, TG_SHAPE(count), pulls));
    return tg_sum(tg_sub(quartic, linear));
}

static inline tg_tensor *make_loss(void)
{
    tg_tensor *weights = part_of_loss(weight, WEIGHTS, pull);
    tg_tensor *biases = part_of_loss(bias, BIASES, pull + WEIGHTS);
    return tg_add(weights, biases);
}

static inline void get_parameters(double w[ALL])
{
    ck_assert_int_eq(tg_var_get(weight, w, WEIGHTS), TG_OK);
    ck_assert_int_eq(tg_var_get(bias, w + WEIGHTS, BIASES), TG_OK);
}

#endif
