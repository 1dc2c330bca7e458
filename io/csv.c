/* csv.c: tables of numbers as text. Each line is read and cut into fields, and every field must be
 * a number. The first row determines the number of columns. */
#include "io/csv.h"
#include "io/number.h"

#include <math.h>
#include <string.h>

typedef struct csv_reader {
    tg__report *report;
    const tg_allocator *allocator;
    tg__csv_format format;
    tg__lines lines;
    tg__numbers numbers;
    tg__growing row; /* the fields of the current line, as doubles */
    int64_t fields;
    int64_t columns; /* of the first row, which was on line [first]; 0: none read yet */
    int64_t first, rows;
    int64_t label; /* the index of the label's column; -1: none */
    tg__growing x, y;
} csv_reader;

/* ---- Fields ------------------------------------------------------------------------- */

/* Reports an error with the line and column of the current field. */
static tg_status complain_field(csv_reader *reader, const char *at, tg_status status,
                                const char *what)
{
    const char *line = reader->lines.line.data;
    return tg__complain(reader->report, status, "line %lld, field %lld (byte %lld): %s",
                        (long long)reader->lines.number, (long long)reader->fields + 1,
                        (long long)(at - line) + 1, what);
}

/* Takes the field at *p, and moves *p to the separator behind it, or to the end. */
static tg_status cut_field(csv_reader *reader, const char **p, const char *end, tg__field *out)
{
    switch (tg__field_cut(reader->format.separator, p, end, out)) {
    case TG__CUT_OPEN:
        return complain_field(reader, *p, TG_ERR_FORMAT,
                              "the quote is not closed before the end of the line");
    case TG__CUT_BEHIND:
        return complain_field(reader, *p, TG_ERR_FORMAT, "text behind the closing quote");
    case TG__CUT: break;
    }
    *out = tg__field_trimmed(reader->format.separator, *out);
    return TG_OK;
}

/* Reports what is wrong with a field, with the most likely remedy. */
static tg_status complain_number(csv_reader *reader, tg__field in, const char *rule)
{
    char seen[TG_TEXT_SEEN], what[256];
    const char *hint = "";
    const bool separates = memchr(in.text, ';', in.length) || memchr(in.text, '\t', in.length);
    if (separates && reader->format.separator == ',')
        hint = "; for another separator say so, as in .separator = ';'";
    else if (reader->rows == 0 && reader->format.skip_lines == 0)
        hint = "; if this line is a header, leave it out with .skip_lines = 1";
    (void)snprintf(what, sizeof what, "\"%s\" %s%s", tg__text_seen(seen, in.text, in.length), rule,
                   hint);
    return complain_field(reader, in.text, TG_ERR_FORMAT, what);
}

static tg_status read_field(csv_reader *reader, tg__field in, double *value)
{
    if (in.length == 0) return complain_field(reader, in.text, TG_ERR_FORMAT, "the field is empty");
    switch (tg__number_read(&reader->numbers, in.text, in.length, value)) {
    case TG_NUMBER: return TG_OK;
    case TG_NUMBER_NONFINITE:
        if (reader->format.nonfinite) return TG_OK;
        return complain_number(reader, in, "is not finite (.nonfinite = true lets it pass)");
    case TG_NUMBER_HUGE: return complain_number(reader, in, "is beyond the range of f64");
    case TG_NUMBER_NO_MEMORY: return tg__complain_memory(reader->report, sizeof(double));
    case TG_NUMBER_BAD: break;
    }
    return complain_number(reader, in, "is not a number");
}

/* ---- Rows --------------------------------------------------------------------------- */

static tg_status complain_columns(csv_reader *reader)
{
    return tg__complain(
        reader->report, TG_ERR_FORMAT, "line %lld has %lld field%s%s, where line %lld has %lld",
        (long long)reader->lines.number, (long long)reader->fields, reader->fields == 1 ? "" : "s",
        reader->fields > reader->columns ? " or more" : "", (long long)reader->first,
        (long long)reader->columns);
}

