/* test_checkpoint.c: checkpoints of a run: which are kept, which is found again, damage, full
 * disks, two writers; and a training that is killed a hundred times, whose weights come out the
 * same. */
#define _DEFAULT_SOURCE 1 /* usleep */

#include "tests/support/folder.h"
#include "tests/support/suite.h"
#include "saved.h"

#include "tests/support/random.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER "run"

static double value_of(tg_store *of)
{
    float value = NAN;
    ck_assert_int_eq(tg_var_get(tg_find(of, "w"), &value, 1), TG_OK);
    return (double)value;
}

static void set_value(tg_store *of, double number)
{
    const float value = (float)number;
    ck_assert_int_eq(tg_var_set(tg_find(of, "w"), &value, 1), TG_OK);
}

static void open_run(void)
{
    open_drive();
    ck_assert_ptr_nonnull(tg_param(store, "w", TG_SCALAR, tg_init_constant(0)));
}

static tg_checkpoints *reopened(int64_t keep)
{
    tg_checkpoints *c = tg_checkpoints_open(store, FOLDER, &error, .keep = keep, .io = &io);
    ck_assert_msg(c, "%s", error.text);
    return c;
}

/* ---- What is kept ------------------------------------------------------------------------ */

START_TEST(the_newest_comes_back_and_so_many_are_kept)
{
    tg_checkpoints *c = reopened(3);
    ck_fine(tg_checkpoints_resume(c, &error));
    ck_assert_int_eq(tg_checkpoints_number(c), 0);
    for (int i = 1; i <= 7; i++) {
        set_value(store, i);
        ck_fine(tg_checkpoints_save(c, &error));
        ck_assert_int_eq(tg_checkpoints_number(c), i);
    }
    tg_checkpoints_free(c);
    int files = 0;
    for (int i = 0; i < DISK_FILES; i++) files += drive.file[i].path[0] != 0;
    ck_assert_int_eq(files, 3);
    set_value(store, -1);
    c = reopened(3);
    ck_assert(value_of(store) == -1);
    ck_fine(tg_checkpoints_resume(c, &error));
    ck_assert_int_eq(tg_checkpoints_number(c), 7);
    ck_assert(value_of(store) == 7);
    tg_checkpoints_free(c);

    /* With fewer to keep, the others go; with more, the newest stays the newest. */
    c = reopened(2);
    ck_fine(tg_checkpoints_resume(c, &error));
    for (int i = 8; i <= 9; i++) {
        set_value(store, i);
        ck_fine(tg_checkpoints_save(c, &error));
    }
    tg_checkpoints_free(c);
    for (files = 0; files < DISK_FILES && drive.file[files].path[0]; files++) {
    }
    c = reopened(6);
    ck_fine(tg_checkpoints_resume(c, &error));
    ck_assert(tg_checkpoints_number(c) == 9 && value_of(store) == 9);
    tg_checkpoints_free(c);
}
END_TEST

START_TEST(a_run_that_does_not_resume_goes_on_behind_what_is_there)
{
    tg_checkpoints *c = reopened(3);
    for (int i = 0; i < 5; i++) ck_fine(tg_checkpoints_save(c, &error));
    tg_checkpoints_free(c);
    set_value(store, 42);
    c = reopened(3);
    ck_fine(tg_checkpoints_save(c, &error));
    ck_assert_int_eq(tg_checkpoints_number(c), 6);
    set_value(store, 0);
    ck_fine(tg_checkpoints_resume(c, &error));
    ck_assert(value_of(store) == 42);
    tg_checkpoints_free(c);
}
END_TEST

START_TEST(the_best_one_is_kept_beside_them)
{
    const bool maximize = _i;
    const double scores[] = { 3, (double)NAN, 1, 2, 1, 5 };
    const double want[] = {
        3, 3, maximize ? 3 : 1, maximize ? 3 : 1, maximize ? 3 : 1, maximize ? 5 : 1
    };
    tg_checkpoints *c = tg_checkpoints_open(store, FOLDER, &error, .maximize = maximize, .io = &io);
    ck_assert(isnan(tg_checkpoints_best(c)));
    ck_told(tg_checkpoints_load_best(c, &error), TG_ERR_STATE, "no best one");
    for (int i = 0; i < 6; i++) {
        set_value(store, scores[i]);
        ck_fine(tg_checkpoints_save_best(c, scores[i], &error));
        ck_assert(tg_checkpoints_best(c) == want[i]);
        if (i == 3) {
            tg_checkpoints_free(c);
            c = tg_checkpoints_open(store, FOLDER, &error, .maximize = maximize, .io = &io);
            ck_assert(tg_checkpoints_best(c) == want[i]);
        }
    }
    ck_fine(tg_checkpoints_load_best(c, &error));
    ck_assert(value_of(store) == want[5]);
    tg_checkpoints_free(c);
}
END_TEST

/* ---- What goes wrong --------------------------------------------------------------------- */

static disk_file *file_of(int place)
{
    char path[64];
    snprintf(path, sizeof path, FOLDER "/last-%d.safetensors", place);
    disk_file *file = disk_find(&drive, path);
    ck_assert_ptr_nonnull(file);
    return file;
}

