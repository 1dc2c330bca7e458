/* test_batches.c: batches fed to a real tape. */
#include "tests/support/random.h"
#include "tests/support/suite.h"
#include "io_files.h"
#include "three_classes.h"
#include "tg_ops.h"

#include <math.h>

static counting_heap heap;

typedef struct inputs {
    tg_tensor *x, *y;
} inputs;

static tg_store *store;
static tg_tape *tape;

static void start_tape(void)
{
    store = tg_store_new(.seed = 1);
    tape = tg_tape_new(store);
}

static void end_tape(void)
{
    tg_tape_free(tape);
    tg_store_free(store);
}

static inputs inputs_for(int64_t rows)
{
    return (inputs){ tg_input(tape, "x", TG_F32, TG_SHAPE(rows, 2)),
                     tg_input(tape, "y", TG_I32, TG_SHAPE(rows)) };
}

/* Feeds the coming batch, appends the rows it holds to [seen], and returns their number. */
static int64_t take_batch(tg_batches *batches, int64_t *seen)
{
    float x[ROWS][2];
    int32_t y[ROWS];
    const int64_t rows = tg_batches_peek(batches);
    const inputs in = inputs_for(rows > 0 ? rows : 1);
    ck_assert_int_eq(tg_batches_next(batches, in.x, in.y), rows);
    ck_assert_msg(tg_tape_status(tape) == TG_OK, "%s", tg_tape_error(tape));
    if (rows == 0) return 0;
    ck_assert_int_eq(tg_get_as(in.x, TG_F32, x, (size_t)rows * 2), TG_OK);
    ck_assert_int_eq(tg_get_as(in.y, TG_I32, y, (size_t)rows), TG_OK);
    for (int64_t i = 0; i < rows; i++) {
        seen[i] = (int64_t)x[i][0];
        ck_assert(x[i][1] == -x[i][0]);
        ck_assert_int_eq(y[i], y_values[seen[i]]);
    }
    return rows;
}

/* All rows of the present epoch, in the order of the batches. */
static int64_t take_epoch(tg_batches *batches, int64_t *seen)
{
    int64_t count = 0, rows;
    while ((rows = take_batch(batches, seen + count)) > 0) {
        ck_assert(rows == batches->size || batches->row == ROWS);
        count += rows;
    }
    return count;
}

static void check_permutation(const int64_t *seen)
{
    bool there[ROWS] = { false };
    for (int i = 0; i < ROWS; i++) there[seen[i]] = true;
    for (int i = 0; i < ROWS; i++) ck_assert(there[i]);
}

START_TEST(an_epoch_delivers_every_row_once_whatever_the_batch_size)
{
    const tg_dataset data = three_classes();
    const int64_t sizes[] = { 1, 10, 102, 103, 104, 1000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int64_t first[ROWS], second[ROWS];
        tg_batches batches = tg_batches_new(&data, sizes[i], .seed = 5);
        ck_assert_int_eq(batches.error.status, TG_OK);
        ck_assert_int_eq(take_epoch(&batches, first), ROWS);
        check_permutation(first);
        ck_assert_int_eq(batches.epoch, 1);
        ck_assert_int_eq(take_epoch(&batches, second), ROWS);
        check_permutation(second);
        ck_assert(memcmp(first, second, sizeof first) != 0);
        tg_batches_free(&batches);
    }
}
END_TEST

START_TEST(the_order_of_an_epoch_is_written_down)
{
    static const int64_t expected[] = { 46, 90, 91, 1, 59, 92, 34, 101, 70, 36 };
    const tg_dataset data = three_classes();
    int64_t seen[ROWS];
    tg_batches batches = tg_batches_new(&data, 10, .seed = 7);
    tg_batches_seek(&batches, 2, 0);
    ck_assert_int_eq(take_batch(&batches, seen), 10);
    for (int i = 0; i < 10; i++) ck_assert_int_eq(seen[i], expected[i]);
    tg_batches_free(&batches);
}
END_TEST

