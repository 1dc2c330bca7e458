/* short_rows.h: loops whose rows have a few elements, and what they should compute. Their blocks
 * are tall: the rows stand side by side in registers, column by column. For test programs that
 * record on recorded.h's tape; to be included first. */
#ifndef TG_TESTS_SHORT_ROWS_H
#define TG_TESTS_SHORT_ROWS_H

#include "exec/code.h"
#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/arrays.h"

/* From so many columns on blocks are not tall. */
enum { FEW = 32, BLOCK = 1024 };

/* The rows of a tall block. */
static inline int64_t block_rows(int64_t columns) { return BLOCK / columns / TG_PAD * TG_PAD; }

/* One row is a whole, and not reduced along rows. */
static inline bool is_tall(int64_t rows, int64_t columns)
{
    return rows > 1 && columns > 1 && columns < FEW;
}

/* ---- What is expected --------------------------------------------------------------------- */

typedef struct expectation {
    const char *what;
    tg_tensor *x;
    array want;
    double tolerance; /* 0: equal */
} expectation;

static expectation expected[24];
static int expectations;

static inline void expect(const char *what, tg_tensor *x, array want, double tolerance)
{
    ck_no_error();
    ck_assert_int_lt(expectations, COUNT_OF(expected));
    ck_assert_int_eq(tg_count(x), want.count);
    expected[expectations++] = (expectation){ what, x, want, tolerance };
}

/* Is a loop tall that goes over rows of so many columns? */
static inline bool has_tall_loop(const tg_plan *plan, int64_t columns)
{
    for (size_t i = 0; i < plan->program->kernel_count; i++) {
        const tg__kernel *kernel = &plan->program->kernels[i];
        const tg__loop *loop = plan->instance->exe->kernels[i].code;
        if (kernel->kind == TG_KERNEL_LOOP && loop->cut.tall && kernel->columns == columns)
            return true;
    }
    return false;
}

static inline void check_one(const expectation *e, const char *way, const void *got)
{
    for (int64_t i = 0; i < e->want.count; i++) {
        const double x = element(tg_dtype_of(e->x), got, (size_t)i), want = e->want.at[i];
        if (x == want || (isnan(x) && isnan(want))) continue;
        if (fabs(x - want) <= e->tolerance * (1 + fabs(want))) continue;
        ck_abort_msg("%s, %s (%s): element %lld of %lld is %.17g, not %.17g", way, e->what,
                     tg_dtype_name(tg_dtype_of(e->x)), (long long)i, (long long)e->want.count, x,
                     want);
    }
}

/* All that is expected comes out of one plan of each kind; of tall blocks, if rows are short. */
static inline void check_expected(int64_t rows, int64_t columns)
{
    static const int threads[] = { 0, 1, 2, 5 }; /* 0: naive */
    tg_tensor *list[COUNT_OF(expected) + 1];
    unsigned char *first[COUNT_OF(expected)];
    for (int i = 0; i < expectations; i++) list[i] = expected[i].x;
    for (int t = 0; t < COUNT_OF(threads); t++) {
        char way[32];
        snprintf(way, sizeof way, threads[t] ? "planned, %d threads" : "naive", threads[t]);
        tg_plan *plan = tg_compile(tape, .keep = (tg_list){ (size_t)expectations, list },
                                   .naive = threads[t] == 0, .threads = threads[t] ? threads[t] : 1,
                                   .pure = true);
        run(plan);
        if (threads[t]) ck_assert_int_eq(has_tall_loop(plan, columns), is_tall(rows, columns));
        for (int i = 0; i < expectations; i++) {
            const tg_dtype dtype = tg_dtype_of(list[i]);
            const size_t count = (size_t)tg_count(list[i]), bytes = count * tg_dtype_size(dtype);
            unsigned char *got = malloc(bytes + 1);
            ck_assert_ptr_nonnull(got);
            ck_assert_int_eq(tg_get_as(list[i], dtype, got, count), TG_OK);
            check_one(&expected[i], way, got);
            if (threads[t] > 1)
                ck_assert_msg(memcmp(got, first[i], bytes) == 0, "%s, %s: other bits than by one",
                              way, expected[i].what);
            if (threads[t] == 1) first[i] = got;
            else free(got);
        }
        tg_plan_free(plan);
    }
    for (int i = 0; i < expectations; i++) free(first[i]);
    expectations = 0;
    start_over();
}

/* Counts of rows that end in the first block, with its first row or last, or in later ones. */
static inline int64_t some_rows(int64_t columns, int which)
{
    const int64_t block = columns < FEW ? block_rows(columns) : BLOCK / columns;
    const int64_t rows[] = {
        1, 2, 15, 16, 17, block - 1, block, block + 1, 2 * block + 17, 9 * block + 1, 5 * block - 3
    };
    return rows[which % COUNT_OF(rows)];
}
enum { ROW_COUNTS = 11, MOST_COLUMNS = 34 };

/* ---- Arrays ------------------------------------------------------------------------------- */

/* Quarters: sums of them and small multiples are exact. Perhaps some are NaN or infinite. */
static inline array quarters(rng *r, tg_shape shape, bool hostile)
{
    static const double bad[] = { NAN, INFINITY, -INFINITY };
    const array a = array_of(shape);
    for (int64_t i = 0; i < a.count; i++) {
        a.at[i] = 0.25 * (rng_below(r, 33) - 16);
        if (hostile && rng_once_in(r, 40)) a.at[i] = bad[rng_below(r, 3)];
    }
    return a;
}

static inline double larger(double a, double b) { return a > b || isnan(a) ? a : b; }

static inline double most_of(const double *x, int64_t count)
{
    double most = x[0];
    for (int64_t i = 1; i < count; i++) most = larger(x[i], most);
    return most;
}

static inline double least_of(const double *x, int64_t count)
{
    double least = x[0];
    for (int64_t i = 1; i < count; i++) least = x[i] < least || isnan(x[i]) ? x[i] : least;
    return least;
}

static inline double sum_of(const double *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += x[i];
    return sum;
}

#endif
