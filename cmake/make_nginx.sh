#!/usr/bin/env bash
# make_nginx.sh SOURCE OBJECTS TARGET: makes the target of nginx's own Makefile.
set -euo pipefail
source=$1 objects=$2 target=$3

exec make -s --no-print-directory -j "${JOBS:-$(nproc)}" -C "$source" \
    -f "$objects/Makefile" "$target"
