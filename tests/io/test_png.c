/* test_png.c: PNG pictures: every kind that there is, conversions of channels, what is refused, and
 * what is written. Skipped where the library was built without libpng. */
#include "tests/support/suite.h"
#include "png_files.h"
#include "written_file.h"

#include <math.h>
#include <stdio.h>

static tg_png_report report;

static tg_status read_png(tg_array *array, int64_t channels, int64_t most)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status =
        tg_read_png(array, "file.0", &error, .channels = channels, .max_pixels = most,
                    .report = &report, .io = &io, .allocator = &allocator);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(layer.open_files, 0);
    ck_assert_int_eq(heap.blocks, array->data ? 1 : 0);
    if (status != TG_OK) {
        ck_assert(!array->data && !array->dtype);
        ck_assert_ptr_nonnull(strstr(error.text, "test_png.c:"));
        ck_assert_ptr_nonnull(strstr(error.text, "tg_read_png: file.0: "));
    }
    return status;
}

enum { MANY = 1 << 20 };

static tg_array accepted(const png_kind *kind, int64_t channels)
{
    tg_array array;
    bytes file = png_of(kind);
    quiet(file);
    const tg_status status = read_png(&array, channels, MANY);
    ck_assert_msg(status == TG_OK, "%s", error.text);
    ck_assert_int_eq(array.dtype, TG_U8);
    ck_assert_int_eq(array.shape.rank, 3);
    ck_assert(array.shape.dim[0] == kind->height && array.shape.dim[1] == kind->width);
    ck_assert(report.height == kind->height && report.width == kind->width);
    ck_assert_int_eq(report.bits, kind->bits);
    ck_assert_int_eq(report.palette, kind->colour == 3);
    ck_assert_int_eq(report.interlaced, kind->interlaced);
    free(file.data);
    return array;
}

static void expect_error(bytes file, tg_status expected, const char *text)
{
    tg_array array;
    quiet(file);
    const tg_status status = read_png(&array, 0, MANY);
    ck_assert_msg(status == expected, "%s: %s", tg_status_name(status), error.text);
    ck_assert_msg(strstr(error.text, text), "'%s' is not in '%s'", text, error.text);
    free(file.data);
}

/* ---- What is read ----------------------------------------------------------------------- */

#define RAW(literal)                                                                               \
    {                                                                                              \
        (unsigned char *)(literal), sizeof(literal) - 1                                            \
    }
