#!/bin/sh
# Runs an example with --profile: it must print the table and write the trace, which must be JSON
# (Python looks, if it is there), and refuse a file that cannot be written before it does anything.
#
# Usage: example_profile.sh PROGRAM [ARG...]
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$1"; head -n 40 "$work/out"; exit 1; }

"$@" --profile "$work/trace.json" >"$work/out" 2>&1 || fail "it failed"
grep -q '^[0-9]* runs of a plan of [0-9]* kernels' "$work/out" || fail "there is no table"
grep -q '^ *[0-9.]*% .* call  .*dot' "$work/out" || fail "the table has no product"
tail -n 1 "$work/out" | grep -q '^result: ' || fail "its last line is not the result"

if command -v python3 >/dev/null; then
    python3 - "$work/trace.json" <<'END' || fail "the trace is not what it should be"
import json, sys
events = json.load(open(sys.argv[1]))['traceEvents']
assert events, 'no events'
for event in events:
    assert event['ph'] == 'X' and event['name'] and event['dur'] >= 0, event
END
else
    grep -q '"ph": "X"' "$work/trace.json" || fail "the trace has no event"
fi

if "$@" --profile "$work/none/trace.json" >"$work/out" 2>"$work/err"; then
    fail "a trace that cannot be written is no error"
fi
grep -q "$work/none/trace.json: " "$work/err" || fail "the error does not name the file"
[ ! -s "$work/out" ] || fail "it began before it looked whether the file can be written"
