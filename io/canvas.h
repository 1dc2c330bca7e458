/* canvas.h: the few verbs that draw a picture, and what may carry them out: SVG (canvas_svg.c), or
 * pixels by cairo (canvas_cairo.c; without it canvas_none.c, which says so).
 *
 *     tg__bytes out = { .allocator = allocator };
 *     tg__canvas canvas = tg__canvas_svg(&report, &out);
 *     tg__canvas_begin(&canvas, 200, 100, "A line");
 *     tg__canvas_line(&canvas, (tg__pen){ .kind = TG__PEN_GRID }, 10, 50, 190, 50);
 *     if (tg__canvas_end(&canvas) == TG_OK) ... // [out] is the file
 *     tg__bytes_free(&out);
 *
 * Places and lengths are in pixels of the page, from the top left. A verb returns nothing: what
 * fails is in the report, after which verbs do nothing. */
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

/* What lines are drawn with: one of a series, pale behind it, round its gaps; or of the grid. */
typedef enum tg__pen_kind { TG__PEN_LINE, TG__PEN_PALE, TG__PEN_MARK, TG__PEN_GRID } tg__pen_kind;
typedef struct tg__pen {
    tg__pen_kind kind;
    int colour; /* of the series; a grid has its own */
    bool dashed;
} tg__pen;

typedef enum tg__letters { TG__LETTERS_PLAIN, TG__LETTERS_FAINT, TG__LETTERS_TITLE } tg__letters;
typedef enum tg__anchor { TG__AT_START, TG__AT_MIDDLE, TG__AT_END } tg__anchor;

/* A line of text, on whose base (x, y) is its start, middle or end. */
typedef struct tg__label {
    double x, y;
    const char *text; /* of any bytes */
    tg__letters letters;
    tg__anchor anchor;
    bool upward; /* turned to the left by 90 degrees */
    int most;    /* characters, after which dots tell that there are more; 0: all */
} tg__label;

/* The width of [count] characters, guessed: where what is a matter of fonts. */
#define TG__CHARACTER 6.7
/* The characters of a text, at most [most]; *size is their bytes. What is not UTF-8 counts byte by
 * byte. */
int tg__characters(const char *text, int most, size_t *size);
/* Appends a text, cut as a label's: what is not UTF-8, and control characters, become U+FFFD. */
void tg__put_words(tg__bytes *out, const char *text, int most, bool as_xml);

/* ---- Canvases --------------------------------------------------------------------------- */

typedef struct tg__canvas {
    const struct tg__canvas_verbs *verbs;
    tg__report *report;
    tg__bytes *out;                   /* takes the file; its allocator serves all of it */
    double scale;                     /* of pixels */
    struct tg__canvas_pixels *pixels; /* cairo's, between begin and end */
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

/* Appends text to [out], with the bright colours and the dark ones. */
tg__canvas tg__canvas_svg(tg__report *report, tg__bytes *out);
/* Appends a PNG file, [scale] pixels to one of the page, in the bright colours. */
tg__canvas tg__canvas_png(tg__report *report, tg__bytes *out, double scale);

/* An empty page; [title] is for those who cannot see it. */
static inline void tg__canvas_begin(tg__canvas *c, int width, int height, const char *title)
{
    c->verbs->begin(c, width, height, title);
}
/* Completes the file, and frees what the canvas took; must follow tg__canvas_begin. */
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
/* A path of points, each joined to the one before or not, and of crosses, whose arms reach [size]
 * to each side; between path_begin and path_end there is nothing else. */
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
/* Filled circles of a series' colour. */
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
