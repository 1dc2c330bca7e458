/* test_formulas_more.c: the optimizers that are not in every book, and what options make of those
 * that are, beside their formulas as plain loops: PyTorch's as its documentation states them,
 * others as their papers do. */
#include "trajectory.h"

static const double decay = 0.1;

static double sign(double x) { return (x > 0) - (x < 0); }

/* ---- Adam and its like ------------------------------------------------------------------ */

/* m and v, in a and b. */
static void moments(problem *p, double beta1, double beta2)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = beta1 * p->a[i] + (1 - beta1) * p->g[i];
        p->b[i] = beta2 * p->b[i] + (1 - beta2) * p->g[i] * p->g[i];
    }
}

static void add_decay(problem *p)
{
    for (int i = 0; i < ALL; i++) p->g[i] += decay * p->w[i];
}

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
    tcase_add_loop_test(cases, steps_without_finite_gradients_are_left_out_and_counted, 0, 4);
    tcase_add_test(cases, the_norm_before_clipping_is_told);
    tcase_add_loop_test(cases, options_that_make_no_sense_are_errors_and_record_nothing, 0,
                        COUNT_OF(faults));
    tcase_add_loop_test(cases, every_optimizer_lowers_an_f32_loss, 0, 11);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
