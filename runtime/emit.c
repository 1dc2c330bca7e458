/* emit.c: kernels to instructions. A loop becomes instructions over registers, a block of
 * positions each; a scalar program becomes instructions over numbered slots. */
#include "runtime/code.h"
#include "ops/ops.h"

/* ---- Loops ----------------------------------------------------------------------------- */

/* How a value is seen in a loop. The same value may be seen in several ways. */
typedef enum form {
    FORM_FULL, /* an element for each position */
    FORM_ROW,  /* an element for each row */
    FORM_ONE,  /* one element for all */
} form;

typedef struct sight {
    uint32_t value;
    const tg__view *view; /* collapsed, or NULL */
    uint8_t form;
    bool filled;          /* FORM_ONE made into a full register */
    uint32_t reg, last;   /* TG_NONE until made; the position of the last use */
} sight;

typedef struct emission {
    tg_plan *plan;
    tg__kernel *kernel;
    tg__loop *loop;
    uint32_t k;
    sight *sights;
    size_t sight_count, sight_capacity;
    size_t reg_capacity, code_capacity, before_capacity;
    uint32_t *free_temps; /* registers that can be used again */
    size_t free_count, free_capacity;
    bool failed;
} emission;

static uint32_t add_reg(emission *e, tg__reg reg)
{
    tg__loop *loop = e->loop;
    if (!tg__grow(&e->plan->allocator, &loop->regs, &e->reg_capacity, loop->reg_count + 1u,
                  sizeof *loop->regs)) {
        e->failed = true;
        return 0;
    }
    loop->regs[loop->reg_count] = reg;
    return loop->reg_count++;
}

static uint32_t take_temp(emission *e)
{
    if (e->free_count > 0) return e->free_temps[--e->free_count];
    return add_reg(e, (tg__reg){ .kind = TG_REG_TEMP, .value = TG_NONE, .offset = e->loop->temps++ });
}

static void drop_temp(emission *e, uint32_t reg)
{
    if (e->failed || e->loop->regs[reg].kind != TG_REG_TEMP) return;
    if (tg__grow(&e->plan->allocator, &e->free_temps, &e->free_capacity, e->free_count + 1,
                 sizeof *e->free_temps))
        e->free_temps[e->free_count++] = reg;
}

static void add_insn(emission *e, tg__insn insn, bool before)
{
    tg__loop *loop = e->loop;
    tg__insn **list = before ? &loop->before : &loop->code;
    uint32_t *count = before ? &loop->before_count : &loop->code_count;
    if (!tg__grow(&e->plan->allocator, list, before ? &e->before_capacity : &e->code_capacity,
                  *count + 1u, sizeof insn)) {
        e->failed = true;
        return;
    }
    (*list)[(*count)++] = insn;
}

/* The element that a view sees all the time, if it sees only one. */
static bool sees_one(const tg__node *value, const tg__view *view, int64_t *offset)
{
    *offset = view ? view->offset : 0;
    if (value->count == 1 && !view) return true;
    for (int i = 0; view && i < view->rank; i++)
        if (view->stride[i] != 0 && view->dim[i] != 1) return false;
    return view != NULL;
}

/* How operand [i] of [x] is seen. */
static form form_of(const emission *e, const tg__node *x, int i)
{
    const tg__node *operand = &e->plan->nodes[x->in[i]];
    const bool inside = operand->kernel == e->k && operand->role == TG_ROLE_ROW;
    int64_t offset;
    if (x->op->kind == TG_KIND_REDUCE) return FORM_FULL;
    if (inside) return FORM_ROW; /* a full user spreads it */
    if (operand->kernel != e->k && e->kernel->count != 1 && sees_one(operand, x->view[i], &offset))
        return FORM_ONE;
    return x->role == TG_ROLE_ROW ? FORM_ROW : FORM_FULL;
}

static bool same_sight(const tg__view *a, const tg__view *b)
{
    if (a == b) return true;
    if (!a || !b || a->rank != b->rank || a->offset != b->offset) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i] || a->stride[i] != b->stride[i]) return false;
    return true;
}

