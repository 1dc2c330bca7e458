/* test_jvp.c: derivatives along a direction, and products of Hessians with vectors, against their
 * closed forms; everything is computed by the planner and by the reference executor. */
#include "tests/support/both_ways.h"

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

int main(void)
{
    Suite *suite = suite_create("jvp");
    TCase *cases = tcase_create("jvp");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, jvp_takes_inputs_and_variables_together);
    tcase_add_test(cases, jvp_starts_from_nodes_in_the_middle_too);
    tcase_add_test(cases, jvp_changes_shapes_as_the_function_does);
    tcase_add_test(cases, jvp_of_what_does_not_depend_is_zero);
    tcase_add_test(cases, the_tangents_of_a_node_that_stands_twice_add_up);
    tcase_add_test(cases, jvp_of_single_numbers_and_of_nothing);
    tcase_add_test(cases, jvp_keeps_dtypes_apart);
    tcase_add_test(cases, what_has_no_jvp_is_refused);
    tcase_add_test(cases, hvp_of_a_quadratic_is_its_matrix_made_symmetric);
    tcase_add_test(cases, hvp_is_the_hessian_times_the_vector_by_a_variable);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
