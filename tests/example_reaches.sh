#!/bin/sh
# Runs an example and looks at a figure of its last line, "result: ... KEY=NUMBER ...".
#
# Usage: example_reaches.sh DATA KEY LEAST PROGRAM [ARG...]
#
# DATA: what the example needs of $TAPEGRAD_DATA, such as tables/iris.csv; without that it is skipped
# (77). "-": nothing.
set -eu

data=$1 key=$2 least=$3
shift 3
if [ "$data" != - ] && [ ! -e "${TAPEGRAD_DATA-}/$data" ]; then
    echo "skipped: there is no \$TAPEGRAD_DATA/$data"
    exit 77
fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$@" >"$out" || { cat "$out"; exit 1; }
tail -n 1 "$out"
value=$(tail -n 1 "$out" | sed -n "s/^result: .*[ ]$key=\([^ ]*\).*/\1/p")
[ -n "$value" ] || { echo "the last line has no $key"; exit 1; }
awk "BEGIN { exit !($value >= $least) }" || { echo "$key is below $least"; exit 1; }
