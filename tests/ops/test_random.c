/* test_random.c: random nodes: they stay in their range, depend on seed, key and count alone, and
 * refuse what makes no sense. (How they are distributed: test_random_distribution.c; the generator:
 * tests/kernels/test_philox.c.) */
#include "tests/support/recorded.h"

#include <float.h>

enum { DRAWS = 20000 };
static double drawn[DRAWS], again[DRAWS];

static void draw(tg_tensor *x, double *to)
{
    ck_no_error();
    ck_assert_int_eq(tg_get(x, to, DRAWS), TG_OK);
}

/* All of x as doubles. */
static void get_doubles(tg_tensor *x, double *to)
{
    ck_no_error();
    tg_tensor *wide = tg_dtype_of(x) == TG_F64 ? x : tg_cast(x, TG_F64);
    ck_assert_msg(tg_get(wide, to, (size_t)tg_count(x)) == TG_OK, "%s", tg_tape_error(tape));
}

START_TEST(floats_do_not_reach_the_open_end_of_their_range)
{
    static float got[DRAWS];
    tg_tensor *x = tg_uniform(tape, "noise", TG_F32, TG_SHAPE(DRAWS), 1, 1 + 0x1p-22);
    ck_assert_int_eq(tg_get(x, got, DRAWS), TG_OK);
    for (int i = 0; i < DRAWS; i++) ck_assert(got[i] >= 1 && got[i] < 1 + 0x1p-22f);
}
END_TEST

/* Ranges of an ulp, of denormals, wider than the largest number, and far from the mean. */
static const struct {
    tg_dtype dtype;
    double low, high;
    double mean, deviation; /* of a normal one; 0: uniform */
    double near, within;    /* where the draws are; 0: anywhere in the range */
} extremes[] = {
    { TG_F64, 1, 1 + 0x1p-52, 0, 0, 1, 0 },
    { TG_F64, -1e300, 1e300, 0, 0, 0, 0 },
    { TG_F64, -DBL_MAX, DBL_MAX, 0, 0, 0, 0 },
    { TG_F64, 0, 0x1p-1074, 0, 0, 0, 0 },
    { TG_F64, 0x1p-1070, 0x1p-1069, 0, 0, 0, 0 },
    { TG_F64, 1e300, 1.0000001e300, 0, 0, 0, 0 },
    { TG_F32, 1, 2, 0, 0, 0, 0 },
    { TG_F32, 1, 1 + 1e-10, 0, 0, 1, 0 },
    { TG_F32, 0.1, 0.1 + 1e-8, 0, 0, 0.1, 1e-8 },
    { TG_F32, 1e-40, 2e-40, 0, 0, 0, 0 },
    { TG_F32, -(double)FLT_MAX, (double)FLT_MAX, 0, 0, 0, 0 },
    { TG_F64, 1e308, (double)INFINITY, -1e308, 1, 1e308, 0 },
    { TG_F64, -(double)INFINITY, -1e308, 1e308, 1e300, -1e308, 1e300 },
    { TG_F64, 1, 2, -1e-10, 1e-310, 1, 0 },
    { TG_F64, 1e10, (double)INFINITY, 0, 1, 1e10, 1e-4 },
    { TG_F64, 1e10, 2e10, 0, 1, 1e10, 1e-4 },
    { TG_F64, 1e-320, 1e-310, 0, 1, 0, 0 },
    { TG_F64, -(double)INFINITY, (double)INFINITY, 0, 1e308, 0, 0 },
    { TG_F32, 0.1, 0.1 + 1e-8, 0, 1, 0.1, 1e-8 },
    { TG_F32, -1e-40, 1e-40, 0, 1, 0, 0 },
    { TG_F32, 1e38, (double)INFINITY, 0, 1e38, 0, 0 },
};

START_TEST(draws_are_within_their_range_at_its_extremes)
{
    enum { MANY = 2000 };
    static double got[MANY];
    static float narrow[MANY];
    const tg_dtype dtype = extremes[_i].dtype;
    const double low = extremes[_i].low, high = extremes[_i].high;
    const bool normal = extremes[_i].deviation > 0;
    tg_tensor *x = normal ? tg_truncated_normal(tape, "k", dtype, TG_SHAPE(MANY), extremes[_i].mean,
                                                extremes[_i].deviation, low, high)
                          : tg_uniform(tape, "k", dtype, TG_SHAPE(MANY), low, high);
    ck_no_error();
    tg_get_as(x, dtype, dtype == TG_F32 ? (void *)narrow : (void *)got, MANY);
    double mean = 0;
    for (int i = 0; i < MANY; i++) {
        if (dtype == TG_F32) got[i] = (double)narrow[i];
        ck_assert_msg(isfinite(got[i]) && got[i] >= low &&
                          (got[i] < high || (normal && got[i] == high)),
                      "%.17g is not in [%.17g, %.17g)", got[i], low, high);
        if (extremes[_i].near != 0)
            ck_assert_msg(fabs(got[i] - extremes[_i].near) <= extremes[_i].within, "%.17g", got[i]);
        mean += got[i] / MANY;
    }
    /* A wide uniform range is filled. */
    if (!normal && high / 2 - low / 2 > 1e30)
        ck_assert(fabs(mean - (low / 2 + high / 2)) < 0.05 * (high / 2 - low / 2));
}
END_TEST

