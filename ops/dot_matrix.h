/* dot_matrix.h: operands of products as matrices. */
#ifndef TG_DOT_MATRIX_H
#define TG_DOT_MATRIX_H

#include "kernels/blas.h"
#include "ops/dot.h"

/* One product for each place of the batch. */
typedef struct tg__batches {
    const tg__call *call;
    tg__pool *pool; /* of each product; NULL where the batch is shared out */
    int rank;       /* axes of the batch */
    int64_t count, m, n, k;
    tg__steps rows[2], columns[2]; /* of the operands */
} tg__batches;

tg__batches tg__dot_batches(const tg__call *call);
/* Where an operand begins for that place of the batch, and operand [i] from there on. */
int64_t tg__dot_offset(const tg__batches *p, const tg__view *view, int64_t place);
tg__matrix tg__dot_matrix(const tg__batches *p, int i, int64_t place);

/* Are the sums of the product of operands that lie so in the order "dots" of docs/sums.md? */
bool tg__dot_sums_in_lanes(const tg__dot_attr *attr, tg_dtype dtype, const tg__view *a,
                           const tg__view *b);

/* Can a product take such an operand as it is? (accepts of tg_op.) */
bool tg__dot_accepts(const void *attr, int operand, const tg__view *view);

#endif
