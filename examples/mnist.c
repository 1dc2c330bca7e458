/* mnist.c: trains a network on MNIST, 70,000 handwritten digits, and tests it after every epoch.
 * One store holds the weights; three tapes use them: for full batches, for the short batch at the
 * end of an epoch, and for the test. */
#include "common.h"
#include "mnist_networks.h"

#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Trains a network on the 60,000 training images of MNIST: AdamW with a cosine schedule that\n"
    "begins with a warm-up. Prints loss and accuracy after every epoch; the accuracy on the\n"
    "10,000 test images steers nothing. MODEL is one of\n\n"
    "  mlp     784-256-128-10; 10 epochs, unless told otherwise\n"
    "  lenet   LeNet-5: two convolutions with pooling, three linear layers; 15 epochs\n"
    "  resnet  three residual blocks of 16 to 64 channels with batch norm; in training the images\n"
    "          are moved at random by up to two pixels; 8 epochs\n\n"
    "DIR holds the four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz,\n"
    "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. They can be downloaded from\n"
    "https://ossci-datasets.s3.amazonaws.com/mnist/ with these names.\n";

enum { TEST_BATCH = 1000 };

typedef struct settings {
    const char *data, *model, *profile;
    FILE *trace;              /* of --profile */
    const network_kind *kind; /* of that model */
    int64_t seed, epochs, batch, threads;
    double lr, weight_decay;
    bool usual;
} settings;

/* The folder "mnist" in $TAPEGRAD_DATA; NULL if that variable is not set. */
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
                     .batch = 64,
                     .threads = 1,
                     .lr = 2e-3,
                     .weight_decay = 0.1 };
    s->usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "data", "the folder DIR; else $TAPEGRAD_DATA/mnist", .text = &s->data },
            { "model", "the network MODEL", .text = &s->model },
            { "seed", "for the weights and the order", .count = &s->seed },
            { "epochs", "times to see every image; 0: the model's", .count = &s->epochs },
            { "batch", "images in a training step", .count = &s->batch, .least = 1 },
            { "lr", "highest learning rate", .number = &s->lr },
            { "weight-decay", "weight decay of AdamW", .number = &s->weight_decay },
            { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
            { "profile", "say where a step's time goes, and write the trace to this file",
              .text = &s->profile },
            { 0 } });
    s->kind = find_network(s->model);
    if (!s->kind) {
        fprintf(stderr, "%s: there is no model \"%s\"; see --help\n", argv[0], s->model);
        exit(2);
    }
    if (!s->epochs) s->epochs = s->kind->epochs;
    if (!s->data) {
        fprintf(stderr, "%s: where is MNIST? Give --data DIR or set TAPEGRAD_DATA; see --help\n",
                argv[0]);
        exit(1);
    }
    s->trace = trace_open(s->profile);
}

/* ---- Data -------------------------------------------------------------------------------- */

/* Reads "<folder>/<part>-images-idx3-ubyte.gz" and its labels. */
static tg_status load(tg_dataset *out, const char *folder, const char *part, tg_error *error)
{
    char images[1200], labels[1200];
    snprintf(images, sizeof images, "%s/%s-images-idx3-ubyte.gz", folder, part);
    snprintf(labels, sizeof labels, "%s/%s-labels-idx1-ubyte.gz", folder, part);
    return tg_dataset_from_idx(out, images, labels, error, .classes = MNIST_CLASSES);
}

/* ---- Recording ---------------------------------------------------------------------------- */

/* The network, recorded for a fixed number of rows, and a plan that runs it. */
typedef struct program {
    tg_tape *tape;
    tg_tensor *x, *y, *loss, *correct;
    tg_plan *plan;
} program;

/* A training step, of [steps] in all; with [steps] 0 a test. */
static program program_new(const settings *s, const network *net, tg_store *store, int64_t rows,
                           int64_t steps)
{
    program p = { .tape = tg_tape_new(store) };
    p.x = tg_input(p.tape, "x", TG_U8, TG_SHAPE(rows, MNIST_SIDE, MNIST_SIDE));
    p.y = tg_input(p.tape, "y", TG_I32, TG_SHAPE(rows));
    tg_tensor *logits = network_logits(net, p.x, steps > 0);
    p.loss = tg_cross_entropy(logits, p.y);
    p.correct = tg_correct(logits, p.y);
    if (steps > 0) {
        const tg_schedule lr = tg_cosine_lr(.base = s->lr, .steps = steps, .warmup = steps / 20);
        tg_adamw(p.loss, .schedule = lr, .weight_decay = s->weight_decay, .no_decay = "bias");
    }
    p.plan = tg_compile(p.tape, p.loss, p.correct, .threads = (int)s->threads,
                        .profile = s->trace && steps > 0);
    return p;
}

