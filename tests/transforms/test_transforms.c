/* test_transforms.c: jvp, hvp, Jacobians and Hessians, nested to any depth, against their closed
 * forms; everything is computed by the planner and by the reference executor. That the rules of
 * single operations are right is test_closure.c's. */
#include "tests/support/both_ways.h"
#include "tests/support/random.h"

static const double at3[3] = { 0.5, -1.25, 2 };
static const double along3[3] = { 1, 0.5, -2 };

/* ---- Derivatives along a direction ------------------------------------------------------ */

START_TEST(jvp_takes_inputs_and_variables_together)
{
    tg_var *var = tg_param(store, "w", TG_SHAPE(3), tg_init_zeros());
    const double w_at[3] = { 3, -1, 0.25 }, w_along[3] = { -1, 2, 4 };
    ck_assert_int_eq(tg_var_set(var, w_at, 3), TG_OK);
    tg_tensor *x = fed("x", TG_SHAPE(3), at3), *w = tg_read(tape, var);
    tg_tensor *t = fed("t", TG_SHAPE(3), along3), *s = fed("s", TG_SHAPE(3), w_along);
    tg_tensor *y = tg_mul(tg_square(x), tg_sin(w));
    double want[3];
    for (int i = 0; i < 3; i++)
        want[i] =
            2 * at3[i] * sin(w_at[i]) * along3[i] + at3[i] * at3[i] * cos(w_at[i]) * w_along[i];
    tg_tensor *jvp = tg_jvp(y, (tg_list){ 2, ((tg_tensor *[]){ x, w }) },
                            (tg_list){ 2, ((tg_tensor *[]){ t, s }) });
    ck_shape(jvp, TG_SHAPE(3));
    ck_both_ways(jvp, 3, want, 1e-15);
}
END_TEST

START_TEST(jvp_starts_from_nodes_in_the_middle_too)
{
    tg_tensor *x = fed("x", TG_SHAPE(3), at3), *middle = tg_exp(x);
    tg_tensor *t = fed("t", TG_SHAPE(3), along3), *y = tg_mul(tg_sin(middle), x);
    double want[3];
    for (int i = 0; i < 3; i++) want[i] = cos(exp(at3[i])) * at3[i] * along3[i];
    ck_both_ways(tg_jvp(y, TG_LIST(middle), TG_LIST(t)), 3, want, 1e-15);
    ck_both_ways(tg_jvp(y, TG_LIST(y), TG_LIST(t)), 3, along3, 0);
}
END_TEST

START_TEST(jvp_changes_shapes_as_the_function_does)
{
    const double a[6] = { 1, 2, 3, 4, 5, 6 }, direction[6] = { 1, 0, -1, 2, 0, 1 };
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), a), *t = fed("t", TG_SHAPE(2, 3), direction);
    tg_tensor *product = tg_matmul(x, tg_transpose(x)); /* its derivative is t x' + x t' */
    tg_tensor *jvp = tg_jvp(product, TG_LIST(x), TG_LIST(t));
    ck_shape(jvp, TG_SHAPE(2, 2));
    ck_both_ways(jvp, 4, (const double[]){ -4, 3, 3, 28 }, 1e-15);
    ck_both_ways(tg_jvp(tg_sum(x, .axis = 1), TG_LIST(x), TG_LIST(t)), 2, (const double[]){ 0, 3 },
                 0);
    ck_both_ways(tg_jvp(tg_sum(tg_square(x)), TG_LIST(x), TG_LIST(t)), 1, (const double[]){ 24 },
                 1e-15);
    const double transposed[6] = { 1, 2, 0, 0, -1, 1 };
    ck_both_ways(tg_jvp(tg_transpose(x), TG_LIST(x), TG_LIST(t)), 6, transposed, 0);
}
END_TEST

