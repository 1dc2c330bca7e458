/* test_runner.c: a step over the batches of a loader: epochs are weighted right, batches of all
 * sizes are taken, looking changes nothing, and a run that was stopped anywhere goes on with the
 * same bits. */
#include "tests/support/random.h"
#include "tests/support/recorded.h"

enum { ROWS = 23, WIDTH = 3, BATCH = 5 };

static float x[ROWS][WIDTH], y[ROWS];
static int32_t label[ROWS];
static tg_var *weight;
static tg_error error;
static int recorded; /* how often the step was */

static void open_data(void)
{
    open_tape();
    rng random = rng_of(3, 1);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < WIDTH; j++) x[i][j] = (float)rng_between(&random, -1, 1);
        y[i] = x[i][0] - 2 * x[i][1] + 0.5f;
        label[i] = y[i] > 0;
    }
    weight = tg_param(store, "w", TG_SHAPE(WIDTH), tg_init_zeros());
    recorded = 0;
}

static tg_loader *open_loader(bool shuffle, bool pad)
{
    const tg_array rows = tg_array_view(TG_F32, TG_SHAPE(ROWS, WIDTH), x);
    const tg_array wanted = tg_array_view(TG_F32, TG_SHAPE(ROWS), y);
    const tg_array labels = tg_array_view(TG_I32, TG_SHAPE(ROWS), label);
    return tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(rows, wanted, labels)), .batch = BATCH,
                         .shuffle = shuffle, .pad = pad, .seed = 4);
}

/* Mean squares of a linear function, with dropout-like noise in training. */
static tg_tensor *step(void *context, tg_batch *batch)
{
    (void)context;
    recorded++;
    tg_tensor *w = tg_cast(tg_read(batch->tape, weight), TG_F32);
    tg_tensor *guess = tg_sum(tg_mul(batch->field[0], w), .axis = 1);
    if (batch->training)
        guess =
            tg_add(guess, tg_normal(batch->tape, "noise", TG_F32, TG_SHAPE(batch->rows), 0, 0.1));
    tg_tensor *each = tg_square(tg_sub(guess, batch->field[1]));
    tg_tensor *loss = batch->mask ? tg_div(tg_sum(tg_mul(each, batch->mask)), tg_sum(batch->mask))
                                  : tg_mean(each);
    tg_tensor *logits =
        tg_concat(TG_LIST(tg_unsqueeze(tg_neg(guess), 1), tg_unsqueeze(guess, 1)), 1);
    tg_track_classes(batch, logits, batch->field[2]);
    tg_track(batch, "first", tg_slice(guess, 0, 0, 1, 1));
    tg_track_sum(batch, "squares", tg_sum(tg_square(batch->field[0]), .axis = 0));
    if (batch->training) {
        const tg_updates made = tg_adam(loss, .lr = 0.05, .schedule = batch->schedule);
        tg_track_last(batch, "lr", made.lr);
    }
    return loss;
}

static tg_runner *open_runner(tg_loader *loader, bool training)
{
    tg_runner *runner = tg_runner_new(store, step, NULL, loader, &error, .training = training);
    ck_assert_msg(runner != NULL, "%s", error.text);
    return runner;
}

/* What a pass over all rows comes to, by hand. */
typedef struct by_hand {
    double loss, accuracy, counts[2][2], squares[WIDTH];
} by_hand;

static by_hand look(void)
{
    double w[WIDTH];
    by_hand all = { 0 };
    ck_assert_int_eq(tg_var_get(weight, w, WIDTH), TG_OK);
    for (int i = 0; i < ROWS; i++) {
        float guess = 0;
        for (int j = 0; j < WIDTH; j++) {
            guess += x[i][j] * (float)w[j];
            all.squares[j] += (double)(x[i][j] * x[i][j]);
        }
        const double away = (double)(guess - y[i]);
        all.loss += away * away / ROWS;
        all.counts[label[i]][guess > 0]++;
    }
    all.accuracy = (all.counts[0][0] + all.counts[1][1]) / ROWS;
    return all;
}

