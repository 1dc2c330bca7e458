/* mlp.c: a training step of a multi-layer perceptron, written as a user would, next to the bare
 * matrix products of the same step, and to a plain loop that updates the parameters in one pass.
 * Nothing can be faster than those two. */
#include "training.h"

#include "kernels/vector.h"

enum { LAYERS = 3 };

typedef struct network {
    int64_t width[LAYERS + 1];
    int64_t batch;
} network;

/* ---- The step --------------------------------------------------------------------------- */

static tg_tensor *record(training *t)
{
    static const char *const names[LAYERS] = { "first", "second", "out" };
    const network *net = t->of->net;
    const int64_t batch = net->batch, *width = net->width;
    tg_tensor *images = training_input(t, "images", TG_F32, TG_SHAPE(batch, width[0]));
    tg_tensor *labels = training_input(t, "labels", TG_I32, TG_SHAPE(batch));
    training_feed_images(images, labels, width[LAYERS]);
    tg_tensor *x = images;
    for (int i = 0; i < LAYERS; i++) {
        const tg_linear layer = tg_linear_new(t->store, names[i], width[i], width[i + 1]);
        x = tg_linear_apply(&layer, x);
        if (i < LAYERS - 1) x = tg_relu(x);
    }
    return tg_cross_entropy(x, labels);
}

/* ---- Its products ----------------------------------------------------------------------- */

typedef struct bounds {
    const network *net;
    bool adam; /* else gradient descent with momentum */
    const bench_products *products;
    float *x[LAYERS + 1], *dx[LAYERS + 1]; /* activations and their gradients */
    float *w[LAYERS], *dw[LAYERS];
    int64_t count; /* of the parameters, here as one array; for the update */
    float *parameters, *gradient, *mean, *square;
} bounds;

static void run_forward(void *context)
{
    const bounds *b = context;
    const int64_t *width = b->net->width;
    for (int i = 0; i < LAYERS; i++) {
        bench_linear(b->products, b->net->batch, width[i + 1], width[i], b->x[i], b->w[i],
                     b->x[i + 1]);
    }
}

static void run_both(void *context)
{
    const bounds *b = context;
    const int64_t batch = b->net->batch, *width = b->net->width;
    run_forward(context);
    for (int i = LAYERS - 1; i >= 0; i--) {
        bench_linear_by_weight(b->products, batch, width[i + 1], width[i], b->dx[i + 1], b->x[i],
                               b->dw[i]);
        if (i == 0) break; /* nobody asks for the gradient by the images */
        bench_linear_by_input(b->products, batch, width[i + 1], width[i], b->dx[i + 1], b->w[i],
                              b->dx[i]);
    }
}

/* ---- Its update ------------------------------------------------------------------------- */

enum { UPDATE_GRAIN = 1 << 15 };

TG_CLONES
static void adam_update(int64_t n, float *w, const float *g, float *m, float *v)
{
    const float rate = (float)TRAINING_RATE, unbias = 1.01f;
    TG_SIMD
    for (int64_t i = 0; i < n; i++) {
        m[i] = 0.9f * m[i] + 0.1f * g[i];
        v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
        w[i] -= rate * m[i] / (sqrtf(v[i] * unbias) + 1e-8f);
    }
}

TG_CLONES
static void momentum_update(int64_t n, float *w, const float *g, float *m)
{
    const float rate = (float)TRAINING_RATE, momentum = (float)TRAINING_MOMENTUM;
    TG_SIMD
    for (int64_t i = 0; i < n; i++) {
        m[i] = momentum * m[i] + g[i];
        w[i] -= rate * m[i];
    }
}

static void update_part(void *context, int64_t first, int64_t last, int worker)
{
    const bounds *b = context;
    (void)worker;
    if (b->adam) {
        adam_update(last - first, b->parameters + first, b->gradient + first, b->mean + first,
                    b->square + first);
    } else {
        momentum_update(last - first, b->parameters + first, b->gradient + first, b->mean + first);
    }
}

static void run_update(void *context)
{
    const bounds *b = context;
    tg__parallel(b->products->pool, b->count, UPDATE_GRAIN, update_part, context);
}

static void limit(const training *t, training_limits *limits)
{
    bench_products *p = &limits->products;
    bounds *b = bench_hold(p, sizeof *b);
    *b = (bounds){ .net = t->of->net, .adam = t->of->optimizer == TRAINING_ADAM, .products = p };
    const int64_t batch = b->net->batch, *width = b->net->width;
    for (int i = 0; i <= LAYERS; i++) {
        b->x[i] = bench_operand(p, batch * width[i]);
        b->dx[i] = bench_operand(p, batch * width[i]);
        if (i == LAYERS) break;
        b->w[i] = bench_operand(p, width[i] * width[i + 1]);
        b->dw[i] = bench_operand(p, width[i] * width[i + 1]);
        b->count += (width[i] + 1) * width[i + 1];
    }
    b->parameters = bench_operand(p, b->count);
    b->gradient = bench_operand(p, b->count);
    b->mean = bench_operand(p, b->count);
    b->square = bench_operand(p, b->count);
    bench_fill(b->square, (size_t)b->count, 0.5f, 1); /* its root must exist */
    limits->context = b;
    limits->forward = run_forward;
    limits->step = run_both;
    limits->update = run_update;
}

/* ---- The cases -------------------------------------------------------------------------- */

#define SMALL(batch) (&(const network){ { 784, 256, 128, 10 }, batch })
#define LARGE(batch) (&(const network){ { 1024, 2048, 2048, 1000 }, batch })

static const training_case cases[] = {
    { "784-256-128-10 b1", SMALL(1), TRAINING_ADAM, record, limit },
    { "784-256-128-10 b32", SMALL(32), TRAINING_ADAM, record, limit },
    { "784-256-128-10 b128", SMALL(128), TRAINING_ADAM, record, limit },
    { "1024-2048-2048-1000 b128", LARGE(128), TRAINING_SGD, record, limit },
};

int main(int argc, char **argv)
{
    static const training_program program = {
        "mlp",
        "Times training steps of multi-layer perceptrons with ReLU and softmax\n"
        "cross-entropy: 784-256-128-10 with Adam, 1024-2048-2048-1000 with momentum.",
        sizeof cases / sizeof *cases,
        cases,
    };
    return training_main(argc, argv, &program);
}
