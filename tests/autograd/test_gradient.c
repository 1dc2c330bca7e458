/* test_gradient.c: the reverse pass as a whole: nested derivatives, cotangents, what has no
 * path, and what it refuses. The rules of single operations are checked elsewhere. */
#include "tests/support/recorded.h"

START_TEST(the_third_derivative_of_tanh_is_its_closed_form)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SCALAR);
    tg_tensor *first = tg_grad(tg_tanh(x), x), *second = tg_grad(first, x);
    tg_tensor *third = tg_grad(second, x);
    ck_no_error();
    for (double at = -2; at <= 2; at += 0.25) {
        ck_assert_int_eq(tg_feed(x, &at, 1), TG_OK);
        const double t = tanh(at), s = 1 - t * t;
        ck_close(tg_item(first), s, 1e-15);
        ck_close(tg_item(second), -2 * t * s, 1e-15);
        ck_close(tg_item(third), s * (6 * t * t - 2), 1e-14);
    }
}
END_TEST

START_TEST(derivatives_of_exp_stay_what_they_are_to_any_order)
{
    tg_tensor *x = tg_number(tape, 1.5), *y = tg_exp(tg_mul_num(x, 0.5));
    for (int order = 0; order < 8; order++) {
        ck_close(tg_item(y), exp(0.75) * pow(0.5, order), 1e-14);
        y = tg_grad(y, x);
    }
}
END_TEST

START_TEST(the_hessian_of_rosenbrocks_function_is_its_closed_form)
{
    const double a = -1.2, b = 1;
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(2), (const double[]){ a, b });
    tg_tensor *x0 = tg_slice(x, 0, 0, 1, 1), *x1 = tg_slice(x, 0, 1, 2, 1);
    tg_tensor *y = tg_sum(tg_add(tg_mul_num(tg_square(tg_sub(x1, tg_square(x0))), 100),
                                 tg_square(tg_rsub_num(1, x0))));
    tg_tensor *g = tg_grad(y, x);
    ck_close(tg_item(y), 24.2, 1e-15);
    ck_values(g, 2, (const double[]){ -400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a) });
    const double want[2][2] = { { 1200 * a * a - 400 * b + 2, -400 * a }, { -400 * a, 200 } };
    for (int i = 0; i < 2; i++)
        ck_values(tg_grad(tg_sum(tg_slice(g, 0, i, i + 1, 1)), x), 2, want[i]);
}
END_TEST

START_TEST(a_cotangent_weighs_the_rows_of_the_jacobian)
{
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(3), (const double[]){ 1, 2, 3 });
    tg_tensor *u = tg_constant(tape, TG_F64, TG_SHAPE(3), (const double[]){ 10, 0, -1 });
    tg_tensor *y = tg_square(x), *out[2];
    ck_assert_int_eq(tg_vjp(y, u, TG_LIST(x, y), out), TG_OK);
    ck_values(out[0], 3, (const double[]){ 20, 0, -6 });
    ck_values(out[1], 3, (const double[]){ 10, 0, -1 }); /* of y itself: the cotangent */
    /* The product is linear in the cotangent, and can be differentiated with respect to it. */
    ck_values(tg_grad(tg_sum(out[0]), u), 3, (const double[]){ 2, 4, 6 });
}
END_TEST

START_TEST(several_nodes_are_differentiated_in_one_pass)
{
    tg_tensor *x[5], *y = tg_number(tape, 1), *out[5];
    for (int i = 0; i < 5; i++) {
        x[i] = tg_number(tape, i + 2);
        y = tg_mul(y, x[i]);
    }
    ck_assert_int_eq(tg_vjp(y, NULL, (tg_list){ 5, x }, out), TG_OK);
    for (int i = 0; i < 5; i++) ck_close(tg_item(out[i]), 720.0 / (i + 2), 1e-15);
    ck_assert_int_eq(tg_vjp(y, NULL, (tg_list){ 0, NULL }, NULL), TG_OK);
}
END_TEST

START_TEST(the_same_node_asked_for_twice_gets_the_same_gradient)
{
    tg_tensor *x = tg_number(tape, 3), *out[2];
    ck_assert_int_eq(tg_vjp(tg_square(x), NULL, TG_LIST(x, x), out), TG_OK);
    ck_assert(tg_item(out[0]) == 6 && tg_item(out[1]) == 6);
}
END_TEST

