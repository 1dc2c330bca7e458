/* delta_recursion.c: One number a unit, its delta, goes backward through the layers, and every
 * gradient is a delta times an input.
 *
 * Formula: J = e^2, e = y - f; delta[L] = -2 e, delta[l]_j = h'(z_j) sum_k theta_jk delta[l+1]_k;
 * dJ/dtheta_ij = delta_j x_i
 *
 * A network for regression with four hidden layers of 6 tanh units; the bias is the weight of a
 * constant input 1. The deltas by the recursion are the tape's gradients by the units' sums z. The
 * factor -2 stays with the delta: where an update forgets it, theta - rate e x, a step goes uphill.
 */
#include "compare.h"

static const char about[] = "Computes deltas by their recursion, and compares them with the "
                            "gradients of the tape.\n";

enum { LAYERS = 5, WIDTH = 6, IN = WIDTH + 1, SUMS = 4 * WIDTH + 1, COUNT = SUMS * IN };

/* Layer l has units[l] sums of the IN numbers before it, of which the last is 1. */
static const int units[LAYERS] = { WIDTH, WIDTH, WIDTH, WIDTH, 1 };

static tg_tensor *loss_of(tg_tensor *x, tg_tensor *y, tg_tensor *theta[LAYERS],
                          tg_tensor *z[LAYERS])
{
    tg_tensor *one = tg_full(tg_tape_of(x), TG_F64, TG_SHAPE(1), 1);
    for (int l = 0; l < LAYERS; l++) {
        z[l] = tg_sum(tg_mul(theta[l], tg_concat(TG_LIST(x, one), 0)), .axis = 1);
        x = tg_tanh(z[l]);
    }
    return tg_square(tg_sub(y, tg_reshape(z[LAYERS - 1], TG_SCALAR)));
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "delta_recursion", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(WIDTH), 0, 1);
    tg_tensor *y = tg_normal(tape, "y", TG_F64, TG_SCALAR, 0, 2);
    tg_tensor *theta[LAYERS], *z[LAYERS], *by_z[LAYERS], *by_theta[LAYERS];
    for (int l = 0; l < LAYERS; l++) {
        char name[24];
        snprintf(name, sizeof name, "theta%d", l);
        theta[l] = tg_normal(tape, name, TG_F64, TG_SHAPE(units[l], IN), 0, 0.5);
    }
    tg_tensor *loss = loss_of(x, y, theta, z);
    tg_vjp(loss, NULL, (tg_list){ LAYERS, z }, by_z);
    tg_vjp(loss, NULL, (tg_list){ LAYERS, theta }, by_theta);
    /* A small step downhill, and one whose -2 is forgotten. */
    tg_tensor *right[LAYERS], *wrong[LAYERS], *unused[LAYERS];
    for (int l = 0; l < LAYERS; l++) {
        right[l] = tg_sub(theta[l], tg_mul_num(by_theta[l], 1e-4));
        wrong[l] = tg_sub(theta[l], tg_mul_num(by_theta[l], 1e-4 / -2));
    }
    tg_tensor *after = loss_of(x, y, right, unused), *slip = loss_of(x, y, wrong, unused);

    double t[LAYERS][WIDTH * IN], input[LAYERS + 1][IN], delta[LAYERS][WIDTH];
    double deltas[SUMS], hand[COUNT], taped_deltas[SUMS], taped[COUNT];
    tg_evaluate(TG_LIST(loss, after, slip));
    tg_get(x, input[0], WIDTH);
    for (int l = 0, at = 0; l < LAYERS; at += units[l++]) {
        tg_get(theta[l], t[l], (size_t)(units[l] * IN));
        tg_get(by_z[l], taped_deltas + at, (size_t)units[l]);
        tg_get(by_theta[l], taped + at * IN, (size_t)(units[l] * IN));
    }
    plot *p = plot_new("Deltas go backward", 2);
    if (course_fine(&c, tape)) {
        for (int l = 0; l < LAYERS; l++) {
            input[l][WIDTH] = 1;
            for (int j = 0; j < units[l]; j++) {
                double sum = 0;
                for (int i = 0; i < IN; i++) sum += t[l][j * IN + i] * input[l][i];
                input[l + 1][j] = l < LAYERS - 1 ? tanh(sum) : sum;
            }
        }
        const double e = tg_item(y) - input[LAYERS][0];
        delta[LAYERS - 1][0] = -2 * e;
        for (int l = LAYERS - 2; l >= 0; l--)
            for (int j = 0; j < WIDTH; j++) {
                double sum = 0;
                for (int k = 0; k < units[l + 1]; k++)
                    sum += t[l + 1][k * IN + j] * delta[l + 1][k];
                delta[l][j] = (1 - input[l + 1][j] * input[l + 1][j]) * sum;
            }
        for (int l = 0, at = 0; l < LAYERS; l++)
            for (int j = 0; j < units[l]; j++, at++) {
                deltas[at] = delta[l][j];
                for (int i = 0; i < IN; i++) hand[at * IN + i] = delta[l][j] * input[l][i];
            }
        course_expect(&c, "delta_roundings", roundings(deltas, taped_deltas, SUMS), 0, 64);
        course_expect(&c, "gradient_roundings", roundings(hand, taped, COUNT), 0, 64);
        course_expect(&c, "last_delta_over_e", taped_deltas[SUMS - 1] / e, -2 - 1e-12, -2 + 1e-12);
        course_check(&c, "step_goes_down", tg_item(after) < tg_item(loss));
        course_check(&c, "step_without_factor_goes_up", tg_item(slip) > tg_item(loss));
        compare_panel(p, "deltas", "unit, from the first layer on", deltas, taped_deltas, SUMS);
        compare_panel(p, "delta times input", "weight", hand, taped, COUNT);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
