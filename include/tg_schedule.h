/* tg_schedule.h: learning-rate schedules, and a rate that is lowered when a metric stops improving.
 *
 * A schedule is the learning rate as a function of the number n of steps made before. It is a plain
 * value, without a tape. An optimizer that gets one uses its own count of steps:
 *
 *     tg_adam(loss, .schedule = tg_cosine_lr(.base = 1e-3, .steps = 10000, .warmup = 500));
 *
 * So neither other optimizers of the store nor evaluations change the rate, and a resumed run
 * continues with it (see .schedule in tg_optim.h). tg_schedule_rate records a schedule for any
 * count.
 *
 * n is 0 in the first step. It is the epoch, or the count of steps, of PyTorch's schedulers;
 * schedules with the same name have the same rates, unless stated otherwise. PyTorch's optimizer
 * also makes its step with the rate of count n, since its scheduler is called behind it.
 *
 * Each schedule has a linear warm-up. With .warmup = k the rate grows in k equal steps, base (n +
 * 1) / k, and the schedule itself begins at n = k; below, s = max(n - k, 0). .steps always counts
 * all steps, including the warm-up, and T is steps - warmup.
 *
 * Invalid options are an error of the function that records the schedule (TG_ERR_ARGUMENT), with
 * the line of the constructor. An array given to a constructor (milestones, stages, factors) is
 * borrowed until the schedule is recorded, by tg_schedule_rate or an optimizer. */
#ifndef TG_SCHEDULE_H
#define TG_SCHEDULE_H

#include "tg_array.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What a schedule is ----------------------------------------------------------------- */

typedef struct tg_schedule tg_schedule;
/* A rate of your own (tg_function_lr), as a function of the count. */
typedef tg_tensor *(*tg_rate_fn)(void *context, tg_tensor *count);
struct tg_schedule {
    /* Records the rate at [count], an f64 tensor, with its shape; the count begins behind the
     * warm-up, whose factor is not included. NULL: no schedule. */
    tg_tensor *(*rate)(tg_site at, const tg_schedule *schedule, tg_tensor *count);
    /* True if the options are valid; else reports them on the tape, at [at]. [depth] is the number
     * of schedules that contain this one. NULL: nothing to check. */
    bool (*fits)(tg_site at, const tg_schedule *schedule, tg_tape *tape, int depth);
    tg_site at;       /* of the constructor's call */
    const char *name; /* "tg_cosine_lr" */
    int64_t warmup;   /* of any schedule; may be changed, also if there is no option for it */
    bool delays;      /* during the warm-up the rate is that of count 0, and does not grow: for a
                         momentum */
    double room[24];  /* the constructor's options, as bytes */
};

/* ---- Rates that fall by themselves ------------------------------------------------------- */

typedef struct tg_constant_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* the learning rate, >= 0; default 1e-3 */
    int64_t warmup; /* steps, >= 0; default 0 */
} tg_constant_lr_args;
#define TG_CONSTANT_LR_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_constant_lr_args, warmup), .base = 1e-3

/* tg_constant_lr(.base = 0.1, .warmup = 100): base. (PyTorch's ConstantLR, a factor for the first
 * steps, is a tg_sequence_lr of two of these.) */
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

typedef struct tg_multi_step_lr_args {
    size_t struct_size;
    tg_site at;
    const int64_t *milestones; /* [count], >= 0, in ascending order; borrowed */
    size_t count;              /* at most 2^20 */
    double base;               /* >= 0; default 1e-3 */
    double gamma;              /* > 0; default 0.1 */
    int64_t warmup;
} tg_multi_step_lr_args;
#define TG_MULTI_STEP_LR_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_multi_step_lr_args, warmup), .base = 1e-3, .gamma = 0.1

/* static const int64_t drops[] = { 3000, 6000 };
 * tg_multi_step_lr(drops, 2, .base = 0.1): base gamma^(number of milestones <= s). A milestone that
 * is listed twice counts twice, as in PyTorch. */
TG_API tg_schedule tg_multi_step_lr_with(const tg_multi_step_lr_args *args);

typedef struct tg_exponential_lr_args {
    size_t struct_size;
    tg_site at;
    double base;   /* >= 0; default 1e-3 */
    double gamma;  /* > 0; required */
    int64_t every; /* number of steps over which the rate changes by gamma, >= 1; default 1 */
    int64_t warmup;
} tg_exponential_lr_args;
#define TG_EXPONENTIAL_LR_DEFAULTS                                                                 \
    .struct_size = TG_OPTIONS_SIZE(tg_exponential_lr_args, warmup), .base = 1e-3, .every = 1

