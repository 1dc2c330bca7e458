/* test_table_write.c: tables and arrays as CSV files, read back. */
#include "tests/support/suite.h"
#include "tests/support/disk.h"
#include "tables.h"

#include <float.h>
#include <locale.h>
#include <math.h>

#include "io/io.h"
#include "io/number.h"

static disk drive;

static void open_drive(void) { drive = (disk){ .calls = 0 }; }
static void close_drive(void)
{
    ck_assert_int_eq(drive.open_files, 0);
    disk_empty(&drive);
}

/* What was written is [text]. */
static void ck_written(const char *text)
{
    const disk_file *file = disk_find(&drive, "out.csv");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(file->size, strlen(text));
    ck_assert_msg(file->size == 0 || memcmp(file->data, text, file->size) == 0, "%.*s",
                  (int)file->size, (const char *)file->data);
    ck_assert_int_eq(disk_count(&drive), 1);
}

START_TEST(a_table_is_written_as_it_is_read)
{
    static const char text[] = "\"the, name\",n,i\n"
                               "\"a \"\"b\"\"\",1.0,1\n"
                               "plain,0.1,\n"
                               "\" blank\",,3\n"
                               ",-0.0,-9223372036854775808\n"
                               "\"two\nlines\",1e+300,5\n";
    const tg_io_layer io = disk_io(&drive);
    tg_table t = read_fine(text, DEFAULTS);
    ck_fine(tg_write_table(&t, "out.csv", &error, .io = &io));
    ck_written(text);
    /* Other marks, and no names. */
    tg_table_free(&t);
    t = read_fine("a,b\n1.5,\"x;y\"\nNA,z\n", DEFAULTS);
    ck_fine(tg_write_table(&t, "out.csv", &error, .separator = ';', .decimal = ',', .missing = "?",
                           .no_header = true, .io = &io));
    ck_written("1,5;\"x;y\"\n?;z\n");
    ck_told(tg_write_table(&t, "out.csv", &error, .decimal = ',', .io = &io), TG_ERR_ARGUMENT,
            ".decimal");
    ck_told(tg_write_table(&t, "out.csv", &error, .separator = 'a', .io = &io), TG_ERR_ARGUMENT,
            ".separator");
    ck_fine(tg_table_drop(&t, NULL, &error));
    ck_told(tg_write_table(&t, "out.csv", &error, .io = &io), TG_ERR_SHAPE, "no columns");
    free_table(&t);
    /* One column: a row without its value is no blank line. */
    t = read_fine("a\n1\nNA\n2\n", DEFAULTS);
    ck_fine(tg_write_table(&t, "out.csv", &error, .io = &io));
    ck_written("a\n1\n\"\"\n2\n");
    free_table(&t);
}
END_TEST

/* Reads the file with the types that the table has. */
static tg_table read_back(const tg_table *like)
{
    const disk_file *file = disk_find(&drive, "out.csv");
    tg_table back;
    layer = (memory_layer){ .file = { { file->data, file->size }, { NULL, 0 } } };
    ck_fine(read_bytes(&back, OPTIONS(.like = like, .separator = '|', .missing = "-")));
    return back;
}

START_TEST(any_table_comes_back_bit_for_bit)
{
    static const char *const words[] = { "",     "a|b",      "\"", "\"\"", " x ",
                                         "l\nl", "\xc3\xa9", "#",  "007",  "z" };
    enum { ROWS = 3000 };
    const tg_io_layer io = disk_io(&drive);
    char *text = malloc(64 * ROWS), *p = text;
    ck_assert_ptr_nonnull(text);
    p += sprintf(p, "w|n|i\n");
    for (int i = 0; i < ROWS; i++) {
        const char *word = words[i % 10];
        *p++ = '"';
        for (; *word; word++) {
            if (*word == '"') *p++ = '"';
            *p++ = *word;
        }
        p += sprintf(p, "\"|1.5|7\n");
    }
    tg_table t = read_fine(text, OPTIONS(.separator = '|', .missing = "-"));
    free(text);
    uint64_t draws = 1;
    double *n = t.columns[1].values.data;
    int64_t *integers = t.columns[2].values.data;
    for (int i = 0; i < ROWS; i++) {
        const uint64_t bits = tg__random(&draws);
        memcpy(&n[i], &bits, sizeof bits);
        if (!isfinite(n[i])) n[i] = (double)i;
        integers[i] = (int64_t)bits;
    }
    ck_fine(tg_write_table(&t, "out.csv", &error, .separator = '|', .missing = "-", .io = &io));
    tg_table back = read_back(&t);
    ck_assert_int_eq(back.rows, ROWS);
    for (int c = 0; c < 3; c++) {
        const size_t size = ROWS * tg_dtype_size(t.columns[c].values.dtype);
        ck_assert_mem_eq(back.columns[c].values.data, t.columns[c].values.data, size);
    }
    free_table_among(&back, &t);
    free_table(&t);
}
END_TEST

