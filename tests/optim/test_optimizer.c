/* test_optimizer.c: groups, state, unused parameters, options that are refused, and differentiating
 * through an update. */
#include "tests/support/problem.h"

/* ---- Groups, state, what is returned ---------------------------------------------------- */

START_TEST(several_calls_give_groups_their_own_options)
{
    tg_tensor *loss = make_loss();
    const tg_updates first = tg_gd(loss, .params = "layer.weight", .lr = 0.1);
    const tg_updates second = tg_gd(loss, .except = "weight", .lr = 0.2);
    tg_plan *step = tg_compile(tape, loss);
    ck_no_error();
    ck_assert_uint_eq(first.first, 0);
    ck_assert_uint_eq(first.count, 1);
    ck_assert_uint_eq(second.first, 1);
    ck_assert_uint_eq(second.count, 1);
    run(step);
    double w[ALL];
    get_parameters(w);
    for (int i = 0; i < ALL; i++) {
        const double g = start[i] * start[i] * start[i] - pull[i];
        ck_close(w[i], start[i] - (i < WEIGHTS ? 0.1 : 0.2) * g, 1e-14);
    }
    tg_plan_free(step);
}
END_TEST

START_TEST(several_names_are_excepted_or_do_not_decay)
{
    tg_tensor *loss = make_loss();
    tg_gd(loss, .lr = 0.1, .weight_decay = 0.5, .no_decay = "other, layer.weight , bias");
    tg_plan *step = tg_compile(tape, loss);
    run(step);
    double w[ALL];
    get_parameters(w);
    for (int i = 0; i < ALL; i++)
        ck_close(w[i], start[i] - 0.1 * (start[i] * start[i] * start[i] - pull[i]), 1e-14);
    tg_plan_free(step);
}
END_TEST

