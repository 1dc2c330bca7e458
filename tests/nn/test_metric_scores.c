/* test_metric_scores.c: metrics of scores, of numbers and of language models, against the examples
 * in sklearn's documentation (1.2: roc_auc_score, average_precision_score, r2_score), against their
 * definitions written out, and against NumPy and PyTorch 1.13. */
#include "tests/support/both_ways.h"
#include "tests/support/random.h"

static tg_tensor *row(int64_t count, const double *data)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(count), data);
}
#define ROW(...) row(COUNT_OF(((double[]){ __VA_ARGS__ })), (double[]){ __VA_ARGS__ })

static void is(tg_tensor *x, double want)
{
    ck_shape(x, TG_SCALAR);
    ck_both_ways(x, 1, &want, 1e-14);
}
static void is_nan(tg_tensor *x)
{
    ck_no_error();
    ck_assert(isnan(tg_item(x)));
}

/* ---- Signs ------------------------------------------------------------------------------ */

START_TEST(a_logit_is_right_if_its_sign_is)
{
    const double nan = (double)NAN;
    tg_tensor *logits = ROW(2, -1, 0, 0, 3, -4, nan, nan);
    tg_tensor *target = ROW(1, 0, 0, 1, 0.4, 0.6, 0, 1);
    int64_t got[4];
    is(tg_binary_accuracy(logits, target), 3.0 / 8);
    ck_assert_int_eq(tg_get(tg_binary_confusion_matrix(logits, target), got, 4), TG_OK);
    ck_assert_mem_eq(got, ((int64_t[]){ 2, 2, 3, 1 }), sizeof got);
    tg_tensor *tall = tg_reshape(logits, TG_SHAPE(4, 1, 2));
    tg_tensor *matrix = tg_binary_confusion_matrix(tall, tg_reshape(target, TG_SHAPE(4, 1, 2)));
    ck_assert_int_eq(tg_get(matrix, got, 4), TG_OK);
    ck_assert_mem_eq(got, ((int64_t[]){ 2, 2, 3, 1 }), sizeof got);
    is(tg_f1(matrix, TG_MICRO), 3.0 / 8);
    is(tg_pick(tg_precision(matrix, TG_PER_CLASS), 0, 1), 1.0 / 3);
    is(tg_pick(tg_recall(matrix, TG_PER_CLASS), 0, 1), 1.0 / 4);
    is_nan(tg_binary_accuracy(row(0, NULL), row(0, NULL)));
}
END_TEST

/* It is the accuracy of the two logits [0, x]. */
START_TEST(signs_are_guesses_between_two_classes)
{
    const double x[8] = { 0, 1.5, 0, -2, 0, 0, 0, 1 };
    const int64_t labels[4] = { 1, 1, 0, 0 };
    tg_tensor *two = tg_constant(tape, TG_F64, TG_SHAPE(4, 2), x);
    tg_tensor *label = tg_constant(tape, TG_I64, TG_SHAPE(4), labels);
    is(tg_accuracy(two, label), 0.5);
    is(tg_binary_accuracy(tg_pick(two, 1, 1), tg_cast(label, TG_F64)), 0.5);
}
END_TEST

/* ---- Ranks ------------------------------------------------------------------------------ */

START_TEST(ranks_as_documented_elsewhere)
{
    tg_tensor *scores = ROW(0.1, 0.4, 0.35, 0.8), *target = ROW(0, 0, 1, 1);
    is(tg_roc_auc(scores, target), 0.75);
    is(tg_average_precision(scores, target), 5.0 / 6);
    tg_tensor *tied = ROW(0.1, 0.4, 0.35, 0.8, 0.4, 0.4, -2, 0.8, 3, 0.35, 0, -0.5);
    target = ROW(0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1);
    is(tg_roc_auc(tied, target), 0.625);
    is(tg_average_precision(tied, target), 0.6603535353535352);
    /* The order alone counts, and no shape. */
    is(tg_roc_auc(tg_sigmoid(tied), target), 0.625);
    is(tg_roc_auc(tg_neg(tied), target), 0.375);
    tied = tg_reshape(tied, TG_SHAPE(3, 4));
    is(tg_roc_auc(tied, tg_reshape(target, TG_SHAPE(3, 4))), 0.625);
    is(tg_average_precision(tied, tg_reshape(target, TG_SHAPE(3, 4))), 0.6603535353535352);
}
END_TEST

