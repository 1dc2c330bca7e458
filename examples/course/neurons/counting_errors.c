/* counting_errors.c: The number of errors is flat between its jumps, and tells no weight
 * where to go.
 *
 * Formula: d/dw share of (sign(w x1 + x2) != y) = 0; d/dw mean ln(1 + e^(-y (w x1 + x2))) != 0
 *
 * 40 points of two overlapping classes in the plane, and a line with one free weight. Errors and
 * logistic loss are drawn over the weight with the slopes that the tape gives. From w = -3 gradient
 * descent by the logistic loss finds few errors; by the errors themselves it makes no step.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Counts errors over a weight, and asks the tape for the slope.\n";

enum { POINTS = 40, WEIGHTS = 601, STEPS = 200 };

/* Errors and logistic loss of each weight of [w] ([n]), as [n]. */
static void measure(tg_tensor *w, tg_tensor *x1, tg_tensor *x2, tg_tensor *y, tg_tensor **errors,
                    tg_tensor **loss)
{
    tg_tensor *margin = tg_mul(y, tg_add(tg_mul(tg_unsqueeze(w, 1), x1), x2));
    *errors = tg_mean(tg_mul_num(tg_rsub_num(1, tg_sign_step(margin)), 0.5), .axis = 1);
    *loss = tg_mean(tg_softplus(tg_neg(margin)), .axis = 1);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "counting_errors", about);
    double at[WEIGHTS], count[WEIGHTS] = { 0 }, smooth[WEIGHTS] = { 0 }, slopes[2][WEIGHTS] = { 0 };
    for (int i = 0; i < WEIGHTS; i++) at[i] = -3 + 6.0 * i / (WEIGHTS - 1);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_var *by_loss = tg_param(store, "by_loss", TG_SHAPE(1), tg_init_constant(-3));
    tg_var *by_errors = tg_param(store, "by_errors", TG_SHAPE(1), tg_init_constant(-3));
    tg_tape *tape = tg_tape_new(store);

    /* The classes lie around (1.2, 0.4) and (-1.2, -0.4): the best line's weight is positive. */
    double signs[POINTS];
    for (int i = 0; i < POINTS; i++) signs[i] = i % 2 ? 1 : -1;
    tg_tensor *y = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), signs);
    tg_tensor *noise = tg_normal(tape, "noise", TG_F64, TG_SHAPE(2, POINTS), 0, 1);
    double x[2][POINTS];
    tg_get(noise, &x[0][0], sizeof x / sizeof(double));
    for (int i = 0; i < POINTS; i++) x[0][i] += 1.2 * signs[i], x[1][i] += 0.4 * signs[i];
    tg_tensor *x1 = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), x[0]);
    tg_tensor *x2 = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), x[1]);

    tg_tensor *w = tg_constant(tape, TG_F64, TG_SHAPE(WEIGHTS), at), *errors, *loss;
    measure(w, x1, x2, y, &errors, &loss);
    tg_tensor *slope = tg_grad(tg_sum(errors), w), *loss_slope = tg_grad(tg_sum(loss), w);
    tg_get(errors, count, WEIGHTS);
    tg_get(loss, smooth, WEIGHTS);
    tg_get(slope, slopes[0], WEIGHTS);
    tg_get(loss_slope, slopes[1], WEIGHTS);

    tg_tensor *errors_of[2], *loss_of[2];
    measure(tg_read(tape, by_loss), x1, x2, y, &errors_of[0], &loss_of[0]);
    measure(tg_read(tape, by_errors), x1, x2, y, &errors_of[1], &loss_of[1]);
    tg_gd(tg_sum(loss_of[0]), .lr = 1, .params = "by_loss");
    tg_tensor *stays =
        tg_read(tape, by_errors); /* written out: tg_gd refuses a loss without slope */
    tg_assign(by_errors, tg_sub(stays, tg_grad(tg_sum(errors_of[1]), stays)));
    tg_plan *step = tg_compile(tape, loss_of[0], errors_of[1]);
    for (int i = 0; i < STEPS; i++) tg_run(step);
    double found[2] = { 0 };
    tg_var_get(by_loss, &found[0], 1);
    tg_var_get(by_errors, &found[1], 1);

    plot *p = plot_new("A count has no slope, a smooth loss has one", 2);
    if (course_fine(&c, tape)) {
        double steepest = 0, agree = 0;
        int jumps = 0, fewest = POINTS, reached = 0;
        for (int i = 0; i < WEIGHTS; i++) {
            steepest = fmax(steepest, fabs(slopes[0][i]));
            fewest = (int)fmin(fewest, round(count[i] * POINTS));
            if (i == 0) continue;
            jumps += count[i] != count[i - 1];
            const double difference = (smooth[i] - smooth[i - 1]) / (at[i] - at[i - 1]);
            agree = fmax(agree, fabs(difference - (slopes[1][i] + slopes[1][i - 1]) / 2));
        }
        for (int i = 0; i < POINTS; i++) reached += signs[i] * (found[0] * x[0][i] + x[1][i]) < 0;
        course_expect(&c, "largest_slope_of_errors", steepest, 0, 0);
        course_expect(&c, "jumps", jumps, 1, POINTS);
        course_expect(&c, "loss_slope_off", agree, 0, 1e-3);
        course_expect(&c, "loss_slope_at_start", slopes[1][0], -10, -0.1);
        course_expect(&c, "moved_by_errors", found[1] + 3, 0, 0);
        course_expect(&c, "errors_at_start", round(count[0] * POINTS), 20, POINTS);
        course_expect(&c, "errors_by_loss", reached, 0, fewest + 4);
        plot_panel(p, "value", "weight", NULL);
        plot_line(p, "share of errors", at, count, WEIGHTS);
        plot_line(p, "logistic loss", at, smooth, WEIGHTS);
        plot_panel(p, "slope, by the tape", "weight", NULL);
        plot_line(p, "of the errors", at, slopes[0], WEIGHTS);
        plot_line(p, "of the logistic loss", at, slopes[1], WEIGHTS);
    }
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
