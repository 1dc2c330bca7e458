/* test_jit.c: what is compiled at run time: that it runs; every way in which compilers fail; and
 * that the process is as it was afterwards (jitting.h). */
#include "tests/jit/jitting.h"
#include "tests/support/failing_allocator.h"

#include <sys/resource.h>

/* ---- Compiling ----------------------------------------------------------------------------- */

START_TEST(what_is_compiled_runs)
{
    const tg__jit_result result = load("float twice(float x) { return x + tg__headf(x); }\n"
                                       "double far(double x) { return (double)tg__far(x); }\n");
    ck_assert_msg(result.object != NULL, "%s", result.text);
    ck_assert_str_eq(result.text, "");
    ck_assert(!result.cached);
    void *symbol = tg__jit_symbol(result.object, "twice");
    float (*twice)(float);
    memcpy(&twice, &symbol, sizeof twice);
    ck_assert_float_eq(twice(1.5F), 3);
    ck_assert_ptr_null(tg__jit_symbol(result.object, "no_such_function"));
    tg__jit_free(result.object);
    tg__jit_free(NULL);
}
END_TEST

START_TEST(errors_name_lines_of_the_text)
{
    ck_refused(load("int good;\nint bad = nothing;\n"), "tapegrad:2");
    ck_assert_int_eq(count_cached(), 0);
}
END_TEST

START_TEST(two_objects_of_one_text_are_freed_in_any_order)
{
    const tg__jit_result first = load(answering), second = load(answering);
    ck_answers(first);
    ck_answers(second);
    ck_assert(second.cached);
    tg__jit_free(first.object);
    ck_answers(second);
    tg__jit_free(second.object);
}
END_TEST

START_TEST(the_environment_asks_for_it)
{
    static const struct {
        const char *value;
        bool wanted;
    } rows[] = { { NULL, false }, { "", false },   { "0", false },
                 { "1", true },   { "yes", true }, { "01", true } };
    for (int i = 0; i < COUNT_OF(rows); i++) {
        set("TAPEGRAD_JIT", rows[i].value);
        ck_assert_int_eq(tg__jit_wanted(), rows[i].wanted);
    }
    set("TAPEGRAD_JIT", NULL);
}
END_TEST

/* ---- Finding compilers --------------------------------------------------------------------- */

START_TEST(a_compiler_that_is_missing_is_named)
{
    set("TAPEGRAD_CC", "no-such-compiler");
    ck_refused(load(answering), "TAPEGRAD_CC is \"no-such-compiler\"");
    set("TAPEGRAD_CC", path_to("nothing"));
    ck_refused(load(answering), "/nothing\", which is no program");
    set("TAPEGRAD_CC", path_to("cache"));
    ck_refused(load(answering), "which is no program");
    set("TAPEGRAD_CC", "cc -O2");
    ck_refused(load(answering), "without arguments");
    put_text(path_to("text"), "not to be executed");
    set("TAPEGRAD_CC", path_to("text"));
    ck_refused(load(answering), "which is no program");
}
END_TEST

START_TEST(folders_of_path_count_if_they_are_absolute)
{
    char path[256], here[256];
    use_copier();
    ck_assert_int_eq(symlink(path_to("copier"), path_to("gcc")), 0);
    ck_assert_int_eq(symlink(path_to("copier"), path_to("cc")), 0);
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    ck_assert_int_eq(chdir(folder), 0);
    const char *old = getenv("PATH");
    char *saved = old ? strdup(old) : NULL;
    set("TAPEGRAD_CC", NULL);
    static const char *const relative[] = { "", ".", ":", "::.:", "./" };
    for (int i = 0; i < COUNT_OF(relative); i++) {
        set("PATH", relative[i]);
        ck_refused(load(answering), "there is no C compiler");
    }
    set("PATH", NULL);
    ck_refused(load(answering), "there is no C compiler");
    (void)snprintf(path, sizeof path, ".:/nowhere:%s:/usr/bin:/bin", folder);
    set("PATH", path);
    ck_loads(false, "");
    set("TAPEGRAD_CC", "copier");
    ck_loads(false, "");
    set("PATH", saved);
    free(saved);
    ck_assert_int_eq(chdir(here), 0);
}
END_TEST

