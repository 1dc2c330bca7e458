/* digits.c: the demo. Trains a small network on the 1,797 handwritten digits that ship with
 * Tapegrad and shows what it learned. Read main first; common.c has the options, picture.c the
 * drawing. */
#include "common.h"
#include "picture.h"

#include <stdlib.h>

static const char about[] =
    "Trains the network 64-128-64-10 on 1,797 handwritten digits of 8x8 cells: AdamW with a\n"
    "cosine schedule on four fifths of them; the last fifth, drawn by the seed with an equal\n"
    "share of every digit, is for testing only. Prints loss and accuracy after every epoch, and\n"
    "draws the learning curve and some of the test digits with the network's answers: as a\n"
    "sketch in the terminal, and as a picture for a browser.\n";

enum { CELLS = 64, CLASSES = 10 };

/* What the command line may change. */
typedef struct settings {
    const char *data, *picture;
    int64_t seed, epochs, batch, threads;
    double lr;
    bool no_picture;
} settings;

static settings read_settings(int argc, char **argv)
{
    static settings s = { .data = TG_EXAMPLES_DATA "/digits.csv.gz",
                          .picture = "tapegrad-digits.svg",
                          .seed = 1,
                          .epochs = 40,
                          .batch = 32,
                          .threads = 1,
                          .lr = 3e-3 };
    const option options[] = {
        { "seed", "of the split, the weights and the order", .count = &s.seed },
        { "epochs", "passes over the training set", .count = &s.epochs, .least = 1 },
        { "batch", "digits a training step", .count = &s.batch, .least = 1 },
        { "lr", "the highest learning rate", .number = &s.lr },
        { "threads", "threads to compute with", .count = &s.threads, .least = 1 },
        { "data", "CSV file, plain or gzip", .text = &s.data },
        { "picture", "SVG file to write", .text = &s.picture },
        { "no-picture", "write no file", .flag = &s.no_picture },
        { 0 },
    };
    parse_options(argc, argv, about, options);
    return s;
}

/* ---- The network ------------------------------------------------------------------------ */

typedef struct mlp {
    tg_linear first, second, out;
} mlp;

static mlp mlp_new(tg_store *store)
{
    return (mlp){ tg_linear_new(store, "first", CELLS, 128, .init = tg_init_he_normal(CELLS)),
                  tg_linear_new(store, "second", 128, 64, .init = tg_init_he_normal(128)),
                  tg_linear_new(store, "out", 64, CLASSES) };
}

/* [ink] is [rows, 64], from 0 to 16; the result [rows, 10]. */
static tg_tensor *mlp_logits(const mlp *net, tg_tensor *ink)
{
    tg_tensor *x = tg_sub_num(tg_div_num(ink, 8), 1); /* from -1 to 1 */
    x = tg_relu(tg_linear_apply(&net->first, x));
    x = tg_relu(tg_linear_apply(&net->second, x));
    return tg_linear_apply(&net->out, x);
}

/* A tape of the network for a fixed number of rows, and a plan that runs it. */
typedef struct program {
    tg_tape *tape;
    tg_tensor *x, *y, *loss, *accuracy, *guess;
    tg_plan *plan;
} program;

static program record(tg_store *store, const mlp *net, int64_t rows)
{
    program p = { .tape = tg_tape_new(store) };
    p.x = tg_input(p.tape, "x", TG_F32, TG_SHAPE(rows, CELLS));
    p.y = tg_input(p.tape, "y", TG_I32, TG_SHAPE(rows));
    tg_tensor *logits = mlp_logits(net, p.x);
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

/* ---- Training --------------------------------------------------------------------------- */

/* Trains one epoch; its mean loss and accuracy go to [point]. */
static void train_epoch(const program *step, tg_batches *batches, tg_progress *bar,
                        picture_point *point)
{
    int64_t count = 0;
    double loss = 0, accuracy = 0;
    while (tg_batches_next(batches, step->x, step->y) > 0 && !tg_run(step->plan)) {
        loss += tg_item(step->loss);
        accuracy += tg_item(step->accuracy);
        count++;
        tg_progress_step(bar, "loss %.4f", tg_item(step->loss));
    }
    point->train_loss = loss / (double)count;
    point->train_accuracy = accuracy / (double)count;
}

static void train(const settings *s, const program *step, const program *test,
                  tg_batches *batches, picture_point *history)
{
    const int64_t steps = batches->rows / s->batch;
    tg_progress bar = { .out = stderr, .total = s->epochs * steps, .label = "training" };
    print_row("         training           test");
    print_row("epoch    loss    accuracy   loss    accuracy");
    for (int64_t epoch = 0; epoch < s->epochs; epoch++) {
        picture_point *point = &history[epoch];
        train_epoch(step, batches, &bar, point);
        if (tg_run(test->plan) || tg_tape_status(step->tape)) break;
        point->test_loss = tg_item(test->loss);
        point->test_accuracy = tg_item(test->accuracy);
        print_row("%5d    %.4f  %.4f     %.4f  %.4f", (int)epoch + 1, point->train_loss,
                  point->train_accuracy, point->test_loss, point->test_accuracy);
    }
    tg_progress_end(&bar);
}
