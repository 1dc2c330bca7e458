/* test_unrolled.c: differentiating through recorded optimizer steps: the loss after the steps, by
 * the learning rate and by the weights before them, against closed forms and against differences;
 * and meta-learning, whose outer step trains what the inner steps start from. */
#include "tests/support/both_ways.h"
#include "tests/support/problem.h"

/* The loss of problem.h at other weights than those the variables hold. */
static tg_tensor *loss_at(tg_tensor *weights, tg_tensor *biases)
{
    ck_assert_int_eq(tg_override(tape, weight, weights), TG_OK);
    ck_assert_int_eq(tg_override(tape, bias, biases), TG_OK);
    tg_tensor *loss = make_loss();
    ck_assert_int_eq(tg_override_end(tape, weight), TG_OK);
    ck_assert_int_eq(tg_override_end(tape, bias), TG_OK);
    return loss;
}

static tg_tensor *learning_rate(double value) { return fed("lr", TG_SCALAR, &value); }

/* First and second derivatives by the operands are those of differences, whose step is small: the
 * loss after three steps is a polynomial of degree 108. */
static void ck_differences(tg_tensor *y, tg_list operands)
{
    const tg_status status = tg_check_gradient(y, operands, .tolerance = 1e-7, .step = 0x1p-13);
    ck_assert_msg(status == TG_OK, "%s", tg_tape_error(tape));
}

/* ---- One step of each optimizer --------------------------------------------------------- */

typedef void (*optimizer)(tg_tensor *loss, tg_tensor *lr);

static void by_gd(tg_tensor *loss, tg_tensor *lr) { tg_gd(loss, .lr_at = lr); }
static void by_sgd(tg_tensor *loss, tg_tensor *lr)
{
    tg_sgd(loss, .lr_at = lr, .momentum = 0.9, .nesterov = true, .weight_decay = 0.1);
}
static void by_polyak(tg_tensor *loss, tg_tensor *lr)
{
    tg_sgd(loss, .lr_at = lr, .momentum = 0.5, .form = TG_MOMENTUM_VELOCITY);
}
static void by_clipped_sgd(tg_tensor *loss, tg_tensor *lr)
{
    tg_sgd(loss, .lr_at = lr, .clip_norm = 0.5);
}
static void by_adagrad(tg_tensor *loss, tg_tensor *lr)
{
    tg_adagrad(loss, .lr_at = lr, .eps = 0.1);
}
static void by_rmsprop(tg_tensor *loss, tg_tensor *lr)
{
    tg_rmsprop(loss, .lr_at = lr, .momentum = 0.5, .eps = 0.1);
}
static void by_adadelta(tg_tensor *loss, tg_tensor *lr)
{
    tg_adadelta(loss, .lr_at = lr, .eps = 0.1);
}
static void by_adam(tg_tensor *loss, tg_tensor *lr) { tg_adam(loss, .lr_at = lr, .eps = 0.1); }
static void by_adamw(tg_tensor *loss, tg_tensor *lr)
{
    tg_adamw(loss, .lr_at = lr, .beta1 = 0.5, .weight_decay = 0.1, .eps = 0.1);
}

static void by_amsgrad(tg_tensor *loss, tg_tensor *lr)
{
    tg_adam(loss, .lr_at = lr, .amsgrad = true, .eps = 0.1);
}
static void by_adamax(tg_tensor *loss, tg_tensor *lr) { tg_adamax(loss, .lr_at = lr, .eps = 0.1); }
static void by_nadam(tg_tensor *loss, tg_tensor *lr) { tg_nadam(loss, .lr_at = lr, .eps = 0.1); }
static void by_radam(tg_tensor *loss, tg_tensor *lr)
{
    tg_radam(loss, .lr_at = lr, .beta2 = 0.99, .eps = 0.1);
}
static void by_adan(tg_tensor *loss, tg_tensor *lr)
{
    tg_adan(loss, .lr_at = lr, .weight_decay = 0.1, .eps = 0.1);
}
static void by_lamb(tg_tensor *loss, tg_tensor *lr) { tg_lamb(loss, .lr_at = lr, .eps = 0.1); }
static void by_schedule_free(tg_tensor *loss, tg_tensor *lr)
{
    tg_schedule_free_adamw(loss, .lr_at = lr, .eps = 0.1);
}
/* The tensor is another hyper-parameter. */
static void by_momentum(tg_tensor *loss, tg_tensor *momentum)
{
    tg_sgd(loss, .lr = 0.1, .momentum_at = momentum, .nesterov = true);
}
static void by_average(tg_tensor *loss, tg_tensor *momentum)
{
    tg_sgd(loss, .lr = 0.1, .momentum_at = momentum, .form = TG_MOMENTUM_AVERAGE);
}
static void by_beta1(tg_tensor *loss, tg_tensor *beta1)
{
    tg_adam(loss, .lr = 0.1, .beta1_at = beta1, .eps = 0.1);
}
static void by_beta2(tg_tensor *loss, tg_tensor *beta2)
{
    tg_adam(loss, .lr = 0.1, .beta2_at = beta2, .eps = 0.1);
}
static void by_decay(tg_tensor *loss, tg_tensor *decay)
{
    tg_adamw(loss, .lr = 0.1, .weight_decay_at = decay, .eps = 0.1);
}

