/* errors_health.c: bad input to health reports, whose errors go to a tg_error and stick to nothing.
 * What they say of their own rules stands in test_health_use.c. */
#include "tests/support/bad_input.h"

static tg_tensor *loss;

static void open_loss(void)
{
    open_operands();
    loss = tg_sum(tg_square(tg_read(tape, weight)));
    remember();
}

static void ck_report(const char *call, const tg_health *health, const tg_error *error,
                      tg_status status, const char *words)
{
    ck_assert_ptr_null(health);
    ck_assert_msg(error->status == status, "%s: %s", call, error->text);
    ck_assert_msg(strstr(error->text, "tg_health_new: ") != NULL, "%s: %s", call, error->text);
    ck_assert_msg(strstr(error->text, words) != NULL, "\"%s\" is not in: %s", words, error->text);
    ck_assert(strstr(error->text, "errors_health.c:") != NULL);
    ck_no_error();
    ck_assert_int_eq(tg_tape_status(foreign_tape), TG_OK);
    contract_note("", call, contract_kind(status, error->text), error->text);
    ck_unchanged(call);
    ck_works();
}
#define NO_REPORT(call, status, words)                                                             \
    do {                                                                                           \
        tg_error error = { TG_OK, "" };                                                            \
        const tg_health *made = call;                                                              \
        ck_report(#call, made, &error, status, words);                                             \
    } while (0)

START_TEST(reports)
{
    NO_REPORT(tg_health_new(NULL, &error), TG_ERR_ARGUMENT, "the loss is NULL");
    NO_REPORT(tg_health_new(stale, &error), TG_ERR_STATE, "stale");
    NO_REPORT(tg_health_new(dead, &error), TG_ERR_STATE, "stale");
    NO_REPORT(tg_health_new(x, &error), TG_ERR_SHAPE, "must be one number");
    NO_REPORT(tg_health_new(empty, &error), TG_ERR_SHAPE, "must be one number");
    NO_REPORT(tg_health_new(integer, &error), TG_ERR_DTYPE, "must be f32 or f64");
    NO_REPORT(tg_health_new(number, &error), TG_ERR_ARGUMENT, "no trainable parameter");
    NO_REPORT(tg_health_new(loss, &error, .features = dead), TG_ERR_STATE, "stale");
    NO_REPORT(tg_health_new(loss, &error, .features = foreign), TG_ERR_ARGUMENT, "another tape");
    NO_REPORT(tg_health_new(loss, &error, .features = integer), TG_ERR_DTYPE, "tg_cast");
    NO_REPORT(tg_health_new(loss, &error, .features = vector), TG_ERR_SHAPE, "rows and columns");
    NO_REPORT(tg_health_new(loss, &error, .features = empty), TG_ERR_SHAPE, "rows and columns");
    NO_REPORT(tg_health_new(loss, &error, .features = huge), TG_ERR_MEMORY, "out of memory");
    tg_updates foreign_updates = tg_updates_since(foreign_tape, 0);
    NO_REPORT(tg_health_new(loss, &error, .updates = &foreign_updates), TG_ERR_ARGUMENT, "updates");
    ck_assert_ptr_null(tg_health_new(NULL, NULL)); /* no error to fill is none */
    ck_assert_ptr_null(tg_health_new(x, NULL));
    ACCEPTS_CALL(tg_health_free(NULL));
    ACCEPTS_CALL(tg_health_print(NULL, NULL));
    ACCEPTS_CALL(tg_health_print(NULL, stderr));
    ck_unchanged("tg_health_new");
}
END_TEST

START_TEST(a_report_after_an_error)
{
    tg_error error = { TG_OK, "" };
    ck_assert_ptr_null(tg_reshape(x, TG_SHAPE(7)));
    ck_assert_ptr_null(tg_health_new(loss, &error));
    ck_assert_str_eq(error.text, tg_tape_error(tape));
    contract_note("", "tg_health_new(loss)", BAD_AFTER, NULL);
    tg_tape_clear_error(tape);
    ck_assert_ptr_null(tg_param(store, "", TG_SCALAR, tg_init_zeros()));
    ck_assert_ptr_null(tg_health_new(loss, &error));
    ck_assert_str_eq(error.text, tg_store_error(store));
    tg_store_clear_error(store);
    tg_health *health = tg_health_new(loss, &error);
    ck_assert_ptr_nonnull(health);
    ck_assert_int_eq(error.status, TG_OK);
    tg_health_free(health);
}
END_TEST

TCase *errors_health(void)
{
    TCase *cases = tcase_create("health reports");
    tcase_add_checked_fixture(cases, open_loss, close_operands);
    tcase_add_test(cases, reports);
    tcase_add_test(cases, a_report_after_an_error);
    return cases;
}
