/* textbook_layers.c: Layers made of primitives need no backward pass: they give what the textbook's
 * backward passes give.
 *
 * Formula: dX = dY W, dW = dY^T X, db = sum dY; dX = dY where X > 0; dX = (softmax(X) - onehot) / N
 *
 * The exercise: a fully connected layer, ReLU and the softmax loss, each with a forward and a
 * backward pass in plain C, on a batch of 16 rows of random numbers. On the tape they are a
 * product, a maximum and a log-sum-exp, and tg_vjp is asked for what their backward passes compute.
 */
#include "compare.h"

static const char about[] = "Compares backward passes of three layers, written by hand, with the "
                            "tape.\n";

enum { ROWS = 16, IN = 5, CLASSES = 4 };

/* y [ROWS, CLASSES] = x [ROWS, IN] w^T + b, with w [CLASSES, IN]. */
static void full_backward(const double *x, const double *w, const double *dy, double *dx,
                          double *dw, double *db)
{
    for (int r = 0; r < ROWS; r++)
        for (int o = 0; o < CLASSES; o++) {
            const double d = dy[r * CLASSES + o];
            for (int i = 0; i < IN; i++) {
                dx[r * IN + i] += d * w[o * IN + i];
                dw[o * IN + i] += d * x[r * IN + i];
            }
            db[o] += d;
        }
}

static void relu_backward(const double *x, const double *dy, double *dx)
{
    for (int i = 0; i < ROWS * CLASSES; i++) dx[i] = x[i] > 0 ? dy[i] : 0;
}

/* The mean of log sum e^x - x[label] over rows. */
static double softmax_loss(const double *x, const int32_t *labels, double *dx)
{
    double loss = 0;
    for (int r = 0; r < ROWS; r++, x += CLASSES, dx += CLASSES) {
        double largest = x[0], sum = 0;
        for (int k = 1; k < CLASSES; k++) largest = fmax(largest, x[k]);
        for (int k = 0; k < CLASSES; k++) sum += exp(x[k] - largest);
        loss += (largest + log(sum) - x[labels[r]]) / ROWS;
        for (int k = 0; k < CLASSES; k++)
            dx[k] = (exp(x[k] - largest) / sum - (k == labels[r])) / ROWS;
    }
    return loss;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "textbook_layers", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    const tg_shape wide = TG_SHAPE(ROWS, CLASSES);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(ROWS, IN), 0, 1);
    tg_tensor *w = tg_normal(tape, "w", TG_F64, TG_SHAPE(CLASSES, IN), 0, 1);
    tg_tensor *b = tg_normal(tape, "b", TG_F64, TG_SHAPE(CLASSES), 0, 1);
    tg_tensor *labels = tg_integers(tape, "labels", TG_I32, TG_SHAPE(ROWS), 0, CLASSES);

    /* The three layers, one behind the other. */
    tg_tensor *y = tg_add(tg_matmul(x, tg_transpose(w)), b);
    tg_tensor *positive = tg_maximum_num(y, 0);
    tg_tensor *label = tg_take_along(positive, tg_unsqueeze(labels, 1), 1);
    tg_tensor *loss = tg_mean(tg_sub(tg_logsumexp(positive, .axis = 1), tg_squeeze(label, 1)));

    /* Each backward pass for itself, from a gradient dy of random numbers; and all of them. */
    tg_tensor *dy = tg_normal(tape, "dy", TG_F64, wide, 0, 1);
    tg_tensor *full[3], *relu[1], *softmax[1], *whole[3];
    tg_vjp(y, dy, TG_LIST(x, w, b), full);
    tg_vjp(positive, dy, TG_LIST(y), relu);
    tg_vjp(loss, NULL, TG_LIST(positive), softmax);
    tg_vjp(loss, NULL, TG_LIST(x, w, b), whole);

    enum { FULL = ROWS * IN + CLASSES * IN + CLASSES, WIDE = ROWS * CLASSES };
    double xs[ROWS * IN], ws[CLASSES * IN], ys[WIDE], positives[WIDE], dys[WIDE];
    double taped[4][FULL], hand[4][FULL] = { 0 };
    int32_t labels_of[ROWS];
    tg_get(x, xs, ROWS * IN);
    tg_get(w, ws, CLASSES * IN);
    tg_get(y, ys, WIDE);
    tg_get(positive, positives, WIDE);
    tg_get(dy, dys, WIDE);
    tg_get(labels, labels_of, ROWS);
    for (int i = 0, at = 0; i < 3; at += (int)tg_count(full[i++])) {
        tg_get(full[i], taped[0] + at, (size_t)tg_count(full[i]));
        tg_get(whole[i], taped[3] + at, (size_t)tg_count(whole[i]));
    }
    tg_get(relu[0], taped[1], WIDE);
    tg_get(softmax[0], taped[2], WIDE);
    const double taped_loss = tg_item(loss);

    plot *p = plot_new("Backward passes of three layers, by hand and by the tape", 2);
    if (course_fine(&c, tape)) {
        const int dw = ROWS * IN, db = dw + CLASSES * IN;
        full_backward(xs, ws, dys, hand[0], hand[0] + dw, hand[0] + db);
        relu_backward(ys, dys, hand[1]);
        const double hand_loss = softmax_loss(positives, labels_of, hand[2]);
        double back[WIDE];
        relu_backward(ys, hand[2], back);
        full_backward(xs, ws, back, hand[3], hand[3] + dw, hand[3] + db);

        course_expect(&c, "loss_roundings", roundings(&hand_loss, &taped_loss, 1), 0, 64);
        course_expect(&c, "full_roundings", roundings(hand[0], taped[0], FULL), 0, 64);
        course_expect(&c, "relu_roundings", roundings(hand[1], taped[1], WIDE), 0, 0);
        course_expect(&c, "softmax_roundings", roundings(hand[2], taped[2], WIDE), 0, 64);
        course_expect(&c, "chain_roundings", roundings(hand[3], taped[3], FULL), 0, 64);
        compare_panel(p, "fully connected", "dx, dw, db", hand[0], taped[0], FULL);
        compare_panel(p, "ReLU", "dx", hand[1], taped[1], WIDE);
        compare_panel(p, "softmax loss", "dx", hand[2], taped[2], WIDE);
        compare_panel(p, "one behind the other", "dx, dw, db", hand[3], taped[3], FULL);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