static const optimizer optimizers[] = {
    by_gd,   by_sgd,           by_polyak,   by_clipped_sgd, by_adagrad, by_rmsprop, by_adadelta,
    by_adam, by_adamw,         by_amsgrad,  by_adamax,      by_nadam,   by_radam,   by_adan,
    by_lamb, by_schedule_free, by_momentum, by_average,     by_beta1,   by_beta2,   by_decay,
};

START_TEST(a_step_of_each_optimizer_is_differentiated_by_the_rate_and_the_weights_before_it)
{
    tg_tensor *lr = learning_rate(0.3);
    optimizers[_i](make_loss(), lr);
    tg_tensor *after = loss_at(tg_latest(tape, weight), tg_latest(tape, bias));
    ck_no_error();
    ck_differences(after, TG_LIST(lr, tg_read(tape, weight), tg_read(tape, bias)));
    double kept[ALL];
    get_parameters(kept);
    for (int i = 0; i < ALL; i++) ck_assert(kept[i] == start[i]);
}
END_TEST

START_TEST(a_step_is_differentiated_by_the_state_it_starts_from)
{
    tg_tensor *lr = learning_rate(0.1);
    tg_adam(make_loss(), .lr_at = lr, .eps = 0.1);
    tg_tensor *after = loss_at(tg_latest(tape, weight), tg_latest(tape, bias));
    tg_var *first = tg_find(store, "layer.weight.adam.m");
    tg_var *second = tg_find(store, "layer.weight.adam.v");
    ck_assert_int_eq(tg_var_set(first, ((double[]){ 0.5, -1, 2 }), WEIGHTS), TG_OK);
    ck_assert_int_eq(tg_var_set(second, ((double[]){ 1, 0.5, 3 }), WEIGHTS), TG_OK);
    tg_store_set_step(store, 5);
    tg_tensor *m = tg_read(tape, first), *v = tg_read(tape, second);
    ck_differences(after, TG_LIST(lr, tg_read(tape, weight), m, v));
}
END_TEST

/* ---- The closed form of a quadratic ----------------------------------------------------- */

static const double slopes[WEIGHTS] = { 1, 0.5, 3 };

static tg_tensor *quadratic(tg_tensor *w)
{
    tg_tensor *a = tg_constant(tape, TG_F64, TG_SHAPE(WEIGHTS), slopes);
    return tg_mul_num(tg_sum(tg_mul(a, tg_square(w))), 0.5);
}

