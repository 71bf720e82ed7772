# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The pieces of work that `./dev bench` has measured. Sourced by scripts/bench.sh.
# shellcheck disable=SC2154

peers="libev libuv libevent asio"

# Without one of them the rest is compared.
ensure_peers() {
    local peer
    for peer in $peers; do
        (ensure_tools "$peer") || echo "going on without $peer"
    done
}

has_contender() { "$bench" contenders | grep -qx "$1"; }

those_here() {
    local name
    for name in "$@"; do
        ! has_contender "$name" || echo "$name"
    done
}

# Over poll, and over what is better. A loop by hand is the first of each.
over_poll() { "$bench" contenders | grep -xE 'poll|.*-poll'; }
not_over_poll() { "$bench" contenders | grep -vxE 'poll|.*-poll'; }

# A library that is not compared is named.
name_missing() {
    local name why
    "$bench" missing | while IFS=$'\t' read -r name why; do
        echo "not compared: $name ($why)"
    done
}

chain() {  # ROUNDS SIZES...  where a size is fds/active
    local rounds at
    rounds=$(rounds "$1")
    shift
    for at in "$@"; do
        # shellcheck disable=SC2046  # names, apart from each other
        measured "chain: ${at%/*} socket pairs, ${at#*/} active" ns/event \
            chain "over=best fds=${at%/*} active=${at#*/}" $'\twall' \
            compare chain "fds=${at%/*}" "active=${at#*/}" events=50000 "rounds=$rounds" \
            $(not_over_poll)
    done
}

# The kernel looks at all descriptors in each wait: fewer events, for the time they take.
events_over_poll() {  # FDS ACTIVE
    local events=$((100000000 / ($1 * 55 / $2 + 2000)))
    echo $((events < 500 ? 500 : events > 50000 ? 50000 : events))
}

chain_over_poll() {  # ROUNDS SIZES...
    local rounds at events
    rounds=$(rounds "$1")
    shift
    for at in "$@"; do
        events=$(events_over_poll "${at%/*}" "${at#*/}")
        # shellcheck disable=SC2046
        measured "chain over poll: ${at%/*} socket pairs, ${at#*/} active" ns/event \
            chain "over=poll fds=${at%/*} active=${at#*/}" $'\twall' \
            compare chain "fds=${at%/*}" "active=${at#*/}" "events=$events" "rounds=$rounds" \
            $(over_poll)
    done
}

one_shot() {  # ROUNDS SIZES...
    local rounds at
    rounds=$(rounds "$1")
    shift
    for at in "$@"; do
        # shellcheck disable=SC2046
        measured "chain of one-shot events, armed anew: ${at%/*} socket pairs, ${at#*/} active" \
            ns/event one-shot "fds=${at%/*} active=${at#*/}" $'\twall' \
            compare one-shot "fds=${at%/*}" "active=${at#*/}" events=50000 "rounds=$rounds" \
            $(not_over_poll)
    done
}

timers() {  # COUNT ROUNDS ROUNDS-OF-SLOW-ONES
    local few=$(($1 / 5))
    # shellcheck disable=SC2046
    steps "$1 timers, in the order of their start and mixed; each round in a process of its own" \
        ns/timer timers "timers=$1" \
        timers timers="$1" rounds="$(rounds "$2")" $(those_here pollux-loop wheel heap libev)
    # shellcheck disable=SC2046
    steps "the same with $few, for these take long" ns/timer timers "timers=$few" \
        timers timers=$few rounds="$(rounds "$3")" $(those_here pollux-loop libuv libevent asio)
}

posts() {  # ROUNDS
    local threads
    measured "ping: from one loop or poller to one in another thread and back" ns/trip \
        ping "threads=1" "" ping rounds="$(rounds "$1")"
    for threads in 1 2; do
        measured "posts: $threads thread(s) into one loop; for libev and libuv by a queue of the \
user's" ns/post posts "threads=$threads" "" posts rounds="$(rounds "$1")" threads=$threads
    done
}

served=$'\twall\tper_second\tp50\tp99'

