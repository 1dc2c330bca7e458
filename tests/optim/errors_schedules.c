/* errors_schedules.c: bad input to learning-rate schedules. What they say of their own rules stands
 * in test_schedule.c. */
#include "tests/support/bad_input.h"

static tg_tensor *itself(void *context, tg_tensor *count)
{
    (void)context;
    return count;
}

/* The schedule is refused by what records it, at its own line; [function] is its constructor. */
#define NO_SCHEDULE(function, call, words)                                                         \
    do {                                                                                           \
        const tg_schedule schedule = call;                                                         \
        tried = function;                                                                          \
        IS_REFUSED(rate_of(schedule, count), TG_ERR_ARGUMENT, function, words);                    \
    } while (0)
static tg_tensor *rate_of(tg_schedule schedule, tg_tensor *count)
{
    return tg_schedule_rate(schedule, count);
}

START_TEST(schedules)
{
    tg_tensor *count = tg_number_as(tape, TG_F64, 1);
    const tg_schedule good = tg_function_lr(itself, NULL), none = { 0 };
    NO_SCHEDULE("tg_constant_lr", tg_constant_lr(.base = -1), "base = -1");
    NO_SCHEDULE("tg_constant_lr", tg_constant_lr(.warmup = INT64_MIN), "warmup");
    NO_SCHEDULE("tg_step_lr", tg_step_lr(.every = 0), "every = 0");
    NO_SCHEDULE("tg_step_lr", tg_step_lr(.every = 1, .gamma = -1), "gamma = -1");
    NO_SCHEDULE("tg_exponential_lr", tg_exponential_lr(.gamma = (double)NAN), "gamma = nan");
    NO_SCHEDULE("tg_cosine_lr", tg_cosine_lr(.steps = 0), "steps = 0");
    NO_SCHEDULE("tg_cosine_lr", tg_cosine_lr(.steps = INT64_MIN), "steps = -9");
    NO_SCHEDULE("tg_function_lr", tg_function_lr(NULL, NULL), "the function is NULL");
    NO_SCHEDULE("tg_multi_step_lr", tg_multi_step_lr(NULL, 3), "the milestones are NULL");
    NO_SCHEDULE("tg_inverse_time_lr", tg_inverse_time_lr(.gamma = -1), "gamma = -1");
    NO_SCHEDULE("tg_polynomial_lr", tg_polynomial_lr(.steps = INT64_MIN), "steps = -9");
    NO_SCHEDULE("tg_linear_lr", tg_linear_lr(.start = -1), "start = -1");
    NO_SCHEDULE("tg_cosine_restarts_lr", tg_cosine_restarts_lr(.first = 0), "first = 0");
    NO_SCHEDULE("tg_cyclic_lr", tg_cyclic_lr(.up = INT64_MIN), "up = -9");
    NO_SCHEDULE("tg_cyclic_momentum", tg_cyclic_momentum(.gamma = 0), "gamma = 0");
    NO_SCHEDULE("tg_one_cycle_lr", tg_one_cycle_lr(.steps = 0), "steps = 0");
    NO_SCHEDULE("tg_one_cycle_momentum", tg_one_cycle_momentum(.steps = 1, .rise = 2), "rise = 2");
    NO_SCHEDULE("tg_sequence_lr", tg_sequence_lr(NULL, 2), "the stages are NULL");
    NO_SCHEDULE("tg_product_lr", tg_product_lr(&none, 1), "factors[0] is no schedule");
    NO_SCHEDULE("tg_plateau_lr", tg_plateau_lr(NULL), "there is no plateau");
    tried = NULL;
    ck_assert_ptr_null(tg_plateau_new(NULL, "p").state);
    contract_note("", "tg_plateau_new(NULL)", BAD_NULL, NULL);
    ck_assert(isnan(tg_plateau_feed(NULL, 1)));
    contract_note("", "tg_plateau_feed(NULL)", BAD_NULL, NULL);
    IS_SILENT(tg_schedule_rate(good, NULL));
    IS_REFUSED(tg_schedule_rate(none, count), TG_ERR_ARGUMENT, "tg_schedule_rate", "is none");
    IS_REFUSED(tg_schedule_rate(good, integer), TG_ERR_DTYPE, "tg_schedule_rate", "not i32");
    IS_REFUSED(tg_schedule_rate(good, stale), TG_ERR_STATE, "tg_", "stale");
}
END_TEST

TCase *errors_schedules(void)
{
    TCase *cases = tcase_create("schedules");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, schedules);
    return cases;
}
