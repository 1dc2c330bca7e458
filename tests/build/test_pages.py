#!/usr/bin/env python3
"""What the pages name is there. Of README.md and docs/*.md:

  - links lead to files, and to headings of pages;
  - files and folders in `code` exist: "exec/key.c", "ops/", and "key.c", which is one of any folder;
    a * stands for anything, and a name with capitals, such as NAME.c, for one that is to be chosen;
  - names of ours, tg__reach or tg_dump or TG_PAD, stand in the source;
  - commands in ```sh blocks: their tools and test programs exist, and tests and options of meson have
    the names that they are called by;
  - ```diff blocks are true: each line that they show as added or unchanged stands so in the file.

And of comments in the source: files in them exist.

Usage: test_pages.py SOURCE_ROOT
"""
import fnmatch
import os
import pathlib
import re
import sys

SOURCES = ('.c', '.h', '.def', '.in', '.hpp', '.cpp', '.py', '.sh', '.build')
FOLDERS = ('autograd', 'benchmarks', 'cmake', 'docs', 'emit', 'examples', 'exec', 'include', 'io', 'kernels',
           'nn', 'ops', 'optim', 'plan', 'tests', 'tools', 'train', 'transforms')
OLD_NAMES = {'docs/upgrade.md'}  # what names were in earlier versions is its subject
ENDING = r'\.(?:c|h|def|py|sh|md|txt|build|in|hpp|cpp|ctags)'
PATH = r'(?:%s)/[\w./*+-]*' % '|'.join(FOLDERS)
CHOSEN = re.compile(r'\b[A-Z][A-Z_]+\b|_[A-Z]+\b|\b[A-Z]+_')  # NAME, test_NAME, FOLDER/
MESON_OPTIONS = {'buildtype', 'optimization', 'default_library', 'b_sanitize', 'b_lundef', 'b_lto',
                 'werror', 'c_args', 'prefix', 'libdir'}


class Tree:
    """The files of the source tree, without those of builds."""

    def __init__(self):
        self.files = {str(path) for folder in FOLDERS for path in pathlib.Path(folder).rglob('*')
                      if path.is_file() and '__pycache__' not in path.parts}
        self.files |= {str(path) for path in pathlib.Path().glob('*') if path.is_file()}
        self.files |= {str(path) for path in pathlib.Path().glob('.*') if path.is_file()}
        self.files |= {str(path) for path in pathlib.Path('.ctags.d').glob('*')}
        self.folders = {str(parent) for file in self.files for parent in pathlib.Path(file).parents}
        self.names = {os.path.basename(file) for file in self.files}

    def has(self, path):
        path = path.rstrip('/')
        if '*' in path:
            return bool(fnmatch.filter(self.files, path))
        return path in self.files or path in self.folders

    def has_name(self, name):
        return bool(fnmatch.filter(self.names, name))

    def has_built(self, path):
        """Is there a source of what a build makes at build*/[path]?"""
        folder, _, name = path.partition('/')
        if folder == 'tests':
            return bool(fnmatch.filter(self.files, 'tests/*/%s.c' % name.split('/')[-1]))
        if folder == 'tools':
            return self.has('tools/%s.c' % name)
        if folder == 'examples':
            return bool(fnmatch.filter(self.files, 'examples/*%s.c*' % name.replace('cpp_', '')))
        return True

    def has_test(self, name):
        names = ('test_%s.c' % name, '%s.c' % name, 'test_%s.sh' % name)
        return any(fnmatch.filter(self.files, 'tests/*/' + one) for one in names) or \
            any("'%s'" % name in read(file) for file in self.files
                if file.startswith('tests/') and file.endswith('meson.build'))

    def sources(self):
        return sorted(file for file in self.files if file.endswith(SOURCES))


def read(path):
    return pathlib.Path(path).read_text(encoding='utf-8')


# ---- Pages in parts ---------------------------------------------------------------------

