/* adagrad.c: AdaGrad: each weight's step is divided by the root of the sum of its squared
 * gradients. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* lr / (1 + (t - 1) lr_decay) */
static tg_tensor *rate_of(const tg__optim *optim, const tg__optim_param *param, double decay)
{
    const tg_site at = optim->at;
    if (decay == 0) return tg__optim_cast(optim, optim->lr);
    tg_tensor *slower = tg_add_num(tg_mul_num(tg_sub_num(param->steps, 1), decay), 1);
    return tg__optim_cast(optim, tg_div(optim->lr, slower));
}

tg_updates tg_adagrad_with(const tg_adagrad_args *given)
{
    tg_adagrad_args args = { TG_ADAGRAD_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_adagrad" };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) ||
        !tg__optim_check(&optim, "lr_decay", args.lr_decay, TG__NOT_NEGATIVE) ||
        !tg__optim_check(&optim, "initial", args.initial, TG__NOT_NEGATIVE))
        return tg__optim_none();
    optim.rule.counts |= args.lr_decay > 0;
    if (!tg__optim_collect(&optim)) return tg__optim_none();

    const tg_site at = optim.at;
    tg_tensor *same = args.lr_decay > 0 ? NULL : rate_of(&optim, NULL, 0);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *state = tg__optim_state_from(&optim, param, "s", args.initial);
        tg_tensor *more = tg_add(tg__optim_before(&optim, state), tg_square(param->grad));
        tg_tensor *sum = tg__optim_assign(&optim, state, more);
        tg_tensor *scale = tg__optim_root(&optim, sum, args.eps, args.eps_beside);
        tg_tensor *rate = same ? same : rate_of(&optim, param, args.lr_decay);
        tg__optim_move(&optim, param, tg_div(tg_mul(param->grad, rate), scale));
    }
    return tg__optim_end(&optim);
}
