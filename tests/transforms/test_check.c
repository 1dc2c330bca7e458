/* test_check.c: tg_check_op and tg_check_gradient: what is right passes, each way to be wrong is
 * found and named, and nothing is changed by having looked. */
#include "tests/support/custom_ops.h"
#include "tests/support/failing_allocator.h"

static const double at6[6] = { 1, -2, 3, 0.5, -0.25, 1.5 };

static void ck_proven(tg_status status)
{
    ck_assert_msg(status == TG_OK, "%s", tg_tape_error(tape));
    ck_no_error();
}

/* ---- What is right ---------------------------------------------------------------------- */

START_TEST(a_right_operation_is_proven)
{
    tg_op *cube = new_cube(), *pick = new_pick();
    tg_var *var = tg_param(store, "w", TG_SHAPE(6), tg_init_constant(0.75));
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6), *w = tg_read(tape, var);
    tg_tensor *index = tg_input(tape, "i", TG_I64, TG_SHAPE(2, 2));
    ck_assert_int_eq(tg_feed(index, ((const int64_t[]){ 2, 0, 2, 5 }), 4), TG_OK);
    ck_proven(tg_check_op(cube, TG_LIST(x)));
    ck_proven(tg_check_op(cube, TG_LIST(w), .seed = 5, .tolerance = 1e-8));
    ck_proven(tg_check_op(pick, TG_LIST(w, index)));
    ck_proven(tg_check_op(cube, TG_LIST(tg_input(tape, "number", TG_F64, TG_SCALAR))));
    ck_proven(tg_check_op(cube, TG_LIST(tg_input(tape, "none", TG_F64, TG_SHAPE(0)))));
    ck_proven(tg_check_op(cube, TG_LIST(tg_input(tape, "long", TG_F64, TG_SHAPE(3000)))));
}
END_TEST

START_TEST(single_precision_is_proven_within_its_means)
{
    float narrow[6];
    tg_op *cube = new_cube();
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(6));
    for (int i = 0; i < 6; i++) narrow[i] = (float)at6[i];
    ck_assert_int_eq(tg_feed(x, narrow, 6), TG_OK);
    ck_proven(tg_check_op(cube, TG_LIST(x)));
    ck_proven(tg_check_gradient(tg_sum(tg_mul(tg_sin(x), tg_apply(cube, TG_LIST(x)))), TG_LIST(x)));
}
END_TEST

/* The loss of a small perceptron of 3 features and 2 classes. */
static tg_tensor *perceptron(tg_store *s, tg_tape *t, tg_tensor *x)
{
    const tg_linear hidden = tg_linear_new(s, "hidden", 3, 4), out = tg_linear_new(s, "out", 4, 2);
    const int32_t labels[2] = { 0, 1 };
    tg_tensor *logits = tg_linear_apply(&out, tg_tanh(tg_linear_apply(&hidden, x)));
    return tg_cross_entropy(logits, tg_constant(t, TG_I32, TG_SHAPE(2), labels));
}

static tg_status check_perceptron(tg_store *s, tg_tape *t, tg_tensor *loss, tg_tensor *x)
{
    static const char *const names[] = { "hidden.weight", "hidden.bias", "out.weight", "out.bias" };
    tg_tensor *w[4];
    for (int i = 0; i < 4; i++) w[i] = tg_read(t, tg_find(s, names[i]));
    return tg_check_gradient(loss, TG_LIST(w[0], w[1], w[2], w[3], x));
}

START_TEST(the_loss_of_a_network_is_proven_by_its_weights)
{
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6), *loss = perceptron(store, tape, x);
    ck_proven(check_perceptron(store, tape, loss, x));
    tg_store *narrow = tg_store_new(.seed = 2);
    tg_tape *t = tg_tape_new(narrow);
    x = tg_uniform(t, "x", TG_F32, TG_SHAPE(2, 3), -1, 1);
    tg_tensor *moved = tg_input(t, "moved", TG_F32, TG_SHAPE(2, 3));
    loss = perceptron(narrow, t, tg_add(x, moved));
    const tg_status status = check_perceptron(narrow, t, loss, moved);
    ck_assert_msg(status == TG_OK, "%s", tg_tape_error(t));
    tg_tape_free(t);
    tg_store_free(narrow);
}
END_TEST

