/* test_sums.c: what docs/sums.md promises: every operation that adds keeps one bound, planned and
 * naive, and does not depend on how the planner joins it with others. */
#include "tests/support/suite.h"
#include "tests/support/random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <tapegrad.h>

/* So many that a chain of additions in f32 comes to a stand; divisible by all that the ways below
 * divide it by. The rest has fewer, but in a long test. */
static int64_t terms(bool all)
{
    enum { MOST = 2500 };
    const int parts = scaled(all ? MOST : MOST / 10);
    return (int64_t)(parts < MOST ? parts : MOST) * 8000;
}

/* ---- Terms ------------------------------------------------------------------------------ */

typedef enum kind { ONES, RANDOM, ALTERNATING, GROWING, KINDS } kind;

static double term(kind what, int64_t i, int64_t k, rng *r)
{
    switch (what) {
    case ONES: return 1;
    case RANDOM: return rng_between(r, 0, 1);
    case ALTERNATING: return (i % 2 ? -1 : 1) * (1 + (double)i / (double)k);
    default: return exp2(24 * (double)i / (double)k);
    }
}

typedef struct data {
    tg_dtype dtype;
    int64_t k;
    void *x;
    long double sum, size; /* of x, and of |x| */
} data;

/* The sums are exact: what they lose is kept. */
static data new_data(tg_dtype dtype, kind what, int64_t k)
{
    data d = { .dtype = dtype, .k = k, .x = malloc((size_t)k * tg_dtype_size(dtype)) };
    ck_assert_ptr_nonnull(d.x);
    rng r = rng_of((uint64_t)what, 1);
    long double lost = 0;
    for (int64_t i = 0; i < k; i++) {
        double value = term(what, i, k, &r);
        if (dtype == TG_F32) value = (double)(((float *)d.x)[i] = (float)value);
        else ((double *)d.x)[i] = value;
        const long double before = d.sum, after = before + (long double)value;
        const long double part = after - before;
        lost += (before - (after - part)) + ((long double)value - part);
        d.sum = after;
        d.size += fabsl((long double)value);
    }
    d.sum += lost;
    return d;
}

/* ---- Ways to add them ------------------------------------------------------------------- */

static tg_tensor *ones(tg_tensor *like, tg_shape shape)
{
    return tg_full(tg_tape_of(like), tg_dtype_of(like), shape, 1);
}

static tg_tensor *nowhere_but_0(tg_tensor *like, tg_shape shape)
{
    return tg_full(tg_tape_of(like), TG_I32, shape, 0);
}

static tg_tensor *matrix_of(tg_tensor *x, int64_t columns)
{
    return tg_reshape(x, TG_SHAPE(tg_dim(x, 0) / columns, columns));
}

#define WAY(name, ...)                                                                             \
    static tg_tensor *name(tg_tensor *x)                                                           \
    {                                                                                              \
        const int64_t k = tg_dim(x, 0);                                                            \
        (void)k;                                                                                   \
        return __VA_ARGS__;                                                                        \
    }
WAY(by_sum, tg_sum(x))
WAY(by_mean, tg_mul_num(tg_mean(x), (double)k))
WAY(by_sum_of_a_map, tg_neg(tg_sum(tg_neg(x))))
WAY(by_rows, tg_sum(tg_sum(matrix_of(x, 1000), .axis = 1)))
WAY(by_long_rows, tg_sum(tg_sum(tg_reshape(x, TG_SHAPE(4, k / 4)), .axis = 1)))
WAY(by_columns, tg_sum(tg_sum(matrix_of(x, 4), .axis = 0)))
WAY(by_many_columns, tg_sum(tg_sum(matrix_of(x, 1000), .axis = 0)))
WAY(by_columns_of_a_map, tg_neg(tg_sum(tg_sum(tg_neg(matrix_of(x, 40)), .axis = 0))))
WAY(by_many_columns_of_a_map, tg_neg(tg_sum(tg_sum(tg_neg(matrix_of(x, 1000)), .axis = 0))))
WAY(by_short_rows, tg_sum(tg_sum(matrix_of(x, 8), .axis = 1)))
WAY(beside_rows, tg_sum(tg_add(matrix_of(x, 1000),
                               tg_mul_num(tg_max(matrix_of(x, 1000), .axis = 1, .keep = true), 0))))
