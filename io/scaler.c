/* scaler.c: scales columns. All three methods are a shift and a division. */
#include "io/scaling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void tg_scaler_free(tg_scaler *scaler)
{
    if (!scaler) return;
    tg_array_free(&scaler->shift);
    tg_array_free(&scaler->scale);
}

/* ---- Measuring ---------------------------------------------------------------------- */

typedef struct measuring {
    tg__report *report;
    const tg_scaler_fit_args *args;
    int64_t columns;
    double *values; /* [rows]: the values of one column, without missing ones */
} measuring;

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Copies a column's values. Returns their number; -1, with an error in the report, if one is not
 * finite. */
static int64_t gather(const measuring *m, int64_t column)
{
    const tg_array *x = m->args->x;
    int64_t count = 0;
    for (int64_t r = 0; r < x->shape.dim[0]; r++) {
        const double value = tg__real_at(x, r * m->columns + column);
        if (isfinite(value)) {
            m->values[count++] = value;
            continue;
        }
        if (isnan(value) && m->args->skip_missing) continue;
        tg__complain(m->report, TG_ERR_NUMERIC, "x has %s in row %lld, column %lld (from 0)%s",
                     isnan(value) ? "a NaN" : "an infinity", (long long)r, (long long)column,
                     isnan(value) ? "; .skip_missing = true measures without them" : "");
        return -1;
    }
    if (count == 0)
        tg__complain(m->report, TG_ERR_NUMERIC, "x has nothing but NaN in column %lld (from 0)",
                     (long long)column);
    return count > 0 ? count : -1;
}

/* As tg_moments: differences from the first value, so that equal values have a deviation of exactly
 * 0. */
static void standard(const double *values, int64_t count, double *shift, double *scale)
{
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) mean += values[i] - values[0];
    mean = values[0] + mean / (double)count;
    for (int64_t i = 0; i < count; i++) {
        const double away = values[i] - mean;
        squares += away * away;
    }
    *shift = mean;
    *scale = sqrt(squares / (double)count);
}

static void range(const measuring *m, int64_t count, double *shift, double *scale)
{
    const double low = m->args->low, high = m->args->high;
    double least = m->values[0], most = m->values[0];
    for (int64_t i = 1; i < count; i++) {
        if (m->values[i] < least) least = m->values[i];
        if (m->values[i] > most) most = m->values[i];
    }
    *scale = (most - least) / (high - low);
    *shift = least - low * (*scale == 0 ? 1 : *scale);
}

