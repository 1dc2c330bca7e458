/* deep_narrow.c: Two units a layer fold a line into twice as many teeth with each layer.
 *
 * Formula: m(x) = 2 relu(x) - 4 relu(x - 1/2); m(m(...m(x))), k times, has 2^k straight pieces
 *
 * The weights of a deep and narrow network, two ReLU units a layer, are written by hand: each layer
 * is a tent, and a tent of a tent is two tents, exactly (Telgarsky 2015). One hidden layer of m
 * units has m + 1 straight pieces at most, whatever its weights, so it needs 2^k - 1 of them for
 * the same. One that has as many units as the deep one is trained: it cannot follow. Pieces are
 * counted by the gradient of the output by the input, which is another number on each of them.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Counts the straight pieces of a deep and narrow network, written by "
                            "hand, and of a wide one with as many\nunits.\n";

enum { MOST = 8, POINTS = 4096, SHOWN = 5, STEPS = 800 };

/* How many straight pieces y has, of the points x on a line, from the slopes of y. */
static int count_pieces(tg_tensor *y, tg_tensor *x)
{
    static double slope[POINTS];
    int pieces = 1;
    if (tg_get(tg_grad(tg_sum(y), x), slope, POINTS) != TG_OK) return 0;
    for (int i = 1; i < POINTS; i++) pieces += fabs(slope[i] - slope[i - 1]) > 1e-9;
    return pieces;
}

/* Triangles between 0 and 1, in so many pieces on [0, 1]. */
static double teeth(double x, int pieces)
{
    const double at = fmod(x * pieces, 2);
    return at < 1 ? at : 2 - at;
}

/* [depth] layers of two units by hand. */
static tg_tensor *tents(tg_store *store, int depth, tg_tensor *x)
{
    for (int k = 0; k < depth; k++) {
        char name[2][24];
        snprintf(name[0], sizeof name[0], "fold%d", k);
        snprintf(name[1], sizeof name[1], "join%d", k);
        const tg_linear fold = tg_linear_new(store, name[0], 1, 2, .init = tg_init_ones());
        const tg_linear join = tg_linear_new(store, name[1], 2, 1, .no_bias = true);
        tg_var_set(fold.bias, ((const double[]){ 0, -0.5 }), 2);
        tg_var_set(join.weight, ((const double[]){ 2, -4 }), 2);
        x = tg_linear_apply(&join, tg_relu(tg_linear_apply(&fold, x)));
    }
    return x;
}

/* One hidden layer, trained to be [wanted]. */
static tg_tensor *learn(tg_store *store, int units, tg_tensor *x, tg_tensor *wanted)
{
    const tg_linear hidden = tg_linear_new(store, "hidden", 1, units, .init = tg_init_ones(),
                                           .bias_init = tg_init_uniform(-1, 0));
    const tg_linear out = tg_linear_new(store, "out", units, 1);
    tg_tensor *loss = tg_mse(tg_linear_apply(&out, tg_relu(tg_linear_apply(&hidden, x))), wanted);
    tg_adam(loss, .schedule = tg_cosine_lr(.base = 0.02, .steps = STEPS));
    tg_plan *plan = tg_compile(tg_tape_of(x), loss);
    for (int i = 0; i < STEPS && tg_run(plan) == TG_OK; i++) {
    }
    tg_plan_free(plan);
    return tg_linear_apply(&out, tg_relu(tg_linear_apply(&hidden, x)));
}

/* What a network is at the points x and how many pieces that has: the deep one of [depth] layers,
 * or one layer of as many units. Returns the largest error. */
static double measure(course *c, int depth, bool deep, const double *x, double *y, int *pieces)
{
    static double wanted[POINTS];
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *at = tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), x);
    for (int i = 0; i < POINTS; i++) wanted[i] = teeth(x[i], 1 << depth);
    tg_tensor *is =
        deep ? tents(store, depth, at)
             : learn(store, 2 * depth, at, tg_constant(tape, TG_F64, TG_SHAPE(POINTS, 1), wanted));
    tg_get(is, y, POINTS);
    *pieces = count_pieces(is, at);
    double largest = 0;
    for (int i = 0; i < POINTS; i++) largest = fmax(largest, fabs(y[i] - wanted[i]));
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine ? largest : NAN;
}

int main(int argc, char **argv)
{
    static double x[POINTS], y[POINTS], deep[POINTS], shallow[POINTS];
    course c = course_begin(argc, argv, "deep_narrow", about);
    double units[MOST], of_deep[MOST], of_shallow[MOST], error = 0;
    int pieces, wrong = 0;
    for (int i = 0; i < POINTS; i++) x[i] = (i + 0.5) / POINTS; /* no kink lies at one of them */
    for (int depth = 1; depth <= MOST; depth++) {
        error = fmax(error, measure(&c, depth, true, x, depth == SHOWN ? deep : y, &pieces));
        wrong += pieces != 1 << depth;
        units[depth - 1] = 2 * depth;
        of_deep[depth - 1] = pieces;
        of_shallow[depth - 1] = 2 * depth + 1;
    }
    const double shallow_error = measure(&c, SHOWN, false, x, shallow, &pieces);
    course_expect(&c, "deep_error", error, 0, 0);
    course_expect(&c, "deep_pieces_wrong", wrong, 0, 0);
    course_expect(&c, "deep_pieces", of_deep[SHOWN - 1], 1 << SHOWN, 1 << SHOWN);
    course_expect(&c, "shallow_pieces", pieces, 2, 2 * SHOWN + 1);
    course_expect(&c, "shallow_error", shallow_error, 0.4, 2);
    plot *p = plot_new("Depth multiplies, width adds", 2);
    plot_panel(p, "10 units each", "x", "y");
    plot_line(p, "5 layers, by hand", x, deep, POINTS);
    plot_line(p, "1 layer, learned", x, shallow, POINTS);
    plot_panel(p, "Straight pieces at most", "hidden units", "pieces");
    plot_log_y(p);
    plot_line(p, "two units a layer", units, of_deep, MOST);
    plot_line(p, "one layer", units, of_shallow, MOST);
    return course_end(&c, p);
}
