/* tg_logger.h: the log of a training run, for TensorBoard, as JSON lines and as CSV; and learning
 * curves as a picture, SVG or PNG.
 *
 *     tg_error error;
 *     tg_logger *log = tg_logger_new(&error, .tensorboard = "runs/a", .jsonl = "a.jsonl",
 *                                    .keep = true);
 *     if (!log) return fprintf(stderr, "%s\n", error.text), 1;
 *     for (int64_t step = 0; step < 1000; step++) {
 *         tg_run(plan);
 *         tg_logger_scalar(log, step, "loss/train", tg_item(loss));
 *     }
 *     const tg_series curve = tg_logger_series(log, "loss/train");
 *     tg_draw_curves("loss.svg", &curve, 1, &error, .log_y = true);
 *     if (tg_logger_flush(log)) fprintf(stderr, "%s\n", tg_logger_error(log));
 *     tg_logger_free(log);
 *
 * A failing log must not end the training. So when, for example, a disk is full, the first error
 * sticks to the logger, as errors stick to a tape: tg_logger_status and tg_logger_error return it,
 * and later calls do nothing and return its status. For a NULL logger all functions return
 * TG_ERR_ARGUMENT. A logger belongs to one thread at a time. */
#ifndef TG_LOGGER_H
#define TG_LOGGER_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_logger tg_logger; /* an open log; valid until tg_logger_free */

/* ---- Opening and closing ---------------------------------------------------------------- */

typedef struct tg_logger_args {
    size_t struct_size;
    tg_site at;
    tg_error *error;               /* may be NULL */
    const char *tensorboard;       /* a folder, made if it does not exist; default: none */
    const char *jsonl;             /* a file; default: none */
    const char *csv;               /* a file; default: none */
    int64_t resume_at;             /* the step at which to resume; default TG_AUTO: see below */
    double flush_seconds;          /* seconds after which buffered entries are written; default 5 */
    bool keep;                     /* keep scalars in memory too, for tg_logger_series */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* copied; default: the C library's */
} tg_logger_args;
#define TG_LOGGER_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_logger_args, allocator), .resume_at = TG_AUTO,               \
    .flush_seconds = 5

/* tg_logger_new(&error, .tensorboard = "runs/a", .csv = "a.csv"): any of the outputs, or none, so
 * that a program's user may choose. NULL on an error.
 *
 *   .tensorboard  The folder of one run; `tensorboard --logdir runs` shows all those in runs/. Each
 *                 logger makes a file of its own there,
 *                 events.out.tfevents.SECONDS.NANOSECONDS.PROCESS
 *                 (github.com/tensorflow/tensorboard): a record for each entry, with its length and
 *                 masked CRC-32C checksums, so that a reader detects incomplete records. Scalars
 *                 are rounded to f32.
 *   .jsonl        One JSON object a line:
 *                     {"step":7,"name":"loss/train","value":0.31,"time":1700000000.125}
 *                 or, instead of "value", "text", "histogram" or "hparams", as described below.
 *                 "time" is in seconds since 1970. A number is written so that reading it gives the
 *                 same f64. JSON has no NaN: numbers that are not finite are the strings "NaN",
 *                 "Infinity" and "-Infinity", as in protobuf's JSON.
 *   .csv          Rows step,name,value under a line of titles. Only scalars, one in each row, so
 *                 the columns do not change when a new name is used. A name with a comma or a quote
 *                 is quoted, its quotes doubled (RFC 4180). Numbers that are not finite are nan,
 *                 inf or -inf. There is no time, so equal runs give equal files.
 *
 * Existing files are appended to, and must be logs of that format. With .resume_at = step, rows of
 * that step and later ones are removed first, because they will be logged again: so a run that is
 * resumed from a checkpoint never has two rows of a step. 0 begins a new log. (TensorBoard gets an
 * event with the step, and ignores later ones in earlier files of the folder.) An incomplete last
 * line, as after a crash, is removed, too. This is done in a copy, which replaces the file when all
 * outputs are open: a log is complete or unchanged. (tail -F follows it; symbolic links, modes and
 * owners are kept, as by tg_save.)
 *
 * Records are buffered, and complete ones written together: when .flush_seconds have passed since
 * the last time, which every call checks (0: at each call), when there are 64 KiB, or by
 * tg_logger_flush. If the process is killed, only the buffered ones are lost.
 *
 * Errors: TG_ERR_ARGUMENT for an empty path, a negative .resume_at or .flush_seconds; TG_ERR_FORMAT
 * for a file that is no such log, with the line; TG_ERR_IO, TG_ERR_MEMORY. */
TG_API tg_logger *tg_logger_new_with(const tg_logger_args *args);
/* Writes all buffered records, and syncs the files to the disk, so that they survive a loss of
 * power. After an error it still writes what was logged before it, if possible. */
