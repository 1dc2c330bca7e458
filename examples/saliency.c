/* saliency.c: shows which pixels determine a network's answer, in two ways: by the gradient, in one
 * backward pass, and by covering parts of the image (occlusion). */
#include "common.h"
#include "digit_cnn.h"
#include "sheet.h"

#include <stdlib.h>

static const char about[] =
    "Trains a small convolutional network on handwritten digits, takes the first test image of\n"
    "each digit, and asks what in it the network looked at:\n\n"
    "  by gradient   |d score / d pixel|, of the un-normalised score of its answer\n"
    "  by occlusion  how much less probable that answer is with a square around the pixel "
    "erased\n\n"
    "The digits are the 1,797 of 8x8 that come with Tapegrad; with --data those of MNIST, 28x28,\n"
    "from DIR with its four files (train-images-idx3-ubyte.gz ..., see mnist --help).\n";

typedef struct settings {
    const char *data, *picture, *png;
    int64_t seed, epochs, mask, threads;
    bool no_picture, usual;
} settings;

static void read_settings(settings *s, int argc, char **argv)
{
    *s = (settings){ .picture = "tapegrad-saliency.svg", .seed = 1, .threads = 1 };
    s->usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "data", "the folder DIR of MNIST", .text = &s->data },
            { "seed", "for the split, the weights and the order", .count = &s->seed },
            { "epochs", "of training; 0: 30, and 1 for MNIST", .count = &s->epochs },
            { "mask", "side of the erased square; 0: 3, and 7 for MNIST", .count = &s->mask },
            { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
            { "picture", "SVG file to write", .text = &s->picture },
            { "no-picture", "write no SVG file", .flag = &s->no_picture },
            { "png", "PNG file to write what is drawn to", .text = &s->png },
            { 0 } });
}

/* ---- Recording --------------------------------------------------------------------------- */

/* bool [side, side]: element [i, j] is true if a square of [mask] around position i does not cover
 * position j. */
static tg_tensor *spared(tg_tape *tape, int64_t side, int64_t mask)
{
    tg_tensor *at = tg_iota(tape, TG_I32, side);
    /* The square reaches (mask - 1) / 2 back and mask / 2 ahead. */
    tg_tensor *ahead = tg_sub(at, tg_unsqueeze(at, 1));
    return tg_or(tg_greater(ahead, tg_number_like(at, (double)(mask / 2))),
                 tg_less(ahead, tg_number_like(at, -(double)((mask - 1) / 2))));
}

/* [side * side, 1, side, side]: for each position of the square an image of ones with zeros in the
 * square. */
static tg_tensor *masks(tg_tape *tape, int64_t side, int64_t mask)
{
    tg_tensor *far = spared(tape, side, mask);
    tg_tensor *rows = tg_reshape(far, TG_SHAPE(side, 1, side, 1));
    tg_tensor *columns = tg_reshape(far, TG_SHAPE(1, side, 1, side));
    return tg_cast(tg_reshape(tg_or(rows, columns), TG_SHAPE(side * side, 1, side, side)), TG_F32);
}

/* Everything that is computed for one image. */
typedef struct program {
    tg_tape *tape;
    tg_tensor *ink;
    tg_tensor *guess, *probability; /* [1] */
    tg_tensor *slope, *drop;        /* [side, side] */
    tg_plan *plan;
} program;

static program program_new(tg_store *store, const digit_cnn *net, int64_t side, int64_t mask,
                           int64_t threads)
{
    program p = { .tape = tg_tape_new(store) };
    p.ink = tg_input(p.tape, "ink", TG_F32, TG_SHAPE(1, 1, side, side));
    tg_tensor *logits = digit_cnn_logits(net, p.ink);
    p.guess = tg_argmax(logits, .axis = 1);
    /* The gradient of the largest logit, which is the answer's score. */
    tg_tensor *slope = tg_grad(tg_max(logits), p.ink);
    p.slope = tg_reshape(tg_abs(slope), TG_SHAPE(side, side));

    tg_tensor *covered = digit_cnn_logits(net, tg_mul(p.ink, masks(p.tape, side, mask)));
    p.probability = tg_max(tg_softmax(logits), .axis = 1);
    tg_tensor *then = tg_gather(tg_softmax(covered), p.guess, 1); /* [side * side, 1] */
    p.drop = tg_reshape(tg_sub(p.probability, then), TG_SHAPE(side, side));
    p.plan = tg_compile(p.tape, p.guess, p.probability, p.slope, p.drop, .threads = (int)threads);
    return p;
}

/* ---- Asking ------------------------------------------------------------------------------ */

/* The content of the sheet: three rows of ten images, each of side * side numbers. */
typedef struct answers {
    float *ink, *slope, *drop;
    tile tiles[3 * DIGIT_CLASSES];
    double largest_drop; /* the mean over the images */
} answers;

/* The first test image of a digit; -1 if there is none. */
static int64_t first_of(const digit_data *data, int32_t digit)
{
    const int32_t *label = data->test.y.data;
    for (int64_t i = 0; i < tg_dataset_rows(&data->test); i++)
        if (label[i] == digit) return i;
    return -1;
}