static sight *sight_of(emission *e, uint32_t value, const tg__view *view, form how, bool filled)
{
    const bool inside = e->plan->nodes[value].kernel == e->k;
    for (size_t i = 0; i < e->sight_count; i++) {
        sight *s = &e->sights[i];
        if (s->value == value && s->form == how && s->filled == filled &&
            (inside || same_sight(s->view, view)))
            return s;
    }
    if (!tg__grow(&e->plan->allocator, &e->sights, &e->sight_capacity, e->sight_count + 1,
                  sizeof *e->sights)) {
        e->failed = true;
        return NULL;
    }
    e->sights[e->sight_count] = (sight){ .value = value, .view = view, .form = (uint8_t)how,
                                         .filled = filled, .reg = TG_NONE };
    return &e->sights[e->sight_count++];
}

/* The view of an operand, as loads take it: collapsed, and NULL if it is the value itself. A
 * reduction's operand comes with all its axes. */
static const tg__view *load_view(emission *e, const tg__node *x, int i)
{
    const tg__view *view = x->view[i];
    if (!view || x->op->kind != TG_KIND_REDUCE) return view;
    if (view->offset == 0 && tg__view_is_dense(view) &&
        tg__view_count(view) == e->plan->nodes[x->in[i]].count)
        return NULL;
    tg__view *flat = tg__plan_alloc(e->plan, sizeof *flat);
    if (!flat) {
        e->failed = true;
        return NULL;
    }
    *flat = tg__view_collapse(view);
    return flat;
}

/* A full register in which a row's element stands for its whole row. */
static uint32_t spread(emission *e, sight *row, uint32_t position)
{
    const uint32_t value = row->value, from = row->reg;
    sight *full = sight_of(e, value, NULL, FORM_FULL, true);
    if (!full) return 0;
    full->last = position > full->last ? position : full->last;
    if (full->reg == TG_NONE) {
        const uint32_t reg = take_temp(e);
        full->reg = reg;
        add_insn(e, (tg__insn){ .code = TG_DO_SPREAD, .out = reg, .in = { from }, .arity = 1,
                                .value = value,
                                .size = (uint8_t)tg_dtype_size((tg_dtype)e->plan->nodes[value].dtype) },
                 false);
    }
    return full->reg;
}

/* The register in which [s] can be read, made if it is not there yet. */
static uint32_t reg_of(emission *e, sight *s)
{
    if (s->reg != TG_NONE) return s->reg;
    const tg__node *value = &e->plan->nodes[s->value];
    const uint8_t size = (uint8_t)tg_dtype_size((tg_dtype)value->dtype);
    int64_t one = 0;
    if (s->form == FORM_ONE) {
        (void)sees_one(value, s->view, &one);
        s->reg = add_reg(e, (tg__reg){ .kind = TG_REG_ONE, .size = size, .value = s->value,
                                       .offset = one });
        return s->reg;
    }
    const bool dense = !s->view || tg__view_is_dense(s->view);
    if (s->form == FORM_FULL && dense && !e->loop->cut.copies) {
        s->reg = add_reg(e, (tg__reg){ .kind = TG_REG_MEMORY, .size = size, .value = s->value,
                                       .offset = s->view ? s->view->offset : 0 });
        return s->reg;
    }
    tg__view *view = tg__plan_alloc(e->plan, sizeof *view);
    if (!view) {
        e->failed = true;
        return 0;
    }
    *view = s->view ? *s->view : tg__view_dense(1, &value->count);
    const uint32_t value_id = s->value;
    const bool rows = s->form == FORM_ROW;
    const uint32_t reg = take_temp(e);
    s->reg = reg;
    add_insn(e, (tg__insn){ .code = rows ? TG_DO_LOAD_ROWS : TG_DO_LOAD, .size = size, .out = reg,
                            .value = value_id, .view = view }, false);
    return reg;
}

/* A full register (or one with an element for each row) that holds one element throughout. */
static uint32_t filled(emission *e, sight *one, uint32_t position)
{
    const uint32_t value = one->value, from = reg_of(e, one);
    const uint8_t size = (uint8_t)tg_dtype_size((tg_dtype)e->plan->nodes[value].dtype);
    const tg__view *view = one->view;
    sight *full = sight_of(e, value, view, FORM_ONE, true);
    if (!full) return 0;
    full->last = UINT32_MAX; /* made once for all blocks: never given back */
    (void)position;
    if (full->reg == TG_NONE) {
        full->reg = add_reg(e, (tg__reg){ .kind = TG_REG_TEMP, .value = TG_NONE,
                                          .offset = e->loop->temps++ });
        add_insn(e, (tg__insn){ .code = TG_DO_FILL, .size = size, .out = full->reg, .in = { from },
                                .arity = 1, .value = value }, true);
    }
    return full->reg;
}

