/* interleave.h: a folded product as products of windows, a phase each, and what puts phases
 * together. */
#ifndef TG_INTERLEAVE_H
#define TG_INTERLEAVE_H

#include "ops/window_product.h"

/* Of interleave: element i of operand k along an axis is element before[k] + i every of the result.
 * [cut]: of what the planner has made the result a part, where that begins. */
typedef struct tg__interleave_attr {
    int64_t every[TG_MAX_RANK], cut[TG_MAX_RANK];
    int64_t gaps; /* are there elements of no operand? They are zeros */
    int64_t before[TG_PHASES][TG_MAX_RANK];
} tg__interleave_attr;

extern const tg_op tg__op_interleave;

/* If the node [x] of a fold folds up a product: that as products of windows. */
bool tg__fold_by_phases(tg__rewriter *r, const tg_tensor *x, tg__ref *result);
/* The same for a node [x] that shows a part [part] of a value [of], which is such a fold or its
 * products (tg__rewrites). */
bool tg__fold_part_by_phases(tg__rewriter *r, const tg_tensor *x, tg__ref of, const tg__view *whole,
                             const tg__view *part, tg__ref *result);

#endif
