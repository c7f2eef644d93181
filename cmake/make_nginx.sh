#!/usr/bin/env bash
# make_nginx.sh SOURCE OBJECTS TARGET: nginx's own Makefile.
set -euo pipefail
exec make -s --no-print-directory -j "${JOBS:-$(nproc)}" -C "$1" \
    -f "$2/Makefile" "$3"
