/* convolution.c: training steps of convolutional nets, written as a user would: LeNet-5 with Adam,
 * and a residual net of 20 layers with batch norm and momentum. The limit is the step's products,
 * of convolutions and linear layers, at the rate of a large bare matrix product by the library's
 * own BLAS with the same threads. Nothing that multiplies as often can be faster. */
#include "common.h"

#include "runtime/blas.h"

#include "autograd/memory.h"

#include <stdlib.h>

/* A net's loss, and its forward pass's multiplications on the way. */
typedef struct network network;
typedef struct training {
    const network *net;
    tg_store *store;
    tg_tape *tape;
    tg_plan *step, *forward;
    double forward_flops, flops; /* of the products: one way; and of the whole step */
} training;

struct network {
    const char *name;
    int64_t batch, channels, size; /* of the images, which are square */
    tg_tensor *(*logits)(training *t, tg_tensor *images);
    bool adam; /* else gradient descent with momentum */
};

enum { CLASSES = 10 };
/* So small that the one batch is not learnt by heart: see mlp.c. */
static const double RATE = 1e-6, MOMENTUM = 0.9;

/* ---- Layers ----------------------------------------------------------------------------- */

/* A product of so many multiplications has two of them in its gradient; what is fed needs none. */
static void count_flops(training *t, double multiplications, bool is_first)
{
    t->forward_flops += 2 * multiplications;
    t->flops += (is_first ? 4 : 6) * multiplications;
}

static tg_tensor *convolution(training *t, const tg_conv *layer, tg_tensor *x, bool is_first)
{
    tg_tensor *y = tg_conv_apply(layer, x);
    bench_check(t->tape);
    const double inputs =
        (double)tg_shape_count(tg_var_shape(layer->weight)) / (double)tg_dim(y, 1);
    count_flops(t, (double)tg_count(y) * inputs, is_first);
    return y;
}

static tg_tensor *linear(training *t, const char *name, tg_tensor *x, int64_t out)
{
    const tg_linear layer = tg_linear_new(t->store, name, tg_dim(x, 1), out);
    count_flops(t, (double)tg_count(x) * (double)out, false);
    return tg_linear_apply(&layer, x);
}

/* ---- LeNet-5 (LeCun et al. 1998), with ReLU and max pooling -------------------------------- */

static tg_tensor *lenet(training *t, tg_tensor *images)
{
    const tg_conv conv1 = tg_conv2d_new(t->store, "conv1", 1, 6, 5, .padding = 2);
    const tg_conv conv2 = tg_conv2d_new(t->store, "conv2", 6, 16, 5);
    tg_tensor *x = tg_max_pool(tg_relu(convolution(t, &conv1, images, true)), 2);
    x = tg_max_pool(tg_relu(convolution(t, &conv2, x, false)), 2);
    x = tg_relu(linear(t, "fc1", tg_flatten(x, 1), 120));
    x = tg_relu(linear(t, "fc2", x, 84));
    return linear(t, "fc3", x, CLASSES);
}

/* ---- ResNet-20 (He et al. 2016), as for CIFAR-10 -------------------------------------------- */

enum { STAGES = 3, BLOCKS = 3, WIDTH = 16 };

/* A convolution without a bias, and batch norm. [stage], [block] and [part] name the two. */
static tg_tensor *normal_convolution(training *t, tg_tensor *x, int64_t out, int64_t stride,
                                     int stage, int block, int part)
{
    char name[64];
    (void)snprintf(name, sizeof name, "layer%d.%d.conv%d", stage, block, part);
    const tg_conv conv = tg_conv2d_new(t->store, name, tg_dim(x, 1), out, 3, .stride = stride,
                                       .padding = 1, .no_bias = true);
    (void)snprintf(name, sizeof name, "layer%d.%d.bn%d", stage, block, part);
    const tg_batch_norm norm = tg_batch_norm_new(t->store, name, out);
    return tg_batch_norm_apply(&norm, convolution(t, &conv, x, stage == 0), true);
}

/* Shortcut A: where the width doubles, every second pixel, and zeros for the new channels. */
static tg_tensor *shortcut(tg_tensor *x, int64_t width)
{
    const int64_t more = width - tg_dim(x, 1);
    if (more == 0) return x;
    x = tg_slice(x, 2, 0, tg_dim(x, 2), 2);
    x = tg_slice(x, 3, 0, tg_dim(x, 3), 2);
    return tg_pad(x, 1, more / 2, more / 2, 0, 0);
}

static tg_tensor *resnet20(training *t, tg_tensor *images)
{
    tg_tensor *x = tg_relu(normal_convolution(t, images, WIDTH, 1, 0, 0, 1));
    for (int stage = 1; stage <= STAGES; stage++) {
        for (int block = 0; block < BLOCKS; block++) {
            const int64_t width = (int64_t)WIDTH << (stage - 1);
            const int64_t stride = width == tg_dim(x, 1) ? 1 : 2;
            tg_tensor *y = tg_relu(normal_convolution(t, x, width, stride, stage, block, 1));
            y = normal_convolution(t, y, width, 1, stage, block, 2);
            x = tg_relu(tg_add(y, shortcut(x, width)));
        }
    }
    return linear(t, "linear", tg_flatten(tg_adaptive_avg_pool(x, 1), 1), CLASSES);
}

