/* test_curves.c: learning curves: round numbers on axes, what is drawn of many points, gaps and
 * crosses, text as XML has it, and that a failure leaves the old picture. */
#include "tests/support/suite.h"
#include "drawn.h"
#include "io/curves.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static int occurrences(const char *words)
{
    int count = 0;
    for (const char *p = svg; (p = strstr(p, words)) != NULL; p++) count++;
    return count;
}

static void ck_has(const char *words, int times)
{
    ck_assert_msg(occurrences(words) == times, "\"%s\" is there %d times, not %d", words,
                  occurrences(words), times);
}

/* ---- Axes ------------------------------------------------------------------------------- */

/* The numbers on an axis, with a | between them. */
static void ck_ticks(bool logarithmic, double low, double high, const char *wanted)
{
    tg__axis axis = { .from = 0, .to = 1 };
    char all[512] = "";
    tg__axis_make(&axis, logarithmic, low, high, 6);
    for (int i = 0; i < axis.ticks; i++) {
        strcat(all, i ? "|" : "");
        strcat(all, axis.tick[i].label);
    }
    ck_assert_msg(strcmp(all, wanted) == 0, "%g to %g: %s", low, high, all);
    if (low <= high) ck_assert(axis.low <= low && axis.high >= high);
    ck_assert(axis.low < axis.high && tg__axis_place(&axis, axis.low) == 0 &&
              tg__axis_place(&axis, axis.high) == 1);
}

START_TEST(linear_axes_have_round_numbers)
{
    ck_ticks(false, 0, 1, "0.0|0.2|0.4|0.6|0.8|1.0");
    ck_ticks(false, 0.013, 2.31, "0.0|0.5|1.0|1.5|2.0|2.5");
    ck_ticks(false, 3, 97, "0|20|40|60|80|100");
    ck_ticks(false, -0.7, 0.4, "\u22120.8|\u22120.6|\u22120.4|\u22120.2|0.0|0.2|0.4");
    ck_ticks(false, 0, 9999, "0|2k|4k|6k|8k|10k");
}
END_TEST

START_TEST(large_and_small_numbers_are_short)
{
    ck_ticks(false, 0, 60000, "0|10k|20k|30k|40k|50k|60k");
    ck_ticks(false, 0, 2.4e6, "0|0.5M|1M|1.5M|2M|2.5M");
    ck_ticks(false, 0, 3e9, "0|0.5G|1G|1.5G|2G|2.5G|3G");
    ck_ticks(false, 0, 6e15, "0|1e+15|2e+15|3e+15|4e+15|5e+15|6e+15");
    ck_ticks(false, 0, 6e-9, "0|1e-09|2e-09|3e-09|4e-09|5e-09|6e-09");
    ck_ticks(false, 100000.1, 100000.6, "100000.1|100000.2|100000.3|100000.4|100000.5|100000.6");
}
END_TEST

START_TEST(ranges_of_nothing_have_axes_too)
{
    ck_ticks(false, INFINITY, -INFINITY, "0.0|0.2|0.4|0.6|0.8|1.0");
    ck_ticks(false, 5, 5, "4.4|4.6|4.8|5.0|5.2|5.4|5.6");
    ck_ticks(false, 0, 0, "\u22121.0|\u22120.5|0.0|0.5|1.0");
    ck_ticks(true, INFINITY, -INFINITY, "1|2|5|10");
    ck_ticks(true, 1, 1, "0.1|0.2|0.5|1|2|5|10");
}
END_TEST

START_TEST(logarithmic_axes_have_powers_of_ten)
{
    ck_ticks(true, 0.03, 2.1, "0.02|0.05|0.1|0.2|0.5|1|2|5");
    ck_ticks(true, 1e-3, 1e4, "0.001|0.01|0.1|1|10|100|1000|10000");
    ck_ticks(true, 1e-6, 0.5,
             "10\xe2\x81\xbb\xe2\x81\xb6|10\xe2\x81\xbb\xe2\x81\xb5|"
             "10\xe2\x81\xbb\xe2\x81\xb4|0.001|0.01|0.1");
    ck_ticks(true, 1e5, 1e25,
             "10\xe2\x81\xb8|10\xc2\xb9\xc2\xb2|10\xc2\xb9\xe2\x81\xb6|"
             "10\xc2\xb2\xe2\x81\xb0|10\xc2\xb2\xe2\x81\xb4");
}
END_TEST

