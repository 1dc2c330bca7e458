/* draws.c: the draws that a program contains. They are those of the nodes that it is made from,
 * whatever becomes of these in planning: so planned and naive programs move the same counters. */
#include <stdlib.h>

#include "plan/passes.h"

/* Of one key, the furthest ahead first. */
static int by_key(const void *a, const void *b)
{
    const tg__program_draw *left = a, *right = b;
    if (left->key != right->key) return left->key < right->key ? -1 : 1;
    return (left->runs < right->runs) - (left->runs > right->runs);
}

/* Leaves one draw of each key, and gives it its counter. */
static bool unite(tg__program *program, tg_store *store)
{
    size_t kept = 0;
    for (size_t i = 0; i < program->draw_count; i++) {
        tg__program_draw draw = program->draws[i];
        if (kept > 0 && program->draws[kept - 1].key == draw.key) continue;
        draw.counter = tg__counter_of(store, draw.key);
        if (!draw.counter) return false;
        program->draws[kept++] = draw;
    }
    program->draw_count = kept;
    return true;
}

bool tg__find_draws(tg__program *program, const tg__wanted *wanted, const bool *needed)
{
    const tg_tape *tape = wanted->tape;
    if (tape->key_count == 0) return true;
    program->draws = tg__program_alloc(program, tape->key_count * sizeof *program->draws);
    if (!program->draws) return false;
    for (size_t p = wanted->count; p > 0; p--) {
        const tg_tensor *x = wanted->nodes[p - 1];
        if (!needed[p] || !(x->op->flags & TG_OP_RANDOM) || tg__is_source(wanted, x)) continue;
        const tg__draw_attr *attr = x->attr;
        program->draws[program->draw_count++] =
            (tg__program_draw){ .key = attr->key, .runs = attr->ahead + 1 };
    }
    if (program->draw_count)
        qsort(program->draws, program->draw_count, sizeof *program->draws, by_key);
    return unite(program, wanted->tape->store);
}
