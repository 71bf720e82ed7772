#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Shows the echo server at work on each backend that works here: 1,000 connections at once, messages
# from 1 byte to 1 MiB, every byte verified, and what it took as a table.
#   scripts/demo.sh <directory of echo_server and echo_load> [option...]
set -euo pipefail
. scripts/lib.sh

connections=1000
seconds=4
port=${POLLUX_DEMO_PORT:-0}
backends=""
counted_messages=10000 # in the run under strace

usage() {
    cat <<'TEXT'
usage: ./dev demo [option...]

  --backend NAME     only this one; may be repeated
  --port N           for the server, instead of one that is free (also POLLUX_DEMO_PORT)
  --connections N    at the same time (1000)
  --seconds N        for each backend (4)
  --help             this text
TEXT
}

die_of_usage() {
    echo "error: $*" >&2
    usage >&2
    exit 2
}

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help)
                usage
                exit 0
                ;;
            --backend | --port | --connections | --seconds)
                [ $# -gt 1 ] || die_of_usage "$1 needs a value"
                ;;
            *) die_of_usage "there is no option '$1'" ;;
        esac
        case $1 in
            --backend) backends="$backends $2" ;;
            --port) port=$2 ;;
            --connections) connections=$2 ;;
            --seconds) seconds=$2 ;;
        esac
        shift 2
    done
}

# Ending: nothing stays behind, however it ends ---------------------------------------------------

temporary=""
server_job="" # what was started: the server, or strace with the server below it
server_pid=""
load_job=""

stop_server() {
    local job=$server_job pid=${server_pid:-$server_job}
    server_job=""
    server_pid=""
    [ -n "$job" ] || return 0
    kill -TERM "$pid" 2>/dev/null || true
    wait "$job" || return 1
}

clean_up() {
    trap '' INT TERM
    if [ -n "$load_job" ]; then
        kill -INT "$load_job" 2>/dev/null || true
        wait "$load_job" || true
        load_job=""
    fi
    stop_server || true
    [ -z "$temporary" ] || rm -rf "$temporary"
}

interrupted() {
    clean_up
    echo "demo: interrupted; the server and the load are stopped" >&2
    exit 130
}

# The server and the load -------------------------------------------------------------------------

# value_of key file: of `key=value` in a line of many.
value_of() {
    awk -v key="$1=" '{ for (i = 1; i <= NF; i++)
        if (index($i, key) == 1) print substr($i, length(key) + 1) }' "$2"
}

# start_server backend [command that runs it...]
start_server() {
    local backend=$1 tries=0
    shift
    : >"$temporary/server"
    "$@" "$programs/echo_server" --backend "$backend" --port "$port" \
        >"$temporary/server" 2>"$temporary/server.errors" </dev/null &
    server_job=$!
    while ! grep -q '^listening ' "$temporary/server"; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ] || ! kill -0 "$server_job" 2>/dev/null; then
            cat "$temporary/server.errors" >&2
            die "the server with the backend '$backend' did not start"
        fi
        sleep 0.1
    done
    server_pid=$(value_of pid "$temporary/server")
    server_port=$(sed -n 's/^listening [0-9.]*:\([0-9]*\) .*/\1/p' "$temporary/server")
}

# run_load [option...]: the result goes to $temporary/load. In the background, so that an interrupt
# is not held up until it ends.
run_load() {
    local status=0
    "$programs/echo_load" --port "$server_port" --connections "$connections" "$@" \
        >"$temporary/load" </dev/null &
    load_job=$!
    wait "$load_job" || status=$?
    load_job=""
    return $status
}

end_server() {
    if ! stop_server; then
        cat "$temporary/server.errors" >&2
        die "the server with the backend '$1' did not end well"
    fi
}

# Both sides have to agree on what went over the line.
check_totals() {
    local bytes key
    bytes=$(value_of bytes "$temporary/load")
    for key in received sent; do
        [ "$(value_of $key "$temporary/server")" = "$bytes" ] ||
            die "$1: the server's count of bytes $key is not the load's, $bytes"
    done
    [ "$(value_of accepted "$temporary/server")" = "$connections" ] ||
        die "$1: the server did not accept $connections connections"
}

# run_backend name [command that runs the server...]; the options of the load are in load_options.
run_backend() {
    local backend=$1
    start_server "$@"
    # shellcheck disable=SC2086  # words without spaces
    run_load $load_options || die "$backend: the load failed; see above"
    end_server "$backend"
    check_totals "$backend"
}

# System calls ------------------------------------------------------------------------------------

why_no_strace=""

probe_strace() {
    if ! is_installed strace; then
        why_no_strace="strace is not installed"
    elif ! strace -c -f -o "$temporary/calls" true 2>"$temporary/strace.errors"; then
        why_no_strace="strace may not trace here: $(tail -n 1 "$temporary/strace.errors")"
    fi
}

