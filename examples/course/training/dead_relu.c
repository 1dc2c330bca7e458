/* dead_relu.c: A bias far below 0 or a rate far too large leaves ReLUs that are 0 for all data and
 * learn no more; leaky ones come back.
 *
 * Formula: relu'(z) = 0 for z < 0; leaky relu'(z) = 0.1 for z < 0
 *
 * A network of 64 hidden units learns the sum of squares of two normal numbers, by Adam. Of a
 * healthy layer about half of the outputs are 0 (it is sparse), and hardly a unit is dead: 0 for
 * each of the 256 rows. With biases of -10 all are, their gradients are exactly 0, and the loss
 * stays that of a constant; with a leak a part of them comes back, which is enough. With a rate of
 * 3, 150 times the healthy one, most die on the way.
 */
#include "course.h"

#include <math.h>

static const char about[] =
    "Kills ReLUs by their biases and by a rate, and revives them by a leak.\n";

enum { ROWS = 256, UNITS = 64, STEPS = 1001 };

typedef struct run {
    double bias, leak, rate;
    double loss[STEPS], dead[STEPS]; /* dead: the share of units that are below 0 for all rows */
    double gradient, zeros;          /* at the start: of the hidden weights; share of zeros */
} run;

static bool train(course *c, run *r)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    const tg_linear hidden = tg_linear_new(store, "hidden", 2, UNITS, .init = tg_init_he_normal(0),
                                           .bias_init = tg_init_constant(r->bias));
    const tg_linear out = tg_linear_new(store, "out", UNITS, 1);
    tg_tape *tape = tg_tape_new(store);
    float data[ROWS * 2] = { 0 };
    tg_get(tg_normal(tape, "x", TG_F32, TG_SHAPE(ROWS, 2), 0, 1), data, ROWS * 2);
    tg_rewind(tape);
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(ROWS, 2), data);
    tg_tensor *z = tg_linear_apply(&hidden, x);
    tg_tensor *y = tg_linear_apply(&out, tg_leaky_relu(z, r->leak));
    tg_tensor *loss = tg_mse(y, tg_sum(tg_square(x), .axis = 1, .keep = true));
    tg_tensor *off = tg_cast(tg_less_equal_num(z, 0), TG_F32);
    tg_tensor *dead = tg_mean(tg_min(off, .axis = 0)), *zeros = tg_mean(off);
    tg_tensor *gradient = tg_norm(tg_grad(loss, tg_read(tape, hidden.weight)));
    tg_adam(loss, .lr = r->rate);
    tg_plan *step = tg_compile(tape, loss, dead, zeros, gradient);
    for (int i = 0; i < STEPS; i++) {
        if (tg_run(step)) break;
        r->loss[i] = tg_item(loss);
        r->dead[i] = tg_item(dead);
        if (i == 0) r->gradient = tg_item(gradient), r->zeros = tg_item(zeros);
    }
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "dead_relu", about);
    static run healthy = { .rate = 0.02 }, biased = { .bias = -10, .rate = 0.2 },
               leaky = { .bias = -10, .leak = 0.1, .rate = 0.2 }, rash = { .rate = 3 };
    plot *p = plot_new("ReLUs that die", 2);
    if (train(&c, &healthy) && train(&c, &biased) && train(&c, &leaky) && train(&c, &rash)) {
        const int last = STEPS - 1;
        course_expect(&c, "healthy_zeros", healthy.zeros, 0.4, 0.6);
        course_expect(&c, "healthy_dead", healthy.dead[last], 0, 0.1);
        course_expect(&c, "healthy_loss", healthy.loss[last], 0, 0.5);
        course_expect(&c, "biased_dead", biased.dead[0], 0.95, 1);
        course_expect(&c, "biased_gradient", biased.gradient, 0, 0);
        course_expect(&c, "biased_loss", biased.loss[last], 2, 10);
        course_expect(&c, "leaky_dead", leaky.dead[last], 0, 0.95);
        course_expect(&c, "leaky_loss", leaky.loss[last], 0, 0.5);
        course_expect(&c, "rash_dead", rash.dead[last], 0.5, 1);
        plot_panel(p, "Units off for all rows", "step", "share");
        plot_y_range(p, 0, 1.05);
        plot_curve(p, "healthy", healthy.dead, STEPS);
        plot_curve(p, "bias -10", biased.dead, STEPS);
        plot_curve(p, "with a leak", leaky.dead, STEPS);
        plot_curve(p, "rate 3", rash.dead, STEPS);
        plot_panel(p, "Loss", "step", "mean square");
        plot_log_y(p);
        plot_y_range(p, 1e-4, 1e6);
        plot_curve(p, "healthy", healthy.loss, STEPS);
        plot_curve(p, "bias -10", biased.loss, STEPS);
        plot_curve(p, "with a leak", leaky.loss, STEPS);
        plot_curve(p, "rate 3", rash.loss, STEPS);
    }
    return course_end(&c, p);
}
