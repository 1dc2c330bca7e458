"""jax_case.py: a case of cases.json in JAX on the CPU, as a worker of compare_peers (see worker.py).

Usage: jax_case.py DESCRIPTION, a JSON object: the case, with "threads" and "mode", one of

    jit        one jitted function makes the whole step; parameters and the optimizer's state are
               donated, so that they are updated in place
    nhwc       the same with images in the order NHWC, filters HWIO
    unrolled   the same; the loops of recurrent models are unrolled four times, those of
               classical functions eight times
    vector512  the same; XLA prefers vectors of 512 bits

XLA flushes denormals to zero.
"""
import os
import time

from worker import classes, description, one_hot_text, serve, uniform, variable

CASE = description()
MODE = CASE["mode"]
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = " ".join(
    ["--xla_cpu_multi_thread_eigen=false"] * (CASE["threads"] == 1)
    + ["--xla_cpu_prefer_vector_width=512"] * (MODE == "vector512"))

import jax  # noqa: E402 (the environment is set before it)
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402
from jax import lax  # noqa: E402

LAST = MODE == "nhwc"  # channels are the last axis
CHANNELS = 3 if LAST else 1
PIXELS = (1, 2) if LAST else (2, 3)
UNROLL = 4 if MODE == "unrolled" else 1


# ---- Layers ---------------------------------------------------------------------------------
#
# A layer's parameters are a dictionary: "w" and "b". Matrices are [in, out], as x @ w has them.


def of_numpy(array):
    return jnp.asarray(numpy.ascontiguousarray(array))


def vector(name, count):
    return of_numpy(variable(name, (count,)))


def matrix(name, fan_in, fan_out):
    return of_numpy(variable(name, (fan_out, fan_in)).T)


def linear_new(name, fan_in, fan_out):
    return {"w": matrix(name + ".weight", fan_in, fan_out), "b": vector(name + ".bias", fan_out)}


def linear(p, x):
    return x @ p["w"] + p["b"]


def cross_entropy(logits, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()


def filters(name, fan_in, fan_out, kernel):
    w = variable(name + ".weight", (fan_out, fan_in, kernel, kernel))
    return of_numpy(w.transpose(2, 3, 1, 0) if LAST else w)


def conv(w, x, stride, padding):
    order = ("NHWC", "HWIO", "NHWC") if LAST else ("NCHW", "OIHW", "NCHW")
    return lax.conv_general_dilated(x, w, (stride, stride), [(padding, padding)] * 2,
                                    dimension_numbers=order)


def by_channel(v):
    return v if LAST else v[:, None, None]


def max_pool(x, kernel, stride, padding):
    window, strides, pads = [1] * 4, [1] * 4, [(0, 0)] * 4
    for axis in PIXELS:
        window[axis], strides[axis], pads[axis] = kernel, stride, (padding, padding)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, strides, pads)


def images(batch, channels, size):
    x = uniform("x", (batch, channels, size, size), 0, 1)
    return of_numpy(x.transpose(0, 2, 3, 1) if LAST else x)


# ---- Models: parameters, what else changes, the batch, and the loss -------------------------
#
# loss(p, s, x, y) returns the loss and the new s.


def labels(shape, count, factor):
    return of_numpy(classes(shape, count, factor).astype(numpy.int32))


def mlp():
    widths, batch = CASE["widths"], CASE["batch"]
    p = [linear_new(f"layer{i + 1}", *pair) for i, pair in enumerate(zip(widths, widths[1:]))]

    def loss(p, s, x, y):
        for layer in p[:-1]:
            x = jax.nn.relu(linear(layer, x))
        return cross_entropy(linear(p[-1], x), y), s

    x = of_numpy(uniform("x", (batch, widths[0]), 0, 1))
    return p, {}, x, labels((batch,), widths[-1], 7), loss


