/* canvas_none.c: compiled instead of canvas_cairo.c where there is no cairo. */
#include "io/canvas.h"

static void begin(tg__canvas *canvas, int width, int height, const char *title)
{
    (void)width, (void)height, (void)title;
    (void)tg__complain(canvas->report, TG_ERR_UNSUPPORTED,
                       "this Tapegrad was built without cairo, which draws PNG pictures: write an "
                       "SVG file, or install it (libcairo2-dev, cairo-devel), and build anew with "
                       "-Dcairo=enabled");
}

static void end(tg__canvas *canvas) { (void)canvas; }

/* After the error no drawing function is called. */
tg__canvas tg__canvas_png(tg__report *report, tg__bytes *out, double scale)
{
    static const tg__canvas_verbs verbs = { .begin = begin, .end = end };
    return (tg__canvas){ .verbs = &verbs, .report = report, .out = out, .scale = scale };
}
