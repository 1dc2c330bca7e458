/* tape.c: tapes, the sites of nodes, ages of values, and recording. */
#include "autograd/engine.h"

#include <inttypes.h>

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

static void free_sites(tg_tape *tape)
{
    for (size_t i = 0; i < tape->site_capacity; i++) tg__free(&tape->allocator, tape->sites[i]);
    tg__free(&tape->allocator, tape->sites);
}

/* ---- Tapes ------------------------------------------------------------------------------ */

tg_tape *tg_tape_new_with(const tg_tape_args *given)
{
    tg_tape_args args = { TG_TAPE_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_tape_new")) return NULL;

    if (!args.store) return NULL;
    tg_tape *tape = tg__alloc_zero(&args.store->allocator, sizeof *tape);
    if (!tape) return NULL;
    tape->store = args.store;
    tape->allocator = args.store->allocator;
    tape->age = 1; /* 0 marks a node without a value */
    for (int i = 0; i < TG__ORIGINS; i++) tape->since[i] = 1;
    tape->variables_seen = tape->store->variables_moved;
    tape->counters_seen = tape->store->counters_moved;
    tg__arena_init(&tape->arena[0], &tape->allocator);
    tg__arena_init(&tape->arena[1], &tape->allocator);
    return tape;
}

void tg_tape_free(tg_tape *tape)
{
    if (!tape) return;
    const tg_allocator allocator = tape->allocator;
    if (!tape->read_failed) tg__draws_end(tape);
    if (tape->drop_plans) tape->drop_plans(tape);
    tg__nodes_free(tape);
    tg__arena_free(&tape->arena[0]);
    tg__arena_free(&tape->arena[1]);
    tg__free(&allocator, tape->nodes);
    free_sites(tape);
    tg__free(&allocator, tape->uses);
    tg__free(&allocator, tape->assigns);
    tg__free(&allocator, tape->overrides.item);
    tg__free(&allocator, tape->pending.item);
    tg__free(&allocator, tape->keys);
    tg__free(&allocator, tape->key_chains);
    tg__free(&allocator, tape);
}

void tg_rewind(tg_tape *tape)
{
    if (!tape) return;
    if (!tape->read_failed) tg__draws_end(tape);
    tape->generation++;
    tg__nodes_rewind(tape);
    tg__arena_reset(tg__tape_arena(tape));
    tg__keys_shrink(tape, 0);
    tape->count = tape->assign_count = 0;
    tape->overrides.count = tape->pending.count = tape->unrolled = 0;
    tape->committed = false;
    tape->evaluated = tape->settled = tape->walked = 0;
    tape->reached_from = NULL;
    tape->origin = (tg_site){ 0 };
    tape->deriving = NULL;
    tg_tape_clear_error(tape);
}

tg_store *tg_tape_store(const tg_tape *tape) { return tape ? tape->store : NULL; }
size_t tg_tape_length(const tg_tape *tape) { return tape ? tape->count : 0; }
uint32_t tg_assign_count(const tg_tape *tape) { return tape ? (uint32_t)tape->assign_count : 0; }

void *tg_scratch(tg_tape *tape, size_t size)
{
    if (!tg__tape_ready(tape)) return NULL;
    void *block = tg__arena_alloc(tg__tape_arena(tape), size ? size : 1);
    if (!block)
        tg_fail(tape, (tg_site){ 0 }, TG_ERR_MEMORY, "out of memory (%zu bytes on the tape)", size);
    return block;
}

/* ---- Ages ------------------------------------------------------------------------------- */

/* Begins a new age, because something has changed: [what], a set of TG__INPUTS and the like. */
static void move_on(tg_tape *tape, unsigned what)
{
    tape->age++;
    for (unsigned i = 0; i < TG__ORIGINS; i++)
        if (i & what) tape->since[i] = tape->age;
}

uint64_t tg__tape_age(tg_tape *tape)
{
    const tg_store *store = tape->store;
    unsigned what = 0;
    if (tape->variables_seen != store->variables_moved) what |= TG__VARIABLES;
    if (tape->counters_seen != store->counters_moved) what |= TG__COUNTERS;
    tape->variables_seen = store->variables_moved;
    tape->counters_seen = store->counters_moved;
    if (what) move_on(tape, what);
    return tape->age;
}

/* ---- Asking a node ---------------------------------------------------------------------- */

tg_tape *tg_tape_of(const tg_tensor *x) { return x ? tg__tape_of_handle(x) : NULL; }

tg_dtype tg_dtype_of(const tg_tensor *x)
{
    return (x = tg__seen(x)) ? (tg_dtype)x->dtype : TG_DTYPE_DEFAULT;
}

int tg_rank(const tg_tensor *x) { return (x = tg__seen(x)) ? x->rank : -1; }
int tg_arity(const tg_tensor *x) { return (x = tg__seen(x)) ? x->arity : 0; }

bool tg_is_input(const tg_tensor *x) { return (x = tg__seen(x)) && x->op == &tg__op_input; }

tg_var *tg_var_of(const tg_tensor *x)
{
    return (x = tg__seen(x)) && x->op == &tg__op_read ? x->var : NULL;
}

int64_t tg_count(const tg_tensor *x) { return (x = tg__seen(x)) ? tg__elements(x) : -1; }

tg_shape tg_shape_from(const tg_tensor *x)
{
    tg_shape shape = { .rank = -1 };
    if ((x = tg__seen(x))) {
        shape.rank = x->rank;
        memcpy(shape.dim, x->dim, sizeof *x->dim * x->rank);
    }
    return shape;
}

int64_t tg_dim(const tg_tensor *x, int axis)
{
    if (!(x = tg__seen(x))) return -1;
    if (axis < 0) axis += x->rank;
    return axis >= 0 && axis < x->rank ? x->dim[axis] : -1;
}

tg_tensor *tg_name(tg_tensor *x, const char *name)
{
    if (!x || !tg__ready(tg__line_of(x), "name", 1, &x)) return NULL;
    const tg_site at = tg__line_of(x);
    if (!name) return tg__fail_op(x->tape, at, TG_ERR_ARGUMENT, "name", 1, &x, "NULL name");
    const char *copy = tg__arena_string(tg__tape_arena(x->tape), name);
    if (!copy) return tg__fail_op(x->tape, at, TG_ERR_MEMORY, "name", 0, NULL, "out of memory");
    x->name = copy;
    return x;
}

const char *tg_name_of(const tg_tensor *x) { return (x = tg__seen(x)) && x->name ? x->name : ""; }

/* ---- Looking at a tape ------------------------------------------------------------------ */

tg_tensor *tg_node(const tg_tape *tape, size_t index)
{
    return tape && index < tape->count ? tape->nodes[index] : NULL;
}

int64_t tg_index_of(const tg_tensor *x) { return (x = tg__seen(x)) ? (int64_t)x->id : -1; }

tg_tensor *tg_operand_of(const tg_tensor *x, int index)
{
    return (x = tg__seen(x)) && index >= 0 && index < x->arity ? x->in[index] : NULL;
}

const char *tg_operation_of(const tg_tensor *x) { return (x = tg__seen(x)) ? x->op->name : ""; }

tg_site tg_origin_of(const tg_tensor *x) { return (x = tg__seen(x)) ? *x->site : (tg_site){ 0 }; }

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

tg_tensor *tg__whole(tg_tape *tape, size_t length, tg_tensor *y)
{
    while (!y && tape->count > length) {
        const tg_tensor *x = tape->nodes[--tape->count];
        if (x->op == &tg__op_read) tape->uses[x->var->index].read = NULL;
        else if (x->op->flags & TG_OP_RANDOM) tg__keys_shrink(tape, tape->key_count - 1);
        else if (x->op == &tg__op_assign) {
            tape->assign_count--;
            tape->uses[x->var->index].assigned = 0;
        }
    }
    return y;
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

tg_tensor *tg_undo(tg_site at)
{
    const struct tg__mark *mark = at.since;
    if (!mark || mark->generation != mark->tape->generation) return NULL;
    tg_tape *tape = mark->tape;
    (void)tg__whole(tape, mark->length, NULL);
    tg__overrides_shrink(tape, &tape->overrides, mark->overrides);
    tg__overrides_shrink(tape, &tape->pending, mark->pending);
    if (tape->store->count > mark->vars) tg__store_shrink(tape->store, mark->vars);
    return NULL;
}

tg_tensor *tg__record_like(tg_site at, const tg_op *op, int arity, tg_tensor *const in[])
{
    return tg__record(in[0]->tape, at, op, (tg_dtype)in[0]->dtype, in[0]->rank, in[0]->dim, arity,
                      in, NULL, 0);
}

/* ---- Inputs ----------------------------------------------------------------------------- */

tg_tensor *tg_input_at(tg_site at, tg_tape *tape, const char *name, tg_dtype dtype, tg_shape shape)
{
    if (!tg__tape_ready(tape)) return NULL;
    if (dtype == TG_DTYPE_DEFAULT) dtype = tape->store->dtype;
    if (!tg_dtype_size(dtype))
        return tg__fail_op(tape, at, TG_ERR_DTYPE, "input", 0, NULL, "unknown dtype %d",
                           (int)dtype);
    if (!tg__shape_ok(tape, at, "input", dtype, shape.rank, shape.dim)) return NULL;
    tg_tensor *x =
        tg__record(tape, at, &tg__op_input, dtype, shape.rank, shape.dim, 0, NULL, NULL, 0);
    if (!x) return NULL;
    size_t bytes = 0;
    (void)tg__padded_bytes(tg__elements(x), tg_dtype_size(dtype), &bytes);
    x->data = tg__arena_values(tg__tape_arena(tape), bytes);
    if (name) x->name = tg__arena_string(tg__tape_arena(tape), name);
    if (!x->data || (name && !x->name)) {
        tape->count--;
        return tg__fail_op(tape, at, TG_ERR_MEMORY, "input", 0, NULL,
                           "%s: out of memory (%zu bytes)", name ? name : "(no name)", bytes);
    }
    return x;
}

tg_status tg__feed(tg_site at, tg_tensor *input, tg_dtype dtype, const void *data, size_t count)
{
    tg_tape *tape = tg__tape_of_handle(input);
    if (!tg__ready(at, "feed", 1, &input))
        return tape->error.status ? tape->error.status : tape->store->error.status;
    tg_status status = TG_OK;
    if (input->op != &tg__op_input)
        tg__fail_op(tape, at, status = TG_ERR_STATE, "feed", 1, &input,
                    "only a tg_input can be fed, this is the result of an operation");
    else if (dtype != (tg_dtype)input->dtype)
        tg__fail_op(tape, at, status = TG_ERR_DTYPE, "feed", 1, &input,
                    "given %s; convert the data, or declare the input so and tg_cast it",
                    tg_dtype_name(dtype));
    else if (count != (size_t)tg__elements(input))
        tg__fail_op(tape, at, status = TG_ERR_SHAPE, "feed", 1, &input,
                    "given %zu elements for %" PRId64, count, tg__elements(input));
    else if (!data && count)
        tg__fail_op(tape, at, status = TG_ERR_ARGUMENT, "feed", 1, &input, "the data are NULL");
    if (status != TG_OK) return status;
    if (count) memcpy(input->data, data, count * tg_dtype_size(dtype));
    /* Values are old now only if something was computed from the input before. */
    if (input->age || tape->compiled) move_on(tape, TG__INPUTS);
    return TG_OK;
}

tg_status tg_feed_as(tg_tensor *input, tg_dtype dtype, const void *data, size_t count)
{
    return input ? tg__feed(tg__line_of(input), input, dtype, data, count) : TG_ERR_ARGUMENT;
}
