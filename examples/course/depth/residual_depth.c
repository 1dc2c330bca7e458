/* residual_depth.c: A plain network of 56 layers learns worse than one of 20, a residual one not.
 *
 * Formula: plain: h_k+1 = relu(W_2 relu(W_1 h_k)); residual: h_k+1 = h_k + W_2 relu(W_1 h_k)
 *
 * Networks of 20 and 56 layers of 24 units learn the digits of 8x8 cells: a stand-in, with layers
 * of the simplest kind, for the networks of He et al. (2015). What counts is the loss on the
 * training data: the deeper plain network could be the shallow one with 36 layers of identity, and
 * does not find it. A residual block is the identity while its weights are 0, as W_2 is to begin
 * with, so more of them do no harm.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains plain and residual networks of 20 and 56 layers.\n";

enum { CELLS = 64, CLASSES = 10, UNITS = 24, DEEPEST = 56, BATCH = 64, EPOCHS = 16 };

typedef struct net {
    int blocks;
    bool residual;
    tg_linear in, first[DEEPEST / 2], second[DEEPEST / 2], out;
} net;

static tg_tensor *block(const net *n, int k, tg_tensor *x)
{
    tg_tensor *y = tg_linear_apply(&n->second[k], tg_relu(tg_linear_apply(&n->first[k], x)));
    return n->residual ? tg_add(x, y) : tg_relu(y);
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    const net *n = context;
    tg_tensor *x = tg_relu(tg_linear_apply(&n->in, tg_div_num(batch->field[0], 16)));
    for (int k = 0; k < n->blocks; k++) x = block(n, k, x);
    tg_tensor *loss = tg_cross_entropy(tg_linear_apply(&n->out, x), batch->field[1]);
    if (batch->training) tg_adam(loss, .lr = 1e-3);
    return loss;
}

static net net_new(tg_store *store, int layers, bool residual)
{
    net n = { .blocks = layers / 2 - 1, .residual = residual };
    const tg_init he = tg_init_he_normal(0), zeros = tg_init_zeros();
    n.in = tg_linear_new(store, "in", CELLS, UNITS, .init = he, .bias_init = zeros);
    for (int k = 0; k < n.blocks; k++) {
        char name[2][24];
        snprintf(name[0], sizeof name[0], "first%d", k);
        snprintf(name[1], sizeof name[1], "second%d", k);
        n.first[k] = tg_linear_new(store, name[0], UNITS, UNITS, .init = he, .bias_init = zeros);
        n.second[k] = tg_linear_new(store, name[1], UNITS, UNITS, .init = residual ? zeros : he,
                                    .bias_init = zeros);
    }
    n.out = tg_linear_new(store, "out", UNITS, CLASSES, .bias_init = zeros);
    return n;
}

/* The losses of all epochs. */
static void train(course *c, const tg_dataset *data, int layers, bool residual, double *losses)
{
    tg_error error = { 0 };
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    net n = net_new(store, layers, residual);
    tg_loader *loader = tg_loader_new(tg_samples_of_dataset(data), .batch = BATCH,
                                      .seed = (uint64_t)c->seed, .drop_last = true);
    tg_runner *runner = tg_runner_new(store, step, &n, loader, &error, .training = true);
    for (int i = 0; i < EPOCHS && runner && tg_runner_epoch(runner, &error) == TG_OK; i++)
        losses[i] = tg_runner_value(runner, "loss");
    if (error.status) fprintf(stderr, "%s\n", error.text);
    tg_runner_free(runner);
    tg_loader_free(loader);
    tg_store_free(store);
}

/* By how much blocks as they begin are not the identity. */
static double distance_from_identity(course *c)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    const net n = net_new(store, DEEPEST, true);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F32, TG_SHAPE(8, UNITS), 0, 1), *y = x;
    for (int k = 0; k < n.blocks; k++) y = block(&n, k, y);
    const double distance = tg_item(tg_max(tg_abs(tg_sub(y, x))));
    course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return distance;
}

int main(int argc, char **argv)
{
    static double plain[2][EPOCHS], residual[2][EPOCHS];
    course c = course_begin(argc, argv, "residual_depth", about);
    tg_error error;
    tg_dataset digits = { 0 };
    if (tg_dataset_from_csv(&digits, TG_EXAMPLES_DATA "/digits.csv.gz", &error, .classes = 10))
        fprintf(stderr, "%s\n", error.text);
    for (int k = 0; k < 2; k++) {
        train(&c, &digits, k ? DEEPEST : 20, false, plain[k]);
        train(&c, &digits, k ? DEEPEST : 20, true, residual[k]);
    }
    tg_dataset_free(&digits);
    const int last = EPOCHS - 1;
    course_expect(&c, "identity_distance", distance_from_identity(&c), 0, 0);
    course_expect(&c, "plain_20", plain[0][last], 0, 1);
    course_expect(&c, "plain_56", plain[1][last], 0.3, 2.4);
    course_expect(&c, "plain_56_over_20", plain[1][last] / plain[0][last], 1.5, INFINITY);
    course_expect(&c, "residual_20", residual[0][last], 0, 0.3);
    course_expect(&c, "residual_56", residual[1][last], 0, 0.3);
    plot *p = plot_new("More layers: worse, unless each may do nothing", 2);
    for (int k = 0; k < 2; k++) {
        plot_panel(p, k ? "Residual" : "Plain", "epoch", "training loss");
        plot_y_range(p, 0, 2.5);
        plot_curve(p, "20 layers", k ? residual[0] : plain[0], EPOCHS);
        plot_curve(p, "56 layers", k ? residual[1] : plain[1], EPOCHS);
    }
    return course_end(&c, p);
}
