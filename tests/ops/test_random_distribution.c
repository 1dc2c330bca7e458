/* test_random_distribution.c: are random numbers distributed as they should be? Moments,
 * Kolmogorov's test of floats and the chi-square test of whole numbers, at fixed seeds, with limits
 * that one seed in some 10^4 would exceed. (What else is asked of them: test_random.c.) */
#include "tests/support/random.h"
#include "tests/support/recorded.h"

enum { DRAWS = 20000 };

static double drawn[DRAWS], other[DRAWS];

/* All of x as doubles. */
static void get_doubles(tg_tensor *x, double *to)
{
    ck_no_error();
    tg_tensor *wide = tg_dtype_of(x) == TG_F64 ? x : tg_cast(x, TG_F64);
    ck_assert_msg(tg_get(wide, to, (size_t)tg_count(x)) == TG_OK, "%s", tg_tape_error(tape));
}

static double deviation_of_count(double n, double p) { return sqrt(n * p * (1 - p)); }

/* ---- Floats ----------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A distribution: uniform, or normal within bounds. */
typedef struct floats {
    const char *name;
    double mean, deviation; /* 0: uniform */
    double low, high;
    bool truncated;
} floats;

#define INFINITE ((double)INFINITY)
static const floats distributions[] = {
    { "uniform", 0, 0, 0, 1, false },
    { "uniform, wide", 0, 0, -3e5, 7e5, false },
    { "normal", 0, 1, -INFINITE, INFINITE, false },
    { "normal, scaled", -50, 7, -INFINITE, INFINITE, false },
    { "centre", 0, 1, -2, 2, true },
    { "centre, scaled", 10, 0.25, 9.5, 10.5, true },
    { "no bounds", 0, 1, -INFINITE, INFINITE, true },
    { "near the centre", 0, 1, -0.9, 0.9, true },
    { "beside the centre", 0, 1, 0.5, 1.5, true },
    { "one side", 0, 1, 0, INFINITE, true },
    { "one side, from below the mean", 0, 1, -0.75, INFINITE, true },
    { "one side, to above the mean", 0, 1, -INFINITE, 0.5, true },
    { "one side, beyond the mean", 3, 2, 7, INFINITE, true },
    { "tail", 0, 1, 8, 9, true },
    { "other tail", 0, 1, -9, -8, true },
    { "tail without an end", 0, 1, 25, INFINITE, true },
    { "tail, scaled", 100, 0.5, -INFINITE, 97, true },
    { "narrow", 0, 1, 0.5, 0.501, true },
    { "narrow, about the mean", 5, 3, 4.99, 5.01, true },
    { "lopsided", 0, 1, -0.1, 6, true },
    { "lopsided the other way", 0, 1, -6, 0.1, true },
};

/* The part of a standard normal that lies between a and b, exact in the tails. */
static double normal_between(double a, double b)
{
    const double root = sqrt(0.5);
    return a > 0 ? (erfc(a * root) - erfc(b * root)) / 2 : (erfc(-b * root) - erfc(-a * root)) / 2;
}

/* The probability of being at most x. */
static double probability(const floats *f, double x)
{
    if (f->deviation == 0) return (x - f->low) / (f->high - f->low);
    const double a = (f->low - f->mean) / f->deviation, b = (f->high - f->mean) / f->deviation;
    return normal_between(a, (x - f->mean) / f->deviation) / normal_between(a, b);
}

static tg_tensor *draw_floats(const floats *f, tg_dtype dtype, const char *key)
{
    const tg_shape shape = TG_SHAPE(DRAWS / 100, 100);
    if (f->deviation == 0) return tg_uniform(tape, key, dtype, shape, f->low, f->high);
    if (!f->truncated) return tg_normal(tape, key, dtype, shape, f->mean, f->deviation);
    return tg_truncated_normal(tape, key, dtype, shape, f->mean, f->deviation, f->low, f->high);
}

