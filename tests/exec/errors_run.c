/* errors_run.c: bad input to what reads, assigns, feeds, differentiates, compiles and runs; and
 * indices that are out of range when the program runs. */
#include "tests/support/bad_input.h"

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
    ACCEPTS(tg_override(NULL, weight, x) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_override(tape, weight, NULL) == TG_ERR_ARGUMENT);
    ck_no_error();
    FAILS_HERE(tg_override(tape, NULL, x), TG_ERR_ARGUMENT, "tg_override", "the variable is NULL");
    FAILS_HERE(tg_override(tape, foreign_weight, x), TG_ERR_ARGUMENT, "tg_override",
               "another store");
    FAILS_HERE(tg_override(tape, weight, stale), TG_ERR_STATE, "tg_override", "stale");
    FAILS_HERE(tg_override(tape, weight, y), TG_ERR_SHAPE, "tg_override",
               "variable weight is: f64 [2, 3]");
    FAILS_HERE(tg_override(tape, weight, narrow), TG_ERR_SHAPE, "tg_override", "weight is: f64");
    FAILS_HERE(tg_override(tape, weight, foreign), TG_ERR_ARGUMENT, "tg_override", "another tape");
    ACCEPTS(tg_override_end(NULL, weight) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_override_end(tape, NULL) == TG_ERR_ARGUMENT);
    ck_no_error();
}
END_TEST

