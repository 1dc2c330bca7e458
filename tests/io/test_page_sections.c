/* test_page_sections.c: what stands in each kind of section of a report: curves, confusion
 * matrices, pictures, parameters, plans. */
#include "tests/support/suite.h"
#include "pages.h"

#include <math.h>
#include <zlib.h>

/* ---- Curves ----------------------------------------------------------------------------- */

/* The rules of a style sheet, each of whose selectors begins with [id]; how many there are. */
static int ck_scoped(const char *style, const char *id)
{
    int rules = 0;
    const char *end = strstr(style, "</style>");
    for (const char *p = style; (p = strchr(p, '{')) != NULL && p < end; p++) {
        const char *begin = p;
        while (begin > style && !strchr("{}", begin[-1])) begin--;
        while (*begin == '\n') begin++;
        if (*begin == '@') continue;
        ck_assert_msg(strncmp(begin, id, strlen(id)) == 0, "%.40s", begin);
        rules++;
    }
    return rules;
}

START_TEST(curves_keep_their_style_for_themselves)
{
    tg_page_curves(page, "One", series, 2, .log_y = true);
    ck_assert_int_eq(tg_page_curves(page, "Two", series, 1, .width = 300, .height = 250), TG_OK);
    ck_whole(2);
    ck_has("<style>", 3);
    const char *first = strstr(strstr(html, "<svg"), "<style>"),
               *second = strstr(first + 1, "<style>");
    ck_assert_int_gt(ck_scoped(first + 7, "#curves-1 "), 20);
    ck_assert_int_gt(ck_scoped(second + 7, "#curves-2 "), 20);
    ck_has("prefers-color-scheme:dark){\n#curves-1 .page{", 1);
    ck_has("<title>One</title>", 1);
    ck_has("viewBox=\"0 0 300 250\"", 1);
}
END_TEST

START_TEST(curves_are_those_of_files)
{
    ck_assert_int_eq(tg_page_curves(page, "One", series, 2, .smooth = 0.5, .log_y = true), TG_OK);
    write_page();
    ck_assert_int_eq(
        tg_draw_curves("a.svg", series, 2, &error, .smooth = 0.5, .log_y = true, .io = &io), TG_OK);
    const disk_file *file = disk_find(&drive, "a.svg");
    char *svg = calloc(1, file->size + 1);
    ck_assert_ptr_nonnull(svg);
    memcpy(svg, file->data, file->size);
    const char *drawing = strstr(svg, "</style>");
    ck_assert_ptr_nonnull(drawing);
    ck_has(drawing, 1);
    free(svg);
}
END_TEST

/* ---- Confusion matrices ----------------------------------------------------------------- */

START_TEST(a_confusion_matrix_has_counts_and_shares)
{
    static const char *const names[3] = { "cat", "dog", "long name" };
    const tg_array matrix = counts_array();
    ck_assert_int_eq(tg_page_confusion(page, "Confusion", &matrix, .classes = names), TG_OK);
    ck_whole(1);
    ck_has("<strong>80.00 %</strong>, 12 of 15", 1);
    ck_has("<td class=\"hit shade-9\" title=\"cat is right: 80.0 %\">8</td>", 1);
    ck_has("<td class=\"miss shade-5\" title=\"cat taken for dog: 20.0 %\">2</td>", 1);
    ck_has("<td class=\"none\">0</td>", 4);
    ck_has("<td class=\"hit\">0</td>", 1);
    ck_has("<td class=\"sum\">10</td><td class=\"sum\">80.0</td>", 1);
    ck_has("<td class=\"sum\">0</td><td class=\"sum\">\xe2\x80\x93</td>", 1); /* no such class */
    ck_has("<td>88.9</td><td>66.7</td><td>\xe2\x80\x93</td>", 1);
    ck_has("<td>9</td><td>6</td><td>0</td><td>15</td>", 1);
    ck_has("class=\"upright\"", 3);
    ck_has("scope=\"col\"", 6);
    ck_has("scope=\"row\"", 5);
}
END_TEST

