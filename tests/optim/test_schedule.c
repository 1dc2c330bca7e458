/* test_schedule.c: learning-rate schedules against their closed forms; schedules of one's own; what
 * is refused. Other kinds against PyTorch's: test_schedule_kinds.c. */
#include "tests/support/problem.h"

/* ---- Schedules -------------------------------------------------------------------------- */

typedef tg_schedule (*schedule)(void);

static tg_schedule constant(void) { return tg_constant_lr(.base = 0.3); }
static tg_schedule constant_zero(void) { return tg_constant_lr(.base = 0); }
static tg_schedule constant_default(void) { return tg_constant_lr(.warmup = 0); }
static tg_schedule constant_warm(void) { return tg_constant_lr(.base = 0.3, .warmup = 7); }
static tg_schedule stairs(void) { return tg_step_lr(.base = 0.3, .every = 4); }
static tg_schedule stairs_warm(void)
{
    return tg_step_lr(.base = 0.3, .gamma = 0.5, .every = 3, .warmup = 2);
}
static tg_schedule exponential(void) { return tg_exponential_lr(.base = 0.3, .gamma = 0.9); }
static tg_schedule exponential_warm(void)
{
    return tg_exponential_lr(.base = 0.3, .gamma = 0.5, .every = 10, .warmup = 3);
}
static tg_schedule cosine(void) { return tg_cosine_lr(.base = 0.3, .steps = 20); }
static tg_schedule cosine_warm(void)
{
    return tg_cosine_lr(.base = 0.3, .final = 0.1, .steps = 20, .warmup = 5);
}

static double ramp(int n, int warmup) { return n < warmup ? (double)(n + 1) / warmup : 1; }
static double past(int n, int warmup) { return n < warmup ? 0 : n - warmup; }
static double half_wave(double share) { return (1 + cos(acos(-1) * fmin(share, 1))) / 2; }

static double constant_is(int n) { return (void)n, 0.3; }
static double constant_zero_is(int n) { return (void)n, 0; }
static double constant_default_is(int n) { return (void)n, 1e-3; }
static double constant_warm_is(int n) { return 0.3 * ramp(n, 7); }
static double stairs_is(int n) { return 0.3 * pow(0.1, n / 4); }
static double stairs_warm_is(int n) { return 0.3 * ramp(n, 2) * pow(0.5, floor(past(n, 2) / 3)); }
static double exponential_is(int n) { return 0.3 * pow(0.9, n); }
static double exponential_warm_is(int n) { return 0.3 * ramp(n, 3) * pow(0.5, past(n, 3) / 10); }
static double cosine_is(int n) { return 0.3 * half_wave(n / 20.0); }
static double cosine_warm_is(int n)
{
    return ramp(n, 5) * (0.1 + 0.2 * half_wave(past(n, 5) / 15));
}

static const struct {
    const char *name;
    schedule make;
    double (*value)(int n);
} schedules[] = {
    { "constant", constant, constant_is },
    { "constant, a written zero", constant_zero, constant_zero_is },
    { "constant, default", constant_default, constant_default_is },
    { "constant, warm-up", constant_warm, constant_warm_is },
    { "step", stairs, stairs_is },
    { "step, warm-up", stairs_warm, stairs_warm_is },
    { "exponential", exponential, exponential_is },
    { "exponential, warm-up", exponential_warm, exponential_warm_is },
    { "cosine", cosine, cosine_is },
    { "cosine, warm-up", cosine_warm, cosine_warm_is },
};

START_TEST(schedules_have_their_closed_form)
{
    tg_tensor *count = tg_input(tape, "n", TG_F64, TG_SCALAR);
    tg_tensor *rate = tg_schedule_rate(schedules[_i].make(), count);
    ck_assert_int_eq(tg_rank(rate), 0);
    ck_assert_int_eq(tg_dtype_of(rate), TG_F64);
    tg_plan *plan = tg_compile_pure(tape, rate);
    for (int n = 0; n < 40; n++) {
        tg_feed(count, &(double){ n }, 1);
        run(plan);
        const double want = schedules[_i].value(n), got = tg_item(rate);
        ck_assert_msg(fabs(got - want) <= 1e-14, "%s: step %d: got %.17g, want %.17g",
                      schedules[_i].name, n, got, want);
    }
    tg_plan_free(plan);
}
END_TEST

START_TEST(a_schedule_is_recorded_for_counts_of_any_shape)
{
    tg_tensor *rates = tg_schedule_rate(schedules[_i].make(), tg_iota(tape, TG_F64, 40));
    double want[40];
    for (int n = 0; n < 40; n++) want[n] = schedules[_i].value(n);
    ck_values(rates, 40, want);
}
END_TEST

