#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: subdirectory.sh project-directory work-directory
# The project as a part of a larger one, by add_subdirectory and by FetchContent, under the names
# that an installed one has; nothing of it is installed with the larger one.
root=$1 work=$2
. "$(dirname "$0")/common.sh"

# with_subdirectory title kind option...
with_subdirectory() {
    local title=$1 kind=$2 log=$work/$1.log
    shift 2
    printf '\n-- %s\n' "$title"
    if cmake -S "$consumer" -B "$work/$title" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
        -DCONSUMER_SOURCE="$root" -DREADME_PROGRAM="$work/readme.c" "$@" >"$log" 2>&1 </dev/null &&
        cmake --build "$work/$title" >>"$log" 2>&1; then
        check_programs "$kind" "$work/$title"
    else
        cat "$log"
        complain "$title: does not build"
        return
    fi
    cmake --install "$work/$title" --prefix "$work/$title/installed" >/dev/null
    [ ! -e "$work/$title/installed" ] || complain "$title: installs the library too"
}

write_readme_program
with_subdirectory add-subdirectory shared -DCONSUMER_HOW=add_subdirectory
with_subdirectory fetch-content-static static -DCONSUMER_HOW=FetchContent -DPOLLUX_SHARED=OFF \
    -DCONSUMER_LANGUAGES=C
exit $failed
