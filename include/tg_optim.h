/* tg_optim.h: optimizers, clipping, learning-rate schedules.
 *
 * An optimizer records its step like everything else: the gradients, the new values, and
 * their assignments. So forward, backward and update are one program, which can be
 * differentiated again (but for the kinks of clipping, the updates are smooth functions of
 * the gradients and of the learning rate). The step is made by each tg_run of a plan that
 * includes the assignments, or by tg_commit:
 *
 *     tg_adam(loss, .lr = 1e-3, .clip_norm = 1);
 *     tg_plan *step = tg_compile(tape, loss);
 *
 * Groups of parameters are several calls:
 *
 *     tg_adamw(loss, .params = "encoder", .lr = 1e-4, .no_decay = "bias, norm.weight");
 *     tg_adamw(loss, .except = "encoder", .lr = 1e-3);
 *
 * The calls must not overlap: a second assignment to a variable is an error of tg_assign. */
#ifndef TG_OPTIM_H
#define TG_OPTIM_H

#include "tg_array.h"

#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Learning-rate schedules ------------------------------------------------------------ */

/* A schedule says what the learning rate is after n steps. It is a plain value, without a tape: an
 * optimizer that is given one follows it by the steps that it has made itself,
 *
 *     tg_adam(loss, .schedule = tg_cosine_lr(.base = 1e-3, .steps = 10000, .warmup = 500));
 *
 * so neither other optimizers of the store nor runs that act, cache or evaluate move it, and a run
 * that resumes goes on with it (see .schedule below). tg_schedule_rate records it for any count.
 *
 * n is 0 in the first step. With .warmup = k the rate rises in k equal steps, base (n + 1) / k, and
 * the schedule proper starts at n = k; let s = max(n - k, 0). Numbers that make no sense are
 * reported by what records the schedule, with the line of its constructor. */
typedef struct tg_schedule tg_schedule;
/* A rate of your own (tg_function_lr), as a function of the count. */
typedef tg_tensor *(*tg_rate_fn)(void *context, tg_tensor *count);
struct tg_schedule {
    /* Records the rate at [count], an f64 tensor, in its shape. NULL: no schedule. */
    tg_tensor *(*rate)(tg_site at, const tg_schedule *schedule, tg_tensor *count);
    tg_site at;       /* of the constructor's call */
    const char *name; /* "tg_cosine_lr" */
    double base, final, gamma;
    int64_t every, steps, warmup;
    tg_rate_fn function; /* of tg_function_lr, which is given */
    void *context;
    double room[4]; /* zeros; for later members: schedules stand in options by value */
};

typedef struct tg_constant_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* the learning rate, >= 0; default 1e-3 */
    int64_t warmup; /* steps; default 0 */
} tg_constant_lr_args;
#define TG_CONSTANT_LR_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_constant_lr_args, warmup), .base = 1e-3

/* tg_constant_lr(.base = 0.1, .warmup = 100): base. */
TG_API tg_schedule tg_constant_lr_with(const tg_constant_lr_args *args);

typedef struct tg_step_lr_args {
    size_t struct_size;
    tg_site at;
    double base;   /* >= 0; default 1e-3 */
    double gamma;  /* > 0; default 0.1 */
    int64_t every; /* steps, >= 1; required */
    int64_t warmup;
} tg_step_lr_args;
#define TG_STEP_LR_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_step_lr_args, warmup), .base = 1e-3, .gamma = 0.1

/* tg_step_lr(.base = 0.1, .every = 1000): base gamma^floor(s / every). */
TG_API tg_schedule tg_step_lr_with(const tg_step_lr_args *args);

typedef struct tg_exponential_lr_args {
    size_t struct_size;
    tg_site at;
    double base;   /* >= 0; default 1e-3 */
    double gamma;  /* > 0; required */
    int64_t every; /* steps in which the rate changes by gamma, >= 1; default 1 */
    int64_t warmup;
} tg_exponential_lr_args;
#define TG_EXPONENTIAL_LR_DEFAULTS                                                                 \
    .struct_size = TG_OPTIONS_SIZE(tg_exponential_lr_args, warmup), .base = 1e-3, .every = 1

