/* tg_nn.h: layers, activations, losses, initialisers, metrics.
 *
 * All of them are compositions of the primitives in tg_ops.h, written with the public
 * headers alone: none has a kernel or a backward pass of its own, and their nodes carry
 * the caller's file and line. As with the primitives, a NULL operand passes through. */
#ifndef TG_NN_H
#define TG_NN_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Initialisers ----------------------------------------------------------------------- */

/* How a new variable is filled; for tg_param and the layers' .init. The fans are the numbers
 * of inputs and outputs of one unit: for a weight [out, in], [fan_in] is in and [fan_out] is
 * out. A fan below 1 counts as 1, so nothing divides by zero. */
TG_API tg_init tg_init_constant(double value);
TG_API tg_init tg_init_zeros(void);
TG_API tg_init tg_init_ones(void);
/* For ReLU (He et al. 2015): N(0, 2 / fan_in), and U(-b, b) with b = sqrt(6 / fan_in). */
TG_API tg_init tg_init_he_normal(int64_t fan_in);
TG_API tg_init tg_init_he_uniform(int64_t fan_in);
/* For tanh and sigmoid (Glorot and Bengio 2010): N(0, 2 / (fan_in + fan_out)), and U(-b, b)
 * with b = sqrt(6 / (fan_in + fan_out)). */
TG_API tg_init tg_init_glorot_normal(int64_t fan_in, int64_t fan_out);
TG_API tg_init tg_init_glorot_uniform(int64_t fan_in, int64_t fan_out);
/* (LeCun et al. 1998): N(0, 1 / fan_in), and U(-b, b) with b = sqrt(3 / fan_in). */
TG_API tg_init tg_init_lecun_normal(int64_t fan_in);
TG_API tg_init tg_init_lecun_uniform(int64_t fan_in);

/* ---- Layers ----------------------------------------------------------------------------- */

/* y = x . weight^T + bias. The fields are the layer's variables: look at them, or tie two
 * layers by assigning one's field to the other. */
typedef struct tg_linear {
    tg_var *weight; /* [out, in] */
    tg_var *bias;   /* [out]; NULL without a bias */
} tg_linear;

typedef struct tg_linear_args {
    tg_call call;
    tg_store *store;
    const char *name; /* the variables are "<name>.weight" and "<name>.bias" */
    int64_t in, out;
    bool no_bias;
    tg_init init;      /* of the weight; default: uniform in +-1/sqrt(in), as in PyTorch */
    tg_init bias_init; /* default: the same */
} tg_linear_args;

/* tg_linear_new(store, "hidden", 784, 256, .init = tg_init_he_normal(784)). An error sticks
 * to the store and leaves both fields NULL. */
TG_API tg_linear tg_linear_new_with(tg_linear_args args);
#define tg_linear_new(...) \
    tg_linear_new_with((tg_linear_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })
/* x [..., in] gives [..., out]. */
TG_API tg_tensor *(tg_linear_apply)(tg_site at, const tg_linear *layer, tg_tensor *x);

/* ---- Activations ------------------------------------------------------------------------ */

/* tg_sigmoid and tg_tanh are primitives. */

/* max(x, 0). The slope at 0 is 0; NaN passes on. */
TG_API tg_tensor *(tg_relu)(tg_site at, tg_tensor *x);
/* x * Phi(x), with Phi the normal distribution's cumulative function (Hendrycks and Gimpel
 * 2016). Exact in both tails; NaN at -infinity, as in PyTorch. Float. */
TG_API tg_tensor *(tg_gelu)(tg_site at, tg_tensor *x);
/* Its approximation x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))): PyTorch's
 * approximate="tanh", as in GPT-2. */
TG_API tg_tensor *(tg_gelu_tanh)(tg_site at, tg_tensor *x);

typedef struct tg_softmax_args {
    tg_call call;
    tg_tensor *x; /* float */
    int axis;     /* default: the last one */
} tg_softmax_args;

/* tg_softmax(x), tg_softmax(x, .axis = 1): e^x / sum(e^x) along one axis. The maximum is
 * taken off first (and kept out of the gradient), so no finite x overflows. A slice whose
 * elements are all -infinity, or one with +infinity, gives NaN. */
TG_API tg_tensor *tg_softmax_with(tg_softmax_args args);
#define tg_softmax(...) \
    tg_softmax_with((tg_softmax_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })
/* Its logarithm, exact where the softmax underflows to 0. */
TG_API tg_tensor *tg_log_softmax_with(tg_softmax_args args);
#define tg_log_softmax(...) \
    tg_log_softmax_with((tg_softmax_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })

/* ---- Losses ----------------------------------------------------------------------------- */

/* What becomes of the loss' items: their mean (NaN if there are none), their sum (0 if
 * there are none), or all of them as they are. */
typedef enum tg_reduction { TG_MEAN = 0, TG_SUM, TG_NONE } tg_reduction;

typedef struct tg_mse_args {
    tg_call call;
    tg_tensor *prediction;
    tg_tensor *target; /* of the prediction's shape and dtype; nothing is broadcast */
    tg_reduction reduction;
} tg_mse_args;

/* tg_mse(prediction, target, .reduction = TG_SUM): (prediction - target)^2. Float. */
TG_API tg_tensor *tg_mse_with(tg_mse_args args);
#define tg_mse(...) tg_mse_with((tg_mse_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })

/* For the losses below: [logits] is float, [..., classes], and [labels], i32 or i64, has its
 * shape without the last axis. A label outside [0, classes) is an error of the run. */
typedef struct tg_cross_entropy_args {
    tg_call call;
    tg_tensor *logits;
    tg_tensor *labels;
    tg_reduction reduction;
} tg_cross_entropy_args;

/* tg_cross_entropy(logits, labels): -log softmax(logits)[label], as log(sum(e^logits)) -
 * logits[label] with the maximum taken off; stable for all finite logits. */
TG_API tg_tensor *tg_cross_entropy_with(tg_cross_entropy_args args);
#define tg_cross_entropy(...) \
    tg_cross_entropy_with((tg_cross_entropy_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })

typedef struct tg_margin_loss_args {
    tg_call call;
    tg_tensor *logits; /* at least two classes */
    tg_tensor *labels;
    double rho; /* the margin that is asked for, in (0, 1]; default 1 */
    tg_reduction reduction;
} tg_margin_loss_args;

/* tg_margin_loss(logits, labels, .rho = 0.5): the ramp of the margin m = p[label] - the
 * largest other p, where p = softmax(logits): 1 for m <= 0, 1 - m/rho between, 0 for
 * m >= rho. The slope at both kinks is 0. */
TG_API tg_tensor *tg_margin_loss_with(tg_margin_loss_args args);
#define tg_margin_loss(...) \
    tg_margin_loss_with((tg_margin_loss_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })

/* ---- Metrics ---------------------------------------------------------------------------- */

/* The share of rows whose largest logit is the label's, as one number of the store's
 * default dtype; NaN for no rows. Operands as for the losses. No gradient. */
TG_API tg_tensor *(tg_accuracy)(tg_site at, tg_tensor *logits, tg_tensor *labels);
/* The number of such rows, as i64: to be summed up over batches of unequal size. */
TG_API tg_tensor *(tg_correct)(tg_site at, tg_tensor *logits, tg_tensor *labels);

#ifdef __cplusplus
}
#endif

#ifndef TG_NO_SITE_MACROS
#define tg_linear_apply(...) tg_linear_apply(TG_HERE, __VA_ARGS__)
#define tg_relu(...) tg_relu(TG_HERE, __VA_ARGS__)
#define tg_gelu(...) tg_gelu(TG_HERE, __VA_ARGS__)
#define tg_gelu_tanh(...) tg_gelu_tanh(TG_HERE, __VA_ARGS__)
#define tg_accuracy(...) tg_accuracy(TG_HERE, __VA_ARGS__)
#define tg_correct(...) tg_correct(TG_HERE, __VA_ARGS__)
#endif

#endif
