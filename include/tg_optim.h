/* tg_optim.h: optimizers. Learning-rate schedules are in tg_schedule.h; gradients of several
 * batches, clipping and averages of weights in tg_steps.h.
 *
 * An optimizer records its step like everything else: the gradients, the new values, and their
 * assignments. So forward pass, backward pass and update are one program, which can be
 * differentiated again (except at the kinks of clipping, updates are smooth functions of the
 * gradients and of the learning rate). The step is made by each tg_run of a plan that includes the
 * assignments, or by tg_commit:
 *
 *     tg_adam(loss, .lr = 1e-3, .clip_norm = 1);
 *     tg_plan *step = tg_compile(tape, loss);
 *
 * For groups of parameters call several optimizers:
 *
 *     tg_adamw(loss, .params = "encoder", .lr = 1e-4, .no_decay = "bias, norm.weight");
 *     tg_adamw(loss, .except = "encoder", .lr = 1e-3);
 *
 * The groups must not overlap: a second assignment to a variable is an error of tg_assign. */
#ifndef TG_OPTIM_H
#define TG_OPTIM_H

#include "tg_schedule.h"

#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What all optimizers share ---------------------------------------------------------- */

/* The first members of the options of every optimizer:
 *
 *   loss            one element, float; the trainable variables of its store are updated
 *   lr              the learning rate, >= 0; the default is the optimizer's
 *   lr_at           the learning rate as a tensor of rank 0: an input, or computed
 *   weight_decay    >= 0, default 0 (tg_adamw: 1e-2): adds weight_decay * w to w's gradient (in
 *                   tg_adamw and others that say so, and in tg_sgd with .decoupled: subtracts lr *
 *                   weight_decay * w from w instead)
 *   no_decay        names without weight decay: those that begin or end with this, at a dot
 *                   ("bias", "encoder.norm"); several with commas: "bias, norm.weight"
 *   params          only parameters under this name: equal to it, or beginning with it and a dot
 *   except          not parameters whose names begin or end with this, at a dot; several with
 *                   commas
 *   clip_norm       > 0: scales all gradients of the call by one factor so that their norm (of all
 *                   of them as one vector, before weight decay) is at most this; default HUGE_VAL:
 *                   never
 *   allow_unused    a trainable parameter that the loss does not depend on is skipped; default: it
 *                   is an error, which names all of them
 *   state           the name of the optimizer's states: "<parameter>.<state>.<what>", for example
 *                   "out.weight.adam.m"; default: "adam" for tg_adam and so on. Two optimizers of
 *                   one kind that update the same parameter in turn need two names
 *   schedule        the learning rate as a schedule of the number of steps that this optimizer has
 *                   made before: the largest of the states "<parameter>.<state>.step" of the call's
 *                   parameters. So a parameter that was frozen, or is added later, follows the
 *                   others of its group; and each optimizer, each group and each saved store has
 *                   its own count. More than one of an .lr other than the default, .lr_at and
 *                   .schedule is an error
 *   weight_decay_at the weight decay as a tensor of rank 0
 *   wrt             the parameters that are updated, as nodes of tg_read, instead of those that
 *                   .params and .except select: .wrt = TG_LIST(tg_read(tape, net.out.weight))
 *   grads           gradients of your own, instead of a loss, which is then left out: one for each
 *                   of .wrt, or of the parameters that .params and .except select, in the store's
 *                   order (tg_var_nth); of their dtypes and shapes. Clipping and everything after
 *                   it are applied to them, too
 *   maximize        maximises: the gradients are negated first
 *   clip_value      > 0: each element of a gradient is clamped to [-clip_value, clip_value], before
 *                   .clip_norm; default HUGE_VAL: never
 *   clip_order      of the norm of .clip_norm: 1, 2 or HUGE_VAL, the largest magnitude; default 2
 *   skip_nonfinite  a step in which an element of the call's gradients is infinite or NaN is not
 *                   made: parameters and state are not changed, and it does not count. The number
 *                   of skipped steps is the state "<first parameter>.<state>.skipped", and .skipped
 *                   of the result. Default false: such a step is made */
