/* window.h: the attributes of windows and of what goes around them, for the planner too. */
#ifndef TG_WINDOW_H
#define TG_WINDOW_H

#include "autograd/engine.h"

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

/* Of pad, by axis. It is recorded with one axis; the planner joins pads of several. */
typedef struct tg__pad_attr {
    int64_t before[TG_MAX_RANK], between[TG_MAX_RANK];
    double value;
} tg__pad_attr;

extern const tg_op tg__op_window, tg__op_fold, tg__op_pad;

#endif
