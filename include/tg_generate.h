/* tg_generate.h: writing a sequence token by token: what a decoder remembers of those before, and
 * which token comes next. What tg_nn.h says of layers holds here too; this header is part of it.
 *
 *     tg_kv_cache cache = tg_kv_cache_new(store, "cache", 4, 128, 4, 256);
 *     tg_tensor *token = tg_input(tape, "token", TG_I32, TG_SHAPE(1, 1));
 *     tg_tensor *place = tg_kv_cache_positions(tape, &cache, 1);
 *     tg_tensor *x = tg_add(tg_embedding_apply(&tokens, token), tg_embedding_apply(&places,
 * place));
 *     x = tg_transformer_encoder_apply(&blocks, x, .causal = true, .cache = &cache);
 *     tg_tensor *next = tg_sample(tg_linear_apply(&head, x), "next", .temperature = 0.8);
 *     tg_plan *plan = tg_compile(tape, next);
 *
 * Each run takes one token and gives the next, at the same cost however many came before. */
#ifndef TG_GENERATE_H
#define TG_GENERATE_H

#include "tg_tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A cache of keys and values ----------------------------------------------------------- */

/* What self-attention has made of the tokens so far, layer by layer. All of it are states of the
 * store. Plans update it in place: a run that takes T tokens reads and writes each layer's once. */
typedef struct tg_kv_cache {
    int count;               /* layers; 0 after an error */
    int64_t length;          /* tokens that there is room for */
    tg_var **keys, **values; /* of each layer: "<name>.0.keys" [batch, heads, length, width / heads];
                                memory of the store's */
    tg_var *position;        /* "<name>.position", i64: how many tokens are in it */
} tg_kv_cache;

typedef struct tg_kv_cache_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int count;             /* of layers, at least 1 */
    int64_t width, heads;  /* as those of the layers */
    int64_t length;        /* tokens, at least 1 */
    int64_t batch;         /* sequences that are written side by side, at least 1; default 1 */
} tg_kv_cache_args;
#define TG_KV_CACHE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_kv_cache_args, batch), .batch = 1

/* tg_kv_cache_new(store, "cache", 4, 128, 4, 256): empty, in the store's dtype; what the store has
 * under that name already, of the same shapes, stays. An error sticks to the store. */
TG_API tg_kv_cache tg_kv_cache_new_with(const tg_kv_cache_args *args);

/* Begins anew: at position 0, where nothing of before is seen. Or at another: what lies behind it
 * is forgotten. TG_ERR_ARGUMENT, which nobody is told but the caller, for one outside of [0,
 * length]. */
TG_API tg_status tg_kv_cache_seek(const tg_kv_cache *cache, int64_t position);

/* Where the next [count] tokens stand: position, position + 1, ..., as i64 [count], for an
 * embedding of places or tg_rotary_positions. A run for which there is no room fails. */
TG_API tg_tensor *tg_kv_cache_positions_at(tg_site at, tg_tape *tape, const tg_kv_cache *cache,
                                           int64_t count);

/* In a layer: puts keys and values [batch, heads, T, d] behind those that are in the cache's layer,
 * and gives all of them, *keys and *values [batch, heads, length, d], and which of them each of the
 * T tokens may see, bool [T, length]: those before it and itself. The last layer moves the position
 * on by T. It is what tg_multihead_attention_apply does with .cache, for attention of your own.
 * NULL on an error. */
TG_API tg_tensor *tg_kv_cache_put_at(tg_site at, const tg_kv_cache *cache, int layer,
                                     tg_tensor **keys, tg_tensor **values);

/* ---- The next token ------------------------------------------------------------------------ */

typedef struct tg_sample_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *logits;  /* [..., classes], float */
    const char *key;    /* of the draw (tg_random.h) */
    double temperature; /* >= 0; what the logits are divided by; 0: the likeliest; default 1 */
    int64_t top_k;      /* >= 1; only the so many likeliest (and those as likely as the last of
                           them); default TG_AUTO: all */
    double top_p;       /* in (0, 1]; only the likeliest whose probabilities add up to that, the
                           one that goes beyond it included (Holtzman et al. 2020); default 1 */
} tg_sample_args;
#define TG_SAMPLE_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_sample_args, top_p), .temperature = 1, .top_k = TG_AUTO,     \
    .top_p = 1

/* tg_sample(logits, "next", .temperature = 0.8, .top_p = 0.95): an index for each row of the last
 * axis, i64 [...], drawn with the probabilities softmax(logits / temperature) of those that are
 * left, first by top_k and then by top_p. */
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
