/* test_safetensors_convert.c: tensors of other dtypes, names that are others, metadata. */
#include "tests/support/suite.h"
#include "saved.h"

#include <math.h>

/* Puts a file there: the header's length, the header, the data. */
static void put_file(const char *header, const void *data, size_t size)
{
    unsigned char file[4096] = { 0 };
    const size_t length = strlen(header);
    ck_assert_uint_le(8 + length + size, sizeof file);
    file[0] = (unsigned char)(length & 255);
    file[1] = (unsigned char)(length >> 8);
    memcpy(file + 8, header, length);
    memcpy(file + 8 + length, data, size);
    disk_put(&drive, PATH, file, 8 + length + size);
}

static void put_tensor(const char *dtype, int64_t count, const void *data, size_t size)
{
    char header[256];
    (void)snprintf(header, sizeof header,
                   "{\"w\":{\"dtype\":\"%s\",\"shape\":[%lld],\"data_offsets\":[0,%zu]}}", dtype,
                   (long long)count, size);
    put_file(header, data, size);
}

/* ---- Dtypes ----------------------------------------------------------------------------- */

START_TEST(every_half_is_what_it_says)
{
    /* Each f16 in a file; its value worked out from the format's definition. */
    enum { ALL = 1 << 16, AT_ONCE = 1 << 9 };
    static const tg_dtype dtypes[] = { TG_F32, TG_F64 };
    for (int d = 0; d < 2; d++) {
        tg_store *s = new_store(1);
        tg_var *w = tg_state(s, "w", dtypes[d], TG_SHAPE(AT_ONCE), 1);
        for (int from = 0; from < ALL; from += AT_ONCE) {
            unsigned char data[2 * AT_ONCE];
            double wide[AT_ONCE];
            float single[AT_ONCE];
            tg_load_report report;
            for (int i = 0; i < AT_ONCE; i++) {
                data[2 * i] = (unsigned char)((from + i) & 255);
                data[2 * i + 1] = (unsigned char)((from + i) >> 8);
            }
            put_tensor("F16", AT_ONCE, data, sizeof data);
            ck_fine(tg_load(s, PATH, &error, .io = &io, .report = &report));
            ck_assert_uint_eq(report.converted, 1);
            ck_assert_uint_eq(report.loaded, 1);
            if (d) ck_assert_int_eq(tg_var_get(w, wide, AT_ONCE), TG_OK);
            else ck_assert_int_eq(tg_var_get(w, single, AT_ONCE), TG_OK);
            for (int i = 0; i < AT_ONCE; i++) {
                const int bits = from + i, exponent = bits >> 10 & 31, fraction = bits & 1023;
                const double got = d ? wide[i] : (double)single[i];
                const double size = exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                                    : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                                   : ldexp(fraction, -24);
                ck_assert(isnan(size) ? isnan(got) : fabs(got) == size);
                ck_assert(isnan(size) || !signbit(got) == !(bits & 0x8000));
            }
        }
        tg_store_free(s);
    }
}
END_TEST

START_TEST(brain_floats_are_the_upper_halves)
{
    static const unsigned char data[] = {
        0x80, 0x3f, 0xc0, 0xbf, 0x80, 0x7f, 0x01, 0x00, 0x00, 0x80
    };
    static const float values[] = { 1, -1.5f, (float)INFINITY, 0x1p-133f, -0.0f };
    tg_var *w = tg_param(store, "w", TG_SHAPE(5), tg_init_zeros());
    put_tensor("BF16", 5, data, sizeof data);
    ck_fine(tg_load(store, PATH, &error, .io = &io));
    float got[5];
    ck_assert_int_eq(tg_var_get(w, got, 5), TG_OK);
    ck_assert_mem_eq(got, values, sizeof got);
}
END_TEST