START_TEST(numbers_have_as_few_digits_as_can_be)
{
    static const struct {
        double value;
        bool single;
        const char *text;
    } rows[] = {
        { 0.1, false, "0.1" },
        { 1.0 / 3, false, "0.3333333333333333" },
        { 0.1f, true, "0.1" },
        { 1.0f / 3, true, "0.33333334" },
        { 5e-324, false, "5e-324" },
        { 1e-45f, true, "1e-45" },
        { -0.0, false, "-0" },
        { 123456789, false, "123456789" },
        { 1e22, false, "1e+22" },
        { 9007199254740993.0, false, "9007199254740992" },
        { DBL_MAX, false, "1.7976931348623157e+308" },
        { FLT_MAX, true, "3.4028235e+38" },
        { 0x1p-1022, false, "2.2250738585072014e-308" },
        { 2e-44f, true, "2e-44" },
        { 16777216, true, "16777216" },
        { (double)INFINITY, false, "inf" },
        { -(double)INFINITY, true, "-inf" },
        { (double)NAN, false, "nan" },
    };
    tg__numbers numbers = { 0 };
    uint64_t draws = 2;
    char out[TG__NUMBER_ROOM];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert(tg__number_write(&numbers, rows[i].value, rows[i].single, out));
        ck_assert_str_eq(out, rows[i].text);
    }
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = tg__random(&draws);
        const uint32_t half = (uint32_t)bits;
        double value, back;
        float narrow;
        memcpy(&value, &bits, sizeof bits);
        memcpy(&narrow, &half, sizeof half);
        if (isfinite(value)) {
            ck_assert(tg__number_write(&numbers, value, false, out));
            ck_assert_int_eq(tg__number_read(&numbers, out, strlen(out), &back), TG_NUMBER);
            ck_assert_mem_eq(&back, &value, sizeof back);
        }
        if (isfinite(narrow)) {
            ck_assert(tg__number_write(&numbers, (double)narrow, true, out));
            ck_assert_int_eq(tg__number_read(&numbers, out, strlen(out), &back), TG_NUMBER);
            ck_assert((float)back == narrow);
            ck_assert_uint_le(strlen(out), 15);
        }
    }
    tg__numbers_free(&numbers);
}
END_TEST

