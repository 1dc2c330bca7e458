/* test_table.c: tables of CSV files: separators, headers, types, words, missing values, quotes;
 * and what is made of a table. (Writing: test_table_write.c.) */
#include "tests/support/suite.h"
#include "tables.h"

#include <math.h>

/* ---- Separators and headers ------------------------------------------------------------- */

START_TEST(columns_have_names_and_types)
{
    tg_table t = read_fine("name,age,height,born\r\n"
                           "Ada,36,1.65,1815-12-10\r\n"
                           "Max , 42 ,1.8,1858-04-23\r\n"
                           "Ada,17,2,1815-12-10\r\n",
                           DEFAULTS);
    ck_assert_int_eq(t.column_count, 4);
    ck_assert_int_eq(t.rows, 3);
    ck_column(&t, 0, "name", TG_COLUMN_WORDS);
    ck_column(&t, 1, "age", TG_COLUMN_INTEGER);
    ck_column(&t, 2, "height", TG_COLUMN_NUMBER);
    ck_column(&t, 3, "born", TG_COLUMN_WORDS);
    ck_codes(&t, "name", 3, (int32_t[]){ 0, 1, 0 });
    ck_assert_str_eq(t.columns[0].words[0], "Ada");
    ck_assert_str_eq(t.columns[0].words[1], "Max");
    ck_assert_int_eq(((int64_t *)t.columns[1].values.data)[1], 42);
    ck_assert(((double *)t.columns[2].values.data)[0] == 1.65);
    for (int i = 0; i < 4; i++) {
        ck_assert_ptr_null(t.columns[i].missing);
        ck_assert_int_eq(t.columns[i].missing_count, 0);
    }
    ck_assert_ptr_eq(tg_table_column(&t, "height"), &t.columns[2]);
    ck_assert_ptr_null(tg_table_column(&t, "Height"));
    free_table(&t);
    ck_assert_int_eq(t.column_count, 0);
}
END_TEST

START_TEST(the_separator_is_found)
{
    static const struct {
        const char *text;
        int64_t columns;
        char decimal;
    } files[] = {
        { "a,b\n1,2\n", 2, '.' },
        { "a;b;c\n1;2;3\n", 3, '.' },
        { "a\tb\n1\t2\n", 2, '.' },
        { "a|b\n1|2\n", 2, '.' },
        { "a;b\n1,5;2,5\n", 2, ',' },
        { "1,5;2,5\n3,5;4,5\n", 2, ',' },
        { "a;b\n\"x,y,z\";2\n", 2, '.' },
        { "a;b\nx,y;2\nx;2\n", 2, '.' },
        { "a\n1\n2\n", 1, '.' },
        { "\"a;b;c\",b\n1,2\n", 2, '.' },
        { "a,b\n\"1\n;;\n\",2\n", 2, '.' },
        { "\n\na\tb,c\n\n1\t2,3", 2, '.' }, /* of equals the tab */
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        tg_table t = read_fine(files[i].text, (tg_read_table_args){ TG_READ_TABLE_DEFAULTS,
                                                                    .decimal = files[i].decimal });
        ck_assert_msg(t.column_count == files[i].columns, "%s: %d", files[i].text,
                      (int)t.column_count);
        free_table(&t);
    }
    /* Said, it is believed. */
    tg_table t =
        read_fine("a;b\n1;2\n", (tg_read_table_args){ TG_READ_TABLE_DEFAULTS, .separator = ',' });
    ck_assert_int_eq(t.column_count, 1);
    ck_assert_str_eq(t.columns[0].name, "a;b");
    free_table(&t);
}
END_TEST

