/* gemm_problem.h: matrix products and what they should be: a plain loop in long double. For the
 * tests of the products' kernels. */
#ifndef TG_TESTS_GEMM_PROBLEM_H
#define TG_TESTS_GEMM_PROBLEM_H

#include "kernels/memory.h"
#include "tests/support/random.h"
#include "kernels/gemm.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 8, GUARD = 16 };

static rng dice;

static inline int64_t random_below(int64_t bound)
{
    return (int64_t)(rng_next(&dice) % (uint64_t)bound);
}

/* ---- Arrays of either type -------------------------------------------------------------- */

static inline size_t size_of(tg_dtype dtype)
{
    return dtype == TG_F32 ? sizeof(float) : sizeof(double);
}

static inline double get(tg_dtype dtype, const void *data, int64_t i)
{
    return dtype == TG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static inline void put(tg_dtype dtype, void *data, int64_t i, double value)
{
    if (dtype == TG_F32) ((float *)data)[i] = (float)value;
    else ((double *)data)[i] = value;
}

static inline void *new_array(tg_dtype dtype, int64_t count, double value)
{
    void *data = tg__alloc(&tg__default_allocator, (size_t)(count + 1) * size_of(dtype));
    ck_assert_ptr_nonnull(data);
    for (int64_t i = 0; i < count; i++) put(dtype, data, i, value);
    return data;
}

/* Of 12 bits, from 2^-16 to 1 in size: the product of two is exact, so that it does not matter
 * whether an instruction set fuses it with the sum. */
static inline double random_value(void)
{
    return ldexp((double)(random_below(4095) - 2047), -11 - (int)random_below(6));
}

static inline void *new_random(tg_dtype dtype, int64_t count)
{
    void *data = new_array(dtype, count, 0);
    for (int64_t i = 0; i < count; i++) put(dtype, data, i, random_value());
    return data;
}

static inline void free_array(void *data) { tg__free(&tg__default_allocator, data); }

/* ---- One product, checked --------------------------------------------------------------- */

/* How the product is computed: by tg__gemm, or by the built-in kernel of one instruction set. */
enum { BY_LIBRARY = -1 };

typedef struct problem {
    tg_dtype dtype;
    int by;
    int64_t m, n, k;
    tg__matrix a, b;
    int64_t c_row;
} problem;

static inline size_t scratch_bytes(void)
{
    const size_t built_in = tg__gemm_builtin_scratch(), other = tg__gemm_scratch(TG_F32);
    return built_in > other ? built_in : other;
}

static inline void *new_scratch(int threads)
{
    ck_assert_uint_eq(tg__gemm_scratch(TG_F32) % 64, 0);
    ck_assert_uint_eq(tg__gemm_scratch(TG_F64) % 64, 0);
    void *scratch = tg__alloc(&tg__default_allocator, scratch_bytes() * (size_t)threads);
    ck_assert_ptr_nonnull(scratch);
    memset(scratch, 0xff, scratch_bytes() * (size_t)threads); /* NaN */
    return scratch;
}

static inline void compute(const problem *p, tg__pool *pool, void *c)
{
    void *scratch = new_scratch(pool ? MOST_THREADS : 1);
    if (p->by == BY_LIBRARY) {
        ck_assert_int_eq(p->c_row, p->n);
        tg__gemm(pool, p->dtype, p->m, p->n, p->k, p->a, p->b, c, scratch);
    } else {
        tg__gemm_builtin((tg__isa)p->by, p->dtype, p->m, p->n, p->k, p->a, p->b, c, p->c_row,
                         scratch);
    }
    free_array(scratch);
}

/* Where line [i] of a side is. */
static inline int64_t place(const tg__steps *steps, int64_t stride, int64_t i)
{
    int64_t at = steps ? 0 : i * stride;
    for (int k = steps ? steps->count - 1 : -1; k >= 0; k--) {
        at += i % steps->size[k] * steps->step[k];
        i /= steps->size[k];
    }
    return at;
}

static inline double element_of(const problem *p, tg__matrix x, int64_t i, int64_t j)
{
    return get(p->dtype, x.data,
               place(x.rows, x.row, x.first_row + i) +
                   place(x.columns, x.column, x.first_column + j));
}

/* Element (i, j) lies within 2 k eps of the sum of its terms' sizes. */
static inline void check_element(const problem *p, const void *c, int64_t i, int64_t j)
{
    long double sum = 0, size = 0;
    for (int64_t l = 0; l < p->k; l++) {
        const long double term = (long double)element_of(p, p->a, i, l) * element_of(p, p->b, l, j);
        sum += term;
        size += fabsl(term);
    }
    const double value = get(p->dtype, c, i * p->c_row + j);
    const long double eps = p->dtype == TG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
    const long double error = fabsl(value - sum), bound = 2 * (long double)p->k * eps * size;
    if (error <= bound) return; /* a NaN is not */
    ck_abort_msg("by %d %s [%lld,%lld,%lld] a(%lld,%lld) b(%lld,%lld): c[%lld,%lld] = %.17g, "
                 "not %.17Lg (error %Lg, bound %Lg)",
                 p->by, tg_dtype_name(p->dtype), (long long)p->m, (long long)p->n, (long long)p->k,
                 (long long)p->a.row, (long long)p->a.column, (long long)p->b.row,
                 (long long)p->b.column, (long long)i, (long long)j, value, sum, error, bound);
}

/* Computes into NaN garbage, between guards that must stay, and checks every element, or a
 * sample of a large product. */
static inline void check_product(const problem *p)
{
    const int64_t count = p->m > 0 && p->n > 0 ? (p->m - 1) * p->c_row + p->n : 0;
    void *all = new_array(p->dtype, count + 2 * GUARD, NAN);
    unsigned char *c = (unsigned char *)all + GUARD * size_of(p->dtype);
    compute(p, NULL, c);
    const int64_t work = p->m * p->n * p->k;
    for (int64_t i = 0; i < p->m; i++) {
        for (int64_t j = 0; j < p->n; j++) {
            if (work < 200000 || random_below(1 + work / 200000) == 0) check_element(p, c, i, j);
            if (isnan(get(p->dtype, c, i * p->c_row + j))) ck_abort_msg("a NaN was left in c");
        }
    }
    int64_t kept = 0;
    for (int64_t i = 0; i < count + 2 * GUARD; i++) kept += isnan(get(p->dtype, all, i)) != 0;
    const int64_t written = p->m > 0 && p->n > 0 ? p->m * p->n : 0;
    ck_assert_int_eq(kept, count + 2 * GUARD - written);
    free_array(all);
}

/* All instruction sets of this machine give the same bits, and so does the library, but for what it
 * leaves to a BLAS. */
static inline void check_same_bits(const problem *given)
{
    problem p = *given;
    p.c_row = p.n;
    const size_t bytes = p.m > 0 && p.n > 0 ? (size_t)(p.m * p.n) * size_of(p.dtype) : 0;
    void *first = new_array(p.dtype, p.m * p.n, 0), *c = new_array(p.dtype, p.m * p.n, NAN);
    p.by = TG__ISA_BASELINE;
    compute(&p, NULL, first);
    const bool all = strcmp(tg__gemm_name(), "built-in") == 0;
    for (p.by = all ? BY_LIBRARY : TG__ISA_AVX2; p.by <= (int)tg__gemm_isa(); p.by++) {
        compute(&p, NULL, c);
        ck_assert_msg(memcmp(c, first, bytes) == 0,
                      "%s [%lld,%lld,%lld] by %d: not the baseline's bits", tg_dtype_name(p.dtype),
                      (long long)p.m, (long long)p.n, (long long)p.k, p.by);
    }
    free_array(first);
    free_array(c);
}

/* A dense operand, straight or transposed, with lines [padding] longer than they need be. */
static inline tg__matrix new_operand(tg_dtype dtype, int64_t rows, int64_t columns, bool turned,
                                     int64_t padding)
{
    const int64_t lines = turned ? columns : rows;
    const int64_t lead = (turned ? rows : columns) + padding;
    return (tg__matrix){ .data = new_random(dtype, lines * lead),
                         .row = turned ? 1 : lead,
                         .column = turned ? lead : 1 };
}

static inline void free_operand(tg__matrix x) { free_array((void *)(uintptr_t)x.data); }

static inline tg__matrix transposed(tg__matrix x)
{
    return (tg__matrix){ x.data, x.column, x.row, x.columns, x.rows, x.first_column, x.first_row };
}

static inline tg__matrix from_row(tg__matrix x, int64_t i, size_t size)
{
    if (x.rows) x.first_row += i;
    else x.data = (const unsigned char *)x.data + (size_t)(i * x.row) * size;
    return x;
}

/* The part of a product that begins at (i, j) has the bits of the whole there. */
static inline void check_part(const problem *whole, const void *c, int64_t i, int64_t j, int64_t m,
                              int64_t n)
{
    const size_t size = size_of(whole->dtype);
    problem p = *whole;
    p.m = m;
    p.n = n;
    p.c_row = n;
    p.a = from_row(p.a, i, size);
    p.b = transposed(from_row(transposed(p.b), j, size));
    unsigned char *part = new_array(p.dtype, m * n, NAN);
    compute(&p, NULL, part);
    for (int64_t r = 0; r < m; r++) {
        const unsigned char *row =
            (const unsigned char *)c + (size_t)((i + r) * whole->c_row + j) * size;
        ck_assert_msg(memcmp(part + (size_t)(r * n) * size, row, (size_t)n * size) == 0,
                      "by %d: [%lld, %lld] from (%lld, %lld) of [%lld, %lld, %lld]: other bits",
                      p.by, (long long)m, (long long)n, (long long)i, (long long)j,
                      (long long)whole->m, (long long)whole->n, (long long)whole->k);
    }
    free_array(part);
}

#endif
