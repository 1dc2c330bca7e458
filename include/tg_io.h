/* tg_io.h: data for a program: IDX and CSV files as arrays, datasets, splits, batches, and a
 * progress bar.
 *
 *     tg_error error;
 *     tg_dataset data, train, test;
 *     if (tg_dataset_from_csv(&data, "iris.csv", &error, .skip_lines = 1) ||
 *         tg_split_stratified(&data, &train, &test, &error, .fraction = 0.2, .seed = 1))
 *         return fprintf(stderr, "%s\n", error.text), 1;
 *     tg_batches batches = tg_batches_new(&train, 40, .seed = 1);
 *     while (tg_batches_next(&batches, x, y) > 0)
 *         tg_run(step);
 *
 * Readers trust no byte of a file: it is either read completely and is valid, or refused with an
 * error that names the file, the position and the reason. No memory is allocated for a length
 * before the data has arrived. gzip is recognised by its content, whatever the name. Only regular
 * files, and links to them, are read: for a directory, FIFO, socket or device the result is
 * TG_ERR_IO, and it is never opened. (/dev/stdin is read if it is a file, as in `program <
 * data.csv`. To read from a pipe, pass an I/O layer that does.)
 *
 * Functions that take a `tg_error *` return its status, and accept NULL for it. On an error their
 * outputs are empty (all zero), which the free functions accept. */
#ifndef TG_IO_H
#define TG_IO_H

#include "tg_tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The I/O layer ---------------------------------------------------------------------- */

/* The functions that read and write files. A program may use its own (for an archive, for memory,
 * for a test in which the n-th call fails); the default is POSIX. Functions that return an int
 * return 0 or an errno value; [read] and [write] return the number of bytes, 0 at the end of the
 * file, or a negative errno value. They may read or write fewer bytes than asked, and return EINTR:
 * the library then repeats the call. A file that was opened is closed exactly once, also after
 * errors.
 *
 * Functions of the library that only read need the members up to [context]; the others may be
 * NULL. */
typedef struct tg_io_layer {
    int (*open)(void *context, const char *path, void **file);
    int64_t (*read)(void *context, void *file, void *buffer, size_t size);
    int (*close)(void *context, void *file);
    void *context;
    /* Makes a new file and opens it for writing; EEXIST if it exists. */
    int (*create)(void *context, const char *path, void **file);
    int64_t (*write)(void *context, void *file, const void *buffer, size_t size);
    int (*sync)(void *context, void *file); /* the data is on the disk when this returns */
    /* Renames a file; one that was at [to] is replaced atomically. */
    int (*rename)(void *context, const char *from, const char *to);
    int (*remove)(void *context, const char *path);
    int (*sync_folder)(void *context, const char *path); /* the folder's entries are on the disk
                                                            when this returns */
    /* Both may be NULL, for layers without links and permissions.
     *
     * target: writes the path of the file that a write to [path] replaces or makes, with links
     * resolved, into [out], of [size] bytes. An error if it must not be replaced.
     * create_like: as create, with the permissions of the file at [like], if that exists. */
    int (*target)(void *context, const char *path, char *out, size_t size);
    int (*create_like)(void *context, const char *path, const char *like, void **file);
    /* Makes a folder in an existing one; 0 also if it exists already. NULL: folders must exist. */
    int (*make_folder)(void *context, const char *path);
} tg_io_layer;

/* ---- Arrays ----------------------------------------------------------------------------- */

/* An array in memory, row-major, aligned to 64 bytes. It owns its data; one made by tg_array_view
 * borrows it. An empty one is all zero; [data] may be NULL if the shape has no elements. Copying
 * the struct does not copy the data: free only one of the copies. */
typedef struct tg_array {
    tg_dtype dtype;
    tg_shape shape;
    void *data;
    tg_allocator allocator; /* frees the data; free == NULL: borrowed; alloc == NULL: a mapped
                               file, which can only be unmapped (tg_map_npy) */
} tg_array;

/* A new array of zeros. [allocator] may be NULL, for the C library's. */
TG_API tg_status tg_array_new(tg_array *out, tg_dtype dtype, tg_shape shape,
                              const tg_allocator *allocator);
/* An array of the caller's memory, which tg_array_free does not free. */
TG_API tg_array tg_array_view(tg_dtype dtype, tg_shape shape, void *data);
/* Frees the data and clears the struct. Accepts NULL and an empty array. */
TG_API void tg_array_free(tg_array *array);
/* Feeds a whole array to an input of its dtype. The input's shape is the array's, or another one
 * with as many elements and the same first dimension, so that rows stay rows. A mismatch is an
 * error that sticks to the tape. */
