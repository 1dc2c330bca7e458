/* math_power.h: powers, and the length of a vector of two. */
#ifndef TG_MATH_POWER_H
#define TG_MATH_POWER_H

/* a^b from [y] = |a|^b, by the rules of C for signs, ones and NaN. */
static inline double tg__power_rules(double a, double b, double y)
{
    const double size = tg__magnitude(b);
    /* From 2^52 on all numbers are integers, and from 2^53 on even ones. */
    const double n = size < 0x1p52 ? size : 0, half = size < 0x1p53 ? 0.5 * size : 0;
    const uint64_t broken = tg__where((n + 0x1p52) - 0x1p52 != n);
    const uint64_t odd = tg__where((half + 0x1p52) - 0x1p52 != half) & ~broken;
    const uint64_t sign = tg__bits(a) & ~(UINT64_MAX >> 1) & odd;
    const uint64_t unreal = tg__where(a < 0) & tg__where(a >= -DBL_MAX) & broken;
    const uint64_t unknown = unreal | tg__where(a != a) | tg__where(b != b);
    const uint64_t one =
        tg__where(b == 0) | tg__where(a == 1) | (tg__where(a == -1) & tg__where(size > DBL_MAX));
    return tg__choose(one, 1, tg__choose(unknown, (double)NAN, tg__of_bits(tg__bits(y) | sign)));
}

/* e^(b log |a|), where the logarithm has 65 bits: log (1 + f) = s (2 + 2/3 s^2 + ...) for s = f
 * / (2 + f). */
static inline double tg__pow(double a, double b)
{
    const double size = tg__magnitude(a);
    double k;
    const double f = tg__log_split(size, &k);
    const double d = 2 + f, d_low = f - (d - 2), inverse = 1 / d, s = f * inverse, sd = s * d;
    const double s_low = ((f - sd) - (tg__product_error(s, d, sd) + s * d_low)) * inverse;
    const double z = s * s, z_low = tg__product_error(s, s, z) + 2 * s * s_low;
    const double third = 0.66666666666666663, w1 = z * third;
    const double w2 =
        z * z *
        TG__P7(z, 0.40000000000002289, 0.28571428570082619, 0.22222222523087973,
               0.18181784079023702, 0.15386771077824052, 0.13256487364058817, 0.13199484086043239);
    const double w = w1 + w2;
    const double w_low = ((w1 - w) + w2) + (tg__product_error(z, third, w1) +
                                            (z * 3.7007434154171883e-17 + z_low * third));
    const double u = s * w, u_low = tg__product_error(s, w, u) + (s * w_low + s_low * w);
    const double m = 2 * s + u, m_low = ((2 * s - m) + u) + (2 * s_low + u_low);
    const double whole = k * 6.93147180369123816490e-01, sum = whole + m;
    const double low =
        tg__difference_error(whole, -m, sum) + (k * 1.90821492927058770002e-10 + m_low);
    const double end = size == 0 ? -(double)INFINITY : (double)INFINITY;
    const double power = b * (size == 0 ? end : size <= DBL_MAX ? sum : end);
    const double power_low = tg__product_error(b, sum, power) + b * low;
    const double near = tg__at_least(tg__at_most(power, 1100), -1100);
    double n;
    const double rest = tg__exp_parts(near, near == power ? power_low : 0, &n);
    return tg__power_rules(a, b, tg__scale(1 + rest, n));
}

/* For float: in double, with polynomials of as many digits as float needs. */
static inline float tg__powf(float base, float exponent)
{
    const double a = (double)base, b = (double)exponent, size = tg__magnitude(a);
    double k;
    const double f = tg__log_split(size, &k), s = f / (2 + f), z = s * s;
    const double m = s * (2 + z * TG__P4(z, 0.66666665636565592, 0.40000337385796131,
                                         0.28537158755415221, 0.23585173529570475));
    const double end = size == 0 ? -(double)INFINITY : (double)INFINITY;
    const double sum = size > 0 && size < (double)INFINITY ? k * 0.69314718055994531 + m : end;
    const double power = tg__at_least(tg__at_most(b * sum, 200), -200);
    const double rounded = power * 1.4426950408889634 + TG__ROUND;
    const double r = power - (rounded - TG__ROUND) * 0.69314718055994531;
    const double rest =
        r + r * r *
                TG__P5(r, 0.49999993432139089, 0.16666520399084878, 0.041668390784228626,
                       0.008368745106649483, 0.0013814540064233385);
    return (float)tg__power_rules(a, b, tg__power2(rounded) + tg__power2(rounded) * rest);
}

/* sqrt(a^2 + b^2), with squares that neither overflow nor vanish. Doubles hold the squares of
 * floats. */
static inline double tg__hypot(double a, double b)
{
    const double x = tg__magnitude(a), y = tg__magnitude(b), most = x > y ? x : y;
    const double up = most > 0x1p500 ? 0x1p-600 : most < 0x1p-450 ? 0x1p600 : 1;
    const double down = most > 0x1p500 ? 0x1p600 : most < 0x1p-450 ? 0x1p-600 : 1;
    const double u = x * up, v = y * up, length = sqrt(u * u + v * v) * down;
    return x > DBL_MAX || y > DBL_MAX ? (double)INFINITY : length;
}
static inline float tg__hypotf(float a, float b)
{
    const double squares = (double)a * (double)a + (double)b * (double)b;
    return fabsf(a) > FLT_MAX || fabsf(b) > FLT_MAX ? INFINITY : (float)sqrt(squares);
}

#endif
