/* test_npy.c: NPY files: every dtype, order and spelling of the header that there is, and what is
 * refused; what is written, byte by byte. (Mapped files: test_map.c. Archives: test_npz.c. Against
 * NumPy itself: interop/numpy_files.py.) */
#include "tests/support/suite.h"
#include "numpy_files.h"
#include "written_file.h"

#include <math.h>
#include <stdio.h>

/* ---- Reading from memory ---------------------------------------------------------------- */

static tg_npy_report report;

static tg_status read_npy(tg_array *array)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status =
        tg_read_npy(array, "file.0", &error, .report = &report, .io = &io, .allocator = &allocator);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(layer.open_files, 0);
    ck_assert_int_eq(heap.blocks, array->data ? 1 : 0);
    if (status == TG_OK) {
        ck_assert_str_eq(error.text, "");
        ck_assert_int_eq(report.dtype, array->dtype);
        ck_assert(tg_shape_equal(report.shape, array->shape));
    } else {
        ck_assert_ptr_null(array->data);
        ck_assert_int_eq(array->dtype, TG_DTYPE_DEFAULT);
        ck_assert_ptr_nonnull(strstr(error.text, "tg_read_npy: file.0: "));
    }
    return status;
}

/* Reads the file, which is dropped. */
static tg_array accepted(bytes file)
{
    tg_array array;
    quiet(file);
    const tg_status status = read_npy(&array);
    ck_assert_msg(status == TG_OK, "%s", error.text);
    free(file.data);
    return array;
}

static void expect_error(bytes file, tg_status expected, const char *text)
{
    tg_array array;
    quiet(file);
    const tg_status status = read_npy(&array);
    ck_assert_msg(status == expected, "%s: %s", tg_status_name(status), error.text);
    ck_assert_msg(strstr(error.text, text), "'%s' is not in '%s'", text, error.text);
    free(file.data);
}

static double number_at(const tg_array *array, int64_t i)
{
    switch (array->dtype) {
    case TG_BOOL: return ((bool *)array->data)[i];
    case TG_U8: return ((uint8_t *)array->data)[i];
    case TG_I32: return ((int32_t *)array->data)[i];
    case TG_I64: return (double)((int64_t *)array->data)[i];
    case TG_F32: return (double)((float *)array->data)[i];
    default: return ((double *)array->data)[i];
    }
}

/* ---- Dtypes ----------------------------------------------------------------------------- */

#define RAW(literal)                                                                               \
    {                                                                                              \
        (unsigned char *)(literal), sizeof(literal) - 1                                            \
    }
