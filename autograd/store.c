/* store.c: stores: variables, found by their order and by name. */
#include "autograd/engine.h"

#include <inttypes.h>

tg_store *tg_store_new_with(const tg_store_args *given)
{
    tg_store_args args = { TG_STORE_DEFAULTS };
    const char *fault = tg_options_read(&args, given);

    const tg_allocator *allocator = args.allocator ? args.allocator : &tg__default_allocator;
    if (!allocator->alloc || !allocator->free) return NULL;
    tg_store *store = tg__alloc_zero(allocator, sizeof *store);
    if (!store) return NULL;
    store->allocator = *allocator;
    tg__arena_init(&store->arena, &store->allocator);
    store->seed = args.seed;
    store->keep_denormals = args.keep_denormals;
    store->dtype = args.dtype == TG_DTYPE_DEFAULT ? TG_F32 : args.dtype;
    if (!tg__is_float((int)store->dtype)) {
        tg_store_fail(store, args.at, TG_ERR_DTYPE,
                      "tg_store_new: the default dtype must be TG_F32 or TG_F64, not %s",
                      tg_dtype_name(store->dtype));
        store->dtype = TG_F32;
    }
    if (fault)
        tg_store_fail(store, given ? given->at : args.at, TG_ERR_ARGUMENT, "tg_store_new: %s",
                      fault);
    return store;
}

void tg_store_free(tg_store *store)
{
    if (!store) return;
    const tg_allocator allocator = store->allocator;
    for (size_t i = 0; i < store->count; i++) tg__free(&allocator, store->vars[i]->data);
    tg__free(&allocator, store->vars);
    tg__free(&allocator, store->slots);
    tg__counters_free(store);
    tg__arena_free(&store->arena);
    tg__free(&allocator, store);
}

tg_dtype tg_store_dtype(const tg_store *store) { return store ? store->dtype : TG_DTYPE_DEFAULT; }
uint64_t tg_store_seed(const tg_store *store) { return store ? store->seed : 0; }

void *tg_store_memory(tg_store *store, size_t size)
{
    void *block = store && size ? tg__arena_alloc(&store->arena, size) : NULL;
    return block ? memset(block, 0, size) : NULL;
}

int64_t tg_store_step(const tg_store *store) { return store ? store->step : 0; }

void tg_store_set_step(tg_store *store, int64_t step)
{
    if (!store || step < 0) return;
    store->step = step;
    store->counters_moved++;
}

/* ---- Names ------------------------------------------------------------------------------ */

static size_t slot_of(const tg_store *store, const char *name)
{
    size_t slot = (size_t)tg__hash(name, strlen(name), 0) & (store->slot_count - 1);
    while (store->slots[slot] && strcmp(store->vars[store->slots[slot] - 1]->name, name) != 0)
        slot = (slot + 1) & (store->slot_count - 1);
    return slot;
}

tg_var *tg_find(const tg_store *store, const char *name)
{
    if (!store || !name || !store->slot_count) return NULL;
    const uint32_t entry = store->slots[slot_of(store, name)];
    return entry ? store->vars[entry - 1] : NULL;
}

/* Makes room for one more variable. */
static bool reserve(tg_store *store)
{
    if (!tg__grow(&store->allocator, &store->vars, &store->capacity, store->count + 1,
                  sizeof *store->vars))
        return false;
    if (2 * (store->count + 1) <= store->slot_count) return true;
    const size_t wanted = store->slot_count ? 2 * store->slot_count : 64;
    uint32_t *slots = tg__alloc_zero(&store->allocator, wanted * sizeof *slots);
    if (!slots) return false;
    tg__free(&store->allocator, store->slots);
    store->slots = slots;
    store->slot_count = wanted;
    for (size_t i = 0; i < store->count; i++)
        slots[slot_of(store, store->vars[i]->name)] = (uint32_t)i + 1;
    return true;
}

static bool name_is_legal(const char *name)
{
    if (!*name || strlen(name) > 1000) return false;
    for (; *name; name++)
        if ((unsigned char)*name < 0x20 || *name == 0x7f) return false;
    return true;
}

bool tg_name_under(const char *name, const char *prefix)
{
    if (!name) return false;
    if (!prefix || !*prefix) return true;
    const size_t length = strlen(prefix);
    if (strncmp(name, prefix, length) != 0) return false;
    return prefix[length - 1] == '.' || name[length] == 0 || name[length] == '.';
}

bool tg_name_has(const char *name, const char *part)
{
    if (!name || !part) return false;
    if (tg_name_under(name, part)) return true;
    const size_t length = strlen(name), tail = strlen(part);
    return tail < length && name[length - tail - 1] == '.' &&
           strcmp(name + length - tail, part) == 0;
}

/* ---- Making variables ------------------------------------------------------------------- */

