# shellcheck shell=bash
# What ./build.sh test does besides when NGINX_SRC is set; build.sh sources
# this.

CHECKS=$ROOT/t/checks

CHECK_PACKAGES=(
    clang-tidy          # reads the code, by .clang-tidy
)

run_checks() {
    need_packages "${CHECK_PACKAGES[@]}"
    phase "clang-tidy" clang_tidy
    phase "black-box tests on $NGINX_SRC" other_nginx_tests "$@"
}

# clang-tidy over src/. nginx's headers are those of Debian's nginx.
clang_tidy() {
    local folder=$BUILD/tidy
    local -a make=(make -nB --no-print-directory -C "$DEBIAN_SRC")
    mkdir -p "$folder"
    {
        "${make[@]}" -f "$BUILD/debian/Makefile" modules &&
            "${make[@]}" -f "$ROOT/src/admin/Makefile"
    } | "$BUILD/venv/bin/python" "$CHECKS/compile_commands.py" "$DEBIAN_SRC" \
        > "$folder/compile_commands.json" || return

    # What it says on standard error only counts what it does not show.
    printf '%s\0' "$ROOT"/*.cpp "$ROOT"/src/*/*.cpp |
        xargs -0 -n 1 -P "$(jobs)" clang-tidy --quiet -p "$folder" \
            2> "$folder/log"
}

other_nginx_tests() {
    local objects
    objects=$(other_nginx) || return
    black_box_tests "$objects/nginx" "$objects/ngx_http_auth_module.so" "$@"
}
