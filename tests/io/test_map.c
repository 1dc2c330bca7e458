/* test_map.c: NPY files that are mapped, on a real disk: what is an array as it is, and what is
 * told about all else. */
#include "tests/support/suite.h"
#include "numpy_files.h"

#include "io/elements.h"

#include <stdio.h>
#include <unistd.h>

static tg_error error;
static tg_npy_report report;
static char path[] = "/tmp/tapegrad-XXXXXX";

static void put_file(bytes file)
{
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(file.data, 1, file.size, out), file.size);
    ck_assert_int_eq(fclose(out), 0);
    free(file.data);
}

static void open_path(void)
{
    strcpy(path + strlen(path) - 6, "XXXXXX");
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    (void)close(descriptor);
}
static void close_path(void) { (void)unlink(path); }

static void expect_refused(bytes file, tg_status expected, const char *text)
{
    tg_array array;
    put_file(file);
    const tg_status status = tg_map_npy(&array, path, &error, .report = &report);
    ck_assert_msg(status == expected, "%s: %s", tg_status_name(status), error.text);
    ck_assert_msg(strstr(error.text, text), "'%s' is not in '%s'", text, error.text);
    ck_assert(!array.data && !array.dtype);
}

START_TEST(a_mapped_file_is_an_array_of_its_own)
{
    enum { COUNT = 5000 }; /* several pages */
    static float numbers[COUNT];
    tg_array array, again;
    for (int i = 0; i < COUNT; i++) numbers[i] = (float)i;
    const tg_array made = tg_array_view(TG_F32, TG_SHAPE(50, 100), numbers);
    ck_assert_int_eq(tg_write_npy(&made, path, &error), TG_OK);
    ck_assert_msg(tg_map_npy(&array, path, &error, .report = &report) == TG_OK, "%s", error.text);
    ck_assert_int_eq(array.dtype, TG_F32);
    ck_assert(tg_shape_equal(array.shape, TG_SHAPE(50, 100)));
    ck_assert_uint_eq((uintptr_t)array.data % 64, 0);
    ck_assert_mem_eq(array.data, numbers, sizeof numbers);
    ck_assert_str_eq(report.type, "<f4");
    for (int i = 0; i < COUNT; i++) ((float *)array.data)[i] = -1;
    ck_assert_int_eq(tg_map_npy(&again, path, &error), TG_OK);
    ck_assert_mem_eq(again.data, numbers, sizeof numbers); /* not written to the file */
    /* What is made of it has memory that a heap frees. */
    const tg_dataset data = { .x = again };
    tg_dataset rows;
    ck_assert_int_eq(tg_dataset_take(&data, (int64_t[]){ 7, 49 }, 2, &rows, &error), TG_OK);
    /* A file that is replaced stays as it was. */
    const tg_array other = tg_array_view(TG_F32, TG_SHAPE(1), numbers);
    ck_assert_int_eq(tg_write_npy(&other, path, &error), TG_OK);
    ck_assert_mem_eq(again.data, numbers, sizeof numbers);
    tg_array_free(&again);
    tg_array_free(&array);
    ck_assert(!array.data);
    ck_assert_mem_eq(rows.x.data, numbers + 700, 100 * sizeof *numbers);
    tg_dataset_free(&rows);
}
END_TEST

START_TEST(files_that_are_no_arrays_as_they_are_cannot_be_mapped)
{
    const bytes four = BYTES("\1\0\2\0\3\0\4\0\5\0\6\0\7\0\1\0");
    const bool little = tg__is_little_endian();
    expect_refused(npy_plain(little ? ">f4" : "<f4", false, "(4,)", four), TG_ERR_UNSUPPORTED,
                   "in another order than this machine's; tg_read_npy reads it");
    expect_refused(npy_plain("<i2", false, "(8,)", four), TG_ERR_UNSUPPORTED, "larger");
    expect_refused(npy_plain("|u1", true, "(2, 8)", four), TG_ERR_UNSUPPORTED, "Fortran");
    expect_refused(bytes_gzip(four), TG_ERR_UNSUPPORTED, "gzip");
    expect_refused(npy_plain("|b1", false, "(16,)", four), TG_ERR_UNSUPPORTED, "is 2, and not 0");
    expect_refused(npy_plain("|O", false, "(2,)", four), TG_ERR_UNSUPPORTED, "pickle");
    expect_refused(npy_plain("|u1", false, "(17,)", four), TG_ERR_FORMAT,
                   "cut short: the NPY header announces [17] u8");
    expect_refused(npy_plain("|u1", false, "(15,)", four), TG_ERR_FORMAT, "more bytes follow");
    expect_refused(npy_plain("|u1", false, "(9223372036854775807, 2)", four), TG_ERR_FORMAT,
                   "more than any memory");
    /* Data at every byte behind a header that grows: aligned where it is a multiple. */
    for (int pad = 0; pad < 8; pad++) {
        char header[128];
        tg_array array;
        (void)snprintf(header, sizeof header,
                       "{'descr': '%cf8', 'fortran_order': True, 'shape': (2,)}%*s",
                       little ? '<' : '>', pad + 1, "\n");
        bytes file = npy_of(1, header, four);
        if ((file.size - 16) % 8 != 0) {
            expect_refused(file, TG_ERR_UNSUPPORTED, "not aligned");
            continue;
        }
        put_file(file);
        ck_assert_msg(tg_map_npy(&array, path, &error) == TG_OK, "%s", error.text);
        ck_assert_mem_eq(array.data, four.data, four.size);
        tg_array_free(&array);
    }
}
END_TEST

START_TEST(empty_and_absent_files_are_not_mapped_but_told)
{
    tg_array array;
    put_file(npy_plain("<f8", false, "(0, 3)", BYTES("")));
    ck_assert_int_eq(tg_map_npy(&array, path, &error), TG_OK);
    ck_assert(array.dtype == TG_F64 && !array.data && tg_shape_count(array.shape) == 0);
    tg_array_free(&array);
    expect_refused(bytes_of_text(""), TG_ERR_FORMAT, "the file is empty");
    ck_assert_int_eq(tg_map_npy(&array, "/nowhere", &error), TG_ERR_IO);
    ck_assert_int_eq(tg_map_npy(&array, "/tmp", &error), TG_ERR_IO);
    ck_assert_ptr_nonnull(strstr(error.text, "a directory"));
    ck_assert_int_eq(tg_map_npy(NULL, path, &error), TG_ERR_ARGUMENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("map");
    TCase *cases = tcase_create("map");
    tcase_add_checked_fixture(cases, open_path, close_path);
    tcase_add_test(cases, a_mapped_file_is_an_array_of_its_own);
    tcase_add_test(cases, files_that_are_no_arrays_as_they_are_cannot_be_mapped);
    tcase_add_test(cases, empty_and_absent_files_are_not_mapped_but_told);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