START_TEST(counts_may_be_of_any_number)
{
    static float f32[4] = { 3, 0, 1, 4 };
    static double f64[4] = { 3, 0, 1, 4 };
    static int32_t i32[4] = { 3, 0, 1, 4 };
    static int64_t i64[4] = { 3, 0, 1, 4 };
    static uint8_t u8[4] = { 3, 0, 1, 4 };
    const struct {
        tg_dtype dtype;
        void *data;
    } all[] = { { TG_F32, f32 }, { TG_F64, f64 }, { TG_I32, i32 }, { TG_I64, i64 }, { TG_U8, u8 } };
    char *first = NULL;
    for (int i = 0; i < 5; i++) {
        const tg_array matrix = tg_array_view(all[i].dtype, TG_SHAPE(2, 2), all[i].data);
        tg_page_free(page);
        begin_page();
        ck_assert_int_eq(tg_page_confusion(page, "Confusion", &matrix), TG_OK);
        ck_whole(1);
        if (first) ck_assert_str_eq(html, first);
        else first = html, html = NULL;
    }
    free(first);
    f64[1] = 0.25;
    const tg_array shares = tg_array_view(TG_F64, TG_SHAPE(2, 2), f64);
    ck_assert_int_eq(tg_page_confusion(page, "Weights", &shares), TG_OK);
    ck_whole(2);
    ck_has(">0.25</td>", 1);
}
END_TEST

START_TEST(many_classes_fit)
{
    static uint8_t ones[TG_PAGE_CLASSES_MOST][TG_PAGE_CLASSES_MOST];
    memset(ones, 1, sizeof ones);
    const int64_t n = TG_PAGE_CLASSES_MOST;
    const tg_array most = tg_array_view(TG_U8, TG_SHAPE(n, n), ones);
    const tg_array one = tg_array_view(TG_U8, TG_SHAPE(1, 1), ones);
    tg_page_confusion(page, "Many", &most);
    ck_assert_int_eq(tg_page_confusion(page, "One", &one), TG_OK);
    ck_whole(2);
    ck_has("class=\"confusion many\"", 1);
    ck_has("class=\"miss shade-1\"", TG_PAGE_CLASSES_MOST * (TG_PAGE_CLASSES_MOST - 1));
}
END_TEST

/* ---- Pictures --------------------------------------------------------------------------- */

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *place = strchr(digits, c);
    return place ? (int)(place - digits) : -1;
}

/* The [n]th picture's rows, each behind a byte that says how it is filtered: [size] bytes. */
static void unpack(int n, unsigned char *rows, size_t size)
{
    static const char begin[] = "src=\"data:image/png;base64,";
    unsigned char png[4096];
    size_t used = 0;
    const char *p = html;
    for (int i = 0; i <= n; i++) {
        p = strstr(p, begin);
        ck_assert_ptr_nonnull(p);
        p += strlen(begin);
    }
    for (; *p != '"'; p += 4) {
        uint32_t bits = 0;
        for (int k = 0; k < 4; k++) bits = bits << 6 | (uint32_t)(p[k] == '=' ? 0 : digit_of(p[k]));
        for (int k = 0; k < 3 && (k == 0 || p[k + 1] != '='); k++)
            png[used++] = (unsigned char)(bits >> (16 - 8 * k));
        ck_assert_uint_lt(used, sizeof png - 4);
    }
    enum { HEADER = 8 + 25, NAME = 8, END = 12 };
    ck_assert(used > HEADER && memcmp(png + HEADER + 4, "IDAT", 4) == 0);
    ck_assert_int_eq(memcmp(png + used - END, "\0\0\0\0IEND", 8), 0);
    const uLong packed = (uLong)png[HEADER + 2] << 8 | png[HEADER + 3];
    uLongf got = (uLongf)size;
    ck_assert_int_eq(uncompress(rows, &got, png + HEADER + NAME, packed), Z_OK);
    ck_assert_uint_eq(got, size);
}

START_TEST(pictures_have_their_pixels)
{
    const tg_page_picture all[] = {
        { tg_array_view(TG_U8, TG_SHAPE(2, 3), pixels), "grey", TG_PAGE_RIGHT },
        { tg_array_view(TG_U8, TG_SHAPE(1, 2, 3), pixels), NULL, TG_PAGE_WRONG },
        { tg_array_view(TG_U8, TG_SHAPE(1, 2, 2), pixels), "opacity", TG_PAGE_UNMARKED },
        { tg_array_view(TG_U8, TG_SHAPE(1, 1, 4), pixels), "", TG_PAGE_UNMARKED },
    };
    unsigned char rows[16];
    ck_assert_int_eq(tg_page_pictures(page, "Pictures", all, 4, .width = 50), TG_OK);
    ck_whole(1);
    unpack(0, rows, 8);
    ck_assert_mem_eq(rows, "\0\1\2\3\0\4\5\6", 8);
    unpack(1, rows, 7);
    ck_assert_mem_eq(rows, "\0\1\2\3\4\5\6", 7);
    unpack(2, rows, 9);
    ck_assert_mem_eq(rows, "\0\1\1\1\2\3\3\3\4", 9);
    unpack(3, rows, 5);
    ck_assert_mem_eq(rows, "\0\1\2\3\4", 5);
    ck_has("style=\"width:50px\"", 4);
    ck_has("width=\"3\" height=\"2\"", 1);
    ck_has("alt=\"grey\"", 1);
    ck_has("alt=\"picture 2\"", 1);
    ck_has("<figcaption>", 3);
    ck_has("aria-label=\"right\"", 1);
    ck_has("aria-label=\"wrong\"", 1);
}
END_TEST

