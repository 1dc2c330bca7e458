/* scaling.h: arrays of numbers as columns: what moments.c and scaler.c share. */
#ifndef TG_SCALING_H
#define TG_SCALING_H

#include "tg_prepare.h"
#include "io/io.h"

/* Elements of both dtypes as double, so that loops are written once. */
static inline double tg__real_at(const tg_array *x, int64_t i)
{
    return x->dtype == TG_F32 ? (double)((const float *)x->data)[i] : ((const double *)x->data)[i];
}

/* Is this f32 or f64 [rows, ...]? Gives the number of elements of a row. */
tg_status tg__columns_check(tg__report *report, const tg_array *x, int64_t *columns);
/* Has it what tg_scaler_fit makes? */
tg_status tg__scaler_check(tg__report *report, const tg_scaler *scaler);
/* x = (x - shift) / scale, a scale of 0 taken for 1; or with [back] x * scale + shift. */
void tg__rescale(tg_array *x, int64_t columns, const double *shift, const double *scale, bool back);

#endif
