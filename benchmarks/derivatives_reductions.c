/* derivatives_reductions.c: functions that vectorise: the likelihood of a mixture of Gaussians,
 * log-sum-exp, k-means, least squares. */
#include "derivatives.h"

#include <math.h>

/* ---- Log-sum-exp ------------------------------------------------------------------------ */

enum { LSE_COUNT = 1000000 };

static void prepare_lse(work *w)
{
    double *x = add_parameter(w, "x", TG_SHAPE(LSE_COUNT));
    fill_uniform(x, LSE_COUNT, 0, 1, 31337);
}

static tg_tensor *record_lse(const work *w, tg_tape *tape, tg_tensor *const p[],
                             tg_tensor *const fixed[])
{
    (void)w, (void)tape, (void)fixed;
    return tg_logsumexp(p[0]);
}

static double logsumexp(const double *x, size_t count)
{
    double peak = x[0], sum = 0;
    for (size_t i = 1; i < count; i++) peak = x[i] > peak ? x[i] : peak;
    for (size_t i = 0; i < count; i++) sum += exp(x[i] - peak);
    return log(sum) + peak;
}

static double plain_lse(const work *w) { return logsumexp(w->p[0].data, LSE_COUNT); }

/* ---- Mixture of Gaussians --------------------------------------------------------------- */

/* ADBench's gmm: x[i] has the density sum_k phi_k N(mu_k, (Q_k^T Q_k)^-1), phi = softmax(alpha).
 * The lower triangular Q_k has the exponentials of icf[k, :d] on its diagonal and icf[k, d:] below,
 * column by column. The precisions have a Wishart prior. The signs are gradbench's, which mended
 * ADBench's. */
enum { POINTS = 1000, DIMENSIONS = 64, COMPONENTS = 25, FREEDOM = 0 };
enum { BELOW = DIMENSIONS * (DIMENSIONS - 1) / 2, FACTORS = DIMENSIONS + BELOW };
static const double GAMMA = 1;

static void prepare_gmm(work *w)
{
    fill_uniform(add_parameter(w, "alphas", TG_SHAPE(COMPONENTS)), COMPONENTS, -1, 1, 11);
    fill_uniform(add_parameter(w, "means", TG_SHAPE(COMPONENTS, DIMENSIONS)),
                 COMPONENTS * DIMENSIONS, 0, 1, 12);
    fill_uniform(add_parameter(w, "icf", TG_SHAPE(COMPONENTS, FACTORS)), COMPONENTS * FACTORS, -0.2,
                 0.2, 13);
    fill_uniform(add_fixed(w, "x", TG_SHAPE(POINTS, DIMENSIONS)), POINTS * DIMENSIONS, 0, 1, 14);
}

/* What the prior and the Gaussians' norms add, whatever the parameters. */
static double constant_of_gmm(void)
{
    const double pi = acos(-1.0), d = DIMENSIONS, n = d + FREEDOM + 1;
    double log_gamma = 0.25 * d * (d - 1) * log(pi); /* the multivariate gamma function at n/2 */
    for (int j = 1; j <= DIMENSIONS; j++) log_gamma += lgamma(0.5 * n + 0.5 * (1 - j));
    const double prior = n * d * (log(GAMMA) - 0.5 * log(2.0)) - log_gamma;
    return COMPONENTS * prior - POINTS * d * 0.5 * log(2 * pi);
}

/* Where Q[i, j] stands in a row of [exponentials, below the diagonal, 0]. */
static tg_tensor *places_in_factor(tg_tape *tape)
{
    int64_t place[DIMENSIONS * DIMENSIONS], next = DIMENSIONS;
    for (int64_t j = 0; j < DIMENSIONS; j++) {
        for (int64_t i = 0; i < DIMENSIONS; i++) {
            place[i * DIMENSIONS + j] = i < j ? FACTORS : i == j ? j : next++;
        }
    }
    return tg_constant(tape, TG_I64, TG_SHAPE(DIMENSIONS, DIMENSIONS), place);
}

