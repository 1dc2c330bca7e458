/* tg_schedule.h: learning-rate schedules, and a rate that a metric lowers.
 *
 * A schedule says what the learning rate is after n steps. It is a plain value, without a tape: an
 * optimizer that is given one follows it by the steps that it has made itself,
 *
 *     tg_adam(loss, .schedule = tg_cosine_lr(.base = 1e-3, .steps = 10000, .warmup = 500));
 *
 * so neither other optimizers of the store nor runs that act, cache or evaluate move it, and a run
 * that resumes goes on with it (see .schedule in tg_optim.h). tg_schedule_rate records it for any
 * count.
 *
 * n is 0 in the first step: the epoch, or the count of steps, of PyTorch's schedulers, whose rates
 * these are where they have the same name, but for what is said below. PyTorch's optimizer makes
 * its step with the rate of the count n too, since its scheduler steps behind it.
 *
 * Each has a linear warm-up. With .warmup = k the rate rises in k equal steps, base (n + 1) / k,
 * and the schedule proper starts at n = k; let s = max(n - k, 0) below. Where there are .steps,
 * they are those of the whole, warm-up included, and T is steps - warmup.
 *
 * Numbers that make no sense are reported by what records the schedule, with the line of its
 * constructor, as TG_ERR_ARGUMENT. Where a constructor is given an array (milestones, stages,
 * factors), the array is borrowed until the schedule is recorded: by tg_schedule_rate, or by the
 * optimizer. */
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
    /* Records the rate at [count], an f64 tensor, in its shape; the count begins behind the
     * warm-up, whose factor is not in it. NULL: no schedule. */
    tg_tensor *(*rate)(tg_site at, const tg_schedule *schedule, tg_tensor *count);
    /* Reports numbers that make no sense on the tape, at [at], and returns false then. [depth] says
     * in how many others the schedule is. NULL: there is nothing to check. */
    bool (*fits)(tg_site at, const tg_schedule *schedule, tg_tape *tape, int depth);
    tg_site at;       /* of the constructor's call */
    const char *name; /* "tg_cosine_lr" */
    int64_t warmup;   /* of any of them: may be changed, also where there is no option for it */
    bool delays;      /* the warm-up is waited for, and not risen in: of a momentum */
    double room[24];  /* the constructor's options, byte for byte */
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
 * steps, is a tg_sequence_lr of two.) */
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
    const int64_t *milestones; /* [count], >= 0, none less than the one before; borrowed */
    size_t count;              /* at most 2^20 */
    double base;               /* >= 0; default 1e-3 */
    double gamma;              /* > 0; default 0.1 */
    int64_t warmup;
} tg_multi_step_lr_args;
#define TG_MULTI_STEP_LR_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_multi_step_lr_args, warmup), .base = 1e-3, .gamma = 0.1

/* static const int64_t drops[] = { 3000, 6000 };
 * tg_multi_step_lr(drops, 2, .base = 0.1): base gamma^(how many milestones are <= s). A milestone
 * that stands there twice counts twice, as in PyTorch. */
TG_API tg_schedule tg_multi_step_lr_with(const tg_multi_step_lr_args *args);

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

/* tg_inverse_time_lr(.base = 0.1, .gamma = 0.5, .every = 1000) (Robbins and Monro 1951):
 * base / (1 + gamma s / every)^power. With .power = 0.5 it falls as the inverse root does; behind
 * a warm-up of k steps, .every = k, that is the schedule of Vaswani et al. 2017. PyTorch has none.
 */
TG_API tg_schedule tg_inverse_time_lr_with(const tg_inverse_time_lr_args *args);

/* ---- From one rate to another ------------------------------------------------------------ */

typedef struct tg_polynomial_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* >= 0; default 1e-3 */
    double final;   /* >= 0; default 0 */
    double power;   /* > 0; default 1 */
    int64_t steps;  /* of the whole, warm-up included, >= 1; required */
    int64_t warmup; /* < steps */
} tg_polynomial_lr_args;
#define TG_POLYNOMIAL_LR_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_polynomial_lr_args, warmup), .base = 1e-3, .power = 1

