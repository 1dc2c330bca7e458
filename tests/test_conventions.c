/* test_conventions.c: values and slopes at kinks, poles, ties and empties, as the headers promise
 * them. Every row is checked as a vector and as a single number, which other code computes, for
 * f32 and f64, planned and naive. */
#include "recorded.h"

enum { LONG = 37 }; /* elements of a vector: two whole blocks of lanes and a rest */

typedef tg_tensor *(*unary)(tg_site at, tg_tensor *x);
typedef tg_tensor *(*binary)(tg_site at, tg_tensor *a, tg_tensor *b);

/* [count] times the number, where the planner cannot see which. */
static tg_tensor *fed(const char *name, tg_dtype dtype, int count, double value)
{
    float narrow[LONG];
    double wide[LONG];
    for (int i = 0; i < count; i++) narrow[i] = (float)(wide[i] = value);
    tg_tensor *x = tg_input(tape, name, dtype, count == 1 ? TG_SCALAR : TG_SHAPE(count));
    ck_assert_int_eq(
        tg_feed_as(x, dtype, dtype == TG_F32 ? (void *)narrow : (void *)wide, (size_t)count),
        TG_OK);
    return x;
}

static void check_all(tg_tensor *y, int count, double want, const char *what)
{
    double got[LONG];
    float narrow[LONG];
    const bool wide = tg_dtype_of(y) == TG_F64;
    ck_assert_int_eq(
        tg_get_as(y, tg_dtype_of(y), wide ? (void *)got : (void *)narrow, (size_t)count), TG_OK);
    for (int i = 0; i < count; i++) {
        const double value = wide ? got[i] : (double)narrow[i];
        const double near = fabs(want) * (wide ? 4e-15 : 2e-6);
        const bool same = (isnan(value) && isnan(want)) || value == want;
        ck_assert_msg(same || fabs(value - want) <= near, "%s, %s[%d]: got %.17g, want %.17g", what,
                      tg_dtype_name(tg_dtype_of(y)), i, value, want);
    }
}

/* Calls [check] in every dtype, as a vector and as a number. */
static void in_all_forms(void (*check)(int row, tg_dtype dtype, int count, bool naive), int row)
{
    for (int form = 0; form < 8; form++) {
        tg_rewind(tape);
        check(row, form & 1 ? TG_F32 : TG_F64, form & 2 ? 1 : LONG, form & 4);
        ck_no_error();
    }
}

static tg_plan *run_with(bool naive, tg_tensor *const *keep)
{
    tg_plan *plan = tg_compile(tape, .keep = keep, .naive = naive);
    run(plan);
    return plan;
}

/* ---- One operand ------------------------------------------------------------------------ */

#define ANY 12345.0 /* a slope that nothing promises */

