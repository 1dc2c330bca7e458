"""torch_case.py: a case of cases.json in PyTorch, as a worker of compare_peers (see worker.py).

Usage: torch_case.py DESCRIPTION, a JSON object: the case, with "threads" and "mode", one of

    eager          as most programs are written
    fused          the optimizer with fused=True: one pass over the parameters
    compile        torch.compile of the loss, the optimizer fused
    autotune       the same with max_autotune
    channels_last  fused, with images and filters in the order NHWC

Denormals are flushed to zero.
"""
import os
import time

from worker import classes, description, one_hot_text, serve, uniform, variable

CASE = description()
MODE = CASE["mode"]
os.environ["OMP_NUM_THREADS"] = str(CASE["threads"])

import torch  # noqa: E402 (the environment is set before it)
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402


# ---- Models, with Tapegrad's names of variables --------------------------------------------


class Mlp(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.count = len(widths) - 1
        for i in range(self.count):
            self.add_module(f"layer{i + 1}", nn.Linear(widths[i], widths[i + 1]))

    def forward(self, x):
        for i in range(1, self.count):
            x = functional.relu(getattr(self, f"layer{i}")(x))
        return getattr(self, f"layer{self.count}")(x)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.f1, self.f2, self.f3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.c1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.c2(x)), 2)
        x = functional.relu(self.f1(x.flatten(1)))
        return self.f3(functional.relu(self.f2(x)))


class ConvNorm(nn.Module):
    def __init__(self, fan_in, fan_out, kernel, stride):
        super().__init__()
        self.conv = nn.Conv2d(fan_in, fan_out, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(fan_out)

    def forward(self, x):
        return self.norm(self.conv(x))


class Block(nn.Module):
    def __init__(self, fan_in, fan_out, projected):
        super().__init__()
        self.more = fan_out - fan_in
        stride = 2 if self.more else 1
        self.first = ConvNorm(fan_in, fan_out, 3, stride)
        self.second = ConvNorm(fan_out, fan_out, 3, 1)
        self.down = ConvNorm(fan_in, fan_out, 1, 2) if self.more and projected else None

    def forward(self, x):
        y = self.second(functional.relu(self.first(x)))
        if self.down is not None:
            x = self.down(x)
        elif self.more:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more // 2))
        return functional.relu(y + x)


class ResNet(nn.Module):
    def __init__(self, case):
        super().__init__()
        self.pool, self.stages = case["pool"], case["stages"]
        width = case["width"]
        self.stem = ConvNorm(3, width, case["stem"], 2 if self.pool else 1)
        for s in range(self.stages):
            blocks = []
            for _ in range(case["blocks"]):
                blocks.append(Block(width, case["width"] << s, case["projected"]))
                width = case["width"] << s
            self.add_module(f"layer{s}", nn.Sequential(*blocks))
        self.fc = nn.Linear(width, case["classes"])

    def forward(self, x):
        x = functional.relu(self.stem(x))
        if self.pool:
            x = functional.max_pool2d(x, 3, 2, 1)
        for s in range(self.stages):
            x = getattr(self, f"layer{s}")(x)
        return self.fc(x.mean((2, 3)))


class Recurrent(nn.Module):
    def __init__(self, kind, symbols, hidden):
        super().__init__()
        self.net, self.out = kind(symbols, hidden), nn.Linear(hidden, symbols)

    def forward(self, x):
        return self.out(self.net(x)[0]).flatten(0, 1)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x):
        batch, steps, width = x.shape
        qkv = functional.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = (part.view(batch, steps, self.heads, -1).transpose(1, 2)
                   for part in qkv.split(width, 2))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(y.transpose(1, 2).reshape(batch, steps, width))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.linear1, self.linear2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x):
        x = x + self.self_attn(self.norm1(x))
        return x + self.linear2(functional.gelu(self.linear1(self.norm2(x))))


class Encoder(nn.Module):
    def __init__(self, case):
        super().__init__()
        width = case["width"]
        self.layers = nn.Sequential(*[Layer(width, case["heads"]) for _ in range(case["layers"])])
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        return self.norm(self.layers(x))


