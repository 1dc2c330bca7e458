/* dot.h: the product of two arrays, of which the matrix product is one case. */
#ifndef TG_DOT_H
#define TG_DOT_H

#include "autograd/engine.h"

/* How many axes of each kind the operands have, in this order: a is [batch, m, k], b is
 * [batch, k, n], and the result [batch, m, n]. Over those of k products are summed. */
typedef struct tg__dot_attr {
    int64_t batch, m, n, k;
} tg__dot_attr;

extern const tg_op tg__op_dot;

/* Are the sums of the product of operands that lie so in the order "dots" of docs/sums.md? */
bool tg__dot_sums_in_lanes(const tg__dot_attr *attr, tg_dtype dtype, const tg__view *a,
                           const tg__view *b);

/* Operands whose axes stand in that order, and agree where they must. */
tg_tensor *tg__dot(tg_site at, const char *name, tg_tensor *a, tg_tensor *b, tg__dot_attr attr);

#endif
