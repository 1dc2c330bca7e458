/* test_closure.c: every cell of the closure matrix holds. A primitive fails that has no sample in
 * closure_samples.h, neither a vjp nor a reason, or no row in singular.h. */
#include "closure.h"

#include "tests/support/recorded.h"

enum { DRAWS = 200 };

START_TEST(every_primitive_has_a_sample_and_a_vjp_or_a_reason)
{
    const tg_op *op = tg__registry[_i];
    ck_assert_msg(find_sample(op->name), "%s has no sample in tests/ops/closure_samples.h",
                  op->name);
    ck_assert_msg(!op->vjp != !op->no_gradient,
                  "%s must have either a vjp or a reason why it has none", op->name);
    for (int i = 0; i < _i; i++)
        ck_assert_msg(strcmp(tg__registry[i]->name, op->name) != 0, "%s is there twice", op->name);
}
END_TEST

START_TEST(every_cell_of_a_row_holds)
{
    row r = row_at(_i);
    prove(&r, (closure_options){ .draws = scaled(DRAWS), .dump = stderr });
    ck_assert_msg(row_holds(&r), "%s", r.message[0] ? r.message : r.name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("closure");
    TCase *complete = tcase_create("complete"), *matrix = tcase_create("matrix");
    tcase_add_loop_test(complete, every_primitive_has_a_sample_and_a_vjp_or_a_reason, 0,
                        primitive_count());
    tcase_add_loop_test(matrix, every_cell_of_a_row_holds, 0, row_count());
    suite_add_tcase(suite, complete);
    suite_add_tcase(suite, matrix);
    return run_suite(suite);
}
