#!/usr/bin/env python3
"""Runs the programs of the course, and makes its page and docs/course.md.

tools/course calls it. See there.
"""
import argparse
import concurrent.futures
import html
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMIT_S = 300  # of one program


def fail(message):
    sys.exit('course: ' + message)


class Program:
    """One of the course, from the comment that its source begins with."""

    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.topic = path.parent.name
        self.source = path.read_text(encoding='utf-8')
        comment = re.match(r'/\*(.*?)\*/', self.source, re.S)
        if not comment:
            fail('%s does not begin with a comment' % path)
        text = re.sub(r'^ ?\*? ?', '', comment.group(1), flags=re.M).strip()
        parts = [' '.join(part.split()) for part in text.split('\n\n')]
        head = re.match(r'%s\.c: (.*)' % re.escape(self.name), parts[0])
        if not head:
            fail('the comment of %s does not begin with "%s.c: "' % (path, self.name))
        self.title = head.group(1)
        formulas = [p for p in parts if p.startswith('Formula: ')]
        self.formula = formulas[0][len('Formula: '):] if formulas else ''
        self.words = ' '.join(p for p in parts[1:] if p not in formulas)
        self.result, self.complaint, self.failed, self.seconds = '', '', False, 0.0

    def run(self, build, out, seeds):
        """With the seeds 1 to [seeds], of which the first one draws the picture."""
        program = str(build / 'examples' / 'course' / ('course_' + self.name))
        started = time.monotonic()
        self.result, self.complaint = self.run_once([program, '--picture',
                                                     str(out / (self.name + '.svg'))])
        self.seconds = time.monotonic() - started
        if not self.complaint and '--seed' not in self.run_once([program, '--help'])[1]:
            self.complaint = '--help does not say what there is'
        for seed in range(2, seeds + 1):
            if not self.complaint:
                complaint = self.run_once([program, '--seed', str(seed)])[1]
                self.complaint = complaint and 'seed %d: %s' % (seed, complaint)
        self.failed = bool(self.complaint)
        return self

    @staticmethod
    def run_once(command):
        """The result line, and what is wrong, if something is."""
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            return '', str(error)
        lines = done.stdout.strip().splitlines()
        result = lines[-1] if lines and lines[-1].startswith('result: ') else ''
        if done.returncode == 0 and result:
            return result, ''
        return result, (done.stderr.strip() or done.stdout.strip() or
                        'status %d, and nothing said' % done.returncode)

    def figures(self):
        """The result line without its frame: "and_errors=0 xor_errors=1"."""
        return re.sub(r'^result: course=\S+ ?| ?seconds=\S+$', '', self.result)


class Line:
    """A line of curriculum.txt."""

    def __init__(self, lecture, number, words, shown):
        self.lecture, self.number, self.words = lecture, number, words
        self.context = shown[len('context: '):] if shown.startswith('context: ') else ''
        self.programs, self.examples, self.tests = [], [], []
        for name in [] if self.context else [n.strip() for n in shown.split(',')]:
            kind = name.split(' ')
            {'example': self.examples, 'test': self.tests}.get(
                kind[0] if len(kind) > 1 else '', self.programs).append(kind[-1])


def read_lines():
    lines, lecture = [], None
    for text in (HERE / 'curriculum.txt').read_text(encoding='utf-8').splitlines():
        if text.startswith('== '):
            lecture = text[3:]
        elif text.strip() and not text.startswith('#'):
            fields = [field.strip() for field in text.split(' | ')]
            if len(fields) != 3 or not lecture:
                fail('curriculum.txt has the line "%s", which is not of three fields' % text)
            lines.append(Line(lecture, *fields))
    return lines


def test_file(name):
    """The source of a test, in whichever folder of tests/ that is."""
    return next((ROOT / 'tests').glob('*/test_%s.c' % name), None)


