#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The benchmarks: builds Pollux and bench/ in release mode, prints tables with ratios, and writes
# docs/performance.md with its plots.
set -euo pipefail
. scripts/lib.sh

build=$(build_dir bench)
bench=$build/bench/pollux_bench
# Where figures are kept; empty if they are only printed.
results=""
. scripts/bench_results.sh
. scripts/bench_sections.sh
. scripts/bench_counts.sh

usage() {
    cat <<'TEXT'
usage: ./dev bench [--quick | --guard | --report]

  (nothing)  everything, about half an hour on a quiet machine with 2 cores; at the end it writes
             docs/performance.md and its plots. POLLUX_BENCH_ROUNDS=N bounds the rounds, to try it.
  --quick    fewer sizes and rounds, about two minutes; prints only
             Both install the packages of the libraries that are compared.
  --guard    only what is the same each time (instructions, system calls, bytes), held against
             bench/limits.txt; fails if one is beyond
  --report   no run: docs/performance.md anew, from what the last full run has left
TEXT
}

build_release() {  # RUST: AUTO, or OFF where nothing in Rust is looked at
    forget_counts
    ensure_build_tools
    ensure_tools column
    configure_and_build bench -DCMAKE_BUILD_TYPE=Release -DPOLLUX_BENCH=ON -DPOLLUX_TESTS=OFF \
        -DPOLLUX_EXAMPLES=OFF "-DPOLLUX_BENCH_RUST=$1"
}

quick() {
    name_missing
    chain 4 100/1 1000/100
    chain_over_poll 4 100/1 1000/100
    one_shot 4 1000/100
    timers 100000 3 1
    posts 4
    network echo 3 100/10
    network http 3 100/10
    accepts 3 2000 1/1/64 8/1/1
    churn 1000 2 50000
    wakes 3
    idle 1000 1 20
    start_up 3
    memory
    footprint 100000
    sizes
}

everything() {
    name_missing
    chain 32 1/1 10/1 100/1 1000/1 9000/1 1000/10 1000/100 1000/1000 9000/100 9000/1000
    chain_over_poll 12 1/1 10/1 100/1 1000/1 9000/1 1000/10 1000/100 1000/1000
    one_shot 16 100/1 1000/100
    timers 1000000 5 3
    posts 24
    network echo 16 1/1 10/10 100/1 100/100 1000/1 1000/100 1000/1000 5000/1 5000/100 5000/5000
    network_over_poll echo 10 1/1 10/10 100/1 100/100 1000/100 1000/1000
    network http 12 1/1 10/10 100/100 1000/100 5000/100
    network_over_poll http 10 1/1 100/100 1000/100
    accepts 12 10000 1/1/64 2/1/64 2/2/64 8/1/1 8/1/64
    churn 1000 16 100000
    wakes 16
    idle 9000 5 100
    start_up 16
    memory
    footprint 1000000
    sizes
    counts
}

# What is by hand in it is over epoll, and the counts are made with tools of Linux.
report() {
    if [ "$system" != Linux ]; then
        echo "docs/performance.md is of a run on Linux, and left as it is"
        return
    fi
    ensure_tools python3
    PYTHONDONTWRITEBYTECODE=1 python3 scripts/bench_report.py "$build/results"
}

case "${1-}" in
    '')
        ensure_peers
        build_release AUTO
        begin_results
        everything
        report
        guard
        ;;
    --quick)
        ensure_peers
        build_release AUTO
        quick
        ;;
    --guard)
        build_release OFF
        guard
        ;;
    --report) report ;;
    *)
        usage >&2
        exit 2
        ;;
esac