START_TEST(small_integers_are_widened)
{
    static const unsigned char data[] = { 0x01, 0x80, 0xff, 0xff, 0xff, 0x7f, 0x00, 0x80 };
    static const struct {
        const char *dtype;
        int count;
        int64_t values[8];
        bool to32;
    } rows[] = {
        { "I8", 8, { 1, -128, -1, -1, -1, 127, 0, -128 }, true },
        { "I16", 4, { -32767, -1, 32767, -32768 }, true },
        { "U16", 4, { 32769, 65535, 32767, 32768 }, true },
        { "U32", 2, { 4294934529, 2147516415 }, false },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (int wide = 0; wide < 2; wide++) {
            tg_store *s = new_store(1);
            tg_var *w = tg_state(s, "w", wide ? TG_I64 : TG_I32, TG_SHAPE(rows[r].count), 7);
            put_tensor(rows[r].dtype, rows[r].count, data, sizeof data);
            if (!wide && !rows[r].to32) {
                ck_told(tg_load(s, PATH, &error, .io = &io), TG_ERR_DTYPE, "U32 [2] in the file");
            } else {
                ck_fine(tg_load(s, PATH, &error, .io = &io));
                int64_t got[8];
                int32_t narrow[8];
                const size_t count = (size_t)rows[r].count;
                if (wide) ck_assert_int_eq(tg_var_get(w, got, count), TG_OK);
                else ck_assert_int_eq(tg_var_get(w, narrow, count), TG_OK);
                for (size_t i = 0; i < count; i++)
                    ck_assert_int_eq(wide ? got[i] : narrow[i], rows[r].values[i]);
            }
            tg_store_free(s);
        }
}
END_TEST

START_TEST(doubles_are_rounded_if_that_is_said)
{
    tg_store *from = tg_store_new(.dtype = TG_F64);
    tg_var *wide = tg_param(from, "w", TG_SHAPE(4), tg_init_constant(1));
    const double values[] = { 0.1, 1 + 0x1p-24, -0x1.fffffefffffffp127, (double)NAN };
    ck_assert_int_eq(tg_var_set(wide, values, 4), TG_OK);
    ck_fine(tg_save(from, PATH, &error, .io = &io));
    tg_var *w = tg_param(store, "w", TG_SHAPE(4), tg_init_constant(5));
    const picture before = picture_of(store);
    ck_told(tg_load(store, PATH, &error, .io = &io), TG_ERR_DTYPE,
            "F32 [4] in the store and F64 [4] in the file (.narrow = true");
    tg_load_report report;
    ck_fine(tg_load(store, PATH, &error, .io = &io, .narrow = true, .report = &report));
    ck_assert_uint_eq(report.converted, 1);
    float got[4];
    ck_assert_int_eq(tg_var_get(w, got, 4), TG_OK);
    ck_assert(got[0] == 0.1f && got[1] == 1 && got[2] == -0x1.fffffep127f && isnan(got[3]));
    /* Beyond f32 nothing is loaded. */
    const double huge[] = { 1, 2, 0x1.ffffffp127, 3 };
    ck_assert_int_eq(tg_var_set(wide, huge, 4), TG_OK);
    ck_fine(tg_save(from, PATH, &error, .io = &io));
    tg_store *other = new_store(7);
    (void)tg_param(other, "w", TG_SHAPE(4), tg_init_constant(5));
    ck_told(tg_load(other, PATH, &error, .io = &io, .narrow = true), TG_ERR_NUMERIC,
            "element 2 is 3.40282e+38, which no f32 holds");
    const picture after = picture_of(other);
    ck_same(&before, &after);
    tg_store_free(other);
    tg_store_free(from);
}
END_TEST

/* Where the text stands in a file; NULL if it does not. */
static const char *place_of(const disk_file *file, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i + length <= file->size; i++)
        if (memcmp(file->data + i, text, length) == 0) return (const char *)file->data + i;
    return NULL;
}

/* ---- Names ------------------------------------------------------------------------------ */

/* "layer.weight" <-> "model.layer.weight"; "lost" is left out. */
static const char *add_prefix(void *context, const char *name, char *room)
{
    if (strcmp(name, "lost") == 0) return NULL;
    (void)snprintf(room, TG_RENAME_ROOM, "%s%s", (const char *)context, name);
    return room;
}

static const char *drop_prefix(void *context, const char *name, char *room)
{
    const size_t length = strlen(context);
    (void)room;
    return strncmp(name, context, length) == 0 ? name + length : name;
}

static const char *all_the_same(void *context, const char *name, char *room)
{
    (void)name, (void)room;
    return context;
}

