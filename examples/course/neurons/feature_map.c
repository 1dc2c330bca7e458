/* feature_map.c: No line parts a disc from the ring around it; a line in the features x1^2,
 * x2^2 and sqrt 2 x1 x2 does, and so do features that are learned.
 *
 * Formula: phi(x) = (x1^2, x2^2, sqrt 2 x1 x2), phi(x) . phi(x') = (x . x')^2
 *
 * 400 points, a disc of radius 1 and a ring from 1.5 to 2.5, and logistic regression on features:
 * the coordinates; phi; their sines, and the logarithms of |x1| and |x2|, which are made by hand
 * too and do not fit this problem; and eight sigmoids of sums of the coordinates, which are trained
 * with it.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Compares features of a disc and a ring, by hand and learned.\n";

enum { HALF = 200, POINTS = 2 * HALF, SIDE = 61, GRID = SIDE * SIDE, HIDDEN = 8 };
typedef enum features { RAW, PHI, SINES, LOGS, LEARNED, KINDS } features;

/* The features of rows of [x], [n, 2]. */
static tg_tensor *map(features kind, const tg_linear *hidden, tg_tensor *x)
{
    tg_tensor *x1 = tg_slice(x, 1, 0, 1, 1), *x2 = tg_slice(x, 1, 1, 2, 1);
    switch (kind) {
    case PHI:
        return tg_concat(TG_LIST(tg_square(x1), tg_square(x2), tg_mul_num(tg_mul(x1, x2), sqrt(2))),
                         1);
    case SINES: return tg_sin(x);
    case LOGS: return tg_log(tg_add_num(tg_abs(x), 1e-3));
    case LEARNED: return tg_sigmoid(tg_linear_apply(hidden, x));
    default: return x;
    }
}

/* Points whose first half is the disc. */
static double x1[POINTS], x2[POINTS], grid[GRID][2];

static tg_tensor *points_on(tg_tape *tape)
{
    return tg_stack(TG_LIST(tg_constant(tape, TG_F64, TG_SHAPE(POINTS), x1),
                            tg_constant(tape, TG_F64, TG_SHAPE(POINTS), x2)),
                    1);
}

/* Trains on the points, and gives the share of them that comes out right. */
static bool learn(course *c, features kind, double *field, double *right)
{
    double labels[POINTS], guess[POINTS] = { 0 };
    for (int i = 0; i < POINTS; i++) labels[i] = i >= HALF;
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_linear hidden = { 0 };
    if (kind == LEARNED)
        hidden = tg_linear_new(store, "hidden", 2, HIDDEN, .init = tg_init_normal(0, 1));
    const int64_t width = kind == PHI ? 3 : kind == LEARNED ? HIDDEN : 2;
    const tg_linear out = tg_linear_new(store, "out", width, 1);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *plane = tg_constant(tape, TG_F64, TG_SHAPE(GRID, 2), grid);
    tg_tensor *scores = tg_linear_apply(&out, map(kind, &hidden, points_on(tape)));
    tg_tensor *chances = tg_sigmoid(tg_linear_apply(&out, map(kind, &hidden, plane)));
    tg_tensor *target = tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), labels);
    tg_lbfgs(tg_binary_cross_entropy(scores, target), .max_iterations = 60,
             .gradient_tolerance = 3e-3);
    tg_get(scores, guess, POINTS);
    tg_get(chances, field, GRID);
    int count = 0;
    for (int i = 0; i < POINTS; i++) count += (guess[i] > 0) == (i >= HALF);
    *right = (double)count / POINTS;
    if (kind == PHI) { /* phi(x) . phi(x') of all pairs */
        tg_tensor *x = points_on(tape), *phi = map(PHI, NULL, x);
        tg_tensor *kernel = tg_square(tg_matmul(x, tg_transpose(x)));
        tg_tensor *off = tg_abs(tg_sub(tg_matmul(phi, tg_transpose(phi)), kernel));
        course_expect(c, "kernel_off", tg_item(tg_max(off)), 0, 1e-12);
    }
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "feature_map", about);
    static double field[KINDS][GRID], square1[POINTS], square2[POINTS], right[KINDS];
    tg_dice dice = { .key = (uint64_t)c.seed };
    for (int i = 0; i < POINTS; i++) {
        const double u = tg_dice_uniform(&dice), turn = 2 * acos(-1.0) * tg_dice_uniform(&dice);
        const double radius = i >= HALF ? sqrt(2.25 + 4 * u) : sqrt(u);
        x1[i] = radius * cos(turn);
        x2[i] = radius * sin(turn);
        square1[i] = x1[i] * x1[i];
        square2[i] = x2[i] * x2[i];
    }
    for (int i = 0; i < GRID; i++) {
        grid[i][0] = -3 + 6.0 * (i % SIDE) / (SIDE - 1);
        grid[i][1] = -3 + 6.0 * (i / SIDE) / (SIDE - 1);
    }
    static const char *const names[KINDS] = { "x1, x2", "phi(x)", NULL, NULL, "learned sigmoids" };
    plot *p = plot_new("One line, in other features", 2);
    for (int k = 0; k < KINDS; k++) {
        if (!learn(&c, (features)k, field[k], &right[k]) || !names[k]) continue;
        plot_panel(p, names[k], "x1", "x2");
        plot_x_range(p, -3, 3);
        plot_y_range(p, -3, 3);
        plot_field(p, field[k], SIDE, SIDE, -0.3, 1.3);
        plot_dots(p, NULL, x1, x2, HALF);
        plot_dots(p, NULL, x1 + HALF, x2 + HALF, HALF);
    }
    course_expect(&c, "coordinates", right[RAW], 0.3, 0.8);
    course_expect(&c, "phi", right[PHI], 1, 1);
    course_expect(&c, "sines", right[SINES], 0.3, 0.8);
    course_expect(&c, "logs", right[LOGS], 0.5, 0.97);
    course_expect(&c, "learned", right[LEARNED], 0.98, 1);
    plot_panel(p, "where phi puts the points", "x1^2", "x2^2");
    plot_dots(p, "disc", square1, square2, HALF);
    plot_dots(p, "ring", square1 + HALF, square2 + HALF, HALF);
    plot_line(p, "x1^2 + x2^2 = 1.6", (double[]){ 0, 1.6 }, (double[]){ 1.6, 0 }, 2);
    return course_end(&c, p);
}
