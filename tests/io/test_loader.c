/* test_loader.c: batches of a loader: their order, what they are with a thread and without, from
 * every position, after a checkpoint, in a child process; and what cannot be made. */
#include "io/data.h"
#include "loading.h"

#include <pthread.h>

/* ---- The order -------------------------------------------------------------------------- */

START_TEST(epochs_have_the_order_of_tg_batches)
{
    const tg_dataset data = small_data();
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        tg_batches batches = tg_batches_new(&data, 5, .seed = 9, .shuffle = shuffle);
        tg_loader *loader =
            tg_loader_new(tg_samples_of_dataset(&data), .batch = 5, .seed = 9, .shuffle = shuffle);
        ck_made(loader);
        for (int i = 0; i < 18; i++) {
            int32_t got[5], want[5];
            const int64_t rows = tg_batches_peek(&batches);
            tg_rewind(tape);
            tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(rows ? rows : 1, SIDE, SIDE));
            tg_tensor *y = tg_input(tape, "y", TG_I32, TG_SHAPE(rows ? rows : 1));
            ck_assert_int_eq(tg_batches_next(&batches, x, y), rows);
            if (rows) ck_assert_int_eq(tg_get(y, want, (size_t)rows), TG_OK);
            ck_assert_int_eq(tg_loader_next(loader, TG_LIST(x, y)), rows);
            if (rows) ck_assert_int_eq(tg_get(y, got, (size_t)rows), TG_OK);
            ck_no_error();
            ck_assert_mem_eq(got, want, (size_t)rows * sizeof *got);
            ck_assert_int_eq(tg_loader_position(loader).epoch, batches.epoch);
            ck_assert_int_eq(tg_loader_position(loader).row, batches.row);
        }
        tg_loader_free(loader);
        tg_batches_free(&batches);
    }
}
END_TEST

START_TEST(samples_come_as_often_as_their_weights_say)
{
    const tg_dataset data = small_data();
    const tg_array array = tg_array_view(TG_F64, TG_SHAPE(ROWS), (void *)(uintptr_t)weights);
    const int64_t draws = scaled(100000);
    int64_t counts[ROWS] = { 0 }, seen = 0;
    double sum = 0;
    for (int i = 0; i < ROWS; i++) sum += weights[i];
    tg_loader *loader = tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(data.y)), .batch = 500,
                                      .weights = &array, .draws = draws, .seed = 3);
    ck_made(loader);
    tg_tensor *y = tg_input(tape, "y", TG_I32, TG_SHAPE(500));
    for (int64_t rows; (rows = tg_loader_peek(loader)) == 500; seen += rows) {
        int32_t got[500];
        ck_assert_int_eq(tg_loader_next(loader, TG_LIST(y)), 500);
        ck_assert_int_eq(tg_get(y, got, 500), TG_OK);
        for (int i = 0; i < 500; i++) counts[got[i]]++;
    }
    ck_assert_int_ge(seen, draws - 499);
    for (int i = 0; i < ROWS; i++) {
        const double p = weights[i] / sum, spread = 6 * sqrt((double)seen * p * (1 - p));
        ck_assert_msg(fabs((double)counts[i] - (double)seen * p) <= spread, "%d: %lld", i,
                      (long long)counts[i]);
    }
    tg_loader_free(loader);
}
END_TEST

START_TEST(a_draw_at_the_border_is_of_the_next_sample_that_has_a_weight)
{
    const double sums[] = { 0, 1, 1, 4, 4 };
    ck_assert_int_eq(tg__weights_draw(sums, 5, 0), 1);
    ck_assert_int_eq(tg__weights_draw(sums, 5, 0.2499999), 1);
    ck_assert_int_eq(tg__weights_draw(sums, 5, 0.25), 3);
    ck_assert_int_eq(tg__weights_draw(sums, 5, 1 - 0x1p-53), 3);
    ck_assert_int_eq(tg__weights_draw(sums, 5, 1), 3); /* as if it had been rounded up */
}
END_TEST

