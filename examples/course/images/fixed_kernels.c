/* fixed_kernels.c: A few fixed weights find edges and lines in a picture, sharpen it or blur it.
 *
 * Formula: y[i, j] = sum over c, a, b of w[c, a, b] x[c, i + a, j + b]; the kernel is not turned
 *
 * First two products of the lectures, to the digit. Then seven kernels, and one made by hand that
 * answers to vertical lines, are put into one convolution as its weight and go over a picture of a
 * frame, a disc and a slanted line.
 */
#include "course.h"

#include <math.h>
#include <string.h>

static const char about[] = "Goes over pictures with kernels whose weights are chosen by hand.\n";

enum { SIDE = 40, KERNELS = 8, CELLS = SIDE * SIDE };

static const struct {
    const char *name;
    double divisor, weight[9];
} kernels[KERNELS] = {
    { "identity", 1, { 0, 0, 0, 0, 1, 0, 0, 0, 0 } },
    { "edges, diagonal", 1, { 1, 0, -1, 0, 0, 0, -1, 0, 1 } },
    { "edges, four neighbours", 1, { 0, -1, 0, -1, 4, -1, 0, -1, 0 } },
    { "edges, eight neighbours", 1, { -1, -1, -1, -1, 8, -1, -1, -1, -1 } },
    { "sharpen", 1, { 0, -1, 0, -1, 5, -1, 0, -1, 0 } },
    { "box blur", 9, { 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
    { "Gaussian blur", 16, { 1, 2, 1, 2, 4, 2, 1, 2, 1 } },
    { "vertical lines", 3, { 0, 1, 0, 0, 1, 0, 0, 1, 0 } },
};

/* How many of nine results differ from what the lecture has. */
static int differing(tg_tape *tape, const double x[25], const double w[9], bool turned,
                     const double wanted[9])
{
    tg_tensor *kernel = tg_constant(tape, TG_F64, TG_SHAPE(1, 1, 3, 3), w);
    if (turned) kernel = tg_flip(kernel, TG_AXES(2, 3));
    double found[9] = { 0 };
    tg_get(tg_convolve(tg_constant(tape, TG_F64, TG_SHAPE(1, 1, 5, 5), x), kernel, NULL), found, 9);
    int count = 0;
    for (int i = 0; i < 9; i++) count += found[i] != wanted[i];
    return count;
}

/* The products of two lectures, a line of numbers, and an image of three channels. */
static void check_products(course *c, tg_tape *tape)
{
    static const double x2[] = { 3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2,
                                 2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1 };
    static const double w2[] = { 0, 1, 2, 2, 2, 0, 0, 1, 2 };
    static const double y2[] = { 12, 12, 17, 10, 17, 19, 9, 6, 14 };
    static const double x4[] = { 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1,
                                 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0 };
    static const double w4[] = { 1, 0, 1, 0, 1, 0, 1, 0, 1 };
    static const double y4[] = { 4, 3, 4, 2, 4, 3, 2, 3, 4 };
    course_expect(c, "wrong_002", differing(tape, x2, w2, false, y2), 0, 0);
    course_expect(c, "wrong_004", differing(tape, x4, w4, false, y4), 0, 0);
    course_expect(c, "wrong_if_turned", differing(tape, x2, w2, true, y2), 1, 9);

    tg_tensor *image = tg_normal(tape, "image", TG_F64, TG_SHAPE(1, 3, 8, 8), 0, 1);
    tg_tensor *w = tg_normal(tape, "w3", TG_F64, TG_SHAPE(1, 3, 3, 3), 0, 1), *sum = NULL;
    for (int i = 0; i < 3; i++) {
        tg_tensor *one =
            tg_convolve(tg_slice(image, 1, i, i + 1, 1), tg_slice(w, 1, i, i + 1, 1), NULL);
        sum = sum ? tg_add(sum, one) : one;
    }
    const double away = tg_item(tg_max(tg_abs(tg_sub(tg_convolve(image, w, NULL), sum))));
    course_expect(c, "channels_summed_within", away, 0, 1e-13);
}

static void draw_picture(double x[CELLS])
{
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            const bool frame = fmax(fabs(i - 12.0), fabs(j - 12.0)) == 8;
            const bool disc = hypot(i - 27, j - 28) < 8, slanted = i >= 20 && i + j == 42;
            x[i * SIDE + j] = frame || slanted ? 1 : disc ? 0.7 : 0;
        }
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "fixed_kernels", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    check_products(&c, tape);

    double picture[CELLS], weights[KERNELS][9], made[KERNELS][CELLS] = { { 0 } };
    draw_picture(picture);
    for (int k = 0; k < KERNELS * 9; k++)
        weights[k / 9][k % 9] = kernels[k / 9].weight[k % 9] / kernels[k / 9].divisor;
    const tg_conv layer =
        tg_conv2d_new(store, "kernels", 1, KERNELS, 3, .same = true, .no_bias = true);
    tg_var_set(layer.weight, weights[0], KERNELS * 9);
    tg_get(tg_conv_apply(&layer, tg_constant(tape, TG_F64, TG_SHAPE(1, 1, SIDE, SIDE), picture)),
           made[0], KERNELS * CELLS);

    /* On an even surface edges give 0 and blurs change nothing; a line along the kernel's gives all
     * of it, one across a third. */
    double even = 0, sharpened = 0;
    for (int k = 1, i = 27 * SIDE + 28; k <= 6; k++)
        even = fmax(even, fabs(made[k][i] - (k < 4 ? 0 : picture[i])));
    for (int i = 0; i < CELLS; i++)
        sharpened = fmax(sharpened, fabs(made[4][i] - picture[i] - made[2][i]));
    course_check(&c, "identity", memcmp(made[0], picture, sizeof picture) == 0);
    course_expect(&c, "wrong_on_even_by", even, 0, 1e-14);
    course_expect(&c, "sharpen_less_picture_and_edges", sharpened, 0, 1e-14);
    course_expect(&c, "upright_line", made[7][12 * SIDE + 4], 1 - 1e-14, 1 + 1e-14);
    course_expect(&c, "level_line_times_3", 3 * made[7][4 * SIDE + 12], 1 - 1e-14, 1 + 1e-14);
    course_fine(&c, tape);

    plot *p =
        plot_new("A picture, and what eight kernels make of it (orange above 0, blue below)", 3);
    plot_panel(p, "the picture", NULL, NULL);
    plot_image(p, picture, SIDE, SIDE, 0, 1, false);
    for (int k = 0; k < KERNELS; k++) {
        const bool is_signed = k >= 1 && k <= 4;
        const double high = k == 3 ? 6 : is_signed ? 3 : 1;
        plot_panel(p, kernels[k].name, NULL, NULL);
        plot_image(p, made[k], SIDE, SIDE, is_signed ? -high : 0, high, is_signed);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