START_TEST(a_damaged_one_is_passed_over)
{
    tg_checkpoints *c = reopened(3);
    for (int i = 1; i <= 3; i++) {
        set_value(store, i);
        ck_fine(tg_checkpoints_save(c, &error));
    }
    tg_checkpoints_free(c);
    disk_file *newest = file_of(0), *middle = file_of(2), *oldest = file_of(1);
    newest->data[newest->size - 1] ^= 1; /* its data */
    middle->data[20] ^= 1;               /* its header */
    c = reopened(3);
    ck_fine(tg_checkpoints_resume(c, &error));
    ck_assert(tg_checkpoints_number(c) == 1 && value_of(store) == 1);
    ck_assert_int_eq(tg_checkpoints_damaged(c), 2);
    tg_checkpoints_free(c);
    oldest->size = 10;
    c = reopened(3);
    ck_told(tg_checkpoints_resume(c, &error), TG_ERR_FORMAT, "none of its checkpoints is whole");
    tg_checkpoints_free(c);
}
END_TEST

START_TEST(one_of_another_model_is_refused_with_the_difference)
{
    tg_checkpoints *c = reopened(3);
    ck_fine(tg_checkpoints_save(c, &error));
    tg_checkpoints_free(c);
    tg_store *other = tg_store_new();
    tg_param(other, "w", TG_SHAPE(3), tg_init_constant(5));
    c = tg_checkpoints_open(other, FOLDER, &error, .io = &io);
    ck_told(tg_checkpoints_resume(c, &error), TG_ERR_SHAPE, "\"w\" is F32 [3] in the store");
    tg_checkpoints_free(c);
    tg_store_free(other);
}
END_TEST

/* Whichever call fails, what was there stays. */
START_TEST(a_full_disk_leaves_the_old_ones)
{
    tg_checkpoints *c = reopened(2);
    for (int i = 1; i <= 2; i++) {
        set_value(store, i);
        ck_fine(tg_checkpoints_save(c, &error));
    }
    set_value(store, 3);
    int failed = 0;
    for (int call = 1;; call++) {
        drive.calls = 0;
        drive.fail_at = call;
        drive.fail_with = ENOSPC;
        drive.persistent = true;
        const tg_status status = tg_checkpoints_save(c, &error);
        drive.fail_at = 0;
        if (status == TG_OK) break;
        failed++;
        ck_assert_msg(error.text[0], "call %d", call);
        tg_checkpoints *again = reopened(2);
        ck_fine(tg_checkpoints_resume(again, &error));
        ck_assert_msg(tg_checkpoints_number(again) >= 2, "call %d", call);
        tg_checkpoints_free(again);
        set_value(store, 3);
    }
    ck_assert_int_gt(failed, 3);
    tg_checkpoints_free(c);
}
END_TEST

START_TEST(what_cannot_be_opened_says_why)
{
    ck_assert_ptr_null(tg_checkpoints_open(NULL, FOLDER, &error));
    ck_assert_msg(strstr(error.text, "the store is NULL"), "%s", error.text);
    ck_assert_ptr_null(tg_checkpoints_open(store, NULL, &error));
    ck_assert_msg(strstr(error.text, "name of a folder"), "%s", error.text);
    ck_assert_ptr_null(tg_checkpoints_open(store, FOLDER, &error, .keep = 0));
    ck_assert_msg(strstr(error.text, ".keep must be"), "%s", error.text);
    ck_assert_ptr_null(tg_checkpoints_open(store, "/dev/null/run", &error));
    ck_assert_msg(strstr(error.text, "cannot be made one"), "%s", error.text);
    ck_told(tg_checkpoints_save(NULL, &error), TG_ERR_ARGUMENT, "they are NULL");
    ck_told(tg_checkpoints_resume(NULL, &error), TG_ERR_ARGUMENT, "they are NULL");
    ck_told(tg_checkpoints_save_best(NULL, 1, &error), TG_ERR_ARGUMENT, "they are NULL");
    ck_told(tg_checkpoints_load_best(NULL, &error), TG_ERR_ARGUMENT, "they are NULL");
    ck_assert(tg_checkpoints_number(NULL) == 0 && tg_checkpoints_damaged(NULL) == 0);
    tg_checkpoints_free(NULL);
    heap.fail_at = heap.calls + 1;
    ck_assert_ptr_null(tg_checkpoints_open(store, FOLDER, &error, .io = &io));
    ck_assert_int_eq(error.status, TG_ERR_MEMORY);
    heap.fail_at = 0;
}
END_TEST

/* ---- On a real disk ---------------------------------------------------------------------- */