START_TEST(the_header_is_found)
{
    static const struct {
        const char *text;
        int64_t header; /* said */
        int64_t rows;
        const char *first; /* the name of the first column */
    } files[] = {
        { "a,b\n1,2\n", TG_AUTO, 1, "a" },
        { "1,2\n3,4\n", TG_AUTO, 2, "0" },
        { "a,1\nb,2\n", TG_AUTO, 2, "0" },
        { ",b\n1,2\n", TG_AUTO, 1, "0" },       /* an index without a name */
        { "x,y\nx,z\nw,z\n", TG_AUTO, 3, "0" }, /* words alone, that come again */
        { "kind,color\nx,z\nw,z\n", TG_AUTO, 2, "kind" },
        { "a,b\n", TG_AUTO, 1, "0" },
        { ",\n1,2\n", TG_AUTO, 2, "0" }, /* nothing but missing values */
        { "a,b\n1,2\n", 0, 2, "0" },
        { "1,2\n3,4\n", 1, 1, "1" },
        { "NA,b\n1,2\n", TG_AUTO, 1, "NA" },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        tg_table t = read_fine(files[i].text, (tg_read_table_args){ TG_READ_TABLE_DEFAULTS,
                                                                    .header = files[i].header });
        ck_assert_msg(t.rows == files[i].rows, "%s: %d rows", files[i].text, (int)t.rows);
        ck_assert_str_eq(t.columns[0].name, files[i].first);
        free_table(&t);
    }
    ck_refused("a,b\n", (tg_read_table_args){ TG_READ_TABLE_DEFAULTS, .header = 1 }, TG_ERR_FORMAT,
               "there is no row behind its names");
    ck_refused("a,b,a\n1,2,3\n", DEFAULTS, TG_ERR_FORMAT,
               "line 1 has two columns of the name \"a\"");
    ck_refused("1,0\n1,2\n", (tg_read_table_args){ TG_READ_TABLE_DEFAULTS, .header = 2 },
               TG_ERR_ARGUMENT, ".header is 2");
}
END_TEST

/* ---- Fields ----------------------------------------------------------------------------- */

START_TEST(quoted_fields_hold_anything)
{
    tg_table t = read_fine("\xef\xbb\xbf\"na\"\"me\",\"b, c\"\n"
                           "\"two\nlines\",1\n"
                           "\"a \"\"word\"\"\" , 2\n"
                           "\n"
                           "  plain \"text\"  ,\"3\"\n"
                           "\" kept \",4\n"
                           "\"crlf\r\n\r\nin it\",\"5\"\r\n",
                           DEFAULTS);
    ck_column(&t, 0, "na\"me", TG_COLUMN_WORDS);
    ck_column(&t, 1, "b, c", TG_COLUMN_INTEGER);
    ck_assert_int_eq(t.rows, 5);
    const tg_column *words = &t.columns[0];
    const int32_t *code = words->values.data;
    ck_assert_str_eq(words->words[code[0]], "two\nlines");
    ck_assert_str_eq(words->words[code[1]], "a \"word\"");
    ck_assert_str_eq(words->words[code[2]], "plain \"text\"");
    ck_assert_str_eq(words->words[code[3]], " kept ");
    ck_assert_str_eq(words->words[code[4]], "crlf\n\nin it");
    for (int i = 0; i < 5; i++) ck_assert_int_eq(((int64_t *)t.columns[1].values.data)[i], i + 1);
    /* A list names them as the file does. */
    ck_fine(tg_table_select(&t, "\"b, c\", na\"me", &error));
    ck_assert_str_eq(t.columns[1].name, "na\"me");
    free_table(&t);
}
END_TEST

START_TEST(types_are_what_all_values_are)
{
    tg_table t = read_fine("int,real,zip,mixed,none,big,least,huge,inf,sign\n"
                           "1,1,01234,1,,9223372036854775807,-9223372036854775808,"
                           "9223372036854775808,inf,+5\n"
                           "-2,2.5e3,10115,x,NA,1,1,1,1,-5\n",
                           DEFAULTS);
    static const tg_column_type types[] = {
        TG_COLUMN_INTEGER, TG_COLUMN_NUMBER,  TG_COLUMN_WORDS,  TG_COLUMN_WORDS, TG_COLUMN_WORDS,
        TG_COLUMN_INTEGER, TG_COLUMN_INTEGER, TG_COLUMN_NUMBER, TG_COLUMN_WORDS, TG_COLUMN_INTEGER,
    };
    for (int i = 0; i < 10; i++) ck_column(&t, i, t.columns[i].name, types[i]);
    ck_assert(((int64_t *)t.columns[5].values.data)[0] == INT64_MAX);
    ck_assert(((int64_t *)t.columns[6].values.data)[0] == INT64_MIN);
    ck_assert(((double *)t.columns[7].values.data)[0] == 0x1p63);
    ck_assert_int_eq(t.columns[4].missing_count, 2);
    ck_assert_int_eq(t.columns[4].word_count, 0);
    ck_assert_int_eq(((int64_t *)t.columns[9].values.data)[0], 5);
    free_table(&t);
    t = read_fine("a,b\ninf,nan\n1,-Infinity\n",
                  (tg_read_table_args){ TG_READ_TABLE_DEFAULTS, .nonfinite = true, .missing = "" });
    ck_column(&t, 0, "a", TG_COLUMN_NUMBER);
    ck_assert(isinf(((double *)t.columns[0].values.data)[0]) && t.columns[1].missing_count == 0);
    free_table(&t);
}
END_TEST

