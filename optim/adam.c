/* adam.c: Adam and AdamW. What depends on the step alone (the bias corrections) is computed in
 * f64 and cast once, so that the pass over the weights has few and exact scalars. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* 1 - beta^t. */
static tg_tensor *bias_correction(const tg__optim *optim, tg_tensor *t, double beta)
{
    const tg_site at = optim->at;
    tg_tensor *power = tg_pow(tg_number_as(optim->tape, TG_F64, beta), t);
    return tg_rsub_num(1, power);
}

/* m / (sqrt(v * unbias) + eps), with the least eps there is under the root besides. */
static tg_tensor *direction(const tg__optim *optim, tg_tensor *m, tg_tensor *v, tg_tensor *unbias,
                            double eps)
{
    const tg_site at = optim->at;
    tg_tensor *square = tg_add_num(tg_mul(v, unbias), tg__optim_eps(optim, 0));
    return tg_div(m, tg_add_num(tg_sqrt(square), eps));
}

static tg_updates adam(const tg__optim_rule *rule, tg_adam_args args)
{
    if (!tg_enter(&args.at, rule->op, TG_LIST(args.loss))) return tg__optim_none();
    const tg_site at = args.at;
    const double beta1 = args.beta1;
    const double beta2 = args.beta2;
    const double eps = args.eps;
    tg__optim optim;
    if (!tg__optim_begin(&optim, rule, TG__OPTIM_ARGS(args)) ||
        !tg__optim_check(&optim, "beta1", beta1, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "beta2", beta2, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_tensor *rate = tg_div(optim.lr, bias_correction(&optim, param->steps, beta1));
        tg_tensor *unbias = tg_rdiv_num(1, bias_correction(&optim, param->steps, beta2));
        rate = tg__optim_cast(&optim, rate);
        unbias = tg__optim_cast(&optim, unbias);
        tg_var *first = tg__optim_state(&optim, param, "m");
        tg_var *second = tg__optim_state(&optim, param, "v");
        tg_tensor *m = tg__optim_average(&optim, first, param->grad, beta1);
        tg_tensor *v = tg__optim_average(&optim, second, tg_square(param->grad), beta2);
        tg__optim_move(&optim, param, tg_mul(direction(&optim, m, v, unbias, eps), rate));
    }
    return tg__optim_end(&optim);
}

tg_updates tg_adam_with(const tg_adam_args *given)
{
    tg_adam_args args = { TG_ADAM_DEFAULTS };
    const double usual_lr = args.lr;
    if (!TG_READ_OPTIONS(args, given, "tg_adam", loss)) return (tg_updates){ 0 };

    const tg__optim_rule rule = { .op = "tg_adam", .lr = usual_lr, .counts = true };
    return adam(&rule, args);
}

tg_updates tg_adamw_with(const tg_adam_args *given)
{
    tg_adam_args args = { TG_ADAMW_DEFAULTS };
    const double usual_lr = args.lr;
    if (!TG_READ_OPTIONS(args, given, "tg_adamw", loss)) return (tg_updates){ 0 };

    const tg__optim_rule rule = {
        .op = "tg_adamw", .lr = usual_lr, .decoupled = true, .counts = true
    };
    return adam(&rule, args);
}
