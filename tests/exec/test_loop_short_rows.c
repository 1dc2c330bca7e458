/* test_loop_short_rows.c: loops whose rows have a few elements. Their blocks are tall: the rows
 * stand side by side in registers, column by column. What is computed there must be what plain
 * loops and the reference executor compute, wherever the last block ends; with the same bits for
 * any number of threads. (However operands lie in memory: test_loop_short_rows_views.c.) */
#include "short_rows.h"

#include <float.h>

/* ---- Everything in one loop --------------------------------------------------------------- */

typedef struct mixture {
    array x, across, down, whole, bits; /* floats for all, for each row, each column; i32; bool */
    array y, most, least, sum, mean, share, lse, near, chosen, steps, all_near;
    array total, top, most_total, least_of_all;
} mixture;

static mixture new_mixture(rng *r, int64_t rows, int64_t columns, bool hostile)
{
    const tg_shape full = TG_SHAPE(rows, columns), row = TG_SHAPE(rows, 1);
    mixture m = { .x = quarters(r, full, hostile),
                  .across = quarters(r, row, false),
                  .down = quarters(r, TG_SHAPE(columns), false),
                  .whole = array_of(full),
                  .bits = drawn_array(r, TG_BOOL, full) };
    for (int64_t i = 0; i < m.whole.count; i++) m.whole.at[i] = rng_below(r, 2001) - 1000;
    array *const fulls[] = { &m.y, &m.share, &m.near, &m.chosen, &m.steps };
    array *const rowly[] = { &m.most, &m.least, &m.sum, &m.mean, &m.lse, &m.all_near };
    for (int i = 0; i < COUNT_OF(fulls); i++) *fulls[i] = array_of(full);
    for (int i = 0; i < COUNT_OF(rowly); i++) *rowly[i] = array_of(row);
    array *const wholes[] = { &m.total, &m.top, &m.most_total, &m.least_of_all };
    for (int i = 0; i < COUNT_OF(wholes); i++) *wholes[i] = array_of((tg_shape){ 0 });
    return m;
}

/* By plain loops. */
static void compute_mixture(mixture *m, tg_dtype dtype)
{
    const int64_t rows = m->x.shape.dim[0], columns = m->x.shape.dim[1];
    for (int64_t r = 0; r < rows; r++) {
        double *y = m->y.at + r * columns, sum = 0, all_near = 1;
        for (int64_t c = 0; c < columns; c++)
            y[c] = m->x.at[r * columns + c] * m->down.at[c] + m->across.at[r];
        m->most.at[r] = most_of(y, columns);
        m->least.at[r] = least_of(y, columns);
        m->sum.at[r] = sum_of(y, columns);
        m->mean.at[r] = as_dtype(dtype, m->sum.at[r] / (double)columns);
        for (int64_t c = 0; c < columns; c++) sum += exp(y[c] - m->most.at[r]);
        m->lse.at[r] = m->most.at[r] + log(sum);
        for (int64_t c = 0; c < columns; c++) {
            const int64_t i = r * columns + c;
            m->share.at[i] = exp(y[c] - m->most.at[r]) / sum;
            m->near.at[i] = y[c] >= m->most.at[r] - 2;
            m->chosen.at[i] = m->near.at[i] * m->bits.at[i] != 0 ? m->whole.at[i] : y[c];
            m->steps.at[i] = 3 * m->whole.at[i] + (y[c] > m->least.at[r] ? 5 : 0);
            all_near = fmin(all_near, m->near.at[i]);
        }
        m->all_near.at[r] = all_near;
    }
    m->total.at[0] = sum_of(m->y.at, m->y.count);
    m->most_total.at[0] = sum_of(m->most.at, rows);
    m->least_of_all.at[0] = least_of(m->least.at, rows);
    m->top.at[0] = most_of(m->chosen.at, m->chosen.count);
}

