/* tg_steps.h: what belongs to training steps beside optimizers: gradients of several batches,
 * clipping, sharpness-aware minimisation, averages of weights. All of it is recorded like
 * everything else. */
#ifndef TG_STEPS_H
#define TG_STEPS_H

#include "tg_optim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Gradients of several batches --------------------------------------------------------- */

typedef struct tg_accumulate_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *loss;    /* one element, float */
    const char *params; /* this and the next three as for optimizers */
    const char *except;
    bool allow_unused;
    const char *state;    /* default "accumulated" */
    double weight; /* of this micro-batch, > 0; default 1. Give the number of rows if batches
                      differ in size */
    tg_tensor *weight_at; /* the weight as a tensor: f32 or f64 of rank 0, > 0 in each run. Both
                             (with a weight other than 1) are an error */
} tg_accumulate_args;
#define TG_ACCUMULATE_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_accumulate_args, weight_at), .state = "accumulated",         \
    .weight = 1

/* tg_accumulate(loss): adds the gradients of a micro-batch to those of the ones before, instead of
 * making a step: a large batch in parts that fit into memory. tg_accumulated then gives the
 * weighted mean of the gradients, sum(weight g) / sum(weight). So for micro-batches of different
 * sizes, whose losses are means over their rows, use the sizes as weights to get the gradient of
 * the whole batch (a shorter last one has a tape of its own):
 *
 *     tg_accumulate(loss_of_64, .weight = 64);        (the tape of full micro-batches)
 *     tg_accumulate(loss_of_40, .weight = 40);        (the tape of the last one)
 *
 * If the data determines the size, such as a count of unmasked tokens, use a tensor:
 *
 *     tg_accumulate(loss, .weight_at = tg_sum(mask));
 *
 * State: "accumulated.sum", and "accumulated.step", the sum of the weights, in f64. */
TG_API tg_updates tg_accumulate_with(const tg_accumulate_args *args);

typedef struct tg_accumulated_args {
    size_t struct_size;
    tg_site at;
    tg_tape *tape;
    const char *params, *except, *state; /* as for tg_accumulate */
} tg_accumulated_args;
#define TG_ACCUMULATED_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_accumulated_args, state), .state = "accumulated"

/* On a tape of its own: a number whose gradients are the means of the accumulated gradients, for
 * any optimizer to use as its loss, and the assignments that set the sums to 0 again:
 *
 *     tg_accumulate(loss);                       (the tape that is run for each micro-batch)
 *     tg_adam(tg_accumulated(other), .lr = 1e-3);       (the tape that is run for each step)
 *
 * The value of the number has no meaning. The optimizer, and its schedule, count its own steps
 * alone. */
TG_API tg_tensor *tg_accumulated_with(const tg_accumulated_args *args);

/* ---- Clipping --------------------------------------------------------------------------- */

typedef struct tg_global_norm_args {
    size_t struct_size;
    tg_site at;
    tg_list list;
    double order; /* 1: the sum of magnitudes; 2: the root of the sum of squares; HUGE_VAL: the
                     largest magnitude. Default 2 */
} tg_global_norm_args;
#define TG_GLOBAL_NORM_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_global_norm_args, order), .order = 2

/* tg_global_norm(TG_LIST(a, b)): the norm of tensors of one float dtype, as one vector, as f64 of
 * rank 0; it does not overflow or underflow for any f32. If all elements are 0 its gradient is
 * 0. */
TG_API tg_tensor *tg_global_norm_with(const tg_global_norm_args *args);

typedef struct tg_clip_norm_args {
    size_t struct_size;
    tg_site at;
    tg_list list;
    double limit; /* > 0 */
    tg_tensor **out;
    double order; /* as above; default 2 */
} tg_clip_norm_args;
#define TG_CLIP_NORM_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_clip_norm_args, order), .order = 2

/* tg_clip_norm(list, 1.0, out): out[i] = list[i] * min(1, limit / norm), where norm is the global
 * norm, which is returned. If it is within the limit, elements are unchanged, bit for bit; NaN
 * stays NaN. For updates of your own; [out] may be the list's array. */
TG_API tg_tensor *tg_clip_norm_with(const tg_clip_norm_args *args);

/* ---- The worst point nearby --------------------------------------------------------------- */

/* Records a loss, of one element, with the current values of tg_read; [pass] is 0, then 1. The
 * random draws of both passes need different keys, and assignments, as of batch norm, may be
 * recorded in only one of them. NULL after an error. */
typedef tg_tensor *(*tg_loss_fn)(void *context, tg_tape *tape, int pass);

