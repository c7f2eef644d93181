#!/usr/bin/env bash
# make_nginx.sh SOURCE OBJECTS TARGET [OTHER-OBJECTS]
# Makes the target of nginx's own Makefile. Our objects are those of another
# build, where there is one that compiles them alike.
set -euo pipefail
source=$1 objects=$2 target=$3 other=${4:-}

if [[ -n $other ]]; then
    mkdir -p "$objects/addon"
    cp -R "$other/addon/." "$objects/addon"
fi
exec make -s --no-print-directory -j "${JOBS:-$(nproc)}" -C "$source" \
    -f "$objects/Makefile" "$target"
