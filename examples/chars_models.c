/* chars_models.c: two recurrent nets and a GPT, for the example "chars". */
#include "chars_models.h"

#include <string.h>

enum { GPT_LAYERS = 4, GPT_HEADS = 4 };
static const double GPT_DEVIATION = 0.02; /* of the embeddings' initial weights */

static const model_kind kinds[] = {
    { "lstm", true, .length = 64, .batch = 32, .steps = 8000, .lr = 4e-3 },
    { "gru", true, .length = 64, .batch = 32, .steps = 8000, .lr = 3e-3 },
    { "gpt", false, .length = 128, .batch = 8, .steps = 8000, .lr = 2e-3 },
};

const model_kind *find_model(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, name)) return &kinds[i];
    return NULL;
}

static void make_net(model *m, tg_store *store)
{
    m->net = strcmp(m->kind->name, "gru")
                 ? tg_lstm_new(store, "net", m->symbols, m->hidden, .batch_first = true)
                 : tg_gru_new(store, "net", m->symbols, m->hidden, .batch_first = true);
    m->head = tg_linear_new(store, "head", m->hidden, m->symbols);
}

static void make_gpt(model *m, tg_store *store, int64_t length)
{
    const tg_init small = tg_init_normal(0, GPT_DEVIATION);
    m->tokens = tg_embedding_new(store, "tokens", m->symbols, m->hidden, .init = small);
    m->places = tg_embedding_new(store, "places", length, m->hidden, .init = small);
    m->blocks = tg_transformer_encoder_new(store, "blocks", GPT_LAYERS, m->hidden, GPT_HEADS,
                                           4 * m->hidden, .dropout = 0, .activation = tg_gelu_at,
                                           .norm_first = true, .norm = true);
    m->cache = tg_kv_cache_new(store, "cache", GPT_LAYERS, m->hidden, GPT_HEADS, length);
    m->head = tg_linear_new(store, "head", m->hidden, m->symbols, .no_bias = true);
}

model model_new(const model_kind *kind, tg_store *store, int64_t symbols, int64_t hidden,
                int64_t length)
{
    model m = { .kind = kind, .symbols = symbols, .hidden = hidden };
    if (kind->recurrent) make_net(&m, store);
    else make_gpt(&m, store, length);
    return m;
}

tg_tensor *model_features(const model *m, tg_tensor *text, bool writing,
                          const tg_recurrent_state *before, tg_recurrent_state *after)
{
    if (m->kind->recurrent) {
        tg_tensor *x = tg_one_hot(text, m->symbols, TG_F32);
        return tg_recurrent_apply(&m->net, x, .state = before, .end = after);
    }
    tg_tape *tape = tg_tape_of(text);
    const int64_t count = tg_dim(text, 1);
    tg_tensor *place =
        writing ? tg_kv_cache_positions(tape, &m->cache, count) : tg_iota(tape, TG_I32, count);
    tg_tensor *x =
        tg_add(tg_embedding_apply(&m->tokens, text), tg_embedding_apply(&m->places, place));
    return tg_transformer_encoder_apply(&m->blocks, x, .causal = true,
                                        .cache = writing ? &m->cache : NULL);
}
