/* emit_loop.c: fused kernels to instructions over registers, a block of positions each. A
 * register is memory that is looked into as it is, where a value lies there position by
 * position; else it is temporary, and used again when its value was used last. */
#include "exec/code.h"

/* How a value is seen in a loop. The same value may be seen in several ways. */
typedef enum form {
    FORM_FULL,   /* an element for each position */
    FORM_ROW,    /* an element for each row */
    FORM_SPREAD, /* a row's element at each position of the row */
    FORM_ONE,    /* one element for all positions */
    FORM_FILLED, /* that element at each position, put there once */
} form;

#define NEVER (TG_NO_VALUE - 1) /* of registers that are never given back */

typedef struct sight {
    uint32_t value;
    const tg__view *view; /* collapsed; NULL: the value itself */
    form how;
    uint32_t reg;           /* TG_NO_VALUE until it is there */
    uint32_t last;          /* the position in the kernel where it is used last */
    struct sight *other;    /* of the same value */
    struct sight *dies_too; /* used last at the same position */
} sight;

typedef struct emission {
    tg_plan *plan;
    tg__arena *scratch;
    tg__kernel *kernel;
    tg__loop *loop;
    uint32_t k;
    sight **sights;
    size_t sight_count, sight_capacity;
    sight **dying; /* by position in the kernel */
    bool assigns;  /* there are assignments in it */
    size_t reg_capacity, code_capacity, before_capacity;
    uint32_t *free_temps;
    size_t free_count, free_capacity;
    tg__insn *stores; /* of assignments: they wait for the end of the block */
    uint32_t store_count;
    size_t partial; /* the next whole reduction's place among the partial results */
    bool failed;
} emission;

static tg__value *node(const emission *e, uint32_t v) { return &e->plan->nodes[v]; }

static uint8_t size_of(const emission *e, uint32_t v)
{
    return (uint8_t)tg_dtype_size((tg_dtype)node(e, v)->dtype);
}

static bool is_inside(const emission *e, uint32_t v) { return node(e, v)->kernel == e->k; }

/* ---- Registers and instructions --------------------------------------------------------- */

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

static uint32_t new_temp(emission *e)
{
    return add_reg(
        e, (tg__reg){ .kind = TG_REG_TEMP, .value = TG_NO_VALUE, .offset = e->loop->temps++ });
}

