/* tg_ops.h: leaves and elementwise operations, and what all operations have in common. (Operations
 * on whole arrays are in tg_array.h, random numbers in tg_random.h.)
 *
 * An operation checks its operands, appends one node (and broadcasts, if shapes differ) to their
 * tape and returns it; nothing is computed yet. If an operand is NULL, it returns NULL and does
 * nothing. All operands must be on one tape and have one dtype. Shapes broadcast as in NumPy.
 * Unless stated otherwise the result has its operand's dtype.
 *
 * "float" means f32 or f64, "number" any dtype but bool, "any" any dtype. Integer arithmetic wraps
 * around. Gradients at kinks follow PyTorch. */
#ifndef TG_OPS_H
#define TG_OPS_H

#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Leaves ----------------------------------------------------------------------------- */

/* One number, of rank 0 and the store's default dtype (or [dtype]). The value is data, not
 * structure: recording the same program with another number reuses its plan.
 *
 * Wherever a C number is converted to a dtype, a number that the dtype cannot represent is an error
 * (TG_ERR_DTYPE): for an integer dtype a fraction, a NaN, or a number out of its range; for bool
 * all but 0 and 1; for f32 a finite number that would become infinite. Floats are rounded. */
TG_API tg_tensor *tg_number_at(tg_site at, tg_tape *tape, double value);
TG_API tg_tensor *tg_number_as_at(tg_site at, tg_tape *tape, tg_dtype dtype, double value);
/* A number with x's tape and dtype. */
TG_API tg_tensor *tg_number_like_at(tg_site at, tg_tensor *x, double value);
/* Every element is [value]. */
TG_API tg_tensor *tg_full_at(tg_site at, tg_tape *tape, tg_dtype dtype, tg_shape shape,
                             double value);
TG_API tg_tensor *tg_zeros_like_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_ones_like_at(tg_site at, tg_tensor *x);
/* A constant with a copy of the data. */
TG_API tg_tensor *tg_constant_at(tg_site at, tg_tape *tape, tg_dtype dtype, tg_shape shape,
                                 const void *data);
/* 0, 1, ..., count-1. Any dtype but bool. */
TG_API tg_tensor *tg_iota_at(tg_site at, tg_tape *tape, tg_dtype dtype, int64_t count);
/* The store's step counter (tg_store_step: the number of completed runs with assignments), as f64
 * of rank 0. */
TG_API tg_tensor *tg_step_at(tg_site at, tg_tape *tape);

/* ---- Elementwise, one operand ----------------------------------------------------------- */

TG_API tg_tensor *tg_neg_at(tg_site at, tg_tensor *x);     /* -x; signed numbers */
TG_API tg_tensor *tg_abs_at(tg_site at, tg_tensor *x);     /* |x|; signed numbers; slope 0 at 0 */
TG_API tg_tensor *tg_sign_at(tg_site at, tg_tensor *x);    /* -1, 0, 1; signed numbers; slope 0 */
TG_API tg_tensor *tg_exp_at(tg_site at, tg_tensor *x);     /* e^x; float, as are all below */
TG_API tg_tensor *tg_expm1_at(tg_site at, tg_tensor *x);   /* e^x - 1, exact near 0 */
TG_API tg_tensor *tg_log_at(tg_site at, tg_tensor *x);     /* ln x */
TG_API tg_tensor *tg_log1p_at(tg_site at, tg_tensor *x);   /* ln(1 + x), exact near 0 */
TG_API tg_tensor *tg_sqrt_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_exp2_at(tg_site at, tg_tensor *x);    /* 2^x */
TG_API tg_tensor *tg_log2_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_log10_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_rsqrt_at(tg_site at, tg_tensor *x);      /* 1 / sqrt x */
TG_API tg_tensor *tg_cbrt_at(tg_site at, tg_tensor *x);       /* the cube root, also of x < 0 */
TG_API tg_tensor *tg_reciprocal_at(tg_site at, tg_tensor *x); /* 1 / x */
TG_API tg_tensor *tg_sin_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_cos_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_tan_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_asin_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_acos_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_atan_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_sinh_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_cosh_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_tanh_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_asinh_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_acosh_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_atanh_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_sigmoid_at(tg_site at, tg_tensor *x);  /* 1 / (1 + e^-x) */
TG_API tg_tensor *tg_softplus_at(tg_site at, tg_tensor *x); /* ln(1 + e^x), finite for all x */
TG_API tg_tensor *tg_log_sigmoid_at(tg_site at, tg_tensor *x); /* -softplus(-x) */
TG_API tg_tensor *tg_erf_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_erfc_at(tg_site at, tg_tensor *x);  /* 1 - erf(x), exact for large x */
/* y with erf(y) = x; +-infinity at +-1, NaN beyond. The quantile function of the normal
 * distribution is sqrt(2) erfinv(2 p - 1). */
