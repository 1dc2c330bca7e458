/* curves.h: learning curves, for files and for reports; and their parts: axes, and the numbers on
 * them. */
#ifndef TG_CURVES_H
#define TG_CURVES_H

#include "io/canvas.h"
#include "tg_logger.h"

enum { TG__TICKS_MOST = 24, TG__LABEL = 40 };

/* Appends the picture that tg_draw_curves writes to [svg]. Of [args] path, error, io and allocator
 * are not used. Reports options that are out of range, and missing memory. */
tg_status tg__curves_svg(tg__report *report, const tg_curves_args *args, tg__bytes *svg);

/* A tick of an axis. */
typedef struct tg__tick {
    double value;
    char label[TG__LABEL]; /* UTF-8; "" for a tick without a number */
} tg__tick;

/* A range of numbers and its place on the page: [low] is at [from], [high] at [to]. */
typedef struct tg__axis {
    bool logarithmic;
    double low, high; /* low < high; both above 0 on a logarithmic axis */
    double from, to;
    tg__tick tick[TG__TICKS_MOST];
    int ticks;
} tg__axis;

/* True if the axis can show the number. */
bool tg__axis_takes(bool logarithmic, double value);
/* Makes an axis for the range, which may be empty (low > high) or a single number. It is widened to
 * round numbers, and has about [wanted] ticks. */
void tg__axis_make(tg__axis *axis, bool logarithmic, double low, double high, int wanted);
/* The position of the value on the page. */
double tg__axis_place(const tg__axis *axis, double value);

#endif
