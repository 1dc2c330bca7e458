/* lion.c: Lion: each weight moves by the learning rate, in the direction of the sign of a
 * momentum. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

tg_updates tg_lion_with(const tg_lion_args *given)
{
    tg_lion_args args = { TG_LION_DEFAULTS };
    const double usual = args.beta1;
    const tg__optim_rule rule = { .op = "tg_lion", .decoupled = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given)) return tg__optim_none();
    const tg__hyper_args first = { .name = "beta1",
                                   .number = args.beta1,
                                   .usual = usual,
                                   .range = TG__BELOW_ONE,
                                   .tensor = args.beta1_at,
                                   .schedule = &args.beta1_schedule };
    if (!tg__hyper_fits(&optim, &first) ||
        !tg__optim_check(&optim, "beta2", args.beta2, TG__BELOW_ONE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper beta1 = tg__hyper_of(&optim, &first), beta2 = { .number = args.beta2 };
    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *state = tg__optim_state(&optim, param, "m");
        tg_tensor *old = tg__times(&optim, tg__optim_before(&optim, state), beta1);
        tg_tensor *direction = tg_sign(tg_add(old, tg__times_rest(&optim, param->grad, beta1)));
        (void)tg__optim_average(&optim, state, param->grad, beta2);
        tg__optim_move(&optim, param, tg_mul(direction, rate));
    }
    return tg__optim_end(&optim);
}