/* tg_exponential_lr(.base = 0.1, .gamma = 0.9, .every = steps_of_an_epoch): base
 * gamma^(s / every). */
TG_API tg_schedule tg_exponential_lr_with(const tg_exponential_lr_args *args);

typedef struct tg_inverse_time_lr_args {
    size_t struct_size;
    tg_site at;
    double base;   /* >= 0; default 1e-3 */
    double gamma;  /* >= 0; default 1 */
    int64_t every; /* steps, >= 1; default 1 */
    double power;  /* >= 0; default 1 */
    int64_t warmup;
} tg_inverse_time_lr_args;
#define TG_INVERSE_TIME_LR_DEFAULTS                                                                \
    .struct_size = TG_OPTIONS_SIZE(tg_inverse_time_lr_args, warmup), .base = 1e-3, .gamma = 1,     \
    .every = 1, .power = 1

/* tg_inverse_time_lr(.base = 0.1, .gamma = 0.5, .every = 1000) (Robbins and Monro 1951): base / (1
 * + gamma s / every)^power. With .power = 0.5 it decays as the inverse root; with a warm-up of k
 * steps and .every = k that is the schedule of Vaswani et al. 2017. Not in PyTorch. */
TG_API tg_schedule tg_inverse_time_lr_with(const tg_inverse_time_lr_args *args);

/* ---- From one rate to another ------------------------------------------------------------ */

typedef struct tg_polynomial_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* >= 0; default 1e-3 */
    double final;   /* >= 0; default 0 */
    double power;   /* > 0; default 1 */
    int64_t steps;  /* in all, including the warm-up, >= 1; required */
    int64_t warmup; /* < steps */
} tg_polynomial_lr_args;
#define TG_POLYNOMIAL_LR_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_polynomial_lr_args, warmup), .base = 1e-3, .power = 1

/* tg_polynomial_lr(.base = 0.1, .power = 2, .steps = 10000): final + (base - final) (1 - min(s / T,
 * 1))^power; constant, final, from n = steps on. */
TG_API tg_schedule tg_polynomial_lr_with(const tg_polynomial_lr_args *args);

typedef struct tg_linear_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* >= 0; default 1e-3 */
    double start;   /* the factor at the start, >= 0; default 1 (PyTorch: 1/3) */
    double end;     /* the factor at the end, >= 0; default 0 (PyTorch: 1) */
    int64_t steps;  /* in all, including the warm-up, >= 1; required (PyTorch: 5) */
    int64_t warmup; /* < steps */
} tg_linear_lr_args;
#define TG_LINEAR_LR_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_linear_lr_args, warmup), .base = 1e-3, .start = 1

/* tg_linear_lr(.base = 1e-3, .steps = 10000, .warmup = 500): base times start + (end - start) min(s
 * / T, 1); constant, base end, from n = steps on. */
TG_API tg_schedule tg_linear_lr_with(const tg_linear_lr_args *args);

typedef struct tg_cosine_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* >= 0; default 1e-3 */
    double final;   /* >= 0; default 0 */
    int64_t steps;  /* in all, including the warm-up, >= 1; required */
    int64_t warmup; /* < steps */
} tg_cosine_lr_args;
#define TG_COSINE_LR_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_cosine_lr_args, warmup), .base = 1e-3

/* tg_cosine_lr(.base = 1e-3, .steps = 10000, .warmup = 500) (Loshchilov and Hutter 2017): final +
 * (base - final) (1 + cos(pi min(s / T, 1))) / 2; constant, final, from n = steps on. (PyTorch's
 * CosineAnnealingLR grows again there.) */
TG_API tg_schedule tg_cosine_lr_with(const tg_cosine_lr_args *args);

/* ---- Rates that come back ---------------------------------------------------------------- */

typedef struct tg_cosine_restarts_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* >= 0; default 1e-3 */
    double final;   /* >= 0; default 0 */
    int64_t first;  /* steps of the first cycle (T_0), >= 1; required */
    int64_t growth; /* the factor by which each cycle is longer than the one before (T_mult), >=
                       1; default 1 */
    int64_t warmup;
} tg_cosine_restarts_lr_args;
#define TG_COSINE_RESTARTS_LR_DEFAULTS                                                             \
    .struct_size = TG_OPTIONS_SIZE(tg_cosine_restarts_lr_args, warmup), .base = 1e-3, .growth = 1

/* tg_cosine_restarts_lr(.base = 0.05, .first = 1000, .growth = 2) (Loshchilov and Hutter 2017):
 * final + (base - final) (1 + cos(pi t / L)) / 2, where s is step t of a cycle of L steps. Cycle i,
 * from 0 on, has first growth^i steps. The rate is base in the first step of a cycle, and just
 * above final in its last. (PyTorch: CosineAnnealingWarmRestarts.) */
