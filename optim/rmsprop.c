/* rmsprop.c: each weight's step is scaled by the recent size of its gradient. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* v = momentum v + step, for a rule whose step is already scaled. */
static tg_tensor *gathered(const tg__optim *optim, const tg__optim_param *param, tg_tensor *step,
                           double momentum)
{
    const tg_site at = optim->at;
    tg_var *state = tg__optim_state(optim, param, "v");
    if (!state) return NULL;
    tg_tensor *old = tg_mul_num(tg_read(optim->tape, state), momentum);
    return tg_assign(state, tg_add(old, step));
}

tg_updates tg_rmsprop_with(const tg_rmsprop_args *given)
{
    tg_rmsprop_args args = { TG_RMSPROP_DEFAULTS };
    const double usual_lr = args.lr;
    if (!TG_READ_OPTIONS(args, given, "tg_rmsprop", loss)) return (tg_updates){ 0 };
    if (!tg_enter(&args.at, "tg_rmsprop", TG_LIST(args.loss))) return tg__optim_none();
    const tg__optim_rule rule = { .op = "tg_rmsprop", .lr = usual_lr };
    const tg_site at = args.at;
    const double rho = args.rho;
    const double eps = args.eps;
    tg__optim optim;
    if (!tg__optim_begin(&optim, &rule, TG__OPTIM_ARGS(args)) ||
        !tg__optim_check(&optim, "rho", rho, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", eps, TG__NOT_NEGATIVE) ||
        !tg__optim_check(&optim, "momentum", args.momentum, TG__UP_TO_ONE) ||
        !tg__optim_collect(&optim))
        return tg__optim_none();

    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    const double least = tg__optim_eps(&optim, eps);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *state = tg__optim_state(&optim, param, "s");
        tg_tensor *mean = tg__optim_average(&optim, state, tg_square(param->grad), rho);
        tg_tensor *step = tg_div(param->grad, tg_sqrt(tg_add_num(mean, least)));
        if (args.momentum > 0) step = gathered(&optim, param, step, args.momentum);
        tg__optim_move(&optim, param, tg_mul(step, rate));
    }
    return tg__optim_end(&optim);
}
