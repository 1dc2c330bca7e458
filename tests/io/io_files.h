/* io_files.h: files in memory for the tests of io/: an I/O layer that serves them, breaks on
 * demand and counts; an allocator that does the same; and builders of IDX and gzip bytes. */
#ifndef IO_FILES_H
#define IO_FILES_H

#include "tg_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- Bytes ------------------------------------------------------------------------------ */

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

static inline bytes bytes_of(const void *data, size_t size)
{
    bytes copy = { malloc(size + 1), size };
    if (!copy.data) abort();
    if (size) memcpy(copy.data, data, size);
    copy.data[size] = 0;
    return copy;
}

/* A string literal's bytes, as they are: not to be freed. */
#define BYTES(literal) ((bytes){ (unsigned char *)(literal), sizeof(literal) - 1 })

static inline bytes bytes_of_text(const char *text) { return bytes_of(text, strlen(text)); }

static inline bytes bytes_join(bytes a, bytes b)
{
    bytes both = { malloc(a.size + b.size + 1), a.size + b.size };
    if (!both.data) abort();
    if (a.size) memcpy(both.data, a.data, a.size);
    if (b.size) memcpy(both.data + a.size, b.data, b.size);
    return both;
}

/* One gzip member. */
static inline bytes bytes_gzip(bytes plain)
{
    z_stream z = { .zalloc = Z_NULL };
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) abort();
    bytes packed = { malloc(deflateBound(&z, (uLong)plain.size) + 32), 0 };
    if (!packed.data) abort();
    z.next_in = plain.data;
    z.avail_in = (uInt)plain.size;
    z.next_out = packed.data;
    z.avail_out = (uInt)deflateBound(&z, (uLong)plain.size) + 32;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END) abort();
    packed.size = z.total_out;
    deflateEnd(&z);
    return packed;
}

/* An IDX header; the dimensions end with -1. */
static inline bytes bytes_idx_header(int code, const int64_t *dims)
{
    unsigned char header[4 + 4 * 16] = { 0, 0, (unsigned char)code, 0 };
    int rank = 0;
    for (; dims[rank] >= 0; rank++)
        for (int i = 0; i < 4; i++)
            header[4 + 4 * rank + i] = (unsigned char)((uint64_t)dims[rank] >> (24 - 8 * i));
    header[3] = (unsigned char)rank;
    return bytes_of(header, 4 + 4 * (size_t)rank);
}
#define IDX_DIMS(...) ((const int64_t[]){ __VA_ARGS__, -1 })

/* Header and data of [size] bytes: 0, 1, 2, ... */
static inline bytes bytes_idx(int code, const int64_t *dims, size_t size)
{
    bytes header = bytes_idx_header(code, dims), data = { malloc(size + 1), size };
    if (!data.data) abort();
    for (size_t i = 0; i < size; i++) data.data[i] = (unsigned char)i;
    bytes whole = bytes_join(header, data);
    free(header.data);
    free(data.data);
    return whole;
}

/* ---- An I/O layer ----------------------------------------------------------------------- */

enum { MEMORY_FILES = 2 };
typedef struct memory_layer {
    bytes file[MEMORY_FILES]; /* the path's last character, '0' or '1', chooses one */
    size_t at[MEMORY_FILES];
    size_t longest_read;           /* 0: any */
    int calls, fail_at, fail_with; /* the call (from 1) that fails, and the errno value */
    bool storm;                    /* EINTR before every success */
    bool storming;
    int open_files;
} memory_layer;

static inline bool memory_breaks(memory_layer *layer, int *number)
{
    *number = EINTR;
    layer->storming = layer->storm && !layer->storming;
    if (layer->storming) return true;
    *number = layer->fail_with ? layer->fail_with : EIO;
    return ++layer->calls == layer->fail_at;
}

static inline int memory_open(void *context, const char *path, void **file)
{
    memory_layer *layer = context;
    int number;
    if (memory_breaks(layer, &number)) return number;
    const size_t length = strlen(path);
    const int which = length && path[length - 1] == '1';
    layer->at[which] = 0;
    layer->open_files++;
    *file = &layer->file[which];
    return 0;
}

static inline int64_t memory_read(void *context, void *file, void *buffer, size_t size)
{
    memory_layer *layer = context;
    int number;
    if (memory_breaks(layer, &number)) return -number;
    const bytes *from = file;
    size_t *at = &layer->at[from - layer->file];
    if (layer->longest_read && size > layer->longest_read) size = layer->longest_read;
    if (size > from->size - *at) size = from->size - *at;
    if (size) memcpy(buffer, from->data + *at, size);
    *at += size;
    return (int64_t)size;
}

static inline int memory_close(void *context, void *file)
{
    memory_layer *layer = context;
    int number;
    (void)file;
    layer->open_files--;
    layer->storming = layer->storm; /* after EINTR from close nobody calls it again */
    return memory_breaks(layer, &number) ? number : 0;
}

static inline tg_io_layer memory_io(memory_layer *layer)
{
    return (tg_io_layer){
        .open = memory_open, .read = memory_read, .close = memory_close, .context = layer
    };
}

/* ---- An allocator ----------------------------------------------------------------------- */

typedef struct counting_heap {
    int calls, fail_at; /* the allocation (from 1) that fails */
    int64_t blocks;     /* not freed yet */
    size_t bytes, peak;
} counting_heap;

enum { HEAP_HEADER = 64 };

static inline void *counting_alloc(void *context, size_t size)
{
    counting_heap *heap = context;
    void *block;
    if (++heap->calls == heap->fail_at) return NULL;
    if (size >> 20 > (size_t)1 << 20 || posix_memalign(&block, 64, size + HEAP_HEADER) != 0)
        return NULL;
    memcpy(block, &size, sizeof size);
    heap->blocks++;
    heap->bytes += size;
    if (heap->bytes > heap->peak) heap->peak = heap->bytes;
    return (char *)block + HEAP_HEADER;
}

static inline void counting_free(void *context, void *pointer)
{
    counting_heap *heap = context;
    void *block = (char *)pointer - HEAP_HEADER;
    size_t size;
    memcpy(&size, block, sizeof size);
    heap->blocks--;
    heap->bytes -= size;
    free(block);
}

static inline tg_allocator counting_allocator(counting_heap *heap)
{
    return (tg_allocator){ counting_alloc, counting_free, heap };
}

#endif
