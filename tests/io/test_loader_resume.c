/* test_loader_resume.c: the position of a loader in a checkpoint: that of the weights, whatever has
 * been made ahead; and in a child process, where the thread is gone. */
#include "tests/support/sanitized.h"
#include "tests/support/disk.h"
#include "loading.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A run whose "weights" depend on all labels that they have seen, and on their order. */
typedef struct training {
    tg_store *store;
    tg_tape *tape;
    tg_tensor *y, *place;
    tg_plan *plan;
    tg_loader *loader;
    tg_var *w;
} training;

static training begin_run(int64_t prefetch)
{
    const tg_dataset data = small_data();
    training r = { .store = tg_store_new(.dtype = TG_F64) };
    r.tape = tg_tape_new(r.store);
    r.loader = tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(data.y)), .batch = 5, .pad = false,
                             .drop_last = true, .seed = 6, .prefetch = prefetch);
    r.w = tg_param(r.store, "w", TG_SHAPE(1), tg_init_constant(1));
    r.y = tg_input(r.tape, "y", TG_I32, TG_SHAPE(5));
    r.place = tg_loader_keep(r.loader, r.tape, "loader");
    tg_tensor *weighted = tg_mul(tg_cast(r.y, TG_F64), tg_add_num(tg_iota(r.tape, TG_F64, 5), 1));
    tg_tensor *w = tg_read(r.tape, r.w);
    tg_tensor *next = tg_sub(tg_mul_num(w, 0.9), tg_sqrt(tg_sum(weighted, .keep = true)));
    tg_assign(r.w, next);
    r.plan = tg_compile(r.tape);
    ck_assert_msg(r.plan != NULL, "%s%s", tg_tape_error(r.tape), tg_store_error(r.store));
    return r;
}

static void end_run(training *r)
{
    tg_loader_free(r->loader);
    tg_plan_free(r->plan);
    tg_tape_free(r->tape);
    tg_store_free(r->store);
}

static double weight_of(const training *r)
{
    double w = 0;
    ck_assert_int_eq(tg_var_get(r->w, &w, 1), TG_OK);
    return w;
}

static void train(training *r, int calls)
{
    for (int i = 0; i < calls; i++)
        if (tg_loader_next(r->loader, TG_LIST(r->y, r->place)) > 0)
            ck_assert_msg(tg_run(r->plan) == TG_OK, "%s", tg_plan_error(r->plan));
    ck_assert_msg(!tg_tape_error(r->tape)[0], "%s", tg_tape_error(r->tape));
}

START_TEST(a_checkpoint_has_the_position_that_its_weights_have_seen)
{
    training whole = begin_run(0);
    train(&whole, 17);
    for (int calls = 0; calls < 17; calls++) {
        disk drive = { .calls = 0 };
        const tg_io_layer io = disk_io(&drive);
        tg_error error;
        training first = begin_run(3), second = begin_run(calls % 3);
        train(&first, calls);
        ck_assert_int_eq(tg_save(first.store, "checkpoint", &error, .io = &io), TG_OK);
        ck_assert_msg(tg_load(second.store, "checkpoint", &error, .io = &io) == TG_OK, "%s",
                      error.text);
        ck_assert_msg(tg_loader_resume(second.loader, second.store, "loader", &error) == TG_OK,
                      "%s", error.text);
        /* An end of an epoch is no run: what is resumed meets it again. */
        while (tg_loader_position(second.loader).epoch < tg_loader_position(whole.loader).epoch ||
               tg_loader_position(second.loader).row < tg_loader_position(whole.loader).row)
            train(&second, 1);
        ck_assert(weight_of(&second) == weight_of(&whole));
        end_run(&first), end_run(&second);
        disk_empty(&drive);
    }
    end_run(&whole);
}
END_TEST

