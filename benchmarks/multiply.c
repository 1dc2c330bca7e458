/* multiply.c: see multiply.h. */
#include "multiply.h"

#include "kernels/memory.h"

#include <stdlib.h>

void bench_products_begin(bench_products *p, int threads)
{
    *p = (bench_products){ .pool = tg__pool_new(&tg__default_allocator, threads) };
    p->scratch = bench_hold(p, (size_t)tg__pool_threads(p->pool) * tg__gemm_scratch(TG_F32));
}

void bench_products_end(bench_products *p)
{
    for (size_t i = 0; i < p->held_count; i++) free(p->held[i]);
    tg__pool_free(p->pool);
}

void *bench_hold(bench_products *p, size_t bytes)
{
    if (p->held_count == BENCH_MOST_HELD) {
        fputs("more operands than BENCH_MOST_HELD\n", stderr);
        exit(EXIT_FAILURE);
    }
    return p->held[p->held_count++] = bench_alloc(bytes);
}

float *bench_operand(bench_products *p, int64_t count)
{
    float *data = bench_hold(p, (size_t)count * sizeof *data);
    bench_fill(data, (size_t)count, -1, 1);
    return data;
}

tg__matrix bench_rows(const void *data, int64_t columns)
{
    return (tg__matrix){ .data = data, .row = columns, .column = 1 };
}

tg__matrix bench_transposed(const void *data, int64_t columns)
{
    return (tg__matrix){ .data = data, .row = 1, .column = columns };
}

void bench_multiply(const bench_products *p, int64_t m, int64_t n, int64_t k, tg__matrix a,
                    tg__matrix b, float *to)
{
    tg__gemm(p->pool, TG_F32, m, n, k, a, b, to, p->scratch);
}

void bench_linear(const bench_products *p, int64_t m, int64_t n, int64_t k, const float *x,
                  const float *w, float *y)
{
    bench_multiply(p, m, n, k, bench_rows(x, k), bench_transposed(w, k), y);
}

void bench_linear_by_input(const bench_products *p, int64_t m, int64_t n, int64_t k,
                           const float *dy, const float *w, float *dx)
{
    bench_multiply(p, m, k, n, bench_rows(dy, n), bench_rows(w, k), dx);
}

void bench_linear_by_weight(const bench_products *p, int64_t m, int64_t n, int64_t k,
                            const float *dy, const float *x, float *dw)
{
    bench_multiply(p, n, k, m, bench_transposed(dy, n), bench_rows(x, k), dw);
}
