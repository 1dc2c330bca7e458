/* test_integers.c: comparisons, logic, casts, argmax, counting, checks of indices and the
 * arithmetic of integers, against plain C: over all pairs of the values that go wrong, with
 * vectors and single numbers on either side, planned and naive. */
#include "tests/support/random.h"
#include "tests/support/recorded.h"

#include <float.h>

enum { MOST = 40 };

static const int32_t i32_values[] = {
    0, 1, -1, 2, 7, -7, 1000003, 46341, INT32_MAX, INT32_MIN, INT32_MIN + 1, INT32_MAX - 1
};
static const int64_t i64_values[] = { 0,
                                      1,
                                      -1,
                                      3,
                                      -5,
                                      1000000007,
                                      INT64_C(3037000500),
                                      INT64_MAX,
                                      INT64_MIN,
                                      INT64_MIN + 1,
                                      INT64_MAX - 1,
                                      INT32_MIN };
static const uint8_t u8_values[] = { 0, 1, 2, 3, 15, 16, 17, 127, 128, 200, 254, 255 };
/* clang-format off */
static const double f64_values[] = {
    0, -0.0, 1, -1, 0.5, -0.5, 0.9999999, 1.5, -1.5, 2.5, 127.9, 128, 255, 255.5, 256, -1e-9, 1e9, 2147483646.5, 2147483647, 2147483648, -2147483648,
    -2147483648.5, -2147483649, 4294967296, 9.2e18, 0x1p63, -0x1p63, 0x1.fffffffffffffp62, -1e19, 1e300, -1e300, INFINITY, -INFINITY, NAN, DBL_MIN, 16777217,
    -300, 300,
};
/* clang-format on */

/* ---- Running ---------------------------------------------------------------------------- */

static void evaluate(tg_tensor *y, bool naive, void *out)
{
    tg_plan *plan = tg_compile(tape, y, .naive = naive);
    run(plan);
    ck_assert_int_eq(tg_get_as(y, tg_dtype_of(y), out, (size_t)tg_count(y)), TG_OK);
    tg_plan_free(plan);
}

typedef tg_tensor *(*unary)(tg_site at, tg_tensor *x);
typedef tg_tensor *(*binary)(tg_site at, tg_tensor *a, tg_tensor *b);

/* All pairs: [out][i * n + j] is f(values[i], values[j]). Form 0: two vectors. 1: a row of the
 * table at a time, its left operand one element. 2: a column, its right operand one element. */
static void evaluate_pairs(binary f, tg_dtype dtype, int n, const void *values, int form,
                           bool naive, void *out)
{
    tg_tensor *x = tg_input(tape, "values", dtype, TG_SHAPE(n));
    ck_assert_int_eq(tg_feed_as(x, dtype, values, (size_t)n), TG_OK);
    tg_tensor *left = tg_reshape(x, TG_SHAPE(n, 1)), *right = tg_reshape(x, TG_SHAPE(1, n));
    tg_tensor *table[MOST + 1];
    if (form == 0) {
        left = tg_broadcast(left, TG_SHAPE(n, n));
        evaluate(f(TG_HERE, left, tg_broadcast(right, TG_SHAPE(n, n))), naive, out);
        return;
    }
    for (int i = 0; i < n; i++) {
        tg_tensor *one = tg_reshape(tg_slice(x, 0, i, i + 1, 1), TG_SCALAR);
        tg_tensor *y = form == 1 ? f(TG_HERE, one, x) : f(TG_HERE, x, one);
        table[i] = tg_reshape(y, form == 1 ? TG_SHAPE(1, n) : TG_SHAPE(n, 1));
    }
    evaluate(tg_concat((tg_list){ (size_t)n, table }, form == 1 ? 0 : 1), naive, out);
}

/* ---- Integer arithmetic and comparisons ------------------------------------------------- */

