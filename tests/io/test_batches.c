/* test_batches.c: batches fed to a real tape, and the progress bar. */
#define _XOPEN_SOURCE 700 /* for a pseudo-terminal */
#include "io_files.h"
#include "tg_ops.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

static counting_heap heap;

enum { ROWS = 103 };

/* Row i holds (i, -i), and its label is that of three uneven classes. */
static float x_values[ROWS][2];
static int32_t y_values[ROWS];

static tg_dataset small_data(void)
{
    for (int i = 0; i < ROWS; i++) {
        x_values[i][0] = (float)i;
        x_values[i][1] = -(float)i;
        y_values[i] = i % 10 == 0 ? -7 : i % 3 == 0 ? 5 : 300;
    }
    return (tg_dataset){ .x = tg_array_view(TG_F32, TG_SHAPE(ROWS, 2), x_values),
                         .y = tg_array_view(TG_I32, TG_SHAPE(ROWS), y_values) };
}

/* ---- Batches ---------------------------------------------------------------------------- */

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
    const tg_dataset data = small_data();
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
    const tg_dataset data = small_data();
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
    const tg_dataset data = small_data();
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
    const tg_dataset data = small_data();
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
    const tg_dataset data = small_data();
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
    const tg_dataset data = small_data();
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
    const tg_dataset data = small_data();
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
    const tg_dataset data = small_data();
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
    const tg_dataset data = small_data();
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

/* ---- Progress --------------------------------------------------------------------------- */

static char *drawn;
static size_t drawn_size;

START_TEST(progress_is_drawn_on_one_line_and_ends_it)
{
    FILE *out = open_memstream(&drawn, &drawn_size);
    tg_progress bar = { .out = out, .total = 4, .label = "epoch\n1", .always = true };
    for (int i = 0; i < 4; i++) tg_progress_step(&bar, "loss %.4f", i == 3 ? -(double)NAN : 0.5);
    fflush(out);
    ck_assert_int_eq(drawn[0], '\r');
    ck_assert_ptr_nonnull(strstr(drawn, "epoch?1 [====================] 100% 4/4"));
    ck_assert_ptr_nonnull(strstr(drawn, " loss nan"));
    ck_assert_ptr_null(strstr(drawn, "-nan"));
    ck_assert_ptr_eq(strchr(drawn, '\n'), drawn + drawn_size - 1);
    /* The struct starts over; a long text and label stay on one line. */
    const size_t before = drawn_size;
    bar.total = 0;
    bar.label = "ein sehr langes Etikett mit \xc3\xbc und mehr";
    tg_progress_step(&bar, "%0200d", 7);
    tg_progress_end(&bar);
    tg_progress_end(&bar);
    fclose(out);
    ck_assert_ptr_eq(strchr(drawn + before, '\n'), drawn + drawn_size - 1);
    for (char *p = drawn + before, *next; (next = strpbrk(p, "\r\n")); p = next + 1)
        ck_assert_int_lt(next - p, 80);
    free(drawn);
}
END_TEST

START_TEST(a_cleared_bar_leaves_an_empty_line_and_comes_back)
{
    FILE *out = open_memstream(&drawn, &drawn_size);
    tg_progress bar = { .out = out, .total = 9, .always = true };
    tg_progress_clear(&bar); /* nothing is drawn yet */
    fflush(out);
    ck_assert_uint_eq(drawn_size, 0);
    tg_progress_step(&bar, "loss %d", 5);
    fflush(out);
    ck_assert_ptr_nonnull(strstr(drawn, "1/9"));
    const size_t before = drawn_size;
    tg_progress_clear(&bar);
    /* A carriage return, as many blanks as the bar was wide, and another. */
    ck_assert_uint_eq(drawn_size - before, before + 1);
    ck_assert_int_eq(drawn[before], '\r');
    ck_assert_uint_eq(strspn(drawn + before + 1, " "), before - 1);
    ck_assert_int_eq(drawn[drawn_size - 1], '\r');
    const size_t cleared = drawn_size;
    tg_progress_clear(&bar);
    ck_assert_uint_eq(drawn_size, cleared);
    tg_progress_step(&bar, NULL); /* drawn at once, though less than a tenth of a second passed */
    ck_assert_uint_gt(drawn_size, cleared);
    ck_assert_ptr_nonnull(strstr(drawn + cleared, "2/9"));
    ck_assert_ptr_nonnull(strstr(drawn + cleared, "loss 5"));
    tg_progress_end(&bar);
    const size_t ended = drawn_size;
    tg_progress_clear(&bar);
    tg_progress_clear(NULL);
    fclose(out);
    ck_assert_uint_eq(drawn_size, ended);
    free(drawn);
}
END_TEST

