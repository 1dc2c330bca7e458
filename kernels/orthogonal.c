/* orthogonal.c: makes vectors orthonormal, in order, by the method of Gram and Schmidt in blocks.
 * The projections of a block on all vectors before it are subtracted, which are two products of
 * matrices, and then the block itself is made orthonormal. All is done twice, because once leaves
 * rounding errors (Barlow and Smoktunowicz, Reorthogonalized block classical Gram-Schmidt,
 * Numerische Mathematik 123, 2013).
 *
 * The order of every sum is fixed here, and does not depend on the vectors of the machine, so
 * that initial weights have the same bits everywhere. */
#include "kernels/orthogonal.h"

#include "kernels/vector.h"

enum {
    LANES = 4,   /* partial sums of a product */
    GROUP = 4,   /* vectors that go through the innermost loops together */
    BLOCK = 48,  /* vectors of a block; a multiple of GROUP */
    CHUNK = 512, /* elements of vectors that stay in the cache; a multiple of LANES and WIDTH */
    DEPTH = 64,  /* vectors before the group that are subtracted together */
    WIDTH = 8,   /* elements of a group in registers */
};

typedef struct vectors {
    int64_t count, step; /* step: elements from one vector to the next (tg__orthogonal_step) */
    double *at;
    double *along; /* BLOCK by [count]: the products of the vectors of a block with the others */
} vectors;

static double sum_lanes(const double *s) { return (s[0] + s[2]) + (s[1] + s[3]); }

/* along[i][j] += the product of x[i] and q[j], both of [length] elements, for a group i of vectors
 * and two j. */
TG_CLONES static void add_products(const double *x, const double *q, int64_t step, int64_t length,
                                   double *along, int64_t row)
{
    double sum[GROUP][2][LANES] = { { { 0 } } };
    for (int64_t t = 0; t < length; t += LANES)
        for (int i = 0; i < GROUP; i++)
            for (int j = 0; j < 2; j++) {
                TG_SIMD
                for (int l = 0; l < LANES; l++)
                    sum[i][j][l] += x[i * step + t + l] * q[j * step + t + l];
            }
    for (int i = 0; i < GROUP; i++)
        for (int j = 0; j < 2; j++) along[i * row + j] += sum_lanes(sum[i][j]);
}

/* Subtracts along[i][j] times WIDTH elements of q[j] from those of x[i], for a group i and
 * [depth] j. */
TG_CLONES static void subtract(double *x, const double *q, int64_t step, int64_t depth,
                               const double *along, int64_t row)
{
    double rest[GROUP][WIDTH];
    for (int i = 0; i < GROUP; i++) memcpy(rest[i], x + i * step, sizeof rest[i]);
    for (int64_t j = 0; j < depth; j++)
        for (int i = 0; i < GROUP; i++) {
            const double factor = along[i * row + j];
            TG_SIMD
            for (int l = 0; l < WIDTH; l++) rest[i][l] -= factor * q[j * step + l];
        }
    for (int i = 0; i < GROUP; i++) memcpy(x + i * step, rest[i], sizeof rest[i]);
}

static int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }

/* Subtracts from the vectors [first, last), which are whole groups, their projections on [from,
 * to), of which there is an even number. */
static void project(const vectors *v, int64_t first, int64_t last, int64_t from, int64_t to)
{
    const int64_t others = to - from, step = v->step;
    for (int64_t i = 0; i < (last - first) * others; i++) v->along[i] = 0;
    for (int64_t t = 0; t < step; t += CHUNK)
        for (int64_t j = 0; j < others; j += 2)
            for (int64_t i = first; i < last; i += GROUP)
                add_products(v->at + i * step + t, v->at + (from + j) * step + t, step,
                             at_most(CHUNK, step - t), v->along + (i - first) * others + j, others);
    for (int64_t j = 0; j < others; j += DEPTH)
        for (int64_t t = 0; t < step; t += WIDTH)
            for (int64_t i = first; i < last; i += GROUP)
                subtract(v->at + i * step + t, v->at + (from + j) * step + t, step,
                         at_most(DEPTH, others - j), v->along + (i - first) * others + j, others);
}

static double product(const double *a, const double *b, int64_t length)
{
    double sum[LANES] = { 0 };
    for (int64_t t = 0; t < length; t += LANES) {
        TG_SIMD
        for (int l = 0; l < LANES; l++) sum[l] += a[t + l] * b[t + l];
    }
    return sum_lanes(sum);
}

/* Makes the vectors of a group orthonormal, one after the other. */
static void orthonormalize_group(const vectors *v, int64_t first)
{
    for (int64_t i = first; i < at_most(first + GROUP, v->count); i++) {
        double *x = v->at + i * v->step;
        for (int64_t k = first; k < i; k++) {
            const double *unit = v->at + k * v->step, along = product(unit, x, v->step);
            for (int64_t t = 0; t < v->step; t++) x[t] -= along * unit[t];
        }
        const double length = sqrt(product(x, x, v->step));
        for (int64_t t = 0; t < v->step; t++) x[t] /= length;
    }
}

/* Makes the vectors of a block orthonormal, from which the projections on earlier ones have been
 * subtracted. */
static void orthonormalize_block(const vectors *v, int64_t first, int64_t last)
{
    for (int64_t group = first; group < last; group += GROUP)
        for (int pass = 0; pass < 2; pass++) {
            if (group > first) project(v, group, group + GROUP, first, group);
            orthonormalize_group(v, group);
        }
}

static int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

/* An odd number of groups of WIDTH elements: vectors that are a power of two apart would use the
 * same few lines of a cache. */
int64_t tg__orthogonal_step(int64_t length)
{
    const int64_t step = round_up(length, WIDTH);
    return step / WIDTH % 2 ? step : step + WIDTH;
}

bool tg__orthogonal_bytes(int64_t count, int64_t length, size_t *bytes)
{
    size_t elements;
    if (length > INT64_MAX / 32 || count > INT64_MAX / 32) return false;
    return tg__size_mul((size_t)tg__orthogonal_step(length) + BLOCK, (size_t)round_up(count, GROUP),
                        &elements) &&
           tg__size_mul(elements, sizeof(double), bytes);
}

void tg__orthonormalize(double *at, int64_t count, int64_t length)
{
    const int64_t step = tg__orthogonal_step(length), padded = round_up(count, GROUP);
    const vectors v = { .count = count, .step = step, .at = at, .along = at + padded * step };
    for (int64_t first = 0; first < count; first += BLOCK) {
        const int64_t last = at_most(first + BLOCK, padded);
        for (int pass = 0; pass < 2; pass++) {
            if (first > 0) project(&v, first, last, 0, first);
            orthonormalize_block(&v, first, last);
        }
    }
}
