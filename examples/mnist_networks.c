/* mnist_networks.c: a perceptron, LeNet and a small residual network. Each has a function that
 * makes its variables, called once, and one that records it on a tape, for training or for a
 * test. */
#include "mnist_networks.h"

#include <string.h>

/* ---- A perceptron with two hidden layers -------------------------------------------------- */

static void mlp_make(network *net, tg_store *store)
{
    const int64_t pixels = MNIST_SIDE * MNIST_SIDE;
    net->as.mlp =
        (mlp){ tg_linear_new(store, "first", pixels, 256, .init = tg_init_he_normal(pixels)),
               tg_linear_new(store, "second", 256, 128, .init = tg_init_he_normal(256)),
               tg_linear_new(store, "out", 128, MNIST_CLASSES) };
}

static tg_tensor *mlp_logits(const network *net, tg_tensor *x, bool training)
{
    (void)training;
    const mlp *of = &net->as.mlp;
    x = tg_relu(tg_linear_apply(&of->first, tg_flatten(x, 1)));
    x = tg_relu(tg_linear_apply(&of->second, x));
    return tg_linear_apply(&of->out, x);
}

/* ---- LeNet --------------------------------------------------------------------------------- */

static void lenet_make(network *net, tg_store *store)
{
    net->as.lenet = (lenet){ .conv1 = tg_conv2d_new(store, "conv1", 1, 6, 5, .same = true),
                             .conv2 = tg_conv2d_new(store, "conv2", 6, 16, 5),
                             .fc1 = tg_linear_new(store, "fc1", 16 * 5 * 5, 120),
                             .fc2 = tg_linear_new(store, "fc2", 120, 84),
                             .fc3 = tg_linear_new(store, "fc3", 84, MNIST_CLASSES) };
}

static tg_tensor *lenet_logits(const network *net, tg_tensor *x, bool training)
{
    (void)training;
    const lenet *of = &net->as.lenet;
    x = tg_max_pool(tg_relu(tg_conv_apply(&of->conv1, x)), 2); /* [rows, 6, 14, 14] */
    x = tg_max_pool(tg_relu(tg_conv_apply(&of->conv2, x)), 2); /* [rows, 16, 5, 5] */
    x = tg_relu(tg_linear_apply(&of->fc1, tg_flatten(x, 1)));
    x = tg_relu(tg_linear_apply(&of->fc2, x));
    return tg_linear_apply(&of->fc3, x);
}

/* ---- A residual network -------------------------------------------------------------------- */

typedef struct label {
    char text[32];
} label;

/* "block0.conv1". */
static label part(int index, const char *name)
{
    label of;
    snprintf(of.text, sizeof of.text, "block%d.%s", index, name);
    return of;
}

/* Without a bias: the batch norm behind it subtracts the mean, and so any bias. */
static tg_conv conv_new(tg_store *store, const char *name, int64_t in, int64_t out, int64_t kernel,
                        int64_t stride)
{
    return tg_conv2d_new(store, name, in, out, kernel, .stride = stride, .padding = kernel / 2,
                         .no_bias = true, .init = tg_init_he_normal(in * kernel * kernel));
}

static block block_new(tg_store *store, int index, int64_t in, int64_t out)
{
    block b = { .narrows = in != out };
    b.conv1 = conv_new(store, part(index, "conv1").text, in, out, 3, b.narrows ? 2 : 1);
    b.norm1 = tg_batch_norm_new(store, part(index, "norm1").text, out);
    b.conv2 = conv_new(store, part(index, "conv2").text, out, out, 3, 1);
    b.norm2 = tg_batch_norm_new(store, part(index, "norm2").text, out);
    if (!b.narrows) return b;
    b.shortcut = conv_new(store, part(index, "shortcut").text, in, out, 1, 2);
    b.shortcut_norm = tg_batch_norm_new(store, part(index, "shortcut_norm").text, out);
    return b;
}

