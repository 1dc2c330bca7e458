/* spatial.h: operands, and numbers that stand for whole arrays, for the tests of what works on
 * spatial axes: test_conv.c and test_pool.c. */
#ifndef TG_TESTS_SPATIAL_H
#define TG_TESTS_SPATIAL_H

#include "tests/support/both_ways.h"

static inline tg_shape shape_of(int rank, const int64_t dim[])
{
    tg_shape shape = { .rank = rank };
    for (int i = 0; i < rank; i++) shape.dim[i] = dim[i];
    return shape;
}

/* [dims] numbers as an option's shape. */
static inline tg_shape per_axis(int rank, const int64_t number[])
{
    return shape_of(rank - 2, number);
}

/* Element i is sin(start + step i). */
static inline tg_tensor *sines(const char *name, tg_dtype dtype, tg_shape shape, double step,
                               double start)
{
    static double data[MOST_VALUES];
    static float narrow[MOST_VALUES];
    const int64_t count = tg_shape_count(shape);
    ck_assert(count >= 0 && count <= MOST_VALUES);
    for (int64_t i = 0; i < count; i++)
        narrow[i] = (float)(data[i] = sin(start + step * (double)i));
    tg_tensor *x = tg_input(tape, name, dtype, shape);
    const void *from = dtype == TG_F64 ? (const void *)data : narrow;
    ck_assert_int_eq(tg_feed_as(x, dtype, from, (size_t)count), TG_OK);
    return x;
}

/* What a number stands for an array with: so that no two elements count the same. */
static inline double probe_at(int64_t i) { return sin(1 + 0.7 * (double)i); }

static inline double probed(tg_tensor *x, bool naive)
{
    static double got[MOST_VALUES];
    double sum = 0;
    compute(x, naive, (size_t)tg_count(x), got);
    for (int64_t i = 0; i < tg_count(x); i++) sum += probe_at(i) * got[i];
    return sum;
}

/* The sum of y^2, each element times its probe. */
static inline tg_tensor *loss_of(tg_tensor *y)
{
    tg_tensor *p = sines("probe", tg_dtype_of(y), tg_shape_from(y), 0.7, 1);
    return tg_sum(tg_mul(p, tg_square(y)));
}

/* out[]: y, the gradients of its loss, and the gradients of the sum of their squares. */
static inline int derivatives(tg_tensor *y, size_t count, tg_tensor *const wrt[], tg_tensor *out[])
{
    tg_tensor *penalty = NULL;
    out[0] = y;
    ck_no_error();
    ck_assert_int_eq(tg_vjp(loss_of(y), NULL, (tg_list){ count, wrt }, out + 1), TG_OK);
    for (size_t i = 1; i <= count; i++) {
        tg_tensor *squares = tg_sum(tg_square(out[i]));
        penalty = penalty ? tg_add(penalty, squares) : squares;
    }
    ck_no_error();
    ck_assert_int_eq(tg_vjp(penalty, NULL, (tg_list){ count, wrt }, out + 1 + count), TG_OK);
    return (int)(1 + 2 * count);
}

static inline void ck_probes(int count, tg_tensor *const x[], const double want[])
{
    for (int naive = 0; naive < 2; naive++)
        for (int i = 0; i < count; i++) {
            const double got = probed(x[i], naive);
            ck_assert_msg(fabs(got - want[i]) <= 1e-10 * (1 + fabs(want[i])),
                          "%s, number %d: got %.17g, want %.17g", naive ? "naive" : "planned", i,
                          got, want[i]);
        }
}

/* The f32 node has the f64 node's values, but for rounding. */
static inline void ck_narrow(tg_tensor *narrow, tg_tensor *wide, double tolerance)
{
    static double want[MOST_VALUES];
    ck_assert_int_eq(tg_dtype_of(narrow), TG_F32);
    compute(wide, true, (size_t)tg_count(wide), want);
    ck_both_ways(narrow, (size_t)tg_count(wide), want, tolerance);
}

#endif
