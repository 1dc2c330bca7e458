/* svg.c: pages, text, digits and dots for the examples' pictures. */
#include "svg.h"

#include "common.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* ---- Pages and text ---------------------------------------------------------------------- */

FILE *svg_open(const char *path, int height, const char *title, const char *subtitle)
{
    FILE *out = fopen(path, "w");
    if (!out) return NULL;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\" font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\" "
            "fill=\"" SVG_INK "\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fafbfc\"/>\n",
            SVG_WIDTH, height, SVG_WIDTH, height);
    svg_text(out, SVG_LEFT, 58, 28, "font-weight=\"700\"", title);
    svg_text(out, SVG_LEFT, 84, 15, "fill=\"" SVG_FAINT "\"", subtitle);
    return out;
}

bool svg_close(FILE *out)
{
    fputs("</svg>\n", out);
    const bool failed = ferror(out);
    return fclose(out) == 0 && !failed;
}

bool svg_report(const char *path, bool written)
{
    if (written) printf("The picture is in %s: open it in a browser.\n", path);
    else fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return written;
}

void svg_text(FILE *out, double x, double y, int size, const char *look, const char *words)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" %s>%s</text>\n", x, y, size, look,
            words);
}

void svg_heading(FILE *out, double x, double y, const char *words)
{
    svg_text(out, x, y, 15, "font-weight=\"600\"", words);
}

/* ---- Digits ------------------------------------------------------------------------------ */

void svg_digit(FILE *out, double x, double y, const float *ink, bool marked)
{
    fprintf(out,
            "<g transform=\"translate(%.1f %.1f) scale(%.2f)\">"
            "<rect width=\"8\" height=\"8\" rx=\".4\" fill=\"#fff\" stroke=\"%s\" "
            "stroke-width=\"%s\"/>",
            x, y, (double)SVG_DIGIT_SIZE / DIGIT_SIDE, marked ? SVG_RED : "#d5dae0",
            marked ? ".3" : ".12");
    for (int i = 0; i < DIGIT_CELLS; i++)
        if (ink[i] > 0)
            fprintf(out, "<path d=\"M%d %dh1v1h-1z\" opacity=\"%.2g\"/>", i % DIGIT_SIDE,
                    i / DIGIT_SIDE, fmin((double)ink[i] / DIGIT_INK, 1));
    fputs("</g>\n", out);
}

/* ---- Points of a plane ------------------------------------------------------------------- */

void svg_plane_fit(svg_plane *plane, const float *points, int64_t count)
{
    for (int axis = 0; axis < 2; axis++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t i = 0; i < count; i++) {
            low = fmin(low, (double)points[2 * i + axis]);
            high = fmax(high, (double)points[2 * i + axis]);
        }
        const double margin = high > low ? (high - low) / 30 : 1;
        plane->low[axis] = low - margin;
        plane->high[axis] = high + margin;
    }
}

void svg_plane_frame(FILE *out, const svg_plane *plane)
{
    fprintf(out,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"4\" fill=\"#fff\" "
            "stroke=\"#d5dae0\"/>\n",
            plane->left, plane->top, plane->width, plane->height);
}

void svg_plane_place(const svg_plane *plane, const float point[2], double *x, double *y)
{
    const double *low = plane->low, *high = plane->high;
    *x = plane->left + plane->width * ((double)point[0] - low[0]) / (high[0] - low[0]);
    *y = plane->top + plane->height * (high[1] - (double)point[1]) / (high[1] - low[1]);
}

static bool is_inside(const svg_plane *plane, double x, double y)
{
    return x >= plane->left && x <= plane->left + plane->width && y >= plane->top &&
           y <= plane->top + plane->height;
}

void svg_plane_dots(FILE *out, const svg_plane *plane, const float *points, int64_t count,
                    double radius, const char *look)
{
    fprintf(out, "<g %s>\n", look);
    for (int64_t i = 0; i < count; i++) {
        double x, y;
        svg_plane_place(plane, points + 2 * i, &x, &y);
        if (is_inside(plane, x, y))
            fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>\n", x, y, radius);
    }
    fputs("</g>\n", out);
}
