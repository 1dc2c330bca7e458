/* digits.c: the demo. Trains a small network on the 1,797 handwritten digits that ship with
 * Tapegrad, and shows what it learned. common.c has the options, picture.c the drawing. */
#include "common.h"
#include "picture.h"
#include "svg.h"

#include <stdlib.h>

static const char about[] =
    "Trains the network 64-256-128-10 on 1,797 handwritten digits of 8x8 cells: AdamW with a\n"
    "cosine schedule on four fifths of them. The last fifth, drawn by the seed with an equal\n"
    "share of every digit, is for testing only. Prints loss and accuracy after every epoch, and\n"
    "draws the learning curve and some test digits with the network's answers: as a sketch in\n"
    "the terminal, and as a picture for a browser.\n";

typedef struct settings {
    const char *data, *picture;
    int64_t seed, epochs, batch, threads;
    double lr;
    bool no_picture;
} settings;

static void read_settings(settings *s, int argc, char **argv)
{
    *s = (settings){ .data = DIGITS_FILE,
                     .picture = "tapegrad-digits.svg",
                     .seed = 1,
                     .epochs = 30,
                     .batch = 32,
                     .threads = 1,
                     .lr = 2e-3 };
    parse_options(argc, argv, about,
                  (const option[]){
                      { "seed", "for the split, the weights and the order", .count = &s->seed },
                      { "epochs", "times to see every digit", .count = &s->epochs, .least = 1 },
                      { "batch", "digits in a training step", .count = &s->batch, .least = 1 },
                      { "lr", "highest learning rate", .number = &s->lr },
                      { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
                      { "data", "CSV file, plain or gzip", .text = &s->data },
                      { "picture", "SVG file to write", .text = &s->picture },
                      { "no-picture", "write no file", .flag = &s->no_picture },
                      { 0 } });
}

/* ---- The network ------------------------------------------------------------------------ */

typedef struct mlp {
    tg_linear first, second, out;
} mlp;

static mlp mlp_new(tg_store *store)
{
    return (mlp){ tg_linear_new(store, "first", DIGIT_CELLS, 256,
                                .init = tg_init_he_normal(DIGIT_CELLS)),
                  tg_linear_new(store, "second", 256, 128, .init = tg_init_he_normal(256)),
                  tg_linear_new(store, "out", 128, DIGIT_CLASSES) };
}

/* [ink] is [rows, 64], from 0 to 16; the result is [rows, 10]. */
static tg_tensor *mlp_logits(const mlp *net, tg_tensor *ink)
{
    tg_tensor *x = tg_sub_num(tg_div_num(ink, 8), 1); /* from -1 to 1 */
    x = tg_relu(tg_linear_apply(&net->first, x));
    x = tg_relu(tg_linear_apply(&net->second, x));
    return tg_linear_apply(&net->out, x);
}

/* The network recorded for a fixed number of rows, and a plan that runs it. */
typedef struct program {
    tg_tape *tape;
    tg_tensor *x, *y, *loss, *accuracy, *guess;
    tg_plan *plan;
} program;

/* [noise] on the ink makes a digit look a little different each time that it is seen. */
static program program_new(tg_store *store, const mlp *net, int64_t rows, double noise)
{
    program p = { .tape = tg_tape_new(store) };
    p.x = tg_input(p.tape, "x", TG_F32, TG_SHAPE(rows, DIGIT_CELLS));
    p.y = tg_input(p.tape, "y", TG_I32, TG_SHAPE(rows));
    tg_tensor *ink = p.x;
    if (noise > 0)
        ink = tg_add(ink, tg_normal(p.tape, "noise", TG_F32, tg_shape_from(ink), 0, noise));
    tg_tensor *logits = mlp_logits(net, ink);
    p.loss = tg_cross_entropy(logits, p.y);
    p.accuracy = tg_accuracy(logits, p.y);
    p.guess = tg_argmax(logits, .axis = 1);
    return p;
}

static void program_free(program *p)
{
    tg_plan_free(p->plan);
    tg_tape_free(p->tape);
}

/* A training step: forward, backward and update in one plan. */
static program training_program(const settings *s, tg_store *store, const mlp *net, int64_t steps)
{
    program p = program_new(store, net, s->batch, 2);
    const tg_schedule lr = tg_cosine_lr(.base = s->lr, .steps = steps, .warmup = steps / 20);
    tg_adamw(p.loss, .schedule = lr, .weight_decay = 0.05, .no_decay = "bias");
    p.plan = tg_compile(p.tape, p.loss, p.accuracy, .threads = (int)s->threads);
    return p;
}

/* All test digits at once, with the same weights. */
static program test_program(const settings *s, tg_store *store, const mlp *net,
                            const tg_dataset *test)
{
    program p = program_new(store, net, tg_dataset_rows(test), 0);
    tg_feed_array(p.x, &test->x);
    tg_feed_array(p.y, &test->y);
    p.plan = tg_compile_pure(p.tape, p.loss, p.accuracy, p.guess, .threads = (int)s->threads);
    return p;
}

/* ---- Training --------------------------------------------------------------------------- */

/* False on an error, of which tg_report has the message. */
static bool train_epoch(const program *step, tg_batches *batches, tg_progress *bar,
                        picture_point *point)
{
    int steps = 0;
    while (tg_batches_next(batches, step->x, step->y) > 0) {
        if (tg_run(step->plan)) return false;
        point->train_loss += tg_item(step->loss);
        point->train_accuracy += tg_item(step->accuracy);
        steps++;
        tg_progress_step(bar, "loss %.4f", tg_item(step->loss));
    }
    point->train_loss /= steps;
    point->train_accuracy /= steps;
    return tg_tape_status(step->tape) == TG_OK;
}

static void train(int64_t epochs, const program *step, const program *test, tg_batches *batches,
                  picture_point *history)
{
    tg_progress bar = { .out = stderr, .total = epochs * tg_batches_count(batches) + 1 };
    print_row(&bar,
              "            training            test\nepoch    loss  accuracy    loss  accuracy");
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        picture_point *point = &history[epoch];
        if (!train_epoch(step, batches, &bar, point) || tg_run(test->plan)) break;
        point->test_loss = tg_item(test->loss);
        point->test_accuracy = tg_item(test->accuracy);
        print_row(&bar, "%5d  %.4f    %.4f  %.4f    %.4f", (int)epoch + 1, point->train_loss,
                  point->train_accuracy, point->test_loss, point->test_accuracy);
    }
    tg_progress_step(&bar, NULL); /* so that the full bar stands below the last row */
    tg_progress_end(&bar);
}

