# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Runs of the benchmark program as tables, and kept as files with tabs between the fields, of which
# scripts/bench_report.py makes the report. Sourced by scripts/bench.sh.
# shellcheck disable=SC2154

# What most verbs print of each contender.
spread=$'contender\tmedian\tlower\tupper\tratio\tratio_lower\tratio_upper'

table() { column -t -s $'\t' | sed 's/^/  /'; }

# keep NAME KEYS COLUMNS: what comes in goes on, and into a file of that name with the keys, such as
# "fds=10 active=1", before each line.
keep() {
    if [ -z "$results" ]; then
        cat
        return
    fi
    awk -v keys="$2" -v columns="$3" -v file="$results/$1.tsv" '
        BEGIN {
            count = split(keys, pairs, " ")
            for (i = 1; i <= count; ++i) {
                split(pairs[i], pair, "=")
                names = names pair[1] "\t"
                values = values pair[2] "\t"
            }
            if ((getline line < file) <= 0) print names columns >>file
        }
        { print; print values $0 >>file }'
}

# The rounds are for the file only.
without_rounds() { awk '{ sub(/\t[^\t]*$/, ""); print }'; }

# measured TITLE UNIT NAME KEYS MORE ARGUMENTS...: a run of the program; MORE are its fields between
# the spread and the rounds, each with a tab before it.
measured() {
    local title=$1 unit=$2 name=$3 keys=$4 more=$5
    shift 5
    echo "$title"
    {
        printf 'contender\t%s\tquartiles\t\tratio\tquartiles\t%s\n' "$unit" "$more"
        "$bench" "$@" | keep "$name" "$keys" "$spread$more"$'\trounds' | without_rounds
    } | table
}

# steps TITLE UNIT NAME KEYS ARGUMENTS...: what prints a line for each step and contender
steps() {
    local title=$1 unit=$2 name=$3 keys=$4
    shift 4
    echo "$title"
    {
        printf 'step\tcontender\t%s\tquartiles\t\tratio\tquartiles\n' "$unit"
        "$bench" "$@" | keep "$name" "$keys" $'step\t'"$spread"$'\trounds' | without_rounds
    } | table
}

# rounds N: no more than that
rounds() {
    local most=${POLLUX_BENCH_ROUNDS:-$1}
    echo $(($1 < most ? $1 : most))
}

# The machine and what is compared -----------------------------------------------------------------

cache_value() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

processor() {
    if [ "$system" = Darwin ]; then
        sysctl -n machdep.cpu.brand_string
    elif [ -r /proc/cpuinfo ]; then
        awk -F': *' '/^model name|^uarch|^cpu model/ { print $2; found = 1; exit }
                     END { if (!found) exit 1 }' /proc/cpuinfo || uname -m
    else
        uname -m
    fi
}

is_virtual() { grep -qw hypervisor /proc/cpuinfo 2>/dev/null; }

commit() {
    local changes
    git rev-parse --short=12 HEAD 2>/dev/null || {
        echo unknown
        return
    }
    changes=$(git status --porcelain --untracked-files=no -- . ':!docs/performance*')
    [ -z "$changes" ] || echo "with changes that are not committed"
}

machine() {
    printf 'what\tvalue\n'
    printf 'processor\t%s%s\n' "$(processor)" "$(is_virtual && echo ', in a virtual machine')"
    printf 'cores\t%s\n' "$(jobs_count)"
    printf 'kernel\t%s\n' "$(uname -srm)"
    [ ! -r /etc/os-release ] || printf 'system\t%s\n' "$(. /etc/os-release && echo "$PRETTY_NAME")"
    printf 'compiler\t%s, CMAKE_BUILD_TYPE=Release\n' \
        "$("$(cache_value CMAKE_CXX_COMPILER)" --version | awk 'NR == 1')"
    printf 'date\t%s\n' "$(date -u +%Y-%m-%d)"
    printf 'commit\t%s\n' "$(commit | paste -sd ' ' -)"
    printf 'load before\t%s\n' "$(uptime | sed 's/.*average[s]*: *//')"
    printf 'rounds bounded\t%s\n' "${POLLUX_BENCH_ROUNDS:-no}"
}

# The crates do not say theirs.
versions() {
    printf 'name\tversion\n'
    "$bench" versions
    ! has_contender mio || awk -F'"' -v OFS='\t' '
        /^name/ { name = $2 }
        /^version/ && (name == "mio" || name == "polling") { print name, $2 }' bench/rust/Cargo.lock
}

begin_results() {
    results=$build/results
    rm -rf "$results"
    mkdir -p "$results"
    machine >"$results/machine.tsv"
    versions >"$results/versions.tsv"
    {
        printf 'name\treason\n'
        "$bench" missing
    } >"$results/missing.tsv"
}
