#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fuzzes the C interface with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, each
# target for that many seconds: `./dev fuzz [seconds]`. What is found is left in build/fuzz. The
# last line is `N passed, N failed`.
set -euo pipefail
. scripts/lib.sh

seconds=${1-60}
case $seconds in
    *[!0-9]* | "") die "usage: ./dev fuzz [seconds]" ;;
esac

is_libfuzzer_here() {
    printf '%s\n' '#include <stddef.h>' '#include <stdint.h>' \
        'int LLVMFuzzerTestOneInput(const uint8_t*, size_t);' \
        'int LLVMFuzzerTestOneInput(const uint8_t* p, size_t n) { return p == 0 && n != 0; }' |
        clang -x c -fsanitize=fuzzer,address,undefined -o "$1" - >/dev/null 2>&1
}

# Sanitizers may need it, see scripts/test.sh.
plainly() {
    if setarch -R true 2>/dev/null; then setarch -R "$@"; else "$@"; fi
}

fuzz_target() {
    local name=$1 found=$dir/corpus/$1 seeds
    seeds=$(cd "tests/fuzz/corpus/$name" && pwd)
    mkdir -p "$found"
    plainly "$dir/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -max_len="$2" -timeout=60 \
        -print_final_stats=1 -verbosity=1 -artifact_prefix="$dir/$name-" "$found" "$seeds" \
        </dev/null >"$dir/$name.log" 2>&1 || {
        tail -60 "$dir/$name.log"
        return 1
    }
    grep -E 'Done|number_of_executed_units|average_exec_per_sec|new_units_added' "$dir/$name.log"
    grep -E 'cov:' "$dir/$name.log" | tail -1
}

is_installed clang++ || die "'clang++' is missing: fuzzing needs clang and its libFuzzer"
ensure_build_tools
ensure_tools catch2
dir=$PWD/$(build_dir fuzz)
mkdir -p "$dir"
is_libfuzzer_here "$dir/probe" ||
    die "this clang has no libFuzzer (-fsanitize=fuzzer does not link)"

options=(-DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DPOLLUX_FUZZ=ON
    "-DPOLLUX_SANITIZE=address,undefined,fuzzer-no-link" -DPOLLUX_WERROR=OFF
    -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1" -DPOLLUX_EXAMPLES=OFF)
if [ "$system" = Linux ]; then options+=(-DPOLLUX_KQUEUE_FOR_TESTS=emulation); fi
configure fuzz "${options[@]}"
build_targets fuzz fuzz_poller fuzz_options

run_step "fuzz poller" fuzz_target poller 256
run_step "fuzz options" fuzz_target options 256
report_steps
