/* test_interpolate.c: other resolutions, elements around an axis, and pooling whose last window may
 * reach beyond: against values that PyTorch documents, and loops that are written out. */
#include "tests/support/both_ways.h"

enum { MOST = 600 };

static tg_tensor *filled(tg_shape shape)
{
    static double data[MOST];
    tg_tensor *x = tg_input(tape, "x", TG_F64, shape);
    const int64_t count = tg_shape_count(shape);
    for (int64_t i = 0; i < count; i++) data[i] = sin(1.7 * (double)i) + 1.5 + 0.01 * (double)i;
    ck_assert_int_eq(tg_feed(x, data, (size_t)count), TG_OK);
    return x;
}

static void ck_proven(tg_tensor *y, tg_tensor *x)
{
    ck_assert_msg(tg_check_gradient(y, TG_LIST(x), .entries = 20) == TG_OK, "%s",
                  tg_tape_error(tape));
}

/* ---- Interpolation ------------------------------------------------------------------------ */

/* [[1, 2], [3, 4]] at twice the size, as PyTorch's documentation and tests have it. */
/* clang-format off */
static const struct {
    tg_interpolation by;
    bool corners;
    double tolerance, y[16];
} known[] = {
    { TG_NEAREST, false,     0,
      { 1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4 } },
    { TG_LINEAR,  false, 1e-14,
      { 1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4 } },
    { TG_LINEAR,  true,   1e-4,
      { 1, 1.3333, 1.6667, 2, 1.6667, 2, 2.3333, 2.6667, 2.3333, 2.6667, 3, 3.3333, 3, 3.3333, 3.6667, 4 } },
    { TG_CUBIC,   false,  1e-4,
      { 0.6836, 1.0156, 1.5625, 1.8945, 1.3477, 1.6797, 2.2266, 2.5586, 2.4414, 2.7734, 3.3203, 3.6523, 3.1055, 3.4375, 3.9844, 4.3164 } },
};
/* clang-format on */

START_TEST(values_are_pytorchs)
{
    const double four[4] = { 1, 2, 3, 4 };
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(1, 1, 2, 2), four);
    ck_both_ways(tg_interpolate(x, 4, .by = known[_i].by, .align_corners = known[_i].corners), 16,
                 known[_i].y, known[_i].tolerance);
}
END_TEST

START_TEST(upsampling_is_a_case_of_it)
{
    tg_tensor *x = filled(TG_SHAPE(2, 2, 3, 5));
    double want[MOST];
    ck_assert_int_eq(tg_get(tg_upsample_linear(x, 3), want, 540), TG_OK);
    ck_both_ways(tg_interpolate(x, .size_shape = TG_SHAPE(9, 15), .by = TG_LINEAR), 540, want,
                 1e-14);
    ck_assert_int_eq(tg_get(tg_upsample_nearest(x, 3), want, 540), TG_OK);
    ck_both_ways(tg_interpolate(x, .size_shape = TG_SHAPE(9, 15)), 540, want, 0);
}
END_TEST

START_TEST(a_line_stays_a_line_where_all_neighbours_are_there)
{
    double line[20];
    for (int i = 0; i < 20; i++) line[i] = 3 * i - 4;
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(1, 1, 20), line);
    for (int corners = 0; corners < 2; corners++)
        for (int size = 7; size <= 53; size += 23) {
            double y[53];
            tg_tensor *at = tg_interpolate(x, size, .by = TG_LINEAR, .align_corners = corners);
            ck_assert_int_eq(tg_get(at, y, (size_t)size), TG_OK);
            for (int i = 0; i < size; i++) {
                const double place = corners ? i * 19.0 / (size - 1) : (i + 0.5) * 20 / size - 0.5;
                if (place >= 0 && place <= 19)
                    ck_assert_double_eq_tol(y[i], 3 * place - 4, 1e-12);
            }
        }
}
END_TEST

START_TEST(down_and_up_in_all_dimensions_with_derivatives)
{
    tg_tensor *line = filled(TG_SHAPE(2, 1, 7)), *plane = filled(TG_SHAPE(1, 2, 4, 5));
    tg_tensor *space = filled(TG_SHAPE(1, 1, 3, 2, 4));
    for (int by = TG_NEAREST; by <= TG_CUBIC; by++) {
        const tg_interpolation how = (tg_interpolation)by;
        ck_proven(tg_interpolate(line, 3, .by = how), line);
        ck_proven(tg_interpolate(plane, .size_shape = TG_SHAPE(7, 2), .by = how), plane);
        ck_proven(tg_interpolate(space, .size_shape = TG_SHAPE(2, 5, 4), .by = how), space);
    }
    ck_proven(tg_interpolate(plane, 1, .by = TG_CUBIC, .align_corners = true), plane);
    double same[40], want[40];
    ck_assert_int_eq(tg_get(plane, want, 40), TG_OK);
    tg_tensor *y = tg_interpolate(plane, .size_shape = TG_SHAPE(4, 5), .by = TG_CUBIC);
    ck_assert_int_eq(tg_get(y, same, 40), TG_OK);
    for (int i = 0; i < 40; i++) ck_assert_double_eq_tol(same[i], want[i], 1e-14);
}
END_TEST

/* ---- Around an axis -------------------------------------------------------------------------- */

