/* tg_page.h: the report of a training run: one HTML file, which needs no network, no script and no
 * other file.
 *
 *     tg_error error;
 *     tg_page *page = tg_page_new("Digits, a CNN", &error);
 *     const tg_hparam facts[] = { { "epochs", .number = 12 }, { "optimizer", .text = "adam" } };
 *     tg_page_facts(page, "The run", facts, 2);
 *     tg_page_curves(page, "Loss", series, 2, .log_y = true);
 *     tg_page_confusion(page, "Confusion", &matrix, .classes = names);
 *     tg_page_pictures(page, "Mistakes", pictures, 40);
 *     tg_page_store(page, "Layers", store);
 *     tg_page_plan(page, "The plan of a step", plan);
 *     if (tg_page_write(page, "report.html", &error)) fprintf(stderr, "%s\n", error.text);
 *     tg_page_free(page);
 *
 * Each call makes a section, under its title and behind the sections before it; nothing that it was
 * given is needed afterwards. A report must not end the training that it tells of: the first error
 * sticks to the page, as errors stick to a logger, and later calls do nothing and give its status;
 * tg_page_write tells it. All functions accept a NULL page, for which they give TG_ERR_ARGUMENT.
 * A page belongs to one thread at a time.
 *
 * Titles, names, captions and text may be anything: what HTML would take for its own is escaped,
 * and what is not UTF-8, or a control character, is replaced by U+FFFD. A title must not be NULL or
 * empty. Equal calls make equal files: there is no time in them. */
#ifndef TG_PAGE_H
#define TG_PAGE_H

#include "tg_logger.h"
#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_page tg_page; /* a report in the making; lives until tg_page_free */

/* ---- Making and writing ----------------------------------------------------------------- */

typedef struct tg_page_args {
    size_t struct_size;
    tg_site at;
    const char *title;
    tg_error *error;               /* may be NULL */
    const tg_allocator *allocator; /* copied; default: the C library's */
} tg_page_args;
#define TG_PAGE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_page_args, allocator)

/* tg_page_new("Digits", &error). NULL without a title, or when memory is out. */
TG_API tg_page *tg_page_new_with(const tg_page_args *args);
/* Accepts NULL. */
TG_API void tg_page_free(tg_page *page);

typedef struct tg_page_write_args {
    size_t struct_size;
    tg_site at;
    const tg_page *page;
    const char *path;
    tg_error *error;       /* may be NULL */
    const tg_io_layer *io; /* default: POSIX */
} tg_page_write_args;
#define TG_PAGE_WRITE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_page_write_args, io)

/* tg_page_write(page, "report.html", &error): all sections so far, behind a table of contents. It
 * may be called often, after each epoch say. The file is written whole or not at all, as by
 * tg_save. Where an error sticks to the page, the file has the sections before it, and the error in
 * the place of the others; then that error is told, unless the writing itself fails. Errors of the
 * writing (TG_ERR_ARGUMENT for no path, TG_ERR_IO, TG_ERR_MEMORY) do not stick. */
TG_API tg_status tg_page_write_with(const tg_page_write_args *args);

/* The first error; its text, "" if there is none. */
TG_API tg_status tg_page_status(const tg_page *page);
TG_API const char *tg_page_error(const tg_page *page);

/* ---- Facts and text --------------------------------------------------------------------- */

/* A table of [count] names with a number or words each, as tg_logger_hparams takes them. A whole
 * number has all its digits, another one six: words say it in another way. */
TG_API tg_status tg_page_facts_at(tg_site at, tg_page *page, const char *title,
                                  const tg_hparam *facts, size_t count);
/* Text as it is, line by line, in letters of equal width: a health report, a warning. */
TG_API tg_status tg_page_text_at(tg_site at, tg_page *page, const char *title, const char *text);

/* ---- Curves ----------------------------------------------------------------------------- */

typedef struct tg_page_curves_args {
    size_t struct_size;
    tg_site at;
    tg_page *page;
    const char *title;
    const tg_series *series;
    int64_t count;       /* how many series: 0 to TG_SERIES_MOST */
    const char *x_label; /* these as for tg_draw_curves; default "step" */
    const char *y_label; /* default: none */
    bool log_x, log_y;   /* logarithmic axes */
    double smooth;       /* 0 to below 1; default 0: none */
    int width;           /* in pixels, 200 to 10000; default 760; narrow pages show it smaller */
    int height;          /* the same; default 440 */
} tg_page_curves_args;
#define TG_PAGE_CURVES_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_page_curves_args, height), .x_label = "step", .width = 760,  \
    .height = 440

/* tg_page_curves(page, "Loss", series, 2, .log_y = true): what tg_draw_curves draws, within the
 * page. Errors as there. */
