/* failing_allocator.h: an allocator for tests. It counts, keeps the balance, remembers the
 * largest sizes asked for, and fails the n-th call: once, or from then on. */
#ifndef TG_TESTS_FAILING_ALLOCATOR_H
#define TG_TESTS_FAILING_ALLOCATOR_H

#include <tapegrad.h>

#include <stdlib.h>
#include <string.h>

typedef struct failing_allocator {
    size_t calls;      /* of alloc */
    size_t live;       /* blocks that have not been freed */
    size_t live_bytes; /* their sizes, as asked for */
    size_t peak_bytes; /* the most that there were */
    size_t fail_at;    /* the call that fails, counted from 1; 0: none */
    bool persistent;   /* and all after it */
    size_t largest;    /* more bytes than this are never to be had; 0: no limit */
    size_t failures;
    size_t sought; /* a size, and how often it was asked for */
    size_t sought_calls;
} failing_allocator;

enum { ALLOCATION_HEADER = 64 };

static inline void *failing_alloc(void *context, size_t size)
{
    failing_allocator *a = context;
    a->calls++;
    a->sought_calls += size == a->sought;
    if (a->fail_at && (a->calls == a->fail_at || (a->persistent && a->calls > a->fail_at))) {
        a->failures++;
        return NULL;
    }
    if (a->largest && size > a->largest) return NULL;
    unsigned char *block = NULL;
    if (posix_memalign((void **)&block, 64, size + ALLOCATION_HEADER) != 0) return NULL;
    memcpy(block, &size, sizeof size);
    memset(block + ALLOCATION_HEADER, 0xa5, size); /* nobody may count on zeros */
    a->live++;
    a->live_bytes += size;
    if (a->live_bytes > a->peak_bytes) a->peak_bytes = a->live_bytes;
    return block + ALLOCATION_HEADER;
}

static inline void failing_free(void *context, void *block)
{
    failing_allocator *a = context;
    unsigned char *start = (unsigned char *)block - ALLOCATION_HEADER;
    size_t size;
    memcpy(&size, start, sizeof size);
    memset(block, 0x5a, size); /* nor on what was freed */
    a->live--;
    a->live_bytes -= size;
    free(start);
}

static inline tg_allocator failing_interface(failing_allocator *a)
{
    return (tg_allocator){ failing_alloc, failing_free, a };
}

#endif
