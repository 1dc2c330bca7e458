/* memory.c: the default allocator, checked sizes, arenas. */
#define _DEFAULT_SOURCE 1 /* for madvise */
#include "kernels/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 1 << 21 };

/* Large blocks in huge pages, where the system has them on request: products walk over many
 * lines, each of which would need an entry of its own in the TLB. */
static void *default_alloc(void *context, size_t size)
{
    (void)context;
    void *block = NULL;
    const bool large = size >= 2 * (size_t)HUGE_PAGE;
    if (posix_memalign(&block, large ? HUGE_PAGE : 64, size) != 0) return NULL;
#ifdef MADV_HUGEPAGE
    if (large) (void)madvise(block, size / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    return block;
}

static void default_free(void *context, void *block)
{
    (void)context;
    free(block);
}

const tg_allocator tg__default_allocator = { default_alloc, default_free, NULL };

void *tg__alloc(const tg_allocator *allocator, size_t size)
{
    if (size == 0 || size > PTRDIFF_MAX) return NULL;
    return allocator->alloc(allocator->context, size);
}

void *tg__alloc_zero(const tg_allocator *allocator, size_t size)
{
    void *block = tg__alloc(allocator, size);
    if (block) memset(block, 0, size);
    return block;
}

void tg__free(const tg_allocator *allocator, void *block)
{
    if (block) allocator->free(allocator->context, block);
}

bool tg__grow(const tg_allocator *allocator, void *array_pointer, size_t *capacity, size_t needed,
              size_t size)
{
    if (needed <= *capacity) return true;
    size_t wanted = *capacity ? *capacity : 16, bytes;
    while (wanted < needed) {
        if (!tg__size_mul(wanted, 2, &wanted)) return false;
    }
    if (!tg__size_mul(wanted, size, &bytes)) return false;
    void *old, *fresh = tg__alloc(allocator, bytes);
    if (!fresh) return false;
    memcpy(&old, array_pointer, sizeof old);
    if (old) memcpy(fresh, old, *capacity * size);
    tg__free(allocator, old);
    memcpy(array_pointer, &fresh, sizeof fresh);
    *capacity = wanted;
    return true;
}

bool tg__padded_bytes(int64_t count, size_t size, size_t *bytes)
{
    size_t elements;
    if (count < 0 || (uint64_t)count > SIZE_MAX) return false;
    if (!tg__size_add((size_t)count, TG_PAD - 1, &elements)) return false;
    elements &= ~(size_t)(TG_PAD - 1);
    if (elements == 0) elements = TG_PAD;
    return tg__size_mul(elements, size, bytes) && *bytes <= PTRDIFF_MAX;
}

/* ---- Arenas ----------------------------------------------------------------------------- */

struct tg__block {
    tg__block *next;
    size_t size; /* of the whole block, header included */
};

enum { BLOCK_BYTES = 1 << 16, HEADER = 64 };

void tg__arena_init(tg__arena *arena, const tg_allocator *allocator)
{
    *arena = (tg__arena){ .allocator = allocator };
}

static void enter(tg__arena *arena, tg__block *block)
{
    arena->current = block;
    arena->next = (unsigned char *)block + HEADER;
    arena->end = (unsigned char *)block + block->size;
}

/* The next block: one that a reset has kept, if one is large enough; the smaller ones stay in
 * the list after it. */
static tg__block *next_block(tg__arena *arena, size_t needed)
{
    tg__block **next = arena->current ? &arena->current->next : &arena->first, *block = NULL;
    tg__block **p = next;
    while (*p && (*p)->size < needed) p = &(*p)->next;
    if (*p) {
        block = *p;
        *p = block->next;
    } else {
        size_t bytes = arena->current ? arena->current->size : BLOCK_BYTES / 2;
        bytes = bytes < ((size_t)1 << 24) ? bytes * 2 : bytes;
        if (bytes < needed) bytes = needed;
        block = tg__alloc(arena->allocator, bytes);
        if (!block) return NULL;
        block->size = bytes;
    }
    block->next = *next;
    return *next = block;
}

void *tg__arena_alloc_slow(tg__arena *arena, size_t size, size_t align)
{
    size_t needed;
    if (!tg__size_add(size, HEADER + align + 15, &needed)) return NULL;
    size = (size + 15) & ~(size_t)15;
    for (;;) {
        if (arena->current) {
            const uintptr_t at = ((uintptr_t)arena->next + align - 1) & ~(uintptr_t)(align - 1);
            const uintptr_t end = (uintptr_t)arena->end;
            if (at <= end && size <= end - at) {
                unsigned char *block = arena->next + (at - (uintptr_t)arena->next);
                arena->next = block + size;
                return block;
            }
        }
        tg__block *block = next_block(arena, needed);
        if (!block) return NULL;
        enter(arena, block);
    }
}

void *tg__arena_values(tg__arena *arena, size_t size)
{
    void *block = tg__arena_alloc_slow(arena, size, 64);
    if (block) memset(block, 0, size);
    return block;
}

char *tg__arena_string(tg__arena *arena, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = tg__arena_alloc(arena, size);
    if (copy) memcpy(copy, text, size);
    return copy;
}

/* Blocks that were not used since the last reset are kept up to as many bytes as were used; so
 * an arena whose contents grow does not keep all the blocks that have become too small. */
void tg__arena_reset(tg__arena *arena)
{
    size_t used = 0, unused = 0;
    tg__block **p = &arena->first;
    for (bool more = arena->current != NULL; more && *p; p = &(*p)->next) {
        used += (*p)->size;
        more = *p != arena->current;
    }
    while (*p) {
        tg__block *block = *p;
        if (unused + block->size <= used) {
            unused += block->size;
            p = &block->next;
        } else {
            *p = block->next;
            tg__free(arena->allocator, block);
        }
    }
    arena->current = NULL;
    arena->next = arena->end = NULL;
    if (arena->first) enter(arena, arena->first);
}

size_t tg__arena_bytes(const tg__arena *arena)
{
    size_t bytes = 0;
    for (const tg__block *block = arena->first; block; block = block->next) bytes += block->size;
    return bytes;
}

void tg__arena_free(tg__arena *arena)
{
    tg__block *block = arena->first;
    while (block) {
        tg__block *next = block->next;
        tg__free(arena->allocator, block);
        block = next;
    }
    tg__arena_init(arena, arena->allocator);
}
