/* init.c: how weights start. Each rule keeps the variance of what flows through a unit near
 * one, for the activation it is named with. */
#include <tapegrad.h>

#include <math.h>

tg_init tg_init_constant(double value) { return (tg_init){ .kind = TG_INIT_CONSTANT, .a = value }; }

tg_init tg_init_zeros(void) { return tg_init_constant(0); }
tg_init tg_init_ones(void) { return tg_init_constant(1); }

static double fan(int64_t inputs) { return inputs < 1 ? 1.0 : (double)inputs; }

static tg_init normal(double variance)
{
    return (tg_init){ .kind = TG_INIT_NORMAL, .a = 0, .b = sqrt(variance) };
}

/* The uniform distribution around 0 of that variance. */
static tg_init uniform(double variance)
{
    const double bound = sqrt(3 * variance);
    return (tg_init){ .kind = TG_INIT_UNIFORM, .a = -bound, .b = bound };
}

tg_init tg_init_he_normal(int64_t fan_in) { return normal(2 / fan(fan_in)); }
tg_init tg_init_he_uniform(int64_t fan_in) { return uniform(2 / fan(fan_in)); }

tg_init tg_init_glorot_normal(int64_t fan_in, int64_t fan_out)
{
    return normal(2 / (fan(fan_in) + fan(fan_out)));
}

tg_init tg_init_glorot_uniform(int64_t fan_in, int64_t fan_out)
{
    return uniform(2 / (fan(fan_in) + fan(fan_out)));
}

tg_init tg_init_lecun_normal(int64_t fan_in) { return normal(1 / fan(fan_in)); }
tg_init tg_init_lecun_uniform(int64_t fan_in) { return uniform(1 / fan(fan_in)); }