/* Gives back the registers of sights that are used for the last time at [position]. */
static void drop_dead(emission *e, uint32_t position)
{
    for (size_t i = 0; i < e->sight_count; i++) {
        sight *s = &e->sights[i];
        if (s->reg == TG_NONE || s->last != position) continue;
        drop_temp(e, s->reg);
        s->last = UINT32_MAX;
    }
}

/* Notes every use in the kernel, so that registers can be given back. */
static void note_uses(emission *e)
{
    uint32_t position = 0;
    for (uint32_t v = e->kernel->first; v != TG_NONE; v = e->plan->nodes[v].next, position++) {
        tg__node *x = &e->plan->nodes[v];
        x->reg = position;
        for (int i = 0; i < x->arity; i++) {
            const form how = form_of(e, x, i);
            const bool inside = e->plan->nodes[x->in[i]].kernel == e->k;
            sight *s = sight_of(e, x->in[i], inside ? NULL : load_view(e, x, i), how, false);
            if (s) s->last = position;
            /* A row value that a full user spreads lives on in a second register. */
            if (inside && how == FORM_ROW && x->role == TG_ROLE_FULL && e->loop->cut.rows != 1) {
                sight *full = sight_of(e, x->in[i], NULL, FORM_FULL, true);
                if (full) full->last = position;
            }
        }
    }
}

/* An operand as an instruction takes it: a register, and whether one element stands for all. */
typedef struct taken {
    uint32_t reg;
    bool one;
    sight *sight;
} taken;

static taken take_operand(emission *e, const tg__node *x, int i, uint32_t position)
{
    const form how = form_of(e, x, i);
    const bool inside = e->plan->nodes[x->in[i]].kernel == e->k;
    sight *s = sight_of(e, x->in[i], inside ? NULL : load_view(e, x, i), how, false);
    if (!s) return (taken){ 0 };
    if (how == FORM_ROW && x->role == TG_ROLE_FULL) {
        if (e->loop->cut.rows == 1) return (taken){ s->reg, true, s };
        return (taken){ spread(e, s, position), false, NULL };
    }
    const uint32_t reg = reg_of(e, s);
    /* reg_of may have moved the table */
    s = sight_of(e, x->in[i], inside ? NULL : load_view(e, x, i), how, false);
    return (taken){ reg, how == FORM_ONE, s };
}

/* A vector where the instruction has no way to take one element. */
static uint32_t as_vector(emission *e, const tg__node *x, int i, const taken *operand,
                          uint32_t position)
{
    if (!operand->one) return operand->reg;
    if (operand->sight && operand->sight->form == FORM_ONE) return filled(e, operand->sight, position);
    /* A row's element in a block of one row: filled in every block. */
    const uint32_t reg = take_temp(e);
    const uint32_t value = x->in[i];
    add_insn(e, (tg__insn){ .code = TG_DO_SPREAD, .out = reg, .in = { operand->reg }, .arity = 1,
                            .value = value,
                            .size = (uint8_t)tg_dtype_size((tg_dtype)e->plan->nodes[value].dtype) },
             false);
    sight *full = sight_of(e, value, NULL, FORM_FULL, true);
    if (full) full->last = position, full->reg = reg;
    return reg;
}

/* The register that [v] is computed into: its own memory, that of the variable it becomes, or
 * a temporary one. */
static uint32_t result_reg(emission *e, uint32_t v, uint32_t position)
{
    tg_plan *plan = e->plan;
    const tg__node *x = &plan->nodes[v];
    const uint8_t size = (uint8_t)tg_dtype_size((tg_dtype)x->dtype);
    if (x->role != TG_ROLE_FULL || e->loop->cut.copies) return take_temp(e);
    if (x->place == TG_PLACE_BLOCK)
        return add_reg(e, (tg__reg){ .kind = TG_REG_MEMORY, .size = size, .value = v });
    for (uint32_t a = x->next; a != TG_NONE; a = plan->nodes[a].next) {
        const tg__node *assign = &plan->nodes[a];
        if (assign->op != &tg__op_assign || assign->in[0] != v || assign->view[0]) continue;
        if (assign->place == TG_PLACE_LEAF) {
            /* Is the old value still read behind this point? */
            bool free = true;
            for (uint32_t b = x->next; b != TG_NONE && free; b = plan->nodes[b].next)
                for (int i = 0; i < plan->nodes[b].arity; i++) {
                    const tg__node *operand = &plan->nodes[plan->nodes[b].in[i]];
                    free &= operand->place != TG_PLACE_LEAF || operand->leaf != assign->leaf ||
                            operand->op == &tg__op_assign;
                }
            if (!free) continue;
        }
        (void)position;
        return add_reg(e, (tg__reg){ .kind = TG_REG_MEMORY, .size = size, .value = a });
    }
    return take_temp(e);
}

