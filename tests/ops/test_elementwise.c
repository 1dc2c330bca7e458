/* test_elementwise.c: every row of ops/elementwise.def against numbers computed elsewhere: values
 * and slopes at known points, and values over wide samples of both float types against the long
 * double functions of the C library. In vectors and alone, since numbers alone have programs of
 * their own. A row without known points, or without a function to compare with, fails. */
#include "autograd/engine.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/random.h"
#include "tests/support/recorded.h"

#include "binary_values.h"
#include "tests/support/normal.h"
#include "unary_values.h"

#include <float.h>

typedef tg_tensor *unary_function(tg_site at, tg_tensor *x);
typedef tg_tensor *binary_function(tg_site at, tg_tensor *a, tg_tensor *b);
typedef struct row {
    const char *name;
    unary_function *unary; /* one of the two */
    binary_function *binary;
} row;

static const row rows[] = {
#define UNARY(id, ...)  { #id, tg_##id##_at, NULL },
#define BINARY(id, ...) { #id, NULL, tg_##id##_at },
#include "ops/elementwise.def"
#undef UNARY
#undef BINARY
};

/* Denormals are kept, so that results can be compared where they are denormal. */
static void open_exact_tape(void)
{
    store = tg_store_new(.dtype = TG_F64, .keep_denormals = true);
    tape = tg_tape_new(store);
    ck_assert_ptr_nonnull(tape);
}

enum { RUN = 4096 };            /* elements that are computed at once */
static double operand[2][RUN];  /* what the operands hold, as either float type holds it */
static double computed[3][RUN]; /* the result, and what the operands receive */

/* ---- Running a row ---------------------------------------------------------------------- */

static void feed_as(tg_tensor *input, const double *values, size_t count)
{
    static float narrow[RUN];
    for (size_t i = 0; i < count; i++) narrow[i] = (float)values[i];
    const tg_status status = tg_dtype_of(input) == TG_F32 ? tg_feed(input, narrow, count)
                                                          : tg_feed(input, values, count);
    ck_assert_int_eq(status, TG_OK);
}

static void get_as(tg_tensor *x, double *values, size_t count)
{
    static float narrow[RUN];
    if (tg_dtype_of(x) == TG_F64) {
        ck_assert_int_eq(tg_get(x, values, count), TG_OK);
        return;
    }
    ck_assert_int_eq(tg_get(x, narrow, count), TG_OK);
    for (size_t i = 0; i < count; i++) values[i] = (double)narrow[i];
}

/* A row on a tape: [count] elements at once, or one without axes. */
typedef struct program {
    tg_tensor *in[2], *kept[3]; /* y, and with slopes what each operand receives */
    int arity, kept_count;
    size_t count;
    tg_plan *plan;
} program;

static program record(const row *r, tg_dtype dtype, size_t count, bool slopes)
{
    tg_rewind(tape);
    const tg_shape shape = count == 1 ? TG_SCALAR : TG_SHAPE((int64_t)count);
    program p = { .arity = r->unary ? 1 : 2, .kept_count = 1, .count = count };
    p.in[0] = tg_input(tape, "a", dtype, shape);
    p.in[1] = tg_input(tape, "b", dtype, shape);
    p.kept[0] = r->unary ? r->unary(TG_HERE, p.in[0]) : r->binary(TG_HERE, p.in[0], p.in[1]);
    if (slopes) {
        tg_vjp(p.kept[0], tg_ones_like(p.kept[0]), (tg_list){ (size_t)p.arity, p.in }, p.kept + 1);
        p.kept_count += p.arity;
    }
    p.plan = tg_compile_pure(tape, p.kept[0], p.kept[1], p.kept[2]);
    ck_no_error();
    return p;
}

/* Elements [first] onwards of the operands to those of the results. */
static void compute(program *p, size_t first)
{
    for (int i = 0; i < p->arity; i++) feed_as(p->in[i], operand[i] + first, p->count);
    run(p->plan);
    for (int i = 0; i < p->kept_count; i++) get_as(p->kept[i], computed[i] + first, p->count);
}

