#!/bin/sh
# Programs and workloads in one run: plans, records, report, compare, gate, merge, export take both alike.
set -eu
. "$(dirname "$0")/lib/cli.sh"
host=${OUT:-build}/heapdyno-python
[ -x "$host" ] || { echo "no libpython3.11: no $host"; exit 77; }
HEAPDYNO_PYTHON=$(cd "$(dirname "$host")" && pwd)
export HEAPDYNO_PYTHON
echo 'kept = [[] for _ in range(30000)]' >"$scratch/app.py"

cat >"$scratch/both.ini" <<END
[plan]
reps = 2
reruns = 0
[matrix both]
allocator = pymalloc, pool
collector = cp311:threshold=700/10/10, none
program = json_work:documents=20,
    $scratch/app.py:args=a%20b,operations=30000
workload = null, cycles:size=tiny
[cells single]
cell = obj=pool mem=jemalloc program=web_like:requests=200 seed=9
END
expect 0 "$HEAPDYNO" plan "$scratch/both.ini"
[ "$(grep -c "program=json_work:documents=20" "$scratch/out")" -ge 4 ] || fail "the plan does not show the program"
run=$scratch/both
expect 0 "$HEAPDYNO" run "$scratch/both.ini" --quiet --out "$run"
records=$run/cells.jsonl
# 2 allocators x 2 collectors x 4 loads x (2 timed + 1 counted), and the single cell.
[ "$(wc -l <"$records")" = 51 ] || fail "$(wc -l <"$records") records, not 51"
! field verdict "$records" | grep -qvE '^(ok|untrusted)$' || fail "$(field reason "$records" | sort | uniq -c)"
[ "$(field workload "$records" | grep -c '^program=')" = 27 ] || fail "not 27 records of programs"
[ "$(field cell "$records" | grep -c ' program=json_work:documents=20 seed=1$')" = 12 ] || fail "cells are spelled otherwise"
field label "$records" | grep -q "^obj=pool mem=jemalloc collector=cp311 program=web_like:requests=200 seed=9$" ||
    fail "the label of a single cell"
# Of counted ones requests, of timed ones pauses and memory over time.
grep '"kind":"counted"' "$records" | grep '"workload":"program=json' >"$scratch/counted"
[ "$(field requests "$scratch/counted" | awk '$1 > 50000' | wc -l)" = 4 ] || fail "requests of programs are not counted"
raw=$(grep '"kind":"timed"' "$records" | grep '"workload":"program=json' | field raw /dev/stdin | head -n 1)
[ "$(wc -l <"$run/raw/$raw.rss.tsv")" -gt 2 ] && [ -s "$run/raw/$raw.pauses.tsv" ] || fail "no series of a program"

expect 0 "$HEAPDYNO" report "$run" --untrusted
for load in program=json_work:documents=20 "program=$scratch/app.py:args=a%20b,operations=30000" null cycles:size=tiny; do
    grep -qF "$load" "$scratch/out" || fail "the report lacks $load"
done
[ -s "$run/report.html" ] && grep -q 'program=json_work' "$run/report.html" || fail "no page"
expect 0 "$HEAPDYNO" merge "$records" --out "$scratch/merged.jsonl"
[ "$(wc -l <"$scratch/merged.jsonl")" = 51 ] || fail "merging loses records"
for format in tsv gbench perfetto; do
    "$HEAPDYNO" export --help | grep -q "$format" || continue
    expect 0 "$HEAPDYNO" export --format $format "$run" --untrusted
done

# compare and gate: a program is a cell that both runs have.
expect 0 "$HEAPDYNO" run --program json_work:documents=20 --allocator pool --no-counts --quiet --reruns 0 --reps 3 --out "$scratch/a"
expect 0 "$HEAPDYNO" run --program json_work:documents=20 --allocator pool --no-counts --quiet --reruns 0 --reps 3 --out "$scratch/b"
status=0
"$HEAPDYNO" compare "$scratch/a" "$scratch/b" --metrics rss_bytes_peak --every-cell >"$scratch/out" 2>"$scratch/err" || status=$?
[ $status -le 1 ] && grep -q "program=json_work:documents=20" "$scratch/out" || { cat "$scratch/out" "$scratch/err"; fail "compare does not know the program"; }

# A record by its number in a plan; what cannot be run is skipped and names what to make.
expect 0 "$HEAPDYNO" cell "$scratch/both.ini" 0 --out "$scratch"
[ -s "$scratch/00000.jsonl" ] || fail "no record of a plan's cell"
HEAPDYNO_PYTHON=$scratch expect 0 "$HEAPDYNO" cell program=json_work
[ "$(field verdict)" = skipped ] && field reason | grep -q 'make python' || fail "$(field reason)"
HEAPDYNO_PYTHON=$scratch expect 2 "$HEAPDYNO" run --program json_work --quiet --out "$scratch/none"
says "make python"
HEAPDYNO_PROGRAMS=$scratch expect 1 "$HEAPDYNO" cell program=json_work
field reason | grep -q HEAPDYNO_PROGRAMS || fail "$(field reason)"
expect 0 "$HEAPDYNO" run --program json_work:documents=5 --instructions --no-counts --reps 1 --reruns 0 --quiet --out "$scratch/counted-run"
grep '"kind":"instructions"' "$scratch/counted-run/cells.jsonl" | grep -q '"verdict":"skipped".*of workloads only' ||
    fail "instructions of a program"

# Every field of a program's record is known to heapdyno why.
expect 0 "$HEAPDYNO" cell program=json_work:documents=5
cp "$scratch/out" "$scratch/fields"
expect 0 "$HEAPDYNO" cell --counts program=json_work:documents=5
for name in $(cat "$scratch/out" "$scratch/fields" | grep -oE '"[a-z_0-9]+":' | tr -d '":' | sort -u); do
    "$HEAPDYNO" why "$name" >/dev/null 2>&1 || fail "the record has $name, heapdyno why does not"
done

# An allocator from a shared object.
plugin lifo
own=$("$HEAPDYNO" child --describe "$scratch/lifo.so" | head -n 1 | cut -f1)
expect 0 "$HEAPDYNO" child plugin="$scratch/lifo.so" allocator="$own" program=json_work:documents=5
[ "$(field verdict)" = ok ] || fail "a program on an allocator of a shared object: $(field reason)"
expect 0 "$HEAPDYNO" child plugin=/nonexistent.so allocator=mine program=json_work
[ "$(field verdict)" = skipped ] || fail "a shared object that is not there"

refuses() {
    text=$1
    shift
    expect 2 "$HEAPDYNO" "$@"
    says "$text"
}
refuses "unknown program nothing" run --program nothing --out "$scratch/never"
refuses "exclude each other" child workload=null program=json_work
refuses "workload= is missing, or program=" child allocator=pool
refuses "a plan, or --workload or --program, is wanted" run --allocator pool
refuses "cp313 is our core's" run --program json_work --collector cp313 --out "$scratch/never"
refuses "do not arrive at a rate" run --program json_work --rate 5/s --out "$scratch/never"
refuses "its heap is not ours" inside program=json_work
expect 0 "$HEAPDYNO" list programs
for name in asyncio_echo compile_modules json_work regex_text web_like PATH; do
    grep -q "^  $name" "$scratch/out" || fail "list programs lacks $name"
done