static tg_var *make(tg_site at, tg_store *store, const char *name, tg_dtype dtype, tg_shape shape,
                    tg_init init, bool parameter)
{
    const char *call = parameter ? "tg_param" : "tg_state";
    char text[TG_SHAPE_TEXT];
    size_t bytes;
    const int64_t count = tg_shape_count(shape);
    if (dtype == TG_DTYPE_DEFAULT) dtype = store->dtype;
    if (!tg_dtype_size(dtype)) {
        tg_store_fail(store, at, TG_ERR_DTYPE, "%s: %s: unknown dtype %d", call, name, (int)dtype);
        return NULL;
    }
    if (count < 0 || !tg__padded_bytes(count, tg_dtype_size(dtype), &bytes)) {
        const bool legal = shape.rank >= 0 && shape.rank <= TG_MAX_RANK;
        tg_store_fail(store, at, TG_ERR_SHAPE, "%s: %s: %s %s", call, name,
                      legal ? "no variable can have the shape" : "the shape has more than 8 axes",
                      legal ? tg__shape_text(text, shape.rank, shape.dim) : "");
        return NULL;
    }
    const char *fault = tg__init_fault(init, dtype, shape, parameter);
    if (fault) {
        tg_store_fail(store, at, TG_ERR_ARGUMENT,
                      "%s: %s: no %s variable %s can be filled so (kind %d, %g, %g): %s", call,
                      name, tg_dtype_name(dtype), tg__shape_text(text, shape.rank, shape.dim),
                      (int)init.kind, init.a, init.b, fault);
        return NULL;
    }
    tg_var *var = tg__arena_alloc(&store->arena, sizeof *var);
    char *copy = tg__arena_string(&store->arena, name);
    void *data = var && copy && reserve(store) ? tg__alloc_zero(&store->allocator, bytes) : NULL;
    if (!data) {
        tg_store_fail(store, at, TG_ERR_MEMORY, "%s: %s: out of memory (%zu bytes)", call, name,
                      bytes);
        return NULL;
    }
    *var = (tg_var){ .store = store,
                     .name = copy,
                     .index = store->count,
                     .dtype = dtype,
                     .shape = shape,
                     .count = count,
                     .data = data,
                     .parameter = parameter,
                     .bytes = (size_t)count * tg_dtype_size(dtype),
                     .site = { .file = at.file, .line = at.line } };
    if (!tg__fill_var(var, init)) {
        tg__free(&store->allocator, data);
        tg_store_fail(store, at, TG_ERR_MEMORY, "%s: %s: out of memory to fill it", call, name);
        return NULL;
    }
    store->slots[slot_of(store, copy)] = (uint32_t)store->count + 1;
    store->vars[store->count++] = var;
    return var;
}

static bool nameable(tg_site at, tg_store *store, const char *call, const char *name)
{
    if (!store || store->error.status != TG_OK) return false;
    if (name && name_is_legal(name)) return true;
    tg_store_fail(store, at, TG_ERR_ARGUMENT, "%s: a variable's name must %s", call,
                  name ? "have 1 to 1000 bytes, none of them a control character" : "not be NULL");
    return false;
}

tg_var *tg_param_at(tg_site at, tg_store *store, const char *name, tg_shape shape, tg_init init)
{
    if (!nameable(at, store, "tg_param", name)) return NULL;
    const tg_var *twin = tg_find(store, name);
    if (twin) {
        tg_store_fail(store, at, TG_ERR_ARGUMENT,
                      "tg_param: there is a variable %s already, made at %s:%d; to share it, use "
                      "its tg_var in both places",
                      name, twin->site.file ? twin->site.file : "?", twin->site.line);
        return NULL;
    }
    return make(at, store, name, TG_DTYPE_DEFAULT, shape, init, true);
}

tg_var *tg_state_at(tg_site at, tg_store *store, const char *name, tg_dtype dtype, tg_shape shape,
                    double value)
{
    if (!nameable(at, store, "tg_state", name)) return NULL;
    tg_var *found = tg_find(store, name);
    if (!found)
        return make(at, store, name, dtype, shape, (tg_init){ TG_INIT_CONSTANT, value, 0 }, false);
    if (dtype == TG_DTYPE_DEFAULT) dtype = store->dtype;
    if (found->dtype == dtype && tg_shape_equal(found->shape, shape)) return found;
    char old[TG_SHAPE_TEXT], new[TG_SHAPE_TEXT];
    tg_store_fail(store, at, TG_ERR_SHAPE, "tg_state: %s is %s %s already, asked for as %s %s",
                  name, tg_dtype_name(found->dtype),
                  tg__shape_text(old, found->shape.rank, found->shape.dim), tg_dtype_name(dtype),
                  tg__shape_text(new, shape.rank, shape.dim));
    return NULL;
}

