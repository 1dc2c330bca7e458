/* test_formulas.c: every optimizer's trajectory against its formula as a plain loop. */
#include "trajectory.h"

/* ---- The formulas, as plain loops ------------------------------------------------------- */

static void plain_gd(problem *p)
{
    for (int i = 0; i < ALL; i++) p->w[i] -= 0.05 * p->g[i];
}
static void plain_gd_default(problem *p)
{
    for (int i = 0; i < ALL; i++) p->w[i] -= 0.01 * p->g[i];
}
static void plain_momentum(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.9 * p->a[i] + p->g[i];
        p->w[i] -= 0.02 * p->a[i];
    }
}
static void plain_nesterov(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.9 * p->a[i] + p->g[i];
        p->w[i] -= 0.02 * (p->g[i] + 0.9 * p->a[i]);
    }
}
static void plain_dampening(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.9 * p->a[i] + 0.75 * p->g[i];
        p->w[i] -= 0.02 * p->a[i];
    }
}
static void plain_average(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.8 * p->a[i] + (1 - 0.8) * p->g[i];
        p->w[i] -= 0.1 * p->a[i];
    }
}
/* theta -= alpha (m + lambda theta) */
static void plain_average_decoupled(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.8 * p->a[i] + (1 - 0.8) * p->g[i];
        p->w[i] -= 0.1 * (p->a[i] + 0.3 * p->w[i]);
    }
}
/* The learning rate, halved after ten steps, is part of the velocity. */
static void plain_velocity(problem *p)
{
    const double lr = p->t <= 10 ? 0.04 : 0.02;
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.9 * p->a[i] - lr * p->g[i];
        p->w[i] += p->a[i];
    }
}
static void plain_velocity_nesterov(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        const double push = -0.02 * p->g[i];
        p->a[i] = 0.9 * p->a[i] + push;
        p->w[i] += push + 0.9 * p->a[i];
    }
}
static void plain_decay(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        const double g = p->g[i] + 0.2 * p->w[i];
        p->a[i] = 0.5 * p->a[i] + g;
        p->w[i] -= 0.05 * p->a[i];
    }
}
static void plain_decay_of_weights(problem *p)
{
    for (int i = 0; i < ALL; i++) p->w[i] -= 0.05 * (p->g[i] + (i < WEIGHTS ? 0.2 * p->w[i] : 0));
}
static void plain_adagrad(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] += p->g[i] * p->g[i];
        p->w[i] -= 0.1 * p->g[i] / sqrt(p->a[i] + 1e-10);
    }
}
static void plain_rmsprop(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.99 * p->a[i] + 0.01 * p->g[i] * p->g[i];
        p->w[i] -= 0.01 * p->g[i] / sqrt(p->a[i] + 1e-8);
    }
}
static void plain_rmsprop_momentum(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.9 * p->a[i] + 0.1 * p->g[i] * p->g[i];
        p->b[i] = 0.7 * p->b[i] + p->g[i] / sqrt(p->a[i] + 1e-3);
        p->w[i] -= 0.01 * p->b[i];
    }
}
static void plain_adadelta(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.9 * p->a[i] + 0.1 * p->g[i] * p->g[i];
        const double step = sqrt(p->b[i] + 1e-6) / sqrt(p->a[i] + 1e-6) * p->g[i];
        p->b[i] = 0.9 * p->b[i] + 0.1 * step * step;
        p->w[i] -= step;
    }
}
static void adam(problem *p, double lr, double beta1, double beta2, double eps, double weight_decay)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = beta1 * p->a[i] + (1 - beta1) * p->g[i];
        p->b[i] = beta2 * p->b[i] + (1 - beta2) * p->g[i] * p->g[i];
        const double m = p->a[i] / (1 - pow(beta1, p->t)), v = p->b[i] / (1 - pow(beta2, p->t));
        p->w[i] -= lr * (m / (sqrt(v) + eps) + weight_decay * p->w[i]);
    }
}
static void plain_adam(problem *p) { adam(p, 1e-3, 0.9, 0.999, 1e-8, 0); }
static void plain_adam_options(problem *p) { adam(p, 0.1, 0.5, 0.8, 1e-3, 0); }
static void plain_adam_zero_betas(problem *p) { adam(p, 0.1, 0, 0, 0.5, 0); }
static void plain_adamw(problem *p) { adam(p, 0.01, 0.9, 0.999, 1e-8, 0.01); }
static void plain_adamw_decay(problem *p) { adam(p, 0.01, 0.9, 0.999, 1e-8, 0.3); }
static void plain_adamw_without_decay(problem *p) { adam(p, 0.01, 0.9, 0.999, 1e-8, 0); }
static void plain_adam_decay(problem *p)
{
    for (int i = 0; i < ALL; i++) p->g[i] += 0.3 * p->w[i];
    adam(p, 0.01, 0.9, 0.999, 1e-8, 0);
}
static void plain_adam_cosine(problem *p)
{
    const int n = p->t - 1;
    const double pi = acos(-1);
    const double lr = n < 5 ? 0.1 * (n + 1) / 5 : 0.01 + 0.09 * (1 + cos(pi * (n - 5) / 10)) / 2;
    adam(p, n < 15 ? lr : 0.01, 0.9, 0.999, 1e-8, 0);
}
static void plain_clipped(problem *p)
{
    double squares = 0;
    for (int i = 0; i < ALL; i++) squares += p->g[i] * p->g[i];
    const double scale = fmin(1, 0.75 / sqrt(squares));
    for (int i = 0; i < ALL; i++) p->w[i] -= 0.1 * (scale * p->g[i] + 0.2 * p->w[i]);
}
static void plain_standstill(problem *p) { (void)p; }

