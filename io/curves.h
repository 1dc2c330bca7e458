/* curves.h: learning curves, for files and reports; and what the drawing is made of: axes, and the
 * numbers on them. */
#ifndef TG_CURVES_H
#define TG_CURVES_H

#include "io/canvas.h"
#include "tg_logger.h"

enum { TG__TICKS_MOST = 24, TG__LABEL = 40 };

/* Appends the picture to [svg], as tg_draw_curves writes it: of [args] all but path, error, io and
 * allocator. Complains about options that are out of range, and when memory is out. */
tg_status tg__curves_svg(tg__report *report, const tg_curves_args *args, tg__bytes *svg);

/* A mark on an axis. */
typedef struct tg__tick {
    double value;
    char label[TG__LABEL]; /* UTF-8; "" for a mark without a number */
} tg__tick;

/* A range of numbers, and where it is on the page: [low] at [from], [high] at [to]. */
typedef struct tg__axis {
    bool logarithmic;
    double low, high; /* low < high; of a logarithmic one above 0 */
    double from, to;
    tg__tick tick[TG__TICKS_MOST];
    int ticks;
} tg__axis;

/* Can the axis show the number? */
bool tg__axis_takes(bool logarithmic, double value);
/* Makes an axis of the range, which may be empty (low > high) or a point, wide enough for numbers
 * at round places; about [wanted] of them. */
void tg__axis_make(tg__axis *axis, bool logarithmic, double low, double high, int wanted);
/* Where on the page. */
double tg__axis_place(const tg__axis *axis, double value);

#endif
