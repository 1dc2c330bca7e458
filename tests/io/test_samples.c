/* test_samples.c: sources of samples: those of the user's, arrays, functions, subsets, chains. */
#include "loading.h"

/* ---- Sources of the user's -------------------------------------------------------------- */

START_TEST(a_source_is_read_to_its_end_and_again)
{
    for (int prefetch = 0; prefetch < 4; prefetch++) {
        counter c = { .count = 7, .fails_at = -1 };
        tg_loader *loader = tg_loader_new(COUNTER(c, .rewind = counter_rewind), .batch = 3,
                                          .shuffle = false, .prefetch = prefetch);
        ck_made(loader);
        ck_assert_int_eq(tg_loader_count(loader), -1);
        ck_assert_int_eq(tg_loader_rest(loader), -1);
        for (int epoch = 0; epoch < 3; epoch++) {
            ck_assert_int_eq(tg_loader_peek(loader), 3);
            CK_BATCH(loader, 0, 1, 2);
            CK_BATCH(loader, 3, 4, 5);
            ck_assert_int_eq(tg_loader_peek(loader), 1);
            CK_BATCH(loader, 6);
            ck_assert_int_eq(tg_loader_position(loader).row, 7);
            ck_assert_int_eq(tg_loader_peek(loader), 0);
            CK_END(loader);
            ck_assert_int_eq(tg_loader_position(loader).epoch, epoch + 1);
        }
        /* A position is reached by reading, back or forward, or beyond the end. */
        ck_assert_int_eq(tg_loader_seek(loader, 5, 4), TG_OK);
        CK_BATCH(loader, 4, 5, 6);
        CK_END(loader);
        ck_assert_int_eq(tg_loader_seek(loader, 5, 2), TG_OK);
        CK_BATCH(loader, 2, 3, 4);
        ck_assert_int_eq(tg_loader_seek(loader, 5, 70), TG_OK);
        CK_END(loader);
        CK_BATCH(loader, 0, 1, 2);
        ck_assert_int_eq(c.closed, 0);
        tg_loader_free(loader);
        ck_assert_int_eq(c.closed, 1);
    }
}
END_TEST

START_TEST(without_seek_and_rewind_there_is_one_epoch)
{
    counter c = { .count = 4, .fails_at = -1 };
    tg_loader *loader = tg_loader_new(COUNTER(c, .length = 4), .batch = 2, .shuffle = false);
    ck_made(loader);
    ck_assert_int_eq(tg_loader_count(loader), 2);
    CK_BATCH(loader, 0, 1);
    CK_BATCH(loader, 2, 3);
    CK_END(loader);
    ck_batch_fails(loader, 2, TG_ERR_STATE, "neither .seek nor .rewind");
    ck_batch_fails(loader, 2, TG_ERR_STATE, "row 2 of epoch 1");
    CK_END(loader);
    tg_loader_free(loader);
    /* Forward it can be read. */
    c = (counter){ .count = 9, .fails_at = -1 };
    loader = tg_loader_new(COUNTER(c, .length = TG_AUTO), .batch = 2, .shuffle = false);
    ck_assert_int_eq(tg_loader_seek(loader, 0, 5), TG_OK);
    CK_BATCH(loader, 5, 6);
    ck_assert_int_eq(tg_loader_seek(loader, 0, 6), TG_OK);
    ck_batch_fails(loader, 2, TG_ERR_STATE, "read once");
    CK_END(loader);
    tg_loader_free(loader);
}
END_TEST

