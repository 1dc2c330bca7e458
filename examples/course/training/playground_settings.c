/* playground_settings.c: With the settings of the lecture's playground, 3 and 2 tanh units learn
 * most of two spirals, and miss more of the test half than of the other.
 *
 * Formula: loss = mean (tanh(z) - y)^2 / 2, y = -1 or 1; a network that knows nothing has 1/2
 *
 * The inputs are x1, x2, x1^2, x2^2, x1 x2, sin x1 and sin x2; two hidden layers of 3 and 2 tanh
 * units; half of 500 points for testing, noise 10 %, batches of 10, plain SGD of the rate 0.03, no
 * regularisation, 352 epochs. The lecture's picture reads 0.153 in training and 0.181 in the test;
 * which points it has is not said, and two spirals are a stand-in for them.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains the network of the lecture's picture of the playground.\n";

enum { POINTS = 500, HALF = POINTS / 2, EPOCHS = 352, SIDE = 60 };
static const double pi = 3.14159265358979323846;

static tg_linear layer(tg_store *store, const char *name, int64_t in, int64_t out)
{
    return tg_linear_new(store, name, in, out, .init = tg_init_uniform(-0.5, 0.5),
                         .bias_init = tg_init_constant(0.1));
}

static tg_tensor *apply(const tg_linear net[3], tg_tensor *points)
{
    tg_tensor *x1 = tg_pick(points, 1, 0), *x2 = tg_pick(points, 1, 1);
    tg_tensor *inputs = tg_stack(
        TG_LIST(x1, x2, tg_square(x1), tg_square(x2), tg_mul(x1, x2), tg_sin(x1), tg_sin(x2)), 1);
    tg_tensor *h = tg_tanh(tg_linear_apply(&net[0], inputs));
    return tg_tanh(tg_linear_apply(&net[2], tg_tanh(tg_linear_apply(&net[1], h))));
}

static tg_tensor *record(void *context, tg_batch *batch)
{
    tg_tensor *loss = tg_half_mse(apply(context, batch->field[0]), batch->field[1]);
    if (batch->training) tg_gd(loss, .lr = 0.03);
    return loss;
}

/* Two arms of a spiral, wound around each other; noise moves a point by up to 10 % of the reach. */
static void draw(tg_tape *tape, float x[POINTS * 2], float y[POINTS])
{
    float even[POINTS * 3] = { 0 };
    tg_get(tg_uniform(tape, "even", TG_F32, TG_SHAPE(POINTS, 3), -1, 1), even, (size_t)POINTS * 3);
    for (int i = 0; i < POINTS; i++) {
        const float *e = even + 3 * (size_t)i;
        const double share = ((double)e[0] + 1) / 2, noise = 0.1;
        const double angle = 3.5 * pi * share + (i % 2 ? 0 : pi);
        x[2 * i] = (float)(5 * share * sin(angle) + noise * (double)e[1]);
        x[2 * i + 1] = (float)(5 * share * cos(angle) + noise * (double)e[2]);
        y[i] = i % 2 ? 1 : -1;
    }
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "playground_settings", about);
    static float x[POINTS * 2], y[POINTS], grid[SIDE * SIDE * 2], answers[SIDE * SIDE];
    static double field[SIDE * SIDE], at[2][2][HALF];
    static double train_loss[EPOCHS], test_loss[EPOCHS];
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    tg_tape *tape = tg_tape_new(store);
    draw(tape, x, y);
    tg_rewind(tape);
    tg_linear net[] = { layer(store, "first", 7, 3), layer(store, "second", 3, 2),
                        layer(store, "out", 2, 1) };
    tg_loader *halves[2];
    for (int i = 0; i < 2; i++)
        halves[i] =
            tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(
                              tg_array_view(TG_F32, TG_SHAPE(HALF, 2), x + (ptrdiff_t)i * POINTS),
                              tg_array_view(TG_F32, TG_SHAPE(HALF, 1), y + (ptrdiff_t)i * HALF))),
                          .batch = i ? HALF : 10, .seed = (uint64_t)c.seed);
    tg_error error = { 0 };
    tg_runner *train = tg_runner_new(store, record, net, halves[0], &error, .training = true);
    tg_runner *look = tg_runner_new(store, record, net, halves[1], &error);
    for (int e = 0; e < EPOCHS && !error.status; e++) {
        if (tg_runner_epoch(train, &error) || tg_runner_epoch(look, &error)) break;
        train_loss[e] = tg_runner_value(train, "loss");
        test_loss[e] = tg_runner_value(look, "loss");
    }
    if (error.status) fprintf(stderr, "%s\n", error.text);
    for (int i = 0; i < SIDE * SIDE; i++) {
        grid[2 * i] = (float)(-6 + 12 * (i % SIDE + 0.5) / SIDE);
        grid[2 * i + 1] = (float)(-6 + 12 * (i / SIDE + 0.5) / SIDE);
    }
    tg_get(apply(net, tg_constant(tape, TG_F32, TG_SHAPE(SIDE * SIDE, 2), grid)), answers,
           SIDE * SIDE);
    for (int i = 0; i < SIDE * SIDE; i++) field[i] = (double)answers[i];
    for (int i = 0; i < 2 * POINTS; i++) at[i / 2 % 2][i % 2][i / 4] = (double)x[i];
    plot *p = plot_new("The lecture's playground", 2);
    if (course_check(&c, "trained", course_fine(&c, tape) && !error.status)) {
        course_expect(&c, "train", train_loss[EPOCHS - 1], 0.05, 0.35);
        course_expect(&c, "test", test_loss[EPOCHS - 1], 0.05, 0.45);
        double ratio = 0; /* of the last 50 epochs */
        for (int e = EPOCHS - 50; e < EPOCHS; e++) ratio += test_loss[e] / train_loss[e] / 50;
        course_expect(&c, "test_over_train", ratio, 1, 4);
        plot_panel(p, "Output, and all points", "x1", "x2");
        plot_x_range(p, -6, 6);
        plot_y_range(p, -6, 6);
        plot_field(p, field, SIDE, SIDE, -1, 1);
        plot_dots(p, "-1", at[0][0], at[0][1], HALF);
        plot_dots(p, "1", at[1][0], at[1][1], HALF);
        plot_panel(p, "Losses", "epoch", "loss");
        plot_y_range(p, 0, 0.5);
        plot_curve(p, "training", train_loss, EPOCHS);
        plot_curve(p, "test", test_loss, EPOCHS);
    }
    tg_runner_free(train);
    tg_runner_free(look);
    for (int i = 0; i < 2; i++) tg_loader_free(halves[i]);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
