/* tape.c: tapes, ages of values, what a node can be asked, and inputs. */
#include "autograd/engine.h"

#include <inttypes.h>

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
    tg__sites_free(tape);
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
