/* layer_shapes.c: Layers may compress many inputs; two inputs may need layers that widen.
 *
 * Formula: parameters = sum over layers of (inputs + 1) outputs
 *
 * Networks with two hidden layers that compress, keep or widen what they are given learn two tasks:
 * digits of 64 cells, and a ring around a disc, points in the plane. The digits are told apart by
 * the network that compresses 64 cells to 24 and 12 numbers, with a small part of the parameters.
 * Layers of two units bend the plane, but cannot lift the disc out of its ring; those of eight can.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains networks whose layers compress, keep and widen their inputs.\n";

enum { SHAPES = 3, LAYERS = 3, RING_ROWS = 600, REACH = 16 };

static const char *const names[SHAPES] = { "compress", "keep", "widen" };
/* Inputs, hidden layers, classes. */
static const int digit_sizes[SHAPES][LAYERS + 1] = { { 64, 24, 12, 10 },
                                                     { 64, 64, 64, 10 },
                                                     { 64, 128, 256, 10 } };
static const int ring_sizes[SHAPES][LAYERS + 1] = { { 2, 1, 1, 2 },
                                                    { 2, 2, 2, 2 },
                                                    { 2, 8, 8, 2 } };

static tg_tensor *step(void *context, tg_batch *batch)
{
    const tg_linear *layers = context;
    tg_tensor *x = tg_div_num(batch->field[0], REACH);
    for (int k = 0; k < LAYERS - 1; k++) x = tg_tanh(tg_linear_apply(&layers[k], x));
    x = tg_linear_apply(&layers[LAYERS - 1], x);
    tg_tensor *loss = tg_cross_entropy(x, batch->field[1]);
    tg_track(batch, "accuracy", tg_accuracy(x, batch->field[1]));
    if (batch->training) tg_adam(loss, .lr = 3e-3);
    return loss;
}

/* A network's accuracy on the test data, NaN on an error, and its number of parameters. */
static double measure(course *c, const int size[LAYERS + 1], const tg_dataset *data,
                      const tg_dataset *test, int64_t epochs, double *parameters)
{
    tg_error error = { 0 };
    double accuracy = NAN;
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    tg_linear layers[LAYERS];
    for (int k = 0; k < LAYERS; k++) {
        char name[24];
        snprintf(name, sizeof name, "layer%d", k);
        layers[k] =
            tg_linear_new(store, name, size[k], size[k + 1], .init = tg_init_glorot_normal(0, 0));
    }
    if (parameters) *parameters = (double)tg_param_count(store, "");
    tg_loader *loader =
        tg_loader_new(tg_samples_of_dataset(data), .batch = 32, .seed = (uint64_t)c->seed);
    tg_loader *tests = tg_loader_new(tg_samples_of_dataset(test), .batch = 256, .shuffle = false);
    tg_runner *tester = NULL;
    if (tg_fit(store, step, layers, loader, &error, .epochs = epochs).status == TG_OK)
        tester = tg_runner_new(store, step, layers, tests, &error);
    if (tester && tg_runner_epoch(tester, &error) == TG_OK)
        accuracy = tg_runner_value(tester, "accuracy");
    else fprintf(stderr, "%s\n", error.text);
    tg_runner_free(tester);
    tg_loader_free(tests);
    tg_loader_free(loader);
    tg_store_free(store);
    return accuracy;
}

/* Points of a disc and of the ring around it, as large as the ink of a cell. */
static tg_dataset make_rings(float x[RING_ROWS][2], int32_t y[RING_ROWS], tg_dice dice)
{
    for (int i = 0; i < RING_ROWS; i++) {
        const double turn = 6.283185307179586 * tg_dice_uniform(&dice);
        const double far = i % 2 ? 1.4 + 0.4 * tg_dice_uniform(&dice) : tg_dice_uniform(&dice);
        x[i][0] = (float)(REACH * far * cos(turn));
        x[i][1] = (float)(REACH * far * sin(turn));
        y[i] = i % 2;
    }
    return (tg_dataset){ tg_array_view(TG_F32, TG_SHAPE(RING_ROWS, 2), x),
                         tg_array_view(TG_I32, TG_SHAPE(RING_ROWS), y) };
}

int main(int argc, char **argv)
{
    static float x[2][RING_ROWS][2];
    static int32_t y[2][RING_ROWS];
    course c = course_begin(argc, argv, "layer_shapes", about);
    double digit[SHAPES], ring[SHAPES], parameters[SHAPES];
    tg_error error;
    tg_dataset digits = { 0 }, learn = { 0 }, test = { 0 };
    if (tg_dataset_from_csv(&digits, TG_EXAMPLES_DATA "/digits.csv.gz", &error, .classes = 10) ||
        tg_split_stratified(&digits, &learn, &test, &error, .seed = (uint64_t)c.seed))
        fprintf(stderr, "%s\n", error.text);
    const tg_dice dice[2] = { { .key = (uint64_t)c.seed }, { .key = (uint64_t)c.seed, .high = 1 } };
    const tg_dataset rings = make_rings(x[0], y[0], dice[0]);
    const tg_dataset others = make_rings(x[1], y[1], dice[1]);
    for (int k = 0; k < SHAPES; k++) {
        digit[k] = measure(&c, digit_sizes[k], &learn, &test, 15, &parameters[k]);
        ring[k] = measure(&c, ring_sizes[k], &rings, &others, 60, NULL);
    }
    tg_dataset_free(&test);
    tg_dataset_free(&learn);
    tg_dataset_free(&digits);
    course_expect(&c, "compress_parameters", parameters[0], 1990, 1990);
    course_expect(&c, "widen_parameters", parameters[2], 43914, 43914);
    course_expect(&c, "digits_compress", digit[0], 0.89, 1);
    course_expect(&c, "digits_keep", digit[1], 0.92, 1);
    course_expect(&c, "digits_widen", digit[2], 0.92, 1);
    course_expect(&c, "rings_compress", ring[0], 0.4, 0.85);
    course_expect(&c, "rings_keep", ring[1], 0.6, 0.95);
    course_expect(&c, "rings_widen", ring[2], 0.98, 1);
    for (int k = 0; k < SHAPES; k++) parameters[k] /= 1000;
    plot *p = plot_new("What two hidden layers do with their inputs", 3);
    plot_panel(p, "Thousands of parameters, digits", NULL, NULL);
    plot_bars(p, names, parameters, SHAPES);
    for (int k = 0; k < 2; k++) {
        plot_panel(p, k ? "Accuracy, rings" : "Accuracy, digits", NULL, NULL);
        plot_y_range(p, 0, 1);
        plot_bars(p, names, k ? ring : digit, SHAPES);
    }
    return course_end(&c, p);
}
