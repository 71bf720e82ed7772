#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/demo.sh, small: its table, its errors and its end on an interrupt. Started in the root of
# the project.
#   demo_runs.sh <directory of echo_server and echo_load>
set -euo pipefail
# shellcheck source=tests/examples/harness.sh
. tests/examples/harness.sh

programs=$1
output=$temporary/output
# What the demo makes is seen here, and that it is gone afterwards.
mkdir "$temporary/tmp"
export TMPDIR=$temporary/tmp
# The leak checker of the sanitizers cannot work below strace, and fails.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0

demo() {
    bash scripts/demo.sh "$programs" --connections 50 --seconds 1 "$@"
}

is_tidy() {
    [ -z "$(ls "$temporary/tmp")" ]
}

has_row_of_each_backend() {
    local backend
    for backend in $("$programs/echo_server" --list-backends); do
        grep -q "^$backend  *50 " "$output" || return 1
    done
}

runs() {
    "$@" >"$output" 2>"$temporary/errors" </dev/null
}

shows_all_backends() {
    claim "the demo runs" runs demo
    claim "its table has a row for each backend" has_row_of_each_backend
    claim "it leaves nothing behind" is_tidy
}

# A strace that is not allowed to trace.
does_without_strace() {
    mkdir "$temporary/bin"
    printf '#!/bin/sh\necho "ptrace: Operation not permitted" >&2\nexit 1\n' \
        >"$temporary/bin/strace"
    chmod +x "$temporary/bin/strace"
    claim "the demo runs without strace" \
        runs env PATH="$temporary/bin:$PATH" bash scripts/demo.sh "$programs" \
        --connections 50 --seconds 1 --backend poll
    claim "the column is empty" grep -q '^poll  *50 .* -$' "$output"
    claim "it says why" grep -q 'strace may not trace here: .*not permitted' "$output"
}

reports_errors() {
    start "$programs/echo_server"
    claim "a port in use is a clear error" fails_saying 1 \
        "cannot listen on 127.0.0.1:$port: " demo --port "$port"
    end_server TERM
    claim "so is an unknown backend" fails_saying 1 "there is no backend 'none'" \
        demo --backend none
    claim "so is an unknown option" fails_saying 2 "there is no option '--none'" demo --none
    claim "so is a load that fails" fails_saying 1 "the load failed" demo --connections 19001
    claim "so are programs that are not there" fails_saying 1 "are not in '/none'" \
        bash scripts/demo.sh /none
    claim "errors leave nothing behind" is_tidy
}

ends_on_interrupt() {
    local status=0 job
    : >"$output"
    # bash lets a background job of a script ignore SIGINT for ever; SIGTERM goes the same way.
    bash scripts/demo.sh "$programs" --connections 50 --seconds 600 >"$output" 2>&1 </dev/null &
    job=$!
    while ! grep -q 'verified' "$output"; do
        kill -0 $job || break
        sleep 0.1
    done
    kill -TERM $job
    wait $job || status=$?
    claim "an interrupt ends the demo with its own status" [ $status -eq 130 ]
    claim "it ends the load" grep -q 'echo_load: interrupted' "$output"
    claim "it leaves nothing behind either" is_tidy
}

: >"$temporary/server.out"
: >"$temporary/server.errors"
shows_all_backends
does_without_strace
reports_errors
ends_on_interrupt
report
