/* value.c: reading values. What no compiled plan covers is planned and run when it is asked
 * for; such plans are kept by their structure, so recording the same again costs little. */
#include "exec/plan.h"
#include "exec/key.h"

#include <inttypes.h>
#include <math.h>

/* Of kept plans there are at most so many, of so many bytes or so many times those of the newest.
 */
enum { MAX_CACHED = 32, MAX_BYTES = 1 << 26, MAX_TIMES = 8 };

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
        tg__plan_bind(plan, key->nodes);
        return plan;
    }
    return NULL;
}

/* Keeps the most recently used plans only, the first of them in any case. */
static void trim_cache(tg_tape *tape)
{
    size_t count = 1, bytes = tg__plan_memory(tape->cached), most = MAX_TIMES * bytes;
    if (most < MAX_BYTES) most = MAX_BYTES;
    tg_plan **p = &tape->cached->next;
    for (; *p; p = &(*p)->next) {
        bytes += tg__plan_memory(*p);
        if (++count > MAX_CACHED || bytes > most) break;
    }
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
    size_t bytes;
    if (tg__plan_make(plan, wanted, &bytes) != TG_OK) {
        tg__plan_release(plan);
        return NULL;
    }
    plan->key = key->bytes;
    plan->key_size = key->size;
    plan->key_hash = key->hash;
    key->bytes = NULL;
    tg__plan_hang(plan, &tape->cached);
    trim_cache(tape);
    return plan;
}

/* ---- What is computed together ---------------------------------------------------------- */

/* The values that a run is to make: those that are asked for, and perhaps others that come with
 * them, all of one age. */
typedef struct request {
    tg_tape *tape;
    const char *name; /* of the function that asks */
    tg_tensor **list;
    size_t count, capacity;
    size_t asked; /* the first ones; the others need not be */
} request;

static tg_status out_of_memory(tg_tape *tape, tg_site at)
{
    tg__fail_op(tape, at, TG_ERR_MEMORY, "get", 0, NULL, "out of memory");
    return TG_ERR_MEMORY;
}

static bool add(request *r, tg_tensor *x)
{
    if (!tg__grow(&r->tape->allocator, &r->list, &r->capacity, r->count + 1, sizeof *r->list))
        return false;
    r->list[r->count++] = x;
    return true;
}

/* Inputs and constants have their values. */
static bool is_given(const tg_tensor *x)
{
    return x->op == &tg__op_input || x->op == &tg__op_constant;
}

/* Does the node know its value, and is that of now? */
static bool is_current(const tg_tensor *x) { return is_given(x) || tg__known_at(x, x->tape->age); }

/* What is computed on the way, and kept. */
static bool add_way(request *r, const tg__key *key, const tg__wanted *wanted)
{
    for (uint32_t i = 0; i < key->count; i++)
        if (tg__is_kept(wanted, key->nodes[i]) && !add(r, key->nodes[i])) return false;
    return true;
}

/* Where the value of [x] is to stay until the tape is rewound. */
static void *value_storage(tg_tensor *x)
{
    size_t bytes;
    if (x->data) return x->data;
    if (!tg__padded_bytes(tg__elements(x), tg_dtype_size((tg_dtype)x->dtype), &bytes)) return NULL;
    return tg__arena_values(tg__tape_arena(x->tape), bytes);
}

/* The plan's results become the values of its outputs. */
static tg_status take_values(const request *r, tg_plan *plan, uint64_t age)
{
    for (size_t i = 0; i < r->count; i++) {
        tg_tensor *x = r->list[i];
        void *storage = value_storage(x);
        if (!storage) return out_of_memory(r->tape, tg__line_of(x));
        const size_t bytes = (size_t)tg__elements(x) * tg_dtype_size((tg_dtype)x->dtype);
        if (bytes) memcpy(storage, tg__locate(plan->instance, plan->program->outputs[i]), bytes);
        x->data = storage;
        x->age = age;
    }
    tg__plan_count_draws(plan);
    return TG_OK;
}

/* Finds or makes the plan, and runs it. The first run at one age computes what is asked for. If
 * there is another, the program looks at what it computes, step by step: then everything on the way
 * is kept, and the next run starts from there. */
static tg_status compute(request *r, uint64_t age, tg_tensor **misfit)
{
    tg_tape *tape = r->tape;
    tg__wanted wanted = { .tape = tape,
                          .outputs = r->list,
                          .output_count = r->count,
                          .age = age,
                          .keep_all = tape->evaluated == tape->age };
    tg__key key;
    const bool made = tg__key_make(tape, &wanted, &key);
    *misfit = key.misfit;
    if (!made) return key.misfit ? TG_ERR_STATE : out_of_memory(tape, tg__line_of(r->list[0]));
    const size_t count = r->count;
    const bool ok = add_way(r, &key, &wanted);
    wanted.outputs = r->list;
    wanted.output_count = r->count;
    wanted.nodes = key.nodes;
    wanted.count = key.count;
    tg_plan *plan = ok ? find_plan(tape, &key) : NULL;
    if (ok && !plan) plan = make_plan(tape, &wanted, &key);
    tg__key_free(tape, &key);
    tg_status status = plan ? tg__plan_run(plan) : out_of_memory(tape, tg__line_of(r->list[0]));
    if (status == TG_OK) status = take_values(r, plan, age);
    if (status == TG_OK) tape->evaluated = tape->age;
    r->count = count;
    return status;
}

