/* png_bytes.h: a picture as the bytes of a PNG file, for logs and reports. */
#ifndef TG_PNG_BYTES_H
#define TG_PNG_BYTES_H

#include "io/bytes.h"

/* Appends [height][width][channels] bytes (at least one of each) as a PNG file (W3C, "Portable
 * Network Graphics", third edition): 1 channel of grey, 3 of colour, 4 with opacity. False, and
 * bytes->failed is set, if there is no memory. */
bool tg__put_png(tg__bytes *bytes, const unsigned char *pixels, uint32_t height, uint32_t width,
                 unsigned channels);

#endif
