/* test_embedding.c: the table of vectors: values and gradients against known numbers, the row of
 * the padding, indices of every kind. */
#include "tests/support/both_ways.h"

/* Computed with PyTorch 1.13 in f64: the table, 1 + sin(0.9 i + 0.1) / 2; its rows for the index
 * below, the padding being row 0; the gradient of sum(u y^2), u = sin(1.3 i + 0.2), and that of the
 * sum of its squares. */
static const double table[] = { 1.049916708323414,   1.4207354924039484,  1.4731500438437073,
                                1.1674940750779523,  0.73508192954575335, 0.50315449818326785,
                                0.64722983721480398, 1.0582746024252463 };
static const double known_rows[] = { 1.4731500438437073,  1.1674940750779523,  1.049916708323414,
                                     1.4207354924039484,  0.64722983721480398, 1.0582746024252463,
                                     1.4731500438437073,  1.1674940750779523,  0.73508192954575335,
                                     0.50315449818326785, 1.049916708323414,   1.4207354924039484 };
static const double known_first[] = { 0,
                                      0,
                                      3.5002857555230253,
                                      2.6197385776838678,
                                      -1.3566310749130759,
                                      -0.62203693703215757,
                                      -1.0003124669724859,
                                      0.85688477756484616 };
static const double known_second[] = { 0,
                                       0,
                                       16.633744025625216,
                                       11.756856607511018,
                                       5.007463248503794,
                                       1.5380164638473086,
                                       3.0920238037434333,
                                       1.3876389366987978 };
static const int64_t symbols[] = { 1, 0, 3, 1, 2, 0 };

enum { NUM = 4, DIM = 2, SYMBOLS = 6 };

/* The embedding on a tape of its own, in that dtype. */
static tg_embedding padded_layer(tg_dtype dtype)
{
    float narrow[NUM * DIM];
    close_tape();
    store = tg_store_new(.seed = 7, .dtype = dtype);
    tape = tg_tape_new(store);
    for (int i = 0; i < NUM * DIM; i++) narrow[i] = (float)table[i];
    const tg_embedding layer = tg_embedding_new(store, "table", NUM, DIM, .padding_index = 0);
    const void *data = dtype == TG_F64 ? (const void *)table : narrow;
    ck_assert_int_eq(tg_var_set_as(layer.weight, dtype, data, NUM * DIM), TG_OK);
    return layer;
}

/* The index [2, 3] as i32 or i64. */
static tg_tensor *index_of(tg_dtype dtype)
{
    int32_t narrow[SYMBOLS];
    for (int i = 0; i < SYMBOLS; i++) narrow[i] = (int32_t)symbols[i];
    const void *data = dtype == TG_I64 ? (const void *)symbols : narrow;
    return tg_constant(tape, dtype, TG_SHAPE(2, 3), data);
}

START_TEST(known_values_and_gradients_of_both_orders)
{
    const bool wide = _i % 2 == 0;
    const double tolerance = wide ? 1e-10 : 1e-6;
    const tg_embedding layer = padded_layer(wide ? TG_F64 : TG_F32);
    tg_tensor *weight = tg_read(tape, layer.weight);
    tg_tensor *y = tg_embedding_apply(&layer, index_of(_i / 2 ? TG_I64 : TG_I32));
    ck_shape(y, TG_SHAPE(2, 3, DIM));
    tg_tensor *i = tg_iota(tape, tg_dtype_of(y), SYMBOLS * DIM);
    tg_tensor *u = tg_sin(tg_add_num(tg_mul_num(i, 1.3), 0.2));
    tg_tensor *loss = tg_sum(tg_mul(tg_square(y), tg_reshape(u, tg_shape_from(y))));
    tg_tensor *first = tg_grad(loss, weight);
    tg_tensor *second = tg_grad(tg_sum(tg_square(first)), weight);
    ck_both_ways(y, SYMBOLS * DIM, known_rows, tolerance);
    ck_both_ways(first, NUM * DIM, known_first, tolerance);
    ck_both_ways(second, NUM * DIM, known_second, tolerance);
}
END_TEST

START_TEST(the_row_of_the_padding_gets_no_gradient_at_all)
{
    double first[NUM * DIM], second[NUM * DIM];
    const tg_embedding layer = padded_layer(TG_F64);
    tg_tensor *weight = tg_read(tape, layer.weight);
    tg_tensor *y = tg_embedding_apply(&layer, index_of(TG_I64));
    tg_tensor *gradient = tg_grad(tg_sum(tg_exp(y)), weight);
    compute(gradient, _i, NUM * DIM, first);
    compute(tg_grad(tg_sum(tg_square(gradient)), weight), _i, NUM * DIM, second);
    for (int i = 0; i < DIM; i++) ck_assert(first[i] == 0 && second[i] == 0);
    for (int i = DIM; i < NUM * DIM; i++) ck_assert(first[i] != 0 && second[i] != 0);
}
END_TEST

