/* special.c: the inverse of the error function, the logarithm of the gamma function, and its
 * derivatives, in double. Formulas are numbered as in Abramowitz and Stegun, Handbook of
 * Mathematical Functions (A&S). Each range has the formula with the least cancellation. Next to
 * the zeros at negative arguments some is left in any formula: there the last bit of x changes
 * the result by more than its last bit. */
#include "kernels/special.h"

#include <float.h>
#include <math.h>

static const double PI = 3.14159265358979323846;

/* c[0] + c[1] x + ... of [count] coefficients. */
static double polynomial(int count, const double *c, double x)
{
    double y = c[count - 1];
    for (int i = count - 2; i >= 0; i--) y = y * x + c[i];
    return y;
}
#define POLYNOMIAL(c, x) polynomial((int)(sizeof(c) / sizeof *(c)), c, x)

/* How far x is from the nearest whole number, exactly: -1/2 to 1/2. */
static double from_whole(double x) { return x - rint(x); }

/* pi cot(pi r) for such an r. */
static double pi_cot(double r)
{
    const double size = fabs(r);
    const double cot = size < 0.25 ? 1 / tan(PI * size) : tan(PI * (0.5 - size));
    return copysign(PI * cot, r);
}

/* ---- The inverse error function --------------------------------------------------------- */

/* erfinv for 0 <= x < 1, to about 6 digits, from w = -ln(1 - x^2): Giles, Approximating the
 * erfinv function (2011), table 5. Beyond that table, to 3 digits, from erfc(y) = e^-y^2 / (y
 * sqrt(pi)). */
static double erfinv_near(double x, double w)
{
    static const double middle[] = { 1.50140941,     0.246640727,    -0.00417768164,
                                     -0.00125372503, 0.00021858087,  -4.39150654e-06,
                                     -3.5233877e-06, 3.43273939e-07, 2.81022636e-08 };
    static const double tails[] = { 2.83297682,    1.00167406,     0.00943887047,
                                    -0.0076224613, 0.00573950773,  -0.00367342844,
                                    0.00134934322, 0.000100950558, -0.000200214257 };
    if (w < 5) return x * POLYNOMIAL(middle, w - 2.5);
    if (w < 16) return x * POLYNOMIAL(tails, sqrt(w) - 3);
    const double log_rest = -log(1 - x);
    return sqrt(log_rest - 0.5 * log(PI * log_rest));
}

/* erfinv by Halley's method from that value. It compares erf; in the tail erfc with 1 - x, which
 * is exact. */
double tg__erfinv(double x)
{
    const double size = fabs(x), rest = 1 - size;
    if (!(size < 1)) return size == 1 ? x * (double)INFINITY : (double)NAN;
    const double w = -log(rest * (1 + size));
    double y = erfinv_near(size, w);
    for (int steps = w < 16 ? 1 : 2; steps > 0; steps--) {
        const double over = size < 0.5 ? erf(y) - size : rest - erfc(y);
        const double step = over * exp(y * y) * (sqrt(PI) / 2);
        y -= step / (1 + y * step);
    }
    return copysign(y, x);
}

/* ---- The logarithm of the gamma function ------------------------------------------------ */

static const double ONE_LESS_GAMMA = 0.42278433509846713939; /* 1 - Euler's constant */

/* ln gamma(2 + z) for |z| <= 3/4 (A&S 6.1.33): the coefficient of z^k is
 * (-1)^k (zeta(k) - 1) / k, from k = 2 on. */
static double lgamma_near_2(double z)
{
    static const double c[] = {
        0.3224670334241132,     -0.0673523010531981,     0.020580808427784546,
        -0.007385551028673986,  0.0028905103307415234,   -0.001192753911703261,
        0.0005096695247430425,  -0.00022315475845357939, 9.945751278180853e-05,
        -4.492623673813314e-05, 2.050721277567069e-05,   -9.439488275268397e-06,
        4.374866789907488e-06,  -2.039215753801366e-06,  9.55141213040742e-07,
        -4.492469198764566e-07, 2.1207184805554665e-07,  -1.0043224823968099e-07,
        4.7698101693639804e-08, -2.2711094608943164e-08, 1.0838659214896955e-08,
        -5.183475041970047e-09, 2.4836745438024785e-09,  -1.1921401405860912e-09,
        5.731367241678862e-10,  -2.7595228851242334e-10, 1.330476437424449e-10,
        -6.4229645638381e-11,   3.1044247747322276e-11,  -1.5021384080754142e-11,
        7.275974480239079e-12,  -3.527742476575915e-12,  1.711991790559618e-12,
        -8.315385841420285e-13, 4.04220052528944e-13,    -1.9664756310966165e-13,
    };
    return z * (ONE_LESS_GAMMA + z * POLYNOMIAL(c, z));
}

