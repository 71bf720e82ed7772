# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the tests of the demo programs share: starting a server and counting claims. Sourced.

temporary=$(mktemp -d "${TMPDIR:-/tmp}/pollux-test.XXXXXX")
server_pid=""
failures=0

clean_up() {
    [ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true
    rm -rf "$temporary"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# claim text command...: the claim holds if the command succeeds.
claim() {
    local text=$1
    shift
    if "$@" 2>"$temporary/claim.errors"; then
        echo "ok      $text"
    else
        failures=$((failures + 1))
        echo "FAILED  $text"
        echo "        command: $*"
        sed 's/^/        /' "$temporary/claim.errors" "$temporary/server.out" \
            "$temporary/server.errors"
    fi
}

# start command...: a program that prints `listening 127.0.0.1:port`, in the background.
start() {
    local tries=0
    : >"$temporary/server.out"
    "$@" >"$temporary/server.out" 2>"$temporary/server.errors" </dev/null &
    server_pid=$!
    while ! grep -q '^listening ' "$temporary/server.out"; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ] || ! kill -0 $server_pid 2>/dev/null; then
            cat "$temporary/server.errors" >&2
            echo "FAILED  the server starts: $*"
            exit 1
        fi
        sleep 0.1
    done
    # shellcheck disable=SC2034  # for the script that sources this
    port=$(sed -n 's/^listening 127.0.0.1:\([0-9]*\) .*/\1/p' "$temporary/server.out")
}

# end_server signal: its exit status.
end_server() {
    local status=0 pid=$server_pid
    server_pid=""
    kill "-$1" "$pid" || true
    wait "$pid" || status=$?
    return $status
}

# statistic key: of the server's last line.
statistic() {
    awk -v key="$1=" '/^statistics / { for (i = 1; i <= NF; i++)
        if (index($i, key) == 1) print substr($i, length(key) + 1) }' "$temporary/server.out"
}

# fails_saying status text command...
fails_saying() {
    local expected=$1 text=$2 status=0
    shift 2
    "$@" >"$temporary/output" 2>"$temporary/errors" </dev/null || status=$?
    cat "$temporary/errors" >&2
    [ $status -eq "$expected" ] && grep -qF -- "$text" "$temporary/errors"
}

report() {
    [ $failures -eq 0 ] || echo "$failures failed"
    [ $failures -eq 0 ]
}