static const struct {
    const char *name;
    unary apply;
    double x, y, slope;
} unaries[] = {
    { "abs", tg_abs, 0, 0, 0 },
    { "abs", tg_abs, -0.0, 0, 0 },
    { "abs", tg_abs, -3, 3, -1 },
    { "abs", tg_abs, -INFINITY, INFINITY, -1 },
    { "abs", tg_abs, NAN, NAN, NAN },
    { "sign", tg_sign, 0, 0, 0 },
    { "sign", tg_sign, -2, -1, 0 },
    { "sign", tg_sign, INFINITY, 1, 0 },
    { "sign", tg_sign, NAN, NAN, 0 },
    { "square", tg_square, -3, 9, -6 },
    { "exp", tg_exp, 1000, INFINITY, INFINITY },
    { "exp", tg_exp, -1000, 0, 0 },
    { "exp", tg_exp, 0, 1, 1 },
    { "expm1", tg_expm1, 1000, INFINITY, INFINITY },
    { "expm1", tg_expm1, -1000, -1, 0 },
    { "expm1", tg_expm1, 0x1p-33, 0x1.000000004p-33, 1 + 0x1p-33 },
    { "log", tg_log, 0, -INFINITY, INFINITY },
    { "log", tg_log, -1, NAN, -1 },
    { "log", tg_log, 1, 0, 1 },
    { "log1p", tg_log1p, -1, -INFINITY, INFINITY },
    { "log1p", tg_log1p, 0x1p-33, 0x1.ffffffff8p-34, 1 / (1 + 0x1p-33) },
    { "log1p", tg_log1p, 1000, 6.9087547793152204, 1 / 1001.0 },
    { "log1p", tg_log1p, -1000, NAN, 1 / -999.0 },
    { "sqrt", tg_sqrt, 0, 0, INFINITY },
    { "sqrt", tg_sqrt, -1, NAN, NAN },
    { "sigmoid", tg_sigmoid, 0, 0.5, 0.25 },
    { "sigmoid", tg_sigmoid, 1000, 1, 0 },
    { "sigmoid", tg_sigmoid, -1000, 0, 0 },
    { "sigmoid", tg_sigmoid, NAN, NAN, NAN },
    { "tanh", tg_tanh, 1000, 1, 0 },
    { "tanh", tg_tanh, -1000, -1, 0 },
    { "erf", tg_erf, INFINITY, 1, 0 },
    { "erf", tg_erf, 0, 0, 1.1283791670955126 },
    { "erfc", tg_erfc, 5, 1.5374597944280349e-12, -1.5670866531017336e-11 },
    { "erfc", tg_erfc, -INFINITY, 2, 0 },
    { "sin", tg_sin, 0, 0, 1 },
    { "cos", tg_cos, 0, 1, 0 },
    { "cos", tg_cos, INFINITY, NAN, NAN },
};

static void check_unary(int row, tg_dtype dtype, int count, bool naive)
{
    tg_tensor *x = fed("x", dtype, count, unaries[row].x);
    tg_tensor *y = unaries[row].apply(TG_HERE, x);
    tg_tensor *g = tg_grad(tg_sum(y), x);
    tg_plan *plan = run_with(naive, TG_LIST(y, g));
    check_all(y, count, unaries[row].y, unaries[row].name);
    if (unaries[row].slope != ANY) check_all(g, count, unaries[row].slope, "its slope");
    tg_plan_free(plan);
}

START_TEST(functions_of_one_operand_have_their_values_and_slopes_at_singular_points)
{
    in_all_forms(check_unary, _i);
}
END_TEST

/* ---- Two operands ----------------------------------------------------------------------- */

static const struct {
    const char *name;
    binary apply;
    double a, b, y, to_a, to_b;
} binaries[] = {
    { "maximum", tg_maximum, 2, 2, 2, 0.5, 0.5 },
    { "maximum", tg_maximum, 1, 2, 2, 0, 1 },
    { "maximum", tg_maximum, NAN, 1, NAN, ANY, ANY },
    { "maximum", tg_maximum, 1, NAN, NAN, ANY, ANY },
    { "maximum", tg_maximum, -INFINITY, -INFINITY, -INFINITY, 0.5, 0.5 },
    { "minimum", tg_minimum, 2, 2, 2, 0.5, 0.5 },
    { "minimum", tg_minimum, 1, 2, 1, 1, 0 },
    { "minimum", tg_minimum, NAN, 1, NAN, ANY, ANY },
    { "minimum", tg_minimum, 1, NAN, NAN, ANY, ANY },
    { "minimum", tg_minimum, 0, -0.0, 0, 0.5, 0.5 },
    { "pow", tg_pow, 0, 0, 1, 0, 0 },
    { "pow", tg_pow, 2, 0, 1, 0, 0.69314718055994531 },
    { "pow", tg_pow, 0, 1, 0, 1, 0 },
    { "pow", tg_pow, 0, 2, 0, 0, 0 },
    { "pow", tg_pow, 0, 0.5, 0, INFINITY, 0 },
    { "pow", tg_pow, 0, -1, INFINITY, -INFINITY, ANY },
    { "pow", tg_pow, -2, 3, -8, 12, NAN },
    { "pow", tg_pow, -2, -2, 0.25, 0.25, NAN },
    { "pow", tg_pow, -8, 1 / 3.0, NAN, NAN, NAN },
    { "pow", tg_pow, INFINITY, 0, 1, 0, ANY },
    { "pow", tg_pow, 1, INFINITY, 1, ANY, ANY },
    { "div", tg_div, 1, 0, INFINITY, INFINITY, -INFINITY },
    { "div", tg_div, 0, 0, NAN, ANY, NAN },
    { "div", tg_div, 1, -0.0, -INFINITY, -INFINITY, -INFINITY },
    { "mul", tg_mul, INFINITY, 0, NAN, 0, INFINITY },
    { "sub", tg_sub, INFINITY, INFINITY, NAN, 1, -1 },
};

