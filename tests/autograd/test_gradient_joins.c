/* test_gradient_joins.c: cotangents that wait for others of the same operand: slices of one array,
 * products with one matrix. They are joined where that is cheaper, and right where it is not. */
#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/recorded.h"

static tg_tensor *filled(const char *name, tg_shape shape, double phase)
{
    double values[128];
    tg_tensor *x = tg_input(tape, name, TG_F64, shape);
    const size_t count = (size_t)tg_count(x);
    for (size_t i = 0; i < count; i++) values[i] = sin(phase + 1.3 * (double)i);
    ck_assert_int_eq(tg_feed(x, values, count), TG_OK);
    return x;
}

static int count_of(tg_tensor *y, const char *op)
{
    int count = 0;
    tg_plan *plan = tg_compile_pure(tape, y);
    ck_no_error();
    for (size_t i = 0; i < plan->program->count; i++)
        count += plan->program->members[i].kernel != TG__NONE &&
                 strcmp(plan->program->values[i].op->name, op) == 0;
    tg_plan_free(plan);
    return count;
}

static void ck_right(tg_tensor *y, tg_list wrt)
{
    ck_assert_msg(tg_check_gradient(y, wrt) == TG_OK, "%s", tg_tape_error(tape));
}

/* A chain of steps with one matrix, as in a recurrent net. */
START_TEST(products_with_one_matrix_have_one_product_for_its_gradient)
{
    tg_tensor *w = filled("w", TG_SHAPE(8, 8), 0.1), *x = filled("x", TG_SHAPE(2, 8), 2);
    tg_tensor *h = x, *total = tg_number(tape, 0);
    for (int i = 0; i < 4; i++) {
        h = tg_tanh(tg_matmul(h, w));
        total = tg_add(total, tg_sum(tg_square(h)));
    }
    ck_assert_int_eq(count_of(total, "dot"), 4);
    ck_assert_int_eq(count_of(tg_grad(total, w), "dot"), 4 + 3 + 1);
    ck_right(total, TG_LIST(w, x));
}
END_TEST

/* Wide products are added up: the matrix is smaller than what would have to be copied. */
START_TEST(products_with_a_small_matrix_are_added)
{
    tg_tensor *w = filled("w", TG_SHAPE(3, 2), 0.1);
    tg_tensor *a = filled("a", TG_SHAPE(9, 3), 1), *b = filled("b", TG_SHAPE(9, 3), 2);
    tg_tensor *total = tg_sum(tg_mul(tg_tanh(tg_matmul(a, w)), tg_tanh(tg_matmul(b, w))));
    ck_assert_int_eq(count_of(tg_grad(total, w), "dot"), 4);
    ck_right(total, TG_LIST(w, a, b));
}
END_TEST

/* Different numbers of rows cannot be stacked; slices and products of one array are two groups. */
START_TEST(uses_that_do_not_fit_together_are_added)
{
    tg_tensor *w = filled("w", TG_SHAPE(6, 7), 0.1);
    tg_tensor *a = filled("a", TG_SHAPE(1, 6), 1), *b = filled("b", TG_SHAPE(2, 6), 2);
    tg_tensor *top = tg_slice(w, 0, 0, 2, 1), *low = tg_slice(w, 0, 3, 6, 1);
    tg_tensor *total = tg_add(tg_sum(tg_tanh(tg_matmul(a, w))), tg_sum(tg_exp(tg_matmul(b, w))));
    total = tg_add(total, tg_add(tg_sum(tg_square(top)), tg_sum(tg_sin(low))));
    ck_right(total, TG_LIST(w, a, b));
}
END_TEST

START_TEST(slices_that_are_apart_are_joined)
{
    tg_tensor *x = filled("x", TG_SHAPE(12, 3), 0.5), *total = tg_number(tape, 0);
    for (int i = 0; i < 5; i++) {
        tg_tensor *part = tg_slice(x, 0, 2 * i + 1, 2 * i + 2 + i % 2, 1);
        total = tg_add(total, tg_sum(tg_mul(tg_square(part), tg_sin(part))));
    }
    tg_tensor *by_x = tg_grad(total, x);
    ck_assert_int_eq(count_of(by_x, "concat"), 1);
    ck_assert_int_eq(count_of(by_x, "pad"), 0);
    ck_right(total, TG_LIST(x));
}
END_TEST

START_TEST(equal_slices_are_added_before_they_are_joined)
{
    tg_tensor *x = filled("x", TG_SHAPE(9), 0.5);
    tg_tensor *a = tg_slice(x, 0, 1, 4, 1), *b = tg_slice(x, 0, 1, 4, 1),
              *c = tg_slice(x, 0, 4, 9, 1);
    tg_tensor *total = tg_add(tg_sum(tg_mul(tg_exp(a), tg_sin(b))), tg_sum(tg_square(c)));
    tg_tensor *by_x = tg_grad(total, x);
    ck_assert_int_eq(count_of(by_x, "concat"), 1);
    ck_assert_int_eq(count_of(by_x, "pad"), 0);
    ck_right(total, TG_LIST(x));
}
END_TEST