class Gpt(nn.Module):
    def __init__(self, case):
        super().__init__()
        self.tokens = nn.Embedding(case["symbols"], case["width"])
        self.places = nn.Embedding(case["steps"], case["width"])
        self.blocks = Encoder(case)
        self.register_buffer("at", torch.arange(case["steps"]))

    def forward(self, x):
        x = self.blocks(self.tokens(x) + self.places(self.at))
        return functional.linear(x, self.tokens.weight).flatten(0, 1)


# ---- Cases ----------------------------------------------------------------------------------


def of_numpy(array):
    return torch.from_numpy(array)


def net_and_batch():
    """The net, its input and the classes."""
    model, batch = CASE["model"], CASE["batch"]
    if model == "mlp":
        widths = CASE["widths"]
        return (Mlp(widths), uniform("x", (batch, widths[0]), 0, 1),
                classes((batch,), widths[-1], 7))
    if model == "lenet":
        return LeNet(), uniform("x", (batch, 1, 28, 28), 0, 1), classes((batch,), 10, 7)
    if model == "resnet":
        size = CASE["size"]
        return (ResNet(CASE), uniform("x", (batch, 3, size, size), 0, 1),
                classes((batch,), CASE["classes"], 7))
    symbols, steps = CASE["symbols"], CASE["steps"]
    if model in ("lstm", "gru"):
        kind = nn.LSTM if model == "lstm" else nn.GRU
        return (Recurrent(kind, symbols, CASE["hidden"]), one_hot_text(CASE),
                classes((steps * batch,), symbols, 7))
    if model == "gpt":
        return (Gpt(CASE), classes((batch, steps), symbols, 7),
                classes((batch * steps,), symbols, 11))
    raise SystemExit(f"torch_case.py: there is no model {model}")


def optimizer_of(net):
    fused = {} if MODE == "eager" else {"fused": True}
    rate = CASE["rate"]
    if CASE["optimizer"] == "adam":
        return torch.optim.Adam(net.parameters(), rate, **fused)
    if CASE["optimizer"] == "adamw":
        return torch.optim.AdamW(net.parameters(), rate, weight_decay=CASE["decay"], **fused)
    return torch.optim.SGD(net.parameters(), rate, momentum=CASE["momentum"], **fused)


def compiled(function):
    return torch.compile(function) if MODE in ("compile", "autotune") else function


def training_step():
    net, x, y = net_and_batch()
    x, y = of_numpy(x), of_numpy(y)
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(of_numpy(variable(name, tuple(parameter.shape))))
    if MODE == "channels_last":
        net, x = (net.to(memory_format=torch.channels_last),
                  x.to(memory_format=torch.channels_last))
    optimizer = optimizer_of(net)
    loss_of = compiled(lambda x, y: functional.cross_entropy(net(x), y))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(x, y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, None


def gradient_step(function, leaves):
    """A step that computes function() and its gradient by the leaves."""
    for leaf in leaves:
        leaf.requires_grad_()
    value_of = compiled(function)

    def step():
        for leaf in leaves:
            leaf.grad = None
        value = value_of()
        value.backward()
        return value.detach()

    return step, lambda: sum(float(leaf.grad.double().square().sum()) for leaf in leaves) ** 0.5


def elementwise_step():
    x = of_numpy(uniform("x", (CASE["count"],), -3, 3))
    return gradient_step(lambda: (torch.tanh(x) * torch.exp(-x * x)
                                  + torch.sigmoid(x) * functional.gelu(x)).sum(), [x])


def softmax_layernorm_step():
    shape = (CASE["rows"], CASE["columns"])
    x, factor = of_numpy(uniform("x", shape, -3, 3)), of_numpy(uniform("factor", shape, -1, 1))
    weight, bias = torch.ones(shape[1]), torch.zeros(shape[1])
    return gradient_step(lambda: (functional.layer_norm(functional.softmax(x, -1), shape[1:],
                                                        weight, bias) * factor).sum(),
                         [x, weight, bias])


def main():
    torch.set_num_threads(CASE["threads"])
    torch.set_flush_denormal(True)
    if MODE == "autotune":
        from torch._inductor import config
        config.max_autotune = True
    begin = time.perf_counter()
    if CASE["model"] == "classical":
        from torch_classical import classical_step
        step, norm = classical_step(CASE)
    else:
        functions = {"elementwise": elementwise_step, "softmax_layernorm": softmax_layernorm_step}
        step, norm = functions.get(CASE["model"], training_step)()
    serve(torch.__version__, begin, step, norm)


main()
