# shellcheck shell=bash
# What ./build.sh test does besides when NGINX_SRC is set; build.sh sources
# this.

CHECK_PACKAGES=(
    clang-tidy          # reads the code, by .clang-tidy
)

# Unit tests that sanitizers and valgrind leave out; all run without them.
NOT_SANITIZED=(
    '*_cut.*'           # a child that is traced, one instruction at a time
    '*_million.*'       # counts time and instructions
)
# Minutes of many steps in one thread, at which AddressSanitizer looks.
ONCE_IS_ENOUGH=(
    "${NOT_SANITIZED[@]}"
    '*_model.*' 'session_table_damage.*' 'attempt_flood.*' '*.a_million_*'
    'sqlite_io_fault_test.*'
    'pages_escape.*'
    '*.figures'         # prints how fast it is
    '*.costs_are_capped_before_any_work'    # hashes of the highest cost allowed
)
NOT_UNDER_VALGRIND=(
    "${ONCE_IS_ENOUGH[@]}"
    'werkzeug_hash.agrees_with_werkzeug'    # OpenSSL's work, half a minute
    'mongo_down_test.*' # measures how long it waits
    # threads that valgrind runs one after another: some wait too long
    '*.serves_threads_side_by_side/sqlite'
    '*.name_goes_to_one_of_fifty_threads/sqlite'
)

# Black-box tests that are of Debian's nginx and of ./build.sh, once is enough.
ON_DEBIANS_ONLY=(
    --ignore="$ROOT/t/build/test_run.py"
    --deselect=t/build/test_build.py::test_configure_names_a_missing_library
    --deselect=t/build/test_build.py::test_arguments_of_build_test_are_pytest_s
    --deselect=t/build/test_build.py::test_module_built_without_tls_options_in_an_nginx_with_tls
    --deselect=t/build/test_build.py::test_warnings_are_no_errors_in_a_build_of_ones_own
    --deselect=t/build/test_build.py::test_static_build_needs_nginx_only
    --deselect=t/build/test_build.py::test_bill_of_materials
)

# Starts what needs nothing but processors, beside the tests that mostly wait,
# to which it gives way; finish_checks shows what came of it.
CHECKS=()
start_checks() {
    need_packages "${CHECK_PACKAGES[@]}"
    phase "building the unit tests" make_unit programs # valgrind's, too
    rm -rf "$BUILD/checks"
    mkdir "$BUILD/checks"
    trap 'kill "${CHECKS[@]}" 2> /dev/null' EXIT
    beside reading reading_checks
    beside sanitizers sanitizer_checks
}

reading_checks() {
    phase "clang-tidy" clang_tidy
    phase "unit tests under valgrind" valgrind_unit_tests
}

sanitizer_checks() {
    phase "unit tests with AddressSanitizer and UBSan" \
        sanitized_unit_tests address,undefined "${NOT_SANITIZED[@]}"
    phase "unit tests with ThreadSanitizer" \
        sanitized_unit_tests thread "${ONCE_IS_ENOUGH[@]}"
}

# beside NAME COMMAND: runs its phases in the background.
beside() {
    local files=$BUILD/checks/$1
    (
        renice -n 5 -p "$BASHPID" > /dev/null
        export JOBS=1
        PHASES=()
        "$2"
        printf '%s\n' "${PHASES[@]}" > "$files.phases"
        exit "$FAILED"
    ) > "$files.log" 2>&1 &
    CHECKS+=($!)
}

