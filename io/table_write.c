/* table_write.c: writes tables and arrays as CSV files. Rows are collected and written in
 * blocks. */
#include "io/table.h"

#include <string.h>

enum { BLOCK = 1 << 16 };

typedef struct csv_writer {
    tg__report *report;
    const tg_allocator *allocator;
    char separator, decimal;
    tg__sink sink;
    tg__numbers numbers;
    tg__growing block;
    bool in_row;
} csv_writer;

static tg_status put(csv_writer *w, const char *text, size_t size)
{
    if (!tg__reserve(w->allocator, &w->block, size, SIZE_MAX))
        return tg__complain_memory(w->report, w->block.used + size);
    if (size) memcpy((char *)w->block.data + w->block.used, text, size);
    w->block.used += size;
    return TG_OK;
}

/* Writes the separator from the field before. */
static tg_status begin_field(csv_writer *w)
{
    const bool first = !w->in_row;
    w->in_row = true;
    return first ? TG_OK : put(w, &w->separator, 1);
}

static tg_status end_row(csv_writer *w)
{
    w->in_row = false;
    tg_status status = put(w, "\n", 1);
    if (status != TG_OK || w->block.used < BLOCK) return status;
    status = tg__sink_write(&w->sink, w->block.data, w->block.used);
    w->block.used = 0;
    return status;
}

/* ---- Fields ------------------------------------------------------------------------- */

static bool needs_quotes(const csv_writer *w, const char *text, size_t length)
{
    const char last = length ? text[length - 1] : ' ';
    return *text == ' ' || *text == '\t' || last == ' ' || last == '\t' ||
           strchr(text, w->separator) || strpbrk(text, "\"\r\n");
}

static tg_status put_text(csv_writer *w, const char *text)
{
    const size_t length = strlen(text);
    if (begin_field(w) != TG_OK || !needs_quotes(w, text, length))
        return w->report->status == TG_OK ? put(w, text, length) : w->report->status;
    tg_status status = put(w, "\"", 1);
    for (const char *p = text; status == TG_OK && *p; p++)
        status = *p == '"' ? put(w, "\"\"", 2) : put(w, p, 1);
    return status == TG_OK ? put(w, "\"", 1) : status;
}

/* [fraction]: written so that it is read as a number, not as an integer. */
static tg_status put_number(csv_writer *w, double value, bool single, bool fraction)
{
    char text[TG__NUMBER_ROOM + 2];
    if (!tg__number_write(&w->numbers, value, single, text))
        return tg__complain_memory(w->report, sizeof text);
    const size_t length = strlen(text);
    if (fraction && strspn(text, "-0123456789") == length) memcpy(text + length, ".0", 3);
    char *point = strchr(text, '.');
    if (point) *point = w->decimal;
    const tg_status status = begin_field(w);
    return status == TG_OK ? put(w, text, strlen(text)) : status;
}

static tg_status put_integer(csv_writer *w, int64_t value)
{
    char text[24];
    const int length = snprintf(text, sizeof text, "%lld", (long long)value);
    const tg_status status = begin_field(w);
    return status == TG_OK ? put(w, text, (size_t)length) : status;
}

/* ---- Files -------------------------------------------------------------------------- */

static tg_status check_format(const csv_writer *w)
{
    if (tg__separator_check(w->report, w->separator) != TG_OK) return w->report->status;
    if ((w->decimal == '.' || w->decimal == ',') && w->decimal != w->separator) return TG_OK;
    return tg__complain(w->report, TG_ERR_ARGUMENT,
                        ".decimal has character code %d; it is '.' or ',', and not what separates "
                        "fields",
                        (unsigned char)w->decimal);
}

/* Writes the file; [rows] produces the rows. */
static tg_status write_file(csv_writer *w, const tg_io_layer *io, const void *args,
                            tg_status (*rows)(csv_writer *w, const void *args))
{
    tg_status status = tg__sink_open(&w->sink, w->report, io, w->allocator);
    if (status == TG_OK) status = rows(w, args);
    if (status == TG_OK) status = tg__sink_write(&w->sink, w->block.data, w->block.used);
    if (status == TG_OK) (void)tg__sink_commit(&w->sink);
    status = tg__sink_close(&w->sink);
    tg__free(w->allocator, w->block.data);
    tg__numbers_free(&w->numbers);
    return status;
}

/* ---- Tables ------------------------------------------------------------------------- */

static tg_status put_cell(csv_writer *w, const tg_write_table_args *args, const tg_column *column,
                          int64_t row)
{
    const void *data = column->values.data;
    if (column->missing && column->missing[row]) {
        const char *text = args->missing ? args->missing : "";
        /* An empty field alone would be a blank line, so it is quoted. */
        if (*text || args->table->column_count == 1) return put_text(w, text);
        return begin_field(w);
    }
    if (column->type == TG_COLUMN_WORDS)
        return put_text(w, column->words[((const int32_t *)data)[row]]);
    if (column->type == TG_COLUMN_INTEGER) return put_integer(w, ((const int64_t *)data)[row]);
    return put_number(w, ((const double *)data)[row], false, true);
}

