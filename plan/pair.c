/* pair.c: puts a map whose result only one other map of its loop wants into the instruction of
 * that one, if there is a kernel for the two (tg__pairs). The first moves right before the
 * second, so all that comes later sees the order in which operands are really read.
 *
 * Of the softmax in program.h: sub and exp become one instruction, exp(a - b). */
#include "ops/pairs.h"
#include "plan/passes.h"

/* The number of the pair among tg__pairs, from 1; 0: there is none. */
static uint8_t find_pair(const tg_op *first, const tg_op *second, int operand, int dtype)
{
    for (const tg__pair *pair = tg__pairs; pair->first; pair++)
        if (pair->first == first && pair->second == second &&
            (pair->operand == operand || pair->operand < 0) && pair->way[dtype][0])
            return (uint8_t)(pair - tg__pairs + 1);
    return 0;
}

/* Is value [v] there for [user] alone, in the same part of the same loop? [uses]: how often values
 * are used in their own kernels. */
static bool is_for(const tg__program *program, const uint32_t *uses, uint32_t v, uint32_t user)
{
    const tg__member *first = &program->members[v], *second = &program->members[user];
    return first->kernel == second->kernel && first->role == second->role &&
           program->values[v].op->kind == TG_KIND_MAP &&
           program->storage[v].place == TG_PLACE_NONE && uses[v] == 1 && !first->pair &&
           !first->absorbed && program->values[v].dtype == program->values[user].dtype;
}

/* Pairs [v] with the first of its operands that allows it. */
static void pair_up(tg__program *program, const uint32_t *uses, uint32_t v)
{
    const tg__value *x = &program->values[v];
    if (x->op->kind != TG_KIND_MAP || !tg__is_float(x->dtype)) return;
    for (int i = 0; i < x->arity; i++) {
        if (x->view[i] || !is_for(program, uses, x->in[i], v)) continue;
        const uint8_t pair = find_pair(program->values[x->in[i]].op, x->op, i, x->dtype);
        if (!pair) continue;
        program->members[v].pair = pair;
        program->members[v].paired = (uint8_t)i;
        program->members[x->in[i]].absorbed = true;
        return;
    }
}

/* The kernel's values again, each absorbed map right before the one it belongs to. [list] has room
 * for them. */
static void reorder(tg__program *program, const tg__kernel *kernel, uint32_t *list)
{
    uint32_t *order = program->order + kernel->first, length = 0;
    memcpy(list, order, kernel->length * sizeof *list);
    for (uint32_t i = 0; i < kernel->length; i++) {
        const tg__member *member = &program->members[list[i]];
        if (member->absorbed) continue;
        if (member->pair) order[length++] = program->values[list[i]].in[member->paired];
        order[length++] = list[i];
    }
    for (uint32_t i = 0; i < kernel->length; i++) program->members[order[i]].position = i;
}

bool tg__pair_maps(tg__program *program)
{
    uint32_t longest = 0;
    for (size_t k = 0; k < program->kernel_count; k++)
        if (program->kernels[k].length > longest) longest = program->kernels[k].length;
    uint32_t *uses = tg__alloc_zero(&program->allocator, (program->count + 1) * sizeof *uses);
    uint32_t *list = tg__alloc(&program->allocator, (longest + 1) * sizeof *list);
    for (size_t k = 0; uses && list && k < program->kernel_count; k++) {
        const tg__kernel *kernel = &program->kernels[k];
        const uint32_t *order = tg__kernel_values(program, kernel);
        if (kernel->kind != TG_KERNEL_LOOP) continue;
        for (uint32_t i = 0; i < kernel->length; i++) {
            const tg__value *x = &program->values[order[i]];
            for (int j = 0; j < x->arity; j++)
                uses[x->in[j]] += program->members[x->in[j]].kernel == k;
        }
        for (uint32_t i = 0; i < kernel->length; i++) pair_up(program, uses, order[i]);
        reorder(program, kernel, list);
    }
    const bool ok = uses && list;
    tg__free(&program->allocator, uses);
    tg__free(&program->allocator, list);
    return ok;
}
