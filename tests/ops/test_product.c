/* test_product.c: running and whole products, and their derivatives, of numbers of any size: they
 * are right wherever they can be held, whatever the products on the way are. The second opinion is
 * the sum over all terms, in numbers with an exponent of their own. */
#include "tests/support/both_ways.h"
#include "tests/support/random.h"

#include <float.h>

/* ---- Numbers of any size: m 2^e, |m| in [1/2, 1) or 0 ----------------------------------- */

typedef struct far {
    double m;
    long e;
} far;

static far far_of(double x)
{
    int e = 0;
    const double m = frexp(x, &e);
    return (far){ m, e };
}
static far far_times(far a, double x)
{
    const far b = far_of(x), y = far_of(a.m * b.m);
    return (far){ y.m, y.m == 0 ? 0 : a.e + b.e + y.e };
}
static far far_plus(far a, far b)
{
    if (a.m == 0) return b;
    if (b.m == 0) return a;
    const far big = a.e < b.e ? b : a, small = a.e < b.e ? a : b;
    const long apart = small.e - big.e;
    const far y = far_of(big.m + (apart < -200 ? 0 : ldexp(small.m, (int)apart)));
    return (far){ y.m, y.m == 0 ? 0 : big.e + y.e };
}
static double far_value(far a)
{
    return a.e > 5000 ? a.m * (double)INFINITY : a.e < -5000 ? 0 : ldexp(a.m, (int)a.e);
}

/* [got] is [want], but for the rounding of what was added: [size] is the sum of its terms' sizes.
 * Where that is too large to be held, so may be what it is made of. */
static void ck_far(double got, far want, far size, tg_dtype dtype, const char *what, int i)
{
    const bool is_float = dtype == TG_F32;
    const double most = is_float ? (double)FLT_MAX : DBL_MAX;
    const double least = is_float ? (double)FLT_MIN : DBL_MIN;
    const double value = far_value(want), slack = far_value(size);
    const double eps = is_float ? 1e-6 : 1e-13;
    if (fabs(value) > most * (1 - eps) || slack > most) {
        if (fabs(value) > most * (1 + eps) && fabs(value) > slack * 1e-3)
            ck_assert_msg(isinf(got) && (got > 0) == (value > 0), "%s: %d is %g, not %g", what, i,
                          got, value);
        return;
    }
    ck_assert_msg(fabs(got - value) <= eps * slack + least, "%s: %d is %.17g, not %.17g (of %g)",
                  what, i, got, value, slack);
}

/* ---- Values ------------------------------------------------------------------------------ */

START_TEST(running_products_pass_beyond_what_can_be_held)
{
    const double inf = (double)INFINITY;
    const double x[3][4] = { { 1e-300, 1e200, 1e200, 1e200 },
                             { 1e300, 1e-200, 1e-200, 1e-200 },
                             { 1e300, 1e300, 1e-300, -1e-300 } };
    const double want[3][4] = { { 1e-300, 1e-100, 1e100, 1e300 },
                                { 1e300, 1e100, 1e-100, 1e-300 },
                                { 1e300, inf, 1e300, -1 } };
    tg_tensor *in = tg_constant(tape, TG_F64, TG_SHAPE(3, 4), x);
    double y[3][4], whole[3];
    compute(tg_cumprod(in, 1), false, 12, y[0]);
    compute(tg_prod(in, .axis = 1), true, 3, whole);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++)
            ck_assert_msg(y[i][j] == want[i][j] || fabs(y[i][j] / want[i][j] - 1) < 1e-15,
                          "%d, %d: %g", i, j, y[i][j]);
        ck_assert(whole[i] == y[i][3]);
    }
    const float f[] = { 1e30f, 1e30f, 1e-30f, 1e-30f };
    tg_tensor *narrow = tg_constant(tape, TG_F32, TG_SHAPE(4), f);
    compute(tg_cumprod(narrow, 0), false, 4, y[0]);
    ck_assert(y[0][0] == (double)1e30f && isinf(y[0][1]) && y[0][2] == (double)1e30f);
    ck_assert(fabs(y[0][3] - 1) < 1e-6);
}
END_TEST

