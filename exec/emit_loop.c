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

#define NEVER (TG__NONE - 1) /* of registers that are never given back */

typedef struct access {
    uint32_t value;
    const tg__view *view; /* collapsed; NULL: the value itself */
    form how;
    uint32_t reg;            /* TG__NONE until it is there */
    uint32_t last;           /* the position in the kernel where it is used last */
    struct access *older;    /* of the same value */
    struct access *ends_too; /* used last at the same position */
} access;

typedef struct emission {
    tg__executable *exe;
    const tg__program *program;
    tg__arena *scratch;
    const tg__kernel *kernel;
    const uint32_t *order; /* the kernel's values */
    tg__loop *loop;
    uint32_t k;
    access **accesses;
    size_t access_count, access_capacity;
    uint32_t *newest; /* by value: where in the list its newest access is; left from other kernels,
                         so it must be checked */
    access **ending;  /* by position in the kernel: those used there last */
    bool assigns;     /* there are assignments in it */
    size_t reg_capacity, code_capacity, before_capacity;
    uint32_t *free_temps;
    size_t free_count, free_capacity;
    tg__insn *stores; /* of assignments: they wait for the end of the block */
    uint32_t store_count;
    size_t partial; /* the next whole reduction's place among the partial results */
    bool failed;
} emission;

static const tg__value *value_of(const emission *e, uint32_t v) { return &e->program->values[v]; }
static const tg__member *member_of(const emission *e, uint32_t v)
{
    return &e->program->members[v];
}
static bool in_block(const emission *e, uint32_t v)
{
    return e->program->storage[v].place == TG_PLACE_BLOCK;
}

static uint8_t size_of(const emission *e, uint32_t v)
{
    return (uint8_t)tg_dtype_size((tg_dtype)value_of(e, v)->dtype);
}

static bool is_row(const emission *e, uint32_t v) { return member_of(e, v)->role == TG_ROLE_ROW; }

static bool is_inside(const emission *e, uint32_t v) { return member_of(e, v)->kernel == e->k; }

/* ---- Registers and instructions --------------------------------------------------------- */

static uint32_t add_reg(emission *e, tg__reg reg)
{
    tg__loop *loop = e->loop;
    if (!tg__grow(&e->exe->allocator, &loop->regs, &e->reg_capacity, loop->reg_count + 1u,
                  sizeof *loop->regs)) {
        e->failed = true;
        return 0;
    }
    loop->regs[loop->reg_count] = reg;
    return loop->reg_count++;
}

static uint32_t new_temp(emission *e)
{
    return add_reg(e,
                   (tg__reg){ .kind = TG_REG_TEMP, .value = TG__NONE, .offset = e->loop->temps++ });
}

static uint32_t take_temp(emission *e)
{
    return e->free_count > 0 ? e->free_temps[--e->free_count] : new_temp(e);
}

static void drop_temp(emission *e, uint32_t reg)
{
    if (e->failed || e->loop->regs[reg].kind != TG_REG_TEMP) return;
    if (tg__grow(&e->exe->allocator, &e->free_temps, &e->free_capacity, e->free_count + 1,
                 sizeof *e->free_temps))
        e->free_temps[e->free_count++] = reg;
}