START_TEST(jvp_of_what_does_not_depend_is_zero)
{
    tg_tensor *x = fed("x", TG_SHAPE(3), at3), *other = fed("other", TG_SHAPE(2), at3);
    tg_tensor *t = fed("t", TG_SHAPE(3), along3), *u = fed("u", TG_SHAPE(2), along3);
    const double zeros[3] = { 0 }, once[3] = { 1, -1.25, -8 };
    tg_tensor *y = tg_square(x);
    ck_both_ways(tg_jvp(y, TG_LIST(other), TG_LIST(u)), 3, zeros, 0);
    ck_both_ways(tg_jvp(tg_stop_gradient(y), TG_LIST(x), TG_LIST(t)), 3, zeros, 0);
    ck_both_ways(tg_jvp(y, (tg_list){ 0, NULL }, (tg_list){ 0, NULL }), 3, zeros, 0);
    ck_both_ways(tg_jvp(y, (tg_list){ 2, ((tg_tensor *[]){ other, x }) },
                        (tg_list){ 2, ((tg_tensor *[]){ u, t }) }),
                 3, once, 0);
}
END_TEST

START_TEST(the_tangents_of_a_node_that_stands_twice_add_up)
{
    tg_tensor *x = fed("x", TG_SHAPE(3), at3), *t = fed("t", TG_SHAPE(3), along3);
    tg_tensor *jvp = tg_jvp(tg_square(x), (tg_list){ 2, ((tg_tensor *[]){ x, x }) },
                            (tg_list){ 2, ((tg_tensor *[]){ t, x }) });
    double want[3];
    for (int i = 0; i < 3; i++) want[i] = 2 * at3[i] * (along3[i] + at3[i]);
    ck_both_ways(jvp, 3, want, 1e-15);
}
END_TEST

START_TEST(jvp_of_single_numbers_and_of_nothing)
{
    tg_tensor *x = fed("x", TG_SCALAR, at3), *t = fed("t", TG_SCALAR, along3);
    tg_tensor *jvp = tg_jvp(tg_exp(x), TG_LIST(x), TG_LIST(t));
    ck_shape(jvp, TG_SCALAR);
    ck_both_ways(jvp, 1, (const double[]){ exp(0.5) }, 1e-15);
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(2, 0));
    jvp = tg_jvp(tg_exp(none), TG_LIST(none), TG_LIST(none));
    ck_shape(jvp, TG_SHAPE(2, 0));
    ck_both_ways(jvp, 0, NULL, 0);
    ck_both_ways(tg_jvp(tg_sum(none, .axis = 1), TG_LIST(none), TG_LIST(none)), 2,
                 (const double[2]){ 0 }, 0);
}
END_TEST

START_TEST(jvp_keeps_dtypes_apart)
{
    const float narrow_at[2] = { 3, -2 }, narrow_along[2] = { 0.5F, 4 };
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(2)), *z = fed("z", TG_SHAPE(2), at3);
    tg_tensor *t = tg_input(tape, "t", TG_F32, TG_SHAPE(2)), *s = fed("s", TG_SHAPE(2), along3);
    ck_assert_int_eq(tg_feed(x, narrow_at, 2), TG_OK);
    ck_assert_int_eq(tg_feed(t, narrow_along, 2), TG_OK);
    tg_tensor *alone = tg_jvp(tg_square(x), TG_LIST(x), TG_LIST(t));
    ck_assert_int_eq(tg_dtype_of(alone), TG_F32);
    ck_both_ways(alone, 2, (const double[]){ 3, -16 }, 0);
    /* The f64 part must not be rounded to f32 on its way, wherever in the list it stands. */
    tg_tensor *y = tg_mul(tg_cast(x, TG_F64), tg_exp(z));
    double want[2];
    for (int i = 0; i < 2; i++)
        want[i] = exp(at3[i]) * ((double)narrow_along[i] + (double)narrow_at[i] * along3[i]);
    for (int first = 0; first < 2; first++) {
        tg_tensor *const by[2] = { first ? z : x, first ? x : z };
        tg_tensor *const along[2] = { first ? s : t, first ? t : s };
        tg_tensor *both = tg_jvp(y, (tg_list){ 2, by }, (tg_list){ 2, along });
        ck_assert_int_eq(tg_dtype_of(both), TG_F64);
        ck_both_ways(both, 2, want, 1e-15);
    }
}
END_TEST

