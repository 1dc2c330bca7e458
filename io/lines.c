/* lines.c: reads a text file line by line, and cuts lines into fields. */
#include "io/csv.h"

#include <string.h>

/* ---- Lines -------------------------------------------------------------------------- */

static tg_status add_to_line(tg__lines *lines, const char *text, size_t size)
{
    if (lines->length + size > TG_CSV_MAX_LINE)
        return tg__complain(lines->report, TG_ERR_FORMAT,
                            "line %lld is longer than %d bytes: is this a CSV file?",
                            (long long)lines->number, TG_CSV_MAX_LINE);
    lines->line.used = lines->length;
    if (!tg__reserve(lines->allocator, &lines->line, size + 1, 2 * TG_CSV_MAX_LINE))
        return tg__complain_memory(lines->report, lines->length + size + 1);
    char *line = lines->line.data;
    memcpy(line + lines->length, text, size);
    lines->length += size;
    line[lines->length] = 0;
    return TG_OK;
}

static tg_status refill(tg__lines *lines)
{
    lines->next = 0;
    return tg__source_read(&lines->source, lines->chunk, TG__LINES_CHUNK, &lines->end);
}

/* Appends the next line of the file. */
static tg_status gather(tg__lines *lines, bool *got)
{
    *got = false;
    lines->number++;
    for (;;) {
        if (lines->next == lines->end) {
            const tg_status status = refill(lines);
            if (status != TG_OK) return status;
            if (lines->end == 0) break;
        }
        *got = true;
        const char *start = lines->chunk + lines->next;
        const size_t there = lines->end - lines->next;
        const char *newline = memchr(start, '\n', there);
        const size_t size = newline ? (size_t)(newline - start) : there;
        const tg_status status = add_to_line(lines, start, size);
        if (status != TG_OK) return status;
        lines->next += size + (newline != NULL);
        if (newline) break;
    }
    char *line = lines->line.data;
    if (lines->length > 0 && line[lines->length - 1] == '\r') line[--lines->length] = 0;
    return TG_OK;
}

tg_status tg__lines_next(tg__lines *lines, bool *got)
{
    lines->length = 0;
    return gather(lines, got);
}

tg_status tg__lines_join(tg__lines *lines, bool *got)
{
    *got = false;
    const tg_status status = add_to_line(lines, "\n", 1);
    return status == TG_OK ? gather(lines, got) : status;
}