START_TEST(batches_resume_exactly_where_they_were)
{
    const tg_dataset data = three_classes();
    int64_t whole[3 * ROWS], resumed[3 * ROWS];
    tg_batches batches = tg_batches_new(&data, 8, .seed = 9);
    for (int epoch = 0; epoch < 3; epoch++) take_epoch(&batches, whole + epoch * ROWS);
    tg_batches_free(&batches);
    for (int64_t row = 0; row < ROWS; row += 8) {
        batches = tg_batches_new(&data, 8, .seed = 9);
        ck_assert_int_eq(tg_batches_seek(&batches, 1, row), TG_OK);
        const int64_t count = take_epoch(&batches, resumed);
        ck_assert_int_eq(count, ROWS - row);
        take_epoch(&batches, resumed + count);
        ck_assert_mem_eq(resumed, whole + ROWS + row, (size_t)(count + ROWS) * sizeof *whole);
        tg_batches_free(&batches);
    }
    batches = tg_batches_new(&data, 8);
    ck_assert_int_eq(tg_batches_seek(&batches, -1, 0), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_batches_seek(&batches, 0, ROWS + 1), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_batches_seek(&batches, 0, ROWS), TG_OK);
    ck_assert_int_eq(tg_batches_peek(&batches), 0);
    ck_assert_int_eq(tg_batches_seek(NULL, 0, 0), TG_ERR_ARGUMENT);
    tg_batches_free(&batches);
}
END_TEST

START_TEST(without_shuffle_rows_come_as_they_are_and_a_short_batch_may_be_dropped)
{
    const tg_dataset data = three_classes();
    int64_t seen[ROWS];
    tg_batches batches = tg_batches_new(&data, 10, .shuffle = false, .drop_last = true);
    for (int epoch = 0; epoch < 2; epoch++) {
        ck_assert_int_eq(take_epoch(&batches, seen), 100);
        for (int i = 0; i < 100; i++) ck_assert_int_eq(seen[i], i);
    }
    tg_batches_free(&batches);
    batches = tg_batches_new(&data, 104, .drop_last = true);
    ck_assert_int_eq(tg_batches_peek(&batches), 0);
    ck_assert_int_eq(tg_batches_next(&batches, NULL, NULL), 0);
    ck_assert_int_eq(batches.epoch, 1);
    tg_batches_free(&batches);
}
END_TEST

START_TEST(all_orders_of_a_small_set_are_equally_likely)
{
    float values[3] = { 0, 1, 2 };
    const tg_dataset data = { .x = tg_array_view(TG_F32, TG_SHAPE(3), values) };
    const int64_t draws = scaled(60000);
    int64_t counts[27] = { 0 };
    tg_batches batches = tg_batches_new(&data, 3, .seed = 11);
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(3));
    for (int64_t i = 0; i < draws; i++) {
        float got[3];
        tg_batches_seek(&batches, i, 0);
        ck_assert_int_eq(tg_batches_next(&batches, x, NULL), 3);
        ck_assert_int_eq(tg_get_as(x, TG_F32, got, 3), TG_OK);
        counts[(int)got[0] * 9 + (int)got[1] * 3 + (int)got[2]]++;
    }
    /* Six orders; six standard deviations of their counts. */
    const double each = (double)draws / 6, spread = 6 * sqrt((double)draws * 5 / 36);
    int orders = 0;
    for (int i = 0; i < 27; i++) {
        if (counts[i] == 0) continue;
        orders++;
        ck_assert(fabs((double)counts[i] - each) <= spread);
    }
    ck_assert_int_eq(orders, 6);
    tg_batches_free(&batches);
}
END_TEST

/* The batch fails with this message on the tape, is skipped, and the loop comes to its end. */
static void expect_feed_error(const tg_dataset *data, tg_tensor *x, tg_tensor *y, const char *text)
{
    tg_batches batches = tg_batches_new(data, 10);
    ck_assert_int_eq(tg_batches_next(&batches, x, y), -1);
    ck_assert_msg(strstr(tg_tape_error(tape), text), "'%s' is not in '%s'", text,
                  tg_tape_error(tape));
    int calls = 1;
    while (tg_batches_next(&batches, x, y)) calls++;
    ck_assert_int_le(calls, 11);
    tg_batches_free(&batches);
    tg_tape_clear_error(tape);
}