static const char *what_it_is(const tg_tensor *x)
{
    if (x->op == &tg__op_read) return "a variable that has changed since";
    if (x->op == &tg__op_input) return "an input that has been fed since";
    if (x->arity == 0) return "a step or a draw, and the step has changed since";
    return "a value of another run, or one that cannot be computed again as it was then";
}

/* Two nodes that one of the asked is made from have no values of one age. */
static tg_status ages_differ(const request *r, tg_tensor *kept, tg_tensor *other)
{
    tg__fail_op(r->tape, tg__line_of(r->list[0]), TG_ERR_STATE, r->name, 2,
                (tg_tensor *[]){ kept, other },
                "%s is made from values of two ages: from what a compiled plan's last run made "
                "(left), and from %s (right); keep this node in the plan too (name it in "
                "tg_compile), or record it on a tape of its own",
                r->list[0]->name ? r->list[0]->name : r->list[0]->op->name, what_it_is(other));
    return TG_ERR_STATE;
}

/* Computes all of the list at one age: now, or where it needs what a compiled plan's last run made
 * and that is older, when that run began. */
static tg_status evaluate_list(request *r)
{
    tg_tensor *misfit, *kept;
    tg_status status = compute(r, r->tape->age, &kept);
    if (kept) {
        status = compute(r, kept->plan->age, &misfit);
        if (misfit) {
            if (r->count == r->asked) return ages_differ(r, kept, misfit);
            r->count = r->asked; /* what else would have come along does not fit */
            return evaluate_list(r);
        }
    }
    return status;
}

/* Computes what is asked for and, in the same run, what the tape is going to assign: so that
 * committing needs no second run, and every value is one of the same weights. */
static tg_status evaluate(request *r)
{
    tg_tape *tape = r->tape;
    r->asked = r->count;
    const size_t known = tape->settled_age == tape->age ? tape->settled : 0;
    for (size_t i = known; i < tape->assign_count && !tape->committed; i++) {
        tg_tensor *value = tape->assigns[i]->in[0];
        if (is_current(value) || value->op->kind == TG_KIND_LEAF || value->plan ||
            tape->assigns[i]->plan != NULL)
            continue;
        if (!add(r, value)) return out_of_memory(tape, tg__line_of(value));
    }
    const tg_status status = evaluate_list(r);
    if (status != TG_OK) return status;
    tape->settled = tape->assign_count;
    tape->settled_age = tape->age;
    return TG_OK;
}

/* ---- Committing ------------------------------------------------------------------------- */

/* Can this recording's assignments be made? */
static bool may_commit(tg_tape *tape)
{
    if (tape->committed)
        return tg_fail(tape, (tg_site){ 0 }, TG_ERR_STATE,
                       "tg_commit: this recording's assignments are made already; rewind and "
                       "record again") != NULL;
    for (size_t i = 0; i < tape->assign_count; i++)
        if (tape->assigns[i]->plan)
            return tg_fail(tape, tg__line_of(tape->assigns[i]), TG_ERR_STATE,
                           "tg_commit: the assignment to %s is part of a compiled plan; run that "
                           "instead",
                           tape->assigns[i]->var->name) != NULL;
    return true;
}

/* What is to be assigned, known of one age: now, if all of it is. */
static tg_status evaluate_assigned(tg_tape *tape)
{
    request r = { .tape = tape, .name = "commit" };
    bool current = true, ok = true;
    (void)tg__tape_age(tape);
    for (size_t i = 0; i < tape->assign_count && ok; i++) {
        tg_tensor *value = tape->assigns[i]->in[0];
        current &= is_current(value);
        if (!is_given(value)) ok = add(&r, value);
    }
    r.asked = r.count;
    tg_status status = ok ? TG_OK : out_of_memory(tape, (tg_site){ 0 });
    if (ok && !current) status = evaluate_list(&r);
    tg__free(&tape->allocator, r.list);
    return status;
}

tg_status tg_commit(tg_tape *tape)
{
    if (!tape) return TG_ERR_ARGUMENT;
    if (!tg__tape_ready(tape))
        return tape->error.status ? tape->error.status : tape->store->error.status;
    if (!may_commit(tape)) return TG_ERR_STATE;
    if (tape->assign_count == 0) {
        tg__draws_end(tape);
        return TG_OK;
    }
    const tg_status status = evaluate_assigned(tape);
    if (status != TG_OK) return status;
    for (size_t i = 0; i < tape->assign_count; i++) {
        const tg_tensor *assign = tape->assigns[i];
        if (assign->var->bytes) memcpy(assign->var->data, assign->in[0]->data, assign->var->bytes);
    }
    tg__draws_end(tape);
    tape->store->step++;
    tape->store->variables_moved++;
    tape->store->counters_moved++;
    tape->committed = true;
    return TG_OK;
}

