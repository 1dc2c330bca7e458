/* emit_loop.c: fused kernels to instructions over registers, a block of positions each (code.h has
 * an example). How operands are read is emit_operand.c. */
#include "exec/emission.h"
#include "ops/pairs.h"
#include "ops/registry.h"

/* ---- Results ---------------------------------------------------------------------------- */

/* Is the old value of the variable read behind [v]? */
static bool is_read_behind(const tg__emission *e, uint32_t v, uint32_t leaf)
{
    for (uint32_t i = tg__emit_member(e, v)->position + 1; i < e->kernel->length; i++) {
        const tg__value *x = tg__emit_value(e, e->order[i]);
        for (int j = 0; j < x->arity; j++) {
            const tg__value *operand = tg__emit_value(e, x->in[j]);
            if (operand->op == &tg__op_read && operand->leaf == leaf) return true;
        }
    }
    return false;
}

/* The assignment in whose memory [v] can be computed at once; TG__NONE if there is none. */
static uint32_t direct_target(const tg__emission *e, uint32_t v)
{
    if (!e->assigns) return TG__NONE;
    for (uint32_t i = tg__emit_member(e, v)->position + 1; i < e->kernel->length; i++) {
        const uint32_t a = e->order[i];
        const tg__value *assign = tg__emit_value(e, a);
        if (assign->op != &tg__op_assign || assign->in[0] != v || assign->view[0]) continue;
        if (tg__in_block(e, a) || !is_read_behind(e, v, assign->leaf)) return a;
    }
    return TG__NONE;
}

/* The register that [v] is computed into: its own memory, that of a variable it becomes, a strip
 * that a call takes in, or a temporary one. */
static uint32_t result_reg(tg__emission *e, uint32_t v)
{
    const int role = tg__emit_member(e, v)->role;
    if (tg__needs_strip(e, v)) return tg__strip_of(e, v);
    if ((role != TG_ROLE_FULL && role != TG_ROLE_OWN) || e->loop->cut.copies)
        return tg__take_temp(e);
    const uint32_t target = tg__in_block(e, v) ? v : direct_target(e, v);
    if (target == TG__NONE) return tg__take_temp(e);
    return tg__add_reg(e, (tg__reg){ .kind = TG_REG_MEMORY,
                                     .size = tg__size_of(e, v),
                                     .value = target,
                                     .step = e->loop->cut.block });
}

/* [v] is in [reg] now, for its users here and, if it is wanted elsewhere, for memory. */
static void settle(tg__emission *e, uint32_t v, uint32_t reg)
{
    const bool row = tg__is_row(e, v);
    if (e->failed) return;
    if (tg__in_block(e, v) && e->loop->regs[reg].kind == TG_REG_TEMP)
        tg__add_move(e, row ? TG_DO_STORE_ROWS : TG_DO_STORE, v, 0, reg, false);
    tg__access *s = tg__find_access(e, v, NULL, row ? TG_FORM_ROW : TG_FORM_FULL);
    if (s) s->reg = reg;
    else tg__drop_temp(e, reg); /* nobody here reads it */
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
static tg__map_fn choose_pair_way(tg__emission *e, uint32_t v, int *count, tg__access *in[3],
                                  bool one[3])
{
    const tg__value *x = tg__emit_value(e, v);
    const tg__member *member = tg__emit_member(e, v);
    const tg__value *first = tg__emit_value(e, x->in[member->paired]);
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
        tg__access *swap = in[0];
        in[0] = in[1];
        in[1] = swap;
        one[0] = false;
        one[1] = true;
    }
    one[0] = false;
    *count = 3;
    return tg__pairs[member->pair - 1].way[x->dtype][(one[1] ? 1 : 0) + (one[2] ? 2 : 0)];
}