START_TEST(inputs_that_do_not_fit_the_batch_are_refused_on_the_tape)
{
    const tg_dataset data = three_classes();
    tg_dataset bare = data;
    bare.y = (tg_array){ .data = NULL };
    const inputs right = inputs_for(10), large = inputs_for(12), small = inputs_for(3);
    tg_tensor *bytes_in = tg_input(tape, "b", TG_U8, TG_SHAPE(10, 2));
    tg_tensor *wide = tg_input(tape, "w", TG_F32, TG_SHAPE(10, 3));
    tg_tensor *scalar = tg_input(tape, "s", TG_F32, TG_SCALAR);
    tg_tensor *sum = tg_add(right.x, right.x);
    expect_feed_error(&data, large.x, large.y,
                      "the coming batch has 10 rows, x [10, 2], and x is [12, 2]");
    expect_feed_error(&data, large.x, large.y, ".drop_last = true");
    expect_feed_error(&data, small.x, small.y, "and x is [3, 2]");
    expect_feed_error(&data, wide, right.y, "and x is [10, 3]");
    expect_feed_error(&data, scalar, right.y, "and x is []");
    expect_feed_error(&data, right.x, large.y, "and y is [12]");
    expect_feed_error(&data, bytes_in, right.y, "x is u8, the data f32");
    expect_feed_error(&data, right.x, right.x, "y is f32, the data i32");
    expect_feed_error(&bare, right.x, right.y, "the data has no labels");
    expect_feed_error(&data, sum, right.y, "input");
    tg_batches batches = tg_batches_new(&data, 10);
    ck_assert_int_eq(tg_batches_next(&batches, NULL, right.y), -1);
    ck_assert_int_eq(tg_batches_next(&batches, NULL, NULL), -1);
    ck_assert_int_eq(tg_batches_next(NULL, right.x, right.y), -1);
    tg_batches_free(&batches);
    tg_batches_free(NULL);
}
END_TEST

START_TEST(a_row_may_have_another_shape_than_in_the_data)
{
    uint8_t pixels[4][2][3], got[4][6];
    for (int i = 0; i < 24; i++) ((uint8_t *)pixels)[i] = (uint8_t)i;
    const tg_dataset data = { .x = tg_array_view(TG_U8, TG_SHAPE(4, 2, 3), pixels) };
    tg_batches batches = tg_batches_new(&data, 4, .shuffle = false);
    tg_tensor *flat = tg_input(tape, "x", TG_U8, TG_SHAPE(4, 6));
    ck_assert_int_eq(tg_batches_next(&batches, flat, NULL), 4);
    ck_assert_int_eq(tg_get_as(flat, TG_U8, got, 24), TG_OK);
    ck_assert_mem_eq(got, pixels, 24);
    tg_batches_free(&batches);
}
END_TEST

START_TEST(batches_know_how_many_they_are_and_how_short_the_last_one_is)
{
    /* size, batches, rows of the last one; then the same with .drop_last */
    static const int64_t expected[][5] = {
        { 1, 103, 1, 103, 1 },   { 10, 11, 3, 10, 10 }, { 102, 2, 1, 1, 102 },
        { 103, 1, 103, 1, 103 }, { 104, 1, 103, 0, 0 }, { INT64_MAX, 1, 103, 0, 0 },
    };
    const tg_dataset data = three_classes();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        for (int drop = 0; drop < 2; drop++) {
            int64_t seen[ROWS], count = 0, last = 0;
            tg_batches batches = tg_batches_new(&data, expected[i][0], .drop_last = drop);
            for (int64_t rows; (rows = take_batch(&batches, seen)) > 0; count++) last = rows;
            ck_assert_int_eq(count, expected[i][1 + 2 * drop]);
            ck_assert_int_eq(last, expected[i][2 + 2 * drop]);
            ck_assert_int_eq(tg_batches_count(&batches), count);
            ck_assert_int_eq(tg_batches_rest(&batches), last);
            tg_batches_free(&batches);
            ck_assert_int_eq(tg_batches_count(&batches), 0);
            ck_assert_int_eq(tg_batches_rest(&batches), 0);
        }
    ck_assert_int_eq(tg_batches_count(NULL), 0);
    ck_assert_int_eq(tg_batches_rest(NULL), 0);
}
END_TEST

