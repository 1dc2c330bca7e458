/* draws.h: the counts of a store's random draws, which files and snapshots bring back. */
#ifndef TG_DRAWS_H
#define TG_DRAWS_H

#include "autograd/engine.h"

typedef struct tg__draw {
    uint64_t key, count;
    tg__counter *counter; /* the store's */
} tg__draw;

/* Finds or makes the counters. New ones are 0, as if they were not there. False when out of
 * memory. */
bool tg__draws_find(tg_store *store, tg__draw *draws, size_t count);
/* All counters of the store become those: 0 for a key that is not among them. Cannot fail. */
void tg__draws_set(tg_store *store, const tg__draw *draws, size_t count);

#endif
