/* loss_regression.c: losses of a prediction and its target, element by element. */
#include "loss.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

static tg__loss loss_of(const tg_loss_args *args, const char *op)
{
    return (tg__loss){ args->at, op, args->reduction };
}

static bool fits(const tg__loss *loss, tg_tensor *prediction, tg_tensor *target)
{
    return tg__loss_takes(loss, "prediction", prediction) &&
           tg__loss_matches(loss, "prediction", prediction, "target", target);
}

tg_tensor *tg_mse_with(const tg_loss_args *given)
{
    tg_loss_args args = { TG_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_mse", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_mse", 2, TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = loss_of(&args, "tg_mse");
    if (!fits(&loss, args.prediction, args.target)) return NULL;
    return tg__loss_end(&loss, tg_square(tg_sub(args.prediction, args.target)));
}

tg_tensor *tg_half_mse_with(const tg_loss_args *given)
{
    tg_loss_args args = { TG_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_half_mse", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_half_mse", 2, TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = loss_of(&args, "tg_half_mse");
    if (!fits(&loss, args.prediction, args.target)) return NULL;
    tg_tensor *error = tg_sub(args.prediction, args.target);
    return tg__loss_end(&loss, tg_mul_num(tg_square(error), 0.5));
}

tg_tensor *tg_l1_loss_with(const tg_loss_args *given)
{
    tg_loss_args args = { TG_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_l1_loss", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_l1_loss", 2, TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = loss_of(&args, "tg_l1_loss");
    if (!fits(&loss, args.prediction, args.target)) return NULL;
    return tg__loss_end(&loss, tg_abs(tg_sub(args.prediction, args.target)));
}

/* With c = d clamped to +-delta: c (d - c / 2). This is d^2 / 2 for |d| <= delta, and delta (|d| -
 * delta / 2) beyond. No large number is squared, so nothing overflows, and all derivatives are
 * those of the formula. */
static tg_tensor *bend(tg_site at, tg_tensor *d, double delta)
{
    tg_tensor *near = tg_clamp(d, -delta, delta);
    return tg_mul(near, tg_sub(d, tg_mul_num(near, 0.5)));
}

tg_tensor *tg_huber_with(const tg_huber_args *given)
{
    tg_huber_args args = { TG_HUBER_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_huber", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_huber", 2, TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_huber", args.reduction };
    const double delta = args.delta;
    if (!fits(&loss, args.prediction, args.target)) return NULL;
    if (!tg__loss_option(&loss, args.prediction, "delta", delta, isfinite(delta) && delta > 0,
                         "be finite and greater than 0"))
        return NULL;
    return tg__loss_end(&loss, bend(at, tg_sub(args.prediction, args.target), delta));
}

tg_tensor *tg_smooth_l1_with(const tg_smooth_l1_args *given)
{
    tg_smooth_l1_args args = { TG_SMOOTH_L1_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_smooth_l1", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_smooth_l1", 2, TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_smooth_l1", args.reduction };
    const double beta = args.beta;
    if (!fits(&loss, args.prediction, args.target)) return NULL;
    if (!tg__loss_option(&loss, args.prediction, "beta", beta, isfinite(beta) && beta > 0,
                         "be finite and greater than 0 (for 0: tg_l1_loss)"))
        return NULL;
    tg_tensor *bent = bend(at, tg_sub(args.prediction, args.target), beta);
    return tg__loss_end(&loss, tg_div_num(bent, beta));
}
