/* errors_minimize.c: bad input to flat vectors, objectives and L-BFGS. What they say of their own
 * rules stands in test_flat.c and test_lbfgs.c. */
#include "tests/support/bad_input.h"

static tg_tensor *loss;

static void open_loss(void)
{
    open_operands();
    loss = tg_sum(tg_square(tg_read(tape, weight)));
}

START_TEST(flat_vectors)
{
    double place[6];
    ACCEPTS(tg_flat_new(NULL).memory == NULL);
    ACCEPTS(tg_flat_get(NULL, place) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_flat_set(NULL, place) == TG_ERR_ARGUMENT);
    ACCEPTS_CALL(tg_flat_free(NULL));
    ck_assert_ptr_null(tg_param(store, "", TG_SCALAR, tg_init_zeros()));
    ck_assert_ptr_null(tg_flat_new(store).memory); /* after an error of the store */
    tg_store_clear_error(store);
}
END_TEST

START_TEST(objectives)
{
    double value;
    IS_SILENT(tg_objective_new(NULL));
    IS_REFUSED(tg_objective_new(stale), TG_ERR_STATE, "tg_objective_new", "stale");
    IS_REFUSED(tg_objective_new(dead), TG_ERR_STATE, "tg_objective_new", "stale");
    IS_REFUSED(tg_objective_new(x), TG_ERR_SHAPE, "tg_objective_new", "one number");
    IS_REFUSED(tg_objective_new(integer), TG_ERR_DTYPE, "tg_objective_new", "not i32");
    IS_REFUSED(tg_objective_new(loss, .params = "nothing"), TG_ERR_ARGUMENT, "tg_objective_new",
               "no trainable parameter");
    IS_REFUSED(tg_objective_new(loss, .vars = &foreign_weight, .var_count = 1), TG_ERR_ARGUMENT,
               "tg_objective_new", "another store");
    IS_IDLE_AFTER_AN_ERROR(tg_objective_new(loss));
    ACCEPTS(tg_objective_flat(NULL) == NULL);
    ACCEPTS(tg_objective_value(NULL, NULL, &value, NULL) == TG_ERR_ARGUMENT);
    ACCEPTS_CALL(tg_objective_free(NULL));
}
END_TEST

/* The status alone, as a function that gives one. */
#define LBFGS(...) tg_lbfgs(__VA_ARGS__).status

START_TEST(minima)
{
    tried = "tg_lbfgs";
    FAILS_HERE(LBFGS(stale), TG_ERR_STATE, "tg_lbfgs", "stale");
    FAILS_HERE(LBFGS(x), TG_ERR_SHAPE, "tg_lbfgs", "one number");
    FAILS_HERE(LBFGS(integer), TG_ERR_DTYPE, "tg_lbfgs", "not i32");
    FAILS_HERE(LBFGS(loss, .history = INT_MIN), TG_ERR_ARGUMENT, "tg_lbfgs", "history");
    FAILS_HERE(LBFGS(loss, .except = "weight"), TG_ERR_ARGUMENT, "tg_lbfgs",
               "no trainable parameter");
    remember();
    ck_assert_int_eq(LBFGS(NULL), TG_ERR_ARGUMENT);
    contract_note(tried, "LBFGS(NULL)", BAD_NULL, NULL);
    ck_unchanged("LBFGS(NULL)");
    FAIL_FIRST();
    ck_assert_int_eq(LBFGS(loss), TG_ERR_NUMERIC);
    ck_first_error_stays("LBFGS(loss)", "tg_lbfgs");
    tried = NULL;
}
END_TEST

TCase *errors_minimize(void)
{
    TCase *cases = tcase_create("minimize");
    tcase_add_checked_fixture(cases, open_loss, close_operands);
    tcase_add_test(cases, flat_vectors);
    tcase_add_test(cases, objectives);
    tcase_add_test(cases, minima);
    return cases;
}
