/* moments.c: mean and deviation of columns, and columns scaled to mean 0 and deviation 1. */
#include "io/scaling.h"

#include <math.h>

tg_status tg__columns_check(tg__report *report, const tg_array *x, int64_t *columns)
{
    size_t bytes;
    if (!x) return tg__complain(report, TG_ERR_ARGUMENT, "x is NULL");
    if (x->dtype != TG_F32 && x->dtype != TG_F64)
        return tg__complain(
            report, TG_ERR_DTYPE,
            "x is %s; it must be f32 or f64 (bytes are cast and scaled on the tape)",
            tg_dtype_name(x->dtype));
    if (x->shape.rank < 1 || !tg__array_bytes(x->dtype, x->shape, &bytes) || (bytes && !x->data))
        return tg__complain(report, TG_ERR_SHAPE, "x is no array of rows: its rank is %d",
                            x->shape.rank);
    *columns = (int64_t)(tg__row_bytes(x) / tg_dtype_size(x->dtype));
    return TG_OK;
}

void tg__rescale(tg_array *x, int64_t columns, const double *shift, const double *scale, bool back)
{
    for (int64_t r = 0; r < x->shape.dim[0]; r++)
        for (int64_t c = 0; c < columns; c++) {
            const int64_t i = r * columns + c;
            const double before = tg__real_at(x, i), by = scale[c] == 0 ? 1 : scale[c];
            const double value = back ? before * by + shift[c] : (before - shift[c]) / by;
            if (x->dtype == TG_F32) ((float *)x->data)[i] = (float)value;
            else ((double *)x->data)[i] = value;
        }
}

/* Both passes subtract the first row. So for a column of equal values the mean is exactly that
 * value and the deviation exactly 0. */
static void measure(const tg_array *x, int64_t columns, double *mean, double *deviation)
{
    const int64_t rows = x->shape.dim[0];
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            mean[c] += tg__real_at(x, r * columns + c) - tg__real_at(x, c);
    for (int64_t c = 0; c < columns; c++) mean[c] = tg__real_at(x, c) + mean[c] / (double)rows;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            const double away = tg__real_at(x, r * columns + c) - mean[c];
            deviation[c] += away * away;
        }
    for (int64_t c = 0; c < columns; c++) deviation[c] = sqrt(deviation[c] / (double)rows);
}

tg_status tg_moments_at(tg_site at, const tg_array *x, tg_array *mean, tg_array *deviation,
                        tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_moments", NULL, error);
    int64_t columns;
    if (!mean || !deviation || mean == deviation)
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "mean and deviation must be two arrays to write to");
    *mean = *deviation = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    tg_status status = tg__columns_check(&report, x, &columns);
    if (status != TG_OK) return status;
    if (x->shape.dim[0] == 0) return tg__complain(&report, TG_ERR_SHAPE, "x has no rows");
    const tg_allocator *allocator = tg__array_allocator(x);
    status = tg__array_make(&report, allocator, TG_F64, TG_SHAPE(columns), mean);
    if (status == TG_OK)
        status = tg__array_make(&report, allocator, TG_F64, TG_SHAPE(columns), deviation);
    if (status == TG_OK) measure(x, columns, mean->data, deviation->data);
    else tg_array_free(mean);
    return status;
}

static bool is_moment(const tg_array *array, int64_t columns)
{
    return array && array->dtype == TG_F64 && array->shape.rank == 1 &&
           array->shape.dim[0] == columns && (array->data || columns == 0);
}

tg_status tg_standardize_at(tg_site at, tg_array *x, const tg_array *mean,
                            const tg_array *deviation, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_standardize", NULL, error);
    int64_t columns;
    if (tg__columns_check(&report, x, &columns) != TG_OK) return report.status;
    if (!is_moment(mean, columns) || !is_moment(deviation, columns))
        return tg__complain(&report, TG_ERR_SHAPE,
                            "mean and deviation must be f64 [%lld], as tg_moments makes them for "
                            "rows of %lld elements",
                            (long long)columns, (long long)columns);
    tg__rescale(x, columns, mean->data, deviation->data, false);
    return TG_OK;
}