/* ---- Values ----------------------------------------------------------------------------- */

typedef enum knowledge { REFUSED, UNKNOWN, KNOWN } knowledge;

/* Is the node's value known, or can it be computed? If it is refused, that has a message. */
static knowledge look_at(tg_tensor *x, const char *name)
{
    if (!tg__ready(tg__line_of(x), name, 1, &x)) return REFUSED;
    tg_tape *tape = x->tape;
    if (is_given(x)) return KNOWN;
    if (x->plan) {
        if (x->plan->failed) { /* as the run's own error, this does not stick */
            tape->run_error = x->plan->error;
            return REFUSED;
        }
        if (x->plan->has_run && x->data) return KNOWN;
        tg__fail_op(tape, tg__line_of(x), TG_ERR_STATE, name, 1, &x,
                    x->plan->has_run
                        ? "the plan that computes this node does not keep its value; name it in "
                          "tg_compile(tape, ..., node)"
                        : "the plan that computes this node has not run yet; tg_run it first");
        return REFUSED;
    }
    if (tape->committed && x->from & (TG__VARIABLES | TG__COUNTERS)) {
        tg__fail_op(tape, tg__line_of(x), TG_ERR_STATE, name, 1, &x,
                    "the variables have changed since this was recorded; read values before "
                    "tg_commit, or record again after tg_rewind");
        return REFUSED;
    }
    (void)tg__tape_age(tape);
    return is_current(x) ? KNOWN : UNKNOWN;
}

/* Where the node's value is now, computed if need be; NULL with an error. */
static const void *value_of(tg_tensor *x, const char *name)
{
    const knowledge knows = look_at(x, name);
    if (knows == REFUSED) return NULL;
    if (knows == KNOWN) return x->data;
    request r = { .tape = x->tape, .name = name };
    const tg_status status = add(&r, x) ? evaluate(&r) : out_of_memory(x->tape, tg__line_of(x));
    tg__free(&r.tape->allocator, r.list);
    return status == TG_OK ? x->data : NULL;
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
    tg_tape *tape = tg__tape_of_handle(x);
    if (!tg__ready(tg__line_of(x), "get", 1, &x)) return status_of(tape);
    tg_status status = TG_OK;
    if (dtype != (tg_dtype)x->dtype)
        tg__fail_op(x->tape, tg__line_of(x), status = TG_ERR_DTYPE, "get", 1, &x,
                    "asked for as %s; tg_cast it on the tape", tg_dtype_name(dtype));
    else if (count != (size_t)tg__elements(x))
        tg__fail_op(x->tape, tg__line_of(x), status = TG_ERR_SHAPE, "get", 1, &x,
                    "asked for %zu elements of %" PRId64, count, tg__elements(x));
    else if (!out && count)
        tg__fail_op(x->tape, tg__line_of(x), status = TG_ERR_ARGUMENT, "get", 1, &x,
                    "the place is NULL");
    if (status != TG_OK) return status;
    const void *data = value_of(x, "get");
    if (!data) return status_of(tape);
    if (count) memcpy(out, data, count * tg_dtype_size(dtype));
    return TG_OK;
}

tg_status tg_evaluate(tg_list nodes)
{
    const size_t count = nodes.count;
    tg_tensor *const *list = nodes.node;
    if (count == 0) return TG_OK;
    for (size_t i = 0; i < count; i++)
        if (!list || !list[i]) return TG_ERR_ARGUMENT;
    tg_tape *tape = tg__tape_of_handle(list[0]);
    request r = { .tape = tape, .name = "evaluate" };
    tg_status status = TG_OK;
    for (size_t i = 0; i < count && status == TG_OK; i++) {
        tg_tensor *const pair[] = { list[0], list[i] };
        if (!tg__ready(tg__line_of(list[i]), "evaluate", 2, pair)) {
            status = status_of(tape);
            continue;
        }
        const knowledge knows = look_at(list[i], "evaluate");
        if (knows == REFUSED) status = status_of(tape);
        else if (knows == UNKNOWN && !add(&r, list[i]))
            status = out_of_memory(tape, tg__line_of(list[i]));
    }
    if (status == TG_OK && r.count > 0) status = evaluate(&r);
    tg__free(&tape->allocator, r.list);
    return status;
}

/* One element of x, also where the caller takes denormals for 0. */
static double element(const tg_tensor *x, const void *data)
{
    const tg__fpu fpu = tg__fpu_enter(false);
    const double value = tg__load_scalar(x->dtype, data);
    tg__fpu_leave(fpu);
    return value;
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
    return data ? element(x, data) : (double)NAN;
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
    else if (tg__is_float(x->dtype) && isnan(element(x, at))) fputs("nan", out);
    else tg__print(out, x->dtype == TG_F64 ? "%.6g" : "%.5g", element(x, at));
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
    if (!tg__alive(x)) return;
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
