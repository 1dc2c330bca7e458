/* logger.h: what the files of a logger share: its outputs, the formats of their records, and
 * scalars in memory. */
#ifndef TG_LOGGER_INTERNAL_H
#define TG_LOGGER_INTERNAL_H

#include "io/bytes.h"
#include "tg_logger.h"

/* ---- Scalars in memory ------------------------------------------------------------------ */

/* The points of one name: as many x as y, doubles. */
typedef struct tg__entry_points {
    char *name;
    tg__growing x, y;
} tg__entry_points;

/* Points by name, in the order in which the names were first used. */
typedef struct tg__book {
    const tg_allocator *allocator;
    tg__entry_points *entries;
    size_t count, capacity;
    size_t *slots; /* a hash table with open addressing, by name: index + 1, or 0 */
    size_t slot_count;
} tg__book;

/* Adds a point. False, and nothing has changed, if there is no memory. */
bool tg__book_add(tg__book *book, const char *name, double x, double y);
tg_series tg__book_find(const tg__book *book, const char *name);
void tg__book_free(tg__book *book);
/* Moves the content of the book to [out]; the book is empty then. False if there is no memory. */
bool tg__book_close(tg__book *book, tg_scalars *out);

/* ---- Loggers ---------------------------------------------------------------------------- */

/* A file that records are appended to. */
typedef struct tg__output {
    const char *path; /* NULL: there is no such output */
    tg__sink sink;
    tg__bytes waiting; /* records that are not written yet */
    size_t whole;      /* the size of [waiting] before the current call */
    bool placed;       /* the file has its final name */
    bool broken;       /* a write has failed, and the file's end is unknown */
} tg__output;

/* The outputs, in the order in which they are opened and named. */
enum { TG__JSONL, TG__CSV, TG__EVENTS, TG__OUTPUTS };

struct tg_logger {
    tg_allocator allocator;
    tg_error error;
    tg__report report; /* of the current call; its status is that of the first error */
    tg__output output[TG__OUTPUTS];
    char *paths;   /* the paths of all outputs, in one block */
    int64_t first; /* the step at which the run begins or is resumed */
    double interval, written; /* seconds: between writes; of the last one, by a monotonic clock */
    bool keep;
    tg__book book;
};

/* Seconds since 1970. */
double tg__wall_time(void);

/* The buffer of an output; NULL if there is no such output. */
static inline tg__bytes *tg__output_bytes(tg_logger *log, int which)
{
    return log->output[which].path ? &log->output[which].waiting : NULL;
}

/* Begins a public function: checks the logger, [step] and [name]. False if the function must return
 * the logger's status, which is then not TG_OK. */
bool tg__logger_enter(tg_site at, tg_logger *log, const char *function, int64_t step,
                      const char *name);
/* Ends a public function: writes the buffers if the interval has passed; returns the status. */
tg_status tg__logger_leave(tg_logger *log);

/* ---- JSON lines and CSV ----------------------------------------------------------------- */

/* Writes {"step":7,"name":"a" without the closing brace; without "name" if it is NULL. */
void tg__json_begin(tg__bytes *out, int64_t step, const char *name);
/* ,"key": */
void tg__json_key(tg__bytes *out, const char *key);
void tg__json_text(tg__bytes *out, const char *text);
/* A number; a string for one that is not finite, which JSON does not have. */
void tg__json_number(tg__bytes *out, double value);
/* The time, the closing brace and the end of the line. */
void tg__json_end(tg__bytes *out, double time);

void tg__csv_begin(tg__bytes *out);
void tg__csv_row(tg__bytes *out, int64_t step, const char *name, double value);

/* Copies the complete lines of an existing log [text] that belong to steps before [step] to [out];
 * all of them for TG_AUTO. Adds the scalars of JSON lines to the book, if it is not NULL. */
tg_status tg__json_kept(tg__report *report, tg__bytes *out, const tg__growing *text, int64_t step,
                        tg__book *book);
tg_status tg__csv_kept(tg__report *report, tg__bytes *out, const tg__growing *text, int64_t step);

/* ---- TensorBoard ------------------------------------------------------------------------ */

/* A record with a summary of one value. The fields of the value are written between tg__event_begin
 * and tg__event_end. */
typedef struct tg__event {
    tg__bytes *out;
    size_t record, summary, value;
} tg__event;

/* The fields of a value of a summary. */
enum {
    TG__VALUE_SIMPLE = 2,
    TG__VALUE_IMAGE = 4,
    TG__VALUE_HISTOGRAM = 5,
    TG__VALUE_TENSOR = 8,
    TG__VALUE_METADATA = 9
};

/* Begins a record of any event. Its length and checksum are filled in by tg__record_end. */
size_t tg__record_begin(tg__bytes *out, double time, int64_t step);
void tg__record_end(tg__bytes *out, size_t begin);
tg__event tg__event_begin(tg__bytes *out, double time, int64_t step, const char *name);
void tg__event_end(tg__event event);
/* Writes the records with which every file begins. */
void tg__events_begin(tg__bytes *out, double time, int64_t step, bool resumes);
/* Names the plugin that shows the value, and its settings. */
void tg__event_plugin(tg__event event, const char *plugin, const void *content, size_t size);
/* A value that is text: a tensor of one string. */
void tg__event_words(tg__event event, const char *text);
/* Continues a CRC-32C (Castagnoli, as in RFC 3720) by [size] bytes; it starts from 0. */
uint32_t tg__crc32c(uint32_t sum, const void *data, size_t size);

/* Appends the tape as a GraphDef. */
bool tg__put_graph(tg__bytes *out, const tg_tape *tape);

#endif