START_TEST(types_can_be_given)
{
    tg_table t = read_fine("zip,n,\"a, b\",c:d\n7,1,2,3\n8,2,3,4\n",
                           (tg_read_table_args){ TG_READ_TABLE_DEFAULTS,
                                                 .types = "zip: words, n:number , \"a, b: words\", "
                                                          "c:d: integer" });
    ck_column(&t, 0, "zip", TG_COLUMN_WORDS);
    ck_column(&t, 1, "n", TG_COLUMN_NUMBER);
    ck_column(&t, 2, "a, b", TG_COLUMN_WORDS);
    ck_column(&t, 3, "c:d", TG_COLUMN_INTEGER);
    ck_assert_str_eq(t.columns[0].words[1], "8");
    free_table(&t);
    t = read_fine("id\n007\n010\n",
                  (tg_read_table_args){ TG_READ_TABLE_DEFAULTS, .types = "id: integer" });
    ck_assert_int_eq(((int64_t *)t.columns[0].values.data)[1], 10);
    free_table(&t);
    ck_refused("a,b\n1,x\n2,3.5\n", OPTIONS(.types = "b: number"), TG_ERR_FORMAT,
               "line 2, column \"b\" (field 2): \"x\" is not a number");
    ck_refused("a,b\n1,2\n\n2,3.5\n", OPTIONS(.types = "b: integer"), TG_ERR_FORMAT,
               "line 4, column \"b\" (field 2): \"3.5\" is no integer");
    ck_refused("a;b\n1;2,5\n", OPTIONS(.types = "b: number"), TG_ERR_FORMAT, ".decimal = ','");
    ck_refused("a,b\n1,2\n", OPTIONS(.types = "c: number"), TG_ERR_ARGUMENT, "\"c\"");
    ck_refused("a,b\n1,2\n", OPTIONS(.types = "a: float"), TG_ERR_ARGUMENT, "gives no type");
    ck_refused("a,b\n1,2\n", OPTIONS(.types = "a"), TG_ERR_ARGUMENT, "gives no type");
    ck_refused("a,b\n1,2\n", OPTIONS(.types = "\"a: words"), TG_ERR_ARGUMENT, ".types has a quote");
}
END_TEST

START_TEST(missing_values_are_marked)
{
    tg_table t =
        read_fine("a,b,c\n1,?,x\n,2.5,NA\nn/a,\"\",y\n4,1,x\n", OPTIONS(.missing = "n/a, NA, ?"));
    ck_column(&t, 0, "a", TG_COLUMN_INTEGER);
    ck_column(&t, 1, "b", TG_COLUMN_NUMBER);
    ck_column(&t, 2, "c", TG_COLUMN_WORDS);
    ck_assert_int_eq(t.columns[0].missing_count, 2);
    ck_assert(!t.columns[0].missing[0] && t.columns[0].missing[1] && t.columns[0].missing[2] &&
              !t.columns[0].missing[3]);
    ck_assert_int_eq(((int64_t *)t.columns[0].values.data)[1], 0);
    const double *b = t.columns[1].values.data;
    ck_assert(isnan(b[0]) && b[1] == 2.5 && isnan(b[2]) && b[3] == 1);
    ck_codes(&t, "c", 4, (int32_t[]){ 0, -1, 1, 0 });
    free_table(&t);
    t = read_fine("a,b\n1,NA\n,x\n", OPTIONS(.missing = ""));
    ck_codes(&t, "b", 2, (int32_t[]){ 0, 1 });
    ck_assert_int_eq(t.columns[0].missing_count, 1);
    free_table(&t);
    t = read_fine("a\n1\nnan\n\"\"\n", DEFAULTS);
    ck_column(&t, 0, "a", TG_COLUMN_INTEGER);
    ck_assert_int_eq(t.columns[0].missing_count, 2);
    free_table(&t);
}
END_TEST

