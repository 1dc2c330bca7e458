/* average.c: averages of the parameters over the steps of a training (EMA, SWA), and their use. */
#include "optimizer.h"

#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* An optimizer's struct with the options that choose parameters, for an average of op's. */
static tg__optim averaging(tg_site at, tg_tape *tape, const char *op, const char *params,
                           const char *except, const char *state)
{
    return (tg__optim){ .at = at,
                        .tape = tape,
                        .rule = { .op = op },
                        .args = { .params = params, .except = except, .state = state },
                        .first = tg_assign_count(tape) };
}

/* Records the next mean of one parameter, from the mean [before], its value [now] and the number of
 * runs, this one included. */
typedef tg_tensor *(*mean_fn)(const tg__optim *optim, const void *args, tg_tensor *before,
                              tg_tensor *now, tg_tensor *runs);

static tg_updates record(const tg__optim *optim, mean_fn mean, const void *args)
{
    const tg_site at = optim->at;
    const tg_store *store = tg_tape_store(optim->tape);
    const size_t total = tg_var_count(store); /* without the states that are made below */
    tg_tensor *one = tg_number_as(optim->tape, TG_F64, 1);
    size_t count = 0;
    for (size_t i = 0; i < total && tg_tape_status(optim->tape) == TG_OK; i++) {
        const tg__optim_param param = { .var = tg_var_nth(store, i) };
        if (!tg__optim_selects(optim, param.var)) continue;
        tg_var *state = tg__optim_state(optim, &param, "mean");
        tg_tensor *runs = tg__optim_count(optim, &param, one);
        tg_tensor *now = tg_latest(optim->tape, param.var);
        (void)tg__optim_assign(optim, state,
                               mean(optim, args, tg__optim_before(optim, state), now, runs));
        count++;
    }
    if (count == 0 && tg_tape_status(optim->tape) == TG_OK)
        tg_fail(optim->tape, at, TG_ERR_ARGUMENT,
                "%s: the store has no trainable parameter with .params = \"%s\" and .except = "
                "\"%s\"",
                optim->rule.op, optim->args.params ? optim->args.params : "",
                optim->args.except ? optim->args.except : "");
    return tg__optim_end(optim);
}

static tg_tensor *moving(const tg__optim *optim, const void *args, tg_tensor *before,
                         tg_tensor *now, tg_tensor *runs)
{
    const tg_site at = optim->at;
    const double decay = ((const tg_ema_args *)args)->decay;
    tg_tensor *next = tg_add(tg_mul_num(before, decay), tg_mul_num(now, 1 - decay));
    return tg_select(tg_equal_num(runs, 1), now, next);
}

tg_updates tg_ema_with(const tg_ema_args *given)
{
    tg_ema_args args = { TG_EMA_DEFAULTS };
    if (!TG_READ_TAPE_OPTIONS(args, given, "tg_ema")) return tg__optim_none();
    if (!args.tape || !tg_enter_tape(&args.at, "tg_ema", args.tape) ||
        !tg__in_range(args.tape, args.at, "tg_ema", "decay", args.decay, TG__BELOW_ONE))
        return tg__optim_none();
    const tg__optim optim =
        averaging(args.at, args.tape, "tg_ema", args.params, args.except, args.state);
    return record(&optim, moving, &args);
}

/* An equal mean over the runs with (runs - start) / every = n, where n is a whole number and at
 * least 1. Before the first of them the mean is the parameter itself. */
static tg_tensor *equal(const tg__optim *optim, const void *context, tg_tensor *before,
                        tg_tensor *now, tg_tensor *runs)
{
    const tg_site at = optim->at;
    const tg_swa_args *args = context;
    tg_tensor *since = tg_sub_num(runs, (double)args->start);
    tg_tensor *n = tg_floor(tg_div_num(since, (double)args->every));
    tg_tensor *counts = tg_equal(tg_mul_num(n, (double)args->every), since);
    tg_tensor *share = tg_cast(tg_rdiv_num(1, tg_maximum_num(n, 1)), tg_dtype_of(now));
    tg_tensor *next = tg_add(before, tg_mul(tg_sub(now, before), share));
    tg_tensor *early = tg_less_num(n, 1);
    tg_tensor *first = tg_equal_num(n, 1);
    tg_tensor *mean = tg_select(counts, tg_select(first, now, next), before);
    return tg_select(early, now, mean);
}

