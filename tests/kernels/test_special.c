/* test_special.c: the special functions beyond what test_elementwise.c asks of every row:
 * polygamma, derivatives of high order, f32 against f64, and what they are for, densities and
 * quantiles, against numbers of mpmath 1.3. */
#define _XOPEN_SOURCE 700 /* signgam */

#include "kernels/special.h"

#include "tests/support/random.h"
#include "tests/support/recorded.h"

#include "polygamma_values.h"

#include <float.h>

/* ---- Polygamma -------------------------------------------------------------------------- */

static double ulps(double got, double want)
{
    int exponent;
    (void)frexp(want, &exponent);
    return fabs(got - want) / ldexp(1, exponent - DBL_MANT_DIG);
}

START_TEST(polygamma_has_the_known_values)
{
    for (int i = 0; i < COUNT_OF(polygamma_values); i++) {
        const known_polygamma *k = &polygamma_values[i];
        const double got = tg__polygamma(k->order, k->x);
        ck_assert_msg(ulps(got, k->y) <= (k->order <= 20 ? 8 : 16),
                      "polygamma(%d, %.17g) is %.17g, not %.17g", k->order, k->x, got, k->y);
    }
}
END_TEST

/* The node, alone and in vectors, and its gradient, which is the next order. */
START_TEST(polygamma_is_its_kernel_and_its_slope_the_next_one)
{
    enum { N = 37 };
    double at[N], got[N];
    rng random = rng_of(1, 2);
    for (int i = 0; i < N; i++) at[i] = rng_between(&random, -3, 6);
    for (int order = 0; order <= 6; order++)
        for (int count = 1; count <= N; count += N - 1) {
            tg_rewind(tape);
            tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(count));
            tg_feed(x, at, (size_t)count);
            tg_tensor *y = tg_polygamma(order, x);
            ck_assert_int_eq(tg_get(y, got, (size_t)count), TG_OK);
            for (int i = 0; i < count; i++) ck_assert(got[i] == tg__polygamma(order, at[i]));
            ck_assert_int_eq(tg_get(tg_grad(tg_sum(y), x), got, (size_t)count), TG_OK);
            for (int i = 0; i < count; i++) ck_assert(got[i] == tg__polygamma(order + 1, at[i]));
        }
    ck_no_error();
}
END_TEST

/* Of numbers, which the planner computes. */
START_TEST(polygamma_of_a_number)
{
    tg_tensor *x = tg_number(tape, 0.75);
    ck_close(tg_item(tg_polygamma(1, x)), 2.5418796476716063, 1e-15);
    ck_close(tg_item(tg_polygamma(2, x)), -5.3026332163376395, 1e-15);
    ck_assert(tg_item(tg_polygamma(0, x)) == tg_item(tg_digamma(x)));
}
END_TEST

START_TEST(lgamma_has_derivatives_of_any_order)
{
    static const double want[] = { 0.20328095143129538, -1.0858608797864722, 2.5418796476716063,
                                   -5.3026332163376395, 19.7633125348506,    -102.80060581541747,
                                   678.7533428745797,   -5408.926503095375,  50402.146499656854 };
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SCALAR);
    tg_feed(x, ((double[]){ 0.75 }), 1);
    tg_tensor *y = tg_lgamma(x);
    for (int i = 0; i < COUNT_OF(want); i++, y = tg_grad(y, x))
        ck_close(tg_item(y), want[i], 4e-15);
    ck_no_error();
}
END_TEST

/* y' = c e^(y^2) with c = sqrt(pi) / 2; y'' = 2 y y'^2; y''' = 2 y'^3 + 8 y^2 y'^3. */
START_TEST(erfinv_has_derivatives_of_any_order)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SCALAR);
    tg_feed(x, ((double[]){ 0.5 }), 1);
    const double y = 0.4769362762044699, d = 1.1125848189719498;
    tg_tensor *f = tg_erfinv(x);
    const double want[] = { y, d, 2 * y * d * d, (2 + 8 * y * y) * d * d * d };
    for (int i = 0; i < COUNT_OF(want); i++, f = tg_grad(f, x))
        ck_close(tg_item(f), want[i], 4e-15);
}
END_TEST

/* ---- f32 and state ---------------------------------------------------------------------- */

static tg_tensor *trigamma(tg_site at, tg_tensor *x) { return tg_polygamma_at(at, 1, x); }
static tg_tensor *(*const functions[])(tg_site at, tg_tensor *x) = { tg_erfinv_at, tg_lgamma_at,
                                                                     tg_digamma_at, trigamma };

START_TEST(f32_is_f64_rounded)
{
    enum { N = 1000 };
    float at[N], narrow[N];
    double wide[N];
    rng random = rng_of(3, (uint64_t)_i);
    for (int i = 0; i < N; i++)
        at[i] = (float)(i % 2 ? rng_between(&random, -1, 1) : rng_between(&random, -20, 40));
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(N), at);
    ck_assert_int_eq(tg_get(functions[_i](TG_HERE, x), narrow, N), TG_OK);
    ck_assert_int_eq(tg_get(functions[_i](TG_HERE, tg_cast(x, TG_F64)), wide, N), TG_OK);
    for (int i = 0; i < N; i++)
        ck_assert(narrow[i] == (float)wide[i] || (isnan(narrow[i]) && isnan(wide[i])));
}
END_TEST

START_TEST(lgamma_leaves_signgam_alone)
{
    signgam = 77;
    ck_close(tg_item(tg_lgamma(tg_number(tape, -0.5))), 1.2655121234846454, 1e-15);
    ck_assert_int_eq(signgam, 77);
}
END_TEST

