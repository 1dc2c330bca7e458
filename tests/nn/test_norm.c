/* test_norm.c: batch, layer, RMS, group and instance norm, and the bilinear layer: values,
 * gradients and gradients of gradients against known numbers, running statistics, and what is
 * refused. */
#include "tests/support/both_ways.h"
#include "norm_values.h"

/* ---- Operands --------------------------------------------------------------------------- */

/* lift + scale * sin(step i + start), which norm_values.h was computed with. */
static void sines(int count, double step, double start, double scale, double lift, double *out)
{
    for (int i = 0; i < count; i++) out[i] = lift + scale * sin(step * i + start);
}

static void feed_doubles(tg_tensor *x, int count, const double *data)
{
    float narrow[KNOWN_VALUES];
    for (int i = 0; i < count; i++) narrow[i] = (float)data[i];
    const bool wide = tg_dtype_of(x) == TG_F64;
    ck_assert_int_eq(
        tg_feed_as(x, tg_dtype_of(x), wide ? (const void *)data : narrow, (size_t)count), TG_OK);
}

static void set_doubles(tg_var *var, const double *data)
{
    float narrow[KNOWN_VALUES];
    const int64_t count = tg_shape_count(tg_var_shape(var));
    ck_assert_int_le(count, KNOWN_VALUES);
    for (int64_t i = 0; i < count; i++) narrow[i] = (float)data[i];
    const bool wide = tg_var_dtype(var) == TG_F64;
    ck_assert_int_eq(
        tg_var_set_as(var, tg_var_dtype(var), wide ? (const void *)data : narrow, (size_t)count),
        TG_OK);
}

static void set_affine(tg_var *weight, tg_var *bias)
{
    double values[KNOWN_VALUES];
    sines(KNOWN_VALUES, 0.9, 0.1, 0.5, 1, values);
    set_doubles(weight, values);
    sines(KNOWN_VALUES, 0.7, 0.3, 0.5, 0, values);
    if (bias) set_doubles(bias, values);
}

/* ---- The layers of the table ------------------------------------------------------------ */

/* Makes the layer, gives its weight and bias, and applies it. */
typedef tg_tensor *(*layer_of)(tg_tensor *x, tg_var *vars[2]);

static tg_tensor *batch_training(tg_tensor *x, tg_var *vars[2])
{
    const bool vectors = tg_rank(x) == 2;
    const tg_batch_norm layer =
        tg_batch_norm_new(store, "bn", tg_dim(x, 1), .eps = vectors ? 1e-3 : 1e-5);
    vars[0] = layer.weight, vars[1] = layer.bias;
    return tg_batch_norm_apply(&layer, x, true);
}

static tg_tensor *batch_inference(tg_tensor *x, tg_var *vars[2])
{
    const tg_batch_norm layer = tg_batch_norm_new(store, "bn", 2);
    set_doubles(layer.running_mean, (double[]){ 0.3, -0.2 });
    set_doubles(layer.running_var, (double[]){ 1.5, 0.7 });
    vars[0] = layer.weight, vars[1] = layer.bias;
    return tg_batch_norm_apply(&layer, x, false);
}

static tg_tensor *layer_rows(tg_tensor *x, tg_var *vars[2])
{
    const tg_shape shape = tg_rank(x) == 2 ? TG_SHAPE(4) : TG_SHAPE(2, 3);
    const tg_layer_norm layer = tg_layer_norm_new(store, "ln", shape);
    vars[0] = layer.weight, vars[1] = layer.bias;
    return tg_layer_norm_apply(&layer, x);
}

static tg_tensor *rms_rows(tg_tensor *x, tg_var *vars[2])
{
    const tg_rms_norm layer = tg_rms_norm_new(store, "rms", TG_SHAPE(4), .eps = 1e-5);
    vars[0] = layer.weight, vars[1] = NULL;
    return tg_rms_norm_apply(&layer, x);
}

static tg_tensor *two_groups(tg_tensor *x, tg_var *vars[2])
{
    const tg_group_norm layer = tg_group_norm_new(store, "gn", 2, tg_dim(x, 1));
    vars[0] = layer.weight, vars[1] = layer.bias;
    return tg_group_norm_apply(&layer, x);
}

