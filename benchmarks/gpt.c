/* gpt.c: a training step of a character model, a GPT of four blocks, next to the bare matrix
 * products of the same step, by the library's own BLAS with the same threads. Nothing can be faster
 * than those. */
#include "common.h"

#include "runtime/blas.h"

#include "autograd/memory.h"

#include <stdlib.h>

enum { LAYERS = 4, WIDTH = 128, HEADS = 4, LENGTH = 128, SYMBOLS = 64, BATCH = 8 };
enum { ROWS = BATCH * LENGTH, HEAD_WIDTH = WIDTH / HEADS };

static const char *const CASE = "gpt 4x128 x 128 b8";
static const double RATE = 1e-6;

/* ---- The step --------------------------------------------------------------------------- */

typedef struct training {
    tg_store *store;
    tg_tape *tape;
    tg_plan *step, *forward;
} training;

/* A text in which each symbol follows from the last. */
static void feed_text(tg_tensor *text, tg_tensor *labels)
{
    int32_t symbols[ROWS], next[ROWS];
    for (int i = 0; i < ROWS; i++) {
        symbols[i] = (i % LENGTH * 7 + i / LENGTH * 5) % SYMBOLS;
        next[i] = (symbols[i] + 7) % SYMBOLS;
    }
    tg_feed(text, symbols, ROWS);
    tg_feed(labels, next, ROWS);
}

