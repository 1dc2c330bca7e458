/* flat.c: variables as one vector of doubles, and a loss as a function of that vector. A flat owns
 * a tape on which nothing is recorded: it holds the memory, from the store's allocator. */
#include "minimize.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Which variables --------------------------------------------------------------------------
 */

typedef struct choice {
    const tg_store *store;
    const char *params, *except;
    tg_var *const *vars;
    size_t var_count;
} choice;

static bool is_chosen(const choice *c, const tg_var *var)
{
    const char *name = tg_var_name(var);
    return tg_var_trainable(var) && tg_name_under(name, c->params) &&
           !tg_name_among(name, c->except);
}

static size_t count_chosen(const choice *c)
{
    size_t count = 0;
    for (size_t i = 0; i < tg_var_count(c->store); i++)
        count += is_chosen(c, tg_var_nth(c->store, i));
    return count;
}

/* Writes the error, behind the function's name. Returns false. */
static bool wrong(tg_error *error, tg_status status, const char *text)
{
    error->status = status;
    (void)snprintf(error->text, sizeof error->text, "%s", text);
    return false;
}

/* True if variable [index] of the list is of this store, f32 or f64, and not listed before. */
static bool is_listed_well(const choice *c, size_t index, tg_error *error)
{
    const tg_var *var = c->vars[index];
    const tg_dtype dtype = tg_var_dtype(var);
    const char *fault = NULL;
    if (!var) fault = "is NULL";
    else if (tg_var_store(var) != c->store) fault = "is of another store";
    else if (dtype != TG_F32 && dtype != TG_F64) fault = "must be f32 or f64";
    for (size_t i = 0; i < index && !fault; i++)
        if (c->vars[i] == var) fault = "is named twice";
    if (!fault) return true;
    error->status = TG_ERR_ARGUMENT;
    (void)snprintf(error->text, sizeof error->text, ".vars[%zu], \"%.100s\", %s", index,
                   tg_var_name(var), fault);
    return false;
}

static bool choice_fits(const choice *c, tg_error *error)
{
    if (!c->vars) {
        if (c->var_count > 0) return wrong(error, TG_ERR_ARGUMENT, ".vars is NULL");
        if (count_chosen(c) > 0) return true;
        return wrong(error, TG_ERR_ARGUMENT,
                     "the store has no trainable parameter of that .params and .except (a prefix "
                     "ends at a dot; tg_store_print lists the names)");
    }
    if (c->params || c->except)
        return wrong(error, TG_ERR_ARGUMENT,
                     ".vars and .params or .except are both given; keep one of them");
    if (c->var_count == 0) return wrong(error, TG_ERR_ARGUMENT, ".var_count is 0");
    for (size_t i = 0; i < c->var_count; i++)
        if (!is_listed_well(c, i, error)) return false;
    return true;
}

/* ---- Making one -------------------------------------------------------------------------------
 */

/* Allocates the lists, and a buffer for the largest variable that is not f64. */
static bool lay_out(tg_flat *flat, const choice *c, tg_error *error)
{
    const size_t count = c->vars ? c->var_count : count_chosen(c);
    /* Each entry is a variable, which takes more memory than this; so the sizes cannot overflow. */
    tg_var **var = tg_scratch(flat->memory, count * sizeof(tg_var *));
    int64_t *offset = tg_scratch(flat->memory, count * sizeof *offset);
    if (!var || !offset) return wrong(error, TG_ERR_MEMORY, "out of memory");
    size_t largest = 1;
    for (size_t i = 0; flat->count < count; i++) {
        tg_var *one = c->vars ? c->vars[i] : tg_var_nth(c->store, i);
        if (!c->vars && !is_chosen(c, one)) continue;
        const int64_t elements = tg_shape_count(tg_var_shape(one));
        if (elements > INT64_MAX - flat->total)
            return wrong(error, TG_ERR_MEMORY, "the variables have more than 2^63 elements");
        const size_t size = (size_t)elements * tg_dtype_size(tg_var_dtype(one));
        if (size > largest) largest = size;
        var[flat->count] = one;
        offset[flat->count++] = flat->total;
        flat->total += elements;
    }
    flat->var = var;
    flat->offset = offset;
    flat->buffer = tg_scratch(flat->memory, largest);
    return flat->buffer || wrong(error, TG_ERR_MEMORY, "out of memory");
}

