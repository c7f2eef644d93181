#!/usr/bin/env bash
# The form of the code: clang-format by .clang-format, shellcheck of all
# scripts. What is wrong is mended by: clang-format -i FILE…
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

find src t ngx_http_auth_module.cpp \( -name '*.cpp' -o -name '*.h' \) -print0 |
    xargs -0 -n 16 -P "${JOBS:-$(nproc)}" clang-format --dry-run -Werror
find build.sh .ci/run cmake t -name '*.sh' -print0 -o -path .ci/run -print0 |
    xargs -0 shellcheck -x --severity=warning
