/* test_misuse.c: bad input to what reads, assigns, feeds, differentiates, compiles and runs; and
 * indices that are out of range when the program runs. */
#include "bad_input.h"

#include <float.h>

/* ---- Variables, values, plans ----------------------------------------------------------- */

START_TEST(variables_on_a_tape)
{
    IS_SILENT(tg_read(NULL, weight));
    IS_REFUSED(tg_read(tape, NULL), TG_ERR_ARGUMENT, "tg_read", "the variable is NULL");
    IS_REFUSED(tg_read(tape, foreign_weight), TG_ERR_ARGUMENT, "tg_read", "another store");
    IS_SILENT(tg_latest(NULL, weight));
    IS_REFUSED(tg_latest(tape, NULL), TG_ERR_ARGUMENT, "tg_latest", "the variable is NULL");
    IS_REFUSED(tg_latest(tape, foreign_weight), TG_ERR_ARGUMENT, "tg_latest", "another store");
    IS_SILENT(tg_assign(weight, NULL));
    IS_REFUSED(tg_assign(NULL, x), TG_ERR_ARGUMENT, "tg_assign", "the variable is NULL");
    IS_REFUSED(tg_assign(weight, stale), TG_ERR_STATE, "tg_assign", "stale");
    IS_REFUSED(tg_assign(foreign_weight, x), TG_ERR_ARGUMENT, "tg_assign", "another store");
    IS_REFUSED(tg_assign(weight, y), TG_ERR_SHAPE, "tg_assign", "variable weight has shape [2, 3]");
    IS_REFUSED(tg_assign(weight, number), TG_ERR_SHAPE, "tg_assign", "weight has shape [2, 3]");
    IS_REFUSED(tg_assign(weight, narrow), TG_ERR_DTYPE, "tg_assign", "variable weight is f64");
    ck_assert_int_eq(tg_override(NULL, weight, x), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_override(tape, weight, NULL), TG_ERR_ARGUMENT);
    ck_no_error();
    FAILS_HERE(tg_override(tape, NULL, x), TG_ERR_ARGUMENT, "tg_override", "the variable is NULL");
    FAILS_HERE(tg_override(tape, weight, stale), TG_ERR_STATE, "tg_override", "stale");
    FAILS_HERE(tg_override(tape, weight, y), TG_ERR_SHAPE, "tg_override", "weight is f64 [2, 3]");
    FAILS_HERE(tg_override(tape, weight, narrow), TG_ERR_SHAPE, "tg_override", "weight is f64");
    FAILS_HERE(tg_override(tape, weight, foreign), TG_ERR_ARGUMENT, "tg_override", "another tape");
    ck_assert_int_eq(tg_override_end(NULL, weight), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_override_end(tape, NULL), TG_ERR_ARGUMENT);
    ck_no_error();
}
END_TEST

START_TEST(values_in_and_out)
{
    double got[6] = { 0 };
    float single[6] = { 0 };
    ck_assert_int_eq(tg_feed(NULL, got, 6), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_get(NULL, got, 6), TG_ERR_ARGUMENT);
    ck_assert(isnan(tg_item(NULL)));
    ck_no_error();
    FAILS(tg_feed(stale, values, 6), TG_ERR_STATE, "tg_feed", "stale");
    FAILS(tg_feed(x, values, 5), TG_ERR_SHAPE, "tg_feed", "given 5 elements for 6");
    FAILS(tg_feed(x, single, 6), TG_ERR_DTYPE, "tg_feed", "given f32");
    FAILS(tg_feed_as(x, TG_F64, NULL, 6), TG_ERR_ARGUMENT, "tg_feed", "the data are NULL");
    FAILS(tg_feed(huge, values, 6), TG_ERR_STATE, "tg_feed", "only a tg_input can be fed");
    FAILS(tg_get(stale, got, 6), TG_ERR_STATE, "tg_get", "stale");
    FAILS(tg_get(x, got, 7), TG_ERR_SHAPE, "tg_get", "asked for 7 elements of 6");
    FAILS(tg_get(x, single, 6), TG_ERR_DTYPE, "tg_get", "asked for as f32");
    FAILS(tg_get_as(x, TG_F64, NULL, 6), TG_ERR_ARGUMENT, "tg_get", "the place is NULL");
    ck_assert(isnan(tg_item(x)));
    ck_error("tg_item", NODES, 0, TG_ERR_SHAPE, "tg_item", "only a node of one element");
    ck_assert(isnan(tg_item(stale)));
    ck_error("tg_item", NODES, 0, TG_ERR_STATE, "tg_item", "stale");
    ck_assert(isnan(tg_item(empty)));
    ck_error("tg_item", NODES, 0, TG_ERR_SHAPE, "tg_item", "only a node of one element");
    ck_assert_int_eq(tg_get_as(empty, TG_F64, NULL, 0), TG_OK); /* nothing is a legal amount */
    ck_assert_int_eq(tg_feed_as(empty, TG_F64, NULL, 0), TG_OK);
}
END_TEST