/* The first [count] operands, all at once and, if [alone], each alone afterwards. */
static void compute_all(const row *r, tg_dtype dtype, size_t count, bool slopes, bool alone)
{
    program p = record(r, dtype, alone ? 1 : count, slopes);
    for (size_t first = 0; first < count; first += p.count) compute(&p, first);
    tg_plan_free(p.plan);
}

/* ---- Distances -------------------------------------------------------------------------- */

/* How many units in the last place of [want] it is from [got]; or, after a cancellation, of a
 * [term] that is larger. */
static double ulps(tg_dtype dtype, double got, long double want, double term)
{
    const int digits = dtype == TG_F32 ? FLT_MANT_DIG : DBL_MANT_DIG;
    const int least = dtype == TG_F32 ? FLT_MIN_EXP : DBL_MIN_EXP;
    const double nearest = dtype == TG_F32 ? (double)(float)want : (double)want;
    if (got == nearest || (isnan(got) && isnan(want))) return 0;
    if (!isfinite(got) || !isfinite(nearest)) return (double)INFINITY;
    int exponent;
    (void)frexpl(fmaxl(fabsl(want), (long double)term), &exponent);
    if (exponent < least) exponent = least;
    return (double)(fabsl((long double)got - want) / ldexpl(1, exponent - digits));
}

/* ln(e^a + e^b) is larger + ln(1 + e^-gap), and the gap is rounded too. What is reflected has a
 * term of 1 - a; near a zero of digamma, the reference has a sum of larger terms. */
static double larger_term(const row *r, double a, double b)
{
    if (strcmp(r->name, "gelu_slope") == 0) return (double)gelu_slope_term(a);
    if (strcmp(r->name, "lgamma") == 0) return a < 0 ? lgamma(1 - a) : 0;
    if (strcmp(r->name, "digamma") == 0)
        return a < 0 ? log(1 - a) + fabs(3.15 / tan(3.141592653589793 * (a - rint(a)))) : 0.01;
    if (strcmp(r->name, "logaddexp") != 0 || !isfinite(a) || !isfinite(b)) return 0;
    return fmax(fabs(fmax(a, b)), fabs(a - b) * exp(-fabs(a - b)));
}

static void ck_ulps(const row *r, tg_dtype dtype, const char *what, size_t i, double got,
                    long double want, double limit)
{
    const double off = ulps(dtype, got, want, larger_term(r, operand[0][i], operand[1][i]));
    if (off <= limit) return;
    ck_abort_msg("%s of %s at (%.17g, %.17g), %s: got %.17g, want %.21Lg, %.3g ulp", what, r->name,
                 operand[0][i], r->unary ? 0.0 : operand[1][i], tg_dtype_name(dtype), got, want,
                 off);
}

/* ---- Known points ----------------------------------------------------------------------- */

/* The points of a row: x or (a, b), y, the slopes. */
static const double *points_of(const row *r, int *count)
{
    for (int i = 0; i < COUNT_OF(unary_values); i++)
        if (r->unary && strcmp(unary_values[i].name, r->name) == 0)
            return *count = unary_values[i].count, unary_values[i].points[0];
    for (int i = 0; i < COUNT_OF(binary_values); i++)
        if (r->binary && strcmp(binary_values[i].name, r->name) == 0)
            return *count = binary_values[i].count, binary_values[i].points[0];
    ck_abort_msg("there are no known values of %s", r->name);
}

/* Is it a number that a float holds, and neither denormal nor infinite? */
static bool fits_float(double x)
{
    return x == 0 || (fabs(x) >= (double)FLT_MIN && fabs(x) <= (double)FLT_MAX);
}

/* What may be missing in a slope near 0 that is made of 1 - y or y + 1, as in PyTorch. */
static double slope_rounding(const row *r, tg_dtype dtype)
{
    static const char *const names[] = { "expm1", "sigmoid", "tanh" };
    for (int i = 0; i < COUNT_OF(names); i++)
        if (strcmp(r->name, names[i]) == 0)
            return 4 * (dtype == TG_F32 ? (double)FLT_EPSILON : DBL_EPSILON);
    return 0;
}

