#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The job runner: runs that go well, fail, overrun; its signals, and that nothing is left behind.
#   jobs.sh <directory of jobs>
set -euo pipefail
# shellcheck source=tests/examples/harness.sh
. "$(dirname "$0")/harness.sh"

jobs=$1/jobs
table=$temporary/table
out=$temporary/server.out
touch "$out" "$temporary/server.errors"

# A job that does not end when it is asked to: deaf.sh <file for its number>
cat >"$temporary/deaf.sh" <<'SCRIPT'
trap "" TERM
echo $$ >"$1"
echo ready
while :; do sleep 600; done
SCRIPT

# waits_for pattern: in what the runner says.
waits_for() {
    local tries=0
    until grep -qE -- "$1" "$out" "$temporary/server.errors"; do
        tries=$((tries + 1))
        [ $tries -le 600 ] && kill -0 "$server_pid" 2>/dev/null || return 1
        sleep 0.05
    done
}

# begin argument...: the runner in the background, where end_server ends it.
begin() {
    : >"$out"
    : >"$temporary/server.errors"
    "$jobs" "$@" >"$out" 2>"$temporary/server.errors" </dev/null &
    server_pid=$!
}

# ends status argument...: by itself.
ends() {
    local expected=$1 status=0
    shift
    "$jobs" "$@" >"$out" 2>"$temporary/server.errors" </dev/null || status=$?
    [ $status -eq "$expected" ]
}

says() {
    grep -qE -- "$1" "$out"
}

# Does a process of the group run? Those that nobody reaps, as the first process of some containers
# does not, have ended too.
is_running() {
    kill -0 "-$1" 2>/dev/null || return 1
    command -v ps >/dev/null || return 0
    ps -A -o pgid= -o stat= | awk -v group="$1" '$1 == group && $2 !~ /^Z/ { found = 1 }
        END { exit !found }'
}

# The group whose number a job has written down.
is_gone() {
    local tries=0 group
    group=$(cat "$1")
    while is_running "$group"; do
        tries=$((tries + 1))
        [ $tries -le 200 ] || return 1
        sleep 0.05
    done
}

runs_jobs() {
    cat >"$table" <<TABLE
# a comment

every 20ms  good  true       # another one
  every 30ms timeout 60s "the bad one"  sh -c 'exit 3'
every 20ms  lost  /nowhere/to/be/found
TABLE
    claim "jobs run until each has had its runs" \
        ends 1 --runs 3 --job "every 10ms killed sh -c 'kill -KILL \$\$'" --job "" "$table"
}

overruns() {
    # Each leaves a process behind that must go with it; the second one has to be killed.
    cat >"$table" <<TABLE
every 1h timeout 2s meek sh -c 'echo \$\$ >$temporary/meek; sleep 600 & sleep 600'
every 1h timeout 2s stubborn sh $temporary/deaf.sh $temporary/stubborn
TABLE
    claim "runs that take too long are ended" ends 1 --runs 1 --grace 200ms "$table"
}

takes_signals() {
    cat >"$table" <<TABLE
every 10ms tick true
every 50ms long sh -c 'echo \$\$ >$temporary/long; sleep 600 & sleep 600'
TABLE
    begin "$table"
    claim "a job that is still running is not run twice" waits_for '^long: skipped, .* going on$'
    echo "every nonsense" >"$table"
    kill -HUP "$server_pid"
    claim "a wrong table leaves the old one" \
        waits_for "the table stays as it was: .*/table:1: 'nonsense' is no duration"
    printf 'every 10ms tick true\nevery 10ms fresh true\n' >"$table"
    kill -HUP "$server_pid"
    claim "SIGHUP reads the table again" waits_for '^the table was read again: 2 jobs$'
    claim "a new job runs" waits_for '^fresh: ok, '
    claim "SIGTERM ends the jobs, which is no failure" end_server TERM
    claim "a run in progress was told to end" says '^long: ended on request, signal 15 '
    claim "there is a row of each job" says '^fresh  *[1-9]'
    claim "and of those that are gone" says '^long  *1  *0  *0  *0  *[1-9]'
    claim "what a job had started is gone" is_gone "$temporary/long"
}

