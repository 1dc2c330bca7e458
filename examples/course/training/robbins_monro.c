/* robbins_monro.c: SGD on noisy gradients arrives if the sum of its rates is infinite and that of
 * their squares is finite.
 *
 * Formula: w_(t+1) = w_t - a_t (w_t - x_t); a_t = 1/2, (1/2) / t, (1/2) / t^2
 *
 * The mean 0 of a normal distribution is looked for from w = 10, with one fresh number x_t a step;
 * 512 searches run side by side. The constant rate a ends in noise of the variance a / (2 - a).
 * With 1/t^2 the rates' sum is finite, and the share sin(pi sqrt a) / (pi sqrt a) of the way is
 * never gone. Only 1/t meets both conditions.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Searches a mean by noisy gradients with three sequences of rates.\n";

enum { STEPS = 2000, SEARCHES = 256 };
static const double pi = 3.14159265358979323846, start = 10, rate = 0.5;

/* The mean square of what is left in each step, for the rates 0.5 / t^power; and the mean of w. */
static bool search(course *c, double power, double left[STEPS], double *mean)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_var *w = tg_param(store, "w", TG_SHAPE(SEARCHES), tg_init_constant(start));
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(SEARCHES), 0, 1);
    tg_tensor *now = tg_read(tape, w);
    tg_tensor *square = tg_mean(tg_square(now)), *middle = tg_mean(now);
    tg_gd(tg_half_mse(now, x, .reduction = TG_SUM),
          .schedule = tg_inverse_time_lr(.base = rate, .power = power));
    tg_plan *step = tg_compile(tape, square, middle);
    for (int t = 0; t < STEPS && !tg_run(step); t++) left[t] = tg_item(square);
    *mean = tg_item(middle);
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "robbins_monro", about);
    static double left[3][STEPS], steps[STEPS];
    double mean[3];
    for (int t = 0; t < STEPS; t++) steps[t] = t + 1;
    plot *p = plot_new("Three sequences of rates under noise", 1);
    if (search(&c, 0, left[0], &mean[0]) && search(&c, 1, left[1], &mean[1]) &&
        search(&c, 2, left[2], &mean[2])) {
        const double floor_of_constant = rate / (2 - rate);
        course_expect(&c, "constant_over_theory", left[0][STEPS - 1] / floor_of_constant, 0.6, 1.4);
        course_expect(&c, "inverse_last", left[1][STEPS - 1], 0, 0.03);
        const double never = start * sin(pi * sqrt(rate)) / (pi * sqrt(rate));
        course_expect(&c, "square_stops_at", mean[2], never - 0.25, never + 0.25);
        plot_panel(p, NULL, "step", "mean square of what is left");
        plot_log_x(p);
        plot_log_y(p);
        plot_line(p, "1/2", steps, left[0], STEPS);
        plot_line(p, "1/2 / t", steps, left[1], STEPS);
        plot_line(p, "1/2 / t^2", steps, left[2], STEPS);
    }
    return course_end(&c, p);
}
