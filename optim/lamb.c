/* lamb.c: LAMB: Adam's step, scaled for each parameter to the norm of that parameter. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* |w| / |r|, or 1 where one of them is 0, in the parameters' dtype. A select replaces a norm of 0
 * before the quotient and the root, so that derivatives are finite. */
static tg_tensor *trust(const tg__optim *optim, tg_tensor *w, tg_tensor *r)
{
    const tg_site at = optim->at;
    tg_tensor *length = tg_sum_squares(w), *step = tg_sum_squares(r);
    tg_tensor *one = tg_number_like(length, 1);
    tg_tensor *both = tg_and(tg_greater_num(length, 0), tg_greater_num(step, 0));
    tg_tensor *ratio = tg_div(tg_select(both, length, one), tg_select(both, step, one));
    return tg__optim_cast(optim, tg_sqrt(ratio));
}

tg_updates tg_lamb_with(const tg_lamb_args *given)
{
    tg_lamb_args args = { TG_LAMB_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_lamb", .own_decay = true, .counts = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given) ||
        !tg__optim_check(&optim, "beta1", args.beta1, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "beta2", args.beta2, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper beta1 = { .number = args.beta1 }, beta2 = { .number = args.beta2 };
    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *mean = tg__optim_state(&optim, param, "m");
        tg_var *square = tg__optim_state(&optim, param, "v");
        tg_tensor *m = tg__optim_average(&optim, mean, param->grad, beta1);
        tg_tensor *v = tg__optim_average(&optim, square, tg_square(param->grad), beta2);
        m = tg__optim_unbiased(&optim, m, beta1, param->steps);
        v = tg__optim_unbiased(&optim, v, beta2, param->steps);
        tg_tensor *r = tg_div(m, tg__optim_root(&optim, v, args.eps, true));
        if (param->decays) r = tg_add(r, tg__times(&optim, param->value, optim.weight_decay));
        tg_tensor *scale = tg_mul(trust(&optim, param->value, r), rate);
        tg__optim_move(&optim, param, tg_mul(r, scale));
    }
    return tg__optim_end(&optim);
}
