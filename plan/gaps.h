/* gaps.h: the free parts of a block of memory, found by size and by place. */
#ifndef TG_GAPS_H
#define TG_GAPS_H

#include "kernels/memory.h"

/* Of the two orders: by size, and among equal ones by place; by place. */
enum { TG__BY_SIZE, TG__BY_PLACE, TG__GAP_ORDERS };

typedef struct tg__gap {
    size_t from, to;
    uint32_t child[TG__GAP_ORDERS][2]; /* those before and those after; 0: none */
    uint32_t priority;                 /* no less than those of its children */
} tg__gap;

/* Gaps never touch each other. In each of the two orders they are a treap: a search tree by the
 * order and a heap by priorities that look random, so that it is some log n deep, whatever happens.
 * (Seidel and Aragon, Randomized search trees, Algorithmica 16, 1996.) */
typedef struct tg__gaps {
    const tg_allocator *allocator;
    tg__gap *gap; /* the first is none */
    size_t count, capacity;
    uint32_t root[TG__GAP_ORDERS], unused; /* those that are free again, by child[0][0] */
    size_t compared;                       /* how many were looked at, for the tests */
} tg__gaps;

/* One gap, from 0 to [end]; false when out of memory. */
bool tg__gaps_begin(tg__gaps *gaps, const tg_allocator *allocator, size_t end);
void tg__gaps_end(tg__gaps *gaps);
/* Takes the bytes from the beginning of the smallest gap that has them, the first of equal ones;
 * false if there is none. */
bool tg__gaps_take(tg__gaps *gaps, size_t bytes, size_t *offset);
/* Gives back what was taken, or a part of it; false when out of memory. */
bool tg__gaps_release(tg__gaps *gaps, size_t offset, size_t bytes);

#endif