def split_page(text):
    """(prose, blocks): the page without its fenced blocks, line by line; [(line, info, lines)]."""
    prose, blocks, block = [], [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('```'):
            if block is None:
                block = (number, line[3:].strip(), [])
            else:
                blocks.append(block)
                block = None
            prose.append('')
        elif block is not None:
            block[2].append(line)
            prose.append('')
        else:
            prose.append(line)
    return prose, blocks


def anchors_of(page):
    """The headings of a page, as links to them are written."""
    anchors = set()
    for line in split_page(read(page))[0]:
        heading = re.match(r'#+ +(.*)', line)
        if heading:
            text = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', heading.group(1)).strip().lower()
            anchors.add(re.sub(r'[^\w\- ]', '', text).replace(' ', '-'))
    return anchors


# ---- What is wrong ----------------------------------------------------------------------

def wrong_links(page, line, tree):
    for target in re.findall(r'\]\(([^)\s]+)\)', line):
        if re.match(r'\w+:', target):
            continue
        file, _, anchor = target.partition('#')
        path = os.path.normpath(os.path.join(os.path.dirname(page), file)) if file else page
        if not tree.has(path):
            yield 'the link to %s leads nowhere' % target
        elif anchor and path.endswith('.md') and anchor not in anchors_of(path):
            yield 'there is no heading "#%s" in %s' % (anchor, path)


def wrong_paths(code, tree):
    """In [code], a piece of `code` or a command."""
    if CHOSEN.search(code):
        return
    for built in re.findall(r'(?<![\w./-])build[\w-]*/([\w./-]+)', code):
        if not tree.has_built(built):
            yield 'nothing makes build/%s' % built
    for path in re.findall(r'(?<![\w./+-])' + PATH, code):
        if not tree.has(path.rstrip('.')):
            yield 'there is no %s' % path
    name = re.fullmatch(r'[\w*.-]+' + ENDING, code)
    if name and not tree.has_name(code):
        yield 'there is no file %s' % code


def wrong_names(text, known):
    for name in re.findall(r'(?<![\w#])(?:tg|TG)_\w+', text):
        if not CHOSEN.search(name.removeprefix('TG_')) or name.startswith('TG_'):
            if name not in known and not name.endswith('_') and '_NAME' not in name:
                yield 'there is no %s in the source' % name


def wrong_command(line, tree):
    yield from wrong_paths(line, tree)
    options = read('meson_options.txt')
    for option in re.findall(r'-D(\w+)=', line):
        if option not in MESON_OPTIONS and "option('%s'" % option not in options:
            yield 'there is no option %s' % option
    tested = re.search(r'\bmeson test +-C \S+(.*)', line.split('#')[0])
    words = tested.group(1).split(' --wrap')[0].split() if tested else []
    for before, word in zip([''] + words, words):
        if word.startswith('-') or before in ('--suite', '--timeout-multiplier') or CHOSEN.search(word):
            continue
        if not tree.has_test(word):
            yield 'there is no test %s' % word


def wrong_diff(lines, tree):
    """Each line that is not taken away stands in the file, in this order."""
    file, place = None, 0
    for line in lines:
        if line.startswith('+++ '):
            path, place = line[4:].removeprefix('b/').split('\t')[0], 0
            file = read(path).splitlines() if tree.has(path) else None
            if file is None:
                yield 'there is no file %s' % path
        elif line.startswith('@@') or line.startswith('---') or line.startswith('diff '):
            place = 0
        elif file is not None and line[:1] in '+ ':
            if line[1:] not in file[place:]:
                yield 'the file has no such line: %s' % line[1:]
            else:
                place += file[place:].index(line[1:]) + 1


def names_in_source(tree):
    text = '\n'.join(read(file) for file in tree.sources())
    names = set(re.findall(r'(?:tg|TG)_\w+', text))
    rows = re.findall(r'^(?:UNARY|BINARY|OP)\((\w+)', text, flags=re.M)
    functions = re.findall(r'\bF\((\w+)\)\(T ', text)  # for both types: kernels/math_functions.h
    return names.union('tg__op_' + row for row in rows).union('tg__%sf' % name for name in functions)


def complaints_of_page(page, tree, known):
    prose, blocks = split_page(read(page))
    for number, line in enumerate(prose, 1):
        found = list(wrong_links(page, line, tree))
        for code in re.findall(r'`([^`]+)`', line):
            found += wrong_paths(code, tree)
            if page not in OLD_NAMES:
                found += wrong_names(code, known)
        for what in found:
            yield '%s:%d: %s' % (page, number, what)
    for number, info, lines in blocks:
        if info == 'diff':
            found = [(number, what) for what in wrong_diff(lines, tree)]
        elif info in ('sh', 'console'):
            found = [(number + i, what) for i, line in enumerate(lines, 1)
                     for what in wrong_command(line, tree)]
        else:
            continue
        for at, what in found:
            yield '%s:%d: %s' % (page, at, what)


def complaints_of_comments(tree):
    """Files in comments, in the form folder/file.c."""
    for file in tree.sources():
        text = read(file)
        pattern = r'/\*.*?\*/|//[^\n]*' if not file.endswith(('.py', '.sh', '.build')) else r'#[^\n]*'
        for comment in re.finditer(pattern, text, flags=re.S):
            for path in re.findall(r'(?<![\w./+<"-])' + PATH + ENDING + r'(?!\w)', comment.group()):
                if not CHOSEN.search(path) and not tree.has(path):
                    line = text.count('\n', 0, comment.start()) + 1
                    yield '%s:%d: there is no %s' % (file, line, path)


def main():
    os.chdir(sys.argv[1])
    tree = Tree()
    known = names_in_source(tree)
    pages = ['README.md'] + sorted(file for file in tree.files if re.fullmatch(r'docs/\S+\.md', file))
    complaints = [what for page in pages for what in complaints_of_page(page, tree, known)]
    complaints += complaints_of_comments(tree)
    for complaint in complaints:
        print(complaint)
    print('%d pages, %d complaints' % (len(pages), len(complaints)))
    sys.exit(1 if complaints else 0)


main()
