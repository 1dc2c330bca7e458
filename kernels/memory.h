/* memory.h: the allocator, checked sizes, and arenas. Everything the library allocates
 * comes through here, so a test can fail the n-th allocation. */
#ifndef TG_MEMORY_H
#define TG_MEMORY_H

#include "tg_base.h"

/* The C library's allocator, aligned to 64 bytes. */
extern const tg_allocator tg__default_allocator;

void *tg__alloc(const tg_allocator *allocator, size_t size); /* NULL for size 0 too */
void *tg__alloc_zero(const tg_allocator *allocator, size_t size);
void tg__free(const tg_allocator *allocator, void *block); /* accepts NULL */
/* Grows an array of [*capacity] elements of [size] bytes to at least [needed]; false and
 * unchanged when out of memory. */
bool tg__grow(const tg_allocator *allocator, void *array_pointer, size_t *capacity, size_t needed,
              size_t size);

/* Sizes: false on overflow. */
static inline bool tg__size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}
static inline bool tg__size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

/* A value's storage is padded to whole groups of this many elements, so that kernels may
 * always work on full vectors. */
enum { TG_PAD = 16 };
/* Bytes for [count] elements of [size] bytes, padded; false on overflow. */
bool tg__padded_bytes(int64_t count, size_t size, size_t *bytes);

/* An arena: memory is allocated by moving a pointer through blocks, and is freed all at once. */
typedef struct tg__block tg__block;
typedef struct tg__arena {
    const tg_allocator *allocator;
    tg__block *first, *current;
    unsigned char *next, *end;
} tg__arena;

void tg__arena_init(tg__arena *arena, const tg_allocator *allocator);
/* What tg__arena_alloc does when the block is full; [align] is at most 64. */
void *tg__arena_alloc_slow(tg__arena *arena, size_t size, size_t align);
/* [size] bytes aligned to 16; NULL when out of memory. */
static inline void *tg__arena_alloc(tg__arena *arena, size_t size)
{
    const size_t rounded = (size + 15) & ~(size_t)15;
    if (rounded >= size && rounded <= (size_t)(arena->end - arena->next)) {
        void *block = arena->next;
        arena->next += rounded;
        return block;
    }
    return tg__arena_alloc_slow(arena, size, 16);
}
/* Zeroed, aligned to 64: for values. */
void *tg__arena_values(tg__arena *arena, size_t size);
char *tg__arena_string(tg__arena *arena, const char *text);
/* Starts from the beginning; keeps the blocks that were used, and others of up to as many bytes. */
void tg__arena_reset(tg__arena *arena);
/* Of all blocks. */
size_t tg__arena_bytes(const tg__arena *arena);
void tg__arena_free(tg__arena *arena);

#endif
