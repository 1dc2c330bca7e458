/* test_classifier.c: activations, losses, metrics: known values, extreme operands, gradients
 * against central differences, and what errors say. */
#include "tests/support/recorded.h"

static tg_tensor *matrix(int64_t rows, int64_t columns, const double *data)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(rows, columns), data);
}

static tg_tensor *vector(int64_t count, const double *data)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(count), data);
}

static tg_tensor *labels_of(int64_t count, const int32_t *data)
{
    return tg_constant(tape, TG_I32, TG_SHAPE(count), data);
}

/* ---- Activations ------------------------------------------------------------------------ */

typedef tg_tensor *(*unary)(tg_site at, tg_tensor *x);

static const struct {
    const char *name;
    unary apply;
    double x, y;
} known_activations[] = {
    { "relu", tg_relu_at, -2, 0 },
    { "relu", tg_relu_at, 0, 0 },
    { "relu", tg_relu_at, 3, 3 },
    { "relu", tg_relu_at, INFINITY, INFINITY },
    { "relu", tg_relu_at, -INFINITY, 0 },
    { "relu", tg_relu_at, NAN, NAN },
    { "gelu", tg_gelu_at, 0, 0 },
    { "gelu", tg_gelu_at, 0.5, 0.34573123063700655 },
    { "gelu", tg_gelu_at, 1, 0.84134474606854295 },
    { "gelu", tg_gelu_at, -1, -0.15865525393145705 },
    { "gelu", tg_gelu_at, 3, 2.9959503059051097 },
    { "gelu", tg_gelu_at, -0.7517915241, -0.16997120747990369 },
    { "gelu", tg_gelu_at, 40, 40 },
    { "gelu", tg_gelu_at, NAN, NAN },
    { "gelu, tanh form", tg_gelu_tanh_at, 0, 0 },
    { "gelu, tanh form", tg_gelu_tanh_at, 1, 0.84119199060827682 },
    { "gelu, tanh form", tg_gelu_tanh_at, -1, -0.15880800939172324 },
    { "gelu, tanh form", tg_gelu_tanh_at, 0.5, 0.34571400982514394 },
    { "gelu, tanh form", tg_gelu_tanh_at, 40, 40 },
    { "sigmoid", tg_sigmoid_at, 2, 0.88079707797788243 },
    { "sigmoid", tg_sigmoid_at, 800, 1 },
    { "sigmoid", tg_sigmoid_at, -800, 0 },
    { "tanh", tg_tanh_at, 1, 0.76159415595576489 },
};

START_TEST(activations_have_their_known_values)
{
    const double x = known_activations[_i].x;
    tg_tensor *y = known_activations[_i].apply(TG_HERE, tg_number(tape, x));
    ck_close(tg_item(y), known_activations[_i].y, 1e-15);
    ck_no_error();
}
END_TEST

START_TEST(gelu_keeps_its_digits_in_the_left_tail)
{
    const double exact = -7.6198530241605261e-23; /* -10 Phi(-10) */
    ck_assert_double_lt(fabs(tg_item(tg_gelu(tg_number(tape, -10))) / exact - 1), 1e-13);
}
END_TEST

START_TEST(relu_has_slope_zero_at_zero)
{
    tg_tensor *x = vector(5, (double[]){ -1, -0.0, 0, 1e-300, 2 });
    ck_values(tg_grad(tg_sum(tg_relu(x)), x), 5, (double[]){ 0, 0, 0, 1, 1 });
}
END_TEST

START_TEST(softmax_of_extreme_logits_is_exact)
{
    const double e = exp(-1), third = 1.0 / 3;
    const double x[] = {
        1000, 1000, -1000, 1e308, 1e308, 1e308, 0, -INFINITY, -1, -1e308, 0, 1e308
    };
    const double y[] = { 0.5, 0.5, 0, third, third, third, 1 / (1 + e), 0, e / (1 + e), 0, 0, 1 };
    ck_values(tg_softmax(matrix(4, 3, x)), 12, y);
}
END_TEST

