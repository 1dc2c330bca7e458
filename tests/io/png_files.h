/* png_files.h: PNG pictures built by hand, chunk by chunk, right or wrong, for the tests of
 * tg_png.h. */
#ifndef TG_TESTS_PNG_FILES_H
#define TG_TESTS_PNG_FILES_H

#include "io_files.h"

#include "tg_png.h"

static inline void png_append(bytes *to, const void *data, size_t size)
{
    bytes more = { (unsigned char *)(uintptr_t)data, size };
    bytes both = bytes_join(*to, more);
    free(to->data);
    *to = both;
}

static inline void png_number(bytes *to, uint32_t number)
{
    const unsigned char text[] = { (unsigned char)(number >> 24), (unsigned char)(number >> 16),
                                   (unsigned char)(number >> 8), (unsigned char)number };
    png_append(to, text, sizeof text);
}

/* A chunk, its sum right if [off] is 0. */
static inline void png_chunk(bytes *to, const char *type, bytes data, uint32_t off)
{
    uLong sum = crc32(0, (const Bytef *)type, 4);
    if (data.size) sum = crc32(sum, data.data, (uInt)data.size);
    png_number(to, (uint32_t)data.size);
    png_append(to, type, 4);
    png_append(to, data.data, data.size);
    png_number(to, (uint32_t)sum + off);
}

typedef struct png_kind {
    uint32_t width, height;
    int bits, colour; /* 0 grey, 2 colours, 3 palette, 4 grey and alpha, 6 colours and alpha */
    int interlaced;
    bytes palette, transparent; /* of PLTE and tRNS, if any */
    bytes text;                 /* of zTXt, if any */
    bytes lines;                /* each a filter, and the bytes of the line */
    /* Faults. */
    uint32_t sum_off;
    size_t cut; /* bytes of the compressed lines that are missing */
} png_kind;

static inline bytes png_of(const png_kind *k)
{
    bytes file = bytes_of("\x89PNG\r\n\x1a\n", 8), header = bytes_of("", 0);
    uLongf size = compressBound((uLong)k->lines.size);
    bytes packed = { malloc(size), 0 };
    if (!packed.data || compress(packed.data, &size, k->lines.data, (uLong)k->lines.size) != Z_OK)
        abort();
    packed.size = size - k->cut;
    png_number(&header, k->width);
    png_number(&header, k->height);
    const unsigned char rest[] = { (unsigned char)k->bits, (unsigned char)k->colour, 0, 0,
                                   (unsigned char)k->interlaced };
    png_append(&header, rest, sizeof rest);
    png_chunk(&file, "IHDR", header, 0);
    if (k->text.size) png_chunk(&file, "zTXt", k->text, 0);
    if (k->palette.size) png_chunk(&file, "PLTE", k->palette, 0);
    if (k->transparent.size) png_chunk(&file, "tRNS", k->transparent, 0);
    png_chunk(&file, "IDAT", packed, k->sum_off);
    png_chunk(&file, "IEND", (bytes){ NULL, 0 }, 0);
    free(header.data);
    free(packed.data);
    return file;
}

#endif
