/* optimizer.c: the machinery around an optimizer's formula: which parameters, their gradients
 * by one reverse pass, clipping, weight decay, state by name, the assignments. */
#include "optimizer.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Options ---------------------------------------------------------------------------- */

bool tg__in_range(tg_tape *tape, tg_site at, const char *op, const char *option, double value,
                  tg__range range)
{
    static const char *const words[] = {
        [TG__NOT_NEGATIVE] = "must be finite and at least 0",
        [TG__POSITIVE] = "must be finite and greater than 0",
        [TG__BELOW_ONE] = "must lie in [0, 1)",
        [TG__UP_TO_ONE] = "must lie in [0, 1]",
    };
    bool ok = isfinite(value) && value >= 0;
    if (range == TG__POSITIVE) ok = ok && value > 0;
    if (range == TG__BELOW_ONE) ok = ok && value < 1;
    if (range == TG__UP_TO_ONE) ok = ok && value <= 1;
    if (!ok) tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s = %g %s", op, option, value, words[range]);
    return ok;
}

bool tg__optim_check(const tg__optim *optim, const char *option, double value, tg__range range)
{
    return tg__in_range(optim->tape, optim->at, optim->rule.op, option, value, range);
}

static bool loss_fits(const tg__optim *optim)
{
    tg_tensor *loss = optim->args.loss;
    const tg_dtype dtype = tg_dtype_of(loss);
    if (dtype != TG_F32 && dtype != TG_F64) {
        tg_fail(optim->tape, optim->at, TG_ERR_DTYPE, "%s: the loss must be f32 or f64, not %s",
                optim->rule.op, tg_dtype_name(dtype));
        return false;
    }
    if (tg_count(loss) != 1) {
        tg_fail(optim->tape, optim->at, TG_ERR_SHAPE,
                "%s: the loss must be one number, and has %lld elements; take tg_mean or tg_sum",
                optim->rule.op, (long long)tg_count(loss));
        return false;
    }
    return true;
}

/* One learning rate at most was given, and it is fit to be one. Records nothing. */
static bool rate_fits(const tg__optim *optim)
{
    const tg__optim_args *args = &optim->args;
    const char *op = optim->rule.op, *wrong = NULL;
    const bool number = args->lr != optim->rule.lr, tensor = args->lr_at;
    const bool schedule = args->schedule.rate;
    if (number && tensor) wrong = ".lr and .lr_at are both given; keep one of them";
    else if (number && schedule) wrong = ".lr and .schedule are both given; keep one of them";
    else if (tensor && schedule) wrong = ".lr_at and .schedule are both given; keep one of them";
    if (wrong) tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT, "%s: %s", op, wrong);
    if (wrong) return false;
    if (schedule) return tg__schedule_fits(optim->tape, optim->at, &args->schedule);
    if (!tensor) return tg__optim_check(optim, "lr", args->lr, TG__NOT_NEGATIVE);
    tg_site at = optim->at; /* on the loss' tape? */
    if (!tg_enter(&at, op, TG_LIST(args->loss, args->lr_at))) return false;
    const tg_dtype dtype = tg_dtype_of(args->lr_at);
    if (tg_rank(args->lr_at) == 0 && (dtype == TG_F32 || dtype == TG_F64)) return true;
    tg_fail(optim->tape, optim->at, TG_ERR_SHAPE,
            "%s: .lr_at must be one f32 or f64 number of rank 0, and is %s of rank %d", op,
            tg_dtype_name(dtype), tg_rank(args->lr_at));
    return false;
}

/* How many steps the optimizer has made before: the most of those that one of its parameters has.
 */
static tg_tensor *steps_before(const tg__optim *optim)
{
    const tg_site at = optim->at;
    tg_tensor *most = NULL;
    for (size_t i = 0; i < optim->count; i++) {
        tg_tensor *steps = optim->param[i].steps;
        most = most ? tg_maximum(most, steps) : steps;
    }
    return tg_sub_num(most, 1);
}

/* The learning rate as an f64 tensor, from the number, the tensor or the schedule that was given.
 */
static tg_tensor *learning_rate(const tg__optim *optim)
{
    const tg_site at = optim->at;
    const tg__optim_args *args = &optim->args;
    if (args->schedule.rate) return tg_schedule_rate(args->schedule, steps_before(optim));
    if (args->lr_at) return tg_cast(args->lr_at, TG_F64);
    return tg_number_as(optim->tape, TG_F64, args->lr);
}

/* 1 - lr * weight_decay, by which decoupled weight decay multiplies a parameter. */
static tg_tensor *kept_share(const tg__optim *optim)
{
    const tg_site at = optim->at;
    tg_tensor *lost = tg_mul_num(optim->lr, optim->weight_decay);
    return tg__optim_cast(optim, tg_rsub_num(1, lost));
}

