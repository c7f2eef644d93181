#!/usr/bin/env bash
# run.sh NGINX MODULE: every measurement, one after another.
set -euo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
export NGINX_BINARY=$1 NGINX_MODULE=$2

for measure in instructions throughput logins memory timing; do
    echo "==> $measure" >&2
    "$folder/../../build/venv/bin/python" "$folder/$measure.py"
done
