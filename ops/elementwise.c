/* elementwise.c: what a row of elementwise.def becomes: kernels, their text, a scalar function, a
 * rule, an operation and, at the end, the public function that records it. The rewrite rules of
 * the arithmetic are in simplify.c, which names the operations: the two files use each other. */
#include "ops/map.h"
#include "ops/simplify.h"

#define SQRT_PI_2 0.88622692545275801365 /* sqrt(pi) / 2 */

/* ---- Rules too long for a row ----------------------------------------------------------- */

/* The site of rules is not used: new nodes have that of the node being differentiated. */
static const tg_site at = { 0 };

/* b a^(b-1), and 0 where both are 0: a^(b-1) is infinite there. It is not computed there either,
 * or the second derivative would have 0 * inf. Where only b is 0 nothing is special: the slope
 * is 0, and its derivative by b is 1/a. */
static tg_tensor *pow_to_base(tg_tensor *g, tg_tensor *a, tg_tensor *b)
{
    tg_tensor *zero = tg_number_like(b, 0), *one = tg_number_like(b, 1);
    tg_tensor *flat = tg_and(tg_equal(a, zero), tg_equal(b, zero));
    tg_tensor *slope = tg_mul(b, tg_pow(a, tg_sub(tg_select(flat, one, b), one)));
    return tg_mul(g, tg_select(flat, zero, slope));
}

/* a^b log a, and 0 where a is 0 and b is not negative. */
static tg_tensor *pow_to_exponent(tg_tensor *y, tg_tensor *g, tg_tensor *a, tg_tensor *b)
{
    tg_tensor *zero = tg_number_like(b, 0), *one = tg_number_like(b, 1);
    tg_tensor *flat = tg_and(tg_equal(a, zero), tg_greater_equal(b, zero));
    tg_tensor *safe = tg_select(flat, one, a); /* so that second derivatives have no log 0 */
    return tg_mul(g, tg_select(flat, zero, tg_mul(y, tg_log(safe))));
}

/* 1 - x^2 as (1 - x)(1 + x), which is exact near 1. Where it is 0, the slope of one factor would
 * be multiplied by the other factor, 0, while the cotangent of a pole is infinite: that gives
 * NaN. There it is the plain formula, which has the right slope. */
static tg_tensor *leg_squared(tg_tensor *x)
{
    tg_tensor *one = tg_number_like(x, 1);
    tg_tensor *exact = tg_mul(tg_sub(one, x), tg_add(one, x));
    tg_tensor *pole = tg_equal(exact, tg_number_like(x, 0));
    return tg_select(pole, tg_sub(one, tg_square(x)), exact);
}

static tg_tensor *leg(tg_tensor *x) { return tg_sqrt(leg_squared(x)); }

/* x / r for a coordinate x of a point at the distance r; 0 at the origin, to any order. */
static tg_tensor *direction(tg_tensor *x, tg_tensor *r)
{
    tg_tensor *zero = tg_number_like(x, 0), *one = tg_number_like(x, 1);
    tg_tensor *origin = tg_equal(r, zero);
    return tg_div(tg_select(origin, zero, x), tg_select(origin, one, r));
}

/* Where a is 0 and ln b does not exist, or is infinite: a ln b is 0 there, and its slope too. */
static tg_tensor *no_logarithm(tg_tensor *a, tg_tensor *b)
{
    tg_tensor *zero = tg_number_like(a, 0);
    return tg_and(tg_equal(a, zero), tg_less_equal(b, zero));
}

static tg_tensor *xlogy_to_factor(tg_tensor *g, tg_tensor *a, tg_tensor *b)
{
    return tg_mul(g, tg_log(tg_select(no_logarithm(a, b), tg_number_like(b, 1), b)));
}

static tg_tensor *xlogy_to_argument(tg_tensor *g, tg_tensor *a, tg_tensor *b)
{
    tg_tensor *flat = no_logarithm(a, b), *zero = tg_number_like(g, 0);
    tg_tensor *safe = tg_select(flat, tg_number_like(b, 1), b);
    return tg_div(tg_select(flat, zero, tg_mul(g, a)), safe);
}

/* g [top] / (a^2 + b^2), of which no square overflows; 0 at (0, 0). */
static tg_tensor *atan2_to(tg_tensor *g, tg_tensor *top, tg_tensor *a, tg_tensor *b)
{
    tg_tensor *r = tg_hypot(a, b);
    tg_tensor *safe = tg_select(tg_equal(r, tg_number_like(r, 0)), tg_number_like(r, 1), r);
    return tg_mul(g, tg_div(direction(top, r), safe));
}

/* (2 - x^2) phi(x), of which no square overflows. */
static tg_tensor *gelu_bend(tg_tensor *x)
{
    tg_tensor *density = tg_normal_pdf(x);
    return tg_sub(tg_add(density, density), tg_mul(x, tg_mul(x, density)));
}

/* a - b, and 0 between equal infinities. */
static tg_tensor *gap(tg_tensor *a, tg_tensor *b)
{
    tg_tensor *same = tg_and(tg_equal(a, b), tg_not(tg_is_finite(a)));
    tg_tensor *zero = tg_number_like(a, 0);
    return tg_sub(tg_select(same, zero, a), tg_select(same, zero, b));
}

