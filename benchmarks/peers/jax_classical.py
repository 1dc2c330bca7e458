"""jax_classical.py: classical functions of automatic differentiation in JAX, in f64, as those of
benchmarks/derivatives.c: sizes and ranges are the same, the numbers are not. jax_case.py uses it for
cases with the model "classical"; their "function" is one of those below, their "metric"

    function_us                   its value
    gradient_us, jacobian_us      that and its gradient; the Jacobian
    hvp_us                        its Hessian times a vector, forward over reverse
    gradient_and_diagonal_us      its gradient and, where the Hessian is diagonal, that
"""
import jax
import jax.numpy as jnp
import numpy
from jax import lax

from worker import uniform

jax.config.update("jax_enable_x64", True)

# Each returns the function, its parameters (a tree), and what else it is called with.


def draw(name, low, high, *shape):
    return jnp.asarray(uniform(name, shape, low, high), jnp.float64)


def gmm(_):
    n, d, k = 1000, 64, 25
    p = (draw("alphas", -1, 1, k), draw("means", 0, 1, k, d),
         draw("factors", -0.2, 0.2, k, d + d * (d - 1) // 2))
    x = draw("x", 0, 1, n, d)
    # Where each element of the k factors is: the diagonal's logarithms, what is below it, or zero.
    place = numpy.full((d, d), d + d * (d - 1) // 2)
    place[numpy.diag_indices(d)] = numpy.arange(d)
    columns, rows = numpy.triu_indices(d, 1)
    place[rows, columns] = d + numpy.arange(rows.size)

    def function(p, x):
        alphas, means, factors = p
        logs, below = factors[:, :d], factors[:, d:]
        q = jnp.concatenate([jnp.exp(logs), below, jnp.zeros((k, 1))], 1)[:, place]
        away = jnp.einsum("nj,kij->nki", x, q) - jnp.einsum("kij,kj->ki", q, means)
        main = alphas + logs.sum(1) - 0.5 * jnp.square(away).sum(-1)
        like = jax.nn.logsumexp(main, axis=1).sum() - n * jax.nn.logsumexp(alphas)
        return like - 0.5 * (jnp.exp(2 * logs).sum() + jnp.square(below).sum())

    return function, p, (x,)


def lse(_):
    return jax.nn.logsumexp, draw("x", 0, 1, 1000000), ()


def kmeans(_):
    points = draw("points", 0, 1, 10000, 8)

    def function(c, points):
        return ((jnp.square(c).sum(1) - 2 * points @ c.T).min(1).sum()
                + jnp.square(points).sum())

    return function, points[-100:] + 1e-3, (points,)


def kmeans_nearest(_):
    points = draw("points", 0, 1, 10000, 8)

    def function(c, points):
        away = lax.stop_gradient(jnp.square(c).sum(1) - 2 * points @ c.T)
        return jnp.square(c[jnp.argmin(away, 1)] - points).sum()

    return function, points[-100:] + 1e-3, (points,)


def llsq(unroll):
    """A fit of a polynomial; its loop is written out by Python, or a scan that is unrolled in part."""
    m, n = 128, 16392

    def function(x):
        t = -1 + jnp.arange(n) * (2.0 / (n - 1))
        if unroll > 1:
            fit, _ = lax.scan(lambda c, xj: (c * t + xj, None), jnp.zeros(n), x[::-1],
                              unroll=unroll)
        else:
            fit = x[m - 1]
            for j in range(m - 2, -1, -1):
                fit = fit * t + x[j]
        return 0.5 * jnp.square(jnp.sign(t) - fit).sum()

    return function, draw("x", -1, 1, m), ()


def lstm(unroll):
    layers, width, steps = 2, 14, 1024
    p = draw("main", -1, 1, 2 * layers, 4 * width), draw("extra", -1, 1, 3, width)
    state = draw("state", -1, 1, 2 * layers, width)
    sequence = jnp.floor(draw("sequence", 0, 2, steps, width))

    def function(p, state, sequence):
        main, extra = p
        weight = main[0::2].reshape(layers, 4, width)
        bias = main[1::2].reshape(layers, 4, width)

        def step(s, x):
            out = []
            for i in range(layers):
                h, c = s[2 * i], s[2 * i + 1]
                forget = jax.nn.sigmoid(x * weight[i, 0] + bias[i, 0])
                ingate = jax.nn.sigmoid(h * weight[i, 1] + bias[i, 1])
                outgate = jax.nn.sigmoid(x * weight[i, 2] + bias[i, 2])
                c = c * forget + ingate * jnp.tanh(h * weight[i, 3] + bias[i, 3])
                h = outgate * jnp.tanh(c)
                out += [h, c]
                x = h
            return tuple(out), x

        _, said = lax.scan(step, tuple(state), sequence[:-1] * extra[0], unroll=unroll)
        y = said * extra[1] + extra[2]
        total = jnp.log(2 + jnp.exp(y).sum(1, keepdims=True))
        return -(sequence[1:] * (y - total)).sum() / (width * (steps - 1))

    return function, p, (state, sequence)


def ode(unroll):
    n, steps = 1000, 100
    h = 2.0 / steps

    def function(x, w):
        def slope(y):
            return x * jnp.concatenate([jnp.ones(1), y[:-1]])

        def step(y, _):
            k1 = slope(y)
            k2 = slope(y + h / 2 * k1)
            k3 = slope(y + h / 2 * k2)
            k4 = slope(y + h * k3)
            return y + h / 6 * (k1 + 2 * (k2 + k3) + k4), None

        y, _ = lax.scan(step, jnp.zeros(n), None, length=steps, unroll=unroll)
        return (y * w).sum()

    return function, draw("x", 0, 1, n), (draw("w", -1, 1, n),)


def det(_):
    """By minors, each of them once."""
    n = 8

    def function(a):
        made = {}

        def minor(row, columns):
            if columns not in made:
                total, sign = 0.0, 1
                for j in range(n):
                    if columns >> j & 1:
                        rest = 1.0 if row == n - 1 else minor(row + 1, columns & ~(1 << j))
                        total = total + sign * a[row, j] * rest
                        sign = -sign
                made[columns] = total
            return made[columns]

        return minor(0, (1 << n) - 1)

    return function, draw("a", -1, 1, n, n), ()


def bundles():
    """The residuals of bundle adjustment, of one observation; cameras, points and observations."""
    cameras, points, count = 49, 7776, 31843
    camera = numpy.array([-0.76, -1.11, -0.85, 34.6, 39.7, 53.9, 419, 5.86, -8.52, 0.088, 0.0027])
    cam = camera * draw("cameras", 0.95, 1.05, cameras, 11)
    pts = numpy.array([7.2, 0.0011, 3.02]) + draw("points", -0.5, 0.5, points, 3)
    at = numpy.arange(count)

    def residual(c, x, w, seen):
        y, r = x - c[3:6], c[:3]
        square = r @ r
        angle = jnp.sqrt(jnp.where(square > 0, square, 1.0))
        axis, cos, sin = r / angle, jnp.cos(angle), jnp.sin(angle)
        turned = y * cos + jnp.cross(axis, y) * sin + axis * (axis @ y) * (1 - cos)
        turned = jnp.where(square > 0, turned, y + jnp.cross(r, y))
        q = turned[:2] / turned[2]
        s = q @ q
        return w * (q * (1 + c[9] * s + c[10] * s * s) * c[6] + c[7:9] - seen)

    return residual, (cam, pts, draw("weights", 0, 1, count), draw("seen", 200, 900, count, 2),
                      jnp.asarray(at % cameras), jnp.asarray(at % points))


def ba_call(metric):
    residual, arrays = bundles()
    one = residual if metric == "function_us" else jax.jacrev(residual, (0, 1, 2))

    def call(cam, pts, w, seen, camera_at, point_at):
        rest = 1 - w * w if metric == "function_us" else -2 * w
        return rest, jax.vmap(one)(cam[camera_at], pts[point_at], w, seen)

    return jax.jit(call), arrays


def call_of(function, p, rest, metric):
    """The jitted call and its arguments; its result begins with the value, or what has one."""
    if metric == "function_us":
        return jax.jit(function), (p, *rest)
    if metric == "gradient_us":
        return jax.jit(jax.value_and_grad(function)), (p, *rest)
    if metric == "hvp_us":
        def product(p, v, *rest):
            return jax.jvp(lambda q: jax.grad(function)(q, *rest), (p,), (v,))[1]
        v = jax.tree_util.tree_map(lambda a: draw("direction", -1, 1, *a.shape), p)
    elif metric == "gradient_and_diagonal_us":
        def product(p, v, *rest):
            return jax.jvp(lambda q: jax.value_and_grad(function)(q, *rest), (p,), (v,))
        v = jax.tree_util.tree_map(jnp.ones_like, p)
    else:
        raise SystemExit(f"jax_classical.py: there is no metric {metric}")
    return jax.jit(product), (p, v, *rest)


def classical_step(case, unroll):
    if case["function"] == "ba":
        call, arguments = ba_call(case["metric"])
    else:
        function, p, rest = globals()[case["function"]](unroll)
        call, arguments = call_of(function, p, rest, case["metric"])

    def step():
        out = jax.block_until_ready(call(*arguments))
        return jax.tree_util.tree_leaves(out)[0].ravel()[0]

    return step, None
