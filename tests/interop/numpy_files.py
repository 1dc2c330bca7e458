#!/usr/bin/env python3
"""NumPy's files by NumPy itself: makes .npy and .npz files of every kind, has the program numpy_files
of the build read them and write them again, and compares what NumPy reads of that.

Usage: numpy_files.py BUILD_FOLDER      (the status is 77 where there is no NumPy)
"""
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

try:
    import numpy as np
except ImportError:
    print('there is no NumPy')
    sys.exit(77)

# What each dtype is read as.
DTYPES = {
    '?': '?', 'u1': 'u1', 'i1': 'i4', 'i2': 'i4', 'u2': 'i4', 'i4': 'i4', 'u4': 'i8', 'i8': 'i8',
    'u8': 'i8', 'f2': 'f4', 'f4': 'f4', 'f8': 'f8',
}
SHAPES = [(), (1,), (7,), (0,), (3, 0, 2), (2, 3), (40, 50), (2, 3, 4), (1, 2, 1, 2, 1, 2, 1, 2)]
REFUSED = {
    'complex': np.zeros(2, 'c16'), 'text': np.array(['a']), 'bytes': np.array([b'a']),
    'objects': np.array([{}], dtype=object), 'dates': np.zeros(2, 'M8[s]'),
    'records': np.zeros(2, [('a', 'i4'), ('b', 'f8', (2,))]), 'rank 9': np.zeros((1,) * 9),
    'beyond i64': np.array([1, 2**63], 'u8'), 'long doubles': np.zeros(2, np.longdouble),
}


def numbers(dtype, shape, random):
    """Every bit drawn, as far as that makes numbers; halves of it special ones."""
    count = int(np.prod(shape, dtype=np.int64))
    kind = np.dtype(dtype)
    if kind.kind == 'b':
        return random.integers(0, 2, count).astype(bool).reshape(shape)
    bits = random.integers(0, 256, count * kind.itemsize, dtype=np.uint8)
    values = bits.view(kind.newbyteorder('=')).copy()
    if kind.kind == 'u' and kind.itemsize == 8:
        values >>= np.uint64(1)
    if kind.kind == 'f' and count:
        values[::3] = np.inf
        values[1::3] = -0.0
    return values.reshape(shape)


class Check:
    def __init__(self, build, folder):
        self.program = pathlib.Path(build) / 'tests' / 'interop' / 'numpy_files'
        self.folder = pathlib.Path(folder)
        self.done = 0

    def run(self, name, compress=False):
        """The program's copy of a file; None and its error if it refuses."""
        out = self.folder / ('copy-' + name)
        out.unlink(missing_ok=True)
        command = [str(self.program), str(self.folder / name), str(out)]
        result = subprocess.run(command + ['compress'] * compress, capture_output=True, text=True,
                                check=False)
        self.done += 1
        if result.returncode not in (0, 1):
            sys.exit('numpy_files ended with %d: %s' % (result.returncode, result.stderr))
        return (out if result.returncode == 0 else None), result.stdout, result.stderr

    def same(self, what, is_, wanted):
        equal = (is_.dtype == wanted.dtype and is_.shape == wanted.shape and
                 is_.tobytes() == wanted.tobytes())
        if not equal and is_.dtype.kind == 'f' and is_.shape == wanted.shape:
            # A NaN of a half keeps its bits by a way of ours, and by another of NumPy's.
            equal = is_.dtype == wanted.dtype and np.array_equal(is_, wanted, equal_nan=True)
        if not equal:
            sys.exit('%s: %s %s is not %s %s' % (what, is_.dtype, is_.shape, wanted.dtype,
                                                 wanted.shape))

    def accepted(self, name, what, **options):
        out, text, error = self.run(name, **options)
        if out is None:
            sys.exit('%s: refused: %s' % (what, error))
        return out, text

    def one(self, array, target, what, version=None):
        with open(self.folder / 'a.npy', 'wb') as file:
            np.lib.format.write_array(file, array, version=version)
        out, text = self.accepted('a.npy', what)
        if text.split()[0] != array.dtype.str:
            sys.exit('%s: reported as %s' % (what, text))
        self.same(what, np.load(out), np.ascontiguousarray(array).reshape(array.shape).astype(target))

    def arrays(self, random):
        for dtype, target in DTYPES.items():
            for order in '<>':
                for shape in SHAPES:
                    plain = numbers(dtype, shape, random)
                    array = plain.astype(np.dtype(dtype).newbyteorder(order))
                    what = '%s%s %s' % (order, dtype, shape)
                    self.one(array, target, what)
                    self.one(np.asfortranarray(array), target, what + ' in Fortran order')
        for version in ((1, 0), (2, 0), (3, 0)):
            self.one(np.arange(6, dtype='f4').reshape(2, 3), 'f4', 'version %s' % (version,), version)

    def refusals(self):
        for name, array in REFUSED.items():
            np.save(self.folder / 'a.npy', array, allow_pickle=True)
            out, _, error = self.run('a.npy')
            if out is not None or 'a.npy: ' not in error:
                sys.exit('%s: not refused, or not told: %s' % (name, error))

    def archive(self, arrays, what):
        for compress in (False, True):
            out, _ = self.accepted('a.npz', what, compress=compress)
            with zipfile.ZipFile(out) as archive:
                if archive.testzip() is not None:
                    sys.exit('%s: the archive is damaged' % what)
            with np.load(out) as copy:
                if list(copy.keys()) != list(arrays.keys()):
                    sys.exit('%s: it has %s' % (what, list(copy.keys())))
                for name, array in arrays.items():
                    self.same(what + ': ' + name, copy[name], array.astype(DTYPES[array.dtype.str[1:]]
                              if array.dtype.kind != 'b' else '?'))

    def archives(self, random):
        arrays = {'x': numbers('f4', (40, 50), random), 'labels/ä €': numbers('i2', (7,), random),
                  'z': numbers('?', (3, 0), random), 'scalar': np.array(1.5)}
        path = self.folder / 'a.npz'
        np.savez(path, **arrays)
        self.archive(arrays, 'savez')
        np.savez_compressed(path, **arrays)
        self.archive(arrays, 'savez_compressed')

        class Pipe(io.RawIOBase): # without seek, so sizes stand behind the data
            def __init__(self, file):
                super().__init__()
                self.file = file

            def writable(self):
                return True

            def write(self, data):
                return self.file.write(data)

        with open(path, 'wb') as file:
            np.savez_compressed(Pipe(file), **arrays)
        self.archive(arrays, 'savez_compressed into a pipe')
        np.savez(path)
        self.archive({}, 'nothing')
        many = {'a%d' % i: np.array([i], 'i4') for i in range(70000)} # more than 16 bits count
        np.savez(path, **many)
        self.archive(many, 'many arrays')


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        check = Check(sys.argv[1], folder)
        check.arrays(random)
        check.refusals()
        check.archives(random)
        print('%d files of NumPy %s were read and written' % (check.done, np.__version__))


main()