static tg_flat make_flat(tg_site at, const choice *c, tg_store *store, tg_error *error)
{
    tg_flat flat = { 0 };
    if (!choice_fits(c, error)) return flat;
    flat.memory = tg_tape_new(store);
    if (!flat.memory) (void)wrong(error, TG_ERR_MEMORY, "out of memory");
    else if (!lay_out(&flat, c, error)) tg_flat_free(&flat);
    return flat;
}

tg_flat tg_flat_new_with(const tg_flat_args *given)
{
    tg_flat_args args = { TG_FLAT_DEFAULTS };
    tg_flat flat = { 0 };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_flat_new")) return flat;
    if (!args.store || tg_store_status(args.store) != TG_OK) return flat;
    const choice chosen = { args.store, args.params, args.except, args.vars, args.var_count };
    tg_error error;
    flat = make_flat(args.at, &chosen, args.store, &error);
    if (!flat.memory)
        tg_store_fail(args.store, args.at, error.status, "tg_flat_new: %s", error.text);
    return flat;
}

void tg_flat_free(tg_flat *flat)
{
    if (!flat) return;
    tg_tape_free(flat->memory);
    *flat = (tg_flat){ 0 };
}

/* ---- In and out -------------------------------------------------------------------------------
 */

static void widen(double *to, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] = (double)from[i];
}

static void narrow(float *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] = (float)from[i];
}

static size_t size_of(const tg_flat *flat, size_t index)
{
    const int64_t end = index + 1 < flat->count ? flat->offset[index + 1] : flat->total;
    return (size_t)(end - flat->offset[index]);
}

tg_status tg_flat_get(const tg_flat *flat, double *vector)
{
    if (!flat || !flat->memory || !vector) return TG_ERR_ARGUMENT;
    tg_status status = TG_OK;
    for (size_t i = 0; i < flat->count && status == TG_OK; i++) {
        const size_t count = size_of(flat, i);
        double *part = vector + flat->offset[i];
        if (tg_var_dtype(flat->var[i]) == TG_F64) {
            status = tg_var_get(flat->var[i], part, count);
        } else {
            float *narrow_part = flat->buffer;
            status = tg_var_get(flat->var[i], narrow_part, count);
            if (status == TG_OK) widen(part, narrow_part, count);
        }
    }
    return status;
}

tg_status tg_flat_set(const tg_flat *flat, const double *vector)
{
    if (!flat || !flat->memory || !vector) return TG_ERR_ARGUMENT;
    tg_status status = TG_OK;
    for (size_t i = 0; i < flat->count && status == TG_OK; i++) {
        const size_t count = size_of(flat, i);
        const double *part = vector + flat->offset[i];
        if (tg_var_dtype(flat->var[i]) == TG_F64) {
            status = tg_var_set(flat->var[i], part, count);
        } else {
            float *narrow_part = flat->buffer;
            narrow(narrow_part, part, count);
            status = tg_var_set(flat->var[i], narrow_part, count);
        }
    }
    return status;
}

/* ---- A loss as a function ---------------------------------------------------------------------
 */

struct tg_objective {
    tg_flat flat; /* owns the memory of the objective */
    tg_tensor *loss;
    tg_tensor **gradient;       /* [flat.count] */
    tg_plan *value, *gradients; /* the second one computes the value, too */
};

static bool is_loss(tg_site at, tg_tensor *loss)
{
    const tg_dtype dtype = tg_dtype_of(loss);
    if (dtype != TG_F32 && dtype != TG_F64) {
        tg_fail(tg_tape_of(loss), at, TG_ERR_DTYPE, "%s: the loss must be f32 or f64, not %s",
                at.function, tg_dtype_name(dtype));
        return false;
    }
    if (tg_count(loss) == 1) return true;
    tg_fail(tg_tape_of(loss), at, TG_ERR_SHAPE,
            "%s: the loss must be one number, and has %lld elements; take tg_mean or tg_sum",
            at.function, (long long)tg_count(loss));
    return false;
}