/* In ulp; what the slope is made of may have been rounded. That of erfinv is e^(y^2). */
static double slope_limit(const row *r, double y)
{
    return strcmp(r->name, "erfinv") == 0 ? 12 + 2 * y * y : 12;
}

static void ck_known(const row *r, tg_dtype dtype, bool alone)
{
    enum { REPEATED = 83 }; /* vectors and what is left of them, at every place of a vector */
    int count = 0;
    const double *points = points_of(r, &count);
    const int arity = r->unary ? 1 : 2, width = 1 + 2 * arity;
    for (int i = 0; i < REPEATED; i++)
        for (int k = 0; k < arity; k++) operand[k][i] = points[i % count * width + k];
    compute_all(r, dtype, REPEATED, true, alone);
    for (int i = 0; i < REPEATED; i++) {
        const double *known = points + i % count * width + arity;
        bool exact = true;
        for (int k = 0; k < arity; k++) exact &= (double)(float)operand[k][i] == operand[k][i];
        if (dtype == TG_F32 && !exact) continue;
        ck_ulps(r, dtype, "the value", (size_t)i, computed[0][i], known[0], 4);
        for (int k = 1; k <= arity; k++) {
            if (dtype == TG_F32 && !fits_float(known[k])) continue;
            if (fabs(computed[k][i] - known[k]) <= slope_rounding(r, dtype)) continue;
            ck_ulps(r, dtype, k == 1 ? "the first slope" : "the second slope", (size_t)i,
                    computed[k][i], known[k], slope_limit(r, known[0]));
        }
    }
}

START_TEST(values_and_slopes_are_the_known_ones)
{
    ck_known(&rows[_i], TG_F64, false);
    ck_known(&rows[_i], TG_F32, false);
}
END_TEST

START_TEST(numbers_alone_have_the_known_values_and_slopes)
{
    ck_known(&rows[_i], TG_F64, true);
    ck_known(&rows[_i], TG_F32, true);
}
END_TEST

/* ---- Wide samples ----------------------------------------------------------------------- */

typedef long double wide;

static wide negative(wide x) { return -x; }
static wide squared(wide x) { return x * x; }
static wide inverse(wide x) { return 1 / x; }
static wide inverse_root(wide x) { return 1 / sqrtl(x); }
static wide sign_of(wide x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
static wide logistic(wide x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
static wide soft(wide x) { return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x)); }
static const wide HALF_CIRCLE = 3.14159265358979323846264338327950288L;
/* By Newton's method from 0: erf is concave there, so it comes from below. */
static wide inverse_erf(wide x)
{
    const wide size = fabsl(x);
    if (!(size < 1)) return size == 1 ? x * (wide)INFINITY : (wide)NAN;
    for (wide y = 0, next;; y = next) {
        const wide over = size < 0.5L ? erfl(y) - size : 1 - size - erfcl(y);
        next = y - over * expl(y * y) * sqrtl(HALF_CIRCLE) / 2;
        if (!(next > y)) return copysignl(y, x);
    }
}
/* Abramowitz and Stegun 6.3.5 to 6.3.18. */
static wide digamma(wide x)
{
    if (x < 0.5L && x != 0) {
        const wide r = x - rintl(x);
        return r == 0 ? (wide)NAN : digamma(1 - x) - HALF_CIRCLE / tanl(HALF_CIRCLE * r);
    }
    wide sum = 0;
    for (; x < 40; x += 1) sum -= 1 / x;
    const wide square = 1 / (x * x);
    const wide tail = 1 / 12.0L - square * (1 / 120.0L - square * (1 / 252.0L - square / 240));
    return sum + logl(x) - 1 / (2 * x) - square * (tail + square * square * square * square / 132);
}
static wide plus(wide a, wide b) { return a + b; }
static wide minus(wide a, wide b) { return a - b; }
static wide times(wide a, wide b) { return a * b; }
static wide over(wide a, wide b) { return a / b; }
static wide larger(wide a, wide b) { return isnan(a) || a > b ? a : b; }
static wide smaller(wide a, wide b) { return isnan(a) || a < b ? a : b; }
static wide a_log_b(wide a, wide b) { return a == 0 && !isnan(b) ? 0 : a * logl(b); }
/* Some C libraries' long double functions forget the sign of a power that overflows, ... */
static wide power(wide a, wide b)
{
    const wide y = powl(a, b);
    return a < 0 && fabsl(fmodl(b, 2)) == 1 ? copysignl(y, -1) : y;
}
/* ... and compute something for large negative numbers. */
static wide area(wide x) { return x < 1 ? (wide)NAN : acoshl(x); }
static wide log_of_sum(wide a, wide b)
{
    if (isinf(a) && a == b) return a;
    return larger(a, b) + log1pl(expl(-fabsl(a - b)));
}