/* After k steps of gradient descent on sum(a w^2) / 2 from w, each weight is (1 - lr a)^k w. */
static void ck_quadratic(tg_tensor *after, tg_tensor *lr, tg_tensor *w, double rate, int k)
{
    double value = 0, by_rate = 0, by_rate_twice = 0, by_w[WEIGHTS], mixed[WEIGHTS];
    double by_w_twice[WEIGHTS * WEIGHTS] = { 0 };
    for (int i = 0; i < WEIGHTS; i++) {
        const double a = slopes[i], square = start[i] * start[i], keep = 1 - rate * a;
        value += a * pow(keep, 2 * k) * square / 2;
        by_rate -= k * a * a * pow(keep, 2 * k - 1) * square;
        by_rate_twice += k * (2 * k - 1) * a * a * a * pow(keep, 2 * k - 2) * square;
        by_w[i] = a * pow(keep, 2 * k) * start[i];
        mixed[i] = -2 * k * a * a * pow(keep, 2 * k - 1) * start[i];
        by_w_twice[i * (WEIGHTS + 1)] = a * pow(keep, 2 * k);
    }
    tg_tensor *slope = tg_grad(after, lr);
    ck_both_ways(after, 1, &value, 1e-14);
    ck_both_ways(slope, 1, &by_rate, 1e-14);
    ck_both_ways(tg_grad(after, w), WEIGHTS, by_w, 1e-14);
    ck_both_ways(tg_hessian(after, lr), 1, &by_rate_twice, 1e-14);
    ck_both_ways(tg_hessian(after, w), WEIGHTS * WEIGHTS, by_w_twice, 1e-14);
    ck_both_ways(tg_grad(slope, w), WEIGHTS, mixed, 1e-14);
    ck_both_ways(tg_jacobian(tg_grad(after, w), lr), WEIGHTS, mixed, 1e-14);
}

START_TEST(one_step_of_sgd_on_a_quadratic_has_its_closed_derivatives)
{
    tg_tensor *lr = learning_rate(0.2), *w = tg_read(tape, weight);
    tg_sgd(quadratic(w), .lr_at = lr, .params = "layer.weight");
    ck_quadratic(quadratic(tg_latest(tape, weight)), lr, w, 0.2, 1);
}
END_TEST

START_TEST(steps_written_with_primitives_have_the_closed_derivatives)
{
    tg_tensor *lr = learning_rate(0.2), *w = tg_read(tape, weight), *moved = w;
    for (int k = 0; k < 3; k++) moved = tg_sub(moved, tg_mul(lr, tg_grad(quadratic(moved), moved)));
    ck_quadratic(quadratic(moved), lr, w, 0.2, 3);
}
END_TEST

START_TEST(steps_of_an_optimizer_are_chained_through_stand_ins)
{
    /* A tape assigns a variable once, so each further step has a parameter of its own, which
     * begins as what the step before has made of the last. */
    tg_tensor *lr = learning_rate(0.2), *w = tg_read(tape, weight);
    tg_sgd(quadratic(w), .lr_at = lr, .params = "layer.weight");
    tg_tensor *moved = tg_latest(tape, weight);
    for (int k = 1; k < 3; k++) {
        const char *name = k == 1 ? "second" : "third";
        tg_var *stand_in = tg_param(store, name, TG_SHAPE(WEIGHTS), tg_init_zeros());
        ck_assert_int_eq(tg_override(tape, stand_in, moved), TG_OK);
        tg_sgd(quadratic(tg_read(tape, stand_in)), .lr_at = lr, .params = name);
        moved = tg_latest(tape, stand_in);
    }
    ck_quadratic(quadratic(moved), lr, w, 0.2, 3);
}
END_TEST

/* ---- Several steps on another loss ------------------------------------------------------ */

/* The loss after [steps] of momentum, by primitives. */
static tg_tensor *after_momentum(int steps, tg_tensor *lr, tg_tensor *momentum)
{
    tg_tensor *w = tg_read(tape, weight), *b = tg_read(tape, bias);
    tg_tensor *of_w = tg_zeros_like(w), *of_b = tg_zeros_like(b);
    for (int k = 0; k < steps; k++) {
        tg_tensor *g[2], *loss = loss_at(w, b);
        ck_assert_int_eq(tg_vjp(loss, NULL, (tg_list){ 2, ((tg_tensor *[]){ w, b }) }, g), TG_OK);
        of_w = tg_add(tg_mul(of_w, momentum), g[0]);
        of_b = tg_add(tg_mul(of_b, momentum), g[1]);
        w = tg_sub(w, tg_mul(of_w, lr));
        b = tg_sub(b, tg_mul(of_b, lr));
    }
    return loss_at(w, b);
}

START_TEST(steps_with_momentum_are_differentiated_by_all_they_depend_on)
{
    tg_tensor *lr = learning_rate(0.05), *momentum = fed("momentum", TG_SCALAR, &(double){ 0.8 });
    tg_tensor *after = after_momentum(_i, lr, momentum);
    ck_differences(after, TG_LIST(lr, momentum, tg_read(tape, weight), tg_read(tape, bias)));
}
END_TEST

