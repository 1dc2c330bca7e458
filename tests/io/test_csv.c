/* test_csv.c: CSV files as arrays: what the reader accepts, and how it refuses everything else.
 * (How files are read at all: test_source.c. Tables, and what is written: test_table*.c.) */
#include "tests/support/suite.h"
#include "read_files.h"

#include <locale.h>

/* ---- What is accepted ------------------------------------------------------------------- */

START_TEST(csv_tables_in_all_tolerated_spellings_read_the_same)
{
    static const struct {
        const char *text;
        tg_csv_args args;
    } rows[] = {
        { "1,2.5,-3\n4,5e2,.5\n", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2.5,-3\n4,5e2,.5", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2.5,-3\r\n4,5e2,.5\r\n", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "\357\273\2771,2.5,-3\n4,5e2,.5\n", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "\n1,2.5,-3\n\n  \n4,5e2,.5\n\n\r\n", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "\"1\",\"2.5\" , \" -3 \"\n4,5e2,.5\n", { TG_CSV_DEFAULTS, .comment = 0 } },
        { " 1 ,\t2.5,-3  \n+4,5E+2,0.5e0\n", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "a,b,\"c\n1,2.5,-3\n4,5e2,.5\n", { TG_CSV_DEFAULTS, .skip_lines = 1 } },
        { "# one\n1,2.5,-3\n  # two\n4,5e2,.5\n", { TG_CSV_DEFAULTS, .comment = '#' } },
        { "1;2.5;-3\n4;5e2;.5\n", { TG_CSV_DEFAULTS, .separator = ';' } },
        { "1\t2.5\t -3\n4\t5e2\t.5\n", { TG_CSV_DEFAULTS, .separator = '\t' } },
        { "1 2.5 -3\n4 5e2 .5\n", { TG_CSV_DEFAULTS, .separator = ' ' } },
    };
    const float expected[] = { 1, 2.5f, -3, 4, 500, 0.5f };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int gzip = 0; gzip < 2; gzip++)
            for (int wide = 0; wide < 2; wide++) {
                bytes file = bytes_of_text(rows[i].text);
                if (gzip) {
                    bytes plain = file;
                    file = bytes_gzip(plain);
                    free(plain.data);
                }
                tg_array array;
                tg_csv_args args = rows[i].args;
                args.dtype = wide ? TG_F64 : TG_DTYPE_DEFAULT;
                quiet(file);
                ck_assert_msg(read_csv(&array, args) == TG_OK, "row %zu: %s", i, error.text);
                check_shape(&array, wide ? TG_F64 : TG_F32, TG_SHAPE(2, 3));
                for (int k = 0; k < 6; k++)
                    ck_assert((wide ? ((double *)array.data)[k]
                                    : (double)((float *)array.data)[k]) == (double)expected[k]);
                tg_array_free(&array);
                free(file.data);
            }
}
END_TEST

START_TEST(numbers_have_a_point_in_every_locale)
{
    static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "C.UTF-8" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!setlocale(LC_ALL, names[i])) continue;
        bytes file = bytes_of_text("0.1,0.12345678901234567890\n");
        tg_array array;
        quiet(file);
        ck_assert_int_eq(read_csv(&array, (tg_csv_args){ TG_CSV_DEFAULTS, .dtype = TG_F64 }),
                         TG_OK);
        ck_assert(((double *)array.data)[0] == 1.0 / 10);
        ck_assert(((double *)array.data)[1] == 12345678901234567890.0 / 1e20);
        tg_array_free(&array);
        free(file.data);
    }
    setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(long_lines_and_many_rows_are_read_whole)
{
    enum { ROWS = 300, COLUMNS = 1000 };
    bytes file = { malloc(ROWS * COLUMNS * 7 + 1), 0 };
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLUMNS; c++)
            file.size += (size_t)sprintf((char *)file.data + file.size, "%d%c", r * COLUMNS + c,
                                         c + 1 < COLUMNS ? ',' : '\n');
    tg_array array;
    quiet(file);
    layer.longest_read = 777;
    ck_assert_int_eq(read_csv(&array, (tg_csv_args){ TG_CSV_DEFAULTS, .dtype = TG_F32 }), TG_OK);
    check_shape(&array, TG_F32, TG_SHAPE(ROWS, COLUMNS));
    for (int i = 0; i < ROWS * COLUMNS; i++) ck_assert(((float *)array.data)[i] == (float)i);
    tg_array_free(&array);
    free(file.data);
}
END_TEST

/* ---- What is refused -------------------------------------------------------------------- */

