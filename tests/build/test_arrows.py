"""What may use what, between folders and between files.

Folders have an order, and each may use those before it: include, kernels, autograd, ops, plan, jit,
exec, emit.
io/ uses kernels/ and autograd/ like these, and of the others only public functions; the layers
(nn/, optim/, transforms/, train/) use public functions alone. This reads

  - the #include lines: a file names headers of its own folder, public ones, and those of folders
    that it may use; test_tree.sh sees that none climbs out of its folder;
  - the symbols of the static libraries: what an object file uses and another one defines follows
    the same order. That includes what no header shows.

Files have no order that is written down, but there must be one: by the same symbols, no two files
use each other, directly or through others. Two kinds of use are not counted, or declared:

  - Between files of ops/, calls of public functions are not counted. A rule of differentiation is
    made of operations, recorded by their public functions: the rule of multiplication adds and sums,
    that of the sum broadcasts, and so on. The set of operations is closed under differentiation, so
    these calls must come back to where they began.
  - GROUPS lists files of ops/ that use each other in another way, each with a reason. Each file of a
    group names the others in the comment at its beginning. A group whose files no longer use each
    other must be removed from the list.

Usage: test_arrows.py SOURCE_ROOT LIBRARY...
"""
import collections
import os
import pathlib
import re
import subprocess
import sys

SKIPPED = 77
SYMBOLS = pathlib.Path('include/symbols.txt')

# folder -> the folders whose headers and hidden names it may use, and those of which it may use
# public functions alone.
ENGINE = ('kernels', 'autograd', 'ops', 'plan', 'jit', 'exec', 'emit')
ARROWS = {folder: (ENGINE[:i], ()) for i, folder in enumerate(ENGINE)}
ARROWS['io'] = (('kernels', 'autograd'), ('ops', 'exec'))
ARROWS['optim'] = ((), ENGINE)
ARROWS['transforms'] = ((), ENGINE)
ARROWS['nn'] = ((), ENGINE + ('optim',))
ARROWS['train'] = ((), ENGINE + ('io', 'optim', 'transforms', 'nn'))

# The reverse pass records what is the same for all operations: it adds cotangents up, begins with
# ones, and gives zeros where no gradient arrives.
EXCEPTIONS = {('autograd/gradient.c', name) for name in
              ('tg_add_at', 'tg_ones_like_at', 'tg_zeros_like_at')}

# What is compiled and not in the tree, because the build makes it.
GENERATED = {'jit/prelude.c'}

GROUPS = {
    ('ops/movement.c', 'ops/reduce.c'):
        'broadcast and sum are adjoint to each other: the rule of each records the other',
    ('ops/elementwise.c', 'ops/simplify.c'):
        'operations, and the rules that rewrite one of them as another',
}


# ---- Includes ---------------------------------------------------------------------------------

def check_includes(sources):
    public = {path.name for path in pathlib.Path('include').glob('*.h')}
    for path, text in sources.items():
        folder, allowed = path.parent.name, ARROWS[path.parent.name][0]
        for line in re.findall(r'^[ \t]*#[ \t]*include\b.*', text, flags=re.M):
            found = re.search(r'include\s*(["<])([^">]+)[">]', line)
            if not found:
                yield '%s: which file is this? %s' % (path, line)
                continue
            system, name = found.group(1) == '<', found.group(2)
            head = name.split('/')[0]
            if name in public or (head not in ARROWS and system):
                continue
            if '/' in name and (head == folder or head in allowed):
                if not pathlib.Path(name).exists():
                    yield '%s includes %s, which is not there' % (path, name)
            elif '/' in name or not (path.parent / name).exists():
                yield '%s includes %s, and %s/ may include only %s' % (
                    path, name, folder, ', '.join(['public headers', folder + '/'] +
                                                  [other + '/' for other in allowed]))


# ---- Symbols ----------------------------------------------------------------------------------

def source_of(member):
    """ops_dot.c.o of a library -> ops/dot.c"""
    member = os.path.basename(member).replace('meson-generated_.._', '')
    folder, _, name = member.partition('_')
    return '%s/%s' % (folder, re.sub(r'\.(o|obj)$', '', name))