START_TEST(a_short_last_batch_of_an_unknown_length_may_be_dropped_or_filled)
{
    counter c = { .count = 5, .fails_at = -1 };
    tg_loader *loader = tg_loader_new(COUNTER(c, .rewind = counter_rewind), .batch = 3,
                                      .shuffle = false, .drop_last = true);
    for (int epoch = 0; epoch < 2; epoch++) {
        CK_BATCH(loader, 0, 1, 2);
        ck_assert_int_eq(tg_loader_peek(loader), 0);
        CK_END(loader);
    }
    tg_loader_free(loader);
    c.at = 0;
    loader = tg_loader_new(COUNTER(c, .rewind = counter_rewind), .batch = 3, .shuffle = false,
                           .pad = true);
    int32_t got[3];
    float mask[3];
    tg_tensor *n = tg_input(tape, "n", TG_I32, TG_SHAPE(3));
    tg_tensor *m = tg_input(tape, "mask", TG_F32, TG_SHAPE(3));
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(n, m)), 3);
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(n, m)), 2);
    ck_no_error();
    ck_assert_int_eq(tg_get(n, got, 3), TG_OK);
    ck_assert_int_eq(tg_get(m, mask, 3), TG_OK);
    ck_assert_mem_eq(got, ((int32_t[]){ 3, 4, 3 }), sizeof got);
    ck_assert_mem_eq(mask, ((float[]){ 1, 1, 0 }), sizeof mask);
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(n, m)), 0);
    tg_loader_free(loader);
}
END_TEST

START_TEST(errors_reach_the_caller_in_the_words_of_the_source)
{
    for (int prefetch = 0; prefetch < 3; prefetch += 2) {
        counter c = { .count = 8, .fails_at = 3, .returns = -1 };
        tg_loader *loader = tg_loader_new(COUNTER(c, .length = 8, .seek = counter_seek), .batch = 2,
                                          .shuffle = false, .prefetch = prefetch);
        CK_BATCH(loader, 0, 1);
        ck_batch_fails(loader, 2, TG_ERR_IO, "row 3 of epoch 0: the tape is torn");
        ck_assert_int_eq(tg_loader_position(loader).row, 4);
        CK_BATCH(loader, 4, 5); /* the batch is skipped, and the next one read */
        ck_assert_int_eq(tg_loader_seek(loader, 0, 3), TG_OK);
        ck_batch_fails(loader, 2, TG_ERR_IO, "row 3 of epoch 0: the tape is torn");
        ck_assert_int_eq(tg_loader_seek(loader, 0, 3), TG_OK); /* from where it broke off */
        ck_batch_fails(loader, 2, TG_ERR_IO, "row 3 of epoch 0: the tape is torn");
        tg_loader_free(loader);
        c = (counter){ .count = 8, .fails_at = 3, .returns = 7 };
        loader = tg_loader_new(COUNTER(c, .rewind = counter_rewind), .batch = 2, .shuffle = false,
                               .prefetch = prefetch);
        CK_BATCH(loader, 0, 1);
        ck_batch_fails(loader, 2, TG_ERR_ARGUMENT, "next returned 7");
        CK_END(loader); /* where the length is not known, that is all */
        CK_BATCH(loader, 0, 1);
        tg_loader_free(loader);
        c = (counter){ .count = 3, .fails_at = -1 };
        loader = tg_loader_new(COUNTER(c, .length = 5, .seek = counter_seek), .batch = 5,
                               .shuffle = false, .prefetch = prefetch);
        ck_batch_fails(loader, 5, TG_ERR_FORMAT,
                       "row 3 of epoch 0: the samples end here; their .length is 5");
        CK_END(loader);
        tg_loader_free(loader);
    }
}
END_TEST

static tg_status refusing_seek(void *context, int64_t sample, tg_error *error)
{
    (void)context, (void)error;
    return sample == 2 ? TG_ERR_UNSUPPORTED : TG_OK;
}

START_TEST(what_gives_no_reason_is_given_one)
{
    counter c = { .count = 8, .fails_at = -1 };
    tg_loader *loader =
        tg_loader_new(COUNTER(c, .length = 8, .seek = refusing_seek), .batch = 2, .shuffle = false);
    ck_assert_int_eq(tg_loader_seek(loader, 0, 2), TG_OK);
    ck_batch_fails(loader, 2, TG_ERR_UNSUPPORTED, "the samples' seek failed, and did not say why");
    tg_loader_free(loader);
}
END_TEST

/* ---- Sources that are made for the user ------------------------------------------------- */

static tg_status square(void *context, int64_t sample, void *const out[], tg_error *error)
{
    (void)error;
    *(int32_t *)out[0] = (int32_t)(sample * sample) + *(const int32_t *)context;
    return TG_OK;
}

