/* record.c: recording: the sites of nodes, what is checked of operands, how a node is appended, and
 * the calls that record several. */
#include "autograd/engine.h"

/* ---- Sites ------------------------------------------------------------------------------ */

static bool same_site(const tg_site *a, const tg_site *b)
{
    return a->line == b->line && a->file == b->file && a->function == b->function;
}

/* The place of the site in the table, or the one where it is to be put. */
static size_t site_slot(const tg_tape *tape, const tg_site *site)
{
    uint64_t hash = tg__hash_word((uint64_t)site->line, (uint64_t)(uintptr_t)site->file);
    hash = tg__hash_word(hash, (uint64_t)(uintptr_t)site->function);
    size_t slot = (size_t)hash & (tape->site_capacity - 1);
    while (tape->sites[slot] && !same_site(tape->sites[slot], site))
        slot = (slot + 1) & (tape->site_capacity - 1);
    return slot;
}

static bool reserve_site(tg_tape *tape)
{
    if (2 * (tape->site_count + 1) <= tape->site_capacity) return true;
    const size_t before = tape->site_capacity;
    tg_site **old = tape->sites;
    tg_site **sites = tg__alloc_zero(&tape->allocator, (before ? 2 * before : 64) * sizeof *sites);
    if (!sites) return false;
    tape->sites = sites;
    tape->site_capacity = before ? 2 * before : 64;
    for (size_t i = 0; i < before; i++)
        if (old[i]) sites[site_slot(tape, old[i])] = old[i];
    tg__free(&tape->allocator, old);
    return true;
}

/* Many nodes share a site. The tape keeps it as long as it lives, without [since], which belongs
 * to one call. NULL when out of memory. */
static const tg_site *keep_site(tg_tape *tape, const tg_site *at)
{
    if (tape->last_site && same_site(tape->last_site, at)) return tape->last_site;
    if (!reserve_site(tape)) return NULL;
    const size_t slot = site_slot(tape, at);
    if (!tape->sites[slot]) {
        tg_site *kept = tg__alloc(&tape->allocator, sizeof *kept);
        if (!kept) return NULL;
        *kept = (tg_site){ .file = at->file, .line = at->line, .function = at->function };
        tape->sites[slot] = kept;
        tape->site_count++;
    }
    return tape->last_site = tape->sites[slot];
}

void tg__sites_free(tg_tape *tape)
{
    for (size_t i = 0; i < tape->site_capacity; i++) tg__free(&tape->allocator, tape->sites[i]);
    tg__free(&tape->allocator, tape->sites);
}

/* ---- Checking operands ------------------------------------------------------------------ */

bool tg__tape_ready(const tg_tape *tape)
{
    return tape && tape->error.status == TG_OK && tape->store->error.status == TG_OK;
}

/* Reports stale operands to the tapes of the other operands. Nothing is reported of a NULL: the
 * function that returned it has reported why. */
static bool refuse(tg_site at, const char *name, int arity, tg_tensor *const in[])
{
    bool missing = false;
    for (int i = 0; i < arity; i++) missing |= !in[i];
    for (int i = 0; i < arity; i++) {
        if (!in[i] || tg__alive(in[i])) continue;
        tg_tape *tape = tg__tape_of_handle(in[i]);
        if (tape->unplaced == in[i]) tg__place_message(tape, at, name);
        for (int k = 0; k < arity && !missing; k++) {
            tg_tape *asked = tg__tape_of_handle(in[k]);
            if (tg__tape_ready(asked)) tg__fail_stale(asked, at, name, i, in[i]);
        }
    }
    return false;
}

bool tg__ready(tg_site at, const char *name, int arity, tg_tensor *const in[])
{
    for (int i = 0; i < arity; i++)
        if (!in[i] || !tg__alive(in[i])) return refuse(at, name, arity, in);
    if (arity == 0) return true;
    tg_tape *tape = in[0]->tape;
    if (!tg__tape_ready(tape)) return false;
    for (int i = 0; i < arity; i++) {
        if (in[i]->tape == tape) continue;
        for (int k = 0; k < 2; k++) /* both tapes have the error */
            tg__fail_op(k ? in[i]->tape : tape, at, TG_ERR_ARGUMENT, name, arity, in,
                        "operand %d was recorded on another tape; only variables are shared "
                        "between tapes (tg_read)",
                        i);
        return false;
    }
    return true;
}