START_TEST(a_node_without_a_path_gets_zeros)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2));
    tg_tensor *unused = tg_input(tape, "unused", TG_F64, TG_SHAPE(2, 2));
    tg_tensor *y = tg_sum(tg_square(x));
    tg_tensor *later = tg_input(tape, "later", TG_F64, TG_SHAPE(3));
    ck_values(tg_grad(y, unused), 4, (const double[]){ 0, 0, 0, 0 });
    ck_values(tg_grad(y, later), 3, (const double[]){ 0, 0, 0 });
    tg_tensor *stopped = tg_sum(tg_mul(x, tg_stop_gradient(tg_exp(x))));
    ck_values(tg_grad(stopped, x), 2, (const double[]){ 1, 1 });
    ck_values(tg_grad(tg_sum(tg_cast(tg_cast(x, TG_I32), TG_F64)), x), 2, (const double[]){ 0, 0 });
    ck_assert(tg_depends(y, x) && !tg_depends(y, unused) && !tg_depends(y, later));
    ck_assert(!tg_depends(tg_stop_gradient(x), x));
}
END_TEST

START_TEST(a_node_used_many_times_gathers_all_its_gradients)
{
    tg_tensor *x = tg_number(tape, 0.5), *y = x;
    for (int i = 0; i < 40; i++) y = tg_add(y, tg_mul(y, x)); /* x (1 + x)^40 */
    ck_close(tg_item(tg_grad(y, x)), pow(1.5, 40) + 0.5 * 40 * pow(1.5, 39), 1e-13);
}
END_TEST

START_TEST(gradients_pass_between_floats_and_have_their_operands_dtype)
{
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(2));
    tg_tensor *g = tg_grad(tg_sum(tg_square(tg_cast(x, TG_F64))), x);
    const float at[2] = { 3, 4 };
    float got[2];
    ck_assert_int_eq(tg_dtype_of(g), TG_F32);
    ck_assert_int_eq(tg_feed(x, at, 2), TG_OK);
    ck_assert_int_eq(tg_get(g, got, 2), TG_OK);
    ck_assert(got[0] == 6 && got[1] == 8);
}
END_TEST

START_TEST(what_has_no_derivative_is_refused_and_leaves_nulls)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2)), *out[1] = { x };
    tg_tensor *n = tg_input(tape, "n", TG_I32, TG_SHAPE(2)), *y = tg_sum(x);
    const size_t length = tg_tape_length(tape);
    ck_refused(tg_grad(x, x), TG_ERR_SHAPE, "gradient is that of one number");
    ck_refused(tg_grad(tg_sum(n), n), TG_ERR_DTYPE, "only f32 and f64");
    ck_refused(tg_grad(y, n), TG_ERR_DTYPE, "only f32 and f64");
    ck_assert_int_eq(tg_vjp(x, y, TG_LIST(x), out), TG_ERR_SHAPE);
    ck_assert_ptr_null(out[0]);
    ck_says_at(__FILE__, __LINE__ - 2, "the cotangent must have the shape");
    ck_assert_int_eq(tg_vjp(y, NULL, (tg_list){ 1, NULL }, out), TG_ERR_ARGUMENT);
    ck_says_at(__FILE__, __LINE__ - 1, "list of nodes is NULL");
    ck_assert_int_eq(tg_vjp(y, NULL, TG_LIST(x), NULL), TG_ERR_ARGUMENT);
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_vjp(y, NULL, TG_LIST(NULL), out), TG_ERR_ARGUMENT);
    ck_says_at(__FILE__, __LINE__ - 1, "node 0 of the list is NULL");
    ck_assert_int_eq(tg_vjp(NULL, NULL, TG_LIST(x), out), TG_ERR_ARGUMENT);
    ck_no_error();
    ck_assert_uint_le(tg_tape_length(tape), length + 2); /* the sum of n */
    ck_values(tg_grad(y, x), 2, (const double[]){ 1, 1 });
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gradient");
    TCase *all = tcase_create("gradient");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, the_third_derivative_of_tanh_is_its_closed_form);
    tcase_add_test(all, derivatives_of_exp_stay_what_they_are_to_any_order);
    tcase_add_test(all, the_hessian_of_rosenbrocks_function_is_its_closed_form);
    tcase_add_test(all, a_cotangent_weighs_the_rows_of_the_jacobian);
    tcase_add_test(all, several_nodes_are_differentiated_in_one_pass);
    tcase_add_test(all, the_same_node_asked_for_twice_gets_the_same_gradient);
    tcase_add_test(all, a_node_without_a_path_gets_zeros);
    tcase_add_test(all, a_node_used_many_times_gathers_all_its_gradients);
    tcase_add_test(all, gradients_pass_between_floats_and_have_their_operands_dtype);
    tcase_add_test(all, what_has_no_derivative_is_refused_and_leaves_nulls);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
