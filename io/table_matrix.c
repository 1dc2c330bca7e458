/* table_matrix.c: columns of a table as an array: several side by side as a matrix, or one as
 * labels. */
#include "io/table.h"

#include <math.h>
#include <string.h>

typedef struct matrix {
    tg__report *report;
    const tg_table_matrix_args *args;
    int64_t width; /* of a row */
    tg_array out;
} matrix;

static tg_status complain(tg__report *report, tg_status status, const tg_column *column,
                          const char *what)
{
    char seen[TG_TEXT_SEEN];
    return tg__complain(report, status, "the column \"%s\" %s",
                        tg__text_seen(seen, column->name, strlen(column->name)), what);
}

static tg_status complain_missing(tg__report *report, const tg_column *column, const char *more)
{
    char what[256];
    const int64_t rows = column->values.shape.dim[0];
    int64_t row = 0;
    while (row + 1 < rows && !column->missing[row]) row++;
    (void)snprintf(what, sizeof what,
                   "has %lld missing value%s, the first in row %lld (from 0): tg_table_fill fills "
                   "them, tg_table_drop_missing drops their rows%s",
                   (long long)column->missing_count, column->missing_count == 1 ? "" : "s",
                   (long long)row, more);
    return complain(report, TG_ERR_ARGUMENT, column, what);
}

/* ---- Side by side ------------------------------------------------------------------- */

static tg_status check_column(const matrix *m, const tg_column *column, int64_t *width)
{
    char seen[TG_TEXT_SEEN], what[TG_TEXT_SEEN + 128];
    *width = column->type == TG_COLUMN_WORDS ? column->word_count : 1;
    if (column->type == TG_COLUMN_WORDS && !m->args->one_hot) {
        const char *word = column->word_count ? column->words[0] : "";
        (void)snprintf(what, sizeof what,
                       "is of words, \"%s\" for one: .one_hot = true makes a column of 0 and 1 of "
                       "each, .except leaves it out",
                       tg__text_seen(seen, word, strlen(word)));
        return complain(m->report, TG_ERR_DTYPE, column, what);
    }
    if (column->missing && !m->args->keep_missing)
        return complain_missing(m->report, column, ", .keep_missing = true makes them NaN");
    return TG_OK;
}

static void put(const matrix *m, int64_t row, int64_t place, double value)
{
    const int64_t i = row * m->width + place;
    if (m->out.dtype == TG_F32) ((float *)m->out.data)[i] = (float)value;
    else ((double *)m->out.data)[i] = value;
}

static tg_status put_column(const matrix *m, const tg_column *column, int64_t place)
{
    const void *data = column->values.data;
    const bool single = m->out.dtype == TG_F32;
    const double too_large = 0x1.ffffffp127; /* from there on numbers round to infinity in f32 */
    char what[128];
    for (int64_t row = 0; row < m->args->table->rows; row++) {
        if (column->type == TG_COLUMN_WORDS) {
            const int32_t code = ((const int32_t *)data)[row];
            if (code >= 0) put(m, row, place + code, 1);
            continue;
        }
        double value = column->type == TG_COLUMN_NUMBER ? ((const double *)data)[row]
                                                        : (double)((const int64_t *)data)[row];
        if (column->missing && column->missing[row]) value = (double)NAN;
        if (single && isfinite(value) && fabs(value) >= too_large) {
            (void)snprintf(what, sizeof what,
                           "has a number in row %lld (from 0) that is beyond the range of f32 "
                           "(.dtype = TG_F64 holds it)",
                           (long long)row);
            return complain(m->report, TG_ERR_NUMERIC, column, what);
        }
        put(m, row, place, value);
    }
    return TG_OK;
}

/* Removes the columns of .except from the list. */
static tg_status leave_out(const matrix *m, int64_t *places, int64_t *count)
{
    const tg_table *table = m->args->table;
    int64_t *except = NULL, excepted = 0, used = 0;
    if (!m->args->except) return TG_OK;
    if (tg__columns_named(m->report, table, m->args->except, &except, &excepted) != TG_OK)
        return m->report->status;
    for (int64_t i = 0; i < *count; i++) {
        bool kept = true;
        for (int64_t k = 0; k < excepted; k++) kept = kept && places[i] != except[k];
        if (kept) places[used++] = places[i];
    }
    *count = used;
    tg__free(&table->allocator, except);
    return TG_OK;
}

