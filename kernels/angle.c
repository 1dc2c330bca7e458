/* angle.c: the remainder of a large angle after quarter turns (Payne and Hanek 1983). */
#include "kernels/math.h"

/* The bits of 2/pi after the binary point. */
static const uint32_t two_over_pi[] = {
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
    0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
    0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b,
    0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d,
};

enum { WORDS = 7, LIMBS = WORDS + 2 };

/* 32 bits of the number in [limb], whose first word is the lowest, from the bit [at] on. */
static uint32_t bits_at(const uint32_t *limb, int at)
{
    const uint64_t low = limb[at / 32], high = at / 32 + 1 < LIMBS ? limb[at / 32 + 1] : 0;
    return (uint32_t)((high << 32 | low) >> at % 32);
}

/* x = m 2^e is multiplied by WORDS words of 2/pi. The words before these give multiples of 4
 * quarter turns, which change nothing; those after them give less than 2^-137. */
tg__angle tg__far_angle(double x)
{
    const uint64_t bits = tg__bits(x), m = (bits & (UINT64_MAX >> 12)) | (uint64_t)1 << 52;
    const int e = (int)(bits >> 52 & 0x7ff) - 1075;
    const int first = e < 2 ? 0 : (e - 2) / 32;
    uint32_t limb[LIMBS] = { 0 };
    uint64_t carry_low = 0, carry_high = 0;
    for (int i = 0; i < WORDS; i++) {
        const uint64_t word = two_over_pi[first + WORDS - 1 - i];
        carry_low += limb[i] + (m & UINT32_MAX) * word;
        limb[i] = (uint32_t)carry_low;
        carry_low >>= 32;
        carry_high += limb[i + 1] + (m >> 32) * word;
        limb[i + 1] = (uint32_t)carry_high;
        carry_high >>= 32;
    }
    carry_low += limb[WORDS];
    limb[WORDS] = (uint32_t)carry_low;
    limb[WORDS + 1] = (uint32_t)(carry_high + (carry_low >> 32));

    /* The two bits before the binary point, and 128 after it, to the nearest quarter turn. */
    const int point = 32 * (first + WORDS) - e;
    uint64_t turn = bits_at(limb, point) & 3;
    uint64_t high = (uint64_t)bits_at(limb, point - 32) << 32 | bits_at(limb, point - 64);
    uint64_t low = (uint64_t)bits_at(limb, point - 96) << 32 | bits_at(limb, point - 128);
    const bool back = high >> 63;
    if (back) {
        turn++;
        low = ~low + 1;
        high = ~high + (low == 0);
    }
    /* In parts that doubles hold exactly; times pi/2, in twice the precision. */
    const double q1 = (double)(high >> 32) * 0x1p-32, q2 = (double)(high & UINT32_MAX) * 0x1p-64;
    const double q3 = (double)(low >> 11) * 0x1p-117;
    const double sum = q2 + q3, q = q1 + sum, q_low = (q1 - q) + sum + ((q2 - sum) + q3);
    const double r = q * 1.5707963267948966;
    const double r_low = tg__product_error(q, 1.5707963267948966, r) +
                         (q * 6.123233995736766e-17 + q_low * 1.5707963267948966);
    const double rest = r + r_low, rest_low = (r - rest) + r_low;
    const bool negative = back != (x < 0);
    return (tg__angle){ negative ? -rest : rest, negative ? -rest_low : rest_low,
                        x < 0 ? 0 - turn : turn };
}