static const network networks[] = {
    { "lenet b32", 32, 1, 28, lenet, true },
    { "lenet b128", 128, 1, 28, lenet, true },
    { "resnet20 b32", 32, 3, 32, resnet20, false },
};
enum { NETWORKS = sizeof networks / sizeof *networks };

/* ---- The step --------------------------------------------------------------------------- */

static void feed_batch(tg_tensor *images, tg_tensor *labels)
{
    const size_t count = (size_t)tg_count(images), items = (size_t)tg_count(labels);
    float *pixels = bench_alloc(count * sizeof *pixels);
    bench_fill(pixels, count, 0, 1);
    int32_t *classes = bench_alloc(items * sizeof *classes);
    for (size_t i = 0; i < items; i++) classes[i] = (int32_t)(i * 7 % CLASSES);
    tg_feed(images, pixels, count);
    tg_feed(labels, classes, items);
    free(pixels);
    free(classes);
}

static void training_begin(training *t, const network *net, int threads)
{
    *t = (training){ .net = net, .store = tg_store_new(.seed = 1) };
    t->tape = tg_tape_new(t->store);
    tg_tensor *images = tg_input(t->tape, "images", TG_F32,
                                 TG_SHAPE(net->batch, net->channels, net->size, net->size));
    tg_tensor *labels = tg_input(t->tape, "labels", TG_I32, TG_SHAPE(net->batch));
    tg_tensor *loss = tg_cross_entropy(net->logits(t, images), labels);
    t->forward = tg_compile_pure(t->tape, loss, .threads = threads);
    if (net->adam) {
        tg_adam(loss, .lr = RATE);
    } else {
        tg_sgd(loss, .lr = RATE, .momentum = MOMENTUM);
    }
    t->step = tg_compile(t->tape, loss, .threads = threads);
    bench_check(t->tape);
    feed_batch(images, labels);
}

static void training_end(training *t)
{
    tg_plan_free(t->forward);
    tg_plan_free(t->step);
    tg_tape_free(t->tape);
    tg_store_free(t->store);
}

static void run_step(void *context) { tg_run(((training *)context)->step); }
static void run_forward(void *context) { tg_run(((training *)context)->forward); }

/* ---- The bare product ------------------------------------------------------------------- */

enum { SIDE = 512 };

typedef struct product {
    tg__pool *pool;
    void *scratch;
    float *a, *b, *c; /* [SIDE, SIDE] */
} product;

static float *random_square(void)
{
    float *data = bench_alloc(SIDE * SIDE * sizeof *data);
    bench_fill(data, SIDE * SIDE, -1, 1);
    return data;
}

static product product_new(int threads)
{
    product p = { .pool = tg__pool_new(&tg__default_allocator, threads) };
    p.scratch = bench_alloc((size_t)tg__pool_threads(p.pool) * tg__gemm_scratch(TG_F32));
    p.a = random_square();
    p.b = random_square();
    p.c = random_square();
    return p;
}

static void product_free(product *p)
{
    free(p->a);
    free(p->b);
    free(p->c);
    free(p->scratch);
    tg__pool_free(p->pool);
}

static void run_product(void *context)
{
    const product *p = context;
    const tg__matrix a = { .data = p->a, .row = SIDE, .column = 1 };
    const tg__matrix b = { .data = p->b, .row = SIDE, .column = 1 };
    tg__gemm(p->pool, TG_F32, SIDE, SIDE, SIDE, a, b, p->c, p->scratch);
}

/* ---- Results ---------------------------------------------------------------------------- */

static void print_result(const bench_options *options, const training *t, const char *metric,
                         const char *unit, double value, double limit, const char *limit_is)
{
    bench_print((bench_line){ "convolution", t->net->name, metric, unit, value, limit, limit_is,
                              options->threads });
}

static void report(const bench_options *options, const network *net)
{
    training t;
    training_begin(&t, net, options->threads);
    product p = product_new(options->threads);
    bench_contender contenders[] = { { run_step, &t, 0 },
                                     { run_forward, &t, 0 },
                                     { run_product, &p, 0 } };
    bench_run(options, contenders, 3);
    bench_check(t.tape);

    char at_rate[64];
    (void)snprintf(at_rate, sizeof at_rate, "the products, at the rate of %s", tg__gemm_name());
    const double us_per_flop = contenders[2].us / (2.0 * SIDE * SIDE * SIDE);
    print_result(options, &t, "step_us", "us", contenders[0].us, t.flops * us_per_flop, at_rate);
    print_result(options, &t, "forward_us", "us", contenders[1].us, t.forward_flops * us_per_flop,
                 at_rate);
    print_result(options, &t, "plan_kernels", "kernels", (double)tg_plan_kernels(t.step), 0, NULL);
    print_result(options, &t, "plan_bytes", "bytes", (double)tg_plan_bytes(t.step), 0, NULL);
    product_free(&p);
    training_end(&t);
}

int main(int argc, char **argv)
{
    const bench_options options = bench_begin(
        argc, argv,
        "Times training steps of LeNet-5 (28x28, Adam) and of ResNet-20 for CIFAR-10 (32x32,\n"
        "batch norm, momentum), with softmax cross-entropy.");
    tg__gemm_setup();
    for (int i = 0; i < NETWORKS; i++) {
        if (bench_wants(&options, networks[i].name)) report(&options, &networks[i]);
    }
    return bench_end(&options);
}