static void emit_map(emission *e, uint32_t v, uint32_t position)
{
    tg_plan *plan = e->plan;
    tg__node *x = &plan->nodes[v];
    const tg__map *map = x->op->map;
    const uint8_t dtype = plan->nodes[x->in[x->arity - 1]].dtype;
    taken in[3] = { { 0 } };
    for (int i = 0; i < x->arity; i++) in[i] = take_operand(e, x, i, position);
    if (e->failed) return;
    int way = TG_MAP_VECTORS;
    if (x->arity == 2 && in[1].one && !in[0].one && map->way[dtype][TG_MAP_SCALAR_B])
        way = TG_MAP_SCALAR_B;
    else if (x->arity == 2 && in[0].one && !in[1].one && map->way[dtype][TG_MAP_SCALAR_A])
        way = TG_MAP_SCALAR_A;
    else if (x->arity == 2 && in[0].one && in[1].one && map->way[dtype][TG_MAP_SCALAR_B])
        way = TG_MAP_SCALAR_B;
    tg__insn insn = { .code = x->role == TG_ROLE_ROW ? TG_DO_MAP_ROWS : TG_DO_MAP,
                      .arity = (uint8_t)x->arity, .value = v, .map = map->way[dtype][way],
                      .flush = tg__flushes(plan, x->dtype, dtype),
                      .size = (uint8_t)tg_dtype_size((tg_dtype)x->dtype) };
    for (int i = 0; i < x->arity; i++) {
        const bool one = (way == TG_MAP_SCALAR_B && i == 1) || (way == TG_MAP_SCALAR_A && i == 0);
        if (in[i].one && in[i].sight) /* the table may have moved */
            in[i].sight = sight_of(e, x->in[i], plan->nodes[x->in[i]].kernel == e->k
                                                    ? NULL : load_view(e, x, i),
                                   form_of(e, x, i), false);
        insn.in[i] = one ? in[i].reg : as_vector(e, x, i, &in[i], position);
    }
    /* The result may overwrite an operand read for the last time, if their elements have one
     * size; otherwise it must not overlap. */
    bool sizes_agree = true;
    for (int i = 0; i < x->arity; i++)
        sizes_agree &= tg_dtype_size((tg_dtype)plan->nodes[x->in[i]].dtype) == insn.size;
    if (sizes_agree) drop_dead(e, position);
    insn.out = result_reg(e, v, position);
    if (!sizes_agree) drop_dead(e, position);
    sight *s = sight_of(e, v, NULL, x->role == TG_ROLE_ROW ? FORM_ROW : FORM_FULL, false);
    if (s) s->reg = insn.out;
    add_insn(e, insn, false);
}

static void emit_reduce(emission *e, uint32_t v, uint32_t position, size_t *partial)
{
    tg__node *x = &e->plan->nodes[v];
    const taken in = take_operand(e, x, 0, position);
    tg__insn insn = { .code = x->role == TG_ROLE_ROW ? TG_DO_REDUCE : TG_DO_WHOLE, .arity = 1,
                      .value = v, .in = { in.reg }, .reduce = &x->op->reduce[x->dtype],
                      .flush = tg__flushes(e->plan, x->dtype, x->dtype),
                      .size = (uint8_t)tg_dtype_size((tg_dtype)x->dtype) };
    if (x->role == TG_ROLE_ROW) {
        insn.out = take_temp(e);
        sight *s = sight_of(e, v, NULL, FORM_ROW, false);
        if (s) s->reg = insn.out;
    } else {
        insn.partial = *partial;
        *partial += (size_t)e->loop->cut.blocks;
    }
    add_insn(e, insn, false);
    drop_dead(e, position);
}

