/* adadelta.c: the step has the size of recent steps, so that it has the weights' unit and
 * hardly needs a learning rate. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

tg_updates tg_adadelta_with(tg_adadelta_args args)
{
    if (!tg_enter(&args.call.at, "tg_adadelta", 1, &args.loss)) return tg__optim_none();
    static const tg__optim_rule rule = { .op = "tg_adadelta", .state = "adadelta", .lr = 1 };
    const tg_site at = args.call.at;
    const double rho = tg_option(args.call, "rho", args.rho, 0.9);
    const double eps = tg_option(args.call, "eps", args.eps, 1e-6);
    tg__optim optim;
    if (!tg__optim_begin(&optim, &rule, TG__OPTIM_ARGS(args)) ||
        !tg__optim_check(&optim, "rho", rho, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *slope_state = tg__optim_state(&optim, param, "s");
        tg_var *step_state = tg__optim_state(&optim, param, "u");
        if (!slope_state || !step_state) break;
        tg_tensor *slope = tg__optim_average(&optim, slope_state, tg_square(param->grad), rho);
        tg_tensor *past = tg_sqrt(tg_add_num(tg_read(optim.tape, step_state), eps));
        tg_tensor *scale = tg_sqrt(tg_add_num(slope, eps));
        tg_tensor *step = tg_div(tg_mul(param->grad, past), scale);
        tg__optim_average(&optim, step_state, tg_square(step), rho);
        tg__optim_move(&optim, param, tg_mul(step, rate));
    }
    return tg__optim_end(&optim);
}
