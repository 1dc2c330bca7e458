/* activation.c: piecewise linear activations. An element that a select does not choose gets a
 * gradient of exactly 0, also where x is infinite. Comparisons with NaN are false, so a NaN operand
 * gives NaN. activation_curve.c has the activations that are not piecewise linear. */
#include "activation.h"

#undef TG_HERE
#define TG_HERE at

bool tg__nn_activates(tg_site at, const char *op, tg_tensor *x)
{
    return x && tg__nn_is_float(at, op, "operand", x);
}

bool tg__nn_finite_option(tg_site at, const char *op, const char *what, tg_tensor *x, double value)
{
    const double held = tg_dtype_of(x) == TG_F32 ? (double)(float)value : value;
    if (isfinite(held)) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_ARGUMENT, "%s: %s = %g must be finite in %s", op, what, value,
            tg_dtype_name(tg_dtype_of(x)));
    return false;
}

/* A reshape to the same shape: a view, which needs no kernel, and which can have a name of its
 * own. */
tg_tensor *tg_identity_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_identity", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_identity", x)) return NULL;
    return tg_name(tg_reshape(x, tg_shape_from(x)), "identity");
}

/* [low] for x < 0, 1 for x >= 0. NaN stays NaN; no gradient passes through it. */
static tg_tensor *step(tg_site at, tg_tensor *x, double low)
{
    tg_tensor *zero = tg_number_like(x, 0);
    tg_tensor *high = tg_select(tg_less_equal(zero, x), tg_number_like(x, 1), tg_stop_gradient(x));
    return tg_select(tg_less(x, zero), tg_number_like(x, low), high);
}

tg_tensor *tg_binary_step_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_binary_step", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_binary_step", x)) return NULL;
    return tg_name(step(at, x, 0), "binary_step");
}

tg_tensor *tg_sign_step_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_sign_step", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_sign_step", x)) return NULL;
    return tg_name(step(at, x, -1), "sign_step");
}

/* Made of a select, not of tg_maximum: at a tie tg_maximum splits the gradient between its
 * operands, and the slope at 0 must be 0. */
tg_tensor *tg_relu_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_relu", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_relu", x)) return NULL;
    tg_tensor *zero = tg_number_like(x, 0);
    return tg_name(tg_select(tg_less_equal(x, zero), zero, x), "relu");
}

/* x clamped to [low, high]. Not tg_clamp, whose slope at low and high is 1: here it is 0. */
static tg_tensor *between(tg_site at, tg_tensor *x, double low, double high)
{
    tg_tensor *least = tg_number_like(x, low), *most = tg_number_like(x, high);
    tg_tensor *below = tg_less_equal(x, least), *above = tg_less_equal(most, x);
    tg_tensor *rising = tg_select(above, most, x);
    return tg_select(below, least, rising);
}

tg_tensor *tg_relu6_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_relu6", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_relu6", x)) return NULL;
    return tg_name(between(at, x, 0, 6), "relu6");
}

tg_tensor *tg_hard_tanh_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_hard_tanh", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_hard_tanh", x)) return NULL;
    return tg_name(between(at, x, -1, 1), "hard_tanh");
}

tg_tensor *tg_hard_sigmoid_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_hard_sigmoid", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_hard_sigmoid", x)) return NULL;
    tg_tensor *risen = tg_add_num(between(at, x, -3, 3), 3);
    return tg_name(tg_div_num(risen, 6), "hard_sigmoid");
}

/* tg_clamp has the slopes at the kinks that PyTorch has. The outer select is for x = -infinity,
 * where the product would be -infinity * 0 = NaN. */
tg_tensor *tg_hard_swish_at(tg_site at, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_hard_swish", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_hard_swish", x)) return NULL;
    tg_tensor *gate = tg_div_num(tg_add_num(tg_clamp(x, -3, 3), 3), 6);
    tg_tensor *gated = tg_mul(x, gate);
    tg_tensor *below = tg_less(x, tg_number_like(x, -3));
    return tg_name(tg_select(below, tg_number_like(x, 0), gated), "hard_swish");
}

/* The select chooses the factor (1 or slope), and one product follows. Its gradient by x is then a
 * product with the same factor; the gradient by [slope] is the sum of gradient * x over the
 * elements with that slope. */
tg_tensor *tg__nn_leaky(tg_site at, tg_tensor *x, tg_tensor *slope)
{
    tg_tensor *one = tg_number_like(x, 1);
    tg_tensor *positive = tg_less(tg_number_like(x, 0), x);
    return tg_mul(x, tg_select(positive, one, slope));
}

tg_tensor *tg_leaky_relu_at(tg_site at, tg_tensor *x, double slope)
{
    if (!tg_enter(&at, "tg_leaky_relu", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_leaky_relu", x)) return NULL;
    if (!tg__nn_finite_option(at, "tg_leaky_relu", "slope", x, slope)) return NULL;
    return tg_name(tg__nn_leaky(at, x, tg_number_like(x, slope)), "leaky_relu");
}

/* ---- Shrinking and thresholds ------------------------------------------------------------ */

static bool threshold_fits(tg_site at, const char *op, tg_tensor *x, double threshold)
{
    if (!tg__nn_finite_option(at, op, "threshold", x, threshold)) return false;
    if (threshold >= 0) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_ARGUMENT, "%s: threshold = %g must not be negative", op,
            threshold);
    return false;
}

/* [far] where |x| > threshold, else 0. */
static tg_tensor *outside(tg_site at, tg_tensor *x, double threshold, tg_tensor *far)
{
    tg_tensor *near = tg_less_equal(tg_abs(x), tg_number_like(x, threshold));
    return tg_select(near, tg_number_like(x, 0), far);
}

tg_tensor *tg_soft_shrink_at(tg_site at, tg_tensor *x, double threshold)
{
    if (!tg_enter(&at, "tg_soft_shrink", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_soft_shrink", x)) return NULL;
    if (!threshold_fits(at, "tg_soft_shrink", x, threshold)) return NULL;
    tg_tensor *negative = tg_less(x, tg_number_like(x, 0));
    tg_tensor *up = tg_number_like(x, threshold), *down = tg_number_like(x, -threshold);
    tg_tensor *nearer = tg_add(x, tg_select(negative, up, down));
    return tg_name(outside(at, x, threshold, nearer), "soft_shrink");
}

tg_tensor *tg_hard_shrink_at(tg_site at, tg_tensor *x, double threshold)
{
    if (!tg_enter(&at, "tg_hard_shrink", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_hard_shrink", x)) return NULL;
    if (!threshold_fits(at, "tg_hard_shrink", x, threshold)) return NULL;
    return tg_name(outside(at, x, threshold, x), "hard_shrink");
}

tg_tensor *tg_threshold_at(tg_site at, tg_tensor *x, double threshold, double value)
{
    if (!tg_enter(&at, "tg_threshold", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_threshold", x)) return NULL;
    if (!tg__nn_finite_option(at, "tg_threshold", "threshold", x, threshold) ||
        !tg__nn_finite_option(at, "tg_threshold", "value", x, value))
        return NULL;
    tg_tensor *below = tg_less_equal(x, tg_number_like(x, threshold));
    return tg_name(tg_select(below, tg_number_like(x, value), x), "threshold");
}