static void ck_near(double a, double b) { ck_assert_double_eq_tol(a, b, 1e-5 * (1 + fabs(b))); }

/* _i: with a mask, or with a short last batch. */
START_TEST(an_epoch_is_the_mean_over_its_rows)
{
    ck_assert_int_eq(tg_var_set(weight, ((double[]){ 0.7, -1, 0.3 }), WIDTH), TG_OK);
    tg_loader *loader = open_loader(false, _i);
    tg_runner *runner = open_runner(loader, false);
    ck_assert_int_eq(recorded, _i ? 1 : 2);
    ck_assert(isnan(tg_runner_value(runner, "loss")));
    const by_hand want = look();
    for (int epoch = 0; epoch < 3; epoch++) {
        ck_assert_msg(tg_runner_epoch(runner, &error) == TG_OK, "%s", error.text);
        ck_assert_int_eq(tg_runner_rows(runner), ROWS);
        ck_near(tg_runner_value(runner, "loss"), want.loss);
        ck_near(tg_runner_value(runner, "accuracy"), want.accuracy);
        const tg_array counts = tg_runner_sum(runner, "confusion");
        const tg_array squares = tg_runner_sum(runner, "squares");
        ck_assert(tg_shape_equal(counts.shape, TG_SHAPE(2, 2)));
        for (int i = 0; i < 4; i++)
            ck_assert_double_eq(((double *)counts.data)[i], want.counts[i / 2][i % 2]);
        if (!_i)
            for (int j = 0; j < WIDTH; j++) ck_near(((double *)squares.data)[j], want.squares[j]);
    }
    ck_assert_int_eq(recorded, _i ? 1 : 2);
    ck_assert_int_eq(tg_store_step(store), 0);
    tg_runner_free(runner);
    tg_loader_free(loader);
}
END_TEST

START_TEST(a_score_is_that_of_an_epoch_and_moves_nothing)
{
    ck_assert_int_eq(tg_var_set(weight, ((double[]){ 0.7, -1, 0.3 }), WIDTH), TG_OK);
    tg_loader *loader = open_loader(false, false);
    const by_hand want = look();
    ck_near(tg_score(store, step, NULL, loader, "loss", &error), want.loss);
    ck_near(tg_score(store, step, NULL, loader, "accuracy", NULL), want.accuracy);
    ck_assert_int_eq(tg_store_step(store), 0);
    ck_assert(isnan(tg_score(store, step, NULL, loader, "confusion", &error)));
    ck_assert_msg(strstr(error.text, "\"confusion\"") != NULL, "%s", error.text);
    ck_assert(isnan(tg_score(store, step, NULL, NULL, "loss", &error)));
    ck_assert_int_eq(error.status, TG_ERR_ARGUMENT);
    tg_loader_free(loader);
}
END_TEST

START_TEST(batches_come_one_by_one)
{
    tg_loader *loader = open_loader(false, false);
    tg_runner *runner = open_runner(loader, true);
    const int64_t want[] = { 5, 5, 5, 5, 3, 0, 5 };
    int64_t rows = 0;
    for (int i = 0; i < COUNT_OF(want); i++) {
        ck_assert_int_eq(tg_runner_next(runner, &error), want[i]);
        rows = i == 6 ? 5 : rows + want[i];
        ck_assert_int_eq(tg_runner_rows(runner), rows);
        ck_assert(isfinite(tg_runner_latest(runner, "loss")));
        if (i == 4) ck_assert_int_eq(tg_runner_last(runner).batch->rows, 3);
    }
    ck_assert_int_eq(tg_store_step(store), 6);
    ck_assert_double_eq(tg_runner_value(runner, "lr"), 0.05);
    ck_assert_uint_eq(tg_runner_count(runner), 6);
    ck_assert_str_eq(tg_runner_name(runner, 0), "loss");
    ck_assert_str_eq(tg_runner_name(runner, 5), "lr");
    ck_assert_ptr_null(tg_runner_name(runner, 6));
    ck_assert_int_eq(tg_runner_kind(runner, 2), TG_TRACKED_SUM);
    tg_runner_free(runner);
    tg_loader_free(loader);
}
END_TEST

