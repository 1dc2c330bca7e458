/* adam.c: Adam and AdamW. What depends on the step alone (the bias corrections) is computed in f64
 * and cast once, so that the loop over the weights uses few scalars, each rounded once. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* AMSGrad: the largest second moment so far. */
static tg_tensor *largest(const tg__optim *optim, const tg__optim_param *param, tg_tensor *v)
{
    const tg_site at = optim->at;
    tg_var *state = tg__optim_state(optim, param, "largest");
    return tg__optim_assign(optim, state, tg_maximum(tg__optim_before(optim, state), v));
}

static tg_updates adam(const tg__optim_rule *rule, tg_adam_args args, const tg_adam_args *given)
{
    const tg_adam_args usual = args;
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, rule, args, given)) return tg__optim_none();
    const tg__hyper_args first = { .name = "beta1",
                                   .number = args.beta1,
                                   .usual = usual.beta1,
                                   .range = TG__BELOW_ONE,
                                   .tensor = args.beta1_at,
                                   .schedule = &args.beta1_schedule };
    const tg__hyper_args second = { .name = "beta2",
                                    .number = args.beta2,
                                    .usual = usual.beta2,
                                    .range = TG__BELOW_ONE,
                                    .tensor = args.beta2_at };
    if (!tg__hyper_fits(&optim, &first) || !tg__hyper_fits(&optim, &second) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper beta1 = tg__hyper_of(&optim, &first), beta2 = tg__hyper_of(&optim, &second);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_tensor *rate = tg_div(optim.lr, tg__optim_unbias(&optim, beta1, param->steps));
        rate = tg__optim_cast(&optim, rate);
        tg_var *mean = tg__optim_state(&optim, param, "m");
        tg_var *square = tg__optim_state(&optim, param, "v");
        tg_tensor *m = tg__optim_average(&optim, mean, param->grad, beta1);
        tg_tensor *v = tg__optim_average(&optim, square, tg_square(param->grad), beta2);
        if (args.amsgrad) v = largest(&optim, param, v);
        v = tg__optim_unbiased(&optim, v, beta2, param->steps);
        tg_tensor *root = tg__optim_root(&optim, v, args.eps, true);
        tg__optim_move(&optim, param, tg_mul(tg_div(m, root), rate));
    }
    return tg__optim_end(&optim);
}

tg_updates tg_adam_with(const tg_adam_args *given)
{
    const tg__optim_rule rule = { .op = "tg_adam", .counts = true };
    return adam(&rule, (tg_adam_args){ TG_ADAM_DEFAULTS }, given);
}

tg_updates tg_adamw_with(const tg_adam_args *given)
{
    const tg__optim_rule rule = { .op = "tg_adamw", .decoupled = true, .counts = true };
    return adam(&rule, (tg_adam_args){ TG_ADAMW_DEFAULTS }, given);
}
