/* errors_page.c: what reports answer to NULLs, and to arrays and options that do not fit. (What
 * fails on the way: test_page.c.) */
#include "errors_told.h"

#include <float.h>

static tg_page *page;

/* The call fails, and its error sticks to the page, which is made anew. */
static void ck_stuck(const char *call, tg_status got, tg_status status, const char *words)
{
    ck_assert_msg(got == status && tg_page_status(page) == status, "%s: %s", call,
                  tg_page_error(page));
    ck_text_told(call, __FILE__, status, tg_page_error(page), words);
    tg_page_free(page);
    page = tg_page_new("page", &error);
}
#define STICKS(call, status, words)                                                                \
    do {                                                                                           \
        remember();                                                                                \
        ck_stuck(#call, call, status, words);                                                      \
    } while (0)

START_TEST(pages_that_cannot_be)
{
    REFUSES(tg_page_new(NULL, &error), TG_ERR_ARGUMENT, "title is NULL");
    REFUSES(tg_page_new("", &error), TG_ERR_ARGUMENT, "title is empty");
    ACCEPTS(tg_page_new(NULL, NULL) == NULL);
    page = tg_page_new("page", &error);
    TELLS(tg_page_write(NULL, "a.html", &error), TG_ERR_ARGUMENT, "the page is NULL");
    TELLS(tg_page_write(page, NULL, &error), TG_ERR_ARGUMENT, "path is NULL");
    TELLS(tg_page_write(page, "", &error), TG_ERR_ARGUMENT, "path is empty");
    TELLS(tg_page_write(page, "/nowhere/at/all", &error), TG_ERR_IO, "/nowhere/at/all");
    ACCEPTS(tg_page_write(NULL, NULL, NULL) == TG_ERR_ARGUMENT);
    tg_page_free(page);
}
END_TEST

START_TEST(no_page)
{
    const tg_hparam fact = { "lr", .number = 1 };
    const tg_array matrix = { 0 };
    const double points[2] = { 1, 2 };
    const tg_series series = { "a", 2, points, points };
    const tg_page_picture picture = { .caption = "a" };
    ACCEPTS(tg_page_status(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_page_error(NULL)[0] == 0);
    ACCEPTS(tg_page_facts(NULL, "a", &fact, 1) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_page_text(NULL, "a", "b") == TG_ERR_ARGUMENT);
    ACCEPTS(tg_page_curves(NULL, "a", &series, 1) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_page_confusion(NULL, "a", &matrix) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_page_pictures(NULL, "a", &picture, 1) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_page_store(NULL, "a", store) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_page_plan(NULL, "a", NULL) == TG_ERR_ARGUMENT);
    ACCEPTS_CALL(tg_page_free(NULL));
}
END_TEST

START_TEST(sections_that_cannot_be)
{
    const tg_hparam fact = { "lr", .number = 1 }, unnamed = { NULL, .number = 1 };
    const double points[2] = { 1, 2 };
    const tg_series good = { "a", 2, points, points }, odd = { "a", -1, points, points };
    page = tg_page_new("page", &error);
    STICKS(tg_page_text(page, NULL, "a"), TG_ERR_ARGUMENT, "section's title is NULL");
    STICKS(tg_page_text(page, "", "a"), TG_ERR_ARGUMENT, "section's title is empty");
    STICKS(tg_page_text(page, "a", NULL), TG_ERR_ARGUMENT, "the text is NULL");
    STICKS(tg_page_facts(page, NULL, &fact, 1), TG_ERR_ARGUMENT, "section's title is NULL");
    STICKS(tg_page_facts(page, "a", NULL, 1), TG_ERR_ARGUMENT, "the facts are NULL");
    STICKS(tg_page_facts(page, "a", &unnamed, 1), TG_ERR_ARGUMENT, "name of fact 0 is NULL");
    STICKS(tg_page_curves(page, NULL, &good, 1), TG_ERR_ARGUMENT, "section's title is NULL");
    STICKS(tg_page_curves(page, "a", NULL, 1), TG_ERR_ARGUMENT, "series are NULL");
    STICKS(tg_page_curves(page, "a", &good, 65), TG_ERR_ARGUMENT, "65 series");
    STICKS(tg_page_curves(page, "a", &odd, 1), TG_ERR_ARGUMENT, "-1 points");
    STICKS(tg_page_curves(page, "a", &good, 1, .smooth = 1), TG_ERR_ARGUMENT, ".smooth = 1");
    STICKS(tg_page_curves(page, "a", &good, 1, .width = 199), TG_ERR_ARGUMENT, "199 x 440");
    STICKS(tg_page_store(page, NULL, store), TG_ERR_ARGUMENT, "section's title is NULL");
    STICKS(tg_page_store(page, "a", NULL), TG_ERR_ARGUMENT, "the store is NULL");
    STICKS(tg_page_plan(page, NULL, NULL), TG_ERR_ARGUMENT, "section's title is NULL");
    STICKS(tg_page_plan(page, "a", NULL), TG_ERR_ARGUMENT, "the plan is NULL");
    tg_page_free(page);
}
END_TEST

START_TEST(matrices_that_are_none)
{
    double counts[4] = { 1, 2, 3, -1 };
    bool bools[4] = { false, true, false, true };
    const char *const names[2] = { "a", NULL };
    const tg_array good = tg_array_view(TG_F64, TG_SHAPE(1, 1), counts);
    const tg_array below = tg_array_view(TG_F64, TG_SHAPE(2, 2), counts);
    const tg_array flat = tg_array_view(TG_F64, TG_SHAPE(4), counts);
    const tg_array wide = tg_array_view(TG_F64, TG_SHAPE(1, 4), counts);
    const tg_array none = tg_array_view(TG_F64, TG_SHAPE(0, 0), counts);
    const tg_array odd = tg_array_view(TG_BOOL, TG_SHAPE(2, 2), bools);
    const tg_array nothing = tg_array_view(TG_F64, TG_SHAPE(2, 2), NULL);
    const tg_array untyped = { 0 };
    page = tg_page_new("page", &error);
    STICKS(tg_page_confusion(page, NULL, &good), TG_ERR_ARGUMENT, "section's title is NULL");
    STICKS(tg_page_confusion(page, "a", NULL), TG_ERR_ARGUMENT, "the array is NULL");
    STICKS(tg_page_confusion(page, "a", &nothing), TG_ERR_ARGUMENT, "data is NULL");
    STICKS(tg_page_confusion(page, "a", &untyped), TG_ERR_DTYPE, "no dtype");
    STICKS(tg_page_confusion(page, "a", &odd), TG_ERR_DTYPE, "the matrix is bool");
    STICKS(tg_page_confusion(page, "a", &flat), TG_ERR_SHAPE, "the matrix is [4]");
    STICKS(tg_page_confusion(page, "a", &wide), TG_ERR_SHAPE, "the matrix is [1, 4]");
    STICKS(tg_page_confusion(page, "a", &none), TG_ERR_SHAPE, "of 1 to 256");
    STICKS(tg_page_confusion(page, "a", &below), TG_ERR_NUMERIC, "element [1, 1] is -1");
    counts[1] = (double)NAN;
    STICKS(tg_page_confusion(page, "a", &below), TG_ERR_NUMERIC, "element [0, 1] is nan");
    counts[1] = counts[2] = counts[3] = DBL_MAX;
    STICKS(tg_page_confusion(page, "a", &below), TG_ERR_NUMERIC, "sum is infinite");
    STICKS(tg_page_confusion(page, "a", &below, .classes = names), TG_ERR_ARGUMENT,
           "name of class 1 is NULL");
    tg_page_free(page);
}
END_TEST

START_TEST(pictures_that_are_none)
{
    uint8_t bytes[20] = { 0 };
    int32_t whole[4] = { 0 };
    const tg_page_picture good = { tg_array_view(TG_U8, TG_SHAPE(2, 2), bytes), "a", 0 };
    const tg_page_picture flat = { tg_array_view(TG_U8, TG_SHAPE(4), bytes), "a", 0 };
    const tg_page_picture five = { tg_array_view(TG_U8, TG_SHAPE(2, 2, 5), bytes), "a", 0 };
    const tg_page_picture none = { tg_array_view(TG_U8, TG_SHAPE(0, 2), bytes), "a", 0 };
    const tg_page_picture odd = { tg_array_view(TG_I32, TG_SHAPE(2, 2), whole), "a", 0 };
    const tg_page_picture untyped = { .caption = "a" };
    const tg_page_picture marked = { good.picture, "a", (tg_page_mark)3 };
    page = tg_page_new("page", &error);
    STICKS(tg_page_pictures(page, NULL, &good, 1), TG_ERR_ARGUMENT, "section's title is NULL");
    STICKS(tg_page_pictures(page, "a", NULL, 1), TG_ERR_ARGUMENT, "they are NULL");
    STICKS(tg_page_pictures(page, "a", &good, -1), TG_ERR_ARGUMENT, "-1 pictures");
    STICKS(tg_page_pictures(page, "a", &good, 1, .width = 7), TG_ERR_ARGUMENT, ".width = 7");
    STICKS(tg_page_pictures(page, "a", &good, 1, .low = 1), TG_ERR_ARGUMENT, ".low = 1 must be");
    STICKS(tg_page_pictures(page, "a", &good, 1, .high = NAN), TG_ERR_ARGUMENT, ".high = nan");
    STICKS(tg_page_pictures(page, "a", &good, 1, .high = INFINITY), TG_ERR_ARGUMENT, ".high = inf");
    STICKS(tg_page_pictures(page, "a", &marked, 1), TG_ERR_ARGUMENT, "the mark 3");
    STICKS(tg_page_pictures(page, "a", &untyped, 1), TG_ERR_DTYPE, "no dtype");
    STICKS(tg_page_pictures(page, "a", &odd, 1), TG_ERR_DTYPE, "this is i32");
    STICKS(tg_page_pictures(page, "a", &flat, 1), TG_ERR_SHAPE, "this is [4]");
    STICKS(tg_page_pictures(page, "a", &five, 1), TG_ERR_SHAPE, "this is [2, 2, 5]");
    STICKS(tg_page_pictures(page, "a", &none, 1), TG_ERR_SHAPE, "this is [0, 2]");
    tg_page_free(page);
}
END_TEST

TCase *errors_page(void)
{
    TCase *cases = tcase_create("page");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, pages_that_cannot_be);
    tcase_add_test(cases, no_page);
    tcase_add_test(cases, sections_that_cannot_be);
    tcase_add_test(cases, matrices_that_are_none);
    tcase_add_test(cases, pictures_that_are_none);
    return cases;
}