/* tg_exponential_lr(.base = 0.1, .gamma = 0.9, .every = steps_of_an_epoch): base
 * gamma^(s / every). */
TG_API tg_schedule tg_exponential_lr_with(const tg_exponential_lr_args *args);

typedef struct tg_cosine_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* >= 0; default 1e-3 */
    double final;   /* >= 0; default 0 */
    int64_t steps;  /* of the whole, warm-up included, >= 1; required */
    int64_t warmup; /* < steps */
} tg_cosine_lr_args;
#define TG_COSINE_LR_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_cosine_lr_args, warmup), .base = 1e-3

/* tg_cosine_lr(.base = 1e-3, .steps = 10000, .warmup = 500) (Loshchilov and Hutter 2017):
 * final + (base - final) (1 + cos(pi s / (steps - warmup))) / 2; final from n = steps on. */
TG_API tg_schedule tg_cosine_lr_with(const tg_cosine_lr_args *args);

/* A schedule of your own. [function] records the rate at [count], an f64 tensor, with operations on
 * its tape, and returns it in the count's shape, f32 or f64. It is called when the schedule is
 * recorded; what [context] points at must live until then.
 *
 *     static tg_tensor *inverse_root(void *context, tg_tensor *count)
 *     {
 *         return tg_mul_num(tg_rsqrt(tg_add_num(count, 1)), *(const double *)context);
 *     }
 *
 *     tg_adam(loss, .schedule = tg_function_lr(inverse_root, &base)); */
TG_API tg_schedule tg_function_lr_at(tg_site at, tg_rate_fn function, void *context);

/* tg_schedule_rate(tg_cosine_lr(.base = 1e-3, .steps = 100), tg_step(tape)): the rate at [count],
 * f64 of any shape, as f64 of that shape: to be logged, or for an update of your own. Of an
 * optimizer's own rate its tg_updates has the tensor (lr). TG_ERR_ARGUMENT for a schedule that is
 * none or whose numbers make no sense, TG_ERR_DTYPE for another count, TG_ERR_STATE for a stale
 * one. */
TG_API tg_tensor *tg_schedule_rate_at(tg_site at, tg_schedule schedule, tg_tensor *count);

/* ---- What all optimizers share ---------------------------------------------------------- */

/* The members with which the options of every optimizer begin:
 *
 * loss          one element, float; the trainable variables of its store are updated
 * lr            the learning rate, >= 0; the default is the optimizer's
 * lr_at         or the learning rate as a tensor of rank 0: an input, or what you compute
 * weight_decay  >= 0, default 0 (tg_adamw: 1e-2): adds weight_decay * w to w's gradient
 *               (in tg_adamw, and in tg_sgd with .decoupled: takes lr * weight_decay * w
 *               off w instead)
 * no_decay      names without weight decay: those that begin or end with this, at a
 *               dot's border ("bias", "encoder.norm"); several with commas:
 *               "bias, norm.weight"
 * params        only the parameters whose names begin with this, at a dot's border
 * except        not the parameters whose names begin or end with this, at a dot's border;
 *               several with commas
 * clip_norm     > 0: scales the call's gradients together so that their norm (that of all
 *               of them as one vector, before weight decay) is at most this;
 *               default HUGE_VAL: never
 * allow_unused  a trainable parameter to which no path leads from the loss is skipped;
 *               default: it is an error, which names all of them
 * state         how the optimizer calls its state: "<parameter>.<state>.<what>", for
 *               example "out.weight.adam.m"; default: "adam" for tg_adam and so on. Two
 *               optimizers of one kind that take turns at a parameter need two names
 * schedule      or the learning rate as a schedule, at the number of steps that this optimizer has
 *               made before: its state "<parameter>.<state>.step", the largest of those of the
 *               call's parameters. So a parameter that was frozen, or that joins later, follows
 *               the others of its group; and each optimizer, each group and each saved store goes
 *               on by itself. Two of an .lr that is not the default, .lr_at and .schedule are
 *               an error */