START_TEST(a_value_that_no_memory_holds_is_a_status)
{
    double nowhere; /* is not reached */
    ck_assert_int_eq(tg_get_as(huge, TG_F64, &nowhere, (size_t)tg_count(huge)), TG_ERR_MEMORY);
    ck_error("tg_get", NODES, 0, TG_ERR_MEMORY, "tg_get", "out of memory");
    IS_REFUSED(tg_compile(tape, huge), TG_ERR_MEMORY, "tg_compile", "out of memory");
    IS_REFUSED(tg_compile(tape, huge, .naive = true), TG_ERR_MEMORY, "tg_compile", "out of memory");
}
END_TEST

START_TEST(shapes_and_sizes_at_their_limits)
{
    const int32_t zero = 0;
    tg_tensor *full = tg_input(tape, "full", TG_F64, TG_SHAPE(1, 1, 1, 1, 1, 1, 1, 1));
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(0));
    tg_tensor *one = tg_input(tape, "one", TG_F64, TG_SHAPE(1));
    tg_tensor *index = tg_constant(tape, TG_I32, TG_SCALAR, &zero);
    tg_tensor *many = tg_constant(tape, TG_I32, TG_SHAPE(1, 1, 1), &zero);
    double padded[3];
    ck_no_error();
    length = tg_tape_length(tape);
    IS_REFUSED(tg_scatter_add(full, index, 8, 3), TG_ERR_SHAPE, "tg_scatter_add", "9 axes");
    IS_REFUSED(tg_scatter_add(one, many, INT_MIN, 3), TG_ERR_SHAPE, "tg_scatter_add", "must have");
    IS_REFUSED(tg_reshape(none, TG_SHAPE(0, INT64_C(1) << 62, 4)), TG_ERR_SHAPE, "tg_reshape",
               "more bytes");
    IS_REFUSED(tg_uniform(tape, "wide", TG_F64, TG_SHAPE(1), -DBL_MAX, DBL_MAX), TG_ERR_ARGUMENT,
               "tg_uniform", "is infinite");
    /* Nothing stands between the elements of one. */
    ck_assert_int_eq(tg_get(tg_pad(one, 0, 1, 1, INT64_MAX, 5), padded, 3), TG_OK);
    ck_assert_double_eq(padded[0], 5);
    ck_assert_double_eq(padded[1], 0);
    ck_no_error();
}
END_TEST

START_TEST(gradients)
{
    tg_tensor *out[2] = { x, x };
    IS_SILENT(tg_grad(NULL, x));
    IS_SILENT(tg_grad(number, NULL));
    IS_REFUSED(tg_grad(stale, stale), TG_ERR_STATE, "tg_vjp", "stale");
    IS_REFUSED(tg_grad(number, stale), TG_ERR_STATE, "tg_vjp", "operand 1 is stale");
    IS_REFUSED(tg_grad(number, foreign), TG_ERR_ARGUMENT, "tg_vjp", "another tape");
    IS_REFUSED(tg_grad(x, x), TG_ERR_SHAPE, "tg_vjp", "that of one number");
    IS_REFUSED(tg_grad(empty, empty), TG_ERR_SHAPE, "tg_vjp", "that of one number");
    IS_REFUSED(tg_grad(number, integer), TG_ERR_DTYPE, "tg_vjp", "only f32 and f64");
    FAILS_HERE(tg_vjp(x, y, 1, (tg_tensor *[]){ x }, out), TG_ERR_SHAPE, "tg_vjp", "the cotangent");
    ck_assert_ptr_null(out[0]);
    ck_assert_ptr_eq(out[1], x);
    FAILS_HERE(tg_vjp(x, narrow, 1, (tg_tensor *[]){ x }, out), TG_ERR_SHAPE, "tg_vjp",
               "cotangent");
    FAILS_HERE(tg_vjp(x, stale, 1, (tg_tensor *[]){ x }, out), TG_ERR_STATE, "tg_vjp", "stale");
    FAILS_HERE(tg_vjp(integer, integer, 0, NULL, NULL), TG_ERR_DTYPE, "tg_vjp", "only f32 and f64");
    FAILS_HERE(tg_vjp(number, NULL, 2, (tg_tensor *[]){ x, NULL }, out), TG_ERR_ARGUMENT, "tg_vjp",
               "node 1 of the list is NULL");
    ck_assert(out[0] == NULL && out[1] == NULL);
    FAILS_HERE(tg_vjp(number, NULL, 1, NULL, out), TG_ERR_ARGUMENT, "tg_vjp",
               "list of nodes is NULL");
}
END_TEST

