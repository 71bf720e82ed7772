# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# More of what `./dev bench` compares, sourced by scripts/bench.sh, whose `bench`, `build`, `table`
# and `those_here` it uses.
# shellcheck disable=SC2154

peers="libev libuv libevent asio"

# Without one of them the rest is compared.
ensure_peers() {
    local peer
    for peer in $peers; do
        (ensure_tools "$peer") || echo "going on without $peer"
    done
}

# steps TITLE UNIT ARGUMENTS...: what prints a line for each step and contender
steps() {
    local title=$1 unit=$2
    shift 2
    echo "$title"
    {
        printf 'step\tcontender\t%s\tquartiles\t\tratio\tquartiles\t\n' "$unit"
        "$bench" "$@"
    } | table
}

one_shot() {  # ROUNDS SIZES...
    local rounds=$1 at
    shift
    for at in "$@"; do
        compare "chain of one-shot events, armed anew: ${at%/*} socket pairs, ${at#*/} active" \
            one-shot "fds=${at%/*}" "active=${at#*/}" "rounds=$rounds"
    done
}

churn() {  # DESCRIPTORS ROUNDS CHANGES
    steps "churn: what a change costs with $1 descriptors, an iteration after every 64 included" \
        ns/change churn fds="$1" rounds="$2" events="$3"
}

wakes() {  # ROUNDS
    steps "wakes of another thread's wait: to and fro, while it is busy, without a pause" \
        ns wake rounds="$1"
}

idle() {  # CONNECTIONS ROUNDS TICKS
    steps "idle: $1 quiet connections, a timer every 10 ms $3 times, then nothing for as long" \
        "ns/s or number" idle fds="$1" rounds="$2" ticks="$3"
}

start_up() {  # ROUNDS
    steps "a loop made and destroyed" ns create rounds="$1"
    echo "a program started that makes a loop, waits once without blocking and ends"
    {
        printf 'library\tns\tquartiles\t\tratio\tquartiles\t\n'
        "$bench" startup rounds="$1"
    } | table
}

footprint() {  # TIMERS
    echo "memory: bytes per timer, of $1 that are set, and per loop that has watched something"
    {
        printf 'of\tcontender\tlibrary\tcaller\n'
        "$bench" footprint timers="$1"
    } | table
}

# The shared libraries that the benchmark has loaded, among those compared.
loaded_libraries() {
    ldd "$bench" | awk '$1 ~ /^lib(pollux|ev|uv|event_core)[-.]/ { print $3 }' | sort
}

# Bytes of the file without its symbols, and of what the kernel maps of it to be run or read.
sizes() {
    local library
    [ "$system" = Linux ] || return 0
    ensure_tools strip
    echo "size of the shared libraries: the file, stripped, and its code and constants"
    {
        printf 'library\tfile\ttext\n'
        loaded_libraries | while read -r library; do
            strip -o "$build/stripped_peer" "$library"
            printf '%s\t%s\t%s\n' "$(basename "$library")" \
                "$(wc -c <"$build/stripped_peer" | tr -d ' ')" \
                "$(size "$build/stripped_peer" | awk 'NR == 2 { print $1 }')"
        done
    } | table
}
