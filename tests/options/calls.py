"""Writes a program that calls every function with options, from the public headers; and those
headers as they would be with one member less, or one more, at the end of every options struct.

Usage: calls.py program OUT.c HEADER...     (fixed.c says what the program does)
       calls.py older OUT.h HEADER...
       calls.py newer OUT.h HEADER...
"""
import os
import re
import sys

from headers import Headers, fail

OWNERS = {  # by which members a function is told apart whose errors go there
    'tg_tensor *': 't->x', 'tg_tape *': 't->tape', 'tg_store *': 't->store',
    'const tg_store *': 't->store', 'tg_error *': '&t->error',
    'tg_list': '(tg_list){ 1, &t->x }',
}
NEEDED = {'int': '2', 'int64_t': '2', 'double': '0.5'}


class Calls:
    def __init__(self, headers):
        self.headers = headers
        text = '\n'.join(headers.plain.values())
        self.free = {t: t + '_free' for t in re.findall(r'void (\w+)_free\(\1 \*\w+\);', text)}
        self.keeps_errors = {t + ' *' for t in re.findall(r'tg_status (\w+)_status\(const \1 \*', text)}
        self.made = set()
        self.maker = {}  # what makes a layer: the macro whose function returns it
        for macro in headers.macros:
            self.maker.setdefault(headers.functions[macro.function][0], macro)

    # ---- Options ------------------------------------------------------------------------

    def owned(self, struct):
        return any(m.type in OWNERS for m in self.headers.options[struct])

    def own(self, struct):
        """Whatever a function's error might go to."""
        return ['args.%s = %s;' % (m.name, OWNERS[m.type]) for m in self.headers.kept(struct)[2:] if m.type in OWNERS]

    def fill(self, macro):
        """What a function needs before it does anything, as far as types and comments tell: the
        members before the first one with a default. Never the last one: an older header has it not."""
        members = self.headers.kept(macro.struct)[2:]
        defaults = self.headers.defaults[macro.defaults][2]
        texts = not any(m.type in ('tg_tensor *', 'tg_tape *') for m in members)
        tensors, leading, lines = 0, True, []
        for number, member in enumerate(members):
            optional = member.name in defaults or re.search(r'\bdefault', member.comment)
            leading = leading and not optional and member.type != 'bool'
            needed = leading or 'required' in member.comment
            if member.type == 'tg_tensor *':
                value = 't->x' if tensors == 0 else 't->tensors > %d ? t->other : NULL' % tensors
                tensors += 1
            elif member.type == 'tg_list' and tensors > 0 and not needed:
                continue # in the place of a tensor, as gradients are of a loss
            elif member.type in OWNERS:
                value = OWNERS[member.type]
            elif needed and member.type in NEEDED:
                value = NEEDED[member.type]
            elif needed and member.type == 'const char *' and texts:
                value = '"n%d"' % number
            elif needed and member.type == 'tg_shape' and member.name == 'shape':
                value = 'TG_SHAPE(2)'
            elif needed and member.type in self.headers.function_types:
                value = '(%s)a_function' % member.type
            else:
                value = self.pointer(member, lines) if member.is_pointer and not optional else None
            if value:
                lines.append('args.%s = %s;' % (member.name, value))
        return lines

    def pointer(self, member, lines):
        """Room for a result; a layer, made by its constructor."""
        type_ = member.type.rstrip('*').strip()
        if not type_.startswith('const '):
            if '*' not in type_ and type_ not in self.headers.structs:
                return None
            # A list of pointers, perhaps, and longer than any count that is given.
            room = '8 * ' if '*' in type_ else ''
            lines.append('%s *%s = keep(%ssizeof *%s);' % (type_, member.name, room, member.name))
            lines.append('if (!%s) return false;' % member.name)
            return member.name
        plain = type_[len('const '):]
        if plain not in self.maker:
            return None
        self.made.add(plain)
        lines.append('%s %s;' % (plain, member.name))
        lines.append('make_%s(t, &%s);' % (self.maker[plain].name, member.name))
        return '&' + member.name

    # ---- The program --------------------------------------------------------------------

    def nothing(self, result, struct):
        """An expression: is [result] what a function gives that was refused?"""
        if result.endswith('*') and (self.owned(struct) or result not in self.keeps_errors):
            return '!result'
        if result == 'tg_status':
            return 'result != TG_OK'
        if result in self.keeps_errors:
            return ('!result || ({0}_status(result) == TG_ERR_ARGUMENT && '
                    'strstr({0}_error(result), name))').format(result.rstrip(' *'))
        if 'tg_error' in [m.type for m in self.headers.structs[result]]:
            return 'strstr(result.error.text, name) && result.error.status == TG_ERR_ARGUMENT'
        if not self.owned(struct) and self.user(result):
            return 'false'  # its user is asked
        return ' && '.join('!result.' + path for path in self.pointers_in(result)) or 'true'

    def pointers_in(self, struct):
        for member in self.headers.structs[struct]:
            first = member.name + ('[0]' if member.tail else '')
            if member.is_pointer:
                yield first
            elif member.type in self.headers.structs:
                yield from (first + '.' + path for path in self.pointers_in(member.type))

    def user(self, result):
        """Where a function's errors go nowhere: one that takes its result, and tells them.

        One that has an error of its own to fill may find another fault first.
        """
        for macro in self.headers.macros:
            members = self.headers.kept(macro.struct)
            for member in members:
                if (member.type == result and self.owned(macro.struct) and
                        'tg_error *' not in [other.type for other in members]):
                    return macro, member
        return None

    def use(self, result, struct):
        if self.owned(struct) or result in self.keeps_errors or not self.user(result):
            return []
        macro, member = self.user(result)
        gives = self.headers.functions[macro.function][0]
        declare = gives + ('' if gives.endswith('*') else ' ')
        # Its own options are as long as every version knows them.
        last = self.headers.kept(macro.struct)[-1].name
        return ['%s user = { %s };' % (macro.struct, macro.defaults),
                'user.struct_size = TG_OPTIONS_SIZE(%s, %s);' % (macro.struct, last),
                self.own(macro.struct)[0].replace('args.', 'user.'),
                'user.%s = result;' % member.name,
                '%sused = %s(&user);' % (declare, macro.function),
                'nothing = %s;' % self.nothing(gives, macro.struct).replace('result', 'used')]

    def release(self, result):
        plain = result.rstrip('* ')
        if plain not in self.free:
            return []
        return ['%s(%sresult);' % (self.free[plain], '' if result.endswith('*') else '&')]

    def function(self, macro):
        result, struct, _ = self.headers.functions[macro.function]
        declare = result + ('' if result.endswith('*') else ' ')
        name = macro.function[:-len('_with')]
        extra = ''.join('.%s = %s, ' % pair for pair in macro.extra.items())
        begin = 'args = { %s, %s.at = { .file = "calls", .line = 1 } };' % (macro.defaults, extra)
        lines = ['static bool refuse_%s(things *t, const size_t *size)' % macro.name, '{',
                 '    static const char name[] = "%s";' % name,
                 '    %s %s' % (struct, begin)]
        lines += ['    ' + line for line in self.own(struct)]
        lines += ['    if (size) args.struct_size = *size;',
                  '    %sresult = %s(size && *size == NO_OPTIONS ? NULL : &args);'
                  % (declare, macro.function),
                  '    bool nothing = %s;' % self.nothing(result, struct)]
        lines += ['    ' + line for line in self.use(result, struct)]
        lines += ['    ' + line for line in self.release(result)]
        lines += ['    (void)name, (void)t, (void)result;', '    return nothing;', '}', '']

        lines += ['static bool call_%s(things *t)' % macro.name, '{',
                  '    %s %s' % (struct, begin)]
        lines += ['    ' + line for line in self.fill(macro)]
        lines += ['    %sresult = %s(behind(&args, sizeof args, args.struct_size));'
                  % (declare, macro.function)]
        if result == 'tg_tensor *':
            lines += ['    tg_print(result, stdout);']
        lines += ['    static const char name[] = "%s";' % name,
                  '    const bool made = %s;' % ('result != NULL' if result.endswith('*') else 'true')]
        if result == 'tg_plan *':
            lines += ['    if (made) tg_plan_print(result, stdout);']
        lines += ['    ' + line for line in self.release(result)]
        lines += ['    (void)name, (void)t, (void)result;', '    return made;', '}', '']

        told = self.owned(struct) or self.use(result, struct)
        row = '    { "%s", "%s", %s, refuse_%s, call_%s },' % (
            macro.name, name, 'true' if told else 'false', macro.name, macro.name)
        return lines, row

    def make(self, type_):
        """A layer, by its constructor with what that needs."""
        macro = self.maker[type_]
        return ['static void make_%s(things *t, %s *out)' % (macro.name, type_), '{',
                '    %s args = { %s };' % (macro.struct, macro.defaults),
                *('    ' + line for line in self.fill(macro)),
                '    *out = %s(&args);' % macro.function,
                '    (void)t;', '}', '']

    def program(self):
        with open(os.path.join(os.path.dirname(__file__), 'fixed.c'), encoding='utf-8') as file:
            fixed = file.read()
        functions, rows = [], []
        for macro in self.headers.macros:
            lines, row = self.function(macro)
            functions += lines
            rows.append(row)
        for type_ in sorted(self.made):
            functions = self.make(type_) + functions
        table = ['static const row rows[] = {', *rows, '};']
        mark = '/* @ROWS@ */\n'
        if fixed.count(mark) != 1:
            fail('fixed.c has no single place for the rows')
        return fixed.replace(mark, '\n'.join(functions + table) + '\n')


