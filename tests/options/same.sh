#!/bin/sh
# Runs two programs, each in an empty folder. They must succeed and print the same, and something.
#
# Usage: same.sh PROGRAM PROGRAM ARGUMENT...
set -eu

whole()
{
    echo "$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
}
first=$(whole "$1") second=$(whole "$2")
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/first" "$work/second"
(cd "$work/first" && "$first" "$@" >"$work/first.out")
(cd "$work/second" && "$second" "$@" >"$work/second.out")
[ -s "$work/first.out" ] || { echo "nothing was printed"; exit 1; }
cmp -s "$work/first.out" "$work/second.out" && exit 0
diff "$work/first.out" "$work/second.out" | head -60
exit 1
