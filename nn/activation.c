/* activation.c: activations that are not primitives. Each is written so that the whole of it,
 * forward or backward, fuses into one pass, and stays exact in the tails. The result has the
 * function's name, by which errors and dumps call it. */
#include <tapegrad.h>

#undef TG_HERE
#define TG_HERE at

/* Not tg_maximum, which shares the gradient at a tie: the slope at 0 is to be 0. The condition
 * is false for NaN, which therefore passes. */
tg_tensor *(tg_relu)(tg_site at, tg_tensor *x)
{
    tg_tensor *zero = tg_number_like(x, 0);
    return tg_name(tg_select(tg_less_equal(x, zero), zero, x), "relu");
}

/* Phi(x) = erfc(-x / sqrt 2) / 2, which keeps its digits where 1 + erf would cancel. */
tg_tensor *(tg_gelu)(tg_site at, tg_tensor *x)
{
    const double sqrt_half = 0.70710678118654752440;
    tg_tensor *half = tg_mul_num(x, 0.5);
    return tg_name(tg_mul(half, tg_erfc(tg_mul_num(x, -sqrt_half))), "gelu");
}

/* (1 + tanh u) / 2 = sigmoid(2u), which keeps its digits in the left tail. */
tg_tensor *(tg_gelu_tanh)(tg_site at, tg_tensor *x)
{
    const double two_sqrt_2_pi = 1.59576912160573071176; /* 2 sqrt(2 / pi) */
    tg_tensor *bend = tg_add_num(tg_mul_num(tg_square(x), 0.044715 * two_sqrt_2_pi), two_sqrt_2_pi);
    return tg_name(tg_mul(x, tg_sigmoid(tg_mul(x, bend))), "gelu_tanh");
}

/* x less its maximum along the axis: softmax does not change, and e^x cannot overflow. The
 * maximum's gradient would cancel out; stopping it saves the work and the rounding. */
static tg_tensor *shifted(tg_site at, tg_tensor *x, int axis)
{
    tg_tensor *peak = tg_max(x, .axis = axis, .keep = true);
    return tg_sub(x, tg_stop_gradient(peak));
}

static int softmax_axis(tg_softmax_args args)
{
    return args.axis != 0 || tg_written(args.call, "axis") ? args.axis : -1;
}

tg_tensor *tg_softmax_with(tg_softmax_args args)
{
    const tg_site at = args.call.at;
    const int axis = softmax_axis(args);
    tg_tensor *power = tg_exp(shifted(at, args.x, axis));
    return tg_name(tg_div(power, tg_sum(power, .axis = axis, .keep = true)), "softmax");
}

tg_tensor *tg_log_softmax_with(tg_softmax_args args)
{
    const tg_site at = args.call.at;
    const int axis = softmax_axis(args);
    tg_tensor *low = shifted(at, args.x, axis);
    tg_tensor *total = tg_sum(tg_exp(low), .axis = axis, .keep = true);
    return tg_name(tg_sub(low, tg_log(total)), "log_softmax");
}
