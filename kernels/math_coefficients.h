/* math_coefficients.h: the constants of math_functions.h: for float if TG__SINGLE is defined,
 * else for double. It has no guard, because it is included for each. */
#undef TG__BITS
#undef TG__MANTISSA
#undef TG__BIAS
#undef TG__MAGNITUDE
#undef TG__ONE
#undef TG__SQRT_HALF
#undef TG__ROUND_T
#undef TG__LAST
#undef TG__LEAST
#undef TG__RAISE
#undef TG__RAISED
#undef TG__TINY
#undef TG__LARGE
#undef TG__HUGE
#undef TG__EXP_RANGE
#undef TG__EXP_TOP
#undef TG__LN2
#undef TG__LOG2E
#undef TG__LN2_HIGH
#undef TG__LN2_LOW
#undef TG__LOG10E
#undef TG__TAIL_C
#undef TG__DOWN
#undef TG__LEVEL
#undef TG__TAIL_TOP
#undef TG__ERF_TOP
#undef TG__NORMAL_TOP
#undef TG__NORMAL
#undef TG__SQRT_HALF_T
#undef TG__HALF_PI
#undef TG__HALF_PI_LOW
#undef TG__LOG10_2_HIGH
#undef TG__LOG10_2_LOW
#undef TG__EXP
#undef TG__LOG
#undef TG__ASIN
#undef TG__ATAN
#undef TG__ERF
#undef TG__TAIL
#undef TG__LOG_ERFC
#undef TG__CBRT

#ifdef TG__SINGLE

#define TG__BITS         uint32_t
#define TG__MANTISSA     23
#define TG__BIAS         127
#define TG__MAGNITUDE    (uint32_t)0x7fffffff
#define TG__ONE          ((uint32_t)127 << 23)
#define TG__SQRT_HALF    (uint32_t)0x3f3504f3
#define TG__ROUND_T      TG__ROUNDF
#define TG__LAST         0x1p23F
#define TG__LEAST        FLT_MIN
#define TG__RAISE        0x1p24F
#define TG__RAISED       24
#define TG__TINY         0x1p-25F
#define TG__LARGE        0x1p13F
#define TG__HUGE         0x1p120F
#define TG__EXP_RANGE    160
#define TG__EXP_TOP      89
#define TG__LN2          0.693147182F
#define TG__LOG2E        1.44269502F
#define TG__LN2_HIGH     0.693359375F
#define TG__LN2_LOW      -2.12194440e-4F
#define TG__LOG10E       0.434294492F
#define TG__TAIL_C       2.5F
#define TG__DOWN         64
#define TG__LEVEL        0x1p-64F
#define TG__TAIL_TOP     10.5F
#define TG__ERF_TOP      3.95F
#define TG__NORMAL_TOP   14.6F
#define TG__NORMAL       0.398942292F
#define TG__SQRT_HALF_T  0.707106769F
#define TG__HALF_PI      1.57079637F
#define TG__HALF_PI_LOW  -4.37113901e-08F
#define TG__LOG10_2_HIGH 0.301029205F
#define TG__LOG10_2_LOW  7.90341226e-07F

#define TG__EXP(r)                                                                                 \
    (TG__P3((r) * (r), 0.499999934F, 0.0416683908F, 0.00138145401F) +                              \
     (r)*TG__P2((r) * (r), 0.166665204F, 0.00836874511F))
#define TG__LOG(z) TG__P3(z, 0.666667771F, 0.399774435F, 0.298745959F)
#define TG__ASIN(z)                                                                                \
    (TG__P3((z) * (z), 0.166667539F, 0.0454770974F, 0.042218556F) +                                \
     (z)*TG__P2((z) * (z), 0.0749524178F, 0.0241476079F))
#define TG__ATAN(z)                                                                                \
    (TG__P3((z) * (z), -0.333333154F, -0.142437388F, -0.0608115651F) +                             \
     (z)*TG__P2((z) * (z), 0.19998484F, 0.1059514F))
#define TG__ERF(z)                                                                                 \
    (TG__P4((z) * (z), 1.12837917F, 0.112835851F, 0.00518832766F, 7.85386078e-05F) +               \
     (z)*TG__P3((z) * (z), -0.376126258F, -0.0268538119F, -0.000801019345F))
#define TG__TAIL(t)                                                                                \
    (TG__P5((t) * (t), 0.711471473F, 0.0448807088F, -0.0365200322F, -0.000487935393F,              \
            0.000255642278F) +                                                                     \
     (t)*TG__P5((t) * (t), -0.200579659F, 0.0319276781F, 0.0148801561F, -0.00184286707F,           \
                0.000214555997F))
#define TG__LOG_ERFC(x)                                                                            \
    (TG__P4((x) * (x), 0.000177497285F, 0.637059774F, -0.0222770769F, -0.000197181421F) +          \
     (x)*TG__P3((x) * (x), 1.12774955F, 0.10403734F, 0.0030556048F))
#define TG__CBRT(m)                                                                                \
    (TG__P3((m) * (m), 1.68539856F, 0.546828823F, 0.011798871F) +                                  \
     (m)*TG__P2((m) * (m), -1.11083155F, -0.13089775F))

#else