/* Numbers at the ends of the range, many times; infinity and NaN among what passes beyond it. */
START_TEST(products_of_the_largest_and_the_smallest)
{
    enum { N = 40 };
    const double ends[2][2] = { { 0x1p1023, 0x1p-1022 }, { 0x1p-1074, 0x1p1023 } };
    double x[N + 20], y[N + 20];
    for (int k = 0; k < 2; k++) {
        const int back = k ? N / 2 + 1 : N / 2; /* 1074 * 20 = 1023 * 21 - 3 */
        for (int i = 0; i < N / 2 + back; i++) x[i] = ends[k][i >= N / 2];
        tg_tensor *in = tg_constant(tape, TG_F64, TG_SHAPE(N / 2 + back), x);
        compute(tg_cumprod(in, 0), false, (size_t)(N / 2 + back), y);
        ck_assert(y[N / 2 + back - 1] == (k ? 0x1p3 : 0x1p20));
    }
    const double big[4] = { 1, 1e300, 1e300, 1e300 };
    const double c[3][4] = { { (double)INFINITY, 0, 0, -1e300 },
                             { (double)NAN, 0, 0, 1 },
                             { 0, 0, 0, -1 } };
    tg_tensor *in = fed("x", TG_SHAPE(4), big);
    for (int k = 0; k < 3; k++) {
        tg_tensor *weights = fed("c", TG_SHAPE(4), c[k]);
        compute(tg_grad(tg_sum(tg_mul(tg_cumprod(in, 0), weights)), in), false, 4, y);
        ck_assert(k == 0   ? y[0] == (double)INFINITY
                  : k == 1 ? isnan(y[0])
                           : y[0] == -(double)INFINITY);
    }
}
END_TEST

/* As NumPy's, one after the other, to the last bit. */
START_TEST(products_round_as_a_loop_does)
{
    enum { ROWS = 11, N = 301 };
    static double x[ROWS * N], y[ROWS * N], whole[ROWS];
    rng random = rng_of((uint64_t)_i, 1);
    for (int i = 0; i < ROWS * N; i++) x[i] = rng_between(&random, -1.6, 1.6);
    x[5 * N + 7] = 0;
    x[6 * N + 8] = (double)INFINITY;
    x[7 * N + 9] = (double)NAN;
    tg_tensor *in = fed("x", TG_SHAPE(ROWS, N), x);
    compute(tg_cumprod(in, 1), _i, ROWS * N, y);
    compute(tg_prod(in, .axis = 1), _i, ROWS, whole);
    for (int i = 0; i < ROWS; i++) {
        double product = 1;
        for (int j = 0; j < N; j++) {
            product *= x[i * N + j];
            const double got = y[i * N + j];
            ck_assert_msg(got == product || (isnan(got) && isnan(product)), "%d, %d: %g, not %g", i,
                          j, got, product);
        }
        ck_assert(whole[i] == product || (isnan(whole[i]) && isnan(product)));
    }
}
END_TEST

/* A line's bits are its own, whoever its neighbours are and however many threads there are. */
START_TEST(a_line_does_not_depend_on_its_neighbours)
{
    enum { ROWS = 21, N = 60 };
    static double x[ROWS][N], alone[N], both[ROWS * N];
    rng random = rng_of(3, 4);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < N; j++)
            x[i][j] = ldexp(rng_between(&random, -1, 1), i % 3 ? 0 : rng_below(&random, 800) - 400);
    tg_tensor *in = fed("x", TG_SHAPE(ROWS, N), x[0]);
    tg_tensor *rows[2] = { tg_cumprod(in, 1), tg_grad(tg_sum(tg_cumprod(in, 1)), in) };
    for (int what = 0; what < 2; what++) {
        tg_plan *plan = tg_compile(tape, rows[what], .threads = 3);
        run(plan);
        get_doubles(rows[what], ROWS * N, both);
        tg_plan_free(plan);
        for (int i = 0; i < ROWS; i++) {
            tg_tensor *line = fed("line", TG_SHAPE(N), x[i]);
            tg_tensor *y = tg_cumprod(line, 0);
            compute(what ? tg_grad(tg_sum(y), line) : y, false, N, alone);
            ck_assert_mem_eq(alone, both + i * N, sizeof alone);
        }
    }
}
END_TEST

/* ---- Derivatives of all orders ----------------------------------------------------------- */

enum { MOST_N = 6, MOST_ORDER = 3 };
typedef struct form {
    int n, order;
    bool running;
    double x[MOST_N], c[MOST_N], u[MOST_ORDER][MOST_N];
} form;

/* Adds factor times: the sum, over all places that differ from each other and from [k], of a u for
 * each of [order] elements up to j and x of those that are left, but for [k] (-1: none). */
