/* test_cache.c: the sizes of caches, as Linux writes them, as it should not, and as this machine
 * has them. */
#include "kernels/cache.h"

#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <pthread.h>
#include <sys/stat.h>

/* ---- Text ------------------------------------------------------------------------------- */

START_TEST(sizes_have_a_unit_or_none)
{
    ck_assert_int_eq(tg__cache_size("512K\n"), 512 * 1024);
    ck_assert_int_eq(tg__cache_size("32768K"), 32 * 1024 * 1024);
    ck_assert_int_eq(tg__cache_size("1M\n"), 1024 * 1024);
    ck_assert_int_eq(tg__cache_size("1G"), 1024 * 1024 * 1024);
    ck_assert_int_eq(tg__cache_size("262144\n"), 262144);
}
END_TEST

START_TEST(what_is_no_size_of_a_cache_is_0)
{
    static const char *const texts[] = { "",
                                         "\n",
                                         "K",
                                         "K512",
                                         "512k",
                                         "512KB",
                                         "512 K",
                                         "-512K",
                                         "+512K",
                                         " 512K",
                                         "512.5K",
                                         "512K\n\n",
                                         "512K 1M",
                                         "0",
                                         "0K",
                                         "15K",
                                         "5G",
                                         "4097M",
                                         "9999999K",
                                         "0x80000",
                                         "unknown",
                                         "512K,1M",
                                         "4294967296G",
                                         "18446744073709551616",
                                         "99999999999999999999999999999999999K" };
    for (int i = 0; i < COUNT_OF(texts); i++)
        ck_assert_msg(tg__cache_size(texts[i]) == 0, "\"%s\" is a size", texts[i]);
}
END_TEST

START_TEST(processors_are_counted)
{
    ck_assert_int_eq(tg__count_processors("0\n"), 1);
    ck_assert_int_eq(tg__count_processors("0-1"), 2);
    ck_assert_int_eq(tg__count_processors("0,64\n"), 2);
    ck_assert_int_eq(tg__count_processors("0-7,64-71\n"), 16);
    ck_assert_int_eq(tg__count_processors("3,5-5,7"), 3);
}
END_TEST

START_TEST(what_is_no_list_of_processors_is_0)
{
    static const char *const texts[] = { "",
                                         "\n",
                                         ",",
                                         "0,",
                                         "0,\n",
                                         "-1",
                                         "1-0",
                                         "0-",
                                         "0--1",
                                         "a",
                                         "0 1",
                                         "0-1-2",
                                         "0;1",
                                         "0,,1",
                                         "0x1",
                                         "0-z",
                                         "0-999999",
                                         "0-65535,0-65535",
                                         "99999999999999999999999" };
    for (int i = 0; i < COUNT_OF(texts); i++)
        ck_assert_msg(tg__count_processors(texts[i]) == 0, "\"%s\" is a list", texts[i]);
}
END_TEST

/* ---- Files ------------------------------------------------------------------------------ */

typedef struct described {
    const char *level, *type, *size, *sharers; /* NULL: no such file */
} described;

