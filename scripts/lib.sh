# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the verbs share. Sourced from the root of the project. Runs in the bash 3.2 of macOS, with
# HOME, TERM and standard input missing.

system=$(uname -s)
has_terminal=no
[ ! -t 0 ] || has_terminal=yes

# brew does not link llvm, which has clang-tidy; last, so that the system's compiler comes first.
[ "$system" != Darwin ] || PATH=$PATH:/opt/homebrew/opt/llvm/bin:/usr/local/opt/llvm/bin

die() {
    echo "error: $*" >&2
    exit 1
}

is_installed() {
    command -v "$1" >/dev/null 2>&1
}

jobs_count() {
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# Packages --------------------------------------------------------------------------------------

# ensure_tools tool...: installs the packages of those that are missing. A tool is one of the names
# in package_of().
ensure_tools() {
    local tool missing="" package
    for tool in "$@"; do
        if is_tool_present "$tool"; then continue; fi
        package=$(package_of "$tool")
        [ -n "$package" ] || die "'$tool' is missing; please install it"
        missing="$missing $package"
    done
    [ -z "$missing" ] || install_packages "$missing"
    for tool in "$@"; do
        is_tool_present "$tool" || die "'$tool' is still missing after installing:$missing"
    done
}

is_tool_present() {
    case $1 in
        compiler) is_installed g++ || is_installed clang++ ;;
        catch2) find_catch2 ;;
        libev) has_header ev.h ;;
        libuv) has_header uv.h ;;
        libevent) has_header event2/event.h ;;
        asio) has_header asio.hpp ;;
        *) is_installed "$1" ;;
    esac
}

find_catch2() {
    has_header catch2/catch.hpp || has_header catch2/catch_all.hpp
}

has_header() {
    local prefix prefixes="/usr /usr/local /opt/homebrew ${CMAKE_PREFIX_PATH-}"
    for prefix in ${prefixes//:/ }; do
        [ ! -e "$prefix/include/$1" ] || return 0
    done
    return 1
}

package_of() {
    case $system:$1 in
        Linux:compiler) echo gcc g++ ;;
        Linux:ninja) echo ninja-build ;;
        Linux:clang++) echo clang ;;
        Linux:column) echo bsdextrautils ;;
        Linux:libev) echo libev-dev ;;
        Linux:libuv) echo libuv1-dev ;;
        Linux:libevent) echo libevent-dev ;;
        Linux:asio) echo libasio-dev ;;
        Linux:dpkg-shlibdeps) echo dpkg-dev ;;
        Linux:abidw | Linux:abidiff) echo abigail-tools ;;
        Linux:groff) echo groff-base ;;
        Linux:go) echo golang-go ;;
        Linux:readelf | Linux:nm | Linux:strip) echo binutils ;;
        Darwin:clang-format) echo clang-format ;;
        Darwin:clang-tidy) echo llvm ;;
        # The compiler of macOS is not in brew.
        Darwin:compiler) ;;
        *) echo "$1" ;;
    esac
}

# install_packages "name name ..."
install_packages() {
    local packages
    read -r -a packages <<<"$1"
    echo "installing the missing packages: ${packages[*]}"
    if is_installed apt-get; then
        quietly as_root apt-get -q update || die "'apt-get update' failed; is there a network?"
        quietly as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q install -y --no-install-recommends "${packages[@]}" ||
            die "apt-get could not install: ${packages[*]}"
    elif is_installed brew; then
        brew install --quiet "${packages[@]}" </dev/null ||
            die "brew could not install: ${packages[*]}"
    else
        die "neither apt-get nor brew is here; please install: ${packages[*]}"
    fi
}

# Runs a command and shows what it printed only if it fails.
quietly() {
    local output
    output=$("$@" 2>&1 </dev/null) && return
    echo "$output" >&2
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif ! is_installed sudo; then
        die "installing needs root, and there is no sudo; as root run: $*"
    elif [ "$has_terminal" = yes ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

ensure_build_tools() {
    if [ "$system" = Darwin ] && ! is_installed clang++; then
        die "the compiler is missing; run 'xcode-select --install' first"
    fi
    ensure_tools compiler cmake ninja
}

# Building --------------------------------------------------------------------------------------

build_dir() {
    echo "build/$1"
}

# configure name [cmake option...]
configure() {
    local name=$1 dir log
    shift
    dir=$(build_dir "$name")
    log=$dir/configure.log
    mkdir -p "$dir"
    if ! cmake -S . -B "$dir" -G Ninja "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        echo "error: cmake could not configure '$name'" >&2
        return 1
    fi
}

# build_targets name [target...]: of what was configured; all without a target.
build_targets() {
    local name=$1 target options=()
    shift
    for target in "$@"; do
        options+=(--target "$target")
    done
    cmake --build "$(build_dir "$name")" --parallel "$(jobs_count)" \
        ${options[@]+"${options[@]}"} </dev/null
}

# configure_and_build name [cmake option...]
configure_and_build() {
    configure "$@" && build_targets "$1"
}

# Form ------------------------------------------------------------------------------------------

# has_form file: says what is too long in it; the status tells whether nothing is.
has_form() {
    local status=0
    if [ "$(wc -l <"$1")" -gt 400 ]; then
        echo "$1: at most 400 lines"
        status=1
    fi
    if grep -nE '.{101}' "$1" /dev/null; then
        echo "$1: at most 100 characters in a line"
        status=1
    fi
    return $status
}

# has_licence file lines: in one of its first lines.
has_licence() {
    if head -n "$2" "$1" | grep -q 'SPDX-License-Identifier: MIT'; then return; fi
    echo "$1: no licence"
    return 1
}

# Counting --------------------------------------------------------------------------------------

steps_passed=0
steps_failed=0
steps_summary=""

# run_step title command...: header, output, duration; goes on whatever the outcome is.
run_step() {
    local title=$1 started=$SECONDS outcome=passed
    shift
    printf '\n==== %s\n' "$title"
    if ("$@"); then
        steps_passed=$((steps_passed + 1))
    else
        outcome=FAILED
        steps_failed=$((steps_failed + 1))
    fi
    printf -- '---- %s: %s after %d s\n' "$title" "$outcome" $((SECONDS - started))
    steps_summary="$steps_summary$(printf '%-7s %5d s  %s' "$outcome" $((SECONDS - started)) \
        "$title")
"
}

# The last line is `N passed, N failed`; fails if any step did.
report_steps() {
    printf '\n%s%d passed, %d failed\n' "$steps_summary" "$steps_passed" "$steps_failed"
    [ "$steps_failed" -eq 0 ]
}