TG_API tg_tensor *tg_erfinv_at(tg_site at, tg_tensor *x);
/* ln |gamma(x)|, whose slope is the digamma function. Infinity at the poles 0, -1, -2, ... */
TG_API tg_tensor *tg_lgamma_at(tg_site at, tg_tensor *x);
/* The digamma function; and its derivative of [order] 0 (the function itself) to 500: order 1 is
 * the trigamma function. At a pole: infinity for odd orders; for even ones -infinity at 0,
 * +infinity at -0, and NaN at -1, -2, ..., as in SciPy. These four functions are computed in f64,
 * by formulas of Abramowitz and Stegun (Handbook of Mathematical Functions, 6.1, 6.3, 6.4) and of
 * Giles (Approximating the erfinv function, 2011), with errors up to 4 ulp, polygamma up to 8 for
 * orders up to 20; for negative x in ulp of the largest of the terms that cancel. f32 results are
 * rounded from f64. */
TG_API tg_tensor *tg_digamma_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_polygamma_at(tg_site at, int order, tg_tensor *x);
/* phi(x) = e^(-x^2/2) / sqrt(2 pi), the density of the normal distribution, with full accuracy in
 * its tails, where e^ of a rounded x^2/2 would lose digits. */
TG_API tg_tensor *tg_normal_pdf_at(tg_site at, tg_tensor *x);
/* x Phi(x), where Phi is the cumulative distribution function of the normal distribution (Hendrycks
 * and Gimpel 2016). The error is at most 6 ulp for all x, as long as the result is a normal number;
 * -0 at -infinity, where PyTorch has NaN. */
TG_API tg_tensor *tg_gelu_at(tg_site at, tg_tensor *x);
/* The derivative of gelu, Phi(x) + x phi(x): the error is at most 7 ulp of the larger of result and
 * second term. */
TG_API tg_tensor *tg_gelu_slope_at(tg_site at, tg_tensor *x);
/* The derivative is 0 everywhere. Halves round to even (tg_round). */
TG_API tg_tensor *tg_floor_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_ceil_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_round_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_trunc_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_square_at(tg_site at, tg_tensor *x); /* x * x; number */
/* Of floats; the result is bool. */
TG_API tg_tensor *tg_is_nan_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_is_infinite_at(tg_site at, tg_tensor *x);
TG_API tg_tensor *tg_is_finite_at(tg_site at, tg_tensor *x); /* neither of the two */
TG_API tg_tensor *tg_not_at(tg_site at, tg_tensor *x);       /* bool */

/* ---- Elementwise, two operands and three ------------------------------------------------ */