static void expect_mixture(const mixture *m, tg_dtype dtype)
{
    const double close = tolerance_of(dtype), exact = 0;
    tg_tensor *x = input_of(dtype, m->x), *whole = input_of(TG_I32, m->whole);
    tg_tensor *y = tg_add(tg_mul(x, input_of(dtype, m->down)), input_of(dtype, m->across));
    tg_tensor *most = tg_max(y, .axis = -1, .keep = true);
    tg_tensor *least = tg_min(y, .axis = -1, .keep = true);
    tg_tensor *e = tg_exp(tg_sub(y, most)), *z = tg_sum(e, .axis = -1, .keep = true);
    tg_tensor *near = tg_greater_equal(y, tg_sub_num(most, 2));
    tg_tensor *chosen =
        tg_select(tg_and(near, input_of(TG_BOOL, m->bits)), tg_cast(whole, dtype), y);
    tg_tensor *more = tg_mul_num(tg_cast(tg_greater(y, least), TG_I32), 5);
    tg_tensor *steps = tg_add(tg_mul_num(whole, 3), more);
    expect("y", y, m->y, exact);
    expect("max", most, m->most, exact);
    expect("min", least, m->least, exact);
    expect("sum", tg_sum(y, .axis = -1), m->sum, exact);
    expect("mean", tg_mean(y, .axis = -1), m->mean, exact);
    expect("softmax", tg_div(e, z), m->share, close);
    expect("logsumexp", tg_add(most, tg_log(z)), m->lse, close);
    expect("a comparison", near, m->near, exact);
    expect("a selection", chosen, m->chosen, exact);
    expect("an i32", steps, m->steps, exact);
    expect("an i64", tg_cast(steps, TG_I64), m->steps, exact);
    expect("the other float", tg_cast(chosen, dtype == TG_F32 ? TG_F64 : TG_F32), m->chosen, exact);
    expect("all", tg_min(tg_cast(near, dtype), .axis = -1), m->all_near, exact);
    expect("a sum over everything", tg_sum(y), m->total, exact);
    expect("a sum over rows", tg_sum(most), m->most_total, exact);
    expect("a minimum over rows", tg_min(least), m->least_of_all, exact);
    expect("a maximum over everything", tg_max(chosen), m->top, exact);
}

START_TEST(everything_in_one_loop_is_what_plain_loops_compute)
{
    const int64_t columns = 1 + _i;
    rng r = rng_of((uint64_t)_i, 1);
    for (int k = 0; k < ROW_COUNTS; k++) {
        const tg_dtype dtype = (k + _i) % 2 ? TG_F32 : TG_F64;
        const int64_t rows = some_rows(columns, k);
        mixture m = new_mixture(&r, rows, columns, false);
        compute_mixture(&m, dtype);
        expect_mixture(&m, dtype);
        check_expected(rows, columns);
    }
}
END_TEST

/* NaN and infinities stay in their rows. */
START_TEST(what_is_not_a_number_stays_in_its_row)
{
    const int64_t columns = 2 + _i, rows = 2 * block_rows(columns) + 19;
    rng r = rng_of((uint64_t)_i, 2);
    mixture m = new_mixture(&r, rows, columns, true);
    for (int64_t c = 0; c < columns; c++)
        if (m.down.at[c] == 0) m.down.at[c] = 1;
    const tg_dtype dtype = _i % 2 ? TG_F32 : TG_F64;
    compute_mixture(&m, dtype);
    expect_mixture(&m, dtype);
    check_expected(rows, columns);
}
END_TEST

