/* lines.h: lines of elements, of lengths around those of vectors and blocks, along an axis among
 * others. For the tests of reductions, scans and sorting. */
#ifndef TG_TESTS_LINES_H
#define TG_TESTS_LINES_H

#include "tests/support/arrays.h"

enum { LONGEST = 1001 };

typedef long double wide;

static const int lengths[] = { 1, 2, 3, 7, 31, 32, 33, 64, 65, 128, 129, 1000, LONGEST };

/* Shapes around an axis of length 0, which is replaced, and the axes that are reduced. */
typedef struct layout {
    tg_shape shape;
    int long_axis;
    uint32_t axes;
} layout;

static const layout layouts[] = {
    { { 1, { 0 } }, 0, 1 },       { { 2, { 3, 0 } }, 1, 2 },    { { 2, { 0, 3 } }, 0, 1 },
    { { 3, { 2, 0, 5 } }, 1, 2 }, { { 2, { 0, 70 } }, 0, 1 },   { { 3, { 2, 0, 3 } }, 1, 7 },
    { { 3, { 2, 3, 0 } }, 2, 5 }, { { 3, { 0, 2, 3 } }, 0, 6 },
};

static inline int64_t place_of_best(const double *v, int64_t n, bool largest)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (largest ? v[i] > v[best] : v[i] < v[best]) best = i;
    return best;
}
static inline wide argmax_of(const double *v, int64_t n) { return (wide)place_of_best(v, n, true); }
static inline wide argmin_of(const double *v, int64_t n)
{
    return (wide)place_of_best(v, n, false);
}
static inline wide max_of(const double *v, int64_t n) { return v[place_of_best(v, n, true)]; }
static inline wide min_of(const double *v, int64_t n) { return v[place_of_best(v, n, false)]; }

/* Operands whose products stay small: near 1, or whole numbers whose product wraps around seldom;
 * now and then a zero, and some that are false or true. */
static inline array draw_factors(rng *random, tg_dtype dtype, tg_shape shape)
{
    const array x = drawn_array(random, dtype, shape);
    for (int64_t i = 0; i < x.count; i++) {
        const bool rare = rng_once_in(random, 50 + (int)x.count / 4);
        if (is_float(dtype)) x.at[i] = rare ? -x.at[i] : 1 + x.at[i] / 64;
        else if (dtype != TG_BOOL) x.at[i] = rare ? 2 : 1;
        else x.at[i] = x.count < 10 ? x.at[i] : rng_once_in(random, 60) ^ (int)(x.count & 1);
        if (dtype != TG_BOOL && rng_once_in(random, 3000)) x.at[i] = 0;
        x.at[i] = as_dtype(dtype, x.at[i]);
    }
    return x;
}

#endif
