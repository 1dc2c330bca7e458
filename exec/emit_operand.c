/* emit_operand.c: how the instructions of a loop read their operands: registers, and the
 * instructions that fill them. A register is memory that is looked into as it is, where a value
 * lies there position by position; else it is temporary. */
#include "exec/emission.h"

enum { MOST_MARGIN = 64 }; /* elements */

/* ---- Registers and instructions --------------------------------------------------------- */

uint32_t tg__add_reg(tg__emission *e, tg__reg reg)
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

static uint32_t new_temp(tg__emission *e)
{
    return tg__add_reg(
        e, (tg__reg){ .kind = TG_REG_TEMP, .value = TG__NONE, .offset = e->loop->temps++ });
}

uint32_t tg__take_temp(tg__emission *e)
{
    return e->free_count > 0 ? e->free_temps[--e->free_count] : new_temp(e);
}

void tg__drop_temp(tg__emission *e, uint32_t reg)
{
    if (e->failed || e->loop->regs[reg].kind != TG_REG_TEMP) return;
    if (tg__grow(&e->exe->allocator, &e->free_temps, &e->free_capacity, e->free_count + 1,
                 sizeof *e->free_temps))
        e->free_temps[e->free_count++] = reg;
}

void tg__add_insn(tg__emission *e, tg__insn insn, bool before)
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
void tg__add_move(tg__emission *e, tg__code code, uint32_t value, uint32_t out, uint32_t from,
                  bool before)
{
    tg__add_insn(e,
                 (tg__insn){ .code = (uint8_t)code,
                             .size = tg__size_of(e, value),
                             .value = value,
                             .out = out,
                             .in = { from } },
                 before);
}

/* ---- Accesses --------------------------------------------------------------------------- */

/* The access of a value that was made last; the others hang on it. */
static tg__access *newest_access(const tg__emission *e, uint32_t value)
{
    const uint32_t guess = e->newest[value]; /* perhaps from another kernel */
    return guess < e->access_count && e->accesses[guess]->value == value ? e->accesses[guess]
                                                                         : NULL;
}

tg__access *tg__find_access(const tg__emission *e, uint32_t value, const tg__view *view,
                            tg__form how)
{
    for (tg__access *s = newest_access(e, value); s; s = s->older)
        if (s->how == how && tg__view_same(s->view, view)) return s;
    return NULL;
}

