/* four_classes.c: Two hidden layers part four classes, and more units bend a boundary more.
 *
 * Formula: mean of -log softmax(z)_class + (l / 2) |W|^2, z = W_2 h + b_2, h = tanh(W_1 x + b_1)
 *
 * Points of four classes, the arms of a spiral, are told apart by two hidden layers of 32 units
 * with an L2 penalty on the weights. Then two classes, two arms, are given to one hidden layer of
 * 1, 2, 4, 8 and 32 units, with the same penalty: one unit draws a line, some bend it, many follow
 * the arms. Colours are the class that a network gives each place; accuracies are of other points.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Draws the boundaries of networks for four classes and for two.\n";
enum { ROWS = 400, SIDE = 60, STEPS = 1500, PANELS = 6 };
static const double REACH = 1.2, L2 = 1e-4;

typedef struct points {
    float at[ROWS][2];
    int32_t class[ROWS];
} points;

/* So many arms of a spiral around the middle, each over three of its neighbours, with noise. */
static void make(points *p, int arms, uint64_t seed, uint64_t which)
{
    tg_dice dice = { .key = seed, .high = which };
    for (int i = 0; i < ROWS; i++) {
        const double far = 0.1 + 0.9 * tg_dice_uniform(&dice);
        const double turn = (3 * far + i % arms + 0.08 * tg_dice_normal(&dice)) / arms;
        p->at[i][0] = (float)(far * cos(6.283185307179586 * turn));
        p->at[i][1] = (float)(far * sin(6.283185307179586 * turn));
        p->class[i] = i % arms;
    }
}

typedef struct net {
    tg_linear first, second, out; /* second.weight is NULL where there is one hidden layer */
} net;

static tg_tensor *apply(const net *n, tg_tensor *x)
{
    x = tg_tanh(tg_linear_apply(&n->first, x));
    if (n->second.weight) x = tg_tanh(tg_linear_apply(&n->second, x));
    return tg_linear_apply(&n->out, x);
}

/* Trains a network of [layers] hidden ones; gives its accuracy on other points, and the class that
 * it gives each place. */
static double measure(course *c, const points *train, int classes, int layers, int units,
                      double classes_at[SIDE * SIDE])
{
    static points test;
    static float grid[SIDE * SIDE][2];
    static int64_t guess[SIDE * SIDE];
    const tg_init glorot = tg_init_glorot_normal(0, 0);
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    net n = { .first = tg_linear_new(store, "first", 2, units, .init = glorot) };
    if (layers > 1) n.second = tg_linear_new(store, "second", units, units, .init = glorot);
    n.out = tg_linear_new(store, "out", units, classes, .init = glorot);
    make(&test, classes, (uint64_t)c->seed, 2);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *loss =
        tg_cross_entropy(apply(&n, tg_constant(tape, TG_F32, TG_SHAPE(ROWS, 2), train->at)),
                         tg_constant(tape, TG_I32, TG_SHAPE(ROWS), train->class));
    tg_tensor *penalty = tg_mul_num(tg_l2_penalty(tape, .except = "bias"), L2 / 2);
    tg_adam(tg_add(loss, penalty), .schedule = tg_cosine_lr(.base = 0.03, .steps = STEPS));
    tg_plan *plan = tg_compile(tape, loss);
    for (int i = 0; i < STEPS && tg_run(plan) == TG_OK; i++) {
    }
    tg_plan_free(plan);

    const double accuracy =
        tg_item(tg_accuracy(apply(&n, tg_constant(tape, TG_F32, TG_SHAPE(ROWS, 2), test.at)),
                            tg_constant(tape, TG_I32, TG_SHAPE(ROWS), test.class)));
    for (int i = 0; i < SIDE * SIDE; i++) {
        grid[i][0] = (float)(REACH * (2 * (i % SIDE + 0.5) / SIDE - 1));
        grid[i][1] = (float)(REACH * (2 * (i / SIDE + 0.5) / SIDE - 1));
    }
    tg_tensor *at = tg_constant(tape, TG_F32, TG_SHAPE(SIDE * SIDE, 2), grid);
    tg_get(tg_argmax(apply(&n, at), .axis = 1), guess, (size_t)SIDE * SIDE);
    for (int i = 0; i < SIDE * SIDE; i++) classes_at[i] = (double)guess[i];
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine ? accuracy : NAN;
}

int main(int argc, char **argv)
{
    static points train;
    static double classes_at[SIDE * SIDE];
    static const int units[PANELS] = { 32, 1, 2, 4, 8, 32 };
    static const double low[PANELS] = { 0.95, 0.4, 0.4, 0.5, 0.9, 0.96 };
    static const double high[PANELS] = { 1, 0.8, 0.9, 0.95, 1, 1 };
    course c = course_begin(argc, argv, "four_classes", about);
    plot *p = plot_new("Boundaries: four classes, and two by the number of hidden units", 3);
    for (int k = 0; k < PANELS; k++) {
        const int classes = k ? 2 : 4;
        make(&train, classes, (uint64_t)c.seed, 1);
        const double accuracy = measure(&c, &train, classes, k ? 1 : 2, units[k], classes_at);
        char key[32], title[64];
        snprintf(key, sizeof key, "classes_%d_units_%d", classes, units[k]);
        course_expect(&c, key, accuracy, low[k], high[k]);
        (void)tg_format(title, sizeof title, k ? "%d hidden: %.1f %%" : "%d + 32 hidden: %.1f %%",
                        units[k], 100 * accuracy);
        plot_panel(p, title, "x1", "x2");
        plot_x_range(p, -REACH, REACH);
        plot_y_range(p, -REACH, REACH);
        plot_field(p, classes_at, SIDE, SIDE, -0.5, classes - 0.5);
        for (int arm = 0; arm < classes; arm++) {
            double x[ROWS], y[ROWS];
            for (int i = arm, at = 0; i < ROWS; i += classes, at++) {
                x[at] = (double)train.at[i][0];
                y[at] = (double)train.at[i][1];
            }
            plot_dots(p, NULL, x, y, ROWS / classes);
        }
    }
    return course_end(&c, p);
}