#define CHECK_PAIRS(f, tag, T, values, R, expression)                                              \
    do {                                                                                           \
        for (int form = 0; form < 6; form++) {                                                     \
            R got[MOST * MOST];                                                                    \
            const int n = COUNT_OF(values);                                                        \
            tg_rewind(tape);                                                                       \
            evaluate_pairs(f, tag, n, values, form / 2, form & 1, got);                            \
            for (int i = 0; i < n * n; i++) {                                                      \
                const T a = (values)[i / n], b = (values)[i % n];                                  \
                (void)a, (void)b;                                                                  \
                ck_assert_msg(got[i] == (R)(expression), #f " of " #T " %g and %g in form %d",     \
                              (double)a, (double)b, form);                                         \
            }                                                                                      \
        }                                                                                          \
    } while (0)

#define CHECK_COMPARISONS(tag, T, values)                                                          \
    do {                                                                                           \
        CHECK_PAIRS(tg_less_at, tag, T, values, bool, a < b);                                      \
        CHECK_PAIRS(tg_less_equal_at, tag, T, values, bool, a <= b);                               \
        CHECK_PAIRS(tg_greater_at, tag, T, values, bool, a > b);                                   \
        CHECK_PAIRS(tg_greater_equal_at, tag, T, values, bool, a >= b);                            \
        CHECK_PAIRS(tg_equal_at, tag, T, values, bool, a == b);                                    \
        CHECK_PAIRS(tg_not_equal_at, tag, T, values, bool, a != b);                                \
    } while (0)

#define CHECK_ARITHMETIC(tag, T, U, values)                                                        \
    do {                                                                                           \
        CHECK_PAIRS(tg_add_at, tag, T, values, T, (U)a + (U)b);                                    \
        CHECK_PAIRS(tg_sub_at, tag, T, values, T, (U)a - (U)b);                                    \
        CHECK_PAIRS(tg_mul_at, tag, T, values, T, (U)a *(U)b);                                     \
        CHECK_PAIRS(tg_maximum_at, tag, T, values, T, a > b ? a : b);                              \
        CHECK_PAIRS(tg_minimum_at, tag, T, values, T, a < b ? a : b);                              \
    } while (0)

START_TEST(integers_of_32_bits_wrap_around)
{
    CHECK_ARITHMETIC(TG_I32, int32_t, uint32_t, i32_values);
    CHECK_COMPARISONS(TG_I32, int32_t, i32_values);
}
END_TEST

START_TEST(integers_of_64_bits_wrap_around)
{
    CHECK_ARITHMETIC(TG_I64, int64_t, uint64_t, i64_values);
    CHECK_COMPARISONS(TG_I64, int64_t, i64_values);
}
END_TEST

START_TEST(bytes_wrap_around)
{
    CHECK_ARITHMETIC(TG_U8, uint8_t, uint32_t, u8_values);
    CHECK_COMPARISONS(TG_U8, uint8_t, u8_values);
}
END_TEST

static float f32_values[COUNT_OF(f64_values)];

static void fill_f32_values(void)
{
    for (int i = 0; i < COUNT_OF(f64_values); i++)
        f32_values[i] = fabs(f64_values[i]) == DBL_MIN ? FLT_MIN : (float)f64_values[i];
}

START_TEST(floats_are_compared_as_in_c)
{
    fill_f32_values();
    CHECK_COMPARISONS(TG_F64, double, f64_values);
    CHECK_COMPARISONS(TG_F32, float, f32_values);
}
END_TEST

START_TEST(single_integers_of_64_bits_are_compared_to_the_last_bit)
{
    const int64_t large = (INT64_C(1) << 53) + 1, less = INT64_C(1) << 53; /* one double */
    tg_tensor *a = tg_constant(tape, TG_I64, TG_SCALAR, &large);
    tg_tensor *b = tg_constant(tape, TG_I64, TG_SCALAR, &less);
    ck_values(tg_cast(tg_equal(a, b), TG_F64), 1, (double[]){ 0 });
    ck_values(tg_cast(tg_less(b, a), TG_F64), 1, (double[]){ 1 });
    ck_values(tg_cast(tg_less_equal(a, b), TG_F64), 1, (double[]){ 0 });
}
END_TEST