typedef struct reference {
    const char *name;
    wide (*unary)(wide x);
    wide (*binary)(wide a, wide b);
    double limit; /* in ulp: of a multiple up to twice that of the function */
} reference;

/* floor_div and remainder are not among them: their known values show what they are. */
/* clang-format off */
static const reference references[] = {
    { "neg", negative, NULL, 0 },       { "abs", fabsl, NULL, 0 },
    { "square", squared, NULL, 0.5 },   { "exp", expl, NULL, 4 },
    { "expm1", expm1l, NULL, 4 },       { "sqrt", sqrtl, NULL, 0.5 },
    { "tanh", tanhl, NULL, 4 },         { "sigmoid", logistic, NULL, 4 },
    { "exp2", exp2l, NULL, 4 },         { "rsqrt", inverse_root, NULL, 4 },
    { "cbrt", cbrtl, NULL, 4 },         { "reciprocal", inverse, NULL, 0.5 },
    { "tan", tanl, NULL, 4 },           { "log", logl, NULL, 4 },
    { "log1p", log1pl, NULL, 4 },       { "log2", log2l, NULL, 4 },
    { "log10", log10l, NULL, 4 },       { "sin", sinl, NULL, 4 },
    { "cos", cosl, NULL, 4 },           { "asin", asinl, NULL, 4 },
    { "acos", acosl, NULL, 4 },         { "atan", atanl, NULL, 4 },
    { "sinh", sinhl, NULL, 4 },         { "cosh", coshl, NULL, 4 },
    { "asinh", asinhl, NULL, 4 },       { "acosh", area, NULL, 4 },
    { "atanh", atanhl, NULL, 4 },       { "softplus", soft, NULL, 4 },
    { "erf", erfl, NULL, 4 },           { "erfc", erfcl, NULL, 5 },
    { "normal_pdf", exact_normal_pdf, NULL, 4 },
    { "gelu", exact_gelu, NULL, 6 },    { "gelu_slope", exact_gelu_slope, NULL, 7 },
    { "erfinv", inverse_erf, NULL, 4 }, { "lgamma", lgammal, NULL, 4 },
    { "digamma", digamma, NULL, 4 },
    { "sign", sign_of, NULL, 0 },       { "floor", floorl, NULL, 0 },
    { "ceil", ceill, NULL, 0 },         { "round", rintl, NULL, 0 },
    { "trunc", truncl, NULL, 0 },       { "add", NULL, plus, 0.5 },
    { "sub", NULL, minus, 0.5 },        { "mul", NULL, times, 0.5 },
    { "div", NULL, over, 0.5 },         { "pow", NULL, power, 4 },
    { "atan2", NULL, atan2l, 4 },       { "hypot", NULL, hypotl, 4 },
    { "logaddexp", NULL, log_of_sum, 4 },
    { "xlogy", NULL, a_log_b, 8.5 },
    { "maximum", NULL, larger, 0 },     { "minimum", NULL, smaller, 0 },
};
/* clang-format on */

static const reference *reference_of(const row *r)
{
    for (int i = 0; i < COUNT_OF(references); i++)
        if (strcmp(references[i].name, r->name) == 0) return &references[i];
    return NULL;
}

/* A third each: any bits, which are as often tiny as huge, not finite, or denormal; numbers that
 * exponentials bear; numbers near 0 and 1. */
