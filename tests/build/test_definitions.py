"""Every name of ours is found: what ctags makes of the source, by .ctags.d/tapegrad.ctags, has

  - for each symbol of include/symbols.txt one definition, whose line reads NAME(...), so that grep
    finds it too, or is the row of a table that reads as the function is called;
  - for each other name that begins with tg_ and stands anywhere in the source, at least one.

A file NAME_none.c, which stands in for one that a build leaves out, does not count as a second one.

Usage: test_definitions.py SOURCE_ROOT
"""
import collections
import os
import pathlib
import re
import subprocess
import sys

SOURCES = ('.c', '.h', '.def')
OPTIONS = pathlib.Path('.ctags.d/tapegrad.ctags')
TABLE = pathlib.Path('ops/elementwise.def')
MACRO = r'^#define (\w+)\('
SKIPPED = 77


def find_ctags():
    for name in ('ctags', 'ctags-universal', 'uctags'):
        try:
            version = subprocess.run([name, '--version'], capture_output=True, text=True).stdout
        except OSError:
            continue
        if version.startswith('Universal Ctags'):
            return name
    print('Universal Ctags is not installed')
    sys.exit(SKIPPED)


def folders():
    """Those with sources: not the folders of builds, whatever their names are."""
    return sorted(path.parent.name for path in pathlib.Path().glob('*/meson.build'))


def read_tags(ctags):
    """name -> [(file, line, kind)]"""
    output = subprocess.run([ctags, '-f', '-', '--excmd=number', '--fields=k', *folders()],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
    tags = collections.defaultdict(list)
    for line in output.splitlines():
        name, file, number, kind = line.split('\t')[:4]
        tags[name].append((file, int(number.rstrip(';"')), kind))
    return tags


def read_sources():
    return {path: path.read_text(encoding='utf-8') for folder in folders()
            for path in sorted(pathlib.Path(folder).rglob('*')) if path.suffix in SOURCES}


def code_of(text):
    """Without comments and strings; macros' continued lines are one."""
    text = text.replace('\\\n', ' ')
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', ' ', text, flags=re.S)


def names_in(text):
    """Names that begin with tg_, but not parts that a macro pastes together."""
    return set(re.findall(r'(?<![\w#])tg_\w+(?!\w|\s*##)', code_of(text)))


def as_called(line, name):
    """Does the line read NAME(...), or as a row: tg_tanh(...) for tg_tanh_at?"""
    row = re.match(r'(?:UNARY|BINARY)\((\w+), +(\w+)\(', line)
    if row:
        return row.group(2) == 'tg_' + row.group(1) and name == row.group(2) + '_at'
    return re.search(r'\b%s\(' % name, line)


def check_symbols(symbols, tags, sources):
    for name in symbols:
        found = [(file, line, kind) for file, line, kind in tags[name]
                 if kind in ('f', 'v') and not file.endswith('_none.c')]
        if len(found) != 1:
            where = ', '.join('%s:%d' % tag[:2] for tag in found)
            yield '%s has %d definitions%s' % (name, len(found), ': ' + where if where else '')
            continue
        file, number, kind = found[0]
        line = sources[pathlib.Path(file)].splitlines()[number - 1]
        if kind == 'f' and not as_called(line, name):
            yield '%s:%d defines %s, which the line does not call so: %s' % (file, number, name, line)


def check_names(tags, sources):
    users = collections.defaultdict(list)
    for path, text in sources.items():
        for name in names_in(text):
            users[name].append(str(path))
    for name in sorted(users.keys() - tags.keys()):
        yield '%s has no definition (%s)' % (name, ', '.join(users[name][:3]))


def check_rows(tags, sources):
    rows = re.findall(r'^(?:UNARY|BINARY)\((\w+)', sources[TABLE], flags=re.M)
    if not rows:
        yield '%s has no rows' % TABLE
    for row in rows:
        if str(TABLE) not in [file for file, _, _ in tags['tg_%s_at' % row]]:
            yield '%s: the row %s does not define tg_%s_at' % (TABLE, row, row)


def check_options(sources):
    """The macros that ctags' options name are there."""
    macros = {name for text in sources.values() for name in re.findall(MACRO, text, flags=re.M)}
    for line in OPTIONS.read_text(encoding='utf-8').splitlines():
        named = re.findall(r'^-D (\w+)\(\.\.\.\)=$', line)
        if line.startswith('--regex'):
            pattern = line.split('/')[1].replace('[12]', '1').replace('_(INT|FLOAT)_', '_INT_')
            named = re.findall(r'[A-Z][A-Z_0-9]+', pattern)
        for name in named:
            if name not in macros:
                yield '%s: there is no macro %s' % (OPTIONS, name)


def main():
    os.chdir(sys.argv[1])
    tags, sources = read_tags(find_ctags()), read_sources()
    symbols = pathlib.Path('include/symbols.txt').read_text(encoding='utf-8').split()
    complaints = [*check_symbols(symbols, tags, sources), *check_names(tags, sources),
                  *check_rows(tags, sources), *check_options(sources)]
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit('Where the definition is there and ctags does not see it, %s needs a line: a --regex for the\n'
                 'macro that makes it, or a -D for one that stands before it without a semicolon.' % OPTIONS)
    print('%d symbols' % len(symbols))


main()
