/* test_jit_cache.c: the folder of compiled objects: what is found again, what is not trusted, what
 * is removed, and what several threads and processes do to it at once. */
#include "tests/jit/jitting.h"

#include <pthread.h>

enum { THREADS = 4, DAY = 24 * 3600 };

/* ---- Finding again --------------------------------------------------------------------------- */

/* Counts calls of the real one. */
static void use_counter(void)
{
    char script[600];
    (void)snprintf(script, sizeof script, "exec '%s' \"$@\"", real_compiler);
    use_compiler("counter", script);
}

START_TEST(a_text_is_compiled_once)
{
    use_counter();
    ck_loads(false, "");
    ck_loads(true, "");
    ck_assert_int_eq(calls_of("counter"), 1);
    const tg__jit_result other = load("int answer(void) { return 6 * 7; }\n");
    ck_answers(other);
    ck_assert(!other.cached);
    tg__jit_free(other.object);
    ck_assert_int_eq(calls_of("counter"), 2);
    ck_assert_int_eq(count_cached(), 2);
}
END_TEST

/* Was used so many days ago. */
static void age(const char *path, int days)
{
    const time_t then = time(NULL) - (time_t)days * DAY;
    const struct timespec times[2] = { { .tv_sec = then }, { .tv_sec = then } };
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int age_of(const char *path)
{
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    return (int)((time(NULL) - status.st_mtim.tv_sec) / DAY);
}

START_TEST(another_compiler_compiles_anew)
{
    use_copier();
    ck_loads(false, "");
    ck_loads(true, "");
    age(path_to("copier"), 3);
    ck_loads(false, "");
    ck_loads(true, "");
    use_compiler("second", "cp \"$here/small.so\" \"$out\"");
    ck_loads(false, "");
    ck_assert_int_eq(count_cached(), 3);
}
END_TEST

START_TEST(what_is_used_is_young)
{
    use_copier();
    ck_loads(false, "");
    age(only_cached(), 20);
    ck_loads(true, "");
    ck_assert_int_eq(age_of(only_cached()), 0);
}
END_TEST

/* ---- Folders --------------------------------------------------------------------------------- */

static void ck_private(const char *name)
{
    struct stat status;
    ck_assert_int_eq(lstat(path_to(name), &status), 0);
    ck_assert(S_ISDIR(status.st_mode));
    ck_assert_int_eq(status.st_mode & 0777, 0700);
}

START_TEST(the_folder_is_made_for_this_user_alone)
{
    use_copier();
    const mode_t mask = umask(0);
    set("TAPEGRAD_JIT_CACHE", path_to("a/b/c//"));
    ck_loads(false, "");
    ck_private("a");
    ck_private("a/b");
    ck_private("a/b/c");
    ck_loads(true, "");
    struct stat status;
    set("TAPEGRAD_JIT_CACHE", path_to("cache"));
    ck_loads(false, "");
    ck_assert_int_eq(stat(only_cached(), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0700);
    (void)umask(mask);
}
END_TEST

START_TEST(the_usual_folder_is_where_caches_are)
{
    use_copier();
    set("TAPEGRAD_JIT_CACHE", NULL);
    ck_loads(false, "");
    ck_assert_int_eq(count_names(path_to("home/.cache/tapegrad"), "", ".so"), 1);
    set("XDG_CACHE_HOME", "relative");
    ck_loads(true, "");
    set("XDG_CACHE_HOME", path_to("xdg"));
    ck_loads(false, "");
    ck_assert_int_eq(count_names(path_to("xdg/tapegrad"), "", ".so"), 1);
    set("XDG_CACHE_HOME", "");
    set("HOME", "elsewhere");
    ck_loads(false, "nothing is cached: set HOME");
    set("HOME", NULL);
    ck_loads(false, "nothing is cached: set HOME");
    set("TAPEGRAD_JIT_CACHE", "relative");
    ck_loads(false, "must begin with /");
    set("TMPDIR", NULL); /* then /tmp */
    ck_loads(false, "must begin with /");
}
END_TEST

START_TEST(a_folder_that_others_could_change_is_not_used)
{
    use_copier();
    ck_assert_int_eq(mkdir(path_to("open"), 0700), 0);
    ck_assert_int_eq(chmod(path_to("open"), 0777), 0);
    set("TAPEGRAD_JIT_CACHE", path_to("open"));
    ck_loads(false, "others own it or may write into it");
    ck_assert_int_eq(chmod(path_to("open"), 0770), 0);
    ck_loads(false, "others own it or may write into it");
    ck_assert_int_eq(count_names(path_to("open"), "", ""), 0);
    ck_assert_int_eq(chmod(path_to("open"), 0755), 0);
    ck_loads(false, "");
    ck_assert_int_eq(symlink(path_to("open"), path_to("link")), 0);
    set("TAPEGRAD_JIT_CACHE", path_to("link"));
    ck_loads(false, "it is no folder");
    set("TAPEGRAD_JIT_CACHE", path_to("link/"));
    ck_loads(false, "it is no folder");
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(path_to("open"), 65534, 65534), 0);
        set("TAPEGRAD_JIT_CACHE", path_to("open"));
        ck_loads(false, "others own it or may write into it");
    }
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_or_written_is_no_failure)
{
    use_copier();
    put_text(path_to("file"), "");
    set("TAPEGRAD_JIT_CACHE", path_to("file"));
    ck_loads(false, "it is no folder");
    set("TAPEGRAD_JIT_CACHE", path_to("file/in/it"));
    ck_loads(false, "nothing is cached in ");
    set("TAPEGRAD_JIT_CACHE", "/proc/nothing/here"); /* where not even root makes folders */
    ck_loads(false, "nothing is cached in /proc/nothing/here");
    if (geteuid() == 0) {
        printf("skipped: root writes into every folder\n");
        return;
    }
    ck_assert_int_eq(mkdir(path_to("closed"), 0500), 0);
    set("TAPEGRAD_JIT_CACHE", path_to("closed/cache"));
    ck_loads(false, "nothing is cached in ");
    set("TAPEGRAD_JIT_CACHE", path_to("closed"));
    ck_loads(false, "nothing is cached: no folder can be made in ");
    ck_assert_int_eq(chmod(path_to("closed"), 0700), 0);
}
END_TEST

