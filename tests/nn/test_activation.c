/* test_activation.c: every row of activations.h: known values and derivatives to second order,
 * the range, how smooth it is, the limits; as single numbers and as vectors, planned and naive, in
 * f64 and f32. And that docs/activations.md shows the rows.
 *
 * test_activation --markdown prints the tables and plots of that page. */
#include "activation_page.h"
#include "activation_values.h"
#include "tests/support/both_ways.h"

enum { VALUE, SLOPE, SECOND, ORDERS };
static const char *const order_names[ORDERS] = { "value", "slope", "second derivative" };

/* ---- Running a row ---------------------------------------------------------------------- */

/* On a new tape, whose store has that dtype. */
static void reopen(tg_dtype dtype)
{
    close_tape();
    store = tg_store_new(.dtype = dtype);
    tape = tg_tape_new(store);
    ck_assert_ptr_nonnull(tape);
}

static tg_tensor *summed_gradient(tg_tensor *y, tg_tensor *x)
{
    tg_tensor *to = NULL;
    ck_assert_int_eq(tg_vjp(y, tg_ones_like(y), TG_LIST(x), &to), TG_OK);
    return to;
}

static void feed_doubles(tg_tensor *x, int count, const double *at)
{
    static float narrow[MOST_VALUES];
    for (int i = 0; i < count; i++) narrow[i] = (float)at[i];
    const void *data = tg_dtype_of(x) == TG_F32 ? (const void *)narrow : at;
    ck_assert_int_eq(tg_feed_as(x, tg_dtype_of(x), data, (size_t)count), TG_OK);
}

/* Value, slope and second derivative at the points, of one vector or (alone) point by point. */
static void evaluate(const activation_row *row, tg_dtype dtype, bool naive, bool alone, int count,
                     const double *at, double out[ORDERS][MOST_VALUES])
{
    ck_assert_int_le(count, MOST_VALUES);
    tg_rewind(tape);
    const int length = alone ? 1 : count;
    tg_tensor *x = tg_input(tape, "x", dtype, alone ? TG_SCALAR : TG_SHAPE(length));
    tg_tensor *kept[ORDERS];
    kept[VALUE] = applied(row, x);
    kept[SLOPE] = summed_gradient(kept[VALUE], x);
    kept[SECOND] = summed_gradient(kept[SLOPE], x);
    tg_plan *plan = tg_compile_pure(tape, kept[0], kept[1], kept[2], .naive = naive);
    ck_no_error();
    for (int i = 0; i < count; i += length) {
        feed_doubles(x, length, at + i);
        run(plan);
        for (int order = 0; order < ORDERS; order++)
            get_doubles(kept[order], (size_t)length, out[order] + i);
    }
    tg_plan_free(plan);
}

static double outcome[ORDERS][MOST_VALUES];

/* In f64 by a planned vector: for what is asked at thousands of points. */
static void evaluate_many(const activation_row *row, int count, const double *at)
{
    evaluate(row, TG_F64, false, false, count, at, outcome);
}

static void ck_near(const activation_row *row, double at, const char *what, double got, double want,
                    double tolerance)
{
    const bool same = got == want || (isnan(got) && isnan(want));
    ck_assert_msg(same || fabs(got - want) <= tolerance * (1 + fabs(want)),
                  "%s: the %s at %g is %.17g, not %.17g", row->name, what, at, got, want);
}

/* ---- Known numbers ---------------------------------------------------------------------- */

static const known_activation *known_of(const known_activation *known, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(known[i].name, name) == 0) return &known[i];
    ck_abort_msg("%s has no known numbers in activation_values.h", name);
    return NULL;
}

/* In f32 there are no digits left in 1 - s for a gate s next to 1, which the second derivative of
 * x s multiplies by up to 100. */
static double tolerance_of(tg_dtype dtype, int order)
{
    if (dtype == TG_F64) return 1e-10;
    return order == SECOND ? 1e-5 : 1e-6;
}

/* Calls [check] for both dtypes, both executors, alone and as a vector. */
static void in_all_ways(const activation_row *row, int count, const double *at,
                        void (*check)(const activation_row *row, tg_dtype dtype))
{
    const tg_dtype dtypes[] = { TG_F64, TG_F32 };
    for (int way = 0; way < 8; way++) {
        const tg_dtype dtype = dtypes[way & 1];
        evaluate(row, dtype, way & 2, way & 4, count, at, outcome);
        check(row, dtype);
    }
}

