/* what_layers_see.c: The units of a second layer answer to larger patterns than those of the first.
 *
 * Formula: field of layer 2 = 5 + (2 - 1) + (3 - 1) 2 = 10 pixels: kernel 5, pooling 2, kernel 3
 *
 * A CNN learns the handwritten digits, enlarged to 16x16. Its units' fields are measured: pixels by
 * which an answer has a gradient, for any image. Then the test images are sorted by each unit's
 * largest answer anywhere, and the patches that excite it most are drawn, each as large as the
 * field. They have a pattern: their mean correlation is far above that of patches from anywhere.
 */
#include "course.h"

#include "common.h"

static const char about[] = "Looks for what excites the units of two layers most.\n";

enum { MAPS1 = 8, MAPS2 = 16, TOP = 20, SHOWN = 6, MOST = 10, SHEET = SHOWN * (MOST + 1) - 1 };

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

/* The mean correlation of two of the TOP patches of a unit, over all units: [TOP, units, pixels].
 */
static double alike(tg_tensor *patches)
{
    tg_tensor *x = tg_sub(patches, tg_mean(patches, .axis = 2, .keep = true));
    x = tg_div(x, tg_add_num(tg_norm(x, .axis = 2, .keep = true), 1e-6));
    const double square = tg_item(tg_mean(tg_sum(tg_square(tg_sum(x, .axis = 0)), .axis = 1)));
    return (square - TOP) / (TOP * (TOP - 1));
}

/* Draws the best patches of some units, a row each: [size] pixels that begin at each [stride]th.
 * How alike the TOP best are, and how alike patches from anywhere. */
static void excite(course *c, plot *p, tg_tensor *maps, tg_tensor *image, int size, int64_t stride)
{
    const int64_t images = tg_dim(maps, 0), units = tg_dim(maps, 1);
    const int64_t places = tg_dim(maps, 2) * tg_dim(maps, 3), all = images * places;
    tg_tensor *answers = tg_reshape(maps, TG_SHAPE(images, units, places)), *rank = NULL;
    tg_top_k(tg_max(answers, .axis = 2), TOP, .axis = 0, .indices = &rank);
    tg_tensor *place = tg_take_along(tg_argmax(answers, .axis = 2), rank, 0);
    tg_tensor *best = tg_add(tg_mul_num(rank, (double)places), place); /* [TOP, units] */
    tg_tensor *any = tg_integers(tg_tape_of(maps), stride == 1 ? "any1" : "any2", TG_I64,
                                 TG_SHAPE(TOP, units), 0, all);
    tg_tensor *patches = tg_window(tg_window(image, 2, size, stride, 1), 3, size, stride, 1);
    patches = tg_reshape(patches, TG_SHAPE(all, size * size));
    tg_tensor *found = tg_gather(patches, best, 0);
    course_expect(c, stride == 1 ? "alike_1" : "alike_2", alike(found), 0.5, 1);
    course_expect(c, stride == 1 ? "anywhere_1" : "anywhere_2", alike(tg_gather(patches, any, 0)),
                  -1, 0.2);

    double pixels[SHOWN * SHOWN * MOST * MOST], sheet[SHEET * SHEET];
    found = tg_slice(tg_slice(found, 0, 0, SHOWN, 1), 1, 0, SHOWN, 1);
    tg_get(tg_cast(found, TG_F64), pixels, (size_t)(SHOWN * SHOWN * size * size));
    const int side = SHOWN * (size + 1) - 1;
    for (int i = 0; i < side * side; i++) {
        const int row = i / side, column = i % side, unit = row / (size + 1);
        const int at = (column / (size + 1) * SHOWN + unit) * size * size +
                       row % (size + 1) * size + column % (size + 1);
        const bool gap = row % (size + 1) == size || column % (size + 1) == size;
        sheet[i] = gap ? 0.5 : pixels[at];
    }
    plot_panel(p, stride == 1 ? "layer 1: six units, a row each" : "layer 2", NULL, NULL);
    plot_image(p, sheet, side, side, 0, 1, false);
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
    const tg_fitted end = tg_fit(store, step, &n, batches, &error, .epochs = 15);
    if (!course_check(&c, "trained", !end.status)) fprintf(stderr, "%s\n", error.text);

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_constant(tape, TG_F32, test.x.shape, test.x.data);
    tg_tensor *image = enlarged(x), *first = layer1(&n, image), *second = layer2(&n, first);
    plot *p = plot_new("What excites the units of two layers", 2);
    course_expect(&c, "field_1", field(first, image), 5, 5);
    course_expect(&c, "field_2", field(second, image), 10, 10);
    excite(&c, p, first, image, 5, 1);
    excite(&c, p, second, image, 10, 2);
    course_fine(&c, tape);
    tg_tape_free(tape);
    tg_loader_free(batches);
    tg_store_free(store);
    tg_dataset_free(&digits);
    tg_dataset_free(&learn);
    tg_dataset_free(&test);
    return course_end(&c, p);
}
