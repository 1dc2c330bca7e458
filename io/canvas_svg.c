/* canvas_svg.c: pictures as SVG text. Colours are classes of a style sheet that has a bright and a
 * dark set; the reader's desktop selects one. */
#include "io/canvas.h"

#include <inttypes.h>

static void put_colours(tg__bytes *svg, const tg__palette *palette)
{
    tg__put_format(svg,
                   ".page{fill:#%06" PRIx32 "}text{fill:#%06" PRIx32 "}.faint{fill:#%06" PRIx32
                   "}.grid{stroke:#%06" PRIx32 "}",
                   palette->page, palette->ink, palette->faint, palette->grid);
    for (int i = 0; i < TG__COLOURS; i++)
        tg__put_format(svg, ".l%d{stroke:#%06" PRIx32 "}.d%d{fill:#%06" PRIx32 "}", i,
                       palette->series[i], i, palette->series[i]);
    tg__put_byte(svg, '\n');
}

static void begin(tg__canvas *canvas, int width, int height, const char *title)
{
    tg__bytes *svg = canvas->out;
    tg__put_format(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
        "height=\"%d\" role=\"img\" font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, "
        "sans-serif\" font-size=\"12\">\n<title>",
        width, height, width, height);
    tg__put_words(svg, title, 0, true);
    tg__put_text(svg, "</title>\n<style>\n.line{fill:none;stroke-width:1.8;stroke-linejoin:round;"
                      "stroke-linecap:round}.pale{opacity:.3;stroke-width:1.2}.grid{stroke-width:1}"
                      ".title{font-size:16px;font-weight:600}.mark{fill:none;stroke-width:1.4}\n");
    put_colours(svg, &tg__bright);
    tg__put_text(svg, "@media (prefers-color-scheme:dark){\n");
    put_colours(svg, &tg__dark);
    tg__put_text(svg, "}\n</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n");
}

static void end(tg__canvas *canvas)
{
    tg__put_text(canvas->out, "</svg>\n");
    if (canvas->out->failed)
        (void)tg__complain(canvas->report, TG_ERR_MEMORY, "out of memory for the picture");
}

static void text(tg__canvas *canvas, const tg__label *label)
{
    static const char *const letters[] = { "", " class=\"faint\"", " class=\"title\"" };
    static const char *const anchors[] = { "", " text-anchor=\"middle\"", " text-anchor=\"end\"" };
    tg__bytes *svg = canvas->out;
    if (label->upward)
        tg__put_format(svg, "<g transform=\"translate(%g %.1f) rotate(-90)\">", label->x, label->y);
    tg__put_format(svg, "<text x=\"%.1f\" y=\"%.1f\"%s%s>", label->upward ? 0 : label->x,
                   label->upward ? 0 : label->y, letters[label->letters], anchors[label->anchor]);
    tg__put_words(svg, label->text, label->most, true);
    tg__put_text(svg, "</text>\n");
    if (label->upward) tg__put_text(svg, "</g>\n");
}

/* Begins a path's element, up to its first coordinates. */
static void put_pen(tg__bytes *svg, tg__pen pen)
{
    static const char *const kinds[] = { "line l", "line pale l", "mark l", "grid" };
    tg__put_format(svg, "<path class=\"%s", kinds[pen.kind]);
    if (pen.kind != TG__PEN_GRID) tg__put_format(svg, "%d", pen.colour);
    tg__put_format(svg, "\"%s d=\"", pen.dashed ? " stroke-dasharray=\"5 4\"" : "");
}

static void line(tg__canvas *canvas, tg__pen pen, double x0, double y0, double x1, double y1)
{
    put_pen(canvas->out, pen);
    tg__put_format(canvas->out, "M%.1f %.1f", x0, y0);
    if (y0 == y1) tg__put_format(canvas->out, "H%.1f", x1);
    else if (x0 == x1) tg__put_format(canvas->out, "V%.1f", y1);
    else tg__put_format(canvas->out, "L%.1f %.1f", x1, y1);
    tg__put_text(canvas->out, "\"/>");
}

static void path_begin(tg__canvas *canvas, tg__pen pen) { put_pen(canvas->out, pen); }

static void path_point(tg__canvas *canvas, double x, double y, bool joined)
{
    tg__put_format(canvas->out, "%c%.1f %.1f", joined ? 'L' : 'M', x, y);
}

static void path_cross(tg__canvas *canvas, double x, double y, int size)
{
    tg__put_format(canvas->out, "M%.1f %.1fl%d %dm0 %dl%d %d", x - size, y - size, 2 * size,
                   2 * size, -2 * size, -2 * size, 2 * size);
}

static void path_end(tg__canvas *canvas) { tg__put_text(canvas->out, "\"/>\n"); }

static void dots_begin(tg__canvas *canvas, int colour)
{
    tg__put_format(canvas->out, "<g class=\"d%d\">", colour);
}

static void dot(tg__canvas *canvas, double x, double y, double radius)
{
    tg__put_format(canvas->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%g\"/>", x, y, radius);
}

static void dots_end(tg__canvas *canvas) { tg__put_text(canvas->out, "</g>\n"); }

tg__canvas tg__canvas_svg(tg__report *report, tg__bytes *out)
{
    static const tg__canvas_verbs verbs = { begin,      end,        text,       line,
                                            path_begin, path_point, path_cross, path_end,
                                            dots_begin, dot,        dots_end };
    return (tg__canvas){ .verbs = &verbs, .report = report, .out = out, .scale = 1 };
}
