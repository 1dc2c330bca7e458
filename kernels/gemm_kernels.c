/* gemm_kernels.c: the inner kernels of the built-in matrix product (gemm_tile.h), made for each
 * instruction set and element type. */
#include "kernels/gemm_inside.h"

#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

#define PASTE(a, b) a##b

#if defined(__GNUC__) && !defined(__clang__)
#define TILE_UNROLL _Pragma("GCC unroll 16")
#else
#define TILE_UNROLL
#endif

/* Vectors that may lie at any element and hold what was stored as plain elements. */
#define VECTOR_OF(real, bytes)                                                                     \
    real __attribute__((vector_size(bytes), aligned(sizeof(real)), may_alias))

typedef VECTOR_OF(float, 16) float_x4;
typedef VECTOR_OF(double, 16) double_x2;

#if defined(__SSE2__)
static inline void transpose_float(const float *const line[4], int64_t p, float *to, int64_t to_row)
{
    __m128 r0 = _mm_loadu_ps(line[0] + p), r1 = _mm_loadu_ps(line[1] + p);
    __m128 r2 = _mm_loadu_ps(line[2] + p), r3 = _mm_loadu_ps(line[3] + p);
    _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
    _mm_storeu_ps(to, r0);
    _mm_storeu_ps(to + to_row, r1);
    _mm_storeu_ps(to + 2 * to_row, r2);
    _mm_storeu_ps(to + 3 * to_row, r3);
}
static inline void transpose_double(const double *const line[4], int64_t p, double *to,
                                    int64_t to_row)
{
    for (int i = 0; i < 4; i += 2) {
        for (int q = 0; q < 4; q += 2) {
            const __m128d r0 = _mm_loadu_pd(line[i] + p + q),
                          r1 = _mm_loadu_pd(line[i + 1] + p + q);
            _mm_storeu_pd(to + q * to_row + i, _mm_unpacklo_pd(r0, r1));
            _mm_storeu_pd(to + (q + 1) * to_row + i, _mm_unpackhi_pd(r0, r1));
        }
    }
}
#else
static inline void transpose_float(const float *const line[4], int64_t p, float *to, int64_t to_row)
{
    for (int q = 0; q < 4; q++) {
        for (int i = 0; i < 4; i++) to[q * to_row + i] = line[i][p + q];
    }
}
static inline void transpose_double(const double *const line[4], int64_t p, double *to,
                                    int64_t to_row)
{
    for (int q = 0; q < 4; q++) {
        for (int i = 0; i < 4; i++) to[q * to_row + i] = line[i][p + q];
    }
}
#endif

static inline float_x4 even_float_x4(const float *low, const float *high)
{
    return (float_x4){ low[0], low[2], high[0], high[2] };
}
static inline double_x2 even_double_x2(const double *low, const double *high)
{
    return (double_x2){ low[0], high[0] };
}

static inline float sum_float_x4(float_x4 x) { return (x[0] + x[2]) + (x[1] + x[3]); }
static inline double sum_double_x2(double_x2 x) { return x[0] + x[1]; }

static inline float_x4 join_float_x4(const float *low, const float *high)
{
    return (float_x4){ low[0], low[1], high[0], high[1] };
}
static inline double_x2 join_double_x2(const double *low, const double *high)
{
    return (double_x2){ low[0], high[0] };
}

