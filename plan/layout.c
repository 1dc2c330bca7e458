/* layout.c: where values live. Each is needed from the kernel that computes it to the last
 * that uses it, and kernels run in a known order, so one block of memory is laid out before
 * the first run and its size is exact. */
#include "exec/code.h"
#include "plan/gaps.h"

enum { ALIGN = 64 };

typedef struct layout {
    tg_plan *plan;
    tg__gaps gaps; /* the last one is endless */
    size_t peak;
    uint32_t *dying; /* by kernel: first value + 1 that it uses last */
    uint32_t *next;  /* by value */
} layout;

static bool take(layout *l, size_t bytes, size_t *offset)
{
    if (!tg__gaps_take(&l->gaps, bytes, offset)) return false;
    if (*offset + bytes > l->peak) l->peak = *offset + bytes;
    return true;
}

static bool bytes_of(const tg__value *x, size_t *bytes)
{
    if (!tg__padded_bytes(x->count, tg_dtype_size((tg_dtype)x->dtype), bytes)) return false;
    *bytes = (*bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return true;
}

/* A value may take over the memory of an operand that is read for the last time where the
 * value is made, position by position. */
static bool take_over(tg_plan *plan, tg__value *x)
{
    if (x->role != TG_ROLE_FULL || x->op->kind != TG_KIND_MAP ||
        plan->kernels[x->kernel].kind != TG_KERNEL_LOOP)
        return false;
    for (int i = 0; i < x->arity; i++) {
        tg__value *operand = &plan->nodes[x->in[i]];
        if (operand->place != TG_PLACE_BLOCK || operand->output || operand->stays ||
            operand->given_away || operand->kernel == x->kernel ||
            operand->last_user != x->kernel || !operand->last_user_full ||
            operand->count != x->count || x->view[i] ||
            tg_dtype_size((tg_dtype)operand->dtype) != tg_dtype_size((tg_dtype)x->dtype) ||
            operand->last_position != x->reg)
            continue;
        x->shares = x->in[i];
        x->offset = operand->offset;
        operand->given_away = true;
        return true;
    }
    return false;
}

/* Numbers the values of a kernel, in [reg], where emission puts registers later, and notes where
 * operands are read last. */
static void number_positions(tg_plan *plan, const tg__kernel *kernel)
{
    uint32_t position = 0;
    for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next) {
        tg__value *x = &plan->nodes[v];
        x->reg = position;
        for (int i = 0; i < x->arity; i++) plan->nodes[x->in[i]].last_position = position;
        position++;
    }
}

static bool place_kernel(layout *l, uint32_t k)
{
    tg_plan *plan = l->plan;
    tg__kernel *kernel = &plan->kernels[k];
    number_positions(plan, kernel);
    for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next) {
        tg__value *x = &plan->nodes[v];
        if (x->place != TG_PLACE_BLOCK || x->stays) continue;
        if (!bytes_of(x, &x->bytes)) return false;
        if (!take_over(plan, x) && !take(l, x->bytes, &x->offset)) return false;
        if (x->output || x->op->kind == TG_KIND_ASSIGN) continue; /* stays */
        l->next[v] = l->dying[x->last_user];
        l->dying[x->last_user] = v + 1;
    }
    kernel->partials_bytes = 0;
    for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next)
        if (plan->nodes[v].role == TG_ROLE_WHOLE)
            kernel->partials_bytes +=
                tg__partials_of(kernel, &plan->nodes[v]) * sizeof(tg__partial);
    kernel->partials_bytes = (kernel->partials_bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (kernel->partials_bytes &&
        (!take(l, kernel->partials_bytes, &kernel->partials) ||
         !tg__gaps_release(&l->gaps, kernel->partials, kernel->partials_bytes)))
        return false;
    for (uint32_t v = l->dying[k]; v; v = l->next[v - 1]) {
        const tg__value *x = &plan->nodes[v - 1];
        if (!x->given_away && !tg__gaps_release(&l->gaps, x->offset, x->bytes)) return false;
    }
    return true;
}

/* Constant values are there before all others, and for good. */
static bool place_constants(layout *l)
{
    tg_plan *plan = l->plan;
    for (size_t v = 0; v < plan->count; v++) {
        tg__value *x = &plan->nodes[v];
        if (x->stays && x->place == TG_PLACE_BLOCK &&
            (!bytes_of(x, &x->bytes) || !take(l, x->bytes, &x->offset)))
            return false;
    }
    return true;
}

/* ---- Assignments ------------------------------------------------------------------------ */

/* The last kernel that can find fault with its operands; TG_NO_VALUE if there is none. */
static uint32_t last_fallible(const tg_plan *plan)
{
    for (uint32_t k = 0; k < plan->kernel_count; k++)
        if (plan->kernels[k].kind == TG_KERNEL_CALL &&
            plan->nodes[plan->kernels[k].first].op->flags & TG_OP_FALLIBLE)
            return k;
    return TG_NO_VALUE;
}

/* A variable is written in place if nobody reads it any more, and nothing can fail any more:
 * a run that fails assigns nothing. Else the value waits in memory and lands at the end. */
static tg_status place_assignments(tg_plan *plan)
{
    plan->landings = tg__plan_alloc(plan, sizeof *plan->landings * plan->assign_count);
    uint32_t *reader = tg__plan_alloc(plan, sizeof *reader * plan->leaf_count);
    if (!plan->landings || !reader) return TG_ERR_MEMORY;
    for (size_t i = 0; i < plan->leaf_count; i++) reader[i] = TG_NO_VALUE;
    for (size_t v = 0; v < plan->count; v++)
        if (plan->nodes[v].op == &tg__op_read) reader[plan->nodes[v].leaf] = (uint32_t)v;
    const uint32_t fallible = last_fallible(plan);
    for (size_t v = 0; v < plan->count; v++) {
        tg__value *x = &plan->nodes[v];
        if (x->op != &tg__op_assign) continue;
        const tg__value *read =
            reader[x->leaf] == TG_NO_VALUE ? NULL : &plan->nodes[reader[x->leaf]];
        bool in_place = fallible == TG_NO_VALUE || fallible > x->kernel;
        if (read && read->last_user != TG_NO_VALUE)
            in_place &= read->last_user > x->kernel ||
                        (read->last_user == x->kernel && read->last_user_full);
        if (in_place) {
            x->place = TG_PLACE_LEAF;
        } else {
            x->place = TG_PLACE_BLOCK;
            plan->landings[plan->landing_count++] = (tg__landing){ (uint32_t)v, x->leaf };
        }
    }
    return TG_OK;
}

tg_status tg__layout(tg_plan *plan)
{
    const tg_allocator *allocator = &plan->allocator;
    const tg_status status = place_assignments(plan);
    if (status != TG_OK) return status;
    layout l = { .plan = plan };
    l.dying = tg__alloc_zero(allocator, (plan->kernel_count + 1) * sizeof *l.dying);
    l.next = tg__alloc_zero(allocator, (plan->count + 1) * sizeof *l.next);
    const size_t endless = (size_t)PTRDIFF_MAX & ~(size_t)(ALIGN - 1);
    bool ok =
        tg__gaps_begin(&l.gaps, allocator, endless) && l.dying && l.next && place_constants(&l);
    for (size_t k = plan->kernel_count; ok && k-- > 0;) ok = place_kernel(&l, (uint32_t)k);
    plan->values_bytes = l.peak;
    tg__free(allocator, l.dying);
    tg__free(allocator, l.next);
    tg__gaps_end(&l.gaps);
    plan->tape->compared += l.gaps.compared;
    return ok ? TG_OK : TG_ERR_MEMORY;
}
