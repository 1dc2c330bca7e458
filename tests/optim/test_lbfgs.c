/* test_lbfgs.c: L-BFGS on functions whose minima are known, its directions against the matrix
 * that the two loops stand for, and how it ends when there is no minimum. */
#include "tests/support/failing_allocator.h"
#include "tests/support/random.h"
#include "tests/support/recorded.h"

/* ---- Problems ----------------------------------------------------------------------------------
 */

static tg_var *x_of(int64_t n, double value)
{
    return tg_param(store, "x", TG_SHAPE(n), tg_init_constant(value));
}

/* sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2; 0 at ones. */
static tg_tensor *rosenbrock(tg_var *var)
{
    tg_tensor *x = tg_read(tape, var);
    const int64_t n = tg_dim(x, 0);
    tg_tensor *head = tg_slice(x, 0, 0, n - 1, 1), *tail = tg_slice(x, 0, 1, n, 1);
    tg_tensor *valley = tg_mul_num(tg_square(tg_sub(tail, tg_square(head))), 100);
    return tg_sum(tg_add(valley, tg_square(tg_rsub_num(1, head))));
}

/* sum of scale[i] (x[i] - center[i])^2 / 2 + 3. */
static tg_tensor *quadratic(tg_var *var, const double *scale, const double *center)
{
    tg_tensor *x = tg_read(tape, var);
    const tg_shape shape = tg_shape_from(x);
    tg_tensor *away = tg_sub(x, tg_cast(tg_constant(tape, TG_F64, shape, center), tg_dtype_of(x)));
    tg_tensor *weights = tg_cast(tg_constant(tape, TG_F64, shape, scale), tg_dtype_of(x));
    return tg_add_num(tg_mul_num(tg_sum(tg_mul(weights, tg_square(away))), 0.5), 3);
}

static void ck_minimum(tg_minimum end, tg_stop stop)
{
    ck_no_error();
    ck_assert_msg(end.status == TG_OK && end.stop == stop, "%s; %s: f %g, |g| %g, %d iterations",
                  tg_status_name(end.status), tg_stop_name(end.stop), end.value, end.gradient_norm,
                  (int)end.iterations);
}

static void ck_at(tg_var *var, size_t n, const double *want, double tolerance)
{
    double x[200];
    ck_assert_int_eq(tg_var_get(var, x, n), TG_OK);
    for (size_t i = 0; i < n; i++) ck_close(x[i], want[i], tolerance);
}

static void set_start(tg_var *var, int64_t n)
{
    double start[200];
    for (int64_t i = 0; i < n; i++) start[i] = i % 2 ? 1 : -1.2;
    ck_assert_int_eq(tg_var_set(var, start, (size_t)n), TG_OK);
}

/* ---- Minima that are known ---------------------------------------------------------------------
 */

START_TEST(rosenbrock_ends_at_ones)
{
    const int64_t n = (const int64_t[]){ 2, 100, 2, 100 }[_i];
    double ones[200];
    for (int i = 0; i < 200; i++) ones[i] = 1;
    tg_var *x = x_of(n, 0);
    set_start(x, n);
    tg_tensor *loss = rosenbrock(x);
    const tg_minimum end = tg_lbfgs(loss, .gradient_tolerance = 1e-9, .history = _i < 2 ? 10 : 3);
    ck_minimum(end, TG_STOP_GRADIENT);
    ck_at(x, (size_t)n, ones, 1e-8);
    ck_assert(end.value < 1e-16 && end.gradient_norm <= 1e-9);
    ck_assert_int_lt(end.iterations, n == 2 ? 60 : 900);
    ck_assert_int_lt(end.evaluations, 2 * end.iterations + 20);
    ck_assert(tg_item(loss) == end.value);
}
END_TEST

/* With searches that are next to exact, a quadratic of n curvatures takes n steps. */
START_TEST(a_quadratic_takes_as_many_steps_as_it_has_dimensions)
{
    enum { N = 6 };
    const double scale[N] = { 1, 3, 7, 20, 55, 100 }, center[N] = { 1, -2, 3, -4, 5, -6 };
    tg_var *x = x_of(N, 0);
    const tg_minimum end = tg_lbfgs(quadratic(x, scale, center), .gradient_tolerance = 1e-8,
                                    .c1 = 1e-12, .c2 = 1e-9, .history = N);
    ck_minimum(end, TG_STOP_GRADIENT);
    ck_assert_int_le(end.iterations, N + 1); /* rounding */
    ck_close(end.value, 3, 1e-15);
    ck_at(x, N, center, 1e-8);
}
END_TEST

/* Logistic regression with a penalty: strictly convex, and the gradient tells how near it is. */
START_TEST(a_regression_reaches_a_gradient_of_1e_8)
{
    enum { ROWS = 200, COLUMNS = 5 };
    double features[ROWS * COLUMNS], sign[ROWS];
    rng random = rng_of(3, 0);
    for (int i = 0; i < ROWS; i++) {
        double score = 0.3;
        for (int j = 0; j < COLUMNS; j++) {
            features[i * COLUMNS + j] = rng_between(&random, -1, 1) * (1 << 2 * j); /* 1 to 256 */
            score += features[i * COLUMNS + j] * (j - 2) / (1 << 2 * j);
        }
        sign[i] = score + rng_between(&random, -1, 1) > 0 ? 1 : -1;
    }
    tg_linear layer = tg_linear_new(store, "layer", COLUMNS, 1, .init = tg_init_zeros());
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, COLUMNS), features);
    tg_tensor *y = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, 1), sign);
    tg_tensor *margin = tg_mul(tg_linear_apply(&layer, x), y);
    tg_tensor *weight = tg_read(tape, layer.weight);
    tg_tensor *penalty = tg_mul_num(tg_sum(tg_square(weight)), 1e-3);
    tg_tensor *loss = tg_add(tg_mean(tg_softplus(tg_neg(margin))), penalty);
    tg_tensor *slope = tg_grad(loss, weight);
    const tg_minimum end = tg_lbfgs(loss, .gradient_tolerance = 1e-8);
    ck_minimum(end, TG_STOP_GRADIENT);
    ck_assert_int_lt(end.iterations, 100);
    double gradient[COLUMNS];
    ck_assert_int_eq(tg_get(slope, gradient, COLUMNS), TG_OK);
    for (int j = 0; j < COLUMNS; j++) ck_assert(fabs(gradient[j]) <= 1.0001e-8);
}
END_TEST

/* A store of f32 ends where f32 ends, and says so. */
START_TEST(parameters_in_f32)
{
    enum { N = 4 };
    const double scale[N] = { 1, 10, 100, 1000 }, center[N] = { 1, -2, 3, -0.1 };
    tg_store *narrow = tg_store_new(.dtype = TG_F32);
    tg_store *wide = store;
    tg_tape *wide_tape = tape;
    store = narrow;
    tape = tg_tape_new(store);
    tg_var *x = x_of(N, 0);
    const tg_minimum end = tg_lbfgs(quadratic(x, scale, center), .gradient_tolerance = 0);
    ck_assert(end.stop == TG_STOP_PRECISION || end.stop == TG_STOP_GRADIENT);
    ck_minimum(end, end.stop);
    ck_assert_int_lt(end.iterations, 100);
    float found[N];
    ck_assert_int_eq(tg_var_get(x, found, N), TG_OK);
    for (int i = 0; i < N; i++) ck_close((double)found[i], center[i], 2e-6);
    tg_tape_free(tape);
    tg_store_free(store);
    store = wide;
    tape = wide_tape;
}
END_TEST

