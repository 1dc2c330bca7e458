/* products.h: random operands of products, and how plans compute products. For test programs that
 * are one suite of one file. */
#ifndef TG_TESTS_PLAN_PRODUCTS_H
#define TG_TESTS_PLAN_PRODUCTS_H

#include "exec/plan.h"
#include "ops/dot.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/random.h"
#include "tests/support/recorded.h"

static inline void *new_numbers(size_t count, size_t size)
{
    void *data = malloc(count * size);
    ck_assert_ptr_nonnull(data);
    return data;
}

static inline void feed(tg_tensor *x, const double *data)
{
    const size_t count = (size_t)tg_count(x);
    if (tg_dtype_of(x) == TG_F64) {
        ck_assert_int_eq(tg_feed(x, data, count), TG_OK);
        return;
    }
    float *narrow = new_numbers(count, sizeof *narrow);
    for (size_t i = 0; i < count; i++) narrow[i] = (float)data[i];
    ck_assert_int_eq(tg_feed(x, narrow, count), TG_OK);
    free(narrow);
}

static inline double *numbers_of(tg_tensor *x)
{
    const size_t count = (size_t)tg_count(x);
    double *data = new_numbers(count, sizeof *data);
    if (tg_dtype_of(x) == TG_F64) {
        ck_assert_int_eq(tg_get(x, data, count), TG_OK);
        return data;
    }
    float *narrow = new_numbers(count, sizeof *narrow);
    ck_assert_int_eq(tg_get(x, narrow, count), TG_OK);
    for (size_t i = 0; i < count; i++) data[i] = (double)narrow[i];
    free(narrow);
    return data;
}

static inline tg_tensor *random_input(const char *name, tg_dtype dtype, tg_shape shape)
{
    tg_tensor *x = tg_input(tape, name, dtype, shape);
    const size_t count = (size_t)tg_shape_count(shape);
    double *data = new_numbers(count, sizeof *data);
    rng dice = rng_of(count, 3);
    for (size_t i = 0; i < count; i++) data[i] = rng_between(&dice, -1, 1);
    feed(x, data);
    free(data);
    return x;
}

/* Of the plan's products: how many stand in loops, and how many of them are kept in memory. */
static inline int products_in_loops(const tg_plan *plan, int *kept)
{
    const tg__program *program = plan->program;
    int count = 0;
    *kept = 0;
    for (size_t v = 0; v < program->count; v++) {
        const uint32_t k = program->members[v].kernel;
        if (program->values[v].op != &tg__op_dot || k == TG__NONE ||
            program->kernels[k].kind != TG_KERNEL_LOOP)
            continue;
        count++;
        *kept += program->storage[v].place == TG_PLACE_BLOCK;
    }
    return count;
}

#endif
