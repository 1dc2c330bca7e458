/* step.c: what optimizers record for a parameter: states by name, their new values, the parameter's
 * new value. If a step is not made where gradients are not finite, the same values are computed,
 * and a select then takes the old ones. */
#include "optimizer.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Numbers of the step ---------------------------------------------------------------- */

tg_tensor *tg__optim_cast(const tg__optim *optim, tg_tensor *number)
{
    const tg_site at = optim->at;
    return tg_cast(number, optim->dtype);
}

double tg__optim_eps(const tg__optim *optim, double eps)
{
    return fmax(eps, optim->dtype == TG_F32 ? (double)FLT_MIN : DBL_MIN);
}

tg_tensor *tg__optim_root(const tg__optim *optim, tg_tensor *square, double eps, bool beside)
{
    const tg_site at = optim->at;
    tg_tensor *root = tg_sqrt(tg_add_num(square, tg__optim_eps(optim, beside ? 0 : eps)));
    return beside ? tg_add_num(root, eps) : root;
}

tg_tensor *tg__optim_unbias(const tg__optim *optim, tg__hyper beta, tg_tensor *t)
{
    const tg_site at = optim->at;
    return tg_rsub_num(1, tg__power(optim, beta, t));
}

tg_tensor *tg__optim_unbiased(const tg__optim *optim, tg_tensor *average, tg__hyper beta,
                              tg_tensor *t)
{
    const tg_site at = optim->at;
    tg_tensor *scale = tg_rdiv_num(1, tg__optim_unbias(optim, beta, t));
    return tg_mul(average, tg__optim_cast(optim, scale));
}

/* ---- State ------------------------------------------------------------------------------ */

bool tg__optim_state_name(const tg__optim *optim, const tg_var *var, const char *what,
                          char name[TG__STATE_NAME])
{
    const char *kind = optim->args.state;
    if (!kind) {
        tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT, "%s: .state is NULL", optim->rule.op);
        return false;
    }
    const int length = snprintf(name, TG__STATE_NAME, "%s.%s.%s", tg_var_name(var), kind, what);
    if (length >= 0 && length < TG__STATE_NAME) return true;
    tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
            "%s: the name of the state of \"%.100s...\" is longer than %d bytes", optim->rule.op,
            tg_var_name(var), TG__STATE_NAME - 1);
    return false;
}

static tg_var *find_state(const tg__optim *optim, const tg__optim_param *param, const char *what,
                          tg_dtype dtype, tg_shape shape, double value)
{
    const tg_site at = optim->at;
    char name[TG__STATE_NAME];
    if (!tg__optim_state_name(optim, param->var, what, name)) return NULL;
    tg_store *store = tg_tape_store(optim->tape);
    tg_var *state = tg_state(store, name, dtype, shape, value);
    /* The message is on the store; the tape needs an error too, because it must not be run. */
    if (!state)
        tg_fail(optim->tape, at, tg_store_status(store), "%s: no state \"%s\":\n    %s",
                optim->rule.op, name, tg_store_error(store));
    return state;
}

tg_var *tg__optim_state_from(const tg__optim *optim, const tg__optim_param *param, const char *what,
                             double value)
{
    return find_state(optim, param, what, tg_var_dtype(param->var), tg_var_shape(param->var),
                      value);
}

tg_var *tg__optim_state(const tg__optim *optim, const tg__optim_param *param, const char *what)
{
    return tg__optim_state_from(optim, param, what, 0);
}

tg_var *tg__optim_number(const tg__optim *optim, const tg__optim_param *param, const char *what)
{
    return find_state(optim, param, what, TG_F64, TG_SCALAR, 0);
}

tg_tensor *tg__optim_before(const tg__optim *optim, tg_var *state)
{
    const tg_site at = optim->at;
    return state ? tg_read(optim->tape, state) : NULL;
}

tg_tensor *tg__optim_assign(const tg__optim *optim, tg_var *var, tg_tensor *value)
{
    const tg_site at = optim->at;
    if (!var) return NULL;
    if (optim->made) value = tg_select(optim->made, value, tg_read(optim->tape, var));
    return tg_assign(var, value);
}

tg_tensor *tg__optim_count(const tg__optim *optim, const tg__optim_param *param, tg_tensor *more)
{
    const tg_site at = optim->at;
    tg_var *state = tg__optim_number(optim, param, "step");
    tg_tensor *count = tg_add(tg__optim_before(optim, state), more);
    return tg__optim_assign(optim, state, count) ? count : NULL;
}

/* Not old + (1 - rate) * (new - old): for a small rate and a large old value, rounding would lose a
 * small new one. */
tg_tensor *tg__optim_average(const tg__optim *optim, tg_var *state, tg_tensor *latest,
                             tg__hyper rate)
{
    if (!state) return NULL;
    const tg_site at = optim->at;
    tg_tensor *old = tg__times(optim, tg_read(optim->tape, state), rate);
    tg_tensor *fresh = tg__times_rest(optim, latest, rate);
    return tg__optim_assign(optim, state, tg_add(old, fresh));
}

/* ---- Moving ----------------------------------------------------------------------------- */

tg_tensor *tg__optim_kept(const tg__optim *optim, const tg__optim_param *param)
{
    const tg_site at = optim->at;
    return optim->keep && param->decays ? tg_mul(param->value, optim->keep) : param->value;
}

void tg__optim_move(const tg__optim *optim, const tg__optim_param *param, tg_tensor *step)
{
    const tg_site at = optim->at;
    (void)tg__optim_assign(optim, param->var, tg_sub(tg__optim_kept(optim, param), step));
}

tg_updates tg__optim_end(const tg__optim *optim)
{
    if (tg_tape_status(optim->tape) != TG_OK) {
        (void)tg_undo(optim->at);
        return tg__optim_none();
    }
    tg_updates updates = tg_updates_since(optim->tape, optim->first);
    updates.lr = optim->lr;
    updates.norm = optim->norm;
    updates.skipped = optim->skipped;
    return updates;
}

tg_updates tg__optim_none(void) { return (tg_updates){ .tape = NULL }; }
