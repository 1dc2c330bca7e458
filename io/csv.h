/* csv.h: a file as lines, lines as rows, rows as fields: shared by the readers of CSV. */
#ifndef TG_CSV_INTERNAL_H
#define TG_CSV_INTERNAL_H

#include "io/io.h"

/* ---- Lines -------------------------------------------------------------------------- */

enum { TG__LINES_CHUNK = 1 << 14 };

/* Must be zeroed before use. */
typedef struct tg__lines {
    tg__report *report;
    const tg_allocator *allocator;
    tg__source source;
    char chunk[TG__LINES_CHUNK]; /* read but not processed yet: [next, end) */
    size_t next, end;
    tg__growing line; /* the current line, with a 0 at the end */
    size_t length;    /* of the line, without its end and without that 0 */
    int64_t number;   /* of the last line that was read, from 1 */
} tg__lines;

/* Opens report->path and checks that its first bytes are text, of which it removes a byte order
 * mark. tg__lines_close must follow, also after an error. */
tg_status tg__lines_open(tg__lines *lines, tg__report *report, const tg_io_layer *io,
                         const tg_allocator *allocator);
/* Reads the next line; *got is false at the end of the file. */
tg_status tg__lines_next(tg__lines *lines, bool *got);
/* Appends the next line to the current one, with a line end between them. */
tg_status tg__lines_join(tg__lines *lines, bool *got);
/* True if the line is blank, or begins with [comment]. */
bool tg__lines_skippable(const tg__lines *lines, char separator, char comment);
/* Reports an error if the line has a NUL byte. */
tg_status tg__lines_check(const tg__lines *lines);
/* Closes and frees; returns the report's status. */
tg_status tg__lines_close(tg__lines *lines);

/* ---- Fields ------------------------------------------------------------------------- */

/* A field without its quotes and the blanks around them; inside, two quotes stand for one. */
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
/* Takes the field at *p and moves *p to the separator behind it, or to the end. After an error *p
 * is where the error is. */
tg__cut tg__field_cut(char separator, const char **p, const char *end, tg__field *out);
tg__field tg__field_trimmed(char separator, tg__field field);
/* Copies the field with doubled quotes made one, so never more bytes than its length. Returns the
 * number of bytes. */
size_t tg__field_copy(tg__field field, char *out);
bool tg__field_is(tg__field field, const char *text);
/* Checks that the character may separate fields; else reports an error. */
tg_status tg__separator_check(tg__report *report, char separator);

/* Where in a row a reader is between two lines, for rows with line ends inside of quotes. */
typedef enum tg__quoting {
    TG__AT_FIELD,
    TG__IN_PLAIN,
    TG__IN_QUOTES,
    TG__BEHIND_QUOTE
} tg__quoting;
tg__quoting tg__quoting_after(tg__quoting before, char separator, const char *text, size_t length);

/* Takes the next item of a list such as: a, b, "c, d". False at its end. [how] says whether the
 * item is well formed. */
bool tg__list_next(const char **list, tg__field *out, tg__cut *how);
/* Reports an error if an item of the list is not well formed; [what] names the option or
 * operand. */
tg_status tg__list_check(tg__report *report, const char *list, const char *what);

#endif
