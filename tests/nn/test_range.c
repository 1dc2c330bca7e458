/* test_range.c: what squares, multiplies or divides on its way holds at both ends of the range of
 * f32: values and gradients of 1e30, 1 and 1e-25 against f64. What f32 cannot represent, as the
 * variance of such numbers, is left out. */
#include "tests/support/suite.h"
#include "tests/support/random.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <tapegrad.h>

enum { BATCH = 6, CHANNELS = 4, LENGTH = 10, COUNT = BATCH * CHANNELS * LENGTH };

/* ---- Compositions ----------------------------------------------------------------------- */

#define OF(name, ...)                                                                              \
    static tg_tensor *name(tg_store *store, tg_tensor *x)                                          \
    {                                                                                              \
        (void)store;                                                                               \
        return __VA_ARGS__;                                                                        \
    }

/* x is [BATCH, CHANNELS, LENGTH]; a vector beside each. */
static tg_tensor *other(tg_tensor *x) { return tg_roll(x, 0, 1); }

#define NORM(name, type, ...)                                                                      \
    static tg_tensor *name(tg_store *store, tg_tensor *x)                                          \
    {                                                                                              \
        const tg_##type layer = tg_##type##_new(store, "norm", __VA_ARGS__);                       \
        return tg_##type##_apply(&layer, x);                                                       \
    }
NORM(layer_norm, layer_norm, TG_SHAPE(LENGTH), .eps = 1.2e-38)
NORM(layer_norm_of_axes, layer_norm, TG_SHAPE(CHANNELS, LENGTH), .eps = 1.2e-38)
NORM(rms_norm, rms_norm, TG_SHAPE(LENGTH), .eps = 1.2e-38)
NORM(group_norm, group_norm, 2, CHANNELS, .eps = 1.2e-38)
NORM(instance_norm, instance_norm, CHANNELS, .eps = 1.2e-38)

static tg_tensor *batch_norm(tg_store *store, tg_tensor *x)
{
    const tg_batch_norm layer = tg_batch_norm_new(store, "norm", CHANNELS, .eps = 1.2e-38);
    return tg_batch_norm_apply(&layer, x, true);
}
static tg_tensor *batch_norm_of_rows(tg_store *store, tg_tensor *x)
{
    const tg_batch_norm layer = tg_batch_norm_new(store, "norm", LENGTH, .eps = 1.2e-38);
    return tg_batch_norm_apply(&layer, tg_reshape(x, TG_SHAPE(BATCH * CHANNELS, LENGTH)), true);
}

OF(norm, tg_norm(x))
OF(norm_of_rows, tg_norm(x, .axis = -1))
OF(norm_3, tg_norm(x, .axis = -1, .p = 3))
OF(norm_1, tg_norm(x, .axis = -1, .p = 1))
OF(norm_of_columns, tg_norm(x, .axis = 0))
OF(std, tg_std(x, .axis = -1))
OF(std_of_columns, tg_std(x, .axis = 0))
OF(variance, tg_variance(x, .axis = -1))
OF(cosine, tg_cosine_similarity(x, other(x)))
OF(cosine_loss, tg_cosine_embedding(tg_reshape(x, TG_SHAPE(BATCH, CHANNELS *LENGTH)),
                                    tg_reshape(other(x), TG_SHAPE(BATCH, CHANNELS *LENGTH)),
                                    tg_full(tg_tape_of(x), tg_dtype_of(x), TG_SHAPE(BATCH), 1)))
