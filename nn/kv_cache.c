/* kv_cache.c: the keys and values of the tokens before, so that each token's are computed once. The
 * position at which new ones are put is a variable, so one plan serves all steps. A new cache is a
 * select between the old cache and the new rows, which the planner does in place. */
#include "layer.h"

#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Making it --------------------------------------------------------------------------- */

static bool arguments_hold(const char *op, const tg_kv_cache_args *args)
{
    if (!tg__nn_layer_named(args->at, op, args->store, args->name, NULL)) return false;
    const bool shared = args->heads >= 1 && args->width >= 1 && args->width % args->heads == 0;
    if (shared && args->count >= 1 && args->length >= 1 && args->batch >= 1) return true;
    tg_store_fail(args->store, args->at, TG_ERR_SHAPE,
                  "%s: \"%s\" cannot have %d layers of width %lld with %lld heads, for %lld tokens "
                  "of %lld sequences: each must be at least 1, and heads share the width equally",
                  op, args->name, args->count, (long long)args->width, (long long)args->heads,
                  (long long)args->length, (long long)args->batch);
    return false;
}

/* A new state "<name>.<layer>.<what>". */
static tg_var *rows(const tg_kv_cache_args *args, int layer, const char *what)
{
    const tg_site at = args->at;
    char name[TG__NN_NAME_LENGTH + 64];
    (void)snprintf(name, sizeof name, "%s.%d.%s", args->name, layer, what);
    return tg_state(args->store, name, TG_DTYPE_DEFAULT,
                    TG_SHAPE(args->batch, args->heads, args->length, args->width / args->heads), 0);
}

tg_kv_cache tg_kv_cache_new_with(const tg_kv_cache_args *given)
{
    tg_kv_cache_args args = { TG_KV_CACHE_DEFAULTS };
    static const char op[] = "tg_kv_cache_new";
    const tg_kv_cache none = { .count = 0 };
    if (!TG_READ_STORE_OPTIONS(args, given, op)) return none;
    const tg_site at = args.at;
    if (!arguments_hold(op, &args)) return none;
    tg_kv_cache cache = { .count = args.count, .length = args.length };
    char name[TG__NN_NAME_LENGTH + 64];
    (void)snprintf(name, sizeof name, "%s.position", args.name);
    cache.position = tg_state(args.store, name, TG_I64, TG_SCALAR, 0);
    cache.keys = tg_store_memory(args.store, 2 * (size_t)args.count * sizeof *cache.keys);
    if (!cache.keys)
        tg_store_fail(args.store, at, TG_ERR_MEMORY, "%s: out of memory for %d layers", op,
                      args.count);
    cache.values = cache.keys ? cache.keys + args.count : NULL;
    for (int i = 0; i < args.count && tg_store_status(args.store) == TG_OK; i++) {
        cache.keys[i] = rows(&args, i, "keys");
        cache.values[i] = rows(&args, i, "values");
    }
    tg__nn_retell(at, op, args.store);
    return tg_store_status(args.store) == TG_OK ? cache : none;
}

tg_status tg_kv_cache_seek(const tg_kv_cache *cache, int64_t position)
{
    if (!cache || !cache->position || position < 0 || position > cache->length)
        return TG_ERR_ARGUMENT;
    return tg_var_set_as(cache->position, TG_I64, &position, 1);
}

/* ---- Using it ---------------------------------------------------------------------------- */

/* True if there is a cache with variables; else an error of [op]. */
static bool is_there(tg_site at, const char *op, const tg_kv_cache *cache, tg_tape *tape)
{
    if (cache && cache->count > 0 && cache->position) return true;
    return tg__nn_no_layer(at, op, "make the cache with tg_kv_cache_new", tape) != NULL;
}

/* position + 0, 1, ... They are looked up in a table of all places: a position beyond the cache is
 * then an error of the run. */
static tg_tensor *places(tg_site at, tg_tape *tape, const tg_kv_cache *cache, int64_t count)
{
    tg_tensor *begin = tg_read(tape, cache->position);
    tg_tensor *place = tg_add(tg_iota(tape, TG_I64, count), begin);
    return tg_gather(tg_iota(tape, TG_I64, cache->length), place, 0);
}