/* ---- The same through the library ------------------------------------------------------- */

static tg_updates record_gd(tg_tensor *loss) { return tg_gd(loss, .lr = 0.05); }
static tg_updates record_gd_default(tg_tensor *loss) { return tg_gd(loss); }
static tg_updates record_gd_zero(tg_tensor *loss) { return tg_gd(loss, .lr = 0); }
static tg_updates record_sgd(tg_tensor *loss) { return tg_sgd(loss, .lr = 0.05, .momentum = 0); }
static tg_updates record_sgd_default(tg_tensor *loss) { return tg_sgd(loss); }
static tg_updates record_momentum(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.02, .momentum = 0.9);
}
static tg_updates record_nesterov(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.02, .momentum = 0.9, .nesterov = true);
}
static tg_updates record_dampening(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.02, .momentum = 0.9, .dampening = 0.25);
}
static tg_updates record_average(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.1, .momentum = 0.8, .form = TG_MOMENTUM_AVERAGE);
}
static tg_updates record_average_decoupled(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.1, .momentum = 0.8, .form = TG_MOMENTUM_AVERAGE,
                  .weight_decay = 0.3, .decoupled = true);
}
static tg_updates record_velocity(tg_tensor *loss)
{
    const tg_schedule lr = tg_step_lr(.base = 0.04, .gamma = 0.5, .every = 10);
    return tg_sgd(loss, .schedule = lr, .momentum = 0.9, .form = TG_MOMENTUM_VELOCITY);
}
static tg_updates record_velocity_nesterov(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.02, .momentum = 0.9, .form = TG_MOMENTUM_VELOCITY,
                  .nesterov = true);
}
static tg_updates record_decay(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.05, .momentum = 0.5, .weight_decay = 0.2);
}
static tg_updates record_decay_of_weights(tg_tensor *loss)
{
    return tg_gd(loss, .lr = 0.05, .weight_decay = 0.2, .no_decay = "bias");
}
static tg_updates record_decay_of_weights_by_prefix(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.05, .weight_decay = 0.2, .no_decay = "layer.bias",
                  .decoupled = true);
}
static tg_updates record_decay_but_for_a_list(tg_tensor *loss)
{
    return tg_gd(loss, .lr = 0.05, .weight_decay = 0.2, .no_decay = "norm.weight, bias");
}
static tg_updates record_adagrad(tg_tensor *loss) { return tg_adagrad(loss, .lr = 0.1); }
static tg_updates record_rmsprop(tg_tensor *loss) { return tg_rmsprop(loss); }
static tg_updates record_rmsprop_momentum(tg_tensor *loss)
{
    return tg_rmsprop(loss, .rho = 0.9, .eps = 1e-3, .momentum = 0.7);
}
static tg_updates record_adadelta(tg_tensor *loss) { return tg_adadelta(loss); }
static tg_updates record_adam(tg_tensor *loss) { return tg_adam(loss); }
static tg_updates record_adam_options(tg_tensor *loss)
{
    return tg_adam(loss, .lr = 0.1, .beta1 = 0.5, .beta2 = 0.8, .eps = 1e-3);
}
static tg_updates record_adam_zero_betas(tg_tensor *loss)
{
    return tg_adam(loss, .lr = 0.1, .beta1 = 0, .beta2 = 0, .eps = 0.5);
}
static tg_updates record_adam_decay(tg_tensor *loss)
{
    return tg_adam(loss, .lr = 0.01, .weight_decay = 0.3);
}
static tg_updates record_adam_cosine(tg_tensor *loss)
{
    const tg_schedule lr = tg_cosine_lr(.base = 0.1, .final = 0.01, .steps = 15, .warmup = 5);
    return tg_adam(loss, .schedule = lr);
}
static tg_updates record_adamw(tg_tensor *loss) { return tg_adamw(loss, .lr = 0.01); }
static tg_updates record_adamw_decay(tg_tensor *loss)
{
    return tg_adamw(loss, .lr = 0.01, .weight_decay = 0.3);
}
static tg_updates record_adamw_without_decay(tg_tensor *loss)
{
    return tg_adamw(loss, .lr = 0.01, .weight_decay = 0);
}
static tg_updates record_clipped(tg_tensor *loss)
{
    return tg_gd(loss, .lr = 0.1, .clip_norm = 0.75, .weight_decay = 0.2);
}