/* tg_polynomial_lr(.base = 0.1, .power = 2, .steps = 10000):
 * final + (base - final) (1 - min(s / T, 1))^power; final from n = steps on. */
TG_API tg_schedule tg_polynomial_lr_with(const tg_polynomial_lr_args *args);

typedef struct tg_linear_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* >= 0; default 1e-3 */
    double start;   /* a factor, >= 0; default 1 (PyTorch: 1/3) */
    double end;     /* another; default 0 (PyTorch: 1) */
    int64_t steps;  /* of the whole, warm-up included, >= 1; required (PyTorch: 5) */
    int64_t warmup; /* < steps */
} tg_linear_lr_args;
#define TG_LINEAR_LR_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_linear_lr_args, warmup), .base = 1e-3, .start = 1

/* tg_linear_lr(.base = 1e-3, .steps = 10000, .warmup = 500): base times
 * start + (end - start) min(s / T, 1); base end from n = steps on. */
TG_API tg_schedule tg_linear_lr_with(const tg_linear_lr_args *args);

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
 * final + (base - final) (1 + cos(pi min(s / T, 1))) / 2; final from n = steps on. (PyTorch's
 * CosineAnnealingLR rises again there.) */
TG_API tg_schedule tg_cosine_lr_with(const tg_cosine_lr_args *args);

/* ---- Rates that come back ---------------------------------------------------------------- */

typedef struct tg_cosine_restarts_lr_args {
    size_t struct_size;
    tg_site at;
    double base;    /* >= 0; default 1e-3 */
    double final;   /* >= 0; default 0 */
    int64_t first;  /* steps of the first cycle (T_0), >= 1; required */
    int64_t growth; /* how many times as long each cycle is as the last (T_mult), >= 1; default 1 */
    int64_t warmup;
} tg_cosine_restarts_lr_args;
#define TG_COSINE_RESTARTS_LR_DEFAULTS                                                             \
    .struct_size = TG_OPTIONS_SIZE(tg_cosine_restarts_lr_args, warmup), .base = 1e-3, .growth = 1

/* tg_cosine_restarts_lr(.base = 0.05, .first = 1000, .growth = 2) (Loshchilov and Hutter 2017):
 * final + (base - final) (1 + cos(pi t / L)) / 2, where s is step t of a cycle of L steps. Cycle i,
 * from 0 on, has first growth^i of them. The rate is base in the first step of a cycle, and not yet
 * final in its last. (PyTorch: CosineAnnealingWarmRestarts.) */
TG_API tg_schedule tg_cosine_restarts_lr_with(const tg_cosine_restarts_lr_args *args);

/* What the height of a cycle is multiplied by. */
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
    int64_t down;  /* and back, >= 1; default 0: as many */
    tg_cycle_mode mode;
    double gamma;  /* > 0; default 1 */
    double base_momentum; /* the lowest, at the peak, in [0, 1]; default 0.8 */
    double peak_momentum; /* the highest, where the rate is base, >= base_momentum; default 0.9 */
    int64_t warmup;
} tg_cyclic_args;
#define TG_CYCLIC_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_cyclic_args, warmup), .base = 1e-3, .peak = 1e-2,            \
    .up = 2000, .gamma = 1, .base_momentum = 0.8, .peak_momentum = 0.9

/* tg_cyclic_lr(.base = 1e-3, .peak = 6e-3, .up = 2000) (Smith 2017): base + (peak - base) h m, for
 * the factor m of the mode, where h rises from 0 to 1 in the first [up] steps of a cycle, and falls
 * again in the [down] that follow. (PyTorch: CyclicLR.) */
TG_API tg_schedule tg_cyclic_lr_with(const tg_cyclic_args *args);

/* tg_cyclic_momentum, of the same options: the momentum that goes with it, which is low where the
 * rate is high, peak_momentum - (peak_momentum - base_momentum) h m. In a warm-up it waits. Record
 * it with tg_schedule_rate, for an update of your own. */
TG_API tg_schedule tg_cyclic_momentum_with(const tg_cyclic_args *args);

