/* loss.h: what the losses share: checks, which come before anything is recorded, the parts that
 * several of them have, and their end. Private to nn/. */
#ifndef TG_NN_LOSS_H
#define TG_NN_LOSS_H

#include "operands.h"

/* The loss that is being recorded. */
typedef struct tg__loss {
    tg_site at;
    const char *op; /* the public function, for its errors */
    tg_reduction reduction;
} tg__loss;

/* Is x there, f32 or f64, and the reduction known? A NULL is false in silence. */
bool tg__loss_takes(const tg__loss *loss, const char *role, tg_tensor *x);
/* Is y there, and has it x's shape and dtype? */
bool tg__loss_matches(const tg__loss *loss, const char *role, tg_tensor *x, const char *other,
                      tg_tensor *y);
/* If not [holds]: the error that the option must be what [rule] says. Returns [holds]. */
bool tg__loss_option(const tg__loss *loss, tg_tensor *x, const char *option, double value,
                     bool holds, const char *rule);

/* share * x, and 0 for a share of 0 of an infinite x: what has no share adds nothing. */
tg_tensor *tg__loss_share(tg_site at, tg_tensor *share, tg_tensor *x);
/* Which element of each row is the label's: labels [...] to bool [..., classes]. A mask and not a
 * gather, because an elementwise condition fuses with what is done to the row. */
tg_tensor *tg__loss_mask(tg_site at, tg_tensor *labels, int64_t classes);
/* The label's element of each row [..., classes], as [...]. */
tg_tensor *tg__loss_picked(tg_site at, tg_tensor *mask, tg_tensor *x);

/* The items, reduced as the caller asked. */
tg_tensor *tg__loss_end(const tg__loss *loss, tg_tensor *items);

#endif