static tg_tensor *instances(tg_tensor *x, tg_var *vars[2])
{
    const tg_instance_norm layer = tg_instance_norm_new(store, "in", 2, .affine = true);
    vars[0] = layer.weight, vars[1] = layer.bias;
    return tg_instance_norm_apply(&layer, x);
}

static tg_tensor *pairs(tg_tensor *x, tg_var *vars[2])
{
    const tg_bilinear layer = tg_bilinear_new(store, "pair", 3, 2, 2);
    vars[0] = layer.weight, vars[1] = layer.bias;
    return tg_bilinear_apply(&layer, tg_slice(x, 1, 0, 3, 1), tg_slice(x, 1, 3, 5, 1));
}

static const struct {
    layer_of record;
    tg_shape shape;
} layers[] = {
    { batch_training, { 4, { 2, 2, 2, 2 } } }, { batch_training, { 2, { 4, 3 } } },
    { batch_inference, { 3, { 2, 2, 3 } } },   { layer_rows, { 2, { 3, 4 } } },
    { layer_rows, { 3, { 2, 2, 3 } } },        { rms_rows, { 2, { 3, 4 } } },
    { two_groups, { 3, { 2, 4, 2 } } },        { two_groups, { 2, { 2, 6 } } },
    { instances, { 3, { 2, 2, 3 } } },         { pairs, { 2, { 3, 5 } } },
};

_Static_assert(COUNT_OF(layers) == COUNT_OF(known_norms), "a layer for each row");

typedef struct recorded {
    tg_tensor *y, *in[KNOWN_OPERANDS]; /* x, weight, bias */
    size_t count;
} recorded;

/* The layer on a tape of its own, in that dtype. */
static recorded record_layer(int i, tg_dtype dtype)
{
    double data[KNOWN_VALUES];
    tg_var *vars[2];
    close_tape();
    store = tg_store_new(.seed = 7, .dtype = dtype);
    tape = tg_tape_new(store);
    recorded r = { .count = 1 };
    r.in[0] = tg_input(tape, "x", dtype, layers[i].shape);
    sines(KNOWN_VALUES, 1.7, 0.5, 2, 0.3, data);
    feed_doubles(r.in[0], (int)tg_count(r.in[0]), data);
    r.y = layers[i].record(r.in[0], vars);
    ck_no_error();
    ck_shape(r.y, i == COUNT_OF(layers) - 1 ? TG_SHAPE(3, 2) : layers[i].shape);
    set_affine(vars[0], vars[1]);
    for (int v = 0; v < 2; v++)
        if (vars[v]) r.in[r.count++] = tg_read(tape, vars[v]);
    return r;
}

START_TEST(known_values_and_gradients_of_both_orders)
{
    const known *want = &known_norms[_i / 2];
    const bool wide = _i % 2 == 0;
    const double tolerance = wide ? 1e-10 : 1e-6;
    const recorded r = record_layer(_i / 2, wide ? TG_F64 : TG_F32);
    tg_tensor *first[KNOWN_OPERANDS], *second[KNOWN_OPERANDS];
    double u[KNOWN_VALUES];
    tg_tensor *weights = tg_input(tape, "u", tg_dtype_of(r.y), tg_shape_from(r.y));
    sines(KNOWN_VALUES, 1.3, 0.2, 1, 0, u);
    feed_doubles(weights, (int)tg_count(r.y), u);

    ck_both_ways(r.y, (size_t)tg_count(r.y), want->y, tolerance);
    ck_assert_int_eq(tg_vjp(r.y, weights, (tg_list){ r.count, r.in }, first), TG_OK);
    tg_tensor *penalty = tg_sum(tg_square(first[0]));
    ck_assert_int_eq(tg_vjp(penalty, NULL, (tg_list){ r.count, r.in }, second), TG_OK);
    for (size_t i = 0; i < r.count; i++) {
        const size_t count = (size_t)tg_count(r.in[i]);
        ck_both_ways(first[i], count, want->first[i], tolerance);
        ck_both_ways(second[i], count, want->second[i], tolerance);
    }
}
END_TEST

