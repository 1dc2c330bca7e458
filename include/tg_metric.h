/* tg_metric.h: figures for people to read. All are compositions and none has a gradient: none
 * passes through. Unless said otherwise they are numbers of the store's default dtype.
 *
 * A metric of a whole data set is seldom the mean of those of its batches: sum up what can be
 * summed (tg_correct, the confusion matrices, tg_r2_sums, tg_perplexity_sums), and take the scores
 * of the sum. An operand that does not fit is an error, and nothing is recorded. */
#ifndef TG_METRIC_H
#define TG_METRIC_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Of classes ------------------------------------------------------------------------- */

/* [logits] is float, [..., classes], and [labels], i32 or i64, has its shape without the last
 * axis. A label outside [0, classes) is an error of the run. */

/* The share of rows whose largest logit is the label's; NaN for no rows. Of equal logits the first
 * is the largest; a NaN is larger. */
TG_API tg_tensor *tg_accuracy_at(tg_site at, tg_tensor *logits, tg_tensor *labels);
/* The number of such rows, as i64: to be summed up over batches of unequal size. */
TG_API tg_tensor *tg_correct_at(tg_site at, tg_tensor *logits, tg_tensor *labels);
/* The share of rows whose label is among the [k] largest logits, 1 <= k <= classes. With k = 1 it
 * is the accuracy, ties and NaN included. */
TG_API tg_tensor *tg_top_k_accuracy_at(tg_site at, tg_tensor *logits, tg_tensor *labels, int64_t k);
/* How many rows of each class were taken for which: i64 [classes, classes], labels down, guesses
 * (as for tg_accuracy) across, as sklearn.metrics.confusion_matrix. */
TG_API tg_tensor *tg_confusion_matrix_at(tg_site at, tg_tensor *logits, tg_tensor *labels);

/* ---- From a confusion matrix ------------------------------------------------------------ */

/* How the scores of the classes become one. */
typedef enum tg_average {
    TG_MACRO = 0, /* their mean, each class alike */
    TG_MICRO,     /* the score of the summed counts: for all three of them the accuracy */
    TG_PER_CLASS  /* not at all: [classes] */
} tg_average;

/* From a confusion matrix, i32 or i64 [classes, classes], of one batch or summed over many. With
 * TP = its diagonal: precision TP / (sum of the column), recall TP / (sum of the row), F1 2 TP /
 * (both sums). Where a divisor is 0 the score is 0, as in sklearn. */
TG_API tg_tensor *tg_precision_at(tg_site at, tg_tensor *confusion, tg_average average);
TG_API tg_tensor *tg_recall_at(tg_site at, tg_tensor *confusion, tg_average average);
TG_API tg_tensor *tg_f1_at(tg_site at, tg_tensor *confusion, tg_average average);

/* ---- Of two classes --------------------------------------------------------------------- */

/* The operands are those of tg_binary_cross_entropy: [target] has the shape and the dtype of the
 * logits or scores, float, any shape. A target above 1/2 is positive, any other negative. */

/* The share of logits with the right sign: above 0 for a positive, at most 0 for a negative. A NaN
 * is never right; of nothing: NaN. */
TG_API tg_tensor *tg_binary_accuracy_at(tg_site at, tg_tensor *logits, tg_tensor *target);
/* How many of either class were taken for which: i64 [2, 2], negatives first; to be summed up over
 * batches. Class 1 of TG_PER_CLASS has the positives' precision, recall and F1, and TG_MICRO of any
 * of them is the accuracy. */
TG_API tg_tensor *tg_binary_confusion_matrix_at(tg_site at, tg_tensor *logits, tg_tensor *target);

/* For these two only the order of the scores counts, so logits and probabilities do alike; they
 * are sorted once. Counts are exact up to 2^53. A NaN among the scores makes NaN. Neither is a
 * matter of sums: collect the scores of all batches. */

/* The area under the receiver operating characteristic (sklearn.metrics.roc_auc_score): the share
 * of the pairs of a positive and a negative in which the positive scores higher, where equal scores
 * count half (Mann and Whitney 1947). NaN if there are no positives, or no negatives. */
TG_API tg_tensor *tg_roc_auc_at(tg_site at, tg_tensor *scores, tg_tensor *target);
/* The mean, over the positives, of the precision among all that score at least as high
 * (average_precision_score). NaN if there are no positives. */
TG_API tg_tensor *tg_average_precision_at(tg_site at, tg_tensor *scores, tg_tensor *target);

