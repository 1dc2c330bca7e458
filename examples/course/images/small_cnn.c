/* small_cnn.c: A neuron slid over patches is a convolution, and three of them tell three
 * categories.
 *
 * Formula: softmax(W3 relu(W2 flatten(pool(relu(conv(x)))))), conv: 3 maps, patches of 4 x 4,
 * stride 2
 *
 * Each of three neurons sees one patch of 4 x 4 pixels after the other, two pixels apart, so that
 * patches overlap by half; all patches share its 17 weights. Pooling by the largest of 2 x 2, a
 * hidden dense layer of 12 units and one unit for each category follow. The data: the handwritten
 * 0, 1 and 2, 8x8, a stand-in for buses, cars and trucks.
 */
#include "course.h"

#include "common.h"

#include <string.h>

static const char about[] = "Trains a CNN of three feature maps to tell three categories apart.\n";

enum { MAPS = 3, CATEGORIES = 3, EPOCHS = 25 };

typedef struct net {
    tg_conv conv;
    tg_linear hidden, out;
} net;

static tg_tensor *image_of(tg_tensor *x)
{
    x = tg_reshape(x, TG_SHAPE(tg_dim(x, 0), 1, DIGIT_SIDE, DIGIT_SIDE));
    return tg_div_num(x, DIGIT_INK);
}

static tg_tensor *logits_of(const net *n, tg_tensor *image)
{
    tg_tensor *x = tg_max_pool(tg_relu(tg_conv_apply(&n->conv, image)), 2); /* 3 x 2 x 2 */
    x = tg_relu(tg_linear_apply(&n->hidden, tg_flatten(x, 1)));
    return tg_linear_apply(&n->out, x);
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    tg_tensor *logits = logits_of(context, image_of(batch->field[0])), *y = batch->field[1];
    tg_track(batch, "accuracy", tg_accuracy(logits, y));
    tg_tensor *loss = tg_cross_entropy(logits, y); /* with the softmax */
    if (batch->training) tg_adam(loss, .lr = 1e-2);
    return loss;
}

/* Draws an image, its maps and its probabilities, and compares the maps with what the three neurons
 * say to one patch after the other. */
static void show(course *c, plot *p, tg_store *store, const net *n, const float *ink)
{
    double drawn[5][DIGIT_CELLS] = { { 0 } };
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *image = image_of(tg_constant(tape, TG_F32, TG_SHAPE(1, DIGIT_CELLS), ink));
    tg_tensor *maps = tg_reshape(tg_conv_apply(&n->conv, image), TG_SHAPE(MAPS, 16));
    tg_tensor *patches = tg_pad(tg_pad(image, 2, 1, 1, 0, 0), 3, 1, 1, 0, 0);
    patches = tg_window(tg_window(patches, 2, 4, 2, 1), 3, 4, 2, 1); /* [1, 1, 4, 4, 4, 4] */
    patches = tg_reshape(patches, TG_SHAPE(16, 16));
    tg_tensor *weight = tg_reshape(tg_read(tape, n->conv.weight), TG_SHAPE(MAPS, 16));
    tg_tensor *neurons = tg_matmul(patches, tg_transpose(weight));
    neurons = tg_transpose(tg_add(neurons, tg_read(tape, n->conv.bias)));
    course_expect(c, "patches_away_by", tg_item(tg_max(tg_abs(tg_sub(maps, neurons)))), 0, 1e-5);

    tg_get(tg_cast(image, TG_F64), drawn[0], DIGIT_CELLS);
    for (int k = 0; k < MAPS; k++)
        tg_get(tg_cast(tg_relu(tg_pick(maps, 0, k)), TG_F64), drawn[1 + k], 16);
    tg_get(tg_cast(tg_softmax(logits_of(n, image)), TG_F64), drawn[4], CATEGORIES);
    static const char *const titles[] = { "an image", "map 1, after ReLU", "map 2", "map 3" };
    for (int i = 0; i < 4; i++) {
        plot_panel(p, titles[i], NULL, NULL);
        plot_image(p, drawn[i], i ? 4 : 8, i ? 4 : 8, 0, i ? 3 : 1.2, false);
    }
    plot_panel(p, "probability", NULL, NULL);
    plot_bars(p, (const char *const[]){ "0", "1", "2" }, drawn[4], CATEGORIES);
    course_fine(c, tape);
    tg_tape_free(tape);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "small_cnn", about);
    tg_error error = { 0 };
    tg_dataset digits = { 0 }, learn = { 0 }, test = { 0 };
    if (digits_load(&digits, DIGITS_FILE, &error)) return fprintf(stderr, "%s\n", error.text), 1;
    /* The digits below CATEGORIES, moved to the front. */
    float *x = digits.x.data;
    int32_t *y = digits.y.data;
    int64_t kept = 0;
    for (int64_t i = 0; i < tg_dataset_rows(&digits); i++)
        if (y[i] < CATEGORIES) {
            memmove(x + DIGIT_CELLS * kept, x + DIGIT_CELLS * i, DIGIT_CELLS * sizeof *x);
            y[kept++] = y[i];
        }
    digits.x.shape.dim[0] = digits.y.shape.dim[0] = kept;
    tg_split_stratified(&digits, &learn, &test, &error, .seed = (uint64_t)c.seed);

    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    net n = { tg_conv2d_new(store, "conv", 1, MAPS, 4, .stride = 2, .padding = 1),
              tg_linear_new(store, "hidden", MAPS * 4, 12), tg_linear_new(store, "out", 12, 3) };
    tg_loader *batches =
        tg_loader_new(tg_samples_of_dataset(&learn), .batch = 32, .seed = (uint64_t)c.seed);
    tg_loader *held_out = tg_loader_new(tg_samples_of_dataset(&test), .shuffle = false);
    tg_runner *look = tg_runner_new(store, step, &n, held_out, &error);
    course_expect(&c, "weights", (double)tg_param_count(store, ""), 51 + 156 + 39, 51 + 156 + 39);
    if (tg_fit(store, step, &n, batches, &error, .epochs = EPOCHS).status ||
        tg_runner_epoch(look, &error))
        fprintf(stderr, "%s\n", error.text);
    course_expect(&c, "test_accuracy", tg_runner_value(look, "accuracy"), 0.94, 1);
    plot *p = plot_new("Three feature maps, three categories", 5);
    if (!error.status) show(&c, p, store, &n, test.x.data);
    tg_runner_free(look);
    tg_loader_free(batches);
    tg_loader_free(held_out);
    tg_store_free(store);
    tg_dataset_free(&digits);
    tg_dataset_free(&learn);
    tg_dataset_free(&test);
    return course_end(&c, p);
}