WAY(by_dot, tg_dot(x, ones(x, TG_SHAPE(k)), .a_axes = TG_AXES(0), .b_axes = TG_AXES(0)))
WAY(by_dots, tg_sum(tg_matmul(tg_reshape(x, TG_SHAPE(2, k / 2)), ones(x, TG_SHAPE(k / 2, 1)))))
WAY(by_a_row, tg_sum(tg_matmul(ones(x, TG_SHAPE(1, k / 8)), matrix_of(x, 8))))
WAY(by_product,
    tg_pick(tg_sum(tg_matmul(tg_transpose(matrix_of(x, 8)), ones(x, TG_SHAPE(k / 8, 5))),
                   .axis = 0),
            0, 4))
WAY(by_running_sum, tg_pick(tg_cumsum(x, 0), 0, k - 1))
WAY(by_scatter, tg_scatter_add(x, nowhere_but_0(x, TG_SHAPE(k)), 0, 1))
WAY(by_scattered_rows,
    tg_sum(tg_scatter_add(matrix_of(x, 8), nowhere_but_0(x, TG_SHAPE(k / 8)), 0, 1)))
WAY(by_scatter_along, tg_scatter_add_along(x, nowhere_but_0(x, TG_SHAPE(k)), 0, 1))

/* The gradient of a gather: all come from one place. */
static tg_tensor *by_gather(tg_tensor *x)
{
    tg_tensor *from = ones(x, TG_SHAPE(1));
    tg_tensor *all = tg_gather(from, nowhere_but_0(x, TG_SHAPE(tg_dim(x, 0))), 0);
    return tg_grad(tg_sum(tg_mul(all, x)), from);
}

/* The gradient of a convolution of one channel by the middle of its kernel. */
static tg_tensor *by_convolution(tg_tensor *x)
{
    const int64_t k = tg_dim(x, 0);
    tg_tensor *kernel = ones(x, TG_SHAPE(1, 1, 3, 3));
    tg_tensor *y =
        tg_convolve(tg_reshape(x, TG_SHAPE(1, 1, k / 1000, 1000)), kernel, NULL, .padding = 1);
    return tg_pick(tg_reshape(tg_grad(tg_sum(y), kernel), TG_SHAPE(9)), 0, 4);
}

/* Of several channels and images, where the cotangent's lines are walked. */
static tg_tensor *by_convolutions(tg_tensor *x)
{
    const int64_t k = tg_dim(x, 0);
    tg_tensor *kernel = ones(x, TG_SHAPE(4, 2, 3, 3));
    tg_tensor *y =
        tg_convolve(tg_reshape(x, TG_SHAPE(2, 2, k / 4000, 1000)), kernel, NULL, .padding = 1);
    tg_tensor *g = tg_reshape(tg_grad(tg_sum(y), kernel), TG_SHAPE(4, 2, 9));
    return tg_sum(tg_pick(tg_pick(g, 0, 3), 1, 4));
}

static const struct way {
    const char *name;
    tg_tensor *(*record)(tg_tensor *x);
} ways[] = {
    { "sum", by_sum },
    { "mean", by_mean },
    { "sum of a map", by_sum_of_a_map },
    { "sum of rows", by_rows },
    { "sum of long rows", by_long_rows },
    { "sum of columns", by_columns },
    { "sum of many columns", by_many_columns },
    { "sum of columns of a map", by_columns_of_a_map },
    { "sum of many columns of a map", by_many_columns_of_a_map },
    { "sum of short rows", by_short_rows },
    { "sum beside rows", beside_rows },
    { "dot", by_dot },
    { "dots", by_dots },
    { "row times matrix", by_a_row },
    { "product", by_product },
    { "cumsum", by_running_sum },
    { "scatter_add", by_scatter },
    { "scatter_add of rows", by_scattered_rows },
    { "scatter_add_along", by_scatter_along },
    { "gradient of gather", by_gather },
    { "gradient of a convolution of one channel", by_convolution },
    { "gradient of a convolution", by_convolutions },
};
enum { WAYS = sizeof ways / sizeof *ways };

