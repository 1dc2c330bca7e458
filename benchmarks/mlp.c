/* mlp.c: a training step of a multi-layer perceptron, written as a user would, next to the bare
 * matrix products of the same step, by the library's own BLAS with the same threads, and to a
 * plain loop that updates the parameters in one pass. Nothing can be faster than those two. */
#include "common.h"

#include "ops/kernel.h"
#include "runtime/blas.h"

#include "autograd/memory.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAYERS = 3 };

typedef struct network {
    const char *name;
    int64_t width[LAYERS + 1];
    int64_t batch;
    bool adam; /* else gradient descent with momentum */
} network;

static const network networks[] = {
    { "784-256-128-10 b1", { 784, 256, 128, 10 }, 1, true },
    { "784-256-128-10 b32", { 784, 256, 128, 10 }, 32, true },
    { "784-256-128-10 b128", { 784, 256, 128, 10 }, 128, true },
    { "1024-2048-2048-1000 b128", { 1024, 2048, 2048, 1000 }, 128, false },
};
enum { NETWORKS = sizeof networks / sizeof *networks };

/* So small that the one batch is not learnt by heart: gradients that fade away become
 * denormal numbers, and time something else. */
static const double RATE = 1e-6, MOMENTUM = 0.9;

/* ---- The step --------------------------------------------------------------------------- */

typedef struct training {
    tg_store *store;
    tg_tape *tape;
    tg_plan *step;
} training;

static void feed_batch(const network *net, tg_tensor *images, tg_tensor *labels)
{
    const size_t count = (size_t)(net->batch * net->width[0]);
    float *pixels = bench_alloc(count * sizeof *pixels);
    bench_fill(pixels, count, 0, 1);
    int32_t *classes = bench_alloc((size_t)net->batch * sizeof *classes);
    for (int64_t i = 0; i < net->batch; i++) classes[i] = (int32_t)(i * 7 % net->width[LAYERS]);
    tg_feed(images, pixels, count);
    tg_feed(labels, classes, (size_t)net->batch);
    free(pixels);
    free(classes);
}

static training training_new(const network *net, int threads)
{
    static const char *const names[LAYERS] = { "first", "second", "out" };
    training t = { .store = tg_store_new(.seed = 1) };
    t.tape = tg_tape_new(t.store);
    tg_tensor *images = tg_input(t.tape, "images", TG_F32, TG_SHAPE(net->batch, net->width[0]));
    tg_tensor *labels = tg_input(t.tape, "labels", TG_I32, TG_SHAPE(net->batch));
    tg_tensor *x = images;
    for (int i = 0; i < LAYERS; i++) {
        tg_linear layer = tg_linear_new(t.store, names[i], net->width[i], net->width[i + 1]);
        x = tg_linear_apply(&layer, x);
        if (i < LAYERS - 1) x = tg_relu(x);
    }
    tg_tensor *loss = tg_cross_entropy(x, labels);
    if (net->adam) {
        tg_adam(loss, .lr = RATE);
    } else {
        tg_sgd(loss, .lr = RATE, .momentum = MOMENTUM);
    }
    t.step = tg_compile(t.tape, loss, .threads = threads);
    bench_check(t.tape);
    feed_batch(net, images, labels);
    return t;
}

static void training_free(training *t)
{
    tg_plan_free(t->step);
    tg_tape_free(t->tape);
    tg_store_free(t->store);
}

static void run_step(void *context) { tg_run(((training *)context)->step); }

/* ---- Its products ----------------------------------------------------------------------- */

typedef struct products {
    const network *net;
    tg__pool *pool;
    void *scratch;
    float *x[LAYERS + 1], *dx[LAYERS + 1]; /* activations and their gradients */
    float *w[LAYERS], *dw[LAYERS];
} products;

static float *random_floats(int64_t count)
{
    float *data = bench_alloc((size_t)count * sizeof *data);
    bench_fill(data, (size_t)count, -1, 1);
    return data;
}

static products products_new(const network *net, tg__pool *pool)
{
    products p = { .net = net, .pool = pool };
    p.scratch = bench_alloc((size_t)tg__pool_threads(pool) * tg__gemm_scratch(TG_F32));
    for (int i = 0; i <= LAYERS; i++) {
        p.x[i] = random_floats(net->batch * net->width[i]);
        p.dx[i] = random_floats(net->batch * net->width[i]);
        if (i == LAYERS) break;
        p.w[i] = random_floats(net->width[i] * net->width[i + 1]);
        p.dw[i] = random_floats(net->width[i] * net->width[i + 1]);
    }
    return p;
}

