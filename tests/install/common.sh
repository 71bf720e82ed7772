# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The programs of tests/install/consumer, however they were built: each has to run and to have been
# linked as it says. `work` is a directory of one's own, `root` the project's.
# shellcheck disable=SC2034,SC2154  # shared with who reads this file
set -euo pipefail

consumer=$root/tests/install/consumer
failed=0

complain() {
    echo "FAILED: $*"
    failed=1
}

# The first C program in README.md.
write_readme_program() {
    mkdir -p "$work"
    awk '/^```c$/ { inside = 1; next } inside && /^```$/ { exit } inside' "$root/README.md" \
        >"$work/readme.c"
    [ -s "$work/readme.c" ] || complain "README.md has no program"
}

libraries_of() {
    case $(uname -s) in
        Darwin) otool -L "$1" | tail -n +2 ;;
        *) readelf -d "$1" | grep NEEDED || true ;;
    esac
}

# check_linked kind program: with the shared library, or with the static one and without any C++
# runtime in a C program.
check_linked() {
    local kind=$1 program=$2 needs_shared=no
    if libraries_of "$program" | grep -q libpollux; then needs_shared=yes; fi
    if [ "$kind" = shared ] && [ $needs_shared = no ]; then
        complain "$program does not need the shared library"
    elif [ "$kind" = static ] && [ $needs_shared = yes ]; then
        complain "$program needs the shared library"
    fi
    case $(basename "$program") in
        poller | guide) return ;; # in C++
    esac
    if libraries_of "$program" | grep -q 'c++'; then
        complain "$program, which is in C, needs the C++ runtime"
    fi
}

# check_runs directory [command that runs a program...]
check_runs() {
    local directory=$1 name
    shift
    echo | "$@" "$directory/readme" | grep 'standard input is ready' ||
        complain "$directory/readme does not run"
    for name in loop poller guide; do
        [ ! -e "$directory/$name" ] || "$@" "$directory/$name" ||
            complain "$directory/$name does not run"
    done
}

# check_programs kind directory [command...]
check_programs() {
    local kind=$1 directory=$2 name
    for name in readme loop poller guide; do
        [ ! -e "$directory/$name" ] || check_linked "$kind" "$directory/$name"
    done
    check_runs "$directory" "${@:3}"
}
