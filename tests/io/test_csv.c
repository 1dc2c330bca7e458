/* test_csv.c: the readers of IDX and CSV files: what they accept, how they refuse everything
 * else, and that no failure of file or memory costs more than an error. */
#include "io_files.h"

#include <check.h>
#include <locale.h>
#include <unistd.h>

/* ---- Reading from memory ---------------------------------------------------------------- */

static memory_layer layer;
static counting_heap heap;
static tg_error error;

static void quiet(bytes file)
{
    layer = (memory_layer){ .file = { file, file } };
    heap = (counting_heap){ .calls = 0 };
}

/* Nothing is left open or allocated, and a failure has its message. */
static void check_clean(tg_status status, const tg_array *array)
{
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(layer.open_files, 0);
    ck_assert_int_eq(heap.blocks, array->data ? 1 : 0);
    if (status == TG_OK) {
        ck_assert_str_eq(error.text, "");
        return;
    }
    ck_assert_ptr_null(array->data);
    ck_assert_int_eq(array->dtype, TG_DTYPE_DEFAULT);
    ck_assert_ptr_nonnull(strstr(error.text, "file.0: "));
    ck_assert_ptr_nonnull(strstr(error.text, "test_csv.c:"));
}

static tg_status read_idx(tg_array *array)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status =
        tg_read_idx(array, "file.0", &error, .io = &io, .allocator = &allocator);
    check_clean(status, array);
    return status;
}

static tg_status read_csv(tg_array *array, tg_csv_args args)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    args.at = TG_HERE;
    args.out = array;
    args.path = "file.0";
    args.error = &error;
    args.io = &io;
    args.allocator = &allocator;
    const tg_status status = tg_read_csv_with(&args);
    check_clean(status, array);
    return status;
}

/* The file is refused as an IDX file, with [text] in the message. */
static void expect_idx_error(bytes file, tg_status expected, const char *text)
{
    tg_array array;
    quiet(file);
    ck_assert_int_eq(read_idx(&array), expected);
    ck_assert_msg(strstr(error.text, text), "'%s' is not in '%s'", text, error.text);
    free(file.data);
}

static void expect_csv_error(bytes file, tg_csv_args args, tg_status expected, const char *text)
{
    tg_array array;
    quiet(file);
    ck_assert_int_eq(read_csv(&array, args), expected);
    ck_assert_msg(strstr(error.text, text), "'%s' is not in '%s'", text, error.text);
    free(file.data);
}

static void check_shape(const tg_array *array, tg_dtype dtype, tg_shape shape)
{
    ck_assert_int_eq(array->dtype, dtype);
    ck_assert(tg_shape_equal(array->shape, shape));
    ck_assert_uint_eq((uintptr_t)array->data % 64, 0);
}

/* ---- IDX: what is accepted -------------------------------------------------------------- */

START_TEST(idx_bytes_are_read_plain_and_gzipped)
{
    bytes plain = bytes_idx(0x08, IDX_DIMS(2, 3, 4), 24), packed = bytes_gzip(plain);
    for (int gzip = 0; gzip < 2; gzip++) {
        tg_array array;
        quiet(gzip ? packed : plain);
        ck_assert_int_eq(read_idx(&array), TG_OK);
        check_shape(&array, TG_U8, TG_SHAPE(2, 3, 4));
        for (int i = 0; i < 24; i++) ck_assert_int_eq(((uint8_t *)array.data)[i], i);
        tg_array_free(&array);
        ck_assert_int_eq(heap.blocks, 0);
    }
    free(plain.data);
    free(packed.data);
}
END_TEST

