/* test_clip.c: norms of several tensors, and what is clipped by them. */
#include "tests/support/problem.h"

/* ---- Norms --------------------------------------------------------------------------------- */

START_TEST(norms_have_three_orders)
{
    const double data[] = { 3, -4, 0, 12 };
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(4), data), *y = tg_mul_num(x, -1);
    tg_tensor *none = tg_full(tape, TG_F64, TG_SHAPE(0), 0);
    ck_close(tg_item(tg_global_norm(TG_LIST(x))), 13, 0);
    ck_close(tg_item(tg_global_norm(TG_LIST(x, y), .order = 1)), 38, 0);
    ck_close(tg_item(tg_global_norm(TG_LIST(none, x), .order = HUGE_VAL)), 12, 0);
    ck_close(tg_item(tg_global_norm(TG_LIST(none), .order = HUGE_VAL)), 0, 0);
    tg_tensor *out[2];
    ck_close(tg_item(tg_clip_norm(TG_LIST(x, y), 19, out, .order = 1)), 38, 0);
    ck_values(out[1], 4, (const double[]){ -1.5, 2, 0, -6 });
    ck_refused(tg_global_norm(TG_LIST(x), .order = 0.5), TG_ERR_ARGUMENT, "order = 0.5");
}
END_TEST

START_TEST(norms_of_f32_hold_its_whole_range)
{
    const float large[] = { 3e38f, -3e38f, 1e-45f };
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(3), large);
    ck_close(tg_item(tg_global_norm(TG_LIST(x), .order = 1)), 2 * (double)3e38f, 1e-12);
    ck_close(tg_item(tg_global_norm(TG_LIST(x), .order = HUGE_VAL)), (double)3e38f, 0);
}
END_TEST

/* ---- Clipping ------------------------------------------------------------------------------ */

START_TEST(clipping_leaves_what_is_within_the_limit_unchanged_to_the_bit)
{
    tg_tensor *a = tg_constant(tape, TG_F64, TG_SHAPE(2), ((double[]){ 0.1, 3 }));
    tg_tensor *b = tg_number(tape, -4);
    tg_tensor *list[] = { a, b }, *out[2];
    const double length = sqrt(25.01), limit = _i == 0 ? 6 : 1;
    tg_tensor *norm = tg_clip_norm((tg_list){ 2, list }, limit, out);
    double got[2];
    ck_no_error();
    ck_close(tg_item(norm), length, 1e-15);
    ck_assert_int_eq(tg_get(out[0], got, 2), TG_OK);
    ck_close(got[0], _i == 0 ? 0.1 : 0.1 / length, _i == 0 ? 0 : 1e-15);
    ck_close(got[1], _i == 0 ? 3 : 3 / length, _i == 0 ? 0 : 1e-15);
    ck_close(tg_item(out[1]), _i == 0 ? -4 : -4 / length, _i == 0 ? 0 : 1e-15);
}
END_TEST

START_TEST(clipping_passes_nan_on_and_is_safe_at_zero)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2));
    tg_tensor *clipped;
    tg_tensor *norm = tg_clip_norm(TG_LIST(x), 1, &clipped);
    tg_tensor *slope = tg_grad(tg_sum(clipped), x), *norm_slope = tg_grad(norm, x);
    tg_plan *plan = tg_compile_pure(tape, norm, clipped, slope, norm_slope);
    double got[2];
    run(plan);
    ck_assert_double_eq(tg_item(norm), 0);
    ck_assert_int_eq(tg_get(clipped, got, 2), TG_OK);
    ck_assert(got[0] == 0 && got[1] == 0);
    ck_assert_int_eq(tg_get(slope, got, 2), TG_OK);
    ck_assert(got[0] == 1 && got[1] == 1);
    ck_assert_int_eq(tg_get(norm_slope, got, 2), TG_OK);
    ck_assert(got[0] == 0 && got[1] == 0);

    ck_assert_int_eq(tg_feed(x, ((double[]){ NAN, 5 }), 2), TG_OK);
    run(plan);
    ck_assert(isnan(tg_item(norm)));
    ck_assert_int_eq(tg_get(clipped, got, 2), TG_OK);
    ck_assert(isnan(got[0]));
    tg_plan_free(plan);
}
END_TEST

START_TEST(clipping_refuses_a_limit_that_is_not_positive)
{
    static const double limits[] = { 0, -1, NAN, INFINITY };
    tg_tensor *x = tg_number(tape, 2), *out = x;
    ck_assert_ptr_null(tg_clip_norm(TG_LIST(x), limits[_i], &out));
    ck_assert_ptr_null(out);
    ck_says("tg_clip_norm: limit");
}
END_TEST

START_TEST(a_vanishing_gradient_under_clipping_leaves_the_parameters_alone)
{
    tg_gd(tg_mul_num(make_loss(), 0), .lr = 1, .clip_norm = 0.1);
    tg_plan *step = tg_compile(tape);
    run(step);
    double w[ALL];
    get_parameters(w);
    for (int i = 0; i < ALL; i++) ck_assert(w[i] == start[i]);
    tg_plan_free(step);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clip");
    TCase *cases = tcase_create("clip");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_test(cases, norms_have_three_orders);
    tcase_add_test(cases, norms_of_f32_hold_its_whole_range);
    tcase_add_loop_test(cases, clipping_leaves_what_is_within_the_limit_unchanged_to_the_bit, 0, 2);
    tcase_add_test(cases, clipping_passes_nan_on_and_is_safe_at_zero);
    tcase_add_loop_test(cases, clipping_refuses_a_limit_that_is_not_positive, 0, 4);
    tcase_add_test(cases, a_vanishing_gradient_under_clipping_leaves_the_parameters_alone);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
