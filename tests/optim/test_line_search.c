/* test_line_search.c: steps along lines against the strong Wolfe conditions, on functions that are
 * hard for it: those of More and Thuente (ACM TOMS 20, 1994, section 5), a border beyond which
 * there are no numbers, a kink. */
#include "tests/support/suite.h"
#include "optim/minimize.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* ---- Functions ---------------------------------------------------------------------------------
 */

typedef double (*function)(double t);

static double wide(double t) { return -t / (t * t + 2); }
static double wide_slope(double t) { return (t * t - 2) / ((t * t + 2) * (t * t + 2)); }
static double narrow(double t) { return pow(t + 0.004, 5) - 2 * pow(t + 0.004, 4); }
static double narrow_slope(double t) { return 5 * pow(t + 0.004, 4) - 8 * pow(t + 0.004, 3); }
/* A rounded corner with waves on it, as their function 3. */
static double wavy(double t) { return sqrt((t - 1) * (t - 1) + 0.01) + 0.01 * sin(40 * t); }
static double wavy_slope(double t)
{
    return (t - 1) / sqrt((t - 1) * (t - 1) + 0.01) + 0.4 * cos(40 * t);
}
static double skew(double t) { return sqrt(1 + 1e-4 * t * t) * 10 + exp(-5 * t) - 0.01 * t; }
static double skew_slope(double t)
{
    return 1e-3 * t / sqrt(1 + 1e-4 * t * t) - 5 * exp(-5 * t) - 0.01;
}
static double barrier(double t) { return -t - 1e-3 * log(1 - t); } /* NaN from 1 on */
static double barrier_slope(double t) { return t < 1 ? -1 + 1e-3 / (1 - t) : (double)NAN; }
/* So steep beyond its minimum at 0.645 that cubics lead nowhere. */
static double wall(double t) { return -t + 1e-30 * exp(100 * t); }
static double wall_slope(double t) { return -1 + 1e-28 * exp(100 * t); }
static double parabola(double t) { return 0.5 * (t - 3) * (t - 3); }
static double parabola_slope(double t) { return t - 3; }

