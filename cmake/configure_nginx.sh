#!/usr/bin/env bash
# configure_nginx.sh ORIGINAL SOURCE OBJECTS FLAG…
# Runs nginx's configure in the folder SOURCE, a copy of ORIGINAL if that is
# another one; what it makes goes into OBJECTS. --conf-flags stands for the
# flags that Debian's nginx was configured with.
set -euo pipefail
original=$1 source=$2 objects=$3; shift 3

flags=()
for flag in "$@"; do
    if [[ $flag == --conf-flags ]]; then
        NGX_CONF_FLAGS=()
        # shellcheck source=/dev/null
        source "$source/conf_flags"
        flags+=("${NGX_CONF_FLAGS[@]}")
    else
        flags+=("$flag")
    fi
done

mkdir -p "$objects"
if [[ $source != "$original" ]]; then
    rm -rf "$source"
    cp -R "$original" "$source"
fi
cd "$source"
configure=./configure
[[ -x $configure ]] || configure=auto/configure # as in the crate
if ! "$configure" --builddir="$objects" "${flags[@]}" > "$objects.log" 2>&1
then
    tail -n 25 "$objects.log" >&2
    exit 1
fi