START_TEST(log_softmax_is_exact_where_softmax_underflows)
{
    const double y[] = { 0, -1000, -log(2), -log(2) };
    ck_values(tg_log_softmax(matrix(2, 2, (double[]){ 1000, 0, 5, 5 })), 4, y);
}
END_TEST

START_TEST(softmax_of_nothing_but_minus_infinity_is_nan)
{
    ck_values(tg_softmax(vector(2, (double[]){ -INFINITY, -INFINITY })), 2, (double[]){ NAN, NAN });
}
END_TEST

START_TEST(softmax_runs_along_the_axis_that_is_written_even_if_it_is_zero)
{
    const double x[] = { 0, 5, 0, 5 + log(3) };
    const double along_first[] = { 0.5, 0.25, 0.5, 0.75 };
    tg_tensor *table = matrix(2, 2, x);
    ck_values(tg_softmax(table, .axis = 0), 4, along_first);
    ck_values(tg_exp(tg_log_softmax(table, .axis = 0)), 4, along_first);
    tg_tensor *last = tg_softmax(table, .axis = 1);
    ck_values(tg_sub(tg_softmax(table), last), 4, (double[]){ 0, 0, 0, 0 });
}
END_TEST

/* ---- Losses ----------------------------------------------------------------------------- */

START_TEST(mse_reduces_as_asked)
{
    tg_tensor *a = vector(3, (double[]){ 1, 2, 3 }), *b = vector(3, (double[]){ 1, 0, 0 });
    ck_values(tg_mse(a, b), 1, (double[]){ 13.0 / 3 });
    ck_values(tg_mse(a, b, .reduction = TG_MEAN), 1, (double[]){ 13.0 / 3 });
    ck_values(tg_mse(a, b, .reduction = TG_SUM), 1, (double[]){ 13 });
    ck_values(tg_mse(a, b, .reduction = TG_NONE), 3, (double[]){ 0, 4, 9 });
    ck_values(tg_grad(tg_mse(a, b), a), 3, (double[]){ 0, 4.0 / 3, 2 });
}
END_TEST

START_TEST(cross_entropy_has_its_known_values)
{
    const double low = 0.40760596444438030; /* log(1 + 1/e + 1/e^2) */
    tg_tensor *logits = matrix(2, 3, (double[]){ 1, 2, 3, 1, 2, 3 });
    tg_tensor *labels = labels_of(2, (int32_t[]){ 2, 0 });
    ck_values(tg_cross_entropy(logits, labels), 1, (double[]){ low + 1 });
    ck_values(tg_cross_entropy(logits, labels, .reduction = TG_SUM), 1, (double[]){ 2 * low + 2 });
    ck_values(tg_cross_entropy(logits, labels, .reduction = TG_NONE), 2,
              (double[]){ low, low + 2 });
}
END_TEST

START_TEST(cross_entropy_of_extreme_logits_is_exact_and_so_is_its_gradient)
{
    const double x[] = { 1000, -1000, 1000, -1000, 0, -INFINITY };
    tg_tensor *logits = matrix(3, 2, x);
    tg_tensor *labels = labels_of(3, (int32_t[]){ 0, 1, 0 });
    tg_tensor *items = tg_cross_entropy(logits, labels, .reduction = TG_NONE);
    ck_values(items, 3, (double[]){ 0, 2000, 0 });
    ck_values(tg_grad(tg_sum(items), logits), 6, (double[]){ 0, 0, 1, -1, 0, 0 });
}
END_TEST

START_TEST(cross_entropy_takes_any_number_of_leading_axes_and_either_integer)
{
    const double low = 0.40760596444438030;
    tg_tensor *row = vector(3, (double[]){ 1, 2, 3 });
    tg_tensor *one = tg_number_as(tape, TG_I64, 1);
    ck_values(tg_cross_entropy(row, one), 1, (double[]){ low + 1 });

    tg_tensor *cube = tg_broadcast(row, TG_SHAPE(2, 2, 3));
    tg_tensor *grid = tg_constant(tape, TG_I64, TG_SHAPE(2, 2), ((int64_t[]){ 0, 1, 2, 2 }));
    ck_values(tg_cross_entropy(cube, grid, .reduction = TG_NONE), 4,
              (double[]){ low + 2, low + 1, low, low });
}
END_TEST

