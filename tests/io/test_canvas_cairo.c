/* test_canvas_cairo.c: learning curves as PNG, against the same curves as SVG: sizes, colours,
 * letters, places; what is said where there is no font; and that a failure leaves the old picture.
 * Skipped where the library was built without cairo, which is then said, or without libpng, which
 * reads. */
#include "tests/support/suite.h"
#include "drawn.h"

#include <math.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static tg_array png; /* the last picture as pixels */

static void open_pictures(void)
{
    open_drive();
    png = (tg_array){ .data = NULL };
}

static void close_pictures(void)
{
    tg_array_free(&png);
    close_drive();
}

/* Draws into [png]. */
#define PNG(...) take(DRAW("a.png", __VA_ARGS__))
/* Draws into [png] and [svg]. */
#define BOTH(...) PNG(__VA_ARGS__), SVG(__VA_ARGS__)

static void take(tg_status status)
{
    ck_assert_msg(status == TG_OK, "%s", error.text);
    tg_array_free(&png);
    status = tg_read_png(&png, "a.png", &error, .io = &io, .allocator = &allocator);
    ck_assert_msg(status == TG_OK, "%s", error.text);
    ck_assert_int_eq(png.shape.dim[2], 3);
}

/* 0xRRGGBB. */
static unsigned at(double x, double y)
{
    const int64_t width = png.shape.dim[1], column = (int64_t)floor(x), row = (int64_t)floor(y);
    if (column < 0 || column >= width || row < 0 || row >= png.shape.dim[0])
        ck_abort_msg("(%g, %g) is outside", x, y);
    const unsigned char *p = (const unsigned char *)png.data + 3 * (row * width + column);
    return (unsigned)(p[0] << 16 | p[1] << 8 | p[2]);
}

static int count_of(unsigned colour)
{
    int count = 0;
    for (int64_t y = 0; y < png.shape.dim[0]; y++)
        for (int64_t x = 0; x < png.shape.dim[1]; x++) count += at((double)x, (double)y) == colour;
    return count;
}

/* Dark pixels in a part of the page, in pixels of the file. */
static int count_dark(int left, int top, int right, int bottom)
{
    int count = 0;
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) count += (at(x, y) >> 8 & 255) < 100;
    return count;
}

/* The colours of the series, as the bright page of an SVG has them. */
static const unsigned colours[] = { 0x1f6feb, 0xd9630b, 0x1a7f37, 0xcf222e,
                                    0x8250df, 0x0f8b8d, 0x9a6700, 0xbf3989 };
enum { PAGE = 0xffffff, GRID = 0xdde2e7 };

static double xs[200], ys[200];
static void fill(void)
{
    for (int i = 0; i < 200; i++) {
        xs[i] = i;
        ys[i] = i % 2 ? 3 : 0.25 * (i % 8);
    }
}

/* ---- The page --------------------------------------------------------------------------- */

