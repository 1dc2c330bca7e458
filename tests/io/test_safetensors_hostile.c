/* test_safetensors_hostile.c: safetensors files that are cut, changed or made up: they are taken
 * whole or not at all. (What is as it should be: test_safetensors.c; many more:
 * fuzz_safetensors.c.) */
#include "tests/support/suite.h"
#include "saved.h"

#include <pthread.h>

/* ---- Hostile files ---------------------------------------------------------------------- */

START_TEST(a_file_cut_anywhere_is_refused)
{
    fill(store, true);
    ck_fine(tg_save(store, PATH, &error, .io = &io));
    disk_file *file = disk_find(&drive, PATH);
    const size_t whole = file->size;
    const picture before = picture_of(store);
    for (file->size = 0; file->size < whole; file->size++) {
        ck_told(tg_load(store, PATH, &error, .io = &io), TG_ERR_FORMAT, "");
        const picture after = picture_of(store);
        ck_same(&after, &before);
    }
    ck_fine(tg_load(store, PATH, &error, .io = &io));
}
END_TEST

/* With checksums none is taken (_i: 0), without them many are. */
START_TEST(a_file_with_any_byte_changed_is_taken_whole_or_not_at_all)
{
    static const unsigned char flips[] = { 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff };
    fill(store, true);
    ck_fine(tg_save(store, PATH, &error, .no_checksum = _i == 1, .io = &io));
    disk_file *file = disk_find(&drive, PATH);
    int taken = 0, refused = 0;
    for (size_t i = 0; i < file->size; i++)
        for (size_t f = 0; f < sizeof flips; f += _i ? 2 : 1) {
            tg_store *other = new_store(8);
            fill(other, false);
            const picture before = picture_of(other);
            file->data[i] ^= flips[f];
            const tg_status status = tg_load(other, PATH, &error, .io = &io);
            file->data[i] ^= flips[f];
            const picture after = picture_of(other);
            ck_assert_int_eq(drive.open_files, 0);
            ck_assert_int_eq(error.status, status);
            ck_assert_int_ne(status, TG_ERR_INTERNAL);
            ck_assert_msg(status != TG_OK || _i, "byte %zu, %#x", i, flips[f]);
            if (status != TG_OK) ck_same(&after, &before);
            *(status == TG_OK ? &taken : &refused) += 1;
            tg_store_free(other);
        }
    if (_i) ck_assert_int_gt(taken, 100);
    ck_assert_int_gt(refused, 1000);
}
END_TEST

/* A header and [data] bytes of zeros behind it. */
static void put_file(const char *header, size_t length, size_t data)
{
    unsigned char *bytes = calloc(1, 8 + length + data + 1);
    ck_assert_ptr_nonnull(bytes);
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(bytes + 8, header, length);
    disk_put(&drive, PATH, bytes, 8 + length + data);
    free(bytes);
}

