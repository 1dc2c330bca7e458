/* logger.h: what the files of a logger share: its outputs, the formats of their records, and
 * scalars kept in memory. */
#ifndef TG_LOGGER_INTERNAL_H
#define TG_LOGGER_INTERNAL_H

#include "io/bytes.h"
#include "tg_logger.h"

/* ---- Scalars in memory ------------------------------------------------------------------ */

/* The points of one name: doubles, as many in x as in y. */
typedef struct tg__entry_points {
    char *name;
    tg__growing x, y;
} tg__entry_points;

/* Points by name, in the order in which names came up. */
typedef struct tg__book {
    const tg_allocator *allocator;
    tg__entry_points *entries;
    size_t count, capacity;
    size_t *slots; /* open addressing by name: the place + 1, or 0 */
    size_t slot_count;
} tg__book;

/* Enters a point; false, and nothing has changed, when out of memory. */
bool tg__book_add(tg__book *book, const char *name, double x, double y);
tg_series tg__book_find(const tg__book *book, const char *name);
void tg__book_free(tg__book *book);
/* Makes scalars of the book, which is empty then; false when out of memory. */
bool tg__book_close(tg__book *book, tg_scalars *out);

/* ---- Loggers ---------------------------------------------------------------------------- */

/* A file that records are appended to. */
typedef struct tg__output {
    const char *path; /* NULL: there is no such output */
    tg__sink sink;
    tg__bytes waiting; /* records that are not written yet */
    size_t whole;      /* how many of these bytes there were before the call in hand */
    bool placed;       /* the file has its name */
    bool broken;       /* it could not be written, and its end is not known */
} tg__output;

/* In the order in which they are opened and put in their places. */
enum { TG__JSONL, TG__CSV, TG__EVENTS, TG__OUTPUTS };

struct tg_logger {
    tg_allocator allocator;
    tg_error error;
    tg__report report; /* of the call in hand; its status is the first error's */
    tg__output output[TG__OUTPUTS];
    char *paths;              /* all of the outputs' */
    int64_t first;            /* the step that the run begins or goes on at */
    double interval, written; /* seconds: between writes; when last written, by a clock that only
                                 goes on */
    bool keep;
    tg__book book;
};

/* Seconds since 1970. */
double tg__wall_time(void);

/* The bytes that wait for an output; NULL if there is none such. */
static inline tg__bytes *tg__output_bytes(tg_logger *log, int which)
{
    return log->output[which].path ? &log->output[which].waiting : NULL;
}

/* A public function's call: is the logger, with [step] and [name], fit to be logged to? If not, its
 * status is not TG_OK, and the caller returns that. */
bool tg__logger_enter(tg_site at, tg_logger *log, const char *function, int64_t step,
                      const char *name);
/* The end of one: writes what waits, if it is time to, and returns the status. */
tg_status tg__logger_leave(tg_logger *log);

/* ---- JSON lines and CSV ----------------------------------------------------------------- */

/* {"step":7,"name":"a" without its end; a NULL name is left out. */
void tg__json_begin(tg__bytes *out, int64_t step, const char *name);
/* ,"key": */
void tg__json_key(tg__bytes *out, const char *key);
void tg__json_text(tg__bytes *out, const char *text);
/* A number, or what stands for one that is not finite. */
void tg__json_number(tg__bytes *out, double value);
/* The time, and the line's end. */
void tg__json_end(tg__bytes *out, double time);

void tg__csv_begin(tg__bytes *out);
void tg__csv_row(tg__bytes *out, int64_t step, const char *name, double value);

/* Puts the lines of a log that is there and are before [step] into [out]: whole lines alone.
 * Scalars among JSON lines go to the book, unless it is NULL. TG_AUTO: all of them. [text] is the
 * file. */
tg_status tg__json_kept(tg__report *report, tg__bytes *out, const tg__growing *text, int64_t step,
                        tg__book *book);
tg_status tg__csv_kept(tg__report *report, tg__bytes *out, const tg__growing *text, int64_t step);

/* ---- TensorBoard ------------------------------------------------------------------------ */

/* A record that is a summary of one value, between the two of which the value's fields are put. */
typedef struct tg__event {
    tg__bytes *out;
    size_t record, summary, value;
} tg__event;

/* Fields of a value of a summary. */
enum {
    TG__VALUE_SIMPLE = 2,
    TG__VALUE_IMAGE = 4,
    TG__VALUE_HISTOGRAM = 5,
    TG__VALUE_TENSOR = 8,
    TG__VALUE_METADATA = 9
};

/* A record of any event: its length and checksum come with the end. */
size_t tg__record_begin(tg__bytes *out, double time, int64_t step);
void tg__record_end(tg__bytes *out, size_t begin);
tg__event tg__event_begin(tg__bytes *out, double time, int64_t step, const char *name);
void tg__event_end(tg__event event);
/* What every file begins with. */
void tg__events_begin(tg__bytes *out, double time, int64_t step, bool resumes);
/* The plugin that shows a value, and what it is told. */
void tg__event_plugin(tg__event event, const char *plugin, const void *content, size_t size);
/* The value is words: a tensor of one string. */
void tg__event_words(tg__event event, const char *text);
/* CRC-32C (Castagnoli, as in RFC 3720) of [size] more bytes; that of none is 0. */
uint32_t tg__crc32c(uint32_t sum, const void *data, size_t size);

/* The tape as a GraphDef. */
bool tg__put_graph(tg__bytes *out, const tg_tape *tape);

#endif