START_TEST(gradients_of_both_orders_agree_with_differences)
{
    const recorded r = record_layer(_i, TG_F64);
    const tg_list in = { r.count > 2 ? 3 : 2, r.in };
    ck_assert_msg(tg_check_gradient(r.y, in) == TG_OK, "%s: %s", known_norms[_i].name,
                  tg_tape_error(tape));
}
END_TEST

/* ---- Running statistics ----------------------------------------------------------------- */

/* Three steps on the batches that the known numbers below were computed with. */
static void move_three_times(const tg_batch_norm *layer, bool naive)
{
    double data[12];
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(3, 2, 2));
    tg_tensor *y = tg_batch_norm_apply(layer, x, true);
    tg_plan *plan = tg_compile(tape, y, .naive = naive);
    for (int k = 0; k < 3; k++) {
        sines(12, 2.1, 0.5 + k, 2, 0.3 * k, data);
        feed_doubles(x, 12, data);
        run(plan);
    }
    tg_plan_free(plan);
}

static void ck_var(const tg_var *var, int count, const double *want)
{
    double got[8];
    ck_assert_int_eq(tg_var_get(var, got, (size_t)count), TG_OK);
    for (int i = 0; i < count; i++) ck_close(got[i], want[i], 1e-14);
}

START_TEST(running_statistics_move_as_pytorchs)
{
    const tg_batch_norm layer = tg_batch_norm_new(store, "bn", 2);
    move_three_times(&layer, _i);
    int64_t batches = 0;
    ck_var(layer.running_mean, 2, (double[]){ 0.089409966006798569, 0.085901197141822733 });
    ck_var(layer.running_var, 2, (double[]){ 1.3788575858777194, 1.380073292435221 });
    ck_assert_int_eq(tg_var_get(layer.num_batches_tracked, &batches, 1), TG_OK);
    ck_assert_int_eq(batches, 3);
}
END_TEST

START_TEST(cumulative_statistics_are_the_means_over_the_batches)
{
    const tg_batch_norm layer = tg_batch_norm_new(store, "bn", 2, .cumulative = true);
    move_three_times(&layer, _i);
    ck_var(layer.running_mean, 2, (double[]){ 0.30886569714980305, 0.29530109371736424 });
    ck_var(layer.running_var, 2, (double[]){ 2.3981280847637163, 2.4006842465180824 });
}
END_TEST

START_TEST(momentum_is_the_share_of_the_new_batch)
{
    const double x[] = { 1, 3, 5, 7 };
    const tg_batch_norm still = tg_batch_norm_new(store, "still", 1, .momentum = 0);
    const tg_batch_norm quick = tg_batch_norm_new(store, "quick", 1, .momentum = 1);
    tg_tensor *rows = fed("x", TG_SHAPE(4, 1), x);
    tg_batch_norm_apply(&still, rows, true);
    tg_batch_norm_apply(&quick, rows, true);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    ck_var(still.running_mean, 1, (double[]){ 0 });
    ck_var(still.running_var, 1, (double[]){ 1 });
    ck_var(quick.running_mean, 1, (double[]){ 4 });
    ck_var(quick.running_var, 1, (double[]){ 20.0 / 3 });
}
END_TEST

START_TEST(training_normalises_by_the_batch_and_inference_by_what_was_seen)
{
    const double x[] = { 1, 3, 5, 7 };
    const tg_batch_norm layer = tg_batch_norm_new(store, "bn", 1, .momentum = 1, .eps = 1e-12);
    tg_tensor *rows = fed("x", TG_SHAPE(4, 1), x), *other = fed("z", TG_SHAPE(1, 1), x);
    const double r5 = sqrt(5), seen = sqrt(20.0 / 3);
    tg_tensor *before = tg_batch_norm_apply(&layer, rows, false);
    ck_assert_uint_eq(tg_assign_count(tape), 0);
    ck_both_ways(before, 4, x, 1e-10);
    tg_tensor *training = tg_batch_norm_apply(&layer, rows, true);
    ck_both_ways(training, 4, (double[]){ -3 / r5, -1 / r5, 1 / r5, 3 / r5 }, 1e-10);
    ck_assert_uint_eq(tg_assign_count(tape), 3);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    ck_both_ways(tg_batch_norm_apply(&layer, other, false), 1, (double[]){ -3 / seen }, 1e-10);
    ck_no_error();
}
END_TEST

