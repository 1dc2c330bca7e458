/* test_custom_failures.c: an operation of the user's that fails: the run, the recording or the
 * differentiation fails with its message, nothing else has changed, and the next one works. (Every
 * kind of bad input to it: errors_custom.c.) */
#include "tests/support/custom_ops.h"

static const double at6[6] = { 1, -2, 3, 0.5, -0.25, 4 };

static void get_both(const tg_var *w, const tg_var *v, double out[12])
{
    ck_assert_int_eq(tg_var_get(w, out, 6), TG_OK);
    ck_assert_int_eq(tg_var_get(v, out + 6, 6), TG_OK);
}

START_TEST(a_failing_kernel_assigns_nothing_and_the_next_run_works)
{
    tg_op *pick = new_pick();
    tg_var *w = tg_param(store, "w", TG_SHAPE(6), tg_init_constant(1));
    tg_var *v = tg_param(store, "v", TG_SHAPE(6), tg_init_constant(1));
    tg_tensor *index = tg_input(tape, "i", TG_I64, TG_SHAPE(2));
    tg_tensor *x =
        tg_assign(v, tg_mul_num(tg_read(tape, v), 3)); /* known before the kernel fails */
    tg_tensor *y = tg_apply(pick, TG_LIST(x, index));
    char place[60];
    snprintf(place, sizeof place, "test_custom_failures.c:%d", __LINE__ - 2);
    tg_assign(w, tg_add(tg_read(tape, w), tg_sum(y)));
    for (int naive = 0; naive < 2; naive++) {
        tg_plan *plan = tg_compile(tape, y, .naive = naive);
        double before[12], after[12];
        get_both(w, v, before);
        ck_assert_int_eq(tg_feed(index, ((const int64_t[]){ 0, 6 }), 2), TG_OK);
        ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
        ck_assert_msg(strstr(tg_plan_error(plan), "pick: there is no element 6") &&
                          strstr(tg_plan_error(plan), place),
                      "%s", tg_plan_error(plan));
        get_both(w, v, after);
        ck_assert_int_eq(memcmp(before, after, sizeof before), 0);
        ck_no_error();
        ck_assert_int_eq(tg_feed(index, ((const int64_t[]){ 0, 5 }), 2), TG_OK);
        run(plan);
        get_both(w, v, after);
        for (int i = 0; i < 6; i++) ck_assert(after[i] == before[i] + 6 * before[i + 6]);
        for (int i = 6; i < 12; i++) ck_assert(after[i] == 3 * before[i]);
        tg_plan_free(plan);
    }
    ck_assert_int_eq(tg_store_step(store), 2);
}
END_TEST

static tg_status silent_run(const tg_call *k)
{
    (void)k;
    return TG_ERR_UNSUPPORTED;
}

START_TEST(a_kernel_that_says_nothing_fails_with_its_status)
{
    tg_op *op = tg_op_new(store, "mute", .run = silent_run);
    tg_tensor *y = tg_apply(op, TG_LIST(tg_number(tape, 1)));
    tg_plan *plan = tg_compile(tape, y);
    ck_assert_int_eq(tg_run(plan), TG_ERR_UNSUPPORTED);
    ck_assert_msg(strstr(tg_plan_error(plan), "mute: its kernel failed: not supported"), "%s",
                  tg_plan_error(plan));
    tg_plan_free(plan);
}
END_TEST

static tg_status endless_run(const tg_call *k)
{
    memset(k->error->text, 'a', sizeof k->error->text);
    return TG_ERR_NUMERIC;
}

START_TEST(a_text_that_does_not_end_is_ended)
{
    tg_op *op = tg_op_new(store, "endless", .run = endless_run);
    tg_plan *plan = tg_compile(tape, tg_apply(op, TG_LIST(tg_number(tape, 1))));
    ck_assert_int_eq(tg_run(plan), TG_ERR_NUMERIC);
    ck_assert_uint_lt(strlen(tg_plan_error(plan)), TG_ERROR_TEXT);
    tg_plan_free(plan);
}
END_TEST

