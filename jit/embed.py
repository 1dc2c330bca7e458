"""Writes prelude.c: the headers with which kernels are compiled, as text, and the compiler's flags.

The text begins with the definitions under which the library was compiled; then come
kernels/elementwise.h and all that it includes, each where it is included, without comments. A header
with an include guard is expanded once, another each time. What a header of the C library has comes
from that, by #include <...>. So the text compiles without an include path.

In a loop that the compiler does not make vectors of, it calls the C library's functions for one
number, which round in another way than its vector functions. So where kernels call these, linking
with --vectors fails if one of the others is called (--wrap names a function that is not there).

Usage: embed.py [--vectors] SOURCE_ROOT OUTPUT DEPFILE DEFINITIONS FLAG...   (a list with commas)
"""
import pathlib
import re
import sys

TOP = 'kernels/elementwise.h'
VECTOR_FUNCTIONS = 'kernels/vector.h'
LONGEST = 4000  # characters of a literal; C11 promises 4095

TOKENS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'#\s*include\s*"([^"]+)"')
GUARD = re.compile(r'#\s*ifndef\s+(\w+)\n#\s*define\s+\1\n')

SAME_BITS = '''#if !defined(__GNUC__) || defined(__clang__)
#error Tapegrad was compiled by gcc, whose loops call vector functions of libm: only gcc gives the same bits
#endif
'''


def lines_of(text):
    """Without comments, blank lines and continued lines."""
    text = TOKENS.sub(lambda found: ' ' if found.group().startswith('/') else found.group(), text)
    for line in text.replace('\\\n', ' ').split('\n'):
        if '"' not in line:
            line = re.sub(r'[ \t]+', ' ', line)
        if line.strip():
            yield line.strip()


class Expansion:
    def __init__(self, root):
        self.root, self.files, self.guarded = root, [], set()

    def find(self, name):
        for path in (self.root / name, self.root / 'include' / name):
            if path.exists():
                return path
        sys.exit('embed.py: there is no header "%s"' % name)

    def expand(self, name):
        path = self.find(name)
        if path in self.guarded:
            return
        if path not in self.files:
            self.files.append(path)
        lines = list(lines_of(path.read_text(encoding='utf-8')))
        if GUARD.match('\n'.join(lines[:2]) + '\n'):
            self.guarded.add(path)
        for line in lines:
            included = INCLUDE.match(line)
            if included:
                yield from self.expand(included.group(1))
            else:
                yield line


def literal(text):
    escaped = text.replace('\\', '\\\\').replace('"', '\\"').replace('?', '\\?')
    return '    "' + escaped.replace('\n', '\\n"\n    "') + '"'


def array(name, strings):
    return 'const char *const %s[] = {\n%s,\n    0,\n};\n' % (name, ',\n'.join(map(literal, strings)))


def no_others(root):
    text = (root / VECTOR_FUNCTIONS).read_text(encoding='utf-8')
    names = re.findall(r'^ +(?:ONE|TWO|POWER)\((\w+),', text, flags=re.M)
    return ['-Wl,-z,defs'] + ['-Wl,--wrap=%s,--wrap=%sf' % (name, name) for name in names]


def main():
    vectors = sys.argv[1] == '--vectors'
    arguments = sys.argv[2 if vectors else 1:]
    root, output, depfile = (pathlib.Path(argument) for argument in arguments[:3])
    definitions = [word for word in arguments[3].split(',') if word]
    flags = arguments[4:] + (no_others(root) if vectors else [])
    expansion = Expansion(root)
    text = ''.join('#define %s 1\n' % name for name in definitions)
    if 'TG_HAVE_SIMD_MATH' in definitions:
        text += SAME_BITS
    text += '\n'.join(expansion.expand(TOP)) + '\n'
    parts = [text[i:i + LONGEST] for i in range(0, len(text), LONGEST)]
    output.write_text('/* Written by embed.py. */\n#include "jit/inside.h"\n\n' +
                      array('tg__jit_prelude', parts) + '\n' + array('tg__jit_flags', flags),
                      encoding='utf-8')
    depfile.write_text('%s: %s\n' % (output, ' '.join(str(path).replace(' ', '\\ ')
                                                     for path in expansion.files)),
                       encoding='utf-8')


if __name__ == '__main__':
    main()