TG_API tg_status tg_feed_array_at(tg_site at, tg_tensor *input, const tg_array *array);

/* ---- IDX files -------------------------------------------------------------------------- */

/* The format of MNIST (yann.lecun.com/exdb/mnist): two zero bytes, a type code, the rank, the
 * dimensions as big-endian 32-bit numbers, the elements, big-endian. The dtypes of its types:
 *
 *     08 unsigned byte  TG_U8         0c int     TG_I32
 *     09 signed byte    TG_I32        0d float   TG_F32
 *     0b short          TG_I32        0e double  TG_F64 */
typedef struct tg_idx_args {
    size_t struct_size;
    tg_site at;
    tg_array *out;
    const char *path;
    tg_error *error;
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* copied into the array; default: the C library's */
} tg_idx_args;
#define TG_IDX_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_idx_args, allocator)

/* tg_read_idx(&array, path, &error). Plain or gzip, whatever the name. */
TG_API tg_status tg_read_idx_with(const tg_idx_args *args);

typedef struct tg_write_idx_args {
    size_t struct_size;
    tg_site at;
    const tg_array *array;
    const char *path;
    tg_error *error;
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* for temporary memory; default: the C library's */
} tg_write_idx_args;
#define TG_WRITE_IDX_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_write_idx_args, allocator)

/* tg_write_idx(&array, "labels-idx1-ubyte.gz", &error): gzip if the name ends in ".gz", else plain.
 * The array must be TG_U8, TG_I32, TG_F32 or TG_F64, else TG_ERR_DTYPE, and of rank 1 to
 * TG_MAX_RANK, else TG_ERR_SHAPE. Equal arrays give equal files. The file appears complete or not
 * at all, as by tg_save. */
TG_API tg_status tg_write_idx_with(const tg_write_idx_args *args);

/* ---- CSV files -------------------------------------------------------------------------- */

/* A table of numbers [rows, columns]. Numbers have a decimal point in every locale, and are read
 * correctly rounded. Blanks around a number, "quoted" numbers, CRLF, a byte order mark, blank lines
 * and a missing last line end are accepted; anything else is an error with file, line and field: a
 * row of another length, an empty field, a word, a NUL byte, a line of more than TG_CSV_MAX_LINE
 * bytes. A file without a row is an error. Plain or gzip. */
enum { TG_CSV_MAX_LINE = 1 << 20 };

typedef struct tg_csv_args {
    size_t struct_size;
    tg_site at;
    tg_array *out;
    const char *path;
    tg_error *error;
    tg_dtype dtype;     /* TG_F32 (default) or TG_F64 */
    char separator;     /* default ',' */
    char comment;       /* lines that begin with it are skipped; default: none */
    int64_t skip_lines; /* lines to skip at the top (a header); default 0 */
    bool nonfinite;     /* accept nan, inf and infinity as numbers */
    const tg_io_layer *io;
    const tg_allocator *allocator;
} tg_csv_args;
#define TG_CSV_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_csv_args, allocator), .dtype = TG_F32, .separator = ','

/* tg_read_csv(&array, path, &error, .dtype = TG_F64, .separator = ';', .skip_lines = 1) */
TG_API tg_status tg_read_csv_with(const tg_csv_args *args);

/* ---- Datasets --------------------------------------------------------------------------- */

/* Examples and their labels; the first dimension of both counts the rows. An empty y (dtype 0)
 * means no labels. */
typedef struct tg_dataset {
    tg_array x;
    tg_array y;
} tg_dataset;

/* The number of rows; 0 for NULL and for an empty dataset. */
TG_API int64_t tg_dataset_rows(const tg_dataset *data);
/* Accepts NULL and an empty dataset. */
TG_API void tg_dataset_free(tg_dataset *data);

typedef struct tg_dataset_idx_args {
    size_t struct_size;
    tg_site at;
    tg_dataset *out;
    const char *images;
    const char *labels;
    tg_error *error;
    int64_t classes; /* labels must lie in 0 .. classes - 1; default TG_AUTO: any number */
    const tg_io_layer *io;
    const tg_allocator *allocator;
} tg_dataset_idx_args;
#define TG_DATASET_IDX_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_dataset_idx_args, allocator), .classes = TG_AUTO

/* tg_dataset_from_idx(&data, images, labels, &error, .classes = 10): x as in the images' file
 * (bytes stay bytes: cast them on the tape), y as TG_I32 [rows]. */
TG_API tg_status tg_dataset_from_idx_with(const tg_dataset_idx_args *args);