/* A second derivative multiplies the rounding of the gates' slopes by x^2, so it has less digits.
 */
static void are_known(const activation_row *row, tg_dtype dtype)
{
    const known_activation *known =
        known_of(known_activations, COUNT_OF(known_activations), row->name);
    const double *const want[ORDERS] = { known->y, known->slope, known->second };
    for (int order = 0; order < ORDERS; order++)
        for (int i = 0; i < KNOWN_POINTS; i++)
            ck_near(row, known_points[i], order_names[order], outcome[order][i], want[order][i],
                    tolerance_of(dtype, order));
}

START_TEST(values_and_both_derivatives_are_those_of_pytorch)
{
    in_all_ways(&activation_rows[_i], KNOWN_POINTS, known_points, are_known);
}
END_TEST

static void are_limits(const activation_row *row, tg_dtype dtype)
{
    const double tolerance = tolerance_of(dtype, VALUE);
    for (int order = VALUE; order <= SLOPE; order++) {
        ck_near(row, -INF, order_names[order], outcome[order][0], row->at_minus[order], tolerance);
        ck_near(row, INF, order_names[order], outcome[order][1], row->at_plus[order], tolerance);
    }
    ck_near(row, QNAN, "value", outcome[VALUE][2], QNAN, 0);
}

START_TEST(infinities_have_their_limits_and_nan_passes)
{
    in_all_ways(&activation_rows[_i], 3, (double[]){ -INF, INF, QNAN }, are_limits);
}
END_TEST

static void are_kinks(const activation_row *row, tg_dtype dtype)
{
    const double tolerance = tolerance_of(dtype, VALUE);
    for (int i = 0; i < row->kinks; i++) {
        const double *kink = row->kink[i];
        ck_near(row, kink[0], "value", outcome[VALUE][i], kink[1], tolerance);
        ck_near(row, kink[0], "slope", outcome[SLOPE][i], kink[2], tolerance);
        ck_assert(isfinite(outcome[SECOND][i]));
    }
}

START_TEST(kinks_have_the_slope_that_is_promised)
{
    const activation_row *row = &activation_rows[_i];
    double at[MOST_KINKS];
    for (int i = 0; i < row->kinks; i++) at[i] = row->kink[i][0];
    if (row->kinks) in_all_ways(row, row->kinks, at, are_kinks);
}
END_TEST

/* ---- Ranges ----------------------------------------------------------------------------- */

enum { SIDE = 3200, PER_UNIT = 64 }; /* [-50, 50] */

/* Multiples of 1/64, and some that are large; how many. */
static int wide_sample(double *at)
{
    static const double large[] = { -1e30, -1e6, -1000, -100, 100, 1000, 1e6, 1e30 };
    int count = 0;
    for (int i = -SIDE; i <= SIDE; i++) at[count++] = (double)i / PER_UNIT;
    for (int i = 0; i < COUNT_OF(large); i++) at[count++] = large[i];
    return count;
}

/* An end that is in the range is met, an open one approached; both by a wide sample. */
START_TEST(the_range_is_filled_and_not_left)
{
    static double at[MOST_VALUES];
    const activation_row *row = &activation_rows[_i];
    const int count = wide_sample(at);
    const bool open_low = row->range[0] == '(',
               open_high = row->range[strlen(row->range) - 1] == ')';
    double least = INF, most = -INF;
    evaluate_many(row, count, at);
    for (int i = 0; i < count; i++) {
        const double y = outcome[VALUE][i];
        ck_assert_msg(y >= row->low - 1e-15 && y <= row->high, "%s(%g) = %.17g is not in %s",
                      row->name, at[i], y, row->range);
        if (fabs(at[i]) <= 5) /* farther out it is rounded to the ends */
            ck_assert_msg(!(open_low && y == row->low) && !(open_high && y == row->high),
                          "%s(%g) = %g: the end of %s is not open", row->name, at[i], y,
                          row->range);
        least = fmin(least, y);
        most = fmax(most, y);
    }
    ck_assert_msg(isinf(row->low) ? least < -1e5 : least - row->low < 1e-4, "%s: not below %g",
                  row->name, least);
    ck_assert_msg(isinf(row->high) ? most > 1e5 : row->high - most < 1e-4, "%s: not above %g",
                  row->name, most);
}
END_TEST

