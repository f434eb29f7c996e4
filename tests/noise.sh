#!/bin/sh
# A timed process that was disturbed is marked, measured again, and never dropped: every attempt stays
# in cells.jsonl, the last one counts, and the report says so. The disturbance is real: two loops on
# the one core that the run may use.
set -eu
. "$(dirname "$0")/lib/cli.sh"
command -v taskset >/dev/null || { echo "no taskset"; exit 77; }
core=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')

loops=
for _ in 1 2; do
    taskset -c "$core" sh -c 'while :; do :; done' &
    loops="$loops $!"
done
trap 'kill $loops 2>/dev/null || true; rm -rf "$scratch"' EXIT
expect 0 taskset -c "$core" "$HEAPDYNO" run --quiet --no-counts --reps 2 --reruns 2 --allocator malloc \
    --workload churn:bursts=2k --out "$scratch/busy"
# shellcheck disable=SC2086
kill $loops
records=$scratch/busy/cells.jsonl
[ "$(field verdict "$records" | sort | uniq -c | tr -s ' ')" = " 6 untrusted" ] ||
    fail "verdicts: $(field verdict "$records" | tr '\n' ' ')"
[ "$(field attempt "$records" | sort | tr '\n' ' ')" = "0 0 1 1 2 2 " ] || fail "not three attempts of each"
[ "$(field run_ns "$records" | wc -l)" = 6 ] || fail "a disturbed time was dropped"
field reason "$records" | grep -qE 'waited [0-9]+ % of its time|clock stood still' || fail "no reason"
says "2 untrusted"
for name in gaps_before gaps_after gap_ns_before gap_ns_after gap_ns_max; do
    [ "$(field $name "$records" | wc -l)" = 6 ] || fail "no $name"
done

# The report leaves such times out and says so; its memory and the times on request are there.
expect 0 "$HEAPDYNO" report --no-plots --no-html "$scratch/busy"
grep -q 'untrusted and left out' "$scratch/out" || fail "the report does not say that times are left out"
expect 0 "$HEAPDYNO" report --no-plots --no-html --untrusted "$scratch/busy"
grep -q 'Times of untrusted processes are included' "$scratch/out" || fail "included times without a word"

# A counting process is not timed: nothing is looked for, and nothing is said.
expect 0 "$HEAPDYNO" cell --counts workload=null:size=tiny
! grep -q gap_ns "$scratch/out" || fail "gaps of a counting process"
