/* sheet.c: matrices of numbers as coloured squares in an SVG or a PNG file. */
#include "sheet.h"

#include "common.h"
#include "svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TOP = 108, BOTTOM = 24, GAP = 14, CAPTION = 26, HEADING = 34, LARGEST = 420 };

/* ---- Colours --------------------------------------------------------------------------- */

typedef struct colour {
    double red, green, blue; /* from 0 to 255 */
} colour;

static const colour white = { 255, 255, 255 }, black = { 32, 37, 43 }, dark_red = { 165, 15, 21 },
                    orange = { 245, 132, 38 }, blue = { 31, 111, 235 };

/* The colour of a value, one of 32 steps from white, so that neighbours often have the same. */
static colour colour_of(const tile *t, double full, double value)
{
    double share = full > 0 ? value / full : 0;
    if (!isfinite(share)) share = 0;
    const colour *end = t->colours == TILE_INK    ? &black
                        : t->colours == TILE_HEAT ? &dark_red
                        : share < 0               ? &blue
                                                  : &orange;
    if (t->colours == TILE_SIGNED) share = fabs(share);
    share = round(32 * fmin(fmax(share, 0), 1)) / 32;
    return (colour){ white.red + share * (end->red - white.red),
                     white.green + share * (end->green - white.green),
                     white.blue + share * (end->blue - white.blue) };
}

static bool same_colour(colour a, colour b)
{
    return a.red == b.red && a.green == b.green && a.blue == b.blue;
}

static double full_value(const tile *t)
{
    double full = t->full;
    for (int64_t i = 0; t->full == 0 && i < t->rows * t->columns; i++)
        full = fmax(full, fabs((double)t->value[i]));
    return full;
}

/* ---- Tiles ----------------------------------------------------------------------------- */

static double tile_width(const sheet *s)
{
    const double across = (double)s->across;
    return fmin((SVG_WIDTH - 2 * SVG_LEFT - (across - 1) * GAP) / across, LARGEST);
}

static double tile_height(const sheet *s, const tile *t)
{
    return t->value ? tile_width(s) * (double)t->rows / (double)t->columns : 0;
}

/* Draws one row of cells; neighbours of the same colour are one rectangle, and white ones are left
 * out. */
static void draw_cells(FILE *out, const tile *t, double full, int64_t row)
{
    const float *value = t->value + row * t->columns;
    for (int64_t from = 0, to; from < t->columns; from = to) {
        const colour c = colour_of(t, full, (double)value[from]);
        for (to = from + 1; to < t->columns; to++)
            if (!same_colour(c, colour_of(t, full, (double)value[to]))) break;
        if (!same_colour(c, white))
            fprintf(out, "<path d=\"M%d %dh%dv1h-%dz\" fill=\"#%02x%02x%02x\"/>\n", (int)from,
                    (int)row, (int)(to - from), (int)(to - from), (unsigned)c.red,
                    (unsigned)c.green, (unsigned)c.blue);
    }
}

static void draw_dots(FILE *out, const tile *t, double width, double height)
{
    for (int64_t i = 0; i < t->dot_count; i++) {
        const tile_dot *d = &t->dots[i];
        if (!(d->x >= 0 && d->x <= 1 && d->y >= 0 && d->y <= 1)) continue;
        const char *look = d->orange ? "#b3541e" : "#0b3d91";
        fprintf(out,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"%s\" stroke=\"%s\" "
                "stroke-width=\"%s\"/>\n",
                (double)d->x * width, (double)d->y * height, d->ring ? "#fff" : look,
                d->ring ? look : "#fff", d->ring ? "1.5" : ".6");
    }
}

static void draw_tile(FILE *out, const sheet *s, const tile *t, double x, double y)
{
    if (!t->value) return;
    const double width = tile_width(s), height = tile_height(s, t), full = full_value(t);
    fprintf(out,
            "<g transform=\"translate(%.1f %.1f)\"><rect width=\"%.1f\" height=\"%.1f\" "
            "fill=\"#fff\"/>\n<g transform=\"scale(%.5f)\" shape-rendering=\"crispEdges\">\n",
            x, y, width, height, width / (double)t->columns);
    for (int64_t row = 0; row < t->rows; row++) draw_cells(out, t, full, row);
    fputs("</g>\n", out);
    draw_dots(out, t, width, height);
    fprintf(out, "<rect width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"#d5dae0\"/>\n", width,
            height);
    svg_text(out, width / 2, height + 17, 12, "text-anchor=\"middle\" fill=\"" SVG_FAINT "\"",
             t->caption);
    fputs("</g>\n", out);
}

