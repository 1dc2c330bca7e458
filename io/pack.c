/* pack.c: writes bytes to a sink, compressed or unchanged. */
#include "io/elements.h"

#include <string.h>

enum { OUTPUT_BYTES = 1 << 16 };

static tg_status complain_memory(const tg__packer *packer)
{
    return tg__complain(packer->sink->report, TG_ERR_MEMORY, "out of memory for compression");
}

tg_status tg__pack_begin(tg__packer *packer, tg__packing packing)
{
    tg__sink *sink = packer->sink;
    tg__pack_close(packer);
    *packer = (tg__packer){ .sink = sink, .packing = packing };
    if (packing == TG__PLAIN || packing == TG__NOWHERE) return TG_OK;
    packer->output = tg__alloc(sink->allocator, OUTPUT_BYTES);
    if (!packer->output) return complain_memory(packer);
    tg__z_memory(&packer->z, sink->allocator);
    /* Window bits for zlib: negative: raw deflate; + 16: gzip, whose header has no time. */
    const int bits = packing == TG__GZIP ? 15 + 16 : -15, memory_level = 8;
    if (deflateInit2(&packer->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, bits, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return complain_memory(packer);
    packer->deflating = true;
    return TG_OK;
}

/* Runs deflate until it needs more input; with Z_FINISH until all output is written. */
static tg_status deflate_on(tg__packer *packer, int flush)
{
    z_stream *z = &packer->z;
    do {
        z->next_out = packer->output;
        z->avail_out = OUTPUT_BYTES;
        (void)deflate(z, flush); /* fails only in a wrong state */
        const tg_status status =
            tg__sink_write(packer->sink, packer->output, OUTPUT_BYTES - z->avail_out);
        if (status != TG_OK) return status;
    } while (z->avail_out == 0);
    return TG_OK;
}

tg_status tg__pack(tg__packer *packer, const void *data, size_t size)
{
    const unsigned char *next = data;
    packer->taken += size;
    packer->sum = tg__sum(packer->sum, data, size);
    if (packer->packing == TG__NOWHERE) return TG_OK;
    if (packer->packing == TG__PLAIN) return tg__sink_write(packer->sink, data, size);
    while (size > 0) {
        const size_t step = size < UINT_MAX ? size : UINT_MAX;
        packer->z.next_in = (Bytef *)(uintptr_t)next;
        packer->z.avail_in = (uInt)step;
        const tg_status status = deflate_on(packer, Z_NO_FLUSH);
        if (status != TG_OK) return status;
        next += step;
        size -= step;
    }
    return TG_OK;
}

tg_status tg__pack_elements(tg__packer *packer, const void *data, size_t bytes, size_t element,
                            bool big_endian)
{
    unsigned char room[TG__TURNED];
    tg_status status = TG_OK;
    for (size_t begin = 0, size; status == TG_OK && begin < bytes; begin += size) {
        const void *next = tg__file_bytes(data, bytes, element, big_endian, begin, &size, room);
        status = tg__pack(packer, next, size);
    }
    return status;
}

tg_status tg__pack_end(tg__packer *packer)
{
    return packer->deflating ? deflate_on(packer, Z_FINISH) : TG_OK;
}

void tg__pack_close(tg__packer *packer)
{
    if (packer->deflating) (void)deflateEnd(&packer->z);
    if (packer->output) tg__free(packer->sink->allocator, packer->output);
    packer->deflating = false;
    packer->output = NULL;
}
