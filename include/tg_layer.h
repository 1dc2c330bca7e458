/* tg_layer.h: linear and bilinear layers, embeddings, dropout.
 *
 * A layer is a struct of variables. You can read them, or share variables between two layers by
 * assigning a field of one to the other. The constructor makes them under "<name>.<field>", named
 * and laid out as in PyTorch; an error sticks to the store and leaves all of them NULL. A NULL
 * operand gives NULL, as with primitives. A residual connection needs no layer: it is tg_add(x,
 * f(x)); a dense one is tg_concat(TG_LIST(x, f(x)), 1). */
#ifndef TG_LAYER_H
#define TG_LAYER_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Linear and bilinear ---------------------------------------------------------------- */

/* y = x . weight^T + bias. */
typedef struct tg_linear {
    tg_var *weight; /* [out, in] */
    tg_var *bias;   /* [out]; NULL without a bias */
} tg_linear;

typedef struct tg_linear_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* the variables are "<name>.weight" and "<name>.bias" */
    int64_t in, out;
    bool no_bias;
    tg_init init;      /* of the weight; default: uniform in +-1/sqrt(in), as in PyTorch */
    tg_init bias_init; /* default: the same */
} tg_linear_args;
#define TG_LINEAR_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_linear_args, bias_init)

/* tg_linear_new(store, "hidden", 784, 256, .init = tg_init_he_normal(0)). A fan of 0 means the
 * layer's own (tg_init.h), here 784. */
TG_API tg_linear tg_linear_new_with(const tg_linear_args *args);
/* x [..., in] gives [..., out]. */
TG_API tg_tensor *tg_linear_apply_at(tg_site at, const tg_linear *layer, tg_tensor *x);

/* y[o] = sum over i and j of a[i] weight[o, i, j] b[j], plus bias[o]. */
typedef struct tg_bilinear {
    tg_var *weight; /* [out, in1, in2] */
    tg_var *bias;   /* [out]; NULL without a bias */
} tg_bilinear;

typedef struct tg_bilinear_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int64_t in1, in2, out;
    bool no_bias;
    tg_init init;      /* of the weight; default: uniform in +-1/sqrt(in1), as in PyTorch */
    tg_init bias_init; /* default: the same */
} tg_bilinear_args;
#define TG_BILINEAR_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_bilinear_args, bias_init)

/* tg_bilinear_new(store, "pair", 20, 30, 40). */
TG_API tg_bilinear tg_bilinear_new_with(const tg_bilinear_args *args);
/* a [..., in1] and b [..., in2], with equal leading axes, give [..., out]. */
TG_API tg_tensor *tg_bilinear_apply_at(tg_site at, const tg_bilinear *layer, tg_tensor *a,
                                       tg_tensor *b);

/* ---- Embedding -------------------------------------------------------------------------- */

/* A table with a row for each symbol. */
typedef struct tg_embedding {
    tg_var *weight;        /* [num, dim] */
    bool padded;           /* there is a row for padding, ... */
    int64_t padding_index; /* ... this one, which gets no gradient */
} tg_embedding;

typedef struct tg_embedding_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* the variable is "<name>.weight" */
    int64_t num, dim;
    int64_t padding_index; /* in [-num, num), a negative one counts from the end; its row is
                              initialised with zeros. Default TG_NO_INDEX: none */
    tg_init init;          /* default: N(0, 1), as in PyTorch */
} tg_embedding_args;
#define TG_EMBEDDING_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_embedding_args, init), .padding_index = TG_NO_INDEX

/* tg_embedding_new(store, "tokens", 65, 128, .padding_index = 0). */
TG_API tg_embedding tg_embedding_new_with(const tg_embedding_args *args);
/* index, i32 or i64, of any shape [...], gives [..., dim]. An index outside [0, num) is an error of
 * the run. The gradient of the padding's row is exactly 0. */
TG_API tg_tensor *tg_embedding_apply_at(tg_site at, const tg_embedding *layer, tg_tensor *index);

/* ---- Dropout ---------------------------------------------------------------------------- */

/* Sets each element to 0 with probability p in [0, 1], and divides the others by 1 - p, which keeps
 * the mean (Srivastava et al. 2014, scaled as in PyTorch). Without [training] it returns x. A
 * dropped element gets a gradient of exactly 0, even if it is infinite. p = 0 gives x, p = 1 zeros.
 * The key is that of a random draw (tg_random.h), such as the layer's name, and may be used once on
 * a tape. Float. */
TG_API tg_tensor *tg_dropout_at(tg_site at, tg_tensor *x, double p, const char *key, bool training);
/* Drops whole channels of x [N, C, ...] of each item (Tompson et al. 2015): PyTorch's Dropout1d,
 * 2d and 3d. */
TG_API tg_tensor *tg_spatial_dropout_at(tg_site at, tg_tensor *x, double p, const char *key,
                                        bool training);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_linear_new(...)                                                                         \
    tg_linear_new_with(&(tg_linear_args){ TG_LINEAR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_bilinear_new(...)                                                                       \
    tg_bilinear_new_with(&(tg_bilinear_args){ TG_BILINEAR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_embedding_new(...)                                                                      \
    tg_embedding_new_with(&(tg_embedding_args){ TG_EMBEDDING_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_linear_apply(...)    tg_linear_apply_at(TG_HERE, __VA_ARGS__)
#define tg_bilinear_apply(...)  tg_bilinear_apply_at(TG_HERE, __VA_ARGS__)
#define tg_embedding_apply(...) tg_embedding_apply_at(TG_HERE, __VA_ARGS__)
#define tg_dropout(...)         tg_dropout_at(TG_HERE, __VA_ARGS__)
#define tg_spatial_dropout(...) tg_spatial_dropout_at(TG_HERE, __VA_ARGS__)
#endif

#endif
