/* five_hidden.c: A net with five hidden units is two matrices and two vectors; all else about it
 * are hyper-parameters.
 *
 * Formula: p = sigma(W2 tanh(W1 x + b1) + b2), W1 [5, 2], b1 [5], W2 [1, 5], b2 [1]: 21 numbers
 *
 * Two half-moons of points in the plane, 300 for training and 100 that are held back, by which the
 * best epoch is chosen. The program lists the hyper-parameters, trains, and prints the matrices; a
 * loop that is written out computes the outputs from them.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains five hidden units, and prints their matrices.\n";

enum { TRAIN = 300, TEST = 100, ALL = 400, HIDDEN = 5, BATCH = 20, EPOCHS = 100, SIDE = 61 };

typedef struct net {
    tg_linear hidden, out;
} net;

static tg_tensor *logits_of(const net *n, tg_tensor *x)
{
    return tg_linear_apply(&n->out, tg_tanh(tg_linear_apply(&n->hidden, x)));
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    tg_tensor *logits = logits_of(context, batch->field[0]);
    tg_tensor *loss = tg_binary_cross_entropy(logits, batch->field[1]);
    tg_tensor *right = tg_equal(tg_greater_num(logits, 0), tg_greater_num(batch->field[1], 0.5));
    tg_track(batch, "accuracy", tg_mean(tg_cast(right, TG_F64)));
    if (batch->training) tg_adam(loss, .lr = 0.05);
    return loss;
}

static double w1[HIDDEN][2], b1[HIDDEN], w2[HIDDEN], b2;

static double by_hand(double x1, double x2)
{
    double sum = b2;
    for (int i = 0; i < HIDDEN; i++) sum += w2[i] * tanh(w1[i][0] * x1 + w1[i][1] * x2 + b1[i]);
    return 1 / (1 + exp(-sum));
}

static tg_loader *loader_of(double (*x)[2], double *y, int rows, int batch, uint64_t seed)
{
    const tg_array inputs = tg_array_view(TG_F64, TG_SHAPE(rows, 2), x);
    const tg_array labels = tg_array_view(TG_F64, TG_SHAPE(rows, 1), y);
    return tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(inputs, labels)), .batch = batch,
                         .seed = seed);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "five_hidden", about);
    static double x[ALL][2], y[ALL], outputs[ALL], field[SIDE * SIDE], moons[2][2][ALL / 2];
    tg_dice dice = { .key = (uint64_t)c.seed };
    for (int i = 0; i < ALL; i++) {
        const double turn = acos(-1.0) * tg_dice_uniform(&dice), side = i % 2 ? -1 : 1;
        y[i] = i % 2;
        x[i][0] = side * (cos(turn) - 0.5) + 0.1 * tg_dice_normal(&dice);
        x[i][1] = side * (sin(turn) - 0.25) + 0.1 * tg_dice_normal(&dice);
        for (int k = 0; k < 2; k++) moons[i % 2][k][i / 2] = x[i][k];
    }
    printf("hidden units %d, tanh, Glorot's weights, Adam, rate 0.05, batches of %d, %d epochs\n",
           HIDDEN, BATCH, EPOCHS);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    net n = { tg_linear_new(store, "hidden", 2, HIDDEN, .init = tg_init_glorot_normal(2, HIDDEN)),
              tg_linear_new(store, "out", HIDDEN, 1, .init = tg_init_glorot_normal(HIDDEN, 1)) };
    tg_loader *train = loader_of(x, y, TRAIN, BATCH, (uint64_t)c.seed);
    tg_loader *test = loader_of(x + TRAIN, y + TRAIN, TEST, TEST, 0);
    tg_error error = { 0 };
    const tg_fitted end = tg_fit(store, step, &n, train, &error, .validation = test,
                                 .epochs = EPOCHS, .watch = "accuracy", .maximize = true);
    if (!course_check(&c, "trained", end.status == TG_OK)) fprintf(stderr, "%s\n", error.text);

    tg_tape *tape = tg_tape_new(store);
    for (size_t i = 0; i < 4; i++) { /* the optimizer's variables come behind */
        tg_var *var = tg_var_nth(store, i);
        printf("%s ", tg_var_name(var));
        tg_print(tg_read(tape, var), stdout);
    }
    tg_get(tg_sigmoid(logits_of(&n, tg_constant(tape, TG_F64, TG_SHAPE(ALL, 2), x))), outputs, ALL);
    tg_var_get(n.hidden.weight, &w1[0][0], 2 * HIDDEN);
    tg_var_get(n.hidden.bias, b1, HIDDEN);
    tg_var_get(n.out.weight, w2, HIDDEN);
    tg_var_get(n.out.bias, &b2, 1);
    double apart = 0, first[HIDDEN][3], second[HIDDEN + 1] = { [HIDDEN] = b2 };
    for (int i = 0; i < HIDDEN; i++) {
        first[i][0] = w1[i][0];
        first[i][1] = w1[i][1];
        first[i][2] = b1[i];
        second[i] = w2[i];
    }
    for (int i = 0; i < ALL; i++) apart = fmax(apart, fabs(by_hand(x[i][0], x[i][1]) - outputs[i]));
    for (int i = 0; i < SIDE * SIDE; i++)
        field[i] = by_hand(5.0 * (i % SIDE) / (SIDE - 1) - 2.5, 4.0 * (i / SIDE) / (SIDE - 1) - 2);

    plot *p = plot_new("Five hidden units", 3);
    if (course_fine(&c, tape)) {
        course_expect(&c, "numbers", (double)tg_param_count(store, ""), 21, 21);
        course_expect(&c, "off_by_hand", apart, 0, 1e-12);
        course_expect(&c, "right_of_held_back", end.best, 0.95, 1);
        plot_panel(p, "what they tell apart", "x1", "x2");
        plot_x_range(p, -2.5, 2.5);
        plot_y_range(p, -2, 2);
        plot_field(p, field, SIDE, SIDE, -0.3, 1.3);
        for (int k = 0; k < 2; k++) plot_dots(p, NULL, moons[k][0], moons[k][1], ALL / 2);
        plot_panel(p, "W1 and b1, -5 to 5", NULL, NULL);
        plot_image(p, &first[0][0], HIDDEN, 3, -5, 5, true);
        plot_panel(p, "W2 and b2", NULL, NULL);
        plot_image(p, second, 1, HIDDEN + 1, -5, 5, true);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    tg_loader_free(train);
    tg_loader_free(test);
    return course_end(&c, p);
}
