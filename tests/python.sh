#!/bin/sh
# Real CPython on each of our allocators: it runs, its own tests of the collector pass, and it collects
# exactly as it does on its own allocator. TESTS= names other tests of CPython's suite.
set -eu
. "$(dirname "$0")/lib/cli.sh"
host=${OUT:-build}/heapdyno-python
[ -x "$host" ] || { echo "no libpython3.11: no $host"; exit 77; }
HEAPDYNO_PYTHON=$(cd "$(dirname "$host")" && pwd)
export HEAPDYNO_PYTHON PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
allocators="pymalloc pool jemalloc mimalloc tcmalloc"

cat >"$scratch/work.py" <<'END'
import gc, json, subprocess, sys
class Node:
    pass
for i in range(20000):
    node = Node(); node.me = node
    json.loads(json.dumps({str(i): [i] * 9}))
print([g["collections"] for g in gc.get_stats()], [g["collected"] for g in gc.get_stats()])
if len(sys.argv) == 1: # a child of its own is on the same allocator
    sys.exit(subprocess.run([sys.executable, __file__, "child"]).returncode)
END
expect 0 "$HEAPDYNO" python -- "$scratch/work.py"
cp "$scratch/out" "$scratch/own"
for allocator in $allocators malloc bump pool+debug; do
    expect 0 "$HEAPDYNO" python --allocator "$allocator" -- "$scratch/work.py"
    cmp "$scratch/out" "$scratch/own" || fail "$allocator: collections differ"
done
echo "the same collections on $allocators, malloc, bump, pool+debug"

echo "CPython's debug hooks go on top, where they are asked for"
cat >"$scratch/overflow.py" <<'END'
import _testcapi
_testcapi.pymem_buffer_overflow()
END
if "$host" -c 'import _testcapi' 2>/dev/null; then
    debug() { # VARIABLE OPTIONS…
        status=0
        variable=$1
        shift
        env "$variable" "$HEAPDYNO" python --allocator pool -- "$@" "$scratch/overflow.py" >"$scratch/out" 2>"$scratch/err" || status=$?
        [ $status = 134 ] || fail "a buffer overflow under the debug hooks: exit status $status"
        says "bad trailing pad byte"
    }
    debug PYTHONMALLOC=debug
    debug PYTHONMALLOC= -X dev
fi

if "$host" -c 'import test.test_gc' 2>/dev/null; then
    for allocator in $allocators; do
        for test in ${TESTS:-test_gc}; do
            expect 0 "$HEAPDYNO" python --allocator "$allocator" -- -m test -v "$test"
            echo "$allocator: $(cat "$scratch/out" "$scratch/err" | sed -n "s/^Ran \([0-9]* tests\).*/$test: \1/p")"
        done
    done
    echo "CPython's ${TESTS:-test_gc} on $allocators"
else
    echo "CPython's own tests are not here (libpython3.11-testsuite)"
fi

expect 2 "$HEAPDYNO" python --allocator nothing -- -c 1
says "nothing"
expect 2 "$HEAPDYNO" python --allocator pool:no=1 -- -c 1
HEAPDYNO_PYTHON_ALLOCATOR=nothing expect 2 "$host" -c 1
says "heapdyno python:"
expect 3 "$HEAPDYNO" python --allocator pool -- -c 'import sys; sys.exit(3)'
HEAPDYNO_PYTHON=$scratch expect 2 "$HEAPDYNO" python -- -c 1
says "make python"
