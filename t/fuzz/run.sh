#!/usr/bin/env bash
# run.sh SECONDS: every fuzz target, SECONDS altogether. What one finds goes
# into build/fuzz/work, what breaks it into build/fuzz/crashes, never into the
# repository.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
FUZZ=$ROOT/build/fuzz

seconds=${1:-}
if ! [[ $seconds =~ ^[1-9][0-9]{0,5}$ ]]; then
    echo 'for how long? ./build.sh fuzz SECONDS' >&2
    exit 1
fi

# fuzz_target TARGET SECONDS
fuzz_target() {
    local target=$1 seconds=$2 log=$FUZZ/$1.log
    local dictionary=$ROOT/t/fuzz/dictionaries/$1.dict
    local -a options=(-max_total_time="$seconds" -timeout=10 -max_len=8192
        -print_final_stats=1 -artifact_prefix="$FUZZ/crashes/$target-")
    if [[ -f $dictionary ]]; then
        options+=(-dict="$dictionary")
    fi
    mkdir -p "$FUZZ/work/$target" "$FUZZ/crashes"
    if ! "$FUZZ/t/fuzz/${target}_fuzz" "${options[@]}" "$FUZZ/work/$target" \
        "$ROOT/t/fuzz/corpus/$target" > "$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "$target: FAILED, see build/fuzz/$target.log, build/fuzz/crashes" >&2
        return 1
    fi
    printf '%-16s %12s executions %6s edges\n' "$target" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
        "$(sed -n 's/^#.*DONE *cov: \([0-9]*\).*/\1/p' "$log")"
}

cd "$ROOT"
cmake --preset fuzz > "$ROOT/build/fuzz.log"
cmake --build --preset fuzz -j "${JOBS:-$(nproc)}"

targets=(t/fuzz/*_fuzz.cpp)
targets=("${targets[@]#t/fuzz/}")
targets=("${targets[@]%_fuzz.cpp}")
seconds=$(( (seconds + ${#targets[@]} - 1) / ${#targets[@]} ))
echo "==> fuzzing ${#targets[@]} targets for $seconds s each" >&2
status=0
for target in "${targets[@]}"; do
    fuzz_target "$target" "$seconds" || status=1
done
exit "$status"
