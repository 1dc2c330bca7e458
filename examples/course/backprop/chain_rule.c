/* chain_rule.c: The gradient of a weight is the product of the derivatives on the way to it.
 *
 * Formula: derror_dprediction * dprediction_dlayer1 * dlayer1_dweights = 2 (p - y) * p (1 - p) * x;
 * dlayer1_dbias = 1
 *
 * A linear layer of two inputs, then a sigmoid, then the squared error. The tape is asked for each
 * of the three factors and for the whole gradient; the factors are written by hand beside them. The
 * slope of the sigmoid is p (1 - p), not 1 - p.
 */
#include "compare.h"

static const char about[] = "Multiplies the derivatives of a prediction's error one by one.\n";

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "chain_rule", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(2), 0, 1);
    tg_tensor *y = tg_bernoulli(tape, "y", TG_F64, TG_SCALAR, 0.5);
    tg_tensor *weights = tg_normal(tape, "weights", TG_F64, TG_SHAPE(2), 0, 1);
    tg_tensor *bias = tg_normal(tape, "bias", TG_F64, TG_SCALAR, 0, 1);

    tg_tensor *layer1 = tg_add(tg_sum(tg_mul(weights, x)), bias);
    tg_tensor *prediction = tg_sigmoid(layer1);
    tg_tensor *error = tg_square(tg_sub(prediction, y));

    tg_tensor *factors[] = { tg_grad(error, prediction), tg_grad(prediction, layer1),
                             tg_grad(layer1, weights), tg_grad(layer1, bias) };
    tg_tensor *whole[] = { tg_grad(error, weights), tg_grad(error, bias) };
    tg_evaluate((tg_list){ 4, factors });
    tg_evaluate((tg_list){ 2, whole });

    double inputs[2], w[2], gradient[3], taped_layer[3];
    tg_get(x, inputs, 2);
    tg_get(weights, w, 2);
    tg_get(whole[0], gradient, 2);
    tg_get(whole[1], gradient + 2, 1);
    tg_get(factors[2], taped_layer, 2);
    tg_get(factors[3], taped_layer + 2, 1);

    plot *p = plot_new("Three factors and their product", 3);
    if (course_fine(&c, tape)) {
        const double z = w[0] * inputs[0] + w[1] * inputs[1] + tg_item(bias);
        const double f = 1 / (1 + exp(-z)), target = tg_item(y);
        const double derror_dprediction = 2 * (f - target);
        const double dprediction_dlayer1 = f * (1 - f);
        const double dlayer1[3] = { inputs[0], inputs[1], 1 }; /* by the weights, and by the bias */
        double product[3];
        for (int i = 0; i < 3; i++)
            product[i] = derror_dprediction * dprediction_dlayer1 * dlayer1[i];

        const double hand[] = { derror_dprediction, dprediction_dlayer1 };
        const double taped[] = { tg_item(factors[0]), tg_item(factors[1]) };
        course_expect(&c, "error_roundings", roundings(&hand[0], &taped[0], 1), 0, 64);
        course_expect(&c, "sigmoid_roundings", roundings(&hand[1], &taped[1], 1), 0, 64);
        course_expect(&c, "layer_roundings", roundings(dlayer1, taped_layer, 3), 0, 0);
        course_expect(&c, "product_roundings", roundings(product, gradient, 3), 0, 64);
        course_expect(&c, "dlayer1_dbias", taped_layer[2], 1, 1);

        const char *const titles[] = { "weight 1", "weight 2", "bias" };
        for (int i = 0; i < 3; i++) {
            const char *const names[] = { "dE/dp", "dp/dz", i < 2 ? "dz/dw" : "dz/db", "product",
                                          "tape" };
            const double values[] = { hand[0], hand[1], dlayer1[i], product[i], gradient[i] };
            plot_panel(p, titles[i], NULL, NULL);
            plot_bars(p, names, values, 5);
        }
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
