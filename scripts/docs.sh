#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The reference as HTML in build/docs/html. A warning, such as an undocumented symbol, is an error.
set -euo pipefail
. scripts/lib.sh

header=include/pollux/pollux.h

version_part() {
    sed -n "s/^#define PLX_VERSION_$1 //p" $header
}

ensure_tools doxygen
out=$(build_dir docs)
rm -rf "$out"
mkdir -p "$out"
version=$(version_part MAJOR).$(version_part MINOR).$(version_part PATCH)
sed -e "s|@VERSION@|$version|" -e "s|@OUTPUT@|$out|" docs/Doxyfile.in >"$out/Doxyfile"
doxygen "$out/Doxyfile" >"$out/doxygen.log" || die "doxygen found faults, see above"
while read -r symbol; do
    grep -qw "$symbol" "$out/html/pollux_8h.html" || die "the reference does not have $symbol"
done <capi/symbols.txt
echo "$out/html/index.html"
