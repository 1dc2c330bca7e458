/* loss_likelihood.c: negative log-likelihoods of targets under distributions, and the
 * Kullback-Leibler divergence of two normal distributions, element by element. */
#include "loss.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

static bool eps_fits(const tg__loss *loss, tg_tensor *x, double eps)
{
    return tg__loss_option(loss, x, "eps", eps, isfinite(eps) && eps >= 0,
                           "be finite and not negative");
}

/* [value], without a gradient of its own, and with derivative [slope] by x. */
static tg_tensor *with_slope(tg_site at, tg_tensor *value, tg_tensor *x, double slope)
{
    tg_tensor *none = tg_sub(x, tg_stop_gradient(x)); /* 0, with derivative 1 by x */
    return tg_add(tg_stop_gradient(value), tg_mul_num(none, slope));
}

/* ---- Bernoulli -------------------------------------------------------------------------- */

/* -log(p); or, if [rest] = 1 - p is given, -log(rest). Below 1e-12 the value is capped at 100 and
 * the slope is fixed. The logarithm that is differentiated gets 0.5 there: near 0 its derivative
 * could be infinite. */
static tg_tensor *surprise(tg_site at, tg_tensor *p, tg_tensor *rest)
{
    const double least = 1e-12, most = 100;
    tg_tensor *q = rest ? rest : p;
    tg_tensor *tiny = tg_less(q, tg_number_like(q, least));
    tg_tensor *safe = tg_select(tiny, tg_number_like(p, 0.5), p);
    tg_tensor *usual = tg_neg(rest ? tg_log1p(tg_neg(safe)) : tg_log(safe));
    tg_tensor *capped = tg_minimum_num(tg_neg(tg_log(q)), most);
    return tg_select(tiny, with_slope(at, capped, q, -1 / least), usual);
}

tg_tensor *tg_bernoulli_nll_with(const tg_loss_args *given)
{
    tg_loss_args args = { TG_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_bernoulli_nll", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_bernoulli_nll", 2,
                      TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_bernoulli_nll", args.reduction };
    tg_tensor *p = args.prediction, *target = args.target;
    if (!tg__loss_takes(&loss, "prediction", p)) return NULL;
    if (!tg__loss_matches(&loss, "prediction", p, "target", target)) return NULL;
    tg_tensor *missed = tg_mul(target, surprise(at, p, NULL));
    tg_tensor *alarm = tg_mul(tg_rsub_num(1, target), surprise(at, p, tg_rsub_num(1, p)));
    return tg__loss_end(&loss, tg_add(missed, alarm));
}

/* ---- Gauss ------------------------------------------------------------------------------ */

tg_tensor *tg_gaussian_nll_with(const tg_gaussian_nll_args *given)
{
    tg_gaussian_nll_args args = { TG_GAUSSIAN_NLL_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_gaussian_nll", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_gaussian_nll", 3,
                      TG__NN_OPERANDS(args.prediction, args.target, args.variance)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_gaussian_nll", args.reduction };
    tg_tensor *mean = args.prediction, *given_variance = args.variance;
    if (!tg__loss_takes(&loss, "prediction", mean) ||
        !tg__loss_matches(&loss, "prediction", mean, "target", args.target) ||
        !tg__loss_matches(&loss, "prediction", mean, "variance", given_variance) ||
        !eps_fits(&loss, mean, args.eps))
        return NULL;
    const double half_log_2_pi = 0.91893853320467274178;
    tg_tensor *eps = tg_number_like(mean, args.eps);
    tg_tensor *held = with_slope(at, eps, given_variance, 1);
    tg_tensor *variance = tg_select(tg_less(given_variance, eps), held, given_variance);
    tg_tensor *square = tg_div(tg_square(tg_sub(mean, args.target)), variance);
    tg_tensor *items = tg_mul_num(tg_add(tg_log(variance), square), 0.5);
    return tg__loss_end(&loss, args.full ? tg_add_num(items, half_log_2_pi) : items);
}

/* expm1(d) - d loses no digits for large d; near 0 it has about as many as d has. */
tg_tensor *tg_gaussian_kl_with(const tg_gaussian_kl_args *given)
{
    tg_gaussian_kl_args args = { TG_GAUSSIAN_KL_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_gaussian_kl", mean)) return NULL;
    tg_tensor *n = args.other_mean, *r = args.other_log_variance;
    if (!tg__nn_enter(&args.at, "tg_gaussian_kl", 2,
                      TG__NN_OPERANDS(args.mean, args.log_variance, n, r)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_gaussian_kl", args.reduction };
    if (!tg__loss_takes(&loss, "mean", args.mean) ||
        !tg__loss_matches(&loss, "mean", args.mean, "log-variance", args.log_variance) ||
        (n && !tg__loss_matches(&loss, "mean", args.mean, "other mean", n)) ||
        (r && !tg__loss_matches(&loss, "mean", args.mean, "other log-variance", r)))
        return NULL;
    tg_tensor *d = r ? tg_sub(args.log_variance, r) : args.log_variance;
    tg_tensor *square = tg_square(n ? tg_sub(args.mean, n) : args.mean);
    if (r) square = tg_mul(square, tg_exp(tg_neg(r)));
    tg_tensor *twice = tg_add(tg_sub(tg_expm1(d), d), square);
    return tg__loss_end(&loss, tg_mul_num(twice, 0.5));
}

/* ---- Poisson ---------------------------------------------------------------------------- */

/* log(count!) by Stirling's formula for a count above 1, else 0. */
static tg_tensor *stirling(tg_site at, tg_tensor *count)
{
    const double two_pi = 6.28318530717958647693;
    tg_tensor *one = tg_number_like(count, 1);
    tg_tensor *few = tg_less_equal(count, one);
    tg_tensor *many = tg_select(few, one, count);
    tg_tensor *sum = tg_sub(tg_xlogy(many, many), many);
    tg_tensor *root = tg_mul_num(tg_log(tg_mul_num(many, two_pi)), 0.5);
    return tg_select(few, tg_number_like(count, 0), tg_add(sum, root));
}

tg_tensor *tg_poisson_nll_with(const tg_poisson_nll_args *given)
{
    tg_poisson_nll_args args = { TG_POISSON_NLL_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_poisson_nll", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_poisson_nll", 2, TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_poisson_nll", args.reduction };
    tg_tensor *x = args.prediction, *count = args.target;
    if (!tg__loss_takes(&loss, "prediction", x) ||
        !tg__loss_matches(&loss, "prediction", x, "target", count) || !eps_fits(&loss, x, args.eps))
        return NULL;
    tg_tensor *log_rate = args.log_input ? x : tg_log(tg_add_num(x, args.eps));
    tg_tensor *rate = args.log_input ? tg_exp(x) : x;
    tg_tensor *items = tg_sub(rate, tg__loss_share(at, count, log_rate));
    return tg__loss_end(&loss, args.full ? tg_add(items, stirling(at, count)) : items);
}