START_TEST(what_has_no_jvp_is_refused)
{
    tg_tensor *x = fed("x", TG_SHAPE(3), at3), *t = fed("t", TG_SHAPE(2), along3), *y = tg_exp(x);
    tg_tensor *n = tg_input(tape, "n", TG_I32, TG_SHAPE(3)), *none = NULL;
    tg_tensor *narrow = tg_input(tape, "narrow", TG_F32, TG_SHAPE(3));
    ck_refused(tg_jvp(y, TG_LIST(x), TG_LIST(t)), TG_ERR_SHAPE,
               "tg_jvp: the tangent needs the shape");
    ck_refused(tg_jvp(y, TG_LIST(x), TG_LIST(narrow)), TG_ERR_SHAPE, "the dtype of x");
    ck_refused(tg_jvp(y, TG_LIST(n), TG_LIST(x)), TG_ERR_DTYPE, "tg_jvp: only f32 and f64");
    ck_refused(tg_jvp(n, TG_LIST(x), TG_LIST(x)), TG_ERR_DTYPE, "not i32");
    ck_refused(tg_jvp(y, (tg_list){ 1, NULL }, TG_LIST(x)), TG_ERR_ARGUMENT,
               "the list of nodes or tangents is NULL");
    ck_refused(tg_jvp(y, TG_LIST(none), TG_LIST(x)), TG_ERR_ARGUMENT, "node 0 of the list is NULL");
    ck_refused(tg_jvp(y, TG_LIST(x), TG_LIST(none)), TG_ERR_ARGUMENT,
               "tangent 0 of the list is NULL");
    ck_assert_ptr_null(tg_jvp(NULL, TG_LIST(x), TG_LIST(x)));
    ck_refused(tg_hvp(tg_sum(y), x, t), TG_ERR_SHAPE, "tg_hvp: the vector needs the shape");
    ck_refused(tg_hvp(y, x, x), TG_ERR_SHAPE, "takes a function of one element");
    ck_refused(tg_hvp(tg_sum(n), x, x), TG_ERR_DTYPE, "only f32 and f64");
    ck_refused(tg_hessian(y, x), TG_ERR_SHAPE, "tg_hessian: takes a function of one element");
    ck_refused(tg_jacobian(y, n), TG_ERR_DTYPE, "tg_jacobian: only f32 and f64");
    ck_assert_ptr_null(tg_hvp(tg_sum(y), x, NULL));
    ck_assert_ptr_null(tg_jacobian(NULL, x));
    ck_assert_ptr_null(tg_hessian(tg_sum(y), NULL));
    ck_no_error();
}
END_TEST

/* ---- Hessian-vector products ------------------------------------------------------------ */

START_TEST(hvp_of_a_quadratic_is_its_matrix_made_symmetric)
{
    const double a[9] = { 1, 2, 3, -1, 4, 0.5, 2, -3, 6 };
    tg_tensor *x = fed("x", TG_SHAPE(3), at3), *v = fed("v", TG_SHAPE(3), along3);
    tg_tensor *matrix = tg_constant(tape, TG_F64, TG_SHAPE(3, 3), a);
    tg_tensor *loss = tg_einsum("i,ij,j->", TG_LIST(x, matrix, x));
    double want[3] = { 0 };
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) want[i] += (a[3 * i + j] + a[3 * j + i]) * along3[j];
    ck_both_ways(tg_hvp(loss, x, v), 3, want, 1e-15);
    ck_both_ways(tg_hvp(tg_sum(x), x, v), 3, (const double[3]){ 0 }, 0);
    ck_both_ways(tg_hvp(tg_sum(tg_exp(v)), x, v), 3, (const double[3]){ 0 }, 0);
}
END_TEST

START_TEST(hvp_is_the_hessian_times_the_vector_by_a_variable)
{
    tg_var *var = tg_param(store, "w", TG_SHAPE(2, 3), (tg_init){ TG_INIT_UNIFORM, -1, 1 });
    const double direction[6] = { 1, -2, 0.5, 3, 0, -1 };
    tg_tensor *w = tg_read(tape, var), *v = fed("v", TG_SHAPE(2, 3), direction);
    tg_tensor *x = fed("x", TG_SHAPE(3), at3);
    tg_tensor *loss = tg_logsumexp(tg_einsum("ij,j->i", TG_LIST(tg_tanh(w), x)));
    tg_tensor *hessian = tg_hessian(loss, w), *hvp = tg_hvp(loss, w, v);
    ck_shape(hessian, TG_SHAPE(2, 3, 2, 3));
    ck_shape(hvp, TG_SHAPE(2, 3));
    double h[36], want[6] = { 0 };
    compute(hessian, true, 36, h);
    for (int i = 0; i < 36; i++) {
        want[i / 6] += h[i] * direction[i % 6];
        ck_close(h[i], h[i % 6 * 6 + i / 6], 1e-15);
    }
    ck_both_ways(hvp, 6, want, 1e-14);
}
END_TEST

