"""What the public headers say about options: structs, members, defaults, functions, macros.

Read from the text of include/*.h. What looks like options and is not understood is an error, so
that nothing escapes the programs that are made of this.
"""
import re
import sys

HEAD = ('struct_size', 'at')  # what every options struct begins with


def fail(message):
    sys.exit('options: ' + message)


class Member:
    def __init__(self, type_, name, tail='', comment=''):
        self.type = type_  # '@' stands for the name where it is not last: 'int (*@)(void)'
        self.name, self.tail, self.comment = name, tail, comment

    def declare(self, name):
        if '@' in self.type:
            return self.type.replace('@', name)
        return self.type + ('' if self.type.endswith('*') else ' ') + name + self.tail

    @property
    def is_function(self):
        return '@' in self.type

    @property
    def is_pointer(self):
        return self.type.endswith('*')

    @property
    def cast(self):
        return '(' + self.type.replace('@', '') + ')'


class Macro:
    """#define NAME(...) FUNCTION(&(STRUCT){ DEFAULTS, EXTRA.at = TG_HERE, __VA_ARGS__ })"""

    def __init__(self, name, function, struct, defaults, extra):
        self.name, self.function, self.struct, self.defaults = name, function, struct, defaults
        self.extra = dict(re.findall(r'\.(\w+) = ([^,]+),', extra))


