/* io.h: what the files of io/ share: error reports, byte sources, growing memory, and the
 * random numbers of shuffles. */
#ifndef TG_IO_INTERNAL_H
#define TG_IO_INTERNAL_H

#include "tg_io.h"
#include "kernels/memory.h"
#include "autograd/text.h"

#include <zlib.h>

/* ---- Reports ------------------------------------------------------------------------ */

/* Who tells the caller what went wrong: "train.c:9: tg_read_idx: a.gz: it is empty". */
typedef struct tg__report {
    tg_site at;
    const char *function; /* the public function's name */
    const char *path;     /* the file in hand; NULL if there is none */
    const char *part;     /* what of it: the name of an archive's member; else NULL */
    tg_error *error;      /* the caller's; may be NULL */
    tg_status status;     /* of the first complaint */
} tg__report;

/* Starts a report and empties the caller's error. */
tg__report tg__report_new(tg_site at, const char *function, const char *path, tg_error *error);
/* As tg_options_read, for a public function whose errors go to the caller's [error]. */
bool tg__io_options(void *options, const void *given, tg_error *error, const char *function);
#define TG__IO_OPTIONS(options, given, function)                                                   \
    tg__io_options(&(options), (given), (given) ? (given)->error : NULL, (function))
/* Tells the message, unless one was told before. Returns the report's status. */
tg_status tg__complain(tg__report *report, tg_status status, const char *format, ...)
    TG_PRINTF(3, 4);
tg_status tg__complain_memory(tg__report *report, size_t bytes);
/* "cannot be opened: No such file or directory", from an errno value. */
tg_status tg__complain_errno(tg__report *report, const char *what, int number);

/* Of a place, all that a message should say: addresses tell nobody anything. */
static inline const char *tg__place_text(const void *place)
{
    return place ? "some memory" : "NULL";
}

enum { TG_TEXT_SEEN = 64 };
/* Copies bytes from a file into [out] such that a terminal can take them: what is not plain
 * ASCII is escaped, and what is long is cut. Returns [out]. */
const char *tg__text_seen(char out[TG_TEXT_SEEN], const char *text, size_t length);

enum { TG_SHAPE_SEEN = 24 * TG_MAX_RANK };
/* "[60000, 28, 28]". Returns [out]. */
const char *tg__shape_seen(char out[TG_SHAPE_SEEN], tg_shape shape);

/* ---- Sources ------------------------------------------------------------------------ */

/* The default I/O layer. Beside errno values its [open] and [target] return what stands at the
 * path, if they refuse it. */
extern const tg_io_layer tg__posix_io;
enum { TG__IS_FOLDER = 1 << 20, TG__IS_FIFO, TG__IS_SOCKET, TG__IS_DEVICE, TG__IS_READ_ONLY };
/* "a directory", from one of these; NULL for an errno value. */
const char *tg__not_a_file(int number);
/* What POSIX can and the layer has no function for: of a file that tg__posix_io opened. They return
 * 0 or an errno value. */
int tg__posix_size(void *file, uint64_t *size);
int tg__posix_seek(void *file, uint64_t offset);
/* Maps [size] > 0 bytes from [offset] on. What is written there stays in memory. */
int tg__posix_map(void *file, uint64_t offset, size_t size, void **out);
/* [map]: what tg__posix_map gave. */
void tg__posix_unmap(void *map, size_t size);

/* A file as a stream of bytes, decompressed if its content is gzip. */
typedef struct tg__source {
    tg__report *report;
    const tg_io_layer *io;
    const tg_allocator *allocator;
    void *file;
    unsigned char *input; /* what was read and not yet delivered: [next, end) */
    size_t next, end;
    uint64_t input_offset; /* where in the file input[end] would stand */
    uint64_t offset;       /* bytes delivered so far */
    bool open, at_end, gzip, inflating, between_members;
    z_stream z;
} tg__source;

/* Opens report->path. [io] may be NULL: POSIX. Whatever is returned, tg__source_close
 * must follow. */
tg_status tg__source_open(tg__source *source, tg__report *report, const tg_io_layer *io,
                          const tg_allocator *allocator);
/* The same, and the bytes are taken as they are. */
tg_status tg__source_open_plain(tg__source *source, tg__report *report, const tg_io_layer *io,
                                const tg_allocator *allocator);
/* The same; no file there is no error, but one that has nothing in it, which [absent] tells. */
tg_status tg__source_open_if_there(tg__source *source, tg__report *report, const tg_io_layer *io,
                                   const tg_allocator *allocator, bool *absent);
