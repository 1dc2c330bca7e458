/* chars_models.h: the models that the example "chars" can train: from a sequence of symbols to the
 * next one. */
#ifndef EXAMPLES_CHARS_MODELS_H
#define EXAMPLES_CHARS_MODELS_H

#include <tapegrad.h>

typedef struct model_kind {
    const char *name;
    bool recurrent;
    /* Values with which it gets near its best result: */
    int64_t length, batch, steps;
    double lr;
} model_kind;

/* A recurrent net of one layer, whose inputs are one-hot vectors; or a GPT of four blocks with four
 * heads, with embeddings of symbols and of positions. */
typedef struct model {
    const model_kind *kind;
    int64_t symbols, hidden;
    tg_recurrent net;
    tg_embedding tokens, places;
    tg_transformer_encoder blocks;
    tg_kv_cache cache; /* keys and values of earlier positions, when generating */
    tg_linear head;
} model;

/* The model of that name; NULL if there is none. */
const model_kind *find_model(const char *name);
/* A model for an alphabet of [symbols]; a GPT sees at most [length] of them. */
model model_new(const model_kind *kind, tg_store *store, int64_t symbols, int64_t hidden,
                int64_t length);
/* The features [rows, length, hidden] of each position of [text], i32 [rows, length]; the head
 * makes logits of the next symbol from them. Of recurrent nets [before] is the state before the
 * text, and [after] receives that behind it. A GPT that generates ([writing], one row) continues
 * behind the positions in its cache. */
tg_tensor *model_features(const model *m, tg_tensor *text, bool writing,
                          const tg_recurrent_state *before, tg_recurrent_state *after);

#endif