tg_tape *tg__list_tape(tg_list list)
{
    return list.node && list.count && list.node[0] ? tg__tape_of_handle(list.node[0]) : NULL;
}

bool tg__list_ready(tg_site at, const char *name, tg_list list, int *count)
{
    tg_tape *tape = tg__list_tape(list);
    if (!tape) return false;
    const bool fits = list.count <= UINT16_MAX;
    *count = fits ? (int)list.count : 1;
    if (!tg__ready(at, name, *count, list.node)) return false;
    if (!fits)
        tg__fail_op(tape, at, TG_ERR_UNSUPPORTED, name, 1, list.node, "takes at most %d operands",
                    (int)UINT16_MAX);
    return fits;
}

bool tg__shape_ok(tg_tape *tape, tg_site at, const char *name, tg_dtype dtype, int rank,
                  const int64_t *dim)
{
    char text[TG_SHAPE_TEXT];
    if (rank < 0 || rank > TG_MAX_RANK) {
        tg__fail_op(tape, at, TG_ERR_SHAPE, name, 0, NULL,
                    "a shape has 0 to %d axes, none of them negative; this one has not",
                    TG_MAX_RANK);
        return false;
    }
    tg_shape shape = { .rank = rank };
    memcpy(shape.dim, dim, sizeof *dim * (size_t)rank);
    for (int i = 0; i < rank; i++)
        if (dim[i] < 0) {
            tg__fail_op(tape, at, TG_ERR_SHAPE, name, 0, NULL, "axis %d of %s is negative", i,
                        tg__shape_text(text, rank, dim));
            return false;
        }
    size_t bytes;
    const int64_t count = tg_shape_count(shape);
    if (count < 0 || !tg__padded_bytes(count, tg_dtype_size(dtype), &bytes)) {
        tg__fail_op(tape, at, TG_ERR_SHAPE, name, 0, NULL,
                    "%s %s has more bytes than memory can have addresses",
                    tg__shape_text(text, rank, dim), tg_dtype_name(dtype));
        return false;
    }
    return true;
}

int tg__axis(tg_site at, const char *name, tg_tensor *x, int axis)
{
    const int positive = axis < 0 ? axis + x->rank : axis;
    if (positive >= 0 && positive < x->rank) return positive;
    if (x->rank == 0)
        tg__fail_op(x->tape, at, TG_ERR_SHAPE, name, 1, &x,
                    "axis %d of a scalar, which has no axes", axis);
    else
        tg__fail_op(x->tape, at, TG_ERR_SHAPE, name, 1, &x,
                    "axis %d is out of range for rank %d (-%d to %d)", axis, x->rank, x->rank,
                    x->rank - 1);
    return -1;
}

/* ---- Recording -------------------------------------------------------------------------- */

static tg_tensor *no_memory(tg_tape *tape, tg_site at, const char *name)
{
    return tg__fail_op(tape, at, TG_ERR_MEMORY, name, 0, NULL, "out of memory at node %%%zu",
                       tape->count);
}

/* What the value of such a leaf comes from. */
static uint8_t origin_of(const tg_op *op)
{
    if (op == &tg__op_input) return TG__INPUTS;
    if (op == &tg__op_read) return TG__VARIABLES;
    return op == &tg__op_step || op->flags & TG_OP_RANDOM ? TG__COUNTERS : 0;
}