/* ---- Going on ---------------------------------------------------------------------------- */

/* Trains up to so many batches, from what [saved] has; leaves weights and the epoch's values. */
static void train(tg_snapshot **saved, int batches, double w[WIDTH], double values[2])
{
    tg_store *before = store;
    store = tg_store_new(.seed = 7, .dtype = TG_F64);
    weight = tg_param(store, "w", TG_SHAPE(WIDTH), tg_init_zeros());
    tg_loader *loader = open_loader(true, false);
    tg_runner *runner =
        tg_runner_new(store, step, NULL, loader, &error, .training = true, .name = "run");
    ck_assert_msg(runner != NULL, "%s", error.text);
    if (*saved) {
        ck_assert_msg(tg_snapshot_restore(store, *saved, &error) == TG_OK, "%s", error.text);
        ck_assert_msg(tg_runner_resume(runner, &error) == TG_OK, "%s", error.text);
    }
    while (tg_store_step(store) < batches) ck_assert_int_ge(tg_runner_next(runner, &error), 0);
    ck_assert_int_eq(tg_runner_keep(runner, &error), TG_OK);
    ck_assert_int_eq(tg_snapshot_take(saved, store, &error), TG_OK);
    values[0] = tg_runner_value(runner, "loss");
    values[1] = tg_runner_value(runner, "accuracy");
    ck_assert_int_eq(tg_var_get(weight, w, WIDTH), TG_OK);
    tg_runner_free(runner);
    tg_loader_free(loader);
    tg_store_free(store);
    store = before;
}

START_TEST(a_run_that_was_stopped_anywhere_goes_on)
{
    const int all = 13; /* in the third epoch */
    double whole[WIDTH], pieces[WIDTH], whole_values[2], pieces_values[2];
    tg_snapshot *saved = NULL;
    train(&saved, all, whole, whole_values);
    for (int stop = 1; stop < all; stop++) {
        tg_snapshot_free(saved);
        saved = NULL;
        train(&saved, stop, pieces, pieces_values);
        train(&saved, all, pieces, pieces_values);
        ck_assert_mem_eq(whole, pieces, sizeof whole);
        ck_assert_mem_eq(whole_values, pieces_values, sizeof whole_values);
    }
    tg_snapshot_free(saved);
}
END_TEST

/* _i: whether the sums are kept. */
START_TEST(an_end_that_was_seen_is_not_seen_again)
{
    tg_snapshot *saved = NULL;
    tg_loader *loader = open_loader(true, false);
    tg_runner *runner =
        tg_runner_new(store, step, NULL, loader, &error, .training = true, .name = "run");
    ck_assert_int_eq(tg_runner_epoch(runner, &error), TG_OK);
    if (_i) ck_assert_int_eq(tg_runner_keep(runner, &error), TG_OK);
    ck_assert_int_eq(tg_snapshot_take(&saved, store, &error), TG_OK);
    ck_assert_int_eq(tg_runner_epoch(runner, &error), TG_OK);
    ck_assert_int_eq(tg_snapshot_restore(store, saved, &error), TG_OK);
    ck_assert_int_eq(tg_runner_resume(runner, &error), TG_OK);
    ck_assert_int_eq(tg_loader_position(loader).epoch, 1);
    ck_assert_int_eq(tg_runner_next(runner, &error), BATCH);
    ck_assert_int_eq(tg_runner_begin(runner, 7, &error), TG_OK);
    ck_assert_int_eq(tg_loader_position(loader).epoch, 7);
    tg_snapshot_free(saved);
    tg_runner_free(runner);
    tg_loader_free(loader);
}
END_TEST

/* ---- What is refused ------------------------------------------------------------------------ */

static int fault;