START_TEST(sizes_are_scaled)
{
    static const struct {
        int width, height;
        double scale;
        int64_t wide, high;
    } rows[] = { { 760, 440, 2, 1520, 880 },
                 { 200, 300, 1, 200, 300 },
                 { 301, 201, 1.5, 452, 302 },
                 { 200, 200, 8, 1600, 1600 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        PNG(NULL, 0, .width = rows[i].width, .height = rows[i].height, .scale = rows[i].scale);
        ck_assert_int_eq(png.shape.dim[1], rows[i].wide);
        ck_assert_int_eq(png.shape.dim[0], rows[i].high);
    }
    PNG(NULL, 0);
    ck_assert(png.shape.dim[1] == 1520 && png.shape.dim[0] == 880);
}
END_TEST

START_TEST(colours_are_those_of_bright_pages)
{
    static tg_series s[TG_SERIES_MOST];
    static double levels[TG_SERIES_MOST][2];
    for (int k = 0; k < TG_SERIES_MOST; k++) {
        levels[k][0] = levels[k][1] = k;
        s[k] = (tg_series){ "a name", 2, xs, levels[k] };
    }
    fill();
    PNG(s, 8);
    ck_assert(at(0, 0) == PAGE && at(1519, 0) == PAGE && at(0, 879) == PAGE &&
              at(1519, 879) == PAGE);
    ck_assert_int_gt(count_of(GRID), 100);
    for (int k = 0; k < 8; k++) ck_assert_int_gt(count_of(colours[k]), 1000);
    PNG(s, TG_SERIES_MOST, .height = 2000, .scale = 1);
    for (int k = 0; k < 8; k++) ck_assert_int_gt(count_of(colours[k]), 1500);
    PNG(s, 2, .smooth = 0.5);
    ck_assert_int_eq(count_of(colours[2]), 0);
}
END_TEST

START_TEST(the_path_says_which_file)
{
    static const struct {
        const char *path;
        bool is_png;
    } rows[] = { { "a.PNG", true }, { "png", false }, { "apng", false }, { ".png", true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(DRAW(rows[i].path, NULL, 0), TG_OK);
        const disk_file *file = disk_find(&drive, rows[i].path);
        ck_assert_int_eq(memcmp(file->data, "\x89PNG\r\n\x1a\n", 8) == 0, rows[i].is_png);
        ck_assert_int_eq(memcmp(file->data, "<svg", 4) == 0, !rows[i].is_png);
    }
}
END_TEST

START_TEST(equal_curves_are_equal_files)
{
    const tg_series s = { "s", 200, xs, ys };
    fill();
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(DRAW(i ? "b.png" : "a.png", &s, 1, .title = "t", .smooth = 0.3), TG_OK);
    const disk_file *a = disk_find(&drive, "a.png"), *b = disk_find(&drive, "b.png");
    ck_assert(a->size == b->size && memcmp(a->data, b->data, a->size) == 0);
}
END_TEST

/* ---- Letters ---------------------------------------------------------------------------- */

START_TEST(letters_are_drawn)
{
    PNG(NULL, 0, .title = "A title", .y_label = "turned", .x_label = "x");
    /* Above and below the line that it stands on, from where it begins. */
    ck_assert_int_gt(count_dark(36, 30, 160, 68), 300);
    ck_assert_int_eq(count_dark(300, 0, 1520, 68), 0);
    ck_assert_int_eq(count_dark(0, 0, 34, 70), 0);
    ck_assert_int_eq(count_dark(0, 0, 1520, 28), 0);
    /* The other is as high as "turned" is long, in the middle of its side. */
    ck_assert_int_gt(count_dark(28, 360, 54, 480), 100);
    ck_assert_int_eq(count_dark(28, 72, 54, 340), 0);

    /* A half of the words below is before their place, which is between 46.1 and 736; the numbers
     * on the left end 8 before the grid begins. */
    PNG(NULL, 0, .x_label = "HHHHHHHH");
    const int before = count_dark(600, 832, 782, 870), behind = count_dark(782, 832, 960, 870);
    ck_assert_int_gt(before, 100);
    ck_assert_int_le(abs(before - behind), before / 8);
    ck_assert_int_eq(count_dark(78, 60, 92, 770), 0);
    ck_assert_int_gt(count_dark(40, 60, 78, 770), 100);
}
END_TEST

START_TEST(any_bytes_are_text)
{
    const tg_series s[2] = { { "gr\xc3\xb6\xc3\x9f"
                               "e \xff\n\x01",
                               2, xs, ys },
                             { "0123456789012345678901234567890123456789x", 2, xs, ys } };
    fill();
    PNG(s, 2, .title = "\xf0\x9f\x98\x80 <&>", .x_label = "", .y_label = "\xed\xa0\x80");
    /* What XML would escape is as it is: "&" is one letter, where "&amp;" would be five. */
    PNG(NULL, 0, .title = "&");
    ck_assert_int_eq(count_dark(80, 28, 200, 72), 0);
}
END_TEST

/* ---- Places ----------------------------------------------------------------------------- */

START_TEST(points_are_where_svg_has_them)
{
    fill();
    ys[20] = (double)NAN;
    const tg_series s = { "s", 40, xs, ys };
    for (int scale = 1; scale <= 3; scale++) {
        BOTH(&s, 1, .scale = scale);
        int dots = 0;
        double x, y;
        for (const char *p = svg; (p = strstr(p, "<circle")) != NULL; p++, dots++) {
            ck_assert_int_eq(sscanf(p, "<circle cx=\"%lf\" cy=\"%lf\"", &x, &y), 2);
            ck_assert_uint_eq(at(x * scale, y * scale), colours[0]);
            /* Between two points of a zigzag there is none, and no line to its side. */
            ck_assert_uint_ne(at((x - 6) * scale, y * scale), colours[0]);
        }
        ck_assert_int_eq(dots, 39);
        /* The cross: from the upper left over its middle. */
        const char *mark = strstr(svg, "class=\"mark l0\" d=\"M");
        ck_assert_ptr_nonnull(mark);
        ck_assert_int_eq(sscanf(mark, "class=\"mark l0\" d=\"M%lf %lf", &x, &y), 2);
        ck_assert_uint_eq(at((x + 3) * scale, (y + 3) * scale), colours[0]);
        ck_assert_uint_ne(at((x + 3) * scale, (y - 2) * scale), colours[0]);
        ck_assert_uint_ne(at((x - 1) * scale, (y + 3) * scale), colours[0]);
    }
}
END_TEST

/* One line falls and one rises: they meet in the middle of both axes. */
START_TEST(lines_cross_where_they_should)
{
    enum { COUNT = 101 };
    double up[COUNT], down[COUNT];
    for (int i = 0; i < COUNT; i++) {
        xs[i] = i;
        up[i] = i / 100.0;
        down[i] = 1 - up[i];
    }
    const tg_series s[2] = { { NULL, COUNT, xs, up }, { NULL, COUNT, xs, down } };
    double x0, y0, x1, y1;
    BOTH(s, 2);
    const char *line = strstr(svg, "class=\"line l1\" d=\"M"), *last = strrchr(line, 'L');
    ck_assert_int_eq(sscanf(line, "class=\"line l1\" d=\"M%lf %lf", &x0, &y0), 2);
    for (last = line; strchr(last + 1, 'L') && strchr(last + 1, 'L') < strchr(line, '/');)
        last = strchr(last + 1, 'L');
    ck_assert_int_eq(sscanf(last, "L%lf %lf", &x1, &y1), 2);
    ck_assert(x1 > x0 && y1 > y0);
    /* The later one lies above; beside the crossing each has its own side. */
    ck_assert_uint_eq(at(x0 + x1, y0 + y1), colours[1]);
    ck_assert_uint_eq(at(1.5 * x0 + 0.5 * x1, 1.5 * y0 + 0.5 * y1), colours[1]);
    ck_assert_uint_eq(at(1.5 * x0 + 0.5 * x1, 0.5 * y0 + 1.5 * y1), colours[0]);
}
END_TEST

START_TEST(pale_lines_lie_behind)
{
    const tg_series s = { NULL, 200, xs, ys };
    fill();
    for (int i = 0; i < 200; i++) ys[i] = i == 100 ? 1 : 0;
    PNG(&s, 1, .smooth = 0.9);
    /* 3/10 of the colour on white; the grid's lines below it are a bit darker. */
    ck_assert_int_gt(count_of(0xbcd4f9), 500);
    ck_assert_int_gt(count_of(colours[0]), 1000);
}
END_TEST

/* ---- Failures --------------------------------------------------------------------------- */

START_TEST(a_failure_leaves_the_old_picture)
{
    fill();
    const tg_series s = { "s", 100, xs, ys };
    tg_status status = TG_ERR_IO;
    for (int n = 1; status != TG_OK; n++) {
        open_drive();
        disk_put(&drive, "a.png", "old", 3);
        drive.fail_at = n;
        status = DRAW("a.png", &s, 1, .scale = 1);
        const bool in_place = strstr(error.text, "is written and in place") != NULL;
        ck_assert((status == TG_OK || in_place) == (disk_find(&drive, "a.png")->size > 3));
        ck_assert(status == TG_OK || status == TG_ERR_IO);
        disk_empty(&drive);
        ck_assert_uint_eq(heap.live, 0);
    }
    status = TG_ERR_MEMORY;
    for (size_t n = 1; status != TG_OK; n++) {
        open_drive();
        heap.fail_at = n;
        status = DRAW("a.png", &s, 1, .scale = 1, .title = "t");
        ck_assert(status == TG_OK || status == TG_ERR_MEMORY);
        ck_assert_int_eq(disk_count(&drive), status == TG_OK);
        ck_assert_uint_eq(heap.live, 0);
        ck_assert(status == TG_OK || n <= heap.calls);
    }
}
END_TEST

START_TEST(pictures_too_large_are_refused)
{
    ck_assert_int_eq(DRAW("a.png", NULL, 0, .width = 10000, .scale = 3.3), TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "3.3 times 10000 x 440"));
    ck_assert_int_eq(disk_count(&drive), 0);
    ck_assert_int_eq(DRAW("a.svg", NULL, 0, .width = 10000, .scale = 3.3), TG_OK);
}
END_TEST

/* Fontconfig reads its files once a process, so this one must be new. */
START_TEST(no_font_is_an_error)
{
    static const char none[] = "<fontconfig><cachedir>/nonexistent</cachedir></fontconfig>\n";
    char path[] = "/tmp/tapegrad-fonts-XXXXXX";
    const char *fork = getenv("CK_FORK");
    if (fork && strcmp(fork, "no") == 0) {
        puts("skipped: a system without fonts, for which the test needs a process of its own");
        return;
    }
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, none, sizeof none - 1), (ssize_t)sizeof none - 1);
    (void)close(file);
    (void)setenv("FONTCONFIG_FILE", path, 1);
    const tg_status status = DRAW("a.png", NULL, 0);
    (void)unlink(path);
    ck_assert_int_eq(status, TG_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.text, "there is no font"));
    ck_assert_int_eq(disk_count(&drive), 0);
}
END_TEST

