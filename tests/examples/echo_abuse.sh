#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The echo server with peers that misbehave, on each backend that works here.
#   echo_abuse.sh <directory of echo_server> <directory of abuse_client>
set -euo pipefail
# shellcheck source=tests/examples/harness.sh
. "$(dirname "$0")/harness.sh"

server=$1/echo_server
load=$1/echo_load
client=$2/abuse_client
bound=8192

# start_server [bound]
start_server() {
    start "$server" --backend "$backend" --buffer "${1:-$bound}"
}

# The buffer is so large that the server reads to the end long before it has sent all.
half_closes() {
    start_server $((16 << 20))
    claim "$backend: a half-close gets back all that was sent" "$client" half-close "$port"
    claim "$backend: a half-close with the last byte does too" "$client" half-close-at-once "$port"
    claim "$backend: SIGTERM ends the server well" end_server TERM
    claim "$backend: what was received was sent" [ "$(statistic received)" = "$(statistic sent)" ]
    claim "$backend: no half-close counts as a reset" [ "$(statistic resets)" -eq 0 ]
}

idle_connections() {
    start_server
    claim "$backend: an idle connection is served when it speaks again" "$client" idle "$port"
    claim "$backend: it ends well after that" end_server TERM
    claim "$backend: the idle connection did not wake the server" [ "$(statistic waits)" -lt 100 ]
}

slow_readers() {
    start_server
    claim "$backend: a slow reader gets all, and others do not wait" "$client" read-slowly "$port"
    claim "$backend: SIGINT ends the server well" end_server INT
    claim "$backend: the slow reader made the server keep bytes" \
        [ "$(statistic peak_pending)" -gt 0 ]
    claim "$backend: the server keeps no more than its bound" \
        [ "$(statistic peak_pending)" -le $bound ]
    claim "$backend: only the slow reader has a buffer" [ "$(statistic peak_buffers)" -eq 1 ]
}

resets() {
    start_server
    claim "$backend: resets do not stop the server" "$client" reset "$port"
    kill -STOP "$server_pid"
    claim "$backend: a peer sends, closes and resets" "$client" reset-after-half-close "$port"
    kill -CONT "$server_pid"
    claim "$backend: a broken pipe does not stop the server" "$client" echo "$port"
    claim "$backend: it ends well after them" end_server TERM
    claim "$backend: the resets are counted" [ "$(statistic resets)" -ge 20 ]
    claim "$backend: all connections are closed" \
        [ "$(statistic closed)" = "$(statistic accepted)" ]
}

start_with_few_descriptors() {
    ulimit -n 20
    exec "$server" --backend "$backend"
}

too_many_connections() {
    start start_with_few_descriptors
    claim "$backend: all are served in turn when descriptors run out" \
        "$client" crowd "$port" 30
    claim "$backend: it ends well after that" end_server TERM
    claim "$backend: the server paused accepting" [ "$(statistic accept_pauses)" -gt 0 ]
    claim "$backend: there were fewer descriptors than connections" \
        [ "$(statistic peak_open)" -lt 20 ]
    # A server that spins waits hundred thousands of times in the seconds that this takes.
    claim "$backend: it does not spin while it cannot accept" [ "$(statistic waits)" -lt 3000 ]
}

stops_with_open_connections() {
    start_server
    : >"$temporary/load"
    "$load" --port "$port" --connections 50 --seconds 60 >"$temporary/load" 2>&1 </dev/null &
    local load_job=$! status=0
    while ! grep -q 'verified' "$temporary/load"; do
        kill -0 $load_job || break
        sleep 0.1
    done
    claim "$backend: SIGTERM ends the server well under load" end_server TERM
    wait $load_job || status=$?
    claim "$backend: the load notices" [ $status -eq 1 ]
    claim "$backend: none stays open" [ "$(statistic closed)" = "$(statistic accepted)" ]
}

loads() {
    start "$server" --backend "$backend" --buffer 1
    claim "$backend: with a buffer of one byte every byte comes back" "$load" --port "$port" \
        --backend "$backend" --connections 20 --sizes 1-2000 --messages 200 --seconds 60
    claim "$backend: it ends well after that" end_server TERM
    start_server
    claim "$backend: with 300 connections every byte comes back" "$load" --port "$port" \
        --backend "$backend" --connections 300 --messages 600 --seconds 60
    claim "$backend: a port in use is named" \
        fails_saying 1 "cannot listen on 127.0.0.1:$port: " "$server" --port "$port"
    claim "$backend: it ends well" end_server TERM
}

wrong_options() {
    claim "an unknown backend is an error" \
        fails_saying 2 "there is no backend 'nonsense'" "$server" --backend nonsense
    claim "an unknown option is an error" fails_saying 2 "no option '--wrong'" "$server" --wrong
    claim "a missing value is an error" fails_saying 2 "--port needs a value" "$server" --port
    claim "a port that is none is an error" \
        fails_saying 2 "--port needs a number from 0 to 65535, not '70000'" "$server" --port 70000
    claim "a buffer of nothing is an error" fails_saying 2 "--buffer needs" "$server" --buffer 0
    claim "the load needs a port" fails_saying 2 "--port is needed" "$load"
    claim "sizes upside down are an error" \
        fails_saying 2 "--sizes needs two numbers" "$load" --port 1 --sizes 9-3
}

backends_of_other_systems() {
    local name
    for name in epoll kqueue poll; do
        case " $backends " in *" $name "*) continue ;; esac
        claim "$name does not work here, and the server says so" \
            fails_saying 1 "the backend '$name' does not work" "$server" --backend $name
    done
}

: >"$temporary/server.out"
: >"$temporary/server.errors"
backends=$("$server" --list-backends | tr '\n' ' ')
claim "there is a backend" [ -n "$backends" ]
wrong_options
backends_of_other_systems
for backend in $backends; do
    half_closes
    idle_connections
    slow_readers
    resets
    too_many_connections
    stops_with_open_connections
    loads
done
report
