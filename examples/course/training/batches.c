/* batches.c: An epoch is one update by all rows, n by single rows and n / b, rounded up, by
 * mini-batches, so mini-batches learn more of the same data.
 *
 * Formula: updates per epoch = 1, n, ceil(n / b)
 *
 * A linear model of five columns is trained on 200 rows with noise, all with the rate 0.02, by
 * batches of 200, of 16 and of 1. The order of the rows is shuffled before each epoch and cut into
 * batches; their numbers are counted, to see that every row comes once. After each update the loss
 * of all rows is measured.
 */
#include "course.h"

#include <string.h>

static const char about[] = "Trains by all rows, by mini-batches and by single rows.\n";

enum { ROWS = 200, COLUMNS = 5, EPOCHS = 10, MOST = EPOCHS * ROWS + 1 };

typedef struct curve {
    double loss[MOST], update[MOST], epoch[MOST];
    int64_t count, per_epoch;
    bool once; /* each row came once in each epoch */
} curve;

typedef struct table {
    float x[ROWS * COLUMNS], y[ROWS];
    int64_t number[ROWS];
} table;

static tg_tensor *record(void *context, tg_batch *batch)
{
    tg_tensor *loss = tg_mse(tg_linear_apply(context, batch->field[0]), batch->field[1]);
    if (batch->training) tg_gd(loss, .lr = 0.02);
    return loss;
}

static tg_loader *load(table *t, int64_t batch, int64_t seed)
{
    return tg_loader_new(
        tg_samples_of_arrays(TG_ARRAYS(tg_array_view(TG_F32, TG_SHAPE(ROWS, COLUMNS), t->x),
                                       tg_array_view(TG_F32, TG_SHAPE(ROWS, 1), t->y),
                                       tg_array_view(TG_I64, TG_SHAPE(ROWS), t->number))),
        .batch = batch, .seed = (uint64_t)seed);
}

static bool train(course *c, table *t, int64_t size, curve *out)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    tg_linear model = tg_linear_new(store, "model", COLUMNS, 1, .init = tg_init_zeros());
    tg_loader *batches = load(t, size, c->seed), *rows = load(t, ROWS, c->seed);
    tg_error error = { 0 };
    tg_runner *learn = tg_runner_new(store, record, &model, batches, &error, .training = true);
    tg_runner *look = tg_runner_new(store, record, &model, rows, &error);
    out->once = true;
    tg_runner_epoch(look, &error);
    out->loss[out->count++] = tg_runner_value(look, "loss");
    for (int e = 0; e < EPOCHS; e++) {
        int seen[ROWS] = { 0 };
        for (int64_t now; (now = tg_runner_next(learn, &error)) > 0; out->count++) {
            int64_t number[ROWS] = { 0 };
            tg_get(tg_runner_last(learn).batch->field[2], number, (size_t)now);
            for (int64_t i = 0; i < now; i++) seen[number[i]]++;
            tg_runner_epoch(look, &error);
            out->loss[out->count] = tg_runner_value(look, "loss");
            out->update[out->count] = (double)out->count;
            out->epoch[out->count] = out->epoch[out->count - 1] + (double)now / ROWS;
        }
        for (int i = 0; i < ROWS; i++) out->once &= seen[i] == 1;
    }
    out->per_epoch = (out->count - 1) / EPOCHS;
    if (error.status) fprintf(stderr, "%s\n", error.text);
    tg_runner_free(learn);
    tg_runner_free(look);
    tg_loader_free(batches);
    tg_loader_free(rows);
    tg_store_free(store);
    return error.status == TG_OK;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "batches", about);
    static table t;
    static curve all, some, one;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F32, TG_SHAPE(ROWS, COLUMNS), 0, 1);
    tg_tensor *noise = tg_normal(tape, "noise", TG_F32, TG_SHAPE(ROWS), 0, 0.5);
    tg_tensor *y = tg_add(tg_sum(x, .axis = 1), noise);
    tg_evaluate(TG_LIST(x, y));
    tg_get(x, t.x, ROWS * COLUMNS);
    tg_get(y, t.y, ROWS);
    for (int i = 0; i < ROWS; i++) t.number[i] = i;
    plot *p = plot_new("All rows, some, or one for an update", 2);
    const bool fine = course_fine(&c, tape) && train(&c, &t, ROWS, &all) &&
                      train(&c, &t, 16, &some) && train(&c, &t, 1, &one);
    if (course_check(&c, "each_row_once", fine && all.once && some.once && one.once)) {
        course_expect(&c, "updates_all", (double)all.per_epoch, 1, 1);
        course_expect(&c, "updates_16", (double)some.per_epoch, 13, 13);
        course_expect(&c, "updates_1", (double)one.per_epoch, ROWS, ROWS);
        course_expect(&c, "loss_all", all.loss[all.count - 1], 1, 5);
        course_expect(&c, "loss_16", some.loss[some.count - 1], 0.1, 0.5);
        course_expect(&c, "loss_1", one.loss[one.count - 1], 0.1, 0.5);
        course_expect(&c, "all_over_1_after_10_updates", all.loss[10] / one.loss[10], 0.3, 2);
        plot_panel(p, "By epochs", "epoch", "loss of all rows");
        plot_line(p, "200", all.epoch, all.loss, all.count);
        plot_line(p, "16", some.epoch, some.loss, some.count);
        plot_line(p, "1", one.epoch, one.loss, one.count);
        plot_panel(p, "By updates", "update", "loss of all rows");
        plot_x_range(p, 0, 130);
        plot_line(p, "200", all.update, all.loss, all.count);
        plot_line(p, "16", some.update, some.loss, some.count);
        plot_line(p, "1", one.update, one.loss, 131);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
