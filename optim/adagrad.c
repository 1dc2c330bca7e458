/* adagrad.c: each weight's step shrinks with the sum of its squared gradients. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

tg_updates tg_adagrad_with(tg_adagrad_args args)
{
    if (!tg_enter(&args.call.at, "tg_adagrad", 1, &args.loss)) return tg__optim_none();
    static const tg__optim_rule rule = { .op = "tg_adagrad", .state = "adagrad", .lr = 1e-2 };
    const tg_site at = args.call.at;
    const double eps = tg_option(args.call, "eps", args.eps, 1e-10);
    tg__optim optim;
    if (!tg__optim_begin(&optim, &rule, TG__OPTIM_ARGS(args)) ||
        !tg__optim_check(&optim, "eps", eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *state = tg__optim_state(&optim, param, "s");
        if (!state) break;
        tg_tensor *old = tg_read(optim.tape, state);
        tg_tensor *sum = tg_assign(state, tg_add(old, tg_square(param->grad)));
        tg_tensor *scale = tg_sqrt(tg_add_num(sum, eps));
        tg__optim_move(&optim, param, tg_div(tg_mul(param->grad, rate), scale));
    }
    return tg__optim_end(&optim);
}
