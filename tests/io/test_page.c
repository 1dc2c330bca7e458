/* test_page.c: reports as HTML: that a page is whole, whatever is written on it, and what errors
 * leave of it. (What stands in each kind of section: test_page_sections.c. What a browser makes of
 * it: interop/report_page.py.) */
#include "tests/support/suite.h"
#include "pages.h"

#include <math.h>

/* A section of each kind. */
enum { KINDS = 7 };
static tg_status add_all(void)
{
    const tg_hparam facts[] = { { "epochs", .number = 12 }, { "optimizer", .text = "adam" } };
    const tg_array matrix = counts_array();
    const tg_page_picture picture = { tg_array_view(TG_U8, TG_SHAPE(4, 3), pixels), "four",
                                      TG_PAGE_WRONG };
    tg_page_facts(page, "Facts", facts, 2);
    tg_page_text(page, "Text", "some\nlines");
    tg_page_curves(page, "Curves", series, 2);
    tg_page_confusion(page, "Confusion", &matrix);
    tg_page_pictures(page, "Pictures", &picture, 1);
    tg_page_store(page, "Store", store);
    return tg_page_plan(page, "Plan", plan);
}

START_TEST(a_page_is_whole)
{
    open_model();
    ck_whole(0);
    ck_has("<nav", 0);
    for (int times = 1; times <= 2; times++) {
        ck_assert_int_eq(add_all(), TG_OK);
        ck_whole(times * KINDS);
        ck_has("<nav", 1);
    }
    close_model();
}
END_TEST

START_TEST(equal_calls_make_equal_bytes)
{
    open_model();
    ck_assert_int_eq(add_all(), TG_OK);
    write_page();
    char *first = html;
    html = NULL;
    write_page();
    ck_assert_str_eq(html, first);
    tg_page_free(page);
    begin_page();
    ck_assert_int_eq(add_all(), TG_OK);
    write_page();
    ck_assert_str_eq(html, first);
    free(first);
    close_model();
}
END_TEST

/* ---- Text ------------------------------------------------------------------------------- */

/* Everything that HTML or a terminal would take for its own, and what is left of it. */
#define ODD         "</title><b a='b'>&amp; \"gr\xc3\xb6\xc3\x9f"
#define ODD_ESCAPED "&lt;/title&gt;&lt;b a=&#39;b&#39;&gt;&amp;amp; &quot;gr\xc3\xb6\xc3\x9f"
#define BAD         "\xef\xbf\xbd"

START_TEST(text_is_escaped_everywhere)
{
    static const char *const names[3] = { ODD, "b", "c" };
    const tg_hparam fact = { ODD, .text = ODD };
    const tg_series curve = { ODD, 4, steps, losses };
    const tg_array matrix = counts_array();
    const tg_page_picture picture = { tg_array_view(TG_U8, TG_SHAPE(4, 3), pixels), ODD,
                                      TG_PAGE_RIGHT };
    tg_page_facts(page, ODD, &fact, 1);
    tg_page_text(page, ODD, ODD);
    tg_page_curves(page, ODD, &curve, 1, .x_label = ODD, .y_label = ODD);
    tg_page_confusion(page, ODD, &matrix, .classes = names);
    ck_assert_int_eq(tg_page_pictures(page, ODD, &picture, 1), TG_OK);
    ck_whole(5);
    ck_has("<b", 1); /* <body> */
    ck_has("</title>", 2);
    ck_has("<h2 id=\"title-3\">" ODD_ESCAPED "</h2>", 1);
    ck_has("<a href=\"#section-5\">" ODD_ESCAPED "</a>", 1);
    ck_has("alt=\"" ODD_ESCAPED "\"", 1);
    ck_has("<title>" ODD_ESCAPED "</title>", 1);
    ck_has("<th scope=\"row\">" ODD_ESCAPED "</th><td>" ODD_ESCAPED "</td>", 1);
    tg_page *odd = tg_page_new(ODD, &error, .allocator = &allocator);
    tg_page_free(page);
    page = odd;
    write_page();
    ck_balanced();
    ck_has("<title>" ODD_ESCAPED "</title>", 1);
}
END_TEST