static double draw_operand(rng *random, tg_dtype dtype)
{
    const uint64_t bits = rng_next(random);
    const uint32_t half = (uint32_t)(bits >> 32);
    double x;
    float narrow;
    switch (bits % 3) {
    case 0: x = rng_between(random, -100, 100); break;
    case 1: x = rng_between(random, -1.5, 1.5); break;
    default:
        memcpy(&x, &bits, sizeof x);
        memcpy(&narrow, &half, sizeof narrow);
        return dtype == TG_F32 ? (double)narrow : x;
    }
    return dtype == TG_F32 ? (double)(float)x : x;
}

/* With denormals flushed, what they were may be missing in a result; those that come out of nothing
 * but normal numbers lose no more. */
static bool flushed(const row *r, size_t i, wide want)
{
    if (tape->store->keep_denormals) return false;
    return !fits_float(operand[0][i]) || (r->binary && !fits_float(operand[1][i])) ||
           fabsl((wide)computed[0][i] - want) <= (wide)FLT_MIN;
}

/* Between what all results must be, however large an operand. */
typedef struct limits {
    const char *name;
    double least, most;
} limits;
static const limits all_limits[] = {
    { "sin", -1, 1 },         { "cos", -1, 1 },
    { "tanh", -1, 1 },        { "erf", -1, 1 },
    { "sigmoid", 0, 1 },      { "exp", 0, INFINITY },
    { "exp2", 0, INFINITY },  { "erfc", 0, 2 },
    { "normal_pdf", 0, 0.4 }, { "softplus", 0, INFINITY },
    { "cosh", 1, INFINITY },  { "expm1", -1, INFINITY },
    { "acos", 0, 3.1415928 }, { "gelu", -0.17, INFINITY },
};

/* Of floats every so manyth one, of doubles as many that are as large. */
static void ck_limits(const limits *l, tg_dtype dtype, int count)
{
    const row *r = rows;
    while (strcmp(r->name, l->name) != 0) r++;
    rng random = rng_of((uint64_t)dtype, (uint64_t)(l - all_limits));
    for (int done = 0; done < count; done += RUN) {
        for (int i = 0; i < RUN; i++) {
            const uint64_t step = (uint64_t)(0x1p32 / count);
            const uint32_t bits =
                (uint32_t)((uint64_t)(done + i) * step + rng_next(&random) % step);
            float narrow;
            memcpy(&narrow, &bits, sizeof narrow);
            operand[0][i] = dtype == TG_F32 || isnan(narrow)
                                ? (double)narrow
                                : (double)narrow * rng_between(&random, 1, 1.0001);
        }
        compute_all(r, dtype, RUN, false, false);
        for (int i = 0; i < RUN; i++) {
            const double y = computed[0][i];
            /* Check writes a line for each assertion: too slow for so many. */
            if (!isnan(y) && !(y >= l->least && y <= l->most))
                ck_abort_msg("%s of %.17g is %.17g, %s", l->name, operand[0][i], y,
                             tg_dtype_name(dtype));
        }
    }
}

START_TEST(results_keep_their_limits)
{
    ck_limits(&all_limits[_i], TG_F32, scaled(1 << 18));
    ck_limits(&all_limits[_i], TG_F64, scaled(1 << 18));
}
END_TEST

static void ck_wide(const row *r, tg_dtype dtype, int count, bool alone)
{
    const reference *ref = reference_of(r);
    rng random = rng_of((uint64_t)dtype, (uint64_t)(r - rows));
    for (int done = 0; done < count; done += RUN) {
        for (int i = 0; i < RUN; i++)
            for (int k = 0; k < 2; k++) operand[k][i] = draw_operand(&random, dtype);
        compute_all(r, dtype, RUN, false, alone);
        for (size_t i = 0; i < RUN; i++) {
            const wide want =
                ref->unary ? ref->unary(operand[0][i]) : ref->binary(operand[0][i], operand[1][i]);
            if (flushed(r, i, want)) continue;
            ck_ulps(r, dtype, "the value", i, computed[0][i], want, ref->limit);
        }
    }
}

/* Is there something better than double to compare with, and should there be? */
static bool has_reference(const row *r)
{
    if (strcmp(r->name, "floor_div") == 0 || strcmp(r->name, "remainder") == 0) return false;
    ck_assert_msg(reference_of(r), "there is no function to compare %s with", r->name);
    return LDBL_MANT_DIG >= 64;
}

