/* errors_train.c: bad input to runners, early stopping, whole runs and searches. What they say of
 * their own rules stands in test_runner.c, test_early_stop.c, test_fit.c and test_search_use.c. */
#include "tests/support/bad_input.h"

#include "train/runner.h"

static tg__tracked tracked;
static tg_batch batch;

static void open_batch(void)
{
    open_operands();
    tracked = (tg__tracked){ .count = 1, .one = { { .name = "loss" } } };
    batch = (tg_batch){ .tape = tape, .rows = 2, .tracked = &tracked };
}

/* The functions give nothing: NULL if they tracked nothing. */
#define TRACKS(call)      (tracked.count = 1, (call), tracked.count == 1 ? NULL : &tracked)
#define TRACK(value)      TRACKS(tg_track(&batch, "it", value))
#define TRACK_SUM(value)  TRACKS(tg_track_sum(&batch, "it", value))
#define TRACK_LAST(value) TRACKS(tg_track_last(&batch, "it", value))

START_TEST(what_is_tracked)
{
    tried = "tg_track";
    ck_assert_ptr_nonnull(TRACK(number));
    IS_SILENT(TRACK(NULL));
    IS_REFUSED(TRACK(stale), TG_ERR_STATE, "tg_track", "stale");
    IS_REFUSED(TRACK(foreign), TG_ERR_ARGUMENT, "tg_track", "tape");
    IS_REFUSED(TRACK(x), TG_ERR_SHAPE, "tg_track", "one number");
    IS_REFUSED(TRACKS(tg_track(&batch, NULL, number)), TG_ERR_ARGUMENT, "tg_track", "needs a name");
    tried = "tg_track_last";
    IS_SILENT(TRACK_LAST(NULL));
    IS_REFUSED(TRACK_LAST(dead), TG_ERR_STATE, "tg_track_last", "stale");
    IS_REFUSED(TRACK_LAST(foreign), TG_ERR_ARGUMENT, "tg_track_last", "tape");
    IS_REFUSED(TRACK_LAST(x), TG_ERR_SHAPE, "tg_track_last", "one number");
    tried = "tg_track_sum";
    ck_assert_ptr_nonnull(TRACK_SUM(x));
    IS_SILENT(TRACK_SUM(NULL));
    IS_REFUSED(TRACK_SUM(stale), TG_ERR_STATE, "tg_track_sum", "stale");
    IS_REFUSED(TRACK_SUM(foreign), TG_ERR_ARGUMENT, "tg_track_sum", "tape");
    tg_track(NULL, "it", number);
    tg_track_sum(NULL, "it", number);
    tg_track_last(NULL, "it", number);
}
END_TEST

#define CLASSES(logits, labels) TRACKS(tg_track_classes(&batch, logits, labels))

START_TEST(classes)
{
    tried = "tg_track_classes";
    tg_tensor *labels = tg_input(tape, "labels", TG_I32, TG_SHAPE(2));
    IS_SILENT(CLASSES(NULL, labels));
    IS_SILENT(CLASSES(x, NULL));
    IS_REFUSED(CLASSES(stale, labels), TG_ERR_STATE, "tg_track_classes", "stale");
    IS_REFUSED(CLASSES(x, foreign), TG_ERR_ARGUMENT, "tg_track_classes", "tape");
    IS_REFUSED(CLASSES(tall, labels), TG_ERR_SHAPE, "tg_track_classes", "[rows, classes]");
    IS_REFUSED(CLASSES(x, integer), TG_ERR_SHAPE, "tg_track_classes", "");
    IS_REFUSED(CLASSES(integer, labels), TG_ERR_DTYPE, "tg_track_classes", "");
    IS_REFUSED(CLASSES(x, vector), TG_ERR_DTYPE, "tg_track_classes", "");
    tg_track_classes(NULL, x, labels);
}
END_TEST

