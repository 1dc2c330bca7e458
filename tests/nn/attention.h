/* attention.h: what the tests of attention share: operands that PyTorch had too, and the comparison
 * with what it made of them. */
#ifndef TG_TESTS_ATTENTION_H
#define TG_TESTS_ATTENTION_H

#include "attention_values.h"
#include "tests/support/both_ways.h"

/* Element i is scale sin(0.7 i + from). */
static inline void fill(size_t count, double *out, double scale, double from)
{
    for (size_t i = 0; i < count; i++) out[i] = scale * sin(0.7 * (double)i + from);
}

static inline tg_dtype float_type(void) { return tg_store_dtype(store); }

static inline void feed_doubles(tg_tensor *x, const double *values)
{
    float narrow[MOST_VALUES];
    const size_t count = (size_t)tg_count(x);
    if (tg_dtype_of(x) == TG_F64) {
        ck_assert_int_eq(tg_feed(x, values, count), TG_OK);
        return;
    }
    for (size_t i = 0; i < count; i++) narrow[i] = (float)values[i];
    ck_assert_int_eq(tg_feed(x, narrow, count), TG_OK);
}

/* An input of the store's dtype with such elements. */
static inline tg_tensor *filled(const char *name, tg_shape shape, double from)
{
    double values[MOST_VALUES];
    tg_tensor *x = tg_input(tape, name, float_type(), shape);
    fill((size_t)tg_shape_count(shape), values, 1, from);
    feed_doubles(x, values);
    return x;
}

/* Variable j has the elements 0.6 sin(0.7 i + 0.5 + j). */
static inline void fill_variables(void)
{
    double values[MOST_VALUES];
    float narrow[MOST_VALUES];
    for (size_t j = 0; j < tg_var_count(store); j++) {
        tg_var *var = tg_var_nth(store, j);
        const size_t count = (size_t)tg_shape_count(tg_var_shape(var));
        fill(count, values, 0.6, 0.5 + (double)j);
        for (size_t i = 0; i < count; i++) narrow[i] = (float)values[i];
        if (float_type() == TG_F64) ck_assert_int_eq(tg_var_set(var, values, count), TG_OK);
        else ck_assert_int_eq(tg_var_set(var, narrow, count), TG_OK);
    }
}

/* sum(y cos(0.3 i)). */
static inline tg_tensor *weighed(tg_tensor *y)
{
    double values[MOST_VALUES];
    const int64_t count = tg_count(y);
    ck_no_error();
    for (int64_t i = 0; i < count; i++) values[i] = cos(0.3 * (double)i);
    tg_tensor *weights = tg_constant(tape, TG_F64, tg_shape_from(y), values);
    return tg_sum(tg_mul(y, tg_cast(weights, tg_dtype_of(y))));
}

/* The input of that name in the list; else the variable "layer.<name>". */
static inline tg_tensor *operand_named(const char *name, tg_list inputs)
{
    char full[128];
    for (size_t i = 0; i < inputs.count; i++)
        if (strcmp(tg_name_of(inputs.node[i]), name) == 0) return inputs.node[i];
    snprintf(full, sizeof full, "layer.%s", name);
    ck_assert_msg(tg_find(store, full) != NULL, "there is no %s", full);
    return tg_read(tape, tg_find(store, full));
}

/* y, its gradients and second-order gradients are those of the case [of]. A second derivative in
 * f32 passes twice through the layer norms, and may err more. */
static inline void ck_known(const char *of, tg_tensor *y, tg_list inputs)
{
    const double tolerance = float_type() == TG_F64 ? 1e-10 : 1e-6;
    tg_tensor *loss = weighed(y), *steep = tg_sum(tg_square(tg_grad(loss, inputs.node[0])));
    int found = 0;
    for (int i = 0; i < COUNT_OF(known_values); i++) {
        const known *want = &known_values[i];
        const char *name = strchr(want->what, ' ');
        if (strcmp(want->of, of) != 0) continue;
        const bool second = strncmp(want->what, "dd", 2) == 0;
        tg_tensor *got = y;
        if (name) got = tg_grad(second ? steep : loss, operand_named(name + 1, inputs));
        ck_both_ways(got, (size_t)want->count, want->values, second ? 10 * tolerance : tolerance);
        found++;
    }
    ck_assert_int_gt(found, 3);
}

/* Both orders of derivatives by differences, planned and naive. */
static inline void ck_derivatives(tg_tensor *y, tg_list wrt)
{
    ck_assert_msg(tg_check_gradient(y, wrt, .entries = 24) == TG_OK, "%s", tg_tape_error(tape));
}

/* The gradient of [count] elements of y in x is exactly 0 wherever [zero] says, and elsewhere not.
 */
static inline void ck_zeros(tg_tensor *gradient, const bool *zero)
{
    static double values[MOST_VALUES];
    const size_t count = (size_t)tg_count(gradient);
    for (int naive = 0; naive < 2; naive++) {
        compute(gradient, naive, count, values);
        for (size_t i = 0; i < count; i++)
            ck_assert_msg((values[i] == 0) == zero[i], "element %zu is %g", i, values[i]);
    }
}

/* Fixtures: a test runs on an f64 tape for _i = 0, and on an f32 tape for 1. */
static inline void open_float_tape(int which)
{
    store = tg_store_new(.seed = 7, .dtype = which == 0 ? TG_F64 : TG_F32);
    tape = tg_tape_new(store);
    ck_assert_ptr_nonnull(tape);
}

#endif