/* ---- Showing it ------------------------------------------------------------------------- */

/* Draws, and prints the result. Returns main's: 1 if the picture cannot be written. */
static int show(const settings *s, const tg_dataset *data, const int64_t *guess,
                const picture_point *history, double started)
{
    char subtitle[128];
    snprintf(subtitle, sizeof subtitle,
             "A network of 64-256-128-10 units after %d epochs (%.1f s), seed %lld", (int)s->epochs,
             seconds_now() - started, (long long)s->seed);
    const picture p = { .subtitle = subtitle,
                        .history = history,
                        .epochs = s->epochs,
                        .ink = data->x.data,
                        .label = data->y.data,
                        .guess = guess,
                        .digits = tg_dataset_rows(data) };
    picture_sketch(&p);
    if (!s->no_picture && !svg_report(s->picture, picture_write(&p, s->picture))) return 1;
    print_result("digits", started, "model=mlp test_accuracy=%.4f",
                 history[s->epochs - 1].test_accuracy);
    return 0;
}

/* Trains on [learn], tests on [held_out], draws; returns main's result. */
static int run(const settings *s, const tg_dataset *learn, const tg_dataset *held_out,
               double started)
{
    const uint64_t seed = (uint64_t)s->seed;
    const int64_t rows = tg_dataset_rows(held_out);
    picture_point *history = calloc((size_t)s->epochs, sizeof *history);
    int64_t *guess = calloc((size_t)rows, sizeof *guess);

    /* The digits that are left over when an epoch is cut into batches are others each time. */
    tg_batches batches = tg_batches_new(learn, s->batch, .seed = seed, .drop_last = true);
    tg_store *store = tg_store_new(.seed = seed);
    const mlp net = mlp_new(store);
    program step = training_program(s, store, &net, s->epochs * tg_batches_count(&batches));
    program test = test_program(s, store, &net, held_out);

    int status = !history || !guess;
    if (status) {
        fprintf(stderr, "out of memory\n");
    } else {
        train(s->epochs, &step, &test, &batches, history);
        tg_get(test.guess, guess, (size_t)rows);
        status = tg_report(step.tape, stderr) || tg_report(test.tape, stderr);
    }
    if (!status) status = show(s, held_out, guess, history, started);

    program_free(&step);
    program_free(&test);
    tg_store_free(store);
    tg_batches_free(&batches);
    free(history);
    free(guess);
    return status;
}

int main(int argc, char **argv)
{
    settings s;
    read_settings(&s, argc, argv);
    const double started = seconds_now();
    tg_error error;
    tg_dataset all = { 0 }, learn = { 0 }, held_out = { 0 };
    int status = digits_load(&all, s.data, &error) ||
                 tg_split_stratified(&all, &learn, &held_out, &error, .seed = (uint64_t)s.seed);
    if (s.batch > tg_dataset_rows(&learn)) s.batch = tg_dataset_rows(&learn);
    if (status) fprintf(stderr, "%s\n", error.text);
    else status = run(&s, &learn, &held_out, started);
    tg_dataset_free(&all);
    tg_dataset_free(&learn);
    tg_dataset_free(&held_out);
    return status;
}
