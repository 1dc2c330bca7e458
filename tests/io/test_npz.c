/* test_npz.c: archives of arrays: what is read of them, everything that may be wrong with one, and
 * what is written. */
#include "tests/support/suite.h"
#include "numpy_files.h"
#include "written_file.h"

#include "io/npy.h"
#include "io/zip.h"

#include <stdio.h>
#include <unistd.h>

static tg_status read_npz(tg_npz *npz, bool headers_only)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status = tg_read_npz(npz, "file.0", &error, .headers_only = headers_only,
                                         .io = &io, .allocator = &allocator);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(layer.open_files, 0);
    ck_assert_int_eq(status == TG_OK, error.text[0] == 0);
    if (status != TG_OK) {
        ck_assert_int_eq(heap.blocks, 0);
        ck_assert(npz->count == 0 && !npz->members && !npz->reports);
    }
    return status;
}

static tg_status read_one(tg_array *array, const char *member)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status =
        tg_read_npy(array, "file.0", &error, .member = member, .io = &io, .allocator = &allocator);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(layer.open_files, 0);
    ck_assert_int_eq(heap.blocks, array->data ? 1 : 0);
    return status;
}

/* The file is refused, and dropped. */
static void expect_error(bytes file, tg_status expected, const char *text)
{
    tg_npz npz;
    quiet(file);
    const tg_status status = read_npz(&npz, false);
    ck_assert_msg(status == expected, "%s, not '%s': %s", tg_status_name(status), text, error.text);
    ck_assert_msg(strstr(error.text, text), "'%s' is not in '%s'", text, error.text);
    free(file.data);
}

/* ---- What is read ----------------------------------------------------------------------- */

static bytes x_file, y_file; /* NPY: [2, 3] of f32, 100 zeros of i16 */

static void open_files(void)
{
    bytes zeros = { calloc(1, 200), 200 };
    x_file = npy_plain("<f4", false, "(2, 3)",
                       BYTES("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80"
                             "\x40\0\0\xa0\x40\0\0\xc0\x40"));
    y_file = npy_plain("<i2", false, "(100,)", zeros);
    free(zeros.data);
}
static void close_files(void)
{
    free(x_file.data);
    free(y_file.data);
    disk_empty(&drive);
}

static void ck_arrays(bytes file)
{
    tg_npz npz;
    quiet(file);
    ck_assert_msg(read_npz(&npz, false) == TG_OK, "%s", error.text);
    ck_assert_uint_eq(npz.count, 2);
    ck_assert_str_eq(npz.members[0].name, "x");
    ck_assert_str_eq(npz.members[1].name, "y");
    const tg_array *x = tg_npz_find(&npz, "x"), *y = tg_npz_find(&npz, "y");
    ck_assert(x && x->dtype == TG_F32 && tg_shape_equal(x->shape, TG_SHAPE(2, 3)));
    for (int i = 0; i < 6; i++) ck_assert(((float *)x->data)[i] == (float)(i + 1));
    ck_assert(y && y->dtype == TG_I32 && tg_shape_equal(y->shape, TG_SHAPE(100)));
    ck_assert_str_eq(npz.reports[1].type, "<i2");
    ck_assert(npz.reports[1].widened && npz.reports[1].dtype == TG_I32);
    ck_assert(!tg_npz_find(&npz, "z") && !tg_npz_find(&npz, NULL) && !tg_npz_find(NULL, "x"));
    tg_npz_free(&npz);
    ck_assert_int_eq(heap.blocks, 0);
}

/* Every way in which the two can be packed. */
START_TEST(members_are_read_however_they_are_packed)
{
    for (unsigned how = 0; how < 64; how++) {
        zip_part parts[] = { { .name = "x.npy", .data = x_file, .method = how & 1 ? 8 : 0 },
                             { .name = "y.npy", .data = y_file, .method = how & 2 ? 8 : 0 } };
        parts[0].zip64 = parts[1].zip64 = how & 4;
        parts[0].described = how & 8;
        bytes file =
            zip_of(parts, 2,
                   (zip_tail){ .comment = how & 16 ? "PK\5\6 and more" : NULL, .zip64 = how & 32 });
        ck_arrays(file);
        free(file.data);
    }
}
END_TEST

