/* value.c: reading values. What no compiled plan covers is planned and run when it is asked
 * for; such plans are kept by their structure, so recording the same again costs little. */
#include "runtime/key.h"
#include "runtime/run.h"

#include <inttypes.h>
#include <math.h>

enum { MAX_CACHED = 32 };

/* ---- Define-by-run ---------------------------------------------------------------------- */

static tg_plan *find_plan(tg_tape *tape, const tg__key *key)
{
    for (tg_plan **p = &tape->cached; *p; p = &(*p)->next) {
        tg_plan *plan = *p;
        if (plan->key_hash != key->hash || plan->key_size != key->size ||
            memcmp(plan->key, key->bytes, key->size) != 0)
            continue;
        *p = plan->next; /* to the front */
        tg__plan_hang(plan, &tape->cached);
        for (size_t i = 0; i < plan->leaf_count; i++) {
            tg__leaf *leaf = &plan->leaves[i];
            leaf->node = key->nodes[leaf->key];
            leaf->number = leaf->node->number;
        }
        tg__plan_bind(plan);
        return plan;
    }
    return NULL;
}

/* Keeps the most recently used plans only. */
static void trim_cache(tg_tape *tape)
{
    size_t count = 0;
    tg_plan **p = &tape->cached;
    while (*p && count++ < MAX_CACHED) p = &(*p)->next;
    while (*p) {
        tg_plan *old = *p;
        *p = old->next;
        tg__plan_release(old);
    }
}

static tg_plan *make_plan(tg_tape *tape, const tg__wanted *wanted, tg__key *key)
{
    tg_plan *plan = tg__plan_new(tape, 1);
    if (!plan) return NULL;
    if (tg__plan_make(plan, wanted) != TG_OK) {
        tg__plan_release(plan);
        return NULL;
    }
    for (size_t i = 0; i < plan->leaf_count; i++)
        plan->leaves[i].key = key->numbers[plan->leaves[i].node->id] - 1;
    plan->key = key->bytes;
    plan->key_size = key->size;
    plan->key_hash = key->hash;
    key->bytes = NULL;
    tg__plan_hang(plan, &tape->cached);
    trim_cache(tape);
    return plan;
}

/* Where the value of [x] is to stay until the tape is rewound. */
static void *value_storage(tg_tensor *x)
{
    size_t bytes;
    if (x->data) return x->data;
    if (!tg__padded_bytes(tg__elements(x), tg_dtype_size((tg_dtype)x->dtype), &bytes)) return NULL;
    return tg__arena_values(tg__tape_arena(x->tape), bytes);
}

static tg_status out_of_memory(tg_tape *tape, tg_site at)
{
    tg__fail_op(tape, at, TG_ERR_MEMORY, "get", 0, NULL, "out of memory");
    return TG_ERR_MEMORY;
}

static bool is_current(const tg_tensor *x)
{
    if (x->op == &tg__op_input || x->op == &tg__op_constant) return true;
    return x->data && x->fed == x->tape->fed;
}

static tg_status evaluate_list(tg_tape *tape, tg_tensor *const *list, size_t count)
{
    const tg__wanted wanted = { .outputs = list, .output_count = count, .use_values = true };
    tg__key key;
    if (!tg__key_make(tape, &wanted, &key)) return out_of_memory(tape, tg__line_of(list[0]));
    tg_plan *plan = find_plan(tape, &key);
    if (!plan) plan = make_plan(tape, &wanted, &key);
    tg__key_free(tape, &key);
    if (!plan) return out_of_memory(tape, tg__line_of(list[0]));
    const tg_status status = tg__plan_run(plan);
    if (status != TG_OK) return status;
    for (size_t i = 0; i < count; i++) {
        tg_tensor *x = list[i];
        void *storage = value_storage(x);
        if (!storage) return out_of_memory(tape, tg__line_of(x));
        const size_t bytes = (size_t)tg__elements(x) * tg_dtype_size((tg_dtype)x->dtype);
        if (bytes) memcpy(storage, plan->block + plan->nodes[plan->outputs[i]].offset, bytes);
        x->data = storage;
        x->fed = tape->fed;
    }
    tg__draws_done(plan);
    return TG_OK;
}

/* Computes [x] and, in the same run, what the tape is going to assign: so that committing
 * needs no second run, and every value is one of the same weights. */
