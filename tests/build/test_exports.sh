#!/bin/sh
# A library is a guest in its process: it brings no names but its own, and never ends the
# process, writes to its streams or changes its settings. So the shared library
#
#   - exports names that begin with tg_, and none that begin with tg__ (internal);
#   - exports what include/symbols.txt lists, no more and no less;
#   - imports nothing that could do such a thing; the environment is read by jit/environment.c, and
#     by nothing else;
#
# and the static library, where nothing can be hidden, defines tg_ names alone. What compilers
# add of their own (sanitizers, stack protection, fortified copies) is no sin of ours.
#
# Usage: test_exports.sh SOURCE_ROOT SHARED_LIBRARY STATIC_LIBRARY
set -eu

root=$1
shift
command -v nm >/dev/null || { echo "nm is not installed"; exit 77; }

guests='abort exit _exit _Exit quick_exit atexit __assert_fail assert
        printf vprintf puts putchar perror __printf_chk __vprintf_chk stdin stdout stderr
        signal sigaction setlocale srand rand srandom random secure_getenv setenv
        gzopen gzopen64'
compilers='^(__odr_asan|__asan_|__ubsan_|__tsan_|__sanitizer_|_init$|_fini$)'
failed=0

complain()
{
    [ -z "$2" ] && return
    echo "$1:"
    echo "$2" | sed 's/^/    /'
    failed=1
}

names() { nm "$@" | awk 'NF >= 2 { sub(/@.*/, "", $NF); print $NF }' | sort -u; }

exported=$("$root/tools/symbols" "$1") || exit 1
complain "exported, but not named tg_" "$(echo "$exported" | grep -v '^tg_' || true)"
complain "exported, but internal" "$(echo "$exported" | grep '^tg__' || true)"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "$exported" >"$scratch/exported"
LC_ALL=C sort -u "$root/include/symbols.txt" >"$scratch/listed"
again="if that is meant: tools/symbols --write $1"
complain "exported, but not in include/symbols.txt ($again)" \
    "$(LC_ALL=C comm -23 "$scratch/exported" "$scratch/listed")"
complain "in include/symbols.txt, but not exported, so programs that use it no longer start ($again)" \
    "$(LC_ALL=C comm -13 "$scratch/exported" "$scratch/listed")"

# shellcheck disable=SC2086 # one word a name
pattern=$(printf "%s|" $guests)
complain "imported, though a library should not" \
    "$(names -D --undefined-only "$1" | grep -Ex "${pattern%|}" || true)"

complain "defined by the static library, but not named tg_" \
    "$(nm -g --defined-only "$2" | awk 'NF == 3 { print $3 }' | grep -Ev "$compilers" |
        grep -v '^tg_' | sort -u || true)"

complain "reads the environment" \
    "$(nm -A --undefined-only "$2" | awk '$NF == "getenv"' | grep -v ':jit_environment' || true)"

exit $failed
