/* momentum.c: Both forms of momentum go the same way once their rates are matched, and both pass
 * gradient descent in a narrow valley.
 *
 * Formula: m = mu m - a g, w = w + m; m = mu m + (1 - mu) g, w = w - a' m; a' = a / (1 - mu)
 *
 * The valley is f(x, y) = (x^2 + 100 y^2) / 2, from (1, 1), with a = 0.01, the best that does not
 * overshoot along y. Gradient descent keeps 1 - a of x in each step. With momentum x swings
 * around 0, and by theory what is left shrinks by sqrt mu a step: faster for mu = 0.9, and not for
 * 0.99. With the rate a in both forms the second is 1 / (1 - mu) times as slow.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Compares two forms of momentum, and gradient descent, in a valley.\n";

enum { STEPS = 300 };
static const double rate = 0.01;

typedef struct path {
    double x[STEPS + 1], y[STEPS + 1], f[STEPS + 1];
} path;

static bool descend(course *c, double mu, tg_momentum_form form, double lr, path *way)
{
    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_var *w = tg_param(store, "w", TG_SHAPE(2), tg_init_ones());
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *curvature = tg_constant(tape, TG_F64, TG_SHAPE(2), (double[]){ 1, 100 });
    tg_tensor *f = tg_mul_num(tg_sum(tg_mul(curvature, tg_square(tg_read(tape, w)))), 0.5);
    tg_sgd(f, .lr = lr, .momentum = mu, .form = form);
    tg_plan *step = tg_compile(tape, f);
    for (int i = 0; i <= STEPS; i++) {
        double at[2] = { 0 };
        tg_var_get(w, at, 2);
        way->x[i] = at[0];
        way->y[i] = at[1];
        if (tg_run(step)) break;
        way->f[i] = tg_item(f);
    }
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

static double apart(const path *a, const path *b)
{
    double most = 0;
    for (int i = 0; i <= STEPS; i++) most = fmax(most, hypot(a->x[i] - b->x[i], a->y[i] - b->y[i]));
    return most;
}

/* The share of x that a step keeps: by the largest |x| of two spans of 50 steps, 200 steps apart.
 */
static double kept(const path *way)
{
    double early = 0, late = 0;
    for (int i = 0; i < 50; i++) {
        early = fmax(early, fabs(way->x[50 + i]));
        late = fmax(late, fabs(way->x[250 + i]));
    }
    return pow(late / early, 1.0 / 200);
}

/* How often x changes its sign. */
static int swings(const path *way)
{
    int count = 0;
    for (int i = 0; i < STEPS; i++) count += way->x[i] * way->x[i + 1] < 0;
    return count;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "momentum", about);
    static path plain, first, second, late, first99, second99;
    const tg_momentum_form velocity = TG_MOMENTUM_VELOCITY, average = TG_MOMENTUM_AVERAGE;
    plot *p = plot_new("Momentum in a narrow valley", 2);
    if (descend(&c, 0, velocity, rate, &plain) && descend(&c, 0.9, velocity, rate, &first) &&
        descend(&c, 0.9, average, rate / (1 - 0.9), &second) &&
        descend(&c, 0.9, average, rate, &late) && descend(&c, 0.99, velocity, rate, &first99) &&
        descend(&c, 0.99, average, rate / (1 - 0.99), &second99)) {
        course_expect(&c, "apart_matched_0.9", apart(&first, &second), 0, 1e-12);
        course_expect(&c, "apart_matched_0.99", apart(&first99, &second99), 0, 1e-12);
        course_expect(&c, "apart_same_rate", apart(&first, &late), 0.5, 2);
        course_expect(&c, "kept_plain", kept(&plain), 0.99 - 1e-9, 0.99 + 1e-9);
        course_expect(&c, "kept_0.9", kept(&first), sqrt(0.9) - 2e-3, sqrt(0.9) + 2e-3);
        course_expect(&c, "kept_0.99", kept(&first99), sqrt(0.99) - 2e-3, sqrt(0.99) + 2e-3);
        course_expect(&c, "swings_plain", swings(&plain), 0, 0);
        course_expect(&c, "swings_0.99", swings(&first99), 8, 11);
        plot_panel(p, "What is left of x", "step", "x");
        plot_curve(p, "none", plain.x, STEPS + 1);
        plot_curve(p, "0.9", first.x, STEPS + 1);
        plot_curve(p, "0.99", first99.x, STEPS + 1);
        plot_curve(p, "0.9, second form, same rate", late.x, STEPS + 1);
        plot_panel(p, "Value", "step", "f");
        plot_log_y(p);
        plot_curve(p, "none", plain.f, STEPS + 1);
        plot_curve(p, "0.9", first.f, STEPS + 1);
        plot_curve(p, "0.99", first99.f, STEPS + 1);
        plot_curve(p, "0.9, second form, same rate", late.f, STEPS + 1);
    }
    return course_end(&c, p);
}
