/* text.c: numbers as C, and the layout of a file. What writes C puts statements one after the
 * other; lines and indentation are made at the end, from braces and semicolons. */
#include "emit/file.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>

/* ---- Numbers ---------------------------------------------------------------------------- */

static void put_float(tg__text *text, bool narrow, double value)
{
    if (isnan(value)) tg__text_put(text, narrow ? "((float)NAN)" : "((double)NAN)");
    else if (isinf(value))
        tg__text_put(text, "(%s%s)", value < 0 ? "-" : "",
                     narrow ? "INFINITY" : "(double)INFINITY");
    else tg__text_put(text, signbit(value) ? "(%a%s)" : "%a%s", value, narrow ? "F" : "");
}

static void put_integer(tg__text *text, int dtype, int64_t value)
{
    if (dtype == TG_I64 && value == INT64_MIN) tg__text_put(text, "INT64_MIN");
    else if (dtype == TG_I64) tg__text_put(text, "INT64_C(%" PRId64 ")", value);
    else if (value == INT32_MIN) tg__text_put(text, "INT32_MIN");
    else tg__text_put(text, value < 0 ? "(%" PRId64 ")" : "%" PRId64, value);
}

void tg__c_put_number(tg__text *text, int dtype, double value)
{
    unsigned char element[8] = { 0 };
    if (tg__is_float(dtype)) {
        put_float(text, dtype == TG_F32, tg__round_to(dtype, value));
        return;
    }
    tg__store_scalar(dtype, value, element);
    put_integer(text, dtype, tg__integer_at(dtype, element, 0));
}

void tg__c_put_element(tg__text *text, int dtype, const void *data, int64_t i)
{
    if (tg__is_float(dtype)) {
        const size_t size = tg_dtype_size((tg_dtype)dtype);
        put_float(text, dtype == TG_F32,
                  tg__load_scalar(dtype, (const unsigned char *)data + (size_t)i * size));
    } else {
        put_integer(text, dtype, tg__integer_at(dtype, data, i));
    }
}

/* ---- Layout ----------------------------------------------------------------------------- */

enum { WIDTH = 98, DEEPEST = 64 };

typedef struct lines {
    tg__text *out;
    tg__text line;
    int depth, parens, inline_braces;
    bool names[DEEPEST]; /* at each depth: may a name stand behind the closing brace? */
    bool blank;          /* the last line was */
} lines;

static void indent(lines *l, int depth)
{
    for (int i = 0; i < depth; i++) tg__text_add(l->out, "    ", 4);
}

/* Ends the line, which is broken where it is too long. */
static void end_line(lines *l)
{
    const char *at = tg__text_string(&l->line);
    size_t left = l->line.length;
    while (left > 0 && at[left - 1] == ' ') left--;
    const bool comment = left > 2 && at[0] == '/' && at[1] == '*';
    for (int part = 0; left > 0; part++) {
        const int depth = l->depth + (part > 0 && !comment);
        size_t length = left;
        const size_t room = 4 * (size_t)depth < WIDTH - 40 ? WIDTH - 4 * (size_t)depth : 40;
        if (length > room) {
            for (length = room; length > 0 && at[length] != ' '; length--) {
            }
            if (length == 0)
                for (length = room; length < left && at[length] != ' '; length++) {
                }
        }
        indent(l, depth);
        if (part > 0 && comment) tg__text_add(l->out, " * ", 3);
        tg__text_add(l->out, at, length);
        tg__text_add(l->out, "\n", 1);
        while (length < left && at[length] == ' ') length++;
        at += length;
        left -= length;
        l->blank = false;
    }
    l->line.length = 0;
    if (l->line.at) l->line.at[0] = 0;
}

static bool line_has(const lines *l, const char *word)
{
    return strstr(tg__text_string(&l->line), word) != NULL;
}

static char last_of(const lines *l)
{
    size_t length = l->line.length;
    while (length > 0 && l->line.at[length - 1] == ' ') length--;
    return length ? l->line.at[length - 1] : 0;
}

/* Does the statement go on behind the closing brace? */
static bool goes_on(const char *at, bool named)
{
    while (*at == ' ') at++;
    if (*at == ';' || *at == ',' || *at == ')') return true;
    if (strncmp(at, "else", 4) == 0) return true;
    return named && (isalpha((unsigned char)*at) || *at == '_');
}

static const char *lay_out_one(lines *l, const char *at)
{
    if (*at == '#' && l->line.length == 0) {
        const char *end = strchr(at, '\n');
        const size_t length = end ? (size_t)(end - at) : strlen(at);
        tg__text_add(l->out, at, length);
        tg__text_add(l->out, "\n", 1);
        l->blank = false;
        return at + length + (end != NULL);
    }
    if (at[0] == '/' && at[1] == '*') {
        const char *end = strstr(at + 2, "*/");
        const size_t length = end ? (size_t)(end - at) + 2 : strlen(at);
        tg__text_add(&l->line, at, length);
        return at + length;
    }
    switch (*at) {
    case '\n':
        if (l->line.length) end_line(l);
        else if (!l->blank && l->out->length) {
            tg__text_add(l->out, "\n", 1);
            l->blank = true;
        }
        return at + 1;
    case ' ':
        if (l->line.length && l->line.at[l->line.length - 1] != ' ') tg__text_add(&l->line, " ", 1);
        return at + 1;
    case '(': l->parens++; break;
    case ')': l->parens--; break;
    case ';':
        tg__text_add(&l->line, ";", 1);
        if (l->parens == 0 && !l->inline_braces) {
            if (at[1] == ' ' && at[2] == '/' && at[3] == '*') return at + 1; /* a comment behind */
            end_line(l);
            return at + 1 + (at[1] == '\n');
        }
        return at + 1;
    case '{':
        if (l->inline_braces || last_of(l) == '=' || l->parens > 0 || line_has(l, "enum")) {
            l->inline_braces++;
            break;
        }
        tg__text_add(&l->line, "{", 1);
        if (line_has(l, "extern \"C\"")) {
            end_line(l);
            return at + 1 + (at[1] == '\n');
        }
        l->names[l->depth < DEEPEST ? l->depth : 0] =
            (line_has(l, "struct") || line_has(l, "union")) && !line_has(l, "(");
        end_line(l);
        l->depth++;
        return at + 1 + (at[1] == '\n');
    case '}':
        if (l->inline_braces) {
            l->inline_braces--;
            break;
        }
        end_line(l);
        if (l->depth > 0) l->depth--;
        tg__text_add(&l->line, "}", 1);
        if (goes_on(at + 1, l->names[l->depth < DEEPEST && l->depth >= 0 ? l->depth : 0]))
            return at + 1;
        end_line(l);
        return at + 1 + (at[1] == '\n');
    default: break;
    }
    tg__text_add(&l->line, at, 1);
    return at + 1;
}

void tg__c_lay_out(tg__text *out, const tg__text *from)
{
    lines l = { .out = out, .line = { .allocator = out->allocator }, .blank = true };
    for (const char *at = tg__text_string(from); *at;) at = lay_out_one(&l, at);
    end_line(&l);
    out->failed |= l.line.failed || from->failed;
    tg__text_free(&l.line);
}
