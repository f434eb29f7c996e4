#!/bin/sh
# Every workload at size=tiny, on pymalloc and on malloc, under valgrind: no invalid access, no leak.
set -eu
HEAPDYNO=${HEAPDYNO:-build/heapdyno}
command -v valgrind >/dev/null 2>&1 || { echo "valgrind is not installed"; exit 77; }

failed=0
names=$("$HEAPDYNO" list workloads | sed -n 's/^  \([a-z][a-z0-9_]*\) .*/\1/p')
[ -n "$names" ] || { echo "heapdyno list workloads names none"; exit 1; }
for workload in $names; do
    for allocator in malloc pymalloc; do
        line="allocator=$allocator collector=cp311 workload=$workload:size=tiny seed=1"
        if ! valgrind -q --error-exitcode=9 --leak-check=full --trace-children=yes \
            "$HEAPDYNO" child "$line" >/dev/null 2>build/memcheck.log; then
            echo "valgrind: $line"
            head -n 30 build/memcheck.log
            failed=1
        fi
    done
done
exit $failed
