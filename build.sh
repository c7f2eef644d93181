#!/usr/bin/env bash
# Builds, runs, tests and installs ngx_http_auth_module; see ./build.sh help.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
BUILD=$ROOT/build
MODULE=$BUILD/ngx_http_auth_module.so
ADMIN=$BUILD/ngx-auth-admin
DEBIAN_SRC=/usr/share/nginx/src
INSTALLED_TEMPLATES=/usr/share/ngx_http_auth_module/templates
# For the module's own files: strict here, no error for whoever builds it with
# a compiler that we do not know.
export NGX_HTTP_AUTH_WARNINGS='-Wall -Wextra -Werror'

# What the module is built from.
BUILD_PACKAGES=(
    g++ make            # compiler; nginx's configure writes a Makefile
    pkg-config          # tells where each library is
    nginx nginx-dev     # the server; its headers, configure and conf_flags
    libpcre2-dev        # nginx's rewrite module: configure looks for it
    zlib1g-dev          # nginx's gzip module: the same
    libssl-dev          # libcrypto: SHA-256, HMAC
    libmongoc-dev       # the MongoDB store
    libsqlite3-dev      # the SQLite store
    libargon2-dev       # password hashes
    libcrypt-dev        # bcrypt, SHA-2 crypt and yescrypt hashes of other programs
    libutf8proc-dev     # passwords are normalised to NFC
    libzxcvbn-dev       # how easily a new password is guessed
    libctemplate-dev    # pages
    libcli11-dev        # ngx-auth-admin: its arguments
    nlohmann-json3-dev  # the audit log; ngx-auth-admin: --json
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
    libcurl3-gnutls libxml2 # what ModSecurity's library needs, see below
)

# And what the benchmarks need.
BENCH_PACKAGES=(
    wrk                 # load over loopback
)