/* Records the gradients and compiles the two plans. [node] has room for the loss, the variables and
 * their gradients. */
static bool compile(tg_site at, tg_objective *o, tg_tensor **node, int threads)
{
    tg_tape *tape = tg_tape_of(o->loss);
    const size_t count = o->flat.count;
    tg_tensor **read = node + 1 + count;
    for (size_t i = 0; i < count; i++)
        if (!(read[i] = tg_read(tape, o->flat.var[i]))) return false;
    node[0] = o->loss;
    o->gradient = node + 1;
    if (tg_vjp(o->loss, NULL, (tg_list){ count, read }, o->gradient) != TG_OK) return false;
    o->value = tg_compile(tape, o->loss, .threads = threads, .pure = true, .steps = false);
    if (!o->value) return false;
    const tg_list both = { 1 + count, node };
    o->gradients = tg_compile(tape, .keep = both, .threads = threads, .pure = true, .steps = false);
    return o->gradients;
}

tg_objective *tg_objective_new_with(const tg_objective_args *given)
{
    tg_objective_args args = { TG_OBJECTIVE_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_objective_new", loss)) return NULL;
    if (!tg_enter(&args.at, "tg_objective_new", TG_LIST(args.loss)) || !is_loss(args.at, args.loss))
        return NULL;

    const tg_site at = args.at;
    tg_tape *tape = tg_tape_of(args.loss);
    const choice chosen = { tg_tape_store(tape), args.params, args.except, args.vars,
                            args.var_count };
    tg_error error;
    tg_flat flat = make_flat(at, &chosen, tg_tape_store(tape), &error);
    if (!flat.memory) {
        tg_fail(tape, at, error.status, "%s: %s", at.function, error.text);
        return NULL;
    }
    tg_objective *o = tg_scratch(flat.memory, sizeof *o);
    tg_tensor **node = o ? tg_scratch(flat.memory, (1 + 2 * flat.count) * sizeof *node) : NULL;
    if (!node) {
        tg_flat_free(&flat);
        tg_fail(tape, at, TG_ERR_MEMORY, "%s: out of memory", at.function);
        return NULL;
    }
    *o = (tg_objective){ .flat = flat, .loss = args.loss };
    if (compile(at, o, node, args.threads)) return o;
    tg_objective_free(o);
    (void)tg_undo(at);
    return NULL;
}

void tg_objective_free(tg_objective *objective)
{
    if (!objective) return;
    tg_plan_free(objective->gradients);
    tg_plan_free(objective->value);
    tg_flat flat = objective->flat; /* a copy, because the objective is in the flat's memory */
    tg_flat_free(&flat);
}

const tg_flat *tg_objective_flat(const tg_objective *objective)
{
    return objective ? &objective->flat : NULL;
}

tg_tape *tg__objective_tape(const tg_objective *objective) { return tg_tape_of(objective->loss); }
tg_dtype tg__objective_dtype(const tg_objective *objective) { return tg_dtype_of(objective->loss); }

/* Copies the gradients of the last run to [out]. */
static tg_status get_gradient(const tg_objective *o, double *out)
{
    tg_status status = TG_OK;
    for (size_t i = 0; i < o->flat.count && status == TG_OK; i++) {
        const size_t count = size_of(&o->flat, i);
        double *part = out + o->flat.offset[i];
        if (tg_dtype_of(o->gradient[i]) == TG_F64) {
            status = tg_get(o->gradient[i], part, count);
        } else {
            float *narrow_part = o->flat.buffer;
            status = tg_get(o->gradient[i], narrow_part, count);
            if (status == TG_OK) widen(part, narrow_part, count);
        }
    }
    return status;
}

tg_status tg_objective_value(tg_objective *objective, const double *x, double *value,
                             double *gradient)
{
    if (!objective || !value) return TG_ERR_ARGUMENT;
    tg_status status = x ? tg_flat_set(&objective->flat, x) : TG_OK;
    if (status == TG_OK) status = tg_run(gradient ? objective->gradients : objective->value);
    if (status == TG_OK && gradient) status = get_gradient(objective, gradient);
    if (status == TG_OK) *value = tg_item(objective->loss);
    return status;
}
