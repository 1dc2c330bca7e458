#!/bin/sh
# Every operation that the library defines is in its registry (ops/registry.def), which the tests walk
# over: one that is missing there would be one without tests. What is defined is read from the static
# library's symbols, tg__op_NAME.
#
# Usage: test_registry.sh STATIC_LIBRARY PROGRAM
# PROGRAM (registered.c) prints the symbols of the registry.
set -eu

command -v nm >/dev/null || { echo "nm is not installed"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$2" | LC_ALL=C sort >"$scratch/listed"
# Data of any section; functions are of type T.
nm --defined-only "$1" | awk 'NF == 3 && $2 !~ /^[Tt]$/ && $3 ~ /^tg__op_/ { print $3 }' |
    LC_ALL=C sort >"$scratch/defined"
[ -s "$scratch/defined" ] || { echo "nm shows no operation in $1"; exit 77; }

missing=$(LC_ALL=C comm -23 "$scratch/defined" "$scratch/listed")
[ -z "$missing" ] && exit 0
echo "defined, but not in ops/registry.def:"
echo "$missing" | sed 's/^/    /'
exit 1