OF(triplet, tg_triplet(x, other(x), other(other(x)), .margin = 1e-6))
OF(global_norm, tg_global_norm(TG_LIST(x, other(x))))
OF(l1, tg_l1_loss(x, other(x)))
OF(mse, tg_mse(x, other(x)))
OF(huber, tg_huber(x, other(x)))
OF(smooth_l1, tg_smooth_l1(x, other(x)))
OF(hinge, tg_hinge(x, tg_full(tg_tape_of(x), tg_dtype_of(x), tg_shape_from(x), 1)))
OF(squared_hinge, tg_squared_hinge(x, tg_full(tg_tape_of(x), tg_dtype_of(x), tg_shape_from(x), 1)))
OF(softmax, tg_softmax(x))
OF(log_softmax, tg_log_softmax(x))
OF(logsumexp, tg_logsumexp(x, .axis = -1))
OF(mean, tg_mean(x))
OF(quotient, tg_div(x, tg_add(tg_abs(other(x)), tg_abs(x))))
OF(glu, tg_glu(x, -1))
OF(maxout, tg_maxout(x, -1, 2))
OF(elu, tg_elu(x, 1))
OF(celu, tg_celu(x, 1))
OF(leaky_relu, tg_leaky_relu(x, 0.1))

static tg_tensor *clipped(tg_store *store, tg_tensor *x)
{
    (void)store;
    tg_tensor *out[2];
    tg_clip_norm(TG_LIST(x, other(x)), 1, out);
    return tg_add(out[0], out[1]);
}

typedef tg_tensor *(*composition)(tg_store *store, tg_tensor *x);
#define EACH(name)                                                                                 \
    static tg_tensor *activation_##name(tg_store *store, tg_tensor *x)                             \
    {                                                                                              \
        (void)store;                                                                               \
        return tg_##name(x);                                                                       \
    }
#define ACTIVATIONS(X)                                                                             \
    X(relu)                                                                                        \
    X(relu6)                                                                                       \
    X(hard_tanh) X(hard_sigmoid) X(hard_swish) X(selu) X(gelu) X(gelu_tanh) X(softsign) X(silu)    \
        X(mish) X(gaussian) X(softplus) X(sigmoid) X(log_sigmoid) X(tanh) X(exp) X(expm1) X(atan)  \
            X(asinh) X(erf) X(erfc) X(cbrt)
ACTIVATIONS(EACH)

static const struct row {
    const char *name;
    composition of;
} rows[] = {
#define ROW(name)        { #name, name },
#define ACTIVATION(name) { #name, activation_##name },
    ROW(layer_norm) ROW(layer_norm_of_axes) ROW(rms_norm) ROW(group_norm) ROW(instance_norm)
        ROW(batch_norm) ROW(batch_norm_of_rows) ROW(norm) ROW(norm_of_rows) ROW(norm_3) ROW(norm_1)
            ROW(norm_of_columns) ROW(std) ROW(std_of_columns) ROW(variance) ROW(cosine)
                ROW(cosine_loss) ROW(triplet) ROW(global_norm) ROW(clipped) ROW(l1) ROW(mse)
                    ROW(huber) ROW(smooth_l1) ROW(hinge) ROW(squared_hinge) ROW(softmax)
                        ROW(log_softmax) ROW(logsumexp) ROW(mean) ROW(quotient) ROW(glu) ROW(maxout)
                            ROW(elu) ROW(celu) ROW(leaky_relu) ACTIVATIONS(ACTIVATION)
};
enum { ROWS = sizeof rows / sizeof *rows };

/* ---- Against f64 ------------------------------------------------------------------------ */

typedef struct results {
    int64_t count;
    double value[COUNT], gradient[COUNT];
} results;

static results compute(const struct row *r, tg_dtype dtype, const float *numbers, bool naive)
{
    results out = { 0 };
    rng random = rng_of(1, 2);
    tg_store *store = tg_store_new(.dtype = dtype, .keep_denormals = true);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *in = tg_input(tape, "x", TG_F32, TG_SHAPE(BATCH, CHANNELS, LENGTH));
    tg_feed(in, numbers, COUNT);
    tg_tensor *x = tg_cast(in, dtype), *y = r->of(store, x);
    out.count = tg_count(y);
    ck_assert_msg(y && out.count <= COUNT, "%s: %s %s", r->name, tg_tape_error(tape),
                  tg_store_error(store));
    double weight[COUNT];
    for (int64_t i = 0; i < out.count; i++) weight[i] = rng_between(&random, 0.5, 1);
    tg_tensor *by = tg_cast(tg_constant(tape, TG_F64, tg_shape_from(y), weight), tg_dtype_of(y));
    tg_tensor *g = tg_grad(tg_sum(tg_mul(y, by)), x);
    tg_tensor *kept[] = { tg_cast(y, TG_F64), tg_cast(g, TG_F64) };
    tg_plan *plan = tg_compile(tape, kept[0], kept[1], .pure = true, .naive = naive);
    ck_assert_msg(plan != NULL, "%s: %s", r->name, tg_tape_error(tape));
    ck_assert_int_eq(tg_run(plan), TG_OK);
    ck_assert_int_eq(tg_get(kept[0], out.value, (size_t)out.count), TG_OK);
    ck_assert_int_eq(tg_get(kept[1], out.gradient, COUNT), TG_OK);
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
    return out;
}

