"""Compares the public structs with include/structs.txt, a line for each: within a series of versions
options structs grow at their ends, and nothing else of them changes.

Usage: structs.py HEADER...            compares
       structs.py --write HEADER...    writes the file anew: look at its difference before committing
"""
import os
import sys

from headers import Headers


def lines_of(headers):
    return {name: '%s: %s' % (name, ' '.join(m.declare(m.name) + ';' for m in members))
            for name, members in sorted(headers.structs.items())}


def read(path):
    with open(path, encoding='utf-8') as file:
        return {line.split(':')[0]: line for line in file.read().splitlines()}


def complaints(headers, now, listed):
    for name in sorted(now.keys() | listed.keys()):
        old, new = listed.get(name), now.get(name)
        if old == new:
            continue
        if old is None:
            yield '%s is new' % name
        elif new is None:
            yield '%s is gone: programs that use it no longer compile' % name
        elif name in headers.options and new.startswith(old):
            yield '%s has grown by%s' % (name, new[len(old):])
        else:
            yield ('%s has changed: compiled programs would misread it, so it waits for the next series\n'
                   '    was %s\n    is  %s' % (name, old, new))


def main():
    write = sys.argv[1] == '--write'
    paths = sys.argv[2:] if write else sys.argv[1:]
    headers = Headers(paths)
    now = lines_of(headers)
    file = os.path.join(os.path.dirname(paths[0]), 'structs.txt')
    if write:
        with open(file, 'w', encoding='utf-8') as out:
            out.write('\n'.join(now.values()) + '\n')
        return
    found = list(complaints(headers, now, read(file)))
    if found:
        print('\n'.join(found))
        sys.exit('if that is meant: python3 tests/options/structs.py --write include/*.h')


main()