START_TEST(axes_of_any_range_are_finite)
{
    static const double ends[] = { -DBL_MAX, -1,   -1e-300, -5e-324,         0,     5e-324,
                                   DBL_MIN,  1e-5, 1,       1 + DBL_EPSILON, 1e300, DBL_MAX };
    enum { ENDS = sizeof ends / sizeof *ends };
    for (int a = 0; a < ENDS; a++)
        for (int b = a; b < ENDS; b++)
            for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
                if (logarithmic && ends[a] <= 0) continue;
                tg__axis axis = { .from = 0, .to = 100 };
                tg__axis_make(&axis, logarithmic, ends[a], ends[b], 6);
                ck_assert_msg(isfinite(axis.low) && isfinite(axis.high) && axis.low < axis.high,
                              "%g to %g", ends[a], ends[b]);
                ck_assert_msg(axis.ticks >= 1, "%g to %g", ends[a], ends[b]);
                const double low = tg__axis_place(&axis, ends[a]);
                const double high = tg__axis_place(&axis, ends[b]);
                ck_assert_msg(low >= 0 && low <= high && high <= 100, "%g to %g: %g %g", ends[a],
                              ends[b], low, high);
            }
}
END_TEST

/* ---- Lines ------------------------------------------------------------------------------ */

enum { MANY = 200000 };
static double xs[MANY], ys[MANY];

/* The path of the first line of a series of that class, from its M on. */
static const char *path_of(const char *class)
{
    char words[64];
    (void)snprintf(words, sizeof words, "<path class=\"%s\" d=\"", class);
    /* The legend has one too, which ends with an H. */
    for (char *p = svg; (p = strstr(p, words)) != NULL; p++) {
        const char *path = p + strlen(words);
        if (!memchr(path, 'H', strcspn(path, "\""))) return path;
    }
    ck_abort_msg("no %s", class);
    return NULL;
}

START_TEST(peaks_of_many_points_stay)
{
    for (int i = 0; i < MANY; i++) {
        xs[i] = i;
        ys[i] = i % 2;
    }
    ys[77777] = 50;
    ys[123456] = -30;
    const tg_series s = { "s", MANY, xs, ys };
    SVG(&s, 1);
    const char *path = path_of("line l0");
    const size_t length = strcspn(path, "\"");
    ck_assert_uint_lt(length, 760 * 4 * 16);
    double low = HUGE_VAL, high = -HUGE_VAL, x, y, before = 0;
    int places = 0, used;
    for (const char *p = path; sscanf(p + 1, "%lf %lf%n", &x, &y, &used) == 2; p += 1 + used) {
        ck_assert(*p == (places ? 'L' : 'M') && x >= before);
        before = x;
        low = fmin(low, y);
        high = fmax(high, y);
        places++;
    }
    ck_assert_int_gt(places, 1200);
    /* -40 .. 60 on the axis: the peaks at 10 and at 90 of 100. */
    const double share = (high - low) / 80;
    ck_assert_msg(share > 2 && share < 4.4, "%g", share);
    ck_has("<circle", 0);
}
END_TEST

START_TEST(few_points_have_dots)
{
    for (int i = 0; i < 61; i++) xs[i] = ys[i] = i;
    const tg_series s[2] = { { "a", 60, xs, ys }, { "b", 61, xs, ys } };
    SVG(s, 2);
    ck_has("<circle", 60);
    ck_has("class=\"line l1\"", 2); /* and its line in the legend */
}
END_TEST