static void add_terms(const form *f, int k, int j, double factor, far *sum, far *size)
{
    int places = 1;
    for (int i = 0; i < f->order; i++) places *= f->n;
    for (int way = 0; way < places; way++) {
        int by[MOST_N];
        bool all_differ = true;
        for (int l = 0; l < f->n; l++) by[l] = l == k ? -2 : -1;
        for (int i = 0, rest = way; i < f->order; i++, rest /= f->n) {
            const int l = rest % f->n;
            all_differ = all_differ && by[l] == -1 && l <= j;
            by[l] = i;
        }
        if (!all_differ) continue;
        far term = far_of(factor);
        for (int l = 0; l <= j; l++)
            if (by[l] != -2) term = far_times(term, by[l] == -1 ? f->x[l] : f->u[by[l]][l]);
        *sum = far_plus(*sum, term);
        *size = far_plus(*size, (far){ fabs(term.m), term.e });
    }
}

/* What element [k] receives from c, differentiated along each u. */
static void sum_terms(const form *f, int k, far *sum, far *size)
{
    *sum = *size = (far){ 0, 0 };
    for (int j = f->running ? k : f->n - 1; j < f->n; j++)
        add_terms(f, k, j, f->c[f->running ? j : 0], sum, size);
}

static void draw_far(rng *r, tg_dtype dtype, int n, double *x)
{
    const int reach = dtype == TG_F32 ? 110 : 1000;
    for (int i = 0; i < n; i++) {
        const double m = rng_between(r, 0.5, 1) * (rng_once_in(r, 2) ? -1 : 1);
        x[i] = rng_once_in(r, 5)
                   ? 0
                   : ldexp(m, rng_once_in(r, 3) ? 0 : rng_below(r, reach) - reach / 2);
        if (rng_once_in(r, 12)) x[i] = ldexp(m, rng_once_in(r, 2) ? reach : -reach);
        if (dtype == TG_F32) x[i] = (double)(float)x[i];
    }
}

static tg_tensor *put(tg_dtype dtype, int n, const double *x)
{
    return tg_cast(fed("x", TG_SHAPE(n), x), dtype);
}

static void ck_form(const form *f, tg_dtype dtype, tg_tensor *y, const char *what)
{
    double got[2][MOST_N];
    for (int naive = 0; naive < 2; naive++) compute(y, naive, (size_t)f->n, got[naive]);
    for (int k = 0; k < f->n; k++) {
        far sum, size;
        sum_terms(f, k, &sum, &size);
        ck_far(got[0][k], sum, size, dtype, what, k);
        ck_assert(memcmp(&got[0][k], &got[1][k], sizeof(double)) == 0);
    }
}

START_TEST(derivatives_of_all_orders_are_the_sums_of_their_terms)
{
    rng random = rng_of((uint64_t)_i, 2);
    const tg_dtype dtype = rng_once_in(&random, 3) ? TG_F32 : TG_F64;
    form f = { .n = 1 + rng_below(&random, MOST_N), .running = rng_once_in(&random, 2) };
    draw_far(&random, dtype, f.n, f.x);
    draw_far(&random, dtype, f.n, f.c);
    for (int i = 0; i < MOST_ORDER; i++) draw_far(&random, dtype, f.n, f.u[i]);
    tg_tensor *x = put(dtype, f.n, f.x);
    tg_tensor *c = put(dtype, f.running ? f.n : 1, f.c), *u[MOST_ORDER];
    for (int i = 0; i < MOST_ORDER; i++) u[i] = put(dtype, f.n, f.u[i]);
    tg_tensor *y = f.running ? tg_cumprod(x, 0) : tg_prod(x, .axis = 0, .keep = true);
    char what[40];
    for (f.order = 0; f.order <= MOST_ORDER; f.order++) {
        y = tg_grad(tg_sum(tg_mul(y, f.order ? u[f.order - 1] : c)), x);
        snprintf(what, sizeof what, "draw %d, order %d, %s", _i, f.order, tg_dtype_name(dtype));
        ck_form(&f, dtype, y, what);
    }
    f.order = 2; /* by the directions and by the cotangent */
    tg_tensor *product = f.running ? tg_cumprod(x, 0) : tg_prod(x, .axis = 0, .keep = true);
    tg_tensor *first = tg_grad(tg_sum(tg_mul(product, c)), x);
    tg_tensor *second = tg_grad(tg_sum(tg_mul(first, u[0])), x);
    tg_tensor *number = tg_sum(tg_mul(tg_grad(tg_sum(tg_mul(second, u[1])), x), u[2]));
    for (int i = 0; i < 2; i++) {
        form by = f;
        memcpy(by.u[i], f.u[2], sizeof by.u[i]);
        snprintf(what, sizeof what, "draw %d, by direction %d", _i, i);
        ck_form(&by, dtype, tg_grad(number, u[i]), what);
    }
    /* The cotangent's is the third derivative along all; what that gives back to a direction is
     * what a second one gives to x. */
    tg_tensor *along = tg_grad(number, c);
    double got[MOST_N];
    f.order = 3;
    compute(along, false, f.running ? (size_t)f.n : 1, got);
    for (int j = f.running ? 0 : f.n - 1; j < f.n; j++) {
        far sum = { 0, 0 }, size = { 0, 0 };
        add_terms(&f, -1, j, 1, &sum, &size);
        ck_far(got[f.running ? j : 0], sum, size, dtype, "by the cotangent", j);
    }
    f.order = 2;
    snprintf(what, sizeof what, "draw %d, back from the cotangent", _i);
    ck_form(&f, dtype, tg_grad(tg_sum(tg_mul(along, c)), u[2]), what);
}
END_TEST

