/* test_jacobian.c: Jacobians against their closed forms; everything is computed by the planner and
 * by the reference executor. */
#include "tests/support/both_ways.h"

static const double at3[3] = { 0.5, -1.25, 2 };

/* [count] copies of y along a new first axis, so that one and the same function is taken row by
 * row, or column by column once its rows outnumber the columns. */
START_TEST(rows_and_columns_give_one_jacobian)
{
    const double a[6] = { 1, -2, 0.5, 3, 1.5, -1 };
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), a);
    tg_tensor *y = tg_mul(tg_sum(tg_exp(x), .axis = 0), tg_sin(tg_sum(x))); /* [3] */
    double want[18], thrice[54], sum = 0;
    for (int i = 0; i < 6; i++) sum += a[i];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 6; k++)
            want[6 * i + k] =
                (exp(a[i]) + exp(a[i + 3])) * cos(sum) + (k % 3 == i ? exp(a[k]) * sin(sum) : 0);
    tg_tensor *rows = tg_jacobian(y, x);
    ck_shape(rows, TG_SHAPE(3, 2, 3));
    ck_both_ways(rows, 18, want, 1e-15);
    tg_tensor *columns = tg_jacobian(tg_stack(TG_LIST(y, y, y), 0), x);
    ck_shape(columns, TG_SHAPE(3, 3, 2, 3));
    for (int i = 0; i < 3; i++) memcpy(thrice + 18 * i, want, sizeof want);
    ck_both_ways(columns, 54, thrice, 1e-15);
}
END_TEST

START_TEST(jacobians_of_numbers_and_of_nothing_have_the_joined_shape)
{
    tg_tensor *x = fed("x", TG_SHAPE(3), at3), *s = fed("s", TG_SCALAR, at3);
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(2, 0));
    ck_both_ways(tg_jacobian(tg_sum(tg_square(x)), x), 3, (const double[]){ 1, -2.5, 4 }, 0);
    tg_tensor *column = tg_jacobian(tg_mul(x, tg_square(s)), s);
    ck_shape(column, TG_SHAPE(3));
    ck_both_ways(column, 3, at3, 0); /* 2 s = 1 */
    tg_tensor *number = tg_jacobian(tg_exp(s), s);
    ck_shape(number, TG_SCALAR);
    ck_both_ways(number, 1, (const double[]){ exp(0.5) }, 1e-15);
    ck_shape(tg_jacobian(tg_exp(none), none), TG_SHAPE(2, 0, 2, 0));
    ck_shape(tg_jacobian(none, x), TG_SHAPE(2, 0, 3));
    ck_both_ways(tg_jacobian(tg_mul(x, tg_sum(none)), none), 0, NULL, 0);
    ck_both_ways(tg_jacobian(tg_exp(x), s), 3, (const double[3]){ 0 }, 0);
    const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    ck_both_ways(tg_jacobian(x, x), 9, identity, 0);
    ck_shape(tg_hessian(tg_sum(none), none), TG_SHAPE(2, 0, 2, 0));
    tg_rewind(tape);
    x = fed("x", TG_SHAPE(3), at3);
    ck_refused(tg_jacobian(x, none), TG_ERR_STATE, "stale");
}
END_TEST

START_TEST(a_jacobian_has_the_dtype_of_what_is_differentiated)
{
    const float at[3] = { 1, 2, 3 };
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(3));
    ck_assert_int_eq(tg_feed(x, at, 3), TG_OK);
    tg_tensor *squares = tg_square(tg_cast(x, TG_F64)); /* [3] */
    tg_tensor *few = tg_sum(squares, .keep = true), *many = tg_concat(TG_LIST(squares, few), 0);
    tg_tensor *rows = tg_jacobian(few, x), *columns = tg_jacobian(many, x);
    ck_assert_int_eq(tg_dtype_of(rows), TG_F64);
    ck_assert_int_eq(tg_dtype_of(columns), TG_F64);
    ck_both_ways(rows, 3, (const double[]){ 2, 4, 6 }, 0);
    ck_both_ways(columns, 12, (const double[]){ 2, 0, 0, 0, 4, 0, 0, 0, 6, 2, 4, 6 }, 0);
    ck_both_ways(tg_jacobian(tg_square(x), x), 9, (const double[]){ 2, 0, 0, 0, 4, 0, 0, 0, 6 }, 0);
}
END_TEST

START_TEST(a_jacobian_has_at_most_eight_axes_and_not_too_many_rows)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(1, 2, 1, 1));
    tg_tensor *five = tg_input(tape, "five", TG_F64, TG_SHAPE(1, 1, 2, 1, 1));
    tg_tensor *large = tg_input(tape, "large", TG_F64, TG_SHAPE(70000));
    ck_shape(tg_jacobian(tg_exp(x), x), TG_SHAPE(1, 2, 1, 1, 1, 2, 1, 1));
    ck_refused(tg_jacobian(tg_exp(five), x), TG_ERR_SHAPE, "the result would have 9 axes");
    ck_refused(tg_hessian(tg_sum(five), five), TG_ERR_SHAPE,
               "tg_hessian: the result would have 10");
    ck_refused(tg_jacobian(tg_exp(large), large), TG_ERR_UNSUPPORTED, "up to 65535");
    ck_shape(tg_jacobian(tg_sum(large), large), TG_SHAPE(70000));
}
END_TEST