typedef struct tg_one_cycle_args {
    size_t struct_size;
    tg_site at;
    double peak;    /* the highest rate, >= 0; default 1e-2 */
    int64_t steps;  /* of the whole, warm-up included, >= 1; required */
    double rise;    /* the share of the steps in which it rises, in [0, 1]; default 0.3 */
    double div;     /* the first rate is peak / div; > 0; default 25 */
    double final_div; /* the last one is the first / final_div; > 0; default 1e4 */
    bool linear;      /* straight lines; default: half waves of a cosine */
    bool three_phase; /* falls as it rose, to the first rate, and in the rest of the steps to the
                         last one; default: in one go */
    double base_momentum; /* the lowest, at the peak, in [0, 1]; default 0.85 */
    double peak_momentum; /* the highest, at the ends, >= base_momentum; default 0.95 */
    int64_t warmup;       /* < steps */
} tg_one_cycle_args;
#define TG_ONE_CYCLE_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_one_cycle_args, warmup), .peak = 1e-2, .rise = 0.3,          \
    .div = 25, .final_div = 1e4, .base_momentum = 0.85, .peak_momentum = 0.95

/* tg_one_cycle_lr(.peak = 0.1, .steps = 10000) (Smith and Topin 2019): from peak / div at s = 0 to
 * peak at s = rise T - 1, to peak / (div final_div) at s = T - 1, and there it stays. With
 * .three_phase it is peak / div again at s = 2 rise T - 2. The borders need not be whole. (PyTorch:
 * OneCycleLR, which refuses further steps.) */
TG_API tg_schedule tg_one_cycle_lr_with(const tg_one_cycle_args *args);

/* tg_one_cycle_momentum, of the same options: the momentum that goes with it, from peak_momentum to
 * base_momentum and back. In a warm-up it waits. Record it with tg_schedule_rate. */
TG_API tg_schedule tg_one_cycle_momentum_with(const tg_one_cycle_args *args);

/* ---- Schedules of schedules -------------------------------------------------------------- */

/* One of a sequence: from n = begin on, counted from there. */
typedef struct tg_stage {
    int64_t begin;
    tg_schedule schedule;
} tg_stage;

typedef struct tg_sequence_lr_args {
    size_t struct_size;
    tg_site at;
    const tg_stage *stages; /* [count]; the first begins at 0, each of the others later than the
                               one before; borrowed */
    size_t count;           /* in [1, 1000] */
    int64_t warmup; /* default 0 */
} tg_sequence_lr_args;
#define TG_SEQUENCE_LR_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_sequence_lr_args, warmup)

/* Schedules one after the other, each of which begins to count at 0 (PyTorch: SequentialLR):
 *
 *     const tg_stage stages[] = {
 *         { 0, tg_constant_lr(.base = 0.01) },
 *         { 500, tg_cosine_lr(.base = 0.1, .steps = 9500) },
 *     };
 *     tg_sgd(loss, .schedule = tg_sequence_lr(stages, 2));
 *
 * The stages may be sequences and products again, up to 8 deep; a cycle of them is an error. */
TG_API tg_schedule tg_sequence_lr_with(const tg_sequence_lr_args *args);

typedef struct tg_product_lr_args {
    size_t struct_size;
    tg_site at;
    const tg_schedule *factors; /* [count]; borrowed */
    size_t count;               /* in [1, 1000] */
    int64_t warmup; /* default 0 */
} tg_product_lr_args;
#define TG_PRODUCT_LR_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_product_lr_args, warmup)

/* The product of schedules at the same count (PyTorch: ChainedScheduler). All but one have a base
 * of 1, as a rule:
 *
 *     const tg_schedule factors[] = {
 *         tg_plateau_lr(&plateau),
 *         tg_exponential_lr(.base = 1, .gamma = 0.999),
 *     };
 *     tg_sgd(loss, .schedule = tg_product_lr(factors, 2)); */
TG_API tg_schedule tg_product_lr_with(const tg_product_lr_args *args);

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

/* ---- A rate that a metric lowers --------------------------------------------------------- */

