#!/bin/sh
# Every way in which a cell can end gives one record with its verdict and a sentence, and the sweep
# goes on: limits, signals, missing libraries, allocators that crash, hang, leak or spoil memory.
set -eu
. "$(dirname "$0")/lib/cli.sh"

tiny=workload=cycles:size=tiny
endless=workload=vm_loop:size=large,live=1000

verdict ok "" 0 allocator=malloc $tiny
verdict ok "" 0 allocator=malloc $tiny --counts
verdict timeout "limit of 300 ms" 1 allocator=malloc workload=churn:bursts=100m --time-limit 300ms
verdict memory "the limit is 64 MiB" 1 --memory-limit 64m \
    allocator=malloc workload=churn:slots=1024,min=1m,max=1m,bursts=1
verdict failed "killed by signal 5" 1 allocator=malloc+debug:stop=50 $tiny
verdict failed "memory" 1 allocator=malloc+fault:from=200 $tiny
for allocator in jemalloc mimalloc tcmalloc; do
    verdict skipped "nonexistent" 0 allocator=$allocator:library=/nonexistent.so $tiny
done
verdict skipped "nonexistent" 0 plugin=/nonexistent.so allocator=mine $tiny

# Allocators from shared objects.
for name in lifo bad_crash bad_hang bad_abi bad_size bad_symbol bad_late bad_leak bad_null bad_corrupt; do
    plugin $name
done
named() {
    echo "plugin=$scratch/$1.so allocator=$2"
}
own=$("$HEAPDYNO" child --describe "$scratch/lifo.so" | head -n 1 | cut -f1)
bad=plain
# shellcheck disable=SC2046
{
    verdict ok "" 0 $(named lifo "$own") $tiny
    verdict ok "" 0 $(named lifo "$own+debug") $tiny --counts
    verdict failed "killed by signal 11\|AddressSanitizer" 1 $(named bad_crash $bad) $tiny
    verdict timeout "limit of 500 ms" 1 $(named bad_hang $bad) $tiny --time-limit 500ms
    verdict skipped "" 0 $(named bad_abi $bad) $tiny
    verdict skipped "" 0 $(named bad_size $bad) $tiny
    verdict skipped "heapdyno_allocator" 0 $(named bad_symbol $bad) $tiny
}

# Of those that load, the name is asked of a child, as a run does.
for name in bad_late bad_null bad_corrupt; do
    expect 1 "$HEAPDYNO" run --quiet --reps 1 --plugin "$scratch/$name.so" --out "$scratch/$name" \
        --workload cycles:size=small,churn:size=tiny
    records=$scratch/$name/cells.jsonl
    [ "$(wc -l <"$records")" -ge 4 ] || fail "$name: the sweep did not go on"
    field verdict "$records" | grep -qE 'failed' || fail "$name: no failed record"
    field reason "$records" | grep -q . || fail "$name: no reason"
done
# One that gives nothing back breaks no rule that can be seen here; its memory shows it.
expect 0 "$HEAPDYNO" run --quiet --reps 1 --plugin "$scratch/bad_leak.so" --workload churn:size=tiny \
    --out "$scratch/bad_leak"
expect 2 "$HEAPDYNO" run --plugin "$scratch/bad_crash.so" $tiny --out "$scratch/never"
expect 2 "$HEAPDYNO" run --plugin "$scratch/bad_crash.so" --workload null --out "$scratch/never"
says "loading it crashed"
[ ! -e "$scratch/never" ] || fail "a refused run left a folder"

# Killed from outside, as by the kernel for lack of memory.
children() {
    cat "/proc/$1/task/$1/children" 2>/dev/null
}
"$HEAPDYNO" cell allocator=malloc workload=churn:bursts=100m >"$scratch/killed" &
supervisor=$!
child=
for _ in $(seq 200); do
    child=$(children $supervisor)
    [ -n "$child" ] && grep -q heapdyno "/proc/${child% }/comm" 2>/dev/null && break
    sleep 0.02
done
kill -KILL $child
wait $supervisor && fail "the supervisor said ok"
[ "$(field verdict "$scratch/killed")" = failed ] || fail "killed: $(field verdict "$scratch/killed")"
field reason "$scratch/killed" | grep -q 'signal 9' || fail "killed: $(field reason "$scratch/killed")"

# The child dies with its supervisor.
"$HEAPDYNO" cell allocator=malloc workload=churn:bursts=100m >/dev/null &
supervisor=$!
child=
for _ in $(seq 200); do
    child=$(children $supervisor)
    [ -n "$child" ] && break
    sleep 0.02
done
sleep 0.1
kill -KILL $supervisor
wait $supervisor 2>/dev/null || true
for _ in $(seq 200); do
    state=$(sed 's/.*) \(.\).*/\1/' "/proc/${child% }/stat" 2>/dev/null || echo gone)
    [ "$state" = gone ] || [ "$state" = Z ] && break
    sleep 0.02
done
[ "$state" = gone ] || [ "$state" = Z ] || fail "the child outlived its supervisor: $state"
