/* least_squares.c: Gradient descent comes to the line of the normal equations, one sample at a time
 * comes near it, and without a learning rate it flies off.
 *
 * Formula: w = (X'X)^-1 X'y; a step by one sample turns its error e into (1 - 2 lr |(x, 1)|^2) e
 *
 * A line through 100 noisy points, y = 1.5 x - 0.5 with deviation 0.3, by the squares: with all
 * points in a step, and with one drawn point, at a rate of 0.03 and at none, which is 1: that turns
 * the error of the sample into -(1 + 2 x^2) times itself, which never shrinks it. Beside it, how
 * far the slope of the exact line is from 1.5, over 200 data sets of each size.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Fits a line by squares: exactly, by all samples, by single ones.\n";

enum { POINTS = 100, STEPS = 300, SIZES = 5, SETS = 200 };

static double x[POINTS], y[POINTS];
typedef struct fit {
    double distance[STEPS]; /* from the exact line's weights, before each step */
    double factor_off;      /* of the first step on its sample's error */
} fit;

/* [rows] of a step are 1, drawn, or all. */
static bool descend(course *c, int rows, double rate, const double *exact, fit *out)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_var *line = tg_param(store, "line", TG_SHAPE(2), tg_init_zeros());
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *a = tg_input(tape, "x", TG_F64, TG_SHAPE(rows));
    tg_tensor *b = tg_input(tape, "y", TG_F64, TG_SHAPE(rows));
    tg_tensor *w = tg_read(tape, line);
    tg_tensor *loss = tg_mse(tg_add(tg_mul(a, tg_pick(w, 0, 0)), tg_pick(w, 0, 1)), b);
    tg_gd(loss, .lr = rate);
    tg_plan *step = tg_compile(tape, loss);
    tg_dice dice = { .key = (uint64_t)c->seed };
    double at[2] = { 0 };
    for (int i = 0; i < STEPS; i++) {
        const int64_t k = rows == 1 ? tg_dice_below(&dice, POINTS) : 0;
        tg_var_get(line, at, 2);
        out->distance[i] = hypot(at[0] - exact[0], at[1] - exact[1]);
        tg_feed(a, &x[k], (size_t)rows);
        tg_feed(b, &y[k], (size_t)rows);
        const double before = at[0] * x[k] + at[1] - y[k];
        if (tg_run(step)) break;
        tg_var_get(line, at, 2);
        const double after = at[0] * x[k] + at[1] - y[k];
        if (i == 0) out->factor_off = after / before - (1 - 2 * rate * (x[k] * x[k] + 1));
    }
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

/* The slopes of the exact lines of SETS data sets: how far from 1.5, in the mean square. */
static double spread(tg_tape *tape, int samples)
{
    tg_rewind(tape);
    const tg_shape shape = TG_SHAPE(SETS, samples);
    tg_tensor *a = tg_uniform(tape, "x", TG_F64, shape, -2, 2);
    tg_tensor *b = tg_add(tg_mul_num(a, 1.5), tg_normal(tape, "noise", TG_F64, shape, -0.5, 0.3));
    a = tg_sub(a, tg_mean(a, .axis = 1, .keep = true));
    tg_tensor *slope = tg_div(tg_sum(tg_mul(a, b), .axis = 1), tg_sum(tg_square(a), .axis = 1));
    return sqrt(tg_item(tg_mean(tg_square(tg_sub_num(slope, 1.5)))));
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "least_squares", about);
    static fit all, one, wild;
    double size[SIZES] = { 10, 30, 100, 300, 1000 }, far[SIZES], sum[5] = { 0 };
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_get(tg_uniform(tape, "points", TG_F64, TG_SHAPE(POINTS), -2, 2), x, POINTS);
    tg_get(tg_normal(tape, "errors", TG_F64, TG_SHAPE(POINTS), 0, 0.3), y, POINTS);
    for (int i = 0; i < POINTS; i++) {
        y[i] += 1.5 * x[i] - 0.5;
        const double terms[5] = { 1, x[i], y[i], x[i] * x[i], x[i] * y[i] };
        for (int k = 0; k < 5; k++) sum[k] += terms[k];
    }
    /* The normal equations of two weights, solved by Cramer's rule. */
    const double det = sum[0] * sum[3] - sum[1] * sum[1];
    const double exact[2] = { (sum[0] * sum[4] - sum[1] * sum[2]) / det,
                              (sum[3] * sum[2] - sum[1] * sum[4]) / det };
    for (int i = 0; i < SIZES; i++) far[i] = spread(tape, (int)size[i]);
    plot *p = plot_new("A line by its squared errors", 3);
    if (course_fine(&c, tape) && descend(&c, POINTS, 0.2, exact, &all) &&
        descend(&c, 1, 0.03, exact, &one) && descend(&c, 1, 1, exact, &wild)) {
        double late = 0;
        for (int i = STEPS / 2; i < STEPS; i++) late = fmax(late, one.distance[i]);
        course_expect(&c, "slope", exact[0], 1.35, 1.65);
        course_expect(&c, "offset", exact[1], -0.65, -0.35);
        course_expect(&c, "off_by_gradient", all.distance[STEPS - 1], 0, 1e-9);
        course_expect(&c, "off_by_samples", late, 1e-4, 0.5);
        course_expect(&c, "off_without_rate", wild.distance[STEPS - 1], 1e3, 1e300);
        course_expect(&c, "factor_off", fabs(one.factor_off) + fabs(wild.factor_off), 0, 1e-12);
        course_expect(&c, "power_of_samples", log(far[SIZES - 1] / far[0]) / log(100), -0.65, -0.4);
        plot_panel(p, "the points, the exact line", "x", "y");
        plot_dots(p, NULL, x, y, POINTS);
        plot_line(p, NULL, (double[]){ -2, 2 },
                  (double[]){ exact[1] - 2 * exact[0], exact[1] + 2 * exact[0] }, 2);
        plot_panel(p, "distance from it", "step", NULL);
        plot_log_y(p);
        plot_y_range(p, 1e-12, 1e12);
        plot_curve(p, "all points, 0.2", all.distance, STEPS);
        plot_curve(p, "one point, 0.03", one.distance, STEPS);
        plot_curve(p, "one point, 1", wild.distance, STEPS);
        plot_panel(p, "error of the exact slope", "samples", NULL);
        plot_log_x(p);
        plot_log_y(p);
        plot_y_range(p, 1e-3, 1);
        plot_line(p, NULL, size, far, SIZES);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