START_TEST(batches_that_cannot_be_made_say_so_at_the_first_call)
{
    const tg_dataset data = three_classes();
    tg_dataset broken = data;
    broken.x.data = NULL;
    const inputs in = inputs_for(10);
    tg_batches cases[4] = { tg_batches_new(NULL, 10), tg_batches_new(&data, 0),
                            tg_batches_new(&data, -5), tg_batches_new(&broken, 10) };
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(cases[i].error.status, TG_ERR_ARGUMENT);
        ck_assert_int_lt(tg_batches_peek(&cases[i]), 0);
        ck_assert_int_eq(tg_batches_count(&cases[i]), 1);
        ck_assert_int_eq(tg_batches_rest(&cases[i]), 1);
        ck_assert_int_lt(tg_batches_next(&cases[i], in.x, in.y), 0);
        ck_assert_ptr_nonnull(strstr(tg_tape_error(tape), cases[i].error.text));
        ck_assert_int_eq(tg_batches_next(&cases[i], in.x, in.y), 0);
        tg_tape_clear_error(tape);
        tg_batches_free(&cases[i]);
    }
    for (int at = 1; at <= 4; at++) {
        heap = (counting_heap){ .fail_at = at };
        const tg_allocator allocator = counting_allocator(&heap);
        tg_batches batches = tg_batches_new(&data, 10, .allocator = &allocator);
        ck_assert_int_eq(batches.error.status, at < 4 ? TG_ERR_MEMORY : TG_OK);
        if (at < 4) ck_assert_int_eq(heap.blocks, 0);
        tg_batches_free(&batches);
        ck_assert_int_eq(heap.blocks, 0);
    }
}
END_TEST

/* ---- Whole arrays ----------------------------------------------------------------------- */

static void expect_array_error(tg_tensor *input, const tg_array *array, tg_status status,
                               const char *text)
{
    ck_assert_int_eq(tg_feed_array(input, array), status);
    ck_assert_int_eq(tg_tape_status(tape), status);
    ck_assert_msg(strstr(tg_tape_error(tape), text), "'%s' is not in '%s'", text,
                  tg_tape_error(tape));
    tg_tape_clear_error(tape);
}

START_TEST(an_array_is_fed_whole_to_an_input_of_its_rows)
{
    const tg_dataset data = three_classes();
    const inputs in = inputs_for(ROWS);
    tg_tensor *cube = tg_input(tape, "cube", TG_F32, TG_SHAPE(ROWS, 1, 2, 1));
    tg_tensor *number = tg_input(tape, "number", TG_F64, TG_SCALAR);
    tg_tensor *nothing = tg_input(tape, "nothing", TG_F64, TG_SHAPE(0, 3));
    double three = 3;
    const tg_array one = tg_array_view(TG_F64, TG_SCALAR, &three);
    const tg_array none = tg_array_view(TG_F64, TG_SHAPE(0, 3), NULL);
    ck_assert_int_eq(tg_feed_array(in.x, &data.x), TG_OK);
    ck_assert_int_eq(tg_feed_array(in.y, &data.y), TG_OK);
    ck_assert_int_eq(tg_feed_array(cube, &data.x), TG_OK);
    ck_assert_int_eq(tg_feed_array(number, &one), TG_OK);
    ck_assert_int_eq(tg_feed_array(nothing, &none), TG_OK);
    float x[ROWS * 2], again[ROWS * 2];
    int32_t y[ROWS];
    ck_assert_int_eq(tg_get(in.x, x, ROWS * 2), TG_OK);
    ck_assert_int_eq(tg_get(cube, again, ROWS * 2), TG_OK);
    ck_assert_int_eq(tg_get(in.y, y, ROWS), TG_OK);
    ck_assert_mem_eq(x, x_values, sizeof x);
    ck_assert_mem_eq(again, x_values, sizeof again);
    ck_assert_mem_eq(y, y_values, sizeof y);
    ck_assert(tg_item(number) == 3);
}
END_TEST

