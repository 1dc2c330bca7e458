/* variational.c: The evidence lower bound lies below the log-likelihood, and training closes the
 * gap.
 *
 * Formula: log p(x) >= E_q log p(x|z) - KL(q(z|x) | N(0, 1)), KL = (m^2 + s^2 - 1 - log s^2) / 2
 *
 * A variational autoencoder: a net makes of x a mean m and a deviation s, the code is z = m + s
 * noise, and x is told from it as a line with noise, w z + b + v noise. Training sees one draw of z
 * for each point. As the decoder is a line, the log-likelihood is known: x is normal with the
 * covariance w w' + v^2 I. So the bound can be looked at beside what it bounds, at each step.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains a variational autoencoder whose likelihood is known.\n";

enum { POINTS = 500, HIDDEN = 16, STEPS = 1000, EVERY = 10, LOOKS = STEPS / EVERY };
static const double log_2pi = 1.83787706640934548;

typedef struct autoencoder {
    tg_linear hidden, code; /* 2 to HIDDEN to 2: the mean, and the logarithm of the variance */
    tg_var *w, *b, *log_v;  /* [2], [2], [] */
} autoencoder;

/* log N(away; 0, v^2 I) in two dimensions, of the square of the distance. */
static tg_tensor *log_normal(tg_tensor *square, tg_tensor *log_v)
{
    tg_tensor *scaled = tg_div(square, tg_exp(tg_mul_num(log_v, 2)));
    return tg_neg(tg_add_num(tg_add(tg_div_num(scaled, 2), tg_mul_num(log_v, 2)), log_2pi));
}

/* The bound, a mean over the points x. Of [noise], one draw of z for each; without, the exact
 * expectation, which a decoder that is a line has: |w|^2 s^2 is added to the square. */
static tg_tensor *bound(const autoencoder *net, tg_tensor *x, tg_tensor *noise)
{
    tg_tape *tape = tg_tape_of(x);
    tg_tensor *w = tg_read(tape, net->w), *b = tg_read(tape, net->b);
    tg_tensor *code = tg_linear_apply(&net->code, tg_tanh(tg_linear_apply(&net->hidden, x)));
    tg_tensor *m = tg_slice(code, 1, 0, 1, 1), *log_variance = tg_slice(code, 1, 1, 2, 1);
    tg_tensor *variance = tg_exp(log_variance);
    tg_tensor *z = noise ? tg_add(m, tg_mul(tg_sqrt(variance), noise)) : m;
    tg_tensor *away = tg_sub(x, tg_add(tg_mul(z, w), b));
    tg_tensor *square = tg_sum(tg_square(away), .axis = 1, .keep = true);
    if (!noise) square = tg_add(square, tg_mul(variance, tg_sum(tg_square(w))));
    tg_tensor *sum = tg_sub(tg_add(tg_square(m), variance), tg_add_num(log_variance, 1));
    return tg_mean(tg_sub(log_normal(square, tg_read(tape, net->log_v)), tg_div_num(sum, 2)));
}

