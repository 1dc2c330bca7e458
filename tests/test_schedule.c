/* test_schedule.c: learning-rate schedules against their closed forms. */
#include "problem.h"

/* ---- Schedules -------------------------------------------------------------------------- */

typedef tg_tensor *(*schedule)(void);

static tg_tensor *constant(void) { return tg_constant_lr(tape, .base = 0.3); }
static tg_tensor *constant_zero(void) { return tg_constant_lr(tape, .base = 0); }
static tg_tensor *constant_default(void) { return tg_constant_lr(tape); }
static tg_tensor *constant_warm(void) { return tg_constant_lr(tape, .base = 0.3, .warmup = 7); }
static tg_tensor *stairs(void) { return tg_step_lr(tape, .base = 0.3, .every = 4); }
static tg_tensor *stairs_warm(void)
{
    return tg_step_lr(tape, .base = 0.3, .gamma = 0.5, .every = 3, .warmup = 2);
}
static tg_tensor *exponential(void) { return tg_exponential_lr(tape, .base = 0.3, .gamma = 0.9); }
static tg_tensor *exponential_warm(void)
{
    return tg_exponential_lr(tape, .base = 0.3, .gamma = 0.5, .every = 10, .warmup = 3);
}
static tg_tensor *cosine(void) { return tg_cosine_lr(tape, .base = 0.3, .steps = 20); }
static tg_tensor *cosine_warm(void)
{
    return tg_cosine_lr(tape, .base = 0.3, .final = 0.1, .steps = 20, .warmup = 5);
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
    tg_tensor *rate = schedules[_i].make();
    ck_assert_int_eq(tg_rank(rate), 0);
    ck_assert_int_eq(tg_dtype_of(rate), TG_F64);
    tg_plan *plan = tg_compile_pure(tape, rate);
    for (int n = 0; n < 40; n++) {
        tg_store_set_step(store, n);
        run(plan);
        const double want = schedules[_i].value(n), got = tg_item(rate);
        ck_assert_msg(fabs(got - want) <= 1e-14, "%s: step %d: got %.17g, want %.17g",
                      schedules[_i].name, n, got, want);
    }
    tg_plan_free(plan);
}
END_TEST

START_TEST(a_cosine_ends_exactly_at_its_final_rate_and_stays_there)
{
    tg_tensor *rate = cosine_warm();
    tg_plan *plan = tg_compile_pure(tape, rate);
    static const int64_t steps[] = { 20, 21, 1000000, INT64_C(1) << 60 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        tg_store_set_step(store, steps[i]);
        run(plan);
        ck_assert_double_eq(tg_item(rate), 0.1);
    }
    tg_plan_free(plan);
}
END_TEST

START_TEST(a_schedule_moves_with_the_runs_that_assign)
{
    tg_tensor *loss = make_loss();
    tg_tensor *rate = exponential();
    tg_gd(loss, .lr_at = rate);
    tg_plan *step = tg_compile(tape, rate);
    tg_plan *look = tg_compile_pure(tape, rate);
    for (int n = 0; n < 5; n++) {
        run(look);
        ck_close(tg_item(rate), exponential_is(n), 1e-14);
        run(step);
        ck_close(tg_item(rate), exponential_is(n), 1e-14);
    }
    tg_plan_free(look);
    tg_plan_free(step);
}
END_TEST

START_TEST(schedules_refuse_what_makes_no_sense)
{
    ck_refused(tg_constant_lr(tape, .base = -1), TG_ERR_ARGUMENT, "tg_constant_lr: base = -1");
    ck_refused(tg_constant_lr(tape, .base = NAN), TG_ERR_ARGUMENT, "base = nan");
    ck_refused(tg_constant_lr(tape, .warmup = -2), TG_ERR_ARGUMENT, "warmup = -2");
    ck_refused(tg_step_lr(tape, .base = 1), TG_ERR_ARGUMENT, "every = 0");
    ck_refused(tg_step_lr(tape, .every = -1), TG_ERR_ARGUMENT, "every = -1");
    ck_refused(tg_step_lr(tape, .every = 1, .gamma = 0), TG_ERR_ARGUMENT, "gamma = 0");
    ck_refused(tg_exponential_lr(tape, .base = 1), TG_ERR_ARGUMENT, "gamma = 0");
    ck_refused(tg_exponential_lr(tape, .gamma = INFINITY), TG_ERR_ARGUMENT, "gamma = inf");
    ck_refused(tg_exponential_lr(tape, .gamma = 0.5, .every = 0), TG_ERR_ARGUMENT, "every = 0");
    ck_refused(tg_cosine_lr(tape, .base = 1), TG_ERR_ARGUMENT, "steps = 0");
    ck_refused(tg_cosine_lr(tape, .steps = -5), TG_ERR_ARGUMENT, "steps = -5");
    ck_refused(tg_cosine_lr(tape, .steps = 5, .warmup = 6), TG_ERR_ARGUMENT, "warmup = 6");
    ck_refused(tg_cosine_lr(tape, .steps = 5, .warmup = 5), TG_ERR_ARGUMENT, "warmup = 5");
    ck_refused(tg_cosine_lr(tape, .steps = 5, .final = -1), TG_ERR_ARGUMENT, "final = -1");
    ck_assert_ptr_null(tg_constant_lr(NULL));
    ck_assert_ptr_null(tg_cosine_lr(NULL, .steps = 5));
}
END_TEST

static Suite *schedule_suite(void)
{
    Suite *suite = suite_create("schedule");
    TCase *cases = tcase_create("schedule");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_loop_test(cases, schedules_have_their_closed_form, 0, COUNT_OF(schedules));
    tcase_add_test(cases, a_cosine_ends_exactly_at_its_final_rate_and_stays_there);
    tcase_add_test(cases, a_schedule_moves_with_the_runs_that_assign);
    tcase_add_test(cases, schedules_refuse_what_makes_no_sense);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(schedule_suite()); }
