#!/bin/sh
# Cells that fork workers: what the workers own of the shared heap under each setting of the
# collector, and what becomes of a cell whose worker dies.
set -eu
. "$(dirname "$0")/lib/cli.sh"

# of WORKER STEP FIELD: from the record in $scratch/out.
of() {
    sed 's/.*"workers":\[//; s/\].*//; s/},{/}\n{/g' "$scratch/out" |
        grep "\"worker\":$1,\"step\":\"$2\"" | sed -n 's/.*"'"$3"'":\([0-9]*\).*/\1/p'
}

# grown WORKER STEP: private-dirty bytes since the start.
grown() {
    echo $(($(of "$1" "$2" private_dirty_bytes) - $(of "$1" start private_dirty_bytes)))
}

mib=1048576
cell="workload=fork:objects=40k,requests=1,collections=1"

# Reading nothing: a full collection makes the heap a worker's own; frozen, it does not.
expect 0 "$HEAPDYNO" cell "$cell,touch=0"
heap=$(($(of 1 start rss_bytes) - $(field rss_bytes_base)))
[ "$(grown 1 touch)" -lt $((mib / 4)) ] || fail "reading nothing costs $(grown 1 touch) bytes"
collected=$(grown 1 collect)
[ "$collected" -gt $((heap / 3)) ] || fail "a full collection dirties $collected of $heap bytes"
expect 0 "$HEAPDYNO" cell "$cell,touch=0,gc=freeze"
[ "$(grown 1 collect)" -lt $((mib / 2)) ] || fail "frozen: $(grown 1 collect) bytes"
expect 0 "$HEAPDYNO" cell "$cell,touch=0,gc=off"
[ "$(grown 2 collect)" -lt $((mib / 2)) ] || fail "off: $(grown 2 collect) bytes"

# Reading everything: freezing helps little. A share lies between.
expect 0 "$HEAPDYNO" cell "$cell,touch=1,gc=freeze"
all=$(grown 1 touch)
[ "$all" -gt $((collected * 3 / 4)) ] || fail "frozen, all read: $all bytes, collected $collected"
expect 0 "$HEAPDYNO" cell "$cell,touch=0.1,gc=freeze,spread=together"
some=$(grown 1 touch)
[ "$some" -gt $((all / 20)) ] && [ "$some" -lt $((all / 5)) ] || fail "a tenth read: $some of $all"

# A counting cell says through what: collector, counts, or allocation; together they are what the
# kernel says is private, but for a few pages.
attributed() {
    echo $(($(of 1 "$1" bytes_by_counts) + $(of 1 "$1" bytes_by_collector) + $(of 1 "$1" bytes_by_allocation)))
}
for allocator in pymalloc malloc jemalloc mimalloc; do
    expect 0 "$HEAPDYNO" cell --counts "$cell,touch=0" "allocator=$allocator"
    if [ "$(field verdict)" = skipped ]; then continue; fi
    by=$(of 1 collect bytes_by_collector)
    [ "$by" -gt $((collected * 3 / 4)) ] || fail "$allocator: the collector dirtied $by bytes"
    [ "$(of 1 collect bytes_by_counts)" -lt $((by / 50)) ] || fail "$allocator: counts, reading nothing"
    rest=$(($(grown 1 collect) - $(attributed collect)))
    [ ${rest#-} -lt $((by / 10)) ] || fail "$allocator: $rest bytes of $(grown 1 collect) without a cause"
    expect 0 "$HEAPDYNO" cell --counts "$cell,touch=1,gc=freeze" "allocator=$allocator"
    by=$(of 1 collect bytes_by_counts)
    [ "$by" -gt $((all * 3 / 4)) ] || fail "$allocator: counts dirtied $by bytes"
    [ "$(of 1 collect bytes_by_collector)" -lt $((by / 50)) ] || fail "$allocator: collector, all frozen"
    rest=$(($(grown 1 collect) - $(attributed collect)))
    [ ${rest#-} -lt $((by / 10)) ] || fail "$allocator: $rest bytes of $(grown 1 collect) without a cause"
done

# At the end 3.11 collects even with gc off, and frees all that is not frozen.
expect 0 "$HEAPDYNO" cell "$cell,touch=0,gc=off"
[ "$(grown 1 exit_collect)" -gt $((collected / 2)) ] || fail "off: no collection at the end"
[ "$(of 1 exit_drop rss_bytes)" -lt $((heap * 3 / 4)) ] || fail "off: nothing is freed at the end"
expect 0 "$HEAPDYNO" cell "$cell,touch=0,gc=freeze"
[ "$(grown 1 exit_drop)" -lt $((mib / 2)) ] || fail "frozen: the end dirties $(grown 1 exit_drop) bytes"

# Steps of each worker, in order; as many rows for the parent.
expect 0 "$HEAPDYNO" cell "$cell,workers=3,exit=direct"
[ "$(grep -o '"worker":[0-3]' "$scratch/out" | sort | uniq -c | awk '{ print $1 }' | tr '\n' ' ')" = \
    "4 4 4 4 " ] || fail "not four steps of three workers and their parent"
[ "$(field operations)" = 3 ] || fail "operations of three workers: $(field operations)"
sum=$(field checksum)
expect 0 "$HEAPDYNO" cell "$cell,workers=3,gc=freeze,when=early" allocator=malloc
[ "$(field checksum)" = "$sum" ] || fail "the checksum depends on gc= or the allocator"

# Memory runs out in a worker, not in its parent: the cell says so.
expect 1 "$HEAPDYNO" cell workload=fork:objects=1,requests=100k allocator=malloc+fault:at=20000
field reason | grep -q "worker [12]: out of memory" || fail "reason: $(field reason)"

# A worker that is killed: the others are not waited for in vain.
"$HEAPDYNO" cell workload=fork:requests=1g,workers=3 >"$scratch/out" 2>"$scratch/err" &
cell_pid=$!
children() { cat "/proc/$1/task/$1/children" 2>/dev/null || true; }
victim=
for _ in $(seq 300); do
    for child in $(children $cell_pid); do
        victim=$(children "$child" | awk '{ print $2 }')
    done
    [ -n "$victim" ] && break
    sleep 0.05
done
[ -n "$victim" ] || fail "no worker is seen"
kill -9 "$victim"
wait $cell_pid && fail "the cell of a killed worker is not failed"
[ "$(field verdict)" = failed ] || fail "verdict $(field verdict)"
field reason | grep -q "worker [123] was killed by signal 9" || fail "reason: $(field reason)"
! kill -0 "$victim" 2>/dev/null || fail "it lives"
