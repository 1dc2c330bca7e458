/* test_early_stop.c: how long a metric is waited for, against a plain count; and what stays in the
 * store. */
#include "tests/support/random.h"
#include "tests/support/recorded.h"

/* Scores of a run: better at first, then about the same; now and then no number. */
static double metric_of(rng *random, int n)
{
    if (n % 17 == 16) return (double)NAN;
    return 1 / (1.0 + n) + 0.1 * rng_between(random, -1, 1);
}

START_TEST(it_counts_as_one_would_by_hand)
{
    const bool maximize = _i & 1;
    const double change = _i & 2 ? 0.05 : 0;
    const tg_early_stop stop = tg_early_stop_new(store, "stop", .patience = 6,
                                                 .least_change = change, .maximize = maximize);
    ck_assert_ptr_nonnull(stop.state);
    ck_assert(isnan(tg_early_stop_best(&stop)) && !tg_early_stop_improved(&stop));
    ck_assert_int_eq(tg_early_stop_best_index(&stop), -1);
    rng random = rng_of(5, (uint64_t)_i);
    double best = INFINITY; /* of the metrics as losses */
    int best_at = -1, enough = 0;
    for (int n = 0; n < 200; n++) {
        const double loss = metric_of(&random, n);
        const bool better = loss < best - change;
        if (better) {
            best = loss;
            best_at = n;
        }
        const bool stops = tg_early_stop_feed(&stop, maximize ? -loss : loss);
        ck_assert(stops == (n - best_at >= 6));
        ck_assert(tg_early_stop_improved(&stop) == better);
        ck_assert_double_eq(tg_early_stop_best(&stop), maximize ? -best : best);
        ck_assert_int_eq(tg_early_stop_best_index(&stop), best_at);
        ck_assert_int_eq(tg_early_stop_count(&stop), n + 1);
        enough += stops;
    }
    ck_assert_int_gt(enough, 0);
}
END_TEST

START_TEST(without_patience_it_waits_for_ever)
{
    const tg_early_stop stop = tg_early_stop_new(store, "stop", .patience = TG_AUTO);
    ck_assert(!tg_early_stop_feed(&stop, 1));
    for (int n = 0; n < 1000; n++) ck_assert(!tg_early_stop_feed(&stop, 2));
    ck_assert_int_eq(tg_early_stop_best_index(&stop), 0);
}
END_TEST

START_TEST(one_that_is_made_anew_goes_on)
{
    tg_early_stop stop = tg_early_stop_new(store, "stop", .patience = 3);
    ck_assert(!tg_var_trainable(stop.state));
    ck_assert(!tg_early_stop_feed(&stop, 1) && !tg_early_stop_feed(&stop, 2));
    stop = tg_early_stop_new(store, "stop", .patience = 3);
    ck_assert(!tg_early_stop_feed(&stop, 1) && tg_early_stop_feed(&stop, 1));
}
END_TEST

static void ck_not_made(tg_early_stop made, int line, const char *words)
{
    ck_assert_ptr_null(made.state);
    ck_assert_msg(strstr(tg_store_error(store), words) != NULL, "%s", tg_store_error(store));
    ck_assert(names_place(tg_store_error(store), __FILE__, line));
    tg_store_clear_error(store);
}
#define NOT_MADE(made, words) ck_not_made(made, __LINE__, words)

START_TEST(numbers_that_make_no_sense_are_refused)
{
    NOT_MADE(tg_early_stop_new(store, NULL), "tg_early_stop_new: no state");
    NOT_MADE(tg_early_stop_new(store, "s", .patience = 0), "patience = 0 must be at least 1");
    NOT_MADE(tg_early_stop_new(store, "s", .least_change = -1), "least_change = -1");
    NOT_MADE(tg_early_stop_new(store, "s", .least_change = HUGE_VAL), "least_change = inf");
    ck_assert_ptr_null(tg_find(store, "s"));
    (void)tg_state(store, "s", TG_F32, TG_SHAPE(4), 0);
    NOT_MADE(tg_early_stop_new(store, "s"), "no state of that name");
}
END_TEST

static Suite *early_stop_suite(void)
{
    Suite *suite = suite_create("early stopping");
    TCase *cases = tcase_create("early stopping");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, it_counts_as_one_would_by_hand, 0, 4);
    tcase_add_test(cases, without_patience_it_waits_for_ever);
    tcase_add_test(cases, one_that_is_made_anew_goes_on);
    tcase_add_test(cases, numbers_that_make_no_sense_are_refused);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(early_stop_suite()); }