START_TEST(values_are_right_over_the_whole_range_of_operands)
{
    const row *r = &rows[_i];
    for (tg_dtype dtype = TG_F32; dtype <= TG_F64 && has_reference(r); dtype++) {
        ck_wide(r, dtype, scaled(1 << 17), false);
        ck_wide(r, dtype, scaled(RUN), true);
    }
}
END_TEST

START_TEST(flushing_denormals_costs_normal_numbers_nothing)
{
    if (has_reference(&rows[_i])) ck_wide(&rows[_i], TG_F32, scaled(1 << 17), false);
}
END_TEST

/* ---- What has no row -------------------------------------------------------------------- */

START_TEST(log_sigmoid_is_exact_at_both_ends)
{
    /* ln(1 / (1 + e^-x)), by mpmath. */
    const double at[] = { -1000, -40, -1, 0, 1, 30, 700 };
    const double want[] = { -1000,
                            -40,
                            -1.3132616875182228,
                            -0.69314718055994531,
                            -0.31326168751822283,
                            -9.3576229688397368e-14,
                            -9.8596765437597709e-305 };
    double got[COUNT_OF(at)];
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(COUNT_OF(at)), at);
    ck_assert_int_eq(tg_get(tg_log_sigmoid(x), got, COUNT_OF(at)), TG_OK);
    for (int i = 0; i < COUNT_OF(at); i++)
        ck_assert_msg(ulps(TG_F64, got[i], want[i], 0) <= 4, "log_sigmoid(%g) is %.17g, not %.17g",
                      at[i], got[i], want[i]);
}
END_TEST

START_TEST(floats_are_classified)
{
    const double at[] = { 0, -0.0, 1, 5e-324, (double)INFINITY, -(double)INFINITY, (double)NAN };
    const struct {
        unary_function *record;
        bool want[COUNT_OF(at)];
    } kinds[] = {
        { tg_is_nan_at, { 0, 0, 0, 0, 0, 0, 1 } },
        { tg_is_infinite_at, { 0, 0, 0, 0, 1, 1, 0 } },
        { tg_is_finite_at, { 1, 1, 1, 1, 0, 0, 0 } },
    };
    for (int k = 0; k < COUNT_OF(kinds); k++)
        for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++) {
            tg_tensor *x = tg_cast(tg_constant(tape, TG_F64, TG_SHAPE(COUNT_OF(at)), at), dtype);
            bool got[COUNT_OF(at)];
            ck_assert_int_eq(tg_get(kinds[k].record(TG_HERE, x), got, COUNT_OF(at)), TG_OK);
            ck_assert_mem_eq(got, kinds[k].want, sizeof got);
        }
}
END_TEST

START_TEST(masks_combine_as_their_truth_tables_say)
{
    const bool p[] = { false, false, true, true }, q[] = { false, true, false, true };
    const struct {
        binary_function *record;
        bool want[4];
    } kinds[] = {
        { tg_and_at, { 0, 0, 0, 1 } },  { tg_or_at, { 0, 1, 1, 1 } },
        { tg_xor_at, { 0, 1, 1, 0 } },  { tg_equal_at, { 1, 0, 0, 1 } },
        { tg_less_at, { 0, 1, 0, 0 } },
    };
    tg_tensor *a = tg_constant(tape, TG_BOOL, TG_SHAPE(4), p);
    tg_tensor *b = tg_constant(tape, TG_BOOL, TG_SHAPE(4), q);
    bool got[4];
    for (int k = 0; k < COUNT_OF(kinds); k++) {
        ck_assert_int_eq(tg_get(kinds[k].record(TG_HERE, a, b), got, 4), TG_OK);
        ck_assert_mem_eq(got, kinds[k].want, sizeof got);
    }
    ck_assert_int_eq(tg_get(tg_not(a), got, 4), TG_OK);
    ck_assert_mem_eq(got, ((const bool[]){ true, true, false, false }), sizeof got);
}
END_TEST

