/* tg_activation.h: activations.
 *
 * Each is a composition of primitives, which the planner fuses into one loop, forward or backward,
 * and can be differentiated to any order. Operands are f32 or f64; the result has x's dtype and,
 * except for those under "Across elements", x's shape. NaN gives NaN. The result node has the
 * function's name, which errors and dumps print. docs/activations.md has ranges, derivatives,
 * kinks, limits and plots. tg_sigmoid, tg_tanh, tg_atan and tg_softplus are primitives, in
 * tg_ops.h. */
#ifndef TG_ACTIVATION_H
#define TG_ACTIVATION_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Steps and lines: slopes at kinks are PyTorch's -------------------------------------- */

/* x, as a view. */
TG_API tg_tensor *tg_identity_at(tg_site at, tg_tensor *x);
/* 1 for x >= 0, else 0; and 1 for x >= 0, else -1. The derivative is 0 everywhere. */
TG_API tg_tensor *tg_binary_step_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_sign_step_at(tg_site at, tg_tensor *x);
/* max(x, 0). The slope at 0 is 0. */
TG_API tg_tensor *tg_relu_at(tg_site at, tg_tensor *x);
/* min(max(x, 0), 6) (Krizhevsky 2010). The slope at 0 and at 6 is 0. */
TG_API tg_tensor *tg_relu6_at(tg_site at, tg_tensor *x);
/* x for x > 0, else slope * x (Maas et al. 2013); PyTorch's default slope is 0.01. The slope at 0
 * is [slope], which must be finite. */
TG_API tg_tensor *tg_leaky_relu_at(tg_site at, tg_tensor *x, double slope);
/* min(max(x, -1), 1). The slope at both kinks is 0. */
TG_API tg_tensor *tg_hard_tanh_at(tg_site at, tg_tensor *x);
/* min(max(x + 3, 0), 6) / 6. The slope at both kinks is 0. */
TG_API tg_tensor *tg_hard_sigmoid_at(tg_site at, tg_tensor *x);
/* x * hard_sigmoid(x) (Howard et al. 2019); 0 at -infinity. The slopes at the kinks are those of
 * the parabola between them, as in PyTorch: -1/2 at -3, 3/2 at 3. */
TG_API tg_tensor *tg_hard_swish_at(tg_site at, tg_tensor *x);

/* x - threshold for x > threshold, x + threshold for x < -threshold, else 0. The slope at both
 * kinks is 0. [threshold] must be finite and not negative; PyTorch's default is 0.5. */
TG_API tg_tensor *tg_soft_shrink_at(tg_site at, tg_tensor *x, double threshold);
/* x for |x| > threshold, else 0. The slope at both jumps is 0. [threshold] as for
 * tg_soft_shrink. */
TG_API tg_tensor *tg_hard_shrink_at(tg_site at, tg_tensor *x, double threshold);
/* x for x > threshold, else value. The slope at the threshold is 0. Both must be finite. */
TG_API tg_tensor *tg_threshold_at(tg_site at, tg_tensor *x, double threshold, double value);

/* ---- Curves ----------------------------------------------------------------------------- */

/* x for x > 0, else alpha * (e^x - 1) (Clevert et al. 2015); PyTorch's default alpha is 1. The
 * slope at 0 is [alpha], which must be finite. */
TG_API tg_tensor *tg_elu_at(tg_site at, tg_tensor *x, double alpha);
/* x for x > 0, else alpha * (e^(x / alpha) - 1), whose slope at 0 is 1 for every alpha (Barron
 * 2017); PyTorch's default is 1. [alpha] must be positive, and it and 1 / alpha finite in x's
 * dtype. */
TG_API tg_tensor *tg_celu_at(tg_site at, tg_tensor *x, double alpha);
/* lambda * elu(x, alpha) with lambda = 1.0507... and alpha = 1.67326... (all digits of f64), for
 * which mean 0 and variance 1 are a fixed point (Klambauer et al. 2017). The slope at 0 is lambda *
 * alpha. */
TG_API tg_tensor *tg_selu_at(tg_site at, tg_tensor *x);
/* The approximation x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))) of tg_gelu (tg_ops.h):
 * PyTorch's approximate="tanh", as in GPT-2. */
TG_API tg_tensor *tg_gelu_tanh_at(tg_site at, tg_tensor *x);
/* x - tanh(x). */
TG_API tg_tensor *tg_tanh_shrink_at(tg_site at, tg_tensor *x);
/* x / (1 + |x|); -1 and 1 at the infinities, where PyTorch has NaN. */
TG_API tg_tensor *tg_softsign_at(tg_site at, tg_tensor *x);
/* x * sigmoid(x), also called Swish-1 (Elfwing et al. 2018). NaN at -infinity, as in PyTorch. */
TG_API tg_tensor *tg_silu_at(tg_site at, tg_tensor *x);
/* x * tanh(softplus(x)) (Misra 2019). NaN at -infinity, as in PyTorch. */
TG_API tg_tensor *tg_mish_at(tg_site at, tg_tensor *x);
/* e^(-x^2). */
TG_API tg_tensor *tg_gaussian_at(tg_site at, tg_tensor *x);

/* ---- Across elements -------------------------------------------------------------------- */

