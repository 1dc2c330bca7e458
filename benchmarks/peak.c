/* peak.c: see peak.h. */
#include "peak.h"

#include "kernels/gemm.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Multiply-adds take four or five cycles, of which two begin in each: so many must be under way. */
enum { CHAINS = 12, ROUNDS = 4096 };

static volatile double sink;

/* [all](x) is a vector of x, [fma](a, b, c) is a * b + c. */
#define PEAK(name, attribute, vector, real, all, fma)                                              \
    attribute static void name(void)                                                               \
    {                                                                                              \
        vector sum[CHAINS], factor = all((real)0.5), term = all((real)1);                          \
        real out[sizeof(vector) / sizeof(real)];                                                   \
        for (int i = 0; i < CHAINS; i++) sum[i] = all((real)i);                                    \
        for (int round = 0; round < ROUNDS; round++)                                               \
            for (int i = 0; i < CHAINS; i++) sum[i] = fma(sum[i], factor, term);                   \
        for (int i = 1; i < CHAINS; i++) sum[0] = fma(sum[i], factor, sum[0]);                     \
        memcpy(out, &sum[0], sizeof out);                                                          \
        sink = (double)out[0];                                                                     \
    }

#if defined(__x86_64__)
#define AVX2                  __attribute__((target("avx2,fma")))
#define AVX512                __attribute__((target("avx512f,avx2,fma")))
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
PEAK(float_baseline, , __m128, float, _mm_set1_ps, MULTIPLY_ADD)
PEAK(double_baseline, , __m128d, double, _mm_set1_pd, MULTIPLY_ADD)
PEAK(float_avx2, AVX2, __m256, float, _mm256_set1_ps, _mm256_fmadd_ps)
PEAK(double_avx2, AVX2, __m256d, double, _mm256_set1_pd, _mm256_fmadd_pd)
PEAK(float_avx512, AVX512, __m512, float, _mm512_set1_ps, _mm512_fmadd_ps)
PEAK(double_avx512, AVX512, __m512d, double, _mm512_set1_pd, _mm512_fmadd_pd)
#elif defined(__aarch64__)
#define FMA_F32(a, b, c) vfmaq_f32(c, a, b)
#define FMA_F64(a, b, c) vfmaq_f64(c, a, b)
PEAK(float_baseline, , float32x4_t, float, vdupq_n_f32, FMA_F32)
PEAK(double_baseline, , float64x2_t, double, vdupq_n_f64, FMA_F64)
#else
#define SAME(x)               (x)
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
PEAK(float_baseline, , float, float, SAME, MULTIPLY_ADD)
PEAK(double_baseline, , double, double, SAME, MULTIPLY_ADD)
#endif

/* By instruction set. */
static const struct {
    void (*of_f32)(void), (*of_f64)(void);
    int bytes; /* of a vector; 0: of an element */
} peaks[] = {
#if defined(__x86_64__)
    [TG__ISA_BASELINE] = { float_baseline, double_baseline, 16 },
    [TG__ISA_AVX2] = { float_avx2, double_avx2, 32 },
    [TG__ISA_AVX512] = { float_avx512, double_avx512, 64 },
#elif defined(__aarch64__)
    [TG__ISA_BASELINE] = { float_baseline, double_baseline, 16 },
#else
    [TG__ISA_BASELINE] = { float_baseline, double_baseline, 0 },
#endif
};

double bench_peak_flops(tg_dtype dtype)
{
    const int lanes = peaks[tg__gemm_isa()].bytes / (dtype == TG_F32 ? 4 : 8);
    return 2.0 * CHAINS * ROUNDS * (lanes > 0 ? lanes : 1);
}

void bench_peak(void *context)
{
    const tg__isa isa = tg__gemm_isa();
    if (*(const tg_dtype *)context == TG_F32) peaks[isa].of_f32();
    else peaks[isa].of_f64();
}
