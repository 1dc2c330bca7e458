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
 * Each call adds a section with a title, behind the sections before it; its operands are not needed
 * afterwards. A failing report must not end the training. So the first error sticks to the page, as
 * errors stick to a logger, and later calls do nothing and return its status; tg_page_write reports
 * it. For a NULL page all functions return TG_ERR_ARGUMENT. A page belongs to one thread at a time.
 *
 * Titles, names, captions and text may have any characters: they are escaped for HTML, and what is
 * not UTF-8, or a control character, is replaced by U+FFFD. A title must not be NULL or empty.
 * Equal calls give equal files: these contain no time. */
#ifndef TG_PAGE_H
#define TG_PAGE_H

#include "tg_logger.h"
#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_page tg_page; /* a report that is being made; valid until tg_page_free */

/* ---- Making and writing ----------------------------------------------------------------- */

typedef struct tg_page_args {
    size_t struct_size;
    tg_site at;
    const char *title;
    tg_error *error;               /* may be NULL */
    const tg_allocator *allocator; /* copied; default: the C library's */
} tg_page_args;
#define TG_PAGE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_page_args, allocator)

/* tg_page_new("Digits", &error). NULL without a title, or if there is no memory. */
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

/* tg_page_write(page, "report.html", &error): writes all sections so far, behind a table of
 * contents. It may be called often, for example after each epoch. The file appears complete or not
 * at all, as by tg_save. If an error sticks to the page, the file has the sections before it, and
 * the error instead of the others; the function then returns that error, unless writing fails, too.
 * Errors of the writing (TG_ERR_ARGUMENT for no path, TG_ERR_IO, TG_ERR_MEMORY) do not stick. */
TG_API tg_status tg_page_write_with(const tg_page_write_args *args);

/* The status of the first error; its message, "" if there is none. */
TG_API tg_status tg_page_status(const tg_page *page);
TG_API const char *tg_page_error(const tg_page *page);

/* ---- Facts and text --------------------------------------------------------------------- */

/* A table of [count] names, each with a number or a text, as for tg_logger_hparams. A whole number
 * is written with all its digits, any other with six; use text for another format. */
TG_API tg_status tg_page_facts_at(tg_site at, tg_page *page, const char *title,
                                  const tg_hparam *facts, size_t count);
/* Text, unchanged, line by line, in a monospaced font: a health report, a warning. */
TG_API tg_status tg_page_text_at(tg_site at, tg_page *page, const char *title, const char *text);

/* ---- Curves ----------------------------------------------------------------------------- */

typedef struct tg_page_curves_args {
    size_t struct_size;
    tg_site at;
    tg_page *page;
    const char *title;
    const tg_series *series;
    int64_t count;       /* number of series: 0 to TG_SERIES_MOST */
    const char *x_label; /* these as for tg_draw_curves; default "step" */
    const char *y_label; /* default: none */
    bool log_x, log_y;   /* logarithmic axes */
    double smooth;       /* 0 to below 1; default 0: none */
    int width;           /* in pixels, 200 to 10000; default 760; scaled down on narrow pages */
    int height;          /* the same; default 440 */
} tg_page_curves_args;
#define TG_PAGE_CURVES_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_page_curves_args, height), .x_label = "step", .width = 760,  \
    .height = 440

/* tg_page_curves(page, "Loss", series, 2, .log_y = true): the picture of tg_draw_curves, within the
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

/* tg_page_confusion(page, "Confusion", &matrix, .classes = names): a matrix [classes, classes], of
 * 1 to TG_PAGE_CLASSES_MOST classes, integer or float, as tg_confusion_matrix gives it: element
 * [label, prediction]. A table of the counts, shaded by their share of the row, with the sum and
 * the recall of each row, the precision of each column, and the accuracy, (sum of the diagonal) /
 * (sum of all). A share of 0 elements is a dash. Readable up to about 50 classes. Errors:
 * TG_ERR_SHAPE, TG_ERR_DTYPE; TG_ERR_NUMERIC for a count that is negative or not finite;
 * TG_ERR_ARGUMENT. */
TG_API tg_status tg_page_confusion_with(const tg_page_confusion_args *args);

/* The mark of a picture. */
typedef enum tg_page_mark { TG_PAGE_UNMARKED, TG_PAGE_RIGHT, TG_PAGE_WRONG } tg_page_mark;

typedef struct tg_page_picture {
    tg_array picture;    /* as for tg_write_png; for a row of a dataset use tg_array_view */
    const char *caption; /* may be NULL */
    tg_page_mark mark;
} tg_page_picture;

typedef struct tg_page_pictures_args {
    size_t struct_size;
    tg_site at;
    tg_page *page;
    const char *title;
    const tg_page_picture *pictures;
    int64_t count; /* number of pictures */
    double low;    /* of float pictures: the number that is black; default 0 */
    double high;   /* the number that is white, above .low; default 1 */
    int width;     /* of each on the page, in pixels, 8 to 2000; default 96 */
} tg_page_pictures_args;
#define TG_PAGE_PICTURES_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_page_pictures_args, width), .low = 0, .high = 1, .width = 96

/* tg_page_pictures(page, "Mistakes", pictures, 40): pictures side by side, each with its caption
 * and its mark, scaled to one width without smoothing. They are u8, f32 or f64, [height, width] or
 * [height, width, channels]; floats are clamped to [low, high], NaN is black. They are embedded as
 * PNG; libpng is not needed. Errors: TG_ERR_SHAPE, TG_ERR_DTYPE for an array that is no picture,
 * TG_ERR_ARGUMENT. */
TG_API tg_status tg_page_pictures_with(const tg_page_pictures_args *args);

/* ---- What was trained, and how it runs -------------------------------------------------- */

/* The parameters, by layers (their names up to the last dot): shape, dtype, count, and which are
 * frozen; the totals; and the number and bytes of states. */
TG_API tg_status tg_page_store_at(tg_site at, tg_page *page, const char *title,
                                  const tg_store *store);
/* The number of the plan's kernels and bytes, and, in a foldable part, the text of
 * tg_plan_print. */
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
