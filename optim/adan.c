/* adan.c: Adan: Adam with Nesterov's momentum, computed from differences of successive
 * gradients. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* g - the gradient of the step before; 0 in the first step. */
static tg_tensor *difference(const tg__optim *optim, const tg__optim_param *param)
{
    const tg_site at = optim->at;
    tg_var *state = tg__optim_state(optim, param, "h");
    tg_tensor *before = tg__optim_before(optim, state);
    tg_tensor *change = tg_sub(param->grad, before);
    (void)tg__optim_assign(optim, state, param->grad);
    return tg_select(tg_equal_num(param->steps, 1), tg_zeros_like(change), change);
}

tg_updates tg_adan_with(const tg_adan_args *given)
{
    tg_adan_args args = { TG_ADAN_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_adan", .own_decay = true, .counts = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given) ||
        !tg__optim_check(&optim, "beta1", args.beta1, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "beta2", args.beta2, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "beta3", args.beta3, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper beta1 = { .number = args.beta1 }, beta2 = { .number = args.beta2 };
    const tg__hyper beta3 = { .number = args.beta3 };
    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    tg_tensor *shrink = tg_add_num(tg__times(&optim, optim.lr, optim.weight_decay), 1);
    shrink = tg__optim_cast(&optim, shrink);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_tensor *change = difference(&optim, param);
        tg_tensor *ahead = tg_add(param->grad, tg_mul_num(change, args.beta2));
        tg_var *mean = tg__optim_state(&optim, param, "m");
        tg_var *slope = tg__optim_state(&optim, param, "d");
        tg_var *square = tg__optim_state(&optim, param, "n");
        tg_tensor *m = tg__optim_average(&optim, mean, param->grad, beta1);
        tg_tensor *d = tg__optim_average(&optim, slope, change, beta2);
        tg_tensor *n = tg__optim_average(&optim, square, tg_square(ahead), beta3);
        m = tg__optim_unbiased(&optim, m, beta1, param->steps);
        d = tg_mul_num(tg__optim_unbiased(&optim, d, beta2, param->steps), args.beta2);
        n = tg__optim_unbiased(&optim, n, beta3, param->steps);
        tg_tensor *root = tg__optim_root(&optim, n, args.eps, true);
        tg_tensor *next = tg_sub(param->value, tg_mul(tg_div(tg_add(m, d), root), rate));
        if (param->decays) next = tg_div(next, shrink);
        (void)tg__optim_assign(&optim, param->var, next);
    }
    return tg__optim_end(&optim);
}
