/* loops.h: what loops are like: which reductions they can take, and how they are cut into blocks.
 */
#ifndef TG_LOOPS_H
#define TG_LOOPS_H

#include "plan/program.h"

/* Rows up to this length stay in cache while a loop goes over them more than once. */
enum { TG_LOOP_COLUMNS = 8192 };

/* Of reductions: are the reduced axes adjacent, are they also the last, and can a loop take
 * the reduction, whatever the view's strides? */
bool tg__reduces_block(const tg__view *view, uint32_t axes);
bool tg__reduces_rows(const tg__view *view, uint32_t axes);
/* Are they the first, and can a loop over rows gather the reduction [x] of values of that dtype? */
bool tg__gathers_columns(const tg__value *x, int dtype);
bool tg__loop_takes(const tg_op *op, int dtype, const tg__view *view, int64_t results);

/* Can a loop hand on an operand of call [v], which it computes, row by row? Then which, and how. */
bool tg__collects(const tg__program *program, uint32_t v, int *operand, tg__row_shape *shape);
/* Of a call that only moves elements: where operand [i] lies in value [x], collapsed. */
tg__inset tg__inset_of(const tg__value *x, int i);
/* Can a loop compute [x] as well as a call would: it only moves elements, of a few operands, and
 * not in short lines? */
bool tg__loop_moves(const tg__value *x);

/* How a loop of [count] positions, in rows of [columns] (0: rows do not matter), is cut into
 * blocks: by its shape alone, so results do not depend on how many threads share the blocks. Rows
 * of a few elements would leave vectors half empty; so those of a block stand side by side in
 * registers, column by column: the block is tall. A product in a loop would not be worth while for the
 * few rows of a block, so it computes or takes in those of a strip, blocks of one unit whose
 * elements still stay in the cache.
 *
 * Units are what threads take: a block; or, where the loop gathers reductions down columns, the
 * blocks that are added in their order to one part; or, where it collects, whose rows reach
 * elements that no others reach, the last of which may be shorter. */
typedef struct tg__cut {
    int64_t rows, block, blocks; /* rows and positions in a block; blocks in all */
    int64_t unit, units, span;   /* blocks in a unit, units in all, positions in a unit */
    int64_t strip;               /* the most blocks for which calls take part together */
    bool tall;
    bool copies; /* tall, or blocks do not fill vectors: memory is reached by copies */
} tg__cut;
tg__cut tg__cut_loop(const tg__kernel *kernel);
/* How many partial results a reduction [x] of all rows needs. That of all positions: one of each
 * block; or, of a value that each row has an element of, all of these. That of columns: one of each
 * unit for each column. */
size_t tg__partials_of(const tg__kernel *kernel, const tg__value *x);

#endif