START_TEST(names_are_mapped_on_the_way)
{
    char prefix[] = "model.";
    tg_var *w = tg_param(store, "layer.weight", TG_SHAPE(2), tg_init_constant(3));
    (void)tg_param(store, "lost", TG_SHAPE(1), tg_init_constant(4));
    (void)tg_state(store, "layer.mean", TG_F64, TG_SHAPE(2), 0.5);
    ck_fine(
        tg_save(store, PATH, &error, .io = &io, .rename = add_prefix, .rename_context = prefix));
    const disk_file *file = disk_find(&drive, PATH);
    ck_assert(place_of(file, "\"model.layer.weight\":{"));
    ck_assert(place_of(file, "\"tapegrad.state.model.layer.mean\""));
    ck_assert(!place_of(file, "lost"));
    tg_store *other = new_store(1);
    tg_load_report report;
    (void)tg_param(other, "layer.weight", TG_SHAPE(2), tg_init_zeros());
    ck_fine(tg_load(other, PATH, &error, .io = &io, .rename = drop_prefix, .rename_context = prefix,
                    .report = &report, .prefix = "layer"));
    ck_assert_uint_eq(report.loaded, 2);
    ck_assert_uint_eq(report.made, 1); /* under its new name */
    ck_assert_ptr_nonnull(tg_find(other, "layer.mean"));
    float got[2];
    ck_assert_int_eq(tg_var_get(tg_find(other, "layer.weight"), got, 2), TG_OK);
    ck_assert(got[0] == 3);
    tg_store_free(other);
    /* Without the map the names do not meet. */
    ck_told(tg_load(store, PATH, &error, .io = &io), TG_ERR_ARGUMENT, "model.layer");
    /* Two of one name, on either way; a name that is none. */
    char one[] = "layer.weight", none[] = "", format[] = "__metadata__";
    ck_told(tg_save(store, "2", &error, .io = &io, .rename = all_the_same, .rename_context = one),
            TG_ERR_ARGUMENT, ".rename gives two variables the name \"layer.weight\"");
    ck_told(tg_save(store, "2", &error, .io = &io, .rename = all_the_same, .rename_context = none),
            TG_ERR_ARGUMENT, "a name of 0 bytes");
    ck_told(
        tg_save(store, "2", &error, .io = &io, .rename = all_the_same, .rename_context = format),
        TG_ERR_ARGUMENT, "for itself");
    const char header[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                          "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}";
    put_file(header, "0123456789abcdef", 16);
    ck_told(tg_load(store, PATH, &error, .io = &io, .partial = true, .rename = all_the_same,
                    .rename_context = one),
            TG_ERR_ARGUMENT, ".rename gives two tensors of the file the name \"layer.weight\"");
    ck_assert_int_eq(tg_var_get(w, got, 2), TG_OK);
    ck_assert(got[0] == 3 && got[1] == 3);
    ck_assert_ptr_null(disk_find(&drive, "2"));
}
END_TEST

/* ---- Metadata --------------------------------------------------------------------------- */

START_TEST(metadata_comes_back)
{
    const tg_pair pairs[] = { { "classes", "cat, \"dog\"\n\xc3\xa9" },
                              { "a", "" },
                              { NULL, NULL } };
    tg_metadata metadata;
    (void)tg_param(store, "w", TG_SHAPE(2), tg_init_constant(3));
    ck_fine(tg_save(store, PATH, &error, .io = &io, .metadata = pairs));
    const tg_allocator allocator = { failing_alloc, failing_free, &heap };
    ck_fine(tg_read_metadata(&metadata, PATH, &error, .io = &io, .allocator = &allocator));
    ck_assert_int_eq(metadata.count, 3); /* with "format" */
    ck_assert_str_eq(metadata.pairs[0].key, "a");
    ck_assert_str_eq(tg_metadata_find(&metadata, "classes"), pairs[0].value);
    ck_assert_str_eq(tg_metadata_find(&metadata, "a"), "");
    ck_assert_str_eq(tg_metadata_find(&metadata, "format"), "pt");
    ck_assert_ptr_null(tg_metadata_find(&metadata, "tapegrad.version"));
    tg_metadata_free(&metadata);
    ck_assert_ptr_null(metadata.pairs);
    ck_fine(tg_load(store, PATH, &error, .io = &io));
    /* A flipped bit in it is found. */
    disk_file *file = disk_find(&drive, PATH);
    const char *at = place_of(file, "cat");
    ((unsigned char *)file->data)[(size_t)(at - (const char *)file->data)] ^= 1;
    ck_told(tg_read_metadata(&metadata, PATH, &error, .io = &io), TG_ERR_FORMAT, "damaged");
    ck_fine(tg_read_metadata(&metadata, PATH, &error, .io = &io, .no_checksum = true));
    tg_metadata_free(&metadata);
    /* None at all. */
    put_file("{}", "", 0);
    ck_fine(tg_read_metadata(&metadata, PATH, &error, .io = &io));
    ck_assert_int_eq(metadata.count, 0);
    tg_metadata_free(&metadata);
}
END_TEST

START_TEST(metadata_that_cannot_be_is_refused)
{
    static const struct {
        tg_pair pairs[3];
        const char *words;
    } rows[] = {
        { { { "format", "x" } }, "\"format\" of .metadata is one of tg_save's own" },
        { { { "tapegrad.step", "1" } }, "\"tapegrad.step\"" },
        { { { "a", "1" }, { "a", "2" } }, "\"a\" twice" },
        { { { "a", NULL } }, "the value of \"a\"" },
        { { { "\xff", "1" } }, "the key \"\\xff\" is not UTF-8" },
        { { { "a", "\xff" } }, "the value \"\\xff\" is not UTF-8" },
    };
    tg_metadata metadata;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_told(tg_save(store, PATH, &error, .io = &io, .metadata = rows[i].pairs), TG_ERR_ARGUMENT,
                rows[i].words);
    ck_assert_int_eq(disk_count(&drive), 0);
    ck_told(tg_read_metadata(&metadata, PATH, &error, .io = &io), TG_ERR_IO, PATH);
    put_file("{\"__metadata__\":{\"a\":3}}", "", 0);
    ck_told(tg_read_metadata(&metadata, PATH, &error, .io = &io), TG_ERR_FORMAT, "strings");
    put_file("{\"__metadata__\"", "", 0);
    ck_told(tg_read_metadata(&metadata, PATH, &error, .io = &io), TG_ERR_FORMAT, "not JSON");
}
END_TEST

START_TEST(every_failure_leaves_nothing_behind)
{
    const tg_pair pairs[] = { { "classes", "cat" }, { NULL, NULL } };
    char prefix[] = "model.";
    (void)tg_param(store, "w", TG_SHAPE(2), tg_init_constant(3));
    (void)tg_state(store, "s", TG_F64, TG_SHAPE(2), 0.5);
    for (int memory = 0; memory < 2; memory++)
        for (int at = 1, done = 0; !done; at++) {
            tg_metadata metadata = { .count = 0 };
            tg_store *other = new_store(1);
            (void)tg_param(other, "w", TG_SHAPE(2), tg_init_zeros());
            const tg_allocator allocator = { failing_alloc, failing_free, &heap };
            disk_empty(&drive);
            drive.calls = 0;
            heap.calls = 0;
            if (memory) heap.fail_at = (size_t)at;
            else drive.fail_at = at;
            tg_status status = tg_save(store, PATH, &error, .io = &io, .metadata = pairs,
                                       .rename = add_prefix, .rename_context = prefix);
            if (status == TG_OK)
                status =
                    tg_read_metadata(&metadata, PATH, &error, .io = &io, .allocator = &allocator);
            if (status == TG_OK)
                status = tg_load(other, PATH, &error, .io = &io, .rename = drop_prefix,
                                 .rename_context = prefix);
            heap.fail_at = 0;
            drive.fail_at = 0;
            done = status == TG_OK;
            ck_assert(done ? at > 8 : status == (memory ? TG_ERR_MEMORY : TG_ERR_IO));
            ck_assert_uint_eq(tg_var_count(other), done ? 2 : 1);
            ck_assert_int_eq(drive.open_files, 0);
            tg_metadata_free(&metadata);
            tg_store_free(other);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("safetensors_convert");
    TCase *cases = tcase_create("other dtypes, names and metadata");
    tcase_add_checked_fixture(cases, open_drive, close_drive);
    tcase_add_test(cases, every_half_is_what_it_says);
    tcase_add_test(cases, brain_floats_are_the_upper_halves);
    tcase_add_test(cases, small_integers_are_widened);
    tcase_add_test(cases, doubles_are_rounded_if_that_is_said);
    tcase_add_test(cases, names_are_mapped_on_the_way);
    tcase_add_test(cases, metadata_comes_back);
    tcase_add_test(cases, metadata_that_cannot_be_is_refused);
    tcase_add_test(cases, every_failure_leaves_nothing_behind);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