static const trajectory trajectories[] = {
    { "gd", record_gd, plain_gd },
    { "gd by default", record_gd_default, plain_gd_default },
    { "gd with a written lr of 0", record_gd_zero, plain_standstill },
    { "sgd without momentum", record_sgd, plain_gd },
    { "sgd by default", record_sgd_default, plain_gd_default },
    { "momentum", record_momentum, plain_momentum },
    { "nesterov", record_nesterov, plain_nesterov },
    { "dampening", record_dampening, plain_dampening },
    { "momentum as an average", record_average, plain_average },
    { "average with decoupled decay", record_average_decoupled, plain_average_decoupled },
    { "momentum as a velocity", record_velocity, plain_velocity },
    { "velocity with nesterov", record_velocity_nesterov, plain_velocity_nesterov },
    { "decay through the momentum", record_decay, plain_decay },
    { "no decay by suffix", record_decay_of_weights, plain_decay_of_weights },
    { "no decay by a list", record_decay_but_for_a_list, plain_decay_of_weights },
    { "no decay by prefix", record_decay_of_weights_by_prefix, plain_decay_of_weights },
    { "adagrad", record_adagrad, plain_adagrad },
    { "rmsprop by default", record_rmsprop, plain_rmsprop },
    { "rmsprop with momentum", record_rmsprop_momentum, plain_rmsprop_momentum },
    { "adadelta by default", record_adadelta, plain_adadelta },
    { "adam by default", record_adam, plain_adam },
    { "adam with options", record_adam_options, plain_adam_options },
    { "adam with written zeros", record_adam_zero_betas, plain_adam_zero_betas },
    { "adam with decay", record_adam_decay, plain_adam_decay },
    { "adam with a schedule", record_adam_cosine, plain_adam_cosine },
    { "adamw by default", record_adamw, plain_adamw },
    { "adamw with decay", record_adamw_decay, plain_adamw_decay },
    { "adamw with a written decay of 0", record_adamw_without_decay, plain_adamw_without_decay },
    { "clipping comes before decay", record_clipped, plain_clipped },
};

START_TEST(optimizers_follow_their_formulas_for_twenty_steps) { follow(&trajectories[_i], 1e-12); }
END_TEST

/* ---- f32 -------------------------------------------------------------------------------- */

START_TEST(every_optimizer_lowers_an_f32_loss)
{
    tg_store *small = tg_store_new();
    tg_tape *other = tg_tape_new(small);
    tg_var *w = tg_param(small, "w", TG_SHAPE(64), tg_init_ones());
    tg_tensor *loss = tg_mean(tg_square(tg_read(other, w)));
    const tg_updates updates = _i == 0   ? tg_gd(loss)
                               : _i == 1 ? tg_sgd(loss, .momentum = 0.9)
                               : _i == 2 ? tg_adagrad(loss)
                               : _i == 3 ? tg_rmsprop(loss, .momentum = 0.5)
                               : _i == 4 ? tg_adadelta(loss)
                               : _i == 5 ? tg_adam(loss, .clip_norm = 0.1)
                                         : tg_adamw(loss, .lr_at = tg_number(other, 1e-2));
    ck_assert_uint_ge(updates.count, 1);
    tg_plan *step = tg_compile(other, loss);
    ck_assert_msg(step, "%s", tg_tape_error(other));
    double first = 0;
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(tg_run(step), TG_OK);
        if (i == 0) first = tg_item(loss);
    }
    ck_assert_double_eq(first, 1);
    ck_assert_double_lt(tg_item(loss), first);
    tg_plan_free(step);
    tg_tape_free(other);
    tg_store_free(small);
}
END_TEST

static Suite *optim_suite(void)
{
    Suite *suite = suite_create("formulas");
    TCase *cases = tcase_create("formulas");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_loop_test(cases, optimizers_follow_their_formulas_for_twenty_steps, 0,
                        COUNT_OF(trajectories));
    tcase_add_loop_test(cases, every_optimizer_lowers_an_f32_loss, 0, 7);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(optim_suite()); }
