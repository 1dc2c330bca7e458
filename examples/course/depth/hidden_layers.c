/* hidden_layers.c: Two spirals take hidden layers: without any a network can only draw a line.
 *
 * Formula: p = sigmoid(w h_n + b), h_k = tanh(W_k h_k-1 + b_k), h_0 = x; n = 0: logistic regression
 *
 * Networks with 0, 1, 2 and 5 hidden layers of 12 units learn to tell two spirals apart, from 300
 * points with a little noise; 600 others say how well. The fields are what each of them answers
 * everywhere.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains networks with 0, 1, 2 and 5 hidden layers to tell two spirals "
                            "apart.\n";

enum { TRAIN = 300, TEST = 600, UNITS = 12, NETS = 4, MOST = 5, SIDE = 48, STEPS = 2000 };
static const double REACH = 1.2, PI = 3.14159265358979323846;

typedef struct points {
    float at[TEST][2], label[TEST]; /* 0 or 1 */
} points;

/* Points of two spirals of 1.25 turns, one the other turned by half a turn. */
static void make(points *p, int count, uint64_t seed, uint64_t which)
{
    tg_dice dice = { .key = seed, .high = which };
    for (int i = 0; i < count; i++) {
        const double far = tg_dice_uniform(&dice), turn = 2.5 * far + i % 2 + 0.25;
        p->at[i][0] = (float)((0.1 + 0.9 * far) * cos(PI * turn) + 0.03 * tg_dice_normal(&dice));
        p->at[i][1] = (float)((0.1 + 0.9 * far) * sin(PI * turn) + 0.03 * tg_dice_normal(&dice));
        p->label[i] = (float)(i % 2);
    }
}

typedef struct net {
    int hidden;
    tg_linear layer[MOST + 1];
} net;

/* [rows, 2] to [rows, 1]: above 0 for class 1. */
static tg_tensor *apply(const net *n, tg_tensor *x)
{
    for (int k = 0; k < n->hidden; k++) x = tg_tanh(tg_linear_apply(&n->layer[k], x));
    return tg_linear_apply(&n->layer[n->hidden], x);
}

/* Trains a network and gives the share of the test points that it has right; NaN on an error. The
 * field has what it answers everywhere. */
static double measure(course *c, int hidden, const points *train, const points *test, float *field)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    net n = { .hidden = hidden };
    for (int k = 0; k <= hidden; k++) {
        char name[24];
        snprintf(name, sizeof name, "layer%d", k);
        n.layer[k] = tg_linear_new(store, name, k ? UNITS : 2, k < hidden ? UNITS : 1,
                                   .init = tg_init_glorot_normal(0, 0));
    }
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *loss =
        tg_binary_cross_entropy(apply(&n, tg_constant(tape, TG_F32, TG_SHAPE(TRAIN, 2), train->at)),
                                tg_constant(tape, TG_F32, TG_SHAPE(TRAIN, 1), train->label));
    tg_adam(loss, .schedule = tg_cosine_lr(.base = 0.02, .steps = STEPS));
    tg_plan *plan = tg_compile(tape, loss);
    for (int i = 0; i < STEPS && tg_run(plan) == TG_OK; i++) {
    }
    tg_plan_free(plan);

    tg_tensor *right =
        tg_binary_accuracy(apply(&n, tg_constant(tape, TG_F32, TG_SHAPE(TEST, 2), test->at)),
                           tg_constant(tape, TG_F32, TG_SHAPE(TEST, 1), test->label));
    const double accuracy = tg_item(right);
    float grid[SIDE * SIDE][2];
    for (int i = 0; i < SIDE * SIDE; i++) {
        grid[i][0] = (float)(REACH * (2 * (i % SIDE + 0.5) / SIDE - 1));
        grid[i][1] = (float)(REACH * (2 * (i / SIDE + 0.5) / SIDE - 1));
    }
    tg_tensor *at = tg_constant(tape, TG_F32, TG_SHAPE(SIDE * SIDE, 2), grid);
    tg_get(tg_sigmoid(apply(&n, at)), field, (size_t)SIDE * SIDE);
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine ? accuracy : NAN;
}

int main(int argc, char **argv)
{
    static points train, test;
    static float field[SIDE * SIDE];
    static double drawn[SIDE * SIDE], x[2][TRAIN / 2], y[2][TRAIN / 2];
    static const int hidden[NETS] = { 0, 1, 2, 5 };
    course c = course_begin(argc, argv, "hidden_layers", about);
    make(&train, TRAIN, (uint64_t)c.seed, 1);
    make(&test, TEST, (uint64_t)c.seed, 2);
    for (int i = 0; i < TRAIN; i++) {
        x[i % 2][i / 2] = (double)train.at[i][0];
        y[i % 2][i / 2] = (double)train.at[i][1];
    }
    plot *p = plot_new("Two spirals, and networks with 0 to 5 hidden layers", NETS);
    for (int k = 0; k < NETS; k++) {
        const double accuracy = measure(&c, hidden[k], &train, &test, field);
        char key[32], title[48];
        snprintf(key, sizeof key, "accuracy_%d", hidden[k]);
        course_expect(&c, key, accuracy, hidden[k] ? 0.9 : 0.3, hidden[k] ? 1 : 0.75);
        for (int i = 0; i < SIDE * SIDE; i++) drawn[i] = (double)field[i];
        (void)tg_format(title, sizeof title, "%d hidden: %.1f %%", hidden[k], 100 * accuracy);
        plot_panel(p, title, "x1", "x2");
        plot_x_range(p, -REACH, REACH);
        plot_y_range(p, -REACH, REACH);
        plot_field(p, drawn, SIDE, SIDE, -0.5, 1.5); /* paler than the points */
        plot_dots(p, NULL, x[0], y[0], TRAIN / 2);
        plot_dots(p, NULL, x[1], y[1], TRAIN / 2);
    }
    return course_end(&c, p);
}
