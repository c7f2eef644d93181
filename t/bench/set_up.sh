#!/usr/bin/env bash
# What the bench compares with, in build/bench. What cannot be had is left out,
# and the bench says so.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
BENCH=$ROOT/build/bench
PROXY=github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6

without() { printf 'the bench goes without %s\n' "$*" >&2; }

mkdir -p "$BENCH"
"$ROOT/t/venv.sh" "$ROOT/t/bench/requirements.txt" "$BENCH/venv" ||
    without "Flask and plots: their Python packages cannot be installed"

if [[ ! -x $BENCH/oauth2-proxy ]]; then
    if ! command -v go > /dev/null; then
        without "oauth2-proxy: there is no Go to build it with"
    elif ! GOBIN=$BENCH GOTOOLCHAIN=local go install "$PROXY"; then
        without "oauth2-proxy: go install $PROXY fails"
    fi
fi