START_TEST(one_array_is_read_by_its_name)
{
    const zip_part parts[] = { { .name = "notes.txt", .data = BYTES("hello") },
                               { .name = "x.npy", .data = x_file, .method = 8 },
                               { .name = "dir/", .data = BYTES("") },
                               { .name = ".npy", .data = x_file },
                               { .name = "dir/y.npy", .data = y_file } };
    bytes file = zip_of(parts, 5, (zip_tail){ .comment = "" });
    tg_array array;
    tg_npz npz;
    quiet(file);
    ck_assert_msg(read_one(&array, "dir/y") == TG_OK, "%s", error.text);
    ck_assert(array.dtype == TG_I32 && tg_shape_count(array.shape) == 100);
    tg_array_free(&array);
    ck_assert_int_eq(read_one(&array, "y"), TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(
        strstr(error.text, "no array \"y\" among the archive's 2; the first is \"x\""));
    ck_assert_int_eq(read_one(&array, "notes"), TG_ERR_ARGUMENT);
    ck_assert_int_eq(read_one(&array, ""), TG_ERR_ARGUMENT);
    ck_assert_int_eq(read_npz(&npz, false), TG_OK);
    ck_assert_uint_eq(npz.count, 2); /* what is no array is passed over */
    tg_npz_free(&npz);
    free(file.data);
    quiet(file = zip_of(parts, 1, (zip_tail){ .comment = "" }));
    ck_assert_int_eq(read_one(&array, "x"), TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "none at all"));
    free(file.data);
    quiet(file = zip_of(parts, 0, (zip_tail){ .comment = "" }));
    ck_assert_int_eq(read_npz(&npz, false), TG_OK);
    ck_assert_uint_eq(npz.count, 0);
    tg_npz_free(&npz);
    ck_assert_int_eq(heap.blocks, 0);
    free(file.data);
}
END_TEST

/* From a real disk, where places are sought and not read up to. */
START_TEST(large_archives_are_read_from_a_disk)
{
    enum { ROWS = 50000 };
    char path[] = "/tmp/tapegrad-XXXXXX";
    static int32_t rows[ROWS];
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    (void)close(descriptor);
    for (int i = 0; i < ROWS; i++) rows[i] = i;
    const tg_array x = tg_array_view(TG_I32, TG_SHAPE(ROWS), rows),
                   y = tg_array_view(TG_I32, TG_SHAPE(2), rows);
    tg_npz npz;
    tg_array one;
    ck_assert_int_eq(tg_write_npz(TG_NPZ({ "x", x }, { "y", y }), path, &error), TG_OK);
    ck_assert_msg(tg_read_npz(&npz, path, &error) == TG_OK, "%s", error.text);
    ck_assert_mem_eq(tg_npz_find(&npz, "x")->data, rows, sizeof rows);
    ck_assert_mem_eq(tg_npz_find(&npz, "y")->data, rows, 8);
    tg_npz_free(&npz);
    ck_assert_int_eq(tg_read_npy(&one, path, &error, .member = "y"), TG_OK);
    ck_assert_int_eq(((int32_t *)one.data)[1], 1);
    tg_array_free(&one);
    (void)unlink(path);
}
END_TEST

