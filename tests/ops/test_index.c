/* test_index.c: what an index takes and adds up, against loops: for all dtypes, for operands that
 * lie in memory in different ways, with gradients. */
#include "tests/support/arrays.h"

/* Places that are taken from a and added to b: a has [size] elements along the axis. */
typedef struct along {
    tg_shape shape, index; /* of x, and of the index, which is broadcast to its sizes */
    int axis;
    int64_t count; /* of indices along the axis */
} along;

static const along alongs[] = {
    { R(5), R(7), 0, 7 },
    { R(3, 4), R(3, 6), 1, 6 },
    { R(3, 4), R(2, 4), 0, 2 },
    { R(3, 4, 5), R(3, 2, 5), 1, 2 },
    { R(3, 4, 5), R(1, 2, 5), 1, 2 },
    { R(3, 4, 5), R(3, 2, 1), 1, 2 },
    { R(3, 4, 5), R(1, 1, 1), 2, 1 },
    { R(3, 4), R(3, 0), 1, 0 },
    { R(40, 33), R(40, 65), 1, 65 },
    { EIGHT, R(2, 1, 4, 2, 1, 2, 2, 3), 2, 4 },
};

/* Values, and the adjoint, which adds in the order of places. */
static void ck_along(const along *a, tg_dtype dtype, tg_dtype index_dtype, int form)
{
    start_over();
    rng random = rng_of((uint64_t)dtype, (uint64_t)(a - alongs));
    const int64_t size = a->shape.dim[a->axis];
    const tg_shape taken_shape = shape_with(a->shape, a->axis, a->count);
    const array x = drawn_array(&random, dtype, a->shape), index = array_of(a->index);
    const array taken = array_of(taken_shape), added = array_of(a->shape);
    const array parts = drawn_array(&random, dtype, taken_shape);
    const array cotangent = drawn_array(&random, dtype, a->shape), back = array_of(taken_shape);
    for (int64_t k = 0; k < index.count; k++) index.at[k] = rng_below(&random, (int)size);
    for (int64_t k = 0; k < taken.count; k++) {
        int64_t at[TG_MAX_RANK], named[TG_MAX_RANK];
        index_of(taken_shape, k, at);
        for (int i = 0; i < a->index.rank; i++) named[i] = a->index.dim[i] == 1 ? 0 : at[i];
        at[a->axis] = (int64_t)index.at[place_of(a->index, named)];
        const int64_t place = place_of(a->shape, at);
        taken.at[k] = x.at[place];
        added.at[place] = as_dtype(dtype, added.at[place] + parts.at[k]);
        back.at[k] = cotangent.at[place];
    }
    tg_tensor *in = operand_of(dtype, x, form), *where = operand_of(index_dtype, index, form);
    tg_tensor *got = tg_take_along(in, where, a->axis);
    ck_elements("take_along", got, taken, 0);
    if (is_float(dtype)) ck_received("take_along", got, parts, in, added, tolerance_of(dtype));
    if (dtype == TG_BOOL) return;
    tg_tensor *spread = operand_of(dtype, parts, form);
    tg_tensor *sum = tg_scatter_add_along(spread, where, a->axis, size);
    ck_elements("scatter_add_along", sum, added, tolerance_of(dtype));
    if (is_float(dtype)) ck_received("scatter_add_along", sum, cotangent, spread, back, 0);
}

START_TEST(elements_are_taken_and_added_where_the_index_says)
{
    for (int i = 0; i < COUNT_OF(alongs); i++)
        for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
            ck_along(&alongs[i], dtype, TG_I64, i % FORMS);
            ck_along(&alongs[i], dtype, TG_I32, (i + 1) % FORMS);
        }
}
END_TEST

START_TEST(one_hot_has_a_one_where_the_index_says)
{
    const tg_shape shapes[] = { { 0 }, R(5), R(2, 3), R(0, 2), R(2, 1, 3, 1, 1, 2, 2) };
    for (int k = 0; k < COUNT_OF(shapes); k++)
        for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
            start_over();
            rng random = rng_of((uint64_t)dtype, (uint64_t)k);
            const array index = array_of(shapes[k]);
            tg_shape shape = shapes[k];
            shape.dim[shape.rank++] = 4;
            const array want = array_of(shape);
            for (int64_t i = 0; i < index.count; i++) {
                index.at[i] = rng_below(&random, 4);
                want.at[i * 4 + (int64_t)index.at[i]] = 1;
            }
            tg_tensor *where = operand_of(k % 2 ? TG_I32 : TG_I64, index, k % FORMS);
            ck_elements("one_hot", tg_one_hot(where, 4, dtype), want, 0);
        }
}
END_TEST

/* Some slices of rows, so large that they are shared out: against loops that add in doubles, one
 * row after the other. */
enum { SLICES = 3, ROWS = 150, PICKS = 2000, WIDTH = 37 };
static float rows_x[SLICES * ROWS * WIDTH], rows_taken[SLICES * PICKS * WIDTH];
static float rows_added[SLICES * ROWS * WIDTH], rows_got[SLICES * PICKS * WIDTH];
static int32_t rows_index[PICKS];

static void expect_rows(void)
{
    static double sum[ROWS * WIDTH];
    for (int i = 0; i < SLICES; i++) {
        memset(sum, 0, sizeof sum);
        for (int k = 0; k < PICKS; k++)
            for (int j = 0; j < WIDTH; j++) {
                const float x = rows_x[(i * ROWS + rows_index[k]) * WIDTH + j];
                rows_taken[(i * PICKS + k) * WIDTH + j] = x;
                sum[rows_index[PICKS - 1 - k] * WIDTH + j] += (double)x;
            }
        for (int e = 0; e < ROWS * WIDTH; e++) rows_added[i * ROWS * WIDTH + e] = (float)sum[e];
    }
}

START_TEST(rows_are_the_same_on_any_number_of_threads)
{
    rng random = rng_of(5, 6);
    for (int i = 0; i < COUNT_OF(rows_x); i++) rows_x[i] = (float)rng_between(&random, -1, 1);
    for (int k = 0; k < PICKS; k++)
        rows_index[k] = rng_below(&random, ROWS - 1); /* none is the last */
    expect_rows();
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(SLICES, ROWS, WIDTH));
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(PICKS));
    tg_feed(x, rows_x, COUNT_OF(rows_x));
    tg_feed(index, rows_index, PICKS);
    tg_tensor *taken = tg_gather(x, index, 1);
    tg_tensor *added = tg_scatter_add(taken, tg_flip(index, TG_AXES(0)), 1, ROWS);
    for (int threads = 1; threads < 5; threads++) {
        tg_plan *plan = tg_compile(tape, taken, added, .threads = threads);
        ck_no_error();
        ck_assert_int_eq(tg_run(plan), TG_OK);
        tg_get(taken, rows_got, COUNT_OF(rows_taken));
        ck_assert_mem_eq(rows_got, rows_taken, sizeof rows_taken);
        tg_get(added, rows_got, COUNT_OF(rows_added));
        ck_assert_mem_eq(rows_got, rows_added, sizeof rows_added);
        tg_plan_free(plan);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("index");
    TCase *cases = tcase_create("index");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, elements_are_taken_and_added_where_the_index_says);
    tcase_add_test(cases, one_hot_has_a_one_where_the_index_says);
    tcase_add_test(cases, rows_are_the_same_on_any_number_of_threads);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