START_TEST(floats_are_distributed_as_they_should_be)
{
    const floats *f = &distributions[_i];
    for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++) {
        get_doubles(draw_floats(f, dtype, dtype == TG_F32 ? "narrow" : "wide"), drawn);
        qsort(drawn, DRAWS, sizeof *drawn, compare);
        ck_assert_msg(drawn[0] >= f->low && drawn[DRAWS - 1] <= f->high,
                      "%s: [%.9g, %.9g] is not within [%g, %g]", f->name, drawn[0],
                      drawn[DRAWS - 1], f->low, f->high);
        double distance = 0;
        for (int i = 0; i < DRAWS; i++) {
            const double p = probability(f, drawn[i]);
            distance = fmax(distance, fmax(p - (double)i / DRAWS, (i + 1.0) / DRAWS - p));
        }
        ck_assert_msg(distance * sqrt(DRAWS) < 2.1, "%s, %s: Kolmogorov's distance is %g", f->name,
                      tg_dtype_name(dtype), distance * sqrt(DRAWS));
    }
}
END_TEST

static void ck_moments(double mean, double variance)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < DRAWS; i++) sum += drawn[i];
    for (int i = 0; i < DRAWS; i++) squares += (drawn[i] - sum / DRAWS) * (drawn[i] - sum / DRAWS);
    ck_assert(fabs(sum / DRAWS - mean) < 5 * sqrt(variance / DRAWS));
    ck_assert(fabs(squares / DRAWS / variance - 1) < 0.06);
}

START_TEST(uniform_numbers_fill_their_range_evenly)
{
    get_doubles(tg_uniform(tape, "noise", TG_F64, TG_SHAPE(DRAWS), -1, 3), drawn);
    int bins[16] = { 0 };
    for (int i = 0; i < DRAWS; i++) {
        ck_assert(drawn[i] >= -1 && drawn[i] < 3);
        bins[(int)((drawn[i] + 1) * 4)]++;
    }
    double chi = 0;
    for (int i = 0; i < 16; i++) chi += (bins[i] - DRAWS / 16.0) * (bins[i] - DRAWS / 16.0);
    ck_assert(chi / (DRAWS / 16.0) < 50); /* 15 degrees of freedom: p = 1e-5 */
    ck_moments(1, 16.0 / 12);
}
END_TEST

START_TEST(normal_numbers_have_their_mean_and_deviation)
{
    get_doubles(tg_normal(tape, "noise", TG_F64, TG_SHAPE(100, DRAWS / 100), 2, 0.5), drawn);
    ck_moments(2, 0.25);
    int beyond = 0;
    for (int i = 0; i < DRAWS; i++) {
        ck_assert(isfinite(drawn[i]));
        beyond += fabs(drawn[i] - 2) > 1; /* two deviations: 4.55 percent */
    }
    ck_assert(beyond > 0.039 * DRAWS && beyond < 0.052 * DRAWS);
}
END_TEST

START_TEST(neighbours_are_not_correlated)
{
    const floats *const kinds[] = { &distributions[0], &distributions[2], &distributions[4] };
    for (int k = 0; k < COUNT_OF(kinds); k++) {
        tg_rewind(tape);
        get_doubles(draw_floats(kinds[k], TG_F64, "a"), drawn);
        get_doubles(draw_floats(kinds[k], TG_F64, "b"), other);
        const double mean = kinds[k]->deviation == 0 ? 0.5 : 0;
        double squares = 0, next = 0, twin = 0;
        for (int i = 0; i + 1 < DRAWS; i++) {
            squares += (drawn[i] - mean) * (drawn[i] - mean);
            next += (drawn[i] - mean) * (drawn[i + 1] - mean);
            twin += (drawn[i] - mean) * (other[i] - mean);
        }
        ck_assert(fabs(next / squares) < 4 / sqrt(DRAWS));
        ck_assert(fabs(twin / squares) < 4 / sqrt(DRAWS));
    }
}
END_TEST

/* ---- Whole numbers ---------------------------------------------------------------------- */

enum { MAX_BINS = 64 };

/* The bins have these counts, and should have [expected]. */
static void ck_chi_square(const char *name, int bins, const int *counts, const double *expected)
{
    double chi = 0;
    for (int i = 0; i < bins; i++)
        chi += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
    const double freedom = bins - 1;
    ck_assert_msg(chi <= freedom + 5 * sqrt(2 * freedom) + 4, "%s: chi-square is %g at %g degrees",
                  name, chi, freedom);
}

