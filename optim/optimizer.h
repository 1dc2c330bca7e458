/* optimizer.h: what all optimizers share. Private to optim/.
 *
 * An optimizer begins (its common options are checked), checks its own options, collects its
 * parameters with their gradients, records for one parameter after the other the new state
 * and the move, and ends:
 *
 *     tg__optim optim;
 *     if (!tg__optim_begin(&optim, &rule, TG__OPTIM_ARGS(args)) ||
 *         !tg__optim_check(&optim, "eps", eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
 *         return tg__optim_none();
 *     for (size_t i = 0; i < optim.count; i++)
 *         tg__optim_move(&optim, &optim.param[i], step);
 *     return tg__optim_end(&optim); */
#ifndef TG_OPTIM_OPTIMIZER_H
#define TG_OPTIM_OPTIMIZER_H

#include <tapegrad.h>

/* The common options, taken from any optimizer's. */
typedef struct tg__optim_args {
    TG_OPTIMIZER_OPTIONS
} tg__optim_args;
#define TG__OPTIM_ARGS(from)                                                                       \
    ((tg__optim_args){ .at = (from).at,                                                            \
                       .loss = (from).loss,                                                        \
                       .lr = (from).lr,                                                            \
                       .lr_at = (from).lr_at,                                                      \
                       .weight_decay = (from).weight_decay,                                        \
                       .no_decay = (from).no_decay,                                                \
                       .params = (from).params,                                                    \
                       .except = (from).except,                                                    \
                       .clip_norm = (from).clip_norm,                                              \
                       .allow_unused = (from).allow_unused,                                        \
                       .state = (from).state,                                                      \
                       .schedule = (from).schedule })

/* What sets one optimizer apart before its formula. */
typedef struct tg__optim_rule {
    const char *op; /* "tg_adam", for errors */
    double lr;      /* the default of .lr */
    bool decoupled; /* weight decay acts on the parameter, not through its gradient */
    bool counts;    /* its formula has t, also without a schedule */
} tg__optim_rule;

typedef struct tg__optim_param {
    tg_var *var;
    tg_tensor *value; /* w, before the step */
    tg_tensor *grad;  /* g, after clipping and weight decay */
    tg_tensor *steps; /* t, f64: how many it has made, with this one. NULL: they are not counted */
} tg__optim_param;

typedef struct tg__optim {
    tg_site at;
    tg_tape *tape;
    tg_dtype dtype; /* that of all parameters: their store's */
    tg__optim_rule rule;
    tg__optim_args args;
    double weight_decay;
    tg_tensor *lr;   /* the learning rate, f64 of rank 0, once its parameters are collected */
    tg_tensor *keep; /* 1 - lr * weight_decay in the parameters' dtype, if decoupled */
    size_t count;
    tg__optim_param *param;
    uint32_t first; /* the tape's assignments before this optimizer's */
} tg__optim;

typedef enum tg__range {
    TG__NOT_NEGATIVE, /* finite and >= 0 */
    TG__POSITIVE,     /* finite and > 0 */
    TG__BELOW_ONE,    /* in [0, 1) */
    TG__UP_TO_ONE     /* in [0, 1] */
} tg__range;

/* Reports a number out of its range on the tape. */
bool tg__in_range(tg_tape *tape, tg_site at, const char *op, const char *option, double value,
                  tg__range range);

/* Reports a schedule whose numbers make no sense on the tape, at the schedule's line, or else [at].
 */
bool tg__schedule_fits(tg_tape *tape, tg_site at, const tg_schedule *schedule);

bool tg__optim_begin(tg__optim *optim, const tg__optim_rule *rule, tg__optim_args args);
bool tg__optim_check(const tg__optim *optim, const char *option, double value, tg__range range);
bool tg__optim_collect(tg__optim *optim);

/* An f64 number in the parameters' dtype. */
tg_tensor *tg__optim_cast(const tg__optim *optim, tg_tensor *number);
/* The eps of a root in a divisor: at least the smallest normal number of the parameters' dtype.
 * That is far below the rounding of any mean of squares that matters; it keeps 0 / 0, and the
 * root's infinite slope, from where all gradients so far were 0, as those of a dead pixel's weights
 * are. */
double tg__optim_eps(const tg__optim *optim, double eps);
/* Is the variable one of those that .params and .except choose? */
bool tg__optim_selects(const tg__optim *optim, const tg_var *var);
/* "<parameter>.<state>.<what>"; false, with an error, if that is too long. */
enum { TG__STATE_NAME = 1024 };
bool tg__optim_state_name(const tg__optim *optim, const tg_var *var, const char *what,
                          char name[TG__STATE_NAME]);
/* The state "<parameter>.<state>.<what>"; NULL on an error, which sticks to the tape. */
tg_var *tg__optim_state(const tg__optim *optim, const tg__optim_param *param, const char *what);
/* The f64 state "step" of the parameter, plus [more], recorded as its next value, which it returns.
 * NULL on an error. */
tg_tensor *tg__optim_count(const tg__optim *optim, const tg__optim_param *param, tg_tensor *more);
/* rate * old + (1 - rate) * new, recorded as the state's next value, which it returns. */
tg_tensor *tg__optim_average(const tg__optim *optim, tg_var *state, tg_tensor *latest, double rate);
/* w becomes w - step, less its decoupled weight decay. */
void tg__optim_move(const tg__optim *optim, const tg__optim_param *param, tg_tensor *step);

/* The assignments since begin; none if the tape has failed. */
tg_updates tg__optim_end(const tg__optim *optim);
tg_updates tg__optim_none(void);

#endif
