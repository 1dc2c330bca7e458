/* test_optimizer_options.c: options that optimizers share, beside formulas as plain loops:
 * gradients of the caller's, clipping, hyper-parameters that change; steps that are left out; and
 * options that are refused. */
#include "trajectory.h"

/* ---- Options that optimizers share ------------------------------------------------------- */

static void plain_gd(problem *p)
{
    for (int i = 0; i < ALL; i++) p->w[i] -= 0.05 * p->g[i];
}
static void plain_ascent(problem *p)
{
    for (int i = 0; i < ALL; i++) p->w[i] -= 1e-3 * (-p->g[i] + decay * p->w[i]);
}
static void plain_cut(problem *p)
{
    for (int i = 0; i < ALL; i++) p->w[i] -= 0.05 * fmin(fmax(p->g[i], -0.5), 0.5);
}
static void plain_clipped_sum(problem *p)
{
    double norm = 0;
    for (int i = 0; i < ALL; i++) norm += fabs(p->g[i]);
    for (int i = 0; i < ALL; i++) p->w[i] -= 0.05 * fmin(1, 0.75 / norm) * p->g[i];
}
static void plain_clipped_largest(problem *p)
{
    double norm = 0;
    for (int i = 0; i < ALL; i++) norm = fmax(norm, fabs(p->g[i]));
    for (int i = 0; i < ALL; i++) p->w[i] -= 0.05 * fmin(1, 0.5 / norm) * p->g[i];
}
static void plain_decay(problem *p)
{
    add_decay(p);
    plain_gd(p);
}
static void plain_weights(problem *p)
{
    for (int i = 0; i < WEIGHTS; i++) p->w[i] -= 0.05 * p->g[i];
}
static tg_updates record_ascent(tg_tensor *loss)
{
    return tg_gd(loss, .lr = 1e-3, .maximize = true, .weight_decay = decay);
}
static tg_updates record_cut(tg_tensor *loss) { return tg_gd(loss, .lr = 0.05, .clip_value = 0.5); }
static tg_updates record_clipped_sum(tg_tensor *loss)
{
    return tg_gd(loss, .lr = 0.05, .clip_norm = 0.75, .clip_order = 1);
}
static tg_updates record_clipped_largest(tg_tensor *loss)
{
    return tg_gd(loss, .lr = 0.05, .clip_norm = 0.5, .clip_order = HUGE_VAL);
}
static tg_updates record_decay_at(tg_tensor *loss)
{
    return tg_gd(loss, .lr = 0.05, .weight_decay_at = tg_number(tape, decay));
}
static tg_updates record_wrt(tg_tensor *loss)
{
    return tg_gd(loss, .lr = 0.05, .wrt = TG_LIST(tg_read(tape, weight)));
}
/* The caller's gradients are those of half the loss, taken twice. */
static tg_updates record_grads(tg_tensor *loss)
{
    tg_tensor *const wrt[] = { tg_read(tape, bias), tg_read(tape, weight) };
    tg_tensor *grad[2];
    tg_vjp(tg_mul_num(loss, 0.5), NULL, (tg_list){ 2, wrt }, grad);
    for (int i = 0; i < 2; i++) grad[i] = tg_mul_num(grad[i], 2);
    return tg_gd(.wrt = { 2, wrt }, .grads = { 2, grad }, .lr = 0.05);
}
static tg_updates record_grads_by_name(tg_tensor *loss)
{
    tg_tensor *const w = tg_read(tape, weight);
    return tg_gd(.params = "layer.weight", .grads = TG_LIST(tg_grad(loss, w)), .lr = 0.05);
}
static tg_updates record_finite(tg_tensor *loss)
{
    return tg_gd(loss, .lr = 0.05, .skip_nonfinite = true);
}

/* ---- Momentum that changes -------------------------------------------------------------- */

static double momentum_of(int t) { return t <= 5 ? 0.9 : 0.45; }