START_TEST(one_weight_draws_one_sample)
{
    const tg_dataset data = small_data();
    for (int only = 0; only < ROWS; only++) {
        float one[ROWS] = { 0 };
        one[only] = 1e-30f;
        const tg_array array = tg_array_view(TG_F32, TG_SHAPE(ROWS), one);
        tg_loader *loader = tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(data.y)), .batch = ROWS,
                                          .weights = &array);
        int32_t got[ROWS];
        tg_tensor *y = tg_input(tape, "y", TG_I32, TG_SHAPE(ROWS));
        ck_assert_int_eq(tg_loader_next(loader, TG_LIST(y)), ROWS);
        ck_assert_int_eq(tg_get(y, got, ROWS), TG_OK);
        for (int i = 0; i < ROWS; i++) ck_assert_int_eq(got[i], only);
        tg_loader_free(loader);
    }
}
END_TEST

START_TEST(batches_know_how_many_they_are_and_how_short_the_last_one_is)
{
    /* size, batches, rows of the last one; then the same with .drop_last */
    static const int64_t expected[][5] = {
        { 1, 23, 1, 23, 1 },  { 10, 3, 3, 2, 10 }, { 22, 2, 1, 1, 22 },
        { 23, 1, 23, 1, 23 }, { 24, 1, 23, 0, 0 }, { INT64_MAX, 1, 23, 0, 0 },
    };
    const tg_dataset data = small_data();
    for (int i = 0; i < COUNT_OF(expected); i++)
        for (int drop = 0; drop < 2; drop++) {
            batch_log t = { .data = NULL };
            int64_t count = 0, last = 0;
            tg_loader *loader = tg_loader_new(tg_samples_of_dataset(&data), .batch = expected[i][0],
                                              .drop_last = drop);
            ck_made(loader);
            for (int64_t rows; (rows = take(loader, 0, &t)) > 0; count++) last = rows;
            ck_assert_int_eq(count, expected[i][1 + 2 * drop]);
            ck_assert_int_eq(last, expected[i][2 + 2 * drop]);
            ck_assert_int_eq(tg_loader_count(loader), count);
            ck_assert_int_eq(tg_loader_rest(loader), last);
            tg_loader_free(loader);
            batch_log_free(&t);
        }
}
END_TEST

START_TEST(a_batch_may_be_filled_up_and_the_mask_says_with_what)
{
    const tg_dataset data = small_data();
    for (int64_t size = 1; size < 50; size += 6) {
        int32_t y[64];
        float mask[64];
        int64_t total = 0, rows;
        tg_loader *loader = tg_loader_new(tg_samples_of_dataset(&data), .batch = size, .pad = true,
                                          .shuffle = false, .prefetch = size % 4);
        ck_made(loader);
        ck_assert_str_eq(tg_loader_fields(loader).field[2].name, "mask");
        tg_tensor *in[] = { tg_input(tape, "x", TG_F32, TG_SHAPE(size, SIDE, SIDE)),
                            tg_input(tape, "y", TG_I32, TG_SHAPE(size)),
                            tg_input(tape, "mask", TG_F32, TG_SHAPE(size)) };
        while ((rows = tg_loader_next(loader, (tg_list){ 3, in })) > 0) {
            ck_assert_int_eq(tg_get(in[1], y, (size_t)size), TG_OK);
            ck_assert_int_eq(tg_get(in[2], mask, (size_t)size), TG_OK);
            for (int64_t i = 0; i < size; i++) {
                ck_assert(mask[i] == (i < rows ? 1.0F : 0.0F));
                ck_assert_int_eq(y[i], total + i % rows);
            }
            total += rows;
        }
        ck_no_error();
        ck_assert_int_eq(total, ROWS);
        tg_loader_free(loader);
    }
}
END_TEST