START_TEST(ranks_at_their_ends)
{
    const double inf = (double)INFINITY;
    tg_tensor *target = ROW(0, 0, 1, 1);
    is(tg_roc_auc(ROW(1, 2, 3, 4), target), 1);
    is(tg_average_precision(ROW(1, 2, 3, 4), target), 1);
    is(tg_roc_auc(ROW(4, 3, 2, 1), target), 0);
    is(tg_average_precision(ROW(4, 3, 2, 1), target), (1.0 / 3 + 2.0 / 4) / 2);
    is(tg_roc_auc(ROW(7, 7, 7, 7), target), 0.5);
    is(tg_average_precision(ROW(7, 7, 7, 7), target), 0.5);
    is(tg_roc_auc(ROW(-inf, 0.0, -0.0, inf), target), 0.875); /* zeros are equal */
    is(tg_roc_auc(ROW(-inf, inf, -inf, inf), target), 0.5);
}
END_TEST

START_TEST(ranks_of_a_missing_class_are_nan)
{
    const double nan = (double)NAN;
    tg_tensor *scores = ROW(1, 2, 2);
    is_nan(tg_roc_auc(scores, ROW(0, 0, 0)));
    is_nan(tg_roc_auc(scores, ROW(1, 1, 1)));
    is_nan(tg_average_precision(scores, ROW(0, 0, 0)));
    is(tg_average_precision(scores, ROW(1, 1, 1)), 1);
    is_nan(tg_roc_auc(row(0, NULL), row(0, NULL)));
    is_nan(tg_average_precision(row(0, NULL), row(0, NULL)));
    is_nan(tg_roc_auc(ROW(1, nan, 2), ROW(0, 1, 1)));
    is_nan(tg_average_precision(ROW(nan, 1, 2), ROW(0, 1, 1)));
    is_nan(tg_roc_auc(tg_number(tape, 1), tg_number(tape, 1)));
}
END_TEST

/* By the definitions: all pairs, and for each positive the precision of those not below it. */
static void by_pairs(int count, const double *score, const double *target, double *auc,
                     double *precision)
{
    double wins = 0, pairs = 0, positives = 0, sum = 0;
    for (int i = 0; i < count; i++) {
        if (target[i] < 1) continue;
        double hits = 0, passed = 0;
        for (int j = 0; j < count; j++) {
            if (target[j] < 1) {
                pairs++;
                wins += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
            }
            if (score[j] < score[i]) continue;
            passed++;
            hits += target[j];
        }
        positives++;
        sum += hits / passed;
    }
    *auc = wins / pairs;
    *precision = sum / positives;
}

START_TEST(ranks_are_those_of_all_pairs)
{
    rng random = rng_of(11, 0);
    for (int trial = 0; trial < 60; trial++) {
        double score[40], target[40], auc = 0, precision = 0;
        const int count = 2 + rng_below(&random, 39), levels = 1 + rng_below(&random, 30);
        for (int i = 0; i < count; i++) {
            score[i] = rng_below(&random, levels) - 7;
            target[i] = rng_below(&random, 2);
        }
        target[0] = 0;
        target[1] = 1;
        by_pairs(count, score, target, &auc, &precision);
        const tg_dtype dtype = trial % 2 ? TG_F32 : TG_F64;
        tg_tensor *x = tg_cast(row(count, score), dtype);
        tg_tensor *y = tg_cast(row(count, target), dtype);
        is(tg_roc_auc(x, y), auc);
        is(tg_average_precision(x, y), precision);
    }
}
END_TEST

/* 25 million pairs, more than an f32 can count, of classes that alternate. */
START_TEST(pairs_are_counted_beyond_24_bits)
{
    enum { PAIRS = 5000 };
    tg_tensor *scores = tg_iota(tape, TG_F32, 2 * PAIRS);
    tg_tensor *target = tg_remainder(scores, tg_number_like(scores, 2));
    is(tg_roc_auc(scores, target), (PAIRS + 1) / (2.0 * PAIRS));
}
END_TEST