/* Delivers [size] bytes; fewer only at the end, which for gzip includes the checksums of
 * all members. */
tg_status tg__source_read(tg__source *source, void *buffer, size_t size, size_t *got);
/* Goes to byte [offset] of a plain source. What the layer cannot seek in is read up to there, from
 * the front if need be. Beyond the end there is nothing to read. */
tg_status tg__source_seek(tg__source *source, uint64_t offset);
/* The bytes of a plain source's file. Where the source stands then is anybody's guess: seek. */
tg_status tg__source_size(tg__source *source, uint64_t *size);
/* Closes what is open, and returns the report's status. */
tg_status tg__source_close(tg__source *source);
/* What a file that begins with these bytes is: "gzip data", "a PNG picture"; NULL if it is
 * nothing known. */
const char *tg__looks_like(const unsigned char *bytes, size_t size);

/* ---- Sinks -------------------------------------------------------------------------- */

/* A file that is written whole or not at all: under a temporary name in its folder, which
 * takes the file's name once everything is on the disk. */
typedef struct tg__sink {
    tg__report *report;
    const tg_io_layer *io;
    const tg_allocator *allocator;
    char *target;             /* report->path, links followed */
    char *folder, *temporary; /* NULL: not made, or gone */
    void *file;
    bool open, exists;
    uint64_t offset; /* bytes written so far */
} tg__sink;

/* Begins report->path. Whatever is returned, tg__sink_close must follow. */
tg_status tg__sink_open(tg__sink *sink, tg__report *report, const tg_io_layer *io,
                        const tg_allocator *allocator);
tg_status tg__sink_write(tg__sink *sink, const void *data, size_t size);
/* Puts the file in its place, and closes it. */
tg_status tg__sink_commit(tg__sink *sink);
/* Puts the file in its place, whole as it is now, and goes on with it: what is written then is
 * appended. tg__sink_sync sees to it that this is on the disk. */
tg_status tg__sink_place(tg__sink *sink);
tg_status tg__sink_sync(tg__sink *sink);
/* Removes what was not put in its place, and returns the report's status. */
tg_status tg__sink_close(tg__sink *sink);

/* ---- Packing ------------------------------------------------------------------------ */

/* How bytes get into a sink: as they are, as a stream of deflate, or that as a gzip member; or not
 * at all, where only their number and sum are asked for. */
typedef enum tg__packing { TG__PLAIN, TG__DEFLATE, TG__GZIP, TG__NOWHERE } tg__packing;
typedef struct tg__packer {
    tg__sink *sink;
    tg__packing packing;
    uint64_t taken; /* bytes */
    uint32_t sum;   /* their CRC-32 */
    bool deflating;
    unsigned char *output; /* of deflate */
    z_stream z;
} tg__packer;

/* Begins a stream in packer->sink, which is open; one may follow another. Whatever is returned,
 * tg__pack_close must follow the last. */
tg_status tg__pack_begin(tg__packer *packer, tg__packing packing);
tg_status tg__pack(tg__packer *packer, const void *data, size_t size);
/* Elements of [element] bytes each, in that order of bytes. */
tg_status tg__pack_elements(tg__packer *packer, const void *data, size_t bytes, size_t element,
                            bool big_endian);
/* Writes what is still held back. */
tg_status tg__pack_end(tg__packer *packer);
/* Accepts a packer that began nothing. */
void tg__pack_close(tg__packer *packer);

/* Gives zlib the allocator. */
void tg__z_memory(z_stream *z, const tg_allocator *allocator);

/* ---- Memory ------------------------------------------------------------------------- */

/* [allocator], or the C library's for NULL. */
const tg_allocator *tg__allocator_or_default(const tg_allocator *allocator);
/* The allocator that made the array, or the C library's for a view and a mapped file. */
const tg_allocator *tg__array_allocator(const tg_array *array);

/* Memory that grows as data arrives, at most doubling, so that a file's promises alone
 * never make it large. */
typedef struct tg__growing {
    void *data;
    size_t used, capacity;
} tg__growing;

/* Room for [more] bytes behind those used, and never a capacity above [limit], which the
 * sum must not exceed. */
bool tg__reserve(const tg_allocator *allocator, tg__growing *memory, size_t more, size_t limit);
/* Appends [size] bytes to [memory], which grows as they arrive; fewer only at the end. */
tg_status tg__source_take(tg__source *source, tg__growing *memory, uint64_t size);

