/* emit_scalar.c: kernels of single numbers to instructions over numbered slots. A slot is used
 * again when the number in it has been used for the last time.
 *
 * For y = a * b + a, of which a and b come from outside and y is wanted there:
 *
 *     load  a -> slot 0, b -> slot 1
 *     MUL   slot 2 = slot 0 * slot 1
 *     ADD   slot 2 = slot 2 + slot 0        the product's last use: its slot is free
 *     store slot 2 -> y                                                                      */
#include "exec/code.h"
#include "ops/registry.h"

typedef struct scalars {
    tg__preparing *p;
    const tg__program *program;
    const tg__kernel *kernel;
    tg__scalar_program *code;
    uint32_t k;
    uint32_t *slot;     /* by value: the slot it is in; TG__NONE: none yet */
    uint32_t *last_use; /* by value of this kernel: the value that uses it last; TG__NONE: kept */
    uint32_t *free_slots;
    size_t free_count, free_capacity;
    size_t load_capacity, number_capacity, store_capacity, function_capacity;
} scalars;

static bool is_inside(const scalars *s, uint32_t v)
{
    return s->program->members[v].kernel == s->k;
}

/* ---- What comes from outside and goes there --------------------------------------------- */

static bool add_transfer(scalars *s, tg__transfer **list, uint32_t *count, size_t *capacity,
                         tg__transfer transfer)
{
    if (!tg__grow(&s->p->exe->allocator, list, capacity, *count + 1u, sizeof **list)) return false;
    (*list)[(*count)++] = transfer;
    return true;
}

static bool add_load(scalars *s, uint32_t slot, uint32_t v, int64_t offset)
{
    return add_transfer(s, &s->code->loads, &s->code->load_count, &s->load_capacity,
                        (tg__transfer){ slot, v, offset, s->program->values[v].dtype });
}

static bool add_store(scalars *s, uint32_t slot, uint32_t v)
{
    return add_transfer(s, &s->code->stores, &s->code->store_count, &s->store_capacity,
                        (tg__transfer){ slot, v, 0, s->program->values[v].dtype });
}

/* Slots for what comes from outside: they hold it for the whole program. */
static bool enter_operands(scalars *s)
{
    const uint32_t *order = tg__kernel_values(s->program, s->kernel);
    for (uint32_t i = 0; i < s->kernel->length; i++) {
        const tg__value *x = &s->program->values[order[i]];
        for (int j = 0; j < x->arity; j++) {
            const uint32_t from = x->in[j];
            const tg__value *operand = &s->program->values[from];
            if (is_inside(s, from) || s->slot[from] != TG__NONE) continue;
            if (x->view[j]) continue; /* one element of many: slot_of */
            const uint32_t slot = s->slot[from] = s->code->slot_count++;
            const bool ok =
                operand->op == &tg__op_number
                    ? add_transfer(s, &s->code->numbers, &s->code->number_count,
                                   &s->number_capacity,
                                   (tg__transfer){ slot, operand->leaf, 0, operand->dtype })
                    : add_load(s, slot, from, 0);
            if (!ok) return false;
        }
    }
    return true;
}

/* ---- Instructions ----------------------------------------------------------------------- */

static uint32_t function_index(scalars *s, double (*function)(double, double, double))
{
    tg__scalar_program *p = s->code;
    for (uint32_t i = 0; i < p->function_count; i++)
        if (p->functions[i] == function) return i;
    if (!tg__grow(&s->p->exe->allocator, &p->functions, &s->function_capacity,
                  p->function_count + 1u, sizeof *p->functions))
        return TG__NONE;
    p->functions[p->function_count] = function;
    return p->function_count++;
}

/* The slot of operand [i]. An element of a larger value gets one of its own. */
static bool slot_of(scalars *s, const tg__value *x, int i, uint32_t *slot)
{
    const tg__view *view = x->view[i];
    *slot = view ? s->code->slot_count++ : s->slot[x->in[i]];
    return !view || add_load(s, *slot, x->in[i], view->offset);
}