/* ---- Compilers that fail --------------------------------------------------------------------- */

START_TEST(a_compiler_that_fails_is_quoted)
{
    use_compiler("failing", "echo 'out of patience' >&2; printf 'a\\033b\\n'; exit 7");
    const tg__jit_result result = load(answering);
    ck_refused(result, "out of patience\na?b");
    ck_refused(result, "/failing failed with status 7");
    use_compiler("talking", "i=0; while [ $i -lt 2000 ]; do echo $i $i; i=$((i+1)); done; exit 1");
    ck_refused(load(answering), "status 1:\n0 0\n1 1\n2 2\n");
    use_compiler("silent", "exit 3");
    ck_refused(load(answering), "/silent failed with status 3");
    ck_assert_int_eq(count_cached(), 0);
}
END_TEST

START_TEST(a_compiler_that_cannot_be_started_is_named)
{
    put_text(path_to("strange"), "#!/no/such/interpreter\n");
    ck_assert_int_eq(chmod(path_to("strange"), 0700), 0);
    set("TAPEGRAD_CC", path_to("strange"));
    const tg__jit_result result = load(answering); /* the system's call says so, or the child */
    ck_refused(result, "/strange ");
}
END_TEST

/* It is there no more, but perhaps as a number that nobody has asked for. */
static bool is_gone(pid_t process)
{
    char path[64], text[512] = "";
    if (kill(process, 0) != 0) return true;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "r");
    if (!file) return kill(process, 0) != 0;
    const bool read = fgets(text, sizeof text, file) != NULL;
    (void)fclose(file);
    return !read || strstr(text, ") Z ") != NULL;
}

static void ck_gone(const char *list)
{
    long process;
    FILE *file = fopen(path_to(list), "r");
    ck_assert_ptr_nonnull(file);
    int count = 0;
    for (; fscanf(file, "%ld", &process) == 1; count++) {
        const struct timespec pause = { 0, 10000000 };
        for (int i = 0; i < 500 && !is_gone((pid_t)process); i++) (void)nanosleep(&pause, NULL);
        ck_assert_msg(is_gone((pid_t)process), "process %ld is still there", process);
    }
    (void)fclose(file);
    ck_assert_int_gt(count, 0);
}

START_TEST(a_compiler_that_hangs_is_ended_with_all_that_it_started)
{
    set("TAPEGRAD_JIT_SECONDS", "1");
    use_compiler("hanging", "sleep 1000 & echo $! $$ >\"$here/list\"; echo so far; wait");
    const tg__jit_result result = load(answering);
    ck_refused(result, "was ended because it was not done after 1 s");
    ck_refused(result, "so far");
    ck_gone("list");
}
END_TEST

START_TEST(what_a_compiler_leaves_running_is_ended)
{
    use_copier();
    use_compiler("leaving", "sleep 1000 & echo $! >\"$here/list\"; cp \"$here/small.so\" \"$out\"");
    ck_loads(false, "");
    ck_gone("list");
}
END_TEST

START_TEST(the_time_limit_is_a_whole_number)
{
    static const char *const wrong[] = { "0", "-1", "1.5", "soon", " 1", "1s", "000" };
    use_copier();
    for (int i = 0; i < COUNT_OF(wrong); i++) {
        set("TAPEGRAD_JIT_SECONDS", wrong[i]);
        ck_refused(load(answering), "must be a whole number above 0");
    }
    set("TAPEGRAD_JIT_SECONDS", "99999999999999999999999999");
    ck_loads(false, "");
}
END_TEST

START_TEST(a_compiler_that_is_killed_is_named_with_the_signal)
{
    use_compiler("killed", "kill -KILL $$");
    ck_refused(load(answering), "/killed was ended by signal 9");
}
END_TEST