START_TEST(what_makes_no_operation_is_refused)
{
#define REFUSED(words, ...)                                                                        \
    do {                                                                                           \
        ck_assert_ptr_null(tg_op_new(store, __VA_ARGS__));                                         \
        ck_assert_int_eq(tg_store_status(store), TG_ERR_ARGUMENT);                                 \
        ck_assert_msg(strstr(tg_store_error(store), words), "%s", tg_store_error(store));          \
        tg_store_clear_error(store);                                                               \
    } while (0)
    REFUSED("\"(NULL)\" is no name", NULL, .run = cube_run);
    REFUSED("\"\" is no name", "", .run = cube_run);
    REFUSED("letters, digits and _", "a cube", .run = cube_run);
    REFUSED("cube has no kernel", "cube");
    REFUSED(".arity = 0", "cube", .run = cube_run, .arity = 0);
    REFUSED(".arity = -2", "cube", .run = cube_run, .arity = -2);
    REFUSED("1 to 64", "cube", .run = cube_run, .arity = 65);
    ck_assert_ptr_null(tg_op_new(NULL, "cube", .run = cube_run));
    ck_assert_str_eq(tg_op_name(NULL), "");
    tg_op *op = new_cube(), *pick = new_pick();
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6), *n = tg_input(tape, "n", TG_I32, TG_SHAPE(2));
    ck_refused(tg_apply(op, TG_LIST(x, x)), TG_ERR_ARGUMENT,
               "cube takes 1 operands, and is given 2");
    ck_refused(tg_apply(pick, TG_LIST(x)), TG_ERR_ARGUMENT,
               "pick takes 2 operands, and is given 1");
    ck_refused(tg_apply(pick, TG_LIST(x, n)), TG_ERR_SHAPE, "pick: needs a vector and i64 indices");
    ck_refused(tg_apply(op, TG_LIST(x), .attr_size = 4), TG_ERR_ARGUMENT, ".attr is NULL");
    ck_assert_ptr_null(tg_apply(NULL, TG_LIST(x)));
    ck_assert_ptr_null(tg_apply(op, (tg_list){ 1, NULL }));
    ck_assert_ptr_null(tg_apply(op, TG_LIST(NULL)));
    ck_assert_ptr_null(tg_apply(pick, TG_LIST(x, NULL)));
    ck_no_error();
    tg_store *other = tg_store_new(.dtype = TG_F64);
    tg_op *foreign = tg_op_new(other, "foreign", .run = cube_run);
    ck_refused(tg_apply(foreign, TG_LIST(x)), TG_ERR_ARGUMENT, "made in another store");
    tg_store_free(other);
}
END_TEST

static tg_type given_type;
static tg_status given_status;

static tg_status given_shape(const void *attr, int arity, const tg_type *in, tg_type *out,
                             tg_error *error)
{
    (void)attr, (void)arity, (void)in, (void)error;
    *out = given_type;
    return given_status;
}

START_TEST(a_shape_rule_that_gives_no_type_is_an_error_of_the_recording)
{
    tg_op *op = tg_op_new(store, "odd", .run = cube_run, .shape = given_shape);
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6);
    given_type = (tg_type){ TG_F64, TG_SHAPE(2, 3) };
    given_status = TG_ERR_UNSUPPORTED;
    ck_refused(tg_apply(op, TG_LIST(x)), TG_ERR_UNSUPPORTED, "odd: its shape rule refuses");
    given_status = TG_OK;
    given_type.dtype = (tg_dtype)99;
    ck_refused(tg_apply(op, TG_LIST(x)), TG_ERR_DTYPE, "the unknown dtype 99");
    given_type.dtype = TG_DTYPE_DEFAULT;
    ck_refused(tg_apply(op, TG_LIST(x)), TG_ERR_DTYPE, "the unknown dtype 0");
    given_type = (tg_type){ TG_F64, TG_SHAPE(2, -3) };
    ck_refused(tg_apply(op, TG_LIST(x)), TG_ERR_SHAPE, "none of them negative");
    given_type.shape.rank = 9;
    ck_refused(tg_apply(op, TG_LIST(x)), TG_ERR_SHAPE, "0 to 8 axes");
    given_type.shape = TG_SHAPE(INT64_C(1) << 40, INT64_C(1) << 40);
    ck_assert_ptr_null(tg_apply(op, TG_LIST(x)));
    tg_tape_clear_error(tape);
    ck_shape(tg_square(x), TG_SHAPE(2, 3));
}
END_TEST

static tg_tensor *foreign_gradient;

static void wrong_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)in;
    switch (*(const int *)tg_attr_of(y)) {
    case 0: to[0] = tg_sum(g); break;
    case 1: to[0] = tg_cast(g, TG_F32); break;
    default: to[0] = foreign_gradient;
    }
}

START_TEST(a_rule_that_gives_no_gradient_of_its_operand_is_an_error)
{
    static const char *const words[] = { "a gradient [] f64; it must be [6] f64",
                                         "a gradient [6] f32; it must be [6] f64",
                                         "a gradient that is not of this tape" };
    tg_op *op = tg_op_new(store, "wrong", .run = cube_run, .vjp = wrong_vjp);
    tg_tape *other = tg_tape_new(store);
    foreign_gradient = tg_input(other, "foreign", TG_F64, TG_SHAPE(6));
    tg_tensor *x = fed("x", TG_SHAPE(6), at6);
    tg_tensor *y = tg_sum(tg_apply(op, TG_LIST(x), .attr = &_i, .attr_size = sizeof _i));
    ck_assert_ptr_null(tg_grad(y, x));
    ck_says("the rule of wrong gave operand 0");
    ck_says(words[_i]);
    tg_tape_clear_error(tape);
    ck_both_ways(y, 1, (const double[]){ 84.109375 }, 0);
    tg_tape_free(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("custom_failures");
    TCase *all = tcase_create("custom_failures");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, a_failing_kernel_assigns_nothing_and_the_next_run_works);
    tcase_add_test(all, a_kernel_that_says_nothing_fails_with_its_status);
    tcase_add_test(all, a_text_that_does_not_end_is_ended);
    tcase_add_test(all, what_makes_no_operation_is_refused);
    tcase_add_test(all, a_shape_rule_that_gives_no_type_is_an_error_of_the_recording);
    tcase_add_loop_test(all, a_rule_that_gives_no_gradient_of_its_operand_is_an_error, 0, 3);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
