/* emit_scalar.c: kernels of single numbers to instructions over numbered slots. A slot is used
 * again when the number in it was used last. */
#include "exec/code.h"

typedef struct scalars {
    tg_plan *plan;
    tg__scalar_program *program;
    uint32_t *free_slots;
    size_t free_count, free_capacity;
    size_t load_capacity, number_capacity, store_capacity, function_capacity;
} scalars;

static bool add_transfer(scalars *s, tg__transfer **list, uint32_t *count, size_t *capacity,
                         uint32_t slot, uint32_t value, int64_t offset)
{
    if (!tg__grow(&s->plan->allocator, list, capacity, *count + 1u, sizeof **list)) return false;
    (*list)[(*count)++] = (tg__transfer){ .slot = slot, .value = value, .offset = offset };
    return true;
}

static uint32_t function_index(scalars *s, double (*function)(double, double, double))
{
    tg__scalar_program *p = s->program;
    for (uint32_t i = 0; i < p->function_count; i++)
        if (p->functions[i] == function) return i;
    if (!tg__grow(&s->plan->allocator, &p->functions, &s->function_capacity, p->function_count + 1u,
                  sizeof *p->functions))
        return TG_NO_VALUE;
    p->functions[p->function_count] = function;
    return p->function_count++;
}

/* Slots for what comes from outside: they hold it for the whole program. */
static bool enter_operands(scalars *s, uint32_t k)
{
    tg_plan *plan = s->plan;
    tg__scalar_program *p = s->program;
    for (uint32_t v = plan->kernels[k].first; v != TG_NO_VALUE; v = plan->nodes[v].next)
        for (int i = 0; i < plan->nodes[v].arity; i++) {
            tg__value *operand = &plan->nodes[plan->nodes[v].in[i]];
            if (operand->kernel == k || operand->last_position == k) continue;
            if (plan->nodes[v].view[i]) continue; /* one element of many: slot_of */
            operand->last_position = k;           /* entered */
            operand->reg = p->slot_count++;
            const bool number = operand->op == &tg__op_number;
            const bool ok = number
                                ? add_transfer(s, &p->numbers, &p->number_count,
                                               &s->number_capacity, operand->reg, operand->leaf, 0)
                                : add_transfer(s, &p->loads, &p->load_count, &s->load_capacity,
                                               operand->reg, plan->nodes[v].in[i], 0);
            if (!ok) return false;
        }
    return true;
}

/* The slot of operand [i]. An element of a larger value gets one of its own. */
static bool slot_of(scalars *s, const tg__value *x, int i, uint32_t *slot)
{
    const tg__view *view = x->view[i];
    *slot = view ? s->program->slot_count++ : s->plan->nodes[x->in[i]].reg;
    return !view || add_transfer(s, &s->program->loads, &s->program->load_count, &s->load_capacity,
                                 *slot, x->in[i], view->offset);
}

static bool emit_scalar(scalars *s, uint32_t v)
{
    tg_plan *plan = s->plan;
    tg__scalar_program *p = s->program;
    tg__value *x = &plan->nodes[v];
    uint32_t in[3] = { 0 };
    for (int i = 0; i < x->arity; i++)
        if (!slot_of(s, x, i, &in[i])) return false;
    if (x->op->kind == TG_KIND_ASSIGN)
        return add_transfer(s, &p->stores, &p->store_count, &s->store_capacity, in[0], v, 0);
    tg__op1 op = { .code = (uint8_t)x->op->map->opcode, .a = in[0], .b = in[1], .c = in[2] };
    if (op.code == TG_CODE_CALL) {
        const uint32_t function = function_index(s, x->op->map->scalar);
        if (function == TG_NO_VALUE) return false;
        op.function = (uint16_t)function;
    }
    if (x->dtype == TG_F32 && op.code != TG_CODE_SELECT && op.code != TG_CODE_NEG)
        op.code = (uint8_t)(op.code + TG_CODE_ROUND);
    /* Slots of operands that die here can be used again, by this very value. */
    for (int i = 0; i < x->arity; i++) {
        tg__value *operand = &plan->nodes[x->in[i]];
        if (operand->kernel != x->kernel || operand->last_position != v ||
            operand->place != TG_PLACE_NONE)
            continue;
        bool twice = false;
        for (int j = 0; j < i; j++) twice |= x->in[j] == x->in[i];
        if (twice) continue;
        if (!tg__grow(&plan->allocator, &s->free_slots, &s->free_capacity, s->free_count + 1,
                      sizeof *s->free_slots))
            return false;
        s->free_slots[s->free_count++] = operand->reg;
    }
    x->reg = op.out = s->free_count ? s->free_slots[--s->free_count] : p->slot_count++;
    p->code[p->code_count++] = op;
    return x->place != TG_PLACE_BLOCK ||
           add_transfer(s, &p->stores, &p->store_count, &s->store_capacity, op.out, v, 0);
}

bool tg__emit_scalars(tg_plan *plan, uint32_t k)
{
    tg__kernel *kernel = &plan->kernels[k];
    tg__scalar_program *p = tg__plan_alloc(plan, sizeof *p);
    if (!p) return false;
    *p = (tg__scalar_program){ 0 };
    kernel->program = p;
    p->code = tg__plan_alloc(plan, sizeof *p->code * kernel->length);
    scalars s = { .plan = plan, .program = p };
    /* Values of this kernel are marked by the value that uses them last, operands from outside
     * by the kernel; both marks begin as none. */
    for (uint32_t v = kernel->first; v != TG_NO_VALUE; v = plan->nodes[v].next)
        for (int i = 0; i < plan->nodes[v].arity; i++)
            plan->nodes[plan->nodes[v].in[i]].last_position = TG_NO_VALUE;
    bool ok = p->code && enter_operands(&s, k);
    for (uint32_t v = kernel->first; ok && v != TG_NO_VALUE; v = plan->nodes[v].next)
        for (int i = 0; i < plan->nodes[v].arity; i++) {
            tg__value *operand = &plan->nodes[plan->nodes[v].in[i]];
            if (operand->kernel == k) operand->last_position = v;
        }
    /* An assigned value waits in its slot for the end, whoever else uses it. */
    for (uint32_t v = kernel->first; ok && v != TG_NO_VALUE; v = plan->nodes[v].next)
        if (plan->nodes[v].op->kind == TG_KIND_ASSIGN &&
            plan->nodes[plan->nodes[v].in[0]].kernel == k)
            plan->nodes[plan->nodes[v].in[0]].last_position = TG_NO_VALUE;
    for (uint32_t v = kernel->first; ok && v != TG_NO_VALUE; v = plan->nodes[v].next)
        ok = emit_scalar(&s, v);
    if (ok) {
        p->slots = tg__plan_alloc(plan, sizeof *p->slots * p->slot_count);
        ok = p->slots != NULL;
    }
    if (ok) memset(p->slots, 0, sizeof *p->slots * p->slot_count);
    tg__free(&plan->allocator, s.free_slots);
    return ok;
}
