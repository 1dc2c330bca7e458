"""torch_classical.py: classical functions of automatic differentiation in PyTorch, in f64, as those of
benchmarks/derivatives.c: sizes and ranges are the same, the numbers are not. torch_case.py uses it for
cases with the model "classical"."""
import torch

from worker import uniform


def draw(name, low, high, *shape):
    return torch.from_numpy(uniform(name, shape, low, high)).double()


def gradient_of(function, parameters):
    for parameter in parameters:
        parameter.requires_grad_()

    def step():
        value = function(*parameters)
        torch.autograd.grad(value, parameters)
        return value.detach()

    return step


def gmm():
    n, d, k = 1000, 64, 25
    x = draw("x", 0, 1, n, d)
    columns, rows = torch.triu_indices(d, d, 1)  # below the diagonal, column by column

    def function(alphas, means, factors):
        logs, below = factors[:, :d], factors[:, d:]
        q = torch.diag_embed(torch.exp(logs)).index_put(
            (torch.arange(k)[:, None], rows[None], columns[None]), below)
        away = (x @ q.reshape(k * d, d).T).reshape(n, k, d) - (q @ means[:, :, None])[:, :, 0]
        main = alphas + logs.sum(1) - 0.5 * away.square().sum(2)
        like = torch.logsumexp(main, 1).sum() - n * torch.logsumexp(alphas, 0)
        return like - 0.5 * (torch.exp(2 * logs).sum() + below.square().sum())

    return gradient_of(function, [draw("alphas", -1, 1, k), draw("means", 0, 1, k, d),
                                  draw("factors", -0.2, 0.2, k, d + d * (d - 1) // 2)])


def lse():
    return gradient_of(lambda x: torch.logsumexp(x, 0), [draw("x", 0, 1, 1000000)])


def kmeans_function(points):
    def function(centroids):
        squares = centroids.square().sum(1) - 2 * (points @ centroids.T)
        return squares.min(1)[0].sum() + points.square().sum()

    return function


def kmeans():
    points = draw("points", 0, 1, 10000, 8)
    return gradient_of(kmeans_function(points), [points[-100:] + 1e-3])


def kmeans_both():
    """The gradient, and the Hessian, which is diagonal."""
    points = draw("points", 0, 1, 10000, 8)
    function = kmeans_function(points)
    centroids = (points[-100:] + 1e-3).requires_grad_()

    def step():
        value = function(centroids)
        gradient, = torch.autograd.grad(value, centroids, create_graph=True)
        torch.autograd.grad(gradient.sum(), centroids)
        return value.detach()

    return step


def chain():
    """10,000 operations on numbers, recorded anew by each step."""
    def function(x, a, b):
        for _ in range(5000):
            x = x * a + b
        return x

    return gradient_of(function, [torch.tensor(value, dtype=torch.float64)
                                  for value in (1.0, 0.9999, 0.001)])


def classical_step(case):
    both = case["metric"] == "gradient_and_diagonal_us"
    step = globals()[case["function"] + ("_both" if both else "")]()
    return step, None
