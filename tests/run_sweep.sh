#!/bin/sh
# A sweep of 100 cells, killed with SIGKILL at 20 random moments and resumed each time: no record is
# lost, none is there twice. And what a run leaves behind: one folder, one line a measurement.
set -eu
. "$(dirname "$0")/lib/cli.sh"
seed=${SEED:-$(date +%s)}
echo "SEED=$seed"

run=$scratch/results/sweep
# Both replace their subshell, so that its number is the program's.
sweep() {
    exec "$HEAPDYNO" run --quiet --no-counts --reps 1 --reruns 0 --out "$run" \
        --allocator malloc,bump,pymalloc,malloc+debug,pymalloc+debug \
        --workload null:size=tiny,churn:size=tiny,cycles:size=tiny,web:size=tiny --seed 1,2,3,4,5
}
resume() {
    exec "$HEAPDYNO" run --quiet --resume "$run"
}
whole_lines() {
    [ -f "$run/cells.jsonl" ] && grep -c '}$' "$run/cells.jsonl" || true
}

# Moments between 3 and 38 ms: a cell takes about 8, so that the sweep outlives all twenty.
moments=$(awk -v seed="$seed" 'BEGIN { srand(seed); for (i = 0; i < 20; i++) printf "%.3f\n", 0.003 + rand() * 0.035 }')
before=0 killed=0
for moment in $moments; do
    if [ -f "$run/cells.tsv" ]; then
        (resume >/dev/null 2>&1) &
    else
        rm -rf "$run" # killed before the list of cells was written: nothing was measured
        (sweep >/dev/null 2>&1) &
    fi
    pid=$!
    sleep "$moment"
    kill -KILL $pid 2>/dev/null && killed=$((killed + 1))
    wait $pid 2>/dev/null || true
    after=$(whole_lines)
    [ "${after:-0}" -ge "$before" ] || fail "$before records before the kill, $after after it"
    before=${after:-0}
done
echo "killed $killed times, $before records by then"
[ $killed -ge 18 ] || fail "only $killed of 20 kills hit a running sweep"
[ -f "$run/cells.tsv" ] || (sweep >/dev/null 2>&1)
printf '{"schema":1,"run":"sweep","cell":"cut short by a cra' >>"$run/cells.jsonl"
expect 0 "$HEAPDYNO" run --quiet --resume "$run"
[ "$(wc -l <"$run/cells.jsonl")" = 100 ] || fail "$(wc -l <"$run/cells.jsonl") lines, wanted 100"
[ "$(grep -o '"order":[0-9]*' "$run/cells.jsonl" | sort -u | wc -l)" = 100 ] || fail "an order twice"
[ "$(field cell "$run/cells.jsonl" | sort -u | wc -l)" = 100 ] || fail "a cell twice"
[ -z "$(field verdict "$run/cells.jsonl" | grep -vE '^(ok|untrusted)$')" ] ||
    fail "verdicts: $(field verdict "$run/cells.jsonl" | sort | uniq -c)"
expect 0 "$HEAPDYNO" run --quiet --resume "$run"
[ "$(wc -l <"$run/cells.jsonl")" = 100 ] || fail "a complete run was measured again"

# One checksum for each workload and seed, whatever the allocator.
for workload in null churn cycles web; do
    for number in 1 2 3 4 5; do
        n=$(grep "\"workload_label\":\"$workload:size=tiny\",\"seed\":$number," "$run/cells.jsonl" |
            grep -o '"checksum":"[0-9a-f]*"' | sort -u | wc -l)
        [ "$n" = 1 ] || fail "$n checksums of $workload seed $number"
    done
done

# Nothing but the folder; every raw file that a record names is there.
[ "$(ls "$scratch/results")" = sweep ] || fail "written outside the folder: $(ls "$scratch/results")"
[ "$(ls "$run" | tr '\n' ' ')" = "cells.jsonl cells.tsv raw " ] || fail "folder: $(ls "$run")"
for raw in $(field raw "$run/cells.jsonl"); do
    head -n 1 "$run/raw/$raw.rss.tsv" | grep -q "^t_ns	rss_bytes$" || fail "raw/$raw.rss.tsv"
    head -n 1 "$run/raw/$raw.pauses.tsv" | grep -q '^t_ns	dur_ns	' || fail "raw/$raw.pauses.tsv"
done

# Merging is idempotent, whatever the order and however often.
"$HEAPDYNO" merge "$run/cells.jsonl" --out "$scratch/once.jsonl" 2>/dev/null
head -n 50 "$run/cells.jsonl" >"$scratch/half.jsonl"
"$HEAPDYNO" merge "$scratch/once.jsonl" "$scratch/half.jsonl" "$run/cells.jsonl" \
    --out "$scratch/twice.jsonl" 2>/dev/null
cmp "$scratch/once.jsonl" "$scratch/twice.jsonl" || fail "merging twice changed something"

# An altered checksum is found at the end of the run and voids the record.
sed -i '0,/"checksum":"[0-9a-f]*"/s//"checksum":"0000000000000bad"/' "$run/cells.jsonl"
expect 1 "$HEAPDYNO" run --quiet --resume "$run"
tail -n 1 "$run/cells.jsonl" | grep -q '"verdict":"failed"' || fail "the checksum was not compared"
tail -n 1 "$run/cells.jsonl" | grep -q 'checksum 0000000000000bad is not' || fail "reason"
expect 1 "$HEAPDYNO" run --quiet --resume "$run"
[ "$(wc -l <"$run/cells.jsonl")" = 101 ] || fail "the failed checksum was appended again"
