/* adagrad.c: each weight's step shrinks with the sum of its squared gradients. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

tg_updates tg_adagrad_with(const tg_adagrad_args *given)
{
    tg_adagrad_args args = { TG_ADAGRAD_DEFAULTS };
    const double usual_lr = args.lr;
    if (!TG_READ_OPTIONS(args, given, "tg_adagrad", loss)) return (tg_updates){ 0 };
    if (!tg_enter(&args.at, "tg_adagrad", TG_LIST(args.loss))) return tg__optim_none();
    const tg__optim_rule rule = { .op = "tg_adagrad", .lr = usual_lr };
    const tg_site at = args.at;
    const double eps = args.eps;
    tg__optim optim;
    if (!tg__optim_begin(&optim, &rule, TG__OPTIM_ARGS(args)) ||
        !tg__optim_check(&optim, "eps", eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    const double least = tg__optim_eps(&optim, eps);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *state = tg__optim_state(&optim, param, "s");
        if (!state) break;
        tg_tensor *old = tg_read(optim.tape, state);
        tg_tensor *sum = tg_assign(state, tg_add(old, tg_square(param->grad)));
        tg_tensor *scale = tg_sqrt(tg_add_num(sum, least));
        tg__optim_move(&optim, param, tg_div(tg_mul(param->grad, rate), scale));
    }
    return tg__optim_end(&optim);
}
