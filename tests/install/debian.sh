#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: debian.sh project-directory base-root work-directory runtime.deb development.deb
# The packages in a fresh copy of a small Debian that has compilers: what they depend on is there
# and enough, programs are built and run inside, and nothing is left when they are removed. Runs as
# root.
root=$1 base=$2 work=$3 runtime=$4 development=$5
. "$(dirname "$0")/common.sh"

system=$work/root
export DEBIAN_FRONTEND=noninteractive

inside() {
    chroot "$system" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}

package_of() {
    dpkg-deb --field "$1" Package
}

# packages option...: dpkg of the fresh root.
packages() {
    dpkg --root="$system" "$@" >"$work/dpkg.log" 2>&1 || {
        cat "$work/dpkg.log"
        return 1
    }
}

# grep reads to the end: ldconfig would fail if it could not write all.
is_known_to_loader() {
    inside ldconfig -p | grep 'libpollux\.so\.[0-9]' >/dev/null
}

# In C and C++, by pkg-config and by plain options, and with the archive.
compile_inside() {
    cp "$work/readme.c" "$consumer/loop.c" "$consumer/poller.cpp" "$system/root"
    # shellcheck disable=SC2016  # for the shell inside
    inside sh -ec 'cd /root
        build() { compiler=$1 source=$2 name=${2%.*}
            $compiler -Wall -Wextra -Werror -o $name $source $(pkg-config --cflags --libs pollux)
            $compiler -Wall -Wextra -Werror -o plain_$name $source -lpollux
            $compiler -o static_$name $source /usr/lib/*/libpollux.a -pthread
        }
        build "gcc -std=c99" readme.c; build "gcc -std=c99" loop.c
        build "g++ -std=c++17" poller.cpp'
}

run_inside() {
    # shellcheck disable=SC2016
    inside sh -ec 'cd /root; for way in ./ ./plain_ ./static_; do
        echo | ${way}readme; ${way}loop; ${way}poller; done'
}

# What a package of the program would depend on, by the shlibs of the installed one.
check_dependency_of_programs() {
    local depends
    mkdir -p "$work/program/debian"
    printf 'Source: program\n\nPackage: program\nArchitecture: any\n' \
        >"$work/program/debian/control"
    depends=$(cd "$work/program" && dpkg-shlibdeps --ignore-missing-info --warnings=0 -O \
        -L"$system/var/lib/dpkg/info/$(package_of "$runtime").shlibs" \
        -l"$(dirname "$system"/usr/lib/*/libpollux.so)" "$system/root/loop") || true
    echo "$depends"
    [[ $depends == *"$(package_of "$runtime") (>= "* ]] ||
        complain "a program would not depend on $(package_of "$runtime")"
}

# The CMake package, with the CMake of this machine.
check_cmake_package() {
    if ! cmake -S "$consumer" -B "$work/cmake" -G Ninja \
        -DCMAKE_PREFIX_PATH="$system/usr" -DREADME_PROGRAM="$work/readme.c" \
        -DCMAKE_LIBRARY_ARCHITECTURE="$(gcc -print-multiarch)" >"$work/cmake.log" 2>&1 ||
        ! cmake --build "$work/cmake" >>"$work/cmake.log" 2>&1; then
        cat "$work/cmake.log"
        complain "the CMake package of the development package does not work"
        return
    fi
    grep "Pollux_DIR\|^-- Pollux .* in $system" "$work/cmake.log" ||
        complain "the CMake package was found elsewhere"
    check_programs shared "$work/cmake"
}

rm -rf "$system"
mkdir -p "$work"
cp -a "$base" "$system"
write_readme_program

printf '\n-- the development package is refused without the library\n'
if packages --install "$development" >/dev/null; then complain "it was accepted"; fi
packages --purge "$(package_of "$development")"

printf '\n-- the packages are installed\n'
packages --install "$runtime" || complain "the library is not installed"
is_known_to_loader || complain "the loader does not know the library"
packages --install "$development" || complain "the development package is not installed"
packages --audit

printf '\n-- programs inside\n'
compile_inside || complain "programs do not build"
run_inside || complain "programs do not run"
check_dependency_of_programs
check_cmake_package

printf '\n-- they run without the development package\n'
packages --purge "$(package_of "$development")" || complain "it is not removed"
run_inside || complain "programs do not run"

printf '\n-- nothing is left\n'
packages --purge "$(package_of "$runtime")" || complain "the library is not removed"
if is_known_to_loader; then complain "the loader still knows the library"; fi
left=$(find "$system" -xdev -iname '*pollux*')
[ -z "$left" ] || complain "left behind: $left"
rm -rf "$system"
exit $failed