/* ---- Continuity ------------------------------------------------------------------------- */

START_TEST(at_a_kink_only_what_is_said_to_jump_jumps)
{
    const activation_row *row = &activation_rows[_i];
    const double h = 0x1p-30;
    ck_assert((row->smooth == SMOOTH) == (row->kinks == 0));
    for (int i = 0; i < row->kinks; i++) {
        evaluate_many(row, 2, (double[]){ row->kink[i][0] - h, row->kink[i][0] + h });
        for (int order = 0; order <= (int)row->smooth && order < ORDERS; order++) {
            const double jump = fabs(outcome[order][1] - outcome[order][0]);
            ck_assert_msg(order == (int)row->smooth ? jump > 0.1 : jump < 1e-6,
                          "%s: the %s jumps by %g at %g", row->name, order_names[order], jump,
                          row->kink[i][0]);
        }
    }
}
END_TEST

static bool has_kink_between(const activation_row *row, double from, double to)
{
    for (int i = 0; i < row->kinks; i++)
        if (row->kink[i][0] >= from && row->kink[i][0] <= to) return true;
    return false;
}

/* No step of a sample is steeper than 8, in any order: that is as continuous as numbers can be. */
START_TEST(nothing_jumps_anywhere_else)
{
    static double at[MOST_VALUES];
    const activation_row *row = &activation_rows[_i];
    wide_sample(at);
    evaluate_many(row, 2 * SIDE + 1, at);
    for (int order = 0; order < ORDERS; order++)
        for (int i = 0; i < 2 * SIDE; i++) {
            const double step = fabs(outcome[order][i + 1] - outcome[order][i]);
            ck_assert_msg(step <= 8.0 / PER_UNIT || has_kink_between(row, at[i], at[i + 1]),
                          "%s: the %s jumps by %g at %g", row->name, order_names[order], step,
                          at[i]);
        }
}
END_TEST

START_TEST(derivatives_agree_with_differences)
{
    const double at[] = { -4.2, -2.3, -1.4, -0.6, -0.2, 0.3, 0.7, 1.6, 2.4, 4.7 };
    tg_tensor *x = fed("x", TG_SHAPE(10), at);
    tg_tensor *y = applied(&activation_rows[_i], x);
    const tg_status status = tg_check_gradient(y, TG_LIST(x), .seed = 5);
    ck_assert_msg(status == TG_OK, "%s", tg_tape_error(tape));
}
END_TEST

START_TEST(value_and_gradient_are_one_loop)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(100, 30));
    tg_tensor *g = tg_input(tape, "g", TG_F64, TG_SHAPE(100, 30)), *to;
    tg_tensor *y = applied(&activation_rows[_i], x);
    ck_assert_int_eq(tg_vjp(y, g, TG_LIST(x), &to), TG_OK);
    tg_plan *plan = tg_compile(tape, y, to);
    ck_no_error();
    /* A step's gradient is zeros, made of nothing; the identity copies x and g. */
    const size_t more =
        activation_rows[_i].smooth == JUMPS || activation_rows[_i].unary == tg_identity_at;
    ck_assert_msg(tg_plan_kernels(plan) <= 1 + more, "%s: %zu kernels", activation_rows[_i].name,
                  tg_plan_kernels(plan));
    tg_plan_free(plan);
}
END_TEST

/* ---- Golden numbers --------------------------------------------------------------------- */

START_TEST(selu_has_its_constants)
{
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(2), ((double[]){ 1, -1000 }));
    tg_tensor *y = tg_selu(x);
    ck_values(y, 2, (double[]){ 1.0507009873554805, -1.0507009873554805 * 1.6732632423543773 });
}
END_TEST

static const struct {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *x);
    double x, y, taught;
} minima[] = {
    { "silu", tg_silu_at, -1.2784645427610738, -0.27846454276107380, -0.278 },
    { "gelu", tg_gelu_at, -0.7517915246935645, -0.16997120747990366, -0.17 },
    { "gelu_tanh", tg_gelu_tanh_at, -0.7524614220710163, -0.17004075057125405, -0.17 },
    { "mish", tg_mish_at, -1.1924312145154952, -0.30884341301725041, -0.309 },
    { "hard_swish", tg_hard_swish_at, -1.5, -0.375, -0.375 },
};

