/* convolution_products.h: what the files of the benchmark `convolution_products` share. */
#ifndef TG_BENCHMARKS_CONVOLUTION_PRODUCTS_H
#define TG_BENCHMARKS_CONVOLUTION_PRODUCTS_H

#include "multiply.h"

/* Images and kernels are square. */
typedef struct convolution {
    const char *name;
    int64_t batch, in, size, out, kernel, stride, padding;
} convolution;

/* x [batch, in, size, size], w [out, in, kernel, kernel] and y [batch, out, places, places], all
 * dense. Each of the three products reads two of them and writes the third: y is the convolution,
 * x and w are its gradients by them. */
typedef enum operand { X, W, Y, OPERANDS } operand;

/* One product, and its arrays. */
typedef struct task {
    const convolution *of;
    operand target;
    int threads;
    float *data[OPERANDS];
} task;
int64_t places_of(const convolution *c);
tg_shape shape_of(const convolution *c, operand which);

/* A way to compute it. */
typedef struct way {
    const char *name;
    void *(*begin)(const task *t); /* NULL: it cannot */
    void (*call)(void *state);
    void (*end)(void *state); /* from here on the result is in the task's array */
} way;

extern const way by_im2col;
#ifdef BENCH_HAVE_ONEDNN
extern const way by_onednn_plain; /* works on the arrays as they are */
extern const way by_onednn_any; /* in the layouts it prefers, from and to the arrays as they are */
#endif

#endif