static tg_tensor *block_apply(const block *b, tg_tensor *x, bool training)
{
    tg_tensor *y = tg_conv_apply(&b->conv1, x);
    y = tg_relu(tg_batch_norm_apply(&b->norm1, y, training));
    y = tg_batch_norm_apply(&b->norm2, tg_conv_apply(&b->conv2, y), training);
    if (b->narrows)
        x = tg_batch_norm_apply(&b->shortcut_norm, tg_conv_apply(&b->shortcut, x), training);
    return tg_relu(tg_add(x, y));
}

/* Channels before the first block and after each. */
static const int64_t channels[RESNET_BLOCKS + 1] = { 16, 16, 32, 64 };

static void resnet_make(network *net, tg_store *store)
{
    resnet *of = &net->as.resnet;
    of->stem = conv_new(store, "stem", 1, channels[0], 5, 2);
    of->stem_norm = tg_batch_norm_new(store, "stem_norm", channels[0]);
    for (int i = 0; i < RESNET_BLOCKS; i++)
        of->blocks[i] = block_new(store, i, channels[i], channels[i + 1]);
    of->out = tg_linear_new(store, "out", channels[RESNET_BLOCKS], MNIST_CLASSES);
}

static tg_tensor *resnet_logits(const network *net, tg_tensor *x, bool training)
{
    const resnet *of = &net->as.resnet;
    x = tg_conv_apply(&of->stem, x); /* [rows, 16, 14, 14] */
    x = tg_relu(tg_batch_norm_apply(&of->stem_norm, x, training));
    for (int i = 0; i < RESNET_BLOCKS; i++) x = block_apply(&of->blocks[i], x, training);
    x = tg_mean(x, .axes = TG_AXES(2, 3)); /* the mean of each channel: [rows, 64] */
    return tg_linear_apply(&of->out, x);
}

/* ---- All of them --------------------------------------------------------------------------- */

static const network_kind kinds[] = {
    { .name = "mlp", .epochs = 10, .make = mlp_make, .logits = mlp_logits },
    { .name = "lenet", .epochs = 15, .make = lenet_make, .logits = lenet_logits },
    { .name = "resnet", .epochs = 8, .shift = 2, .make = resnet_make, .logits = resnet_logits },
};

const network_kind *find_network(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, name)) return &kinds[i];
    return NULL;
}

network network_new(const network_kind *kind, tg_store *store)
{
    network net = { .kind = kind };
    kind->make(&net, store);
    return net;
}

/* Moves each image by a random number of pixels up to [reach], vertically and horizontally; the new
 * pixels are black. The moves are random draws on the tape: each run draws others, and the same
 * seed repeats them. */
static tg_tensor *moved(tg_tensor *images, int64_t reach)
{
    tg_tape *tape = tg_tape_of(images);
    const tg_shape each = TG_SHAPE(tg_dim(images, 0), 1, 1);
    tg_tensor *down = tg_integers(tape, "down", TG_I32, each, 0, 2 * reach + 1);
    tg_tensor *right = tg_integers(tape, "right", TG_I32, each, 0, 2 * reach + 1);
    tg_tensor *pixel = tg_iota(tape, TG_I32, MNIST_SIDE);
    tg_tensor *framed = tg_pad(tg_pad(images, 1, reach, reach, 0, 0), 2, reach, reach, 0, 0);
    tg_tensor *lines = tg_take_along(framed, tg_add(tg_unsqueeze(pixel, -1), down), 1);
    return tg_take_along(lines, tg_add(pixel, right), 2);
}

tg_tensor *network_logits(const network *net, tg_tensor *images, bool training)
{
    if (training && net->kind->shift) images = moved(images, net->kind->shift);
    /* The mean and the deviation of all pixels of the training set. */
    tg_tensor *x = tg_div_num(tg_sub_num(tg_cast(images, TG_F32), 33.32), 78.57);
    return net->kind->logits(net, tg_unsqueeze(x, 1), training);
}