static const struct kind_row {
    png_kind kind;
    int channels;
    bytes pixels;
} kind_rows[] = {
    { { 2, 2, 8, 0, 0, .lines = RAW("\0\x01\x02\0\x03\xff") }, 1, RAW("\x01\x02\x03\xff") },
    { { 2, 1, 8, 4, 0, .lines = RAW("\0\x01\x80\x02\xff") }, 2, RAW("\x01\x80\x02\xff") },
    { { 1, 2, 8, 2, 0, .lines = RAW("\0\x01\x02\x03\0\x04\x05\x06") },
      3,
      RAW("\x01\x02\x03\x04\x05\x06") },
    { { 1, 1, 8, 6, 0, .lines = RAW("\0\x01\x02\x03\x04") }, 4, RAW("\x01\x02\x03\x04") },
    /* Sixteen bits, rounded: 0x0180 is 1.494 of 255. */
    { { 4, 1, 16, 0, 0, .lines = RAW("\0\x01\x80\x01\x82\xff\xff\x7f\xff") },
      1,
      RAW("\x01\x02\xff\x7f") },
    { { 1, 1, 16, 4, 0, .lines = RAW("\0\x12\x12\xff\xff") }, 2, RAW("\x12\xff") },
    { { 1, 1, 16, 2, 0, .lines = RAW("\0\x12\x12\x34\x34\x56\x56") }, 3, RAW("\x12\x34\x56") },
    { { 1, 1, 16, 6, 0, .lines = RAW("\0\x12\x12\x34\x34\x56\x56\x78\x78") },
      4,
      RAW("\x12\x34\x56\x78") },
    /* Fewer bits, spread. */
    { { 9, 1, 1, 0, 0, .lines = RAW("\0\xa5\x80") },
      1,
      RAW("\xff\x00\xff\x00\x00\xff\x00\xff\xff") },
    { { 4, 1, 2, 0, 0, .lines = RAW("\0\x1b") }, 1, RAW("\x00\x55\xaa\xff") },
    { { 3, 1, 4, 0, 0, .lines = RAW("\0\x0f\x80") }, 1, RAW("\x00\xff\x88") },
    /* Palettes. */
    { { 3, 1, 8, 3, 0, .palette = RAW("\x01\x02\x03\x04\x05\x06"), .lines = RAW("\0\0\1\0") },
      3,
      RAW("\x01\x02\x03\x04\x05\x06\x01\x02\x03") },
    { { 9, 1, 1, 3, 0, .palette = RAW("\x01\x01\x01\x02\x02\x02"), .lines = RAW("\0\x55\x00") },
      3,
      RAW("\1\1\1\2\2\2\1\1\1\2\2\2\1\1\1\2\2\2\1\1\1\2\2\2\1\1\1") },
    { { 2, 1, 4, 3, 0, .palette = RAW("\x01\x02\x03\x04\x05\x06"), .transparent = RAW("\x40"),
        .lines = RAW("\0\x01") },
      4,
      RAW("\x01\x02\x03\x40\x04\x05\x06\xff") },
    /* One colour that is transparent. */
    { { 2, 1, 8, 0, 0, .transparent = RAW("\0\x02"), .lines = RAW("\0\x01\x02") },
      2,
      RAW("\x01\xff\x02\x00") },
    { { 2, 1, 8, 2, 0, .transparent = RAW("\0\1\0\2\0\3"), .lines = RAW("\0\1\2\3\1\2\4") },
      4,
      RAW("\1\2\3\0\1\2\4\xff") },
    /* Lines that say what differs from the one above. */
    { { 2, 2, 8, 0, 0, .lines = RAW("\1\x01\x02\2\x03\x04") }, 1, RAW("\x01\x03\x04\x07") },
};
enum { KIND_ROWS = sizeof kind_rows / sizeof *kind_rows };

START_TEST(every_kind_of_picture_is_read)
{
    const struct kind_row *row = &kind_rows[_i];
    tg_array array = accepted(&row->kind, 0);
    ck_assert_int_eq(array.shape.dim[2], row->channels);
    ck_assert_int_eq(report.channels, row->channels);
    ck_assert_mem_eq(array.data, row->pixels.data, row->pixels.size);
    tg_array_free(&array);
    ck_assert_int_eq(heap.blocks, 0);
}
END_TEST

/* Every size, so that passes are empty in all ways; pixel (y, x) is 16 y + x. */
START_TEST(interlaced_pictures_are_put_together)
{
    static const int first_x[] = { 0, 4, 0, 2, 0, 1, 0 }, first_y[] = { 0, 0, 4, 0, 2, 0, 1 },
                     step_x[] = { 8, 8, 4, 4, 2, 2, 1 }, step_y[] = { 8, 8, 8, 4, 4, 2, 2 };
    for (int height = 1; height <= 10; height++)
        for (int width = 1; width <= 10; width++)
            for (int colour = 0; colour <= 2; colour += 2) {
                bytes lines = bytes_of("", 0);
                for (int pass = 0; pass < 7; pass++)
                    for (int y = first_y[pass]; y < height && first_x[pass] < width;
                         y += step_y[pass]) {
                        png_append(&lines, "\0", 1);
                        for (int x = first_x[pass]; x < width; x += step_x[pass]) {
                            const unsigned char pixel[] = { (unsigned char)(16 * y + x), 1, 2 };
                            png_append(&lines, pixel, colour ? 3 : 1);
                        }
                    }
                const png_kind kind = { (uint32_t)width, (uint32_t)height, 8, colour, 1,
                                        .lines = lines };
                tg_array array = accepted(&kind, 0);
                const unsigned char *pixels = array.data;
                const int step = colour ? 3 : 1;
                for (int y = 0; y < height; y++)
                    for (int x = 0; x < width; x++)
                        ck_assert_int_eq(pixels[step * (y * width + x)], 16 * y + x);
                if (colour) ck_assert_int_eq(pixels[array.shape.dim[1] * 3 - 1], 2);
                tg_array_free(&array);
                free(lines.data);
            }
}
END_TEST

