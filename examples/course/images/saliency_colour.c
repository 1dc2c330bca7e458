/* saliency_colour.c: The gradient by the pixels, and a sliding grey square, both point at the
 * object.
 *
 * Formula: S[i, j] = largest over channels c of |d score / d x[c, i, j]|; occlusion: p of x covered
 *
 * Colour images, generated: a disc that is red, green or blue, or none, somewhere on grey noise. A
 * small CNN learns its colour, from no hint at the place. For test images the slope of its
 * un-normalised score by each pixel is drawn, and the probability of its answer with a grey square
 * of 5 x 5 around each pixel. In the lecture's figure the square takes 0.95 down to 0.75.
 */
#include "course.h"

#include <math.h>
#include <stdlib.h>

static const char about[] = "Trains a CNN on coloured discs, and asks which pixels it looks at.\n";

enum { SIDE = 16, CELLS = SIDE * SIDE, LEARN = 512, TEST = 30, ALL = LEARN + TEST, RADIUS = 2 };

static double images[ALL][3][CELLS];
static int32_t colours[ALL];        /* 3: none */
static int rows[ALL], columns[ALL]; /* the discs' middles */

static void draw_images(int64_t seed)
{
    for (int n = 0; n < ALL; n++) {
        tg_dice dice = { .key = (uint64_t)seed, .high = (uint64_t)n };
        colours[n] = n < LEARN ? n % 4 : n % 3;
        rows[n] = 3 + (int)tg_dice_below(&dice, SIDE - 6);
        columns[n] = 3 + (int)tg_dice_below(&dice, SIDE - 6);
        for (int k = 0; k < CELLS; k++) {
            const double grey = 0.3 + 0.4 * tg_dice_uniform(&dice);
            const double away = hypot(k / SIDE - rows[n], k % SIDE - columns[n]);
            const bool disc = colours[n] < 3 && away < RADIUS + 0.5;
            for (int c = 0; c < 3; c++) {
                const double light = grey + (disc ? c == colours[n] ? 0.3 : -0.1 : 0);
                images[n][c][k] = light + 0.05 * tg_dice_normal(&dice);
            }
        }
    }
}

typedef struct net {
    tg_conv conv1, conv2;
    tg_linear out;
} net;

static tg_tensor *scores_of(const net *n, tg_tensor *x)
{
    x = tg_max_pool(tg_relu(tg_conv_apply(&n->conv1, x)), 2);
    x = tg_relu(tg_conv_apply(&n->conv2, x));
    return tg_linear_apply(&n->out, tg_max(x, .axes = TG_AXES(2, 3)));
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    tg_tensor *x = tg_reshape(batch->field[0], TG_SHAPE(batch->rows, 3, SIDE, SIDE));
    tg_tensor *loss = tg_cross_entropy(scores_of(context, x), batch->field[1]);
    if (batch->training) tg_adamw(loss, .lr = 5e-3, .weight_decay = 0.1);
    return loss;
}

/* [CELLS, 1, SIDE, SIDE]: 1 within the square around each pixel in turn. */
static tg_tensor *squares(tg_tape *tape)
{
    static double mask[CELLS][CELLS];
    for (int i = 0; i < CELLS; i++)
        for (int k = 0; k < CELLS; k++)
            mask[i][k] = abs(i / SIDE - k / SIDE) <= 2 && abs(i % SIDE - k % SIDE) <= 2;
    return tg_constant(tape, TG_F64, TG_SHAPE(CELLS, 1, SIDE, SIDE), mask);
}

/* Is the place of the largest number, times [sign], at the disc of image [n]? */
static bool at_disc(int n, const double map[CELLS], double sign)
{
    int best = 0;
    for (int k = 1; k < CELLS; k++)
        if (sign * map[k] > sign * map[best]) best = k;
    return hypot(best / SIDE - rows[n], best % SIDE - columns[n]) <= RADIUS + 1;
}

static void ask(course *c, plot *p, tg_store *store, const net *cnn)
{
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(1, 3, SIDE, SIDE));
    tg_tensor *scores = scores_of(cnn, x), *square = squares(tape);
    tg_tensor *slope = tg_abs(tg_grad(tg_max(scores), x)); /* of the answer's score */
    slope = tg_max(slope, .axis = 1);
    tg_tensor *covered = tg_add(tg_mul(x, tg_rsub_num(1, square)), tg_mul_num(square, 0.5));
    tg_tensor *answer = tg_argmax(scores, .axis = 1);
    tg_tensor *then = tg_gather(tg_softmax(scores_of(cnn, covered)), answer, 1);
    tg_tensor *before = tg_max(tg_softmax(scores)), *least = tg_min(then);
    double right = 0, by_slope = 0, by_square = 0, first = 0, lowest = 0;
    double map[CELLS] = { 0 }, probability[CELLS] = { 0 }, most = 0;
    static const char *const titles[] = { "red", "green", "blue", "|slope|, largest of three",
                                          "probability, covered there" };
    for (int n = LEARN; n < ALL; n++) {
        tg_feed(x, images[n][0], 3 * CELLS);
        if (tg_evaluate(TG_LIST(slope, then, before, least, answer))) break;
        tg_get(slope, map, CELLS);
        tg_get(then, probability, CELLS);
        right += (int)tg_item(answer) == colours[n];
        by_slope += at_disc(n, map, 1);
        by_square += at_disc(n, probability, -1);
        first += tg_item(before) / TEST;
        lowest += tg_item(least) / TEST;
    }
    course_expect(c, "right", right / TEST, 0.9, 1);
    course_expect(c, "slope_at_disc", by_slope / TEST, 0.6, 1);
    course_expect(c, "square_at_disc", by_square / TEST, 0.9, 1);
    course_expect(c, "probability", first, 0.7, 1);
    course_expect(c, "drop_when_covered", first - lowest, 0.95 - 0.75, 1);
    for (int i = 0; i < CELLS; i++) most = fmax(most, map[i]);
    for (int k = 0; k < 5; k++) { /* of the last image */
        const double *const drawn = k < 3 ? images[ALL - 1][k] : k == 3 ? map : probability;
        plot_panel(p, titles[k], NULL, NULL);
        plot_image(p, drawn, SIDE, SIDE, 0, k == 3 ? most : 1, false);
    }
    plot_panel(p, "probability, mean of all images", NULL, NULL);
    plot_bars(p, (const char *const[]){ "open", "covered at worst" }, (double[]){ first, lowest },
              2);
    course_fine(c, tape);
    tg_tape_free(tape);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "saliency_colour", about);
    tg_error error;
    draw_images(c.seed);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    net n = { tg_conv2d_new(store, "conv1", 3, 8, 3, .same = true, .init = tg_init_he_normal(0)),
              tg_conv2d_new(store, "conv2", 8, 16, 3, .same = true, .init = tg_init_he_normal(0)),
              tg_linear_new(store, "out", 16, 4) };
    const tg_array x = tg_array_view(TG_F64, TG_SHAPE(LEARN, 3 * CELLS), images);
    const tg_array y = tg_array_view(TG_I32, TG_SHAPE(LEARN), colours);
    tg_loader *batches =
        tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(x, y)), .batch = 32, .seed = (uint64_t)c.seed);
    plot *p = plot_new("Which pixels the answer is made of", 3);
    if (course_check(&c, "trained", !tg_fit(store, step, &n, batches, &error, .epochs = 20).status))
        ask(&c, p, store, &n);
    else fprintf(stderr, "%s\n", error.text);
    tg_loader_free(batches);
    tg_store_free(store);
    return course_end(&c, p);
}
