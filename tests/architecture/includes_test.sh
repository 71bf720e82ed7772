#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Layers, one way down: capi -> loop -> core <- backends. See docs/design.md.
. "$(dirname "$0")/common.sh"

public='pollux/pollux\.h'
# What a backend may use of the core: the seam, and helpers that know nothing of the poller.
leaves='core/(backend|buffer|clock|mutex|paged_array|unique_fd|wake_channel|watchable)\.hpp'
# Of the C++ library only what needs none of its run-time.
headers='algorithm|atomic|bit|cerrno|climits|csignal|cstddef|cstdint|cstdlib|cstring|limits'
headers="$headers|type_traits|utility"
# What only one place may know.
epoll_headers='sys/epoll\.h'
kqueue_headers='sys/event\.h'

# own_includes file: the names within quotes, and those of our own within brackets.
own_includes() {
    sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*)".*/\1/p
             s/^[[:space:]]*#[[:space:]]*include[[:space:]]*<(pollux\/[^>]*)>.*/\1/p' "$1"
}

system_includes() {
    sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*<([^>]*)>.*/\1/p' "$1" |
        { grep -v '^pollux/' || true; }
}

# may_include place pattern: the files there include of ours only what matches.
may_include() {
    local file name
    while IFS= read -r file; do
        while IFS= read -r name; do
            [[ $name =~ ^($2)$ ]] || complain "$file includes \"$name\", which its place forbids"
        done < <(own_includes "$file")
    done < <(sources_in "$1")
}

# A header without a dot is of the C++ library.
check_system_headers() {
    local file name
    while IFS= read -r file; do
        while IFS= read -r name; do
            if [[ $name != *.h && ! $name =~ ^($headers)$ ]]; then
                complain "$file includes <$name>: the library links libc alone"
            fi
            if [[ $name =~ ^$epoll_headers$ && $file != src/epoll/* ]]; then
                complain "$file includes <$name>, which is epoll's"
            fi
            if [[ $name =~ ^$kqueue_headers$ && $file != src/kqueue/* &&
                  $file != src/loop/process_fd_kqueue.cpp ]]; then
                complain "$file includes <$name>, which is kqueue's"
            fi
        done < <(system_includes "$file")
    done < <(sources_in src capi)
}

check_public_header() {
    local name
    while IFS= read -r name; do
        [[ $name =~ ^std(def|int)\.h$ ]] || complain "pollux.h includes <$name>"
    done < <(system_includes include/pollux/pollux.h)
    [ -z "$(own_includes include/pollux/pollux.h)" ] || complain "pollux.h includes more of ours"
}

may_include capi "(core|loop)/.*|$public"
may_include src/core "core/.*|$public"
may_include src/loop "(core|loop)/.*|$public"
for backend in epoll kqueue poll; do
    may_include "src/$backend" "$backend/.*|$leaves|$public"
done
# The C++ face of the poller stands on the C interface alone, that of the loop on it.
may_include include 'pollux/(detail/)?[a-z_]+\.h(pp)?'
[ "$(own_includes include/pollux/pollux.hpp)" = pollux/pollux.h ] ||
    complain "pollux.hpp includes more of ours than pollux.h"
# The outside knows the public headers, and its own files.
for outside in examples bindings; do
    while IFS= read -r file; do
        if own_includes "$file" | grep -qE '^(core|loop|epoll|kqueue|poll)/'; then
            complain "$file looks into the library"
        fi
    done < <(sources_in "$outside")
done
check_system_headers
check_public_header
finish
