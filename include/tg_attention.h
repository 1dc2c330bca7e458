/* tg_attention.h: attention, and transformers. What tg_nn.h says of layers holds here, too; that
 * header includes this one. */
#ifndef TG_ATTENTION_H
#define TG_ATTENTION_H

#include "tg_generate.h"
#include "tg_layer.h"
#include "tg_normalization.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Scaled-dot-product attention ------------------------------------------------------- */

typedef struct tg_attention_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *q;    /* queries [..., T, d]; float */
    tg_tensor *k;    /* keys [..., S, d] */
    tg_tensor *v;    /* values [..., S, e]; leading axes broadcast */
    tg_tensor *mask; /* bool, broadcast to [..., T, S]: true where a query may attend to a key;
                        default: everywhere */
    bool causal;     /* query t attends to the keys 0..t alone */
    double scale;    /* of the scores; default TG_AUTO: 1 / sqrt(d) */
    double dropout;  /* the share of weights that is dropped in training, in [0, 1]; default 0 */
    const char *key; /* of dropout's draw, as in tg_random.h */
    bool training;   /* default: nothing is dropped */
    bool lower_right;    /* with .causal: query t attends to the keys 0..t + S - T, so the last
                            one attends to all of them; default: query 0 attends to key 0 alone */
    tg_tensor **weights; /* receives the weights, [..., T, S], before dropout; default: not
                            recorded */
} tg_attention_args;
#define TG_ATTENTION_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_attention_args, weights), .scale = TG_AUTO

/* tg_attention(q, k, v, .causal = true): softmax(scale q . k^T) . v, of [..., T, e] (Vaswani et
 * al., "Attention is all you need", 2017); PyTorch's scaled_dot_product_attention. Keys that a mask
 * hides have no influence: their weights and gradients are exactly 0 (if keys and values are
 * finite: 0 times NaN is NaN). A query that may attend to no key, because of its mask or because S
 * is 0, gives 0, with a gradient of 0.
 *
 * The .weights are softmax(scale q . k^T), with rows of 0 for such a query; they are NULL on an
 * error. */
TG_API tg_tensor *tg_attention_with(const tg_attention_args *args);

/* ---- Multi-head attention --------------------------------------------------------------- */

/* Attention with [heads] heads, each on its own part of the width, between linear layers for
 * queries, keys and values and one for the output; PyTorch's MultiheadAttention, with its names and
 * layouts. */
typedef struct tg_multihead_attention {
    tg_var *in_proj_weight; /* [3 width, width]: for queries, keys and values */
    tg_var *in_proj_bias;   /* [3 width]; NULL without biases */
    tg_linear out_proj;     /* [width, width] and [width] */
    int64_t heads;
    double dropout; /* the share of attention weights that is dropped in training */
} tg_multihead_attention;

typedef struct tg_multihead_attention_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;     /* the variables are "<name>.in_proj_weight" and so on */
    int64_t width, heads; /* the width is a multiple of the heads */
    double dropout;       /* in [0, 1]; default 0 */
    bool no_bias;
} tg_multihead_attention_args;
#define TG_MULTIHEAD_ATTENTION_DEFAULTS                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_multihead_attention_args, no_bias)

/* tg_multihead_attention_new(store, "attention", 128, 4). Initialised as in PyTorch: in_proj_weight
 * Glorot uniform, out_proj.weight uniform in +-1/sqrt(width), biases 0. An error sticks to the
 * store and leaves all variables NULL. */
TG_API tg_multihead_attention
tg_multihead_attention_new_with(const tg_multihead_attention_args *args);

typedef struct tg_multihead_attention_apply_args {
    size_t struct_size;
    tg_site at;
    const tg_multihead_attention *layer;
    tg_tensor *query;    /* [N, T, width], or [T, width] */
    tg_tensor *source;   /* keys are computed from it: [N, S, width], or [S, width]; default:
                            query */
    tg_tensor *values;   /* values are computed from it, in source's shape; default: source */
    tg_tensor *mask;     /* bool, [T, S] or [N, T, S]: true where a query may attend */
    tg_tensor *key_mask; /* bool, [N, S] (or [S]): true for a key, false for padding. (PyTorch's
                            masks of this layer are the opposite.) */
    bool causal;         /* query t attends to the keys 0..t alone */
    bool time_first;     /* [T, N, width] and [S, N, width]; PyTorch's batch_first=False */
    bool training;       /* with dropout */
    const char *key;     /* of dropout's draws; default: the layer's name. Give keys if a layer
                            is applied twice on a tape. */
    const tg_kv_cache *cache; /* the tokens follow those in the cache (tg_generate.h) and attend
                                 to them, too: self-attention, causal, without masks; default:
                                 none */
    int cache_layer;          /* the layer's number in the cache, in the order of the model;
                                 default 0 */
    bool lower_right;         /* as for tg_attention */
    tg_tensor **weights;      /* receives each head's weights, [N, heads, T, S], as tg_attention
                                 gives them; default: not recorded. (PyTorch returns their mean
                                 over the heads.) */
} tg_multihead_attention_apply_args;
#define TG_MULTIHEAD_ATTENTION_APPLY_DEFAULTS                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_multihead_attention_apply_args, weights)

