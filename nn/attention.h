/* attention.h: what multi-head attention, transformers' blocks and their stacks share. Private to
 * nn/. */
#ifndef TG_NN_ATTENTION_H
#define TG_NN_ATTENTION_H

#include "layer.h"

/* Room for a layer's name and what stands behind it. */
enum { TG__NN_LONG_NAME = TG__NN_NAME_LENGTH + 128 };

/* Whether the layer, which has weights, takes such operands; else it fails for [op]. */
bool tg__nn_attention_fits(const char *op, tg_multihead_attention_apply_args args);

/* One of a block's sublayers: attention to the block's own input or to the memory, or, without
 * attention, the two linear maps. */
typedef struct tg__nn_sublayer {
    const char *name;
    tg_multihead_attention *attention;
    bool to_memory;
    tg_layer_norm *norm;
} tg__nn_sublayer;

/* An encoder layer or a decoder layer by its parts, which lie in it. */
typedef struct tg__nn_block {
    int count;
    tg__nn_sublayer sublayers[3];
    tg_linear *linear1, *linear2;
    tg_activation activation;
    bool norm_first;
    double dropout;
} tg__nn_block;

tg__nn_block tg__nn_encoder_block(tg_transformer_encoder_layer *layer);
tg__nn_block tg__nn_decoder_block(tg_transformer_decoder_layer *layer);

/* Whether the options hold; else an error of [op] is on the store. */
bool tg__nn_block_options(const char *op, const tg_transformer_layer_args *args);
/* Whether none of the variables of a block of that name, of a decoder or an encoder, is there; else
 * an error of [op] is on the store. */
bool tg__nn_block_free(const char *op, const tg_transformer_layer_args *args, bool decodes);
tg_layer_norm tg__nn_block_norm(const tg_transformer_layer_args *args, const char *field);

/* What a block is applied to; an encoder's has no memory, and the layer is not looked at. */
typedef tg_transformer_decoder_layer_apply_args tg__nn_given;

/* The same of an encoder layer's or an encoder's arguments. */
#define TG__NN_ENCODER_GIVEN(args)                                                                 \
    ((tg__nn_given){ .at = (args).at,                                                              \
                     .x = (args).x,                                                                \
                     .mask = (args).mask,                                                          \
                     .key_mask = (args).key_mask,                                                  \
                     .causal = (args).causal,                                                      \
                     .time_first = (args).time_first,                                              \
                     .training = (args).training,                                                  \
                     .key = (args).key,                                                            \
                     .cache = (args).cache })

/* Whether the block takes that; else it fails for [op]. */
bool tg__nn_block_takes(const char *op, const tg__nn_block *block, const tg__nn_given *given);
tg_tensor *tg__nn_block_apply(const tg__nn_block *block, const tg__nn_given *given);

#endif
