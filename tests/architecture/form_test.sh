#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sizes that keep a file readable, nothing put off, and what every file starts with.
. "$(dirname "$0")/common.sh"

# Put together here, so that this file passes its own rule.
put_off="TO""DO|FIX""ME|X""XX"

while IFS= read -r file; do
    lines=$(wc -l <"$file")
    # The whole interface is on one page, most of it words.
    [ "$lines" -le 400 ] || [ "$file" = include/pollux/pollux.h ] ||
        complain "$file: $lines lines, at most 400"
    found=$(awk 'length($0) > 100 { print FNR; exit }' "$file")
    [ -z "$found" ] || complain "$file:$found: more than 100 columns"
    found=$(grep -nwE "$put_off" "$file" || true)
    [ -z "$found" ] || complain "$file:$found: something is put off"
    head -2 "$file" | grep -q 'SPDX-License-Identifier: MIT' || complain "$file: no licence"
done < <(sources_in include src capi tests examples bindings bench)

# A function is a screen. Bodies start where clang-format puts them: `{` ends an unindented line, or
# one at the depth of a member, and the brace at the same depth ends them.
while IFS= read -r file; do
    found=$(awk '
        /^ *(namespace|class|struct|enum|union|extern "C"|constexpr struct)/ { next }
        start == 0 && /\) *(const)? *(noexcept)? *(override)? *(->.*)?\{$/ {
            match($0, /^ */); depth = RLENGTH; start = FNR; next
        }
        start != 0 && /^ *\}/ {
            match($0, /^ */)
            if (RLENGTH == depth) {
                if (FNR - start > 41) print start ": " FNR - start - 1 " lines"
                start = 0
            }
        }' "$file")
    [ -z "$found" ] || complain "$file:$found: a function of more than 40"
done < <(sources_in src capi)
finish
