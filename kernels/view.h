/* view.h: views: in which order, and with which steps, the elements of an array in memory are
 * read. */
#ifndef TG_VIEW_H
#define TG_VIEW_H

#include "tg_base.h"

/* How a node sees another's elements: element i is base[offset + sum of i_k * stride_k]. */
typedef struct tg__view {
    int rank;
    int64_t dim[TG_MAX_RANK];
    int64_t stride[TG_MAX_RANK]; /* in elements */
    int64_t offset;
} tg__view;

/* What is numbered first, .., last - 1. */
typedef struct tg__range {
    int64_t first, last;
} tg__range;

static inline int64_t tg__common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

tg__view tg__view_dense(int rank, const int64_t *dim);
/* Removes axes of size 1, and joins neighbouring axes that can be stepped through as one. */
tg__view tg__view_collapse(const tg__view *view);
/* Row-major without gaps, whatever the offset. */
bool tg__view_is_dense(const tg__view *view);
/* Does the view have all [count] elements of the array, in their order? NULL does. */
bool tg__view_is_whole(const tg__view *view, int64_t count);
/* Are rank, sizes, strides and offset equal? NULL equals NULL. */
bool tg__view_same(const tg__view *a, const tg__view *b);
int64_t tg__view_count(const tg__view *view);
/* Views the elements of [view] in another shape of the same count; false if that needs a copy. */
bool tg__view_reshape(const tg__view *view, int rank, const int64_t *dim, tg__view *out);

#endif