START_TEST(losses_of_no_rows_are_nan_as_means_and_zero_as_sums)
{
    tg_tensor *logits = tg_input(tape, "logits", TG_F64, TG_SHAPE(0, 3));
    tg_tensor *labels = tg_input(tape, "labels", TG_I32, TG_SHAPE(0));
    tg_tensor *empty = tg_input(tape, "empty", TG_F64, TG_SHAPE(0));
    ck_close(tg_item(tg_cross_entropy(logits, labels)), NAN, 0);
    ck_close(tg_item(tg_cross_entropy(logits, labels, .reduction = TG_SUM)), 0, 0);
    ck_close(tg_item(tg_margin_loss(logits, labels)), NAN, 0);
    ck_close(tg_item(tg_margin_loss(logits, labels, .reduction = TG_SUM)), 0, 0);
    ck_close(tg_item(tg_mse(empty, empty)), NAN, 0);
    ck_close(tg_item(tg_accuracy(logits, labels)), NAN, 0);
    int64_t hits = -1;
    ck_assert_int_eq(tg_get(tg_correct(logits, labels), &hits, 1), TG_OK);
    ck_assert_int_eq(hits, 0);
    ck_no_error();
}
END_TEST

START_TEST(margin_loss_is_the_ramp_of_the_margin)
{
    /* Probabilities .5, .3, .2: margins .2, -.2, -.3. */
    const double x[] = { log(.5), log(.3), log(.2) };
    tg_tensor *logits = tg_broadcast(vector(3, x), TG_SHAPE(3, 3));
    tg_tensor *labels = labels_of(3, (int32_t[]){ 0, 1, 2 });
    ck_values(tg_margin_loss(logits, labels, .reduction = TG_NONE), 3, (double[]){ .8, 1, 1 });
    ck_values(tg_margin_loss(logits, labels, .rho = .5, .reduction = TG_NONE), 3,
              (double[]){ .6, 1, 1 });
    ck_values(tg_margin_loss(logits, labels, .rho = .1, .reduction = TG_SUM), 1, (double[]){ 2 });
    ck_values(tg_margin_loss(logits, labels, .rho = 1), 1, (double[]){ 2.8 / 3 });
}
END_TEST

START_TEST(margin_loss_passes_nan_on)
{
    tg_tensor *logits = vector(2, (double[]){ NAN, 0 });
    ck_close(tg_item(tg_margin_loss(logits, tg_number_as(tape, TG_I32, 0))), NAN, 0);
}
END_TEST

START_TEST(a_label_out_of_range_is_an_error_of_the_run_that_does_not_stick)
{
    static const int32_t bad[] = { 3, -1, INT32_MAX, INT32_MIN };
    tg_tensor *logits = matrix(2, 3, (double[]){ 1, 2, 3, 1, 2, 3 });
    tg_tensor *labels = tg_input(tape, "labels", TG_I32, TG_SHAPE(2));
    tg_tensor *figure = _i == 0   ? tg_cross_entropy(logits, labels)
                        : _i == 1 ? tg_margin_loss(logits, labels)
                        : _i == 2 ? tg_accuracy(logits, labels)
                                  : tg_correct(logits, labels);
    tg_plan *plan = tg_compile_pure(tape, figure);
    ck_no_error();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const int32_t fed[] = { 0, bad[i] };
        char value[32];
        snprintf(value, sizeof value, "%d", (int)bad[i]);
        ck_assert_int_eq(tg_feed(labels, fed, 2), TG_OK);
        ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
        ck_assert_msg(strstr(tg_plan_error(plan), value), "%s", tg_plan_error(plan));
        ck_assert_msg(strstr(tg_plan_error(plan), "test_classifier.c:"), "%s", tg_plan_error(plan));
    }
    ck_assert_int_eq(tg_feed(labels, ((int32_t[]){ 0, 2 }), 2), TG_OK);
    ck_assert_int_eq(tg_run(plan), TG_OK);
    ck_no_error();
    tg_plan_free(plan);
}
END_TEST