void tg__store_shrink(tg_store *store, size_t count)
{
    while (store->count > count) {
        tg_var *var = store->vars[--store->count];
        tg__free(&store->allocator, var->data);
        *var = (tg_var){ .name = var->name }; /* a handle that is still used finds no store */
    }
    if (store->slot_count) memset(store->slots, 0, store->slot_count * sizeof *store->slots);
    for (size_t i = 0; i < store->count; i++)
        store->slots[slot_of(store, store->vars[i]->name)] = (uint32_t)i + 1;
}

/* ---- Asking ----------------------------------------------------------------------------- */

size_t tg_var_count(const tg_store *store) { return store ? store->count : 0; }

tg_var *tg_var_nth(const tg_store *store, size_t index)
{
    return store && index < store->count ? store->vars[index] : NULL;
}

const char *tg_var_name(const tg_var *var) { return var ? var->name : ""; }
tg_shape tg_var_shape(const tg_var *var) { return var ? var->shape : (tg_shape){ .rank = -1 }; }
tg_dtype tg_var_dtype(const tg_var *var) { return var ? var->dtype : TG_DTYPE_DEFAULT; }
tg_store *tg_var_store(const tg_var *var) { return var ? var->store : NULL; }
bool tg_var_trainable(const tg_var *var) { return var && var->parameter && !var->frozen; }

static size_t set_frozen(tg_store *store, const char *prefix, bool frozen)
{
    size_t matched = 0;
    for (size_t i = 0; store && i < store->count; i++) {
        tg_var *var = store->vars[i];
        if (!var->parameter || !tg_name_under(var->name, prefix)) continue;
        var->frozen = frozen;
        matched++;
    }
    return matched;
}

size_t tg_freeze(tg_store *store, const char *prefix) { return set_frozen(store, prefix, true); }
size_t tg_unfreeze(tg_store *store, const char *prefix) { return set_frozen(store, prefix, false); }

int64_t tg_param_count(const tg_store *store, const char *prefix)
{
    int64_t count = 0;
    for (size_t i = 0; store && i < store->count; i++) {
        const tg_var *var = store->vars[i];
        if (var->parameter && tg_name_under(var->name, prefix)) count += var->count;
    }
    return count;
}

/* Checks a copy of [count] elements of [dtype] into or out of a variable, and reports to the
 * store what is wrong. */
static tg_status transfer(const tg_var *var, const char *call, tg_dtype dtype, const void *data,
                          size_t count)
{
    if (!var) return TG_ERR_ARGUMENT;
    tg_status status = TG_OK;
    if (dtype != var->dtype) status = TG_ERR_DTYPE;
    else if (count != (size_t)var->count) status = TG_ERR_SHAPE;
    else if (!data && count) status = TG_ERR_ARGUMENT;
    if (status == TG_OK) return TG_OK;
    char shape[TG_SHAPE_TEXT];
    tg_store_fail(var->store, (tg_site){ 0 }, status,
                  "%s: %s is %s %s (%" PRId64 " elements), given %s%zu elements of %s", call,
                  var->name, tg_dtype_name(var->dtype),
                  tg__shape_text(shape, var->shape.rank, var->shape.dim), var->count,
                  data ? "" : "a NULL for ", count, tg_dtype_name(dtype));
    return status;
}

tg_status tg_var_get_as(const tg_var *var, tg_dtype dtype, void *out, size_t count)
{
    const tg_status status = transfer(var, "tg_var_get", dtype, out, count);
    if (status == TG_OK && count) memcpy(out, var->data, var->bytes);
    return status;
}

tg_status tg_var_set_as(tg_var *var, tg_dtype dtype, const void *data, size_t count)
{
    const tg_status status = transfer(var, "tg_var_set", dtype, data, count);
    if (status == TG_OK && count) memcpy(var->data, data, var->bytes);
    if (status == TG_OK) var->store->variables_moved++;
    return status;
}

void tg_store_print(const tg_store *store, FILE *out)
{
    if (!store || !out) return;
    char shape[TG_SHAPE_TEXT];
    int64_t parameters = 0, states = 0;
    for (size_t i = 0; i < store->count; i++) {
        const tg_var *var = store->vars[i];
        fprintf(out, "%-32s %-4s %-18s %10" PRId64 "  %s\n", var->name, tg_dtype_name(var->dtype),
                tg__shape_text(shape, var->shape.rank, var->shape.dim), var->count,
                !var->parameter ? "state"
                : var->frozen   ? "frozen"
                                : "trainable");
        *(var->parameter ? &parameters : &states) += var->count;
    }
    fprintf(out, "%zu variables: %" PRId64 " parameters, %" PRId64 " elements of state\n",
            store->count, parameters, states);
}
