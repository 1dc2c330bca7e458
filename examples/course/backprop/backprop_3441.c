/* backprop_3441.c: Backpropagation through a 3-4-4-1 network, written by hand, gives the tape's
 * gradients.
 *
 * Formula: d4 = f - y, d(l) = s'(z(l)) W(l)^T d(l+1), dJ/dW(l) = d(l+1) a(l)^T, so dJ/dw1_12 = d2_1
 * x_2
 *
 * The network is f = W3 s(W2 s(W1 x + b1) + b2) + b3, with sigmoids s, on one row of random
 * numbers, and the objective is J = (f - y)^2 / 2. Its output error is f - y: y - f, as it is
 * sometimes printed, is the gradient with the wrong sign.
 */
#include "compare.h"

static const char about[] = "Goes forward and backward through a network of 3-4-4-1 units by hand, "
                            "and compares with the tape.\n";

/* The same numbers for both: weights, and a row. */
static double w1[4][3], b1[4], w2[4][4], b2[4], w3[4], b3, x[3], y;

enum { IN = 3, WIDTH = 4, COUNT = 4 * 3 + 4 + 4 * 4 + 4 + 4 + 1 };

static double s(double z) { return 1 / (1 + exp(-z)); }

/* The gradients by w1, b1, w2, b2, w3, b3, one after the other; [d2] is the error of layer 2. */
static void by_hand(double gradient[COUNT], double d2[WIDTH])
{
    double a2[WIDTH], a3[WIDTH], d3[WIDTH], f = b3;
    for (int i = 0; i < WIDTH; i++) {
        double z = b1[i];
        for (int j = 0; j < IN; j++) z += w1[i][j] * x[j];
        a2[i] = s(z);
    }
    for (int i = 0; i < WIDTH; i++) {
        double z = b2[i];
        for (int j = 0; j < WIDTH; j++) z += w2[i][j] * a2[j];
        a3[i] = s(z);
        f += w3[i] * a3[i];
    }

    const double d4 = f - y;
    for (int i = 0; i < WIDTH; i++) d3[i] = a3[i] * (1 - a3[i]) * w3[i] * d4;
    for (int j = 0; j < WIDTH; j++) {
        double sum = 0;
        for (int i = 0; i < WIDTH; i++) sum += w2[i][j] * d3[i];
        d2[j] = a2[j] * (1 - a2[j]) * sum;
    }

    double *g = gradient;
    for (int i = 0; i < WIDTH; i++)
        for (int j = 0; j < IN; j++) *g++ = d2[i] * x[j];
    for (int i = 0; i < WIDTH; i++) *g++ = d2[i];
    for (int i = 0; i < WIDTH; i++)
        for (int j = 0; j < WIDTH; j++) *g++ = d3[i] * a2[j];
    for (int i = 0; i < WIDTH; i++) *g++ = d3[i];
    for (int i = 0; i < WIDTH; i++) *g++ = d4 * a3[i];
    *g = d4;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "backprop_3441", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *row = tg_normal(tape, "x", TG_F64, TG_SHAPE(IN), 0, 1);
    tg_tensor *target = tg_normal(tape, "y", TG_F64, TG_SHAPE(1), 0, 1);
    const tg_init normal = tg_init_normal(0, 1);
    const tg_linear first = tg_linear_new(store, "1", IN, WIDTH, .init = normal);
    const tg_linear second = tg_linear_new(store, "2", WIDTH, WIDTH, .init = normal);
    const tg_linear third = tg_linear_new(store, "3", WIDTH, 1, .init = normal);
    tg_tensor *hidden = tg_sigmoid(tg_linear_apply(&first, row));
    tg_tensor *output = tg_linear_apply(&third, tg_sigmoid(tg_linear_apply(&second, hidden)));
    tg_tensor *loss = tg_half_mse(output, target);

    tg_tensor *weights[6], *gradients[6];
    double hand[COUNT], taped[COUNT], d2[WIDTH];
    for (size_t i = 0; i < 6; i++) weights[i] = tg_read(tape, tg_var_nth(store, i));
    tg_vjp(loss, NULL, (tg_list){ 6, weights }, gradients);
    for (int i = 0, at = 0; i < 6; at += (int)tg_count(gradients[i++]))
        tg_get(gradients[i], taped + at, (size_t)tg_count(gradients[i]));
    tg_get(row, x, IN);
    tg_get(target, &y, 1);
    tg_var_get(first.weight, &w1[0][0], IN * WIDTH);
    tg_var_get(first.bias, b1, WIDTH);
    tg_var_get(second.weight, &w2[0][0], WIDTH * WIDTH);
    tg_var_get(second.bias, b2, WIDTH);
    tg_var_get(third.weight, w3, WIDTH);
    tg_var_get(third.bias, &b3, 1);

    plot *p = plot_new("Forward and backward by hand, and by the tape", 1);
    if (course_fine(&c, tape)) {
        by_hand(hand, d2);
        course_expect(&c, "weights", COUNT, 41, 41);
        course_expect(&c, "roundings_apart", roundings(hand, taped, COUNT), 0, 64);
        course_expect(&c, "w1_12_over_tape", d2[0] * x[1] / taped[1], 1 - 1e-12, 1 + 1e-12);
        compare_panel(p, NULL, "weights and biases, from the first layer on", hand, taped, COUNT);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