/* Every AArch64 fuses; the x86-64 of the beginning does not. */
#if defined(__aarch64__)
static inline float_x4 fma_float_x4(float_x4 a, float_x4 b, float_x4 c)
{
    return (float_x4)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
static inline double_x2 fma_double_x2(double_x2 a, double_x2 b, double_x2 c)
{
    return (double_x2)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
#define BASELINE_FMA(fused, a, b, c) fused(a, b, c)
#else
#define BASELINE_FMA(fused, a, b, c) ((a) * (b) + (c))
#endif

#define TILE_NAME(name) PASTE(float_baseline_, name)
#define TILE_TARGET
#define TILE_REAL          float
#define TILE_JOIN          join_float_x4
#define TILE_EVEN          even_float_x4
#define TILE_SUM           sum_float_x4
#define TILE_VECTOR        float_x4
#define TILE_ROWS          6
#define TILE_FMA(a, b, c)  BASELINE_FMA(fma_float_x4, a, b, c)
#define TILE_FMA1(a, b, c) BASELINE_FMA(__builtin_fmaf, a, b, c)
#define TILE_TRANSPOSE4    transpose_float
#define TILE_TRANSPOSE     transpose_float
#define TILE_BLOCK         4
#include "kernels/gemm_tile.h"

#define TILE_NAME(name) PASTE(double_baseline_, name)
#define TILE_TARGET
#define TILE_REAL          double
#define TILE_JOIN          join_double_x2
#define TILE_EVEN          even_double_x2
#define TILE_SUM           sum_double_x2
#define TILE_VECTOR        double_x2
#define TILE_ROWS          6
#define TILE_FMA(a, b, c)  BASELINE_FMA(fma_double_x2, a, b, c)
#define TILE_FMA1(a, b, c) BASELINE_FMA(__builtin_fma, a, b, c)
#define TILE_TRANSPOSE4    transpose_double
#define TILE_TRANSPOSE     transpose_double
#define TILE_BLOCK         4
#include "kernels/gemm_tile.h"

/* The choice is made by hand rather than by target_clones: the sizes of the tiles differ,
 * the baseline must not call fma, and it works in every compiler and under every sanitizer. */
#if defined(__x86_64__)
#define HAVE_X86_KERNELS 1

typedef VECTOR_OF(float, 32) float_x8;
typedef VECTOR_OF(double, 32) double_x4;
typedef VECTOR_OF(float, 64) float_x16;
typedef VECTOR_OF(double, 64) double_x8;

#define AVX2   __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx2,fma")))

AVX2 static inline float_x8 even_float_x8(const float *low, const float *high)
{
    const __m256 even = _mm256_shuffle_ps(_mm256_loadu_ps(low), _mm256_loadu_ps(high), 0x88);
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(even), 0xd8));
}
AVX2 static inline double_x4 even_double_x4(const double *low, const double *high)
{
    const __m256d even = _mm256_unpacklo_pd(_mm256_loadu_pd(low), _mm256_loadu_pd(high));
    return _mm256_permute4x64_pd(even, 0xd8);
}
AVX512 static inline float_x16 even_float_x16(const float *low, const float *high)
{
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return _mm512_permutex2var_ps(_mm512_loadu_ps(low), even, _mm512_loadu_ps(high));
}
AVX512 static inline double_x8 even_double_x8(const double *low, const double *high)
{
    const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    return _mm512_permutex2var_pd(_mm512_loadu_pd(low), even, _mm512_loadu_pd(high));
}

AVX2 static inline float sum_float_x8(__m256 x)
{
    return sum_float_x4(_mm256_castps256_ps128(x) + _mm256_extractf128_ps(x, 1));
}
AVX2 static inline double sum_double_x4(__m256d x)
{
    return sum_double_x2(_mm256_castpd256_pd128(x) + _mm256_extractf128_pd(x, 1));
}
AVX512 static inline float sum_float_x16(__m512 x)
{
    const __m256d high = _mm512_extractf64x4_pd(_mm512_castps_pd(x), 1);
    return sum_float_x8(_mm512_castps512_ps256(x) + _mm256_castpd_ps(high));
}
AVX512 static inline double sum_double_x8(__m512d x)
{
    return sum_double_x4(_mm512_castpd512_pd256(x) + _mm512_extractf64x4_pd(x, 1));
}

AVX2 static inline float_x8 join_float_x8(const float *low, const float *high)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1);
}
AVX2 static inline double_x4 join_double_x4(const double *low, const double *high)
{
    return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(low)), _mm_loadu_pd(high), 1);
}
AVX512 static inline double_x8 join_double_x8(const double *low, const double *high)
{
    return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu_pd(low)), _mm256_loadu_pd(high),
                              1);
}
AVX512 static inline float_x16 join_float_x16(const float *low, const float *high)
{
    const __m512d low_half = _mm512_castpd256_pd512(_mm256_castps_pd(_mm256_loadu_ps(low)));
    return _mm512_castpd_ps(
        _mm512_insertf64x4(low_half, _mm256_castps_pd(_mm256_loadu_ps(high)), 1));
}

/* Vector v[i] gets four elements of line i, and four of line i + 4; pairs of lines are interleaved,
 * and then pairs of pairs. */
