/* multihead.c: attention of several heads. The heads are views: [N, T, width] is reshaped to [N, T,
 * heads, d], and with its axes permuted it is a batch of matrices [T, d]. */
#include "attention.h"

#include <stdio.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

typedef tg_multihead_attention_apply_args application;

/* ---- The layer -------------------------------------------------------------------------- */

static bool arguments_hold(tg_site at, const char *op, const tg_multihead_attention_args *args)
{
    if (!tg__nn_layer_named(at, op, args->store, args->name,
                            TG__NN_FIELDS("in_proj_weight", "out_proj.weight",
                                          args->no_bias ? NULL : "in_proj_bias", "out_proj.bias")))
        return false;
    if (args->width < 1 || args->heads < 1 || args->width % args->heads != 0) {
        tg_store_fail(args->store, at, TG_ERR_SHAPE,
                      "%s: layer \"%s\" cannot have %lld heads in a width of %lld: they must share "
                      "it equally",
                      op, args->name, (long long)args->heads, (long long)args->width);
        return false;
    }
    if (args->width > INT64_MAX / 3) {
        tg_store_fail(args->store, at, TG_ERR_SHAPE, "%s: there is no room for a width of %lld", op,
                      (long long)args->width);
        return false;
    }
    if (args->dropout >= 0 && args->dropout <= 1) return true;
    tg_store_fail(args->store, at, TG_ERR_ARGUMENT, "%s: dropout = %g must lie in [0, 1]", op,
                  args->dropout);
    return false;
}

