/* activation_curve.c: activations with exponentials, error functions and quotients. They are
 * accurate in both tails. Where a select chooses between two formulas, neither overflows for finite
 * x. */
#include "activation.h"

#undef TG_HERE
#define TG_HERE at

/* x for x > 0, else alpha * (e^(rate x) - 1). The exponential is computed of min(x, 0): of a large
 * positive x it would be infinite, and its gradient 0 * infinity = NaN. */
static tg_tensor *exponential_unit(tg_site at, tg_tensor *x, double alpha, double rate)
{
    tg_tensor *zero = tg_number_like(x, 0);
    tg_tensor *positive = tg_less(zero, x);
    tg_tensor *low = tg_select(positive, zero, x);
    if (rate != 1) low = tg_mul_num(low, rate);
    tg_tensor *bent = tg_expm1(low);
    if (alpha != 1) bent = tg_mul_num(bent, alpha);
    return tg_select(positive, x, bent);
}

tg_tensor *tg_elu_at(tg_site at, tg_tensor *x, double alpha)
{
    if (!tg_enter(&at, "tg_elu", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_elu", x)) return NULL;
    if (!tg__nn_finite_option(at, "tg_elu", "alpha", x, alpha)) return NULL;
    return tg_name(exponential_unit(at, x, alpha, 1), "elu");
}

tg_tensor *tg_celu_at(tg_site at, tg_tensor *x, double alpha)
{
    if (!tg_enter(&at, "tg_celu", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_celu", x)) return NULL;
    if (!(alpha > 0))
        return tg_fail(tg_tape_of(x), at, TG_ERR_ARGUMENT, "tg_celu: alpha = %g must be positive",
                       alpha);
    if (!tg__nn_finite_option(at, "tg_celu", "alpha", x, alpha) ||
        !tg__nn_finite_option(at, "tg_celu", "1 / alpha", x, 1 / alpha))
        return NULL;
    return tg_name(exponential_unit(at, x, alpha, 1 / alpha), "celu");
}

/* Scale and alpha solve the two equations of the fixed point (mean 0, variance 1), with the digits
 * of the authors' program. */
tg_tensor *tg_selu_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_selu", TG_LIST(x))) return NULL;
    const double alpha = 1.6732632423543772848170429916717;
    const double lambda = 1.0507009873554804934193349852946;
    if (!tg__nn_activates(at, "tg_selu", x)) return NULL;
    return tg_name(tg_mul_num(exponential_unit(at, x, alpha, 1), lambda), "selu");
}

/* (1 + tanh u) / 2 = sigmoid(2u), which is accurate in the left tail. x is clamped to +-[most]:
 * beyond it the sigmoid is 0 or 1 even in f64 and its slope is 0, which times the square of a large
 * x would be 0 * infinity. */
tg_tensor *tg_gelu_tanh_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_gelu_tanh", TG_LIST(x))) return NULL;
    const double two_sqrt_2_pi = 1.59576912160573071176; /* 2 sqrt(2 / pi) */
    if (!tg__nn_activates(at, "tg_gelu_tanh", x)) return NULL;
    const double most = 32;
    tg_tensor *u = tg_clamp(x, -most, most);
    tg_tensor *bend = tg_add_num(tg_mul_num(tg_square(u), 0.044715 * two_sqrt_2_pi), two_sqrt_2_pi);
    return tg_name(tg_mul(x, tg_sigmoid(tg_mul(u, bend))), "gelu_tanh");
}

tg_tensor *tg_tanh_shrink_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_tanh_shrink", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_tanh_shrink", x)) return NULL;
    return tg_name(tg_sub(x, tg_tanh(x)), "tanh_shrink");
}

/* An infinite x is replaced before the quotient, which would be infinity / infinity. */
tg_tensor *tg_softsign_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_softsign", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_softsign", x)) return NULL;
    tg_tensor *infinite = tg_is_infinite(x);
    tg_tensor *finite = tg_select(infinite, tg_number_like(x, 0), x);
    tg_tensor *quotient = tg_div(finite, tg_add_num(tg_abs(finite), 1));
    return tg_name(tg_select(infinite, tg_sign(x), quotient), "softsign");
}

tg_tensor *tg_silu_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_silu", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_silu", x)) return NULL;
    return tg_name(tg_mul(x, tg_sigmoid(x)), "silu");
}

tg_tensor *tg_mish_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_mish", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_mish", x)) return NULL;
    return tg_name(tg_mul(x, tg_tanh(tg_softplus(x))), "mish");
}

tg_tensor *tg_gaussian_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_gaussian", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_gaussian", x)) return NULL;
    return tg_name(tg_exp(tg_neg(tg_square(x))), "gaussian");
}