/* An assignment reads its value into a register that no later store can change; the store
 * itself waits for the end of the block. */
static void emit_assign(emission *e, uint32_t v, uint32_t position, tg__insn *late, uint32_t *count)
{
    tg__node *x = &e->plan->nodes[v];
    const taken in = take_operand(e, x, 0, position);
    if (e->failed) return;
    const tg__reg *reg = &e->loop->regs[in.reg];
    const uint8_t size = (uint8_t)tg_dtype_size((tg_dtype)x->dtype);
    if (reg->kind == TG_REG_MEMORY && reg->value == v) return; /* computed in place */
    uint32_t from = in.reg;
    if (in.one) from = as_vector(e, x, 0, &in, position);
    else if (reg->kind == TG_REG_MEMORY && e->plan->nodes[x->in[0]].kernel != e->k) {
        from = take_temp(e);
        add_insn(e, (tg__insn){ .code = TG_DO_MAP, .arity = 1, .value = v, .out = from,
                                .in = { in.reg }, .size = size,
                                .map = tg__op_copy.map->way[x->dtype][TG_MAP_VECTORS] }, false);
    }
    late[(*count)++] = (tg__insn){ .code = TG_DO_STORE, .size = size, .arity = 1, .in = { from },
                                   .value = v };
    /* The register is needed until the block's end. */
    for (size_t i = 0; i < e->sight_count; i++)
        if (e->sights[i].reg == from) e->sights[i].last = UINT32_MAX;
    drop_dead(e, position);
}

static void emit_values(emission *e)
{
    tg_plan *plan = e->plan;
    size_t partial = 0;
    uint32_t position = 0, late_count = 0;
    tg__insn *late = tg__alloc(&plan->allocator, sizeof *late * e->kernel->length);
    if (!late) e->failed = true;
    for (uint32_t v = e->kernel->first; v != TG_NONE && !e->failed;
         v = plan->nodes[v].next, position++) {
        const tg__node *x = &plan->nodes[v];
        if (x->op->kind == TG_KIND_ASSIGN) {
            emit_assign(e, v, position, late, &late_count);
            continue;
        }
        if (x->op->kind == TG_KIND_REDUCE) emit_reduce(e, v, position, &partial);
        else emit_map(e, v, position);
        if (x->place != TG_PLACE_BLOCK || x->role == TG_ROLE_WHOLE || e->failed) continue;
        const tg__insn *made = &e->loop->code[e->loop->code_count - 1];
        if (e->loop->regs[made->out].kind == TG_REG_MEMORY) continue;
        add_insn(e, (tg__insn){ .code = x->role == TG_ROLE_ROW ? TG_DO_STORE_ROWS : TG_DO_STORE,
                                .size = made->size, .arity = 1, .in = { made->out }, .value = v },
                 false);
        sight *s = sight_of(e, v, NULL, x->role == TG_ROLE_ROW ? FORM_ROW : FORM_FULL, false);
        /* Nobody in this kernel reads it: its register was for the store alone. */
        if (s && s->last == 0 && s->reg == made->out && position > 0) s->last = 0;
    }
    for (uint32_t i = 0; i < late_count && !e->failed; i++) add_insn(e, late[i], false);
    tg__free(&plan->allocator, late);
}

static void emit_loop(emission *e)
{
    tg_plan *plan = e->plan;
    tg__kernel *kernel = e->kernel;
    tg__loop *loop = tg__plan_alloc(plan, sizeof *loop);
    if (!loop) {
        e->failed = true;
        return;
    }
    *loop = (tg__loop){ .cut = tg__cut_loop(kernel->count, kernel->columns) };
    kernel->loop = e->loop = loop;
    note_uses(e);
    emit_values(e);
    size_t element = 1;
    for (uint32_t v = kernel->first; v != TG_NONE; v = plan->nodes[v].next) {
        const tg__node *x = &plan->nodes[v];
        size_t size = tg_dtype_size((tg_dtype)x->dtype);
        element = size > element ? size : element;
        for (int i = 0; i < x->arity; i++) {
            size = tg_dtype_size((tg_dtype)plan->nodes[x->in[i]].dtype);
            element = size > element ? size : element;
        }
    }
    /* Moving elements about flushes nothing; one setting serves unless arithmetic disagrees. */
    bool seen = false;
    for (uint32_t i = 0; i < loop->code_count; i++) {
        const tg__insn *insn = &loop->code[i];
        if (insn->code != TG_DO_MAP && insn->code != TG_DO_MAP_ROWS && !insn->reduce) continue;
        loop->mixed |= seen && insn->flush != loop->flush;
        loop->flush = insn->flush;
        seen = true;
    }
    const int64_t longest = loop->cut.block > loop->cut.rows ? loop->cut.block : loop->cut.rows;
    size_t table = (loop->reg_count * 2u * sizeof(void *) + 63) & ~(size_t)63;
    e->failed |= !tg__padded_bytes(longest, element, &loop->slot_bytes);
    loop->slot_bytes = (loop->slot_bytes + 63) & ~(size_t)63;
    e->failed |= !tg__size_mul(loop->slot_bytes, loop->temps, &loop->scratch) ||
                 !tg__size_add(loop->scratch, table, &loop->scratch);
    if (loop->scratch > plan->scratch_each) plan->scratch_each = loop->scratch;
}

