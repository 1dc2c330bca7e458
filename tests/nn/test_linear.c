/* test_linear.c: the fully connected layer. */
#include "tests/support/recorded.h"

static tg_tensor *matrix(int64_t rows, int64_t columns, const double *data)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(rows, columns), data);
}

static tg_tensor *vector(int64_t count, const double *data)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(count), data);
}

START_TEST(linear_makes_variables_in_pytorchs_layout_and_range)
{
    const tg_linear layer = tg_linear_new(store, "hidden", 25, 40);
    double weight[1000], bias[40];
    ck_assert_str_eq(tg_var_name(layer.weight), "hidden.weight");
    ck_assert_str_eq(tg_var_name(layer.bias), "hidden.bias");
    ck_assert(tg_shape_equal(tg_var_shape(layer.weight), TG_SHAPE(40, 25)));
    ck_assert(tg_shape_equal(tg_var_shape(layer.bias), TG_SHAPE(40)));
    ck_assert(tg_var_trainable(layer.weight) && tg_var_trainable(layer.bias));
    ck_assert_int_eq(tg_var_get(layer.weight, weight, 1000), TG_OK);
    ck_assert_int_eq(tg_var_get(layer.bias, bias, 40), TG_OK);
    double largest = 0, sum = 0;
    for (int i = 0; i < 1000; i++) {
        largest = fmax(largest, fabs(weight[i]));
        sum += weight[i];
    }
    for (int i = 0; i < 40; i++) ck_assert_double_le(fabs(bias[i]), 0.2);
    ck_assert_double_le(largest, 0.2);
    ck_assert_double_ge(largest, 0.19);
    ck_assert_double_le(fabs(sum / 1000), 0.02);
}
END_TEST

START_TEST(linear_honours_its_initialisers_and_no_bias)
{
    const tg_linear zero = tg_linear_new(store, "zero", 2, 1, .init = tg_init_zeros());
    const tg_linear ones =
        tg_linear_new(store, "ones", 2, 1, .init = tg_init_ones(), .bias_init = tg_init_zeros());
    const tg_linear bare = tg_linear_new(store, "bare", 2, 1, .no_bias = true);
    double values[2] = { 9, 9 };
    ck_assert_int_eq(tg_var_get(zero.weight, values, 2), TG_OK);
    ck_assert(values[0] == 0 && values[1] == 0);
    ck_assert_int_eq(tg_var_get(zero.bias, values, 1), TG_OK);
    ck_assert(values[0] != 0);
    ck_assert_int_eq(tg_var_get(ones.weight, values, 2), TG_OK);
    ck_assert(values[0] == 1 && values[1] == 1);
    ck_assert_int_eq(tg_var_get(ones.bias, values, 1), TG_OK);
    ck_assert(values[0] == 0);
    ck_assert_ptr_null(bare.bias);
    ck_assert_ptr_null(tg_find(store, "bare.bias"));
    ck_assert_int_eq(tg_store_status(store), TG_OK);
}
END_TEST

START_TEST(linear_takes_any_leading_axes)
{
    const tg_linear layer = tg_linear_new(store, "layer", 2, 3);
    tg_var_set(layer.weight, ((double[]){ 1, 2, 3, 4, 5, 6 }), 6);
    tg_var_set(layer.bias, ((double[]){ 10, 20, 30 }), 3);
    const double x[] = { 1, 0, 0, 1, 1, 1, 2, -1 };
    const double y[] = { 11, 23, 35, 12, 24, 36, 13, 27, 41, 10, 22, 34 };

    ck_values(tg_linear_apply(&layer, vector(2, x + 4)), 3, y + 6);
    ck_values(tg_linear_apply(&layer, matrix(4, 2, x)), 12, y);
    tg_tensor *deep = tg_linear_apply(&layer, tg_constant(tape, TG_F64, TG_SHAPE(2, 1, 2, 2), x));
    ck_assert(tg_shape_equal(tg_shape_from(deep), TG_SHAPE(2, 1, 2, 3)));
    ck_values(deep, 12, y);

    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(3, 0, 2));
    ck_assert(tg_shape_equal(tg_shape_from(tg_linear_apply(&layer, none)), TG_SHAPE(3, 0, 3)));
    const tg_linear bare = { layer.weight, NULL };
    ck_values(tg_linear_apply(&bare, vector(2, x)), 3, (double[]){ 1, 3, 5 });
}
END_TEST