static void plain_momenta(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = momentum_of(p->t) * p->a[i] + p->g[i];
        p->w[i] -= 0.02 * p->a[i];
    }
}
static tg_updates record_momenta(tg_tensor *loss)
{
    tg_tensor *steps = tg_step(tape);
    tg_tensor *early = tg_less_num(tg_cast(steps, TG_F64), 5);
    tg_tensor *high = tg_number_as(tape, TG_F64, 0.9), *low = tg_number_as(tape, TG_F64, 0.45);
    return tg_sgd(loss, .lr = 0.02, .momentum_at = tg_select(early, high, low));
}
static void plain_momentum_schedule(problem *p)
{
    const double momentum = 0.9 * pow(0.5, (p->t - 1) / 5);
    for (int i = 0; i < ALL; i++) {
        p->a[i] = momentum * p->a[i] + (1 - momentum) * p->g[i];
        p->w[i] -= 0.1 * p->a[i];
    }
}
static tg_updates record_momentum_schedule(tg_tensor *loss)
{
    const tg_schedule falls = tg_step_lr(.base = 0.9, .gamma = 0.5, .every = 5);
    return tg_sgd(loss, .lr = 0.1, .momentum_schedule = falls, .form = TG_MOMENTUM_AVERAGE);
}
static void plain_undamped(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = p->t == 1 ? p->g[i] : 0.9 * p->a[i] + 0.75 * p->g[i];
        p->w[i] -= 0.02 * p->a[i];
    }
}
static tg_updates record_undamped(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.02, .momentum = 0.9, .dampening = 0.25, .first_undamped = true);
}
static void plain_adam_betas(problem *p)
{
    const double beta1 = 0.9 * pow(0.9, p->t - 1);
    moments(p, beta1, 0.6);
    for (int i = 0; i < ALL; i++)
        p->w[i] -=
            1e-2 / (1 - pow(beta1, p->t)) * p->a[i] / (sqrt(p->b[i] / (1 - pow(0.6, p->t))) + 1e-8);
}
static tg_updates record_adam_betas(tg_tensor *loss)
{
    return tg_adam(loss, .lr = 1e-2, .beta1_schedule = tg_exponential_lr(.base = 0.9, .gamma = 0.9),
                   .beta2_at = tg_number(tape, 0.6));
}

static const trajectory trajectories[] = {
    { "maximize", record_ascent, plain_ascent },
    { "clip_value", record_cut, plain_cut },
    { "clip_norm of order 1", record_clipped_sum, plain_clipped_sum },
    { "clip_norm of order infinity", record_clipped_largest, plain_clipped_largest },
    { "weight_decay_at", record_decay_at, plain_decay },
    { "wrt", record_wrt, plain_weights },
    { "gradients of the caller", record_grads, plain_gd },
    { "gradients of the caller by name", record_grads_by_name, plain_weights },
    { "skip_nonfinite where all is finite", record_finite, plain_gd },
    { "momentum_at", record_momenta, plain_momenta },
    { "momentum_schedule", record_momentum_schedule, plain_momentum_schedule },
    { "first_undamped", record_undamped, plain_undamped },
    { "adam's betas as a schedule and a tensor", record_adam_betas, plain_adam_betas },
};

START_TEST(options_change_the_formulas_as_they_say) { follow(&trajectories[_i], 1e-12); }
END_TEST

/* ---- Steps that are left out ------------------------------------------------------------- */

/* A gradient of 1 / x at x = 0 is infinite: each third step. */
START_TEST(steps_without_finite_gradients_are_left_out_and_counted)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SCALAR);
    tg_tensor *loss = tg_add(make_loss(), tg_mul(tg_log(x), tg_sum(tg_read(tape, bias))));
    const tg_updates updates =
        _i == 0   ? tg_adam(loss, .lr = 0.1, .skip_nonfinite = true, .clip_norm = 1)
        : _i == 1 ? tg_schedule_free_adamw(loss, .skip_nonfinite = true)
        : _i == 2 ? tg_rprop(loss, .skip_nonfinite = true, .maximize = true)
                  : tg_sgd(loss, .momentum = 0.9, .skip_nonfinite = true,
                           .schedule = tg_exponential_lr(.base = 0.1, .gamma = 0.5));
    ck_no_error();
    ck_assert_ptr_nonnull(updates.skipped);
    tg_plan *step = tg_compile(tape, updates.skipped, updates.lr);
    tg_plan *naive = tg_compile(tape, updates.skipped, updates.lr, .naive = true);
    ck_no_error();
    double skipped = 0;
    for (int i = 0; i < 9; i++) {
        const bool bad = i % 3 == 0; /* the very first, too */
        const double at = bad ? 0 : 1.5;
        double before[ALL], after[ALL];
        char text[64];
        tg_var *count = tg_find(store, "layer.weight.adam.step");
        double steps = 0, now = 0;
        if (_i == 0) ck_assert_int_eq(tg_var_get(count, &steps, 1), TG_OK);
        get_parameters(before);
        ck_assert_int_eq(tg_feed(x, &at, 1), TG_OK);
        run(i % 2 ? naive : step);
        get_parameters(after);
        skipped += bad;
        snprintf(text, sizeof text, "step %d of optimizer %d", i, _i);
        ck_assert_msg(tg_item(updates.skipped) == skipped, "%s: %g", text,
                      tg_item(updates.skipped));
        ck_assert_msg((memcmp(before, after, sizeof before) == 0) == bad, "%s", text);
        for (int k = 0; k < ALL; k++) ck_assert_msg(isfinite(after[k]), "%s", text);
        if (_i == 0) ck_assert_int_eq(tg_var_get(count, &now, 1), TG_OK);
        if (_i == 0) ck_assert_double_eq(now, steps + !bad);
        if (_i == 3) ck_close(tg_item(updates.lr), 0.1 * pow(0.5, i - skipped + bad), 1e-15);
    }
    tg_plan_free(step);
    tg_plan_free(naive);
}
END_TEST

