/* scaling.h: arrays of numbers as columns: shared by moments.c and scaler.c. */
#ifndef TG_SCALING_H
#define TG_SCALING_H

#include "tg_prepare.h"
#include "io/io.h"

/* Element [i] as double, of f32 or f64, so that loops need to be written once. */
static inline double tg__real_at(const tg_array *x, int64_t i)
{
    return x->dtype == TG_F32 ? (double)((const float *)x->data)[i] : ((const double *)x->data)[i];
}

/* TG_OK if x is f32 or f64 [rows, ...], with *columns the number of elements of a row; else reports
 * an error. */
tg_status tg__columns_check(tg__report *report, const tg_array *x, int64_t *columns);
/* TG_OK if this is a result of tg_scaler_fit; else reports an error. */
tg_status tg__scaler_check(tg__report *report, const tg_scaler *scaler);
/* x = (x - shift) / scale, where a scale of 0 counts as 1; with [back] x * scale + shift. */
void tg__rescale(tg_array *x, int64_t columns, const double *shift, const double *scale, bool back);

#endif