/* The one access of its kind; NULL when out of memory, which the emission remembers. */
static tg__access *access_to(tg__emission *e, uint32_t value, const tg__view *view, tg__form how)
{
    tg__access *s = tg__find_access(e, value, view, how);
    if (s) return s;
    s = tg__arena_alloc(e->scratch, sizeof *s);
    if (!s || !tg__grow(&e->exe->allocator, &e->accesses, &e->access_capacity, e->access_count + 1,
                        sizeof *e->accesses)) {
        e->failed = true;
        return NULL;
    }
    *s = (tg__access){
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

/* Do operands come with all their axes, other than those of maps? */
static bool has_axes(const tg__value *x)
{
    return x->op->kind == TG_KIND_REDUCE || x->op->kind == TG_KIND_CALL;
}

/* The view of operand [i], collapsed, and NULL if it is the value itself. */
static const tg__view *plain_view(tg__emission *e, uint32_t v, int i)
{
    const tg__value *x = tg__emit_value(e, v);
    const tg__view *view = x->view[i];
    if (tg__is_inside(e, x->in[i]) && tg__is_row(e, x->in[i])) return NULL;
    if (!view || !has_axes(x)) return view;
    if (tg__view_is_whole(view, tg__emit_value(e, x->in[i])->count)) return NULL;
    tg__view *flat = tg__arena_alloc(e->scratch, sizeof *flat);
    if (!flat) {
        e->failed = true;
        return NULL;
    }
    *flat = tg__view_collapse(view);
    return flat;
}

/* How operand [i] of [x] is seen by an instruction that takes vectors and single elements. */
tg__access *tg__operand_access(tg__emission *e, uint32_t v, int i)
{
    const tg__value *x = tg__emit_value(e, v), *operand = tg__emit_value(e, x->in[i]);
    const tg__view *view = plain_view(e, v, i);
    int64_t offset;
    tg__form how = tg__is_row(e, v) ? TG_FORM_ROW : TG_FORM_FULL;
    if (x->op->kind == TG_KIND_REDUCE)
        how = tg__view_count(x->view[i]) == e->kernel->count ? TG_FORM_FULL : TG_FORM_ROW;
    else if (tg__is_inside(e, x->in[i]))
        how = tg__is_row(e, view ? v : x->in[i]) ? TG_FORM_ROW : TG_FORM_FULL;
    else if (e->kernel->count != 1 && shows_one(operand, view, &offset)) how = TG_FORM_ONE;
    return access_to(e, x->in[i], view, how);
}

/* The vector that stands for a access of one element, or of one for each row. */
tg__access *tg__vector_access(tg__emission *e, uint32_t v, tg__access *s)
{
    if (s->how == TG_FORM_ONE) return access_to(e, s->value, s->view, TG_FORM_FILLED);
    if (s->how == TG_FORM_ROW && !tg__is_row(e, v))
        return access_to(e, s->value, NULL, TG_FORM_SPREAD);
    return s;
}

/* The operands of the instruction that computes [v], up to three. */
int tg__sources_of(const tg__emission *e, uint32_t v, tg__source out[3])
{
    int count = 0;
    const tg__value *x = tg__emit_value(e, v);
    const tg__member *member = tg__emit_member(e, v);
    if (x->op->kind == TG_KIND_CALL) {
        if (member->role == TG_ROLE_COLLECTED && !member->by_strips)
            out[count++] = (tg__source){ v, member->collected };
        return count; /* others have their operands from memory */
    }
    const uint32_t first = member->pair ? x->in[member->paired] : TG__NONE;
    for (int i = 0; first != TG__NONE && i < tg__emit_value(e, first)->arity; i++)
        out[count++] = (tg__source){ first, i };
    for (int i = 0; i < x->arity; i++)
        if (x->in[i] != first) out[count++] = (tg__source){ v, i };
    return count;
}

/* In a loop of one block, what it computes is whole in its register. */
tg__access *tg__whole_access(tg__emission *e, uint32_t value, uint32_t position)
{
    const bool inside = tg__is_inside(e, value);
    tg__access *s = access_to(e, value, NULL, inside ? TG_FORM_FULL : TG_FORM_WHOLE);
    if (s && s->reg == TG__NONE && position > s->last) s->last = position;
    return s;
}

/* Is the value in a temporary register, elements in order, for as long as that is needed? Those of
 * assignments are stored later. */
static bool is_temporary(const tg__emission *e, uint32_t value)
{
    return tg__is_inside(e, value) && !tg__is_row(e, value) && !tg__in_block(e, value) &&
           !e->assigns;
}

/* Notes that the access [s] has the elements of [from], shifted. */
static void note_shift(tg__access *s, tg__access *from, int64_t shift)
{
    s->shifts = from;
    s->shift = shift;
}

/* Notes that the instruction of [v], at [position], reads that. */
static void note_use(tg__emission *e, uint32_t v, tg__source source, uint32_t position)
{
    const size_t count = e->access_count;
    tg__access *s = tg__operand_access(e, source.user, source.operand);
    tg__access *vector = s ? tg__vector_access(e, v, s) : NULL;
    if (s) s->last = position;
    if (vector) vector->last = position;
    /* A view is loaded once, where it is used first. */
    if (!s || !s->view || e->access_count == count || !tg__is_inside(e, s->value)) return;
    tg__access *whole = tg__whole_access(e, s->value, position);
    const tg__view *view = s->view;
    if (whole && !whole->shifts && s->how == TG_FORM_FULL && is_temporary(e, s->value) &&
        view->rank == 1 && view->stride[0] == 1)
        note_shift(s, whole, view->offset);
}

/* Does operand [i] of [v], a call that moves elements, lie in memory as its result would, but for a
 * few elements at the ends, which there is room for? */
static bool is_shift(const tg__emission *e, uint32_t v, int i, tg__access *s)
{
    const tg__value *operand = tg__emit_value(e, tg__emit_value(e, v)->in[i]);
    const tg__inset inset = tg__inset_of(tg__emit_value(e, v), i);
    const int64_t offset = inset.view.offset, size = inset.view.dim[0];
    s->before = inset.before[0];
    s->after = inset.dim[0] - s->before - size;
    s->shift = offset - s->before;
    return inset.rank == 1 && inset.every[0] == 1 && inset.view.stride[0] == 1 && size > 0 &&
           (s->before == 0 || offset == 0) && (s->after == 0 || offset + size == operand->count) &&
           s->before <= MOST_MARGIN && s->after <= MOST_MARGIN;
}

/* Notes that [v], a call that moves elements, reads its operands. */
static void note_move(tg__emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = tg__emit_value(e, v);
    tg__access *own = is_temporary(e, v) ? access_to(e, v, NULL, TG_FORM_FULL) : NULL;
    for (int i = 0; i < x->arity && !e->failed; i++) {
        tg__access *from = tg__whole_access(e, x->in[i], position);
        if (!from || !own || own->shifts || from->shifts || !is_temporary(e, x->in[i]) ||
            !is_shift(e, v, i, own) || (own->before && from->taken[0]) ||
            (own->after && from->taken[1]))
            continue;
        note_shift(own, from, own->shift);
        from->taken[0] |= own->before > 0;
        from->taken[1] |= own->after > 0;
    }
}

/* Lists the accesses by where they are used last. No result may be written over elements that are
 * read shifted: so the register of these is free behind that instruction. */
static void list_ending(tg__emission *e)
{
    const uint32_t length = e->kernel->length;
    e->ending = tg__arena_alloc(e->scratch, sizeof *e->ending * (length + 1u));
    e->failed |= !e->ending;
    for (size_t i = 0; i < e->access_count; i++) {
        const tg__access *s = e->accesses[i];
        if (s->shifts && s->shifts->last <= s->last) s->shifts->last = s->last + 1;
    }
    for (uint32_t i = 0; i <= length && !e->failed; i++) e->ending[i] = NULL;
    for (size_t i = 0; i < e->access_count && !e->failed; i++) {
        tg__access *s = e->accesses[i];
        s->ends_too = e->ending[s->last];
        e->ending[s->last] = s;
    }
}

/* Notes where every access is used last, so that its register can be given back. */
void tg__note_uses(tg__emission *e)
{
    const uint32_t length = e->kernel->length;
    for (uint32_t position = 0; position < length; position++)
        e->assigns |= tg__emit_value(e, e->order[position])->op->kind == TG_KIND_ASSIGN;
    for (uint32_t position = 0; position < length && !e->failed; position++) {
        const uint32_t v = e->order[position];
        tg__source sources[3];
        if (tg__emit_value(e, v)->op->inset) {
            note_move(e, v, position);
            continue;
        }
        const int count = tg__emit_member(e, v)->absorbed ? 0 : tg__sources_of(e, v, sources);
        for (int i = 0; i < count && !e->failed; i++) note_use(e, v, sources[i], position);
    }
    list_ending(e);
}

void tg__drop_ended(tg__emission *e, uint32_t position)
{
    for (tg__access *s = e->ending[position]; s; s = s->ends_too) {
        if (s->reg == TG__NONE || s->last != position) continue;
        tg__drop_temp(e, s->reg);
        s->last = TG__NEVER;
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
static void load_columns(tg__emission *e, const tg__access *s, tg__insn *insn)
{
    const int64_t columns = e->kernel->columns;
    if (!s->view) {
        insn->view = NULL;
        return;
    }
    tg__view *column = tg__arena_alloc(e->exe->arena, sizeof *column);
    int64_t *at = tg__arena_alloc(e->exe->arena, (size_t)columns * sizeof *at);
    e->failed |= !column || !at;
    if (e->failed) return;
    if (split_columns(s->view, columns, column, at)) {
        insn->view = column;
        insn->at = at;
    }
}

/* Loads the elements of a view into a temporary register. */
static void load(tg__emission *e, tg__access *s)
{
    const tg__value *value = tg__emit_value(e, s->value);
    tg__view *view = tg__arena_alloc(e->exe->arena, sizeof *view);
    if (!view) {
        e->failed = true;
        return;
    }
    *view = s->view ? *s->view : tg__view_dense(1, &value->count);
    const uint32_t from = tg__reg_of(e, tg__whole_access(e, s->value, 0));
    s->reg = tg__take_temp(e);
    tg__insn insn = { .code = s->how == TG_FORM_ROW ? TG_DO_LOAD_ROWS : TG_DO_LOAD,
                      .size = tg__size_of(e, s->value),
                      .out = s->reg,
                      .in = { from },
                      .value = s->value,
                      .count = tg__insn_count(e, tg__view_count(view)),
                      .view = view };
    if (e->loop->cut.tall && s->how != TG_FORM_ROW) load_columns(e, s, &insn);
    tg__add_insn(e, insn, false);
}

/* How far on a block's elements are from those of the one before, if a view shows each block's in
 * one piece: blocks follow one another, or are a row each. Negative: it does not. */
static int64_t block_step(const tg__emission *e, const tg__view *view)
{
    const tg__cut *cut = &e->loop->cut;
    if (!view || tg__view_is_dense(view)) return cut->block;
    const bool rows = cut->rows == 1 && view->rank == 2 && view->dim[1] == cut->block;
    return rows && view->stride[1] == 1 ? view->stride[0] : -1;
}

/* Loops read whole vectors. Those of a value end in its padding, those of rows with them; those of
 * a part of a value that begins further back could end behind. */
static bool vectors_fit(const tg__emission *e, const tg__access *s)
{
    if (!s->view || s->view->offset == 0 || e->loop->cut.rows == 1) return true;
    const int64_t padded = (tg__view_count(s->view) + TG_PAD - 1) / TG_PAD * TG_PAD;
    return s->view->offset + padded <= tg__emit_value(e, s->value)->count;
}

uint32_t tg__shifted_reg(tg__emission *e, const tg__access *s)
{
    const uint8_t size = tg__size_of(e, s->value);
    const int64_t most = s->before > s->after ? s->before : s->after;
    const size_t margin = (size_t)(most > TG_PAD ? most : TG_PAD) * size;
    const tg__reg reg = { .kind = TG_REG_SHIFTED,
                          .size = size,
                          .value = s->value,
                          .offset = e->loop->regs[tg__reg_of(e, s->shifts)].offset,
                          .step = s->shift };
    if (margin > e->loop->margin) e->loop->margin = margin;
    return tg__add_reg(e, reg);
}

/* The register in which the access can be read, made if it is not there yet. */
uint32_t tg__reg_of(tg__emission *e, tg__access *s)
{
    if (!s || e->failed) return 0;
    if (s->reg != TG__NONE) return s->reg;
    const uint8_t size = tg__size_of(e, s->value);
    const int64_t step = block_step(e, s->view);
    int64_t one = 0;
    switch (s->how) {
    case TG_FORM_ONE:
        (void)shows_one(tg__emit_value(e, s->value), s->view, &one);
        s->reg = tg__add_reg(
            e, (tg__reg){ .kind = TG_REG_ONE, .size = size, .value = s->value, .offset = one });
        break;
    case TG_FORM_FILLED: {
        const uint32_t from = tg__reg_of(e, access_to(e, s->value, s->view, TG_FORM_ONE));
        s->reg = new_temp(e); /* made once for all blocks */
        s->last = TG__NEVER;
        tg__add_move(e, TG_DO_FILL, s->value, s->reg, from, true);
        break;
    }
    case TG_FORM_SPREAD: {
        const uint32_t from = tg__reg_of(e, access_to(e, s->value, NULL, TG_FORM_ROW));
        s->reg = tg__take_temp(e);
        tg__add_move(e, TG_DO_SPREAD, s->value, s->reg, from, false);
        break;
    }
    case TG_FORM_WHOLE:
        s->reg =
            tg__add_reg(e, (tg__reg){ .kind = TG_REG_MEMORY, .size = size, .value = s->value });
        break;
    case TG_FORM_FULL:
        if (s->shifts) {
            s->reg = tg__shifted_reg(e, s);
            break;
        }
        if (step >= 0 && (!tg__is_inside(e, s->value) || tg__in_block(e, s->value)) &&
            !e->loop->cut.copies && vectors_fit(e, s)) {
            s->reg = tg__add_reg(e, (tg__reg){ .kind = TG_REG_MEMORY,
                                               .size = size,
                                               .value = s->value,
                                               .offset = s->view ? s->view->offset : 0,
                                               .step = step });
            break;
        }
        load(e, s);
        break;
    case TG_FORM_ROW: load(e, s); break;
    }
    return s->reg;
}

/* Does one element stand for a whole block? A row's does where a block is one row. */
bool tg__fills_block(const tg__emission *e, uint32_t v, const tg__access *s)
{
    return s->how == TG_FORM_ONE ||
           (s->how == TG_FORM_ROW && tg__emit_member(e, v)->role == TG_ROLE_FULL &&
            e->loop->cut.rows == 1);
}