# ---- Headers of other versions ----------------------------------------------------------------

def amalgamate(headers):
    """All headers in one text, in the order in which they include each other."""
    texts = {os.path.basename(path): text for path, text in headers.plain.items()}
    seen = set()

    def include(name):
        if name in seen:
            return ''
        seen.add(name)
        text = re.sub(r'\x02\d+\x03', ' ', texts[name])
        return re.sub(r'^#include "(\w+\.h)"$', lambda m: include(m.group(1)), text, flags=re.M)

    return include('tapegrad.h')


def version(headers, older):
    text = amalgamate(headers)
    for struct, members in headers.options.items():
        kept = [m.declare(m.name) for m in (headers.kept(struct) if older else members)]
        kept += [] if older else ['double tg_newer']
        body = ''.join('    %s;\n' % declaration for declaration in kept)
        text, count = re.subn(r'^typedef struct %s \{.*?^\}' % struct,
                              lambda _: 'typedef struct %s {\n%s}' % (struct, body), text,
                              flags=re.M | re.S)
        if count != 1:
            fail('%s stands %d times in the headers' % (struct, count))
    for name, (struct, _, given) in headers.defaults.items():
        members = [m.name for m in (headers.kept(struct) if older else headers.options[struct])]
        end = members[-1] if older else 'tg_newer'
        values = ''.join(', .%s = %s' % pair for pair in given.items() if pair[0] in members)
        text, count = re.subn(r'^#define %s\b.*$' % name, lambda _: (
            '#define %s .struct_size = TG_OPTIONS_SIZE(%s, %s)%s' % (name, struct, end, values)),
            text, flags=re.M)
        if count != 1:
            fail('%s stands %d times in the headers' % (name, count))
    return text


def main():
    what, out, *paths = sys.argv[1:]
    headers = Headers(paths)
    with open(out, 'w', encoding='utf-8') as file:
        file.write(Calls(headers).program() if what == 'program' else
                   version(headers, what == 'older'))


main()