START_TEST(gradients_of_both_orders_agree_with_differences)
{
    const tg_embedding layer = tg_embedding_new(store, "table", NUM, DIM);
    tg_tensor *y = tg_embedding_apply(&layer, index_of(TG_I32));
    tg_tensor *weight = tg_read(tape, layer.weight);
    ck_assert_msg(tg_check_gradient(tg_exp(y), TG_LIST(weight)) == TG_OK, "%s",
                  tg_tape_error(tape));
}
END_TEST

START_TEST(a_table_begins_normal_and_the_padding_as_zeros)
{
    enum { ROWS = 100, WIDE = 50 };
    static double got[ROWS * WIDE];
    const int64_t padding = _i ? -1 : 7;
    const tg_embedding layer =
        tg_embedding_new(store, "table", ROWS, WIDE, .padding_index = padding);
    const int row = _i ? ROWS - 1 : 7;
    ck_assert_str_eq(tg_var_name(layer.weight), "table.weight");
    ck_assert_int_eq(layer.padding_index, row);
    ck_assert_int_eq(tg_var_get(layer.weight, got, ROWS * WIDE), TG_OK);
    ck_assert_int_eq(tg_store_step(store), 0);
    double sum = 0, squares = 0;
    for (int i = 0; i < ROWS * WIDE; i++) {
        ck_assert((got[i] == 0) == (i / WIDE == row));
        sum += got[i], squares += got[i] * got[i];
    }
    ck_assert_double_lt(fabs(sum / (ROWS * WIDE)), 0.07);
    ck_assert_double_lt(fabs(squares / (ROWS * WIDE) - 0.99), 0.1);
}
END_TEST

START_TEST(a_zero_that_is_not_written_is_no_padding)
{
    double got[NUM * DIM];
    const tg_embedding layer = tg_embedding_new(store, "a", NUM, DIM, .init = tg_init_ones());
    ck_assert(!layer.padded);
    ck_assert_int_eq(tg_var_get(layer.weight, got, NUM * DIM), TG_OK);
    ck_assert(got[0] == 1);
    ck_assert(tg_embedding_new(store, "b", NUM, DIM, .padding_index = 0).padded);
}
END_TEST

START_TEST(an_index_of_any_shape_is_taken)
{
    const tg_embedding layer = padded_layer(TG_F64);
    const int32_t three = 3;
    tg_tensor *one = tg_constant(tape, TG_I32, TG_SCALAR, &three);
    ck_shape(tg_embedding_apply(&layer, one), TG_SHAPE(DIM));
    ck_both_ways(tg_embedding_apply(&layer, one), DIM, table + 3 * DIM, 0);
    tg_tensor *none = tg_input(tape, "none", TG_I64, TG_SHAPE(0, 3));
    ck_shape(tg_embedding_apply(&layer, none), TG_SHAPE(0, 3, DIM));
}
END_TEST

START_TEST(an_index_outside_the_table_is_an_error_of_the_run)
{
    const tg_embedding layer = padded_layer(TG_F64);
    const int32_t bad = _i ? NUM : -1;
    tg_tensor *y = tg_embedding_apply(&layer, tg_constant(tape, TG_I32, TG_SHAPE(1), &bad));
    tg_plan *plan = tg_compile(tape, y);
    ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
    tg_plan_free(plan);
}
END_TEST

static Suite *embedding_suite(void)
{
    Suite *suite = suite_create("embedding");
    TCase *cases = tcase_create("embedding");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, known_values_and_gradients_of_both_orders, 0, 4);
    tcase_add_loop_test(cases, the_row_of_the_padding_gets_no_gradient_at_all, 0, 2);
    tcase_add_test(cases, gradients_of_both_orders_agree_with_differences);
    tcase_add_loop_test(cases, a_table_begins_normal_and_the_padding_as_zeros, 0, 2);
    tcase_add_test(cases, a_zero_that_is_not_written_is_no_padding);
    tcase_add_test(cases, an_index_of_any_shape_is_taken);
    tcase_add_loop_test(cases, an_index_outside_the_table_is_an_error_of_the_run, 0, 2);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(embedding_suite()); }