START_TEST(without_any_folder_nothing_is_compiled)
{
    use_copier();
    set("TAPEGRAD_JIT_CACHE", "relative");
    set("TMPDIR", "/proc/nothing");
    ck_refused(load(answering), "no folder can be made in /proc/nothing");
    ck_assert_int_eq(calls_of("copier"), 0);
    set("TMPDIR", path_to("temporary"));
}
END_TEST

START_TEST(a_folder_may_vanish)
{
    use_copier();
    use_compiler("vandal", "cp \"$here/small.so\" \"$out\"; rm -rf \"$here/cache\"");
    ck_refused(load(answering), "the file that it should have made is not there");
    use_compiler("mover", "cp \"$here/small.so\" \"$out\"; mv \"$here/cache\" \"$here/moved\";"
                          "mkdir \"$here/cache\"; exit 1");
    ck_refused(load(answering), "/mover failed");
    set("TAPEGRAD_CC", path_to("copier"));
    ck_loads(false, "");
}
END_TEST

/* ---- Files ----------------------------------------------------------------------------------- */

static unsigned char object[1 << 18];

static size_t read_object(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t size = fread(object, 1, sizeof object, file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_lt(size, sizeof object);
    return size;
}

/* A file in the place of the one that is there. */
static void replace(const char *path, size_t size)
{
    (void)unlink(path);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(object, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0700), 0);
}

/* It is made anew, and then found. */
static void ck_made_anew(void)
{
    const int calls = calls_of("copier");
    ck_loads(false, "");
    ck_loads(true, "");
    ck_assert_int_eq(calls_of("copier"), calls + 1);
    ck_assert_int_eq(count_names(path_to("cache"), "", ""), 1);
}

START_TEST(a_changed_file_is_made_anew)
{
    use_copier();
    ck_loads(false, "");
    const char *path = only_cached();
    const size_t size = read_object(path);
    const size_t lengths[] = { 0, 1, 41, 1000, 4096, size / 2, size - 42, size - 41, size - 1 };
    for (int i = 0; i < COUNT_OF(lengths); i++) {
        replace(path, lengths[i]);
        ck_made_anew();
    }
    replace(path, size + 1);
    ck_made_anew();
    const size_t places[] = { 0, 100, 5000, size / 2, size - 42, size - 41, size - 20, size - 1 };
    for (int i = 0; i < COUNT_OF(places); i++) {
        object[places[i]] ^= 4;
        replace(path, size);
        object[places[i]] ^= 4;
        ck_made_anew();
    }
    replace(path, size); /* as it was */
    ck_loads(true, "");
}
END_TEST

