"""Event files of ours, read by TensorBoard.

Usage: tensorboard_files.py BUILD_FOLDER     (77: there is no TensorBoard)
"""
import glob
import math
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import plugin_data_pb2
except ImportError as missing:
    print(missing)
    sys.exit(77)

STEPS, RESUMED, COUNT = 10, 5, 1000


def read(folder):
    kinds = ('scalars', 'histograms', 'images', 'tensors', 'compressedHistograms')
    events = EventAccumulator(folder, size_guidance=dict.fromkeys(kinds, 0))
    events.Reload()
    return events


def same(what, is_, wanted):
    if is_ != wanted:
        sys.exit('%s: %r, and not %r' % (what, is_, wanted))


def check_scalars(events):
    first = [(s, float(s)) for s in range(RESUMED)]
    then = [(s, -float(s)) for s in range(RESUMED, STEPS)]
    same('loss/train', [(e.step, e.value) for e in events.Scalars('loss/train')], first + then)
    same('loss/größe', [(e.step, e.value) for e in events.Scalars('loss/größe')],
         [(s, float(np.float32(1 / (s + 1)))) for s in range(STEPS)])
    odd = [(e.step, e.value) for e in events.Scalars('odd')]
    same('steps', [step for step, _ in odd], [0, 1, 2, 1 << 40])
    same('odd', [str(value) for _, value in odd], ['nan', 'inf', '-inf', 'inf'])


def check_histograms(events):
    values = np.array([np.float32(i * i) / np.float32(COUNT) - np.float32(100) for i in range(COUNT)],
                      dtype=np.float64)
    (event,) = events.Histograms('weights')
    h = event.histogram_value
    same('step', event.step, RESUMED)
    same('min, max, num', (h.min, h.max, h.num), (values.min(), values.max(), COUNT))
    for what, is_, wanted in (('sum', h.sum, values.sum()),
                              ('sum of squares', h.sum_squares, (values * values).sum())):
        if not math.isclose(is_, wanted, rel_tol=1e-12):
            sys.exit('%s: %r, and not %r' % (what, is_, wanted))
    edges = [h.min] + list(h.bucket_limit)
    same('buckets', list(h.bucket), [float(n) for n in np.histogram(values, bins=edges)[0]])
    (nothing,) = events.Histograms('nothing')
    same('nothing', nothing.histogram_value.num, 0)


def check_images(events):
    for name, width, height in (('grey', 5, 7), ('colour', 7, 5), ('clear', 5, 7)):
        (image,) = events.Images(name)
        same(name, (image.step, image.width, image.height), (RESUMED, width, height))
        same(name, image.encoded_image_string[:4], b'\x89PNG')
        check_pixels(name, image, {'grey': 1, 'colour': 3, 'clear': 4}[name])


def check_pixels(name, image, channels):
    try:
        import io
        from PIL import Image
    except ImportError:
        return
    pixels = np.asarray(Image.open(io.BytesIO(image.encoded_image_string))).ravel()
    wanted = (np.arange(image.width * image.height * channels) * 7) % 256
    same(name, pixels.tolist(), wanted.tolist())


def check_graph(events, nodes):
    graph = events.Graph()
    names = [node.name for node in graph.node]
    same('nodes', len(names), nodes)
    same('names', len(set(names)), nodes)
    for node in graph.node:
        for operand in node.input:
            if operand not in names:
                sys.exit('%s has the operand %s, which is no node' % (node.name, operand))
    (x,) = [node for node in graph.node if node.name.rsplit('/')[-1].startswith('x_')]
    same('x', [d.size for d in x.attr['_output_shapes'].list.shape[0].dim], [4, 3])
    for wanted in ('block/fc/weight/read_', 'block/fc/bias/assign_'):
        if not any(name.startswith(wanted) for name in names):
            sys.exit('no node %s' % wanted)


def check_text(events):
    (note,) = events.Tensors('note')
    same('note', (note.step, note.tensor_proto.string_val[0]), (RESUMED, b'some *words*'))
    content = events.SummaryMetadata('_hparams_/session_start_info').plugin_data.content
    hparams = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.hparams
    same('hparams', (hparams['lr'].number_value, hparams['optimizer'].string_value), (0.125, 'adam'))


def check_cut(folder):
    """A file whose last record a crash has cut short has all the others."""
    last = sorted(glob.glob(os.path.join(folder, '*')))[-1]
    with open(last, 'rb') as file:
        whole = file.read()
    with open(last, 'wb') as file:
        file.write(whole[:-5])
    events = read(folder)
    check_scalars(events)
    check_images(events)


def main():
    program = os.path.join(sys.argv[1], 'tests', 'interop', 'tensorboard_files')
    with tempfile.TemporaryDirectory() as place:
        folder = os.path.join(place, 'runs', 'a')
        told = subprocess.run([program, folder], check=True, stdout=subprocess.PIPE, text=True).stdout
        events = read(folder)
        check_scalars(events)
        check_histograms(events)
        check_images(events)
        check_text(events)
        check_graph(events, int(told.split()[0]))
        check_cut(folder)


main()
