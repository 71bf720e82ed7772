#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The benchmarks: builds Pollux and bench/ in release mode and prints tables with ratios.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

build=build/bench
bench=$build/bench/pollux_bench

usage() {
  cat <<'TEXT'
usage: ./dev bench [--quick | --guard]
  (nothing)  everything, some minutes
  --quick    fewer sizes and rounds, under a minute
  --guard    only what is the same each time (instructions, system calls, bytes), held against
             bench/limits.txt; fails if one is beyond
TEXT
}

build_release() {
  if cmake -S . -B $build -DCMAKE_BUILD_TYPE=Release -DPOLLUX_BENCH=ON -DPOLLUX_TESTS=OFF \
    -DPOLLUX_EXAMPLES=OFF >$build.log 2>&1 && cmake --build $build -j 2 >>$build.log 2>&1; then
    return
  fi
  cat $build.log >&2
  exit 1
}

has_contender() { $bench contenders | grep -qx "$1"; }

table() { column -t -s $'\t' | sed 's/^/  /'; }

# What is the same each time ---------------------------------------------------------------------

# Each figure is the difference between a long and a short run, divided by the events between them:
# setting up cancels out. Exact to a thousandth.
short=20000
long=40000
size=(fds=1000 active=100)

collected() {  # CONTENDER EVENTS: instructions in user space from entering the loop to leaving it
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='*measured_run*' \
    $bench run chain "$1" "${size[@]}" "events=$2" 2>&1 | awk '/Collected/ { print $NF }'
}

instructions_per_event() {  # CONTENDER
  awk -v a="$(collected "$1" $short)" -v b="$(collected "$1" $long)" -v n=$((long - short)) \
    'BEGIN { printf "%.2f\n", (b - a) / n }'
}

system_calls() {  # CONTENDER EVENTS
  strace -f -c -S name -U name,calls -o $build/calls $bench run chain "$1" "${size[@]}" \
    "events=$2" >/dev/null
  awk '$2 ~ /^[0-9]+$/ && $1 != "total"' $build/calls
}

# One line for each call that the loop makes: its name and how many per event.
system_calls_per_event() {  # CONTENDER
  { system_calls "$1" $short; echo; system_calls "$1" $long; } |
    awk -v n=$((long - short)) 'NF == 0 { second = 1; next }
      { difference[$1] += second ? $2 : -$2 }
      END { for (name in difference) if (difference[name])
              printf "%s %.4f\n", name, difference[name] / n }' | sort
}

sum() { awk '{ total += $2 } END { printf "%.4f\n", total }'; }

# repeatable_chain BACKEND: figures of the poller against the loop by hand.
repeatable_chain() {
  local hand_instructions pollux_instructions hand_calls pollux_calls
  hand_instructions=$(instructions_per_event "$1")
  pollux_instructions=$(instructions_per_event "pollux-$1")
  hand_calls=$(system_calls_per_event "$1")
  pollux_calls=$(system_calls_per_event "pollux-$1")
  awk -v a="$pollux_instructions" -v b="$hand_instructions" -v key="chain.$1" \
    'BEGIN { printf "%s.added_instructions %.2f %.2f against %.2f by hand\n", key, a - b, a, b }'
  awk -v a="$(sum <<<"$pollux_calls")" -v b="$(sum <<<"$hand_calls")" -v key="chain.$1" \
    -v what="$(paste -sd ' ' <<<"$pollux_calls")" \
    'BEGIN { printf "%s.added_system_calls %.4f %s\n", key, a - b, what }'
}

library_size() {
  strip -o $build/stripped.so "$(readlink -f $build/libpollux.so)"
  wc -c <$build/stripped.so
}

# Lines of: figure, value, explanation.
repeatable() {
  local backend
  for backend in epoll poll; do
    has_contender "$backend" || continue
    repeatable_chain $backend
    $bench memory fds=9000 "pollux-$backend" |
      awk -v b=$backend '{ print "memory." b ".bytes_per_fd", $2, "at 9,000 descriptors" }'
  done
  echo "library.bytes $(library_size) libpollux.so, stripped"
}

# Prints the figures beside their limits; the status tells whether all hold.
guard() {
  ensure_tools valgrind strace strip
  repeatable >$build/repeatable
  awk 'BEGIN { OFS = "\t"; print "figure", "value", "limit", "", "" }
    NR == FNR { if ($0 !~ /^#/ && NF) limit[$1] = $2; next }
    { explanation = $0; sub(/^[^ ]+ [^ ]+ ?/, "", explanation)
      beyond = $1 in limit && $2 > limit[$1]; bad += beyond
      print $1, $2, $1 in limit ? limit[$1] : "-", beyond ? "BEYOND" : "ok", explanation }
    END { exit bad != 0 }' bench/limits.txt $build/repeatable >$build/guard || local failed=1
  table <$build/guard
  [ -z "${failed-}" ]
}

# What takes time --------------------------------------------------------------------------------

compare() {  # TITLE WORK ARGUMENTS...
  echo "$1"
  shift
  {
    printf 'contender\tns/event\tquartiles\t\tratio\tquartiles\t\twall ns\n'
    $bench compare "$@"
  } |
    table
}

chain() {  # ROUNDS SIZES...  where a size is fds/active
  local rounds=$1 at
  shift
  for at in "$@"; do
    compare "chain: ${at%/*} socket pairs, ${at#*/} active" chain "fds=${at%/*}" \
      "active=${at#*/}" "rounds=$rounds"
  done
}

memory() {
  echo "memory: bytes per descriptor at 9,000"
  { printf 'contender\tlibrary\tcaller\n'; $bench memory fds=9000; } | table
}

ensure_build_tools
ensure_tools column
mkdir -p $build
case "${1-}" in
  --guard)
    build_release
    guard
    ;;
  --quick)
    build_release
    chain 8 100/1 1000/100
    memory
    ;;
  '')
    build_release
    chain 16 1/1 10/1 100/1 100/100 1000/1 1000/100 1000/1000 9000/1 9000/100 9000/1000
    memory
    guard
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac
