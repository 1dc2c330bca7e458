/* slide_gradients.c: Gradient descent with the gradients of the slide, by hand, is gradient descent
 * with the tape, step for step.
 *
 * Formula: f = s(w . h), h = s(U x): dJ/dw = sum (f - y) h, dJ/dU = sum (f - y) w o h (1 - h) x^T
 * for J = -sum (y log f + (1 - y) log(1 - f)); of squares, with f = w . h, the same
 *
 * Two hidden units learn which of two clouds of points is which, a stand-in for the slide's data,
 * by cross-entropy and by half the squared error; labels are 0 and 1. In the chain rule of the
 * cross-entropy the term of y has a minus, -y (1 - f) + (1 - y) f = f - y. Without it the
 * slope is never negative, whatever y, and the loss rises.
 */
#include "compare.h"

static const char about[] = "Trains a network by gradients written by hand, and by the tape.\n";

enum { ROWS = 40, IN = 2, HIDDEN = 4, STEPS = 400, WEIGHTS = HIDDEN * IN + HIDDEN };
enum { CROSS_ENTROPY, SQUARES, SLIP };

static const double rate = 0.01;
static double x[ROWS][IN], y[ROWS];

static double s(double z) { return 1 / (1 + exp(-z)); }

/* A step of gradient descent: U [HIDDEN, IN] and then w [HIDDEN]. Returns the loss before it. */
static double step(int kind, double weights[WEIGHTS])
{
    double *u = weights, *w = weights + HIDDEN * IN, g[WEIGHTS] = { 0 }, loss = 0;
    for (int r = 0; r < ROWS; r++) {
        double h[HIDDEN], z = 0;
        for (int i = 0; i < HIDDEN; i++) {
            h[i] = s(u[i * IN] * x[r][0] + u[i * IN + 1] * x[r][1]);
            z += w[i] * h[i];
        }
        const double f = kind == SQUARES ? z : s(z);
        const double d = kind == SLIP ? y[r] * (1 - f) + (1 - y[r]) * f : f - y[r];
        /* -log f = log(1 + e^-z), -log(1 - f) = log(1 + e^z) */
        loss += kind == SQUARES ? d * d / 2 : fmax(y[r] == 1 ? -z : z, 0) + log1p(exp(-fabs(z)));
        for (int i = 0; i < HIDDEN; i++) {
            for (int j = 0; j < IN; j++) g[i * IN + j] += d * w[i] * h[i] * (1 - h[i]) * x[r][j];
            g[HIDDEN * IN + i] += d * h[i];
        }
    }
    for (int i = 0; i < WEIGHTS; i++) weights[i] -= rate * g[i];
    return loss;
}

/* The losses of all steps by hand and by the tape, from the same weights on; the weights that each
 * of them ends with. */
static bool train(course *c, int kind, double hand[STEPS], double taped[STEPS],
                  double weights[2][WEIGHTS])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_var *u = tg_param(store, "U", TG_SHAPE(HIDDEN, IN), tg_init_normal(0, 1));
    tg_var *w = tg_param(store, "w", TG_SHAPE(HIDDEN), tg_init_normal(0, 1));
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *rows = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, IN), x);
    tg_tensor *labels = tg_constant(tape, TG_F64, TG_SHAPE(ROWS), y);
    tg_tensor *h = tg_sigmoid(tg_matmul(rows, tg_transpose(tg_read(tape, u))));
    tg_tensor *f = tg_sum(tg_mul(h, tg_read(tape, w)), .axis = 1);
    tg_tensor *loss = kind == SQUARES ? tg_half_mse(f, labels, .reduction = TG_SUM)
                                      : tg_binary_cross_entropy(f, labels, .reduction = TG_SUM);
    tg_gd(loss, .lr = rate);
    tg_var_get(u, weights[0], HIDDEN * IN);
    tg_var_get(w, weights[0] + HIDDEN * IN, HIDDEN);
    tg_plan *plan = tg_compile(tape, loss);
    for (int i = 0; i < STEPS; i++) {
        hand[i] = step(kind, weights[0]);
        tg_run(plan);
        taped[i] = tg_item(loss);
    }
    tg_var_get(u, weights[1], HIDDEN * IN);
    tg_var_get(w, weights[1] + HIDDEN * IN, HIDDEN);
    const bool fine = course_fine(c, tape);
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "slide_gradients", about);
    double hand[3][STEPS], taped[3][STEPS], weights[3][2][WEIGHTS], at[STEPS / 20];
    plot *p = plot_new("Gradient descent by hand and by the tape", 2);

    /* Two clouds, around (-1, -1) with the label 0 and around (1, 1) with 1. */
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    tg_tape *tape = tg_tape_new(store);
    tg_get(tg_normal(tape, "x", TG_F64, TG_SHAPE(ROWS, IN), 0, 0.7), &x[0][0], ROWS * IN);
    for (int r = 0; r < ROWS; r++) {
        y[r] = r % 2;
        for (int j = 0; j < IN; j++) x[r][j] += 2 * y[r] - 1;
    }
    bool fine = course_fine(&c, tape);
    tg_tape_free(tape);
    tg_store_free(store);

    for (int kind = 0; kind < 3; kind++)
        fine = fine && train(&c, kind, hand[kind], taped[kind], weights[kind]);
    if (fine) {
        course_expect(&c, "entropy_apart", roundings(weights[0][0], weights[0][1], WEIGHTS), 0,
                      1e3);
        course_expect(&c, "squares_apart", roundings(weights[1][0], weights[1][1], WEIGHTS), 0,
                      1e3);
        course_expect(&c, "entropy_fell_to", hand[0][STEPS - 1] / hand[0][0], 0, 0.5);
        course_expect(&c, "squares_fell_to", hand[1][STEPS - 1] / hand[1][0], 0, 0.5);
        course_expect(&c, "slip_rose_to", hand[SLIP][STEPS - 1] / hand[SLIP][0], 1.5, 1e6);
        for (int kind = 0; kind < 2; kind++) {
            double some[STEPS / 20];
            for (int i = 0; i < STEPS / 20; i++) {
                at[i] = 20 * i;
                some[i] = taped[kind][20 * i];
            }
            plot_panel(p, kind == SQUARES ? "squared error" : "cross-entropy", "step", "loss");
            plot_y_range(p, 0, 1.5 * hand[kind][0]);
            plot_curve(p, "by hand", hand[kind], STEPS);
            plot_dots(p, "tape", at, some, STEPS / 20);
            if (kind == CROSS_ENTROPY) plot_curve(p, "without the minus", hand[SLIP], STEPS);
        }
    }
    return course_end(&c, p);
}
