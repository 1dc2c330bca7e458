/* nadam.c: NAdam: Adam with Nesterov's momentum, whose factor grows towards beta1. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* c(t) = beta1 (1 - 0.96^(t decay) / 2) */
static tg_tensor *momentum_at(const tg__optim *optim, const tg_nadam_args *args, tg_tensor *t)
{
    const tg_site at = optim->at;
    const tg__hyper base = { .number = 0.96 };
    tg_tensor *power = tg__power(optim, base, tg_mul_num(t, args->momentum_decay));
    return tg_mul_num(tg_rsub_num(1, tg_mul_num(power, 0.5)), args->beta1);
}

/* The next 1 - p, where p is the product of all c(t) so far: 1 - (1 - old) c. */
static tg_tensor *unbias_of(const tg__optim *optim, const tg__optim_param *param, tg_tensor *now)
{
    const tg_site at = optim->at;
    tg_var *state = tg__optim_number(optim, param, "unbias");
    tg_tensor *product = tg_mul(tg_rsub_num(1, tg__optim_before(optim, state)), now);
    return tg__optim_assign(optim, state, tg_rsub_num(1, product));
}

tg_updates tg_nadam_with(const tg_nadam_args *given)
{
    tg_nadam_args args = { TG_NADAM_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_nadam", .counts = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given)) return tg__optim_none();
    optim.rule.decoupled = args.decoupled;
    if (!tg__optim_check(&optim, "beta1", args.beta1, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "beta2", args.beta2, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) ||
        !tg__optim_check(&optim, "momentum_decay", args.momentum_decay, TG__NOT_NEGATIVE) ||
        !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper beta1 = { .number = args.beta1 }, beta2 = { .number = args.beta2 };
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_tensor *now = momentum_at(&optim, &args, param->steps);
        tg_tensor *next = momentum_at(&optim, &args, tg_add_num(param->steps, 1));
        tg_tensor *unbias = unbias_of(&optim, param, now);
        tg_tensor *ahead = tg_rsub_num(1, tg_mul(tg_rsub_num(1, unbias), next));
        tg_tensor *of_g = tg_div(tg_mul(optim.lr, tg_rsub_num(1, now)), unbias);
        tg_tensor *of_m = tg_div(tg_mul(optim.lr, next), ahead);

        tg_var *mean = tg__optim_state(&optim, param, "m");
        tg_var *square = tg__optim_state(&optim, param, "v");
        tg_tensor *m = tg__optim_average(&optim, mean, param->grad, beta1);
        tg_tensor *v = tg__optim_average(&optim, square, tg_square(param->grad), beta2);
        v = tg__optim_unbiased(&optim, v, beta2, param->steps);
        tg_tensor *here = tg_mul(param->grad, tg__optim_cast(&optim, of_g));
        tg_tensor *there = tg_mul(m, tg__optim_cast(&optim, of_m));
        tg_tensor *root = tg__optim_root(&optim, v, args.eps, true);
        tg__optim_move(&optim, param, tg_div(tg_add(here, there), root));
    }
    return tg__optim_end(&optim);
}