START_TEST(losses_and_metrics_refuse_operands_that_do_not_fit)
{
    tg_tensor *row = tg_input(tape, "row", TG_F64, TG_SHAPE(3));
    tg_tensor *column = tg_input(tape, "column", TG_F64, TG_SHAPE(3, 1));
    tg_tensor *bytes = tg_input(tape, "bytes", TG_U8, TG_SHAPE(3));
    tg_tensor *logits = tg_input(tape, "logits", TG_F64, TG_SHAPE(3, 4));
    tg_tensor *labels = tg_input(tape, "labels", TG_I32, TG_SHAPE(3));
    tg_tensor *standing = tg_input(tape, "standing", TG_I32, TG_SHAPE(3, 1));
    tg_tensor *one_hot = tg_input(tape, "one_hot", TG_I32, TG_SHAPE(3, 4));
    tg_tensor *classless = tg_input(tape, "classless", TG_F64, TG_SHAPE(3, 0));
    tg_tensor *number = tg_number(tape, 1);

    ck_refused(tg_mse(row, column), TG_ERR_SHAPE, "tg_mse");
    ck_refused(tg_mse(row, column), TG_ERR_SHAPE, "[3, 1]  column");
    ck_refused(tg_mse(column, row), TG_ERR_SHAPE, "[3]  row");
    ck_refused(tg_mse(row, number), TG_ERR_SHAPE, "[]");
    ck_refused(tg_mse(bytes, bytes), TG_ERR_DTYPE, "u8");
    ck_refused(tg_mse(row, row, .reduction = (tg_reduction)9), TG_ERR_ARGUMENT, "reduction 9");
    ck_refused(tg_cross_entropy(logits, standing), TG_ERR_SHAPE, "tg_reshape");
    ck_refused(tg_cross_entropy(logits, one_hot), TG_ERR_SHAPE, "one-hot");
    ck_refused(tg_cross_entropy(logits, row), TG_ERR_DTYPE, "f64");
    ck_refused(tg_cross_entropy(one_hot, labels), TG_ERR_DTYPE, "i32");
    ck_refused(tg_cross_entropy(classless, labels), TG_ERR_SHAPE, "[3, 0]");
    ck_refused(tg_cross_entropy(number, labels), TG_ERR_SHAPE, "[]");
    const tg_reduction none = (tg_reduction)-1;
    ck_refused(tg_cross_entropy(logits, labels, .reduction = none), TG_ERR_ARGUMENT, "-1");
    ck_refused(tg_margin_loss(logits, standing), TG_ERR_SHAPE, "tg_margin_loss");
    ck_refused(tg_margin_loss(column, labels), TG_ERR_SHAPE, "two classes");
    ck_refused(tg_margin_loss(logits, labels, .rho = 0), TG_ERR_ARGUMENT, "rho = 0");
    ck_refused(tg_margin_loss(logits, labels, .rho = -1), TG_ERR_ARGUMENT, "rho = -1");
    ck_refused(tg_margin_loss(logits, labels, .rho = 1.5), TG_ERR_ARGUMENT, "rho = 1.5");
    ck_refused(tg_margin_loss(logits, labels, .rho = NAN), TG_ERR_ARGUMENT, "nan");
    ck_refused(tg_accuracy(logits, standing), TG_ERR_SHAPE, "tg_accuracy");
    ck_refused(tg_correct(logits, row), TG_ERR_DTYPE, "tg_correct");
    ck_refused(tg_softmax(logits, .axis = 2), TG_ERR_SHAPE, "axis");
    ck_no_error();
}
END_TEST

