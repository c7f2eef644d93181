#!/usr/bin/env bash
# What the tests need besides Debian packages that are installed, in build/.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BUILD=$ROOT/build

say() { printf '==> %s\n' "$*" >&2; }

# unpack NAME PACKAGE…: what Debian packages hold, in build/NAME. They are not
# installed, which would change what this machine does.
unpack() {
    local folder=$BUILD/$1 package sudo=; shift
    [[ ! -d $folder ]] || return 0
    if ! command -v dpkg-deb > /dev/null; then
        echo "the tests need $*, and there is no dpkg here" >&2
        exit 1
    fi
    say "unpacking $* into ${folder#"$ROOT"/}"
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    (( EUID == 0 )) || sudo=sudo
    (
        cd "$folder.new"
        apt-get -q download "$@" ||
            { $sudo apt-get -q update && apt-get -q download "$@"; }
        for package in *.deb; do
            dpkg-deb -x "$package" .
            rm "$package"
        done
    ) >&2
    mv "$folder.new" "$folder"
}

# axe-core, which finds what keeps people with disabilities out of a page.
install_axe() {
    local wanted=$ROOT/t/requirements_axe.txt folder=$BUILD/axe
    ! cmp -s "$wanted" "$folder/installed-from" || return 0
    say "installing axe-core into ${folder#"$ROOT"/}"
    rm -rf "$folder"
    "$BUILD/venv/bin/pip" install --quiet --disable-pip-version-check \
        --no-deps --require-hashes --requirement "$wanted" --target "$folder"
    cp "$wanted" "$folder/installed-from"
}

mkdir -p "$BUILD"
exec 9> "$BUILD/lock" # tests run this side by side
flock 9
"$ROOT/t/venv.sh" "$ROOT/t/requirements.txt" "$BUILD/venv"
install_axe
# fail2ban-regex, for the test of the filter. Installed, the package would
# start a service that bans.
command -v fail2ban-regex > /dev/null || unpack fail2ban fail2ban
# A library by which a test gives nginx another time.
unpack faketime libfaketime
# Modules for Debian's nginx that have their hands on a form before the page
# has. Installed, nginx would load them.
unpack other-modules libnginx-mod-http-ndk \
    libnginx-mod-http-lua lua-resty-core lua-resty-lrucache \
    libluajit2-5.1-2 libpcre3 libnginx-mod-http-brotli-filter \
    libnginx-mod-http-modsecurity libmodsecurity3 libfuzzy2 libgeoip1 \
    liblua5.3-0 libmaxminddb0 libyajl2
