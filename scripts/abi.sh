#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compares the binary interface of the library with what was accepted: the functions, their
# parameters and the structs as the debug information has them (abi/libpollux.abi), and the values
# of the macros (abi/constants.txt). docs/abi.md tells what may change.
set -euo pipefail
. scripts/lib.sh

out=$(build_dir abi)
accepted=abi

usage() {
    cat <<'TEXT'
usage: ./dev abi               fails if the interface is not the accepted one
       ./dev abi --accept      accepts additions: writes abi/
       ./dev abi --self-test   breaks a copy in each way and sees that it is noticed
TEXT
}

# What the interface is --------------------------------------------------------------------------

# build_library tree directory type: the shared library, with debug information that is the same
# wherever the tree is.
build_library() {
    local tree=$1 directory=$2 type=$3 flags
    flags="-g -ffile-prefix-map=$(cd "$tree" && pwd)=."
    # clang leaves out the structs that the library only has pointers to.
    if c++ --version | grep -qi clang; then flags="$flags -fstandalone-debug"; fi
    mkdir -p "$directory"
    {
        CC=cc CXX=c++ cmake -S "$tree" -B "$directory" -G Ninja -DCMAKE_BUILD_TYPE="$type" \
            -DCMAKE_CXX_FLAGS="$flags" -DPOLLUX_TESTS=OFF -DPOLLUX_EXAMPLES=OFF \
            -DPOLLUX_STATIC=OFF -DPOLLUX_WERROR=OFF &&
            cmake --build "$directory" --parallel "$(jobs_count)" --target pollux
    } >"$directory/build.log" 2>&1 </dev/null || {
        cat "$directory/build.log" >&2
        die "the library does not build"
    }
}

# Both sides are described with the same options: a comparison that leaves out private types, but
# has no places of declarations on one side, takes all types for private.
describe_library() {
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --drop-undefined-syms \
        --exported-interfaces-only --type-id-style hash --headers-dir "$1" --drop-private-types \
        --out-file "$3" "$2"
}

# All macros but those that change with each release. `NAME value type`; what starts a struct as it
# is written.
describe_constants() {
    local include=$1 names program=$2.c name
    names=$(echo '#include <pollux/pollux.h>' | cc -dM -E -I "$include" - |
        sed -n 's/^#define \(PLX_[A-Z0-9_]*\) .*/\1/p' | grep -v '^PLX_\(VERSION_.*\|EXPORT\)$')
    {
        printf '#include <pollux/pollux.h>\n#include <stdio.h>\n#define TEXT(x...) #x\n'
        printf '#define KIND(x) _Generic((x), uint32_t: "uint32_t", int: "int", default: "?")\n'
        printf '#define SHOW(n, x) printf("%%s %%lld %%s\\n", n, (long long)(x), KIND(x))\n'
        printf '#define WRITTEN(n, x...) printf("%%s %%s\\n", n, TEXT(x))\nint main(void) {\n'
        for name in $names; do
            case $name in
                *_INIT) echo "WRITTEN(\"$name\", $name);" ;;
                *) echo "SHOW(\"$name\", $name);" ;;
            esac
        done
        printf 'return 0;\n}\n'
    } >"$program"
    cc -I "$include" -o "$2.program" "$program" || die "the constants cannot be listed"
    # A suffix of a number says nothing about its value.
    "$2.program" | sed -E 's/\b([0-9]+)U?L?\b/\1/g' | LC_ALL=C sort >"$2"
    rm "$2.program" "$program"
}

# describe tree directory type
describe() {
    build_library "$1" "$2" "$3"
    describe_library "$1/include" "$2/libpollux.so" "$2/libpollux.abi"
    describe_constants "$1/include" "$2/constants.txt"
}

# Comparing --------------------------------------------------------------------------------------

# abidiff_says option...: prints its report if there is any difference, and fails then.
abidiff_says() {
    local report status=0
    report=$(abidiff --no-architecture "$@" 2>&1) || status=$?
    [ $((status & 3)) -eq 0 ] || die "abidiff failed: $report"
    [ $status -eq 0 ] || echo "$report"
    return $status
}