/* ---- R2 --------------------------------------------------------------------------------- */

static void ck_r2(tg_tensor *prediction, tg_tensor *target, double want, double tolerance)
{
    ck_close(tg_item(tg_r2(prediction, target)), want, 1e-14);
    ck_both_ways(tg_r2(prediction, target), 1, &want, 1e-14);
    ck_both_ways(tg_r2_of_sums(tg_r2_sums(prediction, target)), 1, &want, tolerance);
}

START_TEST(r2_as_documented_elsewhere)
{
    const double two[6] = { 0.5, 1, -1, 1, 7, -6 }, guess[6] = { 0, 2, -1, 2, 8, -5 };
    const double each[2] = { 0.9654377880184332, 0.9081632653061225 };
    ck_r2(ROW(2.5, 0, 2, 8), ROW(3, -0.5, 2, 7), 0.9486081370449679, 1e-14);
    ck_r2(ROW(1, 2, 3), ROW(1, 2, 3), 1, 1e-14);
    ck_r2(ROW(2, 2, 2), ROW(1, 2, 3), 0, 1e-14);
    ck_r2(ROW(3, 2, 1), ROW(1, 2, 3), -3, 1e-14);
    tg_tensor *target = tg_constant(tape, TG_F64, TG_SHAPE(3, 2), two);
    tg_tensor *prediction = tg_constant(tape, TG_F64, TG_SHAPE(3, 2), guess);
    ck_both_ways(tg_r2(prediction, target), 2, each, 1e-14);
    ck_both_ways(tg_r2_of_sums(tg_r2_sums(prediction, target)), 2, each, 1e-14);
    is(tg_mean(tg_r2(prediction, target)), 0.9368005266622779);
    prediction = tg_reshape(prediction, TG_SHAPE(3, 1, 2));
    ck_shape(tg_r2(prediction, tg_reshape(target, TG_SHAPE(3, 1, 2))), TG_SHAPE(1, 2));
}
END_TEST

START_TEST(r2_of_constant_targets)
{
    const double c = 0.1; /* three of which make no 0.3 */
    ck_r2(ROW(c, c, c), ROW(c, c, c), 1, 0);
    ck_r2(ROW(c, c, 0.2), ROW(c, c, c), 0, 0);
    ck_r2(ROW(0, 0), ROW(0, 0), 1, 0);
    ck_r2(ROW(0, 1e-9), ROW(0, 0), 0, 0);
    is_nan(tg_r2(ROW(c, (double)NAN), ROW(c, c)));
    tg_tensor *many = tg_full(tape, TG_F32, TG_SHAPE(10001), c);
    ck_r2(many, many, 1, 0);
    ck_r2(tg_add_num(many, 1), many, 0, 0);
}
END_TEST

START_TEST(r2_needs_two_rows)
{
    is_nan(tg_r2(ROW(1), ROW(1)));
    is_nan(tg_r2(row(0, NULL), row(0, NULL)));
    is_nan(tg_r2_of_sums(tg_r2_sums(ROW(1), ROW(1))));
    is_nan(tg_r2_of_sums(tg_r2_sums(row(0, NULL), row(0, NULL))));
}
END_TEST

/* The sums lose what the squares of a million leave of 53 bits; the score itself does not. */
START_TEST(r2_of_targets_far_from_0)
{
    tg_tensor *target = tg_add_num(ROW(0, 0.25, 1, -3, 2.5, 0.75), 1e6);
    tg_tensor *prediction = tg_add(target, ROW(0.5, -0.25, 0.125, 1, -0.5, 0.25));
    ck_r2(prediction, target, 0.9005681818181819, 1e-3);
    /* What f32 hardly tells apart is not constant; only the sums of neighbours seem so. */
    target = tg_add_num(tg_cast(ROW(0, 0, 16, 16), TG_F32), 0x1p24);
    ck_r2(tg_sub_num(target, 2), target, 0.9375, 1e-14);
    target = tg_add_num(tg_cast(ROW(0, 0, 2, 2), TG_F32), 0x1p24);
    is(tg_r2(tg_sub_num(target, 2), target), -3);
    is(tg_r2_of_sums(tg_r2_sums(tg_sub_num(target, 2), target)), 0);
}
END_TEST

