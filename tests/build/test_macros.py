"""The macros by which C programs call functions, and the functions: each has the other, and the names
agree. A macro tg_NAME in include/*.h is one of three kinds:

  - tg_NAME(...) for tg_NAME_at, whose first parameter is the site: it passes TG_HERE;
  - tg_NAME(...) for tg_NAME_with, which takes options (tests/options/headers.py reads them);
    tg_NAME_WORDS(...) for the same, with some options set;
  - tg_NAME(a, pointer, b) for tg_NAME_as or tg_NAME_at, which takes the pointer's dtype before it.

Each function tg_NAME_at, tg_NAME_with and tg_NAME_as has one macro tg_NAME. A macro stands in the
header of its function, behind all functions. Each symbol has one prototype.

Usage: test_macros.py SYMBOLS HEADER...
"""
import collections
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'options'))
from headers import Headers  # noqa: E402

Function = collections.namedtuple('Function', 'header position parameters')
Macro = collections.namedtuple('Macro', 'name header position parameters body')


PROTOTYPE = (r'^TG_API (?!extern\b)[^;(]*?\b(tg_\w+)\(([^;]*?)\)'
             r'(?: TG_PRINTF\([^)]*\))?;')
MACRO = r'^#define (tg_\w+)\(([^)]*)\)(.*)$'


def without_comments(text):
    """Headers.plain has numbers in the place of comments."""
    return re.sub(r'\x02\d+\x03', ' ', text)


def squeeze(text):
    return ' '.join(text.split())


def read_functions(headers):
    """name -> [Function], a prototype each."""
    found = collections.defaultdict(list)
    for path, text in headers.plain.items():
        for match in re.finditer(PROTOTYPE, without_comments(text), flags=re.M):
            parameters = [squeeze(p) for p in match.group(2).split(',')]
            found[match.group(1)].append(Function(path, match.start(), parameters))
    return found


def read_macros(headers):
    return [Macro(match.group(1), path, match.start(), [p.strip() for p in match.group(2).split(',')],
                  squeeze(match.group(3)))
            for path, text in headers.plain.items()
            for match in re.finditer(MACRO, without_comments(text), flags=re.M)]


def passes_site(macro):
    """tg_NAME(...) -> tg_NAME_at(TG_HERE, __VA_ARGS__)"""
    function = macro.name + '_at'
    if macro.parameters == ['...'] and macro.body == '%s(TG_HERE, __VA_ARGS__)' % function:
        return function
    return None


def passes_options(macro, headers):
    """tg_NAME(...) -> tg_NAME_with(&(tg_NAME_args){ ... })"""
    for known in headers.macros:
        if known.name == macro.name:
            plain = known.function[:-len('_with')]
            if known.extra and macro.name.startswith(plain + '_') or macro.name == plain:
                return known.function
    return None


def passes_dtype(macro, functions):
    """tg_NAME(x, pointer) -> tg_NAME_as((x), TG_DTYPE_OF(pointer), (pointer)), or _at and TG_HERE."""
    if 'pointer' not in macro.parameters:
        return None
    given = ['(%s)' % p for p in macro.parameters]
    given.insert(macro.parameters.index('pointer'), 'TG_DTYPE_OF(pointer)')
    for function, arguments in ((macro.name + '_as', given),
                                (macro.name + '_at', ['TG_HERE', *given])):
        if macro.body != '%s(%s)' % (function, ', '.join(arguments)) or function not in functions:
            continue
        parameters = functions[function][0].parameters
        typed = arguments.index('TG_DTYPE_OF(pointer)')
        if len(parameters) == len(arguments) and parameters[typed].startswith('tg_dtype '):
            return function
    return None


def function_of(macro, functions, headers):
    return (passes_site(macro) or passes_options(macro, headers) or
            passes_dtype(macro, functions))


def check_functions(functions, macros_of, symbols):
    for name in sorted(functions.keys() | symbols):
        if len(functions[name]) != 1:
            yield '%s has %d prototypes' % (name, len(functions[name]))
            continue
        function = functions[name][0]
        if name not in symbols:
            yield '%s is not in include/symbols.txt' % name
        if name.endswith('_at') and function.parameters[0] != 'tg_site at':
            yield '%s: its first parameter is "%s", not "tg_site at"' % (name, function.parameters[0])
        plain = name.rsplit('_', 1)[0]
        count = sum(macro.name == plain for macro in macros_of[name])
        if name.endswith(('_at', '_with', '_as')) and count != 1:
            yield '%s has %d macros %s(...)' % (name, count, plain)


def check_macro(macro, name, functions):
    if name not in functions:
        yield '%s calls %s, which has no prototype' % (macro.name, name)
        return
    header = functions[name][0].header
    if header != macro.header:
        yield '%s stands in %s, and %s in %s' % (macro.name, macro.header, name, header)
    if any(f.header == macro.header and f.position > macro.position
           for prototypes in functions.values() for f in prototypes):
        yield '%s: functions are declared behind the macro %s' % (macro.header, macro.name)


def main():
    listed, *paths = sys.argv[1:]
    headers = Headers(paths)
    variables = set(re.findall(r'^TG_API extern [^;]*?(\w+);', '\n'.join(headers.plain.values()),
                               flags=re.M))
    symbols = set(pathlib.Path(listed).read_text(encoding='utf-8').split()) - variables
    functions, macros = read_functions(headers), read_macros(headers)
    complaints, macros_of = [], collections.defaultdict(list)
    for macro in macros:
        name = function_of(macro, functions, headers)
        if name:
            macros_of[name].append(macro)
            complaints += check_macro(macro, name, functions)
        else:
            complaints.append('%s: the macro %s is of no known kind' % (macro.header, macro.name))
    complaints += check_functions(functions, macros_of, symbols)
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(1)
    print('%d functions, %d macros' % (len(functions), len(macros)))


main()
