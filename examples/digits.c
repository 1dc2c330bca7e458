/* digits.c: the demo: trains a small network on the 1,797 handwritten digits that come with
 * Tapegrad, and shows the result. common.c has the options, picture.c draws. */
#include "common.h"
#include "picture.h"
#include "svg.h"

#include <stdlib.h>

static const char about[] =
    "Trains the network 64-256-128-10 on 1,797 handwritten digits of 8x8 cells: AdamW with a\n"
    "cosine schedule on four fifths of them. The last fifth, drawn by the seed with an equal\n"
    "share of every digit, is for testing only: \"validation\" in the rows that are printed after\n"
    "every epoch steers nothing. Draws the learning curve and some test digits with the network's\n"
    "answers: as a sketch in the terminal, and as a picture for a browser.\n";

typedef struct settings {
    const char *data, *picture, *tensorboard, *report, *checkpoint;
    int64_t seed, epochs, batch, threads;
    double lr;
    bool no_picture, usual;
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
    s->usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "seed", "for the split, the weights and the order", .count = &s->seed },
            { "epochs", "times to see every digit", .count = &s->epochs, .least = 1 },
            { "batch", "digits in a training step", .count = &s->batch, .least = 1 },
            { "lr", "highest learning rate", .number = &s->lr },
            { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
            { "data", "CSV file, plain or gzip", .text = &s->data },
            { "picture", "SVG file to write", .text = &s->picture },
            { "tensorboard", "folder for TensorBoard's files", .text = &s->tensorboard },
            { "report", "HTML file to write", .text = &s->report },
            { "checkpoint", "folder to keep the run in, and go on from", .text = &s->checkpoint },
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

/* The logits [rows, 10] of [ink], [rows, 64] from 0 to 16. */
static tg_tensor *mlp_logits(const mlp *net, tg_tensor *ink)
{
    tg_tensor *x = tg_sub_num(tg_div_num(ink, 8), 1); /* from -1 to 1 */
    x = tg_relu(tg_linear_apply(&net->first, x));
    x = tg_relu(tg_linear_apply(&net->second, x));
    return tg_linear_apply(&net->out, x);
}

/* ---- Training --------------------------------------------------------------------------- */

/* What a step needs, and what is recorded of the run. */
typedef struct trainee {
    mlp net;
    double noise;           /* deviation of the noise on the ink in training (augmentation) */
    picture_point *history; /* [epochs] */
    int64_t *guess;         /* [test digits], of the last test */
} trainee;

/* A tg_step_fn: a training step, or a test. */
static tg_tensor *step(void *context, tg_batch *batch)
{
    const trainee *t = context;
    tg_tensor *ink = tg_flatten(batch->field[0], 1);
    if (batch->training)
        ink = tg_add(ink, tg_normal(batch->tape, "noise", TG_F32, tg_shape_from(ink), 0, t->noise));
    tg_tensor *logits = mlp_logits(&t->net, ink);
    tg_tensor *loss = tg_cross_entropy(logits, batch->field[1]);
    tg_track_classes(batch, logits, batch->field[1]);
    if (batch->training)
        tg_adamw(loss, .schedule = batch->schedule, .weight_decay = 0.05, .no_decay = "bias");
    return loss;
}

/* A tg_fit_fn: stores the results of an epoch. */
static bool note_epoch(void *context, const tg_fit_moment *moment)
{
    trainee *t = context;
    if (moment->epoch_ended)
        t->history[moment->epoch] = (picture_point){
            .train_loss = tg_runner_value(moment->train, "loss"),
            .train_accuracy = tg_runner_value(moment->train, "accuracy"),
            .test_loss = tg_runner_value(moment->validation, "loss"),
            .test_accuracy = tg_runner_value(moment->validation, "accuracy"),
        };
    return true;
}

/* The results of the epochs before a resumed checkpoint are in its log, one point for each
 * epoch. */
static void read_history(const settings *s, trainee *t, int64_t epochs)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/log.jsonl", s->checkpoint);
    tg_scalars scalars;
    if (tg_read_scalars(&scalars, path, NULL)) return;
    const tg_series loss = tg_scalars_find(&scalars, "loss/train"),
                    accuracy = tg_scalars_find(&scalars, "accuracy/train"),
                    test_loss = tg_scalars_find(&scalars, "loss/validation"),
                    test_accuracy = tg_scalars_find(&scalars, "accuracy/validation");
    for (int64_t i = 0; i < epochs && i < test_accuracy.count; i++)
        t->history[i] =
            (picture_point){ loss.y[i], accuracy.y[i], test_loss.y[i], test_accuracy.y[i] };
    tg_scalars_free(&scalars);
}