START_TEST(what_is_not_finite_is_a_gap_and_a_cross)
{
    for (int i = 0; i < 8; i++) xs[i] = ys[i] = i + 1;
    ys[2] = (double)NAN;
    ys[5] = -(double)INFINITY;
    const tg_series s = { "s", 8, xs, ys };
    SVG(&s, 1);
    const char *path = path_of("line l0");
    int runs = 0;
    for (const char *p = path; *p != '"'; p++) runs += *p == 'M';
    ck_assert_int_eq(runs, 3);
    ck_has("m0 -6l-6 6", 2);
    ck_has("\xc3\x97 not finite<", 1);
    ck_has("<circle", 6);
    ck_has("nan", 0);
    ck_has("inf", 0);

    ys[2] = 3;
    ys[5] = 6;
    SVG(&s, 1);
    ck_has("m0 -6l-6 6", 0);
    ck_has("not finite", 0);

    ys[0] = 0;
    xs[7] = (double)NAN; /* nowhere */
    SVG(&s, 1, .log_y = true);
    ck_has("m0 -6l-6 6", 1);
    ck_has("not finite, or not above 0", 1);
    ck_has("<circle", 6);
}
END_TEST

/* Crosses do not lie on one another, and a point between gaps is a dot. */
START_TEST(many_gaps_are_few_crosses)
{
    for (int i = 0; i < MANY; i++) {
        xs[i] = i;
        ys[i] = i % 1000 == 500 ? i : (double)NAN;
    }
    const tg_series s = { "s", MANY, xs, ys };
    SVG(&s, 1);
    const int crosses = occurrences("m0 -6l-6 6"), dots = occurrences("<circle");
    ck_assert(crosses > 50 && crosses <= 760 / 7);
    ck_assert_int_eq(dots, MANY / 1000);
}
END_TEST

START_TEST(smooth_lines_are_means)
{
    for (int i = 0; i < 100; i++) {
        xs[i] = i;
        ys[i] = i < 50 ? 0 : 1;
    }
    const tg_series s = { "s", 100, xs, ys };
    SVG(&s, 1, .smooth = 0.5);
    ck_has("class=\"line pale l0\"", 1);
    double place[100], x, bottom, top;
    int used;
    const char *p = path_of("line l0");
    for (int i = 0; i < 100; i++, p += 1 + used)
        ck_assert_int_eq(sscanf(p + 1, "%lf %lf%n", &x, &place[i], &used), 2);
    ck_assert_int_eq(*p, '"');
    p = path_of("line pale l0");
    ck_assert_int_eq(sscanf(p + 1, "%lf %lf%n", &x, &bottom, &used), 2);
    for (int i = 0; i < 99; i++) p += 1 + used, (void)sscanf(p + 1, "%lf %lf%n", &x, &top, &used);
    for (int i = 0; i < 100; i++) {
        const double wanted = i < 50 ? 0 : (1 - pow(0.5, i - 49)) / (1 - pow(0.5, i + 1));
        ck_assert_double_eq_tol((bottom - place[i]) / (bottom - top), wanted, 1e-3);
    }
    const tg_series few = { "few", 60, xs, ys };
    SVG(&few, 1, .smooth = 0.5);
    ck_has("pale l0\"", 0);
}
END_TEST

/* ---- Text ------------------------------------------------------------------------------- */

