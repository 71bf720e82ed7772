#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The binding for Python: its tests over the release library, CPython's own tests over it, and a
# wheel with the library inside that is installed and tested. The last line is `N passed, N failed`.
set -uo pipefail
. scripts/lib.sh

here=$PWD
python=${PYTHON-python3}
binding=$here/bindings/python
out=$here/$(build_dir python)
library=$here/$(build_dir release)/libpollux.so
[ "$system" != Darwin ] || library=${library%.so}.dylib

usage() {
    cat <<'TEXT'
usage: ./dev python [--quick]

  (nothing)  everything
  --quick    the tests of the binding only

PYTHON names the interpreter, python3 if it is not set.
TEXT
}

ensure_python() {
    [ -n "${PYTHON-}" ] || ensure_tools python3
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' ||
        die "Python 3.9 or later is needed; PYTHON can name one"
    "$python" --version
}

# Debian and Ubuntu have these in packages of their own.
ensure_module() {  # MODULE PACKAGE
    if "$python" -c "import $1" 2>/dev/null; then return 0; fi
    if [ "$system" = Linux ] && is_installed apt-get && [ -z "${PYTHON-}" ]; then
        install_packages "$2" || return 1
    fi
    "$python" -c "import $1" || die "$("$python" --version) is without the module $1"
}

# From elsewhere, so that nothing but PYTHONPATH or an installed wheel brings the package. What
# hangs shows where it does, and fails.
run_tests() {  # INTERPRETER
    (cd "$out" && "$1" -X dev -c '
import faulthandler, unittest
faulthandler.dump_traceback_later(300, exit=True)
unittest.main(module=None)' discover -s "$binding/tests")
}

test_tree() {
    ensure_tools compiler
    PYTHONPATH=$binding POLLUX_LIBRARY=$library run_tests "$python"
}

test_with_cpython() {
    local version
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    (ensure_module test.test_selectors "libpython$version-testsuite") || return 1
    (cd "$out" && PYTHONPATH=$binding POLLUX_LIBRARY=$library \
        "$python" "$binding/tests/cpython.py")
}

# setuptools builds beside its sources, so it gets a copy of them.
build_wheel() {
    (ensure_module ensurepip python3-venv) || return 1
    rm -rf "$out/source" "$out/dist" "$out/venv"
    mkdir -p "$out/source"
    cp -R "$binding/pollux" "$binding/pyproject.toml" "$binding/setup.py" "$binding/README.md" \
        "$out/source/"
    cp LICENSE "$out/source/"
    "$python" -m venv "$out/venv" || return 1
    POLLUX_BUNDLE=$library quietly "$out/venv/bin/python" -m pip --disable-pip-version-check \
        wheel --no-deps --wheel-dir "$out/dist" "$out/source" || return 1
    ls -l "$out"/dist/pollux-*-py3-none-*.whl
}

test_wheel() {
    local from
    quietly "$out/venv/bin/python" -m pip --disable-pip-version-check install --no-index \
        "$out"/dist/pollux-*-py3-none-*.whl || return 1
    from=$(cd "$out" && venv/bin/python -c 'import pollux; print(pollux.library_path())') ||
        return 1
    case $from in
        "$out"/venv/*) ;;
        *)
            echo "not the library of the wheel was loaded, but $from"
            return 1
            ;;
    esac
    run_tests "$out/venv/bin/python"
}

case ${1-} in
    "" | --quick) ;;
    *)
        usage
        exit 2
        ;;
esac
unset POLLUX_LIBRARY POLLUX_BACKEND PYTHONPATH POLLUX_BUNDLE
export PYTHONDONTWRITEBYTECODE=1
mkdir -p "$out"
(ensure_python) || exit 1
run_step "release library" bash scripts/build.sh
run_step "tests of the binding" test_tree
if [ "${1-}" != --quick ]; then
    run_step "CPython's own tests" test_with_cpython
    run_step "wheel" build_wheel
    run_step "tests over the wheel" test_wheel
fi
report_steps