AVX2 static inline void transpose8_float(const float *const line[8], int64_t p, float *to,
                                         int64_t to_row)
{
    for (int half = 0; half < 8; half += 4, p += 4, to += 4 * to_row) {
        __m256 v[4];
        for (int i = 0; i < 4; i++) v[i] = join_float_x8(line[i] + p, line[i + 4] + p);
        const __m256 low01 = _mm256_unpacklo_ps(v[0], v[1]),
                     high01 = _mm256_unpackhi_ps(v[0], v[1]);
        const __m256 low23 = _mm256_unpacklo_ps(v[2], v[3]),
                     high23 = _mm256_unpackhi_ps(v[2], v[3]);
        _mm256_storeu_ps(to, _mm256_shuffle_ps(low01, low23, 0x44));
        _mm256_storeu_ps(to + to_row, _mm256_shuffle_ps(low01, low23, 0xee));
        _mm256_storeu_ps(to + 2 * to_row, _mm256_shuffle_ps(high01, high23, 0x44));
        _mm256_storeu_ps(to + 3 * to_row, _mm256_shuffle_ps(high01, high23, 0xee));
    }
}
AVX2 static inline void transpose4_double(const double *const line[4], int64_t p, double *to,
                                          int64_t to_row)
{
    for (int half = 0; half < 4; half += 2, p += 2, to += 2 * to_row) {
        const __m256d even = join_double_x4(line[0] + p, line[2] + p);
        const __m256d odd = join_double_x4(line[1] + p, line[3] + p);
        _mm256_storeu_pd(to, _mm256_unpacklo_pd(even, odd));
        _mm256_storeu_pd(to + to_row, _mm256_unpackhi_pd(even, odd));
    }
}

#define TILE_NAME(name) PASTE(float_avx2_, name)
#define TILE_TARGET     AVX2
#define TILE_REAL       float
#define TILE_VECTOR     float_x8
#define TILE_ROWS       6
#define TILE_FMA        _mm256_fmadd_ps
#define TILE_FMA1       __builtin_fmaf
#define TILE_JOIN       join_float_x8
#define TILE_EVEN       even_float_x8
#define TILE_SUM        sum_float_x8
#define TILE_TRANSPOSE4 transpose_float
#define TILE_TRANSPOSE  transpose8_float
#define TILE_BLOCK      8
#include "kernels/gemm_tile.h"

#define TILE_NAME(name) PASTE(double_avx2_, name)
#define TILE_TARGET     AVX2
#define TILE_REAL       double
#define TILE_VECTOR     double_x4
#define TILE_ROWS       6
#define TILE_FMA        _mm256_fmadd_pd
#define TILE_FMA1       __builtin_fma
#define TILE_JOIN       join_double_x4
#define TILE_EVEN       even_double_x4
#define TILE_SUM        sum_double_x4
#define TILE_TRANSPOSE4 transpose4_double
#define TILE_TRANSPOSE  transpose4_double
#define TILE_BLOCK      4
#include "kernels/gemm_tile.h"

#define TILE_NAME(name) PASTE(float_avx512_, name)
#define TILE_TARGET     AVX512
#define TILE_REAL       float
#define TILE_VECTOR     float_x16
#define TILE_ROWS       12
#define TILE_FMA        _mm512_fmadd_ps
#define TILE_FMA1       __builtin_fmaf
#define TILE_JOIN       join_float_x16
#define TILE_EVEN       even_float_x16
#define TILE_SUM        sum_float_x16
#define TILE_TRANSPOSE4 transpose_float
#define TILE_TRANSPOSE  transpose8_float
#define TILE_BLOCK      8
#include "kernels/gemm_tile.h"

#define TILE_NAME(name) PASTE(double_avx512_, name)
#define TILE_TARGET     AVX512
#define TILE_REAL       double
#define TILE_VECTOR     double_x8
#define TILE_ROWS       12
#define TILE_FMA        _mm512_fmadd_pd
#define TILE_FMA1       __builtin_fma
#define TILE_JOIN       join_double_x8
#define TILE_EVEN       even_double_x8
#define TILE_SUM        sum_double_x8
#define TILE_TRANSPOSE4 transpose4_double
#define TILE_TRANSPOSE  transpose4_double
#define TILE_BLOCK      4
#include "kernels/gemm_tile.h"
#endif

tg__isa tg__gemm_isa(void)
{
#if HAVE_X86_KERNELS
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return __builtin_cpu_supports("avx512f") ? TG__ISA_AVX512 : TG__ISA_AVX2;
    }
#endif
    return TG__ISA_BASELINE;
}

const tg__gemm_kernel *tg__gemm_choose(tg__isa isa, tg_dtype dtype)
{
    const bool is_float = dtype == TG_F32;
    switch (isa) {
#if HAVE_X86_KERNELS
    case TG__ISA_AVX512: return is_float ? &float_avx512_kernel : &double_avx512_kernel;
    case TG__ISA_AVX2: return is_float ? &float_avx2_kernel : &double_avx2_kernel;
#endif
    default: return is_float ? &float_baseline_kernel : &double_baseline_kernel;
    }
}