START_TEST(functions_of_any_shape_are_proven)
{
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6), *z = fed("z", TG_SHAPE(3), at6 + 3);
    ck_proven(tg_check_gradient(tg_softmax(tg_mul(x, z)), TG_LIST(x, z)));
    ck_proven(tg_check_gradient(tg_matmul(tg_exp(x), tg_transpose(x)), TG_LIST(x)));
    ck_proven(tg_check_gradient(tg_grad(tg_sum(tg_exp(tg_mul(x, z))), z), TG_LIST(x, z)));
    ck_proven(tg_check_gradient(x, TG_LIST(x)));
    ck_proven(tg_check_gradient(tg_sum(z), TG_LIST(x))); /* which does not depend */
    ck_proven(tg_check_gradient(tg_hessian(tg_sum(tg_exp(tg_mul(z, z))), z), TG_LIST(z)));
}
END_TEST

/* ---- What is wrong ---------------------------------------------------------------------- */

typedef void rule(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[]);

static void wrong_factor(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y;
    to[0] = tg_mul(g, tg_mul_num(tg_square(in[0]), 2.99));
}

static void wrong_sign(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    cube_vjp(y, g, in, to);
    to[0] = tg_neg(to[0]);
}

static void no_gradient(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y, (void)g, (void)in, (void)to;
}

/* Right everywhere but in row 1, column 2. */
static void wrong_entry(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    const double factor[6] = { 1, 1, 1, 1, 1, 1.001 };
    cube_vjp(y, g, in, to);
    to[0] = tg_mul(to[0], tg_constant(tg_tape_of(y), TG_F64, TG_SHAPE(2, 3), factor));
}

static void wrong_second(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y;
    to[0] = tg_mul(g, tg_mul(tg_mul_num(in[0], 3), tg_stop_gradient(in[0])));
}

static void not_linear(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    cube_vjp(y, g, in, to);
    to[0] = tg_mul(to[0], g);
}

static void wrong_shape(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y, (void)in;
    to[0] = tg_sum(g);
}

static const struct {
    rule *vjp;
    const char *name, *words;
    tg_status status;
} wrongs[] = {
    { wrong_factor, "factor", "wrong first derivative by the operand's entry [0, 0]",
      TG_ERR_NUMERIC },
    { wrong_sign, "sign", "wrong first derivative by the operand's entry [0, 0]", TG_ERR_NUMERIC },
    { no_gradient, "none", "wrong first derivative by the operand's entry [0, 0]", TG_ERR_NUMERIC },
    { wrong_entry, "entry", "wrong first derivative by the operand's entry [1, 2]",
      TG_ERR_NUMERIC },
    { wrong_second, "second", "wrong second derivative by the operand's entry [0, 0]",
      TG_ERR_NUMERIC },
    { not_linear, "square", "the rule is not linear in its cotangent", TG_ERR_NUMERIC },
    { wrong_shape, "shape", "gave operand 0 a gradient [] f64", TG_ERR_SHAPE },
};

START_TEST(a_wrong_rule_is_found_and_named)
{
    tg_op *op = tg_op_new(store, wrongs[_i].name, .run = cube_run, .vjp = wrongs[_i].vjp);
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6);
    ck_assert_int_eq(tg_check_op(op, TG_LIST(x)), wrongs[_i].status);
    ck_assert_int_eq(tg_tape_status(tape), wrongs[_i].status);
    const int line = __LINE__ - 2;
    ck_says(wrongs[_i].name);
    if (strstr(wrongs[_i].words, "entry")) ck_says("operand  x  [2, 3] f64");
    if (wrongs[_i].status == TG_ERR_NUMERIC) ck_says("tg_check_op: ");
    ck_says_at(__FILE__, line, wrongs[_i].words);
    ck_values(x, 6, at6); /* as it was */
    ck_values(tg_square(x), 6, (const double[]){ 1, 4, 9, 0.25, 0.0625, 2.25 });
}
END_TEST

