/* loss.h: what the losses share: the checks, which come before anything is recorded; parts of
 * formulas; the reduction. Private to nn/. */
#ifndef TG_NN_LOSS_H
#define TG_NN_LOSS_H

#include "operands.h"

/* A loss that is being recorded. */
typedef struct tg__loss {
    tg_site at;
    const char *op; /* the public function, for messages */
    tg_reduction reduction;
} tg__loss;

/* True if x is there and f32 or f64, and the reduction is valid. Silently false for NULL; else an
 * error. */
bool tg__loss_takes(const tg__loss *loss, const char *role, tg_tensor *x);
/* True if y is there and has x's shape and dtype. Silently false for NULL; else an error. */
bool tg__loss_matches(const tg__loss *loss, const char *role, tg_tensor *x, const char *other,
                      tg_tensor *y);
/* If [holds] is false: an error that the option has this value and must [rule] (as in "must be
 * finite"). Returns [holds]. */
bool tg__loss_option(const tg__loss *loss, tg_tensor *x, const char *option, double value,
                     bool holds, const char *rule);

/* share * x; 0 where share is 0 and x is infinite, because 0 * infinity would be NaN. */
tg_tensor *tg__loss_share(tg_site at, tg_tensor *share, tg_tensor *x);
/* bool [..., classes] for labels [...]: true at the label's class in each row. A mask and not a
 * gather, because comparisons fuse with the other operations on the row. */
tg_tensor *tg__loss_mask(tg_site at, tg_tensor *labels, int64_t classes);
/* The element of each row of x [..., classes] that the mask marks: [...]. */
tg_tensor *tg__loss_picked(tg_site at, tg_tensor *mask, tg_tensor *x);

/* The losses of the items, reduced as the caller asked. */
tg_tensor *tg__loss_end(const tg__loss *loss, tg_tensor *items);

#endif