def read_symbols(libraries):
    """symbol -> the file that defines it; file -> the symbols that it uses"""
    defined, used = {}, collections.defaultdict(set)
    for library in libraries:
        try:
            output = subprocess.run(['nm', '-g', '-P', '-A', library], check=True,
                                    stdout=subprocess.PIPE, text=True).stdout
        except OSError:
            print('nm is not installed')
            sys.exit(SKIPPED)
        for member, name, kind in re.findall(r'\[([^]]*)\]: (\S+) (\S)', output):
            if kind in 'Uwv':
                used[source_of(member)].add(name)
            else:
                defined[name] = source_of(member)
    return defined, used


def uses_of(defined, used):
    """(user, definer) -> symbols"""
    uses = collections.defaultdict(set)
    for file, names in used.items():
        for name in names & defined.keys():
            if defined[name] != file:
                uses[file, defined[name]].add(name)
    return uses


def folder_of(file):
    return file.split('/')[0]


def check_folders(uses, public):
    missing = set(EXCEPTIONS)
    for (user, definer), names in sorted(uses.items()):
        folder, other = folder_of(user), folder_of(definer)
        hidden, functions = ARROWS[folder]
        if folder == other or other in hidden:
            continue
        for name in sorted(names):
            missing.discard((user, name))
            if (user, name) in EXCEPTIONS or (other in functions and name in public):
                continue
            yield '%s uses %s of %s, and %s/ may not use %s of %s/' % (
                user, name, definer, folder,
                'hidden names' if other in functions else 'anything', other)
    for user, name in sorted(missing):
        yield '%s no longer uses %s: it is no exception' % (user, name)


# ---- Circles ----------------------------------------------------------------------------------

def graph_of(uses, public):
    """file -> the files that it uses -> the symbols for which that counts"""
    graph = collections.defaultdict(dict)
    for (user, definer), names in uses.items():
        recorded = public if folder_of(user) == folder_of(definer) == 'ops' else set()
        if names - recorded:
            graph[user][definer] = names - recorded
    return graph


def reachable(graph, file):
    found, queue = set(), [file]
    while queue:
        for other in graph.get(queue.pop(), ()):
            if other not in found:
                found.add(other)
                queue.append(other)
    return found


def circles_of(graph):
    """The sets of files each of which leads to all others of the set."""
    reach = {file: reachable(graph, file) for file in graph}
    return {tuple(sorted(other for other in reach[file] if file in reach.get(other, ())))
            for file in graph if file in reach[file]}


def head_comment(text):
    return text[:text.index('*/')] if text.startswith('/*') and '*/' in text else ''


def check_circles(uses, public, sources):
    graph = graph_of(uses, public)
    circles, groups = circles_of(graph), {tuple(sorted(group)) for group in GROUPS}
    for circle in sorted(circles - groups):
        lines = ['    %s -> %s: %s' % (user, other, ', '.join(sorted(graph[user][other])[:4]))
                 for user in circle for other in sorted(graph[user]) if other in circle]
        yield 'these files use each other:\n' + '\n'.join(lines)
    for group in sorted(groups - circles):
        yield '%s do not use each other, or not alone: they are no group' % ' and '.join(group)
    for group in sorted(groups):
        for file in group:
            head = head_comment(sources.get(pathlib.Path(file), ''))
            for other in group:
                if other != file and os.path.basename(other) not in head:
                    yield 'the comment at the beginning of %s does not name %s' % (file, other)


def main():
    libraries = [os.path.abspath(library) for library in sys.argv[2:]]
    os.chdir(sys.argv[1])
    public = set(SYMBOLS.read_text(encoding='utf-8').split())
    sources = {path: path.read_text(encoding='utf-8') for folder in ARROWS
               for path in sorted(pathlib.Path(folder).iterdir())
               if path.suffix in ('.c', '.h', '.def')}
    complaints = list(check_includes(sources))
    defined, used = read_symbols(libraries)
    if not defined:
        print('nm shows no symbols in %s' % ' '.join(libraries))
        sys.exit(1 if complaints else SKIPPED)
    unknown = sorted({*used, *defined.values()} - {str(path) for path in sources} -
                     GENERATED)
    if unknown:
        complaints.append('these are compiled, and are in no folder: %s' % ', '.join(unknown))
    else:
        uses = uses_of(defined, used)
        complaints += check_folders(uses, public)
        complaints += check_circles(uses, public, sources)
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit('Arrows between folders run one way, and those between files in no circle: what two '
                 'need of each\nother belongs into a file below both (docs/architecture.md).')
    print('%d files, %d symbols' % (len(used), len(defined)))


if __name__ == '__main__':
    main()
