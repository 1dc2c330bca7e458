/* math_functions.h: the functions of math.h whose formulas are the same for both types. math.h
 * includes it for each, with TG__T the type, TG__F(id) the name of a function for it, and
 * TG__K(number) a constant of it; so it has no guard. */

#define T TG__T
#define F TG__F
#define K TG__K

/* The smaller and the larger of two; if x is NaN, it is the result. */
static inline T F(at_most)(T x, T top) { return x > top ? top : x; }
static inline T F(at_least)(T x, T least) { return x < least ? least : x; }
static inline T F(magnitude)(T x) { return F(of_bits)(F(bits)(x) & TG__MAGNITUDE); }
/* The magnitude of x, which is not negative, with the sign of [sign]. */
static inline T F(signed)(T x, T sign)
{
    return F(of_bits)(F(bits)(x) | (F(bits)(sign) & ~TG__MAGNITUDE));
}

/* ---- Exponentials ------------------------------------------------------------------------- */

/* Gives n and r with e^(x + low) = 2^n (1 + r); r is between -0.3 and 0.42. For |x| < 1500 (in
 * float 200), and a [low] that is small beside 1. */
static inline T F(exp_parts)(T x, T low, T *n)
{
    *n = (x * TG__LOG2E + TG__ROUND_T) - TG__ROUND_T;
    const T r = (x - *n * TG__LN2_HIGH) + (low - *n * TG__LN2_LOW);
    return r + r * r * TG__EXP(r);
}

static inline T F(exp)(T x)
{
    T n;
    const T rest = F(exp_parts)(F(at_least)(F(at_most)(x, TG__EXP_RANGE), -TG__EXP_RANGE), 0, &n);
    return F(scale)(1 + rest, n);
}

static inline T F(exp2)(T x)
{
    const T near = F(at_least)(F(at_most)(x, TG__EXP_RANGE), -TG__EXP_RANGE);
    const T n = (near + TG__ROUND_T) - TG__ROUND_T, r = (near - n) * TG__LN2;
    return F(scale)(1 + (r + r * r * TG__EXP(r)), n);
}

/* (e^x - 1) / 2, which overflows a little later than e^x, for x in [-40, TG__EXP_TOP]. */
static inline T F(half_expm1)(T x)
{
    T n;
    const T rest = F(exp_parts)(x, 0, &n), half = F(power2)(n - 1 + TG__ROUND_T);
    return half * rest + (half - K(0.5));
}

/* Below TG__TINY the result is x itself (so for sin, tan and others); the formula would lose the
 * sign of 0. */
static inline T F(expm1)(T x)
{
    const T y = 2 * F(half_expm1)(F(at_least)(F(at_most)(x, TG__EXP_TOP), -40));
    return F(magnitude)(x) < TG__TINY ? x : y;
}

/* From e^(-2|x|) - 1, which is in [-1, 0]. */
static inline T F(tanh)(T x)
{
    const T a = F(magnitude)(x), h = F(half_expm1)(-2 * F(at_most)(a, 20));
    const T y = F(signed)(-h / (1 + h), x);
    return a < TG__TINY ? x : y;
}

/* From e^a / 2, and where that would cancel, from (e^a - 1) / 2. */
static inline T F(sinh)(T x)
{
    const T a = F(magnitude)(x), near = F(at_most)(a, TG__EXP_RANGE);
    T n;
    const T rest = F(exp_parts)(near, 0, &n), half = F(power2)(n - 1 + TG__ROUND_T);
    const T h = half * rest + (half - K(0.5)), e = F(scale)(1 + rest, n - 1);
    const bool small = a < 1;
    const T y = (small ? h : e) + (small ? h : K(-0.25)) / (small ? 2 * h + 1 : e);
    return a < TG__TINY ? x : F(signed)(y, x);
}

static inline T F(cosh)(T x)
{
    T n;
    const T rest = F(exp_parts)(F(at_most)(F(magnitude)(x), TG__EXP_RANGE), 0, &n);
    const T e = F(scale)(1 + rest, n - 1);
    return e + K(0.25) / e;
}

