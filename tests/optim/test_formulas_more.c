/* test_formulas_more.c: the optimizers that are not in every book, beside their formulas as plain
 * loops: PyTorch's as its documentation states them, others as their papers do. */
#include "trajectory.h"

static double sign(double x) { return (x > 0) - (x < 0); }

/* ---- Adam and its like ------------------------------------------------------------------ */

static void plain_amsgrad(problem *p)
{
    moments(p, 0.8, 0.5);
    for (int i = 0; i < ALL; i++) {
        p->c[i] = fmax(p->c[i], p->b[i]);
        const double root = sqrt(p->c[i]) / sqrt(1 - pow(0.5, p->t)) + 1e-8;
        p->w[i] -= 0.1 / (1 - pow(0.8, p->t)) * p->a[i] / root;
    }
}
static tg_updates record_amsgrad(tg_tensor *loss)
{
    return tg_adam(loss, .lr = 0.1, .beta1 = 0.8, .beta2 = 0.5, .amsgrad = true);
}

static void plain_adamax(problem *p)
{
    add_decay(p);
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.9 * p->a[i] + 0.1 * p->g[i];
        p->b[i] = fmax(0.7 * p->b[i], fabs(p->g[i]) + 1e-8);
        p->w[i] -= 2e-3 / (1 - pow(0.9, p->t)) * p->a[i] / p->b[i];
    }
}
static tg_updates record_adamax(tg_tensor *loss)
{
    return tg_adamax(loss, .beta2 = 0.7, .weight_decay = decay);
}

/* s: the product of the momenta so far, less 1, so that it begins at 0. */
static void nadam(problem *p, double lr)
{
    const double now = 0.9 * (1 - 0.5 * pow(0.96, p->t * 4e-3));
    const double next = 0.9 * (1 - 0.5 * pow(0.96, (p->t + 1) * 4e-3));
    p->s = (p->s + 1) * now - 1;
    moments(p, 0.9, 0.999);
    for (int i = 0; i < ALL; i++) {
        const double root = sqrt(p->b[i] / (1 - pow(0.999, p->t))) + 1e-8;
        const double product = p->s + 1;
        p->w[i] -= lr * (1 - now) / (1 - product) * p->g[i] / root;
        p->w[i] -= lr * next / (1 - product * next) * p->a[i] / root;
    }
}
static void plain_nadam(problem *p)
{
    add_decay(p);
    nadam(p, 2e-3);
}
static void plain_nadam_decoupled(problem *p)
{
    for (int i = 0; i < ALL; i++) p->w[i] -= 0.02 * decay * p->w[i];
    nadam(p, 0.02);
}
static tg_updates record_nadam(tg_tensor *loss) { return tg_nadam(loss, .weight_decay = decay); }
static tg_updates record_nadam_decoupled(tg_tensor *loss)
{
    return tg_nadam(loss, .lr = 0.02, .weight_decay = decay, .decoupled = true);
}

static void radam(problem *p, double lr, double beta2)
{
    const double most = 2 / (1 - beta2) - 1, power = pow(beta2, p->t);
    const double r = most - 2 * p->t * power / (1 - power);
    moments(p, 0.9, beta2);
    for (int i = 0; i < ALL; i++) {
        double step = p->a[i] / (1 - pow(0.9, p->t));
        if (r > 5) {
            const double ratio = (r - 4) * (r - 2) * most / ((most - 4) * (most - 2) * r);
            step *= sqrt(ratio) * sqrt(1 - power) / (sqrt(p->b[i]) + 1e-8);
        }
        p->w[i] -= lr * step;
    }
}
static void plain_radam(problem *p) { radam(p, 0.02, 0.999); }
static void plain_radam_never(problem *p) { radam(p, 0.02, 0.5); }
static void plain_radam_decoupled(problem *p)
{
    for (int i = 0; i < ALL; i++) p->w[i] -= 1e-3 * decay * p->w[i];
    radam(p, 1e-3, 0.999);
}
static tg_updates record_radam(tg_tensor *loss) { return tg_radam(loss, .lr = 0.02); }
static tg_updates record_radam_never(tg_tensor *loss)
{
    return tg_radam(loss, .lr = 0.02, .beta2 = 0.5);
}
static tg_updates record_radam_decoupled(tg_tensor *loss)
{
    return tg_radam(loss, .weight_decay = decay, .decoupled = true);
}