/* Reads the fields of the current line into the row. */
static tg_status read_fields(csv_reader *reader)
{
    const char *p = reader->lines.line.data, *end = p + reader->lines.length;
    reader->row.used = 0;
    reader->fields = 0;
    for (;; p++) {
        tg__field in = { NULL, 0, false };
        double value = 0;
        tg_status status = cut_field(reader, &p, end, &in);
        if (status == TG_OK && reader->columns && reader->fields == reader->columns) {
            reader->fields++;
            return complain_columns(reader);
        }
        if (status == TG_OK) status = read_field(reader, in, &value);
        if (status != TG_OK) return status;
        if (!tg__reserve(reader->allocator, &reader->row, sizeof value, SIZE_MAX))
            return tg__complain_memory(reader->report, reader->row.used + sizeof value);
        memcpy((char *)reader->row.data + reader->row.used, &value, sizeof value);
        reader->row.used += sizeof value;
        reader->fields++;
        if (p == end) break;
    }
    return reader->columns && reader->fields != reader->columns ? complain_columns(reader) : TG_OK;
}

/* The first row determines the number of columns, and so the label's column. */
static tg_status take_columns(csv_reader *reader)
{
    const tg__csv_format *format = &reader->format;
    reader->columns = reader->fields;
    reader->first = reader->lines.number;
    reader->label = -1;
    if (!format->labelled) return TG_OK;
    reader->label = format->label < 0 ? format->label + reader->columns : format->label;
    if (reader->label < 0 || reader->label >= reader->columns)
        return tg__complain(reader->report, TG_ERR_INDEX,
                            "there is no label column %lld: line %lld has %lld fields",
                            (long long)format->label, (long long)reader->lines.number,
                            (long long)reader->columns);
    if (reader->columns == 1)
        return tg__complain(reader->report, TG_ERR_SHAPE,
                            "line %lld has one field: nothing is left beside the label (is the "
                            "separator '%c'?)",
                            (long long)reader->lines.number, format->separator);
    return TG_OK;
}

static tg_status put(csv_reader *reader, tg__growing *memory, const void *element, size_t size)
{
    if (!tg__reserve(reader->allocator, memory, size, SIZE_MAX))
        return tg__complain_memory(reader->report, memory->used + size);
    memcpy((char *)memory->data + memory->used, element, size);
    memory->used += size;
    return TG_OK;
}

static tg_status put_real(csv_reader *reader, tg__growing *memory, tg_dtype dtype, double value,
                          int64_t column)
{
    if (dtype == TG_F64) return put(reader, memory, &value, sizeof value);
    /* Halfway between the largest f32 and the next number that f32 would have: from here on,
     * numbers round to infinity. */
    const double too_large = 0x1.ffffffp127;
    if (isfinite(value) && fabs(value) >= too_large)
        return tg__complain(reader->report, TG_ERR_FORMAT,
                            "line %lld, field %lld: %g is beyond the range of f32 (.dtype = TG_F64 "
                            "holds it)",
                            (long long)reader->lines.number, (long long)column + 1, value);
    const float narrow = (float)value;
    return put(reader, memory, &narrow, sizeof narrow);
}

static tg_status put_label(csv_reader *reader, double value)
{
    const tg__csv_format *format = &reader->format;
    const long long line = reader->lines.number, column = reader->label + 1;
    if (format->label_dtype != TG_I32)
        return put_real(reader, &reader->y, format->label_dtype, value, reader->label);
    if (!(value >= INT32_MIN && value <= INT32_MAX) || value != (double)(int32_t)value)
        return tg__complain(reader->report, TG_ERR_FORMAT,
                            "line %lld, field %lld: the label %g is not a whole number of 32 bits "
                            "(.label chooses the column; .label_dtype = TG_F32 takes any number)",
                            line, column, value);
    const int32_t label = (int32_t)value;
    if (format->classes > 0 && (label < 0 || label >= format->classes))
        return tg__complain(reader->report, TG_ERR_INDEX,
                            "line %lld, field %lld: the label %d is not one of 0 .. %lld", line,
                            column, (int)label, (long long)format->classes - 1);
    return put(reader, &reader->y, &label, sizeof label);
}

static tg_status put_row(csv_reader *reader)
{
    const double *row = reader->row.data;
    for (int64_t i = 0; i < reader->columns; i++) {
        const tg_status status =
            i == reader->label ? put_label(reader, row[i])
                               : put_real(reader, &reader->x, reader->format.dtype, row[i], i);
        if (status != TG_OK) return status;
    }
    reader->rows++;
    return TG_OK;
}