START_TEST(a_learning_rate_is_learned_by_descending_its_own_slope)
{
    const double rate = 0.01;
    tg_var *lr = tg_param(store, "lr", TG_SCALAR, tg_init_constant(rate));
    tg_tensor *after = after_momentum(3, tg_read(tape, lr), tg_number(tape, 0.5));
    tg_sgd(after, .lr = 0.001, .params = "lr");
    tg_plan *step = tg_compile(tape, after);
    double learned, before = INFINITY;
    for (int i = 0; i < 40; i++) {
        run(step);
        ck_assert_double_lt(tg_item(after), before);
        before = tg_item(after);
    }
    ck_assert_int_eq(tg_var_get(lr, &learned, 1), TG_OK);
    ck_assert_double_gt(learned, 2 * rate);
    tg_plan_free(step);
}
END_TEST

/* ---- Meta-learning ---------------------------------------------------------------------- */

enum { ROWS = 4, IN = 2 };

static const double support_x[ROWS * IN] = { 1, 0.5, -1, 2, 0.25, -0.75, 1.5, 1 };
static const double support_y[ROWS] = { 1, -2, 0.5, 3 };
static const double query_x[ROWS * IN] = { 0.5, 1, 2, -1, -0.5, -0.25, 1, 3 };
static const double query_y[ROWS] = { 2, 1, -1, 0.5 };

static tg_tensor *linear_loss(const tg_linear *layer, const double *x_at, const double *y_at)
{
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, IN), x_at);
    tg_tensor *y = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, 1), y_at);
    return tg_mse(tg_linear_apply(layer, x), y);
}

/* The gradient of the mean squared error of [w0, w1, bias]; into [h] its Hessian. */
static void linear_gradient(const double *x, const double *y, const double w[3], double g[3],
                            double h[3][3])
{
    memset(g, 0, 3 * sizeof *g);
    memset(h, 0, 3 * sizeof *h);
    for (int i = 0; i < ROWS; i++) {
        const double row[3] = { x[2 * i], x[2 * i + 1], 1 };
        const double error = row[0] * w[0] + row[1] * w[1] + w[2] - y[i];
        for (int j = 0; j < 3; j++) {
            g[j] += 2 * error * row[j] / ROWS;
            for (int k = 0; k < 3; k++) h[j][k] += 2 * row[j] * row[k] / ROWS;
        }
    }
}

/* The query's gradient after a step on the support: (1 - lr H) times the gradient there. */
static void meta_gradient(const double w[3], double rate, double out[3])
{
    double g[3], h[3][3], moved[3], query[3], unused[3][3];
    linear_gradient(support_x, support_y, w, g, h);
    for (int i = 0; i < 3; i++) moved[i] = w[i] - rate * g[i];
    linear_gradient(query_x, query_y, moved, query, unused);
    for (int i = 0; i < 3; i++) {
        out[i] = query[i];
        for (int j = 0; j < 3; j++) out[i] -= rate * h[i][j] * query[j];
    }
}

START_TEST(the_gradient_through_an_inner_step_of_a_layer_is_its_closed_form)
{
    const tg_linear layer = tg_linear_new(store, "meta", IN, 1);
    tg_tensor *w = tg_read(tape, layer.weight), *b = tg_read(tape, layer.bias), *g[2];
    tg_tensor *lr = learning_rate(0.1);
    tg_sgd(linear_loss(&layer, support_x, support_y), .lr_at = lr, .params = "meta");
    tg_override(tape, layer.weight, tg_latest(tape, layer.weight));
    tg_override(tape, layer.bias, tg_latest(tape, layer.bias));
    tg_tensor *query = linear_loss(&layer, query_x, query_y);
    tg_override_end(tape, layer.weight);
    tg_override_end(tape, layer.bias);
    ck_assert_int_eq(tg_vjp(query, NULL, (tg_list){ 2, ((tg_tensor *[]){ w, b }) }, g), TG_OK);
    double at[3], want[3];
    ck_assert_int_eq(tg_var_get(layer.weight, at, 2), TG_OK);
    ck_assert_int_eq(tg_var_get(layer.bias, at + 2, 1), TG_OK);
    meta_gradient(at, 0.1, want);
    ck_both_ways(g[0], 2, want, 1e-14);
    ck_both_ways(g[1], 1, want + 2, 1e-14);
    ck_differences(query, TG_LIST(lr, w, b));
}
END_TEST

