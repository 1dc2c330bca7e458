/* window.h: the attributes of windows and of what goes around them, for the planner too. */
#ifndef TG_WINDOW_H
#define TG_WINDOW_H

#include "autograd/engine.h"

/* Of window and fold; [length] is that of the axis that the windows are cut from. */
typedef struct tg__window_attr {
    int64_t axis, length, stride, dilation;
} tg__window_attr;

typedef struct tg__pad_attr {
    int64_t axis, before, between;
    double value;
} tg__pad_attr;

#endif
