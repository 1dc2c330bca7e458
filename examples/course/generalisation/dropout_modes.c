/* dropout_modes.c: Dropout zeroes units in training, scales the others by 1 / (1 - p), and does
 * nothing in use.
 *
 * Formula: y = m x / (1 - p), P(m = 1) = 1 - p, so E[y] = x and dy/dx = m / (1 - p)
 *
 * 10000 ones and a p of 0.25 are dropped out in training and in use. The sum of what is kept, its
 * gradient and the masks of two runs and of two stores with one seed are compared.
 */
#include "course.h"

#include <math.h>
#include <string.h>

static const char about[] = "Looks at the masks of dropout, in training and in use.\n";

enum { UNITS = 10000, RUNS = 3, SIDE = 20 };

static const double P = 0.25;

/* The values of some runs in training, the gradient of their sum in the last one, and what comes in
 * use. */
static bool look(course *c, uint64_t seed, float y[RUNS][UNITS], float slope[UNITS],
                 float used[UNITS])
{
    tg_store *store = tg_store_new(.seed = seed);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_full(tape, TG_F32, TG_SHAPE(UNITS), 1);
    tg_tensor *dropped = tg_dropout(x, P, "dropout", true);
    tg_tensor *gradient = tg_grad(tg_sum(dropped), x);
    tg_tensor *in_use = tg_dropout(x, P, "dropout", false);
    tg_plan *plan = tg_compile(tape, dropped, gradient, in_use);
    for (int run = 0; run < RUNS; run++) {
        tg_run(plan);
        tg_get(dropped, y[run], UNITS);
    }
    tg_get(gradient, slope, UNITS);
    tg_get(in_use, used, UNITS);
    const bool fine = course_fine(c, tape);
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "dropout_modes", about);
    static float y[RUNS][UNITS], again[RUNS][UNITS], slope[UNITS], used[UNITS];
    plot *p = plot_new("Dropout of a quarter: black is dropped", RUNS + 1);
    if (!look(&c, (uint64_t)c.seed, again, slope, used) ||
        !look(&c, (uint64_t)c.seed, y, slope, used))
        return course_end(&c, p);
    int dropped = 0, scaled = 0, differ = 0, slopes = 0, same = 0;
    double sum = 0;
    for (int i = 0; i < UNITS; i++) {
        dropped += y[0][i] == 0;
        scaled += y[0][i] == (float)(1 / (1 - P));
        differ += y[0][i] != y[1][i];
        slopes += slope[i] == y[RUNS - 1][i]; /* x is 1: the mask, scaled, is both */
        same += used[i] == 1;
        sum += (double)y[0][i];
    }
    /* Five deviations of a mean of so many: the chance to leave them is below 1e-6. */
    const double width = 5 * sqrt(P * (1 - P) / UNITS);
    course_expect(&c, "dropped", (double)dropped / UNITS, P - width, P + width);
    course_expect(&c, "dropped_or_scaled", dropped + scaled, UNITS, UNITS);
    course_expect(&c, "mean", sum / UNITS, 1 - width / (1 - P), 1 + width / (1 - P));
    course_expect(&c, "gradient_is_the_mask", slopes, UNITS, UNITS);
    course_expect(&c, "in_use_the_same", same, UNITS, UNITS);
    course_expect(&c, "differ_by_run", (double)differ / UNITS, 2 * P * (1 - P) - 2 * width,
                  2 * P * (1 - P) + 2 * width);
    course_check(&c, "same_by_seed", memcmp(y, again, sizeof y) == 0);
    for (int k = 0; k <= RUNS; k++) {
        double image[SIDE * SIDE];
        const float *from = k < RUNS ? y[k] : used;
        for (int i = 0; i < SIDE * SIDE; i++) image[i] = (double)from[i];
        char title[32];
        snprintf(title, sizeof title, k < RUNS ? "training, run %d" : "in use", k + 1);
        plot_panel(p, title, NULL, NULL);
        plot_image(p, image, SIDE, SIDE, 0, 1 / (1 - P), false);
    }
    return course_end(&c, p);
}