/* d holds the gradient before; c the squares; s is not used. The slope is kept beside. */
static void plain_adan(problem *p)
{
    static double slope[ALL];
    for (int i = 0; i < ALL; i++) {
        if (p->t == 1) slope[i] = 0;
        const double change = p->t == 1 ? 0 : p->g[i] - p->d[i];
        const double ahead = p->g[i] + 0.92 * change;
        p->a[i] = 0.98 * p->a[i] + 0.02 * p->g[i];
        slope[i] = 0.92 * slope[i] + (1 - 0.92) * change;
        p->c[i] = 0.99 * p->c[i] + 0.01 * ahead * ahead;
        const double m = p->a[i] / (1 - pow(0.98, p->t)), d = slope[i] / (1 - pow(0.92, p->t));
        const double root = sqrt(p->c[i] / (1 - pow(0.99, p->t))) + 1e-8;
        p->w[i] = (p->w[i] - 0.05 * (m + 0.92 * d) / root) / (1 + 0.05 * decay);
        p->d[i] = p->g[i];
    }
}
static tg_updates record_adan(tg_tensor *loss)
{
    return tg_adan(loss, .lr = 0.05, .weight_decay = decay);
}

static void plain_lamb(problem *p)
{
    double step[ALL];
    moments(p, 0.9, 0.999);
    for (int from = 0; from < ALL; from = from ? ALL : WEIGHTS) {
        const int to = from ? ALL : WEIGHTS;
        double length = 0, size = 0;
        for (int i = from; i < to; i++) {
            const double root = sqrt(p->b[i] / (1 - pow(0.999, p->t))) + 1e-6;
            step[i] = p->a[i] / (1 - pow(0.9, p->t)) / root + (from ? 0 : decay * p->w[i]);
            length += p->w[i] * p->w[i];
            size += step[i] * step[i];
        }
        for (int i = from; i < to; i++) p->w[i] -= 0.03 * sqrt(length) / sqrt(size) * step[i];
    }
}
static tg_updates record_lamb(tg_tensor *loss)
{
    return tg_lamb(loss, .lr = 0.03, .weight_decay = decay, .no_decay = "bias");
}

/* ---- Signs ------------------------------------------------------------------------------ */

static void plain_lion(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        const double c = 0.9 * p->a[i] + (1 - 0.9) * p->g[i];
        p->w[i] -= 0.01 * (sign(c) + decay * p->w[i]);
        p->a[i] = 0.99 * p->a[i] + (1 - 0.99) * p->g[i];
    }
}
static tg_updates record_lion(tg_tensor *loss)
{
    return tg_lion(loss, .lr = 0.01, .weight_decay = decay);
}

static void plain_rprop(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        double g = p->g[i];
        if (p->t == 1) p->b[i] = 0.3;
        const double agree = g * p->a[i];
        if (agree > 0) p->b[i] = fmin(p->b[i] * 1.2, 0.5);
        if (agree < 0) p->b[i] = fmax(p->b[i] * 0.5, 1e-6);
        if (agree < 0) g = 0;
        p->w[i] -= sign(g) * p->b[i];
        p->a[i] = g;
    }
}
static tg_updates record_rprop(tg_tensor *loss)
{
    return tg_rprop(loss, .lr = 0.3, .largest = 0.5);
}

/* ---- Without a schedule ----------------------------------------------------------------- */

/* c is z, d is x, s the sum of squared rates. */
static void schedule_free(problem *p, double rate, const double *step, double momentum)
{
    p->s += rate * rate;
    for (int i = 0; i < ALL; i++) {
        if (p->t == 1) p->c[i] = p->d[i] = p->w[i];
        p->c[i] -= rate * step[i];
        const double share = rate * rate / p->s;
        p->d[i] = (1 - share) * p->d[i] + share * p->c[i];
        p->w[i] = (1 - momentum) * p->c[i] + momentum * p->d[i];
    }
}
static void plain_schedule_free_sgd(problem *p)
{
    add_decay(p);
    schedule_free(p, 0.2 * fmin(1, p->t / 4.0), p->g, 0.8);
}
static void plain_schedule_free_adamw(problem *p)
{
    double step[ALL];
    for (int i = 0; i < ALL; i++) {
        p->b[i] = 0.95 * p->b[i] + (1 - 0.95) * p->g[i] * p->g[i];
        step[i] = p->g[i] / (sqrt(p->b[i] / (1 - pow(0.95, p->t))) + 1e-8) + decay * p->w[i];
    }
    schedule_free(p, 0.05, step, 0.9);
}
static tg_updates record_schedule_free_sgd(tg_tensor *loss)
{
    return tg_schedule_free_sgd(loss, .lr = 0.2, .momentum = 0.8, .warmup = 4,
                                .weight_decay = decay);
}
static tg_updates record_schedule_free_adamw(tg_tensor *loss)
{
    return tg_schedule_free_adamw(loss, .lr = 0.05, .beta2 = 0.95, .weight_decay = decay);
}