# Servers over TCP.
network() {  # WORK ROUNDS SIZES...  where a size is connections/active
    network_of not_over_poll best "over TCP" 10000 "$@"
}

network_over_poll() {  # the same
    network_of over_poll poll "over TCP and poll" 5000 "$@"
}

network_of() {  # CONTENDERS OVER TITLE MESSAGES WORK ROUNDS SIZES...
    local contenders=$1 over=$2 title=$3 messages=$4 work=$5 rounds at
    rounds=$(rounds "$6")
    shift 6
    for at in "$@"; do
        # shellcheck disable=SC2046
        measured "$work $title: ${at%/*} connections, ${at#*/} active" ns/message \
            "$work" "over=$over connections=${at%/*} active=${at#*/}" "$served" \
            "$work" connections="${at%/*}" active="${at#*/}" messages="$messages" \
            rounds="$rounds" $("$contenders")
    done
}

accepts() {  # ROUNDS ACCEPTS SIZES...  where a size is threads/listeners/at a time
    local rounds accepts=$2 at threads listeners active
    rounds=$(rounds "$1")
    shift 2
    for at in "$@"; do
        IFS=/ read -r threads listeners active <<<"$at"
        measured "accept: $threads thread(s), $listeners listener(s), $active connection(s) at a \
time" ns/connection accept "threads=$threads listeners=$listeners active=$active" \
            $'\twall\tper_second\tin_vain' accept accepts="$accepts" threads="$threads" \
            listeners="$listeners" active="$active" rounds="$rounds"
    done
}

churn() {  # DESCRIPTORS ROUNDS CHANGES
    steps "churn: what a change costs with $1 descriptors, an iteration after every 64 included" \
        ns/change churn "fds=$1" churn fds="$1" rounds="$(rounds "$2")" events="$3"
}

wakes() {  # ROUNDS
    steps "wakes of another thread's wait: to and fro, while it is busy, without a pause" \
        ns wake "threads=1" wake rounds="$(rounds "$1")"
}

idle() {  # CONNECTIONS ROUNDS TICKS
    steps "idle: $1 quiet connections, a timer every 10 ms $3 times, then nothing for as long" \
        "ns/s or number" idle "fds=$1" idle fds="$1" rounds="$(rounds "$2")" ticks="$3"
}

start_up() {  # ROUNDS
    local rounds
    rounds=$(rounds "$1")
    steps "a loop made and destroyed" ns create "loops=1" create rounds="$rounds"
    measured "a program started that makes a loop, waits once without blocking and ends" ns \
        startup "loops=1" "" startup rounds="$rounds"
}

memory() {
    echo "memory: bytes per descriptor at 9,000"
    {
        printf 'contender\tlibrary\tcaller\n'
        "$bench" memory fds=9000 | keep memory "fds=9000" $'contender\tlibrary\tcaller'
    } | table
}

footprint() {  # TIMERS
    echo "memory: bytes per timer, of $1 that are set, and per loop that has watched something"
    {
        printf 'of\tcontender\tlibrary\tcaller\n'
        "$bench" footprint timers="$1" |
            keep footprint "timers=$1" $'of\tcontender\tlibrary\tcaller'
    } | table
}

# The shared libraries that the benchmark has loaded, among those compared.
loaded_libraries() {
    ldd "$bench" | awk '$1 ~ /^lib(pollux|ev|uv|event_core)[-.]/ { print $3 }' | sort
}

sizes_of_libraries() {
    local library
    loaded_libraries | while read -r library; do
        strip -o "$build/stripped_peer" "$library"
        printf '%s\t%s\t%s\n' "$(basename "$library")" \
            "$(wc -c <"$build/stripped_peer" | tr -d ' ')" \
            "$(size "$build/stripped_peer" | awk 'NR == 2 { print $1 }')"
    done
}

# Bytes of the file without its symbols, and of what the kernel maps of it to be run or read.
sizes() {
    [ "$system" = Linux ] || return 0
    ensure_tools strip
    echo "size of the shared libraries: the file, stripped, and its code and constants"
    {
        printf 'library\tfile\ttext\n'
        sizes_of_libraries | keep sizes "" $'library\tfile\ttext'
    } | table
}