START_TEST(a_tolerance_of_0_ends_at_the_limit_of_f64)
{
    tg_var *x = x_of(10, 0);
    set_start(x, 10);
    tg_tensor *loss = tg_add_num(rosenbrock(x), 1); /* rounding of 1 hides 1e-16 */
    const tg_minimum end = tg_lbfgs(loss, .gradient_tolerance = 0);
    ck_assert(end.stop == TG_STOP_PRECISION || end.stop == TG_STOP_GRADIENT);
    ck_minimum(end, end.stop);
    ck_assert(end.gradient_norm < 1e-7);
    ck_assert_int_lt(end.iterations, 200);
}
END_TEST

/* ---- The direction against the matrix ----------------------------------------------------------
 */

enum { DIM = 5, MOST_STEPS = 40 };
typedef struct trace {
    tg_var *var;
    tg_objective *objective;
    int count;
    double x[MOST_STEPS + 1][DIM], g[MOST_STEPS + 1][DIM];
} trace;

static bool keep_point(void *context, int64_t iteration, double value, double gradient_norm)
{
    trace *t = context;
    double again;
    t->count = (int)iteration;
    ck_assert_int_le(t->count, MOST_STEPS);
    ck_assert_int_eq(tg_var_get(t->var, t->x[t->count], DIM), TG_OK);
    ck_assert_int_eq(tg_objective_value(t->objective, NULL, &again, t->g[t->count]), TG_OK);
    ck_assert(again == value);
    double most = 0;
    for (int i = 0; i < DIM; i++) most = fmax(most, fabs(t->g[t->count][i]));
    ck_assert(most == gradient_norm);
    return t->count < MOST_STEPS;
}

static double product(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < DIM; i++) sum += a[i] * b[i];
    return sum;
}

/* H = (1 - s y' / s.y) H (1 - y s' / s.y) + s s' / s.y. */
static void update_matrix(double h[DIM][DIM], const double *s, const double *y)
{
    const double curvature = product(s, y);
    double v[DIM][DIM], left[DIM][DIM];
    for (int i = 0; i < DIM; i++)
        for (int j = 0; j < DIM; j++) v[i][j] = (i == j) - s[i] * y[j] / curvature;
    for (int i = 0; i < DIM; i++)
        for (int j = 0; j < DIM; j++) {
            left[i][j] = 0;
            for (int k = 0; k < DIM; k++) left[i][j] += v[i][k] * h[k][j];
        }
    for (int i = 0; i < DIM; i++)
        for (int j = 0; j < DIM; j++) {
            h[i][j] = s[i] * s[j] / curvature;
            for (int k = 0; k < DIM; k++) h[i][j] += left[i][k] * v[j][k];
        }
}

/* What the last [history] steps before step [k] make of a scaled unit matrix, times -g. */
static void direction_by_matrix(const trace *t, int k, int history, double d[DIM])
{
    double s[DIM], y[DIM], h[DIM][DIM];
    for (int i = 0; i < DIM; i++) s[i] = t->x[k][i] - t->x[k - 1][i];
    for (int i = 0; i < DIM; i++) y[i] = t->g[k][i] - t->g[k - 1][i];
    for (int i = 0; i < DIM; i++)
        for (int j = 0; j < DIM; j++) h[i][j] = i == j ? product(s, y) / product(y, y) : 0;
    for (int from = k > history ? k - history : 0; from < k; from++) {
        for (int i = 0; i < DIM; i++) s[i] = t->x[from + 1][i] - t->x[from][i];
        for (int i = 0; i < DIM; i++) y[i] = t->g[from + 1][i] - t->g[from][i];
        update_matrix(h, s, y);
    }
    for (int i = 0; i < DIM; i++) d[i] = -product(h[i], t->g[k]);
}

