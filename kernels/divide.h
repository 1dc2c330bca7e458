/* divide.h: division that rounds down, and its remainder, of every dtype. Of integers a divisor
 * of 0 gives 0 here (divide.c makes it an error of the run before it comes to that), and the
 * smallest one divided by -1 wraps around. */
#ifndef TG_DIVIDE_H
#define TG_DIVIDE_H

#include <math.h>
#include <stdint.h>

#define TG_INT_DIVISION(type, T, U)                                                                \
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
TG_INT_DIVISION(i32, int32_t, uint32_t)
TG_INT_DIVISION(i64, int64_t, uint64_t)

static inline uint8_t tg__remainder_u8(uint8_t a, uint8_t b) { return (uint8_t)(b ? a % b : 0); }
static inline uint8_t tg__floor_div_u8(uint8_t a, uint8_t b) { return (uint8_t)(b ? a / b : 0); }

/* fmod is exact; a remainder of 0 has b's sign. The quotient is that of what is divisible, and a 0
 * has the sign of a / b. As in Python. */
#define TG_FLOAT_DIVISION(type, T, suffix)                                                         \
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
TG_FLOAT_DIVISION(f32, float, f)
TG_FLOAT_DIVISION(f64, double, )

/* The function of the operand's type. */
#define TG_DIVIDED(id, a, b)                                                                       \
    _Generic((a), float                                                                            \
             : tg__##id##_f32, double                                                              \
             : tg__##id##_f64, int32_t                                                             \
             : tg__##id##_i32, int64_t                                                             \
             : tg__##id##_i64, uint8_t                                                             \
             : tg__##id##_u8)(a, b)

#endif