static uint32_t take_temp(emission *e)
{
    return e->free_count > 0 ? e->free_temps[--e->free_count] : new_temp(e);
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

/* An instruction that moves elements from one register to another. */
static void add_move(emission *e, tg__code code, uint32_t value, uint32_t out, uint32_t from,
                     bool before)
{
    add_insn(e,
             (tg__insn){ .code = (uint8_t)code,
                         .size = size_of(e, value),
                         .value = value,
                         .out = out,
                         .in = { from } },
             before);
}

/* ---- Sights ----------------------------------------------------------------------------- */

/* The sight of a value that was made last; the others hang on it. */
static sight *any_sight(const emission *e, uint32_t value)
{
    const uint32_t guess = node(e, value)->sight; /* perhaps from another kernel */
    return guess < e->sight_count && e->sights[guess]->value == value ? e->sights[guess] : NULL;
}

static sight *find_sight(const emission *e, uint32_t value, const tg__view *view, form how)
{
    for (sight *s = any_sight(e, value); s; s = s->other)
        if (s->how == how && tg__view_same(s->view, view)) return s;
    return NULL;
}

/* The one sight of its kind; NULL when out of memory, which the emission remembers. */
static sight *see(emission *e, uint32_t value, const tg__view *view, form how)
{
    sight *s = find_sight(e, value, view, how);
    if (s) return s;
    s = tg__arena_alloc(e->scratch, sizeof *s);
    if (!s || !tg__grow(&e->plan->allocator, &e->sights, &e->sight_capacity, e->sight_count + 1,
                        sizeof *e->sights)) {
        e->failed = true;
        return NULL;
    }
    *s = (sight){
        .value = value, .view = view, .how = how, .reg = TG_NO_VALUE, .other = any_sight(e, value)
    };
    node(e, value)->sight = (uint32_t)e->sight_count;
    return e->sights[e->sight_count++] = s;
}

/* The element that a view sees all the time, if it sees only one. */
static bool sees_one(const tg__value *value, const tg__view *view, int64_t *offset)
{
    *offset = view ? view->offset : 0;
    for (int i = 0; view && i < view->rank; i++)
        if (view->stride[i] != 0 && view->dim[i] != 1) return false;
    return view || value->count == 1;
}

/* The view of operand [i], collapsed, and NULL if it is the value itself: a reduction's operand
 * comes with all its axes. */
static const tg__view *plain_view(emission *e, const tg__value *x, int i)
{
    const tg__view *view = x->view[i];
    if (is_inside(e, x->in[i])) return NULL;
    if (!view || x->op->kind != TG_KIND_REDUCE) return view;
    if (tg__view_is_whole(view, node(e, x->in[i])->count)) return NULL;
    tg__view *flat = tg__arena_alloc(e->scratch, sizeof *flat);
    if (!flat) {
        e->failed = true;
        return NULL;
    }
    *flat = tg__view_collapse(view);
    return flat;
}

/* How operand [i] of [x] is seen by an instruction that takes vectors and single elements. */
static sight *operand_sight(emission *e, const tg__value *x, int i)
{
    const tg__value *operand = node(e, x->in[i]);
    const tg__view *view = plain_view(e, x, i);
    int64_t offset;
    form how = x->role == TG_ROLE_ROW ? FORM_ROW : FORM_FULL;
    if (x->op->kind == TG_KIND_REDUCE)
        how = tg__view_count(x->view[i]) == e->kernel->count ? FORM_FULL : FORM_ROW;
    else if (is_inside(e, x->in[i])) how = operand->role == TG_ROLE_ROW ? FORM_ROW : FORM_FULL;
    else if (e->kernel->count != 1 && sees_one(operand, view, &offset)) how = FORM_ONE;
    return see(e, x->in[i], view, how);
}

/* The vector that stands for a sight of one element, or of one for each row. */
static sight *vector_sight(emission *e, const tg__value *x, sight *s)
{
    if (s->how == FORM_ONE) return see(e, s->value, s->view, FORM_FILLED);
    if (s->how == FORM_ROW && x->role == TG_ROLE_FULL) return see(e, s->value, NULL, FORM_SPREAD);
    return s;
}

/* An operand of an instruction: that of one of the maps that are done in it. */
typedef struct source {
    const tg__value *user;
    int operand;
} source;

/* The operands of the instruction that computes [x], up to three. */
static int sources_of(const emission *e, const tg__value *x, source out[3])
{
    int count = 0;
    const tg__value *first = x->paired == TG_NO_VALUE ? NULL : node(e, x->paired);
    for (int i = 0; first && i < first->arity; i++) out[count++] = (source){ first, i };
    for (int i = 0; i < x->arity; i++)
        if (!first || x->in[i] != x->paired) out[count++] = (source){ x, i };
    return count;
}

/* Notes where every sight is used last, so that its register can be given back. */
static void note_uses(emission *e)
{
    uint32_t position = 0;
    for (uint32_t v = e->kernel->first; v != TG_NO_VALUE && !e->failed; v = node(e, v)->next) {
        const tg__value *x = node(e, v);
        source sources[3];
        e->assigns |= x->op->kind == TG_KIND_ASSIGN;
        const int count = x->absorbed ? 0 : sources_of(e, x, sources);
        for (int i = 0; i < count && !e->failed; i++) {
            sight *s = operand_sight(e, sources[i].user, sources[i].operand);
            sight *vector = s ? vector_sight(e, x, s) : NULL;
            if (s) s->last = position;
            if (vector) vector->last = position;
        }
        position++;
    }
    e->dying = tg__arena_alloc(e->scratch, sizeof *e->dying * (position + 1u));
    e->failed |= !e->dying;
    for (uint32_t i = 0; i <= position && !e->failed; i++) e->dying[i] = NULL;
    for (size_t i = 0; i < e->sight_count && !e->failed; i++) {
        sight *s = e->sights[i];
        s->dies_too = e->dying[s->last];
        e->dying[s->last] = s;
    }
}

static void drop_dead(emission *e, uint32_t position)
{
    for (sight *s = e->dying[position]; s; s = s->dies_too) {
        if (s->reg == TG_NO_VALUE || s->last != position) continue;
        drop_temp(e, s->reg);
        s->last = NEVER;
    }
}

/* ---- Operands --------------------------------------------------------------------------- */

/* What a view over rows of so many columns shows of the first column, and where the others begin
 * from there. False if rows begin at no regular distance. */
static bool split_columns(const tg__view *view, int64_t columns, tg__view *column, int64_t *at)
{
    int64_t done = 1; /* of the columns, the last ones first: as many are in [at] */
    *column = *view;
    at[0] = 0;
    while (done < columns) {
        const int last = column->rank - 1;
        if (last < 0) return false;
        const int64_t left = columns / done, size = column->dim[last], step = column->stride[last];
        const int64_t taken = size < left ? size : left;
        if (left % taken != 0 || size % taken != 0) return false;
        for (int64_t c = done; c < done * taken; c++) at[c] = at[c % done] + c / done * step;
        done *= taken;
        column->dim[last] /= taken;
        column->stride[last] *= taken;
        if (column->dim[last] == 1) column->rank--;
    }
    return true;
}

/* In a tall block: each column as a view, or the whole as it lies in memory. A view in which
 * columns are no views is read element by element. */
static void load_columns(emission *e, const sight *s, tg__insn *insn)
{
    const int64_t columns = e->kernel->columns;
    if (!s->view) {
        insn->view = NULL;
        return;
    }
    tg__view *column = tg__plan_alloc(e->plan, sizeof *column);
    int64_t *at = tg__plan_alloc(e->plan, (size_t)columns * sizeof *at);
    e->failed |= !column || !at;
    if (e->failed) return;
    if (split_columns(s->view, columns, column, at)) {
        insn->view = column;
        insn->at = at;
    }
}

/* Loads the elements of a view into a temporary register. */
static void load(emission *e, sight *s)
{
    const tg__value *value = node(e, s->value);
    tg__view *view = tg__plan_alloc(e->plan, sizeof *view);
    if (!view) {
        e->failed = true;
        return;
    }
    *view = s->view ? *s->view : tg__view_dense(1, &value->count);
    s->reg = take_temp(e);
    tg__insn insn = { .code = s->how == FORM_ROW ? TG_DO_LOAD_ROWS : TG_DO_LOAD,
                      .size = size_of(e, s->value),
                      .out = s->reg,
                      .value = s->value,
                      .view = view };
    if (e->loop->cut.tall && s->how != FORM_ROW) load_columns(e, s, &insn);
    add_insn(e, insn, false);
}

/* How far on a block's elements are from those of the one before, if a view shows each block's in
 * one piece: blocks follow one another, or are a row each. Negative: it does not. */
static int64_t block_step(const emission *e, const tg__view *view)
{
    const tg__cut *cut = &e->loop->cut;
    if (!view || tg__view_is_dense(view)) return cut->block;
    const bool rows = cut->rows == 1 && view->rank == 2 && view->dim[1] == cut->block;
    return rows && view->stride[1] == 1 ? view->stride[0] : -1;
}

/* Loops read whole vectors. Those of a value end in its padding, those of rows with them; those of
 * a part of a value that begins further back could end behind. */
static bool vectors_fit(const emission *e, const sight *s)
{
    if (!s->view || s->view->offset == 0 || e->loop->cut.rows == 1) return true;
    const int64_t padded = (e->kernel->count + TG_PAD - 1) / TG_PAD * TG_PAD;
    return s->view->offset + padded <= node(e, s->value)->count;
}

/* The register in which the sight can be read, made if it is not there yet. */
static uint32_t reg_of(emission *e, sight *s)
{
    if (!s || e->failed) return 0;
    if (s->reg != TG_NO_VALUE) return s->reg;
    const uint8_t size = size_of(e, s->value);
    const int64_t step = block_step(e, s->view);
    int64_t one = 0;
    switch (s->how) {
    case FORM_ONE:
        (void)sees_one(node(e, s->value), s->view, &one);
        s->reg = add_reg(
            e, (tg__reg){ .kind = TG_REG_ONE, .size = size, .value = s->value, .offset = one });
        break;
    case FORM_FILLED: {
        const uint32_t from = reg_of(e, see(e, s->value, s->view, FORM_ONE));
        s->reg = new_temp(e); /* made once for all blocks */
        s->last = NEVER;
        add_move(e, TG_DO_FILL, s->value, s->reg, from, true);
        break;
    }
    case FORM_SPREAD: {
        const uint32_t from = reg_of(e, see(e, s->value, NULL, FORM_ROW));
        s->reg = take_temp(e);
        add_move(e, TG_DO_SPREAD, s->value, s->reg, from, false);
        break;
    }
    case FORM_FULL:
        if (step >= 0 && !e->loop->cut.copies && vectors_fit(e, s)) {
            s->reg = add_reg(e, (tg__reg){ .kind = TG_REG_MEMORY,
                                           .size = size,
                                           .value = s->value,
                                           .offset = s->view ? s->view->offset : 0,
                                           .step = step });
            break;
        }
        load(e, s);
        break;
    case FORM_ROW: load(e, s); break;
    }
    return s->reg;
}

/* Does one element stand for a whole block? A row's does where a block is one row. */
static bool is_one(const emission *e, const tg__value *x, const sight *s)
{
    return s->how == FORM_ONE ||
           (s->how == FORM_ROW && x->role == TG_ROLE_FULL && e->loop->cut.rows == 1);
}

/* ---- Results ---------------------------------------------------------------------------- */

/* Is the old value of the variable read behind [x]? */
static bool is_read_behind(const emission *e, const tg__value *x, uint32_t leaf)
{
    for (uint32_t v = x->next; v != TG_NO_VALUE; v = node(e, v)->next)
        for (int i = 0; i < node(e, v)->arity; i++) {
            const tg__value *operand = node(e, node(e, v)->in[i]);
            if (operand->op == &tg__op_read && operand->leaf == leaf) return true;
        }
    return false;
}

/* The assignment in whose memory [v] can be computed at once; TG_NO_VALUE if there is none. */
static uint32_t direct_target(const emission *e, uint32_t v)
{
    for (uint32_t a = e->assigns ? node(e, v)->next : TG_NO_VALUE; a != TG_NO_VALUE;
         a = node(e, a)->next) {
        const tg__value *assign = node(e, a);
        if (assign->op != &tg__op_assign || assign->in[0] != v || assign->view[0]) continue;
        if (assign->place == TG_PLACE_BLOCK || !is_read_behind(e, node(e, v), assign->leaf))
            return a;
    }
    return TG_NO_VALUE;
}

/* The register that [v] is computed into: its own memory, that of a variable it becomes, or a
 * temporary one. */
static uint32_t result_reg(emission *e, uint32_t v)
{
    const tg__value *x = node(e, v);
    if (x->role != TG_ROLE_FULL || e->loop->cut.copies) return take_temp(e);
    const uint32_t target = x->place == TG_PLACE_BLOCK ? v : direct_target(e, v);
    if (target == TG_NO_VALUE) return take_temp(e);
    return add_reg(e, (tg__reg){ .kind = TG_REG_MEMORY,
                                 .size = size_of(e, v),
                                 .value = target,
                                 .step = e->loop->cut.block });
}

/* [v] is in [reg] now, for its users here and, if it is wanted elsewhere, for memory. */
static void settle(emission *e, uint32_t v, uint32_t reg)
{
    const tg__value *x = node(e, v);
    const bool row = x->role == TG_ROLE_ROW;
    if (e->failed) return;
    if (x->place == TG_PLACE_BLOCK && e->loop->regs[reg].kind == TG_REG_TEMP)
        add_move(e, row ? TG_DO_STORE_ROWS : TG_DO_STORE, v, 0, reg, false);
    sight *s = find_sight(e, v, NULL, row ? FORM_ROW : FORM_FULL);
    if (s) s->reg = reg;
    else drop_temp(e, reg); /* nobody here reads it */
}

/* ---- One value of each kind ------------------------------------------------------------- */

/* Chooses the kernel for which operands are one element ([one]); those it takes as such stay
 * marked, the others are to come as vectors. */
static tg__map_fn choose_way(const tg__value *x, uint8_t dtype, bool one[3])
{
    const tg__map *map = x->op->map;
    int way = TG_MAP_VECTORS;
    if (x->arity == 2 && one[1] && map->way[dtype][TG_MAP_SCALAR_B]) way = TG_MAP_SCALAR_B;
    else if (x->arity == 2 && one[0] && map->way[dtype][TG_MAP_SCALAR_A]) way = TG_MAP_SCALAR_A;
    one[0] = way == TG_MAP_SCALAR_A;
    one[1] = way == TG_MAP_SCALAR_B;
    one[2] = false;
    return map->way[dtype][way];
}

/* The same for a pair: the first's operands are places 0 and 1, the second's other is 2. */
static tg__map_fn choose_pair_way(emission *e, const tg__value *x, int *count, sight *in[3],
                                  bool one[3])
{
    const tg__value *first = node(e, x->paired);
    if (first->arity == 1) {
        in[2] = *count == 2 ? in[1] : in[0];
        one[2] = *count == 2 && one[1];
        in[1] = in[0];
        one[1] = false;
    } else if (*count == 2) {
        in[2] = in[0];
        one[2] = false;
    }
    if (one[0] && !one[1] && first->op->flags & TG_OP_COMMUTES) {
        sight *swap = in[0];
        in[0] = in[1];
        in[1] = swap;
        one[0] = false;
        one[1] = true;
    }
    one[0] = false;
    *count = 3;
    return x->pair->way[x->dtype][(one[1] ? 1 : 0) + (one[2] ? 2 : 0)];
}

static void emit_map(emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = node(e, v);
    const uint8_t dtype = node(e, x->in[x->arity - 1])->dtype;
    source sources[3];
    sight *in[3] = { NULL, NULL, NULL };
    bool one[3] = { false, false, false }, sizes_agree = true;
    int count = sources_of(e, x, sources);
    for (int i = 0; i < count; i++) {
        in[i] = operand_sight(e, sources[i].user, sources[i].operand);
        if (!in[i]) return;
        one[i] = is_one(e, x, in[i]);
        sizes_agree &= size_of(e, in[i]->value) == size_of(e, v);
    }
    tg__insn insn = { .code = x->role == TG_ROLE_ROW ? TG_DO_MAP_ROWS : TG_DO_MAP,
                      .size = size_of(e, v),
                      .value = v,
                      .flush = tg__flushes(e->plan, x->dtype, dtype) };
    insn.map = x->paired == TG_NO_VALUE ? choose_way(x, dtype, one)
                                        : choose_pair_way(e, x, &count, in, one);
    for (int i = 0; i < count; i++)
        insn.in[i] = reg_of(e, one[i] ? in[i] : vector_sight(e, x, in[i]));
    /* The result may overwrite an operand that is read here last, if their elements have one
     * size; otherwise they must not overlap. */
    if (sizes_agree) drop_dead(e, position);
    insn.out = result_reg(e, v);
    if (!sizes_agree) drop_dead(e, position);
    add_insn(e, insn, false);
    settle(e, v, insn.out);
}

static void emit_reduce(emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = node(e, v);
    sight *s = operand_sight(e, x, 0);
    if (!s) return;
    const bool rows = s->how == FORM_ROW;
    const uint8_t dtype = node(e, x->in[0])->dtype;
    tg__insn insn = { .code = x->role == TG_ROLE_ROW ? TG_DO_REDUCE
                              : rows                 ? TG_DO_WHOLE_ROWS
                                                     : TG_DO_WHOLE,
                      .size = size_of(e, x->in[0]),
                      .value = v,
                      .in = { reg_of(e, s) },
                      .reduce = &x->op->reduce[dtype],
                      .flush = tg__flushes(e->plan, dtype, dtype) };
    if (x->role == TG_ROLE_ROW) {
        insn.out = take_temp(e);
        add_insn(e, insn, false);
        settle(e, v, insn.out);
    } else {
        insn.partial = e->partial;
        e->partial += tg__partials_of(e->kernel, x);
        add_insn(e, insn, false);
    }
    drop_dead(e, position);
}

/* An assignment has its value in a register that no later store can change; the store itself
 * waits for the end of the block, when nobody reads the old value any more. */
static void emit_assign(emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = node(e, v);
    sight *s = operand_sight(e, x, 0);
    if (!s) return;
    s = vector_sight(e, x, s);
    uint32_t from = reg_of(e, s);
    if (e->failed) return;
    const tg__reg *reg = &e->loop->regs[from];
    const bool computed_in_place = reg->kind == TG_REG_MEMORY && reg->value == v;
    if (!computed_in_place) {
        if (reg->kind == TG_REG_MEMORY && !is_inside(e, x->in[0])) {
            from = take_temp(e);
            add_insn(e,
                     (tg__insn){ .code = TG_DO_MAP,
                                 .size = size_of(e, v),
                                 .value = v,
                                 .out = from,
                                 .in = { s->reg },
                                 .map = tg__op_copy.map->way[x->dtype][TG_MAP_VECTORS] },
                     false);
        } else {
            s->last = NEVER;
        }
        e->stores[e->store_count++] =
            (tg__insn){ .code = x->role == TG_ROLE_ROW ? TG_DO_STORE_ROWS : TG_DO_STORE,
                        .size = size_of(e, v),
                        .value = v,
                        .in = { from } };
    }
    drop_dead(e, position);
}

static void emit_values(emission *e)
{
    uint32_t position = 0;
    e->stores = tg__arena_alloc(e->scratch, sizeof *e->stores * e->kernel->length);
    e->failed |= !e->stores;
    for (uint32_t v = e->kernel->first; v != TG_NO_VALUE && !e->failed; v = node(e, v)->next) {
        if (node(e, v)->absorbed) {
            position++;
            continue;
        }
        switch (node(e, v)->op->kind) {
        case TG_KIND_ASSIGN: emit_assign(e, v, position); break;
        case TG_KIND_REDUCE: emit_reduce(e, v, position); break;
        default: emit_map(e, v, position); break;
        }
        position++;
    }
    for (uint32_t i = 0; i < e->store_count && !e->failed; i++) add_insn(e, e->stores[i], false);
}

/* ---- The loop --------------------------------------------------------------------------- */

/* Moving elements about flushes nothing. One setting serves the loop unless its arithmetic
 * disagrees: then the instructions switch that find another one, in the first block or, from the
 * last instruction's on, in the next. */
static void set_flush(tg__loop *loop)
{
    bool seen = false, now = false;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < loop->code_count; i++) {
            tg__insn *insn = &loop->code[i];
            if (insn->code != TG_DO_MAP && insn->code != TG_DO_MAP_ROWS && !insn->reduce) continue;
            if (!seen) loop->flush = insn->flush;
            else if (insn->flush != now) insn->switches = true;
            seen = true;
            now = insn->flush;
        }
}