START_TEST(the_jacobian_of_softmax_is_its_closed_form)
{
    double p[3], sum = 0, want[9];
    for (int i = 0; i < 3; i++) sum += p[i] = exp(at3[i]);
    for (int i = 0; i < 3; i++) p[i] /= sum;
    for (int i = 0; i < 9; i++) want[i] = (i / 3 == i % 3 ? p[i / 3] : 0) - p[i / 3] * p[i % 3];
    tg_tensor *x = fed("x", TG_SHAPE(3), at3);
    ck_both_ways(tg_jacobian(tg_softmax(x), x), 9, want, 1e-15);
    ck_both_ways(tg_hessian(tg_logsumexp(x), x), 9, want, 1e-15);
}
END_TEST

START_TEST(the_jacobian_of_a_product_is_its_factor)
{
    const double a[6] = { 1, 2, 3, 4, 5, 6 }, b[6] = { 1, -1, 0.5, 2, 3, -2 };
    tg_tensor *left = fed("a", TG_SHAPE(2, 3), a), *right = fed("b", TG_SHAPE(3, 2), b);
    double by_right[24], by_left[24], both[12];
    for (int i = 0; i < 24; i++) {
        const int row = i / 12, column = i / 6 % 2, k = i % 6 / 2, l = i % 2;
        by_right[i] = column == l ? a[3 * row + k] : 0; /* d(ab)[row, column] / db[k, l] */
        const int m = i % 6 / 3, n = i % 3;
        by_left[i] = row == m ? b[2 * n + column] : 0; /* ... / da[m, n] */
    }
    tg_tensor *product = tg_matmul(left, right);
    ck_both_ways(tg_jacobian(product, right), 24, by_right, 0);
    ck_both_ways(tg_jacobian(product, left), 24, by_left, 0);
    ck_both_ways(tg_jacobian(tg_einsum("ij,jk->ki", TG_LIST(left, right)), left), 24,
                 (const double[]){ 1,  0.5, 3,  0, 0, 0, 0, 0, 0, 1,  0.5, 3,
                                   -1, 2,   -2, 0, 0, 0, 0, 0, 0, -1, 2,   -2 },
                 0);
    /* The trace of a b, and a double sum: [i, k] of a_ij x_j^2. */
    ck_both_ways(tg_jacobian(tg_einsum("ij,ji->", TG_LIST(left, right)), left), 6,
                 (const double[]){ 1, 0.5, 3, -1, 2, -2 }, 0);
    tg_tensor *x = fed("x", TG_SHAPE(3), at3);
    for (int i = 0; i < 12; i++) {
        const int j = i % 3;
        both[i] = 2 * a[3 * (i / 6) + j] * at3[j] * (i / 3 % 2 ? 10 : 1);
    }
    tg_tensor *weights = tg_constant(tape, TG_F64, TG_SHAPE(2), (const double[]){ 1, 10 });
    tg_tensor *squares = tg_einsum("ij,j,j,k->ik", TG_LIST(left, x, x, weights));
    ck_both_ways(tg_jacobian(squares, x), 12, both, 1e-15);
}
END_TEST

START_TEST(the_jacobian_of_sort_is_a_permutation)
{
    tg_tensor *x = fed("x", TG_SHAPE(4), (const double[]){ 3, -1, 7, 0 });
    ck_both_ways(tg_jacobian(tg_sort(x), x), 16,
                 (const double[]){ 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0 }, 0);
    ck_both_ways(tg_jacobian(tg_top_k(x, 2), x), 8, (const double[]){ 0, 0, 1, 0, 1, 0, 0, 0 }, 0);
    ck_both_ways(tg_hessian(tg_sum(tg_mul(tg_sort(x), tg_sort(x))), x), 16,
                 (const double[]){ 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2 }, 0);
}
END_TEST

/* The product of x[0..last] without the elements [i] and [j]. */
static double product_without(const double *x, int last, int i, int j)
{
    double product = i <= last && j <= last;
    for (int k = 0; k <= last; k++) product *= k == i || k == j ? 1 : x[k];
    return product;
}

START_TEST(products_are_differentiated_right_beside_zeros)
{
    enum { N = 5 };
    static const double cases[3][N] = { { 2, 0, 3, -1, 5 }, { 2, 0, 3, 0, 5 }, { 0, 0, 0, 4, 1 } };
    const double *x_at = cases[_i];
    tg_tensor *x = fed("x", TG_SHAPE(N), x_at);
    double first[N * N], second[N * N];
    for (int i = 0; i < N * N; i++) {
        first[i] = product_without(x_at, i / N, i % N, i % N);
        second[i] = i / N == i % N ? 0 : product_without(x_at, N - 1, i / N, i % N);
    }
    ck_both_ways(tg_jacobian(tg_cumprod(x, 0), x), N * N, first, 0);
    ck_both_ways(tg_jacobian(tg_prod(x), x), N, first + N * (N - 1), 0);
    ck_both_ways(tg_hessian(tg_prod(x), x), N * N, second, 0);
    ck_both_ways(tg_hessian(tg_sum(tg_slice(tg_cumprod(x, 0), 0, N - 1, N, 1)), x), N * N, second,
                 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jacobian");
    TCase *cases = tcase_create("jacobian");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, rows_and_columns_give_one_jacobian);
    tcase_add_test(cases, jacobians_of_numbers_and_of_nothing_have_the_joined_shape);
    tcase_add_test(cases, a_jacobian_has_the_dtype_of_what_is_differentiated);
    tcase_add_test(cases, a_jacobian_has_at_most_eight_axes_and_not_too_many_rows);
    tcase_add_test(cases, the_jacobian_of_softmax_is_its_closed_form);
    tcase_add_test(cases, the_jacobian_of_a_product_is_its_factor);
    tcase_add_test(cases, the_jacobian_of_sort_is_a_permutation);
    tcase_add_loop_test(cases, products_are_differentiated_right_beside_zeros, 0, 3);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
