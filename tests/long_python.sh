#!/bin/sh
# More of CPython's own tests on each of our allocators. test_capi is in no package of Debian, though
# the module that it drives is: its source comes from Debian's source package (CPYTHON_SOURCE= names
# one that is unpacked), by an apt-get that leaves the machine's own lists alone.
set -eu
. "$(dirname "$0")/lib/cli.sh"
suite=/usr/lib/python3.11/test
TESTS="test_gc test_weakref test_dict test_list test_tuple test_set test_json test_threading test_subprocess" \
    sh tests/python.sh || exit $?

skip() {
    echo "test_capi was not run: $1"
    exit 0
}

# debian_source: python3.11_*.orig.tar.gz in $scratch, or nothing.
debian_source() {
    mkdir -p "$scratch/apt/parts" "$scratch/apt/lists/partial"
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -e "$list" ] || sed -n 's/^deb /deb-src /p' "$list" >"$scratch/apt/parts/$(basename "$list" .list).list"
    done
    for list in /etc/apt/sources.list.d/*.sources; do
        [ ! -e "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$scratch/apt/parts/$(basename "$list")"
    done
    set -- -qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$scratch/apt/parts" \
        -o "Dir::State::lists=$scratch/apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
    (cd "$scratch" && apt-get "$@" update && apt-get "$@" source --download-only python3.11) >"$scratch/apt/log" 2>&1 || true
}

[ -d $suite ] || skip "no $suite (libpython3.11-testsuite)"
ls /usr/lib/python3.11/lib-dynload/_testcapi.*.so >/dev/null 2>&1 || skip "this python3.11 comes without _testcapi"
mkdir -p "$scratch/lib/test"
ln -s $suite/* "$scratch/lib/test/"
if [ -n "${CPYTHON_SOURCE:-}" ]; then
    cp -r "$CPYTHON_SOURCE/Lib/test/test_capi" "$scratch/lib/test/"
else
    command -v apt-get >/dev/null || skip "no apt-get to have its source by, and no CPYTHON_SOURCE="
    debian_source
    tar -xzf "$scratch"/python3.11_*.orig.tar.gz -C "$scratch/lib/test" --strip-components=3 --wildcards '*/Lib/test/test_capi' 2>/dev/null ||
        skip "apt-get source python3.11: $(tail -n 1 "$scratch/apt/log")"
fi
PYTHONPATH=$scratch/lib TESTS=test_capi sh tests/python.sh