START_TEST(the_two_loops_are_the_matrix)
{
    const int history = (const int[]){ 1, 3, 30 }[_i];
    trace t = { .var = x_of(DIM, 0) };
    set_start(t.var, DIM);
    tg_tensor *loss = rosenbrock(t.var);
    t.objective = tg_objective_new(loss);
    double value;
    ck_assert_int_eq(tg_var_get(t.var, t.x[0], DIM), TG_OK);
    ck_assert_int_eq(tg_objective_value(t.objective, NULL, &value, t.g[0]), TG_OK);
    (void)tg_lbfgs(.objective = t.objective, .history = history, .gradient_tolerance = 1e-3,
                   .callback = keep_point, .callback_context = &t);
    ck_no_error();
    ck_assert_int_gt(t.count, 12);
    for (int k = 1; k < t.count; k++) {
        double d[DIM], step[DIM];
        direction_by_matrix(&t, k, history, d);
        for (int i = 0; i < DIM; i++) step[i] = t.x[k + 1][i] - t.x[k][i];
        const double stretch = product(step, d) / product(d, d);
        ck_assert(stretch > 0);
        for (int i = 0; i < DIM; i++)
            ck_assert_msg(fabs(step[i] - stretch * d[i]) <= 1e-9 * sqrt(product(step, step)),
                          "step %d: [%d] is %.17g, the matrix says %.17g", k, i, step[i],
                          stretch * d[i]);
        /* The strong Wolfe conditions. */
        const double before = product(t.g[k], d), after = product(t.g[k + 1], d);
        ck_assert(fabs(after) <= 0.9 * fabs(before) * (1 + 1e-12));
    }
    tg_objective_free(t.objective);
}
END_TEST

/* ---- How it ends -------------------------------------------------------------------------------
 */

START_TEST(a_zero_gradient_at_the_start_is_the_end)
{
    tg_var *x = x_of(3, 1);
    const tg_minimum end = tg_lbfgs(rosenbrock(x));
    ck_minimum(end, TG_STOP_GRADIENT);
    ck_assert_int_eq(end.iterations, 0);
    ck_assert_int_eq(end.evaluations, 1);
    ck_assert(end.value == 0 && end.gradient_norm == 0);
}
END_TEST

START_TEST(numbers_that_are_none_at_the_start)
{
    tg_var *x = x_of(1, -1);
    tg_tensor *read = tg_reshape(tg_read(tape, x), TG_SCALAR);
    tg_minimum end = tg_lbfgs(tg_log(read)); /* NaN */
    ck_assert_int_eq(end.status, TG_ERR_NUMERIC);
    ck_assert_int_eq(end.stop, TG_STOP_NOT_FINITE);
    ck_at(x, 1, (const double[]){ -1 }, 0);
    ck_assert_int_eq(tg_var_set(x, (const double[]){ 0 }, 1), TG_OK);
    end = tg_lbfgs(tg_sqrt(read)); /* 0, and a slope without an end */
    ck_assert_int_eq(end.stop, TG_STOP_NOT_FINITE);
    ck_no_error();
}
END_TEST

/* log and sqrt are NaN beyond a border that first steps cross. */
START_TEST(a_border_beyond_which_there_are_no_numbers)
{
    tg_var *var = x_of(1, 50);
    tg_tensor *x = tg_reshape(tg_read(tape, var), TG_SCALAR);
    tg_tensor *loss = tg_sub(tg_mul_num(x, 1000), tg_log(x)); /* 1 / 1000 */
    ck_minimum(tg_lbfgs(loss, .gradient_tolerance = 1e-7), TG_STOP_GRADIENT);
    ck_at(var, 1, (const double[]){ 1e-3 }, 1e-10);

    ck_assert_int_eq(tg_var_set(var, (const double[]){ 0.5 }, 1), TG_OK);
    tg_tensor *narrow = tg_neg(tg_add(tg_log(x), tg_log(tg_rsub_num(0.5 + 1e-9, x))));
    const tg_minimum end = tg_lbfgs(narrow, .gradient_tolerance = 1e-6);
    ck_minimum(end, TG_STOP_GRADIENT);
    ck_at(var, 1, (const double[]){ (0.5 + 1e-9) / 2 }, 1e-7);
}
END_TEST