START_TEST(bools_are_joined_and_compared)
{
    static const bool values[] = { false, true };
    CHECK_PAIRS(tg_and_at, TG_BOOL, bool, values, bool, a &&b);
    CHECK_PAIRS(tg_or_at, TG_BOOL, bool, values, bool, a || b);
    CHECK_COMPARISONS(TG_BOOL, bool, values);
    tg_rewind(tape);
    bool got[2];
    evaluate(tg_not(tg_constant(tape, TG_BOOL, TG_SHAPE(2), values)), false, got);
    ck_assert(got[0] && !got[1]);
}
END_TEST

#define CHECK_EACH(f, tag, T, values, expression)                                                  \
    for (int naive = 0; naive < 2; naive++) {                                                      \
        T got[MOST];                                                                               \
        tg_rewind(tape);                                                                           \
        evaluate(f(tg_constant(tape, tag, TG_SHAPE(COUNT_OF(values)), values)), naive, got);       \
        for (int i = 0; i < COUNT_OF(values); i++) {                                               \
            const T x = (values)[i];                                                               \
            ck_assert_msg(got[i] == (T)(expression), #f " of " #T " %g", (double)x);               \
        }                                                                                          \
    }

START_TEST(integers_of_one_operand_wrap_around){
    CHECK_EACH(tg_neg, TG_I32, int32_t, i32_values, 0u - (uint32_t)x)
        CHECK_EACH(tg_abs, TG_I32, int32_t, i32_values, x < 0 ? 0u - (uint32_t)x : (uint32_t)x)
            CHECK_EACH(tg_sign, TG_I32, int32_t, i32_values, (x > 0) - (x < 0))
                CHECK_EACH(tg_square, TG_I32, int32_t, i32_values, (uint32_t)x *(uint32_t)x)
                    CHECK_EACH(tg_neg, TG_I64, int64_t, i64_values, 0u - (uint64_t)x)
                        CHECK_EACH(tg_abs, TG_I64, int64_t, i64_values,
                                   x < 0 ? 0u - (uint64_t)x : (uint64_t)x)
                            CHECK_EACH(tg_sign, TG_I64, int64_t, i64_values, (x > 0) - (x < 0))
                                CHECK_EACH(tg_square, TG_I64, int64_t, i64_values,
                                           (uint64_t)x *(uint64_t)x)
                                    CHECK_EACH(tg_square, TG_U8, uint8_t, u8_values,
                                               (uint32_t)x *(uint32_t)x)
} END_TEST

    /* ---- Casts
       ------------------------------------------------------------------------------------ */

    /* Toward zero, saturating, NaN to 0; the high bounds are exact as doubles, or just too large.
     */
    static int64_t saturated(double x, double low, double high, int64_t lowest, int64_t highest)
{
    return isnan(x) ? 0 : x <= low ? lowest : x >= high ? highest : (int64_t)x;
}

#define CHECK_CAST(to, T, expression)                                                              \
    for (int form = 0; form < 8; form++) {                                                         \
        T got[MOST], one;                                                                          \
        tg_rewind(tape);                                                                           \
        const int n = COUNT_OF(f64_values);                                                        \
        const bool narrow = form & 2;                                                              \
        tg_tensor *all = narrow ? tg_constant(tape, TG_F32, TG_SHAPE(n), f32_values)               \
                                : tg_constant(tape, TG_F64, TG_SHAPE(n), f64_values);              \
        if (!(form & 4)) evaluate(tg_cast(all, to), form & 1, got);                                \
        for (int i = 0; i < n; i++) {                                                              \
            if (form & 4) {                                                                        \
                evaluate(tg_cast(tg_slice(all, 0, i, i + 1, 1), to), form & 1, &one);              \
                got[i] = one;                                                                      \
            }                                                                                      \
            const double x = narrow ? (double)f32_values[i] : f64_values[i];                       \
            ck_assert_msg(got[i] == (T)(expression), "%s of %g to " #T ": got %g",                 \
                          narrow ? "f32" : "f64", x, (double)got[i]);                              \
        }                                                                                          \
    }

START_TEST(casts_of_floats_truncate_and_saturate)
{
    fill_f32_values();
    CHECK_CAST(TG_I32, int32_t, saturated(x, INT32_MIN, INT32_MAX, INT32_MIN, INT32_MAX))
    CHECK_CAST(TG_I64, int64_t, saturated(x, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX))
    CHECK_CAST(TG_U8, uint8_t, saturated(x, 0, 255, 0, 255))
    CHECK_CAST(TG_BOOL, bool, x != 0)
}
END_TEST

START_TEST(casts_of_integers_wrap_and_round_as_in_c)
{
    double wide[MOST];
    float narrow[MOST];
    uint8_t bytes[MOST];
    int32_t ints[MOST];
    bool bools[MOST];
    tg_tensor *x = tg_constant(tape, TG_I64, TG_SHAPE(COUNT_OF(i64_values)), i64_values);
    evaluate(tg_cast(x, TG_F64), false, wide);
    evaluate(tg_cast(x, TG_F32), false, narrow);
    evaluate(tg_cast(x, TG_U8), false, bytes);
    evaluate(tg_cast(x, TG_I32), false, ints);
    evaluate(tg_cast(x, TG_BOOL), false, bools);
    for (int i = 0; i < COUNT_OF(i64_values); i++) {
        ck_assert(wide[i] == (double)i64_values[i]);
        ck_assert(narrow[i] == (float)i64_values[i]);
        ck_assert_int_eq(bytes[i], (uint8_t)i64_values[i]);
        ck_assert_int_eq(ints[i], (int32_t)(uint32_t)i64_values[i]);
        ck_assert_int_eq(bools[i], i64_values[i] != 0);
    }
}
END_TEST

START_TEST(numbers_are_what_their_dtype_can_hold)
{
    ck_values(tg_cast(tg_number_as(tape, TG_I32, -0x1p31), TG_F64), 1, (double[]){ -0x1p31 });
    ck_values(tg_cast(tg_number_as(tape, TG_I64, -0x1p63), TG_F64), 1, (double[]){ -0x1p63 });
    ck_values(tg_cast(tg_number_as(tape, TG_U8, 255), TG_F64), 1, (double[]){ 255 });
    ck_values(tg_cast(tg_number_as(tape, TG_BOOL, 1), TG_F64), 1, (double[]){ 1 });
    ck_values(tg_cast(tg_number_as(tape, TG_F32, -INFINITY), TG_F64), 1, (double[]){ -INFINITY });
    /* What rounds to the largest f32 is one; the next number up is infinite. */
    ck_values(tg_cast(tg_number_as(tape, TG_F32, 0x1.fffffefffffffp127), TG_F64), 1,
              (double[]){ (double)FLT_MAX });
    ck_values(tg_cast(tg_number_as(tape, TG_F32, 0.1), TG_F64), 1, (double[]){ (double)0.1f });
    ck_values(tg_rdiv_num(1, tg_cast(tg_number_as(tape, TG_I64, -0.0), TG_F64)), 1,
              (double[]){ INFINITY });
}
END_TEST

/* ---- Argmax, counting, checks
 * --------------------------------------------------------------------- */

static void check_places(tg_tensor *y, int count, const int64_t *want)
{
    int64_t got[64];
    for (int naive = 0; naive < 2; naive++) {
        evaluate(y, naive, got);
        for (int i = 0; i < count; i++) ck_assert_int_eq(got[i], want[i]);
    }
}

START_TEST(argmax_is_the_first_of_the_largest_and_nan_is_larger)
{
    const double n = (double)NAN;
    const double at[] = { 1, 3, 3, n, 2, n, -1, -1, -1, -INFINITY, -INFINITY, -INFINITY };
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(4, 3), at);
    check_places(tg_argmax(x, .axis = 1), 4, (int64_t[]){ 1, 0, 0, 0 });
    check_places(tg_argmax(x, .axis = 0), 3, (int64_t[]){ 1, 0, 1 });
    check_places(tg_argmax(x), 1, (int64_t[]){ 3 });
    check_places(tg_argmax(tg_cast(x, TG_F32), .axis = -1), 4, (int64_t[]){ 1, 0, 0, 0 });
    check_places(tg_argmax(tg_transpose(x), .axis = 0), 4, (int64_t[]){ 1, 0, 0, 0 });
    ck_assert_int_eq(tg_rank(tg_argmax(x, .keep = true)), 2);
    ck_assert_int_eq(tg_dim(tg_argmax(x, .axis = 0, .keep = true), 0), 1);
    tg_tensor *ints = tg_constant(tape, TG_I32, TG_SHAPE(COUNT_OF(i32_values)), i32_values);
    check_places(tg_argmax(ints), 1, (int64_t[]){ 8 });
    tg_tensor *bytes = tg_constant(tape, TG_U8, TG_SHAPE(COUNT_OF(u8_values)), u8_values);
    check_places(tg_argmax(bytes), 1, (int64_t[]){ 11 });
}
END_TEST