START_TEST(decimal_commas_are_numbers)
{
    tg_table t = read_fine("a;b\n1,5;7\n-2,25e1;8\n1.000;9\n", OPTIONS(.decimal = ','));
    ck_column(&t, 0, "a", TG_COLUMN_WORDS); /* 1.000 is no number there */
    free_table(&t);
    t = read_fine("a;b\n1,5;7\n-2,25e1;8\n", OPTIONS(.decimal = ','));
    ck_assert(((double *)t.columns[0].values.data)[0] == 1.5);
    ck_assert(((double *)t.columns[0].values.data)[1] == -22.5);
    ck_column(&t, 1, "b", TG_COLUMN_INTEGER);
    free_table(&t);
    ck_refused("a\n1\n", OPTIONS(.decimal = ';'), TG_ERR_ARGUMENT, ".decimal");
    ck_refused("a\n1\n", OPTIONS(.decimal = ',', .separator = ','), TG_ERR_ARGUMENT, ".decimal");
}
END_TEST

START_TEST(comments_and_lines_on_top_are_skipped)
{
    tg_table t = read_fine("made by a machine; in 1999;\n# comment\na,b\n#,;\n1,2\n",
                           OPTIONS(.comment = '#', .skip_lines = 1));
    ck_assert_int_eq(t.column_count, 2);
    ck_assert_int_eq(t.rows, 1);
    free_table(&t);
}
END_TEST

START_TEST(another_table_gives_names_types_and_words)
{
    tg_table train = read_fine("n,c,z\n1.5,x,1\n2,y,2\n", OPTIONS(.types = "z: words")), test;
    static const char file[] = "n,c,z\n1,y,2\n3,,1\n";
    test = read_fine(file, OPTIONS(.like = &train));
    ck_column(&test, 0, "n", TG_COLUMN_NUMBER);
    ck_codes(&test, "c", 2, (int32_t[]){ 1, -1 });
    ck_codes(&test, "z", 2, (int32_t[]){ 1, 0 });
    free_table_among(&test, &train);
    test = read_fine("3,y,2\n", OPTIONS(.like = &train)); /* without a header */
    ck_assert_int_eq(test.rows, 1);
    ck_assert_str_eq(test.columns[1].name, "c");
    free_table_among(&test, &train);
    ck_refused("n,c,z\n1,w,2\n", OPTIONS(.like = &train), TG_ERR_FORMAT,
               "line 2, column \"c\" (field 2): \"w\" is not among the words of .like");
    test = read_fine("n,c,z\n1,w,2\n", OPTIONS(.like = &train, .unknown_missing = true));
    ck_codes(&test, "c", 1, (int32_t[]){ -1 });
    ck_assert_int_eq(test.columns[1].missing_count, 1);
    free_table_among(&test, &train);
    ck_refused("n,z,c\n1,2,x\n", OPTIONS(.like = &train, .header = 1), TG_ERR_FORMAT,
               "are not those of the table of .like");
    ck_refused("n,c\n1,x\n", OPTIONS(.like = &train), TG_ERR_FORMAT, "2 fields");
    ck_refused("n,c,z\nq,x,1\n", OPTIONS(.like = &train), TG_ERR_FORMAT, "\"q\" is not a number");
    ck_refused("n,c,z\n1,x,1\n", OPTIONS(.like = &train, .types = "n: words"), TG_ERR_ARGUMENT,
               "leave .types out");
    free_table(&train);
}
END_TEST

/* ---- Files that are no tables ----------------------------------------------------------- */

START_TEST(rows_that_do_not_hold_are_refused)
{
    ck_refused("", DEFAULTS, TG_ERR_FORMAT, "file.0: the file is empty");
    ck_refused("\n\n", DEFAULTS, TG_ERR_FORMAT, "there is no row in its 2 lines");
    ck_refused("a,b\n1,2\n3\n", DEFAULTS, TG_ERR_FORMAT,
               "line 3 has 1 field, where line 1 has 2 (between them is ',', as it seems");
    ck_refused("a\tb\n\"1\n2\"\t2\n1\t2\t3\n", OPTIONS(.separator = '\t'), TG_ERR_FORMAT,
               "line 4 has 3 fields or more, where line 1 has 2 (between them is a tab)");
    ck_refused("a,b\n\"x,2\n3,4\n", DEFAULTS, TG_ERR_FORMAT,
               "line 2, field 1 (byte 1): the quote is not closed before the end of the file");
    ck_refused("a,b\n1,\"x\" y\n", DEFAULTS, TG_ERR_FORMAT,
               "line 2, field 2 (byte 7): text behind the closing quote");
    ck_refused("\xff\xfe\x61\0", DEFAULTS, TG_ERR_FORMAT, "UTF-16");
    ck_refused("a\n1\n", OPTIONS(.separator = '1'), TG_ERR_ARGUMENT, ".separator");
    ck_refused("a\n1\n", OPTIONS(.skip_lines = -1), TG_ERR_ARGUMENT, ".skip_lines is -1");
    ck_refused("a\n1\n", OPTIONS(.missing = "\"x"), TG_ERR_ARGUMENT, ".missing has a quote");
    bytes nul = bytes_of("a,b\n1,\0\n", 8);
    ck_refused_bytes(nul, DEFAULTS, TG_ERR_FORMAT, "line 2, byte 3: a NUL byte");
    free(nul.data);
    nul = bytes_of("a,b\n\"1\n\0\",2\n", 12);
    ck_refused_bytes(nul, DEFAULTS, TG_ERR_FORMAT, "line 3, byte 4: a NUL byte");
    free(nul.data);
}
END_TEST

