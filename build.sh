#!/usr/bin/env bash
# Builds, runs, tests and installs ngx_http_auth_module; see ./build.sh help.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
BUILD=$ROOT/build
MODULE=$BUILD/ngx_http_auth_module.so
ADMIN=$BUILD/ngx-auth-admin
RELEASE=$BUILD/release

# What module and tool are built from.
BUILD_PACKAGES=(
    g++ make            # compiler; nginx's configure writes a Makefile
    cmake ninja-build   # build the rooms, the tool and the tests
    pkg-config          # tells where each library is
    nginx nginx-dev     # the server; its headers, configure and conf_flags
    libpcre2-dev        # nginx's rewrite module: configure looks for it
    zlib1g-dev          # nginx's gzip module: the same
    libssl-dev          # libcrypto: SHA-256, HMAC
    libmongoc-dev       # the MongoDB store
    libsqlite3-dev      # the SQLite store
    libsodium-dev       # password hashes: Argon2id at twice the speed
    libargon2-dev       # password hashes: what libsodium cannot express
    libcrypt-dev        # hashes of other programs: bcrypt, SHA-2 crypt, yescrypt
    libutf8proc-dev     # passwords are normalised to NFC
    libzxcvbn-dev       # how easily a new password is guessed
    libctemplate-dev    # pages
    libcli11-dev        # ngx-auth-admin: its arguments
    nlohmann-json3-dev  # the audit log; ngx-auth-admin: --json
    libexpected-dev     # answers of the store: tl::expected
)

# What its tests need besides.
TEST_PACKAGES=(
    libgtest-dev        # unit tests
    python3-venv        # the black-box tests' Python packages go in build/venv
    openssl             # certificates of the TLS tests
    apache2-utils       # htpasswd: hashes that people bring along
    whois               # mkpasswd: the same
    valgrind            # counts the hot path's instructions
    chromium            # the pages in a real browser: policy, redirects, layout
    iproute2            # ip: machines of their own, in network namespaces
    libcurl3-gnutls libxml2 # what ModSecurity's library needs: t/set_up.sh
    clang-format shellcheck # the code's form
    ${NGINX_SRC:+clang-tidy} # reads the code, by .clang-tidy
)
FUZZ_PACKAGES=(clang-14 libclang-rt-14-dev) # libFuzzer and its sanitizers
BENCH_PACKAGES=(wrk nghttp2-client)         # load over HTTP/1 and HTTP/2

usage() {
    cat << 'END'
usage: ./build.sh [COMMAND]

  build     builds build/ngx_http_auth_module.so for Debian's nginx, and
            build/ngx-auth-admin (default)
  run       builds, then starts an nginx with the five pages in the foreground
  test      builds, then runs every test
  test ARGUMENT…   only the black-box tests that pytest selects by the
            arguments: ./build.sh test -k logout; … test t/pages/test_routes.py
  fuzz SECONDS     runs every fuzz target, SECONDS altogether; an input that
            breaks one is kept in build/fuzz/crashes
  bench     builds, then measures the module beside what people use instead:
            docs/performance.md (an hour)
  soak      builds, then tells what 50 reloads and 100,000 logins leave behind,
            and what 1,000 reloads and 1,000 killed workers lose (half an hour)
  install   installs module, tool, templates, snippets and fail2ban's filter
  sbom      builds, then prints what module and tool are made of, as CycloneDX
  clean     removes build/

run, test, fuzz, bench and soak install missing Debian packages with apt (with
sudo unless you are root); the others say what is missing.

Environment:
  PORT=5000        run: the port to listen on
  MONGO_URI=…      run: the store (default: SQLite); test: a MongoDB server
                   (default: the tests start secantusdb from PyPI)
  STATE=DIR        run: where the database is (default: build/run, as root
                   /var/lib/ngx_http_auth_module)
  NGINX_SRC=DIR    test: everything that CI runs, also on this nginx source
  DESTDIR=DIR      install: a root folder to install under
  JOBS=N           compilers at once (default: the number of processors)
END
}

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

as_root() {
    if (( EUID == 0 )); then
        "$@"
    elif command -v sudo > /dev/null; then
        sudo "$@"
    else
        die "this needs root, and there is no sudo: $*"
    fi
}

# Prints those of BUILD_PACKAGES and the others that are not installed.
missing() {
    command -v dpkg-query > /dev/null || return 0 # not Debian: who knows
    comm -23 <(printf '%s\n' "${BUILD_PACKAGES[@]}" "$@" | sort) <(
        dpkg-query -W -f '${Package} ${db:Status-Status}\n' \
            "${BUILD_PACKAGES[@]}" "$@" 2> /dev/null |
            sed -n 's/ installed$//p' | sort -u)
}

