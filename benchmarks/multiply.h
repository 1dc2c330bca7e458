/* multiply.h: matrix products by the library's own BLAS, with nothing around them. They are the
 * limits that the benchmarks print. */
#ifndef TG_BENCHMARKS_MULTIPLY_H
#define TG_BENCHMARKS_MULTIPLY_H

#include "common.h"

#include "kernels/blas.h"

/* Threads to multiply with, and the operands. */
enum { BENCH_MOST_HELD = 64 };
typedef struct bench_products {
    tg__pool *pool;
    void *scratch;
    size_t held_count;
    void *held[BENCH_MOST_HELD]; /* freed at the end */
} bench_products;
void bench_products_begin(bench_products *p, int threads);
void bench_products_end(bench_products *p);
/* Memory that is freed at the end. */
void *bench_hold(bench_products *p, size_t bytes);
/* The same, with numbers uniform in [-1, 1). */
float *bench_operand(bench_products *p, int64_t count);

/* A matrix that lies in memory row by row; and the transpose of one that does. */
tg__matrix bench_rows(const void *data, int64_t columns);
tg__matrix bench_transposed(const void *data, int64_t columns);
/* to[m,n] = a[m,k] . b[k,n] */
void bench_multiply(const bench_products *p, int64_t m, int64_t n, int64_t k, tg__matrix a,
                    tg__matrix b, float *to);

/* The three products of a linear layer, of [m] items, from [k] inputs to [n] outputs:
 * y[m,n] = x[m,k] . w[n,k]^T, dx = dy . w, dw = dy^T . x */
void bench_linear(const bench_products *p, int64_t m, int64_t n, int64_t k, const float *x,
                  const float *w, float *y);
void bench_linear_by_input(const bench_products *p, int64_t m, int64_t n, int64_t k,
                           const float *dy, const float *w, float *dx);
void bench_linear_by_weight(const bench_products *p, int64_t m, int64_t n, int64_t k,
                            const float *dy, const float *x, float *dw);

#endif
