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

tg_updates tg_rmsprop_with(tg_rmsprop_args args)
{
    if (!tg_enter(&args.call.at, "tg_rmsprop", 1, &args.loss)) return tg__optim_none();
    static const tg__optim_rule rule = { .op = "tg_rmsprop", .state = "rmsprop", .lr = 1e-2 };
    const tg_site at = args.call.at;
    const double rho = tg_option(args.call, "rho", args.rho, 0.99);
    const double eps = tg_option(args.call, "eps", args.eps, 1e-8);
    tg__optim optim;
    if (!tg__optim_begin(&optim, &rule, TG__OPTIM_ARGS(args)) ||
        !tg__optim_check(&optim, "rho", rho, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", eps, TG__NOT_NEGATIVE) ||
        !tg__optim_check(&optim, "momentum", args.momentum, TG__UP_TO_ONE) ||
        !tg__optim_collect(&optim))
        return tg__optim_none();

    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *state = tg__optim_state(&optim, param, "s");
        tg_tensor *mean = tg__optim_average(&optim, state, tg_square(param->grad), rho);
        tg_tensor *step = tg_div(param->grad, tg_sqrt(tg_add_num(mean, eps)));
        if (args.momentum > 0) step = gathered(&optim, param, step, args.momentum);
        tg__optim_move(&optim, param, tg_mul(step, rate));
    }
    return tg__optim_end(&optim);
}
