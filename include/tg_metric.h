/* tg_metric.h: metrics, for people to read. All are compositions, and no gradient passes through
 * them. Unless stated otherwise they are numbers of the store's default dtype.
 *
 * A metric of a whole dataset is usually not the mean of those of its batches: add up what can be
 * added (tg_correct, confusion matrices, tg_r2_sums, tg_perplexity_sums), and compute the score of
 * the sum. An operand that does not fit is an error, and nothing is recorded. */
#ifndef TG_METRIC_H
#define TG_METRIC_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Of classes ------------------------------------------------------------------------- */

/* [logits] is float, [..., classes], and [labels], i32 or i64, has its shape without the last
 * axis. A label outside [0, classes) is an error of the run. */

/* The share of rows whose largest logit is the label's; NaN if there are no rows. Of equal logits
 * the first counts as the largest; NaN is larger than any number. */
TG_API tg_tensor *tg_accuracy_at(tg_site at, tg_tensor *logits, tg_tensor *labels);
/* The number of such rows, as i64, which can be added over batches of unequal size. */
TG_API tg_tensor *tg_correct_at(tg_site at, tg_tensor *logits, tg_tensor *labels);
/* The share of rows whose label is among the [k] largest logits, 1 <= k <= classes. With k = 1 it
 * is the accuracy, ties and NaN included. */
TG_API tg_tensor *tg_top_k_accuracy_at(tg_site at, tg_tensor *logits, tg_tensor *labels, int64_t k);
/* The number of rows for each label and guess: i64 [classes, classes], element [label, guess], with
 * guesses as for tg_accuracy; as sklearn.metrics.confusion_matrix. */
TG_API tg_tensor *tg_confusion_matrix_at(tg_site at, tg_tensor *logits, tg_tensor *labels);

/* ---- From a confusion matrix ------------------------------------------------------------ */

/* How the scores of the classes are averaged. */
typedef enum tg_average {
    TG_MACRO = 0, /* their mean, all classes equally */
    TG_MICRO,     /* the score of the summed counts: for all three of them it is the accuracy */
    TG_PER_CLASS  /* no average: [classes] */
} tg_average;

/* From a confusion matrix, i32 or i64 [classes, classes], of one batch or added over many. With TP
 * its diagonal: precision = TP / (sum of the column), recall = TP / (sum of the row), F1 = 2 TP /
 * (sum of both sums). If a divisor is 0 the score is 0, as in sklearn. */
TG_API tg_tensor *tg_precision_at(tg_site at, tg_tensor *confusion, tg_average average);
TG_API tg_tensor *tg_recall_at(tg_site at, tg_tensor *confusion, tg_average average);
TG_API tg_tensor *tg_f1_at(tg_site at, tg_tensor *confusion, tg_average average);

/* ---- Of two classes --------------------------------------------------------------------- */

/* The operands are those of tg_binary_cross_entropy: [target] has the shape and the dtype of the
 * logits or scores, float, any shape. A target above 1/2 is positive, any other negative. */

/* The share of logits with the right sign: above 0 for a positive, at most 0 for a negative target.
 * NaN is never right. NaN if there are no elements. */
TG_API tg_tensor *tg_binary_accuracy_at(tg_site at, tg_tensor *logits, tg_tensor *target);
/* The number of elements for each label and guess: i64 [2, 2], negatives first; can be added over
 * batches. Class 1 of TG_PER_CLASS is precision, recall or F1 of the positives; TG_MICRO is the
 * accuracy. */
TG_API tg_tensor *tg_binary_confusion_matrix_at(tg_site at, tg_tensor *logits, tg_tensor *target);

/* The next two depend only on the order of the scores, so logits and probabilities give the same.
 * Scores are sorted once. Counts are exact up to 2^53. A NaN among the scores gives NaN. They
 * cannot be added over batches: collect the scores of all batches first. */

/* The area under the receiver operating characteristic (sklearn.metrics.roc_auc_score): the share
 * of pairs of a positive and a negative in which the positive has the higher score; equal scores
 * count half (Mann and Whitney 1947). NaN if there are no positives, or no negatives. */
TG_API tg_tensor *tg_roc_auc_at(tg_site at, tg_tensor *scores, tg_tensor *target);
/* The mean, over the positives, of the precision among all rows that score at least as high
 * (average_precision_score). NaN if there are no positives. */
TG_API tg_tensor *tg_average_precision_at(tg_site at, tg_tensor *scores, tg_tensor *target);

/* ---- Of numbers ------------------------------------------------------------------------- */

/* The coefficient of determination (r2_score): 1 - sum (target - prediction)^2 / sum (target -
 * mean)^2, with sums over the rows (the first axis). Both operands are float, [rows, ...], of one
 * shape and dtype. Each position of the other axes is an output with its own score, [...]: their
 * tg_mean is sklearn's default, "uniform_average". For constant targets: 1 if every prediction is
 * right, else 0, as in sklearn; NaN for fewer than two rows. */
TG_API tg_tensor *tg_r2_at(tg_site at, tg_tensor *prediction, tg_tensor *target);
/* The sums, which can be added over batches: f64 [4, ...]: the number of rows, and the sums over
 * rows of the target, of its square and of the squared error. */
TG_API tg_tensor *tg_r2_sums_at(tg_site at, tg_tensor *prediction, tg_tensor *target);
/* The score of such sums, f64 [4, ...]. A deviation that is much smaller than the mean is lost to
 * rounding: targets whose deviation is below 2^-22 of their root mean square count as constant. (To
 * avoid this subtract a constant from both operands before; that changes no score.) */
TG_API tg_tensor *tg_r2_of_sums_at(tg_site at, tg_tensor *sums);

/* ---- Of language models ----------------------------------------------------------------- */

typedef struct tg_perplexity_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *logits;    /* [..., classes], float */
    tg_tensor *labels;    /* [...], i32 or i64 */
    int64_t ignore_index; /* rows with this label are ignored, as in tg_cross_entropy; default
                             TG_NO_INDEX: there are none */
} tg_perplexity_args;
#define TG_PERPLEXITY_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_perplexity_args, ignore_index), .ignore_index = TG_NO_INDEX

/* tg_perplexity(logits, labels, .ignore_index = -1) (Jelinek et al. 1977): e^(mean cross-entropy).
 * It is the number of classes for a model that predicts all classes alike, and 1 for one that is
 * certain and right. NaN if all rows are ignored. A label outside [0, classes) that is not ignored
 * is an error of the run. */
TG_API tg_tensor *tg_perplexity_with(const tg_perplexity_args *args);
/* The sums, which can be added over batches: f64 [2], the sum of the cross-entropies and the number
 * of rows that are not ignored. */
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
