/* metric.h: what the metrics share. Private to nn/. */
#ifndef TG_NN_METRIC_H
#define TG_NN_METRIC_H

#include "operands.h"

/* x in the store's default dtype, which all metrics have. */
tg_tensor *tg__metric_end(tg_site at, tg_tensor *x);

/* The confusion matrix, i64 [classes, classes]: element [label, guess] counts the pairs. Both
 * operands are i64 of one shape, in [0, classes). */
tg_tensor *tg__metric_counts(tg_site at, tg_tensor *label, tg_tensor *guess, int64_t classes);

/* True if [sums] are f64 [count, ...] ([count] if [flat]), as the function [maker] returns them.
 * Silently false for NULL; else an error of [op]. */
bool tg__metric_are_sums(tg_site at, const char *op, const char *maker, tg_tensor *sums,
                         int64_t count, bool flat);

#endif
