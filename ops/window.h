/* window.h: the attributes of windows and of what goes around them, for the planner too. */
#ifndef TG_WINDOW_H
#define TG_WINDOW_H

#include "autograd/engine.h"
#include "kernels/fold.h"

/* Of window; [length] is that of the axis that the windows are cut from. */
typedef struct tg__window_attr {
    int64_t axis, length, stride, dilation;
} tg__window_attr;

enum { TG_FOLDS = 3 };

/* Of fold. It is recorded with one axis; the planner joins folds of several. The operand's last
 * axes are the windows' elements, in this order. */
typedef struct tg__fold_attr {
    int64_t count;
    tg__window_attr window[TG_FOLDS];
} tg__fold_attr;

/* Do several windows see one element? */
static inline bool tg__window_overlaps(const tg__window_attr *window, int64_t windows, int64_t size)
{
    return windows > 1 && size > 1 && window->stride <= (size - 1) * window->dilation;
}

/* Along how many axes is there more to add up than one element? [x] is how a fold's operand lies.
 */
static inline int tg__fold_overlapping(const tg__fold_attr *attr, const tg__view *x)
{
    int count = 0;
    for (int j = 0; j < attr->count; j++)
        count += tg__window_overlaps(&attr->window[j], x->dim[attr->window[j].axis],
                                     x->dim[x->rank - (int)attr->count + j]);
    return count;
}

/* Is it added up along lines first, each of which is short enough to wait, and then along one axis
 * at most? Then it rounds as one fold after the other does. */
static inline bool tg__fold_by_line(const tg__fold_attr *attr, const tg__view *x)
{
    const int rank = x->rank - (int)attr->count, overlapping = tg__fold_overlapping(attr, x);
    const tg__window_attr *inner = &attr->window[attr->count - 1];
    const bool sums = tg__window_overlaps(inner, x->dim[rank - 1], x->dim[x->rank - 1]);
    return inner->axis == rank - 1 && x->dim[rank - 1] > 1 && inner->length <= TG_FOLD_LINE &&
           overlapping <= (sums ? 2 : 1);
}

/* The fold of an operand that lies so. */
tg__folding tg__folding_of(const tg__fold_attr *attr, const tg__view *x);

/* May so many floats arrive at one place that they need doubles? */
static inline bool tg__fold_is_wide(const tg__fold_attr *attr, int dtype, const tg__view *x)
{
    enum { LEAST_WIDE = 256 };
    double most = 1;
    for (int j = 0; j < attr->count; j++) {
        const int64_t windows = x->dim[attr->window[j].axis];
        const int64_t size = x->dim[x->rank - (int)attr->count + j];
        most *= (double)(windows < size ? windows : size);
    }
    return tg__is_float(dtype) && most > LEAST_WIDE;
}

/* Of pad, by axis. It is recorded with one axis; the planner joins pads of several. */
typedef struct tg__pad_attr {
    int64_t before[TG_MAX_RANK], between[TG_MAX_RANK];
    double value;
} tg__pad_attr;

extern const tg_op tg__op_window, tg__op_fold, tg__op_pad;

#endif