/* ---- The SVG file -------------------------------------------------------------------------- */

static int64_t row_count(const sheet *s) { return (s->count + s->across - 1) / s->across; }

/* The tile at a place of the sheet; NULL behind the last one. */
static const tile *tile_at(const sheet *s, int64_t row, int64_t column)
{
    const int64_t at = row * s->across + column;
    return at < s->count ? &s->tiles[at] : NULL;
}

/* With heading and captions. */
static double row_height(const sheet *s, int64_t row)
{
    double height = 0;
    for (int64_t i = 0; i < s->across; i++) {
        const tile *t = tile_at(s, row, i);
        if (t) height = fmax(height, tile_height(s, t));
    }
    return height + CAPTION + (s->headings ? HEADING : GAP);
}

static void draw_row(FILE *out, const sheet *s, int64_t row, double y)
{
    if (s->headings) svg_heading(out, SVG_LEFT, y + 22, s->headings[row]);
    y += s->headings ? HEADING : GAP;
    for (int64_t i = 0; i < s->across; i++) {
        const tile *t = tile_at(s, row, i);
        if (t) draw_tile(out, s, t, SVG_LEFT + (double)i * (tile_width(s) + GAP), y);
    }
}

static bool draw(const sheet *s, const char *path)
{
    double height = TOP + BOTTOM, y = TOP;
    for (int64_t row = 0; row < row_count(s); row++) height += row_height(s, row);
    FILE *out = svg_open(path, (int)height, s->title, s->subtitle);
    if (!out) return false;
    for (int64_t row = 0; row < row_count(s); row++) {
        draw_row(out, s, row, y);
        y += row_height(s, row);
    }
    return svg_close(out);
}

bool sheet_write(const sheet *s, const char *path) { return svg_report(path, draw(s, path)); }

/* ---- The PNG file ------------------------------------------------------------------------ */

enum { PAPER = 230 }; /* the grey between tiles */

/* The side of a cell in pixels: about twice that of the SVG. */
static int64_t cell_pixels(const sheet *s, const tile *t)
{
    const int64_t pixels = (int64_t)(2 * tile_width(s)) / t->columns;
    return pixels > 1 ? pixels : 1;
}

/* The distance between the beginnings of tiles, and the height of the highest tile in a row. */
static void measure(const sheet *s, int64_t *step, int64_t *height)
{
    *step = *height = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const tile *t = &s->tiles[i];
        if (!t->value) continue;
        const int64_t cell = cell_pixels(s, t);
        if (*step < cell * t->columns) *step = cell * t->columns;
        if (*height < cell * t->rows) *height = cell * t->rows;
    }
    *step += GAP;
    *height += GAP;
}

/* [pixels] [height, width, 3] begins at the tile's upper left corner. */
static void put_tile(const sheet *s, const tile *t, uint8_t *pixels, int64_t width)
{
    const int64_t cell = cell_pixels(s, t);
    const double full = full_value(t);
    for (int64_t y = 0; y < cell * t->rows; y++)
        for (int64_t x = 0; x < cell * t->columns; x++) {
            const float value = t->value[y / cell * t->columns + x / cell];
            const colour c = colour_of(t, full, (double)value);
            uint8_t *pixel = pixels + 3 * (y * width + x);
            pixel[0] = (uint8_t)c.red;
            pixel[1] = (uint8_t)c.green;
            pixel[2] = (uint8_t)c.blue;
        }
}

bool sheet_write_png(const sheet *s, const char *path)
{
    int64_t step, high;
    tg_array picture;
    if (!path) return true;
    measure(s, &step, &high);
    const int64_t width = s->across * step + GAP, height = row_count(s) * high + GAP;
    if (tg_array_new(&picture, TG_U8, TG_SHAPE(height, width, 3), NULL)) {
        fprintf(stderr, "%s: no memory for a picture of %d tiles\n", path, (int)s->count);
        return false;
    }
    uint8_t *pixels = picture.data;
    memset(pixels, PAPER, (size_t)(3 * height * width));
    for (int64_t i = 0; i < s->count; i++) {
        const int64_t top = i / s->across * high + GAP, left = i % s->across * step + GAP;
        if (s->tiles[i].value) put_tile(s, &s->tiles[i], pixels + 3 * (top * width + left), width);
    }
    const bool written = png_write(&picture, path);
    tg_array_free(&picture);
    return written;
}
