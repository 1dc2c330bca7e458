/* kernel.h: what the loops of kernels are compiled with.
 *
 * TG_CLONES compiles a static function for several instruction sets and picks one when the
 * program starts. TG_SIMD says that the iterations of a loop are independent. Declaring the
 * C library's functions with the simd attribute lets gcc call its vector versions from such
 * loops, with NaN and infinity keeping their meaning. Where a compiler has none of this, the
 * same loops compile to scalar code. */
#ifndef TG_KERNEL_H
#define TG_KERNEL_H

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

#ifdef TG_HAVE_SIMD_MATH
#define TG_VECTOR1(id)                                                                             \
    __attribute__((simd("notinbranch"))) extern double id(double);                                 \
    __attribute__((simd("notinbranch"))) extern float id##f(float);
#define TG_VECTOR2(id)                                                                             \
    __attribute__((simd("notinbranch"))) extern double id(double, double);                         \
    __attribute__((simd("notinbranch"))) extern float id##f(float, float);
TG_VECTOR1(exp)
TG_VECTOR1(expm1)
TG_VECTOR1(log)
TG_VECTOR1(log1p)
TG_VECTOR1(sin)
TG_VECTOR1(cos)
TG_VECTOR1(tanh)
TG_VECTOR1(erf)
TG_VECTOR1(erfc)
TG_VECTOR1(exp2)
TG_VECTOR1(log2)
TG_VECTOR1(log10)
TG_VECTOR1(cbrt)
TG_VECTOR1(tan)
TG_VECTOR1(asin)
TG_VECTOR1(acos)
TG_VECTOR1(atan)
TG_VECTOR1(sinh)
TG_VECTOR1(cosh)
TG_VECTOR1(asinh)
TG_VECTOR1(acosh)
TG_VECTOR1(atanh)
TG_VECTOR2(pow)
TG_VECTOR2(atan2)
TG_VECTOR2(hypot)
#endif

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

/* The function of the operand's precision. */
#define TG_MATH1(id, x)    _Generic((x), float : id##f, default : id)(x)
#define TG_MATH2(id, x, y) _Generic((x), float : id##f, default : id)(x, y)

/* e^x, with -infinity kept from the vector functions, which compute it ten times as slowly, one
 * element after the other: behind a mask, softmax is full of it. By bits, because a compiler
 * makes a condition of a conditional expression, and calls the function with it after all. */
static inline double tg__power(double x)
{
    const int64_t finite = -(int64_t)(x != -(double)INFINITY);
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= finite;
    memcpy(&x, &bits, sizeof x);
    x = exp(x);
    memcpy(&bits, &x, sizeof bits);
    bits &= finite;
    memcpy(&x, &bits, sizeof x);
    return x;
}
static inline float tg__powerf(float x)
{
    const int32_t finite = -(int32_t)(x != -INFINITY);
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= finite;
    memcpy(&x, &bits, sizeof x);
    x = expf(x);
    memcpy(&bits, &x, sizeof bits);
    bits &= finite;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif
