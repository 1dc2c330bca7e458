/* errors_random.c: bad input to random numbers: keys, ranges, probabilities. */
#include "tests/support/bad_input.h"

#include <float.h>

static const double inf = (double)INFINITY, nan_ = (double)NAN;
static const tg_dtype unknown = (tg_dtype)77;

/* ---- What all draws refuse -------------------------------------------------------------- */

static tg_tensor *uniform(tg_site at, tg_tape *to, const char *key, tg_dtype dtype, tg_shape shape)
{
    return tg_uniform_at(at, to, key, dtype, shape, 0, 1);
}
static tg_tensor *normal(tg_site at, tg_tape *to, const char *key, tg_dtype dtype, tg_shape shape)
{
    return tg_normal_at(at, to, key, dtype, shape, 0, 1);
}
static tg_tensor *truncated(tg_site at, tg_tape *to, const char *key, tg_dtype dtype,
                            tg_shape shape)
{
    return tg_truncated_normal_at(at, to, key, dtype, shape, 0, 1, -1, 1);
}
static tg_tensor *bernoulli(tg_site at, tg_tape *to, const char *key, tg_dtype dtype,
                            tg_shape shape)
{
    return tg_bernoulli_at(at, to, key, dtype, shape, 0.5);
}
static tg_tensor *integers(tg_site at, tg_tape *to, const char *key, tg_dtype dtype, tg_shape shape)
{
    return tg_integers_at(at, to, key, dtype, shape, 0, 10);
}

typedef struct drawing {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tape *to, const char *key, tg_dtype dtype,
                           tg_shape shape);
    tg_dtype good, bad;
} drawing;
static const drawing drawings[] = {
    { "tg_uniform", uniform, TG_F64, TG_I32 },
    { "tg_normal", normal, TG_F32, TG_BOOL },
    { "tg_truncated_normal", truncated, TG_F64, TG_U8 },
    { "tg_bernoulli", bernoulli, TG_BOOL, (tg_dtype)7 },
    { "tg_integers", integers, TG_I64, TG_F32 },
};

START_TEST(draws_of_no_key_or_shape)
{
    const drawing *f = &drawings[_i];
    const tg_shape overflow = TG_SHAPE(INT64_C(1) << 62, 4), negative = TG_SHAPE(2, -1);
    const tg_shape beyond = { .rank = 100 }, two = TG_SHAPE(2);
    tried = f->name;
    IS_REFUSED(f->function(TG_HERE, tape, NULL, f->good, two), TG_ERR_ARGUMENT, f->name,
               "needs a key");
    IS_REFUSED(f->function(TG_HERE, tape, "", f->good, two), TG_ERR_ARGUMENT, f->name,
               "needs a key");
    IS_REFUSED(f->function(TG_HERE, tape, "k", f->bad, two), TG_ERR_DTYPE, f->name,
               tg_dtype_name(f->bad));
    IS_REFUSED(f->function(TG_HERE, tape, "k", unknown, two), TG_ERR_DTYPE, f->name, "not ?");
    IS_REFUSED(f->function(TG_HERE, tape, NULL, unknown, two), TG_ERR_DTYPE, f->name, "not ?");
    IS_REFUSED(f->function(TG_HERE, tape, "k", (tg_dtype)-1, two), TG_ERR_DTYPE, f->name, "not ?");
    IS_REFUSED(f->function(TG_HERE, tape, "k", f->good, overflow), TG_ERR_SHAPE, f->name,
               "more bytes");
    IS_REFUSED(f->function(TG_HERE, tape, "k", f->good, negative), TG_ERR_SHAPE, f->name,
               "axis 1 of [2, -1] is negative");
    IS_REFUSED(f->function(TG_HERE, tape, "k", f->good, beyond), TG_ERR_SHAPE, f->name,
               "0 to 8 axes");
    IS_IDLE_AFTER_AN_ERROR(f->function(TG_HERE, tape, "k", f->good, two));

    /* What was refused has not taken the key. */
    ck_assert_ptr_nonnull(f->function(TG_HERE, tape, "k", f->good, two));
    IS_REFUSED(f->function(TG_HERE, tape, "k", f->good, two), TG_ERR_ARGUMENT, f->name,
               "the key \"k\" is used twice");
    for (int k = 0; k < COUNT_OF(drawings); k++) {
        tried = drawings[k].name;
        IS_REFUSED(drawings[k].function(TG_HERE, tape, "k", drawings[k].good, two), TG_ERR_ARGUMENT,
                   tried, "is used twice");
    }
}
END_TEST

