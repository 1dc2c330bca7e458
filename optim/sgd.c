/* sgd.c: gradient descent, plain and with momentum: classical, Nesterov's, and as PyTorch has
 * them. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

tg_updates tg_gd_with(const tg_gd_args *given)
{
    tg_gd_args args = { TG_GD_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_gd" };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given) || !tg__optim_collect(&optim))
        return tg__optim_none();
    const tg_site at = optim.at;
    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++)
        tg__optim_move(&optim, &optim.param[i], tg_mul(optim.param[i].grad, rate));
    return tg__optim_end(&optim);
}

/* True if there is momentum: a number other than 0, or a tensor or schedule, whose value is not
 * known. */
static bool gathers(const tg_sgd_args *args)
{
    return args->momentum != 0 || args->momentum_at || args->momentum_schedule.rate;
}

static bool sgd_options_hold(const tg__optim *optim, const tg_sgd_args *args)
{
    if (!tg__optim_check(optim, "dampening", args->dampening, TG__UP_TO_ONE)) return false;
    const char *wrong = NULL;
    if ((unsigned)args->form > TG_MOMENTUM_VELOCITY)
        wrong = ".form is none of tg_momentum_form's";
    else if (args->nesterov && !gathers(args)) wrong = ".nesterov needs .momentum greater than 0";
    else if (args->nesterov && args->dampening > 0)
        wrong = ".nesterov and .dampening exclude each other";
    else if (args->form != TG_MOMENTUM_SUM && args->dampening > 0)
        wrong = ".dampening belongs to TG_MOMENTUM_SUM alone";
    else if (args->form != TG_MOMENTUM_SUM && args->first_undamped)
        wrong = ".first_undamped belongs to TG_MOMENTUM_SUM alone";
    if (wrong) tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT, "tg_sgd: %s", wrong);
    return !wrong;
}

/* Records v = momentum v + push. Returns v, or with Nesterov's momentum push + momentum v. */
static tg_tensor *with_momentum(const tg__optim *optim, const tg_sgd_args *args,
                                const tg__optim_param *param, tg_tensor *push, tg__hyper momentum)
{
    const tg_site at = optim->at;
    tg_var *state = tg__optim_state(optim, param, "v");
    tg_tensor *old = tg__times(optim, tg__optim_before(optim, state), momentum);
    tg_tensor *velocity = tg__optim_assign(optim, state, tg_add(old, push));
    if (!args->nesterov) return velocity;
    return tg_add(push, tg__times(optim, velocity, momentum));
}

/* The gradient times (1 - dampening), which is added to the velocity (TG_MOMENTUM_SUM). */
static tg_tensor *damped(const tg__optim *optim, const tg_sgd_args *args,
                         const tg__optim_param *param)
{
    const tg_site at = optim->at;
    if (args->dampening == 0) return param->grad;
    tg_tensor *push = tg_mul_num(param->grad, 1 - args->dampening);
    if (!args->first_undamped) return push;
    return tg_select(tg_equal_num(param->steps, 1), param->grad, push);
}

/* The step that is subtracted from w. The forms of momentum differ in the factor of the gradient,
 * and in whether the learning rate multiplies the gradient or the velocity. */
static tg_tensor *sgd_step(const tg__optim *optim, const tg_sgd_args *args,
                           const tg__optim_param *param, tg_tensor *rate, tg__hyper momentum)
{
    const tg_site at = optim->at;
    if (!gathers(args)) return tg_mul(param->grad, rate);
    if (args->form == TG_MOMENTUM_VELOCITY) {
        tg_tensor *push = tg_neg(tg_mul(param->grad, rate));
        return tg_neg(with_momentum(optim, args, param, push, momentum));
    }
    tg_tensor *push = args->form == TG_MOMENTUM_AVERAGE
                          ? tg__times_rest(optim, param->grad, momentum)
                          : damped(optim, args, param);
    return tg_mul(with_momentum(optim, args, param, push, momentum), rate);
}

tg_updates tg_sgd_with(const tg_sgd_args *given)
{
    tg_sgd_args args = { TG_SGD_DEFAULTS };
    const double usual = args.momentum;
    tg__optim_rule rule = { .op = "tg_sgd" };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given)) return tg__optim_none();
    const tg__hyper_args of = { .name = "momentum",
                                .number = args.momentum,
                                .usual = usual,
                                .range = TG__UP_TO_ONE,
                                .tensor = args.momentum_at,
                                .schedule = &args.momentum_schedule };
    optim.rule.decoupled = args.decoupled;
    optim.rule.counts |= args.first_undamped && args.dampening > 0;
    if (!tg__hyper_fits(&optim, &of) || !sgd_options_hold(&optim, &args) ||
        !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg__hyper momentum = tg__hyper_of(&optim, &of);
    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg__optim_move(&optim, param, sgd_step(&optim, &args, param, rate, momentum));
    }
    return tg__optim_end(&optim);
}