/* The layer's loss after one inner step that is no assignment, so that the outer one may be. */
static tg_tensor *adapted_loss(const tg_linear *layer, double rate)
{
    tg_tensor *loss = linear_loss(layer, support_x, support_y), *g[2];
    tg_tensor *w = tg_read(tape, layer->weight), *b = tg_read(tape, layer->bias);
    ck_assert_int_eq(tg_vjp(loss, NULL, (tg_list){ 2, ((tg_tensor *[]){ w, b }) }, g), TG_OK);
    tg_override(tape, layer->weight, tg_sub(w, tg_mul_num(g[0], rate)));
    tg_override(tape, layer->bias, tg_sub(b, tg_mul_num(g[1], rate)));
    tg_tensor *query = linear_loss(layer, query_x, query_y);
    tg_override_end(tape, layer->weight);
    tg_override_end(tape, layer->bias);
    return query;
}

START_TEST(an_outer_optimizer_trains_what_the_inner_step_starts_from)
{
    const double rate = 0.1;
    const tg_linear layer = tg_linear_new(store, "meta", IN, 1);
    tg_tensor *query = adapted_loss(&layer, rate);
    tg_sgd(query, .lr = 0.2, .momentum = 0.8, .params = "meta");
    tg_plan *step = tg_compile(tape, query);
    for (int i = 0; i < 2000; i++) run(step);
    /* At the optimum the gradient through the inner step vanishes; the plain one does not. */
    double at[3], slope[3], plain[3], unused[3][3], most = 0;
    ck_assert_int_eq(tg_var_get(layer.weight, at, 2), TG_OK);
    ck_assert_int_eq(tg_var_get(layer.bias, at + 2, 1), TG_OK);
    meta_gradient(at, rate, slope);
    linear_gradient(query_x, query_y, at, plain, unused);
    for (int i = 0; i < 3; i++) {
        ck_assert_double_lt(fabs(slope[i]), 1e-9);
        most = fmax(most, fabs(plain[i]));
    }
    ck_assert_double_gt(most, 1e-3);
    tg_plan_free(step);
}
END_TEST

/* ---- Several steps, unrolled ------------------------------------------------------------ */

enum { UNROLLED = 3 };

/* The loss after so many recorded steps. */
static tg_tensor *after_steps(optimizer optimize, tg_tensor *lr)
{
    ck_assert_int_eq(tg_unroll(tape), TG_OK);
    for (int i = 0; i < UNROLLED; i++) {
        optimize(make_loss(), lr);
        ck_assert_int_eq(tg_unroll_step(tape), TG_OK);
    }
    tg_tensor *after = make_loss();
    ck_assert_int_eq(tg_unroll_end(tape), TG_OK);
    ck_no_error();
    return after;
}

START_TEST(unrolled_steps_are_the_steps_that_runs_make)
{
    tg_tensor *lr = learning_rate(0.125), *after = after_steps(optimizers[_i], lr);
    const double unrolled = tg_item(after);
    ck_no_error();
    ck_assert_uint_eq(tg_assign_count(tape), 0);
    tg_rewind(tape);
    lr = learning_rate(0.125);
    tg_tensor *loss = make_loss();
    optimizers[_i](loss, lr);
    tg_plan *step = tg_compile(tape, loss), *look = tg_compile_pure(tape, loss);
    for (int i = 0; i < UNROLLED; i++) run(step);
    run(look);
    ck_close(unrolled, tg_item(loss), 1e-14);
    tg_plan_free(step);
    tg_plan_free(look);
}
END_TEST

START_TEST(unrolled_steps_are_differentiated_by_the_rate_and_the_weights_before_them)
{
    tg_tensor *lr = learning_rate(0.0625), *after = after_steps(optimizers[_i], lr);
    ck_differences(after, TG_LIST(lr, tg_read(tape, weight)));
}
END_TEST