/* ---- Jacobians -------------------------------------------------------------------------- */

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

/* ---- Nested ----------------------------------------------------------------------------- */

/* d^order/dx^order of f by grad, and along the direction 1 by jvp, is [want]. */
static void ck_derivative(tg_tensor *(*f)(tg_site at, tg_tensor *x), int order, double x_at,
                          double want)
{
    tg_tensor *x = fed("x", TG_SCALAR, &x_at), *one = tg_ones_like(x);
    tg_tensor *reverse = f(TG_HERE, x), *forward = reverse, *mixed = reverse;
    for (int i = 0; i < order; i++) {
        reverse = tg_grad(reverse, x);
        forward = tg_jvp(forward, TG_LIST(x), TG_LIST(one));
        mixed = i % 2 ? tg_jvp(mixed, TG_LIST(x), TG_LIST(one)) : tg_jacobian(mixed, x);
    }
    ck_both_ways(reverse, 1, &want, 1e-13);
    ck_both_ways(forward, 1, &want, 1e-13);
    ck_both_ways(mixed, 1, &want, 1e-13);
}

START_TEST(third_and_fourth_derivatives_are_their_closed_forms)
{
    const double x = 0.75, t = tanh(x), s = 1 - t * t, p = 1 / (1 + exp(-x));
    ck_derivative(tg_tanh_at, 3, x, s * (6 * t * t - 2));
    ck_derivative(tg_tanh_at, 4, x, s * t * (16 - 24 * t * t));
    ck_derivative(tg_log_at, 3, x, 2 / (x * x * x));
    ck_derivative(tg_log_at, 4, x, -6 / (x * x * x * x));
    ck_derivative(tg_sin_at, 4, x, sin(x));
    ck_derivative(tg_sqrt_at, 4, x, -15 / 16.0 * pow(x, -3.5));
    ck_derivative(tg_softplus_at, 3, x, p * (1 - p) * (1 - 2 * p));
    ck_derivative(tg_sigmoid_at, 3, x, p * (1 - p) * (1 - 6 * p + 6 * p * p));
    ck_derivative(tg_reciprocal_at, 4, x, 24 * pow(x, -5));
    ck_derivative(tg_atan_at, 3, x, (6 * x * x - 2) / pow(1 + x * x, 3));
}
END_TEST

START_TEST(transforms_are_applied_to_each_others_results)
{
    tg_tensor *x = fed("x", TG_SHAPE(3), at3), *v = fed("v", TG_SHAPE(3), along3);
    tg_tensor *fourth = tg_sum(tg_square(tg_square(x)));
    double of_jvp[9] = { 0 }, of_hvp[9] = { 0 }, of_jacobian[3], third[27] = { 0 };
    for (int i = 0; i < 3; i++) {
        of_jvp[4 * i] = 6 * along3[i];
        of_hvp[4 * i] = 24 * at3[i] * along3[i];
        of_jacobian[i] = 18 * 4 * pow(at3[i], 3) / 2;
        third[13 * i] = 24 * at3[i];
    }
    tg_tensor *cube = tg_mul(x, tg_square(x));
    ck_both_ways(tg_hessian(tg_sum(tg_jvp(cube, TG_LIST(x), TG_LIST(v))), x), 9, of_jvp, 1e-15);
    ck_both_ways(tg_jacobian(tg_hvp(fourth, x, v), x), 9, of_hvp, 1e-15);
    /* The sum of all entries of J^2, where J = diag(3 x^2), is 9 x^4. */
    tg_tensor *squares = tg_sum(tg_square(tg_jacobian(cube, x)));
    ck_both_ways(tg_grad(squares, x), 3, of_jacobian, 1e-15);
    ck_both_ways(tg_jacobian(tg_hessian(fourth, x), x), 27, third, 1e-15);
    tg_tensor *hvp_of_hvp = tg_hvp(tg_sum(tg_hvp(fourth, x, v)), x, v); /* 24 v^2 */
    ck_both_ways(hvp_of_hvp, 3, (const double[]){ 24, 6, 96 }, 1e-15);
}
END_TEST

