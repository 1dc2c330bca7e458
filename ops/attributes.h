/* attributes.h: the attributes of operations that others than their own file look at (emit/). */
#ifndef TG_ATTRIBUTES_H
#define TG_ATTRIBUTES_H

#include "autograd/op.h"

/* Of draws of floats. */
typedef struct tg__float_attr {
    tg__draw_attr draw;
    double a, b;      /* low and high; mean and deviation */
    double low, high; /* of a truncated normal */
} tg__float_attr;

/* Of draws of integers: from [low] on, [span] of them. */
typedef struct tg__integer_attr {
    tg__draw_attr draw;
    int64_t low;
    uint64_t span;
} tg__integer_attr;

typedef struct tg__scan_attr {
    int64_t axis, from_end;
} tg__scan_attr;

typedef struct tg__sort_attr {
    int64_t axis, descending;
} tg__sort_attr;

/* [order]: how many directions there are. */
typedef struct tg__product_attr {
    int64_t axis, order;
} tg__product_attr;

#endif