/* ---- Scalar programs ------------------------------------------------------------------------ */

typedef struct scalars {
    tg_plan *plan;
    tg__scalar_program *program;
    uint32_t *free_slots;
    size_t free_count, free_capacity;
    size_t load_capacity, number_capacity, store_capacity, function_capacity;
} scalars;

static bool add_transfer(scalars *s, tg__transfer **list, uint32_t *count, size_t *capacity,
                         uint32_t slot, uint32_t value)
{
    if (!tg__grow(&s->plan->allocator, list, capacity, *count + 1u, sizeof **list)) return false;
    (*list)[(*count)++] = (tg__transfer){ slot, value };
    return true;
}

static uint32_t function_index(scalars *s, double (*function)(double, double, double))
{
    tg__scalar_program *p = s->program;
    for (uint32_t i = 0; i < p->function_count; i++)
        if (p->functions[i] == function) return i;
    if (!tg__grow(&s->plan->allocator, &p->functions, &s->function_capacity, p->function_count + 1u,
                  sizeof *p->functions))
        return TG_NONE;
    p->functions[p->function_count] = function;
    return p->function_count++;
}

/* Slots for what comes from outside: they hold it for the whole program. */
static bool enter_operands(scalars *s, uint32_t k)
{
    tg_plan *plan = s->plan;
    tg__scalar_program *p = s->program;
    for (uint32_t v = plan->kernels[k].first; v != TG_NONE; v = plan->nodes[v].next)
        for (int i = 0; i < plan->nodes[v].arity; i++) {
            tg__node *operand = &plan->nodes[plan->nodes[v].in[i]];
            if (operand->kernel == k || operand->last_position == k) continue;
            operand->last_position = k; /* entered */
            operand->reg = p->slot_count++;
            const bool number = operand->op == &tg__op_number || operand->op == &tg__op_step;
            const bool ok = number ? add_transfer(s, &p->numbers, &p->number_count,
                                                  &s->number_capacity, operand->reg, operand->leaf)
                                   : add_transfer(s, &p->loads, &p->load_count, &s->load_capacity,
                                                  operand->reg, plan->nodes[v].in[i]);
            if (!ok) return false;
        }
    return true;
}

