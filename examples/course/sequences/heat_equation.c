/* heat_equation.c: A network that is told an equation alone, and no value inside, solves it.
 *
 * Formula: u_t = u_xx, u(x, 0) = sin(pi x), u(0, t) = u(1, t) = 0; u = exp(-pi^2 t) sin(pi x)
 *
 * The unknown is u = sin(pi x) + t x (1 - x) net(x, t), which has the first and the boundary values
 * whatever the net is. Its derivatives are those of the tape, and the mean square of u_t - u_xx
 * over a grid of points is the loss: no solution is shown to it. L-BFGS makes it small. The points
 * where the error is measured are others.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Solves the heat equation by a network whose loss is the equation.\n";

enum { SIDE = 16, POINTS = SIDE * SIDE, FINE = 41, HIDDEN = 20 };
static const double pi = 3.14159265358979323846, last = 0.3;

typedef struct net {
    tg_linear first, second, out;
} net;

/* x, t [n, 1] give u [n, 1]. */
static tg_tensor *solution(const net *n, tg_tensor *x, tg_tensor *t)
{
    tg_tensor *h = tg_concat(TG_LIST(x, tg_div_num(t, last)), 1);
    h = tg_tanh(tg_linear_apply(&n->first, h));
    h = tg_tanh(tg_linear_apply(&n->second, h));
    tg_tensor *inside = tg_mul(t, tg_mul(x, tg_rsub_num(1, x)));
    return tg_add(tg_sin(tg_mul_num(x, pi)), tg_mul(inside, tg_linear_apply(&n->out, h)));
}

/* u_t - u_xx at each point. A row of u depends on its own x and t alone, so the gradient of the sum
 * has all derivatives. */
static tg_tensor *residual(const net *n, tg_tensor *x, tg_tensor *t)
{
    tg_tensor *u = tg_sum(solution(n, x, t));
    tg_tensor *u_xx = tg_grad(tg_sum(tg_grad(u, x)), x);
    return tg_sub(tg_grad(u, t), u_xx);
}

/* A grid over [0, 1] x [0, last], x the fastest. */
static void make_grid(int side, double *x, double *t)
{
    for (int i = 0; i < side * side; i++) {
        x[i] = (double)(i % side) / (side - 1);
        t[i] = last * (double)(i / side) / (side - 1);
    }
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "heat_equation", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    const net n = {
        tg_linear_new(store, "first", 2, HIDDEN, .init = tg_init_glorot_normal(0, 0)),
        tg_linear_new(store, "second", HIDDEN, HIDDEN, .init = tg_init_glorot_normal(0, 0)),
        tg_linear_new(store, "out", HIDDEN, 1, .init = tg_init_glorot_normal(0, 0)),
    };
    static double px[POINTS], pt[POINTS], x[FINE * FINE], t[FINE * FINE], u[FINE * FINE];
    static double error[FINE * FINE];
    make_grid(SIDE, px, pt);
    make_grid(FINE, x, t);

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *at_x = tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), px);
    tg_tensor *at_t = tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), pt);
    tg_tensor *found = solution(&n, tg_constant(tape, TG_F64, TG_SHAPE(FINE * FINE, 1), x),
                                tg_constant(tape, TG_F64, TG_SHAPE(FINE * FINE, 1), t));
    tg_tensor *loss = tg_mean(tg_square(residual(&n, at_x, at_t)));
    const double untrained = tg_item(loss);
    const tg_minimum end = tg_lbfgs(loss, .max_iterations = 300);
    tg_get(found, u, FINE * FINE);

    double largest = 0;
    for (int i = 0; i < FINE * FINE; i++) {
        error[i] = u[i] - exp(-pi * pi * t[i]) * sin(pi * x[i]);
        largest = fmax(largest, fabs(error[i]));
    }
    course_fine(&c, tape);
    /* The norm of the residual, and how far the worst point is from the solution, of height 1. */
    course_expect(&c, "residual_before", sqrt(untrained), 1, 100);
    course_expect(&c, "residual_after", sqrt(end.value), 0, 0.05);
    course_expect(&c, "largest_error", largest, 0, 2e-3);

    plot *p = plot_new("The heat equation, solved by a network", 3);
    plot_panel(p, "u(x, t), from the net", "x", "t");
    plot_x_range(p, 0, 1);
    plot_y_range(p, 0, last);
    plot_field(p, u, FINE, FINE, -1, 1);
    plot_panel(p, "lines: exact, dots: net", "x", "u");
    for (int row = 0; row < FINE - 1; row += 10) {
        double exact[FINE];
        char name[32];
        tg_format(name, sizeof name, "t = %g", t[row * FINE]);
        for (int i = 0; i < FINE; i++) exact[i] = u[row * FINE + i] - error[row * FINE + i];
        plot_line(p, name, x, exact, FINE);
        plot_dots(p, name, x, u + (ptrdiff_t)row * FINE, FINE);
    }
    char title[64];
    tg_format(title, sizeof title, "error, from %.1e to %.1e", -largest, largest);
    plot_panel(p, title, "x", "t");
    plot_x_range(p, 0, 1);
    plot_y_range(p, 0, last);
    plot_field(p, error, FINE, FINE, -largest, largest);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