def lenet():
    p = {"c1": {"w": filters("c1", 1, 6, 5), "b": vector("c1.bias", 6)},
         "c2": {"w": filters("c2", 6, 16, 5), "b": vector("c2.bias", 16)},
         "f1": linear_new("f1", 400, 120), "f2": linear_new("f2", 120, 84),
         "f3": linear_new("f3", 84, 10)}

    def loss(p, s, x, y):
        for name, padding in (("c1", 2), ("c2", 0)):
            x = conv(p[name]["w"], x, 1, padding) + by_channel(p[name]["b"])
            x = max_pool(jax.nn.relu(x), 2, 2, 0)
        x = x.transpose(0, 3, 1, 2) if LAST else x
        x = jax.nn.relu(linear(p["f1"], x.reshape(x.shape[0], -1)))
        return cross_entropy(linear(p["f3"], jax.nn.relu(linear(p["f2"], x))), y), s

    return p, {}, images(CASE["batch"], 1, 28), labels((CASE["batch"],), 10, 7), loss


def conv_norm_new(p, s, name, fan_in, fan_out, kernel):
    p[name] = {"w": filters(name + ".conv", fan_in, fan_out, kernel),
               "g": jnp.ones(fan_out), "b": jnp.zeros(fan_out)}
    s[name] = {"mean": jnp.zeros(fan_out), "variance": jnp.ones(fan_out)}


def conv_norm(p, s, new, name, x, stride, padding):
    p, s = p[name], s[name]
    x = conv(p["w"], x, stride, padding)
    axes = tuple(axis for axis in range(4) if axis != CHANNELS)
    mean = x.mean(axes)
    centered = x - by_channel(mean)
    variance = jnp.square(centered).mean(axes)
    count = x.size // x.shape[CHANNELS]
    new[name] = {"mean": 0.9 * s["mean"] + 0.1 * mean,
                 "variance": 0.9 * s["variance"] + 0.1 * variance * (count / (count - 1))}
    return centered * by_channel(p["g"] * lax.rsqrt(variance + 1e-5)) + by_channel(p["b"])


