/* index.h: what the files of operations with indices share. */
#ifndef TG_INDEX_H
#define TG_INDEX_H

#include "ops/ops.h"

/* Attributes of gather, scatter and the others: the axis, and the size that an index must stay
 * below. */
typedef struct tg__index_attr {
    int64_t axis, size;
} tg__index_attr;

void tg__index_print(const void *attr, FILE *out);

/* Element i of an index, which is i32 or i64. */
static inline int64_t tg__index_at(const tg__operand *index, int64_t i)
{
    return index->dtype == TG_I32 ? ((const int32_t *)index->data)[i]
                                  : ((const int64_t *)index->data)[i];
}

/* Record the operation by an index that was checked; NULL if the index is NULL. */
tg_tensor *tg__gather(tg_site at, tg_tensor *x, tg_tensor *checked, tg__index_attr attr);
tg_tensor *tg__scatter(tg_site at, const tg_op *op, tg_tensor *x, tg_tensor *checked,
                       tg__index_attr attr);
/* What the public functions of scatters do: check the operands, record the check of the index,
 * and the scatter by [op]. */
tg_tensor *tg__scatter_by(tg_site at, const tg_op *op, tg_tensor *x, tg_tensor *index, int axis,
                          int64_t size);

#endif