START_TEST(the_fourth_derivative_of_a_plane_wave_is_a_tensor_of_rank_four)
{
    const double a[2] = { 0.5, -1.5 };
    tg_tensor *x = fed("x", TG_SHAPE(2), at3), *v = fed("v", TG_SHAPE(2), along3);
    tg_tensor *direction = tg_constant(tape, TG_F64, TG_SHAPE(2), a);
    tg_tensor *wave = tg_exp(tg_sum(tg_mul(direction, x)));
    tg_tensor *all = tg_jacobian(tg_jacobian(tg_hessian(wave, x), x), x), *along = wave;
    const double value = exp(a[0] * at3[0] + a[1] * at3[1]);
    const double slope = a[0] * along3[0] + a[1] * along3[1];
    double want[16];
    for (int i = 0; i < 16; i++)
        want[i] = value * a[i / 8] * a[i / 4 % 2] * a[i / 2 % 2] * a[i % 2];
    ck_shape(all, TG_SHAPE(2, 2, 2, 2));
    ck_both_ways(all, 16, want, 1e-14);
    for (int i = 0; i < 4; i++) along = tg_jvp(along, TG_LIST(x), TG_LIST(v));
    ck_both_ways(along, 1, (const double[]){ value * pow(slope, 4) }, 1e-14);
}
END_TEST

START_TEST(inner_and_outer_derivatives_are_not_confused)
{
    /* d/dx (x * d/dy (x + y) at y = 1) is 1, and with x * y inside it is 2 x (Siskind and
     * Pearlmutter, "Perturbation confusion and referential transparency", 2005). */
    tg_tensor *x = tg_number(tape, 3), *y = tg_number(tape, 1), *one = tg_number(tape, 1);
    tg_tensor *inner = tg_jvp(tg_add(x, y), TG_LIST(y), TG_LIST(one));
    tg_tensor *outer = tg_jvp(tg_mul(x, inner), TG_LIST(x), TG_LIST(one));
    ck_both_ways(outer, 1, (const double[]){ 1 }, 0);
    inner = tg_jvp(tg_mul(x, y), TG_LIST(y), TG_LIST(one));
    outer = tg_jvp(tg_mul(x, inner), TG_LIST(x), TG_LIST(one));
    ck_both_ways(outer, 1, (const double[]){ 6 }, 0);
}
END_TEST

START_TEST(transforms_work_in_define_by_run)
{
    for (int round = 0; round < 4; round++) {
        tg_rewind(tape);
        const double v_at[2] = { 1, round };
        tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(2), at3);
        tg_tensor *v = tg_constant(tape, TG_F64, TG_SHAPE(2), v_at);
        tg_tensor *loss = tg_prod(tg_square(x)); /* x0^2 x1^2 */
        const double a = at3[0], b = at3[1];
        ck_values(tg_hvp(loss, x, v), 2,
                  (const double[]){ 2 * b * b + 4 * a * b * round, 4 * a * b + 2 * a * a * round });
        ck_values(tg_hessian(loss, x), 4,
                  (const double[]){ 2 * b * b, 4 * a * b, 4 * a * b, 2 * a * a });
    }
}
END_TEST

/* ---- Rosenbrock's function in 100 dimensions -------------------------------------------- */

enum { DIMENSIONS = 100 };

static tg_tensor *rosenbrock(tg_tensor *x)
{
    tg_tensor *head = tg_slice(x, 0, 0, DIMENSIONS - 1, 1);
    tg_tensor *tail = tg_slice(x, 0, 1, DIMENSIONS, 1);
    tg_tensor *valley = tg_square(tg_sub(tail, tg_square(head)));
    return tg_sum(tg_add(tg_mul_num(valley, 100), tg_square(tg_rsub_num(1, head))));
}

static void analytic(const double *x, double *gradient, double (*hessian)[DIMENSIONS])
{
    memset(gradient, 0, DIMENSIONS * sizeof *gradient);
    memset(hessian, 0, DIMENSIONS * sizeof *hessian);
    for (int i = 0; i + 1 < DIMENSIONS; i++) {
        const double valley = x[i + 1] - x[i] * x[i];
        gradient[i] += -400 * x[i] * valley - 2 * (1 - x[i]);
        gradient[i + 1] += 200 * valley;
        hessian[i][i] += 1200 * x[i] * x[i] - 400 * x[i + 1] + 2;
        hessian[i + 1][i + 1] += 200;
        hessian[i][i + 1] = hessian[i + 1][i] = -400 * x[i];
    }
}