ends_without_grace() {
    cat >"$table" <<TABLE
every 1h deaf sh $temporary/deaf.sh $temporary/deaf
TABLE
    begin --grace 1h "$table"
    claim "a job that is deaf to SIGTERM runs" waits_for '^ready$'
    kill -TERM "$server_pid"
    claim "the first signal waits" waits_for '^ending: signal 15$'
    claim "the second one does not" end_server TERM
    claim "it was killed" says '^deaf: ended on request, signal 9 '
    claim "its group too" is_gone "$temporary/deaf"
}

reports_errors() {
    claim "no table is an error" fails_saying 2 "no table" "$jobs"
    claim "two tables are an error" fails_saying 2 "'b' is a second one" "$jobs" a b
    claim "an unknown option is an error" fails_saying 2 "there is no option '-x'" "$jobs" -x
    claim "a missing value is an error" fails_saying 2 "--runs needs a value" "$jobs" --runs
    claim "no runs are an error" fails_saying 2 "from 1 on, not '0'" "$jobs" --runs 0 a
    claim "a wrong grace is an error" fails_saying 2 "--grace: '2' is no" "$jobs" --grace 2 a
    claim "a missing file is an error" fails_saying 1 \
        "cannot read '/nowhere': No such file" "$jobs" /nowhere
    claim "a directory is an error" fails_saying 1 "cannot read '/'" "$jobs" /
    claim "an empty table is an error" fails_saying 1 "there are no jobs" "$jobs" /dev/null
    claim "--help helps" ends 0 --help
}

# wrong text line...: the last line is what is wrong.
wrong() {
    local text=$1
    shift
    printf '%s\n' "$@" >"$table"
    claim "a table that is wrong: $text" fails_saying 1 "$table:$#: $text" "$jobs" "$table"
}

reports_wrong_tables() {
    wrong "a job begins with 'every', not 'each'" "" "each 1s a true"
    wrong "how often, such as 500ms, is missing" "# one" "# two" "every"
    wrong "'5' is no duration" "every 5 a true"
    wrong "'5parsecs' is no duration" "every 5parsecs a true"
    wrong "'ms' is no duration" "every ms a true"
    wrong "'1.2.3s' is no duration" "every 1.2.3s a true"
    wrong "a duration is from 1ms to a year, not '0s'" "every 0s a true"
    wrong "a duration is from 1ms to a year, not '9999h'" "every 9999h a true"
    wrong "the duration of the timeout is missing" "every 1s timeout"
    wrong "the name is missing" "every 1s timeout 1s"
    wrong "the command of 'a' is missing" "every 1s a # true"
    wrong "there is a 'a' already" "every 1s a true" "every 1s a true"
    wrong "the quote ' is not closed" "every 1s a 'true"
}

runs_jobs
claim "a run that goes well is told" says '^good: ok, exit status 0 after [0-9.]+ s$'
claim "so is one that fails" says '^the bad one: failed, exit status 3 after '
claim "so is one that a signal has ended" says '^killed: failed, signal 9 \('
claim "so is a program that is not there" \
    says "^lost: failed: cannot run '/nowhere/to/be/found': No such file or directory$"
claim "the table at the end counts what went well" says '^good  *3  *3  *0  *0  *[0-9]+  *[0-9.]+$'
claim "and what failed" says '^the bad one  *3  *0  *3  *0 '
overruns
claim "one that listens ends at once" says '^meek: failed: timed out, signal 15 '
claim "one that does not is killed" says '^stubborn: failed: timed out, signal 9 '
claim "the table counts them" says '^stubborn  *1  *0  *1  *1 '
claim "what they had started is gone" is_gone "$temporary/meek"
claim "of the killed one too" is_gone "$temporary/stubborn"
takes_signals
ends_without_grace
reports_errors
reports_wrong_tables
report
