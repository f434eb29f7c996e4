#!/bin/sh
# Whether heapdyno verify's predictions hold where the truth is known: a loop that makes as many
# objects each time is collected as often as CPython's rule says, a watch that was altered is missed,
# and one that is of something else is refused.
set -eu
. "$(dirname "$0")/lib/cli.sh"
python=/usr/bin/python3
[ -x $python ] || { echo "no $python"; exit 77; }
HEAPDYNO_RECORDER=$(pwd)/build/recorder
export HEAPDYNO_RECORDER PYTHONDONTWRITEBYTECODE=1

echo "predictions: collections of a fixed loop are as many as CPython's rule says"
cat >"$scratch/loop.py" <<'END'
import signal, sys
keep = []
def work(n, linked):
    for i in range(n):
        a = []
        b = [a]
        if linked:
            a.append(b)
        if i % 4 == 0:
            keep.append([i])
def bursts(n): # each outlives a threshold of 700, and is gone before one of 5000
    for i in range(n):
        burst = [[] for j in range(2000)]
if sys.argv[2] == "bursts":
    bursts(100)
else:
    work(100000, sys.argv[2] == "cycles")
open(sys.argv[1], "w").close()
signal.pause()
END
# predicted NAME KIND THRESHOLD [OPTION…]
predicted() {
    name=$1 kind=$2 threshold=$3
    shift 3
    rm -f "$scratch/flag"
    expect 0 "$HEAPDYNO" verify --out "$scratch/$name" --pairs 5 --ready "test -f $scratch/flag" --load "rm $scratch/flag; echo p50 1ms" \
        --set threshold="$threshold" "$@" -- $python "$scratch/loop.py" "$scratch/flag" "$kind"
}
verdict() { # of a figure of the last one
    awk -F '\t' -v figure="$1" '$1 == figure { print $10 }' "$scratch/$name/verify.tsv"
}
check_held() {
    for generation in 0 1; do
        [ "$(verdict "collections, gen $generation")" = held ] || { cat "$scratch/out"; fail "$name: gen $generation"; }
    done
}
predicted fewer cycles 3000/5/10
check_held
predicted more plain 300/10/10
check_held
[ "$(verdict "latency p50")" = "no prediction" ] || fail "a watch knows nothing of latencies"
predicted dies bursts 5000/10/10 # what a watch cannot know, and says afterwards
[ "$(verdict "collections, gen 0")" = missed ] || { cat "$scratch/out"; fail "objects that die between both thresholds"; }
grep -q '^collections, gen 0 .*missed by −' "$scratch/out" || fail "missed downwards is not said"
predicted off cycles 700/10/10,gc=off
check_held

echo "a placebo: the way in which settings come costs both sides the same"
present=$($python -c 'import gc; print("%d/%d/%d" % gc.get_threshold())')
predicted placebo plain "$present"
check_held
awk -F '\t' '$1 == "private dirty" && $4 > 0.99 && $4 < 1.01 { found = 1 } END { exit !found }' "$scratch/placebo/verify.tsv" ||
    { cat "$scratch/out"; fail "the present setting dirties other pages than itself"; }

echo "predictions of an earlier watch; of one that was altered: missed; of another program, of nothing: said"
watch() { # NAME KIND
    rm -f "$scratch/flag"
    expect 0 "$HEAPDYNO" watch --for 2s --out "$scratch/$1" -- $python "$scratch/loop.py" "$scratch/flag" "$2"
    kill "$(field pid "$scratch/$1/cells.jsonl" | head -n 1)"
}
watch before cycles
predicted earlier cycles 3000/5/10 --predicted "$scratch/before"
check_held
grep -q 'the watch that was given' "$scratch/out" || fail "it does not say from what it predicts"
# The same rate of births with none of them reclaimed: the free lists would have had no part in it.
altered() { # NAME SED-COMMAND
    mkdir "$scratch/$1-watch"
    sed "$2" "$scratch/before/cells.jsonl" >"$scratch/$1-watch/cells.jsonl"
}
altered dead 's/"collected":[0-9]*/"collected":0/g'
predicted dead cycles 3000/5/10 --predicted "$scratch/dead-watch"
[ "$(verdict "collections, gen 0")" = missed ] || { cat "$scratch/out"; fail "an altered prediction held"; }
grep -q '^collections, gen 0 .*missed by +' "$scratch/out" || fail "by how much it is missed is not said"
refused() { # STATUS NAME TEXT: a watch that is not one of this program
    rm -f "$scratch/flag"
    expect "$1" "$HEAPDYNO" verify --out "$scratch/refused-$2" --ready "test -f $scratch/flag" --load "rm $scratch/flag" --set threshold=3000 \
        --predicted "$scratch/$2-watch" -- $python "$scratch/loop.py" "$scratch/flag" cycles
    says "$3"
}
altered other 's/name=loop.py/name=other.py/g'
refused 1 other 'the watch has no program:name=loop.py,process=main'
altered older 's/python3\.[0-9]*/python3.9/g; s/"python":"3\.[0-9]*/"python":"3.9/'
refused 1 older 'the watch is of Python 3.9, this runs on'
altered tuned 's/threshold=[0-9]*/threshold=5000/g'
refused 1 tuned 'the watch is of thresholds 5000/10/10, this has 700/10/10'
for wild in 99999999999999/10/10 nan/-1/1e300; do
    altered "wild-${wild%%/*}" "s,threshold=[0-9/]*,threshold=$wild,g"
    refused 1 "wild-${wild%%/*}" 'the watch is of thresholds 0/'
done
altered cut 's/\(.\{400\}\).*/\1/'
refused 2 cut 'cells.jsonl: no record in it'
altered empty d
refused 2 empty 'cells.jsonl: no record in it'
refused 2 no-such '--predicted'