/* Trains, and tests once more with the final weights. False on an error, which is printed. */
static bool train(const settings *s, tg_store *store, trainee *t, tg_loader *learn,
                  tg_loader *held_out)
{
    tg_error error;
    const int64_t steps = s->epochs * tg_loader_count(learn);
    const tg_fitted end =
        tg_fit(store, step, t, learn, &error, .validation = held_out, .epochs = s->epochs,
               .schedule = tg_cosine_lr(.base = s->lr, .steps = steps, .warmup = steps / 20),
               .threads = (int)s->threads, .keep_last = true, .checkpoints = s->checkpoint,
               .tensorboard = s->tensorboard, .report = s->report, .title = "Handwritten digits",
               .progress = stdout, .callback = note_epoch, .callback_context = t);
    tg_runner *test = NULL;
    if (!end.status) {
        if (end.resumed_epochs > 0) read_history(s, t, s->epochs);
        test = tg_runner_new(store, step, t, held_out, &error, .threads = (int)s->threads);
    }
    bool done =
        test && tg_runner_begin(test, 0, &error) == TG_OK && tg_runner_epoch(test, &error) == TG_OK;
    if (done) tg_get(tg_runner_last(test).guess, t->guess, (size_t)tg_loader_batch(held_out));
    else fprintf(stderr, "%s\n", error.text);
    tg_runner_free(test);
    return done;
}

/* ---- Showing it ------------------------------------------------------------------------- */

/* Draws, and prints the result. Returns main's result: 1 if the picture cannot be written. */
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
    return s->usual &&
           !expect_figure("test_accuracy", history[s->epochs - 1].test_accuracy, 0.97, 1);
}

/* Trains on [learn], tests on [held_out], draws. Returns main's result. */
static int run(const settings *s, const tg_dataset *learn, const tg_dataset *held_out,
               double started)
{
    const uint64_t seed = (uint64_t)s->seed;
    const int64_t rows = tg_dataset_rows(held_out);
    tg_store *store = tg_store_new(.seed = seed);
    trainee t = { .net = mlp_new(store),
                  .noise = 2,
                  .history = calloc((size_t)s->epochs, sizeof *t.history),
                  .guess = calloc((size_t)rows, sizeof *t.guess) };
    /* The digits that remain when an epoch is cut into batches differ from epoch to epoch. */
    tg_loader *train_on = tg_loader_new(tg_samples_of_dataset(learn), .batch = s->batch,
                                        .seed = seed, .drop_last = true);
    tg_loader *test_on =
        tg_loader_new(tg_samples_of_dataset(held_out), .batch = rows, .shuffle = false);

    int status = 1;
    if (!t.history || !t.guess) fprintf(stderr, "out of memory\n");
    else if (train(s, store, &t, train_on, test_on))
        status = show(s, held_out, t.guess, t.history, started);

    tg_loader_free(train_on);
    tg_loader_free(test_on);
    tg_store_free(store);
    free(t.history);
    free(t.guess);
    return status;
}

/* Reshapes the rows to pictures, which a report can show. */
static void make_pictures(tg_dataset *data)
{
    data->x.shape = TG_SHAPE(tg_dataset_rows(data), DIGIT_SIDE, DIGIT_SIDE);
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
    if (status) {
        fprintf(stderr, "%s\n", error.text);
    } else {
        make_pictures(&learn);
        make_pictures(&held_out);
        status = run(&s, &learn, &held_out, started);
    }
    tg_dataset_free(&all);
    tg_dataset_free(&learn);
    tg_dataset_free(&held_out);
    return status;
}
