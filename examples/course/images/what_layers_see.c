/* what_layers_see.c: Units of a second layer answer to larger patterns, and to fewer kinds of
 * digits.
 *
 * Formula: field of layer 2 = 5 + (2 - 1) + (3 - 1) 2 = 10 pixels: kernel 5, pooling 2, kernel 3
 *
 * A CNN learns the handwritten digits, enlarged to 16x16. For each unit of both layers the test
 * images are sorted by its largest answer anywhere; the patches that excite it most are drawn, each
 * as large as the unit's field, and counted is how many of the first 20 images show one digit. The
 * fields are measured, too: pixels by which an answer has a gradient for any image.
 */
#include "course.h"

#include "common.h"

#include <math.h>
#include <stdlib.h>

static const char about[] = "Looks for what excites the units of two layers most.\n";

enum { SIDE = 16, CELLS = SIDE * SIDE, MAPS1 = 8, MAPS2 = 16, TOP = 20, SHOWN = 6, UNITS = 6 };

typedef struct net {
    tg_conv conv1, conv2;
    tg_linear out;
} net;

static tg_tensor *enlarged(tg_tensor *x)
{
    x = tg_reshape(x, TG_SHAPE(tg_dim(x, 0), 1, DIGIT_SIDE, DIGIT_SIDE));
    return tg_upsample_linear(tg_div_num(x, DIGIT_INK), 2);
}

static tg_tensor *layer1(const net *n, tg_tensor *image) /* 12 x 12 */
{
    return tg_relu(tg_conv_apply(&n->conv1, image));
}

static tg_tensor *layer2(const net *n, tg_tensor *maps) /* 4 x 4 */
{
    return tg_relu(tg_conv_apply(&n->conv2, tg_max_pool(maps, 2)));
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    const net *n = context;
    tg_tensor *x = layer2(n, layer1(n, enlarged(batch->field[0])));
    x = tg_linear_apply(&n->out, tg_flatten(tg_max_pool(x, 2), 1));
    tg_track(batch, "accuracy", tg_accuracy(x, batch->field[1]));
    tg_tensor *loss = tg_cross_entropy(x, batch->field[1]);
    if (batch->training) tg_adamw(loss, .lr = 3e-3, .weight_decay = 0.3, .no_decay = "bias");
    return loss;
}

/* How wide is what the answers of place (1, 1) depend on, over all images and units? */
static double field(tg_tensor *maps, tg_tensor *image)
{
    tg_tensor *one = tg_pick(tg_pick(maps, 3, 1), 2, 1);
    tg_tensor *slope = tg_max(tg_abs(tg_grad(tg_sum(one), image)), .axes = TG_AXES(0, 1, 2));
    return tg_item(tg_sum(tg_cast(tg_not_equal_num(slope, 0), TG_F64)));
}

/* The units' best images and patches of [size] pixels that begin at each [stride]th: draws a row of
 * patches for the first UNITS units that answer at all; the mean share of one digit among the TOP
 * images of all of them. */
static double excite(plot *p, tg_tensor *maps, tg_tensor *image, const int32_t *digit, int size,
                     int stride)
{
    enum { MOST = 10, WIDEST = SHOWN * (MOST + 1) - 1, TALLEST = UNITS * (MOST + 1) - 1 };
    static double sheet[TALLEST * WIDEST];
    static float pixels[400 * CELLS], best[TOP];
    static int64_t rank[TOP * MAPS2], place[400 * MAPS2];
    const int64_t images = tg_dim(maps, 0), units = tg_dim(maps, 1), side = tg_dim(maps, 2);
    tg_tensor *flat = tg_reshape(maps, TG_SHAPE(images, units, side * side)), *where = NULL;
    tg_tensor *top = tg_top_k(tg_max(flat, .axis = 2), TOP, .axis = 0, .indices = &where);
    tg_get(where, rank, (size_t)(TOP * units));
    tg_get(tg_argmax(flat, .axis = 2), place, (size_t)(images * units));
    tg_get(image, pixels, (size_t)(images * CELLS));
    const int wide = SHOWN * (size + 1) - 1, tall = UNITS * (size + 1) - 1;
    double shares = 0;
    int alive = 0;
    for (int i = 0; i < tall * wide; i++) sheet[i] = 0.5;
    for (int64_t u = 0; u < units; u++) {
        tg_get(tg_pick(top, 1, u), best, TOP);
        if (best[TOP - 1] <= 0) continue;
        int counts[DIGIT_CLASSES] = { 0 }, most = 0;
        for (int i = 0; i < TOP; i++) {
            const int64_t n = rank[i * units + u], at = place[n * units + u];
            const int count = ++counts[digit[n]];
            most = count > most ? count : most;
            for (int k = 0; k < size * size && i < SHOWN && alive < UNITS; k++) {
                const int64_t row = at / side * stride + k / size,
                              column = at % side * stride + k % size;
                sheet[(alive * (size + 1) + k / size) * wide + i * (size + 1) + k % size] =
                    (double)pixels[n * CELLS + row * SIDE + column];
            }
        }
        shares += (double)most / TOP;
        alive++;
    }
    plot_panel(p, size == 5 ? "layer 1: six units, their best patches" : "layer 2", NULL, NULL);
    plot_image(p, sheet, tall, wide, 0, 1, false);
    return shares / alive;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "what_layers_see", about);
    tg_error error = { 0 };
    tg_dataset digits = { 0 }, learn = { 0 }, test = { 0 };
    if (digits_load(&digits, DIGITS_FILE, &error) ||
        tg_split_stratified(&digits, &learn, &test, &error, .seed = (uint64_t)c.seed))
        return fprintf(stderr, "%s\n", error.text), 1;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    net n = { tg_conv2d_new(store, "conv1", 1, MAPS1, 5),
              tg_conv2d_new(store, "conv2", MAPS1, MAPS2, 3),
              tg_linear_new(store, "out", MAPS2 * 4, DIGIT_CLASSES) };
    tg_loader *batches =
        tg_loader_new(tg_samples_of_dataset(&learn), .batch = 32, .seed = (uint64_t)c.seed);
    if (tg_fit(store, step, &n, batches, &error, .epochs = 15).status)
        fprintf(stderr, "%s\n", error.text);

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_constant(tape, TG_F32, test.x.shape, test.x.data);
    tg_tensor *image = enlarged(x), *first = layer1(&n, image), *second = layer2(&n, first);
    plot *p = plot_new("What excites the units of two layers", 2);
    course_expect(&c, "field_1", field(first, image), 5, 5);
    course_expect(&c, "field_2", field(second, image), 10, 10);
    const double one = excite(p, first, image, test.y.data, 5, 1);
    const double two = excite(p, second, image, test.y.data, 10, 2);
    course_expect(&c, "one_digit_1", one, 0.1, 1);
    course_expect(&c, "one_digit_2", two, 0.1, 1);
    course_expect(&c, "more_in_2", two - one, 0, 1);
    course_fine(&c, tape);
    tg_tape_free(tape);
    tg_loader_free(batches);
    tg_store_free(store);
    tg_dataset_free(&digits);
    tg_dataset_free(&learn);
    tg_dataset_free(&test);
    return course_end(&c, p);
}