/* clang-format off */
static const struct type_row {
    const char *descr;
    bytes data; /* two elements */
    tg_dtype dtype;
    double first, second;
    bool widened;
} type_rows[] = {
    { "|b1", RAW("\x00\x01"),                                         TG_BOOL,               0,                     1, false },
    { "|b1", RAW("\x00\x80"),                                         TG_BOOL,               0,                     1, false }, /* as NumPy has it */
    { "|u1", RAW("\x07\xff"),                                         TG_U8,                 7,                   255, false },
    { "<u1", RAW("\x07\xff"),                                         TG_U8,                 7,                   255, false },
    { ">u1", RAW("\x07\xff"),                                         TG_U8,                 7,                   255, false },
    { "u1",  RAW("\x07\xff"),                                         TG_U8,                 7,                   255, false },
    { "|i1", RAW("\x07\xff"),                                         TG_I32,                7,                    -1, true },
    { "<i2", RAW("\x02\x01\xfe\xff"),                                 TG_I32,              258,                    -2, true },
    { ">i2", RAW("\x01\x02\xff\xfe"),                                 TG_I32,              258,                    -2, true },
    { "<u2", RAW("\x02\x01\xfe\xff"),                                 TG_I32,              258,                 65534, true },
    { ">u2", RAW("\x01\x02\xff\xfe"),                                 TG_I32,              258,                 65534, true },
    { "<i4", RAW("\x04\x03\x02\x01\xfe\xff\xff\xff"),                 TG_I32,         16909060,                    -2, false },
    { ">i4", RAW("\x01\x02\x03\x04\xff\xff\xff\xfe"),                 TG_I32,         16909060,                    -2, false },
    { "<u4", RAW("\x04\x03\x02\x01\xfe\xff\xff\xff"),                 TG_I64,         16909060,          4294967294.0, true },
    { ">u4", RAW("\x01\x02\x03\x04\xff\xff\xff\xfe"),                 TG_I64,         16909060,          4294967294.0, true },
    { "<i8", RAW("\0\0\0\0\0\1\0\0\xfe\xff\xff\xff\xff\xff\xff\xff"), TG_I64,  1099511627776.0,                    -2, false },
    { ">i8", RAW("\0\0\1\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xfe"), TG_I64,  1099511627776.0,                    -2, false },
    { "<u8", RAW("\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\x40"),               TG_I64,  1099511627776.0, 4611686018427387904.0, true },
    { ">u8", RAW("\0\0\1\0\0\0\0\0\x40\0\0\0\0\0\0\0"),               TG_I64,  1099511627776.0, 4611686018427387904.0, true },
    { "<f2", RAW("\x00\x3c\x00\xc1"),                                 TG_F32,                1,                  -2.5, true },
    { ">f2", RAW("\x3c\x00\xc1\x00"),                                 TG_F32,                1,                  -2.5, true },
    { "<f4", RAW("\0\0\xc0\x3f\0\0\x20\xc0"),                         TG_F32,              1.5,                  -2.5, false },
    { ">f4", RAW("\x3f\xc0\0\0\xc0\x20\0\0"),                         TG_F32,              1.5,                  -2.5, false },
    { "<f8", RAW("\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\x04\xc0"),         TG_F64,              1.5,                  -2.5, false },
    { ">f8", RAW("\x3f\xf8\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0"),         TG_F64,              1.5,                  -2.5, false },
};
/* clang-format on */
enum { TYPE_ROWS = sizeof type_rows / sizeof *type_rows };

START_TEST(every_number_of_numpy_is_read_in_either_order)
{
    const struct type_row *row = &type_rows[_i];
    tg_array array = accepted(npy_plain(row->descr, false, "(2,)", row->data));
    ck_assert_int_eq(array.dtype, row->dtype);
    ck_assert(tg_shape_equal(array.shape, TG_SHAPE(2)));
    ck_assert_uint_eq((uintptr_t)array.data % 64, 0);
    ck_assert(number_at(&array, 0) == row->first && number_at(&array, 1) == row->second);
    ck_assert_str_eq(report.type, row->descr);
    ck_assert_int_eq(report.widened, row->widened);
    ck_assert(!report.fortran);
    if (row->dtype == TG_BOOL) ck_assert_int_eq(((uint8_t *)array.data)[1], 1);
    tg_array_free(&array);
    ck_assert_int_eq(heap.blocks, 0);
}
END_TEST

START_TEST(every_half_is_read_exactly)
{
    bytes data = { malloc(1 << 17), 1 << 17 };
    ck_assert_ptr_nonnull(data.data);
    for (size_t i = 0; i < 1 << 16; i++) {
        data.data[2 * i] = (unsigned char)(i & 255);
        data.data[2 * i + 1] = (unsigned char)(i >> 8);
    }
    tg_array array = accepted(npy_plain("<f2", false, "(65536,)", data));
    for (int i = 0; i < 1 << 16; i++) {
        const int exponent = i >> 10 & 31, fraction = i & 1023;
        const float is = ((float *)array.data)[i], sign = i >> 15 ? -1 : 1;
        float wanted = exponent ? ldexpf((float)(1024 + fraction), exponent - 25)
                                : ldexpf((float)fraction, -24);
        if (exponent == 31) wanted = INFINITY;
        ck_assert_int_eq(signbit(is) != 0, i >> 15);
        if (exponent == 31 && fraction) ck_assert(isnan(is));
        else ck_assert_msg(is == sign * wanted, "%04x: %g", (unsigned)i, (double)is);
    }
    tg_array_free(&array);
    free(data.data);
}
END_TEST

