/* test_math.c: the functions of kernels/math.h: their errors against the C library in more digits,
 * over all floats (some of them, in the usual tests) and over doubles of all sizes; special values;
 * limits that no result may pass; and the same bits from vectors of every instruction set that
 * this machine has. */
#include "tests/support/suite.h"
#include "kernels/vector.h"

#include "tests/support/normal.h"
#include "tests/support/random.h"

#include <stdio.h>
#include <stdlib.h>

#define ONES(DO)                                                                                   \
    DO(exp)                                                                                        \
    DO(exp2)                                                                                       \
    DO(expm1)                                                                                      \
    DO(tanh)                                                                                       \
    DO(sinh)                                                                                       \
    DO(cosh)                                                                                       \
    DO(log)                                                                                        \
    DO(log2) DO(log10) DO(log1p) DO(asinh) DO(acosh) DO(atanh) DO(asin) DO(acos) DO(atan) DO(sin)  \
        DO(cos) DO(tan) DO(erf) DO(erfc) DO(normal_pdf) DO(gelu) DO(gelu_slope) DO(cbrt)           \
            DO(sin_any) DO(cos_any) DO(tan_any)
#define TWOS(DO) DO(pow) DO(atan2) DO(hypot)

/* ---- Loops, for each instruction set ------------------------------------------------------ */

#define LOOPS(id, set, attribute)                                                                  \
    attribute static void id##_f32_##set(size_t n, const float *x, const float *unused, float *y)  \
    {                                                                                              \
        (void)unused;                                                                              \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) y[i] = tg__##id##f(x[i]);                                   \
    }                                                                                              \
    attribute static void id##_f64_##set(size_t n, const double *x, const double *unused,          \
                                         double *y)                                                \
    {                                                                                              \
        (void)unused;                                                                              \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) y[i] = tg__##id(x[i]);                                      \
    }
#define LOOPS2(id, set, attribute)                                                                 \
    attribute static void id##_f32_##set(size_t n, const float *x, const float *z, float *y)       \
    {                                                                                              \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) y[i] = tg__##id##f(x[i], z[i]);                             \
    }                                                                                              \
    attribute static void id##_f64_##set(size_t n, const double *x, const double *z, double *y)    \
    {                                                                                              \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) y[i] = tg__##id(x[i], z[i]);                                \
    }
/* Those of the list of vector.h are called vector_ID. */
#define BASELINE(id)              LOOPS(id, baseline, )
#define BASELINE2(id)             LOOPS2(id, baseline, )
#define VECTOR_BASELINE(id, own)  BASELINE(vector_##id)
#define VECTOR_BASELINE2(id, own) BASELINE2(vector_##id)
ONES(BASELINE)
TWOS(BASELINE2)
TG_VECTOR_FUNCTIONS(VECTOR_BASELINE, VECTOR_BASELINE2, VECTOR_BASELINE2)
#if defined(__x86_64__) && defined(__GNUC__)
#define AVX2(id)   LOOPS(id, avx2, __attribute__((target("avx2,fma"))))
#define AVX2_2(id) LOOPS2(id, avx2, __attribute__((target("avx2,fma"))))
#define AVX512(id)                                                                                 \
    LOOPS(id, avx512, __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))))
#define AVX512_2(id)                                                                               \
    LOOPS2(id, avx512, __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))))
