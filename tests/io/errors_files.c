/* errors_files.c: what the functions about files and data answer to NULL, unknown dtypes and shapes
 * that cannot be. (Malformed files and data that do not fit: test_csv.c, test_dataset.c,
 * test_batches.c.) */
#include "errors_told.h"

#include "kernels/memory.h"
#include "tg_prepare.h"
#include "tg_table.h"
#include "tg_text.h"

START_TEST(arrays_that_cannot_be)
{
    tg_array array = tg_array_view(TG_F64, TG_SHAPE(2, 3), NULL);
    const tg_array none = { 0 };
    ACCEPTS(tg_array_new(NULL, TG_F32, TG_SHAPE(2), NULL) == TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_array_new(&array, (tg_dtype)77, TG_SHAPE(2), NULL), TG_ERR_DTYPE);
    contract_note("", "tg_array_new(&array, (tg_dtype)77, ...)", BAD_DTYPE, NULL);
    ck_assert_int_eq(tg_array_new(&array, TG_F32, TG_SHAPE(2, -1), NULL), TG_ERR_SHAPE);
    ck_assert_int_eq(tg_array_new(&array, TG_F32, (tg_shape){ .rank = 100 }, NULL), TG_ERR_SHAPE);
    contract_note("", "tg_array_new(&array, TG_F32, TG_SHAPE(2, -1), NULL)", BAD_SHAPE, NULL);
    const tg_shape overflow = TG_SHAPE(INT64_C(1) << 62, 4);
    ck_assert_int_ne(tg_array_new(&array, TG_F32, overflow, NULL), TG_OK);
    contract_note("", "tg_array_new(&array, TG_F32, overflow, NULL)", BAD_SIZE, NULL);
    ck_assert(array.data == NULL);
    ACCEPTS(tg_array_view(TG_F32, TG_SCALAR, NULL).data == NULL);
    ACCEPTS_CALL(tg_array_free(NULL));
    ACCEPTS(tg_feed_array(NULL, &array) == TG_ERR_ARGUMENT);
    FAILS_HERE(tg_feed_array(x, NULL), TG_ERR_ARGUMENT, "tg_feed_array", "");
    FAILS_HERE(tg_feed_array(x, &none), TG_ERR_ARGUMENT, "tg_feed_array", "");
    const tg_array good = tg_array_view(TG_F64, TG_SHAPE(2, 3), (void *)(uintptr_t)values);
    FAILS_HERE(tg_feed_array(stale, &good), TG_ERR_STATE, "tg_feed_array", "stale");
    tg_tensor *sum = tg_add(x, x);
    FAILS_HERE(tg_feed_array(sum, &good), TG_ERR_STATE, "tg_feed_array", "only a tg_input");
}
END_TEST

START_TEST(batches_for_what_is_no_input)
{
    tg_dataset data = { .x = tg_array_view(TG_F64, TG_SHAPE(2, 3), (void *)(uintptr_t)values) };
    tg_batches batches = tg_batches_new(&data, 2);
    tg_tensor *sum = tg_add(x, x);
    remember();
    ck_assert_int_lt(tg_batches_next(&batches, sum, NULL), 0);
    ck_error("tg_batches_next(&batches, sum, NULL)", __FILE__, __LINE__ - 1, TG_ERR_STATE,
             "tg_batches_next: in tg_feed: ", "only a tg_input");
    tg_batches_free(&batches);
}
END_TEST