def resnet():
    p, s, blocks, fan_in = {}, {}, [], CASE["width"]
    conv_norm_new(p, s, "stem", 3, fan_in, CASE["stem"])
    for stage in range(CASE["stages"]):
        for block in range(CASE["blocks"]):
            name, fan_out = f"layer{stage}.{block}", CASE["width"] << stage
            conv_norm_new(p, s, name + ".first", fan_in, fan_out, 3)
            conv_norm_new(p, s, name + ".second", fan_out, fan_out, 3)
            if fan_in != fan_out and CASE["projected"]:
                conv_norm_new(p, s, name + ".down", fan_in, fan_out, 1)
            blocks.append((name, fan_out - fan_in))
            fan_in = fan_out
    p["fc"] = linear_new("fc", fan_in, CASE["classes"])

    def shortcut(p, s, new, name, x, more):
        if CASE["projected"]:
            return conv_norm(p, s, new, name + ".down", x, 2, 0)
        x = x[:, ::2, ::2] if LAST else x[:, :, ::2, ::2]
        pads = [(0, 0)] * 4
        pads[CHANNELS] = (more // 2, more // 2)
        return jnp.pad(x, pads)

    def loss(p, s, x, y):
        new = {}
        x = conv_norm(p, s, new, "stem", x, 2 if CASE["pool"] else 1, CASE["stem"] // 2)
        x = jax.nn.relu(x)
        if CASE["pool"]:
            x = max_pool(x, 3, 2, 1)
        for name, more in blocks:
            z = conv_norm(p, s, new, name + ".first", x, 2 if more else 1, 1)
            z = conv_norm(p, s, new, name + ".second", jax.nn.relu(z), 1, 1)
            x = jax.nn.relu((shortcut(p, s, new, name, x, more) if more else x) + z)
        return cross_entropy(linear(p["fc"], x.mean(PIXELS)), y), new

    x = images(CASE["batch"], 3, CASE["size"])
    return p, s, x, labels((CASE["batch"],), CASE["classes"], 7), loss


def recurrent():
    symbols, hidden, is_lstm = CASE["symbols"], CASE["hidden"], CASE["model"] == "lstm"
    gates = (4 if is_lstm else 3) * hidden
    p = {"wi": matrix("net.weight_ih_l0", symbols, gates),
         "wh": matrix("net.weight_hh_l0", hidden, gates), "bi": vector("net.bias_ih_l0", gates),
         "bh": vector("net.bias_hh_l0", gates), "out": linear_new("out", hidden, symbols)}

    def loss(p, s, x, y):
        def lstm(carried, inward):
            h, c = carried
            i, f, g, o = jnp.split(inward + h @ p["wh"] + p["bh"], 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        def gru(h, inward):
            ri, zi, ni = jnp.split(inward, 3, -1)
            rh, zh, nh = jnp.split(h @ p["wh"] + p["bh"], 3, -1)
            r, z = jax.nn.sigmoid(ri + rh), jax.nn.sigmoid(zi + zh)
            h = (1 - z) * jnp.tanh(ni + r * nh) + z * h
            return h, h

        zero = jnp.zeros((x.shape[1], hidden))
        _, said = lax.scan(lstm if is_lstm else gru, (zero, zero) if is_lstm else zero,
                           x @ p["wi"] + p["bi"], unroll=UNROLL)
        return cross_entropy(linear(p["out"], said).reshape(-1, symbols), y), s

    y = labels((CASE["steps"] * CASE["batch"],), symbols, 7)
    return p, {}, of_numpy(one_hot_text(CASE)), y, loss


def layer_norm_new(width):
    return {"w": jnp.ones(width), "b": jnp.zeros(width)}


def layer_norm(p, x):
    centered = x - x.mean(-1, keepdims=True)
    variance = jnp.square(centered).mean(-1, keepdims=True)
    return centered * lax.rsqrt(variance + 1e-5) * p["w"] + p["b"]


def gpt():
    width, heads, symbols = CASE["width"], CASE["heads"], CASE["symbols"]
    batch, steps = CASE["batch"], CASE["steps"]

    def layer_new(name):
        attention = name + ".self_attn."
        return {"norm1": layer_norm_new(width), "norm2": layer_norm_new(width),
                "in": {"w": matrix(attention + "in_proj_weight", width, 3 * width),
                       "b": vector(attention + "in_proj_bias", 3 * width)},
                "out": linear_new(attention + "out_proj", width, width),
                "linear1": linear_new(name + ".linear1", width, 4 * width),
                "linear2": linear_new(name + ".linear2", 4 * width, width)}

    p = {"tokens": of_numpy(variable("tokens.weight", (symbols, width))),
         "places": of_numpy(variable("places.weight", (steps, width))),
         "layers": [layer_new(f"blocks.layers.{i}") for i in range(CASE["layers"])],
         "norm": layer_norm_new(width)}
    past = jnp.tril(jnp.ones((steps, steps), bool))

    def attention(p, x):
        q, k, v = (part.reshape(batch, steps, heads, -1)
                   for part in jnp.split(linear(p["in"], x), 3, -1))
        scores = jnp.einsum("bthd,bshd->bhts", q, k) * (width // heads) ** -0.5
        weights = jax.nn.softmax(jnp.where(past, scores, -jnp.inf), -1)
        y = jnp.einsum("bhts,bshd->bthd", weights, v)
        return linear(p["out"], y.reshape(batch, steps, width))

    def loss(p, s, x, y):
        x = p["tokens"][x] + p["places"]
        for layer in p["layers"]:
            x = x + attention(layer, layer_norm(layer["norm1"], x))
            wide = linear(layer["linear1"], layer_norm(layer["norm2"], x))
            x = x + linear(layer["linear2"], jax.nn.gelu(wide, approximate=False))
        logits = layer_norm(p["norm"], x) @ p["tokens"].T
        return cross_entropy(logits.reshape(-1, symbols), y), s

    x, y = labels((batch, steps), symbols, 7), labels((batch * steps,), symbols, 11)
    return p, {}, x, y, loss


# ---- Optimizers, as PyTorch's ---------------------------------------------------------------

tree_map = jax.tree_util.tree_map


def optimizer_of(p):
    """Its state, and update(p, gradient, state), which returns new ones of p and state."""
    rate = CASE["rate"]
    zeros = tree_map(jnp.zeros_like, p)
    if CASE["optimizer"] == "sgd":
        momentum = CASE["momentum"]

        def sgd(p, g, m):
            m = tree_map(lambda m, g: momentum * m + g, m, g)
            return tree_map(lambda p, m: p - rate * m, p, m), m

        return zeros, sgd
    decay = CASE.get("decay", 0.0)

    def adam(p, g, state):
        t = state["t"] + 1
        first, second = 1 / (1 - 0.9 ** t), 1 / (1 - 0.999 ** t)
        m = tree_map(lambda m, g: 0.9 * m + 0.1 * g, state["m"], g)
        v = tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, state["v"], g)
        p = tree_map(lambda p, m, v: p * (1 - rate * decay)
                     - rate * first * m / (jnp.sqrt(v * second) + 1e-8), p, m, v)
        return p, {"m": m, "v": v, "t": t}

    return {"m": zeros, "v": tree_map(jnp.copy, zeros), "t": jnp.zeros((), jnp.float32)}, adam


# ---- Steps ----------------------------------------------------------------------------------


def training_step(model):
    p, s, x, y, loss = model()
    state, update = optimizer_of(p)

    def train(p, s, state, x, y):
        (value, s), g = jax.value_and_grad(loss, has_aux=True)(p, s, x, y)
        return (*update(p, g, state), s, value)

    jitted = jax.jit(train, donate_argnums=(0, 1, 2))
    held = [p, s, state]

    def step():
        p, state, s, value = jitted(*held, x, y)
        held[:] = p, s, state
        jax.block_until_ready((held, value))
        return value

    return step, None


def gradient_step(function, leaves, rest):
    jitted = jax.jit(jax.value_and_grad(function, tuple(range(len(leaves)))))
    last = []

    def step():
        last[:] = jax.block_until_ready(jitted(*leaves, *rest))
        return last[0]

    def norm():
        return sum(float(numpy.square(numpy.asarray(g, numpy.float64)).sum())
                   for g in last[1]) ** 0.5

    return step, norm


def elementwise_step():
    def function(x):
        gelu = jax.nn.gelu(x, approximate=False)
        return (jnp.tanh(x) * jnp.exp(-x * x) + jax.nn.sigmoid(x) * gelu).sum()

    return gradient_step(function, [of_numpy(uniform("x", (CASE["count"],), -3, 3))], [])


def softmax_layernorm_step():
    rows, columns = CASE["rows"], CASE["columns"]

    def function(x, weight, bias, factor):
        return (layer_norm({"w": weight, "b": bias}, jax.nn.softmax(x, -1)) * factor).sum()

    return gradient_step(function, [of_numpy(uniform("x", (rows, columns), -3, 3)),
                                    jnp.ones(columns), jnp.zeros(columns)],
                         [of_numpy(uniform("factor", (rows, columns), -1, 1))])


def main():
    begin = time.perf_counter()
    functions = {"elementwise": elementwise_step, "softmax_layernorm": softmax_layernorm_step}
    models = {"mlp": mlp, "lenet": lenet, "resnet": resnet, "lstm": recurrent, "gru": recurrent,
              "gpt": gpt}
    if CASE["model"] == "classical":
        from jax_classical import classical_step
        step, norm = classical_step(CASE, 2 * UNROLL if UNROLL > 1 else 1)
    elif CASE["model"] in functions:
        step, norm = functions[CASE["model"]]()
    else:
        step, norm = training_step(models[CASE["model"]])
    serve(jax.__version__, begin, step, norm)


main()