START_TEST(draws_that_no_memory_holds)
{
    const drawing *f = &drawings[_i];
    unsigned char nowhere[8];
    tg_tensor *draw = f->function(TG_HERE, tape, "k", f->good, TG_SHAPE(POWER(40, 27)));
    ck_no_error();
    FAILS_AT(tg_get_as(draw, f->good, nowhere, (size_t)POWER(40, 27)), "errors_random.c", 0,
             TG_ERR_MEMORY, "tg_get", "out of memory");
}
END_TEST

/* ---- Ranges ----------------------------------------------------------------------------- */

START_TEST(ranges_of_floats)
{
    const tg_shape s = TG_SHAPE(2);
    IS_REFUSED(tg_uniform(tape, "k", TG_F64, s, 1, 1), TG_ERR_ARGUMENT, "tg_uniform",
               "the range [1, 1) is empty");
    IS_REFUSED(tg_uniform(tape, "k", TG_F64, s, 2, 1), TG_ERR_ARGUMENT, "tg_uniform", "[2, 1)");
    IS_REFUSED(tg_uniform(tape, "k", TG_F64, s, nan_, 1), TG_ERR_ARGUMENT, "tg_uniform",
               "[nan, 1)");
    IS_REFUSED(tg_uniform(tape, "k", TG_F64, s, 0, nan_), TG_ERR_ARGUMENT, "tg_uniform",
               "[0, nan)");
    IS_REFUSED(tg_uniform(tape, "k", TG_F64, s, -inf, 1), TG_ERR_ARGUMENT, "tg_uniform",
               "infinite");
    IS_REFUSED(tg_uniform(tape, "k", TG_F64, s, 0, inf), TG_ERR_ARGUMENT, "tg_uniform", "infinite");
    IS_REFUSED(tg_uniform(tape, "k", TG_F32, s, 0.1, 0.1 + 1e-12), TG_ERR_ARGUMENT, "tg_uniform",
               "there is no f32 between 0.1");
    IS_REFUSED(tg_normal(tape, "k", TG_F32, s, 0, 1e38), TG_ERR_ARGUMENT, "tg_normal",
               "some of the numbers drawn would be infinite as f32");
    IS_REFUSED(tg_normal(tape, "k", TG_F64, s, 1e308, 1e307), TG_ERR_ARGUMENT, "tg_normal",
               "infinite as f64");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F32, s, 0, 1, 1e39, inf), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "there is no f32 between");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F32, s, 0, 1, 0.1, 0.1 + 1e-12), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "there is no f32 between 0.1");
    IS_REFUSED(tg_uniform(tape, "k", TG_F32, s, 0, 1e39), TG_ERR_DTYPE, "tg_uniform", "1e+39");
    IS_REFUSED(tg_normal(tape, "k", TG_F32, s, -1e39, 1), TG_ERR_DTYPE, "tg_normal", "-1e+39");
    IS_REFUSED(tg_normal(tape, "k", TG_F64, s, 0, -1), TG_ERR_ARGUMENT, "tg_normal",
               "standard deviation");
    IS_REFUSED(tg_normal(tape, "k", TG_F64, s, 0, nan_), TG_ERR_ARGUMENT, "tg_normal", "nan");
    IS_REFUSED(tg_normal(tape, "k", TG_F64, s, 0, inf), TG_ERR_ARGUMENT, "tg_normal", "inf");
    IS_REFUSED(tg_normal(tape, "k", TG_F64, s, nan_, 1), TG_ERR_ARGUMENT, "tg_normal", "nan");
    IS_REFUSED(tg_normal(tape, "k", TG_F64, s, -inf, 1), TG_ERR_ARGUMENT, "tg_normal", "-inf");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F64, s, 0, 0, -1, 1), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "the standard deviation 0");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F64, s, 0, inf, -1, 1), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "inf");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F64, s, nan_, 1, -1, 1), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "the mean is nan");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F64, s, 0, nan_, -1, 1), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "nan");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F64, s, 0, 1, 1, 1), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "the range [1, 1] is empty");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F64, s, 0, 1, nan_, 1), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "[nan, 1]");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F64, s, 0, 1, inf, inf), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "[inf, inf]");
    IS_REFUSED(tg_truncated_normal(tape, "k", TG_F64, s, 0, 1, -inf, -inf), TG_ERR_ARGUMENT,
               "tg_truncated_normal", "empty");
}
END_TEST

