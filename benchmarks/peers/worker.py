"""worker.py: what the workers of compare_peers in Python share. A worker is a process that makes the
training step of one case and then waits: it answers lines of standard input by lines of words
key=value, as peers/tapegrad_case.c does, too.

    at first      ready version=... first_s=... value=... later=...
    go SECONDS    us=MEDIAN runs=NUMBER     runs steps for so long, three at least
    rss           rss_mb=...                the most memory that the process has had
    else, or end  (ends)

first_s is the time from after the imports until the first step has been made, with all that is built
or compiled for it. value is the loss of the first step; later the loss after LATER further ones, or
the norm of the gradient for a case that trains nothing.

All sides begin with the same numbers: element i of what has a name is drawn from a hash of both
(`draw`), inputs as the models say, variables as `variable` says, under the names of Tapegrad's.
"""
import gc
import json
import resource
import statistics
import sys
import time

import numpy

LATER = 3


def description():
    """The case, from the command line: a JSON object as in cases.json, with "threads" and "mode"."""
    return json.loads(sys.argv[1])


# ---- The same numbers on all sides --------------------------------------------------------


def draw(name, count):
    """float32 in [0, 1): Wellons's hash lowbias32 of the index and of the name's FNV-1a."""
    seed = 2166136261
    for letter in name.encode():
        seed = (seed ^ letter) * 16777619 & 0xFFFFFFFF
    x = numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(2654435761) + numpy.uint32(seed)
    x = (x ^ x >> numpy.uint32(16)) * numpy.uint32(0x7FEB352D)
    x = (x ^ x >> numpy.uint32(15)) * numpy.uint32(0x846CA68B)
    x = (x ^ x >> numpy.uint32(16)) >> numpy.uint32(8)
    return x.astype(numpy.float32) * numpy.float32(2.0 ** -24)


def uniform(name, shape, low, high):
    low, high = numpy.float32(low), numpy.float32(high)
    return low + (high - low) * draw(name, int(numpy.prod(shape))).reshape(shape)


def classes(shape, count, factor):
    """Element i is i * factor modulo the number of classes."""
    return (numpy.arange(int(numpy.prod(shape))) * factor % count).reshape(shape)


def variable(name, shape):
    """Matrices and filters: uniform in +-1/sqrt(inputs). Vectors: 1 if they are weights, else 0.
    The shape is PyTorch's: outputs first."""
    if len(shape) > 1:
        bound = float(numpy.prod(shape[1:])) ** -0.5
        return uniform(name, shape, -bound, bound)
    return numpy.full(shape, name.endswith(".weight"), dtype=numpy.float32)


def one_hot_text(case):
    """The input of a recurrent model: [steps, batch, symbols]."""
    step, item = numpy.arange(case["steps"])[:, None], numpy.arange(case["batch"])
    symbols = case["symbols"]
    return numpy.eye(symbols, dtype=numpy.float32)[(step * 7 + item * 5) % symbols]


# ---- Steps and turns ----------------------------------------------------------------------


def run_for(step, seconds):
    times, start = [], time.perf_counter()
    end = start
    while len(times) < 3 or end - start < seconds:
        begin = time.perf_counter()
        step()
        end = time.perf_counter()
        times.append(end - begin)
    print(f"us={1e6 * statistics.median(times):.4f} runs={len(times)}", flush=True)


def serve(version, begin, step, norm=None):
    """Makes the first steps and answers until the input ends. step() returns the loss, computed;
    norm() the norm of the gradient, for a case that trains nothing; begin is when work began."""
    value = float(step())
    first = time.perf_counter() - begin
    for _ in range(LATER):
        later = float(step())
    gc.collect()
    gc.freeze()  # what the imports made is no work of a step's
    print(f"ready version={version} first_s={first:.4f} value={value:.9g} "
          f"later={norm() if norm else later:.9g}", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["go"]:
            run_for(step, float(words[1]))
        elif words[:1] == ["rss"]:
            # Linux counts it in KB.
            print(f"rss_mb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f}",
                  flush=True)
        else:
            break