START_TEST(a_number_beyond_i64_is_named_with_its_place)
{
    bytes data = bytes_of("", 0);
    for (uint64_t i = 0; i < 6; i++) add_number(&data, 8, i == 4 ? UINT64_C(1) << 63 : i);
    expect_error(npy_plain("<u8", false, "(2, 3)", data), TG_ERR_UNSUPPORTED,
                 "the u64 9223372036854775808 at [1, 1] is beyond i64");
    ck_assert_str_eq(report.type, "<u8");
    expect_error(npy_plain("<u8", true, "(2, 3)", data), TG_ERR_UNSUPPORTED, "at [0, 2]");
    free(data.data);
    /* Behind the first few thousand. */
    data = (bytes){ calloc(1000, 8), 8000 };
    memset(data.data + 8 * 999, 0xff, 8);
    expect_error(npy_plain(">u8", false, "(10, 100)", data), TG_ERR_UNSUPPORTED,
                 "18446744073709551615 at [9, 99]");
    free(data.data);
}
END_TEST

START_TEST(what_is_no_number_of_ours_is_refused_by_its_name)
{
    /* clang-format off */
    static const struct {
        const char *header, *text;
    } rows[] = {
        { "{ 'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "a pickle" },
        { "{ 'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", "complex" },
        { "{ 'descr': '<c16', 'fortran_order': False, 'shape': (2,), }", "complex" },
        { "{ 'descr': '|S5', 'fortran_order': False, 'shape': (2,), }", "byte strings" },
        { "{ 'descr': '<U5', 'fortran_order': False, 'shape': (2,), }", "text" },
        { "{ 'descr': '|V2', 'fortran_order': False, 'shape': (2,), }", "bfloat16" },
        { "{ 'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2,), }", "dates" },
        { "{ 'descr': '<m8[s]', 'fortran_order': False, 'shape': (2,), }", "durations" },
        { "{ 'descr': '<f16', 'fortran_order': False, 'shape': (2,), }", "long doubles" },
        { "{ 'descr': '<f12', 'fortran_order': False, 'shape': (2,), }", "long doubles" },
        { "{ 'descr': [('a', '<i4'), ('b\\'](', [('c', '<f8', (3,))])], 'fortran_order': False, " "'shape': (2,), }", "'[' is of records" },
        { "{ 'descr': ('<f4', (3,)), 'fortran_order': False, 'shape': (2,), }", "records" },
        { "{ 'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1), }", "more dimensions than an array may have, 8" },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_error(npy_of(1, rows[i].header, BYTES("12345678")), TG_ERR_UNSUPPORTED,
                     rows[i].text);
        ck_assert_int_eq(report.dtype == 0 || report.shape.rank == -1, 1);
    }
}
END_TEST

/* ---- Headers ---------------------------------------------------------------------------- */

START_TEST(headers_in_all_spellings_of_python_read_the_same)
{
    static const char *const headers[] = {
        "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 1), }         \n",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 1)}",
        "{\"shape\":(2,1,),\"fortran_order\":False,\"descr\":\"<i2\"}",
        " \t{ 'fortran_order' : False , 'descr' : '<i2' ,\n 'shape' : ( 2 , 1 ) , } \r\n",
        "{'descr': '<i2', 'shape': (2L, 1L), 'fortran_order': False}\n",
        "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 1), }\n",
    };
    for (int version = 1; version <= 3; version++)
        for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
            tg_array array = accepted(npy_of(version, headers[i], BYTES("\1\0\2\0")));
            ck_assert(tg_shape_equal(array.shape, TG_SHAPE(2, 1)));
            ck_assert(number_at(&array, 0) == 1 && number_at(&array, 1) == 2);
            tg_array_free(&array);
        }
}
END_TEST