/* Fontconfig's caches hold what they own by offsets, which the search for leaks does not follow. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libfontconfig\n"; }

/* Can pictures be drawn here? Asked in a process of its own, since fontconfig would remember. */
static bool draws(void)
{
    (void)fflush(NULL);
    const pid_t child = fork();
    int result = 1;
    if (child == 0) {
        open_drive();
        const tg_status status = DRAW("a.png", NULL, 0);
        const bool said = status == TG_ERR_UNSUPPORTED && disk_count(&drive) == 0 &&
                          (strstr(error.text, "-Dcairo=enabled") || strstr(error.text, "no font"));
        if (status != TG_OK) (void)fprintf(stderr, "%s\n", error.text);
        _exit(status == TG_OK ? 0 : said ? 77 : 1);
    }
    if (child < 0 || waitpid(child, &result, 0) < 0 || !WIFEXITED(result)) abort();
    if (WEXITSTATUS(result) == 1) abort();
    return WEXITSTATUS(result) == 0;
}

static bool reads(void)
{
    tg_array none = { .data = NULL };
    open_drive();
    disk_put(&drive, "a.png", "\x89PNG\r\n\x1a\n", 8);
    const tg_status status = tg_read_png(&none, "a.png", &error, .io = &io);
    disk_empty(&drive);
    return status != TG_ERR_UNSUPPORTED;
}

int main(void)
{
    if (!draws()) return 77;
    if (!reads()) return puts("built without libpng"), 77;
    Suite *suite = suite_create("curves as PNG");
    TCase *cases = tcase_create("curves as PNG");
    tcase_add_checked_fixture(cases, open_pictures, close_pictures);
    tcase_add_test(cases, no_font_is_an_error);
    tcase_add_test(cases, sizes_are_scaled);
    tcase_add_test(cases, colours_are_those_of_bright_pages);
    tcase_add_test(cases, the_path_says_which_file);
    tcase_add_test(cases, equal_curves_are_equal_files);
    tcase_add_test(cases, letters_are_drawn);
    tcase_add_test(cases, any_bytes_are_text);
    tcase_add_test(cases, points_are_where_svg_has_them);
    tcase_add_test(cases, lines_cross_where_they_should);
    tcase_add_test(cases, pale_lines_lie_behind);
    tcase_add_test(cases, a_failure_leaves_the_old_picture);
    tcase_add_test(cases, pictures_too_large_are_refused);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
