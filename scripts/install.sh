#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the release, installs it to an empty prefix, moves that elsewhere, and builds and runs
# programs over it in every way that a user may; the same with one library alone and as a part of a
# larger project; then makes the Debian packages and does it again in a fresh Debian.
#   scripts/install.sh            all of that
#   scripts/install.sh PREFIX     builds the release and installs it there
set -euo pipefail
. scripts/lib.sh
PATH=$PATH:/usr/sbin:/sbin

top=$PWD
out=$(build_dir install)

header=include/pollux/pollux.h
version=$(for part in MAJOR MINOR PATCH; do
    sed -n "s/^#define PLX_VERSION_$part //p" $header
done | paste -sd. -)

# build name [cmake option...]
build() {
    configure_and_build "install/$1" -DCMAKE_BUILD_TYPE=Release -DPOLLUX_TESTS=OFF \
        -DPOLLUX_EXAMPLES=OFF "${@:2}" >"$out/$1.log" 2>&1 || {
        cat "$out/$1.log"
        return 1
    }
}

# Prints the files of an installed tree, one a line.
tree_of() {
    (cd "$1" && find . ! -type d | sort)
}

# install_and_move name: the prefix was not known when it was built, and is another one in the end.
install_and_move() {
    rm -rf "$out/first" "$out/$1-prefix"
    cmake --install "$out/$1" --prefix "$top/$out/first" >/dev/null &&
        mv "$out/first" "$out/$1-prefix" &&
        tree_of "$out/$1-prefix"
}

# Nothing that is installed names a place of this machine.
check_no_paths() {
    if grep -rlF "$top" "$1"; then
        echo "FAILED: these name the directory of the build"
        return 1
    fi
}

# check_installed name shared|static...
check_installed() {
    local name=$1
    shift
    install_and_move "$name" && check_no_paths "$out/$name-prefix" || return 1
    rm -rf "$out/$name-programs"
    bash tests/install/consumers.sh "$top" "$top/$out/$name-prefix" "$top/$out/$name-programs" \
        "$version" "$@"
}

only_shared() {
    build shared-only -DPOLLUX_STATIC=OFF && check_installed shared-only shared
}

only_static() {
    build static-only -DPOLLUX_SHARED=OFF && check_installed static-only static
}

as_subdirectory() {
    rm -rf "$out/larger-project"
    bash tests/install/subdirectory.sh "$top" "$top/$out/larger-project"
}

components() {
    local component
    for component in Runtime Development Documentation; do
        rm -rf "$out/component"
        cmake --install "$out/both" --prefix "$top/$out/component" --component $component \
            >/dev/null || return 1
        echo "$component:"
        tree_of "$out/component"
        case $component in
            Runtime) ! tree_of "$out/component" | grep -v 'libpollux\.[^/]*[0-9]' ;;
            Development) ! tree_of "$out/component" | grep 'libpollux\.so\.\|share/doc' ;;
            Documentation)
                tree_of "$out/component" | grep -q 'share/doc/pollux/LICENSE' &&
                    tree_of "$out/component" | grep -q 'share/man/man3/plx_poller_wait\.3$'
                ;;
        esac || {
            echo "FAILED: these do not belong there, or something is missing"
            return 1
        }
    done
}

# Debian packages -------------------------------------------------------------------------------

make_packages() {
    rm -f "$out"/both/*.deb
    (cd "$out/both" && cpack -G DEB) >"$out/cpack.log" 2>&1 || {
        cat "$out/cpack.log"
        return 1
    }
    local package
    for package in "$out"/both/*.deb; do
        echo "$package"
        dpkg-deb --field "$package" Version Depends Description
        dpkg-deb --contents "$package" | awk '{ print "  " $6 $7 $8 }' | grep -v '/$'
    done
    dpkg-deb --contents "$(echo "$out"/both/libpollux-dev_*.deb)" |
        grep 'man3/plx_poller_wait\.3\.gz$'
}

# The source of this system's own packages, for debootstrap.
mirror_of() {
    # shellcheck disable=SC2016  # the dollars are apt's
    apt-get indextargets --format '$(RELEASE) $(SITE)' 'Created-By: Packages' |
        awk -v release="$1" '$1 == release { print $2; exit }'
}

# A small system with compilers, made once: what the packages are installed into is a copy.
make_base() {
    local mirror
    [ ! -x "$base/usr/bin/g++" ] || return 0
    as_root rm -rf --one-file-system "$base"
    mirror=$(mirror_of "$codename")
    [ -n "$mirror" ] || {
        echo "FAILED: apt has no source for '$codename', which debootstrap could take packages from"
        return 1
    }
    echo "making a fresh $codename from $mirror; it is kept in $base"
    # What an interrupted run has left may still be mounted there.
    as_root rm -rf --one-file-system "$base.part"
    as_root debootstrap --variant=minbase --include=gcc,g++,libc6-dev,pkg-config "$codename" \
        "$base.part" "$mirror" >"$out/debootstrap.log" 2>&1 || {
        tail -n 20 "$out/debootstrap.log"
        return 1
    }
    as_root rm -rf "$base.part/var/cache/apt/archives" "$base.part/var/lib/apt/lists"
    as_root mv "$base.part" "$base"
}

packages_in_fresh_root() {
    as_root rm -rf "$out/debian"
    as_root bash tests/install/debian.sh "$top" "$top/$base" "$top/$out/debian" \
        "$top/$out"/both/libpollux[0-9]*.deb "$top/$out"/both/libpollux-dev_*.deb
}

debian_packages() {
    run_step "Debian packages" make_packages
    run_step "a fresh root" make_base
    run_step "the packages in the fresh root" packages_in_fresh_root
}

# -----------------------------------------------------------------------------------------------

ensure_build_tools
mkdir -p "$out"
man_pages=$top/$(build_dir docs)/man
if [ $# -gt 0 ]; then
    # Those of the last ./dev docs: nobody has to have its tools to install the library.
    [ -d "$man_pages" ] || man_pages=
    build plain "-DCMAKE_INSTALL_PREFIX=$1" "-DPOLLUX_MAN_PAGES=$man_pages"
    exec cmake --install "$out/plain"
fi

ensure_tools pkg-config
if [ "$system" = Linux ]; then
    ensure_tools readelf debootstrap dpkg-shlibdeps
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    base=$(build_dir "debian-$codename")
fi
run_step "man pages" bash scripts/docs.sh
run_step "build" build both -DCMAKE_INSTALL_PREFIX=/usr "-DPOLLUX_MAN_PAGES=$man_pages"
run_step "installed and moved" check_installed both shared static
run_step "only the shared library" only_shared
run_step "only the static library" only_static
run_step "part of a larger project" as_subdirectory
run_step "components" components
if [ "$system" = Linux ]; then
    debian_packages
else
    echo "there are no Debian packages on $system"
fi
report_steps