/* The first bytes may show that it is another kind of file; a byte order mark is removed. */
static tg_status look_at_start(tg__lines *lines)
{
    const tg_status status = refill(lines);
    if (status != TG_OK) return status;
    const unsigned char *bytes = (const unsigned char *)lines->chunk;
    const char *what = tg__looks_like(bytes, lines->end);
    if (!what && lines->end >= 4 && memcmp(bytes, "\0\0", 2) == 0 && bytes[2] >= 8 &&
        bytes[2] <= 14)
        what = "IDX data (read it with tg_read_idx)";
    if (!what && lines->end >= 2 &&
        (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        what = "UTF-16 (save it as UTF-8)";
    if (what)
        return tg__complain(lines->report, TG_ERR_FORMAT, "not a CSV file: this looks like %s%s",
                            what, lines->source.gzip ? " inside gzip" : "");
    if (lines->end == 0) return tg__complain(lines->report, TG_ERR_FORMAT, "the file is empty");
    if (lines->end >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) lines->next = 3;
    return TG_OK;
}

tg_status tg__lines_open(tg__lines *lines, tg__report *report, const tg_io_layer *io,
                         const tg_allocator *allocator)
{
    lines->report = report;
    lines->allocator = allocator;
    const tg_status status = tg__source_open(&lines->source, report, io, allocator);
    return status == TG_OK ? look_at_start(lines) : status;
}

tg_status tg__lines_close(tg__lines *lines)
{
    tg__free(lines->allocator, lines->line.data);
    lines->line = (tg__growing){ .data = NULL };
    return tg__source_close(&lines->source);
}

bool tg__lines_skippable(const tg__lines *lines, char separator, char comment)
{
    const tg__field all = { lines->line.data, lines->length, false };
    const tg__field rest = tg__field_trimmed(separator, all);
    return rest.length == 0 || (comment && rest.text[0] == comment);
}

tg_status tg__lines_check(const tg__lines *lines)
{
    const char *line = lines->line.data;
    const char *nul = memchr(line, 0, lines->length);
    if (!nul) return TG_OK;
    return tg__complain(lines->report, TG_ERR_FORMAT,
                        "line %lld, byte %lld: a NUL byte: this is no plain text",
                        (long long)lines->number, (long long)(nul - line) + 1);
}

/* ---- Fields ------------------------------------------------------------------------- */

bool tg__is_blank(char separator, char c) { return (c == ' ' || c == '\t') && c != separator; }

tg__field tg__field_trimmed(char separator, tg__field field)
{
    while (field.length > 0 && tg__is_blank(separator, *field.text)) {
        field.text++;
        field.length--;
    }
    while (field.length > 0 && tg__is_blank(separator, field.text[field.length - 1]))
        field.length--;
    return field;
}

/* The closing quote of a field that begins at [open]; NULL if there is none. Two quotes stand for
 * one. */
static const char *closing_quote(const char *open, const char *end)
{
    for (const char *p = open + 1; p < end; p++) {
        if (*p != '"') continue;
        if (p + 1 < end && p[1] == '"') p++;
        else return p;
    }
    return NULL;
}

tg__cut tg__field_cut(char separator, const char **p, const char *end, tg__field *out)
{
    const char *start = *p;
    while (start < end && tg__is_blank(separator, *start)) start++;
    if (start == end || *start != '"') {
        const char *stop = memchr(start, separator, (size_t)(end - start));
        *p = stop ? stop : end;
        *out = tg__field_trimmed(separator, (tg__field){ start, (size_t)(*p - start), false });
        return TG__CUT;
    }
    const char *close = closing_quote(start, end);
    *p = start;
    if (!close) return TG__CUT_OPEN;
    *out = (tg__field){ start + 1, (size_t)(close - start) - 1, true };
    for (*p = close + 1; *p < end && tg__is_blank(separator, **p);) ++*p;
    return *p < end && **p != separator ? TG__CUT_BEHIND : TG__CUT;
}

size_t tg__field_copy(tg__field field, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < field.length; i++) {
        out[used++] = field.text[i];
        i += field.quoted && field.text[i] == '"'; /* skips the second of two quotes */
    }
    return used;
}

bool tg__field_is(tg__field field, const char *text)
{
    for (size_t i = 0; i < field.length; i++, text++) {
        if (field.text[i] != *text) return false; /* also at its end: a field has no NUL */
        i += field.quoted && *text == '"';
    }
    return !*text;
}

tg_status tg__separator_check(tg__report *report, char separator)
{
    const char c = separator;
    if (c == '\t' || (c >= ' ' && c <= '~' && !strchr("+-.\"", c) && !(c >= '0' && c <= '9') &&
                      !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z')))
        return TG_OK;
    return tg__complain(report, TG_ERR_ARGUMENT,
                        ".separator has character code %d; it must be a tab or a mark that is "
                        "no part of a number",
                        (unsigned char)c);
}

tg__quoting tg__quoting_after(tg__quoting before, char separator, const char *text, size_t length)
{
    tg__quoting now = before;
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        if (now == TG__IN_QUOTES) now = c == '"' ? TG__BEHIND_QUOTE : TG__IN_QUOTES;
        else if (c == separator) now = TG__AT_FIELD;
        else if (c == '"' && now != TG__IN_PLAIN) now = TG__IN_QUOTES;
        else if (now == TG__AT_FIELD && !tg__is_blank(separator, c)) now = TG__IN_PLAIN;
        else if (now == TG__BEHIND_QUOTE) now = TG__IN_PLAIN;
    }
    return now;
}

/* ---- Lists -------------------------------------------------------------------------- */

bool tg__list_next(const char **list, tg__field *out, tg__cut *how)
{
    const char *p = *list, *end = p + strlen(p);
    *how = TG__CUT;
    while (tg__is_blank(',', *p)) p++;
    if (p == end) return false;
    *how = tg__field_cut(',', &p, end, out);
    *list = p + (p < end && *how == TG__CUT);
    return true;
}

tg_status tg__list_check(tg__report *report, const char *list, const char *what)
{
    tg__field item;
    tg__cut how;
    while (list && tg__list_next(&list, &item, &how))
        if (how != TG__CUT)
            return tg__complain(report, TG_ERR_ARGUMENT,
                                "%s has a quote that is not closed, or text behind one", what);
    return TG_OK;
}
