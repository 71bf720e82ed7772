# SPDX-License-Identifier: MIT
# For the rules: each prints what breaks it and, in the end, fails if anything did.
# shellcheck shell=bash
set -euo pipefail

cd "${1:?usage: $0 root-of-the-tree}"
broken=0

complain() {
    echo "$*"
    broken=1
}

finish() {
    [ "$broken" -eq 0 ] && echo "ok"
    exit "$broken"
}

# The C++ and C sources under the places named, templates that CMake fills in included.
sources_in() {
    local place
    for place in "$@"; do
        [ -d "$place" ] || continue
        find "$place" -type f \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' \
            -o -name '*.cpp.in' -o -name '*.hpp.in' \)
    done | sort
}
