#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds and runs all tests in each configuration: gcc, clang where it is installed, asan, tsan; or
# in those that are named. The last line is `N passed, N failed`.
set -euo pipefail
. scripts/lib.sh

passed=0
failed=0
summary=""

is_gcc_real() {
    is_installed g++ && ! g++ --version 2>/dev/null | grep -qi clang
}

default_configurations() {
    if is_gcc_real; then echo gcc; fi
    if is_installed clang++; then echo clang; fi
    echo asan
    echo tsan
}

# One cmake option a line.
compiler_options() {
    case $1 in
        gcc) printf '%s\n' -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ ;;
        clang) printf '%s\n' -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ ;;
    esac
}

# Compilers give false warnings in instrumented code; the other configurations have them as errors.
sanitizer_options() {
    local compiler=clang
    if is_gcc_real; then compiler=gcc; fi
    compiler_options $compiler
    printf '%s\n' -DPOLLUX_SANITIZE="$1" -DPOLLUX_WERROR=OFF -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_C_FLAGS_DEBUG="-O1 -g1" -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1"
}

# Linux has no kqueue; there the backend is tested over an emulation, except with gcc, which tests
# the library as it is shipped.
kqueue_options() {
    if [ "$system" = Linux ]; then echo -DPOLLUX_KQUEUE_FOR_TESTS=emulation; fi
}

cmake_options() {
    case $1 in
        gcc) compiler_options gcc && echo -DCMAKE_BUILD_TYPE=Release ;;
        clang) compiler_options clang && echo -DCMAKE_BUILD_TYPE=Debug && kqueue_options ;;
        asan) sanitizer_options address,undefined && kqueue_options ;;
        tsan) sanitizer_options thread && kqueue_options ;;
        *) return 1 ;;
    esac
}

# The shadow memory of the sanitizers does not fit the address space that newer Linux kernels hand
# out at random (vm.mmap_rnd_bits above 28), so they run without that randomness where one may turn
# it off.
run_plainly() {
    case $1 in
        asan | tsan)
            if setarch -R true 2>/dev/null; then
                setarch -R "${@:2}"
                return
            fi
            ;;
    esac
    "${@:2}"
}

run_ctest() {
    local name=$1 log=$2
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    export TSAN_OPTIONS=halt_on_error=1:die_after_fork=0:second_deadlock_stack=1
    TSAN_OPTIONS=$TSAN_OPTIONS:suppressions=$PWD/tests/support/tsan.supp
    run_plainly "$name" ctest --test-dir "$(build_dir "$name")" --parallel "$(jobs_count)" \
        --output-on-failure --no-tests=error </dev/null 2>&1 | tee "$log"
}

# ctest's line: "90% tests passed, 1 tests failed out of 10"
failed_of() {
    sed -n 's/.*tests passed, \([0-9]*\) tests* failed out of .*/\1/p' "$1"
}
total_of() {
    sed -n 's/.*tests passed, [0-9]* tests* failed out of \([0-9]*\).*/\1/p' "$1"
}

# ctest counts what was skipped as passed.
skipped_of() {
    grep -c '\*\*\*Skipped' "$1" || true
}

# How many calls the fault tests have made fail, of what all tests have printed.
report_faults() {
    awk '/ faults were injected$/ { faults += $1 }
        END { if (faults > 0) printf "%d faults were injected, one by one\n", faults }' \
        "$(build_dir "$1")/Testing/Temporary/LastTest.log"
}

record() {
    local name=$1 passes=$2 failures=$3 seconds=$4 note=$5
    passed=$((passed + passes))
    failed=$((failed + failures))
    summary="$summary$(printf '%-6s %4d passed, %d failed (%d s)%s' "$name" "$passes" "$failures" \
        "$seconds" "$note")
"
}

test_configuration() {
    local name=$1 started=$SECONDS log failures total skipped option options note=""
    printf '\n==== test %s\n' "$name"
    options=()
    while IFS= read -r option; do
        options+=("$option")
    done < <(cmake_options "$name")
    if ! configure_and_build "$name" "${options[@]}"; then
        record "$name" 0 1 $((SECONDS - started)) " does not build"
        return
    fi
    log=$(build_dir "$name")/ctest.log
    run_ctest "$name" "$log" || note=" see $log"
    report_faults "$name"
    failures=$(failed_of "$log")
    total=$(total_of "$log")
    if [ -z "$total" ]; then
        record "$name" 0 1 $((SECONDS - started)) " ctest did not run"
        return
    fi
    skipped=$(skipped_of "$log")
    [ "$skipped" -eq 0 ] || note=" and $skipped skipped, see $log"
    record "$name" $((total - failures - skipped)) "$failures" $((SECONDS - started)) "$note"
}

ensure_build_tools
ensure_tools catch2
if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046  # names without spaces
    set -- $(default_configurations)
fi
for name in "$@"; do
    cmake_options "$name" >/dev/null ||
        die "there is no configuration '$name'; they are: gcc clang asan tsan"
done
for name in "$@"; do
    test_configuration "$name"
done
printf '\n%s%d passed, %d failed\n' "$summary" "$passed" "$failed"
[ "$failed" -eq 0 ]
