/* table_read.c: reads a CSV file as rows of text. Fields are kept as text, with quotes removed,
 * until all rows are read: only then is the type of a column known. */
#include "io/table.h"

#include <string.h>

typedef struct table_reader {
    tg__report *report;
    const tg_allocator *allocator;
    const tg_read_table_args *args;
    char separator;
    tg__lines lines;
    int64_t begins; /* the line on which the current row begins */
    int64_t first;  /* that of the first row */
    tg__cells cells;
} table_reader;

/* ---- The separator ------------------------------------------------------------------ */

/* Counts the separator in the first rows of the chunk. Returns the number in the first row; 0 if
 * another row has a different number. */
static int64_t count_in_rows(const table_reader *reader, char separator)
{
    enum { ROWS = 16 };
    const tg__lines *lines = &reader->lines;
    const char *p = lines->chunk + lines->next, *end = lines->chunk + lines->end;
    const bool whole = lines->end < TG__LINES_CHUNK;
    int64_t first = -1, number = 1;
    for (int rows = 0; p < end && rows < ROWS; number++) {
        const char *start = p;
        tg__quoting quoting = TG__AT_FIELD;
        int64_t count = 0;
        for (; p < end && (*p != '\n' || quoting == TG__IN_QUOTES); p++) {
            count += *p == separator && quoting != TG__IN_QUOTES;
            quoting = tg__quoting_after(quoting, separator, p, 1);
        }
        if (p == end && !whole && first >= 0) break; /* the chunk ends within this row */
        const tg__field line = { start, (size_t)(p - start), false };
        const tg__field rest = tg__field_trimmed(separator, line);
        const bool blank = rest.length == 0 || (rest.length == 1 && *rest.text == '\r');
        p += p < end;
        if (number <= reader->args->skip_lines || blank ||
            (reader->args->comment && *rest.text == reader->args->comment))
            continue;
        if (first >= 0 && count != first) return 0;
        first = count;
        rows++;
    }
    return first < 0 ? 0 : first;
}

static char find_separator(const table_reader *reader)
{
    static const char candidates[] = "\t;|,";
    int64_t most = 0;
    char best = reader->args->decimal == ',' ? ';' : ',';
    for (const char *c = candidates; *c; c++) {
        const int64_t count = *c == reader->args->decimal ? 0 : count_in_rows(reader, *c);
        if (count <= most) continue;
        most = count;
        best = *c;
    }
    return best;
}

/* ---- Rows --------------------------------------------------------------------------- */

/* "tab", or the character in quotes. */
static const char *separator_seen(char separator, char out[8])
{
    if (separator == '\t') return "a tab";
    (void)snprintf(out, 8, "'%c'", separator);
    return out;
}

static tg_status complain_columns(table_reader *reader, int64_t fields)
{
    char seen[8];
    const int64_t columns = reader->cells.columns;
    return tg__complain(
        reader->report, TG_ERR_FORMAT,
        "line %lld has %lld field%s%s, where line %lld has %lld (between them is %s%s)",
        (long long)reader->begins, (long long)fields, fields == 1 ? "" : "s",
        fields > columns ? " or more" : "", (long long)reader->first, (long long)columns,
        separator_seen(reader->separator, seen),
        reader->args->separator ? "" : ", as it seems; .separator says another");
}

static tg_status complain_cut(table_reader *reader, const char *at, int64_t field, tg__cut how)
{
    const char *line = reader->lines.line.data;
    return tg__complain(reader->report, TG_ERR_FORMAT, "line %lld, field %lld (byte %lld): %s",
                        (long long)reader->begins, (long long)field + 1, (long long)(at - line) + 1,
                        how == TG__CUT_OPEN ? "the quote is not closed before the end of the file"
                                            : "text behind the closing quote");
}

static tg_status put(table_reader *reader, tg__growing *memory, const void *data, size_t size)
{
    if (!tg__reserve(reader->allocator, memory, size, SIZE_MAX))
        return tg__complain_memory(reader->report, memory->used + size);
    memcpy((char *)memory->data + memory->used, data, size);
    memory->used += size;
    return TG_OK;
}

static tg_status put_field(table_reader *reader, tg__field in)
{
    tg__growing *text = &reader->cells.text;
    if (!tg__reserve(reader->allocator, text, in.length + 1, SIZE_MAX))
        return tg__complain_memory(reader->report, text->used + in.length + 1);
    char *out = (char *)text->data + text->used;
    const size_t length = tg__field_copy(in, out);
    out[length] = 0;
    text->used += length + 1;
    return TG_OK;
}

