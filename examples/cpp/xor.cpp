/* xor.cpp: XOR, the smallest problem that needs a hidden layer, and a perceptron, which cannot
 * learn it; the C++ version of ../xor.c. */
#include "common.hpp"

static const char about[] =
    "Trains a network with one hidden layer on the four rows of \"exclusive or\" and prints its\n"
    "truth table. A perceptron, which has no hidden layer, learns beside it and fails: no\n"
    "straight line has (0,1) and (1,0) on one side, and (0,0) and (1,1) on the other.\n";

static const float inputs[4][2] = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } };
static const float wanted[4] = { 0, 1, 1, 0 };

struct network {
    tg::linear hidden, out;

    tg::tensor operator()(tg::tensor x) const { return out(tanh(hidden(x))); }
};

/* The mean of -log p(target), where p(1) = sigmoid(logit). log(1 + e^-|z|) never overflows. */
static tg::tensor loss_of(tg::tensor logit, tg::tensor target)
{
    const tg::tensor tail = log1p(exp(-abs(logit)));
    const tg::tensor line = relu(logit) - logit * target;
    return mean(line + tail);
}

static int count_right(const std::vector<float> &p)
{
    int right = 0;
    for (std::size_t i = 0; i < p.size(); i++) right += (p[i] > 0.5f) == (wanted[i] > 0.5f);
    return right;
}

int main(int argc, char **argv)
{
    std::int64_t seed = 1, steps = 1000, hidden = 8;
    double lr = 0.05;
    const bool usual = take_options(
        argc, argv, about,
        { take("seed", "for the first weights", seed), take("steps", "training steps", steps),
          take("hidden", "hidden units", hidden, 1), take("lr", "learning rate of Adam", lr) });
    const double started = seconds_now();

    tg::store store(tg::store_options().with_seed(static_cast<std::uint64_t>(seed)));
    const network net = { { store, "hidden", 2, hidden }, { store, "out", hidden, 1 } };
    const tg::linear perceptron(store, "perceptron", 2, 1);

    tg::tape tape(store);
    const tg::tensor x = tg::constant(tape, { 4, 2 }, inputs);
    const tg::tensor y = tg::constant(tape, { 4, 1 }, wanted);
    const tg::tensor logit = net(x), line = perceptron(x);
    const tg::tensor loss = loss_of(logit, y);
    const tg::tensor line_loss = loss_of(line, y);
    /* The networks share no weights, so the gradient of the sum trains each by its own loss. */
    adam(loss + line_loss, tg::adam_options().with_lr(lr));
    const tg::tensor p = sigmoid(logit), line_p = sigmoid(line);
    tg::plan step = tg::compile(tape, { loss, line_loss, p, line_p });

    for (std::int64_t i = 0; i <= steps; i++) step.run(); /* the last run gives the final results */

    const int status = tape.report(stderr);
    if (status) return status;
    const auto guess = p.get<float>(), line_guess = line_p.get<float>();
    std::puts("x1 x2   xor   network   perceptron");
    for (std::size_t i = 0; i < 4; i++)
        std::printf("%2g %2g   %3g   %7.3f   %10.3f\n", static_cast<double>(inputs[i][0]),
                    static_cast<double>(inputs[i][1]), static_cast<double>(wanted[i]),
                    static_cast<double>(guess[i]), static_cast<double>(line_guess[i]));
    std::printf("The network has %d of 4 right (loss %.4f). The perceptron has %d: its loss stays at "
                "%.4f,\nlog 2, for the best that a line can do is to call every row even odds.\n",
                count_right(guess), loss.item(), count_right(line_guess), line_loss.item());

    print_result("xor", started, "accuracy=%.2f loss=%.4f", count_right(guess) / 4.0, loss.item());
    return usual && (!expect_figure("accuracy", count_right(guess) / 4.0, 1, 1) ||
                     !expect_figure("the perceptron's loss", line_loss.item(), 0.693, 0.694));
}
