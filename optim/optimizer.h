/* optimizer.h: what all optimizers share. Private to optim/.
 *
 * An optimizer reads its options, checks those of its own, collects its parameters with their
 * gradients, records the new state and the new value of each parameter, and returns the updates:
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
 * optimizer.c begins and collects; hyper.c has hyper-parameters (numbers, tensors, schedules);
 * step.c records states and new values. */
#ifndef TG_OPTIM_OPTIMIZER_H
#define TG_OPTIM_OPTIMIZER_H

#include <tapegrad.h>

#include <string.h>

/* The common options, which are the first members of every optimizer's options. */
typedef struct tg__optim_args {
    TG_OPTIMIZER_OPTIONS
} tg__optim_args;

/* What an optimizer needs of the machinery. */
typedef struct tg__optim_rule {
    const char *op;  /* "tg_adam", for messages */
    bool decoupled;  /* weight decay multiplies the parameter, and is not added to its gradient; */
    bool own_decay;  /* the optimizer's formula does it itself */
    bool counts;     /* steps are counted: the formula has t, or a schedule is given */
    bool only_first; /* .lr must be a number: it is the rate of the first step */
} tg__optim_rule;

typedef struct tg__optim_param {
    tg_var *var;
    tg_tensor *value; /* w before the step */
    tg_tensor *grad;  /* g, after clipping and weight decay */
    tg_tensor *steps; /* t, f64: the number of steps with this one; NULL: not counted */
    bool decays;
} tg__optim_param;

/* A hyper-parameter: a number, or, if it is not NULL, a tensor, f64 of rank 0. */
typedef struct tg__hyper {
    double number;
    tg_tensor *tensor;
} tg__hyper;

typedef struct tg__optim {
    tg_site at;
    tg_tape *tape;
    tg_dtype dtype; /* of all parameters: the store's default */
    tg__optim_rule rule;
    tg__optim_args args;
    double usual_lr; /* the default of .lr */
    size_t count;
    tg__optim_param *param;
    uint32_t first; /* the number of the tape's assignments before the optimizer's */

    /* After tg__optim_collect: */
    tg_tensor *lr; /* f64 of rank 0 */
    tg__hyper weight_decay;
    tg_tensor *keep;    /* 1 - lr * weight_decay in the parameters' dtype, if decoupled */
    tg_tensor *norm;    /* of the gradients before clipping; NULL if nobody asked for it */
    tg_tensor *made;    /* bool: the step is made, as all gradients are finite; NULL: always */
    tg_tensor *skipped; /* f64: how many steps were not made */
} tg__optim;

typedef enum tg__range {
    TG__NOT_NEGATIVE, /* finite and >= 0 */
    TG__POSITIVE,     /* finite and > 0 */
    TG__BELOW_ONE,    /* in [0, 1) */
    TG__WITHIN_ONE,   /* in (0, 1) */
    TG__UP_TO_ONE     /* in [0, 1] */
} tg__range;

/* ---- Options ---------------------------------------------------------------------------- */

/* Reads [given] into [args], which holds the defaults, and checks the common options. False with an
 * error, or silently where an operand is NULL. */
bool tg__optim_begin(tg__optim *optim, const tg__optim_rule *rule, void *args, const void *given);
#define TG__OPTIM_BEGIN(optim, rule, args, given) tg__optim_begin((optim), (rule), &(args), (given))

/* The same for options that have been read; [usual] are their defaults. */
bool tg__optim_start(tg__optim *optim, const tg__optim_rule *rule, const tg__optim_args *args,
                     const tg__optim_args *usual);

/* False, with an error on the tape, if the number is out of its range. */
bool tg__in_range(tg_tape *tape, tg_site at, const char *op, const char *option, double value,
                  tg__range range);
bool tg__optim_check(const tg__optim *optim, const char *option, double value, tg__range range);
/* False, with an error, if the order of a norm is not 1, 2 or HUGE_VAL. */
bool tg__order_fits(tg_tape *tape, tg_site at, const char *op, const char *option, double order);
/* False, with an error, if the count is below [least]. */
bool tg__optim_check_count(const tg__optim *optim, const char *option, int64_t value,
                           int64_t least);

/* False, with an error, if options of the schedule are invalid. The error is at the line of the
 * schedule's constructor, or at [at] if that is not known. */
bool tg__schedule_fits(tg_tape *tape, tg_site at, const tg_schedule *schedule);

/* What the caller gave for a hyper-parameter: a number, whose default is [usual]; or a tensor or a
 * schedule, else NULL. */