START_TEST(runners)
{
    tg_error error;
    ACCEPTS(tg_runner_new(NULL, NULL, NULL, NULL, &error) == NULL);
    ck_assert_int_eq(error.status, TG_ERR_ARGUMENT);
    ACCEPTS(tg_runner_new_with(NULL) == NULL);
    ACCEPTS(tg_runner_next(NULL, &error) < 0);
    ACCEPTS(tg_runner_next(NULL, NULL) < 0);
    ACCEPTS(tg_runner_epoch(NULL, &error) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_runner_epoch(NULL, NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_runner_begin(NULL, 0, &error) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_runner_keep(NULL, &error) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_runner_resume(NULL, NULL) == TG_ERR_ARGUMENT);
    const double value = tg_runner_value(NULL, "loss"), latest = tg_runner_latest(NULL, "loss");
    ck_assert(isnan(value) && isnan(latest));
    contract_note("", "tg_runner_value(NULL)", BAD_NULL, NULL);
    contract_note("", "tg_runner_latest(NULL)", BAD_NULL, NULL);
    const double score = tg_score(NULL, NULL, NULL, NULL, NULL, &error);
    ck_assert(isnan(score) && error.status == TG_ERR_ARGUMENT);
    contract_note("", "tg_score(NULL)", BAD_NULL, NULL);
    ACCEPTS(tg_runner_sum(NULL, "loss").data == NULL);
    ACCEPTS(tg_runner_rows(NULL) == 0);
    ACCEPTS(tg_runner_count(NULL) == 0);
    ACCEPTS(tg_runner_name(NULL, 0) == NULL);
    ACCEPTS(tg_runner_kind(NULL, 0) == TG_TRACKED_MEAN);
    ACCEPTS(tg_runner_last(NULL).batch == NULL);
    ACCEPTS_CALL(tg_runner_free(NULL));
    ACCEPTS(tg_loader_batch(NULL) == 0);
    ACCEPTS(tg_loader_pads(NULL) == false);
}
END_TEST

START_TEST(runs)
{
    tg_error error;
    ACCEPTS(tg_fit(NULL, NULL, NULL, NULL, &error).status == TG_ERR_ARGUMENT);
    ACCEPTS(tg_fit_with(NULL).status == TG_ERR_ARGUMENT);
    ACCEPTS(tg_find_lr(NULL, NULL, NULL, NULL, &error).status == TG_ERR_ARGUMENT);
    ACCEPTS(tg_find_lr_with(NULL).status == TG_ERR_ARGUMENT);
    ck_assert_str_eq(tg_fit_end_name((tg_fit_end)99), "unknown");
}
END_TEST

START_TEST(early_stopping)
{
    ck_assert_ptr_null(tg_early_stop_new(NULL, "s").state);
    contract_note("", "tg_early_stop_new(NULL)", BAD_NULL, NULL);
    ACCEPTS(tg_early_stop_feed(NULL, 1) == false);
    ACCEPTS(tg_early_stop_improved(NULL) == false);
    const double none = tg_early_stop_best(NULL);
    ck_assert(isnan(none));
    contract_note("", "tg_early_stop_best(NULL)", BAD_NULL, NULL);
    ACCEPTS(tg_early_stop_best_index(NULL) == -1);
    ACCEPTS(tg_early_stop_count(NULL) == 0);
}
END_TEST

START_TEST(searches_of_nothing)
{
    ACCEPTS(tg_grid_search_with(NULL) == NULL);
    ACCEPTS(tg_random_search_with(NULL) == NULL);
    ACCEPTS(tg_halving_search_with(NULL) == NULL);
    const double value = tg_trial_value(NULL, "lr"),
                 nameless = tg_trial_value(&(tg_trial){ 0 }, NULL);
    ck_assert(isnan(value) && isnan(nameless));
    contract_note("", "tg_trial_value(NULL)", BAD_NULL, NULL);
    ACCEPTS_CALL(tg_search_free(NULL));
    ACCEPTS(tg_search_count(NULL) == 0);
    ACCEPTS(tg_search_ranked(NULL, 0) == NULL);
    ACCEPTS(tg_search_best(NULL) == NULL);
    ACCEPTS_CALL(tg_search_print(NULL, stderr));
    ACCEPTS(tg_search_write(NULL, "found.csv", NULL) == TG_ERR_ARGUMENT);
}
END_TEST

TCase *errors_train(void)
{
    TCase *cases = tcase_create("training");
    tcase_add_checked_fixture(cases, open_batch, close_operands);
    tcase_add_test(cases, what_is_tracked);
    tcase_add_test(cases, classes);
    tcase_add_test(cases, runners);
    tcase_add_test(cases, runs);
    tcase_add_test(cases, early_stopping);
    tcase_add_test(cases, searches_of_nothing);
    return cases;
}