/* log p(x), a mean over the points: along w the variance is v^2 + |w|^2, across it v^2. */
static tg_tensor *log_likelihood(const autoencoder *net, tg_tensor *x)
{
    tg_tape *tape = tg_tape_of(x);
    tg_tensor *w = tg_read(tape, net->w), *log_v = tg_read(tape, net->log_v);
    tg_tensor *away = tg_sub(x, tg_read(tape, net->b)), *across = tg_exp(tg_mul_num(log_v, 2));
    tg_tensor *square_w = tg_sum(tg_square(w)), *total = tg_add(across, square_w);
    tg_tensor *along = tg_sum(tg_mul(away, w), .axis = 1, .keep = true);
    tg_tensor *less = tg_div(tg_square(along), total); /* by Sherman and Morrison, times v^2 */
    tg_tensor *square = tg_sub(tg_sum(tg_square(away), .axis = 1, .keep = true), less);
    tg_tensor *ratio = tg_log(tg_div(total, across));
    return tg_mean(tg_sub(log_normal(square, log_v), tg_div_num(ratio, 2)));
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "variational", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    const autoencoder net = { tg_linear_new(store, "hidden", 2, HIDDEN),
                              tg_linear_new(store, "code", HIDDEN, 2),
                              tg_param(store, "w", TG_SHAPE(2), tg_init_normal(0, 1)),
                              tg_param(store, "b", TG_SHAPE(2), tg_init_zeros()),
                              tg_param(store, "log_v", TG_SCALAR, tg_init_zeros()) };
    /* The points: along (2, 1), with noise of deviation 0.5, around (1, -1). */
    static double x[2][POINTS], made[2][POINTS];
    tg_dice dice = { .key = (uint64_t)c.seed, .high = 1 };
    for (int i = 0; i < POINTS; i++) {
        const double z = tg_dice_normal(&dice);
        x[0][i] = 1 + 2 * z + 0.5 * tg_dice_normal(&dice);
        x[1][i] = -1 + z + 0.5 * tg_dice_normal(&dice);
    }
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *data = tg_transpose(tg_constant(tape, TG_F64, TG_SHAPE(2, POINTS), x));
    tg_tensor *noise = tg_normal(tape, "noise", TG_F64, TG_SHAPE(POINTS, 1), 0, 1);
    tg_tensor *below = bound(&net, data, NULL), *exact = log_likelihood(&net, data);
    tg_adam(tg_neg(bound(&net, data, noise)),
            .schedule = tg_cosine_lr(.base = 2e-2, .steps = STEPS));
    tg_plan *step = tg_compile(tape, below, exact);
    static double at[LOOKS], bounds[LOOKS], exacts[LOOKS], gaps[LOOKS];
    double least_gap = HUGE_VAL;
    for (int i = 0; i < STEPS; i++) {
        tg_run(step);
        least_gap = fmin(least_gap, tg_item(exact) - tg_item(below));
        if (i % EVERY) continue;
        at[i / EVERY] = i;
        bounds[i / EVERY] = tg_item(below);
        exacts[i / EVERY] = tg_item(exact);
        gaps[i / EVERY] = tg_item(exact) - tg_item(below);
    }
    course_fine(&c, tape);
    course_expect(&c, "first_gap", gaps[0], 0.05, 100);
    course_expect(&c, "least_gap", least_gap, 0, 0.02);
    course_expect(&c, "last_gap", gaps[LOOKS - 1], 0, 0.03);
    /* What made the points has the mean log-likelihood -log(2 pi e) - log(det) / 2. */
    const double truth = -1 - log_2pi - log(0.25 * (0.25 + 5)) / 2;
    course_expect(&c, "likelihood_below_truth", truth - exacts[LOOKS - 1], -0.25, 0.25);

    tg_plan_free(step);
    tg_rewind(tape);
    tg_tensor *z = tg_normal(tape, "z", TG_F64, TG_SHAPE(POINTS, 1), 0, 1);
    tg_tensor *v = tg_exp(tg_read(tape, net.log_v));
    tg_tensor *grain = tg_normal(tape, "grain", TG_F64, TG_SHAPE(POINTS, 2), 0, 1);
    tg_tensor *told = tg_add(tg_mul(z, tg_read(tape, net.w)), tg_read(tape, net.b));
    tg_get(tg_transpose(tg_add(told, tg_mul(grain, v))), made[0], 2 * POINTS);
    course_fine(&c, tape);
    plot *p = plot_new("A bound on the likelihood, and samples", 3);
    plot_panel(p, "nats a point", "step", NULL);
    plot_line(p, "log-likelihood", at, exacts, LOOKS);
    plot_line(p, "lower bound", at, bounds, LOOKS);
    plot_panel(p, "the gap between them", "step", NULL);
    plot_log_y(p);
    plot_line(p, NULL, at, gaps, LOOKS);
    plot_panel(p, "the points", "x1", "x2");
    plot_dots(p, "data", x[0], x[1], POINTS);
    plot_dots(p, "samples", made[0], made[1], POINTS);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
