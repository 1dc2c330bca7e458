/* draws.c: the draws that a plan contains. They are those of the nodes that it is made from,
 * whatever becomes of these in planning: so both executors move the same counters. */
#include <stdlib.h>

#include "runtime/run.h"

static int by_key(const void *a, const void *b)
{
    const tg__plan_draw *left = a, *right = b;
    return (left->key > right->key) - (left->key < right->key);
}

/* Draws come from the last to the first: of one key, the first to come is the furthest ahead. */
static bool add(tg_plan *plan, const tg__draw_attr *attr)
{
    for (size_t i = 0; i < plan->draw_count; i++)
        if (plan->draws[i].key == attr->key) return true;
    tg__counter *counter = tg__counter_of(plan->tape->store, attr->key);
    if (!counter) return false;
    plan->draws[plan->draw_count++] =
        (tg__plan_draw){ .key = attr->key, .counter = counter, .runs = attr->ahead + 1 };
    return true;
}

tg_status tg__plan_find_draws(tg_plan *plan, const tg__wanted *wanted, const bool *needed)
{
    const tg_tape *tape = plan->tape;
    if (tape->key_count == 0) return TG_OK;
    plan->draws = tg__plan_alloc(plan, tape->key_count * sizeof *plan->draws);
    bool ok = plan->draws;
    for (size_t p = wanted->count; ok && p > 0; p--) {
        const tg_tensor *x = wanted->nodes[p - 1];
        if (needed[p] && x->op->flags & TG_OP_RANDOM && !tg__is_source(wanted, x))
            ok = add(plan, x->attr);
    }
    if (plan->draw_count) qsort(plan->draws, plan->draw_count, sizeof *plan->draws, by_key);
    return ok ? TG_OK : TG_ERR_MEMORY;
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
    const tg__plan_draw sought = { .key = attr->key };
    const tg__plan_draw *draw =
        bsearch(&sought, plan->draws, plan->draw_count, sizeof sought, by_key);
    return draw->from + attr->ahead;
}