START_TEST(text_is_xml)
{
    for (int i = 0; i < 2; i++) xs[i] = ys[i] = i;
    const tg_series s[3] = { { "a<b>&\"c\"", 2, xs, ys },
                             { "gr\xc3\xb6\xc3\x9f"
                               "e \xff\n",
                               2, xs, ys },
                             { "0123456789012345678901234567890123456789x", 2, xs, ys } };
    SVG(s, 3, .title = "1 < 2 & 3", .x_label = "x>", .y_label = "y&");
    ck_has("<title>1 &lt; 2 &amp; 3</title>", 1);
    ck_has("class=\"title\">1 &lt; 2 &amp; 3</text>", 1);
    ck_has(">a&lt;b&gt;&amp;&quot;c&quot;</text>", 1);
    ck_has(">gr\xc3\xb6\xc3\x9f"
           "e \xef\xbf\xbd\xef\xbf\xbd</text>",
           1);
    ck_has(">0123456789012345678901234567890123456789\xe2\x80\xa6</text>", 1);
    ck_has(">x&gt;</text>", 1);
    ck_has(">y&amp;</text>", 1);
    ck_has("prefers-color-scheme:dark", 1);
    ck_assert_int_eq(strncmp(svg, "<svg xmlns=", 11), 0);
    ck_assert_str_eq(svg + strlen(svg) - 7, "</svg>\n");
}
END_TEST

START_TEST(nothing_and_very_much_are_drawn)
{
    static tg_series s[TG_SERIES_MOST];
    for (int i = 0; i < 2; i++) xs[i] = ys[i] = i;
    SVG(NULL, 0);
    ck_has("<text", 6 + 6 + 1);
    for (int k = 0; k < TG_SERIES_MOST; k++) s[k] = (tg_series){ "a name", 2, xs, ys };
    SVG(s, TG_SERIES_MOST, .width = 200, .height = 200);
    ck_has("class=\"line l7\" stroke-dasharray", 7);
    SVG(s, TG_SERIES_MOST, .width = 10000, .height = 10000, .title = "t");
    ck_has(">a name</text>", TG_SERIES_MOST);
    s[0] = (tg_series){ NULL, 0, NULL, NULL };
    SVG(s, 1);
}
END_TEST

/* ---- Failures --------------------------------------------------------------------------- */

START_TEST(a_failure_leaves_the_old_picture)
{
    const tg_series s = { "s", 100, xs, ys };
    tg_status status = TG_ERR_IO;
    for (int n = 1; status != TG_OK; n++) {
        open_drive();
        disk_put(&drive, "a.svg", "old", 3);
        drive.fail_at = n;
        status = tg_draw_curves("a.svg", &s, 1, &error, .io = &io, .allocator = &allocator);
        const disk_file *file = disk_find(&drive, "a.svg");
        const bool in_place = strstr(error.text, "is written and in place") != NULL;
        ck_assert((status == TG_OK || in_place) == (file->size > 3));
        ck_assert(status == TG_OK || n <= drive.calls);
        if (status != TG_OK) disk_empty(&drive);
    }
    disk_empty(&drive);
    status = TG_ERR_MEMORY;
    for (size_t n = 1; status != TG_OK; n++) {
        open_drive();
        heap.fail_at = n;
        status = tg_draw_curves("a.svg", &s, 1, &error, .io = &io, .allocator = &allocator);
        ck_assert(status == TG_OK || status == TG_ERR_MEMORY);
        ck_assert_int_eq(disk_count(&drive), status == TG_OK);
        ck_assert_uint_eq(heap.live, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("curves");
    TCase *cases = tcase_create("curves");
    tcase_add_checked_fixture(cases, open_drive, close_drive);
    tcase_add_test(cases, linear_axes_have_round_numbers);
    tcase_add_test(cases, large_and_small_numbers_are_short);
    tcase_add_test(cases, ranges_of_nothing_have_axes_too);
    tcase_add_test(cases, logarithmic_axes_have_powers_of_ten);
    tcase_add_test(cases, axes_of_any_range_are_finite);
    tcase_add_test(cases, peaks_of_many_points_stay);
    tcase_add_test(cases, few_points_have_dots);
    tcase_add_test(cases, what_is_not_finite_is_a_gap_and_a_cross);
    tcase_add_test(cases, many_gaps_are_few_crosses);
    tcase_add_test(cases, smooth_lines_are_means);
    tcase_add_test(cases, text_is_xml);
    tcase_add_test(cases, nothing_and_very_much_are_drawn);
    tcase_add_test(cases, a_failure_leaves_the_old_picture);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
