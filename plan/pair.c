/* pair.c: puts a map whose result only one other map of its loop wants into the instruction of
 * that one, if there is a kernel for the two (tg__pairs). The first moves right before the
 * second, so all that comes later sees the order in which operands are really read. */
#include "plan/plan.h"

static const tg__pair *find_pair(const tg_op *first, const tg_op *second, int operand, int dtype)
{
    for (const tg__pair *pair = tg__pairs; pair->first; pair++)
        if (pair->first == first && pair->second == second &&
            (pair->operand == operand || pair->operand < 0) && pair->way[dtype][0])
            return pair;
    return NULL;
}

/* Whether [first] lives for [second] alone, in the same part of the same loop. */
static bool lives_for(const tg__value *first, const tg__value *second)
{
    return first->kernel == second->kernel && first->role == second->role &&
           first->op->kind == TG_KIND_MAP && first->place == TG_PLACE_NONE && first->uses == 1 &&
           first->paired == TG_NO_VALUE && !first->absorbed && first->dtype == second->dtype;
}

/* Pairs [v] with the first of its operands that allows it. */
static void pair_up(tg_plan *plan, uint32_t v)
{
    tg__value *x = &plan->nodes[v];
    if (x->op->kind != TG_KIND_MAP || !tg__is_float(x->dtype)) return;
    for (int i = 0; i < x->arity; i++) {
        tg__value *first = &plan->nodes[x->in[i]];
        if (x->view[i] || !lives_for(first, x)) continue;
        const tg__pair *pair = find_pair(first->op, x->op, i, x->dtype);
        if (!pair) continue;
        x->pair = pair;
        x->paired = x->in[i];
        first->absorbed = true;
        return;
    }
}

/* The kernel's list again, each absorbed map right before the one it belongs to. */
static void reorder(tg_plan *plan, tg__kernel *kernel)
{
    uint32_t *tail = &kernel->first;
    for (uint32_t v = kernel->first, next; v != TG_NO_VALUE; v = next) {
        tg__value *x = &plan->nodes[v];
        next = x->next;
        if (x->absorbed) continue;
        if (x->paired != TG_NO_VALUE) {
            *tail = x->paired;
            tail = &plan->nodes[x->paired].next;
        }
        *tail = v;
        tail = &x->next;
    }
    *tail = TG_NO_VALUE;
}

tg_status tg__pair_maps(tg_plan *plan)
{
    for (size_t k = 0; k < plan->kernel_count; k++) {
        tg__kernel *kernel = &plan->kernels[k];
        if (kernel->kind != TG_KERNEL_LOOP) continue;
        for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next)
            for (int i = 0; i < plan->nodes[v].arity; i++) {
                tg__value *operand = &plan->nodes[plan->nodes[v].in[i]];
                operand->uses += operand->kernel == k;
            }
        for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next)
            pair_up(plan, v);
        reorder(plan, kernel);
    }
    return TG_OK;
}
