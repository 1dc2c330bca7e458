/* saturation.c: To a sigmoid inputs of 8 and 10 look the same, and a unit that is wrong there
 * hardly learns from squared errors.
 *
 * Formula: sigma(10) - sigma(8) = 0.00029, sigma' = sigma (1 - sigma) <= 1/4
 *
 * A unit whose input z is its one weight should give 0, and begins at z = 10, 8 and 0. By the
 * squared error (sigma - 0)^2 / 2 its gradient is sigma sigma', almost nothing at 10; by the
 * cross-entropy it is sigma, almost 1. Gradient descent with the rate 1.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Looks at a sigmoid where it is flat, and trains a unit from there.\n";

enum { GRID = 121, STEPS = 400 };

/* The unit's output in each step. */
static bool train(course *c, double begin, bool squares, double out[STEPS])
{
    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_var *z = tg_param(store, "z", TG_SCALAR, tg_init_constant(begin));
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *logit = tg_read(tape, z), *y = tg_sigmoid(logit), *zero = tg_zeros_like(logit);
    tg_gd(squares ? tg_half_mse(y, zero) : tg_binary_cross_entropy(logit, zero), .lr = 1);
    tg_plan *step = tg_compile(tape, y);
    for (int i = 0; i < STEPS && !tg_run(step); i++) out[i] = tg_item(y);
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "saturation", about);
    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    double x[GRID], y[GRID] = { 0 }, slope[GRID] = { 0 };
    for (int i = 0; i < GRID; i++) x[i] = -12 + 24.0 * i / (GRID - 1);
    tg_tensor *inputs = tg_constant(tape, TG_F64, TG_SHAPE(GRID), x);
    tg_tensor *outputs = tg_sigmoid(inputs), *slopes = tg_grad(tg_sum(outputs), inputs);
    tg_evaluate(TG_LIST(outputs, slopes));
    tg_get(outputs, y, GRID);
    tg_get(slopes, slope, GRID);
    static double squares[3][STEPS], entropy[STEPS];
    plot *p = plot_new("Where a sigmoid is flat", 3);
    if (course_fine(&c, tape) && train(&c, 10, true, squares[0]) &&
        train(&c, 8, true, squares[1]) && train(&c, 0, true, squares[2]) &&
        train(&c, 10, false, entropy)) {
        const int at0 = (GRID - 1) / 2, at8 = at0 + 40, at10 = at0 + 50;
        course_expect(&c, "apart_8_and_10", y[at10] - y[at8], 2.85e-4, 2.95e-4);
        course_expect(&c, "slope_0", slope[at0], 0.25, 0.25);
        course_expect(&c, "slope_8", slope[at8], 3.3e-4, 3.4e-4);
        course_expect(&c, "slope_10", slope[at10], 4.5e-5, 4.6e-5);
        course_expect(&c, "squares_from_10", squares[0][STEPS - 1], 0.999, 1);
        course_expect(&c, "squares_from_0", squares[2][STEPS - 1], 0, 0.1);
        course_expect(&c, "entropy_from_10", entropy[STEPS - 1], 0, 0.1);
        plot_panel(p, "Output", "x", "sigma");
        plot_line(p, NULL, x, y, GRID);
        plot_dots(p, "8", x + at8, y + at8, 1);
        plot_dots(p, "10", x + at10, y + at10, 1);
        plot_panel(p, "Slope", "x", NULL);
        plot_log_y(p);
        plot_line(p, NULL, x, slope, GRID);
        plot_dots(p, "8", x + at8, slope + at8, 1);
        plot_dots(p, "10", x + at10, slope + at10, 1);
        plot_panel(p, "Learning to give 0", "step", "output");
        plot_y_range(p, 0, 1.05);
        plot_curve(p, "squares, 10", squares[0], STEPS);
        plot_curve(p, "8", squares[1], STEPS);
        plot_curve(p, "0", squares[2], STEPS);
        plot_curve(p, "entropy, 10", entropy, STEPS);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
