/* tg_generate.h: generating a sequence token by token: a cache of keys and values, and drawing the
 * next token. What tg_nn.h says of layers holds here, too; that header includes this one.
 *
 *     tg_kv_cache cache = tg_kv_cache_new(store, "cache", 4, 128, 4, 256);
 *     tg_tensor *token = tg_input(tape, "token", TG_I32, TG_SHAPE(1, 1));
 *     tg_tensor *place = tg_kv_cache_positions(tape, &cache, 1);
 *     tg_tensor *x = tg_add(tg_embedding_apply(&tokens, token),
 *                           tg_embedding_apply(&places, place));
 *     x = tg_transformer_encoder_apply(&blocks, x, .causal = true, .cache = &cache);
 *     tg_tensor *next = tg_sample(tg_linear_apply(&head, x), "next", .temperature = 0.8);
 *     tg_plan *plan = tg_compile(tape, next);
 *
 * Each run takes one token and gives the next one. Its cost does not depend on the number of tokens
 * before. */
#ifndef TG_GENERATE_H
#define TG_GENERATE_H

#include "tg_tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A cache of keys and values ----------------------------------------------------------- */

/* The keys and values of the tokens so far, for each layer of self-attention. They are states of
 * the store, which plans update in place: a run on T tokens reads and writes each layer's once. */
typedef struct tg_kv_cache {
    int count;               /* layers; 0 after an error */
    int64_t length;          /* the largest number of tokens */
    tg_var **keys, **values; /* of each layer: "<name>.0.keys" [batch, heads, length, width /
                                heads]; the arrays are the store's memory */
    tg_var *position;        /* "<name>.position", i64: the number of tokens in the cache */
} tg_kv_cache;

typedef struct tg_kv_cache_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int count;             /* of layers, at least 1 */
    int64_t width, heads;  /* those of the attention layers */
    int64_t length;        /* tokens, at least 1 */
    int64_t batch;         /* sequences that are generated at once, at least 1; default 1 */
} tg_kv_cache_args;
#define TG_KV_CACHE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_kv_cache_args, batch), .batch = 1

/* tg_kv_cache_new(store, "cache", 4, 128, 4, 256): an empty cache in the store's default dtype. If
 * the store has states of that name with these shapes already, they are used as they are. An error
 * sticks to the store. */
TG_API tg_kv_cache tg_kv_cache_new_with(const tg_kv_cache_args *args);

/* Sets the number of tokens in the cache: 0 begins a new sequence, any other number discards the
 * tokens behind it. TG_ERR_ARGUMENT, which does not stick to the store, for a position outside of
 * [0, length]. */
TG_API tg_status tg_kv_cache_seek(const tg_kv_cache *cache, int64_t position);

/* The positions of the next [count] tokens: position, position + 1, ..., as i64 [count], for an
 * embedding of positions or tg_rotary_positions. A position beyond the length is an error of the
 * run. */
TG_API tg_tensor *tg_kv_cache_positions_at(tg_site at, tg_tape *tape, const tg_kv_cache *cache,
                                           int64_t count);

/* For attention of your own; tg_multihead_attention_apply does it with .cache. Puts keys and values
 * [batch, heads, T, d] behind those in the cache's layer. *keys and *values receive all of them,
 * [batch, heads, length, d]. Returns the mask bool [T, length]: each of the T tokens may attend to
 * those before it and itself. The last layer increases the position by T. NULL on an error. */
TG_API tg_tensor *tg_kv_cache_put_at(tg_site at, const tg_kv_cache *cache, int layer,
                                     tg_tensor **keys, tg_tensor **values);

/* ---- The next token ------------------------------------------------------------------------ */

typedef struct tg_sample_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *logits;  /* [..., classes], float */
    const char *key;    /* of the draw (tg_random.h) */
    double temperature; /* >= 0; the logits are divided by it; 0: the most probable token;
                           default 1 */
    int64_t top_k;      /* >= 1; only that many of the most probable ones (and all that are as
                           probable as the last of them); default TG_AUTO: all */
    double top_p;       /* in (0, 1]; only the most probable ones until their probabilities add
                           up to this (Holtzman et al. 2020); default 1 */
} tg_sample_args;
#define TG_SAMPLE_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_sample_args, top_p), .temperature = 1, .top_k = TG_AUTO,     \
    .top_p = 1

/* tg_sample(logits, "next", .temperature = 0.8, .top_p = 0.95): an index for each row of the last
 * axis, i64 [...], drawn with the probabilities softmax(logits / temperature) of the classes that
 * remain after top_k and then top_p. */
TG_API tg_tensor *tg_sample_with(const tg_sample_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_kv_cache_new(...)                                                                       \
    tg_kv_cache_new_with(&(tg_kv_cache_args){ TG_KV_CACHE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_kv_cache_positions(...) tg_kv_cache_positions_at(TG_HERE, __VA_ARGS__)
#define tg_kv_cache_put(...)       tg_kv_cache_put_at(TG_HERE, __VA_ARGS__)
#define tg_sample(...)                                                                             \
    tg_sample_with(&(tg_sample_args){ TG_SAMPLE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
