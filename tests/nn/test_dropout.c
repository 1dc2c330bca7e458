/* test_dropout.c: dropout of elements and of channels: what is kept, what is dropped, the mean. */
#include "tests/support/both_ways.h"

enum { MANY = 10000 };

static double mean_of(int count, const double *data)
{
    double sum = 0;
    for (int i = 0; i < count; i++) sum += data[i];
    return sum / count;
}

START_TEST(elements_are_dropped_or_scaled_and_their_mean_is_kept)
{
    static double got[MANY];
    const double p = (double[]){ 0.1, 0.5, 0.8 }[_i / 2], scale = 1 / (1 - p);
    tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(MANY), 3);
    compute(tg_dropout(x, p, "drop", true), _i % 2, MANY, got);
    for (int i = 0; i < MANY; i++) ck_assert(got[i] == 0 || fabs(got[i] - 3 * scale) < 1e-12);
    /* five standard deviations of the mean */
    ck_assert_double_lt(fabs(mean_of(MANY, got) - 3), 5 * 3 * sqrt(p * scale / MANY));
}
END_TEST

START_TEST(narrow_floats_are_dropped_too)
{
    static double got[MANY];
    tg_tensor *x = tg_full(tape, TG_F32, TG_SHAPE(MANY), 1);
    tg_tensor *y = tg_dropout(x, 0.25, "drop", true);
    ck_assert_int_eq(tg_dtype_of(y), TG_F32);
    compute(y, false, MANY, got);
    ck_assert_double_lt(fabs(mean_of(MANY, got) - 1), 0.03);
}
END_TEST

START_TEST(the_gradient_has_the_mask_of_the_value)
{
    double value[100], slope[100];
    for (int naive = 0; naive < 2; naive++) {
        tg_rewind(tape);
        tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(100), 1);
        tg_tensor *y = tg_dropout(x, 0.5, "drop", true), *to = tg_grad(tg_sum(y), x);
        tg_plan *plan = tg_compile(tape, y, to, .naive = naive);
        run(plan);
        get_doubles(y, 100, value);
        get_doubles(to, 100, slope);
        for (int i = 0; i < 100; i++) ck_assert(value[i] == slope[i]);
        tg_plan_free(plan);
    }
}
END_TEST

START_TEST(gradients_of_both_orders_agree_with_differences)
{
    double data[24];
    for (int i = 0; i < 24; i++) data[i] = sin(i + 1);
    tg_tensor *x = fed("x", TG_SHAPE(2, 4, 3), data);
    tg_tensor *y = _i ? tg_spatial_dropout(x, 0.5, "drop", true) : tg_dropout(x, 0.5, "drop", true);
    ck_assert_msg(tg_check_gradient(tg_mul(y, tg_square(y)), TG_LIST(x)) == TG_OK, "%s",
                  tg_tape_error(tape));
}
END_TEST

START_TEST(the_mask_is_drawn_anew_at_every_step)
{
    double first[100], second[100];
    tg_var *counter = tg_state(store, "counter", TG_F64, TG_SCALAR, 0);
    tg_tensor *y = tg_dropout(tg_full(tape, TG_F64, TG_SHAPE(100), 1), 0.5, "drop", true);
    tg_assign(counter, tg_add_num(tg_read(tape, counter), 1));
    tg_plan *plan = tg_compile(tape, y);
    run(plan);
    get_doubles(y, 100, first);
    run(plan);
    get_doubles(y, 100, second);
    ck_assert_mem_ne(first, second, sizeof first);
    tg_plan_free(plan);
}
END_TEST

START_TEST(inference_and_p_of_0_give_the_operand_itself)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 3, 4));
    const size_t length = tg_tape_length(tape);
    ck_assert_ptr_eq(tg_dropout(x, 0.5, "a", false), x);
    ck_assert_ptr_eq(tg_dropout(x, 1, "a", false), x);
    ck_assert_ptr_eq(tg_dropout(x, 0, "a", true), x);
    ck_assert_ptr_eq(tg_spatial_dropout(x, 0.5, "a", false), x);
    ck_assert_ptr_eq(tg_spatial_dropout(x, 0, "a", true), x);
    ck_assert_uint_eq(tg_tape_length(tape), length);
}
END_TEST

