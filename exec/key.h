/* key.h: the structure of a recording, for the cache of plans. */
#ifndef TG_KEY_H
#define TG_KEY_H

#include "autograd/record.h"
#include "plan/program.h"

typedef struct tg__key {
    unsigned char *bytes;
    size_t size, capacity;
    uint64_t hash;
    tg_tensor **nodes; /* in the order of the walk: x->place - 1 is where x stands here */
    uint32_t count;
    size_t node_capacity;
    tg_tensor *misfit; /* why there is no key: its value of the wanted age cannot be had */
} tg__key;

/* The nodes behind the outputs, as far as their values are not known, are numbered until
 * tg__key_free, and their structure is written down. False when out of memory, or if there is a
 * misfit. */
bool tg__key_make(tg_tape *tape, const tg__wanted *wanted, tg__key *key);
void tg__key_free(tg_tape *tape, tg__key *key);
/* Is the value of a node on the way an output too? Where there is memory for it anyway: views that
 * show more than there is have none. What a compiled plan covers is the plan's to keep. */
static inline bool tg__is_kept(const tg__wanted *wanted, const tg_tensor *x)
{
    if (!wanted->keep_all || x->plan || tg__is_source(wanted, x)) return false;
    return x->op->kind != TG_KIND_VIEW || tg__elements(x) <= tg__elements(x->in[0]);
}

#endif