START_TEST(probabilities_and_counts)
{
    const tg_shape s = TG_SHAPE(2);
    IS_REFUSED(tg_bernoulli(tape, "k", TG_F32, s, -0.1), TG_ERR_ARGUMENT, "tg_bernoulli",
               "the probability is -0.1, and must lie in [0, 1]");
    IS_REFUSED(tg_bernoulli(tape, "k", TG_F32, s, 1.0001), TG_ERR_ARGUMENT, "tg_bernoulli",
               "1.0001");
    IS_REFUSED(tg_bernoulli(tape, "k", TG_F32, s, nan_), TG_ERR_ARGUMENT, "tg_bernoulli", "nan");
    IS_REFUSED(tg_bernoulli(tape, "k", TG_F32, s, inf), TG_ERR_ARGUMENT, "tg_bernoulli", "inf");
    IS_REFUSED(tg_integers(tape, "k", TG_I64, s, 3, 3), TG_ERR_ARGUMENT, "tg_integers",
               "the range [3, 3) is empty");
    IS_REFUSED(tg_integers(tape, "k", TG_I64, s, INT64_MAX, INT64_MIN), TG_ERR_ARGUMENT,
               "tg_integers", "is empty");
    IS_REFUSED(tg_integers(tape, "k", TG_U8, s, -1, 3), TG_ERR_ARGUMENT, "tg_integers",
               "[-1, 3) does not fit into u8");
    IS_REFUSED(tg_integers(tape, "k", TG_U8, s, 0, 257), TG_ERR_ARGUMENT, "tg_integers", "u8");
    IS_REFUSED(tg_integers(tape, "k", TG_I32, s, 0, (INT64_C(1) << 31) + 1), TG_ERR_ARGUMENT,
               "tg_integers", "does not fit into i32");
    IS_REFUSED(tg_integers(tape, "k", TG_I32, s, INT64_MIN, 0), TG_ERR_ARGUMENT, "tg_integers",
               "does not fit into i32");
    ck_assert_ptr_nonnull(tg_integers(tape, "whole", TG_I64, s, INT64_MIN, INT64_MAX));
    IS_REFUSED(tg_permutation(tape, "k", -1), TG_ERR_SHAPE, "tg_permutation", "axis 0 of [-1]");
    IS_REFUSED(tg_permutation(tape, "k", INT64_MIN), TG_ERR_SHAPE, "tg_permutation", "negative");
    IS_REFUSED(tg_permutation(tape, "k", INT64_MAX), TG_ERR_SHAPE, "tg_permutation", "more bytes");
    IS_REFUSED(tg_permutation(tape, NULL, 2), TG_ERR_ARGUMENT, "tg_permutation", "needs a key");
    IS_REFUSED(tg_permutation(tape, "", 2), TG_ERR_ARGUMENT, "tg_permutation", "needs a key");
    IS_REFUSED(tg_permutation(tape, "whole", 2), TG_ERR_ARGUMENT, "tg_permutation", "used twice");
    tg_tensor *large = tg_permutation(tape, "large", POWER(33, 27));
    int64_t nowhere;
    FAILS_AT(tg_get_as(large, TG_I64, &nowhere, (size_t)POWER(33, 27)), "errors_random.c", 0,
             TG_ERR_MEMORY, "tg_get", "out of memory");
}
END_TEST

START_TEST(categories)
{
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(2, 0));
    ck_assert_ptr_nonnull(tg_uniform(tape, "taken", TG_F64, TG_SCALAR, 0, 1));
    IS_REFUSED(tg_categorical(integer, "k"), TG_ERR_DTYPE, "tg_categorical", "not i32");
    IS_REFUSED(tg_categorical(flag, "k"), TG_ERR_DTYPE, "tg_categorical", "not bool");
    IS_REFUSED(tg_categorical(number, "k"), TG_ERR_SHAPE, "tg_categorical", "needs a last axis");
    IS_REFUSED(tg_categorical(none, "k"), TG_ERR_SHAPE, "tg_categorical", "each category");
    IS_REFUSED(tg_categorical(x, NULL), TG_ERR_ARGUMENT, "tg_categorical", "needs a key");
    IS_REFUSED(tg_categorical(x, ""), TG_ERR_ARGUMENT, "tg_categorical", "needs a key");
    IS_REFUSED(tg_categorical(x, "taken"), TG_ERR_ARGUMENT, "tg_categorical", "is used twice");
}
END_TEST

TCase *errors_random(void)
{
    TCase *cases = tcase_create("random");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_loop_test(cases, draws_of_no_key_or_shape, 0, COUNT_OF(drawings));
    tcase_add_loop_test(cases, draws_that_no_memory_holds, 0, COUNT_OF(drawings));
    tcase_add_test(cases, ranges_of_floats);
    tcase_add_test(cases, probabilities_and_counts);
    tcase_add_test(cases, categories);
    return cases;
}