START_TEST(malformed_csv_rows_are_refused_with_line_and_field)
{
    /* clang-format off */
    static const struct {
        const char *text, *message;
        tg_csv_args args;
    } rows[] = {
        { "1,2\n3\n",          "line 2 has 1 field, where line 1 has 2",                  { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\n\n3,4,5,6\n",  "line 3 has 3 fields or more, where line 1 has 2",         { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\n3,\n",         "line 2, field 2 (byte 3): the field is empty",            { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,,2\n",            "line 1, field 2 (byte 3): the field is empty",            { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,\"\"\n",          "field 2 (byte 4): the field is empty",                    { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\n3,abc\n",      "line 2, field 2 (byte 3): \"abc\" is not a number",       { TG_CSV_DEFAULTS, .comment = 0 } },
        { "a,b\n1,2\n",        "leave it out with .skip_lines = 1",                       { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1;2\n3;4\n",        "as in .separator = ';'",                                  { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2x\n",            "\"2x\" is not a number",                                  { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,0x10\n",          "\"0x10\" is not a number",                                { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2 3\n",           "\"2 3\" is not a number",                                 { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,\"2\n3,4\n",      "line 1, field 2 (byte 3): the quote is not closed",       { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,\"2\"3\n",        "line 1, field 2 (byte 6): text behind the closing quote", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,\"2\"\"\"\n",     "\"2\"\"\" is not a number",                               { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,nan\n",           "\"nan\" is not finite",                                   { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,1e999\n",         "beyond the range of f64",                                 { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,-1e39\n",         "field 2: -1e+39 is beyond the range of f32",              { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\x01\xff\n",     "\"2\\x01\\xff\" is not a number",                         { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\r3,4\r",        "\"2\\x0d3\" is not a number",                             { TG_CSV_DEFAULTS, .comment = 0 } },
        { "",                  "the file is empty",                                       { TG_CSV_DEFAULTS, .comment = 0 } },
        { "\n\n \n",           "there is no row of numbers in its 3 lines",               { TG_CSV_DEFAULTS, .comment = 0 } },
        { "a,b\n",             "there is no row of numbers in its 1 lines",               { TG_CSV_DEFAULTS, .skip_lines = 9 } },
        { "#1\n#2\n",          "there is no row of numbers",                              { TG_CSV_DEFAULTS, .comment = '#' } },
        { "<!DOCTYPE html>\n", "looks like an HTML page",                                 { TG_CSV_DEFAULTS, .comment = 0 } },
        { "\377\3761",         "looks like UTF-16 text",                                  { TG_CSV_DEFAULTS, .comment = 0 } },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_csv_error(bytes_of_text(rows[i].text), rows[i].args, TG_ERR_FORMAT, rows[i].message);
    const tg_csv_args plain = { TG_CSV_DEFAULTS, .comment = 0 };
    expect_csv_error(bytes_of("1,2\n3,\0004\n", 9), plain, TG_ERR_FORMAT, "line 2, byte 3: a NUL");
    bytes csv = bytes_of_text("1,2\n"), packed = bytes_gzip(csv);
    expect_csv_error(bytes_gzip(packed), plain, TG_ERR_FORMAT, "gzip data inside gzip");
    expect_csv_error(bytes_of(packed.data, packed.size - 1), plain, TG_ERR_FORMAT, "cut short");
    expect_csv_error(bytes_idx(8, IDX_DIMS(3), 3), plain, TG_ERR_FORMAT,
                     "read it with tg_read_idx");
    free(csv.data);
    free(packed.data);
}
END_TEST

START_TEST(a_line_without_end_is_refused_in_bounded_memory)
{
    bytes file = { malloc(8 << 20), 8 << 20 };
    memset(file.data, '7', file.size);
    expect_csv_error(file, (tg_csv_args){ TG_CSV_DEFAULTS, .comment = 0 }, TG_ERR_FORMAT,
                     "line 1 is longer than");
    ck_assert_uint_le(heap.peak, 4 * TG_CSV_MAX_LINE);
}
END_TEST

START_TEST(wrong_options_are_refused)
{
    static const struct {
        tg_csv_args args;
        tg_status status;
    } rows[] = {
        { { TG_CSV_DEFAULTS, .separator = '.' }, TG_ERR_ARGUMENT },
        { { TG_CSV_DEFAULTS, .separator = '\n' }, TG_ERR_ARGUMENT },
        { { TG_CSV_DEFAULTS, .separator = '1' }, TG_ERR_ARGUMENT },
        { { TG_CSV_DEFAULTS, .separator = 'e' }, TG_ERR_ARGUMENT },
        { { TG_CSV_DEFAULTS, .separator = '"' }, TG_ERR_ARGUMENT },
        { { TG_CSV_DEFAULTS, .separator = '\xe2' }, TG_ERR_ARGUMENT },
        { { TG_CSV_DEFAULTS, .dtype = TG_I32 }, TG_ERR_DTYPE },
        { { TG_CSV_DEFAULTS, .dtype = (tg_dtype)99 }, TG_ERR_DTYPE },
        { { TG_CSV_DEFAULTS, .skip_lines = -1 }, TG_ERR_ARGUMENT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_csv_error(bytes_of_text("1,2\n"), rows[i].args, rows[i].status, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *cases = tcase_create("csv");
    tcase_add_test(cases, csv_tables_in_all_tolerated_spellings_read_the_same);
    tcase_add_test(cases, numbers_have_a_point_in_every_locale);
    tcase_add_test(cases, long_lines_and_many_rows_are_read_whole);
    tcase_add_test(cases, malformed_csv_rows_are_refused_with_line_and_field);
    tcase_add_test(cases, a_line_without_end_is_refused_in_bounded_memory);
    tcase_add_test(cases, wrong_options_are_refused);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
