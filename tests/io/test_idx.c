/* test_idx.c: IDX files: what is read, what is refused, and what is written. (How files are read at
 * all: test_source.c.) */
#include "tests/support/suite.h"
#include "read_files.h"
#include "written_file.h"

/* ---- What is accepted ------------------------------------------------------------------- */

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

START_TEST(signed_bytes_and_shorts_become_ints)
{
    static const unsigned char small[] = { 0, 0, 9, 1, 0, 0, 0, 3, 0x7f, 0x80, 0xff },
                               shorts[] = { 0, 0, 11, 2,    0,    0,    0, 1,    0,
                                            0, 0, 3,  0x7f, 0xff, 0x80, 0, 0xff, 0xfe };
    static const int32_t wanted[2][3] = { { 127, -128, -1 }, { 32767, -32768, -2 } };
    for (int i = 0; i < 2; i++) {
        const tg_io_layer io = disk_io(&drive);
        tg_array array;
        disk_put(&drive, "a", i ? shorts : small, i ? sizeof shorts : sizeof small);
        ck_assert_msg(tg_read_idx(&array, "a", &error, .io = &io) == TG_OK, "%s", error.text);
        ck_assert_int_eq(array.dtype, TG_I32);
        ck_assert(tg_shape_equal(array.shape, i ? TG_SHAPE(1, 3) : TG_SHAPE(3)));
        ck_assert_mem_eq(array.data, wanted[i], sizeof wanted[i]);
        tg_array_free(&array);
    }
    disk_empty(&drive);
}
END_TEST

/* ---- What is refused -------------------------------------------------------------------- */

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

/* ---- Writing ---------------------------------------------------------------------------- */

static tg_status write_idx(const tg_array *array, const char *path)
{
    const tg_io_layer io = disk_io(&drive);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status = tg_write_idx(array, path, &error, .io = &io, .allocator = &allocator);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(drive.open_files, 0);
    ck_assert_int_eq(heap.blocks, 0);
    return status;
}

/* The file has these bytes, and is read as the array that was written. */
static void ck_written(const tg_array *array, bytes wanted)
{
    const tg_io_layer io = disk_io(&drive);
    const size_t size = (size_t)tg_shape_count(array->shape) * tg_dtype_size(array->dtype);
    for (int gzip = 0; gzip < 2; gzip++) {
        tg_array back;
        const char *path = gzip ? "a.gz" : "a";
        heap = (counting_heap){ .calls = 0 };
        ck_assert_msg(write_idx(array, path) == TG_OK, "%s", error.text);
        const disk_file *file = disk_find(&drive, path);
        if (gzip) {
            ck_assert_mem_eq(file->data, "\x1f\x8b\x08\0\0\0\0\0", 8); /* without a time */
        } else {
            ck_assert_uint_eq(file->size, wanted.size);
            ck_assert_mem_eq(file->data, wanted.data, wanted.size);
        }
        ck_assert_msg(tg_read_idx(&back, path, &error, .io = &io) == TG_OK, "%s", error.text);
        ck_assert(back.dtype == array->dtype && tg_shape_equal(back.shape, array->shape));
        if (size) ck_assert_mem_eq(back.data, array->data, size);
        tg_array_free(&back);
    }
    disk_empty(&drive);
}

START_TEST(numbers_are_written_with_their_first_byte_first)
{
    uint8_t small[] = { 1, 255 };
    int32_t ints[] = { 16909060, -2 };
    float floats[] = { 1.5f, -2.5f };
    double doubles[] = { 1.5, -2.5 };
    tg_array array = tg_array_view(TG_U8, TG_SHAPE(1, 2), small);
    ck_written(&array, BYTES("\0\0\x08\x02\0\0\0\x01\0\0\0\x02\x01\xff"));
    array = tg_array_view(TG_I32, TG_SHAPE(2), ints);
    ck_written(&array, BYTES("\0\0\x0c\x01\0\0\0\x02\x01\x02\x03\x04\xff\xff\xff\xfe"));
    array = tg_array_view(TG_F32, TG_SHAPE(2), floats);
    ck_written(&array, BYTES("\0\0\x0d\x01\0\0\0\x02\x3f\xc0\0\0\xc0\x20\0\0"));
    array = tg_array_view(TG_F64, TG_SHAPE(2), doubles);
    ck_written(&array, BYTES("\0\0\x0e\x01\0\0\0\x02\x3f\xf8\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0"));
    array = tg_array_view(TG_U8, TG_SHAPE(0, 4294967295), NULL);
    ck_written(&array, BYTES("\0\0\x08\x02\0\0\0\0\xff\xff\xff\xff"));
}
END_TEST

