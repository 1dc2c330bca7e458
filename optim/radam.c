/* radam.c: RAdam: Adam that uses its second moment only after enough steps. */
#include "optimizer.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* The factor of m / (sqrt(v) + eps), f64, and whether the variance is tractable (bool); both of
 * rank 0. */
typedef struct rectified {
    tg_tensor *factor, *holds;
} rectified;

/* For few steps the radicand is negative. There r is replaced by 6, so that the root and its
 * derivative are finite; the result is not used. */
static rectified rectify(const tg__optim *optim, double beta2, tg_tensor *t)
{
    const tg_site at = optim->at;
    const tg__hyper beta = { .number = beta2 };
    const double a = 2 / (1 - beta2) - 1;
    tg_tensor *power = tg__power(optim, beta, t), *unbias = tg_rsub_num(1, power);
    tg_tensor *lost = tg_mul_num(tg_div(tg_mul(t, power), unbias), 2);
    tg_tensor *r = tg_rsub_num(a, lost);
    rectified out = { .holds = tg_greater_num(r, 5) };
    r = tg_select(out.holds, r, tg_number_like(r, 6));
    tg_tensor *above = tg_mul(tg_sub_num(r, 4), tg_sub_num(r, 2));
    tg_tensor *ratio = tg_mul_num(tg_div(above, r), a / ((a - 4) * (a - 2)));
    /* For beta2 < 0.6 r never exceeds 5, and the ratio may be negative. */
    if (!(a > 5)) ratio = tg_number_like(ratio, 1);
    out.factor = tg_mul(tg_sqrt(ratio), tg_sqrt(unbias));
    return out;
}

tg_updates tg_radam_with(const tg_radam_args *given)
{
    tg_radam_args args = { TG_RADAM_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_radam", .counts = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given)) return tg__optim_none();
    optim.rule.decoupled = args.decoupled;
    if (!tg__optim_check(&optim, "beta1", args.beta1, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "beta2", args.beta2, TG__BELOW_ONE) ||
        !tg__optim_check(&optim, "eps", args.eps, TG__NOT_NEGATIVE) || !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    const tg__hyper beta1 = { .number = args.beta1 }, beta2 = { .number = args.beta2 };
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_tensor *rate = tg_div(optim.lr, tg__optim_unbias(&optim, beta1, param->steps));
        const rectified by = rectify(&optim, args.beta2, param->steps);
        tg_var *mean = tg__optim_state(&optim, param, "m");
        tg_var *square = tg__optim_state(&optim, param, "v");
        tg_tensor *m = tg__optim_average(&optim, mean, param->grad, beta1);
        tg_tensor *v = tg__optim_average(&optim, square, tg_square(param->grad), beta2);
        tg_tensor *root = tg__optim_root(&optim, v, args.eps, true);
        tg_tensor *scaled = tg_div(tg_mul(m, tg__optim_cast(&optim, by.factor)), root);
        tg_tensor *step = tg_select(by.holds, scaled, m);
        tg__optim_move(&optim, param, tg_mul(step, tg__optim_cast(&optim, rate)));
    }
    return tg__optim_end(&optim);
}
