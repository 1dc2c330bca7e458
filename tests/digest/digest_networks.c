/* digest_networks.c: steps of training of small networks, whose layers are what random programs
 * have little of: convolutions in two dimensions and their gradients of two orders, pooling, norms,
 * recurrent nets, attention, and the steps of optimizers. They are large enough for products to be
 * cut into tiles and shared by threads. */
#include "tests/digest/digest.h"
#include "tests/support/random.h"

enum { MAX_INPUTS = 4, CLASSES = 10 };

/* What is fed: numbers of [-1, 1], or whole ones from 0 to classes - 1. */
typedef struct net_input {
    tg_tensor *x;
    int classes;
} net_input;

typedef struct net {
    tg_store *store;
    tg_tape *tape;
    tg_dtype dtype;
    net_input inputs[MAX_INPUTS];
    int input_count;
} net;

static tg_tensor *numbers(net *n, tg_shape shape)
{
    char name[16];
    snprintf(name, sizeof name, "x%d", n->input_count);
    tg_tensor *x = tg_input(n->tape, name, n->dtype, shape);
    n->inputs[n->input_count++] = (net_input){ x, 0 };
    return x;
}

static tg_tensor *labels(net *n, tg_shape shape, int classes)
{
    char name[16];
    snprintf(name, sizeof name, "x%d", n->input_count);
    tg_tensor *x = tg_input(n->tape, name, TG_I32, shape);
    n->inputs[n->input_count++] = (net_input){ x, classes };
    return x;
}

/* ---- Networks --------------------------------------------------------------------------- */

/* Each records its loss and the optimizer's step. */

static tg_tensor *linear(net *n, const char *name, tg_tensor *x, int64_t out)
{
    const tg_linear layer = tg_linear_new(n->store, name, tg_dim(x, -1), out);
    return tg_linear_apply(&layer, x);
}

static tg_tensor *perceptron(net *n)
{
    tg_tensor *x = numbers(n, TG_SHAPE(48, 100)), *y = labels(n, TG_SHAPE(48), CLASSES);
    x = tg_dropout(tg_gelu(linear(n, "fc1", x, 130)), 0.2, "drop", true);
    x = tg_relu(linear(n, "fc2", x, 70));
    tg_tensor *loss = tg_cross_entropy(linear(n, "fc3", x, CLASSES), y);
    tg_adam(loss, .lr = 1e-3, .clip_norm = 1);
    return loss;
}

/* LeNet-5. */
static tg_tensor *lenet(net *n)
{
    tg_tensor *x = numbers(n, TG_SHAPE(6, 1, 28, 28)), *y = labels(n, TG_SHAPE(6), CLASSES);
    const tg_conv conv1 = tg_conv2d_new(n->store, "conv1", 1, 6, 5, .padding = 2);
    const tg_conv conv2 = tg_conv2d_new(n->store, "conv2", 6, 16, 5);
    x = tg_max_pool(tg_relu(tg_conv_apply(&conv1, x)), 2);
    x = tg_max_pool(tg_relu(tg_conv_apply(&conv2, x)), 2);
    x = tg_relu(linear(n, "fc1", tg_flatten(x, 1), 120));
    tg_tensor *loss = tg_cross_entropy(linear(n, "fc2", x, CLASSES), y);
    tg_sgd(loss, .lr = 0.05, .momentum = 0.9);
    return loss;
}

static tg_tensor *normal_convolution(net *n, const char *name, tg_tensor *x, int64_t out,
                                     int64_t stride)
{
    char norm_name[32];
    snprintf(norm_name, sizeof norm_name, "%s.bn", name);
    const tg_conv conv = tg_conv2d_new(n->store, name, tg_dim(x, 1), out, 3, .stride = stride,
                                       .padding = 1, .no_bias = true);
    const tg_batch_norm norm = tg_batch_norm_new(n->store, norm_name, out);
    return tg_batch_norm_apply(&norm, tg_conv_apply(&conv, x), true);
}

/* Two residual blocks, of which the second halves the image. */
static tg_tensor *residual(net *n)
{
    tg_tensor *x = numbers(n, TG_SHAPE(4, 3, 16, 16)), *y = labels(n, TG_SHAPE(4), CLASSES);
    x = tg_relu(normal_convolution(n, "stem", x, 16, 1));
    tg_tensor *inner = tg_relu(normal_convolution(n, "a1", x, 16, 1));
    x = tg_relu(tg_add(normal_convolution(n, "a2", inner, 16, 1), x));
    inner = tg_relu(normal_convolution(n, "b1", x, 32, 2));
    tg_tensor *few = tg_slice(tg_slice(x, 2, 0, 16, 2), 3, 0, 16, 2);
    x = tg_relu(tg_add(normal_convolution(n, "b2", inner, 32, 1), tg_pad(few, 1, 8, 8, 0, 0)));
    x = tg_flatten(tg_adaptive_avg_pool(x, 1), 1);
    tg_tensor *loss = tg_cross_entropy(linear(n, "out", x, CLASSES), y);
    tg_sgd(loss, .lr = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 1e-3);
    return loss;
}

