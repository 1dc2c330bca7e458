/* ten_layers.c: Twenty layers of ReLU train from He's weights, and stand still from small ones.
 *
 * Formula: w ~ N(0, s^2) multiplies the mean square by s^2 n / 2 a layer: by 1 for He's s^2 = 2 / n
 *
 * Networks of 10 and of 20 hidden layers of 32 units learn to tell a ring from the disc inside it.
 * With weights of the deviation 0.01 the mean square falls to 0.0016 of itself in each layer: the
 * last ones see nothing of the input, no gradient comes back, and the loss stays log 2, that of a
 * guess.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains networks of 10 and 20 hidden layers from He's and from small "
                            "random weights.\n";

enum { MOST = 20, UNITS = 32, ROWS = 200, STEPS = 150 };
static const double SMALL = 0.01;

typedef struct outcome {
    double loss[STEPS], accuracy; /* of the points it learns */
    double size[MOST];            /* root of the mean square of each layer, before training */
} outcome;

static bool train(course *c, int hidden, bool he, const float *points, const float *labels,
                  outcome *out)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(ROWS, 2), points), *sizes[MOST];
    for (int k = 0; k <= hidden; k++) {
        char name[24];
        snprintf(name, sizeof name, "layer%d", k);
        const tg_linear layer =
            tg_linear_new(store, name, k ? UNITS : 2, k < hidden ? UNITS : 1,
                          .init = he ? tg_init_he_normal(0) : tg_init_normal(0, SMALL),
                          .bias_init = tg_init_zeros());
        x = tg_linear_apply(&layer, x);
        if (k == hidden) break;
        x = tg_relu(x);
        sizes[k] = tg_sqrt(tg_mean(tg_square(tg_cast(x, TG_F64))));
    }
    tg_tensor *y = tg_constant(tape, TG_F32, TG_SHAPE(ROWS, 1), labels);
    tg_tensor *loss = tg_binary_cross_entropy(x, y), *right = tg_binary_accuracy(x, y);
    tg_adam(loss, .lr = 2e-3);
    tg_plan *plan = tg_compile(tape, loss, right, .keep = { (size_t)hidden, sizes });
    for (int i = 0; i < STEPS && tg_run(plan) == TG_OK; i++) {
        out->loss[i] = tg_item(loss);
        for (int k = 0; k < hidden && i == 0; k++) out->size[k] = tg_item(sizes[k]);
    }
    out->accuracy = tg_item(right);
    const bool fine = course_fine(c, tape);
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    static float points[ROWS][2], labels[ROWS];
    static outcome he[2], little[2];
    static const int hidden[2] = { 10, 20 };
    course c = course_begin(argc, argv, "ten_layers", about);
    tg_dice dice = { .key = (uint64_t)c.seed, .high = 1 };
    for (int i = 0; i < ROWS; i++) {
        const double turn = 6.283185307179586 * tg_dice_uniform(&dice);
        const double far = i % 2 ? 1.4 + 0.4 * tg_dice_uniform(&dice) : tg_dice_uniform(&dice);
        points[i][0] = (float)(far * cos(turn));
        points[i][1] = (float)(far * sin(turn));
        labels[i] = (float)(i % 2);
    }
    plot *p = plot_new("Deep networks train, from weights of the right size", 2);
    bool fine = true;
    for (int k = 0; k < 2; k++)
        fine = fine && train(&c, hidden[k], true, *points, labels, &he[k]) &&
               train(&c, hidden[k], false, *points, labels, &little[k]);
    if (fine) {
        course_expect(&c, "he_10_accuracy", he[0].accuracy, 0.98, 1);
        course_expect(&c, "he_20_accuracy", he[1].accuracy, 0.98, 1);
        course_expect(&c, "he_20_size", he[1].size[MOST - 1], 0.02, 50);
        course_expect(&c, "small_10_loss", little[0].loss[STEPS - 1], 0.68, 0.7);
        course_expect(&c, "small_20_loss", little[1].loss[STEPS - 1], 0.68, 0.7);
        course_expect(&c, "small_20_size", little[1].size[MOST - 1], 0, 1e-20);
    }
    plot_panel(p, "While they learn", "step", "loss");
    plot_curve(p, "He, 10", he[0].loss, STEPS);
    plot_curve(p, "He, 20", he[1].loss, STEPS);
    plot_curve(p, "small, 10", little[0].loss, STEPS);
    plot_curve(p, "small, 20", little[1].loss, STEPS);
    plot_panel(p, "What comes through, at first", "hidden layer", "root of the mean square");
    plot_log_y(p);
    plot_curve(p, "He", he[1].size, MOST);
    plot_curve(p, "small", little[1].size, MOST);
    return course_end(&c, p);
}