START_TEST(an_array_that_does_not_fit_is_refused_on_the_tape)
{
    const tg_dataset data = three_classes();
    const inputs in = inputs_for(ROWS);
    tg_tensor *turned = tg_input(tape, "turned", TG_F32, TG_SHAPE(2, ROWS));
    tg_tensor *scalar = tg_input(tape, "scalar", TG_F32, TG_SCALAR);
    const tg_array empty = { .data = NULL };
    tg_array missing = data.x, wrong = data.x;
    missing.data = NULL;
    wrong.shape.rank = -1;
    expect_array_error(in.x, NULL, TG_ERR_ARGUMENT, "tg_feed_array: the array is NULL");
    expect_array_error(in.x, &empty, TG_ERR_ARGUMENT, "the array is empty");
    expect_array_error(in.y, &data.x, TG_ERR_DTYPE, "the input is i32, the data f32");
    expect_array_error(turned, &data.x, TG_ERR_SHAPE,
                       "the array is [103, 2], and the input is [2, 103]");
    expect_array_error(turned, &data.x, TG_ERR_SHAPE, "test_batches.c");
    expect_array_error(turned, &data.x, TG_ERR_SHAPE, "operand  turned  [2, 103]");
    expect_array_error(scalar, &data.x, TG_ERR_SHAPE, "and the input is []");
    expect_array_error(in.x, &wrong, TG_ERR_SHAPE, "tg_feed_array");
    expect_array_error(in.x, &missing, TG_ERR_ARGUMENT, "the data are NULL");
    expect_array_error(tg_add(in.x, in.x), &data.x, TG_ERR_STATE, "only a tg_input can be fed");
    ck_assert_int_eq(tg_feed_array(NULL, &data.x), TG_ERR_ARGUMENT);

    /* The first error stays, and nothing is fed behind it. */
    tg_feed_array(in.x, NULL);
    ck_assert_int_eq(tg_feed_array(turned, &data.x), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_feed_array(in.x, &data.x), TG_ERR_ARGUMENT);
    ck_assert_ptr_null(strstr(tg_tape_error(tape), "turned"));
    tg_tape_clear_error(tape);
    float x[ROWS * 2];
    ck_assert_int_eq(tg_get(in.x, x, ROWS * 2), TG_OK);
    for (int i = 0; i < ROWS * 2; i++) ck_assert(x[i] == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("batches");
    TCase *cases = tcase_create("batches");
    tcase_add_checked_fixture(cases, start_tape, end_tape);
    tcase_add_test(cases, an_epoch_delivers_every_row_once_whatever_the_batch_size);
    tcase_add_test(cases, the_order_of_an_epoch_is_written_down);
    tcase_add_test(cases, batches_resume_exactly_where_they_were);
    tcase_add_test(cases, without_shuffle_rows_come_as_they_are_and_a_short_batch_may_be_dropped);
    tcase_add_test(cases, all_orders_of_a_small_set_are_equally_likely);
    tcase_add_test(cases, inputs_that_do_not_fit_the_batch_are_refused_on_the_tape);
    tcase_add_test(cases, a_row_may_have_another_shape_than_in_the_data);
    tcase_add_test(cases, batches_know_how_many_they_are_and_how_short_the_last_one_is);
    tcase_add_test(cases, batches_that_cannot_be_made_say_so_at_the_first_call);
    tcase_add_test(cases, an_array_is_fed_whole_to_an_input_of_its_rows);
    tcase_add_test(cases, an_array_that_does_not_fit_is_refused_on_the_tape);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