static bool emit_scalar(scalars *s, uint32_t v)
{
    tg_plan *plan = s->plan;
    tg__scalar_program *p = s->program;
    tg__node *x = &plan->nodes[v];
    const uint32_t a = plan->nodes[x->in[0]].reg;
    if (x->op->kind == TG_KIND_ASSIGN)
        return add_transfer(s, &p->stores, &p->store_count, &s->store_capacity, a, v);
    tg__op1 op = { .code = x->op->map->opcode, .dtype = x->dtype, .a = a };
    if (x->arity > 1) op.b = plan->nodes[x->in[1]].reg;
    if (x->arity > 2) op.c = plan->nodes[x->in[2]].reg;
    if (op.code == TG_CODE_CALL) {
        const uint32_t function = function_index(s, x->op->map->scalar);
        if (function == TG_NONE) return false;
        op.function = (uint16_t)function;
    }
    if (x->dtype == TG_F32 && op.code != TG_CODE_SELECT && op.code != TG_CODE_NEG)
        op.code = (uint8_t)(op.code + TG_CODE_ROUND);
    /* Slots of operands that die here can be used again, by this very value. */
    for (int i = 0; i < x->arity; i++) {
        tg__node *operand = &plan->nodes[x->in[i]];
        if (operand->kernel != x->kernel || operand->last_position != v || operand->place != TG_PLACE_NONE)
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
           add_transfer(s, &p->stores, &p->store_count, &s->store_capacity, op.out, v);
}

static bool emit_scalars(tg_plan *plan, uint32_t k)
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
    for (uint32_t v = kernel->first; v != TG_NONE; v = plan->nodes[v].next)
        for (int i = 0; i < plan->nodes[v].arity; i++)
            plan->nodes[plan->nodes[v].in[i]].last_position = TG_NONE;
    bool ok = p->code && enter_operands(&s, k);
    for (uint32_t v = kernel->first; ok && v != TG_NONE; v = plan->nodes[v].next)
        for (int i = 0; i < plan->nodes[v].arity; i++) {
            tg__node *operand = &plan->nodes[plan->nodes[v].in[i]];
            if (operand->kernel == k) operand->last_position = v;
            /* An assigned value waits in its slot for the end. */
            if (operand->kernel == k && plan->nodes[v].op->kind == TG_KIND_ASSIGN)
                operand->last_position = TG_NONE;
        }
    /* An assignment may stand before later uses: look again for the values it holds. */
    for (uint32_t v = kernel->first; ok && v != TG_NONE; v = plan->nodes[v].next)
        if (plan->nodes[v].op->kind == TG_KIND_ASSIGN && plan->nodes[plan->nodes[v].in[0]].kernel == k)
            plan->nodes[plan->nodes[v].in[0]].last_position = TG_NONE;
    for (uint32_t v = kernel->first; ok && v != TG_NONE; v = plan->nodes[v].next)
        ok = emit_scalar(&s, v);
    if (ok) {
        p->slots = tg__plan_alloc(plan, sizeof *p->slots * p->slot_count);
        ok = p->slots != NULL;
    }
    if (ok) memset(p->slots, 0, sizeof *p->slots * p->slot_count);
    tg__free(&plan->allocator, s.free_slots);
    return ok;
}

/* ---- Calls ------------------------------------------------------------------------------------- */

/* The operands and the result, but for where they are, which a run fills in. */
static bool emit_call(tg_plan *plan, tg__kernel *kernel)
{
    const tg__node *x = &plan->nodes[kernel->first];
    kernel->values = tg__plan_alloc(plan, sizeof *kernel->values * (x->arity + 1u));
    if (!kernel->values) return false;
    for (int i = 0; i < x->arity; i++) {
        const tg__view *view = x->view[i];
        kernel->values[i] = (tg__value){ .rank = view->rank, .dim = view->dim, .view = *view,
                                         .dtype = (tg_dtype)plan->nodes[x->in[i]].dtype };
    }
    kernel->values[x->arity] = (tg__value){ .rank = x->rank, .dim = x->dim,
                                            .dtype = (tg_dtype)x->dtype,
                                            .view = tg__view_dense(x->rank, x->dim) };
    if (x->op->kind == TG_KIND_CALL && x->op->scratch) {
        size_t bytes = x->op->scratch((tg_dtype)x->dtype);
        if (!tg__size_mul(bytes, (size_t)plan->threads, &bytes)) return false;
        if (bytes > plan->scratch_calls) plan->scratch_calls = bytes;
    }
    return true;
}

/* ---- The pass ----------------------------------------------------------------------------------- */

tg_status tg__emit(tg_plan *plan)
{
    for (uint32_t k = 0; k < plan->kernel_count; k++) {
        tg__kernel *kernel = &plan->kernels[k];
        if (kernel->kind == TG_KERNEL_SCALAR && !emit_scalars(plan, k)) return TG_ERR_MEMORY;
        if ((kernel->kind == TG_KERNEL_CALL || kernel->kind == TG_KERNEL_REDUCE) &&
            !emit_call(plan, kernel))
            return TG_ERR_MEMORY;
        if (kernel->kind != TG_KERNEL_LOOP) continue;
        emission e = { .plan = plan, .kernel = kernel, .k = k };
        emit_loop(&e);
        tg__free(&plan->allocator, e.sights);
        tg__free(&plan->allocator, e.free_temps);
        if (e.failed) return TG_ERR_MEMORY;
    }
    return TG_OK;
}
