/* draws.c: the draws that a plan contains. They are those of the nodes that it is made from,
 * whatever becomes of these in planning: so both executors move the same counters. */
#include <stdlib.h>

#include "exec/run.h"

/* Of one key, the furthest ahead first. */
static int by_key(const void *a, const void *b)
{
    const tg__plan_draw *left = a, *right = b;
    if (left->key != right->key) return left->key < right->key ? -1 : 1;
    return (left->runs < right->runs) - (left->runs > right->runs);
}

static int has_key(const void *key, const void *draw)
{
    const uint64_t sought = *(const uint64_t *)key, found = ((const tg__plan_draw *)draw)->key;
    return (sought > found) - (sought < found);
}

/* Leaves one draw of each key, and gives it its counter. */
static bool unite(tg_plan *plan)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->draw_count; i++) {
        tg__plan_draw draw = plan->draws[i];
        if (kept > 0 && plan->draws[kept - 1].key == draw.key) continue;
        draw.counter = tg__counter_of(plan->tape->store, draw.key);
        if (!draw.counter) return false;
        plan->draws[kept++] = draw;
    }
    plan->draw_count = kept;
    return true;
}

tg_status tg__plan_find_draws(tg_plan *plan, const tg__wanted *wanted, const bool *needed)
{
    const tg_tape *tape = plan->tape;
    if (tape->key_count == 0) return TG_OK;
    plan->draws = tg__plan_alloc(plan, tape->key_count * sizeof *plan->draws);
    if (!plan->draws) return TG_ERR_MEMORY;
    for (size_t p = wanted->count; p > 0; p--) {
        const tg_tensor *x = wanted->nodes[p - 1];
        if (!needed[p] || !(x->op->flags & TG_OP_RANDOM) || tg__is_source(wanted, x)) continue;
        const tg__draw_attr *attr = x->attr;
        plan->draws[plan->draw_count++] =
            (tg__plan_draw){ .key = attr->key, .runs = attr->ahead + 1 };
    }
    if (plan->draw_count) qsort(plan->draws, plan->draw_count, sizeof *plan->draws, by_key);
    return unite(plan) ? TG_OK : TG_ERR_MEMORY;
}

void tg__draws_begin(tg_plan *plan)
{
    for (size_t i = 0; i < plan->draw_count; i++) {
        tg__plan_draw *draw = &plan->draws[i];
        draw->from = plan->key ? tg__drawn_from(plan->tape, draw->key, draw->counter)
                               : tg__counter_value(draw->counter);
    }
}

void tg__draws_done(tg_plan *plan)
{
    for (size_t i = 0; i < plan->draw_count; i++) {
        const tg__plan_draw *draw = &plan->draws[i];
        if (plan->key) tg__drawn(plan->tape, draw->key, draw->from, draw->runs);
        else if (plan->steps) tg__counter_reach(draw->counter, draw->from + draw->runs);
    }
}

uint64_t tg__draw_count(const tg_plan *plan, const tg__draw_attr *attr)
{
    const tg__plan_draw *draw =
        bsearch(&attr->key, plan->draws, plan->draw_count, sizeof *draw, has_key);
    return draw->from + attr->ahead;
}
