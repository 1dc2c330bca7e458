"""Writes the program that walks over every option of every function, from the public headers.

Usage: walk.py OUT.c HEADER...

A macro with options expands to a call of NAME_with. The program puts a function of its own in that
place, which keeps the options that arrive, and compares them with what the text of the call says:
the options written have the values written, all others their defaults.
"""
import re
import sys

from headers import Headers, fail

START = r'''/* Made from the public headers by tests/options/walk.py: see there. */
#include <stdio.h>
#include <string.h>
#include <tapegrad.h>

/* ---- What arrived ----------------------------------------------------------------------- */

typedef struct leaf {
    const char *name;
    size_t offset, size;
} leaf;

enum { ROOM = 1024, DEPTH = 4 };
static struct {
    union {
        unsigned char bytes[ROOM];
        tg_options head;
    } options;
    const char *function;
} caught[DEPTH];
static int caught_count, checked, wrong;

/* Places to point at. None is ever looked into. */
static char place[64];
static void *no_result(void) { return NULL; }
#define a_function ((void (*)(void))no_result)

static void catch_options(const void *given, size_t size, const char *function)
{
    if (caught_count == DEPTH) caught_count = 0;
    memcpy(caught[caught_count].options.bytes, given, size);
    caught[caught_count++].function = function;
}

/* Compares the options of the [nth] call that was caught with those wanted, whose site is [line]. */
static void check(int nth, const char *function, const void *want, const leaf *leaves, int line)
{
    checked++;
    if (nth >= caught_count || strcmp(caught[nth].function, function) != 0) {
        printf("%s:%d: no call of %s\n", __FILE__, line, function);
        wrong++;
        return;
    }
    const unsigned char *got = caught[nth].options.bytes;
    for (const leaf *l = leaves; l->name; l++) {
        if (memcmp(got + l->offset, (const char *)want + l->offset, l->size) == 0) continue;
        printf("%s:%d: %s: .%s is not what the call says\n", __FILE__, line, function, l->name);
        wrong++;
    }
    const tg_site *at = &caught[nth].options.head.at;
    if (at->line != line || !at->file || strcmp(at->file, __FILE__) != 0) {
        printf("%s:%d: %s: .at is %s:%d\n", __FILE__, line, function, at->file, at->line);
        wrong++;
    }
}

/* A default that a comment states. */
static void check_stated(const char *where, const void *is, const void *stated, size_t size)
{
    checked++;
    if (memcmp(is, stated, size) == 0) return;
    printf("%s is not the default that its comment states\n", where);
    wrong++;
}
'''

END = r'''
int main(void)
{
    fill_structs();
@CALLS@
    printf("%d calls of @FUNCTIONS@ functions checked, %d wrong\n", checked, wrong);
    return wrong > 0;
}
'''


