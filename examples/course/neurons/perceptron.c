/* perceptron.c: Learning from mistakes alone, a perceptron comes to AND and OR, and never to XOR.
 *
 * Formula: if y w . x <= 0: w <- w + y x; at most R^2 / margin^2 such mistakes
 *
 * Rosenblatt's unit gives +1 or -1; at w . x = 0 it gives +1 (tg_sign_step; the lecture has -1),
 * and the algorithm takes 0 for a mistake whatever the label, so that weights of 0 learn. It goes
 * through the four rows, in an order drawn for each epoch, until an epoch has no mistake, 60 times
 * at most. The update is a step of gradient descent by the perceptron loss,
 * -y w . x of mistakes, which has no slope where the unit is right.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Runs the perceptron algorithm on AND, OR and XOR.\n";

enum { EPOCHS = 60, SIDE = 61 };

static const double rows[4][3] = { { 1, 0, 0 }, { 1, 0, 1 }, { 1, 1, 0 }, { 1, 1, 1 } };
static const double labels[3][4] = { { -1, -1, -1, 1 }, { -1, 1, 1, 1 }, { -1, 1, 1, -1 } };

typedef struct result {
    double errors[EPOCHS], field[SIDE * SIDE], w[3];
    int epochs, updates, wrong;
} result;

static bool learn(course *c, const double *y, result *r)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_var *weight = tg_param(store, "w", TG_SHAPE(3), tg_init_zeros());
    tg_tape *tape = tg_tape_new(store);
    tg_dice dice = { .key = (uint64_t)c->seed };
    while (r->epochs < EPOCHS && (r->epochs == 0 || r->errors[r->epochs - 1] > 0)) {
        int order[4] = { 0, 1, 2, 3 };
        for (int i = 3; i > 0; i--) {
            const int k = (int)tg_dice_below(&dice, i + 1), swapped = order[i];
            order[i] = order[k];
            order[k] = swapped;
        }
        int errors = 0;
        for (int i = 0; i < 4; i++) {
            tg_rewind(tape);
            tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(3), rows[order[i]]);
            tg_tensor *score = tg_sum(tg_mul(tg_read(tape, weight), x));
            tg_tensor *target = tg_number(tape, y[order[i]]);
            errors += tg_item(score) * y[order[i]] <= 0;
            tg_gd(tg_perceptron_loss(score, target), .lr = 1);
            tg_commit(tape);
        }
        r->errors[r->epochs++] = errors;
        r->updates += errors;
    }
    tg_rewind(tape);
    tg_tensor *w = tg_read(tape, weight);
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(4, 3), rows);
    double plane[SIDE * SIDE][3], outputs[4] = { 0 };
    for (int i = 0; i < SIDE * SIDE; i++) {
        plane[i][0] = 1;
        plane[i][1] = -0.5 + 2.0 * (i % SIDE) / (SIDE - 1);
        plane[i][2] = -0.5 + 2.0 * (i / SIDE) / (SIDE - 1);
    }
    tg_tensor *points = tg_constant(tape, TG_F64, TG_SHAPE(SIDE * SIDE, 3), plane);
    tg_get(tg_sign_step(tg_sum(tg_mul(x, w), .axis = 1)), outputs, 4);
    tg_get(tg_sign_step(tg_sum(tg_mul(points, w), .axis = 1)), r->field, SIDE * SIDE);
    tg_get(w, r->w, 3);
    for (int i = 0; i < 4; i++) r->wrong += outputs[i] != y[i];
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

/* R^2 / margin^2 of the line that was found: no run from weights of 0 makes more mistakes. */
static double most_mistakes(const result *r, const double *y)
{
    const double *w = r->w, length = w[0] * w[0] + w[1] * w[1] + w[2] * w[2];
    double nearest = INFINITY;
    for (int i = 0; i < 4; i++)
        nearest = fmin(nearest, y[i] * (w[0] + w[1] * rows[i][1] + w[2] * rows[i][2]));
    return 3 * length / (nearest * nearest);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "perceptron", about);
    static const char *const names[3] = { "AND", "OR", "XOR" };
    static result r[3];
    plot *p = plot_new("The line stops where no point is on its wrong side", 2);
    if (learn(&c, labels[0], &r[0]) && learn(&c, labels[1], &r[1]) && learn(&c, labels[2], &r[2])) {
        course_expect(&c, "and_errors", r[0].wrong, 0, 0);
        course_expect(&c, "and_mistakes", r[0].updates, 1, most_mistakes(&r[0], labels[0]));
        course_expect(&c, "or_errors", r[1].wrong, 0, 0);
        course_expect(&c, "or_mistakes", r[1].updates, 1, most_mistakes(&r[1], labels[1]));
        double fewest = 4;
        for (int i = 0; i < r[2].epochs; i++) fewest = fmin(fewest, r[2].errors[i]);
        course_expect(&c, "xor_epochs", r[2].epochs, EPOCHS, EPOCHS);
        course_expect(&c, "xor_fewest_mistakes", fewest, 1, 4);
        course_expect(&c, "xor_errors", r[2].wrong, 1, 4);
        for (int k = 0; k < 3; k++) {
            plot_panel(p, names[k], "x1", "x2");
            plot_x_range(p, -0.5, 1.5);
            plot_y_range(p, -0.5, 1.5);
            plot_field(p, r[k].field, SIDE, SIDE, -4, 4);
            for (int i = 0; i < 4; i++)
                plot_dots(p, labels[k][i] > 0 ? "+1" : "-1", &rows[i][1], &rows[i][2], 1);
        }
        plot_panel(p, "mistakes", "epoch", "of four rows");
        for (int k = 0; k < 3; k++) plot_curve(p, names[k], r[k].errors, r[k].epochs);
    }
    return course_end(&c, p);
}