class Headers:
    def __init__(self, paths):
        self.paths = list(paths)
        self.texts = {path: open(path, encoding='utf-8').read() for path in self.paths}
        self.comments = []
        self.plain = {path: self.without_comments(text) for path, text in self.texts.items()}
        whole = '\n'.join(self.plain.values())
        self.function_types = set(re.findall(r'^typedef [^;]*\(\*(\w+)\)\(', whole, flags=re.M))
        self.enums = set(re.findall(r'^typedef enum (\w+)', whole, flags=re.M))
        self.shared = self.find_shared(whole)
        self.structs = self.find_structs(whole)
        self.options = {n: m for n, m in self.structs.items()
                        if tuple(x.name for x in m[:2]) == HEAD and n != 'tg_options'}
        self.defaults = self.find_defaults(whole)
        self.functions = self.find_functions(whole)
        self.macros = self.find_macros(whole)
        self.check()

    # ---- Reading ------------------------------------------------------------------------

    def without_comments(self, text):
        """Comments become \\1N\\2, and continued lines one line."""
        def keep(match):
            self.comments.append(re.sub(r'\s*\\?\n\s*\*?\s*', ' ', match.group()[2:-2]).strip())
            ends = ''.join(re.findall(r'\\?\n', match.group())) # a macro's lines stay continued
            return '\x02%d\x03' % (len(self.comments) - 1) + ends
        return re.sub(r'/\*.*?\*/', keep, text, flags=re.S).replace('\\\n', ' ')

    def find_shared(self, text):
        """Macros that stand for members: TG_OPTIMIZER_OPTIONS."""
        found = {}
        for name, body in re.findall(r'^#define (TG_\w+)[ \t]+(.*)$', text, flags=re.M):
            if re.match(r'(\s*\w[^;()]*;)+\s*$', re.sub(r'\x02\d+\x03', ' ', body)):
                found[name] = body
        return found

    def find_structs(self, text):
        structs = {}
        for match in re.finditer(r'^(?:typedef )?struct (\w+) \{(.*?)^\}', text, flags=re.M | re.S):
            body = match.group(2)
            for name, members in self.shared.items():
                body = re.sub(r'\b%s\b' % name, lambda _: members, body)
            structs[match.group(1)] = self.members_of(body)
        return structs

    def members_of(self, body):
        members = []
        for piece in re.findall(r'[^;]*;(?:[ \t]*\x02\d+\x03)?', body):
            trailing = re.search(r';[ \t]*\x02(\d+)\x03$', piece)
            comment = self.comments[int(trailing.group(1))] if trailing else ''
            piece = re.sub(r'\x02\d+\x03', ' ', piece)
            piece = ' '.join(piece.rsplit(';', 1)[0].split())
            members += self.members_in(piece, comment)
        return members

    def members_in(self, declaration, comment):
        function = re.match(r'(.*\(\*)(\w+)(\)\(.*\))$', declaration)
        if function:
            return [Member(function.group(1) + '@' + function.group(3), function.group(2), '', comment)]
        match = re.match(r'((?:const )?(?:struct |enum |unsigned )?\w+) (.*)$', declaration)
        if not match:
            fail('no member: "%s"' % declaration)
        members = []
        for declarator in match.group(2).split(','):
            parts = re.match(r' ?(\*?(?: ?const )?\**)(\w+)((?:\[\w+\])*)$', declarator)
            if not parts:
                fail('no member: "%s" in "%s"' % (declarator, declaration))
            stars = parts.group(1)
            members.append(Member(match.group(1) + (' ' + stars if stars else ''), parts.group(2),
                                  parts.group(3), comment))
        return members

    def find_defaults(self, text):
        """TG_X_DEFAULTS: the struct, and its initialisers in order."""
        found = {}
        for name, body in re.findall(r'^#define (TG_\w+_DEFAULTS)\b[ \t]*(.*)$', text, flags=re.M):
            size = re.match(r'\.struct_size = TG_OPTIONS_SIZE\((\w+), (\w+)\)', body)
            if not size:
                fail('%s does not begin with .struct_size = TG_OPTIONS_SIZE(struct, member)' % name)
            given = dict((n, v.strip()) for n, v in
                         re.findall(r'\.(\w+) = ((?:\'.\'|[^,(\']|\([^)]*\))+)', body[size.end():]))
            found[name] = (size.group(1), size.group(2), given)
        return found

    def find_functions(self, text):
        """NAME_with: what it returns, its struct, and the comment above it."""
        found = {}
        pattern = r'(?:\x02(\d+)\x03\s*)?TG_API ((?:const )?\w+[ \n]\*?)\s*(\w+_with)\(([^;]*)\);'
        for comment, result, name, parameters in re.findall(pattern, text):
            struct = re.match(r'const (\w+) \*\w+$', parameters)
            if not struct:
                fail('%s(%s) does not take a pointer to const options' % (name, parameters))
            found[name] = (result.strip(), struct.group(1), self.comments[int(comment)] if comment else '')
        return found

    def find_macros(self, text):
        pattern = (r'#define (\w+)\(\.\.\.\) (\w+)\( ?&\((\w+)\)\{ (TG_\w+), ((?:\.\w+ = [^,]+, )*)'
                   r'\.at = TG_HERE, __VA_ARGS__ \}\)$')
        macros = []
        for line in re.findall(r'^#define .*_with\b.*$', text, flags=re.M):
            match = re.match(pattern, ' '.join(line.split()))
            if not match:
                fail('not a macro of options as the others: ' + line)
            macros.append(Macro(*match.groups()))
        return macros

    # ---- Nothing may escape -------------------------------------------------------------

    def check(self):
        for name in set(re.findall(r'\b\w+_with\b(?=\()', '\n'.join(self.plain.values()))):
            if name not in self.functions:
                fail(name + ' is used and not found as a function')
        for name, (_, struct, _) in self.functions.items():
            if struct not in self.options:
                fail('%s takes %s, which does not begin with struct_size and at' % (name, struct))
            if name not in [m.function for m in self.macros]:
                fail(name + ' has no macro')
        for name in self.structs:
            if name.endswith('_args') and name not in [f[1] for f in self.functions.values()]:
                fail(name + ' belongs to no function')
        for macro in self.macros:
            if macro.defaults not in self.defaults:
                fail('%s: no %s' % (macro.name, macro.defaults))
            structs = {macro.struct, self.defaults[macro.defaults][0],
                       self.functions[macro.function][1]}
            if len(structs) != 1:
                fail('%s mixes %s' % (macro.name, ', '.join(sorted(structs))))
        for name, (struct, last, given) in self.defaults.items():
            if name not in [m.defaults for m in self.macros]:
                fail(name + ' is used by no macro')
            members = [m.name for m in self.options[struct]]
            if last != members[-1]:
                fail('%s ends its size with .%s, and %s with .%s' % (name, last, struct, members[-1]))
            for member in given:
                if member not in members:
                    fail('%s: %s has no .%s' % (name, struct, member))

    def kept(self, struct):
        """The members that a header one member older has: all but the last, but a first operand."""
        members = self.options[struct]
        return members[:-1] if len(members) > len(HEAD) + 1 else members

    def leaves(self, struct, path=''):
        """The members that hold something, those of structs inside it one by one."""
        for member in self.structs[struct]:
            if member.type in self.structs and not member.tail:
                yield from self.leaves(member.type, path + member.name + '.')
            else:
                yield path + member.name
