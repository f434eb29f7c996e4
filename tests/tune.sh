#!/bin/sh
# Tuning for real, at the smallest sizes: a setting is named where one is better, "change nothing" where
# nothing is; a killed search goes on and says the same; bad requests say what is legal and leave nothing
# behind. Nothing rests on times: where a setting must be better, it collects far less.
set -eu
. "$(dirname "$0")/lib/cli.sh"

tune() {
    "$HEAPDYNO" tune --quiet --quick "$@"
}

# A request that is refused: exit status 2, the message names what is legal, no folder is made.
refused() {
    because=$1
    shift
    expect 2 tune --out "$scratch/none" "$@"
    says "$because"
    [ ! -e "$scratch/none" ] || fail "a refused request left a folder: $*"
}
refused 'exclude each other' --workload web --goal 'rss<-10%, rss>+5%'
refused 'time, rss, p99_pause, max_pause, trash, throughput' --workload web --goal 'speed<3s'
refused 'p99_pause<10ms' --workload web --goal 'p99_pause<10M'
refused 'known are' --workload nope
refused 'there are 3.8, 3.9' --workload web --python 2.7
refused 'incremental' --workload web --python 3.14.1
refused 'cannot be run on it' --workload web --allocator pool
refused 'either --workload or --trace' --quiet
refused 'a trace has no graph' --trace compile --goal 'p99_pause<10ms'
refused 'no such trace' --trace nosuchtrace
refused 'takes no --goal' --resume "$scratch" --goal 'rss<+5%'
mkdir "$scratch/taken" && echo '{}' >"$scratch/taken/cells.jsonl"
expect 2 tune --workload null --out "$scratch/taken"
[ "$(cat "$scratch/taken/cells.jsonl")" = '{}' ] || fail "a folder with records was written to"

# A change pays for `web` where memory is wanted; RSS repeats to a few pages, so this does not rest on times.
expect 0 tune --workload web:requests=2k --minimise rss --goal 'rss<+0%' --allocator malloc --out "$scratch/web"
sed -n '/^Use /,$p' "$scratch/out"
grep -q '^Use ' "$scratch/out" || { cat "$scratch/out"; fail "web: no setting is named"; }
grep -qE '^    (gc\.(set_threshold|freeze)\(|PYTHONMALLOC=)' "$scratch/out" || fail "web: no line to paste"
grep -q '^Paste, for Python 3.11 (whose default is gc.set_threshold(700, 10, 10))' "$scratch/out" ||
    fail "the advice does not name its Python"
grep -q '^against the default: .*rss −' "$scratch/out" || fail "web: no evidence"
[ "$(head -1 "$scratch/web/tune.tsv" | cut -f1-5)" = "setting	samples	fresh	front	chosen" ] ||
    fail "tune.tsv has another heading"

# Only a program that ends may leave its trash: then no pause at all is to be had.
expect 0 tune --workload web:requests=500 --goal 'max_pause<1us' --batch --python 3.13 --allocator pymalloc --out "$scratch/batch"
grep -q '^    gc\.disable()' "$scratch/out" || { cat "$scratch/out"; fail "batch: off is not named"; }
grep -q '2000/10/10, pymalloc (default)' "$scratch/out" || fail "3.13 has another default"
grep -q '^Caution: .* objects of cyclic trash are left' "$scratch/out" || fail "batch: no caution"
expect 1 tune --workload web:requests=500 --goal 'max_pause<1us' --allocator pymalloc --out "$scratch/service"

# Nothing to collect, nothing to gain.
expect 0 tune --workload strings:size=tiny --minimise rss --allocator pymalloc --out "$scratch/strings"
grep -q '^Change nothing' "$scratch/out" || { cat "$scratch/out"; fail "strings: change nothing is true"; }

# No setting meets the goals: the nearest and what it misses.
expect 1 tune --workload cycles:size=tiny --allocator pymalloc --goal 'rss<1M' --out "$scratch/small"
grep -q '^No setting meets the goals. The nearest is' "$scratch/out" || fail "no nearest setting"
grep -q 'misses rss<1M: ' "$scratch/out" || fail "which goal is missed?"

# A trace: allocators only, and labelled.
expect 0 tune --trace compile --allocator malloc --out "$scratch/trace"
grep -q 'estimated: a trace has no graph' "$scratch/out" || fail "a trace is not labelled estimated"
if grep -q 'freeze\|50000' "$scratch/out"; then fail "a trace cannot tell of collection"; fi

# Killed and resumed: the same plan, the same answer as when it is asked once more.
("$HEAPDYNO" tune --quiet --quick --workload cycles:size=tiny --allocator malloc \
    --out "$scratch/killed" >/dev/null 2>&1) &
pid=$!
n=0
while [ $n -lt 200 ] && [ "$(cat "$scratch/killed/cells.jsonl" 2>/dev/null | wc -l)" -lt 12 ]; do
    sleep 0.02
    n=$((n + 1))
done
kill -KILL $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
before=$(head -12 "$scratch/killed/cells.jsonl" | md5sum)
expect 0 "$HEAPDYNO" tune --quiet --resume "$scratch/killed"
cp "$scratch/out" "$scratch/first"
[ "$(head -12 "$scratch/killed/cells.jsonl" | md5sum)" = "$before" ] || fail "records were lost"
expect 0 "$HEAPDYNO" tune --quiet --resume "$scratch/killed"
cmp "$scratch/out" "$scratch/first" || fail "the same records give another answer"
[ "$(grep -o '"order":[0-9]*' "$scratch/killed/cells.jsonl" | sort | uniq -d | wc -l)" = 0 ] ||
    fail "a measurement was made twice"
sed -i 's/^seed.*/seed	7/' "$scratch/killed/tune.request"
expect 1 "$HEAPDYNO" tune --quiet --resume "$scratch/killed"
says 'is not of this search'
echo "12 bad requests, web, strings, a batch, goals out of reach, a trace, a killed search"