/* The share of g of one of two operands: 0 where it [loses], half of g where they are equal,
 * else g. Beside a NaN neither loses. */
static tg_tensor *share(tg_tensor *g, tg_tensor *a, tg_tensor *b, tg_tensor *loses)
{
    tg_tensor *half = tg_mul(g, tg_number_like(g, 0.5));
    tg_tensor *kept = tg_select(tg_equal(a, b), half, g);
    return tg_select(loses, tg_number_like(g, 0), kept);
}

/* ---- The rows as code ------------------------------------------------------------------- */

/* The dtypes of a map are those it has kernels for. */
static unsigned dtypes_of(const tg__map *map)
{
    unsigned set = 0;
    for (int d = 0; d < TG_DTYPES; d++) set |= map->way[d][0] ? 1u << d : 0;
    return set;
}

enum {
    COMMUTES = TG_OP_COMMUTES,
    POSITIVE = TG_OP_NO_MINUS_ZERO,
    DIVIDES = TG_OP_DIVIDES,
    OUTSIDE = TG_OP_OUTSIDE
};

#define c(value) tg_number_like(g, value)

/* What the second column says of integers: their set (kernels/dtype.h) and the value, NULL if they
 * have none. */
#define INTS_FLOATS         NONE, NULL
#define INTS_SIGNED(value)  SIGNED, value
#define INTS_NUMBERS(value) INT, value
#define TG_EACH_NONE(...)
#define EXPAND(X, ...)            X(__VA_ARGS__)
#define INT_MAPS1(id, set, value) TG_EACH_##set(TG_MAP1, id, value)
#define INT_MAPS2(id, set, value) TG_EACH_##set(TG_MAP2, id, value)
#define INT_WAYS1(id, set, value) TG_EACH_##set(TG_WAYS1, id)
#define INT_WAYS2(id, set, value) TG_EACH_##set(TG_WAYS2, id)
/* The text of that value, before anything in it is expanded. */
#define TEXT_FLOATS
#define TEXT_SIGNED(value)  TG_EACH_SIGNED(TG_TEXT, #value)
#define TEXT_NUMBERS(value) TG_EACH_INT(TG_TEXT, #value)

/* What is one instruction of a scalar program is also what rewrite rules look for. */
#define REWRITES_NEG   &tg__arithmetic_rewrites
#define REWRITES_ADD   &tg__arithmetic_rewrites
#define REWRITES_SUB   &tg__arithmetic_rewrites
#define REWRITES_MUL   &tg__arithmetic_rewrites
#define REWRITES_DIV   &tg__arithmetic_rewrites
#define REWRITES_CALL  NULL
#define REWRITES_ANGLE NULL

#define LOOP1_CALL TG_MAP1
#define LOOP1_NEG  TG_MAP1

/* Our own vector functions of angles are right up to some size (kernels/math_angle.h). If an
 * operand has a larger angle, which is rare, all of its elements are computed by [value], which
 * is right for any. An element has the same bits either way. */
#define TG_CODE_ANGLE TG_CODE_CALL
#define MARKS_CALL    0
#define MARKS_NEG     0
#ifdef TG_HAVE_SIMD_MATH
#define LOOP1_ANGLE TG_MAP1
#define MARKS_ANGLE 0
#else
#define MARKS_ANGLE TG_OP_OUTSIDE
#define LOOP1_ANGLE(id, value, dtype, type, type_name, ...)                                        \
    TG_CLONES static void id##_##type(size_t n, void *out, const void *const in[])                 \
    {                                                                                              \
        typedef type_name T;                                                                       \
        T *o = out;                                                                                \
        const T *p = in[0];                                                                        \
        int far = 0;                                                                               \
        _Pragma("omp simd reduction(|: far)") for (size_t i = 0; i < n; i++) far |=                \
            TG_MATH1(tg__far, p[i]);                                                               \
        if (far) {                                                                                 \
            for (size_t i = 0; i < n; i++) {                                                       \
                const T x = p[i];                                                                  \
                o[i] = (T)(value);                                                                 \
            }                                                                                      \
            return;                                                                                \
        }                                                                                          \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) o[i] = TG_MATH1(tg__##id, p[i]);                            \
    }
#endif