/* The largest of each [pieces] neighbours along [axis] (Goodfellow et al. 2013). The size of the
 * axis must be a multiple of [pieces], and is divided by it. If x holds [pieces] linear maps side
 * by side, this is max(w1 . x + b1, w2 . x + b2, ...). At a tie the gradient is shared equally. */
TG_API tg_tensor *tg_maxout_at(tg_site at, tg_tensor *x, int axis, int64_t pieces);
/* The first half along [axis] times the sigmoid of the second half (Dauphin et al. 2016). The size
 * of the axis must be even; PyTorch's default axis is -1. */
TG_API tg_tensor *tg_glu_at(tg_site at, tg_tensor *x, int axis);

typedef struct tg_softmax_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;
    int axis; /* default: the last one */
} tg_softmax_args;
#define TG_SOFTMAX_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_softmax_args, axis), .axis = -1

/* tg_softmax(x), tg_softmax(x, .axis = 1): e^x / sum(e^x) along one axis. The maximum is subtracted
 * first (without a gradient), so no finite x overflows. A slice whose elements are all -infinity,
 * or that has +infinity, gives NaN. */
TG_API tg_tensor *tg_softmax_with(const tg_softmax_args *args);
/* The logarithm of the softmax, accurate where the softmax underflows to 0. */
TG_API tg_tensor *tg_log_softmax_with(const tg_softmax_args *args);

/* ---- A learned one ---------------------------------------------------------------------- */

/* The leaky ReLU whose slope is a parameter (He et al. 2015): x for x > 0, else weight * x. */
typedef struct tg_prelu {
    tg_var *weight; /* [1], or [channels] */
} tg_prelu;

typedef struct tg_prelu_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* the variable is "<name>.weight" */
    int64_t count;    /* of slopes: 1 for all elements, or the number of channels */
    tg_init init;     /* default: 0.25, as in PyTorch */
} tg_prelu_args;
#define TG_PRELU_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_prelu_args, init)

/* tg_prelu_new(store, "act", 64), tg_prelu_new(store, "act", 1, .init = tg_init_constant(0.1)). An
 * error sticks to the store and leaves the field NULL. */
TG_API tg_prelu tg_prelu_new_with(const tg_prelu_args *args);
/* One slope is used for all elements of any x. Several are used for the channels of x: axis 1 of an
 * x [n, channels, ...], as in PyTorch, or the only axis of an x [channels]. The slope at 0 is the
 * weight. */
TG_API tg_tensor *tg_prelu_apply_at(tg_site at, const tg_prelu *layer, tg_tensor *x);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_softmax(...)                                                                            \
    tg_softmax_with(&(tg_softmax_args){ TG_SOFTMAX_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_log_softmax(...)                                                                        \
    tg_log_softmax_with(&(tg_softmax_args){ TG_SOFTMAX_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_prelu_new(...)                                                                          \
    tg_prelu_new_with(&(tg_prelu_args){ TG_PRELU_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_identity(...)     tg_identity_at(TG_HERE, __VA_ARGS__)
#define tg_binary_step(...)  tg_binary_step_at(TG_HERE, __VA_ARGS__)
#define tg_sign_step(...)    tg_sign_step_at(TG_HERE, __VA_ARGS__)
#define tg_relu(...)         tg_relu_at(TG_HERE, __VA_ARGS__)
#define tg_relu6(...)        tg_relu6_at(TG_HERE, __VA_ARGS__)
#define tg_leaky_relu(...)   tg_leaky_relu_at(TG_HERE, __VA_ARGS__)
#define tg_hard_tanh(...)    tg_hard_tanh_at(TG_HERE, __VA_ARGS__)
#define tg_hard_sigmoid(...) tg_hard_sigmoid_at(TG_HERE, __VA_ARGS__)
#define tg_hard_swish(...)   tg_hard_swish_at(TG_HERE, __VA_ARGS__)
#define tg_soft_shrink(...)  tg_soft_shrink_at(TG_HERE, __VA_ARGS__)
#define tg_hard_shrink(...)  tg_hard_shrink_at(TG_HERE, __VA_ARGS__)
#define tg_threshold(...)    tg_threshold_at(TG_HERE, __VA_ARGS__)
#define tg_tanh_shrink(...)  tg_tanh_shrink_at(TG_HERE, __VA_ARGS__)
#define tg_elu(...)          tg_elu_at(TG_HERE, __VA_ARGS__)
#define tg_celu(...)         tg_celu_at(TG_HERE, __VA_ARGS__)
#define tg_selu(...)         tg_selu_at(TG_HERE, __VA_ARGS__)
#define tg_gelu_tanh(...)    tg_gelu_tanh_at(TG_HERE, __VA_ARGS__)
#define tg_softsign(...)     tg_softsign_at(TG_HERE, __VA_ARGS__)
#define tg_silu(...)         tg_silu_at(TG_HERE, __VA_ARGS__)
#define tg_mish(...)         tg_mish_at(TG_HERE, __VA_ARGS__)
#define tg_gaussian(...)     tg_gaussian_at(TG_HERE, __VA_ARGS__)
#define tg_maxout(...)       tg_maxout_at(TG_HERE, __VA_ARGS__)
#define tg_glu(...)          tg_glu_at(TG_HERE, __VA_ARGS__)
#define tg_prelu_apply(...)  tg_prelu_apply_at(TG_HERE, __VA_ARGS__)
#endif

#endif
