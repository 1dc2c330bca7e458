/* gpt.c: a training step of a character model, a GPT of four blocks, next to the bare matrix
 * products of the same step. */
#include "training.h"

enum { LAYERS = 4, WIDTH = 128, HEADS = 4, LENGTH = 128, SYMBOLS = 64, BATCH = 8 };
enum { ROWS = BATCH * LENGTH, HEAD_WIDTH = WIDTH / HEADS };

/* ---- The step --------------------------------------------------------------------------- */

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

static tg_tensor *record(training *t)
{
    const tg_embedding tokens = tg_embedding_new(t->store, "tokens", SYMBOLS, WIDTH);
    const tg_embedding positions = tg_embedding_new(t->store, "positions", LENGTH, WIDTH);
    const tg_transformer_encoder blocks = tg_transformer_encoder_new(
        t->store, "blocks", LAYERS, WIDTH, HEADS, 4 * WIDTH, .dropout = 0, .activation = tg_gelu_at,
        .norm_first = true, .norm = true);
    const tg_linear head = tg_linear_new(t->store, "head", WIDTH, SYMBOLS, .no_bias = true);

    tg_tensor *text = training_input(t, "text", TG_I32, TG_SHAPE(BATCH, LENGTH));
    tg_tensor *labels = training_input(t, "labels", TG_I32, TG_SHAPE(BATCH, LENGTH));
    feed_text(text, labels);
    tg_tensor *places = tg_embedding_apply(&positions, tg_iota(t->tape, TG_I32, LENGTH));
    tg_tensor *x = tg_add(tg_embedding_apply(&tokens, text), places);
    x = tg_transformer_encoder_apply(&blocks, x, .causal = true, .training = true);
    return tg_cross_entropy(tg_linear_apply(&head, x), labels);
}

/* ---- Its products ----------------------------------------------------------------------- */

/* So many products of [m] items, from [k] inputs to [n] outputs. */
typedef struct product {
    int times;
    int64_t m, n, k;
    float *x, *w, *y, *dx, *dw;
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

typedef struct bounds {
    const bench_products *products;
    product each[PRODUCTS];
} bounds;

static void run_forward(void *context)
{
    const bounds *b = context;
    for (int i = 0; i < PRODUCTS; i++) {
        const product p = b->each[i];
        for (int64_t j = 0; j < p.times; j++)
            bench_linear(b->products, p.m, p.n, p.k, p.x + j * p.m * p.k, p.w + j * p.n * p.k,
                         p.y + j * p.m * p.n);
    }
}

static void run_both(void *context)
{
    const bounds *b = context;
    run_forward(context);
    for (int i = PRODUCTS - 1; i >= 0; i--) {
        const product p = b->each[i];
        for (int64_t j = 0; j < p.times; j++) {
            const int64_t at_x = j * p.m * p.k, at_w = j * p.n * p.k;
            const float *dy = p.y + j * p.m * p.n;
            bench_linear_by_input(b->products, p.m, p.n, p.k, dy, p.w + at_w, p.dx + at_x);
            bench_linear_by_weight(b->products, p.m, p.n, p.k, dy, p.x + at_x, p.dw + at_w);
        }
    }
}

static void limit(const training *t, training_limits *limits)
{
    (void)t;
    bench_products *products = &limits->products;
    bounds *b = bench_hold(products, sizeof *b);
    b->products = products;
    for (int i = 0; i < PRODUCTS; i++) {
        product *p = &b->each[i];
        *p = shapes[i];
        p->x = bench_operand(products, p->times * p->m * p->k);
        p->w = bench_operand(products, p->times * p->n * p->k);
        p->y = bench_operand(products, p->times * p->m * p->n);
        p->dx = bench_operand(products, p->times * p->m * p->k);
        p->dw = bench_operand(products, p->times * p->n * p->k);
    }
    limits->context = b;
    limits->forward = run_forward;
    limits->step = run_both;
}

int main(int argc, char **argv)
{
    static const training_case only = { "gpt 4x128 x 128 b8", NULL, TRAINING_ADAMW, record, limit };
    static const training_program program = {
        "gpt",
        "Times training steps of a GPT: 4 layers of width 128 with 4 heads, 128 symbols\n"
        "of 64 at a time, batches of 8, AdamW.",
        1,
        &only,
    };
    return training_main(argc, argv, &program);
}