def check(lines, programs):
    """What the list names and is not there, and what is there and not named."""
    wrong = []
    named = {name for line in lines for name in line.programs}
    wrong += ['curriculum.txt names "%s", and there is no such program' % name
              for name in sorted(named - set(programs))]
    wrong += ['no line of curriculum.txt names %s' % name for name in sorted(set(programs) - named)]
    for line in lines:
        wrong += ['there is no example "%s" (%s)' % (name, line.number) for name in line.examples
                  if not (ROOT / 'examples' / (name + '.c')).exists()]
        wrong += ['there is no test "%s" (%s)' % (name, line.number) for name in line.tests
                  if not test_file(name)]
    return wrong


def markdown(lines, programs):
    """docs/course.md."""
    out = ['# The course', '',
           'What the founding lectures describe, line by line, and the program that shows it. `tools/course` runs',
           'them all and makes a page with their pictures, `build/course/index.html`. This page is made by',
           '`tools/course --docs` of [curriculum.txt](../examples/course/curriculum.txt) and of the programs.', '']
    lecture = None
    for line in lines:
        if line.lecture != lecture:
            lecture = line.lecture
            out += ['', '## ' + ('Lecture ' if lecture[0] == '0' else '') + lecture, '',
                    '| | in words | what shows it | |', '|---|---|---|---|']
        shown = ['[%s](../examples/course/%s/%s.c)' % (n, programs[n].topic, n) for n in line.programs]
        shown += ['[%s](../examples/%s.c)' % (n, n) for n in line.examples]
        shown += ['[test_%s](../%s)' % (n, test_file(n).relative_to(ROOT)) for n in line.tests]
        says = ' '.join(programs[n].title for n in line.programs) or line.context
        out.append('| %s | %s | %s | %s |' % (line.number, line.words, ', '.join(shown) or 'context',
                                             says.replace('|', '\\|')))
    return '\n'.join(out) + '\n'


STYLE = '''
:root { color-scheme: light dark; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --page: #fff;
  --card: #f6f8fa; --good: #1a7f37; --bad: #cf222e; --link: #0969da }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9198a1; --line: #30363d;
  --page: #0d1117; --card: #151b23; --good: #3fb950; --bad: #f85149; --link: #4493f8 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1180px; padding: 1rem; font: 16px/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--page) }
h1 { font-size: 1.7rem; margin: .5rem 0 } h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line) }
h3 { font-size: 1.05rem; margin: 0 0 .4rem } a { color: var(--link) } p { margin: .4rem 0 }
nav a { margin-right: 1rem } #find { font: inherit; width: 100%; max-width: 32rem; padding: .4rem .6rem;
  margin: .6rem 0; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: inherit }
article { border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; margin: .9rem 0;
  background: var(--card); overflow-wrap: anywhere } article img { max-width: 100%; height: auto;
  border-radius: 6px; border: 1px solid var(--line) }
.number { color: var(--faint); font-weight: 400 } .formula { font-family: ui-monospace, monospace; font-size: .9rem }
.result { color: var(--good); font-family: ui-monospace, monospace; font-size: .85rem } .failed { color: var(--bad) }
.words { color: var(--faint); font-size: .93rem } [hidden] { display: none }
@media print { #find, nav { display: none } article { break-inside: avoid; background: none } body { max-width: none } }
'''

SCRIPT = '''
const find = document.getElementById('find'), cards = [...document.querySelectorAll('article')];
find.addEventListener('input', () => {
  const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const card of cards) {
    const text = card.textContent.toLowerCase();
    card.hidden = !words.every(word => text.includes(word));
  }
});
'''


