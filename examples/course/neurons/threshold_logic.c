/* threshold_logic.c: A weighted sum and a threshold make AND, OR and NOT, and some of them together
 * add numbers.
 *
 * Formula: y = 1 if w . x + b >= 0, else 0; b = minus the threshold = w_0, with x_0 = 1
 *
 * McCulloch and Pitts' units with weights chosen by hand: one unit for each gate, and four of them,
 * in layers, for the sum of two numbers of two bits, over all 16 cases. A carry that is set takes 2
 * from the sum of its column. Besides, linear units with random weights, in sixteenths so that no
 * sum is rounded: a bias and the weight of a constant 1 give the same bits, and get the same
 * gradient.
 */
#include "course.h"

static const char about[] = "Makes logic gates and an adder of two bits from thresholds.\n";

enum { SIDE = 61, ROWS = 16, INPUTS = 5 };

/* A unit with its weights, for the columns of x, and its threshold. */
static tg_tensor *unit(tg_tensor *x, const double *weights, double threshold)
{
    tg_tensor *w = tg_constant(tg_tape_of(x), TG_F64, TG_SHAPE(tg_dim(x, 1), 1), weights);
    return tg_binary_step(tg_sub_num(tg_matmul(x, w), threshold));
}

static tg_tensor *unit_and(tg_tensor *x) { return unit(x, (double[]){ 1, 1 }, 2); }
static tg_tensor *unit_or(tg_tensor *x) { return unit(x, (double[]){ 1, 1 }, 1); }
static tg_tensor *unit_not(tg_tensor *x) { return unit(x, (double[]){ -1 }, 0); }

/* a + b for rows of the bits a1, a0, b1, b0. */
static tg_tensor *add_two_bits(tg_tensor *bits)
{
    tg_tensor *low = tg_slice(bits, 1, 1, 4, 2), *high = tg_slice(bits, 1, 0, 3, 2);
    tg_tensor *carry = unit_and(low);
    tg_tensor *ones = unit(tg_concat(TG_LIST(low, carry), 1), (double[]){ 1, 1, -2 }, 1);
    high = tg_concat(TG_LIST(high, carry), 1);
    tg_tensor *fours = unit(high, (double[]){ 1, 1, 1 }, 2);
    tg_tensor *twos = unit(tg_concat(TG_LIST(high, fours), 1), (double[]){ 1, 1, 1, -2 }, 1);
    return tg_add(ones, tg_add(tg_mul_num(twos, 2), tg_mul_num(fours, 4)));
}

/* How far apart a bias and the weight of a constant 1 are, in outputs and in gradients. */
static double bias_apart(tg_tape *tape)
{
    const tg_shape rows = TG_SHAPE(100, INPUTS);
    tg_tensor *x = tg_integers(tape, "x", TG_I32, rows, -16, 17);
    tg_tensor *w = tg_integers(tape, "w", TG_I32, TG_SHAPE(INPUTS, 1), -16, 17);
    tg_tensor *b = tg_integers(tape, "b", TG_I32, TG_SHAPE(1, 1), -16, 17);
    x = tg_div_num(tg_cast(x, TG_F64), 16);
    w = tg_div_num(tg_cast(w, TG_F64), 16);
    b = tg_div_num(tg_cast(b, TG_F64), 16);
    tg_tensor *biased = tg_add(tg_matmul(x, w), b);
    tg_tensor *ones = tg_full(tape, TG_F64, TG_SHAPE(100, 1), 1);
    tg_tensor *longer = tg_concat(TG_LIST(b, w), 0);
    tg_tensor *plain = tg_matmul(tg_concat(TG_LIST(ones, x), 1), longer);
    tg_tensor *slope = tg_grad(tg_sum(tg_square(biased)), b);
    tg_tensor *first = tg_slice(tg_grad(tg_sum(tg_square(plain)), longer), 0, 0, 1, 1);
    return tg_item(
        tg_add(tg_max(tg_abs(tg_sub(biased, plain))), tg_sum(tg_abs(tg_sub(slope, first)))));
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "threshold_logic", about);
    double cases[4][2], sums[ROWS], bits[ROWS][4], plane[SIDE * SIDE][2], field[2][SIDE * SIDE];
    for (int i = 0; i < 4; i++) cases[i][0] = i / 2, cases[i][1] = i % 2;
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < 4; k++) bits[i][k] = i >> (3 - k) & 1;
    for (int i = 0; i < SIDE * SIDE; i++) {
        plane[i][0] = -0.5 + 2.0 * (i % SIDE) / (SIDE - 1);
        plane[i][1] = -0.5 + 2.0 * (i / SIDE) / (SIDE - 1);
    }
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *pairs = tg_constant(tape, TG_F64, TG_SHAPE(4, 2), cases);
    tg_tensor *points = tg_constant(tape, TG_F64, TG_SHAPE(SIDE * SIDE, 2), plane);
    double both[4] = { 0 }, either[4] = { 0 }, opposite[2] = { 0 };
    tg_get(unit_and(pairs), both, 4);
    tg_get(unit_or(pairs), either, 4);
    tg_get(unit_not(tg_constant(tape, TG_F64, TG_SHAPE(2, 1), (double[]){ 0, 1 })), opposite, 2);
    tg_get(add_two_bits(tg_constant(tape, TG_F64, TG_SHAPE(ROWS, 4), bits)), sums, ROWS);
    tg_get(unit_and(points), field[0], SIDE * SIDE);
    tg_get(unit_or(points), field[1], SIDE * SIDE);
    const double apart = bias_apart(tape);

    plot *p = plot_new("Gates and an adder, of thresholds", 3);
    if (course_fine(&c, tape)) {
        int wrong[4] = { 0 };
        for (int i = 0; i < 4; i++)
            wrong[0] += both[i] != (i == 3), wrong[1] += either[i] != (i > 0);
        for (int i = 0; i < 2; i++) wrong[2] += opposite[i] != 1 - i;
        for (int i = 0; i < ROWS; i++) wrong[3] += sums[i] != i / 4 + i % 4;
        course_expect(&c, "and_errors", wrong[0], 0, 0);
        course_expect(&c, "or_errors", wrong[1], 0, 0);
        course_expect(&c, "not_errors", wrong[2], 0, 0);
        course_expect(&c, "adder_errors", wrong[3], 0, 0);
        course_expect(&c, "bias_apart", apart, 0, 0);
        for (int k = 0; k < 2; k++) {
            plot_panel(p, k == 0 ? "AND: x1 + x2 >= 2" : "OR: x1 + x2 >= 1", "x1", "x2");
            plot_x_range(p, -0.5, 1.5);
            plot_y_range(p, -0.5, 1.5);
            plot_field(p, field[k], SIDE, SIDE, -1, 2);
            const int zeros = k == 0 ? 3 : 1;
            const double x[] = { 0, 0, 1, 1 }, y[] = { 0, 1, 0, 1 };
            plot_dots(p, "0", x, y, zeros);
            plot_dots(p, "1", x + zeros, y + zeros, 4 - zeros);
        }
        plot_panel(p, "the adder: white 0 to orange 6", "b", "a");
        plot_x_range(p, -0.5, 3.5);
        plot_y_range(p, -0.5, 3.5);
        plot_field(p, sums, 4, 4, -6, 6);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
