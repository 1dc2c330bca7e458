/* numbers.h: variables and inputs that are single numbers. */
#ifndef TG_TESTS_NUMBERS_H
#define TG_TESTS_NUMBERS_H

#include "tests/support/recorded.h"

static inline tg_var *scalar(const char *name, double value)
{
    return tg_param(store, name, TG_SCALAR, tg_init_constant(value));
}

static inline double value_of(tg_var *var)
{
    double value = (double)NAN;
    ck_assert_int_eq(tg_var_get(var, &value, 1), TG_OK);
    return value;
}

static inline void feed(tg_tensor *input, double value)
{
    ck_assert_int_eq(tg_feed(input, &value, 1), TG_OK);
}

static inline tg_tensor *number_input(const char *name)
{
    return tg_input(tape, name, TG_F64, TG_SCALAR);
}

#endif