START_TEST(slices_that_overlap_or_cross_are_added)
{
    tg_tensor *x = filled("x", TG_SHAPE(5, 6), 0.5);
    tg_tensor *a = tg_slice(x, 0, 0, 3, 1), *b = tg_slice(x, 0, 2, 5, 1),
              *c = tg_slice(x, 1, 1, 3, 1);
    tg_tensor *d = tg_slice(x, 1, 0, 6, 2);
    tg_tensor *total = tg_add(tg_sum(tg_mul(tg_exp(a), b)), tg_sum(tg_square(c)));
    total = tg_add(total, tg_sum(tg_sin(d)));
    ck_right(total, TG_LIST(x));
}
END_TEST

/* Two picks in a row, and of what is picked a slice: the gradient is made in one piece. */
START_TEST(slices_of_slices_are_joined)
{
    tg_tensor *x = filled("x", TG_SHAPE(5, 4, 3), 0.5), *total = tg_number(tape, 0);
    for (int i = 0; i < 4; i++) {
        tg_tensor *y = tg_pick(tg_pick(tg_pick(x, 0, i), 0, (3 * i + 1) % 4), 0, i % 3);
        total = tg_add(total, tg_mul(tg_square(y), tg_sin(y)));
    }
    tg_tensor *last = tg_slice(tg_pick(x, 0, 4), 0, 1, 3, 1);
    total = tg_add(total, tg_sum(tg_exp(last)));
    tg_tensor *by_x = tg_grad(total, x);
    ck_assert_int_eq(count_of(by_x, "concat"), 1);
    ck_assert_int_eq(count_of(by_x, "pad"), 0);
    ck_right(total, TG_LIST(x));
}
END_TEST

/* The last axis first; the same element twice; beside whole rows; an axis of 1 put in between. */
START_TEST(slices_of_slices_are_joined_whatever_the_order_of_axes)
{
    tg_tensor *x = filled("x", TG_SHAPE(6, 5), 0.5), *total = tg_number(tape, 0);
    for (int i = 0; i < 4; i++) {
        tg_tensor *y = tg_pick(tg_pick(x, 1, i), 0, i % 3);
        tg_tensor *z = tg_pick(tg_unsqueeze(tg_pick(x, 0, i % 3), 0), 1, i);
        total = tg_add(total, tg_sum(tg_mul(tg_exp(y), tg_sin(z))));
    }
    total = tg_add(total, tg_sum(tg_exp(tg_slice(x, 0, 4, 6, 1))));
    tg_tensor *by_x = tg_grad(total, x);
    ck_assert_int_eq(count_of(by_x, "concat"), 1);
    ck_assert_int_eq(count_of(by_x, "pad"), 0);
    ck_right(total, TG_LIST(x));
}
END_TEST

/* Parts that are not in one piece, that overlap, or whose cotangent is padded by something else. */
START_TEST(slices_of_slices_that_do_not_fit_are_added)
{
    tg_tensor *x = filled("x", TG_SHAPE(4, 5), 0.5);
    tg_tensor *a = tg_slice(tg_slice(x, 0, 0, 3, 1), 1, 1, 3, 1);
    tg_tensor *b = tg_slice(tg_slice(x, 0, 2, 4, 1), 1, 3, 5, 1);
    ck_right(tg_add(tg_sum(tg_exp(a)), tg_sum(tg_sin(b))), TG_LIST(x));
    tg_tensor *row = tg_pick(x, 0, 1), *one = tg_pick(tg_pick(x, 0, 1), 0, 2);
    ck_right(tg_add(tg_sum(tg_exp(row)), tg_mul(one, tg_sin(one))), TG_LIST(x));
    tg_tensor *c = tg_slice(tg_pick(x, 0, 1), 0, 0, 5, 2), *d = tg_pick(tg_pick(x, 0, 3), 0, 0);
    ck_right(tg_add(tg_sum(tg_exp(c)), tg_mul(d, tg_sin(d))), TG_LIST(x));
}
END_TEST

/* More parts than a node has operands. */
START_TEST(slices_are_joined_however_many_there_are)
{
    enum { COUNT = 70000 };
    tg_tensor *x = tg_read(tape, tg_param(store, "x", TG_SHAPE(COUNT), tg_init_constant(2)));
    tg_tensor *total = tg_number(tape, 0);
    for (int i = 0; i < COUNT; i++)
        total = tg_add(total, tg_mul_num(tg_square(tg_pick(x, 0, i)), i));
    double *got = malloc(COUNT * sizeof *got);
    ck_assert_ptr_nonnull(got);
    tg_get(tg_grad(total, x), got, COUNT);
    ck_no_error();
    for (int i = 0; i < COUNT; i++) ck_assert(got[i] == 4.0 * i);
    free(got);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gradient_joins");
    TCase *all = tcase_create("gradient_joins");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, products_with_one_matrix_have_one_product_for_its_gradient);
    tcase_add_test(all, products_with_a_small_matrix_are_added);
    tcase_add_test(all, uses_that_do_not_fit_together_are_added);
    tcase_add_test(all, slices_that_are_apart_are_joined);
    tcase_add_test(all, equal_slices_are_added_before_they_are_joined);
    tcase_add_test(all, slices_that_overlap_or_cross_are_added);
    tcase_add_test(all, slices_of_slices_are_joined);
    tcase_add_test(all, slices_of_slices_are_joined_whatever_the_order_of_axes);
    tcase_add_test(all, slices_of_slices_that_do_not_fit_are_added);
    tcase_add_test(all, slices_are_joined_however_many_there_are);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