static tg_tensor *record_gmm(const work *w, tg_tape *tape, tg_tensor *const p[],
                             tg_tensor *const fixed[])
{
    (void)w;
    tg_tensor *alphas = p[0], *means = p[1], *x = fixed[0];
    tg_tensor *logs = tg_slice(p[2], 1, 0, DIMENSIONS, 1), *diagonal = tg_exp(logs);
    tg_tensor *below = tg_slice(p[2], 1, DIMENSIONS, FACTORS, 1);
    tg_tensor *sums = tg_sum(logs, .axis = 1);
    tg_tensor *packed = tg_pad(tg_concat(TG_LIST(diagonal, below), 1), 1, 0, 1, 0, 0);
    tg_tensor *q = tg_gather(packed, places_in_factor(tape), 1);

    /* Q (x - mu) = Q x + Q (-mu): one product for all components. */
    tg_tensor *qx = tg_einsum("nj,kij->nki", TG_LIST(x, q));
    tg_tensor *away = tg_add(qx, tg_einsum("kij,kj->ki", TG_LIST(q, tg_neg(means))));
    tg_tensor *squares = tg_sum(tg_square(away), .axis = -1);
    tg_tensor *main = tg_add(tg_add(alphas, sums), tg_mul_num(squares, -0.5));
    tg_tensor *likelihood = tg_sum(tg_logsumexp(main, .axis = -1));
    likelihood = tg_sub(likelihood, tg_mul_num(tg_logsumexp(alphas), POINTS));

    tg_tensor *frobenius = tg_add(tg_sum(tg_square(diagonal)), tg_sum(tg_square(below)));
    tg_tensor *prior =
        tg_sub(tg_mul_num(tg_sum(sums), FREEDOM), tg_mul_num(frobenius, 0.5 * GAMMA * GAMMA));
    return tg_add_num(tg_add(likelihood, prior), constant_of_gmm());
}

/* |Q y|^2 */
static double squared_length(const double *diagonal, const double *below, const double *y)
{
    double qy[DIMENSIONS], sum = 0;
    for (int i = 0; i < DIMENSIONS; i++) qy[i] = diagonal[i] * y[i];
    for (int j = 0; j < DIMENSIONS; j++) {
        for (int i = j + 1; i < DIMENSIONS; i++) qy[i] += *below++ * y[j];
    }
    for (int i = 0; i < DIMENSIONS; i++) sum += qy[i] * qy[i];
    return sum;
}

static double plain_gmm(const work *w)
{
    const double *alphas = w->p[0].data, *means = w->p[1].data, *icf = w->p[2].data;
    double diagonal[COMPONENTS][DIMENSIONS], sums[COMPONENTS] = { 0 }, prior = 0, total = 0;
    for (int k = 0; k < COMPONENTS; k++) {
        double frobenius = 0;
        for (int j = 0; j < DIMENSIONS; j++) {
            diagonal[k][j] = exp(icf[k * FACTORS + j]);
            sums[k] += icf[k * FACTORS + j];
            frobenius += diagonal[k][j] * diagonal[k][j];
        }
        for (int j = DIMENSIONS; j < FACTORS; j++) {
            frobenius += icf[k * FACTORS + j] * icf[k * FACTORS + j];
        }
        prior += FREEDOM * sums[k] - 0.5 * GAMMA * GAMMA * frobenius;
    }
    for (int i = 0; i < POINTS; i++) {
        const double *x = w->fixed[0].data + i * DIMENSIONS;
        double main[COMPONENTS], away[DIMENSIONS];
        for (int k = 0; k < COMPONENTS; k++) {
            for (int j = 0; j < DIMENSIONS; j++) away[j] = x[j] - means[k * DIMENSIONS + j];
            main[k] = alphas[k] + sums[k] -
                      0.5 * squared_length(diagonal[k], icf + k * FACTORS + DIMENSIONS, away);
        }
        total += logsumexp(main, COMPONENTS);
    }
    return total - POINTS * logsumexp(alphas, COMPONENTS) + prior + constant_of_gmm();
}

/* ---- k-means ---------------------------------------------------------------------------- */

/* gradbench's: the sum of the squared distances to the nearest centroid; wanted are the gradient
 * and the Hessian, which has a diagonal only, for a step of Newton's method. */
enum { OBSERVATIONS = 10000, CENTROIDS = 100, WIDTH = 8 };

static void prepare_kmeans(work *w)
{
    double *centroids = add_parameter(w, "centroids", TG_SHAPE(CENTROIDS, WIDTH));
    double *points = add_fixed(w, "points", TG_SHAPE(OBSERVATIONS, WIDTH));
    fill_uniform(points, OBSERVATIONS * WIDTH, 0, 1, 31337);
    const double *last = points + (OBSERVATIONS - CENTROIDS) * WIDTH;
    for (int i = 0; i < CENTROIDS * WIDTH; i++) centroids[i] = last[i] + 1e-3;
}

/* |x|^2 - 2 x.c + |c|^2, of all pairs, but for |x|^2. */
static tg_tensor *distances(tg_tensor *centroids, tg_tensor *points)
{
    tg_tensor *products = tg_matmul(points, tg_transpose(tg_mul_num(centroids, -2)));
    return tg_add(products, tg_sum(tg_square(centroids), .axis = 1));
}

