/* transformer_stack.c: encoders and decoders: layers one after the other, and a layer norm behind
 * the last. */
#include "attention.h"

#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Making them ------------------------------------------------------------------------ */

/* The options of layer i; its name is written to [name]. */
static tg_transformer_layer_args numbered(tg_transformer_layer_args each, int i,
                                          char name[TG__NN_LONG_NAME])
{
    (void)snprintf(name, TG__NN_LONG_NAME, "%s.layers.%d", each.name, i);
    each.name = name;
    return each;
}

/* True if none of the stack's variables exists; else an error of [op] is on the store. */
static bool is_free(const char *op, const tg_transformer_args *args,
                    const tg_transformer_layer_args *each, bool decodes)
{
    for (int i = 0; i < args->count; i++) {
        char name[TG__NN_LONG_NAME];
        const tg_transformer_layer_args layer = numbered(*each, i, name);
        if (!tg__nn_block_free(op, &layer, decodes)) return false;
    }
    return !args->norm || tg__nn_fields_free(args->at, op, args->store, args->name,
                                             TG__NN_FIELDS("norm.weight", "norm.bias"));
}

/* The options of the stack's layers, which still have the name of the stack. False, with an error
 * on the store, if they are invalid. */
static bool options_hold(const char *op, tg_transformer_args args, bool decodes,
                         tg_transformer_layer_args *each)
{
    *each = (tg_transformer_layer_args){ TG_TRANSFORMER_LAYER_DEFAULTS,
                                         .at = args.at,
                                         .store = args.store,
                                         .name = args.name,
                                         .width = args.width,
                                         .heads = args.heads,
                                         .feedforward = args.feedforward,
                                         .dropout = args.dropout,
                                         .activation = args.activation,
                                         .norm_first = args.norm_first,
                                         .eps = args.eps };
    if (!tg__nn_block_options(op, each)) return false;
    if (args.count >= 1) return is_free(op, &args, each, decodes);
    tg_store_fail(args.store, args.at, TG_ERR_SHAPE, "%s: \"%s\" cannot have %d layers", op,
                  args.name, args.count);
    return false;
}

/* Memory for the stack's layers, all zero, from the store; NULL with an error of [op]. */
static void *room_for(const char *op, const tg_transformer_args *args, size_t layer)
{
    void *room = tg_store_memory(args->store, (size_t)args->count * layer);
    if (!room)
        tg_store_fail(args->store, args->at, TG_ERR_MEMORY, "%s: out of memory for %d layers", op,
                      args->count);
    return room;
}

