/* text.c: texts as numbers, and windows of them. */
#include "text.h"

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

bool text_read(text *out, const char *path)
{
    tg_error error;
    tg_array bytes;
    *out = (text){ .count = 0 };
    const bool read = !tg_read_text(&bytes, path, &error) &&
                      !tg_vocabulary_build(&out->vocabulary, &bytes, &error, .bytes = true) &&
                      !tg_vocabulary_encode(&out->vocabulary, &bytes, &out->ids, &error);
    if (read) {
        out->symbols = out->ids.data;
        out->count = out->ids.shape.dim[0];
    } else {
        fprintf(stderr, "%s: %s\n", path, error.text);
        text_free(out);
    }
    tg_array_free(&bytes);
    return read;
}

void text_free(text *t)
{
    tg_vocabulary_free(&t->vocabulary);
    tg_array_free(&t->ids);
    *t = (text){ .count = 0 };
}

/* ---- Windows ------------------------------------------------------------------------------ */

/* 64 random bits (SplitMix64: Steele, Lea and Flood 2014). */
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
