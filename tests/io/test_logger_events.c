/* test_logger_events.c: TensorBoard's event files, by a decoder that knows nothing of the encoder:
 * frames and checksums, messages, PNG pictures, histograms, graphs. */
#include "tests/support/suite.h"
#include "tests/support/disk.h"
#include "io/logger.h"
#include "io/png_bytes.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static disk drive;
static tg_io_layer io;
static tg_error error;
static tg_logger *book;

static void open_log(void)
{
    drive = (disk){ .calls = 0 };
    io = disk_io(&drive);
    book = tg_logger_new(&error, .tensorboard = "t", .io = &io);
    ck_assert_msg(book != NULL, "%s", error.text);
}

static void close_log(void)
{
    tg_logger_free(book);
    disk_empty(&drive);
    ck_assert_int_eq(drive.open_files, 0);
}

/* ---- A decoder -------------------------------------------------------------------------- */

typedef struct part {
    const unsigned char *data;
    size_t size;
} part;

static uint64_t little(const unsigned char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static double as_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* CRC-32C bit by bit, as RFC 3720 defines it. */
static uint32_t checksum(part in)
{
    uint32_t sum = 0xffffffff;
    for (size_t i = 0; i < in.size; i++) {
        sum ^= in.data[i];
        for (int k = 0; k < 8; k++) sum = sum & 1 ? sum >> 1 ^ 0x82f63b78 : sum >> 1;
    }
    return ~sum;
}

static uint32_t masked_checksum(part in)
{
    const uint32_t sum = checksum(in);
    return (sum >> 15 | sum << 17) + 0xa282ead8;
}

/* Record [n] of the file, from 0; an empty part behind the last one. */
static part record(const disk_file *file, int n)
{
    size_t at = 0;
    for (int i = 0;; i++) {
        if (at == file->size) return (part){ NULL, 0 };
        ck_assert_uint_le(at + 16, file->size);
        const part length = { file->data + at, 8 };
        const part content = { length.data + 12, (size_t)little(length.data, 8) };
        ck_assert_uint_le(content.size, file->size - at - 16);
        ck_assert_uint_eq(little(length.data + 8, 4), masked_checksum(length));
        ck_assert_uint_eq(little(content.data + content.size, 4), masked_checksum(content));
        if (i == n) return content;
        at += content.size + 16;
    }
}

static uint64_t varint(part *in)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        ck_assert_uint_gt(in->size, 0);
        const unsigned char byte = *in->data++;
        in->size--;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    ck_abort_msg("a varint has no end");
    return 0;
}

/* Field [field] of a message, the [n]-th of that number; the size is SIZE_MAX if there is none. A
 * number is in *number. */
static part find(part message, unsigned field, int n, uint64_t *number)
{
    while (message.size > 0) {
        const uint64_t tag = varint(&message);
        part content = { message.data, 0 };
        uint64_t value = 0;
        switch (tag & 7) {
        case 0: value = varint(&message); break;
        case 1: content.size = 8; break;
        case 5: content.size = 4; break;
        default:
            ck_assert_uint_eq(tag & 7, 2);
            content.size = (size_t)varint(&message);
            content.data = message.data;
        }
        ck_assert_uint_le(content.size, message.size);
        message.data += content.size;
        message.size -= content.size;
        if (tag >> 3 != field || n-- > 0) continue;
        if ((tag & 7) == 1 || (tag & 7) == 5) value = little(content.data, (int)content.size);
        if (number) *number = value;
        return content;
    }
    return (part){ NULL, SIZE_MAX };
}

static part field(part message, unsigned number)
{
    const part found = find(message, number, 0, NULL);
    ck_assert_msg(found.size != SIZE_MAX, "field %u is not there", number);
    return found;
}

static uint64_t number(part message, unsigned which)
{
    uint64_t value = 0;
    ck_assert_msg(find(message, which, 0, &value).size != SIZE_MAX, "no field %u", which);
    return value;
}

static double real(part message, unsigned which) { return as_double(number(message, which)); }