/* tg_multihead_attention_apply(&layer, x, .causal = true): self-attention, with one product for
 * queries, keys and values; tg_multihead_attention_apply(&layer, x, memory): cross-attention. The
 * result has the query's shape. */
TG_API tg_tensor *tg_multihead_attention_apply_with(const tg_multihead_attention_apply_args *args);

/* ---- Transformer blocks ----------------------------------------------------------------- */

/* An activation as a value: tg_relu_at, tg_gelu_at, or a function like them. */
typedef tg_tensor *(*tg_activation)(tg_site at, tg_tensor *x);

/* Self-attention, and a feedforward net of two linear layers, each with a residual connection and a
 * layer norm; PyTorch's TransformerEncoderLayer. Applied with .causal, it is a block of a GPT. */
typedef struct tg_transformer_encoder_layer {
    tg_multihead_attention self_attn;
    tg_linear linear1; /* [feedforward, width] */
    tg_linear linear2; /* [width, feedforward] */
    tg_layer_norm norm1, norm2;
    tg_activation activation;
    bool norm_first;
    double dropout;
} tg_transformer_encoder_layer;

/* The same with cross-attention to a memory between the two; PyTorch's TransformerDecoderLayer. */
typedef struct tg_transformer_decoder_layer {
    tg_multihead_attention self_attn, multihead_attn;
    tg_linear linear1, linear2;
    tg_layer_norm norm1, norm2, norm3;
    tg_activation activation;
    bool norm_first;
    double dropout;
} tg_transformer_decoder_layer;

typedef struct tg_transformer_layer_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;         /* the variables are "<name>.self_attn.in_proj_weight" and so on */
    int64_t width, heads;     /* the width is a multiple of the heads */
    int64_t feedforward;      /* the width between the two linear layers; default 2048, as in
                                 PyTorch */
    double dropout;           /* of attention weights, behind the activation and behind each
                                 sublayer, when training; in [0, 1]; default 0.1 */
    tg_activation activation; /* default tg_relu */
    bool norm_first;          /* x + f(norm(x)); default: norm(x + f(x)) */
    double eps;               /* of the layer norms; default 1e-5 */
} tg_transformer_layer_args;
#define TG_TRANSFORMER_LAYER_DEFAULTS                                                              \
    .struct_size = TG_OPTIONS_SIZE(tg_transformer_layer_args, eps), .feedforward = 2048,           \
    .dropout = 0.1, .activation = tg_relu_at, .eps = 1e-5

/* tg_transformer_encoder_layer_new(store, "layers.0", 128, 4, 512, .activation = tg_gelu_at,
 * .norm_first = true). An error sticks to the store and leaves all variables NULL. */
TG_API tg_transformer_encoder_layer
tg_transformer_encoder_layer_new_with(const tg_transformer_layer_args *args);
TG_API tg_transformer_decoder_layer
tg_transformer_decoder_layer_new_with(const tg_transformer_layer_args *args);

typedef struct tg_transformer_encoder_layer_apply_args {
    size_t struct_size;
    tg_site at;
    const tg_transformer_encoder_layer *layer;
    tg_tensor *x; /* [N, T, width], or [T, width] */
    /* As in tg_multihead_attention_apply. */
    tg_tensor *mask, *key_mask;
    bool causal, time_first, training;
    const char *key;
    const tg_kv_cache *cache; /* as in tg_multihead_attention_apply; default: none */
    int cache_layer;
} tg_transformer_encoder_layer_apply_args;
#define TG_TRANSFORMER_ENCODER_LAYER_APPLY_DEFAULTS                                                \
    .struct_size = TG_OPTIONS_SIZE(tg_transformer_encoder_layer_apply_args, cache_layer)

/* tg_transformer_encoder_layer_apply(&layer, x, .causal = true); the result has x's shape. */
TG_API tg_tensor *
tg_transformer_encoder_layer_apply_with(const tg_transformer_encoder_layer_apply_args *args);