tg_multihead_attention tg_multihead_attention_new_with(const tg_multihead_attention_args *given)
{
    tg_multihead_attention_args args = { TG_MULTIHEAD_ATTENTION_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_multihead_attention_new"))
        return (tg_multihead_attention){ 0 };

    const tg_site at = args.at;
    static const char op[] = "tg_multihead_attention_new";
    const tg_multihead_attention none = { .heads = 0 };
    if (!arguments_hold(at, op, &args)) return none;
    tg_multihead_attention layer = { .heads = args.heads, .dropout = args.dropout };
    const int64_t width = args.width;
    char out[TG__NN_NAME_LENGTH + 16];
    (void)snprintf(out, sizeof out, "%s.out_proj", args.name);

    layer.in_proj_weight =
        tg__nn_field(at, op, args.store, args.name, "in_proj_weight", TG_SHAPE(3 * width, width),
                     tg_init_glorot_uniform(width, 3 * width));
    if (!layer.in_proj_weight) return none;
    if (!args.no_bias) {
        layer.in_proj_bias = tg__nn_field(at, op, args.store, args.name, "in_proj_bias",
                                          TG_SHAPE(3 * width), tg_init_zeros());
        if (!layer.in_proj_bias) return none;
    }
    layer.out_proj = tg_linear_new(args.store, out, width, width, .no_bias = args.no_bias,
                                   .bias_init = tg_init_zeros());
    if (layer.out_proj.weight) return layer;
    tg__nn_retell(at, op, args.store);
    return none;
}

/* ---- Checks ----------------------------------------------------------------------------- */

/* The sizes of an application: N, T queries and S keys. */
typedef struct sizes {
    int64_t batch, queries, keys;
} sizes;

static sizes sizes_of(const application *a)
{
    const bool batched = tg_rank(a->query) == 3;
    const int time = batched && !a->time_first ? 1 : 0;
    return (sizes){ .batch = batched ? tg_dim(a->query, 1 - time) : 1,
                    .queries = tg_dim(a->query, time),
                    .keys = tg_dim(a->source, time) };
}

static bool misfit(const char *op, const application *a, tg_status status, const char *rule)
{
    tg_tape *tape = tg_tape_of(a->query);
    tg_fail(tape, a->at, status, "%s: \"%s\" of width %lld: %s", op,
            tg_var_name(a->layer->in_proj_weight),
            (long long)tg_var_shape(a->layer->in_proj_weight).dim[1], rule);
    tg_tensor *given[5] = { a->query };
    size_t count = 1;
    if (a->source != a->query) given[count++] = a->source;
    if (a->values != a->source) given[count++] = a->values;
    if (a->mask) given[count++] = a->mask;
    if (a->key_mask) given[count++] = a->key_mask;
    tg_fail_operands(tape, (tg_list){ count, given });
    return false;
}

static bool is_mask(tg_tensor *mask, tg_shape shape)
{
    return !mask || (tg_dtype_of(mask) == TG_BOOL && tg_shape_equal(tg_shape_from(mask), shape));
}

static bool operands_fit(const char *op, const application *a)
{
    const int64_t width = tg_var_shape(a->layer->in_proj_weight).dim[1];
    const tg_dtype dtype = tg_var_dtype(a->layer->in_proj_weight);
    const int rank = tg_rank(a->query);
    if (tg_dtype_of(a->query) != dtype || tg_dtype_of(a->source) != dtype ||
        tg_dtype_of(a->values) != dtype)
        return misfit(op, a, TG_ERR_DTYPE,
                      "the operands must have the weights' dtype (see tg_cast)");
    if (rank < 2 || rank > 3 || tg_rank(a->source) != rank || tg_dim(a->query, -1) != width ||
        tg_dim(a->source, -1) != width)
        return misfit(op, a, TG_ERR_SHAPE, "it takes [N, T, width] and [N, S, width]");
    if (!tg_shape_equal(tg_shape_from(a->source), tg_shape_from(a->values)))
        return misfit(op, a, TG_ERR_SHAPE, "there must be a value for each key");
    const sizes n = sizes_of(a);
    if (rank == 3 && n.batch != tg_dim(a->source, a->time_first ? 1 : 0))
        return misfit(op, a, TG_ERR_SHAPE, "queries and keys must have one batch size");
    if (a->cache && (a->source != a->query || a->mask || a->key_mask || !a->causal))
        return misfit(op, a, TG_ERR_ARGUMENT,
                      "with .cache it is self-attention, .causal, without masks");
    if (!is_mask(a->mask, TG_SHAPE(n.queries, n.keys)) &&
        !is_mask(a->mask, TG_SHAPE(n.batch, n.queries, n.keys)))
        return misfit(op, a, TG_ERR_SHAPE, "the mask must be bool, [T, S] or [N, T, S]");
    if (!is_mask(a->key_mask, TG_SHAPE(n.batch, n.keys)) &&
        !(rank == 2 && is_mask(a->key_mask, TG_SHAPE(n.keys))))
        return misfit(op, a, TG_ERR_SHAPE, "the mask of keys must be bool, [N, S]");
    return true;
}

/* Keys default to the queries, and values to the keys. */
static void choose_sources(application *a)
{
    if (!a->source) a->source = a->query;
    if (!a->values) a->values = a->source;
}

bool tg__nn_attention_fits(const char *op, application args)
{
    choose_sources(&args);
    return operands_fit(op, &args);
}

/* ---- Recording -------------------------------------------------------------------------- */

/* Applies [count] of the three input projections, from number [first] on, to x, by one product.
 * heads[] receives each result as a view [N, heads, T, d]. */
static void project(const application *a, tg_tensor *x, int first, int count, tg_tensor *heads[])
{
    const tg_site at = a->at;
    tg_tape *tape = tg_tape_of(x);
    const int64_t width = tg_dim(x, -1), rows = width ? tg_count(x) / width : 0;
    const int64_t outer = tg_rank(x) == 3 ? tg_dim(x, 0) : 1, inner = tg_dim(x, -2);
    tg_tensor *weight = tg_read(tape, a->layer->in_proj_weight);
    weight = tg_slice(weight, 0, first * width, (first + count) * width, 1);
    tg_tensor *y = tg_matmul(tg_reshape(x, TG_SHAPE(rows, width)), tg_transpose(weight));
    if (a->layer->in_proj_bias) {
        tg_tensor *bias = tg_read(tape, a->layer->in_proj_bias);
        y = tg_add(y, tg_slice(bias, 0, first * width, (first + count) * width, 1));
    }
    const int64_t parts = a->layer->heads;
    y = tg_reshape(y, TG_SHAPE(outer, inner, count, parts, width / parts));
    const tg_axes order =
        a->time_first && tg_rank(x) == 3 ? TG_AXES(1, 2, 0, 3) : TG_AXES(0, 2, 1, 3);
    for (int i = 0; i < count; i++) heads[i] = tg_permute(tg_pick(y, 2, i), order);
}

/* Queries, keys and values. Projections of the same operand are one product. */
static void project_all(const application *a, tg_tensor *heads[3])
{
    const bool same_keys = a->source == a->query, same_values = a->values == a->source;
    if (same_keys && same_values) {
        project(a, a->query, 0, 3, heads);
        return;
    }
    if (same_keys) {
        project(a, a->query, 0, 2, heads);
    } else {
        project(a, a->query, 0, 1, heads);
        project(a, a->source, 1, same_values ? 2 : 1, heads + 1);
    }
    if (!same_values) project(a, a->values, 2, 1, heads + 2);
}

/* The two masks as one that broadcasts to [N, heads, T, S]; NULL if there is none. */
static tg_tensor *joint_mask(const application *a)
{
    const tg_site at = a->at;
    const sizes n = sizes_of(a);
    tg_tensor *mask = a->mask, *keys = a->key_mask;
    if (mask && tg_rank(mask) == 3)
        mask = tg_reshape(mask, TG_SHAPE(n.batch, 1, n.queries, n.keys));
    if (keys) keys = tg_reshape(keys, TG_SHAPE(n.batch, 1, 1, n.keys));
    if (!mask || !keys) return mask ? mask : keys;
    return tg_and(mask, keys);
}

/* The key of the dropout's draws: "<the caller's key, or the layer's name>.dropout". */
static void write_key(const application *a, char *to, size_t size)
{
    const char *name = a->key, *const field = ".in_proj_weight";
    size_t length = name ? strlen(name) : 0;
    if (!name) {
        name = tg_var_name(a->layer->in_proj_weight);
        length = strlen(name);
        const size_t tail = strlen(field);
        if (length > tail && strcmp(name + length - tail, field) == 0) length -= tail;
    }
    (void)snprintf(to, size, "%.*s.dropout", (int)length, name);
}

tg_tensor *tg_multihead_attention_apply_with(const tg_multihead_attention_apply_args *given)
{
    tg_multihead_attention_apply_args args = { TG_MULTIHEAD_ATTENTION_APPLY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_multihead_attention_apply", query)) return NULL;
    if (args.weights) *args.weights = NULL;
    if (!tg__nn_enter(
            &args.at, "tg_multihead_attention_apply", 1,
            TG__NN_OPERANDS(args.query, args.source, args.values, args.mask, args.key_mask)))
        return NULL;
    const tg_site at = args.at;
    const char *const op = "tg_multihead_attention_apply";
    choose_sources(&args);
    if (!args.layer || !args.layer->in_proj_weight)
        return tg__nn_no_layer(at, op, "make it with tg_multihead_attention_new",
                               tg_tape_of(args.query));
    if (!operands_fit(op, &args) || !tg_read(tg_tape_of(args.query), args.layer->in_proj_weight))
        return NULL;

    tg_tensor *heads[3];
    char key[2 * TG__NN_NAME_LENGTH];
    project_all(&args, heads);
    write_key(&args, key, sizeof key);
    tg_tensor *mask = joint_mask(&args);
    if (args.cache) {
        mask = tg_kv_cache_put(args.cache, args.cache_layer, &heads[1], &heads[2]);
        if (!mask) return NULL;
    }
    tg_tensor *y =
        tg_attention(heads[0], heads[1], heads[2], mask, .causal = args.causal && !args.cache,
                     .lower_right = args.lower_right, .dropout = args.layer->dropout,
                     .training = args.training, .key = key, .weights = args.weights);
    const bool time_first = args.time_first && tg_rank(args.query) == 3;
    y = tg_permute(y, time_first ? TG_AXES(2, 0, 1, 3) : TG_AXES(0, 2, 1, 3));
    return tg_linear_apply(&args.layer->out_proj, tg_reshape(y, tg_shape_from(args.query)));
}