START_TEST(channels_are_what_is_asked_for)
{
    static const struct {
        png_kind kind;
        int64_t channels;
        bytes pixels;
    } rows[] = {
        { { 2, 1, 8, 0, 0, .lines = RAW("\0\x01\x80") }, 1, RAW("\x01\x80") },
        { { 2, 1, 8, 0, 0, .lines = RAW("\0\x01\x80") }, 3, RAW("\1\1\1\x80\x80\x80") },
        { { 1, 1, 8, 0, 0, .lines = RAW("\0\x80") }, 4, RAW("\x80\x80\x80\xff") },
        { { 1, 1, 8, 4, 0, .lines = RAW("\0\x80\x40") }, 1, RAW("\x80") },
        { { 1, 1, 8, 4, 0, .lines = RAW("\0\x80\x40") }, 3, RAW("\x80\x80\x80") },
        { { 1, 1, 8, 4, 0, .lines = RAW("\0\x80\x40") }, 4, RAW("\x80\x80\x80\x40") },
        /* 29.9 + 117.4 + 34.2; 76.245; 255 */
        { { 3, 1, 8, 2, 0, .lines = RAW("\0\x64\xc8\x0a\xff\0\0\xff\xff\xff") },
          1,
          RAW("\x94\x4c\xff") },
        { { 1, 1, 8, 2, 0, .lines = RAW("\0\1\2\3") }, 4, RAW("\1\2\3\xff") },
        { { 1, 1, 8, 6, 0, .lines = RAW("\0\1\2\3\4") }, 3, RAW("\1\2\3") },
        { { 1, 1, 8, 6, 0, .lines = RAW("\0\xff\0\0\4") }, 1, RAW("\x4c") },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tg_array array = accepted(&rows[i].kind, rows[i].channels);
        ck_assert_int_eq(array.shape.dim[2], rows[i].channels);
        for (size_t k = 0; k < rows[i].pixels.size; k++)
            ck_assert_int_eq(((unsigned char *)array.data)[k], rows[i].pixels.data[k]);
        tg_array_free(&array);
        ck_assert_int_eq(heap.blocks, 0);
    }
}
END_TEST

START_TEST(texts_are_passed_over)
{
    bytes text = { calloc(1, 3000000), 3000000 };
    const png_kind kind = { 1, 1, 8, 0, 0, .text = text, .lines = BYTES("\0\7") };
    tg_array array = accepted(&kind, 0);
    ck_assert_int_eq(((unsigned char *)array.data)[0], 7);
    ck_assert_uint_le(heap.peak, 1 << 18);
    tg_array_free(&array);
    free(text.data);
}
END_TEST

/* ---- What is refused -------------------------------------------------------------------- */

static png_kind grey(uint32_t width, uint32_t height, bytes lines)
{
    return (png_kind){ width, height, 8, 0, 0, .lines = lines };
}

START_TEST(pictures_that_are_too_large_are_refused_first)
{
    tg_array array;
    png_kind kind = grey(65537, 1, BYTES("\0\1"));
    expect_error(png_of(&kind), TG_ERR_UNSUPPORTED, "1 high and 65537 wide, and a side may have");
    kind = grey(1, 2000000000, BYTES("\0\1"));
    expect_error(png_of(&kind), TG_ERR_UNSUPPORTED, "2000000000 high");
    kind = grey(65536, 17, BYTES("\0\1"));
    expect_error(png_of(&kind), TG_ERR_UNSUPPORTED, "the 1048576 pixels of .max_pixels");
    ck_assert_uint_le(heap.peak, 1 << 18);
    kind = grey(0, 1, BYTES("\0\1"));
    expect_error(png_of(&kind), TG_ERR_FORMAT, "libpng says");
    /* A header that lies: memory is what arrives needs. */
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        kind = grey(1000, 1000, BYTES("\0\1"));
        kind.interlaced = interlaced;
        expect_error(png_of(&kind), TG_ERR_FORMAT, "");
        ck_assert_uint_le(heap.peak, 1 << 18);
    }
    bytes file = png_of(&kind);
    quiet(file);
    ck_assert_int_eq(read_png(&array, 2, MANY), TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, ".channels is 2"));
    ck_assert_int_eq(read_png(&array, 0, 0), TG_ERR_ARGUMENT);
    free(file.data);
}
END_TEST