/* Slots of operands whose last use is [v] can be used again, by v itself. */
static bool free_operands(scalars *s, uint32_t v)
{
    const tg__value *x = &s->program->values[v];
    for (int i = 0; i < x->arity; i++) {
        const uint32_t from = x->in[i];
        if (!is_inside(s, from) || s->last_use[from] != v ||
            s->program->storage[from].place != TG_PLACE_NONE)
            continue;
        bool twice = false;
        for (int j = 0; j < i; j++) twice |= x->in[j] == from;
        if (twice) continue;
        if (!tg__grow(&s->p->exe->allocator, &s->free_slots, &s->free_capacity, s->free_count + 1,
                      sizeof *s->free_slots))
            return false;
        s->free_slots[s->free_count++] = s->slot[from];
    }
    return true;
}

static bool emit_scalar(scalars *s, uint32_t v)
{
    tg__scalar_program *p = s->code;
    const tg__value *x = &s->program->values[v];
    uint32_t in[3] = { 0 };
    for (int i = 0; i < x->arity; i++)
        if (!slot_of(s, x, i, &in[i])) return false;
    if (x->op->kind == TG_KIND_ASSIGN) return add_store(s, in[0], v);
    tg__op1 op = { .code = (uint8_t)x->op->map->opcode, .a = in[0], .b = in[1], .c = in[2] };
    if (op.code == TG_CODE_CALL) {
        const uint32_t function = function_index(s, x->op->map->scalar);
        if (function == TG__NONE) return false;
        op.function = (uint16_t)function;
    }
    if (x->dtype == TG_F32 && op.code != TG_CODE_SELECT && op.code != TG_CODE_NEG)
        op.code = (uint8_t)(op.code + TG_CODE_ROUND);
    if (!free_operands(s, v)) return false;
    s->slot[v] = op.out = s->free_count ? s->free_slots[--s->free_count] : p->slot_count++;
    p->code[p->code_count++] = op;
    return s->program->storage[v].place != TG_PLACE_BLOCK || add_store(s, op.out, v);
}

/* Where values of this kernel are used last. An assigned value waits in its slot for the end,
 * whoever else uses it. */
static void find_last_uses(scalars *s)
{
    const uint32_t *order = tg__kernel_values(s->program, s->kernel);
    for (uint32_t i = 0; i < s->kernel->length; i++) {
        const tg__value *x = &s->program->values[order[i]];
        for (int j = 0; j < x->arity; j++) {
            s->slot[x->in[j]] = TG__NONE;
            s->last_use[x->in[j]] = order[i];
        }
    }
    for (uint32_t i = 0; i < s->kernel->length; i++) {
        const tg__value *x = &s->program->values[order[i]];
        if (x->op->kind == TG_KIND_ASSIGN) s->last_use[x->in[0]] = TG__NONE;
    }
}

/* A bool is 0 or 1 here, and a number that was rounded needs no cast. */
const char *tg__number_text(const tg_op *op)
{
    if (op == &tg__op_and) return "a != 0 && b != 0";
    if (op == &tg__op_or) return "a != 0 || b != 0";
    if (op == &tg__op_not) return "x == 0";
    if (op == &tg__op_select) return "a != 0 ? b : c";
    if (strcmp(op->name, "cast_bool") == 0) return "x != 0";
    if (strncmp(op->name, "cast_", 5) == 0 || op == &tg__op_copy) return "x";
    return op->map->text[TG_F64];
}

bool tg__emit_scalars(tg__preparing *p, uint32_t k)
{
    const tg__program *program = p->exe->program;
    scalars s = { .p = p,
                  .program = program,
                  .kernel = &program->kernels[k],
                  .k = k,
                  .slot = p->mark[0],
                  .last_use = p->mark[1] };
    s.code = p->exe->kernels[k].code = tg__code_alloc(p, sizeof *s.code);
    if (!s.code) return false;
    *s.code = (tg__scalar_program){ 0 };
    s.code->code = tg__code_alloc(p, sizeof *s.code->code * s.kernel->length);
    find_last_uses(&s);
    bool ok = s.code->code && enter_operands(&s);
    const uint32_t *order = tg__kernel_values(program, s.kernel);
    for (uint32_t i = 0; ok && i < s.kernel->length; i++) ok = emit_scalar(&s, order[i]);
    tg__free(&p->exe->allocator, s.free_slots);
    return ok;
}
