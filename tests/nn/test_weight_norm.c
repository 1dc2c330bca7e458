/* test_weight_norm.c: norms of weights and local response norm, against loops that are written
 * out, and their derivatives to second order against differences. */
#include "tests/support/both_ways.h"

enum { MOST = 256 };

static double data[MOST];

static tg_tensor *filled(const char *name, tg_shape shape)
{
    tg_tensor *x = tg_input(tape, name, TG_F64, shape);
    const int64_t count = tg_shape_count(shape);
    for (int64_t i = 0; i < count; i++) data[i] = sin(1.3 * (double)i + (double)name[0]) + 0.2;
    ck_assert_int_eq(tg_feed(x, data, (size_t)count), TG_OK);
    return x;
}

static void ck_proven(tg_tensor *y, tg_list wrt)
{
    ck_assert_msg(tg_check_gradient(y, wrt, .entries = 30) == TG_OK, "%s", tg_tape_error(tape));
}

/* ---- Weight norm ------------------------------------------------------------------------- */

START_TEST(a_weight_is_its_direction_times_a_length)
{
    enum { A = 3, B = 4, C = 2 };
    const int sizes[] = { A, B, C };
    for (int axis = 0; axis < 3; axis++) {
        tg_tensor *v = filled("v", TG_SHAPE(A, B, C)), *g = filled("g", TG_SHAPE(sizes[axis]));
        double in[A * B * C], lengths[B], squares[B] = { 0 }, want[A * B * C];
        ck_assert_int_eq(tg_get(v, in, A * B * C), TG_OK);
        ck_assert_int_eq(tg_get(g, lengths, (size_t)sizes[axis]), TG_OK);
        for (int i = 0; i < A * B * C; i++) {
            const int at[] = { i / (B * C), i / C % B, i % C };
            squares[at[axis]] += in[i] * in[i];
        }
        for (int i = 0; i < A * B * C; i++) {
            const int at[] = { i / (B * C), i / C % B, i % C };
            want[i] = in[i] / sqrt(squares[at[axis]]) * lengths[at[axis]];
        }
        ck_both_ways(tg_weight_norm(v, g, axis), A * B * C, want, 1e-14);
        ck_both_ways(tg_weight_norm(v, g, axis - 3), A * B * C, want, 1e-14);
        ck_proven(tg_weight_norm(v, g, axis), TG_LIST(v, g));
    }
}
END_TEST

START_TEST(a_direction_of_zeros_gives_zeros)
{
    tg_tensor *v = tg_input(tape, "v", TG_F64, TG_SHAPE(2, 3)), *g = filled("g", TG_SHAPE(2));
    const double half[6] = { 0, 0, 0, 3, 0, 4 };
    double got[6], slope[6];
    ck_assert_int_eq(tg_feed(v, half, 6), TG_OK);
    tg_tensor *y = tg_weight_norm(v, g, 0), *grad = tg_grad(tg_sum(y), v);
    ck_assert_int_eq(tg_get(y, got, 6), TG_OK);
    ck_assert_int_eq(tg_get(grad, slope, 6), TG_OK);
    for (int i = 0; i < 6; i++) ck_assert(isfinite(got[i]) && isfinite(slope[i]));
    ck_assert(got[0] == 0 && got[3] != 0);
}
END_TEST

/* ---- Spectral norm ------------------------------------------------------------------------ */

/* diag(3, 2, 1) between two rotations: the largest singular value is 3. */
static tg_tensor *known_matrix(void)
{
    const double c = cos(0.7), s = sin(0.7), a = cos(1.9), b = sin(1.9);
    const double left[9] = { c, -s, 0, s, c, 0, 0, 0, 1 },
                 right[9] = { 1, 0, 0, 0, a, -b, 0, b, a };
    const double middle[3] = { 3, 2, 1 };
    double w[9] = { 0 };
    for (int i = 0; i < 9; i++)
        for (int k = 0; k < 3; k++) w[i] += left[i / 3 * 3 + k] * middle[k] * right[k * 3 + i % 3];
    return tg_constant(tape, TG_F64, TG_SHAPE(3, 3), w);
}