static tg_status table_rows(csv_writer *w, const void *given)
{
    const tg_write_table_args *args = given;
    const tg_table *table = args->table;
    tg_status status = TG_OK;
    for (int64_t c = 0; !args->no_header && status == TG_OK && c < table->column_count; c++)
        status = put_text(w, table->columns[c].name);
    if (!args->no_header && status == TG_OK) status = end_row(w);
    for (int64_t row = 0; status == TG_OK && row < table->rows; row++) {
        for (int64_t c = 0; status == TG_OK && c < table->column_count; c++)
            status = put_cell(w, args, &table->columns[c], row);
        if (status == TG_OK) status = end_row(w);
    }
    return status;
}

tg_status tg_write_table_with(const tg_write_table_args *given)
{
    tg_write_table_args args = { TG_WRITE_TABLE_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_write_table")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_write_table", args.path, args.error);
    if (tg__table_check(&report, args.table) != TG_OK) return report.status;
    if (args.table->column_count == 0)
        return tg__complain(&report, TG_ERR_SHAPE, "the table has no columns");
    csv_writer w = { .report = &report,
                     .allocator = &args.table->allocator,
                     .separator = args.separator,
                     .decimal = args.decimal };
    const tg_status status = check_format(&w);
    return status == TG_OK ? write_file(&w, args.io, &args, table_rows) : status;
}

/* ---- Arrays ------------------------------------------------------------------------- */

static tg_status put_element(csv_writer *w, const tg_array *array, int64_t i)
{
    switch (array->dtype) {
    case TG_F32: return put_number(w, (double)((const float *)array->data)[i], true, false);
    case TG_F64: return put_number(w, ((const double *)array->data)[i], false, false);
    case TG_I32: return put_integer(w, ((const int32_t *)array->data)[i]);
    case TG_I64: return put_integer(w, ((const int64_t *)array->data)[i]);
    default: return put_integer(w, ((const uint8_t *)array->data)[i]);
    }
}

static int64_t columns_of(const tg_array *array)
{
    return array->shape.rank == 2 ? array->shape.dim[1] : 1;
}

static tg_status put_names(csv_writer *w, const tg_write_csv_args *args)
{
    char *name;
    const char *list = args->header;
    tg__field item;
    tg__cut how;
    const int64_t room = (int64_t)strlen(list) + 1;
    if (!tg__table_alloc(w->report, w->allocator, room, 1, &name)) return w->report->status;
    tg_status status = TG_OK;
    while (status == TG_OK && tg__list_next(&list, &item, &how)) {
        name[tg__field_copy(item, name)] = 0;
        status = put_text(w, name);
    }
    tg__free(w->allocator, name);
    return status == TG_OK ? end_row(w) : status;
}

static tg_status array_rows(csv_writer *w, const void *given)
{
    const tg_write_csv_args *args = given;
    const int64_t columns = columns_of(args->array);
    tg_status status = args->header ? put_names(w, args) : TG_OK;
    for (int64_t row = 0; status == TG_OK && row < args->array->shape.dim[0]; row++) {
        for (int64_t c = 0; status == TG_OK && c < columns; c++)
            status = put_element(w, args->array, row * columns + c);
        if (status == TG_OK) status = end_row(w);
    }
    return status;
}

static tg_status check_array(tg__report *report, const tg_write_csv_args *args)
{
    char shape[TG_SHAPE_SEEN];
    const tg_array *array = args->array;
    size_t bytes;
    if (!array) return tg__complain(report, TG_ERR_ARGUMENT, "the array is NULL");
    if (!tg_dtype_size(array->dtype))
        return tg__complain(report, TG_ERR_DTYPE, "the array is empty: it has no dtype");
    if (array->shape.rank < 1 || array->shape.rank > 2 || columns_of(array) == 0)
        return tg__complain(report, TG_ERR_SHAPE,
                            "the array is %s; a table is [rows, columns] or [rows]",
                            array->shape.rank >= 0 && array->shape.rank <= TG_MAX_RANK
                                ? tg__shape_seen(shape, array->shape)
                                : "of no shape");
    if (!tg__array_bytes(array->dtype, array->shape, &bytes) || (bytes && !array->data))
        return tg__complain(report, TG_ERR_ARGUMENT, "the array is none: %s %s at %s",
                            tg__shape_seen(shape, array->shape), tg_dtype_name(array->dtype),
                            tg__place_text(array->data));
    if (tg__list_check(report, args->header, ".header") != TG_OK) return report->status;
    int64_t names = 0;
    tg__field item;
    tg__cut how;
    for (const char *list = args->header; list && tg__list_next(&list, &item, &how);) names++;
    if (args->header && names != columns_of(array))
        return tg__complain(report, TG_ERR_SHAPE, ".header has %lld names for %lld columns",
                            (long long)names, (long long)columns_of(array));
    return TG_OK;
}

tg_status tg_write_csv_with(const tg_write_csv_args *given)
{
    tg_write_csv_args args = { TG_WRITE_CSV_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_write_csv")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_write_csv", args.path, args.error);
    if (check_array(&report, &args) != TG_OK) return report.status;
    csv_writer w = { .report = &report,
                     .allocator = tg__array_allocator(args.array),
                     .separator = args.separator,
                     .decimal = '.' };
    const tg_status status = check_format(&w);
    return status == TG_OK ? write_file(&w, args.io, &args, array_rows) : status;
}