/* ---- Logarithms --------------------------------------------------------------------------- */

/* Gives k and f with x = 2^k (1 + f), for a positive, finite x; f is in [sqrt(1/2) - 1, sqrt(2)
 * - 1]. */
static inline T F(log_split)(T x, T *k)
{
    const bool tiny = x < TG__LEAST;
    const TG__BITS bits = F(bits)(tiny ? x * TG__RAISE : x) - TG__SQRT_HALF + TG__ONE;
    const T biased = F(of_bits)((bits >> TG__MANTISSA) | F(bits)(TG__LAST)) - TG__LAST;
    *k = biased - (tiny ? TG__BIAS + TG__RAISED : TG__BIAS);
    return F(of_bits)((bits & (((TG__BITS)1 << TG__MANTISSA) - 1)) + TG__SQRT_HALF) - 1;
}

/* f - log(1 + f), as in fdlibm: from s = f / (2 + f), since log(1 + f) is 2 artanh s. */
static inline T F(log_rest)(T f, T low)
{
    const T s = f / (2 + f), z = s * s, half_square = K(0.5) * f * f;
    return half_square - (s * (half_square + z * TG__LOG(z)) + low);
}

/* [y], which is the logarithm of x if x is positive and finite; for other x, what C says. */
static inline T F(log_or)(T x, T y)
{
    const T other = x == 0 ? -(T)INFINITY : (T)NAN;
    return x > 0 ? (x < (T)INFINITY ? y : x) : other;
}

static inline T F(log)(T x)
{
    T k;
    const T f = F(log_split)(x, &k);
    return F(log_or)(x, k * TG__LN2_HIGH - (F(log_rest)(f, k * TG__LN2_LOW) - f));
}

static inline T F(log2)(T x)
{
    T k;
    const T f = F(log_split)(x, &k);
    return F(log_or)(x, k + (f - F(log_rest)(f, 0)) * TG__LOG2E);
}

static inline T F(log10)(T x)
{
    T k;
    const T f = F(log_split)(x, &k), y = (f - F(log_rest)(f, 0)) * TG__LOG10E;
    return F(log_or)(x, k * TG__LOG10_2_HIGH + (k * TG__LOG10_2_LOW + y));
}

/* The logarithm of u = 1 + x, rounded, corrected by what the rounding lost, divided by u. */
static inline T F(log1p)(T x)
{
    const T u = 1 + x, lost = (x < 1 ? x - (u - 1) : 1 - (u - x)) / u;
    T k;
    const T f = F(log_split)(u, &k);
    const T y = k * TG__LN2_HIGH - (F(log_rest)(f, k * TG__LN2_LOW + lost) - f);
    return F(magnitude)(x) < TG__TINY ? x : F(log_or)(u, y);
}

/* log(a + sqrt(a^2 + 1)), as log1p of the sum minus 1; where the square might overflow, log(2a). */
static inline T F(asinh)(T x)
{
    const T a = F(magnitude)(x), square = a * a;
    const bool large = a > TG__LARGE;
    const T y = F(log1p)(large ? a - 1 : a + square / (1 + F(root)(square + 1)));
    return a < TG__TINY ? x : F(signed)(large ? y + TG__LN2 : y, x);
}

static inline T F(acosh)(T x)
{
    const T t = x - 1;
    const bool large = x > TG__LARGE;
    const T y = F(log1p)(large ? t : t + F(root)(2 * t + t * t));
    const T inside = large ? y + TG__LN2 : y;
    return x < 1 ? (T)NAN : inside;
}

static inline T F(atanh)(T x)
{
    const T a = F(magnitude)(x), y = F(log1p)(2 * a / (1 - a));
    return a < TG__TINY ? x : F(signed)(K(0.5) * y, x);
}

/* ---- Inverse trigonometric functions ------------------------------------------------------ */

/* asin(|x|) for |x| up to 1/2; above that asin(sqrt((1 - |x|) / 2)), which is half of pi/2 -
 * asin(|x|). NaN above 1. */
static inline T F(asin_part)(T a)
{
    const T z = a < K(0.5) ? a * a : (1 - a) * K(0.5);
    const T s = a < K(0.5) ? a : F(root)(z);
    return s + s * z * TG__ASIN(z);
}

