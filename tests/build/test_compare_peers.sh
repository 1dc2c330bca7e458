#!/bin/sh
# benchmarks/compare_peers, without peers and without times: it explains itself; it says what to do where
# there is no PyTorch or JAX; and every case of benchmarks/peers/cases.json runs in Tapegrad, if there is a
# build folder with the benchmarks.
#
# Usage: test_compare_peers.sh SOURCE_ROOT PYTHON [BUILD_FOLDER]
set -eu

program=$1/benchmarks/compare_peers
python=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# expect STATUS ARGUMENT...: runs the program, whose lines are then in out and err of $scratch
expect()
{
    wanted=$1
    shift
    status=0
    "$python" "$program" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
    [ "$status" -eq "$wanted" ] && return
    echo "compare_peers $* ended with status $status, not $wanted:"
    cat "$scratch/out" "$scratch/err"
    failed=1
}

# has FILE TEXT
has()
{
    grep -q -- "$2" "$scratch/$1" && return
    echo "compare_peers does not say $2"
    failed=1
}

expect 0 --help
has out --install
expect 2 --folder "$scratch/none" --build "$scratch/none"
has err --install
[ "$(wc -l <"$scratch/err")" -eq 1 ] || {
    echo "what is missing should be one line:"
    cat "$scratch/err"
    failed=1
}
expect 2 --case "no such case"
expect 2 --threads 100000
expect 2 --side "no such side"

if [ $# -gt 2 ]; then
    "$python" -c 'import json, sys
for case in json.load(open(sys.argv[1])):
    if case["model"] != "classical": print(case["name"])' "$1/benchmarks/peers/cases.json" >"$scratch/wanted"
    expect 0 --check --side tapegrad --build "$3"
    sed -n 's/^checked: case=\([^ ]*\) threads=1 tapegrad=.*/\1/p' "$scratch/out" >"$scratch/checked"
    cmp "$scratch/wanted" "$scratch/checked" || {
        echo "not every case was checked:"
        cat "$scratch/out" "$scratch/err"
        failed=1
    }
fi
exit $failed
