/* recurrent.c: a training step of a character model, an LSTM or a GRU under a linear layer, next to
 * the bare matrix products of the same step, by the library's own BLAS with the same threads: those
 * with the inputs and for the gradients of the variables as one for all steps in time, those with
 * the states one after the other. Nothing can be faster than they are. */
#include "common.h"

#include "runtime/blas.h"

#include "autograd/memory.h"

#include <stdlib.h>

enum { SYMBOLS = 64, HIDDEN = 128, STEPS = 64, BATCH = 32, ROWS = STEPS * BATCH };
static const double RATE = 1e-6;

typedef struct model {
    const char *name;
    tg_recurrent_kind kind;
    int64_t gates; /* rows of its weights */
} model;

static const model models[] = {
    { "lstm 64-128-64 x 64 b32", TG_LSTM, 4 * HIDDEN },
    { "gru 64-128-64 x 64 b32", TG_GRU, 3 * HIDDEN },
};
enum { MODELS = sizeof models / sizeof *models };

/* ---- The step --------------------------------------------------------------------------- */

typedef struct training {
    tg_store *store;
    tg_tape *tape;
    tg_plan *step, *forward;
} training;

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

static training training_new(const model *m, int threads)
{
    training t = { .store = tg_store_new(.seed = 1) };
    t.tape = tg_tape_new(t.store);
    tg_tensor *text = tg_input(t.tape, "text", TG_F32, TG_SHAPE(STEPS, BATCH, SYMBOLS));
    tg_tensor *labels = tg_input(t.tape, "labels", TG_I32, TG_SHAPE(STEPS, BATCH));
    const tg_recurrent net = m->kind == TG_LSTM ? tg_lstm_new(t.store, "net", SYMBOLS, HIDDEN)
                                                : tg_gru_new(t.store, "net", SYMBOLS, HIDDEN);
    const tg_linear out = tg_linear_new(t.store, "out", HIDDEN, SYMBOLS);
    tg_tensor *hidden = tg_recurrent_apply(&net, text);
    tg_tensor *loss = tg_cross_entropy(tg_linear_apply(&out, hidden), labels);
    tg_adam(loss, .lr = RATE);
    t.step = tg_compile(t.tape, loss, .threads = threads);
    t.forward = tg_compile_pure(t.tape, loss, .threads = threads);
    bench_check(t.tape);
    feed_text(text, labels);
    return t;
}

static void training_free(training *t)
{
    tg_plan_free(t->forward);
    tg_plan_free(t->step);
    tg_tape_free(t->tape);
    tg_store_free(t->store);
}

static void run_step(void *context) { tg_run(((training *)context)->step); }
static void run_forward(void *context) { tg_run(((training *)context)->forward); }

/* ---- Its products ----------------------------------------------------------------------- */

typedef struct products {
    const model *m;
    tg__pool *pool;
    void *scratch;
    float *x, *gates, *h, *logits; /* a row for each step and sequence, and their gradients */
    float *d_gates, *d_h, *d_logits;
    float *w_ih, *w_hh, *w_out;
    float *d_w_ih, *d_w_hh, *d_w_out;
} products;

static float *random_floats(int64_t count)
{
    float *data = bench_alloc((size_t)count * sizeof *data);
    bench_fill(data, (size_t)count, -1, 1);
    return data;
}

static products products_new(const model *m, tg__pool *pool)
{
    products p = { .m = m, .pool = pool };
    p.scratch = bench_alloc((size_t)tg__pool_threads(pool) * tg__gemm_scratch(TG_F32));
    p.x = random_floats(ROWS * SYMBOLS);
    p.gates = random_floats(ROWS * m->gates);
    p.h = random_floats(ROWS * HIDDEN);
    p.logits = random_floats(ROWS * SYMBOLS);
    p.d_gates = random_floats(ROWS * m->gates);
    p.d_h = random_floats(ROWS * HIDDEN);
    p.d_logits = random_floats(ROWS * SYMBOLS);
    p.w_ih = random_floats(m->gates * SYMBOLS);
    p.w_hh = random_floats(m->gates * HIDDEN);
    p.w_out = random_floats(SYMBOLS * HIDDEN);
    p.d_w_ih = random_floats(m->gates * SYMBOLS);
    p.d_w_hh = random_floats(m->gates * HIDDEN);
    p.d_w_out = random_floats(SYMBOLS * HIDDEN);
    return p;
}

