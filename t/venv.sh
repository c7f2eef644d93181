#!/usr/bin/env bash
# venv.sh REQUIREMENTS FOLDER: a virtual environment with these packages.
set -euo pipefail
wanted=$1 venv=$2

cmp -s "$wanted" "$venv/installed-from" && exit
echo "==> installing the Python packages of $wanted into $venv" >&2
# Debian's own python3, for which python3-venv is
PATH=/usr/bin:$PATH python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check \
    --require-hashes --requirement "$wanted"
cp "$wanted" "$venv/installed-from"