START_TEST(values_in_and_out)
{
    double got[6] = { 0 };
    float single[6] = { 0 };
    ACCEPTS(tg_feed(NULL, got, 6) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_get(NULL, got, 6) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_item(NULL) != 0);
    ck_no_error();
    IS_IDLE_AFTER_AN_ERROR(tg_item(x) > 0);
    FAILS(tg_feed(dead, values, 6), TG_ERR_STATE, "tg_feed", "stale");
    FAILS(tg_feed(x, values, 5), TG_ERR_SHAPE, "tg_feed", "given 5 elements for 6");
    FAILS(tg_feed(x, single, 6), TG_ERR_DTYPE, "tg_feed", "given f32");
    FAILS(tg_feed_as(x, TG_F64, NULL, 6), TG_ERR_ARGUMENT, "tg_feed", "the data are NULL");
    FAILS(tg_feed(huge, values, 6), TG_ERR_STATE, "tg_feed", "only a tg_input can be fed");
    FAILS(tg_get(dead, got, 6), TG_ERR_STATE, "tg_get", "stale");
    FAILS(tg_get(x, got, 7), TG_ERR_SHAPE, "tg_get", "asked for 7 elements of 6");
    FAILS(tg_get(x, single, 6), TG_ERR_DTYPE, "tg_get", "asked for as f32");
    FAILS(tg_get_as(x, TG_F64, NULL, 6), TG_ERR_ARGUMENT, "tg_get", "the place is NULL");
    ACCEPTS(tg_evaluate(TG_LIST(x, NULL)) == TG_ERR_ARGUMENT);
    IS_IDLE_AFTER_AN_ERROR(tg_evaluate(TG_LIST(x)) == TG_OK);
    FAILS(tg_evaluate(TG_LIST(dead)), TG_ERR_STATE, "tg_evaluate", "stale");
    FAILS(tg_evaluate(TG_LIST(x, foreign)), TG_ERR_ARGUMENT, "tg_evaluate", "another tape");
    ck_assert(isnan(tg_item(x)));
    ck_error("tg_item(x)", NODES, 0, TG_ERR_SHAPE, "tg_item", "only a node of one element");
    ck_assert(isnan(tg_item(dead)));
    ck_error("tg_item(x)", NODES, 0, TG_ERR_STATE, "tg_item", "stale");
    ck_assert(isnan(tg_item(empty)));
    ck_error("tg_item(x)", NODES, 0, TG_ERR_SHAPE, "tg_item", "only a node of one element");
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
    IS_REFUSED(tg_scatter_add(full, index, 8, 3), TG_ERR_SHAPE, "tg_scatter_add", "9 axes");
    IS_REFUSED(tg_scatter_add(one, many, INT_MIN, 3), TG_ERR_SHAPE, "tg_scatter_add", "must have");
    IS_REFUSED(tg_reshape(none, TG_SHAPE(0, INT64_C(1) << 62, 4)), TG_ERR_SHAPE, "tg_reshape",
               "more bytes");
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
    IS_REFUSED(tg_grad(stale, stale), TG_ERR_STATE, "tg_grad", "stale");
    IS_REFUSED(tg_grad(number, stale), TG_ERR_STATE, "tg_grad", "operand 1 is stale");
    IS_REFUSED(tg_grad(x, x), TG_ERR_SHAPE, "tg_grad", "that of one number");
    IS_REFUSED(tg_grad(empty, empty), TG_ERR_SHAPE, "tg_grad", "that of one number");
    IS_REFUSED(tg_grad(number, integer), TG_ERR_DTYPE, "tg_grad", "only f32 and f64");
    FAILS_HERE(tg_vjp(x, y, TG_LIST(x), out), TG_ERR_SHAPE, "tg_vjp", "the cotangent");
    ck_assert_ptr_null(out[0]);
    ck_assert_ptr_eq(out[1], x);
    FAILS_HERE(tg_vjp(x, narrow, TG_LIST(x), out), TG_ERR_SHAPE, "tg_vjp", "cotangent");
    FAILS_HERE(tg_vjp(x, stale, TG_LIST(x), out), TG_ERR_STATE, "tg_vjp", "stale");
    FAILS_HERE(tg_vjp(x, x, TG_LIST(foreign), out), TG_ERR_ARGUMENT, "tg_vjp", "another tape");
    FAILS_HERE(tg_vjp(integer, integer, (tg_list){ 0, NULL }, NULL), TG_ERR_DTYPE, "tg_vjp",
               "only f32 and f64");
    FAILS_HERE(tg_vjp(number, NULL, TG_LIST(x, NULL), out), TG_ERR_ARGUMENT, "tg_vjp",
               "node 1 of the list is NULL");
    ck_assert(out[0] == NULL && out[1] == NULL);
    FAILS_HERE(tg_vjp(number, NULL, (tg_list){ 1, NULL }, out), TG_ERR_ARGUMENT, "tg_vjp",
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
    ACCEPTS(tg_run(NULL) == TG_ERR_ARGUMENT);
    tg_plan *plan = tg_compile(tape, tg_neg(x));
    ck_assert_ptr_null(tg_reshape(x, TG_SHAPE(7)));
    ck_assert_int_eq(tg_run(plan), TG_ERR_SHAPE); /* a tape that has failed runs nothing */
    ck_assert_str_eq(tg_plan_error(plan), tg_tape_error(tape));
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_run(plan), TG_OK);
    tg_plan_free(plan);
}
END_TEST

/* ---- Indices that are out of range when the program runs -------------------------------- */

