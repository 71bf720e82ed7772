#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The live table of a loop, as lines and on a terminal, on each backend.
#   top.sh <directory of top> <directory of on_terminal>
set -euo pipefail
# shellcheck source=tests/examples/harness.sh
. "$(dirname "$0")/harness.sh"

top=$1/top
on_terminal=$2/on_terminal
output=$temporary/output
backends=$("$1/echo_server" --list-backends)
touch "$temporary/server.out" "$temporary/server.errors"
export TERM=xterm LC_ALL=C
unset NO_COLOR
end_of_screen=$'\033[?1049l'

# runs command...: its exit status; what it shows is in $output.
runs() {
    "$@" >"$output" </dev/null
}

shows() {
    grep -qE -- "$1" "$output"
}

# draws columns rows [step...]: on a terminal, until the last step ends it.
draws() {
    runs "$on_terminal" "$@" -- "$top" --interval 50 --backend "$backend"
}

# The lines of the pictures, without what is not seen, and with lines between two of them.
lines() {
    awk '{
        gsub(/\033\[H|\033\[\?1049l/, "\n"); gsub(/\033\[[0-9;?]*[A-Za-z]/, ""); gsub(/\r/, "")
        print
    }' "$output" | grep -v '^summary'
}

# is_narrow columns: no line is longer.
is_narrow() {
    lines | awk -v columns="$1" 'length($0) > columns { exit 1 }'
}

is_wide() {
    ! is_narrow 80
}

prints_lines() {
    claim "$backend: it ends by itself" runs "$top" --seconds 1 --interval 100 --backend "$backend"
    claim "$backend: there are no pictures where there is no terminal" not_shows $'\033'
    claim "$backend: there is a heading" shows '^ seconds  busy% iterations/s '
    claim "$backend: there are lines" shows '^ +[0-9.]+ +[0-9.]+ +[0-9]+ +[1-9][0-9]* +[1-9]'
    claim "$backend: all kinds of load were run" \
        shows "io_events=[1-9].* timers_fired=[1-9].* posts=[1-9].* work_done=[1-9]"
    claim "$backend: the backend is told" shows "^summary .* backend=$backend\$"
    claim "$backend: callbacks were measured" shows ' slowest_ns=[1-9]'
    claim "$backend: without a load little is done" \
        runs "$top" --seconds 1 --pairs 0 --timers 0 --posts 0 --work 0 --backend "$backend"
    claim "$backend: nothing but the ticks" \
        shows ' io_events=0 timers_fired=[1-9] posts=0 work_done=0 '
}

not_shows() {
    ! grep -qF -- "$1" "$output"
}

draws_pictures() {
    claim "$backend: q ends it" draws 80 40 "from 10 ms=q"
    claim "$backend: it names itself" shows "a loop over $backend"
    claim "$backend: it gives the screen back" grep -qF "$end_of_screen" "$output"
    claim "$backend: it has a summary after that" shows "summary .* backend=$backend"
    claim "$backend: it has styles" grep -qF $'\033[2m' "$output"
    claim "$backend: pictures are as narrow as the terminal" is_narrow 80
    claim "$backend: a small terminal will do" draws 30 8 "per second=q"
    claim "$backend: its pictures are narrower" is_narrow 30
    claim "$backend: they are cut below, too" not_shows "handles"
    claim "$backend: a new size is noticed" draws 30 8 "per second^90x40" "from 10 ms=q"
    claim "$backend: and used" is_wide
}

ends_on_signals() {
    local signal
    for signal in INT TERM HUP; do
        claim "$backend: SIG$signal ends it well" draws 80 24 "io @$(kill -l $signal)"
        claim "$backend: it gives the screen back (SIG$signal)" \
            grep -qF "$end_of_screen" "$output"
    done
    claim "$backend: Ctrl-C ends it well" draws 80 24 "io ="$'\003'
    claim "$backend: Ctrl-Z gives the screen back, and it goes on" draws 80 40 \
        "from 10 ms="$'\032' "$end_of_screen=" "from 10 ms=q"
}

heeds_the_environment() {
    export NO_COLOR=1
    claim "there are pictures with NO_COLOR" draws 80 40 "from 10 ms=q"
    claim "they have no styles" not_shows $'\033[2m'
    unset NO_COLOR
    claim "on a terminal that cannot draw there are lines" \
        runs env TERM=dumb "$on_terminal" 80 24 -- "$top" --seconds 1
    claim "they are plain" not_shows $'\033'
    claim "lines can be asked for" runs "$on_terminal" 80 24 -- "$top" --plain --seconds 1
    claim "they are plain too" not_shows $'\033'
    export LC_ALL=C.UTF-8
    claim "the second picture has bars" draws 80 40 "from 10 ms=x" "from 10 ms=q"
    export LC_ALL=C
    claim "they are blocks where UTF-8 is spoken" shows '█'
}

ends_with_its_reader() {
    "$top" --interval 20 2>&1 </dev/null | head -2 >"$output"
    shows '^ seconds'
}

wrong_options() {
    claim "an unknown backend is an error" fails_saying 2 "no backend 'none'" "$top" --backend none
    claim "an unknown option is an error" fails_saying 2 "no option '--wrong'" "$top" --wrong
    claim "a missing value is an error" fails_saying 2 "--seconds needs a value" "$top" --seconds
    claim "a wrong number is an error" \
        fails_saying 2 "--interval needs a number from 20 to 60000, not '1'" "$top" --interval 1
    claim "too few descriptors are told" fails_saying 1 "cannot " with_few_descriptors
    claim "the help is there" runs "$top" --help
}

with_few_descriptors() (
    ulimit -n 20
    "$top" --seconds 1
)

for backend in $backends; do
    prints_lines
    draws_pictures
    ends_on_signals
done
heeds_the_environment
wrong_options
claim "it ends when nobody reads any more" ends_with_its_reader || true
report