#define TG_OPTIMIZER_OPTIONS    \
    size_t struct_size;         \
    tg_site at;                 \
    tg_tensor *loss;            \
    double lr;                  \
    tg_tensor *lr_at;           \
    double weight_decay;        \
    const char *no_decay;       \
    const char *params;         \
    const char *except;         \
    double clip_norm;           \
    bool allow_unused;          \
    const char *state;          \
    tg_schedule schedule;       \
    tg_tensor *weight_decay_at; \
    tg_list wrt;                \
    tg_list grads;              \
    bool maximize;              \
    double clip_value;          \
    double clip_order;          \
    bool skip_nonfinite;

/* Other hyper-parameters that may vary have, beside the number x, x_at, a tensor of rank 0 that
 * replaces it, and some x_schedule, which follows the optimizer's steps as .schedule does. More
 * than one of a number other than the default, a tensor and a schedule is an error.
 *
 * Each optimizer returns its assignments, for the .updates of tg_compile, and values of the step,
 * all of rank 0 and f64: lr, the learning rate; with .clip_norm norm, the gradients' norm before
 * clipping; with .skip_nonfinite skipped, the count. tg_compile(tape, loss, updates.lr) keeps a
 * value. On an error, which sticks to the tape, the result is { 0 }.
 *
 * Below, w is a parameter, g its gradient (after clipping and weight decay), t the number of steps
 * that this optimizer has made with w, including this one: a state of its own, "step", so that two
 * optimizers of one store may be used in turn. It is f64; only optimizers whose formula has t, or
 * that get a schedule, have it. Other states have the parameter's dtype. All states start at 0
 * unless stated otherwise. What depends on t or on the learning rate alone is computed in f64. A
 * NaN in a gradient makes the parameter NaN, unless .skip_nonfinite is set: nothing is skipped
 * silently. In f32 a gradient above 1.8e19 has an infinite square, by which Adam and similar
 * optimizers divide: their step is then 0. A parameter whose gradients were all 0 does not move
 * (except by weight decay), for any options: an eps below the smallest normal number of the dtype
 * counts as that number.
 *
 * Formulas are PyTorch's for the optimizers that PyTorch has, unless stated otherwise.
 *
 * Between tg_unroll and tg_unroll_end (tg_tape.h) an optimizer is a pure function of parameters,
 * state and gradients, and what follows can be differentiated through it. */

/* ---- Gradient descent ------------------------------------------------------------------- */

typedef struct tg_gd_args {
    TG_OPTIMIZER_OPTIONS
} tg_gd_args;
#define TG_GD_DEFAULTS                                                                             \
    .struct_size = TG_OPTIONS_SIZE(tg_gd_args, skip_nonfinite), .lr = 1e-2,                        \
    .clip_norm = HUGE_VAL, .state = "gd", .clip_value = HUGE_VAL, .clip_order = 2

/* tg_gd(loss, .lr = 0.1): w -= lr g. Default lr 1e-2. */
TG_API tg_updates tg_gd_with(const tg_gd_args *args);

/* The common forms of momentum. They agree (up to the scale of lr) while the learning rate is
 * constant. */
typedef enum tg_momentum_form {
    TG_MOMENTUM_SUM = 0,  /* v = momentum v + (1 - dampening) g;  w -= lr v  (PyTorch) */
    TG_MOMENTUM_AVERAGE,  /* v = momentum v + (1 - momentum) g;   w -= lr v */
    TG_MOMENTUM_VELOCITY, /* v = momentum v - lr g;               w += v     (Polyak 1964) */
} tg_momentum_form;

typedef struct tg_sgd_args {
    TG_OPTIMIZER_OPTIONS
    double momentum; /* in [0, 1]; default 0 */
    tg_momentum_form form;
    double dampening; /* in [0, 1]; default 0; for TG_MOMENTUM_SUM. It applies to the first step,
                         too (not in PyTorch: see .first_undamped) */
    bool nesterov;    /* w moves by d + momentum v instead of v, where d is the gradient's term
                         in v, as in PyTorch; needs momentum > 0 and no dampening */
    bool decoupled;   /* weight decay that does not go through the momentum */
    tg_tensor *momentum_at;
    tg_schedule momentum_schedule;
    bool first_undamped; /* v = g in the first step, as in PyTorch */
} tg_sgd_args;
#define TG_SGD_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_sgd_args, first_undamped), .lr = 1e-2,                       \
    .clip_norm = HUGE_VAL, .state = "sgd", .clip_value = HUGE_VAL, .clip_order = 2