START_TEST(what_is_no_object_is_not_loaded)
{
    use_compiler("lying", "echo nonsense >\"$out\"");
    ck_refused(load(answering), "cannot be loaded");
    use_compiler("idle", "echo all done");
    const tg__jit_result result = load(answering);
    ck_refused(result, "/idle succeeded, but the file that it should have made is not there");
    ck_refused(result, "all done");
    use_compiler("empty", ": >\"$out\"");
    ck_refused(load(answering), "is empty");
    use_compiler("other", "mkdir \"$out\"");
    ck_refused(load(answering), "is not there");
    use_compiler("linking", "ln -s /bin/sh \"$out\"");
    ck_refused(load(answering), "is not there");
    ck_assert_int_eq(count_cached(), 0);
}
END_TEST

START_TEST(warnings_are_no_failure)
{
    use_copier();
    use_compiler("warning", "echo 'warning: it is late' >&2; cp \"$here/small.so\" \"$out\"");
    ck_loads(false, "");
    ck_loads(true, "");
}
END_TEST

START_TEST(temporary_files_are_made_beside_the_others)
{
    use_copier();
    use_compiler("untidy", "echo x >\"$TMPDIR/one\"; mkdir \"$TMPDIR/two\"; read line;"
                           "[ \"$LC_ALL:$line\" = C: ] && cp \"$here/small.so\" \"$out\"");
    ck_loads(false, "");
}
END_TEST

/* ---- Surroundings ---------------------------------------------------------------------------- */

START_TEST(a_process_that_ignores_its_children_is_told)
{
    use_copier();
    struct sigaction ignored = { .sa_flags = 0 }, before;
    ignored.sa_handler = SIG_IGN;
    ck_assert_int_eq(sigaction(SIGCHLD, &ignored, &before), 0);
    ck_refused(load(answering), "the process ignores SIGCHLD");
    ck_assert_int_eq(sigaction(SIGCHLD, &before, NULL), 0);
    ck_loads(false, "");
}
END_TEST

START_TEST(signals_of_the_process_do_not_reach_the_compiler)
{
    sigset_t all, before;
    use_copier();
    ck_assert_int_eq(sigfillset(&all), 0);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &all, &before), 0);
    use_compiler("killed", "kill -TERM $$; sleep 5");
    ck_refused(load(answering), "/killed was ended by signal 15");
    ck_assert_int_eq(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}
END_TEST