typedef struct range {
    tg_dtype dtype;
    int64_t low, high;
    int bins; /* of equal width; divides the range or leaves nothing that shows */
} range;

static const range ranges[] = {
    { TG_I64, 5, 6, 1 },
    { TG_I64, 0, 2, 2 },
    { TG_I64, -3, 4, 7 },
    { TG_I64, 0, (int64_t)1 << 31, 64 },
    { TG_I64, INT64_MIN, INT64_MAX, 64 },
    { TG_I64, -3 * ((int64_t)1 << 61), 3 * ((int64_t)1 << 61), 6 }, /* a remainder would show */
    { TG_I32, -9, 1, 10 },
    { TG_I32, INT32_MIN, (int64_t)INT32_MAX + 1, 64 },
    { TG_U8, 0, 256, 64 },
    { TG_U8, 250, 253, 3 },
};

START_TEST(integers_are_equally_likely)
{
    static int64_t got[DRAWS];
    for (int k = 0; k < COUNT_OF(ranges); k++) {
        const range *r = &ranges[k];
        tg_rewind(tape);
        tg_tensor *x = tg_integers(tape, "x", r->dtype, TG_SHAPE(DRAWS), r->low, r->high);
        ck_no_error();
        tg_tensor *wide = r->dtype == TG_I64 ? x : tg_cast(x, TG_I64);
        ck_assert_int_eq(tg_get(wide, got, DRAWS), TG_OK);
        int counts[MAX_BINS] = { 0 };
        double expected[MAX_BINS];
        const uint64_t width = ((uint64_t)r->high - (uint64_t)r->low) / (uint64_t)r->bins;
        for (int i = 0; i < DRAWS; i++) {
            ck_assert(got[i] >= r->low && got[i] < r->high);
            const uint64_t bin = ((uint64_t)got[i] - (uint64_t)r->low) / width;
            counts[bin < (uint64_t)r->bins ? bin : (uint64_t)r->bins - 1]++;
        }
        for (int i = 0; i < r->bins; i++) expected[i] = (double)DRAWS / r->bins;
        char name[64];
        snprintf(name, sizeof name, "range %d", k);
        ck_chi_square(name, r->bins, counts, expected);
    }
}
END_TEST

START_TEST(low_bits_of_integers_are_random_too)
{
    static int64_t got[DRAWS];
    tg_tensor *x = tg_integers(tape, "x", TG_I64, TG_SHAPE(DRAWS), INT64_MIN, INT64_MAX);
    ck_assert_int_eq(tg_get(x, got, DRAWS), TG_OK);
    for (int bit = 0; bit < 64; bit++) {
        int ones = 0;
        for (int i = 0; i < DRAWS; i++) ones += (int)((uint64_t)got[i] >> bit & 1);
        ck_assert(fabs(ones - DRAWS / 2.0) < 4.5 * deviation_of_count(DRAWS, 0.5));
    }
}
END_TEST

START_TEST(bernoulli_hits_as_often_as_its_probability_says)
{
    const double probabilities[] = { 0, 0.001, 0.3, 0.5, 0.999, 1 };
    for (int k = 0; k < COUNT_OF(probabilities); k++)
        for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
            tg_rewind(tape);
            const double p = probabilities[k];
            tg_tensor *x = tg_bernoulli(tape, "x", dtype, TG_SHAPE(DRAWS), p);
            ck_assert_int_eq(tg_dtype_of(x), dtype);
            get_doubles(x, drawn);
            int hits = 0;
            for (int i = 0; i < DRAWS; i++) {
                ck_assert(drawn[i] == 0 || drawn[i] == 1);
                hits += drawn[i] == 1;
            }
            ck_assert_msg(fabs(hits - DRAWS * p) <= 4.5 * deviation_of_count(DRAWS, p),
                          "%d hits of %d at the probability %g", hits, DRAWS, p);
        }
}
END_TEST

/* Which of the 24 orders of four it is. */
static int order_of(const int64_t *p)
{
    int order = 0;
    for (int i = 0; i < 4; i++) {
        int smaller = 0;
        for (int k = i + 1; k < 4; k++) smaller += p[k] < p[i];
        order = order * (4 - i) + smaller;
    }
    return order;
}

