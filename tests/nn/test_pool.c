/* test_pool.c: pooling, upsampling, pixel shuffle, flatten: known numbers, derivatives to second
 * order, ties, padding and empties. */
#include "pool_rows.h"
#include "spatial.h"

/* ---- Rows ------------------------------------------------------------------------------- */

static tg_tensor *record_pool(const pool_row *row, tg_tensor *x)
{
    tg_pool_args args = { TG_POOL_DEFAULTS,
                          .at = TG_HERE,
                          .x = x,
                          .kernel_shape = per_axis(row->rank, row->kernel),
                          .stride_shape = per_axis(row->rank, row->stride),
                          .padding_shape = per_axis(row->rank, row->padding),
                          .dilation_shape = per_axis(row->rank, row->dilation),
                          .exclude_padding = row->kind == REAL };
    if (row->kind == MAX) return tg_max_pool_with(&args);
    return row->kind == L2 ? tg_l2_pool_with(&args) : tg_avg_pool_with(&args);
}

static tg_tensor *record_row(const pool_row *row, tg_dtype dtype, tg_tensor **x)
{
    *x = sines("x", dtype, shape_of(row->rank, row->x), 0.9, 1);
    const tg_shape size = per_axis(row->rank, row->kernel);
    switch (row->kind) {
    case TO_MAX: return tg_adaptive_max_pool(*x, .size_shape = size);
    case TO_AVG: return tg_adaptive_avg_pool(*x, .size_shape = size);
    case NEAREST: return tg_upsample_nearest(*x, row->kernel[0]);
    case LINEAR: return tg_upsample_linear(*x, row->kernel[0]);
    default: return record_pool(row, *x);
    }
}

START_TEST(values_and_derivatives_are_pytorchs)
{
    const pool_row *row = &pool_rows[_i];
    tg_tensor *x, *all[3], *y = record_row(row, TG_F64, &x);
    ck_shape(y, shape_of(row->rank, row->y));
    const int count = derivatives(y, 1, &x, all);
    ck_probes(count, all, row->want);
}
END_TEST

START_TEST(single_precision_is_right_to_its_last_digits)
{
    tg_tensor *x, *narrow_x, *wide[3], *narrow[3];
    tg_tensor *y = record_row(&pool_rows[_i], TG_F64, &x);
    tg_tensor *narrow_y = record_row(&pool_rows[_i], TG_F32, &narrow_x);
    derivatives(y, 1, &x, wide);
    derivatives(narrow_y, 1, &narrow_x, narrow);
    for (int i = 0; i < 3; i++) ck_narrow(narrow[i], wide[i], i < 2 ? 1e-6 : 4e-6);
}
END_TEST

START_TEST(derivatives_agree_with_differences)
{
    const pool_row *row = &pool_rows[_i];
    tg_tensor *x, *all[3], *y = record_row(row, TG_F64, &x);
    ck_assert_msg(tg_check_gradient(y, TG_LIST(x), .entries = 20) == TG_OK, "%s: %s", row->name,
                  tg_tape_error(tape));
    derivatives(y, 1, &x, all);
    tg_tensor *penalty = tg_sum(tg_square(all[1]));
    ck_assert_msg(tg_check_gradient(penalty, TG_LIST(x), .entries = 8) == TG_OK,
                  "penalty of %s: %s", row->name, tg_tape_error(tape));
}
END_TEST

/* ---- Numbers from lectures -------------------------------------------------------------- */

static const double grid[] = { 0, 3, 5, 6, 2, 4, 5, 7, 4, 7, 3, 6, 3, 4, 9, 1, 2,
                               1, 9, 6, 0, 9, 2, 1, 1, 7, 3, 5, 8, 0, 4, 7, 6, 8,
                               0, 8, 3, 4, 5, 5, 3, 4, 7, 9, 4, 6, 5, 2, 6 };

static tg_tensor *plane(int64_t height, int64_t width, const double *data)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(1, 1, height, width), data);
}

START_TEST(the_grid_is_pooled_as_on_the_slides)
{
    const double most[] = { 9, 7, 9, 9, 9, 9, 7, 9, 9, 9, 9, 7, 9,
                            9, 9, 9, 7, 7, 8, 8, 9, 9, 7, 8, 8 };
    double mean[25];
    ck_values(tg_max_pool(plane(7, 7, grid), 3, .stride = 1), 25, most);
    get_doubles(tg_avg_pool(plane(7, 7, grid), 3, .stride = 1), 25, mean);
    ck_close(mean[0], 38.0 / 9, 1e-15); /* 4.2 */
    ck_close(mean[3 * 5 + 3], 5.0, 1e-15);
    ck_values(tg_l2_pool(plane(1, 4, (double[]){ 3, 4, 5, 12 }), .kernel_shape = TG_SHAPE(1, 2)), 2,
              (double[]){ 5, 13 });
}
END_TEST

