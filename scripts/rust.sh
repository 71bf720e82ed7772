#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The crates of bindings/rust: format, clippy, documentation, tests over every backend, and the
# example, linked with the static library that cargo has built and with the shared one. Needs no
# network. The contenders of the benchmark have dependencies: they are formatted always, and tested
# where these are at hand. The last line is `N passed, N failed`.
set -euo pipefail
. scripts/lib.sh

root=$PWD
release=$root/$(build_dir release)
manifest=bindings/rust/Cargo.toml
contenders=bench/rust/Cargo.toml
export CARGO_TARGET_DIR=$root/build/rust
# An installed library is not what is to be tested here.
export POLLUX_FROM_SOURCE=1

cargo_works() {
    cargo --version && cargo clippy --version && cargo fmt --version
} >/dev/null 2>&1

# Rust 1.63 or later, with clippy and rustfmt: from rustup, or else from the system.
ensure_cargo() {
    [ ! -x "$HOME/.cargo/bin/cargo" ] || PATH=$PATH:$HOME/.cargo/bin
    if cargo_works; then return; fi
    if is_installed apt-get; then
        install_packages "cargo rust-clippy rustfmt"
        PATH=/usr/bin:$PATH
    elif is_installed brew; then
        install_packages rust
    fi
    cargo_works || die "cargo, clippy or rustfmt is missing; install Rust from https://rustup.rs"
}

check_format() {
    cargo fmt --manifest-path "$manifest" --all -- --check &&
        cargo fmt --manifest-path "$contenders" -- --check
}

# Its build scripts are run apart from the others', and would build the library once more. The two
# findings that are left out give false alarms, for which later versions of Clippy took them back.
run_clippy() {
    POLLUX_LIB_DIR=$release cargo clippy --manifest-path "$manifest" --offline --workspace \
        --all-targets -- -D warnings -A clippy::needless_collect -A clippy::redundant_clone
}

make_documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --manifest-path "$manifest" --offline --workspace --no-deps
}

# Miri cannot call C. It runs what needs none, and what is unsafe in the crate over a library made
# of Rust. It comes with nightly Rust from rustup only.
run_miri() {
    local install="rustup toolchain install nightly --component miri,rust-src"
    if ! RUSTUP_AUTO_INSTALL=0 cargo +nightly miri --version 2>/dev/null; then
        echo "Miri is not installed here, so nothing was run by it; '$install' brings it"
        return 0
    fi
    CARGO_TARGET_DIR=$root/build/rust-miri POLLUX_LIB_DIR=$release \
        cargo +nightly miri test --manifest-path "$manifest" --offline --package pollux --lib \
        --test miri
}

run_tests() {
    cargo test --manifest-path "$manifest" --offline --workspace
}

# As outside of a checkout: pkg-config finds the library, and names it for either kind.
run_installed() {
    local prefix=$root/build/rust-prefix kind
    export CARGO_TARGET_DIR=$root/build/rust-installed
    rm -rf "$prefix" "$CARGO_TARGET_DIR"
    cmake --install "$release" --prefix "$prefix" >/dev/null || return 1
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name pollux.pc)")
    LD_LIBRARY_PATH=${PKG_CONFIG_PATH%/pkgconfig}
    export PKG_CONFIG_PATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH=$LD_LIBRARY_PATH POLLUX_FROM_SOURCE=
    for kind in "" static=; do
        POLLUX_STATIC=$kind cargo run --manifest-path "$manifest" --offline --quiet \
            --package pollux --example echo || return 1
        grep -qx "cargo:rustc-link-lib=${kind}pollux" \
            "$CARGO_TARGET_DIR"/debug/build/pollux-sys-*/output || {
            echo "not the installed library was linked"
            return 1
        }
    done
}

# In a directory of its own, so that the next run has not to build again what this one links anew.
run_example() {
    CARGO_TARGET_DIR=$root/build/rust-shared POLLUX_LIB_DIR=$release \
        LD_LIBRARY_PATH=$release DYLD_LIBRARY_PATH=$release \
        cargo run --manifest-path "$manifest" --offline --quiet --package pollux --example echo
}

# The programs of the start page print what it says.
run_guide() {
    local name
    export CARGO_TARGET_DIR=$root/build/rust-shared POLLUX_LIB_DIR=$release \
        LD_LIBRARY_PATH=$release DYLD_LIBRARY_PATH=$release
    for name in poller loop; do
        bash tests/guide/prints.sh docs/guide/$name.txt cargo run --manifest-path "$manifest" \
            --offline --quiet --package pollux --example guide_$name || return 1
    done
}

has_contenders() {
    local needed version
    needed=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$contenders")
    version=$(rustc --version | cut -d ' ' -f 2)
    [ "$(printf '%s\n' "$needed" "$version" | sort -V | head -1)" = "$needed" ] &&
        cargo fetch --manifest-path "$contenders" --locked --offline --target "$(host)" 2>/dev/null
}

host() { rustc -vV | sed -n 's/^host: //p'; }

test_contenders() {
    if ! has_contenders; then
        echo "left out: Rust is too old, or the crates were never downloaded, as ./dev bench does"
        return
    fi
    export CARGO_TARGET_DIR=$root/build/rust-bench POLLUX_LIB_DIR=$release
    cargo clippy --manifest-path "$contenders" --locked --offline --all-targets -- -D warnings &&
        LD_LIBRARY_PATH=$release DYLD_LIBRARY_PATH=$release \
            cargo test --manifest-path "$contenders" --locked --offline
}

check_form() {
    local file bad=0
    while IFS= read -r file; do
        has_form "$file" || bad=1
        has_licence "$file" 1 || bad=1
    done < <(find bindings/rust bench/rust docs/guide \
        -path '*/target' -prune -o -name '*.rs' -print)
    return $bad
}

ensure_cargo
ensure_build_tools
ensure_tools pkg-config
run_step "the library" bash scripts/build.sh
run_step "format" check_format
run_step "form of sources" check_form
run_step "clippy" run_clippy
run_step "documentation" make_documentation
run_step "Miri" run_miri
run_step "example with the installed library" run_installed
run_step "tests" run_tests
run_step "contenders of the benchmark" test_contenders
run_step "example with the shared library" run_example
run_step "programs of the start page" run_guide
report_steps