START_TEST(arrays_are_written_as_rows)
{
    float singles[] = { 0.1f, -2, 3e10f, (float)NAN, (float)INFINITY, 0 };
    int64_t whole[] = { 1, INT64_MIN, 3 };
    uint8_t bytes_[] = { 0, 255 };
    bool bools[] = { true, false };
    const tg_io_layer io = disk_io(&drive);
    tg_array a = tg_array_view(TG_F32, TG_SHAPE(3, 2), singles);
    ck_fine(tg_write_csv(&a, "out.csv", &error, .header = "x, \"y, z\"", .io = &io));
    ck_written("x,\"y, z\"\n0.1,-2\n3e+10,nan\ninf,0\n");
    a = tg_array_view(TG_I64, TG_SHAPE(3), whole);
    ck_fine(tg_write_csv(&a, "out.csv", &error, .separator = '\t', .io = &io));
    ck_written("1\n-9223372036854775808\n3\n");
    a = tg_array_view(TG_U8, TG_SHAPE(1, 2), bytes_);
    ck_fine(tg_write_csv(&a, "out.csv", &error, .io = &io));
    ck_written("0,255\n");
    a = tg_array_view(TG_BOOL, TG_SHAPE(2, 1), bools);
    ck_fine(tg_write_csv(&a, "out.csv", &error, .io = &io));
    ck_written("1\n0\n");
    a = tg_array_view(TG_F32, TG_SHAPE(0, 2), NULL);
    ck_fine(tg_write_csv(&a, "out.csv", &error, .io = &io));
    ck_written("");
    a = tg_array_view(TG_F32, TG_SHAPE(3, 2), singles);
    ck_told(tg_write_csv(&a, "out.csv", &error, .header = "x", .io = &io), TG_ERR_SHAPE,
            ".header has 1 names for 2 columns");
    ck_told(tg_write_csv(&a, "out.csv", &error, .header = "x, \"y", .io = &io), TG_ERR_ARGUMENT,
            ".header has a quote");
    a.shape = TG_SHAPE(1, 3, 2);
    ck_told(tg_write_csv(&a, "out.csv", &error, .io = &io), TG_ERR_SHAPE, "[1, 3, 2]");
    a = tg_array_view(TG_F32, TG_SHAPE(3, 2), NULL);
    ck_told(tg_write_csv(&a, "out.csv", &error, .io = &io), TG_ERR_ARGUMENT, "the array is none");
    ck_written("");
}
END_TEST

START_TEST(numbers_have_points_where_the_locale_has_commas)
{
    static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "de_DE.utf8" };
    bool set = false;
    for (size_t i = 0; !set && i < sizeof names / sizeof *names; i++)
        set = setlocale(LC_ALL, names[i]);
    double number = 1234.5;
    const tg_io_layer io = disk_io(&drive);
    const tg_array a = tg_array_view(TG_F64, TG_SHAPE(1), &number);
    ck_fine(tg_write_csv(&a, "out.csv", &error, .io = &io));
    ck_written("1234.5\n");
    (void)setlocale(LC_ALL, "C");
    if (!set) fprintf(stderr, "no locale with a decimal comma here\n");
}
END_TEST

START_TEST(after_any_failure_the_old_file_is_whole)
{
    const tg_io_layer io = disk_io(&drive);
    for (int memory = 0; memory < 2; memory++) {
        for (int at = 1, done = 0; !done; at++) {
            tg_table t = read_fine("a,b\n1.5,x\n2,\"y,z\"\n", DEFAULTS);
            disk_put(&drive, "out.csv", "old", 3);
            drive.calls = heap.calls = 0;
            drive.longest = 5;
            *(memory ? &heap.fail_at : &drive.fail_at) = at;
            const tg_status status = tg_write_table(&t, "out.csv", &error, .io = &io);
            heap.fail_at = drive.fail_at = 0;
            done = status == TG_OK;
            const disk_file *file = disk_find(&drive, "out.csv");
            if (!done) ck_assert_int_eq(status, memory ? TG_ERR_MEMORY : TG_ERR_IO);
            if (!done && file->size == 3) {
                ck_assert_mem_eq(file->data, "old", 3);
                ck_assert_int_le(disk_count(&drive), 1 + drive.refused_removals);
            } else { /* the new one, though its folder may not have been synced */
                static const char fresh[] = "a,b\n1.5,x\n2.0,\"y,z\"\n";
                ck_assert(done || strstr(error.text, "folder"));
                ck_assert_uint_eq(file->size, sizeof fresh - 1);
                ck_assert_mem_eq(file->data, fresh, sizeof fresh - 1);
                ck_assert(!done || at > 3);
            }
            ck_assert_int_eq(drive.open_files, 0);
            disk_empty(&drive);
            drive.refused_removals = 0;
            free_table(&t);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table_write");
    TCase *cases = tcase_create("writing");
    tcase_add_checked_fixture(cases, open_drive, close_drive);
    tcase_add_test(cases, a_table_is_written_as_it_is_read);
    tcase_add_test(cases, any_table_comes_back_bit_for_bit);
    tcase_add_test(cases, numbers_have_as_few_digits_as_can_be);
    tcase_add_test(cases, arrays_are_written_as_rows);
    tcase_add_test(cases, numbers_have_points_where_the_locale_has_commas);
    tcase_add_test(cases, after_any_failure_the_old_file_is_whole);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