typedef struct tg_transformer_decoder_layer_apply_args {
    size_t struct_size;
    tg_site at;
    const tg_transformer_decoder_layer *layer;
    tg_tensor *x;      /* [N, T, width], or [T, width] */
    tg_tensor *memory; /* the encoder's output: [N, S, width], or [S, width] */
    /* Of self-attention, as in tg_multihead_attention_apply. */
    tg_tensor *mask, *key_mask;
    bool causal;
    tg_tensor *memory_mask, *memory_key_mask; /* the same of the memory */
    bool time_first, training;
    const char *key;
    const tg_kv_cache *cache; /* of self-attention; default: none */
    int cache_layer;
} tg_transformer_decoder_layer_apply_args;
#define TG_TRANSFORMER_DECODER_LAYER_APPLY_DEFAULTS                                                \
    .struct_size = TG_OPTIONS_SIZE(tg_transformer_decoder_layer_apply_args, cache_layer)

/* tg_transformer_decoder_layer_apply(&layer, x, memory, .causal = true); the result has x's
 * shape. */
TG_API tg_tensor *
tg_transformer_decoder_layer_apply_with(const tg_transformer_decoder_layer_apply_args *args);

/* ---- Stacks of blocks ------------------------------------------------------------------- */

/* PyTorch's TransformerEncoder: the variables are "<name>.layers.0.self_attn.in_proj_weight" and
 * so on, and "<name>.norm.weight". */
typedef struct tg_transformer_encoder {
    int count;                            /* 0 after an error, */
    tg_transformer_encoder_layer *layers; /* and this NULL; in the store's memory */
    tg_layer_norm norm; /* behind the last; its variables are NULL without .norm */
} tg_transformer_encoder;

/* The same of decoder layers; PyTorch's TransformerDecoder. */
typedef struct tg_transformer_decoder {
    int count;
    tg_transformer_decoder_layer *layers;
    tg_layer_norm norm;
} tg_transformer_decoder;

typedef struct tg_transformer_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int count; /* of layers, at least 1 */
    /* As in tg_transformer_encoder_layer_new. */
    int64_t width, heads, feedforward;
    double dropout;
    tg_activation activation;
    bool norm_first;
    double eps;
    bool norm; /* a layer norm behind the last, as is usual with .norm_first */
} tg_transformer_args;
#define TG_TRANSFORMER_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_transformer_args, norm), .feedforward = 2048,                \
    .dropout = 0.1, .activation = tg_relu_at, .eps = 1e-5

/* tg_transformer_encoder_new(store, "encoder", 4, 128, 4, 512, .norm_first = true, .norm = true).
 * An error sticks to the store and leaves a count of 0. */
TG_API tg_transformer_encoder tg_transformer_encoder_new_with(const tg_transformer_args *args);
TG_API tg_transformer_decoder tg_transformer_decoder_new_with(const tg_transformer_args *args);

typedef struct tg_transformer_encoder_apply_args {
    size_t struct_size;
    tg_site at;
    const tg_transformer_encoder *stack;
    tg_tensor *x; /* and the rest as in tg_transformer_encoder_layer_apply, for every layer */
    tg_tensor *mask, *key_mask;
    bool causal, time_first, training;
    const char *key;
    const tg_kv_cache *cache; /* layer i of the stack is number i in it; default: none */
} tg_transformer_encoder_apply_args;
#define TG_TRANSFORMER_ENCODER_APPLY_DEFAULTS                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_transformer_encoder_apply_args, cache)

/* tg_transformer_encoder_apply(&encoder, x, .key_mask = there); the result has x's shape. */
TG_API tg_tensor *tg_transformer_encoder_apply_with(const tg_transformer_encoder_apply_args *args);

typedef struct tg_transformer_decoder_apply_args {
    size_t struct_size;
    tg_site at;
    const tg_transformer_decoder *stack;
    tg_tensor *x, *memory; /* and the rest as in tg_transformer_decoder_layer_apply */
    tg_tensor *mask, *key_mask;
    bool causal;
    tg_tensor *memory_mask, *memory_key_mask;
    bool time_first, training;
    const char *key;
    const tg_kv_cache *cache; /* of self-attention: layer i is number i in it; default: none */
} tg_transformer_decoder_apply_args;
#define TG_TRANSFORMER_DECODER_APPLY_DEFAULTS                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_transformer_decoder_apply_args, cache)