START_TEST(a_function_gives_samples_by_their_number)
{
    int32_t offset = 100;
    tg_loader *loader = tg_loader_new(tg_samples_of_function(NUMBER, square, &offset, .length = 4),
                                      .batch = 3, .shuffle = false);
    ck_made(loader);
    CK_BATCH(loader, 100, 101, 104);
    CK_BATCH(loader, 109);
    CK_END(loader);
    tg_loader_free(loader);
}
END_TEST

START_TEST(the_rows_of_any_number_of_arrays_are_samples)
{
    uint8_t a[3][2] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
    double b[3] = { 0.5, 1.5, 2.5 };
    float none[1] = { 0 };
    tg_samples *samples = tg_samples_of_arrays(
        TG_ARRAYS(tg_array_view(TG_U8, TG_SHAPE(3, 2), a), tg_array_view(TG_F64, TG_SHAPE(3), b),
                  tg_array_view(TG_F32, TG_SHAPE(3, 0), none)));
    ck_assert_msg(tg_samples_status(samples) == TG_OK, "%s", tg_samples_error(samples));
    ck_assert_int_eq(tg_samples_length(samples), 3);
    const tg_fields fields = tg_samples_fields(samples);
    ck_assert_uint_eq(fields.count, 3);
    ck_assert_str_eq(fields.field[1].name, "field 1");
    ck_assert(fields.field[0].dtype == TG_U8 && fields.field[1].dtype == TG_F64);
    ck_assert(tg_shape_equal(fields.field[0].shape, TG_SHAPE(2)));
    ck_assert(tg_shape_equal(fields.field[1].shape, TG_SCALAR));
    tg_loader *loader = tg_loader_new(samples, .batch = 3, .shuffle = false);
    tg_tensor *x = tg_input(tape, "x", TG_U8, TG_SHAPE(3, 2, 1));
    tg_tensor *y = tg_input(tape, "y", TG_F64, TG_SHAPE(3));
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(x, y)), 3); /* the last one is left out */
    ck_no_error();
    uint8_t got[6];
    double numbers[3];
    ck_assert_int_eq(tg_get(x, got, 6), TG_OK);
    ck_assert_int_eq(tg_get(y, numbers, 3), TG_OK);
    ck_assert_mem_eq(got, a, sizeof a);
    ck_assert_mem_eq(numbers, b, sizeof b);
    tg_loader_free(loader);
}
END_TEST

START_TEST(a_subset_has_the_rows_that_are_listed)
{
    int32_t offset = 0;
    const int64_t rows[] = { 5, 1, 1, 3 }, some[] = { 3, 0 };
    tg_samples *all = tg_samples_of_function(NUMBER, square, &offset, .length = 6);
    tg_samples *four = tg_samples_subset(all, rows, 4);
    ck_assert_int_eq(tg_samples_length(four), 4);
    tg_loader *loader =
        tg_loader_new(tg_samples_subset(four, some, 2), .batch = 2, .shuffle = false);
    ck_made(loader);
    CK_BATCH(loader, 9, 25);
    tg_loader_free(loader);
    /* Of an unknown length it is believed, and checked when it is read. */
    counter c = { .count = 4, .fails_at = -1 };
    loader = tg_loader_new(tg_samples_subset(COUNTER(c, .seek = counter_seek), rows, 2), .batch = 1,
                           .shuffle = false);
    ck_batch_fails(loader, 1, TG_ERR_FORMAT, "row 0 is sample 5, and the samples end before it");
    CK_BATCH(loader, 1);
    tg_loader_free(loader);
    ck_assert_int_eq(c.closed, 1);
    loader = tg_loader_new(
        tg_samples_subset(tg_samples_of_function(NUMBER, square, &offset, .length = 6), rows, 0),
        .batch = 1);
    CK_END(loader);
    tg_loader_free(loader);
}
END_TEST