TG_API tg_status tg_page_curves_with(const tg_page_curves_args *args);

/* ---- Classification --------------------------------------------------------------------- */

enum { TG_PAGE_CLASSES_MOST = 256 };

typedef struct tg_page_confusion_args {
    size_t struct_size;
    tg_site at;
    tg_page *page;
    const char *title;
    const tg_array *matrix;
    const char *const *classes; /* their names, as many as rows; default: 0, 1, 2, .. */
} tg_page_confusion_args;
#define TG_PAGE_CONFUSION_DEFAULTS                                                                 \
    .struct_size = TG_OPTIONS_SIZE(tg_page_confusion_args, classes)

/* tg_page_confusion(page, "Confusion", &matrix, .classes = names): [classes, classes], of 1 to
 * TG_PAGE_CLASSES_MOST, integer or float: what tg_confusion_matrix counts, labels down, predictions
 * across. A table of the counts, shaded by their share of the row, with the sum and the recall of
 * each row, the precision of each column, and the accuracy: (what is right) / (all). A share of
 * nothing is a dash. Readable up to some 50 classes. Errors: TG_ERR_SHAPE, TG_ERR_DTYPE;
 * TG_ERR_NUMERIC for a count that is negative or not finite; TG_ERR_ARGUMENT. */
TG_API tg_status tg_page_confusion_with(const tg_page_confusion_args *args);

/* How a picture is marked. */
typedef enum tg_page_mark { TG_PAGE_UNMARKED, TG_PAGE_RIGHT, TG_PAGE_WRONG } tg_page_mark;

typedef struct tg_page_picture {
    tg_array picture;    /* as for tg_write_png; of a dataset's row: tg_array_view */
    const char *caption; /* may be NULL */
    tg_page_mark mark;
} tg_page_picture;

typedef struct tg_page_pictures_args {
    size_t struct_size;
    tg_site at;
    tg_page *page;
    const char *title;
    const tg_page_picture *pictures;
    int64_t count; /* how many */
    double low;    /* of float pictures: the number that is black; default 0 */
    double high;   /* the one that is white, above it; default 1 */
    int width;     /* of each on the page, in pixels, 8 to 2000; default 96 */
} tg_page_pictures_args;
#define TG_PAGE_PICTURES_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_page_pictures_args, width), .low = 0, .high = 1, .width = 96

/* tg_page_pictures(page, "Mistakes", pictures, 40): pictures side by side, each with its caption
 * and its mark, scaled to one width without smoothing. They are u8, f32 or f64, [height, width] or
 * [height, width, channels]; a float is clamped to [low, high], a NaN is black. They are kept as
 * PNG within the page; no libpng is needed. Errors: TG_ERR_SHAPE, TG_ERR_DTYPE for what is no
 * picture, TG_ERR_ARGUMENT. */
TG_API tg_status tg_page_pictures_with(const tg_page_pictures_args *args);

/* ---- What was trained, and how it runs -------------------------------------------------- */

/* The parameters, by layers, which are what stands before the last dot of their names: shape,
 * dtype, count, which ones are frozen; the sums; and how many states there are, and their bytes. */
TG_API tg_status tg_page_store_at(tg_site at, tg_page *page, const char *title,
                                  const tg_store *store);
/* The plan's kernels and bytes, and, to be unfolded, the text of tg_plan_print. */
TG_API tg_status tg_page_plan_at(tg_site at, tg_page *page, const char *title,
                                 const tg_plan *plan);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_page_new(...)                                                                           \
    tg_page_new_with(&(tg_page_args){ TG_PAGE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_page_write(...)                                                                         \
    tg_page_write_with(                                                                            \
        &(tg_page_write_args){ TG_PAGE_WRITE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_page_facts(...) tg_page_facts_at(TG_HERE, __VA_ARGS__)
#define tg_page_text(...) tg_page_text_at(TG_HERE, __VA_ARGS__)
#define tg_page_curves(...)                                                                        \
    tg_page_curves_with(                                                                           \
        &(tg_page_curves_args){ TG_PAGE_CURVES_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_page_confusion(...)                                                                     \
    tg_page_confusion_with(                                                                        \
        &(tg_page_confusion_args){ TG_PAGE_CONFUSION_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_page_pictures(...)                                                                      \
    tg_page_pictures_with(                                                                         \
        &(tg_page_pictures_args){ TG_PAGE_PICTURES_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_page_store(...) tg_page_store_at(TG_HERE, __VA_ARGS__)
#define tg_page_plan(...) tg_page_plan_at(TG_HERE, __VA_ARGS__)
#endif

#endif