START_TEST(a_list_takes_what_one_of_its_names_takes)
{
    char endless[1200];
    memset(endless, 'n', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    ck_assert(tg_name_among("conv.bias", "bias"));
    ck_assert(tg_name_among("conv.bias", "weight,bias"));
    ck_assert(tg_name_among("conv.bias", " weight ,  bias "));
    ck_assert(tg_name_among("conv.bias", "bias, weight"));
    ck_assert(tg_name_among("conv.norm.weight", "bias, norm.weight"));
    ck_assert(tg_name_among("conv.norm.weight", "conv.norm,,"));
    ck_assert(!tg_name_among("conv.unbias", "bias, norm.weight"));
    ck_assert(!tg_name_among("norm.weights", "bias, norm.weight"));
    ck_assert(!tg_name_among("conv.bias", ""));
    ck_assert(!tg_name_among("conv.bias", " , ,"));
    ck_assert(!tg_name_among("conv.bias", "bi as"));
    ck_assert(!tg_name_among("conv.bias", endless));
    ck_assert(!tg_name_among("conv.bias", NULL));
    ck_assert(!tg_name_among(NULL, "bias"));
}
END_TEST

START_TEST(a_plan_can_make_one_optimizers_updates_alone)
{
    tg_tensor *loss = make_loss();
    tg_gd(loss, .params = "layer.weight", .lr = 0.1);
    const tg_updates biases = tg_gd(loss, .params = "layer.bias", .lr = 0.1);
    tg_plan *step = tg_compile(tape, loss, .updates = &biases);
    run(step);
    double w[ALL];
    get_parameters(w);
    for (int i = 0; i < WEIGHTS; i++) ck_assert(w[i] == start[i]);
    for (int i = WEIGHTS; i < ALL; i++) ck_assert(w[i] != start[i]);
    tg_plan_free(step);
}
END_TEST

START_TEST(overlapping_groups_are_an_error_that_names_the_variable)
{
    tg_tensor *loss = make_loss();
    tg_gd(loss);
    const tg_updates again = tg_sgd(loss, .params = "layer.bias");
    ck_assert_int_ne(tg_tape_status(tape), TG_OK);
    ck_says("layer.bias");
    ck_assert_ptr_null(again.tape);
    ck_assert_uint_eq(again.count, 0);
}
END_TEST

START_TEST(state_is_named_after_parameter_and_optimizer)
{
    tg_tensor *loss = make_loss();
    tg_adam(loss, .params = "layer.weight");
    tg_adam(loss, .params = "layer.bias", .state = "slow");
    ck_no_error();
    tg_var *m = tg_find(store, "layer.weight.adam.m");
    ck_assert_ptr_nonnull(m);
    ck_assert_ptr_nonnull(tg_find(store, "layer.weight.adam.v"));
    ck_assert_ptr_nonnull(tg_find(store, "layer.bias.slow.m"));
    ck_assert_ptr_null(tg_find(store, "layer.bias.adam.m"));
    ck_assert(tg_shape_equal(tg_var_shape(m), TG_SHAPE(WEIGHTS)));
    ck_assert_int_eq(tg_var_dtype(m), TG_F64);
    ck_assert(!tg_var_trainable(m));
}
END_TEST

/* Two steps by the formula, lr 0.01. */
static void two_steps_of_adam(double w[ALL])
{
    double m[ALL] = { 0 }, v[ALL] = { 0 };
    memcpy(w, start, sizeof start);
    for (int t = 1; t <= 2; t++)
        for (int i = 0; i < ALL; i++) {
            const double g = w[i] * w[i] * w[i] - pull[i];
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            w[i] -= 0.01 * m[i] / (1 - pow(0.9, t)) / (sqrt(v[i] / (1 - pow(0.999, t))) + 1e-8);
        }
}

START_TEST(state_is_shared_by_the_tapes_of_a_store)
{
    tg_tensor *loss = make_loss();
    tg_adam(loss, .lr = 0.01);
    tg_plan *step = tg_compile(tape, loss);
    run(step);
    tg_plan_free(step);
    tg_tape_free(tape);

    tape = tg_tape_new(store);
    loss = make_loss();
    tg_adam(loss, .lr = 0.01);
    step = tg_compile(tape, loss);
    run(step);
    double want[ALL];
    two_steps_of_adam(want);
    double w[ALL];
    get_parameters(w);
    for (int i = 0; i < ALL; i++) ck_close(w[i], want[i], 1e-12);
    tg_plan_free(step);
}
END_TEST

START_TEST(a_state_of_another_shape_is_reported_on_the_tape)
{
    ck_assert_ptr_nonnull(tg_state(store, "layer.bias.adam.m", TG_F64, TG_SHAPE(9), 0));
    const tg_updates updates = tg_adam(make_loss());
    ck_assert_int_ne(tg_tape_status(tape), TG_OK);
    ck_says("layer.bias.adam.m");
    ck_assert_uint_eq(updates.count, 0);
}
END_TEST

START_TEST(define_by_run_makes_the_step_with_commit)
{
    tg_gd(make_loss(), .lr = 0.1);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    double w[ALL];
    get_parameters(w);
    for (int i = 0; i < ALL; i++)
        ck_close(w[i], start[i] - 0.1 * (start[i] * start[i] * start[i] - pull[i]), 1e-14);
    ck_assert_int_eq(tg_store_step(store), 1);
}
END_TEST

/* ---- Parameters that the loss does not know --------------------------------------------- */

static void add_strangers(void)
{
    tg_param(store, "stranger.weight", TG_SHAPE(2), tg_init_ones());
    tg_param(store, "stranger.bias", TG_SHAPE(2), tg_init_ones());
}

START_TEST(parameters_without_a_path_to_the_loss_are_all_named)
{
    add_strangers();
    tg_read(tape, tg_find(store, "stranger.bias"));
    const tg_updates updates = tg_adam(make_loss());
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_ARGUMENT);
    ck_says("\"stranger.weight\", \"stranger.bias\"");
    ck_says("tg_freeze");
    ck_says("allow_unused");
    ck_assert(!strstr(tg_tape_error(tape), "layer."));
    ck_assert_ptr_null(updates.tape);
}
END_TEST

START_TEST(a_path_through_stop_gradient_is_no_path)
{
    tg_tensor *loss = part_of_loss(weight, WEIGHTS, pull);
    loss = tg_add(loss, tg_stop_gradient(part_of_loss(bias, BIASES, pull)));
    tg_gd(loss);
    ck_says("\"layer.bias\"");
}
END_TEST

START_TEST(unused_parameters_may_be_skipped_frozen_or_left_out)
{
    add_strangers();
    tg_tensor *loss = make_loss();
    tg_updates updates = { 0 };
    if (_i == 0) updates = tg_gd(loss, .allow_unused = true);
    if (_i == 1) updates = tg_gd(loss, .params = "layer");
    if (_i == 2) updates = tg_gd(loss, .except = "stranger");
    if (_i == 3) ck_assert_uint_eq(tg_freeze(store, "stranger"), 2);
    if (_i == 3) updates = tg_gd(loss);
    ck_no_error();
    ck_assert_uint_eq(updates.count, 2);
}
END_TEST

START_TEST(skipping_all_parameters_is_an_error_that_does_not_suggest_it)
{
    add_strangers();
    tg_gd(make_loss(), .params = "stranger", .allow_unused = true);
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_ARGUMENT);
    ck_says("\"stranger.weight\", \"stranger.bias\"");
    ck_says("nothing is left to train");
    ck_assert(!strstr(tg_tape_error(tape), "skip these"));
}
END_TEST

