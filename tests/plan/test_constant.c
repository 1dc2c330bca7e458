/* test_constant.c: what is made of constants alone is computed by a plan's first run, once; and
 * nothing else is, and no result is another. */
#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/recorded.h"

static tg_tensor *constant(tg_shape shape, double phase)
{
    double values[256];
    for (int i = 0; i < 256; i++) values[i] = sin(phase + 1.3 * i);
    return tg_constant(tape, TG_F64, shape, values);
}

static tg_tensor *input(const char *name, tg_shape shape)
{
    return tg_input(tape, name, TG_F64, shape);
}

static void feed(tg_tensor *x, double phase)
{
    double values[256];
    for (int i = 0; i < 256; i++) values[i] = cos(phase + 0.7 * i);
    ck_assert_int_eq(tg_feed(x, values, (size_t)tg_count(x)), TG_OK);
}

static tg_plan *compile(tg_tensor *x, bool naive)
{
    tg_plan *plan = tg_compile_pure(tape, x, .naive = naive);
    ck_no_error();
    return plan;
}

/* How many values of that operation the first run computes for all; with [stays], and keeps. */
static int constants_of(tg_tensor *y, const char *op, bool stays)
{
    int count = 0;
    tg_plan *plan = compile(y, false);
    for (size_t i = 0; i < plan->program->count; i++) {
        const tg__value *x = &plan->program->values[i];
        count += plan->program->members[i].kernel != TG__NONE && strcmp(x->op->name, op) == 0 &&
                 x->constant && (x->stays || !stays);
        if (plan->program->members[i].kernel != TG__NONE)
            ck_assert_int_eq(plan->program->kernels[plan->program->members[i].kernel].constant,
                             x->constant);
    }
    tg_plan_free(plan);
    return count;
}

/* Three runs, with other inputs, give what the naive executor gives. */
static void ck_as_naive(tg_tensor *y, tg_tensor *x)
{
    double want[256], got[256];
    const size_t count = (size_t)tg_count(y);
    tg_plan *naive = compile(y, true);
    double wanted[3][256];
    for (int i = 0; i < 3; i++) {
        feed(x, i);
        run(naive);
        tg_get(y, wanted[i], count);
    }
    tg_plan_free(naive);
    tg_plan *plan = compile(y, false);
    for (int i = 0; i < 3; i++) {
        feed(x, i);
        run(plan);
        tg_get(y, got, count);
        memcpy(want, wanted[i], sizeof want);
        for (size_t k = 0; k < count; k++) ck_close(got[k], want[k], 1e-14);
    }
    tg_plan_free(plan);
}

START_TEST(constants_are_computed_once)
{
    tg_tensor *c = constant(TG_SHAPE(8, 8), 1), *x = input("x", TG_SHAPE(8, 8));
    tg_tensor *table = tg_sum(tg_exp(tg_matmul(c, c)), 1, .keep = true);
    tg_tensor *y = tg_mul(tg_add(x, table), tg_log(tg_square(c)));
    ck_assert_int_eq(constants_of(y, "dot", false), 1);
    ck_assert_int_eq(constants_of(y, "dot", true), 0);
    ck_assert_int_eq(constants_of(y, "sum", true), 1);
    ck_assert_int_eq(constants_of(y, "log", true), 1);
    ck_as_naive(y, x);
    /* What the first run left is what the second takes. */
    tg_plan *plan = compile(y, false);
    double got[64], later[64];
    feed(x, 0);
    run(plan);
    tg_get(y, got, 64);
    for (size_t i = 0; i < plan->program->count; i++) {
        const tg__value *value = &plan->program->values[i];
        double *at = (double *)(void *)(plan->instance->block + plan->program->storage[i].offset);
        for (int k = 0; value->stays && strcmp(value->op->name, "log") == 0 && k < 64; k++)
            at[k] *= 2;
    }
    run(plan);
    tg_get(y, later, 64);
    for (int i = 0; i < 64; i++) ck_close(later[i], 2 * got[i], 1e-15);
    tg_plan_free(plan);
}
END_TEST

/* Single numbers; numbers of a constant array; what is asked for is a constant itself. */
START_TEST(constant_numbers_and_results)
{
    tg_tensor *c = constant(TG_SHAPE(5), 1), *x = input("x", TG_SCALAR);
    tg_tensor *s = tg_mul(tg_pick(c, 0, 1), tg_exp(tg_pick(c, 0, 3)));
    tg_tensor *y = tg_sub(tg_mul(x, s), tg_sin(x));
    ck_assert_int_eq(constants_of(y, "mul", true), 1);
    ck_as_naive(y, x);
    tg_tensor *alone = tg_cumsum(tg_exp(c), 0);
    ck_assert_int_eq(constants_of(alone, "exp", false), 1);
    ck_as_naive(alone, x);
    ck_as_naive(c, x);
    ck_as_naive(tg_neg(tg_add(alone, s)), x);
}
END_TEST

