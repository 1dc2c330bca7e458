/* test_fit.c: a run of tg_fit is the loop that one would write by hand; it stops early, ends with
 * the best weights, and goes on with the same bits wherever it was stopped or killed. */
#define _DEFAULT_SOURCE 1 /* usleep */

#include "fitted.h"

#include <signal.h>
#include <sys/wait.h>

/* ---- The loop by hand ------------------------------------------------------------------------ */

typedef struct program {
    tg_tape *tape;
    tg_tensor *x, *y, *loss;
    tg_plan *plan;
} program;

static program program_new(problem *p, int64_t rows, bool training)
{
    program made = { .tape = tg_tape_new(p->store) };
    made.x = tg_input(made.tape, "x", TG_F32, TG_SHAPE(rows, WIDTH));
    made.y = tg_input(made.tape, "y", TG_F32, TG_SHAPE(rows));
    tg_tensor *guess = tg_sum(tg_mul(made.x, tg_read(made.tape, p->weight)), .axis = 1);
    if (training)
        guess = tg_add(guess, tg_normal(made.tape, "noise", TG_F32, TG_SHAPE(rows), 0, 0.1));
    made.loss = tg_mse(guess, made.y);
    if (training) tg_adam(made.loss, .schedule = tg_plateau_lr(&p->plateau));
    made.plan = training ? tg_compile(made.tape, made.loss) : tg_compile_pure(made.tape, made.loss);
    return made;
}

static double pass(tg_loader *loader, const program *full, const program *tail)
{
    double sum = 0, all = 0;
    for (int64_t rows; (rows = tg_loader_peek(loader)) > 0;) {
        const program *now = rows == BATCH ? full : tail;
        ck_assert_int_eq(tg_loader_next(loader, TG_LIST(now->x, now->y)), rows);
        ck_assert_int_eq(tg_run(now->plan), TG_OK);
        sum += tg_item(now->loss) * (double)rows;
        all += (double)rows;
    }
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(full->x, full->y)), 0);
    return sum / all;
}

/* The last epoch's losses of training and validation. */
static void train_by_hand(problem *p, int epochs, double losses[2])
{
    const program of[4] = { program_new(p, BATCH, true), program_new(p, ROWS % BATCH, true),
                            program_new(p, BATCH, false), program_new(p, HELD % BATCH, false) };
    for (int epoch = 0; epoch < epochs; epoch++) {
        losses[0] = pass(p->train, &of[0], &of[1]);
        losses[1] = pass(p->validation, &of[2], &of[3]);
        (void)tg_plateau_feed(&p->plateau, losses[1]);
    }
    for (int i = 0; i < 4; i++) {
        tg_plan_free(of[i].plan);
        tg_tape_free(of[i].tape);
    }
}

typedef struct seen {
    int steps, epochs, stop_at;
    double losses[2];
} seen;

static bool see(void *context, const tg_fit_moment *moment)
{
    seen *s = context;
    if (!moment->epoch_ended) {
        ck_assert_int_eq(moment->step, s->steps);
        ck_assert_int_eq(moment->epoch, s->steps / STEPS_EPOCH);
        return ++s->steps != s->stop_at;
    }
    ck_assert_int_eq(moment->epoch, s->steps / STEPS_EPOCH - 1);
    s->epochs++;
    s->losses[0] = tg_runner_value(moment->train, "loss");
    s->losses[1] = tg_runner_value(moment->validation, "loss");
    ck_assert_double_eq(moment->value, s->losses[1]);
    return true;
}

START_TEST(it_is_the_loop_that_one_would_write)
{
    problem hand = problem_new(), fitted = problem_new();
    seen what = { .stop_at = -1 };
    double losses[2];
    train_by_hand(&hand, 6, losses);
    const tg_fitted end =
        tg_fit(fitted.store, step, &fitted, fitted.train, &error, .validation = fitted.validation,
               .epochs = 6, .plateau = &fitted.plateau, .keep_last = true, .callback = see,
               .callback_context = &what);
    ck_fine(end);
    ck_assert(end.end == TG_FIT_EPOCHS && end.epochs == 6 && end.steps == 6 * STEPS_EPOCH);
    ck_assert(what.steps == 30 && what.epochs == 6 && !end.restored);
    float w[2][WIDTH];
    get_weights(&hand, w[0]);
    get_weights(&fitted, w[1]);
    ck_assert_mem_eq(w[0], w[1], sizeof w[0]);
    ck_assert_double_eq(losses[0], what.losses[0]);
    ck_assert_double_eq(losses[1], what.losses[1]);
    problem_free(&hand);
    problem_free(&fitted);
}
END_TEST

