#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: library_file.sh library major-version largest-size
# The library needs libc and nothing else, has the name it should have, and, stripped, is smaller
# than largest-size (0: not looked at).
set -euo pipefail
library=$1 major=$2 largest=$3
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

needed_of_linux() {
    readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

check_linux() {
    local name
    for name in $(needed_of_linux); do
        case $name in
            # libpthread was a library of its own before glibc 2.34.
            libc.so* | libpthread.so* | libc.musl-*) echo "needs $name" ;;
            *) fail "needs $name" ;;
        esac
    done
    readelf -d "$library" | grep -q "SONAME.*\[libpollux.so.$major\]" ||
        fail "its name is not libpollux.so.$major"
    if readelf -lW "$library" | grep -q 'GNU_STACK.*RWE'; then fail "its stack is executable"; fi
    if readelf -d "$library" | grep -q TEXTREL; then fail "it has text relocations"; fi
}

check_macos() {
    local name
    for name in $(otool -L "$library" | tail -n +3 | awk '{ print $1 }'); do
        [ "$name" = /usr/lib/libSystem.B.dylib ] || fail "needs $name"
    done
}

check_size() {
    local stripped size
    stripped=$(mktemp)
    if [ "$(uname -s)" = Darwin ]; then
        strip -x -o "$stripped" "$library"
    else
        strip -o "$stripped" "$library"
    fi
    size=$(($(wc -c <"$stripped")))
    rm -f "$stripped"
    echo "stripped: $size bytes"
    [ "$largest" -eq 0 ] || [ "$size" -lt "$largest" ] || fail "$size bytes, at most $largest"
}

case $(uname -s) in
    Darwin) check_macos ;;
    *) check_linux ;;
esac
check_size
exit $failed
