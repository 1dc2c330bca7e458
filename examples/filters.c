/* filters.c: shows convolutions: fixed kernels with known effects on an image, and kernels that a
 * network has learned. */
#include "common.h"
#include "digit_cnn.h"
#include "grid.h"
#include "sheet.h"

#include <string.h>

static const char about[] =
    "Applies seven fixed kernels to an image of a digit with tg_convolve: the identity, three "
    "edge\n"
    "detectors, sharpen, box blur and Gaussian blur. Then it trains a small convolutional network\n"
    "on such digits and draws the kernels of its first layer, with what each makes of the image.\n"
    "Two products small enough to do by hand are printed first.\n\n"
    "The digits are the 1,797 of 8x8 that come with Tapegrad; with --data those of MNIST, 28x28,\n"
    "from DIR with its four files (train-images-idx3-ubyte.gz ..., see mnist --help).\n";

typedef struct settings {
    const char *data, *picture, *png;
    int64_t seed, epochs, image, threads;
    bool no_picture, usual;
} settings;

static void read_settings(settings *s, int argc, char **argv)
{
    *s = (settings){ .picture = "tapegrad-filters.svg", .seed = 1, .threads = 1 };
    s->usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "data", "the folder DIR of MNIST", .text = &s->data },
            { "seed", "for the split, the weights and the order", .count = &s->seed },
            { "epochs", "of training; 0: 30, and 1 for MNIST", .count = &s->epochs },
            { "image", "which test image, from 0", .count = &s->image },
            { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
            { "picture", "SVG file to write", .text = &s->picture },
            { "no-picture", "write no file", .flag = &s->no_picture },
            { "png", "PNG file to write what the network sees to", .text = &s->png },
            { 0 } });
}

/* ---- By hand ----------------------------------------------------------------------------- */

typedef struct sum {
    float image[5][5], kernel[3][3], wanted[3][3];
} sum;

static const sum sums[] = {
    { { { 3, 3, 2, 1, 0 },
        { 0, 0, 1, 3, 1 },
        { 3, 1, 2, 2, 3 },
        { 2, 0, 0, 2, 2 },
        { 2, 0, 0, 0, 1 } },
      { { 0, 1, 2 }, { 2, 2, 0 }, { 0, 1, 2 } },
      { { 12, 12, 17 }, { 10, 17, 19 }, { 9, 6, 14 } } },
    { { { 1, 1, 1, 0, 0 },
        { 0, 1, 1, 1, 0 },
        { 0, 0, 1, 1, 1 },
        { 0, 0, 1, 1, 0 },
        { 0, 1, 1, 0, 0 } },
      { { 1, 0, 1 }, { 0, 1, 0 }, { 1, 0, 1 } },
      { { 4, 3, 4 }, { 2, 4, 3 }, { 2, 3, 4 } } },
};
enum { SUMS = sizeof sums / sizeof *sums };

/* Prints image, kernel and result side by side. True if the result is that of a computation by
 * hand. */
static bool check_sum(tg_tape *tape, const sum *one)
{
    float found[3][3] = { { 0 } };
    tg_tensor *image = tg_constant(tape, TG_F32, TG_SHAPE(1, 1, 5, 5), one->image);
    tg_tensor *kernel = tg_constant(tape, TG_F32, TG_SHAPE(1, 1, 3, 3), one->kernel);
    tg_get(tg_convolve(image, kernel, NULL), found[0], 9);
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 5; j++) printf("%2g ", (double)one->image[i][j]);
        printf("   ");
        for (int j = 0; j < 3 && i < 3; j++) printf("%2g ", (double)one->kernel[i][j]);
        if (i < 3) printf("   ");
        for (int j = 0; j < 3 && i < 3; j++) printf("%3g", (double)found[i][j]);
        putchar('\n');
    }
    putchar('\n');
    return !memcmp(found, one->wanted, sizeof found);
}

/* The number of results that are right. */
static int check_sums(tg_tape *tape)
{
    int right = 0;
    puts("image             kernel      their cross-correlation");
    for (int i = 0; i < SUMS; i++) right += check_sum(tape, &sums[i]);
    return right;
}