/* tg_sgd(loss, .lr = 0.1, .momentum = 0.9). Default lr 1e-2. State: "sgd.v", only with
 * momentum. */
TG_API tg_updates tg_sgd_with(const tg_sgd_args *args);

/* ---- Adaptive step sizes ---------------------------------------------------------------- */

typedef struct tg_adagrad_args {
    TG_OPTIMIZER_OPTIONS
    double eps;       /* >= 0; default 1e-10 */
    bool eps_beside;  /* sqrt(s) + eps, as in PyTorch */
    double lr_decay;  /* >= 0; default 0 */
    double initial;   /* s before the first step, >= 0; default 0 */
} tg_adagrad_args;
#define TG_ADAGRAD_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_adagrad_args, initial), .lr = 1e-2, .clip_norm = HUGE_VAL,   \
    .state = "adagrad", .clip_value = HUGE_VAL, .clip_order = 2, .eps = 1e-10

/* tg_adagrad(loss) (Duchi et al. 2011): s += g^2;
 * w -= lr / (1 + (t - 1) lr_decay) g / sqrt(s + eps). Default lr 1e-2. State: "adagrad.s", and with
 * lr_decay "adagrad.step". */
TG_API tg_updates tg_adagrad_with(const tg_adagrad_args *args);

typedef struct tg_rmsprop_args {
    TG_OPTIMIZER_OPTIONS
    double rho;      /* in [0, 1); default 0.99; PyTorch's alpha */
    double eps;      /* >= 0; default 1e-8 */
    double momentum; /* in [0, 1]; default 0 */
    tg_tensor *rho_at;
    tg_tensor *momentum_at;
    tg_schedule momentum_schedule;
    bool eps_beside; /* sqrt(s) + eps, as in PyTorch */
    bool centered;   /* the variance of g instead of s */
} tg_rmsprop_args;
#define TG_RMSPROP_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_rmsprop_args, centered), .lr = 1e-2,                         \
    .clip_norm = HUGE_VAL, .state = "rmsprop", .clip_value = HUGE_VAL, .clip_order = 2,            \
    .rho = 0.99, .eps = 1e-8

/* tg_rmsprop(loss) (Hinton 2012): s = rho s + (1 - rho) g^2; d = g / sqrt(s + eps); w -= lr d, or
 * with momentum: v = momentum v + d; w -= lr v. With .centered (Graves 2013): a = rho a + (1 - rho)
 * g, and s - a^2 instead of s under the root. Default lr 1e-2. State: "rmsprop.s", "rmsprop.v",
 * "rmsprop.a". */
TG_API tg_updates tg_rmsprop_with(const tg_rmsprop_args *args);

typedef struct tg_adadelta_args {
    TG_OPTIMIZER_OPTIONS
    double rho; /* in [0, 1); default 0.9 */
    double eps; /* >= 0; default 1e-6 */
} tg_adadelta_args;
#define TG_ADADELTA_DEFAULTS                                                                       \
    .struct_size = TG_OPTIONS_SIZE(tg_adadelta_args, eps), .lr = 1, .clip_norm = HUGE_VAL,         \
    .state = "adadelta", .clip_value = HUGE_VAL, .clip_order = 2, .rho = 0.9, .eps = 1e-6

/* tg_adadelta(loss) (Zeiler 2012): s = rho s + (1 - rho) g^2; d = g sqrt(u + eps) / sqrt(s + eps);
 * u = rho u + (1 - rho) d^2; w -= lr d. Default lr 1. State: "adadelta.s", "adadelta.u". With eps =
 * 0 the steps are too small to be seen. */
TG_API tg_updates tg_adadelta_with(const tg_adadelta_args *args);

