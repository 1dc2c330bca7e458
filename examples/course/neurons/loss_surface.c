/* loss_surface.c: The loss of logistic regression is a bowl; with a hidden unit it has two valleys
 * and a barrier between them.
 *
 * Formula: J = mean ln(1 + e^(-y f)); f = u x + v: Hessian >= 0; f = v tanh(u x): two minima
 *
 * The same 200 points, p(y = 1 | x) = sigma(2 tanh(1.5 x)), and the same loss for both: Hessians at
 * random places, descents from 12 random starts, and the loss from an end (u, v) to (-u, -v). Last
 * the squares of one tanh unit on two samples, by its only weight, (tanh 3w - 1/2)^2 + (tanh(w/2) +
 * 0.9)^2, which have a local minimum besides the lowest.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Looks at the surface of a loss, without a hidden unit and with one.\n";

enum { POINTS = 200, PLACES = 200, STARTS = 12, STEPS = 500, SIDE = 61, LINE = 201 };
#define REACH 4.0

static double x[POINTS], y[POINTS];

/* The losses of weights [n, 2], as [n]. */
static tg_tensor *losses_of(bool net, tg_tensor *w)
{
    tg_tensor *u = tg_slice(w, 1, 0, 1, 1), *v = tg_slice(w, 1, 1, 2, 1);
    tg_tensor *at = tg_constant(tg_tape_of(w), TG_F64, TG_SHAPE(1, POINTS), x);
    tg_tensor *labels = tg_constant(tg_tape_of(w), TG_F64, TG_SHAPE(1, POINTS), y);
    tg_tensor *score = net ? tg_mul(v, tg_tanh(tg_mul(u, at))) : tg_add(tg_mul(u, at), v);
    return tg_mean(tg_softplus(tg_neg(tg_mul(labels, score))), .axis = 1);
}

/* The smallest eigenvalue of the Hessian at random places. */
static double least_curvature(tg_tape *tape, bool net, tg_dice dice)
{
    double least = INFINITY, place[2], h[4] = { 0 };
    for (int i = 0; i < PLACES; i++) {
        for (int k = 0; k < 2; k++) place[k] = REACH * (2 * tg_dice_uniform(&dice) - 1);
        tg_rewind(tape);
        tg_tensor *w = tg_constant(tape, TG_F64, TG_SHAPE(1, 2), place);
        tg_get(tg_hessian(tg_sum(losses_of(net, w)), w), h, 4);
        least = fmin(least, (h[0] + h[3]) / 2 - hypot((h[0] - h[3]) / 2, h[1]));
    }
    return least;
}

/* Draws the surface with the ends of descents; gives the losses from one to its mirror image. */
static bool look(course *c, plot *p, bool net, double *line)
{
    double grid[SIDE * SIDE][2], field[SIDE * SIDE] = { 0 }, between[LINE][2], ends[STARTS][2];
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_var *weights = tg_param(store, "w", TG_SHAPE(STARTS, 2), tg_init_uniform(-2, 2));
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *losses = losses_of(net, tg_read(tape, weights));
    tg_tensor *apart = tg_sub(tg_max(losses), tg_min(losses));
    tg_gd(tg_sum(losses), .lr = 1); /* of each start by itself */
    tg_plan *step = tg_compile(tape, apart);
    for (int i = 0; i < STEPS; i++) tg_run(step);
    course_expect(c, net ? "net_losses_apart" : "logistic_losses_apart", tg_item(apart), 0,
                  net ? 0.01 : 1e-9);
    tg_var_get(weights, &ends[0][0], 2 * STARTS);
    tg_plan_free(step);
    for (int i = 0; i < SIDE * SIDE; i++) {
        grid[i][0] = -REACH + 2 * REACH * (i % SIDE) / (SIDE - 1);
        grid[i][1] = -REACH + 2 * REACH * (i / SIDE) / (SIDE - 1);
    }
    for (int i = 0; i < LINE; i++)
        for (int k = 0; k < 2; k++) between[i][k] = ends[0][k] * (1 - 2.0 * i / (LINE - 1));
    tg_get(losses_of(net, tg_constant(tape, TG_F64, TG_SHAPE(LINE, 2), between)), line, LINE);
    tg_tensor *plane = tg_constant(tape, TG_F64, TG_SHAPE(SIDE * SIDE, 2), grid);
    tg_get(tg_log(losses_of(net, plane)), field, SIDE * SIDE);
    course_expect(c, net ? "net_curvature" : "logistic_curvature",
                  least_curvature(tape, net, (tg_dice){ .key = (uint64_t)c->seed }), net ? -10 : 0,
                  net ? -0.01 : 10);
    plot_panel(p, net ? "v tanh(u x)" : "u x + v", "u", "v");
    plot_x_range(p, -REACH, REACH);
    plot_y_range(p, -REACH, REACH);
    plot_field(p, field, SIDE, SIDE, -1.2, 1.6);
    int left = 0;
    for (int i = 0; i < STARTS; i++) {
        plot_dots(p, "ends of descent", &ends[i][0], &ends[i][1], 1);
        left += ends[i][0] < 0;
    }
    if (net) course_expect(c, "net_ends_on_the_left", left, 1, STARTS - 1);
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "loss_surface", about);
    double line[2][LINE] = { { 0 } }, w[LINE], squares[LINE], heights[2] = { 0 };
    tg_dice dice = { .key = (uint64_t)c.seed, .high = 1 };
    for (int i = 0; i < POINTS; i++) {
        x[i] = 4 * tg_dice_uniform(&dice) - 2;
        y[i] = tg_dice_uniform(&dice) < 1 / (1 + exp(-2 * tanh(1.5 * x[i]))) ? 1 : -1;
    }
    plot *p = plot_new("A bowl, and two valleys", 2);
    if (look(&c, p, false, line[0]) && look(&c, p, true, line[1])) {
        int minima = 0;
        for (int i = 0; i < LINE; i++) {
            w[i] = -4 + 5.0 * i / (LINE - 1);
            squares[i] = pow(tanh(3 * w[i]) - 0.5, 2) + pow(tanh(w[i] / 2) + 0.9, 2);
        }
        for (int i = 1; i + 1 < LINE; i++)
            if (squares[i] < squares[i - 1] && squares[i] < squares[i + 1])
                heights[minima++ % 2] = squares[i];
        course_expect(&c, "net_barrier", line[1][LINE / 2] - line[1][0], 0.05, log(2));
        course_expect(&c, "minima_of_one_unit", minima, 2, 2);
        course_expect(&c, "higher_by", heights[0] - heights[1], 0.1, 3);
        plot_panel(p, "from an end to its mirror image", NULL, "loss");
        plot_curve(p, "u x + v", line[0], LINE);
        plot_curve(p, "v tanh(u x)", line[1], LINE);
        plot_panel(p, "one unit, two samples", "weight", "squared error");
        plot_line(p, NULL, w, squares, LINE);
    }
    return course_end(&c, p);
}
