/* optimizer.c: what comes before an optimizer's formula: its options, the choice of parameters,
 * their gradients (by one reverse pass, or given), clipping, weight decay. */
#include "optimizer.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Options ---------------------------------------------------------------------------- */

/* The tape of the operands given. The caller's options may have fewer members than the
 * library's. */
static tg_tape *tape_of(const tg__optim_args *given)
{
    if (!given) return NULL;
    if (given->loss) return tg_tape_of(given->loss);
    const bool old = given->struct_size < offsetof(tg__optim_args, maximize);
    return old || !given->grads.count ? NULL : tg_tape_of(given->grads.node[0]);
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

/* Checks that exactly one of loss and gradients is given. */
static bool source_fits(const tg__optim *optim)
{
    const tg__optim_args *args = &optim->args;
    if (args->loss && args->grads.count) {
        tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
                "%s: a loss and .grads are both given; keep one of them", optim->rule.op);
        return false;
    }
    return !args->loss || loss_fits(optim);
}

static tg__hyper_args lr_of(const tg__optim *optim)
{
    return (tg__hyper_args){ .name = "lr",
                             .number = optim->args.lr,
                             .usual = optim->usual_lr,
                             .range = TG__NOT_NEGATIVE,
                             .tensor = optim->args.lr_at,
                             .schedule = &optim->args.schedule };
}

/* A tensor for the weight decay replaces the number, whether that is the default or not. */
static tg__hyper_args decay_of(const tg__optim *optim)
{
    return (tg__hyper_args){ .name = "weight_decay",
                             .number = optim->args.weight_decay,
                             .usual = optim->weight_decay.number,
                             .range = TG__NOT_NEGATIVE,
                             .tensor = optim->args.weight_decay_at };
}

/* A clip_norm of infinity clips nothing. */
static bool clips(const tg__optim_args *args) { return args->clip_norm != HUGE_VAL; }
static bool cuts(const tg__optim_args *args) { return args->clip_value != HUGE_VAL; }

static bool clipping_fits(const tg__optim *optim)
{
    const tg__optim_args *args = &optim->args;
    if (clips(args) && !tg__optim_check(optim, "clip_norm", args->clip_norm, TG__POSITIVE))
        return false;
    if (cuts(args) && !tg__optim_check(optim, "clip_value", args->clip_value, TG__POSITIVE))
        return false;
    return tg__order_fits(optim->tape, optim->at, optim->rule.op, "clip_order", args->clip_order);
}

static bool rates_fit(tg__optim *optim)
{
    const tg__hyper_args lr = lr_of(optim), decay = decay_of(optim);
    if (!tg__hyper_fits(optim, &lr) || !tg__hyper_fits(optim, &decay)) return false;
    if (!optim->rule.only_first || (!lr.tensor && !lr.schedule->rate)) return true;
    tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
            "%s: .lr is the first step's alone, and must be a number: no .lr_at, no .schedule",
            optim->rule.op);
    return false;
}

bool tg__optim_start(tg__optim *optim, const tg__optim_rule *rule, const tg__optim_args *args,
                     const tg__optim_args *usual)
{
    tg_site at = args->at;
    tg_tape *tape = tape_of(args);
    if (!tape || !tg_enter(&at, rule->op, args->loss ? TG_LIST(args->loss) : args->grads))
        return false;
    *optim = (tg__optim){ .at = at,
                          .tape = tape,
                          .rule = *rule,
                          .args = *args,
                          .usual_lr = usual->lr,
                          .weight_decay = { .number = usual->weight_decay } };
    optim->first = tg_assign_count(tape);
    optim->dtype = tg_store_dtype(tg_tape_store(tape));
    return tg_tape_status(tape) == TG_OK && source_fits(optim) && rates_fit(optim) &&
           clipping_fits(optim);
}

bool tg__optim_begin(tg__optim *optim, const tg__optim_rule *rule, void *args, const void *given)
{
    tg__optim_args usual, common;
    memcpy(&usual, args, sizeof usual);
    if (!tg_tape_options(args, given, rule->op, tape_of(given))) return false;
    memcpy(&common, args, sizeof common);
    return tg__optim_start(optim, rule, &common, &usual);
}

/* ---- Which parameters ------------------------------------------------------------------- */

bool tg__optim_selects(const tg__optim *optim, const tg_var *var)
{
    const tg__optim_args *args = &optim->args;
    const char *name = tg_var_name(var);
    return tg_var_trainable(var) && tg_name_under(name, args->params) &&
           !tg_name_among(name, args->except);
}