static void ck_text(part message, unsigned which, const char *wanted)
{
    const part text = field(message, which);
    ck_assert_msg(text.size == strlen(wanted) && memcmp(text.data, wanted, text.size) == 0,
                  "\"%.*s\" is not \"%s\"", (int)text.size, text.data, wanted);
}

static const disk_file *event_file(void)
{
    for (int i = 0; i < DISK_FILES; i++)
        if (strncmp(drive.file[i].path, "t/events.out.tfevents.", 22) == 0) return &drive.file[i];
    ck_abort_msg("no event file");
    return NULL;
}

/* The value that was logged last, of that step and name; and that is all there is beside the start.
 */
static part logged(int64_t step, const char *name)
{
    ck_assert_msg(tg_logger_flush(book) == TG_OK, "%s", tg_logger_error(book));
    ck_assert_uint_eq(record(event_file(), 2).size, 0);
    const part event = record(event_file(), 1), value = field(field(event, 5), 1);
    ck_assert_uint_eq(number(event, 2), (uint64_t)step);
    ck_assert_double_gt(real(event, 1), 1.6e9);
    ck_text(value, 1, name);
    return value;
}

/* ---- Frames ----------------------------------------------------------------------------- */

START_TEST(checksums_are_those_of_rfc_3720)
{
    unsigned char bytes[32];
    ck_assert_uint_eq(tg__crc32c(0, "123456789", 9), 0xe3069283);
    ck_assert_uint_eq(tg__crc32c(tg__crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
    memset(bytes, 0, 32);
    ck_assert_uint_eq(tg__crc32c(0, bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, 32);
    ck_assert_uint_eq(tg__crc32c(0, bytes, 32), 0x62a8ab43);
    for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
    ck_assert_uint_eq(tg__crc32c(0, bytes, 32), 0x46dd794e);
    for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)(31 - i);
    ck_assert_uint_eq(tg__crc32c(0, bytes, 32), 0x113fdb5c);
    ck_assert_uint_eq(checksum((part){ bytes, 32 }), 0x113fdb5c); /* the decoder's own */
}
END_TEST

START_TEST(a_file_begins_with_its_version)
{
    const part first = record(event_file(), 0);
    ck_text(first, 3, "brain.Event:2");
    ck_assert_double_gt(real(first, 1), 1.6e9);
    ck_assert_uint_eq(record(event_file(), 1).size, 0);
}
END_TEST

START_TEST(a_run_that_goes_on_says_where_in_a_file_of_its_own)
{
    char path[128];
    strcpy(path, event_file()->path);
    tg_logger *next = tg_logger_new(&error, .tensorboard = "t", .io = &io, .resume_at = 300);
    ck_assert_ptr_nonnull(next);
    tg_logger_free(next);
    ck_assert_int_eq(disk_count(&drive), 2);
    for (int i = 0; i < DISK_FILES; i++) {
        const disk_file *file = &drive.file[i];
        if (!file->path[0] || strcmp(file->path, path) == 0) continue;
        ck_assert_int_gt(strcmp(file->path, path), 0); /* readers go by names */
        ck_text(record(file, 0), 3, "brain.Event:2");
        ck_assert_uint_eq(number(record(file, 1), 2), 300);
        ck_assert_uint_eq(number(field(record(file, 1), 7), 1), 1); /* SessionLog.START */
    }
}
END_TEST

/* ---- Values ----------------------------------------------------------------------------- */

START_TEST(scalars_are_floats)
{
    tg_logger_scalar(book, INT64_C(1) << 40, "loss/größe", 0.1);
    uint32_t bits = (uint32_t)number(logged(INT64_C(1) << 40, "loss/größe"), 2);
    float value;
    memcpy(&value, &bits, sizeof value);
    ck_assert(value == 0.1f);
}
END_TEST

START_TEST(text_is_a_tensor_of_a_string)
{
    char text[300];
    memset(text, 'x', 299); /* a length of two bytes */
    text[299] = 0;
    tg_logger_text(book, 7, "t", text);
    const part value = logged(7, "t"), tensor = field(value, 8);
    ck_assert_uint_eq(number(tensor, 1), 7); /* DT_STRING */
    ck_assert_uint_eq(number(field(field(tensor, 2), 2), 1), 1);
    ck_text(tensor, 8, text);
    ck_text(field(field(value, 9), 1), 1, "text");
}
END_TEST

START_TEST(hparams_are_a_map_for_their_plugin)
{
    const tg_hparam hparams[] = { { "lr", .number = 0.5 }, { "optimizer", .text = "adam" } };
    tg_logger_hparams(book, hparams, 2);
    const part plugin = field(field(logged(0, "_hparams_/session_start_info"), 9), 1);
    ck_text(plugin, 1, "hparams");
    const part info = field(field(plugin, 2), 3);
    ck_assert_double_gt(real(info, 5), 1.6e9);
    const part lr = find(info, 1, 0, NULL), optimizer = find(info, 1, 1, NULL);
    ck_text(lr, 1, "lr");
    ck_assert(real(field(lr, 2), 2) == 0.5);
    ck_text(optimizer, 1, "optimizer");
    ck_text(field(optimizer, 2), 3, "adam");
}
END_TEST

/* ---- Histograms ------------------------------------------------------------------------- */

/* Everything about a histogram that can be wrong, for numbers whose sums are exact. */
static void ck_histogram(const double *values, int count, int buckets)
{
    tg_logger_histogram(book, 1, "h", values, (size_t)count);
    const part h = field(logged(1, "h"), 5), limits = field(h, 6), counts = field(h, 7);
    double least = HUGE_VAL, largest = -HUGE_VAL, sum = 0, squares = 0, finite = 0, total = 0;
    for (int i = 0; i < count; i++) {
        if (!isfinite(values[i])) continue;
        least = fmin(least, values[i]);
        largest = fmax(largest, values[i]);
        sum += values[i];
        squares += values[i] * values[i];
        finite++;
    }
    ck_assert(real(h, 1) == least && real(h, 2) == largest && real(h, 3) == finite);
    ck_assert(real(h, 4) == sum && real(h, 5) == squares);
    ck_assert_uint_eq(limits.size, 8 * (size_t)buckets);
    ck_assert_uint_eq(counts.size, 8 * (size_t)buckets);
    double low = least;
    for (int b = 0; b < buckets; b++) {
        const double high = as_double(little(limits.data + 8 * b, 8));
        const double in = as_double(little(counts.data + 8 * b, 8));
        double wanted = 0;
        for (int i = 0; i < count; i++)
            wanted += values[i] >= low && (b + 1 == buckets ? values[i] <= high : values[i] < high);
        ck_assert_msg(in == wanted, "bucket %d: %g and not %g", b, in, wanted);
        ck_assert(high > low || buckets == 1);
        total += in;
        low = high;
    }
    ck_assert(low == largest && total == finite);
}

START_TEST(histograms_count_all_that_is_finite)
{
    double values[130];
    for (int i = 0; i < 129; i++) values[i] = (double)(i * 37 % 129) / 2; /* edges among them */
    values[129] = (double)NAN;
    ck_histogram(values, 130, 64);
}
END_TEST

/* Edges that are rounded. */
START_TEST(numbers_at_edges_are_where_the_edges_say)
{
    double values[65];
    for (int i = 0; i < 65; i++) values[i] = 0.1 + 1e-3 * i / 64 * (1 + 1e-13 * (i % 3));
    tg_logger_histogram(book, 1, "h", values, 65);
    const part h = field(logged(1, "h"), 5), limits = field(h, 6), counts = field(h, 7);
    double low = values[0];
    for (int b = 0; b < 64; b++) {
        const double high = as_double(little(limits.data + 8 * b, 8));
        double wanted = 0;
        for (int i = 0; i < 65; i++)
            wanted += values[i] >= low && (b == 63 ? values[i] <= high : values[i] < high);
        ck_assert(as_double(little(counts.data + 8 * b, 8)) == wanted);
        low = high;
    }
}
END_TEST

START_TEST(histograms_of_equal_numbers_have_one_bucket)
{
    const double values[4] = { 3, 3, -(double)INFINITY, 3 };
    ck_histogram(values, 4, 1);
}
END_TEST

START_TEST(histograms_of_the_widest_range_are_finite)
{
    const double values[3] = { -DBL_MAX, 0, DBL_MAX };
    tg_logger_histogram(book, 1, "h", values, 3);
    const part h = field(logged(1, "h"), 5), limits = field(h, 6), counts = field(h, 7);
    double before = -DBL_MAX, in[64];
    for (int b = 0; b < 64; b++) {
        const double limit = as_double(little(limits.data + 8 * b, 8));
        ck_assert(isfinite(limit) && limit > before);
        before = limit;
        in[b] = as_double(little(counts.data + 8 * b, 8));
    }
    ck_assert(in[0] == 1 && in[32] == 1 && in[63] == 1);
}
END_TEST

START_TEST(histograms_of_nothing_are_empty)
{
    const int32_t none[1] = { 0 };
    tg_logger_histogram(book, 1, "h", none, 0);
    const part h = field(logged(1, "h"), 5);
    ck_assert(real(h, 3) == 0 && field(h, 6).size == 0 && field(h, 7).size == 0);
}
END_TEST

/* Every dtype, by the numbers 0 and 1. */
START_TEST(histograms_take_every_dtype)
{
    const float f32[2] = { 0, 1 };
    const int64_t i64[2] = { 0, 1 };
    const uint8_t u8[2] = { 0, 1 };
    const bool flags[2] = { false, true };
    tg_logger_histogram(book, 1, "h", f32, 2);
    tg_logger_histogram(book, 1, "h", i64, 2);
    tg_logger_histogram(book, 1, "h", u8, 2);
    tg_logger_histogram(book, 1, "h", flags, 2);
    ck_assert_int_eq(tg_logger_flush(book), TG_OK);
    for (int i = 1; i <= 4; i++) {
        const part h = field(field(field(record(event_file(), i), 5), 1), 5);
        ck_assert(real(h, 1) == 0 && real(h, 2) == 1 && real(h, 3) == 2 && real(h, 4) == 1);
    }
    ck_assert_int_eq(tg_logger_histogram_at(TG_HERE, book, 1, "h", (tg_dtype)77, u8, 2),
                     TG_ERR_DTYPE);
}
END_TEST

/* ---- Pictures --------------------------------------------------------------------------- */

static uint32_t big(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Is it a PNG of these pixels? */
static void ck_png(part png, const uint8_t *pixels, uint32_t height, uint32_t width,
                   unsigned channels)
{
    static const unsigned char signature[8] = { 0x89, 'P', 'N', 'G', 13, 10, 26, 10 };
    static const char names[] = "IHDRIDATIEND";
    const size_t row = (size_t)width * channels, raw_size = height * (row + 1);
    unsigned char *raw = malloc(raw_size);
    ck_assert(raw && png.size > 8 && memcmp(png.data, signature, 8) == 0);
    const unsigned char *at = png.data + 8, *end = png.data + png.size;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_ge(end - at, 12);
        const uint32_t size = big(at);
        ck_assert_int_ge(end - at, 12 + (int64_t)size);
        ck_assert_mem_eq(at + 4, names + 4 * i, 4);
        ck_assert_uint_eq(big(at + 8 + size), crc32(0, at + 4, size + 4));
        if (i == 0) {
            const unsigned char type = channels == 1 ? 0 : channels == 3 ? 2 : 6;
            const unsigned char rest[5] = { 8, type, 0, 0, 0 };
            ck_assert(size == 13 && big(at + 8) == width && big(at + 12) == height);
            ck_assert_mem_eq(at + 16, rest, 5);
        }
        if (i == 1) {
            uLongf got = (uLongf)raw_size;
            ck_assert_int_eq(uncompress(raw, &got, at + 8, size), Z_OK);
            ck_assert_uint_eq(got, raw_size);
        }
        at += 12 + size;
    }
    ck_assert(at == end);
    for (uint32_t y = 0; y < height; y++) {
        ck_assert_int_eq(raw[y * (row + 1)], 0); /* no filter */
        ck_assert_mem_eq(raw + y * (row + 1) + 1, pixels + y * row, row);
    }
    free(raw);
}

/* Pixels that do not compress, so that there is more than a buffer of them. */
static uint8_t *noise(size_t size)
{
    uint8_t *pixels = malloc(size);
    uint32_t state = 1;
    ck_assert_ptr_nonnull(pixels);
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        pixels[i] = (uint8_t)(state >> 24);
    }
    return pixels;
}

START_TEST(pictures_are_png_files)
{
    static const struct {
        uint32_t height, width;
        unsigned channels;
    } shapes[] = { { 1, 1, 1 }, { 3, 2, 3 }, { 2, 5, 4 }, { 70, 90, 3 } };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const uint32_t h = shapes[i].height, w = shapes[i].width;
        const unsigned c = shapes[i].channels;
        uint8_t *pixels = noise((size_t)h * w * c);
        const tg_array image = tg_array_view(TG_U8, TG_SHAPE(h, w, c), pixels);
        ck_assert_int_eq(tg_logger_image(book, 9, "i", &image), TG_OK);
        const part value = field(logged(9, "i"), 4);
        ck_assert(number(value, 1) == h && number(value, 2) == w && number(value, 3) == c);
        ck_png(field(value, 4), pixels, h, w, c);
        free(pixels);
        close_log();
        open_log();
    }
    uint8_t pixels[6] = { 0, 1, 2, 3, 4, 255 };
    const tg_array grey = tg_array_view(TG_U8, TG_SHAPE(2, 3), pixels);
    ck_assert_int_eq(tg_logger_image(book, 9, "i", &grey), TG_OK);
    ck_png(field(field(logged(9, "i"), 4), 4), pixels, 2, 3, 1);
}
END_TEST