/* ---- As PyTorch has them ---------------------------------------------------------------- */

static void plain_adagrad(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        if (p->t == 1) p->a[i] = 0.1;
        p->a[i] += p->g[i] * p->g[i];
        p->w[i] -= 0.1 / (1 + (p->t - 1) * 0.05) * p->g[i] / (sqrt(p->a[i]) + 1e-3);
    }
}
static tg_updates record_adagrad(tg_tensor *loss)
{
    return tg_adagrad(loss, .lr = 0.1, .lr_decay = 0.05, .initial = 0.1, .eps = 1e-3,
                      .eps_beside = true);
}
static void plain_rmsprop(problem *p)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = 0.9 * p->a[i] + (1 - 0.9) * p->g[i] * p->g[i];
        p->c[i] = 0.9 * p->c[i] + (1 - 0.9) * p->g[i];
        p->b[i] = 0.7 * p->b[i] + p->g[i] / (sqrt(p->a[i] - p->c[i] * p->c[i]) + 1e-3);
        p->w[i] -= 0.01 * p->b[i];
    }
}
static tg_updates record_rmsprop(tg_tensor *loss)
{
    return tg_rmsprop(loss, .rho = 0.9, .eps = 1e-3, .momentum_at = tg_number(tape, 0.7),
                      .centered = true, .eps_beside = true);
}

static const trajectory trajectories[] = {
    { "amsgrad", record_amsgrad, plain_amsgrad },
    { "adamax", record_adamax, plain_adamax },
    { "nadam", record_nadam, plain_nadam },
    { "nadam with decoupled decay", record_nadam_decoupled, plain_nadam_decoupled },
    { "radam", record_radam, plain_radam },
    { "radam that never trusts its squares", record_radam_never, plain_radam_never },
    { "radam with decoupled decay", record_radam_decoupled, plain_radam_decoupled },
    { "adan", record_adan, plain_adan },
    { "lamb", record_lamb, plain_lamb },
    { "lion", record_lion, plain_lion },
    { "rprop", record_rprop, plain_rprop },
    { "schedule-free sgd", record_schedule_free_sgd, plain_schedule_free_sgd },
    { "schedule-free adamw", record_schedule_free_adamw, plain_schedule_free_adamw },
    { "adagrad as PyTorch has it", record_adagrad, plain_adagrad },
    { "rmsprop as PyTorch has it", record_rmsprop, plain_rmsprop },
};

START_TEST(optimizers_follow_their_formulas_for_twenty_steps) { follow(&trajectories[_i], 1e-12); }
END_TEST

/* ---- Muon, whose parameters are matrices ------------------------------------------------- */

enum { ROWS = 3, COLUMNS = 2, CELLS = ROWS * COLUMNS };

/* out [n, m] = a [n, k] . b [k, m]. */
static void multiply(int n, int k, int m, const double *a, const double *b, double *out)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) {
            out[i * m + j] = 0;
            for (int l = 0; l < k; l++) out[i * m + j] += a[i * k + l] * b[l * m + j];
        }
}

static void transpose(int n, int m, const double *a, double *out)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) out[j * n + i] = a[i * m + j];
}

/* Of a matrix that has more rows than columns, in place, by its transpose x. */
static void orthogonalise(double *u)
{
    enum { N = COLUMNS, M = ROWS };
    double x[CELLS], back[CELLS], a[N * N], squares[N * N], more[CELLS], norm = 0;
    transpose(ROWS, COLUMNS, u, x);
    for (int i = 0; i < CELLS; i++) norm += x[i] * x[i];
    for (int i = 0; i < CELLS; i++) x[i] /= fmax(sqrt(norm), 1e-7);
    for (int round = 0; round < 5; round++) {
        transpose(N, M, x, back);
        multiply(N, M, N, x, back, a);
        multiply(N, N, N, a, a, squares);
        for (int i = 0; i < N * N; i++) a[i] = -4.775 * a[i] + 2.0315 * squares[i];
        multiply(N, N, M, a, x, more);
        for (int i = 0; i < CELLS; i++) x[i] = 3.4445 * x[i] + more[i];
    }
    transpose(N, M, x, u);
}