static inline T F(asin)(T x)
{
    const T a = F(magnitude)(x), part = F(asin_part)(a);
    const T y = a < K(0.5) ? part : TG__HALF_PI - (2 * part - TG__HALF_PI_LOW);
    return F(magnitude)(x) < TG__TINY ? x : F(signed)(y, x);
}

static inline T F(acos)(T x)
{
    const T part = F(asin_part)(F(magnitude)(x)), both = 2 * part;
    const T inner = TG__HALF_PI - ((x < 0 ? -part : part) - TG__HALF_PI_LOW);
    const T outer = x < 0 ? 2 * TG__HALF_PI - (both - 2 * TG__HALF_PI_LOW) : both;
    return F(magnitude)(x) < K(0.5) ? inner : outer;
}

/* The arctangent of t = top / bottom, where 0 <= top <= bottom and bottom > 0: a polynomial for
 * t up to tan(pi/8), and above that pi/4 plus the arctangent of (t - 1) / (t + 1). */
static inline T F(atan_part)(T top, T bottom)
{
    const bool beyond = top > K(0.41421356237309503) * bottom;
    const T t = (beyond ? top - bottom : top) / (beyond ? top + bottom : bottom), z = t * t;
    const T y = t + (t * z * TG__ATAN(z) + (beyond ? K(0.5) * TG__HALF_PI_LOW : 0));
    return beyond ? K(0.5) * TG__HALF_PI + y : y;
}

static inline T F(atan)(T x)
{
    const T a = F(magnitude)(x);
    const bool large = a > 1;
    /* top and bottom must not both be infinite, so an infinite a is the bottom alone */
    const T part = F(atan_part)(large ? 1 : a, large ? a : 1);
    const T y = large ? TG__HALF_PI - (part - TG__HALF_PI_LOW) : part;
    return a < TG__TINY ? x : F(signed)(y, x);
}

static inline T F(atan2)(T y, T x)
{
    const T ay = F(magnitude)(y), ax = F(magnitude)(x);
    const bool steep = ay > ax;
    T top = steep ? ax : ay, bottom = steep ? ay : ax;
    /* Two infinities count as two ones; 0 / 0 as 0 / 1; sums must not overflow, nor differences be
     * too small to be normal. */
    top = top == (T)INFINITY ? 1 : top;
    bottom = bottom == 0 ? 1 : top == 1 && bottom == (T)INFINITY && ax == ay ? 1 : bottom;
    const T shrink = bottom > TG__HUGE && bottom < (T)INFINITY ? K(0.25) : 1;
    const T scale = bottom < K(1e-30) ? K(1.8446744073709551616e19) : shrink; /* 2^64 */
    const T part = F(atan_part)(top * scale, bottom * scale);
    const T right = steep ? TG__HALF_PI - (part - TG__HALF_PI_LOW) : part;
    /* By the bit of the sign, because x = -0 is on the left, too. */
    const bool left = (F(bits)(x) & ~TG__MAGNITUDE) != 0;
    const T result = left ? 2 * TG__HALF_PI - (right - 2 * TG__HALF_PI_LOW) : right;
    return x != x || y != y ? x + y : F(signed)(result, y);
}

/* ---- The normal distribution and its like -------------------------------------------------- */

/* e^(s^2) erfc(s) for s in [0, TG__TAIL_TOP]. A polynomial in t = (s - c) / (s + c) gives that
 * times s + 7/8 (Shepherd and Laframboise 1981 have 1 + 2s); so it is flat at s = 0, where the
 * rounding of t has no effect. */
static inline T F(tail)(T s)
{
    const T t = (s - TG__TAIL_C) / (s + TG__TAIL_C);
    return TG__TAIL(t) / (s + K(0.875));
}

/* F(scale) for n in [-1130, 1], in float [-160, 1]. */
static inline T F(scale_down)(T x, T n)
{
    return x * F(power2)(n + TG__DOWN + TG__ROUND_T) * TG__LEVEL;
}

