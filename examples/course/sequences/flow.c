/* flow.c: A normalising flow turns normal numbers into two moons, and knows the density of each
 * point.
 *
 * Formula: log p(x) = log N(z; 0, I) + log |det dz/dx|, z_b = x_b exp(s(x_a)) + m(x_a)
 *
 * Eight affine coupling layers, each of which moves one coordinate by a scale and a shift that a
 * small net makes of the other, take points to a normal distribution. The likelihood of the points
 * is the loss; fresh ones are for testing, beside the best Gaussian.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Learns the density of two moons by a normalising flow.\n";

enum { LAYERS = 8, HIDDEN = 32, BATCH = 256, STEPS = 500, TEST = 1000, GRID = 60 };
static const double pi = 3.14159265358979323846;

/* x [n, 2] to z, [log_det] gets log |det dz/dx|, [n, 1]; or, [back], the way from z to x. */
static tg_tensor *flow(tg_linear layers[][2], tg_tensor *x, bool back, tg_tensor **log_det)
{
    tg_tensor *part[2] = { tg_slice(x, 1, 0, 1, 1), tg_slice(x, 1, 1, 2, 1) };
    *log_det = tg_zeros_like(part[0]);
    for (int i = 0; i < LAYERS; i++) {
        const int k = back ? LAYERS - 1 - i : i, stays = k % 2, moves = 1 - stays;
        tg_tensor *h = tg_tanh(tg_linear_apply(&layers[k][0], part[stays]));
        tg_tensor *both = tg_linear_apply(&layers[k][1], h);
        tg_tensor *s = tg_tanh(tg_slice(both, 1, 0, 1, 1)), *m = tg_slice(both, 1, 1, 2, 1);
        if (back) part[moves] = tg_mul(tg_sub(part[moves], m), tg_exp(tg_neg(s)));
        else part[moves] = tg_add(tg_mul(part[moves], tg_exp(s)), m);
        *log_det = tg_add(*log_det, s);
    }
    return tg_concat(TG_LIST(part[0], part[1]), 1);
}

static tg_tensor *log_density(tg_linear layers[][2], tg_tensor *x)
{
    tg_tensor *log_det, *z = flow(layers, x, false, &log_det);
    tg_tensor *square = tg_sum(tg_square(z), .axis = 1, .keep = true);
    return tg_sub_num(tg_sub(log_det, tg_div_num(square, 2)), log(2 * pi));
}

/* Two half circles that hook into one another, with noise; drawn anew in each run. */
static tg_tensor *moons(tg_tape *tape, int64_t n)
{
    tg_tensor *angle = tg_uniform(tape, "angle", TG_F64, TG_SHAPE(n, 1), 0, pi);
    tg_tensor *lower = tg_bernoulli(tape, "lower", TG_F64, TG_SHAPE(n, 1), 0.5);
    tg_tensor *turn = tg_rsub_num(1, tg_mul_num(lower, 2));
    tg_tensor *x = tg_add(tg_sub_num(tg_mul(tg_cos(angle), turn), 0.5), lower);
    tg_tensor *y = tg_mul(tg_sub_num(tg_sin(angle), 0.25), turn);
    tg_tensor *noise = tg_normal(tape, "noise", TG_F64, TG_SHAPE(n, 2), 0, 0.1);
    return tg_add(tg_mul_num(tg_concat(TG_LIST(x, y), 1), 1.5), noise);
}

static double determinant(tg_tensor *m)
{
    double v[4] = { 0 };
    tg_get(m, v, 4);
    return v[0] * v[3] - v[1] * v[2];
}

/* The points [TEST, 2], in a panel of their own. */
static void draw(plot *p, const char *title, tg_tensor *points)
{
    static double xy[2][TEST];
    tg_get(tg_transpose(points), xy[0], 2 * TEST);
    plot_panel(p, title, NULL, NULL);
    plot_x_range(p, -3, 3);
    plot_y_range(p, -3, 3);
    plot_dots(p, NULL, xy[0], xy[1], TEST);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "flow", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_linear layers[LAYERS][2]; /* of each coupling: 1 to HIDDEN to 2 */
    for (int k = 0; k < LAYERS; k++) {
        const char hidden[] = { 'h', (char)('0' + k), 0 }, out[] = { 'o', (char)('0' + k), 0 };
        layers[k][0] = tg_linear_new(store, hidden, 1, HIDDEN, .init = tg_init_normal(0, 1));
        layers[k][1] = tg_linear_new(store, out, HIDDEN, 2);
    }
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *loss = tg_neg(tg_mean(log_density(layers, moons(tape, BATCH))));
    tg_adam(loss, .schedule = tg_cosine_lr(.base = 1e-2, .steps = STEPS));
    tg_plan *step = tg_compile(tape, loss);
    for (int i = 0; i < STEPS; i++) tg_run(step);
    course_fine(&c, tape);
    tg_plan_free(step);
    tg_rewind(tape);

    tg_tensor *x = moons(tape, TEST), *log_det, *unused;
    tg_tensor *lost = tg_sub(flow(layers, flow(layers, x, false, &log_det), true, &unused), x);
    tg_tensor *first = tg_slice(x, 0, 0, 1, 1);
    tg_tensor *jacobian = tg_jacobian(flow(layers, first, false, &log_det), first);
    const double log_jacobian = log(fabs(determinant(jacobian)));
    course_expect(&c, "lost_there_and_back", tg_item(tg_max(tg_abs(lost))), 0, 1e-9);
    course_expect(&c, "log_det_error", fabs(log_jacobian - tg_item(log_det)), 0, 1e-9);
    /* The best Gaussian has the points' covariance, and the mean log-density below. */
    tg_tensor *centred = tg_sub(x, tg_mean(x, .axis = 0, .keep = true));
    tg_tensor *covariance = tg_div_num(tg_matmul(tg_transpose(centred), centred), TEST);
    const double gaussian = -1 - log(2 * pi) - log(determinant(covariance)) / 2;
    const double likelihood = tg_item(tg_mean(log_density(layers, x)));
    course_expect(&c, "gain_over_gaussian", likelihood - gaussian, 0.5, 2);

    plot *p = plot_new("A flow between two moons and normal numbers", 3);
    draw(p, "data", x);
    x = tg_normal(tape, "normal", TG_F64, TG_SHAPE(TEST, 2), 0, 1);
    draw(p, "normal numbers, carried back", flow(layers, x, true, &unused));
    plot_panel(p, "the density", NULL, NULL);
    plot_x_range(p, -3, 3);
    plot_y_range(p, -3, 3);
    tg_tensor *line = tg_sub_num(tg_div_num(tg_iota(tape, TG_F64, GRID), GRID / 6.0), 2.95);
    tg_tensor *across = tg_broadcast(line, TG_SHAPE(GRID, GRID));
    tg_tensor *cells = tg_stack(TG_LIST(across, tg_transpose(across)), 2);
    tg_tensor *density = tg_exp(log_density(layers, tg_reshape(cells, TG_SHAPE(GRID * GRID, 2))));
    static double field[GRID * GRID];
    tg_get(density, field, GRID * GRID);
    double mass = 0; /* of cells of a side of 0.1 */
    for (int i = 0; i < GRID * GRID; i++) mass += 0.01 * field[i];
    course_expect(&c, "probability_of_all", mass, 0.97, 1.01);
    plot_field(p, field, GRID, GRID, -0.5, 0.5);
    course_fine(&c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