START_TEST(headers_are_listed_with_what_cannot_be_read)
{
    bytes objects = npy_plain("|O", false, "(3,)", BYTES("\x80\x04.")),
          deep = npy_plain("<f4", true, "(1, 1, 1, 1, 1, 1, 1, 1, 2)", BYTES("12345678"));
    const zip_part parts[] = { { .name = "a.npy", .data = objects },
                               { .name = "b.npy", .data = deep, .method = 8 },
                               { .name = "x.npy", .data = x_file, .sum_off = 1 } };
    bytes file = zip_of(parts, 3, (zip_tail){ .comment = "" });
    tg_npz npz;
    quiet(file);
    ck_assert_msg(read_npz(&npz, true) == TG_OK, "%s", error.text);
    ck_assert_uint_eq(npz.count, 3);
    ck_assert(npz.reports[0].dtype == 0 && strcmp(npz.reports[0].type, "|O") == 0);
    ck_assert(npz.reports[1].shape.rank == -1 && npz.reports[1].fortran);
    ck_assert(npz.reports[2].dtype == TG_F32 &&
              tg_shape_equal(npz.reports[2].shape, TG_SHAPE(2, 3)));
    for (int i = 0; i < 3; i++) ck_assert(!npz.members[i].array.data);
    tg_npz_free(&npz);
    ck_assert_int_eq(heap.blocks, 0);
    expect_error(bytes_of(file.data, file.size), TG_ERR_UNSUPPORTED, "file.0: a.npy: the dtype");
    free(file.data);
    free(objects.data);
    free(deep.data);
}
END_TEST

/* ---- What is refused -------------------------------------------------------------------- */

START_TEST(members_that_lie_are_refused)
{
    static const struct {
        zip_part part;
        tg_status status;
        const char *text;
    } rows[] = {
        { { .sum_off = 1 }, TG_ERR_FORMAT, "its checksum (CRC) does not match" },
        { { .sum_off = 1, .method = 8 }, TG_ERR_FORMAT, "its checksum (CRC) does not match" },
        { { .sum_off = 1, .method = 8, .described = true }, TG_ERR_FORMAT, "checksum" },
        { { .size_off = 1 }, TG_ERR_FORMAT, "its two sizes differ" },
        { { .size_off = 1, .method = 8 }, TG_ERR_FORMAT, "fewer bytes than the directory says" },
        { { .size_off = -1, .method = 8 }, TG_ERR_FORMAT, "which is 94 with the header" },
        { { .size_off = INT64_C(1) << 40, .method = 8, .zip64 = true },
          TG_ERR_FORMAT,
          "fewer bytes" },
        { { .size_off = -94, .method = 8 }, TG_ERR_FORMAT, "more bytes than the directory says" },
        { { .packed_off = 1, .method = 8 }, TG_ERR_FORMAT, "reaches into what follows it" },
        { { .packed_off = -1, .method = 8 }, TG_ERR_FORMAT, "its deflated data does not end" },
        { { .packed_off = 1 << 20, .zip64 = true }, TG_ERR_FORMAT, "reaches into" },
        { { .packed_off = INT64_MAX, .zip64 = true }, TG_ERR_FORMAT, "reaches into" },
        { { .place_off = 1 }, TG_ERR_FORMAT, "" },
        { { .place_off = -1 }, TG_ERR_FORMAT, "" },
        { { .place_off = 1 << 20 }, TG_ERR_FORMAT, "reaches into" },
        { { .place_off = INT64_MIN, .zip64 = true }, TG_ERR_FORMAT, "reaches into" },
        { { .local_name = "z.npy" }, TG_ERR_FORMAT, "its header and the directory contradict" },
        { { .local_sum_off = 1 }, TG_ERR_FORMAT, "contradict" },
        { { .local_method_off = 8 }, TG_ERR_FORMAT, "contradict" },
        { { .zip64 = true, .short_extra = true }, TG_ERR_FORMAT, "ZIP64 lacks a number" },
        { { .flags = 1 }, TG_ERR_UNSUPPORTED, "x.npy: it is encrypted" },
        { { .method = 12 }, TG_ERR_UNSUPPORTED, "compressed by method 12" },
        { { .name = "x\0.npy", .name_length = 6 }, TG_ERR_FORMAT, "a zero byte" },
        { { .name = "y.npy" }, TG_ERR_FORMAT, "two members of the name \"y.npy\"" },
    };
    ck_assert_uint_eq(x_file.size, 94);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        zip_part parts[] = { rows[i].part, { .name = "y.npy", .data = y_file } };
        if (!parts[0].name) parts[0].name = "x.npy";
        parts[0].data = x_file;
        expect_error(zip_of(parts, 2, (zip_tail){ .comment = "" }), rows[i].status, rows[i].text);
        ck_assert_uint_le(heap.peak, 1 << 19);
    }
}
END_TEST