/* ---- Densities, as compositions --------------------------------------------------------- */

static tg_tensor *variable(const char *name, size_t count, const double *values)
{
    tg_tensor *x = tg_input(tape, name, TG_F64, count == 1 ? TG_SCALAR : TG_SHAPE((int64_t)count));
    ck_assert_int_eq(tg_feed(x, values, count), TG_OK);
    return x;
}
static tg_tensor *scalar(const char *name, double value) { return variable(name, 1, &value); }

static void ck_gradients(tg_tensor *f, size_t count, tg_tensor *const by[], const double *want)
{
    for (size_t i = 0; i < count; i++) ck_close(tg_item(tg_grad(f, by[i])), want[i], 1e-14);
}

START_TEST(the_log_density_of_the_gamma_distribution)
{
    tg_tensor *in[] = { scalar("shape", 2.5), scalar("rate", 1.25), scalar("x", 0.75) };
    tg_tensor *a = in[0], *b = in[1], *x = in[2];
    tg_tensor *powers = tg_add(tg_mul(a, tg_log(b)), tg_mul(tg_sub_num(a, 1), tg_log(x)));
    tg_tensor *f = tg_sub(tg_sub(powers, tg_lgamma(a)), tg_mul(b, x));
    ck_close(tg_item(f), -1.095847100865066, 1e-15);
    ck_gradients(f, 3, in, (double[]){ -0.7676951617828144, 1.25, 0.75 });
    ck_gradients(tg_grad(f, a), 3, in, (double[]){ -0.49035775610023485, 0.8, 4 / 3.0 });
}
END_TEST

START_TEST(the_log_density_of_the_beta_distribution)
{
    tg_tensor *in[] = { scalar("a", 0.5), scalar("b", 3.25), scalar("x", 0.125) };
    tg_tensor *a = in[0], *b = in[1], *x = in[2];
    tg_tensor *beta = tg_sub(tg_add(tg_lgamma(a), tg_lgamma(b)), tg_lgamma(tg_add(a, b)));
    tg_tensor *below = tg_mul(tg_sub_num(a, 1), tg_log(x));
    tg_tensor *above = tg_mul(tg_sub_num(b, 1), tg_log1p(tg_neg(x)));
    tg_tensor *f = tg_sub(tg_add(below, above), beta);
    ck_close(tg_item(f), 0.7179238419947337, 1e-15);
    ck_gradients(f, 3, in, (double[]){ 1.0666058729533838, 0.03201508491909457, -46 / 7.0 });
    ck_gradients(tg_grad(f, a), 2, in, (double[]){ -4.629462347854426, 0.3053398526902531 });
    ck_gradients(tg_grad(f, b), 2, in, (double[]){ 0.3053398526902531, -0.0544584376193268 });
}
END_TEST

START_TEST(the_log_density_of_the_dirichlet_distribution)
{
    tg_tensor *a = variable("a", 3, (double[]){ 0.75, 2, 4.5 });
    tg_tensor *x = variable("x", 3, (double[]){ 0.125, 0.25, 0.625 });
    tg_tensor *terms = tg_sub(tg_mul(tg_sub_num(a, 1), tg_log(x)), tg_lgamma(a));
    tg_tensor *f = tg_add(tg_lgamma(tg_sum(a)), tg_sum(terms));
    ck_close(tg_item(f), 1.8837212504047958, 1e-15);
    tg_tensor *slopes = tg_grad(f, a);
    double got[3];
    const double first[] = { 0.9168728649903722, 0.10137483066537827, 0.05157897127847157 };
    const double second[] = { -2.3940004145126745, 0.14787923315893217, 0.14787923315893217 };
    ck_assert_int_eq(tg_get(slopes, got, 3), TG_OK);
    for (int i = 0; i < 3; i++) ck_close(got[i], first[i], 1e-14);
    ck_assert_int_eq(tg_get(tg_grad(tg_pick(slopes, 0, 0), a), got, 3), TG_OK);
    for (int i = 0; i < 3; i++) ck_close(got[i], second[i], 1e-14);
}
END_TEST

START_TEST(quantiles_of_the_normal_distribution)
{
    const double p[] = { 0.001953125, 0.25, 0.5, 0.9375, 0.999755859375 };
    const double want[] = { -2.8856349124267573, -0.6744897501960817, 0, 1.5341205443525463,
                            3.4871041041144313 };
    double got[COUNT_OF(p)];
    tg_tensor *y = tg_erfinv(tg_sub_num(tg_mul_num(variable("p", COUNT_OF(p), p), 2), 1));
    ck_assert_int_eq(tg_get(tg_mul_num(y, sqrt(2)), got, COUNT_OF(p)), TG_OK);
    for (int i = 0; i < COUNT_OF(p); i++) ck_close(got[i], want[i], 1e-15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("special");
    TCase *all = tcase_create("special");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, polygamma_has_the_known_values);
    tcase_add_test(all, polygamma_is_its_kernel_and_its_slope_the_next_one);
    tcase_add_test(all, polygamma_of_a_number);
    tcase_add_test(all, lgamma_has_derivatives_of_any_order);
    tcase_add_test(all, erfinv_has_derivatives_of_any_order);
    tcase_add_loop_test(all, f32_is_f64_rounded, 0, COUNT_OF(functions));
    tcase_add_test(all, lgamma_leaves_signgam_alone);
    tcase_add_test(all, the_log_density_of_the_gamma_distribution);
    tcase_add_test(all, the_log_density_of_the_beta_distribution);
    tcase_add_test(all, the_log_density_of_the_dirichlet_distribution);
    tcase_add_test(all, quantiles_of_the_normal_distribution);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
