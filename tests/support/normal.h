/* normal.h: the normal distribution in long double, for tests of what is made of it. */
#ifndef TG_TESTS_NORMAL_H
#define TG_TESTS_NORMAL_H

#include <math.h>

/* The density. Its tail is steep: what x^2 / 2 loses when rounded counts. */
static inline long double exact_normal_pdf(long double x)
{
    const long double square = x * x / 2;
    const long double rest = fabsl(x) < 100 ? fmal(x, x / 2, -square) : 0;
    return 0.398942280401432677939946059934381868L * expl(-square) * (1 - rest);
}

/* The distribution, by erfc(z) for z near -x / sqrt(2). */
static inline long double exact_normal(long double x)
{
    const long double z = -x * 0.707106781186547524400844362104849039L, square = z * z;
    const long double rest = fmal(x, x / 2, -square) - fmal(z, z, -square);
    return erfcl(z) / 2 * (x < 0 && x > -100 ? expl(-rest) : 1);
}

static inline long double exact_gelu(long double x)
{
    return x < -100 ? -0.0L : x * exact_normal(x);
}

static inline long double exact_gelu_slope(long double x)
{
    return x > 100 ? 1 : x < -100 ? -0.0L : exact_normal(x) + x * exact_normal_pdf(x);
}

/* The larger of the slope's terms, in whose units its error is counted: they cancel near -0.75. */
static inline long double gelu_slope_term(long double x)
{
    return fabsl(x) < 100 ? fabsl(x) * exact_normal_pdf(x) : 0;
}

#endif
