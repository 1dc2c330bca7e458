#!/usr/bin/env bash
# Runs the perceptrons of the benchmark mlp in Tapegrad and in KANN, in turns, and prints the
# ratios as lines of JSON: KANN's time over Tapegrad's; above 1, Tapegrad is faster. KANN has
# neither Adam nor momentum and runs its RMSprop instead.
#
# Usage: KANN_DIR=checkout benchmarks/compare_kann.sh [BUILD_FOLDER [ROUNDS]]
#
#   KANN_DIR   a checkout of github.com/attractivechaos/kann
#
# KANN is compiled with -O3 -march=native -ffast-math and OpenBLAS. Both sides use one thread.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}
rounds=${2:-3}
case ${1-} in -h | --help)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
[ -f "${KANN_DIR-}/kann.c" ] || {
    echo "set KANN_DIR to a checkout of KANN; see --help" >&2
    exit 77
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck disable=SC2046 # several words
${CC:-cc} -O3 -march=native -ffast-math -DHAVE_CBLAS -D_POSIX_C_SOURCE=200809L -w \
    $(pkg-config --cflags openblas) -I"$KANN_DIR" \
    "$here/peers/kann_mlp.c" "$KANN_DIR/kann.c" "$KANN_DIR/kautodiff.c" \
    -o "$scratch/kann_mlp" $(pkg-config --libs openblas) -lm
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }

# compare SIZE BATCH CASE
compare()
{
    local ours=() theirs=() round
    for ((round = 0; round < rounds; round++)); do
        ours+=("$("$build/benchmarks/bench_mlp" --case "$3" |
            sed -n "s/.*\"case\": \"$3\", \"metric\": \"step_us\", \"value\": \([0-9.]*\).*/\1/p")")
        theirs+=("$("$scratch/kann_mlp" "$1" "$2" 2)")
    done
    awk -v name="$3" -v a="$(printf '%s\n' "${ours[@]}" | median)" \
        -v b="$(printf '%s\n' "${theirs[@]}" | median)" 'BEGIN {
        printf "{\"bench\": \"compare_kann\", \"case\": \"%s\", \"metric\": \"step_us\", ", name
        printf "\"tapegrad\": %s, \"kann\": %s, \"ratio\": %.2f, \"threads\": 1}\n", a, b, b / a
    }'
}

compare small 1 "784-256-128-10 b1"
compare small 32 "784-256-128-10 b32"
compare small 128 "784-256-128-10 b128"
compare large 128 "1024-2048-2048-1000 b128"
