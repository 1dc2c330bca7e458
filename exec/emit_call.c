/* emit_call.c: calls that take part in a loop: strip by strip, or block by block. */
#include "exec/emission.h"

enum { MOST_MAPS = 8 };

/* ---- Strips ----------------------------------------------------------------------------- */

bool tg__needs_strip(const tg__emission *e, uint32_t v)
{
    if (!e->kernel->strips || tg__in_block(e, v)) return false;
    for (uint32_t i = tg__emit_member(e, v)->position + 1; i < e->kernel->length; i++) {
        const tg__member *member = tg__emit_member(e, e->order[i]);
        if (member->by_strips && tg__emit_value(e, e->order[i])->in[member->collected] == v)
            return true;
    }
    return false;
}

uint32_t tg__strip_of(tg__emission *e, uint32_t v)
{
    const tg__loop *loop = e->loop;
    for (uint32_t i = 0; i < loop->reg_count; i++)
        if (loop->regs[i].kind == TG_REG_STRIP && loop->regs[i].value == v) return i;
    return tg__add_reg(e, (tg__reg){ .kind = TG_REG_STRIP,
                                     .size = tg__size_of(e, v),
                                     .value = v,
                                     .step = loop->cut.block });
}

static tg__loop_call *new_call(tg__emission *e, uint32_t v, tg__turn turn)
{
    tg__loop *loop = e->loop;
    const tg__value *x = tg__emit_value(e, v);
    tg__operand *operands = tg__arena_alloc(e->exe->arena, sizeof *operands * (x->arity + 1u));
    if (!operands || !tg__grow(&e->exe->allocator, &loop->calls, &e->call_capacity,
                               loop->call_count + 1u, sizeof *loop->calls)) {
        e->failed = true;
        return NULL;
    }
    tg__describe_call(e->program, v, operands);
    loop->strips |= turn != TG_TURN_BLOCK;
    tg__loop_call *call = &loop->calls[loop->call_count++];
    *call = (tg__loop_call){ .turn = (uint8_t)turn,
                             .flush = tg__flushes(e->program, x->dtype, x->dtype),
                             .value = v,
                             .reg = TG__NONE,
                             .operands = operands };
    return call;
}

/* ---- Which columns are needed ----------------------------------------------------------- */

/* A value's elements are needed where a mask is [shown], a use of which is operand 0 of [by]. */
typedef struct masked {
    const tg__value *by;
    bool shown;
} masked;

static bool same_mask(const masked *a, const tg__value *by, bool shown)
{
    return !a->by || (a->by->in[0] == by->in[0] && tg__view_same(a->by->view[0], by->view[0]) &&
                      a->shown == shown);
}

/* Is [v] used by nothing but choices by one mask that is in memory, or by maps that are? */
static bool find_mask(const tg__emission *e, uint32_t v, int maps, masked *out)
{
    if (tg__in_block(e, v) || maps == MOST_MAPS) return false;
    for (uint32_t i = tg__emit_member(e, v)->position + 1; i < e->kernel->length; i++) {
        const uint32_t user = e->order[i];
        const tg__value *x = tg__emit_value(e, user);
        for (int j = 0; j < x->arity; j++) {
            if (x->in[j] != v) continue;
            if (x->op->kind != TG_KIND_MAP || x->view[j]) return false;
            if (!(x->op->flags & TG_OP_CHOOSES)) {
                if (!find_mask(e, user, maps + 1, out)) return false;
                continue;
            }
            if (j == 0 || tg__is_inside(e, x->in[0]) || !same_mask(out, x, j == 1)) return false;
            *out = (masked){ x, j == 1 };
        }
    }
    return out->by != NULL;
}

static void note_mask(tg__emission *e, uint32_t v, tg__loop_call *call)
{
    masked found = { NULL, false };
    if (!find_mask(e, v, 0, &found)) return;
    tg__view *view = tg__arena_alloc(e->exe->arena, sizeof *view);
    if (!view) {
        e->failed = true;
        return;
    }
    *view = found.by->view[0] ? *found.by->view[0] : tg__view_dense(1, &e->kernel->count);
    call->mask = view;
    call->mask_value = found.by->in[0];
    call->shown = found.shown;
}

/* ---- Calls ------------------------------------------------------------------------------ */

/* Users here read what the call has computed for the strip; or, where it is kept, memory. */
void tg__emit_call(tg__emission *e, uint32_t v)
{
    tg__loop_call *call = new_call(e, v, TG_TURN_BEFORE);
    if (!call || tg__in_block(e, v)) return;
    note_mask(e, v, call);
    call->reg = tg__strip_of(e, v);
    tg__access *s = tg__find_access(e, v, NULL, TG_FORM_FULL);
    if (s) s->reg = call->reg;
}

/* Rows are taken in from a strip, or from memory when all blocks of a strip are done; or from the
 * register of each block. */
void tg__emit_collect(tg__emission *e, uint32_t v, uint32_t position)
{
    const uint8_t operand = tg__emit_member(e, v)->collected;
    const uint32_t from = tg__emit_value(e, v)->in[operand];
    const bool strips = tg__emit_member(e, v)->by_strips;
    tg__loop_call *call = new_call(e, v, strips ? TG_TURN_BEHIND : TG_TURN_BLOCK);
    if (!call) return;
    call->operand = operand;
    if (strips) {
        if (tg__is_inside(e, from) && !tg__in_block(e, from)) call->reg = tg__strip_of(e, from);
        return;
    }
    tg__access *s = tg__operand_access(e, v, operand);
    if (s) s = tg__vector_access(e, v, s);
    if (!s) return;
    tg__add_insn(e,
                 (tg__insn){ .code = TG_DO_COLLECT,
                             .value = v,
                             .in = { tg__reg_of(e, s) },
                             .call = e->loop->call_count - 1,
                             .flush = call->flush },
                 false);
    tg__drop_ended(e, position);
}

/* Registers hold whole vectors, and so does the last block of a strip. */
static void place_strip(tg__emission *e, uint32_t r)
{
    tg__loop *loop = e->loop;
    tg__reg *reg = &loop->regs[r];
    size_t bytes = 0;
    if (reg->offset) return; /* another call has placed it */
    reg->offset = (int64_t)loop->scratch;
    e->failed |= !tg__padded_bytes(loop->cut.block * loop->cut.strip + TG_PAD, reg->size, &bytes) ||
                 !tg__size_add(loop->scratch, (bytes + 63) & ~(size_t)63, &loop->scratch);
}

void tg__place_calls(tg__emission *e)
{
    tg__loop *loop = e->loop;
    for (uint32_t i = 0; i < loop->call_count && !e->failed; i++) {
        tg__loop_call *at = &loop->calls[i];
        const tg__value *x = tg__emit_value(e, at->value);
        const tg__call call = tg__call_of(x, at->operands);
        size_t (*const bytes)(const tg__call *) =
            at->turn == TG_TURN_BEFORE ? x->op->rows->scratch : x->op->collect->scratch;
        loop->scratch = (loop->scratch + 63) & ~(size_t)63;
        if (at->reg != TG__NONE) place_strip(e, at->reg);
        at->scratch = loop->scratch;
        e->failed |= !tg__size_add(loop->scratch, bytes ? bytes(&call) : 64, &loop->scratch);
    }
}
