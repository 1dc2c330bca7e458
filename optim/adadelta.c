/* adadelta.c: the step has the size of recent steps, so that it has the weights' unit and
 * hardly needs a learning rate. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

tg_updates tg_adadelta_with(const tg_adadelta_args *given)
{
    tg_adadelta_args args = { TG_ADADELTA_DEFAULTS };
    const double usual_lr = args.lr;
    if (!TG_READ_OPTIONS(args, given, "tg_adadelta", loss)) return (tg_updates){ 0 };
    if (!tg_enter(&args.at, "tg_adadelta", TG_LIST(args.loss))) return tg__optim_none();
    const tg__optim_rule rule = { .op = "tg_adadelta", .lr = usual_lr };
    const tg_site at = args.at;
    const double rho = args.rho;
    const double eps = args.eps;
    tg__optim optim;
    if (!tg__optim_begin(&optim, &rule, TG__OPTIM_ARGS(args)) ||
        !tg__optim_check(&optim, "rho", rho, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    const double least = tg__optim_eps(&optim, eps);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *slope_state = tg__optim_state(&optim, param, "s");
        tg_var *step_state = tg__optim_state(&optim, param, "u");
        if (!slope_state || !step_state) break;
        tg_tensor *slope = tg__optim_average(&optim, slope_state, tg_square(param->grad), rho);
        tg_tensor *past = tg_sqrt(tg_add_num(tg_read(optim.tape, step_state), least));
        tg_tensor *scale = tg_sqrt(tg_add_num(slope, least));
        tg_tensor *step = tg_div(tg_mul(param->grad, past), scale);
        tg__optim_average(&optim, step_state, tg_square(step), rho);
        tg__optim_move(&optim, param, tg_mul(step, rate));
    }
    return tg__optim_end(&optim);
}
