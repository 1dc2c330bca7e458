/* mnist_networks.h: the networks that the example "mnist" can train: from 28x28 pixels to ten
 * logits. */
#ifndef EXAMPLES_MNIST_NETWORKS_H
#define EXAMPLES_MNIST_NETWORKS_H

#include <tapegrad.h>

enum { MNIST_SIDE = 28, MNIST_CLASSES = 10 };

/* 784-256-128-10. */
typedef struct mlp {
    tg_linear first, second, out;
} mlp;

/* LeNet-5 (LeCun et al. 1998), with ReLU instead of tanh, and max pooling instead of means. */
typedef struct lenet {
    tg_conv conv1, conv2;
    tg_linear fc1, fc2, fc3;
} lenet;

/* A residual block (He et al. 2015): relu(f(x) + x), where f is two convolutions with batch norm.
 * If f changes the number of channels it also halves the sides, and x goes through a 1x1
 * convolution. */
typedef struct block {
    tg_conv conv1, conv2, shortcut;
    tg_batch_norm norm1, norm2, shortcut_norm;
    bool narrows; /* has a 1x1 convolution for x */
} block;

enum { RESNET_BLOCKS = 3 };
typedef struct resnet {
    tg_conv stem;
    tg_batch_norm stem_norm;
    block blocks[RESNET_BLOCKS];
    tg_linear out;
} resnet;

typedef struct network_kind network_kind;
typedef struct network {
    const network_kind *kind;
    union {
        mlp mlp;
        lenet lenet;
        resnet resnet;
    } as;
} network;

struct network_kind {
    const char *name;
    int64_t epochs; /* enough to get near its best result */
    int64_t shift;  /* the most pixels by which images are moved in training */
    void (*make)(network *net, tg_store *store);
    /* The logits [rows, 10] of x, f32 [rows, 1, 28, 28] with mean 0 and deviation 1. */
    tg_tensor *(*logits)(const network *net, tg_tensor *x, bool training);
};

/* The network of that name; NULL if there is none. */
const network_kind *find_network(const char *name);
network network_new(const network_kind *kind, tg_store *store);
/* The logits [rows, 10] of the images, u8 [rows, 28, 28]. */
tg_tensor *network_logits(const network *net, tg_tensor *images, bool training);

#endif
