/* svg.h: SVG files, which any browser opens, for the examples' pictures. Lengths are in pixels,
 * from the top left. */
#ifndef EXAMPLES_SVG_H
#define EXAMPLES_SVG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { SVG_WIDTH = 960, SVG_LEFT = 48 };

#define SVG_INK   "#20252b"
#define SVG_FAINT "#6b7580"
#define SVG_PALE  "#a3adb8"
#define SVG_BLUE  "#1f6feb"
#define SVG_RED   "#d1242f"

/* Begins a page of SVG_WIDTH x [height] with a title and a subtitle. NULL, with errno set, if the
 * file cannot be made. */
FILE *svg_open(const char *path, int height, const char *title, const char *subtitle);
/* Ends the page. False, with errno set, if any of it could not be written. */
bool svg_close(FILE *out);
/* Prints where the picture is, or, if it was not [written], why (by errno). Returns [written]. */
bool svg_report(const char *path, bool written);

/* [look] is a string of attributes, such as "text-anchor=\"middle\" fill=\"" SVG_FAINT "\"". */
void svg_text(FILE *out, double x, double y, int size, const char *look, const char *words);
/* A heading above a part of the picture. */
void svg_heading(FILE *out, double x, double y, const char *words);

/* ---- Digits of 8x8 cells ----------------------------------------------------------------- */

/* The size of a drawn digit, and the distance of twelve that fill the page's width. */
enum { SVG_DIGIT_SIZE = 60, SVG_DIGIT_STEP = 73, SVG_DIGITS_A_ROW = 12 };

/* [ink] has DIGIT_CELLS elements, from 0 (white) to DIGIT_INK. A marked digit has a red frame. */
void svg_digit(FILE *out, double x, double y, const float *ink, bool marked);

/* ---- Points of a plane ------------------------------------------------------------------- */

/* A part of the page, and the part of the plane that it shows; the second axis points up. */
typedef struct svg_plane {
    double left, top, width, height;
    double low[2], high[2];
} svg_plane;

/* Chooses the part of the plane so that it contains all [count] points [x, y], with a margin. */
void svg_plane_fit(svg_plane *plane, const float *points, int64_t count);
/* Draws its frame. */
void svg_plane_frame(FILE *out, const svg_plane *plane);
/* The position of a point on the page. */
void svg_plane_place(const svg_plane *plane, const float point[2], double *x, double *y);
/* A dot for each point; those outside of the plane are left out. */
void svg_plane_dots(FILE *out, const svg_plane *plane, const float *points, int64_t count,
                    double radius, const char *look);

#endif
