/* counter.c: how often each key of the store has been drawn by. A draw is a function of the seed,
 * its key and that count, so whoever moves the counters decides which draws are made next:
 *
 *     a compiled plan        by each completed run, those of its own draws (exec/plan.c)
 *     a recording that is    when it ends (commit, rewind, free), those of the draws that it has
 *     read (define-by-run)   computed: until then, reading one again gives the same numbers. One
 *                            that ends with a failed run has made no step and moves none
 *     tg_load                all of them, to what the file says
 *
 * Several tapes of a store may record and run on threads of their own. Therefore counters are never
 * moved or freed before the store is, and are added without a lock. */
#include <stdatomic.h>

#include "autograd/engine.h"

/* The tree branches by the bits of a key's hash, two at each level. Hashes of two keys differ,
 * so the keys share 32 levels at most, and usually a few: the tree is about half as deep as the
 * number of keys has bits. */
tg__counter *tg__counter_of(tg_store *store, uint64_t key)
{
    _Atomic(tg__counter *) *place = &store->counters;
    tg__counter *fresh = NULL;
    for (uint64_t hash = tg__hash_word(0, key);; hash = hash >> 2 | hash << 62) {
        tg__counter *known = atomic_load(place);
        if (!known) {
            if (!fresh && !(fresh = tg__alloc_zero(&store->allocator, sizeof *fresh))) return NULL;
            fresh->key = key;
            if (atomic_compare_exchange_strong(place, &known, fresh)) break;
        } /* else another thread has put [known] there meanwhile */
        if (known->key == key) {
            tg__free(&store->allocator, fresh);
            return known;
        }
        place = &known->branch[hash % TG__COUNTER_BRANCHES];
    }
    fresh->next = atomic_load(&store->newest_counter);
    while (!atomic_compare_exchange_weak(&store->newest_counter, &fresh->next, fresh)) {
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

tg__counter *tg__counter_next(const tg_store *store, const tg__counter *last)
{
    return last ? last->next : atomic_load(&store->newest_counter);
}

void tg__counters_free(tg_store *store)
{
    tg__counter *next;
    for (tg__counter *c = tg__counter_next(store, NULL); c; c = next) {
        next = c->next;
        tg__free(&store->allocator, c);
    }
}

/* ---- The draws of a recording ------------------------------------------------------------- */

static size_t key_chain(const tg_tape *tape, uint64_t key)
{
    return (size_t)tg__hash_word(0, key) & (tape->key_chain_count - 1);
}

static size_t exact_chain(const tg_tape *tape, uint64_t key, size_t unrolled)
{
    return (size_t)tg__hash_word(tg__hash_word(1, key), unrolled) & (tape->key_chain_count - 1);
}

/* The place of the key's first use; the number of uses if there is none. */
static size_t find_first(tg_tape *tape, uint64_t key)
{
    if (tape->key_count == 0) return 0;
    for (size_t i = tape->key_chains[key_chain(tape, key)].key; i; i = tape->keys[i - 1].next_key) {
        tape->compared++;
        if (tape->keys[i - 1].key == key) return i - 1;
    }
    return tape->key_count;
}

static bool is_used(tg_tape *tape, uint64_t key, size_t unrolled)
{
    if (tape->key_count == 0) return false;
    size_t i = tape->key_chains[exact_chain(tape, key, unrolled)].exact;
    for (; i; i = tape->keys[i - 1].next_exact) {
        tape->compared++;
        if (tape->keys[i - 1].key == key && tape->keys[i - 1].unrolled == unrolled) return true;
    }
    return false;
}

/* Puts use [i], which is in no chain yet, at the head of its chains. */
static void chain_up(tg_tape *tape, size_t i)
{
    tg__key_use *use = &tape->keys[i];
    size_t *exact = &tape->key_chains[exact_chain(tape, use->key, use->unrolled)].exact;
    use->next_exact = *exact;
    *exact = i + 1;
    if (use->first != i) return;
    size_t *key = &tape->key_chains[key_chain(tape, use->key)].key;
    use->next_key = *key;
    *key = i + 1;
}

/* Room for one more use. */
static bool reserve_use(tg_tape *tape)
{
    if (!tg__grow(&tape->allocator, &tape->keys, &tape->key_capacity, tape->key_count + 1,
                  sizeof *tape->keys))
        return false;
    if (tape->key_chain_count >= tape->key_capacity) return true;
    tg__key_chain *chains =
        tg__alloc_zero(&tape->allocator, tape->key_capacity * sizeof *chains); /* a power of 2 */
    if (!chains) return false;
    tg__free(&tape->allocator, tape->key_chains);
    tape->key_chains = chains;
    tape->key_chain_count = tape->key_capacity;
    for (size_t i = 0; i < tape->key_count; i++) chain_up(tape, i);
    return true;
}

tg_status tg__key_enter(tg_tape *tape, uint64_t key, uint64_t *ahead)
{
    if (is_used(tape, key, tape->unrolled)) return TG_ERR_ARGUMENT;
    tg__counter *counter = tg__counter_of(tape->store, key);
    if (!counter || !reserve_use(tape)) return TG_ERR_MEMORY;
    const size_t i = tape->key_count, first = find_first(tape, key);
    tape->keys[i] =
        (tg__key_use){ .key = key, .unrolled = tape->unrolled, .counter = counter, .first = first };
    *ahead = tape->keys[first].count++;
    chain_up(tape, i);
    tape->key_count++;
    return TG_OK;
}

/* Uses are removed from the newest on, which is at the head of its chains. */
void tg__keys_shrink(tg_tape *tape, size_t count)
{
    while (tape->key_count > count) {
        const size_t i = --tape->key_count;
        const tg__key_use *use = &tape->keys[i];
        tape->key_chains[exact_chain(tape, use->key, use->unrolled)].exact = use->next_exact;
        if (use->first == i) tape->key_chains[key_chain(tape, use->key)].key = use->next_key;
        else tape->keys[use->first].count--;
    }
}

/* The first use of the key on the tape; NULL if there is none. */
static tg__key_use *first_use(tg_tape *tape, uint64_t key)
{
    const size_t first = find_first(tape, key);
    return first < tape->key_count ? &tape->keys[first] : NULL;
}

/* Is what the use says of computed draws still valid? It is not if a file has been loaded since. */
static bool is_standing(const tg_tape *tape, const tg__key_use *use)
{
    return use->computed > 0 && use->loads == tape->store->loads;
}

uint64_t tg__drawn_from(tg_tape *tape, uint64_t key, tg__counter *counter)
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