install_packages() {
    local -a wanted
    mapfile -t wanted < <(missing "$@")
    (( ${#wanted[@]} )) || return 0
    say "installing ${wanted[*]}"
    as_root apt-get -q update
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends "${wanted[@]}"
}

need_packages() {
    local -a wanted
    mapfile -t wanted < <(missing)
    (( ${#wanted[@]} == 0 )) || die "Debian packages are missing." \
        "./build.sh run and ./build.sh test install them, or by hand:
    apt-get install --no-install-recommends ${wanted[*]}"
}

export JOBS=${JOBS:-$(nproc)}

# A running nginx may have the old file mapped: replace it, do not write to it.
replace() {
    cmp -s "$1" "$2" || { install -m 755 "$1" "$2.new" && mv "$2.new" "$2"; }
}

# compile TARGET…: of CMakeLists.txt, as people get them. One at a time: the
# tests run this script side by side.
compile() (
    mkdir -p "$BUILD"
    exec 9> "$BUILD/lock"
    flock 9
    cd "$ROOT"
    cmake --preset release > "$BUILD/cmake.log" ||
        { cat "$BUILD/cmake.log"; exit 1; }
    cmake --build "$RELEASE" -j "$JOBS" --target "$@" -- --quiet
    for file in debian/ngx_http_auth_module.so ngx-auth-admin; do
        if [[ -f $RELEASE/$file ]]; then
            replace "$RELEASE/$file" "$BUILD/${file##*/}"
        fi
    done
) >&2

build() {
    compile module ngx-auth-admin
    say "built ${MODULE#"$ROOT"/} and ${ADMIN#"$ROOT"/}"
}

nginx_program() {
    PATH=$PATH:/usr/sbin command -v nginx || die "no nginx here"
}

run() {
    local port=${PORT:-5000} state=${STATE:-$BUILD/run} user='' store shown
    if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || (( port > 65535 )); then
        die "PORT=$port is no port"
    fi
    # Root's workers are www-data, who cannot enter a checkout in root's home.
    if (( EUID == 0 )); then
        user='user www-data;'
        state=${STATE:-/var/lib/ngx_http_auth_module}
    fi
    if [[ -n ${MONGO_URI:-} ]]; then
        store=env:MONGO_URI
        shown='the MongoDB database that MONGO_URI names'
    else
        store=sqlite:$state/db/users.db
        shown=$state/db/users.db
    fi

    build
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
        die "something listens on port $port already;" \
            "try: PORT=$((port % 65535 + 1)) ./build.sh run"
    fi

    # The database's folder is the workers'; what they only read stays ours.
    umask 022
    mkdir -p "$state/db"
    chmod 700 "$state/db"
    (( EUID != 0 )) || chown www-data:www-data "$state/db"
    install -D -m 644 "$ROOT/conf/private/index.html" \
        "$state/www/private/index.html"
    sed -e "s|@USER@|$user|" -e "s|@MODULE@|$MODULE|" -e "s|@PORT@|$port|" \
        -e "s|@STATE@|$state|" -e "s|@STORE@|$store|" \
        -e "s|@CONF@|$ROOT/conf|" "$ROOT/conf/nginx.conf.in" \
        > "$state/nginx.conf"

    say "users are kept in $shown"
    say "http://localhost:$port/ (Ctrl-C ends it)"
    exec "$(nginx_program)" -p "$state" -e stderr -c "$state/nginx.conf"
}

install_all() {
    local -a put=(cmake --install "$RELEASE" --strip)
    compile installable ngx-auth-admin
    [[ -n ${DESTDIR:-} ]] || put=(as_root "${put[@]}")
    "${put[@]}"
    say 'top of nginx.conf: load_module modules/ngx_http_auth_module.so;'
}

set_up_tests() {
    install_packages "${TEST_PACKAGES[@]}" "$@"
    build
    "$ROOT/t/set_up.sh"
}

run_python() {
    local script=$ROOT/t/$1.py; shift
    NGINX_BINARY=$(nginx_program) NGINX_MODULE=$MODULE \
        exec "$BUILD/venv/bin/python" "$script" "$@"
}

main() {
    local command=${1:-build}
    (( $# == 0 )) || shift
    [[ $command == test || $command == bench ||
        $command == fuzz && $# -eq 1 ]] || (( $# == 0 )) ||
        die "one command at a time; see ./build.sh help"
    case $command in
        build) need_packages; build ;;
        run) install_packages; run ;;
        test) set_up_tests; run_python suite "$@" ;;
        fuzz)
            install_packages "${FUZZ_PACKAGES[@]}"
            exec "$ROOT/t/fuzz/run.sh" "$@" ;;
        bench)
            set_up_tests "${BENCH_PACKAGES[@]}"
            compile session_lookups
            "$ROOT/t/bench/set_up.sh"
            run_python bench/bench "$@" ;;
        soak) set_up_tests; run_python bench/soak ;;
        install) need_packages; install_all ;;
        sbom)
            need_packages; build
            exec "$ROOT/cmake/sbom.sh" "$MODULE" "$ADMIN" ;;
        clean) rm -rf "$BUILD" ;;
        help | -h | --help) usage ;;
        *) usage >&2; die "no such command: $command" ;;
    esac
}

main "$@"
