/* png.h: pictures (png.c), their rows (png_rows.c) and their codec, which writes rows: libpng
 * (png_codec.c), or none (png_none.c). */
#ifndef TG_IO_PNG_H
#define TG_IO_PNG_H

#include "tg_png.h"
#include "io/elements.h"

/* Reads a picture of at most [most] pixels into [out]: u8 [height, width, channels], with the
 * channels of the file. *is receives the header's content as soon as that is known. */
tg_status tg__png_decode(tg__source *source, int64_t most, tg_png_report *is, tg__growing *out);

/* A picture that is being written. */
typedef struct tg__png_rows {
    int64_t height, width;
    int channels;
    int level; /* compression level */
    const tg_array *picture;
    int64_t clamped;     /* number of values that were clamped so far */
    double black, white; /* the values of black and white, for a picture of floats */
} tg__png_rows;

/* Checks that the array is a picture, and begins its rows, with black 0 and white 1. Reports
 * errors. */
tg_status tg__png_look(tg__report *report, const tg_array *picture, tg__png_rows *out);

/* Row [y], width * channels bytes: in the array, or converted into [room]. */
const unsigned char *tg__png_row(tg__png_rows *rows, int64_t y, unsigned char *room);
tg_status tg__png_encode(tg__sink *sink, tg__png_rows *rows);

#endif
