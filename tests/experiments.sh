#!/bin/sh
# The machinery of experiments: every one has a plan that reads in both variations, its plots a
# script; a finished run is answered again with the same words; and what is asked wrong is refused.
set -eu
. "$(dirname "$0")/lib/cli.sh"

names=$("$HEAPDYNO" list experiments | sed -n 's/^  \([a-z_]*\) .*/\1/p')
[ "$(echo "$names" | wc -l)" -ge 1 ] || fail "no experiment is listed"
for name in $names; do
    for variation in --no-quick --quick; do
        expect 0 "$HEAPDYNO" plan "bench/plans/$name.ini" $variation --count --results "$scratch"
        [ "$(cat "$scratch/out")" -ge 2 ] || fail "$name: a plan of fewer than two measurements"
    done
done

refuses() {
    text=$1
    shift
    expect 2 "$HEAPDYNO" "$@"
    says "$text"
}
refuses "'nothing' is no experiment" run --experiment nothing
refuses "'nothing' is no experiment" report "$scratch" --experiment nothing
refuses "exclude" run --experiment thresholds bench/plans/default.ini
refuses "exclude" run --experiment thresholds --workload null
refuses "--quick is for a plan" run --workload null --quick
refuses "no [quick" run bench/plans/default.ini --quick
HEAPDYNO_PLANS=$scratch refuses "thresholds.ini was found neither" run --experiment thresholds
[ ! -e "$scratch/results" ] || fail "a refused run left something"

mkdir "$scratch/empty" && : >"$scratch/empty/cells.jsonl"
refuses "no record in it" report "$scratch/empty" --experiment thresholds
refuses "no such folder" report "$scratch/nowhere/at/all" --experiment thresholds

# --reps goes before what [plan] says, not before what a section says for itself.
expect 0 "$HEAPDYNO" run --quiet --experiment slots --quick --reps 2 --out "$scratch/slots"
[ "$(grep -c '"kind":"timed"' "$scratch/slots/cells.jsonl")" = 16 ] || fail "--reps 2 of 8 cells"

# A run of other cells answers nothing; one that holds the cells answers twice alike.
expect 0 "$HEAPDYNO" run --quiet --reps 1 --workload null:size=tiny --out "$scratch/other"
refuses "no workload ran with two thresholds" report "$scratch/other" --experiment thresholds
[ ! -e "$scratch/other/answer.txt" ] || fail "an answer without cells"
expect 0 "$HEAPDYNO" run --quiet --reps 1 --threshold 100,700/10/10,off \
    --workload web:size=tiny --out "$scratch/web"
expect 0 "$HEAPDYNO" report "$scratch/web" --experiment thresholds
[ -s "$scratch/web/answer.txt" ] || fail "no answer.txt"
cp "$scratch/web/answer.txt" "$scratch/first"
expect 0 "$HEAPDYNO" report "$scratch/web" --experiment thresholds
cmp -s "$scratch/first" "$scratch/web/answer.txt" || fail "answered anew, the words differ"
tr '\n' ' ' <"$scratch/first" | grep -q "no intervals" || fail "one process a cell, and it does not say so"
for part in "Threshold0" "processor time" "off"; do
    grep -q "$part" "$scratch/first" || fail "the answer lacks: $part"
done
if command -v gnuplot >/dev/null; then
    for end in svg png tsv plt; do
        [ -s "$scratch/web/plots/thresholds_first.$end" ] || fail "no plot thresholds_first.$end"
    done
fi

# Cut off in the middle of a record, it answers from the rest.
head -c $(($(wc -c <"$scratch/web/cells.jsonl") - 40)) "$scratch/web/cells.jsonl" >"$scratch/cut" &&
    mv "$scratch/cut" "$scratch/web/cells.jsonl"
expect 0 "$HEAPDYNO" report "$scratch/web" --experiment thresholds
grep -q "Threshold0" "$scratch/web/answer.txt" || fail "a run that was cut off answers nothing"

# What experiments vary: a program that calls gc.collect() itself, and limits of the free lists.
gen2() {
    "$HEAPDYNO" cell --counts "collector=cp311:threshold=off workload=cycles:rings=12,window=2$1" |
        sed -n 's/.*"gen":\[[^]]*{"collections":\([0-9]*\)[^{]*\]/\1 /p' | cut -d' ' -f1
}
[ "$(gen2 "")" = 0 ] || fail "a collection that nobody asked for: $(gen2 "")"
[ "$(gen2 ,collect=start)" = 1 ] || fail "collect=start: $(gen2 ,collect=start)"
[ "$(gen2 ,collect=every)" = 12 ] || fail "collect=every: $(gen2 ,collect=every)"
[ "$(gen2 ,collect=idle,collect_every=5)" = 2 ] || fail "collect=idle"
lists() {
    "$HEAPDYNO" cell --counts "collector=cp311:$1 workload=web:requests=300" >"$scratch/out"
    grep -o "\"$2\":[0-9]*" "$scratch/out" | awk -F: '{ sum += $2 } END { print sum + 0 }'
}
[ "$(lists freelists=none hits)" = 0 ] || fail "free lists of none have hits"
[ "$(lists freelists=unlimited overflows)" = 0 ] || fail "unlimited free lists overflow"
[ "$(lists gc=on hits)" -lt "$(lists freelists=unlimited hits)" ] || fail "unlimited lists help nothing"