START_TEST(a_layer_moves_its_statistics_once_on_a_tape_and_a_copy_without_them_never)
{
    const tg_batch_norm layer = tg_batch_norm_new(store, "bn", 2);
    tg_batch_norm copy = layer;
    copy.running_mean = copy.running_var = copy.num_batches_tracked = NULL;
    tg_tensor *x = fed("x", TG_SHAPE(3, 2), (double[]){ 1, 2, 3, 5, 8, 13 });
    tg_tensor *y = tg_batch_norm_apply(&layer, x, true), *z = tg_batch_norm_apply(&copy, x, true);
    double want[6];
    compute(y, false, 6, want);
    ck_both_ways(z, 6, want, 1e-15);
    ck_assert_uint_eq(tg_assign_count(tape), 3);
    ck_refused(tg_batch_norm_apply(&layer, x, true), TG_ERR_STATE, "\"bn.running_mean\"");
    ck_assert_uint_eq(tg_assign_count(tape), 3);
}
END_TEST

START_TEST(unrolled_steps_move_the_statistics_one_after_the_other)
{
    const tg_batch_norm layer = tg_batch_norm_new(store, "bn", 1, .momentum = 0.5);
    tg_tensor *x = fed("x", TG_SHAPE(2, 1), (double[]){ 1, 3 });
    tg_unroll(tape);
    for (int i = 0; i < 2; i++) {
        tg_batch_norm_apply(&layer, x, true);
        tg_unroll_step(tape);
    }
    tg_tensor *mean = tg_read(tape, layer.running_mean);
    tg_unroll_end(tape);
    ck_both_ways(mean, 1, (double[]){ 1.5 }, 1e-15); /* 0, 1, 1.5 */
}
END_TEST

START_TEST(no_gradient_passes_into_the_running_statistics)
{
    const tg_batch_norm layer = tg_batch_norm_new(store, "bn", 1);
    tg_tensor *x = fed("x", TG_SHAPE(2, 1), (double[]){ 1, 3 });
    tg_batch_norm_apply(&layer, x, true);
    ck_assert(!tg_depends(tg_latest(tape, layer.running_mean), x));
    ck_assert(!tg_depends(tg_latest(tape, layer.running_var), x));
    ck_assert(!tg_var_trainable(layer.running_mean) && !tg_var_trainable(layer.running_var));
    ck_assert(tg_var_trainable(layer.weight) && tg_var_trainable(layer.bias));
}
END_TEST

START_TEST(without_statistics_inference_is_by_the_batch)
{
    const tg_batch_norm layer =
        tg_batch_norm_new(store, "bn", 2, .no_affine = true, .no_statistics = true);
    ck_assert_uint_eq(tg_var_count(store), 0);
    tg_tensor *x = fed("x", TG_SHAPE(3, 2), (double[]){ 1, 2, 3, 5, 8, 13 });
    double want[6];
    compute(tg_batch_norm_apply(&layer, x, true), false, 6, want);
    ck_both_ways(tg_batch_norm_apply(&layer, x, false), 6, want, 0);
    ck_assert_uint_eq(tg_assign_count(tape), 0);
}
END_TEST

/* ---- Awkward values --------------------------------------------------------------------- */

static void ck_finite(tg_tensor *x)
{
    double got[KNOWN_VALUES];
    for (int naive = 0; naive < 2; naive++) {
        compute(x, naive, (size_t)tg_count(x), got);
        for (int64_t i = 0; i < tg_count(x); i++) ck_assert(isfinite(got[i]));
    }
}