/* Gives n and r with e^-(share c^2) = 2^n (1 + r), for c >= 0, with all digits of the square. */
static inline T F(bell_parts)(T c, T share, T *n)
{
    const T head = F(head)(c);
    return F(exp_parts)(-share * (head * head), -share * ((c - head) * (c + head)), n);
}

static inline T F(erfc)(T x)
{
    const T c = F(at_most)(F(magnitude)(x), TG__TAIL_TOP);
    T n;
    const T rest = F(bell_parts)(c, 1, &n), tail = F(tail)(c);
    const T y = F(scale_down)(tail + tail * rest, n);
    return x < 0 ? 2 - y : y;
}

/* Up to 1 a polynomial, above that 1 - erfc(a), whose logarithm is a polynomial. */
static inline T F(erf)(T x)
{
    const T a = F(magnitude)(x), near = F(at_most)(a, 1), z = near * near;
    T n;
    const T c = F(at_most)(a, TG__ERF_TOP), rest = F(exp_parts)(-TG__LOG_ERFC(c), 0, &n);
    const T power = F(power2)(n + TG__ROUND_T), far = (1 - power) - power * rest;
    return F(signed)(a < 1 ? near * TG__ERF(z) : far, x);
}

/* The density of the normal distribution. */
static inline T F(normal_pdf)(T x)
{
    T n;
    const T c = F(at_most)(F(magnitude)(x), TG__NORMAL_TOP), rest = F(bell_parts)(c, K(0.5), &n);
    return F(scale_down)(TG__NORMAL + TG__NORMAL * rest, n);
}

/* x Phi(x), where Phi(-a) is e^(-a^2 / 2) / 2 times F(tail)(a / sqrt(2)). The power of 2 is
 * multiplied last, because Phi underflows before x Phi(x) does. */
static inline T F(gelu)(T x)
{
    T n;
    const T c = F(at_most)(F(magnitude)(x), TG__NORMAL_TOP), rest = F(bell_parts)(c, K(0.5), &n);
    const T part = c * (K(0.5) * F(tail)(c * TG__SQRT_HALF_T));
    const T lost = F(scale_down)(part + part * rest, n);
    return x < 0 ? -lost : x - lost;
}

/* The derivative of gelu, Phi(x) + x phi(x); that at x is 1 minus that at -x. */
static inline T F(gelu_slope)(T x)
{
    T n;
    const T c = F(at_most)(F(magnitude)(x), TG__NORMAL_TOP), rest = F(bell_parts)(c, K(0.5), &n);
    const T part = K(0.5) * F(tail)(c * TG__SQRT_HALF_T) - c * TG__NORMAL;
    const T left = F(scale_down)(part + part * rest, n);
    return x < 0 ? left : 1 - left;
}

/* ---- Roots ---------------------------------------------------------------------------------- */

/* From m = x / 8^q in [1/2, 4): 1 / cbrt(m) by a polynomial and a step of third order; its
 * square times m, and another step. */
static inline T F(cbrt)(T x)
{
    const T a = F(magnitude)(x);
    const bool tiny = a < TG__LEAST;
    const TG__BITS bits = F(bits)(tiny ? a * TG__RAISE : a);
    const T k = F(of_bits)((bits >> TG__MANTISSA) | F(bits)(TG__LAST)) - (TG__LAST + TG__BIAS);
    const T rounded = k * K(0.33333333333333333) + TG__ROUND_T;
    const TG__BITS q = F(bits)(rounded);
    const T m = F(of_bits)(bits - ((q + q + q) << TG__MANTISSA));
    T r = TG__CBRT(m);
    const T h = 1 - r * r * r * m;
    r = r + r * (h * (K(0.33333333333333333) + h * K(0.22222222222222222)));
    const T y = m * r * r, e = 1 - r * y;
    const T root = y + y * (e * (K(0.66666666666666667) + e * K(0.55555555555555556)));
    const T result = root * F(power2)(rounded - (tiny ? TG__RAISED / 3 : 0));
    return a > 0 && a < (T)INFINITY ? F(signed)(result, x) : x;
}

#undef T
#undef F
#undef K
