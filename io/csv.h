/* csv.h: a file as lines, lines as rows, and rows as fields: what the readers of CSV share. */
#ifndef TG_CSV_INTERNAL_H
#define TG_CSV_INTERNAL_H

#include "io/io.h"

/* ---- Lines -------------------------------------------------------------------------- */

enum { TG__LINES_CHUNK = 1 << 14 };

/* Begins as all zero. */
typedef struct tg__lines {
    tg__report *report;
    const tg_allocator *allocator;
    tg__source source;
    char chunk[TG__LINES_CHUNK]; /* read and not yet looked at: [next, end) */
    size_t next, end;
    tg__growing line; /* the line in hand, with a 0 behind it */
    size_t length;    /* without its end and that 0 */
    int64_t number;   /* of the line read last, from 1 */
} tg__lines;

/* Opens report->path and looks at its first bytes, which are those of text, without a byte order
 * mark. Whatever is returned, tg__lines_close must follow. */
tg_status tg__lines_open(tg__lines *lines, tg__report *report, const tg_io_layer *io,
                         const tg_allocator *allocator);
/* Gathers the next line; *got is false at the end of the file. */
tg_status tg__lines_next(tg__lines *lines, bool *got);
/* The same, behind the line in hand and a line end. */
tg_status tg__lines_join(tg__lines *lines, bool *got);
/* Is the line blank, or does it begin with [comment]? */
bool tg__lines_skippable(const tg__lines *lines, char separator, char comment);
/* Complains of a NUL byte in the line. */
tg_status tg__lines_check(const tg__lines *lines);
/* Closes and frees. Returns the report's status. */
tg_status tg__lines_close(tg__lines *lines);

/* ---- Fields ------------------------------------------------------------------------- */

/* A field without quotes and what is around them; in it two quotes stand for one. */
typedef struct tg__field {
    const char *text;
    size_t length;
    bool quoted;
} tg__field;

typedef enum tg__cut {
    TG__CUT,
    TG__CUT_OPEN, /* the quote that opens the field is not closed */
    TG__CUT_BEHIND /* there is text behind the closing quote */
} tg__cut;

bool tg__is_blank(char separator, char c);
/* Cuts off the field at *p and moves *p to the separator behind it, or to the end. After an error
 * *p is where it is. */
tg__cut tg__field_cut(char separator, const char **p, const char *end, tg__field *out);
tg__field tg__field_trimmed(char separator, tg__field field);
/* Copies the field with its doubled quotes made one; no more than its length. Returns how many
 * bytes. */
size_t tg__field_copy(tg__field field, char *out);
bool tg__field_is(tg__field field, const char *text);
/* May this be what separates fields? Complains. */
tg_status tg__separator_check(tg__report *report, char separator);

/* Where in a row one is, so that a row may be looked at line by line. */
typedef enum tg__quoting {
    TG__AT_FIELD,
    TG__IN_PLAIN,
    TG__IN_QUOTES,
    TG__BEHIND_QUOTE
} tg__quoting;
tg__quoting tg__quoting_after(tg__quoting before, char separator, const char *text, size_t length);

/* The next item of a list "a, b, "c, d""; false at its end. An item may be a cut gone wrong. */
bool tg__list_next(const char **list, tg__field *out, tg__cut *how);
/* Complains of such an item in the list, which is the option or operand [what]. */
tg_status tg__list_check(tg__report *report, const char *list, const char *what);

#endif
