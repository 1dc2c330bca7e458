/* fold.h: adding up the elements of overlapping windows, where they came from. */
#ifndef TG_FOLD_H
#define TG_FOLD_H

#include "kernels/dtype.h"

/* A step along an axis is so many elements of the operand, and so many of the result. */
typedef struct tg__fold_axis {
    int64_t count, from, to;
} tg__fold_axis;

/* The operand is rows of windows' elements. Rows lie along [axes], the last of which is a line;
 * the columns of a row along [elements]. What arrives at one place of the result arrives in the
 * order of the rows. */
typedef struct tg__folding {
    int axes, elements;
    tg__fold_axis axis[TG_MAX_RANK], element[TG_MAX_RANK];
    int64_t unit_rows, unit; /* so many rows reach so many elements, and no others do: whole lines,
                                or a row */
    bool by_line; /* a line is added up along the last of [elements] before it is added to others:
                     it reaches TG_FOLD_LINE elements at most, and is never cut */
} tg__folding;

enum { TG_FOLD_LINE = 2048 };

/* Adds rows [row, row + rows) to [out], having cleared the units that begin with them. Element 0 of
 * row 0 is x[x_at], and may be outside of what there is. */
void tg__fold_rows(const tg__folding *f, tg_dtype dtype, const void *x, int64_t x_at, int64_t row,
                   int64_t rows, void *out);
/* One unit of floats of which many arrive at one place, by [f->unit] doubles (accumulate.h): they
 * are the sums; or, of doubles, what is lost. Never by lines. */
void tg__fold_unit_wide(const tg__folding *f, tg_dtype dtype, const void *x, int64_t x_at,
                        int64_t unit, void *out, double *wide);

#endif