START_TEST(rows_without_an_end_are_refused)
{
    const size_t size = TG_CSV_MAX_LINE + 16;
    bytes long_row = { malloc(size), size };
    ck_assert_ptr_nonnull(long_row.data);
    memset(long_row.data, '\n', size);
    long_row.data[0] = '"';
    ck_refused_bytes(long_row, DEFAULTS, TG_ERR_FORMAT, "longer than");
    memset(long_row.data, ',', size);
    long_row.size = TG_TABLE_MAX_COLUMNS + 10;
    ck_refused_bytes(long_row, DEFAULTS, TG_ERR_UNSUPPORTED, "more than 65536 fields");
    free(long_row.data);
}
END_TEST

START_TEST(every_failure_on_the_way_to_a_table_is_an_error_and_nothing_more)
{
    static const char text[] = "n;w;i\n1,5;x;1\n;\"y\n\";2\n123456789012345678,25;x;\n";
    bytes plain = bytes_of_text(text), packed = bytes_gzip(plain);
    for (int memory = 0; memory < 2; memory++) {
        int at = 1;
        for (;; at++) {
            tg_table t;
            quiet(packed);
            *(memory ? &heap.fail_at : &layer.fail_at) = at;
            layer.longest_read = 7;
            const tg_status status = read_bytes(&t, OPTIONS(.decimal = ','));
            if (status == TG_OK) {
                free_table(&t);
                break;
            }
            ck_assert_int_eq(status, memory ? TG_ERR_MEMORY : TG_ERR_IO);
            ck_assert_int_eq(heap.blocks, 0);
            ck_assert_int_eq(layer.open_files, 0);
            ck_assert(!t.columns && t.column_count == 0 && t.rows == 0);
        }
        ck_assert_int_gt(at, 8);
    }
    free(plain.data);
    free(packed.data);
}
END_TEST

/* ---- Columns chosen --------------------------------------------------------------------- */

START_TEST(columns_are_kept_and_dropped_by_name)
{
    tg_table t = read_fine("a,b,c,d\n1,2,3,4\n", DEFAULTS);
    ck_fine(tg_table_select(&t, "d,a , b", &error));
    ck_assert_int_eq(t.column_count, 3);
    ck_assert_str_eq(t.columns[0].name, "d");
    ck_assert_str_eq(t.columns[2].name, "b");
    ck_told(tg_table_drop(&t, "a, c", &error), TG_ERR_ARGUMENT,
            "there is no column \"c\"; the table has \"d\", \"a\", \"b\"");
    ck_told(tg_table_select(&t, "a, a", &error), TG_ERR_ARGUMENT, "\"a\" twice");
    ck_told(tg_table_drop(&t, "\"a", &error), TG_ERR_ARGUMENT, "quote");
    ck_assert_int_eq(t.column_count, 3);
    ck_fine(tg_table_drop(&t, "a", &error));
    ck_assert_str_eq(t.columns[1].name, "b");
    ck_fine(tg_table_drop(&t, "", &error));
    ck_assert_int_eq(t.column_count, 2);
    ck_fine(tg_table_drop(&t, NULL, &error));
    ck_assert_int_eq(t.column_count, 0);
    free_table(&t);
}
END_TEST

/* ---- Missing values --------------------------------------------------------------------- */

