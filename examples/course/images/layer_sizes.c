/* layer_sizes.c: A convolution of W pixels has (W - F + 2P) / S + 1 outputs, and few weights.
 *
 * Formula: (W - F + 2P) / S + 1 outputs an axis, rounded down; weights: out (in F F + 1)
 *
 * Layers are recorded, not run: a tape knows all shapes at once, those of AlexNet's first layer
 * too. How often each pixel is used is the gradient of the sum of a convolution with ones.
 */
#include "course.h"

static const char about[] =
    "Works out the sizes of convolutions and pooling, and counts weights.\n";

enum { SEEN = 7 };

/* The size that the library gives to an axis of [w] elements, or -1 if the rule says another. */
static double size(tg_tape *tape, int64_t w, int64_t f, int64_t stride, int64_t padding)
{
    tg_tensor *x = tg_full(tape, TG_F32, TG_SHAPE(1, 1, w, w), 1);
    tg_tensor *ones = tg_full(tape, TG_F32, TG_SHAPE(1, 1, f, f), 1);
    const int64_t found =
        tg_dim(tg_convolve(x, ones, NULL, .stride = stride, .padding = padding), 2);
    return found == (w - f + 2 * padding) / stride + 1 ? (double)found : -1;
}

static void check_sizes(course *c, tg_tape *tape)
{
    course_expect(c, "w7_f3_s1", size(tape, 7, 3, 1, 0), 5, 5);
    course_expect(c, "w7_f3_s2", size(tape, 7, 3, 2, 0), 3, 3);
    course_expect(c, "w7_f3_half_padding", size(tape, 7, 3, 1, 1), 7, 7);
    course_expect(c, "w7_f3_full_padding", size(tape, 7, 3, 1, 2), 9, 9);
    /* 227, not 224: that leaves a rest, (224 - 11) / 4 + 1 = 54.25. */
    course_expect(c, "alexnet", size(tape, 227, 11, 4, 0), 55, 55);
    course_expect(c, "alexnet_of_224", size(tape, 224, 11, 4, 0), 54, 54);
    tg_tensor *maps = tg_full(tape, TG_F32, TG_SHAPE(1, 64, 224, 224), 1);
    const tg_shape pooled = tg_shape_from(tg_max_pool(maps, 2));
    course_check(c, "pooled_112_112_64", tg_shape_equal(pooled, TG_SHAPE(1, 64, 112, 112)));
    tg_tensor *x = tg_full(tape, TG_F32, TG_SHAPE(1, 1, 7, 7), 1);
    tg_tensor *ones = tg_full(tape, TG_F32, TG_SHAPE(1, 1, 3, 3), 1);
    course_check(c, "line_of_12_by_4_is_9",
                 tg_dim(tg_convolve(tg_full(tape, TG_F32, TG_SHAPE(1, 1, 12), 1),
                                    tg_full(tape, TG_F32, TG_SHAPE(1, 1, 4), 1), NULL),
                        2) == 9);
    course_check(c, "options_same_full",
                 tg_dim(tg_convolve(x, ones, NULL, .same = true), 2) == 7 &&
                     tg_dim(tg_convolve(x, ones, NULL, .full = true), 2) == 9);
}

/* Weights of 3 x 3 layers from [in] channels to each of 1 to [most], with biases or without. */
static void count_weights(tg_store *store, int64_t in, bool no_bias, int most, double counts[])
{
    for (int out = 1; out <= most; out++) {
        char name[32];
        snprintf(name, sizeof name, "from%d_to%d_%d", (int)in, out, no_bias);
        tg_conv2d_new(store, name, in, out, 3, .no_bias = no_bias);
        counts[out - 1] = (double)tg_param_count(store, name);
    }
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "layer_sizes", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    tg_tape *tape = tg_tape_new(store);
    check_sizes(&c, tape);

    enum { OUT = 16 };
    double grey[OUT], colour[OUT], outs[OUT], pixels = 256.0 * 256.0;
    count_weights(store, 1, false, OUT, grey);
    count_weights(store, 3, true, 1, colour);
    bool linear = true;
    for (int i = 0; i < OUT; i++) {
        outs[i] = i + 1;
        linear = linear && grey[i] == grey[0] * outs[i];
    }
    course_expect(&c, "one_map", grey[0], 9 + 1, 9 + 1);
    course_check(&c, "linear_in_maps", linear);
    course_expect(&c, "shared_for_colour", colour[0], 27, 27);
    course_expect(&c, "dense_for_a_map", 3 * pixels * pixels, 1.2e10, 1.4e10);
    course_expect(&c, "dense_for_three", 3 * pixels * 3 * pixels, 3.8e10, 3.9e10);

    double seen[SEEN * SEEN] = { 0 };
    tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(1, 1, SEEN, SEEN), 0);
    tg_tensor *ones = tg_full(tape, TG_F64, TG_SHAPE(1, 1, 3, 3), 1);
    tg_get(tg_grad(tg_sum(tg_convolve(x, ones, NULL)), x), seen, SEEN * SEEN);
    course_expect(&c, "corner_seen", seen[0], 1, 1);
    course_expect(&c, "edge_seen", seen[3], 3, 3);
    course_expect(&c, "middle_seen", seen[SEEN * SEEN / 2], 9, 9);

    double kernel[7], none[7], half[7], full[7];
    for (int i = 0; i < 7; i++) {
        const int f = 1 + 2 * i;
        kernel[i] = f;
        none[i] = size(tape, 32, f, 1, 0);
        half[i] = size(tape, 32, f, 1, (f - 1) / 2);
        full[i] = size(tape, 32, f, 1, f - 1);
    }
    course_check(&c, "rule_for_all", none[6] == 20 && half[6] == 32 && full[6] == 44);
    course_fine(&c, tape);

    plot *p = plot_new("Sizes, weights, and how often each pixel is seen", 3);
    plot_panel(p, "outputs from 32 pixels, stride 1", "size of the kernel", "outputs");
    plot_line(p, "full padding", kernel, full, 7);
    plot_line(p, "half", kernel, half, 7);
    plot_line(p, "none", kernel, none, 7);
    plot_panel(p, "weights from 256 x 256 x 3 to as much", NULL, NULL);
    plot_log_y(p);
    plot_y_range(p, 1, 1e12);
    plot_bars(p, (const char *const[]){ "3 x 3 x 3, shared", "dense" },
              (double[]){ 3 * colour[0], 3 * pixels * 3 * pixels }, 2);
    plot_panel(p, "seen: 1 at corners, 9 inside", NULL, NULL);
    plot_image(p, seen, SEEN, SEEN, 0, 9, false);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