/* ---- Fixed kernels ----------------------------------------------------------------------- */

typedef struct fixed_kernel {
    const char *name;
    bool signs; /* its result has negative numbers */
    double divisor;
    float value[9];
} fixed_kernel;

static const fixed_kernel fixed[] = {
    { "identity", false, 1, { 0, 0, 0, 0, 1, 0, 0, 0, 0 } },
    { "edges, diagonal", true, 1, { 1, 0, -1, 0, 0, 0, -1, 0, 1 } },
    { "edges, of 4", true, 1, { 0, -1, 0, -1, 4, -1, 0, -1, 0 } },
    { "edges, of 8", true, 1, { -1, -1, -1, -1, 8, -1, -1, -1, -1 } },
    { "sharpen", true, 1, { 0, -1, 0, -1, 5, -1, 0, -1, 0 } },
    { "box blur", false, 9, { 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
    { "Gaussian blur", false, 16, { 1, 2, 1, 2, 4, 2, 1, 2, 1 } },
};
enum { FIXED = sizeof fixed / sizeof *fixed, LARGE = 56 };

/* All fixed kernels as one weight [7, 1, 3, 3]. */
static tg_tensor *fixed_weight(tg_tape *tape)
{
    float value[FIXED][9];
    for (int i = 0; i < FIXED; i++)
        for (int j = 0; j < 9; j++)
            value[i][j] = (float)((double)fixed[i].value[j] / fixed[i].divisor);
    return tg_constant(tape, TG_F32, TG_SHAPE(FIXED, 1, 3, 3), value);
}

/* The digit at [1, 1, 56, 56], with smooth, narrow outlines. */
static tg_tensor *enlarged(tg_tensor *image)
{
    tg_tensor *large = tg_upsample_linear(image, LARGE / tg_dim(image, 2));
    return tg_sigmoid(tg_mul_num(tg_sub_num(large, 0.5), 20));
}

/* ---- What is drawn ----------------------------------------------------------------------- */

enum { ACROSS = DIGIT_MAPS, ROWS = 4, SMALL_MAX = 28, KERNEL_MAX = 5 };

/* The tiles of the sheet, and their values. */
typedef struct drawing {
    tile tiles[ROWS * ACROSS];
    float fixed[FIXED * 9], results[FIXED * LARGE * LARGE];
    float learned[DIGIT_MAPS * KERNEL_MAX * KERNEL_MAX], maps[DIGIT_MAPS * SMALL_MAX * SMALL_MAX];
} drawing;

static tile *place(drawing *d, int row, int column) { return &d->tiles[row * ACROSS + column]; }

/* Applies the fixed kernels to [image] [1, 1, 56, 56]. */
static void apply_fixed(drawing *d, tg_tensor *image)
{
    tg_tensor *weight = fixed_weight(tg_tape_of(image));
    tg_get(weight, d->fixed, FIXED * 9);
    tg_get(tg_convolve(image, weight, NULL, .same = true), d->results, FIXED * LARGE * LARGE);
    for (int i = 0; i < FIXED; i++) {
        *place(d, 0, i) = (tile){ d->fixed + 9 * i, 3, 3, TILE_SIGNED, .full = 0 };
        snprintf(place(d, 0, i)->caption, sizeof d->tiles->caption, "%s", fixed[i].name);
        *place(d, 1, i) = (tile){ d->results + LARGE * LARGE * i, LARGE, LARGE,
                                  fixed[i].signs ? TILE_SIGNED : TILE_INK, .full = 1 };
    }
}

/* Applies the kernels of the first layer to [ink] [1, 1, side, side]. */
static void apply_learned(drawing *d, const digit_cnn *net, tg_tensor *ink)
{
    const int64_t side = tg_dim(ink, 2), kernel = tg_var_shape(net->conv1.weight).dim[2];
    tg_var_get(net->conv1.weight, d->learned, (size_t)(DIGIT_MAPS * kernel * kernel));
    tg_get(tg_relu(tg_conv_apply(&net->conv1, ink)), d->maps, (size_t)(DIGIT_MAPS * side * side));
    for (int i = 0; i < DIGIT_MAPS; i++) {
        *place(d, 2, i) =
            (tile){ d->learned + kernel * kernel * i, kernel, kernel, TILE_SIGNED, .full = 0 };
        *place(d, 3, i) = (tile){ d->maps + side * side * i, side, side, TILE_INK, .full = 0 };
    }
}

static bool draw(const settings *s, const drawing *d, double accuracy)
{
    static const char *const headings[ROWS] = {
        "Fixed kernels: orange is added, blue taken away",
        "What they make of a digit, enlarged",
        "The kernels that a network has learned",
        "What they make of the digit as it is, after ReLU",
    };
    char subtitle[160];
    snprintf(subtitle, sizeof subtitle,
             "Below, the first layer of a network with %.1f %% of the test digits right, seed %d",
             100 * accuracy, (int)s->seed);
    return sheet_write(&(sheet){ .title = "What convolutions see",
                                 .subtitle = subtitle,
                                 .headings = headings,
                                 .tiles = d->tiles,
                                 .count = (int64_t)ROWS * ACROSS,
                                 .across = ACROSS },
                       s->picture);
}

/* Writes the results of the learned kernels, for --png. */
static bool write_png(const settings *s, const drawing *d, int64_t side)
{
    const float *images[DIGIT_MAPS];
    double most = 1e-6;
    if (!s->png) return true;
    for (int i = 0; i < DIGIT_MAPS; i++) images[i] = d->maps + side * side * i;
    for (int64_t i = 0; i < DIGIT_MAPS * side * side; i++)
        most = (double)d->maps[i] > most ? (double)d->maps[i] : most;
    return grid_write(&(grid){ images, DIGIT_MAPS, DIGIT_MAPS, side, .white = 0, .black = most },
                      s->png);
}

/* ---- The program --------------------------------------------------------------------------- */

static int show(const settings *s, tg_store *store, const digit_cnn *net, const digit_data *data,
                double accuracy, double started)
{
    static drawing d; /* static: too large for some stacks */
    float ink[SMALL_MAX * SMALL_MAX];
    tg_tape *tape = tg_tape_new(store);
    const int right = check_sums(tape);
    digit_data_image(data, s->image, ink);
    tg_tensor *image = tg_constant(tape, TG_F32, TG_SHAPE(1, 1, data->side, data->side), ink);
    apply_fixed(&d, enlarged(image));
    apply_learned(&d, net, image);
    int status = tg_report(tape, stderr);
    tg_tape_free(tape);
    if (!status && !s->no_picture) status = !draw(s, &d, accuracy);
    if (!status) status = !write_png(s, &d, data->side);
    if (!status)
        print_result("filters", started, "products_right=%d/%d test_accuracy=%.4f", right, SUMS,
                     accuracy);
    if (!status) status = !expect_figure("products_right", right, SUMS, SUMS);
    if (!status && s->usual) status = !expect_figure("test_accuracy", accuracy, 0.95, 1);
    return status;
}

/* Trains and draws. Returns main's result. */
static int run(const settings *s, const digit_data *data, double started)
{
    if (s->image >= tg_dataset_rows(&data->test)) {
        fprintf(stderr, "--image: there are %d test images\n", (int)tg_dataset_rows(&data->test));
        return 2;
    }
    double accuracy = 0;
    tg_store *store = tg_store_new(.seed = (uint64_t)s->seed);
    const digit_cnn net = digit_cnn_new(store, data->side);
    const digit_course course = { s->epochs, s->threads, (uint64_t)s->seed };
    int status = digit_cnn_train(store, &net, data, course, &accuracy);
    if (!status) status = show(s, store, &net, data, accuracy, started);
    tg_store_free(store);
    return status;
}

int main(int argc, char **argv)
{
    settings s;
    read_settings(&s, argc, argv);
    const double started = seconds_now();
    tg_error error;
    digit_data data;
    int status = digit_data_load(&data, s.data, (uint64_t)s.seed, &error) != TG_OK;
    if (status) fprintf(stderr, "%s\n", error.text);
    else status = run(&s, &data, started);
    digit_data_free(&data);
    return status;
}
