#!/bin/sh
# Compiles the walk over all options as a user's program would be: every standard, every warning,
# and none of them may come; compiles and runs it once. Then the switch that keeps the compiler's
# own warnings about members initialised twice.
#
# Usage: compile.sh INCLUDE WALK.c LIBRARY COMPILER...
set -eu

include=$1 walk=$2 library=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
shift 3
"$@" --version >/dev/null 2>&1 || { echo "there is no $1"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
set -- "$@" -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I"$include"

for standard in c17 c2x; do
    "$@" -std=$standard -fsyntax-only "$walk" || { echo "-std=$standard is not silent"; exit 1; }
done
"$@" -std=c11 "$walk" -o "$work/walk" "$library" -Wl,-rpath,"$(dirname "$library")" ||
    { echo "-std=c11 is not silent"; exit 1; }
"$work/walk"

# One doubled initialiser of the program's own, and one of a macro's.
cat >"$work/switch.c" <<'C'
#include <tapegrad.h>
int main(void)
{
    tg_store_free(tg_store_new(.dtype = TG_F64));
    return 0;
}
C
for silent in -Wno-override-init -Wno-initializer-overrides; do
    "$@" -std=c11 -DTG_KEEP_OVERRIDE_WARNINGS $silent -Wno-unknown-warning-option \
        -fsyntax-only "$work/switch.c" >"$work/log" 2>&1 && kept=$silent
done
[ -n "${kept-}" ] || { cat "$work/log"; echo "TG_KEEP_OVERRIDE_WARNINGS cannot be answered by a flag"; exit 1; }
if "$@" -std=c11 -DTG_KEEP_OVERRIDE_WARNINGS -fsyntax-only "$work/switch.c" >"$work/log" 2>&1; then
    echo "TG_KEEP_OVERRIDE_WARNINGS keeps nothing"
    exit 1
fi
grep -q -e override-init -e initializer-overrides "$work/log" || { cat "$work/log"; exit 1; }
"$@" -std=c11 -fsyntax-only "$work/switch.c"
