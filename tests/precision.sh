#!/bin/sh
# heapdyno plan --half-width says how many processes each cell needs and for how long, by earlier runs
# or a pilot that it keeps; heapdyno run --half-width adds rounds until each cell is there or has
# --max-reps. Nothing here depends on how noisy the machine is.
set -eu
. "$(dirname "$0")/lib/cli.sh"
results=$scratch/results
mkdir "$results"
cells="--workload null:size=tiny,churn:size=tiny --allocator malloc"

# A pilot, kept; the second time nothing is measured when all cells were trusted.
# tells COMMAND…: on a machine so busy that no process was trusted the answer may be that.
tells() {
    status=0
    "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
    [ $status = 0 ] || { [ $status = 2 ] && says "no cell gave enough trusted times"; }
}
tells "$HEAPDYNO" plan $cells --half-width 50% --results "$results" --pilot 6
grep -q '^allocator=malloc .*churn' "$scratch/out" || fail "no row for churn"
grep -q 'processes, about' "$scratch/out" || fail "no total"
[ "$(ls "$results" | grep -c '^pilot-')" = 1 ] || fail "the pilot was not kept"
[ "$(grep -c '"rep":5' "$results"/pilot-*/cells.jsonl)" -ge 2 ] || fail "not six processes of each"
tells "$HEAPDYNO" plan $cells --half-width 50% --results "$results" --pilot 0
[ "$(ls "$results" | grep -c '^pilot-')" = 1 ] || fail "a pilot of no process was run"

# A precision that no machine reaches: every cell gets max-reps, in rounds, all kept, resumable.
expect 0 "$HEAPDYNO" run $cells --half-width 0.000001 --max-reps 12 --no-counts --reruns 0 \
    --out "$results/narrow"
says "more"
records=$results/narrow/cells.jsonl
[ -z "$(sort "$records" | sed -n 's/.*"cell":"\([^"]*\)".*"rep":\([0-9]*\),.*/\1 \2/p' | sort | uniq -d)" ] ||
    fail "a repetition was measured twice"
trusted=$(grep -c '"verdict":"ok"' "$records")
total=$(wc -l <"$records")
[ "$total" -gt 10 ] || [ "$trusted" -lt 4 ] || fail "only $total records in rounds"
[ "$total" -le 24 ] || fail "$total records of at most 24"
[ "$(head -n 1 "$results/narrow/cells.tsv" | cut -d' ' -f3)" = "$total" ] || fail "cells.tsv did not grow"
expect 0 "$HEAPDYNO" run --resume "$results/narrow"
[ "$(wc -l <"$records")" -ge "$total" ] || fail "resuming lost records"

# One that every machine reaches: no more than the pilot.
expect 0 "$HEAPDYNO" run $cells --half-width 100% --max-reps 5 --no-counts --reruns 0 --out "$results/wide"
[ "$(wc -l <"$results/wide/cells.jsonl")" = 10 ] || fail "more than the pilot for ±100 %"

# Asked wrongly, and cells that cannot run here: exit 2, a sentence, what was recorded stays.
absent="--workload null:size=tiny --allocator jemalloc:library=/nonexistent.so"
expect 2 "$HEAPDYNO" plan $cells --half-width 0
says "is reached by no number"
expect 2 "$HEAPDYNO" plan $cells --half-width wide
expect 2 "$HEAPDYNO" run $cells --half-width 3% --max-reps 2
expect 2 "$HEAPDYNO" plan $absent --half-width 3% --results "$results"
says "no cell gave enough trusted times"
expect 2 "$HEAPDYNO" run $absent --out "$results/absent"
says "no cell of this plan can run here: jemalloc is not available"
[ "$(grep -c '"verdict":"skipped"' "$results/absent/cells.jsonl")" = 4 ] || fail "skipped records are lost"
expect 2 "$HEAPDYNO" plan $cells --half-width 3% --results /proc/nope --pilot 5
