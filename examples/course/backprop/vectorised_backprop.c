/* vectorised_backprop.c: With a batch as a matrix, backpropagation is a matrix product a layer, and
 * gives the mean of the rows' gradients.
 *
 * Formula: J = 1/(2 N) sum |F - Y|^2; D3 = F - Y, D(l) = D(l+1) W(l) o s'(Z(l)), dJ/dW(l) =
 * D(l+1)^T A(l) / N
 *
 * A network of 3-8-8-2 units on 32 rows of random numbers, its matrices multiplied by loops,
 * against the tape; and against single rows, whose gradients are added and divided by the number
 * that was added. The loop over layers ends with the first one: where it stops before, as it is
 * sometimes printed, W1 has no gradient and learns nothing.
 */
#include "compare.h"

static const char about[] = "Backpropagates a whole batch by products of matrices.\n";

enum { ROWS = 32, LAYERS = 3, WIDEST = 8, MOST = ROWS * WIDEST, COUNT = 8 * 3 + 8 * 8 + 2 * 8 };
static const int units[LAYERS + 1] = { 3, 8, 8, 2 };

/* out [m, n] = a . b, of which a is [m, k] and b [k, n], with the strides of their two axes. */
static void multiply(double *out, const double *a, int am, int ak, const double *b, int bk, int bn,
                     int m, int k, int n)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int at = 0; at < k; at++) sum += a[i * am + at * ak] * b[at * bk + j * bn];
            out[i * n + j] = sum;
        }
}

/* The gradients by W1, W2, W3 [out, in], one after the other, of [rows] rows of x and y. */
static void backprop(double w[LAYERS][WIDEST * WIDEST], const double *x, const double *y, int rows,
                     double gradient[COUNT])
{
    double a[LAYERS + 1][MOST], d[MOST], next[MOST];
    for (int i = 0; i < rows * units[0]; i++) a[0][i] = x[i];
    for (int l = 0; l < LAYERS; l++) {
        const int in = units[l], out = units[l + 1];
        multiply(a[l + 1], a[l], in, 1, w[l], 1, in, rows, in, out); /* A W^T */
        for (int i = 0; l < LAYERS - 1 && i < rows * out; i++) a[l + 1][i] = tanh(a[l + 1][i]);
    }
    for (int i = 0; i < rows * units[LAYERS]; i++) d[i] = a[LAYERS][i] - y[i];
    double *g = gradient + COUNT;
    for (int l = LAYERS - 1; l >= 0; l--) { /* to the first layer, which is l = 0 */
        const int in = units[l], out = units[l + 1];
        g -= out * in;
        multiply(g, d, 1, out, a[l], in, 1, out, rows, in); /* D^T A */
        for (int i = 0; i < out * in; i++) g[i] /= rows;
        multiply(next, d, out, 1, w[l], in, 1, rows, out, in); /* D W */
        for (int i = 0; i < rows * in; i++) d[i] = next[i] * (1 - a[l][i] * a[l][i]);
    }
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "vectorised_backprop", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(ROWS, units[0]), 0, 1);
    tg_tensor *y = tg_normal(tape, "y", TG_F64, TG_SHAPE(ROWS, units[LAYERS]), 0, 1);
    tg_tensor *a = x, *weights[LAYERS], *gradients[LAYERS];
    static double w[LAYERS][WIDEST * WIDEST], rows[ROWS * 3], targets[ROWS * 2];
    for (int l = 0; l < LAYERS; l++) {
        char name[24];
        snprintf(name, sizeof name, "w%d", l + 1);
        tg_var *weight = tg_param(store, name, TG_SHAPE(units[l + 1], units[l]),
                                  tg_init_glorot_normal(units[l], units[l + 1]));
        weights[l] = tg_read(tape, weight);
        a = tg_matmul(a, tg_transpose(weights[l]));
        if (l < LAYERS - 1) a = tg_tanh(a);
        tg_var_get(weight, w[l], (size_t)(units[l + 1] * units[l]));
    }
    tg_tensor *loss = tg_div_num(tg_half_mse(a, y, .reduction = TG_SUM), ROWS);
    tg_vjp(loss, NULL, (tg_list){ LAYERS, weights }, gradients);

    double taped[COUNT], batch[COUNT], single[COUNT], sum[COUNT] = { 0 };
    for (int l = 0, at = 0; l < LAYERS; at += (int)tg_count(gradients[l++]))
        tg_get(gradients[l], taped + at, (size_t)tg_count(gradients[l]));
    tg_get(x, rows, ROWS * 3);
    tg_get(y, targets, ROWS * 2);
    plot *p = plot_new("A batch of 32 rows backpropagated at once", 3);
    if (course_fine(&c, tape)) {
        backprop(w, rows, targets, ROWS, batch);
        for (int r = 0; r < ROWS; r++) {
            backprop(w, rows + r * units[0], targets + r * units[LAYERS], 1, single);
            for (int i = 0; i < COUNT; i++) sum[i] += single[i] / ROWS;
        }
        const int first = units[1] * units[0], second = units[2] * units[1];
        course_expect(&c, "roundings_apart", roundings(batch, taped, COUNT), 0, 64);
        course_expect(&c, "first_layer_roundings", roundings(batch, taped, first), 0, 64);
        course_expect(&c, "rows_roundings_apart", roundings(sum, batch, COUNT), 0, 64);
        double all = 0, of_first = 0;
        for (int i = 0; i < COUNT; i++) all += taped[i] * taped[i];
        for (int i = 0; i < first; i++) of_first += taped[i] * taped[i];
        course_expect(&c, "first_layer_share", of_first / all, 0.02, 0.98);
        compare_panel(p, "W1", "weight", batch, taped, first);
        compare_panel(p, "W2", "weight", batch + first, taped + first, second);
        compare_panel(p, "W3", "weight", batch + first + second, taped + first + second, 16);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