/* ---- The same batches, whoever makes them ----------------------------------------------- */

START_TEST(batches_are_the_same_however_many_are_made_ahead)
{
    for (int way = 0; way < 4; way++) {
        const int64_t full = way & 2 ? 5 : 0;
        tg_loader *loader = varied(5, 0, way & 1, way & 2);
        batch_log want = take_all(loader, full, 25);
        tg_loader_free(loader);
        for (int64_t prefetch = 1; prefetch < 12; prefetch += prefetch) {
            loader = varied(5, prefetch, way & 1, way & 2);
            batch_log got = take_all(loader, full, 25);
            ck_assert(batch_log_same(&got, &want));
            batch_log_free(&got);
            tg_loader_free(loader);
        }
        batch_log_free(&want);
    }
}
END_TEST

START_TEST(a_loader_resumes_at_every_position)
{
    enum { BATCH = 4, CALLS = 6 };
    for (int64_t epoch = 0; epoch < 3; epoch++)
        for (int64_t row = 0; row <= ROWS; row += BATCH) {
            tg_loader *whole = varied(BATCH, 2, false, false);
            ck_assert_int_eq(tg_loader_seek(whole, epoch, 0), TG_OK);
            batch_log before = take_all(whole, 0, (int)(row / BATCH));
            ck_assert_int_eq(tg_loader_position(whole).row, row);
            batch_log want = take_all(whole, 0, CALLS);
            for (int64_t prefetch = 0; prefetch < 5; prefetch += 2) {
                tg_loader *loader = varied(BATCH, prefetch, false, false);
                batch_log first = take_all(loader, 0, (int)prefetch); /* from elsewhere, too */
                ck_assert_int_eq(tg_loader_seek(loader, epoch, row), TG_OK);
                batch_log got = take_all(loader, 0, CALLS);
                ck_assert(batch_log_same(&got, &want));
                batch_log_free(&got), batch_log_free(&first);
                tg_loader_free(loader);
            }
            batch_log_free(&before), batch_log_free(&want);
            tg_loader_free(whole);
        }
}
END_TEST

/* The x of one epoch, in batches of [size] from [row] on. */
static void collect(int64_t size, int64_t row, float out[ROWS][SIDE * SIDE])
{
    const tg_dataset data = small_data();
    tg_loader *loader = tg_loader_new(tg_samples_of_dataset(&data), .batch = size, .seed = 8,
                                      .transforms = TG_TRANSFORMS(tg_image_noise()));
    ck_assert_int_eq(tg_loader_seek(loader, 2, row), TG_OK);
    for (int64_t rows; (rows = tg_loader_peek(loader)) > 0; row += rows) {
        tg_rewind(tape);
        tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(rows, SIDE, SIDE));
        ck_assert_int_eq(tg_loader_next(loader, TG_LIST(x)), rows);
        ck_assert_int_eq(tg_get(x, out[row], (size_t)rows * SIDE * SIDE), TG_OK);
    }
    tg_loader_free(loader);
}

START_TEST(a_sample_is_changed_by_its_place_and_not_by_its_batch)
{
    static float want[ROWS][SIDE * SIDE], got[ROWS][SIDE * SIDE];
    collect(ROWS, 0, want);
    for (int64_t row = 0; row < ROWS; row++) {
        memset(got, 0, sizeof got);
        collect(1 + row % 7, row, got);
        ck_assert_mem_eq(got[row], want[row], (size_t)(ROWS - row) * sizeof *got);
    }
}
END_TEST