TG_API tg_status tg_logger_flush_at(tg_site at, tg_logger *log);
/* Flushes, closes and frees. To get errors of that, call tg_logger_flush before. Accepts NULL. */
TG_API void tg_logger_free(tg_logger *log);

/* The status of the first error; its message, "" if there is none. */
TG_API tg_status tg_logger_status(const tg_logger *log);
TG_API const char *tg_logger_error(const tg_logger *log);

/* ---- What is logged --------------------------------------------------------------------- */

/* Steps are counted from 0, and may be logged in any order. A name is UTF-8 without control
 * characters, of 1 to 1000 bytes; TensorBoard groups names by the part before a slash. Invalid
 * ones: TG_ERR_ARGUMENT. Everything is written to TensorBoard, and to other outputs as stated. */
enum { TG_LOGGER_NAME_MOST = 1000, TG_LOGGER_TEXT_MOST = 1 << 20 };

/* A number, such as a loss; NaN and infinities are allowed. To every output. */
TG_API tg_status tg_logger_scalar_at(tg_site at, tg_logger *log, int64_t step, const char *name,
                                     double value);

/* The distribution of [count] numbers, of any dtype: 64 buckets of equal width from the least to
 * the largest (one if all are equal). Numbers that are not finite are only counted. As a JSON line:
 * {"count":12,"nonfinite":0,"min":-1,"max":2,"mean":0.5,"deviation":0.3}, with the (population)
 * deviation; for a count of 0 the last four are left out. */
TG_API tg_status tg_logger_histogram_at(tg_site at, tg_logger *log, int64_t step, const char *name,
                                        tg_dtype dtype, const void *values, size_t count);

/* A picture, TG_U8 [height, width] or [height, width, channels]: 1 channel of grey, 3 of red, green
 * and blue, 4 with opacity. To TensorBoard only, as PNG. Another array, or an empty one:
 * TG_ERR_DTYPE, TG_ERR_SHAPE. */
TG_API tg_status tg_logger_image_at(tg_site at, tg_logger *log, int64_t step, const char *name,
                                    const tg_array *image);

/* A text in UTF-8, up to TG_LOGGER_TEXT_MOST bytes, which TensorBoard shows as Markdown. As a JSON
 * line: "text". */
TG_API tg_status tg_logger_text_at(tg_site at, tg_logger *log, int64_t step, const char *name,
                                   const char *text);

/* The recorded nodes as a graph, with operation, operands, dtype and shape. Nodes of one source
 * line are a group, "train.c_42"; variables are grouped by the dots in their names. To TensorBoard
 * only, which shows one graph a run. */
TG_API tg_status tg_logger_graph_at(tg_site at, tg_logger *log, const tg_tape *tape);

/* A hyper-parameter of the run: a number, or, if [text] is not NULL, a text. */
typedef struct tg_hparam {
    const char *name;
    double number;
    const char *text;
} tg_hparam;

/* Logs the hyper-parameters, once for a run; TensorBoard lists and compares runs by them.
 *
 *     const tg_hparam hparams[] = { { "lr", .number = 1e-3 }, { "optimizer", .text = "adam" } };
 *     tg_logger_hparams(log, hparams, 2);
 *
 * As a JSON line of step 0 (or of the step at which the run is resumed) without a name:
 * {"step":0,"hparams":{"lr":0.001,"optimizer":"adam"},"time":...}. Errors: TG_ERR_ARGUMENT for an
 * invalid or repeated name, and for text that is not UTF-8 or too long. */
TG_API tg_status tg_logger_hparams_at(tg_site at, tg_logger *log, const tg_hparam *hparams,
                                      size_t count);

/* ---- Scalars as series ------------------------------------------------------------------ */

/* The points (x[i], y[i]) of one name: steps, and values, which may be not finite. It owns
 * nothing. */
typedef struct tg_series {
    const char *name; /* shown in the legend; may be NULL */
    int64_t count;
    const double *x, *y;
} tg_series;

/* The scalars of that name, in the order of logging, if the logger has .keep; those that .jsonl had
 * before, and kept, come first. If there are none: no points, and the caller's name. Valid until
 * the logger is next used. */
TG_API tg_series tg_logger_series(const tg_logger *log, const char *name);

/* The scalars of a file, by name, in the order in which the names first occur. */
typedef struct tg_scalars {
    int64_t count;
    tg_series *series; /* NULL if there are none */
    /* The rest is private. */
    tg_allocator allocator;
} tg_scalars;

typedef struct tg_scalars_args {
    size_t struct_size;
    tg_site at;
    tg_scalars *out;
    const char *path;
    tg_error *error;               /* may be NULL */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* copied; default: the C library's */
} tg_scalars_args;
#define TG_SCALARS_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_scalars_args, allocator)

