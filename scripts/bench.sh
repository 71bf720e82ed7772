#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The benchmarks: builds Pollux and bench/ in release mode and prints tables with ratios.
set -euo pipefail
. scripts/lib.sh
. scripts/bench_sections.sh

build=$(build_dir bench)
bench=$build/bench/pollux_bench

usage() {
    cat <<'TEXT'
usage: ./dev bench [--quick | --guard]

  (nothing)  everything, some minutes
  --quick    fewer sizes and rounds, about a minute
             Both install the packages of the libraries that are compared.
  --guard    only what is the same each time (instructions, system calls, bytes), held against
             bench/limits.txt; fails if one is beyond
TEXT
}

build_release() {  # RUST: AUTO, or OFF where nothing in Rust is looked at
    ensure_build_tools
    ensure_tools column
    configure_and_build bench -DCMAKE_BUILD_TYPE=Release -DPOLLUX_BENCH=ON -DPOLLUX_TESTS=OFF \
        -DPOLLUX_EXAMPLES=OFF "-DPOLLUX_BENCH_RUST=$1"
}

has_contender() { "$bench" contenders | grep -qx "$1"; }

table() { column -t -s $'\t' | sed 's/^/  /'; }

# What is the same each time ---------------------------------------------------------------------

# Each figure is the difference between a long and a short run, divided by the events between them:
# setting up cancels out. Exact to a thousandth.
count_chain() {
    measured=(chain fds=1000 active=100) counted=events short=20000 long=40000
}
# One connection of many speaks, so that each wait is for one event. What the clients do is not
# among the instructions; among the system calls it is, and is the same for all.
count_echo() {
    measured=(echo connections=100 active=1) counted=messages short=5000 long=10000
}

collected() {  # CONTENDER COUNT: instructions in user space from entering the loop to leaving it
    local output count
    output=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        --toggle-collect='*measured_run*' --toggle-collect='*client_turn*' \
        "$bench" run "${measured[@]}" "$1" "$counted=$2" 2>&1)
    count=$(awk '/Collected/ { print $NF }' <<<"$output")
    [ "${count:-0}" -gt 0 ] || die "callgrind counted nothing: $output"
    echo "$count"
}

instructions_per_event() {  # CONTENDER
    local few many
    few=$(collected "$1" $short)
    many=$(collected "$1" $long)
    awk -v a="$few" -v b="$many" -v n=$((long - short)) 'BEGIN { printf "%.2f\n", (b - a) / n }'
}

system_calls() {  # CONTENDER COUNT
    strace -f -c -S name -U name,calls -o "$build/calls" "$bench" run "${measured[@]}" "$1" \
        "$counted=$2" >/dev/null || die "strace could not run the benchmark; may it trace here?"
    awk '$2 ~ /^[0-9]+$/ && $1 != "total"' "$build/calls"
}

# One line for each call that the loop makes: its name and how many per event.
system_calls_per_event() {  # CONTENDER
    local few many
    few=$(system_calls "$1" $short)
    many=$(system_calls "$1" $long)
    printf '%s\n\n%s\n' "$few" "$many" | awk -v n=$((long - short)) '
        NF == 0 { second = 1; next }
        { difference[$1] += second ? $2 : -$2 }
        END {
            for (name in difference)
                if (difference[name]) printf "%s %.4f\n", name, difference[name] / n
        }' | sort
}

sum() { awk '{ total += $2 } END { printf "%.4f\n", total }'; }

# report_added KEY INSTRUCTIONS BY-HAND CALLS BY-HAND
report_added() {
    awk -v a="$2" -v b="$3" -v key="$1" \
        'BEGIN { printf "%s.added_instructions %.2f", key, a - b
                 printf " %.2f against %.2f by hand\n", a, b }'
    awk -v a="$(sum <<<"$4")" -v b="$(sum <<<"$5")" -v key="$1" -v what="$(paste -sd ' ' <<<"$4")" \
        'BEGIN { printf "%s.added_system_calls %.4f %s\n", key, a - b, what }'
}

# figures_against KEY BY-HAND POLLUX
figures_against() {
    local hand_instructions instructions hand_calls calls
    hand_instructions=$(instructions_per_event "$2")
    instructions=$(instructions_per_event "$3")
    hand_calls=$(system_calls_per_event "$2")
    calls=$(system_calls_per_event "$3")
    report_added "$1" "$instructions" "$hand_instructions" "$calls" "$hand_calls"
}

