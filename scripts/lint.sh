#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks form: clang-format over all C and C++, clang-tidy over the library, shellcheck over the
# scripts. The last line is `N passed, N failed`.
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
    local dir
    dir=$(build_dir lint)
    cmake -S . -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DPOLLUX_TESTS=OFF -DPOLLUX_WERROR=OFF \
        -DPOLLUX_EXAMPLES=OFF >/dev/null </dev/null || return 1
    # Only what is compiled here: the files of other systems lack their headers.
    sed -n 's/.*"file": "\(.*\)".*/\1/p' "$dir/compile_commands.json" | sort -u |
        grep -E '/(src|capi)/' |
        xargs -P "$(jobs_count)" -n 2 clang-tidy --quiet -p "$dir" --warnings-as-errors='*' \
            --extra-arg=-Wno-unknown-warning-option 2>&1 | sed '/ generated\.$/d'
}

check_shell() {
    # shellcheck disable=SC2046  # names without spaces
    shellcheck -x -P SCRIPTDIR -P . dev .ci/run $(files_named '*.sh')
}

# The same rules for the C and C++ sources are tests: tests/architecture/form_test.sh.
check_form_of_scripts() {
    local file bad=0
    while IFS= read -r file; do
        has_form "$file" || bad=1
        case $file in
            *.sh | *.py) has_licence "$file" 2 || bad=1 ;;
        esac
    done < <(files_named '*.sh' '*.py' '*.cmake' 'CMakeLists.txt')
    return $bad
}

ensure_build_tools
ensure_tools clang-format clang-tidy shellcheck
run_step "clang-format" check_format
run_step "clang-tidy" check_tidy
run_step "shellcheck" check_shell
run_step "form of scripts" check_form_of_scripts
report_steps