/* At most infinity is any norm. */
static bool clips(const tg__optim_args *args) { return args->clip_norm != HUGE_VAL; }

bool tg__optim_begin(tg__optim *optim, const tg__optim_rule *rule, tg__optim_args args)
{
    if (!args.loss) return false;
    tg_tape *tape = tg_tape_of(args.loss);
    *optim = (tg__optim){ .at = args.at, .tape = tape, .rule = *rule, .args = args };
    optim->first = tg_assign_count(tape);
    optim->dtype = tg_store_dtype(tg_tape_store(tape));
    if (tg_tape_status(tape) != TG_OK || !loss_fits(optim) || !rate_fits(optim)) return false;

    optim->weight_decay = args.weight_decay;
    if (!tg__optim_check(optim, "weight_decay", optim->weight_decay, TG__NOT_NEGATIVE))
        return false;
    return !clips(&args) || tg__optim_check(optim, "clip_norm", args.clip_norm, TG__POSITIVE);
}

/* ---- Which parameters ------------------------------------------------------------------- */

bool tg__optim_selects(const tg__optim *optim, const tg_var *var)
{
    const tg__optim_args *args = &optim->args;
    const char *name = tg_var_name(var);
    return tg_var_trainable(var) && tg_name_under(name, args->params) &&
           !tg_name_among(name, args->except);
}

static bool select_parameters(tg__optim *optim)
{
    const tg_store *store = tg_tape_store(optim->tape);
    const size_t total = tg_var_count(store);
    if (total > 0) {
        /* A variable takes far more memory than this entry: the product cannot overflow. */
        optim->param = tg_scratch(optim->tape, total * sizeof *optim->param);
        if (!optim->param) return false;
    }
    for (size_t i = 0; i < total; i++) {
        tg_var *var = tg_var_nth(store, i);
        if (tg__optim_selects(optim, var))
            optim->param[optim->count++] = (tg__optim_param){ .var = var };
    }
    if (optim->count > 0) return true;
    const char *params = optim->args.params, *except = optim->args.except;
    tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
            "%s: the store has no trainable parameter with .params = \"%s\" and .except = \"%s\" "
            "(a prefix ends at a dot; tg_store_print lists the names)",
            optim->rule.op, params ? params : "", except ? except : "");
    return false;
}

/* ---- Parameters without a path to the loss ---------------------------------------------- */

/* A list of names for an error: as many as fit, then how many more. */
typedef struct name_list {
    char text[1024];
    size_t used, left_out;
} name_list;

static void add_name(name_list *list, const char *name)
{
    const size_t length = strlen(name), needed = length + 4; /* quotes, comma, space */
    if (list->left_out > 0 || needed >= sizeof list->text - list->used) {
        list->left_out++;
        return;
    }
    const char *format = list->used ? ", \"%s\"" : "\"%s\"";
    list->used +=
        (size_t)snprintf(list->text + list->used, sizeof list->text - list->used, format, name);
}

static void report_unused(const tg__optim *optim, const name_list *unused)
{
    char more[40] = "";
    if (unused->left_out > 0) snprintf(more, sizeof more, ", and %zu more", unused->left_out);
    tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
            "%s: no path leads from the loss to %s%s\n"
            "    if that is meant: tg_freeze(store, \"name\"), or choose the others with .params, "
            "or skip these with .allow_unused = true",
            optim->rule.op, unused->text, more);
}

/* Reads the parameters, and drops those on which the loss does not depend, or reports them. */
static bool read_parameters(tg__optim *optim)
{
    const tg_site at = optim->at;
    name_list unused = { "", 0, 0 };
    size_t kept = 0;
    for (size_t i = 0; i < optim->count; i++) {
        tg__optim_param param = optim->param[i];
        param.value = tg_read(optim->tape, param.var);
        if (!param.value) return false;
        if (tg_depends(optim->args.loss, param.value))
            optim->param[kept++] = param;
        else
            add_name(&unused, tg_var_name(param.var));
    }
    const bool all_used = kept == optim->count;
    optim->count = kept;
    if (all_used || (optim->args.allow_unused && kept > 0)) return true;
    report_unused(optim, &unused);
    return false;
}

/* ---- Gradients -------------------------------------------------------------------------- */

/* One reverse pass for all parameters, then clipping. */
static bool record_gradients(tg__optim *optim)
{
    const tg_site at = optim->at;
    const size_t count = optim->count;
    tg_tensor **value = tg_scratch(optim->tape, 2 * count * sizeof *value);
    if (!value) return false;
    tg_tensor **grad = value + count;
    for (size_t i = 0; i < count; i++) value[i] = optim->param[i].value;
    if (tg_vjp(optim->args.loss, NULL, (tg_list){ count, value }, grad) != TG_OK) return false;
    if (clips(&optim->args) && !tg_clip_norm((tg_list){ count, grad }, optim->args.clip_norm, grad))
        return false;
    for (size_t i = 0; i < count; i++) optim->param[i].grad = grad[i];
    return true;
}

