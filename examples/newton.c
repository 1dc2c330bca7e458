/* newton.c: Newton's method, made of derivatives. Gradient descent is slow in the curved valley of
 * Rosenbrock's function. Newton's method uses the Hessian, and near the minimum each step about
 * doubles the number of correct digits.
 *
 * A step solves H p = -g, with the gradient g and the Hessian H. By default H is never computed:
 * conjugate gradients need only products of H with vectors, each of which costs a small multiple of
 * the function itself. With --dense the whole H is computed and factored. */
#include "common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Finds the minimum of Rosenbrock's function in many dimensions,\n"
    "f(x) = sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2, which is 0 at (1, ..., 1), by Newton's\n"
    "method: with Hessian-vector products and conjugate gradients, or with the whole Hessian.\n";

/* ---- The function and its derivatives, recorded once -------------------------------------- */

typedef struct problem {
    int64_t n;
    bool dense;
    tg_tape *tape;
    tg_tensor *x, *v; /* inputs [n]: the point, and the vector that H is multiplied with */
    tg_tensor *f, *gradient, *hv, *hessian; /* [], [n], [n], [n, n] (with --dense alone) */
    tg_plan *value, *slopes, *product;      /* f alone; f and its gradient; hv or hessian */
} problem;

static tg_tensor *rosenbrock(tg_tensor *x)
{
    const int64_t n = tg_dim(x, 0);
    tg_tensor *head = tg_slice(x, 0, 0, n - 1, 1), *tail = tg_slice(x, 0, 1, n, 1);
    tg_tensor *valley = tg_mul_num(tg_square(tg_sub(tail, tg_square(head))), 100);
    return tg_sum(tg_add(valley, tg_square(tg_rsub_num(1, head))));
}

static problem problem_new(tg_store *store, int64_t n, bool dense)
{
    problem p = { .n = n, .dense = dense, .tape = tg_tape_new(store) };
    p.x = tg_input(p.tape, "x", TG_F64, TG_SHAPE(n));
    p.v = tg_input(p.tape, "v", TG_F64, TG_SHAPE(n));
    p.f = rosenbrock(p.x);
    p.gradient = tg_grad(p.f, p.x);
    if (dense) p.hessian = tg_hessian(p.f, p.x);
    else p.hv = tg_hvp(p.f, p.x, p.v);
    p.value = tg_compile(p.tape, p.f);
    p.slopes = tg_compile(p.tape, p.f, p.gradient);
    p.product = tg_compile(p.tape, dense ? p.hessian : p.hv);
    return p;
}

static void problem_free(problem *p)
{
    tg_plan_free(p->product);
    tg_plan_free(p->slopes);
    tg_plan_free(p->value);
    tg_tape_free(p->tape);
}

/* f(x). */
static double value_at(const problem *p, const double *x)
{
    tg_feed(p->x, x, (size_t)p->n);
    tg_run(p->value);
    return tg_item(p->f);
}

/* f(x); [g] receives its gradient. */
static double slopes_at(const problem *p, const double *x, double *g)
{
    tg_feed(p->x, x, (size_t)p->n);
    tg_run(p->slopes);
    tg_get(p->gradient, g, (size_t)p->n);
    return tg_item(p->f);
}

/* The Hessian at the point fed last, times [v], into [out]. */
static void times_hessian(const problem *p, const double *v, double *out)
{
    tg_feed(p->v, v, (size_t)p->n);
    tg_run(p->product);
    tg_get(p->hv, out, (size_t)p->n);
}

/* ---- Two ways to solve H p = -g ----------------------------------------------------------- */

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* Conjugate gradients, to a tolerance that decreases with the gradient (a truncated Newton method).
 * At negative curvature there is no minimum along the direction: then the solution so far, or -g,
 * is taken (Nocedal and Wright 2006, algorithm 7.1). [work] has 3 n elements. */
static void solve_by_products(const problem *p, const double *g, double *step, double *work)
{
    const int64_t n = p->n;
    double *residual = work, *direction = residual + n, *hd = direction + n;
    double square = dot(n, g, g);
    const double enough = fmin(0.1, sqrt(square)) * sqrt(square);
    for (int64_t i = 0; i < n; i++) {
        step[i] = 0;
        residual[i] = direction[i] = -g[i];
    }
    for (int64_t k = 0; k < 2 * n && sqrt(square) > enough; k++) {
        times_hessian(p, direction, hd);
        const double bend = dot(n, direction, hd);
        if (!(bend > 0)) {
            if (k == 0) memcpy(step, direction, (size_t)n * sizeof *step);
            return;
        }
        const double length = square / bend, before = square;
        for (int64_t i = 0; i < n; i++) {
            step[i] += length * direction[i];
            residual[i] -= length * hd[i];
        }
        square = dot(n, residual, residual);
        for (int64_t i = 0; i < n; i++) direction[i] = residual[i] + square / before * direction[i];
    }
}

