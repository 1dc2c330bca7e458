/* png.h: between pictures (png.c) and what codes them: libpng (png_codec.c), or nothing
 * (png_none.c). */
#ifndef TG_IO_PNG_H
#define TG_IO_PNG_H

#include "tg_png.h"
#include "io/elements.h"

/* Reads a picture of at most [most] pixels: u8 [height, width, channels] in [out], with the file's
 * channels. *is is what the header says, as soon as that is known. */
tg_status tg__png_decode(tg__source *source, int64_t most, tg_png_report *is, tg__growing *out);

/* A picture on its way into a file. */
typedef struct tg__png_rows {
    int64_t height, width;
    int channels;
    int level; /* of compression */
    const tg_array *picture;
    int64_t clamped; /* numbers so far */
    double black, white; /* which numbers these are, of a picture of floats */
} tg__png_rows;

/* Is the array a picture? Complains, or begins its rows, from black 0 to white 1. */
tg_status tg__png_look(tg__report *report, const tg_array *picture, tg__png_rows *out);

/* Row [y], of width * channels bytes: where it lies, or made in [room], which has as many. */
const unsigned char *tg__png_row(tg__png_rows *rows, int64_t y, unsigned char *room);
tg_status tg__png_encode(tg__sink *sink, tg__png_rows *rows);

#endif
