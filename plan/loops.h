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
bool tg__loop_takes(const tg_op *op, int dtype, const tg__view *view, int64_t results);

/* How a loop of [count] positions, in rows of [columns] (0: rows do not matter), is cut into
 * blocks: by its shape alone, so results do not depend on how many threads share the blocks. Rows
 * of a few elements would leave vectors half empty; so those of a block stand side by side in
 * registers, column by column: the block is tall. A call in a loop (tg__row_call) would not be
 * worth while for the few rows of a block, so it computes those of a strip, whose elements still
 * stay in the cache. */
typedef struct tg__cut {
    int64_t rows, block, blocks; /* rows and positions in a block; blocks in all */
    int64_t strip;               /* blocks for which calls compute their rows together */
    bool tall;
    bool copies; /* tall, or blocks do not fill vectors: memory is reached by copies */
} tg__cut;
tg__cut tg__cut_loop(int64_t count, int64_t columns);
/* How many partial results the whole reduction [x] needs: one of each block; or, of a value that
 * each row has an element of, all of these. */
size_t tg__partials_of(const tg__kernel *kernel, const tg__value *x);

#endif