/* Each run draws its own numbers by one key, and counts its own step. */
START_TEST(an_unrolled_run_has_its_own_draws_and_its_own_step)
{
    tg_tensor *draws[2], *steps[2];
    tg_store_set_step(store, 5);
    tg_unroll(tape);
    for (int i = 0; i < 2; i++) {
        draws[i] = tg_uniform(tape, "noise", TG_F64, TG_SCALAR, 0, 1);
        steps[i] = tg_step(tape);
        tg_unroll_step(tape);
    }
    tg_unroll_end(tape);
    ck_no_error();
    ck_assert(tg_item(draws[0]) != tg_item(draws[1]));
    ck_assert(tg_item(steps[0]) == 5 && tg_item(steps[1]) == 6);
}
END_TEST

START_TEST(an_outer_optimizer_assigns_what_the_unrolled_ones_only_passed_on)
{
    tg_tensor *lr = learning_rate(0.125), *after = after_steps(by_adam, lr);
    double before[ALL], moved[ALL];
    get_parameters(before);
    tg_gd(after, .lr = 0.1);
    tg_plan *outer = tg_compile(tape, after);
    run(outer);
    get_parameters(moved);
    for (int i = 0; i < ALL; i++) ck_assert(moved[i] != before[i]);
    tg_plan_free(outer);
}
END_TEST

START_TEST(unrolling_out_of_turn_is_an_error)
{
    ck_assert_int_eq(tg_unroll_step(tape), TG_ERR_STATE);
    ck_says_at(__FILE__, __LINE__ - 1, "tg_unroll_step: no runs are being unrolled");
    ck_assert_int_eq(tg_unroll_end(tape), TG_ERR_STATE);
    ck_says_at(__FILE__, __LINE__ - 1, "tg_unroll_end: no runs are being unrolled");
    ck_assert_int_eq(tg_unroll(tape), TG_OK);
    ck_assert_int_eq(tg_unroll(tape), TG_ERR_STATE);
    ck_says_at(__FILE__, __LINE__ - 1, "tg_unroll: runs are being unrolled already");
    tg_tensor *value = tg_read(tape, weight);
    ck_assert_ptr_eq(tg_assign(weight, value), value);
    ck_refused(tg_assign(weight, value), TG_ERR_STATE, "assigned already in this step");
    ck_assert_ptr_eq(tg_latest(tape, weight), value);
    ck_assert_int_eq(tg_unroll(NULL), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_unroll_step(NULL), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_unroll_end(NULL), TG_ERR_ARGUMENT);
    tg_rewind(tape); /* forgets it */
    ck_assert_int_eq(tg_unroll(tape), TG_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unrolled");
    TCase *all = tcase_create("unrolled");
    tcase_add_checked_fixture(all, open_problem, close_tape);
    tcase_add_loop_test(
        all, a_step_of_each_optimizer_is_differentiated_by_the_rate_and_the_weights_before_it, 0,
        COUNT_OF(optimizers));
    tcase_add_test(all, a_step_is_differentiated_by_the_state_it_starts_from);
    tcase_add_loop_test(all, unrolled_steps_are_the_steps_that_runs_make, 0, COUNT_OF(optimizers));
    tcase_add_loop_test(all,
                        unrolled_steps_are_differentiated_by_the_rate_and_the_weights_before_them,
                        0, COUNT_OF(optimizers));
    tcase_add_test(all, an_unrolled_run_has_its_own_draws_and_its_own_step);
    tcase_add_test(all, an_outer_optimizer_assigns_what_the_unrolled_ones_only_passed_on);
    tcase_add_test(all, unrolling_out_of_turn_is_an_error);
    tcase_add_test(all, one_step_of_sgd_on_a_quadratic_has_its_closed_derivatives);
    tcase_add_test(all, steps_written_with_primitives_have_the_closed_derivatives);
    tcase_add_test(all, steps_of_an_optimizer_are_chained_through_stand_ins);
    tcase_add_loop_test(all, steps_with_momentum_are_differentiated_by_all_they_depend_on, 1, 4);
    tcase_add_test(all, a_learning_rate_is_learned_by_descending_its_own_slope);
    tcase_add_test(all, the_gradient_through_an_inner_step_of_a_layer_is_its_closed_form);
    tcase_add_test(all, an_outer_optimizer_trains_what_the_inner_step_starts_from);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
