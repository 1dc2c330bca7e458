/* tg_metric.h: figures for people to read. All are compositions and none has a gradient.
 *
 * A metric of a whole data set is not the mean of those of its batches where they are of unequal
 * size: sum up what can be summed (tg_correct, tg_confusion_matrix), and take the scores of the
 * sum. */
#ifndef TG_METRIC_H
#define TG_METRIC_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* [logits] is float, [..., classes], and [labels], i32 or i64, has its shape without the last
 * axis. A label outside [0, classes) is an error of the run. */

/* The share of rows whose largest logit is the label's, as one number of the store's
 * default dtype; NaN for no rows. Of equal logits the first is the largest; a NaN is larger. */
TG_API tg_tensor *(tg_accuracy)(tg_site at, tg_tensor *logits, tg_tensor *labels);
/* The number of such rows, as i64: to be summed up over batches of unequal size. */
TG_API tg_tensor *(tg_correct)(tg_site at, tg_tensor *logits, tg_tensor *labels);
/* The share of rows whose label is among the [k] largest logits, 1 <= k <= classes. With k = 1 it
 * is the accuracy, ties and NaN included. */
TG_API tg_tensor *(tg_top_k_accuracy)(tg_site at, tg_tensor *logits, tg_tensor *labels, int64_t k);
/* How many rows of each class were taken for which: i64 [classes, classes], labels down, guesses
 * (as for tg_accuracy) across, as sklearn.metrics.confusion_matrix. */
TG_API tg_tensor *(tg_confusion_matrix)(tg_site at, tg_tensor *logits, tg_tensor *labels);

/* How the scores of the classes become one. */
typedef enum tg_average {
    TG_MACRO = 0, /* their mean, each class alike */
    TG_MICRO,     /* the score of the summed counts: for all three of them the accuracy */
    TG_PER_CLASS  /* not at all: [classes] */
} tg_average;

/* From a confusion matrix, i32 or i64 [classes, classes], of one batch or summed over many. With
 * TP = its diagonal: precision TP / (sum of the column), recall TP / (sum of the row), F1 2 TP /
 * (both sums). Where a divisor is 0 the score is 0, as in sklearn. Numbers of the store's default
 * dtype. */
TG_API tg_tensor *(tg_precision)(tg_site at, tg_tensor *confusion, tg_average average);
TG_API tg_tensor *(tg_recall)(tg_site at, tg_tensor *confusion, tg_average average);
TG_API tg_tensor *(tg_f1)(tg_site at, tg_tensor *confusion, tg_average average);

#ifdef __cplusplus
}
#endif

#ifndef TG_NO_SITE_MACROS
#define tg_accuracy(...) tg_accuracy(TG_HERE, __VA_ARGS__)
#define tg_correct(...) tg_correct(TG_HERE, __VA_ARGS__)
#define tg_top_k_accuracy(...) tg_top_k_accuracy(TG_HERE, __VA_ARGS__)
#define tg_confusion_matrix(...) tg_confusion_matrix(TG_HERE, __VA_ARGS__)
#define tg_precision(...) tg_precision(TG_HERE, __VA_ARGS__)
#define tg_recall(...) tg_recall(TG_HERE, __VA_ARGS__)
#define tg_f1(...) tg_f1(TG_HERE, __VA_ARGS__)
#endif

#endif
