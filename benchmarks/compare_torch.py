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
    "lstm": ("recurrent", "lstm 64-128-64 x 64 b32", "step_us"),
    "gru": ("recurrent", "gru 64-128-64 x 64 b32", "step_us"),
    "lenet b32": ("convolution", "lenet b32", "step_us"),
    "lenet b128": ("convolution", "lenet b128", "step_us"),
    "resnet20": ("convolution", "resnet20 b32", "step_us"),
    "gpt": ("gpt", "gpt 4x128 x 128 b8", "step_us"),
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


def training_of_images(torch, net, optimizer, shape):
    x = torch.rand(shape)
    y = torch.arange(shape[0]) * 7 % 10

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()

    return step


def lenet(torch, batch):
    nn = torch.nn
    net = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                        nn.Linear(84, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
    return training_of_images(torch, net, optimizer, (batch, 1, 28, 28))


def resnet20(torch):
    """He et al.'s for CIFAR-10, with shortcuts of kind A: every second pixel, and zeros."""
    nn, functional = torch.nn, torch.nn.functional

    def normal_convolution(fan_in, fan_out, stride):
        return nn.Sequential(nn.Conv2d(fan_in, fan_out, 3, stride, padding=1, bias=False),
                             nn.BatchNorm2d(fan_out))

    class Block(nn.Module):
        def __init__(self, fan_in, fan_out):
            super().__init__()
            self.more = fan_out - fan_in
            self.first = normal_convolution(fan_in, fan_out, 2 if self.more else 1)
            self.second = normal_convolution(fan_out, fan_out, 1)

        def forward(self, x):
            y = self.second(functional.relu(self.first(x)))
            if self.more:
                x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more // 2))
            return functional.relu(y + x)

    widths = (16, 16, 16, 16, 32, 32, 32, 64, 64, 64)
    net = nn.Sequential(normal_convolution(3, 16, 1), nn.ReLU(),
                        *[Block(*pair) for pair in zip(widths, widths[1:])],
                        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE, momentum=0.9)
    return training_of_images(torch, net, optimizer, (32, 3, 32, 32))


def recurrent(torch, kind):
    """A character model: 64 symbols, one-hot, 128 units, 64 steps, 32 sequences."""
    symbols, hidden, steps, batch = 64, 128, 64, 32
    net, out = kind(symbols, hidden), torch.nn.Linear(hidden, symbols)
    text = (7 * torch.arange(steps)[:, None] + 5 * torch.arange(batch)) % symbols
    x = torch.nn.functional.one_hot(text, symbols).float()
    y = ((text + 7) % symbols).reshape(-1)
    optimizer = torch.optim.Adam([*net.parameters(), *out.parameters()], lr=RATE)

    def step():
        optimizer.zero_grad()
        logits = out(net(x)[0]).reshape(-1, symbols)
        torch.nn.functional.cross_entropy(logits, y).backward()
        optimizer.step()

    return step


def gpt(torch):
    """A character model: 64 symbols, 4 blocks of width 128 with 4 heads, 128 steps, batch 8."""
    nn, functional = torch.nn, torch.nn.functional
    symbols, width, heads, layers, steps, batch = 64, 128, 4, 4, 128, 8
    future = ~torch.ones(steps, steps, dtype=torch.bool).tril()

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.inward, self.outward = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            q, k, v = (part.view(batch, steps, heads, -1).transpose(1, 2)
                       for part in self.inward(self.norm1(x)).split(width, 2))
            scores = (q @ k.transpose(2, 3)) * (width // heads) ** -0.5
            weights = torch.softmax(scores.masked_fill(future, float("-inf")), -1)
            x = x + self.outward((weights @ v).transpose(1, 2).reshape(batch, steps, width))
            return x + self.narrow(functional.gelu(self.wide(self.norm2(x))))

    tokens, positions = nn.Embedding(symbols, width), nn.Embedding(steps, width)
    net = nn.Sequential(*[Block() for _ in range(layers)], nn.LayerNorm(width),
                        nn.Linear(width, symbols, bias=False))
    text = (7 * torch.arange(steps) + 5 * torch.arange(batch)[:, None]) % symbols
    y = ((text + 7) % symbols).reshape(-1)
    parameters = [*tokens.parameters(), *positions.parameters(), *net.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=RATE)

    def step():
        optimizer.zero_grad()
        logits = net(tokens(text) + positions(torch.arange(steps)))
        functional.cross_entropy(logits.reshape(-1, symbols), y).backward()
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
        "lstm": lambda: recurrent(torch, torch.nn.LSTM),
        "gru": lambda: recurrent(torch, torch.nn.GRU),
        "lenet b32": lambda: lenet(torch, 32),
        "lenet b128": lambda: lenet(torch, 128),
        "resnet20": lambda: resnet20(torch),
        "gpt": lambda: gpt(torch),
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
