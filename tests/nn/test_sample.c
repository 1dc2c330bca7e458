/* test_sample.c: which token is drawn next. */
#include "tests/support/recorded.h"

enum { CLASSES = 5, DRAWS = 4000 };

/* How often each class is drawn, and those that are never. */
START_TEST(tokens_are_drawn_from_those_that_are_left)
{
    static const double probability[CLASSES] = { 0.1, 0.4, 0.05, 0.25, 0.2 };
    static const struct {
        double temperature, top_p;
        int64_t top_k;
        double want[CLASSES]; /* probabilities, up to a factor */
    } cases[] = {
        { 1, 1, TG_AUTO, { 0.1, 0.4, 0.05, 0.25, 0.2 } },
        { 0.5, 1, TG_AUTO, { 0.01, 0.16, 0.0025, 0.0625, 0.04 } },
        { 1, 1, 2, { 0, 0.4, 0, 0.25, 0 } },
        { 1, 1, 9, { 0.1, 0.4, 0.05, 0.25, 0.2 } },
        { 1, 0.5, TG_AUTO, { 0, 0.4, 0, 0.25, 0 } },
        { 1, 0.3, TG_AUTO, { 0, 1, 0, 0, 0 } },
        { 1, 0.86, TG_AUTO, { 0.1, 0.4, 0, 0.25, 0.2 } },
        { 1, 0.6, 3, { 0, 0.4, 0, 0.25, 0 } }, /* of 0.85: 0.47, 0.29, 0.24 */
        { 0, 1, TG_AUTO, { 0, 1, 0, 0, 0 } },
    };
    const int n = _i;
    double logits[CLASSES], total = 0;
    for (int i = 0; i < CLASSES; i++) logits[i] = log(probability[i]) + 3;
    for (int i = 0; i < CLASSES; i++) total += cases[n].want[i];
    tg_tensor *one = tg_constant(tape, TG_F64, TG_SHAPE(1, CLASSES), logits);
    tg_tensor *many = tg_broadcast(one, TG_SHAPE(DRAWS, CLASSES));
    tg_tensor *drawn = tg_sample(many, "next", .temperature = cases[n].temperature,
                                 .top_k = cases[n].top_k, .top_p = cases[n].top_p);
    ck_no_error();
    static int64_t index[DRAWS];
    int64_t counts[CLASSES] = { 0 };
    ck_assert_int_eq(tg_get(drawn, index, DRAWS), TG_OK);
    for (int i = 0; i < DRAWS; i++) counts[index[i]]++;
    for (int i = 0; i < CLASSES; i++) {
        const double p = cases[n].want[i] / total, mean = DRAWS * p;
        const double bound = 5 * sqrt(DRAWS * p * (1 - p)); /* five deviations */
        ck_assert_msg(fabs((double)counts[i] - mean) <= bound,
                      "case %d: class %d %lld times, not %g", n, i, (long long)counts[i], mean);
    }
}
END_TEST

START_TEST(equal_logits_at_the_border_stay)
{
    const double logits[] = { 1, 2, 2, 0 };
    static int64_t index[DRAWS];
    int seen[4] = { 0 };
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(1, 4), logits);
    tg_tensor *drawn = tg_sample(tg_broadcast(x, TG_SHAPE(DRAWS, 4)), "next", .top_k = 1);
    ck_assert_int_eq(tg_get(drawn, index, DRAWS), TG_OK);
    for (int i = 0; i < DRAWS; i++) seen[index[i]] = 1;
    ck_assert(!seen[0] && seen[1] && seen[2] && !seen[3]);
}
END_TEST

START_TEST(options_of_sampling_that_make_no_sense_are_errors)
{
    tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(3, 4), 0);
    ck_refused(tg_sample(x, "n", .temperature = -1), TG_ERR_ARGUMENT, "temperature must");
    ck_refused(tg_sample(x, "n", .temperature = (double)NAN), TG_ERR_ARGUMENT, "temperature must");
    ck_refused(tg_sample(x, "n", .top_k = 0), TG_ERR_ARGUMENT, "top_k must");
    ck_refused(tg_sample(x, "n", .top_p = 0), TG_ERR_ARGUMENT, "top_p must");
    ck_refused(tg_sample(x, "n", .top_p = 1.5), TG_ERR_ARGUMENT, "top_p must");
    ck_refused(tg_sample(tg_cast(x, TG_I32), "n"), TG_ERR_DTYPE, "f32 or f64");
    ck_refused(tg_sample(tg_number(tape, 1), "n"), TG_ERR_SHAPE, "classes");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sample");
    TCase *cases = tcase_create("sample");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, tokens_are_drawn_from_those_that_are_left, 0, 9);
    tcase_add_test(cases, equal_logits_at_the_border_stay);
    tcase_add_test(cases, options_of_sampling_that_make_no_sense_are_errors);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
