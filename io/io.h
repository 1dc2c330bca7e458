/* io.h: what the files of io/ share: error reports, byte sources and sinks, memory that grows, and
 * the random numbers of shuffles. */
#ifndef TG_IO_INTERNAL_H
#define TG_IO_INTERNAL_H

#include "tg_io.h"
#include "kernels/memory.h"
#include "autograd/text.h"

#include <zlib.h>

/* ---- Reports ------------------------------------------------------------------------ */

/* Where errors are reported, and what their messages begin with: "train.c:9: tg_read_idx: a.gz: it
 * is empty". */
typedef struct tg__report {
    tg_site at;
    const char *function; /* the public function's name */
    const char *path;     /* the current file; NULL if there is none */
    const char *part;     /* a part of it: the name of an archive's member; else NULL */
    tg_error *error;      /* the caller's; may be NULL */
    tg_status status;     /* of the first error */
} tg__report;

/* A new report; clears the caller's error. */
tg__report tg__report_new(tg_site at, const char *function, const char *path, tg_error *error);
/* tg_options_read for a public function whose errors go to the caller's [error]. */
bool tg__io_options(void *options, const void *given, tg_error *error, const char *function);
#define TG__IO_OPTIONS(options, given, function)                                                   \
    tg__io_options(&(options), (given), (given) ? (given)->error : NULL, (function))
/* Reports an error, unless one was reported before. Returns the report's status. */
tg_status tg__complain(tg__report *report, tg_status status, const char *format, ...)
    TG_PRINTF(3, 4);
tg_status tg__complain_memory(tg__report *report, size_t bytes);
/* Reports an error from an errno value: "cannot be opened: No such file or directory". */
tg_status tg__complain_errno(tg__report *report, const char *what, int number);

/* A pointer in a message: only whether it is NULL, because an address means nothing to a reader. */
static inline const char *tg__place_text(const void *place)
{
    return place ? "some memory" : "NULL";
}

enum { TG_TEXT_SEEN = 64 };
/* Copies text from a file to [out] so that it can be shown on a terminal: bytes that are not
 * printable ASCII are escaped, and long text is cut. Returns [out]. */
const char *tg__text_seen(char out[TG_TEXT_SEEN], const char *text, size_t length);

enum { TG_SHAPE_SEEN = 24 * TG_MAX_RANK };
/* "[60000, 28, 28]". Returns [out]. */
const char *tg__shape_seen(char out[TG_SHAPE_SEEN], tg_shape shape);

/* ---- Sources ------------------------------------------------------------------------ */

/* The default I/O layer. If the path is not a regular file, [open] and [target] return one of these
 * codes instead of an errno value. */
extern const tg_io_layer tg__posix_io;
enum { TG__IS_FOLDER = 1 << 20, TG__IS_FIFO, TG__IS_SOCKET, TG__IS_DEVICE, TG__IS_READ_ONLY };
/* The words for such a code ("a directory"); NULL for an errno value. */
const char *tg__not_a_file(int number);
/* What POSIX can do but tg_io_layer has no function for; [file] was opened by tg__posix_io. They
 * return 0 or an errno value. */
int tg__posix_size(void *file, uint64_t *size);
int tg__posix_seek(void *file, uint64_t offset);
/* Maps [size] > 0 bytes from [offset] on, privately: writes to the memory do not change the
 * file. */
int tg__posix_map(void *file, uint64_t offset, size_t size, void **out);
/* [map] is the result of tg__posix_map. */
void tg__posix_unmap(void *map, size_t size);

/* A file as a stream of bytes, which is decompressed if it is gzip. */
typedef struct tg__source {
    tg__report *report;
    const tg_io_layer *io;
    const tg_allocator *allocator;
    void *file;
    unsigned char *input; /* read but not delivered yet: [next, end) */
    size_t next, end;
    uint64_t input_offset; /* the offset in the file of input[end] */
    uint64_t offset;       /* bytes delivered so far */
    bool open, at_end, gzip, inflating, between_members;
    z_stream z;
} tg__source;

/* Opens report->path. [io] NULL means POSIX. tg__source_close must follow, also after an error. */
tg_status tg__source_open(tg__source *source, tg__report *report, const tg_io_layer *io,
                          const tg_allocator *allocator);
/* The same without decompression. */
tg_status tg__source_open_plain(tg__source *source, tg__report *report, const tg_io_layer *io,
                                const tg_allocator *allocator);