typedef struct tg__hyper_args {
    const char *name;
    double number, usual;
    tg__range range;
    tg_tensor *tensor;
    const tg_schedule *schedule;
} tg__hyper_args;
/* True if at most one of them is given, and it is valid. Records nothing. A schedule makes the
 * optimizer count steps. */
bool tg__hyper_fits(tg__optim *optim, const tg__hyper_args *args);
/* The hyper-parameter; call it after tg__optim_collect. */
tg__hyper tg__hyper_of(const tg__optim *optim, const tg__hyper_args *args);
/* x h, x (1 - h), and h^n for an f64 n. */
tg_tensor *tg__times(const tg__optim *optim, tg_tensor *x, tg__hyper h);
tg_tensor *tg__times_rest(const tg__optim *optim, tg_tensor *x, tg__hyper h);
tg_tensor *tg__power(const tg__optim *optim, tg__hyper h, tg_tensor *n);

/* ---- Parameters and gradients ----------------------------------------------------------- */

/* Finds the parameters and their gradients, clips, counts steps, records rates and weight decay. */
bool tg__optim_collect(tg__optim *optim);
/* True if .params and .except select the variable, and it is trainable. */
bool tg__optim_selects(const tg__optim *optim, const tg_var *var);

/* ---- The step --------------------------------------------------------------------------- */

/* An f64 number, cast to the parameters' dtype. */
tg_tensor *tg__optim_cast(const tg__optim *optim, tg_tensor *number);
/* [eps], but at least the smallest normal number of the parameters' dtype, for a root that is a
 * divisor. It is far below the rounding error of any mean of squares that matters. Where all
 * gradients so far were 0 (the weights of a dead pixel) it prevents 0 / 0 and the root's infinite
 * derivative. */
double tg__optim_eps(const tg__optim *optim, double eps);
/* sqrt(square + eps); or, with [beside], sqrt(square) + eps. */
tg_tensor *tg__optim_root(const tg__optim *optim, tg_tensor *square, double eps, bool beside);
/* 1 - beta^t. */
tg_tensor *tg__optim_unbias(const tg__optim *optim, tg__hyper beta, tg_tensor *t);
/* average / (1 - beta^t): the correction of the bias that comes from a start at 0. The factor is
 * computed in f64 and cast once. */
tg_tensor *tg__optim_unbiased(const tg__optim *optim, tg_tensor *average, tg__hyper beta,
                              tg_tensor *t);

/* Writes the name "<parameter>.<state>.<what>". False, with an error, if it is too long. */
enum { TG__STATE_NAME = 1024 };
bool tg__optim_state_name(const tg__optim *optim, const tg_var *var, const char *what,
                          char name[TG__STATE_NAME]);
/* The state "<parameter>.<state>.<what>"; a new one is filled with 0, or with [value]. NULL on an
 * error, which sticks to the tape. */
tg_var *tg__optim_state(const tg__optim *optim, const tg__optim_param *param, const char *what);
tg_var *tg__optim_state_from(const tg__optim *optim, const tg__optim_param *param, const char *what,
                             double value);
/* The same as one f64 number of rank 0. */
tg_var *tg__optim_number(const tg__optim *optim, const tg__optim_param *param, const char *what);
/* The state's value before the step; NULL for NULL. */
tg_tensor *tg__optim_before(const tg__optim *optim, tg_var *state);
/* Assigns the value to the variable, if the step is made. Returns the variable's value after the
 * step. */
tg_tensor *tg__optim_assign(const tg__optim *optim, tg_var *var, tg_tensor *value);
/* Adds [more] to the parameter's f64 state "step". Returns the sum, which is t of this step,
 * whether it is made or not; NULL on an error. */
tg_tensor *tg__optim_count(const tg__optim *optim, const tg__optim_param *param, tg_tensor *more);
/* Assigns rate * old + (1 - rate) * latest to the state. Returns that value. */
tg_tensor *tg__optim_average(const tg__optim *optim, tg_var *state, tg_tensor *latest,
                             tg__hyper rate);
/* w, times (1 - lr * weight_decay) if decay is decoupled. */
tg_tensor *tg__optim_kept(const tg__optim *optim, const tg__optim_param *param);
/* Assigns that minus [step] to the parameter. */
void tg__optim_move(const tg__optim *optim, const tg__optim_param *param, tg_tensor *step);

/* The updates recorded since begin; none if the tape has an error. */
tg_updates tg__optim_end(const tg__optim *optim);
tg_updates tg__optim_none(void);

#endif
