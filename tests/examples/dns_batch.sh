#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The resolver of many names, without a network: numeric addresses, localhost, reserved names.
#   dns_batch.sh <directory of dns_batch>
set -euo pipefail
# shellcheck source=tests/examples/harness.sh
. "$(dirname "$0")/harness.sh"

dns=$1/dns_batch
touch "$temporary/server.out" "$temporary/server.errors"

# Numeric addresses, each once.
numbers() {
    awk -v count="$1" 'BEGIN { for (i = 0; i < count; i++)
        printf "10.%d.%d.%d\n", i / 65536, i / 256 % 256, i % 256 }'
}

# says status pattern command...: of its standard output.
says() {
    local expected=$1 pattern=$2 status=0
    shift 2
    "$@" >"$temporary/output" 2>"$temporary/errors" || status=$?
    cat "$temporary/errors" >&2
    [ $status -eq "$expected" ] && grep -qE -- "$pattern" "$temporary/output"
}

# answers_all count concurrency backend: each name has its own address, in a line of its own.
answers_all() {
    "$dns" --file "$temporary/names" --concurrency "$2" --backend "$3" >"$temporary/output"
    sed -n 's/^\(.*\): \(.*\)$/\1 \2/p' "$temporary/output" | awk '$1 == $2 { print $1 }' | sort \
        >"$temporary/answered"
    sort "$temporary/names" | cmp - "$temporary/answered" &&
        grep -q "^summary names=$1 resolved=$1 failed=0 unanswered=0 addresses=$1 " \
            "$temporary/output"
}

# Once the first answer is there, SIGINT ends it long before the last one.
is_interrupted() {
    local job status=0
    : >"$temporary/output"
    numbers 400000 | "$dns" --file - --concurrency 1 >"$temporary/output" 2>"$temporary/errors" &
    job=$!
    while ! grep -q ': ' "$temporary/output"; do
        kill -0 $job || return 1
        sleep 0.01
    done
    kill -INT $job
    wait $job || status=$?
    [ $status -eq 130 ] && grep -qE '^summary .* unanswered=[1-9]' "$temporary/output"
}

shows_progress() {
    numbers 1000 | "$dns" --progress --file - 2>"$temporary/errors" >/dev/null
    tr '\r' '\n' <"$temporary/errors" | grep -qE '  [0-9]+ of 1000 names, 0 failed, 16 under way'
}

claim "names and numbers are resolved" says 0 '^localhost: .*127\.0\.0\.1' "$dns" localhost ::1
claim "and counted" grep -q '^summary names=2 resolved=2 failed=0 ' "$temporary/output"
claim "a name that nobody has is told as such" \
    says 1 '^name\.invalid: (ENOENT, no such|EAGAIN, no answer)' "$dns" 192.0.2.7 name.invalid
claim "and counted too" grep -q '^summary names=2 resolved=1 failed=1 ' "$temporary/output"
claim "only the family that was asked for is given" says 1 '^::1: ENOENT' "$dns" --family 4 ::1
claim "both families are known" says 0 '^::1: ::1' "$dns" --family 6 ::1

printf '# a comment\n\n  10.0.0.1  # with a comment\n10.0.0.2\r\n10.0.0.3' >"$temporary/names"
claim "a file has comments, spaces and empty lines" \
    says 0 '^summary names=4 resolved=4 ' "$dns" --file "$temporary/names" 10.0.0.4

numbers 2000 >"$temporary/names"
for backend in auto poll; do
    for concurrency in 1 16 512; do
        claim "2000 names, $concurrency at a time, are answered ($backend)" \
            answers_all 2000 $concurrency $backend
    done
done
claim "the progress is shown" shows_progress
claim "an interrupt takes back what has not begun" is_interrupted

claim "no names at all is an error" fails_saying 2 "no names" "$dns"
claim "an unknown option is an error" fails_saying 2 "there is no option '--x'" "$dns" --x y
claim "a missing value is an error" fails_saying 2 "--family needs a value" "$dns" ::1 --family
claim "a wrong number is an error" fails_saying 2 "from 1 to 512, not '0'" "$dns" --concurrency 0
claim "a wrong family is an error" fails_saying 2 "needs 4 or 6, not '5'" "$dns" --family 5
claim "an unknown backend is an error" fails_saying 2 "no backend 'x'" "$dns" --backend x ::1
claim "a missing file is an error" fails_saying 1 "cannot open '/nowhere'" "$dns" --file /nowhere
claim "the help is there" says 0 '^usage: dns_batch' "$dns" --help
report