TG_API tg_schedule tg_cosine_restarts_lr_with(const tg_cosine_restarts_lr_args *args);

/* The factor m of a cycle's height. */
typedef enum tg_cycle_mode {
    TG_CYCLE_TRIANGULAR = 0, /* 1 */
    TG_CYCLE_HALVED,         /* 2^-c in cycle c, from 0 on (PyTorch: triangular2) */
    TG_CYCLE_EXPONENTIAL     /* gamma^s (PyTorch: exp_range) */
} tg_cycle_mode;

typedef struct tg_cyclic_args {
    size_t struct_size;
    tg_site at;
    double base;   /* the lowest rate, >= 0; default 1e-3 */
    double peak;   /* the highest, >= base; default 1e-2 */
    int64_t up;    /* steps from base to peak, >= 1; default 2000 */
    int64_t down;  /* steps from peak to base, >= 1; default 0: as .up */
    tg_cycle_mode mode;
    double gamma;  /* > 0; default 1 */
    double base_momentum; /* the lowest momentum, at the peak, in [0, 1]; default 0.8 */
    double peak_momentum; /* the highest momentum, at the base, >= base_momentum; default 0.9 */
    int64_t warmup;
} tg_cyclic_args;
#define TG_CYCLIC_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_cyclic_args, warmup), .base = 1e-3, .peak = 1e-2,            \
    .up = 2000, .gamma = 1, .base_momentum = 0.8, .peak_momentum = 0.9

/* tg_cyclic_lr(.base = 1e-3, .peak = 6e-3, .up = 2000) (Smith 2017): base + (peak - base) h m, with
 * the factor m of the mode; h grows linearly from 0 to 1 in the first [up] steps of a cycle, and
 * back to 0 in the next [down]. (PyTorch: CyclicLR.) */
TG_API tg_schedule tg_cyclic_lr_with(const tg_cyclic_args *args);

/* The momentum for such a rate, from the same options; it is low where the rate is high:
 * peak_momentum - (peak_momentum - base_momentum) h m. During a warm-up it is constant. Record it
 * with tg_schedule_rate, for an update of your own. */
TG_API tg_schedule tg_cyclic_momentum_with(const tg_cyclic_args *args);

typedef struct tg_one_cycle_args {
    size_t struct_size;
    tg_site at;
    double peak;    /* the highest rate, >= 0; default 1e-2 */
    int64_t steps;  /* in all, including the warm-up, >= 1; required */
    double rise;    /* the share of the steps in which the rate grows, in [0, 1]; default 0.3 */
    double div;     /* the first rate is peak / div; > 0; default 25 */
    double final_div; /* the last one is the first / final_div; > 0; default 1e4 */
    bool linear;      /* linear phases; default: half periods of a cosine */
    bool three_phase; /* three phases: up, down to the first rate, and down to the last one;
                         default: two */
    double base_momentum; /* the lowest momentum, at the peak, in [0, 1]; default 0.85 */
    double peak_momentum; /* the highest momentum, at the ends, >= base_momentum; default 0.95 */
    int64_t warmup;       /* < steps */
} tg_one_cycle_args;
#define TG_ONE_CYCLE_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_one_cycle_args, warmup), .peak = 1e-2, .rise = 0.3,          \
    .div = 25, .final_div = 1e4, .base_momentum = 0.85, .peak_momentum = 0.95

/* tg_one_cycle_lr(.peak = 0.1, .steps = 10000) (Smith and Topin 2019): from peak / div at s = 0 to
 * peak at s = rise T - 1, then to peak / (div final_div) at s = T - 1, and constant from there on.
 * With .three_phase it is peak / div again at s = 2 rise T - 2. These borders need not be whole
 * numbers. (PyTorch: OneCycleLR, which refuses further steps.) */
TG_API tg_schedule tg_one_cycle_lr_with(const tg_one_cycle_args *args);

/* The momentum for such a rate, from the same options: from peak_momentum to base_momentum and
 * back. During a warm-up it is constant. Record it with tg_schedule_rate. */
TG_API tg_schedule tg_one_cycle_momentum_with(const tg_one_cycle_args *args);

/* ---- Schedules of schedules -------------------------------------------------------------- */

/* One schedule of a sequence: from n = begin on, with a count that starts there. */
typedef struct tg_stage {
    int64_t begin;
    tg_schedule schedule;
} tg_stage;

