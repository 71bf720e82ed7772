#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks form: clang-format over all C and C++, clang-tidy over the library, shellcheck over the
# scripts, and what CONTRIBUTING.md says of line and file lengths. The last line is
# `N passed, N failed`.
set -euo pipefail
. scripts/lib.sh

# Also right in a tree that is no git clone.
files_named() {
    local pattern tests=()
    for pattern in "$@"; do
        [ ${#tests[@]} -eq 0 ] || tests+=(-o)
        tests+=(-name "$pattern")
    done
    find . \( -path ./build -o -path ./.git \) -prune -o -type f \( "${tests[@]}" \) -print | sort
}

check_format() {
    files_named '*.c' '*.h' '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror
}

check_tidy() {
    cmake -S . -B "$(build_dir lint)" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DPOLLUX_TESTS=OFF \
        -DPOLLUX_EXAMPLES=OFF >/dev/null </dev/null || return 1
    # Only what is compiled here: the files of other systems lack their headers.
    grep -o '"file": "[^"]*"' "$(build_dir lint)/compile_commands.json" | cut -d'"' -f4 | sort -u |
        grep -E '/(src|capi)/' |
        xargs -P "$(jobs_count)" -n 2 clang-tidy --quiet -p "$(build_dir lint)" \
            --warnings-as-errors='*'
}

check_shell() {
    # shellcheck disable=SC2046  # names without spaces
    shellcheck -x dev .ci/run $(files_named '*.sh')
}

check_lengths() {
    local file lines bad=0
    while IFS= read -r file; do
        lines=$(wc -l <"$file")
        if [ "$lines" -gt 400 ]; then
            echo "$file: $lines lines, at most 400"
            bad=1
        fi
        if grep -nE '.{101}' "$file" /dev/null; then
            echo "$file: at most 100 characters in a line"
            bad=1
        fi
    done < <(files_named '*.c' '*.h' '*.cpp' '*.hpp' '*.sh' '*.cmake' 'CMakeLists.txt')
    return $bad
}

check_licences() {
    local file bad=0
    while IFS= read -r file; do
        if ! head -2 "$file" | grep -q 'SPDX-License-Identifier: MIT'; then
            echo "$file: the first line shall be SPDX-License-Identifier: MIT"
            bad=1
        fi
    done < <(files_named '*.c' '*.h' '*.cpp' '*.hpp' '*.hpp.in' '*.cpp.in' '*.sh' '*.py')
    return $bad
}

ensure_build_tools
ensure_tools clang-format clang-tidy shellcheck
run_step "clang-format" check_format
run_step "clang-tidy" check_tidy
run_step "shellcheck" check_shell
run_step "lengths" check_lengths
run_step "licences" check_licences
report_steps
