#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the release: library and examples, in build/release.
set -euo pipefail
. scripts/lib.sh

ensure_build_tools
configure_and_build release -DCMAKE_BUILD_TYPE=Release -DPOLLUX_TESTS=OFF
