/* window_product.h: the fold of a product as products of windows: what is folded, and how. For the
 * rewrite rules of folds. */
#ifndef TG_WINDOW_PRODUCT_H
#define TG_WINDOW_PRODUCT_H

#include "autograd/value.h"
#include "ops/dot.h"
#include "ops/window.h"

/* Every stride-th element of a folded axis: element i is the sum over u < taps of
 * W[tap + u tap_step] G[place + i - u place_step]. */
typedef struct tg__phase {
    int64_t elements;
    int64_t taps, tap, tap_step; /* none: the elements are zeros */
    int64_t place, place_step;
} tg__phase;

enum { TG_PHASES = 16 }; /* of all axes together */

/* A product that is folded along [count] axes. */
typedef struct tg__folded_product {
    tg__value dot;
    tg__dot_attr attr;
    int count;
    tg__window_attr window[TG_FOLDS];   /* their steps are 1 where there is one window or element */
    int64_t size[TG_FOLDS];             /* of each window */
    int64_t places[TG_FOLDS];           /* of windows */
    int tap[TG_FOLDS], place[TG_FOLDS]; /* their axes, of the product's result */
    int axis[TG_MAX_RANK];              /* of the result, for each axis of what is folded first */
    int rank;                           /* of what is folded */
    int kernel; /* the operand that has the taps; the other has the places */
    int64_t first[TG_FOLDS], length[TG_FOLDS]; /* which elements of the folded axes are wanted */
} tg__folded_product;

/* The folds from the node [x] of a fold inwards, and the product behind them, of whose operands one
 * has the windows' axes, and the other the axes of their places. False if there is none, or others
 * want what is folded. All elements are wanted. */
bool tg__find_folded_product(tg__rewriter *r, const tg_tensor *x, tg__folded_product *f);

/* How many phases the folded axes have together; more than TG_PHASES: that, or any more. */
int64_t tg__count_phases(const tg__folded_product *f);
/* The phase that begins at element [begin] < stride of those wanted along the folded axis [j]. */
tg__phase tg__phase_of(const tg__folded_product *f, int j, int64_t begin);

/* The operand with the places, padded as far as any phase reads it: the value, and how the product
 * would see it, whose places begin at [before]. No value when out of memory. */
typedef struct tg__padded {
    uint32_t value;
    tg__view view;
    int64_t before[TG_FOLDS];
} tg__padded;
tg__padded tg__pad_places(tg__rewriter *r, const tg_tensor *x, const tg__folded_product *f);

/* The product of windows that gives those phases of the folded axes, which have taps: seen with the
 * axes of what is folded. No value when out of memory. The node [x] gives dtype and site. */
tg__ref tg__product_of_windows(tg__rewriter *r, const tg_tensor *x, const tg__folded_product *f,
                               const tg__phase *phase, const tg__padded *padded);

#endif