tg_tensor *tg_kv_cache_positions_at(tg_site at, tg_tape *tape, const tg_kv_cache *cache,
                                    int64_t count)
{
    static const char op[] = "tg_kv_cache_positions";
    if (!tg_enter_tape(&at, op, tape) || !is_there(at, op, cache, tape)) return NULL;
    if (count < 1 || count > cache->length)
        return tg_fail(tape, at, TG_ERR_SHAPE, "%s: there is room for 1 to %lld tokens, not %lld",
                       op, (long long)cache->length, (long long)count);
    return places(at, tape, cache, count);
}

/* True if x has the shape of the cache's rows, but for the number of tokens, and their dtype. */
static bool fits(const tg_var *rows, const tg_tensor *x)
{
    const tg_shape want = tg_var_shape(rows), is = tg_shape_from(x);
    return tg_dtype_of(x) == tg_var_dtype(rows) && is.rank == 4 && is.dim[0] == want.dim[0] &&
           is.dim[1] == want.dim[1] && is.dim[2] >= 1 && is.dim[2] <= want.dim[2] &&
           is.dim[3] == want.dim[3];
}

/* Assigns the cache with the T rows of [fresh] put in, and returns it. from[i] is the number of the
 * new token at place i of the cache; outside of [0, T) the place keeps its row. */
static tg_tensor *put(tg_site at, tg_var *rows, tg_tensor *fresh, tg_tensor *from)
{
    tg_tape *tape = tg_tape_of(fresh);
    const int64_t length = tg_var_shape(rows).dim[2], count = tg_dim(fresh, 2);
    tg_tensor *comes = tg_and(tg_greater_equal_num(from, 0), tg_less_num(from, (double)count));
    if (count > 1) {
        tg_tensor *last = tg_number_as(tape, TG_I64, (double)(count - 1));
        tg_tensor *within = tg_minimum(tg_maximum(from, tg_zeros_like(from)), last);
        fresh = tg_gather(fresh, within, 2);
    }
    comes = tg_reshape(comes, TG_SHAPE(1, 1, length, 1));
    return tg_assign(rows, tg_select(comes, fresh, tg_read(tape, rows)));
}

tg_tensor *tg_kv_cache_put_at(tg_site at, const tg_kv_cache *cache, int layer, tg_tensor **keys,
                              tg_tensor **values)
{
    static const char op[] = "tg_kv_cache_put";
    if (!keys || !values || !tg_enter(&at, op, TG_LIST(*keys, *values))) return NULL;
    tg_tape *tape = tg_tape_of(*keys);
    if (!is_there(at, op, cache, tape)) return NULL;
    if (layer < 0 || layer >= cache->count)
        return tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: the cache has %d layers, and not number %d",
                       op, cache->count, layer);
    const int64_t count = tg_dim(*keys, 2);
    if (!fits(cache->keys[layer], *keys) || !fits(cache->values[layer], *values) ||
        tg_dim(*values, 2) != count) {
        tg_fail(
            tape, at, TG_ERR_SHAPE,
            "%s: keys and values must be [batch, heads, T, width / heads], as \"%s\" is with %lld "
            "tokens, in its dtype",
            op, tg_var_name(cache->keys[layer]), (long long)cache->length);
        tg_fail_operands(tape, TG_LIST(*keys, *values));
        return NULL;
    }
    tg_tensor *place = places(at, tape, cache, count);
    tg_tensor *first = tg_slice(place, 0, 0, 1, 1);
    tg_tensor *all = tg_iota(tape, TG_I64, cache->length);
    tg_tensor *from = tg_sub(all, first);
    tg_tensor *k = put(at, cache->keys[layer], *keys, from);
    tg_tensor *v = put(at, cache->values[layer], *values, from);
    tg_tensor *seen = tg_less_equal(all, tg_reshape(place, TG_SHAPE(count, 1)));
    if (layer == cache->count - 1) {
        tg_tensor *last = tg_slice(place, 0, count - 1, count, 1);
        tg_tensor *one = tg_number_as(tape, TG_I64, 1);
        (void)tg_assign(cache->position, tg_reshape(tg_add(last, one), TG_SCALAR));
    }
    if (!seen || tg_tape_status(tape) != TG_OK) return NULL;
    *keys = k;
    *values = v;
    return seen;
}