/* ---- Metrics ---------------------------------------------------------------------------- */

START_TEST(accuracy_is_the_share_of_rows_whose_largest_logit_is_the_labels)
{
    tg_tensor *logits = matrix(3, 2, (double[]){ 0, 1, 5, 4, -1, -2 });
    tg_tensor *labels = labels_of(3, (int32_t[]){ 1, 0, 1 });
    ck_values(tg_accuracy(logits, labels), 1, (double[]){ 2.0 / 3 });
    int64_t hits = 0;
    ck_assert_int_eq(tg_get(tg_correct(logits, labels), &hits, 1), TG_OK);
    ck_assert_int_eq(hits, 2);
}
END_TEST

/* ---- Gradients -------------------------------------------------------------------------- */

/* A 3 x 4 operand with no element near a kink of relu, and rows without ties. */
static const double point[12] = { 0.9, -0.4, 0.3, -1.2, 0.2, 1.7, -0.8, 0.5, -0.3, 0.6, 1.1, 2.2 };

static tg_tensor *softmax_across(tg_site at, tg_tensor *x)
{
    (void)at;
    return tg_softmax(x, .axis = 0);
}
static tg_tensor *softmax_along(tg_site at, tg_tensor *x)
{
    (void)at;
    return tg_softmax(x);
}
static tg_tensor *log_softmax_along(tg_site at, tg_tensor *x)
{
    (void)at;
    return tg_log_softmax(x);
}
static tg_tensor *mse_to_constant(tg_site at, tg_tensor *x)
{
    (void)at;
    return tg_mse(x, tg_full(tape, TG_F64, TG_SHAPE(3, 4), 0.25));
}
static tg_tensor *cross_entropy_items(tg_site at, tg_tensor *x)
{
    (void)at;
    return tg_cross_entropy(x, labels_of(3, (int32_t[]){ 2, 0, 3 }), .reduction = TG_NONE);
}
static tg_tensor *margin_items(tg_site at, tg_tensor *x)
{
    (void)at;
    return tg_margin_loss(x, labels_of(3, (int32_t[]){ 0, 1, 3 }), .reduction = TG_NONE);
}
static tg_tensor *linear_of_x(tg_site at, tg_tensor *x)
{
    (void)at;
    const tg_linear layer = { tg_find(store, "layer.weight"), tg_find(store, "layer.bias") };
    return tg_tanh(tg_linear_apply(&layer, x));
}
/* The operand stands for the layer's weight. */
static tg_tensor *linear_of_weight(tg_site at, tg_tensor *weight)
{
    (void)at;
    const tg_linear layer = { tg_find(store, "layer.weight"), tg_find(store, "layer.bias") };
    tg_override(tape, layer.weight, weight);
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(2, 1, 4), point);
    tg_tensor *y = tg_tanh(tg_linear_apply(&layer, x));
    tg_override_end(tape, layer.weight);
    return y;
}

static const struct {
    const char *name;
    unary apply;
} smooth_functions[] = {
    { "relu", tg_relu_at },
    { "gelu", tg_gelu_at },
    { "gelu, tanh form", tg_gelu_tanh_at },
    { "softmax across", softmax_across },
    { "softmax along", softmax_along },
    { "log_softmax", log_softmax_along },
    { "mse", mse_to_constant },
    { "cross_entropy", cross_entropy_items },
    { "margin_loss", margin_items },
    { "linear by x", linear_of_x },
    { "linear by weight", linear_of_weight },
};

/* A scalar that depends on every element of x with another weight. */
static tg_tensor *weighed(tg_tensor *x)
{
    tg_tensor *flat = tg_reshape(x, TG_SHAPE(-1));
    tg_tensor *weight = tg_sin(tg_add_num(tg_iota(tape, TG_F64, tg_count(x)), 1));
    return tg_sum(tg_mul(flat, weight));
}

