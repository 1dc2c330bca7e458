/* tips.c: Doubling finds a rate between two worse ones, a plateau lowers it, a run resumes to the
 * bit, and the gap between training and test is a few hundredths.
 *
 * Formula: gap = accuracy of training - accuracy of test
 *
 * A network of 32 ReLUs reads 64-cell digits, 1297 to learn from and 500 to test, by momentum of
 * 0.9. It is trained for eight epochs with the rates 0.01, 0.02, 0.04 and so on to 1.28; with a
 * rate of 0.2, which a plateau of the test loss halves; and for four epochs, whose state is put
 * into another store, that goes on for four more.
 */
#include "course.h"

#include <math.h>
#include <string.h>

static const char about[] = "Tries four tips for training on digits.\n";

enum { EPOCHS = 8, LONG = 24, RATES = 8, WEIGHTS = 32 * 64 };

static tg_tensor *record(void *context, tg_batch *batch)
{
    const tg_linear *net = context; /* hidden, out */
    tg_tensor *x = tg_mul_num(batch->field[0], 1 / 16.0);
    tg_tensor *logits = tg_linear_apply(&net[1], tg_relu(tg_linear_apply(&net[0], x)));
    tg_tensor *loss = tg_cross_entropy(logits, batch->field[1]);
    tg_track(batch, "accuracy", tg_accuracy(logits, batch->field[1]));
    if (batch->training) tg_sgd(loss, .momentum = 0.9, .schedule = batch->schedule);
    return loss;
}

typedef struct run {
    double rate;
    bool plateau;
    int64_t from, to;    /* epochs */
    tg_snapshot **state; /* if not NULL: where it begins, or, from epoch 0, where it ends */
    double loss, test_loss[LONG], rates[LONG], gap;
    float weights[WEIGHTS];
} run;

static bool train(course *c, const tg_dataset data[2], run *r)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    tg_linear net[] = { tg_linear_new(store, "hidden", 64, 32, .init = tg_init_he_normal(0)),
                        tg_linear_new(store, "out", 32, 10) };
    tg_plateau plateau = tg_plateau_new(store, "plateau", .base = r->rate, .factor = 0.5,
                                        .patience = r->plateau ? 1 : 1000);
    tg_loader *rows =
        tg_loader_new(tg_samples_of_dataset(&data[0]), .batch = 32, .seed = (uint64_t)c->seed);
    tg_loader *tests = tg_loader_new(tg_samples_of_dataset(&data[1]), .batch = 500);
    tg_error error = { 0 };
    tg_runner *learn = tg_runner_new(store, record, net, rows, &error, .training = true,
                                     .schedule = tg_plateau_lr(&plateau));
    tg_runner *test = tg_runner_new(store, record, net, tests, &error);
    if (r->from > 0 && !tg_snapshot_restore(store, *r->state, &error))
        tg_runner_begin(learn, r->from, &error);
    for (int64_t e = r->from; e < r->to && !error.status; e++) {
        if (tg_runner_epoch(learn, &error) || tg_runner_epoch(test, &error)) break;
        r->test_loss[e] = tg_runner_value(test, "loss");
        r->rates[e] = tg_plateau_feed(&plateau, r->test_loss[e]);
    }
    r->loss = tg_runner_value(learn, "loss");
    r->gap = tg_runner_value(learn, "accuracy") - tg_runner_value(test, "accuracy");
    if (r->state && r->from == 0) tg_snapshot_take(r->state, store, &error);
    tg_var_get(net[0].weight, r->weights, WEIGHTS);
    if (error.status) fprintf(stderr, "%s\n", error.text);
    tg_runner_free(learn);
    tg_runner_free(test);
    tg_loader_free(rows);
    tg_loader_free(tests);
    tg_store_free(store);
    return error.status == TG_OK;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "tips", about);
    tg_snapshot *half_way = NULL;
    static run now = { .to = EPOCHS }, best = { .loss = HUGE_VAL };
    static run first = { .to = 4 }, second = { .from = 4, .to = EPOCHS };
    static run flat = { .rate = 0.2, .plateau = true, .to = LONG };
    first.state = second.state = &half_way;
    static tg_dataset all, data[2];
    tg_error error = { 0 };
    bool fine = !tg_dataset_from_csv(&all, TG_EXAMPLES_DATA "/digits.csv.gz", &error) &&
                !tg_split_stratified(&all, &data[0], &data[1], &error, .fraction = 500 / 1797.0,
                                     .seed = (uint64_t)c.seed);
    if (!fine) fprintf(stderr, "%s\n", error.text);
    double rates[RATES], losses[RATES];
    for (int i = 0; i < RATES && fine; i++) {
        now.rate = rates[i] = 0.01 * pow(2, i);
        fine = train(&c, data, &now);
        losses[i] = now.loss;
        if (losses[i] < best.loss) best = now;
    }
    first.rate = second.rate = best.rate;
    fine = fine && train(&c, data, &flat) && train(&c, data, &first) && train(&c, data, &second);
    plot *p = plot_new("Tips for training", 2);
    if (course_check(&c, "trained", fine)) {
        course_expect(&c, "best_rate", best.rate, rates[1], rates[RATES - 2]);
        course_expect(&c, "smallest_over_best", losses[0] / best.loss, 2, HUGE_VAL);
        course_expect(&c, "largest_over_best", losses[RATES - 1] / best.loss, 3, HUGE_VAL);
        course_expect(&c, "plateau_last_rate", flat.rates[LONG - 1], 0, 0.1);
        course_check(&c, "resumed_to_the_bit",
                     !memcmp(best.weights, second.weights, sizeof best.weights));
        course_expect(&c, "gap", best.gap, -0.03, 0.08);
        plot_panel(p, "After eight epochs", "rate", "loss");
        plot_log_x(p);
        plot_log_y(p);
        plot_line(p, NULL, rates, losses, RATES);
        plot_dots(p, "best", &best.rate, &best.loss, 1);
        plot_panel(p, "A plateau halves the rate", "epoch", "rate");
        plot_log_y(p);
        plot_curve(p, "rate", flat.rates, LONG);
        plot_curve(p, "test loss", flat.test_loss, LONG);
    }
    tg_snapshot_free(half_way);
    tg_dataset_free(&all);
    for (int i = 0; i < 2; i++) tg_dataset_free(&data[i]);
    return course_end(&c, p);
}
