/* approximation.c: One hidden layer comes as near to a curve as its width allows.
 *
 * Formula: y = b + sum of a_k sigmoid(s (x - k / n)); by hand a_k = f(m_k) - f(m_k-1)
 *
 * A network with one hidden layer of sigmoids has to be a given curve f on [0, 1]. First its
 * weights are written by hand: each unit is a steep step, the output's weight is its height, so the
 * network is a staircase that meets f in the middle m_k of each tread. Then networks of the same
 * widths begin with random weights and learn. By hand the error (the root of the mean square) falls
 * like 1 / width; learned weights, which may bend instead of stepping, do better at equal width.
 */
#include "course.h"

#include <math.h>

static const char about[] =
    "Writes the weights of networks with one hidden layer by hand so that they are near a curve,\n"
    "and lets others of the same widths learn it.\n";

enum { POINTS = 512, WIDTHS = 5, STEPS = 2500, SHOWN = 1 };
static const double PI = 3.14159265358979323846;

static double f(double x) { return sin(2 * PI * x) + 0.5 * sin(6 * PI * x); }

typedef struct net {
    tg_linear hidden, out;
} net;

static tg_tensor *apply(const net *n, tg_tensor *x)
{
    return tg_linear_apply(&n->out, tg_sigmoid(tg_linear_apply(&n->hidden, x)));
}

/* Steps at the borders of n + 1 equal treads, in whose middles the network is f. */
static void write_by_hand(const net *n, int width)
{
    double slopes[128], borders[128], heights[128];
    const double tread = 1.0 / (width + 1), steep = 1000 / tread;
    const double first = f(tread / 2);
    for (int k = 0; k < width; k++) {
        slopes[k] = steep;
        borders[k] = -steep * (k + 1) * tread;
        heights[k] = f((k + 1.5) * tread) - f((k + 0.5) * tread);
    }
    tg_var_set(n->hidden.weight, slopes, (size_t)width);
    tg_var_set(n->hidden.bias, borders, (size_t)width);
    tg_var_set(n->out.weight, heights, (size_t)width);
    tg_var_set(n->out.bias, &first, 1);
}

/* The error on [0, 1], of weights by hand or learned ones; y has what the network is. */
static double error_of(course *c, int width, bool learn, const double *x, double *y)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    const net n = { tg_linear_new(store, "hidden", 1, width, .init = tg_init_normal(0, 20),
                                  .bias_init = tg_init_uniform(-20, 20)),
                    tg_linear_new(store, "out", width, 1, .bias_init = tg_init_zeros()) };
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *at = tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), x);
    double wanted[POINTS], squares = 0;
    for (int i = 0; i < POINTS; i++) wanted[i] = f(x[i]);
    if (learn) {
        tg_tensor *loss =
            tg_mse(apply(&n, at), tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), wanted));
        tg_adam(loss, .schedule = tg_cosine_lr(.base = 0.05, .steps = STEPS));
        tg_plan *plan = tg_compile(tape, loss);
        for (int i = 0; i < STEPS && tg_run(plan) == TG_OK; i++) {
        }
        tg_plan_free(plan);
    } else write_by_hand(&n, width);
    tg_get(apply(&n, at), y, POINTS);
    for (int i = 0; i < POINTS; i++) squares += pow(y[i] - wanted[i], 2);
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine ? sqrt(squares / POINTS) : NAN;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "approximation", about);
    const double widths[WIDTHS] = { 8, 16, 32, 64, 128 };
    double by_hand[WIDTHS], learned[WIDTHS], x[POINTS], wanted[POINTS], y[2][WIDTHS][POINTS];
    double ratio = 1; /* the geometric mean of those of all widths */
    for (int i = 0; i < POINTS; i++) x[i] = i / (POINTS - 1.0), wanted[i] = f(x[i]);
    for (int k = 0; k < WIDTHS; k++) {
        by_hand[k] = error_of(&c, (int)widths[k], false, x, y[0][k]);
        learned[k] = error_of(&c, (int)widths[k], true, x, y[1][k]);
        ratio *= pow(learned[k] / by_hand[k], 1.0 / WIDTHS);
    }
    /* Treads are 1 / (n + 1) wide, and the mean of f'^2 is (2^2 + 3^2) pi^2 / 2. */
    const double theory = PI * sqrt(13.0 / 2 / 12) / (widths[WIDTHS - 1] + 1);
    course_expect(&c, "hand_over_theory", by_hand[WIDTHS - 1] / theory, 0.97, 1.03);
    course_expect(&c, "hand_8_over_128", by_hand[0] / by_hand[WIDTHS - 1], 11, 16);
    course_expect(&c, "learned_128", learned[WIDTHS - 1], 0, 0.012);
    course_expect(&c, "learned_over_hand", ratio, 0, 0.6);
    plot *p = plot_new("One hidden layer comes near to any curve", 2);
    plot_panel(p, "16 hidden units", "x", "y");
    plot_line(p, "the curve", x, wanted, POINTS);
    plot_line(p, "weights by hand", x, y[0][SHOWN], POINTS);
    plot_line(p, "learned weights", x, y[1][SHOWN], POINTS);
    plot_panel(p, "Error", "hidden units", "root of the mean square");
    plot_log_x(p);
    plot_log_y(p);
    plot_line(p, "weights by hand", widths, by_hand, WIDTHS);
    plot_line(p, "learned weights", widths, learned, WIDTHS);
    return course_end(&c, p);
}