START_TEST(headers_that_are_none_are_refused_with_the_place)
{
    static const struct {
        const char *header, *text;
    } rows[] = {
        { "", "byte 10, \"\": a dictionary is expected" },
        { "[]", "a dictionary is expected" },
        { "{}", "the NPY header has no 'descr'" },
        { "{'descr': '<f4', 'shape': (2,), }", "no 'fortran_order'" },
        { "{'descr': '<f4', 'fortran_order': False}", "no 'shape'" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), ", "a string is expected" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,", "a dimension is expected" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "the keys are" },
        { "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "twice" },
        { "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", "a comma or '}'" },
        { "{'descr' '<f4', 'fortran_order': False, 'shape': (2,)}", "a colon" },
        { "{,}", "a string is expected" },
        { "{'descr': <f4, 'fortran_order': False, 'shape': (2,)}", "a string is expected" },
        { "{'descr': '<f4, 'fortran_order': False}", "no dtype" },
        { "{'fortran_order': False, 'shape': (2,), 'descr': '<f4' '<f4'}", "a comma or '}'" },
        { "{'descr", "the string does not end" },
        { "{'de\\x73cr': '<f4', 'fortran_order': False, 'shape': (2,)}", "escapes" },
        { "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "True or False" },
        { "{'descr': '<f4', 'fortran_order': Falsehood, 'shape': (2,)}", "True or False" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': 2}", "a tuple" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': [2]}", "a tuple" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", "(3) is a number" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", "a dimension" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,,)}", "a dimension" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2 2)}", "a comma or ')'" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "a dimension" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (02,)}", "does not begin with 0" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}", "a comma or ')'" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}",
          "beyond 64 bits" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} #", "nothing but spaces" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}{}", "nothing but spaces" },
        { "{'descr': [('a', '<f4'], 'fortran_order': False", "the brackets do not close" },
        { "{'descr': 'f4', 'fortran_order': False, 'shape': (2,)}", "in which order" },
        { "{'descr': '=f4', 'fortran_order': False, 'shape': (2,)}", "in which order" },
        { "{'descr': '|f4', 'fortran_order': False, 'shape': (2,)}", "in which order" },
        { "{'descr': '', 'fortran_order': False, 'shape': (2,)}", "no dtype" },
        { "{'descr': '<', 'fortran_order': False, 'shape': (2,)}", "no dtype" },
        { "{'descr': '<f', 'fortran_order': False, 'shape': (2,)}", "no dtype" },
        { "{'descr': '<f3', 'fortran_order': False, 'shape': (2,)}", "no dtype" },
        { "{'descr': '<i16', 'fortran_order': False, 'shape': (2,)}", "no dtype" },
        { "{'descr': '<f4x', 'fortran_order': False, 'shape': (2,)}", "no dtype" },
        { "{'descr': '<f260', 'fortran_order': False, 'shape': (2,)}", "no dtype" },
        { "{'descr': '<f99999999999999999999', 'fortran_order': False, 'shape': (2,)}",
          "no dtype" },
        { "{'descr': '<\x01\xff', 'fortran_order': False, 'shape': (2,)}", "\\x01\\xff" },
        { "import os", "a dictionary is expected" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_error(npy_of(1, rows[i].header, BYTES("12345678")), TG_ERR_FORMAT, rows[i].text);
        ck_assert_str_eq(report.type, "");
    }
}
END_TEST

START_TEST(a_zero_byte_in_a_header_is_no_end)
{
    bytes file = npy_plain("<f4", false, "(1,)", BYTES("1234"));
    for (size_t i = 10; i < file.size - 4; i++) {
        bytes copy = bytes_of(file.data, file.size);
        copy.data[i] = 0;
        expect_error(copy, TG_ERR_FORMAT, "");
    }
    free(file.data);
}
END_TEST