START_TEST(a_window_of_two_halves_the_picture)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(1, 64, 224, 224));
    ck_shape(tg_max_pool(x, 2), TG_SHAPE(1, 64, 112, 112));
    ck_shape(tg_adaptive_avg_pool(x, 1), TG_SHAPE(1, 64, 1, 1));
    ck_shape(tg_flatten(tg_max_pool(x, 2), 1), TG_SHAPE(1, 64 * 112 * 112));
}
END_TEST

/* ---- Ties, padding, singular points ----------------------------------------------------- */

START_TEST(the_largest_of_a_window_share_its_gradient)
{
    tg_tensor *x = fed("x", TG_SHAPE(1, 1, 4), (double[]){ 2, 2, 1, 3 });
    ck_both_ways(tg_grad(tg_sum(tg_max_pool(x, 2)), x), 4, (double[]){ 0.5, 0.5, 0, 1 }, 0);
    /* of windows that overlap: [0, 2), [1, 3), [2, 4) of 4 */
    ck_both_ways(tg_grad(tg_sum(tg_max_pool(x, 2, .stride = 1)), x), 4,
                 (double[]){ 0.5, 1.5, 0, 1 }, 0);
    ck_both_ways(tg_grad(tg_sum(tg_adaptive_max_pool(x, 3)), x), 4, (double[]){ 0.5, 1.5, 0, 1 },
                 0);
    /* of different sizes: [0, 2), [1, 4), [3, 5) of 5 */
    tg_tensor *z = fed("z", TG_SHAPE(1, 1, 5), (double[]){ 7, 7, 1, 2, 2 });
    ck_both_ways(tg_grad(tg_sum(tg_adaptive_max_pool(z, 3)), z), 5,
                 (double[]){ 0.5, 1.5, 0, 0.5, 0.5 }, 0);
}
END_TEST

START_TEST(padding_never_is_the_largest)
{
    tg_tensor *x = fed("x", TG_SHAPE(1, 1, 3), (double[]){ -5, -7, -6 });
    tg_tensor *y = tg_max_pool(x, 2, .stride = 1, .padding = 1);
    ck_both_ways(y, 4, (double[]){ -5, -5, -6, -6 }, 0);
    ck_both_ways(tg_grad(tg_sum(y), x), 3, (double[]){ 2, 0, 2 }, 0);
    ck_both_ways(tg_avg_pool(x, 2, .stride = 1, .padding = 1), 4, (double[]){ -2.5, -6, -6.5, -3 },
                 0);
    ck_both_ways(tg_avg_pool(x, 2, .stride = 1, .padding = 1, .exclude_padding = true), 4,
                 (double[]){ -5, -6, -6.5, -6 }, 0);
}
END_TEST

START_TEST(a_nan_passes_through_the_windows_it_is_in)
{
    tg_tensor *x = fed("x", TG_SHAPE(1, 1, 4), (double[]){ 1, (double)NAN, 3, 4 });
    ck_values(tg_max_pool(x, 2), 2, (double[]){ (double)NAN, 4 });
}
END_TEST

START_TEST(the_root_of_a_window_of_zeros_has_no_slope)
{
    tg_tensor *x = fed("x", TG_SHAPE(1, 1, 4), (double[]){ 0, 0, 3, 4 });
    tg_tensor *slope = tg_grad(tg_sum(tg_l2_pool(x, 2)), x);
    ck_both_ways(slope, 4, (double[]){ 0, 0, 0.6, 0.8 }, 1e-15);
    /* d/dx of (x0 + x1) / |x|: (x1^2 - x0 x1) / |x|^3 and (x0^2 - x0 x1) / |x|^3 */
    ck_both_ways(tg_grad(tg_sum(slope), x), 4, (double[]){ 0, 0, 4 / 125.0, -3 / 125.0 }, 1e-15);
}
END_TEST