static tg_status evaluate(tg_tape *tape, tg_tensor *x)
{
    tg_tensor **list = tg__alloc(&tape->allocator, sizeof *list * (tape->assign_count + 1));
    if (!list) return out_of_memory(tape, x ? tg__line_of(x) : (tg_site){ 0 });
    size_t count = 0;
    if (x) list[count++] = x;
    for (size_t i = 0; i < tape->assign_count; i++) {
        tg_tensor *value = tape->assigns[i]->in[0];
        if (!is_current(value) && value->op->kind != TG_KIND_LEAF && !value->plan &&
            tape->assigns[i]->plan == NULL)
            list[count++] = value;
    }
    const tg_status status = count ? evaluate_list(tape, list, count) : TG_OK;
    tg__free(&tape->allocator, list);
    return status;
}

tg_status tg_commit(tg_tape *tape)
{
    if (!tape) return TG_ERR_ARGUMENT;
    if (!tg__tape_ready(tape))
        return tape->error.status ? tape->error.status : tape->store->error.status;
    if (tape->committed) {
        tg_fail(
            tape, (tg_site){ 0 }, TG_ERR_STATE,
            "tg_commit: this recording's assignments are made already; rewind and record again");
        return TG_ERR_STATE;
    }
    for (size_t i = 0; i < tape->assign_count; i++)
        if (tape->assigns[i]->plan) {
            tg_fail(tape, tg__line_of(tape->assigns[i]), TG_ERR_STATE,
                    "tg_commit: the assignment to %s is part of a compiled plan; run that instead",
                    tape->assigns[i]->var->name);
            return TG_ERR_STATE;
        }
    if (tape->assign_count == 0) {
        tg__draws_end(tape);
        return TG_OK;
    }
    tg_status status = evaluate(tape, NULL);
    /* The others: leaves, which must be read before a variable changes, and what a pure plan
     * covers, whose last run may have seen other inputs. */
    for (size_t i = 0; status == TG_OK && i < tape->assign_count; i++) {
        tg_tensor *value = tape->assigns[i]->in[0];
        if (value->op == &tg__op_input || value->op == &tg__op_constant) continue;
        if (value->plan || value->op->kind == TG_KIND_LEAF) status = evaluate_list(tape, &value, 1);
    }
    if (status != TG_OK) return status;
    for (size_t i = 0; i < tape->assign_count; i++) {
        const tg_tensor *assign = tape->assigns[i];
        if (assign->var->bytes) memcpy(assign->var->data, assign->in[0]->data, assign->var->bytes);
    }
    tg__draws_end(tape);
    tape->store->step++;
    tape->committed = true;
    return TG_OK;
}

/* ---- Values ----------------------------------------------------------------------------- */

/* Where the node's value is now, computed if need be; NULL with a story. */
static const void *value_of(tg_tensor *x, const char *name)
{
    if (!tg__ready(tg__line_of(x), name, 1, &x)) return NULL;
    tg_tape *tape = x->tape;
    if (x->op == &tg__op_input || x->op == &tg__op_constant) return x->data;
    if (x->plan) {
        const tg_plan *plan = x->plan;
        if (plan->has_run && x->data) return x->data;
        if (!plan->has_run)
            return tg__fail_op(tape, tg__line_of(x), TG_ERR_STATE, name, 1, &x,
                               "the plan that computes this node has not run yet; tg_run it first");
        return tg__fail_op(tape, tg__line_of(x), TG_ERR_STATE, name, 1, &x,
                           "the plan that computes this node does not keep its value; name it in "
                           "tg_compile(tape, ..., node)");
    }
    if (is_current(x)) return x->data;
    if (tape->committed)
        return tg__fail_op(tape, tg__line_of(x), TG_ERR_STATE, name, 1, &x,
                           "the variables have changed since this was recorded; read values before "
                           "tg_commit, or record again after tg_rewind");
    return evaluate(tape, x) == TG_OK ? x->data : NULL;
}

static tg_status status_of(const tg_tape *tape)
{
    if (tape->error.status != TG_OK) return tape->error.status;
    if (tape->store->error.status != TG_OK) return tape->store->error.status;
    return tape->run_error.status != TG_OK ? tape->run_error.status : TG_ERR_STATE;
}