START_TEST(minima_are_where_they_are_taught_to_be)
{
    tg_tensor *x = fed("x", TG_SCALAR, &minima[_i].x);
    tg_tensor *y = minima[_i].function(TG_HERE, x);
    ck_close(tg_item(y), minima[_i].y, 1e-15);
    ck_close(tg_item(y), minima[_i].taught, 5e-4);
    ck_close(tg_item(tg_grad(y, x)), 0, 1e-15);
    ck_assert_double_gt(tg_item(tg_grad(tg_grad(y, x), x)), 0.2);
}
END_TEST

/* ---- Across elements -------------------------------------------------------------------- */

/* The sum of the elements, the first by [wave](1), the second by [wave](2), and so on. */
static tg_tensor *weighed(tg_tensor *x, tg_tensor *(*wave)(tg_site at, tg_tensor *x))
{
    tg_tensor *numbers = tg_add_num(tg_iota(tape, tg_dtype_of(x), tg_count(x)), 1);
    return tg_sum(tg_mul(tg_reshape(x, TG_SHAPE(-1)), wave(TG_HERE, numbers)));
}

START_TEST(across_elements_numbers_are_those_of_pytorch)
{
    const across_row *row = &across_rows[_i];
    const known_activation *known = known_of(known_across, COUNT_OF(known_across), row->name);
    for (int wide = 0; wide < 2; wide++) {
        reopen(wide ? TG_F64 : TG_F32);
        const double tolerance = wide ? 1e-10 : 1e-6;
        tg_tensor *x = tg_input(tape, "x", TG_DTYPE_DEFAULT, TG_SHAPE(ACROSS_ROWS, ACROSS_COLUMNS));
        feed_doubles(x, ACROSS_COUNT, across_x);
        tg_tensor *y = row->record(x, row->first_axis ? 0 : -1);
        tg_tensor *slope = tg_grad(weighed(y, tg_sin_at), x);
        tg_tensor *second = tg_grad(weighed(slope, tg_cos_at), x);
        ck_both_ways(y, (size_t)tg_count(y), known->y, tolerance);
        ck_both_ways(slope, ACROSS_COUNT, known->slope, tolerance);
        ck_both_ways(second, ACROSS_COUNT, known->second, tolerance);
    }
}
END_TEST

START_TEST(across_elements_derivatives_agree_with_differences)
{
    const across_row *row = &across_rows[_i];
    tg_tensor *x = fed("x", TG_SHAPE(ACROSS_ROWS, ACROSS_COLUMNS), across_x);
    tg_tensor *y = row->record(x, row->first_axis ? 0 : -1);
    tg_var *weight = tg_find(store, "act.weight");
    tg_tensor *other = weight ? tg_read(tape, weight) : x;
    /* The smallest element of x is 1/64 away from its kink. */
    tg_check_gradient(y, TG_LIST(x, other), .step = 1e-3);
    ck_no_error();
}
END_TEST

START_TEST(across_elements_the_range_is_kept_and_nan_passes)
{
    const across_row *row = &across_rows[_i];
    double at[ACROSS_COUNT], y[ACROSS_COUNT];
    for (int scale = 1; scale <= 1000000; scale *= 10) {
        for (int i = 0; i < ACROSS_COUNT; i++) at[i] = scale * across_x[i];
        tg_tensor *x = fed("x", TG_SHAPE(ACROSS_ROWS, ACROSS_COLUMNS), at);
        tg_tensor *out = row->record(x, row->first_axis ? 0 : -1);
        compute(out, false, (size_t)tg_count(out), y);
        for (int i = 0; i < (int)tg_count(out); i++)
            ck_assert_msg(y[i] >= row->low && y[i] <= row->high, "%s: %g", row->name, y[i]);
        ck_assert_int_eq(tg_feed(x, ((double[ACROSS_COUNT]){ [4] = QNAN, [5] = 1 }), ACROSS_COUNT),
                         TG_OK);
        ck_assert(isnan(tg_item(tg_sum(out))));
    }
}
END_TEST

START_TEST(across_elements_value_and_gradient_are_few_loops)
{
    const across_row *row = &across_rows[_i];
    if (!row->kernels) return;
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(100, ACROSS_COLUMNS)), *to;
    tg_tensor *y = row->record(x, -1);
    tg_tensor *g = tg_input(tape, "g", TG_F64, tg_shape_from(y));
    ck_assert_int_eq(tg_vjp(y, g, TG_LIST(x), &to), TG_OK);
    tg_plan *plan = tg_compile(tape, y, to);
    ck_no_error();
    ck_assert_msg(tg_plan_kernels(plan) == row->kernels, "%s: %zu kernels", row->name,
                  tg_plan_kernels(plan));
    tg_plan_free(plan);
}
END_TEST

