/* exercise_gaussians.c: The loss of given weights is a sum that a hand can make, and its gradient
 * names weights with a lower one.
 *
 * Formula: J = -mean(y ln p + (1 - y) ln(1 - p)), p = sigma(w . x + b), dJ/dw = mean((p - y) x)
 *
 * The exercise: 100 points of two Gaussians in the plane, labels 0 and 1, around (-1, -0.5) and
 * (1, 0.5). Loss and gradient of the weights (0.5, -1) and 0.5 are computed by the tape, and by a
 * loop that is written out; then come steps against the gradient. Each of them lowers the loss.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Computes the loss of given weights on 100 points, and lowers it.\n";

enum { POINTS = 100, STEPS = 200, SIDE = 41 };

/* Loss and gradient (by w1, w2, b), without Tapegrad. */
static double by_hand(double (*x)[2], const double *y, const double *w, double *gradient)
{
    double loss = 0;
    for (int i = 0; i < POINTS; i++) {
        const double p = 1 / (1 + exp(-(w[0] * x[i][0] + w[1] * x[i][1] + w[2])));
        loss -= (y[i] * log(p) + (1 - y[i]) * log(1 - p)) / POINTS;
        for (int k = 0; k < 3; k++) gradient[k] += (p - y[i]) * (k < 2 ? x[i][k] : 1) / POINTS;
    }
    return loss;
}

static void show(plot *p, const char *title, double (*x)[2], const double *w)
{
    double field[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++) {
        const double x1 = -4 + 8.0 * (i % SIDE) / (SIDE - 1),
                     x2 = -4 + 8.0 * (i / SIDE) / (SIDE - 1);
        field[i] = 1 / (1 + exp(-(w[0] * x1 + w[1] * x2 + w[2])));
    }
    plot_panel(p, title, "x1", "x2");
    plot_x_range(p, -4, 4);
    plot_y_range(p, -4, 4);
    plot_field(p, field, SIDE, SIDE, -0.3, 1.3);
    for (int label = 0; label < 2; label++) {
        double x1[POINTS / 2], x2[POINTS / 2];
        for (int i = 0; i < POINTS / 2; i++)
            x1[i] = x[2 * i + label][0], x2[i] = x[2 * i + label][1];
        plot_dots(p, label ? "1" : "0", x1, x2, POINTS / 2);
    }
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "exercise_gaussians", about);
    const double given[3] = { 0.5, -1, 0.5 };
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_var *weight = tg_param(store, "w", TG_SHAPE(2), tg_init_zeros());
    tg_var *bias = tg_param(store, "b", TG_SCALAR, tg_init_zeros());
    tg_tape *tape = tg_tape_new(store);
    double x[POINTS][2] = { 0 }, y[POINTS];
    tg_get(tg_normal(tape, "noise", TG_F64, TG_SHAPE(POINTS, 2), 0, 1), &x[0][0], 2 * POINTS);
    for (int i = 0; i < POINTS; i++) {
        y[i] = i % 2;
        x[i][0] += i % 2 ? 1 : -1;
        x[i][1] += i % 2 ? 0.5 : -0.5;
    }
    tg_tensor *points = tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 2), x);
    tg_tensor *labels = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), y);
    tg_tensor *w = tg_read(tape, weight), *b = tg_read(tape, bias);
    tg_tensor *scores = tg_add(tg_sum(tg_mul(points, w), .axis = 1), b);
    tg_tensor *loss = tg_binary_cross_entropy(scores, labels);
    tg_tensor *by_w = tg_grad(loss, w), *by_b = tg_grad(loss, b);
    tg_gd(loss, .lr = 0.5);
    tg_plan *look = tg_compile_pure(tape, loss, by_w, by_b), *step = tg_compile(tape, loss);

    tg_run(look);
    const double of_zeros = tg_item(loss);
    tg_var_set(weight, given, 2);
    tg_var_set(bias, &given[2], 1);
    tg_run(look);
    double gradient[3] = { 0 }, hand[3] = { 0 }, losses[STEPS] = { 0 }, end[3] = { 0 };
    tg_get(by_w, gradient, 2);
    gradient[2] = tg_item(by_b);
    const double of_given = tg_item(loss), of_hand = by_hand(x, y, given, hand);
    for (int i = 0; i < STEPS; i++) {
        tg_run(step);
        losses[i] = tg_item(loss);
    }
    tg_var_get(weight, end, 2);
    tg_var_get(bias, &end[2], 1);

    plot *p = plot_new("Exercise 1: weights that lower the loss", 3);
    if (course_fine(&c, tape)) {
        double apart = 0, rises = 0;
        for (int k = 0; k < 3; k++) apart = fmax(apart, fabs(gradient[k] - hand[k]));
        for (int i = 1; i < STEPS; i++) rises += losses[i] >= losses[i - 1];
        course_expect(&c, "loss_of_zeros", of_zeros - log(2), -1e-12, 1e-12);
        course_expect(&c, "loss_of_given", of_given, 0.6, 1.5);
        course_expect(&c, "off_by_hand", fabs(of_given - of_hand), 0, 1e-12);
        course_expect(&c, "gradient_off_by_hand", apart, 0, 1e-12);
        course_expect(&c, "steps_that_rise", rises, 0, 0);
        course_expect(&c, "loss_found", losses[STEPS - 1], 0.1, 0.5);
        show(p, "given: 0.5, -1 and 0.5", x, given);
        show(p, "found", x, end);
        plot_panel(p, "steps against the gradient", "step", "loss");
        plot_curve(p, NULL, losses, STEPS);
    }
    tg_plan_free(look);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
