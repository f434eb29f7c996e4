#!/bin/sh
# heapdyno gate on real times: of 100 comparisons of a run with itself at most 5 alarm and at most 20
# stay undecided, and 10 % more work is found in at least 95 of 100.
#
# Two cells of a few milliseconds, one with 10 % more requests, are measured in one interleaved run.
# Comparison i takes a window of it and deals its processes to A and B by lot; windows overlap where
# the run is too short for 100 apart. The slower cell's records are renamed, so that the cells pair;
# their times are as measured. How many processes a side has follows from the noise (heapdyno plan), as
# it should for a user. On a machine that is unfit (heapdyno doctor) a miss is no failure of the gate.
#   N=60 sh tests/long_gate.sh       so many processes a side       REPS=1000  of each cell
#   METRIC=run_cpu_ns                processor time instead of run time
set -eu
. "$(dirname "$0")/lib/cli.sh"
reps=${REPS:-1000} seed=${SEED:-1} metric=${METRIC:-run_ns} trials=100
echo "SEED=$seed, $reps processes of each cell, $metric"
fit=yes
"$HEAPDYNO" doctor >"$scratch/doctor" || fit=
grep -E 'differences|WARN' "$scratch/doctor" || true

"$HEAPDYNO" run --quiet --no-counts --reps "$reps" --allocator pymalloc --out "$scratch/run" \
    --workload web:requests=1000,size=tiny,web:requests=1100,size=tiny >/dev/null 2>&1 || fail "the run failed"

# The trusted processes in the order in which they were measured; both cells under one name.
by_order() {
    grep '"verdict":"ok"' "$scratch/run/cells.jsonl" | grep "requests=$1," |
        sed 's/.*"order":\([0-9]*\).*/\1\t&/' | sort -n | cut -f2- | sed 's/requests=1100,/requests=1000,/g'
}
by_order 1000 >"$scratch/base"
by_order 1100 >"$scratch/more"
have=$(cat "$scratch/base" "$scratch/more" | wc -l)
echo "$have of $((2 * reps)) processes were undisturbed"
n=${N:-$("$HEAPDYNO" plan --allocator pymalloc --workload web:requests=1000,size=tiny --half-width 1.6% \
    --results "$scratch" --pilot 0 --max-reps 1000 2>/dev/null |
    awk '/^[0-9]+ processes/ { print $1 }')}
n=${n:-0}
[ "$n" -ge 12 ] || n=12
most=$(($(wc -l <"$scratch/base") / 2))
[ "$n" -le "$most" ] || n=$most
echo "$n processes a side"
[ "$n" -ge 3 ] || { echo "too few undisturbed processes"; exit 77; }

# deal TRIAL FILE-OF-B: a window of the run, dealt by lot.
deal() {
    awk -v trial="$1" -v trials=$trials -v n="$n" -v seed="$seed" -v same="$2" -v out="$scratch" '
        FNR == 1 { file++ }
        { line[file, FNR] = $0; count[file] = FNR }
        END {
            srand(seed * 1000 + trial); wide = same ? 2 * n : n
            for (f = 1; f <= 2; f++) from[f] = int((trial - 1) * (count[f] - wide) / (trials - 1))
            if (!same) {
                for (i = 1; i <= n; i++) print line[1, from[1] + i] >(out "/a.jsonl")
                for (i = 1; i <= n; i++) print line[2, from[2] + i] >(out "/b.jsonl")
                exit
            }
            for (i = 1; i <= wide; i++) place[i] = i
            for (i = wide; i > 1; i--) { j = 1 + int(rand() * i); t = place[i]; place[i] = place[j]; place[j] = t }
            for (i = 1; i <= wide; i++) print line[1, from[1] + place[i]] >(out (i <= n ? "/a.jsonl" : "/b.jsonl"))
        }' "$scratch/base" "$scratch/more"
}

# trials_of SAME: how many regressions, and how many that cannot be told, in $alarms and $undecided.
trials_of() {
    alarms=0 undecided=0
    for trial in $(seq $trials); do
        deal "$trial" "$1"
        status=0
        "$HEAPDYNO" gate "$scratch/a.jsonl" "$scratch/b.jsonl" --metrics "$metric" >"$scratch/verdict" || status=$?
        case $(head -n 1 "$scratch/verdict") in
        "verdict: regression"*) alarms=$((alarms + 1)) ;;
        "verdict: cannot tell"*) undecided=$((undecided + 1)) ;;
        "verdict: no regression"*) ;;
        *) fail "no verdict in trial $trial" ;;
        esac
    done
}
trials_of 1
echo "A/A: of $trials, $alarms alarm, $undecided cannot be told (at most 5, 20)"
miss=
[ $alarms -le 5 ] && [ $undecided -le 20 ] || miss=yes
trials_of 0
echo "+10 %: of $trials, $alarms found, $undecided cannot be told (at least 95 found)"
[ $alarms -ge 95 ] || miss=yes
[ -n "$miss" ] || exit 0
[ -n "$fit" ] || { echo "missed on a machine that heapdyno doctor calls unfit"; exit 77; }
exit 1