START_TEST(a_key_twice_on_one_tape_is_an_error)
{
    const tg_shape two = TG_SHAPE(2);
    ck_assert_ptr_nonnull(tg_uniform(tape, "a", TG_F64, two, 0, 1));
    ck_refused(tg_normal(tape, "a", TG_F64, two, 0, 1), TG_ERR_ARGUMENT, "\"a\" is used twice");
    ck_refused(tg_uniform(tape, NULL, TG_F64, two, 0, 1), TG_ERR_ARGUMENT, "key");
    ck_refused(tg_uniform(tape, "", TG_F64, two, 0, 1), TG_ERR_ARGUMENT, "key");
    ck_assert_ptr_nonnull(tg_normal(tape, "b", TG_F64, two, 0, 1));
}
END_TEST

START_TEST(an_empty_range_and_a_negative_deviation_are_errors)
{
    const tg_shape two = TG_SHAPE(2);
    const double nan = (double)NAN;
    ck_refused(tg_uniform(tape, "a", TG_F64, two, 1, 1), TG_ERR_ARGUMENT, "[1, 1) is empty");
    ck_refused(tg_uniform(tape, "a", TG_F64, two, 0, nan), TG_ERR_ARGUMENT, "empty");
    ck_refused(tg_normal(tape, "a", TG_F64, two, 0, -1), TG_ERR_ARGUMENT, "deviation -1");
    ck_refused(tg_normal(tape, "a", TG_I32, two, 0, 1), TG_ERR_DTYPE, "f32 or f64, not i32");
    ck_values(tg_normal(tape, "a", TG_F64, two, 3, 0), 2, (const double[]){ 3, 3 });
}
END_TEST

/* ---- What draws depend on ------------------------------------------------------------------ */

START_TEST(the_same_key_seed_and_count_draw_the_same_whatever_came_before)
{
    draw(tg_uniform(tape, "a", TG_F64, TG_SHAPE(DRAWS), 0, 1), drawn);
    tg_store *twin = tg_store_new(.seed = 7, .dtype = TG_F64);
    tg_tape *other = tg_tape_new(twin);
    ck_assert(isfinite(tg_item(tg_normal(other, "b", TG_F64, TG_SCALAR, 0, 1))));
    tg_tensor *x = tg_uniform(other, "a", TG_F64, TG_SHAPE(DRAWS), 0, 1);
    ck_assert_int_eq(tg_get(x, again, DRAWS), TG_OK);
    ck_assert_mem_eq(drawn, again, sizeof drawn);
    tg_tape_free(other);
    tg_store_free(twin);
}
END_TEST

START_TEST(another_key_seed_or_recording_draws_other_numbers)
{
    draw(tg_uniform(tape, "a", TG_F64, TG_SHAPE(DRAWS), 0, 1), drawn);
    draw(tg_uniform(tape, "b", TG_F64, TG_SHAPE(DRAWS), 0, 1), again);
    int equal = 0;
    for (int i = 0; i < DRAWS; i++) equal += drawn[i] == again[i];
    ck_assert_int_eq(equal, 0);
    tg_rewind(tape);
    draw(tg_uniform(tape, "a", TG_F64, TG_SHAPE(DRAWS), 0, 1), again);
    for (int i = 0; i < DRAWS; i++) equal += drawn[i] == again[i];
    ck_assert_int_eq(equal, 0);
    tg_store *seeded = tg_store_new(.seed = 8, .dtype = TG_F64);
    tg_tape *other = tg_tape_new(seeded);
    tg_tensor *x = tg_uniform(other, "a", TG_F64, TG_SHAPE(DRAWS), 0, 1);
    ck_assert_int_eq(tg_get(x, again, DRAWS), TG_OK);
    for (int i = 0; i < DRAWS; i++) equal += drawn[i] == again[i];
    ck_assert_int_eq(equal, 0);
    tg_tape_free(other);
    tg_store_free(seeded);
}
END_TEST

