/* test_loop_columns.c: reductions down columns that a loop over rows gathers on its way. They must
 * be what the reference executor computes, wherever blocks and units end, with the same bits for
 * any number of threads; and what they reduce needs no memory. */
#include "exec/code.h"
#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/arrays.h"

/* How many reductions are gathered. */
static int gathered(const tg_plan *plan)
{
    int count = 0;
    for (size_t v = 0; v < plan->program->count; v++)
        count += plan->program->members[v].kernel != TG__NONE &&
                 plan->program->members[v].role == TG_ROLE_COLUMN;
    return count;
}

static bool has_kernel(const tg_plan *plan, tg__kernel_kind kind)
{
    for (size_t k = 0; k < plan->program->kernel_count; k++)
        if (plan->program->kernels[k].kind == kind) return true;
    return false;
}

/* ---- Values ------------------------------------------------------------------------------- */

enum { MOST_OUTPUTS = 16, MOST_COLUMNS = 2048 };

/* What one loop computes of [x]: all reductions of a map of it, and a sum for each row. */
static tg_list record_all(tg_tensor *x, tg_tensor **list)
{
    const bool real = tg__is_float((int)tg_dtype_of(x));
    tg_tensor *y = tg_mul(x, tg_add(x, tg_number_like(x, 1)));
    size_t n = 0;
    list[n++] = tg_sum(y, .axis = 0);
    list[n++] = tg_max(y, .axis = 0, .keep = true);
    list[n++] = tg_min(x, .axis = 0);
    list[n++] = tg_any(tg_less(x, y), .axis = 0);
    list[n++] = tg_all(tg_less_equal(x, y), .axis = 0);
    if (real) list[n++] = tg_mean(y, .axis = 0);
    if (real) list[n++] = tg_sum_squares(y, .axis = 0);
    list[n++] = tg_sum(x, .axis = 0);
    list[n++] = tg_sum(y, .axis = 1);
    return (tg_list){ n, list };
}

static void ck_output(const char *way, tg_dtype dtype, int64_t count, const void *got,
                      const void *want, int64_t rows, int output)
{
    const bool real = tg__is_float((int)dtype);
    for (int64_t i = 0; i < count; i++) {
        const double a = element(dtype, got, (size_t)i), b = element(dtype, want, (size_t)i);
        /* Terms are below 3 in magnitude; those of sums of squares are f32, perhaps, below 9. */
        const double limit = real ? 9 * (double)rows * 2e-6 : 0;
        ck_assert_msg(fabs(a - b) <= limit, "%s: output %d (%s), element %lld: %.17g, not %.17g",
                      way, output, tg_dtype_name(dtype), (long long)i, a, b);
    }
}

static void check_shape(tg_dtype dtype, int64_t rows, int64_t columns)
{
    static const int threads[] = { 0, 1, 2, 5 }; /* 0: naive */
    static double naive[MOST_OUTPUTS][MOST_COLUMNS * 2], one[MOST_OUTPUTS][MOST_COLUMNS * 2],
        got[MOST_COLUMNS * 2];
    start_over();
    tg_tensor *x = tg_input(tape, "x", dtype, TG_SHAPE(rows, columns)), *list[MOST_OUTPUTS];
    rng r = rng_of((uint64_t)(rows * 10000 + columns), (uint64_t)dtype);
    const size_t size = tg_dtype_size(dtype), count = (size_t)(rows * columns);
    const bool real = tg__is_float((int)dtype);
    char *data = malloc(size * count);
    ck_assert_ptr_nonnull(data);
    for (size_t i = 0; i < count; i++)
        tg__store_scalar((int)dtype, real ? rng_between(&r, -1, 1) : (double)rng_below(&r, 100),
                         data + i * size);
    ck_assert_int_eq(tg_feed_as(x, dtype, data, count), TG_OK);
    free(data);
    const tg_list all = record_all(x, list);
    ck_no_error();
    for (int t = 0; t < COUNT_OF(threads); t++) {
        tg_plan *plan =
            tg_compile(tape, .keep = all, .naive = threads[t] == 0,
                       .threads = threads[t] ? threads[t] : 1, .pure = true, .steps = false);
        ck_no_error();
        if (threads[t]) {
            ck_assert_int_eq(gathered(plan), (int)all.count - 1);
            ck_assert_uint_eq(tg_plan_kernels(plan), 1);
        }
        run(plan);
        for (size_t i = 0; i < all.count; i++) {
            const tg_dtype type = tg_dtype_of(list[i]);
            const int64_t n = i + 1 < all.count ? columns : rows;
            if (n > MOST_COLUMNS * 2) continue;
            void *to = threads[t] == 0 ? naive[i] : threads[t] == 1 ? one[i] : got;
            ck_assert_int_eq(tg_get_as(list[i], type, to, (size_t)n), TG_OK);
            if (threads[t] == 1) ck_output("planned", type, n, to, naive[i], rows, (int)i);
            else if (threads[t]) ck_assert_mem_eq(to, one[i], (size_t)n * tg_dtype_size(type));
        }
        tg_plan_free(plan);
    }
}

