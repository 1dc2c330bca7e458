/* pooling.c: Pooling keeps what is there and forgets where exactly: small shifts change it little.
 *
 * Formula: max, mean or root of the sum of squares over windows of k x k, s apart
 *
 * First the lecture's table, to the digit. Then 100 handwritten digits, enlarged four times, are
 * moved by one pixel to the side; how much their pooled images change, in Euclid's norm and against
 * the images' own, is measured for windows of 1 to 16, side by side.
 */
#include "course.h"

#include "common.h"

static const char about[] =
    "Pools by the largest, the mean and the norm, and moves images a little.\n";

enum { WINDOWS = 5, DIGITS = 100 };

static const double grid[49] = { 0, 3, 5, 6, 2, 4, 5, 7, 4, 7, 3, 6, 3, 4, 9, 1, 2,
                                 1, 9, 6, 0, 9, 2, 1, 1, 7, 3, 5, 8, 0, 4, 7, 6, 8,
                                 0, 8, 3, 4, 5, 5, 3, 4, 7, 9, 4, 6, 5, 2, 6 };
static const double largest[25] = { 9, 7, 9, 9, 9, 9, 7, 9, 9, 9, 9, 7, 9,
                                    9, 9, 9, 7, 7, 8, 8, 9, 9, 7, 8, 8 };

static void check_tables(course *c, tg_tape *tape)
{
    double found[25] = { 0 }, mean[25] = { 0 }, norm = 0;
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(1, 1, 7, 7), grid);
    tg_get(tg_max_pool(x, 3, .stride = 1), found, 25);
    tg_get(tg_avg_pool(x, 3, .stride = 1), mean, 25);
    int wrong = 0;
    for (int i = 0; i < 25; i++) wrong += found[i] != largest[i];
    course_expect(c, "wrong_of_25", wrong, 0, 0);
    course_expect(c, "mean_at_0_0", mean[0], 38.0 / 9 - 1e-14, 38.0 / 9 + 1e-14);
    course_expect(c, "mean_at_3_3", mean[18], 5, 5);
    tg_tensor *pair = tg_constant(tape, TG_F64, TG_SHAPE(1, 1, 1, 2), ((const double[]){ 5, 12 }));
    tg_get(tg_l2_pool(pair, .kernel_shape = TG_SHAPE(1, 2)), &norm, 1);
    course_expect(c, "norm_of_5_12", norm, 13, 13);
}

/* The mean over the images of |pool(moved) - pool(x)| / |pool(x)|. */
static double change(tg_tensor *a, tg_tensor *b)
{
    const tg_axes image = TG_AXES(1, 2, 3);
    tg_tensor *away = tg_norm(tg_sub(a, b), .axes = image);
    return tg_item(tg_mean(tg_div(away, tg_norm(a, .axes = image))));
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "pooling", about);
    tg_error error;
    tg_dataset digits;
    if (digits_load(&digits, DIGITS_FILE, &error)) return fprintf(stderr, "%s\n", error.text), 1;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    tg_tape *tape = tg_tape_new(store);
    check_tables(&c, tape);

    const float *ink = (const float *)digits.x.data + DIGIT_CELLS * DIGITS * (c.seed % 8);
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(DIGITS, 1, DIGIT_SIDE, DIGIT_SIDE), ink);
    x = tg_div_num(tg_upsample_linear(x, 4), DIGIT_INK);
    tg_tensor *moved = tg_roll(x, 3, 1);
    double sizes[WINDOWS], by_max[WINDOWS], by_mean[WINDOWS], by_norm[WINDOWS];
    for (int i = 0; i < WINDOWS; i++) {
        const int64_t k = (int64_t)1 << i;
        sizes[i] = (double)k;
        by_max[i] = change(tg_max_pool(x, k), tg_max_pool(moved, k));
        by_mean[i] = change(tg_avg_pool(x, k), tg_avg_pool(moved, k));
        by_norm[i] = change(tg_l2_pool(x, k), tg_l2_pool(moved, k));
    }
    course_expect(&c, "change_unpooled", by_max[0], 0.05, 1);
    course_expect(&c, "max_4_over_unpooled", by_max[2] / by_max[0], 0, 0.9);
    course_expect(&c, "max_16_over_unpooled", by_max[4] / by_max[0], 0, 0.3);
    course_expect(&c, "mean_16_over_unpooled", by_mean[4] / by_mean[0], 0, 0.8);
    course_expect(&c, "norm_16_over_unpooled", by_norm[4] / by_norm[0], 0, 0.6);
    /* The largest of everything does not move at all. */
    course_expect(&c, "max_of_all", change(tg_max_pool(x, 32), tg_max_pool(moved, 32)), 0, 1e-3);
    course_fine(&c, tape);

    plot *p = plot_new("Pooling", 3);
    plot_panel(p, "the lecture's grid", NULL, NULL);
    plot_image(p, grid, 7, 7, 0, 9, false);
    plot_panel(p, "the largest of each 3 x 3", NULL, NULL);
    plot_image(p, largest, 5, 5, 4, 10, false);
    plot_panel(p, "digits moved by a pixel", "size of the window", "relative change");
    plot_log_x(p);
    plot_line(p, "largest", sizes, by_max, WINDOWS);
    plot_line(p, "mean", sizes, by_mean, WINDOWS);
    plot_line(p, "norm", sizes, by_norm, WINDOWS);
    tg_tape_free(tape);
    tg_store_free(store);
    tg_dataset_free(&digits);
    return course_end(&c, p);
}
