/* divide.h: division that rounds down, and its remainder, of every dtype. Of integers a divisor of
 * 0 gives 0 here (ops/divide.c makes it an error of the run before), and the smallest one divided
 * by -1 wraps around. */
#ifndef TG_DIVIDE_H
#define TG_DIVIDE_H

#include "kernels/dtype.h"

#include <math.h>
#include <stdint.h>

#define TG__SIGNED_DIVISION(id, dtype, type, T, U, ...)                                            \
    static inline T tg__remainder_##type(T a, T b)                                                 \
    {                                                                                              \
        if (b == 0 || b == (T)-1) return 0;                                                        \
        const T left = (T)(a % b);                                                                 \
        return left != 0 && (left > 0) != (b > 0) ? (T)(left + b) : left;                          \
    }                                                                                              \
    static inline T tg__floor_div_##type(T a, T b)                                                 \
    {                                                                                              \
        if (b == 0) return 0;                                                                      \
        if (b == (T)-1) return (T)((U)0 - (U)a);                                                   \
        const T left = (T)(a % b), whole = (T)(a / b);                                             \
        return left != 0 && (left > 0) != (b > 0) ? (T)(whole - 1) : whole;                        \
    }
TG_EACH_SIGNED(TG__SIGNED_DIVISION, divide)

#define TG__UNSIGNED_DIVISION(id, dtype, type, T, ...)                                             \
    static inline T tg__remainder_##type(T a, T b) { return (T)(b ? a % b : 0); }                  \
    static inline T tg__floor_div_##type(T a, T b) { return (T)(b ? a / b : 0); }
TG_EACH_UNSIGNED(TG__UNSIGNED_DIVISION, divide)

/* As in Python. fmod is exact, and a remainder of 0 has the sign of b. The quotient is that of a
 * minus the remainder; a quotient of 0 has the sign of a / b. */
#define TG__FLOAT_DIVISION(type, T, suffix)                                                        \
    static inline T tg__remainder_##type(T a, T b)                                                 \
    {                                                                                              \
        const T left = fmod##suffix(a, b);                                                         \
        if (left == 0) return copysign##suffix(left, b);                                           \
        return (left < 0) != (b < 0) ? left + b : left;                                            \
    }                                                                                              \
    static inline T tg__floor_div_##type(T a, T b)                                                 \
    {                                                                                              \
        if (b == 0) return a / b;                                                                  \
        const T left = fmod##suffix(a, b);                                                         \
        T whole = rint##suffix((a - left) / b);                                                    \
        if (left != 0 && (left < 0) != (b < 0)) whole -= 1;                                        \
        return whole == 0 ? copysign##suffix(whole, a / b) : whole;                                \
    }
TG__FLOAT_DIVISION(f32, float, f)
TG__FLOAT_DIVISION(f64, double, )

/* The function of the operand's type. */
#define TG__DIVIDED(id, dtype, type, T, ...) , T : tg__##id##_##type
#define TG_DIVIDED(id, a, b)                 _Generic((a)TG_EACH_NUMBER(TG__DIVIDED, id))(a, b)

#endif