START_TEST(runs_of_training_find_the_largest_singular_value)
{
    tg_tensor *w = known_matrix();
    const tg_spectral_norm norm = tg_spectral_norm_new(store, "n", 3, 3);
    ck_assert_ptr_nonnull(norm.v);
    ck_assert(!tg_var_trainable(norm.u) && !tg_var_trainable(norm.v));
    tg_tensor *y = tg_spectral_norm_apply(&norm, w, true);
    tg_plan *plan = tg_compile(tape, y);
    ck_assert_msg(plan != NULL, "%s", tg_tape_error(tape));
    for (int i = 0; i < 60; i++) ck_assert_int_eq(tg_run(plan), TG_OK);
    double got[9], in[9];
    ck_assert_int_eq(tg_get(y, got, 9), TG_OK);
    ck_assert_int_eq(tg_get(w, in, 9), TG_OK);
    for (int i = 0; i < 9; i++) ck_assert_double_eq_tol(got[i], in[i] / 3, 1e-12);
    tg_plan_free(plan);

    /* Without training it is the store's vectors, here the right ones. */
    tg_tensor *same = tg_spectral_norm_apply(&norm, w, false);
    for (int i = 0; i < 9; i++) got[i] = in[i] / 3;
    ck_both_ways(same, 9, got, 1e-12);
}
END_TEST

/* The slope of s by W is u v^T, as if the vectors were constants. */
START_TEST(its_gradient_takes_the_vectors_as_they_are)
{
    const tg_spectral_norm norm = tg_spectral_norm_new(store, "n", 4, 6, .steps = 2);
    tg_tensor *w = filled("w", TG_SHAPE(4, 3, 2));
    ck_proven(tg_spectral_norm_apply(&norm, w, false), TG_LIST(w));
    double u[4], v[6];
    ck_assert_int_eq(tg_var_get(norm.u, u, 4), TG_OK);
    ck_assert_int_eq(tg_var_get(norm.v, v, 6), TG_OK);
    double square = 0;
    for (int i = 0; i < 4; i++) square += u[i] * u[i];
    ck_assert_double_eq_tol(square, 1, 1e-14);
    ck_assert_ptr_nonnull(tg_spectral_norm_apply(&norm, w, true));
    ck_assert_ptr_null(tg_spectral_norm_apply(&norm, w, true));
    ck_says("assign");
}
END_TEST

/* ---- Local response norm -------------------------------------------------------------------- */

static void ck_response(tg_shape shape, int64_t size, double alpha, double beta, double k)
{
    double in[MOST], want[MOST];
    tg_tensor *x = filled("x", shape);
    const int64_t count = tg_shape_count(shape), channels = shape.dim[1];
    const int64_t inner = count / shape.dim[0] / channels;
    ck_assert_int_eq(tg_get(x, in, (size_t)count), TG_OK);
    for (int64_t i = 0; i < count; i++) {
        const int64_t c = i / inner % channels;
        double sum = 0;
        for (int64_t n = c - size / 2; n < c - size / 2 + size; n++) {
            const double one = n >= 0 && n < channels ? in[i + (n - c) * inner] : 0;
            sum += one * one;
        }
        want[i] = in[i] / pow(k + alpha * sum / (double)size, beta);
    }
    tg_tensor *y = tg_local_response_norm(x, size, .alpha = alpha, .beta = beta, .k = k);
    ck_both_ways(y, (size_t)count, want, 1e-14);
    ck_proven(y, TG_LIST(x));
}

START_TEST(channels_are_divided_by_their_neighbours)
{
    ck_response(TG_SHAPE(2, 5, 3), 3, 1, 0.75, 1);
    ck_response(TG_SHAPE(2, 5, 2, 2), 2, 0.5, 0.5, 2);
    ck_response(TG_SHAPE(3, 4), 1, 1, 0.75, 1);
    ck_response(TG_SHAPE(2, 3, 2), 11, 1, 1, 1);
}
END_TEST

static Suite *weight_norms_suite(void)
{
    Suite *suite = suite_create("weight norms");
    TCase *cases = tcase_create("weight norms");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, a_weight_is_its_direction_times_a_length);
    tcase_add_test(cases, a_direction_of_zeros_gives_zeros);
    tcase_add_test(cases, runs_of_training_find_the_largest_singular_value);
    tcase_add_test(cases, its_gradient_takes_the_vectors_as_they_are);
    tcase_add_test(cases, channels_are_divided_by_their_neighbours);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(weight_norms_suite()); }