finish_checks() {
    local check
    say "clang-tidy, unit tests with sanitizers and under valgrind"
    for check in "${CHECKS[@]}"; do
        wait "$check" || FAILED=1
    done
    trap - EXIT
    cat "$BUILD"/checks/*.log >&2
    mapfile -t -O "${#PHASES[@]}" PHASES < <(cat "$BUILD"/checks/*.phases)
}

# Those on SQLite with sanitizers, the others as it is.
test_other_nginx() {
    phase "black-box tests on $NGINX_SRC" other_nginx_tests
    phase "black-box tests on an nginx that has the module linked in" \
        static_nginx_tests
    phase "black-box tests with sanitizers, on SQLite" sanitized_tests
}

# clang-tidy over src/. nginx's headers are those of Debian's nginx.
clang_tidy() {
    local folder=$BUILD/tidy
    local -a make=(make -nB --no-print-directory -C "$DEBIAN_SRC")
    mkdir -p "$folder"
    {
        "${make[@]}" -f "$BUILD/debian/Makefile" modules &&
            "${make[@]}" -f "$ROOT/src/admin/Makefile"
    } | "$BUILD/venv/bin/python" "$ROOT/t/checks/compile_commands.py" "$DEBIAN_SRC" \
        > "$folder/compile_commands.json" || return

    # What it says on standard error only counts what it does not show.
    printf '%s\0' "$ROOT"/*.cpp "$ROOT"/src/*/*.cpp "$ROOT"/src/nginx/*/*.cpp |
        xargs -0 -n 1 -P "$(jobs)" clang-tidy --quiet -p "$folder" \
            2> "$folder/log"
}

# filter_out PATTERN…: GoogleTest's filter for all tests but these.
filter_out() {
    local IFS=:
    printf -- '-%s' "$*"
}

# sanitized_unit_tests SANITIZERS LEFT-OUT…
sanitized_unit_tests() {
    local sanitizers=$1; shift
    unit_tests OUT="$BUILD/unit-$sanitizers" SANITIZE="$sanitizers" \
        CXXFLAGS='-O1 -g1' FILTER="$(filter_out "$@")"
}

# What is only possibly lost is SQLite's: it keeps pages by pointers into them.
valgrind_unit_tests() {
    local valgrind='valgrind --quiet --error-exitcode=99 --leak-check=full'
    valgrind+=' --show-leak-kinds=definite --errors-for-leak-kinds=definite'
    unit_tests RUN="$valgrind" \
        FILTER="$(filter_out "${NOT_UNDER_VALGRIND[@]}")"
}

other_nginx_tests() {
    local objects
    objects=$(other_nginx) || return
    black_box_tests "$objects/nginx" "$objects/ngx_http_auth_module.so" \
        --store=mongodb "${ON_DEBIANS_ONLY[@]}"
}

# static_nginx: builds NGINX_SRC's nginx with --add-module, and prints the folder
# that it is in. The module's objects are those of other_nginx: both kinds of
# build compile them alike, since PIC may go into a program.
static_nginx() {
    local tree objects
    objects=$(other_nginx) || return
    tree=$(source_tree static) || return
    local -a make=(make_nginx "$tree" "$tree/objs")
    local -a options=(--prefix="$tree/prefix" "${OTHER_NGINX[@]}"
        --add-module="$ROOT")
    "${make[@]}" "$tree/objs/ngx_auto_config.h" "${options[@]}" >&2 || return
    cp -R "$objects/addon/." "$tree/objs/addon"
    "${make[@]}" build "${options[@]}" >&2 || return
    printf '%s' "$tree/objs"
}

# Where a module stands among the others is another matter in a static build:
# what it does to headers, in each phase and with internal redirects.
static_nginx_tests() {
    local objects
    objects=$(static_nginx) || return
    black_box_tests "$objects/nginx" static --store=sqlite \
        t/pages/test_routes.py t/pages/test_answer_headers.py \
        t/protect/test_{shared_cache,satisfy,identity_header,subrequests}.py
}

# The tests' tool is built with sanitizers, too. What they find is in nginx's
# error log or on standard error, where every test looks: t/harness.
sanitized_tests() {
    local sanitizers=address,undefined objects
    objects=$(other_nginx "$sanitizers") || return
    admin_tool OUT="$objects/admin" TARGET="$objects/ngx-auth-admin" \
        SANITIZE="$sanitizers" CXXFLAGS='-O1 -g' LDFLAGS= || return
    NGX_AUTH_ADMIN=$objects/ngx-auth-admin \
        black_box_tests "$objects/nginx" "$objects/ngx_http_auth_module.so" \
        --store=sqlite "${ON_DEBIANS_ONLY[@]}"
}
