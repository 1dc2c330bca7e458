/* canvas_cairo.c: pictures as pixels, drawn by cairo (cairographics.org), and written by the
 * library's own PNG writer. Cairo's writer uses libpng, whose output depends on the installed
 * version; this one needs zlib alone, and equal pixels give equal files.
 *
 * Cairo's objects keep the first error, so errors are checked once, at the end. The pixels are in
 * memory of the caller's allocator; for paths and glyphs cairo allocates its own. */
#include "io/canvas.h"
#include "io/png_bytes.h"

#include <cairo.h>
#include <math.h>
#include <string.h>

struct tg__canvas_pixels {
    cairo_surface_t *surface;
    cairo_t *cairo;
    unsigned char *data; /* [height][width], 4 bytes each: 0xRRGGBB in the machine's byte order */
    int width, height;
    tg__pen pen; /* of the current path */
};

/* ---- Beginning and end ------------------------------------------------------------------ */

static void complain(tg__canvas *canvas, cairo_status_t status)
{
    if (status == CAIRO_STATUS_SUCCESS) return;
    (void)tg__complain(canvas->report,
                       status == CAIRO_STATUS_NO_MEMORY ? TG_ERR_MEMORY : TG_ERR_UNSUPPORTED,
                       "cairo cannot draw it: %s", cairo_status_to_string(status));
}

static void use_colour(cairo_t *cairo, uint32_t colour, double opacity)
{
    cairo_set_source_rgba(cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                          (colour & 255) / 255.0, opacity);
}

/* True if the font has these characters. If no font is installed, cairo uses a built-in one with
 * few characters, which is a "user font" to it. */
static bool font_has(tg__canvas *canvas, cairo_t *cairo, const char *characters)
{
    cairo_scaled_font_t *font = cairo_get_scaled_font(cairo);
    cairo_glyph_t *glyph = NULL;
    int count = 0;
    complain(canvas, cairo_status(cairo));
    complain(canvas, cairo_scaled_font_status(font));
    if (cairo_scaled_font_get_type(font) == CAIRO_FONT_TYPE_USER) return false;
    complain(canvas, cairo_scaled_font_text_to_glyphs(font, 0, 0, characters, -1, &glyph, &count,
                                                      NULL, NULL, NULL));
    bool has = count > 0;
    for (int i = 0; i < count; i++) has = has && glyph[i].index != 0;
    cairo_glyph_free(glyph);
    return has;
}

/* Turns off hinting and subpixel rendering, so that text looks the same at every scale and on every
 * desktop. */
static void choose_font(tg__canvas *canvas, cairo_t *cairo)
{
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(cairo, options);
    complain(canvas, cairo_font_options_status(options));
    cairo_font_options_destroy(options);
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    if (font_has(canvas, cairo, "Aa0")) return;
    (void)tg__complain(canvas->report, TG_ERR_UNSUPPORTED,
                       "there is no font to draw letters with: install one (fonts-dejavu-core, "
                       "dejavu-sans-fonts) that fontconfig finds, or write an SVG file");
}

static void begin(tg__canvas *canvas, int width, int height, const char *title)
{
    const tg_allocator *allocator = canvas->out->allocator;
    struct tg__canvas_pixels *p = tg__alloc(allocator, sizeof *p);
    size_t bytes;
    (void)title;
    canvas->pixels = p;
    if (!p) {
        (void)tg__complain_memory(canvas->report, sizeof *p);
        return;
    }
    *p = (struct tg__canvas_pixels){ .width = (int)lround(width * canvas->scale),
                                     .height = (int)lround(height * canvas->scale) };
    const bool fits = tg__size_mul((size_t)p->width * 4, (size_t)p->height, &bytes);
    p->data = fits ? tg__alloc(allocator, bytes) : NULL;
    if (!p->data) {
        (void)tg__complain(canvas->report, TG_ERR_MEMORY, "out of memory for %d x %d pixels",
                           p->width, p->height);
        return;
    }
    /* With 4 bytes a pixel rows have no gaps. Neither call returns NULL. */
    p->surface = cairo_image_surface_create_for_data(p->data, CAIRO_FORMAT_RGB24, p->width,
                                                     p->height, 4 * p->width);
    p->cairo = cairo_create(p->surface);
    use_colour(p->cairo, tg__bright.page, 1);
    cairo_paint(p->cairo);
    cairo_scale(p->cairo, canvas->scale, canvas->scale);
    choose_font(canvas, p->cairo);
}

/* Converts 4 bytes a pixel to 3 (red, green, blue), in place. */
static void pack(struct tg__canvas_pixels *p)
{
    const size_t count = (size_t)p->width * (size_t)p->height;
    for (size_t i = 0; i < count; i++) {
        uint32_t colour;
        memcpy(&colour, p->data + 4 * i, 4);
        for (size_t k = 0; k < 3; k++) p->data[3 * i + k] = (unsigned char)(colour >> (16 - 8 * k));
    }
}