START_TEST(all_orders_of_four_are_equally_likely)
{
    const int runs = 24 * (scaled(300) < 20 ? 20 : scaled(300));
    tg_tensor *x = tg_permutation(tape, "x", 4);
    tg_plan *plan = tg_compile_pure(tape, x);
    int counts[24] = { 0 };
    double expected[24];
    for (int i = 0; i < runs; i++) {
        int64_t got[4];
        run(plan);
        ck_assert_int_eq(tg_get(x, got, 4), TG_OK);
        counts[order_of(got)]++;
    }
    for (int i = 0; i < 24; i++) expected[i] = runs / 24.0;
    ck_chi_square("orders", 24, counts, expected);
    tg_plan_free(plan);
}
END_TEST

START_TEST(a_permutation_has_every_number_once)
{
    const int counts[] = { 0, 1, 2, 33, DRAWS };
    for (int k = 0; k < COUNT_OF(counts); k++) {
        tg_rewind(tape);
        get_doubles(tg_permutation(tape, "x", counts[k]), drawn);
        qsort(drawn, (size_t)counts[k], sizeof *drawn, compare);
        for (int i = 0; i < counts[k]; i++) ck_assert(drawn[i] == i);
    }
}
END_TEST

START_TEST(categories_are_as_frequent_as_their_softmax_says)
{
    const double logits[2][5] = { { 1, -INFINITE, 0, 2.5, -1 }, { 1000, 1003, 1000, 998, 999 } };
    static double rows[DRAWS][5];
    static int64_t got[DRAWS];
    for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++) {
        tg_rewind(tape);
        for (int i = 0; i < DRAWS; i++) memcpy(rows[i], logits[i % 2], sizeof rows[i]);
        tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(DRAWS, 5), rows);
        tg_tensor *y = tg_categorical(tg_cast(x, dtype), "x");
        ck_no_error();
        ck_assert_int_eq(tg_get(y, got, DRAWS), TG_OK);
        for (int r = 0; r < 2; r++) {
            int counts[5] = { 0 }, seen = 0;
            double expected[5], sum = 0;
            for (int c = 0; c < 5; c++) sum += exp(logits[r][c] - logits[r][3]);
            for (int i = r; i < DRAWS; i += 2) counts[got[i]]++;
            for (int c = 0; c < 5; c++) {
                const double p = exp(logits[r][c] - logits[r][3]) / sum;
                if (p == 0) ck_assert_int_eq(counts[c], 0);
                else counts[seen] = counts[c], expected[seen++] = p * DRAWS / 2;
            }
            ck_chi_square("categories", seen, counts, expected);
        }
    }
}
END_TEST

START_TEST(a_single_category_is_always_drawn)
{
    const double logits[] = { -INFINITE, -1e300, -INFINITE };
    for (int i = 0; i < 50; i++) {
        char key[16];
        snprintf(key, sizeof key, "x%d", i);
        tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(3), logits);
        ck_assert(tg_item(tg_categorical(x, key)) == 1);
        ck_assert(tg_item(tg_categorical(tg_slice(x, 0, 1, 2, 1), key + 1)) == 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random_distribution");
    TCase *cases = tcase_create("random_distribution");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, floats_are_distributed_as_they_should_be, 0,
                        COUNT_OF(distributions));
    tcase_add_test(cases, uniform_numbers_fill_their_range_evenly);
    tcase_add_test(cases, normal_numbers_have_their_mean_and_deviation);
    tcase_add_test(cases, neighbours_are_not_correlated);
    tcase_add_test(cases, integers_are_equally_likely);
    tcase_add_test(cases, low_bits_of_integers_are_random_too);
    tcase_add_test(cases, bernoulli_hits_as_often_as_its_probability_says);
    tcase_add_test(cases, all_orders_of_four_are_equally_likely);
    tcase_add_test(cases, a_permutation_has_every_number_once);
    tcase_add_test(cases, categories_are_as_frequent_as_their_softmax_says);
    tcase_add_test(cases, a_single_category_is_always_drawn);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
