/* time_series.c: A plain recurrent net predicts a noisy sum of sines nearly as well as its noise
 * allows, and no better than a linear rule that sees as many values.
 *
 * Formula: h_t = tanh(W x_t + U h_(t-1) + b), prediction x_(t+1) = v h_t + c, from ORDER values
 *
 * Two sines of periods that share none, and noise of deviation 0.2, which nobody can foresee: the
 * mean square of a prediction is at least 0.04 but for chance. The net is compared with the last
 * value and with the autoregression of the same order by least squares, on values that come later.
 * For sines a linear rule is all it takes, so the net can only come near it.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Predicts a noisy sum of sines by a plain recurrent net.\n";

enum { ORDER = 24, LEARN = 800, TEST = 400, VALUES = LEARN + TEST + ORDER, UNITS = 16, BATCH = 64 };
enum { STEPS = 1000, SHOWN = 80 };
static const double noise = 0.2;

/* All windows of ORDER + 1 values, [count, ORDER + 1], beginning at [first]. */
static tg_tensor *windows(tg_tensor *series, int64_t first, int64_t count)
{
    tg_tensor *part = tg_slice(series, 0, first, first + count + ORDER, 1);
    return tg_window(part, 0, ORDER + 1, 1, 1);
}

/* windows [n, ORDER + 1] without their last value: the predictions [n] of it. */
static tg_tensor *predict(const tg_recurrent *net, const tg_linear *out, tg_tensor *w)
{
    tg_tensor *x = tg_unsqueeze(tg_transpose(tg_slice(w, 1, 0, ORDER, 1)), 2); /* [ORDER, n, 1] */
    tg_tensor *h = tg_pick(tg_recurrent_apply(net, x), 0, ORDER - 1);
    return tg_squeeze(tg_linear_apply(out, h), 1);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "time_series", about);
    double values[VALUES], at[SHOWN], shown[2][SHOWN], guess[TEST];
    tg_dice dice = { .key = (uint64_t)c.seed };
    const double phase[2] = { 7 * tg_dice_uniform(&dice), 7 * tg_dice_uniform(&dice) };
    for (int t = 0; t < VALUES; t++)
        values[t] =
            sin(t / 2.3 + phase[0]) + 0.7 * sin(t / 1.1 + phase[1]) + noise * tg_dice_normal(&dice);

    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    const tg_recurrent net = tg_rnn_new(store, "net", 1, UNITS);
    const tg_linear out = tg_linear_new(store, "net.out", UNITS, 1),
                    linear = tg_linear_new(store, "linear", ORDER, 1);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *series = tg_constant(tape, TG_F64, TG_SHAPE(VALUES), values);
    tg_tensor *learn = windows(series, 0, LEARN - ORDER), *test = windows(series, LEARN, TEST);
    tg_tensor *truth = tg_pick(test, 1, ORDER);

    /* Least squares have no other minimum, so L-BFGS finds the linear rule. */
    tg_tensor *rule = tg_squeeze(tg_linear_apply(&linear, tg_slice(learn, 1, 0, ORDER, 1)), 1);
    tg_lbfgs(tg_mse(rule, tg_pick(learn, 1, ORDER)), .params = "linear");
    tg_tensor *by_rule = tg_squeeze(tg_linear_apply(&linear, tg_slice(test, 1, 0, ORDER, 1)), 1);

    tg_tensor *rows = tg_integers(tape, "rows", TG_I64, TG_SHAPE(BATCH), 0, LEARN - ORDER);
    tg_tensor *batch = tg_gather(learn, rows, 0);
    tg_tensor *loss = tg_mse(predict(&net, &out, batch), tg_pick(batch, 1, ORDER));
    tg_adam(loss, .params = "net", .schedule = tg_cosine_lr(.base = 1e-2, .steps = STEPS));
    tg_plan *step = tg_compile(tape, loss);
    for (int i = 0; i < STEPS; i++) tg_run(step);

    tg_tensor *by_net = predict(&net, &out, test);
    const double of_net = tg_item(tg_mse(by_net, truth)), of_rule = tg_item(tg_mse(by_rule, truth)),
                 of_last = tg_item(tg_mse(tg_pick(test, 1, ORDER - 1), truth));
    tg_get(by_net, guess, TEST);
    course_fine(&c, tape);
    course_expect(&c, "last_value", of_last, 0.2, 2);
    course_expect(&c, "net_over_last", of_net / of_last, 0, 0.25);
    course_expect(&c, "net_over_noise", of_net / (noise * noise), 0.8, 2);
    course_expect(&c, "net_over_linear", of_net / of_rule, 0.85, 1.5);

    for (int i = 0; i < SHOWN; i++) {
        at[i] = LEARN + ORDER + i;
        shown[0][i] = values[LEARN + ORDER + i];
        shown[1][i] = guess[i];
    }
    plot *p = plot_new("The next value of two sines with noise", 2);
    plot_panel(p, "values that come later", "time", NULL);
    plot_dots(p, "measured", at, shown[0], SHOWN);
    plot_line(p, "predicted from those before", at, shown[1], SHOWN);
    plot_panel(p, "mean square of the error", NULL, NULL);
    plot_bars(p, (const char *const[]){ "last value", "net", "linear", "noise" },
              (const double[]){ of_last, of_net, of_rule, noise * noise }, 4);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