typedef struct tg_dataset_csv_args {
    size_t struct_size;
    tg_site at;
    tg_dataset *out;
    const char *path;
    tg_error *error;
    int64_t label;        /* the label's column; a negative one counts from the end; default -1,
                             the last */
    tg_dtype label_dtype; /* TG_I32 (default), or TG_F32, TG_F64 for a number to predict */
    int64_t classes;      /* labels must lie in 0 .. classes - 1; default TG_AUTO: any number */
    tg_dtype dtype;       /* of x; this and the members below as in tg_csv_args */
    char separator;
    char comment;
    int64_t skip_lines;
    bool nonfinite;
    const tg_io_layer *io;
    const tg_allocator *allocator;
} tg_dataset_csv_args;
#define TG_DATASET_CSV_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_dataset_csv_args, allocator), .label = -1,                   \
    .label_dtype = TG_I32, .classes = TG_AUTO, .dtype = TG_F32, .separator = ','

/* tg_dataset_from_csv(&data, path, &error, .label = 0): x [rows, columns - 1], y [rows]. */
TG_API tg_status tg_dataset_from_csv_with(const tg_dataset_csv_args *args);

/* A new dataset of [count] rows of [data], in the order of [rows]; a row may occur twice. */
TG_API tg_status tg_dataset_take_at(tg_site at, const tg_dataset *data, const int64_t *rows,
                                    int64_t count, tg_dataset *out, tg_error *error);

typedef struct tg_split_args {
    size_t struct_size;
    tg_site at;
    const tg_dataset *data;
    tg_dataset *train, *test;
    tg_error *error;
    double fraction; /* the share of the test set, between 0 and 1; default 0.2 */
    uint64_t seed;   /* default 0 */
    const tg_allocator *allocator;
} tg_split_args;
#define TG_SPLIT_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_split_args, allocator), .fraction = 0.2

/* tg_split_stratified(&data, &train, &test, &error, .fraction = 0.2, .seed = 1): copies the rows
 * into two new datasets, in their order in [data]. The test set has floor(fraction * rows + 1/2)
 * rows: of every class floor(fraction * class rows), and one more of the classes with the largest
 * remainders (ties: the smaller label) until that number is reached. The selection is a function of
 * the labels, the fraction and the seed, on every machine. y must have an integer dtype, [rows]. */
TG_API tg_status tg_split_stratified_with(const tg_split_args *args);

/* The mean and the (population) standard deviation of every column of [x], f32 or f64 [rows, ...],
 * as new f64 arrays [columns]; a column is one element of the rows. */
TG_API tg_status tg_moments_at(tg_site at, const tg_array *x, tg_array *mean,
                               tg_array *deviation, tg_error *error);
/* x = (x - mean) / deviation in place, where a deviation of 0 counts as 1: apply the moments of the
 * training set to it and to the test set. */
TG_API tg_status tg_standardize_at(tg_site at, tg_array *x, const tg_array *mean,
                                   const tg_array *deviation, tg_error *error);

/* ---- Batches ---------------------------------------------------------------------------- */

/* Gives a dataset in batches, epoch after epoch, each epoch in an order of its own. The order of an
 * epoch is a function of the seed and the epoch's number alone, so (epoch, row) is the whole
 * position: store both, and tg_batches_seek continues exactly there.
 *
 * A plan has fixed shapes. If the batch size does not divide the rows, record one step for full
 * batches and one for the short last one, of tg_batches_rest rows (two tapes on one store):
 *
 *     for (int64_t epoch = 0; epoch < 10; epoch++) {
 *         tg_batches_seek(&batches, epoch, 0);
 *         for (int64_t rows; (rows = tg_batches_peek(&batches)) > 0;) {
 *             const struct step *now = rows == batches.size ? &full : &tail;
 *             tg_batches_next(&batches, now->x, now->y);
 *             tg_run(now->plan);
 *         }
 *     } */
typedef struct tg_batches {
    const tg_dataset *data; /* borrowed: must outlive the batches, and keep its size */
    int64_t size;           /* rows of a full batch */
    int64_t rows;           /* rows of an epoch: all, or with .drop_last those in full batches */
    int64_t epoch, row;     /* the position: change it with tg_batches_seek */
    uint64_t seed;
    bool shuffle;
    tg_error error;         /* the error with which the batches were made */
    /* The rest is private. */
    int64_t *order, ordered;
    void *x, *y;
    tg_allocator allocator;
} tg_batches;

typedef struct tg_batches_args {
    size_t struct_size;
    tg_site at;
    const tg_dataset *data;
    int64_t size;
    uint64_t seed;  /* default 0 */
    bool shuffle;   /* default true; write .shuffle = false for the order of the file */
    bool drop_last; /* leave a short last batch out of every epoch */
    const tg_allocator *allocator;
} tg_batches_args;
#define TG_BATCHES_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_batches_args, allocator), .shuffle = true

