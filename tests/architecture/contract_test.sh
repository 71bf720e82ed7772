#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/contract.md names for each line of the contract the tests that pin it, as
# `name of the test` (file): each must exist, in that file, and each line must have one. A file is
# below tests/conformance, or (loop/file) below tests/loop.
. "$(dirname "$0")/common.sh"

page=docs/contract.md

# One test a line: file|name.
# shellcheck disable=SC2016  # the page is Markdown
named_tests() {
    grep -oE '`[^`]+` \([a-z_/]+_test\.cpp\)' "$page" |
        sed -E 's/^`(.*)` \((.*)\)$/\2|\1/' | sort -u
}

[ -f "$page" ] || complain "$page is missing"
count=0
while IFS='|' read -r file name; do
    count=$((count + 1))
    case $file in
        loop/*) path=tests/$file ;;
        *) path=tests/conformance/$file ;;
    esac
    if [ ! -f "$path" ]; then
        complain "$page names $path, which does not exist"
    # A name too long for a line stands in the next one.
    elif ! tr '\n' ' ' <"$path" | grep -qE "TEST_CASE\( *\"" ||
        ! grep -qF "\"$name\"" "$path"; then
        complain "$page names a test that $path does not have: $name"
    fi
done < <(named_tests)
[ "$count" -gt 0 ] || complain "$page names no test"

# Between the heading of a line and the next one there is a test.
for line in 1 2 3 4 5 6 7 8 9 10 11 12; do
    section=$(awk -v heading="## $line. " '
        index($0, "## ") == 1 { inside = index($0, heading) == 1 }
        inside' "$page")
    if ! grep -qE '` \([a-z_/]+_test\.cpp\)' <<<"$section"; then
        complain "$page: line $line of the contract has no test"
    fi
done

# And no test of the two suites goes unmentioned: what it pins belongs to the contract.
while IFS= read -r file; do
    shown=${file#tests/}
    shown=${shown#conformance/}
    while IFS= read -r name; do
        grep -qF "\`$name\` ($shown)" "$page" ||
            complain "$page does not name a test of $file: $name"
    done < <(tr '\n' ' ' <"$file" | grep -oE 'TEST_CASE\( *"[^"]+"' | sed -E 's/^[^"]*"(.*)"$/\1/')
done < <(find tests/conformance tests/loop -name '*_test.cpp' | sort)
finish
