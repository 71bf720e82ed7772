#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The documentation as a site in build/docs/html and as man pages in build/docs/man. A warning, such
# as of an undocumented symbol, is an error, and so is a link that leads nowhere.
set -euo pipefail
. scripts/lib.sh

header=include/pollux/pollux.h

version_part() {
    sed -n "s/^#define PLX_VERSION_$1 //p" $header
}

ensure_tools doxygen python3 groff
export PYTHONDONTWRITEBYTECODE=1
out=$(build_dir docs)
rm -rf "$out"
mkdir -p "$out"
version=$(version_part MAJOR).$(version_part MINOR).$(version_part PATCH)
sed -e "s|@VERSION@|$version|" -e "s|@OUTPUT@|$out|" docs/Doxyfile.in >"$out/Doxyfile"
# Under names of their own: a README.md is to later versions what a directory has to say.
mkdir "$out/pages"
for page in bindings/*/README.md; do
    name=$(basename "$(dirname "$page")")
    python3 scripts/docs_markdown.py "$page" >"$out/pages/$name.markdown"
done
python3 scripts/docs_site.py menu docs/site/header.html.in "$version" >"$out/header.html"
doxygen "$out/Doxyfile" >"$out/doxygen.log" || die "doxygen found faults, see above"
find docs \( -name '*.svg' -o -name '*.png' \) -exec cp {} "$out/html" \;
python3 scripts/docs_site.py finish "$out/html" || die "the site has faults, see above"
python3 scripts/docs_man.py "$out/xml" "$out/man/man3" "$version"
while read -r symbol; do
    grep -qw "$symbol" "$out/html/pollux_8h.html" || die "the reference does not have $symbol"
    [ -e "$out/man/man3/$symbol.3" ] || die "there is no man page for $symbol"
done <capi/symbols.txt
for page in "$out"/man/man3/*.3; do
    faults=$(groff -man -ww -z -Tutf8 "$page" 2>&1)
    [ -z "$faults" ] || die "$page: $faults"
done
echo "$out/html/index.html"