START_TEST(a_batch_whose_run_has_not_been_is_given_again)
{
    training r = begin_run(2);
    tg_error error;
    train(&r, 2);
    ck_assert_int_eq(tg_loader_next(r.loader, TG_LIST(r.y, r.place)), 5);
    ck_assert_int_eq(tg_loader_position(r.loader).row, 15);
    ck_assert_int_eq(tg_loader_resume(r.loader, r.store, "loader", &error), TG_OK);
    ck_assert_int_eq(tg_loader_position(r.loader).row, 10);
    end_run(&r);
}
END_TEST

START_TEST(a_position_of_another_loader_is_refused)
{
    const tg_dataset data = small_data();
    const int64_t beyond[] = { 1, 99, 20, 6 };
    training r = begin_run(0);
    tg_error error;
    tg_loader *other = tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(data.y)), .batch = 5);
    ck_assert_int_eq(tg_loader_resume(other, r.store, "loader", &error), TG_OK); /* no run yet */
    train(&r, 1);
    ck_assert_int_eq(tg_loader_resume(other, r.store, "loader", &error), TG_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(error.text, "20 rows an epoch and seed 6; this one has 23 and 0"));
    ck_assert_int_eq(tg_loader_resume(r.loader, r.store, "w", &error), TG_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(error.text, "no position of a loader"));
    ck_assert_int_eq(tg_loader_resume(r.loader, r.store, "nobody", &error), TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "has no \"nobody\""));
    ck_assert_int_eq(tg_var_set(tg_find(r.store, "loader"), beyond, 4), TG_OK);
    ck_assert_int_eq(tg_loader_resume(r.loader, r.store, "loader", &error), TG_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(error.text, "row 99 of an epoch of 20"));
    tg_loader_free(other);
    end_run(&r);
    /* One that is not fed assigns what nobody takes for a position. */
    r = begin_run(0);
    ck_assert_int_eq(tg_loader_next(r.loader, TG_LIST(r.y)), 5);
    ck_assert_int_eq(tg_run(r.plan), TG_OK);
    ck_assert_int_eq(tg_loader_resume(r.loader, r.store, "loader", &error), TG_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(error.text, "was assigned and not fed"));
    end_run(&r);
}
END_TEST

START_TEST(a_child_process_goes_on_at_the_same_place)
{
    if (UNDER_TSAN) return; /* it refuses threads in the child of a threaded process */
    tg_loader *loader = varied(3, 3, false, false), *plain = varied(3, 0, false, false);
    batch_log first = take_all(loader, 0, 4);
    ck_assert_int_eq(tg_loader_seek(plain, 0, 12), TG_OK);
    batch_log want = take_all(plain, 0, 12);
    for (int way = 0; way < 3; way++) {
        fflush(NULL);
        const pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            signal(SIGALRM, SIG_DFL);
            alarm(60); /* a hang is a failure */
            batch_log got = { .data = NULL };
            if (way == 1) (void)tg_loader_seek(loader, 0, 12);
            if (way < 2) got = take_all(loader, 0, 12);
            tg_loader_free(loader);
            _exit(way == 2 || batch_log_same(&got, &want) ? 0 : 1);
        }
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    batch_log got = take_all(loader, 0, 12);
    ck_assert(batch_log_same(&got, &want));
    batch_log_free(&first), batch_log_free(&want), batch_log_free(&got);
    tg_loader_free(plain);
    tg_loader_free(loader);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loader_resume");
    TCase *kept = tcase_create("checkpoints");
    tcase_add_checked_fixture(kept, open_tape, close_tape);
    tcase_add_test(kept, a_checkpoint_has_the_position_that_its_weights_have_seen);
    tcase_add_test(kept, a_batch_whose_run_has_not_been_is_given_again);
    tcase_add_test(kept, a_position_of_another_loader_is_refused);
    tcase_add_test(kept, a_child_process_goes_on_at_the_same_place);
    suite_add_tcase(suite, kept);
    return run_suite(suite);
}
