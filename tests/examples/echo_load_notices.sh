#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The load against servers that do one thing wrong: it has to notice, or its "verified" is worth
# nothing.
#   echo_load_notices.sh <directory of echo_load> <directory of lying_server>
set -euo pipefail
# shellcheck source=tests/examples/harness.sh
. "$(dirname "$0")/harness.sh"

load=$1/echo_load
liar=$2/lying_server

# lie name connections text [option of the load...]
load_says() {
    local lie=$1 connections=$2 text=$3
    shift 3
    start "$liar" "$lie"
    claim "the load notices '$lie'" fails_saying 1 "$text" "$load" --port "$port" \
        --connections "$connections" --sizes 5000-5000 "$@"
    end_server KILL 2>/dev/null || true
}

load_is_interrupted() {
    local status=0 load_job
    start "$liar" keep
    : >"$temporary/load"
    "$load" --port "$port" --connections 1 >"$temporary/load" 2>&1 </dev/null &
    load_job=$!
    while ! grep -q 'connections' "$temporary/load"; do
        kill -0 $load_job || break
        sleep 0.1
    done
    kill -INT $load_job
    wait $load_job || status=$?
    claim "an interrupted load fails" [ $status -eq 130 ]
    claim "and gives its partial result" grep -q 'complete=no' "$temporary/load"
    end_server KILL 2>/dev/null || true
}

load_with_few_descriptors() (
    ulimit -n 50
    "$load" --port 1 --connections 100
)

load_says flip 1 "connection 0: byte 1000 came back as"
load_says drop 1 "connection 0: byte 100"
load_says add 1 "more than was sent came"
load_says leave 1 "connection 0: "
load_says keep 1 "stalled: nothing came for 1 s" --stall 1
load_says swap 2 "byte 0 came back as"
load_is_interrupted
claim "a port where nobody listens is named" \
    fails_saying 1 "to 127.0.0.1:$port: " "$load" --port "$port" --connections 1
claim "too few descriptors are told before the first connection" \
    fails_saying 1 "100 connections need" load_with_few_descriptors
report
