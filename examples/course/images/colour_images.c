/* colour_images.c: A CNN tells vehicles, and land from above, whose mean colours tell nothing.
 *
 * Formula: accuracy of softmax(W f(x)): f the mean of each channel, against f = a CNN
 *
 * Colour images of 16x16, generated: a bus, a car or a truck of any colour, and, as stand-ins for
 * satellite images, a field in stripes, a town of blocks, a coast, and woods. They come in batches,
 * flipped and moved by a pixel at random on the way.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains a CNN on generated colour images of vehicles and of land.\n";

enum { SIDE = 16, CELLS = SIDE * SIDE, VEHICLES = 3, LANDS = 4, LEARN = 800, TEST = 240 };

typedef struct task {
    bool lands, by_mean; /* which images; by their mean colours alone? */
    int64_t seed;
    tg_conv conv1, conv2;
    tg_linear out;
} task;

/* Has row i, column j the second colour? a and b, in [0, 1), say where the object lies. */
static bool is_object(bool lands, int class, int i, int j, double a, double b)
{
    const int up = i - 3 - (int)(3 * a), right = j - 2 - (int)(2 * b); /* of vehicles, 10 wide */
    if (lands) {
        const double wave = sin(0.8 * i + 6 * a) * sin(0.8 * j + 6 * b);
        return class == 0   ? (i + (int)(4 * a)) % 4 < 2                              /* field */
               : class == 1 ? ((i + (int)(4 * a)) / 2 + (j + (int)(4 * b)) / 2) % 2   /* town */
               : class == 2 ? cos(6.3 * a) * (i - 7.5) + sin(6.3 * a) * (j - 7.5) > 0 /* coast */
                            : wave > 0;                                               /* woods */
    }
    if (up < 0 || up > 7 || right < 0 || right > 10) return false;
    if (up >= 6) return right % 7 >= 1 && right % 7 <= 2; /* wheels */
    if (class == 0) return up != 2 || right % 2 == 0;     /* bus: a row of windows */
    if (class == 1) return up >= 4 || (up >= 2 && right > 2 && right < 8); /* car: a cabin */
    return up >= 5 || right > 8 ? up >= 2 : right < 7; /* truck: a load, a cab */
}

static float images[LEARN + TEST][3][CELLS];
static int32_t classes[LEARN + TEST];

/* All images of a task, of the classes in turn. */
static void draw(bool lands, int64_t seed)
{
    for (int n = 0; n < LEARN + TEST; n++) {
        tg_dice dice = { .key = (uint64_t)seed, .high = (uint64_t)(2 * n + lands) };
        const double a = tg_dice_uniform(&dice), b = tg_dice_uniform(&dice);
        classes[n] = n % (lands ? LANDS : VEHICLES);
        for (int c = 0; c < 3; c++) {
            const double back = tg_dice_uniform(&dice), front = back + (back < 0.5 ? 0.4 : -0.4);
            for (int k = 0; k < CELLS; k++) {
                const bool object = is_object(lands, classes[n], k / SIDE, k % SIDE, a, b);
                images[n][c][k] = (float)((object ? front : back) + 0.1 * tg_dice_normal(&dice));
            }
        }
    }
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    const task *t = context;
    tg_tensor *x = batch->field[0];
    if (t->by_mean) {
        x = tg_mean(x, .axes = TG_AXES(2, 3));
    } else {
        x = tg_max_pool(tg_relu(tg_conv_apply(&t->conv1, x)), 2);
        x = tg_flatten(tg_max_pool(tg_relu(tg_conv_apply(&t->conv2, x)), 2), 1);
    }
    x = tg_linear_apply(&t->out, x);
    tg_track(batch, "accuracy", tg_accuracy(x, batch->field[1]));
    tg_tensor *loss = tg_cross_entropy(x, batch->field[1]);
    if (batch->training) tg_adamw(loss, .lr = 3e-3, .weight_decay = 0.1);
    return loss;
}

/* The accuracy on images that were not in the training. */
static double train(task t)
{
    tg_error error = { 0 };
    tg_store *store = tg_store_new(.seed = (uint64_t)t.seed);
    const int64_t count = t.lands ? LANDS : VEHICLES;
    if (!t.by_mean) {
        t.conv1 =
            tg_conv2d_new(store, "conv1", 3, 12, 5, .same = true, .init = tg_init_he_normal(0));
        t.conv2 =
            tg_conv2d_new(store, "conv2", 12, 16, 3, .same = true, .init = tg_init_he_normal(0));
    }
    t.out = tg_linear_new(store, "out", t.by_mean ? 3 : 16 * 4 * 4, count);
    const tg_array x = tg_array_view(TG_F32, TG_SHAPE(LEARN, 3, SIDE, SIDE), images);
    const tg_array y = tg_array_view(TG_I32, TG_SHAPE(LEARN), classes);
    const tg_array test_x = tg_array_view(TG_F32, TG_SHAPE(TEST, 3, SIDE, SIDE), images[LEARN]);
    const tg_array test_y = tg_array_view(TG_I32, TG_SHAPE(TEST), classes + LEARN);
    tg_loader *batches =
        tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(x, y)), .batch = 40, .seed = (uint64_t)t.seed,
                      .transforms = TG_TRANSFORMS(tg_image_flip(), tg_image_crop(.padding = 1)));
    tg_loader *held_out = tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(test_x, test_y)),
                                        .batch = 40, .shuffle = false);
    tg_runner *look = tg_runner_new(store, step, &t, held_out, &error);
    if (tg_fit(store, step, &t, batches, &error, .epochs = t.lands ? 5 : 20).status ||
        tg_runner_epoch(look, &error))
        fprintf(stderr, "%s\n", error.text);
    const double accuracy = error.status ? NAN : tg_runner_value(look, "accuracy");
    tg_runner_free(look);
    tg_loader_free(batches);
    tg_loader_free(held_out);
    tg_store_free(store);
    return accuracy;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "colour_images", about);
    static const char *const names[] = { "bus", "car", "truck", "field", "town", "coast", "woods" };
    double accuracy[4], green[CELLS];
    plot *p = plot_new("Colour images (their green), and what is right of them", 4);
    for (int lands = 0; lands < 2; lands++) {
        draw(lands, c.seed);
        for (int i = 0; i < (lands ? LANDS : VEHICLES); i++) {
            for (int k = 0; k < CELLS; k++) green[k] = (double)images[i][1][k];
            plot_panel(p, names[VEHICLES * lands + i], NULL, NULL);
            plot_image(p, green, SIDE, SIDE, 0, 1, false);
        }
        for (int cnn = 0; cnn < 2; cnn++)
            accuracy[2 * lands + cnn] =
                train((task){ .lands = lands, .by_mean = !cnn, .seed = c.seed });
    }
    course_expect(&c, "vehicles_by_mean", accuracy[0], 0, 0.55);
    course_expect(&c, "vehicles_by_cnn", accuracy[1], 0.8, 1);
    course_expect(&c, "land_by_mean", accuracy[2], 0, 0.55);
    course_expect(&c, "land_by_cnn", accuracy[3], 0.9, 1);
    plot_panel(p, "share of test images right", NULL, NULL);
    plot_bars(p, (const char *const[]){ "mean colour", "CNN", "mean, land", "CNN, land" }, accuracy,
              4);
    return course_end(&c, p);
}