START_TEST(samples_stand_one_behind_the_other)
{
    int32_t offset = 50;
    counter c = { .count = 3, .fails_at = -1 }, d = { .count = 0, .fails_at = -1 };
    tg_samples *parts[] = { COUNTER(c, .length = 3, .seek = counter_seek),
                            COUNTER(d, .length = 0, .seek = counter_seek),
                            tg_samples_of_function(NUMBER, square, &offset, .length = 2) };
    tg_samples *all = tg_samples_concat(parts, 3);
    ck_assert_int_eq(tg_samples_length(all), 5);
    tg_loader *loader = tg_loader_new(all, .batch = 4, .shuffle = false);
    CK_BATCH(loader, 0, 1, 2, 50);
    CK_BATCH(loader, 51);
    CK_END(loader);
    ck_assert_int_eq(tg_loader_seek(loader, 1, 3), TG_OK);
    CK_BATCH(loader, 50, 51);
    tg_loader_free(loader);
    ck_assert_int_eq(c.closed, 1);
    ck_assert_int_eq(d.closed, 1);
    /* One of an unknown length in front. */
    c = d = (counter){ .count = 2, .fails_at = -1 };
    tg_samples *streams[] = { COUNTER(c, .rewind = counter_rewind),
                              COUNTER(d, .length = 2, .seek = counter_seek) };
    loader = tg_loader_new(tg_samples_concat(streams, 2), .batch = 3, .shuffle = false);
    ck_assert_int_eq(tg_loader_count(loader), -1);
    for (int epoch = 0; epoch < 2; epoch++) {
        CK_BATCH(loader, 0, 1, 0);
        CK_BATCH(loader, 1);
        CK_END(loader);
    }
    tg_loader_free(loader);
    ck_assert_int_eq(c.rewound, 1);
    /* A part that breaks its promise. */
    c = d = (counter){ .count = 2, .fails_at = -1 };
    tg_samples *liars[] = { COUNTER(c, .length = 3, .seek = counter_seek),
                            COUNTER(d, .length = 2, .seek = counter_seek) };
    loader = tg_loader_new(tg_samples_concat(liars, 2), .batch = 3, .shuffle = false);
    ck_batch_fails(loader, 3, TG_ERR_FORMAT, "part 0 ends before its sample 2");
    CK_BATCH(loader, 0, 1);
    tg_loader_free(loader);
}
END_TEST

/* ---- Errors ----------------------------------------------------------------------------- */

static void ck_no_samples(tg_samples *samples, tg_status status, const char *words)
{
    ck_assert_msg(tg_samples_status(samples) == status && strstr(tg_samples_error(samples), words),
                  "\"%s\" is not in: %s", words, tg_samples_error(samples));
    ck_assert_int_eq(tg_samples_length(samples), -1);
    ck_assert_uint_eq(tg_samples_fields(samples).count, 0);
    /* A loader passes it on, and its loops end. */
    tg_loader *loader = tg_loader_new(samples);
    ck_assert_int_eq(tg_loader_status(loader), status);
    ck_assert_ptr_nonnull(strstr(tg_loader_error(loader), words));
    ck_assert_int_lt(tg_loader_peek(loader), 0);
    ck_assert_int_eq(tg_loader_count(loader), 1);
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SCALAR);
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(x)), -1);
    ck_says(words);
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(x)), 0);
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(x)), -1);
    tg_tape_clear_error(tape);
    tg_loader_free(loader);
}