static tg_tensor *record_kmeans(const work *w, tg_tape *tape, tg_tensor *const p[],
                                tg_tensor *const fixed[])
{
    (void)w, (void)tape;
    tg_tensor *nearest = tg_min(distances(p[0], fixed[0]), .axis = 1);
    return tg_add(tg_sum(nearest), tg_sum(tg_square(fixed[0])));
}

/* The same, written for speed: which centroid is the nearest is found first, and only the distance
 * to it is differentiated. */
static tg_tensor *record_nearest(const work *w, tg_tape *tape, tg_tensor *const p[],
                                 tg_tensor *const fixed[])
{
    (void)w, (void)tape;
    tg_tensor *which = tg_argmin(distances(p[0], fixed[0]), .axis = 1);
    return tg_sum(tg_square(tg_sub(tg_gather(p[0], which, 0), fixed[0])));
}

static double plain_kmeans(const work *w)
{
    double total = 0;
    for (int i = 0; i < OBSERVATIONS; i++) {
        const double *x = w->fixed[0].data + i * WIDTH;
        double nearest = HUGE_VAL;
        for (int k = 0; k < CENTROIDS; k++) {
            const double *c = w->p[0].data + k * WIDTH;
            double squared = 0;
            for (int j = 0; j < WIDTH; j++) squared += (x[j] - c[j]) * (x[j] - c[j]);
            nearest = squared < nearest ? squared : nearest;
        }
        total += nearest;
    }
    return total;
}

/* ---- Least squares ---------------------------------------------------------------------- */

/* cmpad's llsq_obj: 1/2 sum_i (sign t_i - sum_j x_j t_i^j)^2, with t_i from -1 to 1. */
enum { SAMPLES = 16392, TERMS = 128 };

static void prepare_llsq(work *w)
{
    fill_uniform(add_parameter(w, "x", TG_SHAPE(TERMS)), TERMS, -1, 1, 5);
}

static tg_tensor *record_llsq(const work *w, tg_tape *tape, tg_tensor *const p[],
                              tg_tensor *const fixed[])
{
    (void)w, (void)fixed;
    tg_tensor *x[TERMS];
    tg_tensor *step = tg_mul_num(tg_iota(tape, TG_F64, SAMPLES), 2.0 / (SAMPLES - 1));
    tg_tensor *t = tg_sub_num(step, 1);
    if (tg_split(p[0], 0, TERMS, NULL, x) != TG_OK) return NULL;
    tg_tensor *fit = x[TERMS - 1];
    for (int j = TERMS - 2; j >= 0; j--) fit = tg_add(tg_mul(fit, t), x[j]);
    return tg_mul_num(tg_sum(tg_square(tg_sub(tg_sign(t), fit))), 0.5);
}

static double plain_llsq(const work *w)
{
    double total = 0;
    for (int i = 0; i < SAMPLES; i++) {
        const double t = -1 + i * 2.0 / (SAMPLES - 1);
        double rest = (t > 0) - (t < 0), power = 1;
        for (int j = 0; j < TERMS; j++) {
            rest -= w->p[0].data[j] * power;
            power *= t;
        }
        total += rest * rest;
    }
    return total / 2;
}

const work reductions[] = {
    { .name = "gmm d=64 k=25 n=1000",
      .prepare = prepare_gmm,
      .record = record_gmm,
      .plain = plain_gmm,
      .tool = "PyTorch",
      .tool_us = 86000,
      .step = 1e-3,
      .hessian = "alphas" },
    { .name = "lse n=1000000",
      .prepare = prepare_lse,
      .record = record_lse,
      .plain = plain_lse,
      .tool = "PyTorch",
      .tool_us = 8750,
      .step = 1e-2 },
    { .name = "kmeans k=100 n=10000 d=8",
      .prepare = prepare_kmeans,
      .record = record_kmeans,
      .plain = plain_kmeans,
      .tool = "PyTorch",
      .tool_us = 21900,
      .step = 1e-6,
      .diagonal = true },
    { .name = "kmeans k=100 n=10000 d=8, nearest first",
      .prepare = prepare_kmeans,
      .record = record_nearest,
      .plain = plain_kmeans,
      .tool = "PyTorch",
      .tool_us = 21900,
      .step = 1e-6,
      .diagonal = true },
    { .name = "llsq n=16392 m=128",
      .prepare = prepare_llsq,
      .record = record_llsq,
      .plain = plain_llsq,
      .tool = "CoDiPack",
      .tool_us = 16200,
      .step = 1e-2 },
    { 0 },
};