START_TEST(rosenbrocks_function_in_100_dimensions_has_its_closed_derivatives)
{
    static double h[DIMENSIONS][DIMENSIONS], got[DIMENSIONS][DIMENSIONS];
    double x_at[DIMENSIONS], v_at[DIMENSIONS], g[DIMENSIONS], hv[DIMENSIONS] = { 0 };
    rng r = rng_of((uint64_t)_i, 100);
    for (int i = 0; i < DIMENSIONS; i++) {
        x_at[i] = rng_between(&r, -2, 2);
        v_at[i] = rng_between(&r, -1, 1);
    }
    analytic(x_at, g, h);
    for (int i = 0; i < DIMENSIONS; i++)
        for (int j = 0; j < DIMENSIONS; j++) hv[i] += h[i][j] * v_at[j];
    tg_tensor *x = fed("x", TG_SHAPE(DIMENSIONS), x_at), *v = fed("v", TG_SHAPE(DIMENSIONS), v_at);
    tg_tensor *f = rosenbrock(x), *gradient = tg_grad(f, x), *hessian = tg_hessian(f, x);
    ck_both_ways(gradient, DIMENSIONS, g, 1e-12);
    ck_both_ways(tg_hvp(f, x, v), DIMENSIONS, hv, 1e-12);
    ck_both_ways(tg_jvp(gradient, TG_LIST(x), TG_LIST(v)), DIMENSIONS, hv, 1e-12);
    ck_both_ways(hessian, DIMENSIONS * DIMENSIONS, h[0], 1e-12);
    for (int naive = 0; naive < 2; naive++) {
        compute(hessian, naive, DIMENSIONS * DIMENSIONS, got[0]);
        for (int i = 0; i < DIMENSIONS; i++)
            for (int j = 0; j < i; j++) ck_close(got[i][j], got[j][i], 1e-15);
    }
}
END_TEST

static void add_tests(TCase *all)
{
    tcase_add_test(all, jvp_takes_inputs_and_variables_together);
    tcase_add_test(all, jvp_starts_from_nodes_in_the_middle_too);
    tcase_add_test(all, jvp_changes_shapes_as_the_function_does);
    tcase_add_test(all, jvp_of_what_does_not_depend_is_zero);
    tcase_add_test(all, the_tangents_of_a_node_that_stands_twice_add_up);
    tcase_add_test(all, jvp_of_single_numbers_and_of_nothing);
    tcase_add_test(all, jvp_keeps_dtypes_apart);
    tcase_add_test(all, what_has_no_jvp_is_refused);
    tcase_add_test(all, hvp_of_a_quadratic_is_its_matrix_made_symmetric);
    tcase_add_test(all, hvp_is_the_hessian_times_the_vector_by_a_variable);
    tcase_add_test(all, rows_and_columns_give_one_jacobian);
    tcase_add_test(all, jacobians_of_numbers_and_of_nothing_have_the_joined_shape);
    tcase_add_test(all, a_jacobian_has_the_dtype_of_what_is_differentiated);
    tcase_add_test(all, a_jacobian_has_at_most_eight_axes_and_not_too_many_rows);
    tcase_add_test(all, the_jacobian_of_softmax_is_its_closed_form);
    tcase_add_test(all, the_jacobian_of_a_product_is_its_factor);
    tcase_add_test(all, the_jacobian_of_sort_is_a_permutation);
    tcase_add_loop_test(all, products_are_differentiated_right_beside_zeros, 0, 3);
    tcase_add_test(all, third_and_fourth_derivatives_are_their_closed_forms);
    tcase_add_test(all, transforms_are_applied_to_each_others_results);
    tcase_add_test(all, the_fourth_derivative_of_a_plane_wave_is_a_tensor_of_rank_four);
    tcase_add_test(all, inner_and_outer_derivatives_are_not_confused);
    tcase_add_test(all, transforms_work_in_define_by_run);
    tcase_add_loop_test(all, rosenbrocks_function_in_100_dimensions_has_its_closed_derivatives, 0,
                        scaled(5));
}

int main(void)
{
    Suite *suite = suite_create("transforms");
    TCase *all = tcase_create("transforms");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    add_tests(all);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