START_TEST(files_that_are_no_pictures_are_named)
{
    png_kind kind = grey(2, 2, BYTES("\0\1\2\0\3\4"));
    bytes file = png_of(&kind);
    expect_error(bytes_of("", 0), TG_ERR_FORMAT, "the file is empty");
    expect_error(bytes_of_text("GIF89a...."), TG_ERR_FORMAT, "not a PNG picture");
    expect_error(bytes_of("\xff\xd8\xff\xe0.......", 11), TG_ERR_FORMAT, "a JPEG picture");
    expect_error(bytes_of("\x89PNG\n\x1a\n....", 11), TG_ERR_FORMAT, "its line ends were changed");
    for (size_t cut = 1; cut < file.size; cut++)
        expect_error(bytes_of(file.data, cut), TG_ERR_FORMAT, "cut short");
    expect_error(bytes_join(file, BYTES("x")), TG_ERR_FORMAT, "more bytes follow");
    expect_error(bytes_gzip(file), TG_ERR_FORMAT, "gzip");
    kind.sum_off = 1;
    expect_error(png_of(&kind), TG_ERR_FORMAT, "CRC");
    kind.sum_off = 0;
    kind.cut = 6;
    expect_error(png_of(&kind), TG_ERR_FORMAT, "libpng says");
    kind = grey(2, 2, BYTES("\0\1\2\7\3\4"));
    expect_error(png_of(&kind), TG_ERR_FORMAT, "libpng says");
    kind = (png_kind){ 1, 1, 8, 3, 0, .lines = BYTES("\0\1") };
    expect_error(png_of(&kind), TG_ERR_FORMAT, "libpng says");
    kind = (png_kind){ 1, 1, 3, 0, 0, .lines = BYTES("\0\1") };
    expect_error(png_of(&kind), TG_ERR_FORMAT, "libpng says");
    free(file.data);
}
END_TEST

static tg_status read_and_free(void)
{
    tg_array array;
    const tg_status status = read_png(&array, 1, MANY);
    tg_array_free(&array);
    return status;
}

START_TEST(no_failure_costs_more_than_an_error)
{
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        bytes lines = { calloc(1, 5000), 5000 };
        png_kind kind = { 40, 40, 8, 2, interlaced, .lines = lines };
        bytes file = png_of(&kind);
        for (int memory = 0; memory < 2; memory++)
            ck_assert_int_ge(break_reads(file, memory, read_and_free), 5);
        free(file.data);
        free(lines.data);
    }
}
END_TEST

/* ---- What is written -------------------------------------------------------------------- */

static int64_t clamped;

static tg_status write_png(const tg_array *picture)
{
    const tg_io_layer io = disk_io(&drive);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status = tg_write_png(picture, "a.png", &error, .clamped = &clamped, .io = &io,
                                          .allocator = &allocator);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(drive.open_files, 0);
    ck_assert_int_eq(heap.blocks, 0);
    return status;
}

/* Writes the picture, and reads these bytes. */
static void ck_written(const tg_array *picture, int64_t channels, const void *pixels)
{
    tg_array back;
    heap = (counting_heap){ .calls = 0 };
    ck_assert_msg(write_png(picture) == TG_OK, "%s", error.text);
    const disk_file *file = disk_find(&drive, "a.png");
    quiet((bytes){ file->data, file->size });
    ck_assert_msg(read_png(&back, 0, MANY) == TG_OK, "%s", error.text);
    ck_assert(back.shape.dim[0] == picture->shape.dim[0] &&
              back.shape.dim[1] == picture->shape.dim[1] && back.shape.dim[2] == channels);
    ck_assert_mem_eq(back.data, pixels, (size_t)tg_shape_count(back.shape));
    tg_array_free(&back);
    disk_empty(&drive);
}

START_TEST(bytes_are_written_as_they_are)
{
    static uint8_t pixels[100 * 30 * 4];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * i >> 5);
    tg_array picture = tg_array_view(TG_U8, TG_SHAPE(100, 30), pixels);
    ck_written(&picture, 1, pixels);
    for (int64_t channels = 1; channels <= 4; channels++) {
        picture.shape = TG_SHAPE(100, 30, channels);
        ck_written(&picture, channels, pixels);
        ck_assert_int_eq(clamped, 0);
    }
}
END_TEST

