/* transformer.c: the blocks of transformers, and a stack of them. A block is two or three
 * sublayers, each with dropout, a residual connection and a layer norm, before or behind. */
#include "layer.h"

#include <math.h>
#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

enum { LONG_NAME = TG__NN_NAME_LENGTH + 128 };

/* ---- Making them ------------------------------------------------------------------------ */

/* "<name>.<field>", in [to]. */
static const char *joined(char to[LONG_NAME], const char *name, const char *field)
{
    (void)snprintf(to, LONG_NAME, "%s.%s", name, field);
    return to;
}

/* The options as they are meant; false if they are wrong, which is on the store. */
static bool options_hold(const char *op, tg_transformer_layer_args *args)
{
    const tg_site at = args->call.at;
    if (!tg__nn_layer_named(at, op, args->store, args->name)) return false;
    const bool default_width = args->feedforward == 0 && !tg_written(args->call, "feedforward");
    if (default_width) args->feedforward = 2048;
    args->dropout = tg_option(args->call, "dropout", args->dropout, 0.1);
    args->eps = tg_option(args->call, "eps", args->eps, 1e-5);
    if (!args->activation) args->activation = (tg_relu);
    if (args->width < 1 || args->heads < 1 || args->width % args->heads != 0 ||
        args->feedforward < 1) {
        tg_store_fail(
            args->store, at, TG_ERR_SHAPE,
            "%s: \"%s\" cannot have a width of %lld with %lld heads, and %lld between the "
            "linear maps: heads must share the width equally",
            op, args->name, (long long)args->width, (long long)args->heads,
            (long long)args->feedforward);
        return false;
    }
    if (args->dropout >= 0 && args->dropout <= 1 && args->eps > 0 && isfinite(args->eps))
        return true;
    tg_store_fail(args->store, at, TG_ERR_ARGUMENT,
                  "%s: dropout = %g must lie in [0, 1], and eps = %g above 0", op, args->dropout,
                  args->eps);
    return false;
}

static tg_multihead_attention new_attention(const tg_transformer_layer_args *args,
                                            const char *field)
{
    char name[LONG_NAME];
    return tg_multihead_attention_new_with(
        (tg_multihead_attention_args){ .call = { args->call.at, NULL },
                                       .store = args->store,
                                       .name = joined(name, args->name, field),
                                       .width = args->width,
                                       .heads = args->heads,
                                       .dropout = args->dropout });
}

static tg_linear new_linear(const tg_transformer_layer_args *args, const char *field, int64_t in,
                            int64_t out)
{
    char name[LONG_NAME];
    return tg_linear_new_with((tg_linear_args){ .call = { args->call.at, NULL },
                                                .store = args->store,
                                                .name = joined(name, args->name, field),
                                                .in = in,
                                                .out = out });
}

static tg_layer_norm new_norm(tg_site at, tg_store *store, const char *layer, const char *field,
                              int64_t width, double eps)
{
    char name[LONG_NAME];
    return tg_layer_norm_new_with((tg_layer_norm_args){ .call = { at, NULL },
                                                        .store = store,
                                                        .name = joined(name, layer, field),
                                                        .shape = TG_SHAPE(width),
                                                        .eps = eps });
}

static tg_layer_norm block_norm(const tg_transformer_layer_args *args, const char *field)
{
    return new_norm(args->call.at, args->store, args->name, field, args->width, args->eps);
}

tg_transformer_encoder_layer tg_transformer_encoder_layer_new_with(tg_transformer_layer_args args)
{
    const tg_transformer_encoder_layer none = { .dropout = 0 };
    if (!args.store || !options_hold("tg_transformer_encoder_layer_new", &args)) return none;
    tg_transformer_encoder_layer layer = { .activation = args.activation,
                                           .norm_first = args.norm_first,
                                           .dropout = args.dropout };
    layer.self_attn = new_attention(&args, "self_attn");
    layer.linear1 = new_linear(&args, "linear1", args.width, args.feedforward);
    layer.linear2 = new_linear(&args, "linear2", args.feedforward, args.width);
    layer.norm1 = block_norm(&args, "norm1");
    layer.norm2 = block_norm(&args, "norm2");
    return layer.self_attn.in_proj_weight && layer.linear1.weight && layer.linear2.weight &&
                   layer.norm1.weight && layer.norm2.weight
               ? layer
               : none;
}

tg_transformer_decoder_layer tg_transformer_decoder_layer_new_with(tg_transformer_layer_args args)
{
    const tg_transformer_decoder_layer none = { .dropout = 0 };
    if (!args.store || !options_hold("tg_transformer_decoder_layer_new", &args)) return none;
    tg_transformer_decoder_layer layer = { .activation = args.activation,
                                           .norm_first = args.norm_first,
                                           .dropout = args.dropout };
    layer.self_attn = new_attention(&args, "self_attn");
    layer.multihead_attn = new_attention(&args, "multihead_attn");
    layer.linear1 = new_linear(&args, "linear1", args.width, args.feedforward);
    layer.linear2 = new_linear(&args, "linear2", args.feedforward, args.width);
    layer.norm1 = block_norm(&args, "norm1");
    layer.norm2 = block_norm(&args, "norm2");
    layer.norm3 = block_norm(&args, "norm3");
    return layer.self_attn.in_proj_weight && layer.multihead_attn.in_proj_weight &&
                   layer.linear1.weight && layer.linear2.weight && layer.norm1.weight &&
                   layer.norm2.weight && layer.norm3.weight
               ? layer
               : none;
}