START_TEST(r2_of_sums_over_batches)
{
    tg_tensor *target = ROW(3, -0.5, 2, 7), *prediction = ROW(2.5, 0, 2, 8);
    const double sums[4] = { 4, 11.5, 62.25, 1.5 };
    tg_tensor *first = tg_r2_sums(tg_slice(prediction, 0, 0, 1, 1), tg_slice(target, 0, 0, 1, 1));
    tg_tensor *rest = tg_r2_sums(tg_slice(prediction, 0, 1, 4, 1), tg_slice(target, 0, 1, 4, 1));
    ck_both_ways(tg_add(first, rest), 4, sums, 1e-15);
    is(tg_r2_of_sums(tg_add(first, rest)), 0.9486081370449679);
}
END_TEST

/* ---- Perplexity ------------------------------------------------------------------------- */

static const double logits[15] = { 1.5, -0.3, 0.2, 0,   2,   -1,  0.7, 0.1,
                                   0.4, -2,   3,   0.5, 0.3, 0.3, 0.3 };
static const int32_t words[5] = { 0, 2, -7, 1, 1 }; /* -7: a place without a word */

static tg_tensor *logits_node(void) { return tg_constant(tape, TG_F64, TG_SHAPE(5, 3), logits); }
static tg_tensor *words_node(void) { return tg_constant(tape, TG_I32, TG_SHAPE(5), words); }

START_TEST(perplexity_is_that_of_the_mean_cross_entropy)
{
    tg_tensor *x = logits_node(), *y = words_node();
    tg_tensor *known = tg_maximum_num(y, 1);
    is(tg_perplexity(x, y, .ignore_index = -7), 3.2516831846303083);
    const int32_t all[5] = { 0, 2, 1, 1, 1 };
    tg_tensor *labels = tg_constant(tape, TG_I32, TG_SHAPE(5), all);
    is(tg_perplexity(x, labels), 3.4178655435809833);
    is(tg_perplexity(tg_reshape(x, TG_SHAPE(1, 5, 3)), tg_reshape(labels, TG_SHAPE(1, 5))),
       3.4178655435809833);
    is(tg_perplexity(tg_zeros_like(x), known), 3);
    is(tg_perplexity(tg_mul_num(tg_one_hot(known, 3, TG_F64), 1000), known), 1);
    is(tg_perplexity_with(&(tg_perplexity_args){ TG_PERPLEXITY_DEFAULTS, .logits = x, .labels = y,
                                                 .ignore_index = -7 }),
       3.2516831846303083);
    /* An ignored 0 is written, or it is a class. */
    is(tg_perplexity(tg_zeros_like(x), tg_cast(labels, TG_I64), .ignore_index = 0), 3);
    ck_both_ways(tg_perplexity_sums(x, labels, .ignore_index = 0), 2,
                 (double[]){ 5.78194572449483, 4 }, 1e-14);
}
END_TEST

START_TEST(perplexity_of_sums_over_batches)
{
    tg_tensor *x = logits_node(), *y = words_node();
    tg_tensor *first =
        tg_perplexity_sums(tg_slice(x, 0, 0, 2, 1), tg_slice(y, 0, 0, 2, 1), .ignore_index = -7);
    tg_tensor *rest =
        tg_perplexity_sums(tg_slice(x, 0, 2, 5, 1), tg_slice(y, 0, 2, 5, 1), .ignore_index = -7);
    ck_both_ways(first, 2, (double[]){ 3.532981525925039, 2 }, 1e-14);
    ck_both_ways(tg_add(first, rest), 2, (double[]){ 4.7166910609574595, 4 }, 1e-14);
    is(tg_perplexity_of_sums(tg_add(first, rest)), 3.2516831846303083);
}
END_TEST

START_TEST(perplexity_of_what_does_not_count)
{
    tg_tensor *x = logits_node(), *none = tg_full(tape, TG_I64, TG_SHAPE(5), -1);
    is_nan(tg_perplexity(x, none, .ignore_index = -1));
    ck_both_ways(tg_perplexity_sums(x, none, .ignore_index = -1), 2, (double[]){ 0, 0 }, 0);
    is_nan(tg_perplexity(tg_slice(x, 0, 0, 0, 1), tg_slice(none, 0, 0, 0, 1)));
    double got = 0;
    ck_assert_int_eq(tg_get(tg_perplexity(x, none), &got, 1), TG_ERR_INDEX);
}
END_TEST