START_TEST(two_writers_are_one_too_many)
{
    make_folder();
    tg_checkpoints *first = tg_checkpoints_open(store, folder, &error);
    ck_assert_msg(first, "%s", error.text);
    ck_assert_ptr_null(tg_checkpoints_open(store, folder, &error));
    ck_assert_int_eq(error.status, TG_ERR_STATE);
    ck_assert_msg(strstr(error.text, "another run has these checkpoints open"), "%s", error.text);
    ck_fine(tg_checkpoints_save(first, &error));
    tg_checkpoints_free(first);
    tg_checkpoints *second = tg_checkpoints_open(store, folder, &error);
    ck_fine(tg_checkpoints_resume(second, &error));
    ck_assert_int_eq(tg_checkpoints_number(second), 1);
    tg_checkpoints_free(second);
    remove_folder();
}
END_TEST

enum { ROWS = 40, WIDTH = 5, RUN_STEPS = 60 };

/* A training with all that a run remembers: Adam under a schedule, dropout, an average, batches in
 * an order of their own. It saves after each step. Returns false on an error. */
static bool train(const char *where, float out[2 * WIDTH])
{
    static float data[ROWS][WIDTH];
    for (int i = 0; i < ROWS * WIDTH; i++) (&data[0][0])[i] = (float)((i * 37 % 19) - 9) / 9;
    tg_error why;
    tg_store *of = tg_store_new(.seed = 3);
    tg_var *w = tg_param(of, "w", TG_SHAPE(WIDTH), tg_init_normal(0, 1));
    tg_tape *tape = tg_tape_new(of);
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(8, WIDTH));
    tg_tensor *kept = tg_dropout(x, 0.25, "drop", true);
    tg_tensor *loss = tg_mean(tg_square(tg_sub(tg_sum(tg_mul(kept, tg_read(tape, w)), .axis = 1),
                                               tg_full(tape, TG_F32, TG_SHAPE(8), 1))));
    tg_adam(loss, .schedule = tg_cosine_lr(.base = 0.05, .steps = RUN_STEPS, .warmup = 5));
    tg_ema(tape, .decay = 0.9);
    const tg_array array = tg_array_view(TG_F32, TG_SHAPE(ROWS, WIDTH), data);
    tg_loader *loader = tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(array)), .batch = 8, .seed = 5,
                                      .prefetch = 2, .transforms = TG_TRANSFORMS(tg_image_noise()));
    tg_tensor *place = tg_loader_keep(loader, tape, "loader");
    tg_plan *step = tg_compile(tape, loss);
    tg_checkpoints *run = where ? tg_checkpoints_open(of, where, &why) : NULL;
    bool good = step && (!where || (run && tg_checkpoints_resume(run, &why) == TG_OK));
    if (good && tg_checkpoints_number(run))
        good = tg_loader_resume(loader, of, "loader", &why) == TG_OK;
    for (int64_t i = tg_checkpoints_number(run); good && i < RUN_STEPS;) {
        const int64_t rows = tg_loader_next(loader, TG_LIST(x, place));
        if (rows == 0) continue;
        good = rows > 0 && tg_run(step) == TG_OK &&
               (!where || tg_checkpoints_save(run, &why) == TG_OK);
        i++;
    }
    if (good) good = tg_var_get(w, out, WIDTH) == TG_OK;
    if (good) good = tg_var_get(tg_find(of, "w.ema.mean"), out + WIDTH, WIDTH) == TG_OK;
    tg_checkpoints_free(run);
    tg_plan_free(step);
    tg_loader_free(loader);
    tg_tape_free(tape);
    tg_store_free(of);
    return good;
}

/* Each child goes on where the one before was killed. */
START_TEST(a_run_that_is_killed_at_any_moment_comes_to_the_same_weights)
{
    float want[2 * WIDTH], seen[2 * WIDTH];
    ck_assert(train(NULL, want));
    make_folder();
    int kills = 0, failed = 0;
    unsigned moment = 12345;
    const int most = scaled(100);
    while (kills < most) {
        const pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) _exit(train(folder, seen) ? 0 : 1);
        moment = moment * 1103515245u + 12345u;
        (void)usleep(2000 + (moment >> 16) % 30000);
        (void)kill(child, SIGKILL);
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        kills += WIFSIGNALED(status);
        failed += WIFEXITED(status) && WEXITSTATUS(status) != 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && kills < most) {
            /* The run is over: another one. */
            remove_folder();
            make_folder();
        }
    }
    ck_assert_int_eq(failed, 0);
    ck_assert(train(folder, seen));
    ck_assert_mem_eq(seen, want, sizeof want);
    remove_folder();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *cases = tcase_create("checkpoint");
    tcase_add_checked_fixture(cases, open_run, close_drive);
    tcase_add_test(cases, the_newest_comes_back_and_so_many_are_kept);
    tcase_add_test(cases, a_run_that_does_not_resume_goes_on_behind_what_is_there);
    tcase_add_loop_test(cases, the_best_one_is_kept_beside_them, 0, 2);
    tcase_add_test(cases, a_damaged_one_is_passed_over);
    tcase_add_test(cases, one_of_another_model_is_refused_with_the_difference);
    tcase_add_test(cases, a_full_disk_leaves_the_old_ones);
    tcase_add_test(cases, what_cannot_be_opened_says_why);
    tcase_add_test(cases, two_writers_are_one_too_many);
    tcase_add_test(cases, a_run_that_is_killed_at_any_moment_comes_to_the_same_weights);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