#define TG_OPTIMIZER_OPTIONS \
    size_t struct_size;      \
    tg_site at;              \
    tg_tensor *loss;         \
    double lr;               \
    tg_tensor *lr_at;        \
    double weight_decay;     \
    const char *no_decay;    \
    const char *params;      \
    const char *except;      \
    double clip_norm;        \
    bool allow_unused;       \
    const char *state;       \
    tg_schedule schedule;

/* Each returns its assignments, for the .updates of tg_compile, and the learning rate of the step,
 * lr, f64 of rank 0: tg_compile(tape, loss, updates.lr) keeps it. On an error, which sticks to the
 * tape, there are none: { 0 }.
 *
 * Below, w is a parameter, g its gradient (after clipping and weight decay), t the number of steps
 * that this optimizer has made with w, this one included: a state of its own, "step", so that two
 * optimizers of one store may take turns. It is f64, and only Adam and those that are given a
 * schedule have it; other state has the parameter's dtype. All of it starts at 0. What depends on t
 * or on the learning rate alone is computed in f64. A NaN in a gradient gets into the parameter:
 * nothing is skipped silently. A parameter whose gradients were all 0 does not move (but for weight
 * decay), whatever the options: an eps that is less than the smallest normal number of the dtype
 * counts as that. In f32 the square of a gradient above 1.8e19 is infinite, and the steps that
 * divide by it (Adam's, RMSprop's, AdaGrad's) are 0. */

/* ---- Gradient descent ------------------------------------------------------------------- */

typedef struct tg_gd_args {
    TG_OPTIMIZER_OPTIONS
} tg_gd_args;
#define TG_GD_DEFAULTS                                                                             \
    .struct_size = TG_OPTIONS_SIZE(tg_gd_args, schedule), .lr = 1e-2, .clip_norm = HUGE_VAL,       \
    .state = "gd"

/* tg_gd(loss, .lr = 0.1): w -= lr g. Default lr 1e-2. */
TG_API tg_updates tg_gd_with(const tg_gd_args *args);

/* The forms of momentum found in books. They agree (up to the scale of lr) while the
 * learning rate is constant. */
typedef enum tg_momentum_form {
    TG_MOMENTUM_SUM = 0,  /* v = momentum v + (1 - dampening) g;  w -= lr v  (PyTorch) */
    TG_MOMENTUM_AVERAGE,  /* v = momentum v + (1 - momentum) g;   w -= lr v */
    TG_MOMENTUM_VELOCITY, /* v = momentum v - lr g;               w += v     (Polyak 1964) */
} tg_momentum_form;

typedef struct tg_sgd_args {
    TG_OPTIMIZER_OPTIONS
    double momentum; /* in [0, 1]; default 0 */
    tg_momentum_form form;
    double dampening; /* in [0, 1]; default 0; of TG_MOMENTUM_SUM. It damps the first step too
                         (PyTorch's first step is not damped) */
    bool nesterov;    /* w moves by d + momentum v instead of v, d being what g added to v, as in
                         PyTorch; needs momentum > 0 and no dampening */
    bool decoupled;   /* weight decay that does not go through the momentum */
} tg_sgd_args;
#define TG_SGD_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_sgd_args, decoupled), .lr = 1e-2, .clip_norm = HUGE_VAL,     \
    .state = "sgd"

/* tg_sgd(loss, .lr = 0.1, .momentum = 0.9). Default lr 1e-2. State: "sgd.v", only with
 * momentum. */
TG_API tg_updates tg_sgd_with(const tg_sgd_args *args);

/* ---- Adaptive step sizes ---------------------------------------------------------------- */

typedef struct tg_adagrad_args {
    TG_OPTIMIZER_OPTIONS
    double eps; /* >= 0; default 1e-10 */
} tg_adagrad_args;
#define TG_ADAGRAD_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_adagrad_args, eps), .lr = 1e-2, .clip_norm = HUGE_VAL,       \
    .state = "adagrad", .eps = 1e-10

/* tg_adagrad(loss) (Duchi et al. 2011): s += g^2; w -= lr g / sqrt(s + eps). Default lr 1e-2.
 * State: "adagrad.s". (PyTorch has sqrt(s) + eps.) */