usage() {
    cat << 'END'
usage: ./build.sh [COMMAND]

  build     builds build/ngx_http_auth_module.so for Debian's nginx, and
            build/ngx-auth-admin (default)
  run       builds, then starts an nginx with the five pages in the foreground
  test      builds, then runs the unit tests, the inputs that fuzzing has
            kept, and the black-box tests
  test ARGUMENT…
            builds, then hands the arguments to pytest: of the black-box
            tests those that are meant, on Debian's nginx, and nothing else:
            ./build.sh test -k logout; ./build.sh test t/pages/test_routes.py
  fuzz SECONDS
            runs every fuzz target, SECONDS altogether; an input that breaks
            one is kept in build/fuzz/crashes
  bench     builds, then measures instructions and requests per second of a
            protected file, a worker's memory, and what the time of refused
            logins tells (half an hour)
  install   installs module, tool, templates, configuration snippets and the
            filter for fail2ban
  sbom      builds, then prints what module and tool are made of and linked
            with: Debian packages and their versions, as CycloneDX
  clean     removes build/

All set themselves up: missing Debian packages are installed with apt (with
sudo unless you are root), Python packages go into build/venv.

Environment:
  PORT=5000        run: the port to listen on
  MONGO_URI=…      run: the store (default: SQLite); test: a MongoDB server for
                   the tests (default: they start secantusdb from PyPI)
  STATE=DIR        run: where the database is kept (default: build/run, as root
                   /var/lib/ngx_http_auth_module)
  NGINX_SRC=DIR    test: everything, on this nginx source too: the black-box
                   tests on it as it is, and built with sanitizers; the unit
                   tests with sanitizers and under valgrind; clang-tidy
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

# Installs those of the packages that are missing.
need_packages() {
    if ! command -v dpkg-query > /dev/null; then
        say "no dpkg here: taking for granted that there are: $*"
        return
    fi

    local -a missing
    mapfile -t missing < <(comm -23 <(printf '%s\n' "$@" | sort) <(
        dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2> /dev/null |
            sed -n 's/ installed$//p' | sort -u))
    (( ${#missing[@]} )) || return 0

    say "installing ${missing[*]}"
    as_root apt-get -q update
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends "${missing[@]}"
}

jobs() { printf '%s' "${JOBS:-$(nproc)}"; }

quiet_make() { make -s --no-print-directory -j "$(jobs)" "$@"; }

# Everything that configure's result depends on, as one line.
fingerprint() {
    local source=$1; shift
    {
        printf '%s\n' "$@" "${CC:-}" "${NGX_HTTP_AUTH_TEMPLATES:-}" \
            "$NGX_HTTP_AUTH_WARNINGS"
        printf '%s\n' "$ROOT"/src/*/*.cpp "$ROOT"/src/nginx/*/*.cpp
        cat "$ROOT/config" "$ROOT/config.make" "$source/src/core/nginx.h"
    } | sha256sum
}

# make_nginx SOURCE OBJECTS TARGET FLAG…
# Configures the source tree into the folder OBJECTS, when anything that
# matters there has changed, and makes the target ("modules" or "build").
make_nginx() {
    local source=$1 objects=$2 target=$3; shift 3
    local configure=$source/configure stamp=$objects/configured-with current
    [[ -x $configure ]] || configure=$source/auto/configure # as in the crate

    current=$(fingerprint "$source" "$@")
    if [[ ! -f $stamp || $(< "$stamp") != "$current" ]]; then
        say "configuring ${objects#"$ROOT"/}"
        mkdir -p "$objects"
        (cd "$source" && "$configure" --builddir="$objects" "$@") \
            > "$objects.log" 2>&1 || { tail -n 25 "$objects.log" >&2; exit 1; }
        printf '%s\n' "$current" > "$stamp"
    fi

    quiet_make -C "$source" -f "$objects/Makefile" "$target"
}

# debian_module OBJECTS: the module for Debian's nginx, built in OBJECTS.
debian_module() {
    # -g -O2 and hardening as Debian builds nginx itself; conf_flags say
    # neither.
    local -a NGX_CONF_FLAGS=()
    # shellcheck source=/dev/null
    source "$DEBIAN_SRC/conf_flags"
    make_nginx "$DEBIAN_SRC" "$1" modules "${NGX_CONF_FLAGS[@]}" \
        --with-cc-opt='-g -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2' \
        --with-ld-opt='-Wl,-z,relro -Wl,-z,now' \
        --add-dynamic-module="$ROOT"
}

# A running nginx may have the old file mapped: replace it, do not write to it.
replace() {
    cmp -s "$1" "$2" && return
    cp "$1" "$2.new"
    mv "$2.new" "$2"
}

build() {
    need_packages "${BUILD_PACKAGES[@]}"
    debian_module "$BUILD/debian"
    replace "$BUILD/debian/ngx_http_auth_module.so" "$MODULE"
    say "built ${MODULE#"$ROOT"/}"
    admin_tool
    say "built ${ADMIN#"$ROOT"/}"
}

# The operators' tool, build/ngx-auth-admin.
# admin_tool [VARIABLE-OF-MAKE=VALUE…]
admin_tool() { quiet_make -f "$ROOT/src/admin/Makefile" "$@"; }

nginx_program() {
    PATH=$PATH:/usr/sbin command -v nginx || die "no nginx here"
}

# state_folder: where run keeps its database, one that the workers can enter.
# Root's workers are www-data, who cannot enter a checkout in root's home.
state_folder() {
    if [[ -n ${STATE:-} ]]; then
        printf '%s' "$STATE"
    elif (( EUID == 0 )); then
        printf '%s' /var/lib/ngx_http_auth_module
    else
        printf '%s' "$BUILD/run"
    fi
}

run() {
    local port=${PORT:-5000} state user='' store shown
    if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || (( port > 65535 )); then
        die "PORT=$port is no port"
    fi
    state=$(state_folder)
    if (( EUID == 0 )); then
        user='user www-data;'
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
        die "something listens on port $port already; try: PORT=$((port % 65535 + 1)) ./build.sh run"
    fi

    # The database's folder is the workers'; what they only read stays ours.
    umask 022
    mkdir -p "$state/db"
    chmod 700 "$state/db"
    if (( EUID == 0 )); then
        chown www-data:www-data "$state/db"
    fi
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

# The Python packages of the tests, in build/venv.
need_venv() {
    local wanted=$ROOT/t/requirements.txt venv=$BUILD/venv
    cmp -s "$wanted" "$venv/installed-from" && return
    say "installing the tests' Python packages into build/venv"
    # Debian's own python3, for which python3-venv is
    PATH=/usr/bin:$PATH python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check \
        --require-hashes --requirement "$wanted"
    cp "$wanted" "$venv/installed-from"
}

# unpack NAME PACKAGE…: what Debian packages hold, in build/NAME. They are not
# installed, which would change what this machine does.
unpack() {
    local folder=$BUILD/$1 package; shift
    [[ ! -d $folder ]] || return 0
    command -v dpkg-deb > /dev/null ||
        die "the tests need $*, and there is no dpkg here"
    say "unpacking $* into ${folder#"$ROOT"/}"
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    (
        cd "$folder.new"
        apt-get -q download "$@" ||
            { as_root apt-get -q update && apt-get -q download "$@"; }
        for package in *.deb; do
            dpkg-deb -x "$package" .
            rm "$package"
        done
    ) >&2
    mv "$folder.new" "$folder"
}

# fail2ban-regex, for the test of the filter. Installed, the package would
# start a service that bans.
need_fail2ban() {
    command -v fail2ban-regex > /dev/null || unpack fail2ban fail2ban
}

# Modules for Debian's nginx that have their hands on a form before the page
# has. Installed, nginx would load them.
need_other_modules() {
    unpack other-modules libnginx-mod-http-ndk \
        libnginx-mod-http-lua lua-resty-core lua-resty-lrucache \
        libluajit2-5.1-2 libpcre3 libnginx-mod-http-brotli-filter \
        libnginx-mod-http-modsecurity libmodsecurity3 libfuzzy2 libgeoip1 \
        liblua5.3-0 libmaxminddb0 libyajl2
}

# make_unit [VARIABLE-OF-MAKE=VALUE…] [TARGET]: t/unit/Makefile, see there.
make_unit() { quiet_make -f "$ROOT/t/unit/Makefile" "$@"; }

# unit_tests [VARIABLE-OF-MAKE=VALUE…]
# The programs are built first: some of their tests measure time.
unit_tests() {
    local -a mongo=()
    if [[ -z ${MONGO_URI:-} ]]; then
        mongo=(store_UNDER="PYTHONPATH=$ROOT/t $BUILD/venv/bin/python \
-m harness.mongo_server")
    fi
    make_unit "$@" programs && make_unit "$@" "${mongo[@]}"
}

# black_box_tests NGINX MODULE [ARGUMENT-OF-PYTEST…]
# Twice as many at once as there are processors: half the time they wait.
# pytest runs in ROOT, where its testpaths are looked for when the arguments
# name no file.
black_box_tests() (
    nginx=$1 module=$2; shift 2
    say "black-box tests on $("$nginx" -v 2>&1 | sed 's/.*: //'), $nginx"
    cd "$ROOT"
    "$BUILD/venv/bin/python" -m pytest -c t/pytest.ini --rootdir=. \
        --nginx="$nginx" --module="$module" \
        -o cache_dir="$BUILD/pytest_cache" -n "$((2 * $(jobs)))" -q "$@"
)

# source_tree [NAME]: prints the folder of a copy of NGINX_SRC, because configure
# writes into its tree.
source_tree() {
    local name=${1:-} version tree
    [[ -f $NGINX_SRC/src/core/nginx.h ]] ||
        die "NGINX_SRC=$NGINX_SRC is no nginx source tree"
    version=$(sed -n 's/^#define NGINX_VERSION *"\(.*\)"/\1/p' \
        "$NGINX_SRC/src/core/nginx.h")
    tree=$BUILD/nginx-src-$version${name:+-$name}
    if [[ ! -d $tree ]]; then
        rm -rf "$tree.new"
        cp -R "$NGINX_SRC" "$tree.new"
        mv "$tree.new" "$tree"
    fi
    printf '%s' "$tree"
}

OTHER_NGINX=(--with-debug --with-threads --with-http_ssl_module
    --with-http_v2_module --with-http_realip_module
    --with-http_auth_request_module --with-http_slice_module
    --with-http_addition_module --with-http_sub_module)

# other_nginx [SANITIZERS]: builds NGINX_SRC's nginx and the module for it, and
# prints the folder that they are in.
other_nginx() {
    local sanitizers=${1:-} tree
    tree=$(source_tree "$sanitizers") || return
    local -a more=()
    if [[ -n $sanitizers ]]; then
        # NGX_DEBUG_PALLOC: each allocation of a pool by itself, so that the
        # sanitizer sees where it ends. The two checks that are off find
        # nginx's own ways: unaligned stores, memcpy(…, NULL, 0). libmongoc
        # stays when nginx unloads the module, or what ICU keeps for it until
        # the process ends would seem lost.
        more=(--with-cc-opt="-O1 -g -fno-omit-frame-pointer \
-fsanitize=$sanitizers -fno-sanitize=alignment,nonnull-attribute \
-DNGX_DEBUG_PALLOC=1"
              --with-ld-opt="-fsanitize=$sanitizers -Wl,--no-as-needed \
$(pkg-config --libs libmongoc-1.0)")
    fi
    make_nginx "$tree" "$tree/objs" build --prefix="$tree/prefix" \
        "${OTHER_NGINX[@]}" "${more[@]}" --add-dynamic-module="$ROOT" >&2 ||
        return
    printf '%s' "$tree/objs"
}

# phase NAME COMMAND…: one part of the tests; the others follow even if it
# fails. PHASES tells how long each took.
FAILED=0
phase() {
    local name=$1 result=passed began=$SECONDS status; shift
    say "$name"
    # A shell of its own, which ends at the first command that fails; so it
    # would not on the left of "||".
    set +e
    (set -e; "$@")
    status=$?
    set -e
    (( status == 0 )) || { result=FAILED; FAILED=1; }
    PHASES+=("$(printf '%5d s  %s %s' $((SECONDS - began)) "$result" "$name")")
}

# run_tests [ARGUMENT-OF-PYTEST…]
run_tests() {
    build
    need_packages "${TEST_PACKAGES[@]}"
    need_venv
    need_fail2ban
    need_other_modules
    if (( $# )); then
        black_box_tests "$(nginx_program)" "$MODULE" "$@"
        return
    fi
    PHASES=("$(printf '%5d s  setting up' "$SECONDS")")
    # shellcheck source=t/fuzz/run.sh
    source "$ROOT/t/fuzz/run.sh"
    if [[ -n ${NGINX_SRC:-} ]]; then
        # shellcheck source=t/checks/run.sh
        source "$ROOT/t/checks/run.sh"
        start_checks
    fi
    phase "unit tests" unit_tests
    phase "inputs that fuzzing has kept" replay_corpora
    phase "black-box tests on Debian's nginx" \
        black_box_tests "$(nginx_program)" "$MODULE"
    if [[ -n ${NGINX_SRC:-} ]]; then
        test_other_nginx
        finish_checks
    fi
    say "$SECONDS s in all"
    printf '%s\n' "${PHASES[@]}" >&2
    return "$FAILED"
}

run_bench() {
    local measure
    build
    need_packages "${TEST_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
    need_venv
    for measure in instructions throughput memory timing; do
        say "$measure"
        NGINX_BINARY=$(nginx_program) NGINX_MODULE=$MODULE \
            "$BUILD/venv/bin/python" "$ROOT/t/bench/$measure.py"
    done
}

install_module() {
    local modules
    # The folder of the built-in templates is part of the binary: one that is
    # installed must not look for them in this checkout.
    need_packages "${BUILD_PACKAGES[@]}"
    NGX_HTTP_AUTH_TEMPLATES=$INSTALLED_TEMPLATES \
        debian_module "$BUILD/install"
    admin_tool
    modules=$("$(nginx_program)" -V 2>&1 |
        sed -n 's/.*--modules-path=\([^ ]*\).*/\1/p')
    [[ -n $modules ]] || die "nginx -V does not say where modules belong"

    local -a put=(install -D -m 644)
    if [[ -z ${DESTDIR:-} ]]; then
        put=(as_root "${put[@]}")
    fi
    put_into() {
        local folder=${DESTDIR:-}$1 file; shift
        for file in "$@"; do
            say "$folder/${file##*/}"
            "${put[@]}" "$file" "$folder/${file##*/}"
        done
    }
    put_into "$modules" "$BUILD/install/ngx_http_auth_module.so"
    put_into "$INSTALLED_TEMPLATES" "$ROOT"/templates/*
    put_into /etc/nginx "$ROOT"/conf/auth_*.conf
    # Does nothing until a jail names it.
    put_into /etc/fail2ban/filter.d "$ROOT"/conf/fail2ban/ngx-auth.conf
    put+=(-s --mode 755)
    put_into /usr/sbin "$ADMIN"
    say 'now write at the top of nginx.conf:' \
        'load_module modules/ngx_http_auth_module.so;'
}

# The Debian packages of all libraries that get loaded, and of those that are
# only headers.
packages_inside() {
    {
        ldd "$MODULE" "$ADMIN" | sed -n 's|.* => \(/usr\)\?\(/[^ ]*\).*|*\2|p' |
            sort -u | xargs dpkg-query -S | sed 's|[:,].*||'
        printf '%s\n' libcli11-dev nlohmann-json3-dev
    } | sort -u
}

# A bill of materials, https://cyclonedx.org/docs/1.5/json/
print_sbom() {
    command -v dpkg-query > /dev/null || die "sbom asks dpkg, which is not here"
    build
    packages_inside | xargs dpkg-query -W \
        -f '${Package} ${Version} ${Architecture}\n' | awk '
    BEGIN {
        print "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.5\","
        print " \"version\": 1, \"metadata\": {\"component\": {"
        print "  \"type\": \"application\", \"name\": \"ngx_http_auth_module\"}},"
        printf " \"components\": ["
    }
    {
        escaped = $2
        gsub(/\+/, "%2B", escaped)
        gsub(/:/, "%3A", escaped)
        printf "%s\n  {\"type\": \"library\", \"name\": \"%s\", " \
            "\"version\": \"%s\",\n   " \
            "\"purl\": \"pkg:deb/debian/%s@%s?arch=%s\"}", \
            (NR > 1 ? "," : ""), $1, $2, $1, escaped, $3
    }
    END { print "]}" }'
}

main() {
    local command=${1:-build}
    (( $# == 0 )) || shift
    [[ $command == test || $command == fuzz && $# -eq 1 ]] || (( $# == 0 )) ||
        die "one command at a time; see ./build.sh help"
    case $command in
        build) build ;;
        run) run ;;
        test) run_tests "$@" ;;
        fuzz)
            # shellcheck source=t/fuzz/run.sh
            source "$ROOT/t/fuzz/run.sh"
            run_fuzz "$@"
            ;;
        bench) run_bench ;;
        install) install_module ;;
        sbom) print_sbom ;;
        clean) rm -rf "$BUILD" ;;
        help | -h | --help) usage ;;
        *) usage >&2; die "no such command: $command" ;;
    esac
}

main "$@"