START_TEST(archives_whose_end_lies_are_refused)
{
    static const struct {
        zip_tail tail;
        tg_status status;
        const char *text;
    } rows[] = {
        { { .count_off = 1 }, TG_ERR_FORMAT, "more members than the directory has room for" },
        { { .count_off = -1 }, TG_ERR_FORMAT, "goes on behind its last record" },
        { { .count_off = 65000 }, TG_ERR_FORMAT, "more members" },
        { { .count_off = INT64_MAX, .zip64 = true }, TG_ERR_FORMAT, "more members" },
        { { .directory_off = 1 }, TG_ERR_FORMAT, "begins elsewhere" },
        { { .directory_off = -1 }, TG_ERR_FORMAT, "begins elsewhere" },
        { { .directory_off = INT64_MAX, .zip64 = true }, TG_ERR_FORMAT, "begins elsewhere" },
        { { .size_off = 1 }, TG_ERR_FORMAT, "begins elsewhere" },
        { { .directory_off = -1, .size_off = 1 }, TG_ERR_FORMAT, "the directory has no record" },
        { { .directory_off = 1, .size_off = -1 }, TG_ERR_FORMAT, "the directory has no record" },
        { { .locator_off = 1, .zip64 = true }, TG_ERR_FORMAT, "ZIP64" },
        { { .locator_off = -1, .zip64 = true }, TG_ERR_FORMAT, "ZIP64" },
        { { .locator_off = INT64_MAX, .zip64 = true }, TG_ERR_FORMAT, "points nowhere" },
        { { .disk = 1 }, TG_ERR_UNSUPPORTED, "in several parts" },
    };
    const zip_part parts[] = { { .name = "x.npy", .data = x_file },
                               { .name = "y.npy", .data = y_file } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_error(zip_of(parts, 2, rows[i].tail), rows[i].status, rows[i].text);
        ck_assert_uint_le(heap.peak, 1 << 19);
    }
}
END_TEST

START_TEST(other_files_are_named)
{
    expect_error(bytes_of_text(""), TG_ERR_FORMAT, "the file is empty");
    expect_error(bytes_of_text("1,2,3\n"), TG_ERR_FORMAT, "not a ZIP archive");
    expect_error(bytes_of(x_file.data, x_file.size), TG_ERR_FORMAT, "this looks like a NumPy");
    expect_error(bytes_of_text("PK\x03\x04 and so on"), TG_ERR_FORMAT, "without its end");
}
END_TEST

/* Cut, prolonged, or with any bit flipped: an error, or what it was. */
START_TEST(no_damage_is_taken_for_data)
{
    for (int method = 0; method <= 8; method += 8) {
        const zip_part parts[] = { { .name = "x.npy", .data = x_file, .method = method },
                                   { .name = "y.npy", .data = y_file, .method = method } };
        bytes file = zip_of(parts, 2, (zip_tail){ .comment = "" });
        for (size_t cut = 0; cut < file.size; cut++)
            expect_error(bytes_of(file.data, cut), TG_ERR_FORMAT, "");
        expect_error(bytes_join(file, BYTES("x")), TG_ERR_FORMAT, "without its end");
        expect_error(bytes_join(BYTES("x"), file), TG_ERR_FORMAT, "begins elsewhere");
        for (size_t bit = 0; bit < 8 * file.size; bit++) {
            tg_npz npz;
            bytes copy = bytes_of(file.data, file.size);
            copy.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
            quiet(copy);
            if (read_npz(&npz, false) == TG_OK) {
                const tg_array *x = tg_npz_find(&npz, "x"), *y = tg_npz_find(&npz, "y");
                for (int i = 0; x && i < 6; i++) ck_assert(((float *)x->data)[i] == (float)(i + 1));
                for (int i = 0; y && i < 100; i++) ck_assert_int_eq(((int32_t *)y->data)[i], 0);
            }
            tg_npz_free(&npz);
            ck_assert_int_eq(heap.blocks, 0);
            free(copy.data);
        }
        free(file.data);
    }
}
END_TEST