class Walk:
    def __init__(self, headers):
        self.headers = headers
        self.lines = [START]
        self.inner = self.find_inner()

    def write(self, *lines):
        self.lines += lines

    def options_of(self, struct):
        return self.headers.options[struct][2:]

    # ---- Values -------------------------------------------------------------------------

    def is_function(self, member):
        return member.is_function or member.type in self.headers.function_types

    def zero(self, member):
        if member.is_pointer or self.is_function(member):
            return 'NULL'
        if member.type in self.headers.structs:
            return '(%s){ 0 }' % member.type
        if member.type in self.headers.enums:
            return '(%s)0' % member.type
        return {'bool': 'false', 'double': '0.0', 'char': "'\\0'"}.get(member.type, '0')

    def value(self, member, number):
        """One that is neither 0 nor that of another member, as far as its type has so many."""
        if self.is_function(member):
            return member.cast + 'a_function'
        if member.is_pointer:
            return '%s(void *)&place[%d]' % (member.cast, number)
        if member.type in self.headers.structs:
            return 'some_%s[%d]' % (member.type, number % 2)
        if member.type in self.headers.enums:
            return '(%s)1' % member.type
        if member.type == 'bool':
            return 'true'
        if member.type == 'double':
            return '%d.5' % (number + 3)
        if member.type == 'char':
            return "'%s'" % chr(ord('a') + number)
        if member.type in ('int', 'size_t', 'int64_t', 'uint64_t', 'int32_t', 'uint32_t'):
            return '%d' % (number + 3)
        fail('no value for the type of "%s"' % member.declare(member.name))

    # ---- Parts of the program -----------------------------------------------------------

    def find_inner(self):
        """For an option NAME and a result TYPE the macros that have the option and give that."""
        found = {}
        for macro in self.headers.macros:
            result = self.headers.functions[macro.function][0]
            for member in self.options_of(macro.struct):
                found.setdefault((member.name, result), []).append(macro)
        return found

    def structs(self):
        """Objects of every struct that is given by value, with no byte 0 in what they hold."""
        types = sorted({m.type for s in self.headers.options for m in self.options_of(s)
                        if m.type in self.headers.structs})
        self.write('', '/* ---- Values of structs %s */' % ('-' * 67), '')
        for type_ in types:
            self.write('static %s some_%s[2];' % (type_, type_))
        self.write('', 'static void fill_structs(void)', '{')
        for type_ in types:
            for index in range(2):
                for number, leaf in enumerate(self.headers.leaves(type_)):
                    place = 'some_%s[%d].%s' % (type_, index, leaf)
                    self.write('    memset(&%s, %d, sizeof %s);'
                               % (place, 1 + (number + index) % 120, place))
        self.write('}')

    def layout(self, struct):
        """The members are where the headers' text says, and there are no others."""
        members = self.headers.options[struct]
        self.write('', '/* ---- %s */' % struct, '', 'static const leaf leaves_of_%s[] = {' % struct)
        for leaf in self.headers.leaves(struct):
            if leaf.split('.')[0] == 'at':
                continue
            self.write('    { "%s", offsetof(%s, %s), sizeof((%s *)0)->%s },'
                       % (leaf, struct, leaf, struct, leaf))
        self.write('    { NULL, 0, 0 },', '};',
                   '_Static_assert(sizeof(%s) <= ROOM, "%s");' % (struct, struct),
                   '_Static_assert(offsetof(%s, struct_size) == offsetof(tg_options, struct_size), "%s");'
                   % (struct, struct),
                   '_Static_assert(offsetof(%s, at) == offsetof(tg_options, at), "%s");' % (struct, struct))
        for before, member in zip(members, members[1:]):
            end = '(offsetof({0}, {1}) + sizeof((({0} *)0)->{1}))'.format(struct, before.name)
            align = '_Alignof(%s)' % member.declare('').strip()
            self.write('_Static_assert(offsetof(%s, %s) == (%s + %s - 1) / %s * %s, "%s.%s");'
                       % (struct, member.name, end, align, align, align, struct, member.name))
        self.write('_Static_assert(sizeof({0}) - TG_OPTIONS_SIZE({0}, {1}) < _Alignof({0}), "{0}");'
                   .format(struct, members[-1].name))

    def capture(self, function):
        result, struct, _ = self.headers.functions[function]
        pointer = result.endswith('*')
        initial = ' = (%s)(void *)&place[63]' % result if pointer else ''
        self.write('', 'static %s caught_%s(const %s *given)' % (result, function, struct), '{',
                   '    static %s%snone%s;' % (result, '' if pointer else ' ', initial),
                   '    catch_options(given, sizeof *given, "%s");' % function,
                   '    return none;', '}',
                   '#define %s caught_%s' % (function, function))

    def stated(self, macro, body):
        """Defaults that comments state as a number: those of members, and "Default lr 1e-3"."""
        given = self.headers.defaults[macro.defaults][2]
        literal = r"(-?[\d.]+(?:e-?\d+)?|TG_[A-Z_]+|true|false|HUGE_VAL|'.'|\"[^\"]*\")(?![\w/^])"
        comment = self.headers.functions[macro.function][2]
        stated = dict((n, v.rstrip('.')) for n, v in re.findall(r'Default (\w+) ' + literal, comment))
        for member in self.options_of(macro.struct):
            found = re.search(r'\bdefault:? ' + literal, member.comment)
            if found and not member.comment.startswith('these'):
                stated.setdefault(member.name, found.group(1).rstrip('.'))
        for member in self.options_of(macro.struct):
            if member.name not in stated:
                continue
            text, where = stated[member.name], '%s.%s' % (macro.defaults, member.name)
            if text.startswith('"'):
                if given.get(member.name) != text:
                    fail('%s is %s, and its comment says %s' % (where, given.get(member.name), text))
            elif member.type not in self.headers.structs and not member.is_pointer:
                body.append('    {{ const {0} stated = {1}; check_stated("{2}", &defaults.{3}, &stated, '
                            'sizeof stated); }}'.format(member.type, text, where, member.name))
        return stated

    def walk(self, macro):
        members = self.options_of(macro.struct)
        body = ['    static const %s defaults = { %s };' % (macro.struct, macro.defaults),
                '    %s want = defaults;' % macro.struct]
        base = ['want = defaults;'] + ['want.%s = %s;' % pair for pair in macro.extra.items()]
        seen = lambda nth=0: 'check(%d, "%s", &want, leaves_of_%s, __LINE__);' % (
            nth, macro.function, macro.struct)

        def call(arguments, wanted, nth=0):
            body.append('    ' + ' '.join(base + wanted))
            body.append('    caught_count = 0; (void)%s(%s); %s' % (macro.name, arguments, seen(nth)))

        size = 'TG_OPTIONS_SIZE(%s, %s)' % (macro.struct, members[-1].name)
        body.append('    {{ const size_t stated = {0}; check_stated("{1}.struct_size", '
                    '&defaults.struct_size, &stated, sizeof stated); }}'.format(size, macro.defaults))
        self.stated(macro, body)
        call('', [])
        for number, member in enumerate(members):
            self.by_name(macro, member, number, body, call)
        self.by_position(members, call)
        named = list(enumerate(members))[::-1]
        for give in (self.value, lambda member, _: self.zero(member)):
            call(', '.join('.%s = %s' % (m.name, give(m, n)) for n, m in named),
                 ['want.%s = %s;' % (m.name, give(m, n)) for n, m in named])
        self.write('', 'static void walk_%s(void)' % macro.name, '{', *body, '}')

    def by_name(self, macro, member, number, body, call):
        name = member.name
        zero, value = self.zero(member), self.value(member, number)
        for given in (zero, value):
            want = ['want.%s = %s;' % (name, given)]
            call('.%s = %s' % (name, given), want)
            body += ['    {', '        %s = %s;' % (member.declare('variable'), given)]
            call('.%s = variable' % name, want)
            body += ['    }', '#define OPTIONS .%s = %s' % (name, given)]
            call('OPTIONS', want)
            body.append('#undef OPTIONS')
            # The inner call's option is its own, also in a call of the same macro.
            other = value if given == zero else zero
            # (Behind a comma NULL is a void *, which is no pointer to a function.)
            call('.%s = ((void)%s(.%s = %s), %s%s)' % (
                name, macro.name, name, other,
                member.cast if self.is_function(member) and given == zero else '', given), want, 1)
        for outer in (o for o in self.options_of(macro.struct) if o.name != name):
            inner = self.inner.get((name, outer.type), [])
            if not inner:
                continue
            inner = inner[(number + len(macro.name)) % len(inner)]
            there = next(m for m in self.options_of(inner.struct) if m.name == name)
            nested = '.%s = %s(.%s = %s)' % (outer.name, inner.name, name, self.value(there, number))
            caught = '(%s)(void *)&place[63]' if outer.is_pointer else '(%s){ 0 }'
            got = 'want.%s = %s;' % (outer.name, caught % outer.type)
            call(nested, [got], 1)
            call('%s, .%s = %s' % (nested, name, zero), [got, 'want.%s = %s;' % (name, zero)], 1)
            break

    def by_position(self, members, call):
        for count in range(1, len(members) + 1):
            values = [self.value(m, n) for n, m in enumerate(members[:count])]
            zeros = [self.zero(m) for m in members[:count]]
            for given in (values, values[:-1] + zeros[-1:], zeros):
                call(', '.join(given),
                     ['want.%s = %s;' % (m.name, v) for m, v in zip(members, given)])

    def program(self):
        self.structs()
        for struct in self.headers.options:
            self.layout(struct)
        self.write('', '/* ---- The functions\' places %s */' % ('-' * 62))
        for function in self.headers.functions:
            self.capture(function)
        self.write('', '/* ---- The walk %s */' % ('-' * 75))
        for macro in self.headers.macros:
            self.walk(macro)
        calls = '\n'.join('    walk_%s();' % m.name for m in self.headers.macros)
        self.write(END.replace('@CALLS@', calls)
                   .replace('@FUNCTIONS@', str(len(self.headers.functions))))
        return '\n'.join(self.lines)


def main():
    out, *paths = sys.argv[1:]
    with open(out, 'w', encoding='utf-8') as file:
        file.write(Walk(Headers(paths)).program())


main()