START_TEST(a_list_of_unused_parameters_that_does_not_fit_is_counted)
{
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof name, "unused.%d", i);
        tg_param(store, name, TG_SHAPE(1), tg_init_ones());
    }
    tg_gd(make_loss());
    ck_says("\"unused.0\"");
    ck_says(" more");
    ck_says("tg_freeze");
}
END_TEST

/* ---- What is refused -------------------------------------------------------------------- */

/* [expression], on one line, records nothing and says [words] and this line. */
#define ck_no_updates(expression, words)                                                           \
    do {                                                                                           \
        const tg_updates refused = expression;                                                     \
        ck_assert_ptr_null(refused.tape);                                                          \
        ck_assert_uint_eq(refused.count, 0);                                                       \
        ck_assert_uint_eq(tg_assign_count(tape), 0);                                               \
        ck_says_at(__FILE__, __LINE__, words);                                                     \
    } while (0)

START_TEST(bad_options_are_refused_before_anything_is_assigned)
{
    tg_tensor *loss = make_loss();
    tg_tensor *pair = tg_input(tape, "pair", TG_F64, TG_SHAPE(2));
    tg_tensor *whole = tg_number_as(tape, TG_I64, 1);
    ck_no_updates(tg_gd(loss, .lr = -1), "tg_gd: lr = -1");
    ck_no_updates(tg_gd(loss, .lr = NAN), "lr = nan");
    ck_no_updates(tg_gd(loss, .lr = INFINITY), "lr = inf");
    ck_no_updates(tg_gd(loss, .lr = 0.1, .lr_at = tg_number(tape, 1)), ".lr_at");
    ck_no_updates(tg_gd(loss, .lr_at = pair), "rank 0");
    ck_no_updates(tg_gd(loss, .lr_at = whole), "i64");
    ck_no_updates(tg_gd(loss, .weight_decay = -0.1), "weight_decay = -0.1");
    ck_no_updates(tg_gd(loss, .weight_decay = NAN), "weight_decay = nan");
    ck_no_updates(tg_gd(loss, .clip_norm = 0), "clip_norm = 0");
    ck_no_updates(tg_gd(loss, .clip_norm = -1), "clip_norm = -1");
    ck_no_updates(tg_gd(loss, .clip_norm = NAN), "clip_norm = nan");
    ck_no_updates(tg_gd(loss, .params = "lay"), "\"lay\"");
    ck_no_updates(tg_gd(loss, .except = "layer"), "\"layer\"");
    ck_no_updates(tg_gd(loss, .except = "weight, bias"), ".except = \"weight, bias\"");
    ck_no_updates(tg_gd(pair), "one number");
    ck_no_updates(tg_gd(whole), "i64");
    ck_no_updates(tg_sgd(loss, .momentum = -0.1), "momentum = -0.1");
    ck_no_updates(tg_sgd(loss, .momentum = 1.1), "momentum = 1.1");
    ck_no_updates(tg_sgd(loss, .momentum = NAN), "momentum = nan");
    ck_no_updates(tg_sgd(loss, .nesterov = true), ".nesterov");
    ck_no_updates(tg_sgd(loss, .momentum = 0.9, .dampening = 0.1, .nesterov = true), ".dampening");
    ck_no_updates(tg_sgd(loss, .momentum = 0.9, .dampening = 2), "dampening = 2");
    ck_no_updates(tg_sgd(loss, .momentum = 0.9, .form = (tg_momentum_form)7), ".form");
    ck_no_updates(tg_sgd(loss, .form = TG_MOMENTUM_AVERAGE, .dampening = 0.5), ".dampening");
    ck_no_updates(tg_adagrad(loss, .eps = -1), "tg_adagrad: eps = -1");
    ck_no_updates(tg_rmsprop(loss, .rho = 1), "rho = 1");
    ck_no_updates(tg_rmsprop(loss, .eps = NAN), "eps = nan");
    ck_no_updates(tg_rmsprop(loss, .momentum = -1), "tg_rmsprop: momentum");
    ck_no_updates(tg_adadelta(loss, .rho = -0.5), "tg_adadelta: rho = -0.5");
    ck_no_updates(tg_adadelta(loss, .eps = -0.5), "eps = -0.5");
    ck_no_updates(tg_adam(loss, .beta1 = 1), "tg_adam: beta1 = 1");
    ck_no_updates(tg_adam(loss, .beta1 = -0.1), "beta1 = -0.1");
    ck_no_updates(tg_adam(loss, .beta2 = NAN), "beta2 = nan");
    ck_no_updates(tg_adam(loss, .eps = -1e-8), "eps = -1e-08");
    ck_no_updates(tg_adamw(loss, .beta2 = 2), "tg_adamw: beta2 = 2");
    ck_no_updates(tg_adamw(loss, .weight_decay = INFINITY), "weight_decay = inf");
    ck_no_error();
}
END_TEST

