/* test_options.c: calls with options by the real functions, where calls were once misread: an
 * option of an inner call is not the outer one's, a zero given by position is a zero. That every
 * option of every function arrives is shown by the program that options/walk.py writes. */
#include "tests/support/recorded.h"

/* batch 2, time 3, class 2 */
static tg_tensor *waves(void)
{
    return tg_sin(tg_reshape(tg_iota(tape, TG_F64, 12), TG_SHAPE(2, 3, 2)));
}

static void ck_same(int line, tg_tensor *got, tg_tensor *want)
{
    enum { MOST = 64 };
    double a[MOST], b[MOST];
    const size_t count = (size_t)tg_count(want);
    ck_no_error();
    ck_assert_msg(tg_shape_equal(tg_shape_from(got), tg_shape_from(want)), "line %d: shapes", line);
    ck_assert_uint_le(count, MOST);
    ck_assert_int_eq(tg_get(got, a, count), TG_OK);
    ck_assert_int_eq(tg_get(want, b, count), TG_OK);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(a[i] == b[i], "line %d, %zu: %g, not %g", line, i, a[i], b[i]);
}
#define CK_SAME(got, want) ck_same(__LINE__, got, want)

static double number(tg_tensor *x, size_t index)
{
    double values[64];
    const size_t count = (size_t)tg_count(x);
    ck_assert_uint_le(count, 64);
    ck_assert_int_eq(tg_get(x, values, count), TG_OK);
    return values[index];
}

/* ---- Nested calls ----------------------------------------------------------------------- */

START_TEST(an_inner_calls_axis_is_its_own)
{
    tg_tensor *x = waves(), *m = tg_mean(x, .axis = 1), *c = tg_cos(m);
    CK_SAME(tg_softmax(tg_mean(x, .axis = 1)), tg_softmax(m));
    CK_SAME(tg_log_softmax(tg_mean(x, .axis = 1)), tg_log_softmax(m));
    CK_SAME(tg_max(tg_abs(tg_mean(x, .axis = 1))), tg_max(tg_abs(m)));
    CK_SAME(tg_sort(tg_mean(x, .axis = 1)), tg_sort(m));
    CK_SAME(tg_cosine_similarity(tg_mean(x, .axis = 1), c), tg_cosine_similarity(m, c));
    tg_tensor *s = tg_sum(x, .axis = 1);
    CK_SAME(tg_sum(tg_sum(x, .axis = 1)), tg_sum(s));
    CK_SAME(tg_sum(tg_sum(x, .axis = 1), .axis = 0), tg_sum(s, .axis = 0));
    /* and by values that need no library */
    double all = 0, column = 0;
    for (int i = 0; i < 12; i++) all += sin(i), column += i % 2 == 0 ? sin(i) : 0;
    ck_close(tg_item(tg_sum(tg_sum(x, .axis = 1))), all, 1e-15);
    ck_close(number(tg_sum(tg_sum(x, .axis = 1), .axis = 0), 0), column, 1e-15);
}
END_TEST

START_TEST(an_inner_calls_number_is_its_own)
{
    tg_tensor *x = waves(), *v = tg_variance(x, .axis = 1, .correction = 0);
    CK_SAME(tg_variance(tg_variance(x, .axis = 1, .correction = 0)), tg_variance(v));
    tg_tensor *image = tg_reshape(tg_sin(tg_iota(tape, TG_F64, 64)), TG_SHAPE(1, 1, 8, 8));
    tg_tensor *kernel = tg_reshape(tg_iota(tape, TG_F64, 4), TG_SHAPE(1, 1, 2, 2));
    tg_tensor *y = tg_convolve(image, kernel, NULL, .stride = 2);
    CK_SAME(tg_max_pool(tg_convolve(image, kernel, NULL, .stride = 2), 2), tg_max_pool(y, 2));
}
END_TEST

/* With an eps of 0 the update would be 0 / 0. */
START_TEST(an_optimizer_keeps_its_eps_beside_a_losss)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(3, 2), tg_init_normal(0, 1));
    double before[6], after[6];
    tg_var_get(w, before, 6);
    tg_tensor *table = tg_read(tape, w), *zero = tg_zeros_like(table);
    tg_adam(tg_triplet(zero, tg_mul_num(table, 0), zero, .eps = 1e-3));
    ck_no_error();
    tg_plan *step = tg_compile(tape);
    ck_assert_int_eq(tg_run(step), TG_OK);
    tg_plan_free(step);
    tg_var_get(w, after, 6);
    for (int i = 0; i < 6; i++) ck_assert_double_eq(after[i], before[i]);
}
END_TEST