START_TEST(rows_with_missing_values_go)
{
    tg_table t = read_fine("a,b,c\n1,?,x\n,2.5,\n3,1,y\n4,2,\n", DEFAULTS);
    ck_fine(tg_table_drop_missing(&t, "a, b", &error));
    ck_assert_int_eq(t.rows, 2);
    ck_assert_ptr_null(t.columns[0].missing);
    ck_assert_ptr_null(t.columns[1].missing);
    ck_assert_int_eq(t.columns[2].missing_count, 1);
    ck_codes(&t, "c", 2, (int32_t[]){ 1, -1 });
    ck_assert_int_eq(((int64_t *)t.columns[0].values.data)[0], 3);
    ck_fine(tg_table_drop_missing(&t, NULL, &error));
    ck_assert_int_eq(t.rows, 1);
    ck_fine(tg_table_drop_missing(&t, NULL, &error));
    ck_assert_int_eq(t.rows, 1);
    free_table(&t);
}
END_TEST

static double number_at(const tg_table *t, const char *name, int row)
{
    const tg_column *column = tg_table_column(t, name);
    return column->type == TG_COLUMN_NUMBER ? ((double *)column->values.data)[row]
                                            : (double)((int64_t *)column->values.data)[row];
}

START_TEST(missing_values_are_filled)
{
    static const char file[] = "i,n,w\n1,0.5,x\n,1.5,y\n4,?,y\n4,4.5,\n";
    static const struct {
        tg_fill with;
        double i, n;
        tg_column_type type; /* of i */
    } fills[] = {
        { TG_FILL_MEAN, 3, 6.5 / 3, TG_COLUMN_INTEGER },
        { TG_FILL_MEDIAN, 4, 1.5, TG_COLUMN_INTEGER },
        { TG_FILL_MOST, 4, 0.5, TG_COLUMN_INTEGER },
        { TG_FILL_VALUE, 2.5, 2.5, TG_COLUMN_NUMBER },
    };
    for (size_t k = 0; k < sizeof fills / sizeof *fills; k++) {
        tg_table t = read_fine(file, DEFAULTS);
        ck_fine(tg_table_fill(&t, "i, n", fills[k].with, &error, .value = 2.5));
        ck_column(&t, 0, "i", fills[k].type);
        ck_assert(number_at(&t, "i", 0) == 1 && number_at(&t, "i", 1) == fills[k].i);
        ck_assert(fabs(number_at(&t, "n", 2) - fills[k].n) < 1e-15);
        ck_assert_ptr_null(t.columns[0].missing);
        ck_assert_int_eq(t.columns[1].missing_count, 0);
        ck_assert_int_eq(t.columns[2].missing_count, 1);
        free_table(&t);
    }
    /* An even count's median; a mean that is no integer. */
    tg_table t = read_fine("i\n1\n2\nNA\n", DEFAULTS);
    ck_fine(tg_table_fill(&t, NULL, TG_FILL_MEDIAN, &error));
    ck_assert(number_at(&t, "i", 2) == 1.5 && t.columns[0].type == TG_COLUMN_NUMBER);
    ck_assert(number_at(&t, "i", 1) == 2);
    free_table(&t);
}
END_TEST

START_TEST(missing_words_are_filled)
{
    static const char file[] = "w,n\nb,1\nd,\n,3\nd,4\n";
    tg_table t = read_fine(file, DEFAULTS);
    ck_fine(tg_table_fill(&t, "w", TG_FILL_MOST, &error));
    ck_codes(&t, "w", 4, (int32_t[]){ 0, 1, 1, 1 });
    free_table(&t);
    static const char *const added[] = { "a", "c", "e" };
    static const int32_t codes[][4] = { { 1, 2, 0, 2 }, { 0, 2, 1, 2 }, { 0, 1, 2, 1 } };
    for (int k = 0; k < 3; k++) {
        t = read_fine(file, DEFAULTS);
        ck_fine(tg_table_fill(&t, "w", TG_FILL_VALUE, &error, .word = added[k]));
        ck_codes(&t, "w", 4, codes[k]);
        ck_assert_int_eq(t.columns[0].word_count, 3);
        ck_assert_str_eq(t.columns[0].words[codes[k][2]], added[k]);
        free_table(&t);
    }
    t = read_fine(file, DEFAULTS);
    ck_told(tg_table_fill(&t, "n, w", TG_FILL_MEAN, &error), TG_ERR_DTYPE,
            "the column \"w\" is of words");
    ck_told(tg_table_fill(&t, "n, w", TG_FILL_VALUE, &error), TG_ERR_ARGUMENT, "no .word");
    ck_told(tg_table_fill(&t, "n", (tg_fill)0, &error), TG_ERR_ARGUMENT, "TG_FILL_");
    ck_told(tg_table_fill(&t, "n", TG_FILL_VALUE, &error, .value = (double)NAN), TG_ERR_NUMERIC,
            ".value");
    ck_assert_int_eq(t.columns[1].missing_count, 1); /* all or nothing */
    free_table(&t);
    t = read_fine("a,b\n,1\n,2\n", DEFAULTS);
    ck_told(tg_table_fill(&t, NULL, TG_FILL_MOST, &error), TG_ERR_ARGUMENT, "no value at all");
    free_table(&t);
}
END_TEST