static void check_binary(int row, tg_dtype dtype, int count, bool naive)
{
    tg_tensor *a = fed("a", dtype, count, binaries[row].a);
    tg_tensor *b = fed("b", dtype, count, binaries[row].b);
    tg_tensor *y = binaries[row].apply(TG_HERE, a, b);
    tg_tensor *to[2];
    tg_vjp(y, tg_ones_like(y), 2, (tg_tensor *[]){ a, b }, to);
    tg_plan *plan = run_with(naive, TG_LIST(y, to[0], to[1]));
    check_all(y, count, binaries[row].y, binaries[row].name);
    if (binaries[row].to_a != ANY) check_all(to[0], count, binaries[row].to_a, "its slope in a");
    if (binaries[row].to_b != ANY) check_all(to[1], count, binaries[row].to_b, "its slope in b");
    tg_plan_free(plan);
}

START_TEST(functions_of_two_operands_have_their_values_and_slopes_at_singular_points)
{
    in_all_forms(check_binary, _i);
}
END_TEST

/* ---- Powers with a fixed exponent --------------------------------------------------------------
 */

static const struct {
    double x, exponent, y, slope, bend;
} powers[] = {
    { -2, 3, -8, 12, -12 },
    { -3, 2, 9, -6, 2 },
    { 0, 2, 0, 0, 2 },
    { 0, 1, 0, 1, 0 },
    { 0, 0, 1, 0, 0 },
    { -2, -1, -0.5, -0.25, -0.25 },
    { 4, 0.5, 2, 0.25, -0.03125 },
    { 0, 3, 0, 0, 0 },
};

static void check_power(int row, tg_dtype dtype, int count, bool naive)
{
    tg_tensor *x = fed("x", dtype, count, powers[row].x);
    tg_tensor *y = tg_pow_num(x, powers[row].exponent);
    tg_tensor *slope = tg_grad(tg_sum(y), x);
    tg_tensor *bend = tg_grad(tg_sum(slope), x);
    tg_plan *plan = run_with(naive, TG_LIST(y, slope, bend));
    check_all(y, count, powers[row].y, "pow_num");
    check_all(slope, count, powers[row].slope, "its slope");
    check_all(bend, count, powers[row].bend, "its second derivative");
    tg_plan_free(plan);
}

START_TEST(powers_with_a_whole_exponent_are_exact_for_any_base_to_second_order)
{
    in_all_forms(check_power, _i);
}
END_TEST

/* ---- Select
 * -------------------------------------------------------------------------------------- */

static void check_select(int row, tg_dtype dtype, int count, bool naive)
{
    const bool takes_first = row;
    tg_tensor *bad = fed("bad", dtype, count, NAN), *good = fed("good", dtype, count, 3);
    tg_tensor *g = fed("g", dtype, count, row ? INFINITY : NAN), *to[2];
    tg_tensor *condition = takes_first ? tg_equal(good, good) : tg_less(good, good);
    tg_tensor *a = takes_first ? good : bad, *b = takes_first ? bad : good;
    tg_tensor *y = tg_select(condition, a, b);
    tg_vjp(y, g, 2, (tg_tensor *[]){ good, bad }, to);
    tg_plan *plan = run_with(naive, TG_LIST(y, to[0], to[1]));
    check_all(y, count, 3, "select");
    check_all(to[0], count, row ? INFINITY : NAN, "what the branch taken gets");
    check_all(to[1], count, 0, "what the other branch gets");
    tg_plan_free(plan);
}

