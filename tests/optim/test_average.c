/* test_average.c: averages of weights over the steps of a training, and their use. */
#include "trajectory.h"

enum { RUNS = 12 };

/* The parameters after each run, [0] before the first. */
static double path[RUNS + 1][ALL];

static void get_state(const char *what, double out[ALL])
{
    char name[64];
    snprintf(name, sizeof name, "layer.weight.%s", what);
    ck_assert_int_eq(tg_var_get(tg_find(store, name), out, WEIGHTS), TG_OK);
    snprintf(name, sizeof name, "layer.bias.%s", what);
    ck_assert_int_eq(tg_var_get(tg_find(store, name), out + WEIGHTS, BIASES), TG_OK);
}

START_TEST(a_moving_average_follows_the_parameters_of_each_run)
{
    double want[ALL], seen[ALL];
    tg_tensor *loss = make_loss();
    tg_gd(loss, .lr = 0.05);
    const tg_updates updates = tg_ema(tape, .decay = 0.75);
    ck_no_error();
    ck_assert_uint_eq(updates.count, 4);
    tg_plan *step = tg_compile(tape, loss);
    for (int t = 1; t <= RUNS; t++) {
        run(step);
        get_parameters(path[t]);
        get_state("ema.mean", seen);
        for (int i = 0; i < ALL; i++) {
            want[i] = t == 1 ? path[t][i] : 0.75 * want[i] + 0.25 * path[t][i];
            ck_close(seen[i], want[i], 1e-14);
        }
    }
    tg_plan_free(step);
}
END_TEST

START_TEST(an_average_of_every_third_run_begins_where_it_is_told)
{
    double seen[ALL];
    tg_tensor *loss = make_loss();
    tg_gd(loss, .lr = 0.05);
    tg_swa(tape, .start = 2, .every = 3);
    tg_plan *step = tg_compile(tape, loss);
    ck_no_error();
    for (int t = 1; t <= RUNS; t++) {
        run(step);
        get_parameters(path[t]);
        get_state("swa.mean", seen);
        for (int i = 0; i < ALL; i++) {
            double sum = 0;
            int n = 0;
            for (int at = 5; at <= t; at += 3, n++) sum += path[at][i];
            ck_close(seen[i], n ? sum / n : path[t][i], 1e-14);
        }
    }
    tg_plan_free(step);
}
END_TEST

START_TEST(what_is_averaged_can_be_used_and_taken)
{
    double mean[ALL], seen[ALL], before[ALL];
    tg_tensor *loss = make_loss();
    if (_i == 0) {
        tg_gd(loss, .lr = 0.05);
        tg_ema(tape, .decay = 0.5);
    } else {
        tg_schedule_free_sgd(loss, .lr = 0.1);
    }
    const char *state = _i == 0 ? "ema.mean" : "schedulefree.x";
    tg_plan *step = tg_compile(tape, loss);
    for (int t = 1; t <= RUNS; t++) run(step);
    get_state(state, mean);
    get_parameters(before);

    tg_tape *other = tg_tape_new(store);
    tg_tensor *as_it_is = tg_read(other, bias);
    ck_assert_int_eq(tg_use_state(other, state), TG_OK);
    tg_tensor *averaged = tg_read(other, weight);
    ck_assert_int_eq(tg_get(averaged, seen, WEIGHTS), TG_OK);
    for (int i = 0; i < WEIGHTS; i++) ck_assert(seen[i] == mean[i] && seen[i] != before[i]);
    ck_assert_int_eq(tg_get(as_it_is, seen, BIASES), TG_OK);
    ck_assert(seen[0] == before[WEIGHTS]);
    ck_assert_int_eq(tg_override_end(other, weight), TG_OK);
    tg_tape_free(other);

    const int64_t steps = tg_store_step(store);
    ck_assert_int_eq(tg_take_state(store, state), TG_OK);
    get_parameters(seen);
    ck_assert_mem_eq(seen, mean, sizeof mean);
    ck_assert_int_eq(tg_store_step(store), steps);
    tg_plan_free(step);
}
END_TEST

START_TEST(a_state_that_nobody_has_is_an_error)
{
    ck_assert_int_eq(tg_use_state(tape, "ema.mean"), TG_ERR_STATE);
    ck_says("no trainable parameter has a state \"<parameter>.ema.mean\"");
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_use_state(tape, NULL), TG_ERR_ARGUMENT);
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_take_state(store, "ema.mean"), TG_ERR_STATE);
    ck_assert_msg(strstr(tg_store_error(store), "<parameter>.ema.mean"), "%s",
                  tg_store_error(store));
    tg_store_clear_error(store);
    ck_assert_int_eq(tg_take_state(NULL, "x"), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_use_state(NULL, "x"), TG_ERR_ARGUMENT);
    tg_ema(tape, .params = "nobody");
    ck_says("tg_ema: the store has no trainable parameter");
    tg_tape_clear_error(tape);
    tg_swa(tape, .every = 0);
    ck_says("every = 0 must be at least 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("average");
    TCase *cases = tcase_create("average");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_test(cases, a_moving_average_follows_the_parameters_of_each_run);
    tcase_add_test(cases, an_average_of_every_third_run_begins_where_it_is_told);
    tcase_add_loop_test(cases, what_is_averaged_can_be_used_and_taken, 0, 2);
    tcase_add_test(cases, a_state_that_nobody_has_is_an_error);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