/* Lowers the rate when a metric, such as the loss on data that is held back, has stopped to
 * improve. The program feeds it, after each epoch for example:
 *
 *     tg_plateau plateau = tg_plateau_new(store, "plateau", .base = 0.1, .patience = 5);
 *     tg_sgd(loss, .schedule = tg_plateau_lr(&plateau));
 *     tg_plan *step = tg_compile(tape, loss);
 *     ...
 *         tg_plateau_feed(&plateau, validation_loss);
 *
 * What it remembers is a variable of the store: plans that were made before read the new rate, and
 * tg_save and tg_load take it along. So a plateau that is made anew goes on with the state that the
 * store has, its rate included, whatever .base says then. */
typedef struct tg_plateau {
    tg_var *state; /* f64 [4], called as the plateau is: the rate now; the best metric, at first
                      infinite; how many in a row were not better; how many more do not count */
    double factor, threshold, least, eps; /* as given */
    int64_t patience, cooldown;
    bool maximize, absolute;
} tg_plateau;

typedef struct tg_plateau_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* of its variable */
    double base;      /* the rate at first, >= 0; default 1e-3 */
    double factor;    /* of a reduction, in [0, 1); default 0.1 */
    int64_t patience; /* how many bad metrics in a row are borne, >= 0; default 10 */
    double threshold; /* by how much a metric must be better than the best, >= 0, and below 1 unless
                         it is absolute; default 1e-4 */
    bool absolute;    /* the threshold is a difference; default: a share of the best */
    bool maximize;    /* larger metrics are better */
    int64_t cooldown; /* metrics that do not count after a reduction, >= 0; default 0 */
    double least;     /* the rate does not fall below it, >= 0; default 0 */
    double eps;       /* a reduction by no more than this is left out, >= 0; default 1e-8 */
} tg_plateau_args;
#define TG_PLATEAU_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_plateau_args, eps), .base = 1e-3, .factor = 0.1,             \
    .patience = 10, .threshold = 1e-4, .eps = 1e-8

/* tg_plateau_new(store, "plateau", .base = 0.1). Its state is no parameter: no optimizer trains it.
 * On an error, which sticks to the store, all is NULL and 0. */
TG_API tg_plateau tg_plateau_new_with(const tg_plateau_args *args);

/* Takes the next metric, and returns the rate from now on. PyTorch's ReduceLROnPlateau:
 *
 *     better if m < best (1 - threshold); .absolute: m < best - threshold;
 *       .maximize: m > best (1 + threshold); both: m > best + threshold
 *     if it is better, best = m and bad = 0; else bad is one more
 *     while cooldown > 0, it is one less and bad = 0
 *     if bad > patience: rate = max(factor rate, least), if that is less by more than eps;
 *       cooldown as given, bad = 0
 *
 * A metric of NaN is not better. NaN, and nothing is changed, for a plateau that could not be
 * made. */
TG_API double tg_plateau_feed(const tg_plateau *plateau, double metric);

typedef struct tg_plateau_lr_args {
    size_t struct_size;
    tg_site at;
    const tg_plateau *plateau; /* is looked at here, and not kept */
    int64_t warmup; /* default 0 */
} tg_plateau_lr_args;
#define TG_PLATEAU_LR_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_plateau_lr_args, warmup)

/* tg_plateau_lr(&plateau): the plateau's rate, whatever the count, as a schedule of tapes of its
 * store. */
TG_API tg_schedule tg_plateau_lr_with(const tg_plateau_lr_args *args);

/* ---- Recording --------------------------------------------------------------------------- */

/* tg_schedule_rate(tg_cosine_lr(.base = 1e-3, .steps = 100), tg_step(tape)): the rate at [count],
 * f64 of any shape, as f64 of that shape: to be logged, or for an update of your own. Of an
 * optimizer's own rate its tg_updates has the tensor (lr). TG_ERR_ARGUMENT for a schedule that is
 * none or whose numbers make no sense, TG_ERR_DTYPE for another count, TG_ERR_STATE for a stale
 * one. */
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