START_TEST(a_function_without_a_minimum)
{
    const double start[] = { 1, 1 };
    tg_var *var = x_of(2, 1);
    tg_tensor *x = tg_read(tape, var);
    tg_tensor *const falls[] = { tg_neg(tg_sum(x)), tg_neg(tg_sum(tg_square(x))),
                                 tg_neg(tg_sum(tg_exp(x))) };
    for (int i = 0; i < COUNT_OF(falls); i++) {
        ck_assert_int_eq(tg_var_set(var, start, 2), TG_OK);
        const tg_minimum end = tg_lbfgs(falls[i], .max_evaluations = 1000);
        ck_assert_msg(end.stop == TG_STOP_UNBOUNDED, "%d: %s", i, tg_stop_name(end.stop));
        ck_assert_int_eq(end.status, TG_ERR_NUMERIC);
        double left[2];
        ck_assert_int_eq(tg_var_get(var, left, 2), TG_OK);
        ck_assert(isfinite(left[0]) && isfinite(left[1]) && isfinite(end.value));
    }
    ck_no_error();
}
END_TEST

/* It falls until there are no numbers: the lowest point is not always the last that was tried. */
START_TEST(a_slope_that_ends_at_a_border)
{
    tg_var *var = x_of(1, 0);
    tg_tensor *border = tg_input(tape, "border", TG_F64, TG_SCALAR);
    tg_tensor *x = tg_reshape(tg_read(tape, var), TG_SCALAR);
    tg_tensor *nothing = tg_mul_num(tg_sqrt(tg_sub(border, x)), 0);
    tg_objective *f = tg_objective_new(tg_sub(nothing, x));
    for (int i = 1; i <= 16; i++) {
        ck_assert_int_eq(tg_feed(border, &(double){ i / 7.0 }, 1), TG_OK);
        ck_assert_int_eq(tg_var_set(var, &(double){ 0 }, 1), TG_OK);
        const tg_minimum end = tg_lbfgs(.objective = f);
        double value;
        ck_minimum(end, TG_STOP_PRECISION);
        ck_close(end.value, -i / 7.0, 1e-9);
        ck_assert_int_eq(tg_objective_value(f, NULL, &value, NULL), TG_OK);
        ck_assert(value == end.value);
    }
    tg_objective_free(f);
}
END_TEST

static bool stop_at(void *context, int64_t iteration, double value, double gradient_norm)
{
    (void)value, (void)gradient_norm;
    return iteration < *(const int64_t *)context;
}

START_TEST(limits_and_a_callback_end_it)
{
    int64_t last = 4;
    tg_var *x = x_of(20, 0);
    set_start(x, 20);
    tg_tensor *loss = rosenbrock(x);
    tg_minimum end = tg_lbfgs(loss, .callback = stop_at, .callback_context = &last);
    ck_minimum(end, TG_STOP_CALLBACK);
    ck_assert_int_eq(end.iterations, 4);
    const double after_four = end.value;
    ck_assert(tg_item(loss) == after_four);

    set_start(x, 20);
    end = tg_lbfgs(loss, .max_iterations = 4);
    ck_minimum(end, TG_STOP_ITERATIONS);
    ck_assert(end.value == after_four && tg_item(loss) == after_four);
    end = tg_lbfgs(loss, .max_iterations = 0);
    ck_minimum(end, TG_STOP_ITERATIONS);
    ck_assert_int_eq(end.evaluations, 1);
    ck_assert(end.value == after_four);

    for (int most = 1; most < 30; most++) {
        set_start(x, 20);
        end = tg_lbfgs(loss, .max_evaluations = most);
        ck_minimum(end, TG_STOP_EVALUATIONS);
        ck_assert_int_eq(end.evaluations, most);
        ck_assert(tg_item(loss) == end.value);
    }
    set_start(x, 20);
    end = tg_lbfgs(loss, .change_tolerance = 0.5);
    ck_minimum(end, TG_STOP_CHANGE);
    ck_assert(end.value > 1 && end.gradient_norm > 1);
}
END_TEST

