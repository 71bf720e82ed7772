#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs random programs over every backend and compares them with a model of the contract:
# `./dev model [programs] [first seed]`. Two processes share them. The last line is
# `N passed, N failed`.
set -euo pipefail
. scripts/lib.sh

programs=${1-100000}
seed=${2-1}
case $programs$seed in
    *[!0-9]*) die "usage: ./dev model [programs] [first seed]" ;;
esac
half=$(((programs + 1) / 2))

options=(-DCMAKE_BUILD_TYPE=Release -DPOLLUX_EXAMPLES=OFF)
if [ "$system" = Linux ]; then options+=(-DPOLLUX_KQUEUE_FOR_TESTS=emulation); fi

ensure_build_tools
ensure_tools catch2
dir=$(build_dir model)
configure model "${options[@]}"
build_targets model model

# run_part number first-seed programs
run_part() {
    "$dir/tests/model/model" --progress --seed "$2" --programs "$3" 2>&1 </dev/null |
        tee "$dir/model-$1.log"
}

run_part 1 "$seed" "$half" &
first=$!
failed=0
run_part 2 $((seed + half)) $((programs - half)) || failed=1
wait $first || failed=1

# The last line of each part: "50000 passed, 0 failed"
awk '/passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
    END { printf "\n%d passed, %d failed\n", passed, failed }' "$dir"/model-[12].log
[ "$failed" -eq 0 ]
