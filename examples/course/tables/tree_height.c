/* tree_height.c: A small network predicts the heights of trees as well as their noise allows; a
 * line does not.
 *
 * Formula: h = 1.3 + A_s q (1 - e^(-d/D_s)) a/(a + 15) + e, R^2 = 1 - mean (h - g)^2 / var h
 *
 * A generated table, a stand-in for a forest's: of each tree the diameter d, the age a, the quality
 * q of its site, and the species s, which is one-hot. Columns are brought to one scale by those of
 * the training rows. Linear least squares and a network with one hidden layer, whose output is
 * linear too, are then asked for the heights g of trees that they have not seen. The noise e has a
 * deviation of 1 m: no model can err by less.
 */
#include "course.h"

#include <math.h>
#include <string.h>

static const char about[] =
    "Predicts the heights of trees from a table, by a linear model and by a "
    "network.\n";

enum { ROWS = 2000, TEST = 400, SPECIES = 4, COLUMNS = 3 + SPECIES, HIDDEN = 24 };

static float table[ROWS][COLUMNS], heights[ROWS][1];

static void grow(int64_t seed)
{
    static const double most[SPECIES] = { 38, 30, 34, 24 }, wide[SPECIES] = { 30, 18, 45, 25 };
    tg_dice dice = { .key = (uint64_t)seed };
    for (int i = 0; i < ROWS; i++) {
        const int64_t species = tg_dice_below(&dice, SPECIES);
        const double age = 10 + 110 * tg_dice_uniform(&dice);
        const double quality = 0.6 + 0.6 * tg_dice_uniform(&dice);
        const double diameter = age * (0.25 + 0.5 * tg_dice_uniform(&dice));
        const double grown = most[species] * quality * (1 - exp(-diameter / wide[species]));
        memset(table[i], 0, sizeof table[i]);
        table[i][0] = (float)diameter;
        table[i][1] = (float)age;
        table[i][2] = (float)quality;
        table[i][3 + species] = 1;
        heights[i][0] = (float)(1.3 + grown * age / (age + 15) + tg_dice_normal(&dice));
    }
}

/* A linear model if hidden is NULL; in units of the scaled heights. */
static tg_tensor *guess(const tg_linear *hidden, const tg_linear *out, tg_tensor *x)
{
    x = tg_scaled(x, "trees");
    if (hidden) x = tg_tanh(tg_linear_apply(hidden, x));
    return tg_linear_apply(out, x);
}

/* Trains on all rows but the last ones, and predicts these; their R^2. */
static double predict(course *c, bool network, double guesses[TEST])
{
    tg_error error = { 0 };
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    tg_tape *tape = tg_tape_new(store);
    const tg_array x = tg_array_view(TG_F32, TG_SHAPE(ROWS - TEST, COLUMNS), table);
    const tg_array y = tg_array_view(TG_F32, TG_SHAPE(ROWS - TEST, 1), heights);
    tg_scaler trees = { 0 }, metres = { 0 };
    if (tg_scaler_fit(&trees, &x, &error) || tg_scaler_fit(&metres, &y, &error) ||
        tg_scaler_keep(store, "trees", &trees, &error) ||
        tg_scaler_keep(store, "metres", &metres, &error))
        fprintf(stderr, "%s\n", error.text);
    const tg_linear hidden = tg_linear_new(store, "hidden", COLUMNS, HIDDEN);
    const tg_linear out = tg_linear_new(store, "out", network ? HIDDEN : COLUMNS, 1);
    const tg_linear *layer = network ? &hidden : NULL;
    tg_tensor *g = guess(layer, &out, tg_constant(tape, x.dtype, x.shape, x.data));
    tg_tensor *h = tg_constant(tape, y.dtype, y.shape, y.data);
    tg_lbfgs(tg_mse(g, tg_scaled(h, "metres")), .max_iterations = 150);

    tg_tensor *asked = tg_constant(tape, TG_F32, TG_SHAPE(TEST, COLUMNS), table[ROWS - TEST]);
    tg_tensor *truth = tg_constant(tape, TG_F32, TG_SHAPE(TEST, 1), heights[ROWS - TEST]);
    tg_tensor *answer = tg_unscaled(guess(layer, &out, asked), "metres");
    tg_get(tg_cast(answer, TG_F64), guesses, TEST);
    const double score = tg_item(tg_r2(answer, truth));
    course_fine(c, tape);
    tg_scaler_free(&trees);
    tg_scaler_free(&metres);
    tg_tape_free(tape);
    tg_store_free(store);
    return score;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "tree_height", about);
    grow(c.seed);
    double guesses[2][TEST] = { { 0 } }, truth[TEST], square[2] = { 0 };
    const double line = predict(&c, false, guesses[0]), network = predict(&c, true, guesses[1]);
    plot *p = plot_new("Heights of trees that were not in the training table", 2);
    for (int i = 0; i < TEST; i++) truth[i] = (double)heights[ROWS - TEST + i][0];
    for (int k = 0; k < 2; k++) {
        const double ends[] = { 0, 45 };
        for (int i = 0; i < TEST; i++) square[k] += pow(guesses[k][i] - truth[i], 2) / TEST;
        plot_panel(p, k ? "network" : "linear least squares", "height [m]", "prediction [m]");
        plot_x_range(p, 0, 45);
        plot_y_range(p, 0, 45);
        plot_dots(p, "a tree", truth, guesses[k], TEST);
        plot_line(p, "right", ends, ends, 2);
    }
    course_expect(&c, "r2_line", line, 0.7, 0.94);
    course_expect(&c, "r2_network", network, 0.965, 1);
    course_expect(&c, "error_line_m", sqrt(square[0]), 1.5, 5);
    course_expect(&c, "error_network_m", sqrt(square[1]), 0.9, 1.2);
    return course_end(&c, p);
}
