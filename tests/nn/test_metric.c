/* test_metric.c: metrics against numbers worked out by hand, by the definitions that sklearn
 * (1.2: top_k_accuracy_score, confusion_matrix, precision_recall_fscore_support with
 * zero_division=0) documents. */
#include "tests/support/recorded.h"

enum { ROWS = 8, CLASSES = 4 };

/* Guesses 0 1 2 2 1 0 1 2; class 3 is never guessed. */
static const double logits[ROWS * CLASSES] = {
    4, 3, 2, 1, 1, 4, 3, 2, 2, 1, 4, 3, 3, 2, 4, 1, 2, 4, 1, 3, 4, 1, 2, 3, 3, 4, 2, 1, 1, 2, 4, 3,
};
static const int64_t labels[ROWS] = { 0, 1, 2, 0, 3, 2, 0, 3 };
static const int64_t counts[CLASSES * CLASSES] = {
    1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0,
};

static tg_tensor *logits_node(void)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(ROWS, CLASSES), logits);
}
static tg_tensor *labels_node(void) { return tg_constant(tape, TG_I64, TG_SHAPE(ROWS), labels); }
static tg_tensor *counts_node(void)
{
    return tg_constant(tape, TG_I64, TG_SHAPE(CLASSES, CLASSES), counts);
}

START_TEST(labels_among_the_k_largest)
{
    const double want[CLASSES] = { 3.0 / 8, 7.0 / 8, 1, 1 };
    for (int k = 1; k <= CLASSES; k++)
        ck_close(tg_item(tg_top_k_accuracy(logits_node(), labels_node(), k)), want[k - 1], 1e-15);
    ck_assert(tg_item(tg_accuracy(logits_node(), labels_node())) == want[0]);
    ck_refused(tg_top_k_accuracy(logits_node(), labels_node(), 0), TG_ERR_ARGUMENT, "[1, 4]");
    ck_refused(tg_top_k_accuracy(logits_node(), labels_node(), 5), TG_ERR_ARGUMENT, "k = 5");
}
END_TEST

START_TEST(ties_go_to_the_first_class)
{
    const double tied[3] = { 2, 2, 2 };
    for (int64_t label = 0; label < 3; label++)
        for (int64_t k = 1; k <= 3; k++) {
            tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(1, 3), tied);
            tg_tensor *y = tg_constant(tape, TG_I64, TG_SHAPE(1), &label);
            ck_assert(tg_item(tg_top_k_accuracy(x, y, k)) == (label < k));
        }
}
END_TEST

START_TEST(guesses_are_counted_by_class)
{
    int64_t got[CLASSES * CLASSES];
    tg_tensor *matrix = tg_confusion_matrix(logits_node(), labels_node());
    ck_no_error();
    ck_assert_int_eq(tg_get(matrix, got, CLASSES * CLASSES), TG_OK);
    ck_assert_mem_eq(got, counts, sizeof got);
    /* Rows of any shape are the same rows. */
    tg_tensor *x = tg_reshape(logits_node(), TG_SHAPE(2, 4, CLASSES));
    matrix = tg_confusion_matrix(x, tg_cast(tg_reshape(labels_node(), TG_SHAPE(2, 4)), TG_I32));
    ck_assert_int_eq(tg_get(matrix, got, CLASSES * CLASSES), TG_OK);
    ck_assert_mem_eq(got, counts, sizeof got);
}
END_TEST

START_TEST(labels_of_no_class_are_an_error_of_the_run)
{
    const int64_t wrong[ROWS] = { 0, 1, 2, 0, 4, 2, 0, 3 };
    tg_tensor *y = tg_constant(tape, TG_I64, TG_SHAPE(ROWS), wrong);
    int64_t got[CLASSES * CLASSES];
    ck_assert_int_eq(tg_get(tg_confusion_matrix(logits_node(), y), got, CLASSES * CLASSES),
                     TG_ERR_INDEX);
    ck_assert(isnan(tg_item(tg_top_k_accuracy(logits_node(), y, 2))));
}
END_TEST

/* TP 1 1 1 0; columns 2 3 3 0; rows 3 1 2 2. */
START_TEST(scores_of_each_class_and_their_averages)
{
    const double precision[] = { 1.0 / 2, 1.0 / 3, 1.0 / 3, 0 };
    const double recall[] = { 1.0 / 3, 1, 1.0 / 2, 0 };
    const double f1[] = { 2.0 / 5, 2.0 / 4, 2.0 / 5, 0 };
    const double micro = 3.0 / 8;
    ck_values(tg_precision(counts_node(), TG_PER_CLASS), CLASSES, precision);
    ck_values(tg_recall(counts_node(), TG_PER_CLASS), CLASSES, recall);
    ck_values(tg_f1(counts_node(), TG_PER_CLASS), CLASSES, f1);
    ck_close(tg_item(tg_precision(counts_node(), TG_MACRO)), 7.0 / 24, 1e-15);
    ck_close(tg_item(tg_recall(counts_node(), TG_MACRO)), 11.0 / 24, 1e-15);
    ck_close(tg_item(tg_f1(counts_node(), TG_MACRO)), 1.3 / 4, 1e-15);
    ck_close(tg_item(tg_precision(counts_node(), TG_MICRO)), micro, 1e-15);
    ck_close(tg_item(tg_recall(counts_node(), TG_MICRO)), micro, 1e-15);
    ck_close(tg_item(tg_f1(counts_node(), TG_MICRO)), micro, 1e-15);
}
END_TEST

START_TEST(scores_of_nothing_are_0)
{
    const int64_t none[4] = { 0, 0, 0, 0 };
    const double zeros[2] = { 0, 0 };
    tg_tensor *empty = tg_constant(tape, TG_I64, TG_SHAPE(2, 2), none);
    ck_values(tg_f1(empty, TG_PER_CLASS), 2, zeros);
    ck_assert(tg_item(tg_precision(empty, TG_MICRO)) == 0);
    ck_assert(tg_item(tg_recall(empty, TG_MACRO)) == 0);
}
END_TEST

/* The sum over batches of unequal size is that of all rows. */
START_TEST(counts_add_up_over_batches)
{
    int64_t first[CLASSES * CLASSES], rest[CLASSES * CLASSES];
    tg_tensor *x = logits_node(), *y = labels_node();
    tg_tensor *a = tg_confusion_matrix(tg_slice(x, 0, 0, 5, 1), tg_slice(y, 0, 0, 5, 1));
    tg_tensor *b = tg_confusion_matrix(tg_slice(x, 0, 5, 8, 1), tg_slice(y, 0, 5, 8, 1));
    ck_assert_int_eq(tg_get(a, first, CLASSES * CLASSES), TG_OK);
    ck_assert_int_eq(tg_get(b, rest, CLASSES * CLASSES), TG_OK);
    for (int i = 0; i < CLASSES * CLASSES; i++) ck_assert_int_eq(first[i] + rest[i], counts[i]);
    ck_close(tg_item(tg_f1(tg_add(a, b), TG_MACRO)), 1.3 / 4, 1e-15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metric");
    TCase *cases = tcase_create("metric");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, labels_among_the_k_largest);
    tcase_add_test(cases, ties_go_to_the_first_class);
    tcase_add_test(cases, guesses_are_counted_by_class);
    tcase_add_test(cases, labels_of_no_class_are_an_error_of_the_run);
    tcase_add_test(cases, scores_of_each_class_and_their_averages);
    tcase_add_test(cases, scores_of_nothing_are_0);
    tcase_add_test(cases, counts_add_up_over_batches);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