TG_API tg_updates tg_adagrad_with(const tg_adagrad_args *args);

typedef struct tg_rmsprop_args {
    TG_OPTIMIZER_OPTIONS
    double rho;      /* in [0, 1); default 0.99; PyTorch's alpha */
    double eps;      /* >= 0; default 1e-8 */
    double momentum; /* in [0, 1]; default 0 */
} tg_rmsprop_args;
#define TG_RMSPROP_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_rmsprop_args, momentum), .lr = 1e-2,                         \
    .clip_norm = HUGE_VAL, .state = "rmsprop", .rho = 0.99, .eps = 1e-8

/* tg_rmsprop(loss) (Hinton 2012): s = rho s + (1 - rho) g^2; d = g / sqrt(s + eps);
 * w -= lr d, or with momentum: v = momentum v + d; w -= lr v. Default lr 1e-2. State:
 * "rmsprop.s", "rmsprop.v". (PyTorch has sqrt(s) + eps.) */
TG_API tg_updates tg_rmsprop_with(const tg_rmsprop_args *args);

typedef struct tg_adadelta_args {
    TG_OPTIMIZER_OPTIONS
    double rho; /* in [0, 1); default 0.9 */
    double eps; /* >= 0; default 1e-6 */
} tg_adadelta_args;
#define TG_ADADELTA_DEFAULTS                                                                       \
    .struct_size = TG_OPTIONS_SIZE(tg_adadelta_args, eps), .lr = 1, .clip_norm = HUGE_VAL,         \
    .state = "adadelta", .rho = 0.9, .eps = 1e-6

/* tg_adadelta(loss) (Zeiler 2012): s = rho s + (1 - rho) g^2;
 * d = g sqrt(u + eps) / sqrt(s + eps); u = rho u + (1 - rho) d^2; w -= lr d. Default lr 1.
 * State: "adadelta.s", "adadelta.u". With eps = 0 nothing moves that can be seen. */
TG_API tg_updates tg_adadelta_with(const tg_adadelta_args *args);

typedef struct tg_adam_args {
    TG_OPTIMIZER_OPTIONS
    double beta1; /* in [0, 1); default 0.9 */
    double beta2; /* in [0, 1); default 0.999 */
    double eps;   /* >= 0; default 1e-8 */
} tg_adam_args;
#define TG_ADAM_DEFAULTS                                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_adam_args, eps), .lr = 1e-3, .clip_norm = HUGE_VAL,          \
    .state = "adam", .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8
#define TG_ADAMW_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_adam_args, eps), .lr = 1e-3, .weight_decay = 1e-2,           \
    .clip_norm = HUGE_VAL, .state = "adamw", .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8

/* tg_adam(loss, .lr = 1e-3) (Kingma and Ba 2015): m = beta1 m + (1 - beta1) g;
 * v = beta2 v + (1 - beta2) g^2;
 * w -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps). Default lr 1e-3. State:
 * "adam.m", "adam.v", "adam.step". (Under the root stands the smallest normal number besides, far
 * below rounding, so that the update of a parameter whose gradients were all 0 has a derivative.)
 */
TG_API tg_updates tg_adam_with(const tg_adam_args *args);

/* tg_adamw(loss, .weight_decay = 0.05, .no_decay = "bias") (Loshchilov and Hutter 2019): the
 * same with decoupled weight decay: w -= lr weight_decay w besides. Default weight_decay 1e-2.
 * State: "adamw.m", "adamw.v", "adamw.step". */
TG_API tg_updates tg_adamw_with(const tg_adam_args *args);

/* ---- Gradients of several batches --------------------------------------------------------- */

typedef struct tg_accumulate_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *loss;    /* one element, float */
    const char *params; /* these and the next three as for optimizers */
    const char *except;
    bool allow_unused;
    const char *state;    /* default "accumulated" */
    double weight; /* of this micro-batch, > 0; default 1: its number of rows, if others have */
    tg_tensor *weight_at; /* another; or as a tensor: f32 or f64 of rank 0, > 0 in each run. Both (a
                             weight that is not 1) are an error */
} tg_accumulate_args;
#define TG_ACCUMULATE_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_accumulate_args, weight_at), .state = "accumulated",         \
    .weight = 1

