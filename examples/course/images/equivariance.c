/* equivariance.c: A convolution of a moved image is the moved convolution; a dense layer's is not.
 *
 * Formula: conv(shift x) = shift conv(x), wherever the window stays inside; for stride s, shifts by
 * s
 *
 * A handwritten digit stands in a larger empty field, and is moved by one to three pixels. Weights
 * are random: what is shown holds for any.
 */
#include "course.h"

#include "common.h"

#include <math.h>

static const char about[] =
    "Moves a digit, and compares what layers of random weights make of it.\n";

enum { SIDE = 24, CELLS = SIDE * SIDE };

/* Moved down and to the right; the field is empty at its border, where a roll joins its ends. */
static tg_tensor *moved(tg_tensor *x, int64_t down, int64_t right)
{
    return tg_roll(tg_roll(x, 2, down), 3, right);
}

static tg_tensor *inside(tg_tensor *x)
{
    const int64_t side = tg_dim(x, 2);
    return tg_slice(tg_slice(x, 2, 4, side - 4, 1), 3, 4, side - 4, 1);
}

/* |a - b| over |a|, in Euclid's norm. */
static double change(tg_tensor *a, tg_tensor *b)
{
    return tg_item(tg_div(tg_norm(tg_sub(a, b)), tg_norm(a)));
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "equivariance", about);
    tg_error error;
    tg_dataset digits;
    if (digits_load(&digits, DIGITS_FILE, &error)) return fprintf(stderr, "%s\n", error.text), 1;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    tg_tape *tape = tg_tape_new(store);
    const float *ink = (const float *)digits.x.data + DIGIT_CELLS * (c.seed % 1000);
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(1, 1, DIGIT_SIDE, DIGIT_SIDE), ink);
    x = tg_pad(tg_pad(tg_div_num(x, DIGIT_INK), 2, 8, 8, 0, 0), 3, 8, 8, 0, 0);

    tg_tensor *w = tg_normal(tape, "w", TG_F32, TG_SHAPE(1, 1, 3, 3), 0, 1);
    tg_tensor *dense = tg_normal(tape, "dense", TG_F32, TG_SHAPE(CELLS, CELLS), 0, 1);
    tg_tensor *y = tg_convolve(x, w, NULL, .same = true), *there = moved(x, 2, 3);
    tg_tensor *there_y = tg_convolve(there, w, NULL, .same = true);
    course_expect(&c, "convolution",
                  tg_item(tg_max(tg_abs(tg_sub(inside(there_y), inside(moved(y, 2, 3)))))), 0, 0);
    tg_tensor *a =
        tg_reshape(tg_matmul(tg_reshape(x, TG_SHAPE(1, CELLS)), dense), TG_SHAPE(1, 1, SIDE, SIDE));
    tg_tensor *b = tg_reshape(tg_matmul(tg_reshape(there, TG_SHAPE(1, CELLS)), dense),
                              TG_SHAPE(1, 1, SIDE, SIDE));
    course_expect(&c, "dense_change", change(inside(moved(a, 2, 3)), inside(b)), 0.5, 3);

    /* With stride 2 a move by 2 is a move by 1, one by 1 is none. */
    tg_tensor *apart = tg_convolve(x, w, NULL, .padding = 1, .stride = 2);
    tg_tensor *by_two = tg_convolve(moved(x, 2, 2), w, NULL, .padding = 1, .stride = 2);
    tg_tensor *by_one = tg_convolve(moved(x, 1, 1), w, NULL, .padding = 1, .stride = 2);
    course_expect(&c, "stride_2_by_2", change(moved(apart, 1, 1), by_two), 0, 0);
    course_expect(&c, "stride_2_by_1", change(apart, by_one), 0.1, 3);

    /* Pooling over all places forgets the place. That of windows changes less than its input. */
    tg_tensor *once = tg_relu(y), *then = moved(once, 0, 1);
    course_expect(&c, "largest_of_all",
                  change(tg_max(tg_relu(inside(y))), tg_max(tg_relu(inside(there_y)))), 0, 0);
    const double map = change(once, then),
                 pooled = change(tg_max_pool(once, 4), tg_max_pool(then, 4));
    course_expect(&c, "map_change", map, 0.2, 3);
    course_expect(&c, "pooled_over_map_change", pooled / map, 0, 0.9);

    tg_tensor *const drawn[] = { x, y, a, there, there_y, b };
    static const char *const titles[] = { "a digit",
                                          "its convolution",
                                          "a dense layer of it",
                                          "the digit, moved",
                                          "its convolution: moved as well",
                                          "a dense layer of it: another" };
    plot *p = plot_new("Moving an image", 3);
    for (int i = 0; i < 6; i++) {
        float values[CELLS] = { 0 };
        double copy[CELLS], most = 0;
        tg_get(drawn[i], values, CELLS);
        for (int k = 0; k < CELLS; k++) {
            copy[k] = (double)values[k];
            most = fmax(most, fabs(copy[k]));
        }
        plot_panel(p, titles[i], NULL, NULL);
        plot_image(p, copy, SIDE, SIDE, i % 3 ? -most : 0, most, i % 3);
    }
    course_fine(&c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    tg_dataset_free(&digits);
    return course_end(&c, p);
}
