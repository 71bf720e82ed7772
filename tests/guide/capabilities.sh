#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: capabilities.sh page program
# The rows of this system in docs/capabilities.md say what the program prints: each backend and the
# names of its capabilities. Cells that are neither yes nor no are left to the system.
set -euo pipefail
page=$1 program=$2

system=$(uname -s)
[ "$system" != Darwin ] || system=macOS

"$program" | awk -v this="$system" -v page="$page" '
    function trimmed(text) { gsub(/^ +| +$/, "", text); return text }
    BEGIN {
        while ((getline line <page) > 0) {
            count = split(line, cells, "|")
            if (trimmed(cells[2]) == "system") {
                for (i = 4; i < count; i++) names[i] = trimmed(cells[i])
            } else if (trimmed(cells[2]) == this) {
                for (i = 4; i < count; i++)
                    said[trimmed(cells[3]), names[i]] = trimmed(cells[i])
                rows[trimmed(cells[3])] = 1
            }
        }
    }
    {
        checked++
        if (!($1 in rows)) { print page " has no row for " this ", " $1; bad = 1; next }
        split("", has)
        for (i = 2; i <= NF; i++) has[$i] = 1
        for (i in names) {
            cell = said[$1, names[i]]
            found = names[i] in has ? "yes" : "no"
            if ((cell == "yes" || cell == "no") && cell != found) {
                print page " says " cell " to " names[i] " of " this ", " $1
                bad = 1
            }
        }
    }
    END {
        if (checked == 0) { print "there is no backend"; bad = 1 }
        exit bad
    }'