/* The derivative of [f] by element [k] of x, by a difference of fourth order. */
static double slope(tg_plan *plan, tg_tensor *f, tg_tensor *x, int k)
{
    static const double weights[] = { 1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12 };
    static const double places[] = { -2, -1, 1, 2 };
    const double h = 1.0 / 512;
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double fed[12];
        memcpy(fed, point, sizeof fed);
        fed[k] += places[i] * h;
        ck_assert_int_eq(tg_feed(x, fed, 12), TG_OK);
        ck_assert_int_eq(tg_run(plan), TG_OK);
        sum += weights[i] * tg_item(f);
    }
    return sum / h;
}

START_TEST(gradients_agree_with_central_differences_to_second_order)
{
    ck_assert_ptr_nonnull(tg_linear_new(store, "layer", 4, 3).bias);
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(3, 4));
    tg_tensor *f = weighed(smooth_functions[_i].apply(TG_HERE, x));
    tg_tensor *gradient = tg_grad(f, x);
    tg_tensor *f2 = weighed(gradient);
    tg_tensor *second = tg_grad(f2, x);
    tg_plan *plan = tg_compile_pure(tape, f, gradient, f2, second);
    ck_no_error();

    double first_order[12], second_order[12];
    ck_assert_int_eq(tg_feed(x, point, 12), TG_OK);
    ck_assert_int_eq(tg_run(plan), TG_OK);
    ck_assert_int_eq(tg_get(gradient, first_order, 12), TG_OK);
    ck_assert_int_eq(tg_get(second, second_order, 12), TG_OK);
    for (int k = 0; k < 12; k++) {
        ck_close(first_order[k], slope(plan, f, x, k), 1e-7);
        ck_close(second_order[k], slope(plan, f2, x, k), 1e-6);
    }
    tg_plan_free(plan);
}
END_TEST

/* ---- What all of them share ------------------------------------------------------------- */

START_TEST(null_passes_through_everything_without_an_error)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2));
    const tg_linear layer = tg_linear_new(store, "layer", 3, 1);
    ck_assert_ptr_null(tg_linear_apply(&layer, NULL));
    ck_assert_ptr_null(tg_relu(NULL));
    ck_assert_ptr_null(tg_gelu(NULL));
    ck_assert_ptr_null(tg_gelu_tanh(NULL));
    ck_assert_ptr_null(tg_softmax(NULL));
    ck_assert_ptr_null(tg_log_softmax(NULL));
    ck_assert_ptr_null(tg_mse(NULL, x));
    ck_assert_ptr_null(tg_mse(x, NULL));
    ck_assert_ptr_null(tg_cross_entropy(NULL, x));
    ck_assert_ptr_null(tg_cross_entropy(x, NULL));
    ck_assert_ptr_null(tg_margin_loss(NULL, x));
    ck_assert_ptr_null(tg_margin_loss(x, NULL));
    ck_assert_ptr_null(tg_accuracy(NULL, x));
    ck_assert_ptr_null(tg_accuracy(x, NULL));
    ck_assert_ptr_null(tg_correct(NULL, NULL));
    ck_no_error();
}
END_TEST

/* Every node that [first] .. the end of the dump holds names this file. */
START_TEST(every_node_carries_the_users_line)
{
    static char text[65536];
    const tg_linear layer = tg_linear_new(store, "layer", 4, 3);
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 4));
    tg_tensor *y = tg_gelu(tg_relu(tg_linear_apply(&layer, x)));
    tg_tensor *labels = tg_input(tape, "labels", TG_I32, TG_SHAPE(2));
    tg_tensor *loss = tg_add(tg_cross_entropy(y, labels), tg_margin_loss(tg_softmax(y), labels));
    ck_assert_ptr_nonnull(tg_mul(loss, tg_accuracy(y, labels)));
    ck_assert_ptr_nonnull(tg_grad(loss, x));
    ck_no_error();

    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    tg_dump(tape, file);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    size_t nodes = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (line[0] != '%') continue;
        ck_assert_msg(strstr(line, "test_classifier.c:"), "%s", line);
        nodes++;
    }
    ck_assert_uint_eq(nodes, tg_tape_length(tape));
}
END_TEST

