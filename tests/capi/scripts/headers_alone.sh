#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: headers_alone.sh include-directory
# Each public header is valid by itself, without a warning, under each standard it is meant for,
# with each compiler that is installed.
set -euo pipefail
include=$1
failed=0

compile() {
    local compiler=$1 language=$2 standard=$3 header=$4
    if printf '#include <%s>\n' "$header" | "$compiler" -x "$language" -std="$standard" \
        -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I "$include" -; then
        echo "fine: $header as $standard with $compiler"
    else
        echo "FAILED: $header as $standard with $compiler"
        failed=1
    fi
}

for pair in gcc:g++ clang:clang++; do
    command -v "${pair#*:}" >/dev/null 2>&1 || continue
    for standard in c99 c11 c17; do
        compile "${pair%:*}" c $standard pollux/pollux.h
    done
    for standard in c++17 c++20; do
        compile "${pair#*:}" c++ $standard pollux/pollux.h
        for header in "$include"/pollux/*.hpp; do
            compile "${pair#*:}" c++ $standard "pollux/${header##*/}"
        done
    done
done
exit $failed