typedef struct tg_sequence_lr_args {
    size_t struct_size;
    tg_site at;
    const tg_stage *stages; /* [count]; the first begins at 0, each further one later than the
                               one before; borrowed */
    size_t count;           /* in [1, 1000] */
    int64_t warmup; /* default 0 */
} tg_sequence_lr_args;
#define TG_SEQUENCE_LR_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_sequence_lr_args, warmup)

/* Schedules one after the other; the count of each begins at 0 (PyTorch: SequentialLR):
 *
 *     const tg_stage stages[] = {
 *         { 0, tg_constant_lr(.base = 0.01) },
 *         { 500, tg_cosine_lr(.base = 0.1, .steps = 9500) },
 *     };
 *     tg_sgd(loss, .schedule = tg_sequence_lr(stages, 2));
 *
 * Stages may be sequences and products, nested up to 8 levels; a cycle is an error. */
TG_API tg_schedule tg_sequence_lr_with(const tg_sequence_lr_args *args);

typedef struct tg_product_lr_args {
    size_t struct_size;
    tg_site at;
    const tg_schedule *factors; /* [count]; borrowed */
    size_t count;               /* in [1, 1000] */
    int64_t warmup; /* default 0 */
} tg_product_lr_args;
#define TG_PRODUCT_LR_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_product_lr_args, warmup)

/* The product of schedules at the same count (PyTorch: ChainedScheduler). Usually all but one have
 * a base of 1:
 *
 *     const tg_schedule factors[] = {
 *         tg_plateau_lr(&plateau),
 *         tg_exponential_lr(.base = 1, .gamma = 0.999),
 *     };
 *     tg_sgd(loss, .schedule = tg_product_lr(factors, 2)); */
TG_API tg_schedule tg_product_lr_with(const tg_product_lr_args *args);

/* A schedule of your own. [function] records the rate at [count], an f64 tensor, with operations on
 * its tape, and returns it in the count's shape, f32 or f64. It is called when the schedule is
 * recorded; what [context] points at must be valid until then.
 *
 *     static tg_tensor *inverse_root(void *context, tg_tensor *count)
 *     {
 *         return tg_mul_num(tg_rsqrt(tg_add_num(count, 1)), *(const double *)context);
 *     }
 *
 *     tg_adam(loss, .schedule = tg_function_lr(inverse_root, &base)); */
TG_API tg_schedule tg_function_lr_at(tg_site at, tg_rate_fn function, void *context);

/* ---- A rate that a metric lowers --------------------------------------------------------- */

/* Lowers the rate when a metric, such as the validation loss, has stopped improving. The program
 * feeds it the metric, for example after each epoch:
 *
 *     tg_plateau plateau = tg_plateau_new(store, "plateau", .base = 0.1, .patience = 5);
 *     tg_sgd(loss, .schedule = tg_plateau_lr(&plateau));
 *     tg_plan *step = tg_compile(tape, loss);
 *     ...
 *         tg_plateau_feed(&plateau, validation_loss);
 *
 * Its rate and counts are a variable of the store: existing plans read the new rate, and tg_save
 * and tg_load include it. A plateau that is made for a store with that variable continues with its
 * state, also with its rate, whatever .base is. */
typedef struct tg_plateau {
    tg_var *state; /* f64 [4], under the given name: the current rate; the best metric, at first
                      infinite; how many in a row were not better; remaining metrics of the
                      cooldown */
    double factor, threshold, least, eps; /* as given */
    int64_t patience, cooldown;
    bool maximize, absolute;
} tg_plateau;

typedef struct tg_plateau_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* of its variable */
    double base;      /* the initial rate, >= 0; default 1e-3 */
    double factor;    /* of a reduction, in [0, 1); default 0.1 */
    int64_t patience; /* as many in a row may be not better, >= 0; default 10 */
    double threshold; /* the least improvement over the best metric, >= 0, and below 1 unless it
                         is absolute; default 1e-4 */
    bool absolute;    /* the threshold is a difference; default: a share of the best */
    bool maximize;    /* larger metrics are better */
    int64_t cooldown; /* metrics after a reduction that are not counted, >= 0; default 0 */
    double least;     /* the lowest rate, >= 0; default 0 */
    double eps;       /* the rate is not reduced if the difference is at most this, >= 0; default
                         1e-8 */
} tg_plateau_args;
#define TG_PLATEAU_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_plateau_args, eps), .base = 1e-3, .factor = 0.1,             \
    .patience = 10, .threshold = 1e-4, .eps = 1e-8

/* tg_plateau_new(store, "plateau", .base = 0.1). Its state is not a parameter: no optimizer trains
 * it. On an error, which sticks to the store, all members are NULL and 0. */
