#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs random programs over every backend and compares them with a model of the contract:
# `./dev model [programs] [first seed] [programs of a loop]`. Those of the poller come first, then
# those of the event loop, a fifth as many if nothing is said. Two processes share each. The last
# line is `N passed, N failed`.
set -euo pipefail
. scripts/lib.sh

programs=${1-100000}
seed=${2-1}
case $programs$seed${3-} in
    *[!0-9]*) die "usage: ./dev model [programs] [first seed] [programs of a loop]" ;;
esac
loop_programs=${3-$((programs / 5))}

options=(-DCMAKE_BUILD_TYPE=Release -DPOLLUX_EXAMPLES=OFF)
if [ "$system" = Linux ]; then options+=(-DPOLLUX_KQUEUE_FOR_TESTS=emulation); fi

ensure_build_tools
ensure_tools catch2
dir=$(build_dir model)
configure model "${options[@]}"
build_targets model model model_loop

# run_part program number first-seed programs
run_part() {
    "$dir/tests/model/$1" --progress --seed "$3" --programs "$4" 2>&1 </dev/null |
        tee "$dir/$1-$2.log"
}

# run_halves program programs
run_halves() {
    local half=$((($2 + 1) / 2)) first failed=0
    run_part "$1" 1 "$seed" "$half" &
    first=$!
    run_part "$1" 2 $((seed + half)) $(($2 - half)) || failed=1
    wait "$first" || failed=1
    [ "$failed" -eq 0 ]
}

failed=0
run_halves model "$programs" || failed=1
run_halves model_loop "$loop_programs" || failed=1

# The last line of each part: "50000 passed, 0 failed"
awk '/passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
    END { printf "\n%d passed, %d failed\n", passed, failed }' \
    "$dir"/model-[12].log "$dir"/model_loop-[12].log
[ "$failed" -eq 0 ]
