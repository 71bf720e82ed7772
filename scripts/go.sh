#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The binding for Go: gofmt, go vet, its tests over every backend with the race detector and
# without, the programs in its README as a module of their own, and the example. Over the release
# library, installed to an empty prefix. Needs no network. The last line is `N passed, N failed`.
set -uo pipefail
. scripts/lib.sh

root=$PWD
binding=$root/bindings/go
out=$root/$(build_dir go)
prefix=$out/prefix
# Nothing of this machine's Go is read or written, and nothing is fetched. Without a stamp of git,
# which refuses to look into a clone of somebody else's.
export GOENV=off GOPATH=$out/path GOCACHE=$out/cache GOFLAGS=-buildvcs=false GOPROXY=off
export GOTOOLCHAIN=local GOWORK=off GO111MODULE=on CGO_ENABLED=1
unset POLLUX_BACKEND GOOS GOARCH

# Go 1.19 or later. Its own packages are put where no PATH of a system has them.
ensure_go() {
    local version
    ensure_tools go pkg-config compiler
    version=$(go env GOVERSION)
    case $version in
        go1.[0-9] | go1.[0-9].* | go1.1[0-8] | go1.1[0-8].*)
            die "Go 1.19 or later is needed, and $(command -v go) is $version"
            ;;
    esac
    echo "$version, $(command -v go)"
}

install_library() {
    bash scripts/build.sh && rm -rf "$prefix" || return 1
    quietly cmake --install "$(build_dir release)" --prefix "$prefix"
}

# What is built here finds the library by pkg-config, and at run time by these.
use_library() {
    local found
    found=$(find "$prefix" -name pollux.pc) || return 1
    export PKG_CONFIG_PATH=${found%/pollux.pc}
    export LD_LIBRARY_PATH=${PKG_CONFIG_PATH%/pkgconfig} DYLD_LIBRARY_PATH=${found%/pkgconfig/*}
}

in_binding() {
    cd "$binding" && use_library && "$@"
}

check_format() {
    local found
    found=$(gofmt -l "$binding") || return 1
    [ -z "$found" ] || {
        gofmt -d "$binding"
        return 1
    }
}

# A function is a screen: gofmt has its last brace begin a line.
long_functions() {
    awk '/^func / { start = FNR }
        /^}/ {
            if (start && FNR - start > 41) print FILENAME ":" start ": " FNR - start - 1 " lines"
            start = 0
        }' "$1"
}

check_form() {
    local file found bad=0
    while IFS= read -r file; do
        has_form "$file" || bad=1
        has_licence "$file" 1 || bad=1
        found=$(long_functions "$file")
        case $found/$file in
            /* | */*_test.go) ;;
            *)
                echo "$found: a function of more than 40"
                bad=1
                ;;
        esac
    done < <(find bindings/go -name '*.go')
    return $bad
}

run_tests() {  # OPTIONS
    in_binding go test -timeout 300s "$@" ./...
}

test_with_race_detector() {
    local target
    target=$(go env GOOS)/$(go env GOARCH)
    case $target in
        linux/amd64 | linux/arm64 | linux/ppc64le | linux/s390x | darwin/* | freebsd/amd64 | \
            netbsd/amd64)
            run_tests -race -count=1
            ;;
        *) echo "Go has no race detector for $target" ;;
    esac
}

# program_in_readme number: the one of that number among the programs.
program_in_readme() {
    awk -v wanted="$1" '
        /^```$/ { inside = 0 }
        inside && number == wanted
        /^```go$/ { inside = 1; number++ }' "$binding/README.md"
}

# run_program number text...: those of its output.
run_program() {
    local number=$1 text
    shift
    mkdir "$number"
    program_in_readme "$number" >"$number/main.go"
    if [ -n "$(gofmt -l "$number")" ]; then
        echo "program $number in the README is not what gofmt makes of it"
        return 1
    fi
    go vet "./$number" && go run "./$number" >"$number/output" || return 1
    cat "$number/output"
    for text in "$@"; do
        if ! grep -qF "$text" "$number/output"; then
            echo "program $number in the README does not print: $text"
            return 1
        fi
    done
}

# As the README tells to: a module elsewhere, which is told where the package is.
run_readme() {
    use_library || return 1
    rm -rf "$out/readme"
    mkdir -p "$out/readme"
    cd "$out/readme" || return 1
    quietly go mod init example.test/readme &&
        go mod edit -require=pollux@v0.1.0 -replace="pollux=$binding" &&
        run_program 1 "[{42 " "READABLE}] <nil>" &&
        run_program 2 "computed 42" "3 ticks <nil>"
}

# The programs of the start page print what it says.
run_guide() {
    local name
    use_library || return 1
    if [ -n "$(gofmt -l "$root/docs/guide")" ]; then
        echo "a program of docs/guide is not what gofmt makes of it"
        return 1
    fi
    rm -rf "$out/guide"
    mkdir -p "$out/guide"
    cd "$out/guide" || return 1
    quietly go mod init example.test/guide &&
        go mod edit -require=pollux@v0.1.0 -replace="pollux=$binding" || return 1
    for name in poller loop; do
        mkdir "$name"
        cp "$root/docs/guide/$name.go" "$name/main.go"
        go vet "./$name" && go build -o "$name/$name" "./$name" &&
            bash "$root/tests/guide/prints.sh" "$root/docs/guide/$name.txt" "./$name/$name" ||
            return 1
    done
}

is_installed go || PATH=$PATH:/usr/local/go/bin
mkdir -p "$out"
(ensure_go) || exit 1
run_step "the library" install_library
run_step "format" check_format
run_step "form of sources" check_form
run_step "go vet" in_binding go vet ./...
run_step "tests" run_tests -count=1
run_step "tests with the race detector" test_with_race_detector
run_step "programs in the README" run_readme
run_step "programs of the start page" run_guide
run_step "example" in_binding go run ./examples/echo
report_steps