/* A run fails in the middle of the search: an index that x leads out of its range. */
START_TEST(an_error_of_a_run_leaves_the_last_point)
{
    tg_var *var = x_of(1, 3);
    tg_tensor *x = tg_reshape(tg_read(tape, var), TG_SCALAR);
    tg_tensor *table = tg_iota(tape, TG_F64, 4);
    tg_tensor *index = tg_cast(tg_stop_gradient(x), TG_I64);
    tg_tensor *entry = tg_sum(tg_gather(table, tg_reshape(index, TG_SHAPE(1)), 0));
    tg_tensor *loss = tg_add(tg_square(tg_add_num(x, 5)), tg_mul_num(entry, 0));
    const tg_minimum end = tg_lbfgs(loss);
    ck_assert_int_eq(end.status, TG_ERR_INDEX);
    ck_assert_int_eq(end.stop, TG_STOP_ERROR);
    ck_assert(strstr(tg_tape_run_error(tape), "index") != NULL);
    ck_no_error();
    double left;
    ck_assert_int_eq(tg_var_get(var, &left, 1), TG_OK);
    ck_assert(left >= 0 && left <= 3);
    ck_close(end.value, (left + 5) * (left + 5), 1e-15);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    tg_var *var = x_of(3, 0);
    tg_tensor *x = tg_read(tape, var), *loss = rosenbrock(var);
    tg_objective *objective = tg_objective_new(loss);
#define REFUSED(call, code, words)                                                                 \
    do {                                                                                           \
        const tg_minimum end = call;                                                               \
        ck_assert_int_eq(end.status, code);                                                        \
        ck_assert_int_eq(end.stop, TG_STOP_ERROR);                                                 \
        ck_assert(isnan(end.value) && end.evaluations == 0);                                       \
        ck_assert_int_eq(tg_tape_status(tape), code);                                              \
        ck_says("tg_lbfgs: ");                                                                     \
        ck_says_at(__FILE__, __LINE__, words);                                                     \
    } while (0)
    const size_t nodes = tg_tape_length(tape);
    REFUSED(tg_lbfgs(loss, .history = 0), TG_ERR_ARGUMENT, "history");
    REFUSED(tg_lbfgs(loss, .history = 1001), TG_ERR_ARGUMENT, "history");
    REFUSED(tg_lbfgs(loss, .max_iterations = -1), TG_ERR_ARGUMENT, "max_iterations");
    REFUSED(tg_lbfgs(loss, .max_evaluations = 0), TG_ERR_ARGUMENT, "max_evaluations");
    REFUSED(tg_lbfgs(loss, .c1 = 0), TG_ERR_ARGUMENT, "c1 and c2");
    REFUSED(tg_lbfgs(loss, .c1 = 0.95), TG_ERR_ARGUMENT, "c1 and c2");
    REFUSED(tg_lbfgs(loss, .c2 = 1), TG_ERR_ARGUMENT, "c1 and c2");
    REFUSED(tg_lbfgs(loss, .c2 = NAN), TG_ERR_ARGUMENT, "c1 and c2");
    REFUSED(tg_lbfgs(loss, .gradient_tolerance = -1), TG_ERR_ARGUMENT, "gradient_tolerance = -1");
    REFUSED(tg_lbfgs(loss, .change_tolerance = NAN), TG_ERR_ARGUMENT, "change_tolerance = nan");
    REFUSED(tg_lbfgs(loss, .objective = objective), TG_ERR_ARGUMENT, "both given");
    REFUSED(tg_lbfgs(loss, .params = "y"), TG_ERR_ARGUMENT, "no trainable parameter");
    REFUSED(tg_lbfgs(loss, .threads = 1000), TG_ERR_ARGUMENT, "threads");
    REFUSED(tg_lbfgs(x), TG_ERR_SHAPE, "must be one number");
    ck_assert_uint_eq(tg_tape_length(tape), nodes);
    const tg_minimum none = tg_lbfgs(NULL);
    ck_assert_int_eq(none.status, TG_ERR_ARGUMENT);
    ck_assert_str_eq(tg_stop_name((tg_stop)99), "?");
    tg_objective_free(objective);
}
END_TEST

