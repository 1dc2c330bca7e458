/* contract.h: the contraction of two operands: their product, summed over any axes; for tg_dot and
 * tg_einsum. */
#ifndef TG_CONTRACT_H
#define TG_CONTRACT_H

#include "ops/ops.h"

/* The axes of the two operands, pair by pair: those along which both are at the same element (the
 * batch), and those summed over. */
typedef struct tg__contraction {
    tg_axes batch[2], summed[2];
} tg__contraction;

/* The result has the axes of the batch, the rest of a's and the rest of b's, in this order. */
tg_tensor *tg__contract(tg_site at, const char *name, tg_tensor *a, tg_tensor *b,
                        const tg__contraction *axes);

#endif