/* What does not compress fills zlib's output again and again. */
START_TEST(noise_is_compressed_whole)
{
    enum { COUNT = 300000 };
    static uint8_t noise[COUNT];
    const tg_io_layer io = disk_io(&drive);
    uint64_t state = 1;
    for (int i = 0; i < COUNT; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        noise[i] = (uint8_t)(state >> 56);
    }
    const tg_array array = tg_array_view(TG_U8, TG_SHAPE(COUNT), noise);
    tg_array back;
    heap = (counting_heap){ .calls = 0 };
    ck_assert_int_eq(write_idx(&array, "a.gz"), TG_OK);
    ck_assert_uint_gt(disk_find(&drive, "a.gz")->size, COUNT);
    ck_assert_msg(tg_read_idx(&back, "a.gz", &error, .io = &io) == TG_OK, "%s", error.text);
    ck_assert_mem_eq(back.data, noise, COUNT);
    tg_array_free(&back);
    disk_empty(&drive);
}
END_TEST

START_TEST(what_the_format_cannot_hold_is_refused)
{
    int64_t wide = 1;
    bool flag = true;
    uint8_t small = 1;
    tg_array array = tg_array_view(TG_I64, TG_SHAPE(1), &wide);
    heap = (counting_heap){ .calls = 0 };
    ck_assert_int_eq(write_idx(&array, "a"), TG_ERR_DTYPE);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot hold i64: only u8, i32, f32 and f64"));
    array = tg_array_view(TG_BOOL, TG_SHAPE(1), &flag);
    ck_assert_int_eq(write_idx(&array, "a"), TG_ERR_DTYPE);
    array = tg_array_view(TG_U8, TG_SCALAR, &small);
    ck_assert_int_eq(write_idx(&array, "a"), TG_ERR_SHAPE);
    ck_assert_ptr_nonnull(strstr(error.text, "give it the shape [1]"));
    array = tg_array_view(TG_U8, TG_SHAPE(0, 4294967296), NULL);
    ck_assert_int_eq(write_idx(&array, "a"), TG_ERR_SHAPE);
    ck_assert_int_eq(write_idx(NULL, "a"), TG_ERR_ARGUMENT);
    array = tg_array_view(TG_U8, TG_SHAPE(1), &small);
    ck_assert_int_eq(write_idx(&array, NULL), TG_ERR_ARGUMENT);
    ck_assert_int_eq(write_idx(&array, ""), TG_ERR_ARGUMENT);
    ck_assert_int_eq(disk_count(&drive), 0);
}
END_TEST

static tg_status write_noise(void)
{
    static uint8_t noise[100000];
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)(i * i * 2654435761u >> 13);
    const tg_array array = tg_array_view(TG_U8, TG_SHAPE(sizeof noise), noise);
    return write_idx(&array, "a.gz");
}

START_TEST(a_failed_write_leaves_what_was_there)
{
    ck_assert_int_ge(break_writes("a.gz", 50000, write_noise), 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("idx");
    TCase *cases = tcase_create("idx");
    tcase_add_test(cases, idx_bytes_are_read_plain_and_gzipped);
    tcase_add_test(cases, idx_numbers_change_from_big_endian_to_the_machines_order);
    tcase_add_test(cases, an_idx_file_without_items_is_an_empty_array);
    tcase_add_test(cases, signed_bytes_and_shorts_become_ints);
    tcase_add_test(cases, an_idx_file_cut_at_any_byte_is_refused);
    tcase_add_test(cases, bytes_behind_the_data_are_refused);
    tcase_add_test(cases, absurd_idx_headers_cost_an_error_and_no_memory);
    tcase_add_test(cases, numbers_are_written_with_their_first_byte_first);
    tcase_add_test(cases, noise_is_compressed_whole);
    tcase_add_test(cases, what_the_format_cannot_hold_is_refused);
    tcase_add_test(cases, a_failed_write_leaves_what_was_there);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