/* ---- Tables ------------------------------------------------------------------------- */

static tg_status read_line(csv_reader *reader)
{
    const tg__csv_format *format = &reader->format;
    if (reader->lines.number <= format->skip_lines ||
        tg__lines_skippable(&reader->lines, format->separator, format->comment))
        return TG_OK;
    if (tg__lines_check(&reader->lines) != TG_OK) return reader->report->status;
    tg_status status = read_fields(reader);
    if (status == TG_OK && reader->rows == 0) status = take_columns(reader);
    return status == TG_OK ? put_row(reader) : status;
}

static tg_status read_table(csv_reader *reader)
{
    bool got;
    tg_status status;
    while ((status = tg__lines_next(&reader->lines, &got)) == TG_OK && got) {
        status = read_line(reader);
        if (status != TG_OK) return status;
    }
    if (status == TG_OK && reader->rows == 0)
        return tg__complain(reader->report, TG_ERR_FORMAT,
                            "there is no row of numbers in its %lld lines",
                            (long long)reader->lines.number - 1);
    return status;
}

/* Moves the numbers into an array of exactly their size. */
static tg_status to_array(csv_reader *reader, const tg__growing *memory, tg_dtype dtype,
                          tg_shape shape, tg_array *out)
{
    const tg_status status = tg__array_make(reader->report, reader->allocator, dtype, shape, out);
    if (status == TG_OK) memcpy(out->data, memory->data, memory->used);
    return status;
}

static tg_status check_format(tg__report *report, const tg__csv_format *format)
{
    if (tg__separator_check(report, format->separator) != TG_OK) return report->status;
    if (format->dtype != TG_F32 && format->dtype != TG_F64)
        return tg__complain(report, TG_ERR_DTYPE, ".dtype is %s; a table is TG_F32 or TG_F64",
                            tg_dtype_name(format->dtype));
    if (format->skip_lines < 0)
        return tg__complain(report, TG_ERR_ARGUMENT, ".skip_lines is %lld",
                            (long long)format->skip_lines);
    return TG_OK;
}

/* Reads the file and makes the arrays. tg__csv_load frees everything, also after an error. */
static tg_status load(csv_reader *reader, const tg_io_layer *io, tg_array *x, tg_array *y)
{
    tg_status status = tg__lines_open(&reader->lines, reader->report, io, reader->allocator);
    if (status == TG_OK) status = read_table(reader);
    if (tg__lines_close(&reader->lines) != TG_OK) return reader->report->status;
    const bool labelled = reader->format.labelled;
    const int64_t columns = reader->columns - labelled;
    status = to_array(reader, &reader->x, reader->format.dtype, TG_SHAPE(reader->rows, columns), x);
    if (status == TG_OK && labelled)
        status =
            to_array(reader, &reader->y, reader->format.label_dtype, TG_SHAPE(reader->rows), y);
    if (status != TG_OK) tg_array_free(x);
    return status;
}

tg_status tg__csv_load(tg__report *report, tg__csv_format format, const tg_io_layer *io,
                       const tg_allocator *allocator, tg_array *x, tg_array *y)
{
    if (!format.dtype) format.dtype = TG_F32;
    *x = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    if (y) *y = *x;
    if (check_format(report, &format) != TG_OK) return report->status;
    csv_reader *reader = tg__alloc_zero(allocator, sizeof *reader);
    if (!reader) return tg__complain_memory(report, sizeof *reader);
    reader->report = report;
    reader->allocator = allocator;
    reader->format = format;
    const tg_status status = load(reader, io, x, y);
    tg__numbers_free(&reader->numbers);
    tg__free(allocator, reader->row.data);
    tg__free(allocator, reader->x.data);
    tg__free(allocator, reader->y.data);
    tg__free(allocator, reader);
    return status;
}

tg_status tg_read_csv_with(const tg_csv_args *given)
{
    tg_csv_args args = { TG_CSV_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_csv")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_read_csv", args.path, args.error);
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the array to read into is NULL");
    const tg__csv_format format = { .dtype = args.dtype,
                                    .separator = args.separator,
                                    .comment = args.comment,
                                    .skip_lines = args.skip_lines,
                                    .nonfinite = args.nonfinite };
    return tg__csv_load(&report, format, args.io, tg__allocator_or_default(args.allocator),
                        args.out, NULL);
}