def card(line, programs, out):
    parts = ['<article id="%s"><h3><span class="number">%s</span> %s</h3>'
             % (line.number, line.number, html.escape(line.words))]
    if line.context:
        parts.append('<p class="words">Context: %s</p>' % html.escape(line.context))
    for name in line.programs:
        p = programs[name]
        parts.append('<p>%s</p>' % html.escape(p.title))
        if p.formula:
            parts.append('<p class="formula">%s</p>' % html.escape(p.formula))
        if (out / (name + '.svg')).exists():
            parts.append('<img src="%s.svg" alt="%s" loading="lazy">' % (name, html.escape(p.title)))
        state = 'result failed' if p.failed else 'result'
        parts.append('<p class="%s">%s</p>'
                     % (state, html.escape(p.figures() or p.complaint or 'no result')))
        parts.append('<p class="words">%s <a href="%s.c.txt">%s.c</a>, %.1f s</p>'
                     % (html.escape(p.words), name, name, p.seconds))
    for name in line.examples:
        parts.append('<p class="words">The example <a href="%s.c.txt">%s</a>.</p>' % (name, name))
    for name in line.tests:
        parts.append('<p class="words">The test <a href="test_%s.c.txt">%s</a>.</p>' % (name, name))
    return '\n'.join(parts + ['</article>'])


def write_page(lines, programs, out):
    lectures = list(dict.fromkeys(line.lecture for line in lines))
    title = lambda lecture: ('Lecture ' if lecture[0] == '0' else '') + lecture
    body = ['<h1>The course</h1>',
            '<p class="words">What five lectures on neural networks describe, line by line, as programs of one '
            'idea each, made of a library for automatic differentiation in C.</p>',
            '<nav>%s</nav>' % ''.join('<a href="#l%d">%s</a>' % (i, html.escape(title(x)))
                                      for i, x in enumerate(lectures)),
            '<input id="find" type="search" placeholder="Find, for example: dropout" aria-label="Find">']
    for i, lecture in enumerate(lectures):
        body.append('<section><h2 id="l%d">%s</h2>' % (i, html.escape(title(lecture))))
        body += [card(line, programs, out) for line in lines if line.lecture == lecture]
        body.append('</section>')
    (out / 'index.html').write_text(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>The course</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<style>%s</style></head>\n<body>\n%s\n<script>%s</script>\n</body></html>\n'
        % (STYLE, '\n'.join(body), SCRIPT), encoding='utf-8')
    for p in programs.values():
        shutil.copyfile(p.path, out / (p.name + '.c.txt'))
    for line in lines:
        for name in line.examples:
            shutil.copyfile(ROOT / 'examples' / (name + '.c'), out / (name + '.c.txt'))
        for name in line.tests:
            shutil.copyfile(test_file(name), out / ('test_%s.c.txt' % name))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument('--build', type=Path, default=ROOT / 'build')
    options.add_argument('--out', type=Path, default=ROOT / 'build' / 'course')
    options.add_argument('--jobs', type=int, default=2)
    options.add_argument('--seeds', type=int, default=1, help='runs each with so many seeds')
    options.add_argument('--check', action='store_true', help='run nothing: is every line shown?')
    options.add_argument('--docs', action='store_true', help='run nothing: write docs/course.md')
    given = options.parse_args()

    lines = read_lines()
    programs = {p.stem: Program(p) for p in sorted(HERE.glob('*/*.c'))}
    wrong = check(lines, programs)
    if wrong:
        fail('\ncourse: '.join(wrong))
    docs = ROOT / 'docs' / 'course.md'
    if given.docs:
        docs.write_text(markdown(lines, programs), encoding='utf-8')
        return
    if given.check:
        if not docs.exists() or docs.read_text(encoding='utf-8') != markdown(lines, programs):
            fail('docs/course.md is not what tools/course --docs makes')
        return

    started = time.monotonic()
    given.out.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        running = [pool.submit(p.run, given.build, given.out, given.seeds) for p in programs.values()]
        for done in concurrent.futures.as_completed(running):
            p = done.result()
            print('%-22s %6.1f s  %s' % (p.name, p.seconds, 'FAILED' if p.failed else p.figures()),
                  flush=True)
            if p.failed:
                print('    ' + p.complaint, flush=True)
    write_page(lines, programs, given.out)
    failed = sum(p.failed for p in programs.values())
    shown = sum(bool(line.context) or not any(programs[n].failed for n in line.programs)
                for line in lines)
    print('The page is %s' % (given.out / 'index.html'))
    print('result: course cards=%d of=%d failed=%d seconds=%.0f'
          % (shown, len(lines), failed, time.monotonic() - started))
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
