/* adadelta.c: AdaDelta. The root mean square of the recent steps scales the step, so the step has
 * the unit of the weights, and the learning rate matters little. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

tg_updates tg_adadelta_with(const tg_adadelta_args *given)
{
    tg_adadelta_args args = { TG_ADADELTA_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_adadelta" };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given) ||
        !tg__optim_check(&optim, "rho", args.rho, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper rho = { .number = args.rho };
    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *slope_state = tg__optim_state(&optim, param, "s");
        tg_var *step_state = tg__optim_state(&optim, param, "u");
        tg_tensor *slope = tg__optim_average(&optim, slope_state, tg_square(param->grad), rho);
        tg_tensor *steps = tg__optim_before(&optim, step_state);
        tg_tensor *past = tg__optim_root(&optim, steps, args.eps, false);
        tg_tensor *scale = tg__optim_root(&optim, slope, args.eps, false);
        tg_tensor *step = tg_div(tg_mul(param->grad, past), scale);
        (void)tg__optim_average(&optim, step_state, tg_square(step), rho);
        tg__optim_move(&optim, param, tg_mul(step, rate));
    }
    return tg__optim_end(&optim);
}