library_size() {
    local library=$build/libpollux.so
    [ "$system" != Darwin ] || library=$build/libpollux.dylib
    # As in tests/capi/scripts/library_file.sh.
    if [ "$system" = Darwin ]; then
        strip -x -o "$build/stripped" "$library"
    else
        strip -o "$build/stripped" "$library"
    fi
    wc -c <"$build/stripped" | tr -d ' '
}

figures_of_backend() {  # BACKEND
    count_chain
    figures_against "chain.$1" "$1" "pollux-$1"
    count_echo
    figures_against "echo.$1" "$1" "pollux-$1"
}

figures_of_loop() {
    count_chain
    figures_against loop.epoll epoll-callback pollux-loop
    count_echo
    figures_against echo.loop epoll-callback pollux-loop
}

# Lines of: figure, value, explanation.
repeatable() {
    local backend
    for backend in epoll poll; do
        has_contender "$backend" || continue
        # valgrind and strace are Linux's.
        [ "$system" != Linux ] || figures_of_backend $backend
        "$bench" memory fds=9000 "pollux-$backend" |
            awk -v b=$backend '{ print "memory." b ".bytes_per_fd", $2, "at 9,000 descriptors" }'
    done
    # The loop takes epoll where it is.
    ! has_contender epoll-callback || figures_of_loop
    echo "library.bytes $(library_size) the shared library, stripped"
}

