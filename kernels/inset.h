/* inset.h: arrays that are made of others' elements, each others' in a box of it: what a pad and a
 * concatenation give.
 *
 * A pad of [2, 3] along its last axis, one element before and two behind, has the dim [2, 6], and
 * its operand lies in it from column 1 on:
 *
 *     dim {2, 6}   before {0, 1}   every {1, 1}   view {2:3 3:1}   fills, with the pad's value  */
#ifndef TG_INSET_H
#define TG_INSET_H

#include "kernels/view.h"

typedef struct tg__inset {
    int rank;
    int64_t dim[TG_MAX_RANK];    /* of the whole */
    int64_t before[TG_MAX_RANK]; /* along each axis: where the part begins, */
    int64_t every[TG_MAX_RANK];  /* and how far apart its elements are, at least 1 */
    tg__view view;               /* of the part, with the same axes: how it lies in memory */
    bool fills;                  /* the rest, with one value, */
    _Alignas(8) unsigned char element[8]; /* this one */
} tg__inset;

/* Removes axes of size 1, and joins neighbouring axes that can be stepped through as one. */
tg__inset tg__inset_collapse(const tg__inset *inset);
/* Writes what the whole has at [first, first + count) to out, densely: the part's elements, which
 * have [size] bytes, and the value around them if it fills; else all but these stays as it is.
 * [base] is element 0 of what the view looks at. */
void tg__inset_load(const tg__inset *inset, size_t size, const void *base, int64_t first,
                    int64_t count, void *out);

#endif