START_TEST(optimizers_of_a_failed_tape_do_nothing)
{
    tg_tensor *loss = make_loss();
    tg_fail(tape, TG_HERE, TG_ERR_STATE, "the first error");
    ck_assert_uint_eq(tg_adam(loss).count, 0);
    ck_assert_uint_eq(tg_adam(NULL).count, 0);
    ck_says("the first error");
    ck_assert_ptr_null(tg_find(store, "layer.weight.adam.m"));
}
END_TEST

START_TEST(a_store_of_frozen_parameters_has_nothing_to_train)
{
    tg_tensor *loss = make_loss();
    tg_freeze(store, "");
    ck_no_updates(tg_gd(loss), "no trainable parameter");
}
END_TEST

/* ---- Differentiating through an update -------------------------------------------------- */

/* The loss after one step, as a function of the learning rate. */
static tg_tensor *loss_after_step(tg_tensor *lr)
{
    tg_tensor *loss = make_loss();
    tg_adam(loss, .lr_at = lr, .beta1 = 0.5, .clip_norm = 1, .weight_decay = 0.1);
    tg_override(tape, weight, tg_latest(tape, weight));
    tg_override(tape, bias, tg_latest(tape, bias));
    tg_tensor *after = make_loss();
    tg_override_end(tape, weight);
    tg_override_end(tape, bias);
    return after;
}

START_TEST(an_update_can_be_differentiated_by_its_learning_rate)
{
    tg_tensor *lr = tg_input(tape, "lr", TG_F64, TG_SCALAR);
    tg_tensor *after = loss_after_step(lr);
    tg_tensor *slope = tg_grad(after, lr);
    tg_plan *plan = tg_compile_pure(tape, after, slope);
    const double h = 1e-4, at = 0.3;
    double value[3], exact = 0;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(tg_feed(lr, ((double[]){ at + (i - 1) * h }), 1), TG_OK);
        run(plan);
        value[i] = tg_item(after);
        if (i == 1) exact = tg_item(slope);
    }
    ck_assert_double_gt(fabs(exact), 1e-3);
    ck_close(exact, (value[2] - value[0]) / (2 * h), 1e-6);
    tg_plan_free(plan);
}
END_TEST

START_TEST(an_update_by_adam_has_a_derivative_where_the_gradient_is_zero)
{
    /* The bias' second element starts at 0, where its gradient is 0. */
    ck_assert_int_eq(tg_var_set(bias, ((double[]){ 1, 0 }), BIASES), TG_OK);
    tg_adam(make_loss(), .lr = 0.1, .params = "layer.bias");
    tg_tensor *moved = tg_latest(tape, bias);
    double slope[BIASES];
    tg_tensor *by_start = tg_grad(tg_sum(moved), tg_read(tape, bias));
    tg_plan *plan = tg_compile_pure(tape, by_start);
    run(plan);
    ck_assert_int_eq(tg_get(by_start, slope, BIASES), TG_OK);
    ck_assert(isfinite(slope[0]) && isfinite(slope[1]));
    tg_plan_free(plan);
}
END_TEST

/* ---- Gradients that are 0 ----------------------------------------------------------------- */

static tg_updates of_gd(tg_tensor *loss) { return tg_gd(loss, .lr = 0.1); }
static tg_updates of_clipped(tg_tensor *loss) { return tg_gd(loss, .lr = 0.1, .clip_norm = 1e-3); }
static tg_updates of_momentum(tg_tensor *loss) { return tg_sgd(loss, .momentum = 0.9); }
static tg_updates of_adagrad(tg_tensor *loss) { return tg_adagrad(loss, .eps = 0); }
static tg_updates of_rmsprop(tg_tensor *loss) { return tg_rmsprop(loss, .eps = 0); }
static tg_updates of_rmsprop_momentum(tg_tensor *loss)
{
    return tg_rmsprop(loss, .eps = 0, .rho = 0, .momentum = 0.9);
}
static tg_updates of_adadelta(tg_tensor *loss) { return tg_adadelta(loss, .eps = 0); }
static tg_updates of_adam(tg_tensor *loss)
{
    return tg_adam(loss, .eps = 0, .beta1 = 0, .beta2 = 0);
}
static tg_updates of_adamw(tg_tensor *loss)
{
    return tg_adamw(loss, .eps = 0, .weight_decay = 0, .clip_norm = 1);
}
static tg_updates of_tiny_eps(tg_tensor *loss) { return tg_adagrad(loss, .eps = 1e-300); }

