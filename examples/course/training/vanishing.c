/* vanishing.c: Through each sigmoid a gradient loses at least three quarters; through ReLU it does
 * not.
 *
 * Formula: |dL/dx_k| <= |dL/dx_(k+1)| |W| max f', max f' = 1/4 for the sigmoid, 1 for ReLU
 *
 * Networks of up to 20 layers of 64 units, with Glorot's and He's weights, are given a batch of
 * normal numbers; what is measured is the norm of the loss' gradient by each layer's weights.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Measures how large the gradient is in each layer of a deep network, "
                            "with sigmoids and with ReLU.\n";

enum { LAYERS = 20, WIDTH = 64, ROWS = 128 };

/* The norms of the gradients by the weights of all layers, the first one first. */
static bool measure(course *c, bool sigmoid, double norms[LAYERS])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F32, TG_SHAPE(ROWS, WIDTH), 0, 1);
    tg_tensor *weights[LAYERS], *gradients[LAYERS];
    for (int k = 0; k < LAYERS; k++) {
        char name[24];
        snprintf(name, sizeof name, "layer%d", k);
        const tg_init init =
            sigmoid ? tg_init_glorot_normal(WIDTH, WIDTH) : tg_init_he_normal(WIDTH);
        const tg_linear layer = tg_linear_new(store, name, WIDTH, WIDTH, .init = init);
        x = tg_linear_apply(&layer, x);
        x = sigmoid ? tg_sigmoid(x) : tg_relu(x);
        weights[k] = tg_read(tape, layer.weight);
    }
    tg_tensor *loss = tg_mean(tg_square(x));
    tg_vjp(loss, NULL, (tg_list){ LAYERS, weights }, gradients);
    tg_evaluate((tg_list){ LAYERS, gradients });
    for (int k = 0; k < LAYERS; k++) norms[k] = tg_item(tg_norm(gradients[k]));
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "vanishing", about);
    double sigmoid[LAYERS], relu[LAYERS];
    plot *p = plot_new("What is left of a gradient, layer by layer", 1);
    if (measure(&c, true, sigmoid) && measure(&c, false, relu)) {
        course_expect(&c, "sigmoid_first_over_last", sigmoid[0] / sigmoid[LAYERS - 1], 0, 1e-6);
        course_expect(&c, "relu_first_over_last", relu[0] / relu[LAYERS - 1], 1e-2, 1e2);
        plot_panel(p, NULL, "layer, from the input", "norm of the gradient");
        plot_log_y(p);
        plot_curve(p, "sigmoid", sigmoid, LAYERS);
        plot_curve(p, "ReLU", relu, LAYERS);
    }
    return course_end(&c, p);
}