START_TEST(a_cosine_ends_exactly_at_its_final_rate_and_stays_there)
{
    tg_tensor *count = tg_input(tape, "n", TG_F64, TG_SCALAR);
    tg_tensor *rate = tg_schedule_rate(cosine_warm(), count);
    tg_plan *plan = tg_compile_pure(tape, rate);
    static const double steps[] = { 20, 21, 1000000, 0x1p60 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        tg_feed(count, &steps[i], 1);
        run(plan);
        ck_assert_double_eq(tg_item(rate), 0.1);
    }
    tg_plan_free(plan);
}
END_TEST

/* ---- Schedules of one's own ------------------------------------------------------------- */

static tg_tensor *inverse(void *context, tg_tensor *count)
{
    return tg_rdiv_num(*(const double *)context, tg_add_num(count, 1));
}
static tg_tensor *narrow(void *context, tg_tensor *count)
{
    (void)context;
    return tg_cast(count, TG_F32);
}
static tg_tensor *whole(void *context, tg_tensor *count)
{
    (void)context;
    return tg_cast(count, TG_I64);
}
static tg_tensor *wide(void *context, tg_tensor *count)
{
    (void)context;
    return tg_broadcast(count, TG_SHAPE(3));
}
static tg_tensor *foreign(void *context, tg_tensor *count)
{
    (void)count;
    return tg_number_as(context, TG_F64, 1);
}
static tg_tensor *none(void *context, tg_tensor *count)
{
    (void)context, (void)count;
    return NULL;
}

START_TEST(a_function_of_the_count_is_a_schedule)
{
    double base = 0.5;
    tg_updates updates = tg_gd(make_loss(), .schedule = tg_function_lr(inverse, &base));
    tg_plan *step = tg_compile(tape, updates.lr);
    for (int n = 0; n < 4; n++) {
        run(step);
        ck_close(tg_item(updates.lr), 0.5 / (n + 1), 1e-15);
    }
    tg_plan_free(step);
    tg_tensor *rate = tg_schedule_rate(tg_function_lr(narrow, NULL), tg_number_as(tape, TG_F64, 3));
    ck_assert_int_eq(tg_dtype_of(rate), TG_F64);
    ck_assert(tg_item(rate) == 3);
}
END_TEST

START_TEST(a_function_must_give_a_rate)
{
    tg_tape *other = tg_tape_new(store);
    tg_tensor *n = tg_number_as(tape, TG_F64, 1);
    ck_refused(tg_schedule_rate(tg_function_lr(NULL, NULL), n), TG_ERR_ARGUMENT,
               "tg_function_lr: the function is NULL");
    ck_refused(tg_schedule_rate(tg_function_lr(none, NULL), n), TG_ERR_ARGUMENT, "gave no rate");
    ck_refused(tg_schedule_rate(tg_function_lr(whole, NULL), n), TG_ERR_DTYPE, "not i64");
    ck_refused(tg_schedule_rate(tg_function_lr(wide, NULL), n), TG_ERR_SHAPE, "of rank 1");
    ck_refused(tg_schedule_rate(tg_function_lr(foreign, other), n), TG_ERR_ARGUMENT,
               "another tape");
    tg_tape_free(other);
}
END_TEST

/* ---- What is refused -------------------------------------------------------------------- */

/* The schedule is refused by an optimizer, which records nothing, at the schedule's own line. */
static void ck_no_schedule(tg_schedule given, int line, const char *words)
{
    tg_tensor *loss = make_loss();
    const uint32_t assignments = tg_assign_count(tape);
    const size_t variables = tg_var_count(store), nodes = tg_tape_length(tape);
    ck_assert_ptr_null(tg_gd(loss, .schedule = given).tape);
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_ARGUMENT);
    ck_says_at(__FILE__, line, words);
    ck_assert_uint_eq(tg_assign_count(tape), assignments);
    ck_assert_uint_eq(tg_var_count(store), variables);
    ck_assert_uint_eq(tg_tape_length(tape), nodes);
    ck_assert_ptr_null(tg_schedule_rate(given, tg_step(tape)));
    ck_says_at(__FILE__, line, words);
}
#define NO_SCHEDULE(schedule, words) ck_no_schedule(schedule, __LINE__, words)