/* The bytes of an array; false for a bad dtype, a bad shape, or more than memory can hold. */
bool tg__array_bytes(tg_dtype dtype, tg_shape shape, size_t *bytes);
/* Allocates an array, zeroed. Complains with its shape. */
tg_status tg__array_make(tg__report *report, const tg_allocator *allocator, tg_dtype dtype,
                         tg_shape shape, tg_array *out);
/* Bytes of one row (all dimensions but the first) of an array of rank >= 1. */
size_t tg__row_bytes(const tg_array *array);
/* Has the input, called [name], the data's dtype? Else fails its tape for [function]. */
bool tg__same_dtype(tg_site at, const char *function, const char *name, const tg_tensor *input,
                    tg_dtype dtype);
/* Can the input, called [name], be fed with a batch of that dtype and shape, whose first dimension
 * is the rows: has it as many rows and elements? Else fails its tape for [function], with [advice]
 * where the batch is shorter than the input. */
bool tg__takes_batch(tg_site at, const char *function, const char *name, const tg_tensor *input,
                     tg_dtype dtype, tg_shape batch, const char *advice);
/* Copies rows [rows][0 .. count) to [out], one after the other. */
void tg__gather_rows(const tg_array *array, const int64_t *rows, int64_t count, void *out);

/* ---- Locks ------------------------------------------------------------------------------ */

/* Makes the file, if it is not there, and keeps it to oneself until tg__unlock; EWOULDBLOCK if
 * somebody has it, or another errno value. */
int tg__lock(const char *path, int *descriptor);
/* Accepts -1: none. */
void tg__unlock(int descriptor);

/* ---- Files and datasets ------------------------------------------------------------- */

/* Reads report->path. On an error *out is empty. */
tg_status tg__idx_load(tg__report *report, const tg_io_layer *io, const tg_allocator *allocator,
                       tg_array *out);

typedef struct tg__csv_format {
    tg_dtype dtype;
    char separator, comment;
    int64_t skip_lines;
    bool nonfinite;
    bool labelled; /* one column goes to y */
    int64_t label; /* which; negative from the end */
    tg_dtype label_dtype;
    int64_t classes; /* 0: any label */
} tg__csv_format;

/* Reads report->path into *x and, if [format] says so, *y. On an error both are empty. */
tg_status tg__csv_load(tg__report *report, tg__csv_format format, const tg_io_layer *io,
                       const tg_allocator *allocator, tg_array *x, tg_array *y);

/* Is this an array of rows? It is called [name] in the complaint. */
tg_status tg__rows_check(tg__report *report, const tg_array *array, const char *name);
/* Is this a dataset that can be walked row by row? */
tg_status tg__dataset_check(tg__report *report, const tg_dataset *data);
/* The rows [rows][0 .. count), which must exist, as a new dataset. */
tg_status tg__dataset_gather(tg__report *report, const tg_allocator *allocator,
                             const tg_dataset *data, const int64_t *rows, int64_t count,
                             tg_dataset *out);

/* ---- Stores ------------------------------------------------------------------------- */

/* Is there a store without an error? */
tg_status tg__store_check(tg__report *report, const tg_store *store);
enum { TG__STATE_NAME = 1001 }; /* names are no longer */
/* "name.field"; false if that is no variable's name. */
bool tg__state_name(char out[TG__STATE_NAME], const char *name, const char *field);
/* Can the store be asked for that state? */
tg_status tg__state_check(tg__report *report, const tg_store *store, const char *name,
                          const char *field);

/* ---- Random numbers ----------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). */
static inline uint64_t tg__mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
static inline uint64_t tg__random(uint64_t *state)
{
    return tg__mix(*state += 0x9E3779B97F4A7C15u);
}
/* The state of stream number [stream] of [seed]. */
static inline uint64_t tg__random_start(uint64_t seed, uint64_t stream)
{
    return tg__mix(tg__mix(seed + 0x9E3779B97F4A7C15u) ^ (stream + 0x632BE59BD9B4E019u));
}
/* Numbers of 64 bits below this are drawn again: each remainder by [bound] is then as likely. */
static inline uint64_t tg__uneven(uint64_t bound) { return (0 - bound) % bound; }
/* Shuffles [count] numbers (Fisher and Yates); every order is equally likely. */
void tg__shuffle(int64_t *numbers, int64_t count, uint64_t *state);
/* The order of an epoch: 0 .. count - 1, shuffled or as they are. */
void tg__arrange(int64_t *order, int64_t count, uint64_t seed, int64_t epoch, bool shuffle);

#endif
