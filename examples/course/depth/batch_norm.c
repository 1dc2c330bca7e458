/* batch_norm.c: Batch norm lets a network train with ten times the learning rate.
 *
 * Formula: y = (x - mean) / sqrt(variance + eps) w + b; running = 0.9 running + 0.1 batch
 *
 * First one layer alone, on batches of normal numbers of the mean 3 and the variance 4: in training
 * it takes mean and variance from each batch, and keeps a running average of them, which is all
 * that inference looks at. It tends to 3 and 4. Then networks of five hidden layers learn the
 * digits of 8x8 cells, with and without batch norm before each ReLU, at two rates: a stand-in for
 * the comparison of Ioffe and Szegedy (2015).
 */
#include "course.h"

#include <math.h>

static const char about[] = "Follows batch norm's statistics, and trains with and without it.\n";

enum { CELLS = 64, CLASSES = 10, HIDDEN = 5, UNITS = 32, ROWS = 64, RUNS = 100, EPOCHS = 8 };

typedef struct net {
    tg_linear layer[HIDDEN + 1];
    tg_batch_norm norm[HIDDEN]; /* of features 0: without */
    double rate;
} net;

static tg_tensor *step(void *context, tg_batch *batch)
{
    const net *n = context;
    tg_tensor *x = tg_div_num(batch->field[0], 16);
    for (int k = 0; k < HIDDEN; k++) {
        x = tg_linear_apply(&n->layer[k], x);
        x = tg_relu(n->norm[k].features ? tg_batch_norm_apply(&n->norm[k], x, batch->training) : x);
    }
    x = tg_linear_apply(&n->layer[HIDDEN], x);
    tg_tensor *loss = tg_cross_entropy(x, batch->field[1]);
    tg_track(batch, "accuracy", tg_accuracy(x, batch->field[1]));
    if (batch->training) tg_gd(loss, .lr = n->rate);
    return loss;
}

/* Notes the accuracy of inference after each epoch. */
static bool note(void *context, const tg_fit_moment *now)
{
    double *accuracy = context;
    if (now->epoch_ended) accuracy[now->epoch] = tg_runner_value(now->validation, "accuracy");
    return true;
}

static void train(course *c, const tg_dataset *data, bool normed, double rate, double *accuracy)
{
    tg_error error = { 0 };
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    net n = { .rate = rate };
    for (int k = 0; k <= HIDDEN; k++) {
        char name[2][24];
        snprintf(name[0], sizeof name[0], "layer%d", k);
        snprintf(name[1], sizeof name[1], "norm%d", k);
        n.layer[k] = tg_linear_new(store, name[0], k ? UNITS : CELLS, k < HIDDEN ? UNITS : CLASSES,
                                   .init = tg_init_he_normal(0));
        if (normed && k < HIDDEN) n.norm[k] = tg_batch_norm_new(store, name[1], UNITS);
    }
    /* The last batch would have five rows: too few for a mean and a variance. */
    tg_loader *loader = tg_loader_new(tg_samples_of_dataset(data), .batch = ROWS,
                                      .seed = (uint64_t)c->seed, .drop_last = true);
    tg_loader *tests = tg_loader_new(tg_samples_of_dataset(data), .shuffle = false);
    /* The loss may become NaN: that is what a rate too large does. */
    const tg_fitted end = tg_fit(store, step, &n, loader, &error, .validation = tests,
                                 .epochs = EPOCHS, .allow_nonfinite = true, .keep_last = true,
                                 .callback = note, .callback_context = accuracy);
    if (end.status) fprintf(stderr, "%s\n", error.text);
    tg_loader_free(tests);
    tg_loader_free(loader);
    tg_store_free(store);
}

/* One layer on batches of N(3, 4). */
static void follow(course *c, double mean[RUNS], double variance[RUNS])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    const tg_batch_norm norm = tg_batch_norm_new(store, "norm", 1);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(ROWS, 1), 3, 2);
    tg_tensor *y = tg_batch_norm_apply(&norm, x, true);
    tg_tensor *y_mean = tg_mean(y), *y_variance = tg_variance(y, .correction = 0);
    tg_tensor *three = tg_full(tape, TG_F64, TG_SHAPE(1, 1), 3);
    tg_tensor *inferred = tg_batch_norm_apply(&norm, three, false);
    tg_plan *plan = tg_compile(tape, y_mean, y_variance, inferred);
    for (int i = 0; i < RUNS && tg_run(plan) == TG_OK; i++) {
        tg_var_get(norm.running_mean, &mean[i], 1);
        tg_var_get(norm.running_var, &variance[i], 1);
    }
    course_expect(c, "batch_mean", fabs(tg_item(y_mean)), 0, 1e-12);
    course_expect(c, "batch_variance", tg_item(y_variance), 1 - 1e-4, 1);
    course_expect(c, "inferred_of_3", tg_item(inferred), -0.3, 0.3);
    course_fine(c, tape);
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
}

int main(int argc, char **argv)
{
    static double mean[RUNS], variance[RUNS], accuracy[4][EPOCHS];
    static const char *const names[4] = { "plain_0.1", "plain_1", "normed_0.1", "normed_1" };
    course c = course_begin(argc, argv, "batch_norm", about);
    tg_error error;
    tg_dataset digits = { 0 };
    follow(&c, mean, variance);
    if (tg_dataset_from_csv(&digits, TG_EXAMPLES_DATA "/digits.csv.gz", &error, .classes = 10))
        fprintf(stderr, "%s\n", error.text);
    for (int k = 0; k < 4; k++) train(&c, &digits, k / 2, k % 2 ? 1 : 0.1, accuracy[k]);
    tg_dataset_free(&digits);
    course_expect(&c, "running_mean", mean[RUNS - 1], 2.6, 3.4);
    course_expect(&c, "running_variance", variance[RUNS - 1], 3, 5);
    plot *p = plot_new("Batch norm: its statistics, and a rate of 1", 2);
    plot_panel(p, "Running statistics of N(3, 4)", "batch", NULL);
    plot_curve(p, "mean", mean, RUNS);
    plot_curve(p, "variance", variance, RUNS);
    plot_panel(p, "With and without, at two rates", "epoch", "accuracy of inference");
    plot_y_range(p, 0, 1);
    for (int k = 0; k < 4; k++) {
        course_expect(&c, names[k], accuracy[k][EPOCHS - 1], k == 1 ? 0 : 0.85, k == 1 ? 0.5 : 1);
        plot_curve(p, names[k], accuracy[k], EPOCHS);
    }
    return course_end(&c, p);
}