typedef struct tg_adam_args {
    TG_OPTIMIZER_OPTIONS
    double beta1; /* in [0, 1); default 0.9 */
    double beta2; /* in [0, 1); default 0.999 */
    double eps;   /* >= 0; default 1e-8 */
    tg_tensor *beta1_at;
    tg_schedule beta1_schedule;
    tg_tensor *beta2_at;
    bool amsgrad; /* divide by the largest v so far (Reddi et al. 2018) */
} tg_adam_args;
#define TG_ADAM_DEFAULTS                                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_adam_args, amsgrad), .lr = 1e-3, .clip_norm = HUGE_VAL,      \
    .state = "adam", .clip_value = HUGE_VAL, .clip_order = 2, .beta1 = 0.9, .beta2 = 0.999,        \
    .eps = 1e-8
#define TG_ADAMW_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_adam_args, amsgrad), .lr = 1e-3, .weight_decay = 1e-2,       \
    .clip_norm = HUGE_VAL, .state = "adamw", .clip_value = HUGE_VAL, .clip_order = 2,              \
    .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8

/* tg_adam(loss, .lr = 1e-3) (Kingma and Ba 2015): m = beta1 m + (1 - beta1) g; v = beta2 v + (1 -
 * beta2) g^2; w -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps). With .amsgrad the
 * largest v so far is under the root. Default lr 1e-3. State: "adam.m", "adam.v", "adam.largest",
 * "adam.step". (The smallest normal number, which is far below rounding, is added under the root,
 * so that the update of a parameter whose gradients were all 0 has a derivative.) */
TG_API tg_updates tg_adam_with(const tg_adam_args *args);

/* tg_adamw(loss, .weight_decay = 0.05, .no_decay = "bias") (Loshchilov and Hutter 2019): tg_adam
 * with decoupled weight decay: also w -= lr weight_decay w. Default weight_decay 1e-2. State:
 * "adamw.m", "adamw.v", "adamw.largest", "adamw.step". */
TG_API tg_updates tg_adamw_with(const tg_adam_args *args);

typedef struct tg_adamax_args {
    TG_OPTIMIZER_OPTIONS
    double beta1; /* in [0, 1); default 0.9 */
    double beta2; /* in [0, 1); default 0.999 */
    double eps;   /* >= 0; default 1e-8 */
    tg_tensor *beta1_at;
    tg_schedule beta1_schedule;
} tg_adamax_args;
#define TG_ADAMAX_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_adamax_args, beta1_schedule), .lr = 2e-3,                    \
    .clip_norm = HUGE_VAL, .state = "adamax", .clip_value = HUGE_VAL, .clip_order = 2,             \
    .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8

/* tg_adamax(loss) (Kingma and Ba 2015, section 7.1): m as in tg_adam;
 * u = max(beta2 u, |g| + eps); w -= lr / (1 - beta1^t) m / u. Default lr 2e-3. State: "adamax.m",
 * "adamax.u", "adamax.step". */
TG_API tg_updates tg_adamax_with(const tg_adamax_args *args);

typedef struct tg_nadam_args {
    TG_OPTIMIZER_OPTIONS
    double beta1;          /* in [0, 1); default 0.9 */
    double beta2;          /* in [0, 1); default 0.999 */
    double eps;            /* >= 0; default 1e-8 */
    double momentum_decay; /* >= 0; default 4e-3 */
    bool decoupled;        /* weight decay as in tg_adamw */
} tg_nadam_args;
#define TG_NADAM_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_nadam_args, decoupled), .lr = 2e-3, .clip_norm = HUGE_VAL,   \
    .state = "nadam", .clip_value = HUGE_VAL, .clip_order = 2, .beta1 = 0.9, .beta2 = 0.999,       \
    .eps = 1e-8, .momentum_decay = 4e-3

/* tg_nadam(loss) (Dozat 2016): m and v as in tg_adam; c(t) = beta1 (1 - 0.96^(t momentum_decay) /
 * 2); p the product of c(1) to c(t); w -= lr ((1 - c(t)) / (1 - p) g + c(t + 1) / (1 - p c(t + 1))
 * m) / (sqrt(v / (1 - beta2^t)) + eps). Default lr 2e-3. State: "nadam.m", "nadam.v", "nadam.step",
 * and "nadam.unbias", which is 1 - p in f64. */
TG_API tg_updates tg_nadam_with(const tg_nadam_args *args);

