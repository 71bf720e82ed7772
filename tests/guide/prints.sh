#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: prints.sh expected-output command...
# The command ends well and prints that, over the best backend as over the one that is everywhere.
set -euo pipefail
expected=$1
shift

unset POLLUX_BACKEND
"$@" | diff "$expected" -
POLLUX_BACKEND=poll "$@" | diff "$expected" -
