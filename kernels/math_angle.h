/* math_angle.h: sine, cosine and tangent. An angle is n quarter turns and a remainder in [-pi/4,
 * pi/4] (or a little more). Up to TG__NEAR the remainder is computed with pi/2 in parts of 33
 * bits, whose products with n are exact. Beyond that tg__far_angle computes it with as many bits
 * of 2/pi as are needed, in integers: kernels look for such angles, which are rare, before their
 * loop. */
#ifndef TG_MATH_ANGLE_H
#define TG_MATH_ANGLE_H

#define TG__NEAR  1.6e6
#define TG__NEARF 1e5F

/* The remainder of an angle, with what its rounding lost in [low], and n in the last bits of
 * [turn]. */
typedef struct tg__angle {
    double rest, low;
    uint64_t turn;
} tg__angle;

/* For any finite x (kernels/angle.c). */
tg__angle tg__far_angle(double x);

/* For |x| <= TG__NEAR. */
static inline tg__angle tg__near_angle(double x)
{
    const double rounded = x * 0.63661977236758134 + TG__ROUND, n = rounded - TG__ROUND;
    const double a = x - n * 1.57079632673412561417e+00;
    const double part2 = n * 6.07710050630396597660e-11, b = a - part2;
    const double part3 = n * 2.02226624871116645580e-21, c = b - part3;
    const double low = tg__difference_error(a, part2, b) + tg__difference_error(b, part3, c) -
                       n * 8.47842766036889956997e-32;
    const double rest = c + low;
    return (tg__angle){ rest, (c - rest) + low, tg__bits(rounded) };
}

static inline double tg__sin_part(tg__angle x)
{
    const double r = x.rest, z = r * r;
    const double p = TG__P6(z, -0.16666666666666632, 0.008333333333322316, -0.00019841269829725216,
                            2.7557313662061498e-06, -2.505075326509487e-08, 1.589650497558633e-10);
    return r + (r * z * p + x.low);
}

static inline double tg__cos_part(tg__angle x)
{
    const double r = x.rest, z = r * r, half = 0.5 * z, y = 1 - half;
    const double p =
        TG__P6(z, 0.041666666666666602, -0.001388888888887399, 2.4801587289394903e-05,
               -2.7557314326023668e-07, 2.0875719557750742e-09, -1.1359448630693041e-11);
    return y + (((1 - y) - half) + (z * z * p - r * x.low));
}

/* The sine of the angle plus [quarters] quarter turns. */
static inline double tg__sin_of(tg__angle x, uint64_t quarters)
{
    const double s = tg__sin_part(x), c = tg__cos_part(x);
    const uint64_t turn = x.turn + quarters;
    return tg__of_bits(tg__bits((turn & 1) != 0 ? c : s) ^ (turn << 62 & ~(UINT64_MAX >> 1)));
}

static inline double tg__tan_of(tg__angle x)
{
    const double s = tg__sin_part(x), c = tg__cos_part(x);
    const bool odd = (x.turn & 1) != 0;
    return (odd ? -c : s) / (odd ? s : c);
}

static inline double tg__sin(double x)
{
    const double y = tg__sin_of(tg__near_angle(x), 0);
    return tg__magnitude(x) < 0x1p-27 ? x : y;
}
static inline double tg__cos(double x) { return tg__sin_of(tg__near_angle(x), 1); }
static inline double tg__tan(double x)
{
    const double y = tg__tan_of(tg__near_angle(x));
    return tg__magnitude(x) < 0x1p-27 ? x : y;
}

/* For floats: n is computed in float, the remainder in double, its sine and cosine in float. */
typedef struct tg__anglef {
    float rest;
    uint32_t turn;
} tg__anglef;

static inline tg__anglef tg__near_anglef(float x)
{
    const float rounded = x * 0.636619772F + TG__ROUNDF, n = rounded - TG__ROUNDF;
    const double rest = ((double)x - (double)n * 1.57079632673412561417e+00) -
                        (double)n * 6.07710050650619224932e-11;
    return (tg__anglef){ (float)rest, tg__bitsf(rounded) };
}

static inline float tg__sin_partf(float r)
{
    const float z = r * r;
    return r + r * z * TG__P3(z, -0.166666549F, 0.00833217354F, -0.000195166557F);
}

static inline float tg__cos_partf(float r)
{
    const float z = r * r;
    return 1 - (0.5F * z - z * z * TG__P3(z, 0.0416666467F, -0.00138873615F, 2.4437730e-05F));
}

static inline float tg__sin_off(tg__anglef x, uint32_t quarters)
{
    const float s = tg__sin_partf(x.rest), c = tg__cos_partf(x.rest);
    const uint32_t turn = x.turn + quarters;
    return tg__of_bitsf(tg__bitsf((turn & 1) != 0 ? c : s) ^ (turn << 30 & ~(UINT32_MAX >> 1)));
}

static inline float tg__sinf(float x)
{
    const float y = tg__sin_off(tg__near_anglef(x), 0);
    return tg__magnitudef(x) < 0x1p-12F ? x : y;
}
static inline float tg__cosf(float x) { return tg__sin_off(tg__near_anglef(x), 1); }
static inline float tg__tanf(float x)
{
    const tg__anglef angle = tg__near_anglef(x);
    const float s = tg__sin_partf(angle.rest), c = tg__cos_partf(angle.rest);
    const bool odd = (angle.turn & 1) != 0;
    const float y = (odd ? -c : s) / (odd ? s : c);
    return tg__magnitudef(x) < 0x1p-12F ? x : y;
}

/* Is x finite, and too large for tg__near_angle? */
static inline bool tg__far(double x) { return fabs(x) > TG__NEAR && fabs(x) <= DBL_MAX; }
static inline bool tg__farf(float x) { return fabsf(x) > TG__NEARF && fabsf(x) <= FLT_MAX; }

/* The three functions for any x. */
#define TG__OF_ANY_ANGLE(id, of_angle)                                                             \
    static inline double tg__##id##_any(double x) { return tg__far(x) ? of_angle : tg__##id(x); }  \
    static inline float tg__##id##_anyf(float x)                                                   \
    {                                                                                              \
        return tg__farf(x) ? (float)tg__##id##_any((double)x) : tg__##id##f(x);                    \
    }
TG__OF_ANY_ANGLE(sin, tg__sin_of(tg__far_angle(x), 0))
TG__OF_ANY_ANGLE(cos, tg__sin_of(tg__far_angle(x), 1))
TG__OF_ANY_ANGLE(tan, tg__tan_of(tg__far_angle(x)))

#endif
