/* three_classes.h: a small dataset of three uneven classes. */
#ifndef TG_TESTS_THREE_CLASSES_H
#define TG_TESTS_THREE_CLASSES_H

#include "tg_io.h"

enum { ROWS = 103 };

/* Row i holds (i, -i), and its label is that of three uneven classes. */
static float x_values[ROWS][2];
static int32_t y_values[ROWS];

static inline tg_dataset three_classes(void)
{
    for (int i = 0; i < ROWS; i++) {
        x_values[i][0] = (float)i;
        x_values[i][1] = -(float)i;
        y_values[i] = i % 10 == 0 ? -7 : i % 3 == 0 ? 5 : 300;
    }
    return (tg_dataset){ .x = tg_array_view(TG_F32, TG_SHAPE(ROWS, 2), x_values),
                         .y = tg_array_view(TG_I32, TG_SHAPE(ROWS), y_values) };
}

#endif
