/* random.h: what randomised tests draw from: a small generator (SplitMix64, Steele, Lea and
 * Flood 2014) that gives the same numbers everywhere, and how many draws to make. */
#ifndef TG_TESTS_RANDOM_H
#define TG_TESTS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct rng {
    uint64_t state;
} rng;

static inline uint64_t rng_next(rng *r)
{
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* A generator that has nothing to do with its neighbours of other seeds or purposes. */
static inline rng rng_of(uint64_t seed, uint64_t purpose)
{
    rng r = { seed * 0xD1342543DE82EF95u + purpose };
    r.state = rng_next(&r);
    return r;
}

/* One of 0 .. n-1. */
static inline int rng_below(rng *r, int n) { return (int)(rng_next(r) % (uint64_t)n); }

/* True once in [n] times. */
static inline bool rng_once_in(rng *r, int n) { return rng_below(r, n) == 0; }

static inline double rng_between(rng *r, double low, double high)
{
    return low + (high - low) * ((double)(rng_next(r) >> 11) * 0x1p-53);
}

/* The first [n] numbers in random order. */
static inline void rng_shuffle(rng *r, int n, int *order)
{
    for (int i = 0; i < n; i++) {
        const int j = rng_below(r, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

/* [count] draws, scaled by the environment's TG_TEST_SCALE; at least one. */
static inline int scaled(int count)
{
    const char *text = getenv("TG_TEST_SCALE");
    const double draws = count * (text ? strtod(text, NULL) : 1.0);
    return draws < 1 ? 1 : (int)draws;
}

#endif