/* Errors of an instance are its own; the tape has none of them. */
#define INSTANCE_REFUSES(call, status, kind, text)                                                 \
    do {                                                                                           \
        remember();                                                                                \
        ck_assert_int_eq((call), (status));                                                        \
        ck_assert_int_ne(tg_instance_status(instance), TG_OK);                                     \
        ck_assert_msg(strstr(tg_instance_error(instance), (text)) != NULL, "%s: %s", #call,        \
                      tg_instance_error(instance));                                                \
        ck_no_error();                                                                             \
        ck_unchanged(#call);                                                                       \
        contract_note(tried ? tried : "", #call, (kind), tg_instance_error(instance));             \
    } while (0)

START_TEST(instances)
{
    double got[6] = { 0 };
    float single[6] = { 0 };
    tg_tensor *twice = tg_add(x, x);
    tg_plan *plan = tg_compile_pure(tape, twice);
    tg_instance *instance = tg_instance_new(plan);
    ck_no_error();
    ACCEPTS_CALL(tg_instance_free(NULL));
    ACCEPTS(tg_instance_feed(NULL, x, got, 6) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_instance_run(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_instance_get(NULL, x, got, 6) == TG_ERR_ARGUMENT);
    ck_assert(isnan(tg_instance_item(NULL, x)));
    contract_note("tg_instance_item", "NULL", BAD_NULL, NULL);
    ACCEPTS(tg_instance_error(NULL)[0] != 0);
    ACCEPTS(tg_instance_status(NULL) == TG_ERR_ARGUMENT);
    INSTANCE_REFUSES(tg_instance_feed(instance, NULL, got, 6), TG_ERR_ARGUMENT, BAD_NULL,
                     "no input");
    INSTANCE_REFUSES(tg_instance_feed(instance, dead, got, 6), TG_ERR_ARGUMENT, BAD_STALE,
                     "no input");
    INSTANCE_REFUSES(tg_instance_feed(instance, foreign, got, 6), TG_ERR_ARGUMENT, BAD_TAPE,
                     "no input");
    INSTANCE_REFUSES(tg_instance_feed(instance, x, got, 5), TG_ERR_SHAPE, BAD_SHAPE, "5 elements");
    INSTANCE_REFUSES(tg_instance_feed(instance, x, single, 6), TG_ERR_DTYPE, BAD_DTYPE, "f32");
    INSTANCE_REFUSES(tg_instance_get(instance, twice, got, 6), TG_ERR_STATE, BAD_STATE, "not run");
    ck_assert_int_eq(tg_instance_run(instance), TG_OK);
    INSTANCE_REFUSES(tg_instance_get(instance, stale, got, 6), TG_ERR_ARGUMENT, BAD_STALE,
                     "none that the plan keeps");
    INSTANCE_REFUSES(tg_instance_get(instance, foreign, got, 6), TG_ERR_ARGUMENT, BAD_TAPE,
                     "none that the plan keeps");
    INSTANCE_REFUSES(tg_instance_get(instance, twice, single, 6), TG_ERR_DTYPE, BAD_DTYPE, "f64");
    tried = "tg_instance_item";
    INSTANCE_REFUSES(isnan(tg_instance_item(instance, dead)), true, BAD_STALE,
                     "none that the plan keeps");
    INSTANCE_REFUSES(isnan(tg_instance_item(instance, twice)), true, BAD_SHAPE, "one element");
    tg_instance_free(instance);
    tg_plan_free(plan);
}
END_TEST

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
        tg_take_along(tg_slice(vector, 0, 0, 2, 1), index, 0),
        tg_one_hot(index, 2, TG_F64),
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
                if (way) ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
                else ck_assert_int_eq(tg_get(uses[u], got, count), TG_ERR_INDEX);
                contract_note("", way ? "tg_run" : "tg_get", BAD_INDEX, tg_plan_error(plan));
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

START_TEST(an_integer_divided_by_nothing_is_an_error_of_the_run)
{
    static const int32_t zeros[6] = { 1, 1, 0, 1, 1, 1 }, ones[6] = { 1, 1, 1, 1, 1, 1 };
    tg_tensor *by = tg_input(tape, "by", TG_I32, TG_SHAPE(2, 3));
    tg_tensor *uses[] = { tg_floor_div(integer, by), tg_remainder(integer, by) };
    for (int u = 0; u < COUNT_OF(uses); u++) {
        int32_t got[6];
        ck_assert_int_eq(tg_feed(by, zeros, 6), TG_OK);
        tg_plan *plan = tg_compile(tape, uses[u]);
        const tg_status status = tg_run(plan);
        ck_assert_int_ne(status, TG_OK);
        ck_assert_msg(strstr(tg_plan_error(plan), "0") != NULL, "%s", tg_plan_error(plan));
        contract_note("", "tg_run: an integer divisor of 0", BAD_NUMERIC, tg_plan_error(plan));
        ck_no_error();
        ck_assert_int_eq(tg_get(tg_add(uses[u], by), got, 6), status);
        ck_assert_int_eq(tg_feed(by, ones, 6), TG_OK);
        ck_assert_int_eq(tg_run(plan), TG_OK);
        tg_plan_free(plan);
    }
}
END_TEST

START_TEST(what_takes_a_null_plan_or_tape)
{
    ACCEPTS_CALL(tg_plan_free(NULL));
    ACCEPTS(tg_plan_error(NULL)[0] != 0);
    ACCEPTS(tg_plan_bytes(NULL) == 0);
    ACCEPTS(tg_plan_kernels(NULL) == 0);
    ACCEPTS(tg_plan_jit(NULL).functions == 0);
    ACCEPTS_CALL(tg_plan_print(NULL, NULL));
    ACCEPTS_CALL(tg_plan_draw(NULL, NULL));
    ACCEPTS(tg_profile(NULL, true) == TG_ERR_ARGUMENT);
    ACCEPTS_CALL(tg_profile_reset(NULL));
    ACCEPTS(tg_profile_count(NULL) == 0);
    ACCEPTS(tg_profile_nth(NULL, 0).runs == 0);
    ACCEPTS_CALL(tg_profile_print(NULL, NULL));
    ACCEPTS_CALL(tg_profile_trace(NULL, NULL));
    ACCEPTS_CALL(tg_dump(NULL, NULL));
    ACCEPTS_CALL(tg_draw(NULL, NULL));
    ACCEPTS_CALL(tg_print(NULL, NULL));
    ACCEPTS(tg_commit(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS_CALL(tg_rewind(NULL));
    ACCEPTS_CALL(tg_tape_free(NULL));
    ACCEPTS(tg_tape_new(NULL) == NULL);
    ACCEPTS(tg_tape_status(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_tape_error(NULL)[0] != 0);
    ACCEPTS(tg_tape_run_status(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_tape_run_error(NULL)[0] != 0);
    ACCEPTS_CALL(tg_tape_clear_error(NULL));
    ACCEPTS(tg_fail(NULL, TG_HERE, TG_ERR_STATE, "nowhere") == NULL);
    ACCEPTS(tg_report(NULL, NULL) == 1);
    ACCEPTS(tg_tape_store(NULL) == NULL);
    ACCEPTS(tg_tape_length(NULL) == 0);
    ACCEPTS(tg_assign_count(NULL) == 0);
    ACCEPTS(tg_updates_since(NULL, 0).tape == NULL);
    ACCEPTS(tg_scratch(NULL, 8) == NULL);
    ACCEPTS_CALL(tg_fail_operands(NULL, (tg_list){ 3, NULL }));
    ACCEPTS(tg_tape_of(NULL) == NULL);
    ACCEPTS(tg_dtype_of(NULL) == TG_DTYPE_DEFAULT);
    ACCEPTS(tg_shape_from(NULL).rank == -1);
    ACCEPTS(tg_rank(NULL) <= 0);
    ACCEPTS(tg_dim(NULL, 0) == -1);
    ACCEPTS(tg_count(NULL) == -1);
    ACCEPTS(tg_arity(NULL) <= 0);
    ACCEPTS(tg_is_input(NULL) == false);
    ACCEPTS(tg_var_of(NULL) == NULL);
    ACCEPTS(tg_name_of(NULL)[0] == 0);
    ACCEPTS(tg_node(NULL, 0) == NULL);
    ACCEPTS(tg_index_of(NULL) == -1);
    ACCEPTS(tg_operand_of(NULL, 0) == NULL);
    ACCEPTS(tg_operation_of(NULL)[0] == 0);
    ACCEPTS(tg_origin_of(NULL).file == NULL);
    ACCEPTS(tg_depends(NULL, x) == false);
    ACCEPTS(tg_depends(x, NULL) == false);
    ck_no_error();
    ck_assert(tg_dim(x, 2) == -1 && tg_dim(x, -3) == -1 && tg_dim(x, INT_MIN) == -1);
    ck_assert(!tg_depends(x, stale) && !tg_depends(foreign, x));
    tg_plan *plan = tg_compile(tape, tg_neg(x));
    tg_plan_print(plan, NULL);
    tg_plan_draw(plan, NULL);
    tg_dump(tape, NULL);
    tg_draw(tape, NULL);
    tg_plan_free(plan);
}
END_TEST

START_TEST(runs_that_are_not_unrolled)
{
    ACCEPTS(tg_unroll(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_unroll_step(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_unroll_end(NULL) == TG_ERR_ARGUMENT);
    FAILS_HERE(tg_unroll_step(tape), TG_ERR_STATE, "tg_unroll_step", "no runs are being unrolled");
    FAILS_HERE(tg_unroll_end(tape), TG_ERR_STATE, "tg_unroll_end", "no runs are being unrolled");
    FAILS_HERE(tg_override_end(tape, weight), TG_ERR_STATE, "tg_override_end", "not overridden");
    FAILS_HERE(tg_override_end(tape, foreign_weight), TG_ERR_STATE, "tg_override_end", "foreign");
    contract_note("", "tg_override_end(tape, foreign_weight)", BAD_STORE, NULL);
    ck_assert_int_eq(tg_unroll(tape), TG_OK);
    FAILS_HERE(tg_unroll(tape), TG_ERR_STATE, "tg_unroll", "are being unrolled already");
    ck_assert_int_eq(tg_unroll_end(tape), TG_OK);
}
END_TEST

START_TEST(names_prints_and_memory)
{
    IS_IDLE_AFTER_AN_ERROR(tg_name(x, "n"));
    ck_assert_ptr_null(tg_name(x, NULL));
    ck_error("tg_name(x, NULL)", NODES, 0, TG_ERR_ARGUMENT, "tg_name", "NULL name");
    ck_assert_ptr_null(tg_name(dead, "n"));
    ck_error("tg_name(dead, \"n\")", NODES, 0, TG_ERR_STATE, "tg_name", "stale");
    ck_assert_str_eq(tg_name_of(x), "x");
    IS_IDLE_AFTER_AN_ERROR(tg_scratch(tape, 8));
    IS_IDLE_AFTER_AN_ERROR(tg_commit(tape) == TG_OK);
    ck_assert_ptr_null(tg_scratch(tape, SIZE_MAX)); /* without a line: nobody gave one */
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_MEMORY);
    ck_says(sizeof(size_t) < 8 ? "4294967295 bytes" : "18446744073709551615 bytes");
    contract_note("", "tg_scratch(tape, SIZE_MAX)", BAD_SIZE, tg_tape_error(tape));
    tg_tape_clear_error(tape);
    FILE *out = tmpfile();
    tg_print(dead, out);
    ck_error("tg_print(dead, out)", NODES, 0, TG_ERR_STATE, "tg_print", "stale");
    fclose(out);
    IS_IDLE_AFTER_AN_ERROR(tg_fail(tape, TG_HERE, TG_ERR_STATE, "the second"));
}
END_TEST

TCase *errors_run(void)
{
    TCase *cases = tcase_create("run");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, variables_on_a_tape);
    tcase_add_test(cases, values_in_and_out);
    tcase_add_test(cases, a_value_that_no_memory_holds_is_a_status);
    tcase_add_test(cases, shapes_and_sizes_at_their_limits);
    tcase_add_test(cases, gradients);
    tcase_add_test(cases, plans);
    tcase_add_test(cases, instances);
    tcase_add_test(cases, an_index_out_of_range_is_an_error_of_the_run);
    tcase_add_test(cases, an_integer_divided_by_nothing_is_an_error_of_the_run);
    tcase_add_test(cases, what_takes_a_null_plan_or_tape);
    tcase_add_test(cases, runs_that_are_not_unrolled);
    tcase_add_test(cases, names_prints_and_memory);
    return cases;
}