static void ck_no_picture(tg_array image, tg_status status, const char *words)
{
    ck_assert_int_eq(tg_logger_image(book, 9, "i", &image), status);
    ck_assert_msg(strstr(tg_logger_error(book), words) != NULL, "%s", tg_logger_error(book));
    close_log();
    open_log();
}

START_TEST(what_is_no_picture_is_refused)
{
    uint8_t pixels[24] = { 0 };
    ck_no_picture(tg_array_view(TG_F32, TG_SHAPE(2, 3), pixels), TG_ERR_DTYPE, "is f32, and must");
    ck_no_picture((tg_array){ .dtype = TG_DTYPE_DEFAULT }, TG_ERR_ARGUMENT, "empty");
    ck_no_picture(tg_array_view(TG_U8, TG_SHAPE(6), pixels), TG_ERR_SHAPE, "is [6], and must");
    ck_no_picture(tg_array_view(TG_U8, TG_SHAPE(2, 2, 2), pixels), TG_ERR_SHAPE, "[2, 2, 2]");
    ck_no_picture(tg_array_view(TG_U8, TG_SHAPE(2, 0), pixels), TG_ERR_SHAPE, "[2, 0]");
    ck_no_picture(tg_array_view(TG_U8, TG_SHAPE(1, 2, 3, 4), pixels), TG_ERR_SHAPE, "channels");
    ck_no_picture(tg_array_view(TG_U8, TG_SHAPE(2, INT64_C(1) << 31), pixels), TG_ERR_SHAPE,
                  "21474");
    ck_no_picture(tg_array_view(TG_U8, (tg_shape){ .rank = -1 }, pixels), TG_ERR_SHAPE, "[]");
}
END_TEST