# Prints the figures beside their limits; the status tells whether all hold.
guard() {
    local bad=0
    ensure_tools strip
    [ "$system" != Linux ] || ensure_tools valgrind strace
    repeatable >"$build/repeatable"
    awk -v OFS='\t' '
        BEGIN { print "figure", "value", "limit", "", "" }
        NR == FNR { if ($0 !~ /^#/ && NF) limit[$1] = $2; next }
        {
            explanation = $0
            sub(/^[^ ]+ [^ ]+ ?/, "", explanation)
            beyond = $1 in limit && $2 > limit[$1]
            bad += beyond
            print $1, $2, ($1 in limit ? limit[$1] : "-"), (beyond ? "BEYOND" : "ok"), explanation
        }
        END { exit bad != 0 }' bench/limits.txt "$build/repeatable" >"$build/guard" || bad=1
    table <"$build/guard"
    [ $bad -eq 0 ] || echo "a figure is beyond its limit in bench/limits.txt"
    return $bad
}

# What takes time --------------------------------------------------------------------------------

compare() {  # TITLE WORK ARGUMENTS...
    echo "$1"
    shift
    {
        printf 'contender\tns/event\tquartiles\t\tratio\tquartiles\t\twall ns\n'
        "$bench" compare "$@"
    } | table
}

# Each backend against the loop by hand on the same kernel interface.
chain() {  # ROUNDS SIZES...  where a size is fds/active
    local rounds=$1 at backend
    shift
    for at in "$@"; do
        for backend in epoll poll; do
            has_contender "$backend" || continue
            compare "chain, $backend: ${at%/*} socket pairs, ${at#*/} active" chain \
                "fds=${at%/*}" "active=${at#*/}" "rounds=$rounds" "$backend" "pollux-$backend"
        done
    done
}

# The event loop with its callbacks, against the same by hand and other libraries.
loops() {  # ROUNDS SIZES...
    local rounds=$1 at
    shift
    for at in "$@"; do
        # shellcheck disable=SC2046  # names, apart from each other
        compare "chain with callbacks: ${at%/*} socket pairs, ${at#*/} active" chain \
            "fds=${at%/*}" "active=${at#*/}" "rounds=$rounds" \
            $(those_here epoll-callback pollux-loop libev libuv libevent asio io_uring)
    done
}

# The pollers of Rust with what this one is in C++ and in Rust. Not with all active: mio's way of
# doing the work would be compared then, bench/rust/src/work/chain.rs.
crates() {  # ROUNDS SIZES...
    local rounds=$1 at
    shift
    has_contender mio || return 0
    for at in "$@"; do
        # shellcheck disable=SC2046
        compare "chain, Rust: ${at%/*} socket pairs, ${at#*/} active" chain \
            "fds=${at%/*}" "active=${at#*/}" "rounds=$rounds" \
            $(those_here epoll pollux-epoll pollux-rust mio polling polling-level)
    done
}

those_here() {
    local name
    for name in "$@"; do
        ! has_contender "$name" || echo "$name"
    done
}

timers() {  # COUNT ROUNDS ROUNDS-OF-SLOW-ONES
    echo "$1 timers, in the order of their start and mixed; each round in a process of its own"
    # shellcheck disable=SC2046
    "$bench" timers timers="$1" rounds="$2" $(those_here pollux-loop wheel heap libev) | table
    echo "the same with $(($1 / 5)), for these take long"
    # shellcheck disable=SC2046
    "$bench" timers timers=$(($1 / 5)) rounds="$3" \
        $(those_here pollux-loop libuv libevent asio) | table
}

posts() {  # ROUNDS
    local threads
    echo "ping: from one loop or poller to one in another thread and back"
    {
        printf 'contender\tns/trip\tquartiles\t\tratio\tquartiles\t\n'
        "$bench" ping rounds="$1"
    } | table
    for threads in 1 2; do
        echo "posts: $threads thread(s) into one loop; for libev and libuv by a queue of the user's"
        {
            printf 'contender\tns/post\tquartiles\t\tratio\tquartiles\t\n'
            "$bench" posts rounds="$1" threads=$threads
        } | table
    done
}

# Servers over TCP, all contenders. poll takes its time in proportion to the connections, so it is
# left out beyond 1,000 of them.
network() {  # WORK ROUNDS SIZES...  where a size is connections/active
    local work=$1 rounds=$2 at who
    shift 2
    for at in "$@"; do
        who=""
        [ "${at%/*}" -le 1000 ] ||
            who=$("$bench" contenders | grep -vx -e poll -e pollux-poll)
        echo "$work over TCP: ${at%/*} connections, ${at#*/} active"
        {
            printf 'contender\tns/message\tquartiles\t\tratio\tquartiles\t\twall ns\tmessages/s'
            printf '\tp50 ns\tp99 ns\n'
            # shellcheck disable=SC2086
            "$bench" "$work" connections="${at%/*}" active="${at#*/}" rounds="$rounds" $who
        } | table
    done
}

accepts() {  # ROUNDS ACCEPTS SIZES...  where a size is threads/listeners/at a time
    local rounds=$1 accepts=$2 at threads listeners active
    shift 2
    for at in "$@"; do
        IFS=/ read -r threads listeners active <<<"$at"
        echo "accept: $threads thread(s), $listeners listener(s), $active connection(s) at a time"
        {
            printf 'contender\tns/connection\tquartiles\t\tratio\tquartiles\t\twall ns'
            printf '\tconnections/s\tin vain\n'
            "$bench" accept accepts="$accepts" threads="$threads" listeners="$listeners" \
                active="$active" rounds="$rounds"
        } | table
    done
}

# A library that is not compared is named.
name_missing() {
    local name why
    "$bench" missing | while IFS=$'\t' read -r name why; do
        echo "not compared: $name ($why)"
    done
}

memory() {
    echo "memory: bytes per descriptor at 9,000"
    { printf 'contender\tlibrary\tcaller\n'; "$bench" memory fds=9000; } | table
}

case "${1-}" in
    '' | --quick)
        ensure_peers
        build_release AUTO
        ;;
    --guard) build_release OFF ;;
    *)
        usage >&2
        exit 2
        ;;
esac
case "${1-}" in
    --guard) guard ;;
    --quick)
        name_missing
        chain 8 100/1 1000/100
        loops 8 1000/100
        crates 8 1000/100
        one_shot 4 1000/100
        timers 100000 3 1
        posts 8
        network echo 4 100/10
        network http 4 100/10
        accepts 4 2000 1/1/64 8/1/1
        churn 1000 2 50000
        wakes 3
        idle 1000 1 20
        start_up 3
        memory
        footprint 100000
        sizes
        ;;
    *)
        chain 16 1/1 10/1 100/1 100/100 1000/1 1000/100 1000/1000 9000/1 9000/100 9000/1000
        name_missing
        loops 8 1000/1 1000/100 1000/1000
        crates 8 1000/1 1000/100 9000/1000
        one_shot 8 100/1 1000/100
        timers 1000000 5 1
        posts 16
        network echo 8 1/1 10/10 100/1 100/100 1000/1 1000/100 1000/1000 5000/1 5000/100 5000/5000
        network http 8 1/1 100/10 1000/100 5000/100
        accepts 8 20000 1/1/64 2/1/64 2/2/64 8/1/1 8/1/64
        churn 1000 8 100000
        wakes 16
        idle 9000 5 100
        start_up 16
        memory
        footprint 1000000
        sizes
        guard
        ;;
esac