static tg_status fill(matrix *m, const tg_allocator *allocator, const int64_t *places,
                      int64_t count)
{
    const tg_table *table = m->args->table;
    for (int64_t i = 0; i < count; i++) {
        int64_t width;
        if (check_column(m, &table->columns[places[i]], &width) != TG_OK) return m->report->status;
        m->width += width;
    }
    tg_status status = tg__array_make(m->report, allocator, m->args->dtype,
                                      TG_SHAPE(table->rows, m->width), &m->out);
    for (int64_t i = 0, at = 0; status == TG_OK && i < count; i++) {
        const tg_column *column = &table->columns[places[i]];
        status = put_column(m, column, at);
        at += column->type == TG_COLUMN_WORDS ? column->word_count : 1;
    }
    return status;
}

tg_status tg_table_matrix_with(const tg_table_matrix_args *given)
{
    tg_table_matrix_args args = { TG_TABLE_MATRIX_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_table_matrix")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_table_matrix", NULL, args.error);
    int64_t *places = NULL, count = 0;
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the array to write to is NULL");
    *args.out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    if (tg__table_check(&report, args.table) != TG_OK) return report.status;
    if (args.dtype != TG_F32 && args.dtype != TG_F64)
        return tg__complain(&report, TG_ERR_DTYPE, ".dtype is %s; a matrix is TG_F32 or TG_F64",
                            tg_dtype_name(args.dtype));
    matrix m = { .report = &report, .args = &args };
    tg_status status = tg__columns_named(&report, args.table, args.columns, &places, &count);
    if (status == TG_OK) status = leave_out(&m, places, &count);
    if (status == TG_OK)
        status = fill(&m, args.allocator ? args.allocator : &args.table->allocator, places, count);
    tg__free(&args.table->allocator, places);
    if (status == TG_OK) *args.out = m.out;
    else tg_array_free(&m.out);
    return status;
}

/* ---- Labels ------------------------------------------------------------------------- */

static tg_status put_labels(tg__report *report, const tg_column *column, tg_array *out)
{
    const int64_t *integers = column->values.data;
    int32_t *labels = out->data;
    char what[128];
    if (column->type == TG_COLUMN_WORDS) {
        if (tg_shape_count(out->shape) > 0)
            memcpy(labels, column->values.data,
                   (size_t)column->values.shape.dim[0] * sizeof *labels);
        return TG_OK;
    }
    for (int64_t i = 0; i < column->values.shape.dim[0]; i++) {
        if (integers[i] < INT32_MIN || integers[i] > INT32_MAX) {
            (void)snprintf(what, sizeof what, "has %lld in row %lld (from 0), which no i32 holds",
                           (long long)integers[i], (long long)i);
            return complain(report, TG_ERR_INDEX, column, what);
        }
        labels[i] = (int32_t)integers[i];
    }
    return TG_OK;
}

tg_status tg_table_labels_at(tg_site at, const tg_table *table, const char *column, tg_array *out,
                             tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_table_labels", NULL, error);
    tg_array labels = { .dtype = TG_DTYPE_DEFAULT };
    if (!out) return tg__complain(&report, TG_ERR_ARGUMENT, "the array to write to is NULL");
    *out = labels;
    if (tg__table_check(&report, table) != TG_OK) return report.status;
    const int64_t place = tg__column_named(&report, table, column);
    if (place < 0) return report.status;
    const tg_column *chosen = &table->columns[place];
    if (chosen->missing) return complain_missing(&report, chosen, "");
    if (chosen->type == TG_COLUMN_NUMBER)
        return complain(&report, TG_ERR_DTYPE, chosen,
                        "is of numbers, and labels are words or integers (.types = \"name: words\" "
                        "makes words of it, tg_table_matrix an array)");
    tg_status status =
        tg__array_make(&report, &table->allocator, TG_I32, TG_SHAPE(table->rows), &labels);
    if (status == TG_OK) status = put_labels(&report, chosen, &labels);
    if (status == TG_OK) *out = labels;
    else tg_array_free(&labels);
    return status;
}