static void emit_map(tg__emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = tg__emit_value(e, v);
    const uint8_t dtype = tg__emit_value(e, x->in[x->arity - 1])->dtype;
    tg__source sources[3];
    tg__access *in[3] = { NULL, NULL, NULL };
    bool one[3] = { false, false, false }, sizes_agree = true;
    int count = tg__sources_of(e, v, sources);
    for (int i = 0; i < count; i++) {
        in[i] = tg__operand_access(e, sources[i].user, sources[i].operand);
        if (!in[i]) return;
        one[i] = tg__fills_block(e, v, in[i]);
        sizes_agree &= tg__size_of(e, in[i]->value) == tg__size_of(e, v);
    }
    tg__insn insn = { .code = tg__is_row(e, v) ? TG_DO_MAP_ROWS : TG_DO_MAP,
                      .size = tg__size_of(e, v),
                      .value = v,
                      .count = tg__insn_count(e, x->count),
                      .flush = tg__flushes(e->program, x->dtype, dtype) };
    insn.map = tg__emit_member(e, v)->pair ? choose_pair_way(e, v, &count, in, one)
                                           : choose_way(x, dtype, one);
    for (int i = 0; i < count; i++) {
        insn.in[i] = tg__reg_of(e, one[i] ? in[i] : tg__vector_access(e, v, in[i]));
        insn.ones |= (uint8_t)(one[i] << i);
    }
    /* The result may overwrite an operand that is read here last, if their elements have one
     * size; otherwise they must not overlap. */
    if (sizes_agree) tg__drop_ended(e, position);
    insn.out = result_reg(e, v);
    if (!sizes_agree) tg__drop_ended(e, position);
    tg__add_insn(e, insn, false);
    settle(e, v, insn.out);
}

/* An instruction for each operand, of what of it lies among the elements [first, end). */
static void add_parts(tg__emission *e, uint32_t v, uint32_t out, int64_t first, int64_t end)
{
    const tg__value *x = tg__emit_value(e, v);
    for (int i = 0; i < x->arity && first < end && !e->failed; i++) {
        tg__part *part = tg__arena_alloc(e->exe->arena, sizeof *part);
        const uint32_t from = tg__reg_of(e, tg__whole_access(e, x->in[i], 0));
        e->failed |= !part;
        if (e->failed) return;
        *part = (tg__part){ tg__inset_of(x, i), first, end };
        tg__add_insn(e,
                     (tg__insn){ .code = TG_DO_INSET,
                                 .size = tg__size_of(e, v),
                                 .value = v,
                                 .count = tg__insn_count(e, x->count),
                                 .out = out,
                                 .in = { from },
                                 .part = part },
                     false);
    }
}

/* Of a value that is another's elements shifted, only what is at its ends is moved, into the
 * margins of the other's register. */
static void emit_move(tg__emission *e, uint32_t v, uint32_t position)
{
    const int64_t count = tg__emit_value(e, v)->count;
    const tg__access *s = tg__find_access(e, v, NULL, TG_FORM_FULL);
    uint32_t out;
    if (s && s->shifts) {
        out = tg__shifted_reg(e, s);
        add_parts(e, v, out, 0, s->before);
        add_parts(e, v, out, count - s->after, count);
    } else {
        out = result_reg(e, v);
        add_parts(e, v, out, 0, count);
    }
    tg__drop_ended(e, position);
    settle(e, v, out);
}

static void emit_reduce(tg__emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = tg__emit_value(e, v);
    tg__access *s = tg__operand_access(e, v, 0);
    if (!s) return;
    const bool rows = s->how == TG_FORM_ROW;
    const uint8_t dtype = tg__emit_value(e, x->in[0])->dtype;
    const bool columns = tg__emit_member(e, v)->role == TG_ROLE_COLUMN;
    tg__insn insn = { .code = tg__is_row(e, v) ? TG_DO_REDUCE
                              : columns        ? TG_DO_COLUMNS
                              : rows           ? TG_DO_WHOLE_ROWS
                                               : TG_DO_WHOLE,
                      .size = tg__size_of(e, x->in[0]),
                      .value = v,
                      .in = { tg__reg_of(e, s) },
                      .reduce = &x->op->reduce[dtype],
                      .flush = tg__flushes(e->program, dtype, dtype) };
    if (tg__is_row(e, v)) {
        insn.out = tg__take_temp(e);
        tg__add_insn(e, insn, false);
        settle(e, v, insn.out);
    } else {
        insn.partial = e->partial;
        e->partial += tg__partials_of(e->kernel, x);
        tg__add_insn(e, insn, false);
    }
    tg__drop_ended(e, position);
}

