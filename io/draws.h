/* draws.h: the counters of a store's random draws, which files and snapshots save and restore. */
#ifndef TG_DRAWS_H
#define TG_DRAWS_H

#include "autograd/engine.h"

typedef struct tg__draw {
    uint64_t key, count;
    tg__counter *counter; /* the counter of that key in the store */
} tg__draw;

/* Finds the counters of these keys, or makes them with value 0, which is what a missing one means.
 * False if there is no memory. */
bool tg__draws_find(tg_store *store, tg__draw *draws, size_t count);
/* Sets the store's counters to these values, and those of all other keys to 0. Cannot fail. */
void tg__draws_set(tg_store *store, const tg__draw *draws, size_t count);

#endif
