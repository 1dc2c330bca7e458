/* contract.h: the product over any axes, for tg_dot and tg_einsum. */
#ifndef TG_CONTRACT_H
#define TG_CONTRACT_H

#include "ops/ops.h"

/* Axes of the two operands: of which both have the same element, and those summed over. */
typedef struct tg__dot_axes_of {
    tg_axes batch[2], summed[2];
} tg__dot_axes_of;

/* The result has the batch, the rest of a's axes and the rest of b's. */
tg_tensor *tg__dot_axes(tg_site at, const char *name, tg_tensor *a, tg_tensor *b,
                        const tg__dot_axes_of *axes);

#endif