START_TEST(fields_that_cannot_be)
{
    counter c = { .count = 1 };
    tg_field many[TG_MAX_FIELDS + 1];
    for (int i = 0; i <= TG_MAX_FIELDS; i++) many[i] = (tg_field){ "x", TG_F32, TG_SCALAR };
    const int64_t most = (int64_t)1 << 40;
#define WITH(...) tg_samples_new(__VA_ARGS__, .context = &c, .close = counter_close)
    ck_no_samples(WITH((tg_fields){ 0, NULL }, counter_next), TG_ERR_ARGUMENT, "0 fields");
    ck_no_samples(WITH((tg_fields){ 9, many }, counter_next), TG_ERR_ARGUMENT, "9 fields");
    ck_no_samples(WITH((tg_fields){ 1, NULL }, counter_next), TG_ERR_ARGUMENT, "1 fields");
    ck_no_samples(WITH(TG_FIELDS({ "x", (tg_dtype)77, TG_SCALAR }), counter_next), TG_ERR_DTYPE,
                  "field 0 has the dtype 77");
    ck_no_samples(
        WITH(TG_FIELDS({ "x", TG_F32, TG_SCALAR }, { "y", TG_F32, TG_SHAPE(-1) }), counter_next),
        TG_ERR_SHAPE, "field 1 has the size -1");
    ck_no_samples(WITH(TG_FIELDS({ "x", TG_F32, TG_SHAPE(1, 1, 1, 1, 1, 1, 1, 1) }), counter_next),
                  TG_ERR_SHAPE, "rank 8");
    ck_no_samples(WITH(TG_FIELDS({ "x", TG_F32, TG_SHAPE(most, most) }), counter_next),
                  TG_ERR_MEMORY, "more bytes than memory");
    ck_no_samples(WITH(NUMBER, NULL), TG_ERR_ARGUMENT, ".next is NULL");
    ck_no_samples(WITH(NUMBER, counter_next, .length = -4), TG_ERR_ARGUMENT, ".length is -4");
    ck_assert_int_eq(c.closed, 9); /* taken over all the same */
    ck_no_samples(tg_samples_of_function(NUMBER, NULL, .length = 3), TG_ERR_ARGUMENT,
                  ".sample is NULL");
    ck_no_samples(tg_samples_of_function(NUMBER, square, .length = -3), TG_ERR_ARGUMENT,
                  ".length is -3");
}
END_TEST

START_TEST(arrays_and_parts_that_do_not_fit)
{
    float numbers[6] = { 0 };
    tg_dataset bad = { .x = tg_array_view(TG_F32, TG_SHAPE(3, 2), numbers),
                       .y = tg_array_view(TG_F32, TG_SHAPE(2), numbers) };
    const int64_t outside[] = { 0, 4 }, negative[] = { -1 };
    counter c = { .count = 1, .fails_at = -1 };
    ck_no_samples(tg_samples_of_arrays((tg_arrays){ 0, NULL }), TG_ERR_ARGUMENT, "0 arrays");
    ck_no_samples(tg_samples_of_arrays(TG_ARRAYS(bad.x, bad.y)), TG_ERR_SHAPE,
                  "array 0 has 3 rows, array 1 2");
    ck_no_samples(tg_samples_of_arrays(TG_ARRAYS(tg_array_view(TG_F32, TG_SCALAR, numbers))),
                  TG_ERR_SHAPE, "array 0 has no rows");
    ck_no_samples(tg_samples_of_dataset(NULL), TG_ERR_ARGUMENT, "the dataset is NULL");
    ck_no_samples(tg_samples_of_dataset(&bad), TG_ERR_SHAPE, "x has 3 rows, its y 2");
#define FOUR COUNTER(c, .length = 4, .seek = counter_seek)
    ck_no_samples(tg_samples_subset(NULL, outside, 1), TG_ERR_MEMORY, "the samples are NULL");
    ck_no_samples(tg_samples_subset(FOUR, outside, 2), TG_ERR_INDEX, "rows[1] is 4");
    ck_no_samples(tg_samples_subset(FOUR, negative, 1), TG_ERR_INDEX, "rows[0] is -1");
    ck_no_samples(tg_samples_subset(FOUR, NULL, 1), TG_ERR_ARGUMENT, "a count of 1 rows");
    ck_no_samples(tg_samples_subset(FOUR, outside, -1), TG_ERR_ARGUMENT, "a count of -1 rows");
    ck_no_samples(tg_samples_subset(COUNTER(c, .length = 4), outside, 1), TG_ERR_ARGUMENT,
                  "have no .seek");
    ck_assert_int_eq(c.closed, 5);
    /* What could not be made says why, through all that is made of it. */
    ck_no_samples(tg_samples_subset(tg_samples_of_dataset(&bad), outside, 1), TG_ERR_SHAPE,
                  "tg_samples_of_dataset: the data's x has 3 rows");
    c.closed = 0;
    tg_samples *twice = FOUR;
    ck_no_samples(tg_samples_concat((tg_samples *[]){ twice, twice }, 2), TG_ERR_ARGUMENT,
                  "parts 0 and 1 are the same");
    ck_no_samples(tg_samples_concat((tg_samples *[]){ FOUR, NULL }, 2), TG_ERR_MEMORY, "NULL");
    ck_no_samples(
        tg_samples_concat((tg_samples *[]){ FOUR, tg_samples_of_arrays(TG_ARRAYS(bad.x)) }, 2),
        TG_ERR_DTYPE, "field 0 of part 0 is n i32 [], that of part 1 field 0 f32 [2]");
    ck_no_samples(tg_samples_concat(
                      (tg_samples *[]){ FOUR, tg_samples_of_arrays(TG_ARRAYS(bad.x, bad.x)) }, 2),
                  TG_ERR_SHAPE, "part 0 has 1 fields, part 1 2");
    ck_no_samples(tg_samples_concat(NULL, 2), TG_ERR_ARGUMENT, "2 parts");
    ck_assert_int_eq(c.closed, 4);
}
END_TEST

