/* losses_drawn.c: Losses differ in what they ask of an example that is wrong, barely right and
 * right.
 *
 * Formula: -ln softmax(z)_c = ln(sum e^z) - z_c; ramp(m) = 1 for m <= 0, 1 - m/rho, 0 for m >= rho
 *
 * Over the score s of the right class, values and slopes by the tape: the squares pull back what is
 * too right, cross-entropy pulls ever less, the perceptron loss lets alone what is right, and the
 * ramp, over the margin m of the probabilities with rho = 0.5, gives up on what is wrong (the
 * lecture prints 0 and 1 the wrong way round). Then the softmax of random scores, and how its
 * largest grows.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Draws four losses with their slopes, and the softmax.\n";

enum { COUNT = 601, ROWS = 1000, CLASSES = 10, SHOWN = 4 };

/* The losses of [x] as items: the score of the label 1; of the ramp, the margin of two classes. */
static tg_tensor *loss_of(int kind, tg_tensor *x)
{
    tg_tensor *one = tg_ones_like(x), *zero = tg_zeros_like(x);
    tg_tensor *first = tg_constant(tg_tape_of(x), TG_I32, TG_SHAPE(COUNT), (int32_t[COUNT]){ 0 });
    switch (kind) {
    case 0: return tg_mse(x, one, .reduction = TG_NONE);
    case 1: return tg_cross_entropy(tg_stack(TG_LIST(x, zero), 1), first, .reduction = TG_NONE);
    case 2: return tg_perceptron_loss(x, one, .reduction = TG_NONE);
    default: /* scores whose probabilities differ by x */
        x = tg_mul_num(tg_atanh(x), 2);
        return tg_margin_loss(tg_stack(TG_LIST(x, zero), 1), first, .rho = 0.5,
                              .reduction = TG_NONE);
    }
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "losses_drawn", about);
    static double at[SHOWN][COUNT], value[SHOWN][COUNT], slope[SHOWN][COUNT];
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    for (int k = 0; k < SHOWN; k++) {
        for (int i = 0; i < COUNT; i++) at[k][i] = (i - 300) / (k == 3 ? 301.0 : 100.0);
        tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(COUNT), at[k]);
        tg_tensor *loss = loss_of(k, x), *by_x = tg_grad(tg_sum(loss), x);
        tg_get(loss, value[k], COUNT);
        tg_get(by_x, slope[k], COUNT);
    }

    /* The softmax of random scores, and the negative log-likelihood in both forms. */
    tg_tensor *z = tg_normal(tape, "scores", TG_F64, TG_SHAPE(ROWS, CLASSES), 0, 3);
    tg_tensor *labels = tg_integers(tape, "labels", TG_I64, TG_SHAPE(ROWS), 0, CLASSES);
    tg_tensor *chances = tg_softmax(z);
    tg_tensor *sums = tg_max(tg_abs(tg_sub_num(tg_sum(chances, .axis = 1), 1)));
    tg_tensor *smallest = tg_min(chances), *largest = tg_max(chances);
    tg_tensor *own = tg_sum(tg_mul(z, tg_one_hot(labels, CLASSES, TG_F64)), .axis = 1);
    tg_tensor *form = tg_sub(tg_logsumexp(z, .axis = 1), own);
    tg_tensor *nll = tg_cross_entropy(z, labels, .reduction = TG_NONE);
    tg_tensor *forms = tg_max(tg_abs(tg_sub(nll, form)));
    tg_evaluate(TG_LIST(sums, smallest, largest, forms));

    /* Ten classes, of which one is a gap above the others. */
    static double gap[COUNT], scores[COUNT][CLASSES], top[COUNT];
    for (int i = 0; i < COUNT; i++) gap[i] = scores[i][0] = i / 60.0;
    tg_tensor *rows = tg_constant(tape, TG_F64, TG_SHAPE(COUNT, CLASSES), scores);
    tg_get(tg_max(tg_softmax(rows), .axis = 1), top, COUNT);

    plot *p = plot_new("Losses (blue) and their slopes (orange)", 3);
    if (course_fine(&c, tape)) {
        double off[SHOWN] = { 0 }, top_off = 0;
        for (int i = 0; i < COUNT; i++) {
            const double s = at[0][i], m = at[3][i];
            const double should[SHOWN] = { (s - 1) * (s - 1), log1p(exp(-s)), fmax(0, -s),
                                           fmin(1, fmax(0, 1 - m / 0.5)) };
            const double pull[SHOWN] = { 2 * (s - 1), -1 / (1 + exp(s)), s > 0 ? 0 : -1,
                                         m > 0 && m < 0.5 ? -2 : 0 };
            for (int k = 0; k < SHOWN; k++) {
                off[k] = fmax(off[k], fabs(value[k][i] - should[k]));
                if (k < 3 || fabs(m) > 1e-9) off[k] = fmax(off[k], fabs(slope[k][i] - pull[k]));
            }
            top_off = fmax(top_off, fabs(top[i] - 1 / (1 + 9 * exp(-gap[i]))));
        }
        course_expect(&c, "squares_off", off[0], 0, 1e-12);
        course_expect(&c, "cross_entropy_off", off[1], 0, 1e-12);
        course_expect(&c, "perceptron_off", off[2], 0, 0);
        course_expect(&c, "ramp_off", off[3], 0, 1e-9);
        course_expect(&c, "sum_off", tg_item(sums), 0, 1e-14);
        course_expect(&c, "smallest", tg_item(smallest), 1e-300, 0.01);
        course_expect(&c, "largest", tg_item(largest), 0.99, 1 - 1e-15);
        course_expect(&c, "forms_off", tg_item(forms), 0, 1e-13);
        course_expect(&c, "top_off", top_off, 0, 1e-14);
        course_expect(&c, "top_when_close", top[6], 0.1, 0.12); /* a gap of 0.1 */
        course_expect(&c, "top_when_far", top[600], 0.999, 1);  /* a gap of 10 */
        static const char *const names[SHOWN] = { "squares, of label 1", "cross-entropy",
                                                  "perceptron", "ramp, rho = 0.5" };
        for (int k = 0; k < SHOWN; k++) {
            plot_panel(p, names[k], k == 3 ? "margin" : "score", NULL);
            plot_y_range(p, k == 0 ? -8 : -2.5, k == 0 ? 16 : 3.5);
            plot_line(p, NULL, at[k], value[k], COUNT);
            plot_line(p, NULL, at[k], slope[k], COUNT);
        }
        plot_panel(p, "softmax of the largest of ten", "its lead in score", NULL);
        plot_line(p, NULL, gap, top, COUNT);
        double bars[5] = { 0 };
        static const char *const places[5] = { "1", "2", "3", "4", "5" };
        for (int i = 0; i < 5; i++)
            bars[i] = exp(i + 1) / (exp(1) + exp(2) + exp(3) + exp(4) + exp(5));
        plot_panel(p, "softmax of five scores", "score", NULL);
        plot_bars(p, places, bars, 5);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
