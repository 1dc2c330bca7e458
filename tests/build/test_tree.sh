#!/bin/sh
# Rules of the source tree that no compiler keeps:
#
#   - Layers, optimizers, transforms, training loops and examples are built on the public interface
#     alone. Their include path sees to most of that; this sees to the rest, an #include that climbs
#     out of its folder.
#   - Every source file is in the list of its folder's meson.build, or nobody would notice that
#     it is not compiled, or not run.
#   - The folders of tests/ are those of the source, so that a test is where its subject is, but for
#     a few that test what no folder is for.
#   - No fraction is printed as the locale would have it: formats with a %g, %f, %e or %a, and formats
#     that are not known, go through tg__print or tg__vformat (autograd/text.h), or through tg_fail
#     and the like, which do the same.
#   - Every function that kernels take from the C library as vectors (kernels/vector.h) is called by
#     a row or a kernel: the build does without all of them where one is missing.
#
# Usage: test_tree.sh SOURCE_ROOT
set -eu

cd "$1"
failed=0

climbing=$(grep -En 'include[[:space:]]*["<]((.*/)?\.\./|(kernels|autograd|ops|plan|jit|exec|emit|io)/)' \
    nn/*.[ch] optim/*.[ch] transforms/*.[ch] train/*.[ch] examples/*.[ch] \
    examples/course/*.[ch] examples/course/*/*.[ch] 2>/dev/null || true)
if [ -n "$climbing" ]; then
    echo "These include what is not public:"
    echo "$climbing"
    failed=1
fi

# listed FILE: is it in the list of its folder's meson.build?
listed()
{
    [ -e "$1" ] || return 0
    folder=${1%/*}
    name=${1##*/}
    bare=${name%.c}
    grep -Eqs "'($name|$bare|${bare#test_})'" "$folder/meson.build" || {
        echo "$1 is not in the list of $folder/meson.build"
        failed=1
    }
}

for file in kernels/*.c autograd/*.c ops/*.c plan/*.c jit/*.c exec/*.c emit/*.c io/*.c nn/*.c optim/*.c transforms/*.c train/*.c \
    examples/*.c examples/course/*.c benchmarks/*.c include/*.h \
    tests/*/test_*.c tests/*/test_*.sh tests/*/errors_*.c tests/*/fuzz_*.c; do
    listed "$file"
done
for file in examples/course/*/*.c; do
    bare=${file#examples/course/}
    grep -q "'${bare%.c}'" "${file%/*}/meson.build" || {
        echo "$file is not in the list of ${file%/*}/meson.build"
        failed=1
    }
done

for file in tests/*.[ch] tests/*.def tests/*.sh; do
    [ -e "$file" ] || continue
    echo "$file belongs into a folder of tests/"
    failed=1
done
for folder in tests/*/; do
    folder=${folder#tests/}
    folder=${folder%/}
    case $folder in
    build | consumer | cpp | digest | headers | interop | library | options | probes | support) continue ;;
    esac
    [ -d "$folder" ] || {
        echo "there is tests/$folder, but no $folder whose tests it could have"
        failed=1
    }
done

localized=$(awk '
    FNR == 1 { statement = "" }
    { sub(/^[[:space:]]+/, ""); statement = statement $0 }
    /[;{}][[:space:]]*$/ || /^#/ || /\*\/$/ {
        if (FILENAME != "autograd/text.c" && statement !~ /^#|^\/?\*/) {
            fraction = statement ~ /%[-+#0-9.*]*l?[aAeEfFgG]/
            # The text of an error of layers, whose caller formats it: known formats, unless they
            # have fractions.
            list = statement ~ /vs?n?f?printf *\(/ && FILENAME != "nn/spatial.c"
            if (list || (fraction && statement ~ /(^|[^_a-z])(s?n?f?printf|tg__nn_message) *\(/))
                print FILENAME ":" FNR ": " statement
        }
        statement = ""
    }' kernels/*.[ch] autograd/*.[ch] ops/*.[ch] plan/*.[ch] jit/*.[ch] exec/*.[ch] emit/*.[ch] io/*.[ch] nn/*.[ch] optim/*.[ch] transforms/*.[ch] \
        train/*.[ch])
if [ -n "$localized" ]; then
    echo "These print numbers as the locale has them:"
    echo "$localized"
    failed=1
fi
vectors=$(sed -n '/^#define TG_VECTOR_FUNCTIONS/,/^[^ #]/p' kernels/vector.h |
    grep -oE '(ONE|TWO|POWER)\([a-z0-9]+' | sed 's/.*(//' || true)
[ -n "$vectors" ] || {
    echo "kernels/vector.h has no list of vector functions"
    failed=1
}
for function in $vectors; do
    grep -qw "tg__vector_$function" ops/*.def ops/*.[ch] kernels/*.[ch] || {
        echo "kernels/vector.h names the vector function $function, which no row and no kernel calls"
        failed=1
    }
done
exit $failed