# compare_constants old new: lines `broken ...` and `added ...`. What starts a struct may only get
# longer.
compare_constants() {
    awk '
        { name = $1; value = substr($0, length($1) + 2) }
        FNR == NR { old[name] = value; next }
        !(name in old) { print "added    " $0; next }
        {
            start = old[name]
            sub(/ *} *$/, "", start)
            if (value == old[name]) kept = 1
            else if (name ~ /_INIT$/ && index(value, start ",") == 1)
                print "added    " name " is longer: " value
            else print "broken   " name " was " old[name] " and is " value
            seen[name] = 1
        }
        END { for (name in old) if (!(name in seen)) print "broken   " name " is gone" }
    ' "$1" "$2"
}

# layout_of struct description: its members with their places and types, one a line.
layout_of() {
    awk -v "start=<class-decl name='$1' size-in-bits" '
        index($0, start) { inside = 1; next }
        /<\/class-decl>/ { inside = 0 }
        inside && match($0, /layout-offset-in-bits=.[0-9]+/) { place = substr($0, RSTART + 23) }
        inside && /<var-decl / { gsub(/.*name=.|. visibility.*/, ""); print place, $0 }
    ' "$2"
}

# The structs in abi/growing.txt may get members at their end: prints what makes abidiff not look at
# those that have, and have kept all the others. (Its own has_data_member_inserted_at also lets
# members change places.)
suppress_grown() {
    local name before after
    while read -r name; do
        before=$(layout_of "$name" "$1")
        after=$(layout_of "$name" "$2")
        [ -n "$before" ] || continue
        # What was reserved may have got a name.
        # shellcheck disable=SC2001  # no pattern of bash
        before=$(sed "s/> reserved[^']*'/> *'/" <<<"$before")
        # shellcheck disable=SC2053  # a pattern
        if [[ $after == $before$'\n'* ]]; then
            printf '[suppress_type]\n  type_kind = struct\n  name = %s\n' "$name"
        fi
    done <$accepted/growing.txt
}

# compare old new: 0 if they are the same, 1 if programs that are built break, 3 if there are only
# additions.
compare() {
    local old=$1 new=$2 constants broken=no
    constants=$(compare_constants "$old/constants.txt" "$new/constants.txt")
    suppress_grown "$old/libpollux.abi" "$new/libpollux.abi" >"$new/grown.suppr"
    abidiff_says --suppressions "$new/grown.suppr" --no-added-syms \
        "$old/libpollux.abi" "$new/libpollux.abi" || broken=yes
    if grep '^broken' <<<"$constants"; then broken=yes; fi
    [ $broken = no ] || return 1
    if abidiff_says "$old/libpollux.abi" "$new/libpollux.abi" && [ -z "$constants" ]; then
        return 0
    fi
    echo "$constants"
    return 3
}

soname_of() {
    sed -n "s/.*soname='\([^']*\)'.*/\1/p" "$1/libpollux.abi"
}

check() {
    local outcome=0
    describe . "$out" Release
    compare "$accepted" "$out" || outcome=$?
    case $outcome in
        0) echo "the binary interface is the accepted one: $(soname_of "$accepted")" ;;
        1) die "the binary interface breaks programs that are already built; see above, and" \
            "docs/abi.md for what may change" ;;
        *) die "nothing is broken, but the additions above are not accepted yet; './dev abi" \
            "--accept' does, and the files in abi/ belong into the commit that adds them" ;;
    esac
}

accept() {
    local outcome=0
    describe . "$out" Release
    if [ -e $accepted/libpollux.abi ]; then
        compare "$accepted" "$out" || outcome=$?
        if [ $outcome -eq 1 ] && [ "$(soname_of "$accepted")" = "$(soname_of "$out")" ]; then
            die "this breaks programs that are already built, and is accepted only with another" \
                "POLLUX_SOVERSION in cmake/library.cmake; see docs/abi.md"
        fi
    fi
    cp "$out/libpollux.abi" "$out/constants.txt" $accepted
    echo "accepted: $accepted/libpollux.abi $accepted/constants.txt"
}

# Self-test --------------------------------------------------------------------------------------

tree=$out/self-test
header=$tree/include/pollux/pollux.h

renew_copy() {
    rm -rf "$tree"
    mkdir -p "$tree"
    cp -R CMakeLists.txt include capi src cmake install "$tree"
}

# expect outcome title: what compare says of the copy as it is now.
expect() {
    local wanted=$1 title=$2 outcome=0
    describe "$tree" "$out/self-test-build" Debug
    compare "$accepted" "$out/self-test-build" >"$out/report" || outcome=$?
    judge "$wanted" "$title" $outcome
}

