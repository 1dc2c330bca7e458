/* test_random.c: Philox against its published known answers, and the random nodes. */
#include "tests/support/recorded.h"

#include <float.h>

#include "kernels/philox.h"

enum { DRAWS = 20000 };
static double drawn[DRAWS], again[DRAWS];

static void ck_philox(uint64_t key, uint64_t high, uint64_t low, const uint32_t want[4])
{
    const tg__philox got = tg__philox_at(key, high, low);
    for (int i = 0; i < 4; i++) ck_assert_uint_eq(got.v[i], want[i]);
}

/* From kat_vectors of Random123, the reference implementation. */
START_TEST(philox_gives_the_published_answers)
{
    ck_philox(0, 0, 0, (const uint32_t[]){ 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 });
    ck_philox(UINT64_MAX, UINT64_MAX, UINT64_MAX,
              (const uint32_t[]){ 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd });
    ck_philox(0x299f31d0a4093822u, 0x0370734413198a2eu, 0x85a308d3243f6a88u,
              (const uint32_t[]){ 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 });
}
END_TEST

static void draw(tg_tensor *x, double *to)
{
    ck_no_error();
    ck_assert_int_eq(tg_get(x, to, DRAWS), TG_OK);
}

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
    draw(tg_uniform(tape, "noise", TG_F64, TG_SHAPE(DRAWS), -1, 3), drawn);
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
    draw(tg_normal(tape, "noise", TG_F64, TG_SHAPE(100, DRAWS / 100), 2, 0.5), drawn);
    ck_moments(2, 0.25);
    int beyond = 0;
    for (int i = 0; i < DRAWS; i++) {
        ck_assert(isfinite(drawn[i]));
        beyond += fabs(drawn[i] - 2) > 1; /* two deviations: 4.55 percent */
    }
    ck_assert(beyond > 0.039 * DRAWS && beyond < 0.052 * DRAWS);
}
END_TEST

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

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *all = tcase_create("random");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, philox_gives_the_published_answers);
    tcase_add_test(all, uniform_numbers_fill_their_range_evenly);
    tcase_add_test(all, normal_numbers_have_their_mean_and_deviation);
    tcase_add_test(all, floats_do_not_reach_the_open_end_of_their_range);
    tcase_add_loop_test(all, draws_are_within_their_range_at_its_extremes, 0, COUNT_OF(extremes));
    tcase_add_test(all, the_same_key_seed_and_count_draw_the_same_whatever_came_before);
    tcase_add_test(all, another_key_seed_or_recording_draws_other_numbers);
    tcase_add_test(all, a_key_twice_on_one_tape_is_an_error);
    tcase_add_test(all, an_empty_range_and_a_negative_deviation_are_errors);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