#define TG__BITS         uint64_t
#define TG__MANTISSA     52
#define TG__BIAS         1023
#define TG__MAGNITUDE    (uint64_t)0x7fffffffffffffff
#define TG__ONE          ((uint64_t)1023 << 52)
#define TG__SQRT_HALF    (uint64_t)0x3fe6a09e667f3bcd
#define TG__ROUND_T      TG__ROUND
#define TG__LAST         0x1p52
#define TG__LEAST        DBL_MIN
#define TG__RAISE        0x1p54
#define TG__RAISED       54
#define TG__TINY         0x1p-54
#define TG__LARGE        0x1p28
#define TG__HUGE         0x1p1000
#define TG__EXP_RANGE    1100
#define TG__EXP_TOP      710
#define TG__LN2          0.69314718055994531
#define TG__LOG2E        1.4426950408889634
#define TG__LN2_HIGH     6.93147180369123816490e-01
#define TG__LN2_LOW      1.90821492927058770002e-10
#define TG__LOG10E       0.43429448190325182
#define TG__TAIL_C       4
#define TG__DOWN         200
#define TG__LEVEL        0x1p-200
#define TG__TAIL_TOP     28
#define TG__ERF_TOP      5.95
#define TG__NORMAL_TOP   39.5
#define TG__NORMAL       0.3989422804014327
#define TG__SQRT_HALF_T  0.70710678118654752
#define TG__HALF_PI      1.5707963267948966
#define TG__HALF_PI_LOW  6.123233995736766e-17
#define TG__LOG10_2_HIGH 3.01029995663611771306e-01
#define TG__LOG10_2_LOW  3.69423907715893078616e-13

#define TG__EXP(r)                                                                                 \
    (TG__P5((r) * (r), 0.50000000000000111, 0.041666666666529732, 0.0013888888943759893,           \
            2.480149294966501e-05, 2.7630306247906177e-07) +                                       \
     (r)*TG__P5((r) * (r), 0.1666666666666641, 0.00833333333349498, 0.00019841269505766043,        \
                2.7557586811281704e-06, 2.5000016378012442e-08))
#define TG__LOG(z)                                                                                 \
    (TG__P4((z) * (z), 0.66666666666667351, 0.28571428744257582, 0.18183575881008343,              \
            0.14799271207507478) +                                                                 \
     (z)*TG__P3((z) * (z), 0.3999999999940701, 0.22222198365602405, 0.15313736330223224))
#define TG__ASIN(z)                                                                                \
    (TG__P6((z) * (z), 0.16666666666665383, 0.044642856823474963, 0.022371753519602963,            \
            0.013884598367945354, 0.0065108566728582827, -0.016294046455763923) +                  \
     (z)*TG__P6((z) * (z), 0.075000000003430545, 0.030381959331488333, 0.017359771136915465,       \
                0.012173279118283684, 0.019573892285574362, 0.031958944303896009))
#define TG__ATAN(z)                                                                                \
    (TG__P6((z) * (z), -0.33333333333333198, -0.14285714280203959, -0.090908977669799412,          \
            -0.066631054382916027, -0.050393303773308723, -0.017907334117183663) +                 \
     (z)*TG__P5((z) * (z), 0.19999999999953663, 0.11111110783811021, 0.076920603601148205,         \
                0.058478972788479508, 0.038064944836534893))
#define TG__ERF(z)                                                                                 \
    (TG__P6((z) * (z), 1.1283791670955126, 0.11283791670944185, 0.0052239776061184257,             \
            0.00012055293576816176, 1.6447131549126468e-06, 1.3710979620459612e-08) +              \
     (z)*TG__P6((z) * (z), -0.37612638903183521, -0.026866170643111462, -0.00085483259293118931,   \
                -1.4924712300290189e-05, -1.6206313583190552e-07, -7.7794670093093581e-10))
#define TG__TAIL(t)                                                                                \
    ((TG__P6(((t) * (t)) * ((t) * (t)), 0.66787235592217431, -0.0096583414932958338,               \
             -0.0065762681052042608, 6.6854078461019712e-05, 4.8129695264816593e-08,               \
             -5.4205450134742096e-09) +                                                            \
      (t)*TG__P6(((t) * (t)) * ((t) * (t)), -0.16696107670534585, 0.02320098663349511,             \
                 0.0022163123569935265, -1.2913903901749814e-05, -3.7526910262562105e-07,          \
                 -4.1773725160534974e-09)) +                                                       \
     (t) * (t) *                                                                                   \
         (TG__P5(((t) * (t)) * ((t) * (t)), 0.089709705645654336, -0.021428036717377384,           \
                 -0.00038704771585572876, -4.5114350956942058e-06, 3.8897982916862187e-08) +       \
          (t)*TG__P5(((t) * (t)) * ((t) * (t)), -0.027548154134119776, 0.013767278017719499,       \
                     -7.0009353542418038e-05, 2.701824129063687e-06, 4.6497641630966494e-08)))
#define TG__LOG_ERFC(x)                                                                            \
    ((TG__P5(((x) * (x)) * ((x) * (x)), 1.1755223554063796e-06, -0.018852708815557572,             \
             0.00022992985394128059, -8.6896390298356205e-07, -6.3766267658405679e-11) +           \
      (x)*TG__P5(((x) * (x)) * ((x) * (x)), 1.128367764634453, -0.0005971171663571881,             \
                 -2.6248324522353289e-05, 1.4941440342964539e-07, 1.3641047608160684e-12)) +       \
     (x) * (x) *                                                                                   \
         (TG__P4(((x) * (x)) * ((x) * (x)), 0.63667122096397188, 0.0021076035367630142,            \
                 -4.8691089886774363e-06, -1.7502614598435237e-08) +                               \
          (x)*TG__P4(((x) * (x)) * ((x) * (x)), 0.10262928249768589, -0.000923031251119604,        \
                     3.2433435655951257e-06, 1.3615741227625248e-09)))
#define TG__CBRT(m)                                                                                \
    (TG__P3((m) * (m), 1.7952588660210214, 1.0272171831390646, 0.074506489317169036) +             \
     (m)*TG__P3((m) * (m), -1.5035182139924046, -0.38917265280734986, -0.0056203156043349934))

#endif