/* tg_transformer_decoder_apply(&decoder, x, memory, .causal = true, .memory_key_mask = there); the
 * result has x's shape. */
TG_API tg_tensor *tg_transformer_decoder_apply_with(const tg_transformer_decoder_apply_args *args);

/* ---- Positions -------------------------------------------------------------------------- */

/* Sinusoidal encodings of positions, [length, width], to be added to embeddings: sin(t / 10000^(2i
 * / width)) in column 2i and the cosine of the same angle in column 2i + 1 (Vaswani et al. 2017). A
 * constant; float, dtype 0 means the store's. (For learned positions use a tg_embedding.) */
TG_API tg_tensor *tg_sinusoidal_positions_at(tg_site at, tg_tape *tape, tg_dtype dtype,
                                             int64_t length, int64_t width);

typedef struct tg_rotary_positions_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;         /* queries or keys [..., T, d], of all heads; float, d even, of a rank
                             below TG_MAX_RANK */
    int64_t offset;       /* the position of row 0, such as the number of keys in a cache;
                             default 0 */
    tg_tensor *positions; /* i32 or i64, broadcast to [..., T]: row t has the position
                             positions[t] + offset, for positions that are data of the run;
                             default: t + offset */
    double base;          /* above 0; default 10000 */
    bool halves;          /* pairs (i, i + d / 2), as in GPT-NeoX; default: (2i, 2i + 1), as in
                             the paper */
} tg_rotary_positions_args;
#define TG_ROTARY_POSITIONS_DEFAULTS                                                               \
    .struct_size = TG_OPTIONS_SIZE(tg_rotary_positions_args, halves), .base = 10000

/* tg_rotary_positions(queries), tg_rotary_positions(keys): rotary position embedding (Su et al.,
 * "RoFormer", 2021). In the row at position p, pair i of the columns is rotated by the angle p /
 * base^(2i / d): (a, b) becomes (a cos - b sin, a sin + b cos). So rows keep their norms, and q . k
 * depends on the difference of the positions only. Angles are computed in f64. */
TG_API tg_tensor *tg_rotary_positions_with(const tg_rotary_positions_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_attention(...)                                                                          \
    tg_attention_with(&(tg_attention_args){ TG_ATTENTION_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_multihead_attention_new(...)                                                            \
    tg_multihead_attention_new_with(&(tg_multihead_attention_args){                                \
        TG_MULTIHEAD_ATTENTION_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_multihead_attention_apply(...)                                                          \
    tg_multihead_attention_apply_with(&(tg_multihead_attention_apply_args){                        \
        TG_MULTIHEAD_ATTENTION_APPLY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_transformer_encoder_layer_new(...)                                                      \
    tg_transformer_encoder_layer_new_with(                                                         \
        &(tg_transformer_layer_args){ TG_TRANSFORMER_LAYER_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_transformer_decoder_layer_new(...)                                                      \
    tg_transformer_decoder_layer_new_with(                                                         \
        &(tg_transformer_layer_args){ TG_TRANSFORMER_LAYER_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_transformer_encoder_layer_apply(...)                                                    \
    tg_transformer_encoder_layer_apply_with(&(tg_transformer_encoder_layer_apply_args){            \
        TG_TRANSFORMER_ENCODER_LAYER_APPLY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_transformer_decoder_layer_apply(...)                                                    \
    tg_transformer_decoder_layer_apply_with(&(tg_transformer_decoder_layer_apply_args){            \
        TG_TRANSFORMER_DECODER_LAYER_APPLY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_transformer_encoder_new(...)                                                            \
    tg_transformer_encoder_new_with(                                                               \
        &(tg_transformer_args){ TG_TRANSFORMER_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_transformer_decoder_new(...)                                                            \
    tg_transformer_decoder_new_with(                                                               \
        &(tg_transformer_args){ TG_TRANSFORMER_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_transformer_encoder_apply(...)                                                          \
    tg_transformer_encoder_apply_with(&(tg_transformer_encoder_apply_args){                        \
        TG_TRANSFORMER_ENCODER_APPLY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_transformer_decoder_apply(...)                                                          \
    tg_transformer_decoder_apply_with(&(tg_transformer_decoder_apply_args){                        \
        TG_TRANSFORMER_DECODER_APPLY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_rotary_positions(...)                                                                   \
    tg_rotary_positions_with(                                                                      \
        &(tg_rotary_positions_args){ TG_ROTARY_POSITIONS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_sinusoidal_positions(...) tg_sinusoidal_positions_at(TG_HERE, __VA_ARGS__)
#endif

#endif
