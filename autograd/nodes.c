/* nodes.c: the memory of nodes, and how a handle to a node that no longer exists is recognised.
 *
 * A handle is a pointer, and the memory of nodes is used again; so the check can use only the
 * pointer and what it points to. Nodes live in pages that hold nothing else as long as the tape
 * lives: what an old handle points to is a node, or the middle of one, but never anything else.
 * The pages form a ring. A rewind does not go back in the ring, so the place of a dead node is
 * used again as late as possible: after one lap. In each lap the nodes of a page begin 8 bytes
 * further on, and a node begins with a pointer to itself. So a handle from an earlier lap points
 * to a place where no node begins, and where no such pointer is, until after TG__LAPS laps
 * places are the same again. A place that was not used again yet still holds the old node, with
 * its old generation. */
#include "autograd/engine.h"

enum {
    PAGE_BYTES = 1 << 14,
    PAGE_HEADER = 64,
    STEP = _Alignof(tg_tensor), /* from one lap to the next */
    SLOTS = (PAGE_BYTES - PAGE_HEADER - (TG__LAPS - 1) * STEP) / sizeof(tg_tensor),
    LEAST_PAGES = 64, /* before a place is used again: 1 MB */
    MOST_AT_ONCE = 1024
};

struct tg__page {
    tg_tape *tape;
    tg__page *next; /* the ring */
    size_t lap;
};

struct tg__region {
    tg__region *next;
};

_Static_assert(sizeof(tg__page) <= PAGE_HEADER, "a page's header has its place");

tg_tape *tg__tape_of_handle(const tg_tensor *x)
{
    const uintptr_t inside = (uintptr_t)x & (PAGE_BYTES - 1);
    return ((const tg__page *)(const void *)((const unsigned char *)x - inside))->tape;
}

/* More pages, behind the current one. */
static bool add_pages(tg_tape *tape)
{
    tg__ring *ring = &tape->ring;
    size_t count = 1 + ring->pages / 4; /* a quarter more, so that little is unused */
    if (count > 16) count = ring->pages / 16 < 16 ? 16 : ring->pages / 16;
    if (count > MOST_AT_ONCE) count = MOST_AT_ONCE;
    const size_t bytes = (count + 1) * PAGE_BYTES + sizeof(tg__region);
    unsigned char *block = tg__alloc(&tape->allocator, bytes);
    if (!block) return false;
    tg__region *region = (tg__region *)(void *)block;
    region->next = ring->regions;
    ring->regions = region;
    block += sizeof *region;
    block += (PAGE_BYTES - ((uintptr_t)block & (PAGE_BYTES - 1))) & (PAGE_BYTES - 1);
    for (size_t i = count; i-- > 0;) {
        tg__page *page = (tg__page *)(void *)(block + i * PAGE_BYTES);
        *page = (tg__page){ .tape = tape, .next = page };
        if (ring->current) {
            page->next = ring->current->next;
            ring->current->next = page;
        } else {
            ring->current = page;
        }
    }
    ring->pages += count;
    ring->fresh = count;
    return true;
}

/* Goes on to the next page of the ring. It is a new one while there are fewer pages than
 * LEAST_PAGES, or than twice those with nodes of this recording. */
static bool turn_page(tg_tape *tape)
{
    tg__ring *ring = &tape->ring;
    const bool first = ring->current == NULL;
    const size_t wanted = 2 * (ring->live + 1);
    const bool few = ring->pages < (wanted > LEAST_PAGES ? wanted : LEAST_PAGES);
    if (!ring->fresh && few && !add_pages(tape)) return false;
    tg__page *page = first ? ring->current : ring->current->next;
    unsigned char *begin = (unsigned char *)page + PAGE_HEADER;
    if (ring->fresh) { /* it was never used */
        ring->fresh--;
    } else {
        page->lap = (page->lap + 1) % TG__LAPS;
        memset(begin, 0, page->lap * STEP); /* no node of this lap overwrites what began there */
    }
    ring->current = page;
    ring->live++;
    ring->next = begin + page->lap * STEP;
    ring->end = ring->next + SLOTS * sizeof(tg_tensor);
    return true;
}

tg_tensor *tg__node_new(tg_tape *tape)
{
    tg__ring *ring = &tape->ring;
    if (ring->next == ring->end && !turn_page(tape)) return NULL;
    tg_tensor *x = (tg_tensor *)(void *)ring->next;
    ring->next += sizeof *x;
    return x;
}

void tg__nodes_rewind(tg_tape *tape) { tape->ring.live = tape->ring.current ? 1 : 0; }

void tg__nodes_free(tg_tape *tape)
{
    for (tg__region *region = tape->ring.regions, *next; region; region = next) {
        next = region->next;
        tg__free(&tape->allocator, region);
    }
    tape->ring = (tg__ring){ 0 };
}
