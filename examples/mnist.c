/* mnist.c: trains a network on MNIST, the 70,000 handwritten digits everybody starts with, and
 * tests it after every epoch. One store holds the weights; three tapes use them: the training
 * step, the same for the short batch that ends an epoch, and the test. */
#include "common.h"

#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Trains the network 784-256-128-10 on the 60,000 training images of MNIST: AdamW with\n"
    "a cosine schedule that begins with a warm-up. Prints loss and accuracy after every epoch;\n"
    "the accuracy on the 10,000 test images steers nothing.\n\n"
    "DIR holds the four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz,\n"
    "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. They can be downloaded from\n"
    "https://ossci-datasets.s3.amazonaws.com/mnist/ with these names.\n";

enum { SIDE = 28, CLASSES = 10, TEST_BATCH = 1000 };

typedef struct settings {
    const char *data, *model;
    int64_t seed, epochs, batch, threads;
    double lr, weight_decay;
} settings;

/* The folder "mnist" in $TAPEGRAD_DATA; NULL without that. */
static const char *default_folder(void)
{
    static char folder[1024];
    const char *data = getenv("TAPEGRAD_DATA");
    if (!data) return NULL;
    snprintf(folder, sizeof folder, "%s/mnist", data);
    return folder;
}

static void read_settings(settings *s, int argc, char **argv)
{
    *s = (settings){ .data = default_folder(),
                     .model = "mlp",
                     .seed = 1,
                     .epochs = 10,
                     .batch = 64,
                     .threads = 1,
                     .lr = 1e-3,
                     .weight_decay = 0.05 };
    parse_options(argc, argv, about,
                  (const option[]){
                      { "data", "the folder DIR; $TAPEGRAD_DATA/mnist if set", .text = &s->data },
                      { "model", "the network: mlp is the only one", .text = &s->model },
                      { "seed", "of the weights and the order", .count = &s->seed },
                      { "epochs", "times to see every image", .count = &s->epochs, .least = 1 },
                      { "batch", "images in a training step", .count = &s->batch, .least = 1 },
                      { "lr", "highest learning rate", .number = &s->lr },
                      { "weight-decay", "of AdamW", .number = &s->weight_decay },
                      { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
                      { 0 } });
    if (strcmp(s->model, "mlp") != 0) {
        fprintf(stderr, "%s: there is no model \"%s\"; there is mlp\n", argv[0], s->model);
        exit(2);
    }
    if (!s->data) {
        fprintf(stderr, "%s: where is MNIST? Give --data DIR or set TAPEGRAD_DATA; see --help\n",
                argv[0]);
        exit(1);
    }
}

/* ---- Data -------------------------------------------------------------------------------- */

/* Reads "<folder>/<part>-images-idx3-ubyte.gz" and its labels. */
static tg_status load(tg_dataset *out, const char *folder, const char *part, tg_error *error)
{
    char images[1200], labels[1200];
    snprintf(images, sizeof images, "%s/%s-images-idx3-ubyte.gz", folder, part);
    snprintf(labels, sizeof labels, "%s/%s-labels-idx1-ubyte.gz", folder, part);
    return tg_dataset_from_idx(out, images, labels, error, .classes = CLASSES);
}

/* ---- The network ------------------------------------------------------------------------ */

typedef struct mlp {
    tg_linear first, second, out;
} mlp;

static mlp mlp_new(tg_store *store)
{
    const int64_t pixels = SIDE * SIDE;
    return (mlp){ tg_linear_new(store, "first", pixels, 256, .init = tg_init_he_normal(pixels)),
                  tg_linear_new(store, "second", 256, 128, .init = tg_init_he_normal(256)),
                  tg_linear_new(store, "out", 128, CLASSES) };
}

/* [images] is u8, [rows, 28, 28]; the result is [rows, 10]. */
static tg_tensor *mlp_logits(const mlp *net, tg_tensor *images)
{
    /* The mean and the deviation of all pixels of the training set. */
    tg_tensor *x = tg_div_num(tg_sub_num(tg_cast(images, TG_F32), 33.32), 78.57);
    x = tg_reshape(x, TG_SHAPE(tg_dim(images, 0), SIDE * SIDE));
    x = tg_relu(tg_linear_apply(&net->first, x));
    x = tg_relu(tg_linear_apply(&net->second, x));
    return tg_linear_apply(&net->out, x);
}

/* ---- Programs ----------------------------------------------------------------------------- */

/* The network recorded for a fixed number of rows, and a plan that runs it. */
typedef struct program {
    tg_tape *tape;
    tg_tensor *x, *y, *loss, *correct;
    tg_plan *plan;
} program;

static program program_new(tg_store *store, const mlp *net, int64_t rows)
{
    program p = { .tape = tg_tape_new(store) };
    p.x = tg_input(p.tape, "x", TG_U8, TG_SHAPE(rows, SIDE, SIDE));
    p.y = tg_input(p.tape, "y", TG_I32, TG_SHAPE(rows));
    tg_tensor *logits = mlp_logits(net, p.x);
    p.loss = tg_cross_entropy(logits, p.y);
    p.correct = tg_correct(logits, p.y);
    return p;
}

/* [steps] is the number of training steps in all, for the schedule. */
static program training_program(const settings *s, tg_store *store, const mlp *net, int64_t rows,
                                int64_t steps)
{
    program p = program_new(store, net, rows);
    tg_tensor *lr = tg_cosine_lr(p.tape, .base = s->lr, .steps = steps, .warmup = steps / 20);
    tg_adamw(p.loss, .lr_at = lr, .weight_decay = s->weight_decay, .no_decay = "bias");
    p.plan = tg_compile(p.tape, p.loss, p.correct, .threads = (int)s->threads);
    return p;
}

static program test_program(const settings *s, tg_store *store, const mlp *net)
{
    program p = program_new(store, net, TEST_BATCH);
    p.plan = tg_compile_pure(p.tape, p.loss, p.correct, .threads = (int)s->threads);
    return p;
}

static void program_free(program *p)
{
    tg_plan_free(p->plan);
    tg_tape_free(p->tape);
}

/* ---- Training and testing ----------------------------------------------------------------- */

typedef struct score {
    double loss, accuracy; /* means over the rows */
} score;

/* Runs an epoch of [batches]: with [tail] those that are shorter than the others, with [full]
 * all others. An error ends it early; tg_report on the program's tape tells what it was. */
static score run_epoch(const program *full, const program *tail, tg_batches *batches,
                       tg_progress *bar)
{
    score sum = { 0 };
    for (int64_t rows; (rows = tg_batches_peek(batches)) > 0;) {
        const program *now = rows == batches->size ? full : tail;
        if (tg_batches_next(batches, now->x, now->y) < 0 || tg_run(now->plan)) break;
        sum.loss += tg_item(now->loss) * (double)rows;
        sum.accuracy += tg_item(now->correct);
        if (bar) tg_progress_step(bar, "loss %.4f", tg_item(now->loss));
    }
    const double rows = (double)batches->rows;
    return (score){ sum.loss / rows, sum.accuracy / rows };
}