/* An assignment has its value in a register that no later store can change; the store itself
 * waits for the end of the block, when nobody reads the old value any more. */
static void emit_assign(tg__emission *e, uint32_t v, uint32_t position)
{
    const tg__value *x = tg__emit_value(e, v);
    tg__access *s = tg__operand_access(e, v, 0);
    if (!s) return;
    s = tg__vector_access(e, v, s);
    uint32_t from = tg__reg_of(e, s);
    if (e->failed) return;
    const tg__reg *reg = &e->loop->regs[from];
    const bool computed_in_place = reg->kind == TG_REG_MEMORY && reg->value == v;
    if (!computed_in_place) {
        if (reg->kind == TG_REG_MEMORY && !tg__is_inside(e, x->in[0])) {
            from = tg__take_temp(e);
            tg__add_insn(e,
                         (tg__insn){ .code = TG_DO_MAP,
                                     .size = tg__size_of(e, v),
                                     .value = v,
                                     .count = tg__insn_count(e, x->count),
                                     .out = from,
                                     .in = { s->reg },
                                     .map = tg__op_copy.map->way[x->dtype][TG_MAP_VECTORS] },
                         false);
        } else {
            s->last = TG__NEVER;
        }
        e->stores[e->store_count++] =
            (tg__insn){ .code = tg__is_row(e, v) ? TG_DO_STORE_ROWS : TG_DO_STORE,
                        .size = tg__size_of(e, v),
                        .value = v,
                        .count = tg__insn_count(e, x->count),
                        .in = { from } };
    }
    tg__drop_ended(e, position);
}

static void emit_values(tg__emission *e)
{
    e->stores = tg__arena_alloc(e->scratch, sizeof *e->stores * e->kernel->length);
    e->failed |= !e->stores;
    for (uint32_t position = 0; position < e->kernel->length && !e->failed; position++) {
        const uint32_t v = e->order[position];
        if (tg__emit_member(e, v)->absorbed) {
            tg__drop_ended(e, position);
            continue;
        }
        switch (tg__emit_value(e, v)->op->kind) {
        case TG_KIND_ASSIGN: emit_assign(e, v, position); break;
        case TG_KIND_REDUCE: emit_reduce(e, v, position); break;
        case TG_KIND_CALL:
            if (tg__emit_member(e, v)->role == TG_ROLE_COLLECTED) tg__emit_collect(e, v, position);
            else if (tg__emit_value(e, v)->op->inset) emit_move(e, v, position);
            else tg__emit_call(e, v);
            break;
        default: emit_map(e, v, position); break;
        }
    }
    for (uint32_t i = 0; i < e->store_count && !e->failed; i++)
        tg__add_insn(e, e->stores[i], false);
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
            if (insn->code != TG_DO_MAP && insn->code != TG_DO_MAP_ROWS && !insn->reduce &&
                insn->code != TG_DO_COLLECT)
                continue;
            if (!seen) loop->flush = insn->flush;
            else if (insn->flush != now) insn->switches = true;
            seen = true;
            now = insn->flush;
        }
}

/* The elements of a block, or of the only one. */
static int64_t longest_register(const tg__emission *e)
{
    const tg__cut *cut = &e->loop->cut;
    int64_t longest = cut->block > cut->rows ? cut->block : cut->rows;
    if (cut->blocks > 1) return longest;
    longest = e->kernel->count;
    for (uint32_t i = 0; i < e->kernel->length; i++) {
        const tg__value *x = tg__emit_value(e, e->order[i]);
        longest = x->count > longest ? x->count : longest;
    }
    return longest;
}

/* The scratch memory of a worker: the table of registers, and the temporary ones. */
static void set_scratch(tg__emission *e)
{
    tg__loop *loop = e->loop;
    size_t element = 1;
    for (uint32_t i = 0; i < e->kernel->length; i++) {
        const tg__value *x = tg__emit_value(e, e->order[i]);
        element = tg__size_of(e, e->order[i]) > element ? tg__size_of(e, e->order[i]) : element;
        for (int j = 0; j < x->arity; j++)
            element = tg__size_of(e, x->in[j]) > element ? tg__size_of(e, x->in[j]) : element;
    }
    loop->longest = longest_register(e);
    const size_t table = tg__loop_table(loop);
    e->failed |= !tg__padded_bytes(loop->longest, element, &loop->slot_bytes);
    loop->margin = (loop->margin + 63) & ~(size_t)63;
    loop->slot_bytes = ((loop->slot_bytes + 63) & ~(size_t)63) + 2 * loop->margin;
    e->failed |= !tg__size_mul(loop->slot_bytes, loop->temps, &loop->scratch) ||
                 !tg__size_add(loop->scratch, table, &loop->scratch);
}