static const int64_t widths[] = { 32, 40, 48, 100, 128, 200, 512, 1000, 1024, 2048 };

START_TEST(columns_are_those_of_the_reference)
{
    static const int64_t heights[] = { 64, 65, 127, 1000, 1024, 1025 };
    static const tg_dtype dtypes[] = { TG_F32, TG_F64, TG_I32, TG_I64, TG_U8 };
    for (int h = 0; h < COUNT_OF(heights); h++)
        for (int d = 0; d < COUNT_OF(dtypes); d++)
            if (widths[_i] * heights[h] <= 1 << 18 || d == h % COUNT_OF(dtypes))
                check_shape(dtypes[d], heights[h], widths[_i]);
}
END_TEST

START_TEST(many_rows_have_many_units)
{
    check_shape(TG_F32, 20001, 32);
    check_shape(TG_F64, 5000, 128);
}
END_TEST

/* A partial sum of f32 would be infinite, and a square vanish. */
START_TEST(the_range_of_a_sum_is_that_of_its_result)
{
    enum { ROWS = 256, COLUMNS = 64 };
    static float data[ROWS * COLUMNS], sums[COLUMNS];
    static double squares[COLUMNS];
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(ROWS, COLUMNS)), *y = tg_neg(x);
    tg_tensor *sum = tg_sum(y, .axis = 0), *square = tg_sum_squares(y, .axis = 0);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        const int row = i / COLUMNS, column = i % COLUMNS;
        data[i] = (float)(column == 0 ? 3e38 * (row % 16 < 8 ? 1 : -1) : 1e-25);
        if (column == 1) data[i] = row == 100 ? (float)INFINITY : 1;
        if (column == 2) data[i] = row == 200 ? (float)NAN : 1;
    }
    tg_feed_as(x, TG_F32, data, ROWS * COLUMNS);
    tg_plan *plan = tg_compile(tape, sum, square);
    ck_no_error();
    ck_assert_int_eq(gathered(plan), 2);
    run(plan);
    ck_assert_int_eq(tg_get_as(sum, TG_F32, sums, COLUMNS), TG_OK);
    ck_assert_int_eq(tg_get_as(square, TG_F64, squares, COLUMNS), TG_OK);
    ck_assert(sums[0] == 0 && sums[1] == -(float)INFINITY && isnan(sums[2]));
    ck_assert_double_eq_tol(squares[0] / (ROWS * 9e76), 1, 1e-6);
    ck_assert_double_eq_tol(squares[5] / (ROWS * 1e-50), 1, 1e-6);
    tg_plan_free(plan);
}
END_TEST

/* ---- Where they are gathered -------------------------------------------------------------- */

static tg_plan *planned(tg_tensor *x)
{
    tg_plan *plan = tg_compile(tape, x, .pure = true, .steps = false);
    ck_no_error();
    return plan;
}

START_TEST(what_is_gathered_needs_no_memory)
{
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(4, 250, 64)); /* two axes in front */
    tg_plan *plan = planned(tg_sum(tg_square(x), .axes = TG_AXES(0, 1)));
    ck_assert_int_eq(gathered(plan), 1);
    ck_assert_uint_eq(tg_plan_kernels(plan), 1);
    ck_assert_uint_le(plan->program->values_bytes, 64 * sizeof(float) + 2 * 64 * sizeof(double));
    tg_plan_free(plan);
}
END_TEST