/* A loop over what rows give, to the end: it is one over the rows themselves. */
START_TEST(what_rows_give_is_reduced_in_the_same_loop)
{
    const int64_t columns = 2 + _i;
    rng r = rng_of((uint64_t)_i, 8);
    for (int k = 0; k < ROW_COUNTS; k++) {
        const tg_dtype dtype = (k + _i) % 2 ? TG_F32 : TG_F64;
        const int64_t rows = some_rows(columns, k);
        mixture m = new_mixture(&r, rows, columns, false);
        compute_mixture(&m, dtype);
        for (int largest = 0; largest < 2; largest++) {
            tg_tensor *x = input_of(dtype, m.x), *down = input_of(dtype, m.down);
            tg_tensor *y = tg_add(tg_mul(x, down), input_of(dtype, m.across));
            tg_tensor *most = tg_max(y, .axis = -1), *least = tg_min(y, .axis = -1);
            expect("a whole of rows", largest ? tg_min(least) : tg_sum(most),
                   largest ? m.least_of_all : m.most_total, 0);
            check_expected(rows, columns);
        }
    }
}
END_TEST

/* ---- Sums --------------------------------------------------------------------------------- */

/* Large numbers that cancel, and floats whose sums overflow half-way. */
static array cancelling(rng *r, tg_dtype dtype, tg_shape shape)
{
    static const double large[] = { 0x1p40, -0x1p40, 0x1p26, -0x1p26, 1, 0.5, -3 };
    const array a = array_of(shape);
    const int64_t columns = shape.dim[shape.rank - 1];
    for (int64_t i = 0; i < a.count; i++) {
        a.at[i] = large[rng_below(r, COUNT_OF(large))];
        if (dtype == TG_F32 && i / columns % 5 == 1)
            a.at[i] = i % columns % 3 < 2 ? (double)FLT_MAX : -2.0 / 3 * (double)FLT_MAX;
        a.at[i] = as_dtype(dtype, a.at[i]);
    }
    return a;
}

/* A sum of fewer than 32 is that of doubles, along rows and down columns, in tall blocks or not. */
START_TEST(sums_of_a_few_are_added_in_double)
{
    static const int64_t others[] = { 1, 3, 50, 255, 256, 257, 700 };
    const int64_t few = 1 + _i % (FEW - 1);
    const tg_dtype dtype = _i < FEW - 1 ? TG_F32 : TG_F64;
    rng r = rng_of((uint64_t)_i, 3);
    for (int k = 0; k < COUNT_OF(others); k++) {
        const int64_t n = others[k];
        const array along = cancelling(&r, dtype, TG_SHAPE(n, few));
        const array sum = array_of(TG_SHAPE(n)), mean = array_of(TG_SHAPE(n));
        const array down = array_of(TG_SHAPE(few, n));
        for (int64_t i = 0; i < n; i++) {
            const double total = sum_of(along.at + i * few, few);
            sum.at[i] = as_dtype(dtype, total);
            mean.at[i] = as_dtype(dtype, total / (double)few);
            for (int64_t j = 0; j < few; j++) down.at[j * n + i] = along.at[i * few + j];
        }
        tg_tensor *rows = tg_abs(tg_neg(tg_abs(input_of(dtype, along)))); /* joins a loop */
        tg_tensor *x = input_of(dtype, along), *y = input_of(dtype, down);
        tg_tensor *signs = tg_select(tg_less(x, tg_number_like(x, 0)), tg_neg(rows), rows);
        expect("sum along", tg_sum(signs, .axis = 1), sum, 0);
        expect("mean along", tg_mean(signs, .axis = 1), mean, 0);
        expect("sum down", tg_sum(y, .axis = 0), sum, 0);
        expect("mean down", tg_mean(y, .axis = 0), mean, 0);
        check_expected(n, few);
    }
}
END_TEST

/* ---- Second order ------------------------------------------------------------------------- */

/* Of max pooling, of few different numbers: loss = sum(a y^3), and then sum(u d loss / d x). Equals
 * share, so d loss / d x is 3 a y^2 / ties for each of them. */
