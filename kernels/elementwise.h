/* elementwise.h: all that the value of an elementwise operation may name: functions of one element,
 * in this file or in those that it includes. The value is C, in a kernel's loop, and as text for
 * code that is generated (tg__map's text), which includes this file.
 *
 * All of it is inline, but for what is computed one by one in double (special.c) and the rest of
 * large angles (angle.c). */
#ifndef TG_ELEMENTWISE_H
#define TG_ELEMENTWISE_H

#include "kernels/divide.h"
#include "kernels/dtype.h"
#include "kernels/special.h"
#include "kernels/vector.h"

#ifndef M_LN2 /* strict C has none of these */
#define M_LN2      0.69314718055994530942
#define M_LOG2E    1.44269504088896340736
#define M_LOG10E   0.43429448190325182765
#define M_2_SQRTPI 1.12837916709551257390
#endif

/* An integer as the unsigned type in which its arithmetic wraps around (the U of dtype.h). */
#define TG_UNSIGNED(x) _Generic((x), int64_t : (uint64_t)(x), default : (uint32_t)(x))

/* The sigmoid of x for decay = e^-|x|, which never overflows: so a denormal result is not lost. */
static inline double tg__logistic(double decay, double x)
{
    return (x < 0 ? decay : 1) / (1 + decay);
}
static inline float tg__logisticf(float decay, float x)
{
    return (x < 0 ? decay : 1) / (1 + decay);
}

/* x in [-1, 1]: the C library's vector functions for sine and cosine are an ulp above 1 at some
 * angles. */
static inline double tg__within_one(double x) { return x > 1 ? 1 : x < -1 ? -1 : x; }
static inline float tg__within_onef(float x) { return x > 1 ? 1 : x < -1 ? -1 : x; }

/* Float to integer: what is out of range becomes the limit, and NaN 0; in C both are undefined. */
#define TG__TO_INT(from, F, dtype, to, T, U, low, high, ...)                                       \
    static inline T tg__##from##_to_##to(F x)                                                      \
    {                                                                                              \
        return x != x ? (T)0 : x <= (F)(low) ? (T)(low) : x >= (F)(high) ? (T)(high) : (T)x;       \
    }
TG_EACH_INT(TG__TO_INT, f32, float)
TG_EACH_INT(TG__TO_INT, f64, double)
#undef TG__TO_INT
/* The float x as an integer of the dtype with that name, such as i32. */
#define TG_TO_INT(to, x) _Generic((x), float : tg__f32_to_##to, default : tg__f64_to_##to)(x)

#endif
