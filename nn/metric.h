/* metric.h: what the metrics share. Private to nn/. */
#ifndef TG_NN_METRIC_H
#define TG_NN_METRIC_H

#include "operands.h"

/* x in the store's default dtype, as metrics are. */
tg_tensor *tg__metric_end(tg_site at, tg_tensor *x);

/* How often each label met each guess: i64 [classes, classes], labels down. Both are i64, of one
 * shape, in [0, classes). */
tg_tensor *tg__metric_counts(tg_site at, tg_tensor *label, tg_tensor *guess, int64_t classes);

/* Are they f64 of the shape [count, ...], or [count] if [flat], as the function [maker] gives? Its
 * reader [op] reports if they are not; a NULL is false in silence. */
bool tg__metric_are_sums(tg_site at, const char *op, const char *maker, tg_tensor *sums,
                         int64_t count, bool flat);

#endif
