/* double_descent.c: The error on new data peaks where there are as many features as samples, and
 * falls again beyond.
 *
 * Formula: w of least |w| among those of least |y - Phi w|; mean of (f - t)^2 = bias^2 + variance
 *
 * y = t(x) + noise, t(x) = sin(x_1 + x_2 + x_3), is fitted to 40 samples by least squares over
 * random features tanh(u x + b), of which there are 5 to 640. L-BFGS begins at zero and only moves
 * along gradients, so it ends at the solution of least norm. This is done with 16 sets of samples
 * and features; at 200 other points the mean of the predictions is off by the bias, and they
 * scatter about it by the variance.
 */
#include "course.h"

#include <math.h>

static const char about[] =
    "Fits more and more random features to a few samples, and measures bias "
    "and variance.\n";

enum { INPUTS = 3, SAMPLES = 40, TEST = 200, SETS = 16, MOST = 640 };

static const int counts[] = { 5, 10, 20, 30, 40, 50, 60, 80, 160, 320, 640 };
enum { COUNTS = sizeof counts / sizeof *counts };

static void draw(tg_dice dice, double *out, int count)
{
    for (int i = 0; i < count; i++) out[i] = tg_dice_normal(&dice);
}

static double target(const double x[INPUTS]) { return sin(x[0] + x[1] + x[2]); }

/* Fits so many features to a set of samples; the predictions at the test points. */
static bool fit(course *c, int count, uint64_t set, const double *test, double out[TEST])
{
    static double x[SAMPLES * INPUTS], y[SAMPLES], u[INPUTS * MOST], b[MOST];
    const uint64_t seed = (uint64_t)c->seed;
    draw((tg_dice){ seed, 4 * set, 0 }, x, SAMPLES * INPUTS);
    draw((tg_dice){ seed, 4 * set + 1, 0 }, y, SAMPLES);
    draw((tg_dice){ seed, 4 * set + 2, 0 }, u, INPUTS * count);
    draw((tg_dice){ seed, 4 * set + 3, 0 }, b, count);
    for (int i = 0; i < SAMPLES; i++) y[i] = target(x + i * INPUTS) + 0.3 * y[i];

    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_var *weights = tg_param(store, "weights", TG_SHAPE(count, 1), tg_init_zeros());
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *w = tg_read(tape, weights);
    tg_tensor *to = tg_constant(tape, TG_F64, TG_SHAPE(INPUTS, count), u);
    tg_tensor *bias = tg_constant(tape, TG_F64, TG_SHAPE(count), b);
    tg_tensor *points = tg_constant(tape, TG_F64, TG_SHAPE(SAMPLES, INPUTS), x);
    tg_tensor *others = tg_constant(tape, TG_F64, TG_SHAPE(TEST, INPUTS), test);
    tg_tensor *fitted = tg_matmul(tg_tanh(tg_add(tg_matmul(points, to), bias)), w);
    tg_tensor *guess = tg_matmul(tg_tanh(tg_add(tg_matmul(others, to), bias)), w);
    tg_tensor *loss = tg_mse(fitted, tg_constant(tape, TG_F64, TG_SHAPE(SAMPLES, 1), y));
    tg_lbfgs(loss, .gradient_tolerance = 1e-8, .history = 50);
    tg_get(guess, out, TEST);
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "double_descent", about);
    static double test[TEST * INPUTS], guess[SETS][TEST];
    double ratio[COUNTS], error[COUNTS] = { 0 }, bias[COUNTS] = { 0 }, variance[COUNTS] = { 0 };
    draw((tg_dice){ (uint64_t)c.seed, 4 * SETS, 0 }, test, TEST * INPUTS);
    bool fine = true;
    int peak = 0;
    double least = HUGE_VAL;
    for (int k = 0; k < COUNTS && fine; k++) {
        for (int set = 0; set < SETS && fine; set++)
            fine = fit(&c, counts[k], (uint64_t)set, test, guess[set]);
        for (int i = 0; i < TEST; i++) {
            const double t = target(test + i * INPUTS);
            double mean = 0;
            for (int set = 0; set < SETS; set++) mean += guess[set][i] / SETS;
            bias[k] += (mean - t) * (mean - t) / TEST;
            for (int set = 0; set < SETS; set++) {
                const double off = guess[set][i] - mean, wrong = guess[set][i] - t;
                variance[k] += off * off / SETS / TEST;
                error[k] += wrong * wrong / SETS / TEST;
            }
        }
        ratio[k] = (double)counts[k] / SAMPLES;
        if (error[k] > error[peak]) peak = k;
        if (counts[k] < SAMPLES) least = fmin(least, error[k]);
    }
    if (!fine) return course_end(&c, NULL);
    course_expect(&c, "peak_over_samples", ratio[peak], 1, 1);
    course_expect(&c, "peak_over_last", error[peak] / error[COUNTS - 1], 10, 1e9);
    course_expect(&c, "peak_over_first_valley", error[peak] / least, 10, 1e9);
    course_expect(&c, "last_over_first_valley", error[COUNTS - 1] / least, 0.2, 4);
    course_expect(&c, "variance_share_of_peak", variance[peak] / error[peak], 0.8, 1);
    plot *p = plot_new("Double descent", 1);
    plot_panel(p, NULL, "features / samples", "squared error on new data");
    plot_log_x(p);
    plot_log_y(p);
    plot_line(p, "error", ratio, error, COUNTS);
    plot_line(p, "bias^2", ratio, bias, COUNTS);
    plot_line(p, "variance", ratio, variance, COUNTS);
    return course_end(&c, p);
}
