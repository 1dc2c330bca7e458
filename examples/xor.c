/* xor.c: XOR, the smallest problem that needs a hidden layer. Two networks are trained on one tape
 * and in one plan: one with a hidden layer, and a perceptron, which cannot learn it. */
#include "common.h"

static const char about[] =
    "Trains a network with one hidden layer on the four rows of \"exclusive or\" and prints its\n"
    "truth table. A perceptron, which has no hidden layer, learns beside it and fails: no\n"
    "straight line has (0,1) and (1,0) on one side, and (0,0) and (1,1) on the other.\n";

static const float inputs[4][2] = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } };
static const float wanted[4] = { 0, 1, 1, 0 };

typedef struct network {
    tg_linear hidden, out;
} network;

static tg_tensor *network_logit(const network *net, tg_tensor *x)
{
    return tg_linear_apply(&net->out, tg_tanh(tg_linear_apply(&net->hidden, x)));
}

/* The mean of -log p(target), where p(1) = sigmoid(logit). log(1 + e^-|z|) never overflows. */
static tg_tensor *binary_cross_entropy(tg_tensor *logit, tg_tensor *target)
{
    tg_tensor *tail = tg_log1p(tg_exp(tg_neg(tg_abs(logit))));
    tg_tensor *line = tg_sub(tg_relu(logit), tg_mul(logit, target));
    return tg_mean(tg_add(line, tail));
}

static int count_right(const float p[4])
{
    int right = 0;
    for (int i = 0; i < 4; i++) right += (p[i] > 0.5f) == (wanted[i] > 0.5f);
    return right;
}

int main(int argc, char **argv)
{
    int64_t seed = 1, steps = 1000, hidden = 8;
    double lr = 0.05;
    const bool usual =
        parse_options(argc, argv, about,
                      (const option[]){ { "seed", "for the first weights", .count = &seed },
                                        { "steps", "training steps", .count = &steps },
                                        { "hidden", "hidden units", .count = &hidden, .least = 1 },
                                        { "lr", "learning rate of Adam", .number = &lr },
                                        { 0 } });
    const double started = seconds_now();

    tg_store *store = tg_store_new(.seed = (uint64_t)seed);
    const network net = { tg_linear_new(store, "hidden", 2, hidden),
                          tg_linear_new(store, "out", hidden, 1) };
    const tg_linear perceptron = tg_linear_new(store, "perceptron", 2, 1);

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(4, 2), inputs);
    tg_tensor *y = tg_constant(tape, TG_F32, TG_SHAPE(4, 1), wanted);
    tg_tensor *logit = network_logit(&net, x);
    tg_tensor *line = tg_linear_apply(&perceptron, x);
    tg_tensor *loss = binary_cross_entropy(logit, y);
    tg_tensor *line_loss = binary_cross_entropy(line, y);
    /* The networks share no weights, so the gradient of the sum trains each by its own loss. */
    tg_adam(tg_add(loss, line_loss), .lr = lr);
    tg_tensor *p = tg_sigmoid(logit), *line_p = tg_sigmoid(line);
    tg_plan *step = tg_compile(tape, loss, line_loss, p, line_p);

    for (int64_t i = 0; i <= steps; i++) tg_run(step); /* the last run gives the final results */

    float guess[4] = { 0 }, line_guess[4] = { 0 };
    tg_get(p, guess, 4);
    tg_get(line_p, line_guess, 4);
    puts("x1 x2   xor   network   perceptron");
    for (int i = 0; i < 4; i++)
        printf("%2g %2g   %3g   %7.3f   %10.3f\n", (double)inputs[i][0], (double)inputs[i][1],
               (double)wanted[i], (double)guess[i], (double)line_guess[i]);
    printf("The network has %d of 4 right (loss %.4f). The perceptron has %d: its loss stays at "
           "%.4f,\nlog 2, for the best that a line can do is to call every row even odds.\n",
           count_right(guess), tg_item(loss), count_right(line_guess), tg_item(line_loss));

    print_result("xor", started, "accuracy=%.2f loss=%.4f", count_right(guess) / 4.0,
                 tg_item(loss));
    int status = tg_report(tape, stderr);
    if (!status && usual)
        status = !expect_figure("accuracy", count_right(guess) / 4.0, 1, 1) ||
                 !expect_figure("the perceptron's loss", tg_item(line_loss), 0.693, 0.694);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return status;
}