/* ---- Memory ------------------------------------------------------------------------------------
 */

static tg_minimum minimize_once(bool *made)
{
    tg_var *x = x_of(4, 0);
    tg_tensor *loss = rosenbrock(x);
    *made = tg_tape_status(tape) == TG_OK && loss;
    return tg_lbfgs(loss, .gradient_tolerance = 1e-6);
}

START_TEST(any_allocation_may_fail)
{
    failing_allocator heap = { .calls = 0 };
    const tg_allocator allocator = failing_interface(&heap);
    close_tape();
    bool done = false;
    int failed = 0;
    for (size_t at = 1; !done; at++) {
        heap = (failing_allocator){ .fail_at = at, .persistent = at % 2 };
        store = tg_store_new(.dtype = TG_F64, .allocator = &allocator);
        tape = tg_tape_new(store);
        if (tape) {
            bool made;
            const tg_minimum end = minimize_once(&made);
            if (end.status == TG_OK) ck_minimum(end, TG_STOP_GRADIENT);
            else ck_assert(!made || end.status == TG_ERR_MEMORY);
            failed += made && end.status != TG_OK;
            done = heap.failures == 0;
            ck_assert(!done || end.status == TG_OK);
        }
        close_tape();
        ck_assert_uint_eq(heap.live, 0);
    }
    ck_assert_int_gt(failed, 5);
    open_tape();
}
END_TEST

START_TEST(its_memory_is_given_back)
{
    failing_allocator heap = { .calls = 0 };
    const tg_allocator allocator = failing_interface(&heap);
    close_tape();
    store = tg_store_new(.dtype = TG_F64, .allocator = &allocator);
    tape = tg_tape_new(store);
    tg_objective *objective = tg_objective_new(rosenbrock(x_of(50, 0)));
    (void)tg_lbfgs(.objective = objective, .max_iterations = 3);
    const size_t before = heap.live_bytes;
    for (int i = 0; i < 20; i++) (void)tg_lbfgs(.objective = objective, .max_iterations = 3);
    ck_no_error();
    ck_assert_uint_eq(heap.live_bytes, before);
    tg_objective_free(objective);
    close_tape();
    ck_assert_uint_eq(heap.live, 0);
    open_tape();
}
END_TEST

static Suite *minimize_suite(void)
{
    Suite *suite = suite_create("lbfgs");
    TCase *cases = tcase_create("lbfgs");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, rosenbrock_ends_at_ones, 0, 4);
    tcase_add_test(cases, a_quadratic_takes_as_many_steps_as_it_has_dimensions);
    tcase_add_test(cases, a_regression_reaches_a_gradient_of_1e_8);
    tcase_add_test(cases, parameters_in_f32);
    tcase_add_test(cases, a_tolerance_of_0_ends_at_the_limit_of_f64);
    tcase_add_loop_test(cases, the_two_loops_are_the_matrix, 0, 3);
    tcase_add_test(cases, a_zero_gradient_at_the_start_is_the_end);
    tcase_add_test(cases, numbers_that_are_none_at_the_start);
    tcase_add_test(cases, a_border_beyond_which_there_are_no_numbers);
    tcase_add_test(cases, a_function_without_a_minimum);
    tcase_add_test(cases, a_slope_that_ends_at_a_border);
    tcase_add_test(cases, limits_and_a_callback_end_it);
    tcase_add_test(cases, an_error_of_a_run_leaves_the_last_point);
    tcase_add_test(cases, wrong_arguments_are_refused);
    tcase_add_test(cases, any_allocation_may_fail);
    tcase_add_test(cases, its_memory_is_given_back);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(minimize_suite()); }
