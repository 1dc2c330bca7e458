/* counter.c: how often each key of the store has been drawn by. A draw is a function of the seed,
 * its key and that count, so whoever moves the counters decides which draws are made next:
 *
 *     a compiled plan        by each completed run, those of its own draws (runtime/run.c)
 *     a recording that is    when it ends (commit, rewind, free), those of the draws that it has
 *     read (define-by-run)   computed: until then, reading one again gives the same numbers. One
 *                            that ends with a failed run has made no step and moves none
 *     tg_load                all of them, to what the file says
 *
 * Several tapes of a store may record and run on threads of their own. Therefore counters are never
 * moved or freed before the store is, and are added without a lock. */
#include <stdatomic.h>

#include "autograd/engine.h"

static tg__counter *find(tg__counter *from, const tg__counter *to, uint64_t key)
{
    while (from != to && from->key != key) from = from->next;
    return from == to ? NULL : from;
}

tg__counter *tg__counter_of(tg_store *store, uint64_t key)
{
    _Atomic(tg__counter *) *chain = &store->counters[key % TG__COUNTER_CHAINS];
    tg__counter *first = atomic_load(chain), *known = find(first, NULL, key);
    if (known) return known;
    tg__counter *fresh = tg__alloc(&store->allocator, sizeof *fresh);
    if (!fresh) return NULL;
    *fresh = (tg__counter){ .next = first, .key = key };
    while (!atomic_compare_exchange_weak(chain, &first, fresh)) {
        known = find(first, fresh->next, key); /* added by another thread meanwhile? */
        if (known) {
            tg__free(&store->allocator, fresh);
            return known;
        }
        fresh->next = first;
    }
    return fresh;
}

uint64_t tg__counter_value(tg__counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

void tg__counter_set(tg__counter *counter, uint64_t value)
{
    atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

void tg__counter_reach(tg__counter *counter, uint64_t value)
{
    uint64_t now = tg__counter_value(counter);
    while (now < value &&
           !atomic_compare_exchange_weak_explicit(&counter->value, &now, value,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

tg__counter *tg__counter_next(const tg_store *store, size_t *chain, tg__counter *last)
{
    tg__counter *next = last ? last->next : NULL;
    while (!next && *chain < TG__COUNTER_CHAINS) next = atomic_load(&store->counters[(*chain)++]);
    return next;
}

void tg__counters_free(tg_store *store)
{
    tg__counter *next;
    size_t chain = 0;
    for (tg__counter *c = tg__counter_next(store, &chain, NULL); c; c = next) {
        next = tg__counter_next(store, &chain, c);
        tg__free(&store->allocator, c);
    }
}

/* ---- The draws of a recording ------------------------------------------------------------- */

/* The first use of the key on the tape; NULL if there is none. */
static tg__key_use *first_use(const tg_tape *tape, uint64_t key)
{
    for (size_t i = 0; i < tape->key_count; i++)
        if (tape->keys[i].key == key) return &tape->keys[i];
    return NULL;
}

/* Does it still count what was computed, or has a file been loaded since? */
static bool is_standing(const tg_tape *tape, const tg__key_use *use)
{
    return use->computed > 0 && use->loads == tape->store->loads;
}

uint64_t tg__drawn_from(const tg_tape *tape, uint64_t key, tg__counter *counter)
{
    const tg__key_use *use = first_use(tape, key);
    return use && is_standing(tape, use) ? use->from : tg__counter_value(counter);
}

void tg__drawn(tg_tape *tape, uint64_t key, uint64_t from, uint64_t runs)
{
    tg__key_use *use = first_use(tape, key);
    if (!use) return;
    if (!is_standing(tape, use)) use->computed = 0;
    use->loads = tape->store->loads;
    use->from = from;
    if (use->computed < runs) use->computed = runs;
}

void tg__draws_end(tg_tape *tape)
{
    for (size_t i = 0; i < tape->key_count; i++) {
        const tg__key_use *use = &tape->keys[i];
        if (is_standing(tape, use)) tg__counter_reach(use->counter, use->from + use->computed);
    }
}