START_TEST(a_bomb_grows_no_further_than_its_header_says)
{
    bytes zeros = { calloc(1, 1 << 24), 1 << 24 };
    bytes bomb = npy_plain("|u1", false, "(4,)", zeros);
    const zip_part parts[] = { { .name = "x.npy", .data = bomb, .method = 8 } };
    expect_error(zip_of(parts, 1, (zip_tail){ .comment = "" }), TG_ERR_FORMAT,
                 "the NPY header announces [4] u8");
    ck_assert_uint_le(heap.peak, 1 << 19);
    /* A directory that agrees with the header. */
    zip_part again = parts[0];
    again.size_off = 4 - (1 << 24);
    expect_error(zip_of(&again, 1, (zip_tail){ .comment = "" }), TG_ERR_FORMAT,
                 "more bytes than the directory says");
    ck_assert_uint_le(heap.peak, 1 << 19);
    free(zeros.data);
    free(bomb.data);
}
END_TEST

static tg_status read_and_free(void)
{
    tg_npz npz;
    const tg_status status = read_npz(&npz, false);
    tg_npz_free(&npz);
    return status;
}

START_TEST(no_failure_costs_more_than_an_error)
{
    const zip_part parts[] = { { .name = "x.npy", .data = x_file },
                               { .name = "y.npy", .data = y_file, .method = 8, .zip64 = true } };
    bytes file = zip_of(parts, 2, (zip_tail){ .zip64 = true });
    for (int memory = 0; memory < 2; memory++)
        ck_assert_int_ge(break_reads(file, memory, read_and_free), 10);
    free(file.data);
}
END_TEST

/* ---- What is written -------------------------------------------------------------------- */

static tg_status write_npz(const tg_npz *npz, bool compress)
{
    const tg_io_layer io = disk_io(&drive);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status = tg_write_npz(npz, "a.npz", &error, .compress = compress, .io = &io,
                                          .allocator = &allocator);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(drive.open_files, 0);
    ck_assert_int_eq(heap.blocks, 0);
    return status;
}

static float ramp[6] = { 1, 2, 3, 4, 5, 6 };
static int32_t nothing[100];

static bytes written(void)
{
    const disk_file *file = disk_find(&drive, "a.npz");
    ck_assert_ptr_nonnull(file);
    return (bytes){ file->data, file->size };
}

START_TEST(what_is_written_is_read_again)
{
    const tg_array x = tg_array_view(TG_F32, TG_SHAPE(2, 3), ramp),
                   y = tg_array_view(TG_I32, TG_SHAPE(100), nothing);
    for (int compress = 0; compress < 2; compress++) {
        tg_npz npz;
        heap = (counting_heap){ .calls = 0 };
        ck_assert_msg(write_npz(TG_NPZ({ "x", x }, { "h\xc3\xa4/\xe2\x82\xac", y }), compress) ==
                          TG_OK,
                      "%s", error.text);
        quiet(written());
        ck_assert_msg(read_npz(&npz, false) == TG_OK, "%s", error.text);
        ck_assert_uint_eq(npz.count, 2);
        ck_assert_mem_eq(tg_npz_find(&npz, "x")->data, ramp, sizeof ramp);
        ck_assert_mem_eq(tg_npz_find(&npz, "h\xc3\xa4/\xe2\x82\xac")->data, nothing,
                         sizeof nothing);
        bytes first = bytes_of(written().data, written().size);
        ck_assert_int_eq(first.size < 600, compress);
        /* What was read can be written, and makes the same file. */
        const int64_t blocks = heap.blocks;
        const tg_npz copy = npz;
        heap.blocks = 0;
        ck_assert_int_eq(write_npz(&copy, compress), TG_OK);
        heap.blocks = blocks;
        ck_assert_uint_eq(written().size, first.size);
        ck_assert_mem_eq(written().data, first.data, first.size);
        free(first.data);
        tg_npz_free(&npz);
    }
    ck_assert_int_eq(write_npz(&(tg_npz){ .count = 0 }, false), TG_OK);
    ck_assert_uint_eq(written().size, 22);
}
END_TEST