START_TEST(a_loader_may_be_moved_and_freed_while_the_thread_works)
{
    const int rounds = (int)scaled(200);
    tg_loader *plain = varied(3, 0, false, false), *ahead = varied(3, 4, false, false);
    for (int i = 0; i < rounds; i++) {
        const int64_t epoch = i % 5, row = i * 7 % (ROWS + 1);
        ck_assert_int_eq(tg_loader_seek(plain, epoch, row), TG_OK);
        ck_assert_int_eq(tg_loader_seek(ahead, epoch, row), TG_OK);
        batch_log want = take_all(plain, 0, i % 4), got = take_all(ahead, 0, i % 4);
        ck_assert(batch_log_same(&got, &want));
        batch_log_free(&want), batch_log_free(&got);
    }
    tg_loader_free(plain);
    tg_loader_free(ahead);
    for (int i = 0; i < rounds; i++) {
        tg_loader *loader = varied(3, 1 + i % 5, false, false);
        batch_log t = take_all(loader, 0, i % 3);
        batch_log_free(&t);
        tg_loader_free(loader);
    }
}
END_TEST

/* ---- A source that waits ---------------------------------------------------------------- */

typedef struct waiting {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool waits, interrupted;
} waiting;

static int waiting_next(void *context, void *const out[], tg_error *error)
{
    waiting *w = context;
    pthread_mutex_lock(&w->mutex);
    w->waits = true;
    pthread_cond_broadcast(&w->changed);
    while (!w->interrupted) pthread_cond_wait(&w->changed, &w->mutex);
    pthread_mutex_unlock(&w->mutex);
    *(int32_t *)out[0] = 0;
    error->status = TG_ERR_IO;
    return -1;
}

static void waiting_interrupt(void *context)
{
    waiting *w = context;
    pthread_mutex_lock(&w->mutex);
    w->interrupted = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->mutex);
}

START_TEST(a_source_that_waits_is_woken_when_the_loader_is_freed)
{
    static waiting w;
    counter c = { .count = 2, .fails_at = -1 };
    pthread_mutex_init(&w.mutex, NULL);
    pthread_cond_init(&w.changed, NULL);
    tg_samples *parts[] = { COUNTER(c, .length = 2, .seek = counter_seek),
                            tg_samples_new(NUMBER, waiting_next, &w,
                                           .interrupt = waiting_interrupt) };
    tg_loader *loader =
        tg_loader_new(tg_samples_concat(parts, 2), .batch = 2, .shuffle = false, .prefetch = 3);
    CK_BATCH(loader, 0, 1);
    pthread_mutex_lock(&w.mutex);
    while (!w.waits) pthread_cond_wait(&w.changed, &w.mutex);
    pthread_mutex_unlock(&w.mutex);
    tg_loader_free(loader);
    ck_assert(w.interrupted);
    ck_assert_int_eq(c.closed, 1);
    pthread_cond_destroy(&w.changed);
    pthread_mutex_destroy(&w.mutex);
}
END_TEST

/* ---- Errors ----------------------------------------------------------------------------- */