static tg_updates (*const with_no_eps[])(tg_tensor *loss) = {
    of_gd,       of_clipped, of_momentum, of_adagrad,  of_rmsprop, of_rmsprop_momentum,
    of_adadelta, of_adam,    of_adamw,    of_tiny_eps,
};

/* One element has no gradient, one has one whose square is 0, one has a usual one. */
START_TEST(what_has_no_gradient_does_not_move)
{
    const tg_dtype dtype = _i % 2 ? TG_F32 : TG_F64;
    tg_store *own = tg_store_new(.dtype = dtype);
    tg_tape *program = tg_tape_new(own);
    const double slopes[3] = { 0, dtype == TG_F32 ? 1e-30 : 1e-200, 2 };
    const double at[3] = { 3, 3, 3 };
    tg_var *var = tg_param(own, "w", TG_SHAPE(3), tg_init_constant(3));
    tg_tensor *w = tg_read(program, var);
    tg_tensor *c = tg_cast(tg_constant(program, TG_F64, TG_SHAPE(3), slopes), dtype);
    with_no_eps[_i / 2](tg_sum(tg_mul(w, c)));
    tg_tensor *moved = tg_cast(tg_latest(program, var), TG_F64);
    tg_tensor *by_start = tg_grad(tg_sum(moved), w);
    tg_plan *plan = tg_compile(program, moved, by_start);
    ck_assert_msg(plan != NULL, "%s", tg_tape_error(program));
    double got[3], wide[3];
    for (int step = 0; step < 3; step++) {
        ck_assert_int_eq(tg_run(plan), TG_OK);
        ck_assert_int_eq(tg_get(moved, got, 3), TG_OK);
        ck_assert_msg(got[0] == at[0], "it is %g", got[0]);
        ck_assert_msg(isfinite(got[1]) && fabs(got[1] - 3) < 0.1, "it is %g", got[1]);
        ck_assert(isfinite(got[2]));
        float narrow[3];
        if (dtype == TG_F64) ck_assert_int_eq(tg_get(by_start, wide, 3), TG_OK);
        else ck_assert_int_eq(tg_get(by_start, narrow, 3), TG_OK);
        for (int i = 0; i < 3; i++)
            ck_assert(isfinite(dtype == TG_F64 ? wide[i] : (double)narrow[i]));
    }
    tg_plan_free(plan);
    tg_tape_free(program);
    tg_store_free(own);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optimizer");
    TCase *cases = tcase_create("optimizer");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_test(cases, several_calls_give_groups_their_own_options);
    tcase_add_test(cases, several_names_are_excepted_or_do_not_decay);
    tcase_add_test(cases, a_list_takes_what_one_of_its_names_takes);
    tcase_add_test(cases, a_plan_can_make_one_optimizers_updates_alone);
    tcase_add_test(cases, overlapping_groups_are_an_error_that_names_the_variable);
    tcase_add_test(cases, state_is_named_after_parameter_and_optimizer);
    tcase_add_test(cases, state_is_shared_by_the_tapes_of_a_store);
    tcase_add_test(cases, a_state_of_another_shape_is_reported_on_the_tape);
    tcase_add_test(cases, define_by_run_makes_the_step_with_commit);
    tcase_add_test(cases, parameters_without_a_path_to_the_loss_are_all_named);
    tcase_add_test(cases, a_path_through_stop_gradient_is_no_path);
    tcase_add_loop_test(cases, unused_parameters_may_be_skipped_frozen_or_left_out, 0, 4);
    tcase_add_test(cases, skipping_all_parameters_is_an_error_that_does_not_suggest_it);
    tcase_add_test(cases, a_list_of_unused_parameters_that_does_not_fit_is_counted);
    tcase_add_test(cases, bad_options_are_refused_before_anything_is_assigned);
    tcase_add_test(cases, optimizers_of_a_failed_tape_do_nothing);
    tcase_add_test(cases, a_store_of_frozen_parameters_has_nothing_to_train);
    tcase_add_test(cases, an_update_can_be_differentiated_by_its_learning_rate);
    tcase_add_test(cases, an_update_by_adam_has_a_derivative_where_the_gradient_is_zero);
    tcase_add_loop_test(cases, what_has_no_gradient_does_not_move, 0, 2 * COUNT_OF(with_no_eps));
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
