/* five_steps.c: Five steps, for any number of layers, make the gradient: input, feedforward, output
 * error, backpropagate, gradient.
 *
 * Formula: a' = s(w a + b); d = (a - y) s'(z) in the last layer, d = s'(z) w'^T d' before it; dC/dw
 * = d a^T, dC/db = d
 *
 * The recipe is a loop over layers of 2-5-4-3-2 units, for the cost C = |a - y|^2 / 2 of one row of
 * random numbers. The slope of the sigmoid is s' = s (1 - s). With 1 - s, as it is sometimes
 * printed, the same recipe gives something else.
 */
#include "compare.h"

#include <string.h>

static const char about[] = "Backpropagates by the recipe of five steps, and compares with the "
                            "tape.\n";

enum { LAYERS = 4, WIDEST = 5, MOST = 128 };
static const int units[LAYERS + 1] = { 2, 5, 4, 3, 2 };

/* Layer l leads from units[l] to units[l + 1]. */
static double w[LAYERS][WIDEST * WIDEST], b[LAYERS][WIDEST];

/* The gradients by w and b of each layer, one after the other; returns how many there are. [wrong]
 * takes 1 - s for the slope. */
static int five_steps(const double *x, const double *y, bool wrong, double *gradient)
{
    double a[LAYERS + 1][WIDEST], slope[LAYERS + 1][WIDEST], d[LAYERS + 1][WIDEST];
    /* 1: Input. */
    memcpy(a[0], x, (size_t)units[0] * sizeof *x);
    /* 2: Feedforward. */
    for (int l = 0; l < LAYERS; l++)
        for (int i = 0; i < units[l + 1]; i++) {
            double z = b[l][i];
            for (int j = 0; j < units[l]; j++) z += w[l][i * units[l] + j] * a[l][j];
            const double s = 1 / (1 + exp(-z));
            a[l + 1][i] = s;
            slope[l + 1][i] = wrong ? 1 - s : s * (1 - s);
        }
    /* 3: Output error. */
    for (int i = 0; i < units[LAYERS]; i++) d[LAYERS][i] = (a[LAYERS][i] - y[i]) * slope[LAYERS][i];
    /* 4: Backpropagate. */
    for (int l = LAYERS - 1; l > 0; l--)
        for (int j = 0; j < units[l]; j++) {
            double sum = 0;
            for (int i = 0; i < units[l + 1]; i++) sum += w[l][i * units[l] + j] * d[l + 1][i];
            d[l][j] = slope[l][j] * sum;
        }
    /* 5: Gradient. */
    int count = 0;
    for (int l = 0; l < LAYERS; l++) {
        for (int i = 0; i < units[l + 1]; i++)
            for (int j = 0; j < units[l]; j++) gradient[count++] = d[l + 1][i] * a[l][j];
        for (int i = 0; i < units[l + 1]; i++) gradient[count++] = d[l + 1][i];
    }
    return count;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "five_steps", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(units[0]), 0, 1);
    tg_tensor *y = tg_uniform(tape, "y", TG_F64, TG_SHAPE(units[LAYERS]), 0, 1);
    tg_tensor *a = x, *weights[2 * LAYERS], *gradients[2 * LAYERS];
    for (int l = 0; l < LAYERS; l++) {
        char name[24];
        snprintf(name, sizeof name, "%d", l);
        const tg_linear layer =
            tg_linear_new(store, name, units[l], units[l + 1], .init = tg_init_normal(0, 1));
        a = tg_sigmoid(tg_linear_apply(&layer, a));
        weights[2 * l] = tg_read(tape, layer.weight);
        weights[2 * l + 1] = tg_read(tape, layer.bias);
        tg_var_get(layer.weight, w[l], (size_t)(units[l] * units[l + 1]));
        tg_var_get(layer.bias, b[l], (size_t)units[l + 1]);
    }
    tg_vjp(tg_half_mse(a, y, .reduction = TG_SUM), NULL, (tg_list){ 2 * LAYERS, weights },
           gradients);

    double row[WIDEST], target[WIDEST], hand[MOST], wrong[MOST], taped[MOST];
    for (int i = 0, at = 0; i < 2 * LAYERS; at += (int)tg_count(gradients[i++]))
        tg_get(gradients[i], taped + at, (size_t)tg_count(gradients[i]));
    tg_get(x, row, (size_t)units[0]);
    tg_get(y, target, (size_t)units[LAYERS]);
    plot *p = plot_new("Backpropagation in five steps, and by the tape", 2);
    if (course_fine(&c, tape)) {
        const int count = five_steps(row, target, false, hand);
        course_expect(&c, "roundings_apart", roundings(hand, taped, count), 0, 64);
        five_steps(row, target, true, wrong);
        course_expect(&c, "slip_apart", roundings(wrong, taped, count) * DBL_EPSILON, 0.05, 10);
        compare_panel(p, "s' = s (1 - s)", "weights and biases", hand, taped, count);
        compare_panel(p, "the slip s' = 1 - s", "weights and biases", wrong, taped, count);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
