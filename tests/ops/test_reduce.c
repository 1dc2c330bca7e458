/* test_reduce.c: reductions along one axis or several, against loops in long double: values and
 * gradients, of all dtypes, on operands that lie in memory in different ways. */
#include "lines.h"

static tg_axes axes_of_set(uint32_t set)
{
    tg_axes axes = { 0 };
    for (int i = 0; i < TG_MAX_RANK; i++)
        if (set >> i & 1) axes.axis[axes.count++] = i;
    return axes;
}

/* A reduction: of n numbers, and its slope in number i. */
typedef struct reduction {
    const char *name;
    tg_tensor *(*record)(tg_tensor *x, tg_axes axes, bool keep);
    wide (*value)(const double *v, int64_t n);
    wide (*slope)(const double *v, int64_t n, int64_t i); /* NULL: there is none */
    unsigned dtypes;
    bool position; /* takes one axis, or all */
} reduction;

enum {
    FLOATS = 1 << TG_F32 | 1 << TG_F64,
    NUMBERS = FLOATS | 1 << TG_I32 | 1 << TG_I64 | 1 << TG_U8,
    BOOLS = 1 << TG_BOOL
};

#define RECORD(name, call)                                                                         \
    static tg_tensor *record_##name(tg_tensor *x, tg_axes axes, bool keep) { return call; }
RECORD(sum, tg_sum(x, .axes = axes, .keep = keep))
RECORD(mean, tg_mean(x, .axes = axes, .keep = keep))
RECORD(max, tg_max(x, .axes = axes, .keep = keep))
RECORD(min, tg_min(x, .axes = axes, .keep = keep))
RECORD(prod, tg_prod(x, .axes = axes, .keep = keep))
RECORD(any, tg_any(x, .axes = axes, .keep = keep))
RECORD(all, tg_all(x, .axes = axes, .keep = keep))
RECORD(argmax, tg_argmax(x, .axes = axes, .keep = keep))
RECORD(argmin, tg_argmin(x, .axes = axes, .keep = keep))
RECORD(logsumexp, tg_logsumexp(x, .axes = axes, .keep = keep))
RECORD(high_logsumexp, tg_logsumexp(tg_add_num(x, 4096), .axes = axes, .keep = keep))
RECORD(variance, tg_variance(x, .axes = axes, .keep = keep))
RECORD(variance0, tg_variance(x, .axes = axes, .keep = keep, .correction = 0))
RECORD(std, tg_std(x, .axes = axes, .keep = keep))
RECORD(std0, tg_std(x, .axes = axes, .keep = keep, .correction = 0))
RECORD(norm, tg_norm(x, .axes = axes, .keep = keep))
RECORD(norm1, tg_norm(x, .axes = axes, .keep = keep, .p = 1))
RECORD(norm3, tg_norm(x, .axes = axes, .keep = keep, .p = 3))
RECORD(norm_max, tg_norm(x, .axes = axes, .keep = keep, .p = (double)INFINITY))

static wide sum_of(const double *v, int64_t n)
{
    wide sum = 0;
    for (int64_t i = 0; i < n; i++) sum += v[i];
    return sum;
}
static wide mean_of(const double *v, int64_t n) { return sum_of(v, n) / n; }

/* 1 where v is the best, shared by all that are. */
static wide share_of(const double *v, int64_t n, int64_t i, wide best)
{
    int64_t ties = 0;
    for (int64_t k = 0; k < n; k++) ties += v[k] == best;
    return v[i] == best ? 1.0L / ties : 0;
}

static wide any_of(const double *v, int64_t n) { return n && max_of(v, n) != 0; }
static wide all_of(const double *v, int64_t n) { return !n || min_of(v, n) != 0; }

static wide product_without(const double *v, int64_t n, int64_t left_out)
{
    wide product = 1;
    for (int64_t i = 0; i < n; i++)
        if (i != left_out) product *= v[i];
    return product;
}
static wide product_of(const double *v, int64_t n) { return product_without(v, n, -1); }

static wide logsumexp_of(const double *v, int64_t n)
{
    wide sum = 0;
    for (int64_t i = 0; i < n; i++) sum += expl(v[i]);
    return logl(sum);
}
static wide high_logsumexp_of(const double *v, int64_t n) { return 4096 + logsumexp_of(v, n); }

static wide squares_of(const double *v, int64_t n)
{
    const wide mean = mean_of(v, n);
    wide sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (v[i] - mean) * (v[i] - mean);
    return sum;
}
/* Divided by [rest] elements; NaN unless there are any. */
static wide spread_of(const double *v, int64_t n, int64_t rest)
{
    return rest > 0 ? squares_of(v, n) / rest : (wide)NAN;
}
static wide spread_slope(const double *v, int64_t n, int64_t i, int64_t rest)
{
    return rest > 0 ? 2 * (v[i] - mean_of(v, n)) / rest : (wide)NAN;
}
static wide root_slope(wide square, wide slope)
{
    return square == 0 ? 0 : slope / (2 * sqrtl(square));
}