/* tg_read_scalars(&scalars, "a.jsonl", &error): the scalars of a logger's JSON lines, plain or
 * gzip; lines of other kinds are skipped. An incomplete last line, as of a run that is still active
 * or was killed, is ignored; any other line that is invalid is TG_ERR_FORMAT. */
TG_API tg_status tg_read_scalars_with(const tg_scalars_args *args);
/* The series of that name; without points if there is none, or [scalars] is NULL. */
TG_API tg_series tg_scalars_find(const tg_scalars *scalars, const char *name);
/* Accepts NULL and an empty struct. */
TG_API void tg_scalars_free(tg_scalars *scalars);

/* ---- Learning curves -------------------------------------------------------------------- */

enum { TG_SERIES_MOST = 64, TG_CURVES_MAX_SIDE = 32767 };

typedef struct tg_curves_args {
    size_t struct_size;
    tg_site at;
    const char *path;
    const tg_series *series;
    int64_t count;                 /* number of series: 0 to TG_SERIES_MOST */
    tg_error *error;               /* may be NULL */
    const char *title;             /* default: none */
    const char *x_label;           /* default "step" */
    const char *y_label;           /* default: none */
    bool log_x, log_y;             /* logarithmic axes */
    double smooth;                 /* 0 to below 1, smoothing factor of an exponential mean;
                                      default 0: none */
    int width;                     /* in pixels, 200 to 10000; default 760 */
    int height;                    /* the same; default 440 */
    double scale;                  /* pixels of a PNG for each of these, 1 to 8; default 2 */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* default: the C library's */
} tg_curves_args;
#define TG_CURVES_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_curves_args, allocator), .x_label = "step", .width = 760,    \
    .height = 440, .scale = 2

/* tg_draw_curves("loss.svg", series, 2, &error, .title = "digits", .log_y = true): a picture with
 * axes, grid and legend: PNG if the path ends in ".png" (or ".PNG"), else SVG. Each series is a
 * line, with dots if it has up to 60 points, as the values of a validation usually have.
 *
 * SVG is dark if the reader's desktop is. A PNG is the same picture in the bright colours, drawn by
 * cairo (cairographics.org), of .width * .scale by .height * .scale pixels, rounded, at most
 * TG_CURVES_MAX_SIDE. Its font is the system's "sans-serif", which fontconfig finds by its own
 * files and variables, not by .io; a character that the font lacks is drawn as a box.
 *
 * A point that is not finite (on a logarithmic axis also one that is not above 0) interrupts the
 * line; a cross at the edge of the picture marks it, at the lower edge if it is minus infinity (or
 * not above 0). A point whose x is invalid is left out. If several points fall into one column of
 * pixels, the first, the last, the least and the largest are drawn, so peaks stay visible. The axes
 * contain all points. With .smooth the line is the exponential mean m of m' = smooth * m + (1 -
 * smooth) * y, divided by the sum of its weights, 1 - smooth^n, and the points themselves are a
 * pale line behind it; points that interrupt the line are not part of the mean. Series of up to 60
 * points are not smoothed.
 *
 * The file appears complete or not at all, as by tg_save. Errors: TG_ERR_ARGUMENT for options out
 * of range, and for points that are NULL; TG_ERR_UNSUPPORTED for a PNG if the library was built
 * without cairo, or no font is installed; TG_ERR_IO, TG_ERR_MEMORY. */
TG_API tg_status tg_draw_curves_with(const tg_curves_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_logger_new(...)                                                                         \
    tg_logger_new_with(&(tg_logger_args){ TG_LOGGER_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_logger_flush(...) tg_logger_flush_at(TG_HERE, __VA_ARGS__)
#define tg_logger_scalar(...) tg_logger_scalar_at(TG_HERE, __VA_ARGS__)
#define tg_logger_histogram(log, step, name, pointer, count)                                       \
    tg_logger_histogram_at(TG_HERE, (log), (step), (name), TG_DTYPE_OF(pointer), (pointer), (count))
#define tg_logger_image(...) tg_logger_image_at(TG_HERE, __VA_ARGS__)
#define tg_logger_text(...) tg_logger_text_at(TG_HERE, __VA_ARGS__)
#define tg_logger_graph(...) tg_logger_graph_at(TG_HERE, __VA_ARGS__)
#define tg_logger_hparams(...) tg_logger_hparams_at(TG_HERE, __VA_ARGS__)
#define tg_read_scalars(...)                                                                       \
    tg_read_scalars_with(                                                                          \
        &(tg_scalars_args){ TG_SCALARS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_draw_curves(...)                                                                        \
    tg_draw_curves_with(&(tg_curves_args){ TG_CURVES_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
