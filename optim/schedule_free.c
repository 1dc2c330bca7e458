/* schedule_free.c: schedule-free SGD and AdamW (Defazio et al. 2024). Gradients are taken at a
 * point between the iterate z and the average x of all iterates. The parameter is y of the paper; z
 * and x are states, which begin at the parameter's first value. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* The state before the step; before the first step, when it is not filled yet, the parameter. */
static tg_tensor *begun(const tg__optim *optim, const tg__optim_param *param, tg_var *state)
{
    const tg_site at = optim->at;
    tg_tensor *first = tg_equal_num(param->steps, 1);
    return tg_select(first, param->value, tg__optim_before(optim, state));
}

/* lr min(1, t / warmup), f64. */
static tg_tensor *warmed(const tg__optim *optim, const tg__optim_param *param, int64_t warmup)
{
    const tg_site at = optim->at;
    if (warmup == 0) return optim->lr;
    return tg_mul(optim->lr, tg_minimum_num(tg_div_num(param->steps, (double)warmup), 1));
}

/* z -= rate d; then the new average x and the new parameter y. */
static void step(const tg__optim *optim, const tg__optim_param *param, tg_tensor *rate,
                 tg_tensor *d, double momentum)
{
    const tg_site at = optim->at;
    tg_var *total = tg__optim_number(optim, param, "sum");
    tg_var *moved = tg__optim_state(optim, param, "z"), *mean = tg__optim_state(optim, param, "x");
    tg_tensor *weight = tg_square(rate);
    tg_tensor *sum = tg_add(tg__optim_before(optim, total), weight);
    sum = tg__optim_assign(optim, total, sum);
    /* If all rates so far were 0 the divisor is 1, and the share 0. */
    tg_tensor *share =
        tg_div(weight, tg_select(tg_greater_num(sum, 0), sum, tg_number_like(sum, 1)));
    const tg__hyper rest = { .tensor = share }, between = { .number = momentum };
    tg_tensor *z = tg_sub(begun(optim, param, moved), tg_mul(d, tg__optim_cast(optim, rate)));
    z = tg__optim_assign(optim, moved, z);
    tg_tensor *x =
        tg_add(tg__times_rest(optim, begun(optim, param, mean), rest), tg__times(optim, z, rest));
    x = tg__optim_assign(optim, mean, x);
    tg_tensor *y = tg_add(tg__times_rest(optim, z, between), tg__times(optim, x, between));
    (void)tg__optim_assign(optim, param->var, y);
}

tg_updates tg_schedule_free_sgd_with(const tg_schedule_free_sgd_args *given)
{
    tg_schedule_free_sgd_args args = { TG_SCHEDULE_FREE_SGD_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_schedule_free_sgd", .counts = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given) ||
        !tg__optim_check(&optim, "momentum", args.momentum, TG__WITHIN_ONE) ||
        !tg__optim_check_count(&optim, "warmup", args.warmup, 0) || !tg__optim_collect(&optim))
        return tg__optim_none();
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        step(&optim, param, warmed(&optim, param, args.warmup), param->grad, args.momentum);
    }
    return tg__optim_end(&optim);
}

tg_updates tg_schedule_free_adamw_with(const tg_schedule_free_adamw_args *given)
{
    tg_schedule_free_adamw_args args = { TG_SCHEDULE_FREE_ADAMW_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_schedule_free_adamw",
                                  .own_decay = true,
                                  .counts = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given) ||
        !tg__optim_check(&optim, "beta1", args.beta1, TG__WITHIN_ONE) ||
        !tg__optim_check(&optim, "beta2", args.beta2, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) ||
        !tg__optim_check_count(&optim, "warmup", args.warmup, 0) || !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper beta2 = { .number = args.beta2 };
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *square = tg__optim_state(&optim, param, "v");
        tg_tensor *v = tg__optim_average(&optim, square, tg_square(param->grad), beta2);
        v = tg__optim_unbiased(&optim, v, beta2, param->steps);
        tg_tensor *d = tg_div(param->grad, tg__optim_root(&optim, v, args.eps, true));
        if (param->decays) d = tg_add(d, tg__times(&optim, param->value, optim.weight_decay));
        step(&optim, param, warmed(&optim, param, args.warmup), d, args.beta1);
    }
    return tg__optim_end(&optim);
}
