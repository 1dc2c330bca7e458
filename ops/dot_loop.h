/* dot_loop.h: what dot.c and dot_loop.c share: operands as matrices, and products that take part in
 * loops. */
#ifndef TG_DOT_LOOP_H
#define TG_DOT_LOOP_H

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
/* Where the operand begins for that place of the batch; and the matrix that begins there. */
int64_t tg__dot_offset(const tg__batches *p, const tg__view *view, int64_t place);
tg__matrix tg__dot_matrix(const tg__operand *x, int64_t offset, const tg__steps *rows,
                          const tg__steps *columns);

extern const tg__row_call tg__dot_rows;
extern const tg__collect tg__dot_collect;

#endif