/* Cuts the current row into fields. */
static tg_status take_row(table_reader *reader)
{
    tg__cells *cells = &reader->cells;
    const char *p = reader->lines.line.data, *end = p + reader->lines.length;
    int64_t fields = 0;
    for (;; p++) {
        tg__field in = { NULL, 0, false };
        const tg__cut how = tg__field_cut(reader->separator, &p, end, &in);
        if (how != TG__CUT) return complain_cut(reader, p, fields, how);
        fields++;
        if (cells->columns && fields > cells->columns) return complain_columns(reader, fields);
        if (fields > TG_TABLE_MAX_COLUMNS)
            return tg__complain(reader->report, TG_ERR_UNSUPPORTED,
                                "line %lld has more than %d fields", (long long)reader->begins,
                                TG_TABLE_MAX_COLUMNS);
        if (put_field(reader, in) != TG_OK) return reader->report->status;
        if (p == end) break;
    }
    if (!cells->columns) {
        cells->columns = fields;
        reader->first = reader->begins;
    }
    if (fields != cells->columns) return complain_columns(reader, fields);
    cells->rows++;
    return put(reader, &cells->lines, &reader->begins, sizeof reader->begins);
}

/* Reads the further lines of a row that has line ends inside of quotes. */
static tg_status join_lines(table_reader *reader)
{
    tg__lines *lines = &reader->lines;
    const char *text = lines->line.data;
    tg__quoting quoting = tg__quoting_after(TG__AT_FIELD, reader->separator, text, lines->length);
    tg_status status = tg__lines_check(lines);
    for (bool got = true; status == TG_OK && got && quoting == TG__IN_QUOTES;) {
        const size_t before = lines->length;
        status = tg__lines_join(lines, &got);
        if (status != TG_OK) break;
        if (!got) lines->length = before; /* take_row reports the open quote */
        else status = tg__lines_check(lines);
        text = lines->line.data;
        quoting =
            tg__quoting_after(quoting, reader->separator, text + before, lines->length - before);
    }
    return status;
}

static tg_status read_rows(table_reader *reader)
{
    tg__lines *lines = &reader->lines;
    bool got;
    tg_status status;
    while ((status = tg__lines_next(lines, &got)) == TG_OK && got) {
        reader->begins = lines->number;
        if (lines->number <= reader->args->skip_lines ||
            tg__lines_skippable(lines, reader->separator, reader->args->comment))
            continue;
        status = join_lines(reader);
        if (status == TG_OK) status = take_row(reader);
        if (status != TG_OK) return status;
    }
    if (status == TG_OK && reader->cells.rows == 0)
        return tg__complain(reader->report, TG_ERR_FORMAT, "there is no row in its %lld lines",
                            (long long)lines->number - 1);
    return status;
}

/* ---- The file ----------------------------------------------------------------------- */

static tg_status check(tg__report *report, const tg_read_table_args *args)
{
    if (args->separator && tg__separator_check(report, args->separator) != TG_OK)
        return report->status;
    if ((args->decimal != '.' && args->decimal != ',') || args->decimal == args->separator)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            ".decimal has character code %d; it is '.' or ',', and not what "
                            "separates fields",
                            (unsigned char)args->decimal);
    if (args->header != TG_AUTO && args->header != 0 && args->header != 1)
        return tg__complain(report, TG_ERR_ARGUMENT, ".header is %lld; it is 0, 1 or TG_AUTO",
                            (long long)args->header);
    if (args->skip_lines < 0)
        return tg__complain(report, TG_ERR_ARGUMENT, ".skip_lines is %lld",
                            (long long)args->skip_lines);
    if (args->like == args->out)
        return tg__complain(report, TG_ERR_ARGUMENT, ".like is the table to read into");
    if (args->like && args->types)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "with .like the types are those of that table: leave .types out");
    if (tg__list_check(report, args->missing, ".missing") != TG_OK ||
        tg__list_check(report, args->types, ".types") != TG_OK)
        return report->status;
    return args->like ? tg__table_check(report, args->like) : TG_OK;
}

static tg_status read_file(table_reader *reader)
{
    const tg_read_table_args *args = reader->args;
    tg_status status = tg__lines_open(&reader->lines, reader->report, args->io, reader->allocator);
    reader->separator = args->separator;
    if (status == TG_OK && !reader->separator) reader->separator = find_separator(reader);
    if (status == TG_OK) (void)read_rows(reader);
    status = tg__lines_close(&reader->lines);
    if (status != TG_OK) return status;
    return tg__cells_to_table(reader->report, args, reader->allocator, &reader->cells);
}

tg_status tg_read_table_with(const tg_read_table_args *given)
{
    tg_read_table_args args = { TG_READ_TABLE_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_table")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_read_table", args.path, args.error);
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the table to read into is NULL");
    if (check(&report, &args) != TG_OK) {
        if (args.like != args.out) *args.out = (tg_table){ .columns = NULL };
        return report.status;
    }
    *args.out = (tg_table){ .columns = NULL };
    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    table_reader *reader = tg__alloc_zero(allocator, sizeof *reader);
    if (!reader) return tg__complain_memory(&report, sizeof *reader);
    reader->report = &report;
    reader->allocator = allocator;
    reader->args = &args;
    const tg_status status = read_file(reader);
    tg__free(allocator, reader->cells.text.data);
    tg__free(allocator, reader->cells.lines.data);
    tg__free(allocator, reader);
    return status;
}