# From strace's summary: all calls and four kinds of them, without those that open and close the
# connections, for each message.
calls_per_message() {
    awk -v messages="$(value_of messages "$temporary/load")" -v connections="$connections" '
        $4 !~ /^[0-9]+$/ || $NF == "total" { next }
        $NF ~ /^(epoll_wait|epoll_pwait2?|p?poll|p?poll_time64)$/ { wait += $4 }
        $NF ~ /^recv(from)?$/ { receive += $4 }
        $NF ~ /^send(to)?$/ { send += $4 }
        $NF == "epoll_ctl" { interest += $4 - 2 * connections }
        END {
            if (interest < 0) interest = 0
            printf "calls=%.2f wait=%.2f receive=%.2f send=%.2f interest=%.2f",
                (wait + receive + send + interest) / messages, wait / messages,
                receive / messages, send / messages, interest / messages
        }' "$temporary/calls"
}

# Output ------------------------------------------------------------------------------------------

# Functions for awk: figures for people, and the values of a line of many `key=value`.
# shellcheck disable=SC2016  # the dollars are awk's
awk_helpers='
    function grouped(n,   text) {
        text = sprintf("%.0f", n)
        while (text ~ /[0-9][0-9][0-9][0-9]/) sub(/[0-9][0-9][0-9](,|$)/, ",&", text)
        return text
    }
    function value(key,   i) {
        for (i = 1; i <= NF; i++)
            if (index($i, key "=") == 1) return substr($i, length(key) + 2)
        return "-"
    }'

print_outcome() {
    awk "$awk_helpers"'{
        printf "  %s messages, %s MiB in %.1f s; every byte came back right\n",
            grouped(value("messages")), grouped(value("bytes") / 1048576), value("seconds")
    }' "$temporary/load"
}

print_table() {
    awk "$awk_helpers"'
        BEGIN {
            row = "%-7s %7s %8s %14s %10s %6s %7s %7s %8s %8s %9s\n"
            printf row, "", "connec-", "", "", "", "", "p50", "p99", "user CPU", "us per",
                "calls per"
            printf row, "backend", "tions", "messages", "bytes", "messages/s", "MiB/s", "ms", "ms",
                "s", "message", "message"
        }
        {
            printf row, value("backend"), grouped(value("connections")),
                grouped(value("messages")), grouped(value("bytes")),
                grouped(value("messages_per_second")), grouped(value("mib_per_second")),
                sprintf("%.1f", value("p50_us") / 1000), sprintf("%.1f", value("p99_us") / 1000),
                sprintf("%.3f", value("user_seconds")),
                sprintf("%.2f", value("user_seconds") * 1000000 / value("messages")),
                value("calls")
        }' "$temporary/results"
}

print_notes() {
    cat <<'TEXT'

  Each connection always has one message under way, so p50 and p99 are round trips under full load.
  Bytes and MiB/s count one direction. User CPU is the server's alone, without the kernel's share.
TEXT
    if [ -n "$why_no_strace" ]; then
        printf '  There are no system calls per message: %s.\n' "$why_no_strace"
        return
    fi
    cat <<'TEXT'
  System calls per message are the server's, in a run of its own under strace. That slows it down,
  so each wait finds more events; the waits of the timed run are in brackets:
TEXT
    awk "$awk_helpers"'{
        printf "    %-7s wait %s (%.2f), receive %s, send %s, change of interest %s\n",
            value("backend"), value("wait"), value("waits") / value("messages"),
            value("receive"), value("send"), value("interest")
    }' "$temporary/results"
}

# The demo ----------------------------------------------------------------------------------------

show_backend() {
    local backend=$1 result calls=""
    load_options="--seconds $seconds"
    run_backend "$backend"
    result="$(cat "$temporary/load") $(sed -n 's/^statistics //p' "$temporary/server")"
    print_outcome
    if [ -z "$why_no_strace" ]; then
        echo "  once more under strace, to count system calls"
        load_options="--seconds 20 --messages $counted_messages"
        run_backend "$backend" strace -c -f -o "$temporary/calls"
        calls=$(calls_per_message)
    fi
    echo "backend=$backend $result $calls" >>"$temporary/results"
}

main() {
    local backend number=0 total
    [ $# -gt 0 ] || die_of_usage "the first argument is the directory of the programs"
    programs=$1
    shift
    read_arguments "$@"
    if ! [ -x "$programs/echo_server" ] || ! [ -x "$programs/echo_load" ]; then
        die "echo_server and echo_load are not in '$programs'; ./dev demo builds them"
    fi
    trap clean_up EXIT
    trap interrupted INT TERM
    temporary=$(mktemp -d "${TMPDIR:-/tmp}/pollux-demo.XXXXXX")
    probe_strace
    [ -n "$backends" ] || backends=$("$programs/echo_server" --list-backends)
    # shellcheck disable=SC2086  # names without spaces
    set -- $backends
    total=$#
    printf '\nPollux: an echo server on each backend, over TCP on 127.0.0.1.\n'
    printf '%s connections at once, messages from 1 byte to 1 MiB.\n' "$connections"
    for backend in "$@"; do
        number=$((number + 1))
        printf '\n[%d/%d] %s\n' $number "$total" "$backend"
        show_backend "$backend"
    done
    echo
    print_table
    print_notes
}

main "$@"