/* The number behind [words] in the tape's error. */
static double number_behind(const char *words)
{
    const char *found = strstr(tg_tape_error(tape), words);
    ck_assert_msg(found != NULL, "\"%s\" is not in: %s", words, tg_tape_error(tape));
    return strtod(found + strlen(words), NULL);
}

START_TEST(the_wrong_entry_has_its_value_and_what_it_should_be)
{
    tg_op *op = tg_op_new(store, "entry", .run = cube_run, .vjp = wrong_entry);
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6);
    ck_assert_int_eq(tg_check_op(op, TG_LIST(x)), TG_ERR_NUMERIC);
    const double is = number_behind("it is "), should = number_behind("differences give ");
    ck_assert_double_gt(fabs(should), 1e-3);
    ck_close(is / should, 1.001, 1e-9);
    tg_tape_clear_error(tape);
    ck_proven(tg_check_op(op, TG_LIST(x), .tolerance = 0.1));
}
END_TEST

START_TEST(the_first_order_alone_may_be_asked_for)
{
    tg_op *op = tg_op_new(store, "second", .run = cube_run, .vjp = wrong_second);
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6);
    ck_proven(tg_check_op(op, TG_LIST(x), .first_order = true));
    ck_assert_int_eq(tg_check_op(op, TG_LIST(x)), TG_ERR_NUMERIC);
    tg_tape_clear_error(tape);
}
END_TEST

START_TEST(the_wrong_one_of_several_operands_is_named)
{
    tg_tensor *x = fed("x", TG_SHAPE(6), at6), *z = fed("z", TG_SHAPE(6), at6);
    tg_op *op = tg_op_new(store, "entry", .run = cube_run, .vjp = wrong_factor);
    tg_tensor *y = tg_mul(tg_exp(x), tg_apply(op, TG_LIST(z)));
    ck_assert_int_eq(tg_check_gradient(y, TG_LIST(x, z)), TG_ERR_NUMERIC);
    ck_says("tg_check_gradient: wrong ");
    ck_says("operand  z  [6] f64");
    tg_tape_clear_error(tape);
    ck_values(x, 6, at6);
    ck_values(z, 6, at6);
}
END_TEST

static int calls;

static tg_status moody_run(const tg_call *k)
{
    (void)cube_run(k);
    ((double *)k->out.data)[k->out.count - 1] += 1e-6 * calls++;
    return TG_OK;
}

START_TEST(a_kernel_that_is_no_function_is_found)
{
    tg_op *op = tg_op_new(store, "moody", .run = moody_run, .vjp = cube_vjp);
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6);
    ck_assert_int_eq(tg_check_op(op, TG_LIST(x)), TG_ERR_NUMERIC);
    ck_says("tg_check_op: moody: two runs differ, entry [1, 2]");
    tg_tape_clear_error(tape);
}
END_TEST

/* Fails beyond 3, where differences get to. */
static tg_status shy_run(const tg_call *k)
{
    for (int64_t i = 0; i < k->in[0].count; i++)
        if (((const double *)k->in[0].data)[i] > 3) return TG_ERR_NUMERIC;
    return cube_run(k);
}

START_TEST(a_kernel_that_fails_beside_the_point_is_reported)
{
    tg_op *op = tg_op_new(store, "shy", .run = shy_run, .vjp = cube_vjp);
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6);
    tg_var *var = tg_param(store, "w", TG_SHAPE(6), tg_init_zeros());
    double kept[6];
    ck_assert_int_eq(tg_var_set(var, at6, 6), TG_OK);
    ck_assert_int_eq(tg_check_op(op, TG_LIST(x)), TG_ERR_NUMERIC);
    ck_says("tg_check_op: shy: the function cannot be computed");
    tg_tape_clear_error(tape);
    ck_values(x, 6, at6);
    ck_assert_int_eq(tg_check_op(op, TG_LIST(tg_read(tape, var))), TG_ERR_NUMERIC);
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_var_get(var, kept, 6), TG_OK);
    ck_assert_int_eq(memcmp(kept, at6, sizeof kept), 0);
}
END_TEST