/* An autoencoder with groups, dilation, strides that differ, transposed convolution, and
 * resampling. */
static tg_tensor *autoencoder(net *n)
{
    tg_tensor *image = numbers(n, TG_SHAPE(3, 4, 15, 18));
    const tg_conv wide = tg_conv2d_new(n->store, "wide", 4, 12, 3, .dilation = 2, .groups = 2,
                                       .padding_shape = TG_SHAPE(2, 1));
    const tg_conv each = tg_conv2d_new(n->store, "each", 12, 12, 5, .groups = 12, .padding = 2);
    const tg_conv down = tg_conv2d_new(n->store, "down", 12, 20, 3, .stride_shape = TG_SHAPE(2, 3));
    const tg_group_norm norm = tg_group_norm_new(n->store, "norm", 4, 20);
    const tg_conv_transpose up =
        tg_conv_transpose2d_new(n->store, "up", 20, 8, 4, .stride = 2, .padding = 1);
    const tg_conv last = tg_conv2d_new(n->store, "last", 8, 4, 3, .same = true);
    tg_tensor *x = tg_silu(tg_conv_apply(&wide, image));
    x = tg_avg_pool(tg_conv_apply(&each, x), 3, .stride = 1, .padding = 1);
    x = tg_tanh(tg_group_norm_apply(&norm, tg_conv_apply(&down, x)));
    x = tg_relu(tg_conv_transpose_apply(&up, x));
    x = tg_interpolate(x, .size_shape = TG_SHAPE(15, 18), .by = TG_LINEAR);
    tg_tensor *loss = tg_mse(tg_conv_apply(&last, x), image);
    tg_rmsprop(loss, .lr = 1e-3);
    return loss;
}

/* In one dimension and in three. */
static tg_tensor *volumes(net *n)
{
    tg_tensor *line = numbers(n, TG_SHAPE(5, 6, 70)), *box = numbers(n, TG_SHAPE(2, 2, 6, 7, 9));
    const tg_conv conv1 = tg_conv1d_new(n->store, "conv1", 6, 16, 7, .padding = 3);
    const tg_conv conv2 = tg_conv1d_new(n->store, "conv2", 16, 9, 4, .stride = 3);
    const tg_conv conv3 = tg_conv3d_new(n->store, "conv3", 2, 10, 3, .padding = 1);
    tg_tensor *x = tg_tanh(tg_conv_apply(&conv2, tg_relu(tg_conv_apply(&conv1, line))));
    tg_tensor *z = tg_l2_pool(tg_conv_apply(&conv3, box), 2);
    tg_tensor *loss = tg_add(tg_mean(tg_square(x)), tg_mean(tg_softplus(z)));
    tg_adagrad(loss, .lr = 1e-2);
    return loss;
}

/* A critic whose loss has the norm of its gradient by the image: gradients of the second order. */
static tg_tensor *critic(net *n)
{
    tg_tensor *image = numbers(n, TG_SHAPE(4, 2, 12, 12));
    const tg_conv conv1 = tg_conv2d_new(n->store, "conv1", 2, 8, 3, .padding = 1);
    const tg_conv conv2 = tg_conv2d_new(n->store, "conv2", 8, 12, 4, .stride = 2, .padding = 1);
    tg_tensor *x = tg_softplus(tg_conv_apply(&conv1, image));
    x = tg_silu(tg_conv_apply(&conv2, x));
    tg_tensor *score = tg_sum(linear(n, "out", tg_flatten(x, 1), 1));
    tg_tensor *slope = tg_reshape(tg_grad(score, image), TG_SHAPE(4, 288));
    tg_tensor *length = tg_sqrt(tg_add_num(tg_sum(tg_square(slope), .axis = 1), 1e-6));
    tg_tensor *loss = tg_add(score, tg_mean(tg_square(tg_add_num(length, -1))));
    tg_adam(loss, .lr = 1e-3, .amsgrad = true);
    return loss;
}

static tg_tensor *recurrent(net *n)
{
    tg_tensor *x = numbers(n, TG_SHAPE(9, 7, 20)), *y = labels(n, TG_SHAPE(9, 7), CLASSES);
    tg_tensor *lengths = labels(n, TG_SHAPE(7), 9);
    const tg_recurrent lstm = tg_lstm_new(n->store, "lstm", 20, 40, .layers = 2, .dropout = 0.1);
    const tg_recurrent gru = tg_gru_new(n->store, "gru", 40, 24, .bidirectional = true);
    x = tg_recurrent_apply(&lstm, x, .training = true, .key = "drop");
    x = tg_recurrent_apply(&gru, x, .lengths = lengths);
    x = linear(n, "out", x, CLASSES);
    tg_tensor *loss = tg_cross_entropy(x, y);
    tg_adamw(loss, .lr = 1e-3, .clip_norm = 0.5);
    return loss;
}

