#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# CMake chooses files; the code asks for no platform.
. "$(dirname "$0")/common.sh"

# In the library no condition at all.
while IFS= read -r file; do
    found=$(grep -nE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif|else)([^a-z_]|$)' "$file" ||
        true)
    [ -z "$found" ] || complain "$file:$found: a condition for the preprocessor"
done < <(sources_in src capi)

# In the public headers the guard, C++ or C, how to export, and what the C++ library has.
allowed='POLLUX_[A-Z_]+_H(PP)?|__cplusplus|defined\(__GNUC__\) \|\| defined\(__clang__\)'
allowed="$allowed|__has_include\(<version>\)|__cpp_[a-z_]+"
while IFS= read -r file; do
    while IFS= read -r condition; do
        [[ $condition =~ ^($allowed)$ ]] || complain "$file: #if of $condition"
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif)[[:space:]]+(.*)$/\2/p' \
        "$file")
done < <(sources_in include)

# Nor is a system named by other means.
while IFS= read -r file; do
    found=$(grep -nE '__(linux|linux__|APPLE__|FreeBSD__|NetBSD__|OpenBSD__|DragonFly__)|_WIN32' \
        "$file" || true)
    [ -z "$found" ] || complain "$file:$found: names a system"
done < <(sources_in src capi include)
finish
