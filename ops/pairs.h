/* pairs.h: two elementwise operations in one instruction. */
#ifndef TG_PAIRS_H
#define TG_PAIRS_H

#include "autograd/op.h"

/* Two maps in one instruction, for where the second alone wants the first's result, as its
 * operand [operand] (-1: either). in[0] and in[1] are the first's operands, in[2] the second's
 * other one; way + 1: in[1] is one element that stands for all, way + 2: in[2] is. */
typedef struct tg__pair {
    const tg_op *first, *second;
    int operand;
    tg__map_fn way[TG_DTYPES][4];
} tg__pair;
extern const tg__pair tg__pairs[]; /* ends with a first of NULL */

#endif