TG_API tg_tensor *tg_add_at(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
TG_API tg_tensor *tg_sub_at(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
TG_API tg_tensor *tg_mul_at(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
TG_API tg_tensor *tg_div_at(tg_site at, tg_tensor *a, tg_tensor *b); /* float */
TG_API tg_tensor *tg_pow_at(tg_site at, tg_tensor *a, tg_tensor *b); /* float */
/* The quotient rounded down, and the remainder: a = b * floor_div(a, b) + remainder(a, b), where
 * the remainder has b's sign, as in Python. Number. Derivatives: of floor_div 0; of the remainder 1
 * by a and -floor_div(a, b) by b. An integer divisor of 0 is an error of the run; the smallest
 * integer divided by -1 wraps around to itself. */
TG_API tg_tensor *tg_floor_div_at(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *tg_remainder_at(tg_site at, tg_tensor *a, tg_tensor *b);
/* The angle of the point (x, y) in (-pi, pi]; float. Slope 0 at (0, 0). */
TG_API tg_tensor *tg_atan2_at(tg_site at, tg_tensor *y, tg_tensor *x);
/* sqrt(a^2 + b^2) without overflow; float. Slope 0 at (0, 0). */
TG_API tg_tensor *tg_hypot_at(tg_site at, tg_tensor *a, tg_tensor *b);
/* ln(e^a + e^b), finite wherever the larger is; float. */
TG_API tg_tensor *tg_logaddexp_at(tg_site at, tg_tensor *a, tg_tensor *b);
/* a ln b, and 0 where a is 0 (unless b is NaN); float. At (0, 0) both slopes are 0. */
TG_API tg_tensor *tg_xlogy_at(tg_site at, tg_tensor *a, tg_tensor *b);
/* The larger, the smaller. NaN if one operand is NaN; at a tie each gets half of the gradient. */
TG_API tg_tensor *tg_maximum_at(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
TG_API tg_tensor *tg_minimum_at(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
/* Comparisons: bool; any. */
TG_API tg_tensor *tg_equal_at(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *tg_not_equal_at(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *tg_less_at(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *tg_less_equal_at(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *tg_greater_at(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *tg_greater_equal_at(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *tg_and_at(tg_site at, tg_tensor *a, tg_tensor *b); /* bool */
TG_API tg_tensor *tg_or_at(tg_site at, tg_tensor *a, tg_tensor *b);  /* bool */
TG_API tg_tensor *tg_xor_at(tg_site at, tg_tensor *a, tg_tensor *b); /* bool */
/* Where [condition] (bool) is true a, else b. The branch that is not taken contributes neither its
 * value nor its gradient, even if it is NaN: it receives a gradient of exactly 0. But operations
 * before it may turn that 0 times infinity into NaN. To keep log x of x <= 0 out of a gradient,
 * select the operand, too: tg_select(ok, tg_log(tg_select(ok, x, one)), zero). */
TG_API tg_tensor *tg_select_at(tg_site at, tg_tensor *condition, tg_tensor *a, tg_tensor *b);

/* With a C number, which is converted to x's dtype and must be representable in it (see tg_number):
 * bytes are scaled by tg_mul_num(tg_cast(bytes, TG_F32), 1 / 255.0). */
TG_API tg_tensor *tg_add_num_at(tg_site at, tg_tensor *x, double c);  /* x + c */
TG_API tg_tensor *tg_sub_num_at(tg_site at, tg_tensor *x, double c);  /* x - c */
TG_API tg_tensor *tg_rsub_num_at(tg_site at, double c, tg_tensor *x); /* c - x */
TG_API tg_tensor *tg_mul_num_at(tg_site at, tg_tensor *x, double c);  /* x * c */
TG_API tg_tensor *tg_div_num_at(tg_site at, tg_tensor *x, double c);  /* x / c */
TG_API tg_tensor *tg_rdiv_num_at(tg_site at, double c, tg_tensor *x); /* c / x */
/* x ^ c; exact and finite for negative x and integer c. */
TG_API tg_tensor *tg_pow_num_at(tg_site at, tg_tensor *x, double c);
TG_API tg_tensor *tg_maximum_num_at(tg_site at, tg_tensor *x, double c);
TG_API tg_tensor *tg_minimum_num_at(tg_site at, tg_tensor *x, double c);
/* Comparisons with a number, also of bools with 0 and 1; for f32 the number is rounded to f32. */
TG_API tg_tensor *tg_equal_num_at(tg_site at, tg_tensor *x, double c);         /* x == c */
TG_API tg_tensor *tg_not_equal_num_at(tg_site at, tg_tensor *x, double c);     /* x != c */
TG_API tg_tensor *tg_less_num_at(tg_site at, tg_tensor *x, double c);          /* x < c */
TG_API tg_tensor *tg_less_equal_num_at(tg_site at, tg_tensor *x, double c);    /* x <= c */
TG_API tg_tensor *tg_greater_num_at(tg_site at, tg_tensor *x, double c);       /* x > c */
TG_API tg_tensor *tg_greater_equal_num_at(tg_site at, tg_tensor *x, double c); /* x >= c */
/* x clamped to [low, high], whose bounds may be infinite for floats; NaN gives NaN. The slope is 1
 * from low to high, including both, else 0; number. low > high, or a NaN bound, is an error. */
TG_API tg_tensor *tg_clamp_at(tg_site at, tg_tensor *x, double low, double high);

/* Converts to another dtype. Float to integer truncates toward zero and saturates; NaN becomes 0.
 * Anything to bool is x != 0. Gradients pass between floats only. */
TG_API tg_tensor *tg_cast_at(tg_site at, tg_tensor *x, tg_dtype dtype);
/* x, through which no gradient passes. */
TG_API tg_tensor *tg_stop_gradient_at(tg_site at, tg_tensor *x);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_number(...) tg_number_at(TG_HERE, __VA_ARGS__)
#define tg_number_as(...) tg_number_as_at(TG_HERE, __VA_ARGS__)
#define tg_number_like(...) tg_number_like_at(TG_HERE, __VA_ARGS__)
#define tg_full(...) tg_full_at(TG_HERE, __VA_ARGS__)
#define tg_zeros_like(...) tg_zeros_like_at(TG_HERE, __VA_ARGS__)
#define tg_ones_like(...) tg_ones_like_at(TG_HERE, __VA_ARGS__)
#define tg_constant(...) tg_constant_at(TG_HERE, __VA_ARGS__)
#define tg_iota(...) tg_iota_at(TG_HERE, __VA_ARGS__)
#define tg_step(...) tg_step_at(TG_HERE, __VA_ARGS__)
#define tg_neg(...) tg_neg_at(TG_HERE, __VA_ARGS__)
#define tg_abs(...) tg_abs_at(TG_HERE, __VA_ARGS__)
#define tg_sign(...) tg_sign_at(TG_HERE, __VA_ARGS__)
#define tg_exp(...) tg_exp_at(TG_HERE, __VA_ARGS__)
#define tg_expm1(...) tg_expm1_at(TG_HERE, __VA_ARGS__)
#define tg_log(...) tg_log_at(TG_HERE, __VA_ARGS__)
#define tg_log1p(...) tg_log1p_at(TG_HERE, __VA_ARGS__)
#define tg_sqrt(...) tg_sqrt_at(TG_HERE, __VA_ARGS__)
#define tg_sin(...) tg_sin_at(TG_HERE, __VA_ARGS__)
#define tg_cos(...) tg_cos_at(TG_HERE, __VA_ARGS__)
#define tg_tanh(...) tg_tanh_at(TG_HERE, __VA_ARGS__)
#define tg_sigmoid(...) tg_sigmoid_at(TG_HERE, __VA_ARGS__)
#define tg_erf(...) tg_erf_at(TG_HERE, __VA_ARGS__)
#define tg_erfc(...) tg_erfc_at(TG_HERE, __VA_ARGS__)
#define tg_erfinv(...) tg_erfinv_at(TG_HERE, __VA_ARGS__)
#define tg_lgamma(...) tg_lgamma_at(TG_HERE, __VA_ARGS__)
#define tg_digamma(...) tg_digamma_at(TG_HERE, __VA_ARGS__)
#define tg_polygamma(...) tg_polygamma_at(TG_HERE, __VA_ARGS__)
#define tg_normal_pdf(...) tg_normal_pdf_at(TG_HERE, __VA_ARGS__)
#define tg_gelu(...) tg_gelu_at(TG_HERE, __VA_ARGS__)
#define tg_gelu_slope(...) tg_gelu_slope_at(TG_HERE, __VA_ARGS__)
#define tg_square(...) tg_square_at(TG_HERE, __VA_ARGS__)
#define tg_not(...) tg_not_at(TG_HERE, __VA_ARGS__)
#define tg_add(...) tg_add_at(TG_HERE, __VA_ARGS__)
#define tg_sub(...) tg_sub_at(TG_HERE, __VA_ARGS__)
#define tg_mul(...) tg_mul_at(TG_HERE, __VA_ARGS__)
#define tg_div(...) tg_div_at(TG_HERE, __VA_ARGS__)
#define tg_pow(...) tg_pow_at(TG_HERE, __VA_ARGS__)
#define tg_maximum(...) tg_maximum_at(TG_HERE, __VA_ARGS__)
#define tg_minimum(...) tg_minimum_at(TG_HERE, __VA_ARGS__)
#define tg_equal(...) tg_equal_at(TG_HERE, __VA_ARGS__)
#define tg_not_equal(...) tg_not_equal_at(TG_HERE, __VA_ARGS__)
#define tg_less(...) tg_less_at(TG_HERE, __VA_ARGS__)
#define tg_less_equal(...) tg_less_equal_at(TG_HERE, __VA_ARGS__)
#define tg_greater(...) tg_greater_at(TG_HERE, __VA_ARGS__)
#define tg_greater_equal(...) tg_greater_equal_at(TG_HERE, __VA_ARGS__)
#define tg_and(...) tg_and_at(TG_HERE, __VA_ARGS__)
#define tg_or(...) tg_or_at(TG_HERE, __VA_ARGS__)
#define tg_select(...) tg_select_at(TG_HERE, __VA_ARGS__)
#define tg_add_num(...) tg_add_num_at(TG_HERE, __VA_ARGS__)
#define tg_sub_num(...) tg_sub_num_at(TG_HERE, __VA_ARGS__)
#define tg_rsub_num(...) tg_rsub_num_at(TG_HERE, __VA_ARGS__)
#define tg_mul_num(...) tg_mul_num_at(TG_HERE, __VA_ARGS__)
#define tg_div_num(...) tg_div_num_at(TG_HERE, __VA_ARGS__)
#define tg_rdiv_num(...) tg_rdiv_num_at(TG_HERE, __VA_ARGS__)
#define tg_pow_num(...) tg_pow_num_at(TG_HERE, __VA_ARGS__)
#define tg_maximum_num(...) tg_maximum_num_at(TG_HERE, __VA_ARGS__)
#define tg_minimum_num(...) tg_minimum_num_at(TG_HERE, __VA_ARGS__)
#define tg_equal_num(...) tg_equal_num_at(TG_HERE, __VA_ARGS__)
#define tg_not_equal_num(...) tg_not_equal_num_at(TG_HERE, __VA_ARGS__)
#define tg_less_num(...) tg_less_num_at(TG_HERE, __VA_ARGS__)
#define tg_less_equal_num(...) tg_less_equal_num_at(TG_HERE, __VA_ARGS__)
#define tg_greater_num(...) tg_greater_num_at(TG_HERE, __VA_ARGS__)
#define tg_greater_equal_num(...) tg_greater_equal_num_at(TG_HERE, __VA_ARGS__)
#define tg_exp2(...) tg_exp2_at(TG_HERE, __VA_ARGS__)
#define tg_log2(...) tg_log2_at(TG_HERE, __VA_ARGS__)
#define tg_log10(...) tg_log10_at(TG_HERE, __VA_ARGS__)
#define tg_rsqrt(...) tg_rsqrt_at(TG_HERE, __VA_ARGS__)
#define tg_cbrt(...) tg_cbrt_at(TG_HERE, __VA_ARGS__)
#define tg_reciprocal(...) tg_reciprocal_at(TG_HERE, __VA_ARGS__)
#define tg_tan(...) tg_tan_at(TG_HERE, __VA_ARGS__)
#define tg_asin(...) tg_asin_at(TG_HERE, __VA_ARGS__)
#define tg_acos(...) tg_acos_at(TG_HERE, __VA_ARGS__)
#define tg_atan(...) tg_atan_at(TG_HERE, __VA_ARGS__)
#define tg_sinh(...) tg_sinh_at(TG_HERE, __VA_ARGS__)
#define tg_cosh(...) tg_cosh_at(TG_HERE, __VA_ARGS__)
#define tg_asinh(...) tg_asinh_at(TG_HERE, __VA_ARGS__)
#define tg_acosh(...) tg_acosh_at(TG_HERE, __VA_ARGS__)
#define tg_atanh(...) tg_atanh_at(TG_HERE, __VA_ARGS__)
#define tg_softplus(...) tg_softplus_at(TG_HERE, __VA_ARGS__)
#define tg_log_sigmoid(...) tg_log_sigmoid_at(TG_HERE, __VA_ARGS__)
#define tg_floor(...) tg_floor_at(TG_HERE, __VA_ARGS__)
#define tg_ceil(...) tg_ceil_at(TG_HERE, __VA_ARGS__)
#define tg_round(...) tg_round_at(TG_HERE, __VA_ARGS__)
#define tg_trunc(...) tg_trunc_at(TG_HERE, __VA_ARGS__)
#define tg_is_nan(...) tg_is_nan_at(TG_HERE, __VA_ARGS__)
#define tg_is_infinite(...) tg_is_infinite_at(TG_HERE, __VA_ARGS__)
#define tg_is_finite(...) tg_is_finite_at(TG_HERE, __VA_ARGS__)
#define tg_floor_div(...) tg_floor_div_at(TG_HERE, __VA_ARGS__)
#define tg_remainder(...) tg_remainder_at(TG_HERE, __VA_ARGS__)
#define tg_atan2(...) tg_atan2_at(TG_HERE, __VA_ARGS__)
#define tg_hypot(...) tg_hypot_at(TG_HERE, __VA_ARGS__)
#define tg_logaddexp(...) tg_logaddexp_at(TG_HERE, __VA_ARGS__)
#define tg_xlogy(...) tg_xlogy_at(TG_HERE, __VA_ARGS__)
#define tg_xor(...) tg_xor_at(TG_HERE, __VA_ARGS__)
#define tg_clamp(...) tg_clamp_at(TG_HERE, __VA_ARGS__)
#define tg_cast(...) tg_cast_at(TG_HERE, __VA_ARGS__)
#define tg_stop_gradient(...) tg_stop_gradient_at(TG_HERE, __VA_ARGS__)
#endif

#endif
