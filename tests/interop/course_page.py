"""The page of the course, opened by a browser without a window: Chromium.

Usage: course_page.py BUILD_FOLDER     (77: there is no Chromium, or no page: tools/course makes it)

Every line of the lectures must have its card, every picture must be one, the field must find, nothing
may be wider than a phone, nothing may come from the network or be said on the console. A script in a
copy of the page tells what only a script can.
"""
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

PROBE = """<script>
addEventListener('load', async () => {
    const cards = [...document.querySelectorAll('article')];
    const images = [...document.querySelectorAll('article img')];
    for (const image of images) { image.loading = 'eager'; try { await image.decode(); } catch (e) {} }
    const find = document.getElementById('find');
    const shown = (words) => {
        find.value = words;
        find.dispatchEvent(new Event('input'));
        return cards.filter((card) => !card.hidden).map((card) => card.id);
    };
    const told = { cards: cards.map((card) => card.id),
        broken: images.filter((image) => !image.naturalWidth).map((image) => image.src),
        images: images.length, dropout: shown('dropout'), nothing: shown('zyxwvut'),
        all: shown('').length, width: document.documentElement.scrollWidth, inner: innerWidth };
    const out = document.createElement('pre');
    out.id = 'told';
    out.textContent = JSON.stringify(told);
    document.body.append(out);
});
</script></body>"""


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    report = load('report_page', HERE / 'report_page.py')
    course = load('course', ROOT / 'examples' / 'course' / 'page.py')
    folder = Path(sys.argv[1]) / 'course'
    if not (folder / 'index.html').exists():
        print('there is no page: tools/course makes it')
        sys.exit(77)
    browser = report.find_browser()
    text = (folder / 'index.html').read_text(encoding='utf-8')
    if re.search(r'(src|href)="(https?:|//)', text):
        report.fail('the page names something of the network')
    lines = course.read_lines()
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / 'course'
        shutil.copytree(folder, copy)
        (copy / 'probe.html').write_text(text.replace('</body>', PROBE), encoding='utf-8')
        _, console = report.browse(browser, place, str(folder / 'index.html'), '--dump-dom')
        report.same('what the page says on the console', console, [])
        for width in (360, 1200):
            dom, console = report.browse(browser, place, str(copy / 'probe.html'), '--dump-dom',
                                         '--virtual-time-budget=60000',
                                         '--window-size=%d,900' % width)
            told = re.search(r'<pre id="told">(.*?)</pre>', dom, re.S)
            if not told:
                report.fail('the probe has told nothing: %s', console)
            told = json.loads(told.group(1).replace('&amp;', '&').replace('&lt;', '<')
                              .replace('&gt;', '>'))
            report.same('cards', told['cards'], [line.number for line in lines])
            report.same('pictures that are none', told['broken'], [])
            if told['images'] < 60:
                report.fail('%d pictures', told['images'])
            report.same('cards found by words that are nowhere', told['nothing'], [])
            report.same('cards found by nothing', told['all'], len(lines))
            if not 1 <= len(told['dropout']) < 20 or '004.9' not in told['dropout']:
                report.fail('"dropout" finds %r', told['dropout'])
            if told['width'] > told['inner']:
                report.fail('the page is %d wide in a window of %d', told['width'], told['inner'])


if __name__ == '__main__':
    main()