START_TEST(the_norm_before_clipping_is_told)
{
    tg_tensor *loss = make_loss();
    const tg_updates updates = tg_gd(loss, .clip_norm = 0.25), none = { 0 };
    tg_plan *step = tg_compile(tape, updates.norm);
    problem plain = { .t = 0 };
    memcpy(plain.w, start, sizeof start);
    gradient_of(&plain);
    double squares = 0;
    for (int i = 0; i < ALL; i++) squares += plain.g[i] * plain.g[i];
    run(step);
    ck_close(tg_item(updates.norm), sqrt(squares), 1e-14);
    ck_assert_ptr_eq(updates.skipped, none.skipped);
    tg_plan_free(step);
}
END_TEST

/* ---- Errors ----------------------------------------------------------------------------- */

static tg_updates two_rates(tg_tensor *loss)
{
    return tg_sgd(loss, .momentum = 0.5, .momentum_at = tg_number(tape, 0.1));
}
static tg_updates tensor_and_schedule(tg_tensor *loss)
{
    return tg_adam(loss, .beta1_at = tg_number(tape, 0.1),
                   .beta1_schedule = tg_constant_lr(.base = 0.5));
}
static tg_updates a_rate_that_moves(tg_tensor *loss)
{
    return tg_rprop(loss, .lr_at = tg_number(tape, 0.1));
}
static tg_updates loss_and_gradients(tg_tensor *loss)
{
    return tg_gd(loss, .grads = TG_LIST(tg_read(tape, weight)));
}
static tg_updates too_few_gradients(tg_tensor *loss)
{
    (void)loss;
    return tg_gd(.grads = TG_LIST(tg_read(tape, weight)));
}
static tg_updates gradients_of_another_shape(tg_tensor *loss)
{
    return tg_gd(.params = "layer.weight", .grads = TG_LIST(loss));
}
static tg_updates wrt_beside_names(tg_tensor *loss)
{
    return tg_gd(loss, .wrt = TG_LIST(tg_read(tape, weight)), .params = "layer");
}
static tg_updates wrt_that_is_no_read(tg_tensor *loss)
{
    return tg_gd(loss, .wrt = TG_LIST(tg_read(tape, weight), loss));
}
static tg_updates a_strange_order(tg_tensor *loss) { return tg_gd(loss, .clip_order = 3); }
static tg_updates a_value_of_zero(tg_tensor *loss) { return tg_gd(loss, .clip_value = 0); }
static tg_updates steps_that_shrink_by_growing(tg_tensor *loss)
{
    return tg_rprop(loss, .grow = 1);
}
static tg_updates a_negative_warmup(tg_tensor *loss)
{
    return tg_schedule_free_sgd(loss, .warmup = -1);
}
static tg_updates no_average(tg_tensor *loss) { return tg_schedule_free_sgd(loss, .momentum = 0); }
static tg_updates a_matrix_for_a_rate(tg_tensor *loss)
{
    return tg_lion(loss, .weight_decay_at = tg_read(tape, weight));
}

static const struct {
    recorder record;
    const char *says;
} faults[] = {
    { two_rates, ".momentum and .momentum_at are both given" },
    { tensor_and_schedule, ".beta1_at and .beta1_schedule are both given" },
    { a_rate_that_moves, "tg_rprop: .lr is the first step's alone" },
    { loss_and_gradients, "a loss and .grads are both given" },
    { too_few_gradients, "there are 1 .grads for 2 parameters" },
    { gradients_of_another_shape,
      ".grads[0] must have the dtype and the shape of \"layer.weight\"" },
    { wrt_beside_names, ".wrt takes the place of .params" },
    { wrt_that_is_no_read, ".wrt[1] is no tg_read of a trainable parameter" },
    { a_strange_order, "clip_order = 3 is none of 1, 2" },
    { a_value_of_zero, "clip_value = 0 must be finite and greater than 0" },
    { steps_that_shrink_by_growing, "grow must be greater than 1" },
    { a_negative_warmup, "warmup = -1 must be at least 0" },
    { no_average, "momentum = 0 must lie in (0, 1)" },
    { a_matrix_for_a_rate, ".weight_decay_at must be one f32 or f64 number" },
};

START_TEST(options_that_make_no_sense_are_errors_and_record_nothing)
{
    tg_tensor *loss = make_loss();
    const size_t vars = tg_var_count(store);
    const tg_updates updates = faults[_i].record(loss);
    ck_assert_ptr_null(updates.tape);
    ck_says(faults[_i].says);
    ck_assert_uint_eq(tg_assign_count(tape), 0);
    ck_assert_uint_eq(tg_var_count(store), vars);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optimizer_options");
    TCase *cases = tcase_create("optimizer_options");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_loop_test(cases, options_change_the_formulas_as_they_say, 0, COUNT_OF(trajectories));
    tcase_add_loop_test(cases, steps_without_finite_gradients_are_left_out_and_counted, 0, 4);
    tcase_add_test(cases, the_norm_before_clipping_is_told);
    tcase_add_loop_test(cases, options_that_make_no_sense_are_errors_and_record_nothing, 0,
                        COUNT_OF(faults));
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
