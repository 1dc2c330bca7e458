/* test_progress.c: the bar that shows how far a training is. */
#define _XOPEN_SOURCE 700 /* for a pseudo-terminal */
#include "tests/support/suite.h"

#include <tapegrad.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *drawn;
static size_t drawn_size;

START_TEST(progress_is_drawn_on_one_line_and_ends_it)
{
    FILE *out = open_memstream(&drawn, &drawn_size);
    tg_progress bar = { .out = out, .total = 4, .label = "epoch\n1", .always = true };
    for (int i = 0; i < 4; i++) tg_progress_step(&bar, "loss %.4f", i == 3 ? -(double)NAN : 0.5);
    fflush(out);
    ck_assert_int_eq(drawn[0], '\r');
    ck_assert_ptr_nonnull(strstr(drawn, "epoch?1 [====================] 100% 4/4"));
    ck_assert_ptr_nonnull(strstr(drawn, " loss nan"));
    ck_assert_ptr_null(strstr(drawn, "-nan"));
    ck_assert_ptr_eq(strchr(drawn, '\n'), drawn + drawn_size - 1);
    /* The struct starts over; a long text and label stay on one line. */
    const size_t before = drawn_size;
    bar.total = 0;
    bar.label = "ein sehr langes Etikett mit \xc3\xbc und mehr";
    tg_progress_step(&bar, "%0200d", 7);
    tg_progress_end(&bar);
    tg_progress_end(&bar);
    fclose(out);
    ck_assert_ptr_eq(strchr(drawn + before, '\n'), drawn + drawn_size - 1);
    for (char *p = drawn + before, *next; (next = strpbrk(p, "\r\n")); p = next + 1)
        ck_assert_int_lt(next - p, 80);
    free(drawn);
}
END_TEST

START_TEST(a_cleared_bar_leaves_an_empty_line_and_comes_back)
{
    FILE *out = open_memstream(&drawn, &drawn_size);
    tg_progress bar = { .out = out, .total = 9, .always = true };
    tg_progress_clear(&bar); /* nothing is drawn yet */
    fflush(out);
    ck_assert_uint_eq(drawn_size, 0);
    tg_progress_step(&bar, "loss %d", 5);
    fflush(out);
    ck_assert_ptr_nonnull(strstr(drawn, "1/9"));
    const size_t before = drawn_size;
    tg_progress_clear(&bar);
    /* A carriage return, as many blanks as the bar was wide, and another. */
    ck_assert_uint_eq(drawn_size - before, before + 1);
    ck_assert_int_eq(drawn[before], '\r');
    ck_assert_uint_eq(strspn(drawn + before + 1, " "), before - 1);
    ck_assert_int_eq(drawn[drawn_size - 1], '\r');
    const size_t cleared = drawn_size;
    tg_progress_clear(&bar);
    ck_assert_uint_eq(drawn_size, cleared);
    tg_progress_step(&bar, NULL); /* drawn at once, though less than a tenth of a second passed */
    ck_assert_uint_gt(drawn_size, cleared);
    ck_assert_ptr_nonnull(strstr(drawn + cleared, "2/9"));
    ck_assert_ptr_nonnull(strstr(drawn + cleared, "loss 5"));
    tg_progress_end(&bar);
    const size_t ended = drawn_size;
    tg_progress_clear(&bar);
    tg_progress_clear(NULL);
    fclose(out);
    ck_assert_uint_eq(drawn_size, ended);
    free(drawn);
}
END_TEST

START_TEST(progress_is_silent_where_no_terminal_is)
{
    FILE *out = open_memstream(&drawn, &drawn_size), *file = tmpfile();
    tg_progress bars[3] = { { .out = out, .total = 9 },
                            { .out = file, .total = 9 },
                            { .total = 9 } };
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 12; k++) tg_progress_step(&bars[i], "x");
        tg_progress_clear(&bars[i]);
        tg_progress_end(&bars[i]);
    }
    tg_progress_step(NULL, "x");
    tg_progress_end(NULL);
    fflush(out);
    ck_assert_uint_eq(drawn_size, 0);
    ck_assert_int_eq(ftell(file), 0);
    fclose(out);
    fclose(file);
    free(drawn);
}
END_TEST

START_TEST(progress_knows_a_terminal_and_draws_seldom)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master)) {
        puts("skipped: progress on a terminal, since there is no pseudo-terminal here");
        return;
    }
    FILE *terminal = fopen(ptsname(master), "w");
    ck_assert_ptr_nonnull(terminal);
    tg_progress bar = { .out = terminal, .total = 100000, .label = "steps" };
    for (int i = 0; i < 1000; i++) tg_progress_step(&bar, NULL);
    tg_progress_end(&bar);
    char text[8192];
    const ssize_t got = read(master, text, sizeof text - 1);
    ck_assert_int_gt(got, 0);
    ck_assert_int_lt(got, 4000);
    text[got] = 0;
    ck_assert_ptr_nonnull(strstr(text, "steps ["));
    fclose(terminal);
    close(master);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *cases = tcase_create("progress");
    tcase_add_test(cases, progress_is_drawn_on_one_line_and_ends_it);
    tcase_add_test(cases, a_cleared_bar_leaves_an_empty_line_and_comes_back);
    tcase_add_test(cases, progress_is_silent_where_no_terminal_is);
    tcase_add_test(cases, progress_knows_a_terminal_and_draws_seldom);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
