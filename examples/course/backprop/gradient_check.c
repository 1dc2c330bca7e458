/* gradient_check.c: Central differences have a best step near the cube root of the rounding error;
 * automatic differentiation has no step, and is exact to rounding.
 *
 * Formula: (J(w + h) - J(w - h)) / 2h errs by h^2 |J'''| / 6 + eps |J| / h: least near h =
 * eps^(1/3)
 *
 * The loss of a neuron with tanh on 16 rows of random numbers, by each of its 8 weights. What is
 * right is known from the formula of the gradient in long double. The error is measured for steps
 * from 1/2 to 2^-44, in f64 and in f32: right of the best step it has slope 2, left of it slope -1.
 */
#include "compare.h"

static const char about[] = "Compares central differences of many step sizes with the gradient of "
                            "the tape.\n";

enum { ROWS = 16, IN = 8, STEPS = 44 };

static double x[ROWS][IN], y[ROWS], weights[IN];

/* The gradient of J = 1/(2 ROWS) sum (tanh(x . w) - y)^2. */
static void exact(double gradient[IN])
{
    long double sum[IN] = { 0 };
    for (int r = 0; r < ROWS; r++) {
        long double z = 0;
        for (int i = 0; i < IN; i++) z += (long double)weights[i] * x[r][i];
        const long double a = tanhl(z), d = (a - y[r]) * (1 - a * a) / ROWS;
        for (int i = 0; i < IN; i++) sum[i] += d * x[r][i];
    }
    for (int i = 0; i < IN; i++) gradient[i] = (double)sum[i];
}

/* The relative errors of the gradient by differences of 2^-1, 2^-2, ...; returns that of the tape.
 */
static double measure(course *c, tg_dtype dtype, const double *right, double errors[STEPS])
{
    tg_store *store = tg_store_new(.dtype = dtype);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *w = tg_input(tape, "weights", TG_F64, TG_SHAPE(IN));
    tg_tensor *rows = tg_cast(tg_constant(tape, TG_F64, TG_SHAPE(ROWS, IN), x), dtype);
    tg_tensor *targets = tg_cast(tg_constant(tape, TG_F64, TG_SHAPE(ROWS), y), dtype);
    tg_tensor *a = tg_tanh(tg_sum(tg_mul(rows, tg_cast(w, dtype)), .axis = 1));
    tg_tensor *loss = tg_half_mse(a, targets), *gradient = tg_grad(loss, w);
    tg_plan *value = tg_compile(tape, loss), *derivative = tg_compile(tape, gradient);

    double at[IN], found[IN] = { 0 };
    for (int i = 0; i < IN; i++) at[i] = weights[i];
    for (int k = 0; k < STEPS; k++) {
        const double h = ldexp(1, -1 - k);
        for (int i = 0; i < IN; i++) {
            double ends[2];
            for (int side = 0; side < 2; side++) {
                at[i] = weights[i] + (side ? h : -h);
                tg_feed(w, at, IN);
                tg_run(value);
                ends[side] = tg_item(loss);
            }
            at[i] = weights[i];
            found[i] = (ends[1] - ends[0]) / (2 * h);
        }
        errors[k] = roundings(found, right, IN) * DBL_EPSILON;
    }
    tg_feed(w, at, IN);
    tg_run(derivative);
    tg_get(gradient, found, IN);
    course_fine(c, tape);
    tg_plan_free(value);
    tg_plan_free(derivative);
    tg_tape_free(tape);
    tg_store_free(store);
    return roundings(found, right, IN) * DBL_EPSILON;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "gradient_check", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    tg_tape *tape = tg_tape_new(store);
    tg_get(tg_normal(tape, "weights", TG_F64, TG_SHAPE(IN), 0, 0.5), weights, IN);
    tg_get(tg_normal(tape, "x", TG_F64, TG_SHAPE(ROWS, IN), 0, 1), &x[0][0], ROWS * IN);
    tg_get(tg_normal(tape, "y", TG_F64, TG_SHAPE(ROWS), 0, 1), y, ROWS);
    course_fine(&c, tape);
    tg_tape_free(tape);
    tg_store_free(store);

    double right[IN], steps[STEPS], f64[STEPS], f32[STEPS];
    exact(right);
    const double tape64 = measure(&c, TG_F64, right, f64);
    const double tape32 = measure(&c, TG_F32, right, f32);
    int best64 = 0, best32 = 0;
    for (int k = 0; k < STEPS; k++) {
        steps[k] = ldexp(1, -1 - k);
        if (f64[k] < f64[best64]) best64 = k;
        if (f32[k] < f32[best32]) best32 = k;
    }
    /* eps^(1/3) is 6e-6 in f64 and 5e-3 in f32. */
    course_expect(&c, "best_step", steps[best64], 6e-7, 6e-5);
    course_expect(&c, "best_step_f32", steps[best32], 5e-4, 5e-2);
    course_expect(&c, "slope_right", log2(f64[5] / f64[12]) / 7, 1.9, 2.1);
    course_expect(&c, "slope_left", log2(f64[23] / f64[39]) / 16, -1.25, -0.75);
    course_expect(&c, "best_difference", f64[best64], 1e-13, 1e-8);
    course_expect(&c, "tape", tape64, 0, 1e-14);
    course_expect(&c, "tape_f32", tape32, 0, 1e-5);

    plot *p = plot_new("Central differences err, whatever the step", 1);
    plot_panel(p, NULL, "step h", "error");
    plot_log_x(p);
    plot_log_y(p);
    plot_line(p, "differences, f64", steps, f64, STEPS);
    plot_line(p, "tape, f64", (double[]){ steps[STEPS - 1], 0.5 }, (double[]){ tape64, tape64 }, 2);
    plot_line(p, "differences, f32", steps, f32, STEPS);
    plot_line(p, "tape, f32", (double[]){ steps[STEPS - 1], 0.5 }, (double[]){ tape32, tape32 }, 2);
    return course_end(&c, p);
}
