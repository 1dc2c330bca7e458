"""A saved store, read by the safetensors package; and a file of that package's, loaded into a store.

Usage: safetensors_files.py BUILD_FOLDER     (77: there is no safetensors)
"""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from safetensors.numpy import load_file, save_file
except ImportError as missing:
    print(missing)
    sys.exit(77)

ROWS = (('fc.weight', '<f4', (3, 5)), ('fc.bias', '<f8', (7,)), ('count.i32', '<i4', (2, 1, 3)),
        ('count.i64', '<i8', (9,)), ('bytes', 'u1', (11,)), ('flags', '?', (4, 4)),
        ('scalar größe', '<f4', ()), ('none', '<f8', (0, 3)))


def values(k, dtype, shape):
    """As safetensors_files.c makes them."""
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    data = ((37 * np.arange(size) + 11 * k + 5) % 256).astype(np.uint8)
    if dtype == '?':
        data &= 1
    return np.frombuffer(data.tobytes(), dtype=dtype).reshape(shape)


def main():
    program = os.path.join(sys.argv[1], 'tests', 'interop', 'safetensors_files')
    wanted = {name: values(k, dtype, shape) for k, (name, dtype, shape) in enumerate(ROWS)}
    with tempfile.TemporaryDirectory() as place:
        ours, theirs = os.path.join(place, 'ours'), os.path.join(place, 'theirs')
        subprocess.run([program, 'write', ours], check=True)
        found = load_file(ours)
        if set(found) != set(wanted):
            sys.exit('names: %s' % sorted(set(found) ^ set(wanted)))
        for name, array in wanted.items():
            is_ = found[name]
            if (is_.dtype, is_.shape, is_.tobytes()) != (array.dtype, array.shape, array.tobytes()):
                sys.exit('%s: %s %s' % (name, is_.dtype, is_.shape))
        save_file(wanted, theirs)
        subprocess.run([program, 'check', theirs], check=True)


main()