START_TEST(loaders_that_cannot_be_made)
{
    const tg_dataset data = small_data();
    counter c = { .count = 4, .fails_at = -1 };
    double some[ROWS] = { 1 };
    const tg_array few = tg_array_view(TG_F64, TG_SHAPE(3), some);
    const tg_array all = tg_array_view(TG_F64, TG_SHAPE(ROWS), some);
    const tg_array whole = tg_array_view(TG_I32, TG_SHAPE(ROWS), labels);
#define SAMPLES tg_samples_of_dataset(&data)
    ck_not_made(tg_loader_new(SAMPLES, .batch = 0), TG_ERR_ARGUMENT, "a batch of 0 rows");
    ck_not_made(tg_loader_new(SAMPLES, .batch = -3), TG_ERR_ARGUMENT, "a batch of -3 rows");
    ck_not_made(tg_loader_new(SAMPLES, .prefetch = -1), TG_ERR_ARGUMENT, ".prefetch is -1");
    ck_not_made(tg_loader_new(SAMPLES, .prefetch = INT64_MAX), TG_ERR_MEMORY, "out of memory");
    ck_not_made(tg_loader_new(SAMPLES, .batch = INT64_MAX, .pad = true), TG_ERR_MEMORY,
                "out of memory");
    ck_not_made(tg_loader_new(SAMPLES, .draws = 5), TG_ERR_ARGUMENT, "there are no .weights");
    ck_not_made(tg_loader_new(SAMPLES, .weights = &all, .draws = -5), TG_ERR_ARGUMENT,
                ".draws is -5");
    ck_not_made(tg_loader_new(SAMPLES, .weights = &few), TG_ERR_SHAPE,
                ".weights are [3], and there");
    ck_not_made(tg_loader_new(SAMPLES, .weights = &whole), TG_ERR_DTYPE, ".weights are i32");
    some[2] = -1;
    ck_not_made(tg_loader_new(SAMPLES, .weights = &all), TG_ERR_ARGUMENT, ".weights[2] is -1");
    some[2] = (double)NAN;
    ck_not_made(tg_loader_new(SAMPLES, .weights = &all), TG_ERR_ARGUMENT, ".weights[2] is ");
    some[0] = some[2] = 0;
    ck_not_made(tg_loader_new(SAMPLES, .weights = &all), TG_ERR_ARGUMENT,
                "the sum of .weights is 0");
    some[0] = some[1] = 1.5e308;
    ck_not_made(tg_loader_new(SAMPLES, .weights = &all), TG_ERR_ARGUMENT,
                "the sum of .weights is inf");
    ck_not_made(tg_loader_new(COUNTER(c, .length = 4)), TG_ERR_ARGUMENT,
                "have no .seek: write .shuffle = false");
    ck_not_made(tg_loader_new(COUNTER(c, .seek = counter_seek)), TG_ERR_ARGUMENT, "no .length");
    ck_not_made(tg_loader_new(COUNTER(c, .length = 4), .weights = &all), TG_ERR_ARGUMENT,
                ".weights need");
    ck_not_made(tg_loader_new(NULL), TG_ERR_MEMORY, "the samples are NULL");
    ck_assert_int_eq(c.closed, 3);
}
END_TEST

/* The coming batch is refused, and skipped. */
static void ck_refused_inputs(tg_list inputs, bool pad, tg_status status, const char *words)
{
    const tg_dataset data = small_data();
    tg_loader *loader = tg_loader_new(tg_samples_of_dataset(&data), .batch = 10, .pad = pad);
    ck_assert_int_eq(tg_loader_next(loader, inputs), -1);
    ck_assert_int_eq(tg_tape_status(tape), status);
    ck_says(words);
    ck_assert_int_eq(tg_loader_position(loader).row, 10);
    int calls = 1;
    while (tg_loader_next(loader, inputs)) calls++;
    ck_assert_int_eq(calls, 3);
    tg_tape_clear_error(tape);
    tg_loader_free(loader);
}

START_TEST(inputs_that_do_not_fit_the_batch_are_refused_on_the_tape)
{
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(10, SIDE * SIDE));
    tg_tensor *y = tg_input(tape, "y", TG_I32, TG_SHAPE(10));
    tg_tensor *large = tg_input(tape, "x", TG_F32, TG_SHAPE(12, SIDE, SIDE));
    tg_tensor *mask = tg_input(tape, "mask", TG_F32, TG_SHAPE(10));
    tg_tensor *place = tg_input(tape, "place", TG_I64, TG_SHAPE(4));
    ck_refused_inputs(TG_LIST(large, y), false, TG_ERR_SHAPE,
                      "the coming batch has 10 rows, x [10, 4, 4], and x is [12, 4, 4]; for a");
    ck_refused_inputs(TG_LIST(y, x), false, TG_ERR_DTYPE, "x is i32, the data f32");
    ck_refused_inputs(TG_LIST(x, y, place, y), false, TG_ERR_ARGUMENT, "4 inputs for 2 fields");
    ck_refused_inputs(TG_LIST(x, y, y), false, TG_ERR_DTYPE, "the place is i32, the data i64");
    ck_refused_inputs(TG_LIST(x, y), true, TG_ERR_ARGUMENT, "the last one is the mask of .pad");
    ck_refused_inputs(TG_LIST(x, y, mask, y), true, TG_ERR_DTYPE, "the place is i32");
    tg_tensor *sum = tg_add(x, x);
    ck_refused_inputs(TG_LIST(sum), false, TG_ERR_STATE, "only a tg_input");
    tg_loader *loader = varied(3, 0, false, false);
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(NULL, y)), -1);
    ck_assert_int_eq(tg_loader_next(loader, (tg_list){ 0, NULL }), -1);
    ck_assert_int_eq(tg_loader_next(NULL, TG_LIST(x)), -1);
    ck_says("the loader is NULL");
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_loader_seek(loader, -1, 0), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_loader_seek(loader, 0, -1), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_loader_seek(loader, 0, ROWS + 1), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_loader_seek(loader, 0, ROWS), TG_OK);
    ck_assert_int_eq(tg_loader_peek(loader), 0);
    tg_loader_free(loader);
}
END_TEST