START_TEST(elements_around_are_mirrored_repeated_or_from_the_other_end)
{
    const int32_t row[4] = { 1, 2, 3, 4 };
    tg_tensor *x = tg_constant(tape, TG_I32, TG_SHAPE(1, 4), row);
    int32_t got[10];
    ck_assert_int_eq(tg_get(tg_pad_reflect(x, 1, 3, 2), got, 9), TG_OK);
    ck_assert_mem_eq(got, ((int32_t[]){ 4, 3, 2, 1, 2, 3, 4, 3, 2 }), 9 * sizeof *got);
    ck_assert_int_eq(tg_get(tg_pad_replicate(x, -1, 2, 4), got, 10), TG_OK);
    ck_assert_mem_eq(got, ((int32_t[]){ 1, 1, 1, 2, 3, 4, 4, 4, 4, 4 }), 10 * sizeof *got);
    ck_assert_int_eq(tg_get(tg_pad_circular(x, 1, 4, 1), got, 9), TG_OK);
    ck_assert_mem_eq(got, ((int32_t[]){ 1, 2, 3, 4, 1, 2, 3, 4, 1 }), 9 * sizeof *got);
    ck_assert_int_eq(tg_get(tg_pad_reflect(x, 1, 0, 0), got, 4), TG_OK);
    ck_assert_mem_eq(got, row, sizeof row);
    tg_tensor *plane = filled(TG_SHAPE(2, 3, 4));
    ck_proven(tg_pad_reflect(plane, 2, 3, 2), plane);
    ck_proven(tg_pad_replicate(plane, 1, 3, 2), plane);
    ck_proven(tg_pad_circular(plane, 2, 1, 4), plane);
}
END_TEST

/* ---- Pooling, rounded up ----------------------------------------------------------------------
 */

/* PyTorch's size of an axis, and where a window of it begins and ends. */
static int64_t rounded_up(int64_t n, int64_t k, int64_t s, int64_t p, int64_t d)
{
    const int64_t room = n + 2 * p - d * (k - 1) - 1;
    int64_t size = (int64_t)ceil((double)room / (double)s) + 1;
    if ((size - 1) * s >= n + p) size--;
    return size;
}

static void ck_rounded_up(int64_t n, int64_t k, int64_t s, int64_t p, int64_t d)
{
    double in[40], largest[40], mean[40], inside[40];
    tg_tensor *x = filled(TG_SHAPE(1, 1, n));
    ck_assert_int_eq(tg_get(x, in, (size_t)n), TG_OK);
    const int64_t size = rounded_up(n, k, s, p, d);
    for (int64_t i = 0; i < size; i++) {
        double sum = 0;
        int real = 0, counted = 0;
        largest[i] = -INFINITY;
        for (int64_t j = 0; j < k; j++) {
            const int64_t at = i * s - p + j * d;
            counted += at >= -p && at < n + p;
            if (at < 0 || at >= n) continue;
            real++;
            sum += in[at];
            largest[i] = fmax(largest[i], in[at]);
        }
        mean[i] = sum / counted;
        inside[i] = sum / real;
    }
    const tg_pool_args options = { TG_POOL_DEFAULTS, .at = TG_HERE, .x = x,        .kernel = k,
                                   .stride = s,      .padding = p,  .dilation = d, .ceil = true };
    tg_pool_args excluded = options;
    excluded.exclude_padding = true;
    ck_both_ways(tg_max_pool_with(&options), (size_t)size, largest, 0);
    ck_both_ways(tg_avg_pool_with(&options), (size_t)size, mean, 1e-14);
    ck_both_ways(tg_avg_pool_with(&excluded), (size_t)size, inside, 1e-14);
    ck_proven(tg_avg_pool_with(&options), x);
    ck_proven(tg_l2_pool_with(&options), x);
}

START_TEST(no_element_is_left_out_where_windows_are_rounded_up)
{
    ck_rounded_up(5, 2, 2, 0, 1);
    ck_rounded_up(6, 3, 2, 1, 1);
    ck_rounded_up(7, 3, 3, 1, 1);
    ck_rounded_up(8, 2, 3, 1, 1);
    ck_rounded_up(9, 3, 4, 1, 2);
    ck_rounded_up(2, 3, 2, 0, 1); /* a window that is larger than x */
    ck_rounded_up(10, 2, 2, 0, 1);
    tg_tensor *plane = filled(TG_SHAPE(1, 2, 5, 7));
    tg_tensor *y = tg_max_pool(plane, 2, .ceil = true);
    ck_assert(tg_shape_equal(tg_shape_from(y), TG_SHAPE(1, 2, 3, 4)));
    ck_proven(y, plane);
}
END_TEST

static Suite *interpolate_suite(void)
{
    Suite *suite = suite_create("interpolate");
    TCase *cases = tcase_create("interpolate");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, values_are_pytorchs, 0, COUNT_OF(known));
    tcase_add_test(cases, upsampling_is_a_case_of_it);
    tcase_add_test(cases, a_line_stays_a_line_where_all_neighbours_are_there);
    tcase_add_test(cases, down_and_up_in_all_dimensions_with_derivatives);
    tcase_add_test(cases, elements_around_are_mirrored_repeated_or_from_the_other_end);
    tcase_add_test(cases, no_element_is_left_out_where_windows_are_rounded_up);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(interpolate_suite()); }