START_TEST(numbers_from_0_to_1_are_rounded_and_clamped)
{
    float floats[] = { 0, 1, 0.5f, -1, 2, NAN, INFINITY, -INFINITY, 1.4f / 255, 1.6f / 255, -0.0f };
    const uint8_t wanted[] = { 0, 255, 128, 0, 255, 0, 255, 0, 1, 2, 0 };
    double doubles[11];
    for (int i = 0; i < 11; i++) doubles[i] = (double)floats[i];
    tg_array picture = tg_array_view(TG_F32, TG_SHAPE(1, 11), floats);
    ck_written(&picture, 1, wanted);
    ck_assert_int_eq(clamped, 5);
    picture = tg_array_view(TG_F64, TG_SHAPE(11, 1, 1), doubles);
    ck_written(&picture, 1, wanted);
    ck_assert_int_eq(clamped, 5);
}
END_TEST

START_TEST(what_is_no_picture_is_not_written)
{
    static uint8_t pixels[64];
    int32_t ints[4] = { 0 };
    heap = (counting_heap){ .calls = 0 };
    tg_array picture = tg_array_view(TG_I32, TG_SHAPE(2, 2), ints);
    ck_assert_int_eq(write_png(&picture), TG_ERR_DTYPE);
    ck_assert_int_eq(write_png(NULL), TG_ERR_ARGUMENT);
    const tg_shape shapes[] = { TG_SCALAR,         TG_SHAPE(4),
                                TG_SHAPE(2, 2, 5), TG_SHAPE(2, 2, 2, 1),
                                TG_SHAPE(0, 2),    TG_SHAPE(2, 0, 3),
                                TG_SHAPE(2, 2, 0) };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        picture = tg_array_view(TG_U8, shapes[i], pixels);
        ck_assert_int_eq(write_png(&picture), TG_ERR_SHAPE);
    }
    picture = tg_array_view(TG_U8, TG_SHAPE(1, 65537), pixels);
    ck_assert_int_eq(write_png(&picture), TG_ERR_SHAPE);
    ck_assert_int_eq(disk_count(&drive), 0);
    picture = tg_array_view(TG_U8, TG_SHAPE(2, 2), pixels);
    ck_assert_int_eq(tg_write_png(&picture, "/nowhere", &error, .level = 10), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_write_png(&picture, "/nowhere", &error, .level = -1), TG_ERR_ARGUMENT);
}
END_TEST

static tg_status write_zeros(void)
{
    static uint8_t pixels[60 * 60];
    const tg_array picture = tg_array_view(TG_U8, TG_SHAPE(60, 60), pixels);
    return write_png(&picture);
}

START_TEST(a_failed_write_leaves_what_was_there)
{
    ck_assert_int_ge(break_writes("a.png", 50, write_zeros), 1);
}
END_TEST

/* Without libpng that is said, and nothing else happens. */
static bool has_png(void)
{
    uint8_t pixel[1] = { 0 };
    const tg_array picture = tg_array_view(TG_U8, TG_SHAPE(1, 1), pixel);
    const tg_io_layer io = disk_io(&drive);
    const tg_status status = tg_write_png(&picture, "a.png", &error, .io = &io);
    const bool said = status == TG_ERR_UNSUPPORTED && strstr(error.text, "-Dpng=enabled");
    if (status != TG_OK && (!said || disk_count(&drive) > 0)) abort();
    disk_empty(&drive);
    return status == TG_OK;
}

int main(void)
{
    if (!has_png()) return puts("built without libpng"), 77;
    Suite *suite = suite_create("png");
    TCase *cases = tcase_create("png");
    tcase_add_loop_test(cases, every_kind_of_picture_is_read, 0, KIND_ROWS);
    tcase_add_test(cases, interlaced_pictures_are_put_together);
    tcase_add_test(cases, channels_are_what_is_asked_for);
    tcase_add_test(cases, texts_are_passed_over);
    tcase_add_test(cases, pictures_that_are_too_large_are_refused_first);
    tcase_add_test(cases, files_that_are_no_pictures_are_named);
    tcase_add_test(cases, no_failure_costs_more_than_an_error);
    tcase_add_test(cases, bytes_are_written_as_they_are);
    tcase_add_test(cases, numbers_from_0_to_1_are_rounded_and_clamped);
    tcase_add_test(cases, what_is_no_picture_is_not_written);
    tcase_add_test(cases, a_failed_write_leaves_what_was_there);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