START_TEST(other_files_and_versions_are_named)
{
    expect_error(bytes_of_text(""), TG_ERR_FORMAT, "the file is empty");
    expect_error(bytes_of_text("1,2,3\n"), TG_ERR_FORMAT, "not an NPY file: it does not begin");
    expect_error(bytes_of_text("PK\x03\x04.........."), TG_ERR_FORMAT, ".member");
    expect_error(bytes_gzip(BYTES("\x89PNG....")), TG_ERR_FORMAT, "a PNG picture inside gzip");
    expect_error(bytes_of("\x93NUMPY\x04\0....", 12), TG_ERR_UNSUPPORTED, "version 4.0");
    expect_error(bytes_of("\x93NUMPY\x01\x01....", 12), TG_ERR_UNSUPPORTED, "version 1.1");
    expect_error(bytes_of("\x93NUMPY\x02\0\xff\xff\xff\xff", 12), TG_ERR_FORMAT,
                 "announces 4294967295 bytes of text");
    ck_assert_uint_le(heap.peak, 1 << 17);
}
END_TEST

/* ---- Shapes ----------------------------------------------------------------------------- */

START_TEST(shapes_of_all_ranks_and_of_no_elements)
{
    tg_array array = accepted(npy_plain("<f4", false, "()", BYTES("\0\0\xc0\x3f")));
    ck_assert_int_eq(array.shape.rank, 0);
    ck_assert(number_at(&array, 0) == 1.5);
    tg_array_free(&array);
    array = accepted(npy_plain("|u1", false, "(1, 2, 1, 2, 1, 1, 2, 1)", BYTES("abcdefgh")));
    ck_assert(tg_shape_equal(array.shape, TG_SHAPE(1, 2, 1, 2, 1, 1, 2, 1)));
    tg_array_free(&array);
    static const char *const empty[] = { "(0,)", "(3, 0, 2)", "(0, 9223372036854775807)" };
    for (int i = 0; i < 3; i++)
        for (int fortran = 0; fortran < 2; fortran++) {
            array = accepted(npy_plain("<f8", fortran, empty[i], BYTES("")));
            ck_assert_ptr_null(array.data);
            ck_assert_int_eq(tg_shape_count(array.shape), 0);
            ck_assert_int_eq(array.dtype, TG_F64);
            tg_array_free(&array);
        }
}
END_TEST

START_TEST(fortran_order_becomes_rows)
{
    /* x[i][j][k] = 100 i + 10 j + k, of shape [2, 3, 4], i fastest. */
    bytes data = bytes_of("", 0);
    for (int k = 0; k < 4; k++)
        for (int j = 0; j < 3; j++)
            for (int i = 0; i < 2; i++) add_number(&data, 2, (uint64_t)(100 * i + 10 * j + k));
    tg_array array = accepted(npy_plain("<u2", true, "(2, 3, 4)", data));
    ck_assert(report.fortran);
    for (int i = 0, at = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 4; k++, at++)
                ck_assert(number_at(&array, at) == 100 * i + 10 * j + k);
    tg_array_free(&array);
    free(data.data);
}
END_TEST

START_TEST(files_that_are_cut_or_go_on_are_refused)
{
    bytes file = npy_plain("<i4", true, "(3, 2)", BYTES("aaaabbbbccccddddeeeeffff"));
    bytes packed = bytes_gzip(file);
    for (size_t cut = 1; cut < file.size; cut++)
        expect_error(bytes_of(file.data, cut), TG_ERR_FORMAT, "cut short");
    for (size_t cut = 2; cut < packed.size; cut++)
        expect_error(bytes_of(packed.data, cut), TG_ERR_FORMAT, "cut short");
    expect_error(bytes_of(file.data, file.size - 1), TG_ERR_FORMAT,
                 "announces [3, 2] i32, which is 24 bytes of data; there are 23");
    expect_error(bytes_join(file, BYTES("x")), TG_ERR_FORMAT, "more bytes follow the [3, 2] i32");
    tg_array array = accepted(packed);
    ck_assert_int_eq(((char *)array.data)[4], 'd');
    tg_array_free(&array);
    free(file.data);
}
END_TEST