/* Allocates [count] parameters. */
static bool make_room(tg__optim *optim, size_t count)
{
    /* There are at most as many as variables or nodes exist, so the product cannot overflow. */
    optim->param = count ? tg_scratch(optim->tape, count * sizeof *optim->param) : NULL;
    return optim->param || count == 0;
}

static bool select_by_name(tg__optim *optim)
{
    const tg_store *store = tg_tape_store(optim->tape);
    const size_t total = tg_var_count(store);
    if (!make_room(optim, total)) return false;
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

static bool select_listed(tg__optim *optim)
{
    const tg_list wrt = optim->args.wrt;
    const char *op = optim->rule.op;
    if (optim->args.params || optim->args.except) {
        tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
                "%s: .wrt takes the place of .params and .except; leave them out", op);
        return false;
    }
    tg_site at = optim->at;
    if (!wrt.node || !tg_enter(&at, op, wrt)) return false;
    if (tg_tape_of(wrt.node[0]) != optim->tape) {
        tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
                "%s: .wrt was recorded on another tape than the loss or .grads", op);
        return false;
    }
    if (!make_room(optim, wrt.count)) return false;
    for (size_t i = 0; i < wrt.count; i++) {
        tg_var *var = tg_var_of(wrt.node[i]);
        if (!var || !tg_var_trainable(var)) {
            tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
                    "%s: .wrt[%zu] is no tg_read of a trainable parameter", op, i);
            return false;
        }
        optim->param[optim->count++] = (tg__optim_param){ .var = var };
    }
    return true;
}

/* ---- Parameters without a path to the loss ---------------------------------------------- */

/* A list of names for a message: as many as fit, then how many more there are. */
typedef struct name_list {
    char text[1024];
    size_t used, left_out;
} name_list;

static void add_name(name_list *list, const char *name)
{
    const size_t length = strlen(name), needed = length + 4; /* two quotes, comma, space */
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
    tg_fail(
        optim->tape, optim->at, TG_ERR_ARGUMENT, "%s: no path leads from the loss to %s%s\n    %s",
        optim->rule.op, unused->text, more,
        optim->args.allow_unused
            ? "these are all of its parameters: nothing is left to train"
            : "if that is meant: tg_freeze(store, \"name\"), or choose the others with .params, "
              "or skip these with .allow_unused = true");
}

/* Reads the parameters on the tape. Those on which the loss does not depend are removed, with
 * .allow_unused; else they are an error. */
static bool read_parameters(tg__optim *optim)
{
    const tg_site at = optim->at;
    name_list unused = { "", 0, 0 };
    size_t kept = 0;
    for (size_t i = 0; i < optim->count; i++) {
        tg__optim_param param = optim->param[i];
        param.value = tg_read(optim->tape, param.var);
        if (!param.value) return false;
        if (!optim->args.loss || tg_depends(optim->args.loss, param.value))
            optim->param[kept++] = param;
        else add_name(&unused, tg_var_name(param.var));
    }
    const bool all_used = kept == optim->count;
    optim->count = kept;
    if (all_used || (optim->args.allow_unused && kept > 0)) return true;
    report_unused(optim, &unused);
    return false;
}

/* ---- Gradients -------------------------------------------------------------------------- */

/* One of the caller's for each parameter, of its dtype and shape. */
static bool take_gradients(const tg__optim *optim, tg_tensor *grad[])
{
    const tg_list given = optim->args.grads;
    const char *op = optim->rule.op;
    if (given.count != optim->count) {
        tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
                "%s: there are %zu .grads for %zu parameters", op, given.count, optim->count);
        return false;
    }
    for (size_t i = 0; i < given.count; i++) {
        const tg_var *var = optim->param[i].var;
        const tg_dtype dtype = tg_dtype_of(given.node[i]);
        grad[i] = given.node[i];
        if (dtype == tg_var_dtype(var) &&
            tg_shape_equal(tg_shape_from(given.node[i]), tg_var_shape(var)))
            continue;
        tg_fail(optim->tape, optim->at, dtype == tg_var_dtype(var) ? TG_ERR_SHAPE : TG_ERR_DTYPE,
                "%s: .grads[%zu] must have the dtype and the shape of \"%s\", and is %s of rank %d",
                op, i, tg_var_name(var), tg_dtype_name(dtype), tg_rank(given.node[i]));
        return false;
    }
    return true;
}