/* The very bytes, but for the sums. */
START_TEST(a_stored_archive_is_as_the_format_says)
{
    uint8_t byte[] = { 7 };
    tg_array array = tg_array_view(TG_U8, TG_SHAPE(1), byte);
    unsigned char header[TG__NPY_HEADER];
    const size_t length = tg__npy_header_make(&array, header);
    bytes npy = bytes_of(header, length);
    add_number(&npy, 1, 7);
    const zip_part part = { .name = "b.npy", .data = npy };
    bytes wanted = zip_of(&part, 1, (zip_tail){ .comment = "" });
    heap = (counting_heap){ .calls = 0 };
    ck_assert_int_eq(write_npz(TG_NPZ({ "b", array }), false), TG_OK);
    const bytes is = written();
    ck_assert_uint_eq(is.size, wanted.size);
    for (size_t i = 0; i < is.size; i++) {
        const size_t central = 30 + 5 + npy.size;
        if (i == central + 5 || (i >= central + 38 && i < central + 42)) continue; /* Unix' own */
        ck_assert_msg(is.data[i] == wanted.data[i], "byte %zu", i);
    }
    free(npy.data);
    free(wanted.data);
}
END_TEST

/* As if a field of 32 bits held little: everything goes into those of ZIP64. */
START_TEST(large_numbers_go_into_fields_of_zip64)
{
    const tg_array x = tg_array_view(TG_F32, TG_SHAPE(2, 3), ramp);
    const tg_io_layer io = disk_io(&drive);
    const tg_allocator allocator = counting_allocator(&heap);
    for (int how = 0; how < 8; how++) {
        tg__report report = tg__report_new(TG_HERE, "test", "a.npz", &error);
        tg__sink sink;
        tg__zipper zipper;
        tg_npz npz;
        heap = (counting_heap){ .calls = 0 };
        ck_assert_int_eq(tg__sink_open(&sink, &report, &io, &allocator), TG_OK);
        tg__zipper_begin(&zipper, &sink);
        if (how & 1) zipper.most32 = how & 4 ? 1500 : 100;
        if (how & 2) zipper.most16 = 2;
        for (int i = 0; i < 5; i++) {
            char name[16];
            tg__packer trial = { .sink = &sink, .packing = TG__NOWHERE };
            (void)snprintf(name, sizeof name, "%d.npy", i);
            ck_assert_int_eq(tg__npy_write(&trial, &x, sizeof ramp), TG_OK);
            ck_assert_int_eq(tg__zipper_member(&zipper, name, 5, how & 4 ? TG__DEFLATE : TG__PLAIN,
                                               trial.taken, trial.sum),
                             TG_OK);
            ck_assert_int_eq(tg__npy_write(&zipper.packer, &x, sizeof ramp), TG_OK);
            ck_assert_int_eq(tg__zipper_member_end(&zipper), TG_OK);
        }
        ck_assert_int_eq(tg__zipper_end(&zipper), TG_OK);
        ck_assert_int_eq(tg__sink_commit(&sink), TG_OK);
        tg__zipper_close(&zipper);
        ck_assert_int_eq(tg__sink_close(&sink), TG_OK);
        bytes file = written();
        bool big = false;
        for (size_t i = 0; i + 4 <= file.size; i++)
            big |= memcmp(file.data + i, "PK\x06\x06", 4) == 0;
        ck_assert_int_eq(big, (how & 2) || how == 1);
        quiet(file);
        ck_assert_msg(read_npz(&npz, false) == TG_OK, "%s", error.text);
        ck_assert_uint_eq(npz.count, 5);
        for (int i = 0; i < 5; i++) ck_assert_mem_eq(npz.members[i].array.data, ramp, sizeof ramp);
        tg_npz_free(&npz);
    }
}
END_TEST