/* A loop that needs the result can gather nothing for it; another computes the operand. */
START_TEST(a_loop_waits_for_the_columns_that_it_reads)
{
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(100, 64)), *y = tg_exp(x);
    tg_plan *plan = planned(tg_sub(y, tg_mean(y, .axis = 0, .keep = true)));
    ck_assert_int_eq(gathered(plan), 1);
    ck_assert_uint_eq(tg_plan_kernels(plan), 2);
    tg_plan_free(plan);
}
END_TEST

/* Of an operand that no loop touches, and of few rows or columns, the sum is a kernel of its own.
 */
START_TEST(other_sums_stand_alone)
{
    static const int64_t shapes[][2] = { { 63, 64 }, { 200, 31 }, { 64, 3000 }, { 64, 1001 } };
    for (int i = 0; i < COUNT_OF(shapes); i++) {
        tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(shapes[i][0], shapes[i][1]));
        tg_plan *plan = planned(tg_sum(tg_exp(x), .axis = 0));
        ck_assert_int_eq(gathered(plan), 0);
        ck_assert(has_kernel(plan, TG_KERNEL_REDUCE));
        tg_plan_free(plan);
    }
    tg_plan *alone = planned(tg_sum(tg_input(tape, "x", TG_F32, TG_SHAPE(200, 64)), .axis = 0));
    ck_assert_int_eq(gathered(alone), 0);
    tg_plan_free(alone);
}
END_TEST

/* ---- Training ----------------------------------------------------------------------------- */

/* A product, a bias and a norm's weight and bias. */
static tg_tensor *record_loss(tg_tensor *x, int64_t width)
{
    static const char *const names[] = { "w", "b", "scale", "shift" };
    tg_tensor *p[4];
    for (int i = 0; i < 4; i++) {
        tg_var *var =
            tg_param(store, names[i], i == 0 ? TG_SHAPE(width, width) : TG_SHAPE(width),
                     i == 0 ? tg_init_he_normal(width) : tg_init_constant(i == 2 ? 1 : 0.1));
        p[i] = tg_read(tape, var);
    }
    tg_tensor *y = tg_add(tg_matmul(x, p[0]), p[1]);
    y = tg_sub(y, tg_mean(y, .axis = 1, .keep = true));
    tg_tensor *spread = tg_mean(tg_square(y), .axis = 1, .keep = true);
    y = tg_add(tg_mul(tg_mul(y, tg_rsqrt(tg_add_num(spread, 1e-3))), p[2]), p[3]);
    return tg_mean(tg_square(tg_sub(tg_tanh(y), x)));
}

/* Gradients by biases and norms are gathered where the backward pass computes or reads the
 * cotangents, and their updates are made in place. */
START_TEST(gradients_by_biases_and_norms_are_gathered)
{
    enum { ROWS = 150, WIDTH = 64, STEPS = 3 };
    static double data[ROWS * WIDTH], losses[3];
    for (int i = 0; i < ROWS * WIDTH; i++) data[i] = sin(i);
    for (int way = 0; way < 3; way++) { /* naive; one thread, two */
        close_tape();
        open_tape();
        tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(ROWS, WIDTH));
        tg_tensor *loss = record_loss(x, WIDTH);
        tg_adam(loss, .lr = 0.01);
        tg_plan *plan = tg_compile(tape, loss, .naive = way == 0, .threads = way == 2 ? 2 : 1);
        ck_no_error();
        if (way) {
            ck_assert_int_eq(gathered(plan), 3);
            ck_assert_uint_eq(plan->program->landing_count, 0);
            ck_assert(!has_kernel(plan, TG_KERNEL_REDUCE));
        }
        ck_assert_int_eq(tg_feed(x, data, ROWS * WIDTH), TG_OK);
        for (int i = 0; i < STEPS; i++) run(plan);
        losses[way] = tg_item(loss);
        tg_plan_free(plan);
    }
    ck_assert_double_eq_tol(losses[1], losses[0], 1e-9);
    ck_assert(losses[1] == losses[2]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop columns");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_set_timeout(all, 120);
    tcase_add_loop_test(all, columns_are_those_of_the_reference, 0, COUNT_OF(widths));
    tcase_add_test(all, many_rows_have_many_units);
    tcase_add_test(all, the_range_of_a_sum_is_that_of_its_result);
    tcase_add_test(all, what_is_gathered_needs_no_memory);
    tcase_add_test(all, a_loop_waits_for_the_columns_that_it_reads);
    tcase_add_test(all, other_sums_stand_alone);
    tcase_add_test(all, gradients_by_biases_and_norms_are_gathered);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