START_TEST(the_branch_not_taken_gives_no_value_and_gets_no_gradient)
{
    in_all_forms(check_select, _i);
}
END_TEST

START_TEST(a_guarded_logarithm_has_no_nan_in_its_gradients)
{
    const double at[] = { -1, 0, 2 };
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(3), at);
    tg_tensor *positive = tg_greater(x, tg_number(tape, 0));
    tg_tensor *safe = tg_select(positive, x, tg_number(tape, 1));
    tg_tensor *y = tg_select(positive, tg_mul(safe, tg_log(safe)), tg_number(tape, 0));
    tg_tensor *slope = tg_grad(tg_sum(y), x);
    ck_values(y, 3, (double[]){ 0, 0, 2 * log(2) });
    ck_values(slope, 3, (double[]){ 0, 0, 1 + log(2) });
    ck_values(tg_grad(tg_sum(slope), x), 3, (double[]){ 0, 0, 0.5 });
}
END_TEST

/* ---- Reductions
 * ----------------------------------------------------------------------------------- */

START_TEST(all_that_tie_share_the_gradient_equally)
{
    const double at[] = { 1, 3, 3, 3, 2, 2, 5, 2 }, third = 1.0 / 3;
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(2, 4), at);
    ck_values(tg_max(x, .axis = 1), 2, (double[]){ 3, 5 });
    ck_values(tg_grad(tg_sum(tg_max(x, .axis = 1)), x), 8,
              (double[]){ 0, third, third, third, 0, 0, 1, 0 });
    ck_values(tg_grad(tg_sum(tg_min(x, .axis = 1)), x), 8,
              (double[]){ 1, 0, 0, 0, third, third, 0, third });
    ck_values(tg_grad(tg_max(x), x), 8, (double[]){ 0, 0, 0, 0, 0, 0, 1, 0 });
    tg_tensor *same = tg_full(tape, TG_F64, TG_SHAPE(4), -INFINITY);
    ck_values(tg_max(same), 1, (double[]){ -INFINITY });
    ck_values(tg_grad(tg_max(same), same), 4, (double[]){ 0.25, 0.25, 0.25, 0.25 });
}
END_TEST

START_TEST(a_nan_is_the_largest_and_the_smallest_wherever_it_stands)
{
    for (int place = 0; place < 50; place++) {
        double at[50] = { 0 };
        at[place] = (double)NAN;
        tg_rewind(tape);
        tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(50), at);
        tg_tensor *columns = tg_reshape(x, TG_SHAPE(50, 1));
        ck_values(tg_max(x), 1, (double[]){ NAN });
        ck_values(tg_min(tg_cast(x, TG_F64), .axis = 0), 1, (double[]){ NAN });
        ck_values(tg_max(tg_broadcast(columns, TG_SHAPE(50, 3)), .axis = 0), 3,
                  (double[]){ NAN, NAN, NAN });
    }
}
END_TEST

START_TEST(the_sum_of_nothing_is_zero_and_its_mean_is_nan)
{
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(2, 0));
    ck_values(tg_sum(none), 1, (double[]){ 0 });
    ck_values(tg_sum(none, .axis = 1), 2, (double[]){ 0, 0 });
    ck_values(tg_mean(none), 1, (double[]){ NAN });
    ck_values(tg_mean(none, .axis = 1), 2, (double[]){ NAN, NAN });
    ck_assert_int_eq(tg_count(tg_sum(none, .axis = 0)), 0);
    ck_assert_int_eq(tg_count(tg_max(none, .axis = 0)), 0);
    ck_assert_int_eq(tg_count(tg_grad(tg_sum(none), none)), 0);
    ck_refused(tg_max(none), TG_ERR_SHAPE, "axis 1 is empty");
    ck_refused(tg_min(none, .axis = 1), TG_ERR_SHAPE, "axis 1 is empty");
    ck_refused(tg_argmax(none), TG_ERR_SHAPE, "axis 1 is empty");
}
END_TEST