static void write_text(const char *name, const char *text)
{
    if (!text) return;
    FILE *file = fopen(path_to(name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* What is read where the system describes those caches. */
static tg__caches read_described(const described *caches, int count)
{
    make_folder();
    for (int i = 0; i < count; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "index%d", i);
        ck_assert_int_eq(mkdir(path_to(name), 0700), 0);
        const char *const texts[] = { caches[i].level, caches[i].type, caches[i].size,
                                      caches[i].sharers };
        static const char *const files[] = { "level", "type", "size", "shared_cpu_list" };
        for (int k = 0; k < COUNT_OF(files); k++) {
            (void)snprintf(name, sizeof name, "index%d/%s", i, files[k]);
            write_text(name, texts[k]);
        }
    }
    const tg__caches found = tg__read_caches(folder);
    remove_folder();
    return found;
}

static const described usual[] = {
    { "1\n", "Data\n", "32K\n", "0,8\n" },
    { "1\n", "Instruction\n", "32K\n", "0,8\n" },
    { "2\n", "Unified\n", "512K\n", "0,8\n" },
    { "3\n", "Unified\n", "32768K\n", "0-15\n" },
};

static void check_found(const described *caches, int count, int64_t l2, int64_t l3)
{
    const tg__caches found = read_described(caches, count);
    ck_assert_int_eq(found.l2, l2);
    ck_assert_int_eq(found.l3, l3);
}

START_TEST(a_core_has_its_part_of_what_several_share)
{
    check_found(usual, COUNT_OF(usual), 256 * 1024, 2 * 1024 * 1024);
    check_found(usual, 3, 256 * 1024, 0);
}
END_TEST

START_TEST(caches_of_instructions_do_not_count)
{
    static const described caches[] = { { "2\n", "Data\n", "256K\n", "0\n" },
                                        { "2\n", "Instruction\n", "1M\n", "0\n" } };
    check_found(caches, 2, 256 * 1024, 0);
}
END_TEST

/* Of an L3 cache nothing is known then; where it is the L2, the next best source is asked. */
START_TEST(what_makes_no_sense_is_not_known)
{
    static const described wrong[] = {
        { "3\n", "Unified\n", "\n", "0\n" },       { "3\n", "Unified\n", "0K\n", "0\n" },
        { "3\n", "Unified\n", "-1K\n", "0\n" },    { "3\n", "Unified\n", "999999G\n", "0\n" },
        { "3\n", "Unified\n", NULL, "0\n" },       { "3\n", "Unified\n", "32M\n", NULL },
        { "3\n", "Unified\n", "32M\n", "\n" },     { "3\n", NULL, "32M\n", "0\n" },
        { "3\n", "Unified\n", "32K\n", "0-63\n" }, { "three\n", "Unified\n", "32M\n", "0\n" },
        { "", "Unified\n", "32M\n", "0\n" },       { NULL, "Unified\n", "32M\n", "0\n" },
    };
    const tg__caches nothing = tg__read_caches("/nowhere");
    for (int i = 0; i < COUNT_OF(wrong); i++) {
        described caches[COUNT_OF(usual)];
        memcpy(caches, usual, sizeof usual);
        caches[3] = wrong[i];
        check_found(caches, COUNT_OF(usual), 256 * 1024, 0);
        if (!wrong[i].level || wrong[i].level[0] != '3') continue;
        caches[2] = wrong[i];
        caches[2].level = "2\n";
        check_found(caches, 3, nothing.l2, nothing.l3);
    }
    check_found(NULL, 0, nothing.l2, nothing.l3);
}
END_TEST

START_TEST(long_files_and_names_are_refused)
{
    char text[4096], name[4096];
    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    described caches[COUNT_OF(usual)];
    memcpy(caches, usual, sizeof usual);
    caches[3].size = text;
    check_found(caches, COUNT_OF(usual), 256 * 1024, 0);
    const tg__caches nothing = tg__read_caches("/nowhere"), found = tg__read_caches(name);
    ck_assert_int_eq(found.l2, nothing.l2);
    ck_assert_int_eq(found.l3, nothing.l3);
}
END_TEST

/* ---- This machine ----------------------------------------------------------------------- */

static void *ask(void *unused)
{
    (void)unused;
    return (void *)(uintptr_t)tg__machine_caches();
}

START_TEST(all_threads_see_the_same_sizes)
{
    enum { THREADS = 8 };
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, ask, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *seen = NULL;
        ck_assert_int_eq(pthread_join(thread[i], &seen), 0);
        ck_assert_ptr_eq(seen, tg__machine_caches());
    }
    const int64_t sizes[] = { tg__machine_caches()->l2, tg__machine_caches()->l3 };
    for (int i = 0; i < 2; i++)
        ck_assert(sizes[i] == 0 || (sizes[i] >= 16 * 1024 && sizes[i] <= (int64_t)1 << 32));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cache");
    TCase *text = tcase_create("text");
    tcase_add_test(text, sizes_have_a_unit_or_none);
    tcase_add_test(text, what_is_no_size_of_a_cache_is_0);
    tcase_add_test(text, processors_are_counted);
    tcase_add_test(text, what_is_no_list_of_processors_is_0);
    suite_add_tcase(suite, text);

    TCase *files = tcase_create("files");
    tcase_add_test(files, a_core_has_its_part_of_what_several_share);
    tcase_add_test(files, caches_of_instructions_do_not_count);
    tcase_add_test(files, what_makes_no_sense_is_not_known);
    tcase_add_test(files, long_files_and_names_are_refused);
    suite_add_tcase(suite, files);

    TCase *machine = tcase_create("machine");
    tcase_add_test(machine, all_threads_see_the_same_sizes);
    suite_add_tcase(suite, machine);

    return run_suite(suite);
}
