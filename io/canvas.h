/* canvas.h: functions that draw a picture on a canvas: as SVG (canvas_svg.c), or as pixels by cairo
 * (canvas_cairo.c; without cairo canvas_none.c, which reports an error).
 *
 *     tg__bytes out = { .allocator = allocator };
 *     tg__canvas canvas = tg__canvas_svg(&report, &out);
 *     tg__canvas_begin(&canvas, 200, 100, "A line");
 *     tg__canvas_line(&canvas, (tg__pen){ .kind = TG__PEN_GRID }, 10, 50, 190, 50);
 *     if (tg__canvas_end(&canvas) == TG_OK) ... // [out] is the file
 *     tg__bytes_free(&out);
 *
 * Coordinates and lengths are in pixels, from the top left of the page. Drawing functions return
 * nothing: an error is in the report, and after it they do nothing. */
#ifndef TG_CANVAS_H
#define TG_CANVAS_H

#include "io/bytes.h"

/* ---- Looks ------------------------------------------------------------------------------ */

enum { TG__COLOURS = 8 };

/* Colours, 0xRRGGBB. */
typedef struct tg__palette {
    uint32_t page, ink, faint, grid;
    uint32_t series[TG__COLOURS];
} tg__palette;
extern const tg__palette tg__bright, tg__dark;

/* What a line is for: a series, a series before smoothing (pale), crosses at its gaps, the grid. */
typedef enum tg__pen_kind { TG__PEN_LINE, TG__PEN_PALE, TG__PEN_MARK, TG__PEN_GRID } tg__pen_kind;
typedef struct tg__pen {
    tg__pen_kind kind;
    int colour; /* of the series; the grid has its own */
    bool dashed;
} tg__pen;

typedef enum tg__letters { TG__LETTERS_PLAIN, TG__LETTERS_FAINT, TG__LETTERS_TITLE } tg__letters;
typedef enum tg__anchor { TG__AT_START, TG__AT_MIDDLE, TG__AT_END } tg__anchor;

/* A line of text. (x, y) on its base line is its start, its middle or its end. */
typedef struct tg__label {
    double x, y;
    const char *text; /* of any bytes */
    tg__letters letters;
    tg__anchor anchor;
    bool upward; /* rotated to the left by 90 degrees */
    int most;    /* at most as many characters, then an ellipsis; 0: all */
} tg__label;

/* The width of a character in pixels, estimated: fonts differ. */
#define TG__CHARACTER 6.7
/* The number of characters of a text, at most [most]; *size is their length in bytes. Bytes that
 * are not UTF-8 count one each. */
int tg__characters(const char *text, int most, size_t *size);
/* Appends a text, cut as a label's. What is not UTF-8, and control characters, become U+FFFD. */
void tg__put_words(tg__bytes *out, const char *text, int most, bool as_xml);

/* ---- Canvases --------------------------------------------------------------------------- */

typedef struct tg__canvas {
    const struct tg__canvas_verbs *verbs;
    tg__report *report;
    tg__bytes *out;                   /* receives the file; its allocator serves everything */
    double scale;                     /* pixels of the file for one of the page */
    struct tg__canvas_pixels *pixels; /* cairo's data, between begin and end */
} tg__canvas;

typedef struct tg__canvas_verbs {
    void (*begin)(tg__canvas *canvas, int width, int height, const char *title);
    void (*end)(tg__canvas *canvas);
    void (*text)(tg__canvas *canvas, const tg__label *label);
    void (*line)(tg__canvas *canvas, tg__pen pen, double x0, double y0, double x1, double y1);
    void (*path_begin)(tg__canvas *canvas, tg__pen pen);
    void (*path_point)(tg__canvas *canvas, double x, double y, bool joined);
    void (*path_cross)(tg__canvas *canvas, double x, double y, int size);
    void (*path_end)(tg__canvas *canvas);
    void (*dots_begin)(tg__canvas *canvas, int colour);
    void (*dot)(tg__canvas *canvas, double x, double y, double radius);
    void (*dots_end)(tg__canvas *canvas);
} tg__canvas_verbs;

/* A canvas that appends SVG text to [out], with colours for bright and for dark pages. */
tg__canvas tg__canvas_svg(tg__report *report, tg__bytes *out);
/* A canvas that appends a PNG file, [scale] pixels for one of the page, in the bright colours. */
tg__canvas tg__canvas_png(tg__report *report, tg__bytes *out, double scale);

/* Begins an empty page; [title] is its text for screen readers. */
static inline void tg__canvas_begin(tg__canvas *c, int width, int height, const char *title)
{
    c->verbs->begin(c, width, height, title);
}
/* Completes the file, and frees what the canvas allocated. Must follow tg__canvas_begin, also after
 * an error. */
static inline tg_status tg__canvas_end(tg__canvas *c)
{
    c->verbs->end(c);
    return c->report->status;
}
static inline bool tg__canvas_works(const tg__canvas *c) { return c->report->status == TG_OK; }
static inline void tg__canvas_text(tg__canvas *c, tg__label label)
{
    if (tg__canvas_works(c)) c->verbs->text(c, &label);
}
static inline void tg__canvas_line(tg__canvas *c, tg__pen pen, double x0, double y0, double x1,
                                   double y1)
{
    if (tg__canvas_works(c)) c->verbs->line(c, pen, x0, y0, x1, y1);
}
/* A path of points, each joined to the one before or not, and of crosses, whose arms have length
 * [size]. Between path_begin and path_end no other function may be called. */
static inline void tg__canvas_path_begin(tg__canvas *c, tg__pen pen)
{
    if (tg__canvas_works(c)) c->verbs->path_begin(c, pen);
}
static inline void tg__canvas_path_point(tg__canvas *c, double x, double y, bool joined)
{
    if (tg__canvas_works(c)) c->verbs->path_point(c, x, y, joined);
}
static inline void tg__canvas_path_cross(tg__canvas *c, double x, double y, int size)
{
    if (tg__canvas_works(c)) c->verbs->path_cross(c, x, y, size);
}
static inline void tg__canvas_path_end(tg__canvas *c)
{
    if (tg__canvas_works(c)) c->verbs->path_end(c);
}
/* Filled circles in a series' colour. */
static inline void tg__canvas_dots_begin(tg__canvas *c, int colour)
{
    if (tg__canvas_works(c)) c->verbs->dots_begin(c, colour);
}
static inline void tg__canvas_dot(tg__canvas *c, double x, double y, double radius)
{
    if (tg__canvas_works(c)) c->verbs->dot(c, x, y, radius);
}
static inline void tg__canvas_dots_end(tg__canvas *c)
{
    if (tg__canvas_works(c)) c->verbs->dots_end(c);
}

#endif