typedef struct tg_radam_args {
    TG_OPTIMIZER_OPTIONS
    double beta1;   /* in [0, 1); default 0.9 */
    double beta2;   /* in [0, 1); default 0.999 */
    double eps;     /* >= 0; default 1e-8 */
    bool decoupled; /* weight decay as in tg_adamw */
} tg_radam_args;
#define TG_RADAM_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_radam_args, decoupled), .lr = 1e-3, .clip_norm = HUGE_VAL,   \
    .state = "radam", .clip_value = HUGE_VAL, .clip_order = 2, .beta1 = 0.9, .beta2 = 0.999,       \
    .eps = 1e-8

/* tg_radam(loss) (Liu et al. 2020): m and v as in tg_adam; a = 2 / (1 - beta2) - 1; r = a - 2 t
 * beta2^t / (1 - beta2^t), the effective number of terms in v. If r > 5, w -= lr / (1 - beta1^t) m
 * sqrt((r - 4)(r - 2) a / ((a - 4)(a - 2) r)) sqrt(1 - beta2^t) / (sqrt(v) + eps); else the
 * variance of v is too large, and w -= lr / (1 - beta1^t) m. Default lr 1e-3. State: "radam.m",
 * "radam.v", "radam.step". */
TG_API tg_updates tg_radam_with(const tg_radam_args *args);

typedef struct tg_adan_args {
    TG_OPTIMIZER_OPTIONS
    double beta1; /* of m, in [0, 1); default 0.98 */
    double beta2; /* of the gradients' difference d, in [0, 1); default 0.92 */
    double beta3; /* of the squares n, in [0, 1); default 0.99 */
    double eps;   /* >= 0; default 1e-8 */
} tg_adan_args;
#define TG_ADAN_DEFAULTS                                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_adan_args, eps), .lr = 1e-3, .clip_norm = HUGE_VAL,          \
    .state = "adan", .clip_value = HUGE_VAL, .clip_order = 2, .beta1 = 0.98, .beta2 = 0.92,        \
    .beta3 = 0.99, .eps = 1e-8

/* tg_adan(loss) (Xie et al. 2024): with h the gradient of the step before (in the first step g), m
 * = beta1 m + (1 - beta1) g; d = beta2 d + (1 - beta2) (g - h); n = beta3 n + (1 - beta3) (g +
 * beta2 (g - h))^2; M, D, N are these divided by 1 - beta^t; w = (w - lr (M + beta2 D) / (sqrt(N) +
 * eps)) / (1 + lr weight_decay): the decay is decoupled. (As in the authors' program; in the paper
 * the betas are 1 minus these.) Default lr 1e-3. State: "adan.m", "adan.d", "adan.n", "adan.h",
 * "adan.step". */
TG_API tg_updates tg_adan_with(const tg_adan_args *args);

typedef struct tg_lamb_args {
    TG_OPTIMIZER_OPTIONS
    double beta1; /* in [0, 1); default 0.9 */
    double beta2; /* in [0, 1); default 0.999 */
    double eps;   /* >= 0; default 1e-6 */
} tg_lamb_args;
#define TG_LAMB_DEFAULTS                                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_lamb_args, eps), .lr = 1e-3, .weight_decay = 1e-2,           \
    .clip_norm = HUGE_VAL, .state = "lamb", .clip_value = HUGE_VAL, .clip_order = 2, .beta1 = 0.9, \
    .beta2 = 0.999, .eps = 1e-6

/* tg_lamb(loss) (You et al. 2020, algorithm 2): m and v as in tg_adam; r = m / (1 - beta1^t) /
 * (sqrt(v / (1 - beta2^t)) + eps) + weight_decay w; w -= lr |w| / |r| r, with the Euclidean norms
 * of the parameter (the ratio is 1 if one of them is 0). Default lr 1e-3, weight_decay 1e-2. State:
 * "lamb.m", "lamb.v", "lamb.step". */
TG_API tg_updates tg_lamb_with(const tg_lamb_args *args);

/* ---- Signs, steps of their own size, directions ------------------------------------------ */

typedef struct tg_lion_args {
    TG_OPTIMIZER_OPTIONS
    double beta1; /* in [0, 1); default 0.9 */
    double beta2; /* in [0, 1); default 0.99 */
    tg_tensor *beta1_at;
    tg_schedule beta1_schedule;
} tg_lion_args;
#define TG_LION_DEFAULTS                                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_lion_args, beta1_schedule), .lr = 1e-4,                      \
    .clip_norm = HUGE_VAL, .state = "lion", .clip_value = HUGE_VAL, .clip_order = 2, .beta1 = 0.9, \
    .beta2 = 0.99