static void program_free(program *p)
{
    tg_plan_free(p->plan);
    tg_tape_free(p->tape);
}

/* A dataset in batches, and the programs for full batches and for the short last one. */
typedef struct course {
    tg_batches batches;
    program full, tail;
} course;

static course course_new(const settings *s, const network *net, tg_store *store,
                         const tg_dataset *data, bool train)
{
    const tg_batches batches = tg_batches_new(data, train ? s->batch : TEST_BATCH,
                                              .seed = (uint64_t)s->seed, .shuffle = train);
    const int64_t steps = train ? s->epochs * tg_batches_count(&batches) : 0;
    return (course){
        .batches = batches,
        .full = program_new(s, net, store, batches.size, steps),
        .tail = program_new(s, net, store, tg_batches_rest(&batches), steps),
    };
}

static void course_free(course *c)
{
    program_free(&c->full);
    program_free(&c->tail);
    tg_batches_free(&c->batches);
}

/* ---- Training and testing ----------------------------------------------------------------- */

typedef struct score {
    double loss, accuracy; /* means over the rows */
} score;

/* Runs one epoch. False on an error, whose message tg_report prints. */
static bool run_epoch(course *c, int64_t epoch, tg_progress *bar, score *out)
{
    const double total = (double)c->batches.rows;
    *out = (score){ 0 };
    tg_batches_seek(&c->batches, epoch, 0);
    for (int64_t rows; (rows = tg_batches_peek(&c->batches)) != 0;) {
        const program *now = rows == c->batches.size ? &c->full : &c->tail;
        if (tg_batches_next(&c->batches, now->x, now->y) < 0 || tg_run(now->plan)) return false;
        out->loss += tg_item(now->loss) * (double)rows / total;
        out->accuracy += tg_item(now->correct) / total;
        if (bar) tg_progress_step(bar, "loss %.4f", tg_item(now->loss));
    }
    return true;
}

/* Trains, and prints a row for each epoch; *test receives the last score. */
static bool train(const settings *s, course *training, course *testing, score *test)
{
    tg_progress bar = { .out = stderr,
                        .total = s->epochs * tg_batches_count(&training->batches) + 1 };
    print_row(&bar, "            training            test");
    print_row(&bar, "epoch    loss  accuracy    loss  accuracy  seconds");
    for (int64_t epoch = 0; epoch < s->epochs; epoch++) {
        const double started = seconds_now();
        score learned;
        if (!run_epoch(training, epoch, &bar, &learned) || !run_epoch(testing, 0, NULL, test)) {
            tg_progress_end(&bar);
            return false;
        }
        print_row(&bar, "%5d  %.4f    %.4f  %.4f    %.4f  %7.1f", (int)epoch + 1, learned.loss,
                  learned.accuracy, test->loss, test->accuracy, seconds_now() - started);
    }
    tg_progress_step(&bar, NULL); /* leaves the full bar below the last row */
    return true;
}

/* Returns main's result. */
static int run(const settings *s, const tg_dataset *learn, const tg_dataset *held_out,
               double started)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)s->seed);
    const network net = network_new(s->kind, store);
    course training = course_new(s, &net, store, learn, true);
    course testing = course_new(s, &net, store, held_out, false);

    score test = { 0 };
    int status = 0;
    if (train(s, &training, &testing, &test)) {
        status = !trace_write(training.full.plan, s->trace, s->profile);
        print_result("mnist", started, "model=%s test_accuracy=%.4f", s->model, test.accuracy);
        const double least = strcmp(s->model, "mlp") == 0 ? 0.98 : 0.99;
        if (s->usual) status |= !expect_figure("test_accuracy", test.accuracy, least, 1);
    } else {
        status = tg_report(training.full.tape, stderr) || tg_report(training.tail.tape, stderr) ||
                 tg_report(testing.full.tape, stderr) || tg_report(testing.tail.tape, stderr);
    }

    course_free(&training);
    course_free(&testing);
    tg_store_free(store);
    return status;
}

int main(int argc, char **argv)
{
    settings s;
    read_settings(&s, argc, argv);
    const double started = seconds_now();

    tg_error error;
    tg_dataset learn = { 0 }, held_out = { 0 };
    int status = load(&learn, s.data, "train", &error) || load(&held_out, s.data, "t10k", &error);
    if (status)
        fprintf(stderr, "%s\nSee %s --help for where MNIST comes from.\n", error.text, argv[0]);
    else status = run(&s, &learn, &held_out, started);
    tg_dataset_free(&learn);
    tg_dataset_free(&held_out);
    return status;
}
