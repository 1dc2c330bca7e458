"""A report of ours, opened by a browser without a window: Chromium.

Usage: report_page.py BUILD_FOLDER     (77: there is no Chromium)

The page itself must need nothing and say nothing on the console. What only a script could tell, how
wide things have become and whether pictures could be read, a script tells in a copy of the page, once
in a frame as wide as a phone and once in one as wide as a desk.
"""
import html
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SECTIONS = ['The run', 'Loss', 'Loss, logarithmic', 'Confusion matrix', 'Right', 'Wrong', 'Pictures',
            'A wide one', 'None', 'Many classes', 'Layers', 'The plan of a step', 'Health']
WIDTHS = {'phone': 360, 'desk': 1200}
VOID = 'area base br col embed hr img input link meta source track wbr'.split()

# In the copy: what there is, to the page around it.
PROBE = """<script>
addEventListener('load', () => {
    const of = (what) => [...document.querySelectorAll(what)];
    const size = (one) => { const r = one.getBoundingClientRect(); return [r.width, r.height]; };
    parent.postMessage([
        innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth,
        of('svg').map((one) => [size(one), getComputedStyle(one.querySelector('text')).fill]),
        of('img').map((one) => [one.naturalWidth, one.naturalHeight, size(one)]),
        of('h2').map((one) => [one.textContent, getComputedStyle(one).color])], '*');
});
</script>"""
AROUND = """<!DOCTYPE html><title>frames</title><body><script>
addEventListener('message', (told) => {
    for (const frame of document.querySelectorAll('iframe'))
        if (frame.contentWindow === told.source) {
            const out = document.createElement('pre');
            out.id = frame.id + '-told';
            out.textContent = JSON.stringify(told.data);
            document.body.append(out);
        }
});
</script>%s</body>"""


def fail(message, *values):
    sys.exit(message % values if values else message)


def same(what, is_, wanted):
    if is_ != wanted:
        fail('%s: %r, and not %r', what, is_, wanted)


def find_browser():
    for name in ('chromium', 'chromium-browser', 'google-chrome', 'chrome'):
        if shutil.which(name):
            return shutil.which(name)
    print('there is no Chromium here')
    sys.exit(77)


