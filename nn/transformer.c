/* transformer.c: encoder and decoder layers. Each is a list of sublayers; each sublayer has
 * dropout, a residual connection and a layer norm, before it or behind it. */
#include "attention.h"

#include <math.h>
#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* Writes "<name>.<field>" to [to], and returns it. */
static const char *joined(char to[TG__NN_LONG_NAME], const char *name, const char *field)
{
    (void)snprintf(to, TG__NN_LONG_NAME, "%s.%s", name, field);
    return to;
}

/* ---- The two kinds of blocks ------------------------------------------------------------ */

tg__nn_block tg__nn_encoder_block(tg_transformer_encoder_layer *layer)
{
    return (tg__nn_block){
        .count = 2,
        .sublayers = { { "self_attn", &layer->self_attn, .norm = &layer->norm1 },
                       { .norm = &layer->norm2 } },
        .linear1 = &layer->linear1,
        .linear2 = &layer->linear2,
        .activation = layer->activation,
        .norm_first = layer->norm_first,
        .dropout = layer->dropout,
    };
}

tg__nn_block tg__nn_decoder_block(tg_transformer_decoder_layer *layer)
{
    return (tg__nn_block){
        .count = 3,
        .sublayers = { { "self_attn", &layer->self_attn, .norm = &layer->norm1 },
                       { "multihead_attn", &layer->multihead_attn, true, &layer->norm2 },
                       { .norm = &layer->norm3 } },
        .linear1 = &layer->linear1,
        .linear2 = &layer->linear2,
        .activation = layer->activation,
        .norm_first = layer->norm_first,
        .dropout = layer->dropout,
    };
}

/* ---- Making them ------------------------------------------------------------------------ */