START_TEST(files_of_no_name)
{
    tg_array array;
    tg_dataset data;
    TELLS(tg_read_idx(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_read_idx");
    TELLS(tg_read_idx(&array, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_read_idx(&array, "/nowhere/at/all", &error), TG_ERR_IO, "/nowhere/at/all");
    ACCEPTS(tg_read_idx(NULL, NULL, NULL) != TG_OK);
    TELLS(tg_read_csv(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_read_csv");
    TELLS(tg_read_csv(&array, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_read_csv(&array, "/nowhere", &error, .dtype = TG_I32), TG_ERR_DTYPE, "i32");
    TELLS(tg_read_csv(&array, "/nowhere", &error, .dtype = (tg_dtype)77), TG_ERR_DTYPE, "?");
    TELLS(tg_read_csv(&array, "/nowhere", &error), TG_ERR_IO, "/nowhere");
    ACCEPTS(tg_read_csv(NULL, NULL, NULL) != TG_OK);
    TELLS(tg_dataset_from_idx(NULL, "a", "b", &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_dataset_from_idx(&data, NULL, "b", &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_dataset_from_idx(&data, "/nowhere", "b", &error), TG_ERR_IO, "/nowhere");
    ACCEPTS(tg_dataset_from_idx(NULL, NULL, NULL, NULL) != TG_OK);
    TELLS(tg_dataset_from_csv(NULL, "a", &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_dataset_from_csv(&data, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_dataset_from_csv(&data, "/nowhere", &error, .dtype = TG_U8), TG_ERR_DTYPE, "u8");
    ACCEPTS(tg_dataset_from_csv(NULL, NULL, NULL) != TG_OK);
}
END_TEST

START_TEST(arrays_and_archives_of_no_name)
{
    float numbers[2] = { 1, 2 };
    tg_array array, good = tg_array_view(TG_F32, TG_SHAPE(2), numbers);
    tg_npz npz;
    TELLS(tg_write_idx(NULL, "a", &error), TG_ERR_ARGUMENT, "the array is NULL");
    TELLS(tg_write_idx(&good, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_write_idx(&good, "/nowhere/at/all", &error), TG_ERR_IO, "/nowhere/at/all");
    TELLS(tg_read_npy(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_read_npy");
    TELLS(tg_read_npy(&array, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_read_npy(&array, "/nowhere", &error), TG_ERR_IO, "/nowhere");
    TELLS(tg_read_npy(&array, "/nowhere", &error, .member = "x"), TG_ERR_IO, "/nowhere");
    TELLS(tg_map_npy(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_map_npy");
    TELLS(tg_map_npy(&array, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_map_npy(&array, "/nowhere", &error), TG_ERR_IO, "/nowhere");
    TELLS(tg_write_npy(NULL, "a", &error), TG_ERR_ARGUMENT, "the array is NULL");
    TELLS(tg_write_npy(&good, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_write_npy(&good, "/nowhere/at/all", &error), TG_ERR_IO, "/nowhere/at/all");
    TELLS(tg_read_npz(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_read_npz");
    TELLS(tg_read_npz(&npz, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_read_npz(&npz, "/nowhere", &error), TG_ERR_IO, "/nowhere");
    TELLS(tg_write_npz(NULL, "a", &error), TG_ERR_ARGUMENT, "the list of arrays is NULL");
    TELLS(tg_write_npz(TG_NPZ({ "x", good }), NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_write_npz(TG_NPZ({ "x", good }), "/nowhere/at/all", &error), TG_ERR_IO, "/nowhere");
    good.dtype = (tg_dtype)77;
    TELLS(tg_write_idx(&good, "a", &error), TG_ERR_DTYPE, "no dtype");
    TELLS(tg_write_npy(&good, "a", &error), TG_ERR_DTYPE, "no dtype");
    TELLS(tg_write_npz(TG_NPZ({ "x", good }), "a", &error), TG_ERR_DTYPE, "x: the array");
    ACCEPTS(tg_read_npy(NULL, NULL, NULL) != TG_OK);
    ACCEPTS(tg_map_npy(NULL, NULL, NULL) != TG_OK);
    ACCEPTS(tg_read_npz(NULL, NULL, NULL) != TG_OK);
    ACCEPTS(tg_npz_find(NULL, NULL) == NULL);
    ACCEPTS_CALL(tg_npz_free(NULL));
}
END_TEST

START_TEST(pictures_of_no_name)
{
    uint8_t pixels[4] = { 0 };
    tg_array array, good = tg_array_view(TG_U8, TG_SHAPE(2, 2), pixels);
    TELLS(tg_read_png(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_read_png");
    TELLS(tg_read_png(&array, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_read_png(&array, "/nowhere", &error), TG_ERR_IO, "/nowhere");
    TELLS(tg_read_png(&array, "a", &error, .channels = 2), TG_ERR_ARGUMENT, ".channels");
    TELLS(tg_read_png(&array, "a", &error, .max_pixels = -1), TG_ERR_ARGUMENT, ".max_pixels");
    TELLS(tg_write_png(NULL, "a", &error), TG_ERR_ARGUMENT, "the array is NULL");
    TELLS(tg_write_png(&good, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_write_png(&good, "/nowhere/at/all", &error), TG_ERR_IO, "/nowhere/at/all");
    TELLS(tg_write_png(&good, "a", &error, .level = 10), TG_ERR_ARGUMENT, ".level");
    good.shape = TG_SHAPE(4);
    TELLS(tg_write_png(&good, "a", &error), TG_ERR_SHAPE, "a picture is [height, width]");
    good = tg_array_view(TG_I32, TG_SHAPE(1, 1), pixels);
    TELLS(tg_write_png(&good, "a", &error), TG_ERR_DTYPE, "i32");
    ACCEPTS(tg_read_png(NULL, NULL, NULL) != TG_OK);
    ACCEPTS(tg_write_png(NULL, NULL, NULL) != TG_OK);
}
END_TEST

START_TEST(datasets_of_nothing)
{
    double numbers[6] = { 1, 2, 3, 4, 5, 6 };
    const int64_t rows[1] = { 2 };
    tg_dataset data = { .x = tg_array_view(TG_F64, TG_SHAPE(2, 3), numbers) }, out, other;
    tg_array mean, deviation;
    ACCEPTS(tg_dataset_rows(NULL) == 0);
    ACCEPTS_CALL(tg_dataset_free(NULL));
    TELLS(tg_dataset_take(NULL, rows, 1, &out, &error), TG_ERR_ARGUMENT, "tg_dataset_take");
    TELLS(tg_dataset_take(&data, NULL, 1, &out, &error), TG_ERR_ARGUMENT, "tg_dataset_take");
    TELLS(tg_dataset_take(&data, rows, 1, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_dataset_take(&data, rows, 1, &out, &error), TG_ERR_INDEX, "2");
    ACCEPTS(tg_dataset_take(NULL, NULL, 1, NULL, NULL) != TG_OK);
    TELLS(tg_split_stratified(NULL, &out, &other, &error), TG_ERR_ARGUMENT, "tg_split_stratified");
    TELLS(tg_split_stratified(&data, NULL, &other, &error), TG_ERR_ARGUMENT, "two datasets");
    ACCEPTS(tg_split_stratified(NULL, NULL, NULL, NULL) != TG_OK);
    TELLS(tg_moments(NULL, &mean, &deviation, &error), TG_ERR_ARGUMENT, "tg_moments");
    TELLS(tg_moments(&data.x, NULL, &deviation, &error), TG_ERR_ARGUMENT, "tg_moments");
    ACCEPTS(tg_moments(NULL, NULL, NULL, NULL) != TG_OK);
    TELLS(tg_standardize(NULL, &data.x, &data.x, &error), TG_ERR_ARGUMENT, "tg_standardize");
    TELLS(tg_standardize(&data.x, NULL, &data.x, &error), TG_ERR_SHAPE, "tg_standardize");
    ACCEPTS(tg_standardize(NULL, NULL, NULL, NULL) != TG_OK);
    for (int i = 0; i < 6; i++) ck_assert(numbers[i] == values[i]);
}
END_TEST

START_TEST(scalers_splits_and_folds_of_nothing)
{
    tg_dataset data = { .x = tg_array_view(TG_F64, TG_SHAPE(2, 3), (void *)(uintptr_t)values) };
    tg_dataset train, test;
    tg_scaler scaler, none = { .shift = { .data = NULL } };
    tg_folds folds = { .count = 0 };
    tg_array array, other;
    TELLS(tg_scaler_fit(NULL, &data.x, &error), TG_ERR_ARGUMENT, "tg_scaler_fit");
    TELLS(tg_scaler_fit(&scaler, NULL, &error), TG_ERR_ARGUMENT, "x is NULL");
    ACCEPTS_CALL(tg_scaler_free(NULL));
    ACCEPTS_CALL(tg_scaler_free(&none));
    TELLS(tg_scaler_apply(NULL, &data.x, &error), TG_ERR_ARGUMENT, "tg_scaler_apply");
    TELLS(tg_scaler_apply(&none, &data.x, &error), TG_ERR_ARGUMENT, "empty");
    TELLS(tg_scaler_invert(NULL, &data.x, &error), TG_ERR_ARGUMENT, "tg_scaler_invert");
    TELLS(tg_scaler_keep(store, "s", NULL, &error), TG_ERR_ARGUMENT, "the scaler is NULL");
    TELLS(tg_scaler_keep(store, "s", &none, &error), TG_ERR_ARGUMENT, "tg_scaler_keep");
    TELLS(tg_scaler_keep(NULL, "s", &none, &error), TG_ERR_ARGUMENT, "the store is NULL");
    TELLS(tg_scaler_keep(store, NULL, &none, &error), TG_ERR_ARGUMENT, "the name is NULL");
    TELLS(tg_scaler_from(NULL, store, "s", &error), TG_ERR_ARGUMENT, "tg_scaler_from");
    TELLS(tg_scaler_from(&scaler, NULL, "s", &error), TG_ERR_ARGUMENT, "the store is NULL");
    TELLS(tg_scaler_from(&scaler, store, NULL, &error), TG_ERR_ARGUMENT, "the name is NULL");
    TELLS(tg_scaler_from(&scaler, store, "s", &error), TG_ERR_ARGUMENT, "no scaler");
    IS_REFUSED(tg_scaled(x, NULL), TG_ERR_ARGUMENT, "tg_scaled", "NULL");
    IS_REFUSED(tg_scaled(integer, "s"), TG_ERR_DTYPE, "tg_scaled", "");
    IS_REFUSED(tg_unscaled(x, "s"), TG_ERR_ARGUMENT, "tg_unscaled", "no scaler");
    TELLS(tg_one_hot_array(NULL, &array, &error), TG_ERR_ARGUMENT, "tg_one_hot_array");
    TELLS(tg_one_hot_array(&data.x, &array, &error), TG_ERR_DTYPE, "f64");
    TELLS(tg_split_random(NULL, &train, &test, &error), TG_ERR_ARGUMENT, "tg_split_random");
    TELLS(tg_split_parts(NULL, &train, ((double[]){ 1 }), 1, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_folds_make(NULL, &data, 2, &error), TG_ERR_ARGUMENT, "tg_folds_make");
    TELLS(tg_folds_make(&folds, NULL, 2, &error), TG_ERR_ARGUMENT, "NULL");
    ACCEPTS_CALL(tg_folds_free(NULL));
    ACCEPTS_CALL(tg_folds_free(&folds));
    TELLS(tg_folds_rows(NULL, 0, &array, &other, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_folds_rows(&folds, 0, &array, NULL, &error), TG_ERR_ARGUMENT, "tg_folds_rows");
    TELLS(tg_folds_take(NULL, 0, &data, &train, &test, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_folds_take(&folds, 0, NULL, &train, NULL, &error), TG_ERR_ARGUMENT, "tg_folds_take");
}
END_TEST

START_TEST(texts_and_vocabularies_of_nothing)
{
    tg_array array, none = { .dtype = TG_DTYPE_DEFAULT };
    tg_vocabulary out, no_words = { .bytes = false };
    int32_t symbols[2] = { 'a', 'b' };
    const tg_vocabulary two = { .symbols = tg_array_view(TG_I32, TG_SHAPE(2), symbols) };
    unsigned char letters[] = "ab";
    const tg_array text = tg_array_view(TG_U8, TG_SHAPE(2), letters);
    TELLS(tg_read_text(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_read_text");
    TELLS(tg_read_text(&array, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_read_text(&array, "/nowhere", &error), TG_ERR_IO, "/nowhere");
    TELLS(tg_vocabulary_build(NULL, &text, &error), TG_ERR_ARGUMENT, "tg_vocabulary_build");
    TELLS(tg_vocabulary_build(&out, NULL, &error), TG_ERR_ARGUMENT, "the text is NULL");
    TELLS(tg_vocabulary_build(&out, &none, &error), TG_ERR_DTYPE, "empty");
    ACCEPTS_CALL(tg_vocabulary_free(NULL));
    ACCEPTS_CALL(tg_vocabulary_free(&no_words));
    ACCEPTS(tg_vocabulary_size(NULL) == 0);
    ACCEPTS(tg_vocabulary_id(NULL, 'a') == -1);
    ACCEPTS(tg_vocabulary_symbol(NULL, 0) == -1);
    TELLS(tg_vocabulary_encode(NULL, &text, &array, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_vocabulary_encode(&two, NULL, &array, &error), TG_ERR_ARGUMENT, "the text is NULL");
    TELLS(tg_vocabulary_encode(&two, &text, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_vocabulary_decode(NULL, &text, &array, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_vocabulary_decode(&two, NULL, &array, &error), TG_ERR_ARGUMENT, "the ids are NULL");
    TELLS(tg_vocabulary_decode(&two, &text, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_vocabulary_decode(&two, &none, &array, &error), TG_ERR_DTYPE, "empty");
    TELLS(tg_vocabulary_keep(NULL, "v", &two, &error), TG_ERR_ARGUMENT, "the store is NULL");
    TELLS(tg_vocabulary_keep(store, NULL, &two, &error), TG_ERR_ARGUMENT, "the name is NULL");
    TELLS(tg_vocabulary_keep(store, "v", NULL, &error), TG_ERR_ARGUMENT, "vocabulary is NULL");
    TELLS(tg_vocabulary_from(NULL, store, "v", &error), TG_ERR_ARGUMENT, "tg_vocabulary_from");
    TELLS(tg_vocabulary_from(&out, NULL, "v", &error), TG_ERR_ARGUMENT, "the store is NULL");
    TELLS(tg_vocabulary_from(&out, store, NULL, &error), TG_ERR_ARGUMENT, "the name is NULL");
}
END_TEST

START_TEST(batches_and_bars_of_nothing)
{
    tg_batches batches = tg_batches_new(NULL, 3);
    ck_assert_int_eq(batches.error.status, TG_ERR_ARGUMENT);
    contract_note("", "tg_batches_new(NULL, 3)", BAD_NULL, batches.error.text);
    ck_assert_int_lt(tg_batches_next(&batches, x, NULL), 0);
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_ARGUMENT);
    tg_tape_clear_error(tape);
    tg_batches_free(&batches);
    ACCEPTS_CALL(tg_batches_free(NULL));
    ACCEPTS(tg_batches_next(NULL, NULL, NULL) < 0);
    ACCEPTS(tg_batches_next(NULL, x, NULL) < 0);
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_ARGUMENT);
    tg_tape_clear_error(tape);
    FAIL_FIRST();
    ck_assert_int_lt(tg_batches_next(NULL, x, x), 0);
    ck_first_error_stays("tg_batches_next(NULL, x, x)", "");
    ACCEPTS(tg_batches_peek(NULL) <= 0);
    ACCEPTS(tg_batches_count(NULL) == 0);
    ACCEPTS(tg_batches_rest(NULL) == 0);
    ACCEPTS(tg_batches_seek(NULL, 0, 0) == TG_ERR_ARGUMENT);
    tg_progress bar = { .out = NULL, .total = INT64_MIN };
    ACCEPTS_CALL(tg_progress_step(NULL, NULL));
    ACCEPTS_CALL(tg_progress_step(&bar, NULL));
    ACCEPTS_CALL(tg_progress_clear(NULL));
    ACCEPTS_CALL(tg_progress_end(NULL));
    ck_no_error();
}
END_TEST

START_TEST(tables_of_nothing)
{
    tg_table table = { .columns = NULL };
    tg_array array;
    TELLS(tg_read_table(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_read_table");
    TELLS(tg_read_table(&table, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_read_table(&table, "/nowhere", &error), TG_ERR_IO, "/nowhere");
    TELLS(tg_read_table(&table, "/nowhere", &error, .like = &table), TG_ERR_ARGUMENT, ".like");
    ACCEPTS(tg_read_table(NULL, NULL, NULL) != TG_OK);
    ACCEPTS_CALL(tg_table_free(NULL));
    ACCEPTS_CALL(tg_table_free(&table));
    ACCEPTS(tg_table_column(NULL, "a") == NULL);
    ACCEPTS(tg_table_column(&table, NULL) == NULL);
    TELLS(tg_table_select(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_table_select");
    TELLS(tg_table_select(&table, "a", &error), TG_ERR_ARGUMENT, "the table is empty");
    TELLS(tg_table_drop(NULL, "a", &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_table_drop(&table, NULL, &error), TG_ERR_ARGUMENT, "tg_table_drop");
    TELLS(tg_table_drop_missing(NULL, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_table_fill(NULL, "a", TG_FILL_MEAN, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_table_fill(&table, "a", TG_FILL_MEAN, &error), TG_ERR_ARGUMENT, "tg_table_fill");
    TELLS(tg_table_matrix(NULL, &array, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_table_matrix(&table, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_table_matrix(&table, &array, &error), TG_ERR_ARGUMENT, "tg_table_matrix");
    TELLS(tg_table_labels(NULL, "a", &array, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_table_labels(&table, "a", NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_write_table(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_write_table");
    TELLS(tg_write_table(&table, "a", &error), TG_ERR_ARGUMENT, "the table is empty");
    TELLS(tg_write_csv(NULL, "a", &error), TG_ERR_ARGUMENT, "tg_write_csv");
    array = tg_array_view(TG_F64, TG_SHAPE(2, 3), (void *)(uintptr_t)values);
    TELLS(tg_write_csv(&array, NULL, &error), TG_ERR_ARGUMENT, "NULL");
    TELLS(tg_write_csv(&array, "/nowhere/at/all", &error), TG_ERR_IO, "/nowhere/at/all");
    /* One that is there, and nothing in it fits. */
    tg_column column = { .name = NULL };
    table = (tg_table){
        .columns = &column, .column_count = 1, .rows = 1, .allocator = tg__default_allocator
    };
    TELLS(tg_table_select(&table, NULL, &error), TG_ERR_ARGUMENT, "damaged");
    double one = 1;
    char name[] = "n";
    column = (tg_column){ .name = name,
                          .type = TG_COLUMN_NUMBER,
                          .values = tg_array_view(TG_F64, TG_SHAPE(1), &one) };
    TELLS(tg_table_labels(&table, NULL, &array, &error), TG_ERR_ARGUMENT, "name is NULL");
    TELLS(tg_table_matrix(&table, &array, &error, .dtype = TG_I64), TG_ERR_DTYPE, "i64");
}
END_TEST

TCase *errors_files(void)
{
    TCase *cases = tcase_create("files");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, arrays_that_cannot_be);
    tcase_add_test(cases, files_of_no_name);
    tcase_add_test(cases, arrays_and_archives_of_no_name);
    tcase_add_test(cases, pictures_of_no_name);
    tcase_add_test(cases, datasets_of_nothing);
    tcase_add_test(cases, tables_of_nothing);
    tcase_add_test(cases, texts_and_vocabularies_of_nothing);
    tcase_add_test(cases, scalers_splits_and_folds_of_nothing);
    tcase_add_test(cases, batches_for_what_is_no_input);
    tcase_add_test(cases, batches_and_bars_of_nothing);
    return cases;
}