static tg_tensor *faulty(void *context, tg_batch *batch)
{
    (void)context;
    tg_tensor *loss = tg_mean(batch->field[1]);
    switch (fault) {
    case 0: return NULL;
    case 1: return batch->field[1];
    case 2: return tg_argmax(batch->field[1]);
    case 3: tg_track(batch, "loss", loss); break;
    case 4: tg_track(batch, "all", batch->field[1]); break;
    case 5: return tg_matmul(batch->field[0], batch->field[0]);
    case 6: tg_track(batch, "", loss); break;
    case 7:
        if (batch->rows == BATCH) tg_track(batch, "full", loss);
        break;
    case 8: return tg_number(tape, 1);
    case 9:
        for (int i = 0; i < TG_MOST_TRACKED; i++)
            tg_track(batch, tg_store_memory(store, 1) ? (char[2]){ (char)('a' + i) } : "", loss);
        break;
    default: break;
    }
    return loss;
}

static const struct {
    const char *words;
    bool training;
} faults[] = {
    { "the step returns NULL", false },
    { "more or less than one number", false },
    { "no float", false },
    { "\"loss\" is tracked already", false },
    { "\"all\" must be one number", false },
    { "tg_matmul", false },
    { "needs a name", false },
    { "must record the same", false },
    { "another tape", false },
    { "tracked already", false },
    { "records no update", true },
};

START_TEST(faults_of_a_step_are_told)
{
    fault = _i;
    tg_loader *loader = open_loader(false, false);
    tg_runner *runner =
        tg_runner_new(store, faulty, NULL, loader, &error, .training = faults[_i].training);
    ck_assert_ptr_null(runner);
    ck_assert_int_ne(error.status, TG_OK);
    ck_assert_msg(strstr(error.text, faults[_i].words) != NULL, "%s", error.text);
    tg_loader_free(loader);
}
END_TEST

static int read_until(void *context, void *const out[], tg_error *why)
{
    int *left = context;
    if ((*left)-- == 0) {
        (void)snprintf(why->text, sizeof why->text, "the line is dead");
        return -1;
    }
    *(float *)out[0] = *(float *)out[1] = 1;
    *(int32_t *)out[2] = 0;
    return 1;
}

static tg_tensor *plain(void *context, tg_batch *batch)
{
    (void)context;
    return tg_mean(tg_square(tg_sub(batch->field[0], batch->field[1])));
}

START_TEST(what_cannot_be_read_is_an_error)
{
    int left = 7;
    tg_samples *samples =
        tg_samples_new(TG_FIELDS({ "x", TG_F32, TG_SCALAR }, { "y", TG_F32, TG_SCALAR },
                                 { "c", TG_I32, TG_SCALAR }),
                       read_until, &left);
    tg_loader *loader = tg_loader_new(samples, .batch = 4, .shuffle = false);
    tg_runner *runner = tg_runner_new(store, plain, NULL, loader, &error);
    ck_assert_msg(runner != NULL, "%s", error.text);
    ck_assert_int_eq(tg_runner_next(runner, &error), 4);
    ck_assert_int_lt(tg_runner_next(runner, &error), 0);
    ck_assert_msg(strstr(error.text, "the line is dead") != NULL, "%s", error.text);
    tg_runner_free(runner);
    tg_loader_free(loader);
}
END_TEST

static Suite *runner_suite(void)
{
    Suite *suite = suite_create("runner");
    TCase *cases = tcase_create("runner");
    tcase_add_checked_fixture(cases, open_data, close_tape);
    tcase_add_loop_test(cases, an_epoch_is_the_mean_over_its_rows, 0, 2);
    tcase_add_test(cases, a_score_is_that_of_an_epoch_and_moves_nothing);
    tcase_add_test(cases, batches_come_one_by_one);
    tcase_add_test(cases, a_run_that_was_stopped_anywhere_goes_on);
    tcase_add_loop_test(cases, an_end_that_was_seen_is_not_seen_again, 0, 2);
    tcase_add_loop_test(cases, faults_of_a_step_are_told, 0, COUNT_OF(faults));
    tcase_add_test(cases, what_cannot_be_read_is_an_error);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(runner_suite()); }
