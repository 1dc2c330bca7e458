/* store.h: stores: variables, and how often keys were drawn by. */
#ifndef TG_STORE_H
#define TG_STORE_H

#include "kernels/memory.h"
#include "tg_tape.h"

struct tg_var {
    tg_store *store;
    const char *name;
    size_t index;
    tg_dtype dtype;
    tg_shape shape;
    int64_t count;
    size_t bytes; /* without padding */
    void *data;
    bool parameter, frozen;
    tg_site site;
};

/* How often a key has been drawn by. Counters are a tree by the hashes of keys, two bits a level.
 */
enum { TG__COUNTER_BRANCHES = 4 };
typedef struct tg__counter tg__counter;
struct tg__counter {
    _Atomic(tg__counter *) branch[TG__COUNTER_BRANCHES];
    tg__counter *next; /* made before this one */
    uint64_t key;
    _Atomic uint64_t value;
};

struct tg_store {
    tg_allocator allocator;
    tg__arena arena;
    tg_var **vars;
    size_t count, capacity;
    uint32_t *slots; /* open addressing by name: index + 1, or 0 */
    size_t slot_count;
    uint64_t seed;
    tg_dtype dtype;
    bool keep_denormals;
    int64_t step;
    _Atomic(tg__counter *) counters, newest_counter; /* the tree, and all of them as a list */
    uint64_t loads;                                  /* how many files have set the counters */
    /* How many changes there were of values of variables, and of [step] or [seed]. A tape
     * compares them with what it has seen, and so knows which of its values are old. */
    uint64_t variables_moved, counters_moved;
    tg_error error;
};

/* What is wrong with the initialiser for a variable, or parameter, of that dtype and shape;
 * NULL: nothing. */
const char *tg__init_fault(tg_init init, tg_dtype dtype, tg_shape shape, bool parameter);
/* Fills a new variable; false when out of memory. */
bool tg__fill_var(const tg_var *var, tg_init init);
/* Removes all variables but the first [count]; no caller has handles to them yet. */
void tg__store_shrink(tg_store *store, size_t count);

/* The counter of the key, made at 0 if there is none; NULL when out of memory. */
tg__counter *tg__counter_of(tg_store *store, uint64_t key);
uint64_t tg__counter_value(tg__counter *counter);
void tg__counter_set(tg__counter *counter, uint64_t value);
/* Raises it to at least [value]. */
void tg__counter_reach(tg__counter *counter, uint64_t value);
/* The counter after [last], in any order; the first after NULL. NULL at the end. */
tg__counter *tg__counter_next(const tg_store *store, const tg__counter *last);
void tg__counters_free(tg_store *store);

#endif