enum { KINDS = 7, FEW = 1000 };

static tg_tensor *draw_kind(int kind, tg_dtype dtype, const char *key)
{
    const tg_shape shape = TG_SHAPE(FEW);
    switch (kind) {
    case 0: return tg_uniform(tape, key, dtype, shape, 0, 1);
    case 1: return tg_normal(tape, key, dtype, shape, 0, 1);
    case 2: return tg_truncated_normal(tape, key, dtype, shape, 0, 1, 1, 4);
    case 3: return tg_bernoulli(tape, key, dtype, shape, 0.5);
    case 4: return tg_integers(tape, key, TG_I64, shape, 0, 1000000);
    case 5: return tg_permutation(tape, key, FEW);
    default: return tg_categorical(tg_full(tape, dtype, TG_SHAPE(FEW, 20), 0), key);
    }
}

/* All kinds on one tape, from the first to the last or the other way round. */
static void draw_all(tg_dtype dtype, int threads, bool naive, bool reversed, double (*to)[FEW])
{
    static const char *const keys[KINDS] = { "a", "b", "c", "d", "e", "f", "g" };
    tg_tensor *x[KINDS + 1];
    tg_rewind(tape);
    for (int i = 0; i < KINDS; i++) {
        const int kind = reversed ? KINDS - 1 - i : i;
        x[kind] = tg_cast(draw_kind(kind, dtype, keys[kind]), TG_F64);
    }
    tg_plan *plan = tg_compile_pure(tape, .keep = (tg_list){ KINDS, x }, .threads = threads,
                                    .naive = naive, .steps = false);
    run(plan);
    for (int i = 0; i < KINDS; i++) ck_assert_int_eq(tg_get(x[i], to[i], FEW), TG_OK);
    tg_plan_free(plan);
}

START_TEST(draws_depend_on_neither_threads_nor_order_nor_executor)
{
    static double first[KINDS][FEW], second[KINDS][FEW];
    for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++) {
        draw_all(dtype, 1, false, false, first);
        for (int threads = 1; threads <= 4; threads *= 2)
            for (int k = 0; k < 3; k++) {
                draw_all(dtype, threads, k == 2, k == 1, second);
                ck_assert_mem_eq(first, second, sizeof first);
            }
    }
}
END_TEST

/* Few of them agree by chance: half of the bernoullis, one in 20 of the categories. */
static void ck_others(int kind, const double *a, const double *b, const char *what)
{
    int equal = 0;
    for (int i = 0; i < FEW; i++) equal += a[i] == b[i];
    const int most = kind == 3 ? 600 : kind == 6 ? 100 : 10;
    ck_assert_msg(equal <= most, "%d of %d numbers of kind %d are the same for another %s", equal,
                  FEW, kind, what);
}

START_TEST(another_key_recording_or_seed_gives_other_numbers)
{
    double base[FEW], changed[FEW];
    for (int kind = 0; kind < KINDS; kind++)
        for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++) {
            tg_rewind(tape);
            get_doubles(draw_kind(kind, dtype, "a"), base);
            get_doubles(draw_kind(kind, dtype, "b"), changed);
            ck_others(kind, base, changed, "key");
            tg_rewind(tape);
            get_doubles(draw_kind(kind, dtype, "a"), changed);
            ck_others(kind, base, changed, "recording");
            tg_store *const kept_store = store;
            tg_tape *const kept_tape = tape;
            store = tg_store_new(.seed = 8, .dtype = TG_F64);
            tape = tg_tape_new(store);
            get_doubles(draw_kind(kind, dtype, "a"), changed);
            ck_others(kind, base, changed, "seed");
            close_tape();
            store = kept_store;
            tape = kept_tape;
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *cases = tcase_create("random");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, floats_do_not_reach_the_open_end_of_their_range);
    tcase_add_loop_test(cases, draws_are_within_their_range_at_its_extremes, 0, COUNT_OF(extremes));
    tcase_add_test(cases, a_key_twice_on_one_tape_is_an_error);
    tcase_add_test(cases, an_empty_range_and_a_negative_deviation_are_errors);
    tcase_add_test(cases, the_same_key_seed_and_count_draw_the_same_whatever_came_before);
    tcase_add_test(cases, another_key_seed_or_recording_draws_other_numbers);
    tcase_add_test(cases, draws_depend_on_neither_threads_nor_order_nor_executor);
    tcase_add_test(cases, another_key_recording_or_seed_gives_other_numbers);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