START_TEST(floats_are_spread_from_low_to_high)
{
    static float f32[6] = { -1, 0, 1, 2, -5, NAN };
    static double f64[3] = { 0, 0.5, 1 };
    unsigned char rows[8];
    const tg_page_picture spread = { tg_array_view(TG_F32, TG_SHAPE(1, 6), f32), NULL, 0 };
    const tg_page_picture plain = { tg_array_view(TG_F64, TG_SHAPE(1, 3), f64), NULL, 0 };
    tg_page_pictures(page, "Spread", &spread, 1, .low = -1, .high = 1);
    ck_assert_int_eq(tg_page_pictures(page, "Plain", &plain, 1), TG_OK);
    ck_whole(2);
    unpack(0, rows, 7);
    ck_assert_mem_eq(rows, "\0\0\200\377\377\0\0", 7);
    unpack(1, rows, 4);
    ck_assert_mem_eq(rows, "\0\0\200\377", 4);
}
END_TEST

/* ---- Models ----------------------------------------------------------------------------- */

START_TEST(parameters_stand_by_layers)
{
    open_model();
    ck_assert_int_eq(tg_page_store(page, "Store", store), TG_OK);
    ck_whole(1);
    ck_has("<th scope=\"rowgroup\" rowspan=\"2\">net.first <small>8</small></th>", 1);
    ck_has("<th scope=\"rowgroup\" rowspan=\"2\">net.last <small>3</small></th>", 1);
    ck_has("<th scope=\"rowgroup\" rowspan=\"1\">\xe2\x80\x93</th><td>scale&lt;</td>"
           "<td>a number</td>",
           1);
    ck_has("<td>weight</td><td>2\xc2\xa0\xc3\x97\xc2\xa0"
           "3</td><td>f32</td><td class=\"sum\">6</td><td></td>",
           1);
    ck_has("<td class=\"sum\">2</td><td>frozen</td>", 1);
    ck_has("Parameters</th><td>5 variables, 12 numbers, 48 bytes", 1);
    ck_has("frozen</th><td>1 variable, 2 numbers, 8 bytes", 1);
    ck_has("States</th>", 1);
    ck_has("adam", 0); /* states are not listed */
    tg_store *empty = tg_store_new(.seed = 1);
    ck_assert_int_eq(tg_page_store(page, "Empty", empty), TG_OK);
    ck_whole(2);
    ck_has("Parameters</th><td>0 variables, 0 numbers, 0 bytes", 1);
    tg_store_free(empty);
    close_model();
}
END_TEST

START_TEST(a_plan_has_its_kernels)
{
    char words[100];
    open_model();
    ck_assert_int_eq(tg_page_plan(page, "Plan", plan), TG_OK);
    ck_whole(1);
    (void)snprintf(words, sizeof words, "Kernels</th><td>%zu</td>", tg_plan_kernels(plan));
    ck_has(words, 1);
    (void)snprintf(words, sizeof words, "(%zu bytes)", tg_plan_bytes(plan));
    ck_has(words, tg_plan_bytes(plan) >= 1000);
    ck_has("\nkernel ", (int)tg_plan_kernels(plan));
    ck_has("x&lt;y", occurrences("x&lt;y"));
    ck_assert_int_gt(occurrences("x&lt;y"), 0);
    close_model();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page sections");
    TCase *cases = tcase_create("page sections");
    tcase_add_checked_fixture(cases, open_drive, close_drive);
    tcase_add_test(cases, curves_keep_their_style_for_themselves);
    tcase_add_test(cases, curves_are_those_of_files);
    tcase_add_test(cases, a_confusion_matrix_has_counts_and_shares);
    tcase_add_test(cases, counts_may_be_of_any_number);
    tcase_add_test(cases, many_classes_fit);
    tcase_add_test(cases, pictures_have_their_pixels);
    tcase_add_test(cases, floats_are_spread_from_low_to_high);
    tcase_add_test(cases, parameters_stand_by_layers);
    tcase_add_test(cases, a_plan_has_its_kernels);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