/* Interpolated linearly between two order statistics. */
static double quantile(const double *sorted, int64_t count, double share)
{
    const double place = share * (double)(count - 1);
    const int64_t below = (int64_t)floor(place);
    if (below + 1 >= count) return sorted[count - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static void robust(const measuring *m, int64_t count, double *shift, double *scale)
{
    qsort(m->values, (size_t)count, sizeof *m->values, by_value);
    *shift = quantile(m->values, count, 0.5);
    *scale = quantile(m->values, count, 0.75) - quantile(m->values, count, 0.25);
}

static tg_status measure(const measuring *m, tg_scaler *out)
{
    double *shift = out->shift.data, *scale = out->scale.data;
    for (int64_t c = 0; c < m->columns; c++) {
        const int64_t count = gather(m, c);
        if (count < 0) return m->report->status;
        if (m->args->by == TG_SCALE_STANDARD) standard(m->values, count, &shift[c], &scale[c]);
        else if (m->args->by == TG_SCALE_RANGE) range(m, count, &shift[c], &scale[c]);
        else robust(m, count, &shift[c], &scale[c]);
        if (!isfinite(shift[c]) || !isfinite(scale[c]))
            return tg__complain(m->report, TG_ERR_NUMERIC,
                                "column %lld (from 0) has numbers so far apart that f64 does not "
                                "hold their distance",
                                (long long)c);
        if (scale[c] == 0) scale[c] = 1;
    }
    return TG_OK;
}

static tg_status check_fit(tg__report *report, const tg_scaler_fit_args *args, int64_t *columns)
{
    if (tg__columns_check(report, args->x, columns) != TG_OK) return report->status;
    if (args->x->shape.dim[0] == 0) return tg__complain(report, TG_ERR_SHAPE, "x has no rows");
    if (args->by < TG_SCALE_STANDARD || args->by > TG_SCALE_ROBUST)
        return tg__complain(report, TG_ERR_ARGUMENT, ".by is %d, none of TG_SCALE_...",
                            (int)args->by);
    if (!isfinite(args->low) || !isfinite(args->high - args->low) || !(args->low < args->high))
        return tg__complain(report, TG_ERR_ARGUMENT,
                            ".low is %g and .high %g; they are a range of numbers", args->low,
                            args->high);
    return TG_OK;
}

tg_status tg_scaler_fit_with(const tg_scaler_fit_args *given)
{
    tg_scaler_fit_args args = { TG_SCALER_FIT_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_scaler_fit")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_scaler_fit", NULL, args.error);
    tg_scaler made;
    memset(&made, 0, sizeof made);
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the scaler to write to is NULL");
    *args.out = made;
    measuring m = { .report = &report, .args = &args };
    if (check_fit(&report, &args, &m.columns) != TG_OK) return report.status;
    const tg_allocator *allocator = args.allocator ? args.allocator : tg__array_allocator(args.x);
    const tg_shape shape = TG_SHAPE(m.columns);
    tg_array values = { .dtype = TG_DTYPE_DEFAULT };
    tg_status status =
        tg__array_make(&report, allocator, TG_F64, TG_SHAPE(args.x->shape.dim[0]), &values);
    m.values = values.data;
    if (status == TG_OK) status = tg__array_make(&report, allocator, TG_F64, shape, &made.shift);
    if (status == TG_OK) status = tg__array_make(&report, allocator, TG_F64, shape, &made.scale);
    if (status == TG_OK) status = measure(&m, &made);
    tg_array_free(&values);
    if (status == TG_OK) *args.out = made;
    else tg_scaler_free(&made);
    return status;
}

/* ---- In place ----------------------------------------------------------------------- */

static bool is_row(const tg_array *array)
{
    return array->dtype == TG_F64 && array->shape.rank == 1 && array->shape.dim[0] >= 0 &&
           (array->data || array->shape.dim[0] == 0);
}

tg_status tg__scaler_check(tg__report *report, const tg_scaler *scaler)
{
    if (!scaler) return tg__complain(report, TG_ERR_ARGUMENT, "the scaler is NULL");
    if (is_row(&scaler->shift) && is_row(&scaler->scale) &&
        tg_shape_equal(scaler->shift.shape, scaler->scale.shape))
        return TG_OK;
    return tg__complain(report, TG_ERR_ARGUMENT,
                        "the scaler is empty or damaged: its arrays are not f64 [columns], as "
                        "tg_scaler_fit makes them");
}

static tg_status rescale(tg_site at, const char *function, const tg_scaler *scaler, tg_array *x,
                         tg_error *error, bool back)
{
    tg__report report = tg__report_new(at, function, NULL, error);
    int64_t columns;
    if (tg__scaler_check(&report, scaler) != TG_OK) return report.status;
    if (tg__columns_check(&report, x, &columns) != TG_OK) return report.status;
    if (scaler->shift.shape.dim[0] != columns)
        return tg__complain(&report, TG_ERR_SHAPE, "the scaler has %lld columns, and x %lld",
                            (long long)scaler->shift.shape.dim[0], (long long)columns);
    tg__rescale(x, columns, scaler->shift.data, scaler->scale.data, back);
    return TG_OK;
}

tg_status tg_scaler_apply_at(tg_site at, const tg_scaler *scaler, tg_array *x, tg_error *error)
{
    return rescale(at, "tg_scaler_apply", scaler, x, error, false);
}

tg_status tg_scaler_invert_at(tg_site at, const tg_scaler *scaler, tg_array *y, tg_error *error)
{
    return rescale(at, "tg_scaler_invert", scaler, y, error, true);
}