/* ---- Of numbers ------------------------------------------------------------------------- */

/* The coefficient of determination (r2_score): 1 - sum (target - prediction)^2 / sum (target -
 * mean)^2, over the rows, which the first axis counts. Both operands are float, [rows, ...], of one
 * shape and dtype. Each place of the other axes is an output with a score of its own, [...]: their
 * tg_mean is sklearn's default, "uniform_average". Of constant targets 1 if every prediction is
 * right, else 0, as in sklearn; of fewer than two rows NaN. */
TG_API tg_tensor *tg_r2_at(tg_site at, tg_tensor *prediction, tg_tensor *target);
/* What adds up over batches: f64 [4, ...], the number of rows and, over them, the sums of the
 * target, of its square and of the squared error. */
TG_API tg_tensor *tg_r2_sums_at(tg_site at, tg_tensor *prediction, tg_tensor *target);
/* The score of such sums, f64 [4, ...]. The mean square hides a deviation that is much smaller:
 * targets whose deviation is below 2^-22 of their root mean square count as constant. (Take a
 * number off both operands before: it changes no score.) */
TG_API tg_tensor *tg_r2_of_sums_at(tg_site at, tg_tensor *sums);

/* ---- Of language models ----------------------------------------------------------------- */

typedef struct tg_perplexity_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *logits;    /* [..., classes], float */
    tg_tensor *labels;    /* [...], i32 or i64 */
    int64_t ignore_index; /* as for tg_cross_entropy: rows with this label count for nothing;
                             default TG_NO_INDEX: there are none */
} tg_perplexity_args;
#define TG_PERPLEXITY_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_perplexity_args, ignore_index), .ignore_index = TG_NO_INDEX

/* tg_perplexity(logits, labels, .ignore_index = -1) (Jelinek et al. 1977): e^(the mean
 * cross-entropy), which is the number of classes for a model that knows nothing, and 1 for one that
 * is sure and right. NaN if no row counts. A label outside [0, classes) that is not ignored is an
 * error of the run. */
TG_API tg_tensor *tg_perplexity_with(const tg_perplexity_args *args);
/* What adds up over batches: f64 [2], the sum of the cross-entropies and how many rows count. */
TG_API tg_tensor *tg_perplexity_sums_with(const tg_perplexity_args *args);
/* The perplexity of such sums, f64 [2]. */
TG_API tg_tensor *tg_perplexity_of_sums_at(tg_site at, tg_tensor *sums);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_perplexity(...)                                                                         \
    tg_perplexity_with(                                                                            \
        &(tg_perplexity_args){ TG_PERPLEXITY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_perplexity_sums(...)                                                                    \
    tg_perplexity_sums_with(                                                                       \
        &(tg_perplexity_args){ TG_PERPLEXITY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_accuracy(...) tg_accuracy_at(TG_HERE, __VA_ARGS__)
#define tg_correct(...) tg_correct_at(TG_HERE, __VA_ARGS__)
#define tg_top_k_accuracy(...) tg_top_k_accuracy_at(TG_HERE, __VA_ARGS__)
#define tg_confusion_matrix(...) tg_confusion_matrix_at(TG_HERE, __VA_ARGS__)
#define tg_precision(...) tg_precision_at(TG_HERE, __VA_ARGS__)
#define tg_recall(...) tg_recall_at(TG_HERE, __VA_ARGS__)
#define tg_f1(...) tg_f1_at(TG_HERE, __VA_ARGS__)
#define tg_binary_accuracy(...) tg_binary_accuracy_at(TG_HERE, __VA_ARGS__)
#define tg_binary_confusion_matrix(...) tg_binary_confusion_matrix_at(TG_HERE, __VA_ARGS__)
#define tg_roc_auc(...) tg_roc_auc_at(TG_HERE, __VA_ARGS__)
#define tg_average_precision(...) tg_average_precision_at(TG_HERE, __VA_ARGS__)
#define tg_r2(...) tg_r2_at(TG_HERE, __VA_ARGS__)
#define tg_r2_sums(...) tg_r2_sums_at(TG_HERE, __VA_ARGS__)
#define tg_r2_of_sums(...) tg_r2_of_sums_at(TG_HERE, __VA_ARGS__)
#define tg_perplexity_of_sums(...) tg_perplexity_of_sums_at(TG_HERE, __VA_ARGS__)
#endif

#endif
