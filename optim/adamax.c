/* adamax.c: AdaMax: Adam with a maximum as second moment. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

tg_updates tg_adamax_with(const tg_adamax_args *given)
{
    tg_adamax_args args = { TG_ADAMAX_DEFAULTS };
    const double usual = args.beta1;
    const tg__optim_rule rule = { .op = "tg_adamax", .counts = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given)) return tg__optim_none();
    const tg__hyper_args first = { .name = "beta1",
                                   .number = args.beta1,
                                   .usual = usual,
                                   .range = TG__BELOW_ONE,
                                   .tensor = args.beta1_at,
                                   .schedule = &args.beta1_schedule };
    if (!tg__hyper_fits(&optim, &first) ||
        !tg__optim_check(&optim, "beta2", args.beta2, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper beta1 = tg__hyper_of(&optim, &first);
    const double least = tg__optim_eps(&optim, args.eps);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_tensor *rate = tg_div(optim.lr, tg__optim_unbias(&optim, beta1, param->steps));
        tg_var *mean = tg__optim_state(&optim, param, "m");
        tg_var *size = tg__optim_state(&optim, param, "u");
        tg_tensor *m = tg__optim_average(&optim, mean, param->grad, beta1);
        tg_tensor *old = tg_mul_num(tg__optim_before(&optim, size), args.beta2);
        tg_tensor *u = tg_maximum(old, tg_add_num(tg_abs(param->grad), least));
        u = tg__optim_assign(&optim, size, u);
        tg__optim_move(&optim, param, tg_mul(tg_div(m, u), tg__optim_cast(&optim, rate)));
    }
    return tg__optim_end(&optim);
}
