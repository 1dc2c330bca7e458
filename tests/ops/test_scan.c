/* test_scan.c: running sums, products and extremes, against loops in long double: values and
 * gradients, of all dtypes, on operands that lie in memory in different ways. */
#include "lines.h"

#include <float.h>

typedef struct scan {
    const char *name;
    tg_tensor *(*record)(tg_site at, tg_tensor *x, int axis);
    /* The result of a line, and what its elements receive from c. */
    void (*value)(const double *v, int64_t n, double *y);
    void (*received)(const double *v, int64_t n, const double *c, double *g);
} scan;

static void cumsum_of(const double *v, int64_t n, double *y)
{
    wide sum = 0;
    for (int64_t i = 0; i < n; i++) y[i] = (double)(sum += v[i]);
}
static void cumsum_received(const double *v, int64_t n, const double *c, double *g)
{
    wide sum = 0;
    (void)v;
    for (int64_t i = n; i-- > 0;) g[i] = (double)(sum += c[i]);
}

static void cumprod_of(const double *v, int64_t n, double *y)
{
    wide product = 1;
    for (int64_t i = 0; i < n; i++) y[i] = (double)(product *= v[i]);
}
static void cumprod_received(const double *v, int64_t n, const double *c, double *g)
{
    wide before = 1; /* the product of what stands before i */
    for (int64_t i = 0; i < n; before *= v[i++]) {
        wide others = before, sum = before * c[i];
        for (int64_t k = i + 1; k < n; k++) sum += c[k] * (others *= v[k]);
        g[i] = (double)sum;
    }
}

static void cumargmax_of(const double *v, int64_t n, double *y)
{
    for (int64_t i = 0; i < n; i++) y[i] = (double)place_of_best(v, i + 1, true);
}
static void cummax_of(const double *v, int64_t n, double *y)
{
    for (int64_t i = 0; i < n; i++) y[i] = v[place_of_best(v, i + 1, true)];
}
static void cummax_received(const double *v, int64_t n, const double *c, double *g)
{
    for (int64_t i = 0; i < n; i++) g[i] = 0;
    for (int64_t i = 0; i < n; i++) g[place_of_best(v, i + 1, true)] += c[i];
}

static const scan scans[] = {
    { "cumsum", tg_cumsum_at, cumsum_of, cumsum_received },
    { "cumprod", tg_cumprod_at, cumprod_of, cumprod_received },
    { "cummax", tg_cummax_at, cummax_of, cummax_received },
    { "cumargmax", tg_cumargmax_at, cumargmax_of, NULL },
};

static void ck_scan(const scan *s, tg_dtype dtype, const layout *l, int length, int form)
{
    start_over();
    static int64_t places[LONGEST];
    static double v[LONGEST], c[LONGEST], y[LONGEST], g[LONGEST];
    rng random = rng_of((uint64_t)length, (uint64_t)(s - scans) * TG_DTYPES + (uint64_t)dtype);
    const tg_shape shape = shape_with(l->shape, l->long_axis, length);
    const bool products = strcmp(s->name, "cumprod") == 0;
    const array x =
        products ? draw_factors(&random, dtype, shape) : drawn_array(&random, dtype, shape);
    const array cotangent = drawn_array(&random, dtype, shape);
    const array want = array_of(shape), received = array_of(shape);
    const bool has_slope = s->received && is_float(dtype);
    for (int64_t group = 0; group < group_count(shape, l->axes); group++) {
        const int64_t n = group_of(shape, l->axes, group, places);
        for (int64_t i = 0; i < n; i++) v[i] = x.at[places[i]], c[i] = cotangent.at[places[i]];
        s->value(v, n, y);
        if (has_slope) s->received(v, n, c, g);
        for (int64_t i = 0; i < n; i++)
            want.at[places[i]] = s->received ? as_dtype(dtype, y[i]) : y[i],
            received.at[places[i]] = g[i];
    }
    tg_tensor *operand = operand_of(dtype, x, form);
    tg_tensor *got = s->record(TG_HERE, operand, l->long_axis - shape.rank);
    ck_elements(s->name, got, want, tolerance_of(dtype));
    if (has_slope)
        ck_received(s->name, got, cotangent, operand, received, 10 * tolerance_of(dtype));
}

START_TEST(scans_are_what_loops_give)
{
    for (int l = 0; l < COUNT_OF(layouts); l++)
        for (int k = 0; k <= COUNT_OF(lengths); k++)
            for (tg_dtype dtype = TG_F32; dtype < TG_BOOL; dtype++)
                if (layouts[l].axes == 1u << layouts[l].long_axis)
                    ck_scan(&scans[_i], dtype, &layouts[l], k < COUNT_OF(lengths) ? lengths[k] : 0,
                            (l + k) % FORMS);
}
END_TEST

START_TEST(a_long_float_sum_keeps_six_digits)
{
    enum { COUNT = 1 << 20 };
    static float x[COUNT], got[COUNT];
    rng random = rng_of(1, 2);
    for (int i = 0; i < COUNT; i++) x[i] = (float)rng_between(&random, 0, 1);
    tg_tensor *in = tg_constant(tape, TG_F32, TG_SHAPE(COUNT), x);
    ck_assert_int_eq(tg_get(tg_cumsum(in, 0), got, COUNT), TG_OK);
    wide sum = 0;
    for (int i = 0; i < COUNT; i++) {
        sum += (wide)x[i];
        ck_assert(fabsl((wide)got[i] - sum) <= 1e-6L * sum);
    }
    ck_assert(fabs(tg_item(tg_cast(tg_sum(in), TG_F64)) - (double)sum) <= 1e-6 * (double)sum);
}
END_TEST

/* Two numbers beyond what half of the rows add up to, and one that is fine. */
START_TEST(a_float_sum_down_columns_may_overflow_half_way)
{
    enum { ROWS = 64 };
    float x[ROWS][3], got[3];
    for (int i = 0; i < ROWS; i++) {
        const float sign = i < ROWS / 2 ? 1 : -1;
        x[i][0] = sign * FLT_MAX;
        x[i][1] = i == ROWS - 1 ? 3 : x[i][0];
        x[i][2] = 0.5f;
    }
    tg_tensor *in = tg_constant(tape, TG_F32, TG_SHAPE(ROWS, 3), x);
    ck_assert_int_eq(tg_get(tg_sum(in, .axis = 0), got, 3), TG_OK);
    ck_assert(got[0] == 0 && got[1] == FLT_MAX && got[2] == 32);
}
END_TEST

START_TEST(a_running_maximum_is_nan_from_the_first_nan_on)
{
    const double nan = (double)NAN, x[] = { 1, 3, 3, nan, 7, nan };
    tg_tensor *in = tg_constant(tape, TG_F64, TG_SHAPE(6), x);
    ck_values(tg_cummax(in, 0), 6, (const double[]){ 1, 3, 3, nan, nan, nan });
    int64_t where[6];
    ck_assert_int_eq(tg_get(tg_cumargmax(in, 0), where, 6), TG_OK);
    ck_assert_mem_eq(where, ((const int64_t[]){ 0, 1, 1, 3, 3, 3 }), sizeof where);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scan");
    TCase *cases = tcase_create("scan");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, scans_are_what_loops_give, 0, COUNT_OF(scans));
    tcase_add_test(cases, a_long_float_sum_keeps_six_digits);
    tcase_add_test(cases, a_float_sum_down_columns_may_overflow_half_way);
    tcase_add_test(cases, a_running_maximum_is_nan_from_the_first_nan_on);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