/* Runs it in a process of its own, which may be spoilt; its status. */
static int status_of(void (*check)(void))
{
    (void)fflush(NULL);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        check();
        _exit(0);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

static void expect(bool is, int line)
{
    if (!is) _exit(line & 0x7f ? line & 0x7f : 1);
}

static void act_for_others(void)
{
    expect(setegid(65534) == 0, __LINE__);
    const tg__jit_result result =
        tg__jit_load(&tg__default_allocator, answering, strlen(answering));
    expect(!result.object && strstr(result.text, "rights of another user"), __LINE__);
    expect(!tg__jit_wanted(), __LINE__);
}

START_TEST(a_process_with_the_rights_of_others_compiles_nothing)
{
    if (geteuid() != 0) {
        printf("skipped: only root can take other rights\n");
        return;
    }
    use_copier();
    set("TAPEGRAD_JIT", "1");
    ck_assert_int_eq(status_of(act_for_others), 0);
    ck_assert_int_eq(calls_of("copier"), 0);
    set("TAPEGRAD_JIT", NULL);
}
END_TEST

/* ---- Full disks ------------------------------------------------------------------------------ */

static tg__jit_result load_within(rlim_t bytes)
{
    const struct rlimit limit = { bytes, bytes };
    struct sigaction ignored = { .sa_flags = 0 };
    ignored.sa_handler = SIG_IGN;
    expect(sigaction(SIGXFSZ, &ignored, NULL) == 0, __LINE__);
    expect(setrlimit(RLIMIT_FSIZE, &limit) == 0, __LINE__);
    return tg__jit_load(&tg__default_allocator, answering, strlen(answering));
}

static void have_no_room_for_the_source(void)
{
    const tg__jit_result result = load_within(1000);
    expect(!result.object && strstr(result.text, "made.c cannot be written"), __LINE__);
}

static void have_no_room_for_the_object(void)
{
    const tg__jit_result result = load_within(90000);
    expect(!result.object && strstr(result.text, "/copier "), __LINE__);
}

static void have_no_room_for_the_seal(void)
{
    struct stat status;
    expect(stat(path_to("small.so"), &status) == 0, __LINE__);
    const tg__jit_result result = load_within((rlim_t)status.st_size + 10);
    expect(result.object && !result.cached && strstr(result.text, "nothing is cached"), __LINE__);
    tg__jit_free(result.object);
}

START_TEST(a_full_disk_is_a_failure)
{
    use_copier();
    ck_assert_int_eq(status_of(have_no_room_for_the_source), 0);
    ck_assert_int_eq(calls_of("copier"), 0);
    ck_assert_int_eq(status_of(have_no_room_for_the_object), 0);
    ck_assert_int_eq(status_of(have_no_room_for_the_seal), 0);
    ck_assert_int_eq(calls_of("copier"), 2);
    ck_assert_int_eq(count_names(path_to("cache"), "", ""), 0);
    ck_assert_int_eq(count_names(path_to("temporary"), "", ""), 0);
    ck_loads(false, "");
    use_compiler("full", "echo x >/dev/full");
    ck_refused(load(answering), "/full failed with status ");
}
END_TEST

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Fails each allocation of a call in turn, until there are fewer; how many there were. */
static size_t fail_each(bool cached)
{
    for (size_t n = 1;; n++) {
        failing_allocator memory = { .fail_at = n };
        const tg_allocator allocator = failing_interface(&memory);
        if (!cached) { /* another is there, of which cleaning makes a list */
            ck_assert_int_eq(system("rm -f \"$TAPEGRAD_JIT_CACHE\"/*"), 0);
            put_text(path_to("cache/00000000000000000000000000000000.so"), "another object");
        }
        const tg__jit_result result = load_with(&allocator, answering);
        if (result.object) ck_answers(result);
        else ck_refused(result, "out of memory");
        tg__jit_free(result.object);
        ck_assert_uint_eq(memory.live, 0);
        if (memory.failures == 0) return n - 1;
    }
}

START_TEST(failed_allocations_leave_nothing_behind)
{
    use_copier();
    ck_assert_int_eq(mkdir(path_to("cache"), 0700), 0);
    ck_assert_uint_gt(fail_each(false), 10); /* and cleaning's */
    ck_loads(true, "");
    ck_assert_uint_gt(fail_each(true), 3);
    set("TAPEGRAD_JIT_CACHE", "relative");
    ck_assert_uint_gt(fail_each(true), 3);
}
END_TEST

int main(void)
{
    if (!find_real_compiler()) return 77;
    Suite *suite = suite_create("jit");
    TCase *cases = tcase_create("jit");
    tcase_add_checked_fixture(cases, open_folders, close_folders);
    tcase_add_test(cases, what_is_compiled_runs);
    tcase_add_test(cases, errors_name_lines_of_the_text);
    tcase_add_test(cases, two_objects_of_one_text_are_freed_in_any_order);
    tcase_add_test(cases, the_environment_asks_for_it);
    tcase_add_test(cases, a_compiler_that_is_missing_is_named);
    tcase_add_test(cases, folders_of_path_count_if_they_are_absolute);
    tcase_add_test(cases, a_compiler_that_fails_is_quoted);
    tcase_add_test(cases, a_compiler_that_cannot_be_started_is_named);
    tcase_add_test(cases, a_compiler_that_hangs_is_ended_with_all_that_it_started);
    tcase_add_test(cases, what_a_compiler_leaves_running_is_ended);
    tcase_add_test(cases, the_time_limit_is_a_whole_number);
    tcase_add_test(cases, a_compiler_that_is_killed_is_named_with_the_signal);
    tcase_add_test(cases, what_is_no_object_is_not_loaded);
    tcase_add_test(cases, warnings_are_no_failure);
    tcase_add_test(cases, temporary_files_are_made_beside_the_others);
    tcase_add_test(cases, a_process_that_ignores_its_children_is_told);
    tcase_add_test(cases, signals_of_the_process_do_not_reach_the_compiler);
    tcase_add_test(cases, a_process_with_the_rights_of_others_compiles_nothing);
    tcase_add_test(cases, a_full_disk_is_a_failure);
    tcase_add_test(cases, failed_allocations_leave_nothing_behind);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
