/* optimizer.h: what all optimizers share. Private to optim/.
 *
 * An optimizer reads its options and begins, checks options of its own, collects its parameters
 * with their gradients, records for one parameter after the other the new state and the move, and
 * ends:
 *
 *     tg_lion_args args = { TG_LION_DEFAULTS };
 *     const tg__optim_rule rule = { .op = "tg_lion", .decoupled = true };
 *     tg__optim optim;
 *     if (!TG__OPTIM_BEGIN(&optim, &rule, args, given) ||
 *         !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) ||
 *         !tg__optim_collect(&optim))
 *         return tg__optim_none();
 *     for (size_t i = 0; i < optim.count; i++)
 *         tg__optim_move(&optim, &optim.param[i], step);
 *     return tg__optim_end(&optim);
 *
 * optimizer.c begins and collects, hyper.c has numbers and what may stand in their place, step.c
 * records states and moves. */
#ifndef TG_OPTIM_OPTIMIZER_H
#define TG_OPTIM_OPTIMIZER_H

#include <tapegrad.h>

#include <string.h>

/* The common options, with which any optimizer's begin. */
typedef struct tg__optim_args {
    TG_OPTIMIZER_OPTIONS
} tg__optim_args;

/* What sets one optimizer apart before its formula. */
typedef struct tg__optim_rule {
    const char *op;  /* "tg_adam", for errors */
    bool decoupled;  /* weight decay acts on the parameter, not through its gradient; */
    bool own_decay;  /* by the formula itself */
    bool counts;     /* its formula has t; or something follows a schedule */
    bool only_first; /* of the rates, the number alone: it is that of the first step */
} tg__optim_rule;

typedef struct tg__optim_param {
    tg_var *var;
    tg_tensor *value; /* w, before the step */
    tg_tensor *grad;  /* g, after clipping and weight decay */
    tg_tensor *steps; /* t, f64: how many it has made, with this one. NULL: they are not counted */
    bool decays;
} tg__optim_param;

/* A hyper-parameter: a number, or a tensor, f64 of rank 0. */
typedef struct tg__hyper {
    double number;
    tg_tensor *tensor;
} tg__hyper;

typedef struct tg__optim {
    tg_site at;
    tg_tape *tape;
    tg_dtype dtype; /* that of all parameters: their store's */
    tg__optim_rule rule;
    tg__optim_args args;
    double usual_lr; /* the default of .lr */
    size_t count;
    tg__optim_param *param;
    uint32_t first; /* the tape's assignments before this optimizer's */

    /* Once its parameters are collected: */
    tg_tensor *lr; /* f64 of rank 0 */
    tg__hyper weight_decay;
    tg_tensor *keep;    /* 1 - lr * weight_decay in the parameters' dtype, if decoupled */
    tg_tensor *norm;    /* of the gradients before clipping; NULL: not asked for */
    tg_tensor *made;    /* bool: this step is made; NULL: all are */
    tg_tensor *skipped; /* f64: how many were not */
} tg__optim;

typedef enum tg__range {
    TG__NOT_NEGATIVE, /* finite and >= 0 */
    TG__POSITIVE,     /* finite and > 0 */
    TG__BELOW_ONE,    /* in [0, 1) */
    TG__WITHIN_ONE,   /* in (0, 1) */
    TG__UP_TO_ONE     /* in [0, 1] */
} tg__range;

/* ---- Options ---------------------------------------------------------------------------- */

/* Reads what was given into [args], which holds the defaults, and checks the common options; false
 * with an error, or silently where an operand is NULL. */
bool tg__optim_begin(tg__optim *optim, const tg__optim_rule *rule, void *args, const void *given);
#define TG__OPTIM_BEGIN(optim, rule, args, given) tg__optim_begin((optim), (rule), &(args), (given))

/* The same for options that have been read, and their defaults. */
bool tg__optim_start(tg__optim *optim, const tg__optim_rule *rule, const tg__optim_args *args,
                     const tg__optim_args *usual);

/* Reports a number out of its range on the tape. */
bool tg__in_range(tg_tape *tape, tg_site at, const char *op, const char *option, double value,
                  tg__range range);
bool tg__optim_check(const tg__optim *optim, const char *option, double value, tg__range range);
/* Reports an order of norms that is none of 1, 2 and HUGE_VAL. */
bool tg__order_fits(tg_tape *tape, tg_site at, const char *op, const char *option, double order);
/* Reports a count below [least]. */
bool tg__optim_check_count(const tg__optim *optim, const char *option, int64_t value,
                           int64_t least);

/* Reports a schedule whose numbers make no sense on the tape, at the schedule's line, or else [at].
 */