static void products_free(products *p)
{
    for (int i = 0; i <= LAYERS; i++) {
        free(p->x[i]);
        free(p->dx[i]);
        if (i == LAYERS) break;
        free(p->w[i]);
        free(p->dw[i]);
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

static void run_products(void *context)
{
    const products *p = context;
    const int64_t batch = p->net->batch, *width = p->net->width;
    for (int i = 0; i < LAYERS; i++) { /* x' = x . w^T */
        tg__gemm(p->pool, TG_F32, batch, width[i + 1], width[i], rows_of(p->x[i], width[i]),
                 transposed(p->w[i], width[i]), p->x[i + 1], p->scratch);
    }
    for (int i = LAYERS - 1; i >= 0; i--) { /* dw = dx'^T . x, dx = dx' . w */
        tg__gemm(p->pool, TG_F32, width[i + 1], width[i], batch,
                 transposed(p->dx[i + 1], width[i + 1]), rows_of(p->x[i], width[i]), p->dw[i],
                 p->scratch);
        if (i == 0) break;
        tg__gemm(p->pool, TG_F32, batch, width[i], width[i + 1],
                 rows_of(p->dx[i + 1], width[i + 1]), rows_of(p->w[i], width[i]), p->dx[i],
                 p->scratch);
    }
}

/* ---- Its update ------------------------------------------------------------------------- */

enum { UPDATE_GRAIN = 1 << 15 };

/* All parameters as one array. */
typedef struct update {
    tg__pool *pool;
    int64_t count;
    bool adam;
    float *w, *g, *m, *v;
} update;

static update update_new(const network *net, tg__pool *pool)
{
    update u = { .pool = pool, .adam = net->adam };
    for (int i = 0; i < LAYERS; i++) u.count += (net->width[i] + 1) * net->width[i + 1];
    u.w = random_floats(u.count);
    u.g = random_floats(u.count);
    u.m = random_floats(u.count);
    u.v = bench_alloc((size_t)u.count * sizeof *u.v);
    bench_fill(u.v, (size_t)u.count, 0.5f, 1);
    return u;
}

static void update_free(update *u)
{
    free(u->w);
    free(u->g);
    free(u->m);
    free(u->v);
}

TG_CLONES
static void adam_update(int64_t n, float *w, const float *g, float *m, float *v)
{
    const float rate = (float)RATE, unbias = 1.01f;
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
    const float rate = (float)RATE, momentum = (float)MOMENTUM;
    TG_SIMD
    for (int64_t i = 0; i < n; i++) {
        m[i] = momentum * m[i] + g[i];
        w[i] -= rate * m[i];
    }
}

static void update_part(void *context, int64_t first, int64_t last, int worker)
{
    const update *u = context;
    (void)worker;
    if (u->adam) {
        adam_update(last - first, u->w + first, u->g + first, u->m + first, u->v + first);
    } else {
        momentum_update(last - first, u->w + first, u->g + first, u->m + first);
    }
}

static void run_update(void *context)
{
    update *u = context;
    tg__parallel(u->pool, u->count, UPDATE_GRAIN, update_part, u);
}

/* ---- Results ---------------------------------------------------------------------------- */

typedef struct bound {
    double value; /* 0: there is none */
    const char *is;
} bound;

static void print_result(const bench_options *options, const network *net, const char *metric,
                         const char *unit, double value, bound limit)
{
    bench_print((bench_line){ "mlp", net->name, metric, unit, value, limit.value, limit.is,
                              options->threads });
}

/* Bytes of the variables and of what is fed. */
static double outside_bytes(const training *t, const network *net)
{
    double bytes = (double)(net->batch * (net->width[0] + 1)) * sizeof(float);
    for (size_t i = 0; i < tg_var_count(t->store); i++) {
        const tg_var *var = tg_var_at(t->store, i);
        const double count = (double)tg_shape_count(tg_var_shape(var));
        bytes += count * (double)tg_dtype_size(tg_var_dtype(var));
    }
    return bytes;
}

/* Runs in a process of its own, before anything else has taken memory. */
static void report_memory(const bench_options *options, const network *net)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child != 0) {
        if (child > 0) waitpid(child, NULL, 0);
        return;
    }
    training t = training_new(net, options->threads);
    for (int i = 0; i < 3; i++) run_step(&t);
    const bound none = { 0, NULL };
    const double kernels = (double)tg_plan_kernels(t.step), plan = (double)tg_plan_bytes(t.step);
    const bound held = { outside_bytes(&t, net) + plan, "variables, inputs and plan" };
    print_result(options, net, "plan_kernels", "kernels", kernels, none);
    print_result(options, net, "plan_bytes", "bytes", plan, none);
    print_result(options, net, "peak_rss_bytes", "bytes", bench_peak_memory(), held);
    training_free(&t);
    exit(EXIT_SUCCESS);
}

static void report_time(const bench_options *options, const network *net)
{
    tg__pool *pool = tg__pool_new(&tg__default_allocator, options->threads);
    training t = training_new(net, options->threads);
    products p = products_new(net, pool);
    update u = update_new(net, pool);
    bench_contender contenders[] = { { run_step, &t, 0 },
                                     { run_products, &p, 0 },
                                     { run_update, &u, 0 } };
    bench_run(options, contenders, 3);
    bench_check(t.tape);

    const double step = contenders[0].us, bare = contenders[1].us, pass = contenders[2].us;
    char by[64];
    snprintf(by, sizeof by, "the bare products, by %s", tg__gemm_name());
    print_result(options, net, "step_us", "us", step, (bound){ bare, by });
    print_result(options, net, "whole_step_us", "us", step,
                 (bound){ bare + pass, "the same and one pass to update" });
    update_free(&u);
    products_free(&p);
    training_free(&t);
    tg__pool_free(pool);
}

int main(int argc, char **argv)
{
    const bench_options options =
        bench_begin(argc, argv,
                    "Times training steps of multi-layer perceptrons with ReLU and softmax\n"
                    "cross-entropy: 784-256-128-10 with Adam, 1024-2048-2048-1000 with momentum.");
    for (int i = 0; i < NETWORKS; i++) {
        if (bench_wants(&options, networks[i].name)) report_memory(&options, &networks[i]);
    }
    tg__gemm_setup();
    for (int i = 0; i < NETWORKS; i++) {
        if (bench_wants(&options, networks[i].name)) report_time(&options, &networks[i]);
    }
    return bench_end(&options);
}