TG_API tg_plateau tg_plateau_new_with(const tg_plateau_args *args);

/* Takes the next metric, and returns the new rate. The rule of PyTorch's ReduceLROnPlateau:
 *
 *     better if m < best (1 - threshold); .absolute: m < best - threshold;
 *       .maximize: m > best (1 + threshold); both: m > best + threshold
 *     if it is better, best = m and bad = 0; else bad is one more
 *     while cooldown > 0, it is one less and bad = 0
 *     if bad > patience: rate = max(factor rate, least), if that is less by more than eps;
 *       cooldown as given, bad = 0
 *
 * A metric of NaN is not better. Returns NaN, without any change, for a plateau that could not be
 * made. */
TG_API double tg_plateau_feed(const tg_plateau *plateau, double metric);

typedef struct tg_plateau_lr_args {
    size_t struct_size;
    tg_site at;
    const tg_plateau *plateau; /* used during the call only */
    int64_t warmup; /* default 0 */
} tg_plateau_lr_args;
#define TG_PLATEAU_LR_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_plateau_lr_args, warmup)

/* tg_plateau_lr(&plateau): the plateau's rate, for any count, as a schedule for tapes of its
 * store. */
TG_API tg_schedule tg_plateau_lr_with(const tg_plateau_lr_args *args);

/* ---- Recording --------------------------------------------------------------------------- */

/* tg_schedule_rate(tg_cosine_lr(.base = 1e-3, .steps = 100), tg_step(tape)): the rate at [count],
 * f64 of any shape, as f64 of that shape: for a log, or for an update of your own. (The rate of an
 * optimizer is in its tg_updates, lr.) TG_ERR_ARGUMENT for no schedule or invalid options,
 * TG_ERR_DTYPE for a count that is not f64, TG_ERR_STATE for a stale one. */
TG_API tg_tensor *tg_schedule_rate_at(tg_site at, tg_schedule schedule, tg_tensor *count);

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
#define tg_multi_step_lr(...)                                                                      \
    tg_multi_step_lr_with(                                                                         \
        &(tg_multi_step_lr_args){ TG_MULTI_STEP_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_exponential_lr(...)                                                                     \
    tg_exponential_lr_with(                                                                        \
        &(tg_exponential_lr_args){ TG_EXPONENTIAL_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_inverse_time_lr(...)                                                                    \
    tg_inverse_time_lr_with(                                                                       \
        &(tg_inverse_time_lr_args){ TG_INVERSE_TIME_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_polynomial_lr(...)                                                                      \
    tg_polynomial_lr_with(                                                                         \
        &(tg_polynomial_lr_args){ TG_POLYNOMIAL_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_linear_lr(...)                                                                          \
    tg_linear_lr_with(&(tg_linear_lr_args){ TG_LINEAR_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_cosine_lr(...)                                                                          \
    tg_cosine_lr_with(&(tg_cosine_lr_args){ TG_COSINE_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_cosine_restarts_lr(...)                                                                 \
    tg_cosine_restarts_lr_with(                                                                    \
        &(tg_cosine_restarts_lr_args){ TG_COSINE_RESTARTS_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_cyclic_lr(...)                                                                          \
    tg_cyclic_lr_with(&(tg_cyclic_args){ TG_CYCLIC_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_cyclic_momentum(...)                                                                    \
    tg_cyclic_momentum_with(&(tg_cyclic_args){ TG_CYCLIC_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_one_cycle_lr(...)                                                                       \
    tg_one_cycle_lr_with(&(tg_one_cycle_args){ TG_ONE_CYCLE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_one_cycle_momentum(...)                                                                 \
    tg_one_cycle_momentum_with(                                                                    \
        &(tg_one_cycle_args){ TG_ONE_CYCLE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_sequence_lr(...)                                                                        \
    tg_sequence_lr_with(                                                                           \
        &(tg_sequence_lr_args){ TG_SEQUENCE_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_product_lr(...)                                                                         \
    tg_product_lr_with(&(tg_product_lr_args){ TG_PRODUCT_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_plateau_new(...)                                                                        \
    tg_plateau_new_with(&(tg_plateau_args){ TG_PLATEAU_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_plateau_lr(...)                                                                         \
    tg_plateau_lr_with(&(tg_plateau_lr_args){ TG_PLATEAU_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_function_lr(...) tg_function_lr_at(TG_HERE, __VA_ARGS__)
#define tg_schedule_rate(...) tg_schedule_rate_at(TG_HERE, __VA_ARGS__)
#endif

#endif
