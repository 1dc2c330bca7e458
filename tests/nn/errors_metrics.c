/* errors_metrics.c: bad input to metrics. */
#include "tests/support/bad_input.h"

static tg_tensor *labels, *counts;

static void open_metrics(void)
{
    open_operands();
    labels = tg_input(tape, "labels", TG_I64, TG_SHAPE(2));
    counts = tg_input(tape, "counts", TG_I64, TG_SHAPE(2, 2));
}

START_TEST(shares_of_right_guesses)
{
    IS_REFUSED(tg_accuracy(x, integer), TG_ERR_SHAPE, "tg_accuracy", "labels");
    IS_REFUSED(tg_correct(x, vector), TG_ERR_DTYPE, "tg_correct", "i32 or i64");
}
END_TEST

START_TEST(guesses_and_labels)
{
    IS_REFUSED(tg_top_k_accuracy(x, vector, 1), TG_ERR_DTYPE, "tg_top_k_accuracy", "i32 or i64");
    IS_REFUSED(tg_top_k_accuracy(x, integer, 1), TG_ERR_SHAPE, "tg_top_k_accuracy", "labels");
    IS_REFUSED(tg_top_k_accuracy(number, labels, 1), TG_ERR_SHAPE, "tg_top_k_accuracy", "");
    IS_REFUSED(tg_top_k_accuracy(x, labels, 4), TG_ERR_ARGUMENT, "tg_top_k_accuracy", "[1, 3]");
    IS_REFUSED(tg_top_k_accuracy(x, labels, 0), TG_ERR_ARGUMENT, "tg_top_k_accuracy", "k = 0");
    IS_REFUSED(tg_confusion_matrix(x, vector), TG_ERR_DTYPE, "tg_confusion_matrix", "i32 or i64");
    IS_REFUSED(tg_confusion_matrix(x, integer), TG_ERR_SHAPE, "tg_confusion_matrix", "labels");
}
END_TEST

static const struct {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *confusion, tg_average average);
} scores[] = {
    { "tg_precision", tg_precision_at },
    { "tg_recall", tg_recall_at },
    { "tg_f1", tg_f1_at },
};

START_TEST(scores_of_what_is_no_confusion_matrix)
{
    tg_tensor *(*f)(tg_site, tg_tensor *, tg_average) = scores[_i].function;
    tried = scores[_i].name;
    tg_tensor *old = tg_input(foreign_tape, "old", TG_I64, TG_SHAPE(2, 2));
    tg_rewind(foreign_tape);
    IS_REFUSED(f(TG_HERE, x, TG_MACRO), TG_ERR_DTYPE, tried, "i32 or i64");
    IS_REFUSED(f(TG_HERE, integer, TG_MACRO), TG_ERR_SHAPE, tried, "[2, 3]");
    IS_REFUSED(f(TG_HERE, labels, TG_MACRO), TG_ERR_SHAPE, tried, "[classes, classes]");
    IS_REFUSED(f(TG_HERE, counts, (tg_average)9), TG_ERR_ARGUMENT, tried, "average 9");
    ck_assert_ptr_null(f(TG_HERE, old, TG_MACRO));
    ck_assert(strstr(tg_tape_error(foreign_tape), "stale"));
    contract_note(tried, "f(TG_HERE, old, TG_MACRO)", BAD_STALE, NULL);
    tg_tape_clear_error(foreign_tape);
}
END_TEST

static const struct {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *first, tg_tensor *target);
} pairs[] = {
    { "tg_binary_accuracy", tg_binary_accuracy_at },
    { "tg_binary_confusion_matrix", tg_binary_confusion_matrix_at },
    { "tg_roc_auc", tg_roc_auc_at },
    { "tg_average_precision", tg_average_precision_at },
    { "tg_r2", tg_r2_at },
    { "tg_r2_sums", tg_r2_sums_at },
};

START_TEST(scores_and_targets_that_do_not_fit)
{
    tg_tensor *(*f)(tg_site, tg_tensor *, tg_tensor *) = pairs[_i].function;
    tried = pairs[_i].name;
    IS_REFUSED(f(TG_HERE, integer, x), TG_ERR_DTYPE, tried, "not i32");
    IS_REFUSED(f(TG_HERE, x, flag), TG_ERR_DTYPE, tried, "the target must be f32 or f64, not bool");
    IS_REFUSED(f(TG_HERE, x, narrow), TG_ERR_DTYPE, tried, "the target is f32");
    IS_REFUSED(f(TG_HERE, x, vector), TG_ERR_SHAPE, tried, "[3]  vector");
    IS_REFUSED(f(TG_HERE, number, x), TG_ERR_SHAPE, tried, "neither is broadcast");
}
END_TEST

START_TEST(rows_that_are_none)
{
    IS_REFUSED(tg_r2(number, number), TG_ERR_SHAPE, "tg_r2", "counts the rows");
    IS_REFUSED(tg_r2_sums(number, number), TG_ERR_SHAPE, "tg_r2_sums", "counts the rows");
}
END_TEST

