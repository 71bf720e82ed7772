#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The rules can fail: each is broken once in a copy of the tree, and must say so.
. "$(dirname "$0")/common.sh"

here=$PWD/tests/architecture
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# Files and not links to them: what is broken must be the copy.
cp -RL include src capi docs "$copy"
mkdir "$copy/tests"
cp -RL tests/conformance tests/loop "$copy/tests"

obeyed() {
    bash "$here/$1_test.sh" "$copy" >/dev/null 2>&1
}

# bites rule file text: with the text appended to the file, which may be a new one, the rule fails.
bites() {
    local rule=$1 file=$copy/$2 text=$3
    [ ! -f "$file" ] || cp "$file" "$copy/before"
    printf '%s\n' "$text" >>"$file"
    if obeyed "$rule"; then complain "the rule '$rule' accepts '$text' in $2"; fi
    rm "$file"
    [ ! -f "$copy/before" ] || mv "$copy/before" "$file"
}

# bites_edited rule file script: the same with the file edited by sed.
bites_edited() {
    local rule=$1 file=$copy/$2 script=$3
    cp "$file" "$copy/before"
    sed -E "$script" "$copy/before" >"$file"
    if cmp -s "$copy/before" "$file"; then complain "'$script' changes nothing in $2"; fi
    if obeyed "$rule"; then complain "the rule '$rule' accepts '$script' in $2"; fi
    mv "$copy/before" "$file"
}

for rule in includes preprocessor form contract; do
    obeyed "$rule" || complain "the copy does not obey '$rule' from the start"
done
bites includes src/epoll/epoll.cpp '#include "core/poller.hpp"'
bites includes src/epoll/epoll.cpp '#include "core/registry.hpp"'
bites includes src/poll/poll.cpp '#include "epoll/translate.hpp"'
bites includes src/core/poller.cpp '#include "epoll/translate.hpp"'
bites includes src/core/poller.cpp '#include <string>'
bites includes src/core/poller.cpp '#include <sys/epoll.h>'
bites includes include/pollux/pollux.h '#include <poll.h>'
bites preprocessor src/core/clock.hpp '#ifdef HAVE_IT'
bites preprocessor capi/poller.cpp '#if 1'
bites preprocessor include/pollux/pollux.h '#ifdef __linux__'
bites form src/core/clock.hpp "// TO""DO"
bites form src/core/clock.hpp "$(printf '// %0100d' 0)"
bites form src/core/clock.hpp "$(yes '//' | head -400)"
bites form src/core/clock.cpp 'int no_licence;'
# shellcheck disable=SC2016  # Markdown
bites contract docs/contract.md '`no such test` (time_test.cpp)'
# shellcheck disable=SC2016
bites contract docs/contract.md '`level repeats while the condition holds` (no_such_test.cpp)'
bites contract tests/conformance/time_test.cpp 'TEST_CASE("a claim that the page lacks") {}'
# The same for the loop; a name of one suite is not looked for in the other.
# shellcheck disable=SC2016
bites contract docs/contract.md '`no such test` (loop/timers_test.cpp)'
# shellcheck disable=SC2016
bites contract docs/contract.md '`a timer never fires early` (loop/no_such_test.cpp)'
# shellcheck disable=SC2016
bites contract docs/contract.md '`a timer never fires early` (timers_test.cpp)'
bites contract tests/loop/timers_test.cpp 'TEST_CASE("a claim that the page lacks") {}'
bites contract tests/loop/linux/loop_faults_test.cpp 'TEST_CASE("a claim that the page lacks") {}'
# All tests are still named, but not in the section of the line.
bites_edited contract docs/contract.md 's/^## 12\. .*/## Of the loop/'
bites_edited contract docs/contract.md 's/^## 9\. .*/## Of fairness/'
finish
