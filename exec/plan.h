/* plan.h: plans: a program of a tape, and the instance that the tape's values come from. */
#ifndef TG_PLAN_H
#define TG_PLAN_H

#include "exec/native.h"

struct tg_plan {
    tg_plan *next;       /* on one of the tape's lists */
    tg_tape *tape;       /* NULL: it is gone */
    uint32_t generation; /* of the tape it was made from: rewound, it cannot run again */
    tg_allocator allocator;
    tg__instance *instance;
    const tg__program *program; /* the instance's */
    int threads;
    int holders;          /* the user, and the instances that were made of it; atomic */
    tg__profile *profile; /* what was measured of its runs; NULL: nothing */
    bool trap, has_run;
    bool failed;  /* the last run: it wrote over some of what the one before had kept */
    bool steps;   /* of a compiled plan: completed runs count, in the store's step and the draws */
    uint64_t age; /* of the tape when the last good run began */
    tg_tensor **output_nodes; /* of a compiled plan */
    size_t output_count;
    unsigned char *key; /* of define-by-run: the structure, for its cache; else NULL */
    size_t key_size;
    uint64_t key_hash;
    tg__native_result *native; /* NULL: it was not to be machine code */
    tg_error error;            /* the last run's, or why it did not begin */
};

tg_plan *tg__plan_new(tg_tape *tape, int threads);
/* Makes the program and its instance; a failed plan can only be released. *[bytes]: what the values
 * need, as far as that is known. */
tg_status tg__plan_make(tg_plan *plan, const tg__wanted *wanted, size_t *bytes);
/* Looks up where the leaves' values are, which are nodes [i] by their numbers in the key; NULL:
 * those that the program was made from. */
void tg__plan_bind(tg_plan *plan, tg_tensor *const *nodes);
/* Runs the plan; the tape keeps the message of a failure, and forgets an older one. */
tg_status tg__plan_run(tg_plan *plan);
/* After a run whose values have been taken: moves the counters of its draws. */
void tg__plan_count_draws(tg_plan *plan);
/* Puts the plan on one of its tape's lists, which frees it with the tape. */
void tg__plan_hang(tg_plan *plan, tg_plan **list);
/* The last holder frees it. */
void tg__plan_hold(tg_plan *plan);
void tg__plan_release(tg_plan *plan);
/* Bytes that it takes. */
size_t tg__plan_memory(const tg_plan *plan);

#endif