/* ---- The bound -------------------------------------------------------------------------- */

/* That of docs/sums.md. */
static long double bound(const data *d)
{
    const int panel = 300;
    const long double unit = d->dtype == TG_F32 ? 0x1p-24L : 0x1p-53L;
    return (panel + log2l((long double)d->k)) * unit * d->size;
}

static void check_way(const struct way *w, const data *d, kind what, bool naive)
{
    tg_store *store = tg_store_new();
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_input(tape, "x", d->dtype, TG_SHAPE(d->k));
    tg_tensor *y = w->record(x);
    tg_plan *plan = tg_compile(tape, y, .naive = naive);
    ck_assert_msg(plan != NULL, "%s: %s", w->name, tg_tape_error(tape));
    tg_feed_as(x, d->dtype, d->x, (size_t)d->k);
    ck_assert_int_eq(tg_run(plan), TG_OK);
    const long double error = fabsl((long double)tg_item(y) - d->sum);
    ck_assert_msg(error <= bound(d),
                  "%s of terms %d, %s, %s: %.17g, not %.17Lg; %.3Lg times the bound", w->name, what,
                  tg_dtype_name(d->dtype), naive ? "naive" : "planned", tg_item(y), d->sum,
                  error / bound(d));
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
}

START_TEST(every_way_to_add_keeps_the_bound)
{
    const tg_dtype dtype = _i / KINDS ? TG_F64 : TG_F32;
    data d = new_data(dtype, (kind)(_i % KINDS), terms(false));
    for (int i = 0; i < WAYS; i++)
        for (int naive = 0; naive < 2; naive++) check_way(&ways[i], &d, (kind)(_i % KINDS), naive);
    free(d.x);
}
END_TEST

START_TEST(no_sum_comes_to_a_stand)
{
    data d = new_data(TG_F32, ONES, terms(true));
    for (int i = 0; i < WAYS; i++) check_way(&ways[i], &d, ONES, false);
    free(d.x);
}
END_TEST

/* Many windows over one place. */
START_TEST(a_fold_of_many_windows_keeps_the_bound)
{
    enum { SIDE = 1500 };
    const tg_dtype dtype = _i / KINDS ? TG_F64 : TG_F32;
    data d = new_data(dtype, (kind)(_i % KINDS), (int64_t)SIDE * SIDE);
    for (int naive = 0; naive < 2; naive++) {
        tg_store *store = tg_store_new();
        tg_tape *tape = tg_tape_new(store);
        tg_tensor *x = tg_input(tape, "x", dtype, TG_SHAPE(SIDE, SIDE));
        tg_tensor *y = tg_cast(tg_fold(x, 0, 2 * SIDE - 1, 1, 1), TG_F64);
        tg_plan *plan = tg_compile(tape, y, .naive = naive);
        tg_feed_as(x, dtype, d.x, (size_t)d.k);
        ck_assert_int_eq(tg_run(plan), TG_OK);
        double *sums = malloc(sizeof *sums * (2 * SIDE - 1));
        ck_assert_int_eq(tg_get(y, sums, 2 * SIDE - 1), TG_OK);
        for (int place = 0; place < 2 * SIDE - 1; place++) {
            data one = { .dtype = dtype };
            for (int i = 0; i < SIDE; i++) {
                if (place - i < 0 || place - i >= SIDE) continue;
                const int at = i * SIDE + place - i;
                const long double value = dtype == TG_F32 ? (long double)((float *)d.x)[at]
                                                          : (long double)((double *)d.x)[at];
                one.sum += value;
                one.size += fabsl(value);
                one.k++;
            }
            ck_assert_msg(fabsl((long double)sums[place] - one.sum) <= bound(&one),
                          "place %d: %.17g, not %.17Lg", place, sums[place], one.sum);
        }
        free(sums);
        tg_plan_free(plan);
        tg_tape_free(tape);
        tg_store_free(store);
    }
    free(d.x);
}
END_TEST