START_TEST(a_tie_of_maxout_is_shared)
{
    tg_tensor *x = fed("x", TG_SHAPE(6), (double[]){ 2, 2, 1, 3, 3, 3 });
    tg_tensor *y = tg_maxout(x, 0, 3);
    ck_both_ways(y, 2, (double[]){ 2, 3 }, 0);
    ck_both_ways(tg_grad(tg_sum(y), x), 6, (double[]){ 0.5, 0.5, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3 },
                 1e-15);
    ck_shape(tg_maxout(tg_input(tape, "wide", TG_F64, TG_SHAPE(2, 6, 5)), 1, 2), TG_SHAPE(2, 3, 5));
    ck_shape(tg_maxout(tg_input(tape, "none", TG_F64, TG_SHAPE(2, 0, 5)), 1, 2), TG_SHAPE(2, 0, 5));
}
END_TEST

/* ---- PReLU ------------------------------------------------------------------------------ */

START_TEST(prelu_begins_as_in_pytorch)
{
    const tg_prelu one = tg_prelu_new(store, "one", 1), many = tg_prelu_new(store, "many", 3);
    const tg_prelu none = tg_prelu_new(store, "none", 2, .init = tg_init_zeros());
    double at[3];
    ck_assert_str_eq(tg_var_name(one.weight), "one.weight");
    ck_assert_int_eq(tg_var_get(one.weight, at, 1), TG_OK);
    ck_assert(at[0] == 0.25);
    ck_assert_int_eq(tg_var_get(many.weight, at, 3), TG_OK);
    ck_assert(at[0] == 0.25 && at[2] == 0.25);
    ck_assert_int_eq(tg_var_get(none.weight, at, 2), TG_OK);
    ck_assert(at[0] == 0 && at[1] == 0);
    ck_assert(tg_var_trainable(one.weight));
}
END_TEST

/* y and the slope's gradient, for the channels of any rank. */
START_TEST(prelu_has_its_channels_along_axis_1_or_the_only_axis)
{
    const tg_prelu layer = tg_prelu_new(store, "act", 2), one = tg_prelu_new(store, "one", 1);
    ck_assert_int_eq(tg_var_set(layer.weight, ((double[]){ 0.5, -2 }), 2), TG_OK);
    const double at[] = { -1, 2, -3, -4, -5, 6, 7, -8 };
    tg_tensor *x = fed("x", TG_SHAPE(2, 2, 2), at);
    tg_tensor *y = tg_prelu_apply(&layer, x);
    ck_both_ways(y, 8, (double[]){ -0.5, 2, 6, 8, -2.5, 6, 7, 16 }, 0);
    tg_tensor *weight = tg_read(tape, layer.weight);
    ck_both_ways(tg_grad(tg_sum(y), weight), 2, (double[]){ -6, -15 }, 0);
    ck_shape(y, TG_SHAPE(2, 2, 2));

    tg_tensor *row = fed("row", TG_SHAPE(2), (double[]){ -1, -1 });
    ck_both_ways(tg_prelu_apply(&layer, row), 2, (double[]){ -0.5, 2 }, 0);
    tg_tensor *number = fed("number", TG_SCALAR, (double[]){ -2 });
    ck_shape(tg_prelu_apply(&one, number), TG_SCALAR);
    ck_both_ways(tg_prelu_apply(&one, number), 1, (double[]){ -0.5 }, 0);
    ck_both_ways(tg_grad(tg_sum(tg_prelu_apply(&one, x)), tg_read(tape, one.weight)), 1,
                 (double[]){ -21 }, 0);
}
END_TEST

/* ---- The page --------------------------------------------------------------------------- */