static const struct {
    tg_tensor *(*record)(tg_site at, tg_tensor *x, double c);
    bool want[3]; /* of a smaller x, an equal one, a larger one */
} compared[] = {
    { tg_equal_num_at, { 0, 1, 0 } },   { tg_not_equal_num_at, { 1, 0, 1 } },
    { tg_less_num_at, { 1, 0, 0 } },    { tg_less_equal_num_at, { 1, 1, 0 } },
    { tg_greater_num_at, { 0, 0, 1 } }, { tg_greater_equal_num_at, { 0, 1, 1 } },
};

START_TEST(numbers_are_compared_in_the_dtype_of_the_tensor)
{
    const tg_dtype dtypes[] = { TG_F64, TG_F32, TG_I32, TG_I64, TG_U8 };
    tg_tensor *from = tg_constant(tape, TG_F64, TG_SHAPE(3), ((const double[]){ 2, 3, 4 }));
    bool got[3];
    for (int d = 0; d < COUNT_OF(dtypes); d++) {
        tg_tensor *x = tg_cast(from, dtypes[d]);
        tg_tensor *y = compared[_i].record(TG_HERE, x, 3);
        ck_assert_int_eq(tg_dtype_of(y), TG_BOOL);
        ck_assert_int_eq(tg_get(y, got, 3), TG_OK);
        ck_assert_mem_eq(got, compared[_i].want, sizeof got);
    }
    /* 0.1 is no f32, and the nearest one is larger. */
    const float tenths[] = { 0.1F - 0x1p-27F, 0.1F, 0.1F + 0x1p-27F };
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(3), tenths);
    ck_assert_int_eq(tg_get(compared[_i].record(TG_HERE, x, 0.1), got, 3), TG_OK);
    ck_assert_mem_eq(got, compared[_i].want, sizeof got);
    const bool bits[] = { false, true };
    tg_tensor *b = tg_constant(tape, TG_BOOL, TG_SHAPE(2), bits);
    ck_assert_int_eq(tg_get(compared[_i].record(TG_HERE, b, 1), got, 2), TG_OK);
    ck_assert_mem_eq(got, compared[_i].want, 2 * sizeof *got);
    ck_no_error();
}
END_TEST

/* It selects, and does not get in the way of the gradient. */
START_TEST(a_comparison_with_a_number_makes_a_mask)
{
    const double data[] = { -2, 0.25, 3 };
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(3), data);
    tg_tensor *zero = tg_number_like(x, 0);
    tg_tensor *y = tg_sum(tg_select(tg_greater_num(x, 0.25), tg_square(x), zero));
    ck_values(tg_grad(y, x), 3, (double[]){ 0, 0, 6 });
    ck_values(y, 1, (double[]){ 9 });
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("elementwise");
    TCase *all = tcase_create("elementwise");
    tcase_add_checked_fixture(all, open_exact_tape, close_tape);
    tcase_add_loop_test(all, values_and_slopes_are_the_known_ones, 0, COUNT_OF(rows));
    tcase_add_loop_test(all, numbers_alone_have_the_known_values_and_slopes, 0, COUNT_OF(rows));
    tcase_add_loop_test(all, values_are_right_over_the_whole_range_of_operands, 0, COUNT_OF(rows));
    tcase_add_loop_test(all, results_keep_their_limits, 0, COUNT_OF(all_limits));
    tcase_add_test(all, log_sigmoid_is_exact_at_both_ends);
    tcase_add_test(all, floats_are_classified);
    tcase_add_loop_test(all, numbers_are_compared_in_the_dtype_of_the_tensor, 0,
                        COUNT_OF(compared));
    tcase_add_test(all, a_comparison_with_a_number_makes_a_mask);
    tcase_add_test(all, masks_combine_as_their_truth_tables_say);
    suite_add_tcase(suite, all);
    TCase *flush = tcase_create("flush");
    tcase_add_checked_fixture(flush, open_tape, close_tape);
    tcase_add_loop_test(flush, flushing_denormals_costs_normal_numbers_nothing, 0, COUNT_OF(rows));
    suite_add_tcase(suite, flush);
    return run_suite(suite);
}