START_TEST(p_of_1_gives_zeros_even_of_infinities)
{
    const double data[] = { 1, (double)INFINITY, (double)NAN }, zeros[] = { 0, 0, 0 };
    tg_tensor *x = fed("x", TG_SHAPE(1, 1, 3), data);
    ck_both_ways(tg_dropout(x, 1, "a", true), 3, zeros, 0);
    ck_both_ways(tg_spatial_dropout(x, 1, "b", true), 3, zeros, 0);
    ck_both_ways(tg_grad(tg_sum(tg_dropout(x, 1, "c", true)), x), 3, zeros, 0);
}
END_TEST

START_TEST(an_infinity_that_is_dropped_leaves_no_trace)
{
    static double got[100];
    tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(100), (double)INFINITY);
    compute(tg_dropout(x, 0.5, "a", true), _i, 100, got);
    int dropped = 0;
    for (int i = 0; i < 100; i++) {
        ck_assert(got[i] == 0 || isinf(got[i]));
        dropped += got[i] == 0;
    }
    ck_assert(dropped > 20 && dropped < 80);
}
END_TEST

START_TEST(spatial_dropout_drops_whole_channels)
{
    enum { ITEMS = 40, CHANNELS = 20, SIZE = 6, ALL = ITEMS * CHANNELS };
    static double got[ALL * SIZE];
    tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(ITEMS, CHANNELS, 2, 3), 1);
    compute(tg_spatial_dropout(x, 0.25, "drop", true), _i, ALL * SIZE, got);
    int kept = 0;
    for (int i = 0; i < ALL; i++) {
        for (int j = 1; j < SIZE; j++) ck_assert(got[i * SIZE + j] == got[i * SIZE]);
        ck_assert(got[i * SIZE] == 0 || fabs(got[i * SIZE] - 4.0 / 3) < 1e-12);
        kept += got[i * SIZE] != 0;
    }
    ck_assert_double_lt(fabs(kept - 0.75 * ALL), 5 * sqrt(0.1875 * ALL));
}
END_TEST

START_TEST(a_key_draws_once_on_a_tape)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(3));
    ck_assert_ptr_nonnull(tg_dropout(x, 0.5, "a", true));
    ck_refused(tg_dropout(x, 0.5, "a", true), TG_ERR_ARGUMENT,
               "tg_dropout: in tg_bernoulli: the key \"a\" is used twice");
    tg_tensor *image = tg_input(tape, "image", TG_F64, TG_SHAPE(1, 2, 3));
    ck_refused(tg_spatial_dropout(image, 0.5, "a", true), TG_ERR_ARGUMENT,
               "tg_spatial_dropout: in tg_bernoulli: the key \"a\" is used twice");
    ck_assert_ptr_nonnull(tg_dropout(x, 0.5, "b", true));
    ck_no_error();
}
END_TEST

static Suite *dropout_suite(void)
{
    Suite *suite = suite_create("dropout");
    TCase *cases = tcase_create("dropout");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, elements_are_dropped_or_scaled_and_their_mean_is_kept, 0, 6);
    tcase_add_test(cases, narrow_floats_are_dropped_too);
    tcase_add_test(cases, the_gradient_has_the_mask_of_the_value);
    tcase_add_loop_test(cases, gradients_of_both_orders_agree_with_differences, 0, 2);
    tcase_add_test(cases, the_mask_is_drawn_anew_at_every_step);
    tcase_add_test(cases, inference_and_p_of_0_give_the_operand_itself);
    tcase_add_test(cases, p_of_1_gives_zeros_even_of_infinities);
    tcase_add_loop_test(cases, an_infinity_that_is_dropped_leaves_no_trace, 0, 2);
    tcase_add_loop_test(cases, spatial_dropout_drops_whole_channels, 0, 2);
    tcase_add_test(cases, a_key_draws_once_on_a_tape);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(dropout_suite()); }