START_TEST(a_test_set_is_filled_from_the_training_set)
{
    tg_table train = read_fine("n,w\n1,x\n2,x\n6,y\n", DEFAULTS), test;
    test = read_fine("n,w\n,\n100,y\n", OPTIONS(.like = &train));
    ck_fine(tg_table_fill(&test, "n", TG_FILL_MEAN, &error, .from = &train));
    ck_fine(tg_table_fill(&test, "w", TG_FILL_MOST, &error, .from = &train));
    ck_assert(number_at(&test, "n", 0) == 3);
    ck_codes(&test, "w", 2, (int32_t[]){ 0, 1 });
    free_table_among(&test, &train);
    test = read_fine("n,w\n1,\n100,y\n", DEFAULTS);
    ck_told(tg_table_fill(&test, "w", TG_FILL_MOST, &error, .from = &train), TG_ERR_ARGUMENT,
            "other words in .from");
    free_table_among(&test, &train);
    free_table(&train);
}
END_TEST

START_TEST(without_memory_a_table_stays_as_it_was)
{
    static const char file[] = "i,w,n\n1,x,1\n2,,2\n,y,\n";
    for (int at = 1, done = 0; !done; at++) {
        tg_table t = read_fine(file, DEFAULTS);
        heap.calls = 0;
        heap.fail_at = at;
        tg_status status =
            tg_table_fill(&t, NULL, TG_FILL_VALUE, &error, .value = 0.5, .word = "xx");
        if (status == TG_OK) status = tg_table_drop(&t, "n", &error);
        if (status == TG_OK) status = tg_table_drop_missing(&t, NULL, &error);
        done = status == TG_OK;
        heap.fail_at = 0;
        if (!done) {
            ck_assert_int_eq(status, TG_ERR_MEMORY);
            ck_assert_int_eq(t.rows, 3);
            ck_assert(t.column_count == 3 || !t.columns[0].missing);
            const bool filled = t.columns[0].missing_count == 0;
            for (int i = 0; i < t.column_count; i++)
                ck_assert_int_eq(t.columns[i].missing_count, filled ? 0 : 1);
            ck_assert_int_eq(t.columns[0].type, filled ? TG_COLUMN_NUMBER : TG_COLUMN_INTEGER);
            ck_assert_int_eq(t.columns[1].word_count, filled ? 3 : 2);
        } else {
            ck_assert_int_gt(at, 6);
        }
        free_table(&t);
    }
}
END_TEST

/* ---- Arrays ----------------------------------------------------------------------------- */