/* ---- All of them ------------------------------------------------------------------------ */

START_TEST(no_gradient_passes_through_a_metric)
{
    tg_tensor *x = ROW(0.1, 0.4, 0.35, 0.8), *y = ROW(0, 0, 1, 1);
    tg_tensor *table = logits_node(), *word = words_node(), *two = ROW(3, 2);
    tg_tensor *const all[] = {
        tg_binary_accuracy(x, y),
        tg_binary_confusion_matrix(x, y),
        tg_roc_auc(x, y),
        tg_average_precision(x, y),
        tg_r2(x, y),
        tg_r2_sums(x, y),
        tg_r2_of_sums(x),
        tg_perplexity(table, word),
        tg_perplexity_sums(table, word),
        tg_perplexity_of_sums(two),
    };
    tg_tensor *const of[] = { x, y, table, two };
    ck_no_error();
    for (int i = 0; i < COUNT_OF(all); i++)
        for (int j = 0; j < COUNT_OF(of); j++)
            ck_assert_msg(!tg_depends(all[i], of[j]), "metric %d, operand %d", i, j);
}
END_TEST

START_TEST(metrics_have_the_dtype_of_their_store)
{
    tg_store *narrow_store = tg_store_new();
    tg_tape *narrow_tape = tg_tape_new(narrow_store);
    tg_tensor *x = tg_iota(narrow_tape, TG_F64, 4), *label = tg_iota(narrow_tape, TG_I64, 2);
    tg_tensor *sums = tg_r2_sums(x, x);
    ck_assert_int_eq(tg_dtype_of(sums), TG_F64);
    ck_assert_int_eq(tg_dtype_of(tg_r2_of_sums(sums)), TG_F32);
    ck_assert_int_eq(tg_dtype_of(tg_r2(x, x)), TG_F32);
    ck_assert_int_eq(tg_dtype_of(tg_roc_auc(x, x)), TG_F32);
    ck_assert_int_eq(tg_dtype_of(tg_average_precision(x, x)), TG_F32);
    ck_assert_int_eq(tg_dtype_of(tg_binary_accuracy(x, x)), TG_F32);
    x = tg_reshape(x, TG_SHAPE(2, 2));
    ck_assert_int_eq(tg_dtype_of(tg_perplexity_sums(x, label)), TG_F64);
    ck_assert_int_eq(tg_dtype_of(tg_perplexity(x, label)), TG_F32);
    ck_assert_int_eq(tg_tape_status(narrow_tape), TG_OK);
    tg_tape_free(narrow_tape);
    tg_store_free(narrow_store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics of scores");
    TCase *cases = tcase_create("metrics of scores");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, a_logit_is_right_if_its_sign_is);
    tcase_add_test(cases, signs_are_guesses_between_two_classes);
    tcase_add_test(cases, ranks_as_documented_elsewhere);
    tcase_add_test(cases, ranks_at_their_ends);
    tcase_add_test(cases, ranks_of_a_missing_class_are_nan);
    tcase_add_test(cases, ranks_are_those_of_all_pairs);
    tcase_add_test(cases, pairs_are_counted_beyond_24_bits);
    tcase_add_test(cases, r2_as_documented_elsewhere);
    tcase_add_test(cases, r2_of_constant_targets);
    tcase_add_test(cases, r2_needs_two_rows);
    tcase_add_test(cases, r2_of_targets_far_from_0);
    tcase_add_test(cases, r2_of_sums_over_batches);
    tcase_add_test(cases, perplexity_is_that_of_the_mean_cross_entropy);
    tcase_add_test(cases, perplexity_of_sums_over_batches);
    tcase_add_test(cases, perplexity_of_what_does_not_count);
    tcase_add_test(cases, no_gradient_passes_through_a_metric);
    tcase_add_test(cases, metrics_have_the_dtype_of_their_store);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
