/* zlib.c: what reading and writing share of zlib: its memory, and its checksum. */
#include "io/io.h"

static voidpf z_allocate(voidpf opaque, uInt items, uInt size)
{
    size_t bytes;
    const bool fits = tg__size_mul(items, size, &bytes);
    return fits ? tg__alloc(opaque, bytes) : Z_NULL;
}

static void z_release(voidpf opaque, voidpf block) { tg__free(opaque, block); }

void tg__z_memory(z_stream *z, const tg_allocator *allocator)
{
    z->zalloc = z_allocate;
    z->zfree = z_release;
    z->opaque = (voidpf)(uintptr_t)allocator;
}

uint32_t tg__sum(uint32_t sum, const void *data, size_t size)
{
    enum { STEP = 1 << 30 }; /* the size is an unsigned int for zlib */
    const unsigned char *next = data;
    while (size > 0) {
        const size_t step = size < STEP ? size : STEP;
        sum = (uint32_t)crc32(sum, next, (uInt)step);
        next += step;
        size -= step;
    }
    return sum;
}