START_TEST(sums_of_another_kind)
{
    tg_tensor *four = tg_input(tape, "four", TG_F64, TG_SHAPE(4));
    tg_tensor *old = tg_input(foreign_tape, "old", TG_F64, TG_SHAPE(4));
    tg_tensor *old_two = tg_input(foreign_tape, "old_two", TG_F64, TG_SHAPE(2));
    tg_rewind(foreign_tape);
    IS_REFUSED(tg_r2_of_sums(narrow), TG_ERR_DTYPE, "tg_r2_of_sums", "as tg_r2_sums gives them");
    IS_REFUSED(tg_r2_of_sums(x), TG_ERR_SHAPE, "tg_r2_of_sums", "[4, ...], not [2, 3]  x");
    IS_REFUSED(tg_r2_of_sums(number), TG_ERR_SHAPE, "tg_r2_of_sums", "not []");
    IS_REFUSED(tg_perplexity_of_sums(integer), TG_ERR_DTYPE, "tg_perplexity_of_sums", "not i32");
    IS_REFUSED(tg_perplexity_of_sums(x), TG_ERR_SHAPE, "tg_perplexity_of_sums", "[2], not [2, 3]");
    IS_REFUSED(tg_perplexity_of_sums(four), TG_ERR_SHAPE, "tg_perplexity_of_sums", "not [4]");
    ck_assert_ptr_null(tg_r2_of_sums(old));
    ck_assert(strstr(tg_tape_error(foreign_tape), "stale"));
    contract_note("", "tg_r2_of_sums(old)", BAD_STALE, NULL);
    tg_tape_clear_error(foreign_tape);
    ck_assert_ptr_null(tg_perplexity_of_sums(old_two));
    ck_assert(strstr(tg_tape_error(foreign_tape), "stale"));
    contract_note("", "tg_perplexity_of_sums(old_two)", BAD_STALE, NULL);
    tg_tape_clear_error(foreign_tape);
}
END_TEST

static tg_tensor *perplexity(tg_site at, tg_tensor *logits, tg_tensor *words)
{
    return tg_perplexity_with(&(tg_perplexity_args){ TG_PERPLEXITY_DEFAULTS, .at = at,
                                                     .logits = logits, .labels = words });
}
static tg_tensor *perplexity_sums(tg_site at, tg_tensor *logits, tg_tensor *words)
{
    return tg_perplexity_sums_with(&(tg_perplexity_args){ TG_PERPLEXITY_DEFAULTS, .at = at,
                                                          .logits = logits, .labels = words });
}
static const struct {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *logits, tg_tensor *words);
} perplexities[] = {
    { "tg_perplexity", perplexity },
    { "tg_perplexity_sums", perplexity_sums },
};

START_TEST(words_that_do_not_fit)
{
    tg_tensor *(*f)(tg_site, tg_tensor *, tg_tensor *) = perplexities[_i].function;
    tried = perplexities[_i].name;
    IS_REFUSED(f(TG_HERE, integer, labels), TG_ERR_DTYPE, tried, "f32 or f64");
    IS_REFUSED(f(TG_HERE, x, vector), TG_ERR_DTYPE, tried, "i32 or i64");
    IS_REFUSED(f(TG_HERE, x, x), TG_ERR_DTYPE, tried, "i32 or i64"); /* no soft labels */
    IS_REFUSED(f(TG_HERE, x, integer), TG_ERR_SHAPE, tried, "one-hot");
    IS_REFUSED(f(TG_HERE, empty, labels), TG_ERR_SHAPE, tried, "no classes");
    IS_REFUSED(f(TG_HERE, number, labels), TG_ERR_SHAPE, tried, "no classes");
}
END_TEST

START_TEST(gains_of_no_name)
{
    ACCEPTS(tg_init_gain(NULL, 0) != 0); /* NaN */
    ck_assert(isnan(tg_init_gain("relu6", 0)));
}
END_TEST

TCase *errors_metrics(void)
{
    TCase *cases = tcase_create("metrics");
    tcase_add_checked_fixture(cases, open_metrics, close_operands);
    tcase_add_test(cases, shares_of_right_guesses);
    tcase_add_test(cases, guesses_and_labels);
    tcase_add_loop_test(cases, scores_of_what_is_no_confusion_matrix, 0, COUNT_OF(scores));
    tcase_add_loop_test(cases, scores_and_targets_that_do_not_fit, 0, COUNT_OF(pairs));
    tcase_add_test(cases, rows_that_are_none);
    tcase_add_test(cases, sums_of_another_kind);
    tcase_add_loop_test(cases, words_that_do_not_fit, 0, COUNT_OF(perplexities));
    tcase_add_test(cases, gains_of_no_name);
    return cases;
}
