/* order.c: in which order a program comes to its assignments. An optimizer's are recorded parameter
 * by parameter, from the first layer to the last; the gradients they wait for are known from the
 * last layer to the first. In the order of recording, the first update would draw all of the
 * backward pass before the second, and every layer's cotangent would wait in memory for the
 * gradient of its weight. Those that wait for the fewest operations in a row come first instead: so
 * an update is made while its cotangent is in the cache, and what it took is free again. */
#include "plan/lower.h"

#include <stdlib.h>

/* An assignment, and how many operations one after the other lead to it. */
typedef struct place {
    uint32_t assign, depth;
} place;

/* Operands are recorded before their users. */
static void find_depths(const tg__lowering *l, uint32_t *depth)
{
    for (size_t p = 1; p <= l->length; p++) {
        const tg_tensor *x = l->wanted->nodes[p - 1];
        depth[p] = 0;
        if (!l->live[p] || tg__is_source(l->wanted, x)) continue;
        for (int i = 0; i < x->arity; i++) {
            const uint32_t before = depth[x->in[i]->place];
            if (before >= depth[p]) depth[p] = before + 1;
        }
    }
}

static int by_depth(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->depth != y->depth) return x->depth < y->depth ? -1 : 1;
    return x->assign < y->assign ? -1 : x->assign > y->assign;
}

bool tg__order_assigns(const tg__lowering *l, uint32_t *order)
{
    const tg_allocator *allocator = &l->program->allocator;
    const size_t count = l->wanted->assign_count;
    if (count == 0) return true;
    uint32_t *depth = tg__alloc(allocator, (l->length + 1) * sizeof *depth);
    place *places = tg__alloc(allocator, count * sizeof *places);
    if (depth && places) {
        find_depths(l, depth);
        for (size_t i = 0; i < count; i++)
            places[i] = (place){ (uint32_t)i, depth[l->wanted->assigns[i]->place] };
        qsort(places, count, sizeof *places, by_depth);
        for (size_t i = 0; i < count; i++) order[i] = places[i].assign;
    }
    const bool ok = depth && places;
    tg__free(allocator, depth);
    tg__free(allocator, places);
    return ok;
}
