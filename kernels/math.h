/* math.h: the functions of kernels, for float and double: tg__exp and tg__expf, and so on.
 *
 * They are polynomials of our own, for three reasons. Each is inline and without branches, so every
 * compiler makes vectors of a loop over it, without a library of vector functions. They are made of
 * additions, multiplications, divisions, square roots and operations on bits, each of which rounds
 * (the build forbids contraction, and fma is not used), so their bits are the same on every
 * instruction set, from every compiler, and for one number as for a vector. And their errors are
 * known: at most 4 units in the last place over the whole range; 5 for erfc, 6 for gelu, 7 for its
 * slope (tests/kernels/test_math.c).
 *
 * Special values are those of Annex F of the C standard: NaN, infinities, signed zeros, limits of
 * overflow; subnormal operands and results too, unless the processor's mode flushes them. Nothing
 * reads floating-point exceptions, so the build lets compilers compute both sides of a condition
 * (-fno-trapping-math).
 *
 * Functions of float compute in float where that is faster and the function is common; else in
 * double, with shorter polynomials than those of double. Coefficients are minimax ones (Remez's
 * exchange in 50 digits), for the relative error of the result. */
#ifndef TG_MATH_H
#define TG_MATH_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* ---- Bits --------------------------------------------------------------------------------- */

static inline uint64_t tg__bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static inline uint32_t tg__bitsf(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static inline double tg__of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
static inline float tg__of_bitsf(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* All bits if [is], else none. Conditions that are combined as bits stay in vectors. */
static inline uint64_t tg__where(bool is) { return 0 - (uint64_t)is; }
static inline uint32_t tg__wheref(bool is) { return 0 - (uint32_t)is; }
static inline double tg__choose(uint64_t where, double yes, double no)
{
    return tg__of_bits((tg__bits(yes) & where) | (tg__bits(no) & ~where));
}
static inline float tg__choosef(uint32_t where, float yes, float no)
{
    return tg__of_bitsf((tg__bitsf(yes) & where) | (tg__bitsf(no) & ~where));
}

/* x + TG__ROUND is rounded to an integer, which the last bits of the sum have in two's
 * complement; minus TG__ROUND it is a number again. For |x| < 2^51, in float 2^22. */
#define TG__ROUND  0x1.8p52
#define TG__ROUNDF 0x1.8p23F

/* 2^n, from n + TG__ROUND, where 2^n is a normal number. */
static inline double tg__power2(double rounded)
{
    return tg__of_bits((tg__bits(rounded) << 52) + ((uint64_t)1023 << 52));
}
static inline float tg__power2f(float rounded)
{
    return tg__of_bitsf((tg__bitsf(rounded) << 23) + ((uint32_t)127 << 23));
}

/* x 2^n for |n| < 2000 (in float 250), rounded once, even where 2^n or the result is out of
 * range. */
static inline double tg__scale(double x, double n)
{
    const double half = n * 0.5 + TG__ROUND;
    return x * tg__power2(half) * tg__power2(n - (half - TG__ROUND) + TG__ROUND);
}
static inline float tg__scalef(float x, float n)
{
    const float half = n * 0.5F + TG__ROUNDF;
    return x * tg__power2f(half) * tg__power2f(n - (half - TG__ROUNDF) + TG__ROUNDF);
}

/* x without its last bits: the square of such a number, and the product of two, are exact. The
 * rest of x has as many bits, or one more. */
static inline double tg__head(double x) { return tg__of_bits(tg__bits(x) & ~(uint64_t)0x7ffffff); }
static inline float tg__headf(float x) { return tg__of_bitsf(tg__bitsf(x) & ~(uint32_t)0xfff); }

static inline double tg__root(double x) { return sqrt(x); }
static inline float tg__rootf(float x) { return sqrtf(x); }

/* The rounding error of the product [xy] of x and y (Dekker 1971). */
static inline double tg__product_error(double x, double y, double xy)
{
    const double x1 = tg__head(x), y1 = tg__head(y), x2 = x - x1, y2 = y - y1;
    return ((x1 * y1 - xy) + x1 * y2 + x2 * y1) + x2 * y2;
}

/* The rounding error of the difference [d] of x and y (Knuth). */
static inline double tg__difference_error(double x, double y, double d)
{
    const double back = d - x;
    return (x - (d - back)) - (y + back);
}

/* ---- Polynomials ------------------------------------------------------------------------- */

/* a + b z + c z^2 + ... */
#define TG__P1(z, a)       (a)
#define TG__P2(z, a, b)    ((a) + (z) * (b))
#define TG__P3(z, a, ...)  ((a) + (z)*TG__P2(z, __VA_ARGS__))
#define TG__P4(z, a, ...)  ((a) + (z)*TG__P3(z, __VA_ARGS__))
#define TG__P5(z, a, ...)  ((a) + (z)*TG__P4(z, __VA_ARGS__))
#define TG__P6(z, a, ...)  ((a) + (z)*TG__P5(z, __VA_ARGS__))
#define TG__P7(z, a, ...)  ((a) + (z)*TG__P6(z, __VA_ARGS__))
#define TG__P8(z, a, ...)  ((a) + (z)*TG__P7(z, __VA_ARGS__))
#define TG__P9(z, a, ...)  ((a) + (z)*TG__P8(z, __VA_ARGS__))
#define TG__P10(z, a, ...) ((a) + (z)*TG__P9(z, __VA_ARGS__))
#define TG__P11(z, a, ...) ((a) + (z)*TG__P10(z, __VA_ARGS__))
#define TG__P12(z, a, ...) ((a) + (z)*TG__P11(z, __VA_ARGS__))
#define TG__P13(z, a, ...) ((a) + (z)*TG__P12(z, __VA_ARGS__))
#define TG__P14(z, a, ...) ((a) + (z)*TG__P13(z, __VA_ARGS__))
#define TG__P15(z, a, ...) ((a) + (z)*TG__P14(z, __VA_ARGS__))
#define TG__P16(z, a, ...) ((a) + (z)*TG__P15(z, __VA_ARGS__))
#define TG__P17(z, a, ...) ((a) + (z)*TG__P16(z, __VA_ARGS__))
#define TG__P18(z, a, ...) ((a) + (z)*TG__P17(z, __VA_ARGS__))
#define TG__P19(z, a, ...) ((a) + (z)*TG__P18(z, __VA_ARGS__))
#define TG__P20(z, a, ...) ((a) + (z)*TG__P19(z, __VA_ARGS__))
#define TG__P21(z, a, ...) ((a) + (z)*TG__P20(z, __VA_ARGS__))
#define TG__P22(z, a, ...) ((a) + (z)*TG__P21(z, __VA_ARGS__))
#define TG__P23(z, a, ...) ((a) + (z)*TG__P22(z, __VA_ARGS__))

/* ---- The functions, once for each type ---------------------------------------------------- */

#define TG__T         double
#define TG__F(id)     tg__##id
#define TG__K(number) number
#include "kernels/math_coefficients.h"
#include "kernels/math_functions.h"
#undef TG__T
#undef TG__F
#undef TG__K

#define TG__SINGLE
#define TG__T         float
#define TG__F(id)     tg__##id##f
#define TG__K(number) number##F
#include "kernels/math_coefficients.h"
#include "kernels/math_functions.h"
#undef TG__T
#undef TG__F
#undef TG__K
#undef TG__SINGLE

#include "kernels/math_angle.h"
#include "kernels/math_power.h"

#endif
