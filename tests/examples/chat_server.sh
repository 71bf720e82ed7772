#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The chat server with clients that talk, and with some that misbehave, on each backend.
#   chat_server.sh <directory of chat_server> <directory of chat_peer>
set -euo pipefail
# shellcheck source=tests/examples/harness.sh
. "$(dirname "$0")/harness.sh"

server=$1/chat_server
peer=$2/chat_peer

# start_server [option...]
start_server() {
    start "$server" --backend "$backend" --status 0 "$@"
}

# tells text story [option of the server...]: one server for each story.
tells() {
    local text=$1 story=$2
    shift 2
    start_server "$@"
    claim "$backend: $text" "$peer" "$story" "$port"
    claim "$backend: SIGTERM ends it well ($story)" end_server TERM
    claim "$backend: all connections are closed ($story)" \
        [ "$(statistic closed)" = "$(statistic accepted)" ]
}

talks() {
    tells "what one says all others hear, and who comes and goes" talk
    claim "$backend: who only talks costs no change of interest" \
        [ "$(statistic interest_changes)" -eq 0 ]
    tells "a name has one owner, whatever its case" collide
    tells "a line that is too long is left out, and told" too-much --max-line 100
    tells "a half-close gets a goodbye, and its last line counts" half-close
}

misbehaves() {
    tells "a reset is told to the others" reset
    claim "$backend: resets are counted" [ "$(statistic lost)" -ge 20 ]
    tells "who does not read is dropped, and nobody else" read-nothing --buffer 8192
    claim "$backend: that is counted" [ "$(statistic dropped)" -eq 1 ]
    claim "$backend: no more is kept than the bound" [ "$(statistic peak_pending)" -le 8192 ]
    tells "who asks and does not listen is not read until it does" ask-only --buffer 4096
    claim "$backend: it was not dropped" [ "$(statistic dropped)" -eq 0 ]
    claim "$backend: more was asked than is kept" [ "$(statistic interest_changes)" -gt 0 ]
    tells "who is silent has to go" silent --idle 1
    claim "$backend: that is counted too" [ "$(statistic timed_out)" -eq 1 ]
}

start_with_few_descriptors() {
    ulimit -n 20
    exec "$server" --backend "$backend" --status 0
}

crowds() {
    tells "one too many is told so, until another leaves" too-many --max-clients 2
    claim "$backend: it is counted" [ "$(statistic refused)" -eq 1 ]
    start start_with_few_descriptors
    claim "$backend: all are let in in turn when descriptors run out" "$peer" crowd "$port"
    claim "$backend: it ends well after that" end_server TERM
    claim "$backend: it paused accepting" [ "$(statistic accept_pauses)" -gt 0 ]
    # A server that spins iterates hundred thousands of times in the seconds that this takes.
    claim "$backend: it does not spin while it cannot accept" [ "$(statistic iterations)" -lt 3000 ]
}

# ends_with_clients signal
ends_with_clients() {
    local job status=0
    start_server
    : >"$temporary/ready"
    "$peer" end "$port" >"$temporary/ready" &
    job=$!
    until grep -q ready "$temporary/ready"; do
        kill -0 $job || break
        sleep 0.1
    done
    claim "$backend: SIG$1 ends it well with clients" end_server "$1"
    wait $job || status=$?
    claim "$backend: they are told goodbye (SIG$1)" [ $status -eq 0 ]
}

shows_status() {
    start "$server" --backend "$backend" --status 1
    until grep -q '^status clients=0 accepted=0 ' "$temporary/server.out"; do
        kill -0 "$server_pid" || break
        sleep 0.1
    done
    claim "$backend: a status line comes by itself" grep -q '^status ' "$temporary/server.out"
    claim "$backend: a port in use is named" \
        fails_saying 1 "cannot listen on 127.0.0.1:$port: " "$server" --port "$port"
    claim "$backend: it ends well" end_server TERM
}

wrong_options() {
    claim "an unknown backend is an error" fails_saying 2 "no backend 'none'" "$server" \
        --backend none
    claim "an unknown option is an error" fails_saying 2 "no option '--wrong'" "$server" --wrong
    claim "a missing value is an error" fails_saying 2 "--idle needs a value" "$server" --idle
    claim "a wrong number is an error" \
        fails_saying 2 "--max-clients needs a number from 1 to 100000, not '0'" "$server" \
        --max-clients 0
    claim "a buffer that holds no line is an error" \
        fails_saying 2 "--buffer 5000 does not hold a line" "$server" --buffer 5000 --max-line 5000
    claim "an unknown backend in the environment is an error" \
        fails_saying 2 "'none', which POLLUX_BACKEND asks for" env POLLUX_BACKEND=none "$server"
}

backends=$("$1/echo_server" --list-backends)
: >"$temporary/server.out"
: >"$temporary/server.errors"
wrong_options
for backend in $backends; do
    talks
    misbehaves
    crowds
    ends_with_clients TERM
    ends_with_clients INT
    shows_status
done
report
