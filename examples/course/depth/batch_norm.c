/* batch_norm.c: Batch norm lets a network train with ten times the learning rate.
 *
 * Formula: y = (x - mean) / sqrt(variance + eps) w + b; running = 0.9 running + 0.1 batch
 *
 * First one layer alone, on batches of normal numbers of the mean 3 and the variance 4: in training
 * it takes mean and variance from each batch, and keeps a running average of them, which is all
 * that inference looks at. It tends to 3 and 4. Then networks of five hidden layers of ReLU learn
 * the digits of 8x8 cells, with and without batch norm before each ReLU, at two rates: a stand-in
 * for the Inception networks of Ioffe and Szegedy (2015).
 */
#include "course.h"

#include <math.h>

static const char about[] = "Follows the running statistics of batch norm, and trains networks "
                            "with and without it at two rates.\n";

enum { CELLS = 64, CLASSES = 10, HIDDEN = 5, UNITS = 32, ROWS = 64, RUNS = 100, EPOCHS = 8 };

typedef struct net {
    tg_linear layer[HIDDEN + 1];
    tg_batch_norm norm[HIDDEN];
    bool normed;
    double rate;
} net;

static tg_tensor *step(void *context, tg_batch *batch)
{
    const net *n = context;
    tg_tensor *x = tg_div_num(batch->field[0], 16);
    for (int k = 0; k < HIDDEN; k++) {
        x = tg_linear_apply(&n->layer[k], x);
        if (n->normed) x = tg_batch_norm_apply(&n->norm[k], x, batch->training);
        x = tg_relu(x);
    }
    x = tg_linear_apply(&n->layer[HIDDEN], x);
    tg_tensor *loss = tg_cross_entropy(x, batch->field[1]);
    tg_track(batch, "accuracy", tg_accuracy(x, batch->field[1]));
    if (batch->training) tg_gd(loss, .lr = n->rate);
    return loss;
}

/* Accuracies on the test data, after each epoch; false on an error. */
static bool train(course *c, const tg_dataset *data, const tg_dataset *test, bool normed,
                  double rate, double *accuracy)
{
    tg_error error = { 0 };
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    net n = { .normed = normed, .rate = rate };
    for (int k = 0; k <= HIDDEN; k++) {
        char name[2][16];
        snprintf(name[0], sizeof name[0], "layer%d", k);
        snprintf(name[1], sizeof name[1], "norm%d", k);
        n.layer[k] = tg_linear_new(store, name[0], k ? UNITS : CELLS, k < HIDDEN ? UNITS : CLASSES,
                                   .init = tg_init_he_normal(0));
        if (normed && k < HIDDEN) n.norm[k] = tg_batch_norm_new(store, name[1], UNITS);
    }
    tg_loader *loader = tg_loader_new(tg_samples_of_dataset(data), .batch = ROWS,
                                      .seed = (uint64_t)c->seed, .drop_last = true);
    tg_loader *tests = tg_loader_new(tg_samples_of_dataset(test), .batch = ROWS, .shuffle = false);
    tg_runner *learner = tg_runner_new(store, step, &n, loader, &error, .training = true);
    tg_runner *tester = learner ? tg_runner_new(store, step, &n, tests, &error) : NULL;
    bool fine = tester != NULL;
    for (int i = 0; i < EPOCHS && fine; i++) {
        fine =
            tg_runner_epoch(learner, &error) == TG_OK && tg_runner_epoch(tester, &error) == TG_OK;
        accuracy[i] = tg_runner_value(tester, "accuracy");
    }
    if (!fine) fprintf(stderr, "%s\n", error.text);
    tg_runner_free(tester);
    tg_runner_free(learner);
    tg_loader_free(tests);
    tg_loader_free(loader);
    tg_store_free(store);
    return fine;
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
    tg_tensor *at_3 = tg_full(tape, TG_F64, TG_SHAPE(1, 1), 3);
    tg_tensor *inferred = tg_batch_norm_apply(&norm, at_3, false);
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
    static double mean[RUNS], variance[RUNS], plain[2][EPOCHS], normed[2][EPOCHS];
    static const double rates[2] = { 0.1, 1 };
    course c = course_begin(argc, argv, "batch_norm", about);
    tg_error error;
    tg_dataset digits = { 0 }, learn = { 0 }, test = { 0 };
    follow(&c, mean, variance);
    bool fine =
        tg_dataset_from_csv(&digits, TG_EXAMPLES_DATA "/digits.csv.gz", &error,
                            .classes = CLASSES) == TG_OK &&
        tg_split_stratified(&digits, &learn, &test, &error, .seed = (uint64_t)c.seed) == TG_OK;
    if (!fine) fprintf(stderr, "%s\n", error.text);
    for (int k = 0; k < 2 && fine; k++)
        fine = train(&c, &learn, &test, false, rates[k], plain[k]) &&
               train(&c, &learn, &test, true, rates[k], normed[k]);
    tg_dataset_free(&test);
    tg_dataset_free(&learn);
    tg_dataset_free(&digits);
    course_check(&c, "trained", fine);
    course_expect(&c, "running_mean", mean[RUNS - 1], 2.6, 3.4);
    course_expect(&c, "running_variance", variance[RUNS - 1], 3, 5);
    course_expect(&c, "plain_at_0.1", plain[0][EPOCHS - 1], 0.85, 1);
    course_expect(&c, "plain_at_1", plain[1][EPOCHS - 1], 0, 0.5);
    course_expect(&c, "normed_at_0.1", normed[0][EPOCHS - 1], 0.9, 1);
    course_expect(&c, "normed_at_1", normed[1][EPOCHS - 1], 0.9, 1);
    plot *p = plot_new("Batch norm: its statistics, and a rate of 1", 2);
    plot_panel(p, "Running statistics of N(3, 4)", "batch", NULL);
    plot_curve(p, "mean", mean, RUNS);
    plot_curve(p, "variance", variance, RUNS);
    plot_panel(p, "With and without, at two rates", "epoch", "accuracy, test");
    plot_y_range(p, 0, 1);
    plot_curve(p, "plain, 0.1", plain[0], EPOCHS);
    plot_curve(p, "plain, 1", plain[1], EPOCHS);
    plot_curve(p, "normed, 0.1", normed[0], EPOCHS);
    plot_curve(p, "normed, 1", normed[1], EPOCHS);
    return course_end(&c, p);
}
