/* first_layer.c: The kernels that a first layer learns are like edges: coarse, and of one direction
 * more than by chance.
 *
 * Formula: c = |sum over k of P(k) e^(2 i angle(k))| / sum of P(k), P(k) = |F(k)|^2 of a kernel
 *
 * A CNN with twelve kernels of 5 x 5 learns the handwritten digits, enlarged to 16x16, a stand-in
 * for AlexNet's images. How much of a kernel has one direction is measured by its spectrum (without
 * its mean): c is 1 for waves along one direction, 0 where all directions are alike. How coarse it
 * is, by the mean of |k|^2. Both are compared with those of the random kernels at the beginning.
 */
#include "course.h"

#include "common.h"

#include <math.h>

static const char about[] = "Trains a CNN on digits, and draws and measures its first layer.\n";

enum { MAPS = 12, SIZE = 5, KERNEL = SIZE * SIZE, FINE = 8, ACROSS = 4 };

typedef struct net {
    tg_conv conv1, conv2;
    tg_linear out;
} net;

static tg_tensor *step(void *context, tg_batch *batch)
{
    const net *n = context;
    tg_tensor *x = tg_reshape(batch->field[0], TG_SHAPE(batch->rows, 1, DIGIT_SIDE, DIGIT_SIDE));
    x = tg_upsample_linear(tg_div_num(x, DIGIT_INK), 2);
    x = tg_max_pool(tg_relu(tg_conv_apply(&n->conv1, x)), 2); /* 12 x 12 to 6 x 6 */
    x = tg_max_pool(tg_relu(tg_conv_apply(&n->conv2, x)), 2); /* 4 x 4 to 2 x 2 */
    x = tg_linear_apply(&n->out, tg_flatten(x, 1));
    tg_track(batch, "accuracy", tg_accuracy(x, batch->field[1]));
    tg_tensor *loss = tg_cross_entropy(x, batch->field[1]);
    if (batch->training) tg_adamw(loss, .lr = 3e-3, .weight_decay = 0.3, .no_decay = "bias");
    return loss;
}

/* The measures of one kernel, from its spectrum at frequencies up to half a wave a pixel. */
static void measure(const float w[KERNEL], double *direction, double *fineness)
{
    double mean = 0, sum = 0, squares = 0, even = 0, odd = 0;
    for (int i = 0; i < KERNEL; i++) mean += (double)w[i] / KERNEL;
    for (int u = -FINE; u <= FINE; u++)
        for (int v = -FINE; v <= FINE; v++) {
            double re = 0, im = 0, k2 = u * u + v * v, turn = 2 * atan2(v, u);
            for (int i = 0; i < KERNEL; i++) {
                const double angle = acos(-1) * (u * (i % SIZE) + v * (i / SIZE)) / FINE;
                re += ((double)w[i] - mean) * cos(angle);
                im += ((double)w[i] - mean) * sin(angle);
            }
            const double power = k2 > FINE * FINE ? 0 : re * re + im * im;
            sum += power;
            squares += power * k2 / (FINE * FINE);
            even += power * cos(turn);
            odd += power * sin(turn);
        }
    *direction = hypot(even, odd) / sum;
    *fineness = squares / sum;
}

/* Draws all kernels, each as strong as another, in one panel. Their mean measures. */
static void show(plot *p, const char *title, const net *n, double *direction, double *fineness)
{
    enum { TALL = MAPS / ACROSS * (SIZE + 1) - 1, WIDE = ACROSS * (SIZE + 1) - 1 };
    float w[MAPS * KERNEL] = { 0 };
    double sheet[TALL * WIDE] = { 0 };
    *direction = *fineness = 0;
    tg_var_get(n->conv1.weight, w, MAPS * KERNEL);
    for (int k = 0; k < MAPS; k++) {
        double c, f, most = 0;
        measure(w + KERNEL * k, &c, &f);
        *direction += c / MAPS;
        *fineness += f / MAPS;
        for (int i = 0; i < KERNEL; i++) most = fmax(most, fabs((double)w[KERNEL * k + i]));
        for (int i = 0; i < KERNEL; i++) {
            const int row = k / ACROSS * (SIZE + 1) + i / SIZE;
            sheet[row * WIDE + k % ACROSS * (SIZE + 1) + i % SIZE] =
                (double)w[KERNEL * k + i] / most;
        }
    }
    plot_panel(p, title, NULL, NULL);
    plot_image(p, sheet, TALL, WIDE, -1, 1, true);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "first_layer", about);
    tg_error error = { 0 };
    tg_dataset digits = { 0 }, learn = { 0 }, test = { 0 };
    if (digits_load(&digits, DIGITS_FILE, &error) ||
        tg_split_stratified(&digits, &learn, &test, &error, .seed = (uint64_t)c.seed))
        return fprintf(stderr, "%s\n", error.text), 1;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    net n = { tg_conv2d_new(store, "conv1", 1, MAPS, SIZE),
              tg_conv2d_new(store, "conv2", MAPS, 16, 3),
              tg_linear_new(store, "out", 16 * 4, DIGIT_CLASSES) };
    tg_loader *batches =
        tg_loader_new(tg_samples_of_dataset(&learn), .batch = 32, .seed = (uint64_t)c.seed);
    tg_loader *held_out = tg_loader_new(tg_samples_of_dataset(&test), .shuffle = false);
    tg_runner *look = tg_runner_new(store, step, &n, held_out, &error);

    double direction[2], fineness[2];
    plot *p = plot_new("The kernels of a first layer (orange is added, blue taken away)", 2);
    show(p, "random, at the beginning", &n, &direction[0], &fineness[0]);
    if (tg_fit(store, step, &n, batches, &error, .epochs = 25).status ||
        tg_runner_epoch(look, &error))
        fprintf(stderr, "%s\n", error.text);
    show(p, "learned", &n, &direction[1], &fineness[1]);
    course_expect(&c, "test_accuracy", tg_runner_value(look, "accuracy"), 0.95, 1);
    course_expect(&c, "direction_learned", direction[1], 0.25, 1);
    course_expect(&c, "over_random", direction[1] / direction[0], 1.15, 10);
    course_expect(&c, "fineness_learned", fineness[1], 0, 0.4);
    course_expect(&c, "fineness_over_random", fineness[1] / fineness[0], 0, 0.75);
    tg_runner_free(look);
    tg_loader_free(batches);
    tg_loader_free(held_out);
    tg_store_free(store);
    tg_dataset_free(&digits);
    tg_dataset_free(&learn);
    tg_dataset_free(&test);
    return course_end(&c, p);
}