static const struct {
    const char *name;
    function value, slope;
} functions[] = {
    { "wide", wide, wide_slope },
    { "narrow", narrow, narrow_slope },
    { "wavy", wavy, wavy_slope },
    { "skew", skew, skew_slope },
    { "barrier", barrier, barrier_slope },
    { "wall", wall, wall_slope },
    { "parabola", parabola, parabola_slope },
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* f(scale t), and how often it was asked for. */
typedef struct problem {
    function value, slope;
    double scale;
    int evaluations, most;
} problem;

static bool evaluate(void *context, tg__point *point)
{
    problem *p = context;
    if (p->evaluations == p->most) return false;
    p->evaluations++;
    point->value = p->value(p->scale * point->step);
    point->slope = p->scale * p->slope(p->scale * point->step);
    return true;
}

static tg__found search(problem *p, double c1, double c2, double rounding, tg__point *from,
                        tg__point *found)
{
    const tg__line line = {
        .evaluate = evaluate, .context = p, .c1 = c1, .c2 = c2, .rounding = rounding
    };
    *from = (tg__point){ .value = p->value(0), .slope = p->scale * p->slope(0) };
    ck_assert(from->slope < 0);
    return tg__search_line(&line, *from, found);
}

/* ---- The conditions ----------------------------------------------------------------------------
 */

static const double scales[] = { 1e-3, 1e-1, 1, 10, 1e3 };
static const struct {
    double c1, c2;
} constants[] = { { 1e-4, 0.9 }, { 1e-3, 0.1 }, { 0.1, 0.11 }, { 1e-10, 1e-4 } };
enum { SCALES = sizeof scales / sizeof *scales, CONSTANTS = sizeof constants / sizeof *constants };

START_TEST(a_step_fulfils_the_strong_wolfe_conditions)
{
    for (int i = 0; i < SCALES * CONSTANTS; i++) {
        const double c1 = constants[i % CONSTANTS].c1, c2 = constants[i % CONSTANTS].c2;
        problem p = { functions[_i].value, functions[_i].slope, scales[i / CONSTANTS], 0, 1000 };
        tg__point from, found;
        const tg__found end = search(&p, c1, c2, 4 * DBL_EPSILON, &from, &found);
        ck_assert_msg(end == TG__FOUND, "%s, scale %g, c2 %g: %d", functions[_i].name, p.scale, c2,
                      (int)end);
        const double rounding = 4 * DBL_EPSILON * fabs(from.value);
        ck_assert_msg(found.value <= from.value + c1 * found.step * from.slope + rounding &&
                          fabs(found.slope) <= -c2 * from.slope,
                      "%s, scale %g, c1 %g, c2 %g: at %g f %g, slope %g of %g", functions[_i].name,
                      p.scale, c1, c2, found.step, found.value, found.slope, from.slope);
        ck_assert_msg(p.evaluations <= 30, "%s, scale %g, c2 %g: %d evaluations",
                      functions[_i].name, p.scale, c2, p.evaluations);
        ck_assert(found.value == p.value(p.scale * found.step));
        ck_assert(found.slope == p.scale * p.slope(p.scale * found.step));
    }
}
END_TEST

START_TEST(the_minimum_of_a_parabola_is_found_at_once)
{
    problem p = { parabola, parabola_slope, 1, 0, 3 };
    tg__point from, found;
    ck_assert_int_eq(search(&p, 1e-10, 1e-10, 0, &from, &found), TG__FOUND);
    ck_assert(fabs(found.step - 3) < 1e-14);
    ck_assert_int_eq(p.evaluations, 2);
}
END_TEST

/* ---- Where they cannot be fulfilled ------------------------------------------------------------
 */

static double kink(double t) { return fabs(t - 0.3) + 1; }
static double kink_slope(double t) { return t < 0.3 ? -1 : 1; }
static double line_down(double t) { return -t; }
static double minus_one(double t) { return (void)t, -1; }
static double cliff(double t) { return t > 0 ? (double)NAN : 0; }
static double rises(double t) { return t > 0 ? 1 + t : 0; } /* whatever its slope says */
static double plunge(double t) { return t < 5 ? -t : -(double)INFINITY; }

START_TEST(at_a_kink_the_lowest_point_is_found)
{
    problem p = { kink, kink_slope, 1, 0, 1000 };
    tg__point from, found;
    ck_assert_int_eq(search(&p, 1e-4, 0.9, 0, &from, &found), TG__FOUND);
    ck_assert(fabs(found.step - 0.3) < 1e-12);
    ck_assert(found.value < 1 + 1e-12 && found.value <= from.value);
    ck_assert_int_le(p.evaluations, 100);
}
END_TEST

START_TEST(searches_without_a_step_end)
{
    tg__point from, found;
    problem p = { line_down, minus_one, 1, 0, 1000 };
    ck_assert_int_eq(search(&p, 1e-4, 0.9, 0, &from, &found), TG__UNBOUNDED);
    ck_assert_int_le(p.evaluations, 30);
    p = (problem){ plunge, minus_one, 1, 0, 1000 };
    ck_assert_int_eq(search(&p, 1e-4, 0.9, 0, &from, &found), TG__UNBOUNDED);
    p = (problem){ cliff, minus_one, 1, 0, 1000 };
    ck_assert_int_eq(search(&p, 1e-4, 0.9, 0, &from, &found), TG__NO_LOWER);
    p = (problem){ rises, minus_one, 1, 0, 1000 };
    ck_assert_int_eq(search(&p, 1e-4, 0.9, 0, &from, &found), TG__NO_LOWER);
    ck_assert_int_le(p.evaluations, 100);
    for (int most = 0; most < 3; most++) {
        p = (problem){ line_down, minus_one, 1, 0, most };
        ck_assert_int_eq(search(&p, 1e-4, 0.9, 0, &from, &found), TG__OVER);
        ck_assert_int_eq(p.evaluations, most);
    }
}
END_TEST

/* f is known to 1e-8 alone, and its slope exactly, as near a minimum of a large value. */
static double hidden(double t) { return rint(0.5e-10 * (t - 2) * (t - 2) / 1e-8) * 1e-8 + 1; }
static double hidden_slope(double t) { return 1e-10 * (t - 2); }

START_TEST(where_rounding_hides_the_values_slopes_decide)
{
    problem p = { hidden, hidden_slope, 1, 0, 1000 };
    tg__point from, found;
    ck_assert_int_eq(search(&p, 1e-4, 0.1, 1e-8, &from, &found), TG__FOUND);
    ck_assert(fabs(found.slope) <= -0.1 * from.slope && found.step > 0);
    ck_assert_int_le(p.evaluations, 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line_search");
    TCase *cases = tcase_create("line_search");
    tcase_add_loop_test(cases, a_step_fulfils_the_strong_wolfe_conditions, 0, FUNCTIONS);
    tcase_add_test(cases, the_minimum_of_a_parabola_is_found_at_once);
    tcase_add_test(cases, at_a_kink_the_lowest_point_is_found);
    tcase_add_test(cases, searches_without_a_step_end);
    tcase_add_test(cases, where_rounding_hides_the_values_slopes_decide);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