/* Memory that constants use on the way is used again, and theirs is not. */
START_TEST(constants_keep_their_memory)
{
    tg_tensor *x = input("x", TG_SHAPE(16)), *y = x;
    for (int i = 0; i < 6; i++) {
        tg_tensor *c = tg_cumsum(tg_cumsum(constant(TG_SHAPE(16), i), 0), 0);
        y = tg_cumsum(tg_tanh(tg_cumsum(tg_mul(tg_cumsum(y, 0), c), 0)), 0);
        y = tg_add(y, tg_cumsum(tg_exp(tg_cumsum(c, 0)), 0));
    }
    ck_as_naive(y, x);
}
END_TEST

static tg_status twice_run(const tg_call *k)
{
    *(double *)k->out.data = 2 * *(const double *)k->in[0].data;
    return TG_OK;
}

START_TEST(nothing_else_is_a_constant)
{
    tg_tensor *c = constant(TG_SCALAR, 1);
    tg_var *w = tg_param(store, "w", TG_SCALAR, tg_init_constant(2));
    ck_assert_int_eq(constants_of(tg_exp(tg_read(tape, w)), "exp", false), 0);
    ck_assert_int_eq(constants_of(tg_exp(input("x", TG_SCALAR)), "exp", false), 0);
    ck_assert_int_eq(
        constants_of(tg_exp(tg_uniform(tape, "u", TG_F64, TG_SCALAR, 0, 1)), "exp", false), 0);
    tg_tensor *step = tg_cast(tg_step(tape), TG_F64);
    ck_assert_int_eq(constants_of(tg_exp(tg_add(c, step)), "exp", false), 0);
    tg_op *twice = tg_op_new(store, "twice", .run = twice_run);
    ck_assert_int_eq(constants_of(tg_exp(tg_apply(twice, TG_LIST(c))), "exp", false), 0);
    /* An array of one number takes longer to read than to compute. */
    tg_tensor *x = input("y", TG_SHAPE(1000));
    tg_tensor *wide = tg_exp(tg_broadcast(c, TG_SHAPE(1000)));
    ck_assert_int_eq(constants_of(tg_add(x, wide), "exp", false), 0);
    /* Define-by-run: the next recording has another constant. */
    for (int i = 0; i < 3; i++) {
        tg_rewind(tape);
        ck_close(tg_item(tg_exp(constant(TG_SCALAR, i))), exp(sin(i)), 1e-15);
    }
}
END_TEST

START_TEST(constants_have_a_limit)
{
    const int64_t most = TG__CONSTANT_BYTES / 8;
    tg_tensor *x = input("x", TG_SCALAR);
    tg_tensor *large = tg_cumsum(tg_iota(tape, TG_F64, most - 1000), 0);
    tg_tensor *small = tg_cumsum(tg_iota(tape, TG_F64, 2000), 0);
    tg_tensor *tiny = tg_cumsum(tg_iota(tape, TG_F64, 500), 0);
    ck_assert_int_eq(
        constants_of(tg_add(x, tg_sum(tg_mul_num(tg_cumsum(small, 0), 2))), "cumsum", false), 2);
    tg_tensor *y = tg_concat(TG_LIST(tg_mul(x, large), tg_mul(x, small), tg_mul(x, tiny)), 0);
    ck_assert_int_eq(constants_of(y, "cumsum", true), 2);
}
END_TEST

/* A fault among constants is every run's, and assigns nothing. */
START_TEST(constants_that_fail_fail_each_time)
{
    const int32_t far = 9;
    tg_tensor *c = constant(TG_SHAPE(5), 1), *x = input("x", TG_SCALAR);
    tg_tensor *index = tg_constant(tape, TG_I32, TG_SHAPE(1), &far);
    tg_tensor *y = tg_add(x, tg_sum(tg_gather(c, index, 0)));
    tg_var *w = tg_state(store, "w", TG_F64, TG_SCALAR, 7);
    tg_assign(w, y);
    tg_plan *plan = tg_compile(tape, y);
    ck_no_error();
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
        ck_assert_ptr_nonnull(strstr(tg_plan_error(plan), "tg_gather"));
        ck_assert_ptr_nonnull(strstr(tg_plan_error(plan), "9"));
        double value = 0;
        tg_var_get(w, &value, 1);
        ck_assert(value == 7);
    }
    tg_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("constant");
    TCase *tests = tcase_create("constant");
    tcase_add_checked_fixture(tests, open_tape, close_tape);
    tcase_add_test(tests, constants_are_computed_once);
    tcase_add_test(tests, constant_numbers_and_results);
    tcase_add_test(tests, constants_keep_their_memory);
    tcase_add_test(tests, nothing_else_is_a_constant);
    tcase_add_test(tests, constants_have_a_limit);
    tcase_add_test(tests, constants_that_fail_fail_each_time);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