START_TEST(columns_make_a_matrix)
{
    tg_table t = read_fine("i,n,w,c\n1,0.5,b,u\n2,1.5,a,v\n3,2.5,c,u\n", DEFAULTS);
    tg_array x;
    ck_fine(tg_table_matrix(&t, &x, &error, .columns = "n, i"));
    ck_assert_int_eq(x.dtype, TG_F32);
    ck_assert(tg_shape_equal(x.shape, TG_SHAPE(3, 2)));
    ck_assert(((float *)x.data)[4] == 2.5f && ((float *)x.data)[5] == 3);
    tg_array_free(&x);
    ck_fine(tg_table_matrix(&t, &x, &error, .except = "c", .one_hot = true, .dtype = TG_F64));
    static const double wide[] = { 1, 0.5, 0, 1, 0, 2, 1.5, 1, 0, 0, 3, 2.5, 0, 0, 1 };
    ck_assert(tg_shape_equal(x.shape, TG_SHAPE(3, 5)));
    ck_assert_mem_eq(x.data, wide, sizeof wide);
    tg_array_free(&x);
    ck_told(tg_table_matrix(&t, &x, &error), TG_ERR_DTYPE,
            "the column \"w\" is of words, \"a\" for one: .one_hot = true");
    ck_assert_ptr_null(x.data);
    ck_told(tg_table_matrix(&t, &x, &error, .dtype = TG_I32), TG_ERR_DTYPE, ".dtype is i32");
    ck_told(tg_table_matrix(&t, &x, &error, .except = "q"), TG_ERR_ARGUMENT, "no column \"q\"");
    ck_told(tg_table_matrix(&t, &x, &error, .columns = "n, q"), TG_ERR_ARGUMENT, "no column \"q\"");
    ck_fine(tg_table_labels(&t, "w", &x, &error));
    ck_assert_int_eq(x.dtype, TG_I32);
    ck_assert_mem_eq(x.data, ((int32_t[]){ 1, 0, 2 }), 3 * sizeof(int32_t));
    tg_array_free(&x);
    ck_fine(tg_table_labels(&t, "i", &x, &error));
    ck_assert_mem_eq(x.data, ((int32_t[]){ 1, 2, 3 }), 3 * sizeof(int32_t));
    tg_array_free(&x);
    ck_told(tg_table_labels(&t, "n", &x, &error), TG_ERR_DTYPE, "\"n\" is of numbers");
    ck_told(tg_table_labels(&t, "q", &x, &error), TG_ERR_ARGUMENT, "no column \"q\"");
    free_table(&t);
}
END_TEST

START_TEST(what_an_array_cannot_hold_is_an_error)
{
    tg_table t = read_fine("n,w,i,big\n1,x,2147483648,1e39\n,,1,1\n", DEFAULTS);
    tg_array x;
    ck_told(tg_table_matrix(&t, &x, &error, .columns = "n"), TG_ERR_ARGUMENT,
            "the column \"n\" has 1 missing value, the first in row 1 (from 0)");
    ck_told(tg_table_labels(&t, "w", &x, &error), TG_ERR_ARGUMENT, "1 missing value");
    ck_told(tg_table_labels(&t, "i", &x, &error), TG_ERR_INDEX, "2147483648 in row 0");
    ck_told(tg_table_matrix(&t, &x, &error, .columns = "big"), TG_ERR_NUMERIC,
            "beyond the range of f32");
    ck_fine(
        tg_table_matrix(&t, &x, &error, .keep_missing = true, .one_hot = true, .dtype = TG_F64));
    const double *v = x.data;
    ck_assert(v[0] == 1 && v[1] == 1 && isnan(v[4]) && v[5] == 0 && v[6] == 1);
    tg_array_free(&x);
    /* Codes that the user has broken are not followed. */
    ((int32_t *)t.columns[1].values.data)[0] = 1;
    ck_told(tg_table_matrix(&t, &x, &error, .columns = "n"), TG_ERR_INDEX, "code");
    ((int32_t *)t.columns[1].values.data)[0] = -1;
    ck_told(tg_table_labels(&t, "w", &x, &error), TG_ERR_INDEX, "code");
    free_table(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *cases = tcase_create("tables");
    tcase_add_test(cases, columns_have_names_and_types);
    tcase_add_test(cases, the_separator_is_found);
    tcase_add_test(cases, the_header_is_found);
    tcase_add_test(cases, quoted_fields_hold_anything);
    tcase_add_test(cases, types_are_what_all_values_are);
    tcase_add_test(cases, types_can_be_given);
    tcase_add_test(cases, missing_values_are_marked);
    tcase_add_test(cases, decimal_commas_are_numbers);
    tcase_add_test(cases, comments_and_lines_on_top_are_skipped);
    tcase_add_test(cases, another_table_gives_names_types_and_words);
    tcase_add_test(cases, rows_that_do_not_hold_are_refused);
    tcase_add_test(cases, rows_without_an_end_are_refused);
    tcase_add_test(cases, every_failure_on_the_way_to_a_table_is_an_error_and_nothing_more);
    tcase_add_test(cases, columns_are_kept_and_dropped_by_name);
    tcase_add_test(cases, rows_with_missing_values_go);
    tcase_add_test(cases, missing_values_are_filled);
    tcase_add_test(cases, missing_words_are_filled);
    tcase_add_test(cases, a_test_set_is_filled_from_the_training_set);
    tcase_add_test(cases, without_memory_a_table_stays_as_it_was);
    tcase_add_test(cases, columns_make_a_matrix);
    tcase_add_test(cases, what_an_array_cannot_hold_is_an_error);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