/* Is [got] what f32 can hold of [want], to some ulps of the largest beside it? */
static bool holds(double got, double want, double largest)
{
    if (isnan(want)) return isnan(got);
    if (fabs(want) > (double)FLT_MAX) return true; /* cannot be */
    return fabs(got - want) <= 1e-5 * largest + 1e-44;
}

static void check(const struct row *r, double scale, const char *what, int64_t count,
                  const double *got, const double *want)
{
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        if (fabs(want[i]) <= (double)FLT_MAX) largest = fmax(largest, fabs(want[i]));
    for (int64_t i = 0; i < count; i++)
        ck_assert_msg(holds(got[i], want[i], largest), "%s of numbers like %g: %s %d is %g, not %g",
                      r->name, scale, what, (int)i, got[i], want[i]);
}

START_TEST(compositions_hold_over_the_range_of_f32)
{
    static const double scales[] = { 1e30, 1, 1e-25 };
    const struct row *r = &rows[_i];
    for (int s = 0; s < 3; s++) {
        float numbers[COUNT];
        rng random = rng_of(3, 4);
        for (int i = 0; i < COUNT; i++)
            numbers[i] = (float)(scales[s] * rng_between(&random, -1, 1));
        const results want = compute(r, TG_F64, numbers, true);
        for (int naive = 0; naive < 2; naive++) {
            const results got = compute(r, TG_F32, numbers, naive);
            ck_assert_int_eq(got.count, want.count);
            check(r, scales[s], "value", want.count, got.value, want.value);
            check(r, scales[s], "slope", COUNT, got.gradient, want.gradient);
        }
    }
}
END_TEST

/* Neither too large nor too small a gradient makes a step of 0 or an infinite one. */
START_TEST(a_clipped_step_is_as_long_as_it_should_be)
{
    static const double scales[] = { 3e38, 1e30, 1, 1e-25 };
    for (int s = 0; s < 4; s++) {
        tg_store *store = tg_store_new();
        tg_var *w = tg_param(store, "w", TG_SHAPE(4), tg_init_constant(0));
        tg_tape *tape = tg_tape_new(store);
        const float slope[] = { 1, -1, 1, -1 };
        tg_tensor *by = tg_mul_num(tg_constant(tape, TG_F32, TG_SHAPE(4), slope), scales[s]);
        tg_gd(tg_sum(tg_mul(tg_read(tape, w), by)), .lr = 1, .clip_norm = 1e-26);
        tg_plan *plan = tg_compile(tape);
        ck_assert_msg(plan != NULL, "%s", tg_tape_error(tape));
        ck_assert_int_eq(tg_run(plan), TG_OK);
        float values[4];
        ck_assert_int_eq(tg_var_get(w, values, 4), TG_OK);
        for (int i = 0; i < 4; i++)
            ck_assert_double_eq_tol((double)values[i], -(double)slope[i] * 0.5e-26, 1e-32);
        tg_plan_free(plan);
        tg_tape_free(tape);
        tg_store_free(store);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("range");
    TCase *cases = tcase_create("f32");
    tcase_add_loop_test(cases, compositions_hold_over_the_range_of_f32, 0, ROWS);
    tcase_add_test(cases, a_clipped_step_is_as_long_as_it_should_be);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