/* Of x >= 1/2. */
static double lgamma_right(double x)
{
    if (x < 1.25) return lgamma_near_2(x - 1) - log1p(x - 1);
    if (x < 10) { /* gamma(x) = (x - 1) (x - 2) ... gamma(what is left), A&S 6.1.15 */
        double product = 1;
        while (x >= 2.5) product *= x -= 1;
        return log(product) + lgamma_near_2(x - 2);
    }
    /* Stirling's series, A&S 6.1.41: the coefficients are B(2k) / (2k (2k - 1)). */
    static const double c[] = { 0.08333333333333333,   -0.002777777777777778,
                                0.0007936507936507937, -0.0005952380952380953,
                                0.0008417508417508417, -0.0019175269175269176,
                                0.00641025641025641,   -0.029550653594771242 };
    static const double half_ln_2pi_less_half = 0.41893853320467274178;
    const double inverse = 1 / x;
    const double rest = half_ln_2pi_less_half + inverse * POLYNOMIAL(c, inverse * inverse);
    return (x - 0.5) * (log(x) - 1) + rest;
}

double tg__lgamma(double x)
{
    if (x >= 0.5) return lgamma_right(x);
    if (x > -10) { /* gamma(x) = gamma(x + 1) / x, A&S 6.1.15 */
        double product = 1;
        while (x < -0.5) product *= x, x += 1;
        return lgamma_near_2(x) - log(fabs(product * x * (1 + x)));
    }
    if (isinf(x)) return (double)INFINITY;
    const double r = from_whole(x); /* reflected, A&S 6.1.17 */
    return r == 0 ? (double)INFINITY : log(PI / fabs(sin(PI * r))) - lgamma_right(1 - x);
}

/* ---- The digamma function --------------------------------------------------------------- */

/* digamma(2 + z) for |z| <= 1/2: the derivative of the series above. */
static double digamma_near_2(double z)
{
    static const double c[] = {
        0.6449340668482264,      -0.2020569031595943,    0.08232323371113819,
        -0.03692775514336993,    0.01734306198444914,    -0.008349277381922827,
        0.00407735619794434,     -0.0020083928260822143, 0.0009945751278180853,
        -0.0004941886041194645,  0.0002460865533080483,  -0.00012271334757848915,
        6.124813505870483e-05,   -3.058823630702049e-05, 1.528225940865187e-05,
        -7.637197637899763e-06,  3.81729326499984e-06,   -1.908212716553939e-06,
        9.539620338727962e-07,   -4.769329867878064e-07, 2.38450502727733e-07,
        -1.1921992596531106e-07, 5.960818905125948e-08,  -2.980350351465228e-08,
        1.4901554828365043e-08,  -7.45071178983543e-09,  3.725334024788457e-09,
    };
    return ONE_LESS_GAMMA + z * POLYNOMIAL(c, z);
}

/* Around the only zero at positive x, by Taylor's series: the coefficients are the derivatives
 * there over the factorials. The zero is the sum of two doubles. */
static const double DIGAMMA_ZERO[] = { 1.4616321449683622, 9.549995429965697e-17 };
static double digamma_near_zero(double x)
{
    static const double c[] = {
        0.9676722454476212,      -0.4427631689835921,     0.258499760955651,
        -0.16394270544240652,    0.10782405069126237,     -0.07219956125645471,
        0.04880428816414311,     -0.03316112647484736,    0.022597648232218104,
        -0.01542476590494896,    0.010538791616612175,    -0.007204534386356869,
        0.004926781395729853,    -0.003369801655439328,   0.002305126326734928,
        -0.0015769367714301972,  0.0010788252019162967,   -0.0007380709389960052,
        0.000504953265834602,    -0.0003454680251063077,  0.00023635601564027053,
        -0.00016170622091974803, 0.0001106337276874741,   -7.569179582195066e-05,
        5.178575795222081e-05,   -3.5430070947659604e-05, 2.424006611860132e-05,
    };
    const double z = x - DIGAMMA_ZERO[0] - DIGAMMA_ZERO[1];
    return z * POLYNOMIAL(c, z);
}

