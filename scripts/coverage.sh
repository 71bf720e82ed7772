#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the unit, conformance, loop and C interface tests over an instrumented build and prints which
# lines and branches of the library they run through, by file and in all. Fails if a test fails or
# if less than 95 % of the lines are covered. docs/testing.md explains the lines that are not.
set -euo pipefail
. scripts/lib.sh

least=95
[ $# -eq 0 ] || die "usage: ./dev coverage"

ensure_build_tools
ensure_tools catch2 gcovr
dir=$(build_dir coverage)
mkdir -p "$dir"

if is_installed gcc && ! gcc --version 2>/dev/null | grep -qi clang; then
    compilers=(-DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++)
    reader=gcov
else
    compilers=(-DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++)
    reader="llvm-cov gcov"
    [ "$system" != Darwin ] || reader="xcrun llvm-cov gcov"
fi

flags="-O0 -g0 --coverage -fprofile-update=atomic"
options=("${compilers[@]}" -DCMAKE_BUILD_TYPE=Debug -DPOLLUX_EXAMPLES=OFF -DPOLLUX_INSTALL=OFF
    "-DCMAKE_C_FLAGS_DEBUG=$flags" "-DCMAKE_CXX_FLAGS_DEBUG=$flags")
if [ "$system" = Linux ]; then
    options+=(-DPOLLUX_KQUEUE_FOR_TESTS=emulation)
    # Beside every program, whatever its language: children that end count too.
    "${compilers[0]#*=}" -c -o "$dir/coverage_exit.o" tests/support/coverage_exit.c
    options+=("-DCMAKE_EXE_LINKER_FLAGS=--coverage $PWD/$dir/coverage_exit.o -Wl,--wrap=_exit")
fi

# What was counted by another build, or in another run.
find "$dir" -name '*.gcda' -exec rm -f {} +
configure_and_build coverage "${options[@]}"

# The scripts look at files and headers; nothing of the library runs in them.
failed=0
ctest --test-dir "$dir" --output-on-failure --no-tests=error \
    -L '^(unit|conformance|loop|capi)$' \
    -E '^capi_(headers_alone|readme_example|exports|library_file)$' \
    </dev/null >"$dir/ctest.log" 2>&1 || failed=1
tail -n 12 "$dir/ctest.log"
[ $failed -eq 0 ] || die "tests failed, see $dir/ctest.log"

gcovr --root . --filter 'src/' --filter 'capi/' --gcov-executable "$reader" \
    --csv --output "$dir/coverage.csv" "$dir" </dev/null
gcovr --root . --filter 'src/' --filter 'capi/' --gcov-executable "$reader" \
    --output "$dir/lines.txt" "$dir" </dev/null

printf '\n%-38s %16s %18s\n' file lines branches
awk -F, -v least=$least '
    function rate(covered, total) {
        return total == 0 ? "-" : sprintf("%5.1f %%", 100 * covered / total)
    }
    function row(name, lines, run, branches, taken) {
        printf "%-38s %4d/%-4d %s  %4d/%-4d %s\n", name, run, lines, rate(run, lines), taken,
            branches, rate(taken, branches)
    }
    NR == 1 {
        for (i = 1; i <= NF; ++i) column[$i] = i
        next
    }
    {
        lines = $column["line_total"]
        run = $column["line_covered"]
        branches = $column["branch_total"]
        taken = $column["branch_covered"]
        row($1, lines, run, branches, taken)
        all_lines += lines
        all_run += run
        all_branches += branches
        all_taken += taken
    }
    END {
        row("in all", all_lines, all_run, all_branches, all_taken)
        exit !(all_lines > 0 && all_run * 100 >= least * all_lines)
    }' "$dir/coverage.csv" || failed=1

printf '\nlines that no test runs through:\n'
awk '$1 ~ /^(src|capi)\// && NF == 5 && $3 < $2 { printf "  %s: %s\n", $1, $5; any = 1 }
    END { if (!any) print "  none" }' "$dir/lines.txt"
[ $failed -eq 0 ] || die "less than $least % of the lines are covered"