tg_transformer_encoder tg_transformer_encoder_new_with(const tg_transformer_args *given)
{
    tg_transformer_args args = { TG_TRANSFORMER_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_transformer_encoder_new"))
        return (tg_transformer_encoder){ 0 };

    static const char op[] = "tg_transformer_encoder_new";
    const tg_transformer_encoder none = { .count = 0 };
    tg_transformer_encoder stack = { .count = args.count };
    tg_transformer_layer_args each;
    char name[TG__NN_LONG_NAME];
    if (!options_hold(op, args, false, &each)) return none;
    stack.layers = room_for(op, &args, sizeof *stack.layers);
    if (!stack.layers) return none;
    for (int i = 0; i < args.count; i++) {
        const tg_transformer_layer_args layer = numbered(each, i, name);
        stack.layers[i] = tg_transformer_encoder_layer_new_with(&layer);
    }
    if (args.norm) stack.norm = tg__nn_block_norm(&each, "norm");
    /* An error of a part is reported as one of the stack. */
    tg__nn_retell(args.at, op, args.store);
    return tg_store_status(args.store) == TG_OK ? stack : none;
}

tg_transformer_decoder tg_transformer_decoder_new_with(const tg_transformer_args *given)
{
    tg_transformer_args args = { TG_TRANSFORMER_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_transformer_decoder_new"))
        return (tg_transformer_decoder){ 0 };

    static const char op[] = "tg_transformer_decoder_new";
    const tg_transformer_decoder none = { .count = 0 };
    tg_transformer_decoder stack = { .count = args.count };
    tg_transformer_layer_args each;
    char name[TG__NN_LONG_NAME];
    if (!options_hold(op, args, true, &each)) return none;
    stack.layers = room_for(op, &args, sizeof *stack.layers);
    if (!stack.layers) return none;
    for (int i = 0; i < args.count; i++) {
        const tg_transformer_layer_args layer = numbered(each, i, name);
        stack.layers[i] = tg_transformer_decoder_layer_new_with(&layer);
    }
    if (args.norm) stack.norm = tg__nn_block_norm(&each, "norm");
    /* An error of a part is reported as one of the stack. */
    tg__nn_retell(args.at, op, args.store);
    return tg_store_status(args.store) == TG_OK ? stack : none;
}

/* ---- Applying them ---------------------------------------------------------------------- */

/* Applies the layers one after the other. Their draws have the keys "<the caller's key>.layers.0"
 * and so on; without a caller's key each layer uses its own. */
static tg_tensor *apply_all(const char *op, int count, const tg__nn_block blocks[],
                            const tg_layer_norm *norm, tg__nn_given given)
{
    const tg_site at = given.at;
    const char *const stack_key = given.key;
    if (given.cache && given.cache->count != count)
        return tg_fail(tg_tape_of(given.x), at, TG_ERR_ARGUMENT,
                       "%s: the cache has %d layers, and the stack %d", op, given.cache->count,
                       count);
    for (int i = 0; i < count; i++)
        if (!tg__nn_block_takes(op, &blocks[i], &given)) return NULL;
    for (int i = 0; i < count; i++) {
        given.cache_layer = i;
        char key[TG__NN_LONG_NAME];
        (void)snprintf(key, sizeof key, "%s.layers.%d", stack_key ? stack_key : "", i);
        given.key = stack_key ? key : NULL;
        given.x = tg__nn_block_apply(&blocks[i], &given);
    }
    return norm->weight ? tg_layer_norm_apply(norm, given.x) : given.x;
}

tg_tensor *tg_transformer_encoder_apply_with(const tg_transformer_encoder_apply_args *given)
{
    tg_transformer_encoder_apply_args args = { TG_TRANSFORMER_ENCODER_APPLY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_transformer_encoder_apply", x)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_transformer_encoder_apply", 1,
                      TG__NN_OPERANDS(args.x, args.mask, args.key_mask)))
        return NULL;
    const char *const op = "tg_transformer_encoder_apply";
    if (!args.stack || args.stack->count < 1)
        return tg__nn_no_layer(args.at, op, "make it with tg_transformer_encoder_new",
                               tg_tape_of(args.x));
    const tg_transformer_encoder *stack = args.stack;
    tg__nn_block *blocks = tg_scratch(tg_tape_of(args.x), (size_t)stack->count * sizeof *blocks);
    if (!blocks) return NULL;
    for (int i = 0; i < stack->count; i++) blocks[i] = tg__nn_encoder_block(&stack->layers[i]);
    return apply_all(op, stack->count, blocks, &stack->norm, TG__NN_ENCODER_GIVEN(args));
}

tg_tensor *tg_transformer_decoder_apply_with(const tg_transformer_decoder_apply_args *given)
{
    tg_transformer_decoder_apply_args args = { TG_TRANSFORMER_DECODER_APPLY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_transformer_decoder_apply", x)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_transformer_decoder_apply", 2,
                      TG__NN_OPERANDS(args.x, args.memory, args.mask, args.key_mask,
                                      args.memory_mask, args.memory_key_mask)))
        return NULL;
    const char *const op = "tg_transformer_decoder_apply";
    if (!args.stack || args.stack->count < 1)
        return tg__nn_no_layer(args.at, op, "make it with tg_transformer_decoder_new",
                               tg_tape_of(args.x));
    const tg_transformer_decoder *stack = args.stack;
    tg__nn_block *blocks = tg_scratch(tg_tape_of(args.x), (size_t)stack->count * sizeof *blocks);
    if (!blocks) return NULL;
    for (int i = 0; i < stack->count; i++) blocks[i] = tg__nn_decoder_block(&stack->layers[i]);
    return apply_all(op, stack->count, blocks, &stack->norm,
                     (tg__nn_given){ .at = args.at,
                                     .x = args.x,
                                     .memory = args.memory,
                                     .mask = args.mask,
                                     .key_mask = args.key_mask,
                                     .causal = args.causal,
                                     .memory_mask = args.memory_mask,
                                     .memory_key_mask = args.memory_key_mask,
                                     .time_first = args.time_first,
                                     .training = args.training,
                                     .key = args.key,
                                     .cache = args.cache });
}