START_TEST(products_over_nothing_are_zero)
{
    tg_tensor *a = tg_input(tape, "a", TG_F64, TG_SHAPE(2, 0));
    tg_tensor *b = tg_input(tape, "b", TG_F64, TG_SHAPE(0, 2));
    ck_values(tg_matmul(a, b), 4, (double[]){ 0, 0, 0, 0 });
}
END_TEST

/* Sums of a million floats, over all and over either axis, planned and naive. */
START_TEST(a_million_floats_are_summed_to_the_last_digit)
{
    enum { SIDE = 1024, COUNT = SIDE * SIDE };
    float *at = malloc(COUNT * sizeof *at);
    double sum = 0;
    for (int i = 0; i < COUNT; i++) sum += (double)(at[i] = 0.1f + 1.0f / (float)(1 + i % 1000));
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(SIDE, SIDE), at);
    tg_tensor *all = tg_sum(x), *flat = tg_sum(tg_reshape(x, TG_SHAPE(1, COUNT)), .axis = 1);
    tg_tensor *rows = tg_sum(tg_cast(tg_sum(x, .axis = 1), TG_F64));
    tg_tensor *columns = tg_sum(tg_cast(tg_sum(x, .axis = 0), TG_F64));
    tg_tensor *mean = tg_mul_num(tg_cast(tg_mean(x), TG_F64), COUNT);
    for (int naive = 0; naive < 2; naive++) {
        tg_plan *plan = run_with(naive, TG_LIST(all, flat, rows, columns, mean));
        tg_tensor *const sums[] = { all, flat, rows, columns, mean };
        for (int i = 0; i < COUNT_OF(sums); i++)
            ck_assert_msg(fabs(tg_item(sums[i]) / sum - 1) < 1.2e-7, "sum %d: got %.9g, want %.9g",
                          i, tg_item(sums[i]), sum);
        tg_plan_free(plan);
    }
    free(at);
}
END_TEST

START_TEST(negative_zeros_keep_their_sign)
{
    tg_tensor *zero = fed("zero", TG_F64, LONG, 0);
    double got[LONG];
    ck_assert_int_eq(tg_get(tg_neg(zero), got, LONG), TG_OK);
    for (int i = 0; i < LONG; i++) ck_assert(signbit(got[i]));
    ck_assert_int_eq(tg_get(tg_add_num(tg_neg(zero), 0), got, LONG), TG_OK);
    for (int i = 0; i < LONG; i++) ck_assert(!signbit(got[i]));
    ck_assert_int_eq(tg_get(tg_sub_num(tg_neg(zero), 0), got, LONG), TG_OK);
    for (int i = 0; i < LONG; i++) ck_assert(signbit(got[i]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conventions");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all,
                        functions_of_one_operand_have_their_values_and_slopes_at_singular_points, 0,
                        COUNT_OF(unaries));
    tcase_add_loop_test(all,
                        functions_of_two_operands_have_their_values_and_slopes_at_singular_points,
                        0, COUNT_OF(binaries));
    tcase_add_loop_test(all, powers_with_a_whole_exponent_are_exact_for_any_base_to_second_order, 0,
                        COUNT_OF(powers));
    tcase_add_loop_test(all, the_branch_not_taken_gives_no_value_and_gets_no_gradient, 0, 2);
    tcase_add_test(all, a_guarded_logarithm_has_no_nan_in_its_gradients);
    tcase_add_test(all, all_that_tie_share_the_gradient_equally);
    tcase_add_test(all, a_nan_is_the_largest_and_the_smallest_wherever_it_stands);
    tcase_add_test(all, the_sum_of_nothing_is_zero_and_its_mean_is_nan);
    tcase_add_test(all, products_over_nothing_are_zero);
    tcase_add_test(all, a_million_floats_are_summed_to_the_last_digit);
    tcase_add_test(all, negative_zeros_keep_their_sign);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
