/* three_rates.c: A learning rate that is too small crawls, one that is too large blows up, and
 * there is a good one between them.
 *
 * Formula: w_(t+1) - w* = (1 - a c) (w_t - w*); it shrinks if and only if 0 < a < 2 / c
 *
 * On the left one weight is fitted by gradient descent to a line with noise: the loss is a parabola
 * of the curvature c = mean x^2, and its rates are 0.02 / c, 0.5 / c and 2.1 / c. On the right a
 * network of 16 tanh units learns a wave with three rates: no parabola, the same picture.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains a line and a network with three learning rates each.\n";

enum { POINTS = 100, STEPS = 40, LONG = 401 };

/* Distances of the weight from the best one. */
static bool line(course *c, double rate_by_curvature, double left[STEPS + 1])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_var *w = tg_param(store, "w", TG_SCALAR, tg_init_zeros());
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(POINTS), 0, 2);
    tg_tensor *noise = tg_normal(tape, "noise", TG_F64, TG_SHAPE(POINTS), 0, 0.5);
    tg_tensor *y = tg_add(tg_mul_num(x, 3), noise);
    double xs[POINTS] = { 0 }, ys[POINTS] = { 0 }, curvature = 0, slope = 0;
    tg_evaluate(TG_LIST(x, y));
    tg_get(x, xs, POINTS);
    tg_get(y, ys, POINTS);
    for (int i = 0; i < POINTS; i++) {
        curvature += xs[i] * xs[i] / POINTS;
        slope += xs[i] * ys[i] / POINTS;
    }
    tg_rewind(tape);
    x = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), xs);
    y = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), ys);
    tg_tensor *now = tg_read(tape, w);
    tg_gd(tg_half_mse(tg_mul(now, x), y), .lr = rate_by_curvature / curvature);
    tg_plan *step = tg_compile(tape, now);
    for (int i = 0; i <= STEPS && !tg_run(step); i++)
        left[i] = fabs(tg_item(now) - slope / curvature);
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

/* Losses of the network. */
static bool network(course *c, double rate, double losses[LONG])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    const tg_linear hidden =
        tg_linear_new(store, "hidden", 1, 16, .bias_init = tg_init_uniform(-3, 3));
    const tg_linear out = tg_linear_new(store, "out", 16, 1);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *steps = tg_mul_num(tg_iota(tape, TG_F32, POINTS), 6.0 / POINTS);
    tg_tensor *x = tg_unsqueeze(tg_sub_num(steps, 3), 1);
    tg_tensor *guess = tg_linear_apply(&out, tg_tanh(tg_linear_apply(&hidden, x)));
    tg_tensor *loss = tg_mse(guess, tg_sin(tg_mul_num(x, 2)));
    tg_gd(loss, .lr = rate);
    tg_plan *step = tg_compile(tape, loss);
    for (int i = 0; i < LONG && !tg_run(step); i++) losses[i] = tg_item(loss);
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "three_rates", about);
    const double factors[3] = { 0.02, 0.5, 2.1 }, rates[3] = { 1e-3, 0.1, 1 };
    const char *const names[3] = { "too small", "good", "too large" };
    static double left[3][STEPS + 1], losses[3][LONG];
    bool fine = true;
    for (int i = 0; i < 3 && fine; i++)
        fine = line(&c, factors[i], left[i]) && network(&c, rates[i], losses[i]);
    plot *p = plot_new("Three learning rates", 2);
    if (fine) {
        course_expect(&c, "small_kept", left[0][STEPS] / left[0][0] / pow(0.98, STEPS), 1 - 1e-9,
                      1 + 1e-9);
        course_expect(&c, "good_kept", left[1][STEPS] / left[1][0], 0, 1e-9);
        course_expect(&c, "large_grown", left[2][STEPS] / left[2][0] / pow(1.1, STEPS), 1 - 1e-9,
                      1 + 1e-9);
        course_expect(&c, "network_small", losses[0][LONG - 1], 0.3, 1);
        course_expect(&c, "network_good", losses[1][LONG - 1], 0, 0.2);
        course_check(&c, "network_large_fails", !(losses[2][LONG - 1] < losses[2][0]));
        plot_panel(p, "One weight", "step", "distance from the best");
        plot_log_y(p);
        plot_y_range(p, 1e-3, 1e3);
        for (int i = 0; i < 3; i++) plot_curve(p, names[i], left[i], STEPS + 1);
        plot_panel(p, "A network", "step", "loss");
        plot_log_y(p);
        plot_y_range(p, 1e-2, 1e4);
        for (int i = 0; i < 3; i++) plot_curve(p, names[i], losses[i], LONG);
    }
    return course_end(&c, p);
}
