/* metric_binary.c: metrics of scores for two classes: by their signs, and by their ranks. */
#include "metric.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

static bool are_scores(tg_site at, const char *op, const char *role, tg_tensor *scores,
                       tg_tensor *target)
{
    return scores && target && tg__nn_is_float(at, op, role, scores) &&
           tg__nn_matches(at, op, role, scores, "target", target);
}

static tg_tensor *is_positive(tg_site at, tg_tensor *target)
{
    return tg_greater(target, tg_number_like(target, 0.5));
}

/* ---- Signs ------------------------------------------------------------------------------ */

/* bool: is the logit taken for a positive one? A NaN counts as the wrong answer. */
static tg_tensor *guesses(tg_site at, tg_tensor *logits, tg_tensor *positive)
{
    tg_tensor *zero = tg_number_like(logits, 0);
    tg_tensor *yes = tg_greater(logits, zero);
    tg_tensor *no = tg_less_equal(logits, zero);
    return tg_select(positive, yes, tg_not(no));
}

tg_tensor *tg_binary_accuracy_at(tg_site at, tg_tensor *logits, tg_tensor *target)
{
    if (!tg__nn_enter(&at, "tg_binary_accuracy", 2, TG__NN_OPERANDS(logits, target))) return NULL;
    if (!are_scores(at, "tg_binary_accuracy", "logits", logits, target)) return NULL;
    tg_tensor *positive = is_positive(at, target);
    tg_tensor *hit = tg_equal(guesses(at, logits, positive), positive);
    return tg_mean(tg__metric_end(at, hit));
}

tg_tensor *tg_binary_confusion_matrix_at(tg_site at, tg_tensor *logits, tg_tensor *target)
{
    if (!tg__nn_enter(&at, "tg_binary_confusion_matrix", 2, TG__NN_OPERANDS(logits, target)))
        return NULL;
    if (!are_scores(at, "tg_binary_confusion_matrix", "logits", logits, target)) return NULL;
    tg_tensor *positive = is_positive(at, target);
    tg_tensor *guess = tg_cast(guesses(at, logits, positive), TG_I64);
    return tg__metric_counts(at, tg_cast(positive, TG_I64), guess, 2);
}

/* ---- Ranks ------------------------------------------------------------------------------ */

/* The rows in order of descending score, as steps: rows with equal scores are one step. The numbers
 * of positives and negatives in each step: f64 [rows + 1]. There are fewer steps than elements; the
 * others are 0. */
typedef struct steps {
    tg_tensor *positives, *negatives;
} steps;

static steps steps_down(tg_site at, tg_tensor *scores, tg_tensor *target)
{
    const int64_t rows = tg_count(scores);
    scores = tg_reshape(scores, TG_SHAPE(rows));
    target = tg_reshape(target, TG_SHAPE(rows));
    tg_tensor *order = tg_argsort(scores, .descending = true);
    tg_tensor *sorted = tg_gather(scores, order, 0);
    tg_tensor *positive = tg_cast(is_positive(at, tg_gather(target, order, 0)), TG_F64);
    /* tg_roll compares the first row with the last one. They differ unless all scores are equal. So
     * steps count from 1, or, if all are equal, the only step is 0. */
    tg_tensor *begins = tg_not_equal(sorted, tg_roll(sorted, 0, 1));
    tg_tensor *step = tg_cumsum(tg_cast(begins, TG_I64), 0);
    steps s = { .positives = tg_scatter_add(positive, step, 0, rows + 1) };
    s.negatives = tg_scatter_add(tg_rsub_num(1, positive), step, 0, rows + 1);
    return s;
}

/* [figure]; NaN if a score is NaN, which has no rank. */
static tg_tensor *of_ranked(tg_site at, tg_tensor *scores, tg_tensor *figure)
{
    tg_tensor *unranked = tg_any(tg_is_nan(scores));
    return tg__metric_end(at, tg_select(unranked, tg_number_like(figure, (double)NAN), figure));
}

/* 0 / 0 = NaN if one class has no rows. */
tg_tensor *tg_roc_auc_at(tg_site at, tg_tensor *scores, tg_tensor *target)
{
    if (!tg__nn_enter(&at, "tg_roc_auc", 2, TG__NN_OPERANDS(scores, target))) return NULL;
    if (!are_scores(at, "tg_roc_auc", "scores", scores, target)) return NULL;
    const steps s = steps_down(at, scores, target);
    tg_tensor *all = tg_sum(s.negatives);
    tg_tensor *lower = tg_sub(all, tg_cumsum(s.negatives, 0));
    tg_tensor *beaten = tg_add(lower, tg_mul_num(s.negatives, 0.5));
    tg_tensor *wins = tg_sum(tg_mul(s.positives, beaten));
    tg_tensor *pairs = tg_mul(all, tg_sum(s.positives));
    return of_ranked(at, scores, tg_div(wins, pairs));
}

tg_tensor *tg_average_precision_at(tg_site at, tg_tensor *scores, tg_tensor *target)
{
    if (!tg__nn_enter(&at, "tg_average_precision", 2, TG__NN_OPERANDS(scores, target))) return NULL;
    if (!are_scores(at, "tg_average_precision", "scores", scores, target)) return NULL;
    const steps s = steps_down(at, scores, target);
    tg_tensor *hits = tg_cumsum(s.positives, 0);
    tg_tensor *passed = tg_add(hits, tg_cumsum(s.negatives, 0));
    tg_tensor *precision = tg_div(hits, tg_maximum_num(passed, 1)); /* an empty step has 0 / 1 */
    tg_tensor *total = tg_sum(tg_mul(s.positives, precision));
    return of_ranked(at, scores, tg_div(total, tg_sum(s.positives)));
}