# expect_constants outcome title: the same of the constants alone.
expect_constants() {
    local wanted=$1 title=$2 outcome=0
    describe_constants "$tree/include" "$out/self-test-constants"
    compare_constants $accepted/constants.txt "$out/self-test-constants" >"$out/report"
    if [ -s "$out/report" ]; then outcome=3; fi
    if grep -q ^broken "$out/report"; then outcome=1; fi
    judge "$wanted" "$title" $outcome
}

judge() {
    if [ "$1" -eq "$3" ]; then
        steps_passed=$((steps_passed + 1))
        echo "as expected: $2"
    else
        steps_failed=$((steps_failed + 1))
        echo "FAILED: $2: the outcome is $3, not $1"
        cat "$out/report"
    fi
}

# expect_report title text: the last report has it.
expect_report() {
    local outcome=0
    grep -q "$2" "$out/report" || outcome=1
    judge 0 "$1" $outcome
}

# change text replacement: in the copy's header; there has to be something to change.
change() {
    cp "$header" "$header.before"
    sed -i -E "s/$1/$2/" "$header"
    ! cmp -s "$header" "$header.before" || die "the self-test finds no '$1' in the header"
    rm "$header.before"
}

self_test_constants() {
    change 'PLX_HANGUP UINT32_C\(0x0010\)' 'PLX_HANGUP UINT32_C(0x0020)'
    expect_constants 1 "a constant with another value breaks"
    change 'PLX_HANGUP UINT32_C\(0x0020\)' 'PLX_HANGUP 0x0010'
    expect_constants 1 "a constant of another type breaks"
    change '.* PLX_HANGUP .*' ''
    expect_constants 1 "a constant that is gone breaks"
    cp include/pollux/pollux.h "$header"
    change '^(#define PLX_RUN_NOWAIT .*)' '\1\n#define PLX_RUN_NEW UINT32_C(3)'
    expect_constants 3 "a new constant is an addition"
}

self_test_symbols() {
    sed -i '/^plx_poller_fd$/d' "$tree/capi/symbols.txt"
    expect 1 "a function that is gone breaks"
    cp capi/symbols.txt "$tree/capi"
    echo "plx_poller_fd POLLUX_0.9" >>"$tree/capi/nodes.txt"
    expect 1 "a function of another version breaks"
}

# Both in one build.
self_test_structs() {
    change '^(    uint64_t )posts(;.*)' '\1swapped\2'
    change '^(    uint64_t )signals(;.*)' '\1posts\2'
    change '^(    uint64_t )swapped(;.*)' '\1signals\2'
    change '^\} plx_trace_event;' '    uint64_t more;\n} plx_trace_event;'
    expect 1 "structs that are not as they were break"
    expect_report "members that change places are noticed" "'uint64_t posts' offset changed"
    expect_report "a longer struct without struct_size is noticed" "uint64_t more"
}

# All at once: one build.
self_test_additions() {
    sed -i '/typedef struct plx_loop_options/,/^}/s/reserved; /named; /' "$header"
    sed -i 's/options\.reserved/options.named/' "$tree/src/loop/loop.cpp"
    change '^\} plx_loop_options;' '    uint64_t more;\n} plx_loop_options;'
    change '(sizeof\(plx_loop_options\), .*0) \}' '\1, 0 }'
    change '^(PLX_EXPORT uint32_t plx_version.*)' '\1\nPLX_EXPORT int plx_new(void);'
    echo 'int plx_new(void) { return 0; }' >>"$tree/capi/version.cpp"
    echo plx_new >>"$tree/capi/symbols.txt"
    echo "plx_new POLLUX_0.9" >>"$tree/capi/nodes.txt"
    expect 3 "a new function and a new member at the end are additions"
    expect_report "the new function is in the new node" "plx_new@@POLLUX_0.9"
}

self_test() {
    local part
    renew_copy
    expect 0 "a copy is the same"
    for part in constants symbols structs additions; do
        renew_copy
        self_test_$part
    done
    rm -rf "$tree"
    report_steps
}

# ------------------------------------------------------------------------------------------------

[ "$system" = Linux ] || die "the binary interface is compared on Linux, with libabigail"
[ "$(getconf LONG_BIT)" = 64 ] || die "the accepted interface is that of a system with 64 bits"
ensure_build_tools
ensure_tools abidw abidiff
case ${1-} in
    "") check ;;
    --accept) accept ;;
    --self-test) self_test ;;
    *)
        usage >&2
        exit 2
        ;;
esac