/* The index of the largest number. */
static int64_t peak(const float *value, int64_t count)
{
    int64_t best = 0;
    for (int64_t i = 1; i < count; i++)
        if (value[i] > value[best]) best = i;
    return best;
}

/* Runs the program on one digit, fills its column of the sheet and prints its row. */
static void ask(const program *p, const digit_data *data, int32_t digit, answers *a)
{
    const int64_t row = first_of(data, digit), side = data->side, cells = side * side;
    float *ink = a->ink + digit * cells, *slope = a->slope + digit * cells;
    float *drop = a->drop + digit * cells, probability = 0;
    int64_t guess = 0;
    if (row < 0) return;
    digit_data_image(data, row, ink);
    tg_feed(p->ink, ink, (size_t)cells);
    if (tg_run(p->plan)) return;
    tg_get(p->guess, &guess, 1);
    tg_get(p->probability, &probability, 1);
    tg_get(p->slope, slope, (size_t)cells);
    tg_get(p->drop, drop, (size_t)cells);

    const int64_t steep = peak(slope, cells), far = peak(drop, cells);
    const double most = (double)drop[far];
    a->largest_drop += most / DIGIT_CLASSES;
    tile *column = a->tiles + digit;
    column[0] = (tile){ ink, side, side, TILE_INK, .full = 1 };
    column[DIGIT_CLASSES] = (tile){ slope, side, side, TILE_HEAT, .full = 0 };
    column[2 * DIGIT_CLASSES] = (tile){ drop, side, side, TILE_SIGNED, .full = 1 };
    snprintf(column[0].caption, sizeof column->caption, "%d: %.3f", (int)guess,
             (double)probability);
    snprintf(column[DIGIT_CLASSES].caption, sizeof column->caption, "up to %.2g",
             (double)slope[steep]);
    snprintf(column[2 * DIGIT_CLASSES].caption, sizeof column->caption, "up to %.2g", most);
    printf("%5d  %5d  %11.4f  %7.2f at (%2d,%2d)  %7.4f at (%2d,%2d)\n", (int)digit, (int)guess,
           (double)probability, (double)slope[steep], (int)(steep / side), (int)(steep % side),
           most, (int)(far / side), (int)(far % side));
}

static bool draw(const settings *s, const answers *a, double accuracy)
{
    static const char *const headings[] = {
        "The image, the answer, and its probability",
        "By gradient: how fast the answer's score changes with each pixel",
        "By occlusion: orange where the answer needs what is there, blue where it is in the way",
    };
    char subtitle[160];
    snprintf(subtitle, sizeof subtitle,
             "A small convolutional network with %.1f %% of the test digits right, seed %d",
             100 * accuracy, (int)s->seed);
    const sheet page = { .title = "What a network looks at",
                         .subtitle = subtitle,
                         .headings = headings,
                         .tiles = a->tiles,
                         .count = (int64_t)3 * DIGIT_CLASSES,
                         .across = DIGIT_CLASSES };
    return (s->no_picture || sheet_write(&page, s->picture)) && sheet_write_png(&page, s->png);
}

/* Returns main's result. */
static int explain(const settings *s, tg_store *store, const digit_cnn *net, const digit_data *data,
                   double accuracy, double started)
{
    const size_t bytes = (size_t)(DIGIT_CLASSES * data->side * data->side) * sizeof(float);
    const int64_t mask = s->mask > 0 ? s->mask : data->side < 16 ? 3 : 7;
    answers a = { calloc(1, bytes), calloc(1, bytes), calloc(1, bytes), { { 0 } }, 0 };
    program p = program_new(store, net, data->side, mask, s->threads);
    int status = !a.ink || !a.slope || !a.drop;
    if (status) {
        fprintf(stderr, "out of memory\n");
    } else {
        puts("digit  guess  probability  steepest pixel      most by occlusion");
        for (int32_t digit = 0; digit < DIGIT_CLASSES; digit++) ask(&p, data, digit, &a);
        status = tg_report(p.tape, stderr);
    }
    if (!status) status = !draw(s, &a, accuracy);
    if (!status)
        print_result("saliency", started, "test_accuracy=%.4f largest_drop=%.4f", accuracy,
                     a.largest_drop);
    if (!status && s->usual)
        status = !expect_figure("test_accuracy", accuracy, 0.95, 1) ||
                 !expect_figure("largest_drop", a.largest_drop, 0.5, 1);
    tg_plan_free(p.plan);
    tg_tape_free(p.tape);
    free(a.ink);
    free(a.slope);
    free(a.drop);
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
    if (status) {
        fprintf(stderr, "%s\n", error.text);
    } else {
        double accuracy = 0;
        tg_store *store = tg_store_new(.seed = (uint64_t)s.seed);
        const digit_cnn net = digit_cnn_new(store, data.side);
        const digit_course course = { s.epochs, s.threads, (uint64_t)s.seed };
        status = digit_cnn_train(store, &net, &data, course, &accuracy) ||
                 explain(&s, store, &net, &data, accuracy, started);
        tg_store_free(store);
    }
    digit_data_free(&data);
    return status;
}