/* ---- Sublayers -------------------------------------------------------------------------- */

/* What the sublayers of a block have in common. */
typedef struct block {
    tg_site at;
    const char *key; /* of the draws */
    double dropout;
    bool norm_first, training;
} block;

/* The key, or, if there is none, the name of the layer's attention. */
static block block_of(tg_site at, const char *key, const tg_multihead_attention *attention)
{
    return (block){ .at = at, .key = key ? key : tg_var_name(attention->in_proj_weight) };
}

static tg_tensor *dropped(const block *b, tg_tensor *x, const char *field)
{
    const tg_site at = b->at;
    char key[LONG_NAME];
    if (!b->training || b->dropout == 0) return x;
    return tg_dropout(x, b->dropout, joined(key, b->key, field), true);
}

/* Is x one that the block's attention can take? Else it fails for [op]. */
static bool takes(tg_site at, const char *op, const tg_multihead_attention *attention, tg_tensor *x)
{
    const tg_var *weight = attention->in_proj_weight;
    const long long width = (long long)tg_var_shape(weight).dim[1];
    const bool ranked = tg_rank(x) == 2 || tg_rank(x) == 3;
    if (!ranked || tg_dim(x, -1) != width) {
        tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE, "%s: \"%s\" takes [N, T, %lld], and %s is %s", op,
                tg_var_name(weight), width, tg_name_of(x),
                tg__nn_shape_words(tg_shape_from(x)).text);
        return false;
    }
    if (tg_dtype_of(x) == tg_var_dtype(weight)) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_DTYPE, "%s: \"%s\" is %s, and %s is %s (see tg_cast)", op,
            tg_var_name(weight), tg_dtype_name(tg_var_dtype(weight)), tg_name_of(x),
            tg_dtype_name(tg_dtype_of(x)));
    return false;
}

/* What a sublayer is given. */
static tg_tensor *before(const block *b, const tg_layer_norm *norm, tg_tensor *x)
{
    const tg_site at = b->at;
    return b->norm_first ? tg_layer_norm_apply(norm, x) : x;
}

/* What becomes of a sublayer's result [y], beside x. */
static tg_tensor *after(const block *b, const tg_layer_norm *norm, tg_tensor *x, tg_tensor *y,
                        const char *field)
{
    const tg_site at = b->at;
    y = tg_add(x, dropped(b, y, field));
    return b->norm_first ? y : tg_layer_norm_apply(norm, y);
}

static tg_tensor *feedforward(const block *b, const tg_linear *linear1, const tg_linear *linear2,
                              tg_activation activation, tg_tensor *x)
{
    const tg_site at = b->at;
    tg_tensor *hidden = activation(at, tg_linear_apply(linear1, x));
    return tg_linear_apply(linear2, dropped(b, hidden, "dropout"));
}

/* Attention with its draws under "<key>.<field>". */
static tg_tensor *attend(const block *b, const char *field, tg_multihead_attention_apply_args args)
{
    char key[LONG_NAME];
    args.call = (tg_call){ b->at, NULL };
    args.key = joined(key, b->key, field);
    args.training = b->training;
    return tg_multihead_attention_apply_with(args);
}

/* ---- Applying them ---------------------------------------------------------------------- */

tg_tensor *tg_transformer_encoder_layer_apply_with(tg_transformer_encoder_layer_apply_args args)
{
    const tg_site at = args.call.at;
    const char *const op = "tg_transformer_encoder_layer_apply";
    const tg_transformer_encoder_layer *layer = args.layer;
    tg_tensor *x = args.x;
    if (!x) return NULL;
    if (!layer || !layer->self_attn.in_proj_weight)
        return tg__nn_no_layer(at, op, "make it with tg_transformer_encoder_layer_new",
                               tg_tape_of(x));
    if (!takes(at, op, &layer->self_attn, x)) return NULL;
    block b = block_of(at, args.key, &layer->self_attn);
    b.dropout = layer->dropout, b.norm_first = layer->norm_first, b.training = args.training;

    const tg_multihead_attention_apply_args self = { .layer = &layer->self_attn,
                                                     .query = before(&b, &layer->norm1, x),
                                                     .mask = args.mask,
                                                     .key_mask = args.key_mask,
                                                     .causal = args.causal,
                                                     .time_first = args.time_first };
    tg_tensor *y = attend(&b, "self_attn", self);
    x = after(&b, &layer->norm1, x, y, "dropout1");
    y = before(&b, &layer->norm2, x);
    y = feedforward(&b, &layer->linear1, &layer->linear2, layer->activation, y);
    return after(&b, &layer->norm2, x, y, "dropout2");
}