START_TEST(what_is_no_file_of_this_user_is_made_anew)
{
    use_copier();
    ck_loads(false, "");
    const char *path = only_cached();
    ck_assert_int_eq(rename(path, path_to("elsewhere.so")), 0);
    ck_assert_int_eq(symlink(path_to("elsewhere.so"), path), 0);
    ck_made_anew();
    struct stat status;
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert(S_ISREG(status.st_mode));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_made_anew();
    ck_assert_int_eq(chmod(path, 0722), 0);
    ck_made_anew();
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(path, 65534, 65534), 0);
        ck_made_anew();
    }
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0); /* which nothing replaces */
    ck_loads(false, "nothing is cached in ");
}
END_TEST

START_TEST(an_object_has_its_own_place)
{
    char first[256];
    use_copier();
    ck_loads(false, "");
    (void)snprintf(first, sizeof first, "%s", only_cached());
    ck_assert_int_eq(rename(first, path_to("first.so")), 0);
    age(path_to("copier"), 1);
    ck_loads(false, "");
    ck_assert_int_eq(rename(path_to("first.so"), only_cached()), 0);
    ck_made_anew();
}
END_TEST

START_TEST(what_cannot_be_loaded_here_is_made_anew)
{
    char key[TG_JIT_KEY + 1];
    use_copier();
    ck_loads(false, "");
    const char *path = only_cached();
    memcpy(key, strrchr(path, '/') + 1, TG_JIT_KEY);
    key[TG_JIT_KEY] = '\0';
    put_text(path, "of another machine");
    ck_assert(tg__jit_cache_seal(path, key));
    ck_assert(tg__jit_cache_has(path, key));
    ck_made_anew();
}
END_TEST

/* ---- Cleaning -------------------------------------------------------------------------------- */

/* An object of that many bytes, used so many days ago. */
static void put_object(char digit, size_t bytes, int days)
{
    char name[64];
    (void)snprintf(name, sizeof name, "cache/%c0000000000000000000000000000000.so", digit);
    FILE *file = fopen(path_to(name), "w");
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < bytes; i++) ck_assert_int_ne(fputc('x', file), EOF);
    ck_assert_int_eq(fclose(file), 0);
    age(path_to(name), days);
}

static bool is_there(const char *name) { return access(path_to(name), F_OK) == 0; }

static void put_others(void)
{
    put_text(path_to("cache/notes.so"), "of somebody");
    put_text(path_to("cache/0000000000000000000000000000000.so"), "31 digits");
    ck_assert_int_eq(mkdir(path_to("cache/build-old"), 0700), 0);
    put_text(path_to("cache/build-old/made.c"), "int x;");
    ck_assert_int_eq(mkdir(path_to("cache/build-new"), 0700), 0);
    ck_assert_int_eq(mkdir(path_to("cache/other"), 0700), 0);
    age(path_to("cache/notes.so"), 50);
    age(path_to("cache/build-old"), 2);
    age(path_to("cache/other"), 50);
}

static void ck_others(void)
{
    ck_assert(is_there("cache/notes.so") && is_there("cache/0000000000000000000000000000000.so"));
    ck_assert(is_there("cache/build-new") && is_there("cache/other"));
    ck_assert(!is_there("cache/build-old"));
}

/* The digits of the objects that are there. */
static void ck_left(const char *digits)
{
    char name[64], left[17];
    int count = 0;
    for (const char *digit = "0123456789abcdef"; *digit; digit++) {
        (void)snprintf(name, sizeof name, "cache/%c0000000000000000000000000000000.so", *digit);
        if (is_there(name)) left[count++] = *digit;
    }
    left[count] = '\0';
    ck_assert_str_eq(left, digits);
}