/* A list, copied to where the next part of the loop is; what it was grown in is freed. */
static void *settle_list(const tg__emission *e, unsigned char **next, void *list, size_t bytes)
{
    void *at = e->failed || !bytes ? NULL : *next;
    if (at) memcpy(at, list, bytes);
    if (at) *next += bytes;
    tg__free(&e->exe->allocator, list);
    return at;
}

/* What a run goes through lies side by side, and registers know where their values are. */
static void settle_loop(tg__emission *e)
{
    tg__loop *loop = e->loop;
    const size_t regs = loop->reg_count * sizeof *loop->regs;
    const size_t before = loop->before_count * sizeof *loop->before;
    const size_t code = loop->code_count * sizeof *loop->code;
    const size_t calls = loop->call_count * sizeof *loop->calls;
    size_t moves = 0;
    for (uint32_t i = 0; i < loop->reg_count && !e->failed; i++)
        moves += loop->regs[i].kind != TG_REG_SHIFTED && loop->regs[i].step != 0;
    loop->moves = tg__arena_alloc(e->exe->arena, (moves + 1) * sizeof *loop->moves);
    unsigned char *next = tg__arena_alloc(e->exe->arena, calls + regs + before + code + 1);
    e->failed |= !next || !loop->moves;
    for (uint32_t i = 0; i < loop->reg_count && !e->failed; i++) {
        tg__reg *reg = &loop->regs[i];
        if (reg->kind == TG_REG_TEMP || reg->kind == TG_REG_SHIFTED) continue;
        if (reg->kind == TG_REG_STRIP) {
            reg->step *= reg->size;
            loop->moves[loop->move_count++] = (tg__move){ reg->step, i };
            continue;
        }
        const tg__storage *storage = &e->program->storage[reg->value];
        const bool leaf = storage->place == TG_PLACE_LEAF;
        reg->leaf = leaf ? tg__emit_value(e, reg->value)->leaf : TG__NONE;
        reg->offset = reg->offset * reg->size + (leaf ? 0 : (int64_t)storage->offset);
        reg->step *= reg->size;
        if (reg->step) loop->moves[loop->move_count++] = (tg__move){ reg->step, i };
    }
    loop->before = settle_list(e, &next, loop->before, before);
    loop->code = settle_list(e, &next, loop->code, code);
    loop->regs = settle_list(e, &next, loop->regs, regs);
    loop->calls = settle_list(e, &next, loop->calls, calls);
}

bool tg__emit_loop(tg__preparing *p, uint32_t k)
{
    tg__executable *exe = p->exe;
    const tg__program *program = exe->program;
    const tg__kernel *kernel = &program->kernels[k];
    tg__emission e = { .exe = exe,
                       .program = program,
                       .scratch = &p->scratch,
                       .kernel = kernel,
                       .order = tg__kernel_values(program, kernel),
                       .k = k,
                       .newest = p->mark[0] };
    tg__loop *loop = exe->kernels[k].code = e.loop = tg__code_alloc(p, sizeof *loop);
    if (!loop) return false;
    *loop = (tg__loop){ .cut = tg__cut_loop(kernel) };
    tg__note_uses(&e);
    emit_values(&e);
    set_flush(loop);
    set_scratch(&e);
    tg__place_calls(&e);
    settle_loop(&e);
    if (loop->cut.blocks > 1 || loop->call_count > 0) tg__needs_workers(p, loop->scratch);
    else tg__needs_first(p, loop->scratch); /* tg__parallel gives the only block to it */
    tg__free(&exe->allocator, e.accesses);
    tg__free(&exe->allocator, e.free_temps);
    return !e.failed;
}