START_TEST(a_batch_of_nothing_gives_nothing)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(0, 2, 4, 4));
    tg_tensor *const pooled[] = { tg_max_pool(x, 2),          tg_avg_pool(x, 2),
                                  tg_l2_pool(x, 2),           tg_adaptive_avg_pool(x, 2),
                                  tg_adaptive_max_pool(x, 2), tg_max_pool(x, 3, .stride = 1) };
    for (int i = 0; i < COUNT_OF(pooled); i++) {
        ck_shape(pooled[i], TG_SHAPE(0, 2, 2, 2));
        ck_both_ways(tg_grad(tg_sum(pooled[i]), x), 0, NULL, 0);
    }
    ck_shape(tg_adaptive_max_pool(x, 3), TG_SHAPE(0, 2, 3, 3));
    ck_shape(tg_adaptive_avg_pool(x, 3), TG_SHAPE(0, 2, 3, 3));
    ck_shape(tg_upsample_nearest(x, 2), TG_SHAPE(0, 2, 8, 8));
    ck_shape(tg_upsample_linear(x, 2), TG_SHAPE(0, 2, 8, 8));
    ck_shape(tg_flatten(x, 1), TG_SHAPE(0, 32));
    ck_shape(tg_flatten(x, 0), TG_SHAPE(0));
}
END_TEST

/* ---- Resolution and shape --------------------------------------------------------------- */

/* Channel c 4 + i 2 + j has the pixel (i, j) of each block. */
START_TEST(pixel_shuffle_puts_channels_beside_each_other)
{
    double data[16];
    for (int i = 0; i < 16; i++) data[i] = i; /* channels 0-1-2-3 of 2 x 2 */
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(1, 4, 2, 2), data);
    tg_tensor *y = tg_pixel_shuffle(x, 2);
    ck_shape(y, TG_SHAPE(1, 1, 4, 4));
    ck_values(y, 16, (double[]){ 0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15 });
    ck_values(tg_pixel_unshuffle(y, 2), 16, data);
    tg_tensor *bytes = tg_input(tape, "bytes", TG_U8, TG_SHAPE(2, 18, 1, 2));
    ck_shape(tg_pixel_shuffle(bytes, 3), TG_SHAPE(2, 2, 3, 6));
    ck_shape(tg_pixel_unshuffle(tg_pixel_shuffle(bytes, 3), 3), TG_SHAPE(2, 18, 1, 2));
}
END_TEST

START_TEST(upsampling_keeps_constants_and_repeats_or_joins)
{
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(1, 1, 3), (double[]){ 1, 3, 7 });
    ck_values(tg_upsample_nearest(x, 2), 6, (double[]){ 1, 1, 3, 3, 7, 7 });
    ck_values(tg_upsample_linear(x, 2), 6, (double[]){ 1, 1.5, 2.5, 4, 6, 7 });
    ck_values(tg_upsample_linear(x, 1), 3, (double[]){ 1, 3, 7 });
    tg_tensor *flat = tg_upsample_linear(tg_full(tape, TG_F64, TG_SHAPE(1, 1, 2, 2), 0.3), 3);
    double got[36];
    get_doubles(flat, 36, got);
    for (int i = 0; i < 36; i++) ck_close(got[i], 0.3, 1e-15);
}
END_TEST

START_TEST(flatten_joins_the_last_axes)
{
    tg_tensor *x = tg_input(tape, "x", TG_I32, TG_SHAPE(2, 3, 4, 5));
    ck_shape(tg_flatten(x, 1), TG_SHAPE(2, 60));
    ck_shape(tg_flatten(x, 0), TG_SHAPE(120));
    ck_shape(tg_flatten(x, -2), TG_SHAPE(2, 3, 20));
    ck_assert_ptr_eq(tg_flatten(x, -1), x);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, values_and_derivatives_are_pytorchs, 0, COUNT_OF(pool_rows));
    tcase_add_loop_test(all, single_precision_is_right_to_its_last_digits, 0, COUNT_OF(pool_rows));
    tcase_add_loop_test(all, derivatives_agree_with_differences, 0, COUNT_OF(pool_rows));
    tcase_add_test(all, the_grid_is_pooled_as_on_the_slides);
    tcase_add_test(all, a_window_of_two_halves_the_picture);
    tcase_add_test(all, the_largest_of_a_window_share_its_gradient);
    tcase_add_test(all, padding_never_is_the_largest);
    tcase_add_test(all, a_nan_passes_through_the_windows_it_is_in);
    tcase_add_test(all, the_root_of_a_window_of_zeros_has_no_slope);
    tcase_add_test(all, a_batch_of_nothing_gives_nothing);
    tcase_add_test(all, pixel_shuffle_puts_channels_beside_each_other);
    tcase_add_test(all, upsampling_keeps_constants_and_repeats_or_joins);
    tcase_add_test(all, flatten_joins_the_last_axes);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
