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
#include <stdint.h>

#if defined(TG_HAVE_TARGET_CLONES) && !defined(__SANITIZE_THREAD__)
#define TG_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TG_CLONES
#endif

#define TG_SIMD _Pragma("omp simd")

#ifdef TG_HAVE_SIMD_MATH
#define TG_VECTOR1(id)                                                       \
    __attribute__((simd("notinbranch"))) extern double id(double);            \
    __attribute__((simd("notinbranch"))) extern float id##f(float);
#define TG_VECTOR2(id)                                                       \
    __attribute__((simd("notinbranch"))) extern double id(double, double);    \
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
TG_VECTOR2(pow)
#endif

/* The function of the operand's precision. */
#define TG_MATH1(id, x) _Generic((x), float: id##f, default: id)(x)
#define TG_MATH2(id, x, y) _Generic((x), float: id##f, default: id)(x, y)

#endif
