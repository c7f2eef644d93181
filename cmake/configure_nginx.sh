#!/usr/bin/env bash
# configure_nginx.sh SOURCE OBJECTS FLAG…
# Runs nginx's configure into the folder OBJECTS. --conf-flags stands for those
# that Debian's nginx was configured with.
set -euo pipefail
source=$1 objects=$2; shift 2

configure=$source/configure
[[ -x $configure ]] || configure=$source/auto/configure # as in the crate

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
cd "$source"
if ! "$configure" --builddir="$objects" "${flags[@]}" > "$objects.log" 2>&1
then
    tail -n 25 "$objects.log" >&2
    exit 1
fi
