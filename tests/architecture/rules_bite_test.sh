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
cp -RL tests/conformance "$copy/tests"

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
finish