/* The first of the largest of every stride-th element, where a NaN is the largest. */
static int64_t largest_of(int n, int stride, const double *x, double sign)
{
    int best = 0;
    for (int i = 1; i < n; i++) {
        const double a = sign * x[i * stride], m = sign * x[best * stride];
        if (!isnan(m) && (a > m || isnan(a))) best = i;
    }
    return best;
}

/* Rows of as many elements as vectors have, and of a few more or fewer; the extreme, one of two or
 * three equal ones or a NaN, in any place. */
START_TEST(places_in_long_rows_are_those_of_a_plain_loop)
{
    enum { ROWS = 40, LONGEST = 130 };
    static const int lengths[] = { 1, 2, 31, 32, 33, 63, 64, 65, 100, LONGEST };
    static const tg_dtype dtypes[] = { TG_F64, TG_F32, TG_I32, TG_I64, TG_U8 };
    const int n = lengths[_i];
    static double at[ROWS * LONGEST];
    rng random = rng_of(17, (uint64_t)n);
    for (size_t k = 0; k < COUNT_OF(dtypes); k++) {
        const bool real = dtypes[k] == TG_F64 || dtypes[k] == TG_F32;
        for (int i = 0; i < ROWS * n; i++) at[i] = rng_below(&random, 90) + 5;
        for (int r = 0; r < ROWS; r++) {
            for (int j = 0; j < 3; j++) at[r * n + rng_below(&random, n)] = r % 2 ? 1 : 99;
            if (real && r % 5 == 0) at[r * n + rng_below(&random, n)] = (double)NAN;
            if (real && r % 10 == 0) at[r * n + rng_below(&random, n)] = (double)NAN;
        }
        tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, n), at);
        if (dtypes[k] != TG_F64) x = tg_cast(x, dtypes[k]);
        int64_t most[ROWS], least[ROWS];
        for (int r = 0; r < ROWS; r++) {
            most[r] = largest_of(n, 1, at + r * n, 1);
            least[r] = largest_of(n, 1, at + r * n, -1);
        }
        check_places(tg_argmax(x, .axis = 1), ROWS, most);
        check_places(tg_argmin(x, .axis = 1), ROWS, least);
        check_places(tg_argmax(tg_transpose(x), .axis = 0), ROWS, most);
        check_places(tg_argmin(tg_transpose(x), .axis = 0), ROWS, least);
        int64_t first = largest_of(ROWS, n, at, 1);
        check_places(tg_flatten(tg_slice(tg_argmax(x, .axis = 0), 0, 0, 1, 1), 0), 1, &first);
    }
}
END_TEST

