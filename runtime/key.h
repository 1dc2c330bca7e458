/* key.h: the structure of a recording, for the cache of plans. */
#ifndef TG_KEY_H
#define TG_KEY_H

#include "runtime/plan.h"

typedef struct tg__key {
    unsigned char *bytes;
    size_t size, capacity;
    uint64_t hash;
    tg_tensor **nodes; /* in the order of the walk */
    uint32_t count;
    size_t node_capacity;
    uint32_t *numbers; /* by tape node: its place in [nodes] + 1, or 0 */
} tg__key;

/* False when out of memory. */
bool tg__key_make(tg_tape *tape, const tg__wanted *wanted, tg__key *key);
void tg__key_free(tg_tape *tape, tg__key *key);

#endif