/* A tg_fit_fn: asks in every step what is wrong with it. */
static bool examine(void *context, const tg_fit_moment *moment)
{
    int *reports = context;
    const tg_runner_look look = tg_runner_last(moment->train);
    tg_health *health = tg_health_new(look.loss, &error);
    ck_assert_msg(health != NULL, "%s", error.text);
    *reports += 1;
    tg_health_free(health);
    return true;
}

START_TEST(a_health_report_in_every_step_changes_nothing)
{
    float w[2][WIDTH];
    int reports = 0;
    for (int asked = 0; asked < 2; asked++) {
        problem p = problem_new();
        ck_fine(tg_fit(p.store, step, &p, p.train, &error, .epochs = 4, .validation = p.validation,
                       .callback = asked ? examine : NULL, .callback_context = &reports));
        get_weights(&p, w[asked]);
        problem_free(&p);
    }
    ck_assert_int_eq(reports, 4 * (STEPS_EPOCH + 1));
    ck_assert_mem_eq(w[0], w[1], sizeof w[0]);
}
END_TEST

/* ---- Early stopping ------------------------------------------------------------------------ */

START_TEST(it_stops_early_with_the_best_weights)
{
    for (int i = 0; i < 4; i++) {
        problem p = walk_new();
        const bool files = i & 1, maximize = i & 2;
        const tg_fitted end =
            tg_fit(p.store, walk, &p, p.train, &error, .epochs = 50, .validation = p.validation,
                   .patience = 2, .watch = maximize ? "nearness" : "loss", .maximize = maximize,
                   .checkpoints = files ? path_to(maximize ? "a" : "b") : NULL);
        ck_fine(end);
        ck_assert_int_eq(end.end, TG_FIT_PATIENCE);
        ck_assert_str_eq(tg_fit_end_name(end.end), "no improvement for .patience epochs");
        ck_assert(end.epochs == 5 && end.best_epoch == 2 && end.best == 0 && end.restored);
        float w[WIDTH];
        get_weights(&p, w);
        ck_assert_float_eq(w[0], -3 * STEPS_EPOCH);
        if (files) { /* one that has ended ends at once */
            const tg_fitted again =
                tg_fit(p.store, walk, &p, p.train, &error, .epochs = 50, .validation = p.validation,
                       .patience = 2, .watch = maximize ? "nearness" : "loss", .maximize = maximize,
                       .checkpoints = path_to(maximize ? "a" : "b"));
            ck_fine(again);
            ck_assert(again.end == TG_FIT_PATIENCE && again.epochs == 5 && again.restored);
            ck_assert(again.resumed_epochs == 5 && again.best == 0 && again.best_epoch == 2);
            get_weights(&p, w);
            ck_assert_float_eq(w[0], -3 * STEPS_EPOCH);
        }
        problem_free(&p);
    }
}
END_TEST

START_TEST(the_last_weights_are_kept_if_asked)
{
    problem p = walk_new();
    const tg_fitted end = tg_fit(p.store, walk, &p, p.train, &error, .epochs = 7,
                                 .validation = p.validation, .keep_last = true);
    ck_fine(end);
    ck_assert(end.end == TG_FIT_EPOCHS && end.best_epoch == 2 && !end.restored);
    float w[WIDTH];
    get_weights(&p, w);
    ck_assert_float_eq(w[0], -7 * STEPS_EPOCH);
    problem_free(&p);
}
END_TEST

/* ---- Stopped, killed, gone on with
 * --------------------------------------------------------------- */

enum { EPOCHS = 5 };

static tg_fitted fit_into(problem *p, const char *name, int stop_at, seen *what)
{
    char run[128], csv[128];
    (void)snprintf(run, sizeof run, "%s/%s", folder, name);
    (void)snprintf(csv, sizeof csv, "%s/%s.csv", folder, name);
    *what = (seen){ .stop_at = stop_at };
    return tg_fit(p->store, step, p, p->train, &error, .validation = p->validation,
                  .epochs = EPOCHS, .plateau = &p->plateau, .checkpoints = run, .csv = csv,
                  .log_every = 1, .save_every = 2, .callback = stop_at ? see : NULL,
                  .callback_context = what);
}

