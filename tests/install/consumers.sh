#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: consumers.sh project-directory prefix work-directory version shared|static...
# Programs over what is installed in the prefix, where those libraries and no others are: by
# pkg-config, by plain options, by find_package. Each is built, looked into and run.
root=$1 prefix=$2 work=$3 version=$4
shift 4
kinds=" $* "
. "$(dirname "$0")/common.sh"

libdir=$(dirname "$(find "$prefix" -name 'libpollux.*' | head -1)")
export PKG_CONFIG_PATH=$libdir/pkgconfig
export LD_LIBRARY_PATH DYLD_LIBRARY_PATH

has() {
    [[ $kinds == *" $1 "* ]]
}

# compile_one compiler standard program source flags...
compile_one() {
    "$1" "$2" -Wall -Wextra -Werror -o "$3" "${@:4}" || complain "$3 does not build"
}

# compile title flags...: all programs, into a directory of that name.
compile() {
    local title=$1 directory=$work/$1
    shift
    printf '\n-- %s\n' "$title"
    mkdir -p "$directory"
    compile_one cc -std=c99 "$directory/readme" "$work/readme.c" "$@"
    compile_one cc -std=c99 "$directory/loop" "$consumer/loop.c" "$@"
    compile_one c++ -std=c++17 "$directory/poller" "$consumer/poller.cpp" "$@"
    compile_one c++ -std=c++17 "$directory/guide" "$root/docs/guide/loop.cpp" "$@"
}

# with_loader_path title: as a user does who has installed to a place that the loader does not know.
with_loader_path() {
    LD_LIBRARY_PATH=$libdir DYLD_LIBRARY_PATH=$libdir check_programs shared "$work/$1"
}

# configure title option...
configure() {
    local title=$1
    shift
    cmake -S "$consumer" -B "$work/$title" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_PREFIX_PATH="$prefix" -DREADME_PROGRAM="$work/readme.c" "$@" \
        >"$work/$title.log" 2>&1 </dev/null
}

# with_cmake title kind option...
with_cmake() {
    local title=$1 kind=$2
    shift 2
    printf '\n-- %s\n' "$title"
    if configure "$title" "$@" && cmake --build "$work/$title" >>"$work/$title.log" 2>&1; then
        grep -q "^-- Pollux $version in $prefix" "$work/$title.log" ||
            complain "$title: the package was found elsewhere"
        check_programs "$kind" "$work/$title"
    else
        cat "$work/$title.log"
        complain "$title: does not build"
    fi
}

# refuses title message option...: find_package fails, and says why.
refuses() {
    local title=$1 message=$2
    shift 2
    printf '\n-- %s\n' "$title"
    if configure "$title" "$@"; then
        complain "$title: was accepted"
    elif tr -s ' \n' '  ' <"$work/$title.log" | grep -o "$message"; then
        return
    else
        cat "$work/$title.log"
        complain "$title: the message is not: $message"
    fi
}

check_shared() {
    # shellcheck disable=SC2046  # options, one a word
    compile pkg-config $(pkg-config --cflags --libs pollux)
    with_loader_path pkg-config
    compile plain-options -I"$prefix/include" -L"$libdir" -lpollux -Wl,-rpath,"$libdir"
    check_programs shared "$work/plain-options"
    with_cmake cmake shared -DCONSUMER_VERSION="$version"
    with_cmake cmake-shared shared -DCONSUMER_COMPONENTS=shared
    with_cmake cmake-c-alone shared -DCONSUMER_LANGUAGES=C
}

# With both libraries in one place the linker has to be told to take the static one, and then takes
# that of the C library too.
check_static() {
    local only=()
    ! has shared || only=(-static)
    # shellcheck disable=SC2046
    compile pkg-config-static $(pkg-config --cflags pollux) "${only[@]}" \
        $(pkg-config --static --libs pollux) 2>"$work/linker.log" || cat "$work/linker.log"
    check_programs static "$work/pkg-config-static"
    compile plain-archive -I"$prefix/include" "$libdir/libpollux.a" -pthread
    check_programs static "$work/plain-archive"
    with_cmake cmake-static static -DCONSUMER_COMPONENTS=static \
        -DCONSUMER_TARGET=Pollux::pollux_static
    with_cmake cmake-static-c-alone static -DCONSUMER_LANGUAGES=C \
        -DCONSUMER_TARGET=Pollux::pollux_static
}

write_readme_program
diff -r "$root/include" "$prefix/include" || complain "not all headers are installed"
[ "$(pkg-config --modversion pollux)" = "$version" ] || complain "pkg-config: not version $version"
if has shared; then
    check_shared
else
    # Where only the static library is, the usual names stand for it.
    # shellcheck disable=SC2046
    compile pkg-config-of-static-only $(pkg-config --cflags --libs pollux)
    check_programs static "$work/pkg-config-of-static-only"
    with_cmake cmake-of-static-only static -DCONSUMER_LANGUAGES=C
    refuses component-shared 'The shared library of Pollux is not installed here' \
        -DCONSUMER_COMPONENTS=shared
fi
if has static; then
    check_static
else
    refuses component-static 'The static library of Pollux is not installed here' \
        -DCONSUMER_COMPONENTS=static
fi
refuses component-unknown "Pollux has no component 'statik'; they are: shared, static" \
    -DCONSUMER_COMPONENTS=statik
refuses version-unknown 'not accepted\|version: '"$version"'\|no .*compatible' \
    -DCONSUMER_VERSION=99.0
exit $failed
