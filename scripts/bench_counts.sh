# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What is the same each time: instructions, system calls, bytes. Sourced by scripts/bench.sh.
# shellcheck disable=SC2154

# Each figure is the difference between a long and a short run, divided by the events between them:
# setting up cancels out. Exact to a thousandth.
count_chain() {
    counted_work=(chain fds=1000 active=100) counted=events short=20000 long=40000
}
# One connection of many speaks, so that each wait is for one event. What the clients do is not
# among the instructions; among the system calls it is, and is the same for all.
count_echo() {
    counted_work=(echo connections=100 active=1) counted=messages short=5000 long=10000
}

collected() {  # CONTENDER COUNT: instructions in user space from entering the loop to leaving it
    local output count
    output=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        --toggle-collect='*measured_run*' --toggle-collect='*client_turn*' \
        "$bench" run "${counted_work[@]}" "$1" "$counted=$2" 2>&1)
    count=$(awk '/Collected/ { print $NF }' <<<"$output")
    [ "${count:-0}" -gt 0 ] || die "callgrind counted nothing: $output"
    echo "$count"
}

instructions_per_event() {  # CONTENDER
    local few many
    few=$(collected "$1" "$short")
    many=$(collected "$1" "$long")
    awk -v a="$few" -v b="$many" -v n=$((long - short)) 'BEGIN { printf "%.2f\n", (b - a) / n }'
}

system_calls() {  # CONTENDER COUNT
    strace -f -c -S name -U name,calls -o "$build/calls" "$bench" run "${counted_work[@]}" "$1" \
        "$counted=$2" >/dev/null || die "strace could not run the benchmark; may it trace here?"
    awk '$2 ~ /^[0-9]+$/ && $1 != "total"' "$build/calls"
}

# One line for each call that the loop makes: its name and how many per event.
system_calls_per_event() {  # CONTENDER
    local few many
    few=$(system_calls "$1" "$short")
    many=$(system_calls "$1" "$long")
    printf '%s\n\n%s\n' "$few" "$many" | awk -v n=$((long - short)) '
        NF == 0 { second = 1; next }
        { difference[$1] += second ? $2 : -$2 }
        END {
            for (name in difference)
                if (difference[name]) printf "%s %.4f\n", name, difference[name] / n
        }' | sort
}

# once WHAT CONTENDER: what the function of that name prints, which is run once for each contender.
once() {
    local file=$build/counted/${counted_work[0]}.$1.$2
    if [ ! -s "$file" ]; then
        mkdir -p "$build/counted"
        "$1" "$2" >"$file.new" || return
        mv "$file.new" "$file"
    fi
    cat "$file"
}

# A run of another build does not count.
forget_counts() { rm -rf "$build/counted"; }

sum() { awk '{ total += $2 } END { printf "%.4f\n", total }'; }

# report_added KEY INSTRUCTIONS BY-HAND CALLS BY-HAND
report_added() {
    awk -v a="$2" -v b="$3" -v key="$1" \
        'BEGIN { printf "%s.added_instructions %.2f", key, a - b
                 printf " %.2f against %.2f by hand\n", a, b }'
    awk -v a="$(sum <<<"$4")" -v b="$(sum <<<"$5")" -v key="$1" -v what="$(paste -sd ' ' <<<"$4")" \
        'BEGIN { printf "%s.added_system_calls %.4f %s\n", key, a - b, what }'
}

# figures_against KEY BY-HAND POLLUX
figures_against() {
    local hand_instructions instructions hand_calls calls
    hand_instructions=$(once instructions_per_event "$2")
    instructions=$(once instructions_per_event "$3")
    hand_calls=$(once system_calls_per_event "$2")
    calls=$(once system_calls_per_event "$3")
    report_added "$1" "$instructions" "$hand_instructions" "$calls" "$hand_calls"
}

library_size() {
    local library=$build/libpollux.so
    [ "$system" != Darwin ] || library=$build/libpollux.dylib
    # As in tests/capi/scripts/library_file.sh.
    if [ "$system" = Darwin ]; then
        strip -x -o "$build/stripped" "$library"
    else
        strip -o "$build/stripped" "$library"
    fi
    wc -c <"$build/stripped" | tr -d ' '
}

figures_of_backend() {  # BACKEND
    count_chain
    figures_against "chain.$1" "$1" "pollux-$1"
    count_echo
    figures_against "echo.$1" "$1" "pollux-$1"
}

figures_of_loop() {
    count_chain
    figures_against loop.epoll epoll-callback pollux-loop
    count_echo
    figures_against echo.loop epoll-callback pollux-loop
}

# Lines of: figure, value, explanation.
repeatable() {
    local backend
    for backend in epoll poll; do
        has_contender "$backend" || continue
        # valgrind and strace are Linux's.
        [ "$system" != Linux ] || figures_of_backend $backend
        "$bench" memory fds=9000 "pollux-$backend" |
            awk -v b=$backend '{ print "memory." b ".bytes_per_fd", $2, "at 9,000 descriptors" }'
    done
    # The loop takes epoll where it is.
    ! has_contender epoll-callback || figures_of_loop
    echo "library.bytes $(library_size) the shared library, stripped"
}

# Prints the figures beside their limits; the status tells whether all hold.
guard() {
    local bad=0
    ensure_tools strip
    [ "$system" != Linux ] || ensure_tools valgrind strace
    repeatable >"$build/repeatable"
    awk -v OFS='\t' '
        BEGIN { print "figure", "value", "limit", "", "" }
        NR == FNR { if ($0 !~ /^#/ && NF) limit[$1] = $2; next }
        {
            explanation = $0
            sub(/^[^ ]+ [^ ]+ ?/, "", explanation)
            beyond = $1 in limit && $2 > limit[$1]
            bad += beyond
            print $1, $2, ($1 in limit ? limit[$1] : "-"), (beyond ? "BEYOND" : "ok"), explanation
        }
        END { exit bad != 0 }' bench/limits.txt "$build/repeatable" >"$build/guard" || bad=1
    table <"$build/guard"
    [ $bad -eq 0 ] || echo "a figure is beyond its limit in bench/limits.txt"
    return $bad
}

# Of all that were timed at this work.
counts_of_work() {
    local work=${counted_work[0]} name
    awk -F'\t' '
        NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "contender") column = i; next }
        !seen[$column]++ { print $column }' "$results/$work.tsv" |
        while read -r name; do
            printf '%s\t%s\t%s\n' "$name" "$(once instructions_per_event "$name")" \
                "$(once system_calls_per_event "$name" | paste -sd ' ' -)"
        done
}

counts() {
    local count
    [ "$system" = Linux ] || return 0
    ensure_tools valgrind strace
    for count in count_chain count_echo; do
        $count
        echo "instructions and system calls per event: ${counted_work[*]}"
        {
            printf 'contender\tinstructions\tsystem calls\n'
            counts_of_work </dev/null |
                keep counts "work=${counted_work[0]}" $'contender\tinstructions\tcalls'
        } | table
    done
}