/* tg_lion(loss) (Chen et al. 2023): w -= lr (sign(beta1 m + (1 - beta1) g) + weight_decay w);
 * then m = beta2 m + (1 - beta2) g. Default lr 1e-4. State: "lion.m". */
TG_API tg_updates tg_lion_with(const tg_lion_args *args);

typedef struct tg_rprop_args {
    TG_OPTIMIZER_OPTIONS
    double shrink;   /* in (0, 1); default 0.5 */
    double grow;     /* > 1; default 1.2 */
    double smallest; /* step, > 0; default 1e-6 */
    double largest;  /* step, >= smallest; default 50 */
} tg_rprop_args;
#define TG_RPROP_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_rprop_args, largest), .lr = 1e-2, .clip_norm = HUGE_VAL,     \
    .state = "rprop", .clip_value = HUGE_VAL, .clip_order = 2, .shrink = 0.5, .grow = 1.2,         \
    .smallest = 1e-6, .largest = 50

/* tg_rprop(loss) (Riedmiller and Braun 1993), for full batches: each weight has a step size d, at
 * first lr. If g has the sign of h, the gradient before, d grows. If it has the opposite sign, d
 * shrinks, and g counts as 0 in this step and as h in the next. d is clamped to its limits. w -=
 * sign(g) d. The learning rate is that of the first step alone: no .lr_at, no .schedule. Default lr
 * 1e-2. State: "rprop.d", which starts at lr, and "rprop.h". */
TG_API tg_updates tg_rprop_with(const tg_rprop_args *args);

typedef enum tg_muon_scale {
    TG_MUON_SPECTRAL = 0, /* sqrt(max(1, rows / columns)) (Jordan 2024) */
    TG_MUON_RMS,          /* 0.2 sqrt(max(rows, columns)), so that lr and weight_decay can be those
                             of AdamW (Liu et al. 2025) */
} tg_muon_scale;

typedef struct tg_muon_args {
    TG_OPTIMIZER_OPTIONS
    double momentum; /* in [0, 1); default 0.95 */
    bool nesterov;   /* default true */
    int iterations;  /* of Newton-Schulz, 1 to 100; default 5 */
    tg_muon_scale scale;
    double eps; /* > 0; default 1e-7 */
    tg_tensor *momentum_at;
    tg_schedule momentum_schedule;
} tg_muon_args;
#define TG_MUON_DEFAULTS                                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_muon_args, momentum_schedule), .lr = 1e-3,                   \
    .weight_decay = 0.1, .clip_norm = HUGE_VAL, .state = "muon", .clip_value = HUGE_VAL,           \
    .clip_order = 2, .momentum = 0.95, .nesterov = true, .iterations = 5, .eps = 1e-7

/* tg_muon(loss, .except = "embedding, bias") (Jordan 2024): v = momentum v + (1 - momentum) g; u =
 * v, or with .nesterov (1 - momentum) g + momentum v; w -= lr weight_decay w + lr scale O(u). O
 * makes the singular values of a matrix nearly 1: X = u / max(|u|, eps), then .iterations times X =
 * a X + (b A + c A A) X with A = X X', a = 3.4445, b = -4.775, c = 2.0315, in the parameter's dtype
 * (PyTorch: bfloat16); a matrix with more rows than columns is transposed for it. For parameters of
 * two axes or more; all axes but the first are joined. Others are an error, and need an optimizer
 * of their own. Default lr 1e-3, weight_decay 0.1. State: "muon.v". */
TG_API tg_updates tg_muon_with(const tg_muon_args *args);

/* ---- Without a schedule ------------------------------------------------------------------- */

