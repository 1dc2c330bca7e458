/* rprop.c: Rprop: each weight has a step size of its own, which the sign of the gradient
 * changes. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

static bool options_hold(const tg__optim *optim, const tg_rprop_args *args)
{
    if (!tg__optim_check(optim, "shrink", args->shrink, TG__WITHIN_ONE) ||
        !tg__optim_check(optim, "grow", args->grow, TG__POSITIVE) ||
        !tg__optim_check(optim, "smallest", args->smallest, TG__POSITIVE) ||
        !tg__optim_check(optim, "largest", args->largest, TG__POSITIVE))
        return false;
    const char *wrong = NULL;
    if (args->grow <= 1) wrong = "grow must be greater than 1";
    else if (args->largest < args->smallest) wrong = "largest must be at least smallest";
    if (wrong) tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT, "tg_rprop: %s", wrong);
    return !wrong;
}

tg_updates tg_rprop_with(const tg_rprop_args *given)
{
    tg_rprop_args args = { TG_RPROP_DEFAULTS };
    const tg__optim_rule rule = { .op = "tg_rprop", .only_first = true };
    tg__optim optim;
    if (!TG__OPTIM_BEGIN(&optim, &rule, args, given) || !options_hold(&optim, &args) ||
        !tg__optim_collect(&optim))
        return tg__optim_none();

    const tg_site at = optim.at;
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *sizes = tg__optim_state_from(&optim, param, "d", args.lr);
        tg_var *before = tg__optim_state(&optim, param, "h");
        tg_tensor *size = tg__optim_before(&optim, sizes);
        tg_tensor *agree = tg_mul(tg_sign(param->grad), tg_sign(tg__optim_before(&optim, before)));
        tg_tensor *turns = tg_less_num(agree, 0);
        tg_tensor *grown = tg_select(tg_greater_num(agree, 0), tg_mul_num(size, args.grow), size);
        grown = tg_select(turns, tg_mul_num(size, args.shrink), grown);
        size = tg__optim_assign(&optim, sizes, tg_clamp(grown, args.smallest, args.largest));
        tg_tensor *g = tg_select(turns, tg_zeros_like(param->grad), param->grad);
        (void)tg__optim_assign(&optim, before, g);
        tg__optim_move(&optim, param, tg_mul(tg_sign(g), size));
    }
    return tg__optim_end(&optim);
}