START_TEST(muon_follows_its_formula_for_twenty_steps)
{
    const bool turned = _i & 1, nesterov = _i < 2; /* the same as rows; of three axes */
    const tg_shape shape = turned ? TG_SHAPE(COLUMNS, ROWS) : TG_SHAPE(ROWS, 1, COLUMNS);
    tg_var *matrix = tg_param(store, "matrix", shape, tg_init_zeros());
    double w[CELLS], v[CELLS] = { 0 }, seen[CELLS], target[CELLS], given[CELLS];
    for (int i = 0; i < CELLS; i++) {
        w[i] = 0.3 * i - 0.7;
        target[i] = sin(i);
    }
    if (turned) transpose(ROWS, COLUMNS, w, given);
    ck_assert_int_eq(tg_var_set(matrix, turned ? given : w, CELLS), TG_OK);
    if (turned) transpose(ROWS, COLUMNS, target, given);
    tg_tensor *aim = tg_constant(tape, TG_F64, shape, turned ? given : target);
    tg_tensor *loss = tg_sum(tg_square(tg_sub(tg_read(tape, matrix), aim)));
    tg_muon(loss, .lr = 0.02, .momentum = 0.8, .nesterov = nesterov, .params = "matrix",
            .scale = nesterov ? TG_MUON_SPECTRAL : TG_MUON_RMS);
    ck_no_error();
    tg_plan *step = tg_compile(tape, loss);
    const double spectral = turned ? 1 : sqrt(1.5), scale = nesterov ? spectral : 0.2 * sqrt(3);
    for (int t = 1; t <= STEPS; t++) {
        double u[CELLS];
        for (int i = 0; i < CELLS; i++) {
            const double g = 2 * (w[i] - target[i]);
            v[i] = 0.8 * v[i] + (1 - 0.8) * g;
            u[i] = nesterov ? (1 - 0.8) * g + 0.8 * v[i] : v[i];
        }
        orthogonalise(u);
        for (int i = 0; i < CELLS; i++) w[i] -= 0.02 * 0.1 * w[i] + 0.02 * scale * u[i];
        run(step);
        ck_assert_int_eq(tg_var_get(matrix, given, CELLS), TG_OK);
        if (turned) transpose(COLUMNS, ROWS, given, seen);
        for (int i = 0; i < CELLS; i++) ck_close((turned ? seen : given)[i], w[i], 1e-11);
    }
    tg_plan_free(step);
}
END_TEST

START_TEST(muon_refuses_what_is_no_matrix)
{
    tg_muon(make_loss());
    ck_says("\"layer.weight\" has 1 axes");
}
END_TEST

/* ---- f32 -------------------------------------------------------------------------------- */

START_TEST(every_optimizer_lowers_an_f32_loss)
{
    tg_store *small = tg_store_new();
    tg_tape *other = tg_tape_new(small);
    tg_var *w = tg_param(small, "w", TG_SHAPE(8, 8), tg_init_ones());
    tg_tensor *loss = tg_mean(tg_square(tg_read(other, w)));
    const tg_updates updates = _i == 0   ? tg_adamax(loss)
                               : _i == 1 ? tg_nadam(loss)
                               : _i == 2 ? tg_radam(loss)
                               : _i == 3 ? tg_adan(loss)
                               : _i == 4 ? tg_lamb(loss)
                               : _i == 5 ? tg_lion(loss)
                               : _i == 6 ? tg_rprop(loss)
                               : _i == 7 ? tg_muon(loss)
                               : _i == 8 ? tg_schedule_free_sgd(loss)
                               : _i == 9 ? tg_schedule_free_adamw(loss)
                                         : tg_adam(loss, .amsgrad = true, .skip_nonfinite = true);
    ck_assert_msg(updates.count >= 1, "%s", tg_tape_error(other));
    tg_plan *step = tg_compile(other, loss);
    ck_assert_msg(step, "%s", tg_tape_error(other));
    for (int i = 0; i < 10; i++) ck_assert_int_eq(tg_run(step), TG_OK);
    ck_assert_double_lt(tg_item(loss), 1);
    tg_plan_free(step);
    tg_tape_free(other);
    tg_store_free(small);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("formulas_more");
    TCase *cases = tcase_create("formulas_more");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_loop_test(cases, optimizers_follow_their_formulas_for_twenty_steps, 0,
                        COUNT_OF(trajectories));
    tcase_add_loop_test(cases, muon_follows_its_formula_for_twenty_steps, 0, 4);
    tcase_add_test(cases, muon_refuses_what_is_no_matrix);
    tcase_add_loop_test(cases, every_optimizer_lowers_an_f32_loss, 0, 11);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