typedef struct tg_sam_args {
    size_t struct_size;
    tg_site at;
    tg_tape *tape;
    tg_loss_fn loss;
    void *context;
    double rho;         /* the distance, > 0; default 0.05 */
    const char *params; /* as for optimizers; give the optimizer the same */
    const char *except;
    bool allow_unused;
} tg_sam_args;
#define TG_SAM_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_sam_args, allow_unused), .rho = 0.05

/* The result of tg_sam: the loss at the parameters, and gradients for .grads. */
typedef struct tg_sam_result {
    tg_tensor *loss;
    tg_list grads, wrt; /* in the tape's memory */
} tg_sam_result;

/* Sharpness-aware minimisation (Foret et al. 2021): the gradients of the loss at w + rho g / |g|,
 * where g are the gradients at w and |g| is their global norm. Any optimizer can use them:
 *
 *     tg_sam_result sam = tg_sam(tape, loss_of, &net, .rho = 0.05);
 *     tg_sgd(.wrt = sam.wrt, .grads = sam.grads, .lr = 0.1, .momentum = 0.9);
 *     tg_plan *step = tg_compile(tape, sam.loss);
 *
 * As in the paper, no gradient passes through rho g / |g|. Where |g| is 0 the point is w. On an
 * error, which sticks to the tape, all members are NULL and 0. */
TG_API tg_sam_result tg_sam_with(const tg_sam_args *args);

/* ---- Averages of weights ------------------------------------------------------------------- */

typedef struct tg_ema_args {
    size_t struct_size;
    tg_site at;
    tg_tape *tape;
    double decay;       /* in [0, 1); default 0.999 */
    const char *params; /* as for optimizers */
    const char *except;
    const char *state; /* default "ema" */
} tg_ema_args;
#define TG_EMA_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_ema_args, state), .decay = 0.999, .state = "ema"

/* tg_ema(tape, .decay = 0.999), recorded behind the optimizer: the exponential moving average of
 * each trainable parameter after the run: a = w in the first run, then a = decay a + (1 - decay) w.
 * State: "<parameter>.ema.mean", "<parameter>.ema.step". */
TG_API tg_updates tg_ema_with(const tg_ema_args *args);

typedef struct tg_swa_args {
    size_t struct_size;
    tg_site at;
    tg_tape *tape;
    int64_t start;      /* runs before the average begins, >= 0; default 0 */
    int64_t every;      /* every n-th run is averaged, >= 1; default 1 */
    const char *params; /* as for optimizers */
    const char *except;
    const char *state; /* default "swa" */
} tg_swa_args;
#define TG_SWA_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_swa_args, state), .every = 1, .state = "swa"

/* tg_swa(tape, .start = 5 * epoch, .every = epoch) (Izmailov et al. 2018), recorded behind the
 * optimizer: the mean of each trainable parameter after the runs start + every, start + 2 every and
 * so on: a += (w - a) / n. Before the first of these it is w. State: "<parameter>.swa.mean", and
 * "<parameter>.swa.step", which counts all runs. */
TG_API tg_updates tg_swa_with(const tg_swa_args *args);

/* From here on reads on this tape, for example for a validation, give a state of each trainable
 * parameter, an average, instead of the parameter: tg_use_state(tape, "ema.mean"), "swa.mean", or,
 * of the schedule-free optimizers, "schedulefree.x". A parameter without that state is read itself.
 * TG_ERR_STATE if no parameter has it. tg_override_end ends this for one parameter. */
TG_API tg_status tg_use_state_at(tg_site at, tg_tape *tape, const char *state);
/* Sets each parameter to that state, for a network that is saved to be used. Errors stick to the
 * store. */
TG_API tg_status tg_take_state_at(tg_site at, tg_store *store, const char *state);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_accumulate(...)                                                                         \
    tg_accumulate_with(                                                                            \
        &(tg_accumulate_args){ TG_ACCUMULATE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_accumulated(...)                                                                        \
    tg_accumulated_with(                                                                           \
        &(tg_accumulated_args){ TG_ACCUMULATED_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_global_norm(...)                                                                        \
    tg_global_norm_with(                                                                           \
        &(tg_global_norm_args){ TG_GLOBAL_NORM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_clip_norm(...)                                                                          \
    tg_clip_norm_with(&(tg_clip_norm_args){ TG_CLIP_NORM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_sam(...) tg_sam_with(&(tg_sam_args){ TG_SAM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_ema(...) tg_ema_with(&(tg_ema_args){ TG_EMA_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_swa(...) tg_swa_with(&(tg_swa_args){ TG_SWA_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_use_state(...)  tg_use_state_at(TG_HERE, __VA_ARGS__)
#define tg_take_state(...) tg_take_state_at(TG_HERE, __VA_ARGS__)
#endif

#endif
