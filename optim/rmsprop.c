/* rmsprop.c: RMSProp: each weight's step is divided by the root mean square of its recent
 * gradients. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* v = momentum v + step, where the step is already divided by the root. */
static tg_tensor *gathered(const tg__optim *optim, const tg__optim_param *param, tg_tensor *step,
                           tg__hyper momentum)
{
    const tg_site at = optim->at;
    tg_var *state = tg__optim_state(optim, param, "v");
    tg_tensor *old = tg__times(optim, tg__optim_before(optim, state), momentum);
    return tg__optim_assign(optim, state, tg_add(old, step));
}

/* The variance of the gradient, s - a^2; rounding must not make it negative. */
static tg_tensor *centred(const tg__optim *optim, const tg__optim_param *param, tg_tensor *square,
                          tg__hyper rho)
{
    const tg_site at = optim->at;
    tg_var *state = tg__optim_state(optim, param, "a");
    tg_tensor *mean = tg__optim_average(optim, state, param->grad, rho);
    return tg_maximum_num(tg_sub(square, tg_square(mean)), 0);
}

tg_updates tg_rmsprop_with(const tg_rmsprop_args *given)
{
    tg_rmsprop_args args = { TG_RMSPROP_DEFAULTS };
    const double usual_rho = args.rho, usual_momentum = args.momentum;
    const tg__optim_rule rule = { .op = "tg_rmsprop" };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given)) return tg__optim_none();
    const tg__hyper_args decays = { .name = "rho",
                                    .number = args.rho,
                                    .usual = usual_rho,
                                    .range = TG__BELOW_ONE,
                                    .tensor = args.rho_at };
    const tg__hyper_args gathers = { .name = "momentum",
                                     .number = args.momentum,
                                     .usual = usual_momentum,
                                     .range = TG__UP_TO_ONE,
                                     .tensor = args.momentum_at,
                                     .schedule = &args.momentum_schedule };
    if (!tg__hyper_fits(&optim, &decays) || !tg__hyper_fits(&optim, &gathers) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper rho = tg__hyper_of(&optim, &decays), momentum = tg__hyper_of(&optim, &gathers);
    const bool plain = !momentum.tensor && momentum.number == 0;
    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *state = tg__optim_state(&optim, param, "s");
        tg_tensor *mean = tg__optim_average(&optim, state, tg_square(param->grad), rho);
        if (args.centered) mean = centred(&optim, param, mean, rho);
        tg_tensor *root = tg__optim_root(&optim, mean, args.eps, args.eps_beside);
        tg_tensor *step = tg_div(param->grad, root);
        if (!plain) step = gathered(&optim, param, step, momentum);
        tg__optim_move(&optim, param, tg_mul(step, rate));
    }
    return tg__optim_end(&optim);
}