static void end(tg__canvas *canvas)
{
    struct tg__canvas_pixels *p = canvas->pixels;
    if (p && p->surface) {
        cairo_surface_flush(p->surface);
        complain(canvas, cairo_status(p->cairo));
        complain(canvas, cairo_surface_status(p->surface));
        cairo_destroy(p->cairo);
        cairo_surface_finish(p->surface); /* detaches the pixels from all references */
        cairo_surface_destroy(p->surface);
    }
    if (tg__canvas_works(canvas)) {
        pack(p);
        if (!tg__put_png(canvas->out, p->data, (uint32_t)p->height, (uint32_t)p->width, 3))
            (void)tg__complain(canvas->report, TG_ERR_MEMORY, "out of memory for the picture");
    }
    if (p) tg__free(canvas->out->allocator, p->data);
    tg__free(canvas->out->allocator, p);
    canvas->pixels = NULL;
}

/* ---- Text ------------------------------------------------------------------------------- */

static void show(cairo_t *cairo, const tg__label *label, const char *words)
{
    static const double shares[] = { 0, 0.5, 1 }; /* of the text, left of its position */
    const bool title = label->letters == TG__LETTERS_TITLE;
    const bool faint = label->letters == TG__LETTERS_FAINT;
    cairo_text_extents_t size;
    cairo_save(cairo);
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           title ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, title ? 16 : 12);
    use_colour(cairo, faint ? tg__bright.faint : tg__bright.ink, 1);
    cairo_translate(cairo, label->x, label->y);
    if (label->upward) cairo_rotate(cairo, -acos(0));
    cairo_text_extents(cairo, words, &size);
    cairo_move_to(cairo, -shares[label->anchor] * size.x_advance, 0);
    cairo_show_text(cairo, words);
    cairo_new_path(cairo);
    cairo_restore(cairo);
}

static void text(tg__canvas *canvas, const tg__label *label)
{
    tg__bytes words = { .allocator = canvas->out->allocator };
    tg__put_words(&words, label->text, label->most, false);
    tg__put_byte(&words, 0);
    if (words.failed) (void)tg__complain(canvas->report, TG_ERR_MEMORY, "out of memory for text");
    else show(canvas->pixels->cairo, label, (const char *)tg__bytes_data(&words));
    tg__bytes_free(&words);
}

/* ---- Lines ------------------------------------------------------------------------------ */

static void path_begin(tg__canvas *canvas, tg__pen pen) { canvas->pixels->pen = pen; }

static void path_point(tg__canvas *canvas, double x, double y, bool joined)
{
    if (joined) cairo_line_to(canvas->pixels->cairo, x, y);
    else cairo_move_to(canvas->pixels->cairo, x, y);
}

static void path_cross(tg__canvas *canvas, double x, double y, int size)
{
    for (int side = -1; side <= 1; side += 2) {
        cairo_move_to(canvas->pixels->cairo, x - side * size, y - size);
        cairo_line_to(canvas->pixels->cairo, x + side * size, y + size);
    }
}

/* The whole path is one stroke, so a pale line that crosses itself is not darker there. */
static void path_end(tg__canvas *canvas)
{
    static const double widths[] = { 1.8, 1.2, 1.4, 1 }, dashes[] = { 5, 4 };
    cairo_t *cairo = canvas->pixels->cairo;
    const tg__pen pen = canvas->pixels->pen;
    const bool line = pen.kind == TG__PEN_LINE || pen.kind == TG__PEN_PALE;
    cairo_set_line_width(cairo, widths[pen.kind]);
    cairo_set_line_cap(cairo, line ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
    cairo_set_line_join(cairo, line ? CAIRO_LINE_JOIN_ROUND : CAIRO_LINE_JOIN_MITER);
    cairo_set_dash(cairo, dashes, pen.dashed ? 2 : 0, 0);
    use_colour(cairo, pen.kind == TG__PEN_GRID ? tg__bright.grid : tg__bright.series[pen.colour],
               pen.kind == TG__PEN_PALE ? 0.3 : 1);
    cairo_stroke(cairo);
}

static void line(tg__canvas *canvas, tg__pen pen, double x0, double y0, double x1, double y1)
{
    path_begin(canvas, pen);
    path_point(canvas, x0, y0, false);
    path_point(canvas, x1, y1, true);
    path_end(canvas);
}

/* ---- Dots ------------------------------------------------------------------------------- */

static void dots_begin(tg__canvas *canvas, int colour)
{
    use_colour(canvas->pixels->cairo, tg__bright.series[colour], 1);
}

static void dot(tg__canvas *canvas, double x, double y, double radius)
{
    cairo_new_sub_path(canvas->pixels->cairo);
    cairo_arc(canvas->pixels->cairo, x, y, radius, 0, 4 * acos(0));
}

static void dots_end(tg__canvas *canvas) { cairo_fill(canvas->pixels->cairo); }

tg__canvas tg__canvas_png(tg__report *report, tg__bytes *out, double scale)
{
    static const tg__canvas_verbs verbs = { begin,      end,        text,       line,
                                            path_begin, path_point, path_cross, path_end,
                                            dots_begin, dot,        dots_end };
    return (tg__canvas){ .verbs = &verbs, .report = report, .out = out, .scale = scale };
}