START_TEST(absurd_shapes_cost_an_error_and_no_memory)
{
    static const char *const shapes[] = { "(1000000000,)", "(1099511627776,)",
                                          "(4294967296, 4294967296)", "(9223372036854775807, 2)",
                                          "(9223372036854775807,)" };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        expect_error(npy_plain("<f2", i % 2, shapes[i], BYTES("1234")), TG_ERR_FORMAT, "");
        ck_assert_uint_le(heap.peak, 1 << 17);
    }
}
END_TEST

/* ---- What fails on the way -------------------------------------------------------------- */

static tg_status read_and_free(void)
{
    tg_array array;
    const tg_status status = read_npy(&array);
    tg_array_free(&array);
    return status;
}

START_TEST(no_failure_costs_more_than_an_error)
{
    bytes file = npy_plain(">i2", true, "(2, 3)", BYTES("abcdefghijkl")), packed = bytes_gzip(file);
    for (int gzip = 0; gzip < 2; gzip++) {
        ck_assert_int_ge(break_reads(gzip ? packed : file, false, read_and_free), 10);
        ck_assert_int_ge(break_reads(gzip ? packed : file, true, read_and_free), 3);
    }
    free(file.data);
    free(packed.data);
}
END_TEST

/* ---- Writing ---------------------------------------------------------------------------- */

static tg_status write_npy(const tg_array *array)
{
    const tg_io_layer io = disk_io(&drive);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status =
        tg_write_npy(array, "a.npy", &error, .io = &io, .allocator = &allocator);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(drive.open_files, 0);
    ck_assert_int_eq(heap.blocks, 0);
    return status;
}

static void ck_written(const tg_array *array, const char *header, bytes data)
{
    heap = (counting_heap){ .calls = 0 };
    ck_assert_msg(write_npy(array) == TG_OK, "%s", error.text);
    const disk_file *file = disk_find(&drive, "a.npy");
    ck_assert_ptr_nonnull(file);
    const size_t begin = file->size - data.size;
    ck_assert_uint_eq(begin % 64, 0);
    ck_assert_mem_eq(file->data, "\x93NUMPY\x01\0", 8);
    ck_assert_uint_eq(file->data[8] + 256u * file->data[9], begin - 10);
    ck_assert_mem_eq(file->data + 10, header, strlen(header));
    for (size_t i = 10 + strlen(header); i < begin - 1; i++) ck_assert_int_eq(file->data[i], ' ');
    ck_assert_int_eq(file->data[begin - 1], '\n');
    ck_assert_mem_eq(file->data + begin, data.data, data.size);
}