START_TEST(a_kink_is_taken_for_what_it_may_be)
{
    tg_tensor *x = fed("x", TG_SHAPE(2), (const double[]){ 1, 0 });
    ck_assert_int_eq(tg_check_gradient(tg_mul(tg_relu(x), x), TG_LIST(x), .seed = 3),
                     TG_ERR_NUMERIC);
    ck_says("entry [1]");
    ck_says("a kink is near");
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_check_gradient(tg_sqrt(x), TG_LIST(x)), TG_ERR_NUMERIC);
    tg_tape_clear_error(tape);
}
END_TEST

START_TEST(what_cannot_be_checked_is_refused)
{
#define IS_REFUSED(call, status, words)                                                            \
    do {                                                                                           \
        ck_assert_int_eq(call, status);                                                            \
        ck_says_at(__FILE__, __LINE__, words);                                                     \
    } while (0)
    tg_op *cube = new_cube();
    tg_tensor *x = fed("x", TG_SHAPE(6), at6), *y = tg_square(x);
    tg_tensor *n = tg_input(tape, "n", TG_I32, TG_SHAPE(6));
    IS_REFUSED(tg_check_op(cube, TG_LIST(y)), TG_ERR_ARGUMENT, "neither an input nor the read");
    IS_REFUSED(tg_check_op(cube, TG_LIST(n)), TG_ERR_DTYPE, "only f32 and f64 have derivatives");
    IS_REFUSED(tg_check_op(cube, TG_LIST(x, x)), TG_ERR_ARGUMENT, "cube takes 1 operands");
    IS_REFUSED(tg_check_gradient(y, TG_LIST(n)), TG_ERR_DTYPE, "only f32 and f64");
    IS_REFUSED(tg_check_gradient(n, TG_LIST(x)), TG_ERR_DTYPE, "only f32 and f64");
    IS_REFUSED(tg_check_gradient(y, (tg_list){ 1, NULL }), TG_ERR_ARGUMENT,
               "nothing to differentiate by");
    IS_REFUSED(tg_check_gradient(y), TG_ERR_ARGUMENT, "nothing to differentiate by");
    IS_REFUSED(tg_check_gradient(y, TG_LIST(x), .step = -1), TG_ERR_ARGUMENT, "step = -1");
    IS_REFUSED(tg_check_gradient(y, TG_LIST(x), .step = INFINITY), TG_ERR_ARGUMENT, "finite");
    IS_REFUSED(tg_check_gradient(y, TG_LIST(x), .tolerance = 0), TG_ERR_ARGUMENT, "tolerance = 0");
    IS_REFUSED(tg_check_gradient(y, TG_LIST(x), .entries = -3), TG_ERR_ARGUMENT, "entries = -3");
    ck_assert_int_eq(tg_check_op(NULL, TG_LIST(x)), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_check_op(cube, (tg_list){ 1, NULL }), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_check_gradient(NULL, TG_LIST(x)), TG_ERR_ARGUMENT);
    ck_no_error();
    ck_values(x, 6, at6);
}
END_TEST

START_TEST(a_null_among_the_operands_is_no_proof)
{
    tg_tensor *x = fed("x", TG_SHAPE(6), at6);
    ck_assert_int_eq(tg_check_gradient(tg_square(x), TG_LIST(x, NULL)), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_check_op(new_pick(), TG_LIST(x, NULL)), TG_ERR_ARGUMENT);
    ck_no_error();
}
END_TEST

