/* text.c: texts as numbers, and windows of them. */
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *take_memory(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (memory) return memory;
    fputs("out of memory\n", stderr);
    exit(1);
}

/* ---- Files -------------------------------------------------------------------------------- */

/* All bytes of a file, and their number; NULL if it cannot be read. */
static unsigned char *read_bytes(FILE *file, int64_t *count)
{
    size_t length = 0, room = 1 << 20;
    unsigned char *bytes = take_memory(room, 1);
    for (size_t got; (got = fread(bytes + length, 1, room - length, file)) != 0;) {
        length += got;
        if (length < room) continue;
        unsigned char *more = take_memory(room, 2);
        memcpy(more, bytes, length);
        free(bytes);
        bytes = more;
        room *= 2;
    }
    *count = (int64_t)length;
    if (!ferror(file)) return bytes;
    free(bytes);
    return NULL;
}

/* Numbers the bytes that occur, in their own order. */
static void number_symbols(text *t, const unsigned char *bytes)
{
    bool occurs[256] = { false };
    for (int64_t i = 0; i < t->count; i++) occurs[bytes[i]] = true;
    for (int b = 0; b < 256; b++) {
        t->symbol[b] = occurs[b] ? t->alphabet : -1;
        if (occurs[b]) t->byte[t->alphabet++] = (unsigned char)b;
    }
    for (int64_t i = 0; i < t->count; i++) t->symbols[i] = t->symbol[bytes[i]];
}

bool text_read(text *out, const char *path)
{
    *out = (text){ 0 };
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = file ? read_bytes(file, &out->count) : NULL;
    const char *why = bytes ? "the file is empty" : strerror(errno);
    if (file) fclose(file);
    if (!bytes || out->count == 0) {
        fprintf(stderr, "%s: %s\n", path, why);
        free(bytes);
        return false;
    }
    out->symbols = take_memory((size_t)out->count, sizeof *out->symbols);
    number_symbols(out, bytes);
    free(bytes);
    return true;
}

void text_free(text *t)
{
    free(t->symbols);
    *t = (text){ 0 };
}

/* ---- Windows ------------------------------------------------------------------------------ */

/* Any 64 bits (SplitMix64: Steele, Lea and Flood 2014). */
static uint64_t random_bits(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

windows windows_new(const int32_t *symbols, int64_t count, int64_t batch, int64_t length)
{
    const size_t size = (size_t)(batch * length);
    windows w = { .symbols = symbols,
                  .count = count,
                  .batch = batch,
                  .length = length,
                  .at = take_memory((size_t)batch, sizeof *w.at),
                  .x = take_memory(size, sizeof *w.x),
                  .y = take_memory(size, sizeof *w.y) };
    windows_rewind(&w);
    return w;
}

void windows_free(windows *w)
{
    free(w->at);
    free(w->x);
    free(w->y);
}

void windows_rewind(windows *w)
{
    for (int64_t row = 0; row < w->batch; row++) w->at[row] = row * w->count / w->batch;
}

void windows_next(windows *w)
{
    for (int64_t row = 0; row < w->batch; row++) {
        if (w->scattered) w->at[row] = (int64_t)(random_bits(&w->random) % (uint64_t)w->count);
        for (int64_t i = 0; i < w->length; i++) {
            const int64_t from = w->at[row] + i, to = row * w->length + i;
            w->x[to] = w->symbols[from % w->count];
            w->y[to] = w->symbols[(from + 1) % w->count];
        }
        w->at[row] = (w->at[row] + w->length) % w->count;
    }
}
