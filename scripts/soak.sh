#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `./dev soak [seconds]`: the echo server of each backend under clients that reset, half-close, stay
# silent, read slowly or leave; first with descriptors for all of them, then with far too few. The
# seconds (60) are shared out among these; those that read slowly are then served to their end. No
# byte may be wrong, and nothing may be left: no descriptor, no memory, no processor time when there
# is nothing to do.
set -euo pipefail
. scripts/lib.sh

seconds=${1-60}
case $seconds in
    '' | *[!0-9]*) die "usage: ./dev soak [seconds]" ;;
esac
[ $# -le 1 ] || die "usage: ./dev soak [seconds]"
[ "$seconds" -ge 4 ] || die "a soak needs 4 seconds at least"
[ -d /proc/self/fd ] || die "a soak looks into /proc, which this system does not have"

ensure_build_tools
ensure_tools catch2
dir=$(build_dir soak)
configure soak -DCMAKE_BUILD_TYPE=Release -DPOLLUX_INSTALL=OFF
build_targets soak echo_server soak_client
# shellcheck source=tests/examples/harness.sh
. tests/examples/harness.sh

server=$dir/examples/echo_server
client=$dir/tests/soak/soak_client
clients=100
plenty=400           # descriptors, for all clients
scarce=40            # for less than half of them
buffer=4096          # bytes that the server keeps for a slow reader, at the most
most_growth_kib=512  # of memory, from a third of the time to its end: leaks grow on
most_idle_ms=20      # of processor time, in two seconds without anything to do

client_job=""
stop_all() {
    [ -z "$client_job" ] || kill -KILL "$client_job" 2>/dev/null || true
    clean_up
}
trap stop_all EXIT

# In the background, so that an interrupt is noticed at once.
start_client() {
    "$client" "$@" >"$temporary/client.out" 2>"$temporary/client.errors" </dev/null &
    client_job=$!
}

end_client() {
    local status=0
    wait "$client_job" || status=$?
    client_job=""
    cat "$temporary/client.errors" >&2
    return $status
}

run_client() {
    start_client "$@"
    end_client
}

# What the kernel says of the server -------------------------------------------------------------

descriptors() {
    find "/proc/$server_pid/fd" -mindepth 1 | wc -l
}

memory_kib() {
    awk '$1 == "VmRSS:" { print $2 }' "/proc/$server_pid/status"
}

# The name, which may have blanks in it, is in parentheses; after it utime and stime are 12 and 13.
processor_ms() {
    sed 's/.*) //' "/proc/$server_pid/stat" |
        awk -v ticks="$(getconf CLK_TCK)" '{ print ($12 + $13) * 1000 / ticks }'
}

# descriptors_become least most: connections may still be on their way in or out.
descriptors_become() {
    local tries=0
    while [ "$(descriptors)" -lt "$1" ] || [ "$(descriptors)" -gt "$2" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ]; then
            echo "there are $(descriptors) descriptors" >&2
            return 1
        fi
        sleep 0.1
    done
}

idles() {
    local before after
    before=$(processor_ms)
    sleep 2
    after=$(processor_ms)
    echo "        $((after - before)) ms of processor time in 2 s of idleness, $before ms before"
    [ $((after - before)) -lt $most_idle_ms ]
}

# The phases -------------------------------------------------------------------------------------

start_with() {
    ulimit -n "$1"
    exec "$server" --backend "$backend" --buffer $buffer
}

load() {
    claim "$backend, $1: every byte that had to come back came back right" \
        run_client load "$port" $clients "$2" "$3"
    sed 's/^/        /' "$temporary/client.out"
}

# soak title descriptors milliseconds
soak() {
    local title=$1 limit=$2 milliseconds=$3 fds first last
    start start_with "$limit"
    fds=$(descriptors)
    load "$title" $((milliseconds / 3)) 1
    first=$(memory_kib)
    load "$title" $((milliseconds - milliseconds / 3)) 2
    claim "$backend, $title: the server has the $fds descriptors of its start again" \
        descriptors_become "$fds" "$fds"
    last=$(memory_kib)
    claim "$backend, $title: its memory ($first KiB, then $last) grew by $most_growth_kib at most" \
        [ $((last - first)) -le $most_growth_kib ]
    claim "$backend, $title: it takes no time when there is nothing to do" idles
    if [ "$limit" -lt $clients ]; then hold_without_descriptors "$fds"; fi
    claim "$backend, $title: it ends well" end_server TERM
    claim "$backend, $title: slow readers made it keep bytes" \
        [ "$(statistic peak_pending)" -gt 0 ]
    claim "$backend, $title: all connections were closed" \
        [ "$(statistic closed)" = "$(statistic accepted)" ]
}

# Connections wait to be accepted, and the server cannot.
hold_without_descriptors() {
    start_client hold "$port" $clients 4000 1
    # Some may have been inherited under numbers beyond the limit.
    claim "$backend, $title: all descriptors are taken" descriptors_become $scarce $plenty
    claim "$backend, $title: it takes no time when it cannot accept" idles
    claim "$backend, $title: who held the connections ends well" end_client
    claim "$backend, $title: the descriptors are given back" descriptors_become "$1" "$1"
}

backends=$("$server" --list-backends | tr '\n' ' ')
read -r -a list <<<"$backends"
[ ${#list[@]} -gt 0 ] || die "there is no backend"
phase=$((seconds * 1000 / (2 * ${#list[@]})))
for backend in "${list[@]}"; do
    soak "descriptors for all" $plenty $phase
    soak "few descriptors" $scarce $phase
    claim "$backend, few descriptors: the server paused accepting" \
        [ "$(statistic accept_pauses)" -gt 0 ]
done
report
echo "nothing was lost and nothing is left"
