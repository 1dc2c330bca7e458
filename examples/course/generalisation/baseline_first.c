/* baseline_first.c: A small net with L2 and early stopping is the baseline; a larger one is taken
 * if its loss of validation data is lower, and is no worse on the test data then.
 *
 * Formula: net = the one of least validation loss; J = mean of -ln p(y | x) + alpha/2 |theta|^2
 *
 * 8x8 digits: 600 for training, 400 for validation, 797 for the test, which is looked at once for
 * each net, and decides nothing. First a net of 8 hidden units, plain, to the end; the same with L2
 * and early stopping; then nets of 32 and 128 units, and of 128 twice, with both.
 */
#include "course.h"

#include <math.h>

static const char about[] = "A small net first, then larger ones compared with it.\n";

enum { TRAIN = 600, HELD = 400, ALL = 1797, PIXELS = 64, CLASSES = 10 };

typedef struct net {
    const char *name;
    int64_t width, layers; /* hidden ones */
    bool cared_for;        /* with L2 and early stopping */
    int64_t parameters, epochs;
    double validation, test; /* loss; share of the test that is taken for a wrong class */
    tg_linear layer[3];
} net;

static tg_tensor *step(void *context, tg_batch *batch)
{
    const net *n = context;
    tg_tensor *h = batch->field[0];
    for (int64_t k = 0; k < n->layers; k++) h = tg_relu(tg_linear_apply(&n->layer[k], h));
    tg_tensor *logits = tg_linear_apply(&n->layer[n->layers], h);
    tg_tensor *loss = tg_cross_entropy(logits, batch->field[1]);
    tg_track(batch, "accuracy", tg_accuracy(logits, batch->field[1]));
    if (batch->training)
        tg_adam(loss, .lr = 3e-3, .weight_decay = n->cared_for ? 1e-3 : 0, .no_decay = "bias");
    return loss;
}

/* Rows, from [first] on. */
static tg_loader *load(const tg_dataset *data, int64_t first, int64_t count, uint64_t seed)
{
    int64_t rows[ALL];
    for (int64_t i = 0; i < count; i++) rows[i] = first + i;
    return tg_loader_new(tg_samples_subset(tg_samples_of_dataset(data), rows, count), .batch = 50,
                         .seed = seed, .transforms = TG_TRANSFORMS(tg_image_scale(.divisor = 16)));
}

static void train(net *n, const tg_dataset *data, uint64_t seed)
{
    tg_store *store = tg_store_new(.seed = seed);
    for (int64_t k = 0; k <= n->layers; k++) {
        const int64_t in = k ? n->width : PIXELS, out = k < n->layers ? n->width : CLASSES;
        const char *const names[] = { "first", "second", "third" };
        n->layer[k] = tg_linear_new(store, names[k], in, out);
        n->parameters += (in + 1) * out;
    }
    tg_loader *rows = load(data, 0, TRAIN, seed), *held = load(data, TRAIN, HELD, seed),
              *rest = load(data, TRAIN + HELD, ALL - TRAIN - HELD, seed);
    tg_error error = { 0 };
    const tg_fitted end =
        tg_fit(store, step, n, rows, &error, .validation = held, .epochs = 80,
               .patience = n->cared_for ? 10 : TG_AUTO, .keep_last = !n->cared_for);
    tg_runner *judge = tg_runner_new(store, step, n, held, &error);
    tg_runner *test = tg_runner_new(store, step, n, rest, &error);
    if (end.status || tg_runner_epoch(judge, &error) || tg_runner_epoch(test, &error))
        fprintf(stderr, "%s\n", error.text);
    n->epochs = end.epochs;
    n->validation = tg_runner_value(judge, "loss");
    n->test = 1 - tg_runner_value(test, "accuracy");
    tg_runner_free(judge);
    tg_runner_free(test);
    tg_loader_free(rows);
    tg_loader_free(held);
    tg_loader_free(rest);
    tg_store_free(store);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "baseline_first", about);
    net nets[] = { { .name = "8, plain", .width = 8, .layers = 1 },
                   { .name = "8", .width = 8, .layers = 1, .cared_for = true },
                   { .name = "32", .width = 32, .layers = 1, .cared_for = true },
                   { .name = "128", .width = 128, .layers = 1, .cared_for = true },
                   { .name = "128-128", .width = 128, .layers = 2, .cared_for = true } };
    enum { NETS = sizeof nets / sizeof *nets, BASELINE = 1 };
    const char *names[NETS];
    double validation[NETS], test[NETS];
    tg_error error = { 0 };
    tg_dataset data;
    if (tg_dataset_from_csv(&data, TG_EXAMPLES_DATA "/digits.csv.gz", &error))
        return fprintf(stderr, "%s\n", error.text), 1;
    int best = BASELINE;
    puts("hidden    parameters  epochs  validation loss  test errors");
    for (int i = 0; i < NETS; i++) {
        const net *n = &nets[i];
        train(&nets[i], &data, (uint64_t)c.seed);
        char line[80];
        (void)tg_format(line, sizeof line, "%-9s %10d  %6d  %15.4f  %9.2f %%", n->name,
                        (int)n->parameters, (int)n->epochs, n->validation, 100 * n->test);
        puts(line);
        names[i] = n->name;
        validation[i] = n->validation;
        test[i] = n->test;
        if (i > BASELINE && n->validation < nets[best].validation) best = i;
    }
    course_expect(&c, "baseline_over_plain", validation[BASELINE] / validation[0], 0, 1);
    course_expect(&c, "loss_over_baseline", validation[best] / validation[BASELINE], 0, 0.95);
    course_expect(&c, "chosen_width", (double)nets[best].width, 32, 128);
    course_expect(&c, "test_errors_over_baseline", test[best] / test[BASELINE], 0, 1);
    plot *p = plot_new("A small net first, and what larger ones add", 2);
    plot_panel(p, "what decides", "hidden units", "validation loss");
    plot_bars(p, names, validation, NETS);
    plot_panel(p, "looked at last", "hidden units", "share of test errors");
    plot_bars(p, names, test, NETS);
    tg_dataset_free(&data);
    return course_end(&c, p);
}