tg_tensor *tg_transformer_decoder_layer_apply_with(tg_transformer_decoder_layer_apply_args args)
{
    const tg_site at = args.call.at;
    const char *const op = "tg_transformer_decoder_layer_apply";
    const tg_transformer_decoder_layer *layer = args.layer;
    tg_tensor *x = args.x;
    if (!x || !args.memory) return NULL;
    if (!layer || !layer->self_attn.in_proj_weight)
        return tg__nn_no_layer(at, op, "make it with tg_transformer_decoder_layer_new",
                               tg_tape_of(x));
    if (!takes(at, op, &layer->self_attn, x) || !takes(at, op, &layer->multihead_attn, args.memory))
        return NULL;
    block b = block_of(at, args.key, &layer->self_attn);
    b.dropout = layer->dropout, b.norm_first = layer->norm_first, b.training = args.training;

    const tg_multihead_attention_apply_args self = { .layer = &layer->self_attn,
                                                     .query = before(&b, &layer->norm1, x),
                                                     .mask = args.mask,
                                                     .key_mask = args.key_mask,
                                                     .causal = args.causal,
                                                     .time_first = args.time_first };
    tg_tensor *y = attend(&b, "self_attn", self);
    x = after(&b, &layer->norm1, x, y, "dropout1");
    const tg_multihead_attention_apply_args cross = { .layer = &layer->multihead_attn,
                                                      .query = before(&b, &layer->norm2, x),
                                                      .source = args.memory,
                                                      .mask = args.memory_mask,
                                                      .key_mask = args.memory_key_mask,
                                                      .time_first = args.time_first };
    y = attend(&b, "multihead_attn", cross);
    x = after(&b, &layer->norm2, x, y, "dropout2");
    y = before(&b, &layer->norm3, x);
    y = feedforward(&b, &layer->linear1, &layer->linear2, layer->activation, y);
    return after(&b, &layer->norm3, x, y, "dropout3");
}

/* ---- The stack -------------------------------------------------------------------------- */

tg_transformer_encoder tg_transformer_encoder_new_with(tg_transformer_encoder_args args)
{
    const tg_site at = args.call.at;
    const char *const op = "tg_transformer_encoder_new";
    const tg_transformer_encoder none = { .count = 0 };
    tg_transformer_encoder stack = { .count = args.count };
    tg_transformer_layer_args each = { .call = args.call,
                                       .store = args.store,
                                       .name = args.name,
                                       .width = args.width,
                                       .heads = args.heads,
                                       .feedforward = args.feedforward,
                                       .dropout = args.dropout,
                                       .activation = args.activation,
                                       .norm_first = args.norm_first,
                                       .eps = args.eps };
    if (!args.store || !options_hold(op, &each)) return none;
    if (args.count < 1 || args.count > TG_MAX_LAYERS) {
        tg_store_fail(args.store, at, TG_ERR_SHAPE,
                      "%s: \"%s\" cannot have %d layers, only 1 to %d", op, args.name, args.count,
                      (int)TG_MAX_LAYERS);
        return none;
    }
    for (int i = 0; i < args.count; i++) {
        char name[LONG_NAME];
        (void)snprintf(name, sizeof name, "%s.layers.%d", args.name, i);
        each.name = name;
        stack.layers[i] = tg_transformer_encoder_layer_new_with(each);
        if (!stack.layers[i].self_attn.in_proj_weight) return none;
    }
    if (!args.norm) return stack;
    stack.norm = new_norm(at, args.store, args.name, "norm", each.width, each.eps);
    return stack.norm.weight ? stack : none;
}

tg_tensor *tg_transformer_encoder_apply_with(tg_transformer_encoder_apply_args args)
{
    const tg_site at = args.call.at;
    tg_tensor *x = args.x;
    if (!x) return NULL;
    if (!args.stack || args.stack->count < 1 || args.stack->count > TG_MAX_LAYERS)
        return tg__nn_no_layer(at, "tg_transformer_encoder_apply",
                               "make it with tg_transformer_encoder_new", tg_tape_of(x));
    for (int i = 0; i < args.stack->count; i++) {
        char key[LONG_NAME];
        (void)snprintf(key, sizeof key, "%s.layers.%d", args.key ? args.key : "", i);
        x = tg_transformer_encoder_layer_apply_with(
            (tg_transformer_encoder_layer_apply_args){ .call = { at, NULL },
                                                       .layer = &args.stack->layers[i],
                                                       .x = x,
                                                       .mask = args.mask,
                                                       .key_mask = args.key_mask,
                                                       .causal = args.causal,
                                                       .time_first = args.time_first,
                                                       .training = args.training,
                                                       .key = args.key ? key : NULL });
    }
    return args.stack->norm.weight ? tg_layer_norm_apply(&args.stack->norm, x) : x;
}