tg_tensor *tg__record(tg_tape *tape, tg_site at, const tg_op *op, tg_dtype dtype, int rank,
                      const int64_t *dim, int arity, tg_tensor *const in[], const void *attr,
                      size_t attr_size)
{
    tg__arena *arena = tg__tape_arena(tape);
    if (tape->count == tape->capacity && !tg__grow(&tape->allocator, &tape->nodes, &tape->capacity,
                                                   tape->count + 1, sizeof *tape->nodes))
        return no_memory(tape, at, op->name);
    if (tape->count == UINT32_MAX - 1)
        return tg__fail_op(tape, at, TG_ERR_MEMORY, op->name, 0, NULL,
                           "a tape has at most 2^32-2 nodes");

    /* Most nodes have the shape of an operand: then they share its dims. */
    bool shared = false;
    for (int i = 0; i < arity; i++) shared |= in[i]->dim == dim;
    const size_t dims = shared ? 0 : sizeof *dim * (size_t)rank;
    /* Aligned for the attributes behind it. */
    const size_t operands = arity > 3 ? (sizeof *in * (size_t)arity + 7) & ~(size_t)7 : 0;
    const size_t rest = dims + operands + attr_size;
    const tg_site *site = keep_site(tape, tape->origin.file ? &tape->origin : &at);
    unsigned char *block = rest && site ? tg__arena_alloc(arena, rest) : NULL;
    tg_tensor *x = site && (block || !rest) ? tg__node_new(tape) : NULL;
    if (!x) return no_memory(tape, at, op->name);

    *x = (tg_tensor){ .self = x,
                      .op = op,
                      .tape = tape,
                      .id = (uint32_t)tape->count,
                      .generation = tape->generation,
                      .dtype = (uint8_t)dtype,
                      .rank = (uint8_t)rank,
                      .arity = (uint16_t)arity,
                      .attr_size = (uint32_t)attr_size,
                      .site = site };
    if (arity == 0 || op->flags & TG_OP_RANDOM) x->from = origin_of(op);
    static const int64_t none;
    x->dim = shared ? dim : dims ? (const int64_t *)block : &none;
    x->in = x->arg;
    if (dims) {
        memcpy(block, dim, dims);
        block += dims;
    }
    if (operands) {
        x->in = (tg_tensor **)block;
        block += operands;
    }
    for (int i = 0; i < arity; i++) {
        x->in[i] = in[i];
        x->from |= in[i]->from;
    }
    if (attr_size) {
        memcpy(block, attr, attr_size);
        x->attr = block;
    }
    return tape->nodes[tape->count++] = x;
}

tg_tensor *tg__record_like(tg_site at, const tg_op *op, int arity, tg_tensor *const in[])
{
    return tg__record(in[0]->tape, at, op, (tg_dtype)in[0]->dtype, in[0]->rank, in[0]->dim, arity,
                      in, NULL, 0);
}

/* ---- Functions made of others ----------------------------------------------------------- */

static bool set_mark(tg_site *at, tg_tape *tape)
{
    struct tg__mark *mark = tg__arena_alloc(tg__tape_arena(tape), sizeof *mark);
    if (!mark) {
        tg__fail_op(tape, *at, TG_ERR_MEMORY, NULL, 0, NULL, "out of memory at node %%%zu",
                    tape->count);
        return false;
    }
    *mark = (struct tg__mark){ .tape = tape,
                               .generation = tape->generation,
                               .length = tape->count,
                               .overrides = tape->overrides.count,
                               .pending = tape->pending.count,
                               .vars = tape->store->count };
    at->since = mark;
    return true;
}

bool tg_enter_tape(tg_site *at, const char *function, tg_tape *tape)
{
    *at = tg__within(*at, function);
    return tg__tape_ready(tape) && (at->since || set_mark(at, tape));
}

bool tg_enter(tg_site *at, const char *function, tg_list operands)
{
    const bool ours = function && strncmp(function, "tg_", 3) == 0;
    const size_t count = operands.count;
    *at = tg__within(*at, function);
    if (count > INT_MAX || (count && !operands.node)) return false;
    for (size_t i = 0; i < count; i++)
        if (!operands.node[i]) return false;
    if (count == 0) return true;
    tg_tape *tape = tg__tape_of_handle(operands.node[0]);
    /* After an error of the store nothing can be recorded. The call may go on if the tape has no
     * error, so that a layer that could not be made is reported on the tape, too. */
    if (tape->store->error.status != TG_OK) return tape->error.status == TG_OK;
    if (!tg__ready(*at, ours ? function + 3 : NULL, (int)count, operands.node)) return false;
    return tg_enter_tape(at, function, tape);
}
