/* vector.h: what the loops of kernels are compiled with, and the functions they call.
 *
 * TG_CLONES compiles a static function for several instruction sets; which of them is used is
 * decided when the program starts. TG_SIMD says that the iterations of a loop are independent. The
 * functions that kernels call are our own (kernels/math.h). Those of TG_VECTOR_FUNCTIONS are the C
 * library's where it has them as vector functions and the compiler calls these from all copies of a
 * loop (the build finds out): they are faster by more than a tenth, because they use fma and
 * tables. */
#ifndef TG_VECTOR_H
#define TG_VECTOR_H

#include "kernels/math.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(TG_HAVE_TARGET_CLONES) && !defined(__SANITIZE_THREAD__)
#define TG_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TG_CLONES
#endif

#define TG_SIMD _Pragma("omp simd")

/* For what a function of TG_CLONES calls for each of many short rows. */
#define TG_INLINE static inline __attribute__((always_inline))

/* ---- Functions ---------------------------------------------------------------------------- */

/* The functions tg__vector_ID, for double, and tg__vector_IDf, for float, each in the place of the
 * C library's ID: ONE(id, own) has one operand, TWO(id, own) two, and so has POWER(id, own), which
 * needs a correction; own is our function, which is there for every compiler and every C library.
 * The build looks for those of the C library by this list (tests/probes/simd_math.c). */
/* clang-format off */
#define TG_VECTOR_FUNCTIONS(ONE, TWO, POWER)                                                        \
    ONE(exp, exp)                                                                                   \
    ONE(exp2, exp2)                                                                                 \
    ONE(expm1, expm1)                                                                               \
    ONE(sinh, sinh)                                                                                 \
    ONE(log, log)                                                                                   \
    ONE(log2, log2)                                                                                 \
    ONE(log10, log10)                                                                               \
    ONE(log1p, log1p)                                                                               \
    ONE(atan, atan)                                                                                 \
    ONE(erf, erf)                                                                                   \
    ONE(erfc, erfc)                                                                                 \
    ONE(sin, sin_any)                                                                               \
    ONE(cos, cos_any)                                                                               \
    ONE(tan, tan_any)                                                                               \
    TWO(atan2, atan2)                                                                               \
    POWER(pow, pow)
/* clang-format on */

/* Declared with the simd attribute, a function is called in vectors, where NaN and infinity keep
 * their meaning. */
#ifdef TG_HAVE_SIMD_MATH
#define TG_VECTOR1(id, own)                                                                        \
    __attribute__((simd("notinbranch"))) extern double id(double);                                 \
    __attribute__((simd("notinbranch"))) extern float id##f(float);                                \
    static inline double tg__vector_##id(double x) { return id(x); }                               \
    static inline float tg__vector_##id##f(float x) { return id##f(x); }
#define TG_VECTOR2(id, own)                                                                        \
    __attribute__((simd("notinbranch"))) extern double id(double, double);                         \
    __attribute__((simd("notinbranch"))) extern float id##f(float, float);                         \
    static inline double tg__vector_##id(double a, double b) { return id(a, b); }                  \
    static inline float tg__vector_##id##f(float a, float b) { return id##f(a, b); }
/* The vector functions for SSE do not know that a^0 is 1 even where a is NaN. */
#define TG_VECTOR_POWER(id, own)                                                                   \
    __attribute__((simd("notinbranch"))) extern double id(double, double);                         \
    __attribute__((simd("notinbranch"))) extern float id##f(float, float);                         \
    static inline double tg__vector_##id(double a, double b)                                       \
    {                                                                                              \
        return tg__choose(tg__where(b == 0), 1, id(a, b));                                         \
    }                                                                                              \
    static inline float tg__vector_##id##f(float a, float b)                                       \
    {                                                                                              \
        return tg__choosef(tg__wheref(b == 0), 1, id##f(a, b));                                    \
    }
#else
#define TG_VECTOR1(id, own)                                                                        \
    static inline double tg__vector_##id(double x) { return tg__##own(x); }                        \
    static inline float tg__vector_##id##f(float x) { return tg__##own##f(x); }
#define TG_VECTOR2(id, own)                                                                        \
    static inline double tg__vector_##id(double a, double b) { return tg__##own(a, b); }           \
    static inline float tg__vector_##id##f(float a, float b) { return tg__##own##f(a, b); }
#define TG_VECTOR_POWER TG_VECTOR2
#endif
TG_VECTOR_FUNCTIONS(TG_VECTOR1, TG_VECTOR2, TG_VECTOR_POWER)

#ifdef TG_HAVE_SIMD_MATH
/* e^x, where -infinity is not handed to the vector functions, which are ten times as slow for it,
 * one element after the other; a softmax with a mask is full of it. It is replaced by operations on
 * bits: of a conditional expression the compiler would make one that calls the function all the
 * same. */
static inline double tg__power(double x)
{
    const uint64_t finite = tg__where(x != -(double)INFINITY);
    return tg__of_bits(tg__bits(exp(tg__of_bits(tg__bits(x) & finite))) & finite);
}
static inline float tg__powerf(float x)
{
    const uint32_t finite = tg__wheref(x != -INFINITY);
    return tg__of_bitsf(tg__bitsf(expf(tg__of_bitsf(tg__bitsf(x) & finite))) & finite);
}
#else
static inline double tg__power(double x) { return tg__exp(x); }
static inline float tg__powerf(float x) { return tg__expf(x); }
#endif

/* The function of the operand's precision. */
#define TG_MATH1(id, x)    _Generic((x), float : id##f, default : id)(x)
#define TG_MATH2(id, x, y) _Generic((x), float : id##f, default : id)(x, y)

#endif