START_TEST(what_is_no_text_is_replaced)
{
    tg_page_text(page, "Text",
                 "\n a\r\nb\tc\rd\x01\x1b[0m\x7f \xff \xc3( \xed\xa0\x80 "
                 "\xf4\x90\x80\x80 \xc2\x85 \xc2\xa0 \xe2\x82\xac\xe2\x82");
    ck_whole(1);
    ck_has("<pre>\n\n a\nb\tc" BAD "d" BAD BAD "[0m" BAD " " BAD " " BAD "( " BAD BAD BAD
           " " BAD BAD BAD BAD " " BAD " \xc2\xa0 \xe2\x82\xac" BAD BAD "</pre>",
           1);
}
END_TEST

START_TEST(numbers_are_short)
{
    const tg_hparam facts[] = { { "whole", .number = 1234567890123 },
                                { "one", .number = (double)0.1f },
                                { "zero", .number = -0.0 },
                                { "large", .number = 1e300 },
                                { "small", .number = 1.25e-9 },
                                { "none", .number = (double)NAN },
                                { "below", .number = -(double)INFINITY },
                                { "half", .number = -2.5 } };
    tg_page_facts(page, "Facts", facts, sizeof facts / sizeof *facts);
    tg_page_facts(page, "None", NULL, 0);
    ck_whole(2);
    ck_has("whole</th><td>1234567890123</td>", 1);
    ck_has("one</th><td>0.1</td>", 1);
    ck_has("zero</th><td>0</td>", 1);
    ck_has("large</th><td>1e+300</td>", 1);
    ck_has("small</th><td>1.25e-09</td>", 1);
    ck_has("none</th><td>nan</td>", 1);
    ck_has("below</th><td>-inf</td>", 1);
    ck_has("half</th><td>-2.5</td>", 1);
}
END_TEST

/* ---- Errors ----------------------------------------------------------------------------- */

START_TEST(the_first_error_sticks)
{
    const tg_array half = tg_array_view(TG_I64, TG_SHAPE(3, 2), counts);
    tg_page_text(page, "Text", "words");
    write_page();
    ck_assert_int_eq(tg_page_status(page), TG_OK);
    ck_assert_str_eq(tg_page_error(page), "");
    ck_assert_int_eq(tg_page_confusion(page, "Confusion", &half), TG_ERR_SHAPE);
    ck_assert_int_eq(tg_page_text(page, "Text", NULL), TG_ERR_SHAPE);
    ck_assert_int_eq(tg_page_curves(page, "Curves", series, 2), TG_ERR_SHAPE);
    ck_assert_int_eq(tg_page_status(page), TG_ERR_SHAPE);
    ck_assert_ptr_nonnull(strstr(tg_page_error(page), "tg_page_confusion: the matrix is [3, 2]"));
}
END_TEST

START_TEST(what_was_before_an_error_is_written)
{
    const float below = -1;
    const tg_array matrix = tg_array_view(TG_F32, TG_SHAPE(1, 1), (void *)(uintptr_t)&below);
    tg_page_text(page, "Text", "words");
    ck_assert_int_eq(tg_page_confusion(page, "Confu<sion", &matrix), TG_ERR_NUMERIC);
    ck_assert_int_eq(tg_page_write(page, "a.html", &error, .io = &io), TG_ERR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(error.text, "tg_page_write: a.html: written up to a section"));
    ck_assert_ptr_nonnull(strstr(error.text, "tg_page_confusion: element [0, 0] is -1"));
    read_page();
    ck_balanced();
    ck_ids();
    ck_has("<h2", 2);
    ck_has("<li>", 1);
    ck_has("words", 1);
    ck_has("Confu", 0);
    ck_has("The rest is missing", 1);
    ck_has("tg_page_confusion: element [0, 0] is -1", 1);
    ck_assert_int_eq(tg_page_write(page, "/nowhere/a.html", &error), TG_ERR_IO);
    tg_page_free(page);
    begin_page();
    ck_assert_int_eq(tg_page_confusion(page, "Confusion", &matrix), TG_ERR_NUMERIC);
    ck_assert_int_eq(tg_page_write(page, "a.html", &error, .io = &io), TG_ERR_NUMERIC);
    read_page();
    ck_balanced();
    ck_has("<nav", 0);
    ck_has("<section", 1);
}
END_TEST