static void products_free(products *p)
{
    float *const all[] = { p->x,      p->gates,    p->h,      p->logits, p->d_gates,
                           p->d_h,    p->d_logits, p->w_ih,   p->w_hh,   p->w_out,
                           p->d_w_ih, p->d_w_hh,   p->d_w_out };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    free(p->scratch);
}

static tg__matrix rows_of(const float *data, int64_t columns)
{
    return (tg__matrix){ .data = data, .row = columns, .column = 1 };
}
static tg__matrix transposed(const float *data, int64_t columns)
{
    return (tg__matrix){ .data = data, .row = 1, .column = columns };
}

/* to [m, n] = a [m, k] . b^T, with b [n, k]. */
static void forth(const products *p, int64_t m, const float *a, const float *b, int64_t n,
                  int64_t k, float *to)
{
    tg__gemm(p->pool, TG_F32, m, n, k, rows_of(a, k), transposed(b, k), to, p->scratch);
}

/* to [m, k] = a [m, n] . b, with b [n, k]. */
static void back(const products *p, int64_t m, const float *a, const float *b, int64_t n, int64_t k,
                 float *to)
{
    tg__gemm(p->pool, TG_F32, m, k, n, rows_of(a, n), rows_of(b, k), to, p->scratch);
}

/* to [n, k] = a^T . b, with a [ROWS, n], b [ROWS, k]. */
static void across(const products *p, const float *a, const float *b, int64_t n, int64_t k,
                   float *to)
{
    tg__gemm(p->pool, TG_F32, n, k, ROWS, transposed(a, n), rows_of(b, k), to, p->scratch);
}

static void run_products(void *context)
{
    const products *p = context;
    const int64_t gates = p->m->gates, part = BATCH * HIDDEN, wide = BATCH * gates;
    forth(p, ROWS, p->x, p->w_ih, gates, SYMBOLS, p->gates);
    for (int t = 0; t < STEPS; t++)
        forth(p, BATCH, p->h + t * part, p->w_hh, gates, HIDDEN, p->gates + t * wide);
    forth(p, ROWS, p->h, p->w_out, SYMBOLS, HIDDEN, p->logits);
    back(p, ROWS, p->d_logits, p->w_out, SYMBOLS, HIDDEN, p->d_h);
    across(p, p->d_logits, p->h, SYMBOLS, HIDDEN, p->d_w_out);
    for (int t = STEPS - 1; t >= 0; t--)
        back(p, BATCH, p->d_gates + t * wide, p->w_hh, gates, HIDDEN, p->d_h + t * part);
    across(p, p->d_gates, p->h, gates, HIDDEN, p->d_w_hh);
    across(p, p->d_gates, p->x, gates, SYMBOLS, p->d_w_ih);
}

/* ---- Results ---------------------------------------------------------------------------- */

static void print_result(const bench_options *options, const model *m, const char *metric,
                         const char *unit, double value, double limit, const char *limit_is)
{
    bench_print((bench_line){ "recurrent", m->name, metric, unit, value, limit, limit_is,
                              options->threads });
}

static void report(const bench_options *options, const model *m)
{
    tg__pool *pool = tg__pool_new(&tg__default_allocator, options->threads);
    training t = training_new(m, options->threads);
    products p = products_new(m, pool);
    bench_contender contenders[] = { { run_step, &t, 0 },
                                     { run_forward, &t, 0 },
                                     { run_products, &p, 0 } };
    bench_run(options, contenders, 3);
    bench_check(t.tape);
    char by[64];
    (void)snprintf(by, sizeof by, "the bare products, by %s", tg__gemm_name());
    print_result(options, m, "step_us", "us", contenders[0].us, contenders[2].us, by);
    print_result(options, m, "forward_us", "us", contenders[1].us, 0, NULL);
    print_result(options, m, "plan_kernels", "kernels", (double)tg_plan_kernels(t.step), 0, NULL);
    print_result(options, m, "plan_bytes", "bytes", (double)tg_plan_bytes(t.step), 0, NULL);
    products_free(&p);
    training_free(&t);
    tg__pool_free(pool);
}

int main(int argc, char **argv)
{
    const bench_options options =
        bench_begin(argc, argv,
                    "Times training steps of character models: 64 symbols, one-hot, an LSTM or a\n"
                    "GRU of 128 units over 64 steps of 32 sequences, a linear layer, softmax\n"
                    "cross-entropy at each step, Adam.");
    tg__gemm_setup();
    for (int i = 0; i < MODELS; i++) {
        if (bench_wants(&options, models[i].name)) report(&options, &models[i]);
    }
    return bench_end(&options);
}