static void add_insn(emission *e, tg__insn insn, bool before)
{
    tg__loop *loop = e->loop;
    tg__insn **list = before ? &loop->before : &loop->code;
    uint32_t *count = before ? &loop->before_count : &loop->code_count;
    if (!tg__grow(&e->exe->allocator, list, before ? &e->before_capacity : &e->code_capacity,
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

/* The access of a value that was made last; the others hang on it. */
static access *newest_access(const emission *e, uint32_t value)
{
    const uint32_t guess = e->newest[value]; /* perhaps from another kernel */
    return guess < e->access_count && e->accesses[guess]->value == value ? e->accesses[guess]
                                                                         : NULL;
}

static access *find_access(const emission *e, uint32_t value, const tg__view *view, form how)
{
    for (access *s = newest_access(e, value); s; s = s->older)
        if (s->how == how && tg__view_same(s->view, view)) return s;
    return NULL;
}

/* The one access of its kind; NULL when out of memory, which the emission remembers. */
static access *access_to(emission *e, uint32_t value, const tg__view *view, form how)
{
    access *s = find_access(e, value, view, how);
    if (s) return s;
    s = tg__arena_alloc(e->scratch, sizeof *s);
    if (!s || !tg__grow(&e->exe->allocator, &e->accesses, &e->access_capacity, e->access_count + 1,
                        sizeof *e->accesses)) {
        e->failed = true;
        return NULL;
    }
    *s = (access){
        .value = value, .view = view, .how = how, .reg = TG__NONE, .older = newest_access(e, value)
    };
    e->newest[value] = (uint32_t)e->access_count;
    return e->accesses[e->access_count++] = s;
}

/* The element that a view sees all the time, if it sees only one. */
static bool shows_one(const tg__value *value, const tg__view *view, int64_t *offset)
{
    *offset = view ? view->offset : 0;
    for (int i = 0; view && i < view->rank; i++)
        if (view->stride[i] != 0 && view->dim[i] != 1) return false;
    return view || value->count == 1;
}

/* The view of operand [i], collapsed, and NULL if it is the value itself: a reduction's operand
 * comes with all its axes. */
static const tg__view *plain_view(emission *e, uint32_t v, int i)
{
    const tg__value *x = value_of(e, v);
    const tg__view *view = x->view[i];
    if (is_inside(e, x->in[i])) return NULL;
    if (!view || x->op->kind != TG_KIND_REDUCE) return view;
    if (tg__view_is_whole(view, value_of(e, x->in[i])->count)) return NULL;
    tg__view *flat = tg__arena_alloc(e->scratch, sizeof *flat);
    if (!flat) {
        e->failed = true;
        return NULL;
    }
    *flat = tg__view_collapse(view);
    return flat;
}

/* How operand [i] of [x] is seen by an instruction that takes vectors and single elements. */
static access *operand_access(emission *e, uint32_t v, int i)
{
    const tg__value *x = value_of(e, v), *operand = value_of(e, x->in[i]);
    const tg__view *view = plain_view(e, v, i);
    int64_t offset;
    form how = is_row(e, v) ? FORM_ROW : FORM_FULL;
    if (x->op->kind == TG_KIND_REDUCE)
        how = tg__view_count(x->view[i]) == e->kernel->count ? FORM_FULL : FORM_ROW;
    else if (is_inside(e, x->in[i])) how = is_row(e, x->in[i]) ? FORM_ROW : FORM_FULL;
    else if (e->kernel->count != 1 && shows_one(operand, view, &offset)) how = FORM_ONE;
    return access_to(e, x->in[i], view, how);
}

/* The vector that stands for a access of one element, or of one for each row. */
static access *vector_access(emission *e, uint32_t v, access *s)
{
    if (s->how == FORM_ONE) return access_to(e, s->value, s->view, FORM_FILLED);
    if (s->how == FORM_ROW && member_of(e, v)->role == TG_ROLE_FULL)
        return access_to(e, s->value, NULL, FORM_SPREAD);
    return s;
}

/* An operand of an instruction: that of one of the maps that are done in it. */
typedef struct source {
    uint32_t user;
    int operand;
} source;

/* The operands of the instruction that computes [v], up to three. */
static int sources_of(const emission *e, uint32_t v, source out[3])
{
    int count = 0;
    const tg__value *x = value_of(e, v);
    const tg__member *member = member_of(e, v);
    const uint32_t first = member->pair ? x->in[member->paired] : TG__NONE;
    for (int i = 0; first != TG__NONE && i < value_of(e, first)->arity; i++)
        out[count++] = (source){ first, i };
    for (int i = 0; i < x->arity; i++)
        if (x->in[i] != first) out[count++] = (source){ v, i };
    return count;
}

/* Notes where every access is used last, so that its register can be given back. */
static void note_uses(emission *e)
{
    const uint32_t length = e->kernel->length;
    for (uint32_t position = 0; position < length && !e->failed; position++) {
        const uint32_t v = e->order[position];
        source sources[3];
        e->assigns |= value_of(e, v)->op->kind == TG_KIND_ASSIGN;
        const int count = member_of(e, v)->absorbed ? 0 : sources_of(e, v, sources);
        for (int i = 0; i < count && !e->failed; i++) {
            access *s = operand_access(e, sources[i].user, sources[i].operand);
            access *vector = s ? vector_access(e, v, s) : NULL;
            if (s) s->last = position;
            if (vector) vector->last = position;
        }
    }
    e->ending = tg__arena_alloc(e->scratch, sizeof *e->ending * (length + 1u));
    e->failed |= !e->ending;
    for (uint32_t i = 0; i <= length && !e->failed; i++) e->ending[i] = NULL;
    for (size_t i = 0; i < e->access_count && !e->failed; i++) {
        access *s = e->accesses[i];
        s->ends_too = e->ending[s->last];
        e->ending[s->last] = s;
    }
}

static void drop_ended(emission *e, uint32_t position)
{
    for (access *s = e->ending[position]; s; s = s->ends_too) {
        if (s->reg == TG__NONE || s->last != position) continue;
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
static void load_columns(emission *e, const access *s, tg__insn *insn)
{
    const int64_t columns = e->kernel->columns;
    if (!s->view) {
        insn->view = NULL;
        return;
    }
    tg__view *column = tg__arena_alloc(&e->exe->arena, sizeof *column);
    int64_t *at = tg__arena_alloc(&e->exe->arena, (size_t)columns * sizeof *at);
    e->failed |= !column || !at;
    if (e->failed) return;
    if (split_columns(s->view, columns, column, at)) {
        insn->view = column;
        insn->at = at;
    }
}

/* Loads the elements of a view into a temporary register. */
static void load(emission *e, access *s)
{
    const tg__value *value = value_of(e, s->value);
    tg__view *view = tg__arena_alloc(&e->exe->arena, sizeof *view);
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
static bool vectors_fit(const emission *e, const access *s)
{
    if (!s->view || s->view->offset == 0 || e->loop->cut.rows == 1) return true;
    const int64_t padded = (e->kernel->count + TG_PAD - 1) / TG_PAD * TG_PAD;
    return s->view->offset + padded <= value_of(e, s->value)->count;
}

/* The register in which the access can be read, made if it is not there yet. */
static uint32_t reg_of(emission *e, access *s)
{
    if (!s || e->failed) return 0;
    if (s->reg != TG__NONE) return s->reg;
    const uint8_t size = size_of(e, s->value);
    const int64_t step = block_step(e, s->view);
    int64_t one = 0;
    switch (s->how) {
    case FORM_ONE:
        (void)shows_one(value_of(e, s->value), s->view, &one);
        s->reg = add_reg(
            e, (tg__reg){ .kind = TG_REG_ONE, .size = size, .value = s->value, .offset = one });
        break;
    case FORM_FILLED: {
        const uint32_t from = reg_of(e, access_to(e, s->value, s->view, FORM_ONE));
        s->reg = new_temp(e); /* made once for all blocks */
        s->last = NEVER;
        add_move(e, TG_DO_FILL, s->value, s->reg, from, true);
        break;
    }
    case FORM_SPREAD: {
        const uint32_t from = reg_of(e, access_to(e, s->value, NULL, FORM_ROW));
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
static bool is_one(const emission *e, uint32_t v, const access *s)
{
    return s->how == FORM_ONE ||
           (s->how == FORM_ROW && member_of(e, v)->role == TG_ROLE_FULL && e->loop->cut.rows == 1);
}

/* ---- Results ---------------------------------------------------------------------------- */

/* Is the old value of the variable read behind [v]? */
static bool is_read_behind(const emission *e, uint32_t v, uint32_t leaf)
{
    for (uint32_t i = member_of(e, v)->position + 1; i < e->kernel->length; i++) {
        const tg__value *x = value_of(e, e->order[i]);
        for (int j = 0; j < x->arity; j++) {
            const tg__value *operand = value_of(e, x->in[j]);
            if (operand->op == &tg__op_read && operand->leaf == leaf) return true;
        }
    }
    return false;
}

/* The assignment in whose memory [v] can be computed at once; TG__NONE if there is none. */
static uint32_t direct_target(const emission *e, uint32_t v)
{
    if (!e->assigns) return TG__NONE;
    for (uint32_t i = member_of(e, v)->position + 1; i < e->kernel->length; i++) {
        const uint32_t a = e->order[i];
        const tg__value *assign = value_of(e, a);
        if (assign->op != &tg__op_assign || assign->in[0] != v || assign->view[0]) continue;
        if (in_block(e, a) || !is_read_behind(e, v, assign->leaf)) return a;
    }
    return TG__NONE;
}

/* The register that [v] is computed into: its own memory, that of a variable it becomes, or a
 * temporary one. */
static uint32_t result_reg(emission *e, uint32_t v)
{
    if (member_of(e, v)->role != TG_ROLE_FULL || e->loop->cut.copies) return take_temp(e);
    const uint32_t target = in_block(e, v) ? v : direct_target(e, v);
    if (target == TG__NONE) return take_temp(e);
    return add_reg(e, (tg__reg){ .kind = TG_REG_MEMORY,
                                 .size = size_of(e, v),
                                 .value = target,
                                 .step = e->loop->cut.block });
}

/* [v] is in [reg] now, for its users here and, if it is wanted elsewhere, for memory. */
static void settle(emission *e, uint32_t v, uint32_t reg)
{
    const bool row = is_row(e, v);
    if (e->failed) return;
    if (in_block(e, v) && e->loop->regs[reg].kind == TG_REG_TEMP)
        add_move(e, row ? TG_DO_STORE_ROWS : TG_DO_STORE, v, 0, reg, false);
    access *s = find_access(e, v, NULL, row ? FORM_ROW : FORM_FULL);
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
static tg__map_fn choose_pair_way(emission *e, uint32_t v, int *count, access *in[3], bool one[3])
{
    const tg__value *x = value_of(e, v);
    const tg__member *member = member_of(e, v);
    const tg__value *first = value_of(e, x->in[member->paired]);
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
        access *swap = in[0];
        in[0] = in[1];
        in[1] = swap;
        one[0] = false;
        one[1] = true;
    }
    one[0] = false;
    *count = 3;
    return tg__pairs[member->pair - 1].way[x->dtype][(one[1] ? 1 : 0) + (one[2] ? 2 : 0)];
}

static void emit_map(emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = value_of(e, v);
    const uint8_t dtype = value_of(e, x->in[x->arity - 1])->dtype;
    source sources[3];
    access *in[3] = { NULL, NULL, NULL };
    bool one[3] = { false, false, false }, sizes_agree = true;
    int count = sources_of(e, v, sources);
    for (int i = 0; i < count; i++) {
        in[i] = operand_access(e, sources[i].user, sources[i].operand);
        if (!in[i]) return;
        one[i] = is_one(e, v, in[i]);
        sizes_agree &= size_of(e, in[i]->value) == size_of(e, v);
    }
    tg__insn insn = { .code = is_row(e, v) ? TG_DO_MAP_ROWS : TG_DO_MAP,
                      .size = size_of(e, v),
                      .value = v,
                      .flush = tg__flushes(e->program, x->dtype, dtype) };
    insn.map =
        member_of(e, v)->pair ? choose_pair_way(e, v, &count, in, one) : choose_way(x, dtype, one);
    for (int i = 0; i < count; i++)
        insn.in[i] = reg_of(e, one[i] ? in[i] : vector_access(e, v, in[i]));
    /* The result may overwrite an operand that is read here last, if their elements have one
     * size; otherwise they must not overlap. */
    if (sizes_agree) drop_ended(e, position);
    insn.out = result_reg(e, v);
    if (!sizes_agree) drop_ended(e, position);
    add_insn(e, insn, false);
    settle(e, v, insn.out);
}

static void emit_reduce(emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = value_of(e, v);
    access *s = operand_access(e, v, 0);
    if (!s) return;
    const bool rows = s->how == FORM_ROW;
    const uint8_t dtype = value_of(e, x->in[0])->dtype;
    tg__insn insn = { .code = is_row(e, v) ? TG_DO_REDUCE
                              : rows       ? TG_DO_WHOLE_ROWS
                                           : TG_DO_WHOLE,
                      .size = size_of(e, x->in[0]),
                      .value = v,
                      .in = { reg_of(e, s) },
                      .reduce = &x->op->reduce[dtype],
                      .flush = tg__flushes(e->program, dtype, dtype) };
    if (is_row(e, v)) {
        insn.out = take_temp(e);
        add_insn(e, insn, false);
        settle(e, v, insn.out);
    } else {
        insn.partial = e->partial;
        e->partial += tg__partials_of(e->kernel, x);
        add_insn(e, insn, false);
    }
    drop_ended(e, position);
}

/* An assignment has its value in a register that no later store can change; the store itself
 * waits for the end of the block, when nobody reads the old value any more. */
static void emit_assign(emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = value_of(e, v);
    access *s = operand_access(e, v, 0);
    if (!s) return;
    s = vector_access(e, v, s);
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
            (tg__insn){ .code = is_row(e, v) ? TG_DO_STORE_ROWS : TG_DO_STORE,
                        .size = size_of(e, v),
                        .value = v,
                        .in = { from } };
    }
    drop_ended(e, position);
}

static void emit_values(emission *e)
{
    e->stores = tg__arena_alloc(e->scratch, sizeof *e->stores * e->kernel->length);
    e->failed |= !e->stores;
    for (uint32_t position = 0; position < e->kernel->length && !e->failed; position++) {
        const uint32_t v = e->order[position];
        if (member_of(e, v)->absorbed) continue;
        switch (value_of(e, v)->op->kind) {
        case TG_KIND_ASSIGN: emit_assign(e, v, position); break;
        case TG_KIND_REDUCE: emit_reduce(e, v, position); break;
        default: emit_map(e, v, position); break;
        }
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
    for (uint32_t i = 0; i < e->kernel->length; i++) {
        const tg__value *x = value_of(e, e->order[i]);
        element = size_of(e, e->order[i]) > element ? size_of(e, e->order[i]) : element;
        for (int j = 0; j < x->arity; j++)
            element = size_of(e, x->in[j]) > element ? size_of(e, x->in[j]) : element;
    }
    const int64_t longest = loop->cut.block > loop->cut.rows ? loop->cut.block : loop->cut.rows;
    const size_t table = tg__loop_table(loop);
    e->failed |= !tg__padded_bytes(longest, element, &loop->slot_bytes);
    loop->slot_bytes = (loop->slot_bytes + 63) & ~(size_t)63;
    e->failed |= !tg__size_mul(loop->slot_bytes, loop->temps, &loop->scratch) ||
                 !tg__size_add(loop->scratch, table, &loop->scratch);
}

/* A list, copied to where the next part of the loop is; what it was grown in is freed. */
static void *settle_list(const emission *e, unsigned char **next, void *list, size_t bytes)
{
    void *at = e->failed || !bytes ? NULL : *next;
    if (at) memcpy(at, list, bytes);
    if (at) *next += bytes;
    tg__free(&e->exe->allocator, list);
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
    loop->moves = tg__arena_alloc(&e->exe->arena, (moves + 1) * sizeof *loop->moves);
    unsigned char *next = tg__arena_alloc(&e->exe->arena, regs + before + code + 1);
    e->failed |= !next || !loop->moves;
    for (uint32_t i = 0; i < loop->reg_count && !e->failed; i++) {
        tg__reg *reg = &loop->regs[i];
        if (reg->kind == TG_REG_TEMP) continue;
        const tg__storage *storage = &e->program->storage[reg->value];
        const bool leaf = storage->place == TG_PLACE_LEAF;
        reg->leaf = leaf ? value_of(e, reg->value)->leaf : TG__NONE;
        reg->offset = reg->offset * reg->size + (leaf ? 0 : (int64_t)storage->offset);
        reg->step *= reg->size;
        if (reg->step) loop->moves[loop->move_count++] = (tg__move){ reg->step, i };
    }
    loop->before = settle_list(e, &next, loop->before, before);
    loop->code = settle_list(e, &next, loop->code, code);
    loop->regs = settle_list(e, &next, loop->regs, regs);
}

bool tg__emit_loop(tg__preparing *p, uint32_t k)
{
    tg__executable *exe = p->exe;
    const tg__program *program = exe->program;
    const tg__kernel *kernel = &program->kernels[k];
    emission e = { .exe = exe,
                   .program = program,
                   .scratch = &p->scratch,
                   .kernel = kernel,
                   .order = tg__kernel_values(program, kernel),
                   .k = k,
                   .newest = p->mark[0] };
    tg__loop *loop = exe->kernels[k].code = e.loop = tg__code_alloc(p, sizeof *loop);
    if (!loop) return false;
    *loop = (tg__loop){ .cut = tg__cut_loop(kernel->count, kernel->columns) };
    note_uses(&e);
    emit_values(&e);
    set_flush(loop);
    set_scratch(&e);
    settle_loop(&e);
    tg__needs_workers(p, loop->scratch);
    tg__free(&exe->allocator, e.accesses);
    tg__free(&exe->allocator, e.free_temps);
    return !e.failed;
}
