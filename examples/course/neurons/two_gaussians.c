/* two_gaussians.c: Logistic regression of two Gaussians at -1 and 1 finds their posterior, w = 2
 * and b = 0.
 *
 * Formula: p(1 | x) = N(x; 1, 1) / (N(x; 1, 1) + N(x; -1, 1)) = 1 / (1 + e^-2x) = sigma(2 x + 0)
 *
 * 20,000 numbers, half of each Gaussian of deviation 1, and one unit: a linear layer, then the
 * sigmoid, whose output is the parameter of a Bernoulli distribution; the loss is the mean of its
 * -ln p(y). With a threshold at 1/2 instead, the unit is a perceptron, right in Phi(1) = 84.1 %.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains one unit to tell two Gaussians apart.\n";

enum { POINTS = 20000, STEPS = 200, BINS = 24, GRID = 161 };

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "two_gaussians", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    const tg_linear layer =
        tg_linear_new(store, "unit", 1, 1, .init = tg_init_zeros(), .bias_init = tg_init_zeros());
    tg_tape *tape = tg_tape_new(store);
    static double x[POINTS], y[POINTS], noise[POINTS];
    tg_get(tg_normal(tape, "noise", TG_F64, TG_SHAPE(POINTS), 0, 1), noise, POINTS);
    for (int i = 0; i < POINTS; i++) y[i] = i % 2, x[i] = noise[i] + (i % 2 ? 1 : -1);

    tg_tensor *points = tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), x);
    tg_tensor *labels = tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), y);
    tg_tensor *logits = tg_linear_apply(&layer, points);
    tg_tensor *loss = tg_binary_cross_entropy(logits, labels);
    tg_gd(loss, .lr = 0.5);
    tg_plan *step = tg_compile(tape, loss);
    double w[STEPS] = { 0 }, b[STEPS] = { 0 }, losses[STEPS] = { 0 };
    for (int i = 0; i < STEPS; i++) {
        tg_var_get(layer.weight, &w[i], 1);
        tg_var_get(layer.bias, &b[i], 1);
        tg_run(step);
        losses[i] = tg_item(loss);
    }
    const double slope = w[STEPS - 1], offset = b[STEPS - 1];

    plot *p = plot_new("The posterior of two Gaussians", 2);
    if (course_fine(&c, tape)) {
        double at[GRID], posterior[GRID], unit[GRID], middle[BINS], share[BINS];
        double furthest = 0, entropy = 0;
        for (int i = 0; i < GRID; i++) {
            at[i] = -4 + 8.0 * i / (GRID - 1);
            posterior[i] = 1 / (1 + exp(-2 * at[i]));
            unit[i] = 1 / (1 + exp(-slope * at[i] - offset));
            furthest = fmax(furthest, fabs(unit[i] - posterior[i]));
            /* The loss of the posterior itself: the mean of its entropy. By symmetry the density of
             * one Gaussian is enough. */
            const double density = exp(-(at[i] - 1) * (at[i] - 1) / 2) / sqrt(2 * acos(-1.0));
            entropy += density * log1p(exp(-2 * at[i])) * 8 / (GRID - 1);
        }
        int right = 0, ones[BINS] = { 0 }, all[BINS] = { 0 };
        for (int i = 0; i < POINTS; i++) {
            right += (slope * x[i] + offset >= 0) == (y[i] > 0);
            const int bin = (int)floor((x[i] + 4) / 8 * BINS);
            if (bin < 0 || bin >= BINS) continue;
            all[bin]++;
            ones[bin] += y[i] > 0;
        }
        for (int i = 0; i < BINS; i++) {
            middle[i] = -4 + 8.0 * (i + 0.5) / BINS;
            share[i] = all[i] ? (double)ones[i] / all[i] : (double)NAN;
        }
        course_expect(&c, "w", slope, 1.85, 2.15);
        course_expect(&c, "b", offset, -0.1, 0.1);
        course_expect(&c, "furthest_from_posterior", furthest, 0, 0.03);
        course_expect(&c, "loss_above_entropy", losses[STEPS - 1] - entropy, -0.012, 0.012);
        course_expect(&c, "right_by_threshold", (double)right / POINTS, 0.8313, 0.8513);
        plot_panel(p, "p(1 | x)", "x", "probability");
        plot_line(p, "1 / (1 + e^-2x)", at, posterior, GRID);
        plot_line(p, "the unit", at, unit, GRID);
        plot_dots(p, "share of ones", middle, share, BINS);
        plot_panel(p, "training", "step", NULL);
        plot_curve(p, "w", w, STEPS);
        plot_curve(p, "b", b, STEPS);
        plot_curve(p, "loss", losses, STEPS);
    }
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
