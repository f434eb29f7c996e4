#!/bin/sh
# heapdyno run --instructions and heapdyno gate on them: the same work takes the same instructions to
# one in ten thousand, so that no A/A comparison alarms or stays undecided, and 10 % more requests are
# always found, however busy the machine is.
set -eu
. "$(dirname "$0")/lib/cli.sh"
command -v valgrind >/dev/null || { echo "no valgrind"; exit 77; }
case $HEAPDYNO in */asan/*) echo "no valgrind of a sanitized program"; exit 77 ;; esac

# measure NAME REQUESTS: a run; its cells are named as if they had made 1,000 requests.
measure() {
    expect 0 "$HEAPDYNO" run --quiet --instructions --no-counts --reps 1 --reruns 0 \
        --allocator malloc,pymalloc --workload "web:requests=$2,size=tiny" --out "$scratch/$1"
    [ "$(grep -c '"kind":"instructions","verdict":"ok"' "$scratch/$1/cells.jsonl")" = 2 ] ||
        fail "no instructions in $1: $(field reason "$scratch/$1/cells.jsonl")"
    sed -i "s/requests=$2/requests=1000/g" "$scratch/$1/cells.jsonl"
}
for i in 1 2 3; do
    measure "same$i" 1000
done
measure more1 1100
measure more2 1100

instructions() {
    grep "\"allocator\":\"$2[:\"]" "$scratch/$1/cells.jsonl" | sed -n 's/.*"instructions":\([0-9]*\).*/\1/p'
}
for allocator in malloc pymalloc; do
    for i in 2 3; do
        awk -v a="$(instructions same1 $allocator)" -v b="$(instructions same$i $allocator)" \
            'BEGIN { exit !(a > 1e6 && b / a > 0.9999 && b / a < 1.0001) }' ||
            fail "instructions of $allocator: $(instructions same1 $allocator), $(instructions same$i $allocator)"
    done
done

compared=0
for a in 1 2 3; do
    for b in 1 2 3; do
        expect 0 "$HEAPDYNO" gate "$scratch/same$a" "$scratch/same$b" --metrics instructions --max-regress 3%
        compared=$((compared + 1))
    done
    for b in 1 2; do
        expect 1 "$HEAPDYNO" gate "$scratch/same$a" "$scratch/more$b" --metrics instructions --max-regress 3%
        grep -qE '^regression +instructions +web' "$scratch/out" || fail "the cells that grew are not named"
        expect 0 "$HEAPDYNO" gate "$scratch/more$b" "$scratch/same$a" --metrics instructions
        compared=$((compared + 2))
    done
done
echo "$compared comparisons"

# Times of an emulator are no times; without valgrind the rest of a run goes on.
expect 2 "$HEAPDYNO" gate "$scratch/same1" "$scratch/same2" --metrics run_ns
head -n 1 "$scratch/out" | grep -q 'cannot tell' || fail "a verdict from one process or an emulator's times"
mkdir "$scratch/bin"
expect 0 env PATH="$scratch/bin" "$HEAPDYNO" run --quiet --instructions --reps 1 --allocator malloc \
    --workload null:size=tiny --out "$scratch/none"
grep '"kind":"instructions","verdict":"skipped"' "$scratch/none/cells.jsonl" | grep -q 'valgrind is not installed' ||
    fail "no word about the missing valgrind"