/* ---- Graphs ----------------------------------------------------------------------------- */

START_TEST(a_tape_is_a_graph)
{
    tg_store *store = tg_store_new(.seed = 1);
    tg_tape *tape = tg_tape_new(store);
    tg_var *w = tg_param(store, "fc.weight", TG_SHAPE(2, 3), tg_init_zeros());
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(2, 3));
    tg_tensor *sum = tg_add(x, tg_read(tape, w));
    tg_name(sum, "a/b: c");
    tg_assign(w, sum);
    const int line = __LINE__ - 2;
    ck_assert_int_eq(tg_logger_graph(book, tape), TG_OK);
    ck_assert_int_eq(tg_logger_flush(book), TG_OK);
    const part graph = field(record(event_file(), 1), 4);
    ck_assert_uint_eq(find(graph, 1, (int)tg_tape_length(tape), NULL).size, SIZE_MAX);

    char name[64], input[64];
    const part read = find(graph, 1, 1, NULL), added = find(graph, 1, 2, NULL),
               assigned = find(graph, 1, 3, NULL);
    ck_text(read, 1, "fc/weight/read_1");
    ck_text(read, 2, "read");
    (void)snprintf(name, sizeof name, "test_logger_events.c_%d/a/b__c_2", line - 1);
    ck_text(added, 1, name);
    ck_text(added, 2, "add");
    (void)snprintf(input, sizeof input, "test_logger_events.c_%d/x_0", line - 2);
    ck_text(find(graph, 1, 0, NULL), 1, input);
    ck_text(added, 3, input);
    const part second = find(added, 3, 1, NULL);
    ck_assert_mem_eq(second.data, "fc/weight/read_1", second.size);
    ck_text(assigned, 1, "fc/weight/assign_3");
    ck_text(assigned, 3, name);

    const part shape_attr = find(added, 5, 0, NULL), dtype_attr = find(added, 5, 1, NULL);
    ck_text(shape_attr, 1, "_output_shapes");
    const part shape = field(field(field(shape_attr, 2), 1), 7);
    ck_assert_uint_eq(number(find(shape, 2, 0, NULL), 1), 2);
    ck_assert_uint_eq(number(find(shape, 2, 1, NULL), 1), 3);
    ck_assert_uint_eq(find(shape, 2, 2, NULL).size, SIZE_MAX);
    ck_text(dtype_attr, 1, "dtype");
    ck_assert_uint_eq(number(field(dtype_attr, 2), 6), 1); /* DT_FLOAT */
    ck_text(find(added, 5, 2, NULL), 1, "name");
    ck_text(field(find(added, 5, 2, NULL), 2), 2, "a/b: c");
    tg_tape_free(tape);
    tg_store_free(store);
}
END_TEST