tg_updates tg_swa_with(const tg_swa_args *given)
{
    tg_swa_args args = { TG_SWA_DEFAULTS };
    if (!TG_READ_TAPE_OPTIONS(args, given, "tg_swa")) return tg__optim_none();
    if (!args.tape || !tg_enter_tape(&args.at, "tg_swa", args.tape)) return tg__optim_none();
    const tg__optim optim =
        averaging(args.at, args.tape, "tg_swa", args.params, args.except, args.state);
    if (!tg__optim_check_count(&optim, "start", args.start, 0) ||
        !tg__optim_check_count(&optim, "every", args.every, 1))
        return tg__optim_none();
    return record(&optim, equal, &args);
}

/* ---- Their use -------------------------------------------------------------------------- */

/* The parameter's state of that name; NULL if it does not exist or has another dtype or shape. */
static tg_var *state_of(const tg_store *store, const tg_var *var, const char *state)
{
    char name[TG__STATE_NAME];
    if (!tg_var_trainable(var)) return NULL;
    const int length = snprintf(name, sizeof name, "%s.%s", tg_var_name(var), state);
    tg_var *found = length > 0 && length < (int)sizeof name ? tg_find(store, name) : NULL;
    if (!found || tg_var_dtype(found) != tg_var_dtype(var) ||
        !tg_shape_equal(tg_var_shape(found), tg_var_shape(var)))
        return NULL;
    return found;
}

tg_status tg_use_state_at(tg_site at, tg_tape *tape, const char *state)
{
    if (!tape) return TG_ERR_ARGUMENT;
    if (!tg_enter_tape(&at, "tg_use_state", tape)) return tg_tape_status(tape);
    if (!state) {
        tg_fail(tape, at, TG_ERR_ARGUMENT, "tg_use_state: the state's name is NULL");
        return tg_tape_status(tape);
    }
    const tg_store *store = tg_tape_store(tape);
    size_t used = 0;
    for (size_t i = 0; i < tg_var_count(store); i++) {
        tg_var *var = tg_var_nth(store, i), *from = state_of(store, var, state);
        if (!from) continue;
        if (tg_override(tape, var, tg_read(tape, from)) != TG_OK) return tg_tape_status(tape);
        used++;
    }
    if (used == 0)
        tg_fail(tape, at, TG_ERR_STATE,
                "tg_use_state: no trainable parameter has a state \"<parameter>.%s\" of its shape",
                state);
    return tg_tape_status(tape);
}

tg_status tg_take_state_at(tg_site at, tg_store *store, const char *state)
{
    if (!store) return TG_ERR_ARGUMENT;
    if (tg_store_status(store) != TG_OK) return tg_store_status(store);
    tg_tape *tape = tg_tape_new(store); /* copies all parameters, or none */
    if (!tape) {
        tg_store_fail(store, at, TG_ERR_MEMORY, "tg_take_state: out of memory");
        return TG_ERR_MEMORY;
    }
    size_t taken = 0;
    for (size_t i = 0; state && i < tg_var_count(store); i++) {
        tg_var *var = tg_var_nth(store, i), *from = state_of(store, var, state);
        if (from) taken += tg_assign(var, tg_read(tape, from)) != NULL;
    }
    tg_plan *plan = taken ? tg_compile(tape, .steps = false) : NULL;
    tg_status status = plan ? tg_run(plan) : tg_tape_status(tape);
    if (status != TG_OK) {
        tg_store_fail(store, at, status, "tg_take_state: nothing was taken:\n    %s",
                      tg_tape_error(tape));
    } else if (taken == 0) {
        status = state ? TG_ERR_STATE : TG_ERR_ARGUMENT;
        tg_store_fail(store, at, status,
                      "tg_take_state: no trainable parameter has a state \"<parameter>.%s\" of its "
                      "shape",
                      state ? state : "");
    }
    tg_plan_free(plan);
    tg_tape_free(tape);
    return status;
}