/* Up to 1e2640 and back, in the middle of the row; c is 1 at the end. */
START_TEST(long_rows_grow_and_decay)
{
    enum { N = 9000 };
    static double x[N], y[N], g[N], whole[N];
    const tg_dtype dtype = _i ? TG_F32 : TG_F64;
    rng random = rng_of(5, (uint64_t)_i);
    for (int i = 0; i < N; i++) {
        x[i] = rng_between(&random, 1.9, 2.1);
        if (i / 3000 == 1) x[i] = 1 / x[i];
        if (i / 3000 == 2) x[i] = i % 2 ? x[i] : 1 / x[i];
        if (_i) x[i] = (double)(float)x[i];
    }
    tg_tensor *in = tg_cast(fed("x", TG_SHAPE(N), x), dtype);
    compute(tg_cumprod(in, 0), false, N, y);
    compute(tg_grad(tg_prod(in), in), false, N, whole);
    compute(tg_grad(tg_pick(tg_cumprod(in, 0), 0, N - 1), in), false, N, g);
    far product = { 1, 0 };
    for (int i = 0; i < N; i++) {
        product = far_times(product, x[i]);
        const far size = { fabs(product.m), product.e };
        ck_far(y[i], product, size, dtype, "cumprod", i);
    }
    for (int i = 0; i < N; i++) {
        const far slope = far_times(product, 1 / x[i]), size = { fabs(slope.m) * 10, slope.e };
        ck_far(g[i], slope, size, dtype, "gradient", i);
        ck_assert(g[i] == whole[i]);
    }
}
END_TEST

/* Of several axes, which are not neighbours: in the order of the elements. */
START_TEST(products_of_several_axes_go_through_them_in_order)
{
    double x[2][3][2], want[3] = { 1, 1, 1 }, got[3];
    rng random = rng_of(6, 0);
    for (int i = 0; i < 12; i++) (&x[0][0][0])[i] = rng_between(&random, 0.5, 2);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 2; k++) want[j] *= x[i][j][k];
    tg_tensor *in = fed("x", TG_SHAPE(2, 3, 2), &x[0][0][0]);
    compute(tg_prod(in, .axes = TG_AXES(0, 2)), false, 3, got);
    ck_assert_mem_eq(got, want, sizeof want);
}
END_TEST

START_TEST(products_are_differentiated_so_often_and_no_more)
{
    const double at[3] = { 1, 2, 3 };
    tg_tensor *x = fed("x", TG_SHAPE(1, 1, 1, 1, 1, 1, 1, 3), at), *y = tg_cumprod(x, 7);
    for (int i = 0; i < 13; i++) y = tg_grad(tg_sum(y), x);
    ck_values(y, 3, (const double[]){ 0, 0, 0 }); /* a polynomial of the third degree */
    ck_assert_ptr_null(tg_grad(tg_sum(y), x));
    ck_says("tg_cumprod: a product has been differentiated 13 times, and can be no more often");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("product");
    TCase *all = tcase_create("product");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, running_products_pass_beyond_what_can_be_held);
    tcase_add_test(all, products_of_the_largest_and_the_smallest);
    tcase_add_loop_test(all, products_round_as_a_loop_does, 0, 2);
    tcase_add_test(all, a_line_does_not_depend_on_its_neighbours);
    tcase_add_loop_test(all, derivatives_of_all_orders_are_the_sums_of_their_terms, 0, scaled(400));
    tcase_add_loop_test(all, long_rows_grow_and_decay, 0, 2);
    tcase_add_test(all, products_of_several_axes_go_through_them_in_order);
    tcase_add_test(all, products_are_differentiated_so_often_and_no_more);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
