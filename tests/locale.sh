#!/bin/sh
# For the tests that number formats of the user's locale do not leak in or out: sees to it that
# there is a locale de_DE.UTF-8, which has a decimal comma. Prints nothing if the machine has it,
# else the folder where it has been made, for the variable LOCPATH; fails if it cannot be.
#
# Usage: locale.sh FOLDER
set -eu

locale -a 2>/dev/null | grep -qix 'de_DE.utf-\{0,1\}8' && exit 0
if [ ! -d "$1/de_DE.UTF-8" ]; then
    mkdir -p "$1"
    localedef -i de_DE -f UTF-8 "$1/de_DE.UTF-8" >/dev/null 2>&1
fi
echo "$1"
