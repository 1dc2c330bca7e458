/* passes.h: the passes that make a program, in their order. Each reads what those before it have
 * written and writes its own part; what it needs on the way it keeps in lists of its own.
 *
 *     pass          reads                      writes
 *     draws.c       the tape                   draws
 *     lower.c       the tape                   values, leaves, outputs
 *     constant.c    values                     values: constant, stays
 *     remake.c      values                     values: copies of some that would be kept long
 *     fuse.c        values                     kernels, members, order; which values need memory
 *     pair.c        values, members            members: pairs; order
 *     layout.c      all of these, live ranges  storage, landings, partial results, the block
 *
 * A naive program (naive.c) takes the place of all but the first. */
#ifndef TG_PASSES_H
#define TG_PASSES_H

#include "plan/program.h"

/* How long a value is needed: from its own kernel to [last_user], the last one that runs (kernels
 * run from high numbers to low). */
typedef struct tg__live_range {
    uint32_t last_user; /* TG__NONE: nobody */
    bool aligned;       /* the last user reads it position by position */
} tg__live_range;

/* Each returns false when out of memory. [needed], by place: is the node needed for what is
 * wanted? */
bool tg__find_draws(tg__program *program, const tg__wanted *wanted, const bool *needed);
bool tg__lower(tg__program *program, const tg__wanted *wanted, const bool *needed);
bool tg__lower_naive(tg__program *program, const tg__wanted *wanted, const bool *needed);
bool tg__find_constants(tg__program *program);
bool tg__remake(tg__program *program);
bool tg__fuse(tg__program *program, tg__live_range *ranges);
bool tg__pair_maps(tg__program *program);
bool tg__lay_out(tg__program *program, const tg__wanted *wanted, const tg__live_range *ranges);

/* Lists by value, all zero, for a program whose values are complete. */
bool tg__program_lists(tg__program *program);
/* Adds a leaf; NULL when out of memory. */
tg__leaf *tg__leaf_new(tg__program *program, const tg_op *op, tg_tensor *node);

/* Memory of the program's arena; NULL when out of memory. */
static inline void *tg__program_alloc(tg__program *program, size_t size)
{
    return tg__arena_alloc(&program->arena, size ? size : 1);
}

#endif