#define VECTOR_AVX2(id, own)     AVX2(vector_##id)
#define VECTOR_AVX2_2(id, own)   AVX2_2(vector_##id)
#define VECTOR_AVX512(id, own)   AVX512(vector_##id)
#define VECTOR_AVX512_2(id, own) AVX512_2(vector_##id)
ONES(AVX2)
TWOS(AVX2_2)
ONES(AVX512)
TWOS(AVX512_2)
TG_VECTOR_FUNCTIONS(VECTOR_AVX2, VECTOR_AVX2_2, VECTOR_AVX2_2)
TG_VECTOR_FUNCTIONS(VECTOR_AVX512, VECTOR_AVX512_2, VECTOR_AVX512_2)
#define SETS(id)                                                                                   \
    { id##_f32_baseline, id##_f32_avx2, id##_f32_avx512 },                                         \
    {                                                                                              \
        id##_f64_baseline, id##_f64_avx2, id##_f64_avx512                                          \
    }
static bool has_set(int set)
{
    return set == 0 || (set == 1 && __builtin_cpu_supports("avx2")) ||
           (set == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"));
}
#else
#define SETS(id)                                                                                   \
    { id##_f32_baseline }, { id##_f64_baseline }
static bool has_set(int set) { return set == 0; }
#endif

/* ---- What the results should be ------------------------------------------------------------ */

enum { SET_COUNT = 3 };

/* What the bits of results are, summed (every_compiler_gives_the_same_bits). */
static const uint64_t SUM_OF_BITS = 0x8ee157bc56a3fe96;

typedef long double wide;

#define exact_exp     expl
#define exact_exp2    exp2l
#define exact_expm1   expm1l
#define exact_tanh    tanhl
#define exact_sinh    sinhl
#define exact_cosh    coshl
#define exact_log     logl
#define exact_log2    log2l
#define exact_log10   log10l
#define exact_log1p   log1pl
#define exact_asinh   asinhl
#define exact_acosh   acoshl
#define exact_atanh   atanhl
#define exact_asin    asinl
#define exact_acos    acosl
#define exact_atan    atanl
#define exact_sin     sinl
#define exact_cos     cosl
#define exact_tan     tanl
#define exact_sin_any sinl
#define exact_cos_any cosl
#define exact_tan_any tanl
#define exact_erf     erfl
#define exact_erfc    erfcl
#define exact_cbrt    cbrtl
#define exact_pow     powl
#define exact_atan2   atan2l
#define exact_hypot   hypotl

typedef struct function {
    const char *name;
    wide (*exact)(wide x);
    wide (*exact2)(wide x, wide y);
    void (*f32[3])(size_t n, const float *x, const float *z, float *y);
    void (*f64[3])(size_t n, const double *x, const double *z, double *y);
} function;
static const function functions[] = {
#define ONE(id)             { #id, exact_##id, NULL, SETS(id) },
#define TWO(id)             { #id, NULL, exact_##id, SETS(id) },
#define VECTOR_ONE(id, own) { "vector_" #id, exact_##id, NULL, SETS(vector_##id) },
#define VECTOR_TWO(id, own) { "vector_" #id, NULL, exact_##id, SETS(vector_##id) },
    ONES(ONE) TWOS(TWO) TG_VECTOR_FUNCTIONS(VECTOR_ONE, VECTOR_TWO, VECTOR_TWO)
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* The loops of sine, cosine and tangent take angles up to these. */
static bool out_of_range(const function *f, double x, double most)
{
    return (strcmp(f->name, "sin") == 0 || strcmp(f->name, "cos") == 0 ||
            strcmp(f->name, "tan") == 0) &&
           fabs(x) > most && isfinite(x);
}

/* ---- Errors -------------------------------------------------------------------------------- */

static wide call(const function *f, double x, double z)
{
    return f->exact ? f->exact((wide)x) : f->exact2((wide)x, (wide)z);
}

/* The slope of gelu is 0 where two numbers cancel: their units count. */
static wide size_of(const function *f, double x, wide want)
{
    return f->exact == exact_gelu_slope ? fmaxl(fabsl(want), gelu_slope_term((wide)x)) : want;
}

/* The error of [got] in units of the last of [digits] bits of a number like [size], of numbers with
 * exponents from [least]: infinite where NaN, a zero's sign or an infinity is wrong. An infinity
 * is what comes after the largest number. */
static double error_of(double got, wide want, wide size, int digits, int least, int most)
{
    if (isnan(got) || isnan(want)) return isnan(got) && isnan(want) ? 0 : (double)INFINITY;
    if ((got == 0 || want == 0) && !signbit(got) != !signbit(want)) return (double)INFINITY;
    if (isinf(want)) return (wide)got == want ? 0 : (double)INFINITY;
    const wide near = isinf(got) ? copysignl(ldexpl(1, most), got) : (wide)got;
    int exponent = 0;
    (void)frexpl(size, &exponent);
    if (exponent < least || size == 0) exponent = least;
    if (exponent > most) exponent = most; /* beyond the largest: it should be infinite */
    if (isinf(got) && fabsl(want) >= ldexpl(1, most)) return 0;
    return (double)(fabsl(near - want) / ldexpl(1, exponent - digits));
}
static double error_f32(float got, wide want, wide size)
{
    return error_of((double)got, want, size, FLT_MANT_DIG, FLT_MIN_EXP, FLT_MAX_EXP);
}
static double error_f64(double got, wide want, wide size)
{
    return error_of(got, want, size, DBL_MANT_DIG, DBL_MIN_EXP, DBL_MAX_EXP);
}

typedef struct worst {
    double error, x, z;
} worst;

static void keep_worst(worst *w, double error, double x, double z)
{
    if (!(error <= w->error)) *w = (worst){ error, x, z };
}

enum { RUN = 1024 };

/* The distance of the floats that are tried: 32768, or with a TG_TEST_SCALE of 32768 one. */
static uint64_t float_step(void)
{
    const uint64_t step = ((uint64_t)1 << 17) / (uint64_t)scaled(4);
    return step > 0 ? step : 1;
}

/* Every [step]th of all floats, from a place that the function's position chooses. */
static worst worst_f32(const function *f, int set, uint64_t step)
{
    worst w = { -1, 0, 0 };
    rng random = rng_of(32, (uint64_t)(f - functions));
    for (uint64_t next = rng_next(&random) % step; next <= UINT32_MAX;) {
        float x[RUN] = { 0 }, z[RUN] = { 0 }, y[RUN];
        int n = 0;
        for (; n < RUN && next <= UINT32_MAX; next += step) {
            const float bits = tg__of_bitsf((uint32_t)next);
            if (out_of_range(f, (double)bits, (double)TG__NEARF)) continue;
            x[n] = bits;
            z[n++] = tg__of_bitsf((uint32_t)rng_next(&random));
            if (f->exact2 == powl && n % 4) z[n - 1] = (float)rng_between(&random, -9, 9);
            if (f->exact2 == powl && n % 4 == 2) z[n - 1] = rintf(z[n - 1]);
            if (f->exact2 != powl && f->exact2 && n % 2) {
                z[n - 1] = x[n - 1] * (float)rng_between(&random, -4, 4);
            }
        }
        f->f32[set](RUN, x, z, y);
        for (int i = 0; i < n; i++) {
            const double a = (double)x[i], b = (double)z[i];
            const wide want = call(f, a, b);
            keep_worst(&w, error_f32(y[i], want, size_of(f, a, want)), a, b);
        }
    }
    return w;
}

/* A third each: any bits; numbers that exponentials bear; numbers near 0 and 1. */
static double draw(rng *random, int i)
{
    const uint64_t bits = rng_next(random);
    if (i % 3 == 0) return tg__of_bits(bits);
    return i % 3 == 1 ? rng_between(random, -100, 100) : rng_between(random, -1.5, 1.5);
}

static worst worst_f64(const function *f, int set, int runs)
{
    worst w = { -1, 0, 0 };
    rng random = rng_of(64, (uint64_t)(f - functions));
    for (int run = 0; run < runs; run++) {
        double x[RUN], z[RUN], y[RUN];
        for (int i = 0; i < RUN; i++) {
            x[i] = draw(&random, i);
            z[i] = draw(&random, rng_below(&random, 3));
            if (f->exact2 == powl && i % 8 == 2) z[i] = rint(z[i]);
            if (f->exact2 == powl && i % 8 == 3) z[i] = 700 / log(fabs(x[i]));
            if (f->exact2 != powl && f->exact2 && i % 2) z[i] = x[i] * rng_between(&random, -4, 4);
            if (out_of_range(f, x[i], TG__NEAR)) x[i] = rng_between(&random, -TG__NEAR, TG__NEAR);
        }
        f->f64[set](RUN, x, z, y);
        for (int i = 0; i < RUN; i++) {
            const wide want = call(f, x[i], z[i]);
            keep_worst(&w, error_f64(y[i], want, size_of(f, x[i], want)), x[i], z[i]);
        }
    }
    return w;
}

/* What the headers say. */
static double limit_of(const function *f)
{
    return f->exact == exact_gelu_slope ? 7
           : f->exact == exact_gelu     ? 6
           : f->exact == erfcl          ? 5
                                        : 4;
}

/* Our own have the same bits from all sets: one will do. */
static bool is_own(const function *f) { return strncmp(f->name, "vector_", 7) != 0; }

START_TEST(no_float_is_off_by_more_than_the_limit)
{
    const function *f = &functions[_i];
    for (int set = 0; set < (is_own(f) ? 1 : SET_COUNT) && has_set(set); set++) {
        const worst w = worst_f32(f, set, float_step());
        ck_assert_msg(w.error <= limit_of(f), "%sf(%a, %a), set %d, is off by %g units", f->name,
                      w.x, w.z, set, w.error);
    }
}
END_TEST

START_TEST(no_double_is_off_by_more_than_the_limit)
{
    const function *f = &functions[_i];
    for (int set = 0; set < (is_own(f) ? 1 : SET_COUNT) && has_set(set); set++) {
        const worst w = worst_f64(f, set, scaled(128));
        ck_assert_msg(w.error <= limit_of(f), "%s(%a, %a), set %d, is off by %g units", f->name,
                      w.x, w.z, set, w.error);
    }
}
END_TEST

/* ---- Bits -------------------------------------------------------------------------------------
 */

/* The same bits; any NaN is as good as any other. */
static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a == b && !signbit(a) == !signbit(b));
}

START_TEST(every_set_of_instructions_gives_the_same_bits)
{
    const function *f = &functions[_i];
    rng random = rng_of(1, (uint64_t)_i);
    for (int set = 1; is_own(f) && set < SET_COUNT && has_set(set); set++) {
        for (int run = scaled(100); run > 0; run--) {
            float x[RUN], z[RUN], y[2][RUN];
            double wide_x[RUN], wide_z[RUN], wide_y[2][RUN];
            for (int i = 0; i < RUN; i++) {
                wide_x[i] = draw(&random, i);
                wide_z[i] = draw(&random, i + 1);
                x[i] = i % 3 ? (float)wide_x[i] : tg__of_bitsf((uint32_t)rng_next(&random));
                z[i] = (float)wide_z[i];
                if (out_of_range(f, wide_x[i], TG__NEAR)) wide_x[i] = 1;
                if (out_of_range(f, (double)x[i], (double)TG__NEARF)) x[i] = 1;
            }
            f->f32[0](RUN, x, z, y[0]);
            f->f32[set](RUN, x, z, y[1]);
            f->f64[0](RUN, wide_x, wide_z, wide_y[0]);
            f->f64[set](RUN, wide_x, wide_z, wide_y[1]);
            for (int i = 0; i < RUN; i++) {
                /* Check writes a line for each assertion: too slow for so many. */
                if (!same((double)y[0][i], (double)y[1][i]))
                    ck_abort_msg("%sf(%a, %a), set %d: %a, not %a", f->name, (double)x[i],
                                 (double)z[i], set, (double)y[1][i], (double)y[0][i]);
                if (!same(wide_y[0][i], wide_y[1][i]))
                    ck_abort_msg("%s(%a, %a), set %d: %a, not %a", f->name, wide_x[i], wide_z[i],
                                 set, wide_y[1][i], wide_y[0][i]);
            }
        }
    }
}
END_TEST

/* Bits from one compiler, which all others must give. */
START_TEST(every_compiler_gives_the_same_bits)
{
    uint64_t sum = 0;
    for (int k = 0; k < FUNCTIONS; k++) {
        const function *f = &functions[k];
        rng random = rng_of(2, (uint64_t)k);
        for (int run = 0; is_own(f) && run < 8; run++) {
            float x[RUN], z[RUN], y[RUN];
            double wide_x[RUN], wide_z[RUN], wide_y[RUN];
            for (int i = 0; i < RUN; i++) {
                wide_x[i] = rng_between(&random, -30, 30);
                wide_z[i] = rng_between(&random, -9, 9);
                x[i] = (float)wide_x[i];
                z[i] = (float)wide_z[i];
            }
            f->f32[0](RUN, x, z, y);
            f->f64[0](RUN, wide_x, wide_z, wide_y);
            for (int i = 0; i < RUN; i++) {
                if (!isnan(y[i])) sum = sum * 31 + tg__bitsf(y[i]);
                if (!isnan(wide_y[i])) sum = sum * 31 + tg__bits(wide_y[i]);
            }
        }
    }
    ck_assert_msg(sum == SUM_OF_BITS, "the sum is 0x%016llx", (unsigned long long)sum);
}
END_TEST

/* ---- Special values ------------------------------------------------------------------------ */

/* By Annex F of C11, and limits for those that are not in it. */
static const struct {
    const char *name;
    double x, z, y;
} specials[] = {
    { "exp", -0.0, 0, 1 },
    { "exp", INFINITY, 0, INFINITY },
    { "exp", -INFINITY, 0, 0 },
    { "exp", 1e300, 0, INFINITY },
    { "exp", -1e300, 0, 0 },
    { "exp2", -INFINITY, 0, 0 },
    { "exp2", 10, 0, 1024 },
    { "exp2", 2000, 0, INFINITY },
    { "exp2", -2000, 0, 0 },
    { "expm1", -0.0, 0, -0.0 },
    { "expm1", 0, 0, 0 },
    { "expm1", -INFINITY, 0, -1 },
    { "expm1", INFINITY, 0, INFINITY },
    { "tanh", -0.0, 0, -0.0 },
    { "tanh", INFINITY, 0, 1 },
    { "tanh", -INFINITY, 0, -1 },
    { "sinh", -0.0, 0, -0.0 },
    { "sinh", -INFINITY, 0, -INFINITY },
    { "cosh", 0, 0, 1 },
    { "cosh", -INFINITY, 0, INFINITY },
    { "log", -0.0, 0, -INFINITY },
    { "log", 0, 0, -INFINITY },
    { "log", 1, 0, 0 },
    { "log", -1, 0, NAN },
    { "log", INFINITY, 0, INFINITY },
    { "log", -INFINITY, 0, NAN },
    { "log2", 8, 0, 3 },
    { "log2", 0.25, 0, -2 },
    { "log2", 0, 0, -INFINITY },
    { "log10", 1, 0, 0 },
    { "log10", -0.0, 0, -INFINITY },
    { "log1p", -0.0, 0, -0.0 },
    { "log1p", -1, 0, -INFINITY },
    { "log1p", -2, 0, NAN },
    { "log1p", INFINITY, 0, INFINITY },
    { "asinh", -0.0, 0, -0.0 },
    { "asinh", -INFINITY, 0, -INFINITY },
    { "acosh", 1, 0, 0 },
    { "acosh", 0.5, 0, NAN },
    { "acosh", -INFINITY, 0, NAN },
    { "acosh", INFINITY, 0, INFINITY },
    { "atanh", -0.0, 0, -0.0 },
    { "atanh", 1, 0, INFINITY },
    { "atanh", -1, 0, -INFINITY },
    { "atanh", 2, 0, NAN },
    { "asin", -0.0, 0, -0.0 },
    { "asin", 1.5, 0, NAN },
    { "acos", 1, 0, 0 },
    { "acos", -2, 0, NAN },
    { "atan", -0.0, 0, -0.0 },
    { "sin", -0.0, 0, -0.0 },
    { "sin", INFINITY, 0, NAN },
    { "cos", -0.0, 0, 1 },
    { "cos", -INFINITY, 0, NAN },
    { "tan", -0.0, 0, -0.0 },
    { "tan", INFINITY, 0, NAN },
    { "sin_any", INFINITY, 0, NAN },
    { "erf", -0.0, 0, -0.0 },
    { "erf", -INFINITY, 0, -1 },
    { "erfc", INFINITY, 0, 0 },
    { "erfc", -INFINITY, 0, 2 },
    { "normal_pdf", -INFINITY, 0, 0 },
    { "gelu", -0.0, 0, -0.0 },
    { "gelu", INFINITY, 0, INFINITY },
    { "gelu", -INFINITY, 0, -0.0 },
    { "gelu_slope", INFINITY, 0, 1 },
    { "gelu_slope", 0, 0, 0.5 },
    { "cbrt", -0.0, 0, -0.0 },
    { "cbrt", -8, 0, -2 },
    { "cbrt", -INFINITY, 0, -INFINITY },
    /* F.10.4.4 */
    { "pow", 0, -3, INFINITY },
    { "pow", -0.0, -3, -INFINITY },
    { "pow", -0.0, -2, INFINITY },
    { "pow", -0.0, -0.5, INFINITY },
    { "pow", -0.0, -INFINITY, INFINITY },
    { "pow", -0.0, 3, -0.0 },
    { "pow", -0.0, 2, 0 },
    { "pow", -0.0, 0.5, 0 },
    { "pow", -1, INFINITY, 1 },
    { "pow", -1, -INFINITY, 1 },
    { "pow", 1, NAN, 1 },
    { "pow", NAN, 0, 1 },
    { "pow", NAN, 1, NAN },
    { "pow", 2, NAN, NAN },
    { "pow", -2, 0.5, NAN },
    { "pow", 0.5, -INFINITY, INFINITY },
    { "pow", -2, -INFINITY, 0 },
    { "pow", 0.5, INFINITY, 0 },
    { "pow", -3, INFINITY, INFINITY },
    { "pow", -INFINITY, -3, -0.0 },
    { "pow", -INFINITY, -2, 0 },
    { "pow", -INFINITY, 3, -INFINITY },
    { "pow", -INFINITY, 0.5, INFINITY },
    { "pow", INFINITY, -1, 0 },
    { "pow", INFINITY, 2, INFINITY },
    { "pow", -2, 3, -8 },
    { "pow", -2, 1e30, INFINITY },
    { "pow", 3, 1e300, INFINITY },
    /* F.10.1.4: atan2(y, x), of which the others are in the samples */
    { "atan2", 0, 0, 0 },
    { "atan2", -0.0, 0, -0.0 },
    { "atan2", -0.0, 1, -0.0 },
    { "atan2", 1, INFINITY, 0 },
    { "atan2", -1, INFINITY, -0.0 },
    { "atan2", NAN, 1, NAN },
    { "atan2", 1, NAN, NAN },
    { "hypot", INFINITY, NAN, INFINITY },
    { "hypot", NAN, -INFINITY, INFINITY },
    { "hypot", -0.0, -3, 3 },
    { "hypot", 1, NAN, NAN },
};

START_TEST(special_values_are_those_of_annex_f)
{
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        const function *f = functions;
        while (strcmp(f->name, specials[i].name) != 0) f++;
        float x[RUN], z[RUN], y[RUN];
        double wide_x[RUN], wide_z[RUN], wide_y[RUN];
        for (int k = 0; k < RUN; k++) {
            x[k] = (float)(wide_x[k] = specials[i].x);
            z[k] = (float)(wide_z[k] = specials[i].z);
        }
        for (int set = 0; set < SET_COUNT && has_set(set); set++) {
            f->f32[set](RUN, x, z, y);
            f->f64[set](RUN, wide_x, wide_z, wide_y);
            for (int k = 0; k < RUN; k += RUN - 1) {
                ck_assert_msg(same((double)y[k], specials[i].y), "%sf(%g, %g) is %g", f->name,
                              specials[i].x, specials[i].z, (double)y[k]);
                ck_assert_msg(same(wide_y[k], specials[i].y), "%s(%g, %g) is %g", f->name,
                              specials[i].x, specials[i].z, wide_y[k]);
            }
        }
    }
}
END_TEST

START_TEST(nan_passes)
{
    const function *f = &functions[_i];
    const float x[RUN] = { NAN }, z[RUN] = { 2 };
    const double wide_x[RUN] = { NAN }, wide_z[RUN] = { 2 };
    float y[RUN];
    double wide_y[RUN];
    for (int set = 0; set < SET_COUNT && has_set(set); set++) {
        f->f32[set](RUN, x, z, y);
        f->f64[set](RUN, wide_x, wide_z, wide_y);
        ck_assert_msg(isnan(y[0]) && isnan(wide_y[0]), "%s(NaN) is %g, %g", f->name, (double)y[0],
                      wide_y[0]);
    }
}
END_TEST

static void print_table(void)
{
    printf("| function | f32 | at | f64 | at |\n|---|---|---|---|---|\n");
    for (int i = 0; i < FUNCTIONS; i++) {
        const worst a = worst_f32(&functions[i], 0, float_step());
        const worst b = worst_f64(&functions[i], 0, scaled(256));
        printf("| %s | %.2f | %.9g, %.9g | %.2f | %.17g, %.17g |\n", functions[i].name, a.error,
               a.x, a.z, b.error, b.x, b.z);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--markdown") == 0) {
        print_table();
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("math");
    TCase *cases = tcase_create("math");
    if (LDBL_MANT_DIG >= 64) {
        tcase_add_loop_test(cases, no_float_is_off_by_more_than_the_limit, 0, FUNCTIONS);
        tcase_add_loop_test(cases, no_double_is_off_by_more_than_the_limit, 0, FUNCTIONS);
    }
    tcase_add_loop_test(cases, every_set_of_instructions_gives_the_same_bits, 0, FUNCTIONS);
    tcase_add_test(cases, every_compiler_gives_the_same_bits);
    tcase_add_test(cases, special_values_are_those_of_annex_f);
    tcase_add_loop_test(cases, nan_passes, 0, FUNCTIONS);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