START_TEST(max_pooling_shares_between_ties_to_second_order)
{
    const int64_t size = _i % 4 < 2 ? 2 : 3;
    const tg_dtype dtype = _i % 2 ? TG_F32 : TG_F64;
    const int64_t images = 5, height = 15 + _i, width = 21, count = size * size;
    const int64_t h = (height - size) / 2 + 1, w = (width - size) / 2 + 1;
    rng r = rng_of((uint64_t)_i, 6);
    const tg_shape shape = TG_SHAPE(images, 1, height, width), small = TG_SHAPE(images, 1, h, w);
    const array x = array_of(shape), u = quarters(&r, shape, false);
    const array a = quarters(&r, small, false), y = array_of(small);
    const array first = array_of(shape), second = array_of(shape);
    for (int64_t i = 0; i < x.count; i++) x.at[i] = rng_below(&r, 4) - 1;
    for (int64_t i = 0; i < y.count; i++) {
        int64_t at[9];
        double ties = 0, weight = 0;
        y.at[i] = -INFINITY;
        for (int64_t k = 0; k < count; k++) {
            at[k] = (i / w / h * height + i / w % h * 2 + k / size) * width + i % w * 2 + k % size;
            y.at[i] = fmax(y.at[i], x.at[at[k]]);
        }
        for (int64_t k = 0; k < count; k++) {
            ties += x.at[at[k]] == y.at[i];
            weight += x.at[at[k]] == y.at[i] ? u.at[at[k]] : 0;
        }
        for (int64_t k = 0; k < count; k++) {
            if (x.at[at[k]] != y.at[i]) continue;
            first.at[at[k]] += 3 * a.at[i] * y.at[i] * y.at[i] / ties;
            second.at[at[k]] += 6 * a.at[i] * y.at[i] * weight / ties / ties;
        }
    }
    tg_tensor *in = input_of(dtype, x), *out = tg_max_pool(in, (int)size, .stride = 2);
    tg_tensor *loss = tg_sum(tg_mul(input_of(dtype, a), tg_mul(out, tg_square(out))));
    tg_tensor *by_x = tg_grad(loss, in);
    expect("max_pool", out, y, 0);
    expect("its gradient", by_x, first, tolerance_of(dtype));
    expect("its second", tg_grad(tg_sum(tg_mul(by_x, input_of(dtype, u))), in), second,
           tolerance_of(dtype));
    check_expected(y.count, count);
}
END_TEST

/* ---- Assignments -------------------------------------------------------------------------- */

enum { STEPS = 3 };

static const char *const names[] = { "weight", "speed", "least", "one", "other" };
enum { WEIGHT, SPEED, LEAST, ONE, OTHER, VARIABLES };

/* What a step does, along rows: a moving average of the distances from a row's mean, divided by
 * the largest of them; two variables that are each made of what the other was; and for each row
 * the largest of its least distances so far. */
static void step_by_loops(double *v[VARIABLES], int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; r++) {
        double *w = v[WEIGHT] + r * columns, *speed = v[SPEED] + r * columns, most = 0;
        const double mean = sum_of(w, columns) / (double)columns;
        v[LEAST][r] = fmax(v[LEAST][r], least_of(w, columns) - mean);
        for (int64_t c = 0; c < columns; c++) {
            speed[c] = 0.5 * speed[c] + (w[c] - mean);
            most = fmax(most, fabs(speed[c]));
        }
        for (int64_t c = 0; c < columns; c++) {
            double *one = &v[ONE][r * columns + c], *other = &v[OTHER][r * columns + c];
            const double old = *one;
            *one = *other + (w[c] - mean);
            *other = 0.5 * old + (w[c] - mean);
            w[c] -= 0.5 * speed[c] / (most + 0.25);
        }
    }
}

