/* dot_loop.h: products that take part in loops. */
#ifndef TG_DOT_LOOP_H
#define TG_DOT_LOOP_H

#include "ops/dot_matrix.h"

extern const tg__row_call tg__dot_rows;
extern const tg__collect tg__dot_collect;

/* How a product takes in an operand as it lies in memory: [columns] elements in a row, so many
 * [rows] for each place of the batch, each element a term of so many [others]. A row has all terms
 * of sums, those of one row of the result; or one term of each, as rows of the left operand's
 * transpose and of the right operand do. */
typedef struct tg__taken {
    enum { TG__TAKES_NOTHING, TG__TAKES_ROWS, TG__TAKES_TERMS } how;
    int64_t rows, columns, others;
} tg__taken;
tg__taken tg__dot_taken(const tg__batches *p, int i);

#endif
