/* convolution.c: training steps of convolutional nets, written as a user would: LeNet-5 with Adam,
 * and a residual net of 20 layers with batch norm and momentum. The limit is the step's products,
 * of convolutions and linear layers, at the rate of a large bare matrix product. Nothing that
 * multiplies as often can be faster. */
#include "training.h"

enum { CLASSES = 10 };

typedef struct network {
    int64_t batch, channels, size; /* of the images, which are square */
    tg_tensor *(*logits)(training *t, tg_tensor *images);
} network;

/* ---- Layers ----------------------------------------------------------------------------- */

/* A product of so many multiplications has two of them in its gradient; what is fed needs none. */
static void count_flops(training *t, double multiplications, bool is_first)
{
    t->forward_flops += 2 * multiplications;
    t->step_flops += (is_first ? 4 : 6) * multiplications;
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

static tg_tensor *record(training *t)
{
    const network *net = t->of->net;
    tg_tensor *images = training_input(t, "images", TG_F32,
                                       TG_SHAPE(net->batch, net->channels, net->size, net->size));
    tg_tensor *labels = training_input(t, "labels", TG_I32, TG_SHAPE(net->batch));
    training_feed_images(images, labels, CLASSES);
    return tg_cross_entropy(net->logits(t, images), labels);
}

/* ---- The rate of its products ----------------------------------------------------------- */

enum { SIDE = 512 };

typedef struct square {
    const bench_products *products;
    float *a, *b, *to; /* [SIDE, SIDE] */
} square;

static void multiply(void *context)
{
    const square *s = context;
    bench_multiply(s->products, SIDE, SIDE, SIDE, bench_rows(s->a, SIDE), bench_rows(s->b, SIDE),
                   s->to);
}

static void limit(const training *t, training_limits *limits)
{
    bench_products *p = &limits->products;
    square *s = bench_hold(p, sizeof *s);
    *s = (square){ .products = p,
                   .a = bench_operand(p, SIDE * SIDE),
                   .b = bench_operand(p, SIDE * SIDE),
                   .to = bench_operand(p, SIDE * SIDE) };
    const double flops = 2.0 * SIDE * SIDE * SIDE;
    limits->context = s;
    limits->forward = limits->step = multiply;
    limits->forward_times = t->forward_flops / flops;
    limits->step_times = t->step_flops / flops;
    limits->are = "the products, at the rate of";
}

int main(int argc, char **argv)
{
    static const network lenet32 = { 32, 1, 28, lenet }, lenet128 = { 128, 1, 28, lenet };
    static const network resnet32 = { 32, 3, 32, resnet20 };
    static const training_case cases[] = {
        { "lenet b32", &lenet32, TRAINING_ADAM, record, limit },
        { "lenet b128", &lenet128, TRAINING_ADAM, record, limit },
        { "resnet20 b32", &resnet32, TRAINING_SGD, record, limit },
    };
    static const training_program program = {
        "convolution",
        "Times training steps of LeNet-5 (28x28, Adam) and of ResNet-20 for CIFAR-10 (32x32,\n"
        "batch norm, momentum), with softmax cross-entropy.",
        sizeof cases / sizeof *cases,
        cases,
    };
    return training_main(argc, argv, &program);
}