static training training_new(int threads)
{
    training t = { .store = tg_store_new(.seed = 1) };
    t.tape = tg_tape_new(t.store);
    const tg_embedding tokens = tg_embedding_new(t.store, "tokens", SYMBOLS, WIDTH);
    const tg_embedding positions = tg_embedding_new(t.store, "positions", LENGTH, WIDTH);
    const tg_transformer_encoder blocks =
        tg_transformer_encoder_new(t.store, "blocks", LAYERS, WIDTH, HEADS, 4 * WIDTH, .dropout = 0,
                                   .activation = tg_gelu, .norm_first = true, .norm = true);
    const tg_linear head = tg_linear_new(t.store, "head", WIDTH, SYMBOLS, .no_bias = true);

    tg_tensor *text = tg_input(t.tape, "text", TG_I32, TG_SHAPE(BATCH, LENGTH));
    tg_tensor *labels = tg_input(t.tape, "labels", TG_I32, TG_SHAPE(BATCH, LENGTH));
    tg_tensor *places = tg_embedding_apply(&positions, tg_iota(t.tape, TG_I32, LENGTH));
    tg_tensor *x = tg_add(tg_embedding_apply(&tokens, text), places);
    x = tg_transformer_encoder_apply(&blocks, x, .causal = true, .training = true);
    tg_tensor *loss = tg_cross_entropy(tg_linear_apply(&head, x), labels);
    t.forward = tg_compile_pure(t.tape, loss, .threads = threads);
    tg_adamw(loss, .lr = RATE);
    t.step = tg_compile(t.tape, loss, .threads = threads);
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

/* So many products y[m,n] = a[m,k] . b[n,k]^T. */
typedef struct product {
    int times;
    int64_t m, n, k;
    float *a, *b, *y, *da, *db;
} product;

static const product shapes[] = {
    { .times = LAYERS, .m = ROWS, .n = 3 * WIDTH, .k = WIDTH }, /* queries, keys and values */
    { .times = LAYERS * BATCH * HEADS, .m = LENGTH, .n = LENGTH, .k = HEAD_WIDTH }, /* scores */
    { .times = LAYERS * BATCH * HEADS, .m = LENGTH, .n = HEAD_WIDTH, .k = LENGTH },
    { .times = LAYERS, .m = ROWS, .n = WIDTH, .k = WIDTH }, /* the heads' results, joined */
    { .times = LAYERS, .m = ROWS, .n = 4 * WIDTH, .k = WIDTH },
    { .times = LAYERS, .m = ROWS, .n = WIDTH, .k = 4 * WIDTH },
    { .times = 1, .m = ROWS, .n = SYMBOLS, .k = WIDTH },
};
enum { PRODUCTS = sizeof shapes / sizeof *shapes };

typedef struct products {
    product each[PRODUCTS];
    tg__pool *pool;
    void *scratch;
} products;

static float *random_floats(int64_t count)
{
    float *data = bench_alloc((size_t)count * sizeof *data);
    bench_fill(data, (size_t)count, -1, 1);
    return data;
}

static products products_new(tg__pool *pool)
{
    products p = { .pool = pool };
    p.scratch = bench_alloc((size_t)tg__pool_threads(pool) * tg__gemm_scratch(TG_F32));
    for (int i = 0; i < PRODUCTS; i++) {
        product *x = &p.each[i];
        *x = shapes[i];
        x->a = random_floats(x->times * x->m * x->k);
        x->b = random_floats(x->times * x->n * x->k);
        x->y = random_floats(x->times * x->m * x->n);
        x->da = random_floats(x->times * x->m * x->k);
        x->db = random_floats(x->times * x->n * x->k);
    }
    return p;
}

static void products_free(products *p)
{
    for (int i = 0; i < PRODUCTS; i++) {
        free(p->each[i].a);
        free(p->each[i].b);
        free(p->each[i].y);
        free(p->each[i].da);
        free(p->each[i].db);
    }
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

static void run_forward_products(void *context)
{
    const products *p = context;
    for (int i = 0; i < PRODUCTS; i++) {
        const product x = p->each[i];
        for (int64_t j = 0; j < x.times; j++)
            tg__gemm(p->pool, TG_F32, x.m, x.n, x.k, rows_of(x.a + j * x.m * x.k, x.k),
                     transposed(x.b + j * x.n * x.k, x.k), x.y + j * x.m * x.n, p->scratch);
    }
}

static void run_products(void *context)
{
    const products *p = context;
    run_forward_products(context);
    for (int i = PRODUCTS - 1; i >= 0; i--) { /* da = dy . b, db = dy^T . a */
        const product x = p->each[i];
        for (int64_t j = 0; j < x.times; j++) {
            const int64_t at_a = j * x.m * x.k, at_b = j * x.n * x.k;
            const float *y = x.y + j * x.m * x.n;
            tg__gemm(p->pool, TG_F32, x.m, x.k, x.n, rows_of(y, x.n), rows_of(x.b + at_b, x.k),
                     x.da + at_a, p->scratch);
            tg__gemm(p->pool, TG_F32, x.n, x.k, x.m, transposed(y, x.n), rows_of(x.a + at_a, x.k),
                     x.db + at_b, p->scratch);
        }
    }
}

/* ---- Results ---------------------------------------------------------------------------- */

static void print_result(const bench_options *options, const char *metric, const char *unit,
                         double value, double limit, const char *limit_is)
{
    bench_print(
        (bench_line){ "gpt", CASE, metric, unit, value, limit, limit_is, options->threads });
}

static void report(const bench_options *options)
{
    tg__pool *pool = tg__pool_new(&tg__default_allocator, options->threads);
    training t = training_new(options->threads);
    products p = products_new(pool);
    bench_contender contenders[] = { { run_step, &t, 0 },
                                     { run_products, &p, 0 },
                                     { run_forward, &t, 0 },
                                     { run_forward_products, &p, 0 } };
    bench_run(options, contenders, 4);
    bench_check(t.tape);

    char by[64];
    snprintf(by, sizeof by, "the bare products, by %s", tg__gemm_name());
    print_result(options, "plan_kernels", "kernels", (double)tg_plan_kernels(t.step), 0, NULL);
    print_result(options, "plan_bytes", "bytes", (double)tg_plan_bytes(t.step), 0, NULL);
    print_result(options, "forward_us", "us", contenders[2].us, contenders[3].us, by);
    print_result(options, "step_us", "us", contenders[0].us, contenders[1].us, by);
    products_free(&p);
    training_free(&t);
    tg__pool_free(pool);
}

int main(int argc, char **argv)
{
    const bench_options options = bench_begin(
        argc, argv,
        "Times training steps of a GPT: 4 layers of width 128 with 4 heads, 128 symbols\n"
        "of 64 at a time, batches of 8, AdamW.");
    tg__gemm_setup();
    if (bench_wants(&options, CASE)) report(&options);
    return bench_end(&options);
}
