/* recurrent.c: a training step of a character model, an LSTM or a GRU under a linear layer, next to
 * the bare matrix products of the same step: those with the inputs and for the gradients of the
 * variables as one for all steps in time, those with the states one after the other. */
#include "training.h"

#include <stdlib.h>

enum { SYMBOLS = 64, HIDDEN = 128, STEPS = 64, BATCH = 32, ROWS = STEPS * BATCH };

typedef struct model {
    tg_recurrent_kind kind;
    int64_t gates; /* rows of its weights */
} model;

/* ---- The step --------------------------------------------------------------------------- */

/* A text in which each symbol follows from the last. */
static void feed_text(tg_tensor *text, tg_tensor *labels)
{
    float *one_hot = bench_alloc(sizeof(float) * ROWS * SYMBOLS);
    int32_t *next = bench_alloc(sizeof(int32_t) * ROWS);
    for (int i = 0; i < ROWS; i++) {
        const int symbol = (i / BATCH * 7 + i % BATCH * 5) % SYMBOLS;
        for (int k = 0; k < SYMBOLS; k++) one_hot[i * SYMBOLS + k] = k == symbol;
        next[i] = (symbol + 7) % SYMBOLS;
    }
    tg_feed(text, one_hot, (size_t)ROWS * SYMBOLS);
    tg_feed(labels, next, ROWS);
    free(one_hot);
    free(next);
}

static tg_tensor *record(training *t)
{
    const model *m = t->of->net;
    tg_tensor *text = training_input(t, "text", TG_F32, TG_SHAPE(STEPS, BATCH, SYMBOLS));
    tg_tensor *labels = training_input(t, "labels", TG_I32, TG_SHAPE(STEPS, BATCH));
    feed_text(text, labels);
    const tg_recurrent net = m->kind == TG_LSTM ? tg_lstm_new(t->store, "net", SYMBOLS, HIDDEN)
                                                : tg_gru_new(t->store, "net", SYMBOLS, HIDDEN);
    const tg_linear out = tg_linear_new(t->store, "out", HIDDEN, SYMBOLS);
    return tg_cross_entropy(tg_linear_apply(&out, tg_recurrent_apply(&net, text)), labels);
}

/* ---- Its products ----------------------------------------------------------------------- */

typedef struct bounds {
    const bench_products *products;
    int64_t gates;
    float *x, *a, *h, *logits; /* a row for each step and sequence; [a] are the gates' */
    float *da, *dh, *d_logits; /* and their gradients */
    float *w_ih, *w_hh, *w_out;
    float *dw_ih, *dw_hh, *dw_out;
} bounds;

static void run_forward(void *context)
{
    const bounds *b = context;
    const bench_products *p = b->products;
    const int64_t gates = b->gates, part = BATCH * HIDDEN, wide = BATCH * gates;
    bench_linear(p, ROWS, gates, SYMBOLS, b->x, b->w_ih, b->a);
    for (int t = 0; t < STEPS; t++)
        bench_linear(p, BATCH, gates, HIDDEN, b->h + t * part, b->w_hh, b->a + t * wide);
    bench_linear(p, ROWS, SYMBOLS, HIDDEN, b->h, b->w_out, b->logits);
}

static void run_both(void *context)
{
    const bounds *b = context;
    const bench_products *p = b->products;
    const int64_t gates = b->gates, part = BATCH * HIDDEN, wide = BATCH * gates;
    run_forward(context);
    bench_linear_by_input(p, ROWS, SYMBOLS, HIDDEN, b->d_logits, b->w_out, b->dh);
    bench_linear_by_weight(p, ROWS, SYMBOLS, HIDDEN, b->d_logits, b->h, b->dw_out);
    for (int t = STEPS - 1; t >= 0; t--)
        bench_linear_by_input(p, BATCH, gates, HIDDEN, b->da + t * wide, b->w_hh, b->dh + t * part);
    bench_linear_by_weight(p, ROWS, gates, HIDDEN, b->da, b->h, b->dw_hh);
    bench_linear_by_weight(p, ROWS, gates, SYMBOLS, b->da, b->x, b->dw_ih);
}

static void limit(const training *t, training_limits *limits)
{
    const int64_t gates = ((const model *)t->of->net)->gates;
    bench_products *p = &limits->products;
    bounds *b = bench_hold(p, sizeof *b);
    *b = (bounds){
        .products = p,
        .gates = gates,
        .x = bench_operand(p, ROWS * SYMBOLS),
        .a = bench_operand(p, ROWS * gates),
        .h = bench_operand(p, ROWS * HIDDEN),
        .logits = bench_operand(p, ROWS * SYMBOLS),
        .da = bench_operand(p, ROWS * gates),
        .dh = bench_operand(p, ROWS * HIDDEN),
        .d_logits = bench_operand(p, ROWS * SYMBOLS),
        .w_ih = bench_operand(p, gates * SYMBOLS),
        .w_hh = bench_operand(p, gates * HIDDEN),
        .w_out = bench_operand(p, SYMBOLS * HIDDEN),
        .dw_ih = bench_operand(p, gates * SYMBOLS),
        .dw_hh = bench_operand(p, gates * HIDDEN),
        .dw_out = bench_operand(p, SYMBOLS * HIDDEN),
    };
    limits->context = b;
    limits->forward = run_forward;
    limits->step = run_both;
}

int main(int argc, char **argv)
{
    static const model lstm = { TG_LSTM, 4 * HIDDEN }, gru = { TG_GRU, 3 * HIDDEN };
    static const training_case cases[] = {
        { "lstm 64-128-64 x 64 b32", &lstm, TRAINING_ADAM, record, limit },
        { "gru 64-128-64 x 64 b32", &gru, TRAINING_ADAM, record, limit },
    };
    static const training_program program = {
        "recurrent",
        "Times training steps of character models: 64 symbols, one-hot, an LSTM or a\n"
        "GRU of 128 units over 64 steps of 32 sequences, a linear layer, softmax\n"
        "cross-entropy at each step, Adam.",
        sizeof cases / sizeof *cases,
        cases,
    };
    return training_main(argc, argv, &program);
}
