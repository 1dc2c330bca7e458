/* philox.h: Philox 4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3" (2011). A number is a function of key and
 * counter alone, so it does not depend on which thread computes it, or when. */
#ifndef TG_PHILOX_H
#define TG_PHILOX_H

#include <math.h>
#include <stdint.h>

typedef struct tg__philox {
    uint32_t v[4];
} tg__philox;

static inline tg__philox tg__philox_at(uint64_t key, uint64_t high, uint64_t low)
{
    tg__philox c = { { (uint32_t)low, (uint32_t)(low >> 32), (uint32_t)high,
                       (uint32_t)(high >> 32) } };
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * c.v[0];
        const uint64_t p1 = (uint64_t)0xCD9E8D57u * c.v[2];
        c = (tg__philox){ { (uint32_t)(p1 >> 32) ^ c.v[1] ^ k0, (uint32_t)p1,
                            (uint32_t)(p0 >> 32) ^ c.v[3] ^ k1, (uint32_t)p0 } };
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return c;
}

/* The stream that a seed, a step and a name's hash select: (key, high half of the counter). */
typedef struct tg__stream {
    uint64_t key, high;
} tg__stream;

static inline tg__stream tg__stream_of(uint64_t seed, uint64_t step, uint64_t name)
{
    const tg__philox mixed = tg__philox_at(seed, name, step);
    return (tg__stream){ (uint64_t)mixed.v[0] << 32 | mixed.v[1],
                         (uint64_t)mixed.v[2] << 32 | mixed.v[3] };
}

/* Element [i] of the stream, uniform in [0, 1) with 53 bits. */
static inline double tg__uniform_at(tg__stream stream, uint64_t i)
{
    const tg__philox r = tg__philox_at(stream.key, stream.high, i);
    return (double)(((uint64_t)r.v[0] << 32 | r.v[1]) >> 11) * 0x1p-53;
}

/* From low to high as [u] goes from 0 to 1, but for rounding; the range may be wider than the
 * largest number. */
static inline double tg__uniform_between(double u, double low, double high)
{
    const double width = high - low;
    return isinf(width) ? 2 * (low / 2 + (high / 2 - low / 2) * u) : low + width * u;
}

/* Element [i], standard normal (Box and Muller 1958); below TG__NORMAL_MOST, since u is at least
 * 2^-53. */
#define TG__NORMAL_MOST 8.58
static inline double tg__normal_at(tg__stream stream, uint64_t i)
{
    const tg__philox r = tg__philox_at(stream.key, stream.high, i);
    const double u = (double)((((uint64_t)r.v[0] << 32 | r.v[1]) >> 11) + 1) * 0x1p-53; /* (0, 1] */
    const double v = (double)(((uint64_t)r.v[2] << 32 | r.v[3]) >> 11) * 0x1p-53;
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586476925 * v);
}

#endif
