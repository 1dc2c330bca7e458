/* attention.h: what multi-head attention, the transformers' blocks and the encoders and decoders
 * share. Private to nn/. */
#ifndef TG_NN_ATTENTION_H
#define TG_NN_ATTENTION_H

#include "layer.h"

/* Room for a layer's name and for what is appended to it. */
enum { TG__NN_LONG_NAME = TG__NN_NAME_LENGTH + 128 };

/* True if the layer has weights and the operands fit it; else an error of [op] is on the tape. */
bool tg__nn_attention_fits(const char *op, tg_multihead_attention_apply_args args);

/* One sublayer of a block. With attention: self-attention, or attention to the memory. Without: the
 * two linear layers of the feedforward net. */
typedef struct tg__nn_sublayer {
    const char *name;
    tg_multihead_attention *attention;
    bool to_memory;
    tg_layer_norm *norm;
} tg__nn_sublayer;

/* An encoder layer or a decoder layer as a list of its sublayers, which point into the layer. */
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

/* True if the options are valid; else an error of [op] is on the store. */
bool tg__nn_block_options(const char *op, const tg_transformer_layer_args *args);
/* True if no variable of a block of that name (a decoder or an encoder) exists yet; else an error
 * of [op] is on the store. */
bool tg__nn_block_free(const char *op, const tg_transformer_layer_args *args, bool decodes);
tg_layer_norm tg__nn_block_norm(const tg_transformer_layer_args *args, const char *field);

/* The operands and options of a block. An encoder has no memory. The member .layer is not used. */
typedef tg_transformer_decoder_layer_apply_args tg__nn_given;

/* Converts the arguments of an encoder layer or of an encoder to it. */
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

/* True if the operands fit the block; else an error of [op] is on the tape. */
bool tg__nn_block_takes(const char *op, const tg__nn_block *block, const tg__nn_given *given);
tg_tensor *tg__nn_block_apply(const tg__nn_block *block, const tg__nn_given *given);

#endif