/* ---- Zeros and positions ---------------------------------------------------------------- */

START_TEST(a_zero_by_position_is_a_zero)
{
    tg_tensor *x = tg_reshape(tg_iota(tape, TG_F64, 6), TG_SHAPE(2, 3));
    ck_assert_int_eq(tg_rank(tg_sum(x, 1)), 1);
    CK_SAME(tg_sum(x, 0), tg_sum(x, .axis = 0));
    ck_assert_double_eq(number(tg_sum(x, 0), 2), 2 + 5);
    const int axis = 0;
    CK_SAME(tg_sum(x, axis), tg_sum(x, 0));
    tg_tensor *share = tg_softmax(x, 0);
    for (size_t i = 0; i < 3; i++) ck_close(number(share, i) + number(share, i + 3), 1, 1e-15);
    ck_assert_double_eq(number(tg_sort(tg_neg(x), 0), 0), -3);
    ck_assert_double_eq(number(tg_sort(tg_neg(x), 0), 3), 0);
}
END_TEST

START_TEST(a_zero_by_name_is_a_zero)
{
#define NO_CORRECTION .correction = 0
    tg_tensor *x = tg_iota(tape, TG_F64, 3);
    ck_close(tg_item(tg_variance(x)), 1, 1e-15);
    ck_close(tg_item(tg_variance(x, .correction = 0)), 2. / 3, 1e-15);
    ck_close(tg_item(tg_variance(x, NO_CORRECTION)), 2. / 3, 1e-15);
}
END_TEST

START_TEST(a_row_for_padding_may_be_row_0)
{
    const tg_embedding given = tg_embedding_new(store, "given", 4, 2, 0); /* PyTorch's order */
    ck_assert(given.padded);
    ck_assert_int_eq(given.padding_index, 0);
    double rows[8];
    ck_assert_int_eq(tg_var_get(given.weight, rows, 8), TG_OK);
    ck_assert_double_eq(rows[0], 0);
    ck_assert_double_eq(rows[1], 0);
    ck_assert_double_ne(rows[2], 0);
    ck_assert(!tg_embedding_new(store, "none", 4, 2).padded);
}
END_TEST

START_TEST(a_rate_of_zero_moves_nothing)
{
    tg_var *w = tg_param(store, "w", TG_SCALAR, tg_init_constant(2));
    tg_tensor *loss = tg_square(tg_read(tape, w));
#define STILL .lr = 0.0
    tg_adam(loss, STILL);
    ck_no_error();
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    double now;
    tg_var_get(w, &now, 1);
    ck_assert_double_eq(now, 2);
}
END_TEST

/* ---- Structs of one's own --------------------------------------------------------------- */

START_TEST(a_struct_begins_with_the_defaults)
{
    tg_tensor *x = waves();
    tg_reduce_args options = { TG_REDUCE_DEFAULTS, .at = TG_HERE, .x = x, .axis = 1 };
    CK_SAME(tg_sum_with(&options), tg_sum(x, .axis = 1));
    const tg_reduce_args bare = { .at = TG_HERE, .x = x, .axis = 1 };
    ck_refused(tg_sum_with(&bare), TG_ERR_ARGUMENT, "tg_sum: the options have no defaults");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *group = tcase_create("calls");
    tcase_add_checked_fixture(group, open_tape, close_tape);
    tcase_add_test(group, an_inner_calls_axis_is_its_own);
    tcase_add_test(group, an_inner_calls_number_is_its_own);
    tcase_add_test(group, an_optimizer_keeps_its_eps_beside_a_losss);
    tcase_add_test(group, a_zero_by_position_is_a_zero);
    tcase_add_test(group, a_zero_by_name_is_a_zero);
    tcase_add_test(group, a_row_for_padding_may_be_row_0);
    tcase_add_test(group, a_rate_of_zero_moves_nothing);
    tcase_add_test(group, a_struct_begins_with_the_defaults);
    suite_add_tcase(suite, group);
    return run_suite(suite);
}
