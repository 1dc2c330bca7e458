#!/bin/sh
# Runs an example that needs data, and ends with its status: 0 if the result is what it should be.
#
# Usage: with_data.sh DATA PROGRAM [ARG...]
#
# DATA: what it needs of $TAPEGRAD_DATA, such as tables/iris.csv; without that it is skipped (77).
# "-": nothing.
set -eu

data=$1
shift
if [ "$data" != - ] && [ ! -e "${TAPEGRAD_DATA-}/$data" ]; then
    echo "skipped: there is no \$TAPEGRAD_DATA/$data"
    exit 77
fi
exec "$@"