/* ---- The order -------------------------------------------------------------------------- */

static void ck_same(const char *name, tg_dtype dtype, tg_tensor *a, tg_tensor *b)
{
    double left[2000], right[2000];
    const int64_t count = tg_count(a);
    ck_assert_int_le(count, 2000);
    ck_assert_int_eq(tg_get(tg_cast(tg_reshape(a, TG_SHAPE(count)), TG_F64), left, (size_t)count),
                     TG_OK);
    ck_assert_int_eq(tg_get(tg_cast(tg_reshape(b, TG_SHAPE(count)), TG_F64), right, (size_t)count),
                     TG_OK);
    ck_assert_msg(memcmp(left, right, (size_t)count * sizeof *left) == 0, "%s of %s: other bits",
                  name, tg_dtype_name(dtype));
}

/* A sum's bits are the same whether its axis lies along memory or across it, whether it stands
 * alone or in a loop with others, and in either executor. */
START_TEST(sums_have_one_order)
{
    static const int64_t lengths[] = { 1, 31, 32, 33, 100, 1023, 1024, 1025, 3000, 8192, 20001 };
    for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            const int64_t k = lengths[l], rows = 70;
            tg_store *store = tg_store_new();
            tg_tape *tape = tg_tape_new(store);
            tg_tensor *x = tg_input(tape, "x", dtype, TG_SHAPE(rows, k));
            data d = new_data(dtype, RANDOM, rows * k);
            tg_feed_as(x, dtype, d.x, (size_t)d.k);
            tg_tensor *across = tg_input(tape, "across", dtype, TG_SHAPE(k, rows));
            tg_tensor *turned = tg_transpose(x);
            tg_plan *turn = tg_compile(tape, turned);
            ck_assert_int_eq(tg_run(turn), TG_OK);
            void *values = malloc((size_t)d.k * tg_dtype_size(dtype));
            ck_assert_int_eq(tg_get_as(turned, dtype, values, (size_t)d.k), TG_OK);
            tg_feed_as(across, dtype, values, (size_t)d.k);
            tg_tensor *along = tg_sum(x, .axis = 1), *down = tg_sum(across, .axis = 0);
            tg_tensor *fused = tg_sum(tg_neg(x), .axis = 1);
            tg_tensor *one = tg_pick(x, 0, 3), *whole = tg_sum(one), *map = tg_sum(tg_neg(one));
            double first[3];
            for (int naive = 0; naive < 2; naive++) {
                tg_plan *plan = tg_compile(tape, along, down, fused, .naive = naive);
                tg_plan *wholes = tg_compile(tape, whole, map, .naive = naive);
                ck_assert_msg(plan && wholes, "%s", tg_tape_error(tape));
                ck_assert_int_eq(tg_run(plan), TG_OK);
                ck_assert_int_eq(tg_run(wholes), TG_OK);
                ck_same("along and across", dtype, along, down);
                ck_same("alone and fused", dtype, along, tg_neg(fused));
                ck_same("whole, alone and fused", dtype, whole, tg_neg(map));
                ck_same("row and whole", dtype, tg_pick(along, 0, 3), whole);
                const double got[] = { tg_item(whole), tg_item(tg_pick(down, 0, 0)),
                                       tg_item(tg_pick(fused, 0, 69)) };
                if (naive) ck_assert_mem_eq(got, first, sizeof got);
                memcpy(first, got, sizeof got);
                tg_plan_free(plan);
                tg_plan_free(wholes);
            }
            free(values);
            free(d.x);
            tg_plan_free(turn);
            tg_tape_free(tape);
            tg_store_free(store);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sums");
    TCase *values = tcase_create("values");
    tcase_set_timeout(values, 600);
    tcase_add_loop_test(values, every_way_to_add_keeps_the_bound, 0, 2 * KINDS);
    tcase_add_test(values, no_sum_comes_to_a_stand);
    tcase_add_loop_test(values, a_fold_of_many_windows_keeps_the_bound, 0, 2 * KINDS);
    tcase_add_test(values, sums_have_one_order);
    suite_add_tcase(suite, values);
    return run_suite(suite);
}
