/* zeros.h: where floats in memory are zero, and whether they are finite: what may be left out of a
 * product. */
#ifndef TG_ZEROS_H
#define TG_ZEROS_H

#include "kernels/view.h"

/* What is left of the columns of dense rows without those at either end that are zero in all rows,
 * in groups of 16. */
tg__range tg__nonzero_columns(tg_dtype dtype, int64_t rows, int64_t columns, const void *in);
/* Are so many rows of so many elements, [step] elements apart, all finite? */
bool tg__all_finite(tg_dtype dtype, int64_t rows, int64_t columns, int64_t step, const void *in);

#endif