START_TEST(equal_elements_give_the_bias_and_finite_gradients)
{
    double data[KNOWN_VALUES];
    const recorded r = record_layer(_i, TG_F64);
    tg_tensor *first[KNOWN_OPERANDS], *second[KNOWN_OPERANDS];
    sines(KNOWN_VALUES, 0, 0, 0, 0.1, data);
    feed_doubles(r.in[0], (int)tg_count(r.in[0]), data);
    const bool takes_the_mean = layers[_i].record != batch_inference &&
                                layers[_i].record != rms_rows && layers[_i].record != pairs;
    if (takes_the_mean) {
        tg_tensor *weighted = tg_mul(r.y, tg_ones_like(r.y));
        tg_tensor *off = tg_max(tg_abs(tg_grad(tg_sum(weighted), r.in[1]))); /* normalised x */
        ck_both_ways(off, 1, (double[]){ 0 }, 1e-12);
    }
    ck_assert_int_eq(tg_vjp(r.y, tg_ones_like(r.y), (tg_list){ r.count, r.in }, first), TG_OK);
    tg_tensor *penalty = tg_sum(tg_square(first[0]));
    ck_assert_int_eq(tg_vjp(penalty, NULL, (tg_list){ r.count, r.in }, second), TG_OK);
    ck_finite(r.y);
    for (size_t i = 0; i < r.count; i++) {
        ck_finite(first[i]);
        ck_finite(second[i]);
    }
}
END_TEST

START_TEST(the_variance_keeps_its_digits_beside_a_large_mean)
{
    const tg_layer_norm layer = tg_layer_norm_new(store, "ln", TG_SHAPE(4), .eps = 1e-12);
    const double x[] = { 1e9 + 1, 1e9 + 3, 1e9 + 5, 1e9 + 7 }, r5 = sqrt(5);
    ck_both_ways(tg_layer_norm_apply(&layer, fed("x", TG_SHAPE(4), x)), 4,
                 (double[]){ -3 / r5, -1 / r5, 1 / r5, 3 / r5 }, 1e-10);
}
END_TEST

START_TEST(a_batch_of_nothing_is_normalised_to_nothing)
{
    const tg_layer_norm ln = tg_layer_norm_new(store, "ln", TG_SHAPE(4));
    const tg_group_norm gn = tg_group_norm_new(store, "gn", 2, 4);
    const tg_batch_norm bn = tg_batch_norm_new(store, "bn", 4);
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(0, 4));
    double nothing[1];
    ck_assert_int_eq(tg_get(tg_layer_norm_apply(&ln, none), nothing, 0), TG_OK);
    ck_assert_int_eq(tg_get(tg_group_norm_apply(&gn, none), nothing, 0), TG_OK);
    ck_assert_int_eq(tg_get(tg_batch_norm_apply(&bn, none, false), nothing, 0), TG_OK);
    ck_refused(tg_batch_norm_apply(&bn, none, true), TG_ERR_SHAPE, "more than one element");
}
END_TEST

/* ---- Options and variables -------------------------------------------------------------- */

START_TEST(variables_have_pytorchs_names_and_first_values)
{
    const tg_batch_norm bn = tg_batch_norm_new(store, "net.bn", 2);
    const char *const names[] = { "net.bn.weight", "net.bn.bias", "net.bn.running_mean",
                                  "net.bn.running_var", "net.bn.num_batches_tracked" };
    tg_var *const vars[] = { bn.weight, bn.bias, bn.running_mean, bn.running_var,
                             bn.num_batches_tracked };
    for (int i = 0; i < 5; i++) ck_assert_str_eq(tg_var_name(vars[i]), names[i]);
    for (int i = 0; i < 4; i++)
        ck_var(vars[i], 2, i % 3 == 0 ? (double[]){ 1, 1 } : (double[]){ 0, 0 });
    ck_assert_int_eq(tg_var_dtype(bn.num_batches_tracked), TG_I64);
    ck_assert(tg_shape_equal(tg_var_shape(bn.num_batches_tracked), TG_SCALAR));
    const tg_layer_norm plain = tg_layer_norm_new(store, "plain", TG_SHAPE(3), .no_bias = true);
    ck_assert(plain.weight && !plain.bias);
    const tg_instance_norm bare = tg_instance_norm_new(store, "bare", 3);
    ck_assert(!bare.weight && bare.channels == 3);
    ck_close(tg_rms_norm_new(store, "rms", TG_SHAPE(3)).eps, 0x1p-52, 0);
}
END_TEST

