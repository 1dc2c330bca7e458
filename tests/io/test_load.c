/* test_load.c: what a load says that it did, loads of nothing, checksums, and the memory that a
 * load takes. (There and back, and what fails on the way: test_safetensors.c.) */
#include "tests/support/suite.h"
#include "saved.h"

#define LOAD(store, ...) tg_load(store, PATH, &error, .io = &io, __VA_ARGS__)

static void save_names(const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)tg_param(store, names[i], TG_SHAPE(2), tg_init_constant(1));
    ck_fine(tg_save(store, PATH, &error, .io = &io));
}
#define SAVE(...)                                                                                  \
    save_names((const char *const[]){ __VA_ARGS__ },                                               \
               sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* A store of one parameter of two elements, 5 and 5. */
static tg_store *store_of(const char *name)
{
    tg_store *other = new_store(8);
    (void)tg_param(other, name, TG_SHAPE(2), tg_init_constant(5));
    return other;
}

static void ck_refused(tg_store *other, tg_status got, const char *words)
{
    float now[2];
    ck_told(got, TG_ERR_ARGUMENT, words);
    ck_assert_int_eq(tg_var_get(tg_var_nth(other, 0), now, 2), TG_OK);
    ck_assert(now[0] == 5 && now[1] == 5 && tg_store_seed(other) == 8);
}

/* ---- Reports ---------------------------------------------------------------------------- */

START_TEST(a_report_counts_both_sides)
{
    SAVE("a", "b", "c", "enc.d");
    (void)tg_state(store, "a.adam.m", TG_F32, TG_SHAPE(2), 1);
    ck_fine(tg_save(store, PATH, &error, .io = &io));
    tg_store *other = store_of("b");
    (void)tg_param(other, "x", TG_SHAPE(1), tg_init_constant(5));
    (void)tg_param(other, "y", TG_SHAPE(1), tg_init_constant(5));
    tg_load_report report;
    ck_fine(LOAD(other, .partial = true, .report = &report));
    ck_assert_uint_eq(report.loaded, 2); /* b and the state of a */
    ck_assert_uint_eq(report.made, 1);
    ck_assert_uint_eq(report.missing, 2);
    ck_assert_uint_eq(report.unused, 3);
    ck_assert_str_eq(report.first_missing, "x");
    ck_assert_str_eq(report.first_unused, "a");

    /* What is not asked for is not counted. */
    tg_store *third = store_of("b");
    ck_fine(LOAD(third, .partial = true, .params_only = true, .report = &report));
    ck_assert(report.loaded == 1 && report.made == 0 && report.unused == 3);
    tg_store_free(third);
    ck_fine(LOAD(other, .partial = true, .prefix = "b", .report = &report));
    ck_assert_uint_eq(report.loaded + report.missing + report.unused, 1);
    ck_assert_str_eq(report.first_missing, "");
    ck_assert_str_eq(report.first_unused, "");
    tg_store_free(other);
}
END_TEST

START_TEST(a_report_of_an_error_says_what_does_not_meet)
{
    SAVE("a", "b");
    tg_store *other = store_of("b");
    (void)tg_param(other, "x", TG_SHAPE(1), tg_init_constant(5));
    tg_load_report report = { .loaded = 77, .missing = 77, .first_unused = "77" };
    ck_refused(other, LOAD(other, .report = &report), "has no \"a\"");
    ck_assert(report.loaded == 0 && report.made == 0 && report.missing == 1 && report.unused == 1);
    ck_assert_str_eq(report.first_missing, "x");
    ck_assert_str_eq(report.first_unused, "a");
    report.loaded = 77;
    ck_told(tg_load(other, "nowhere", &error, .io = &io, .report = &report), TG_ERR_IO, "No such");
    ck_assert(report.loaded == 0 && report.missing == 0 && report.first_missing[0] == 0);
    report.loaded = 77;
    ck_told(tg_load(NULL, PATH, &error, .report = &report), TG_ERR_ARGUMENT, "NULL");
    ck_assert_uint_eq(report.loaded, 0);
    tg_store_free(other);
}
END_TEST

START_TEST(long_names_are_cut_between_characters)
{
    char name[TG_LOAD_NAME + 20] = "";
    while (strlen(name) < TG_LOAD_NAME) strcat(name, "ö"); /* two bytes each */
    SAVE("w", name);
    tg_store *other = store_of("w");
    tg_load_report report;
    ck_fine(LOAD(other, .partial = true, .report = &report));
    ck_assert_uint_eq(strlen(report.first_unused), TG_LOAD_NAME - 2);
    ck_assert_mem_eq(report.first_unused, name, TG_LOAD_NAME - 2);
    tg_store_free(other);
}
END_TEST

/* ---- Nothing to load -------------------------------------------------------------------- */

START_TEST(a_load_of_nothing_is_an_error)
{
    SAVE("a.weight");
    tg_store *other = store_of("b.weight"), *empty = new_store(8);
    ck_refused(other, LOAD(other, .partial = true),
               "nothing would be loaded, for no name is in both: the file has \"a.weight\", the "
               "store \"b.weight\"");
    ck_assert(!strstr(error.text, "begin with"));
    ck_told(LOAD(empty, .partial = true), TG_ERR_ARGUMENT, "the store nothing");
    tg_store_free(other);
    tg_store_free(empty);
}
END_TEST

START_TEST(a_prefix_without_names_is_an_error)
{
    static const bool partial[] = { false, true };
    SAVE("a.weight", "common.weight");
    tg_store *other = store_of("b.weight");
    (void)tg_param(other, "common.weight", TG_SHAPE(2), tg_init_constant(5));
    for (int i = 0; i < 2; i++) {
        ck_refused(other, LOAD(other, .partial = partial[i], .prefix = "comon"),
                   "there is nothing under .prefix = \"comon\" in the file and the store: the file "
                   "has \"a.weight\", the store \"b.weight\"");
        ck_refused(other, LOAD(other, .partial = partial[i], .prefix = "b"),
                   "there is nothing under .prefix = \"b\" in the file:");
        ck_refused(other, LOAD(other, .partial = partial[i], .prefix = "a"),
                   "there is nothing under .prefix = \"a\" in the store:");
    }
    ck_fine(LOAD(other, .prefix = "common"));
    ck_told(tg_save(store, PATH, &error, .io = &io, .prefix = "comon"), TG_ERR_ARGUMENT,
            "no variable lies under .prefix = \"comon\"; the store has \"a.weight\"");
    ck_assert_int_eq(disk_count(&drive), 1);
    tg_store *empty = new_store(8);
    ck_told(tg_save(empty, PATH, &error, .io = &io, .prefix = "comon"), TG_ERR_ARGUMENT,
            "the store has none");
    tg_store_free(other);
    tg_store_free(empty);
}
END_TEST

START_TEST(states_alone_are_no_parameters)
{
    (void)tg_param(store, "w", TG_SHAPE(2), tg_init_constant(1));
    (void)tg_state(store, "w.adam.m", TG_F32, TG_SHAPE(2), 1);
    ck_told(tg_save(store, PATH, &error, .io = &io, .prefix = "w.adam", .params_only = true),
            TG_ERR_ARGUMENT, "only optimizer states");
    ck_fine(tg_save(store, PATH, &error, .io = &io));
    tg_store *other = store_of("w");
    ck_refused(other, LOAD(other, .prefix = "w.adam", .params_only = true), "optimizer states");
    ck_fine(LOAD(other, .prefix = "w.adam")); /* made */
    ck_assert_ptr_nonnull(tg_find(other, "w.adam.m"));
    tg_store_free(other);
}
END_TEST

START_TEST(a_prefix_too_many_is_pointed_out)
{
    static const char *const hint =
        "all names of the %s begin with \"module.\", without which the %s has them";
    char words[120];
    SAVE("module.fc.weight", "module.fc.bias");
    tg_store *other = store_of("fc.weight");
    (void)snprintf(words, sizeof words, hint, "file", "store");
    for (int i = 0; i < 2; i++) {
        ck_refused(other, LOAD(other, .partial = i == 1), words);
        ck_refused(other, LOAD(other, .partial = i == 1, .prefix = "fc"), words);
    }
    tg_store_free(other);

    tg_store *file = store_of("fc.weight");
    ck_fine(tg_save(file, PATH, &error, .io = &io));
    other = store_of("module.fc.weight");
    (void)tg_param(other, "module.fc.bias", TG_SHAPE(2), tg_init_constant(5));
    (void)snprintf(words, sizeof words, hint, "store", "file");
    for (int i = 0; i < 2; i++) ck_refused(other, LOAD(other, .partial = i == 1), words);
    tg_store_free(other);
    tg_store_free(file);
}
END_TEST

/* ---- Checksums -------------------------------------------------------------------------- */

/* By the definition: the polynomial 0xEDB88320, bit by bit. */
static uint32_t slow_crc(const unsigned char *data, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static char *digits_of(disk_file *file, const char *key)
{
    char before[64];
    (void)snprintf(before, sizeof before, "\"%s\":\"", key);
    for (size_t i = 8; i + strlen(before) < file->size; i++)
        if (memcmp(file->data + i, before, strlen(before)) == 0)
            return (char *)file->data + i + strlen(before);
    ck_abort_msg("no %s", key);
    return NULL;
}

START_TEST(the_checksums_are_those_of_the_standard)
{
    ck_assert_uint_eq(slow_crc((const unsigned char *)"123456789", 9), 0xCBF43926u);
    fill(store, true);
    ck_fine(tg_save(store, PATH, &error, .io = &io));
    disk_file *file = disk_find(&drive, PATH);
    const size_t header = 8 + (file->data[0] | (size_t)file->data[1] << 8);
    char want[9], *data = digits_of(file, "tapegrad.crc32"),
                  *head = digits_of(file, "tapegrad.header_crc32");
    (void)snprintf(want, sizeof want, "%08x",
                   (unsigned)slow_crc(file->data + header, file->size - header));
    ck_assert_mem_eq(data, want, 8);
    char found[9] = "";
    memcpy(found, head, 8);
    memset(head, '0', 8);
    (void)snprintf(want, sizeof want, "%08x", (unsigned)slow_crc(file->data, header));
    ck_assert_str_eq(found, want);
}
END_TEST

START_TEST(a_damaged_file_is_told_as_one)
{
    SAVE("a");
    disk_file *file = disk_find(&drive, PATH);
    tg_store *other = store_of("a");
    file->data[file->size - 1] ^= 1;
    ck_told(LOAD(other, .partial = false), TG_ERR_FORMAT,
            "tg_load: model: the file is damaged: its data does not");
    file->data[file->size - 1] ^= 1;
    /* A flipped bit of a name is damage, and no name that the store does not have. */
    char *name = strstr((char *)file->data + 8, "\"a\"");
    ck_assert_ptr_nonnull(name);
    name[1] ^= 2;
    ck_told(LOAD(other, .partial = true), TG_ERR_FORMAT, "damaged: its header does not");
    name[1] ^= 2;
    /* Another program changed the data, and kept the metadata. */
    memcpy(file->data + file->size - 4, "\x00\x00\x40\x40", 4); /* 3 */
    ck_told(LOAD(other, .partial = false), TG_ERR_FORMAT, ".no_checksum = true");
    ck_fine(LOAD(other, .no_checksum = true));
    float now[2];
    ck_assert_int_eq(tg_var_get(tg_var_nth(other, 0), now, 2), TG_OK);
    ck_assert(now[0] == 1 && now[1] == 3);
    tg_store_free(other);
}
END_TEST

START_TEST(what_is_passed_over_is_checked_too)
{
    (void)tg_param(store, "big", TG_SHAPE(3000), tg_init_constant(1));
    SAVE("a", "c");
    tg_store *other = store_of("a");
    ck_fine(LOAD(other, .prefix = "a"));
    disk_find(&drive, PATH)->data[disk_find(&drive, PATH)->size - 1] ^= 0x40; /* c's */
    ck_told(LOAD(other, .prefix = "a"), TG_ERR_FORMAT, "damaged");
    tg_store_free(other);
}
END_TEST

START_TEST(files_without_checksums_are_loaded)
{
    (void)tg_param(store, "a", TG_SHAPE(2), tg_init_constant(1));
    ck_fine(tg_save(store, PATH, &error, .io = &io, .no_checksum = true));
    const disk_file *file = disk_find(&drive, PATH);
    ck_assert_ptr_null(strstr((const char *)file->data + 8, "crc32"));
    ck_assert_ptr_nonnull(strstr((const char *)file->data + 8, "\"tapegrad.version\":\"1\""));
    tg_store *other = store_of("a");
    ck_fine(LOAD(other, .partial = false));
    tg_store_free(other);
}
END_TEST

/* ---- Memory ----------------------------------------------------------------------------- */

/* A load takes one copy of what is loaded: of variables that are there (_i: 0), and of states that
 * it makes (1), which the store keeps in addition. */
START_TEST(a_load_takes_one_copy)
{
    enum { COUNT = 1 << 20, BYTES = 4 * COUNT, ROOM = 256 << 10 };
    static const char *const names[] = { "w", "w.adam.m", "w.adam.v" };
    for (int i = 0; i < 3; i++) {
        if (i == 0) (void)tg_param(store, names[i], TG_SHAPE(COUNT), tg_init_constant(1));
        else (void)tg_state(store, names[i], TG_F32, TG_SHAPE(COUNT + i), 1);
    }
    ck_fine(tg_save(store, PATH, &error, .io = &io));
    tg_store *other = new_store(8);
    (void)tg_param(other, names[0], TG_SHAPE(COUNT), tg_init_constant(5));
    for (int i = 1; i < 3 && _i == 0; i++)
        (void)tg_state(other, names[i], TG_F32, TG_SHAPE(COUNT + i), 5);
    const size_t before = heap.peak_bytes = heap.live_bytes;
    ck_fine(LOAD(other, .partial = false));
    const size_t kept = heap.live_bytes - before;
    ck_assert_uint_eq(kept / BYTES, _i == 0 ? 0 : 2);
    ck_assert_uint_le(heap.peak_bytes - before - kept, 3 * (size_t)BYTES + ROOM);
    tg_store_free(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load");
    TCase *cases = tcase_create("a disk in memory");
    tcase_add_checked_fixture(cases, open_drive, close_drive);
    tcase_add_test(cases, a_report_counts_both_sides);
    tcase_add_test(cases, a_report_of_an_error_says_what_does_not_meet);
    tcase_add_test(cases, long_names_are_cut_between_characters);
    tcase_add_test(cases, a_load_of_nothing_is_an_error);
    tcase_add_test(cases, a_prefix_without_names_is_an_error);
    tcase_add_test(cases, states_alone_are_no_parameters);
    tcase_add_test(cases, a_prefix_too_many_is_pointed_out);
    tcase_add_test(cases, the_checksums_are_those_of_the_standard);
    tcase_add_test(cases, a_damaged_file_is_told_as_one);
    tcase_add_test(cases, what_is_passed_over_is_checked_too);
    tcase_add_test(cases, files_without_checksums_are_loaded);
    tcase_add_loop_test(cases, a_load_takes_one_copy, 0, 2);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
