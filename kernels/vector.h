/* kernel.h: what the loops of kernels are compiled with.
 *
 * TG_CLONES compiles a static function for several instruction sets and picks one when the
 * program starts. TG_SIMD says that the iterations of a loop are independent. The functions that
 * kernels call are our own (kernels/math.h); or, for those that are named below, the C library's
 * vectors, where the compiler calls them from all copies of a loop and the library has them all
 * (the build finds out): they are faster by more than a tenth, because they use fma and
 * tables. */
#ifndef TG_KERNEL_H
#define TG_KERNEL_H

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

/* Declared with the simd attribute, a function is called in vectors, where NaN and infinity keep
 * their meaning. */
#ifdef TG_HAVE_SIMD_MATH
#define TG_VECTOR1(id, own)                                                                        \
    __attribute__((simd("notinbranch"))) extern double id(double);                                 \
    __attribute__((simd("notinbranch"))) extern float id##f(float);                                \
    static inline double tg__vector_##id(double x) { return id(x); }                               \
    static inline float tg__vector_##id##f(float x) { return id##f(x); }
#define TG_VECTOR2(id)                                                                             \
    __attribute__((simd("notinbranch"))) extern double id(double, double);                         \
    __attribute__((simd("notinbranch"))) extern float id##f(float, float);                         \
    static inline double tg__vector_##id(double a, double b) { return id(a, b); }                  \
    static inline float tg__vector_##id##f(float a, float b) { return id##f(a, b); }
#else
#define TG_VECTOR1(id, own)                                                                        \
    static inline double tg__vector_##id(double x) { return tg__##own(x); }                        \
    static inline float tg__vector_##id##f(float x) { return tg__##own##f(x); }
#define TG_VECTOR2(id)                                                                             \
    static inline double tg__vector_##id(double a, double b) { return tg__##id(a, b); }            \
    static inline float tg__vector_##id##f(float a, float b) { return tg__##id##f(a, b); }
#endif
TG_VECTOR1(exp, exp)
TG_VECTOR1(exp2, exp2)
TG_VECTOR1(expm1, expm1)
TG_VECTOR1(sinh, sinh)
TG_VECTOR1(log, log)
TG_VECTOR1(log2, log2)
TG_VECTOR1(log10, log10)
TG_VECTOR1(log1p, log1p)
TG_VECTOR1(atan, atan)
TG_VECTOR1(erf, erf)
TG_VECTOR1(erfc, erfc)
TG_VECTOR1(sin, sin_any)
TG_VECTOR1(cos, cos_any)
TG_VECTOR1(tan, tan_any)
TG_VECTOR2(atan2)

#ifdef TG_HAVE_SIMD_MATH
/* e^x, with -infinity kept from the vector functions, which compute it ten times as slowly, one
 * element after the other: behind a mask, softmax is full of it. By bits, because a compiler
 * makes a condition of a conditional expression, and calls the function with it after all. */
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
/* a^b, with the 1 of b = 0, which vectors for SSE do not know beside a NaN. */
__attribute__((simd("notinbranch"))) extern double pow(double, double);
__attribute__((simd("notinbranch"))) extern float powf(float, float);
static inline double tg__vector_pow(double a, double b)
{
    return tg__choose(tg__where(b == 0), 1, pow(a, b));
}
static inline float tg__vector_powf(float a, float b)
{
    return tg__choosef(tg__wheref(b == 0), 1, powf(a, b));
}
#else
static inline double tg__power(double x) { return tg__exp(x); }
static inline float tg__powerf(float x) { return tg__expf(x); }
static inline double tg__vector_pow(double a, double b) { return tg__pow(a, b); }
static inline float tg__vector_powf(float a, float b) { return tg__powf(a, b); }
#endif

/* The function of the operand's precision. */
#define TG_MATH1(id, x)    _Generic((x), float : id##f, default : id)(x)
#define TG_MATH2(id, x, y) _Generic((x), float : id##f, default : id)(x, y)

/* ---- Loops -------------------------------------------------------------------------------- */

/* A loop over two operands: [value] of a and b of type T, for each way they may come. */
#define TG_LOOP2(name, In, Out, A, B, value)                                                       \
    TG_CLONES static void name(size_t n, void *out, const void *const in[])                        \
    {                                                                                              \
        typedef In T;                                                                              \
        Out *o = out;                                                                              \
        const T *p = in[0], *q = in[1];                                                            \
        const T p0 = p[0], q0 = q[0];                                                              \
        (void)p0, (void)q0;                                                                        \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) {                                                           \
            const T a = A, b = B;                                                                  \
            o[i] = (Out)(value);                                                                   \
        }                                                                                          \
    }
#define TG_LOOPS2(id, type, In, Out, value)                                                        \
    TG_LOOP2(id##_##type##_vv, In, Out, p[i], q[i], value)                                         \
    TG_LOOP2(id##_##type##_vs, In, Out, p[i], q0, value)                                           \
    TG_LOOP2(id##_##type##_sv, In, Out, p0, q[i], value)
#define TG_WAYS2(id, type)                                                                         \
    {                                                                                              \
        id##_##type##_vv, id##_##type##_vs, id##_##type##_sv                                       \
    }

#endif