/* The same. If the file does not exist, that is no error: the source is empty and *absent is
 * true. */
tg_status tg__source_open_if_there(tg__source *source, tg__report *report, const tg_io_layer *io,
                                   const tg_allocator *allocator, bool *absent);
/* Reads [size] bytes; fewer only at the end. The end of gzip includes a check of all members'
 * checksums. */
tg_status tg__source_read(tg__source *source, void *buffer, size_t size, size_t *got);
/* Moves a plain source to byte [offset]. If the layer cannot seek, the bytes before it are read,
 * from the beginning if necessary. Behind the end reads give nothing. */
tg_status tg__source_seek(tg__source *source, uint64_t offset);
/* The size of a plain source's file. The position is undefined afterwards: call tg__source_seek. */
tg_status tg__source_size(tg__source *source, uint64_t *size);
/* Closes what is open; returns the report's status. */
tg_status tg__source_close(tg__source *source);
/* What kind of file begins with these bytes ("gzip data", "a PNG picture"); NULL if unknown. */
const char *tg__looks_like(const unsigned char *bytes, size_t size);

/* ---- Sinks -------------------------------------------------------------------------- */

/* A file that appears complete or not at all. It is written under a temporary name in the same
 * folder, and renamed when all of it is on the disk. */
typedef struct tg__sink {
    tg__report *report;
    const tg_io_layer *io;
    const tg_allocator *allocator;
    char *target;             /* report->path with links resolved */
    char *folder, *temporary; /* NULL: not made, or removed */
    void *file;
    bool open, exists;
    uint64_t offset; /* bytes written so far */
} tg__sink;

/* Begins to write report->path. tg__sink_close must follow, also after an error. */
tg_status tg__sink_open(tg__sink *sink, tg__report *report, const tg_io_layer *io,
                        const tg_allocator *allocator);
tg_status tg__sink_write(tg__sink *sink, const void *data, size_t size);
/* Syncs the file, gives it its name, and closes it. */
tg_status tg__sink_commit(tg__sink *sink);
/* Gives the file its name with what it has now, and leaves it open: what is written later is
 * appended. tg__sink_sync writes that to the disk. */
tg_status tg__sink_place(tg__sink *sink);
tg_status tg__sink_sync(tg__sink *sink);
/* Removes a file that did not get its name; returns the report's status. */
tg_status tg__sink_close(tg__sink *sink);

/* ---- Packing ------------------------------------------------------------------------ */

/* How bytes are written to a sink: unchanged, deflated, or as a gzip member; or not at all, to get
 * only their size and checksum. */
typedef enum tg__packing { TG__PLAIN, TG__DEFLATE, TG__GZIP, TG__NOWHERE } tg__packing;
typedef struct tg__packer {
    tg__sink *sink;
    tg__packing packing;
    uint64_t taken; /* bytes taken so far */
    uint32_t sum;   /* their CRC-32 */
    bool deflating;
    unsigned char *output; /* of deflate */
    z_stream z;
} tg__packer;

/* Begins a stream into packer->sink, which is open. More streams may follow. tg__pack_close must
 * follow the last one, also after an error. */
tg_status tg__pack_begin(tg__packer *packer, tg__packing packing);
tg_status tg__pack(tg__packer *packer, const void *data, size_t size);
/* Writes elements of [element] bytes each, in that byte order. */
tg_status tg__pack_elements(tg__packer *packer, const void *data, size_t bytes, size_t element,
                            bool big_endian);
/* Ends the stream: writes what is buffered. */
tg_status tg__pack_end(tg__packer *packer);
/* May be called if no stream was begun. */
void tg__pack_close(tg__packer *packer);

/* ---- zlib --------------------------------------------------------------------------- */

/* Makes zlib use the allocator. */
void tg__z_memory(z_stream *z, const tg_allocator *allocator);
/* Continues a CRC-32 by [size] bytes; it starts from 0. */
uint32_t tg__sum(uint32_t sum, const void *data, size_t size);

/* ---- Memory ------------------------------------------------------------------------- */

/* [allocator], or that of the C library for NULL. */
const tg_allocator *tg__allocator_or_default(const tg_allocator *allocator);
/* The allocator that made the array; that of the C library for a view or a mapped file. */
const tg_allocator *tg__array_allocator(const tg_array *array);

/* Memory that grows as data arrives, at most doubling, so that sizes stated by a file alone never
 * make it large. */