START_TEST(a_run_that_was_stopped_anywhere_has_the_same_bits)
{
    problem whole = problem_new();
    seen what;
    float want[WIDTH], got[WIDTH];
    const tg_fitted all = fit_into(&whole, "whole", 0, &what);
    ck_fine(all);
    get_weights(&whole, want);
    char *log = read_all(path_to("whole.csv"));
    ck_assert_ptr_nonnull(strstr(log, "loss/validation"));
    ck_assert_ptr_nonnull(strstr(log, "loss/step"));
    ck_assert_ptr_nonnull(strstr(log, "lr"));
    for (int stop = 1; stop <= EPOCHS * STEPS_EPOCH; stop += 3) {
        char name[32];
        (void)snprintf(name, sizeof name, "stop%d", stop);
        problem first = problem_new(), second = problem_new();
        const tg_fitted part = fit_into(&first, name, stop, &what);
        ck_fine(part);
        ck_assert(part.end == TG_FIT_CALLBACK && part.steps == stop);
        const tg_fitted rest = fit_into(&second, name, 0, &what);
        ck_fine(rest);
        ck_assert_int_eq(rest.resumed_steps, stop);
        ck_assert(rest.epochs == EPOCHS && rest.steps == all.steps);
        ck_assert(rest.best == all.best && rest.best_epoch == all.best_epoch);
        get_weights(&second, got);
        ck_assert_mem_eq(want, got, sizeof want);
        (void)snprintf(name, sizeof name, "stop%d.csv", stop);
        char *pieces = read_all(path_to(name));
        ck_assert_str_eq(log, pieces);
        free(pieces);
        problem_free(&first);
        problem_free(&second);
    }
    free(log);
    problem_free(&whole);
}
END_TEST

/* Each child goes on where the one before was killed. */
START_TEST(a_run_that_is_killed_at_any_moment_comes_to_the_same_weights)
{
    problem whole = problem_new();
    seen what;
    float want[WIDTH], got[WIDTH];
    const tg_fitted all = fit_into(&whole, "whole", 0, &what);
    ck_fine(all);
    get_weights(&whole, want);
    rng random = rng_of(17, 0);
    bool done = false;
    int kills = 0;
    for (int tries = 0; !done && tries < 300; tries++) {
        const pid_t child = fork();
        if (child == 0) {
            problem p = problem_new();
            _exit(fit_into(&p, "killed", 0, &what).status != TG_OK);
        }
        ck_assert_int_gt(child, 0);
        (void)usleep((useconds_t)(rng_between(&random, 0, 1) * (kills < 20 ? 12000 : 1e6)));
        (void)kill(child, SIGKILL);
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        kills += WIFSIGNALED(status);
        done = WIFEXITED(status);
        if (done) ck_assert_int_eq(WEXITSTATUS(status), 0);
    }
    ck_assert(done);
    problem p = problem_new();
    const tg_fitted rest = fit_into(&p, "killed", 0, &what);
    ck_fine(rest);
    ck_assert_int_eq(rest.steps, all.steps);
    get_weights(&p, got);
    ck_assert_mem_eq(want, got, sizeof want);
    problem_free(&p);
    problem_free(&whole);
}
END_TEST

static tg_tensor *other_step(void *context, tg_batch *batch)
{
    tg_tensor *loss = step(context, batch);
    tg_param(tg_tape_store(batch->tape), "more", TG_SCALAR, tg_init_zeros());
    return loss;
}

START_TEST(a_checkpoint_of_another_model_is_refused)
{
    problem first = problem_new(), second = problem_new();
    ck_fine(tg_fit(first.store, step, &first, first.train, &error, .epochs = 1,
                   .checkpoints = path_to("run")));
    const tg_fitted end = tg_fit(second.store, other_step, &second, second.train, &error,
                                 .epochs = 1, .checkpoints = path_to("run"));
    ck_assert_int_ne(end.status, TG_OK);
    ck_assert_msg(strstr(error.text, "more") != NULL, "%s", error.text);
    problem_free(&first);
    problem_free(&second);
}
END_TEST

static Suite *fit_suite(void)
{
    Suite *suite = suite_create("fit");
    TCase *cases = tcase_create("fit");
    tcase_add_checked_fixture(cases, open_data, remove_folder);
    tcase_add_test(cases, it_is_the_loop_that_one_would_write);
    tcase_add_test(cases, a_health_report_in_every_step_changes_nothing);
    tcase_add_test(cases, it_stops_early_with_the_best_weights);
    tcase_add_test(cases, the_last_weights_are_kept_if_asked);
    tcase_add_test(cases, a_run_that_was_stopped_anywhere_has_the_same_bits);
    tcase_add_test(cases, a_run_that_is_killed_at_any_moment_comes_to_the_same_weights);
    tcase_add_test(cases, a_checkpoint_of_another_model_is_refused);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(fit_suite()); }