/* The scratch memory of a worker: the table of registers, and the temporary ones. */
static void set_scratch(emission *e)
{
    tg__loop *loop = e->loop;
    size_t element = 1;
    for (uint32_t v = e->kernel->first; v != TG_NO_VALUE; v = node(e, v)->next) {
        element = size_of(e, v) > element ? size_of(e, v) : element;
        for (int i = 0; i < node(e, v)->arity; i++) {
            const size_t size = size_of(e, node(e, v)->in[i]);
            element = size > element ? size : element;
        }
    }
    const int64_t longest = loop->cut.block > loop->cut.rows ? loop->cut.block : loop->cut.rows;
    const size_t table = tg__loop_table(loop);
    e->failed |= !tg__padded_bytes(longest, element, &loop->slot_bytes);
    loop->slot_bytes = (loop->slot_bytes + 63) & ~(size_t)63;
    e->failed |= !tg__size_mul(loop->slot_bytes, loop->temps, &loop->scratch) ||
                 !tg__size_add(loop->scratch, table, &loop->scratch);
    if (loop->scratch > e->plan->scratch_each) e->plan->scratch_each = loop->scratch;
}

/* A list, copied to where the next part of the loop is; what it was grown in is freed. */
static void *settle_list(const emission *e, unsigned char **next, void *list, size_t bytes)
{
    void *at = e->failed || !bytes ? NULL : *next;
    if (at) memcpy(at, list, bytes);
    if (at) *next += bytes;
    tg__free(&e->plan->allocator, list);
    return at;
}