START_TEST(idx_numbers_change_from_big_endian_to_the_machines_order)
{
    const unsigned char ints[] = { 0, 0, 12, 1, 0, 0, 0, 2, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xfe };
    const unsigned char floats[] = { 0, 0, 13, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0 };
    const unsigned char doubles[] = { 0, 0, 14, 1, 0, 0, 0, 1, 0xc0, 4, 0, 0, 0, 0, 0, 0 };
    tg_array array;
    bytes file = bytes_of(ints, sizeof ints);
    quiet(file);
    ck_assert_int_eq(read_idx(&array), TG_OK);
    check_shape(&array, TG_I32, TG_SHAPE(2));
    ck_assert_int_eq(((int32_t *)array.data)[0], 0x01020304);
    ck_assert_int_eq(((int32_t *)array.data)[1], -2);
    tg_array_free(&array);
    free(file.data);
    quiet(file = bytes_of(floats, sizeof floats));
    ck_assert_int_eq(read_idx(&array), TG_OK);
    check_shape(&array, TG_F32, TG_SHAPE(1));
    ck_assert(((float *)array.data)[0] == 1.5f);
    tg_array_free(&array);
    free(file.data);
    quiet(file = bytes_of(doubles, sizeof doubles));
    ck_assert_int_eq(read_idx(&array), TG_OK);
    check_shape(&array, TG_F64, TG_SHAPE(1));
    ck_assert(((double *)array.data)[0] == -2.5);
    tg_array_free(&array);
    free(file.data);
}
END_TEST

START_TEST(short_reads_and_interrupted_calls_are_invisible)
{
    bytes plain = bytes_idx(0x08, IDX_DIMS(1000), 1000), packed = bytes_gzip(plain);
    for (int gzip = 0; gzip < 2; gzip++)
        for (size_t longest = 1; longest < 8; longest += 3) {
            tg_array array;
            quiet(gzip ? packed : plain);
            layer.longest_read = longest;
            layer.storm = true;
            ck_assert_int_eq(read_idx(&array), TG_OK);
            for (int i = 0; i < 1000; i++) ck_assert_int_eq(((uint8_t *)array.data)[i], i & 255);
            tg_array_free(&array);
        }
    free(plain.data);
    free(packed.data);
}
END_TEST

START_TEST(gzip_members_follow_each_other_anywhere)
{
    bytes plain = bytes_idx(0x08, IDX_DIMS(40), 40);
    for (size_t cut = 0; cut <= plain.size; cut++) {
        bytes head = bytes_gzip((bytes){ plain.data, cut });
        bytes tail = bytes_gzip((bytes){ plain.data + cut, plain.size - cut });
        bytes both = bytes_join(head, tail);
        tg_array array;
        quiet(both);
        ck_assert_int_eq(read_idx(&array), TG_OK);
        ck_assert_mem_eq(array.data, plain.data + 8, 40);
        tg_array_free(&array);
        free(head.data);
        free(tail.data);
        free(both.data);
    }
    free(plain.data);
}
END_TEST

START_TEST(an_idx_file_without_items_is_an_empty_array)
{
    bytes file = bytes_idx(0x0E, IDX_DIMS(0, 28), 0);
    tg_array array;
    quiet(file);
    ck_assert_int_eq(read_idx(&array), TG_OK);
    ck_assert(tg_shape_equal(array.shape, TG_SHAPE(0, 28)));
    ck_assert_ptr_null(array.data);
    tg_array_free(&array);
    free(file.data);
}
END_TEST

/* ---- IDX: what is refused --------------------------------------------------------------- */

START_TEST(an_idx_file_cut_at_any_byte_is_refused)
{
    bytes plain = bytes_idx(0x0C, IDX_DIMS(3, 2), 24), packed = bytes_gzip(plain);
    for (size_t cut = 0; cut < plain.size; cut++)
        expect_idx_error(bytes_of(plain.data, cut), TG_ERR_FORMAT,
                         cut ? "cut short" : "the file is empty");
    for (size_t cut = 2; cut < packed.size; cut++)
        expect_idx_error(bytes_of(packed.data, cut), TG_ERR_FORMAT, "cut short");
    free(plain.data);
    free(packed.data);
}
END_TEST

START_TEST(bytes_behind_the_data_are_refused)
{
    bytes exact = bytes_idx(0x08, IDX_DIMS(5), 5), more = bytes_idx(0x08, IDX_DIMS(5), 6);
    expect_idx_error(bytes_gzip(more), TG_ERR_FORMAT, "byte 13 on of the decompressed data");
    expect_idx_error(more, TG_ERR_FORMAT, "more bytes follow the [5] u8");
    free(exact.data);
}
END_TEST