START_TEST(schedules_refuse_what_makes_no_sense)
{
    NO_SCHEDULE(tg_constant_lr(.base = -1), "tg_constant_lr: base = -1");
    NO_SCHEDULE(tg_constant_lr(.base = NAN), "base = nan");
    NO_SCHEDULE(tg_constant_lr(.warmup = -2), "warmup = -2");
    NO_SCHEDULE(tg_step_lr(.base = 1), "every = 0");
    NO_SCHEDULE(tg_step_lr(.every = -1), "every = -1");
    NO_SCHEDULE(tg_step_lr(.every = 1, .gamma = 0), "gamma = 0");
    NO_SCHEDULE(tg_exponential_lr(.base = 1), "gamma = 0");
    NO_SCHEDULE(tg_exponential_lr(.gamma = INFINITY), "gamma = inf");
    NO_SCHEDULE(tg_exponential_lr(.gamma = 0.5, .every = 0), "every = 0");
    NO_SCHEDULE(tg_cosine_lr(.base = 1), "steps = 0");
    NO_SCHEDULE(tg_cosine_lr(.steps = -5), "steps = -5");
    NO_SCHEDULE(tg_cosine_lr(.steps = 5, .warmup = 6), "warmup = 6");
    NO_SCHEDULE(tg_cosine_lr(.steps = 5, .warmup = 5), "warmup = 5");
    NO_SCHEDULE(tg_cosine_lr(.steps = 5, .final = -1), "final = -1");
    NO_SCHEDULE(tg_function_lr(NULL, NULL), "the function is NULL");
}
END_TEST

START_TEST(numbers_that_make_no_sense_are_refused)
{
    static const int64_t wrong[] = { 5, 4 }, negative[] = { -1 };
    NO_SCHEDULE(tg_multi_step_lr(wrong, 2),
                "tg_multi_step_lr: milestones[1] = 4 must be at least 5");
    NO_SCHEDULE(tg_multi_step_lr(negative, 1), "milestones[0] = -1");
    NO_SCHEDULE(tg_multi_step_lr(NULL, 1), "the milestones are NULL");
    NO_SCHEDULE(tg_multi_step_lr(wrong, SIZE_MAX), "more than 2^20");
    NO_SCHEDULE(tg_multi_step_lr(wrong, 1, .gamma = 0), "gamma = 0");
    NO_SCHEDULE(tg_inverse_time_lr(.gamma = -1), "tg_inverse_time_lr: gamma = -1");
    NO_SCHEDULE(tg_inverse_time_lr(.every = 0), "every = 0");
    NO_SCHEDULE(tg_inverse_time_lr(.power = NAN), "power = nan");
    NO_SCHEDULE(tg_polynomial_lr(.base = 1), "tg_polynomial_lr: steps = 0");
    NO_SCHEDULE(tg_polynomial_lr(.steps = 5, .power = 0), "power = 0");
    NO_SCHEDULE(tg_polynomial_lr(.steps = 5, .final = -1), "final = -1");
    NO_SCHEDULE(tg_polynomial_lr(.steps = 5, .warmup = 5),
                "warmup = 5 must be less than steps = 5");
    NO_SCHEDULE(tg_linear_lr(.steps = 5, .start = -1), "tg_linear_lr: start = -1");
    NO_SCHEDULE(tg_linear_lr(.steps = 5, .end = INFINITY), "end = inf");
    NO_SCHEDULE(tg_linear_lr(.steps = 5, .warmup = -1), "warmup = -1");
    NO_SCHEDULE(tg_cosine_restarts_lr(.base = 1), "tg_cosine_restarts_lr: first = 0");
    NO_SCHEDULE(tg_cosine_restarts_lr(.first = 1, .growth = 0), "growth = 0");
    NO_SCHEDULE(tg_cosine_restarts_lr(.first = 1, .final = NAN), "final = nan");
    NO_SCHEDULE(tg_cyclic_lr(.base = 2, .peak = 1),
                "tg_cyclic_lr: peak = 1 must be at least base = 2");
    NO_SCHEDULE(tg_cyclic_lr(.up = 0), "up = 0");
    NO_SCHEDULE(tg_cyclic_lr(.down = -1), "down = -1");
    NO_SCHEDULE(tg_cyclic_lr(.mode = (tg_cycle_mode)3), "mode = 3 is none");
    NO_SCHEDULE(tg_cyclic_lr(.gamma = 0), "gamma = 0");
    NO_SCHEDULE(tg_cyclic_momentum(.base_momentum = 0.95),
                "tg_cyclic_momentum: peak_momentum = 0.9");
    NO_SCHEDULE(tg_cyclic_momentum(.peak_momentum = 1.5), "peak_momentum = 1.5");
    NO_SCHEDULE(tg_one_cycle_lr(.peak = 1), "tg_one_cycle_lr: steps = 0");
    NO_SCHEDULE(tg_one_cycle_lr(.peak = -1, .steps = 5), "peak = -1");
    NO_SCHEDULE(tg_one_cycle_lr(.steps = 5, .rise = 1.5), "rise = 1.5");
    NO_SCHEDULE(tg_one_cycle_lr(.steps = 5, .div = 0), "div = 0");
    NO_SCHEDULE(tg_one_cycle_lr(.steps = 5, .final_div = INFINITY), "final_div = inf");
    NO_SCHEDULE(tg_one_cycle_momentum(.steps = 5, .base_momentum = -1), "base_momentum = -1");
}
END_TEST

