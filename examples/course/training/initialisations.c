/* initialisations.c: He's and Glorot's weights keep the activations of 20 layers alive; zeros keep
 * units equal, and other deviations explode or die out.
 *
 * Formula: var(a_(k+1)) = (n / 2) var(w) mean(a_k^2) for ReLU: 1 if var(w) = 2 / n (He)
 *
 * Above, a batch of normal numbers goes through 20 layers of 64 units with weights of several
 * deviations; what is measured is the root mean square of each layer's activations. Below, a small
 * network is trained on the exclusive or, from weights that are all 0 or all 1/2, and from
 * Glorot's: units that begin alike get the same gradients, and stay alike.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Begins deep and small networks with weights of several kinds.\n";

enum { LAYERS = 20, WIDTH = 64, ROWS = 128, UNITS = 8, STEPS = 600 };

/* Root mean squares of the input and of all layers' activations. */
static bool measure(course *c, tg_init init, bool relu, double sizes[LAYERS + 1])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(ROWS, WIDTH), 0, 1);
    tg_tensor *nodes[LAYERS + 1];
    for (int k = 0; k <= LAYERS; k++) {
        nodes[k] = tg_sqrt(tg_mean(tg_square(x)));
        char name[24];
        snprintf(name, sizeof name, "layer%d", k);
        tg_linear layer = tg_linear_new(store, name, WIDTH, WIDTH, .no_bias = true, .init = init);
        x = tg_linear_apply(&layer, x);
        x = relu ? tg_relu(x) : tg_tanh(x);
    }
    tg_evaluate((tg_list){ LAYERS + 1, nodes });
    for (int k = 0; k <= LAYERS; k++) sizes[k] = tg_item(nodes[k]);
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

/* Trains on the exclusive or; *spread is how far apart the hidden units are at the end. */
static bool train(course *c, tg_init init, double losses[STEPS], double *spread)
{
    const double xs[4][2] = { { -1, -1 }, { -1, 1 }, { 1, -1 }, { 1, 1 } }, ys[4] = { 0, 1, 1, 0 };
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    const tg_init zeros = tg_init_zeros();
    const tg_linear hidden =
        tg_linear_new(store, "hidden", 2, UNITS, .init = init, .bias_init = zeros);
    const tg_linear out = tg_linear_new(store, "out", UNITS, 1, .init = init, .bias_init = zeros);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(4, 2), xs);
    tg_tensor *logits = tg_linear_apply(&out, tg_tanh(tg_linear_apply(&hidden, x)));
    tg_tensor *loss =
        tg_binary_cross_entropy(logits, tg_constant(tape, TG_F64, TG_SHAPE(4, 1), ys));
    tg_tensor *weight = tg_read(tape, hidden.weight);
    tg_tensor *apart = tg_sub(tg_max(weight, .axis = 0), tg_min(weight, .axis = 0));
    tg_tensor *most = tg_max(apart);
    tg_gd(loss, .lr = 0.3);
    tg_plan *step = tg_compile(tape, loss, most);
    for (int i = 0; i < STEPS && !tg_run(step); i++) losses[i] = tg_item(loss);
    *spread = tg_item(most);
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "initialisations", about);
    static double large[LAYERS + 1], small[LAYERS + 1], he[LAYERS + 1], glorot[LAYERS + 1];
    static double lost[LAYERS + 1], zeros[STEPS], halves[STEPS], random[STEPS];
    double zeros_apart, halves_apart, random_apart;
    plot *p = plot_new("Weights to begin with", 2);
    if (measure(&c, tg_init_normal(0, 1), true, large) &&
        measure(&c, tg_init_normal(0, 0.01), true, small) &&
        measure(&c, tg_init_he_normal(0), true, he) &&
        measure(&c, tg_init_glorot_normal(0, 0), true, lost) &&
        measure(&c, tg_init_glorot_normal(0, 0), false, glorot) &&
        train(&c, tg_init_zeros(), zeros, &zeros_apart) &&
        train(&c, tg_init_constant(0.5), halves, &halves_apart) &&
        train(&c, tg_init_glorot_normal(0, 0), random, &random_apart)) {
        course_expect(&c, "large_by_theory", log10(large[LAYERS]) / (LAYERS * log10(32) / 2), 0.9,
                      1.1);
        course_expect(&c, "small_last", small[LAYERS], 0, 1e-20);
        course_expect(&c, "he_last", he[LAYERS], 0.2, 5);
        course_expect(&c, "glorot_relu_by_theory",
                      log2(lost[LAYERS] / he[LAYERS]) / (-0.5 * LAYERS), 1 - 1e-9, 1 + 1e-9);
        course_expect(&c, "glorot_tanh_last", glorot[LAYERS], 0.05, 1);
        course_expect(&c, "units_apart_zeros", zeros_apart, 0, 0);
        course_expect(&c, "units_apart_halves", halves_apart, 0, 1e-12);
        course_expect(&c, "units_apart_glorot", random_apart, 0.1, HUGE_VAL);
        course_expect(&c, "loss_zeros", zeros[STEPS - 1], log(2) - 1e-12, log(2) + 1e-12);
        course_expect(&c, "loss_glorot", random[STEPS - 1], 0, 0.2);
        plot_panel(p, "Activations", "layer", "root mean square");
        plot_log_y(p);
        plot_curve(p, "ReLU, 1", large, LAYERS + 1);
        plot_curve(p, "0.01", small, LAYERS + 1);
        plot_curve(p, "He", he, LAYERS + 1);
        plot_curve(p, "Glorot", lost, LAYERS + 1);
        plot_curve(p, "tanh, Glorot", glorot, LAYERS + 1);
        plot_panel(p, "Exclusive or", "step", "loss");
        plot_y_range(p, 0, 1);
        plot_curve(p, "all 0", zeros, STEPS);
        plot_curve(p, "all 1/2", halves, STEPS);
        plot_curve(p, "Glorot", random, STEPS);
    }
    return course_end(&c, p);
}