#define UNARY(id, call, dtypes, marks, lo, hi, code, value, to_x)                                  \
    TG_EACH_FLOAT(LOOP1_##code, id, value)                                                         \
    EXPAND(INT_MAPS1, id, INTS_##dtypes)                                                           \
    static double id##_scalar(double x, double unused1, double unused2)                            \
    {                                                                                              \
        typedef double T;                                                                          \
        (void)unused1, (void)unused2;                                                              \
        return (T)(value);                                                                         \
    }                                                                                              \
    static const tg__map id##_map = { .way = { TG_EACH_FLOAT(TG_WAYS1, id)                         \
                                                   EXPAND(INT_WAYS1, id, INTS_##dtypes) },         \
                                      .text = { TG_EACH_FLOAT(TG_TEXT, #value) TEXT_##dtypes },    \
                                      .scalar = id##_scalar,                                       \
                                      .opcode = TG_CODE_##code };                                  \
    static void id##_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)                               \
    {                                                                                              \
        tg_tensor *x = y->in[0];                                                                   \
        (void)x, (void)g;                                                                          \
        to[0] = to_x;                                                                              \
    }                                                                                              \
    const tg_op tg__op_##id = { .name = #id,                                                       \
                                .kind = TG_KIND_MAP,                                               \
                                .arity = 1,                                                        \
                                .flags = (marks) | MARKS_##code,                                   \
                                .map = &id##_map,                                                  \
                                .vjp = id##_vjp,                                                   \
                                .rewrites = REWRITES_##code,                                       \
                                .domain = { { lo, hi }, { 0, 0 } } };

#define BINARY(id, call, dtypes, marks, lo_a, hi_a, lo_b, hi_b, code, value, to_a, to_b)           \
    TG_EACH_FLOAT(TG_MAP2, id, value)                                                              \
    EXPAND(INT_MAPS2, id, INTS_##dtypes)                                                           \
    static double id##_scalar(double a, double b, double unused)                                   \
    {                                                                                              \
        typedef double T;                                                                          \
        (void)unused;                                                                              \
        return (T)(value);                                                                         \
    }                                                                                              \
    static const tg__map id##_map = { .way = { TG_EACH_FLOAT(TG_WAYS2, id)                         \
                                                   EXPAND(INT_WAYS2, id, INTS_##dtypes) },         \
                                      .text = { TG_EACH_FLOAT(TG_TEXT, #value) TEXT_##dtypes },    \
                                      .scalar = id##_scalar,                                       \
                                      .opcode = TG_CODE_##code };                                  \
    static void id##_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)                               \
    {                                                                                              \
        tg_tensor *a = y->in[0], *b = y->in[1];                                                    \
        (void)a, (void)b, (void)g;                                                                 \
        to[0] = to_a;                                                                              \
        to[1] = to_b;                                                                              \
    }                                                                                              \
    const tg_op tg__op_##id = { .name = #id,                                                       \
                                .kind = TG_KIND_MAP,                                               \
                                .arity = 2,                                                        \
                                .flags = marks,                                                    \
                                .map = &id##_map,                                                  \
                                .vjp = id##_vjp,                                                   \
                                .rewrites = REWRITES_##code,                                       \
                                .domain = { { lo_a, hi_a }, { lo_b, hi_b } } };

#include "ops/elementwise.def"
#undef UNARY
#undef BINARY

/* ---- Compositions ----------------------------------------------------------------------- */

tg_tensor *tg_log_sigmoid_at(tg_site site, tg_tensor *x)
{
    site = tg__within(site, "tg_log_sigmoid");
    if (!tg__ready(site, "log_sigmoid", 1, &x) ||
        !tg__dtype_in(site, "log_sigmoid", x, TG_SET_FLOAT))
        return NULL;
    const size_t length = x->tape->count;
    return tg__whole(x->tape, length, tg_neg_at(site, tg_softplus_at(site, tg_neg_at(site, x))));
}

tg_tensor *tg_clamp_at(tg_site site, tg_tensor *x, double low, double high)
{
    site = tg__within(site, "tg_clamp");
    if (!tg__ready(site, "clamp", 1, &x) || !tg__dtype_in(site, "clamp", x, TG_SET_NUMBER))
        return NULL;
    if (!(low <= high))
        return tg__fail_op(x->tape, site, TG_ERR_ARGUMENT, "clamp", 1, &x,
                           "the range [%g, %g] is empty", low, high);
    const size_t length = x->tape->count;
    tg_tensor *least = tg_number_like_at(site, x, low), *most = tg_number_like_at(site, x, high);
    tg_tensor *above = tg_less_at(site, most, x), *below = tg_less_at(site, x, least);
    tg_tensor *y = tg_select_at(site, above, most, x);
    return tg__whole(x->tape, length, tg_select_at(site, below, least, y));
}

/* ---- The rows as public functions ------------------------------------------------------- */

/* A row's call, tg_tanh(x), is made the first line of its function. It is one of the header's
 * macro, which puts TG_HERE in front of the operand: with declarations in the place of TG_HERE and
 * x, it expands to tg_tanh_at(tg_site site, tg_tensor *operand). */
#undef TG_HERE
#define TG_HERE tg_site site
#define x       tg_tensor *operand
#define a       tg_tensor *left
#define b       tg_tensor *right
#define UNARY(id, call, ...)                                                                       \
    tg_tensor *call                                                                                \
    {                                                                                              \
        site = tg__within(site, "tg_" #id);                                                        \
        return tg__unary(site, &tg__op_##id, operand, dtypes_of(&id##_map));                       \
    }
#define BINARY(id, call, ...)                                                                      \
    tg_tensor *call                                                                                \
    {                                                                                              \
        site = tg__within(site, "tg_" #id);                                                        \
        return tg__binary(site, &tg__op_##id, left, right, dtypes_of(&id##_map));                  \
    }
#include "ops/elementwise.def"
