#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: exports.sh library project-directory compiler
# What the library exports, what capi/symbols.txt lists and what the header declares are the same.
set -euo pipefail
library=$1 root=$2 compiler=$3

exported() {
    case $(uname -s) in
        Darwin) nm -gU "$library" | awk '{ sub(/^_/, "", $3); print $3 }' ;;
        # Not the name of the version itself, which is absolute ("A").
        *) nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' ;;
    esac
}

# Without the comments; a name before a bracket is a function, unless it is a type.
declared() {
    printf '#include <pollux/pollux.h>\n' | "$compiler" -E -P -x c -I "$root/include" - |
        tr -s ' \n' '  ' | tr ';' '\n' | grep -v '^ *typedef' |
        grep -oE 'plx_[a-z0-9_]+ ?\(' | tr -d ' ('
}

same() {
    local what=$1
    if diff <(sort -u "$root/capi/symbols.txt") <(sort -u); then
        echo "$what: as capi/symbols.txt"
    else
        echo "$what: not what capi/symbols.txt lists (<), see above"
        return 1
    fi
}

failed=0
exported | same "exported by the library" || failed=1
declared | same "declared in the header" || failed=1
exit $failed