/* A file of the source tree, whose root is in the environment. */
static FILE *open_file(const char *name)
{
    char path[1024];
    const char *root = getenv("TAPEGRAD_SOURCE");
    (void)snprintf(path, sizeof path, "%s/%s", root ? root : ".", name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is not there: set TAPEGRAD_SOURCE to its root", name);
    return file;
}

/* Does a row call the function whose name [text] begins with? */
static bool has_row(const char *text)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
    const char *calls[COUNT_OF(activation_rows) + COUNT_OF(across_rows)];
    int count = 0;
    for (int i = 0; i < COUNT_OF(activation_rows); i++) calls[count++] = activation_rows[i].call;
    for (int i = 0; i < COUNT_OF(across_rows); i++) calls[count++] = across_rows[i].call;
    for (int i = 0; i < count; i++)
        if (calls[i] && strncmp(calls[i], text, length) == 0 && calls[i][length] == '(')
            return true;
    return false;
}

/* Of the macros that supply the call site, and those of option structs. */
START_TEST(every_activation_has_a_row)
{
    FILE *header = open_file("include/tg_activation.h");
    const char *const mark = "#define tg_";
    char line[512];
    int found = 0;
    while (fgets(line, sizeof line, header)) {
        if (strncmp(line, mark, strlen(mark)) != 0 || strstr(line, "_new(")) continue;
        ck_assert_msg(has_row(line + strlen("#define ")), "no row for %s", line);
        found++;
    }
    fclose(header);
    ck_assert_int_ge(found, 22);
}
END_TEST

START_TEST(the_page_shows_the_rows)
{
    FILE *page = open_file(ACTIVATION_PAGE), *wanted = tmpfile();
    ck_assert_ptr_nonnull(wanted);
    print_page(tape, wanted);
    rewind(wanted);
    char line[512], want[512];
    while (fgets(line, sizeof line, page) && strcmp(line, ACTIVATION_MARK) != 0) continue;
    ck_assert_msg(!feof(page), "%s lacks the line %s", ACTIVATION_PAGE, ACTIVATION_MARK);
    ck_assert_ptr_nonnull(fgets(want, sizeof want, wanted)); /* the mark */
    while (fgets(want, sizeof want, wanted))
        ck_assert_msg(fgets(line, sizeof line, page) && strcmp(line, want) == 0,
                      "%s is not what the rows give: test_activation --markdown\n%s%s",
                      ACTIVATION_PAGE, line, want);
    ck_assert_msg(!fgets(line, sizeof line, page), "%s has more: %s", ACTIVATION_PAGE, line);
    fclose(page);
    fclose(wanted);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--markdown") == 0) {
        store = tg_store_new(.dtype = TG_F64);
        tape = tg_tape_new(store);
        print_page(tape, stdout);
        const int failed = tg_report(tape, stderr);
        close_tape();
        return failed;
    }
    Suite *suite = suite_create("activation");
    TCase *all = tcase_create("all");
    const int rows = COUNT_OF(activation_rows), across = COUNT_OF(across_rows);
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, values_and_both_derivatives_are_those_of_pytorch, 0, rows);
    tcase_add_loop_test(all, infinities_have_their_limits_and_nan_passes, 0, rows);
    tcase_add_loop_test(all, kinks_have_the_slope_that_is_promised, 0, rows);
    tcase_add_loop_test(all, the_range_is_filled_and_not_left, 0, rows);
    tcase_add_loop_test(all, at_a_kink_only_what_is_said_to_jump_jumps, 0, rows);
    tcase_add_loop_test(all, nothing_jumps_anywhere_else, 0, rows);
    tcase_add_loop_test(all, derivatives_agree_with_differences, 0, rows);
    tcase_add_loop_test(all, value_and_gradient_are_one_loop, 0, rows);
    tcase_add_test(all, selu_has_its_constants);
    tcase_add_loop_test(all, minima_are_where_they_are_taught_to_be, 0, COUNT_OF(minima));
    tcase_add_loop_test(all, across_elements_numbers_are_those_of_pytorch, 0, across);
    tcase_add_loop_test(all, across_elements_derivatives_agree_with_differences, 0, across);
    tcase_add_loop_test(all, across_elements_the_range_is_kept_and_nan_passes, 0, across);
    tcase_add_loop_test(all, across_elements_value_and_gradient_are_few_loops, 0, across);
    tcase_add_test(all, a_tie_of_maxout_is_shared);
    tcase_add_test(all, prelu_begins_as_in_pytorch);
    tcase_add_test(all, prelu_has_its_channels_along_axis_1_or_the_only_axis);
    tcase_add_test(all, every_activation_has_a_row);
    tcase_add_test(all, the_page_shows_the_rows);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
