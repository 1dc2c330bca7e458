#!/usr/bin/env python3
"""Runs the benchmarks' cases in Tapegrad and in PyTorch, in turns, and prints the ratios.

Needs a Python that has PyTorch. Both sides get the same shapes, data of the same ranges, the same
learning rates and the same number of threads; PyTorch gets what makes it faster: denormals are
flushed to zero, and the C library keeps the memory of temporaries instead of giving it back.
PyTorch runs in processes of its own, alternating with the benchmark programs within a minute, so
that whatever else the machine does meets both alike. With more than one thread, see to it that
PyTorch's OpenBLAS is the one made for OpenMP: with two kinds of threads it is far slower.

Each line is a JSON object; "ratio" is PyTorch's time over Tapegrad's: above 1, Tapegrad is faster.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

# Case: the program, what it calls the case, and the metric to compare.
CASES = {
    "mlp b1": ("mlp", "784-256-128-10 b1", "step_us"),
    "mlp b32": ("mlp", "784-256-128-10 b32", "step_us"),
    "mlp b128": ("mlp", "784-256-128-10 b128", "step_us"),
    "bigmlp b128": ("mlp", "1024-2048-2048-1000 b128", "step_us"),
    "elementwise forward": ("elementwise", "elementwise 1e6", "forward_us"),
    "elementwise": ("elementwise", "elementwise 1e6", "forward_backward_us"),
    "softmax+layernorm forward": ("elementwise", "softmax+layernorm 1024x1024", "forward_us"),
    "softmax+layernorm": ("elementwise", "softmax+layernorm 1024x1024", "forward_backward_us"),
    "chain": ("overhead", "chain 10000, 3 gradients", "define_by_run_ns"),
    "gmm gradient": ("derivatives", "gmm d=64 k=25 n=1000", "gradient_us"),
    "lse gradient": ("derivatives", "lse n=1000000", "gradient_us"),
    "kmeans gradient, diagonal": ("derivatives", "kmeans k=100 n=10000 d=8",
                                  "gradient_and_diagonal_us"),
}
RATE = 1e-6


# ---- PyTorch's side, in a process of its own ----------------------------------------------


def mlp(torch, widths, batch, adam):
    functional = torch.nn.functional
    layers = []
    for fan_in, fan_out in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    x = torch.rand(batch, widths[0])
    y = torch.arange(batch) * 7 % widths[-1]
    if adam:
        optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
    else:
        optimizer = torch.optim.SGD(net.parameters(), lr=RATE, momentum=0.9)

    def step():
        optimizer.zero_grad()
        functional.cross_entropy(net(x), y).backward()
        optimizer.step()

    return step


def of_tensor(torch, shape, function, backward):
    x = torch.empty(shape).uniform_(-3, 3).requires_grad_(backward)

    def forward_only():
        with torch.no_grad():
            function(x)

    def both():
        x.grad = None
        function(x).backward()

    return both if backward else forward_only


def elementwise(torch, backward):
    gelu = torch.nn.functional.gelu

    def function(x):
        return (torch.tanh(x) * torch.exp(-x * x) + torch.sigmoid(x) * gelu(x)).sum()

    return of_tensor(torch, (1000, 1000), function, backward)


def softmax_layernorm(torch, backward):
    factor = torch.empty(1024, 1024).uniform_(-1, 1)

    def function(x):
        p = torch.softmax(x, -1)
        return (torch.nn.functional.layer_norm(p, (1024,)) * factor).sum()

    return of_tensor(torch, (1024, 1024), function, backward)


def chain(torch):
    x, a, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True)
               for value in (1.0, 0.9999, 0.001))

    def both():
        y = x
        for _ in range(5000):
            y = y * a + b
        torch.autograd.grad(y, (x, a, b))

    return both


def uniform(torch, *shape, low=0.0):
    return torch.empty(shape, dtype=torch.float64).uniform_(low, 1)


def gmm_gradient(torch):
    """The likelihood without the prior, which is no work."""
    n, d, k = 1000, 64, 25
    x, factors = uniform(torch, n, d), 0.2 * uniform(torch, k, d + d * (d - 1) // 2, low=-1)
    alphas, means = uniform(torch, k), uniform(torch, k, d)
    columns, rows = torch.triu_indices(d, d, 1)  # below the diagonal, column by column
    for parameter in (alphas, means, factors):
        parameter.requires_grad_()

    def gradient():
        logs = factors[:, :d]
        q = torch.diag_embed(torch.exp(logs)).index_put(
            (torch.arange(k)[:, None], rows[None], columns[None]), factors[:, d:])
        away = (x @ q.reshape(k * d, d).T).reshape(n, k, d) - (q @ means[:, :, None])[:, :, 0]
        main = alphas + logs.sum(1) - 0.5 * (away * away).sum(2)
        loss = torch.logsumexp(main, 1).sum() - n * torch.logsumexp(alphas, 0)
        torch.autograd.grad(loss, (alphas, means, factors))

    return gradient


def lse_gradient(torch):
    x = uniform(torch, 1000000).requires_grad_()
    return lambda: torch.autograd.grad(torch.logsumexp(x, 0), x)


def kmeans_gradient(torch):
    points = uniform(torch, 10000, 8)
    centroids = (points[-100:] + 1e-3).requires_grad_()

    def both():
        squares = (centroids * centroids).sum(1) + (points * points).sum(1)[:, None]
        distances = squares - 2 * (points @ centroids.T)
        loss = distances.min(1)[0].sum()
        gradient, = torch.autograd.grad(loss, centroids, create_graph=True)
        torch.autograd.grad(gradient.sum(), centroids)

    return both


def build(torch, case):
    small, large = (784, 256, 128, 10), (1024, 2048, 2048, 1000)
    return {
        "mlp b1": lambda: mlp(torch, small, 1, True),
        "mlp b32": lambda: mlp(torch, small, 32, True),
        "mlp b128": lambda: mlp(torch, small, 128, True),
        "bigmlp b128": lambda: mlp(torch, large, 128, False),
        "elementwise forward": lambda: elementwise(torch, False),
        "elementwise": lambda: elementwise(torch, True),
        "softmax+layernorm forward": lambda: softmax_layernorm(torch, False),
        "softmax+layernorm": lambda: softmax_layernorm(torch, True),
        "chain": lambda: chain(torch),
        "gmm gradient": lambda: gmm_gradient(torch),
        "lse gradient": lambda: lse_gradient(torch),
        "kmeans gradient, diagonal": lambda: kmeans_gradient(torch),
    }[case]()


def measure(case, threads, seconds):
    """The median time of a call, in microseconds, on standard output."""
    import torch
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    step = build(torch, case)
    for _ in range(3):
        step()
    times = []
    begin = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(1e6 * statistics.median(times))


# ---- Taking turns --------------------------------------------------------------------------


def run_torch(case, options):
    environment = dict(os.environ,
                       OMP_NUM_THREADS=str(options.threads),
                       MALLOC_MMAP_THRESHOLD_="2000000000",
                       MALLOC_TRIM_THRESHOLD_="4000000000",
                       MALLOC_TOP_PAD_="268435456")
    command = [sys.executable, os.path.abspath(__file__), "--worker", case,
               "--threads", str(options.threads), "--seconds", str(options.seconds)]
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    us = float(result.stdout)
    return us / 10 if CASES[case][2].endswith("_ns") else us  # nanoseconds for each of 10,000


def run_tapegrad(case, options):
    program, name, metric = CASES[case]
    command = [os.path.join(options.build, "benchmarks", "bench_" + program), "--case", name,
               "--threads", str(options.threads)]
    result = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    lines = map(json.loads, result.stdout.splitlines())
    return next(line["value"] for line in lines
                if line["case"] == name and line["metric"] == metric)


def compare(case, options):
    run = {"tapegrad": run_tapegrad, "torch": run_torch}
    results = {side: [] for side in run}
    for _ in range(options.rounds):
        for side in run:
            results[side].append(run[side](case, options))
    ours, theirs = (statistics.median(results[side]) for side in ("tapegrad", "torch"))
    print(json.dumps({"bench": "compare_torch", "case": case, "metric": CASES[case][2],
                      "tapegrad": round(ours, 2), "torch": round(theirs, 2),
                      "ratio": round(theirs / ours, 2), "threads": options.threads}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="the build folder (default: build)")
    parser.add_argument("--threads", type=int, default=1, help="of both sides (default: 1)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side (default: 3)")
    parser.add_argument("--seconds", type=float, default=2, help="of PyTorch a turn (default: 2)")
    parser.add_argument("--case", default="", help="only the cases whose name contains this: "
                        + ", ".join(CASES))
    parser.add_argument("--worker", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        measure(options.worker, options.threads, options.seconds)
        return 0
    if subprocess.run([sys.executable, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode:
        print(f"{sys.executable} has no PyTorch; run this with a Python that has", file=sys.stderr)
        return 77
    for case in CASES:
        if options.case in case:
            compare(case, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