static void record_step(tg_var *const var[VARIABLES])
{
    tg_tensor *w = tg_read(tape, var[WEIGHT]);
    tg_tensor *one = tg_read(tape, var[ONE]), *other = tg_read(tape, var[OTHER]);
    tg_tensor *mean = tg_mean(w, .axis = -1, .keep = true), *away = tg_sub(w, mean);
    tg_tensor *speed = tg_add(tg_mul_num(tg_read(tape, var[SPEED]), 0.5), away);
    tg_tensor *most = tg_add_num(tg_max(tg_abs(speed), .axis = -1, .keep = true), 0.25);
    tg_tensor *least = tg_min(away, .axis = -1, .keep = true);
    tg_assign(var[ONE], tg_add(other, away));
    tg_assign(var[SPEED], speed);
    tg_assign(var[WEIGHT], tg_sub(w, tg_div(tg_mul_num(speed, 0.5), most)));
    tg_assign(var[OTHER], tg_add(tg_mul_num(one, 0.5), away));
    /* By a longer way than the others, so that it comes last, and they join the loop over its rows.
     */
    least = tg_add(tg_sub(least, most), most);
    tg_assign(var[LEAST], tg_maximum(tg_read(tape, var[LEAST]), least));
}

static void check_steps(int64_t rows, int64_t columns, tg_dtype dtype, int threads)
{
    rng r = rng_of((uint64_t)(rows * 64 + columns), 7);
    tg_var *var[VARIABLES];
    array want[VARIABLES];
    double *at[VARIABLES];
    char name[32];
    for (int i = 0; i < VARIABLES; i++) {
        want[i] = quarters(&r, TG_SHAPE(rows, i == LEAST ? 1 : columns), false);
        at[i] = want[i].at;
        snprintf(name, sizeof name, "%s.%d.%d.%d", names[i], (int)rows, (int)columns,
                 2 * threads + (dtype == TG_F32));
        var[i] = tg_state(store, name, dtype, want[i].shape, 0);
        void *data = malloc((size_t)want[i].count * sizeof(double));
        ck_assert_ptr_nonnull(data);
        for (int64_t k = 0; k < want[i].count; k++) put(dtype, data, k, want[i].at[k]);
        ck_assert_int_eq(tg_var_set_as(var[i], dtype, data, (size_t)want[i].count), TG_OK);
        free(data);
    }
    record_step(var);
    tg_plan *plan = tg_compile(tape, .naive = threads == 0, .threads = threads ? threads : 1);
    for (int k = 0; k < STEPS; k++) {
        run(plan);
        step_by_loops(at, rows, columns);
    }
    if (threads) ck_assert_int_eq(has_tall_loop(plan, columns), is_tall(rows, columns));
    if (threads && rows > 1) ck_assert_uint_eq(tg_plan_kernels(plan), 1);
    for (int i = 0; i < VARIABLES; i++) {
        unsigned char *got = malloc((size_t)want[i].count * sizeof(double));
        ck_assert_ptr_nonnull(got);
        ck_assert_int_eq(tg_var_get_as(var[i], dtype, got, (size_t)want[i].count), TG_OK);
        for (int64_t k = 0; k < want[i].count; k++)
            ck_close(element(dtype, got, (size_t)k), at[i][k], 4 * tolerance_of(dtype));
        free(got);
    }
    tg_plan_free(plan);
    start_over();
}

START_TEST(variables_are_updated_in_place)
{
    static const int64_t widths[] = { 2, 3, 5, 7, 16, 31, 32, 33 };
    const int64_t columns = widths[_i];
    for (int k = 0; k < ROW_COUNTS; k++)
        for (int threads = 0; threads < 4; threads++)
            check_steps(some_rows(columns, k), columns, k % 2 ? TG_F32 : TG_F64,
                        threads == 3 ? 5 : threads);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop_short_rows");
    TCase *all = tcase_create("short rows");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, everything_in_one_loop_is_what_plain_loops_compute, 0, MOST_COLUMNS);
    tcase_add_loop_test(all, what_is_not_a_number_stays_in_its_row, 0, FEW - 2);
    tcase_add_loop_test(all, what_rows_give_is_reduced_in_the_same_loop, 0, FEW);
    tcase_add_loop_test(all, sums_of_a_few_are_added_in_double, 0, 2 * (FEW - 1));
    tcase_add_loop_test(all, max_pooling_shares_between_ties_to_second_order, 0, 8);
    tcase_add_loop_test(all, variables_are_updated_in_place, 0, 8);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
