/* wide_and_deep.c: With a bypass from input to output the linear part of a target is learned first.
 *
 * Formula: y = U h(x) + V x + b, h(x) = tanh(W_4 ... tanh(W_1 x)); without the bypass V = 0
 *
 * The target is a line in ten inputs and, much weaker, a product of two of them and a sine of a
 * third. Two networks learn it, alike but for the bypass: a matrix from the inputs to the output,
 * beside the four hidden layers. It has the line at once, and leaves the hidden layers the rest;
 * beyond the data it goes on straight, where the network without it levels off.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains a deep network with and without a bypass from its inputs to "
                            "its output.\n";

enum { INPUTS = 10, HIDDEN = 4, ROWS = 256, UNITS = 16, STEPS = 500, AWAY = 41 };

typedef struct net {
    tg_linear hidden[HIDDEN], deep, wide; /* wide.weight is NULL without a bypass */
} net;

static tg_tensor *apply(const net *n, tg_tensor *x)
{
    tg_tensor *h = x;
    for (int k = 0; k < HIDDEN; k++) h = tg_tanh(tg_linear_apply(&n->hidden[k], h));
    tg_tensor *y = tg_linear_apply(&n->deep, h);
    return n->wide.weight ? tg_add(y, tg_linear_apply(&n->wide, x)) : y;
}

/* The slope of the target's line in input k. */
static double slope(int k) { return (k % 2 ? -1 : 1) * (1 + k) / 6.0; }

static double target(const double *x)
{
    double y = 0.4 * x[0] * x[1] + 0.4 * sin(3 * x[2]);
    for (int k = 0; k < INPUTS; k++) y += slope(k) * x[k];
    return y;
}

/* What a training gave: losses, what it answers along the last input, its bypass. */
typedef struct outcome {
    double loss[STEPS], away[AWAY], wide[INPUTS];
} outcome;

static bool train(course *c, bool bypass, const double *along, outcome *out)
{
    static double x[ROWS][INPUTS], y[ROWS], far[AWAY][INPUTS];
    tg_dice dice = { .key = (uint64_t)c->seed, .high = 1 };
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    net n = { .deep = tg_linear_new(store, "deep", UNITS, 1) };
    for (int k = 0; k < HIDDEN; k++) {
        char name[24];
        snprintf(name, sizeof name, "hidden%d", k);
        n.hidden[k] = tg_linear_new(store, name, k ? UNITS : INPUTS, UNITS);
    }
    if (bypass) n.wide = tg_linear_new(store, "wide", INPUTS, 1, .no_bias = true);
    tg_tape *tape = tg_tape_new(store);
    for (int i = 0; i < ROWS; i++) {
        for (int k = 0; k < INPUTS; k++) x[i][k] = tg_dice_normal(&dice);
        y[i] = target(x[i]);
    }
    tg_tensor *loss = tg_mse(apply(&n, tg_constant(tape, TG_F64, TG_SHAPE(ROWS, INPUTS), x)),
                             tg_constant(tape, TG_F64, TG_SHAPE(ROWS, 1), y));
    tg_gd(loss, .lr = 0.01);
    tg_plan *plan = tg_compile(tape, loss);
    for (int i = 0; i < STEPS && tg_run(plan) == TG_OK; i++) out->loss[i] = tg_item(loss);
    tg_plan_free(plan);

    for (int i = 0; i < AWAY; i++) far[i][INPUTS - 1] = along[i];
    tg_tensor *answer = apply(&n, tg_constant(tape, TG_F64, TG_SHAPE(AWAY, INPUTS), far));
    tg_get(answer, out->away, AWAY);
    if (bypass) tg_var_get(n.wide.weight, out->wide, INPUTS);
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

/* The first step in which the loss is below 1/2: the line is learned, the rest is not. */
static int learned_at(const outcome *out)
{
    int step = 0;
    while (step < STEPS && out->loss[step] > 0.5) step++;
    return step;
}

int main(int argc, char **argv)
{
    static outcome with, without;
    course c = course_begin(argc, argv, "wide_and_deep", about);
    double along[AWAY], truth[AWAY];
    for (int i = 0; i < AWAY; i++) {
        along[i] = (i - AWAY / 2) * 0.4;
        truth[i] = slope(INPUTS - 1) * along[i];
    }
    plot *p = plot_new("A bypass takes the line, the layers the rest", 2);
    if (train(&c, false, along, &without) && train(&c, true, along, &with)) {
        const int last = AWAY - 1, steps = learned_at(&with);
        course_expect(&c, "line_steps", steps, 10, 300);
        course_expect(&c, "steps_without_over_with", learned_at(&without) / (double)steps, 1.5,
                      100);
        course_expect(&c, "loss_with", with.loss[STEPS - 1], 0, 0.4);
        course_expect(&c, "error_at_8_with", fabs(with.away[last] - truth[last]), 0, 2.5);
        course_expect(&c, "error_at_8_without", fabs(without.away[last] - truth[last]), 2.5, 20);
    }
    plot_panel(p, "While they learn", "step", "mean square error");
    plot_log_y(p);
    plot_curve(p, "without a bypass", without.loss, STEPS);
    plot_curve(p, "with a bypass", with.loss, STEPS);
    plot_panel(p, "Along the last input; data end near 3", "x10", "y");
    plot_line(p, "without a bypass", along, without.away, AWAY);
    plot_line(p, "with a bypass", along, with.away, AWAY);
    plot_line(p, "the target", along, truth, AWAY);
    return course_end(&c, p);
}