START_TEST(absurd_idx_headers_cost_an_error_and_no_memory)
{
    static const struct {
        int64_t dims[10];
        const char *text;
    } rows[] = {
        { { 4294967295, 4294967295, 4294967295, -1 }, "more than any memory holds" },
        { { 4294967295, 4294967295, -1 }, "" },
        { { 60000, 28, 28, -1 }, "which is 47040000 bytes of data; there are 4" },
        { { 4294967295, -1 }, "" },
        { { 2147483647, -1 }, "which is 2147483647 bytes of data; there are 4" },
        { { -1 }, "rank 0" },
        { { 1, 1, 1, 1, 1, 1, 1, 1, 4, -1 }, "rank 9" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_idx_error(bytes_idx(0x08, rows[i].dims, 4), TG_ERR_FORMAT, rows[i].text);
        ck_assert_uint_le(heap.peak, 4 << 16);
    }
}
END_TEST

START_TEST(memory_grows_with_the_data_and_not_with_the_header)
{
    bytes file = bytes_idx(0x08, IDX_DIMS(2000000000), 1000000);
    expect_idx_error(file, TG_ERR_FORMAT, "cut short");
    ck_assert_uint_le(heap.peak, 3 * 1000000 + (4 << 16));
}
END_TEST

START_TEST(other_kinds_of_files_are_named)
{
    static const struct {
        const char *start, *text;
        tg_status status;
    } rows[] = {
        { "1,2,3\n4,5,6\n", "text, CSV perhaps", TG_ERR_FORMAT },
        { "\x93NUMPY......", "a NumPy array", TG_ERR_FORMAT },
        { "PK\x03\x04........", "a ZIP archive", TG_ERR_FORMAT },
        { "BZh91AY", "bzip2 data", TG_ERR_FORMAT },
        { "\x89PNG\r\n", "a PNG picture", TG_ERR_FORMAT },
        { "\x01\x02\x03\x04\x05", "it begins with 01 02 03 04", TG_ERR_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_idx_error(bytes_of_text(rows[i].start), rows[i].status, rows[i].text);
    bytes once = bytes_gzip(BYTES("abcdefgh"));
    expect_idx_error(bytes_gzip(once), TG_ERR_FORMAT, "looks like gzip data inside gzip");
    expect_idx_error(once, TG_ERR_FORMAT, "text, CSV perhaps inside gzip");
    expect_idx_error(bytes_idx(0x0A, IDX_DIMS(2), 2), TG_ERR_FORMAT, "type 0x0a");
    expect_idx_error(bytes_idx(0x00, IDX_DIMS(2), 2), TG_ERR_FORMAT, "type 0x00");
}
END_TEST

/* A copy of [file] with the [mask]'s bits of the byte at [at] flipped. */
static bytes flipped(bytes file, size_t at, int mask)
{
    bytes copy = bytes_of(file.data, file.size);
    if (at < copy.size) copy.data[at] ^= (unsigned char)mask;
    return copy;
}

START_TEST(damaged_gzip_is_refused)
{
    bytes plain = bytes_idx(0x08, IDX_DIMS(200), 200), packed = bytes_gzip(plain);
    expect_idx_error(flipped(packed, packed.size - 8, 1), TG_ERR_FORMAT,
                     "checksum (CRC) does not match");
    expect_idx_error(flipped(packed, packed.size - 1, 1), TG_ERR_FORMAT,
                     "length in its trailer does not match");
    expect_idx_error(flipped(packed, 2, 1), TG_ERR_FORMAT, "unknown compression method");
    expect_idx_error(bytes_join(packed, BYTES("x")), TG_ERR_FORMAT,
                     "garbage after the end of the gzip data");
    expect_idx_error(bytes_join(packed, BYTES("\0\0\0")), TG_ERR_FORMAT, "garbage");
    expect_idx_error(bytes_join(packed, BYTES("\x1f\x00")), TG_ERR_FORMAT, "damaged gzip");
    bytes empty = bytes_gzip((bytes){ plain.data, 0 });
    for (size_t cut = 1; cut < empty.size; cut++)
        expect_idx_error(bytes_join(packed, (bytes){ empty.data, cut }), TG_ERR_FORMAT,
                         "cut short");
    for (size_t bit = 0; bit < packed.size * 8; bit++) {
        tg_array array;
        bytes file = flipped(packed, bit / 8, 1 << bit % 8);
        quiet(file);
        /* Flags, time and system in gzip's header are free to differ, and so is the padding
         * of a stored block's first byte. */
        if (read_idx(&array) == TG_OK) {
            ck_assert_uint_le(bit / 8, 10);
            ck_assert_mem_eq(array.data, plain.data + 8, 200);
        }
        tg_array_free(&array);
        free(file.data);
    }
    free(plain.data);
    free(packed.data);
    free(empty.data);
}
END_TEST

/* ---- CSV: what is accepted -------------------------------------------------------------- */

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

/* ---- CSV: what is refused --------------------------------------------------------------- */

START_TEST(malformed_csv_rows_are_refused_with_line_and_field)
{
    static const struct {
        const char *text, *message;
        tg_csv_args args;
    } rows[] = {
        { "1,2\n3\n", "line 2 has 1 field, where line 1 has 2", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\n\n3,4,5,6\n",
          "line 3 has 3 fields or more, where line 1 has 2",
          { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\n3,\n",
          "line 2, field 2 (byte 3): the field is empty",
          { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,,2\n",
          "line 1, field 2 (byte 3): the field is empty",
          { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,\"\"\n", "field 2 (byte 4): the field is empty", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\n3,abc\n",
          "line 2, field 2 (byte 3): \"abc\" is not a number",
          { TG_CSV_DEFAULTS, .comment = 0 } },
        { "a,b\n1,2\n", "leave it out with .skip_lines = 1", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1;2\n3;4\n", "as in .separator = ';'", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2x\n", "\"2x\" is not a number", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,0x10\n", "\"0x10\" is not a number", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2 3\n", "\"2 3\" is not a number", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,\"2\n3,4\n",
          "line 1, field 2 (byte 3): the quote is not closed",
          { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,\"2\"3\n",
          "line 1, field 2 (byte 6): text behind the closing quote",
          { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,\"2\"\"\"\n", "\"2\"\"\" is not a number", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,nan\n", "\"nan\" is not finite", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,1e999\n", "beyond the range of f64", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,-1e39\n",
          "field 2: -1e+39 is beyond the range of f32",
          { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\x01\xff\n", "\"2\\x01\\xff\" is not a number", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "1,2\r3,4\r", "\"2\\x0d3\" is not a number", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "", "the file is empty", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "\n\n \n",
          "there is no row of numbers in its 3 lines",
          { TG_CSV_DEFAULTS, .comment = 0 } },
        { "a,b\n",
          "there is no row of numbers in its 1 lines",
          { TG_CSV_DEFAULTS, .skip_lines = 9 } },
        { "#1\n#2\n", "there is no row of numbers", { TG_CSV_DEFAULTS, .comment = '#' } },
        { "<!DOCTYPE html>\n", "looks like an HTML page", { TG_CSV_DEFAULTS, .comment = 0 } },
        { "\377\3761", "looks like UTF-16 text", { TG_CSV_DEFAULTS, .comment = 0 } },
    };
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

/* ---- Failures of file and memory -------------------------------------------------------- */

/* Breaks call after call, until a run gets through undisturbed; returns how many broke. */
static int break_calls(bytes file, bool csv, bool memory)
{
    int broken = 0;
    for (;; broken++) {
        tg_array array;
        quiet(file);
        layer.longest_read = 64;
        if (memory)
            heap.fail_at = broken + 1;
        else
            layer.fail_at = broken + 1;
        const tg_status status =
            csv ? read_csv(&array, (tg_csv_args){ TG_CSV_DEFAULTS, .comment = 0 })
                : read_idx(&array);
        if (status == TG_OK) {
            tg_array_free(&array);
            return broken;
        }
        ck_assert_int_eq(status, memory ? TG_ERR_MEMORY : TG_ERR_IO);
        ck_assert_int_lt(broken, 1000);
    }
}

START_TEST(every_call_that_fails_is_an_error_and_nothing_more)
{
    bytes idx = bytes_idx(0x08, IDX_DIMS(300), 300);
    bytes csv = bytes_of_text("1,2,3\n4,5,0.12345678901234567890\n6,7,8\n");
    bytes files[4] = { idx, bytes_gzip(idx), csv, bytes_gzip(csv) };
    for (int i = 0; i < 4; i++) {
        ck_assert_int_ge(break_calls(files[i], i >= 2, false), 3); /* open, read, close */
        ck_assert_int_ge(break_calls(files[i], i >= 2, true), i == 0 ? 2 : 3);
        free(files[i].data);
    }
}
END_TEST

START_TEST(the_operating_systems_reason_is_told)
{
    tg_array array;
    ck_assert_int_eq(tg_read_idx(&array, "/nowhere/at\nall.idx", &error), TG_ERR_IO);
    ck_assert_ptr_nonnull(
        strstr(error.text, "/nowhere/at?all.idx: cannot be opened: No such file"));
    ck_assert_int_eq(tg_read_csv(&array, "/", &error), TG_ERR_IO);
    ck_assert_ptr_nonnull(strstr(error.text, "it is a directory, and only regular files are read"));
    ck_assert_int_eq(tg_read_idx(&array, "", &error), TG_ERR_IO);
    ck_assert_int_eq(tg_read_idx(&array, NULL, &error), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_read_idx(NULL, "x", &error), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_read_csv(NULL, "x", &error), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_read_idx(&array, "/nowhere", NULL), TG_ERR_IO);
    bytes name = { malloc(100000), 99999 };
    memset(name.data, 'n', name.size);
    name.data[name.size] = 0;
    ck_assert_int_eq(tg_read_idx(&array, (char *)name.data, &error), TG_ERR_IO);
    ck_assert_uint_lt(strlen(error.text), TG_ERROR_TEXT);
    free(name.data);
}
END_TEST

static int64_t boastful_read(void *context, void *file, void *buffer, size_t size)
{
    (void)context;
    (void)file;
    (void)buffer;
    return (int64_t)size + 1;
}

START_TEST(a_layer_that_claims_more_than_it_was_asked_for_is_not_believed)
{
    tg_array array;
    quiet(BYTES("1,2\n"));
    tg_io_layer io = memory_io(&layer);
    io.read = boastful_read;
    ck_assert_int_eq(tg_read_csv(&array, "file.0", &error, .io = &io), TG_ERR_IO);
    ck_assert_ptr_nonnull(strstr(error.text, "the I/O layer says that it read"));
    ck_assert_int_eq(layer.open_files, 0);
}
END_TEST

START_TEST(files_on_disk_are_read_through_the_default_layer)
{
    char path[] = "/tmp/tapegrad-io-XXXXXX";
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    FILE *out = fdopen(descriptor, "wb");
    fputs("1,2\n3,4\n", out);
    fclose(out);
    tg_array array;
    errno = 0;
    ck_assert_int_eq(tg_read_csv(&array, path, &error), TG_OK);
    ck_assert_int_eq(errno, 0);
    check_shape(&array, TG_F32, TG_SHAPE(2, 2));
    tg_array_free(&array);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *idx = tcase_create("idx"), *csv = tcase_create("csv"), *files = tcase_create("files");
    tcase_add_test(idx, idx_bytes_are_read_plain_and_gzipped);
    tcase_add_test(idx, idx_numbers_change_from_big_endian_to_the_machines_order);
    tcase_add_test(idx, short_reads_and_interrupted_calls_are_invisible);
    tcase_add_test(idx, gzip_members_follow_each_other_anywhere);
    tcase_add_test(idx, an_idx_file_without_items_is_an_empty_array);
    tcase_add_test(idx, an_idx_file_cut_at_any_byte_is_refused);
    tcase_add_test(idx, bytes_behind_the_data_are_refused);
    tcase_add_test(idx, absurd_idx_headers_cost_an_error_and_no_memory);
    tcase_add_test(idx, memory_grows_with_the_data_and_not_with_the_header);
    tcase_add_test(idx, other_kinds_of_files_are_named);
    tcase_add_test(idx, damaged_gzip_is_refused);
    tcase_add_test(csv, csv_tables_in_all_tolerated_spellings_read_the_same);
    tcase_add_test(csv, numbers_have_a_point_in_every_locale);
    tcase_add_test(csv, long_lines_and_many_rows_are_read_whole);
    tcase_add_test(csv, malformed_csv_rows_are_refused_with_line_and_field);
    tcase_add_test(csv, a_line_without_end_is_refused_in_bounded_memory);
    tcase_add_test(csv, wrong_options_are_refused);
    tcase_add_test(files, every_call_that_fails_is_an_error_and_nothing_more);
    tcase_add_test(files, the_operating_systems_reason_is_told);
    tcase_add_test(files, a_layer_that_claims_more_than_it_was_asked_for_is_not_believed);
    tcase_add_test(files, files_on_disk_are_read_through_the_default_layer);
    suite_add_tcase(suite, idx);
    suite_add_tcase(suite, csv);
    suite_add_tcase(suite, files);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