/* What a run goes through lies side by side, and registers know where their values are. */
static void settle_loop(emission *e)
{
    tg__loop *loop = e->loop;
    const size_t regs = loop->reg_count * sizeof *loop->regs;
    const size_t before = loop->before_count * sizeof *loop->before;
    const size_t code = loop->code_count * sizeof *loop->code;
    size_t moves = 0;
    for (uint32_t i = 0; i < loop->reg_count && !e->failed; i++) moves += loop->regs[i].step != 0;
    loop->moves = tg__plan_alloc(e->plan, moves * sizeof *loop->moves);
    unsigned char *next = tg__plan_alloc(e->plan, regs + before + code);
    e->failed |= !next || !loop->moves;
    for (uint32_t i = 0; i < loop->reg_count && !e->failed; i++) {
        tg__reg *reg = &loop->regs[i];
        if (reg->kind == TG_REG_TEMP) continue;
        const tg__value *x = node(e, reg->value);
        const bool leaf = x->place == TG_PLACE_LEAF;
        reg->leaf = leaf ? x->leaf : TG_NO_VALUE;
        reg->offset = reg->offset * reg->size + (leaf ? 0 : (int64_t)x->offset);
        reg->step *= reg->size;
        if (reg->step) loop->moves[loop->move_count++] = (tg__move){ reg->step, i };
    }
    loop->before = settle_list(e, &next, loop->before, before);
    loop->code = settle_list(e, &next, loop->code, code);
    loop->regs = settle_list(e, &next, loop->regs, regs);
}

bool tg__emit_loop(tg_plan *plan, uint32_t k, tg__arena *scratch)
{
    tg__kernel *kernel = &plan->kernels[k];
    emission e = { .plan = plan, .scratch = scratch, .kernel = kernel, .k = k };
    tg__loop *loop = kernel->loop = e.loop = tg__plan_alloc(plan, sizeof *loop);
    if (!loop) return false;
    *loop = (tg__loop){ .cut = tg__cut_loop(kernel->count, kernel->columns) };
    note_uses(&e);
    emit_values(&e);
    set_flush(loop);
    set_scratch(&e);
    settle_loop(&e);
    tg__free(&plan->allocator, e.sights);
    tg__free(&plan->allocator, e.free_temps);
    return !e.failed;
}
