#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds everything for other systems and processors with zig, and checks what comes out; for those
# that qemu can run here, runs the conformance suite. With --brief only the library and the suites
# of the contract and of the loop are built, in a quarter of the time. With further arguments only
# those of the targets.
set -euo pipefail
. scripts/lib.sh

# zig brings the headers and stub libraries of all these. Those for NetBSD are of 11.
zig_version=0.17.0
all_targets="aarch64-macos x86_64-macos x86_64-freebsd aarch64-freebsd x86_64-netbsd.11.0
    x86_64-openbsd aarch64-linux-gnu riscv64-linux-musl arm-linux-musleabihf"

catch2_url=https://github.com/catchorg/Catch2/releases/download/v2.13.10/catch.hpp
catch2_sha256=3725c0f0a75f376a5005dde31ead0feb8f7da7507644c201b814443de8355170

cross=build/cross

# What the library has to be, and what it may need -----------------------------------------------

kind_of() {
    case $1 in
        aarch64-macos) echo "Mach-O arm64" ;;
        x86_64-macos) echo "Mach-O x86_64" ;;
        riscv64-*) echo "ELF64 riscv" ;;
        arm-*) echo "ELF32 arm" ;;
        x86-*) echo "ELF32 i386" ;;
        *) echo "ELF64 ${1%%-*}" ;;
    esac
}

# Only the system's C library and threads.
needed_of() {
    case $1 in
        *-macos) echo "/usr/lib/libSystem.B.dylib" ;;
        *-freebsd) echo "libc.so.* libthr.so.*" ;;
        *-linux-gnu*) echo "libc.so.6 libpthread.so.0 ld-linux*" ;;
        *) echo "libc.so* libpthread.so*" ;;
    esac
}

# The emulator, for the targets whose tests run here: a foreign one of 64 bits and one of 32. The C
# library is musl, so that the tests are static and need no files of the target's.
emulator_of() {
    case $1 in
        riscv64-linux-musl) echo qemu-riscv64 ;;
        arm-linux-musleabihf) echo qemu-arm ;;
        x86-linux-musl) echo qemu-i386 ;;
    esac
}

# Tools -----------------------------------------------------------------------------------------

find_zig() {
    "$1" -c 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))' \
        2>/dev/null
}

zig_works() {
    [ -n "$zig" ] && [ "$("$zig" version 2>/dev/null)" = "$zig_version" ]
}

# Sets `zig`.
ensure_zig() {
    zig=$(find_zig python3 || true)
    if zig_works; then return; fi
    local venv=build/zig-venv
    zig=$(find_zig $venv/bin/python3 || true)
    if zig_works; then return; fi
    python3 -c 'import ensurepip' 2>/dev/null || install_packages python3-venv
    echo "installing ziglang $zig_version from PyPI in $venv"
    python3 -m venv $venv || die "python3 could not make $venv"
    $venv/bin/pip install --quiet --disable-pip-version-check "ziglang==$zig_version" ||
        die "pip could not install ziglang $zig_version: no network?"
    zig=$(find_zig $venv/bin/python3 || true)
    zig_works || die "zig $zig_version does not run after installing it"
}

# The single header of Catch2, alone in a directory: the system's other headers must stay out.
ensure_catch2_header() {
    local header=$cross/catch2/catch2/catch.hpp
    if [ -e $header ]; then return; fi
    mkdir -p "$(dirname $header)"
    if [ -e /usr/include/catch2/catch.hpp ]; then
        cp /usr/include/catch2/catch.hpp $header
        return
    fi
    ensure_tools curl
    echo "downloading $catch2_url"
    curl -fsSL --retry 3 -o $header.part $catch2_url || die "could not download $catch2_url"
    echo "$catch2_sha256  $header.part" | sha256sum --check --quiet ||
        die "$catch2_url is not the file that was expected"
    mv $header.part $header
}

# Prints the path of the emulator; Debian's static one has another name.
find_emulator() {
    command -v "$1-static" || command -v "$1"
}

ensure_emulators() {
    local target emulator
    for target in "$@"; do
        emulator=$(emulator_of "$target")
        if [ -n "$emulator" ] && ! find_emulator "$emulator" >/dev/null; then
            install_packages "qemu-user-static"
            return
        fi
    done
}

# Building and checking -------------------------------------------------------------------------

configure_options() {
    local target=$1 emulator
    printf '%s\n' "--toolchain=$PWD/cmake/toolchains/zig.cmake" "-DPOLLUX_ZIG=$zig" \
        "-DPOLLUX_ZIG_TARGET=$target" -DCMAKE_BUILD_TYPE=Release -DPOLLUX_WERROR=ON \
        -DPOLLUX_TESTS=ON -DPOLLUX_EXAMPLES=ON -DPOLLUX_BENCH=ON \
        "-DPOLLUX_CATCH2_INCLUDE=$PWD/$cross/catch2" \
        "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -fno-sanitize=all"
    emulator=$(emulator_of "$target")
    if [ -n "$emulator" ]; then
        printf '%s\n' -DPOLLUX_TESTS_STATIC=ON \
            "-DCMAKE_CROSSCOMPILING_EMULATOR=$(find_emulator "$emulator")"
    fi
}

build_target() {
    local options=() option
    while IFS= read -r option; do
        options+=("$option")
    done < <(configure_options "$1")
    configure "cross/$1" "${options[@]}" && build_targets "cross/$1" ${built[@]+"${built[@]}"}
}

check_library() {
    local library
    library=$(find "$(build_dir "cross/$1")" -maxdepth 1 -type f \
        \( -name 'libpollux.so.*' -o -name 'libpollux.*.dylib' \))
    [ -n "$library" ] || die "no shared library was built for $1"
    # shellcheck disable=SC2046  # patterns without spaces, for the script to expand
    set -f -- "$library" "$(kind_of "$1")" capi/symbols.txt $(needed_of "$1")
    python3 scripts/inspect_library.py "$@"
}

run_conformance() {
    ctest --test-dir "$(build_dir "cross/$1")" --tests-regex '^conformance$' --output-on-failure \
        --no-tests=error </dev/null
}

built=()  # targets of the build; all of them if empty
if [ "${1-}" = --brief ]; then
    built=(pollux conformance loop_test)
    shift
fi
ensure_build_tools
ensure_tools python3
ensure_zig
ensure_catch2_header
if [ $# -eq 0 ]; then
    # shellcheck disable=SC2086  # names without spaces
    set -- $all_targets
fi
ensure_emulators "$@"
for target in "$@"; do
    run_step "build for $target" build_target "$target"
    run_step "look into the library for $target" check_library "$target"
    if [ -n "$(emulator_of "$target")" ]; then
        run_step "conformance on $target" run_conformance "$target"
    fi
done
report_steps