START_TEST(what_is_old_goes_and_then_what_is_oldest)
{
    const tg_allocator *allocator = &tg__default_allocator;
    const char *newest = "10000000000000000000000000000000";
    ck_assert_int_eq(mkdir(path_to("cache"), 0700), 0);
    put_others();
    put_object('1', 1000, 0);
    put_object('2', 1000, 29);
    put_object('3', 1000, 31);
    put_object('4', 1000, 1);
    put_object('5', 1000, 3);
    put_object('6', 1000, 2);
    tg__jit_cache_clean(allocator, path_to("cache"), newest, 1 << 20);
    ck_left("12456");
    ck_others();
    tg__jit_cache_clean(allocator, path_to("cache"), newest, 3000);
    ck_left("146");
    tg__jit_cache_clean(allocator, path_to("cache"), newest, 2999);
    ck_left("14");
    tg__jit_cache_clean(allocator, path_to("cache"), newest, 10);
    ck_left("1");
    tg__jit_cache_clean(allocator, path_to("nowhere"), newest, 10);
    ck_others();
}
END_TEST

START_TEST(making_one_cleans)
{
    use_copier();
    ck_assert_int_eq(mkdir(path_to("cache"), 0700), 0);
    put_object('7', 10, 31);
    put_object('8', 10, 29);
    ck_loads(false, "");
    ck_left("8");
    put_object('7', 10, 31);
    ck_loads(true, "");
    ck_left("78");
}
END_TEST

/* ---- At once --------------------------------------------------------------------------------- */

static void *load_in_thread(void *result)
{
    *(tg__jit_result *)result = tg__jit_load(&tg__default_allocator, answering, strlen(answering));
    return NULL;
}

static void use_slow_copier(void)
{
    use_copier();
    use_compiler("slow", "sleep 0.2; cp \"$here/small.so\" \"$out\"");
}

static void ck_one_is_left(void)
{
    ck_assert_int_eq(count_names(path_to("cache"), "", ""), 1);
    ck_assert_int_eq(count_names(path_to("temporary"), "", ""), 0);
    ck_loads(true, "");
}

START_TEST(threads_may_compile_the_same_at_once)
{
    pthread_t thread[THREADS];
    tg__jit_result result[THREADS];
    use_slow_copier();
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, load_in_thread, &result[i]), 0);
    for (int i = 0; i < THREADS; i++) ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) ck_answers(result[i]);
    for (int i = 0; i < THREADS; i++) tg__jit_free(result[i].object);
    ck_assert_int_ge(calls_of("slow"), 1);
    ck_one_is_left();
}
END_TEST

START_TEST(processes_may_compile_the_same_at_once)
{
    pid_t child[THREADS];
    use_slow_copier();
    (void)fflush(NULL);
    for (int i = 0; i < THREADS; i++) {
        child[i] = fork();
        ck_assert_int_ge(child[i], 0);
        if (child[i]) continue;
        const tg__jit_result r = tg__jit_load(&tg__default_allocator, answering, strlen(answering));
        const bool good = r.object && !r.text[0] && tg__jit_symbol(r.object, "answer");
        tg__jit_free(r.object);
        _exit(good ? 0 : 1);
    }
    for (int i = 0; i < THREADS; i++) {
        int status = -1;
        ck_assert_int_eq(waitpid(child[i], &status, 0), child[i]);
        ck_assert_int_eq(status, 0);
    }
    ck_one_is_left();
}
END_TEST

int main(void)
{
    if (!find_real_compiler()) return 77;
    Suite *suite = suite_create("jit_cache");
    TCase *cases = tcase_create("jit_cache");
    tcase_add_checked_fixture(cases, open_folders, close_folders);
    tcase_add_test(cases, a_text_is_compiled_once);
    tcase_add_test(cases, another_compiler_compiles_anew);
    tcase_add_test(cases, what_is_used_is_young);
    tcase_add_test(cases, the_folder_is_made_for_this_user_alone);
    tcase_add_test(cases, the_usual_folder_is_where_caches_are);
    tcase_add_test(cases, a_folder_that_others_could_change_is_not_used);
    tcase_add_test(cases, a_folder_that_cannot_be_made_or_written_is_no_failure);
    tcase_add_test(cases, without_any_folder_nothing_is_compiled);
    tcase_add_test(cases, a_folder_may_vanish);
    tcase_add_test(cases, a_changed_file_is_made_anew);
    tcase_add_test(cases, what_is_no_file_of_this_user_is_made_anew);
    tcase_add_test(cases, an_object_has_its_own_place);
    tcase_add_test(cases, what_cannot_be_loaded_here_is_made_anew);
    tcase_add_test(cases, what_is_old_goes_and_then_what_is_oldest);
    tcase_add_test(cases, making_one_cleans);
    tcase_add_test(cases, threads_may_compile_the_same_at_once);
    tcase_add_test(cases, processes_may_compile_the_same_at_once);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