START_TEST(plans)
{
    IS_SILENT(tg_compile(NULL));
    IS_SILENT(tg_compile_pure(NULL));
    IS_REFUSED(tg_compile(tape), TG_ERR_ARGUMENT, "tg_compile", "nothing to compute");
    IS_REFUSED(tg_compile(tape, .keep = TG_LIST(x, NULL)), TG_ERR_ARGUMENT, "tg_compile",
               "entry 1 of .keep is NULL");
    IS_REFUSED(tg_compile(tape, x, stale), TG_ERR_STATE, "tg_compile", "stale");
    IS_REFUSED(tg_compile(tape, foreign), TG_ERR_ARGUMENT, "tg_compile", "another tape");
    IS_REFUSED(tg_compile(tape, .keep = TG_LIST(foreign)), TG_ERR_ARGUMENT, "tg_compile",
               "another");
    IS_REFUSED(tg_compile(tape, x, .threads = -1), TG_ERR_ARGUMENT, "tg_compile", ".threads is -1");
    IS_REFUSED(tg_compile(tape, x, .threads = 257), TG_ERR_ARGUMENT, "tg_compile", "1 to 256");
    ck_assert_int_eq(tg_run(NULL), TG_ERR_ARGUMENT);
    tg_plan *plan = tg_compile(tape, tg_neg(x));
    length = tg_tape_length(tape);
    ck_assert_ptr_null(tg_reshape(x, TG_SHAPE(7)));
    ck_assert_int_eq(tg_run(plan), TG_ERR_SHAPE); /* a tape that has failed runs nothing */
    ck_assert_str_eq(tg_plan_error(plan), tg_tape_error(tape));
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_run(plan), TG_OK);
    tg_plan_free(plan);
}
END_TEST

/* ---- Indices that are out of range when the program runs -------------------------------- */

START_TEST(an_index_out_of_range_is_an_error_of_the_run)
{
    static const int64_t bad[] = { -1, 2, INT64_C(1) << 40, INT64_MIN, INT64_MAX };
    tg_tensor *index = tg_input(tape, "index", TG_I64, TG_SHAPE(2));
    tg_tensor *uses[] = {
        tg_gather(x, index, 0),
        tg_scatter_add(x, index, 0, 2),
        tg_grad(tg_sum(tg_gather(x, index, 0)), x),
        tg_cast(tg_check_index(index, 2), TG_F64),
        tg_cross_entropy(tg_slice(x, 1, 0, 2, 1), index),
    };
    ck_no_error();
    for (int way = 0; way < 3; way++)
        for (int u = 0; u < COUNT_OF(uses); u++)
            for (int i = 0; i < COUNT_OF(bad); i++) {
                const int64_t data[2] = { 0, bad[i] }, good[2] = { 1, 1 };
                double got[64];
                const size_t count = (size_t)tg_count(uses[u]);
                ck_assert_int_eq(tg_feed(index, data, 2), TG_OK);
                tg_plan *plan = way ? tg_compile(tape, uses[u], .naive = way == 2) : NULL;
                if (way)
                    ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
                else
                    ck_assert_int_eq(tg_get(uses[u], got, count), TG_ERR_INDEX);
                ck_no_error();
                ck_assert_int_eq(tg_report(tape, NULL), 1);
                ck_assert_int_eq(tg_feed(index, good, 2), TG_OK);
                if (way) ck_assert_int_eq(tg_run(plan), TG_OK);
                ck_assert_int_eq(tg_get(uses[u], got, count), TG_OK);
                ck_assert_int_eq(tg_report(tape, NULL), 0);
                tg_plan_free(plan);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("misuse");
    TCase *all = tcase_create("misuse");
    tcase_add_checked_fixture(all, open_operands, close_operands);
    tcase_add_test(all, variables_on_a_tape);
    tcase_add_test(all, values_in_and_out);
    tcase_add_test(all, a_value_that_no_memory_holds_is_a_status);
    tcase_add_test(all, shapes_and_sizes_at_their_limits);
    tcase_add_test(all, gradients);
    tcase_add_test(all, plans);
    tcase_add_test(all, an_index_out_of_range_is_an_error_of_the_run);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