START_TEST(lists_that_make_no_archive_are_refused)
{
    char name[TG_NPZ_NAME + 2];
    const tg_array x = tg_array_view(TG_F32, TG_SHAPE(2, 3), ramp), none = { .data = NULL };
    static const char *const bad[] = { "",
                                       "\xff",
                                       "\xc0\x80",
                                       "\xed\xa0\x80",
                                       "\xf4\x90\x80\x80",
                                       "\xe2\x82",
                                       "\xf8\x88\x80\x80\x80",
                                       "a\x80" };
    heap = (counting_heap){ .calls = 0 };
    ck_assert_int_eq(write_npz(NULL, false), TG_ERR_ARGUMENT);
    ck_assert_int_eq(write_npz(&(tg_npz){ .count = 1 }, false), TG_ERR_ARGUMENT);
    ck_assert_int_eq(write_npz(TG_NPZ({ NULL, x }), false), TG_ERR_ARGUMENT);
    ck_assert_int_eq(write_npz(TG_NPZ({ "x", none }), false), TG_ERR_DTYPE);
    ck_assert_ptr_nonnull(strstr(error.text, "a.npz: x: the array is empty"));
    ck_assert_int_eq(write_npz(TG_NPZ({ "x", x }, { "y", x }, { "x", x }), false), TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "two arrays have the name \"x\""));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(write_npz(TG_NPZ({ bad[i], x }), false), TG_ERR_ARGUMENT);
    memset(name, 'n', sizeof name);
    name[TG_NPZ_NAME + 1] = 0;
    ck_assert_int_eq(write_npz(TG_NPZ({ name, x }), false), TG_ERR_ARGUMENT);
    ck_assert_int_eq(disk_count(&drive), 0);
    name[TG_NPZ_NAME] = 0;
    ck_assert_int_eq(write_npz(TG_NPZ({ name, x }), false), TG_OK);
}
END_TEST

static tg_status write_two(void)
{
    const tg_array x = tg_array_view(TG_F32, TG_SHAPE(2, 3), ramp);
    return write_npz(TG_NPZ({ "x", x }, { "y", x }), true);
}

START_TEST(a_failed_write_leaves_what_was_there)
{
    ck_assert_int_ge(break_writes("a.npz", 50, write_two), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("npz");
    TCase *cases = tcase_create("npz");
    tcase_add_checked_fixture(cases, open_files, close_files);
    tcase_add_test(cases, members_are_read_however_they_are_packed);
    tcase_add_test(cases, one_array_is_read_by_its_name);
    tcase_add_test(cases, large_archives_are_read_from_a_disk);
    tcase_add_test(cases, headers_are_listed_with_what_cannot_be_read);
    tcase_add_test(cases, members_that_lie_are_refused);
    tcase_add_test(cases, archives_whose_end_lies_are_refused);
    tcase_add_test(cases, other_files_are_named);
    tcase_add_test(cases, no_damage_is_taken_for_data);
    tcase_add_test(cases, a_bomb_grows_no_further_than_its_header_says);
    tcase_add_test(cases, no_failure_costs_more_than_an_error);
    tcase_add_test(cases, what_is_written_is_read_again);
    tcase_add_test(cases, a_stored_archive_is_as_the_format_says);
    tcase_add_test(cases, large_numbers_go_into_fields_of_zip64);
    tcase_add_test(cases, lists_that_make_no_archive_are_refused);
    tcase_add_test(cases, a_failed_write_leaves_what_was_there);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
