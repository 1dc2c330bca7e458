/* long_lag.c: An LSTM remembers its first symbol over a lag at which a plain recurrent net still
 * guesses.
 *
 * Formula: dc_T/dc_0 = product of the gates f_t (LSTM); dh_T/dh_0 = product of diag(h_t') W (plain)
 *
 * A sequence begins with +1 or -1, then there are LAG steps of noise, and the answer is the first
 * symbol. Both nets have as many units and small weights; the LSTM's gates begin as they should for
 * lags of up to LAG steps, those that forget open and those for inputs closed (Tallec and Ollivier,
 * "Can recurrent neural networks warp time?", 2018). What is measured is how many answers are
 * right, and how much of a gradient is left at each lag before training.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Compares a plain recurrent net and an LSTM over a long lag.\n";

enum { LAG = 60, TIME = LAG + 1, UNITS = 16, BATCH = 32, STEPS = 150, EVERY = 10, LAST = 5 };

/* What is found of a net: the shares of right answers, and the gradients by the lag. */
typedef struct findings {
    double right[STEPS / EVERY], gradient[TIME];
} findings;

static tg_recurrent net_new(tg_store *store, bool lstm)
{
    if (!lstm) return tg_rnn_new(store, "net", 1, UNITS);
    const tg_recurrent net = tg_lstm_new(store, "net", 1, UNITS);
    float bias[4 * UNITS] = { 0 }; /* of the gates i, f, g, o */
    for (int i = 0; i < UNITS; i++) {
        bias[UNITS + i] = (float)log(1 + LAG * (i + 1.0) / UNITS);
        bias[i] = -bias[UNITS + i];
    }
    tg_var_set(net.cell[0].bias_ih, bias, 4 * UNITS);
    return net;
}

static bool train(course *c, bool lstm, findings *found)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    const tg_recurrent net = net_new(store, lstm);
    const tg_linear out = tg_linear_new(store, "out", UNITS, 1);

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *target = tg_bernoulli(tape, "first", TG_F32, TG_SHAPE(BATCH, 1), 0.5);
    tg_tensor *first = tg_unsqueeze(tg_sub_num(tg_mul_num(target, 2), 1), 0);
    tg_tensor *noise = tg_normal(tape, "noise", TG_F32, TG_SHAPE(LAG, BATCH, 1), 0, 0.3);
    tg_tensor *x = tg_concat(TG_LIST(first, noise), 0);
    tg_tensor *h = tg_pick(tg_recurrent_apply(&net, x), 0, LAG);
    tg_tensor *logit = tg_linear_apply(&out, h);
    tg_tensor *loss = tg_binary_cross_entropy(logit, target);
    tg_tensor *right = tg_binary_accuracy(logit, target);
    tg_tensor *slope = tg_norm(tg_grad(tg_sum(logit), x), .axes = TG_AXES(1, 2)); /* [TIME] */

    float slopes[TIME] = { 0 };
    tg_get(slope, slopes, TIME);
    for (int lag = 0; lag < TIME; lag++) found->gradient[lag] = (double)slopes[LAG - lag];
    tg_adam(loss, .lr = 1e-2, .clip_norm = 1);
    tg_plan *step = tg_compile(tape, loss, right);
    for (int i = 0; i < STEPS; i++) {
        if (i % EVERY == 0) found->right[i / EVERY] = 0;
        tg_run(step);
        found->right[i / EVERY] += tg_item(right) / EVERY;
    }
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

/* The share of the last batches. */
static double at_end(const findings *found)
{
    double sum = 0;
    for (int i = 1; i <= LAST; i++) sum += found->right[STEPS / EVERY - i] / LAST;
    return sum;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "long_lag", about);
    static findings plain, lstm;
    plot *p = plot_new("The first symbol, 60 steps later", 2);
    if (train(&c, false, &plain) && train(&c, true, &lstm)) {
        course_expect(&c, "plain_right", at_end(&plain), 0.3, 0.7);
        course_expect(&c, "lstm_right", at_end(&lstm), 0.9, 1);
        course_expect(&c, "plain_gradient", plain.gradient[LAG] / plain.gradient[0], 0, 1e-8);
        course_expect(&c, "lstm_gradient", lstm.gradient[LAG] / lstm.gradient[0], 1e-3, 1e3);
        double at[STEPS / EVERY];
        for (int i = 0; i < STEPS / EVERY; i++) at[i] = EVERY * (i + 0.5);
        plot_panel(p, "share of right answers", "step", NULL);
        plot_y_range(p, 0, 1);
        plot_line(p, "plain", at, plain.right, STEPS / EVERY);
        plot_line(p, "LSTM", at, lstm.right, STEPS / EVERY);
        plot_panel(p, "gradient by an input, before training", "lag, in steps", NULL);
        plot_log_y(p);
        plot_curve(p, "plain", plain.gradient, TIME);
        plot_curve(p, "LSTM", lstm.gradient, TIME);
    }
    return course_end(&c, p);
}