/* ---- UTF-8 ------------------------------------------------------------------------------ */

START_TEST(utf_8_is_known_from_what_is_none)
{
    static const char *const good[] = { "",
                                        "a",
                                        "\x7f",
                                        "\xc2\x80",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf",
                                        "größe" };
    static const char *const bad[] = { "\x80",
                                       "\xbf",
                                       "\xc0\x80",
                                       "\xc1\xbf",
                                       "\xc2",
                                       "\xc2x",
                                       "\xe0\x9f\xbf",
                                       "\xed\xa0\x80",
                                       "\xe1\x80",
                                       "\xe1\x80x",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80",
                                       "\xff",
                                       "a\xc2\xc2\x80",
                                       "\xf1\x80\x80" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) ck_assert(tg__is_utf8(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!tg__is_utf8(bad[i]), "%zu", i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("logger_events");
    TCase *cases = tcase_create("events");
    tcase_add_checked_fixture(cases, open_log, close_log);
    tcase_add_test(cases, checksums_are_those_of_rfc_3720);
    tcase_add_test(cases, a_file_begins_with_its_version);
    tcase_add_test(cases, a_run_that_goes_on_says_where_in_a_file_of_its_own);
    tcase_add_test(cases, scalars_are_floats);
    tcase_add_test(cases, text_is_a_tensor_of_a_string);
    tcase_add_test(cases, hparams_are_a_map_for_their_plugin);
    tcase_add_test(cases, histograms_count_all_that_is_finite);
    tcase_add_test(cases, numbers_at_edges_are_where_the_edges_say);
    tcase_add_test(cases, histograms_of_equal_numbers_have_one_bucket);
    tcase_add_test(cases, histograms_of_the_widest_range_are_finite);
    tcase_add_test(cases, histograms_of_nothing_are_empty);
    tcase_add_test(cases, histograms_take_every_dtype);
    tcase_add_test(cases, pictures_are_png_files);
    tcase_add_test(cases, what_is_no_picture_is_refused);
    tcase_add_test(cases, a_tape_is_a_graph);
    tcase_add_test(cases, utf_8_is_known_from_what_is_none);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
