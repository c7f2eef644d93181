# shellcheck shell=bash
# ./build.sh fuzz, and the inputs that it has kept, which ./build.sh test runs
# again; build.sh sources this.

FUZZ_PACKAGES=(
    clang-14            # builds programs that libFuzzer can watch
    libclang-rt-14-dev  # libFuzzer, and the sanitizers of that compiler
)

# make_fuzz ENGINE [TARGET…]: t/fuzz/Makefile, see there.
make_fuzz() {
    local engine=$1; shift
    quiet_make -f "$ROOT/t/fuzz/Makefile" ENGINE="$engine" "$@"
}

# Every input of t/fuzz/corpus, through the sanitizers of the usual compiler.
replay_corpora() {
    local target
    make_fuzz replay || return
    for target in $(make_fuzz replay names); do
        "$BUILD/fuzz-replay/${target}_replay" "$ROOT/t/fuzz/corpus/$target" ||
            return
    done
}

# fuzz_target TARGET SECONDS: what it finds goes into build/fuzz/work, never
# into the repository.
fuzz_target() {
    local target=$1 seconds=$2 fuzz=$BUILD/fuzz log=$BUILD/fuzz/$1.log
    local dictionary=$ROOT/t/fuzz/dictionaries/$1.dict
    local -a options=(-max_total_time="$seconds" -timeout=10 -max_len=8192
        -print_final_stats=1 -artifact_prefix="$fuzz/crashes/$target-")
    if [[ -f $dictionary ]]; then
        options+=(-dict="$dictionary")
    fi
    mkdir -p "$fuzz/work/$target" "$fuzz/crashes"
    if ! "$fuzz/${target}_fuzz" "${options[@]}" "$fuzz/work/$target" \
        "$ROOT/t/fuzz/corpus/$target" > "$log" 2>&1; then
        tail -n 40 "$log" >&2
        say "$target: FAILED, see build/fuzz/$target.log and build/fuzz/crashes"
        return 1
    fi
    printf '%-16s %12s executions %6s edges\n' "$target" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
        "$(sed -n 's/^#.*DONE *cov: \([0-9]*\).*/\1/p' "$log")"
}

run_fuzz() {
    local seconds=${1:-} target status=0
    [[ $seconds =~ ^[1-9][0-9]{0,5}$ ]] ||
        die "for how long? ./build.sh fuzz SECONDS"
    need_packages "${BUILD_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}"
    say "building the fuzz targets"
    make_fuzz fuzz

    local -a targets
    read -ra targets < <(make_fuzz fuzz names)
    seconds=$(( (seconds + ${#targets[@]} - 1) / ${#targets[@]} ))
    say "fuzzing ${#targets[@]} targets for $seconds s each"
    for target in "${targets[@]}"; do
        fuzz_target "$target" "$seconds" || status=1
    done
    return "$status"
}