START_TEST(reductions_of_integers_wrap_and_pick)
{
    int32_t sum = 0;
    for (int i = 0; i < COUNT_OF(i32_values); i++)
        sum = (int32_t)((uint32_t)sum + (uint32_t)i32_values[i]);
    tg_tensor *x = tg_constant(tape, TG_I32, TG_SHAPE(COUNT_OF(i32_values)), i32_values);
    int32_t got[3];
    for (int naive = 0; naive < 2; naive++) {
        evaluate(tg_sum(x), naive, &got[0]);
        evaluate(tg_max(x), naive, &got[1]);
        evaluate(tg_min(x), naive, &got[2]);
        ck_assert_int_eq(got[0], sum);
        ck_assert_int_eq(got[1], INT32_MAX);
        ck_assert_int_eq(got[2], INT32_MIN);
    }
}
END_TEST

START_TEST(iota_counts_from_zero_in_every_dtype)
{
    const tg_dtype dtypes[] = { TG_F32, TG_F64, TG_I32, TG_I64, TG_U8 };
    for (int k = 0; k < COUNT_OF(dtypes); k++) {
        double got[256];
        tg_tensor *x = tg_iota(tape, dtypes[k], 256);
        evaluate(tg_cast(x, TG_F64), k & 1, got);
        for (int i = 0; i < 256; i++) ck_assert(got[i] == i);
        ck_assert_int_eq(tg_count(tg_iota(tape, dtypes[k], 0)), 0);
    }
    ck_refused(tg_iota(tape, TG_U8, 257), TG_ERR_DTYPE, "u8 cannot count to 257");
    ck_refused(tg_iota(tape, TG_BOOL, 2), TG_ERR_DTYPE, "bool cannot count");
}
END_TEST