static counting_heap heap;

/* Everything that can be made is, with an allocation that fails at [at]. True if none did. */
static bool survives(int at)
{
    static const int64_t rows[] = { 1, 0, 2 };
    counter c = { .count = 4, .fails_at = -1 };
    int32_t offset = 0;
    heap = (counting_heap){ .fail_at = at };
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_dataset data = small_data();
#define USING .allocator = &allocator
    tg_samples *parts[] = { COUNTER(c, .length = 4, .seek = counter_seek, USING),
                            tg_samples_of_function(NUMBER, square, &offset, .length = 3, USING),
                            tg_samples_of_arrays(TG_ARRAYS(data.y), USING) };
    tg_samples *all = tg_samples_subset(tg_samples_concat(parts, 3, USING), rows, 3, USING);
    tg_loader *loader = tg_loader_new(all, .batch = 2, .prefetch = 2, USING);
    const bool fine = tg_loader_status(loader) == TG_OK;
    if (!fine) ck_assert_int_eq(tg_loader_status(loader), TG_ERR_MEMORY);
    tg_rewind(tape);
    tg_tensor *n = tg_input(tape, "n", TG_I32, TG_SHAPE(2));
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(n)), fine ? 2 : -1);
    tg_tape_clear_error(tape);
    tg_loader_free(loader);
    ck_assert_int_eq(heap.blocks, 0);
    ck_assert_int_eq(c.closed, 1);
    return fine;
}

START_TEST(any_allocation_may_fail) { ck_any_allocation(survives, 8); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("samples");
    TCase *user = tcase_create("sources of the user's"), *made = tcase_create("made for the user");
    TCase *errors = tcase_create("errors");
    tcase_add_checked_fixture(user, open_tape, close_tape);
    tcase_add_test(user, a_source_is_read_to_its_end_and_again);
    tcase_add_test(user, without_seek_and_rewind_there_is_one_epoch);
    tcase_add_test(user, a_short_last_batch_of_an_unknown_length_may_be_dropped_or_filled);
    tcase_add_test(user, errors_reach_the_caller_in_the_words_of_the_source);
    tcase_add_test(user, what_gives_no_reason_is_given_one);
    tcase_add_checked_fixture(made, open_tape, close_tape);
    tcase_add_test(made, a_function_gives_samples_by_their_number);
    tcase_add_test(made, the_rows_of_any_number_of_arrays_are_samples);
    tcase_add_test(made, a_subset_has_the_rows_that_are_listed);
    tcase_add_test(made, samples_stand_one_behind_the_other);
    tcase_add_checked_fixture(errors, open_tape, close_tape);
    tcase_add_test(errors, fields_that_cannot_be);
    tcase_add_test(errors, arrays_and_parts_that_do_not_fit);
    tcase_add_test(errors, any_allocation_may_fail);
    suite_add_tcase(suite, user);
    suite_add_tcase(suite, made);
    suite_add_tcase(suite, errors);
    return run_suite(suite);
}