START_TEST(linear_of_no_inputs_is_its_bias)
{
    const tg_linear layer = tg_linear_new(store, "layer", 0, 2);
    tg_var_set(layer.bias, ((double[]){ 3, 4 }), 2);
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(1, 0));
    ck_values(tg_linear_apply(&layer, x), 2, (double[]){ 3, 4 });
}
END_TEST

START_TEST(tied_weights_receive_both_gradients)
{
    const tg_linear first = tg_linear_new(store, "first", 1, 1, .no_bias = true);
    tg_linear second = tg_linear_new(store, "second", 1, 1);
    second.weight = first.weight;
    tg_var_set(first.weight, ((double[]){ 3 }), 1);
    tg_var_set(second.bias, ((double[]){ 0 }), 1);
    tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(1, 1), 2);
    tg_tensor *y = tg_linear_apply(&second, tg_linear_apply(&first, x));
    tg_tensor *gradient = tg_grad(y, tg_read(tape, first.weight));
    ck_values(y, 1, (double[]){ 18 });
    ck_values(gradient, 1, (double[]){ 12 });
}
END_TEST

static void ck_not_made(tg_linear layer, const char *words)
{
    ck_assert_ptr_null(layer.weight);
    ck_assert_ptr_null(layer.bias);
    ck_assert_int_ne(tg_store_status(store), TG_OK);
    ck_assert_msg(strstr(tg_store_error(store), words), "%s", tg_store_error(store));
    ck_assert_msg(strstr(tg_store_error(store), "test_linear.c:"), "%s", tg_store_error(store));
    tg_store_clear_error(store);
}

START_TEST(a_linear_that_cannot_be_made_sticks_an_error_to_its_store)
{
    ck_assert_ptr_nonnull(tg_param(store, "half.bias", TG_SHAPE(1), tg_init_zeros()));
    ck_assert_ptr_nonnull(tg_linear_new(store, "twice", 1, 1).weight);
    ck_not_made(tg_linear_new(store, "twice", 1, 1), "twice.weight");
    ck_not_made(tg_linear_new(store, "half", 1, 1), "half.bias");
    ck_not_made(tg_linear_new(store, "less", -1, 1), "-1");
    ck_not_made(tg_linear_new(store, "less", 1, -7), "-7");
    ck_not_made(tg_linear_new(store, "huge", INT64_MAX, INT64_MAX), "huge");
    ck_not_made(tg_linear_new(store, "", 1, 1), "name");
    ck_not_made(tg_linear_new(store, NULL, 1, 1), "name");
    ck_assert_ptr_null(tg_linear_new(NULL, "x", 1, 1).weight);
}
END_TEST

START_TEST(applying_a_linear_that_was_not_made_sticks_an_error_to_the_tape)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 3));
    const tg_linear none = tg_linear_new(store, "", 3, 1);
    ck_refused(tg_linear_apply(&none, x), TG_ERR_ARGUMENT, "name");
    ck_refused(tg_linear_apply(NULL, x), TG_ERR_ARGUMENT, "tg_linear_apply");
    ck_assert_ptr_null(tg_linear_apply(&none, NULL));
    ck_no_error();
}
END_TEST

START_TEST(linear_refuses_an_operand_of_another_width)
{
    const tg_linear layer = tg_linear_new(store, "layer", 3, 1);
    tg_tensor *wide = tg_input(tape, "wide", TG_F64, TG_SHAPE(2, 4));
    tg_tensor *number = tg_number(tape, 1);
    ck_refused(tg_linear_apply(&layer, wide), TG_ERR_SHAPE, "layer.weight");
    ck_refused(tg_linear_apply(&layer, wide), TG_ERR_SHAPE, "[2, 4]  wide");
    ck_refused(tg_linear_apply(&layer, number), TG_ERR_SHAPE, "[]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linear");
    TCase *cases = tcase_create("linear");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, linear_makes_variables_in_pytorchs_layout_and_range);
    tcase_add_test(cases, linear_honours_its_initialisers_and_no_bias);
    tcase_add_test(cases, linear_takes_any_leading_axes);
    tcase_add_test(cases, linear_of_no_inputs_is_its_bias);
    tcase_add_test(cases, tied_weights_receive_both_gradients);
    tcase_add_test(cases, a_linear_that_cannot_be_made_sticks_an_error_to_its_store);
    tcase_add_test(cases, applying_a_linear_that_was_not_made_sticks_an_error_to_the_tape);
    tcase_add_test(cases, linear_refuses_an_operand_of_another_width);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
