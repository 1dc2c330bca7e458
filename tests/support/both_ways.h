/* both_ways.h: what a node's values should be, asked of the planner and of the reference executor.
 * For test programs that record on recorded.h's tape, in f64 or f32. */
#ifndef TG_TESTS_BOTH_WAYS_H
#define TG_TESTS_BOTH_WAYS_H

#include "recorded.h"

enum { MOST_VALUES = 10000 };

/* Reads a float node, of whichever dtype. */
static inline void get_doubles(tg_tensor *x, size_t count, double *out)
{
    static float narrow[MOST_VALUES];
    ck_no_error();
    ck_assert_int_eq(tg_count(x), (int64_t)count);
    ck_assert_uint_le(count, MOST_VALUES);
    if (tg_dtype_of(x) == TG_F64) {
        ck_assert_int_eq(tg_get(x, out, count), TG_OK);
        return;
    }
    ck_assert_int_eq(tg_get(x, narrow, count), TG_OK);
    for (size_t i = 0; i < count; i++) out[i] = (double)narrow[i];
}

/* The node's values by a plan of its own, which assigns nothing and moves nothing. */
static inline void compute(tg_tensor *x, bool naive, size_t count, double *out)
{
    ck_no_error();
    tg_plan *plan = tg_compile(tape, x, .pure = true, .naive = naive, .steps = false);
    ck_assert_msg(plan != NULL, "%s", tg_tape_error(tape));
    run(plan);
    get_doubles(x, count, out);
    tg_plan_free(plan);
}

/* Both executors give [want], but for [tolerance] of its largest element and 1. */
static inline void ck_both_ways(tg_tensor *x, size_t count, const double *want, double tolerance)
{
    static double got[MOST_VALUES];
    double most = 1;
    for (size_t i = 0; i < count; i++) most = fmax(most, fabs(want[i]));
    for (int naive = 0; naive < 2; naive++) {
        compute(x, naive, count, got);
        for (size_t i = 0; i < count; i++)
            ck_assert_msg(fabs(got[i] - want[i]) <= tolerance * most,
                          "%s: element %zu is %.17g, not %.17g", naive ? "naive" : "planned", i,
                          got[i], want[i]);
    }
}

static inline void ck_shape(const tg_tensor *x, tg_shape want)
{
    ck_no_error();
    ck_assert_msg(tg_shape_equal(tg_shape_from(x), want), "the shape is not what it should be");
}

/* An f64 input with values. */
static inline tg_tensor *fed(const char *name, tg_shape shape, const double *data)
{
    tg_tensor *x = tg_input(tape, name, TG_F64, shape);
    ck_assert_int_eq(tg_feed(x, data, (size_t)tg_shape_count(shape)), TG_OK);
    return x;
}

#endif