START_TEST(progress_is_silent_where_no_terminal_is)
{
    FILE *out = open_memstream(&drawn, &drawn_size), *file = tmpfile();
    tg_progress bars[3] = { { .out = out, .total = 9 },
                            { .out = file, .total = 9 },
                            { .total = 9 } };
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 12; k++) tg_progress_step(&bars[i], "x");
        tg_progress_clear(&bars[i]);
        tg_progress_end(&bars[i]);
    }
    tg_progress_step(NULL, "x");
    tg_progress_end(NULL);
    fflush(out);
    ck_assert_uint_eq(drawn_size, 0);
    ck_assert_int_eq(ftell(file), 0);
    fclose(out);
    fclose(file);
    free(drawn);
}
END_TEST

START_TEST(progress_knows_a_terminal_and_draws_seldom)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master)) {
        puts("skipped: progress on a terminal, since there is no pseudo-terminal here");
        return;
    }
    FILE *terminal = fopen(ptsname(master), "w");
    ck_assert_ptr_nonnull(terminal);
    tg_progress bar = { .out = terminal, .total = 100000, .label = "steps" };
    for (int i = 0; i < 1000; i++) tg_progress_step(&bar, NULL);
    tg_progress_end(&bar);
    char text[8192];
    const ssize_t got = read(master, text, sizeof text - 1);
    ck_assert_int_gt(got, 0);
    ck_assert_int_lt(got, 4000);
    text[got] = 0;
    ck_assert_ptr_nonnull(strstr(text, "steps ["));
    fclose(terminal);
    close(master);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("batches");
    TCase *batches = tcase_create("batches"), *progress = tcase_create("progress");
    tcase_add_checked_fixture(batches, start_tape, end_tape);
    tcase_add_test(batches, an_epoch_delivers_every_row_once_whatever_the_batch_size);
    tcase_add_test(batches, the_order_of_an_epoch_is_written_down);
    tcase_add_test(batches, batches_resume_exactly_where_they_were);
    tcase_add_test(batches, without_shuffle_rows_come_as_they_are_and_a_short_batch_may_be_dropped);
    tcase_add_test(batches, all_orders_of_a_small_set_are_equally_likely);
    tcase_add_test(batches, inputs_that_do_not_fit_the_batch_are_refused_on_the_tape);
    tcase_add_test(batches, a_row_may_have_another_shape_than_in_the_data);
    tcase_add_test(batches, batches_know_how_many_they_are_and_how_short_the_last_one_is);
    tcase_add_test(batches, batches_that_cannot_be_made_say_so_at_the_first_call);
    tcase_add_test(batches, an_array_is_fed_whole_to_an_input_of_its_rows);
    tcase_add_test(batches, an_array_that_does_not_fit_is_refused_on_the_tape);
    tcase_add_test(progress, progress_is_drawn_on_one_line_and_ends_it);
    tcase_add_test(progress, a_cleared_bar_leaves_an_empty_line_and_comes_back);
    tcase_add_test(progress, progress_is_silent_where_no_terminal_is);
    tcase_add_test(progress, progress_knows_a_terminal_and_draws_seldom);
    suite_add_tcase(suite, batches);
    suite_add_tcase(suite, progress);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
