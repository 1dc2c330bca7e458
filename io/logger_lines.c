/* logger_lines.c: the records of a logger as lines of JSON and CSV; and reading such files, for
 * their scalars and to continue them. */
#include "io/logger.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#define CSV_COLUMNS "step,name,value"

/* ---- JSON ------------------------------------------------------------------------------- */

/* Writes [text], which is UTF-8, as a JSON string, with escapes where JSON requires them. */
void tg__json_text(tg__bytes *out, const char *text)
{
    tg__put_byte(out, '"');
    for (const char *p = text; *p; p++) {
        const size_t plain = strcspn(p, "\"\\\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d"
                                        "\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
                                        "\x1c\x1d\x1e\x1f");
        tg__put(out, p, plain);
        p += plain;
        if (!*p) break;
        if (*p == '"' || *p == '\\') tg__put_format(out, "\\%c", *p);
        else if (*p == '\n') tg__put_text(out, "\\n");
        else tg__put_format(out, "\\u%04x", (unsigned)*p);
    }
    tg__put_byte(out, '"');
}

void tg__json_number(tg__bytes *out, double value)
{
    if (isnan(value)) tg__put_text(out, "\"NaN\"");
    else if (isinf(value)) tg__put_text(out, value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
    else tg__put_number(out, value);
}

void tg__json_begin(tg__bytes *out, int64_t step, const char *name)
{
    tg__put_format(out, "{\"step\":%" PRId64, step);
    if (!name) return;
    tg__json_key(out, "name");
    tg__json_text(out, name);
}

void tg__json_key(tg__bytes *out, const char *key) { tg__put_format(out, ",\"%s\":", key); }

void tg__json_end(tg__bytes *out, double time) { tg__put_format(out, ",\"time\":%.3f}\n", time); }

/* ---- CSV -------------------------------------------------------------------------------- */

void tg__csv_begin(tg__bytes *out) { tg__put_text(out, CSV_COLUMNS "\n"); }

void tg__csv_row(tg__bytes *out, int64_t step, const char *name, double value)
{
    tg__put_format(out, "%" PRId64 ",", step);
    if (strpbrk(name, ",\"")) {
        tg__put_byte(out, '"');
        for (const char *p = name; *p; p++) {
            if (*p == '"') tg__put_byte(out, '"');
            tg__put(out, p, 1);
        }
        tg__put_byte(out, '"');
    } else {
        tg__put_text(out, name);
    }
    tg__put_byte(out, ',');
    tg__put_number(out, value);
    tg__put_byte(out, '\n');
}

/* ---- Lines of a file that is there ------------------------------------------------------ */

typedef struct line {
    const char *text;
    size_t length, number; /* length: without the line's end; number: from 1 */
} line;

/* Finds the next complete line. False if there is none. */
static bool next_line(const tg__growing *text, size_t *at, line *out)
{
    const char *start = text->data ? (const char *)text->data + *at : NULL;
    const char *newline = start ? memchr(start, '\n', text->used - *at) : NULL;
    if (!newline) return false;
    *out = (line){ start, (size_t)(newline - start), out->number + 1 };
    *at += out->length + 1;
    return true;
}

static tg_status complain_line(tg__report *report, const line *in, const char *what)
{
    char seen[TG_TEXT_SEEN];
    return tg__complain(report, TG_ERR_FORMAT, "line %zu is not that of a log, \"%s\": %s",
                        in->number, tg__text_seen(seen, in->text, in->length), what);
}

/* The number that a JSON value stands for. False if it is none. */
static bool value_of(const json_t *value, double *out)
{
    const char *text = json_string_value(value);
    *out = json_number_value(value);
    if (json_is_number(value)) return true;
    if (!text) return false;
    const bool negative = strcmp(text, "-Infinity") == 0;
    if (strcmp(text, "NaN") == 0) *out = (double)NAN;
    else if (negative || strcmp(text, "Infinity") == 0)
        *out = negative ? -(double)INFINITY : (double)INFINITY;
    else return false;
    return true;
}

/* True if a line of that step is kept when a run is resumed at step [limit]. */
static bool is_kept(int64_t step, int64_t limit) { return limit == TG_AUTO || step < limit; }

/* Checks the members of a line. */
static tg_status look_at_object(tg__report *report, const line *in, const json_t *root,
                                int64_t *step, int64_t limit, tg__book *book)
{
    const json_t *number = json_object_get(root, "step"), *value = json_object_get(root, "value");
    const char *name = json_string_value(json_object_get(root, "name"));
    double y = 0;
    if (!json_is_integer(number) || json_integer_value(number) < 0)
        return complain_line(report, in, "it has no \"step\" that is a whole number from 0 on");
    *step = json_integer_value(number);
    if (!value) return TG_OK;
    if (!name || !value_of(value, &y))
        return complain_line(report, in,
                             "a \"value\" is a number, \"NaN\", \"Infinity\" or \"-Infinity\", "
                             "beside a \"name\"");
    if (book && is_kept(*step, limit) && !tg__book_add(book, name, (double)*step, y))
        return tg__complain(report, TG_ERR_MEMORY, "out of memory for the points that it has");
    return TG_OK;
}

static tg_status look_at_json(tg__report *report, const line *in, int64_t *step, int64_t limit,
                              tg__book *book)
{
    json_error_t why;
    json_t *root = json_loadb(in->text, in->length, JSON_REJECT_DUPLICATES, &why);
    if (!root && json_error_code(&why) == json_error_out_of_memory)
        return tg__complain_memory(report, in->length);
    const tg_status status = root && json_is_object(root)
                                 ? look_at_object(report, in, root, step, limit, book)
                                 : complain_line(report, in, "it is no JSON object");
    json_decref(root);
    return status;
}

/* Reads the step, with which a row begins; the other fields are not checked. */
static tg_status look_at_row(tg__report *report, const line *in, int64_t *step)
{
    size_t digits = 0;
    *step = 0;
    while (digits < in->length && in->text[digits] >= '0' && in->text[digits] <= '9') {
        const int digit = in->text[digits++] - '0';
        if (*step > (INT64_MAX - digit) / 10)
            return complain_line(report, in, "its step is beyond the range of i64");
        *step = *step * 10 + digit;
    }
    const char *rest = in->text + digits;
    if (digits == 0 || digits == in->length || *rest != ',' ||
        !memchr(rest + 1, ',', in->length - digits - 1))
        return complain_line(report, in, "its rows are " CSV_COLUMNS);
    return TG_OK;
}

tg_status tg__json_kept(tg__report *report, tg__bytes *out, const tg__growing *text, int64_t step,
                        tg__book *book)
{
    line in = { .number = 0 };
    size_t at = 0;
    tg_status status = TG_OK;
    while (status == TG_OK && next_line(text, &at, &in)) {
        int64_t now = 0;
        status = look_at_json(report, &in, &now, step, book);
        if (out && is_kept(now, step)) tg__put(out, in.text, in.length + 1);
    }
    return status;
}

tg_status tg__csv_kept(tg__report *report, tg__bytes *out, const tg__growing *text, int64_t step)
{
    line in = { .number = 0 };
    size_t at = 0;
    tg_status status = TG_OK;
    while (status == TG_OK && next_line(text, &at, &in)) {
        int64_t now = 0;
        if (in.number == 1) {
            if (in.length != strlen(CSV_COLUMNS) || memcmp(in.text, CSV_COLUMNS, in.length) != 0)
                status = complain_line(report, &in, "it begins with " CSV_COLUMNS);
            continue;
        }
        status = look_at_row(report, &in, &now);
        if (is_kept(now, step)) tg__put(out, in.text, in.length + 1);
    }
    return status;
}

/* ---- Reading scalars -------------------------------------------------------------------- */

tg_status tg_read_scalars_with(const tg_scalars_args *given)
{
    tg_scalars_args args = { TG_SCALARS_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_scalars")) return TG_ERR_ARGUMENT;
    tg__report report = tg__report_new(args.at, "tg_read_scalars", args.path, args.error);
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the scalars' place is NULL");
    *args.out = (tg_scalars){ .count = 0 };

    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    tg__book book = { .allocator = allocator };
    tg__growing text = { NULL, 0, 0 };
    tg__source source;
    tg_status status = tg__source_open(&source, &report, args.io, allocator);
    if (status == TG_OK) status = tg__source_take(&source, &text, UINT64_MAX);
    status = tg__source_close(&source);
    if (status == TG_OK) status = tg__json_kept(&report, NULL, &text, TG_AUTO, &book);
    if (status == TG_OK && !tg__book_close(&book, args.out))
        status = tg__complain(&report, TG_ERR_MEMORY, "out of memory for a list of its names");
    tg__free(allocator, text.data);
    tg__book_free(&book);
    if (status != TG_OK) *args.out = (tg_scalars){ .count = 0 };
    return status;
}
