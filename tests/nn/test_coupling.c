/* test_coupling.c: affine coupling: it can be turned back, its determinant is that of its Jacobian,
 * and its derivatives are right to second order. */
#include "tests/support/both_ways.h"

enum { ROWS = 3, WIDTH = 5 };

static tg_tensor *x;

static void open_rows(void)
{
    double values[ROWS * WIDTH];
    open_tape();
    for (int i = 0; i < ROWS * WIDTH; i++) values[i] = sin(1.9 * i + 0.2);
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(ROWS, WIDTH));
    ck_assert_int_eq(tg_feed(x, values, ROWS * WIDTH), TG_OK);
}

static tg_coupling filled(const char *name, bool swap)
{
    const tg_coupling layer = tg_coupling_new(store, name, WIDTH, 4, .swap = swap);
    ck_assert_msg(layer.out.weight != NULL, "%s", tg_store_error(store));
    double values[64];
    const int64_t count = tg_shape_count(tg_var_shape(layer.out.weight));
    for (int64_t i = 0; i < count; i++) values[i] = cos(0.7 * (double)i);
    ck_assert_int_eq(tg_var_set(layer.out.weight, values, (size_t)count), TG_OK);
    return layer;
}

START_TEST(a_new_layer_changes_nothing)
{
    const tg_coupling layer = tg_coupling_new(store, "c", WIDTH, 4);
    double want[ROWS * WIDTH], zeros[ROWS] = { 0 };
    tg_tensor *log_det;
    ck_assert_int_eq(tg_get(x, want, ROWS * WIDTH), TG_OK);
    ck_both_ways(tg_coupling_apply(&layer, x, &log_det), ROWS * WIDTH, want, 0);
    ck_both_ways(log_det, ROWS, zeros, 0);
}
END_TEST

/* _i: which half is moved. */
START_TEST(it_can_be_turned_back)
{
    const tg_coupling layer = filled("c", _i);
    double want[ROWS * WIDTH], got[ROWS * WIDTH];
    ck_assert_int_eq(tg_get(x, want, ROWS * WIDTH), TG_OK);
    tg_tensor *y = tg_coupling_apply(&layer, x, NULL);
    ck_assert_int_eq(tg_get(y, got, ROWS * WIDTH), TG_OK);
    for (int i = 0; i < ROWS * WIDTH; i++) /* what stays is what it was */
        ck_assert((got[i] == want[i]) == (_i ? i % WIDTH >= 2 : i % WIDTH < 2));
    ck_both_ways(tg_coupling_invert(&layer, y), ROWS * WIDTH, want, 1e-14);
}
END_TEST

static double determinant(double m[WIDTH][WIDTH])
{
    double product = 1;
    for (int k = 0; k < WIDTH; k++) {
        int best = k;
        for (int i = k; i < WIDTH; i++)
            if (fabs(m[i][k]) > fabs(m[best][k])) best = i;
        for (int j = 0; j < WIDTH; j++) {
            const double other = m[k][j];
            m[k][j] = m[best][j];
            m[best][j] = other;
        }
        product *= (best == k ? 1 : -1) * m[k][k];
        for (int i = k + 1; i < WIDTH; i++)
            for (int j = WIDTH - 1; j >= k; j--) m[i][j] -= m[i][k] / m[k][k] * m[k][j];
    }
    return product;
}

START_TEST(its_determinant_is_that_of_its_jacobian)
{
    const tg_coupling first = filled("a", false), second = filled("b", true);
    tg_tensor *one = tg_slice(x, 0, 1, 2, 1), *parts[2];
    tg_tensor *y = tg_coupling_apply(&second, tg_coupling_apply(&first, one, &parts[0]), &parts[1]);
    double m[WIDTH][WIDTH], row[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
        ck_assert_int_eq(tg_get(tg_grad(tg_pick(tg_pick(y, 1, i), 0, 0), one), row, WIDTH), TG_OK);
        memcpy(m[i], row, sizeof row);
    }
    const double want = log(fabs(determinant(m)));
    ck_assert_double_eq_tol(tg_item(tg_add(parts[0], parts[1])), want, 1e-13);
}
END_TEST

START_TEST(derivatives_are_right_to_second_order)
{
    tg_tensor *log_det;
    const tg_coupling layer = filled("c", _i);
    tg_tensor *y = tg_coupling_apply(&layer, x, &log_det);
    const tg_list wrt = TG_LIST(x, tg_read(tape, layer.out.weight));
    ck_assert_msg(tg_check_gradient(y, wrt, .entries = 20) == TG_OK, "%s", tg_tape_error(tape));
    ck_assert_msg(tg_check_gradient(log_det, wrt, .entries = 20) == TG_OK, "%s",
                  tg_tape_error(tape));
    y = tg_coupling_invert(&layer, x);
    ck_assert_msg(tg_check_gradient(y, wrt, .entries = 20) == TG_OK, "%s", tg_tape_error(tape));
}
END_TEST

static Suite *coupling_suite(void)
{
    Suite *suite = suite_create("coupling");
    TCase *cases = tcase_create("coupling");
    tcase_add_checked_fixture(cases, open_rows, close_tape);
    tcase_add_test(cases, a_new_layer_changes_nothing);
    tcase_add_loop_test(cases, it_can_be_turned_back, 0, 2);
    tcase_add_test(cases, its_determinant_is_that_of_its_jacobian);
    tcase_add_loop_test(cases, derivatives_are_right_to_second_order, 0, 2);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(coupling_suite()); }
