/* sgd.c: gradient descent, plain and with the momentum of books and of PyTorch. Whether it is
 * stochastic is up to what is fed. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

tg_updates tg_gd_with(const tg_gd_args *given)
{
    tg_gd_args args = { TG_GD_DEFAULTS };
    const double usual_lr = args.lr;
    if (!TG_READ_OPTIONS(args, given, "tg_gd", loss)) return (tg_updates){ 0 };
    if (!tg_enter(&args.at, "tg_gd", TG_LIST(args.loss))) return tg__optim_none();
    const tg__optim_rule rule = { .op = "tg_gd", .lr = usual_lr };
    const tg_site at = args.at;
    tg__optim optim;
    if (!tg__optim_begin(&optim, &rule, TG__OPTIM_ARGS(args)) || !tg__optim_collect(&optim))
        return tg__optim_none();
    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++)
        tg__optim_move(&optim, &optim.param[i], tg_mul(optim.param[i].grad, rate));
    return tg__optim_end(&optim);
}

static bool sgd_options_hold(const tg__optim *optim, const tg_sgd_args *args)
{
    if (!tg__optim_check(optim, "momentum", args->momentum, TG__UP_TO_ONE) ||
        !tg__optim_check(optim, "dampening", args->dampening, TG__UP_TO_ONE))
        return false;
    const char *wrong = NULL;
    if ((unsigned)args->form > TG_MOMENTUM_VELOCITY)
        wrong = ".form is none of tg_momentum_form's";
    else if (args->nesterov && args->momentum == 0)
        wrong = ".nesterov needs .momentum greater than 0";
    else if (args->nesterov && args->dampening > 0)
        wrong = ".nesterov and .dampening exclude each other";
    else if (args->form != TG_MOMENTUM_SUM && args->dampening > 0)
        wrong = ".dampening belongs to TG_MOMENTUM_SUM alone";
    if (wrong) tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT, "tg_sgd: %s", wrong);
    return !wrong;
}

/* Records v = momentum v + push, and returns by how much w moves in v's terms. */
static tg_tensor *with_momentum(const tg__optim *optim, const tg_sgd_args *args,
                                const tg__optim_param *param, tg_tensor *push)
{
    const tg_site at = optim->at;
    tg_var *state = tg__optim_state(optim, param, "v");
    if (!state) return NULL;
    tg_tensor *old = tg_mul_num(tg_read(optim->tape, state), args->momentum);
    tg_tensor *velocity = tg_assign(state, tg_add(old, push));
    if (!args->nesterov) return velocity;
    return tg_add(push, tg_mul_num(velocity, args->momentum));
}

/* What is taken off w. The forms differ in what the gradient is multiplied with before it
 * enters the velocity, and in whether the learning rate comes before or after. */
static tg_tensor *sgd_step(const tg__optim *optim, const tg_sgd_args *args,
                           const tg__optim_param *param, tg_tensor *rate)
{
    const tg_site at = optim->at;
    if (args->momentum == 0) return tg_mul(param->grad, rate);
    if (args->form == TG_MOMENTUM_VELOCITY) {
        tg_tensor *push = tg_neg(tg_mul(param->grad, rate));
        return tg_neg(with_momentum(optim, args, param, push));
    }
    const double damp = args->form == TG_MOMENTUM_AVERAGE ? args->momentum : args->dampening;
    tg_tensor *push = damp > 0 ? tg_mul_num(param->grad, 1 - damp) : param->grad;
    return tg_mul(with_momentum(optim, args, param, push), rate);
}

tg_updates tg_sgd_with(const tg_sgd_args *given)
{
    tg_sgd_args args = { TG_SGD_DEFAULTS };
    const double usual_lr = args.lr;
    if (!TG_READ_OPTIONS(args, given, "tg_sgd", loss)) return (tg_updates){ 0 };
    if (!tg_enter(&args.at, "tg_sgd", TG_LIST(args.loss))) return tg__optim_none();
    const tg__optim_rule rule = { .op = "tg_sgd", .lr = usual_lr, .decoupled = args.decoupled };
    tg__optim optim;
    if (!tg__optim_begin(&optim, &rule, TG__OPTIM_ARGS(args)) || !sgd_options_hold(&optim, &args) ||
        !tg__optim_collect(&optim))
        return tg__optim_none();
    tg_tensor *rate = tg__optim_cast(&optim, optim.lr);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg__optim_move(&optim, param, sgd_step(&optim, &args, param, rate));
    }
    return tg__optim_end(&optim);
}