/* A wrong index is an error of the run that names position and value; a right one then runs. */
START_TEST(an_index_outside_is_found_before_anything_is_read)
{
    static const int64_t wrong[] = { -1, 5, INT64_C(1) << 40, INT64_MIN };
    const double at[] = { 0, 10, 20, 30, 40 };
    for (int i = 0; i < 2 * COUNT_OF(wrong); i++) {
        tg_rewind(tape);
        tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(5), at);
        tg_tensor *index = tg_input(tape, "index", TG_I64, TG_SHAPE(3));
        tg_tensor *y = tg_gather(x, index, 0), *z = tg_scatter_add(y, index, 0, 5);
        tg_tensor *same = tg_check_index(index, 5);
        tg_plan *plan = tg_compile(tape, y, z, same, .naive = i & 1);
        const int64_t bad[] = { 4, wrong[i / 2], 0 }, good[] = { 4, 4, 1 };
        char words[64];
        snprintf(words, sizeof words, "index %lld at position 1", (long long)wrong[i / 2]);
        ck_assert_int_eq(tg_feed(index, bad, 3), TG_OK);
        ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
        ck_assert_msg(strstr(tg_plan_error(plan), words), "%s", tg_plan_error(plan));
        ck_assert_int_eq(tg_feed(index, good, 3), TG_OK);
        run(plan);
        int64_t checked[3];
        ck_assert_int_eq(tg_get(same, checked, 3), TG_OK);
        ck_assert_int_eq(memcmp(checked, good, sizeof good), 0);
        ck_values(y, 3, (double[]){ 40, 40, 10 });
        ck_values(z, 5, (double[]){ 0, 10, 0, 0, 80 });
        tg_plan_free(plan);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integers");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, integers_of_32_bits_wrap_around);
    tcase_add_test(all, integers_of_64_bits_wrap_around);
    tcase_add_test(all, bytes_wrap_around);
    tcase_add_test(all, floats_are_compared_as_in_c);
    tcase_add_test(all, single_integers_of_64_bits_are_compared_to_the_last_bit);
    tcase_add_test(all, bools_are_joined_and_compared);
    tcase_add_test(all, integers_of_one_operand_wrap_around);
    tcase_add_test(all, casts_of_floats_truncate_and_saturate);
    tcase_add_test(all, casts_of_integers_wrap_and_round_as_in_c);
    tcase_add_test(all, numbers_are_what_their_dtype_can_hold);
    tcase_add_test(all, argmax_is_the_first_of_the_largest_and_nan_is_larger);
    tcase_add_loop_test(all, places_in_long_rows_are_those_of_a_plain_loop, 0, 10);
    tcase_add_test(all, reductions_of_integers_wrap_and_pick);
    tcase_add_test(all, iota_counts_from_zero_in_every_dtype);
    tcase_add_test(all, an_index_outside_is_found_before_anything_is_read);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