START_TEST(pending_assignments_are_not_made_by_a_check)
{
    tg_var *var = tg_param(store, "w", TG_SHAPE(6), tg_init_constant(0.5));
    double kept[6];
    tg_tensor *w = tg_read(tape, var), *loss = tg_sum(tg_exp(w));
    tg_sgd(loss, .lr = 0.1);
    ck_proven(tg_check_gradient(loss, TG_LIST(w)));
    ck_assert_int_eq(tg_var_get(var, kept, 6), TG_OK);
    for (int i = 0; i < 6; i++) ck_assert(kept[i] == 0.5);
    ck_assert_int_eq(tg_store_step(store), 0);
    tg_plan *step = tg_compile(tape, loss);
    run(step);
    ck_close(tg_item(loss), 6 * exp(0.5), 1e-15);
    ck_assert_int_eq(tg_store_step(store), 1);
    tg_plan_free(step);
}
END_TEST

/* ---- Out of memory ---------------------------------------------------------------------- */

START_TEST(a_check_without_memory_says_so_and_leaves_the_operands_as_they_were)
{
    failing_allocator memory = { 0 };
    const tg_allocator allocator = failing_interface(&memory);
    size_t failed = 0;
    for (size_t point = 1;; point++) {
        tg_store *s = tg_store_new(.dtype = TG_F64, .allocator = &allocator);
        tg_tape *t = tg_tape_new(s);
        tg_op *op = tg_op_new(s, "cube", .run = cube_run, .vjp = cube_vjp);
        tg_var *var = tg_param(s, "w", TG_SHAPE(6), tg_init_zeros());
        tg_tensor *x = tg_input(t, "x", TG_F64, TG_SHAPE(6)), *w = tg_read(t, var);
        ck_assert_int_eq(tg_feed(x, at6, 6), TG_OK);
        ck_assert_int_eq(tg_var_set(var, at6, 6), TG_OK);
        tg_tensor *y = tg_mul(tg_apply(op, TG_LIST(x)), w);
        memory = (failing_allocator){ .fail_at = memory.calls + point,
                                      .calls = memory.calls,
                                      .live = memory.live,
                                      .persistent = _i };
        const tg_status status = tg_check_gradient(y, TG_LIST(x, w), .entries = 2);
        const bool met = memory.failures > 0;
        failed += met;
        memory.fail_at = 0;
        ck_assert_msg(status == TG_OK || status == TG_ERR_MEMORY, "point %zu: %s", point,
                      tg_tape_error(t));
        ck_assert_msg(met || status == TG_OK, "%s", tg_tape_error(t));
        tg_tape_clear_error(t);
        double of_x[6], of_w[6];
        ck_assert_int_eq(tg_get(x, of_x, 6), TG_OK);
        ck_assert_int_eq(tg_var_get(var, of_w, 6), TG_OK);
        ck_assert_int_eq(memcmp(of_x, at6, sizeof at6), 0);
        ck_assert_int_eq(memcmp(of_w, at6, sizeof at6), 0);
        tg_tape_free(t);
        tg_store_free(s);
        ck_assert_uint_eq(memory.live, 0);
        if (!met) break;
    }
    ck_assert_uint_gt(failed, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *all = tcase_create("check");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, a_right_operation_is_proven);
    tcase_add_test(all, single_precision_is_proven_within_its_means);
    tcase_add_test(all, the_loss_of_a_network_is_proven_by_its_weights);
    tcase_add_test(all, functions_of_any_shape_are_proven);
    tcase_add_loop_test(all, a_wrong_rule_is_found_and_named, 0, COUNT_OF(wrongs));
    tcase_add_test(all, the_wrong_entry_has_its_value_and_what_it_should_be);
    tcase_add_test(all, the_first_order_alone_may_be_asked_for);
    tcase_add_test(all, the_wrong_one_of_several_operands_is_named);
    tcase_add_test(all, a_kernel_that_is_no_function_is_found);
    tcase_add_test(all, a_kernel_that_fails_beside_the_point_is_reported);
    tcase_add_test(all, a_kink_is_taken_for_what_it_may_be);
    tcase_add_test(all, what_cannot_be_checked_is_refused);
    tcase_add_test(all, a_null_among_the_operands_is_no_proof);
    tcase_add_test(all, pending_assignments_are_not_made_by_a_check);
    tcase_add_loop_test(all, a_check_without_memory_says_so_and_leaves_the_operands_as_they_were, 0,
                        2);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