START_TEST(without_weight_and_bias_it_only_normalises)
{
    const double r5 = sqrt(5), want[] = { -3 / r5, -1 / r5, 1 / r5, 3 / r5 };
    tg_tensor *x = fed("x", TG_SHAPE(1, 1, 4), (double[]){ 1, 3, 5, 7 });
    const tg_layer_norm ln =
        tg_layer_norm_new(store, "ln", TG_SHAPE(4), .no_affine = true, .eps = 1e-12);
    const tg_group_norm gn = tg_group_norm_new(store, "gn", 1, 1, .no_affine = true, .eps = 1e-12);
    const tg_instance_norm in = tg_instance_norm_new(store, "in", 1, .eps = 1e-12);
    const tg_rms_norm rms =
        tg_rms_norm_new(store, "rms", TG_SHAPE(4), .no_affine = true, .eps = 1e-12);
    ck_both_ways(tg_layer_norm_apply(&ln, x), 4, want, 1e-10);
    ck_both_ways(tg_group_norm_apply(&gn, x), 4, want, 1e-10);
    ck_both_ways(tg_instance_norm_apply(&in, x), 4, want, 1e-10);
    const double size = sqrt(21);
    ck_both_ways(tg_rms_norm_apply(&rms, x), 4,
                 (double[]){ 1 / size, 3 / size, 5 / size, 7 / size }, 1e-10);
    ck_assert_uint_eq(tg_var_count(store), 0);
}
END_TEST

START_TEST(bilinear_takes_any_leading_axes)
{
    const tg_bilinear layer = tg_bilinear_new(store, "pair", 2, 1, 1, .no_bias = true);
    set_doubles(layer.weight, (double[]){ 2, 3 });
    const double a[] = { 1, 0, 0, 1, 1, 1, 2, -1 }, b[] = { 1, 2, 3, 4 };
    tg_tensor *deep = tg_bilinear_apply(&layer, fed("a", TG_SHAPE(2, 1, 2, 2), a),
                                        fed("b", TG_SHAPE(2, 1, 2, 1), b));
    ck_shape(deep, TG_SHAPE(2, 1, 2, 1));
    ck_both_ways(deep, 4, (double[]){ 2, 6, 15, 4 }, 1e-15);
    tg_tensor *flat =
        tg_bilinear_apply(&layer, fed("c", TG_SHAPE(2), a + 6), fed("d", TG_SHAPE(1), b));
    ck_shape(flat, TG_SHAPE(1));
    ck_both_ways(flat, 1, (double[]){ 1 }, 1e-15);
}
END_TEST

static Suite *norms_suite(void)
{
    Suite *suite = suite_create("norm");
    TCase *cases = tcase_create("norm");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, known_values_and_gradients_of_both_orders, 0,
                        2 * COUNT_OF(known_norms));
    tcase_add_loop_test(cases, gradients_of_both_orders_agree_with_differences, 0,
                        COUNT_OF(layers));
    tcase_add_loop_test(cases, running_statistics_move_as_pytorchs, 0, 2);
    tcase_add_loop_test(cases, cumulative_statistics_are_the_means_over_the_batches, 0, 2);
    tcase_add_test(cases, momentum_is_the_share_of_the_new_batch);
    tcase_add_test(cases, training_normalises_by_the_batch_and_inference_by_what_was_seen);
    tcase_add_test(cases,
                   a_layer_moves_its_statistics_once_on_a_tape_and_a_copy_without_them_never);
    tcase_add_test(cases, unrolled_steps_move_the_statistics_one_after_the_other);
    tcase_add_test(cases, no_gradient_passes_into_the_running_statistics);
    tcase_add_test(cases, without_statistics_inference_is_by_the_batch);
    tcase_add_loop_test(cases, equal_elements_give_the_bias_and_finite_gradients, 0,
                        COUNT_OF(layers));
    tcase_add_test(cases, the_variance_keeps_its_digits_beside_a_large_mean);
    tcase_add_test(cases, a_batch_of_nothing_is_normalised_to_nothing);
    tcase_add_test(cases, variables_have_pytorchs_names_and_first_values);
    tcase_add_test(cases, without_weight_and_bias_it_only_normalises);
    tcase_add_test(cases, bilinear_takes_any_leading_axes);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(norms_suite()); }