/* Of x >= 1/2. */
static double digamma_right(double x)
{
    if (fabs(x - DIGAMMA_ZERO[0]) < 0.375) return digamma_near_zero(x);
    if (x < 1.5) return digamma_near_2(x - 1) - 1 / x;
    if (x < 10) { /* A&S 6.3.6 */
        double sum = 0;
        while (x >= 2.5) x -= 1, sum += 1 / x;
        return sum + digamma_near_2(x - 2);
    }
    /* A&S 6.3.18: the coefficients are B(2k) / 2k. */
    static const double c[] = { 0.08333333333333333,   -0.008333333333333333, 0.003968253968253968,
                                -0.004166666666666667, 0.007575757575757576,  -0.021092796092796094,
                                0.08333333333333333,   -0.4432598039215686 };
    const double inverse = 1 / x, square = inverse * inverse;
    return log(x) - (0.5 * inverse + square * POLYNOMIAL(c, square));
}

double tg__digamma(double x)
{
    if (x >= 0.5) return digamma_right(x);
    if (x > -0.5) return digamma_near_2(x) - (1 + 2 * x) / (x * (1 + x)); /* 1 / x + 1 / (1 + x) */
    const double r = from_whole(x);                                       /* reflected, A&S 6.3.7 */
    return r == 0 ? (double)NAN : digamma_right(1 - x) - pi_cot(r);
}

/* ---- Its derivatives -------------------------------------------------------------------- */

/* The sum of (scale / (q + j))^(n + 1) over j = 0, 1, ...: term by term until terms change
 * nothing, or the rest is given by Euler and Maclaurin's formula, as in A&S 6.4.11. The scale is
 * a power of 2. */
static double sum_of_powers(double n, double q, double scale)
{
    /* B(2k) / (2k)! */
    static const double c[] = { 0.08333333333333333,    -0.001388888888888889,
                                3.306878306878307e-05,  -8.267195767195768e-07,
                                2.08767569878681e-08,   -5.284190138687493e-10,
                                1.3382536530684679e-11, -3.3896802963225827e-13,
                                8.586062056277845e-15,  -2.174868698558062e-16,
                                5.5090028283602295e-18, -1.3954464685812522e-19 };
    double sum = 0, y = q;
    for (; y < n + 10; y += 1) {
        const double term = pow(y / scale, -(n + 1));
        sum += term;
        if (term * (1 + y / n) < 0x1p-60 * sum) return sum;
    }
    double rest = y / n + 0.5, factor = (n + 1) / y;
    for (int k = 0; k < (int)(sizeof c / sizeof *c); k++) {
        rest += c[k] * factor;
        factor *= (n + 2 * k + 2) / y * ((n + 2 * k + 3) / y);
    }
    return sum + rest * pow(y / scale, -(n + 1));
}

/* n! times the sum of (q + j)^-(n + 1) over j = 0, 1, ...: of q > 0 the size of polygamma, A&S
 * 6.4.10. Powers of 2 are left out until the end, so nothing overflows before the result does. */
static double polygamma_size(double n, double q)
{
    if (isinf(q)) return 0;
    const int exponent = ilogb(q);
    double factorial = 1;
    int left_out = -exponent * ((int)n + 1);
    for (double i = 2; i <= n; i += 1) {
        factorial *= i;
        if (factorial < 0x1p500) continue;
        factorial *= 0x1p-500;
        left_out += 500;
    }
    return ldexp(factorial * sum_of_powers(n, q, ldexp(1, exponent)), left_out);
}

/* At x < 0 the sum over x + j has negative terms up to the pole that is next to x, and from there
 * on positive ones; each part is a sum of the kind above, or the difference of two. */
double tg__polygamma(double n, double x)
{
    if (n == 0) return tg__digamma(x);
    if (x != x || x == -(double)INFINITY) return (double)NAN;
    const double sign = fmod(n, 2) == 0 ? -1 : 1; /* of positive terms; negative ones have +1 */
    if (x > 0) return sign * polygamma_size(n, x);
    const double r = from_whole(x), beyond = 1 - fabs(r);
    if (r == 0) return sign > 0 ? (double)INFINITY : x == 0 ? -1 / x : (double)NAN;
    const double near = polygamma_size(n, fabs(r)), far = polygamma_size(n, beyond);
    const double positive = r > 0 ? near : far, negative = r > 0 ? far : near;
    return sign * positive + (negative - polygamma_size(n, 1 - x));
}
