/* compare.h: gradients written by hand beside those of the tape. */
#ifndef EXAMPLES_COMPARE_H
#define EXAMPLES_COMPARE_H

#include "course.h"

#include <float.h>
#include <math.h>

/* The largest difference of two arrays, in roundings: units in the last place of the largest
 * element. NaN if something is. */
static inline double roundings(const double *hand, const double *tape, int count)
{
    double largest = 0, difference = 0;
    for (int i = 0; i < count; i++) {
        if (isnan(hand[i]) || isnan(tape[i])) return (double)NAN;
        largest = fmax(largest, fmax(fabs(hand[i]), fabs(tape[i])));
        difference = fmax(difference, fabs(hand[i] - tape[i]));
    }
    return difference == 0 ? 0 : difference / (DBL_EPSILON * largest);
}

/* A panel with both: the dots of the tape lie on the line by hand. */
static inline void compare_panel(plot *p, const char *title, const char *x_label,
                                 const double *hand, const double *tape, int count)
{
    double at[256];
    if (count > 256) count = 256;
    for (int i = 0; i < count; i++) at[i] = i + 1;
    plot_panel(p, title, x_label, "gradient");
    plot_line(p, "by hand", at, hand, count);
    plot_dots(p, "tape", at, tape, count);
}

#endif
