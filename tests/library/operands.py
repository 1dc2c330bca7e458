"""Writes errors_operands.c: every public function that records a node, called with each of its operands
NULL, stale and of another tape, as the prototypes in the public headers have them.

Usage: operands.py OUT.c HEADER...

Each call is given to the macros of tests/support/bad_input.h, as those written by hand in errors_*.c. The
operands beside the bad one need not fit: a function looks at all of them before it compares them. What
cannot be called by types alone (layers, lists, functions of the user's) is left to hands.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'options'))
from headers import Headers  # noqa: E402

VALUES = {  # arguments beside the operands
    'tg_tape *': 'tape', 'int64_t': '1', 'int': '0', 'double': '0.5', 'bool': 'false', 'tg_dtype': 'TG_F64',
    'tg_shape': 'TG_SHAPE(2, 3)', 'const char *': '"key"', 'tg_axes': 'TG_AXES(0)',
}
NODE = 'tg_tensor *'


class Function:
    """A function as it is called: by its macro, with arguments of these types and names."""

    def __init__(self, name, parameters, optional=(), site=True):
        self.name, self.parameters, self.optional = name, parameters, optional
        self.site = site  # is the caller's line known?

    def can_be_called(self, enums):
        types = [t for t, _ in self.parameters]
        return (NODE in types or 'tg_tape *' in types) and all(t == NODE or t in VALUES or t in enums for t in types)

    def call(self, bad=None, value=None, option=None):
        """The call with [value] for the argument number [bad] or for an option."""
        given = [value if number == bad else 'x' if type_ == NODE else VALUES.get(type_, '(%s)0' % type_)
                 for number, (type_, _) in enumerate(self.parameters)]
        if option:
            given.append('.%s = %s' % (option, value))
        return '%s(%s)' % (self.name, ', '.join(given))

    def cases(self):
        nodes = [number for number, (type_, _) in enumerate(self.parameters) if type_ == NODE]
        for number, (type_, _) in enumerate(self.parameters):
            if type_ in (NODE, 'tg_tape *'):
                yield 'IS_SILENT(%s);' % self.call(number, 'NULL')
        for bad, status, words in () if not self.site else (('stale', 'TG_ERR_STATE', 'stale'), ('dead', 'TG_ERR_STATE', 'stale'),
                                   ('foreign', 'TG_ERR_ARGUMENT', 'another tape')):
            calls = [self.call(number, bad) for number in nodes if bad != 'foreign' or len(nodes) > 1]
            calls += [self.call(option=name, value=bad) for name in self.optional]
            for call in calls:
                yield 'IS_REFUSED(%s, %s, "%s", "%s");' % (call, status, 'tg_', words)


def positional(headers):
    """The functions whose arguments stand in their prototypes: tg_NAME_at, called as tg_NAME."""
    text = re.sub(r'\x02\d+\x03', ' ', '\n'.join(headers.plain.values()))
    for name, parameters in re.findall(r'TG_API tg_tensor \*\(?(\w+)\)?\(([^;]*)\);', text):
        if name.endswith('_with'):
            continue
        typed = []
        for parameter in parameters.split(','):
            match = re.match(r'\s*((?:const )?\w+(?: \**)?)\s*(\w+)(\[\w*\])?$', ' '.join(parameter.split()))
            if not match or match.group(3):
                break
            typed.append((match.group(1).strip(), match.group(2)))
        else:
            if typed[0][0] == 'tg_site':
                yield Function(name[:-len('_at')], typed[1:])
            else:
                yield Function(name, typed, site=False)


def by_options(headers):
    """Those with options: what stands before the first one with a default must be given."""
    for macro in headers.macros:
        if headers.functions[macro.function][0] != NODE:
            continue
        members = headers.options[macro.struct][2:]
        defaults = headers.defaults[macro.defaults][2]
        required = []
        for member in members:
            if (member.name in defaults or member.type in headers.enums or
                    re.search(r'\bdefault|\bNULL\b|perhaps', member.comment)):
                break
            required.append((member.type, member.name))
        rest = members[len(required):]
        yield Function(macro.name, required, [m.name for m in rest if m.type == NODE])


def main():
    out, *paths = sys.argv[1:]
    headers = Headers(paths)
    functions = [f for f in [*positional(headers), *by_options(headers)] if f.can_be_called(headers.enums)]
    lines = ['/* Made from the public headers by tests/library/operands.py: see there. */',
             '#include "tests/support/bad_input.h"', '']
    for f in functions:
        lines += ['static void try_%s(void)' % f.name, '{'] + ['    ' + case for case in f.cases()] + ['}', '']
    lines += ['static void (*const functions[])(void) = {']
    lines += ['    try_%s,' % f.name for f in functions]
    lines += ['};', '', 'START_TEST(operands_that_are_none) { functions[_i](); }', 'END_TEST', '',
              'TCase *errors_operands(void)', '{',
              '    TCase *cases = tcase_create("operands");',
              '    tcase_add_checked_fixture(cases, open_operands, close_operands);',
              '    tcase_add_loop_test(cases, operands_that_are_none, 0, COUNT_OF(functions));',
              '    return cases;', '}']
    with open(out, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')


main()
