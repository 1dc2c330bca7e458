/* test_source.c: a file as a stream of bytes: gzip or not, whatever is read at once; what kind of
 * file it is; and that no failure of file or memory costs more than an error. The readers of IDX
 * and CSV files stand for all that read by it. */
#include "tests/support/suite.h"
#include "read_files.h"

#include <unistd.h>

/* ---- Streams ---------------------------------------------------------------------------- */

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

/* ---- Failures of file and memory -------------------------------------------------------- */

static tg_status read_an_idx(void)
{
    tg_array array;
    const tg_status status = read_idx(&array);
    tg_array_free(&array);
    return status;
}

static tg_status read_a_csv(void)
{
    tg_array array;
    const tg_status status = read_csv(&array, (tg_csv_args){ TG_CSV_DEFAULTS, .comment = 0 });
    tg_array_free(&array);
    return status;
}

START_TEST(every_call_that_fails_is_an_error_and_nothing_more)
{
    bytes idx = bytes_idx(0x08, IDX_DIMS(300), 300);
    bytes csv = bytes_of_text("1,2,3\n4,5,0.12345678901234567890\n6,7,8\n");
    bytes files[4] = { idx, bytes_gzip(idx), csv, bytes_gzip(csv) };
    for (int i = 0; i < 4; i++) {
        ck_assert_int_ge(break_reads(files[i], false, i >= 2 ? read_a_csv : read_an_idx),
                         3); /* open, read, close */
        ck_assert_int_ge(break_reads(files[i], true, i >= 2 ? read_a_csv : read_an_idx),
                         i == 0 ? 2 : 3);
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
    Suite *suite = suite_create("source");
    TCase *cases = tcase_create("source");
    tcase_add_test(cases, short_reads_and_interrupted_calls_are_invisible);
    tcase_add_test(cases, gzip_members_follow_each_other_anywhere);
    tcase_add_test(cases, memory_grows_with_the_data_and_not_with_the_header);
    tcase_add_test(cases, other_kinds_of_files_are_named);
    tcase_add_test(cases, damaged_gzip_is_refused);
    tcase_add_test(cases, every_call_that_fails_is_an_error_and_nothing_more);
    tcase_add_test(cases, the_operating_systems_reason_is_told);
    tcase_add_test(cases, a_layer_that_claims_more_than_it_was_asked_for_is_not_believed);
    tcase_add_test(cases, files_on_disk_are_read_through_the_default_layer);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
