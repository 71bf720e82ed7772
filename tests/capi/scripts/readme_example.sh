#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: readme_example.sh project-directory compiler
# The C program that README.md shows compiles without a warning.
set -euo pipefail
root=$1 compiler=$2

awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$root/README.md" |
    tee /dev/stderr |
    "$compiler" -x c -std=c99 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I "$root/include" -