/* tg_batches_new(&data, 64, .seed = 1). An error is in .error, and is reported by the tape at the
 * first tg_batches_next. A size above the number of rows gives one short batch an epoch. */
TG_API tg_batches tg_batches_new_with(const tg_batches_args *args);
/* Accepts NULL. */
TG_API void tg_batches_free(tg_batches *batches);

/* Feeds the next batch to the inputs [x] and [y] (y may be NULL, for no labels) and returns its
 * number of rows. 0 marks the end of the epoch, once; the next call begins the next epoch. The
 * inputs have the data's dtypes, the number of rows as first dimension, and as many elements a row
 * as the data, in any shape. On an error, which sticks to the tape of x, the result is negative and
 * the batch is skipped, so that a loop that ignores errors still ends. */
TG_API int64_t tg_batches_next_at(tg_site at, tg_batches *batches, tg_tensor *x, tg_tensor *y);
/* The result of the next tg_batches_next: the rows of the next batch, 0 at the end of the epoch,
 * negative for batches that could not be made. */
TG_API int64_t tg_batches_peek(const tg_batches *batches);
/* The number of batches of an epoch, including a short last one; 0 for NULL. (Batches that could
 * not be made have epochs of one batch of one row, which fails.) */
TG_API int64_t tg_batches_count(const tg_batches *batches);
/* The rows of an epoch's last batch: fewer than .size if it is a short one, else .size, as always
 * with .drop_last. 0 for NULL, and if an epoch has no batch, as with .drop_last and fewer rows than
 * .size. */
TG_API int64_t tg_batches_rest(const tg_batches *batches);
/* Moves to a row of an epoch, both counted from 0. */
TG_API tg_status tg_batches_seek(tg_batches *batches, int64_t epoch, int64_t row);

/* ---- Progress --------------------------------------------------------------------------- */

/* A progress bar on a terminal. Set the public members and leave the others zero:
 *
 *     tg_progress bar = { .out = stderr, .total = steps, .label = "epoch 1" };
 *     tg_progress_step(&bar, "loss %.4f", loss);
 *
 * It draws at most ten times a second, on one line, with rate and remaining time; nothing if [out]
 * is NULL or no terminal. The last step, or tg_progress_end, draws it once more and ends the line;
 * then the struct can be used again. */
typedef struct tg_progress {
    FILE *out;
    int64_t total;     /* number of steps; 0: not known, a counter is drawn */
    const char *label; /* borrowed; may be NULL */
    bool always;       /* draw even if [out] is not a terminal */
    /* -- private -- */
    int64_t done;
    double started, drawn;
    int state, width;
    char text[80];
} tg_progress;

/* Counts a step. The text behind the bar has a format as printf's, with decimal points in every
 * locale; NULL keeps the text before. */
TG_API void tg_progress_step(tg_progress *bar, const char *format, ...) TG_PRINTF(2, 3);
/* Removes the bar from the terminal, so that the program can print a line; the next step draws it
 * again, below. Does nothing if no bar is on the screen. */
TG_API void tg_progress_clear(tg_progress *bar);
/* Ends the line before the last step (if a loop is left early). Does nothing if no bar is on the
 * screen. */
TG_API void tg_progress_end(tg_progress *bar);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_feed_array(...) tg_feed_array_at(TG_HERE, __VA_ARGS__)
#define tg_read_idx(...)                                                                           \
    tg_read_idx_with(&(tg_idx_args){ TG_IDX_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_write_idx(...)                                                                          \
    tg_write_idx_with(&(tg_write_idx_args){ TG_WRITE_IDX_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_read_csv(...)                                                                           \
    tg_read_csv_with(&(tg_csv_args){ TG_CSV_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_dataset_from_idx(...)                                                                   \
    tg_dataset_from_idx_with(                                                                      \
        &(tg_dataset_idx_args){ TG_DATASET_IDX_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_dataset_from_csv(...)                                                                   \
    tg_dataset_from_csv_with(                                                                      \
        &(tg_dataset_csv_args){ TG_DATASET_CSV_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_dataset_take(...) tg_dataset_take_at(TG_HERE, __VA_ARGS__)
#define tg_split_stratified(...)                                                                   \
    tg_split_stratified_with(&(tg_split_args){ TG_SPLIT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_moments(...) tg_moments_at(TG_HERE, __VA_ARGS__)
#define tg_standardize(...) tg_standardize_at(TG_HERE, __VA_ARGS__)
#define tg_batches_new(...)                                                                        \
    tg_batches_new_with(&(tg_batches_args){ TG_BATCHES_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_batches_next(...) tg_batches_next_at(TG_HERE, __VA_ARGS__)
#endif

#endif
