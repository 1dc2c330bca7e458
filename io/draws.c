/* draws.c: sets all counters of random draws at once. */
#include "io/draws.h"

bool tg__draws_find(tg_store *store, tg__draw *draws, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        draws[i].counter = tg__counter_of(store, draws[i].key);
        if (!draws[i].counter) return false;
    }
    return true;
}

void tg__draws_set(tg_store *store, const tg__draw *draws, size_t count)
{
    for (tg__counter *c = NULL; (c = tg__counter_next(store, c)) != NULL;) tg__counter_set(c, 0);
    for (size_t i = 0; i < count; i++) tg__counter_set(draws[i].counter, draws[i].count);
    store->loads++;
}
