/* capacity.c: With more capacity the error of training only falls, while that of other data falls,
 * then rises.
 *
 * Formula: f(x) = w_0 P_0(x) + ... + w_d P_d(x), P Legendre's polynomials, w by least squares
 *
 * Polynomials of degree 0 to 15 are fitted by L-BFGS to 20 noisy points of sin(4 x). Degree 1
 * cannot bend (it underfits), degree 15 goes through the noise (it overfits), those between are
 * right. As each degree can do all that the ones below can, the error of training never rises.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Fits polynomials of rising degree to a few noisy points.\n";

enum { POINTS = 20, FINE = 200, DEGREES = 16 };

/* Legendre's polynomials of degree 0 to [degree] at x: [count, degree + 1]. */
static tg_tensor *powers(tg_tape *tape, const double *x, int count, int degree)
{
    double p[FINE * DEGREES] = { 0 };
    const int terms = degree + 1;
    for (int i = 0; i < count; i++)
        for (int k = 0; k <= degree; k++) {
            double *at = p + i * terms + k;
            *at = k == 0 ? 1 : k == 1 ? x[i] : ((2 * k - 1) * x[i] * at[-1] - (k - 1) * at[-2]) / k;
        }
    return tg_constant(tape, TG_F64, TG_SHAPE(count, terms), p);
}

/* Fits a degree; the curve, and the two errors. */
static bool fit(course *c, int degree, const double *x, const double *y, const double *line_x,
                const double *line_y, double *curve, double *train, double *test)
{
    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_var *weights = tg_param(store, "weights", TG_SHAPE(degree + 1, 1), tg_init_zeros());
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *w = tg_read(tape, weights);
    tg_tensor *fitted = tg_matmul(powers(tape, x, POINTS, degree), w);
    tg_tensor *line = tg_matmul(powers(tape, line_x, FINE, degree), w);
    tg_tensor *loss = tg_mse(fitted, tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), y));
    tg_tensor *error = tg_mse(line, tg_constant(tape, TG_F64, TG_SHAPE(FINE, 1), line_y));
    tg_lbfgs(loss, .gradient_tolerance = 1e-10, .history = 30);
    tg_evaluate(TG_LIST(loss, error, line));
    *train = tg_item(loss);
    *test = tg_item(error);
    tg_get(line, curve, FINE);
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "capacity", about);
    double x[POINTS], y[POINTS], line_x[FINE], line_y[FINE], curve[DEGREES][FINE];
    double train[DEGREES], test[DEGREES];
    tg_dice dice = { .key = (uint64_t)c.seed };
    for (int i = 0; i < POINTS; i++) {
        x[i] = 2 * (i + tg_dice_uniform(&dice)) / POINTS - 1;
        y[i] = sin(4 * x[i]) + 0.3 * tg_dice_normal(&dice);
    }
    for (int i = 0; i < FINE; i++) {
        line_x[i] = 2 * (i + 0.5) / FINE - 1;
        line_y[i] = sin(4 * line_x[i]);
    }
    int best = 0;
    double largest_rise = 0;
    for (int d = 0; d < DEGREES; d++) {
        if (!fit(&c, d, x, y, line_x, line_y, curve[d], &train[d], &test[d]))
            return course_end(&c, NULL);
        if (test[d] < test[best]) best = d;
        if (d) largest_rise = fmax(largest_rise, train[d] - train[d - 1]);
    }
    course_expect(&c, "best_degree", best, 3, 9);
    course_expect(&c, "training_rises_by", largest_rise, 0, 1e-9);
    course_expect(&c, "degree_1_over_best", test[1] / test[best], 3, 1000);
    course_expect(&c, "degree_15_over_best", test[DEGREES - 1] / test[best], 3, 1e9);
    course_expect(&c, "training_15_over_best", train[DEGREES - 1] / train[best], 0, 0.8);

    plot *p = plot_new("Capacity: too little, right, too much", 2);
    const int shown[] = { 1, best, DEGREES - 1 };
    for (int k = 0; k < 3; k++) {
        char title[32];
        snprintf(title, sizeof title, "degree %d", shown[k]);
        plot_panel(p, title, "x", "y");
        plot_y_range(p, -2, 2);
        plot_dots(p, "samples", x, y, POINTS);
        plot_line(p, "truth", line_x, line_y, FINE);
        plot_line(p, "fit", line_x, curve[shown[k]], FINE);
    }
    plot_panel(p, "errors", "degree", "mean squared error");
    plot_log_y(p);
    plot_curve(p, "training", train, DEGREES);
    plot_curve(p, "other points", test, DEGREES);
    return course_end(&c, p);
}
