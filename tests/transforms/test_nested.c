/* test_nested.c: transforms of each other's results, to any depth, against closed forms; and all of
 * them on one function of 100 dimensions. That the rules of single operations are right is
 * test_closure.c's. */
#include "tests/support/both_ways.h"
#include "tests/support/random.h"

static const double at3[3] = { 0.5, -1.25, 2 };
static const double along3[3] = { 1, 0.5, -2 };

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

int main(void)
{
    Suite *suite = suite_create("nested");
    TCase *cases = tcase_create("nested");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, third_and_fourth_derivatives_are_their_closed_forms);
    tcase_add_test(cases, transforms_are_applied_to_each_others_results);
    tcase_add_test(cases, the_fourth_derivative_of_a_plane_wave_is_a_tensor_of_rank_four);
    tcase_add_test(cases, inner_and_outer_derivatives_are_not_confused);
    tcase_add_test(cases, transforms_work_in_define_by_run);
    tcase_add_loop_test(cases, rosenbrocks_function_in_100_dimensions_has_its_closed_derivatives, 0,
                        scaled(5));
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