typedef struct tg_schedule_free_sgd_args {
    TG_OPTIMIZER_OPTIONS
    double momentum; /* in (0, 1); default 0.9 */
    int64_t warmup;  /* steps over which the rate grows linearly, >= 0; default 0 */
} tg_schedule_free_sgd_args;
#define TG_SCHEDULE_FREE_SGD_DEFAULTS                                                              \
    .struct_size = TG_OPTIONS_SIZE(tg_schedule_free_sgd_args, warmup), .lr = 1,                    \
    .clip_norm = HUGE_VAL, .state = "schedulefree", .clip_value = HUGE_VAL, .clip_order = 2,       \
    .momentum = 0.9

/* tg_schedule_free_sgd(loss, .lr = 1) (Defazio et al. 2024): gradients are taken at the parameter
 * w, a point between the iterate z and the average x, which is the result: z -= r g; x = (1 - c) x
 * + c z; w = (1 - momentum) z + momentum x, where r = lr min(1, t / warmup) and c = r^2 / (the sum
 * of r^2 so far), 0 while that sum is 0. Weight decay is added to g, with w. To evaluate or save
 * the network use x: tg_use_state(tape, "schedulefree.x"). Default lr 1. State: "schedulefree.z"
 * and "schedulefree.x", which are w before the first step, "schedulefree.sum", f64, and
 * "schedulefree.step". */
TG_API tg_updates tg_schedule_free_sgd_with(const tg_schedule_free_sgd_args *args);

typedef struct tg_schedule_free_adamw_args {
    TG_OPTIMIZER_OPTIONS
    double beta1;   /* in (0, 1); default 0.9 */
    double beta2;   /* in [0, 1); default 0.999 */
    double eps;     /* >= 0; default 1e-8 */
    int64_t warmup; /* steps over which the rate grows linearly, >= 0; default 0 */
} tg_schedule_free_adamw_args;
#define TG_SCHEDULE_FREE_ADAMW_DEFAULTS                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_schedule_free_adamw_args, warmup), .lr = 2.5e-3,             \
    .clip_norm = HUGE_VAL, .state = "schedulefree", .clip_value = HUGE_VAL, .clip_order = 2,       \
    .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8

/* tg_schedule_free_adamw(loss): the same with beta1 for momentum and g / (sqrt(v / (1 - beta2^t)) +
 * eps) + weight_decay w instead of g, with v as in tg_adam. Default lr 2.5e-3. State: also
 * "schedulefree.v". */
TG_API tg_updates tg_schedule_free_adamw_with(const tg_schedule_free_adamw_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_gd(...) tg_gd_with(&(tg_gd_args){ TG_GD_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_sgd(...) tg_sgd_with(&(tg_sgd_args){ TG_SGD_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_adagrad(...)                                                                            \
    tg_adagrad_with(&(tg_adagrad_args){ TG_ADAGRAD_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_rmsprop(...)                                                                            \
    tg_rmsprop_with(&(tg_rmsprop_args){ TG_RMSPROP_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_adadelta(...)                                                                           \
    tg_adadelta_with(&(tg_adadelta_args){ TG_ADADELTA_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_adam(...) tg_adam_with(&(tg_adam_args){ TG_ADAM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_adamw(...)                                                                              \
    tg_adamw_with(&(tg_adam_args){ TG_ADAMW_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_adamax(...)                                                                             \
    tg_adamax_with(&(tg_adamax_args){ TG_ADAMAX_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_nadam(...)                                                                              \
    tg_nadam_with(&(tg_nadam_args){ TG_NADAM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_radam(...)                                                                              \
    tg_radam_with(&(tg_radam_args){ TG_RADAM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_adan(...) tg_adan_with(&(tg_adan_args){ TG_ADAN_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_lamb(...) tg_lamb_with(&(tg_lamb_args){ TG_LAMB_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_lion(...) tg_lion_with(&(tg_lion_args){ TG_LION_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_rprop(...)                                                                              \
    tg_rprop_with(&(tg_rprop_args){ TG_RPROP_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_muon(...) tg_muon_with(&(tg_muon_args){ TG_MUON_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_schedule_free_sgd(...)                                                                  \
    tg_schedule_free_sgd_with(                                                                     \
        &(tg_schedule_free_sgd_args){ TG_SCHEDULE_FREE_SGD_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_schedule_free_adamw(...)                                                                \
    tg_schedule_free_adamw_with(&(tg_schedule_free_adamw_args){                                    \
        TG_SCHEDULE_FREE_ADAMW_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