bool tg__schedule_fits(tg_tape *tape, tg_site at, const tg_schedule *schedule);

/* What was given for a hyper-parameter: the number, whose default is [usual]; or one of the others,
 * which may be NULL. */
typedef struct tg__hyper_args {
    const char *name;
    double number, usual;
    tg__range range;
    tg_tensor *tensor;
    const tg_schedule *schedule;
} tg__hyper_args;
/* Is at most one of them given, and fit? Records nothing. With a schedule, steps are counted. */
bool tg__hyper_fits(tg__optim *optim, const tg__hyper_args *args);
/* The hyper-parameter, once the parameters are collected. */
tg__hyper tg__hyper_of(const tg__optim *optim, const tg__hyper_args *args);
/* x h, x (1 - h) and h^n, for n f64. */
tg_tensor *tg__times(const tg__optim *optim, tg_tensor *x, tg__hyper h);
tg_tensor *tg__times_rest(const tg__optim *optim, tg_tensor *x, tg__hyper h);
tg_tensor *tg__power(const tg__optim *optim, tg__hyper h, tg_tensor *n);

/* ---- Parameters and gradients ----------------------------------------------------------- */

/* Finds the parameters and their gradients, and all that is of the step and not of one of them. */
bool tg__optim_collect(tg__optim *optim);
/* Is the variable one of those that .params and .except choose? */
bool tg__optim_selects(const tg__optim *optim, const tg_var *var);

/* ---- The step --------------------------------------------------------------------------- */

/* An f64 number in the parameters' dtype. */
tg_tensor *tg__optim_cast(const tg__optim *optim, tg_tensor *number);
/* The eps of a root in a divisor: at least the smallest normal number of the parameters' dtype.
 * That is far below the rounding of any mean of squares that matters; it keeps 0 / 0, and the
 * root's infinite slope, from where all gradients so far were 0, as those of a dead pixel's weights
 * are. */
double tg__optim_eps(const tg__optim *optim, double eps);
/* sqrt(square + eps); or, with [beside], sqrt(square) + eps. */
tg_tensor *tg__optim_root(const tg__optim *optim, tg_tensor *square, double eps, bool beside);
/* 1 - beta^t. */
tg_tensor *tg__optim_unbias(const tg__optim *optim, tg__hyper beta, tg_tensor *t);
/* average / (1 - beta^t): without the bias of a start at 0. The factor is computed in f64 and cast
 * once. */
tg_tensor *tg__optim_unbiased(const tg__optim *optim, tg_tensor *average, tg__hyper beta,
                              tg_tensor *t);

/* "<parameter>.<state>.<what>"; false, with an error, if that is too long. */
enum { TG__STATE_NAME = 1024 };
bool tg__optim_state_name(const tg__optim *optim, const tg_var *var, const char *what,
                          char name[TG__STATE_NAME]);
/* The state "<parameter>.<state>.<what>", which starts at 0, or at [value]; NULL on an error, which
 * sticks to the tape. */
tg_var *tg__optim_state(const tg__optim *optim, const tg__optim_param *param, const char *what);
tg_var *tg__optim_state_from(const tg__optim *optim, const tg__optim_param *param, const char *what,
                             double value);
/* The same as one f64 number. */
tg_var *tg__optim_number(const tg__optim *optim, const tg__optim_param *param, const char *what);
/* What is in the state before the step; NULL for NULL. */
tg_tensor *tg__optim_before(const tg__optim *optim, tg_var *state);
/* The value becomes the variable's, if this step is made; returns what the variable has then. */
tg_tensor *tg__optim_assign(const tg__optim *optim, tg_var *var, tg_tensor *value);
/* The f64 state "step" of the parameter, plus [more], recorded as its next value. It returns the
 * sum, which is what counts in this step, made or not. NULL on an error. */
tg_tensor *tg__optim_count(const tg__optim *optim, const tg__optim_param *param, tg_tensor *more);
/* rate * old + (1 - rate) * new, recorded as the state's next value, which it returns. */
tg_tensor *tg__optim_average(const tg__optim *optim, tg_var *state, tg_tensor *latest,
                             tg__hyper rate);
/* w less its decoupled weight decay: what the step is taken off. */
tg_tensor *tg__optim_kept(const tg__optim *optim, const tg__optim_param *param);
/* w becomes w - step, less its decoupled weight decay. */
void tg__optim_move(const tg__optim *optim, const tg__optim_param *param, tg_tensor *step);

/* The assignments since begin; none if the tape has failed. */
tg_updates tg__optim_end(const tg__optim *optim);
tg_updates tg__optim_none(void);

#endif
