/* png_bytes.c: a minimal PNG writer: 8 bits a channel, no filters; the rows are deflated one by one
 * into memory that grows. */
#include "io/png_bytes.h"

#include <string.h>

/* A chunk: its length, name and content, and the CRC-32 of the last two. The content is appended
 * between chunk_begin and chunk_end, which gets the former's result. */
static size_t chunk_begin(tg__bytes *bytes, const char name[4])
{
    tg__put_big_32(bytes, 0);
    tg__put(bytes, name, 4);
    return bytes->memory.used;
}

static void chunk_end(tg__bytes *bytes, size_t begin)
{
    if (bytes->failed) return;
    unsigned char *name = (unsigned char *)bytes->memory.data + begin - 4;
    const size_t size = bytes->memory.used - begin;
    if (size > 0x7fffffff) {
        bytes->failed = true; /* longer than a chunk may be */
        return;
    }
    for (int i = 0; i < 4; i++) name[i - 4] = (unsigned char)(size >> (24 - 8 * i));
    tg__put_big_32(bytes, (uint32_t)crc32(0, name, (uInt)size + 4));
}

static void put_header(tg__bytes *bytes, uint32_t height, uint32_t width, unsigned channels)
{
    enum { GREY = 0, COLOUR = 2, COLOUR_AND_OPACITY = 6 };
    static const char signature[8] = { '\x89', 'P', 'N', 'G', '\r', '\n', '\x1a', '\n' };
    const unsigned char type = channels == 1 ? GREY : channels == 3 ? COLOUR : COLOUR_AND_OPACITY;
    /* Bits a channel, colour type, and the only methods of compression, filter and interlace
     * used. */
    const unsigned char rest[5] = { 8, type, 0, 0, 0 };
    tg__put(bytes, signature, sizeof signature);
    const size_t begin = chunk_begin(bytes, "IHDR");
    tg__put_big_32(bytes, width);
    tg__put_big_32(bytes, height);
    tg__put(bytes, rest, sizeof rest);
    chunk_end(bytes, begin);
}

/* Deflates [size] bytes; with Z_FINISH also what zlib has buffered. */
static void deflate_into(tg__bytes *bytes, z_stream *z, const void *data, uInt size, int flush)
{
    unsigned char room[4096];
    z->next_in = (z_const Bytef *)(uintptr_t)data;
    z->avail_in = size;
    do {
        z->next_out = room;
        z->avail_out = sizeof room;
        (void)deflate(z, flush);
        tg__put(bytes, room, sizeof room - z->avail_out);
    } while (z->avail_out == 0 && !bytes->failed);
}

static void put_rows(tg__bytes *bytes, z_stream *z, const unsigned char *pixels, uint32_t height,
                     size_t row)
{
    static const unsigned char no_filter = 0;
    enum { MOST = 1 << 30 };
    for (uint32_t y = 0; y < height && !bytes->failed; y++) {
        deflate_into(bytes, z, &no_filter, 1, Z_NO_FLUSH);
        for (size_t at = 0, size; at < row && !bytes->failed; at += size) {
            size = row - at < MOST ? row - at : MOST;
            deflate_into(bytes, z, pixels + y * row + at, (uInt)size, Z_NO_FLUSH);
        }
    }
    deflate_into(bytes, z, NULL, 0, Z_FINISH);
}

bool tg__put_png(tg__bytes *bytes, const unsigned char *pixels, uint32_t height, uint32_t width,
                 unsigned channels)
{
    z_stream z = { .next_in = Z_NULL };
    tg__z_memory(&z, bytes->allocator);
    put_header(bytes, height, width, channels);
    const size_t begin = chunk_begin(bytes, "IDAT");
    if (deflateInit(&z, Z_DEFAULT_COMPRESSION) == Z_OK) {
        put_rows(bytes, &z, pixels, height, (size_t)width * channels);
        (void)deflateEnd(&z);
    } else {
        bytes->failed = true;
    }
    chunk_end(bytes, begin);
    chunk_end(bytes, chunk_begin(bytes, "IEND"));
    return !bytes->failed;
}
