/* zeros.c: see zeros.h. Floats are compared as integers: these make vectors everywhere. */
#include "kernels/zeros.h"

#include "kernels/vector.h"

enum { GROUP = 16 };

/* name##_used: has a group of columns a bit set, other than signs? name##_open: is an exponent
 * full, as those of infinity and NaN are? */
#define SCANS(name, bits, exponent)                                                                \
    TG_CLONES static bool name##_used(int64_t rows, int64_t step, const bits *in)                  \
    {                                                                                              \
        bits any[GROUP] = { 0 }, all = 0;                                                          \
        for (int64_t i = 0; i < rows; i++, in += step) {                                           \
            TG_SIMD                                                                                \
            for (int j = 0; j < GROUP; j++) any[j] |= in[j];                                       \
        }                                                                                          \
        for (int j = 0; j < GROUP; j++) all |= any[j];                                             \
        return (bits)(all << 1) != 0;                                                              \
    }                                                                                              \
    TG_CLONES static bool name##_open(int64_t n, const bits *in)                                   \
    {                                                                                              \
        bits any = 0;                                                                              \
        for (int64_t j = 0; j < n; j++) any |= (bits)((in[j] & (exponent)) == (exponent));         \
        return any != 0;                                                                           \
    }
SCANS(f32, uint32_t, 0x7f800000U)
SCANS(f64, uint64_t, 0x7ff0000000000000U)

static bool is_used(tg_dtype dtype, int64_t rows, int64_t columns, int64_t first, const void *in)
{
    return dtype == TG_F32 ? f32_used(rows, columns, (const uint32_t *)in + first)
                           : f64_used(rows, columns, (const uint64_t *)in + first);
}

tg__range tg__nonzero_columns(tg_dtype dtype, int64_t rows, int64_t columns, const void *in)
{
    tg__range used = { 0, columns };
    if (columns % GROUP != 0) return used;
    while (used.first < used.last && !is_used(dtype, rows, columns, used.last - GROUP, in))
        used.last -= GROUP;
    while (used.first < used.last && !is_used(dtype, rows, columns, used.first, in))
        used.first += GROUP;
    return used;
}

bool tg__all_finite(tg_dtype dtype, int64_t rows, int64_t columns, int64_t step, const void *in)
{
    bool open = false;
    for (int64_t i = 0; i < rows && !open; i++)
        open = dtype == TG_F32 ? f32_open(columns, (const uint32_t *)in + i * step)
                               : f64_open(columns, (const uint64_t *)in + i * step);
    return !open;
}