START_TEST(what_is_written_is_what_numpy_writes)
{
    bool flags[] = { true, false };
    uint8_t small[] = { 1, 255 };
    int32_t ints[] = { 16909060, -2 };
    int64_t longs[] = { 1, -2 };
    float floats[] = { 1.5f, -2.5f };
    double doubles[] = { 1.5, -2.5 };
    tg_array array = tg_array_view(TG_BOOL, TG_SHAPE(2), flags);
    ck_written(&array, "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", BYTES("\1\0"));
    array = tg_array_view(TG_U8, TG_SHAPE(1, 2), small);
    ck_written(&array, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }",
               BYTES("\1\xff"));
    array = tg_array_view(TG_I32, TG_SHAPE(2, 1, 1), ints);
    ck_written(&array, "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 1, 1), }",
               BYTES("\x04\x03\x02\x01\xfe\xff\xff\xff"));
    array = tg_array_view(TG_I64, TG_SHAPE(2), longs);
    ck_written(&array, "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
               BYTES("\1\0\0\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff"));
    array = tg_array_view(TG_F32, TG_SCALAR, floats);
    ck_written(&array, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }",
               BYTES("\0\0\xc0\x3f"));
    array = tg_array_view(TG_F64, TG_SHAPE(2), doubles);
    ck_written(&array, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
               BYTES("\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\x04\xc0"));
    array = tg_array_view(TG_F64, TG_SHAPE(0, INT64_MAX, 0, 0, 0, INT64_MAX, 0, 1), NULL);
    ck_assert_int_eq(tg_shape_count(array.shape), -1); /* the product overflows */
    ck_assert_int_eq(write_npy(&array), TG_ERR_SHAPE);
    const int64_t long_dim = INT64_C(900000000000000000);
    array = tg_array_view(TG_U8, TG_SHAPE(0, long_dim, 1, 1, 1, 1, 1, 1), NULL);
    ck_written(&array,
               "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 900000000000000000, 1, 1, 1, "
               "1, 1, 1), }",
               BYTES(""));
    disk_empty(&drive);
}
END_TEST

START_TEST(what_is_no_array_is_not_written)
{
    float number = 1;
    tg_array array = tg_array_view(TG_F32, TG_SHAPE(1), &number);
    heap = (counting_heap){ .calls = 0 };
    ck_assert_int_eq(write_npy(NULL), TG_ERR_ARGUMENT);
    array.dtype = (tg_dtype)77;
    ck_assert_int_eq(write_npy(&array), TG_ERR_DTYPE);
    array = tg_array_view(TG_F32, TG_SHAPE(-1), &number);
    ck_assert_int_eq(write_npy(&array), TG_ERR_SHAPE);
    array.shape.rank = 9;
    ck_assert_int_eq(write_npy(&array), TG_ERR_SHAPE);
    array = tg_array_view(TG_F32, TG_SHAPE(1), NULL);
    ck_assert_int_eq(write_npy(&array), TG_ERR_ARGUMENT);
    ck_assert_int_eq(disk_count(&drive), 0);
}
END_TEST

static tg_status write_three(void)
{
    float numbers[] = { 1, 2, 3 };
    const tg_array array = tg_array_view(TG_F32, TG_SHAPE(3), numbers);
    return write_npy(&array);
}

START_TEST(a_failed_write_leaves_what_was_there)
{
    ck_assert_int_ge(break_writes("a.npy", 50, write_three), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("npy");
    TCase *cases = tcase_create("read");
    tcase_add_loop_test(cases, every_number_of_numpy_is_read_in_either_order, 0, TYPE_ROWS);
    tcase_add_test(cases, every_half_is_read_exactly);
    tcase_add_test(cases, a_number_beyond_i64_is_named_with_its_place);
    tcase_add_test(cases, what_is_no_number_of_ours_is_refused_by_its_name);
    tcase_add_test(cases, headers_in_all_spellings_of_python_read_the_same);
    tcase_add_test(cases, headers_that_are_none_are_refused_with_the_place);
    tcase_add_test(cases, a_zero_byte_in_a_header_is_no_end);
    tcase_add_test(cases, other_files_and_versions_are_named);
    tcase_add_test(cases, shapes_of_all_ranks_and_of_no_elements);
    tcase_add_test(cases, fortran_order_becomes_rows);
    tcase_add_test(cases, files_that_are_cut_or_go_on_are_refused);
    tcase_add_test(cases, absurd_shapes_cost_an_error_and_no_memory);
    tcase_add_test(cases, no_failure_costs_more_than_an_error);
    suite_add_tcase(suite, cases);
    cases = tcase_create("write");
    tcase_add_test(cases, what_is_written_is_what_numpy_writes);
    tcase_add_test(cases, what_is_no_array_is_not_written);
    tcase_add_test(cases, a_failed_write_leaves_what_was_there);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
