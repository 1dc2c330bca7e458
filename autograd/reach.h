/* reach.h: what leads to a node. */
#ifndef TG_REACH_H
#define TG_REACH_H

#include "autograd/tape.h"

/* A node, and what its [slot] was before. */
typedef struct tg__reached {
    uint32_t id, before;
} tg__reached;

/* The nodes with ids of at least [lowest] from which a path of derivatives leads to one node. */
typedef struct tg__reach {
    tg_tape *tape;
    tg__reached *at;
    size_t count, capacity;
} tg__reach;

/* Collects them, in ascending order of their ids; false when out of memory. */
bool tg__reach_begin(tg__reach *reach, tg_tensor *y, uint32_t lowest);
void tg__reach_end(tg__reach *reach);
/* The place of [x] among them; the count if it is none of them. */
static inline size_t tg__reach_place(const tg__reach *reach, const tg_tensor *x)
{
    return x->slot < reach->count && reach->at[x->slot].id == x->id ? x->slot : reach->count;
}
/* Does a derivative lead from its operands to the node? */
static inline bool tg__leads_on(const tg_tensor *x) { return x->op->vjp && tg__is_float(x->dtype); }

#endif