static counting_heap heap;

/* A loader with everything, of which the allocation at [at] fails. True if none did. */
static bool survives(int at)
{
    const tg_dataset data = small_data();
    const tg_array array = tg_array_view(TG_F64, TG_SHAPE(ROWS), (void *)(uintptr_t)weights);
    heap = (counting_heap){ .fail_at = at };
    const tg_allocator allocator = counting_allocator(&heap);
    tg_loader *loader = tg_loader_new(tg_samples_of_dataset(&data, .allocator = &allocator),
                                      .batch = 7000, .prefetch = 3, .weights = &array,
                                      .transforms = VARIED, .pad = true, .allocator = &allocator);
    const bool fine = tg_loader_status(loader) == TG_OK;
    if (!fine) ck_assert_int_eq(tg_loader_status(loader), TG_ERR_MEMORY);
    if (fine) ck_assert_int_eq(tg_loader_peek(loader), ROWS);
    tg_loader_free(loader);
    ck_assert_int_eq(heap.blocks, 0);
    return fine;
}

START_TEST(any_allocation_may_fail) { ck_any_allocation(survives, 6); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader");
    TCase *order = tcase_create("the order"), *same = tcase_create("the same batches");
    TCase *errors = tcase_create("errors");
    tcase_add_checked_fixture(order, open_tape, close_tape);
    tcase_add_test(order, epochs_have_the_order_of_tg_batches);
    tcase_add_test(order, samples_come_as_often_as_their_weights_say);
    tcase_add_test(order, a_draw_at_the_border_is_of_the_next_sample_that_has_a_weight);
    tcase_add_test(order, one_weight_draws_one_sample);
    tcase_add_test(order, batches_know_how_many_they_are_and_how_short_the_last_one_is);
    tcase_add_test(order, a_batch_may_be_filled_up_and_the_mask_says_with_what);
    tcase_add_checked_fixture(same, open_tape, close_tape);
    tcase_add_test(same, batches_are_the_same_however_many_are_made_ahead);
    tcase_add_test(same, a_loader_resumes_at_every_position);
    tcase_add_test(same, a_sample_is_changed_by_its_place_and_not_by_its_batch);
    tcase_add_test(same, a_loader_may_be_moved_and_freed_while_the_thread_works);
    tcase_add_test(same, a_source_that_waits_is_woken_when_the_loader_is_freed);
    tcase_add_checked_fixture(errors, open_tape, close_tape);
    tcase_add_test(errors, loaders_that_cannot_be_made);
    tcase_add_test(errors, inputs_that_do_not_fit_the_batch_are_refused_on_the_tape);
    tcase_add_test(errors, any_allocation_may_fail);
    suite_add_tcase(suite, order);
    suite_add_tcase(suite, same);
    suite_add_tcase(suite, errors);
    return run_suite(suite);
}
