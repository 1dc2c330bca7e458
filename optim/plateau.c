/* plateau.c: a learning rate that is lowered when a metric stops improving. The program reports the
 * metric between runs; the rate and the counts are in a variable, which plans read and checkpoints
 * save. */
#include "schedule.h"

#include <math.h>
#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Making one ----------------------------------------------------------------------------- */

static bool in_range(const tg_plateau_args *args, const char *option, double value, double limit)
{
    if (isfinite(value) && value >= 0 && value < limit) return true;
    tg_store_fail(args->store, args->at, TG_ERR_ARGUMENT,
                  limit < HUGE_VAL ? "tg_plateau_new: %s = %g must lie in [0, %g)"
                                   : "tg_plateau_new: %s = %g must be finite and at least 0",
                  option, value, limit);
    return false;
}

static bool not_negative(const tg_plateau_args *args, const char *option, int64_t value)
{
    if (value >= 0) return true;
    tg_store_fail(args->store, args->at, TG_ERR_ARGUMENT,
                  "tg_plateau_new: %s = %lld must be at least 0", option, (long long)value);
    return false;
}

static bool plateau_fits(const tg_plateau_args *args)
{
    return in_range(args, "base", args->base, HUGE_VAL) &&
           in_range(args, "factor", args->factor, 1) &&
           not_negative(args, "patience", args->patience) &&
           in_range(args, "threshold", args->threshold, args->absolute ? HUGE_VAL : 1) &&
           not_negative(args, "cooldown", args->cooldown) &&
           in_range(args, "least", args->least, HUGE_VAL) &&
           in_range(args, "eps", args->eps, HUGE_VAL);
}

enum { RATE, BEST, BAD, COOLDOWN, NUMBERS };

/* The state in the store, or a new one. */
static tg_var *find_state(const tg_plateau_args *args)
{
    const tg_site at = args->at;
    tg_store *store = args->store;
    const bool is_new = args->name && !tg_find(store, args->name);
    tg_var *state = tg_state(store, args->name, TG_F64, TG_SHAPE(NUMBERS), 0);
    if (!state) {
        char why[TG_ERROR_TEXT];
        const tg_status status = tg_store_status(store);
        (void)snprintf(why, sizeof why, "%s", tg_store_error(store));
        tg_store_clear_error(store);
        tg_store_fail(store, at, status, "tg_plateau_new: no state of that name:\n    %s", why);
    } else if (is_new) {
        const double begin[NUMBERS] = {
            [RATE] = args->base, [BEST] = args->maximize ? -HUGE_VAL : HUGE_VAL
        };
        (void)tg_var_set(state, begin, NUMBERS);
    }
    return state;
}

tg_plateau tg_plateau_new_with(const tg_plateau_args *given)
{
    tg_plateau_args args = { TG_PLATEAU_DEFAULTS };
    const tg_plateau none = { 0 };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_plateau_new")) return none;
    if (!args.store || tg_store_status(args.store) != TG_OK || !plateau_fits(&args)) return none;
    tg_var *state = find_state(&args);
    if (!state) return none;
    return (tg_plateau){ .state = state,
                         .factor = args.factor,
                         .threshold = args.threshold,
                         .least = args.least,
                         .eps = args.eps,
                         .patience = args.patience,
                         .cooldown = args.cooldown,
                         .maximize = args.maximize,
                         .absolute = args.absolute };
}

/* ---- Feeding it ----------------------------------------------------------------------------- */

static bool is_better(const tg_plateau *p, double metric, double best)
{
    const double margin = p->threshold;
    if (p->maximize) return metric > (p->absolute ? best + margin : best * (1 + margin));
    return metric < (p->absolute ? best - margin : best * (1 - margin));
}

double tg_plateau_feed(const tg_plateau *p, double metric)
{
    double now[NUMBERS];
    if (!p || tg_var_get(p->state, now, NUMBERS) != TG_OK) return (double)NAN;
    now[BAD]++;
    if (is_better(p, metric, now[BEST])) {
        now[BEST] = metric;
        now[BAD] = 0;
    }
    if (now[COOLDOWN] > 0) {
        now[COOLDOWN]--;
        now[BAD] = 0;
    }
    if (now[BAD] > (double)p->patience) {
        const double lowered = fmax(now[RATE] * p->factor, p->least);
        if (now[RATE] - lowered > p->eps) now[RATE] = lowered;
        now[COOLDOWN] = (double)p->cooldown;
        now[BAD] = 0;
    }
    (void)tg_var_set(p->state, now, NUMBERS);
    return now[RATE];
}

/* ---- As a schedule -------------------------------------------------------------------------- */

static tg_tensor *plateau_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_var *state;
    TG__OPTIONS(state, s);
    tg_tensor *rate = tg_slice(tg_read(tg_tape_of(count), state), 0, RATE, RATE + 1, 1);
    return tg_broadcast(tg_reshape(rate, TG_SCALAR), tg_shape_from(count));
}

static bool is_made(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_var *state;
    TG__OPTIONS(state, s);
    if (!state)
        tg_fail(tape, at, TG_ERR_ARGUMENT,
                "%s: there is no plateau: it is NULL, or tg_plateau_new could not make it",
                s->name);
    return state;
}

static const tg__schedule_kind plateau = { "tg_plateau_lr", plateau_rate, is_made, false };

tg_schedule tg_plateau_lr_with(const tg_plateau_lr_args *given)
{
    tg_plateau_lr_args args = { TG_PLATEAU_LR_DEFAULTS };
    tg_schedule s = TG__SCHEDULE(&plateau, args, given);
    tg_var *state = args.plateau ? args.plateau->state : NULL;
    if (s.rate == plateau_rate) memcpy(s.room, &state, sizeof state);
    return s;
}
