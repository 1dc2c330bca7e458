/* landscape.c: In one narrow valley, each with the best of the same ten rates, momentum arrives
 * where gradient descent does not.
 *
 * Formula: f(x, y) = (1 - x)^2 + 20 (y - x^2)^2, least 0 at (1, 1)
 *
 * Gradient descent, momentum, Nesterov's, Adagrad, RMSprop, Adadelta and Adam go down a valley
 * like Rosenbrock's from (-1.2, 1), in 200 steps. Each is tried with ten rates from 0.0003 to 10,
 * and the path of the lowest end is drawn: rates of different optimizers cannot be compared.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Lets seven optimizers go down one valley, each with its best rate.\n";

enum { METHODS = 7, RATES = 10, STEPS = 200, FIELD = 80 };
static const char *const names[METHODS] = { "GD",      "momentum", "Nesterov", "Adagrad",
                                            "RMSprop", "Adadelta", "Adam" };
static const double rates[RATES] = { 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10 };

typedef struct path {
    double x[STEPS + 1], y[STEPS + 1], f[STEPS + 1], rate;
} path;

static void optimize(int method, tg_tensor *f, double lr)
{
    switch (method) {
    case 0: tg_gd(f, .lr = lr); break;
    case 1: tg_sgd(f, .lr = lr, .momentum = 0.9); break;
    case 2: tg_sgd(f, .lr = lr, .momentum = 0.9, .nesterov = true); break;
    case 3: tg_adagrad(f, .lr = lr); break;
    case 4: tg_rmsprop(f, .lr = lr, .rho = 0.9); break;
    case 5: tg_adadelta(f, .lr = lr); break;
    default: tg_adam(f, .lr = lr); break;
    }
}

static bool descend(course *c, int method, double lr, path *way)
{
    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_var *w = tg_param(store, "w", TG_SHAPE(2), tg_init_zeros());
    tg_var_set(w, ((const double[]){ -1.2, 1 }), 2);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_pick(tg_read(tape, w), 0, 0), *y = tg_pick(tg_read(tape, w), 0, 1);
    tg_tensor *f =
        tg_add(tg_square(tg_rsub_num(1, x)), tg_mul_num(tg_square(tg_sub(y, tg_square(x))), 20));
    optimize(method, f, lr);
    tg_plan *step = tg_compile(tape, x, y, f);
    for (int i = 0; i <= STEPS && !tg_run(step); i++) {
        way->x[i] = tg_item(x);
        way->y[i] = tg_item(y);
        way->f[i] = tg_item(f);
    }
    way->rate = lr;
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "landscape", about);
    static path best[METHODS], way;
    static double field[FIELD][FIELD];
    bool fine = true;
    for (int m = 0; m < METHODS; m++) {
        best[m].f[STEPS] = HUGE_VAL;
        for (int r = 0; r < RATES && fine; r++) {
            fine = descend(&c, m, rates[r], &way);
            if (way.f[STEPS] < best[m].f[STEPS]) best[m] = way; /* not if it is NaN */
        }
        course_expect(&c, names[m], best[m].f[STEPS], 0, m == 0 || m == 5 ? 1 : 0.1);
    }
    course_expect(&c, "GD_over_momentum", best[0].f[STEPS] / best[1].f[STEPS], 10, HUGE_VAL);
    course_expect(&c, "GD_over_Nesterov", best[0].f[STEPS] / best[2].f[STEPS], 10, HUGE_VAL);
    for (int i = 0; i < FIELD; i++)
        for (int j = 0; j < FIELD; j++) {
            const double x = -2 + 4 * (j + 0.5) / FIELD, y = -1 + 3 * (i + 0.5) / FIELD;
            field[i][j] = log10(1e-2 + pow(1 - x, 2) + 20 * pow(y - x * x, 2));
        }
    plot *p = plot_new("Seven optimizers in one valley", 1);
    plot_panel(p, "Paths", "x", "y");
    plot_x_range(p, -2, 2);
    plot_y_range(p, -1, 2);
    plot_field(p, field[0], FIELD, FIELD, -4, 4);
    for (int m = 0; m < METHODS; m++) plot_line(p, names[m], best[m].x, best[m].y, STEPS + 1);
    plot_panel(p, "Value", "step", "f");
    plot_log_y(p);
    plot_y_range(p, 1e-12, 100);
    for (int m = 0; m < METHODS; m++) plot_curve(p, names[m], best[m].f, STEPS + 1);
    return course_end(&c, p);
}