/* Factors H + shift = L L', with L in [l]. False if it is not positive definite. */
static bool factor(int64_t n, const double *h, double shift, double *l)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            const double rest = h[i * n + j] + (i == j ? shift : 0) - dot(j, l + i * n, l + j * n);
            if (i == j && !(rest > 0)) return false;
            l[i * n + j] = i == j ? sqrt(rest) : rest / l[j * n + j];
        }
    return true;
}

/* Solves with a Cholesky factorisation of the Hessian; if that is not positive definite, of the
 * Hessian plus a sufficient multiple of the identity. [work] has 2 n^2 elements. */
static void solve_by_factors(const problem *p, const double *g, double *step, double *work)
{
    const int64_t n = p->n;
    double *h = work, *l = h + n * n;
    tg_run(p->product);
    tg_get(p->hessian, h, (size_t)(n * n));
    for (double shift = 0; shift < 1e12 && !factor(n, h, shift, l);)
        shift = shift > 0 ? 4 * shift : 1;
    for (int64_t i = 0; i < n; i++) step[i] = (-g[i] - dot(i, l + i * n, step)) / l[i * n + i];
    for (int64_t i = n; i-- > 0;) {
        step[i] /= l[i * n + i];
        for (int64_t j = 0; j < i; j++) step[j] -= l[i * n + j] * step[i];
    }
}

/* ---- Newton's method ---------------------------------------------------------------------- */

/* Halves the step until the function decreases by a share of what its slope predicts (Armijo's
 * rule), and moves x. Returns the factor; 0 if no step decreases f, which means that rounding
 * dominates. */
static double move(const problem *p, double *x, const double *step, double f, double slope,
                   double *trial)
{
    for (double length = 1; length > 1e-10; length /= 2) {
        for (int64_t i = 0; i < p->n; i++) trial[i] = x[i] + length * step[i];
        if (value_at(p, trial) <= f + 1e-4 * length * slope) {
            memcpy(x, trial, (size_t)p->n * sizeof *x);
            return length;
        }
    }
    return 0;
}

/* Iterates from x until the norm of the gradient is at most [tolerance]. Returns the number of
 * steps; also gives that norm. */
static int64_t minimise(const problem *p, double *x, double tolerance, int64_t most, double *work,
                        double *end)
{
    double *g = work, *step = g + p->n, *trial = step + p->n, *rest = trial + p->n, length = 0;
    for (int64_t k = 0;; k++) {
        const double f = slopes_at(p, x, g);
        *end = sqrt(dot(p->n, g, g));
        printf("step %3lld   f = %.6e   |gradient| = %.2e   length = %g\n", (long long)k, f, *end,
               length);
        if (!(*end > tolerance) || k == most) return k;
        (p->dense ? solve_by_factors : solve_by_products)(p, g, step, rest);
        length = move(p, x, step, f, dot(p->n, g, step), trial);
        if (length == 0) return k;
    }
}

/* The distance from 1 of the element that is furthest from it. */
static double distance(int64_t n, const double *x)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(x[i] - 1));
    return most;
}

int main(int argc, char **argv)
{
    int64_t n = 100, most = 500;
    double start = 1.5, tolerance = 1e-10;
    bool dense = false;
    parse_options(
        argc, argv, about,
        (const option[]){
            { "dimensions", "of the function", .count = &n, .least = 2 },
            { "start", "where each coordinate begins", .number = &start, .least = -HUGE_VAL },
            { "tolerance", "ends when the gradient is shorter", .number = &tolerance },
            { "steps", "at most", .count = &most },
            { "dense", "compute the whole Hessian", .flag = &dense },
            { 0 } });
    const double started = seconds_now();
    const size_t room = (size_t)n * (size_t)(dense ? 2 * n + 4 : 7);
    double *x = n < 1 << 24 ? calloc(room, sizeof *x) : NULL, *work = x ? x + n : NULL, end = 0;
    if (!x) {
        fprintf(stderr, "There is not enough memory for %lld dimensions.\n", (long long)n);
        return 1;
    }
    for (int64_t i = 0; i < n; i++) x[i] = start;

    tg_store *store = tg_store_new(.dtype = TG_F64);
    problem p = problem_new(store, n, dense);
    int status = tg_report(p.tape, stderr);
    if (!status) {
        const int64_t steps = minimise(&p, x, tolerance, most, work, &end);
        status = tg_report(p.tape, stderr);
        print_result("newton", started, "steps=%lld gradient=%.1e distance=%.1e", (long long)steps,
                     end, distance(n, x));
    }
    problem_free(&p);
    tg_store_free(store);
    free(x);
    return status || !expect_figure("gradient", end, 0, tolerance);
}