enum { WIDTH = 48, LENGTH = 33, SYMBOLS = 40 };
static tg_tensor *transformer(net *n)
{
    tg_tensor *text = labels(n, TG_SHAPE(3, LENGTH), SYMBOLS);
    tg_tensor *next = labels(n, TG_SHAPE(3, LENGTH), SYMBOLS);
    const tg_embedding tokens = tg_embedding_new(n->store, "tokens", SYMBOLS, WIDTH);
    const tg_transformer_encoder blocks =
        tg_transformer_encoder_new(n->store, "blocks", 2, WIDTH, 4, 4 * WIDTH, .dropout = 0.1,
                                   .activation = tg_gelu_at, .norm_first = true, .norm = true);
    tg_tensor *places = tg_sinusoidal_positions(n->tape, n->dtype, LENGTH, WIDTH);
    tg_tensor *x = tg_add(tg_embedding_apply(&tokens, text), places);
    x = tg_transformer_encoder_apply(&blocks, x, .causal = true, .training = true, .key = "drop");
    tg_tensor *loss = tg_cross_entropy(linear(n, "head", x, SYMBOLS), next);
    tg_adamw(loss, .lr = 1e-3);
    return loss;
}

static const struct {
    const char *name;
    tg_tensor *(*record)(net *n);
} networks[] = {
    { "perceptron", perceptron }, { "lenet", lenet },
    { "residual", residual },     { "autoencoder", autoencoder },
    { "volumes", volumes },       { "critic", critic },
    { "recurrent", recurrent },   { "transformer", transformer },
};
enum { NETWORKS = sizeof networks / sizeof *networks };

/* ---- Running one ------------------------------------------------------------------------ */

static void feed_input(const net_input *input, rng *r)
{
    const size_t count = (size_t)tg_count(input->x);
    const tg_dtype dtype = tg_dtype_of(input->x);
    void *data = digest_found(malloc(count * sizeof(double)));
    for (size_t i = 0; i < count; i++) {
        if (dtype == TG_I32) ((int32_t *)data)[i] = rng_below(r, input->classes);
        else if (dtype == TG_F32) ((float *)data)[i] = (float)rng_between(r, -1, 1);
        else ((double *)data)[i] = rng_between(r, -1, 1);
    }
    tg_feed_as(input->x, dtype, data, count);
    free(data);
}

/* False if the network cannot be recorded or compiled. */
static bool train(const digest_options *o, int which, tg_dtype dtype, const char *subject,
                  const digest_way *w, digest_result *out)
{
    net n = { .store = tg_store_new(.seed = 7, .dtype = dtype), .dtype = dtype };
    n.tape = digest_found(tg_tape_new(n.store));
    *out = digest_begin();
    tg_tensor *loss = networks[which].record(&n);
    tg_plan *plan = tg_compile(n.tape, loss, .threads = w->threads, .naive = w->naive);
    const bool fine = digest_fine(subject, w->name, n.tape);
    digest_plan(out, plan);
    rng r = rng_of((uint64_t)which, 1);
    for (int step = 0; step < DIGEST_STEPS && fine; step++) {
        const digest_piece of = { subject, w->name, .step = step };
        for (int i = 0; i < n.input_count; i++) feed_input(&n.inputs[i], &r);
        out->status[step] = tg_run(plan);
        if (out->status[step] == TG_OK) out->status[step] = digest_output(o, of, loss, out);
        else snprintf(out->text, sizeof out->text, "%s", tg_plan_error(plan));
        digest_variables(o, of, n.store, out);
    }
    tg_plan_free(plan);
    tg_tape_free(n.tape);
    tg_store_free(n.store);
    return fine;
}

static bool digest_network(const digest_options *o, int which, tg_dtype dtype)
{
    static const int run[] = { NAIVE, PLANNED, THREADS };
    static digest_result results[DIGEST_WAYS];
    char subject[32];
    snprintf(subject, sizeof subject, "%s.%s", networks[which].name, tg_dtype_name(dtype));
    memset(results, 0, sizeof results);
    for (size_t i = 0; i < sizeof run / sizeof *run; i++) {
        if (train(o, which, dtype, subject, &digest_ways[run[i]], &results[run[i]])) continue;
        printf("%s NETWORK cannot be recorded\n", subject);
        return false;
    }
    digest_print(subject, "NETWORK", results);
    return !o->check || digest_agree(subject, results, PLANNED, THREADS);
}

bool digest_networks(const digest_options *o)
{
    bool fine = true;
    for (int i = 0; i < NETWORKS; i++) {
        fine &= digest_network(o, i, TG_F32);
        fine &= digest_network(o, i, TG_F64);
    }
    return fine;
}