typedef struct tg__growing {
    void *data;
    size_t used, capacity;
} tg__growing;

/* Makes room for [more] bytes behind those used; the capacity never exceeds [limit], which must be
 * enough. */
bool tg__reserve(const tg_allocator *allocator, tg__growing *memory, size_t more, size_t limit);
/* Reads up to [size] bytes and appends them to [memory]; fewer only at the end. */
tg_status tg__source_take(tg__source *source, tg__growing *memory, uint64_t size);

/* The size in bytes of an array. False for an invalid dtype or shape, or an overflow. */
bool tg__array_bytes(tg_dtype dtype, tg_shape shape, size_t *bytes);
/* Allocates a zeroed array. Reports an error with its shape. */
tg_status tg__array_make(tg__report *report, const tg_allocator *allocator, tg_dtype dtype,
                         tg_shape shape, tg_array *out);
/* The size in bytes of one row (all axes but the first); the rank is at least 1. */
size_t tg__row_bytes(const tg_array *array);
/* True if the input, called [name], has the dtype of the data; else an error of [function] on its
 * tape. */
bool tg__same_dtype(tg_site at, const char *function, const char *name, const tg_tensor *input,
                    tg_dtype dtype);
/* True if the input, called [name], can be fed with a batch of that dtype and shape: as many rows
 * (the first axis) and as many elements. Else an error of [function] on its tape, with [advice] if
 * the batch has fewer rows than the input. */
bool tg__takes_batch(tg_site at, const char *function, const char *name, const tg_tensor *input,
                     tg_dtype dtype, tg_shape batch, const char *advice);
/* Copies the rows with these indices to [out], one after the other. */
void tg__gather_rows(const tg_array *array, const int64_t *rows, int64_t count, void *out);

/* ---- Locks ------------------------------------------------------------------------------ */

/* Makes the file if it does not exist, and locks it until tg__unlock. Returns 0; EWOULDBLOCK if it
 * is locked already; or another errno value. */
int tg__lock(const char *path, int *descriptor);
/* Accepts -1, which means no lock. */
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
    bool labelled; /* one column is the label, and goes to y */
    int64_t label; /* the label's column; negative: counted from the end */
    tg_dtype label_dtype;
    int64_t classes; /* 0: not checked */
} tg__csv_format;

/* Reads report->path into *x and, if [format] says so, *y. On an error both are empty. */
tg_status tg__csv_load(tg__report *report, tg__csv_format format, const tg_io_layer *io,
                       const tg_allocator *allocator, tg_array *x, tg_array *y);

/* TG_OK if this is an array with at least one axis; else reports an error about [name]. */
tg_status tg__rows_check(tg__report *report, const tg_array *array, const char *name);
/* TG_OK if this is a valid dataset; else reports an error. */
tg_status tg__dataset_check(tg__report *report, const tg_dataset *data);
/* A new dataset of the rows with these indices, which must exist. */
tg_status tg__dataset_gather(tg__report *report, const tg_allocator *allocator,
                             const tg_dataset *data, const int64_t *rows, int64_t count,
                             tg_dataset *out);

/* ---- Stores ------------------------------------------------------------------------- */

/* TG_OK if there is a store, without an error; else reports one. */
tg_status tg__store_check(tg__report *report, const tg_store *store);
enum { TG__STATE_NAME = 1001 }; /* longest name of a variable, with a 0 */
/* Writes "name.field". False if that cannot be a variable's name. */
bool tg__state_name(char out[TG__STATE_NAME], const char *name, const char *field);
/* TG_OK if the store and the name are valid; else reports an error. */
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
/* The initial state of random stream number [stream] of [seed]. */
static inline uint64_t tg__random_start(uint64_t seed, uint64_t stream)
{
    return tg__mix(tg__mix(seed + 0x9E3779B97F4A7C15u) ^ (stream + 0x632BE59BD9B4E019u));
}
/* Numbers of 64 bits below this are discarded, so that all remainders by [bound] are equally
 * likely. */
static inline uint64_t tg__uneven(uint64_t bound) { return (0 - bound) % bound; }
/* Shuffles [count] numbers (Fisher and Yates): all orders are equally likely. */
void tg__shuffle(int64_t *numbers, int64_t count, uint64_t *state);
/* The order of an epoch: 0 .. count - 1, shuffled or ascending. */
void tg__arrange(int64_t *order, int64_t count, uint64_t seed, int64_t epoch, bool shuffle);

#endif