static wide variance_of(const double *v, int64_t n) { return spread_of(v, n, n - 1); }
static wide variance0_of(const double *v, int64_t n) { return spread_of(v, n, n); }
static wide std_of(const double *v, int64_t n) { return sqrtl(variance_of(v, n)); }
static wide std0_of(const double *v, int64_t n) { return sqrtl(variance0_of(v, n)); }

static wide norm_of(const double *v, int64_t n, wide p)
{
    wide sum = 0;
    for (int64_t i = 0; i < n; i++) sum += powl(fabsl(v[i]), p);
    return powl(sum, 1 / p);
}
static wide norm1_of(const double *v, int64_t n) { return norm_of(v, n, 1); }
static wide norm2_of(const double *v, int64_t n) { return norm_of(v, n, 2); }
static wide norm3_of(const double *v, int64_t n) { return norm_of(v, n, 3); }
static wide norm_max_of(const double *v, int64_t n)
{
    return n ? fmaxl(fabsl(max_of(v, n)), fabsl(min_of(v, n))) : 0;
}
static wide norm_slope(const double *v, int64_t n, int64_t i, wide p)
{
    return copysignl(powl(fabsl(v[i]) / norm_of(v, n, p), p - 1), v[i]);
}

#define SLOPE(name, value)                                                                         \
    static wide slope_of_##name(const double *v, int64_t n, int64_t i)                             \
    {                                                                                              \
        (void)v, (void)n, (void)i;                                                                 \
        return value;                                                                              \
    }
SLOPE(sum, 1)
SLOPE(mean, 1.0L / n)
SLOPE(max, share_of(v, n, i, max_of(v, n)))
SLOPE(min, share_of(v, n, i, min_of(v, n)))
SLOPE(prod, product_without(v, n, i))
SLOPE(logsumexp, expl(v[i] - logsumexp_of(v, n)))
SLOPE(variance, spread_slope(v, n, i, n - 1))
SLOPE(variance0, spread_slope(v, n, i, n))
SLOPE(std, root_slope(variance_of(v, n), spread_slope(v, n, i, n - 1)))
SLOPE(std0, root_slope(variance0_of(v, n), spread_slope(v, n, i, n)))
SLOPE(norm, norm_slope(v, n, i, 2))
SLOPE(norm1, norm_slope(v, n, i, 1))
SLOPE(norm3, norm_slope(v, n, i, 3))
SLOPE(norm_max, fabsl(v[i]) == norm_max_of(v, n) ? copysignl(1, v[i]) : 0) /* no ties are drawn */

static const reduction reductions[] = {
    { "sum", record_sum, sum_of, slope_of_sum, NUMBERS, false },
    { "mean", record_mean, mean_of, slope_of_mean, FLOATS, false },
    { "max", record_max, max_of, slope_of_max, NUMBERS, false },
    { "min", record_min, min_of, slope_of_min, NUMBERS, false },
    { "prod", record_prod, product_of, slope_of_prod, NUMBERS, false },
    { "any", record_any, any_of, NULL, BOOLS, false },
    { "all", record_all, all_of, NULL, BOOLS, false },
    { "argmax", record_argmax, argmax_of, NULL, NUMBERS, true },
    { "argmin", record_argmin, argmin_of, NULL, NUMBERS, true },
    { "logsumexp", record_logsumexp, logsumexp_of, slope_of_logsumexp, FLOATS, false },
    { "logsumexp of x + 4096", record_high_logsumexp, high_logsumexp_of, slope_of_logsumexp,
      1 << TG_F64, false },
    { "variance", record_variance, variance_of, slope_of_variance, FLOATS, false },
    { "variance without correction", record_variance0, variance0_of, slope_of_variance0, FLOATS,
      false },
    { "std", record_std, std_of, slope_of_std, FLOATS, false },
    { "std without correction", record_std0, std0_of, slope_of_std0, FLOATS, false },
    { "norm", record_norm, norm2_of, slope_of_norm, FLOATS, false },
    { "1-norm", record_norm1, norm1_of, slope_of_norm1, FLOATS, false },
    { "3-norm", record_norm3, norm3_of, slope_of_norm3, FLOATS, false },
    { "maximum norm", record_norm_max, norm_max_of, slope_of_norm_max, FLOATS, false },
};

static bool multiplies(const reduction *r)
{
    return r->dtypes == BOOLS || strcmp(r->name, "prod") == 0;
}

/* What the loops give for the operand: results, and what it receives from [cotangent]. */
static void reduce(const reduction *r, tg_dtype dtype, array x, uint32_t axes, array y,
                   array cotangent, array received)
{
    static int64_t places[8 * LONGEST];
    static double v[8 * LONGEST];
    for (int64_t group = 0; group < y.count; group++) {
        const int64_t n = group_of(x.shape, axes, group, places);
        for (int64_t i = 0; i < n; i++) v[i] = x.at[places[i]];
        const double value = (double)r->value(v, n);
        y.at[group] = r->position || is_float(dtype) ? value : as_dtype(dtype, value);
        for (int64_t i = 0; r->slope && i < n; i++)
            received.at[places[i]] = (double)(cotangent.at[group] * r->slope(v, n, i));
    }
}

