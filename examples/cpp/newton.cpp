/* newton.cpp: Newton's method, made of derivatives; the C++ version of ../newton.c, which explains
 * every step of the method. */
#include "common.hpp"

#include <cmath>

static const char about[] =
    "Finds the minimum of Rosenbrock's function in many dimensions,\n"
    "f(x) = sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2, which is 0 at (1, ..., 1), by Newton's\n"
    "method: with Hessian-vector products and conjugate gradients, or with the whole Hessian.\n";

using numbers = std::vector<double>;

static tg::tensor rosenbrock(tg::tensor x)
{
    const std::int64_t n = x.dim(0);
    const tg::tensor head = slice(x, 0, 0, n - 1, 1), tail = slice(x, 0, 1, n, 1);
    const tg::tensor valley = square(tail - square(head)) * 100;
    return sum(valley + square(1 - head));
}

/* ---- The function and its derivatives, recorded once -------------------------------------- */

class problem {
  public:
    problem(tg::store &store, std::size_t n, bool whole)
        : dense(whole), tape(store), x(tg::input(tape, "x", tg::f64, { n })),
          v(tg::input(tape, "v", tg::f64, { n })), f(rosenbrock(x)), gradient(grad(f, x)),
          second(dense ? hessian(f, x) : hvp(f, x, v)), value(tg::compile(tape, f)),
          slopes(tg::compile(tape, { f, gradient })), product(tg::compile(tape, second))
    {
    }

    double value_at(const numbers &point)
    {
        x.feed(point);
        value.run();
        return f.item();
    }
    /* f(x); [g] receives its gradient. */
    double slopes_at(const numbers &point, numbers &g)
    {
        x.feed(point);
        slopes.run();
        gradient.get(g);
        return f.item();
    }
    /* The Hessian at the point fed last, times [u], into [out]. */
    void times_hessian(const numbers &u, numbers &out)
    {
        v.feed(u);
        product.run();
        second.get(out);
    }
    void whole_hessian(numbers &out)
    {
        product.run();
        second.get(out);
    }
    int report() const { return tape.report(stderr); }

    const bool dense;

  private:
    tg::tape tape;
    tg::tensor x, v, f, gradient, second; /* second: H v [n], or H [n, n] */
    tg::plan value, slopes, product;
};

/* ---- Two ways to solve H p = -g ----------------------------------------------------------- */

static double dot(std::size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (std::size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static double dot(const numbers &a, const numbers &b) { return dot(a.size(), a.data(), b.data()); }

/* Conjugate gradients. */
static void solve_by_products(problem &p, const numbers &g, numbers &step)
{
    const std::size_t n = g.size();
    numbers residual(n), direction(n), hd(n);
    double square = dot(g, g);
    const double enough = std::fmin(0.1, std::sqrt(square)) * std::sqrt(square);
    for (std::size_t i = 0; i < n; i++) {
        step[i] = 0;
        residual[i] = direction[i] = -g[i];
    }
    for (std::size_t k = 0; k < 2 * n && std::sqrt(square) > enough; k++) {
        p.times_hessian(direction, hd);
        const double bend = dot(direction, hd);
        if (!(bend > 0)) {
            if (k == 0) step = direction;
            return;
        }
        const double length = square / bend, before = square;
        for (std::size_t i = 0; i < n; i++) {
            step[i] += length * direction[i];
            residual[i] -= length * hd[i];
        }
        square = dot(residual, residual);
        for (std::size_t i = 0; i < n; i++)
            direction[i] = residual[i] + square / before * direction[i];
    }
}

/* Factors H + shift = L L', with L in [l]. False if it is not positive definite. */
static bool factor(std::size_t n, const numbers &h, double shift, numbers &l)
{
    for (std::size_t i = 0; i < n; i++)
        for (std::size_t j = 0; j <= i; j++) {
            const double rest =
                h[i * n + j] + (i == j ? shift : 0) - dot(j, &l[i * n], &l[j * n]);
            if (i == j && !(rest > 0)) return false;
            l[i * n + j] = i == j ? std::sqrt(rest) : rest / l[j * n + j];
        }
    return true;
}

/* A Cholesky factorisation of the Hessian, plus a multiple of the identity if it is not positive
 * definite. */
static void solve_by_factors(problem &p, const numbers &g, numbers &step)
{
    const std::size_t n = g.size();
    numbers h(n * n), l(n * n);
    p.whole_hessian(h);
    for (double shift = 0; shift < 1e12 && !factor(n, h, shift, l);)
        shift = shift > 0 ? 4 * shift : 1;
    for (std::size_t i = 0; i < n; i++)
        step[i] = (-g[i] - dot(i, &l[i * n], step.data())) / l[i * n + i];
    for (std::size_t i = n; i-- > 0;) {
        step[i] /= l[i * n + i];
        for (std::size_t j = 0; j < i; j++) step[j] -= l[i * n + j] * step[i];
    }
}

/* ---- Newton's method ---------------------------------------------------------------------- */

/* Halves the step until f decreases enough (Armijo's rule), and moves x. Returns the factor, or
 * 0. */
static double move(problem &p, numbers &x, const numbers &step, double f, double slope)
{
    numbers trial(x.size());
    for (double length = 1; length > 1e-10; length /= 2) {
        for (std::size_t i = 0; i < x.size(); i++) trial[i] = x[i] + length * step[i];
        if (p.value_at(trial) <= f + 1e-4 * length * slope) {
            x = trial;
            return length;
        }
    }
    return 0;
}

/* Returns the number of steps; also gives the norm of the gradient. */
static std::int64_t minimise(problem &p, numbers &x, double tolerance, std::int64_t most, double &end)
{
    numbers g(x.size()), step(x.size());
    double length = 0;
    for (std::int64_t k = 0;; k++) {
        const double f = p.slopes_at(x, g);
        end = std::sqrt(dot(g, g));
        std::printf("step %3lld   f = %.6e   |gradient| = %.2e   length = %g\n",
                    static_cast<long long>(k), f, end, length);
        if (!(end > tolerance) || k == most) return k;
        (p.dense ? solve_by_factors : solve_by_products)(p, g, step);
        length = move(p, x, step, f, dot(g, step));
        if (length == 0) return k;
    }
}

/* The distance from 1 of the element that is furthest from it. */
static double distance(const numbers &x)
{
    double most = 0;
    for (double each : x) most = std::fmax(most, std::fabs(each - 1));
    return most;
}

int main(int argc, char **argv)
{
    std::int64_t n = 100, most = 500;
    double start = 1.5, tolerance = 1e-10;
    bool dense = false;
    take_options(argc, argv, about,
                 { take("dimensions", "of the function", n, 2),
                   take("start", "where each coordinate begins", start, -HUGE_VAL),
                   take("tolerance", "ends when the gradient is shorter", tolerance),
                   take("steps", "at most", most),
                   take("dense", "compute the whole Hessian", dense) });
    const double started = seconds_now();

    tg::store store(tg::store_options().with_dtype(tg::f64));
    numbers x(static_cast<std::size_t>(n), start);
    problem p(store, x.size(), dense);
    if (p.report()) return 1;
    double end = 0;
    const std::int64_t steps = minimise(p, x, tolerance, most, end);
    if (p.report()) return 1;
    print_result("newton", started, "steps=%lld gradient=%.1e distance=%.1e",
                 static_cast<long long>(steps), end, distance(x));
    return !expect_figure("gradient", end, 0, tolerance);
}
