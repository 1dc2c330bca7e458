/* program_math.h: the functions of one and two numbers in random programs: in MOVES as they are,
 * in SMOOTH of operands that keep clear of their poles and kinks. */
#ifndef TG_TESTS_PROGRAM_MATH_H
#define TG_TESTS_PROGRAM_MATH_H

#include "program.h"

/* ---- One operand ------------------------------------------------------------------------ */

static inline void add_function(program *p)
{
    static const unary any[] = { tg_exp2_at,       tg_log2_at,   tg_log10_at,    tg_rsqrt_at,
                                 tg_cbrt_at,       tg_tan_at,    tg_asin_at,     tg_acos_at,
                                 tg_atan_at,       tg_sinh_at,   tg_cosh_at,     tg_asinh_at,
                                 tg_acosh_at,      tg_atanh_at,  tg_softplus_at, tg_log_sigmoid_at,
                                 tg_reciprocal_at, tg_erfinv_at, tg_lgamma_at,   tg_digamma_at };
    static const unary of_small[] = { tg_exp2_at, tg_tan_at,  tg_atan_at,
                                      tg_sinh_at, tg_cosh_at, tg_asinh_at };
    static const unary of_large[] = { tg_log2_at, tg_log10_at,      tg_rsqrt_at,
                                      tg_cbrt_at, tg_reciprocal_at, tg_digamma_at };
    static const unary of_little[] = { tg_asin_at, tg_acos_at, tg_atanh_at, tg_erfinv_at };
    static const unary slow[] = { tg_softplus_at, tg_log_sigmoid_at };
    const entry *e = p->kind == WHOLE ? NULL : pick(p, TG_DTYPE_DEFAULT);
    if (!e) return;
    rng *r = &p->random;
    tg_tensor *x = e->x;
    if (p->kind == MOVES) {
        add(p, any[rng_below(r, COUNT_OF(any))](TG_HERE, x), 0, 0, false);
        return;
    }
    switch (rng_below(r, 5)) {
    case 0:
        add(p, of_small[rng_below(r, COUNT_OF(of_small))](TG_HERE, tg_tanh(x)), 2, 0, e->rough);
        break;
    case 1: {
        tg_tensor *large = tg_add_num(tg_square(x), 1);
        add(p, of_large[rng_below(r, COUNT_OF(of_large))](TG_HERE, large), 14, 0, e->rough);
        break;
    }
    case 2: {
        tg_tensor *little = tg_mul_num(tg_sin(x), 0.8);
        add(p, of_little[rng_below(r, COUNT_OF(of_little))](TG_HERE, little), 3, 0, e->rough);
        break;
    }
    case 3: {
        tg_tensor *middle = tg_add_num(tg_square(tg_tanh(x)), 1.5);
        const int choice = rng_below(r, 3);
        add(p,
            choice == 0   ? tg_acosh(middle)
            : choice == 1 ? tg_lgamma(middle)
                          : tg_polygamma(rng_below(r, 4), middle),
            2, 0, e->rough);
        break;
    }
    default:
        if (fits(p, p->dtype, e->most + 1, 0))
            add(p, slow[rng_below(r, COUNT_OF(slow))](TG_HERE, x), e->most + 1, 0, e->rough);
        break;
    }
}

static inline void add_rounding(program *p)
{
    static const unary any[] = { tg_floor_at, tg_ceil_at, tg_round_at, tg_trunc_at };
    const entry *e = pick(p, TG_DTYPE_DEFAULT);
    if (!e || e->rough || !fits(p, p->dtype, e->most + 1, 0)) return;
    add(p, any[rng_below(&p->random, COUNT_OF(any))](TG_HERE, e->x), e->most + 1, 0, false);
}

static inline void add_question(program *p)
{
    static const unary any[] = { tg_is_nan_at, tg_is_infinite_at, tg_is_finite_at };
    const entry *e = pick(p, TG_DTYPE_DEFAULT);
    if (!e || e->rough) return;
    add(p, any[rng_below(&p->random, COUNT_OF(any))](TG_HERE, e->x), 1, 0, false);
}

/* Powers and quotients with a number. */
static inline void add_power(program *p)
{
    static const double exponents[] = { 2, 3, -1, 0.5, -2.5, 0 };
    const entry *e = p->kind == WHOLE ? NULL : pick(p, TG_DTYPE_DEFAULT);
    if (!e) return;
    const int choice = rng_below(&p->random, COUNT_OF(exponents) + 1);
    tg_tensor *x = p->kind == MOVES ? e->x : tg_add_num(tg_square(tg_tanh(e->x)), 0.75);
    add(p, choice < COUNT_OF(exponents) ? tg_pow_num(x, exponents[choice]) : tg_rdiv_num(2, x), 6,
        0, e->rough);
}

/* ---- Two operands ----------------------------------------------------------------------- */

static inline void add_function_of_two(program *p)
{
    const entry *a = p->kind == WHOLE ? NULL : pick(p, TG_DTYPE_DEFAULT);
    if (!a) return;
    const entry *b = pick_partner(p, a);
    const tg_dtype dtype = tg_dtype_of(a->x);
    const bool rough = a->rough || b->rough;
    const int choice = rng_below(&p->random, 4);
    /* Away from 0 no angle jumps and no slope breaks. */
    tg_tensor *y = p->kind == MOVES ? b->x : tg_add_num(tg_square(b->x), 0.5);
    const double square = p->kind == MOVES ? 0 : b->most * b->most + 0.5;
    if (choice == 0) {
        add(p, tg_atan2(a->x, y), 4, 0, rough);
    } else if (choice == 1) {
        if (fits(p, dtype, a->most + square, 0))
            add(p, tg_hypot(a->x, y), a->most + square, 0, rough);
    } else if (choice == 2) {
        if (fits(p, dtype, fmax(a->most, b->most) + 1, 0))
            add(p, tg_logaddexp(a->x, b->x), fmax(a->most, b->most) + 1, 0, rough);
    } else if (fits(p, dtype, a->most * 8, 0)) {
        add(p, tg_xlogy(a->x, y), a->most * 8, 0, rough);
    }
}

/* A divisor that is not 0: of floats, where NaN and infinity are no results to go on with. */
static inline tg_tensor *fit_to_divide(const program *p, tg_tensor *x)
{
    if (!is_float(tg_dtype_of(x)))
        return tg_select(tg_equal(x, tg_number_like(x, 0)), tg_number_like(x, 3), x);
    return p->kind == MOVES ? x : tg_add_num(tg_abs(x), 1);
}

/* The quotient rounded down and what it leaves. */
static inline void add_division(program *p)
{
    rng *r = &p->random;
    const entry *a = rng_once_in(r, 2) ? pick_int(p) : pick(p, TG_DTYPE_DEFAULT);
    if (!a || a->rough) return;
    const entry *b = pick_partner(p, a);
    if (b->rough || !fits(p, tg_dtype_of(a->x), b->most + 3, b->grain)) return;
    const double whole = a->most + 1, left = b->most + 3;
    const int grain = a->grain > b->grain ? a->grain : b->grain;
    tg_tensor *divisor = fit_to_divide(p, b->x);
    const int choice = rng_below(r, 3);
    if (choice != 1 && fits(p, tg_dtype_of(a->x), whole, 0))
        add(p, tg_floor_div(a->x, divisor), whole, 0, false);
    if (choice != 0) add(p, tg_remainder(a->x, divisor), left, grain, false);
}

#endif