static void ck_reduction(const reduction *r, tg_dtype dtype, const layout *l, int length, int form)
{
    start_over();
    const bool keep = length % 2;
    rng random = rng_of((uint64_t)length, (uint64_t)(r - reductions) * TG_DTYPES + (uint64_t)dtype);
    const tg_shape shape = shape_with(l->shape, l->long_axis, length);
    const array x =
        multiplies(r) ? draw_factors(&random, dtype, shape) : drawn_array(&random, dtype, shape);
    tg_shape kept = shape, dropped = { 0 };
    for (int i = 0; i < shape.rank; i++) {
        if (l->axes >> i & 1) kept.dim[i] = 1;
        else dropped.dim[dropped.rank++] = shape.dim[i];
    }
    const array y = array_of(keep ? kept : dropped), received = array_of(shape);
    const array cotangent = drawn_array(&random, dtype, y.shape);
    const int64_t n = y.count ? x.count / y.count : 0;
    const bool has_slope = r->slope && is_float(dtype) && x.count * n <= scaled(300000);
    reduction values = *r;
    if (!has_slope && is_float(dtype)) values.slope = NULL;
    reduce(&values, dtype, x, l->axes, y, cotangent, received);
    tg_tensor *operand = operand_of(dtype, x, form);
    tg_tensor *got = r->record(operand, axes_of_set(l->axes), keep);
    ck_elements(r->name, got, y, tolerance_of(dtype));
    if (has_slope)
        ck_received(r->name, got, cotangent, operand, received, 10 * tolerance_of(dtype));
}

static bool takes_position(const layout *l)
{
    return (l->axes & (l->axes - 1)) == 0 || l->axes == (1u << l->shape.rank) - 1;
}

START_TEST(reductions_are_what_loops_give)
{
    const reduction *r = &reductions[_i];
    for (int l = 0; l < COUNT_OF(layouts); l++)
        for (int k = 0; k < COUNT_OF(lengths); k++)
            for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++)
                if (r->dtypes >> dtype & 1 && (!r->position || takes_position(&layouts[l])))
                    ck_reduction(r, dtype, &layouts[l], lengths[k], (l + k) % FORMS);
}
END_TEST

START_TEST(reductions_of_nothing_are_what_the_header_says)
{
    const double nan = (double)NAN, infinity = (double)INFINITY;
    const struct {
        const char *name;
        double want;
    } of_nothing[] = {
        { "sum", 0 },        { "mean", nan },       { "prod", 1 }, { "logsumexp", -infinity },
        { "variance", nan }, { "std", nan },        { "norm", 0 }, { "1-norm", 0 },
        { "3-norm", 0 },     { "maximum norm", 0 }, { "any", 0 },  { "all", 1 },
    };
    for (int k = 0; k < COUNT_OF(of_nothing); k++)
        for (int r = 0; r < COUNT_OF(reductions); r++) {
            if (strcmp(reductions[r].name, of_nothing[k].name) != 0) continue;
            start_over();
            const tg_dtype dtype = reductions[r].dtypes == BOOLS ? TG_BOOL : TG_F64;
            const array want = array_of(TG_SHAPE(2, 3)), none = array_of(TG_SHAPE(2, 0, 3));
            for (int i = 0; i < 6; i++) want.at[i] = of_nothing[k].want;
            tg_tensor *x = input_of(dtype, none);
            ck_elements(reductions[r].name, reductions[r].record(x, TG_AXES(1), false), want, 0);
            const array empty = array_of(TG_SHAPE(2, 0));
            ck_elements(reductions[r].name, reductions[r].record(x, TG_AXES(2), false), empty, 0);
        }
}
END_TEST

START_TEST(the_first_of_the_smallest_wins_and_a_nan_over_all)
{
    const double nan = (double)NAN, x[] = { 3, -1, 2, -1, 5, nan, -9, nan, 0, 0, 0, 0 };
    tg_tensor *in = tg_constant(tape, TG_F64, TG_SHAPE(3, 4), x);
    int64_t got[3];
    ck_assert_int_eq(tg_get(tg_argmin(in, .axis = 1), got, 3), TG_OK);
    ck_assert_mem_eq(got, ((const int64_t[]){ 1, 1, 0 }), sizeof got);
    ck_assert_int_eq(tg_get(tg_argmax(in, .axis = 1), got, 3), TG_OK);
    ck_assert_mem_eq(got, ((const int64_t[]){ 0, 1, 0 }), sizeof got);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reduce");
    TCase *cases = tcase_create("reduce");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, reductions_are_what_loops_give, 0, COUNT_OF(reductions));
    tcase_add_test(cases, reductions_of_nothing_are_what_the_header_says);
    tcase_add_test(cases, the_first_of_the_smallest_wins_and_a_nan_over_all);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
