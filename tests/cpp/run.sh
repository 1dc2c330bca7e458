#!/bin/sh
# What a C++ compiler makes of the headers, the tests in this folder and the examples in C++, in one
# standard. Exits with 77 where the compiler is not there.
#
# Usage: run.sh STANDARD SOURCE_ROOT LIBRARY C_COMPILER [FLAG...] -- COMPILER [FLAG...]
#        STANDARD is 17 or 20; what stands before -- compiles the programs in C
set -u

standard=$1 root=$2 library=$3
shift 3
c=
while [ "$1" != -- ]; do
    c="$c $1"
    shift
done
shift
command -v "$1" >/dev/null || { echo "$1 is not installed"; exit 77; }
echo 'int main() {}' | "$@" "-std=c++$standard" -x c++ -fsyntax-only - 2>/dev/null ||
    { echo "$* has no C++$standard"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$(cd "$(dirname "$library")" && pwd)
cd "$root" || exit 1
link="$folder/$(basename "$library") -Wl,-rpath,$folder -lm -pthread"
strict="-Wall -Wextra -Wpedantic -Werror -Iinclude"
data=-DTG_EXAMPLES_DATA=\"$root/examples/data\"
failed=0

# must WHAT COMMAND...: succeeds, or is told.
must()
{
    what=$1
    shift
    "$@" >"$work/log" 2>&1 && return
    echo "== $what"
    head -n 40 "$work/log"
    failed=$((failed + 1))
    return 1
}

cpp() { "$compiler" "$@"; }
compiler=$work/cpp
{
    echo '#!/bin/sh'
    printf 'exec'
    printf " '%s'" "$@" "-std=c++$standard"
    # shellcheck disable=SC2016 # for the script's own arguments
    echo ' "$@"'
} >"$compiler"
chmod +x "$compiler"

# ---- The headers (each part alone: the suite "headers"), with warnings that users turn on -------

for header in include/tapegrad.h include/tapegrad.hpp; do
    # shellcheck disable=SC2086 # one word a flag, here and below
    must "$header alone" cpp $strict -Wconversion -Wshadow -fsyntax-only -include "$header" \
        -x c++ tests/headers/empty.c
done

# ---- What it does, and the same bits -----------------------------------------------------------

# shellcheck disable=SC2086
{
    must "check.cpp" cpp $strict -Wconversion tests/cpp/check.cpp -o "$work/check" $link &&
        must "check" "$work/check"

    must "defaults.c and defaults.cpp" tools/make-hpp --defaults "$work" &&
        must "defaults.c" $c -std=c11 $strict -c "$work/defaults.c" -o "$work/defaults.o" &&
        must "defaults.cpp" cpp $strict "$work/defaults.cpp" "$work/defaults.o" -o "$work/defaults" $link &&
        must "every option's default" "$work/defaults"

    must "bits.c" $c -std=c11 $strict tests/cpp/bits.c -o "$work/bits-c" $link &&
        must "bits.cpp" cpp $strict -Wconversion tests/cpp/bits.cpp -o "$work/bits" $link &&
        must "bits in C" sh -c '"$1-c" >"$1-c.out"' - "$work/bits" &&
        must "bits" sh -c '"$1" >"$1.out"' - "$work/bits" &&
        must "the same bits" cmp "$work/bits-c.out" "$work/bits.out"
}

# ---- What must not compile ----------------------------------------------------------------------

for case in 0 $(sed -n 's/^#\(el\)*if CASE == \([0-9]*\).*/\2/p' tests/cpp/refused.cpp); do
    # shellcheck disable=SC2086
    if cpp $strict -Wno-unused-variable "-DCASE=$case" -fsyntax-only tests/cpp/refused.cpp \
        >"$work/log" 2>&1; then
        [ "$case" -eq 0 ] || { echo "case $case of refused.cpp compiles"; failed=$((failed + 1)); }
    elif [ "$case" -eq 0 ]; then
        must "refused.cpp without what is to be refused" false
        cpp $strict -DCASE=0 -fsyntax-only tests/cpp/refused.cpp
    fi
done

# ---- The examples: they print what their counterparts in C do ------------------------------------

# But for times and the names of files and lines.
printed() { "$@" | sed 's/seconds=.*//; s/[^ ]*operation\.c[p]*:[0-9]*/FILE:LINE/'; }

# shellcheck disable=SC2086
must "common.c" $c -std=c11 $strict "$data" -c examples/common.c -o "$work/common.o"
for source in examples/cpp/*.cpp; do
    name=$(basename "$source" .cpp)
    # shellcheck disable=SC2086
    must "$source" cpp $strict "$data" "$source" "$work/common.o" -o "$work/$name" $link &&
        must "$name.c" $c -std=c11 $strict "$data" "examples/$name.c" "$work/common.o" \
            -o "$work/$name-c" $link || continue
    for arguments in "" $([ "$name" = newton ] && echo "--dense"); do
        printed "$work/$name-c" $arguments >"$work/expected" 2>&1
        printed "$work/$name" $arguments >"$work/got" 2>&1
        must "$name $arguments prints (+) something other than in C (-)" \
            diff -u "$work/expected" "$work/got"
        grep -q '^result: ' "$work/got" || must "$name $arguments has a result" false
    done
done

echo "$failed failed"
[ "$failed" -eq 0 ]