/* tg_accumulate(loss): adds the gradients of a micro-batch to those of the ones before, instead
 * of making a step with them: a large batch in pieces that fit into memory. What tg_accumulated
 * gives is the mean of the gradients by their weights, sum(weight g) / sum(weight). So
 * micro-batches of unequal size, each with a loss that is a mean over its rows, make the gradient
 * of the whole batch if their weights are their sizes (a last one that is shorter, on a tape of its
 * own):
 *
 *     tg_accumulate(loss_of_64, .weight = 64);        (the tape of whole micro-batches)
 *     tg_accumulate(loss_of_40, .weight = 40);        (the tape of the last one)
 *
 * and those whose size the data decide, such as a count of tokens behind a mask, have a tensor:
 *
 *     tg_accumulate(loss, .weight_at = tg_sum(mask));
 *
 * State: "accumulated.sum", and "accumulated.step", the sum of the weights, in f64. */
TG_API tg_updates tg_accumulate_with(const tg_accumulate_args *args);

typedef struct tg_accumulated_args {
    size_t struct_size;
    tg_site at;
    tg_tape *tape;
    const char *params, *except, *state; /* as given to tg_accumulate */
} tg_accumulated_args;
#define TG_ACCUMULATED_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_accumulated_args, state), .state = "accumulated"

/* On a tape of its own: a number whose gradients are the means of what was accumulated, for any
 * optimizer to take in place of a loss, and the assignments that begin anew:
 *
 *     tg_accumulate(loss);                       (the tape that is run for each micro-batch)
 *     tg_adam(tg_accumulated(other), .lr = 1e-3);       (the tape that is run for each step)
 *
 * The number's own value means nothing. The optimizer counts its own steps alone, and so does its
 * schedule. */
TG_API tg_tensor *tg_accumulated_with(const tg_accumulated_args *args);

/* ---- Clipping --------------------------------------------------------------------------- */

/* The norm of tensors of one float dtype, taken as one vector, as f64 of rank 0. Its
 * gradient where all are 0 is 0. It is computed in f64, and holds over the whole range of f32. */
TG_API tg_tensor *tg_global_norm_at(tg_site at, tg_list list);
/* out[i] = list[i] * min(1, limit / norm) of tensors with their global norm; what is
 * within the limit is unchanged to the bit, and NaN passes on. For those who write their own
 * update; [out] may be the list's array. Returns the norm. */
TG_API tg_tensor *tg_clip_norm_at(tg_site at, tg_list list, double limit, tg_tensor *out[]);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_constant_lr(...)                                                                        \
    tg_constant_lr_with(                                                                           \
        &(tg_constant_lr_args){ TG_CONSTANT_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_step_lr(...)                                                                            \
    tg_step_lr_with(&(tg_step_lr_args){ TG_STEP_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_exponential_lr(...)                                                                     \
    tg_exponential_lr_with(                                                                        \
        &(tg_exponential_lr_args){ TG_EXPONENTIAL_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_cosine_lr(...)                                                                          \
    tg_cosine_lr_with(&(tg_cosine_lr_args){ TG_COSINE_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
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
#define tg_accumulate(...)                                                                         \
    tg_accumulate_with(                                                                            \
        &(tg_accumulate_args){ TG_ACCUMULATE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_accumulated(...)                                                                        \
    tg_accumulated_with(                                                                           \
        &(tg_accumulated_args){ TG_ACCUMULATED_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_function_lr(...) tg_function_lr_at(TG_HERE, __VA_ARGS__)
#define tg_schedule_rate(...) tg_schedule_rate_at(TG_HERE, __VA_ARGS__)
#define tg_global_norm(...) tg_global_norm_at(TG_HERE, __VA_ARGS__)
#define tg_clip_norm(...) tg_clip_norm_at(TG_HERE, __VA_ARGS__)
#endif

#endif