def browse(browser, place, path, *options):
    """Standard output, and what was said on the page's console."""
    command = [browser, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
               '--no-first-run', '--disable-background-networking', '--host-resolver-rules=MAP * ~NOTFOUND',
               '--user-data-dir=' + os.path.join(place, 'profile'), '--enable-logging=stderr', '--v=0',
               *options, 'file://' + path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    if done.returncode:
        fail('%s: status %d\n%s', browser, done.returncode, done.stderr.decode(errors='replace'))
    console = [line for line in done.stderr.decode(errors='replace').splitlines() if 'CONSOLE' in line]
    return done.stdout.decode(), console


class Page(html.parser.HTMLParser):
    """What a page has: elements that are open and closed, ids, links, sections."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.hrefs, self.tags, self.sections = [], [], [], {}, []
        self.resources, self.heads, self.words = [], [], ''
        self.feed(text)
        self.close()
        same('elements left open', self.open, [])

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        same('attributes given twice in ' + tag, len(given), len(attributes))
        self.tags.setdefault(tag, []).append(given)
        self.ids += [given['id']] if 'id' in given else []
        self.hrefs += [given['href']] if 'href' in given else []
        self.resources += [given[name] for name in ('src', 'srcset', 'data', 'poster') if name in given]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        same('the element that </%s> ends' % tag, self.open.pop() if self.open else None, tag)

    def handle_data(self, data):
        if self.open and self.open[-1] == 'h2':
            self.heads.append(data)
        self.words += data


def check_text(text):
    """The file as it was written."""
    page = Page(text)
    same('sections', page.heads, SECTIONS)
    same('ids', len(set(page.ids)), len(page.ids))
    for href in page.hrefs:
        if not href.startswith('#') or href[1:] not in page.ids:
            fail('a link leads to "%s"', href)
    for one in page.resources:
        if not one.startswith('data:image/png;base64,'):
            fail('something is at "%.60s"', one)
    if re.search(r'https?:|url\(|@import', text):
        fail('the page names something of the network')
    for tag in ('script', 'link', 'iframe', 'object', 'base'):
        same('<%s>' % tag, page.tags.get(tag, []), [])
    same('language', page.tags['html'][0].get('lang'), 'en')
    for image in page.tags['img']:
        if not image.get('alt'):
            fail('a picture without a text')
    for head in page.tags['th']:
        if head.get('scope') not in ('col', 'row', 'rowgroup'):
            fail('a head of a table that does not say of what')
    return page


def check_dom(written, dom):
    """What the browser has made of it: the same elements, none of which it had to add or move."""
    page = Page(dom)
    same('sections in the browser', page.heads, SECTIONS)
    for tag, all_ in written.tags.items():
        same('<%s> in the browser' % tag, len(page.tags.get(tag, [])), len(all_))
    for words in ('<script>alert(1)</script>', "./train --data 'a b' <\ufffd\ufffd>",
                  'A run <of> 3 & "more" größe', 'last.<b>&', 'e & "e"'):
        if words not in page.words:
            fail('"%s" is not there', words)


def check_frame(name, told, images):
    inner, root, body, pictures, drawn, heads = told
    same('width of the ' + name, inner, WIDTHS[name])
    if max(root, body) > inner:
        fail('on a %s of %d pixels the page is %d wide', name, inner, max(root, body))
    same('curves', len(pictures), 2)
    for (width, height), fill in pictures:
        if width < 300 or height < 100:
            fail('on a %s a picture of curves is %g x %g', name, width, height)
        if not re.fullmatch(r'rgb\(.*\)', fill) or fill == 'rgb(0, 0, 0)':
            fail('the style of the curves is not theirs: text is %s', fill)
    same('pictures', len(drawn), len(images))
    for (width, height, shown), given in zip(drawn, images):
        same('a picture', [str(width), str(height)], [given['width'], given['height']])
        if not shown[0] or abs(shown[1] / shown[0] / (height / width) - 1) > 0.1:
            fail('a picture of %d x %d is shown as %r', width, height, shown)
    if any(color == 'rgb(0, 0, 0)' for _, color in heads):
        fail('the style of the page is not there')


def check_frames(browser, place, text, images):
    """Copies that tell: the policy that forbids scripts is taken out of them."""
    copy, many = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', PROBE, text)
    same('policies', many, 1)
    with open(os.path.join(place, 'copy.html'), 'w', encoding='utf-8') as out:
        out.write(copy)
    with open(os.path.join(place, 'frames.html'), 'w', encoding='utf-8') as out:
        out.write(AROUND % ''.join('<iframe id="%s" src="copy.html" width="%d" height="900" '
                                   'style="border:0"></iframe>' % one for one in WIDTHS.items()))
    dom, console = browse(browser, place, os.path.join(place, 'frames.html'), '--dump-dom',
                          '--window-size=1700,1000', '--virtual-time-budget=5000')
    same('console', console, [])

    for name in WIDTHS:
        found = re.search(r'<pre id="%s-told">(.*?)</pre>' % name, dom, re.S)
        if not found:
            fail('the frame of the %s told nothing', name)
        check_frame(name, json.loads(html.unescape(found.group(1))), images)


def check_policy(browser, place, text):
    """Were a script to get into a page, it would not run."""
    path = os.path.join(place, 'evil.html')
    with open(path, 'w', encoding='utf-8') as out:
        out.write(text.replace('</main>', '<p id="evil"></p><script>document.getElementById("evil")'
                               '.textContent = "it" + "ran"</script></main>'))
    dom, console = browse(browser, place, path, '--dump-dom')
    if 'itran' in dom or not console:
        fail('a script in the page could run')


def main():
    program = os.path.join(sys.argv[1], 'tests', 'interop', 'report_page')
    browser = find_browser()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        path = os.path.join(place, 'report.html')
        subprocess.run([program, path], check=True)
        with open(path, encoding='utf-8') as file:
            text = file.read()
        written = check_text(text)
        dom, console = browse(browser, place, path, '--dump-dom')
        same('console', console, [])
        check_dom(written, dom)
        check_frames(browser, place, text, written.tags['img'])
        check_policy(browser, place, text)


main()
