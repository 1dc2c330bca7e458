/* chars_models.h: the models that the example "chars" can train: from the symbols so far to what
 * comes next. */
#ifndef EXAMPLES_CHARS_MODELS_H
#define EXAMPLES_CHARS_MODELS_H

#include <tapegrad.h>

typedef struct model_kind {
    const char *name;
    bool recurrent;
    /* What it takes to get near its best: */
    int64_t length, batch, steps;
    double lr;
} model_kind;

/* A recurrent net of one layer, which sees the symbols as unit vectors; or a GPT of four blocks
 * with four heads, which adds a vector for each symbol to one for its place. */
typedef struct model {
    const model_kind *kind;
    int64_t symbols, hidden;
    tg_recurrent net;
    tg_embedding tokens, places;
    tg_transformer_encoder blocks;
    tg_kv_cache cache; /* what the blocks remember while they write */
    tg_linear head;
} model;

/* NULL if there is none of that name. */
const model_kind *find_model(const char *name);
/* For an alphabet of so many symbols; a GPT sees [length] of them at once. */
model model_new(const model_kind *kind, tg_store *store, int64_t symbols, int64_t hidden,
                int64_t length);
/* What the model makes of each place of [text], i32 [rows, length]: [rows, length, hidden]. Of
 * recurrent nets, what they remember of all that came before is [before], and [after] receives
 * what they do then. A GPT that is [writing] goes on behind what is in its cache, one row. The head
 * makes of it the logits of the next symbol. */
tg_tensor *model_features(const model *m, tg_tensor *text, bool writing,
                          const tg_recurrent_state *before, tg_recurrent_state *after);

#endif