START_TEST(lists_that_make_no_sense_are_refused)
{
    tg_stage late[] = { { 1, stairs() } }, twice[] = { { 0, stairs() }, { 0, stairs() } };
    tg_stage none[] = { { 0, { 0 } } }, wrong[] = { { 0, tg_constant_lr(.base = -1) } };
    const int line_of_wrong = __LINE__ - 1;
    NO_SCHEDULE(tg_sequence_lr(late, 1), "tg_sequence_lr: stages[0].begin = 1 must be 0");
    NO_SCHEDULE(tg_sequence_lr(twice, 2), "stages[1].begin = 0 must be greater");
    NO_SCHEDULE(tg_sequence_lr(NULL, 1), "the stages are NULL");
    NO_SCHEDULE(tg_sequence_lr(late, 0), "count = 0");
    NO_SCHEDULE(tg_sequence_lr(late, SIZE_MAX), "must lie in [1, 1000]");
    NO_SCHEDULE(tg_sequence_lr(none, 1), "tg_sequence_lr: stages[0] is no schedule");
    ck_no_schedule(tg_sequence_lr(wrong, 1), line_of_wrong, "tg_constant_lr: base = -1");
    NO_SCHEDULE(tg_product_lr(NULL, 1), "tg_product_lr: the factors are NULL");
    NO_SCHEDULE(tg_product_lr(&wrong[0].schedule, 0), "count = 0");
    ck_no_schedule(tg_product_lr(&wrong[0].schedule, 1), line_of_wrong, "base = -1");
}
END_TEST

START_TEST(one_learning_rate_is_enough)
{
    const tg_schedule rate = tg_constant_lr(.base = 1), no_schedule = { 0 };
    tg_tensor *loss = make_loss(), *tensor = tg_number_as(tape, TG_F64, 1);
    ck_assert_ptr_null(tg_gd(loss, .lr = 0, .schedule = rate).tape);
    ck_says_at(__FILE__, __LINE__ - 1, "tg_gd: .lr and .schedule are both given");
    ck_assert_ptr_null(tg_adam(loss, .lr_at = tensor, .schedule = rate).tape);
    ck_says_at(__FILE__, __LINE__ - 1, "tg_adam: .lr_at and .schedule are both given");
    ck_assert_uint_gt(tg_gd(loss, .lr = 0.1, .schedule = no_schedule).count, 0);
    ck_refused(tg_schedule_rate(no_schedule, tensor), TG_ERR_ARGUMENT, "the schedule is none");
    ck_refused(tg_schedule_rate(rate, tg_number_as(tape, TG_F32, 1)), TG_ERR_DTYPE,
               "the count must be f64, not f32");
    ck_assert_ptr_null(tg_schedule_rate(rate, NULL));
    ck_no_error();
}
END_TEST

static Suite *schedule_suite(void)
{
    Suite *suite = suite_create("schedule");
    TCase *cases = tcase_create("schedule");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_loop_test(cases, schedules_have_their_closed_form, 0, COUNT_OF(schedules));
    tcase_add_test(cases, a_cosine_ends_exactly_at_its_final_rate_and_stays_there);
    tcase_add_loop_test(cases, a_schedule_is_recorded_for_counts_of_any_shape, 0,
                        COUNT_OF(schedules));
    tcase_add_test(cases, a_function_of_the_count_is_a_schedule);
    tcase_add_test(cases, a_function_must_give_a_rate);
    tcase_add_test(cases, one_learning_rate_is_enough);
    tcase_add_test(cases, schedules_refuse_what_makes_no_sense);
    tcase_add_test(cases, numbers_that_make_no_sense_are_refused);
    tcase_add_test(cases, lists_that_make_no_sense_are_refused);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(schedule_suite()); }