tg_status tg_get_as(tg_tensor *x, tg_dtype dtype, void *out, size_t count)
{
    if (!x) return TG_ERR_ARGUMENT;
    if (!tg__ready(tg__line_of(x), "get", 1, &x)) return status_of(x->tape);
    tg_status status = TG_OK;
    if (dtype != (tg_dtype)x->dtype)
        tg__fail_op(x->tape, tg__line_of(x), status = TG_ERR_DTYPE, "get", 1, &x,
                    "asked for as %s; tg_cast it on the tape", tg_dtype_name(dtype));
    else if (count != (size_t)tg__elements(x))
        tg__fail_op(x->tape, tg__line_of(x), status = TG_ERR_SHAPE, "get", 1, &x,
                    "asked for %zu elements of %" PRId64, count, tg__elements(x));
    else if (!out && count)
        tg__fail_op(x->tape, tg__line_of(x), status = TG_ERR_ARGUMENT, "get", 1, &x, "the place is NULL");
    if (status != TG_OK) return status;
    const void *data = value_of(x, "get");
    if (!data) return status_of(x->tape);
    if (count) memcpy(out, data, count * tg_dtype_size(dtype));
    return TG_OK;
}

double tg_item(tg_tensor *x)
{
    if (!x || !tg__ready(tg__line_of(x), "item", 1, &x)) return (double)NAN;
    if (tg__elements(x) != 1) {
        tg__fail_op(x->tape, tg__line_of(x), TG_ERR_SHAPE, "item", 1, &x,
                    "only a node of one element is a number; tg_get copies many");
        return (double)NAN;
    }
    const void *data = value_of(x, "item");
    return data ? tg__load_scalar(x->dtype, data) : (double)NAN;
}

/* ---- Printing --------------------------------------------------------------------------- */

enum { EDGE = 3, LONG_AXIS = 8 };

static void print_element(const tg_tensor *x, const void *data, int64_t i, FILE *out)
{
    const size_t size = tg_dtype_size((tg_dtype)x->dtype);
    const void *at = (const unsigned char *)data + (size_t)i * size;
    if (x->dtype == TG_I64) fprintf(out, "%" PRId64, *(const int64_t *)at);
    else if (x->dtype == TG_I32) fprintf(out, "%" PRId32, *(const int32_t *)at);
    else if (x->dtype == TG_BOOL) fputs(*(const uint8_t *)at ? "true" : "false", out);
    else if (tg__is_float(x->dtype) && isnan(tg__load_scalar(x->dtype, at))) fputs("nan", out);
    else tg__print(out, x->dtype == TG_F64 ? "%.6g" : "%.5g", tg__load_scalar(x->dtype, at));
}

/* The next position in row-major order, the middle of long axes left out. Returns how many
 * axes were completed. */
static int advance(const tg_tensor *x, int64_t *position, bool *gap)
{
    int done = 0;
    *gap = false;
    for (int i = x->rank - 1; i >= 0; i--, done++) {
        position[i]++;
        if (x->dim[i] > LONG_AXIS && position[i] == EDGE) {
            position[i] = x->dim[i] - EDGE;
            *gap = true;
        }
        if (position[i] < x->dim[i]) return done;
        position[i] = 0;
    }
    return done;
}

void tg_print(tg_tensor *x, FILE *out)
{
    if (!x || !out) return;
    const void *data = value_of(x, "print");
    char shape[TG_SHAPE_TEXT];
    if (x->name) fprintf(out, "%s ", x->name);
    fprintf(out, "%s %s ", tg__shape_text(shape, x->rank, x->dim),
            tg_dtype_name((tg_dtype)x->dtype));
    if (!data || tg__elements(x) == 0) {
        fputs(data ? "(empty)\n" : "(no value)\n", out);
        return;
    }
    int64_t position[TG_MAX_RANK] = { 0 };
    for (int i = 0; i < x->rank; i++) fputc('[', out);
    for (;;) {
        int64_t index = 0;
        for (int i = 0; i < x->rank; i++) index = index * x->dim[i] + position[i];
        print_element(x, data, index, out);
        bool gap;
        const int done = advance(x, position, &gap);
        for (int i = 0; i < done; i++) fputc(']', out);
        if (done == x->rank) break;
        if (done == 0) {
            fputs(gap ? ", ..., " : ", ", out);
            continue;
        }
        fprintf(out, gap ? ",\n ...\n%*s" : ",\n%*s", x->rank - done, "");
        for (int i = 0; i < done; i++) fputc('[', out);
    }
    fputc('\n', out);
}