bool tg__nn_block_options(const char *op, const tg_transformer_layer_args *args)
{
    const tg_site at = args->at;
    if (!tg__nn_layer_named(at, op, args->store, args->name, NULL)) return false;
    if (!args->activation) {
        tg_store_fail(args->store, at, TG_ERR_ARGUMENT, "%s: the activation of \"%s\" is NULL", op,
                      args->name);
        return false;
    }
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

bool tg__nn_block_free(const char *op, const tg_transformer_layer_args *args, bool decodes)
{
    static const char *const of_decoder[] = { "multihead_attn.in_proj_weight",
                                              "multihead_attn.in_proj_bias",
                                              "multihead_attn.out_proj.weight",
                                              "multihead_attn.out_proj.bias",
                                              "norm3.weight",
                                              "norm3.bias",
                                              NULL };
    static const char *const of_both[] = { "self_attn.in_proj_weight",
                                           "self_attn.in_proj_bias",
                                           "self_attn.out_proj.weight",
                                           "self_attn.out_proj.bias",
                                           "linear1.weight",
                                           "linear1.bias",
                                           "linear2.weight",
                                           "linear2.bias",
                                           "norm1.weight",
                                           "norm1.bias",
                                           "norm2.weight",
                                           "norm2.bias",
                                           NULL };
    const tg_site at = args->at;
    return tg__nn_fields_free(at, op, args->store, args->name, of_both) &&
           (!decodes || tg__nn_fields_free(at, op, args->store, args->name, of_decoder));
}

static tg_multihead_attention new_attention(const tg_transformer_layer_args *args,
                                            const char *field)
{
    const tg_site at = args->at;
    char name[TG__NN_LONG_NAME];
    return tg_multihead_attention_new(args->store, joined(name, args->name, field), args->width,
                                      args->heads, .dropout = args->dropout);
}

static tg_linear new_linear(const tg_transformer_layer_args *args, const char *field, int64_t in,
                            int64_t out)
{
    const tg_site at = args->at;
    char name[TG__NN_LONG_NAME];
    return tg_linear_new(args->store, joined(name, args->name, field), in, out);
}

tg_layer_norm tg__nn_block_norm(const tg_transformer_layer_args *args, const char *field)
{
    const tg_site at = args->at;
    char name[TG__NN_LONG_NAME];
    return tg_layer_norm_new(args->store, joined(name, args->name, field), TG_SHAPE(args->width),
                             .eps = args->eps);
}

/* Makes the parts in the order of PyTorch's state dict. An error of a part is reported as one of
 * [op]. */
static bool make(const char *op, const tg_transformer_layer_args *args, tg__nn_block block)
{
    bool made = true;
    for (int i = 0; i < block.count; i++) {
        const tg__nn_sublayer sublayer = block.sublayers[i];
        if (!sublayer.attention) continue;
        *sublayer.attention = new_attention(args, sublayer.name);
        made = made && sublayer.attention->in_proj_weight;
    }
    *block.linear1 = new_linear(args, "linear1", args->width, args->feedforward);
    *block.linear2 = new_linear(args, "linear2", args->feedforward, args->width);
    made = made && block.linear1->weight && block.linear2->weight;
    for (int i = 0; i < block.count; i++) {
        char field[32];
        (void)snprintf(field, sizeof field, "norm%d", i + 1);
        *block.sublayers[i].norm = tg__nn_block_norm(args, field);
        made = made && block.sublayers[i].norm->weight;
    }
    if (!made) tg__nn_retell(args->at, op, args->store);
    return made;
}

tg_transformer_encoder_layer
tg_transformer_encoder_layer_new_with(const tg_transformer_layer_args *given)
{
    tg_transformer_layer_args args = { TG_TRANSFORMER_LAYER_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_transformer_encoder_layer_new"))
        return (tg_transformer_encoder_layer){ 0 };

    static const char op[] = "tg_transformer_encoder_layer_new";
    const tg_transformer_encoder_layer none = { .dropout = 0 };
    if (!tg__nn_block_options(op, &args) || !tg__nn_block_free(op, &args, false)) return none;
    tg_transformer_encoder_layer layer = { .activation = args.activation,
                                           .norm_first = args.norm_first,
                                           .dropout = args.dropout };
    return make(op, &args, tg__nn_encoder_block(&layer)) ? layer : none;
}

tg_transformer_decoder_layer
tg_transformer_decoder_layer_new_with(const tg_transformer_layer_args *given)
{
    tg_transformer_layer_args args = { TG_TRANSFORMER_LAYER_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_transformer_decoder_layer_new"))
        return (tg_transformer_decoder_layer){ 0 };

    static const char op[] = "tg_transformer_decoder_layer_new";
    const tg_transformer_decoder_layer none = { .dropout = 0 };
    if (!tg__nn_block_options(op, &args) || !tg__nn_block_free(op, &args, true)) return none;
    tg_transformer_decoder_layer layer = { .activation = args.activation,
                                           .norm_first = args.norm_first,
                                           .dropout = args.dropout };
    return make(op, &args, tg__nn_decoder_block(&layer)) ? layer : none;
}

/* ---- Applying them ---------------------------------------------------------------------- */

/* The arguments for a sublayer's attention. */
static tg_multihead_attention_apply_args question(const tg__nn_sublayer *sublayer,
                                                  const tg__nn_given *given, tg_tensor *x)
{
    tg_multihead_attention_apply_args args = { TG_MULTIHEAD_ATTENTION_APPLY_DEFAULTS,
                                               .at = given->at,
                                               .layer = sublayer->attention,
                                               .query = x,
                                               .mask = given->mask,
                                               .key_mask = given->key_mask,
                                               .causal = given->causal,
                                               .time_first = given->time_first,
                                               .training = given->training,
                                               .cache = given->cache,
                                               .cache_layer = given->cache_layer };
    if (!sublayer->to_memory) return args;
    args.cache = NULL;
    args.source = given->memory;
    args.mask = given->memory_mask;
    args.key_mask = given->memory_key_mask;
    args.causal = false;
    return args;
}

bool tg__nn_block_takes(const char *op, const tg__nn_block *block, const tg__nn_given *given)
{
    for (int i = 0; i < block->count; i++) {
        const tg__nn_sublayer *sublayer = &block->sublayers[i];
        if (sublayer->attention && !tg__nn_attention_fits(op, question(sublayer, given, given->x)))
            return false;
    }
    return true;
}

/* Dropout whose draws have the key "<the caller's key, or a variable's name>.<field>". */
static tg_tensor *dropped(const tg__nn_block *block, const tg__nn_given *given, tg_tensor *x,
                          const char *field)
{
    const tg_site at = given->at;
    char key[TG__NN_LONG_NAME];
    if (!given->training || block->dropout == 0) return x;
    return tg_dropout(x, block->dropout, joined(key, given->key, field), true);
}

static tg_tensor *feedforward(const tg__nn_block *block, const tg__nn_given *given, tg_tensor *x)
{
    const tg_site at = given->at;
    tg_tensor *hidden = block->activation(at, tg_linear_apply(block->linear1, x));
    return tg_linear_apply(block->linear2, dropped(block, given, hidden, "dropout"));
}

static tg_tensor *attend(const tg__nn_sublayer *sublayer, const tg__nn_given *given, tg_tensor *x)
{
    char key[TG__NN_LONG_NAME];
    tg_multihead_attention_apply_args args = question(sublayer, given, x);
    args.key = joined(key, given->key, sublayer->name);
    return tg_multihead_attention_apply_with(&args);
}

tg_tensor *tg__nn_block_apply(const tg__nn_block *block, const tg__nn_given *given)
{
    const tg_site at = given->at;
    tg__nn_given named = *given;
    if (!named.key) named.key = tg_var_name(block->sublayers[0].attention->in_proj_weight);
    tg_tensor *x = given->x;
    for (int i = 0; i < block->count; i++) {
        const tg__nn_sublayer *sublayer = &block->sublayers[i];
        char field[32];
        (void)snprintf(field, sizeof field, "dropout%d", i + 1);
        tg_tensor *y = block->norm_first ? tg_layer_norm_apply(sublayer->norm, x) : x;
        y = sublayer->attention ? attend(sublayer, &named, y) : feedforward(block, &named, y);
        x = tg_add(x, dropped(block, &named, y, field));
        if (!block->norm_first) x = tg_layer_norm_apply(sublayer->norm, x);
    }
    return x;
}

tg_tensor *
tg_transformer_encoder_layer_apply_with(const tg_transformer_encoder_layer_apply_args *given)
{
    tg_transformer_encoder_layer_apply_args args = { TG_TRANSFORMER_ENCODER_LAYER_APPLY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_transformer_encoder_layer_apply", x)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_transformer_encoder_layer_apply", 1,
                      TG__NN_OPERANDS(args.x, args.mask, args.key_mask)))
        return NULL;
    const char *const op = "tg_transformer_encoder_layer_apply";
    if (!args.layer || !args.layer->self_attn.in_proj_weight)
        return tg__nn_no_layer(args.at, op, "make it with tg_transformer_encoder_layer_new",
                               tg_tape_of(args.x));
    tg_transformer_encoder_layer layer = *args.layer;
    const tg__nn_block block = tg__nn_encoder_block(&layer);
    tg__nn_given to = TG__NN_ENCODER_GIVEN(args);
    to.cache_layer = args.cache_layer;
    return tg__nn_block_takes(op, &block, &to) ? tg__nn_block_apply(&block, &to) : NULL;
}

tg_tensor *
tg_transformer_decoder_layer_apply_with(const tg_transformer_decoder_layer_apply_args *given)
{
    tg_transformer_decoder_layer_apply_args args = { TG_TRANSFORMER_DECODER_LAYER_APPLY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_transformer_decoder_layer_apply", x)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_transformer_decoder_layer_apply", 2,
                      TG__NN_OPERANDS(args.x, args.memory, args.mask, args.key_mask,
                                      args.memory_mask, args.memory_key_mask)))
        return NULL;
    const char *const op = "tg_transformer_decoder_layer_apply";
    if (!args.layer || !args.layer->self_attn.in_proj_weight)
        return tg__nn_no_layer(args.at, op, "make it with tg_transformer_decoder_layer_new",
                               tg_tape_of(args.x));
    tg_transformer_decoder_layer layer = *args.layer;
    const tg__nn_block block = tg__nn_decoder_block(&layer);
    return tg__nn_block_takes(op, &block, &args) ? tg__nn_block_apply(&block, &args) : NULL;
}