static bool decays(const tg__optim *optim, const tg__optim_param *param)
{
    return optim->weight_decay > 0 && !tg_name_among(tg_var_name(param->var), optim->args.no_decay);
}

/* Counts this step of each parameter, if anything follows from it. */
static bool count_steps(tg__optim *optim)
{
    const tg_site at = optim->at;
    if (!optim->rule.counts && !optim->args.schedule.rate) return true;
    tg_tensor *one = tg_number_as(optim->tape, TG_F64, 1);
    for (size_t i = 0; i < optim->count; i++) {
        tg__optim_param *param = &optim->param[i];
        param->steps = tg__optim_count(optim, param, one);
        if (!param->steps) return false;
    }
    return true;
}

bool tg__optim_collect(tg__optim *optim)
{
    const tg_site at = optim->at;
    bool done = select_parameters(optim) && read_parameters(optim) && record_gradients(optim) &&
                count_steps(optim);
    if (done) optim->lr = learning_rate(optim);
    done = done && optim->lr;
    const bool shrinks = done && optim->rule.decoupled && optim->weight_decay > 0;
    if (shrinks) done = (optim->keep = kept_share(optim)) != NULL;
    if (!done) {
        (void)tg_undo(at); /* a list without memory, a schedule's function that gave nothing */
        return false;
    }
    for (size_t i = 0; i < optim->count && !optim->rule.decoupled; i++) {
        tg__optim_param *param = &optim->param[i];
        if (decays(optim, param))
            param->grad = tg_add(param->grad, tg_mul_num(param->value, optim->weight_decay));
    }
    return true;
}

/* ---- Recording the step ----------------------------------------------------------------- */

tg_tensor *tg__optim_cast(const tg__optim *optim, tg_tensor *number)
{
    const tg_site at = optim->at;
    return tg_cast(number, optim->dtype);
}

double tg__optim_eps(const tg__optim *optim, double eps)
{
    return fmax(eps, optim->dtype == TG_F32 ? (double)FLT_MIN : DBL_MIN);
}

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
                          tg_dtype dtype, tg_shape shape)
{
    const tg_site at = optim->at;
    char name[TG__STATE_NAME];
    if (!tg__optim_state_name(optim, param->var, what, name)) return NULL;
    tg_store *store = tg_tape_store(optim->tape);
    tg_var *state = tg_state(store, name, dtype, shape, 0);
    /* The store has the message; but it is this tape that must not be run. */
    if (!state)
        tg_fail(optim->tape, at, tg_store_status(store), "%s: no state \"%s\":\n    %s",
                optim->rule.op, name, tg_store_error(store));
    return state;
}

tg_var *tg__optim_state(const tg__optim *optim, const tg__optim_param *param, const char *what)
{
    return find_state(optim, param, what, tg_var_dtype(param->var), tg_var_shape(param->var));
}

tg_tensor *tg__optim_count(const tg__optim *optim, const tg__optim_param *param, tg_tensor *more)
{
    const tg_site at = optim->at;
    tg_var *state = find_state(optim, param, "step", TG_F64, TG_SCALAR);
    return state ? tg_assign(state, tg_add(tg_read(optim->tape, state), more)) : NULL;
}

/* Not old + (1 - rate) * (new - old), which for a small rate drowns a small new value in the
 * rounding of a large old one. */
tg_tensor *tg__optim_average(const tg__optim *optim, tg_var *state, tg_tensor *latest, double rate)
{
    if (!state) return NULL;
    const tg_site at = optim->at;
    tg_tensor *old = tg_mul_num(tg_read(optim->tape, state), rate);
    tg_tensor *fresh = tg_mul_num(latest, 1 - rate);
    return tg_assign(state, tg_add(old, fresh));
}

void tg__optim_move(const tg__optim *optim, const tg__optim_param *param, tg_tensor *step)
{
    const tg_site at = optim->at;
    tg_tensor *value = param->value;
    if (optim->keep && decays(optim, param)) value = tg_mul(value, optim->keep);
    tg_assign(param->var, tg_sub(value, step));
}

tg_updates tg__optim_end(const tg__optim *optim)
{
    if (tg_tape_status(optim->tape) != TG_OK) {
        (void)tg_undo(optim->at);
        return tg__optim_none();
    }
    tg_updates updates = tg_updates_since(optim->tape, optim->first);
    updates.lr = optim->lr;
    return updates;
}

tg_updates tg__optim_none(void) { return (tg_updates){ .tape = NULL }; }
