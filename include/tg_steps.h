/* tg_steps.h: what goes around an optimizer's step: gradients of several batches, clipping,
 * gradients at the worst point nearby, averages of weights. All of it is recorded like everything
 * else. */
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

typedef struct tg_global_norm_args {
    size_t struct_size;
    tg_site at;
    tg_list list;
    double order; /* 1: the sum of magnitudes; 2: the root of the sum of squares; HUGE_VAL: the
                     largest magnitude. Default 2 */
} tg_global_norm_args;
#define TG_GLOBAL_NORM_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_global_norm_args, order), .order = 2

/* tg_global_norm(TG_LIST(a, b)): the norm of tensors of one float dtype, taken as one vector, as
 * f64 of rank 0, over the whole range of f32. Its gradient where all are 0 is 0. */
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

/* tg_clip_norm(list, 1.0, out): out[i] = list[i] * min(1, limit / norm) of tensors with their
 * global norm; what is within the limit is unchanged to the bit, and NaN passes on. For those who
 * write their own update; [out] may be the list's array. Returns the norm. */
TG_API tg_tensor *tg_clip_norm_with(const tg_clip_norm_args *args);

/* ---- The worst point nearby --------------------------------------------------------------- */

/* Records a loss, of one element, with what tg_read gives now; [pass] is 0, then 1. Random draws of
 * the two need keys of their own, and what assigns, as batch norm does, may do so in one of them.
 * NULL after an error. */
typedef tg_tensor *(*tg_loss_fn)(void *context, tg_tape *tape, int pass);

typedef struct tg_sam_args {
    size_t struct_size;
    tg_site at;
    tg_tape *tape;
    tg_loss_fn loss;
    void *context;
    double rho;         /* how far, > 0; default 0.05 */
    const char *params; /* as for optimizers, to which the same are given */
    const char *except;
    bool allow_unused;
} tg_sam_args;
#define TG_SAM_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_sam_args, allow_unused), .rho = 0.05

/* What tg_sam gives: the loss at the parameters, and gradients for .grads. */
typedef struct tg_sam_result {
    tg_tensor *loss;
    tg_list grads, wrt; /* of the tape's memory */
} tg_sam_result;

/* Sharpness-aware minimisation (Foret et al. 2021): the gradients of the loss at w + rho g / |g|, g
 * being those at w and |g| their global norm, which any optimizer takes for those at w:
 *
 *     tg_sam_result sam = tg_sam(tape, loss_of, &net, .rho = 0.05);
 *     tg_sgd(.wrt = sam.wrt, .grads = sam.grads, .lr = 0.1, .momentum = 0.9);
 *     tg_plan *step = tg_compile(tape, sam.loss);
 *
 * They are not differentiated through w + rho g / |g| (as in the paper). Where |g| is 0 the point
 * is w. On an error, which sticks to the tape, all is NULL and 0. */
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

/* tg_ema(tape, .decay = 0.999), behind the optimizer: the moving average of each trainable
 * parameter, as this run leaves it: a = w in the first run, then a = decay a + (1 - decay) w.
 * State: "<parameter>.ema.mean", "<parameter>.ema.step". */
TG_API tg_updates tg_ema_with(const tg_ema_args *args);

typedef struct tg_swa_args {
    size_t struct_size;
    tg_site at;
    tg_tape *tape;
    int64_t start;      /* runs before the first that counts, >= 0; default 0 */
    int64_t every;      /* one of so many counts, >= 1; default 1 */
    const char *params; /* as for optimizers */
    const char *except;
    const char *state; /* default "swa" */
} tg_swa_args;
#define TG_SWA_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_swa_args, state), .every = 1, .state = "swa"

/* tg_swa(tape, .start = 5 * epoch, .every = epoch) (Izmailov et al. 2018), behind the optimizer:
 * the mean of each trainable parameter over the runs number start + every, start + 2 every and so
 * on, as these leave it: a += (w - a) / n. Before the first of them it is w. State:
 * "<parameter>.swa.mean", and "<parameter>.swa.step", which counts all runs. */
TG_API tg_updates tg_swa_with(const tg_swa_args *args);

/* From here on reads on this tape, say that of a validation, give for each trainable parameter what
 * is in its state, an average: tg_use_state(tape, "ema.mean"), "swa.mean", or, of the schedule-free
 * optimizers, "schedulefree.x". Parameters without that state are read as they are. TG_ERR_STATE if
 * no parameter has it. tg_override_end takes them off one by one. */
TG_API tg_status tg_use_state_at(tg_site at, tg_tape *tape, const char *state);
/* The same for good: each parameter becomes what is in its state, as for a network that is saved to
 * be used. What goes wrong is told to the store. */
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