/* Is every element of all gradients finite? And how often were they not, up to now? */
static bool watch(tg__optim *optim, tg_tensor *const grad[])
{
    const tg_site at = optim->at;
    tg_tensor *made = NULL;
    for (size_t i = 0; i < optim->count; i++) {
        tg_tensor *all = tg_all(tg_is_finite(grad[i]));
        made = made ? tg_and(made, all) : all;
    }
    tg_var *count = tg__optim_number(optim, &optim->param[0], "skipped");
    if (!made || !count) return false;
    tg_tensor *missed = tg_cast(tg_not(made), TG_F64);
    optim->skipped = tg_assign(count, tg_add(tg_read(optim->tape, count), missed));
    optim->made = made;
    return optim->skipped;
}

/* Gradients that the caller has, or by one reverse pass for all parameters; then clipping. */
static bool record_gradients(tg__optim *optim)
{
    const tg_site at = optim->at;
    const tg__optim_args *args = &optim->args;
    const size_t count = optim->count;
    tg_tensor **value = tg_scratch(optim->tape, 2 * count * sizeof *value);
    if (!value) return false;
    tg_tensor **grad = value + count;
    for (size_t i = 0; i < count; i++) value[i] = optim->param[i].value;
    if (!args->loss && !take_gradients(optim, grad)) return false;
    if (args->loss && tg_vjp(args->loss, NULL, (tg_list){ count, value }, grad) != TG_OK)
        return false;
    if (args->skip_nonfinite && !watch(optim, grad)) return false;
    for (size_t i = 0; i < count; i++) {
        if (args->maximize) grad[i] = tg_neg(grad[i]);
        if (cuts(args)) grad[i] = tg_clamp(grad[i], -args->clip_value, args->clip_value);
        if (!grad[i]) return false;
    }
    if (clips(args)) {
        optim->norm = tg_clip_norm((tg_list){ count, grad }, args->clip_norm, grad,
                                   .order = args->clip_order);
        if (!optim->norm) return false;
    }
    for (size_t i = 0; i < count; i++) optim->param[i].grad = grad[i];
    return true;
}

/* Counts this step for each parameter, if the formula or a schedule needs it. */
static bool count_steps(tg__optim *optim)
{
    const tg_site at = optim->at;
    if (!optim->rule.counts) return true;
    tg_tensor *one = tg_number_as(optim->tape, TG_F64, 1);
    for (size_t i = 0; i < optim->count; i++) {
        tg__optim_param *param = &optim->param[i];
        param->steps = tg__optim_count(optim, param, one);
        if (!param->steps) return false;
    }
    return true;
}

/* ---- Rates ------------------------------------------------------------------------------ */

static bool record_rates(tg__optim *optim)
{
    const tg_site at = optim->at;
    const tg__hyper_args lr = lr_of(optim), decay = decay_of(optim);
    const tg__hyper rate = tg__hyper_of(optim, &lr);
    optim->lr = rate.tensor ? rate.tensor : tg_number_as(optim->tape, TG_F64, rate.number);
    optim->weight_decay = tg__hyper_of(optim, &decay);
    return optim->lr;
}

/* Records weight decay: it is added to the gradients, or, if decoupled, gives the factor (1 - lr *
 * weight_decay) of the parameters. With .own_decay the optimizer does that itself. */
static bool record_decay(tg__optim *optim)
{
    const tg_site at = optim->at;
    const tg__hyper decay = optim->weight_decay;
    if (!decay.tensor && decay.number == 0) return true;
    for (size_t i = 0; i < optim->count; i++)
        optim->param[i].decays =
            !tg_name_among(tg_var_name(optim->param[i].var), optim->args.no_decay);
    if (optim->rule.own_decay) return true;
    if (optim->rule.decoupled) {
        tg_tensor *lost = tg__times(optim, optim->lr, decay);
        return (optim->keep = tg__optim_cast(optim, tg_rsub_num(1, lost)));
    }
    for (size_t i = 0; i < optim->count; i++) {
        tg__optim_param *param = &optim->param[i];
        if (param->decays) param->grad = tg_add(param->grad, tg__times(optim, param->value, decay));
    }
    return true;
}

bool tg__optim_collect(tg__optim *optim)
{
    const bool listed = optim->args.wrt.count;
    const bool done = (listed ? select_listed(optim) : select_by_name(optim)) &&
                      read_parameters(optim) && record_gradients(optim) && count_steps(optim) &&
                      record_rates(optim) && record_decay(optim);
    if (!done) (void)tg_undo(optim->at); /* for failures that reported no error */
    return done;
}
