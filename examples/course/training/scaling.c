/* scaling.c: With columns of very different scale gradient descent crawls and L2 punishes the small
 * column; brought to one scale, it flies and both are treated alike.
 *
 * Formula: curvature along w_j = var(x_j); L2 leaves var(x_j) / (var(x_j) + lambda) of its effect
 *
 * The target is the sum of two columns in their own units, of the deviations 0.1 and 10, so that
 * both matter alike: y = x1 / 0.1 + x2 / 10, and noise. A linear model learns it with the best
 * single rate for either, on the columns as they are and behind a scaler; then with L2 of lambda =
 * 0.1, solved to the end, to see what is left of each column's effect w_j deviation_j, which should
 * be 1.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains on columns of different scales, with and without a scaler.\n";

enum { ROWS = 1000, STEPS = 201 };

static bool draw(course *c, double xs[ROWS * 2], double ys[ROWS])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *z = tg_normal(tape, "z", TG_F64, TG_SHAPE(ROWS, 2), 0, 1);
    tg_tensor *x = tg_mul(z, tg_constant(tape, TG_F64, TG_SHAPE(2), (double[]){ 0.1, 10 }));
    tg_tensor *noise = tg_normal(tape, "noise", TG_F64, TG_SHAPE(ROWS), 0, 0.1);
    tg_tensor *y = tg_add(tg_sum(z, .axis = 1), noise);
    tg_evaluate(TG_LIST(x, y));
    tg_get(x, xs, (size_t)ROWS * 2);
    tg_get(y, ys, ROWS);
    const bool fine = course_fine(c, tape);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

/* Losses of gradient descent, and the effects with L2, found by L-BFGS. */
static bool train(course *c, const double xs[], const double ys[], double rate,
                  double losses[STEPS], double effects[2])
{
    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_linear model =
        tg_linear_new(store, "model", 2, 1, .init = tg_init_zeros(), .bias_init = tg_init_zeros());
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, 2), xs);
    tg_tensor *y = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, 1), ys);
    tg_tensor *loss = tg_half_mse(tg_linear_apply(&model, x), y);
    tg_tensor *penalty = tg_mul_num(tg_l2_penalty(tape, .except = "bias"), 0.1 / 2);
    tg_tensor *deviation = tg_std(x, .axis = 0);
    tg_updates updates = tg_gd(loss, .lr = rate);
    tg_plan *step = tg_compile(tape, loss, .updates = &updates);
    for (int i = 0; i < STEPS && !tg_run(step); i++) losses[i] = tg_item(loss);
    const tg_minimum end = tg_lbfgs(tg_add(loss, penalty), .gradient_tolerance = 1e-10);
    tg_get(tg_mul(tg_squeeze(tg_read(tape, model.weight), 0), deviation), effects, 2);
    const bool fine = course_fine(c, tape) && end.status == TG_OK;
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "scaling", about);
    static double xs[ROWS * 2], ys[ROWS], raw[STEPS], scaled[STEPS];
    double raw_left[2] = { 0 }, scaled_left[2] = { 0 };
    tg_array x = tg_array_view(TG_F64, TG_SHAPE(ROWS, 2), xs);
    tg_scaler scaler = { 0 };
    tg_error error = { 0 };
    bool fine = draw(&c, xs, ys) && train(&c, xs, ys, 1 / 100.0, raw, raw_left);
    fine = fine && !tg_scaler_fit(&scaler, &x, &error) && !tg_scaler_apply(&scaler, &x, &error) &&
           train(&c, xs, ys, 1, scaled, scaled_left);
    if (error.status) fprintf(stderr, "%s\n", error.text);
    plot *p = plot_new("Two columns, of the deviations 0.1 and 10", 2);
    if (course_check(&c, "trained", fine)) {
        course_expect(&c, "raw_loss", raw[STEPS - 1], 0.3, 0.7);
        course_expect(&c, "scaled_loss", scaled[10], 0, 0.01);
        const double small = 0.01 / (0.01 + 0.1), alike = 1 / (1 + 0.1);
        course_expect(&c, "raw_small_left", raw_left[0], small - 0.02, small + 0.02);
        course_expect(&c, "raw_large_left", raw_left[1], 0.85, 1.15);
        course_expect(&c, "scaled_small_left", scaled_left[0], alike - 0.1, alike + 0.1);
        course_expect(&c, "scaled_large_left", scaled_left[1], alike - 0.1, alike + 0.1);
        plot_panel(p, "Gradient descent", "step", "loss");
        plot_log_y(p);
        plot_curve(p, "as they are", raw, STEPS);
        plot_curve(p, "scaled", scaled, STEPS);
        plot_panel(p, "Effects that L2 leaves", NULL, "effect");
        plot_bars(p, (const char *const[]){ "small", "large", "small, scaled", "large, scaled" },
                  (double[]){ raw_left[0], raw_left[1], scaled_left[0], scaled_left[1] }, 4);
    }
    tg_scaler_free(&scaler);
    return course_end(&c, p);
}