#define W "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"
#define T(name, dtype, shape, offsets)                                                             \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
static const struct {
    const char *header;
    size_t data;
    tg_status status;
    const char *words;
} headers[] = {
    { "{" W "}", 8, TG_OK, "" },
    { "{" W "}   \n", 8, TG_OK, "" },
    { "{" W ",\"__metadata__\":{}}", 8, TG_OK, "" },
    { "{" W "}", 7, TG_ERR_FORMAT, "cut short" },
    { "{" W "}", 9, TG_ERR_FORMAT, "behind the last tensor, from byte" },
    { "", 0, TG_ERR_FORMAT, "its header has a length of 0" },
    { "{" W ",\"__metadata__\":{\"[{[{[{[{[{[\":\"[[[[\\\"[[[[[[[[[[[[\"}}", 8, TG_OK, "" },
    { "{" T("w", "F32", "[[[[[[[2]]]]]]]", "[0,8]") "}", 8, TG_ERR_FORMAT, "depth above 8" },
    { "{" T("w", "F32", "[[[[[[2]]]]]]", "[0,8]") "}", 8, TG_ERR_FORMAT, "whole numbers" },
    { "["
      "]",
      0, TG_ERR_FORMAT, "no JSON object" },
    { "null", 0, TG_ERR_FORMAT, "not JSON" },
    { "{" W ",}", 8, TG_ERR_FORMAT, "not JSON" },
    { "{" W "}{}", 8, TG_ERR_FORMAT, "not JSON" },
    { "{" W "," W "}", 8, TG_ERR_FORMAT, "duplicate" },
    { "{\"w\":{}}", 8, TG_ERR_FORMAT, "no \"dtype\"" },
    { "{\"w\":[]}", 8, TG_ERR_FORMAT, "no \"dtype\"" },
    { "{\"w\":3}", 8, TG_ERR_FORMAT, "no \"dtype\"" },
    { "{" T("w", "F33", "[2]", "[0,8]") "}", 8, TG_ERR_FORMAT, "dtype is unknown" },
    { "{" T("w", "F16", "[4]", "[0,8]") "}", 8, TG_ERR_SHAPE, "F16 [4] in the file" },
    { "{" T("w", "F16", "[2]", "[0,8]") "}", 8, TG_ERR_FORMAT, "does not take the 8 bytes" },
    { "{" T("w", "F16", "[2]", "[0,4]") "}", 3, TG_ERR_FORMAT, "cut short" },
    { "{" T("w", "I16", "[2]", "[0,4]") "}", 4, TG_ERR_DTYPE, "I16 [2] in the file" },
    { "{" T("w", "F8_E5M2", "[2]", "[0,2]") "}", 2, TG_ERR_DTYPE, "F8_E5M2 [2] in the file" },
    { "{" T("w", "F64", "[2]", "[0,16]") "}", 16, TG_ERR_DTYPE, ".narrow = true" },
    { "{" T("w", "F64", "[1]", "[0,8]") "}", 8, TG_ERR_DTYPE, "F64 [1] in the file" },
    { "{" T("w", "F32", "[1,2]", "[0,8]") "}", 8, TG_ERR_SHAPE, "F32 [1, 2] in the file" },
    { "{" T("w", "F32", "2", "[0,8]") "}", 8, TG_ERR_FORMAT, "no list \"shape\"" },
    { "{" T("w", "F32", "[2.0]", "[0,8]") "}", 8, TG_ERR_FORMAT, "whole numbers" },
    { "{" T("w", "F32", "[-2]", "[0,8]") "}", 8, TG_ERR_FORMAT, "whole numbers" },
    { "{" T("w", "F32", "[\"2\"]", "[0,8]") "}", 8, TG_ERR_FORMAT, "whole numbers" },
    { "{" T("w", "F32", "[99999999999999999999]", "[0,8]") "}", 8, TG_ERR_FORMAT, "integer" },
    { "{" T("w", "F32", "[9223372036854775807,4]", "[0,8]") "}", 8, TG_ERR_FORMAT, "counted" },
    { "{" T("w", "F64", "[4611686018427387906]", "[0,16]") "}", 8, TG_ERR_FORMAT, "does not take" },
    { "{" T("w", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, TG_ERR_UNSUPPORTED, "8 axes" },
    { "{" T("w", "F32", "[2]", "[0,8,9]") "}", 8, TG_ERR_FORMAT, "[begin, end]" },
    { "{" T("w", "F32", "[2]", "8") "}", 8, TG_ERR_FORMAT, "[begin, end]" },
    { "{" T("w", "F32", "[2]", "[8,0]") "}", 8, TG_ERR_FORMAT, "[begin, end]" },
    { "{" T("w", "F32", "[2]", "[-8,0]") "}", 8, TG_ERR_FORMAT, "[begin, end]" },
    { "{" T("w", "F32", "[2]", "[0,12]") "}", 12, TG_ERR_FORMAT, "does not take the 12 bytes" },
    { "{" T("w", "F32", "[2]", "[4,12]") "}", 12, TG_ERR_FORMAT, "gap" },
    { "{" W "," T("v", "F32", "[2]", "[4,12]") "}", 12, TG_ERR_FORMAT, "overlaps" },
    { "{" W "," T("v", "F32", "[2]", "[0,8]") "}", 8, TG_ERR_FORMAT, "overlaps" },
    { "{" W "," T("v", "F32", "[2]", "[12,20]") "}", 20, TG_ERR_FORMAT, "gap" },
    { "{" W "," T("v", "F32", "[1]", "[8,12]") "}", 12, TG_ERR_ARGUMENT, "has no \"v\"" },
    { "{" T("\xff", "F32", "[1]", "[8,12]") "}", 12, TG_ERR_FORMAT, "not JSON" },
    { "{" T("a\\u0000b", "F32", "[1]", "[0,4]") "}", 12, TG_ERR_FORMAT, "not JSON" },
    { "{" T("a\\nb", "F32", "[1]", "[0,4]") "}", 4, TG_ERR_ARGUMENT, "a\\x0ab" },
    { "{" W ",\"__metadata__\":{\"a\":1}}", 8, TG_ERR_FORMAT, "strings" },
    { "{" W ",\"__metadata__\":[]}", 8, TG_ERR_FORMAT, "strings" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"3\"}}", 8, TG_ERR_UNSUPPORTED, "\"3\"" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"0\"}}", 8, TG_ERR_UNSUPPORTED, "\"0\"" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"2\"}}", 8, TG_ERR_FORMAT, "its header" },
    { "{" W ",\"__metadata__\":{\"tapegrad.crc32\":\"00000000\"}}", 8, TG_ERR_FORMAT, "damaged" },
    { "{" W ",\"__metadata__\":{\"tapegrad.header_crc32\":\"\"}}", 8, TG_ERR_FORMAT, "its header" },
    { "{" W ",\"__metadata__\":{\"tapegrad.header_crc32\":\"012345g7\"}}", 8, TG_ERR_FORMAT,
      "damaged" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"\"}}", 8, TG_ERR_UNSUPPORTED, "version" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\",\"tapegrad.step\":\"-1\"}}", 8,
      TG_ERR_FORMAT, "no step" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.step\":\"9223372036854775808\"}}",
      8, TG_ERR_FORMAT, "no step" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.draw.0123456789abcdeg\":\"1\"}}",
      8, TG_ERR_FORMAT, "its count of the draws by" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.draw.0123456789abcde\":\"1\"}}",
      8, TG_ERR_FORMAT, "its count of the draws by" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.draw.0123456789abcdef0\":\"1\"}}",
      8, TG_ERR_FORMAT, "its count of the draws by" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.draw.0123456789ABCDEF\":\"1\"}}",
      8, TG_ERR_FORMAT, "its count" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.draw.\":\"1\"}}",
      8, TG_ERR_FORMAT, "its count" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.draw.0123456789abcdef\":\"\"}}",
      8, TG_ERR_FORMAT, "its count" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.draw.0123456789abcdef\":\"-1\"}}",
      8, TG_ERR_FORMAT, "its count" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.draw.0123456789abcdef\":\"1x\"}}",
      8, TG_ERR_FORMAT, "its count" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.draw.0123456789abcdef\":\"9223372036854775808\"}}",
      8, TG_ERR_FORMAT, "its count" },
    { "{" W ",\"__metadata__\":{\"tapegrad.version\":\"1\","
      "\"tapegrad.seed\":\"18446744073709551616\"}}",
      8, TG_ERR_FORMAT, "no seed" },
    { "{" W "," T("a\\nb", "F32", "[1]",
                  "[8,12]") ",\"__metadata__\":"
                            "{\"tapegrad.version\":\"1\",\"tapegrad.state.a\\nb\":\"\"}}",
      12, TG_ERR_ARGUMENT, "cannot be made" },
    { "{" W "," T("s", "F32", "[1]", "[8,12]") "," T(
          "a\\nb", "F32", "[1]",
          "[12,16]") ",\"__metadata__\":{\"tapegrad.version\":\"1\",\"tapegrad.state.s\":\"\","
                     "\"tapegrad.state.a\\nb\":\"\"}}",
      16, TG_ERR_ARGUMENT, "cannot be made" },
};

START_TEST(headers_are_taken_as_they_should_be_or_not_at_all)
{
    (void)tg_param(store, "w", TG_SHAPE(2), tg_init_constant(1));
    const picture before = picture_of(store);
    put_file(headers[_i].header, strlen(headers[_i].header), headers[_i].data);
    const tg_status status = tg_load(store, PATH, &error, .io = &io);
    if (headers[_i].status == TG_OK) {
        float got[2];
        ck_fine(status);
        ck_assert_int_eq(tg_var_get(tg_var_nth(store, 0), got, 2), TG_OK);
        ck_assert(got[0] == 0 && got[1] == 0);
        return;
    }
    ck_told(status, headers[_i].status, headers[_i].words);
    ck_assert(strstr(error.text, "test_safetensors_hostile.c:") &&
              strstr(error.text, "tg_load: " PATH));
    const picture after = picture_of(store);
    ck_same(&after, &before);
}
END_TEST

START_TEST(lengths_that_cannot_be)
{
    static const unsigned char lengths[][8] = {
        { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
        { 0x01, 0xe1, 0xf5, 0x05, 0, 0, 0, 0 }, /* 100,000,001 */
    };
    for (size_t i = 0; i < 2; i++) {
        disk_put(&drive, PATH, lengths[i], 8);
        ck_told(tg_load(store, PATH, &error, .io = &io), TG_ERR_FORMAT, "no safetensors file");
    }
    disk_put(&drive, PATH, "\x00\xe1\xf5\x05\0\0\0\0{}", 10);
    ck_told(tg_load(store, PATH, &error, .io = &io), TG_ERR_FORMAT, "inside the header");
    disk_put(&drive, PATH, "PK\x03\x04\x08\0\0\1more", 12);
    ck_told(tg_load(store, PATH, &error, .io = &io), TG_ERR_FORMAT, "looks like a ZIP archive");
    /* Nothing was believed: not even the largest header was allocated. */
    heap.live_bytes = 0;
    ck_assert_uint_lt(heap.calls, 100);
}
END_TEST

START_TEST(nesting_does_not_exhaust_the_stack)
{
    enum { DEPTH = 1 << 20 };
    char *deep = malloc(DEPTH);
    ck_assert_ptr_nonnull(deep);
    memset(deep, '[', DEPTH);
    put_file(deep, DEPTH, 0);
    ck_told(tg_load(store, PATH, &error, .io = &io), TG_ERR_FORMAT, "depth");
    free(deep);
}
END_TEST

static void *load_there(void *status)
{
    *(tg_status *)status = tg_load(store, PATH, &error, .io = &io);
    return NULL;
}

/* A header of 4 KB, nested as deep as jansson goes, on a thread with a small stack. */
START_TEST(nesting_takes_little_of_the_stack)
{
    enum { DEPTH = 2040, STACK = 128 << 10 };
    char deep[2 * DEPTH];
    tg_status status = TG_OK;
    pthread_attr_t small;
    pthread_t thread;
    memset(deep, '[', DEPTH);
    memset(deep + DEPTH, ']', DEPTH);
    put_file(deep, sizeof deep, 0);
    ck_assert_int_eq(pthread_attr_init(&small), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&small, STACK), 0);
    ck_assert_int_eq(pthread_create(&thread, &small, load_there, &status), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_told(status, TG_ERR_FORMAT, "depth above 8");
    (void)pthread_attr_destroy(&small);
}
END_TEST

/* Looking for what the names have in common takes no more than a pass or a few. */
START_TEST(a_name_of_a_million_dots)
{
    enum { DOTS = 1 << 20 };
    static const char end[] = "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    char *header = malloc(DOTS + sizeof end + 2);
    ck_assert_ptr_nonnull(header);
    memset(header, '.', DOTS + 2);
    memcpy(header, "{\"", 2);
    memcpy(header + 2 + DOTS, end, sizeof end);
    put_file(header, strlen(header), 0);
    (void)tg_param(store, "w", TG_SHAPE(2), tg_init_constant(1));
    ck_told(tg_load(store, PATH, &error, .io = &io), TG_ERR_ARGUMENT, "has no \"......");
    ck_told(tg_load(store, PATH, &error, .io = &io, .partial = true), TG_ERR_ARGUMENT, "nothing");
    free(header);
}
END_TEST

START_TEST(a_bool_is_0_or_1)
{
    (void)tg_state(store, "w", TG_BOOL, TG_SHAPE(3), 1);
    const char header[] = "{" T("w", "BOOL", "[3]", "[0,3]") "}";
    put_file(header, sizeof header - 1, 3);
    disk_find(&drive, PATH)->data[8 + sizeof header - 1 + 1] = 2;
    ck_told(tg_load(store, PATH, &error, .io = &io), TG_ERR_FORMAT,
            "element 1 is a BOOL of value 2");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile files");
    TCase *cases = tcase_create("a disk in memory");
    tcase_add_checked_fixture(cases, open_drive, close_drive);
    tcase_add_test(cases, a_file_cut_anywhere_is_refused);
    tcase_add_loop_test(cases, a_file_with_any_byte_changed_is_taken_whole_or_not_at_all, 0, 2);
    tcase_add_loop_test(cases, headers_are_taken_as_they_should_be_or_not_at_all, 0,
                        (int)(sizeof headers / sizeof *headers));
    tcase_add_test(cases, lengths_that_cannot_be);
    tcase_add_test(cases, nesting_does_not_exhaust_the_stack);
    tcase_add_test(cases, nesting_takes_little_of_the_stack);
    tcase_add_test(cases, a_name_of_a_million_dots);
    tcase_add_test(cases, a_bool_is_0_or_1);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