START_TEST(errors_call_an_activation_by_its_name)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 3));
    tg_tensor *w = tg_input(tape, "w", TG_F64, TG_SHAPE(4, 3));
    ck_refused(tg_matmul(tg_relu(x), w), TG_ERR_SHAPE, "left   relu  [2, 3] f64");
    ck_refused(tg_matmul(tg_softmax(x), w), TG_ERR_SHAPE, "left   softmax  [2, 3] f64");
}
END_TEST

START_TEST(everything_works_in_f32)
{
    tg_store *small = tg_store_new();
    tg_tape *other = tg_tape_new(small);
    const tg_linear layer = tg_linear_new(small, "layer", 3, 2);
    tg_tensor *x = tg_full(other, TG_F32, TG_SHAPE(4, 3), 0.5);
    tg_tensor *labels = tg_full(other, TG_I32, TG_SHAPE(4), 1);
    tg_tensor *logits = tg_gelu(tg_linear_apply(&layer, x));
    tg_tensor *loss = tg_cross_entropy(logits, labels);
    tg_tensor *margin = tg_margin_loss(logits, labels);
    tg_tensor *accuracy = tg_accuracy(logits, labels);
    ck_assert_int_eq(tg_dtype_of(loss), TG_F32);
    ck_assert_int_eq(tg_dtype_of(margin), TG_F32);
    ck_assert_int_eq(tg_dtype_of(accuracy), TG_F32);
    ck_assert(isfinite(tg_item(loss)) && isfinite(tg_item(margin)));
    ck_assert_msg(!tg_tape_error(other)[0], "%s", tg_tape_error(other));
    tg_tape_free(other);
    tg_store_free(small);
}
END_TEST

static Suite *nn_suite(void)
{
    Suite *suite = suite_create("classifier");
    TCase *cases = tcase_create("classifier");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, activations_have_their_known_values, 0, COUNT_OF(known_activations));
    tcase_add_test(cases, gelu_keeps_its_digits_in_the_left_tail);
    tcase_add_test(cases, relu_has_slope_zero_at_zero);
    tcase_add_test(cases, softmax_of_extreme_logits_is_exact);
    tcase_add_test(cases, log_softmax_is_exact_where_softmax_underflows);
    tcase_add_test(cases, softmax_of_nothing_but_minus_infinity_is_nan);
    tcase_add_test(cases, softmax_runs_along_the_axis_that_is_written_even_if_it_is_zero);
    tcase_add_test(cases, mse_reduces_as_asked);
    tcase_add_test(cases, cross_entropy_has_its_known_values);
    tcase_add_test(cases, cross_entropy_of_extreme_logits_is_exact_and_so_is_its_gradient);
    tcase_add_test(cases, cross_entropy_takes_any_number_of_leading_axes_and_either_integer);
    tcase_add_test(cases, losses_of_no_rows_are_nan_as_means_and_zero_as_sums);
    tcase_add_test(cases, margin_loss_is_the_ramp_of_the_margin);
    tcase_add_test(cases, margin_loss_passes_nan_on);
    tcase_add_loop_test(cases, a_label_out_of_range_is_an_error_of_the_run_that_does_not_stick, 0,
                        4);
    tcase_add_test(cases, losses_and_metrics_refuse_operands_that_do_not_fit);
    tcase_add_test(cases, accuracy_is_the_share_of_rows_whose_largest_logit_is_the_labels);
    tcase_add_loop_test(cases, gradients_agree_with_central_differences_to_second_order, 0,
                        COUNT_OF(smooth_functions));
    tcase_add_test(cases, null_passes_through_everything_without_an_error);
    tcase_add_test(cases, every_node_carries_the_users_line);
    tcase_add_test(cases, everything_works_in_f32);
    tcase_add_test(cases, errors_call_an_activation_by_its_name);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(nn_suite()); }