START_TEST(errors_of_writing_do_not_stick)
{
    tg_page_text(page, "Text", "words");
    ck_assert_int_eq(tg_page_write(page, "", &error, .io = &io), TG_ERR_ARGUMENT);
    tg_status status = TG_ERR_IO;
    int n = 1;
    for (; status != TG_OK; n++) {
        disk_empty(&drive);
        disk_put(&drive, "a.html", "old", 3);
        drive.calls = 0;
        drive.fail_at = n;
        status = tg_page_write(page, "a.html", &error, .io = &io);
        const bool in_place = strstr(error.text, "is written and in place") != NULL;
        ck_assert((status == TG_OK || in_place) == (disk_find(&drive, "a.html")->size > 3));
        ck_assert(status == TG_OK || status == TG_ERR_IO);
        ck_assert_int_eq(tg_page_status(page), TG_OK);
    }
    ck_assert_int_gt(n, 5);
    drive.fail_at = 0;
    ck_whole(1);
}
END_TEST

START_TEST(memory_may_be_out_at_any_time)
{
    open_model();
    tg_status status = TG_ERR_MEMORY;
    size_t n = 1;
    for (; status != TG_OK; n++) {
        tg_page_free(page);
        disk_empty(&drive);
        heap = (failing_allocator){ .fail_at = n };
        page = tg_page_new("A page", &error, .allocator = &allocator);
        status = error.status;
        if (page) (void)add_all();
        if (page) status = tg_page_write(page, "a.html", &error, .io = &io);
        ck_assert(status == TG_OK || status == TG_ERR_MEMORY);
        ck_assert(disk_count(&drive) == 0 || page);
        if (disk_count(&drive)) ck_ended();
    }
    ck_assert_uint_gt(n, 20);
    const size_t size = disk_find(&drive, "a.html")->size;
    heap.fail_at = 0;
    ck_whole(KINDS);
    ck_assert_uint_eq(size, strlen(html));
    close_model();
}
END_TEST

START_TEST(memory_grows_with_the_page)
{
    char words[1001];
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = 0;
    for (int i = 0; i < 1000; i++) ck_assert_int_eq(tg_page_text(page, "Text", words), TG_OK);
    ck_whole(1000);
    ck_assert_uint_gt(strlen(html), 1000 * 1000);
    ck_assert_uint_lt(heap.peak_bytes, 5 * strlen(html));
    ck_assert_uint_lt(heap.calls, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page");
    TCase *cases = tcase_create("page");
    tcase_add_checked_fixture(cases, open_drive, close_drive);
    tcase_add_test(cases, a_page_is_whole);
    tcase_add_test(cases, equal_calls_make_equal_bytes);
    tcase_add_test(cases, text_is_escaped_everywhere);
    tcase_add_test(cases, what_is_no_text_is_replaced);
    tcase_add_test(cases, numbers_are_short);
    tcase_add_test(cases, the_first_error_sticks);
    tcase_add_test(cases, what_was_before_an_error_is_written);
    tcase_add_test(cases, errors_of_writing_do_not_stick);
    tcase_add_test(cases, memory_may_be_out_at_any_time);
    tcase_add_test(cases, memory_grows_with_the_page);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
